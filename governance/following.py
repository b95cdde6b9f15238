"""What follows by itself from what was decided: dispatches up and down, seats emptied, answers brought home (§6).

`follow` walks the facts of one decision in order, and those it adds, at the same instant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from governance import council_count as count
from governance import facts as f
from governance.below import below_of, level_of
from governance.charter import Charter
from governance.closing import open_question_of, orphan_items_of
from governance.confederating import ratification_of
from governance.council import counsel_of, finish_when_certain, last_voices, rolls_counted, tally_so_far
from governance.decision import Decided
from governance.delegation import name, unseat
from governance.dispatches import admit
from governance.holding import empty_all, recall
from governance.leaving import give_up, gone
from governance.motion import Item, Kind, Stage
from governance.referendum import elsewhere_tally, report_of
from governance.sending import send
from governance.state import Sitting
from governance.terms import SECOND, AssemblyId, Duration, Instant, MemberId
from governance.ties import COUNCIL, Below, Membership


def follow(result: Decided, at: Instant) -> Decided:
    """The decision with all that follows from it."""
    if not any(type(fact) in FOLLOWS for fact in result.facts):
        return result
    s = Sitting(result.state.id, result.state)
    s.facts.extend(result.facts)
    # the list grows while it is walked: what follows may have something following
    for fact in s.facts:
        what = FOLLOWS.get(type(fact))
        if what is not None:
            what(s, fact, at)
    if len(s.facts) == len(result.facts):
        return result
    return replace(result, state=s.state(), facts=tuple(s.facts))


# --- a council tells its members


def _is_heard(s: Sitting, item: Item) -> bool:
    """Items the members know: not those that only ask them to ratify for a higher council, nor drafts, nor draws."""
    own = item.kind in (Kind.RATIFICATION, Kind.DRAW)
    return s.kind == COUNCIL and not own and item.stage is not Stage.DRAFT


def _tell_text(s: Sitting, number: int, to: list[MemberId] | None, minor: bool, at: Instant) -> None:
    item = s.items[number]
    double, bases = rolls_counted(s, item)
    send(
        s, f.TextAnnounced, s.roll if to is None else to, at, item=number, kind=item.kind.value, version=item.version,
        minor=minor, title=item.title, text=item.text, bases=bases, double=double,
    )


def _text_changed(s: Sitting, fact: f.DiscussionBegan | f.AmendmentAccepted | f.MinorEntered, at: Instant) -> None:
    if _is_heard(s, s.items[fact.item]):
        _tell_text(s, fact.item, None, isinstance(fact, f.MinorEntered), at)


def _stage_changed(s: Sitting, fact: Any, at: Instant) -> None:
    item = s.items[fact.item]
    if not _is_heard(s, item):
        return
    if not counsel_of(item).announced:
        if item.question is None:
            # a draft whose proposer let go: the members never heard of it
            return
        # a recall comes straight to the vote
        _tell_text(s, fact.item, None, False, at)
    _tell_stage(s, item, s.roll, at)
    if isinstance(fact, f.RoundOpened | f.VoteOpened):
        _note_no_time(s, item, at)


def _tell_stage(s: Sitting, item: Item, to: Iterable[MemberId], at: Instant) -> None:
    closes = item.question.closes if item.question is not None and item.stop is None else None
    send(s, f.StageAnnounced, to, at, item=item.number, stage=item.stage.value, version=item.version, closes=closes)


def _note_no_time(s: Sitting, item: Item, at: Instant) -> None:
    """§6.11: `open` names the members whose charters leave no time to mandate."""
    question = open_question_of(item)
    known = counsel_of(item).announced
    late = tuple(
        one for one in sorted(question.electorate) if (tie := s.ties.members.get(one)) is not None
        and max(known + tie.discussion_min * SECOND, at) + tie.window * SECOND > question.closes
    )
    if late:
        s.record(f.NoTimeNoted(item.number, question.serial, late), at)


def _tell_result(s: Sitting, item: Item, at: Instant) -> None:
    """The result of what was sent up comes back down, with the delegates' answers beside it (§6.12)."""
    counsel = counsel_of(item)
    indicated: dict[MemberId, tuple[str, ...]] = {}
    for (member, _), answer in sorted(counsel.answers.items()):
        indicated[member] = (*indicated.get(member, ()), answer.position)
    send(
        s, f.ResultAnnounced, {*s.roll, *counsel.bases}, at, item=item.number, stage=item.stage.value,
        decided_by=item.decided_by or "", why=item.why or "", voices=last_voices(item), indicated=indicated,
        origin="", origin_item=0,
    )


def _result_heard(s: Sitting, fact: f.ResultHeard, at: Instant) -> None:
    """A lower council passes down what became of what it sent up, under its own item's number (§6.12)."""
    if s.kind != COUNCIL:
        return
    about, origin = (fact.council, fact.item), (fact.origin or fact.council, fact.origin_item or fact.item)
    for item in tuple(s.items.values()):
        if item.kind in (Kind.MANDATE, Kind.RATIFICATION) and (
            item.terms.get("council"), item.terms.get("item")
        ) == about:
            send(
                s, f.ResultAnnounced, s.roll, at, item=item.number, stage=fact.stage, decided_by=fact.decided_by,
                why=fact.why, voices=last_voices(item), indicated={}, origin=origin[0], origin_item=origin[1],
            )


# --- an item is over


def _over(s: Sitting, fact: Any, at: Instant) -> None:
    item = s.items[fact.item]
    if item.kind is Kind.RATIFICATION and not isinstance(fact, f.Withdrawn):
        _answer_ratification(s, item, at)
    elif item.kind is Kind.REFERENDUM and "council" in item.terms:
        send(
            s, f.ReferendumReported, [str(item.terms["council"])], at, source=item.number,
            item=item.terms["item"], report=report_of(item), decided=at,
        )
    elif s.kind == COUNCIL and counsel_of(item).announced:
        _tell_result(s, item, at)
    if item.kind is Kind.ADMISSION and s.kind == COUNCIL and not isinstance(fact, f.Adopted):
        send(
            s, f.MembershipTold, [str(item.terms["assembly"])], at, status="refused", why=item.why or "withdrawn",
            item=item.number, version=0, charter={},
        )
    if isinstance(fact, f.Adopted) and item.kind in ADOPTED:
        ADOPTED[item.kind](s, item, at)


def sums_of(s: Sitting, item: Item) -> tuple[int, int]:
    """Ballots given at home for and against the council's text, by those who have their one ballot here (§6.8)."""
    if s.kind == COUNCIL:
        tally = tally_so_far(item)
        return tally.for_it, tally.against
    away = elsewhere_tally(item)
    if item.votes:
        here = item.votes[-1].tallies[""]
        return here.get("yes", 0) - away.get("yes", 0), here.get("no", 0) - away.get("no", 0)
    here = item.rounds[-1].tally
    support = sum(here.get(one, 0) - away.get(one, 0) for one in ("agree", "reserve"))
    return support, here.get("block", 0) - away.get("block", 0)


def _answer_ratification(s: Sitting, item: Item, at: Instant) -> None:
    """§6.7d: yes, no, abstain, or no position."""
    adopted = item.stage is Stage.ADOPTED
    if s.kind == COUNCIL:
        choice = count.answer_of(tally_so_far(item), count.ADOPTED if adopted else count.REJECTED)
    else:
        vote = item.votes[-1]
        tally = vote.tallies[""]
        choice = count.home_answer(adopted, vote.verdicts[""], tally.get("yes", 0), tally.get("no", 0))
    yes, no = sums_of(s, item)
    send(
        s, f.RatificationAnswered, [str(item.terms["council"])], at, source=item.number, item=item.terms["item"],
        choice=choice, yes=yes, no=no, decided=at,
    )


# --- what an adopted motion of §6 sets in force


def times(charter: Charter) -> tuple[Duration, Duration]:
    """The least time a mandate takes by this charter: its discussion, and the window of its first question."""
    return charter.discussion_min, charter.round_window if charter.rounds else charter.vote_window


def _join(s: Sitting, item: Item, at: Instant) -> None:
    least, window = times(s.charter)
    send(
        s, f.JoinAsked, [str(item.terms["council"])], at, item=item.number, below=below_of(s), level=level_of(s),
        discussion_min=least, window=window, decided=at,
    )


def _quit(s: Sitting, item: Item, at: Instant) -> None:
    council = str(item.terms["council"])
    send(s, f.CouncilLeft, [council], at, item=item.number, decided=at)
    _withdraw_ratifications(s, council, at)


def _withdraw_ratifications(s: Sitting, council: AssemblyId, at: Instant) -> None:
    """§6.1: who left is not asked any more."""
    for number in tuple(s.open):
        item = s.items[number]
        if item.kind is Kind.RATIFICATION and item.terms["council"] == council:
            s.record(f.Withdrawn(number), at)


def _delegation(s: Sitting, item: Item, at: Instant) -> None:
    name(s, str(item.terms["council"]), item.number, item.terms, at)


def _mandate(s: Sitting, item: Item, at: Instant) -> None:
    """§6.3: an item mandate speaks by itself; while home is asked to ratify, it is the answer (§6.7d)."""
    terms: Mapping[str, Any] = item.terms
    council, number, choice = str(terms["council"]), int(terms.get("item", 0)), str(terms.get("choice", ""))
    yes, no = sums_of(s, item)
    if choice == "no":
        # for a mandate "no" those who adopted it are against the council's text
        yes, no = no, yes
    elif choice != "yes":
        yes, no = 0, 0
    version = int(terms.get("version", 0))
    send(
        s, f.MandateGiven, [council], at, source=item.number, item=number, version=version, choice=choice,
        tags=tuple(str(one).lstrip("#").casefold() for one in terms.get("tags", ())),
        items=tuple(terms.get("items", ())), may=tuple(terms.get("may", ())), until=terms.get("until"),
        words=item.text, yes=yes, no=no, decided=at,
    )
    asked = ratification_of(s, council, number) if number else None
    if asked is not None and choice != "none" and version in (0, asked.terms["version"]):
        s.record(f.Withdrawn(asked.number), at)


def _recall(s: Sitting, item: Item, at: Instant) -> None:
    if "council" in item.terms:
        unseat(s, str(item.terms["council"]), str(item.terms["person"]), item.number, "recalled", at)
    else:
        recall(s, item, at)


def _rights(s: Sitting, item: Item, at: Instant) -> None:
    """In a council a text that binds whoever agrees; at home the agreement (§6.14)."""
    if "council" not in item.terms:
        s.record(f.RightsSet(item.number, ()), at)
        return
    send(
        s, f.RightsAgreed, [str(item.terms["council"])], at, source=item.number, item=item.terms["item"], agreed=True,
        decided=at,
    )


def _complaint(s: Sitting, item: Item, at: Instant) -> None:
    """§6.14: a finding is published by being adopted; nothing reaches inside the assembly."""
    member = str(item.terms["assembly"])
    if item.terms["effect"] == "suspension":
        s.record(f.VoiceSuspended(item.number, member, at + s.charter.term * SECOND), at)
    elif item.terms["effect"] == "exclusion":
        s.record(f.MemberExcluded(item.number, member), at)
        send(
            s, f.MembershipTold, [member], at, status="ended", why="excluded", item=item.number, version=0, charter={}
        )


def _admission(s: Sitting, item: Item, at: Instant) -> None:
    if s.kind != COUNCIL:
        return
    terms: Mapping[str, Any] = item.terms
    below = {one: Below(*values) for one, values in terms["below"].items()}
    asked = f.JoinAsked((), (), 0, below, terms["level"], terms["discussion_min"], terms["window"], at)
    admit(s, item.number, str(terms["assembly"]), asked, at)


ADOPTED: Mapping[Kind, Callable[[Sitting, Item, Instant], None]] = {
    Kind.JOIN: _join,
    Kind.QUIT: _quit,
    Kind.DELEGATION: _delegation,
    Kind.MANDATE: _mandate,
    Kind.RECALL: _recall,
    Kind.RIGHTS: _rights,
    Kind.COMPLAINT: _complaint,
    Kind.ADMISSION: _admission,
}


def _repealed(s: Sitting, fact: f.ItemRepealed, at: Instant) -> None:
    """§5.9: what the repealed item set in force ends."""
    target = s.items[fact.target]
    if fact.target in s.ties.rights:
        s.record(f.RightsEnded(fact.item, fact.target), at)
    elif fact.target in s.ties.agreed:
        council, number = s.ties.agreed[fact.target]
        send(
            s, f.RightsAgreed, [council], at, source=fact.target, item=number, agreed=False, decided=at,
        )
    elif target.kind is Kind.COMPLAINT:
        member = str(target.terms["assembly"])
        tie = s.ties.members.get(member)
        if tie is not None and tie.suspended == fact.target:
            s.record(f.SuspensionEnded(fact.item, member), at)


# --- the roll changes


def _tell_charter(s: Sitting, to: list[MemberId], why: str, item: int, at: Instant) -> None:
    send(
        s, f.MembershipTold, to, at, status="admitted", why=why, item=item, version=s.charter.version,
        charter=s.charter.written(),
    )


def _admitted(s: Sitting, fact: f.MemberAdmitted, at: Instant) -> None:
    """The new member hears the charter and the texts that are open; those above hear of it."""
    _tell_charter(s, [fact.member], "", fact.item, at)
    for number in tuple(s.open):
        if _is_heard(s, s.items[number]) and counsel_of(s.items[number]).announced:
            _tell_text(s, number, [fact.member], True, at)
            _tell_stage(s, s.items[number], [fact.member], at)
    _tell_below(s, at)


def _tell_below(s: Sitting, at: Instant) -> None:
    send(s, f.BelowTold, s.ties.councils, at, below=below_of(s), level=level_of(s))


def _below_noted(s: Sitting, fact: f.BelowNoted, at: Instant) -> None:
    _tell_below(s, at)


def _left(s: Sitting, fact: f.LeftRoll | f.MemberExcluded, at: Instant) -> None:
    if s.kind != COUNCIL:
        gone(s, fact.member, s.id, "", at)
        empty_all(s, fact.member, at)
        return
    orphan_items_of(s, fact.member, at)
    for number in tuple(s.open):
        finish_when_certain(s, number, at)
    _tell_below(s, at)
    if not s.roll:
        _dissolve(s, at)


def _dissolve(s: Sitting, at: Instant) -> None:
    """§6.1: the last member left; what was open lapses."""
    s.record(f.Dissolved(), at)
    for number in tuple(s.open):
        s.record(f.Lapsed(number, "dissolved"), at)
    for council in tuple(s.ties.councils):
        send(s, f.CouncilLeft, [council], at, item=0, decided=at)


def _merged(s: Sitting, fact: f.MembersMerged, at: Instant) -> None:
    gone(s, fact.dropped, s.id, fact.kept, at)


def _charter_changed(s: Sitting, fact: f.CharterChanged, at: Instant) -> None:
    if s.kind == COUNCIL:
        _tell_charter(s, list(s.roll), "charter", fact.item, at)
    least, window = times(s.charter)
    send(s, f.TimesTold, s.ties.councils, at, discussion_min=least, window=window)


def _membership(s: Sitting, fact: f.MembershipNoted, at: Instant) -> None:
    membership: Membership | None = s.ties.councils.get(fact.council)
    if membership is None:
        _withdraw_ratifications(s, fact.council, at)
    elif not fact.why and s.kind == COUNCIL:
        # what lies below may have changed since the request
        send(s, f.BelowTold, [fact.council], at, below=below_of(s), level=level_of(s))


def _answered(s: Sitting, fact: f.AnswerNoted, at: Instant) -> None:
    """The council found that a person of ours already carries another delegation there (§6.2)."""
    if fact.kind == "DelegationSent" and fact.why == "carries_another":
        give_up(s, fact.sender, fact.person, "carries_another", at)


FOLLOWS: Mapping[type[f.Fact], Callable[[Sitting, Any, Instant], None]] = {
    **dict.fromkeys((f.DiscussionBegan, f.AmendmentAccepted, f.MinorEntered), _text_changed),
    **dict.fromkeys(
        (
            f.RoundOpened, f.VoteOpened, f.ClosingMoved, f.CoolingBegan, f.Paused, f.Resumed, f.Orphaned, f.TakenOver,
            f.RatificationOpened, f.ReferendumOpened,
        ),
        _stage_changed,
    ),
    **dict.fromkeys((f.Adopted, f.Rejected, f.Lapsed, f.Deferred, f.Withdrawn, f.Closed), _over),
    f.ItemRepealed: _repealed,
    f.MemberAdmitted: _admitted,
    f.BelowNoted: _below_noted,
    f.LeftRoll: _left,
    f.MemberExcluded: _left,
    f.MembersMerged: _merged,
    f.CharterChanged: _charter_changed,
    f.MembershipNoted: _membership,
    f.AnswerNoted: _answered,
    f.ResultHeard: _result_heard,
}
