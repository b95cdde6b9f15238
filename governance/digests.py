"""What a digest says: read from the states of a council and of a member's home, changing neither (§6.12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from governance.council import counsel_of, last_voices
from governance.mandate import speaks, voices
from governance.motion import FINAL, Item, Stage
from governance.state import Assembly
from governance.terms import AssemblyId, Instant, MemberId, PersonId
from governance.ties import Mandate, Told, Voice


@dataclass(frozen=True, slots=True)
class Line:
    """One item of the council: every delegation's position, and ours beside our mandate."""

    item: int
    kind: str
    title: str
    stage: Stage
    closes: Instant | None
    voices: Mapping[MemberId, Voice]
    ours: Voice | None
    answers: Mapping[PersonId, str]
    """What our delegates said."""
    mandate: Mandate | None
    asked_until: Instant | None
    """We are asked to ratify, and have not answered."""


def digest_for(council: Assembly, member: MemberId, since: Instant, now: Instant) -> tuple[Line, ...]:
    """What is open in the council, and what ended there since; the newest first."""
    items = [
        item for item in council.items.values()
        if item.stage is not Stage.DRAFT and (item.stage not in FINAL or (item.ended or 0) >= since)
    ]
    return tuple(_line(council, item, member, now) for item in sorted(items, key=lambda one: -one.number))


def _line(council: Assembly, item: Item, member: MemberId, now: Instant) -> Line:
    counsel = counsel_of(item)
    live = item.question is not None and item.stage in (Stage.ROUND, Stage.VOTE) and not counsel.bases
    heard = voices(council, item, now) if live else last_voices(item)
    waiting = member in counsel.asked and member not in counsel.ratified and item.stage not in FINAL
    return Line(
        item.number, item.kind.value, item.title, item.stage, item.question.closes if item.question else None, heard,
        heard.get(member), {person: one.position for (of, person), one in counsel.answers.items() if of == member},
        speaks(council, item, member, now) if member in council.ties.members else None,
        counsel.asked[member] if waiting else None,
    )


def reports_since(home: Assembly, council: AssemblyId, since: Instant) -> tuple[Told, ...]:
    """What our delegates reported."""
    membership = home.ties.councils.get(council)
    return tuple(one for one in membership.reports if one.at >= since) if membership is not None else ()
