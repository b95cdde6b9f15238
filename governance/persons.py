"""One person, whom assemblies may know by several ids: by which of them this one does (§2.4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from governance.state import Assembly
from governance.terms import AssemblyId, PersonId
from governance.ties import SEATS


def _on_the_roll(state: Assembly, one: PersonId) -> bool:
    return one in state.roll


def _seated(state: Assembly, one: PersonId) -> bool:
    """In a delegation to this council, or in one that it sends."""
    here = (tie.delegation for tie in state.ties.members.values())
    above = (membership.delegation for membership in state.ties.councils.values())
    return any(seats is not None and seats.carries(one) for seats in (*here, *above))


def _excluded(state: Assembly, one: PersonId) -> bool:
    return one in state.excluded


def _concerned(state: Assembly, one: PersonId) -> bool:
    return any(state.items[number].concerned == one for number in state.open)


def _served(state: Assembly, one: PersonId) -> bool:
    """As a delegate, or in a role: terms count whoever left in between."""
    sent = (held for membership in state.ties.councils.values() for held in membership.terms)
    return any(one in held for held in (*sent, *(held for terms in state.people.terms.values() for held in terms)))


TRACES: Sequence[Callable[[Assembly, PersonId], bool]] = (_on_the_roll, _seated, _excluded, _concerned, _served)
"""What an assembly knows a person by, the weightiest first: nobody sheds an exclusion or a term by another account."""


def known_as(state: Assembly, ids: Sequence[PersonId]) -> PersonId:
    """The id by which this assembly knows the person with these ids; the first where it knows none of them."""
    return next((one for has in TRACES for one in ids if has(state, one)), ids[0])


def is_barred(state: Assembly, ids: Sequence[PersonId]) -> bool:
    """Excluded under one id and on the roll under another: to be settled before the two become one."""
    return any(one in state.excluded for one in ids) and any(one in state.roll for one in ids)


def seats_to_give_up(
    homes: Sequence[Assembly], ids: Sequence[PersonId]
) -> list[tuple[AssemblyId, AssemblyId, PersonId, str]]:
    """Home, council, id and why, for each seat beyond the one that a person keeps in a council (§6.2): a delegate's
    before an alternate's before an observer's, then that of the id that comes first."""
    found: dict[AssemblyId, list[tuple[int, int, AssemblyId]]] = {}
    for home in homes:
        for council, membership in home.ties.councils.items():
            for rank, part in enumerate(SEATS):
                held = getattr(membership.delegation, part, ())
                found.setdefault(council, []).extend(
                    (rank, place, home.id) for place, one in enumerate(ids) if one in held
                )
    too_many = []
    for council, seats in sorted(found.items()):
        for _, place, home_id in sorted(seats)[1:]:
            why = "merged" if home_id == min(seats)[2] else "carries_another"
            too_many.append((home_id, council, ids[place], why))
    return too_many
