"""Elections (§7.3): approval, consent, Schulze and STAR here, the single transferable vote in `governance.stv`.

Every method ranks the candidates, and `governance.seating` walks that ranking under the quotas (§7.4). Each is a
function of a `Contest` and its ballots; ValueError says which ballot cannot be counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

from governance.seating import (
    NONE,
    Breaker,
    Contest,
    ElectionResult,
    LotNeeded,
    Plain,
    RankedBallot,
    Referee,
    seat,
    settle,
)

TOP_SCORE = 5
"""STAR scores go from 0 to this."""
T = TypeVar("T", bound=Plain)
Matrix = Mapping[str, Mapping[str, int]]
"""`matrix[a][b]`: of a over b."""


@dataclass(frozen=True, slots=True)
class ApprovalBallot:
    """`count` ballots that approve of the same candidates, maybe of none."""

    count: int
    approved: frozenset[str]


@dataclass(frozen=True, slots=True)
class ApprovalTally:
    ballots: int
    approvals: Mapping[str, int]

    def plain(self) -> dict[str, object]:
        return {"ballots": self.ballots, "approvals": dict(self.approvals)}


def approval(contest: Contest, ballots: Sequence[ApprovalBallot]) -> ElectionResult[ApprovalTally]:
    """Most approvals first; a seat takes approval on more than half of all ballots, empty ones included."""
    contest.check((ballot.count, ballot.approved) for ballot in ballots)
    approvals = _sums(contest, ((ballot.count, ballot.approved) for ballot in ballots))
    tally = ApprovalTally(sum(ballot.count for ballot in ballots), approvals)
    carried = {name: votes for name, votes in approvals.items() if 2 * votes > tally.ballots}
    return _seated("approval", contest, _descending(carried), tally)


@dataclass(frozen=True, slots=True)
class ConsentBallot:
    """`count` members who nominate the same person, or nobody, and object to the same ones."""

    count: int
    nominated: str | None
    objections: frozenset[str]


@dataclass(frozen=True, slots=True)
class ConsentTally:
    nominations: Mapping[str, int]
    objections: Mapping[str, int]

    def plain(self) -> dict[str, object]:
        return {"nominations": dict(self.nominations), "objections": dict(self.objections)}


def consent(contest: Contest, ballots: Sequence[ConsentBallot]) -> ElectionResult[ConsentTally]:
    """Sociocratic selection: most nominations first, of those nominated to whom nobody objects."""
    contest.check((ballot.count, () if ballot.nominated is None else (ballot.nominated,)) for ballot in ballots)
    contest.check((ballot.count, ballot.objections) for ballot in ballots)
    nominations = _sums(contest, ((ballot.count, (ballot.nominated,)) for ballot in ballots if ballot.nominated))
    objections = _sums(contest, ((ballot.count, ballot.objections) for ballot in ballots))
    free = {name: votes for name, votes in nominations.items() if votes and not objections[name]}
    return _seated("consent", contest, _descending(free), ConsentTally(nominations, objections))


@dataclass(frozen=True, slots=True)
class SchulzeTally:
    """`pairwise`: ballots that prefer one to the other. `paths`: strength of the strongest path, by winning votes.

    `levels`: the ranking, those whom nobody left beats together. `below_none`: who does not beat the default option.
    """

    ballots: int
    pairwise: Matrix
    paths: Matrix
    levels: tuple[tuple[str, ...], ...]
    below_none: tuple[str, ...]

    def plain(self) -> dict[str, object]:
        return {
            "ballots": self.ballots,
            "pairwise": {name: dict(row) for name, row in self.pairwise.items()},
            "paths": {name: dict(row) for name, row in self.paths.items()},
            "levels": [list(level) for level in self.levels],
            "below_none": list(self.below_none),
        }


def schulze(contest: Contest, ballots: Sequence[RankedBallot]) -> ElectionResult[SchulzeTally]:
    """Rank by strongest paths (Schulze 2011, winning votes); a seat takes beating "none of these".

    Whoever a ballot does not rank stands last on it, beside the others not ranked, `none` among them.
    """
    contest.check((ballot.count, ballot.names()) for ballot in ballots)
    names = [*contest.names, NONE]
    pairwise = _pairwise(names, ballots)
    paths = _strongest_paths(pairwise)

    def beats(one: int, other: int) -> bool:
        return paths[one][other] > paths[other][one]

    default = len(names) - 1
    left = [one for one in range(default) if beats(one, default)]
    below = tuple(names[one] for one in range(default) if one not in left)
    levels = []
    while left:
        best = [one for one in left if not any(beats(other, one) for other in left)]
        left = [one for one in left if one not in best]
        levels.append(tuple(names[one] for one in best))
    ballots_cast = sum(ballot.count for ballot in ballots)
    tally = SchulzeTally(ballots_cast, _by_name(names, pairwise), _by_name(names, paths), tuple(levels), below)
    return _seated("schulze", contest, levels, tally)


def _pairwise(names: Sequence[str], ballots: Sequence[RankedBallot]) -> list[list[int]]:
    """How many ballots prefer each name to each other, by their places in `names`."""
    place = {name: i for i, name in enumerate(names)}
    preferred = [[0] * len(names) for _ in names]
    alike = Counter[tuple[tuple[str, ...], ...]]()
    for ballot in ballots:
        alike[ballot.ranking] += ballot.count
    for ranking, count in alike.items():
        lower = dict.fromkeys(range(len(names)))
        for group in ranking:
            standing = [place[name] for name in group if name in place]
            for one in standing:
                del lower[one]
            for one in standing:
                row = preferred[one]
                for other in lower:
                    row[other] += count
    return preferred


def _strongest_paths(pairwise: Sequence[Sequence[int]]) -> list[list[int]]:
    """Floyd and Warshall: the best way from one to another, as strong as its weakest victory."""
    size = range(len(pairwise))
    paths = [[won if won > pairwise[j][i] else 0 for j, won in enumerate(pairwise[i])] for i in size]
    for through in size:
        onward = paths[through]
        for one in size:
            first = paths[one][through]
            if first:
                paths[one] = [max(now, min(first, then)) for now, then in zip(paths[one], onward, strict=True)]
    for one in size:
        paths[one][one] = 0
    return paths


def _by_name(names: Sequence[str], matrix: Sequence[Sequence[int]]) -> Matrix:
    return {
        one: {other: number for other, number in zip(names, row, strict=True) if other != one}
        for one, row in zip(names, matrix, strict=True)
    }


@dataclass(frozen=True, slots=True)
class ScoreBallot:
    """`count` ballots with the same scores, 0 to 5; who has none has 0."""

    count: int
    scores: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class StarRound:
    """One seat: the `finalists` and on how many ballots each scored higher than the other. One alone just wins."""

    finalists: tuple[str, ...]
    preferences: Mapping[str, int]
    equal: int
    winner: str


@dataclass(frozen=True, slots=True)
class StarTally:
    ballots: int
    totals: Mapping[str, int]
    rounds: tuple[StarRound, ...]

    def plain(self) -> dict[str, object]:
        return {
            "ballots": self.ballots,
            "totals": dict(self.totals),
            "rounds": [
                {
                    "finalists": list(one.finalists),
                    "preferences": dict(one.preferences),
                    "equal": one.equal,
                    "winner": one.winner,
                }
                for one in self.rounds
            ],
        }


def star(contest: Contest, ballots: Sequence[ScoreBallot]) -> ElectionResult[StarTally]:
    """Score, then automatic run-off; each further seat the same way among those who remain (Bloc STAR).

    Ties are broken by the ballots first, as STAR's official protocol has it: among finalists by head-to-head
    preferences and top scores, in the run-off by total and top scores; then by lot.
    """
    contest.check((ballot.count, ballot.scores) for ballot in ballots)
    for number, ballot in enumerate(ballots, 1):
        for name, score in ballot.scores.items():
            if not 0 <= score <= TOP_SCORE:
                raise ValueError(f"ballot {number}: score {score} for {name!r} is not from 0 to {TOP_SCORE}")
    return settle(lambda referee: _Star(contest, ballots, referee).result(), contest.lot)


Criterion = tuple[Breaker, Callable[[Sequence[str]], Mapping[str, int]]]
"""What breaks a tie, and how those tied stand by it."""


class _Star:
    def __init__(self, contest: Contest, ballots: Sequence[ScoreBallot], referee: Referee) -> None:
        self.contest, self.ballots, self.referee = contest, ballots, referee
        self.remaining = contest.names
        self.totals = {
            name: sum(ballot.count * ballot.scores.get(name, 0) for ballot in ballots) for name in self.remaining
        }
        self.rounds: list[StarRound] = []

    def result(self) -> ElectionResult[StarTally]:
        contest = self.contest
        # quotas may pass over a winner: then the ranking has to go on
        wanted = len(self.remaining) if contest.quotas else contest.seats
        stopped = False
        try:
            while self.remaining and len(self.rounds) < wanted:
                self._round()
        except LotNeeded:
            stopped = True
        order = [one.winner for one in self.rounds]
        tally = StarTally(sum(ballot.count for ballot in self.ballots), self.totals, tuple(self.rounds))
        ties = tuple(self.referee.ties)
        if stopped:
            certain = () if contest.quotas else tuple(order)
            vacant = max(0, contest.seats - len(contest.candidates))
            waiting = contest.seats - vacant - len(certain)
            return ElectionResult("star", contest.seats, certain, vacant, waiting, ties, (), tally)
        seating = seat(contest, [(name,) for name in order], self.referee)
        return ElectionResult(
            "star", contest.seats, seating.winners, seating.open_seats, 0, ties, seating.skipped, tally
        )

    def _round(self) -> None:
        by_total = (Breaker.SCORE, lambda names: {name: self.totals[name] for name in names})
        by_preference = (Breaker.PREFERENCES, self._preferences)
        by_top = (Breaker.TOP_SCORES, self._top_scores)
        finalists = self._best("finalists", self.remaining, 2, [by_total, by_preference, by_top])
        winner = self._best("runoff", finalists, 1, [by_preference, by_total, by_top])[0]
        preferences = self._preferences(finalists)
        equal = sum(ballot.count for ballot in self.ballots) - sum(preferences.values())
        self.rounds.append(StarRound(tuple(finalists), preferences, equal, winner))
        self.remaining.remove(winner)

    def _best(self, at: str, names: Sequence[str], places: int, criteria: Sequence[Criterion]) -> list[str]:
        """The best by the first criterion, ties by the next ones, then by lot."""
        best: list[str] = []
        tied = list(names)
        for depth, (breaker, criterion) in enumerate(criteria):
            sure, still = _cut(criterion(tied), places - len(best))
            best += sure
            if depth and len(sure) + len(still) < len(tied):
                self.referee.note(at, len(self.rounds) + 1, tied, [*sure, *still], breaker)
            tied = still
            if not tied:
                return best
        while len(best) < places:
            best.append(self.referee.pick(at, len(self.rounds) + 1, tied, luckiest=True))
            tied.remove(best[-1])
        return best

    def _preferences(self, names: Sequence[str]) -> dict[str, int]:
        """For each, the sum over the others of ballots that score them higher."""
        preferred = dict.fromkeys(names, 0)
        for ballot in self.ballots:
            for one, other in combinations(names, 2):
                lead = ballot.scores.get(one, 0) - ballot.scores.get(other, 0)
                if lead:
                    preferred[one if lead > 0 else other] += ballot.count
        return preferred

    def _top_scores(self, names: Sequence[str]) -> dict[str, int]:
        return {
            name: sum(ballot.count for ballot in self.ballots if ballot.scores.get(name) == TOP_SCORE) for name in names
        }


def _cut(standing: Mapping[str, int], places: int) -> tuple[list[str], list[str]]:
    """Who has a place for sure, and who ties for the last places."""
    sure: list[str] = []
    for group in _descending(standing):
        if len(sure) + len(group) > places:
            return sure, (list(group) if len(sure) < places else [])
        sure += group
    return sure, []


def _descending(standing: Mapping[str, int]) -> list[tuple[str, ...]]:
    """Groups with the same number, the largest first."""
    levels = sorted(set(standing.values()), reverse=True)
    return [tuple(sorted(name for name in standing if standing[name] == level)) for level in levels]


def _sums(contest: Contest, marks: Iterable[tuple[int, Iterable[str]]]) -> dict[str, int]:
    """How many ballots name each candidate."""
    sums = dict.fromkeys(contest.names, 0)
    for count, names in marks:
        for name in names:
            if name in sums:
                sums[name] += count
    return sums


def _seated(method: str, contest: Contest, ranking: Sequence[Sequence[str]], tally: T) -> ElectionResult[T]:
    def count(referee: Referee) -> ElectionResult[T]:
        seating = seat(contest, ranking, referee)
        return ElectionResult(
            method,
            contest.seats,
            seating.winners,
            seating.open_seats,
            seating.undecided,
            tuple(referee.ties),
            seating.skipped,
            tally,
        )

    return settle(count, contest.lot)
