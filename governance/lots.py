"""Randomness nobody knew when the list was frozen: announced, typed in, committed, revealed, fetched (§7.1, §7.2)."""

from __future__ import annotations

import hashlib
import re

from governance import facts as f
from governance.people import Lot
from governance.sortition import drand_part, instant_of, round_at
from governance.state import Sitting
from governance.terms import DAY, MINUTE, SECOND, Instant

CHAIN = "quicknet"
GENESIS, PERIOD = 1_692_803_367, 3
"""Of the drand chain `quicknet`, in seconds."""
CHAIN_HASH = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
PUBLIC_KEY = (
    "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
    "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
)
"""With which relays name the chain, and with which its signatures are checked."""
BEFORE_KNOWN = 10 * MINUTE
"""A list is frozen at least so long before the randomness can be known (§7.1)."""
PATIENCE = 7 * DAY
"""If the randomness has not come by then, the draw is over, and so is a tie (its seats stay open)."""
VALUE_LIMIT = 200
"""Characters of a value."""

_HEX = re.compile("[0-9a-f]+")
_NUMBERS = re.compile("[0-9]{1,18}( [0-9]{1,18}){0,49}")
_ROUND = re.compile(rf"{CHAIN}:([0-9]+)")


def drand_at(instant: Instant) -> tuple[str, Instant]:
    """The first round that comes at this instant or later, as it is announced, and when it comes."""
    beacon = round_at(instant - 1, GENESIS * SECOND, PERIOD * SECOND) + 1
    return f"{CHAIN}:{beacon}", instant_of(beacon, GENESIS * SECOND, PERIOD * SECOND)


def round_of(lot: Lot) -> int | None:
    """The drand round a lot waits for; None when it waits for something else."""
    found = _ROUND.fullmatch(lot.where)
    return int(found[1]) if found else None


def announce_drand(s: Sitting, number: int, lot: str, freezes: Instant, at: Instant) -> None:
    """A tie is broken by the first round at least ten minutes after the ballots were counted (§7.3)."""
    where, known = drand_at(freezes + BEFORE_KNOWN)
    s.record(f.LotAnnounced(number, lot, "drand", where, freezes, known), at)


def normal(lot: Lot, value: str) -> str | None:
    """The value as it is compared and goes into the draw; None when it is none of this source."""
    text = " ".join(value.split())
    if not text or len(text) > VALUE_LIMIT:
        return None
    if round_of(lot) is not None:
        return _randomness(text.casefold())
    if lot.source == "rfc3797":
        text = text.replace(",", " ").replace(".", " ")
        text = " ".join(text.split())
        return text if _NUMBERS.fullmatch(text) else None
    return text


def _randomness(text: str) -> str | None:
    """A round as its signature, or as the randomness that is the SHA-256 of it; in hex."""
    if not _HEX.fullmatch(text):
        return None
    if len(text) == 64:
        return text
    return hashlib.sha256(bytes.fromhex(text)).hexdigest() if len(text) in (96, 192) else None


def fetched(lot: Lot, signature: str) -> str:
    """A round as it was fetched, as `normal` gives what was typed."""
    return drand_part(CHAIN, round_of(lot) or 0, bytes.fromhex(signature)).rpartition(":")[2]


def commitment_of(value: str) -> str:
    """What a member commits to: the SHA-256 of the value as UTF-8."""
    return hashlib.sha256(value.encode()).hexdigest()


def parts_of(lot: Lot, value: str, handles: dict[str, str]) -> tuple[str, ...]:
    """The parts as they go into the draw, in announced order: what was revealed in order of commitment, then the
    source. Who did not reveal is left out; the round that comes after the reveals keeps that from deciding."""
    revealed = tuple(
        f"commit:{handles.get(one, one)}:{lot.revealed[one]}" for one in lot.commits if one in lot.revealed
    )
    if lot.source == "rfc3797":
        return (value,)
    if round_of(lot) is not None:
        return (*revealed, f"drand:{lot.where}:{value}")
    return (f"event:{lot.where}:{value}",)
