"""Is there a solution in whole numbers? Exactly, with integers and fractions; `governance.quotas` asks.

Unknowns go from 0 to a limit, sums of some of them must lie between bounds. A solution is first looked for by steps
of one that lessen what is missing and in excess. Where that leads nowhere, the first phase of the revised simplex
method finds a solution in fractions or a proof that there is none, and branch and bound makes it whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor

Number = int | Fraction
End = tuple[int, bool]
"""A bound: of which sum, and whether it is the lower one."""


def contradicted(
    sums: Sequence[tuple[int, int]], unknowns: Sequence[tuple[tuple[int, ...], int]], whole: bool
) -> frozenset[End] | None:
    """None when there is a solution, else bounds that contradict each other and the limits.

    `sums`: (lowest, highest) of each. `unknowns`: the sums each takes part in, and its limit. Unless `whole`, a
    solution in fractions will do.
    """
    reach = [0] * len(sums)
    for rows, limit in unknowns:
        for row in rows:
            reach[row] += limit
    for row, (low, high) in enumerate(sums):
        if low > reach[row]:
            return frozenset({(row, True)})
        if high < max(low, 0):
            # the highest contradicts the lowest, or by itself that nothing is less than 0
            return frozenset({(row, False), (row, low > 0)})
    columns, limits = [rows for rows, _ in unknowns], [limit for _, limit in unknowns]
    if _stepped(sums, columns, limits, [0] * len(columns)):
        return None
    return _Program(sums, columns, limits).solve(whole)


def _stepped(
    sums: Sequence[tuple[int, int]], columns: Sequence[tuple[int, ...]], limits: Sequence[int], taken: list[int]
) -> bool:
    """Whether steps of one from here, each the best there is, lead to a solution.

    When no single step is better, one unknown is lowered and another raised; when that is not better either, it ends.
    """
    at = [0] * len(sums)
    for column, number in zip(columns, taken, strict=True):
        for row in column:
            at[row] += number

    def worth(up: bool) -> list[int]:
        """For each sum what one more, or one less, is worth: 1 towards its bounds, -1 away from them."""
        if up:
            return [1 if a < low else -1 if a >= high else 0 for a, (low, high) in zip(at, sums, strict=True)]
        return [1 if a > high else -1 if a <= low else 0 for a, (low, high) in zip(at, sums, strict=True)]

    def best(up: bool) -> tuple[int, int]:
        """The most that one step is worth, and the unknown that makes it."""
        each = worth(up)
        free = [n for n, times in enumerate(taken) if (times < limits[n] if up else times)]
        return max([(sum([each[row] for row in columns[n]]), n) for n in free], default=(-len(sums), 0))

    def step(number: int, up: bool) -> None:
        taken[number] += 1 if up else -1
        for row in columns[number]:
            at[row] += 1 if up else -1

    def exchanged() -> bool:
        """One down, another up, where that is better by both together."""
        for number in [number for number, times in enumerate(taken) if times]:
            each = worth(up=False)
            loss = sum([each[row] for row in columns[number]])
            step(number, up=False)
            gain, other = best(up=True)
            if loss + gain > 0:
                step(other, up=True)
                return True
            step(number, up=True)
        return False

    while any(not low <= a <= high for a, (low, high) in zip(at, sums, strict=True)):
        for up in (True, False):
            worthwhile, number = best(up)
            if worthwhile > 0:
                step(number, up)
                break
        else:
            if not exchanged():
                return False
    return True


class _Program:
    """The revised simplex method with bounds on all variables: the sums come first, then the unknowns.

    Sum i = its unknowns, so the column of unknown j has ones in its rows and that of a sum a -1 in its own. `basis`
    lists one variable a row, `inverse` is the inverse of their columns. All others stay within their bounds.
    """

    def __init__(
        self, sums: Sequence[tuple[int, int]], columns: Sequence[tuple[int, ...]], limits: Sequence[int]
    ) -> None:
        self.sums, self.columns, self.limits = sums, columns, limits
        self.rows = len(sums)
        self.low = [low for low, _ in sums] + [0] * len(columns)
        self.high = [high for _, high in sums] + list(limits)
        self.value: list[Number] = [0] * len(self.low)
        self.basis = list(range(self.rows))
        self.inverse: list[list[Number]] = [[-int(i == j) for j in range(self.rows)] for i in range(self.rows)]

    def solve(self, whole: bool) -> frozenset[End] | None:
        """As `contradicted`, within the bounds as they are now."""
        found = self._relaxed()
        if found is not None:
            return frozenset((variable, lower) for variable, lower in found if variable < self.rows)
        broken = next((j for j in range(self.rows, len(self.value)) if self.value[j] != floor(self.value[j])), None)
        cut = [floor(number) for number in self.value[self.rows :]]
        if broken is None or not whole or _stepped(self.sums, self.columns, self.limits, cut):
            return None
        below = floor(self.value[broken])
        ends: frozenset[End] = frozenset()
        for bounds, end in ((self.high, below), (self.low, below + 1)):
            kept, bounds[broken] = bounds[broken], end
            if broken not in self.basis:
                self._move(broken, end - self.value[broken], self._column(broken))
            found = self.solve(whole)
            bounds[broken] = kept
            if found is None:
                return None
            ends |= found
        return ends

    def _relaxed(self) -> frozenset[End] | None:
        """As `solve`, broken people allowed: each step lessens what is missing and in excess, all together.

        The steepest way is taken, but that of the smallest number while steps lead nowhere (Bland), so that it ends.
        When no way leads on, the bounds that block them all contradict each other.
        """
        value, low, high = self.value, self.low, self.high
        stuck = False
        while True:
            outside = [(place, b) for place, b in enumerate(self.basis) if not low[b] <= value[b] <= high[b]]
            if not outside:
                return None
            # what one more of each sum is worth
            price: list[Number] = [0] * self.rows
            for place, basic in outside:
                sign = 1 if value[basic] < low[basic] else -1
                price = [
                    total - sign * entry if entry else total
                    for total, entry in zip(price, self.inverse[place], strict=True)
                ]
            in_basis = set(self.basis)
            slopes = [
                (variable, slope)
                for variable in range(len(value))
                if variable not in in_basis and (slope := self._priced(variable, price))
            ]
            ways = [(j, slope) for j, slope in slopes if (value[j] < high[j] if slope > 0 else value[j] > low[j])]
            if not ways:
                blocked = [(b, value[b] < low[b]) for _, b in outside] + [(j, slope < 0) for j, slope in slopes]
                return frozenset(blocked)
            entering, slope = ways[0] if stuck else max(ways, key=lambda way: (abs(way[1]), -way[0]))
            stuck = self._step(entering, up=slope > 0) == 0

    def _priced(self, variable: int, price: Sequence[Number]) -> Number:
        """How much one more of it lessens what is missing and in excess."""
        if variable < self.rows:
            return -price[variable]
        return sum([price[row] for row in self.columns[variable - self.rows]])

    def _column(self, variable: int) -> list[Number]:
        """How much each basic variable grows with one more of this one."""
        if variable < self.rows:
            return [row[variable] for row in self.inverse]
        rows = self.columns[variable - self.rows]
        return [-sum([entries[row] for row in rows]) for entries in self.inverse]

    def _step(self, entering: int, up: bool) -> Number:
        """Move a variable until a first bound is met, and put it into the basis for the one whose bound it is."""
        column = self._column(entering)
        length: Number = self.high[entering] - self.low[entering]
        leaving = None
        for place in sorted(range(self.rows), key=self.basis.__getitem__):
            rate = column[place] if up else -column[place]
            if rate:
                basic = self.basis[place]
                near, far = self.low[basic], self.high[basic]
                if rate < 0:
                    near, far = far, near
                # from outside to the near bound, from inside to the far one; who goes further out meets none
                share = _inverse(rate)
                to_near, to_far = (near - self.value[basic]) * share, (far - self.value[basic]) * share
                room = to_near if to_near > 0 else to_far
                if 0 <= room < length:
                    length, leaving = room, place
        self._move(entering, length if up else -length, column)
        if leaving is not None:
            self._exchange(leaving, entering, column)
        return length

    def _move(self, variable: int, length: Number, column: Sequence[Number]) -> None:
        """A nonbasic variable, and the basic ones with it."""
        self.value[variable] += length
        for basic, rate in zip(self.basis, column, strict=True):
            if rate:
                self.value[basic] += rate * length

    def _exchange(self, leaving: int, entering: int, column: Sequence[Number]) -> None:
        """`column` is what the basic variables grow with `entering`: the inverse times its column, negative."""
        share = _inverse(column[leaving])
        pivot = [-entry * share if entry else 0 for entry in self.inverse[leaving]]
        for place, rate in enumerate(column):
            if rate and place != leaving:
                old = self.inverse[place]
                self.inverse[place] = [
                    entry + rate * new if new else entry for entry, new in zip(old, pivot, strict=True)
                ]
        self.inverse[leaving] = pivot
        self.basis[leaving] = entering


def _inverse(number: Number) -> Number:
    return number if number in (1, -1) else 1 / Fraction(number)
