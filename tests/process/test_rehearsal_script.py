"""A rehearsal's script is read whole, to the letter, and played with every due thing at its own instant."""

import errno
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from adapters.console_chat import Line, Said
from adapters.port import Answer, Batch, Button, Heard, Lane, Saying, Speaker
from bot.rehearsal import BadScript, HandClock, Rehearsal, as_json, as_text, read_file, read_script

START = 1_798_761_600_000  # 2027-01-01T00:00:00Z
HOUR = 3_600_000


def lines(text: str) -> list[tuple[int, Line | None]]:
    return [(step.at - START, step.line) for step in read_script("f", text)]


# --- reading


def test_a_line_is_said_in_a_room_or_alone_with_the_bot() -> None:
    assert lines("ana @ well: /join\nana: /pending\n") == [
        (0, Line("ana", "well", "/join")),
        (0, Line("ana", None, "/pending")),
    ]


def test_comments_and_empty_lines_are_skipped() -> None:
    assert lines("# hello\n\n   # again\nana: hi # not a comment") == [(0, Line("ana", None, "hi # not a comment"))]


def test_a_text_goes_on_in_lines_of_its_own() -> None:
    assert lines("ana @ well: /propose Repair\n> One.\n>\n> > quoted\n>close\n") == [
        (0, Line("ana", "well", "/propose Repair\nOne.\n\n> quoted\nclose"))
    ]


def test_a_button_is_tapped_by_its_label() -> None:
    assert lines("ben @ well taps Stand aside on 12\nben @ well taps Yes on #1\nben taps Leave") == [
        (0, Line("ben", "well", item=12, tap="Stand aside")),
        (0, Line("ben", "well", item=1, tap="Yes")),
        (0, Line("ben", None, tap="Leave")),
    ]


def test_spaces_around_the_place_do_not_matter() -> None:
    assert lines("ana@well: /join\n  ana  @  well : /join  ") == [(0, Line("ana", "well", "/join"))] * 2


def test_the_clock_is_set_and_moved() -> None:
    script = "ana: a\nwait 90m\nana: b\nat 2027-01-02 18:00\nana: c\nwait 30s\nana: d\nwait 14d\nat 2027-03-01 18:00:30"
    assert [at for at, line in lines(script) if line] == [0, 90 * 60_000, 42 * HOUR, 42 * HOUR + 30_000]
    assert lines(script)[-1] == (59 * 24 * HOUR + 18 * HOUR + 30_000, None)


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter(tmp_path: Path) -> None:
    file = tmp_path / "s.rehearsal"
    file.write_bytes("\ufeffana @ well: /propose A\r\n> B\r\n".encode())
    assert [step.line for step in read_file(file)] == [Line("ana", "well", "/propose A\nB")]


@pytest.mark.parametrize(("script", "place", "words"), [
    ("ana @ well: hi\nwhat is this", 2, "cannot read “what is this”"),
    ("> more", 1, "could go on"),
    ("ana: hi\nwait 1h\n> more", 3, "could go on"),
    ("ben @ well taps Agree on 1\n> more", 2, "could go on"),
    ("wait 1w", 1, "no duration: “1w”"),
    ("wait -1h", 1, "no duration"),
    ("at 2027-13-01 18:00", 1, "no time: “2027-13-01 18:00”"),
    ("at 2026-12-31 23:59", 1, "time does not go back; it is 2027-01-01T00:00:00Z already"),
    ("wait 2h\nat 2027-01-01 01:00", 2, "time does not go back"),
    ("at 2027-01-01 00:00\nwait 999999999d", 2, "beyond the year 9998"),
    ("wait", 1, "cannot read"),
])  # fmt: skip
def test_what_cannot_be_read_is_named_with_file_and_line(script: str, place: int, words: str) -> None:
    with pytest.raises(BadScript, match=rf"^f:{place}: ") as error:
        read_script("f", script)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_bytes_that_are_no_text_are_named_with_their_line(tmp_path: Path) -> None:
    file = tmp_path / "s.rehearsal"
    file.write_bytes(b"ana: hi\nben: \xff\n")
    with pytest.raises(BadScript, match=r"s\.rehearsal:2: not UTF-8"):
        read_file(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadScript, match=r"gone: No such file"):
        read_file(tmp_path / "gone")


# --- playing


class Diary:
    """A house that notes what it is asked, and has things that fall due."""

    def __init__(self, clock: HandClock, due: Sequence[int] = ()) -> None:
        self._clock = clock
        self._due = sorted(due)
        self.notes: list[tuple[int, str]] = []
        self.said: list[Said] = []
        self.card: Saying | None = None
        self.rehearsal: Rehearsal

    async def take(self, batch: Batch) -> Sequence[Answer]:
        (event,) = batch.events
        assert isinstance(event, Heard)
        assert event.at == self._clock.now()
        self.notes.append((event.at - START, event.tap or event.text))
        if event.text == "/card":
            await self.rehearsal.say(
                Saying("k", event.room, "1 · Pump", Lane.CARD, buttons=((Button("Agree", "v1:agree"),),), item=1)
            )
        return [Answer(event, "Recorded", item=1)] if event.tap else []

    async def settle(self) -> None:
        while self._due and self._due[0] <= self._clock.now():
            self.notes.append((self._clock.now() - START, f"due {self._due.pop(0) - START}"))

    async def next_due(self) -> int | None:
        return self._due[0] if self._due else None


async def played(script: str, due: Sequence[int] = ()) -> Diary:
    clock = HandClock()
    diary = Diary(clock, [START + at for at in due])
    diary.rehearsal = Rehearsal("r", read_script("f", script), clock, diary.said.append)
    diary.rehearsal.house = diary
    await diary.rehearsal.listen(None, diary.take)
    return diary


async def test_what_is_due_on_the_way_happens_at_its_own_instant() -> None:
    diary = await played("ana: a\nwait 3h\nana: b", [HOUR, 2 * HOUR])
    assert diary.notes == [(0, "a"), (HOUR, f"due {HOUR}"), (2 * HOUR, f"due {2 * HOUR}"), (3 * HOUR, "b")]


async def test_what_is_due_at_the_end_of_a_wait_happens_before_the_next_line() -> None:
    diary = await played("wait 1h\nana: a\nwait 1h", [HOUR, 2 * HOUR, 2 * HOUR + 1])
    assert diary.notes == [(HOUR, f"due {HOUR}"), (HOUR, "a"), (2 * HOUR, f"due {2 * HOUR}")]


async def test_all_lines_between_two_waits_have_one_instant_and_causes_of_their_own() -> None:
    diary = await played("wait 36h\nana: a\nben: b\nana @ well: c")
    assert diary.notes == [(36 * HOUR, "a"), (36 * HOUR, "b"), (36 * HOUR, "c")]


async def test_a_tap_carries_the_payload_of_the_button_and_its_answer_is_for_who_tapped() -> None:
    diary = await played("ana @ well: /card\nben @ well taps agree on 1")
    assert diary.notes[-1] == (0, "v1:agree")
    assert [(said.place, said.text) for said in diary.said] == [("well", "1 · Pump"), ("@ben", "Recorded")]


async def test_a_button_nobody_was_shown_is_an_error_with_its_line() -> None:
    with pytest.raises(BadScript, match=r"^f:2: no button Block on 1 was shown in well; buttons shown there: Agree$"):
        await played("ana @ well: /card\nben @ well taps Block on 1")


async def test_what_cannot_be_written_down_ends_the_play() -> None:
    """A full disk is no platform that would be spoken to again."""
    clock = HandClock()
    diary = Diary(clock, [])

    def full(said: Said) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    diary.rehearsal = Rehearsal("r", read_script("f", "ana @ well: /card\nana: b\nana: c"), clock, full)
    diary.rehearsal.house = diary
    with pytest.raises(OSError, match="No space left"):
        await diary.rehearsal.listen(None, diary.take)
    assert diary.notes == [(0, "/card")]


async def test_nobody_may_wait_in_a_rehearsal() -> None:
    with pytest.raises(RuntimeError):
        await HandClock().sleep(1)


# --- what is written down


SAID = Said(START + 64_800_000, "well", "1 · Pump\nBefore winter.", "card", 1, (("Agree", "Block"), ("Pass",)))


def test_as_text_further_lines_are_indented() -> None:
    out = io.StringIO()
    as_text(out)(SAID)
    assert out.getvalue() == (
        "2027-01-01T18:00:00Z well | 1 · Pump\n    Before winter.\n    [Agree]  [Block]\n    [Pass]\n"
    )


def test_as_text_of_a_changed_card_only_the_changes_are_repeated() -> None:
    out = io.StringIO()
    write = as_text(out)
    write(Said(START, "well", "1 · Pump\nAgree 1\nUntil Sunday", "edit", 1, before="1 · Pump\nAgree 0\nUntil Sunday"))
    write(Said(START, "well", "1 · Pump\nUntil Sunday", "edit", 1, before="1 · Pump\nAgree 1\nUntil Sunday"))
    assert out.getvalue() == "2027-01-01T00:00:00Z well | 1 · Pump\n    Agree 1\n"


def test_as_json_is_one_object_a_line() -> None:
    out = io.StringIO()
    write = as_json(out)
    write(SAID)
    write(Said(START + 250, "@ana", "Recorded: agree", "answer", None))
    first, second = (json.loads(line) for line in out.getvalue().splitlines())
    assert first == {
        "at": "2027-01-01T18:00:00Z", "room": "well", "text": "1 · Pump\nBefore winter.", "kind": "card", "item": 1,
    }  # fmt: skip
    assert second == {
        "at": "2027-01-01T00:00:00.250Z", "person": "ana", "text": "Recorded: agree", "kind": "answer", "item": None,
    }  # fmt: skip


def test_who_reads_may_have_enough() -> None:
    class Closed(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    as_text(Closed())(SAID)
    as_json(Closed())(SAID)


def test_a_speaker_is_one_person_in_every_room() -> None:
    clock = HandClock()
    chat = Rehearsal("r", [], clock, lambda _: None)
    here, there = (chat.event(Line(who, room, "x")) for who, room in (("ana", "well"), ("Ana", "mill")))
    assert isinstance(here, Heard)
    assert isinstance(there, Heard)
    assert here.speaker == there.speaker == Speaker("console:ana", "ana", username="ana")
    assert here.cause != there.cause
