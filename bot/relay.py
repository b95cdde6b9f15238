"""When the digest of the councils is due: a cron line of the charter, in the assembly's zone (§6.12)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from governance.charter import Charter
from governance.terms import HOUR, SECOND, Instant

LEAST = HOUR
"""Between two digests that were asked for."""


DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""As cron numbers them; the library counts from Monday."""


@lru_cache(maxsize=1000)
def _trigger(line: str, zone: str) -> CronTrigger:
    minute, hour, day, month, weekday = line.split()
    # not behind a slash: there a number is a step
    named = re.sub(r"(?<!/)[0-7]", lambda found: DAYS[int(found[0])], weekday)
    return CronTrigger(
        minute=minute, hour=hour, day=day, month=month, day_of_week=named, timezone=ZoneInfo(zone)
    )  # fmt: skip


def next_relay(charter: Charter, after: Instant) -> Instant | None:
    """The next instant of the schedule after this one; an hour that comes twice counts once. None: it never comes."""
    return _next(charter.relay, charter.timezone, after)


@lru_cache(maxsize=10_000)
def _next(line: str, timezone: str, after: Instant) -> Instant | None:
    # asked for at every decision of an assembly, with the same instant until the digest was heard
    trigger, zone = _trigger(line, timezone), ZoneInfo(timezone)
    last = datetime.fromtimestamp(after // SECOND, zone)
    found = trigger.get_next_fire_time(last, last)
    while found is not None and (found <= last or found.replace(tzinfo=None) == last.replace(tzinfo=None)):
        found = trigger.get_next_fire_time(found, datetime.fromtimestamp(found.timestamp() + 1, zone))
    return None if found is None else int(found.astimezone(UTC).timestamp()) * SECOND
