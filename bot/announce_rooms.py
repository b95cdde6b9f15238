"""Which notices follow from what happens to an assembly's rooms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from governance import facts as f
from governance.meeting import labels_of
from governance.state import Assembly

Told = tuple[str, dict[str, Any]]
"""A code, and what comes with it."""

TOLD = ("room_code", "room_opened", "room_welcome", "room_lost", "room_back")


def _opened(fact: f.RoomOpened, after: Assembly) -> Iterator[Told]:
    yield "room_opened", {"person": fact.by, "label": fact.label, "platform": fact.platform, "number": fact.item}


def _noted(fact: f.RoomNoted, after: Assembly) -> Iterator[Told]:
    about = {"label": fact.label, "assembly": after.name}
    present = [room.label for room in after.rooms.standing.values() if room.present]
    yield ("room_back", about) if fact.present else ("room_lost", {**about, "labels": present})


_TELL: Mapping[type[Any], Callable[[Any, Assembly], Iterator[Told]]] = {f.RoomOpened: _opened, f.RoomNoted: _noted}


def told(fact: f.Fact, after: Assembly) -> Iterator[Told]:
    """To every room."""
    tell = _TELL.get(type(fact))
    if tell is not None:
        yield from tell(fact, after)


def offered(after: Assembly, item: int, code: str) -> Told:
    """The code of an adopted motion; it stands in no register, so it is said or it is lost."""
    offer = next(one for one in after.rooms.offers.values() if one.item == item)
    return "room_code", {"number": item, "label": offer.label, "shown": code, "until": offer.until}


def welcome(after: Assembly, label: str) -> Told:
    """The first words in a room that was opened."""
    others = [one for one in labels_of(after) if one != label]
    return "room_welcome", {"assembly": after.name, "label": label, "labels": others}
