"""Draws (§7.1): called with their source, frozen, drawn when the randomness is known; values typed by members."""

from __future__ import annotations

from collections import Counter

from governance import commands as c
from governance import facts as f
from governance.decision import Box, Decided, decided
from governance.electing import break_tie, freeze_rows
from governance.holding import belongs, draw_of, empty_seat, left_out, persons_of, seat_chosen
from governance.lots import commitment_of, fetched, normal, parts_of, round_of
from governance.motion import Item, Kind
from governance.people import OUT, STANDS, Lot, quotas_in, terms_number, terms_text
from governance.proposing import find
from governance.quotas import in_the_way, kind_of
from governance.refusals import Refused, Why, refuse
from governance.sortition import Outcome, draw, list_hash
from governance.state import Assembly, Sitting
from governance.state_people import pool_of
from governance.terms import Instant, PersonId

BOTH = 2
"""Members who must have read the same value, each by themselves (§7.2)."""


def freeze(s: Sitting, number: int, box: Box, at: Instant) -> None:
    """The list as it will be drawn from. Quotas that nobody can meet are proved before the drawing (§7.1 step 5)."""
    item, pool = s.items[number], pool_of(s, number)
    here, names = persons_of(s), pool.names
    wanted = [one for one in here if names.get(one) == STANDS] if terms_text(item.terms, "from") == "volunteers" else [
        one for one in here if names.get(one) != OUT
    ]
    seats = terms_number(item.terms, "seats")
    out = left_out(s, item, wanted, seats)
    freeze_rows(s, number, tuple(one for one in wanted if one not in out), box, at)
    request = draw_of(s.items[number])
    s.record(f.PoolFrozen(number, list_hash(request), len(request.candidates), out), at)
    kinds = Counter(kind_of(one, request.quotas) for one in request.candidates)
    if in_the_way((), kinds, quotas_in(item.terms), seats, 0) is not None:
        s.record(f.Lapsed(number, "infeasible"), at)


def make(s: Sitting, number: int, at: Instant) -> None:
    """The randomness is known: the draw is made, and its result can be checked by anybody."""
    item, pool = s.items[number], pool_of(s, number)
    by_handle = {row.handle: one for one, row in pool.rows.items()}
    result = draw(draw_of(item))
    panel, substitutes = (tuple(by_handle[one] for one in names) for names in (result.panel, result.substitutes))
    s.record(f.DrawMade(number, result.outcome.value, result.seed, result.attempts, panel, substitutes), at)
    if result.outcome is not Outcome.DRAWN:
        s.record(f.Lapsed(number, result.outcome.value), at)
        return
    here = set(persons_of(s))
    if not seat_chosen(s, number, panel, at):
        s.record(f.Lapsed(number, "infeasible"), at)
        return
    for person in panel:
        if person not in here:
            empty_seat(s, number, person, "left", at)
    s.record(f.Closed(number), at)


# --- values


def _waiting(state: Assembly, by: PersonId, number: int) -> tuple[Item, Lot] | Refused:
    if not belongs(state, by):
        return refuse(Why.NOT_ON_ROLL)
    item = find(state, number)
    if isinstance(item, Refused):
        return item
    if item.number not in state.open or item.pool is None or item.pool.lot is None:
        return refuse(Why.NO_LOT_HERE, item=number)
    return item, item.pool.lot


def type_value(state: Assembly, command: c.TypeValue, at: Instant) -> Decided | Refused:
    """A commitment before the freeze, what was committed to after it, and, once it can be known, the value itself."""
    found = _waiting(state, command.by, command.item)
    if isinstance(found, Refused):
        return found
    item, lot = found
    if lot.source == "commit" and at < lot.freezes:
        return _commit(state, item, lot, command, at)
    if lot.source == "commit" and command.by in lot.commits and command.by not in lot.revealed:
        known = _reveal(state, item, lot, command, at)
        if known is not None:
            return known
    if at < lot.known:
        return refuse(Why.NOT_KNOWN_YET, item=item.number, at=lot.known)
    value = normal(lot, command.value)
    if value is None:
        source = "drand" if round_of(lot) is not None else lot.source
        return refuse(Why.NOT_THE_VALUE, item=item.number, randomness=source)
    s = Sitting(state.id, state)
    s.record(f.ValueTyped(item.number, command.by, value), at)
    same = tuple(one for one, typed in {**lot.typed, command.by: value}.items() if typed == value)
    if len(same) >= BOTH:
        _known(s, item, lot, value, same, at)
    return decided(s)


def _commit(state: Assembly, item: Item, lot: Lot, command: c.TypeValue, at: Instant) -> Decided | Refused:
    commitment = command.value.strip().casefold()
    if len(commitment) != 64 or not set(commitment) <= set("0123456789abcdef"):
        return refuse(Why.NOT_A_COMMITMENT, item=item.number)
    s = Sitting(state.id, state)
    s.record(f.ValueCommitted(item.number, command.by, commitment), at)
    return decided(s)


def _reveal(state: Assembly, item: Item, lot: Lot, command: c.TypeValue, at: Instant) -> Decided | Refused | None:
    """None: it is no reveal, but may be the round itself, typed in by who committed to something."""
    value = command.value.strip()
    if commitment_of(value) != lot.commits[command.by]:
        return refuse(Why.NOT_WHAT_WAS_COMMITTED, item=item.number) if at < lot.known else None
    if at >= lot.known:
        return refuse(Why.REVEALED_TOO_LATE, item=item.number)
    s = Sitting(state.id, state)
    s.record(f.ValueRevealed(item.number, command.by, value), at)
    return decided(s)


def take_round(state: Assembly, command: c.TakeRound, at: Instant) -> Decided | Refused:
    """A round that was fetched, and checked by who fetched it."""
    item = state.items.get(command.item)
    lot = item.pool.lot if item is not None and item.pool is not None else None
    if item is None or lot is None or item.number not in state.open or round_of(lot) != command.round:
        return refuse(Why.NO_LOT_HERE, item=command.item)
    if at < lot.known:
        return refuse(Why.NOT_KNOWN_YET, item=item.number, at=lot.known)
    s = Sitting(state.id, state)
    _known(s, item, lot, fetched(lot, command.signature), (), at)
    return decided(s)


def _known(s: Sitting, item: Item, lot: Lot, value: str, by: tuple[PersonId, ...], at: Instant) -> None:
    handles = {person: row.handle for person, row in pool_of(s, item.number).rows.items()}
    known(s, f.LotKnown(item.number, parts_of(lot, value, handles), by), at)


def known(s: Sitting, fact: f.LotKnown, at: Instant) -> None:
    """The randomness, and what it gives: a draw, or a tie broken."""
    s.record(fact, at)
    if s.items[fact.item].kind is Kind.DRAW:
        make(s, fact.item, at)
    else:
        break_tie(s, fact.item, at)
