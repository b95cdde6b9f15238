"""The rooms of an assembly on the desk: where what it says goes; codes, rooms opened, given up, lost, come back to.

What the register says of rooms goes by labels; where they are on a platform the directory says.
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterator, Mapping, Sequence
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
    from bot.service_desk import Desk, Notice

    Place = tuple[Notice, str, str | None, PersonId | None]

ROOM = "room"
"""A notice to every room of the assembly; anything else is a person's id."""
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


def places(desk: Desk, assembly: AssemblyId, said: Sequence[Notice]) -> Iterator[Place]:
    """Where each notice is said: the room's address and topic, and of a private room whose it is.

    An assembly that has no room left meets alone with each of its members.
    """
    if not said:
        return
    bound = desk.directory.rooms_of(assembly)
    rooms = [room for room in bound if not room.gone]
    alone = _members_alone(desk, desk.state(assembly)) if bound and not rooms else {}
    private = desk.directory.private_rooms({notice.to for notice in said} - {ROOM})
    unreached = desk.announce.unreached(
        (one.to, one.about) for one in said if one.to != ROOM and one.to not in private
    )
    own = {(notice.kind, notice.item, notice.to) for notice in said}
    for notice in (*said, *unreached):
        if notice.to == ROOM:
            yield from ((notice, room.room, room.thread, None) for room in rooms)
            # reminders have gone to each who has not answered
            for person, place in sorted(alone.items()) if notice.kind != "reminder" else ():
                if (notice.kind, notice.item, person) not in own:
                    yield notice, place, None, person
        elif notice.to in private:
            yield notice, private[notice.to], None, notice.to


def _members_alone(desk: Desk, state: Assembly | None) -> Mapping[PersonId, str]:
    """Where those are reached alone who belong to an assembly: that is where it meets while it has no room."""
    if state is None:
        return {}
    if state.kind != COUNCIL:
        return desk.directory.private_rooms(state.roll)
    seated = (tie.delegation for tie in state.ties.members.values())
    return desk.directory.private_rooms({one for sent in seated if sent is not None for one in sent.delegates})
