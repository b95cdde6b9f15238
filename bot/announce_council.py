"""Which short notices follow from the facts of councils (§6.4, §6.12)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from governance import facts as f
from governance.mandate import voice_of
from governance.motion import Kind, Stage
from governance.state import Assembly
from governance.ties import COUNCIL, INDICATIVE, Known

Told = tuple[str, int | None, dict[str, Any]]
"""A code, the item of this assembly it is about, and what comes with it."""

TOLD = (
    "founded_council", "admitted", "gone", "seated", "vacant", "membership_admitted", "membership_refused",
    "membership_ended", "announced", "announced_anew", "council_opened", "indicated", "attempted", "brought_home",
    "brought_down", "reported", "seat_emptied", "seat_empty", "stated_indicative", "no_time", "signer_asked",
    "signed", "struck", "suspended", "suspension_over", "dissolved", "refused_there", "late_there",
    "announced_referendum", "announced_call", "announced_recall",
)  # fmt: skip


DECIDED = frozenset({"JoinAsked", "DelegationSent", "MandateGiven", "RatificationAnswered", "RightsAgreed"})
"""Dispatches that carry what an assembly decided: it hears when they come to nothing."""

ELSEWHERE = (
    f.MandateGiven, f.RatificationAnswered, f.ReferendumReported, f.RightsAgreed, f.DelegationSeated, f.MembershipNoted,
    f.CouncilTextNoted, f.CouncilStageNoted, f.DelegateHeard, f.ResultHeard,
)
"""The item they name is another assembly's: no card of this one shows it."""


def shifts_voices(fact: f.Fact) -> bool:
    """Who sits in a council, or what binds them, changed: every open question there may show other voices now."""
    scope = isinstance(fact, f.MandateHeard) and not fact.item
    return scope or isinstance(fact, f.DelegationSeated | f.LeftRoll | f.MemberExcluded)


def _known(after: Assembly, council: str, item: int) -> Known | None:
    membership = after.ties.councils.get(council)
    return membership.items.get(item) if membership is not None else None


def _of(after: Assembly, council: str, item: int) -> dict[str, Any]:
    """A council's item as home knows it."""
    known = _known(after, council, item)
    return {"council": council, "number": item, "title": known.title if known else ""}


def _admitted(fact: f.MemberAdmitted, after: Assembly) -> Iterator[Told]:
    yield "admitted", None, {"member": fact.member}


def _seated(fact: f.DelegationSeated, after: Assembly) -> Iterator[Told]:
    if fact.delegates:
        others = {"alternates": list(fact.alternates), "observers": list(fact.observers)}
        yield "seated", None, {"member": fact.member, "delegates": list(fact.delegates), **others}
    else:
        yield "vacant", None, {"member": fact.member}


def _membership(fact: f.MembershipNoted, after: Assembly) -> Iterator[Told]:
    if fact.status != "admitted":
        yield f"membership_{fact.status}", None, {"council": fact.council, "why": fact.why}
    elif not fact.why:  # else it is only another charter, which was voted on
        yield "membership_admitted", None, {"council": fact.council}


_ANNOUNCED = frozenset({Kind.CALL.value, Kind.RECALL.value})
"""Kinds that are announced in words of their own."""


def _text(fact: f.CouncilTextNoted, after: Assembly) -> Iterator[Told]:
    if not fact.minor:
        code = "announced" if fact.version == 1 else "announced_anew"
        if fact.kind == Kind.REFERENDUM.value or (fact.version == 1 and fact.kind in _ANNOUNCED):
            code = f"announced_{fact.kind}"
        about = {"council": fact.council, "number": fact.item, "title": fact.title, "text": fact.text}
        yield code, None, {**about, "version": fact.version}


def _stage(fact: f.CouncilStageNoted, after: Assembly) -> Iterator[Told]:
    known = _known(after, fact.council, fact.item)
    if known is not None and known.kind == Kind.REFERENDUM.value:
        return  # its own item is put before the members of every assembly that is asked
    if fact.stage in (Stage.ROUND.value, Stage.VOTE.value) and fact.closes is not None:
        yield "council_opened", None, {**_of(after, fact.council, fact.item), "closes": fact.closes}


def _delegate(fact: f.DelegateHeard, after: Assembly) -> Iterator[Told]:
    about = {**_of(after, fact.council, fact.item), "delegate": fact.delegate, "position": fact.position}
    if fact.outcome == "refused":
        yield "attempted", None, {**about, "source": fact.source}
    else:
        yield "indicated", None, about


def _result(fact: f.ResultHeard, after: Assembly) -> Iterator[Told]:
    voice = fact.voice
    ours: dict[str, Any] = {
        "standing": voice.standing, "position": voice.position, "indicated": list(fact.indicated),
    }  # fmt: skip
    ours["votes"] = [fact.voice.yes, fact.voice.no]
    about = {"stage": fact.stage, "decided_by": fact.decided_by, "reason": fact.why, **ours}
    if fact.origin:
        # what our council sent up, under the number it has there
        about |= {"origin": fact.origin, "origin_item": fact.origin_item}
    yield "brought_down" if fact.origin else "brought_home", None, {**_of(after, fact.council, fact.item), **about}


def _reported(fact: f.DelegateReported, after: Assembly) -> Iterator[Told]:
    yield "reported", None, {"council": fact.council, "delegate": fact.by, "text": fact.text}


def _sent(fact: f.DelegationSent, after: Assembly) -> Iterator[Told]:
    """Naming a delegation is said by the result of the motion; what empties a seat is not."""
    if fact.why == "named":
        return
    about = {"council": fact.to[0], "why": fact.why}
    if fact.delegates:
        yield "seat_emptied", None, {**about, "delegates": list(fact.delegates)}
    else:
        yield "seat_empty", None, about


def _stated(fact: f.PositionStated, after: Assembly) -> Iterator[Told]:
    item = after.items[fact.item]
    answers = item.counsel.answers if item.counsel else {}
    stated = answers.get((fact.member, fact.delegate))
    if stated is not None and voice_of(after, item, fact.member, stated.at).standing == INDICATIVE:
        about = {"member": fact.member, "delegate": fact.delegate, "position": fact.position}
        yield "stated_indicative", fact.item, about


def _no_time(fact: f.NoTimeNoted, after: Assembly) -> Iterator[Told]:
    yield "no_time", fact.item, {"members": list(fact.members)}


def _signer(fact: f.SignerAsked, after: Assembly) -> Iterator[Told]:
    yield "signer_asked", fact.item, {"member": fact.member, "closes": fact.closes}


def _signed(fact: f.Signed, after: Assembly) -> Iterator[Told]:
    yield "signed" if fact.choice == "yes" else "struck", fact.item, {"member": fact.member}


def _suspended(fact: f.VoiceSuspended, after: Assembly) -> Iterator[Told]:
    yield "suspended", None, {"member": fact.member, "until": fact.until, "source": fact.item}


def _suspension_over(fact: f.SuspensionEnded, after: Assembly) -> Iterator[Told]:
    yield "suspension_over", None, {"member": fact.member}


def _dissolved(fact: f.Dissolved, after: Assembly) -> Iterator[Told]:
    yield "dissolved", None, {}


def _refused_there(fact: f.AnswerNoted, after: Assembly) -> Iterator[Told]:
    if fact.kind not in DECIDED:
        return
    if fact.outcome == "refused":
        yield "refused_there", None, {"council": fact.sender, "sent": fact.kind, "why": fact.why}
    elif fact.outcome == "late":
        yield "late_there", None, {"council": fact.sender, "sent": fact.kind}


def _left(fact: f.LeftRoll | f.MemberExcluded, after: Assembly) -> Iterator[Told]:
    if after.kind == COUNCIL:
        yield "gone", None, {"member": fact.member}


TELL: Mapping[type[Any], Callable[[Any, Assembly], Iterator[Told]]] = {
    f.MemberAdmitted: _admitted,
    f.LeftRoll: _left,
    f.MemberExcluded: _left,
    f.DelegationSeated: _seated,
    f.MembershipNoted: _membership,
    f.CouncilTextNoted: _text,
    f.CouncilStageNoted: _stage,
    f.DelegateHeard: _delegate,
    f.ResultHeard: _result,
    f.DelegateReported: _reported,
    f.DelegationSent: _sent,
    f.PositionStated: _stated,
    f.NoTimeNoted: _no_time,
    f.SignerAsked: _signer,
    f.Signed: _signed,
    f.VoiceSuspended: _suspended,
    f.SuspensionEnded: _suspension_over,
    f.Dissolved: _dissolved,
    f.AnswerNoted: _refused_there,
}


def told(fact: f.Fact, after: Assembly) -> Iterator[Told]:
    tell = TELL.get(type(fact))
    if tell is not None:
        yield from tell(fact, after)
