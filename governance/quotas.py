"""Quotas over declared features (§7.4): can those who are left still meet them, and if not, which are in the way?

Draws (§7.1) and elections (§7.3) ask the same question. People with the same features in question are one *kind*, so
ten thousand candidates are a few dozen unknowns: how many of each kind are taken. The answer is exact. It comes from
the general simplex method (Dutertre and de Moura, *A fast linear-arithmetic solver for DPLL(T)*, 2006) over integers
and fractions, with branch and bound where a solution has broken people in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

Quotas = Mapping[str, Mapping[str, tuple[int, int]]]
"""`{feature: {value: (minimum, maximum)}}`, in seats, both ends included."""
Kind = tuple[tuple[str, str], ...]
"""The (feature, value) pairs of a person that some quota speaks of, in the order of the quotas."""
Number = int | Fraction
_QUOTA = re.compile(r"([^\s:<>=]+):([^\s:<>=]+)(>=|<=)([0-9]{1,6})(?:/([0-9]{1,6}))?")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who can be drawn or elected. A feature not declared satisfies no minimum and counts for no maximum (§7.4)."""

    id: str
    features: Mapping[str, str]


@dataclass(frozen=True, slots=True, order=True)
class Bound:
    """One end of a quota: `gender:woman>=1`, `gender:man<=2`."""

    feature: str
    value: str
    at_least: bool
    seats: int

    def __str__(self) -> str:
        return f"{self.feature}:{self.value}{'>=' if self.at_least else '<='}{self.seats}"


def read_quotas(texts: Iterable[str], seats: int) -> Quotas:
    """`gender:woman>=1`, `region:north<=2`, `gender:woman>=1/2`: so many seats, or a share of them.

    A minimum is rounded up, a maximum down (§7.4); what is not said is 0 at the least and all seats at the most.
    ValueError names a text that cannot be read, or that says again what another one said.
    """
    quotas: dict[str, dict[str, tuple[int, int]]] = {}
    said: set[tuple[str, str, str]] = set()
    for text in texts:
        found = _QUOTA.fullmatch(unicodedata.normalize("NFC", text))
        if found is None or (found[5] and not int(found[5])):
            raise ValueError(f"{text!r} is not a quota such as gender:woman>=1")
        feature, value, end = found[1], found[2], found[3]
        if (feature, value, end) in said:
            raise ValueError(f"{text!r}: there is another quota for {feature}:{value}{end}")
        said.add((feature, value, end))
        least, most = quotas.setdefault(feature, {}).get(value, (0, seats))
        number = Fraction(int(found[4]), int(found[5])) * seats if found[5] else Fraction(int(found[4]))
        quotas[feature][value] = (ceil(number), most) if end == ">=" else (least, floor(number))
    return quotas


def kind_of(candidate: Candidate, quotas: Quotas) -> Kind:
    """What the quotas see of a candidate."""
    declared = candidate.features
    return tuple([(feature, declared[feature]) for feature in quotas if declared.get(feature) in quotas[feature]])


def in_the_way(
    seated: Iterable[Kind], left: Mapping[Kind, int], quotas: Quotas, seats: int, open_seats: int
) -> frozenset[Bound] | None:
    """None when those left can complete those seated; otherwise the quotas of one contradiction.

    `left` counts people by kind. `open_seats` of the seats stay open: a later nomination fills each with one person
    of any value in every feature. The contradiction is empty when people are too few, or seated too many.
    """
    seated = tuple(seated)
    held = Counter(pair for kind in seated for pair in kind)
    program = _Program()
    people = {kind: program.unknown(0, left[kind]) for kind in sorted(left)}
    missing = seats - open_seats - len(seated)
    program.row(people.values(), missing, missing)
    names: dict[int, tuple[str, str]] = {}
    for feature, values in quotas.items():
        later = {value: program.unknown(0, open_seats) for value in values} if open_seats else {}
        program.row(later.values(), 0, open_seats)
        for value, (least, most) in values.items():
            pair = (feature, value)
            if least > most:
                return frozenset({Bound(*pair, True, least), Bound(*pair, False, most)})
            having = [column for kind, column in people.items() if pair in kind]
            if open_seats:
                having.append(later[value])
            names[program.row(having, least - held[pair], most - held[pair])] = pair
    contradiction = program.solve()
    if contradiction is None:
        return None
    return frozenset(
        Bound(*names[row], at_least, quotas[names[row][0]][names[row][1]][0 if at_least else 1])
        for row, at_least in contradiction
        if row in names
    )


class _Program:
    """Unknowns between bounds and sums of them between bounds: is there a solution in whole numbers?

    Every unknown and every sum is a numbered variable. `rows` gives each basic variable as a sum over nonbasic ones;
    nonbasic variables are always within their bounds, and a basic one that is not is exchanged for one that can give
    way, until all are within or one row proves that they cannot be. The one furthest outside goes first; after as
    many exchanges as there are variables the one with the smallest number (Bland), so that it ends.
    """

    def __init__(self) -> None:
        self.low: list[int] = []
        self.high: list[int] = []
        self.value: list[Number] = []
        self.rows: dict[int, dict[int, Number]] = {}
        self.whole: list[int] = []

    def unknown(self, low: int, high: int) -> int:
        self.low.append(low)
        self.high.append(high)
        self.value.append(low)
        self.whole.append(len(self.value) - 1)
        return self.whole[-1]

    def row(self, unknowns: Iterable[int], low: int, high: int) -> int:
        """The sum of unknowns that are still at 0."""
        self.low.append(low)
        self.high.append(high)
        self.value.append(0)
        self.rows[len(self.value) - 1] = dict.fromkeys(unknowns, 1)
        return len(self.value) - 1

    def solve(self) -> frozenset[tuple[int, bool]] | None:
        """None when there is a solution, else the (variable, is it its lower bound) of a contradiction."""
        contradiction = self._relaxed()
        if contradiction is not None:
            return contradiction
        broken = next((j for j in self.whole if self.value[j] != floor(self.value[j])), None)
        if broken is None:
            return None
        below = floor(self.value[broken])
        found: frozenset[tuple[int, bool]] = frozenset()
        for bounds, end in ((self.high, below), (self.low, below + 1)):
            kept, bounds[broken] = bounds[broken], end
            self._bring_inside(broken)
            contradiction = self.solve()
            bounds[broken] = kept
            if contradiction is None:
                return None
            found |= contradiction
        return found

    def _relaxed(self) -> frozenset[tuple[int, bool]] | None:
        """As `solve`, broken people allowed."""
        value, low, high = self.value, self.low, self.high
        exchanges = 0
        while True:
            outside = [b for b in self.rows if not low[b] <= value[b] <= high[b]]
            if not outside:
                return None
            if exchanges < len(value):
                basic = max(outside, key=lambda b: max(low[b] - value[b], value[b] - high[b]))
            else:
                basic = min(outside)
            short = value[basic] < low[basic]
            row = self.rows[basic]
            gives = (j for j, c in row.items() if (value[j] < high[j] if (c > 0) is short else value[j] > low[j]))
            other = min(gives, default=None)
            if other is None:
                return frozenset({(basic, short), *((j, (c > 0) is not short) for j, c in row.items())})
            self._exchange(basic, other)
            self._bring_inside(basic)
            exchanges += 1

    def _bring_inside(self, nonbasic: int) -> None:
        """Move a nonbasic variable to the bound it oversteps, and all sums with it. Basic ones wait for `_relaxed`."""
        if nonbasic in self.rows:
            return
        inside = min(max(self.value[nonbasic], self.low[nonbasic]), self.high[nonbasic])
        step = inside - self.value[nonbasic]
        self.value[nonbasic] = inside
        for basic, row in self.rows.items():
            if nonbasic in row:
                self.value[basic] += row[nonbasic] * step

    def _exchange(self, basic: int, other: int) -> None:
        """Solve the row of `basic` for `other`, and put that into every row where `other` stands."""
        row = self.rows.pop(basic)
        pivot = row.pop(other)
        share: Number = pivot if pivot in (1, -1) else 1 / Fraction(pivot)
        solved = {j: -c * share for j, c in row.items()}
        solved[basic] = share
        for held in self.rows.values():
            factor = held.pop(other, 0)
            if factor:
                for j, c in solved.items():
                    total = held.get(j, 0) + factor * c
                    if total:
                        held[j] = total
                    else:
                        del held[j]
        self.rows[other] = solved
