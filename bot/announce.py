"""Which sayings follow from what has happened, and when a reminder must wait.

The bot speaks seldom: openings, closings, and what somebody has to do or to know in time. Everything else
only changes the item's card. A notice holds no words; they are found when it is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot import announce_council, announce_people, announce_rooms
from governance import facts as f
from governance.charter import QuietHours
from governance.closing import charter_of
from governance.decision import Reminder
from governance.motion import FIRST_RIGHT, ORPHAN_LIFE, PAUSE_LIMIT, Item, Stage
from governance.proposing import first_right
from governance.state import Assembly
from governance.terms import SECOND, Instant
from governance.ties import COUNCIL

ROOM = "room"
RESULT, CARD, REMINDER, RELAY = 1, 2, 3, 4
"""Lanes, in the order in which waiting sayings of one room go out: results and openings before all else."""

TOLD = (
    "founded", "founded_anew", "merged", "out_of_room", "resting", "resting_here", "excluded", "amended",
    "minor", "rival", "paused", "orphaned", "no_quorum", "late_swing", "downtime", *announce_council.TOLD,
    *announce_people.TOLD, *announce_rooms.TOLD,
)  # fmt: skip
"""Codes of short notices; `about` holds the code and what comes with it."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is to be said. `kind`: card, result, reminder or told; `to`: the room, or a person's id."""

    kind: str
    item: int | None
    to: str = ROOM
    lane: int = RESULT
    about: Mapping[str, Any] = field(default_factory=dict)
    deadline: Instant | None = None
    """After this instant it need not be said any more."""


def notices(
    before: Assembly | None, facts: Sequence[f.Fact], after: Assembly, heard: Instant
) -> tuple[Notice, ...]:
    """What follows from the facts of one decision. Of an item one thing is said: its result, else its new card,
    else a short notice."""
    said = _told(before, facts, after, heard)
    told = [_anew(one) if before and one.about["code"] == "founded" else one for one in said]
    # in the order in which they were decided: that of the register (§3.8)
    finals = dict.fromkeys(fact.item for fact in facts if isinstance(fact, _FINAL))
    carded = dict.fromkeys(fact.item for fact in facts if isinstance(fact, _CARDED) and fact.item not in finals)
    spoken = finals.keys() | carded.keys()
    every = [one for one in told if one.item not in spoken or one.to != ROOM]
    every += [Notice("result", number) for number in finals]
    every += [Notice("card", number) for number in carded]
    every += [Notice("card", *one) for fact in facts for one in announce_people.private_cards(fact, after)]
    return tuple(every)


def changed(facts: Iterable[f.Fact], after: Assembly) -> frozenset[int]:
    """The items whose cards no longer show what is so."""
    items = {getattr(fact, "item", None) for fact in facts if not isinstance(fact, announce_council.ELSEWHERE)}
    items |= {fact.target for fact in facts if isinstance(fact, f.ItemRepealed)}
    if after.kind == COUNCIL and any(announce_council.shifts_voices(fact) for fact in facts):
        items |= {one for one in after.open if after.items[one].question is not None}
    return frozenset(one for one in items if one)


def anew(state: Assembly) -> tuple[Notice, ...]:
    """The room has moved to where its cards are not: everything open is put before people once more."""
    return tuple(Notice("card", number, lane=CARD) for number in state.open)


def offered(state: Assembly, item: int, code: str) -> tuple[Notice, ...]:
    """The code by which a further room is opened, to every room."""
    return _of_room(announce_rooms.offered(state, item, code))


def welcome(state: Assembly, label: str) -> tuple[Notice, ...]:
    """The first words in a further room."""
    return _of_room(announce_rooms.welcome(state, label))


def reminders(due: Reminder) -> tuple[Notice, ...]:
    """To the room, and in private to those who have not answered; never to those who have (§3.9)."""
    if not due.unanswered:
        return ()
    about = {"question": due.question, "closes": due.closes}
    to = (ROOM, *sorted(due.unanswered))
    return tuple(Notice("reminder", due.item, one, REMINDER, about, due.closes) for one in to)


def unreached(told: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterable[Notice]:
    """Who will rest is told two weeks before: in the room, where the bot has no private chat with them (§2.3)."""
    silent = [person for person, about in told if about.get("code") == "resting"]
    return _room("resting_here", members=silent) if silent else ()


def digests(state: Assembly, since: Instant) -> tuple[Notice, ...]:
    """One for each council the assembly sits in (§6.12); what it says is found when it is said."""
    return tuple(
        Notice("digest", None, ROOM, RELAY, {"council": council, "since": since})
        for council, membership in state.ties.councils.items()
        if membership.joined is not None
    )


_FINAL = f.Adopted | f.Rejected | f.Lapsed | f.Deferred | f.Withdrawn | f.Closed
_CARDED = (
    f.Proposed | f.RoundOpened | f.VoteOpened | f.CoolingBegan | f.AmendmentAccepted | f.Resumed | f.TakenOver
    | f.RatificationOpened | f.ReferendumOpened | f.ElectionOpened
)
"""These put the item before people anew: openings, and what has another text or another closing instant."""


def _anew(notice: Notice) -> Notice:
    """Founding once more strikes out roll and items, so it is said differently (§2.1)."""
    return replace(notice, about={**notice.about, "code": "founded_anew"})


def _told(
    before: Assembly | None, facts: Sequence[f.Fact], after: Assembly, heard: Instant
) -> Iterator[Notice]:
    for fact in facts:
        tell = _TELL.get(type(fact))
        if tell is not None:
            yield from tell(fact, after, heard)
        for code, item, about in announce_council.told(fact, after):
            yield from _room(code, item, **about)
        for one in announce_rooms.told(fact, after):
            yield from _of_room(one)
        for code, item, to, about in announce_people.told(fact, before, after):
            yield Notice("told", item, to, about={"code": code, **about})


def _room(code: str, item: int | None = None, deadline: Instant | None = None, **about: Any) -> Iterator[Notice]:
    yield Notice("told", item, about={"code": code, **about}, deadline=deadline)


def _of_room(told: announce_rooms.Told) -> tuple[Notice, ...]:
    code, about = told
    return tuple(_room(code, **about))


def _private(code: str, to: str, item: int | None = None, **about: Any) -> Iterator[Notice]:
    yield Notice("told", item, to, about={"code": code, **about})


def _founded(fact: f.Founded, after: Assembly, heard: Instant) -> Iterator[Notice]:
    code = "founded_council" if fact.kind == COUNCIL else "founded"
    yield from _room(code, assembly=fact.name, least=max(after.charter.quorum_min, 1))


def _merged(fact: f.MembersMerged, after: Assembly, heard: Instant) -> Iterator[Notice]:
    yield from _room("merged", kept=fact.kept, dropped=fact.dropped)


def _presence(fact: f.PresenceNoted, after: Assembly, heard: Instant) -> Iterator[Notice]:
    if not fact.present:
        yield from _room("out_of_room", member=fact.member)


def _resting(fact: f.RestingWarned, after: Assembly, heard: Instant) -> Iterator[Notice]:
    yield from _private("resting", fact.member, assembly=after.name)


def _excluded(fact: f.MemberExcluded, after: Assembly, heard: Instant) -> Iterator[Notice]:
    yield from _private("excluded", fact.member, fact.item, assembly=after.name)


def _amended(fact: f.Amended, after: Assembly, heard: Instant) -> Iterator[Notice]:
    """The proposer can accept it; a mended spelling goes in by itself, so all have to know until when to object."""
    item = after.items[fact.item]
    about: dict[str, Any] = {"letter": fact.letter, "author": fact.by}
    if item.amendments[fact.letter].state == "minor":
        until = heard + charter_of(item, after).minor_window * SECOND
        yield from _room("minor", fact.item, until, until=until, **about)
    elif not fact.minor:
        yield from _room("amended", fact.item, call=item.proposer, **about)


def _rival(fact: f.RivalPut, after: Assembly, heard: Instant) -> Iterator[Notice]:
    item = after.items[fact.item]
    author = item.amendments[fact.letter].by
    yield from _room("rival", fact.item, letter=fact.letter, author=author, seconds=charter_of(item, after).seconds)


def _moved(fact: f.ClosingMoved, after: Assembly, heard: Instant) -> Iterator[Notice]:
    yield from _room(fact.why, fact.item, fact.closes, closes=fact.closes)


def _paused(fact: f.Paused, after: Assembly, heard: Instant) -> Iterator[Notice]:
    yield from _room("paused", fact.item, proposer=fact.by, until=heard + PAUSE_LIMIT)


def _orphaned(fact: f.Orphaned, after: Assembly, heard: Instant) -> Iterator[Notice]:
    """The first seconder has the first hours, so that person is called (§3.4)."""
    item: Item = after.items[fact.item]
    first = first_right(after, item) if item.stage is Stage.ORPHANED else None
    about: dict[str, Any] = {"proposer": item.proposer, "why": fact.why, "ends": heard + ORPHAN_LIFE}
    if first is not None:
        about |= {"call": first, "until": heard + FIRST_RIGHT}
    yield from _room("orphaned", fact.item, **about)


_TELL: Mapping[type[Any], Callable[[Any, Assembly, Instant], Iterator[Notice]]] = {
    f.Founded: _founded,
    f.MembersMerged: _merged,
    f.PresenceNoted: _presence,
    f.RestingWarned: _resting,
    f.MemberExcluded: _excluded,
    f.Amended: _amended,
    f.RivalPut: _rival,
    f.ClosingMoved: _moved,
    f.Paused: _paused,
    f.Orphaned: _orphaned,
}
"""Facts with a short notice of their own."""


# --- quiet hours (§3.9)


def is_quiet(instant: Instant, quiet: QuietHours | str, zone: str) -> bool:
    """In quiet hours what must be said is said silently."""
    return _quiet_until(instant, quiet, zone) is not None


def held_until(instant: Instant, deadline: Instant | None, quiet: QuietHours | str, zone: str) -> Instant:
    """When a reminder due at this instant is given: after the quiet hours, unless its deadline falls before then."""
    end = _quiet_until(instant, quiet, zone)
    if end is None or (deadline is not None and deadline <= end):
        return instant
    return end


def _quiet_until(instant: Instant, quiet: QuietHours | str, zone: str) -> Instant | None:
    """The end of the quiet hours this instant lies in; None outside them."""
    if not isinstance(quiet, QuietHours):
        return None
    local = datetime.fromtimestamp(instant // SECOND, ZoneInfo(zone))
    hours = (local.hour - quiet.start) % 24, (quiet.end - quiet.start) % 24
    if hours[0] >= hours[1]:
        return None
    day = local.date() + timedelta(days=1) if local.hour >= quiet.end else local.date()
    end = datetime.combine(day, time(quiet.end), ZoneInfo(zone)).astimezone(UTC)
    # where clocks are turned the hour may come twice or not at all; it never lies behind
    return max(int(end.timestamp()) * SECOND, instant)
