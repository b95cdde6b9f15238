"""Several workers on one PostgreSQL: who holds what, whose clock can be trusted, and what others changed.

On SQLite there is one program, and nothing here is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import (
    BigInteger,
    Connection,
    Text,
    bindparam,
    cast,
    delete,
    extract,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql

from bot.store.tables import generations, leases, reaches
from governance.terms import HOUR, MINUTE, Instant

PLATFORMS = "platforms"
"""The lease of the worker that hears and speaks on all platforms."""
PRESENT = "worker:"
"""Before a worker's own name: its lease as a worker that is there."""
DIRECTORY = "directory"
CHANNEL = "roundabout"
SKEW = 2000
"""Milliseconds a worker's clock may differ from the database's: with more of it nothing is decided by that clock."""

HEIRS = 2 * MINUTE
"""So long after a worker is gone it still counts that it could not reach a platform: whoever hears it next has to find
out first."""

_CLOCK = cast(extract("epoch", func.clock_timestamp()) * 1000, BigInteger)


class NotHeld(Exception):
    """Another worker holds the platforms, or this one's clock is wrong: the transaction must not be committed."""


class Left(Protocol):
    """What a batch leaves to be done (`bot.service_desk.Wake`)."""

    @property
    def said(self) -> bool: ...
    @property
    def dirty(self) -> frozenset[Any]: ...
    @property
    def due(self) -> Instant | None: ...
    @property
    def mail(self) -> bool: ...


def take_lease(connection: Connection, worker: str, milliseconds: int, name: str = PLATFORMS) -> bool:
    """Take or prolong a lease that is free, over, or this worker's; whether it is this worker's now."""
    row = postgresql.insert(leases).values(name=name, worker=worker, until=_CLOCK + milliseconds)
    mine = (leases.c.worker == worker) | (leases.c.until < _CLOCK)
    # who had to wait for the row has it from now on, not from when it asked
    values = {"worker": row.excluded.worker, "until": _CLOCK + milliseconds}
    taken = row.on_conflict_do_update(index_elements=["name"], set_=values, where=mine).returning(leases.c.worker)
    return connection.execute(taken).scalar() == worker


def give_lease(connection: Connection, worker: str, name: str = PLATFORMS) -> None:
    """It is over at once: the next worker need not wait."""
    mine = (leases.c.name == name) & (leases.c.worker == worker)
    connection.execute(update(leases).where(mine).values(until=_CLOCK - 1))


def be_there(connection: Connection, worker: str, milliseconds: int) -> None:
    """This worker runs, for so long unless it says so again. Those that have not said so for an hour are forgotten."""
    take_lease(connection, worker, milliseconds, PRESENT + worker)
    gone = leases.c.name.startswith(PRESENT) & (leases.c.until < _CLOCK - HOUR)
    connection.execute(delete(leases).where(gone))
    connection.execute(delete(reaches).where(_PRESENCE.not_in(select(leases.c.name))))


def are_there(connection: Connection) -> list[str]:
    """The workers that run."""
    there = select(leases.c.worker).where(leases.c.name.startswith(PRESENT), leases.c.until >= _CLOCK)
    return list(connection.execute(there.order_by(leases.c.worker)).scalars())


# --- which platforms can be reached (§3.8)

_R = reaches.c
_PRESENCE = literal(PRESENT, Text).concat(_R.worker)
_THERE = (_R.worker == bindparam("worker", type_=Text)) | (leases.c.until >= _CLOCK)
_LATELY = _R.since.is_not(None) & (leases.c.until >= _CLOCK - HEIRS)
_UNREACHABLE = (
    select(_R.platform, func.max(_R.since).label("since"))
    .select_from(reaches.outerjoin(leases, leases.c.name == _PRESENCE))
    .where(_THERE | _LATELY)
    .group_by(_R.platform)
    .having(func.bool_and(_R.since.is_not(None)))
)
"""A platform is reached when one of the workers that are there, and hear it, reaches it."""


def unreachable(connection: Connection, worker: str) -> dict[str, Instant]:
    """The platforms that no worker reaches, with the instant of the last contact of any."""
    return {row.platform: row.since for row in connection.execute(_UNREACHABLE, {"worker": worker})}


def tell_reach(connection: Connection, worker: str, heard: Mapping[str, Instant | None]) -> None:
    """This worker hears these platforms, and since when it cannot reach them."""
    out = unreachable(connection, worker)
    for platform, since in heard.items():
        # who begins to hear what others could not reach knows of no later contact than they
        known = None if since is None else out.get(platform, since)
        row = postgresql.insert(reaches).values(platform=platform, worker=worker, since=known)
        values = {"since": row.excluded.since}
        connection.execute(row.on_conflict_do_update(index_elements=["platform", "worker"], set_=values))


# --- clocks and transactions


def skew(connection: Connection, now: Instant) -> int:
    """How far this worker's clock is ahead of the database's."""
    return now - int(connection.execute(select(_CLOCK)).scalar_one())


def transaction(connection: Connection) -> str | None:
    """The number under which the database knows this transaction; None where nothing was written."""
    return connection.execute(select(cast(func.pg_current_xact_id_if_assigned(), Text))).scalar()


def is_stored(connection: Connection, number: str) -> bool | None:
    """Whether a transaction was committed. None: it is not over yet, or nobody can tell."""
    status = connection.execute(text("SELECT pg_xact_status(CAST(:number AS xid8))"), {"number": number}).scalar()
    return {"committed": True, "aborted": False}.get(str(status))


_OUT = _UNREACHABLE.subquery()
_SEEN = select(
    select(generations.c.number).where(generations.c.name == DIRECTORY).scalar_subquery(),
    select(func.json_object_agg(_OUT.c.platform, _OUT.c.since)).scalar_subquery(),
)


class Fence:
    """What is looked at in every transaction of a worker, so that of two who think they hold the platforms only one
    can commit. `watches`: set once there may be others."""

    def __init__(self, worker: str) -> None:
        self.worker = worker
        self.watches = False
        self.out: Mapping[str, Instant] = {}
        """The platforms no worker reaches, as this transaction sees it."""
        self._known = -1

    def pass_through(self, connection: Connection, held: bool, now: Instant) -> bool:
        """Raises `NotHeld`. Gives whether others have changed what is kept in memory of the directory."""
        if self.watches:
            ahead = skew(connection, now)
            if abs(ahead) > SKEW:
                raise NotHeld(f"this machine's clock differs from the database's by {ahead} ms")
            if held:
                self._hold(connection)
        number, out = connection.execute(_SEEN, {"worker": self.worker}).one()
        self.out = out or {}
        stale, self._known = (number or 0) != self._known, number or 0
        return stale

    def _hold(self, connection: Connection) -> None:
        # kept to the end of the transaction: who takes over waits for it, and then reads the cursor it wrote
        holder = select(leases.c.worker).where(leases.c.name == PLATFORMS).with_for_update(read=True)
        if connection.execute(holder).scalar() != self.worker:
            raise NotHeld("another worker holds the platforms")

    def tell(self, connection: Connection, left: Left, changed: bool) -> None:
        """At the end of a transaction: at most one word to the others, heard when it is committed."""
        if changed:
            row = postgresql.insert(generations).values(name=DIRECTORY, number=1)
            more = {"number": generations.c.number + literal(1)}
            connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=more))
        if left.said or left.dirty or left.mail or left.due is not None:
            words = f"{self.worker} {left.due or 0} {int(left.mail)}"
            connection.execute(select(func.pg_notify(CHANNEL, words)))
