"""Dispatches on their way in: each is taken exactly once, in its sender's order, and answered (§3.8, §6).

A dispatch names no command: what it may lead to stands here, one function for each kind. None of them
changes anything an assembly decided; what it opens at home, home decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from governance import commands as c
from governance import facts as f
from governance.closing import charter_of, open_given_vote
from governance.council import ask, counsel_of, finish_referendum, finish_when_certain
from governance.decision import Decided, decided
from governance.leaving import gone
from governance.mandate import acting_for, item_mandate
from governance.motion import CHOICES, FINAL, Item, Kind, Stage
from governance.referendum import is_put_to
from governance.refusals import Refused, Why, refuse
from governance.sending import send
from governance.state import Assembly, Sitting
from governance.terms import SECOND, AssemblyId, Instant, Share
from governance.ties import COUNCIL, SILENT, Voice

Outcome = tuple[str, str, str]
"""taken, late or refused; why; and whom it is about."""
TAKEN: Outcome = ("taken", "", "")
LATE: Outcome = ("late", "", "")
HALF = Share(1, 2)
UNHEARD = Voice(SILENT)


def _refused(why: str, person: str = "") -> Outcome:
    return "refused", why, person


def take_dispatch(state: Assembly, command: c.TakeDispatch, at: Instant) -> Decided | Refused:
    """What another assembly sent. A repeated one changes nothing; one too early waits for those before it."""
    dispatch, sender = command.dispatch, command.sender
    number, last = dispatch.numbers[dispatch.to.index(state.id)], state.ties.heard.get(sender, 0)
    if number <= last:
        return Decided(state)
    if number > last + 1:
        return refuse(Why.DISPATCH_OUT_OF_ORDER, sender=sender, number=number, expected=last + 1)
    s = Sitting(state.id, state)
    if isinstance(dispatch, f.DispatchTaken):
        s.record(
            f.AnswerNoted(
                sender, number, dispatch.seq, dispatch.kind, dispatch.person, dispatch.outcome, dispatch.why
            ),
            at,
        )
        return decided(s)
    outcome, why, person = TAKE[type(dispatch)](s, command, dispatch, at)
    send(
        s, f.DispatchTaken, [sender], at, sender=sender, number=number, seq=command.seq, seal=command.seal,
        kind=type(dispatch).__name__, outcome=outcome, why=why, person=person,
    )
    return decided(s)


# --- from a member, in its council


def _join(s: Sitting, command: c.TakeDispatch, d: f.JoinAsked, at: Instant) -> Outcome:
    """§6.1: refused to whoever is above, admitted at once while there are fewer than two members."""
    sender = command.sender
    if s.kind != COUNCIL:
        return _refused("no_council")
    if s.ties.dissolved:
        return _refused("dissolved")
    if sender in s.roll or any(
        s.items[one].kind is Kind.ADMISSION and s.items[one].terms["assembly"] == sender for one in s.open
    ):
        return _refused("asked_before")
    if sender == s.id or s.id in d.below:
        return _refused("circle")
    if len(s.roll) < 2 or s.charter.admission == "open":
        admit(s, 0, sender, d, at)
        return TAKEN
    number = s.last_item + 1
    terms = {
        "assembly": sender, "level": d.level, "discussion_min": d.discussion_min, "window": d.window,
        "below": {one: [below.level, below.since, below.council] for one, below in d.below.items()},
    }
    s.record(f.Proposed(number, Kind.ADMISSION.value, sender, "", "", terms), at)
    s.record(f.DiscussionBegan(number), at)
    return TAKEN


def admit(s: Sitting, item: int, member: AssemblyId, asked: f.JoinAsked, at: Instant) -> None:
    s.record(
        f.MemberAdmitted(item, member, asked.below, asked.level, asked.discussion_min, asked.window), at
    )
    s.record(f.Enrolled(member), at)


def _quit(s: Sitting, command: c.TakeDispatch, d: f.CouncilLeft, at: Instant) -> Outcome:
    if command.sender in s.roll:
        s.record(f.LeftRoll(command.sender), at)
        return TAKEN
    for number in tuple(s.open):
        item = s.items[number]
        if item.kind is Kind.ADMISSION and item.terms["assembly"] == command.sender:
            s.record(f.Lapsed(number, "withdrawn"), at)
            return TAKEN
    return _refused("not_a_member")


def _delegation(s: Sitting, command: c.TakeDispatch, d: f.DelegationSent, at: Instant) -> Outcome:
    if command.sender not in s.roll:
        return _refused("not_a_member")
    for person in (*d.delegates, *d.alternates, *d.observers):
        # §6.2 in one council a person carries one delegation
        carried = (acting_for(s, one) for one in (person, *command.also.get(person, ())))
        if any(one is not None and one[0] != command.sender for one in carried):
            return _refused("carries_another", person)
    s.record(
        f.DelegationSeated(command.sender, d.item, d.delegates, d.alternates, d.observers, d.until, d.why), at
    )
    return TAKEN


def _mandate(s: Sitting, command: c.TakeDispatch, d: f.MandateGiven, at: Instant) -> Outcome:
    """Before the closing it is the voice, afterwards the answer where one was asked; a call goes on (§6.5–6.9)."""
    sender = command.sender
    if sender not in s.roll:
        return _refused("not_a_member")
    item = s.items.get(d.item)
    if d.item and item is None:
        return _refused("no_such_item")
    if item is not None and item.concerned == sender:
        # §6.14 heard, and not counted
        return _refused("concerned")
    if item is not None and _asked_and_silent(item, sender):
        return _as_answer(s, item, sender, d, at)
    if item is not None and (item.stage in FINAL or item.stage is Stage.RATIFICATION):
        return _signature(s, item, sender, d, at)
    values = {one.name: getattr(d, one.name) for one in fields(f.MandateHeard) if one.name != "member"}
    s.record(f.MandateHeard(member=sender, **values), at)
    return TAKEN


def _asked_and_silent(item: Item, member: AssemblyId) -> bool:
    counsel = counsel_of(item)
    # after the result is certain the answers are still recorded (§6.7d); on a closed call it is a signature
    over = item.stage in FINAL and item.kind is Kind.CALL
    return member in counsel.asked and member not in counsel.ratified and not over


def _as_answer(s: Sitting, item: Item, sender: AssemblyId, d: f.MandateGiven, at: Instant) -> Outcome:
    """§6.7d: a mandate adopted by the closing instant is the answer."""
    if d.decided > counsel_of(item).asked[sender] or d.version not in (0, item.version) or d.choice not in CHOICES:
        return LATE
    _answer(s, item, sender, d.source, d.choice, d.yes, d.no, d.decided, at)
    return TAKEN


def _answer(
    s: Sitting, item: Item, member: AssemblyId, source: int, choice: str, yes: int, no: int, decided: Instant,
    at: Instant,
) -> None:
    s.record(f.AnswerHeard(item.number, member, source, choice, yes, no, decided), at)
    if item.kind is Kind.CALL and choice in ("yes", "no"):
        s.record(f.Signed(item.number, member, source, choice, decided), at)
    finish_when_certain(s, item.number, at)


def _signature(s: Sitting, item: Item, sender: AssemblyId, d: f.MandateGiven, at: Instant) -> Outcome:
    """§6.9: until `sign_until` an assembly signs late, or strikes its name."""
    until = counsel_of(item).opened + charter_of(item, s).sign_until * SECOND
    if item.kind is not Kind.CALL or d.choice not in ("yes", "no") or d.decided > until:
        return LATE
    s.record(f.Signed(item.number, sender, d.source, d.choice, d.decided), at)
    return TAKEN


def _ratified(s: Sitting, command: c.TakeDispatch, d: f.RatificationAnswered, at: Instant) -> Outcome:
    item = s.items.get(d.item)
    counsel = counsel_of(item) if item is not None else None
    if item is None or counsel is None or command.sender not in counsel.asked or command.sender in counsel.ratified:
        return _refused("not_asked")
    if d.decided > counsel.asked[command.sender]:
        return LATE
    # after the result is certain the answers are still recorded (§6.7d)
    _answer(s, item, command.sender, d.source, d.choice, d.yes, d.no, d.decided, at)
    return TAKEN


def _reported_result(s: Sitting, command: c.TakeDispatch, d: f.ReferendumReported, at: Instant) -> Outcome:
    item = s.items.get(d.item)
    if item is None or command.sender not in counsel_of(item).bases:
        return _refused("not_asked")
    if item.stage in FINAL or command.sender in counsel_of(item).reports:
        return LATE
    s.record(f.ReportHeard(d.item, command.sender, d.source, d.report), at)
    counsel = counsel_of(s.items[d.item])
    if len(counsel.reports) == len(counsel.bases):
        finish_referendum(s, d.item, at)
    return TAKEN


def _below(s: Sitting, command: c.TakeDispatch, d: f.BelowTold, at: Instant) -> Outcome:
    """An admission that turns out to close a circle is undone where it came later (§6.1)."""
    tie = s.ties.members.get(command.sender)
    if tie is None:
        return _refused("not_a_member")
    here = d.below.get(s.id)
    if here is None:
        s.record(f.BelowNoted(command.sender, d.below, d.level), at)
        return TAKEN
    if (tie.admitted, s.id) > (here.since, here.council):
        send(
            s, f.MembershipTold, [command.sender], at, status="ended", why="circle", item=0, version=0, charter={}
        )
        s.record(f.LeftRoll(command.sender), at)
        return TAKEN
    return _refused("circle")


def _times(s: Sitting, command: c.TakeDispatch, d: f.TimesTold, at: Instant) -> Outcome:
    if command.sender not in s.roll:
        return _refused("not_a_member")
    s.record(f.TimesNoted(command.sender, d.discussion_min, d.window), at)
    return TAKEN


def _rights(s: Sitting, command: c.TakeDispatch, d: f.RightsAgreed, at: Instant) -> Outcome:
    if command.sender not in s.roll:
        return _refused("not_a_member")
    if d.item not in s.ties.rights:
        return LATE
    s.record(f.RightsBound(d.item, command.sender, d.agreed), at)
    return TAKEN


def _person_gone(s: Sitting, command: c.TakeDispatch, d: f.PersonGone, at: Instant) -> Outcome:
    if command.sender not in s.roll:
        return _refused("not_a_member")
    gone(s, d.person, d.base, d.now, at)
    return TAKEN


# --- from a council, at home


def _is_ours(s: Sitting, council: AssemblyId) -> bool:
    return council in s.ties.councils


def _membership(s: Sitting, command: c.TakeDispatch, d: f.MembershipTold, at: Instant) -> Outcome:
    if not _is_ours(s, command.sender):
        return _refused("not_a_member")
    s.record(f.MembershipNoted(command.sender, d.status, d.why, d.item, d.version, d.charter), at)
    return TAKEN


def _text(s: Sitting, command: c.TakeDispatch, d: f.TextAnnounced, at: Instant) -> Outcome:
    if not _is_ours(s, command.sender):
        return _refused("not_a_member")
    s.record(
        f.CouncilTextNoted(
            command.sender, d.item, d.kind, d.version, d.minor, d.title, d.text, d.bases, d.double
        ),
        at,
    )
    return TAKEN


def _stage(s: Sitting, command: c.TakeDispatch, d: f.StageAnnounced, at: Instant) -> Outcome:
    council = s.ties.councils.get(command.sender)
    if council is None:
        return _refused("not_a_member")
    if d.item in council.items:
        s.record(f.CouncilStageNoted(command.sender, d.item, d.stage, d.version, d.closes), at)
    return TAKEN


def _delegate_said(
    s: Sitting, command: c.TakeDispatch, d: f.DelegateIndicated | f.DelegateRefused, at: Instant
) -> Outcome:
    if not _is_ours(s, command.sender):
        return _refused("not_a_member")
    if isinstance(d, f.DelegateIndicated):
        heard = f.DelegateHeard(command.sender, d.item, d.delegate, d.position, "indicative", 0, d.reason)
    else:
        heard = f.DelegateHeard(command.sender, d.item, d.delegate, d.position, "refused", d.source, "")
    s.record(heard, at)
    return TAKEN


def _asked(s: Sitting, command: c.TakeDispatch, d: f.RatificationAsked, at: Instant) -> Outcome:
    """§6.7d: an item opens at once, straight in the vote; in a council straight with its own members."""
    council = s.ties.councils.get(command.sender)
    if council is None:
        return _refused("not_a_member")
    given = item_mandate(council.mandates, d.item, d.version)
    if given is not None:
        # decided while the question was on its way: the mandate is the answer
        send(
            s, f.RatificationAnswered, [command.sender], at, source=given.source, item=d.item, choice=given.choice,
            yes=given.yes, no=given.no, decided=given.decided,
        )
        return TAKEN
    if d.closes <= at:
        return LATE
    number, own = s.last_item + 1, d.voices.get(s.id)
    terms: dict[str, object] = {
        "council": command.sender, "item": d.item, "version": d.version, "kind": d.kind, "double": d.double,
        "closes": d.closes, "bases": list(d.bases), "origin": d.origin, "origin_item": d.origin_item,
        "position": own.position if own is not None else "", "elsewhere": sorted(command.elsewhere),
    }
    s.record(f.Proposed(number, Kind.RATIFICATION.value, command.sender, d.title, d.text, terms), at)
    if s.kind == COUNCIL:
        ask(s, number, sorted(s.electorate(s.items[number], at)), d.closes, at)
        finish_when_certain(s, number, at)
    else:
        open_given_vote(s, number, d.closes, s.charter.threshold, s.charter.base, at)
    return TAKEN


def _referendum(s: Sitting, command: c.TakeDispatch, d: f.ReferendumPut, at: Instant) -> Outcome:
    if s.kind == COUNCIL or not is_put_to(s, d.through):
        return _refused("not_a_member")
    if d.closes <= at:
        return LATE
    number = s.last_item + 1
    terms: dict[str, object] = {
        "council": command.sender, "item": d.item, "closes": d.closes, "bases": list(d.bases),
        "elsewhere": sorted(command.elsewhere),
    }
    s.record(f.Proposed(number, Kind.REFERENDUM.value, command.sender, d.title, d.text, terms), at)
    open_given_vote(s, number, d.closes, HALF, "cast", at)
    return TAKEN


def _result(s: Sitting, command: c.TakeDispatch, d: f.ResultAnnounced, at: Instant) -> Outcome:
    put = any(
        one.kind is Kind.REFERENDUM and (one.terms.get("council"), one.terms.get("item")) == (command.sender, d.item)
        for one in s.items.values()
    )
    if not put and not _is_ours(s, command.sender):
        return _refused("not_a_member")
    s.record(
        f.ResultHeard(
            command.sender, d.item, d.stage, d.decided_by, d.why, d.voices.get(s.id, UNHEARD),
            d.indicated.get(s.id, ()), d.origin, d.origin_item,
        ),
        at,
    )
    return TAKEN


def _report(s: Sitting, command: c.TakeDispatch, d: f.Reported, at: Instant) -> Outcome:
    if not _is_ours(s, command.sender):
        return _refused("not_a_member")
    s.record(f.DelegateReported(command.sender, d.by, d.text), at)
    return TAKEN


TAKE: Mapping[type[f.Dispatch], Callable[[Sitting, c.TakeDispatch, Any, Instant], Outcome]] = {
    f.JoinAsked: _join,
    f.CouncilLeft: _quit,
    f.DelegationSent: _delegation,
    f.MandateGiven: _mandate,
    f.RatificationAnswered: _ratified,
    f.ReferendumReported: _reported_result,
    f.BelowTold: _below,
    f.TimesTold: _times,
    f.RightsAgreed: _rights,
    f.PersonGone: _person_gone,
    f.MembershipTold: _membership,
    f.TextAnnounced: _text,
    f.StageAnnounced: _stage,
    f.DelegateIndicated: _delegate_said,
    f.DelegateRefused: _delegate_said,
    f.RatificationAsked: _asked,
    f.ReferendumPut: _referendum,
    f.ResultAnnounced: _result,
    f.Reported: _report,
}
