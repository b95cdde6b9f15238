"""The public draw (§7.1, §7.2): a function of a frozen pool and of randomness nobody knew when it was frozen.

Anyone can run it again: `roundabout draw-check`, or `docs/draw_checker.py`, which needs nothing but Python.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from json.encoder import encode_basestring
from operator import attrgetter
from struct import Struct
from typing import TypeVar

from governance.quotas import Bound, Candidate, Kind, Quotas, in_the_way, kind_of

ASSEMBLY_DRAW = "assembly-draw/1"
RFC3797 = "rfc3797"
METHODS = (ASSEMBLY_DRAW, RFC3797)
MAX_ATTEMPTS = 100_000
"""§7.1 step 5."""
RFC3797_MAX_POOL = 0x1_0000
"""RFC 3797 numbers its selections with two bytes."""
T = TypeVar("T")
_WORDS = 64
_UNPACK = {1: Struct(f">{_WORDS}B"), 2: Struct(f">{_WORDS}H")}

Part = str | int | tuple[int, ...]
"""One randomness source: text such as `drand:quicknet:<round>:<hex>`; with rfc3797 a number or several."""


@dataclass(frozen=True, slots=True)
class Draw:
    """Everything a draw depends on. All text becomes NFC; ValueError says what cannot be drawn from."""

    id: str
    seats: int
    quotas: Quotas
    candidates: tuple[Candidate, ...]
    parts: tuple[Part, ...]
    method: str

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(f"unknown method {self.method!r}: there are {' and '.join(METHODS)}")
        if self.seats < 1:
            raise ValueError(f"seats: {self.seats} is not a number of seats")
        object.__setattr__(self, "id", _text(self.id, "id"))
        object.__setattr__(self, "candidates", tuple(map(_candidate, self.candidates)))
        repeated = [name for name, times in Counter(one.id for one in self.candidates).items() if times > 1]
        if repeated:
            raise ValueError(f"candidates: {repeated[0]!r} stands more than once")
        object.__setattr__(self, "quotas", _quotas(self.quotas))
        if self.method == ASSEMBLY_DRAW:
            object.__setattr__(self, "parts", tuple(map(_source, self.parts)))
        elif self.quotas:
            raise ValueError(f"{RFC3797} knows no quotas; {ASSEMBLY_DRAW} does")
        elif len(self.candidates) > RFC3797_MAX_POOL:
            raise ValueError(f"{RFC3797} draws from {RFC3797_MAX_POOL} candidates at most")
        else:
            object.__setattr__(self, "parts", tuple(map(_numbers, self.parts)))


    def plain(self) -> dict[str, object]:
        """As JSON, as `draw-check` reads it; what is hidden stays so."""
        return {
            "id": self.id,
            "method": self.method,
            "seats": self.seats,
            "quotas": {f: {v: list(ends) for v, ends in values.items()} for f, values in self.quotas.items()},
            "parts": [list(part) if isinstance(part, tuple) else part for part in self.parts],
            "candidates": [{"f": dict(one.features), "id": one.id} for one in self.candidates],
        }


class Outcome(StrEnum):
    DRAWN = "drawn"
    INFEASIBLE = "infeasible"
    """Proved before drawing: no panel of these candidates can meet the quotas."""
    EXHAUSTED = "exhausted"
    """None of `MAX_ATTEMPTS` panels met them: the draw ends, a new one needs a new call."""


@dataclass(frozen=True, slots=True)
class DrawResult:
    """`panel` in drawing order, `substitutes` in theirs; both empty unless drawn.

    `list_hash` is lower-case hex SHA-256; so is `seed`, with rfc3797 it is the key string of that document.
    `contradiction`: quotas that cannot be met together; empty when feasible, or when people are just too few.
    """

    outcome: Outcome
    list_hash: str
    seed: str
    attempts: int
    panel: tuple[str, ...]
    substitutes: tuple[str, ...]
    contradiction: tuple[Bound, ...]


def draw(request: Draw) -> DrawResult:
    """Draw a panel and the order of its substitutes (§7.1, §7.2)."""
    if request.method == RFC3797:
        return _rfc3797(request)
    frozen, seed = opening(request)
    pool, k = _sorted(request.candidates), request.seats
    kinds = [kind_of(one, request.quotas) for one in pool]
    contradiction = in_the_way((), Counter(kinds), request.quotas, k, 0)
    if contradiction is not None:
        return DrawResult(Outcome.INFEASIBLE, frozen, seed.hex(), 0, (), (), tuple(sorted(contradiction)))
    stream = Stream(seed)
    order, attempts = _accepted(stream, kinds, request.quotas, k)
    if not order:
        return DrawResult(Outcome.EXHAUSTED, frozen, seed.hex(), attempts, (), (), ())
    # step 6: the same shuffle goes on behind the panel
    stream.shuffle(order, k, len(order))
    drawn = tuple(pool[position].id for position in order)
    return DrawResult(Outcome.DRAWN, frozen, seed.hex(), attempts, drawn[:k], drawn[k:], ())


def next_substitute(request: Draw, result: DrawResult, seated: Collection[str], gone: Collection[str]) -> str | None:
    """Who takes the next empty seat: the first substitute whose seating keeps the quotas satisfiable (§7.1 step 6).

    `seated`: who holds a seat of this draw now; `gone`: who refused, resigned or may not sit. None when nobody
    fits: the seat stays open, for a quota is never broken to fill one (§7.4). Seats for which nobody is left any more
    keep nobody from the others.
    """
    kinds = {one.id: kind_of(one, request.quotas) for one in request.candidates}
    left = [name for name in result.substitutes if name not in seated and name not in gone]
    counts = Counter(kinds[name] for name in left)
    held = [kinds[name] for name in seated]
    vacant = max(0, request.seats - len(held) - len(left))
    for name in left:
        counts[kinds[name]] -= 1
        if in_the_way([*held, kinds[name]], counts, request.quotas, request.seats, vacant) is None:
            return name
        counts[kinds[name]] += 1
    return None


def lot(draw_id: str, names: Iterable[str], parts: Iterable[str]) -> tuple[str, ...]:
    """The order in which a tie is broken (§7.3): an assembly-draw/1 of all the names, without quotas."""
    pool = tuple(Candidate(name, {}) for name in names)
    return draw(Draw(draw_id, len(pool), {}, pool, tuple(parts), ASSEMBLY_DRAW)).panel if pool else ()


def opening(request: Draw) -> tuple[str, bytes]:
    """The fingerprint of the list, and the seed: what a draw begins with, whoever knows which features."""
    frozen = list_hash(request)
    return frozen, _seed(request, frozen)


def list_hash(request: Draw) -> str:
    """The fingerprint of the frozen list (§7.1 step 1): sorted by id, but as it stands where its order counts."""
    pool = _sorted(request.candidates) if request.method == ASSEMBLY_DRAW else request.candidates
    # canonical JSON written entry by entry: many have the same features, which need sorting only once
    written: dict[tuple[tuple[str, str], ...], str] = {}
    entries = []
    for one in pool:
        declared = tuple(one.features.items())
        if declared not in written:
            written[declared] = _canonical(dict(declared)).decode()
        entries.append(f'{{"f":{written[declared]},"id":{encode_basestring(one.id)}}}')
    return hashlib.sha256(f"[{','.join(entries)}]".encode()).hexdigest()


def round_at(instant: int, genesis: int, period: int) -> int:
    """The drand round whose turn it is: floor((t − genesis)/period) + 1 (§7.2), all three in the same unit."""
    if instant < genesis:
        raise ValueError("there is no round before the genesis")
    return (instant - genesis) // period + 1


def instant_of(drand_round: int, genesis: int, period: int) -> int:
    """When a drand round becomes known, in the unit of genesis and period."""
    return genesis + (drand_round - 1) * period


def drand_part(chain: str, drand_round: int, signature: bytes) -> str:
    """A drand round as a randomness part: its randomness is the SHA-256 of its signature (§7.2)."""
    return f"drand:{chain}:{drand_round}:{hashlib.sha256(signature).hexdigest()}"


class Stream:
    """Numbers from a seed: block i is SHA-256(seed ‖ i as 8 bytes, big-endian), i from 0 (§7.1 step 3)."""

    __slots__ = ("_at", "_block", "_bytes", "_seed")

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._block = 0
        self._bytes = b""
        self._at = 0

    def shuffle(self, order: list[int], start: int, stop: int) -> list[int]:
        """Exchange position i with i + below(len(order) − i), i from start to stop; gives the latter positions.

        below(n) (§7.1 step 4) takes the same bits for many n in a row, so words are read many at a time; `_at` moves
        on only by those that gave a number or were rejected.
        """
        partners: list[int] = []
        i, size = start, len(order)
        while i < stop and size - i > 1:
            bits = (size - i - 1).bit_length()
            same_bits_until = min(stop, size - (1 << bits - 1))
            mask, width = (1 << bits) - 1, (bits + 7) // 8
            while i < same_bits_until:
                words, at = self._words(width), self._at
                for word in words:
                    at += width
                    j = i + (word & mask)
                    if j < size:
                        order[i], order[j] = order[j], order[i]
                        partners.append(j)
                        i += 1
                        if i == same_bits_until:
                            break
                self._at = at
        return partners

    def _words(self, width: int) -> Sequence[int]:
        """The next 64 numbers of so many bytes."""
        end = self._at + _WORDS * width
        if end > len(self._bytes):
            blocks = range(self._block, self._block + 4 * _WORDS)
            fresh = [hashlib.sha256(self._seed + i.to_bytes(8, "big")).digest() for i in blocks]
            self._bytes = self._bytes[self._at :] + b"".join(fresh)
            self._block += len(fresh)
            self._at, end = 0, _WORDS * width
        if width in _UNPACK:
            return _UNPACK[width].unpack_from(self._bytes, self._at)
        return [int.from_bytes(self._bytes[i : i + width], "big") for i in range(self._at, end, width)]


def _accepted(stream: Stream, kinds: Sequence[Kind], quotas: Quotas, k: int) -> tuple[list[int], int]:
    """Positions with an accepted panel in front, and at which attempt; no positions when none was (§7.1 step 5).

    Only what an attempt exchanged is put back for the next. All counts of a panel are one integer with a field for
    each quota, a bit wider than k, so that one subtraction compares all of them: the free top bit of a field stays
    set where the field is not short.
    """
    n, field = len(kinds), k.bit_length() + 1
    unit = {(f, v): 1 << field * i for i, (f, v) in enumerate((f, v) for f in quotas for v in quotas[f])}
    weight = {kind: sum(unit[pair] for pair in kind) for kind in set(kinds)}
    weights = [weight[kind] for kind in kinds]
    free = sum(unit.values()) << field - 1
    least = free - sum(unit[f, v] * quotas[f][v][0] for f, v in unit)
    most = free + sum(unit[f, v] * min(quotas[f][v][1], k) for f, v in unit)
    order, front = list(range(n)), list(range(k))
    for attempt in range(1, MAX_ATTEMPTS + 1):
        partners = stream.shuffle(order, 0, k)
        counts = sum([weights[position] for position in order[:k]])
        if (counts + least) & (most - counts) & free == free:
            return order, attempt
        for j in partners:
            order[j] = j
        order[:k] = front
    return [], MAX_ATTEMPTS


def _rfc3797(request: Draw) -> DrawResult:
    """RFC 3797 §4 and §6: for each selection the MD5 of the key between its number, modulo those who remain."""
    key = "".join("".join(f"{number}." for number in sorted(_numbers(part))) + "/" for part in request.parts)
    frozen, k = list_hash(request), request.seats
    remaining = [one.id for one in request.candidates]
    if len(remaining) < k:
        return DrawResult(Outcome.INFEASIBLE, frozen, key, 0, (), (), ())
    chosen = []
    for i in range(len(remaining)):
        number = i.to_bytes(2, "big")
        hashed = hashlib.md5(number + key.encode() + number, usedforsecurity=False).digest()
        chosen.append(remaining.pop(int.from_bytes(hashed, "big") % len(remaining)))
    return DrawResult(Outcome.DRAWN, frozen, key, 1, tuple(chosen[:k]), tuple(chosen[k:]), ())


def _seed(request: Draw, frozen: str) -> bytes:
    """§7.1 step 2: SHA-256 over netstrings."""
    quotas = _canonical({f: {v: list(ends) for v, ends in values.items()} for f, values in request.quotas.items()})
    texts = [ASSEMBLY_DRAW, request.id, frozen, quotas.decode(), str(request.seats), *map(str, request.parts)]
    fields = [text.encode() for text in texts]
    return hashlib.sha256(b"".join(b"%d:%s," % (len(field), field) for field in fields)).digest()


def _sorted(candidates: Iterable[Candidate]) -> list[Candidate]:
    """By id: the order of code points is the order of UTF-8 bytes."""
    return sorted(candidates, key=attrgetter("id"))


def _canonical(value: object) -> bytes:
    """§7.1 step 1, for values without floats whose text is NFC already: `Draw` sees to both."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _text(text: str, where: str) -> str:
    try:
        return unicodedata.normalize("NFC", text).encode().decode()
    except UnicodeEncodeError:
        raise ValueError(f"{where}: {text!r} cannot be written as UTF-8") from None


def _by_text(values: Mapping[str, T], where: str) -> dict[str, T]:
    """The same mapping with its keys in NFC; two keys that become one are refused."""
    named = {_text(key, where): value for key, value in values.items()}
    if len(named) < len(values):
        raise ValueError(f"{where}: two names are the same in NFC")
    return named


def _candidate(one: Candidate) -> Candidate:
    if not one.id:
        raise ValueError("candidates: an id is empty")
    if all(map(str.isascii, (one.id, *one.features, *one.features.values()))) and not one.hidden:
        return one
    return Candidate(_text(one.id, "candidates"), _texts(one.features, one.id), _texts(one.hidden, one.id))


def _texts(known: Mapping[str, str], where: str) -> dict[str, str]:
    return {f: _text(value, where) for f, value in _by_text(known, where).items()}


def _quotas(quotas: Quotas) -> Quotas:
    checked = {f: _by_text(values, f"quotas: {f}") for f, values in _by_text(quotas, "quotas").items()}
    for feature, values in checked.items():
        for value, ends in values.items():
            if min(ends) < 0:
                raise ValueError(f"quotas: {feature}:{value} is not a minimum and a maximum of seats")
    return checked


def _source(part: Part) -> str:
    if not isinstance(part, str):
        raise ValueError(f"parts: {part!r} is not text, as {ASSEMBLY_DRAW} needs")
    return _text(part, "parts")


def _numbers(part: Part) -> tuple[int, ...]:
    numbers = (part,) if isinstance(part, int) else part
    if isinstance(numbers, str) or not numbers or min(numbers) < 0:
        raise ValueError(f"parts: {part!r} is not a number or a list of numbers, as {RFC3797} needs")
    return numbers
