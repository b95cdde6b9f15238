"""Deadlines: rows of the table of heads, taken through the service by instant, then in the order they were set."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Any, Protocol, TypeVar

from sqlalchemy import BigInteger, Connection, Integer, bindparam, select

from bot.store.tables import heads
from governance.terms import AssemblyId, Instant

AT_A_TIME = 500
"""Deadlines of one instant in one transaction."""

T = TypeVar("T")
Due = tuple[AssemblyId, Instant]
_H, _MOST = heads.c, bindparam("most", type_=Integer)
_AHEAD = (
    select(_H.assembly, _H.due)
    .where(_H.due > bindparam("after", type_=BigInteger))
    .order_by(_H.due, _H.placed)
    .limit(_MOST)
)
_AT = (
    select(_H.assembly, _H.due)
    .where(_H.due == bindparam("at", type_=BigInteger))
    .order_by(_H.placed)
    .limit(_MOST)
)


class Taker(Protocol):
    """What is asked of the service. `moves` counts the batches after which some deadline was another, or is None
    where others move deadlines too."""

    @property
    def moves(self) -> int | None: ...

    async def read(self, reader: Callable[[Connection], T]) -> T: ...


class Deadlines:
    """`take`: takes these, and gives for each whether it was taken; None where it could not be and was set aside."""

    def __init__(self, service: Taker, take: Callable[[Collection[Due]], Awaitable[list[Any]]]) -> None:
        self._service, self._take = service, take
        self._stuck: dict[AssemblyId, Instant] = {}
        """Deadlines that could not be taken and were set aside."""
        self._known: tuple[int, Instant | None] | None = None
        """The earliest deadline, and after which move it was read: it is so until the next move."""

    async def following(self, after: Instant = 0, held: Collection[AssemblyId] = ()) -> Instant | None:
        """The next deadline later than this instant, of those that can be taken and of no assembly held back."""
        moves = self._service.moves
        if self._known is not None and self._known[0] == moves and not held:
            known = self._known[1]
            if known is None or known > after:
                return known
        rows = await self._service.read(lambda connection: self._rows(connection, _AHEAD, held, 1, after=after))
        due = rows[0][1] if rows else None
        if after == 0 and not held and moves is not None:
            self._known = moves, due
        return due

    async def pass_time(self, until: Instant) -> None:
        """Take all deadlines up to this instant. What is held because a platform cannot be reached stays."""
        held: set[AssemblyId] = set()
        while (first := await self.following(held=held)) is not None and first <= until:
            await self._take_all(first, held)

    async def _take_all(self, instant: Instant, held: set[AssemblyId]) -> None:
        now = await self._service.read(lambda connection: self._rows(connection, _AT, held, AT_A_TIME, at=instant))
        for (assembly, _), result in zip(now, await self._take(now), strict=True):
            if result is None:
                self._stuck[assembly], self._known = instant, None
            elif not result:
                held.add(assembly)

    def _rows(
        self, connection: Connection, statement: Any, held: Collection[AssemblyId], most: int, **when: Instant
    ) -> list[Due]:
        """Assemblies with their deadlines, without those that cannot be taken."""
        limit = most + len(self._stuck) + len(held)
        rows = connection.execute(statement, {**when, "most": limit})
        return [(name, at) for name, at in rows if self._stuck.get(name) != at and name not in held]
