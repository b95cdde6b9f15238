"""A voice: one language, one zone and one instant, in which everything is said.

Messages are their English text. Catalogues lie in `locale/<language>/roundabout.po`; English needs none.
"""

from __future__ import annotations

import gettext
import io
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from bot.grammar import VERBS, mark
from governance.state import Assembly
from governance.terms import DAY, HOUR, MINUTE, SECOND, Instant

LOCALE = Path(__file__).parent / "locale"
DOMAIN = "roundabout"
SOURCE = "en"
"""The language the messages are written in."""

LONG = 600
"""About so many characters of a text are shown at once."""

_COMMAND = re.compile(r"(?<![\w/])/(?=(?:" + "|".join(VERBS) + r")\b)")
_WITH_ITEM = re.compile(r"(/[a-z]+ )(?=\{(?:item|text)\})")
_NUMBER_NEXT = re.compile(r" (?=[0-9])")
_CARRY = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Marks of direction that would reach beyond the words they came with."""

DATE = mark("EEE d MMMM HH:mm")
DATE_WITH_YEAR = mark("EEE d MMMM y HH:mm")
THIS_WEEK = mark("EEE HH:mm")
"""Patterns of dates as CLDR writes them; a language may order them otherwise."""


@dataclass(frozen=True, slots=True)
class Plural:
    """A message that depends on a number, named by the parameter that holds it."""

    one: str
    many: str
    by: str


def mark_plural(one: str, many: str, by: str) -> Plural:
    return Plural(one, many, by)


Message = str | Plural


@lru_cache
def languages() -> tuple[str, ...]:
    """The languages there are words in, the source language first."""
    return (SOURCE, *sorted(found.parent.name for found in LOCALE.glob(f"*/{DOMAIN}.po")))


@lru_cache
def known_language(code: str) -> str | None:
    """The shipped language a code means: itself, or the same without its country."""
    wanted = code.replace("_", "-").casefold()
    return next((one for one in (wanted, wanted.split("-")[0]) if one in languages()), None)


@lru_cache
def catalogue(language: str) -> gettext.NullTranslations:
    if language == SOURCE:
        return gettext.NullTranslations()
    with (LOCALE / language / f"{DOMAIN}.po").open("rb") as file:
        read = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@lru_cache
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(SOURCE)


@lru_cache(maxsize=10_000)
def _whole(value: int, language: str) -> str:
    return format_decimal(value, format="0", locale=_locale(language))


@lru_cache
def _zone(zone: str) -> ZoneInfo:
    return ZoneInfo(zone)


def isolated(text: str) -> str:
    """Somebody's words in one line; words of right-to-left scripts must not turn ours around."""
    line = " ".join(text.split())
    if line.isascii():
        return line
    line = line.translate(_UNCARRIED)
    if any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in line):
        return f"\u2068{line}\u2069"
    return line


_UNCARRIED = dict.fromkeys(map(ord, _CARRY))

PERSONS = frozenset({
    "member", "proposer", "author", "person", "mover", "kept", "dropped", "council", "delegate", "sender",
})  # fmt: skip
CALLED = frozenset({"call"})
INSTANTS = frozenset({"at", "until", "closes", "closed", "opened", "joined", "asked", "ends"})
"""How parameters are shown, by their names."""


def _alone(assembly: str) -> None:
    """Where nobody else is within reach."""


def _no_link() -> str:
    """Alone with the bot already."""
    return ""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What a lot is checked with: a relay of the beacon, and `draw_checker.py` where it is published."""

    beacon: str = "https://api.drand.sh"
    checker: str = ""


PUBLIC = Elsewhere()
"""What anybody can reach, where the operator names nothing else."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How things are said in one place. `names`: person to display name; `calls`: person to a mention."""

    language: str
    zone: str
    now: Instant
    names: Callable[[str], str]
    calls: Callable[[str], str]
    prefix: str = "/"
    buttons: bool = True
    """Whether the platform shows buttons; else cards say what to type."""
    assembly: str = ""
    """The name that must stand before an item's number: in a private chat of somebody on several rolls."""
    long: int | None = LONG
    """About so many characters of a text are shown; None: the whole of it."""
    others: Callable[[str], Assembly | None] = _alone
    """Other assemblies as they stand: what comes from a council is told beside what the council knows of it."""
    private_link: Callable[[], str] = _no_link
    """With which the one who is answered opens a private chat; '' where there is one, or the platform has no link."""
    elsewhere: Elsewhere = PUBLIC

    # --- messages

    def in_private(self, words: str) -> str:
        """What is for a private chat, with the link for who never opened one."""
        link = self.private_link()
        return f"{words} {self.say('You have none with me yet; open it here: {link}', link=link)}" if link else words

    def say(self, message: Message, **about: object) -> str:
        """The message in this language, its parameters shown as their names tell. One that is not named in every
        message it is given to may be a function that finds it."""
        return self.fill(message, about)

    def plural(self, one: str, many: str, count: int, **about: object) -> str:
        return self.fill(Plural(one, many, "count"), {"count": count, **about})

    def fill(self, message: Message, about: Mapping[str, object]) -> str:
        words = catalogue(known_language(self.language) or SOURCE)
        if isinstance(message, Plural):
            text = words.ngettext(message.one, message.many, int(str(about[message.by])))
        else:
            text = words.gettext(message)
        if self.assembly:
            text = _WITH_ITEM.sub(rf"\g<1>{self.assembly}#", text)
        if self.prefix != "/":
            text = _COMMAND.sub(self.prefix, text)
        return text.format_map(_Named(self, about))

    def shown(self, key: str, value: object) -> str:
        if key in PERSONS:
            return self.name(str(value))
        if key in CALLED:
            return self.calls(str(value))
        if key in INSTANTS and isinstance(value, int):
            return self.until(value)
        return self.number(value) if isinstance(value, int) else str(value)

    def line(self, command: str) -> str:
        """A line to be sent, with the prefix of this place."""
        if self.assembly:
            command = _NUMBER_NEXT.sub(f" {self.assembly}#", command, count=1)
        return self.prefix + command

    # --- names and texts

    def name(self, person: str) -> str:
        return isolated(self.names(person))

    def list(self, parts: Sequence[str]) -> str:
        return format_list(parts, locale=_locale(self.language)) if parts else ""

    def excerpt(self, text: str, whole: str) -> str:
        """A long text cut between words, with where the whole of it is."""
        text = text.strip().translate(_UNCARRIED)
        if self.long is None or len(text) <= self.long + self.long // 10:
            return text
        cut = text[: self.long]
        cut = cut.rsplit(None, 1)[0] if " " in cut else cut
        return cut + self.say(" … whole text: {line}", line=self.line(whole))

    # --- numbers and instants

    def number(self, value: int) -> str:
        """Item numbers and counts without grouping: 1234 is typed as it is read."""
        return _whole(value, self.language)

    def percent(self, part: int, whole: int) -> str:
        """One decimal, rounded half up, in whole numbers."""
        tenths = (2000 * part + whole) // (2 * whole)
        shown = format_decimal(Decimal(tenths) / 10, format="0.0", locale=_locale(self.language))
        return self.say("{number} %", number=shown)

    def _local(self, instant: Instant) -> datetime:
        return datetime.fromtimestamp(instant // SECOND, _zone(self.zone))

    def date(self, instant: Instant) -> str:
        """`Fri 5 March 18:00`, with the year when it is another one."""
        local = self._local(instant)
        message = DATE if local.year == self._local(self.now).year else DATE_WITH_YEAR
        return format_datetime(local, self.say(message), locale=_locale(self.language))

    def soon(self, instant: Instant) -> str:
        """`Sun 18:00` within the coming six days, else the date."""
        if not 0 <= instant - self.now < 6 * DAY:
            return self.date(instant)
        return format_datetime(self._local(instant), self.say(THIS_WEEK), locale=_locale(self.language))

    def until(self, instant: Instant) -> str:
        """The date, with the distance while it lies ahead: `Fri 5 March 18:00 (in 2 days)`."""
        date = self.date(instant)
        if instant <= self.now:
            return date
        return self.say("{date} ({distance})", date=date, distance=self.distance(instant - self.now))

    def distance(self, length: int) -> str:
        """`in 2 days`, from two days on in days, from two hours on in hours."""
        minutes = (length + MINUTE // 2) // MINUTE
        if minutes * MINUTE >= 2 * DAY:
            return self.plural("in {count} day", "in {count} days", (length + DAY // 2) // DAY)
        if minutes * MINUTE >= 2 * HOUR:
            return self.plural("in {count} hour", "in {count} hours", (length + HOUR // 2) // HOUR)
        if minutes:
            return self.plural("in {count} minute", "in {count} minutes", minutes)
        return self.say("in less than a minute")

    def left(self, length: int) -> str:
        """`2 days left`: what remains."""
        minutes = max((length + MINUTE // 2) // MINUTE, 1)
        if minutes * MINUTE >= 2 * DAY:
            return self.plural("{count} day left", "{count} days left", (length + DAY // 2) // DAY)
        if minutes * MINUTE >= 2 * HOUR:
            return self.plural("{count} hour left", "{count} hours left", (length + HOUR // 2) // HOUR)
        return self.plural("{count} minute left", "{count} minutes left", minutes)


class _Named:
    """Parameters of a message, shown when it names them."""

    __slots__ = ("_about", "_voice")

    def __init__(self, voice: Voice, about: Mapping[str, object]) -> None:
        self._voice, self._about = voice, about

    def __getitem__(self, key: str) -> str:
        value = self._about[key]
        return self._voice.shown(key, value() if callable(value) else value)
