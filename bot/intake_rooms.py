"""`/room`: which rooms there are; with a code, this chat becomes one of them."""

from __future__ import annotations

from adapters.port import Heard
from bot.grammar import Misread, Unclear, misread
from bot.intake_where import NEWCOMER
from bot.service_desk import Desk
from bot.service_rooms import open_room, parted, room_called
from bot.voices import platform_of
from bot.wording import Voice
from bot.wording_rooms import listed
from governance import commands as c
from governance.decision import Decided
from governance.refusals import Refused, Why, refuse
from governance.state import Assembly
from governance.terms import PersonId


def rooms_page(desk: Desk, state: Assembly, voice: Voice) -> str:
    bound = {label: room_called(desk, state.id, label) for label in state.rooms.standing}
    places = [
        (room, platform_of(known.room) if (known := bound[label]) is not None else "")
        for label, room in state.rooms.standing.items()
    ]
    return listed(state, places, voice)


def use_code(desk: Desk, heard: Heard, person: PersonId | None, code: str) -> Decided | Refused | Misread:
    """The chat in which it is sent becomes a room, if none meets there and the code is good."""
    if heard.private:
        return misread(Unclear.ROOM_ALONE, "room")
    here = desk.directory.assembly_in(heard.room)
    if here is not None:
        return misread(Unclear.ROOM_TAKEN, "room", desk.directory.name_of(here))
    name, secret = parted(code)
    assembly = desk.directory.assembly_named(name) if name else None
    if assembly is None:
        return refuse(Why.CODE_UNKNOWN)
    by = NEWCOMER if person is None else desk.known_as(assembly, person)
    command = c.OpenRoom(by, secret, platform_of(heard.room))
    return open_room(desk, assembly, command, (heard.room, heard.thread, heard.room_title), heard.at, heard.cause)
