"""The small exact words everything else is said in: instants, durations, shares, digests.

An instant is integer milliseconds since 1970-01-01T00:00Z. A duration is whole seconds.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

Instant = int
"""Milliseconds since 1970-01-01T00:00Z."""
Duration = int
"""Whole seconds."""
MemberId = str
"""A person in a base assembly, an assembly in a council."""
PersonId = str
AssemblyId = str

FREE_TEXT = "free text"
Words = Annotated[str, FREE_TEXT]
"""Free text in a fact: it stands beside the seal, with a salted digest under it."""

SECOND = 1000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"(0|[1-9][0-9]{0,8})([smhd])")
_SHARE = re.compile(r"([0-9]{1,6})/([0-9]{1,6})|([01])|([0-9]{1,3}) ?%")


def parse_duration(text: str) -> Duration | None:
    """`30s`, `90m`, `48h`, `14d` or `0` in seconds; None when it is none of these (§9)."""
    if text == "0":
        return 0
    found = _DURATION.fullmatch(text)
    return int(found[1]) * _UNITS[found[2]] if found else None


def show_duration(seconds: Duration) -> str:
    """A duration as charters write it, in days only beyond three days: `72h`, `14d`, `90m`."""
    if seconds == 0:
        return "0"
    if seconds % 86_400 == 0 and seconds > 3 * 86_400:
        return f"{seconds // 86_400}d"
    if seconds % 3600 == 0:
        return f"{seconds // 3600}h"
    return f"{seconds // 60}m" if seconds % 60 == 0 else f"{seconds}s"


@dataclass(frozen=True, slots=True)
class Share:
    """An exact fraction. As a threshold only one half is strict (§5.3); as a quorum none is."""

    num: int
    den: int

    @classmethod
    def parse(cls, text: str) -> Share | None:
        """`2/3`, `1`, `0` or `60%`, not reduced; None when it is none of these or divides by zero."""
        found = _SHARE.fullmatch(text)
        if not found:
            return None
        if found[3]:
            return cls(int(found[3]), 1)
        if found[4]:
            return cls(int(found[4]), 100)
        num, den = int(found[1]), int(found[2])
        return cls(num, den) if den else None

    @property
    def is_half(self) -> bool:
        return 2 * self.num == self.den

    def passed_by(self, part: int, base: int) -> bool:
        """As a threshold: `den·part ≥ num·base`, strictly more at one half (§5.3)."""
        if self.is_half:
            return 2 * part > base
        return self.den * part >= self.num * base

    def reached_by(self, part: int, whole: int) -> bool:
        """As a quorum: `den·part ≥ num·whole` (§4.1)."""
        return self.den * part >= self.num * whole

    def least_of(self, whole: int) -> int:
        """The smallest part that reaches this share of the whole."""
        return -(-self.num * whole // self.den)

    def __lt__(self, other: Share) -> bool:
        return self.num * other.den < other.num * self.den

    def __le__(self, other: Share) -> bool:
        return self.num * other.den <= other.num * self.den

    def __str__(self) -> str:
        return str(self.num) if self.den == 1 else f"{self.num}/{self.den}"


def canonical(value: Any) -> bytes:
    """Canonical JSON: keys sorted, no spaces, UTF-8, NFC, no floats (§7.1 step 1)."""
    return unicodedata.normalize(
        "NFC", json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    ).encode()


def digest(parts: Iterable[str]) -> str:
    """Lower-case hex SHA-256 over the canonical JSON of the sorted parts: an electorate's fingerprint."""
    return hashlib.sha256(canonical(sorted(parts))).hexdigest()


def fold_name(name: str) -> str:
    """What makes two names the same on one instance: NFC and case folding (§2.1)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def is_name(name: str) -> bool:
    """One word of letters and digits of any script, `-` and `_`; 2 to 40 characters (§2.1)."""
    name = unicodedata.normalize("NFC", name)
    if not 2 <= len(name) <= 40 or not any(char.isalnum() for char in name):
        return False
    # accents and vowel signs belong to the letter before them
    marks = [unicodedata.category(char) in ("Mn", "Mc") for char in name]
    return not marks[0] and all(
        mark or char.isalnum() or char in "-_" for mark, char in zip(marks, name, strict=True)
    )
