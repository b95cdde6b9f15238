"""The shift of one of several workers: saying that it is there, waiting for its turn to do what one does at a time,
keeping it, hearing of the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from bot.service_desk import Wake
from bot.store.workers import PRESENT, Fence, be_there, give_lease, take_lease

LOOKS = 5.0
"""Seconds after which a worker looks by itself: a word of another may be lost with a connection."""

log = structlog.get_logger(__name__)


def lease_ms(seconds: float) -> int:
    """How long a lease lasts, so that it and one look after it are over within the time of a take-over."""
    return int(seconds * 1000 * 2 / 3)


class ShiftLost(Exception):
    """Another worker has taken over: this one did not answer for too long."""


class Shift:
    """`seconds`: how long after the death of the holder another must have taken over."""

    def __init__(self, engine: Engine, fence: Fence, seconds: float) -> None:
        self._engine, self._fence = engine, fence
        self._length_ms, self._between = lease_ms(seconds), seconds / 6

    async def comes(self) -> None:
        """From here on this worker is there for the others."""
        await self._do(lambda connection, worker: be_there(connection, worker, self._length_ms))

    async def begins(self, leaving: asyncio.Event) -> bool:
        """Waits until no other worker holds the platforms; False: told to leave meanwhile."""
        waited = False
        while not leaving.is_set():
            if await self._take():
                log.info("shift_began", worker=self._fence.worker)
                return True
            if not waited:
                log.info("standing_by", worker=self._fence.worker)
                waited = True
            await _pause(leaving, self._between)
        return False

    async def keep(self, leaving: asyncio.Event) -> None:
        """Until told to leave. Raises `ShiftLost`; a database that is away can be taken over by nobody."""
        while not leaving.is_set():
            await _pause(leaving, self._between)
            if await self._take() is False:
                raise ShiftLost

    async def ends(self) -> None:
        """The next worker may begin at once, also with what this one had claimed."""

        def go(connection: Connection, worker: str) -> None:
            give_lease(connection, worker)
            give_lease(connection, worker, PRESENT + worker)

        await self._do(go)

    async def _take(self) -> bool | None:
        """This worker is there, and does what one does at a time if no other does. None: the database did not
        answer."""

        def take(connection: Connection, worker: str) -> bool:
            be_there(connection, worker, self._length_ms)
            return take_lease(connection, worker, self._length_ms)

        return await self._do(take)

    async def _do(self, act: Callable[..., bool | None]) -> bool | None:
        def in_a_transaction() -> bool | None:
            with self._engine.begin() as connection:
                return act(connection, self._fence.worker)

        try:
            return await asyncio.to_thread(in_a_transaction)
        except DBAPIError as error:
            log.warning("lease_unreadable", error=error)
            return None

    # --- what others leave to be done

    async def listen(self, wake: Callable[[Wake], None]) -> None:
        """Until it is cancelled."""
        # its library is there where there is a PostgreSQL
        from bot.store.notified import NotListening, notified

        while True:
            try:
                async for words in notified(self._engine.url, LOOKS):
                    self._heard(words, wake)
            except NotListening as error:
                log.warning("not_listening", error=error)
                wake(_SOMETHING)
                await asyncio.sleep(LOOKS)

    def _heard(self, words: str | None, wake: Callable[[Wake], None]) -> None:
        if words is None:
            wake(_SOMETHING)
            return
        worker, due, mail = words.split(" ")
        if worker != self._fence.worker:
            wake(Wake(frozenset(), True, int(due) or None, mail == "1"))


_SOMETHING = Wake(frozenset(), True, None, True)


async def _pause(leaving: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await leaving.wait()
    except TimeoutError:
        return
