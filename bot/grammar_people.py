"""How the words of elections, draws and speaking are read (§7)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from bot.grammar_reading import Misread, Person, Reading, Unclear, person
from governance.people import DELEGATES
from governance.terms import fold_name

_NAME = re.compile(r"[^\s#@=/:,<>]{2,40}")
_QUOTA = re.compile(r"[^\s:<>=]+:[^\s:<>=]+(>=|<=)[0-9]{1,6}(/[0-9]{1,6})?")
_PAIR = re.compile(r"(seats|method|term|from|source|at)=(\S+)", re.IGNORECASE)
_SCORE = re.compile(r"=\s*(-?[0-9]{1,6})")
_UNREAD = re.compile("[=<>]")
"""In a word that is neither a setting nor a quota: it is meant to be one."""
_GLUED = re.compile(r"^([^\s>=]+)([>=])")
_LINK = re.compile(r"\s*([>=])\s*")
_NONE = re.compile(r"none(?=[\s>=]|$)", re.IGNORECASE)
NONE = "none"


def called(*keys: str) -> Any:
    """`ROLE seats=2 …`, or `delegates COUNCIL seats=2 …`; the words left over name a public event."""

    def read(reading: Reading) -> Misread | None:
        unread = _role(reading)
        if unread:
            return unread
        pairs: dict[str, str] = {}
        quotas: list[str] = []
        rest: list[str] = []
        while word := reading.word():
            if _QUOTA.fullmatch(word):
                quotas.append(word)
            elif (pair := _PAIR.fullmatch(word)) and pair[1].casefold() in keys:
                if pair[1].casefold() in pairs:
                    return reading.misread(Unclear.KEY_TWICE, pair[1].casefold())
                pairs[pair[1].casefold()] = pair[2]
            elif word.casefold() in ("quota", "quotas"):
                reading.take()
                if not _QUOTA.fullmatch(reading.word()):
                    return reading.misread(Unclear.NOT_A_QUOTA, reading.word() or word)
                continue
            elif _UNREAD.search(word):
                return reading.misread(Unclear.NOT_A_QUOTA if ":" in word else Unclear.TOO_MUCH, word)
            else:
                rest.append(word)
            reading.take()
        if rest and "source" not in keys:
            return reading.misread(Unclear.TOO_MUCH, " ".join(rest))
        if quotas:
            pairs["quota"] = " ".join(quotas)
        reading.found |= {"values": pairs, "text": " ".join(rest)}
        return None

    return read


def _role(reading: Reading) -> Misread | None:
    word = reading.word()
    if not _NAME.fullmatch(word):
        return reading.misread(Unclear.NOT_A_NAME if word and "=" not in word else Unclear.MISSING, word or "ROLE")
    reading.found["word"] = fold_name(reading.take())
    if reading.found["word"] == DELEGATES:
        council = reading.word()
        if not council or not _NAME.fullmatch(council):
            return reading.misread(Unclear.MISSING, "COUNCIL")
        reading.found["council"] = fold_name(reading.take())
    return None


def one_person(reading: Reading) -> Misread | None:
    """Somebody, typed in full."""
    found = person(reading)
    if found is None:
        return reading.misread(Unclear.MISSING, "@P")
    reading.found["person"] = found
    return None


def approved(reading: Reading) -> Misread | None:
    """`@A @B`, or `none`."""
    if reading.rest.strip().casefold() == NONE:
        reading.found["persons"], reading.rest = {"1": ()}, ""
        return None
    names: list[Person] = []
    while (found := person(reading)) is not None:
        names.append(found)
    if not names:
        return reading.misread(Unclear.MISSING, "@A @B")
    reading.found["persons"] = {"1": tuple(names)}
    return None


def ranked(reading: Reading) -> Misread | None:
    """`@A > @B = @C > none`: best first, equal ones with `=`. What follows the last of them is why one objects."""
    groups: list[list[Person]] = [[]]
    while True:
        reading.rest = _GLUED.sub(r"\1 \2", reading.rest, count=1)
        if option := _NONE.match(reading.rest):
            reading.rest = reading.rest[option.end() :]
            groups[-1].append(Person(NONE))
        elif (found := person(reading)) is not None:
            groups[-1].append(found)
        elif reading.rest:
            return reading.misread(Unclear.TOO_MUCH, reading.rest)
        else:
            return reading.misread(Unclear.MISSING, "@A > @B")
        link = _LINK.match(reading.rest)
        if link is None:
            break
        reading.rest = reading.rest[link.end() :]
        if link[1] == ">":
            groups.append([])
    reading.found["persons"] = {str(place): tuple(group) for place, group in enumerate(groups, 1)}
    if reading.rest and person(replace(reading)) is not None:
        # a name without > or = before it would be taken for the beginning of a reason
        return reading.misread(Unclear.TOO_MUCH, reading.rest)
    reading.found["text"], reading.rest = reading.rest.strip(), ""
    return None


def scored(reading: Reading) -> Misread | None:
    """`@A=5 @B=0`."""
    reading.rest = reading.rest.replace("=", " =")
    scores: dict[str, tuple[Person, ...]] = {}
    while reading.rest:
        found = person(reading)
        score = _SCORE.match(reading.rest)
        if found is None or score is None:
            return reading.misread(Unclear.MISSING, "@A=5 @B=0")
        reading.rest = reading.rest[score.end() :].lstrip()
        scores[score[1]] = (*scores.get(score[1], ()), found)
    if not scores:
        return reading.misread(Unclear.MISSING, "@A=5 @B=0")
    reading.found["persons"] = scores
    return None
