"""What the program sets for the whole process is set back after each test."""

import logging
from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("roundabout")
    before = root.handlers, root.level, ours.level
    yield
    root.handlers, root.level, ours.level = before
    structlog.reset_defaults()
