"""The clock wakes the service when something falls due. It remembers nothing: deadlines are rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.service import BEAT, Service, StoreLost
from bot.service_desk import Wake

Instant = int

GRACE = 20
"""Milliseconds past a deadline, for what was heard before it and is still on its way to the service."""
SHARED_GRACE = 2000
"""With several workers: for what the others have heard and not committed yet."""
log = structlog.get_logger()


class Clock:
    """Wakes at the next deadline, and at every heartbeat in any case. Used in the loop only."""

    def __init__(self, service: Service, now: Callable[[], Instant], grace: int = GRACE) -> None:
        self._service, self._now, self._grace = service, now, grace
        self._next: Instant | None = None
        # a deadline that comes late must still be taken, and one waking is enough for all that are due
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )

    async def start(self) -> None:
        """Take what fell due while nobody looked, then keep watch."""
        self._service.listeners.append(self.hear)
        self._scheduler.add_job(self._beat, "interval", seconds=BEAT / 1000, id="beat")
        self._scheduler.start()
        await self._beat()

    async def stop(self) -> None:
        self._service.listeners.remove(self.hear)
        self._scheduler.shutdown(wait=False)

    def hear(self, wake: Wake) -> None:
        """A batch set a deadline, perhaps an earlier one."""
        if wake.due is not None:
            self._wake_at(wake.due)

    def _wake_at(self, due: Instant) -> None:
        if self._next is not None and self._next <= due:
            return
        self._next = due
        when = datetime.fromtimestamp((due + self._grace) / 1000, UTC)
        self._scheduler.add_job(self._pass, "date", run_date=when, id="deadline", replace_existing=True)

    async def _beat(self) -> None:
        try:
            await self._service.beat()
        except StoreLost:
            # the service has said so; the next heartbeat tries again
            return
        await self._pass()

    async def _pass(self) -> None:
        """Take what is due, then look for what comes next."""
        now = self._now()
        self._next = None
        try:
            await self._service.pass_time(now - self._grace)
            due = await self._service.next_due(now - self._grace)
        except StoreLost:
            return
        if due is not None:
            self._wake_at(due)
