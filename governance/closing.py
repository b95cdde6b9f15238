"""Opening and closing of questions, and what follows by itself at that same instant (§3.2, §4, §5)."""

from __future__ import annotations

from collections import Counter

from governance import council_count, counting, referendum
from governance import facts as f
from governance.charter import Charter, draw_up, pairs
from governance.confederating import infeasible, mandate_under_way
from governance.counting import Count, VoteRule
from governance.decision import Box
from governance.holding import role_fault
from governance.meeting import gives_up, room_fault
from governance.motion import (
    ABOUT_PERSONS,
    PROPOSERS_STAGES,
    STRUCTURAL,
    WITHOUT_ROUNDS,
    ClosedVote,
    Item,
    Kind,
    Question,
    Stage,
    question_id,
)
from governance.refusals import Refused
from governance.state import Assembly, Sitting
from governance.terms import HOUR, SECOND, Duration, Instant, Share, digest
from governance.ties import COUNCIL


def charter_of(item: Item, assembly: Assembly | Sitting) -> Charter:
    """The version the item keeps, or, before its first question, the one in force (§2.1)."""
    return item.charter or assembly.charter


# --- opening


def begin_if_seconded(s: Sitting, number: int, at: Instant) -> None:
    """A draft with the seconds that the charter in force asks for goes into discussion (§3, §2.1)."""
    item = s.items[number]
    recall = item.kind is Kind.RECALL
    needed = s.charter.recall_signers if recall else s.charter.seconds
    if item.stage is not Stage.DRAFT or len(item.seconders) < needed:
        return
    if recall:
        # §6.6 with its co-signers straight to the vote
        open_vote(s, number, at)
    else:
        s.record(f.DiscussionBegan(number), at)


def open_first_question(s: Sitting, number: int, at: Instant) -> None:
    """Discussion is over: the first round, or the vote where there are no rounds (§3)."""
    item = s.items[number]
    if item.kind is Kind.REFERENDUM:
        referendum.put(s, number, at)
    elif item.kind in WITHOUT_ROUNDS or charter_of(item, s).rounds == 0:
        open_vote(s, number, at)
    else:
        open_round(s, number, 1, at)


def open_round(s: Sitting, number: int, round: int, at: Instant) -> None:
    item = s.items[number]
    charter = charter_of(item, s)
    members = s.electorate(item, at)
    s.record(
        f.RoundOpened(
            number, item.questions + 1, round, item.version, charter.version, len(members), digest(members),
            at + charter.round_window * SECOND,
        ),
        at,
    )


def open_vote(s: Sitting, number: int, at: Instant, runoff: tuple[str, ...] = ()) -> None:
    """A vote on the proposer's text and the seconded rivals, or a run-off between tied texts (§3.7)."""
    item = s.items[number]
    charter = charter_of(item, s)
    threshold, base = vote_threshold(s, item, charter)
    members = s.electorate(item, at)
    rivals = tuple(one.letter for one in item.rivals if len(one.seconders) >= charter.seconds)
    s.record(
        f.VoteOpened(
            number, item.questions + 1, item.version, charter.version, len(members), digest(members),
            at + vote_window(item, charter) * SECOND, runoff or ("", *rivals), str(threshold), base, bool(runoff),
            is_secret(s, item, charter),
        ),
        at,
    )


def is_secret(s: Assembly | Sitting, item: Item, charter: Charter) -> bool:
    """Whether a vote on this item is secret (§8.1). What delegates answer for their assemblies is always open."""
    if s.kind == COUNCIL or charter.secret == "none":  # noqa: S105  # which ballots are secret, no password
        return False
    every = charter.secret == "all"  # noqa: S105  # as above
    return every or item.kind in ABOUT_PERSONS


def vote_window(item: Item, charter: Charter) -> Duration:
    return charter.recall_window if item.kind is Kind.RECALL else charter.vote_window


def open_given_vote(s: Sitting, number: int, closes: Instant, threshold: Share, base: str, at: Instant) -> None:
    """A ratification or a referendum comes with its closing instant, straight to the vote (§6.7d, §6.10)."""
    item = s.items[number]
    members = s.electorate(item, at)
    s.record(
        f.VoteOpened(
            number, item.questions + 1, item.version, s.charter.version, len(members), digest(members), closes,
            ("",), str(threshold), base, False, is_secret(s, item, s.charter),
        ),
        at,
    )


def vote_threshold(s: Assembly | Sitting, item: Item, charter: Charter) -> tuple[Share, str]:
    """The threshold and base of this item's vote; a repeal must also pass the test its target passed (§5.9)."""
    if s.kind == COUNCIL:
        rule = council_count.rule_of(s, item)
        return rule.threshold, rule.base
    if item.kind is Kind.RECALL:
        # §6.6 more than half of the votes cast
        return Share(1, 2), "cast"
    own = charter.structural_threshold if item.kind in STRUCTURAL else charter.threshold
    if item.kind is not Kind.REPEAL:
        return own, charter.base
    target = s.items[int(str(item.terms["item"]))]
    if target.votes:
        passed = target.votes[-1]
        theirs, base = Share.parse(passed.threshold) or own, passed.base
    else:
        theirs = charter.structural_threshold if target.kind in STRUCTURAL else charter.threshold
        base = charter.base
    return max(own, theirs), counting.stricter_base(base, charter.base)


# --- counting what is open


def vote_rule(question: Question | ClosedVote, charter: Charter) -> VoteRule:
    threshold = Share.parse(question.threshold)
    if threshold is None:
        raise ValueError(f"no threshold: {question.threshold}")
    return VoteRule(threshold, question.base, charter.vote_quorum, charter.quorum_min)


def count_texts(item: Item, question: Question, charter: Charter, box: Box) -> dict[str, Count]:
    """Each text of the vote by its own ballots (§3.7)."""
    rule, electorate = vote_rule(question, charter), len(question.electorate)
    return {
        letter: counting.count_vote(box.tally(question_id(item.number, question.serial, letter)), electorate, rule)
        for letter in question.texts
    }


def vote_outcome(item: Item, question: Question, charter: Charter, box: Box) -> tuple[str, tuple[str, ...]]:
    """How the vote would end as the box stands: adopted, runoff, rejected or lapsed, and with which texts."""
    if question.runoff:
        tally = box.tally(question_id(item.number, question.serial))
        leaders = counting.runoff_leaders(tally, question.texts)
        return ("adopted", leaders) if len(leaders) == 1 else ("rejected", ())
    counts = count_texts(item, question, charter, box)
    passed = tuple(letter for letter, count in counts.items() if count.outcome == counting.ADOPTED)
    if not passed:
        lapsed = all(count.outcome in (counting.NO_QUORUM, counting.NO_VOTES) for count in counts.values())
        return ("lapsed" if lapsed else "rejected", ())
    tallies = {letter: box.tally(question_id(item.number, question.serial, letter)) for letter in passed}
    best = counting.choose_text(tallies, passed)
    return ("adopted" if len(best) == 1 else "runoff", best)


def may_close_early(s: Sitting, item: Item, box: Box, at: Instant) -> bool:
    """Whether nothing is left to wait for (§4.6, §5.6)."""
    question, charter = item.question, charter_of(item, s)
    if question is None or not charter.early_close or at < question.early_from(charter):
        return False
    if item.kind is Kind.REFERENDUM or question.secret:
        # §5.6 open votes only: an early close would show how far a secret one has come
        return False
    if item.pool is not None:
        return box.answered(question_id(item.number, question.serial)) == len(question.electorate)
    if item.kind is Kind.RATIFICATION:
        # §6.7d every ballot counts in a double majority, and a mandate under way may yet be the answer
        tally = box.tally(question_id(item.number, question.serial))
        open_yet = bool(item.terms["double"]) or mandate_under_way(s, item)
        return not open_yet and counting.answer_is_certain(
            tally, len(question.electorate), vote_rule(question, charter)
        )
    electorate, box_id = len(question.electorate), question_id(item.number, question.serial)
    if question.round:
        return box.answered(box_id) == electorate and not box.tally(box_id).get("block", 0)
    if question.runoff:
        return counting.runoff_is_certain(box.tally(box_id), question.texts, electorate)
    if len(question.texts) > 1:
        tallies = {one: box.tally(question_id(item.number, question.serial, one)) for one in question.texts}
        return counting.texts_are_certain(tallies, electorate, vote_rule(question, charter))
    return counting.vote_is_certain(box.tally(box_id), electorate, vote_rule(question, charter))


# --- closing


def close_round(s: Sitting, number: int, box: Box, at: Instant) -> None:
    """A round has come to its closing instant, or all have answered (§4)."""
    item = s.items[number]
    question, charter = open_question_of(item), charter_of(item, s)
    box_id = question_id(number, question.serial)
    tally = dict(box.tally(box_id))
    outcome = counting.count_round(tally, len(question.electorate), charter).outcome
    if outcome == counting.NO_QUORUM and "no_quorum" not in question.extended and at >= question.closes:
        # §4.1 once per question, by half the window in whole seconds
        longer = question.window // SECOND // 2 * SECOND
        s.record(f.ClosingMoved(number, question.serial, question.closes + longer, "no_quorum"), at)
        return
    note_elsewhere(s, item, question, box, at)
    s.record(f.RoundClosed(number, question.serial, tally, outcome, box.digest(box_id)), at)
    if outcome == counting.CONSENSUS:
        adopt(s, number, "consensus", "", at)
    else:
        after_round(s, number, question.round, outcome, at)


def after_round(s: Sitting, number: int, round: int, outcome: str, at: Instant) -> None:
    """No consensus: another round, the vote, or the end of it (§3)."""
    charter = charter_of(s.items[number], s)
    if outcome == counting.NO_QUORUM:
        s.record(f.Lapsed(number, outcome), at)
    elif round < charter.rounds:
        open_round(s, number, round + 1, at)
    elif charter.fallback == "defer":
        s.record(f.Deferred(number, outcome), at)
    elif charter.cooling:
        s.record(f.CoolingBegan(number), at)
    else:
        open_vote(s, number, at)


def note_elsewhere(s: Sitting, item: Item, question: Question, box: Box, at: Instant) -> None:
    """Ballots of persons who have their one ballot in another assembly do not count in the members' sum (§6.8)."""
    persons = item.terms.get("elsewhere")
    if isinstance(persons, list):
        key = question_id(item.number, question.serial)
        choices = Counter(choice for person in persons if (choice := box.choice(key, person)) is not None)
        s.record(f.CountedElsewhere(item.number, question.serial, dict(sorted(choices.items()))), at)


def supersede_round(s: Sitting, number: int, box: Box, at: Instant) -> int:
    """An amendment was accepted: the round ends without a verdict (§3.5). Returns its number."""
    question = open_question_of(s.items[number])
    box_id = question_id(number, question.serial)
    tally = dict(box.tally(box_id))
    s.record(f.RoundClosed(number, question.serial, tally, "superseded", box.digest(box_id)), at)
    return question.round


def swing_outcome(item: Item, question: Question, charter: Charter, box: Box) -> str:
    outcome, texts = vote_outcome(item, question, charter, box)
    return ":".join((outcome, *(text or "original" for text in texts)))


def _swung_late(item: Item, question: Question, charter: Charter, box: Box, at: Instant) -> bool:
    """§5.7: a change of outcome in the last tenth is given time to be answered, once."""
    if question.tendency is None or "late_swing" in question.extended or at < question.closes:
        return False
    return swing_outcome(item, question, charter, box) != question.tendency


def close_vote(s: Sitting, number: int, box: Box, at: Instant) -> None:
    """A vote has come to its closing instant, or nothing can change it any more (§5)."""
    item = s.items[number]
    question, charter = open_question_of(item), charter_of(item, s)
    if _swung_late(item, question, charter, box, at):
        tenth = (question.closes - question.opened - question.stopped) // 10
        s.record(f.ClosingMoved(number, question.serial, question.closes + max(tenth, HOUR), "late_swing"), at)
        return
    outcome, texts = vote_outcome(item, question, charter, box)
    letters = ("",) if question.runoff else question.texts
    tallies = {letter: dict(box.tally(question_id(number, question.serial, letter))) for letter in letters}
    verdicts = (
        {} if question.runoff
        else {letter: count.outcome for letter, count in count_texts(item, question, charter, box).items()}
    )
    text = texts[0] if outcome == "adopted" else ""
    note_elsewhere(s, item, question, box, at)
    boxes = digest(f"{letter}:{box.digest(question_id(number, question.serial, letter))}" for letter in letters)
    s.record(f.VoteClosed(number, question.serial, tallies, verdicts, outcome, text, boxes), at)
    _after_vote(s, number, outcome, texts, verdicts, at)


def _after_vote(
    s: Sitting, number: int, outcome: str, texts: tuple[str, ...], verdicts: dict[str, str], at: Instant
) -> None:
    if outcome == "adopted":
        adopt(s, number, "vote", texts[0], at)
    elif outcome == "runoff":
        open_vote(s, number, at, texts)
    elif outcome == "lapsed":
        s.record(f.Lapsed(number, verdicts[""]), at)
    else:
        # the proposer's text speaks for the item where it was counted at all (§5.1, §5.2)
        missed = [one for one in verdicts.values() if one in (counting.TIE, counting.BELOW)] or [counting.TIE]
        s.record(f.Rejected(number, "vote", missed[0]), at)


def open_question_of(item: Item) -> Question:
    if item.question is None:
        raise ValueError(f"item {item.number} has no open question")
    return item.question


# --- what an adopted motion sets in force


def adopt(s: Sitting, number: int, by: str, text: str, at: Instant) -> None:
    """Adopted, with all it sets in force; what can no longer be done is rejected as infeasible (§2.1)."""
    item = s.items[number]
    after = _charter_after(s, item, text) if item.kind is Kind.CHARTER else None
    target = s.items[int(str(item.terms["item"]))] if item.kind is Kind.REPEAL else None
    repealed = target is not None and target.repealed_by is not None
    impossible = infeasible(s, item, at) or role_fault(s, item.kind, item.terms) or room_fault(s, item.kind, item.terms)
    if isinstance(after, Refused) or repealed or impossible:
        s.record(f.Rejected(number, by, "infeasible"), at)
        return
    s.record(f.Adopted(number, by, text), at)
    item = s.items[number]
    if after is not None:
        s.record(f.CharterChanged(number, after.version, after.written()), at)
        for draft in tuple(s.open):
            begin_if_seconded(s, draft, at)
    elif item.kind is Kind.PRINCIPLE:
        s.record(f.PrincipleAdded(number, max(s.principles) + 1, item.text), at)
    elif item.kind is Kind.EXCLUSION:
        exclude(s, number, str(item.terms["person"]), at)
    elif item.kind is Kind.ADMISSION and s.kind != COUNCIL:
        s.record(f.Enrolled(str(item.terms["person"])), at)
    elif item.kind is Kind.ROOM and gives_up(item.terms):
        s.record(f.RoomClosed(number, str(item.terms["label"])), at)
    elif target is not None:
        s.record(f.ItemRepealed(number, target.number), at)
        if target.adopted_as is not None:
            s.record(f.PrincipleEnded(number, target.adopted_as), at)


def _charter_after(s: Sitting, item: Item, letter: str) -> Charter | Refused:
    """The charter as this text of the motion would have it, upon what is in force now (§2.1).

    That others have set the same values meanwhile is no reason to reject what the assembly adopted.
    """
    values = pairs(item.amendments[letter].text) if letter else {key: str(one) for key, one in item.terms.items()}
    return values if isinstance(values, Refused) else draw_up({**s.charter.written(), **values}, s.charter.version + 1)


def exclude(s: Sitting, number: int, member: str, at: Instant) -> None:
    s.record(f.MemberExcluded(number, member), at)
    orphan_items_of(s, member, at)


def orphan_items_of(s: Sitting, member: str, at: Instant) -> None:
    """The proposer has left: their items wait for somebody to take them over (§3.4)."""
    for number in tuple(s.open):
        item = s.items[number]
        if item.proposer == member and item.stage in PROPOSERS_STAGES and item.kind is not Kind.DRAW:
            s.record(f.Orphaned(number, "left"), at)
