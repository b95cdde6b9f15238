"""The single transferable vote, as in Scottish council elections (§7.3): Scottish Local Government Elections Order 2007
(SSI 2007/42), schedule 1, rules 45 to 52.

Votes are whole numbers of hundred-thousandths: each paper's value is cut to five decimals (rule 48(3)), never rounded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from governance.seating import (
    NONE,
    Breaker,
    Contest,
    ElectionResult,
    LotNeeded,
    RankedBallot,
    Referee,
    Skipped,
    seat,
    settle,
)

UNIT = 100_000
"""One vote."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the count and where it left everyone; votes in hundred-thousandths.

    `kind`: first_preferences, surplus or exclusion, of `candidate` (None at first). `transfers`: what this stage
    credited to whom. `non_transferable`: all votes no longer with anyone, fractions cut off included. `elected`: who
    reached the quota in it, or fills the last seats after it.
    """

    number: int
    kind: str
    candidate: str | None
    transfers: Mapping[str, int]
    votes: Mapping[str, int]
    non_transferable: int
    elected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StvTally:
    """`valid` papers name a first preference, `invalid` ones nobody or several first; `quota` in whole votes."""

    valid: int
    invalid: int
    quota: int
    stages: tuple[Stage, ...]

    def plain(self) -> dict[str, object]:
        """As JSON: votes as text with five decimals."""
        return {
            "valid": self.valid,
            "invalid": self.invalid,
            "quota": self.quota,
            "stages": [
                {
                    "stage": stage.number,
                    "kind": stage.kind,
                    "candidate": stage.candidate,
                    "transfers": {name: decimals(votes) for name, votes in stage.transfers.items()},
                    "votes": {name: decimals(votes) for name, votes in stage.votes.items()},
                    "non_transferable": decimals(stage.non_transferable),
                    "elected": list(stage.elected),
                }
                for stage in self.stages
            ],
        }


def decimals(votes: int) -> str:
    """Hundred-thousandths of a vote as text: 150000 is `1.50000`."""
    return f"{votes // UNIT}.{votes % UNIT:05d}"


def stv(contest: Contest, ballots: Sequence[RankedBallot]) -> ElectionResult[StvTally]:
    """Elect by the single transferable vote.

    A paper goes as far as it is clear: it ends where several of those next in line rank the same, and at `none`.
    The ranking that quotas walk (§7.4) is: those elected in order, those who remain by votes, the excluded from the
    last to the first.
    """
    contest.check((ballot.count, ballot.names()) for ballot in ballots)
    papers = Counter[tuple[tuple[str, ...], ...]]()
    for ballot in ballots:
        papers[_paper(ballot, contest.withdrawn)] += ballot.count
    return settle(lambda referee: _Count(contest, papers, referee).result(), contest.lot)


def _paper(ballot: RankedBallot, withdrawn: frozenset[str]) -> tuple[tuple[str, ...], ...]:
    """The part of a ranking that can transfer, without those who withdrew."""
    paper = []
    for group in ballot.ranking:
        if NONE in group:
            break
        paper.append(tuple(name for name in group if name not in withdrawn))
    return tuple(group for group in paper if group)


class _Count:
    """One count. Papers lie in parcels of one value: with candidate c, `parcels[c]` is [(value, papers), …]."""

    def __init__(self, contest: Contest, papers: Mapping[tuple[tuple[str, ...], ...], int], referee: Referee) -> None:
        self.contest, self.referee = contest, referee
        self.rankings, self.counts = list(papers), list(papers.values())
        self.at = [0] * len(self.rankings)
        self.continuing = dict.fromkeys(contest.names)
        self.parcels: dict[str, list[tuple[int, list[int]]]] = {name: [] for name in self.continuing}
        self.votes = dict.fromkeys(self.continuing, 0)
        self.elected: list[list[str]] = []
        self.excluded: list[str] = []
        self.surplus: list[str] = []
        self.stages: list[Stage] = []
        self.non_transferable = 0
        self.valid = self.quota = 0

    def result(self) -> ElectionResult[StvTally]:
        contest = self.contest
        try:
            self._run()
        except LotNeeded:
            # who is elected stays elected; under quotas the walk has not begun
            winners = () if contest.quotas else tuple(name for group in self.elected for name in group)
            vacant = max(0, contest.seats - len(contest.candidates))
            waiting = contest.seats - vacant - len(winners)
            return self._result(winners, vacant, waiting, ())
        seating = seat(contest, self._ranking(), self.referee)
        return self._result(seating.winners, seating.open_seats, seating.undecided, seating.skipped)

    def _result(
        self, winners: tuple[str, ...], open_seats: int, undecided: int, skipped: tuple[Skipped, ...]
    ) -> ElectionResult[StvTally]:
        tally = StvTally(self.valid, sum(self.counts) - self.valid, self.quota, tuple(self.stages))
        ties = tuple(self.referee.ties)
        return ElectionResult("stv", self.contest.seats, winners, open_seats, undecided, ties, skipped, tally)

    def _run(self) -> None:
        # rule 45: first preferences
        transfers = self._hand_out([(UNIT, list(range(len(self.rankings))))])
        self.valid = sum(transfers.values()) // UNIT
        # rule 46: the quota; who prefers nobody first has no part in it
        self.quota = self.valid // (self.contest.seats + 1) + 1
        self._close_stage("first_preferences", None, transfers)
        while self._vacancies() > 0 and self.continuing:
            if self.surplus:
                self._transfer_surplus()
            else:
                self._exclude()

    def _vacancies(self) -> int:
        return self.contest.seats - sum(map(len, self.elected))

    def _transfer_surplus(self) -> None:
        """Rules 48 and 49: the largest surplus goes on, each paper at its share of it."""
        name = self._one_of("surplus", self.surplus, most=True)
        self.surplus.remove(name)
        votes, quota = self.votes[name], self.quota * UNIT
        parcels = [(value * (votes - quota) // votes, papers) for value, papers in self.parcels[name]]
        self.parcels[name], self.votes[name] = [], quota
        transfers = self._hand_out(parcels)
        self.non_transferable += votes - quota - sum(transfers.values())
        self._close_stage("surplus", name, transfers)

    def _exclude(self) -> None:
        """Rules 50 and 51: the candidate with the fewest votes goes out, each paper goes on at its value."""
        name = self._one_of("exclusion", list(self.continuing), most=False)
        del self.continuing[name]
        self.excluded.append(name)
        parcels, votes = self.parcels[name], self.votes[name]
        self.parcels[name], self.votes[name] = [], 0
        transfers = self._hand_out(parcels)
        self.non_transferable += votes - sum(transfers.values())
        self._close_stage("exclusion", name, transfers)

    def _hand_out(self, parcels: Sequence[tuple[int, list[int]]]) -> dict[str, int]:
        """Give papers to the next available preference (rules 48(2), 50(3)); what that credits to whom."""
        transfers: dict[str, int] = {}
        for value, papers in parcels:
            sorted_papers: dict[str, list[int]] = {}
            for paper in papers:
                name = self._next_available(paper)
                if name is not None:
                    sorted_papers.setdefault(name, []).append(paper)
            for name, received in sorted_papers.items():
                self.parcels[name].append((value, received))
                credit = value * sum(self.counts[paper] for paper in received)
                self.votes[name] += credit
                transfers[name] = transfers.get(name, 0) + credit
        return dict(sorted(transfers.items()))

    def _next_available(self, paper: int) -> str | None:
        """The next continuing candidate on it, None when there is none or more than one."""
        ranking = self.rankings[paper]
        for at in range(self.at[paper], len(ranking)):
            available = [name for name in ranking[at] if name in self.continuing]
            if available:
                self.at[paper] = at
                return available[0] if len(available) == 1 else None
        return None

    def _close_stage(self, kind: str, candidate: str | None, transfers: Mapping[str, int]) -> None:
        """Rules 47 and 52: who has the quota is elected, and so are all who continue once there are seats for all."""
        elected = self._elect([name for name in self.continuing if self.votes[name] >= self.quota * UNIT])
        self.surplus += [name for name in elected if self.votes[name] > self.quota * UNIT]
        if len(self.continuing) <= self._vacancies():
            elected += self._elect(list(self.continuing))
        votes = dict(self.votes)
        self.stages.append(
            Stage(len(self.stages) + 1, kind, candidate, transfers, votes, self.non_transferable, tuple(elected))
        )

    def _elect(self, names: list[str]) -> list[str]:
        groups = self._by_votes(names)
        self.elected += groups
        for name in names:
            del self.continuing[name]
        return [name for group in groups for name in group]

    def _by_votes(self, names: list[str]) -> list[list[str]]:
        """Most votes first, those with the same together."""
        levels = sorted({self.votes[name] for name in names}, reverse=True)
        return [[name for name in names if self.votes[name] == level] for level in levels]

    def _one_of(self, at: str, names: list[str], most: bool) -> str:
        """Who has most or fewest votes; among equals it counts who had at the latest stage they differed, then the lot.

        Candidates without a paper who are all going to be excluded need no lot: nothing depends on their order.
        """
        groups = self._by_votes(sorted(names))
        tied = groups[0 if most else -1]
        if len(tied) == 1:
            return tied[0]
        number = len(self.stages) + 1
        narrowed = tied
        for stage in reversed(self.stages):
            extreme = (max if most else min)(stage.votes[name] for name in narrowed)
            narrowed = [name for name in narrowed if stage.votes[name] == extreme]
        if len(narrowed) < len(tied):
            self.referee.note(at, number, tied, narrowed, Breaker.EARLIER_STAGE)
        if len(narrowed) == 1:
            return narrowed[0]
        if not most and not self.contest.quotas and self._all_go(tied):
            self.referee.note(at, number, narrowed, narrowed[:1], Breaker.NO_MATTER)
            return narrowed[0]
        return self.referee.pick(at, number, narrowed, luckiest=most)

    def _all_go(self, tied: list[str]) -> bool:
        return not any(self.parcels[name] for name in tied) and len(self.continuing) - len(tied) >= self._vacancies()

    def _ranking(self) -> list[list[str]]:
        """What quotas walk: elected, still continuing, and excluded from the last to the first."""
        excluded = [[name] for name in reversed(self.excluded)]
        return [*self.elected, *self._by_votes(list(self.continuing)), *excluded]
