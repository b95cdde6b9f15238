"""Codes by which accounts are joined to one person, and the joining: rows that are looked at seldom.

Of a code only a digest is kept. It works once, for minutes, and whoever sends wrong ones has to wait.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, or_, select, update

from bot.store.hot import put_one
from bot.store.tables import accounts, features, guesses, links, pending, persons
from governance.terms import HOUR, MINUTE, Instant, PersonId

LIFE = 15 * MINUTE
"""So long a code works, and so long each of the two questions after it waits for its yes."""
GUESSES, WAIT = 5, HOUR
"""So many wrong codes an account may send within this time."""
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without those that are read as digits (Crockford's base 32)."""
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
SIZE = 12
"""Letters of a code, of 5 bits each: who may guess five in an hour does not find one in 60 bits."""


@dataclass(frozen=True, slots=True)
class Link:
    """A code that was given: to whom, to which of their accounts, in which private room, until when it works.
    `asked_by`: the account that sent it and said yes."""

    person: PersonId
    account: str
    room: str
    digest: str
    until: Instant
    asked_by: str | None


def code_from(chance: bytes) -> str:
    """`K7QD-9MXT-2HRW`, from at least 8 bytes of chance."""
    number = int.from_bytes(chance[:8])
    letters = "".join(_LETTERS[number >> 5 * place & 31] for place in range(SIZE))
    return "-".join(letters[start : start + 4] for start in range(0, SIZE, 4))


def digest_of(code: str) -> str | None:
    """Of a code as somebody typed it; None for what cannot be one."""
    letters = code.upper().translate(_READ_AS)
    if len(letters) != SIZE or not set(letters) <= set(_LETTERS):
        return None
    return hashlib.sha256(f"roundabout-link/1 {letters}".encode()).hexdigest()


# --- codes


def give(connection: Connection, person: PersonId, account: str, room: str, code: str, at: Instant) -> Instant:
    """The code is this person's, in the place of an earlier one; gives until when it works."""
    put_one(connection, links, {
        "person": person, "account": account, "room": room, "digest": digest_of(code), "until": at + LIFE,
        "asked_by": None,
    })
    return at + LIFE


def by_digest(connection: Connection, digest: str) -> Link | None:
    row = connection.execute(select(links).where(links.c.digest == digest)).one_or_none()
    return None if row is None else Link(*row)


def among(connection: Connection, digests: Iterable[str]) -> list[Link]:
    """The codes whose digests are among these, however many."""
    every, found = list(digests), list[Link]()
    for start in range(0, len(every), 500):
        rows = connection.execute(select(links).where(links.c.digest.in_(every[start : start + 500])))
        found += (Link(*row) for row in rows)
    return found


def of_person(connection: Connection, person: PersonId) -> Link | None:
    row = connection.execute(select(links).where(links.c.person == person)).one_or_none()
    return None if row is None else Link(*row)


def ask(connection: Connection, link: Link, account: str, at: Instant) -> Instant:
    """This account wants to be the person's; gives until when the person may say yes."""
    connection.execute(update(links).where(links.c.person == link.person).values(asked_by=account, until=at + LIFE))
    return at + LIFE


def void(connection: Connection, person: PersonId) -> None:
    """The person's code works no more."""
    connection.execute(delete(links).where(links.c.person == person))


# --- wrong codes


def waits_until(connection: Connection, account: str, at: Instant) -> Instant | None:
    """From when this account may send a code again, if it has sent too many wrong ones."""
    row = connection.execute(select(guesses).where(guesses.c.account == account)).one_or_none()
    return row.since + WAIT if row is not None and row.wrong >= GUESSES and at < row.since + WAIT else None


def guessed(connection: Connection, account: str, at: Instant) -> None:
    """A wrong one more."""
    row = connection.execute(select(guesses).where(guesses.c.account == account)).one_or_none()
    fresh = row is None or at >= row.since + WAIT
    wrong, since = (1, at) if fresh or row is None else (row.wrong + 1, row.since)
    put_one(connection, guesses, {"account": account, "wrong": wrong, "since": since})


# --- two persons are one


def hold(connection: Connection, ids: Sequence[PersonId], *, alone: bool) -> set[tuple[PersonId, PersonId]]:
    """Until the end of the transaction nobody else makes these one with others; `alone`: nor enrols them. Gives what
    is stored now of who turned out to be whom."""
    p = persons.c
    mine = select(p.person).where(p.person.in_(ids)).order_by(p.person)
    connection.execute(mine.with_for_update(read=not alone))
    # a statement of its own: the one that waited sees the rows as they were before it did
    rows = select(p.person, p.same).where(p.same.is_not(None), or_(p.person.in_(ids), p.same.in_(ids)))
    return {(row.person, row.same) for row in connection.execute(rows)}


def unite(connection: Connection, kept: PersonId, dropped: Sequence[PersonId]) -> None:
    """`dropped`: all ids of the other, the first that of the accounts."""
    other = dropped[0]
    p, f = persons.c, features.c
    mine, theirs = (connection.execute(select(persons).where(p.person == one)).one() for one in (kept, other))
    left = {"language": mine.language or theirs.language, "zone": mine.zone or theirs.zone}
    if not mine.handle:
        # unique, so it is given up before it is taken; a handle that stays behind still means the person
        connection.execute(update(persons).where(p.person == other).values(handle=None, folded=None))
        left |= {"handle": theirs.handle, "folded": theirs.folded}
    connection.execute(update(persons).where(p.person == kept).values(**left))
    connection.execute(update(persons).where(p.person.in_(dropped)).values(same=kept))
    connection.execute(update(accounts).where(accounts.c.person == other).values(person=kept))
    own = select(f.feature).where(f.person == kept).scalar_subquery()
    connection.execute(update(features).where(f.person == other, f.feature.not_in(own)).values(person=kept))
    connection.execute(delete(features).where(f.person == other))
    for table in (pending, links):
        connection.execute(delete(table).where(table.c.person.in_((kept, other))))


def several(connection: Connection) -> dict[PersonId, tuple[PersonId, ...]]:
    """All ids of every person with more than one, by each of them; first the one with the accounts."""
    p = persons.c
    together: dict[PersonId, list[PersonId]] = {}
    for person, same in connection.execute(select(p.person, p.same).where(p.same.is_not(None)).order_by(p.person)):
        together.setdefault(same, [same]).append(person)
    return {one: tuple(ids) for ids in together.values() for one in ids}


def forget(connection: Connection, theirs: Sequence[str], person: PersonId) -> None:
    """Nothing stays of a person's codes and tries."""
    connection.execute(delete(links).where(or_(links.c.person == person, links.c.asked_by.in_(theirs))))
    connection.execute(delete(guesses).where(guesses.c.account.in_(theirs)))
