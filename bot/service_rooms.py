"""The rooms of an assembly on the desk: codes given, rooms opened, given up, lost and come back to.

What the register says of rooms goes by labels; where they are on a platform the directory says.
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bot.store import outbox
from bot.store.directory import Room
from governance import commands as c
from governance import facts as f
from governance.decision import Decided
from governance.meeting import awaits_code
from governance.refusals import Refused
from governance.state import Assembly
from governance.terms import AssemblyId, Instant, PersonId, fold_name
from governance.ties import COUNCIL

if TYPE_CHECKING:
    from bot.service_desk import Desk

SECRET_BYTES = 10
"""Eighty bits: a digest that all may read does not give it away."""


def code_of(state: Assembly, secret: str) -> str:
    """What is sent in the new room: the assembly's name and the secret."""
    return f"{state.name}-{secret}"


def parted(code: str) -> tuple[str, str]:
    """The assembly's name and the secret in a code as somebody typed it."""
    name, _, secret = code.rpartition("-")
    return name, secret.casefold()


def secret_of(chance: bytes) -> str:
    return b32encode(chance[:SECRET_BYTES]).decode().casefold()


def after(desk: Desk, assembly: AssemblyId, made: Sequence[f.Fact], heard: Instant, cause: str) -> None:
    """What the facts of one decision do to the rooms: an adopted motion is given its code, a room is left."""
    for fact in made:
        state = desk.state(assembly)
        if state is None:
            return
        if isinstance(fact, f.Adopted) and awaits_code(state.items[fact.item]):
            _give_code(desk, state, fact.item, heard, cause)
        elif isinstance(fact, f.RoomClosed):
            _leave(desk, assembly, fact.label)


def _give_code(desk: Desk, state: Assembly, item: int, heard: Instant, cause: str) -> None:
    secret = secret_of(desk.chance_for(f"{state.name} {item}"))
    given = desk.follow(state.id, c.OfferRoom(item, secret), heard, cause)
    if isinstance(given, Decided):
        desk.say(state.id, desk.announce.offered(given.state, item, code_of(state, secret)), heard)


def _leave(desk: Desk, assembly: AssemblyId, label: str) -> None:
    """What was to be said there is still said; its cards stay as they are."""
    room = room_called(desk, assembly, label)
    if room is not None:
        desk.directory.free_room(room.room)
        outbox.drop_cards(desk.connection, room.room)


def room_called(desk: Desk, assembly: AssemblyId, label: str) -> Room | None:
    rooms = desk.directory.rooms_of(assembly)
    return next((room for room in rooms if fold_name(room.label) == fold_name(label)), None)


def open_room(
    desk: Desk, assembly: AssemblyId, command: c.OpenRoom, where: tuple[str, str | None, str], heard: Instant,
    cause: str,
) -> Decided | Refused:
    """The code was sent in this room (its address, thread and title): those before are told, this one is welcomed and
    shown what is open."""
    made = desk.ask(assembly, command, heard, cause)
    if isinstance(made, Refused):
        return made
    room, thread, title = where
    label = next(fact.label for fact in made.facts if isinstance(fact, f.RoomOpened))
    desk.directory.bind_room(room, assembly, thread, title, heard, label)
    for notice in (*desk.announce.welcome(made.state, label), *desk.announce.anew(made.state)):
        desk.say_in(room, notice, heard)
    return made


def note_room(desk: Desk, room: str, present: bool, heard: Instant, cause: str) -> None:
    """The bot was put out of a room, or let in again: the other rooms are told. Where it comes back to it shows anew
    what is open, as it could not be heard there meanwhile."""
    known = desk.directory.room(room)
    if known is None or known.gone != present:
        return
    desk.directory.change_room(room, gone=not present)
    if not present:
        outbox.drop_room(desk.connection, room)
        outbox.drop_cards(desk.connection, room)
    made = desk.ask(known.assembly, c.NoteRoom(known.label, present), heard, cause)
    if present and isinstance(made, Decided):
        for notice in desk.announce.anew(made.state):
            desk.say_in(room, notice, heard)


def members_alone(desk: Desk, state: Assembly | None) -> Mapping[PersonId, str]:
    """Where those are reached alone who belong to an assembly: that is where it meets while it has no room."""
    if state is None:
        return {}
    if state.kind != COUNCIL:
        return desk.directory.private_rooms(state.roll)
    seated = (tie.delegation for tie in state.ties.members.values())
    return desk.directory.private_rooms({one for sent in seated if sent is not None for one in sent.delegates})
