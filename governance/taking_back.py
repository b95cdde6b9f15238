"""An answer taken back while its question is open: its row leaves the box, and who gave it has not answered."""

from __future__ import annotations

from governance import commands as c
from governance import facts as f
from governance.decision import Box, Decided
from governance.motion import Stage, question_id
from governance.refusals import Refused, Why, refuse
from governance.state import Assembly, Sitting
from governance.terms import Instant
from governance.ties import COUNCIL


def take_back(state: Assembly, command: c.TakeBack, box: Box, at: Instant) -> Decided | Refused:
    """§4, §5.8: answers can be changed until the closing, and so can having answered at all."""
    item = state.items.get(command.item)
    question = item.question if item is not None else None
    if state.kind == COUNCIL or item is None or question is None or item.stage not in (Stage.ROUND, Stage.VOTE):
        # a delegation's answer is a fact, which can be changed but not unsaid
        return refuse(Why.NOTHING_CHANGES)
    if command.question not in (None, question.serial):
        return refuse(Why.STALE_BUTTON, item=item.number)
    if at >= question.closes:
        return refuse(Why.QUESTION_CLOSED, item=item.number, closed=question.closes)
    if command.by in question.gone:
        return refuse(Why.LEFT_SINCE, item=item.number)
    key = question_id(item.number, question.serial, "" if question.runoff else command.letter)
    if box.choice(key, command.by) is None:
        return refuse(Why.NOTHING_CHANGES)
    s, standing = Sitting(state.id, state), item.reasons.get(command.by)
    if question.round and standing is not None:
        # what was said with a reason stays in the minutes, as withdrawn (§4.2)
        if standing.position == "block":
            s.record(f.BlockWithdrawn(item.number, question.serial, command.by), at)
        else:
            s.record(f.ReasonWithdrawn(item.number, question.serial, command.by, standing.position), at)
    return Decided(s.state(), tuple(s.facts), struck=((key, command.by),))
