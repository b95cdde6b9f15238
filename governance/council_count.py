"""What a council's voices decide: by mandates at once, or by ratification (§6.7c–e, §6.8). Whole numbers only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from governance.motion import STRUCTURAL, Item, Kind
from governance.state import Assembly, Sitting
from governance.terms import MemberId, Share
from governance.ties import MANDATED, Ratified, Voice

ADOPTED, REJECTED, LAPSED, RATIFICATION = "adopted", "rejected", "lapsed", "ratification"
NO_VOTES, NO_QUORUM, TIE, BELOW = "no_votes", "no_quorum", "tie", "threshold"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a council's decision is counted by. `quorum`: half of T must have answered, whatever the base (§6.7d)."""

    threshold: Share
    base: str
    double: bool
    quorum: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """`pending`: who can still be asked, of T. `for_it`, `against`: the members' sum (§6.8)."""

    assemblies: int
    yes: int
    no: int
    abstain: int
    pending: int
    for_it: int
    against: int


def rule_of(s: Assembly | Sitting, item: Item) -> Rule:
    """The threshold, the base and whether the members are counted too, for this item of a council."""
    charter = item.charter or s.charter
    # §6.6 a recall: more than half of T, never harder than the election was
    if item.kind is Kind.RECALL:
        return Rule(Share(1, 2), "all", False)
    own = charter.structural_threshold if item.kind in STRUCTURAL else charter.council_threshold
    double = (charter.double_majority and item.kind is not Kind.CALL) or item.kind is Kind.COMPLAINT
    rule = Rule(own, charter.council_base, double, item.kind is Kind.RATIFICATION)
    if item.kind is not Kind.REPEAL:
        return rule
    # §5.9 the greater threshold and the stricter base of the two
    target = rule_of(s, s.items[int(str(item.terms["item"]))])
    base = "all" if "all" in (rule.base, target.base) else rule.base
    return Rule(max(rule.threshold, target.threshold), base, rule.double or target.double)


def tally_of(voices: Mapping[MemberId, Voice], out: frozenset[MemberId]) -> Tally:
    """The binding count: mandated voices only. `out`: pending ones that have left or are suspended."""
    mandated = [one for one in voices.values() if one.standing == MANDATED]
    choices = [one.choice for one in mandated]
    pending = sum(one.standing != MANDATED and member not in out for member, one in voices.items())
    return Tally(
        len(voices), choices.count("yes"), choices.count("no"), choices.count("abstain"), pending,
        sum(one.yes for one in mandated), sum(one.no for one in mandated),
    )


def with_answers(tally: Tally, ratified: Mapping[MemberId, Ratified]) -> Tally:
    """Mandated and ratified together (§6.7e); a member without an answer is no position."""
    choices = [one.choice for one in ratified.values()]
    return Tally(
        tally.assemblies, tally.yes + choices.count("yes"), tally.no + choices.count("no"),
        tally.abstain + choices.count("abstain"), 0,
        tally.for_it + sum(one.yes for one in ratified.values()),
        tally.against + sum(one.no for one in ratified.values()),
    )


def members_agree(tally: Tally, rule: Rule) -> bool:
    """`b·Y ≥ a·(Y+N)`, and somebody voted (§6.8)."""
    votes = tally.for_it + tally.against
    return votes > 0 and rule.threshold.passed_by(tally.for_it, votes)


def by_mandates(tally: Tally, rule: Rule) -> str:
    """adopted, rejected, no_votes, or ratification where only the homes can tell (§6.7c)."""
    yes, no, pending, all_of = tally.yes, tally.no, tally.pending, tally.assemblies
    if all_of == 0:
        # §4.3 nobody in T decides nothing
        return NO_VOTES
    if rule.base == "all":
        enough, possible = rule.threshold.passed_by(yes, all_of), rule.threshold.passed_by(yes + pending, all_of)
    else:
        if yes + no + pending == 0:
            return NO_VOTES
        half = 2 * (yes + no + tally.abstain) >= all_of
        enough = half and rule.threshold.passed_by(yes, yes + no + pending)
        possible = rule.threshold.passed_by(yes + pending, yes + pending + no)
    if not possible:
        return REJECTED
    if not enough:
        return RATIFICATION
    # §6.8 all members are heard before both tests are passed
    if rule.double and pending:
        return RATIFICATION
    return ADOPTED if not rule.double or members_agree(tally, rule) else REJECTED


def after_ratification(tally: Tally, rule: Rule) -> tuple[str, str]:
    """adopted, rejected or lapsed, and why (§6.7e)."""
    if (rule.base == "stated" or rule.quorum) and 2 * (tally.yes + tally.no + tally.abstain) < tally.assemblies:
        return LAPSED, NO_QUORUM
    if _base(tally, rule) == 0:
        return LAPSED, NO_VOTES
    if assemblies_agree(tally, rule) and (not rule.double or members_agree(tally, rule)):
        return ADOPTED, ""
    return REJECTED, why_rejected(tally, rule)


def assemblies_agree(tally: Tally, rule: Rule) -> bool:
    """`b·y ≥ a·T`, or of those that say yes or no (§6.7e)."""
    return rule.threshold.passed_by(tally.yes, _base(tally, rule))


def _base(tally: Tally, rule: Rule) -> int:
    return tally.assemblies if rule.base == "all" else tally.yes + tally.no


def why_rejected(tally: Tally, rule: Rule) -> str:
    """`tie` where the test that was missed was one at one half, and as many said no as yes (§5.3)."""
    yes, no = tally.yes, tally.no
    if assemblies_agree(tally, rule):
        yes, no = tally.for_it, tally.against
    return TIE if rule.threshold.is_half and yes == no else BELOW


def is_certain(tally: Tally, rule: Rule, missing: int, answers: bool) -> bool:
    """Whatever the missing ones say, the outcome and its reason are the same; with `answers`, what goes up is (§6.7d).

    Every count lies between those where all of them say yes, no, abstain or nothing at all. How many
    members vote at home is open until the last answer, so a double majority is never passed before (§6.8).
    """
    if not missing:
        return True
    level = max(tally.yes, tally.no)
    ends = [
        replace(tally, yes=tally.yes + missing), replace(tally, no=tally.no + missing),
        replace(tally, abstain=tally.abstain + missing), tally,
    ]
    if abs(tally.yes - tally.no) <= missing:
        # what lies between is a tie at one half
        ends.append(replace(tally, yes=level, no=level))
    results = [after_ratification(one, replace(rule, double=False)) for one in ends]
    if rule.double and (ADOPTED, "") in results:
        return False
    told = {answer_of(one, outcome) for one, (outcome, _) in zip(ends, results, strict=True)}
    return len(told if answers else {*results}) == 1


def answer_of(tally: Tally, outcome: str) -> str:
    """What a council that was asked answers: yes, no, abstain, or '' for no position (§6.7d)."""
    quorum = 2 * (tally.yes + tally.no + tally.abstain) >= tally.assemblies
    return _answer(outcome == ADOPTED, tally.yes, tally.no, quorum)


def _answer(adopted: bool, yes: int, no: int, quorum: bool) -> str:
    if adopted:
        return "yes"
    if not quorum:
        return ""
    return "no" if no > yes else "abstain"


def home_answer(adopted: bool, outcome: str, yes: int, no: int) -> str:
    """What a base assembly's vote answers (§6.7d). `outcome`: of its count (§5)."""
    return _answer(adopted, yes, no, outcome != NO_QUORUM)
