"""The post: a dispatch becomes a command to the assembly it is addressed to, through the same service."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial

import structlog

from bot.service import Job, Service, SetAside, StoreLost
from bot.service_desk import Desk, Wake
from bot.service_mail import receivers
from governance.terms import AssemblyId, Instant

AT_A_ROUND = 2000
"""Dispatches looked at in one round."""
AGAIN = 60.0
"""Seconds until the next look, when nothing wakes it: what another process sent, or what failed."""

log = structlog.get_logger(__name__)


class Post:
    """Takes dispatches to their receivers, each receiver's in one job, until none waits."""

    def __init__(self, service: Service, now: Callable[[], Instant]) -> None:
        self._service, self._now = service, now
        self._woken = asyncio.Event()
        self._wakes, self._seen = 1, 0
        """How often something may have been sent, and how much of that was looked for until nothing was left."""
        self._stuck: set[AssemblyId] = set()
        """Receivers whose next dispatch could not be taken: our own mistake, kept from holding up the others."""

    def wake(self, wake: Wake) -> None:
        if wake.mail:
            self._wakes += 1
            self._woken.set()

    async def settle(self) -> bool:
        """Returns when no dispatch waits that can be taken; whether one was."""
        some, idle = False, set[AssemblyId]()
        while self._seen < (wakes := self._wakes):
            waiting = [one for one in await self._waiting() if one not in idle]
            if not waiting:
                self._seen = wakes
                continue
            jobs = [Job(f"post:{one}", self._now(), partial(_bring, one), once=False, assembly=one) for one in waiting]
            results = await self._service.take_soon(jobs)
            for one, result in zip(waiting, results, strict=True):
                if isinstance(result, SetAside):
                    log.error("dispatch_stuck", assembly=one)
                    self._stuck.add(one)
                elif result:
                    some = True
                else:
                    # what waits there waits for what was sent before it, or another worker was faster
                    idle.add(one)
        return some

    async def _waiting(self) -> list[AssemblyId]:
        found = await self._service.read(lambda connection: receivers(connection, AT_A_ROUND))
        return [one for one in found if one not in self._stuck]

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            self._woken.clear()
            with contextlib.suppress(StoreLost):  # the service has said so
                await self.settle()
            try:
                async with asyncio.timeout(AGAIN):
                    await self._woken.wait()
            except TimeoutError:
                self._stuck.clear()
                self._wakes += 1


def _bring(assembly: AssemblyId, desk: Desk) -> bool:
    return desk.bring(assembly, _EVER)


_EVER = 2**62
"""Whatever waits: a dispatch is sent before it is brought."""
