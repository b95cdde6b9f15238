"""Which notices follow from elections, draws, roles and speaking (§7, §8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from governance import facts as f
from governance.ballots import FEWEST
from governance.closing import charter_of, is_secret
from governance.electing import has_open_seats
from governance.motion import Kind, Stage
from governance.state import Assembly

ROOM = "room"
Told = tuple[str, int | None, str, dict[str, Any]]
"""A code, the item, to whom, and what comes with it."""

TOLD = (
    "secret_ahead", "nominated", "frozen", "tie", "differs", "seat_passed", "seat_open", "seat_given_up",
    "seat_undrawn", "nominations_open", "term_soon", "seat_soon", "term_over", "speaker", "go_round",
)  # fmt: skip


def _proposed(fact: f.Proposed, after: Assembly) -> Iterator[Told]:
    """Who never wrote to the bot alone has to, before a secret ballot opens (§8.2)."""
    item = after.items[fact.item]
    if item.kind is not Kind.DRAW and is_secret(after, item, charter_of(item, after)):
        yield "secret_ahead", None, ROOM, {"number": fact.item, "few": len(after.roll) - bool(item.concerned) < FEWEST}


def _nominated(fact: f.Nominated, after: Assembly) -> Iterator[Told]:
    yield "nominated", fact.item, ROOM, {"call": fact.person, "author": fact.by}


def _frozen(fact: f.PoolFrozen, after: Assembly) -> Iterator[Told]:
    if after.items[fact.item].stage is Stage.DISCUSSION:
        yield "frozen", fact.item, ROOM, {}


def _closed(fact: f.ElectionClosed, after: Assembly) -> Iterator[Told]:
    if fact.outcome == "tie":
        yield "tie", fact.item, ROOM, {}


def _typed(fact: f.ValueTyped, after: Assembly) -> Iterator[Told]:
    pool = after.items[fact.item].pool
    lot = pool.lot if pool is not None else None
    if lot is not None and not lot.parts and len(set(lot.typed.values())) > 1:
        yield "differs", fact.item, ROOM, {}


def _emptied(fact: f.SeatEmptied, after: Assembly) -> Iterator[Told]:
    if fact.heir:
        yield "seat_passed", fact.item, ROOM, {"member": fact.person, "person": fact.heir}
    else:
        item = after.items[fact.item]
        code = "seat_open" if has_open_seats(after, item) else "seat_given_up"
        yield "seat_undrawn" if item.kind is Kind.DRAW else code, fact.item, ROOM, {"member": fact.person}


def _reopened(fact: f.ElectionReopened, after: Assembly) -> Iterator[Told]:
    yield "nominations_open", fact.item, ROOM, {}


def _term(fact: f.TermNoticed, after: Assembly) -> Iterator[Told]:
    membership = after.ties.councils.get(fact.council)
    delegation = membership.delegation if membership is not None else None
    role = after.people.roles.get(fact.role)
    holders = delegation.delegates if delegation is not None else role.holders if role is not None else ()
    about = {"role": fact.role, "names": list(holders), "until": fact.until}
    code = "term_soon"
    if delegation is not None:
        code, about = "seat_soon", {"council": fact.council, **about}
    for to in (ROOM, *holders):
        yield code, None, to, about


def _ended(fact: f.RoleEnded, before: Assembly) -> Iterator[Told]:
    """Who held it to the end; of a role that all gave up nothing is said."""
    if holders := before.people.roles[fact.role].holders:
        yield "term_over", None, ROOM, {"role": fact.role, "names": list(holders)}


def _called(fact: f.SpeakerCalled, after: Assembly) -> Iterator[Told]:
    yield "speaker", None, ROOM, {"call": fact.person, "after": list(after.people.speaking.in_turn()[:3])}


def _go_round(fact: f.GoRoundBegan, after: Assembly) -> Iterator[Told]:
    yield "go_round", None, ROOM, {"names": list(fact.order)}


_TELL: Mapping[type[Any], Callable[[Any, Assembly], Iterator[Told]]] = {
    f.Proposed: _proposed,
    f.Nominated: _nominated,
    f.PoolFrozen: _frozen,
    f.ElectionClosed: _closed,
    f.ValueTyped: _typed,
    f.SeatEmptied: _emptied,
    f.ElectionReopened: _reopened,
    f.TermNoticed: _term,
    f.SpeakerCalled: _called,
    f.GoRoundBegan: _go_round,
}


def told(fact: f.Fact, before: Assembly | None, after: Assembly) -> Iterator[Told]:
    """The short notices of one fact."""
    tell = _TELL.get(type(fact))
    if tell is not None:
        yield from tell(fact, after)
    elif isinstance(fact, f.RoleEnded) and before is not None:
        yield from _ended(fact, before)


def private_cards(fact: f.Fact, after: Assembly) -> Iterator[tuple[int, str]]:
    """A secret question opened: its card goes to each who may answer, in private."""
    if isinstance(fact, f.VoteOpened | f.ElectionOpened) and fact.secret:
        question = after.items[fact.item].question
        for person in sorted(question.electorate) if question is not None else ():
            yield fact.item, person
