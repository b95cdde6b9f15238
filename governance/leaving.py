"""What empties a seat in a delegation besides recall and the term: resigning, leaving the roll, two who are one (§6.2).

What filled the seat says who follows: of a draw the next substitute (§7.1), of a motion the first alternate (§6.6);
an elected seat is open, and names are gathered again (§7.4).
"""

from __future__ import annotations

from typing import Any

from governance import commands as c
from governance import facts as f
from governance.decision import Decided, decided
from governance.delegation import seat, unseat
from governance.holding import empty_seat, sitting_by
from governance.refusals import Refused, Why, refuse
from governance.sending import send
from governance.state import Assembly, Sitting
from governance.terms import AssemblyId, Instant, PersonId
from governance.ties import COUNCIL, Delegation


def give_up(s: Sitting, council: AssemblyId, person: PersonId, why: str, at: Instant) -> None:
    """Somebody no longer sits for us in this council."""
    for item in reversed(tuple(s.items.values())):
        if item.pool is not None and item.terms.get("council") == council and person in sitting_by(s, item):
            empty_seat(s, item.number, person, why, at)
            return
    unseat(s, council, person, 0, why, at)


def _rename(
    s: Sitting, council: AssemblyId, delegation: Delegation, person: PersonId, now: PersonId, at: Instant
) -> None:
    """Two entries turned out to be one person: the seat goes on under the entry that stays; of two the higher one,
    the other is emptied (§2.4)."""
    groups = (delegation.delegates, delegation.alternates, delegation.observers)
    if delegation.carries(now):
        held = [one for some in groups for one in some if one in (person, now)]
        unseat(s, council, held[1], 0, "merged", at)
        if held[0] == now:
            return
        delegation = s.ties.councils[council].delegation or delegation
        groups = (delegation.delegates, delegation.alternates, delegation.observers)
    seats = [tuple(now if one == person else one for one in some) for some in groups]
    seat(s, council, delegation, seats, 0, "merged", at)


def gone(s: Sitting, person: PersonId, base: AssemblyId, now: PersonId, at: Instant) -> None:
    """Somebody left the roll of a base assembly, this one or one below: their seats are emptied, level by level."""
    for council, membership in tuple(s.ties.councils.items()):
        delegation = membership.delegation
        if delegation is None or not delegation.carries(person):
            continue
        item = s.items.get(delegation.item)
        rolls: Any = item.terms.get("rolls", {}) if item is not None else {}
        # a council's delegate may be on another roll than the one left
        if s.kind != COUNCIL or rolls.get(person, base) == base:
            if now:
                _rename(s, council, delegation, person, now, at)
            else:
                give_up(s, council, person, "left", at)
    send(s, f.PersonGone, s.ties.councils, at, person=person, base=base, now=now)


def resign(state: Assembly, command: c.Resign, at: Instant) -> Decided | Refused:
    """Giving up a seat in a delegation (§6.2)."""
    membership = state.ties.councils.get(command.council)
    delegation = membership.delegation if membership is not None else None
    if delegation is None or not delegation.carries(command.by):
        return refuse(Why.NO_SEAT, person=command.by, council=command.council)
    s = Sitting(state.id, state)
    give_up(s, command.council, command.by, command.why, at)
    return decided(s)
