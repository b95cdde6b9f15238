"""Ballots that name persons: written one way only, read, and counted (§7.3).

Written: `ana,ben` approved, `none` nobody; `ana>ben=cem>none` ranked; `ana=5,ben=0` scored; each by the ids of the
candidates, in an order that leaves one way of writing a ballot. Behind a blank stands why somebody objects (consent).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from governance.election import (
    TOP_SCORE,
    ApprovalBallot,
    ConsentBallot,
    ScoreBallot,
    approval,
    consent,
    schulze,
    star,
)
from governance.people import Pool
from governance.quotas import Candidate, Quotas
from governance.refusals import Refused, Why, refuse
from governance.seating import NONE, Contest, RankedBallot
from governance.stv import stv
from governance.terms import PersonId

HOW = {"approval": "approve", "schulze": "rank", "stv": "rank", "star": "score", "consent": "rank"}
"""How a ballot is written in each method."""


def write(
    item: int, method: str, how: str, marks: Sequence[tuple[PersonId, int]], candidates: Iterable[PersonId], reason: str
) -> str | Refused:
    """The one way in which this ballot is written; refused where it names who does not stand, or twice."""
    if how != HOW[method]:
        return refuse(Why.BALLOT_IS_OF_NAMES, item=item, how=HOW[method])
    if not marks and how != "approve":
        return refuse(Why.TEXT_MISSING)
    known, seen = {*candidates, *((NONE,) if how != "score" else ())}, set[PersonId]()
    for person, mark in marks:
        if person not in known:
            return refuse(Why.NO_SUCH_CANDIDATE, item=item, person=person)
        if person in seen:
            return refuse(Why.NAMED_TWICE, item=item, person=person)
        if how == "score" and not 0 <= mark <= TOP_SCORE:
            return refuse(Why.SCORE_OUT_OF_RANGE, item=item, person=person, most=TOP_SCORE)
        seen.add(person)
    if how == "approve":
        return ",".join(sorted(seen - {NONE})) or NONE
    if how == "score":
        return ",".join(f"{person}={mark}" for person, mark in sorted(marks))
    in_order = sorted({mark for _, mark in marks})
    places = [sorted(person for person, mark in marks if mark == place) for place in in_order]
    written = ">".join("=".join(group) for group in places)
    return _consenting(item, written, len(places[0]), reason) if method == "consent" else written


def _consenting(item: int, written: str, first: int, reason: str) -> str | Refused:
    """One name first; an objection needs a reason, and a reason an objection."""
    if first != 1:
        return refuse(Why.ONE_NAME_FIRST, item=item)
    reason, objects = " ".join(reason.split()), bool(objected(written))
    if objects and not reason:
        return refuse(Why.OBJECTION_UNREASONED, item=item)
    if reason and not objects:
        return refuse(Why.NO_OBJECTION, item=item)
    return f"{written} {reason}".rstrip()


def objected(ballot: str) -> tuple[PersonId, ...]:
    """To whom a ballot by consent objects: who stands below `none`, but for the one nominated."""
    groups = _groups(ballot.partition(" ")[0])
    at = next((place for place, group in enumerate(groups) if NONE in group), len(groups))
    return tuple(sorted(one for group in groups[at + 1 :] for one in group))


def without_reasons(tally: Mapping[str, int]) -> dict[str, int]:
    """What is counted of these ballots."""
    counted: dict[str, int] = {}
    for ballot, times in sorted(tally.items()):
        bare = ballot.partition(" ")[0]
        counted[bare] = counted.get(bare, 0) + times
    return dict(sorted(counted.items()))


def _groups(ballot: str) -> list[list[str]]:
    return [group.split("=") for group in ballot.split(">")]


class _Reader:
    """Ballots of one count; who turned out to be somebody else on the list is read as that person."""

    def __init__(self, pool: Pool) -> None:
        self._aliases = pool.aliases

    def names(self, written: Iterable[str]) -> list[str]:
        return list(dict.fromkeys(self._aliases.get(one, one) for one in written if one))

    def approved(self, ballot: str, count: int) -> ApprovalBallot:
        return ApprovalBallot(count, frozenset(self.names(one for one in ballot.split(",") if one != NONE)))

    def ranked(self, ballot: str, count: int) -> RankedBallot:
        seen: set[str] = set()
        ranking = []
        for group in _groups(ballot):
            fresh = tuple(one for one in self.names(group) if one not in seen)
            seen.update(fresh)
            if fresh:
                ranking.append(fresh)
        return RankedBallot(count, tuple(ranking))

    def scored(self, ballot: str, count: int) -> ScoreBallot:
        scores: dict[str, int] = {}
        for mark in filter(None, ballot.split(",")):
            person, _, score = mark.partition("=")
            scores.setdefault(self._aliases.get(person, person), int(score))
        return ScoreBallot(count, scores)

    def consenting(self, ballot: str, count: int) -> ConsentBallot:
        """Nominated is who stands first, unless that is `none`; objected to, who stands below `none`."""
        (first,) = self.names(_groups(ballot)[0])
        below = frozenset(self.names(objected(ballot)))
        return ConsentBallot(count, None if first == NONE else first, below - {first})


def contest(pool: Pool, seats: int, quotas: Quotas, lot: tuple[PersonId, ...] | None) -> Contest:
    """What the ballots fill. Who holds a seat of this item already counts for the quotas."""
    held = [pool.rows[one].candidate.declared for one in pool.holding if one in pool.rows]
    left = {
        feature: {
            value: tuple(max(0, end - sum(one.get(feature) == value for one in held)) for end in ends)
            for value, ends in values.items()
        }
        for feature, values in quotas.items()
    }
    gone = pool.withdrawn - {*pool.aliases.values()}
    standing = tuple(
        Candidate(one, pool.rows[one].candidate.declared) for one in pool.candidates if one not in gone
    )
    bounds = {f: {v: (ends[0], ends[1]) for v, ends in values.items()} for f, values in left.items()}
    return Contest(standing, seats, bounds, frozenset(gone), lot)


def count(
    method: str, pool: Pool, seats: int, quotas: Quotas, tally: Mapping[str, int], lot: tuple[PersonId, ...] | None
) -> dict[str, object]:
    """The result as JSON, with the whole tally: the `election` of the minutes."""
    filled, read = contest(pool, seats, quotas, lot), _Reader(pool)
    ballots = sorted(tally.items())
    counting: Mapping[str, Callable[[], dict[str, object]]] = {
        "approval": lambda: approval(filled, [read.approved(*one) for one in ballots]).plain(),
        "schulze": lambda: schulze(filled, [read.ranked(*one) for one in ballots]).plain(),
        "stv": lambda: stv(filled, [read.ranked(*one) for one in ballots]).plain(),
        "star": lambda: star(filled, [read.scored(*one) for one in ballots]).plain(),
        "consent": lambda: consent(filled, [read.consenting(*one) for one in ballots]).plain(),
    }
    return counting[method]()


FEWEST = 5
"""Fewer secret ballots than these, or ballots all alike, would show who chose what (§8.3)."""


def reveals(tally: Mapping[str, int]) -> bool:
    """Whether this count, beside the names of those who voted, would show how somebody did."""
    return 0 < sum(tally.values()) < FEWEST or len([one for one, times in without_reasons(tally).items() if times]) == 1
