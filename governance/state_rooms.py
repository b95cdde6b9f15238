"""How the facts about rooms change the state."""

from __future__ import annotations

from dataclasses import replace

from governance import facts as f
from governance.rooms import Offer, Room
from governance.state import Sitting, on
from governance.terms import Instant, fold_name


@on(f.RoomOffered)
def _offered(s: Sitting, fact: f.RoomOffered, at: Instant) -> None:
    offer = Offer(fact.label, fact.item, fact.digest, fact.until)
    s.rooms = replace(s.rooms, offers={**s.rooms.offers, fold_name(fact.label): offer})


@on(f.RoomOpened)
def _opened(s: Sitting, fact: f.RoomOpened, at: Instant) -> None:
    label = fold_name(fact.label)
    used = replace(s.rooms.offers[label], used=True)
    s.rooms = replace(
        s.rooms,
        standing={**s.rooms.standing, label: Room(fact.label, fact.item)},
        offers={**s.rooms.offers, label: used},
    )


@on(f.RoomClosed)
def _closed(s: Sitting, fact: f.RoomClosed, at: Instant) -> None:
    label = fold_name(fact.label)
    s.rooms = replace(
        s.rooms,
        standing={one: room for one, room in s.rooms.standing.items() if one != label},
        offers={one: offer for one, offer in s.rooms.offers.items() if one != label},
    )


@on(f.RoomNoted)
def _noted(s: Sitting, fact: f.RoomNoted, at: Instant) -> None:
    label = fold_name(fact.label)
    room = replace(s.rooms.standing[label], present=fact.present)
    s.rooms = replace(s.rooms, standing={**s.rooms.standing, label: room})
