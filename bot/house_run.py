"""Running the house: for people until it is told to leave, and for a rehearsal until the script ends."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import itertools
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog

from adapters.console_chat import Said
from adapters.port import Instant
from bot.config import Settings
from bot.house import Chance, House, build, real_chance, wall_clock
from bot.house_books import minutes_of
from bot.house_platforms import Platforms, platforms
from bot.house_shift import ShiftLost
from bot.rehearsal import HandClock, Rehearsal, Step
from bot.store.alone import alone

if TYPE_CHECKING:
    from bot.web import Vitals

log = structlog.get_logger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)


# --- for people


async def run(settings: Settings) -> None:
    """Until a signal, the end of the terminal's lines, or what no waiting can mend (`AdapterFailed`)."""
    with alone(settings.database):
        while True:
            try:
                return await _run(settings)
            except ShiftLost:
                # another worker hears and speaks now; this one begins anew, and waits beside it
                log.warning("shift_lost")


async def _run(settings: Settings) -> None:
    now = wall_clock()
    meant = platforms(settings, now)
    house = build(settings, meant.adapters, now=now)
    try:
        await house.open()
        if meant.console is not None:
            meant.console.settled = house.deliver.settle
        _leave_at_a_signal(house)
        # what is here now stays: the collector need not look at it again and again
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        # the loop and the writer take turns many times in one batch: five milliseconds a turn is too long to wait
        sys.setswitchinterval(0.0005)
        async with _served(settings, meant, house):
            await house.run()
    finally:
        await house.close()


def _leave_at_a_signal(house: House) -> None:
    """Stop taking, finish the batch, leave."""
    loop = asyncio.get_running_loop()
    leaving: set[asyncio.Task[None]] = set()

    def leave(number: signal.Signals) -> None:
        log.info("leaving", signal=number.name)
        leaving.add(asyncio.create_task(house.leave()))

    for number in SIGNALS:
        loop.add_signal_handler(number, leave, number)


@asynccontextmanager
async def _served(settings: Settings, meant: Platforms, house: House) -> AsyncIterator[None]:
    """The web server beside the house, where there is a port for it."""
    if settings.web.port is None:
        yield
        return
    # who serves nothing does not wait for its libraries
    from bot.web import Server, application

    hooks = {}
    if meant.hook is not None and settings.telegram.webhook is not None:
        hooks[urlsplit(settings.telegram.webhook).path or "/"] = meant.hook
    server = Server(application(partial(_vitals, house), hooks))
    # opened here, so that a port that is taken is said in one line
    with socket.create_server((settings.web.host, settings.web.port), backlog=2048) as opened:
        serving = asyncio.create_task(server.serve([opened]))
        try:
            yield
        finally:
            server.leave()
            await serving


async def _vitals(house: House) -> Vitals:
    from bot.web import Vitals

    now = house.now()
    try:
        due, database = await house.service.next_due(), True
    except Exception as error:
        log.error("health_unreadable", error=error)
        due, database = None, False
    out = {name: one.unreachable_since for name, one in house.adapters.items()}
    return Vitals(
        database=database,
        clock_lag_ms=max(0, now - due) if due is not None else 0,
        waiting=house.deliver.waiting,
        sent=house.deliver.counts,
        unreachable_ms={name: now - since if since is not None else 0 for name, since in out.items()},
    )


# --- for a rehearsal


class _Rehearsed:
    """The house as a rehearsal asks it."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def settle(self) -> None:
        await self._house.pass_time(self._house.now())

    async def next_due(self) -> Instant | None:
        now = self._house.now()
        instants = (await self._house.service.next_due(now), self._house.deliver.next_at())
        return min((at for at in instants if at is not None and at > now), default=None)


async def rehearse(
    steps: Sequence[Step], settings: Settings, database: str | None, write: Callable[[Said], None]
) -> dict[str, Any]:
    """Plays a script, in a throw-away database or in this one; gives the minutes of all assemblies."""
    clock = HandClock()
    # what is played twice into one database has to be two different chats
    run, chance = ("rehearsal", steady_chance()) if database is None else (secrets.token_hex(4), real_chance())
    played = Rehearsal(run, steps, clock, write)
    house = build(
        settings, [played], now=clock.now, sleep=clock.sleep, chance=chance, beats=False,
        database=database or "sqlite://",
    )  # fmt: skip
    played.house = _Rehearsed(house)
    with alone(database or "sqlite://"):
        try:
            await house.open()
            await played.listen(None, house.take)
            return await asyncio.to_thread(minutes_of, house.engine)
        finally:
            await house.close()


def steady_chance() -> Chance:
    """Ids, salts and codes that are the same in every run, so that a rehearsal is too."""
    numbers = itertools.count()

    def some(size: int) -> bytes:
        return hashlib.sha256(f"rehearsal {next(numbers)}".encode()).digest()[:size]

    return Chance(
        lambda: some(8).hex(), lambda: some(16), lambda of: hashlib.sha256(f"rehearsed code {of}".encode()).digest()
    )
