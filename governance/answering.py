"""Positions and ballots: who may answer what, and when it counts (§2.3, §3.8, §4, §5)."""

from __future__ import annotations

from governance import commands as c
from governance import facts as f
from governance.ballots import HOW
from governance.changing import in_stage
from governance.closing import charter_of
from governance.decision import Ballot, Box, Decided, decided
from governance.motion import CHOICES, NEXT, POSITIONS, Item, Question, Stage, question_id
from governance.proposing import find, too_long
from governance.refusals import Refused, Why, refuse
from governance.state import Assembly, Sitting
from governance.terms import SECOND, Instant, MemberId

REASON_LIMIT = 1000
STATEMENT_LIMIT = 4000
"""Characters."""


def open_to(
    state: Assembly, by: MemberId, number: int, stage: Stage, serial: int | None, at: Instant
) -> tuple[Item, Question] | Refused:
    """The item and its open question, when this person may answer it now."""
    item = state.items.get(number)
    if item is None:
        return find(state, number)  # type: ignore[return-value]  # refused: there is no such item
    question = item.question
    if question is None or item.stage is not stage:
        if serial is not None:
            return refuse(Why.STALE_BUTTON, item=number)
        return refuse(Why.NOTHING_OPEN, **in_stage(item))
    if serial is not None and serial != question.serial:
        return refuse(Why.STALE_BUTTON, item=number)
    if at >= question.closes:
        return refuse(Why.QUESTION_CLOSED, item=number, closed=question.closes)
    if by in question.electorate and by != item.concerned:
        return refuse(Why.LEFT_SINCE, item=number) if by in question.gone else (item, question)
    return _not_asked(state, by, item, question)


def _not_asked(state: Assembly, by: MemberId, item: Item, question: Question) -> Refused:
    member = state.roll.get(by)
    if member is None:
        return refuse(Why.NOT_ON_ROLL)
    if item.concerned == by:
        return refuse(Why.NOT_IN_ELECTORATE_CONCERNED, item=item.number)
    opened, joined, newcomer = question.opened, member.enrolled, charter_of(item, state).newcomer
    if newcomer and joined + newcomer * SECOND > opened:
        asked = joined + newcomer * SECOND
        return refuse(Why.NEWCOMER_WAITS, item=item.number, opened=opened, joined=joined, asked=asked)
    if joined < opened:
        return refuse(Why.RESTED, item=item.number, opened=opened)
    return refuse(Why.NOT_IN_ELECTORATE, item=item.number, opened=opened, joined=joined)


def take_position(state: Assembly, command: c.TakePosition, box: Box, at: Instant) -> Decided | Refused:
    """An answer in a consensus round. A block needs a reason and a principle (§4.2)."""
    found = open_to(state, command.by, command.item, Stage.ROUND, command.question, at)
    if isinstance(found, Refused):
        return found
    item, question = found
    position = command.position
    if position not in POSITIONS:
        return refuse(Why.UNKNOWN_CHOICE, item=item.number, choices=POSITIONS)
    key = question_id(item.number, question.serial)
    ballot = Ballot(key, command.by, position, at)
    standing = item.reasons.get(command.by)
    if command.reason or standing is not None or position in ("block", "aside"):
        after = _with_reason(state, item, question, command, at)
        if isinstance(after, Refused):
            return after
        state, facts = after.state, after.facts
    else:
        facts = ()
    then = _early(state, item, question, box, key, command.by, at)
    return Decided(state, facts, (ballot,), then=then)


def _with_reason(
    state: Assembly, item: Item, question: Question, command: c.TakePosition, at: Instant
) -> Decided | Refused:
    """What is said with a reason is a fact at once, and so is taking it back."""
    reason, position, principle = command.reason.strip(), command.position, command.principle or 0
    fault = too_long(reason, REASON_LIMIT)
    if position == "block":
        fault = fault or block_fault(state, item, reason, principle)
    if fault:
        return fault
    s, standing = Sitting(state.id, state), item.reasons.get(command.by)
    same = standing is not None and (standing.position, standing.text, standing.principle) == (
        position, reason, principle if position == "block" else 0,
    )
    if same:
        return Decided(state)
    serial = question.serial
    if standing is not None and standing.position == "block" and position != "block":
        s.record(f.BlockWithdrawn(item.number, serial, command.by), at)
    elif standing is not None and standing.position != position:
        s.record(f.ReasonWithdrawn(item.number, serial, command.by, standing.position), at)
    if position == "block":
        s.record(f.Blocked(item.number, serial, command.by, principle, reason), at)
    elif position == "aside":
        s.record(f.StoodAside(item.number, serial, command.by, reason), at)
    elif reason and position != "pass":
        s.record(f.ReasonGiven(item.number, serial, command.by, position, reason), at)
    return decided(s)


def block_fault(state: Assembly, item: Item, reason: str, principle: int) -> Refused | None:
    if not reason or not principle:
        return refuse(Why.BLOCK_NEEDS_REASON, item=item.number)
    known = state.principles.get(principle)
    if known is None or known.ended:
        standing = tuple(one.number for one in state.principles.values() if not one.ended)
        return refuse(Why.NO_SUCH_PRINCIPLE, principle=principle, known=standing)
    return None


def _early(
    state: Assembly, item: Item, question: Question, box: Box, key: str, voter: MemberId, at: Instant
) -> c.CloseEarly | None:
    """Ask for an early close when this answer may have made it possible (§4.6, §5.6)."""
    charter = charter_of(item, state)
    if not charter.early_close or at < question.early_from(charter):
        return None
    if question.round:
        answered = box.answered(key) + (box.choice(key, voter) is None)
        if answered < len(question.electorate):
            return None
    return c.CloseEarly(item.number)


def cast_ballot(state: Assembly, command: c.CastBallot, box: Box, at: Instant) -> Decided | Refused:
    """A ballot in a vote; the last one before the closing counts (§5.8)."""
    found = open_to(state, command.by, command.item, Stage.VOTE, command.question, at)
    if isinstance(found, Refused):
        return found
    item, question = found
    if item.pool is not None:
        return refuse(Why.BALLOT_IS_OF_NAMES, item=item.number, how=HOW[str(item.terms["method"])])
    if command.letter and command.letter not in question.texts:
        return refuse(Why.NO_SUCH_TEXT, item=item.number, letters=question.texts)
    if question.runoff:
        return _choose_text(state, item, question, command, box, at)
    if command.choice not in CHOICES:
        return refuse(Why.UNKNOWN_CHOICE, item=item.number, choices=CHOICES)
    key = question_id(item.number, question.serial, command.letter)
    then = _early(state, item, question, box, key, command.by, at)
    return Decided(state, (), (Ballot(key, command.by, command.choice, at, question.secret),), then=then)


def _choose_text(
    state: Assembly, item: Item, question: Question, command: c.CastBallot, box: Box, at: Instant
) -> Decided | Refused:
    """In a run-off each member chooses one text, by saying yes to it (§3.7)."""
    if command.choice not in ("yes", "abstain"):
        return refuse(Why.ONE_TEXT_IN_RUNOFF, item=item.number, letters=question.texts)
    if command.choice == "yes" and command.letter not in question.texts:
        return refuse(Why.NO_SUCH_TEXT, item=item.number, letters=question.texts)
    key = question_id(item.number, question.serial)
    chosen = "abstain" if command.choice == "abstain" else command.letter or "original"
    then = _early(state, item, question, box, key, command.by, at)
    return Decided(state, (), (Ballot(key, command.by, chosen, at, question.secret),), then=then)


def attach_statement(state: Assembly, command: c.AttachStatement, at: Instant) -> Decided | Refused:
    """Each blocker of the last round may say once why not, before the vote closes (§5.4)."""
    if command.by not in state.roll:
        return refuse(Why.NOT_ON_ROLL)
    item = find(state, command.item)
    if isinstance(item, Refused):
        return item
    if f.StatementAttached not in NEXT[item.stage]:
        return refuse(Why.WRONG_STAGE, **in_stage(item))
    if command.by not in item.blockers:
        return refuse(Why.NOT_A_BLOCKER, item=item.number)
    if command.by in item.statements:
        return refuse(Why.STATEMENT_GIVEN, item=item.number)
    text = command.text.strip()
    if not text:
        return refuse(Why.TEXT_MISSING)
    fault = too_long(text, STATEMENT_LIMIT)
    if fault:
        return fault
    s = Sitting(state.id, state)
    s.record(f.StatementAttached(item.number, command.by, text), at)
    return decided(s)
