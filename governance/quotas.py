"""Quotas over declared features (§7.4): can those who are left still meet them, and if not, which are in the way?

Draws (§7.1) and elections (§7.3) ask the same question. People with the same features in question are one *kind*, so
ten thousand candidates are a few dozen unknowns: how many of each kind are taken. `governance.program` answers.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

from governance.program import contradicted

Quotas = Mapping[str, Mapping[str, tuple[int, int]]]
"""`{feature: {value: (minimum, maximum)}}`, in seats, both ends included."""
Kind = tuple[tuple[str, str], ...]
"""The (feature, value) pairs of a person that some quota speaks of, in the order of the quotas."""
_QUOTA = re.compile(r"([^\s:<>=]+):([^\s:<>=]+)(>=|<=)([0-9]{1,6})(?:/([0-9]{1,6}))?")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who can be drawn or elected. A feature not declared satisfies no minimum and counts for no maximum (§7.4).

    `features` as the list has them, a commitment for what is not shown; `hidden`: what these open to, where known.
    """

    id: str
    features: Mapping[str, str]
    hidden: Mapping[str, str] = field(default_factory=dict)

    @property
    def declared(self) -> Mapping[str, str]:
        """As the quotas see them."""
        return {**self.features, **self.hidden} if self.hidden else self.features


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
    declared = candidate.declared
    return tuple([(feature, declared[feature]) for feature in quotas if declared.get(feature) in quotas[feature]])


def in_the_way(
    seated: Iterable[Kind], left: Mapping[Kind, int], quotas: Quotas, seats: int, open_seats: int
) -> frozenset[Bound] | None:
    """None when those left can complete those seated; otherwise quotas that cannot be met together.

    `left` counts people by kind. `open_seats` of the seats stay open: a later nomination fills each with one person
    of any value in every feature. There is no quota to name when people are too few, or seated too many; and none too
    many are named, unless it is a contradiction only because people are whole.
    """
    seated = tuple(seated)
    named = _contradiction(seated, left, quotas, seats, open_seats, whole=True)
    if named is None:
        return None
    for bound in sorted(named):
        fewer = _contradiction(seated, left, _only(named - {bound}, seats), seats, open_seats, whole=False)
        named = named if fewer is None else fewer
    return named


def _contradiction(
    seated: Sequence[Kind], left: Mapping[Kind, int], quotas: Quotas, seats: int, open_seats: int, whole: bool
) -> frozenset[Bound] | None:
    """As `in_the_way`, but there may be more to it than need be."""
    held = Counter(pair for kind in seated for pair in kind)
    missing = seats - open_seats - len(seated)
    sums = [(missing, missing)]
    numbers: dict[tuple[str, str], int] = {}
    later: list[tuple[tuple[int, ...], int]] = []
    for feature, values in quotas.items():
        sums.append((0, open_seats))
        filled = len(sums) - 1
        for value, (least, most) in values.items():
            pair = (feature, value)
            numbers[pair] = len(sums)
            sums.append((least - held[pair], most - held[pair]))
            later.append(((filled, numbers[pair]), open_seats))
    people = [((0, *(numbers[pair] for pair in kind if pair in numbers)), left[kind]) for kind in sorted(left)]
    ends = contradicted(sums, people + later if open_seats else people, whole)
    if ends is None:
        return None
    names = {number: pair for pair, number in numbers.items()}
    return frozenset(
        Bound(f, v, at_least, quotas[f][v][0 if at_least else 1])
        for number, at_least in ends
        if number in names
        for f, v in [names[number]]
    )


def _only(bounds: Iterable[Bound], seats: int) -> Quotas:
    """Quotas that ask for nothing else."""
    quotas: dict[str, dict[str, tuple[int, int]]] = {}
    for bound in bounds:
        least, most = quotas.setdefault(bound.feature, {}).get(bound.value, (0, seats))
        ends = (bound.seats, most) if bound.at_least else (least, bound.seats)
        quotas[bound.feature][bound.value] = ends
    return quotas
