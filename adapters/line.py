"""The line to a platform that is far away: since when it is cut, how long to wait, and that a stop ends all of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from adapters.port import Instant

_LONGEST_PAUSE = 60

Found = TypeVar("Found")


class Stopped(Exception):
    """`stop` was called while we waited."""


class Line:
    """`now` gives milliseconds, `sleep` waits seconds."""

    def __init__(self, now: Callable[[], Instant], sleep: Callable[[float], Awaitable[None]]) -> None:
        self._now, self._sleep = now, sleep
        self._latest: Instant = 0
        self._contact: Instant = self.stamp()
        self._failures = 0
        self.cut_since: Instant | None = None
        """The instant of the last contact, while the platform cannot be reached."""
        self.hears = False
        """Somebody listens, and has found since then whether the platform is there."""
        self._stopping = asyncio.Event()
        self._finished = asyncio.Event()
        self._listener: asyncio.Task[Any] | None = None

    def stamp(self) -> Instant:
        """The instant now, never before an earlier one."""
        self._latest = max(self._latest, self._now())
        return self._latest

    # ---- whether the platform is there

    def reached(self) -> bool:
        """It has answered as it should. True: until now it was cut off."""
        again = self.cut_since is not None
        self._contact, self.cut_since, self._failures = self.stamp(), None, 0
        self.hears = self._listener is not None
        return again

    def fails(self) -> bool:
        """It has not. True: until now it was there."""
        first = self.cut_since is None
        if first:
            self.cut_since = self._contact
        self.hears = self._listener is not None
        return first

    async def back_off(self, seconds: float | None = None) -> None:
        """Before the next call after one that failed: what the platform asks for, or longer each time."""
        failures, self._failures = self._failures, self._failures + 1
        await self.pause(failures, seconds)

    async def pause(self, failures: int = 0, seconds: float | None = None) -> None:
        """So long, or 1, 2, 4 … 60 seconds; not longer than until somebody stops us."""
        if seconds is None:
            seconds = min(_LONGEST_PAUSE, 2 ** min(failures, 6))
        await self.unless_stopped(self._sleep(seconds))

    # ---- ending

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Somebody hears until `stop` is called, which waits for the end of this."""
        self._listener = asyncio.current_task()
        # what was there while another listened says nothing of what is heard now
        self._contact, self.cut_since, self.hears = self.stamp(), None, False
        try:
            yield
        except Stopped:
            pass
        finally:
            self._listener = None
            self._finished.set()

    async def stop(self) -> None:
        self._stopping.set()
        if self._listener is not None and self._listener is not asyncio.current_task():
            await self._finished.wait()

    async def unless_stopped(self, work: Awaitable[Found]) -> Found:
        """The result, or `Stopped` as soon as somebody stops us."""
        task = asyncio.ensure_future(work)
        stop = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
        finally:
            task.cancel()
            stop.cancel()
        raise Stopped
