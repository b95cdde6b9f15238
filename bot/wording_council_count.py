"""How a council's decision was reckoned: the binding count, the homes' answers, the members' sum (§6.7–6.10)."""

from __future__ import annotations

from collections.abc import Iterator

from bot.grammar import mark
from bot.wording_counts import is_half
from bot.wording_voice import Voice
from governance.council import counsel_of, tally_so_far
from governance.council_count import Rule, Tally, members_agree, rule_of, tally_of
from governance.motion import FINAL, Item, Kind, Stage
from governance.state import Assembly
from governance.terms import Share

BASES = {
    "all": mark("of all assemblies"),
    "stated": mark("of those that said yes or no"),
    "open": mark("of those that said, or can still say, yes or no"),
}


def share_said(share: Share, voice: Voice) -> str:
    """`2/3`, or `more than 1/2`: one half is the only share that must be exceeded."""
    return voice.say("more than {share}", share=str(share)) if is_half(str(share)) else str(share)


def reckoning(state: Assembly, item: Item, voice: Voice) -> Iterator[str]:
    """The steps of §6.7c–e as they were taken; of a referendum both tallies."""
    if item.kind is Kind.REFERENDUM:
        yield from referendum(state, item, voice)
        return
    counsel = counsel_of(item)
    rule, first = rule_of(state, item), tally_of(counsel.voices, frozenset())
    if item.kind is Kind.CALL and counsel.voices:
        yield voice.say("§6.9 who signs by a mandate is a signatory at once; the others are asked at home.")
        return
    if counsel.voices:
        yield voice.say(
            "§6.7 by mandate {yes} yes, {no} no, {abstain} abstain; {pending} of {total} gave no mandate.",
            yes=first.yes, no=first.no, abstain=first.abstain, pending=first.pending, total=first.assemblies,
        )  # fmt: skip
        yield from _positions(first, rule, voice)
        yield _test(first, rule, voice)
    if counsel.asked:
        yield voice.say(OTHERS_ASKED if counsel.voices else ALL_ASKED)
        last = tally_so_far(item)
        yield voice.say(
            AT_HOME if item.stage in FINAL else SO_FAR,
            yes=last.yes, no=last.no, abstain=last.abstain, total=last.assemblies,
        )  # fmt: skip
        if item.stage in FINAL:
            yield from _positions(last, rule, voice)
            yield _test(last, rule, voice)
    if rule.double and item.stage in FINAL and (counsel.voices or counsel.asked):
        last = tally_so_far(item)
        yield voice.say(
            "§6.8 the members: {yes} yes, {no} no at home; needed: {share} of them → {verdict}",
            yes=last.for_it, no=last.against, share=share_said(rule.threshold, voice),
            verdict=_verdict(members_agree(last, rule), voice),
        )  # fmt: skip


OTHERS_ASKED, ALL_ASKED = mark("§6.7d so the others were asked at home."), mark("§6.7d all were asked at home.")
AT_HOME = mark("§6.7e with their answers {yes} yes, {no} no, {abstain} abstain of {total}.")
SO_FAR = mark("§6.7e with their answers so far {yes} yes, {no} no, {abstain} abstain of {total}.")


def _positions(tally: Tally, rule: Rule, voice: Voice) -> Iterator[str]:
    """Half of the assemblies must have said something, where not all are counted against (§6.7d, §6.7e)."""
    if rule.base == "stated" or rule.quorum:
        stated = tally.yes + tally.no + tally.abstain
        yield voice.say(
            "enough positions? {stated} of {total}; needed: half of them → {verdict}",
            stated=stated, total=tally.assemblies, verdict=_verdict(2 * stated >= tally.assemblies, voice),
        )  # fmt: skip


def _test(tally: Tally, rule: Rule, voice: Voice) -> str:
    of = tally.assemblies if rule.base == "all" else tally.yes + tally.no + tally.pending
    passed = of > 0 and rule.threshold.passed_by(tally.yes, of)
    base = BASES["open" if rule.base == "stated" and tally.pending else rule.base]
    return voice.say(
        "enough binding yes? {yes} of {of}; needed: {share} {base} → {verdict}",
        yes=tally.yes, of=of, share=share_said(rule.threshold, voice), base=voice.say(base),
        verdict=_verdict(passed, voice),
    )  # fmt: skip


def _verdict(passed: bool, voice: Voice) -> str:
    return voice.say("yes") if passed else voice.say("no")


def referendum(state: Assembly, item: Item, voice: Voice) -> Iterator[str]:
    """Both tallies side by side, and which of them had to pass (§6.10)."""
    counsel = counsel_of(item)
    tallies, charter = counsel.tallies, item.charter or state.charter
    if not tallies:
        if item.stage is Stage.VOTE:
            heard, of = len(counsel.reports), len(counsel.bases)
            yield voice.say("{heard} of {of} assemblies have reported.", heard=heard, of=of)
        return
    assemblies, members = tallies["assemblies"], tallies["members"]
    yield voice.say(
        "Assemblies: {yes} yes, {no} no, {none} neither, of {total}.",
        yes=assemblies.get("yes", 0), no=assemblies.get("no", 0), none=assemblies.get("none", 0),
        total=sum(assemblies.get(one, 0) for one in ("yes", "no", "none")),
    )  # fmt: skip
    yield voice.say(
        "Members: {yes} yes, {no} no, {abstain} abstain.",
        yes=members.get("yes", 0), no=members.get("no", 0), abstain=members.get("abstain", 0),
    )  # fmt: skip
    yield voice.say(
        MAJORITIES[charter.referendum_majority], share=share_said(charter.referendum_threshold, voice)
    )


MAJORITIES = {
    "both": mark("Both had to pass: {share} of all assemblies, and of the yes and no of all members."),
    "assemblies": mark("The assemblies decide: {share} of all of them."),
    "members": mark("The members decide: {share} of their yes and no."),
}
