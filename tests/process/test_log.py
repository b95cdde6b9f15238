"""Nothing that was said, nobody's name and no secret is ever logged, whatever a caller or a library does."""

import ast
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from bot.log import PARTICULARS, place_of, set_up

HOUSE = Path(__file__).parents[2]
TOKEN = "123456789:AAEx-abcdefghijklmnopqrstuvwxyz012345"
SECRETS = ("the purse is empty", "Ana", TOKEN, "hush-hush")


@pytest.fixture
def out() -> io.StringIO:
    """What is logged, as JSON."""
    stream = io.StringIO()
    set_up("debug", as_json=True, to=stream)
    return stream


def entries(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_particulars_are_logged(out: io.StringIO) -> None:
    structlog.get_logger().info("deadline_taken", assembly="0123456789abcdef", item=12, seconds=1.5, cause="clock:1")
    (entry,) = entries(out)
    assert entry["event"] == "deadline_taken"
    assert entry["level"] == "info"
    assert (entry["assembly"], entry["item"], entry["seconds"]) == ("0123456789abcdef", 12, 1.5)
    assert str(entry["timestamp"]).endswith("Z")


def test_anything_else_is_left_out(out: io.StringIO) -> None:
    structlog.get_logger().warning("odd", text=SECRETS[0], name="Ana", token=TOKEN, item="the purse is empty")
    structlog.get_logger().warning("odder", room="console:Ana", cause=f"telegram:{TOKEN}:5", kind="Ana is here")
    assert not [secret for secret in SECRETS if secret in out.getvalue()]
    assert [entry["event"] for entry in entries(out)] == ["odd", "odder"]


def test_of_an_error_only_its_kind_and_place_are_logged(out: io.StringIO) -> None:
    for logged in ("error=", "exc_info="):
        try:
            raise ValueError(f"{SECRETS[0]} {TOKEN}")
        except ValueError as error:
            if logged == "error=":
                structlog.get_logger().error("failed", error=error)
            else:
                structlog.get_logger().exception("failed")
    assert not [secret for secret in SECRETS if secret in out.getvalue()]
    for entry in entries(out):
        assert entry["error"] == "ValueError"
        assert "process/test_log.py:" in str(entry["place"])


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert place_of(ValueError("x")) == ""


@pytest.fixture
def nio_may_speak() -> Iterator[None]:
    """The Matrix adapter silences its library for the whole process, if it ran before in this one."""
    library = logging.getLogger("nio")
    before = library.level
    library.setLevel(logging.NOTSET)
    yield
    library.setLevel(before)


@pytest.mark.usefixtures("nio_may_speak")
def test_a_library_s_record_loses_what_may_be_in_it(out: io.StringIO) -> None:
    logging.getLogger("telegram").error("could not send %s to %s", SECRETS[0], "Ana")
    logging.getLogger("nio").warning("bad event " + SECRETS[0])  # noqa: G003 - as libraries do
    logging.getLogger("apscheduler").warning("next wakeup is due at %s", "2027-03-01")
    logging.getLogger("aiohttp").warning("no answer from /bot" + TOKEN + "/getMe, %d times", 3)  # noqa: G003
    try:
        raise OSError(SECRETS[0])
    except OSError:
        logging.getLogger("asyncio").exception("task failed")
    assert not [secret for secret in SECRETS if secret in out.getvalue()]
    found = entries(out)
    assert [entry["logger"] for entry in found] == ["telegram", "nio", "apscheduler", "aiohttp", "asyncio"]
    assert "/getMe" in str(found[3]["why"])
    assert found[0]["why"] == "could not send %s to %s"
    assert found[1]["why"] == ""
    assert found[2]["why"] == "next wakeup is due at 2027-03-01"
    assert found[4]["error"] == "OSError"


def test_what_our_adapters_say_of_their_troubles_is_logged(out: io.StringIO) -> None:
    logging.getLogger("roundabout.telegram").info("Telegram is reached again")
    logging.getLogger("roundabout.telegram").warning("Telegram cannot be reached: %s", f"no route {TOKEN}")
    assert [entry["why"] for entry in entries(out)] == [
        "Telegram is reached again", "Telegram cannot be reached: no route …",
    ]  # fmt: skip


def test_below_its_level_nothing_is_logged() -> None:
    stream = io.StringIO()
    set_up("warning", as_json=False, to=stream)
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud", count=2)
    assert "quiet" not in stream.getvalue()
    assert "loud" in stream.getvalue()
    assert "count=2" in stream.getvalue()


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call on a logger of structlog in the program."""
    for room in ("adapters", "bot"):
        for path in sorted((HOUSE / room).rglob("*.py")):
            source = path.read_text()
            if "structlog.get_logger" not in source:
                continue
            for node in ast.walk(ast.parse(source)):
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                    continue
                if isinstance(node.func.value, ast.Name) and node.func.value.id in ("log", "_LOG", "_log", "logger"):
                    yield f"{path.relative_to(HOUSE)}:{node.lineno}", node


def test_the_program_logs_fixed_words_and_known_particulars() -> None:
    """So that nothing is left out unawares."""
    found = list(calls())
    assert found
    for place, call in found:
        assert isinstance(call.args[0], ast.Constant), f"{place}: an event is a fixed word"
        assert len(call.args) == 1, place
        unknown = {word.arg for word in call.keywords} - PARTICULARS - {"exc_info"}
        assert not unknown, f"{place}: {unknown} would be left out"
