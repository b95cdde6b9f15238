"""Persons across assemblies: by which id each knows them, where they enrolled first, and two who are one (§2.4, §6.10).

A person may have several ids, as many as accounts that were linked, and a register keeps the one it knows for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from bot.service_mail import Mail, enrolments, on_other_rolls
from governance import commands as c
from governance import persons
from governance.assembly import Assembly
from governance.facts_council import DelegationSent
from governance.motion import Item, Kind
from governance.refusals import Refused
from governance.terms import AssemblyId, Instant, PersonId

if TYPE_CHECKING:
    from bot.service_desk import Desk


def known_as(desk: Desk, assembly: AssemblyId, person: PersonId) -> PersonId:
    """The id by which an assembly knows this person."""
    ids = desk.directory.ids_of(person)
    state = desk.state(assembly) if len(ids) > 1 else None
    return person if state is None else persons.known_as(state, ids)


def others(desk: Desk, mail: Mail) -> dict[PersonId, tuple[PersonId, ...]]:
    """Of the persons of a delegation those with several ids: in one council nobody carries two (§6.2)."""
    sent = mail.dispatch
    if not isinstance(sent, DelegationSent):
        return {}
    named = (*sent.delegates, *sent.alternates, *sent.observers)
    return {one: ids for one in named if len(ids := desk.directory.ids_of(one)) > 1}


# --- one ballot in a sum of several assemblies (§6.10)


def enrolled_earlier(desk: Desk, state: Assembly, asked: frozenset[AssemblyId]) -> frozenset[PersonId]:
    """Who of this roll has their one ballot in another of these assemblies: where they enrolled first."""
    elsewhere = on_other_rolls(desk.connection, state.id)
    for one in desk.directory.several().keys() & state.roll.keys():
        elsewhere[one] = [other for other in desk.directory.assemblies_of(one) if other != state.id]
    return frozenset(one for one, there in elsewhere.items() if _is_counted_elsewhere(desk, state, one, there, asked))


def _is_counted_elsewhere(
    desk: Desk, state: Assembly, person: PersonId, elsewhere: Sequence[AssemblyId], asked: frozenset[AssemblyId]
) -> bool:
    entry = state.roll.get(person)
    theirs = [
        (there.enrolled, other) for other in elsewhere
        if other in asked and (one := desk.state(other)) and (there := one.roll.get(known_as(desk, other, person)))
    ]  # fmt: skip
    if entry is None or not theirs:
        return False
    places = [*theirs, (entry.enrolled, state.id)]
    first = min(at for at, _ in places)
    level = sorted(assembly for at, assembly in places if at == first)
    # the same instant: the order of hearing
    return (level[0] if len(level) == 1 else _heard_first(desk, person, level, first)) != state.id


def _heard_first(desk: Desk, person: PersonId, assemblies: Sequence[AssemblyId], at: Instant) -> AssemblyId:
    """Of these the one where the person was heard first at this instant."""
    heard = enrolments(desk.connection, desk.directory.ids_of(person), assemblies, at)
    return min(assemblies, key=lambda one: (*heard.get(one, ("", 0)), one))


# --- two persons turn out to be one


def concerned(desk: Desk, ids: Sequence[PersonId]) -> list[Assembly]:
    """Where these persons are on the roll, and every council above."""
    found: dict[AssemblyId, Assembly] = {}
    waiting = [one for person in ids for one in desk.directory.assemblies_of(person)]
    while waiting:
        state = desk.state(waiting[-1])
        one = waiting.pop()
        if state is not None and one not in found:
            found[one] = state
            waiting += state.ties.councils
    return [found[one] for one in sorted(found)]


def barred(desk: Desk, one: PersonId, other: PersonId) -> Assembly | None:
    """An assembly that has excluded one of them and has the other on its roll."""
    ids = (*desk.directory.ids_of(one), *desk.directory.ids_of(other))
    desk.hold_persons(ids)
    return next((state for state in concerned(desk, ids) if persons.is_barred(state, ids)), None)


def unite(desk: Desk, kept: PersonId, dropped: PersonId, heard: Instant, cause: str) -> None:
    """From here on the two are one person, in the directory and in every assembly that knows both: in the one
    transaction of whoever asks for it, so that all of it holds or nothing does."""
    ids = (*desk.directory.ids_of(kept), *desk.directory.ids_of(dropped))
    desk.hold_persons(ids)
    places = [state.id for state in concerned(desk, (kept, dropped))]
    for assembly in places:
        # what was due by now is decided by those who were two
        desk.pass_time(assembly, heard)
    desk.directory.unite(kept, dropped)
    for assembly in places:
        roll = _state(desk, assembly).roll
        entries = [one for one in ids if one in roll]
        if len(entries) > 1:
            _asked(desk, assembly, c.MergeMembers(entries[0], entries[1]), heard, cause)
    homes = [_state(desk, assembly) for assembly in places]
    for home, council, one, why in persons.seats_to_give_up(homes, ids):
        _asked(desk, home, c.Resign(one, council, why), heard, cause)
    for assembly in places:
        for number, away in _counted_elsewhere(desk, _state(desk, assembly), ids):
            _asked(desk, assembly, c.NoteElsewhere(number, away), heard, cause)


def _state(desk: Desk, assembly: AssemblyId) -> Assembly:
    state = desk.state(assembly)
    if state is None:
        raise LookupError(f"no assembly {assembly}")
    return state


def _asked(desk: Desk, assembly: AssemblyId, command: c.Command, heard: Instant, cause: str) -> None:
    made = desk.ask(assembly, command, heard, cause)
    if isinstance(made, Refused):
        # nothing of it may hold then: the whole job is set aside
        raise TypeError(f"{type(command).__name__} was refused in {assembly}: {made.why.value}")


def _counted_elsewhere(
    desk: Desk, state: Assembly, ids: Sequence[PersonId]
) -> Iterator[tuple[int, frozenset[PersonId]]]:
    """Open questions whose ballots are summed over several assemblies, where the person is now counted in another."""
    here = frozenset(one for one in ids if one in state.roll)
    for number in state.open:
        item = state.items[number]
        bases = _summed_over(state, item)
        if item.question is not None and bases and here & enrolled_earlier(desk, state, bases):
            before: object = item.terms.get("elsewhere", ())
            known = frozenset(map(str, before)) if isinstance(before, list | tuple) else frozenset[PersonId]()
            if not here <= known:
                yield number, known | here


def _summed_over(state: Assembly, item: Item) -> frozenset[AssemblyId]:
    terms: Mapping[str, object] = item.terms
    if item.kind is Kind.MANDATE:
        tie = state.ties.councils.get(str(terms.get("council")))
        known = tie.items.get(int(str(terms.get("item") or 0))) if tie else None
        return frozenset(known.bases) if known is not None and known.double else frozenset()
    bases = terms.get("bases")
    summed = item.kind in (Kind.RATIFICATION, Kind.REFERENDUM) and isinstance(bases, list | tuple)
    return frozenset(map(str, bases)) if summed and isinstance(bases, list | tuple) else frozenset()
