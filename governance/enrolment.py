"""Founding, joining, leaving: who belongs (§2)."""

from __future__ import annotations

import unicodedata

from governance import commands as c
from governance import facts as f
from governance.charter import COUNCIL_DEFAULTS, draw_up, preset_values
from governance.closing import charter_of, orphan_items_of
from governance.decision import Box, Decided, decided
from governance.holding import empty_double
from governance.motion import Kind, question_id
from governance.refusals import Refused, Why, refuse
from governance.state import Assembly, Sitting
from governance.terms import DAY, AssemblyId, Instant, is_name
from governance.ties import BASE, COUNCIL

FIRST_PRINCIPLE = "the aims and the survival of this assembly"


def found(state: Assembly | None, command: c.Found, at: Instant, id: AssemblyId) -> Decided | Refused:
    """The register begins; or anew, until a second person has joined (§2.1)."""
    if state is not None and state.settled:
        return refuse(Why.ALREADY_FOUNDED, name=state.name)
    if not is_name(command.name):
        return refuse(Why.NAME_NOT_A_WORD, name=command.name)
    values = preset_values(command.preset)
    if values is None:
        return refuse(Why.UNKNOWN_PRESET, preset=command.preset)
    defaults = COUNCIL_DEFAULTS if command.council else {}
    charter = draw_up({**values, **defaults, **command.values}, 1)
    if isinstance(charter, Refused):
        return charter
    s = Sitting(id, state)
    name = unicodedata.normalize("NFC", command.name)
    kind = COUNCIL if command.council else BASE
    s.record(f.Founded(name, kind, command.by, charter.written(), FIRST_PRINCIPLE), at)
    if not command.council:
        s.record(f.Enrolled(command.by), at)
    return decided(s)


def join(state: Assembly, command: c.Join, at: Instant) -> Decided | Refused:
    """Enrolment by a word in the room (§2.2). Who was excluded asks, and the assembly decides."""
    if command.by in state.roll:
        return refuse(Why.ALREADY_ON_ROLL)
    s = Sitting(state.id, state)
    if command.by not in state.excluded:
        s.record(f.Enrolled(command.by), at)
        return decided(s)
    for number in state.open:
        item = state.items[number]
        if item.kind is Kind.ADMISSION and item.terms["person"] == command.by:
            return refuse(Why.ADMISSION_PENDING, item=number)
    number = state.last_item + 1
    terms = {"person": command.by, "exclusion": state.excluded[command.by]}
    s.record(f.Proposed(number, Kind.ADMISSION.value, command.by, "", "", terms), at)
    s.record(f.DiscussionBegan(number), at)
    return decided(s)


def leave(state: Assembly, command: c.Leave, at: Instant) -> Decided | Refused:
    if command.by not in state.roll:
        return refuse(Why.NOT_ON_ROLL)
    s = Sitting(state.id, state)
    s.record(f.LeftRoll(command.by), at)
    orphan_items_of(s, command.by, at)
    return decided(s)


def note_presence(state: Assembly, command: c.NotePresence, at: Instant) -> Decided | Refused:
    """A chat administrator's kick is told and changes no roll (§2.2)."""
    member = state.roll.get(command.by)
    if member is None:
        return refuse(Why.NOT_ON_ROLL)
    if member.present == command.present:
        return Decided(state)
    s = Sitting(state.id, state)
    s.record(f.PresenceNoted(command.by, command.present), at)
    return decided(s)


def note_word(state: Assembly, command: c.NoteWord, at: Instant) -> Decided | Refused:
    """Any word ends resting (§2.3); once a day is enough to know it."""
    member = state.roll.get(command.by)
    if member is None:
        return refuse(Why.NOT_ON_ROLL)
    if state.charter.resting < 0 or (at - member.heard < DAY and not member.warned):
        return Decided(state)
    s = Sitting(state.id, state)
    s.record(f.WordNoted(command.by), at)
    return decided(s)


def merge_members(state: Assembly, command: c.MergeMembers, box: Box, at: Instant) -> Decided | Refused:
    """The older entry stays; in open questions its ballots stand and the other's are struck out (§2.4)."""
    one, other = state.roll.get(command.one), state.roll.get(command.other)
    if one is None or other is None:
        return refuse(Why.NOT_ON_ROLL)
    kept, dropped = (one, other) if (one.enrolled, one.id) <= (other.enrolled, other.id) else (other, one)
    s = Sitting(state.id, state)
    empty_double(s, kept.id, dropped.id, at)
    s.record(f.MembersMerged(kept.id, dropped.id), at)
    struck: list[tuple[str, str]] = []
    for number in state.open:
        item = s.items[number]
        question = item.question
        if question is None:
            continue
        # whom the item is about has no ballot in it, under either entry (§9)
        entries = (kept.id, dropped.id) if item.concerned == kept.id else (dropped.id,)
        for letter in question.texts:
            key = question_id(number, question.serial, letter)
            struck += [(key, one) for one in entries if box.choice(key, one) is not None]
    after = decided(s)
    return Decided(after.state, after.facts, struck=tuple(struck))


def too_small(state: Assembly) -> bool:
    """Fewer members than its quorums need: it decides nothing (§2.6)."""
    return len(state.roll) < state.charter.quorum_min


def electorate_too_small(state: Assembly, number: int) -> bool:
    """The open question's electorate cannot reach its quorum (§2.6)."""
    item = state.items[number]
    question = item.question
    return question is not None and len(question.electorate) < charter_of(item, state).quorum_min
