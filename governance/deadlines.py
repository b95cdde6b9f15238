"""What falls due, when, and what then happens (§3, §4.6, §5.6–5.7, §3.8–3.9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from governance import commands as c
from governance import council, referendum
from governance import facts as f
from governance.closing import (
    charter_of,
    close_round,
    close_vote,
    may_close_early,
    open_first_question,
    open_vote,
    swing_outcome,
)
from governance.council import VoiceBox
from governance.decision import Box, Decided, Reminder, decided
from governance.delegation import end_terms, term_ends
from governance.drawing import freeze
from governance.electing import close_ballot, finish, open_ballot
from governance.holding import end_roles, people_due
from governance.lots import PATIENCE
from governance.motion import DRAFT_LIFE, FINAL, ORPHAN_LIFE, PAUSE_LIMIT, Item, Kind, Question, Stage, question_id
from governance.refusals import Refused, Why, refuse
from governance.roll import RESTING_NOTICE, rests_from
from governance.state import Assembly, Sitting
from governance.state_people import pool_of
from governance.terms import DAY, MINUTE, SECOND, Instant
from governance.ties import COUNCIL

GIVEN_CLOSING = frozenset({Kind.RATIFICATION, Kind.REFERENDUM, Kind.CALL})
"""They end at one instant for all, or with their one stage: no late swing moves it (§6.7d, §6.9, §6.10)."""
DOWNTIME = 2 * MINUTE
"""Shorter gaps are nobody's loss (§3.8)."""
LEAST_AFTER_DOWNTIME, MOST_AFTER_DOWNTIME = 10 * MINUTE, DAY


def _stage_end(state: Assembly | Sitting, item: Item) -> Instant | None:
    """When the item's stage ends by itself."""
    charter = charter_of(item, state)
    if item.pool is not None and (waits := pool_ends(item)) is not None:
        return waits
    match item.stage:
        case Stage.DRAFT:
            return item.began + DRAFT_LIFE
        case Stage.DISCUSSION if item.kind is Kind.REFERENDUM and (opens := referendum.opens_at(item, charter)):
            return opens
        case Stage.DISCUSSION:
            return item.began + charter.discussion_max * SECOND
        case Stage.COOLING:
            return item.began + charter.cooling * SECOND
        case Stage.PAUSED | Stage.ORPHANED if item.stop is not None:
            return item.stop.began + (PAUSE_LIMIT if item.stage is Stage.PAUSED else ORPHAN_LIFE)
        case _:
            return item.question.closes if item.question is not None else None


def _minors_due(state: Assembly | Sitting, item: Item) -> Iterator[tuple[Instant, str]]:
    """When each minor amendment goes in (§3.6)."""
    if item.stage in (Stage.DISCUSSION, Stage.ROUND):
        window = charter_of(item, state).minor_window * SECOND
        for one in item.amendments.values():
            if one.state == "minor":
                yield one.moved + window, one.letter


def _tenth_due(state: Assembly | Sitting, item: Item, question: Question) -> Instant | None:
    """When the tendency of a vote is noted (§5.7)."""
    if item.stage is not Stage.VOTE or question.tendency is not None or "late_swing" in question.extended:
        return None
    if item.kind in GIVEN_CLOSING or item.pool is not None or question.secret:
        # the tendency of a secret vote would stand in the register before it closes (§8)
        return None
    return question.last_tenth() if charter_of(item, state).late_swing else None


def _deadlines(state: Assembly | Sitting, item: Item) -> Iterator[Instant]:
    """Instants at which this item changes, however late they are taken."""
    found = [_stage_end(state, item)]
    if item.amendments:
        found += [instant for instant, _ in _minors_due(state, item)]
    if item.question is not None and item.stop is None:
        found.append(_tenth_due(state, item, item.question))
        if state.kind == COUNCIL:
            found.append(council.early_from(state, item))
    return (instant for instant in found if instant is not None)


def _wakings(state: Assembly | Sitting, item: Item) -> Iterator[Instant]:
    """Instants at which there may be something to say or to close early, and which pass if missed."""
    question = item.question
    if question is None or item.stop is not None:
        return
    yield from question.reminders(often=_asks_to_ratify(item))
    charter = charter_of(item, state)
    if charter.early_close and charter.early_close_after:
        yield question.early_from(charter)


def due(state: Assembly, after: Instant) -> Instant | None:
    """The next instant at which this assembly wants `PassTime`: any deadline not yet taken, or a
    reminder or an early close later than `after`, up to which these were already looked after.

    A deadline that a new charter has set back is due now: a register's instants never run backwards.
    """
    earliest: Instant | None = None
    for number in state.open:
        item = state.items[number]
        for instant in _deadlines(state, item):
            if earliest is None or instant < earliest:
                earliest = instant
        for instant in _wakings(state, item):
            if instant > after and (earliest is None or instant < earliest):
                earliest = instant
    if state.charter.resting >= 0:
        for instant, _ in _resting_notices(state):
            if earliest is None or instant < earliest:
                earliest = instant
    for instant in (*term_ends(state), *people_due(state)):
        if earliest is None or instant < earliest:
            earliest = instant
    return earliest if earliest is None else max(earliest, state.last)


def _resting_notices(state: Assembly | Sitting) -> Iterator[tuple[Instant, str]]:
    for member in state.roll.values():
        rests = None if member.warned else rests_from(member, state.charter.resting, state.resting_since)
        if rests is not None:
            yield rests - RESTING_NOTICE, member.id


def pass_time(state: Assembly, command: c.PassTime, box: Box) -> Decided:
    """Everything due by this instant is taken, item by item in the order they were set (§3.8).

    After each item that changes it is asked again at once, so that what follows from it (§6) counts for the others.
    """
    at, s = command.at, Sitting(state.id, state)
    if state.kind == COUNCIL:
        box = VoiceBox(s, at, box)
    end_terms(s, at)
    end_roles(s, at)
    # §6.7d a mandate adopted by the closing instant is the answer, so who is asked answers last
    for number in sorted(state.open, key=lambda one: _asks_to_ratify(state.items[one])):
        for instant, letter in sorted(_minors_due(s, s.items[number])):
            if instant <= at:
                s.record(f.MinorEntered(number, letter), at)
        _take_item(s, number, box, at)
        if s.facts:
            return replace(decided(s), then=command)
    reminders = [one for number in state.open for one in _reminder(s.items[number], box, at)]
    if state.charter.resting >= 0:
        for instant, member in tuple(_resting_notices(s)):
            if instant <= at:
                s.record(f.RestingWarned(member), at)
    return decided(s, tuple(reminders))


def _reminder(item: Item, box: Box, at: Instant) -> list[Reminder]:
    question = item.question
    if question is None or item.stop is not None or at not in question.reminders(often=_asks_to_ratify(item)):
        return []
    answered = frozenset[str]().union(
        *(box.voters(question_id(item.number, question.serial, letter)) for letter in question.texts)
    )
    return [Reminder(item.number, question.serial, question.closes, question.electorate - question.gone - answered)]


def _take_item(s: Sitting, number: int, box: Box, at: Instant) -> None:
    item = s.items[number]
    question = item.question
    if question is not None and item.stop is None:
        tenth = _tenth_due(s, item, question)
        if tenth is not None and tenth <= at:
            charter = charter_of(item, s)
            outcome = (
                council.outcome_now(s, item, at) if s.kind == COUNCIL else swing_outcome(item, question, charter, box)
            )
            s.record(f.TendencyNoted(number, question.serial, outcome), at)
            item = s.items[number]
        if at < question.closes and _nothing_left(s, item, box, at):
            close(s, number, box, at)
            return
    end = _stage_end(s, item)
    if end is None or end > at:
        return
    if item.pool is not None and item.stop is None:
        take_pool(s, number, box, at)
        return
    match item.stage:
        case Stage.DRAFT:
            s.record(f.Lapsed(number, "unseconded"), at)
        case Stage.DISCUSSION:
            open_first_question(s, number, at)
        case Stage.COOLING:
            open_vote(s, number, at)
        case Stage.PAUSED:
            s.record(f.Resumed(number, None), at)
        case Stage.ORPHANED:
            s.record(f.Withdrawn(number), at)
        case _:
            close(s, number, box, at)


def take_pool(s: Sitting, number: int, box: Box, at: Instant) -> None:
    """Names were gathered long enough, a list is frozen, a ballot closes, or randomness never came (§7)."""
    item = s.items[number]
    if item.question is not None:
        close_ballot(s, number, box, at)
    elif item.kind is Kind.DRAW and not pool_of(s, number).list_hash:
        freeze(s, number, box, at)
    elif item.kind is Kind.DRAW:
        s.record(f.Lapsed(number, "no_randomness"), at)
    elif item.stage is Stage.DISCUSSION:
        open_ballot(s, number, box, at)
    else:
        # a tie nobody broke: who won without it sits, the seats in question stay open
        finish(s, number, at)


def pool_ends(item: Item) -> Instant | None:
    """When a draw is frozen, and until when a draw or a tie waits for its randomness."""
    lot = item.pool.lot if item.pool is not None else None
    if lot is None or item.stop is not None or item.stage in FINAL or item.question is not None:
        return None
    frozen = item.kind is Kind.ELECTION or (item.pool is not None and item.pool.list_hash)
    return lot.known + PATIENCE if frozen else lot.freezes


def _nothing_left(s: Sitting, item: Item, box: Box, at: Instant) -> bool:
    if s.kind == COUNCIL:
        early = council.early_from(s, item)
        return early is not None and early <= at
    return may_close_early(s, item, box, at)


def _asks_to_ratify(item: Item) -> bool:
    """These are reminded of more often (§6.13)."""
    return item.kind is Kind.RATIFICATION


def close(s: Sitting, number: int, box: Box, at: Instant) -> None:
    if s.kind == COUNCIL:
        council.close_question(s, number, at)
    elif s.items[number].pool is not None:
        close_ballot(s, number, box, at)
    elif s.items[number].stage is Stage.ROUND:
        close_round(s, number, box, at)
    else:
        close_vote(s, number, box, at)


def close_early(state: Assembly, command: c.CloseEarly, box: Box, at: Instant) -> Decided | Refused:
    """Nothing is left to wait for (§4.6, §5.6)."""
    s = Sitting(state.id, state)
    item = state.items[command.item]
    if not may_close_early(s, item, box, at):
        return refuse(Why.NOTHING_CHANGES)
    close(s, command.item, box, at)
    return decided(s)


def make_up_downtime(state: Assembly, command: c.MakeUpDowntime, at: Instant) -> Decided:
    """What was left of a window when the last worker stopped runs from the restart (§3.8)."""
    s = Sitting(state.id, state)
    if command.restarted - command.stopped < DOWNTIME:
        return decided(s)
    for number in state.open:
        item = state.items[number]
        question = item.question
        if question is None or item.stop is not None or not command.stopped < question.closes <= command.restarted:
            continue
        left = min(max(question.closes - command.stopped, LEAST_AFTER_DOWNTIME), MOST_AFTER_DOWNTIME)
        s.record(f.ClosingMoved(number, question.serial, command.restarted + left, "downtime"), at)
    return decided(s)
