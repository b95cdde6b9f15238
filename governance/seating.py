"""From a ranking to seats (§7.4), and ties that only a lot decides (§7.3): common to all ways of electing.

A tie is never broken in silence. With a lot its order decides. Without one every way of breaking the ties is tried:
where all of them seat the same people the tie does not matter; where they do not, the seats in question wait.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from governance.quotas import Bound, Candidate, Quotas, in_the_way, kind_of

NONE = "none"
"""The default option of a ranking, "none of these" (§7.3); nobody can have this id."""
MAX_WAYS = 100
"""So many ways of breaking ties are tried for want of a lot."""


@dataclass(frozen=True, slots=True)
class Contest:
    """What is to be filled. ValueError says what cannot be counted.

    `withdrawn`: ids that ballots may name and the count passes over. `lot`: every candidate, the luckiest first
    (`sortition.lot`), or None when none was drawn.
    """

    candidates: tuple[Candidate, ...]
    seats: int
    quotas: Quotas
    withdrawn: frozenset[str]
    lot: tuple[str, ...] | None

    def __post_init__(self) -> None:
        repeated = [name for name, times in Counter(self.names).items() if times > 1]
        if repeated:
            raise ValueError(f"candidate {repeated[0]!r} stands more than once")
        if NONE in self.names:
            raise ValueError(f"{NONE!r} is the option, not a candidate")
        if not self.withdrawn.isdisjoint(self.names):
            raise ValueError(f"candidate {min(self.withdrawn.intersection(self.names))!r} stands and has withdrawn")
        if self.seats < 1:
            raise ValueError(f"{self.seats} is not a number of seats")
        if self.lot is not None and sorted(self.lot) != sorted(self.names):
            raise ValueError("the lot does not name every candidate once")

    @property
    def names(self) -> list[str]:
        """Sorted, so that the order in which candidates are given changes nothing."""
        return sorted(one.id for one in self.candidates)

    def check(self, marks: Iterable[tuple[int, Iterable[str]]]) -> None:
        """ValueError at the first ballot, (how many alike, names on it), with an unknown or a repeated name."""
        known = {NONE, *self.withdrawn, *self.names}
        for number, (count, names) in enumerate(marks, 1):
            if count < 1:
                raise ValueError(f"ballot {number}: {count} is not a number of ballots")
            seen: set[str] = set()
            for name in names:
                if name not in known:
                    raise ValueError(f"ballot {number}: unknown candidate {name!r}")
                if name in seen:
                    raise ValueError(f"ballot {number}: candidate {name!r} stands on it more than once")
                seen.add(name)


@dataclass(frozen=True, slots=True)
class RankedBallot:
    """`count` ballots alike. `ranking`: best first, those ranked equal together; `none` may be among them (§7.3)."""

    count: int
    ranking: tuple[tuple[str, ...], ...]

    def names(self) -> list[str]:
        return [name for group in self.ranking for name in group]


class Breaker(StrEnum):
    """What broke a tie."""

    LOT = "lot"
    EARLIER_STAGE = "earlier_stage"
    PREFERENCES = "preferences"
    SCORE = "score"
    TOP_SCORES = "top_scores"
    NO_MATTER = "no_matter"
    """Each way of breaking it seats the same people."""
    UNDECIDED = "undecided"
    """It waits for a lot."""


@dataclass(frozen=True, slots=True)
class Tie:
    """`at` what (seat, surplus, exclusion, finalists, runoff), in which seat, stage or round, and who came out of it.

    `chosen` sits, transfers first, is excluded, or goes on; empty while undecided.
    """

    at: str
    number: int
    candidates: tuple[str, ...]
    chosen: tuple[str, ...]
    by: Breaker


@dataclass(frozen=True, slots=True)
class Skipped:
    """A candidate who could not sit without breaking these quotas (§7.4)."""

    candidate: str
    quotas: tuple[Bound, ...]


class Plain(Protocol):
    def plain(self) -> dict[str, object]:
        """The same as JSON objects, arrays, texts and whole numbers."""
        ...


Tally = TypeVar("Tally", bound=Plain, covariant=True)


@dataclass(frozen=True, slots=True)
class ElectionResult(Generic[Tally]):
    """`winners` in the order seated. The other seats are open (nominations reopen) or undecided (they await a lot)."""

    method: str
    seats: int
    winners: tuple[str, ...]
    open_seats: int
    undecided: int
    ties: tuple[Tie, ...]
    skipped: tuple[Skipped, ...]
    tally: Tally

    def plain(self) -> dict[str, object]:
        """As JSON, the `election` of the minutes."""
        return {
            "method": self.method,
            "seats": self.seats,
            "winners": list(self.winners),
            "open_seats": self.open_seats,
            "undecided": self.undecided,
            "ties": [
                {
                    "at": tie.at,
                    "number": tie.number,
                    "candidates": list(tie.candidates),
                    "chosen": list(tie.chosen),
                    "by": tie.by.value,
                }
                for tie in self.ties
            ],
            "skipped": [
                {"candidate": one.candidate, "quotas": [str(bound) for bound in one.quotas]} for one in self.skipped
            ],
            "tally": self.tally.plain(),
        }


class LotNeeded(Exception):
    """A count cannot go on without a lot."""


class Referee:
    """Breaks the ties of one count and remembers all of them: by a lot, or by a line of choices to be tried."""

    def __init__(self, lot: Sequence[str] | None, choices: Sequence[int] | None) -> None:
        self._lot = lot
        self._choices = choices
        self.taken: list[int] = []
        self.open: list[int] = []
        self.ties: list[Tie] = []

    def note(self, at: str, number: int, tied: Sequence[str], chosen: Sequence[str], by: Breaker) -> None:
        self.ties.append(Tie(at, number, tuple(tied), tuple(chosen), by))

    def pick(self, at: str, number: int, tied: Sequence[str], luckiest: bool) -> str:
        """One of those tied, who are sorted: the first of them in the lot, or the last where bad luck is drawn."""
        if self._lot is not None:
            in_order = sorted(tied, key=self._lot.index)
            chosen, by = in_order[0 if luckiest else -1], Breaker.LOT
        elif self._choices is not None:
            depth = len(self.taken)
            self.taken.append(self._choices[depth] if depth < len(self._choices) else 0)
            self.open.append(len(tied))
            chosen, by = tied[self.taken[-1]], Breaker.NO_MATTER
        else:
            self.note(at, number, tied, (), Breaker.UNDECIDED)
            raise LotNeeded
        self.note(at, number, tied, (chosen,), by)
        return chosen


def settle(count: Callable[[Referee], ElectionResult[Tally]], lot: Sequence[str] | None) -> ElectionResult[Tally]:
    """Count with the lot; without one count every way the ties could go, and leave open what depends on it."""
    if lot is not None:
        return count(Referee(lot, None))
    ways: list[ElectionResult[Tally]] = []
    waiting: list[tuple[int, ...]] = [()]
    while waiting and len(ways) < MAX_WAYS:
        choices = waiting.pop()
        referee = Referee(None, choices)
        ways.append(count(referee))
        for depth in range(len(choices), len(referee.open)):
            waiting += [(*referee.taken[:depth], other) for other in range(1, referee.open[depth])]
    always = frozenset.intersection(*(frozenset(way.winners) for way in ways))
    if not waiting and all(len(way.winners) == len(always) for way in ways):
        return ways[0]
    stopped = count(Referee(None, None))
    if waiting:
        return stopped
    certain = tuple(name for name in ways[0].winners if name in always)
    open_seats = min(way.open_seats for way in ways)
    return replace(stopped, winners=certain, open_seats=open_seats, undecided=stopped.seats - len(certain) - open_seats)


@dataclass(frozen=True, slots=True)
class Seating:
    winners: tuple[str, ...]
    open_seats: int
    undecided: int
    skipped: tuple[Skipped, ...]


def seat(contest: Contest, ranking: Sequence[Sequence[str]], referee: Referee) -> Seating:
    """Walk the ranking; seat the next candidate iff those left can still complete every minimum and maximum (§7.4).

    `ranking`: groups of candidates who rank the same, best first; whoever is not in it cannot be seated. When the
    quotas cannot all be met, as few seats as possible stay open, and what they must bring is kept for later
    nominations. Within a group the lot is asked only where it decides who sits.
    """
    kinds = {one.id: kind_of(one, contest.quotas) for one in contest.candidates}
    left = Counter(kinds[name] for group in ranking for name in group)
    vacant = max(0, contest.seats - left.total())
    while vacant < contest.seats and in_the_way((), left, contest.quotas, contest.seats, vacant) is not None:
        vacant += 1
    winners: list[str] = []
    skipped: list[Skipped] = []

    def obstacle(names: Sequence[str]) -> frozenset[Bound] | None:
        """What is in the way of seating these too; they are no longer among those left."""
        rest = left - Counter(kinds[name] for name in names)
        held = [kinds[name] for name in (*winners, *names)]
        return in_the_way(held, rest, contest.quotas, contest.seats, vacant)

    for group in ranking:
        waiting = sorted(group)
        while waiting and len(winners) < contest.seats - vacant:
            obstacles = {name: obstacle([name]) for name in waiting}
            for name in waiting:
                found = obstacles[name]
                if found is not None:
                    skipped.append(Skipped(name, tuple(sorted(found))))
                    left[kinds[name]] -= 1
            waiting = [name for name in waiting if obstacles[name] is None]
            if not waiting:
                break
            chosen = waiting
            if len(waiting) > 1 and obstacle(waiting) is not None:
                try:
                    chosen = [referee.pick("seat", len(winners) + 1, waiting, luckiest=True)]
                except LotNeeded:
                    undecided = contest.seats - vacant - len(winners)
                    return Seating(tuple(winners), vacant, undecided, tuple(skipped))
            for name in chosen:
                winners.append(name)
                left[kinds[name]] -= 1
            waiting = [name for name in waiting if name not in chosen]
    return Seating(tuple(winners), vacant, 0, tuple(skipped))
