"""What persons ask of a council is asked by the delegation they act for (§3.3, §6)."""

from __future__ import annotations

from dataclasses import replace

from governance import commands as c
from governance import facts as f
from governance.decision import Decided, decided
from governance.mandate import acting_for
from governance.positions import member_for
from governance.refusals import Refused, Why, refuse
from governance.sending import send
from governance.state import Assembly, Sitting
from governance.terms import Instant
from governance.ties import COUNCIL

REPORT_LIMIT = 4000
"""Characters."""
FOR_MEMBERS = (
    c.Propose, c.Second, c.Open, c.Withdraw, c.TakeOver, c.Pause, c.Resume, c.Amend, c.Mend, c.Object, c.Accept,
    c.AttachStatement,
)


def in_council(state: Assembly, command: c.Command, at: Instant) -> c.Command | Refused:
    """The command as the member's, where a member acts; refused where a council has no such thing."""
    if isinstance(command, c.Join | c.Leave):
        # its members are assemblies: they join and leave by their own motions
        return refuse(Why.NOT_IN_A_COUNCIL, verb="/join" if isinstance(command, c.Join) else "/leave")
    if isinstance(command, c.NotePresence | c.NoteWord | c.MergeMembers | c.NoteElsewhere):
        return refuse(Why.NOT_ON_ROLL)
    if isinstance(command, c.PutRival) or (isinstance(command, c.CastBallot) and command.letter):
        # §3.7 in a council such a text is an item of its own
        return refuse(Why.NO_RIVALS_HERE, item=command.item)
    if isinstance(command, c.TakePosition):
        return c.StatePosition(
            command.by, command.item, command.position, command.reason, command.principle,
            question=command.question, verb=True,
        )
    if isinstance(command, c.CastBallot):
        return c.StatePosition(command.by, command.item, command.choice, question=command.question)
    if isinstance(command, FOR_MEMBERS):
        member = member_for(state, command.by, at)
        return member if isinstance(member, Refused) else replace(command, by=member)
    return command


def send_report(state: Assembly, command: c.SendReport, at: Instant) -> Decided | Refused:
    """A delegate's words home; alternates and observers may send theirs too (§6.12)."""
    if state.kind != COUNCIL:
        return refuse(Why.ONLY_IN_A_COUNCIL, verb="/report")
    found, text = acting_for(state, command.by), command.text.strip()
    if found is None:
        return refuse(Why.NOT_A_DELEGATE)
    if not text:
        return refuse(Why.TEXT_MISSING)
    if len(text) > REPORT_LIMIT:
        return refuse(Why.TEXT_TOO_LONG, length=len(text), most=REPORT_LIMIT)
    s = Sitting(state.id, state)
    send(s, f.Reported, [found[0]], at, by=command.by, text=text)
    return decided(s)


def note_elsewhere(state: Assembly, command: c.NoteElsewhere, at: Instant) -> Decided | Refused:
    """Who has their one ballot in another assembly that is asked the same: noted while the question is open (§6.8)."""
    item = state.items.get(command.item)
    if item is None or item.question is None:
        return refuse(Why.NOTHING_CHANGES)
    persons = tuple(sorted(command.persons & item.question.electorate))
    if list(persons) == item.terms.get("elsewhere", []):
        return Decided(state)
    s = Sitting(state.id, state)
    s.record(f.ElsewhereNoted(item.number, persons), at)
    return decided(s)
