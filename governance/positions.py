"""A delegate's own answer in a council's question (§6.4, §6.9)."""

from __future__ import annotations

from dataclasses import replace

from governance import commands as c
from governance import facts as f
from governance.answering import REASON_LIMIT, block_fault
from governance.changing import in_stage
from governance.closing import charter_of
from governance.council import ask_home, counsel_of
from governance.decision import Decided, decided
from governance.mandate import acting_for, item_mandate, scope_mandate
from governance.motion import CHOICES, POSITIONS, Item, Kind, Question, Stage
from governance.proposing import find, too_long
from governance.refusals import Refused, Why, refuse
from governance.sending import send
from governance.state import Assembly, Sitting
from governance.terms import SECOND, Instant, MemberId, PersonId
from governance.ties import CHOICE_OF, COUNCIL, POSITION_OF, Mandate


def member_for(state: Assembly, person: PersonId, at: Instant) -> MemberId | Refused:
    """In a council the member is the delegation: any of its delegates acts for it (§3.3)."""
    found = acting_for(state, person)
    if found is None:
        return refuse(Why.NOT_A_DELEGATE)
    member, tie = found
    if tie.delegation is not None and person not in tie.delegation.delegates:
        return refuse(Why.OBSERVERS_SPEAK if person in tie.delegation.observers else Why.NOT_A_DELEGATE)
    if tie.is_suspended(at):
        return refuse(Why.VOICE_IS_SUSPENDED, item=tie.suspended, until=tie.suspended_until)
    return member


def _question_for(
    state: Assembly, member: MemberId, command: c.StatePosition, at: Instant
) -> tuple[Item, Question] | Refused:
    item = find(state, command.item)
    if isinstance(item, Refused):
        return item
    question = item.question
    if question is None or item.stage not in (Stage.ROUND, Stage.VOTE):
        if command.question is not None:
            return refuse(Why.STALE_BUTTON, item=item.number)
        return refuse(Why.NOTHING_OPEN, **in_stage(item))
    if command.question not in (None, question.serial):
        return refuse(Why.STALE_BUTTON, item=item.number)
    if item.kind is Kind.REFERENDUM:
        return refuse(Why.ASSEMBLIES_ANSWER, item=item.number)
    if at >= question.closes:
        return refuse(Why.QUESTION_CLOSED, item=item.number, closed=question.closes)
    enrolled = state.roll[member].enrolled
    if member not in question.electorate:
        if item.concerned == member:
            return refuse(Why.NOT_IN_ELECTORATE_CONCERNED, item=item.number)
        return refuse(Why.NOT_IN_ELECTORATE, item=item.number, opened=question.opened, joined=enrolled)
    if item.concerned == command.by:
        # §6.6 the delegate may answer in the room; another delegate, or a mandate, speaks for the assembly
        return refuse(Why.NOT_IN_ELECTORATE_CONCERNED, item=item.number)
    if member in counsel_of(item).left:
        return refuse(Why.LEFT_SINCE, item=item.number)
    return item, question


def state_position(state: Assembly, command: c.StatePosition, at: Instant) -> Decided | Refused:
    """Within the mandate mandated, against it refused and told at home, without one indicative (§6.4)."""
    if state.kind != COUNCIL:
        return refuse(Why.ONLY_IN_A_COUNCIL, verb="/position")
    member = member_for(state, command.by, at)
    if isinstance(member, Refused):
        return member
    found = _question_for(state, member, command, at)
    if isinstance(found, Refused):
        return found
    item, question = found
    in_round = question.round > 0
    position = POSITION_OF.get(command.position, command.position) if in_round else command.position
    known = POSITIONS if in_round else CHOICES
    if position not in known:
        return refuse(Why.UNKNOWN_CHOICE, item=item.number, choices=known)
    reason, principle = command.reason.strip(), command.principle or 0
    fault = too_long(reason, REASON_LIMIT)
    if command.verb and position == "block":
        fault = fault or block_fault(state, item, reason, principle)
    if fault:
        return fault
    stated = f.PositionStated(
        item.number, question.serial, member, command.by, position, principle if position == "block" else 0,
        command.indicative, reason,
    )
    return _by_mandate(state, item, stated, at)


def _by_mandate(state: Assembly, item: Item, stated: f.PositionStated, at: Instant) -> Decided | Refused:
    tie, choice = state.ties.members[stated.member], CHOICE_OF[stated.position]
    own = item_mandate(tie.mandates, item.number, item.version)
    if own is not None:
        if choice != own.choice:
            return _against(state, stated, own, at)
        if stated.lowered:
            return refuse(Why.CANNOT_LOWER, item=item.number, source=own.source)
        return _stated(state, item, stated, at, indicative=False)
    scope = scope_mandate(tie.mandates, item.number, item.title, at)
    if scope is not None and choice not in scope.may:
        return _against(state, stated, scope, at)
    indicative = scope is None or stated.lowered
    # without a mandate there is nothing to lower
    stated = replace(stated, lowered=stated.lowered and scope is not None)
    if item.kind is Kind.CALL and choice == "yes" and indicative:
        return _unmandated_signature(state, item, stated, at)
    return _stated(state, item, stated, at, indicative)


def _stated(state: Assembly, item: Item, stated: f.PositionStated, at: Instant, indicative: bool) -> Decided:
    before = counsel_of(item).answers.get((stated.member, stated.delegate))
    now = (stated.position, stated.principle, stated.reason, stated.lowered)
    if before is not None and (before.position, before.principle, before.reason, before.lowered) == now:
        return Decided(state)
    s = Sitting(state.id, state)
    s.record(stated, at)
    if indicative:
        send(
            s, f.DelegateIndicated, [stated.member], at, item=item.number, delegate=stated.delegate,
            position=stated.position, reason=stated.reason,
        )
    return decided(s)


def _against(state: Assembly, stated: f.PositionStated, mandate: Mandate, at: Instant) -> Decided:
    """The one refusal that leaves a fact: the home assembly is told of the attempt (§6.4)."""
    s = Sitting(state.id, state)
    send(
        s, f.DelegateRefused, [stated.member], at, item=stated.item, delegate=stated.delegate,
        position=stated.position, source=mandate.source,
    )
    why = refuse(
        Why.AGAINST_MANDATE, item=stated.item, member=stated.member, source=mandate.source,
        choice=mandate.choice or "/".join(mandate.may),
    )
    return replace(decided(s), refused=why)


def _unmandated_signature(state: Assembly, item: Item, stated: f.PositionStated, at: Instant) -> Decided:
    """§6.9: no signature; the position stays as stated, and home is asked at once, one time."""
    answer = _stated(state, item, stated, at, indicative=True)
    s = Sitting(state.id, answer.state)
    s.facts.extend(answer.facts)
    item = s.items[item.number]
    question = item.question
    asked = counsel_of(item).asked
    closes = asked.get(stated.member, at)
    if stated.member not in asked and question is not None:
        closes = question.closes + charter_of(item, state).ratification_window * SECOND
        s.record(f.SignerAsked(item.number, stated.member, closes), at)
        ask_home(s, item.number, [stated.member], closes, at)
    why = refuse(Why.SIGNING_NEEDS_MANDATE, item=item.number, member=stated.member, closes=closes)
    return replace(decided(s), refused=why)
