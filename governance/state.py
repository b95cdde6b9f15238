"""The state of one assembly, and how each fact changes it.

A state is a value: nothing outside `Sitting` ever changes one. A `Sitting` is the private copy that
facts are applied to, made for one decision or for one fold, and copies only what it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from governance import facts as f
from governance.charter import Charter, pairs, read_written
from governance.motion import (
    BACK,
    FINAL,
    NEXT,
    Amendment,
    ClosedRound,
    ClosedVote,
    Item,
    Kind,
    Question,
    Reason,
    Stage,
    Stop,
)
from governance.people import NOBODY, People, Pool, renamed
from governance.roll import Member, electorate
from governance.rooms import FOUNDED_IN, Rooms
from governance.terms import AssemblyId, Instant, MemberId, PersonId
from governance.ties import COUNCIL, SEATS, UNTIED, Counsel, Ties


@dataclass(frozen=True, slots=True)
class Principle:
    """A numbered point of unity. `item`: the motion that set it, 0 for P1 of the founding."""

    number: int
    text: str
    item: int
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Assembly:
    """The fold of an assembly's facts."""

    id: AssemblyId
    name: str
    kind: str
    founded: Instant
    founder: PersonId
    charter: Charter
    resting_since: Instant
    """From when silence counts against `resting` (§2.3)."""
    settled: bool
    """A second member has joined: from here on only a motion changes the charter (§2.1)."""
    roll: Mapping[MemberId, Member]
    excluded: Mapping[MemberId, int]
    """Who was excluded, and by which item."""
    principles: Mapping[int, Principle]
    items: Mapping[int, Item]
    open: tuple[int, ...]
    """Numbers of the items that are not final, in the order in which their deadlines were set."""
    last_item: int
    last: Instant = 0
    """Of the last fact: nothing in a register happens before what stands in it already."""
    ties: Ties = UNTIED
    """To the councils above and the members below (§6)."""
    people: People = NOBODY
    """Roles and speakers (§7)."""
    rooms: Rooms = FOUNDED_IN
    """Where it meets."""


class IllegalFact(Exception):
    """A fact that the transition table does not allow: a mistake of ours, never of a member."""


_put = object.__setattr__
_SLOTS = tuple(one.name for one in fields(Item))


class Sitting:
    """The one place where an assembly changes, and only as a private copy."""

    __slots__ = (
        "_electorate", "_own_items", "_own_roll", "_owned", "charter", "excluded", "facts", "founded", "founder", "id",
        "items", "kind", "last", "last_item", "name", "open", "people", "principles", "resting_since", "roll",
        "rooms", "settled", "ties",
    )

    charter: Charter

    def __init__(self, id: AssemblyId, state: Assembly | None) -> None:
        self.id = id
        self.facts: list[f.Fact] = []
        self._electorate: frozenset[MemberId] | None = None
        self._owned: set[int] = set()
        self._own_items = self._own_roll = state is None
        self.last_item, self.last = 0, 0
        self.ties = UNTIED if state is None else state.ties
        self.people = NOBODY if state is None else state.people
        self.rooms = FOUNDED_IN if state is None else state.rooms
        if state is None:
            return
        self.name, self.kind = state.name, state.kind
        self.founded, self.founder = state.founded, state.founder
        self.charter, self.resting_since, self.settled = state.charter, state.resting_since, state.settled
        self.roll: dict[MemberId, Member] = state.roll  # type: ignore[assignment]  # copied before it is changed
        self.excluded: dict[MemberId, int] = dict(state.excluded)
        self.principles: dict[int, Principle] = dict(state.principles)
        self.items: dict[int, Item] = state.items  # type: ignore[assignment]  # copied before it is changed
        self.open: dict[int, None] = dict.fromkeys(state.open)
        self.last_item, self.last = state.last_item, state.last

    def state(self) -> Assembly:
        """The changed copy as a value; the sitting must not be used any more."""
        return Assembly(
            self.id, self.name, self.kind, self.founded, self.founder, self.charter, self.resting_since, self.settled,
            self.roll, self.excluded, self.principles, self.items, tuple(self.open), self.last_item, self.last,
            self.ties, self.people, self.rooms,
        )

    def record(self, fact: f.Fact, at: Instant) -> None:
        """The fact has happened: it is kept, and holds from here on."""
        self.facts.append(fact)
        self.apply(fact, at)

    def apply(self, fact: f.Fact, at: Instant) -> None:
        EVOLVE[type(fact)](self, fact, at)
        self.last = at

    # --- private copies

    def roll_to_change(self) -> dict[MemberId, Member]:
        self._electorate = None
        if not self._own_roll:
            self.roll, self._own_roll = dict(self.roll), True
        return self.roll

    def add(self, item: Item) -> None:
        if not self._own_items:
            self.items, self._own_items = dict(self.items), True
        self._owned.add(item.number)
        self.items[item.number] = item
        self.open[item.number] = None
        self.last_item = max(self.last_item, item.number)

    def change(self, number: int, **values: Any) -> Item:
        """Set some of an item's values on its private copy."""
        item = self.items[number]
        if number not in self._owned:
            if not self._own_items:
                self.items, self._own_items = dict(self.items), True
            copy = object.__new__(Item)
            for slot in _SLOTS:
                _put(copy, slot, getattr(item, slot))
            self.items[number] = item = copy
            self._owned.add(number)
        for name, value in values.items():
            _put(item, name, value)
        return item

    def set_deadline(self, number: int) -> None:
        """The item's stage got a new end: of one instant it is taken after those set before (§3.8)."""
        self.open.pop(number, None)
        self.open[number] = None

    def change_question(self, number: int, **values: Any) -> None:
        question = self.items[number].question
        if question is None:
            raise IllegalFact(f"item {number} has no open question")
        self.change(number, question=replace(question, **values))

    # --- what several facts share

    def electorate(self, item: Item, at: Instant) -> frozenset[MemberId]:
        """Who may answer a question of this item opened now, by the item's charter (§2.3)."""
        charter, without = item.charter or self.charter, item.concerned
        if self.kind == COUNCIL:
            return self._members_heard(at) - {without}
        if charter.newcomer or charter.resting >= 0 or without is not None:
            return electorate(self.roll, at, charter.newcomer, charter.resting, self.resting_since, without)
        if self._electorate is None:
            self._electorate = frozenset(self.roll)
        return self._electorate

    def _members_heard(self, at: Instant) -> frozenset[MemberId]:
        """T: the member assemblies, with or without a delegation, less those whose voice is suspended (§6.7, §6.14)."""
        return frozenset(one for one in self.roll if not self.ties.members[one].is_suspended(at))

    def step(self, fact: f.Fact, number: int) -> Item:
        """Move the item along the transition table; the caller fills in what comes with it."""
        item = self.items[number]
        try:
            stage = NEXT[item.stage][type(fact)]
        except KeyError:
            raise IllegalFact(f"{type(fact).__name__} in stage {item.stage.value}") from None
        if stage is BACK and item.stop is not None:
            stage = item.stop.stage
        if stage is not item.stage:
            item = self.change(number, stage=stage)
            if stage in FINAL:
                self.open.pop(number, None)
        return item


Apply = Callable[[Sitting, Any, Instant], None]
EVOLVE: dict[type[f.Fact], Apply] = {}


def _on(kind: type[f.Fact]) -> Callable[[Apply], Apply]:
    def register(apply: Apply) -> Apply:
        EVOLVE[kind] = apply
        return apply

    return register


# --- the assembly and its roll


@_on(f.Founded)
def _founded(s: Sitting, fact: f.Founded, at: Instant) -> None:
    s.name, s.kind, s.founded, s.founder = fact.name, fact.kind, at, fact.founder
    s.charter, s.resting_since, s.settled = read_written(fact.charter, 1), at, False
    s.roll, s.excluded, s.principles = {}, {}, {1: Principle(1, fact.principle, 0)}
    s.items, s.open, s.people = {}, {}, NOBODY
    s._own_items = s._own_roll = True
    s._electorate, s._owned = None, set()


@_on(f.Enrolled)
def _enrolled(s: Sitting, fact: f.Enrolled, at: Instant) -> None:
    roll = s.roll_to_change()
    roll[fact.member] = Member(fact.member, at, at)
    s.settled = s.settled or fact.member != s.founder
    s.excluded.pop(fact.member, None)


def _leaves(s: Sitting, member: MemberId) -> None:
    s.roll_to_change().pop(member, None)
    for number in s.open:
        question = s.items[number].question
        if question is not None and member in question.electorate:
            s.change_question(number, gone=question.gone | {member})


@_on(f.LeftRoll)
def _left(s: Sitting, fact: f.LeftRoll, at: Instant) -> None:
    _leaves(s, fact.member)


@_on(f.MembersMerged)
def _merged(s: Sitting, fact: f.MembersMerged, at: Instant) -> None:
    kept, dropped = s.roll[fact.kept], s.roll[fact.dropped]
    last = max(kept, dropped, key=lambda one: one.heard)
    _leaves(s, fact.dropped)
    s.roll_to_change()[fact.kept] = replace(
        kept, heard=last.heard, warned=last.warned, present=kept.present or dropped.present
    )
    for number in s.open:
        _merge_in_item(s, s.items[number], fact.kept, fact.dropped)


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


@_on(f.PresenceNoted)
def _presence(s: Sitting, fact: f.PresenceNoted, at: Instant) -> None:
    s.roll_to_change()[fact.member] = replace(s.roll[fact.member], present=fact.present)


@_on(f.WordNoted)
def _word(s: Sitting, fact: f.WordNoted, at: Instant) -> None:
    s.roll_to_change()[fact.member] = replace(s.roll[fact.member], heard=at, warned=False)


@_on(f.RestingWarned)
def _warned(s: Sitting, fact: f.RestingWarned, at: Instant) -> None:
    s.roll_to_change()[fact.member] = replace(s.roll[fact.member], warned=True)


# --- an item's life


@_on(f.Proposed)
def _proposed(s: Sitting, fact: f.Proposed, at: Instant) -> None:
    s.add(
        Item(
            number=fact.item, kind=Kind(fact.kind), title=fact.title, text=fact.text, version=1, proposer=fact.by,
            terms=fact.terms, proposed=at, stage=Stage.DRAFT, began=at,
            pool=Pool() if fact.kind in (Kind.ELECTION.value, Kind.DRAW.value) else None,
            counsel=Counsel() if s.kind == COUNCIL else None,
        )
    )


@_on(f.Seconded)
def _seconded(s: Sitting, fact: f.Seconded, at: Instant) -> None:
    item = s.step(fact, fact.item)
    s.change(fact.item, seconders=(*item.seconders, fact.by))


@_on(f.DiscussionBegan)
def _discussion(s: Sitting, fact: f.DiscussionBegan, at: Instant) -> None:
    s.step(fact, fact.item)
    s.change(fact.item, began=at, paused_here=False)
    s.set_deadline(fact.item)


def _without_minors(item: Item) -> Mapping[str, Amendment]:
    """A minor amendment not yet in when its stage ends lapses (§3.6)."""
    if not any(one.state == "minor" for one in item.amendments.values()):
        return item.amendments
    return {
        letter: replace(one, state="lapsed") if one.state == "minor" else one
        for letter, one in item.amendments.items()
    }


def _opened(s: Sitting, fact: f.RoundOpened | f.VoteOpened, at: Instant) -> Item:
    item = s.step(fact, fact.item)
    if item.charter is None:
        item = s.change(fact.item, charter=s.charter)
    if item.counsel is not None:
        # a new question: positions are stated anew
        s.change(fact.item, counsel=replace(item.counsel, answers={}, left={}, opened=at))
    s.set_deadline(fact.item)
    return s.change(
        fact.item, questions=fact.question, began=at, paused_here=False, reasons={}, amendments=_without_minors(item)
    )


@_on(f.RoundOpened)
def _round_opened(s: Sitting, fact: f.RoundOpened, at: Instant) -> None:
    item = _opened(s, fact, at)
    question = Question(
        fact.question, fact.round, fact.version, s.electorate(item, at), at, fact.closes, fact.closes - at
    )
    s.change(fact.item, question=question, withdrawn_blocks=())


@_on(f.VoteOpened)
def _vote_opened(s: Sitting, fact: f.VoteOpened, at: Instant) -> None:
    item = _opened(s, fact, at)
    question = Question(
        fact.question, 0, fact.version, s.electorate(item, at), at, fact.closes, fact.closes - at,
        fact.texts, fact.runoff, fact.threshold, fact.base, secret=fact.secret,
    )
    s.change(fact.item, question=question)


def _give(s: Sitting, fact: Any, position: str, principle: int) -> None:
    item = s.step(fact, fact.item)
    reason = Reason(fact.by, position, principle, fact.reason)
    s.change(fact.item, reasons={**item.reasons, fact.by: reason})


def _take_back(s: Sitting, fact: f.BlockWithdrawn | f.ReasonWithdrawn) -> Reason:
    item = s.step(fact, fact.item)
    taken = item.reasons[fact.by]
    s.change(fact.item, reasons={member: one for member, one in item.reasons.items() if member != fact.by})
    return taken


@_on(f.Blocked)
def _blocked(s: Sitting, fact: f.Blocked, at: Instant) -> None:
    _give(s, fact, "block", fact.principle)


@_on(f.StoodAside)
def _stood_aside(s: Sitting, fact: f.StoodAside, at: Instant) -> None:
    _give(s, fact, "aside", 0)


@_on(f.ReasonGiven)
def _reason_given(s: Sitting, fact: f.ReasonGiven, at: Instant) -> None:
    _give(s, fact, fact.position, 0)


@_on(f.BlockWithdrawn)
def _block_withdrawn(s: Sitting, fact: f.BlockWithdrawn, at: Instant) -> None:
    reason, item = _take_back(s, fact), s.items[fact.item]
    s.change(fact.item, withdrawn_blocks=(*item.withdrawn_blocks, reason))


@_on(f.ReasonWithdrawn)
def _reason_withdrawn(s: Sitting, fact: f.ReasonWithdrawn, at: Instant) -> None:
    _take_back(s, fact)


@_on(f.StatementAttached)
def _statement(s: Sitting, fact: f.StatementAttached, at: Instant) -> None:
    item = s.step(fact, fact.item)
    s.change(fact.item, statements={**item.statements, fact.by: fact.text})


def _amendment(s: Sitting, number: int, letter: str, **values: Any) -> Amendment:
    item = s.items[number]
    after = replace(item.amendments[letter], **values)
    s.change(number, amendments={**item.amendments, letter: after})
    return after


@_on(f.Amended)
def _amended(s: Sitting, fact: f.Amended, at: Instant) -> None:
    item = s.step(fact, fact.item)
    moved = Amendment(fact.letter, fact.by, fact.text, at, "minor" if fact.minor else "moved")
    s.change(fact.item, amendments={**item.amendments, fact.letter: moved})


@_on(f.MinorObjected)
def _objected(s: Sitting, fact: f.MinorObjected, at: Instant) -> None:
    s.step(fact, fact.item)
    _amendment(s, fact.item, fact.letter, state="moved")


def _new_text(s: Sitting, number: int, text: str) -> None:
    item = s.change(number, text=text)
    if item.kind is Kind.CHARTER:
        s.change(number, terms=pairs(text))


@_on(f.MinorEntered)
def _minor_entered(s: Sitting, fact: f.MinorEntered, at: Instant) -> None:
    s.step(fact, fact.item)
    _new_text(s, fact.item, _amendment(s, fact.item, fact.letter, state="entered").text)


@_on(f.AmendmentAccepted)
def _accepted(s: Sitting, fact: f.AmendmentAccepted, at: Instant) -> None:
    item = s.step(fact, fact.item)
    s.change(fact.item, version=fact.version, restarts=item.restarts + (item.stage is Stage.ROUND))
    _new_text(s, fact.item, _amendment(s, fact.item, fact.letter, state="accepted").text)
    # spelling mended in the old text must not bring the old text back
    s.change(fact.item, amendments=_without_minors(s.items[fact.item]))


@_on(f.RivalPut)
def _rival_put(s: Sitting, fact: f.RivalPut, at: Instant) -> None:
    s.step(fact, fact.item)
    _amendment(s, fact.item, fact.letter, state="rival")


@_on(f.RivalSeconded)
def _rival_seconded(s: Sitting, fact: f.RivalSeconded, at: Instant) -> None:
    item = s.step(fact, fact.item)
    _amendment(s, fact.item, fact.letter, seconders=(*item.amendments[fact.letter].seconders, fact.by))


@_on(f.TendencyNoted)
def _tendency(s: Sitting, fact: f.TendencyNoted, at: Instant) -> None:
    s.step(fact, fact.item)
    s.change_question(fact.item, tendency=fact.outcome)


def _reminded(question: Question, now: Instant) -> int | None:
    """The open time of the reminder already given by now, so that a moved clock does not repeat it (§3.9)."""
    due = question.reminder()
    return question.reminded if due is None or due > now else due - question.opened - question.stopped


@_on(f.ClosingMoved)
def _closing_moved(s: Sitting, fact: f.ClosingMoved, at: Instant) -> None:
    question = s.step(fact, fact.item).question
    if question is None:
        raise IllegalFact("ClosingMoved without a question")
    s.set_deadline(fact.item)
    s.change_question(fact.item, closes=fact.closes, extended=question.extended | {fact.why})
    if fact.why == "downtime":
        # nobody was there: that was no open time, and what fell due in it has not been said (§3.4, §3.8)
        stopped = question.stopped + fact.closes - question.closes
        s.change_question(fact.item, stopped=stopped, reminded=_reminded(question, at - 1))
    else:
        s.change_question(fact.item, reminded=_reminded(question, at))


@_on(f.RoundClosed)
def _round_closed(s: Sitting, fact: f.RoundClosed, at: Instant) -> None:
    item = s.step(fact, fact.item)
    question = item.question
    if question is None:
        raise IllegalFact("RoundClosed without a question")
    withdrawn = (replace(one, position="withdrawn") for one in item.withdrawn_blocks)
    closed = ClosedRound(
        question.serial, question.round, question.version, len(question.electorate), fact.tally, fact.outcome,
        at, question.opened, (*item.reasons.values(), *withdrawn),
    )
    blockers = frozenset(one.member for one in item.reasons.values() if one.position == "block")
    s.change(fact.item, rounds=(*item.rounds, closed), question=None, blockers=blockers, reasons={},
             amendments=_without_minors(item))


@_on(f.VoteClosed)
def _vote_closed(s: Sitting, fact: f.VoteClosed, at: Instant) -> None:
    item = s.step(fact, fact.item)
    question = item.question
    if question is None:
        raise IllegalFact("VoteClosed without a question")
    closed = ClosedVote(
        question.serial, len(question.electorate), fact.tallies, fact.verdicts, fact.outcome, fact.text,
        question.threshold, question.base, question.runoff, at, question.opened, question.secret,
    )
    s.change(fact.item, votes=(*item.votes, closed), question=None)


@_on(f.CoolingBegan)
def _cooling(s: Sitting, fact: f.CoolingBegan, at: Instant) -> None:
    s.step(fact, fact.item)
    s.change(fact.item, began=at, paused_here=False)
    s.set_deadline(fact.item)


@_on(f.Paused)
def _paused(s: Sitting, fact: f.Paused, at: Instant) -> None:
    stage = s.items[fact.item].stage
    s.step(fact, fact.item)
    s.set_deadline(fact.item)
    s.change(fact.item, stop=Stop(stage, at, at), paused_here=True)


@_on(f.Orphaned)
def _orphaned(s: Sitting, fact: f.Orphaned, at: Instant) -> None:
    before = s.items[fact.item]
    stop = replace(before.stop, began=at) if before.stop else Stop(before.stage, at, at)
    s.step(fact, fact.item)
    s.change(fact.item, stop=stop)
    s.set_deadline(fact.item)


def _go_on(s: Sitting, number: int, stop: Stop | None, at: Instant) -> None:
    """Back to the stage it was in, with the time it had left (§3.4)."""
    assert stop is not None, "what was paused or orphaned was stopped"
    item, length = s.items[number], at - stop.since
    s.set_deadline(number)
    question = item.question
    if question is not None:
        question = replace(
            question, closes=question.closes + length, stopped=question.stopped + length,
            reminded=_reminded(question, stop.since),
        )
    moved = {
        letter: replace(one, moved=one.moved + length) if one.state == "minor" else one
        for letter, one in item.amendments.items()
    }
    s.change(number, stop=None, began=item.began + length, question=question, amendments=moved)


@_on(f.Resumed)
def _resumed(s: Sitting, fact: f.Resumed, at: Instant) -> None:
    stop = s.items[fact.item].stop
    s.step(fact, fact.item)
    _go_on(s, fact.item, stop, at)


@_on(f.TakenOver)
def _taken_over(s: Sitting, fact: f.TakenOver, at: Instant) -> None:
    stop = s.items[fact.item].stop
    item = s.step(fact, fact.item)
    _go_on(s, fact.item, stop, at)
    seconders = tuple(one for one in item.seconders if one != fact.by)
    s.change(fact.item, proposer=fact.by, seconders=seconders)


# --- what became of it


def _ended(s: Sitting, fact: Any, at: Instant, **values: Any) -> None:
    item = s.step(fact, fact.item)
    s.change(fact.item, ended=at, question=None, stop=None, amendments=_without_minors(item), **values)


@_on(f.Withdrawn)
def _withdrawn(s: Sitting, fact: f.Withdrawn, at: Instant) -> None:
    _ended(s, fact, at)


@_on(f.Adopted)
def _adopted(s: Sitting, fact: f.Adopted, at: Instant) -> None:
    _ended(s, fact, at, decided_by=fact.by)
    if fact.text:
        item = s.items[fact.item]
        s.change(fact.item, version=item.version + 1)
        _new_text(s, fact.item, item.amendments[fact.text].text)


@_on(f.Rejected)
def _rejected(s: Sitting, fact: f.Rejected, at: Instant) -> None:
    _ended(s, fact, at, decided_by=fact.by, why=fact.why)


@_on(f.Lapsed)
def _lapsed(s: Sitting, fact: f.Lapsed, at: Instant) -> None:
    _ended(s, fact, at, why=fact.why)


@_on(f.Deferred)
def _deferred(s: Sitting, fact: f.Deferred, at: Instant) -> None:
    _ended(s, fact, at, why=fact.why)


# --- what an adopted motion sets in force


@_on(f.CharterChanged)
def _charter_changed(s: Sitting, fact: f.CharterChanged, at: Instant) -> None:
    before, s.charter = s.charter, read_written(fact.charter, fact.version)
    if before.resting != s.charter.resting:
        # silence counts from here, and the two weeks' notice is given again
        s.resting_since = at
        s.roll = {name: replace(member, warned=False) for name, member in s.roll_to_change().items()}


@_on(f.PrincipleAdded)
def _principle_added(s: Sitting, fact: f.PrincipleAdded, at: Instant) -> None:
    s.principles[fact.principle] = Principle(fact.principle, fact.text, fact.item)
    s.change(fact.item, adopted_as=fact.principle)


@_on(f.PrincipleEnded)
def _principle_ended(s: Sitting, fact: f.PrincipleEnded, at: Instant) -> None:
    s.principles[fact.principle] = replace(s.principles[fact.principle], ended=True)


@_on(f.MemberExcluded)
def _excluded(s: Sitting, fact: f.MemberExcluded, at: Instant) -> None:
    _leaves(s, fact.member)
    s.excluded[fact.member] = fact.item


@_on(f.ItemRepealed)
def _repealed(s: Sitting, fact: f.ItemRepealed, at: Instant) -> None:
    s.step(fact, fact.target)
    s.change(fact.target, repealed_by=fact.item)


def evolve(state: Assembly | None, fact: f.Fact, at: Instant, id: AssemblyId) -> Assembly:
    """The state after one more fact."""
    sitting = Sitting(id, state)
    sitting.apply(fact, at)
    return sitting.state()


def fold(id: AssemblyId, entries: Iterable[tuple[Instant, f.Fact]]) -> Assembly | None:
    """The state of all facts, in order; None for an empty register."""
    sitting, at = Sitting(id, None), None
    for at, fact in entries:
        EVOLVE[type(fact)](sitting, fact, at)
    if at is None:
        return None
    sitting.last = at
    return sitting.state()
