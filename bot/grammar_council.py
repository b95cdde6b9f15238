"""How the words of councils are read: delegations, mandates, recalls, positions, calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.grammar_reading import Misread, Person, Reading, Ref, Unclear, person, words
from governance.motion import CHOICES
from governance.terms import fold_name

Kind = Mapping[str, object] | Misread | None

_NAME = re.compile(r"[^\s#@=/:,]{2,40}")
_ITEM = re.compile(r"([^\s#@=/:,]{2,40})#([0-9]{1,9})")
_PAIR = re.compile(r"(scope|may|until|term)=(\S+)", re.IGNORECASE)
_NUMBER = re.compile(r"#?[0-9]{1,9}")
EFFECTS = ("finding", "suspension", "exclusion")
MANDATES = (*CHOICES, "none")


def name(reading: Reading, shown: str) -> str | Misread:
    """A council's or assembly's name, or a role, typed in full; folded as names are."""
    word = reading.word()
    if not word:
        return reading.misread(Unclear.MISSING, shown)
    if not _NAME.fullmatch(word):
        return reading.misread(Unclear.NOT_A_NAME, word)
    return fold_name(reading.take())


def council(reading: Reading) -> Misread | None:
    """COUNCIL, or for a seat a ROLE."""
    found = name(reading, "COUNCIL")
    if isinstance(found, Misread):
        return found
    reading.found["council"] = found
    return None


def council_item(reading: Reading) -> Misread | None:
    """`valley#3`, typed in full."""
    word = reading.word().casefold()
    found = _ITEM.fullmatch(word)
    if not word:
        return reading.misread(Unclear.MISSING, "COUNCIL#N")
    if not found:
        return reading.misread(Unclear.NOT_A_COUNCIL_ITEM, word)
    reading.take()
    reading.found |= {"council": fold_name(found[1]), "item": Ref(int(found[2]))}
    return None


def choice_of(*allowed: str) -> Any:
    """One of these words, which must be there."""

    def read(reading: Reading) -> Misread | None:
        word = reading.word().casefold()
        if not word:
            return reading.misread(Unclear.MISSING, "|".join(allowed))
        if word not in allowed:
            return reading.misread(Unclear.NOT_A_CHOICE, word)
        reading.found["choice"] = word
        reading.take()
        return None

    return read


def flag(word: str) -> Any:
    """A word that may be there."""

    def read(reading: Reading) -> Misread | None:
        if reading.word().casefold() == word:
            reading.take()
            reading.found["flag"] = word
        return None

    return read


def mandate(reading: Reading) -> Misread | None:
    """`valley#3 yes [any] [WORDS]`, or `valley scope=water may=yes until=2027-06-01 WORDS`."""
    if "#" in reading.word():
        unread = council_item(reading) or choice_of(*MANDATES)(reading) or flag("any")(reading)
        return unread or words(reading)
    return council(reading) or _pairs(reading, ("scope", "may", "until")) or words(reading)


def _pairs(reading: Reading, keys: tuple[str, ...]) -> Misread | None:
    pairs: dict[str, str] = {}
    while found := _PAIR.fullmatch(reading.word()):
        key = found[1].casefold()
        if key not in keys:
            return reading.misread(Unclear.TOO_MUCH, found[0])
        if key in pairs:
            return reading.misread(Unclear.KEY_TWICE, key)
        pairs[key] = found[2]
        reading.take()
    if not pairs:
        return reading.misread(Unclear.MISSING, "yes|no|abstain|none")
    reading.found["values"] = pairs
    return None


def scope(written: str) -> tuple[list[str], list[int]]:
    """`water,#roads,12`: tags, and numbers of items."""
    parts = [one for one in written.casefold().split(",") if one]
    numbers = [int(one.lstrip("#")) for one in parts if _NUMBER.fullmatch(one)]
    return [one.lstrip("#") for one in parts if not _NUMBER.fullmatch(one)], numbers


def recall(reading: Reading) -> Misread | None:
    """Person, council or role, and a reason: nothing of it is guessed."""
    found = person(reading)
    if found is None:
        return reading.misread(Unclear.MISSING, "@P")
    reading.found["person"] = found
    unread = council(reading)
    if unread:
        return unread
    return words(reading) if reading.rest else reading.misread(Unclear.MISSING, "REASON")


def titled(reading: Reading) -> Misread | None:
    """First line the title, further lines the text."""
    first, _, further = reading.rest.partition("\n")
    if not first.strip():
        return reading.misread(Unclear.MISSING, "TITLE")
    reading.found |= {"title": first.strip(), "text": further.strip()}
    reading.rest = ""
    return None


# --- kinds of motions: each reads what stands behind its first word


def join_or_quit(kind: str) -> Any:
    """Exactly one name or code."""

    def read(reading: Reading, rest: str, further: str) -> Kind:
        word = rest.strip()
        if further or not _NAME.fullmatch(word):
            return None
        return {"kind": kind, "council": fold_name(word)}

    return read


def delegation(reading: Reading, rest: str, further: str) -> Kind:
    """A council and persons."""
    inner = Reading(reading.verb, f"{rest}\n{further}".strip(), reading.example, reading.mentioned)
    named = name(inner, "COUNCIL")
    if isinstance(named, Misread):
        return None
    groups: dict[str, list[Person]] = {"delegates": [], "alternates": [], "observers": []}
    group, values = "delegates", {}
    while inner.rest.strip():
        found = person(inner)
        word = inner.word().casefold()
        pair = _PAIR.fullmatch(word)
        if found is not None:
            groups[group].append(found)
        elif word.rstrip(":") in groups:
            group = word.rstrip(":")
            inner.take()
        elif pair and pair[1] == "term":
            values["term"] = pair[2]
            inner.take()
        else:
            return None
    if not groups["delegates"]:
        return None
    persons = {key: tuple(some) for key, some in groups.items()}
    return {"kind": "delegation", "council": named, "persons": persons, "values": values}


def rights(reading: Reading, rest: str, further: str) -> Kind:
    """Any text in a council; at home the council's item."""
    whole = f"{rest}\n{further}".strip()
    found = _ITEM.fullmatch(whole.casefold())
    if found:
        return {"kind": "rights", "council": fold_name(found[1]), "item": Ref(int(found[2]))}
    return {"kind": "rights", "text": whole}


def complaint(reading: Reading, rest: str, further: str) -> Kind:
    """An assembly, what is asked for, and why."""
    parts = rest.split(None, 2)
    if len(parts) < 2 or not _NAME.fullmatch(parts[0]) or parts[1].casefold() not in EFFECTS:
        return None
    text = f"{parts[2] if len(parts) > 2 else ''}\n{further}".strip()
    if not text:
        return reading.misread(Unclear.MISSING, "TEXT")
    return {"kind": "complaint", "council": fold_name(parts[0]), "choice": parts[1].casefold(), "text": text}
