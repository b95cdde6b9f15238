"""How a result was reckoned: every step with its numbers, its article and what it led to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot import wording_people
from bot.grammar import mark
from bot.wording_council_count import reckoning
from bot.wording_counts import ballots, is_half, numbers, positions, reason, recount_round, recount_vote, vote
from bot.wording_results import ending
from bot.wording_terms import heading, text_name
from bot.wording_voice import Voice
from governance.ballots import reveals
from governance.counting import Count, Step
from governance.motion import FINAL, ClosedRound, ClosedVote, Item
from governance.refusals import Refused, Why, refuse
from governance.state import Assembly
from governance.ties import COUNCIL

TESTS: Mapping[str, str] = {
    "quorum": mark("enough took part? {part} of {of}; needed: {needed} ({share} of {of}, at least {least})"),
    "blocks": mark("no more blocks than allowed? {block}; allowed: {allowed}"),
    "support": mark("enough support? {support} agree, with or without reservations; needed: {needed}"),
    "stand_asides": mark("few enough stand aside? {aside} of {of}; at most {share}"),
    "votes": mark("did anybody say yes or no? {yes} yes, {no} no"),
    "threshold": mark("enough yes? {yes} of {of} {base} = {percent}; needed: {share}"),
}
MORE_THAN_HALF = mark("enough yes? {yes} of {of} {base} = {percent}; needed: more than 1/2")

OUTCOMES: Mapping[str, str] = {
    "consensus": mark("consensus"),
    "blocked": mark("blocked"),
    "no_support": mark("too little support"),
    "stand_asides": mark("too many stand aside"),
    "no_quorum": mark("no quorum"),
    "superseded": mark("ended without a count: the text was changed"),
    "adopted": mark("adopted"),
    "rejected": mark("not adopted"),
    "lapsed": mark("lapsed"),
    "runoff": mark("equal: a run-off follows"),
    "threshold": mark("not enough yes"),
    "tie": mark("a tie"),
    "no_votes": mark("nobody said yes or no"),
    "ratification": mark("the assemblies that gave no mandate are asked at home"),
    "closed": mark("closed"),
}


def why(state: Assembly, number: int, voice: Voice) -> str | Refused:
    """Each round and vote of an item that has closed, step by step (§4, §5)."""
    item = state.items.get(number)
    if item is None:
        return refuse(Why.NO_SUCH_ITEM, item=number, last=state.last_item)
    lines = [heading(item, voice)]
    for closed in item.rounds:
        lines += _round(state, item, closed, voice)
    for vote_closed in item.votes:
        lines += _vote(state, item, vote_closed, voice)
    if state.kind == COUNCIL:
        lines += reckoning(state, item, voice)
    if item.pool is not None:
        lines += wording_people.result_lines(state, item, voice)
    if item.stage in FINAL:
        lines.append(voice.say("So it is {ending}.", ending=ending(item, voice)))
    if len(lines) == 1:
        lines.append(voice.say("Nothing has been counted yet. What is asked now: /show {item}", item=number))
    elif item.charter is not None:
        lines.append(voice.say("Counted by the charter as of version {version}.", version=item.charter.version))
    return "\n".join(lines)


def _round(state: Assembly, item: Item, closed: ClosedRound, voice: Voice) -> Iterator[str]:
    yield voice.say(
        "Round {round} on text version {version}, closed {closed}: {outcome}",
        round=closed.round, version=closed.version, closed=closed.closed, outcome=voice.say(OUTCOMES[closed.outcome]),
    )  # fmt: skip
    yield positions(closed, voice)
    withdrawn = [reason(one, voice) for one in closed.reasons if one.position == "withdrawn"]
    if withdrawn:
        yield voice.say("Blocks withdrawn before the end: {blocks}", blocks="; ".join(withdrawn))
    # a council's round is counted over its voices, whoever they bind: what binds is reckoned below
    count = None if state.kind == COUNCIL else recount_round(item, closed)
    if count is not None:
        yield from _steps(item, count, voice)


def _vote(state: Assembly, item: Item, closed: ClosedVote, voice: Voice) -> Iterator[str]:
    yield voice.say(
        "Vote closed {closed}: {outcome}", closed=closed.closed, outcome=voice.say(OUTCOMES[closed.outcome])
    )
    if state.kind == COUNCIL:
        return
    if closed.runoff:
        yield from vote(item, closed, voice)
        yield voice.say("§3.7 the text with the most votes is chosen; equal again, none is.")
        return
    if closed.secret and any(map(reveals, closed.tallies.values())):
        # what would show how somebody voted is withheld here too (§8.3)
        yield from vote(item, closed, voice)
        return
    for letter, count in recount_vote(item, closed).items():
        if len(closed.tallies) > 1:
            outcome = voice.say(OUTCOMES[count.outcome])
            yield voice.say("{text}: {outcome}", text=text_name(item.number, letter), outcome=outcome)
        yield voice.say("{ballots}.", ballots=ballots(closed.tallies[letter], voice))
        yield from _steps(item, count, voice)
    yield from _chosen(item, closed, voice)


def _chosen(item: Item, closed: ClosedVote, voice: Voice) -> Iterator[str]:
    """Of several texts that pass, the one furthest ahead (§3.7)."""
    margins = [
        (letter, tally.get("yes", 0) - tally.get("no", 0))
        for letter, tally in closed.tallies.items()
        if closed.verdicts[letter] == "adopted"
    ]
    if len(margins) > 1:
        parts = [f"{text_name(item.number, letter)}: {voice.number(margin)}" for letter, margin in margins]
        yield voice.say("§3.7 of the texts that pass, the one with the highest yes − no: {parts}",
                        parts=", ".join(parts))  # fmt: skip


def _steps(item: Item, count: Count, voice: Voice) -> Iterator[str]:
    for one in count.steps:
        verdict = voice.say("yes") if one.passed else voice.say("no")
        yield voice.say("§{article} {test} → {verdict}", article=one.article, test=_test(item, one, voice),
                        verdict=verdict)  # fmt: skip


def _test(item: Item, one: Step, voice: Voice) -> str:
    message, about = TESTS[one.test], numbers(one, voice)
    if one.test == "quorum" and item.charter is not None:
        about["least"] = item.charter.quorum_min
    if one.test == "threshold" and is_half(str(one.numbers["share"])):
        message = MORE_THAN_HALF
    return voice.fill(message, about)
