"""Our own reactions beneath cards, for people to press: planted as far as the server's limit leaves room."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from adapters.matrix.cards import Card
from adapters.matrix.client import Client, Trouble
from adapters.matrix.writing import transaction
from adapters.port import Instant

log = structlog.get_logger(__name__)

_LIMITED_MS = 5_000
_WAITING_LIMIT = 2_000


@dataclass(frozen=True, slots=True)
class Rate:
    """How many messages the server takes from the bot: so many at once, then one after each pause."""

    burst: int = 10
    pause_ms: int = 5_000


class Allowance:
    """What is left of it, by our own count; and until when the server has asked to wait."""

    def __init__(self, rate: Rate | None) -> None:
        self._rate = rate
        self._left = float(rate.burst if rate else 0)
        self._at: Instant | None = None
        self.held_until: Instant = 0

    def hold(self, until: Instant) -> None:
        self._left = 0.0
        self.held_until = max(self.held_until, until)

    def spend(self, now: Instant) -> None:
        self._fill(now)
        self._left = max(0.0, self._left - 1)

    def spare_at(self, now: Instant) -> Instant:
        """When one can be spent on a reaction: half is kept for messages."""
        if self._rate is None:
            return max(now, self.held_until)
        self._fill(now)
        short = 1 + self._rate.burst // 2 - self._left
        return max(self.held_until, now + max(0, round(short * self._rate.pause_ms)))

    def _fill(self, now: Instant) -> None:
        if self._rate is not None and self._at is not None:
            self._left = min(self._rate.burst, self._left + (now - self._at) / self._rate.pause_ms)
        self._at = now


@dataclass(frozen=True, slots=True)
class _Seed:
    room: str
    message: str
    card: Card
    key: str
    """The emoji."""


class Seeds:
    """One after another; those of a card that has changed meanwhile are left out, those it lost are taken away."""

    def __init__(
        self,
        client: Client,
        allowance: Allowance,
        now: Callable[[], Instant],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._client, self._allowance, self._now, self._sleep = client, allowance, now, sleep
        self._waiting: deque[_Seed] = deque(maxlen=_WAITING_LIMIT)
        self._worker: asyncio.Task[None] | None = None

    def plant(self, room: str, message: str, card: Card, known: set[str]) -> None:
        """`known`: the emojis it showed before, which have their seeds."""
        wanted = [key for key in card.now if key not in known]
        gone = [key for key in card.seeds if key not in card.now]
        self._waiting.extend(_Seed(room, message, card, key) for key in (*wanted, *gone))
        if self._waiting and (self._worker is None or self._worker.done()):
            self._worker = asyncio.create_task(self._work())

    async def close(self) -> None:
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)

    async def _work(self) -> None:
        while self._waiting:
            while (at := self._allowance.spare_at(self._now())) > self._now():
                await self._sleep((at - self._now()) / 1000)
            seed = self._waiting.popleft()
            try:
                await self._tend(seed)
            except Trouble as trouble:
                if trouble.limited:
                    self._allowance.hold(self._now() + (trouble.retry_ms or _LIMITED_MS))
                    self._waiting.appendleft(seed)
                else:
                    log.info("reaction_not_planted", platform="matrix", room=seed.room, code=trouble.code)

    async def _tend(self, seed: _Seed) -> None:
        planted = seed.card.seeds.get(seed.key)
        if seed.key in seed.card.now and planted is None:
            self._allowance.spend(self._now())
            relates = {"rel_type": "m.annotation", "event_id": seed.message, "key": seed.key}
            key = transaction("seed", seed.message, seed.key)
            seed.card.seeds[seed.key] = await self._client.put(
                seed.room, "m.reaction", {"m.relates_to": relates}, key
            )
            if seed.key not in seed.card.now:  # the card has changed in the meantime
                self._waiting.append(seed)
        elif seed.key not in seed.card.now and planted is not None:
            self._allowance.spend(self._now())
            key = transaction("unseed", planted)
            await self._client.through(self._client.room_redact(seed.room, planted, tx_id=key))
            del seed.card.seeds[seed.key]
