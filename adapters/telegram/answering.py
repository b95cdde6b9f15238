"""Answers on their way beside the polls: many at once, and nobody waits for them."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from adapters.port import Answer, Instant, Outcome, Sent

_LOG = logging.getLogger("roundabout.telegram")
IN_FLIGHT = 256
# A server that takes no answers while it brings updates: the oldest would come too late anyway.
_WAITING_LIMIT = 20_000
_TRIES = 3


class Answers:
    """At most `IN_FLIGHT` calls at once. Each answer goes once; words that must wait for the chat wait alone."""

    def __init__(
        self,
        give: Callable[[Answer], Awaitable[Sent]],
        now: Callable[[], Instant],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._give, self._now, self._sleep = give, now, sleep
        self._waiting: deque[tuple[Answer, int]] = deque(maxlen=_WAITING_LIMIT)
        self._givers: set[asyncio.Task[None]] = set()
        self._sleepers: set[asyncio.Task[None]] = set()
        self._closed = False

    def send(self, answers: Sequence[Answer]) -> None:
        """Takes them and returns at once."""
        if self._closed:
            return
        self._waiting.extend((answer, 1) for answer in answers)
        self._hire(len(answers))

    def _hire(self, wanted: int) -> None:
        for _ in range(min(wanted, IN_FLIGHT - len(self._givers))):
            giver = asyncio.create_task(self._work())
            self._givers.add(giver)
            giver.add_done_callback(self._givers.discard)

    async def _work(self) -> None:
        while self._waiting:
            answer, tries = self._waiting.popleft()
            try:
                sent = await self._give(answer)
            except Exception as error:  # one answer must not take the others with it
                _LOG.error("an answer failed (%s)", type(error).__name__)
                continue
            if sent.outcome is Outcome.LATER and answer.to.tap is None and tries < _TRIES:
                sleeper = asyncio.create_task(self._again(answer, tries + 1, sent.retry_at or self._now()))
                self._sleepers.add(sleeper)
                sleeper.add_done_callback(self._sleepers.discard)

    async def _again(self, answer: Answer, tries: int, at: Instant) -> None:
        await self._sleep(max(0.0, (at - self._now()) / 1000))
        self._waiting.append((answer, tries))
        self._hire(1)

    async def close(self, seconds: float) -> None:
        """What is under way gets some time; what waits for a chat is dropped."""
        self._closed = True
        for sleeper in self._sleepers:
            sleeper.cancel()
        if self._givers:
            await asyncio.wait(self._givers, timeout=seconds)
        for giver in self._givers:
            giver.cancel()
