"""Roles and their terms: who may hold one again, how it is filled, and what empties a seat (§7.5)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from governance import commands as c
from governance import facts as f
from governance.decision import Decided, decided
from governance.delegation import council_charter, delegation_fault, name, served_out, unseat
from governance.mandate import acting_for
from governance.motion import Item, Kind, Stage
from governance.people import DELEGATES, quotas_in, terms_number, terms_text
from governance.refusals import Refused, Why, refuse
from governance.sortition import ASSEMBLY_DRAW, RFC3797, Draw, DrawResult, Outcome, next_substitute
from governance.state import Assembly, Sitting
from governance.state_people import pool_of
from governance.terms import DAY, SECOND, Instant, PersonId, fold_name
from governance.ties import COUNCIL

NOTICE = 7 * DAY
"""Holders and room are told so long before that a term ends, or at its half when it is shorter than two weeks."""


def persons_of(s: Assembly | Sitting) -> list[PersonId]:
    """Who can hold a role here: the roll of a base assembly, the delegates who sit in a council."""
    if s.kind != COUNCIL:
        return sorted(s.roll)
    return sorted(
        person for member in s.roll if (tie := s.ties.members.get(member)) is not None and tie.delegation is not None
        for person in tie.delegation.delegates
    )


def belongs(s: Assembly | Sitting, person: PersonId) -> bool:
    """Whether this person has a say here: on the roll, or carrying a delegation."""
    return acting_for(s, person) is not None if s.kind == COUNCIL else person in s.roll


# --- rotation


def rotated(past: Sequence[Sequence[PersonId]], pool: Collection[PersonId], seats: int, cooloff: int) -> set[PersonId]:
    """Who is left out (§7.5): holders of the last `cooloff` terms, unless fewer than 2 × seats would remain; then
    those come back whose last term is longest ago."""
    lately = past[len(past) - cooloff :] if cooloff else ()
    last_held = {person: term for term, holders in enumerate(lately) for person in holders if person in pool}
    remaining = len(pool) - len(last_held)
    for term in sorted(set(last_held.values())):
        if remaining >= 2 * seats:
            break
        back = {person for person, held in last_held.items() if held == term}
        last_held = {person: held for person, held in last_held.items() if person not in back}
        remaining += len(back)
    return set(last_held)


def left_out(s: Assembly | Sitting, item: Item, pool: Collection[PersonId], seats: int) -> tuple[PersonId, ...]:
    """Who of these cannot be chosen now."""
    membership = s.ties.councils.get(terms_text(item.terms, "council"))
    if membership is not None:
        charter = council_charter(membership)
        out = {person for person in pool if served_out(membership, charter, person)}
    else:
        # the seats of this very item are of the present term
        past = s.people.terms.get(role_of(item), ())
        role = s.people.roles.get(role_of(item))
        own = role is not None and role.item == item.number
        out = rotated(past[:-1] if own else past, pool, seats, s.charter.cooloff)
    return tuple(sorted(out))


def role_of(item: Item) -> str:
    """The role an election or a draw fills; `delegates` for those sent to a council."""
    return fold_name(str(item.terms["role"]))


# --- filling


def seat_chosen(s: Sitting, number: int, chosen: Sequence[PersonId], at: Instant) -> bool:
    """Those elected or drawn sit from now on, beside those of the same item who sit already."""
    item = s.items[number]
    pool = pool_of(s, number)
    holders = tuple(dict.fromkeys((*pool.holding, *chosen)))
    if not holders:
        return True
    council = terms_text(item.terms, "council")
    if council:
        return _send(s, item, council, holders, at)
    role = s.people.roles.get(role_of(item))
    if role is not None and role.item == number:
        s.record(f.RoleFilled(number, role_of(item), holders, role.until, False), at)
    else:
        term = terms_number(item.terms, "term") or s.charter.term
        s.record(f.RoleFilled(number, role_of(item), holders, at + term * SECOND, True), at)
    return True


def _send(s: Sitting, item: Item, council: str, holders: tuple[PersonId, ...], at: Instant) -> bool:
    """A delegation by election or draw (§6.2); False when the council's charter does not allow it as it came out."""
    membership = s.ties.councils.get(council)
    terms: dict[str, object] = {"delegates": list(holders), "pair": _is_pair(s, item, holders)}
    if term := terms_number(item.terms, "term"):
        terms["term"] = term
    if membership is None or membership.joined is None or delegation_fault(s, membership, terms):
        return False
    s.record(f.RoleFilled(item.number, DELEGATES, holders, 0, False), at)
    name(s, council, item.number, terms, at)
    return True


def _is_pair(s: Sitting, item: Item, holders: tuple[PersonId, ...]) -> bool:
    """Two of different declared features (§6.2)."""
    rows = pool_of(s, item.number).rows
    declared = [rows[one].candidate.declared for one in holders if one in rows]
    if len(declared) != 2:
        return False
    one, other = declared
    return any(one[feature] != other[feature] for feature in one.keys() & other.keys())


# --- emptying


def draw_of(item: Item) -> Draw:
    """The draw of this item as anybody can run it again."""
    pool = item.pool
    if pool is None or pool.lot is None:
        raise ValueError(f"item {item.number} is no draw")
    candidates = tuple(row.candidate for row in pool.rows.values())
    numbers = pool.lot.source == "rfc3797"
    parts = tuple(tuple(map(int, part.split())) for part in pool.lot.parts) if numbers else pool.lot.parts
    return Draw(
        pool.lot.id, terms_number(item.terms, "seats"), quotas_in(item.terms), candidates, parts,
        RFC3797 if numbers else ASSEMBLY_DRAW,
    )


def sitting_by(s: Assembly | Sitting, item: Item) -> tuple[PersonId, ...]:
    """Who sits by this item now. Of a delegation nobody does any more once its term is over or another was named; a
    recall empties a seat of it and names none."""
    holding, council = item.pool.holding if item.pool is not None else (), terms_text(item.terms, "council")
    if not council:
        return holding
    membership = s.ties.councils.get(council)
    delegation = membership.delegation if membership is not None else None
    if delegation is None or (delegation.item != item.number and s.items[delegation.item].kind is not Kind.RECALL):
        return ()
    return tuple(one for one in holding if one in delegation.delegates)


def heir_of(s: Sitting, item: Item, person: PersonId) -> PersonId:
    """Who takes the seat: in a draw the next substitute who keeps the quotas satisfiable; elected seats stay open."""
    pool = pool_of(s, item.number)
    if pool.drawn is None:
        return ""
    by_handle = {row.handle: one for one, row in pool.rows.items()}
    handles = {one: row.handle for one, row in pool.rows.items()}
    drawn = pool.drawn
    result = DrawResult(
        Outcome.DRAWN, pool.list_hash, drawn.seed, drawn.attempts, tuple(handles[one] for one in drawn.panel),
        tuple(handles[one] for one in drawn.substitutes), (),
    )
    here = set(persons_of(s))
    gone = {handles[one] for one in pool.rows if one in pool.gone or one == person or one not in here}
    seated = [handles[one] for one in sitting_by(s, item) if one != person]
    found = next_substitute(draw_of(item), result, seated, gone)
    return by_handle[found] if found else ""


def empty_seat(s: Sitting, number: int, person: PersonId, why: str, at: Instant) -> None:
    """Somebody no longer sits by this item."""
    item = s.items[number]
    heir, council = heir_of(s, item, person), terms_text(item.terms, "council")
    s.record(f.SeatEmptied(number, role_of(item), person, why, heir), at)
    if council:
        unseat(s, council, person, 0, "resigned" if why == "refused" else why, at, heir)


def seats_of(s: Assembly | Sitting, person: PersonId) -> Iterator[tuple[str, int]]:
    """The roles this person holds, with the items they hold them by."""
    for role, held in s.people.roles.items():
        if person in held.holders:
            yield role, held.item


def empty_double(s: Sitting, kept: PersonId, dropped: PersonId, at: Instant) -> None:
    """One person takes one seat of a role or delegation; the other is empty, or the next substitute's (§2.4)."""
    seats = (one.delegation for one in s.ties.councils.values())
    held_by = [role.item for role in s.people.roles.values()] + [one.item for one in seats if one is not None]
    for number in held_by:
        pool = s.items[number].pool
        if pool is not None and {kept, dropped} <= {*pool.holding}:
            empty_seat(s, number, dropped, "merged", at)


def empty_all(s: Sitting, person: PersonId, at: Instant) -> None:
    """Who leaves the roll holds nothing any more, and stands for nothing."""
    for _, number in tuple(seats_of(s, person)):
        empty_seat(s, number, person, "left", at)
    for number in tuple(s.open):
        item = s.items[number]
        if item.pool is not None and item.pool.names.get(person, "out") != "out" and not item.pool.drawn:
            s.record(f.Declined(number, person), at)


def role_fault(s: Assembly | Sitting, kind: Kind, terms: Mapping[str, object]) -> Refused | None:
    """A recall from a role names somebody who holds it (§6.6)."""
    if kind is not Kind.RECALL or "council" in terms:
        return None
    role = fold_name(str(terms["role"]))
    held = s.people.roles.get(role)
    if held is None or terms["person"] not in held.holders:
        return refuse(Why.NO_ROLE, person=terms["person"], role=role)
    return None


def recall(s: Sitting, item: Item, at: Instant) -> None:
    """The recall of a role's holder was adopted: the seat is empty at once (§6.6)."""
    role = s.people.roles[fold_name(str(item.terms["role"]))]
    empty_seat(s, role.item, str(item.terms["person"]), "recalled", at)


def resign_role(state: Assembly, command: c.ResignRole, at: Instant) -> Decided | Refused:
    """Giving up a role."""
    role = fold_name(command.role)
    held = state.people.roles.get(role)
    if held is None or command.by not in held.holders:
        return refuse(Why.NO_ROLE, person=command.by, role=role)
    s = Sitting(state.id, state)
    empty_seat(s, held.item, command.by, "resigned", at)
    return decided(s)


def refuse_seat(state: Assembly, command: c.RefuseSeat, at: Instant) -> Decided | Refused:
    """Before the freeze: not to be drawn. Afterwards: who was chosen does not take the seat (§7.5)."""
    item = state.items.get(command.item)
    if item is None:
        return refuse(Why.NO_SUCH_ITEM, item=command.item, last=state.last_item)
    if item.pool is None:
        return refuse(Why.NO_NAMES_HERE, item=item.number)
    s = Sitting(state.id, state)
    if command.by in sitting_by(state, item):
        empty_seat(s, item.number, command.by, "refused", at)
        return decided(s)
    if item.stage is not Stage.DISCUSSION or item.pool.list_hash or not belongs(state, command.by):
        return refuse(Why.NO_SEAT_BY, item=item.number)
    if item.pool.names.get(command.by) == "out":
        return refuse(Why.NOTHING_CHANGES)
    s.record(f.Declined(item.number, command.by), at)
    return decided(s)


# --- terms


def _notice(since: Instant, until: Instant) -> Instant:
    return max(until - NOTICE, since + (until - since) // 2)


def _notices(s: Assembly | Sitting) -> Iterator[tuple[Instant, str, str, Instant]]:
    """When it is told that a term ends: instant, role, council, its end."""
    for role, held in s.people.roles.items():
        if held.holders and not held.noticed:
            yield _notice(held.since, held.until), role, "", held.until
    for council, membership in s.ties.councils.items():
        delegation = membership.delegation
        if delegation is None or not delegation.delegates or s.people.noticed.get(council) == delegation.until:
            continue
        named = s.items[delegation.item].ended or 0
        yield _notice(named, delegation.until), DELEGATES, council, delegation.until


def people_due(s: Assembly | Sitting) -> Iterator[Instant]:
    """When a role's term ends, or is told to end."""
    for held in s.people.roles.values():
        yield held.until
    for instant, *_ in _notices(s):
        yield instant


def end_roles(s: Sitting, at: Instant) -> None:
    """Terms end by themselves, told ahead (§7.5)."""
    for instant, role, council, until in tuple(_notices(s)):
        if instant <= at < until:
            s.record(f.TermNoticed(role, council, until), at)
    for role, held in tuple(s.people.roles.items()):
        if held.until <= at:
            s.record(f.RoleEnded(role), at)
