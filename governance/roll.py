"""Who belongs, and who may answer: the roll and the electorates frozen from it (§2.2–2.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from governance.terms import DAY, SECOND, Duration, Instant, MemberId

RESTING_NOTICE = 14 * DAY
"""A member is told so long before silence counts as resting (§2.3)."""


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of the roll. `heard`: the last word that counts against resting."""

    id: MemberId
    enrolled: Instant
    heard: Instant
    present: bool = True
    """False: a chat administrator removed the member from the room; the roll is unchanged (§2.2)."""
    warned: bool = False


def rests_from(member: Member, resting: Duration, since: Instant) -> Instant | None:
    """When silence turns into resting; None with `resting` off. `since`: when the rule began to hold."""
    return None if resting < 0 else max(member.heard, since) + resting * SECOND


def electorate(
    roll: Mapping[MemberId, Member],
    at: Instant,
    newcomer: Duration,
    resting: Duration,
    resting_since: Instant,
    without: MemberId | None,
) -> frozenset[MemberId]:
    """Those who may answer a question opened at this instant (§2.3), less the person concerned."""
    members = set(roll)
    if newcomer:
        members = {one.id for one in roll.values() if one.enrolled + newcomer * SECOND <= at}
    if resting >= 0:
        limit = at - resting * SECOND
        members = {one for one in members if max(roll[one].heard, resting_since) > limit}
    return frozenset(members) if without is None else frozenset(members) - {without}
