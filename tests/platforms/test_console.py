"""The terminal: several people at one keyboard, every feature usable, from a keyboard, a pipe or a file."""

import asyncio
import io
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from adapters.console import EXAMPLE, HALL, HINT, Console, Lines
from adapters.console_chat import KEPT, Chat, Line, NoSuchButton, Said, read_line
from adapters.port import Answer, Batch, Button, Heard, Lane, Outcome, Presence, Saying, Speaker, mention
from bot.grammar import parse

ROOM = "console:well"
YES_NO = ((Button("Yes", "v1:yes"), Button("No", "v1:no")),)


# --- lines


@pytest.mark.parametrize(("text", "line"), [
    ("ana: /join", Line("ana", None, "/join")),
    ("ana:/join", Line("ana", None, "/join")),
    ("ana @ well: /join", Line("ana", "well", "/join")),
    ("ana@well: hello: there", Line("ana", "well", "hello: there")),
    ("ana @ well on 3: /second", Line("ana", "well", "/second", 3)),
    ("ana on #3: /second", Line("ana", None, "/second", 3)),
    ("ben taps Agree on 3", Line("ben", None, item=3, tap="Agree")),
    ("ben @ well taps Stand aside on 3", Line("ben", "well", item=3, tap="Stand aside")),
    ("ben TAPS Leave", Line("ben", None, tap="Leave")),
    ("ana: ben taps Agree on 3", Line("ana", None, "ben taps Agree on 3")),
    ("ben @ well edits: /join", Line("ben", "well", "/join", edited=True)),
    ("ben @ well is removed", Line("ben", "well", presence="is removed")),
    ("ben goes out", Line("ben", None, presence="goes out")),
    ("ülkü @ değirmen: /katıl", Line("ülkü", "değirmen", "/katıl")),
    ("עדה: שלום", Line("עדה", None, "שלום")),
    ("ana:", Line("ana", None, "")),
    ("hello", None),
    ("/help", None),
    ("https://example.org: a page", None),
    ("> more", None),
    ("# a comment: here", None),
    ("", None),
])  # fmt: skip
def test_a_line_says_who_does_what_where(text: str, line: Line | None) -> None:
    assert read_line(text) == line


# --- the chat


class Eyes:
    """A chat, and what everybody has before their eyes."""

    def __init__(self, lobby: str | None = HALL) -> None:
        self.said: list[Said] = []
        self.chat = Chat("r1", lambda: 1000, self.said.append, lobby)

    def hears(self, text: str) -> Heard:
        line = read_line(text)
        assert line is not None
        heard = self.chat.event(line)
        assert isinstance(heard, Heard)
        return heard

    async def say(self, text: str, item: int | None = None, **more: object) -> str:
        saying = Saying("k", ROOM, text, Lane.CARD, item=item, kind="card" if item else "told")
        sent = await self.chat.say(replace(saying, **more))
        assert sent.outcome is Outcome.SENT
        assert sent.message is not None
        return sent.message


@pytest.fixture
def eyes() -> Eyes:
    return Eyes()


def test_a_line_without_a_room_is_said_in_the_hall_or_alone(eyes: Eyes) -> None:
    assert (eyes.hears("ana: hi").room, eyes.hears("ana: hi").private) == ("console:hall", False)
    alone = Eyes(lobby=None).hears("ana: hi")
    assert (alone.room, alone.private) == ("console:@ana", True)


def test_capitals_make_no_other_person_and_no_other_room(eyes: Eyes) -> None:
    one, other = eyes.hears("Ana @ Well: hi"), eyes.hears("ana @ well: hi")
    assert one.room == other.room == ROOM
    assert one.speaker == other.speaker == Speaker("console:ana", "Ana", username="Ana")


def test_every_cause_and_message_is_of_its_own_for_ever(eyes: Eyes) -> None:
    heard = [eyes.hears("ana: hi") for _ in range(3)]
    other = Chat("r2", lambda: 1000, lambda _: None, HALL).event(Line("ana", None, "hi"))
    assert len({one.cause for one in heard} | {other.cause}) == 4


def test_control_characters_do_not_come_in(eyes: Eyes) -> None:
    assert eyes.hears("ana: /pro\x1bpose \x02a\x1fb\x03").text == "/propose ab"


def test_what_a_terminal_would_obey_does_not_go_out() -> None:
    said = Said(0, "well", "a\x9b2Jb", "told", None)
    assert said.lines() == ["a�2Jb"]


async def test_a_button_is_found_by_its_label_on_the_newest_card(eyes: Eyes) -> None:
    await eyes.say("1", 1, buttons=YES_NO)
    card = await eyes.say("1 again", 1, buttons=YES_NO)
    await eyes.say("2", 2, buttons=((Button("Yes", "v1:other"),),))
    tap = eyes.hears("ben @ well taps yes on 1")
    assert (tap.tap, tap.reply_to, tap.text) == ("v1:yes", card, "")
    assert eyes.hears("ben @ well taps Yes").tap == "v1:other"


async def test_a_button_that_its_card_lost_can_still_be_tapped_as_on_old_screens(eyes: Eyes) -> None:
    card = await eyes.say("1", 1, buttons=YES_NO)
    await eyes.say("1 — adopted", 1, edits=card)
    assert eyes.hears("ben @ well taps No on 1").tap == "v1:no"


async def test_a_button_nobody_was_shown_is_said_so(eyes: Eyes) -> None:
    await eyes.say("1", 1, buttons=YES_NO)
    with pytest.raises(NoSuchButton, match="no button Agree on 1 was shown in well; buttons shown there: No, Yes"):
        eyes.hears("ben @ well taps Agree on 1")
    with pytest.raises(NoSuchButton, match="buttons shown there: none"):
        eyes.hears("ben @ mill taps Yes on 1")


async def test_a_reply_goes_to_the_last_message_about_the_item(eyes: Eyes) -> None:
    await eyes.say("1", 1)
    card = await eyes.say("1 again", 1)
    assert eyes.hears("ana @ well on 1: /second").reply_to == card
    with pytest.raises(NoSuchButton, match="no message about 7"):
        eyes.hears("ana @ well on 7: /second")


def test_an_edited_message_and_who_comes_and_goes_are_told(eyes: Eyes) -> None:
    assert eyes.hears("ana edits: /join").edited
    gone = [eyes.chat.event(Line("ben", "well", presence=how)) for how in ("goes out", "is removed", "comes in")]
    assert all(isinstance(one, Presence) for one in gone)
    assert [(one.present, one.removed) for one in gone if isinstance(one, Presence)] == [
        (False, False), (False, True), (True, False),
    ]  # fmt: skip


async def test_a_toast_is_for_who_tapped_and_words_for_where_they_were_said(eyes: Eyes) -> None:
    await eyes.say("1", 1, buttons=YES_NO)
    tap, words = eyes.hears("ben @ well taps Yes on 1"), eyes.hears("ana @ well: /show 1")
    for answer in (Answer(tap, "Recorded"), Answer(tap), Answer(words, "1 · Pump"), Answer(words, recorded=True)):
        assert (await eyes.chat.answer(answer)).outcome is Outcome.SENT
    assert [(said.place, said.text) for said in eyes.said[1:]] == [
        ("@ben", "Recorded"), ("well", "1 · Pump"), ("well", "✓ ana: recorded"),
    ]  # fmt: skip


async def test_the_buttons_of_an_answer_can_be_tapped(eyes: Eyes) -> None:
    leaving = eyes.hears("ana @ well: /leave")
    await eyes.chat.answer(Answer(leaving, "Leave?", buttons=((Button("Leave", "v1:leave"),),)))
    assert eyes.hears("ana @ well taps Leave").tap == "v1:leave"


async def test_a_mention_is_read_as_a_name(eyes: Eyes) -> None:
    await eyes.say(f"{mention('console:ana', 'Ana')} can accept it")
    assert eyes.said[0].text == "Ana can accept it"


async def test_of_a_changed_card_only_the_changes_are_shown_and_no_change_at_all_not(eyes: Eyes) -> None:
    card = await eyes.say("1 · Pump\nAgree 0\nUntil Sunday", 1, buttons=YES_NO)
    await eyes.say("1 · Pump\nAgree 1\nUntil Sunday", 1, edits=card, buttons=YES_NO)
    await eyes.say("1 · Pump\nAgree 1\nUntil Sunday", 1, edits=card)
    assert [said.lines() for said in eyes.said] == [
        ["1 · Pump", "Agree 0", "Until Sunday", "[Yes]  [No]"],
        ["1 · Pump", "Agree 1"],
    ]


async def test_the_card_above_a_newer_one_changes_in_silence(eyes: Eyes) -> None:
    former = await eyes.say("1", 1, buttons=YES_NO)
    await eyes.say("1", 1, buttons=YES_NO)
    await eyes.say("1: see below", 1, edits=former)
    assert len(eyes.said) == 2


async def test_an_edit_of_a_message_of_another_run_is_missing(eyes: Eyes) -> None:
    saying = Saying("k", ROOM, "1", Lane.CARD, edits="r0.7")
    assert (await eyes.chat.say(saying)).outcome is Outcome.MISSING


async def test_only_so_many_messages_are_kept(eyes: Eyes) -> None:
    first = await eyes.say("1", 1, buttons=YES_NO)
    for _ in range(KEPT):
        await eyes.say("more")
    assert (await eyes.chat.say(Saying("k", ROOM, "1", Lane.CARD, edits=first))).outcome is Outcome.MISSING


async def test_however_much_is_said_elsewhere_a_card_can_be_tapped(eyes: Eyes) -> None:
    first = await eyes.say("1", 1, buttons=YES_NO)
    for _ in range(KEPT + 1):
        await eyes.say("more", room="console:@ana")
    assert (await eyes.chat.say(Saying("k", ROOM, "1", Lane.CARD, edits=first))).outcome is Outcome.SENT


# --- the terminal


class Terminal:
    """A console whose lines come from a pipe, and a bot behind it that answers as `replies` says."""

    def __init__(self, replies: Callable[[Heard], Sequence[Answer]] = lambda heard: []) -> None:
        self._reading, self._writing = os.pipe()
        self.out = io.StringIO()
        self.heard: list[Heard] = []
        self._replies = replies
        self.console = Console("r1", lambda: 1_800_000_000_000, Lines(self._reading), self.out)

    def types(self, text: str) -> None:
        os.write(self._writing, text.encode())

    def ends(self) -> None:
        os.close(self._writing)

    async def take(self, batch: Batch) -> Sequence[Answer]:
        assert batch.cursor is None
        (event,) = batch.events
        assert isinstance(event, Heard)
        self.heard.append(event)
        return self._replies(event)

    async def listens(self, *, typed: bool = False) -> None:
        self.console._lines.typed = typed
        try:
            await asyncio.wait_for(self.console.listen(None, self.take), 20)
        finally:
            os.close(self._reading)

    async def plays(self, text: str) -> str:
        self.types(text)
        self.ends()
        await self.listens()
        return self.out.getvalue()


async def test_lines_are_taken_one_by_one_to_the_end_of_the_file() -> None:
    terminal = Terminal(lambda heard: [Answer(heard, f"heard {heard.text}")])
    written = await terminal.plays("ana: /join\r\nben @ mill: /join\n\ncem @ bot: /pending")
    assert written == "hall | heard /join\nmill | heard /join\n@cem | heard /pending\n"
    assert [heard.private for heard in terminal.heard] == [False, False, True]


async def test_a_text_of_several_lines_is_one_message() -> None:
    terminal = Terminal()
    await terminal.plays("ana: /propose Pump\n> One.\n>\n>Two.\nben: /propose Mill\\\nall\\\n> more\nana: /join\n")
    assert [heard.text for heard in terminal.heard] == [
        "/propose Pump\nOne.\n\nTwo.", "/propose Mill\nall\nmore", "/join",
    ]  # fmt: skip


async def test_what_is_not_understood_is_said_with_its_line_and_nothing_happens() -> None:
    terminal = Terminal()
    written = await terminal.plays("ana: hi\n> more\nwho\n/help me\nben taps Agree on 1\n")
    assert len(terminal.heard) == 1
    assert [line.split(":")[0] for line in written.splitlines()] == ["line 3", "line 4", "line 5"]
    assert "ana: /help" in written
    assert "no button Agree on 1" in written


async def test_nothing_extra_is_shown_in_a_pipe_and_a_hint_at_a_keyboard() -> None:
    assert await Terminal().plays("") == ""
    terminal = Terminal()
    terminal.types("hint\nquit\nana: too late\n")
    await terminal.listens(typed=True)
    written = terminal.out.getvalue()
    assert written.startswith(f"{HINT}\n")
    assert "ben taps Agree on 1" in written
    assert terminal.heard == []


async def test_stop_ends_the_wait_for_a_line() -> None:
    heard = asyncio.Event()
    terminal = Terminal(lambda _: heard.set() or [])
    listening = asyncio.create_task(terminal.listens())
    terminal.types("ana: hi\n")
    await heard.wait()
    await terminal.console.stop()
    await listening
    terminal.ends()


async def test_all_that_is_due_is_said_before_the_end() -> None:
    terminal = Terminal()

    async def settled() -> None:
        await terminal.console.say(Saying("k", "console:hall", "1 · Pump\nmore", Lane.CARD))

    terminal.console.settled = settled
    assert await terminal.plays("") == "hall | 1 · Pump\n       more\n"


async def test_bytes_that_are_no_text_and_very_long_lines_come_through() -> None:
    terminal = Terminal()
    os.write(terminal._writing, b"ana: \xff" + b"x" * 60_000)
    await terminal.plays("")
    assert terminal.heard[0].text == "\ufffd" + "x" * 60_000


async def test_who_reads_along_may_go_away() -> None:
    class Closed(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    terminal = Terminal(lambda heard: [Answer(heard, "hi")])
    terminal.console._to = Closed()
    await terminal.plays("ana: hi\n")
    assert len(terminal.heard) == 1


async def test_the_example_plays_in_a_room_of_its_own() -> None:
    def replies(heard: Heard) -> Sequence[Answer]:
        opens = heard.text.startswith("/open")
        return [Answer(heard, "1", buttons=((Button("Agree", "v1:agree"),),), item=1)] if opens else []

    terminal = Terminal(replies)
    written = await terminal.plays("example\nexample\n")
    assert len(terminal.heard) == 2 * len([line for line in EXAMPLE.splitlines() if not line.startswith(">")])
    rooms = {heard.room for heard in terminal.heard}
    assert len(rooms) == 2
    assert "console:hall" not in rooms
    assert "» ines: /propose Repair the pump\n» > The pump by the mill" in written


def test_every_line_of_the_example_can_be_read() -> None:
    lines = [line for line in EXAMPLE.format(name="X").splitlines() if not line.startswith(">")]
    said = [read_line(line) for line in lines]
    assert all(said)
    for line in said:
        assert line is not None
        assert line.tap or type(parse(line.text)).__name__ == "Request", line
    assert re.match(r"ines: /found X ", lines[0])
