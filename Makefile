# Every target sets up what it needs by itself. `make run` and `make test` are all a newcomer has to know.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := setup
MAKEFLAGS += --no-print-directory

# The first of these that starts and is new enough: a launcher on the path may have nothing behind it.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
# Compiled once here, so that every start is quick even where nothing may be written beside the libraries.
LOCKED := --quiet --require-hashes --no-deps --compile-bytecode
# How many tests run at once.
WORKERS ?= auto

# ---- what people type

.PHONY: setup run test lint bench soak lock install folder clean
setup: $(VENV)/.test

run: $(VENV)/.program
	@$(BIN)/roundabout run

# Each file of tests that must not run beside its like names an xdist_group; the rules are covered whole.
test: lint .synapse/.homeserver
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup --cov=governance --cov-branch \
		--cov-report=term-missing:skip-covered --cov-fail-under=100

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.test .synapse/.homeserver
	$(BIN)/python -m benchmarks

# The kill tests again, each with fifty kills instead of ten.
soak: $(VENV)/.test .synapse/.homeserver
	ROUNDABOUT_KILLS=50 $(BIN)/pytest -m kill --timeout 3600

clean:
	rm -rf $(VENV) .synapse dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- environments; a stamp is newer than all it was made from

# pip brings uv, by its hash; uv brings the rest.
$(VENV)/.tools: requirements/tools.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3" >&2; exit 2; }
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV) \
		|| { echo "Python's venv module is needed (on Debian: apt install python3-venv)" >&2; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

# The locked libraries and the program, which runs from this folder so that a change needs no set-up.
$(VENV)/.program: $(VENV)/.tools requirements/runtime.txt pyproject.toml
	$(UV) pip install --python $(BIN)/python $(LOCKED) -r requirements/runtime.txt
	$(UV) pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.program requirements/test.txt
	$(UV) pip install --python $(BIN)/python $(LOCKED) -r requirements/test.txt
	@touch $@

# The homeserver of the Matrix tests has its own libraries and is never imported.
.synapse/.homeserver: $(VENV)/.tools requirements/synapse.txt
	$(UV) venv --quiet --clear --python $(BIN)/python .synapse
	$(UV) pip install --python .synapse/bin/python $(LOCKED) -r requirements/synapse.txt
	@touch $@

# ---- the program alone, for an image or a server: make install PREFIX=/opt/roundabout

# Bytecode is made here, as the user who runs the program may not write there.
install: $(VENV)/.tools
	@test -n "$(PREFIX)" || { echo "Say where: make install PREFIX=/opt/roundabout" >&2; exit 2; }
	$(UV) venv --quiet --clear --python $(BIN)/python $(PREFIX)
	$(UV) pip install --python $(PREFIX)/bin/python $(LOCKED) -r requirements/runtime.txt
	$(BIN)/hatchling build --target wheel --directory $(PREFIX)/wheel
	$(UV) pip install --python $(PREFIX)/bin/python --quiet --no-deps --compile-bytecode $(PREFIX)/wheel/*.whl
	rm -r $(PREFIX)/wheel

# Secrets lie there.
folder:
	@test -n "$(DATA)" || { echo "Say where: make folder DATA=/data" >&2; exit 2; }
	install -d -m 700 $(DATA)

# ---- the lock files: hashes, no addresses. What is shipped is what was tested, so test.txt leads.

LOCK := $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header
lock: $(VENV)/.tools
	$(LOCK) pyproject.toml --all-extras --group tools --group test -o requirements/test.txt
	$(LOCK) pyproject.toml --all-extras -c requirements/test.txt -o requirements/runtime.txt
	$(LOCK) --group tools -c requirements/test.txt -o requirements/tools.txt
	$(LOCK) --group synapse -o requirements/synapse.txt
