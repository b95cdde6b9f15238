"""The one place where concrete things meet: a database, the platforms, a clock, and the rooms between them."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from adapters.port import Adapter, AdapterFailed, Answer, Batch, Instant, Menu
from bot import announce
from bot.beacon import Beacon, verifier
from bot.clock import GRACE, SHARED_GRACE, Clock
from bot.config import Limits as Bounds
from bot.config import Settings
from bot.deliver import Deliver, Limits
from bot.house_shift import Shift, lease_ms
from bot.intake import Intake
from bot.post import Post
from bot.service import Service, StoreLost
from bot.service_desk import Wake
from bot.speech import Speech
from bot.speech_shared import SharedSpeech
from bot.store import directory
from bot.store.engine import open_engine
from bot.store.upgrade import upgrade
from bot.wording import Voice, languages, menu
from bot.wording_voice import PUBLIC, Elsewhere

NEWS = 0.5
"""Seconds after which one of several workers looks whether its platforms are there: sooner than a closing is taken
(`bot.clock.SHARED_GRACE`)."""
log = structlog.get_logger(__name__)


def wall_clock() -> Callable[[], Instant]:
    """Milliseconds since the epoch, never running backwards in this process."""
    latest = 0

    def now() -> Instant:
        nonlocal latest
        latest = max(latest, time.time_ns() // 1_000_000)
        return latest

    return now


@dataclass(frozen=True, slots=True)
class Chance:
    """Where ids and salts come from: an argument, so that a rehearsal is the same every time."""

    new_id: Callable[[], str]
    salt: Callable[[], bytes]
    code: Callable[[str], bytes]
    """For what is named: to a script a code must not change because of what was written before it."""


def real_chance() -> Chance:
    return Chance(lambda: secrets.token_hex(8), lambda: secrets.token_bytes(16), lambda of: secrets.token_bytes(16))


class House:
    """Everything that runs. `take` is what adapters give their batches to."""

    def __init__(
        self, settings: Settings, adapters: Sequence[Adapter], now: Callable[[], Instant],
        sleep: Callable[[float], Awaitable[None]], chance: Chance, beats: bool, database: str,
    ) -> None:  # fmt: skip
        self.adapters: Mapping[str, Adapter] = {one.platform: one for one in adapters}
        self.now, self._settings = now, settings
        self._leaving = asyncio.Event()
        abilities = {name: one.ability for name, one in self.adapters.items()}
        self.engine = open_engine(database, lease_ms(settings.limits.take_over_seconds))
        self.shared = beats and self.engine.dialect.name == "postgresql"
        """Other workers may be at the same database."""
        self.worker = secrets.token_hex(8) if self.shared else "main"
        self.service = Service(
            self.engine, now=now, announce=announce, salt=chance.salt, new_id=chance.new_id,
            chance=chance.code, hears=self._hears, batch=settings.limits.batch, beats=beats,
            worker=self.worker,
        )  # fmt: skip
        drand = settings.drand
        relays = [str(one) for one in drand.relays]
        elsewhere = Elsewhere(next(iter(relays), PUBLIC.beacon), settings.web.checker or "")
        self.intake = Intake(self.service, abilities, self._private_link, chance.new_id, elsewhere)
        self.speech = Speech(self.service, abilities, self._private_link, elsewhere)
        if self.shared:
            self.speech = SharedSpeech(self.service, abilities, self._private_link, self.worker, elsewhere)
        self.deliver = Deliver(self.adapters, self.speech, _limits(settings.limits), now, sleep)
        self.clock = Clock(self.service, now, SHARED_GRACE if self.shared else GRACE)
        self.post = Post(self.service, now)
        self.beacon = Beacon(self.service, relays, now, verifier(), drand.call_seconds)
        self.service.listeners += [lambda wake: self.deliver.wake(self.speech.news(wake)), self.post.wake]

    def _private_link(self, platform: str) -> str | None:
        return self.adapters[platform].private_link("secret")

    def _hears(self) -> dict[str, Instant | None]:
        """The platforms this process hears, and since when they cannot be reached."""
        return {name: one.unreachable_since for name, one in self.adapters.items() if one.hears}

    async def open(self) -> None:
        """The database brought up to date, and every assembly that has a deadline in memory."""
        await asyncio.to_thread(upgrade, self.engine)
        await self.service.warm_up()

    async def take(self, batch: Batch) -> Sequence[Answer]:
        """After the commit: what the adapter gives back at once; words take their turn."""
        return self.deliver.answer(await self.intake.take(batch))

    async def pass_time(self, until: Instant) -> None:
        """Take every dispatch and deadline up to this instant, and say what is to be said: for a hand-moved clock."""
        await self.post.settle()
        await self.service.pass_time(until)
        while await self.post.settle():
            await self.service.pass_time(until)
        await self.deliver.settle()

    async def run(self) -> None:
        """Hear, decide and say until `leave`, or until an adapter can go on no more (`AdapterFailed`)."""
        if self.shared:
            await self._among_others()
        else:
            await self._work([self._hear(one) for one in self.adapters.values()], [self.beacon.run()])

    async def _among_others(self) -> None:
        """Dispatches, deadlines and what there is to say are any worker's, and updates where the platform brings them
        to whoever listens; the rest is this one's once it holds the lease."""
        self.service.fence.watches = True
        shift = Shift(self.engine, self.service.fence, self._settings.limits.take_over_seconds)
        await shift.comes()
        abilities = [(one, one.ability) for one in self.adapters.values()]
        anyones = [self._hear(one) for one, ability in abilities if ability.any_hears]
        alone = [one for one, ability in abilities if not ability.any_hears]
        ready = [one.stand_by() for one in alone if one.ability.any_speaks]
        try:
            beside = [shift.listen(self._hear_of), self._tell_reach(), *ready]
            await self._work([*anyones, self._take_turn(shift, alone)], beside)
        finally:
            await shift.ends()

    async def _tell_reach(self) -> None:
        """The other workers know soon which platforms cannot be reached, or can again."""
        while True:
            await asyncio.sleep(NEWS)
            if self.service.has_news():
                with contextlib.suppress(StoreLost):
                    await self.service.beat()

    def _hear_of(self, wake: Wake) -> None:
        """Another worker left something to be done, or it is time to look whether one has."""
        self.deliver.wake()
        self.post.wake(wake)
        self.clock.hear(wake)

    async def _take_turn(self, shift: Shift, alone: Sequence[Adapter]) -> None:
        """What one worker does at a time, from when it is this one's turn until told to leave."""
        if not await shift.begins(self._leaving):
            return
        self.service.taken_over(one.platform for one in alone)
        self.speech.holds = True
        self.deliver.wake()
        beacon = asyncio.create_task(self.beacon.run())
        keeping = asyncio.create_task(shift.keep(self._leaving))
        turn: list[asyncio.Future[Any]] = [keeping]
        if alone:
            turn.append(asyncio.gather(*(self._hear(one) for one in alone)))
        try:
            await asyncio.wait(turn, return_when=asyncio.FIRST_COMPLETED)
        finally:
            beacon.cancel()
            await self.leave()
            await asyncio.gather(beacon, *turn, return_exceptions=True)
        for one in turn:
            one.result()

    async def _work(
        self, doing: Sequence[Coroutine[Any, Any, None]], beside: Sequence[Coroutine[Any, Any, None]]
    ) -> None:
        """All of it, until what is to be done is done or cannot be."""
        background = [asyncio.create_task(one) for one in (self.deliver.run(), self.post.run(), *beside)]
        await self.clock.start()
        tasks = [asyncio.create_task(one) for one in doing]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            await self.leave()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.clock.stop()
            await self._last_words()
            for work in background:
                work.cancel()
            await asyncio.gather(*background, return_exceptions=True)

    async def _hear(self, adapter: Adapter) -> None:
        cursor = await self.service.read(lambda connection: directory.cursor(connection, adapter.platform))
        menus = asyncio.create_task(self._menus(adapter))
        try:
            await adapter.listen(cursor, self.take)
        finally:
            menus.cancel()

    async def _menus(self, adapter: Adapter) -> None:
        """Command menus are a help, and nothing waits for them."""
        menus = [
            Menu("" if language == languages()[0] else language, private, _menu(language, private, self.now()))
            for language in languages()
            for private in (False, True)
        ]
        try:
            await adapter.menus(menus)
        except AdapterFailed:
            raise
        except Exception as error:
            log.warning("menus_failed", platform=adapter.platform, error=error)

    async def _last_words(self) -> None:
        """What may be said now is still said, for a while."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.limits.leaving_seconds):
                await self.deliver.settle()

    async def leave(self) -> None:
        """Stop taking; `run` finishes what was taken and returns."""
        self._leaving.set()
        self.service.leaving.set()
        for one in self.adapters.values():
            await one.stop()

    async def close(self) -> None:
        await self.service.close()
        await asyncio.to_thread(self.engine.dispose)


def build(
    settings: Settings, adapters: Sequence[Adapter], *, now: Callable[[], Instant] | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep, chance: Chance | None = None, beats: bool = True,
    database: str | None = None,
) -> House:  # fmt: skip
    """A house on these settings. Without `beats` its clock is moved by hand (a rehearsal); `database` takes the
    place of the one in the settings (`sqlite://` is a throw-away one)."""
    place = database or settings.database
    return House(settings, adapters, now or wall_clock(), sleep, chance or real_chance(), beats, place)


def _limits(limits: Bounds) -> Limits:
    return Limits(
        rooms_at_once=limits.rooms_at_once, answers_waiting=limits.answers_waiting, many_cards=limits.many_cards,
        many_cards_gap_ms=limits.many_cards_gap_ms, retry_ms=limits.retry_ms, retry_most_ms=limits.retry_most_ms,
    )  # fmt: skip


def _menu(language: str, private: bool, now: Instant) -> tuple[tuple[str, str], ...]:
    return menu(Voice(language, "UTC", now, str, str), private=private)
