"""Which of several workers speaks to which room: each room is spoken to by one at a time, so that it hears things in
order, and how often it was spoken to is known to all of them.

A claim is good while its worker is there (`bot.store.workers`): who dies is followed by another when that is over.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, literal, select, union_all, update
from sqlalchemy.dialects import postgresql

from bot.store import codec
from bot.store.tables import cards, claims, sayings
from bot.store.workers import are_there
from governance.terms import MINUTE, Instant

NOBODY = ""


def waiting(connection: Connection, now: Instant, card_lane: int, limit: int) -> list[tuple[str, str]]:
    """Rooms to which something may be said now, each with the worker that claimed it last; in the order of the heads
    of their queues."""
    s, c = sayings.c, cards.c
    ready = select(s.room, s.lane, s.made.label("since")).where(s.not_before <= now)
    dirty = select(c.room, literal(card_lane), c.shown_at).where(c.shown < c.wanted)
    all_of_it = union_all(ready, dirty).subquery()
    held = func.coalesce(claims.c.worker, NOBODY)
    rooms = (
        select(all_of_it.c.room, held)
        .outerjoin(claims, claims.c.room == all_of_it.c.room)
        .group_by(all_of_it.c.room, held)
        .order_by(func.min(all_of_it.c.lane), func.min(all_of_it.c.since), all_of_it.c.room)
        .limit(limit)
    )
    return [(room, worker) for room, worker in connection.execute(rooms)]


def take(connection: Connection, worker: str, rooms: Collection[str], there: Sequence[str]) -> None:
    """Claim those of these rooms that are claimed by no worker that is there; what another is just claiming is its."""
    if not rooms:
        return
    c, wanted = claims.c, sorted(rooms)
    new = postgresql.insert(claims).values([{"room": room, "worker": NOBODY, "sent": "[]"} for room in wanted])
    connection.execute(new.on_conflict_do_nothing())
    free = select(c.room).where(c.room.in_(wanted), c.worker.not_in(there))
    taken = connection.execute(free.order_by(c.room).with_for_update(skip_locked=True)).scalars().all()
    if taken:
        connection.execute(update(claims).where(c.room.in_(taken)).values(worker=worker))


def give_back(
    connection: Connection, worker: str, there: Sequence[str], busy: Collection[str], now: Instant
) -> None:
    """What has nothing to say is anybody's: this worker's rooms, and those of workers that are gone. Nothing is kept
    of where was spoken before the last minute: it may be where a person was written to alone."""
    c = claims.c
    idle = (c.worker == worker) | c.worker.not_in(there)
    rows = connection.execute(select(c.room, c.sent).where(idle)).all()
    over = [row for row in rows if row.room not in busy and _within(row.sent, now) == []]
    done = [row.room for row in rows if row.room not in busy]
    if over:
        unchanged = c.room.in_([row.room for row in over]) & c.sent.in_({row.sent for row in over})
        connection.execute(delete(claims).where(idle, unchanged))
    if len(done) > len(over):
        connection.execute(update(claims).where(c.worker == worker, c.room.in_(done)).values(worker=NOBODY))


def is_mine(connection: Connection, worker: str, room: str) -> bool:
    """Whether this worker still speaks to the room; if so, nobody else does before the transaction ends."""
    held = select(claims.c.worker).where(claims.c.room == room).with_for_update()
    return connection.execute(held).scalar() == worker and worker in are_there(connection)


def is_waiting(connection: Connection, assembly: str, number: int) -> bool:
    """Whether a saying was not said yet, by this worker or another that had its room meanwhile."""
    row = select(sayings.c.number).where(sayings.c.assembly == assembly, sayings.c.number == number)
    return connection.execute(row).first() is not None


# --- how often a room was spoken to


def sent(connection: Connection, room: str, now: Instant) -> list[Instant]:
    """When something was sent there in the last minute; nobody else looks before the transaction ends."""
    new: Any = postgresql.insert(claims).values(room=room, worker=NOBODY, sent="[]")
    # an update that changes nothing: it waits for whoever holds the row, and then holds it
    row = new.on_conflict_do_update(index_elements=["room"], set_={"room": new.excluded.room}).returning(claims.c.sent)
    return _within(connection.execute(row).scalar_one(), now)


def _within(sent: str, now: Instant) -> list[Instant]:
    return [at for at in codec.from_json(sent) if at > now - MINUTE]


def note_sent(connection: Connection, room: str, instants: Sequence[Instant]) -> None:
    connection.execute(update(claims).where(claims.c.room == room).values(sent=codec.to_json(list(instants))))
