"""What people type is read as written, or said back with a line that would be understood."""

import string
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.grammar import (
    BUTTONS,
    KIND_EXAMPLES,
    KIND_SHOWN,
    KINDS,
    VERBS,
    Misread,
    Request,
    Tap,
    Unclear,
    Verb,
    Where,
    misread,
    parse,
    payload,
    read_payload,
    usage,
)  # fmt: skip

CASES: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "cases" / "grammar.toml").read_text(encoding="utf-8")
)["case"]

COMMANDS = {
    "found", "join", "leave", "roll", "charter", "principles", "language", "timezone", "forget", "link",
    "propose", "second", "open", "withdraw", "takeover", "pause", "resume", "amend", "minor", "object", "accept",
    "rival", "agree", "reserve", "aside", "block", "pass", "vote", "statement",
    "agenda", "pending", "show", "why", "decisions", "minutes", "help", "declare",
    "invite", "mandate", "recall", "resign", "position", "ratify", "report", "call", "sign", "referendum", "relay",
    "elect", "nominate", "stand", "decline", "approve", "rank", "score", "draw", "volunteer", "refuse", "reveal",
    "roles", "stack", "goround", "receipt", "room",
}  # fmt: skip


def as_written(request: Request) -> dict[str, Any]:
    """A request as the cases write it."""
    parts: dict[str, Any] = {
        name: getattr(request, name)
        for name in (
            "verb", "assembly", "kind", "title", "text", "choice", "principle", "values", "word", "confirmed", "flag",
        )
    }
    if request.item:
        parts |= {"item": request.item.number, "letter": request.item.letter}
    if request.person:
        parts |= {"person": request.person.written, "mention": request.person.mention}
    return {name: value for name, value in parts.items() if value or (value == 0 and name == "mention")}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:40])
def test_the_cases(case: dict[str, Any]) -> None:
    read = parse(case["text"], case.get("mentioned", ()), bare=case.get("bare", False))
    if "reads" in case:
        assert isinstance(read, Request), read
        assert as_written(read) == case["reads"]
    elif "misread" in case:
        assert isinstance(read, Misread), read
        assert {"code": read.code.value, "part": read.part, "example": read.example} == case["misread"]
    else:
        assert read is None


@pytest.mark.parametrize("verb", VERBS.values(), ids=lambda verb: verb.name)
@pytest.mark.parametrize("prefix", ["/", "!"])
def test_the_example_of_each_verb_is_understood(verb: Verb, prefix: str) -> None:
    read = parse(prefix + verb.example)
    assert isinstance(read, Request)
    assert read.verb == verb.name


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_each_kind_is_read_as_that_kind(kind: str) -> None:
    read = parse("/" + KIND_EXAMPLES[kind])
    assert isinstance(read, Request)
    assert read.kind == kind
    assert KIND_SHOWN[kind]


@pytest.mark.parametrize("case", [case for case in CASES if "misread" in case], ids=lambda case: case["text"][:40])
def test_the_line_offered_instead_is_understood(case: dict[str, Any]) -> None:
    example = case["misread"]["example"]
    assert isinstance(parse("/" + example), Request), example


def test_every_command_is_declared_and_nothing_else_is_listed() -> None:
    assert {name for name, verb in VERBS.items() if verb.listed} == COMMANDS
    assert all(verb.help and usage(verb).startswith(name) for name, verb in VERBS.items())


def test_only_what_cannot_be_undone_is_asked_once_more() -> None:
    assert {name for name, verb in VERBS.items() if verb.once_more} == {"leave", "forget", "link"}
    assert all(verb.grave for verb in VERBS.values() if verb.once_more)


def test_what_is_about_oneself_is_said_in_private() -> None:
    assert VERBS["language"].where is Where.PRIVATE
    assert VERBS["join"].where is Where.ROOM


ODD = st.sampled_from(["١٢", "１２", "12", "12a", "#3", "well#3", "P1", "@ben", "=", "a=b", "\n", "\u200f", "é", "yes"])
LINES = st.lists(st.one_of(st.text(max_size=12), ODD), max_size=8).map(" ".join)


@given(st.text(), st.booleans())
def test_no_text_breaks_the_parser(text: str, bare: bool) -> None:
    read = parse(text, bare=bare)
    assert read is None or isinstance(read, Request | Misread)


@given(st.sampled_from(sorted(VERBS)), LINES, st.lists(st.text(max_size=5), max_size=2))
def test_no_argument_breaks_a_verb(verb: str, line: str, mentioned: list[str]) -> None:
    """Whatever stands behind a verb, the answer is a request for that verb or a line that would be one."""
    read = parse(f"/{verb} {line}", mentioned)
    assert read is not None
    assert read.verb == verb
    if isinstance(read, Misread):
        assert read.example.split()[0] in VERBS


@given(st.sampled_from(["charter", "principle", "exclusion", "repeal"]), LINES)
def test_no_rest_breaks_a_kind(kind: str, line: str) -> None:
    read = parse(f"/propose {kind} {line}")
    assert isinstance(read, Request | Misread)


@given(st.integers(1, 999_999_999), st.sampled_from(["", "a", "zz"]))
def test_an_item_is_read_as_it_was_written(number: int, letter: str) -> None:
    read = parse(f"/show {number}{letter}")
    assert isinstance(read, Request)
    assert read.item
    assert (read.item.number, read.item.letter) == (number, letter)


@given(st.text(max_size=20))
def test_pieces_of_60_kilobytes_are_read(word: str) -> None:
    assert parse("/amend 12 " + word + "x" * 60_000) is not None


@pytest.mark.parametrize("code", Unclear)
def test_a_misreading_always_has_an_example(code: Unclear) -> None:
    assert misread(code, "vote").example == "vote 12 yes"
    assert misread(code, "nonsense").example == "help"


# --- buttons

IDS = st.text("0123456789abcdef", min_size=16, max_size=16)
TAPS = st.builds(
    Tap, st.one_of(IDS, st.just("")), st.integers(0, 999_999_999), st.integers(0, 999_999), st.sampled_from(BUTTONS),
    st.text(string.ascii_lowercase, max_size=2),
)  # fmt: skip


@given(TAPS)
def test_a_payload_comes_back_and_fits_the_narrowest_platform(tap: Tap) -> None:
    written = payload(tap)
    assert len(written.encode()) <= 64
    assert read_payload(written) == tap


@given(st.text(max_size=70))
def test_what_payload_did_not_write_is_not_read(text: str) -> None:
    tap = read_payload(text)
    assert tap is None or payload(tap) == text


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "v2:0123456789abcdef:12:3:agree",
        "v1:0123456789abcdef:12:3:adopt",
        "v1:0123456789abcdef:١٢:3:agree",
        "v1:0123456789ABCDEF:12:3:agree",
        "v1:0123456789abcdef:012:3:agree",
        "v1:0123456789abcdef:12:3:agree\n",
        "v1:0123456789abcdef:12:3:agree:yes",
    ],
)
def test_a_forged_payload_is_not_read(forged: str) -> None:
    assert read_payload(forged) is None
