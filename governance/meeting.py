"""Where an assembly meets: further rooms by its own motion and a code, and rooms given up by another (§1).

Chance gives the code and is handed in; the register holds a digest of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from governance import commands as c
from governance import facts as f
from governance.decision import Decided, decided
from governance.mandate import acting_for
from governance.motion import Item, Kind, Stage
from governance.refusals import Refused, Why, refuse
from governance.rooms import CODE_LIFE, Offer, code_digest
from governance.state import Assembly, Sitting
from governance.terms import Instant, PersonId, fold_name, is_name
from governance.ties import COUNCIL


def room_fault(s: Assembly | Sitting, kind: Kind, terms: Mapping[str, object]) -> Refused | None:
    """Why a room cannot be opened or given up by this motion, or can no longer be."""
    if kind is not Kind.ROOM:
        return None
    label = str(terms["label"])
    folded, rooms = fold_name(label), s.rooms
    if not is_name(label):
        return refuse(Why.BAD_LABEL, label=label)
    if not gives_up(terms):
        return refuse(Why.LABEL_TAKEN, label=label) if folded in rooms.standing else None
    if folded in rooms.standing:
        return None if rooms.elsewhere(folded) else refuse(Why.LAST_ROOM, label=label)
    waits = folded in rooms.offers and not rooms.offers[folded].used
    return None if waits else refuse(Why.NO_SUCH_ROOM, label=label, labels=labels_of(s))


def gives_up(terms: Mapping[str, object]) -> bool:
    """Whether such a motion closes the room; else it opens one."""
    return bool(terms.get("close"))


def labels_of(s: Assembly | Sitting) -> tuple[str, ...]:
    """Of the rooms that stand, in the order in which they were opened."""
    return tuple(room.label for room in s.rooms.standing.values())


def awaits_code(item: Item) -> bool:
    """Adopted, it is to be given a code by whoever has chance at hand."""
    return item.kind is Kind.ROOM and item.stage is Stage.ADOPTED and not gives_up(item.terms)


def offer_room(state: Assembly, command: c.OfferRoom, at: Instant) -> Decided | Refused:
    """The code of a motion that was adopted; it takes the place of an earlier one for the same label."""
    item = state.items[command.item]
    if not awaits_code(item) or item.number in {offer.item for offer in state.rooms.offers.values()}:
        return refuse(Why.WRONG_STAGE, item=item.number, stage=item.stage.value)
    s = Sitting(state.id, state)
    digest = code_digest(state.id, item.number, command.secret)
    s.record(f.RoomOffered(item.number, str(item.terms["label"]), digest, at + CODE_LIFE), at)
    return decided(s)


def open_room(state: Assembly, command: c.OpenRoom, at: Instant) -> Decided | Refused:
    """A chat becomes a room: once for each code, in time, by somebody who belongs to the assembly."""
    offer = _meant(state, command.secret)
    if offer is None:
        return refuse(Why.CODE_UNKNOWN)
    if offer.used:
        return refuse(Why.CODE_USED, label=offer.label)
    if at >= offer.until:
        return refuse(Why.CODE_OVER, label=offer.label, closed=offer.until)
    if not _belongs(state, command.by):
        return refuse(Why.CODE_FOR_MEMBERS, assembly=state.id, until=offer.until)
    s = Sitting(state.id, state)
    s.record(f.RoomOpened(offer.item, offer.label, command.platform, command.by), at)
    return decided(s)


def _meant(state: Assembly, secret: str) -> Offer | None:
    for offer in state.rooms.offers.values():
        if code_digest(state.id, offer.item, secret) == offer.digest:
            return offer
    return None


def _belongs(state: Assembly, person: PersonId) -> bool:
    """Of a council whoever is part of a member's delegation."""
    return acting_for(state, person) is not None if state.kind == COUNCIL else person in state.roll


def note_room(state: Assembly, command: c.NoteRoom, at: Instant) -> Decided | Refused:
    """That a chat's administrator put the bot out of it is told and changes nothing else, like a member's kick."""
    room = state.rooms.standing.get(fold_name(command.label))
    if room is None or room.present == command.present:
        return Decided(state)
    s = Sitting(state.id, state)
    s.record(f.RoomNoted(room.label, command.present), at)
    return decided(s)
