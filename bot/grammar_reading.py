"""How the arguments of a verb are read: items, persons, choices, pairs, words.

A reader takes what it understands from the front of a `Reading` and says in a `Misread` what it could
not; the tables that put readers together are in `grammar`.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from governance.motion import CHOICES
from governance.terms import fold_name


class Unclear(enum.Enum):
    """Why a line could not be taken; `part` of the misread is what the comment names."""

    # what the words alone show
    UNKNOWN_VERB = "unknown_verb"  # the verb
    MISSING = "missing"  # the argument that is missing, as the help writes it
    NOT_AN_ITEM = "not_an_item"  # what stands where a number should
    OTHER_DIGITS = "other_digits"  # a number in digits of another script
    LETTER_MISSING = "letter_missing"  # the number without its letter
    LETTER_TOO_MUCH = "letter_too_much"  # the letter where an item is meant
    NOT_A_CHOICE = "not_a_choice"  # what stands where the choice should
    NOT_A_PAIR = "not_a_pair"  # what stands where key=value should
    KEY_TWICE = "key_twice"  # the key
    TOO_MUCH = "too_much"  # the words after the end of the request
    NOT_ONE_WORD = "not_one_word"  # a name of several words
    NOT_A_NAME = "not_a_name"  # what stands where a name should
    NOT_A_COUNCIL_ITEM = "not_a_council_item"  # what stands where COUNCIL#N should
    READ_ONLY_CHARTER = "read_only_charter"  # pairs given where the charter is only read
    # what only shows beside the roll and the rooms
    IN_PRIVATE_ONLY = "in_private_only"  # the verb
    IN_A_ROOM_ONLY = "in_a_room_only"  # the verb
    WHICH_ITEM = "which_item"  # the items that fit, or nothing
    WHICH_ASSEMBLY = "which_assembly"  # the assemblies the person belongs to
    NO_ASSEMBLY_HERE = "no_assembly_here"  # nothing
    ON_NO_ROLL = "on_no_roll"  # nothing
    UNKNOWN_ASSEMBLY = "unknown_assembly"  # the name
    UNKNOWN_PERSON = "unknown_person"  # the person as written
    UNKNOWN_COUNCIL = "unknown_council"  # the name
    IN_NO_COUNCIL = "in_no_council"  # the name of a council, by who sits in none
    NO_SEAT_THERE = "no_seat_there"  # the name that is neither a council's nor a role's
    NOT_ASKED = "not_asked"  # the council's item that has not been asked at home
    NOT_A_DATE = "not_a_date"  # what stands where a date should
    NOT_AN_INSTANT = "not_an_instant"  # what stands where a date and a time should
    NOT_A_DURATION = "not_a_duration"  # what stands where a duration should
    NAME_TAKEN = "name_taken"  # the name
    ROOM_TAKEN = "room_taken"  # the name of the assembly that meets here
    ROOM_ALONE = "room_alone"  # nothing
    NOT_HERE = "not_here"  # nothing
    IN_FULL = "in_full"  # what must be typed in full
    NOT_DECLARED = "not_declared"  # the feature to show or hide
    NOT_A_QUOTA = "not_a_quota"  # what stands where a quota should
    UNKNOWN_LANGUAGE = "unknown_language"  # the language
    UNKNOWN_TIMEZONE = "unknown_timezone"  # the zone
    EDITED = "edited"  # nothing
    ANONYMOUS_ADMIN = "anonymous_admin"  # nothing
    AS_A_CHANNEL = "as_a_channel"  # nothing


@dataclass(frozen=True, slots=True)
class Misread:
    """A line that is no request: what was not understood, and a line that would be (without its prefix)."""

    code: Unclear
    verb: str
    part: str
    example: str


@dataclass(frozen=True, slots=True)
class Ref:
    """An item, or with a letter a text of it, as it was written; `number` None: only the letter was."""

    number: int | None
    letter: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as written: `@handle`, a Matrix id, or a mention (its place among the message's mentions)."""

    written: str
    mention: int | None = None


@dataclass(slots=True)
class Reading:
    """A request while it is read: what is left of its words, and what was found so far."""

    verb: str
    rest: str
    example: str
    mentioned: Sequence[str] = ()
    found: dict[str, Any] = field(default_factory=dict)

    def word(self) -> str:
        """The next word, without the marks that only set its direction."""
        found = _WORD.match(self.rest)
        return found[0].strip(DIRECTION) if found else ""

    def take(self) -> str:
        word = self.word()
        self.rest = _WORD.sub("", self.rest, count=1).lstrip()
        return word

    def misread(self, code: Unclear, part: str, example: str | None = None) -> Misread:
        return Misread(code, self.verb, part, self.example if example is None else example)


Reader = Callable[[Reading], Misread | None]

DIRECTION = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
"""Marks that keyboards of right-to-left scripts leave around numbers and names."""
_WORD = re.compile(r"\S+")
_NUMBER = re.compile(r"#?([0-9]{1,9})([a-z]{0,2})")
_ITEM = re.compile(r"([^\s#@/]{2,40})#(?:([0-9]{1,9})([a-z]{0,2}))?")
_END = ".,:;!"
"""Behind a number, a principle or a choice: marks that people set in their sentence."""
_LETTER = re.compile(r"[a-z]{1,2}")
_PRINCIPLE = re.compile(r"[Pp]([0-9]{1,6})")
_PERSON = re.compile(r"@[^\s@]+[^\s@.,;:!?]|@[^\s@.,;:!?]")
_PAIR = re.compile(r"([^\s=]+)=(\S+)\s*")


def other_digits(word: str) -> str | None:
    """The word with ASCII digits if it is a number in digits of another script, else None."""
    bare = word.removeprefix("#")
    digits = bare.rstrip("abcdefghijklmnopqrstuvwxyz")
    if not digits or not digits.isdecimal() or digits.isascii():
        return None
    return "".join(str(unicodedata.decimal(one)) for one in digits) + bare[len(digits) :]


def _in_ascii(reading: Reading, word: str) -> Misread | None:
    """Digits of other scripts are said so, with the line as it would be understood (nothing is guessed)."""
    mended = other_digits(word)
    if mended is None:
        return None
    rest = f"{reading.verb} {reading.rest}".replace(word, mended, 1)
    return reading.misread(Unclear.OTHER_DIGITS, word, rest if len(rest) <= 80 else f"{reading.verb} {mended}")


def _written_item(reading: Reading) -> tuple[Ref | None, str] | None:
    """The item the next word names and its assembly; None when the word is no item."""
    word = reading.word().casefold().rstrip(_END)
    if number := _NUMBER.fullmatch(word):
        return Ref(int(number[1]), number[2]), ""
    if there := _ITEM.fullmatch(word):
        return (Ref(int(there[2]), there[3]) if there[2] else None), fold_name(there[1])
    return None


def item(reading: Reading) -> Misread | None:
    """`12`, `#12`, `valley#3`; may be left out (a reply, or the only one that fits, names it)."""
    return _item(reading, letters=False)


def item_or_text(reading: Reading) -> Misread | None:
    """An item or a text of it: `12`, `12a`; in a reply the letter is enough."""
    return _item(reading, letters=True)


def _item(reading: Reading, *, letters: bool) -> Misread | None:
    word = reading.word()
    if unread := _in_ascii(reading, word):
        return unread
    written = _written_item(reading)
    if written is None:
        # digits alone are never the reason that may follow
        return reading.misread(Unclear.NOT_AN_ITEM, word) if word.removeprefix("#").isdigit() else None
    ref, assembly = written
    if ref and ref.letter and not letters:
        return reading.misread(Unclear.LETTER_TOO_MUCH, word)
    reading.take()
    reading.found["assembly"] = assembly
    if ref:
        reading.found["item"] = ref
    return None


def lone_letter(reading: Reading) -> Misread | None:
    """The letter alone, after an item that was left out; only where no free words can follow."""
    if "item" not in reading.found and _LETTER.fullmatch(reading.word().casefold()):
        reading.found["item"] = Ref(None, reading.take().casefold())
    return None


def amendment(reading: Reading) -> Misread | None:
    """`12a`; in a reply `a`."""
    unread = item_or_text(reading) or lone_letter(reading)
    if unread:
        return unread
    ref = reading.found.get("item")
    if ref is None and reading.rest:
        return reading.misread(Unclear.NOT_AN_ITEM, reading.word())
    if ref is None or not ref.letter:
        return reading.misread(Unclear.LETTER_MISSING, str(ref.number) if ref else "")
    return None


def choice(reading: Reading) -> Misread | None:
    """yes, no or abstain; before it the letter alone may stand for an item that was left out."""
    if reading.word().casefold().rstrip(_END) not in CHOICES:
        lone_letter(reading)
    if not reading.rest:
        return reading.misread(Unclear.MISSING, "|".join(CHOICES))
    if reading.word().casefold().rstrip(_END) not in CHOICES:
        return reading.misread(Unclear.NOT_A_CHOICE, reading.word())
    reading.found["choice"] = reading.take().casefold().rstrip(_END)
    return None


def principle(reading: Reading) -> Misread | None:
    """`P1`; the assembly itself refuses a block without one, so here it may be missing."""
    word = reading.word()
    if word[:1] in ("P", "p") and (mended := other_digits(word[1:])):
        return reading.misread(Unclear.OTHER_DIGITS, word, f"{reading.verb} 12 P{mended} …")
    if found := _PRINCIPLE.fullmatch(word.rstrip(_END)):
        reading.found["principle"] = int(found[1])
        reading.take()
    return None


def words(reading: Reading) -> Misread | None:
    """Everything that is left, line ends included; may be nothing."""
    reading.found["text"], reading.rest = reading.rest.strip(), ""
    return None


def text(reading: Reading) -> Misread | None:
    """Everything that is left, and something must be."""
    return words(reading) if reading.rest else reading.misread(Unclear.MISSING, "TEXT")


def assembly(reading: Reading) -> Misread | None:
    """`well` or `well#`: which assembly is meant, where a private chat leaves it open."""
    if reading.rest:
        reading.found["assembly"] = fold_name(reading.take().removesuffix("#"))
    return None


def assembly_first(reading: Reading) -> Misread | None:
    """`well#` before other words."""
    if (there := _ITEM.fullmatch(reading.word().casefold())) and not there[2]:
        reading.found["assembly"] = fold_name(there[1])
        reading.take()
    return None


def confirmation(reading: Reading) -> Misread | None:
    """`yes` at the end: what cannot be undone is asked once more."""
    head, _, last = reading.rest.rstrip().rpartition(" ")
    if last.strip(DIRECTION).casefold() == "yes":
        reading.rest = head.strip()
        reading.found["confirmed"] = True
    return None


def code(reading: Reading) -> Misread | None:
    """A code, in one piece or in several."""
    reading.found["word"], reading.rest = reading.rest.strip(DIRECTION + " \n\t"), ""
    return None


def one_word(shown: str) -> Reader:
    """A word that must be there: a language, a time zone."""

    def read(reading: Reading) -> Misread | None:
        if not reading.rest:
            return reading.misread(Unclear.MISSING, shown)
        return a_word(reading)

    return read


def a_word(reading: Reading) -> Misread | None:
    """A word that may be there."""
    reading.found["word"] = reading.take()
    return None


def verb_word(reading: Reading) -> Misread | None:
    """A verb to be explained, with or without its prefix."""
    reading.found["word"] = reading.take().lstrip("/!").casefold()
    return None


def charter_key(reading: Reading) -> Misread | None:
    """A key to be read; who writes a pair wants to change it, and that takes a motion."""
    if "=" in reading.rest:
        return reading.misread(Unclear.READ_ONLY_CHARTER, reading.rest, f"propose charter {reading.rest}")
    reading.found["word"] = reading.take().casefold()
    return None


def name(reading: Reading) -> Misread | None:
    """The name of an assembly: one word. What else it must be, the rules say."""
    if not reading.rest or "=" in reading.word():
        return reading.misread(Unclear.MISSING, "NAME")
    reading.found["word"] = reading.take()
    if reading.word().casefold() == "council":
        reading.take()
        reading.found["flag"] = "council"
    plain = reading.rest.split("=")[0].split()
    spare = plain[:-1] if "=" in reading.rest else plain
    if spare:
        whole = " ".join([reading.found["word"], *spare])
        return reading.misread(Unclear.NOT_ONE_WORD, whole, f"{reading.verb} {whole.replace(' ', '_')}")
    return None


def values(reading: Reading) -> Misread | None:
    """`key=value` pairs and nothing else; may be none."""
    pairs: dict[str, str] = {}
    while reading.rest:
        found = _PAIR.match(reading.rest)
        if not found:
            return reading.misread(Unclear.NOT_A_PAIR, reading.word())
        key = found[1].strip(DIRECTION).casefold()
        if key in pairs:
            return reading.misread(Unclear.KEY_TWICE, key)
        # a comma between pairs belongs to neither
        pairs[key] = found[2].strip(DIRECTION).rstrip(",")
        reading.rest = reading.rest[found.end() :]
    reading.found["values"] = pairs
    return None


def person(reading: Reading) -> Person | None:
    """The person at the front, taken; None when there is none. A mention is read by its name as shown."""
    for place, shown in enumerate(reading.mentioned):
        if shown and reading.rest.startswith(shown):
            reading.rest = reading.rest[len(shown) :].lstrip(" \t:,")
            return Person(shown, place)
    if found := _PERSON.match(reading.rest.lstrip(DIRECTION)):
        reading.rest = reading.rest.lstrip(DIRECTION)[found.end() :].lstrip(".,;:!? \t" + DIRECTION)
        return Person(found[0].rstrip(DIRECTION))
    return None


def nothing_left(reading: Reading) -> Misread | None:
    return reading.misread(Unclear.TOO_MUCH, reading.rest.strip()) if reading.rest.strip(DIRECTION + " \n\t") else None

