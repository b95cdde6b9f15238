"""The one door of an assembly: `decide` what a command leads to, `evolve` and `fold` facts, `due`.

`decide` gives `Decided` or `Refused`. The caller puts `Decided.ballots` into the box and then decides
`Decided.then`, if there is one, at the same instant; before any command it takes what was due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from governance import commands as c
from governance import facts as f
from governance import state_council, state_motion, state_people, state_roll, state_rooms  # noqa: F401 - fill EVOLVE
from governance.answering import attach_statement, cast_ballot, take_position
from governance.council import VoiceBox
from governance.council_door import in_council, note_elsewhere, send_report
from governance.deadlines import close_early, due, make_up_downtime, pass_time
from governance.decision import Ballot, Box, Decided, Reminder
from governance.dispatches import take_dispatch
from governance.drawing import take_round, type_value
from governance.electing import decline, mark_names, nominate, open_one, stand
from governance.enrolment import found, join, leave, merge_members, note_presence, note_word
from governance.following import follow
from governance.holding import refuse_seat, resign_role
from governance.leaving import resign
from governance.meeting import note_room, offer_room, open_room
from governance.positions import state_position
from governance.proposing import (
    accept,
    amend,
    object_to,
    pause,
    propose,
    put_rival,
    resume,
    second,
    take_over,
    withdraw,
)
from governance.refusals import Refused
from governance.speaking import call_next, go_round, speak
from governance.state import EVOLVE, Assembly, Principle, Sitting
from governance.taking_back import take_back
from governance.terms import AssemblyId, Instant
from governance.ties import COUNCIL

__all__ = [
    "Assembly", "Ballot", "Box", "Decided", "Principle", "Reminder", "Sitting", "decide", "due", "evolve", "fold",
]


def decide(
    state: Assembly | None, command: c.Command, box: Box, heard: Instant, id: AssemblyId
) -> Decided | Refused:
    """What this command leads to, asked of this state at this instant (milliseconds, UTC)."""
    if type(command) is c.Found:
        return found(state, command, heard, id)
    if state is None:
        raise ValueError(f"no assembly {id} to ask for {type(command).__name__}")
    if state.kind == COUNCIL:
        for_member = in_council(state, command, heard)
        if isinstance(for_member, Refused):
            return for_member
        command, box = for_member, VoiceBox(state, heard, box)
    result = _decide(state, command, box, heard)
    return follow(result, heard) if isinstance(result, Decided) and result.facts else result


def _decide(state: Assembly, command: c.Command, box: Box, heard: Instant) -> Decided | Refused:
    with_box = _WITH_BOX.get(type(command))
    if with_box is not None:
        return with_box(state, command, box, heard)
    return _WITHOUT_BOX[type(command)](state, command, heard)


_WITH_BOX: Mapping[type[c.Command], Callable[[Assembly, Any, Box, Instant], Decided | Refused]] = {
    c.TakePosition: take_position,
    c.CastBallot: cast_ballot,
    c.TakeBack: take_back,
    c.Accept: accept,
    c.Open: open_one,
    c.MarkNames: mark_names,
    c.MergeMembers: merge_members,
    c.CloseEarly: close_early,
    c.PassTime: lambda state, command, box, heard: pass_time(state, command, box),
}
_WITHOUT_BOX: Mapping[type[c.Command], Callable[[Assembly, Any, Instant], Decided | Refused]] = {
    c.Join: join,
    c.Leave: leave,
    c.NotePresence: note_presence,
    c.NoteWord: note_word,
    c.Propose: propose,
    c.Second: second,
    c.Withdraw: withdraw,
    c.TakeOver: take_over,
    c.Pause: pause,
    c.Resume: resume,
    c.Amend: amend,
    c.Mend: amend,
    c.Object: object_to,
    c.PutRival: put_rival,
    c.AttachStatement: attach_statement,
    c.MakeUpDowntime: make_up_downtime,
    c.StatePosition: state_position,
    c.Resign: resign,
    c.SendReport: send_report,
    c.NoteElsewhere: note_elsewhere,
    c.TakeDispatch: take_dispatch,
    c.Nominate: nominate,
    c.Stand: stand,
    c.Decline: decline,
    c.RefuseSeat: refuse_seat,
    c.ResignRole: resign_role,
    c.TypeValue: type_value,
    c.TakeRound: take_round,
    c.Speak: speak,
    c.CallNext: call_next,
    c.GoRound: go_round,
    c.OfferRoom: offer_room,
    c.OpenRoom: open_room,
    c.NoteRoom: note_room,
}


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
