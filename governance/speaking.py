"""The speakers' list and the go-round (§7.6)."""

from __future__ import annotations

from governance import commands as c
from governance import facts as f
from governance.decision import Decided, decided
from governance.holding import belongs, persons_of
from governance.refusals import Refused, Why, refuse
from governance.sortition import lot
from governance.state import Assembly, Sitting
from governance.state_people import MEETING
from governance.terms import Instant


def speak(state: Assembly, command: c.Speak, at: Instant) -> Decided | Refused:
    """Onto the list; those who have not spoken yet come first."""
    if not belongs(state, command.by):
        return refuse(Why.NOT_ON_ROLL)
    speaking = state.people.speaking
    if at - speaking.last <= MEETING and command.by in speaking.waiting:
        return refuse(Why.ON_THE_LIST, place=speaking.in_turn().index(command.by) + 1)
    s = Sitting(state.id, state)
    s.record(f.SpeakerListed(command.by), at)
    return decided(s)


def call_next(state: Assembly, command: c.CallNext, at: Instant) -> Decided | Refused:
    """The next of the go-round, then of the list."""
    if not belongs(state, command.by):
        return refuse(Why.NOT_ON_ROLL)
    speaking = state.people.speaking
    turn = speaking.in_turn() if at - speaking.last <= MEETING else ()
    if not turn:
        return refuse(Why.NOBODY_WAITS)
    s = Sitting(state.id, state)
    s.record(f.SpeakerCalled(turn[0]), at)
    return decided(s)


def go_round(state: Assembly, command: c.GoRound, at: Instant) -> Decided | Refused:
    """Everybody is asked, in an order drawn from the seal of the register's head: anybody can draw it again."""
    if not belongs(state, command.by):
        return refuse(Why.NOT_ON_ROLL)
    s = Sitting(state.id, state)
    order = lot(f"{state.name}:goround", persons_of(state), (command.seal,))
    s.record(f.GoRoundBegan(command.by, order, command.seal), at)
    return decided(s)
