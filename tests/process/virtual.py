"""Time for tests: it stands still until it is passed, and then wakes every sleeper at its own instant."""

import asyncio
import heapq
from itertools import count

START = 1_798_761_600_000
"""2027-01-01T00:00:00Z."""


class VirtualClock:
    def __init__(self, at: int = START) -> None:
        self.at = at
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = count()

    def now(self) -> int:
        return self.at

    async def sleep(self, seconds: float) -> None:
        waking = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.at + max(0, round(seconds * 1000)), next(self._numbers), waking))
        await waking

    async def passes(self, milliseconds: int) -> None:
        """This much time passes; what happens on the way happens at its own instant."""
        until = self.at + milliseconds
        await quiet()
        while self._sleepers and self._sleepers[0][0] <= until:
            at, _, waking = heapq.heappop(self._sleepers)
            if not waking.done():
                self.at = max(self.at, at)
                waking.set_result(None)
                await quiet()
        self.at = until
        await quiet()


async def quiet() -> None:
    """Until every task waits for time or for something from outside."""
    ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]  # the only exact way to know
    await asyncio.sleep(0)
    while ready:  # noqa: ASYNC110 - no event says that nothing happens
        await asyncio.sleep(0)
