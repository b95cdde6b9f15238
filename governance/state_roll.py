"""How the facts about the roll change the state: founding, joining, leaving, two entries that are one person (§2).

Who leaves is gone from questions, from the speakers' list and from what was said in a council at the same time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from governance import facts as f
from governance.charter import read_written
from governance.motion import Item
from governance.people import renamed
from governance.roll import Member
from governance.state import Principle, Sitting, on
from governance.state_council import member_gone, merge_terms
from governance.state_people import forget_person
from governance.terms import Instant, MemberId
from governance.ties import COUNCIL, SEATS


@on(f.Founded)
def _founded(s: Sitting, fact: f.Founded, at: Instant) -> None:
    s.name, s.kind, s.founded, s.founder = fact.name, fact.kind, at, fact.founder
    s.charter, s.resting_since, s.settled = read_written(fact.charter, 1), at, False
    s.begin()
    s.principles[1] = Principle(1, fact.principle, 0)


@on(f.Enrolled)
def _enrolled(s: Sitting, fact: f.Enrolled, at: Instant) -> None:
    roll = s.roll_to_change()
    roll[fact.member] = Member(fact.member, at, at)
    s.settled = s.settled or fact.member != s.founder
    s.excluded.pop(fact.member, None)


def _off_roll(s: Sitting, member: MemberId) -> None:
    s.roll_to_change().pop(member, None)
    for number in s.open:
        question = s.items[number].question
        if question is not None and member in question.electorate:
            s.change_question(number, gone=question.gone | {member})


def _leaves(s: Sitting, member: MemberId, at: Instant) -> None:
    if s.kind == COUNCIL:
        member_gone(s, member, at)
    _off_roll(s, member)
    forget_person(s, member, "")


@on(f.LeftRoll)
def _left(s: Sitting, fact: f.LeftRoll, at: Instant) -> None:
    _leaves(s, fact.member, at)


@on(f.MemberExcluded)
def _excluded(s: Sitting, fact: f.MemberExcluded, at: Instant) -> None:
    _leaves(s, fact.member, at)
    s.excluded[fact.member] = fact.item


@on(f.MembersMerged)
def _merged(s: Sitting, fact: f.MembersMerged, at: Instant) -> None:
    kept, dropped = s.roll[fact.kept], s.roll[fact.dropped]
    last = max(kept, dropped, key=lambda one: one.heard)
    _off_roll(s, fact.dropped)
    s.roll_to_change()[fact.kept] = replace(
        kept, heard=last.heard, warned=last.warned, present=kept.present or dropped.present
    )
    for number in s.open:
        _merge_in_item(s, s.items[number], fact.kept, fact.dropped)
    forget_person(s, fact.dropped, fact.kept)
    merge_terms(s, fact.kept, fact.dropped)


def _merge_in_item(s: Sitting, item: Item, kept: MemberId, dropped: MemberId) -> None:
    """What the dropped entry did is the kept one's, except answers: those are struck out (§2.4)."""

    def now(member: MemberId) -> MemberId:
        return kept if member == dropped else member

    def others(members: tuple[MemberId, ...], author: MemberId) -> tuple[MemberId, ...]:
        # one person seconds once, and not their own
        return tuple(one for one in dict.fromkeys(map(now, members)) if one != now(author))

    struck = item.reasons.get(dropped)
    s.change(
        item.number,
        terms=_merged_terms(item.terms, kept, dropped),
        proposer=now(item.proposer),
        seconders=others(item.seconders, item.proposer),
        amendments={
            letter: replace(one, by=now(one.by), seconders=others(one.seconders, one.by))
            for letter, one in item.amendments.items()
        },
        reasons={member: one for member, one in item.reasons.items() if member != dropped},
        withdrawn_blocks=item.withdrawn_blocks + ((struck,) if struck and struck.position == "block" else ()),
        blockers=frozenset(map(now, item.blockers)),
        statements={now(member): text for member, text in item.statements.items()},
        pool=renamed(item.pool, dropped, kept) if item.pool else None,
    )


def _merged_terms(terms: Mapping[str, object], kept: MemberId, dropped: MemberId) -> Mapping[str, object]:
    """What an open item says of persons; in a delegation that is named one person has one seat, the first."""
    after, seated = dict(terms), set[object]()
    if terms.get("person") == dropped:
        after["person"] = kept
    for part in SEATS:
        named = terms.get(part)
        if isinstance(named, list | tuple):
            renamed = dict.fromkeys(kept if one == dropped else one for one in named)
            after[part] = [one for one in renamed if one not in seated]
            seated |= renamed.keys()
    return after


@on(f.PresenceNoted)
def _presence(s: Sitting, fact: f.PresenceNoted, at: Instant) -> None:
    s.roll_to_change()[fact.member] = replace(s.roll[fact.member], present=fact.present)


@on(f.WordNoted)
def _word(s: Sitting, fact: f.WordNoted, at: Instant) -> None:
    s.roll_to_change()[fact.member] = replace(s.roll[fact.member], heard=at, warned=False)


@on(f.RestingWarned)
def _warned(s: Sitting, fact: f.RestingWarned, at: Instant) -> None:
    s.roll_to_change()[fact.member] = replace(s.roll[fact.member], warned=True)
