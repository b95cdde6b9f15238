"""What members do with a motion: move, second, open, amend, stop, take over (§3)."""

from __future__ import annotations

from collections.abc import Mapping

from governance import commands as c
from governance import facts as f
from governance import referendum
from governance.calling import call, calling_fault
from governance.changing import changed_by, in_stage
from governance.charter import amended, pairs
from governance.closing import begin_if_seconded, charter_of, open_first_question, open_round, supersede_round
from governance.confederating import terms_fault
from governance.decision import Box, Decided, decided
from governance.holding import role_fault
from governance.meeting import room_fault
from governance.motion import (
    FIRST_RIGHT,
    NEXT,
    RESTARTS,
    UNWORDED,
    Amendment,
    Item,
    Kind,
    Stage,
    letter_of,
)
from governance.refusals import Refused, Why, refuse
from governance.state import Assembly, Sitting
from governance.terms import SECOND, Instant, MemberId

TITLE_LIMIT, TEXT_LIMIT = 200, 10_000
"""Characters."""
NEEDS_TITLE = frozenset({Kind.MOTION, Kind.CALL, Kind.REFERENDUM})
NEEDS_TEXT = frozenset({Kind.PRINCIPLE, Kind.EXCLUSION, Kind.RIGHTS, Kind.COMPLAINT})


def find(state: Assembly, number: int) -> Item | Refused:
    return state.items.get(number) or refuse(Why.NO_SUCH_ITEM, item=number, last=state.last_item)


def _found_open(state: Assembly, by: MemberId, number: int, fact: type[f.Fact]) -> Item | Refused:
    """The item, when `by` is on the roll and the table lets the fact happen in its stage."""
    if by not in state.roll:
        return refuse(Why.NOT_ON_ROLL)
    item = find(state, number)
    # a draw that was announced is made: nobody opens, stops or takes it back once the source is named (§7.5)
    fixed = isinstance(item, Item) and item.kind is Kind.DRAW and fact is not f.Seconded
    if isinstance(item, Item) and (fixed or fact not in NEXT[item.stage]):
        return refuse(Why.WRONG_STAGE, **in_stage(item))
    return item


def too_long(text: str, most: int) -> Refused | None:
    return refuse(Why.TEXT_TOO_LONG, length=len(text), most=most) if len(text) > most else None


def propose(state: Assembly, command: c.Propose, at: Instant) -> Decided | Refused:
    """A member puts business on the agenda (§3.3)."""
    if command.by not in state.roll:
        return refuse(Why.NOT_ON_ROLL)
    kind, text, terms = Kind(command.kind), command.text.strip(), dict(command.terms)
    title = " ".join(command.title.split())
    fault = too_long(title, TITLE_LIMIT) or too_long(text, TEXT_LIMIT) or _terms_fault(state, kind, terms, at)
    if fault:
        return fault
    if kind is Kind.CHARTER:
        text = " ".join(f"{key}={value}" for key, value in terms.items())
    wordless = kind in NEEDS_TEXT and not text and "council" not in terms
    if (kind in NEEDS_TITLE and not title) or wordless or (kind is Kind.RECALL and not text):
        return refuse(Why.TEXT_MISSING)
    s, number = Sitting(state.id, state), state.last_item + 1
    s.record(f.Proposed(number, kind.value, command.by, title, text, terms), at)
    if kind in (Kind.ELECTION, Kind.DRAW):
        call(s, number, at)
    else:
        begin_if_seconded(s, number, at)
    return decided(s)


def _terms_fault(state: Assembly, kind: Kind, terms: Mapping[str, object], at: Instant) -> Refused | None:
    fault = terms_fault(state, kind, terms, at) or calling_fault(state, kind, terms, at)
    fault = fault or role_fault(state, kind, terms) or room_fault(state, kind, terms)
    if fault is not None:
        return fault
    if kind is Kind.CHARTER:
        after = amended(state.charter, {key: str(value) for key, value in terms.items()})
        return after if isinstance(after, Refused) else None
    if kind is Kind.EXCLUSION and terms["person"] not in state.roll:
        return refuse(Why.NOT_A_MEMBER, person=terms["person"])
    if kind is Kind.REPEAL:
        return _repeal_fault(state, int(str(terms["item"])))
    return None


def _repeal_fault(state: Assembly, number: int) -> Refused | None:
    target = find(state, number)
    if isinstance(target, Refused):
        return target
    if target.stage is not Stage.ADOPTED:
        return refuse(Why.NOT_ADOPTED, item=number, stage=target.stage.value)
    if target.repealed_by is not None:
        return refuse(Why.ALREADY_REPEALED, item=number, by=target.repealed_by)
    if verb := changed_by(target):
        return refuse(Why.CHANGED_BY_ITS_VERB, item=number, kind=target.kind.value, verb=verb)
    return None


def second(state: Assembly, command: c.Second, at: Instant) -> Decided | Refused:
    """Another member supports that the assembly takes this up; not one's own (§3.3)."""
    if command.letter:
        return _second_rival(state, command, at)
    item = _found_open(state, command.by, command.item, f.Seconded)
    if isinstance(item, Refused):
        return item
    if item.proposer == command.by:
        return refuse(Why.OWN_MOTION, item=item.number, letter=command.letter)
    if command.by in item.seconders:
        return refuse(Why.ALREADY_SECONDED, item=item.number, letter=command.letter)
    s = Sitting(state.id, state)
    s.record(f.Seconded(item.number, command.by), at)
    begin_if_seconded(s, item.number, at)
    return decided(s)


def _second_rival(state: Assembly, command: c.Second, at: Instant) -> Decided | Refused:
    item = _found_open(state, command.by, command.item, f.RivalSeconded)
    if isinstance(item, Refused):
        return item
    rival = _amendment(item, command.letter, ("rival",))
    if isinstance(rival, Refused):
        return rival
    if rival.by == command.by:
        return refuse(Why.OWN_MOTION, item=item.number, letter=command.letter)
    if command.by in rival.seconders:
        return refuse(Why.ALREADY_SECONDED, item=item.number, letter=command.letter)
    s = Sitting(state.id, state)
    s.record(f.RivalSeconded(item.number, command.letter, command.by), at)
    return decided(s)


def opens_from(state: Assembly, item: Item) -> Instant:
    """From when a discussion may be ended by `open` (§3.3)."""
    charter = charter_of(item, state)
    if item.kind is Kind.REFERENDUM and (opens := referendum.opens_at(item, charter)):
        return opens
    return discussed_since(state, item) + charter.discussion_min * SECOND


def discussed_since(state: Assembly, item: Item) -> Instant:
    """The discussion of a mandate counts from the announcement of the council's text at home (§6.3)."""
    council = state.ties.councils.get(str(item.terms.get("council"))) if item.kind is Kind.MANDATE else None
    known = council.items.get(int(str(item.terms.get("item", 0)))) if council is not None else None
    return item.began if known is None else min(item.began, known.announced)


def may_open(state: Assembly, command: c.Open, at: Instant) -> Item | Refused:
    """The item, when this member may end its discussion now."""
    item = _found_open(state, command.by, command.item, f.RoundOpened)
    if isinstance(item, Refused):
        return item
    if item.stage is not Stage.DISCUSSION:
        return refuse(Why.WRONG_STAGE, **in_stage(item))
    if item.kind is not Kind.ADMISSION and command.by != item.proposer and command.by not in item.seconders:
        return refuse(Why.NOT_PROPOSER_NOR_SECONDER, item=item.number, proposer=item.proposer)
    if at < opens_from(state, item):
        return refuse(Why.NOT_YET_OPEN, item=item.number, at=opens_from(state, item))
    return item


def open_item(state: Assembly, command: c.Open, at: Instant) -> Decided | Refused:
    item = may_open(state, command, at)
    if isinstance(item, Refused):
        return item
    s = Sitting(state.id, state)
    open_first_question(s, item.number, at)
    return decided(s)


# --- stopping and going on


def _of_proposer(state: Assembly, by: MemberId, number: int, fact: type[f.Fact]) -> Item | Refused:
    item = _found_open(state, by, number, fact)
    if isinstance(item, Item) and item.proposer != by:
        return refuse(Why.NOT_THE_PROPOSER, item=number, proposer=item.proposer)
    return item


def _in_freeze(state: Assembly, item: Item, at: Instant) -> Refused | None:
    """In the last `freeze` before the closing instant nothing is accepted or withdrawn (§3.5)."""
    question = item.question
    if question is None or not question.round:
        return None
    now = item.stop.since if item.stop else at
    if question.closes - now > charter_of(item, state).freeze * SECOND:
        return None
    return refuse(Why.IN_FREEZE, item=item.number, closes=question.closes + at - now)


def withdraw(state: Assembly, command: c.Withdraw, at: Instant) -> Decided | Refused:
    """The proposer lets go; others may take the motion over (§3.4)."""
    item = _of_proposer(state, command.by, command.item, f.Orphaned)
    if isinstance(item, Refused):
        return item
    if item.stage is Stage.COOLING or (item.stop is not None and item.stop.stage is Stage.COOLING):
        return refuse(Why.WRONG_STAGE, item=item.number, stage=Stage.COOLING.value)
    frozen = _in_freeze(state, item, at)
    if frozen:
        return frozen
    s = Sitting(state.id, state)
    s.record(f.Orphaned(item.number, "withdrawn"), at)
    return decided(s)


def first_right(state: Assembly | Sitting, item: Item) -> MemberId | None:
    """Whose the first hours of an orphan are: the first seconder still on the roll (§3.4)."""
    return next((one for one in item.seconders if one in state.roll), None)


def take_over(state: Assembly, command: c.TakeOver, at: Instant) -> Decided | Refused:
    item = _found_open(state, command.by, command.item, f.TakenOver)
    if isinstance(item, Refused):
        return item
    first = first_right(state, item)
    until = (item.stop.began if item.stop else at) + FIRST_RIGHT
    if first not in (None, command.by) and at < until:
        return refuse(Why.FIRST_RIGHT, item=item.number, member=first, until=until)
    s = Sitting(state.id, state)
    s.record(f.TakenOver(item.number, command.by), at)
    begin_if_seconded(s, item.number, at)
    return decided(s)


def pause(state: Assembly, command: c.Pause, at: Instant) -> Decided | Refused:
    """Once per stage and passage, whoever proposes, and never in a vote (§3.4)."""
    item = _of_proposer(state, command.by, command.item, f.Paused)
    if isinstance(item, Refused):
        return item
    if item.paused_here:
        return refuse(Why.ALREADY_PAUSED_ONCE, item=item.number)
    s = Sitting(state.id, state)
    s.record(f.Paused(item.number, command.by), at)
    return decided(s)


def resume(state: Assembly, command: c.Resume, at: Instant) -> Decided | Refused:
    item = _of_proposer(state, command.by, command.item, f.Resumed)
    if isinstance(item, Refused):
        return item
    s = Sitting(state.id, state)
    s.record(f.Resumed(item.number, command.by), at)
    return decided(s)


# --- amendments


def amend(state: Assembly, command: c.Amend | c.Mend, at: Instant) -> Decided | Refused:
    """The whole new text; `Mend` goes in by itself unless somebody objects (§3.5, §3.6)."""
    minor = isinstance(command, c.Mend)
    item = _found_open(state, command.by, command.item, f.MinorEntered if minor else f.Amended)
    if isinstance(item, Refused):
        return item
    text = command.text.strip()
    fault = too_long(text, TEXT_LIMIT) or _text_fault(state, item, text)
    if fault:
        return fault
    if minor and item.kind is Kind.CHARTER:
        return refuse(Why.NOT_MINOR, item=item.number)
    frozen = _in_freeze(state, item, at) if minor else None
    if frozen:
        return frozen
    s = Sitting(state.id, state)
    letter = letter_of(len(item.amendments))
    s.record(f.Amended(item.number, letter, command.by, text, minor), at)
    if minor and charter_of(item, state).minor_window == 0:
        s.record(f.MinorEntered(item.number, letter), at)
    return decided(s)


def _text_fault(state: Assembly, item: Item, text: str) -> Refused | None:
    if item.kind in UNWORDED or (item.kind is Kind.RIGHTS and "council" in item.terms):
        return refuse(Why.NO_TEXT_TO_AMEND, item=item.number)
    if not text:
        return refuse(Why.TEXT_MISSING)
    if text == item.text:
        return refuse(Why.SAME_TEXT, item=item.number)
    if item.kind is Kind.CHARTER:
        values = pairs(text)
        after = values if isinstance(values, Refused) else amended(state.charter, values)
        return after if isinstance(after, Refused) else None
    return None


def _amendment(item: Item, letter: str, states: tuple[str, ...]) -> Amendment | Refused:
    amendment = item.amendments.get(letter)
    if amendment is None:
        return refuse(Why.NO_SUCH_AMENDMENT, item=item.number, letter=letter)
    if amendment.state not in states:
        return refuse(Why.AMENDMENT_IS, item=item.number, letter=letter, state=amendment.state)
    return amendment


def object_to(state: Assembly, command: c.Object, at: Instant) -> Decided | Refused:
    """One objection makes a minor amendment an ordinary one (§3.6)."""
    item = _found_open(state, command.by, command.item, f.MinorObjected)
    if isinstance(item, Refused):
        return item
    minor = _amendment(item, command.letter, ("minor",))
    if isinstance(minor, Refused):
        return minor
    s = Sitting(state.id, state)
    s.record(f.MinorObjected(item.number, command.letter, command.by), at)
    return decided(s)


def accept(state: Assembly, command: c.Accept, box: Box, at: Instant) -> Decided | Refused:
    """The proposer takes an amendment in; in a round the round begins again on the new text (§3.5)."""
    item = _of_proposer(state, command.by, command.item, f.AmendmentAccepted)
    if isinstance(item, Refused):
        return item
    amendment = _amendment(item, command.letter, ("moved", "minor", "rival"))
    if isinstance(amendment, Refused):
        return amendment
    frozen = _in_freeze(state, item, at)
    if frozen:
        return frozen
    if item.stage is Stage.ROUND and item.restarts >= RESTARTS:
        return refuse(Why.TOO_MANY_RESTARTS, item=item.number, most=RESTARTS)
    s = Sitting(state.id, state)
    again = supersede_round(s, item.number, box, at) if item.stage is Stage.ROUND else 0
    s.record(f.AmendmentAccepted(item.number, command.letter, item.version + 1), at)
    if again:
        open_round(s, item.number, again, at)
    return decided(s)


def put_rival(state: Assembly, command: c.PutRival, at: Instant) -> Decided | Refused:
    """An amendment not accepted stands beside the motion in the vote, once seconded (§3.7)."""
    item = _found_open(state, command.by, command.item, f.RivalPut)
    if isinstance(item, Refused):
        return item
    amendment = _amendment(item, command.letter, ("moved",))
    if isinstance(amendment, Refused):
        return amendment
    if amendment.by != command.by:
        return refuse(Why.NOT_THE_AUTHOR, item=item.number, letter=command.letter, author=amendment.by)
    s = Sitting(state.id, state)
    s.record(f.RivalPut(item.number, command.letter), at)
    return decided(s)
