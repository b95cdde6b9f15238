"""How the facts about items change the state: a motion's life, what becomes of it, what it sets in force (§3–§5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from governance import facts as f
from governance.charter import pairs, read_written
from governance.motion import Amendment, ClosedRound, ClosedVote, Item, Kind, Question, Reason, Stage, Stop
from governance.people import Pool
from governance.state import IllegalFact, Principle, Sitting, on
from governance.terms import Instant
from governance.ties import COUNCIL, Counsel


@on(f.Proposed)
def _proposed(s: Sitting, fact: f.Proposed, at: Instant) -> None:
    s.add(
        Item(
            number=fact.item, kind=Kind(fact.kind), title=fact.title, text=fact.text, version=1, proposer=fact.by,
            terms=fact.terms, proposed=at, stage=Stage.DRAFT, began=at,
            pool=Pool() if fact.kind in (Kind.ELECTION.value, Kind.DRAW.value) else None,
            counsel=Counsel() if s.kind == COUNCIL else None,
        )
    )


@on(f.Seconded)
def _seconded(s: Sitting, fact: f.Seconded, at: Instant) -> None:
    item = s.step(fact, fact.item)
    s.change(fact.item, seconders=(*item.seconders, fact.by))


@on(f.DiscussionBegan)
def _discussion(s: Sitting, fact: f.DiscussionBegan, at: Instant) -> None:
    s.step(fact, fact.item)
    s.change(fact.item, began=at, paused_here=False)
    s.set_deadline(fact.item)
    _entered(s, fact.item, at)


def _entered(s: Sitting, number: int, at: Instant) -> None:
    if s.kind == COUNCIL:
        s.change_counsel(number, entered=at)


def without_minors(item: Item) -> Mapping[str, Amendment]:
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
        s.change_counsel(fact.item, answers={}, left={}, opened=at)
    s.set_deadline(fact.item)
    return s.change(
        fact.item, questions=fact.question, began=at, paused_here=False, reasons={}, amendments=without_minors(item)
    )


@on(f.RoundOpened)
def _round_opened(s: Sitting, fact: f.RoundOpened, at: Instant) -> None:
    item = _opened(s, fact, at)
    question = Question(
        fact.question, fact.round, fact.version, s.electorate(item, at), at, fact.closes, fact.closes - at
    )
    s.change(fact.item, question=question, withdrawn_blocks=())


@on(f.VoteOpened)
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


@on(f.Blocked)
def _blocked(s: Sitting, fact: f.Blocked, at: Instant) -> None:
    _give(s, fact, "block", fact.principle)


@on(f.StoodAside)
def _stood_aside(s: Sitting, fact: f.StoodAside, at: Instant) -> None:
    _give(s, fact, "aside", 0)


@on(f.ReasonGiven)
def _reason_given(s: Sitting, fact: f.ReasonGiven, at: Instant) -> None:
    _give(s, fact, fact.position, 0)


@on(f.BlockWithdrawn)
def _block_withdrawn(s: Sitting, fact: f.BlockWithdrawn, at: Instant) -> None:
    reason, item = _take_back(s, fact), s.items[fact.item]
    s.change(fact.item, withdrawn_blocks=(*item.withdrawn_blocks, reason))


@on(f.ReasonWithdrawn)
def _reason_withdrawn(s: Sitting, fact: f.ReasonWithdrawn, at: Instant) -> None:
    _take_back(s, fact)


@on(f.StatementAttached)
def _statement(s: Sitting, fact: f.StatementAttached, at: Instant) -> None:
    item = s.step(fact, fact.item)
    s.change(fact.item, statements={**item.statements, fact.by: fact.text})


def _amendment(s: Sitting, number: int, letter: str, **values: Any) -> Amendment:
    item = s.items[number]
    after = replace(item.amendments[letter], **values)
    s.change(number, amendments={**item.amendments, letter: after})
    return after


@on(f.Amended)
def _amended(s: Sitting, fact: f.Amended, at: Instant) -> None:
    item = s.step(fact, fact.item)
    moved = Amendment(fact.letter, fact.by, fact.text, at, "minor" if fact.minor else "moved")
    s.change(fact.item, amendments={**item.amendments, fact.letter: moved})


@on(f.MinorObjected)
def _objected(s: Sitting, fact: f.MinorObjected, at: Instant) -> None:
    s.step(fact, fact.item)
    _amendment(s, fact.item, fact.letter, state="moved")


def _new_text(s: Sitting, number: int, text: str) -> None:
    item = s.change(number, text=text)
    if item.kind is Kind.CHARTER:
        s.change(number, terms=pairs(text))


@on(f.MinorEntered)
def _minor_entered(s: Sitting, fact: f.MinorEntered, at: Instant) -> None:
    s.step(fact, fact.item)
    _new_text(s, fact.item, _amendment(s, fact.item, fact.letter, state="entered").text)


@on(f.AmendmentAccepted)
def _accepted(s: Sitting, fact: f.AmendmentAccepted, at: Instant) -> None:
    item = s.step(fact, fact.item)
    s.change(fact.item, version=fact.version, restarts=item.restarts + (item.stage is Stage.ROUND))
    _new_text(s, fact.item, _amendment(s, fact.item, fact.letter, state="accepted").text)
    # spelling mended in the old text must not bring the old text back
    s.change(fact.item, amendments=without_minors(s.items[fact.item]))


@on(f.RivalPut)
def _rival_put(s: Sitting, fact: f.RivalPut, at: Instant) -> None:
    s.step(fact, fact.item)
    _amendment(s, fact.item, fact.letter, state="rival")


@on(f.RivalSeconded)
def _rival_seconded(s: Sitting, fact: f.RivalSeconded, at: Instant) -> None:
    item = s.step(fact, fact.item)
    _amendment(s, fact.item, fact.letter, seconders=(*item.amendments[fact.letter].seconders, fact.by))


@on(f.TendencyNoted)
def _tendency(s: Sitting, fact: f.TendencyNoted, at: Instant) -> None:
    s.step(fact, fact.item)
    s.change_question(fact.item, tendency=fact.outcome)


def _reminded(question: Question, now: Instant) -> int | None:
    """The open time of the reminder already given by now, so that a moved clock does not repeat it (§3.9)."""
    due = question.reminder()
    return question.reminded if due is None or due > now else due - question.opened - question.stopped


@on(f.ClosingMoved)
def _closing_moved(s: Sitting, fact: f.ClosingMoved, at: Instant) -> None:
    item = s.step(fact, fact.item)
    question = item.question
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
    if item.counsel is not None and item.stage is Stage.RATIFICATION:
        # homes were down with the council, so their ratifications end as much later (§3.8)
        s.change_counsel(fact.item, asked=dict.fromkeys(item.counsel.asked, fact.closes))


@on(f.RoundClosed)
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
             amendments=without_minors(item))


@on(f.VoteClosed)
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


@on(f.CoolingBegan)
def _cooling(s: Sitting, fact: f.CoolingBegan, at: Instant) -> None:
    s.step(fact, fact.item)
    s.change(fact.item, began=at, paused_here=False)
    s.set_deadline(fact.item)


@on(f.Paused)
def _paused(s: Sitting, fact: f.Paused, at: Instant) -> None:
    stage = s.items[fact.item].stage
    s.step(fact, fact.item)
    s.set_deadline(fact.item)
    s.change(fact.item, stop=Stop(stage, at, at), paused_here=True)


@on(f.Orphaned)
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


@on(f.Resumed)
def _resumed(s: Sitting, fact: f.Resumed, at: Instant) -> None:
    stop = s.items[fact.item].stop
    s.step(fact, fact.item)
    _go_on(s, fact.item, stop, at)
    _entered(s, fact.item, at)


@on(f.TakenOver)
def _taken_over(s: Sitting, fact: f.TakenOver, at: Instant) -> None:
    stop = s.items[fact.item].stop
    item = s.step(fact, fact.item)
    _go_on(s, fact.item, stop, at)
    seconders = tuple(one for one in item.seconders if one != fact.by)
    s.change(fact.item, proposer=fact.by, seconders=seconders)
    _entered(s, fact.item, at)


# --- what became of it


def _ended(s: Sitting, fact: Any, at: Instant, **values: Any) -> None:
    item = s.step(fact, fact.item)
    s.change(fact.item, ended=at, question=None, stop=None, amendments=without_minors(item), **values)


@on(f.Withdrawn)
def _withdrawn(s: Sitting, fact: f.Withdrawn, at: Instant) -> None:
    _ended(s, fact, at)


@on(f.Adopted)
def _adopted(s: Sitting, fact: f.Adopted, at: Instant) -> None:
    _ended(s, fact, at, decided_by=fact.by)
    if fact.text:
        item = s.items[fact.item]
        s.change(fact.item, version=item.version + 1)
        _new_text(s, fact.item, item.amendments[fact.text].text)


@on(f.Rejected)
def _rejected(s: Sitting, fact: f.Rejected, at: Instant) -> None:
    _ended(s, fact, at, decided_by=fact.by, why=fact.why)


@on(f.Lapsed)
def _lapsed(s: Sitting, fact: f.Lapsed, at: Instant) -> None:
    _ended(s, fact, at, why=fact.why)


@on(f.Deferred)
def _deferred(s: Sitting, fact: f.Deferred, at: Instant) -> None:
    _ended(s, fact, at, why=fact.why)


# --- what an adopted motion sets in force


@on(f.CharterChanged)
def _charter_changed(s: Sitting, fact: f.CharterChanged, at: Instant) -> None:
    before, s.charter = s.charter, read_written(fact.charter, fact.version)
    if before.resting != s.charter.resting:
        # silence counts from here, and the two weeks' notice is given again
        s.resting_since = at
        s.roll = {name: replace(member, warned=False) for name, member in s.roll_to_change().items()}


@on(f.PrincipleAdded)
def _principle_added(s: Sitting, fact: f.PrincipleAdded, at: Instant) -> None:
    s.principles[fact.principle] = Principle(fact.principle, fact.text, fact.item)
    s.change(fact.item, adopted_as=fact.principle)


@on(f.PrincipleEnded)
def _principle_ended(s: Sitting, fact: f.PrincipleEnded, at: Instant) -> None:
    s.principles[fact.principle] = replace(s.principles[fact.principle], ended=True)


@on(f.ItemRepealed)
def _repealed(s: Sitting, fact: f.ItemRepealed, at: Instant) -> None:
    s.step(fact, fact.target)
    s.change(fact.target, repealed_by=fact.item)
