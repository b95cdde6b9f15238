"""How the facts of §6 change the state: of a council, of its members' homes, and of the ties between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from governance import facts as f
from governance.mandate import scope_mandate, voice_of, with_mandate
from governance.motion import Kind, Question, Reason, Stage
from governance.people import renamed
from governance.state import EVOLVE, Apply, Sitting, on
from governance.state_motion import without_minors
from governance.state_people import forget_person
from governance.terms import AssemblyId, Instant, MemberId
from governance.ties import (
    CHOICE_OF,
    MANDATED,
    NO_POSITION,
    SEATS,
    Answer,
    Counsel,
    Delegation,
    Known,
    Mandate,
    Membership,
    MemberTie,
    Ratified,
    Signature,
    Told,
    Voice,
)

# --- small changes


def _tie(s: Sitting, **values: Any) -> None:
    s.ties = replace(s.ties, **values)


def _member(s: Sitting, member: MemberId, **values: Any) -> None:
    _tie(s, members={**s.ties.members, member: replace(s.ties.members[member], **values)})


def _council(s: Sitting, council: AssemblyId, **values: Any) -> None:
    _tie(s, councils={**s.ties.councils, council: replace(s.ties.councils[council], **values)})


def counsel_of(s: Sitting, number: int) -> Counsel:
    return s.items[number].counsel or Counsel()


def _without(mapping: Mapping[Any, Any], key: object) -> dict[Any, Any]:
    return {one: value for one, value in mapping.items() if one != key}


# --- dispatches: what each one sent changes in its sender


def _sent(s: Sitting, fact: f.Dispatch) -> None:
    _tie(s, sent={**s.ties.sent, **dict(zip(fact.to, fact.numbers, strict=True))})


def _dispatch(kind: type[f.Dispatch]) -> Callable[[Apply], Apply]:
    """As `on`, for a fact that is also a dispatch: its number is kept."""

    def register(apply: Apply) -> Apply:
        def both(s: Sitting, fact: Any, at: Instant) -> None:
            _sent(s, fact)
            apply(s, fact, at)

        EVOLVE[kind] = both
        return apply

    return register


def _only_sent(s: Sitting, fact: Any, at: Instant) -> None:
    _sent(s, fact)


for _kind in f.DISPATCHES:
    EVOLVE[_kind] = _only_sent


@_dispatch(f.JoinAsked)
def _join_asked(s: Sitting, fact: f.JoinAsked, at: Instant) -> None:
    council = fact.to[0]
    _tie(s, councils={**s.ties.councils, council: Membership(council, fact.item, None)})
    s.settled = True


@_dispatch(f.CouncilLeft)
def _council_left(s: Sitting, fact: f.CouncilLeft, at: Instant) -> None:
    _tie(s, councils=_without(s.ties.councils, fact.to[0]))


@_dispatch(f.DelegationSent)
def _delegation_sent(s: Sitting, fact: f.DelegationSent, at: Instant) -> None:
    council = s.ties.councils[fact.to[0]]
    named = fact.why == "named"
    terms = (*council.terms, fact.delegates) if named else council.terms
    seats = Delegation(fact.delegates, fact.alternates, fact.observers, fact.until, fact.item)
    empty = not (fact.delegates or fact.alternates or fact.observers)
    seated_by = 0 if fact.why == "term_over" else fact.item
    _council(s, fact.to[0], delegation=None if empty else seats, seated_by=seated_by, terms=terms)


def _mandate(fact: f.MandateGiven | f.MandateHeard) -> Mandate:
    return Mandate(*(getattr(fact, one.name) for one in fields(Mandate)))


@_dispatch(f.MandateGiven)
def _mandate_given(s: Sitting, fact: f.MandateGiven, at: Instant) -> None:
    council = s.ties.councils[fact.to[0]]
    _council(s, fact.to[0], mandates=with_mandate(council.mandates, _mandate(fact)))


@_dispatch(f.RightsAgreed)
def _rights_agreed(s: Sitting, fact: f.RightsAgreed, at: Instant) -> None:
    agreed = _without(s.ties.agreed, fact.source)
    _tie(s, agreed={**agreed, fact.source: (fact.to[0], fact.item)} if fact.agreed else agreed)


@_dispatch(f.TextAnnounced)
def _text_announced(s: Sitting, fact: f.TextAnnounced, at: Instant) -> None:
    if not fact.minor:
        s.change_counsel(fact.item, announced=at)


@_dispatch(f.DispatchTaken)
def _dispatch_taken(s: Sitting, fact: f.DispatchTaken, at: Instant) -> None:
    _tie(s, heard={**s.ties.heard, fact.sender: fact.number})


@on(f.AnswerNoted)
def _answer_noted(s: Sitting, fact: f.AnswerNoted, at: Instant) -> None:
    _tie(s, heard={**s.ties.heard, fact.sender: fact.number})
    asked = s.ties.councils.get(fact.sender)
    if fact.kind == "JoinAsked" and fact.outcome == "refused" and asked is not None and asked.joined is None:
        _tie(s, councils=_without(s.ties.councils, fact.sender))


# --- a council and its members


@on(f.MemberAdmitted)
def _admitted(s: Sitting, fact: f.MemberAdmitted, at: Instant) -> None:
    tie = MemberTie(fact.below, fact.level, at, fact.discussion_min, fact.window)
    # §6.14: by joining, a member agrees to the rights charter as it stands
    rights = {item: (*bound, fact.member) for item, bound in s.ties.rights.items()}
    _tie(s, members={**s.ties.members, fact.member: tie}, rights=rights)


def member_gone(s: Sitting, member: MemberId, at: Instant) -> None:
    """§6.1: in open questions T stays, a mandated position stays, a pending one becomes no position."""
    for number in s.open:
        item = s.items[number]
        counsel, question = item.counsel, item.question
        if counsel is None or question is None or item.kind is Kind.REFERENDUM:
            continue
        if item.stage in (Stage.ROUND, Stage.VOTE) and member in question.electorate - counsel.left.keys():
            voice = voice_of(s, item, member, at)
            stays = voice if voice.standing == MANDATED else Voice(NO_POSITION)
            s.change_counsel(number, left={**counsel.left, member: stays})
        if member in counsel.asked and member not in counsel.ratified:
            s.change_counsel(number, ratified={**counsel.ratified, member: Ratified("", 0, 0, 0, at)})
    rights = {item: tuple(one for one in bound if one != member) for item, bound in s.ties.rights.items()}
    _tie(s, members=_without(s.ties.members, member), rights=rights)


@on(f.DelegationSeated)
def _seated(s: Sitting, fact: f.DelegationSeated, at: Instant) -> None:
    seats = Delegation(fact.delegates, fact.alternates, fact.observers, fact.until, fact.item)
    before = s.ties.members[fact.member].delegation
    _member(s, fact.member, delegation=seats)
    if fact.why == "merged" and before is not None:
        _renamed_seats(s, fact.member, before, seats)
    mandates = s.ties.members[fact.member].mandates
    for number in s.open:
        item = s.items[number]
        if item.counsel is None or not item.counsel.answers:
            continue
        scope = scope_mandate(mandates, number, item.title, at)
        # §6.5: what was only indicated goes with the seat, what was mandated stays
        stay = {
            (member, person): one for (member, person), one in item.counsel.answers.items()
            if member != fact.member or person in fact.delegates
            or (scope is not None and not one.lowered and CHOICE_OF[one.position] in scope.may)
        }
        s.change_counsel(number, answers=stay)


def _renamed_seats(s: Sitting, member: MemberId, before: Delegation, after: Delegation) -> None:
    """A seat goes on under the entry that stays at home, and with it what its holder said or holds here (§2.4)."""
    gone, come = ({one for part in SEATS for one in getattr(seats, part)} for seats in (before, after))
    if not (len(gone - come) == len(come - gone) == 1):
        # one of two seats of the same person was emptied
        return
    (dropped,), (kept,) = gone - come, come - gone
    forget_person(s, dropped, kept)
    for number in s.open:
        item = s.items[number]
        if item.pool is not None:
            s.change(number, pool=renamed(item.pool, dropped, kept))
        answers = counsel_of(s, number).answers.items()
        s.change_counsel(number, answers={(of, kept if one == dropped else one): said for (of, one), said in answers})


def merge_terms(s: Sitting, kept: MemberId, dropped: MemberId) -> None:
    """Terms served in a delegation under either entry are the person's (§6.2)."""
    for council, membership in s.ties.councils.items():
        terms = tuple(
            tuple(dict.fromkeys(kept if one == dropped else one for one in held)) for held in membership.terms
        )
        _council(s, council, terms=terms)


@on(f.MandateHeard)
def _mandate_heard(s: Sitting, fact: f.MandateHeard, at: Instant) -> None:
    _member(s, fact.member, mandates=with_mandate(s.ties.members[fact.member].mandates, _mandate(fact)))


@on(f.AnswerHeard)
def _answer_heard(s: Sitting, fact: f.AnswerHeard, at: Instant) -> None:
    answer = Ratified(fact.choice, fact.yes, fact.no, fact.source, fact.decided)
    s.change_counsel(fact.item, ratified={**counsel_of(s, fact.item).ratified, fact.member: answer})


@on(f.Signed)
def _signed(s: Sitting, fact: f.Signed, at: Instant) -> None:
    signatures = {**counsel_of(s, fact.item).signatures, fact.member: Signature(fact.choice, fact.decided)}
    s.change_counsel(fact.item, signatures=signatures)


@on(f.ReportHeard)
def _report_heard(s: Sitting, fact: f.ReportHeard, at: Instant) -> None:
    s.change_counsel(fact.item, reports={**counsel_of(s, fact.item).reports, fact.member: fact.report})


@on(f.BelowNoted)
def _below_noted(s: Sitting, fact: f.BelowNoted, at: Instant) -> None:
    _member(s, fact.member, below=fact.below, level=fact.level)


@on(f.TimesNoted)
def _times_noted(s: Sitting, fact: f.TimesNoted, at: Instant) -> None:
    _member(s, fact.member, discussion_min=fact.discussion_min, window=fact.window)


@on(f.RightsBound)
def _rights_bound(s: Sitting, fact: f.RightsBound, at: Instant) -> None:
    bound = tuple(one for one in s.ties.rights[fact.item] if one != fact.member)
    _tie(s, rights={**s.ties.rights, fact.item: (*bound, fact.member) if fact.bound else bound})


@on(f.RightsSet)
def _rights_set(s: Sitting, fact: f.RightsSet, at: Instant) -> None:
    _tie(s, rights={**s.ties.rights, fact.item: fact.members})


@on(f.RightsEnded)
def _rights_ended(s: Sitting, fact: f.RightsEnded, at: Instant) -> None:
    _tie(s, rights=_without(s.ties.rights, fact.target))


@on(f.VoiceSuspended)
def _suspended(s: Sitting, fact: f.VoiceSuspended, at: Instant) -> None:
    _member(s, fact.member, suspended=fact.item, suspended_until=fact.until)


@on(f.SuspensionEnded)
def _suspension_ended(s: Sitting, fact: f.SuspensionEnded, at: Instant) -> None:
    _member(s, fact.member, suspended=0, suspended_until=0)


@on(f.Dissolved)
def _dissolved(s: Sitting, fact: f.Dissolved, at: Instant) -> None:
    _tie(s, dissolved=True)


# --- a council's questions


@on(f.PositionStated)
def _position_stated(s: Sitting, fact: f.PositionStated, at: Instant) -> None:
    s.step(fact, fact.item)
    answer = Answer(fact.member, fact.position, fact.principle, fact.reason, fact.lowered, at)
    key = (fact.member, fact.delegate)
    s.change_counsel(fact.item, answers={**counsel_of(s, fact.item).answers, key: answer})


@on(f.VoicesCounted)
def _voices_counted(s: Sitting, fact: f.VoicesCounted, at: Instant) -> None:
    item = s.step(fact, fact.item)
    reasons: dict[MemberId, Reason] = {}
    for member, voice in fact.voices.items():
        if voice.position in ("block", "aside"):
            reasons[member] = _reason(s, fact.item, member, voice)
    s.change_counsel(fact.item, voices=fact.voices)
    s.change(fact.item, reasons=reasons if item.stage is Stage.ROUND else {})


def _reason(s: Sitting, number: int, member: MemberId, voice: Voice) -> Reason:
    """The delegate's words, or those of the home item behind the mandate (§6.7a)."""
    tie = s.ties.members.get(member)
    said = [
        (one.principle, one.reason) for (of, _), one in counsel_of(s, number).answers.items()
        if of == member and one.position == voice.position
    ]
    decided = [(0, one.words) for one in (tie.mandates if tie else ()) if one.source == voice.source]
    principle, words = (*said, *decided, (0, ""))[0]
    return Reason(member, voice.position, principle, words)


@on(f.RatificationOpened)
def _ratification_opened(s: Sitting, fact: f.RatificationOpened, at: Instant) -> None:
    item = s.step(fact, fact.item)
    asked = {**counsel_of(s, fact.item).asked, **dict.fromkeys(fact.asked, fact.closes)}
    question = Question(
        fact.question, 0, fact.version, frozenset(asked), at, fact.closes, fact.closes - at
    )
    s.change(
        fact.item, question=question, questions=fact.question, began=at, charter=item.charter or s.charter, reasons={}
    )
    s.change_counsel(fact.item, asked=asked)
    s.set_deadline(fact.item)


@on(f.SignerAsked)
def _signer_asked(s: Sitting, fact: f.SignerAsked, at: Instant) -> None:
    s.step(fact, fact.item)
    s.change_counsel(fact.item, asked={**counsel_of(s, fact.item).asked, fact.member: fact.closes})


@on(f.ReferendumOpened)
def _referendum_opened(s: Sitting, fact: f.ReferendumOpened, at: Instant) -> None:
    item = s.step(fact, fact.item)
    question = Question(fact.question, 0, fact.version, frozenset(fact.bases), at, fact.closes, fact.closes - at)
    s.change(
        fact.item, question=question, questions=fact.question, began=at, charter=item.charter or s.charter,
        amendments=without_minors(item),
    )
    s.change_counsel(fact.item, bases=fact.bases, opened=at)
    s.set_deadline(fact.item)


@on(f.ReferendumCounted)
def _referendum_counted(s: Sitting, fact: f.ReferendumCounted, at: Instant) -> None:
    s.step(fact, fact.item)
    members = {**fact.members, "electorate": fact.electorate, "left_out": fact.left_out}
    s.change_counsel(fact.item, tallies={"assemblies": fact.assemblies, "members": members})


@on(f.Closed)
def _closed(s: Sitting, fact: f.Closed, at: Instant) -> None:
    s.step(fact, fact.item)
    s.change(fact.item, ended=at, question=None)


# --- at home


@on(f.MembershipNoted)
def _membership(s: Sitting, fact: f.MembershipNoted, at: Instant) -> None:
    if fact.status != "admitted":
        _tie(s, councils=_without(s.ties.councils, fact.council))
        return
    joined = s.ties.councils[fact.council].joined or at
    _council(s, fact.council, joined=joined, version=fact.version, charter=fact.charter)


@on(f.CouncilTextNoted)
def _text_noted(s: Sitting, fact: f.CouncilTextNoted, at: Instant) -> None:
    membership = s.ties.councils[fact.council]
    known = membership.items.get(fact.item)
    announced = known.announced if known is not None and fact.minor else at
    stage, closes = ("discussion", None) if known is None else (known.stage, known.closes)
    item = Known(
        fact.item, fact.kind, fact.version, fact.title, stage, announced, closes, fact.bases, fact.double
    )
    _council(s, fact.council, items={**membership.items, fact.item: item})


@on(f.CouncilStageNoted)
def _stage_noted(s: Sitting, fact: f.CouncilStageNoted, at: Instant) -> None:
    membership = s.ties.councils[fact.council]
    known = replace(membership.items[fact.item], stage=fact.stage, version=fact.version, closes=fact.closes)
    _council(s, fact.council, items={**membership.items, fact.item: known})


@on(f.ResultHeard)
def _result_heard(s: Sitting, fact: f.ResultHeard, at: Instant) -> None:
    membership = s.ties.councils.get(fact.council)
    # the result of a referendum may come from a council further up; one that is handed down is not of their item
    if membership is not None and fact.item in membership.items and not fact.origin:
        known = replace(membership.items[fact.item], stage=fact.stage, closes=None)
        _council(s, fact.council, items={**membership.items, fact.item: known})


@on(f.ElsewhereNoted)
def _elsewhere(s: Sitting, fact: f.ElsewhereNoted, at: Instant) -> None:
    s.change(fact.item, terms={**s.items[fact.item].terms, "elsewhere": list(fact.persons)})


@on(f.CountedElsewhere)
def _counted_elsewhere(s: Sitting, fact: f.CountedElsewhere, at: Instant) -> None:
    s.change_counsel(fact.item, tallies={"elsewhere": fact.tally})


def _told(s: Sitting, fact: Any, at: Instant) -> None:
    """Kept in the register for the rooms; the state does not need it."""


EVOLVE[f.DelegateHeard] = EVOLVE[f.NoTimeNoted] = _told


@on(f.DelegateReported)
def _delegate_reported(s: Sitting, fact: f.DelegateReported, at: Instant) -> None:
    reports = s.ties.councils[fact.council].reports
    _council(s, fact.council, reports=(*reports, Told(at, fact.by, fact.text)))
