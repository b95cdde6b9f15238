"""What became of an item: the result message with its arithmetic, whole and once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot import wording_council, wording_people, wording_rooms
from bot.grammar import mark
from bot.wording_counts import blocks, positions, recount_round, steps, vote
from bot.wording_terms import heading, text_name
from bot.wording_voice import Voice
from governance.motion import ClosedRound, Item, Kind, Stage
from governance.state import Assembly
from governance.ties import COUNCIL

ENDINGS: Mapping[tuple[str, str], str] = {
    ("adopted", "consensus"): mark("adopted by consensus"),
    ("adopted", "vote"): mark("adopted by vote"),
    ("rejected", "threshold"): mark("not adopted by vote"),
    ("rejected", "tie"): mark("not adopted by vote: a tie"),
    ("rejected", "infeasible"): mark("not adopted: it can no longer be done"),
    ("lapsed", "no_quorum"): mark("lapsed: too few answered"),
    ("lapsed", "no_votes"): mark("lapsed: nobody said yes or no"),
    ("lapsed", "unseconded"): mark("lapsed: too few seconded it in seven days"),
    ("deferred", "blocked"): mark("deferred: blocked"),
    ("deferred", "no_support"): mark("deferred: too little support"),
    ("deferred", "stand_asides"): mark("deferred: too many stand aside"),
    ("adopted", "mandates"): mark("adopted by mandates"),
    ("adopted", "ratification"): mark("adopted by ratification"),
    ("lapsed", "dissolved"): mark("lapsed: the council is dissolved"),
    ("lapsed", "withdrawn"): mark("lapsed: it was withdrawn"),
    ("lapsed", "infeasible"): mark("lapsed: it cannot be done as it came out"),
    ("lapsed", "exhausted"): mark("lapsed: no panel that meets the quotas was drawn"),
    ("lapsed", "no_randomness"): mark("lapsed: the randomness never came"),
    ("withdrawn", ""): mark("withdrawn"),
    ("closed", ""): mark("closed"),
}
"""By stage, and by what decided it or why not."""

UNREACHED: Mapping[str, str] = {
    "blocked": mark("Round {round} found no consensus: blocked by {blocks}."),
    "no_support": mark("Round {round} found no consensus: too little support."),
    "stand_asides": mark("Round {round} found no consensus: too many stand aside."),
    "no_quorum": mark("Round {round} found no quorum."),
    "consensus": mark("Round {round} found consensus."),
}


def ending(item: Item, voice: Voice) -> str:
    """`adopted by consensus`."""
    return ended(item.stage.value, item.decided_by or "", item.why or "", voice)


def ended(stage: str, decided_by: str, why: str, voice: Voice) -> str:
    """The same from the words of a fact: what of a council's item comes home."""
    if stage == Stage.REJECTED.value and why != "infeasible" and decided_by in wording_council.NOT_ADOPTED:
        return voice.say(wording_council.NOT_ADOPTED[decided_by])
    return voice.say(ENDINGS[stage, decided_by if stage == Stage.ADOPTED.value else why])


def unreached(closed: ClosedRound, voice: Voice) -> str:
    """How a round ended that was not the end."""
    return voice.say(UNREACHED[closed.outcome], round=closed.round, blocks=blocks(closed, voice))


def result(state: Assembly, number: int, voice: Voice, register: tuple[int, str] | None = None) -> str:
    """The message of a final item. `register`: its size and the seal of its head, in hex."""
    item = state.items[number]
    first = voice.say("{heading} — {ending}", heading=heading(item, voice), ending=ending(item, voice))
    lines = [first, *_count(state, item, voice), *_consequences(state, item, voice)]
    if register:
        size, head = register
        lines.append(voice.say("Register {size} · {head}", size=size, head=f"{head[:4]}…{head[-4:]}"))
    return "\n".join(filter(None, lines))


def _count(state: Assembly, item: Item, voice: Voice) -> Iterator[str]:
    """The count that decided, and what went before it."""
    if item.pool is not None:
        yield from wording_people.result_lines(state, item, voice)
        return
    if state.kind == COUNCIL:
        yield from wording_council.council_result(state, item, voice)
        yield from wording_council.signatures(item, voice)
        if item.kind is Kind.RATIFICATION:
            yield from wording_council.our_answer(state, item, voice)
        return
    if item.votes:
        for closed in item.votes:
            yield from vote(item, closed, voice)
        if letter := item.votes[-1].text:
            text, by = text_name(item.number, letter), item.amendments[letter].by
            yield voice.say("The text is that of {text}, by {mover}.", text=text, mover=by)
        yield from _rounds_before(item, voice)
    elif item.rounds:
        last = item.rounds[-1]
        count = recount_round(item, last)
        yield " ".join(filter(None, (positions(last, voice), steps(count, voice) if count else "")))
    if item.statements:
        names = voice.list([voice.name(one) for one in item.statements])
        yield voice.say("Statement by {names}: {line}", names=names, line=voice.line(f"statement {item.number}"))
    if item.kind in wording_council.ANSWERS_A_COUNCIL:
        yield from wording_council.our_answer(state, item, voice)
    elif item.stage is Stage.WITHDRAWN:
        yield voice.say("Its proposer let it go, and nobody took it over in 24 hours.")
    elif item.stage is not Stage.ADOPTED:
        if item.why == "infeasible":
            yield voice.say("It no longer fits what was decided or changed since it was put.")
        else:
            yield voice.say("The same text may be moved again.")


def _rounds_before(item: Item, voice: Voice) -> Iterator[str]:
    """`2 rounds before it found no consensus: Dila (P1): “…”.`"""
    counted = [one for one in item.rounds if one.outcome != "superseded"]
    if not counted:
        return
    stood = blocks(counted[-1], voice)
    if stood:
        yield voice.plural(
            "{count} round before it found no consensus; blocked by {blocks}.",
            "{count} rounds before it found no consensus; blocked by {blocks}.",
            len(counted), blocks=stood,
        )  # fmt: skip
    else:
        yield voice.plural(
            "{count} round before it found no consensus.", "{count} rounds before it found no consensus.", len(counted)
        )


def _consequences(state: Assembly, item: Item, voice: Voice) -> Iterator[str]:
    """What is in force from now on."""
    if item.stage is not Stage.ADOPTED:
        return
    match item.kind:
        case Kind.CHARTER:
            yield voice.say(
                "In the charter from now on: {values}. What is open already keeps the rules it was opened under.",
                values=item.text,
            )
        case Kind.PRINCIPLE:
            yield voice.say("It is principle P{principle} from now on.", principle=item.adopted_as)
        case Kind.EXCLUSION:
            yield voice.say("{person} is no longer on the roll.", person=item.terms["person"])
        case Kind.ADMISSION if "person" in item.terms:
            yield voice.say("{person} is on the roll again.", person=item.terms["person"])
        case Kind.JOIN:
            council = str(item.terms["council"])
            membership = state.ties.councils.get(council)
            if membership is not None and membership.joined is None:
                yield voice.say("We have asked {council} to admit us; its answer comes here.", council=council)
        case Kind.ROOM:
            yield wording_rooms.consequence(state, item, voice)
        case Kind.REPEAL:
            target = state.items[int(str(item.terms["item"]))]
            yield voice.say("No longer in force: {heading}", heading=heading(target, voice))
            if target.adopted_as is not None:
                yield voice.say("With it ends principle P{principle}.", principle=target.adopted_as)
