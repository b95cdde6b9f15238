"""Ballots to tally to verdict, step by step, each step citing its article (§4, §5).

Whole numbers and exact fractions only. A count keeps its steps, so that `/why` can print them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from governance.charter import BASES, Charter
from governance.terms import Share

CONSENSUS, BLOCKED, NO_SUPPORT, STAND_ASIDES = "consensus", "blocked", "no_support", "stand_asides"
ADOPTED, TIE, BELOW, NO_VOTES = "adopted", "tie", "threshold", "no_votes"
NO_QUORUM = "no_quorum"


@dataclass(frozen=True, slots=True)
class Step:
    """One test of a count: its article, whether it was passed, and the numbers in it."""

    article: str
    test: str
    passed: bool
    numbers: Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Count:
    """`outcome`: consensus, blocked, no_support, stand_asides, adopted, tie, threshold, no_votes, no_quorum."""

    outcome: str
    steps: tuple[Step, ...]


def quorum_needs(quorum: Share, least: int, electorate: int) -> int:
    """How many answers the quorum asks for (§4.1)."""
    return max(quorum.least_of(electorate), least)


def support_needs(charter: Charter, electorate: int) -> int:
    """`min_support`, 1 in assemblies up to three, never more than M (§2.6, §4.3)."""
    return 1 if electorate <= 3 else min(charter.min_support, electorate)


def count_round(tally: Mapping[str, int], electorate: int, charter: Charter) -> Count:
    """A consensus round at its closing. `tally`: positions to their number."""
    agree, reserve = tally.get("agree", 0), tally.get("reserve", 0)
    aside, block = tally.get("aside", 0), tally.get("block", 0)
    part = agree + reserve + aside + block + tally.get("pass", 0)
    steps: list[Step] = []

    def step(article: str, test: str, passed: bool, **numbers: int | str) -> bool:
        steps.append(Step(article, test, passed, numbers))
        return not passed

    # §4.1 enough of the electorate answered
    needed = quorum_needs(charter.round_quorum, charter.quorum_min, electorate)
    if step("4.1", "quorum", part >= needed, part=part, needed=needed, of=electorate, share=str(charter.round_quorum)):
        return Count(NO_QUORUM, tuple(steps))
    # §4.2 no more blocks than the charter allows
    if step("4.2", "blocks", block <= charter.blocks_allowed, block=block, allowed=charter.blocks_allowed):
        return Count(BLOCKED, tuple(steps))
    # §4.3 silence is never consent
    wanted = support_needs(charter, electorate)
    if step("4.3", "support", agree + reserve >= wanted, support=agree + reserve, needed=wanted):
        return Count(NO_SUPPORT, tuple(steps))
    # §4.4 not too many stand aside
    share, willing = charter.stand_aside_max, agree + reserve + aside
    few = share.den * aside <= share.num * willing
    if step("4.4", "stand_asides", few, aside=aside, of=willing, share=str(share)):
        return Count(STAND_ASIDES, tuple(steps))
    # §4.5
    return Count(CONSENSUS, tuple(steps))


@dataclass(frozen=True, slots=True)
class VoteRule:
    """What a vote is counted by, frozen at its opening."""

    threshold: Share
    base: str
    quorum: Share
    quorum_min: int


def _base(rule: VoteRule, yes: int, no: int, abstain: int, electorate: int) -> int:
    return {"cast": yes + no, "taking_part": yes + no + abstain, "members": electorate}[rule.base]


def count_vote(tally: Mapping[str, int], electorate: int, rule: VoteRule) -> Count:
    """A vote on one text at its closing. `tally`: yes, no, abstain to their number."""
    yes, no, abstain = tally.get("yes", 0), tally.get("no", 0), tally.get("abstain", 0)
    part, needed = yes + no + abstain, quorum_needs(rule.quorum, rule.quorum_min, electorate)
    # §5.1 enough of the electorate took part
    quorum = Step(
        "5.1", "quorum", part >= needed, {"part": part, "needed": needed, "of": electorate, "share": str(rule.quorum)}
    )
    if not quorum.passed:
        return Count(NO_QUORUM, (quorum,))
    # §5.2 somebody must have said yes or no
    votes = Step("5.2", "votes", yes + no > 0, {"yes": yes, "no": no})
    if not votes.passed:
        return Count(NO_VOTES, (quorum, votes))
    # §5.3 at least a/b of the base; one half is the only strict share
    base = _base(rule, yes, no, abstain, electorate)
    enough = Step(
        "5.3", "threshold", rule.threshold.passed_by(yes, base),
        {"yes": yes, "of": base, "base": rule.base, "share": str(rule.threshold)},
    )
    if enough.passed:
        return Count(ADOPTED, (quorum, votes, enough))
    return Count(TIE if rule.threshold.is_half and yes == no else BELOW, (quorum, votes, enough))


def vote_is_certain(tally: Mapping[str, int], electorate: int, rule: VoteRule) -> bool:
    """No ballot still missing can turn adopted, rejected or lapsed into another of them (§5.6)."""
    yes, no, abstain = tally.get("yes", 0), tally.get("no", 0), tally.get("abstain", 0)
    part = yes + no + abstain
    left = electorate - part
    needed = quorum_needs(rule.quorum, rule.quorum_min, electorate)
    if left == 0 or electorate < needed:
        return True
    if part < needed or yes + no == 0:
        return False
    worst = rule.threshold.passed_by(yes, _base(rule, yes, no + left, abstain, electorate))
    best = rule.threshold.passed_by(yes + left, _base(rule, yes + left, no, abstain, electorate))
    return worst or not best


def texts_are_certain(tallies: Mapping[str, Mapping[str, int]], electorate: int, rule: VoteRule) -> bool:
    """No ballot still missing on any of several texts can change what becomes of them (§3.7, §5.6)."""
    lowest: list[int] = []
    """The least yes − no of each text that passes whatever comes."""
    highest: list[tuple[int, int]] = []
    """The greatest yes − no of each text that may yet pass, with the ballots it misses."""
    counted = countable = False
    for tally in tallies.values():
        yes, no, left = tally.get("yes", 0), tally.get("no", 0), electorate - sum(tally.values())
        now = count_vote(tally, electorate, rule).outcome
        worst = count_vote({**tally, "no": no + left}, electorate, rule).outcome
        counted = counted or now not in (NO_QUORUM, NO_VOTES)
        countable = countable or worst not in (NO_QUORUM, NO_VOTES)
        if now == worst == ADOPTED:
            lowest.append(yes - no - left)
        if count_vote({**tally, "yes": yes + left}, electorate, rule).outcome == ADOPTED:
            highest.append((yes - no + left, left))
    if not lowest:
        # none is sure to pass: certain when none may, and whether any is counted at all is known
        return not highest and counted == countable
    leading = [left for margin, left in highest if margin >= max(lowest)]
    return len(leading) == 1 or not any(leading)


def answer_is_certain(tally: Mapping[str, int], electorate: int, rule: VoteRule) -> bool:
    """No ballot still missing can change what the vote answers to a council: yes, no, abstain or nothing (§6.7d)."""
    left = electorate - sum(tally.values())
    answers = set()
    for choice in ("yes", "no", "abstain", ""):
        one = dict(tally)
        if choice:
            one[choice] = one.get(choice, 0) + left
        outcome = count_vote(one, electorate, rule).outcome
        more_no = one.get("no", 0) > one.get("yes", 0)
        answers.add(outcome if outcome in (ADOPTED, NO_QUORUM) else "no" if more_no else "abstain")
    return len(answers) == 1


def stricter_base(one: str, other: str) -> str:
    """Of two bases the one that is harder to pass (§5.9)."""
    return max(one, other, key=BASES.index)


def choose_text(tallies: Mapping[str, Mapping[str, int]], passed: tuple[str, ...]) -> tuple[str, ...]:
    """Of the texts that passed those with the highest yes − no; more than one is a tie (§3.7)."""
    margin = {letter: tallies[letter].get("yes", 0) - tallies[letter].get("no", 0) for letter in passed}
    highest = max(margin.values())
    return tuple(letter for letter in passed if margin[letter] == highest)


def runoff_leaders(tally: Mapping[str, int], texts: tuple[str, ...]) -> tuple[str, ...]:
    """The texts most members chose in a run-off, each member one (§3.7)."""
    highest = max(tally.get(text or "original", 0) for text in texts)
    return tuple(text for text in texts if tally.get(text or "original", 0) == highest)


def runoff_is_certain(tally: Mapping[str, int], texts: tuple[str, ...], electorate: int) -> bool:
    """The leader is further ahead than all the ballots still missing."""
    votes = sorted((tally.get(text or "original", 0) for text in texts), reverse=True)
    left = electorate - sum(tally.values())
    return left == 0 or votes[0] - votes[1] > left
