"""A chat made of lines: who says or taps what where, and what everybody then has before their eyes.

The terminal and the rehearsal are two fronts of it. A room is `console:well`, a person `console:ana`, and that
person's private chat `console:@ana`. A line is one of

    ana: words                  ana @ well: words           ana @ well on 3: a reply to the card of item 3
    ben taps Agree on 3         ben @ well taps Agree on 3  ben @ well edits: words of an edited message
    ben @ well goes out         ben @ well comes in         ben @ well is removed
    bot @ well is removed       bot @ well comes in
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from adapters.port import (
    Ability,
    Admission,
    Answer,
    Button,
    Event,
    Heard,
    Instant,
    Menu,
    Outcome,
    Pace,
    Presence,
    Saying,
    Sent,
    Speaker,
    clean,
    plain,
)

_PLACE = r"(?P<who>[^\s:@>#]+)(?:\s*@\s*(?P<room>[^\s:@]+))?"
_SAID = re.compile(
    _PLACE + r"(?:\s+on\s+#?(?P<item>[0-9]+)|\s+(?P<edits>edits))?\s*:(?:\s|$|(?=[/!]\w))(?P<text>.*)", re.DOTALL
)
_TAPPED = re.compile(_PLACE + r"\s+taps\s+(?P<label>[^:]+?)(?:\s+on\s+#?(?P<item>[0-9]+))?", re.IGNORECASE)
_MOVED = re.compile(_PLACE + r"\s+(?P<how>goes out|comes in|is removed)", re.IGNORECASE)
_THE_BOT = frozenset({"console:bot", "console:roundabout"})
_ADDRESSED = re.compile(r"@(bot|roundabout)\b", re.IGNORECASE)
# A terminal takes these for orders to itself.
_UNSAFE = re.compile("[\x80-\x9f]")

KEPT = 2000
"""Messages of one place whose buttons can still be tapped."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the chat. `room` is None where none is named; `item` where no card is meant."""

    who: str
    room: str | None = None
    text: str = ""
    item: int | None = None
    tap: str | None = None
    edited: bool = False
    presence: str | None = None
    """goes out, comes in, is removed."""

    def longer(self, text: str) -> Line:
        """With one more line of words."""
        return replace(self, text=f"{self.text}\n{text}")


def read_line(text: str) -> Line | None:
    """What a line of the chat means; None when it is not one."""
    if found := _SAID.fullmatch(text.strip()):
        item = int(found["item"]) if found["item"] else None
        return Line(found["who"], found["room"], found["text"], item, edited=bool(found["edits"]))
    if found := _TAPPED.fullmatch(text.strip()):
        item = int(found["item"]) if found["item"] else None
        return Line(found["who"], found["room"], item=item, tap=" ".join(found["label"].split()))
    if found := _MOVED.fullmatch(text.strip()):
        return Line(found["who"], found["room"], presence=found["how"].lower())
    return None


@dataclass(frozen=True, slots=True)
class Said:
    """What a room or a person (`@ana`) hears at an instant. `before`: the text this one takes the place of."""

    at: Instant
    place: str
    text: str
    kind: str
    item: int | None
    buttons: tuple[tuple[str, ...], ...] = ()
    before: str | None = None

    def lines(self) -> list[str]:
        """As read in a terminal: of a changed card its first line and what changed, then the buttons."""
        lines = _UNSAFE.sub("�", self.text).split("\n")
        if self.before is not None:
            known = set(_UNSAFE.sub("�", self.before).split("\n"))
            changed = [line for line in lines[1:] if line not in known]
            return lines[:1] + changed if changed or lines[0] not in known else []
        return lines + ["  ".join(f"[{label}]" for label in row) for row in self.buttons]


@dataclass(slots=True)
class Shown:
    """A message before people's eyes. `had`: every button it ever carried, for who taps an old one."""

    place: str
    item: int | None
    kind: str
    text: str
    had: dict[str, Button] = field(default_factory=dict)


class NoSuchButton(Exception):
    """Nobody was shown such a button, or such a card, there: one line for who tried."""


class Chat:
    """The people, rooms and messages of one run. `run` keeps causes and messages apart from other runs' for ever."""

    platform = "console"

    def __init__(self, run: str, now: Callable[[], Instant], out: Callable[[Said], None], lobby: str | None) -> None:
        self._run = run
        self._now = now
        self._out = out
        self._lobby = lobby
        self._count = 0
        self._shown: dict[str, Shown] = {}
        self._there: dict[str, dict[str, Shown]] = {}
        """The same by place: who taps or replies sees what was said where they are, however much was said elsewhere."""
        self._newest: dict[tuple[str, int | None], Shown] = {}
        """The last card of each item in each place."""
        self._names: dict[str, str] = {}

    # --- what is heard

    def event(self, line: Line) -> Event:
        """A line as the event it is, heard now."""
        number = self._next()
        room = self._room_of(line)
        name = self._names.setdefault(_folded(line.who), clean(line.who))
        account = f"console:{_folded(line.who)}"
        speaker = Speaker(account, name, username=name)
        cause, at = f"console:{number}", self._now()
        if line.presence:
            present = line.presence == "comes in"
            if account in _THE_BOT:
                return Admission(cause, at, room, present)
            return Presence(cause, at, room, speaker, present, removed=line.presence == "is removed")
        heard = Heard(
            cause, at, room, private=room.startswith("console:@"), speaker=speaker, handle=number,
            edited=line.edited, room_title=room.removeprefix("console:"),
        )  # fmt: skip
        if line.tap is not None:
            message, button = self._button(room, line.tap, line.item)
            return replace(heard, tap=button.payload, reply_to=message)
        text = clean(line.text)
        card = None if line.item is None else self._card(room, line.item)
        # in a terminal nobody else reads commands, so one that is mistyped was meant for the bot too
        addressed = bool(_ADDRESSED.search(text)) or (self._lobby is not None and text.startswith(("/", "!")))
        return replace(heard, text=text, reply_to=card, addressed=addressed)

    def _room_of(self, line: Line) -> str:
        if line.room is not None:
            return f"console:{_folded(line.room)}"
        return f"console:{self._lobby}" if self._lobby else f"console:@{_folded(line.who)}"

    def _button(self, room: str, label: str, item: int | None) -> tuple[str, Button]:
        """The newest button of that name there: also one that its card has lost, as old screens still show it."""
        place, wanted = _place(room), label.casefold()
        here = self._there.get(place, {})
        for message, shown in reversed(here.items()):
            if wanted in shown.had and item in (None, shown.item):
                return message, shown.had[wanted]
        about = f" on {item}" if item is not None else ""
        seen = {one.label for shown in here.values() for one in shown.had.values()}
        there = ", ".join(sorted(seen)) or "none"
        raise NoSuchButton(f"no button {label}{about} was shown in {place}; buttons shown there: {there}")

    def _card(self, room: str, item: int) -> str:
        place = _place(room)
        for message, shown in reversed(self._there.get(place, {}).items()):
            if shown.item == item:
                return message
        raise NoSuchButton(f"no message about {item} was shown in {place}")

    # --- what is said

    async def say(self, saying: Saying) -> Sent:
        text = plain(saying.text)
        if saying.edits is None:
            return Sent(Outcome.SENT, self._show(saying.room, text, saying.buttons, saying.kind, saying.item))
        shown = self._shown.get(saying.edits)
        if shown is None:
            return Sent(Outcome.MISSING)
        before, shown.text = shown.text, text
        shown.had |= _by_label(saying.buttons)
        if text != before and not self._replaced(shown):
            labels = _labels(saying.buttons)
            self._out(Said(self._now(), shown.place, text, "edit", saying.item, labels, before=before))
        return Sent(Outcome.SENT, saying.edits)

    def _replaced(self, shown: Shown) -> bool:
        """Whether a newer card of the item stands below: who reads line by line has that before them."""
        return shown.kind == "card" and self._newest[shown.place, shown.item] is not shown

    async def answer(self, answer: Answer) -> Sent:
        """A toast is for the one who tapped; words go where they were said; a reaction is a word in the room."""
        heard = answer.to
        if isinstance(heard.speaker, Speaker) and heard.tap is not None:
            room = f"console:@{heard.speaker.account.removeprefix('console:')}"
        else:
            room = heard.room
        if answer.text:
            text = plain(answer.text)
            return Sent(Outcome.SENT, self._show(room, text, answer.buttons, answer.kind, answer.item))
        if answer.recorded and isinstance(heard.speaker, Speaker):
            self._out(Said(self._now(), _place(room), f"✓ {heard.speaker.name}: recorded", "reaction", answer.item))
        return Sent(Outcome.SENT, heard.handle)

    def _show(
        self, room: str, text: str, buttons: tuple[tuple[Button, ...], ...], kind: str, item: int | None
    ) -> str:
        message, place = self._next(), _place(room)
        shown = self._shown[message] = Shown(place, item, kind, text, _by_label(buttons))
        if kind == "card":
            self._newest[place, item] = shown
        there = self._there.setdefault(place, {})
        there[message] = shown
        while len(there) > KEPT:
            oldest = next(iter(there))
            old = self._shown.pop(oldest)
            del there[oldest]
            if self._newest.get((old.place, old.item)) is old:
                del self._newest[old.place, old.item]
        self._out(Said(self._now(), place, text, kind, item, _labels(buttons)))
        return message

    def _next(self) -> str:
        self._count += 1
        return f"{self._run}.{self._count}"

    # --- what a terminal can do

    @property
    def ability(self) -> Ability:
        return Ability(buttons=True, reactions=True, prefix="/", text_limit=60_000, pace=Pace())

    @property
    def unreachable_since(self) -> Instant | None:
        return None

    @property
    def hears(self) -> bool:
        return True

    async def stand_by(self) -> None:
        """A terminal needs nothing."""

    def private_link(self, payload: str) -> str | None:
        return None

    async def menus(self, menus: Sequence[Menu]) -> None:
        """A terminal has none; `/help` says the same."""


def _place(room: str) -> str:
    return room.removeprefix("console:")


def _folded(name: str) -> str:
    """A room or a person by whatever capitals."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", clean(name)).casefold())


def _labels(buttons: tuple[tuple[Button, ...], ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(button.label for button in row) for row in buttons)


def _by_label(buttons: tuple[tuple[Button, ...], ...]) -> dict[str, Button]:
    return {button.label.casefold(): button for row in buttons for button in row}
