# Every target sets up what it needs by itself. `make run` and `make test` are all a newcomer has to know.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := setup

# The first of these that starts and is new enough; a launcher that only exists on the path is not enough.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python
# Tests run on this many cores at once.
WORKERS ?= auto

export PTB_TIMEDELTA := 1

# ---- environments; each stamp is newer than all it was made from

.PHONY: setup
setup: $(VENV)/.test

$(VENV)/.tools: requirements/tools.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (make PYTHON=/path/to/python3)" >&2; exit 2; }
	$(PYTHON) -m venv --clear $(VENV) || { echo "Python's venv module is needed (Debian: apt install python3-venv)" >&2; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/tools.txt
	@touch $@

# What `make run` needs: the locked libraries and the program itself.
$(VENV)/.program: $(VENV)/.tools requirements/runtime.txt pyproject.toml
	$(INSTALL) --require-hashes --no-deps -r requirements/runtime.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.program requirements/test.txt
	$(INSTALL) --require-hashes --no-deps -r requirements/test.txt
	@touch $@

# One version of each library everywhere: what is shipped is what was tested, so test.txt leads.
LOCK := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header
.PHONY: lock
lock: $(VENV)/.tools
	$(LOCK) pyproject.toml --all-extras --group tools --group test -o requirements/test.txt
	$(LOCK) pyproject.toml --all-extras -c requirements/test.txt -o requirements/runtime.txt
	$(LOCK) --group tools -c requirements/test.txt -o requirements/tools.txt
	$(LOCK) --group synapse -o requirements/synapse.txt
