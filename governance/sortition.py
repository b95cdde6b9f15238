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
from itertools import islice
from struct import iter_unpack

from governance.quotas import Bound, Candidate, Kind, Quotas, in_the_way, kind_of

ASSEMBLY_DRAW = "assembly-draw/1"
RFC3797 = "rfc3797"
METHODS = (ASSEMBLY_DRAW, RFC3797)
MAX_ATTEMPTS = 100_000
"""§7.1 step 5."""
RFC3797_MAX_POOL = 0x1_0000
"""RFC 3797 numbers its selections with two bytes."""

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
        if not _is_count(self.seats) or self.seats < 1:
            raise ValueError(f"seats: {self.seats!r} is not a number of seats")
        object.__setattr__(self, "id", _text(self.id, "id"))
        object.__setattr__(self, "candidates", tuple(map(_candidate, self.candidates)))
        repeated = [name for name, times in Counter(one.id for one in self.candidates).items() if times > 1]
        if repeated:
            raise ValueError(f"candidates: {repeated[0]!r} stands more than once")
        object.__setattr__(self, "quotas", _quotas(self.quotas))
        if self.method == ASSEMBLY_DRAW:
            object.__setattr__(self, "parts", tuple(_text(part, "parts") for part in self.parts))
            return
        object.__setattr__(self, "parts", tuple(map(_numbers, self.parts)))
        if self.quotas:
            raise ValueError(f"{RFC3797} knows no quotas; {ASSEMBLY_DRAW} does")
        if len(self.candidates) > RFC3797_MAX_POOL:
            raise ValueError(f"{RFC3797} draws from {RFC3797_MAX_POOL} candidates at most")


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
    frozen, seed = list_hash(request), _seed(request)
    ids = sorted((one.id for one in request.candidates), key=str.encode)
    kinds = {one.id: kind_of(one, request.quotas) for one in request.candidates}
    n, k = len(ids), request.seats
    contradiction = in_the_way((), Counter(kinds.values()), request.quotas, k, 0)
    if contradiction is not None:
        return DrawResult(Outcome.INFEASIBLE, frozen, seed.hex(), 0, (), (), tuple(sorted(contradiction)))
    stream = _Stream(seed)
    order, attempts = _accepted(stream, [kinds[name] for name in ids], request.quotas, k)
    if not order:
        return DrawResult(Outcome.EXHAUSTED, frozen, seed.hex(), attempts, (), (), ())
    # step 6: the same shuffle goes on behind the panel
    for i, pick in enumerate(stream.below(n - k, n - k), k):
        order[i], order[i + pick] = order[i + pick], order[i]
    drawn = tuple(ids[position] for position in order)
    return DrawResult(Outcome.DRAWN, frozen, seed.hex(), attempts, drawn[:k], drawn[k:], ())


def next_substitute(request: Draw, result: DrawResult, seated: Collection[str], gone: Collection[str]) -> str | None:
    """Who takes the next empty seat: the first substitute whose seating keeps the quotas satisfiable (§7.1 step 6).

    `seated`: who holds a seat of this draw now; `gone`: who refused, resigned or may not sit. None when nobody
    fits: the seat stays open, for a quota is never broken to fill one (§7.4).
    """
    kinds = {one.id: kind_of(one, request.quotas) for one in request.candidates}
    left = [name for name in result.substitutes if name not in seated and name not in gone]
    counts = Counter(kinds[name] for name in left)
    held = [kinds[name] for name in seated]
    for name in left:
        counts[kinds[name]] -= 1
        if in_the_way([*held, kinds[name]], counts, request.quotas, request.seats, 0) is None:
            return name
        counts[kinds[name]] += 1
    return None


def lot(draw_id: str, names: Iterable[str], parts: Iterable[str]) -> tuple[str, ...]:
    """The order in which a tie is broken (§7.3): an assembly-draw/1 of all the names, without quotas."""
    pool = tuple(Candidate(name, {}) for name in names)
    return draw(Draw(draw_id, len(pool), {}, pool, tuple(parts), ASSEMBLY_DRAW)).panel if pool else ()


def list_hash(request: Draw) -> str:
    """The fingerprint of the frozen list (§7.1 step 1): sorted by id, but as it stands where its order counts."""
    pool: Iterable[Candidate] = request.candidates
    if request.method == ASSEMBLY_DRAW:
        pool = sorted(pool, key=lambda one: one.id.encode())
    return hashlib.sha256(_canonical([{"f": dict(one.features), "id": one.id} for one in pool])).hexdigest()


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


class _Stream:
    """Numbers from a seed: block i is SHA-256(seed ‖ i as 8 bytes, big-endian), i from 0 (§7.1 step 3)."""

    __slots__ = ("_block", "_bytes", "_seed")

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._block = 0
        self._bytes = memoryview(b"")

    def below(self, n: int, times: int) -> list[int]:
        """below(n), below(n − 1), … so many times (§7.1 step 4).

        As long as the numbers need the same bits, as many words as numbers are still wanted can be read at once: each
        word gives one number or is rejected, so none is read that would not have been.
        """
        picks: list[int] = []
        last = n - times
        while n > max(last, 1):
            bits = (n - 1).bit_length()
            same_bits_above = max(last, 1 << (bits - 1))
            mask = (1 << bits) - 1
            while n > same_bits_above:
                for word in self._words(n - same_bits_above, (bits + 7) // 8):
                    number = word & mask
                    if number < n:
                        picks.append(number)
                        n -= 1
        return picks + [0] * (n - last)

    def _words(self, times: int, width: int) -> Iterable[int]:
        length = times * width
        if length > len(self._bytes):
            wanted = max(128, -(-length // 32))
            blocks = range(self._block, self._block + wanted)
            fresh = b"".join(hashlib.sha256(self._seed + i.to_bytes(8, "big")).digest() for i in blocks)
            self._block += wanted
            self._bytes = memoryview(bytes(self._bytes) + fresh)
        taken, self._bytes = self._bytes[:length], self._bytes[length:]
        if width == 1:
            return taken
        if width == 2:
            return (word for (word,) in iter_unpack(">H", taken))
        return (int.from_bytes(taken[i : i + width], "big") for i in range(0, length, width))


def _accepted(stream: _Stream, kinds: Sequence[Kind], quotas: Quotas, k: int) -> tuple[list[int], int]:
    """Positions with an accepted panel in front, and at which attempt; no positions when none was (§7.1 step 5).

    Only the k positions an attempt exchanged are put back for the next. All counts of a panel are one integer with a
    field for each quota, a bit wider than k, so that one subtraction compares all of them: a free top bit in every
    field stays set where the field is not short.
    """
    n, field = len(kinds), k.bit_length() + 1
    unit = {(f, v): 1 << field * i for i, (f, v) in enumerate((f, v) for f in quotas for v in quotas[f])}
    weights = [sum(unit[pair] for pair in kind) for kind in kinds]
    free = sum(unit.values()) << field - 1
    least = free - sum(unit[f, v] * quotas[f][v][0] for f, v in unit)
    most = free + sum(unit[f, v] * min(quotas[f][v][1], k) for f, v in unit)
    order, front = list(range(n)), list(range(k))
    for attempt in range(1, MAX_ATTEMPTS + 1):
        moved = [i + pick for i, pick in enumerate(stream.below(n, k))]
        for i, j in enumerate(moved):
            order[i], order[j] = order[j], order[i]
        counts = sum([weights[position] for position in islice(order, k)])
        if (counts + least) & (most - counts) & free == free:
            return order, attempt
        for j in moved:
            order[j] = j
        order[:k] = front
    return [], MAX_ATTEMPTS


def _rfc3797(request: Draw) -> DrawResult:
    """RFC 3797 §4 and §6: for each selection the MD5 of the key between its number, modulo those who remain."""
    key = "".join("".join(f"{number}." for number in part) + "/" for part in map(_sorted, request.parts))
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


def _seed(request: Draw) -> bytes:
    """§7.1 step 2: SHA-256 over netstrings."""
    quotas = {f: {v: list(ends) for v, ends in values.items()} for f, values in request.quotas.items()}
    texts = [ASSEMBLY_DRAW, request.id, list_hash(request), _canonical(quotas), str(request.seats), *request.parts]
    fields = [text if isinstance(text, bytes) else str(text).encode() for text in texts]
    return hashlib.sha256(b"".join(b"%d:%s," % (len(field), field) for field in fields)).digest()


def _canonical(value: object) -> bytes:
    """§7.1 step 1, for values without floats whose text is NFC already: `Draw` sees to both."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{where}: {value!r} is not text")
    text = unicodedata.normalize("NFC", value)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{where}: {value!r} is not text that can be written as UTF-8") from None
    return text


def _by_text(values: Mapping[str, object], where: str) -> dict[str, object]:
    """The same mapping with its keys in NFC; two keys that become one are refused."""
    named = {_text(key, where): value for key, value in values.items()}
    if len(named) < len(values):
        raise ValueError(f"{where}: two names are the same in NFC")
    return named


def _candidate(one: Candidate) -> Candidate:
    if not one.id:
        raise ValueError("candidates: an id is empty")
    where = f"candidate {one.id!r}"
    features = {f: _text(value, where) for f, value in _by_text(one.features, where).items()}
    return Candidate(_text(one.id, "candidates"), features)


def _quotas(quotas: Quotas) -> Quotas:
    checked: dict[str, dict[str, tuple[int, int]]] = {}
    for feature, values in _by_text(quotas, "quotas").items():
        assert isinstance(values, Mapping)
        checked[feature] = {}
        for value, ends in _by_text(values, f"quotas: {feature}").items():
            if not isinstance(ends, tuple | list) or len(ends) != 2 or not all(map(_is_count, ends)):
                raise ValueError(f"quotas: {feature}:{value} is not a minimum and a maximum of seats")
            checked[feature][value] = (ends[0], ends[1])
    return checked


def _numbers(part: Part) -> Part:
    numbers = part if isinstance(part, tuple) else (part,)
    if not numbers or not all(map(_is_count, numbers)):
        raise ValueError(f"parts: {part!r} is not a number or a list of numbers, as {RFC3797} needs")
    return part


def _sorted(part: Part) -> list[int]:
    return sorted(int(number) for number in (part if isinstance(part, tuple) else (part,)))
