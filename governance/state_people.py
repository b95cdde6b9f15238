"""How the facts of §7 change the state: elections, draws, roles, the speakers' list."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from governance import facts as f
from governance.motion import FINAL, Question
from governance.people import DELEGATES, NAMED, OUT, STANDS, Drawn, Lot, Objection, Pool, Role, Row, Speaking, renamed
from governance.state import Sitting, on
from governance.terms import HOUR, Instant, PersonId

MEETING = 12 * HOUR
"""After so long without a word to the speakers' list, the next one begins a new meeting."""


def pool_of(s: Sitting, number: int) -> Pool:
    """What an election or a draw has beside other items."""
    pool = s.items[number].pool
    if pool is None:
        raise ValueError(f"item {number} is neither an election nor a draw")
    return pool


def _change(s: Sitting, number: int, **values: Any) -> None:
    s.change(number, pool=replace(pool_of(s, number), **values))


# --- names and rows


def _named(s: Sitting, fact: Any, word: str) -> None:
    s.step(fact, fact.item)
    _change(s, fact.item, names={**pool_of(s, fact.item).names, fact.person: word})


@on(f.Nominated)
def _nominated(s: Sitting, fact: f.Nominated, at: Instant) -> None:
    _named(s, fact, NAMED)


@on(f.Stood)
def _stood(s: Sitting, fact: f.Stood, at: Instant) -> None:
    _named(s, fact, STANDS)


@on(f.Declined)
def _declined(s: Sitting, fact: f.Declined, at: Instant) -> None:
    _named(s, fact, OUT)
    pool = pool_of(s, fact.item)
    if fact.person in pool.candidates:
        _change(s, fact.item, withdrawn=pool.withdrawn | {fact.person})


@on(f.RowFrozen)
def _row_frozen(s: Sitting, fact: f.RowFrozen, at: Instant) -> None:
    s.step(fact, fact.item)
    row = json.loads(fact.row)
    _list(s, fact, Row(row["id"], row["f"], whole=fact.shown or not row["f"]))


@on(f.RowListed)
def _row_listed(s: Sitting, fact: f.RowListed, at: Instant) -> None:
    s.step(fact, fact.item)
    row, hidden = json.loads(fact.row), json.loads(fact.hidden)
    _list(s, fact, Row(row["id"], row["f"], {one: (salt, value) for one, (salt, value) in hidden.items()}))


def _list(s: Sitting, fact: f.RowFrozen | f.RowListed, row: Row) -> None:
    _change(s, fact.item, rows={**pool_of(s, fact.item).rows, fact.person: row})


# --- elections


@on(f.ElectionOpened)
def _election_opened(s: Sitting, fact: f.ElectionOpened, at: Instant) -> None:
    item = s.step(fact, fact.item)
    charter = item.charter or s.charter
    s.change(fact.item, charter=charter)
    question = Question(
        fact.question, 0, item.version, s.electorate(item, at), at, fact.closes, fact.closes - at, secret=fact.secret
    )
    s.change(fact.item, question=question, questions=fact.question, began=at, paused_here=False)
    # what an earlier ballot of the item came to is over
    _change(
        s, fact.item, candidates=fact.candidates, left_out=fact.left_out, withdrawn=frozenset(), aliases={},
        seats=fact.seats, seated=pool_of(s, fact.item).holding, lot=None, electorate=fact.electorate,
        secret=fact.secret, ballots={}, result={}, objections=(),
    )
    s.set_deadline(fact.item)


@on(f.ElectionClosed)
def _election_closed(s: Sitting, fact: f.ElectionClosed, at: Instant) -> None:
    s.step(fact, fact.item)
    s.change(fact.item, question=None)
    _change(s, fact.item, ballots=fact.ballots, result=fact.result)


@on(f.ObjectionHeard)
def _objection_heard(s: Sitting, fact: f.ObjectionHeard, at: Instant) -> None:
    s.step(fact, fact.item)
    heard = pool_of(s, fact.item).objections
    _change(s, fact.item, objections=(*heard, Objection(tuple(fact.persons), fact.by, fact.reason)))


@on(f.TieBroken)
def _tie_broken(s: Sitting, fact: f.TieBroken, at: Instant) -> None:
    s.step(fact, fact.item)
    _change(s, fact.item, result=fact.result)


@on(f.ElectionReopened)
def _reopened(s: Sitting, fact: f.ElectionReopened, at: Instant) -> None:
    s.step(fact, fact.item)
    pool = pool_of(s, fact.item)
    # who was on the last ballot was not wanted, or sits: names are gathered anew
    names = {one: word for one, word in pool.names.items() if one not in pool.candidates}
    s.change(fact.item, ended=None, began=at)
    rows = {one: row for one, row in pool.rows.items() if one in pool.holding}
    _change(s, fact.item, names=names, rows=rows, lot=None)
    s.set_deadline(fact.item)


# --- draws


@on(f.LotAnnounced)
def _lot_announced(s: Sitting, fact: f.LotAnnounced, at: Instant) -> None:
    s.step(fact, fact.item)
    _change(s, fact.item, lot=Lot(fact.lot, fact.source, fact.where, fact.freezes, fact.known))
    s.set_deadline(fact.item)


def _lot(s: Sitting, fact: Any) -> Lot:
    s.step(fact, fact.item)
    lot = pool_of(s, fact.item).lot
    if lot is None:
        raise ValueError(f"item {fact.item} waits for no lot")
    return lot


def _with(known: Mapping[PersonId, str], by: PersonId, value: str) -> dict[PersonId, str]:
    return {**known, by: value}


@on(f.ValueCommitted)
def _committed(s: Sitting, fact: f.ValueCommitted, at: Instant) -> None:
    lot = _lot(s, fact)
    _change(s, fact.item, lot=replace(lot, commits=_with(lot.commits, fact.by, fact.commitment)))


@on(f.ValueRevealed)
def _revealed(s: Sitting, fact: f.ValueRevealed, at: Instant) -> None:
    lot = _lot(s, fact)
    _change(s, fact.item, lot=replace(lot, revealed=_with(lot.revealed, fact.by, fact.value)))


@on(f.ValueTyped)
def _typed(s: Sitting, fact: f.ValueTyped, at: Instant) -> None:
    lot = _lot(s, fact)
    _change(s, fact.item, lot=replace(lot, typed=_with(lot.typed, fact.by, fact.value)))


@on(f.LotKnown)
def _known(s: Sitting, fact: f.LotKnown, at: Instant) -> None:
    _change(s, fact.item, lot=replace(_lot(s, fact), parts=fact.parts))


@on(f.PoolFrozen)
def _frozen(s: Sitting, fact: f.PoolFrozen, at: Instant) -> None:
    s.step(fact, fact.item)
    _change(s, fact.item, list_hash=fact.list_hash, left_out=fact.left_out)
    s.set_deadline(fact.item)


@on(f.DrawMade)
def _draw_made(s: Sitting, fact: f.DrawMade, at: Instant) -> None:
    s.step(fact, fact.item)
    _change(s, fact.item, drawn=Drawn(fact.outcome, fact.seed, fact.attempts, fact.panel, fact.substitutes))


# --- seats


@on(f.RoleFilled)
def _filled(s: Sitting, fact: f.RoleFilled, at: Instant) -> None:
    s.step(fact, fact.item)
    _change(s, fact.item, holding=fact.holders)
    if fact.role == DELEGATES:
        # who is sent to a council stands with the ties to it
        return
    before = s.people.roles.get(fact.role)
    terms = s.people.terms.get(fact.role, ())
    if fact.term or before is None:
        role = Role(fact.holders, at, fact.until, fact.item)
        terms = (*terms, fact.holders)
    else:
        role = replace(before, holders=fact.holders)
        terms = (*terms[:-1], tuple(dict.fromkeys((*terms[-1], *fact.holders))))
    _set_role(s, fact.role, role, terms)


def _set_role(s: Sitting, name: str, role: Role, terms: tuple[tuple[PersonId, ...], ...]) -> None:
    people = s.people
    s.people = replace(people, roles={**people.roles, name: role}, terms={**people.terms, name: terms})


@on(f.SeatEmptied)
def _emptied(s: Sitting, fact: f.SeatEmptied, at: Instant) -> None:
    s.step(fact, fact.item)
    pool, heir = pool_of(s, fact.item), (fact.heir,) if fact.heir else ()

    def without(holders: tuple[PersonId, ...]) -> tuple[PersonId, ...]:
        return (*(one for one in holders if one != fact.person), *heir)

    _change(s, fact.item, holding=without(pool.holding), gone=pool.gone | {fact.person})
    role = s.people.roles.get(fact.role)
    if role is not None and role.item == fact.item:
        last = s.people.terms[fact.role]
        held = (*last[:-1], tuple(dict.fromkeys((*last[-1], *heir))))
        _set_role(s, fact.role, replace(role, holders=without(role.holders)), held)


@on(f.TermNoticed)
def _noticed(s: Sitting, fact: f.TermNoticed, at: Instant) -> None:
    people = s.people
    if fact.council:
        s.people = replace(people, noticed={**people.noticed, fact.council: fact.until})
    else:
        s.people = replace(people, roles={**people.roles, fact.role: replace(people.roles[fact.role], noticed=True)})


@on(f.RoleEnded)
def _role_ended(s: Sitting, fact: f.RoleEnded, at: Instant) -> None:
    number = s.people.roles[fact.role].item
    pool = pool_of(s, number)
    _change(s, number, holding=(), gone=pool.gone | {*pool.holding})
    roles = {name: role for name, role in s.people.roles.items() if name != fact.role}
    s.people = replace(s.people, roles=roles)


# --- speaking


def _speaking(s: Sitting, at: Instant) -> Speaking:
    """The list as this meeting has it: after half a day of silence it begins anew."""
    speaking = s.people.speaking
    return speaking if at - speaking.last <= MEETING else Speaking()


@on(f.SpeakerListed)
def _listed(s: Sitting, fact: f.SpeakerListed, at: Instant) -> None:
    speaking = _speaking(s, at)
    s.people = replace(s.people, speaking=replace(speaking, waiting=(*speaking.waiting, fact.person), last=at))


@on(f.SpeakerCalled)
def _called(s: Sitting, fact: f.SpeakerCalled, at: Instant) -> None:
    speaking, person = _speaking(s, at), fact.person
    if person in speaking.round:
        # the go-round is no contribution to a debate: the first word in that is still to come
        after = replace(speaking, round=tuple(one for one in speaking.round if one != person), last=at)
    else:
        waiting = tuple(one for one in speaking.waiting if one != person)
        after = replace(speaking, waiting=waiting, heard=speaking.heard | {person}, last=at)
    s.people = replace(s.people, speaking=after)


@on(f.GoRoundBegan)
def _go_round(s: Sitting, fact: f.GoRoundBegan, at: Instant) -> None:
    s.people = replace(s.people, speaking=Speaking(round=fact.order, last=at))


def forget_person(s: Sitting, gone: PersonId, kept: PersonId) -> None:
    """Two entries are one person, or somebody left: roles and the speakers' list name who is there (§2.4)."""
    speaking = s.people.speaking

    def now(persons: tuple[PersonId, ...]) -> tuple[PersonId, ...]:
        return tuple(one for one in dict.fromkeys(kept if one == gone else one for one in persons) if one)

    heard = frozenset(one for one in (kept if one == gone else one for one in speaking.heard) if one)
    after = replace(speaking, waiting=now(speaking.waiting), round=now(speaking.round), heard=heard)
    people = replace(s.people, speaking=after)
    if kept:
        roles = {name: replace(role, holders=now(role.holders)) for name, role in people.roles.items()}
        terms = {name: tuple(map(now, held)) for name, held in people.terms.items()}
        people = replace(people, roles=roles, terms=terms)
        for number, item in tuple(s.items.items()):
            if item.stage in FINAL and item.pool is not None and gone in (*item.pool.holding, *item.pool.rows):
                # seats are still filled from its list
                s.change(number, pool=renamed(item.pool, gone, kept))
    s.people = people
