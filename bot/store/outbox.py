"""What waits to be said, and which message shows what. No text is kept here: words are found at delivery."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, Integer, Row, bindparam, delete, func, select, update

from bot.store import codec
from bot.store.hot import put_one
from bot.store.tables import cards, claims, sayings, spoken
from governance.terms import AssemblyId, Instant, PersonId


@dataclass(frozen=True, slots=True)
class Waiting:
    """A saying that waits. `assembly` is '' where none says it; `person` is set for a private room."""

    assembly: AssemblyId
    number: int
    lane: int
    room: str
    thread: str | None
    person: PersonId | None
    kind: str
    item: int | None
    about: dict[str, Any]
    made: Instant
    not_before: Instant
    deadline: Instant | None
    """After this instant it need not be said any more."""
    tries: int

    @property
    def key(self) -> str:
        """The same for every attempt, so that a platform can tell a repetition."""
        return f"{self.assembly or 'house'}:{self.number}"


@dataclass(frozen=True, slots=True)
class Card:
    """The message that shows an item in a room. It is to be edited while `shown < wanted`."""

    assembly: AssemblyId
    item: int
    room: str
    message: str
    thread: str | None
    wanted: int
    shown: int
    shown_at: Instant


def row_of(saying: Waiting) -> tuple[Any, ...]:
    """A saying as a row of the table."""
    return (
        saying.assembly, saying.number, saying.lane, saying.room, saying.thread, saying.person, saying.kind,
        saying.item, codec.to_json(saying.about), saying.made, saying.not_before, saying.deadline, saying.tries,
    )


def as_read(row: tuple[Any, ...]) -> Waiting:
    """A row of the table as it will be read again."""
    values = (*row[:8], codec.from_json(row[8]), *row[9:])
    return Waiting(*values)


def _waiting(row: Row[Any]) -> Waiting:
    values = row._asdict()
    return Waiting(**{**values, "about": codec.from_json(values["about"])})


# what is looked up or changed for every message is made once
_NOW, _MOST = bindparam("now", type_=BigInteger), bindparam("most", type_=Integer)
_READY = (
    select(sayings)
    .where(sayings.c.not_before <= _NOW)
    .order_by(sayings.c.lane, sayings.c.made, sayings.c.assembly, sayings.c.number)
    .limit(_MOST)
)
_CLAIMED = select(claims.c.room).where(claims.c.worker == bindparam("worker"))
_READY_OF = _READY.where(sayings.c.room.in_(_CLAIMED))
_HELD_BACK = select(func.min(sayings.c.not_before)).where(sayings.c.not_before > _NOW)
_ONE_SAYING = (sayings.c.assembly == bindparam("of"), sayings.c.number == bindparam("which"))
_DONE = delete(sayings).where(*_ONE_SAYING)
_LATER = update(sayings).where(*_ONE_SAYING).values(not_before=_NOW, tries=bindparam("tried"))


def waiting(connection: Connection, now: Instant, limit: int, worker: str | None = None) -> list[Waiting]:
    """What may be said now, in the order of lanes, then of time, then of number; of several workers by this one."""
    given = {"now": now, "most": limit, "worker": worker}
    return [_waiting(row) for row in connection.execute(_READY if worker is None else _READY_OF, given)]


def next_saying(connection: Connection, after: Instant) -> Instant | None:
    """When the next saying that is held back may be said."""
    at: Instant | None = connection.execute(_HELD_BACK, {"now": after}).scalar()
    return at


def count(connection: Connection) -> int:
    """How many sayings wait."""
    return connection.execute(select(func.count()).select_from(sayings)).scalar_one()


_NEWER = (
    select(sayings.c.number)
    .where(
        sayings.c.assembly == bindparam("of"), sayings.c.room == bindparam("place"),
        sayings.c.number > bindparam("which"), sayings.c.item == bindparam("about"),
        sayings.c.kind == bindparam("like"),
    )
    .limit(1)
)


def newer_card_waits(connection: Connection, card: Waiting) -> bool:
    """Another new card of the same item is to follow it in that room, and would show the same by now."""
    given = {"of": card.assembly, "place": card.room, "which": card.number, "about": card.item, "like": card.kind}
    return connection.execute(_NEWER, given).first() is not None


def done(connection: Connection, said: Iterable[tuple[AssemblyId, int]]) -> None:
    """These were said, or need not be said any more."""
    rows = [{"of": assembly, "which": number} for assembly, number in said]
    if rows:
        connection.execute(_DONE, rows)


def later(connection: Connection, assembly: AssemblyId, number: int, not_before: Instant, tries: int) -> None:
    """Say it not before this instant; `tries` times it was tried so far."""
    connection.execute(_LATER, {"of": assembly, "which": number, "now": not_before, "tried": tries})


def drop_room(connection: Connection, room: str) -> None:
    """Nothing can be said in this room any more."""
    connection.execute(delete(sayings).where(sayings.c.room == room))


def drop_cards(connection: Connection, room: str) -> None:
    """What shows items in this room is not changed any more."""
    connection.execute(delete(cards).where(cards.c.room == room))


def move_room(connection: Connection, old: str, new: str) -> None:
    """A room has a new address: what waits is said there. Messages stay where they were."""
    connection.execute(update(sayings).where(sayings.c.room == old).values(room=new))
    connection.execute(delete(cards).where(cards.c.room == old))


# --- cards


_CARD = select(cards).where(
    cards.c.assembly == bindparam("of"), cards.c.item == bindparam("number"), cards.c.room == bindparam("place")
)
_EDITED = (
    update(cards)
    .where(
        cards.c.assembly == bindparam("of"), cards.c.item == bindparam("number"), cards.c.room == bindparam("place"),
        cards.c.message == bindparam("shows"),
    )
    .values(shown=bindparam("changes"), shown_at=bindparam("now"))
)


def card(connection: Connection, assembly: AssemblyId, item: int, room: str) -> Card | None:
    row = connection.execute(_CARD, {"of": assembly, "number": item, "place": room}).one_or_none()
    return None if row is None else Card(**row._asdict())


_CARDS_OF = (
    select(cards)
    .where(cards.c.assembly == bindparam("of"), cards.c.item == bindparam("number"))
    .order_by(cards.c.room)
)


def cards_of(connection: Connection, assembly: AssemblyId, item: int) -> list[Card]:
    rows = connection.execute(_CARDS_OF, {"of": assembly, "number": item})
    return [Card(**row._asdict()) for row in rows]


_BEHIND = select(cards).where(cards.c.shown < cards.c.wanted).order_by(cards.c.shown_at).limit(_MOST)
_BEHIND_OF = _BEHIND.where(cards.c.room.in_(_CLAIMED))


def cards_to_edit(connection: Connection, limit: int, worker: str | None = None) -> list[Card]:
    """Cards that do not show the last change, longest unchanged first; of several workers for this one."""
    given = {"most": limit, "worker": worker}
    rows = connection.execute(_BEHIND if worker is None else _BEHIND_OF, given)
    return [Card(**row._asdict()) for row in rows]


def card_posted(
    connection: Connection, assembly: AssemblyId, item: int, room: str, message: str, thread: str | None, shown: int,
    at: Instant,
) -> Card | None:
    """A new message shows this item from now on, with the changes up to `shown` (`wanted` of the former card when
    the words were made, 0 without one). Gives the former card, whose buttons must go."""
    former = card(connection, assembly, item, room)
    values = {
        "assembly": assembly, "item": item, "room": room, "message": message, "thread": thread,
        "wanted": max(former.wanted, shown) if former else shown, "shown": shown, "shown_at": at,
    }
    put_one(connection, cards, values)
    spoke(connection, assembly, room, message, item)
    return former


def card_edited(connection: Connection, edited: Card, shown: int, at: Instant) -> None:
    """The message shows `shown` of the changes now (its `wanted` when the words were made)."""
    place = {"of": edited.assembly, "number": edited.item, "place": edited.room, "shows": edited.message}
    connection.execute(_EDITED, {**place, "changes": shown, "now": at})


def card_gone(connection: Connection, gone: Card) -> None:
    """The message is not there any more."""
    c = cards.c
    connection.execute(
        delete(cards).where(c.assembly == gone.assembly, c.item == gone.item, c.room == gone.room,
                            c.message == gone.message)
    )


# --- which item a message of ours spoke of


def spoke(connection: Connection, assembly: AssemblyId, room: str, message: str, item: int) -> None:
    put_one(connection, spoken, {"assembly": assembly, "room": room, "message": message, "item": item})


_SPOKEN_OF = select(spoken.c.assembly, spoken.c.item).where(
    spoken.c.room == bindparam("place"), spoken.c.message == bindparam("which")
)


def spoken_of(connection: Connection, room: str, message: str) -> tuple[AssemblyId, int] | None:
    """The assembly and item a message of ours spoke of."""
    found = connection.execute(_SPOKEN_OF, {"place": room, "which": message}).first()
    return None if found is None else (found.assembly, found.item)
