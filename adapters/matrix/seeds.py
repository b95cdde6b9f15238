"""Our own reactions beneath cards, for people to press: planted as far as the server's limit leaves room."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from adapters.matrix.cards import Card
from adapters.matrix.client import Client, Trouble
from adapters.matrix.memory import Memory, Seeded, Stage
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
        memory: Memory,
        allowance: Allowance,
        now: Callable[[], Instant],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._client, self._memory = client, memory
        self._allowance, self._now, self._sleep = allowance, now, sleep
        self._waiting: deque[_Seed] = deque(maxlen=_WAITING_LIMIT)
        self._worker: asyncio.Task[None] | None = None

    def plant(self, room: str, message: str, card: Card) -> None:
        """What the card shows and has no seed for, also when a former run left it so; and what it shows no more."""
        waiting = {seed.key for seed in self._waiting if seed.message == message}
        known = self._memory.seeds(message)
        amiss = [key for key in {**card.now, **known} if not _right(card, key, known.get(key, Seeded()))]
        self._waiting.extend(_Seed(room, message, card, key) for key in amiss if key not in waiting)
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
        """One step; what was begun by a run that was killed is ended first."""
        seeded = self._memory.seeds(seed.message).get(seed.key, Seeded())
        wanted = seed.key in seed.card.now
        if seeded.stage is Stage.PLANTING or (wanted and seeded.stage is Stage.GONE):
            seeded = await self._plant(seed, seeded)
        elif seeded.stage is Stage.LEAVING or (not wanted and seeded.stage is Stage.THERE):
            seeded = await self._take_away(seed, seeded)
        if not _right(seed.card, seed.key, seeded):
            self._waiting.append(seed)

    async def _plant(self, seed: _Seed, before: Seeded) -> Seeded:
        self._memory.seed(seed.message, seed.key, Seeded(before.event, Stage.PLANTING))
        self._allowance.spend(self._now())
        relates = {"rel_type": "m.annotation", "event_id": seed.message, "key": seed.key}
        # one that was taken away comes back as another event
        key = transaction("seed", seed.message, seed.key, before.event)
        event = await self._client.put(seed.room, "m.reaction", {"m.relates_to": relates}, key)
        return self._recorded(seed, Seeded(event, Stage.THERE))

    async def _take_away(self, seed: _Seed, there: Seeded) -> Seeded:
        self._memory.seed(seed.message, seed.key, Seeded(there.event, Stage.LEAVING))
        self._allowance.spend(self._now())
        key = transaction("unseed", there.event)
        await self._client.through(self._client.room_redact(seed.room, there.event, tx_id=key))
        return self._recorded(seed, Seeded(there.event, Stage.GONE))

    def _recorded(self, seed: _Seed, seeded: Seeded) -> Seeded:
        self._memory.seed(seed.message, seed.key, seeded)
        return seeded


def _right(card: Card, key: str, seeded: Seeded) -> bool:
    return seeded.stage is (Stage.THERE if key in card.now else Stage.GONE)
