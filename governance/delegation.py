"""Delegations: who may be named, how seats are filled and emptied (§6.2, §6.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from governance import facts as f
from governance.below import bases_below
from governance.charter import Charter, read_written
from governance.refusals import Refused, Why, refuse
from governance.sending import send
from governance.state import Assembly, Sitting
from governance.terms import SECOND, AssemblyId, Instant, PersonId
from governance.ties import COUNCIL, Delegation, Membership


def persons(value: object) -> tuple[PersonId, ...]:
    """A list of persons as the terms of a motion hold it."""
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else ()


def council_charter(membership: Membership) -> Charter:
    return read_written(membership.charter, membership.version)


def delegation_fault(s: Assembly | Sitting, membership: Membership, terms: Mapping[str, object]) -> Refused | None:
    """Who is named, against §6.2 and the council's charter."""
    delegates = persons(terms.get("delegates"))
    named = delegates + persons(terms.get("alternates")) + persons(terms.get("observers"))
    if not delegates:
        return refuse(Why.NO_DELEGATES)
    for index, person in enumerate(named):
        if person in named[:index]:
            return refuse(Why.TWO_SEATS, person=person)
        if not _belongs(s, person, terms):
            return refuse(Why.NOT_ON_A_ROLL_BELOW, person=person)
    charter = council_charter(membership)
    if charter.parity == "pair" and (len(delegates) != 2 or terms.get("pair") is not True):
        return refuse(Why.PARITY_NEEDS_A_PAIR)
    for person in delegates:
        if served_out(membership, charter, person):
            return refuse(Why.TERMS_SERVED, person=person, most=charter.max_terms, cooloff=charter.cooloff)
    return None


def _belongs(s: Assembly | Sitting, person: PersonId, terms: Mapping[str, object]) -> bool:
    """Delegates of a council are persons on the roll of a base assembly below it (§6.2)."""
    if s.kind != COUNCIL:
        return person in s.roll
    rolls = terms.get("rolls")
    return isinstance(rolls, Mapping) and rolls.get(person) in bases_below(s)


def served_out(membership: Membership, charter: Charter, person: PersonId) -> bool:
    """After `max_terms` delegations in a row, `cooloff` delegations without this person come first."""
    since = 0
    for past in reversed(membership.terms):
        if person in past:
            break
        since += 1
    if since >= charter.cooloff:
        return False
    run = 0
    for past in reversed(membership.terms[: len(membership.terms) - since]):
        if person not in past:
            break
        run += 1
    return run >= charter.max_terms


def name(s: Sitting, council: AssemblyId, item: int, terms: Mapping[str, object], at: Instant) -> None:
    """A delegation is named: by motion, election or draw. It replaces the earlier one whole."""
    most = council_charter(s.ties.councils[council]).term
    wanted = terms.get("term")
    term = min(wanted, most) if isinstance(wanted, int) else most
    send(
        s, f.DelegationSent, [council], at, item=item, delegates=persons(terms.get("delegates")),
        alternates=persons(terms.get("alternates")), observers=persons(terms.get("observers")),
        until=at + term * SECOND, why="named", decided=at,
    )


def seat(
    s: Sitting, council: AssemblyId, delegation: Delegation, seats: Iterable[tuple[PersonId, ...]], item: int, why: str,
    at: Instant,
) -> None:
    """The delegation sits from now on as `seats` has it: delegates, alternates, observers."""
    delegates, alternates, observers = seats
    send(
        s, f.DelegationSent, [council], at, item=item or delegation.item, delegates=delegates, alternates=alternates,
        observers=observers, until=delegation.until, why=why, decided=at,
    )


def unseat(
    s: Sitting, council: AssemblyId, person: PersonId, item: int, why: str, at: Instant, heir: PersonId = ""
) -> None:
    """The seat goes to the next who was drawn where there is an `heir` (§7.1), to the first alternate, or is vacant
    (§6.6)."""
    membership = s.ties.councils.get(council)
    delegation = membership.delegation if membership is not None else None
    if delegation is None or not delegation.carries(person):
        return
    left, waiting = delegation.delegates, delegation.alternates
    if heir:
        left = (*(one for one in left if one != person), heir)
    elif person in left:
        place = left.index(person)
        left, waiting = left[:place] + waiting[:1] + left[place + 1 :], waiting[1:]
    seats = (left, *(tuple(one for one in some if one != person) for some in (waiting, delegation.observers)))
    seat(s, council, delegation, seats, item, why, at)


def end_terms(s: Sitting, at: Instant) -> None:
    """A term ends for delegates, alternates and observers together (§6.2)."""
    for council, membership in tuple(s.ties.councils.items()):
        if membership.delegation is not None and membership.delegation.until <= at:
            seat(s, council, membership.delegation, ((), (), ()), 0, "term_over", at)


def term_ends(s: Assembly | Sitting) -> Iterable[Instant]:
    return (one.delegation.until for one in s.ties.councils.values() if one.delegation is not None)
