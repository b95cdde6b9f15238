"""The program's log: what happened, to which ids, how often; never what was said, by what name, or a secret.

Two things keep it so. An event is a fixed word and its particulars stand under the names in `PARTICULARS`;
anything else is left out. And of an error only its kind and the place in the code are logged, because a
database quotes the row and an HTTP library the address, token and all.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

Entry = MutableMapping[str, Any]

PARTICULARS = frozenset({
    "timestamp", "level", "event", "logger", "error", "place", "why",
    "platform", "assembly", "room", "cause", "item", "question", "round", "seq", "kind", "lane", "outcome", "code",
    "signal", "relay", "worker",
    "count", "rooms", "sayings", "deadlines", "attempt", "version", "revision", "schema", "port",
    "at", "due", "retry_at", "seconds", "ms",
})
"""Names under which something may be logged: ids, numbers, instants, fixed words."""

_WORDS = re.compile(r"[A-Za-z0-9_.:@+/#-]{0,120}")
_SECRET = re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}|syt_[A-Za-z0-9_]+|[A-Za-z0-9_-]{40,}")
_AS_IT_IS = frozenset({"timestamp", "place"})
_SPEAK_PLAINLY = ("roundabout", "apscheduler", "alembic", "uvicorn.error")
"""Whose messages hold nothing that was said in a chat: our adapters', and some libraries'."""


def set_up(level: str, as_json: bool, to: TextIO | None = None) -> None:
    """From here on everything the program and its libraries log goes to one stream (stderr) in one form."""
    stream = to or sys.stderr
    finish: list[structlog.types.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        name_errors,
        keep_silence,
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=stream.isatty()),
    ]
    structlog.configure(
        processors=finish,
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [FromLibraries()]
    root.setLevel(logging.WARNING)
    logging.getLogger("roundabout").setLevel(level.upper())


class FromLibraries(logging.Handler):
    """A library's record as one of ours: who logged and what kind of error, its words only from a trusted few."""

    def emit(self, record: logging.LogRecord) -> None:
        # with arguments the message is a template that the library's author wrote; without, anything may be in it
        trusted = record.name.startswith(_SPEAK_PLAINLY)
        why = record.getMessage() if trusted else str(record.msg) if record.args else ""
        error = record.exc_info[1] if record.exc_info else None
        structlog.get_logger().log(
            record.levelno, "library", logger=record.name, why=_SECRET.sub("…", why)[:300], exc_info=error
        )


def name_errors(_logger: Any, _method: str, entry: Entry) -> Entry:
    """An exception becomes its kind and the place in the code where it came from."""
    error = entry.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, tuple):
        error = error[1]
    if not isinstance(error, BaseException):
        error = entry.get("error")
    if isinstance(error, BaseException):
        entry["error"] = type(error).__name__
        entry["place"] = place_of(error)
    return entry


def place_of(error: BaseException) -> str:
    """Where an exception was raised: the last steps of the way, innermost last, without its words."""
    steps = traceback.extract_tb(error.__traceback__)[-4:]
    return " > ".join(f"{'/'.join(step.filename.rsplit('/', 2)[-2:])}:{step.lineno}" for step in steps)


def keep_silence(_logger: Any, _method: str, entry: Entry) -> Entry:
    """Leaves out what is no particular, and what does not look like an id, a number or a fixed word."""
    as_it_is = _AS_IT_IS | {"why"} if entry.get("event") == "library" else _AS_IT_IS
    return {
        name: value if name in as_it_is else _quiet(value) for name, value in entry.items() if name in PARTICULARS
    }


def _quiet(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    # the rooms and people of a terminal have no ids but their names
    if text.startswith("console:"):
        return "console"
    return _SECRET.sub("…", text) if _WORDS.fullmatch(text) else "…"
