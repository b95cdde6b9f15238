"""How it was counted: tallies, reasons and the steps of a count, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.grammar import mark
from bot.wording_terms import BASES, choice_said, chosen_text, counted, text_name
from bot.wording_voice import Message, Voice, isolated, mark_plural
from governance.ballots import reveals
from governance.closing import vote_rule
from governance.counting import Count, Step, count_round, count_vote
from governance.motion import CHOICES, ClosedRound, ClosedVote, Item, Reason
from governance.terms import Share

REASON_SHOWN = 300
"""Characters of a reason in a message; the whole stands in the minutes."""

REASONED: Mapping[str, str] = {
    "agree": mark("{member}: “{reason}”"),
    "reserve": mark("{member}: “{reason}”"),
    "aside": mark("{member}: “{reason}”"),
    "block": mark("{member} (P{principle}): “{reason}”"),
    "withdrawn": mark("{member} (P{principle}): “{reason}”"),
}

TESTS: Mapping[tuple[str, bool], Message] = {
    ("quorum", True): mark_plural(
        "{part} of {of} answered; {needed} was needed.", "{part} of {of} answered; {needed} were needed.", "needed"
    ),
    ("quorum", False): mark_plural(
        "Only {part} of {of} answered; {needed} was needed.", "Only {part} of {of} answered; {needed} were needed.",
        "needed",
    ),
    ("blocks", True): "",
    ("blocks", False): mark_plural(
        "{block} block stands; the charter allows {allowed}.", "{block} blocks stand; the charter allows {allowed}.",
        "block",
    ),
    ("support", True): mark("Support {support} ≥ {needed}."),
    ("support", False): mark("Support {support} < {needed}."),
    ("stand_asides", True): mark("Stand-asides {aside} of {of} ≤ {share}."),
    ("stand_asides", False): mark("Stand-asides {aside} of {of} > {share}."),
    ("votes", True): "",
    ("votes", False): mark("Nobody said yes or no."),
    ("threshold", True): mark("{yes} of {of} {base} = {percent}; {share} were needed."),
    ("threshold", False): mark("{yes} of {of} {base} = {percent}; {share} were needed."),
}
"""What a step of a count says in a result; what goes without saying is empty."""

TOOK_PART: Mapping[bool, Message] = {
    True: mark_plural(
        "{part} of {of} took part; {needed} was needed.", "{part} of {of} took part; {needed} were needed.", "needed"
    ),
    False: mark_plural(
        "Only {part} of {of} took part; {needed} was needed.", "Only {part} of {of} took part; {needed} were needed.",
        "needed",
    ),
}
"""The quorum of a vote."""
MORE_THAN_HALF = mark("{yes} of {of} {base} = {percent}; more than half was needed.")


def step(one: Step, voice: Voice) -> str:
    """One step of a count; empty where there is nothing to say."""
    message = TOOK_PART[one.passed] if one.article == "5.1" else TESTS[one.test, one.passed]
    if not message:
        return ""
    if one.test == "threshold" and is_half(str(one.numbers["share"])):
        message = MORE_THAN_HALF
    return voice.fill(message, numbers(one, voice))


def is_half(share: str) -> bool:
    """The only threshold that must be exceeded, not reached (§5.3)."""
    exact = Share.parse(share)
    return exact is not None and exact.is_half


def numbers(one: Step, voice: Voice) -> dict[str, object]:
    """The numbers of a step as they are said."""
    about: dict[str, object] = dict(one.numbers)
    if one.test == "threshold":
        about["percent"] = voice.percent(int(one.numbers["yes"]), int(one.numbers["of"]))
        about["base"] = voice.say(BASES[str(one.numbers["base"])])
    return about


def steps(count: Count, voice: Voice) -> str:
    return " ".join(filter(None, (step(one, voice) for one in count.steps)))


def recount_round(item: Item, closed: ClosedRound) -> Count | None:
    """The round counted again as it closed; None for one that was superseded."""
    if closed.outcome == "superseded" or item.charter is None:
        return None
    return count_round(closed.tally, closed.electorate, item.charter)


def recount_vote(item: Item, closed: ClosedVote) -> Mapping[str, Count]:
    """Each text of the vote counted again as it closed; nothing for a run-off, where texts stand against each other."""
    if closed.runoff or item.charter is None:
        return {}
    rule = vote_rule(closed, item.charter)
    return {letter: count_vote(tally, closed.electorate, rule) for letter, tally in closed.tallies.items()}


# --- reasons


def reason(one: Reason, voice: Voice) -> str:
    """`Cem: “I will be away.”`, or only the name."""
    if not one.text:
        return voice.name(one.member)
    return voice.say(REASONED[one.position], member=one.member, principle=one.principle, reason=quoted(one.text))


def quoted(text: str) -> str:
    line = isolated(text)
    return line if len(line) <= REASON_SHOWN else line[: REASON_SHOWN - 1].rstrip() + "…"


def _reasons(given: Sequence[Reason], position: str, voice: Voice) -> str:
    """In brackets, those of one position who said why."""
    said = [reason(one, voice) for one in given if one.position == position and (one.text or position != "agree")]
    return f" ({'; '.join(said)})" if said else ""


def positions(closed: ClosedRound, voice: Voice) -> str:
    """`24 agree, 2 with reservations, 3 stand aside (Cem: “I will be away.”), no block.`"""
    return voice.say("{positions}.", positions=", ".join(_positions(closed, voice)))


def _positions(closed: ClosedRound, voice: Voice) -> Iterator[str]:
    for position in ("agree", "reserve", "aside", "block", "pass"):
        count = closed.tally.get(position, 0)
        if count or position == "agree":
            yield counted(position, count, voice) + _reasons(closed.reasons, position, voice)
        elif position == "block":
            yield voice.say("no block")


def blocks(closed: ClosedRound, voice: Voice) -> str:
    """`Dila blocked (P1: “we would owe money”)`, for what became of the round later."""
    stood = [reason(one, voice) for one in closed.reasons if one.position == "block"]
    return "; ".join(stood)


def by_name(number: int, answers: Sequence[tuple[str, str, str]], voice: Voice) -> str:
    """`Ana agree (8f3a21c0), Ben pass (…)`: member, choice and the mark of the row."""
    return ", ".join(
        voice.say(
            "{member} {choice} ({mark})", member=member, choice=choice_said(number, choice, voice), mark=mark_of
        )
        for member, choice, mark_of in answers
    )


# --- votes


def ballots(tally: Mapping[str, int], voice: Voice) -> str:
    """`18 yes, 10 no, 2 abstain`."""
    return ", ".join(counted(choice, tally.get(choice, 0), voice) for choice in CHOICES)


WITHHELD = mark("The ballot was secret: the numbers would show how somebody voted and are withheld.")


def vote(item: Item, closed: ClosedVote, voice: Voice) -> Iterator[str]:
    """The lines of a closed vote: one for each text."""
    if closed.secret and any(map(reveals, closed.tallies.values())):
        # §8.3 with the names of those who voted, the numbers would show how
        quorum = [step(count.steps[0], voice) for count in recount_vote(item, closed).values()][:1]
        yield " ".join([*quorum, voice.say(WITHHELD)])
        return
    if closed.runoff:
        yield _runoff(item, closed, voice)
        return
    for letter, count in recount_vote(item, closed).items():
        given = ballots(closed.tallies[letter], voice)
        line = voice.say("{ballots}. {steps}", ballots=given, steps=steps(count, voice))
        several = len(closed.tallies) > 1
        yield f"{text_name(item.number, letter)}: {line}" if several else line


def _runoff(item: Item, closed: ClosedVote, voice: Voice) -> str:
    chosen = closed.tallies[""]
    parts = [
        voice.say("{count} for {text}", count=count, text=chosen_text(item.number, one))
        for one, count in chosen.items()
        if one != "abstain"
    ]
    if chosen.get("abstain"):
        parts.append(counted("abstain", chosen["abstain"], voice))
    return voice.say("Run-off between the texts: {parts}.", parts=", ".join(parts))
