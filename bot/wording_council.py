"""What cards and results show of councils: mandates, estimates and silence, and what was binding (§6.7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.grammar import mark
from bot.wording_council_count import referendum, share_said
from bot.wording_terms import CHOICES
from bot.wording_voice import Voice, isolated
from governance.council import counsel_of, last_voices, tally_so_far
from governance.council_count import ADOPTED, REJECTED, Rule, answer_of, home_answer, rule_of
from governance.facts_council import PositionStated
from governance.mandate import voice_of, voices
from governance.motion import Item, Kind, Stage
from governance.referendum import report_of
from governance.state import Assembly
from governance.terms import MemberId, show_duration
from governance.ties import CHOICE_OF, COUNCIL, INDICATIVE, MANDATED, NO_POSITION, RATIFIED, SILENT
from governance.ties import Voice as Stated

NOT_ADOPTED: Mapping[str, str] = {
    "mandates": mark("not adopted, by mandates"),
    "ratification": mark("not adopted by ratification"),
}
"""What became of an item whose assemblies said no."""

ANSWERS_A_COUNCIL = frozenset({Kind.RATIFICATION, Kind.REFERENDUM})
"""Home items whose result goes to a council: nobody here can move them again."""


STATED: Mapping[str, str] = {
    MANDATED: mark("Recorded for {member}: {choice}, as its item {source} decided."),
    INDICATIVE: mark(
        "Recorded for {member}: {choice}, as an estimate. {member} is asked unless it gives a mandate before {at}."
    ),
    "differ": mark("Recorded: {choice}. The delegates of {member} answer differently, so it is silent as it stands."),
}


def there(council: object, number: object, voice: Voice) -> tuple[Assembly, Item] | None:
    """The council's own item, where it is within reach."""
    found = voice.others(str(council))
    item = None if found is None else found.items.get(int(str(number)))
    return None if found is None or item is None else (found, item)


def stands_for(position: str, voice: Voice) -> str:
    """A position as the choice it stands for: `agree` is yes."""
    return voice.say(CHOICES[CHOICE_OF[position]]) if position in CHOICE_OF else ""


def binding_yes(heard: Mapping[MemberId, Stated]) -> int:
    """How many assemblies said yes by mandate or ratification."""
    return sum(one.standing in (MANDATED, RATIFIED) and one.choice == "yes" for one in heard.values())


def stated(state: Assembly, item: Item, fact: PositionStated, voice: Voice) -> str:
    """To the delegate who answered: what it counts as (§6.4)."""
    heard = voice_of(state, item, fact.member, voice.now)
    closes = item.question.closes if item.question is not None else voice.now
    return voice.say(
        STATED.get(heard.standing, STATED["differ"]), member=fact.member, choice=stands_for(fact.position, voice),
        source=heard.source, at=closes,
    )  # fmt: skip


def council_question(state: Assembly, item: Item, voice: Voice) -> Iterator[str]:
    """Mandated, indicative and silent voices, what is binding, and the tendency beside it (§6.7)."""
    heard = voices(state, item, voice.now)
    yield from positions(heard, ASKED_LATER, voice)
    yield from _binding(state, item, heard, voice)


ESTIMATE = mark("Indicative: {answers} — the delegates' estimate")
ASKED_LATER = mark("Indicative: {answers} — the delegates' estimate; their assemblies will be asked")


def positions(heard: Mapping[MemberId, Stated], indicative: str, voice: Voice) -> Iterator[str]:
    """Every voice by its standing. `indicative`: how an estimate is said: its assembly may yet be asked, or not."""
    mandated = _by_choice(heard, MANDATED, voice)
    yield voice.say("Mandated: {answers}", answers=mandated or "0")
    ratified = _by_choice(heard, RATIFIED, voice)
    if ratified:
        yield voice.say("Ratified: {answers}", answers=ratified)
    indicated = _by_choice(heard, INDICATIVE, voice)
    if indicated:
        yield voice.say(indicative, answers=indicated)
    silent = [member for member, one in heard.items() if one.standing == SILENT]
    if silent:
        yield voice.say("Silent: {count} ({names})", count=len(silent), names=_names(silent, voice))
    none = [member for member, one in heard.items() if one.standing == NO_POSITION]
    if none:
        yield voice.say("No position: {count} ({names})", count=len(none), names=_names(none, voice))


def _by_choice(heard: Mapping[MemberId, Stated], standing: str, voice: Voice) -> str:
    """`yes 4 (Mill, Bridge) · no 1 (Quarry)`."""
    groups: dict[str, list[MemberId]] = {"yes": [], "no": [], "abstain": []}
    for member, one in heard.items():
        if one.standing == standing and one.position:
            groups[one.choice].append(member)
    shown = (
        voice.say("{choice} {count} ({names})", choice=voice.say(CHOICES[choice]), count=len(members),
                  names=_names(members, voice))
        for choice, members in groups.items() if members
    )  # fmt: skip
    return " · ".join(shown)


def _names(members: Sequence[MemberId], voice: Voice) -> str:
    names = sorted(voice.name(one) for one in members)
    if len(names) > 12:
        return voice.say("{names} and {count} more", names=", ".join(names[:12]), count=len(names) - 12)
    return ", ".join(names)


def needed(state: Assembly, item: Item, total: int) -> int:
    """Of so many assemblies, how many mandated yes adopt; one half is more than half."""
    share = rule_of(state, item).threshold
    return total // 2 + 1 if share.is_half else share.least_of(total)


def _binding(state: Assembly, item: Item, heard: Mapping[MemberId, Stated], voice: Voice) -> Iterator[str]:
    """What is binding so far and what it takes, and the tendency beside it, never in it."""
    choices, binding = [one.choice for one in heard.values()], binding_yes(heard)
    known = {"binding": binding, "total": len(heard), "yes": choices.count("yes")}
    rule = rule_of(state, item)
    if item.kind is Kind.CALL:
        yield voice.say(
            "Signed by mandate: {binding} of {total}. Tendency: {yes} of {total} towards yes. "
            "Who signs binds only itself.",
            **known,
        )  # fmt: skip
    elif rule.base == "all":
        yield voice.plural(
            "Binding now: {binding} of {total}; {count} is needed. Tendency: {yes} of {total} towards yes.",
            "Binding now: {binding} of {total}; {count} are needed. Tendency: {yes} of {total} towards yes.",
            needed(state, item, len(heard)), **known,
        )  # fmt: skip
    else:
        yield voice.say("Binding now: {binding} of {total}. Tendency: {yes} of {total} towards yes.", **known)
    yield from _beside(item, rule, len(heard), voice)


def _beside(item: Item, rule: Rule, total: int, voice: Voice) -> Iterator[str]:
    """What else it takes: of whom, where not of all; and the members, where they are counted too (§6.7c, §6.8)."""
    share = share_said(rule.threshold, voice)
    if item.kind is not Kind.CALL and rule.base == "stated":
        yield voice.say(
            "Needed: {share} of the assemblies that say yes or no, and a position of {half} of {total}.",
            share=share, half=half_of(total), total=total,
        )  # fmt: skip
    if rule.double:
        yield voice.say("Members count too: {share} of their yes and no at home.", share=share)


def half_of(total: int) -> int:
    """The least number that is half of so many or more."""
    return (total + 1) // 2


def ratifying(state: Assembly, item: Item, voice: Voice) -> Iterator[str]:
    """While the homes are asked (§6.7d)."""
    counsel, question = counsel_of(item), item.question
    yield from positions(last_voices(item), ESTIMATE, voice)
    answered = sum(one in counsel.ratified for one in counsel.asked)
    yield asked_so_far(answered, len(counsel.asked), voice)
    if question is not None:
        yield voice.say("Until {closes}. A missed deadline is no position.", closes=question.closes)


def asked_so_far(answered: int, asked: int, voice: Voice) -> str:
    return voice.plural(
        "{answered} of {count} assembly that was asked has answered.",
        "{answered} of {count} assemblies that were asked have answered.",
        asked, answered=answered,
    )  # fmt: skip


def waits(item: Item, voice: Voice) -> str:
    """Of a question of a council: how many voices are in, for a reminder."""
    counsel = counsel_of(item)
    if item.kind is Kind.REFERENDUM:
        return voice.say(
            "{heard} of {of} assemblies have reported.", heard=len(counsel.reports), of=len(counsel.bases)
        )
    if item.stage is Stage.RATIFICATION:
        return asked_so_far(sum(one in counsel.ratified for one in counsel.asked), len(counsel.asked), voice)
    return voice.say("Who gives no mandate until then is asked at home.")


def asked_home(state: Assembly, item: Item, voice: Voice) -> Iterator[str]:
    """At home: what the council asks, beside what our delegate said."""
    council = item.terms["council"]
    if item.kind is Kind.REFERENDUM:
        yield voice.say("A referendum of {council}: all assemblies below it answer the same text.", council=council)
        return
    if item.terms["origin"] != council:
        # a council that is asked asks all its own members: none of them has said anything yet (§6.7d)
        yield voice.say(
            "{council} itself is asked, by {sender}, and answers by what its assemblies say.",
            council=council, sender=item.terms["origin"],
        )  # fmt: skip
        return
    position, found = str(item.terms["position"]), there(council, item.terms["item"], voice)
    persons = _who_said(state, found)
    if persons:
        for person, said in persons.items():
            yield voice.say("{delegate} indicated {choice} for us.", delegate=person, choice=stands_for(said, voice))
    elif position:
        yield voice.say("Our delegate indicated {choice}.", choice=stands_for(position, voice))
    else:
        yield voice.say("Our delegates said nothing.")
    if found is not None:
        yield from _others_there(*found, voice)


ANSWERED_BY_MANDATE = mark("Our mandate is the answer to {council}.")
ASKED_NO_MORE = mark("We no longer sit in {council}: it does not ask us any more.")


def our_answer(state: Assembly, item: Item, voice: Voice) -> Iterator[str]:
    """What a home item that is over comes to in the council that asked (§6.7d, §6.10)."""
    council, adopted = item.terms["council"], item.stage is Stage.ADOPTED
    if item.stage is Stage.WITHDRAWN:
        sits = str(council) in state.ties.councils
        yield voice.say(ANSWERED_BY_MANDATE if sits else ASKED_NO_MORE, council=council)
        return
    if item.kind is Kind.REFERENDUM:
        choice = report_of(item).answer
    elif item.counsel is not None and state.kind == COUNCIL:
        choice = answer_of(tally_so_far(item), ADOPTED if adopted else REJECTED)
    else:
        vote = item.votes[-1]
        tally = vote.tallies[""]
        choice = home_answer(adopted, vote.verdicts[""], tally.get("yes", 0), tally.get("no", 0))
    if choice:
        yield voice.say("Our answer to {council}: {choice}.", council=council, choice=voice.say(CHOICES[choice]))
    else:
        yield voice.say("{council} counts no position of ours.", council=council)


def _who_said(state: Assembly, found: tuple[Assembly, Item] | None) -> Mapping[str, str]:
    """What our delegates said in the council, of those who still sit there (§6.5)."""
    if found is None:
        return {}
    council, item = found
    tie = council.ties.members.get(state.id)
    seated = tie.delegation.delegates if tie is not None and tie.delegation is not None else ()
    answers = counsel_of(item).answers
    return {person: one.position for (of, person), one in answers.items() if of == state.id and person in seated}


def _others_there(council: Assembly, item: Item, voice: Voice) -> Iterator[str]:
    """`Other assemblies: 4 mandated yes, 1 mandated no, 3 asked like us. 6 of 9 are needed.`"""
    heard = counsel_of(item).voices
    if item.kind is Kind.CALL or not heard:
        return
    choices = [one.choice for one in heard.values() if one.standing == MANDATED]
    said = [
        voice.say("{count} mandated {choice}", count=choices.count(choice), choice=voice.say(CHOICES[choice]))
        for choice in ("yes", "no", "abstain") if choice in choices
    ]  # fmt: skip
    others = len(heard) - len(choices) - 1
    if others > 0:
        said.append(voice.say("{count} asked like us", count=others))
    if said:
        yield voice.say("Other assemblies: {answers}.", answers=", ".join(said))
    rule = rule_of(council, item)
    if rule.base == "all":
        yield voice.plural(
            "{count} of {total} is needed.", "{count} of {total} are needed.", needed(council, item, len(heard)),
            total=len(heard),
        )  # fmt: skip
    yield from _beside(item, rule, len(heard), voice)


def council_result(state: Assembly, item: Item, voice: Voice) -> Iterator[str]:
    """The arithmetic of a council's decision, binding count and tendency apart."""
    if item.kind is Kind.REFERENDUM:
        yield from referendum(state, item, voice)
        return
    heard = last_voices(item)
    if not heard:
        return
    yield from positions(heard, ESTIMATE, voice)
    if item.kind is not Kind.CALL:
        yield from _arithmetic(state, item, len(heard), voice)


def _arithmetic(state: Assembly, item: Item, total: int, voice: Voice) -> Iterator[str]:
    """Mandated and ratified yes and no, against what was needed (§6.7c–e, §6.8)."""
    rule, tally = rule_of(state, item), tally_so_far(item)
    share = share_said(rule.threshold, voice)
    if rule.base == "stated" or rule.quorum:
        yield voice.plural(
            "{stated} of {total} assemblies gave a position by mandate or ratification; {count} was needed.",
            "{stated} of {total} assemblies gave a position by mandate or ratification; {count} were needed.",
            half_of(total), stated=tally.yes + tally.no + tally.abstain, total=total,
        )  # fmt: skip
    if rule.base == "all":
        yield voice.plural(
            "{yes} of {total} assemblies yes by mandate or ratification; {count} was needed: {share} of all.",
            "{yes} of {total} assemblies yes by mandate or ratification; {count} were needed: {share} of all.",
            needed(state, item, total), yes=tally.yes, total=total, share=share,
        )  # fmt: skip
    else:
        yield voice.say(
            "{yes} of {total} that said yes or no said yes; needed: {share}.",
            yes=tally.yes, total=tally.yes + tally.no, share=share,
        )  # fmt: skip
    if rule.double:
        yield voice.say(
            "Members at home: {yes} yes, {no} no; needed: {share} of them.",
            yes=tally.for_it, no=tally.against, share=share,
        )  # fmt: skip


def delegation(item: Item, voice: Voice) -> Iterator[str]:
    """Whom a motion names beside the delegates of its title, and for how long (§6.2)."""
    yield others(item.terms, voice)
    term = item.terms.get("term")
    if isinstance(term, int):
        yield voice.say("For {term}, or as long as the council's terms are, where those are shorter.",
                        term=show_duration(term))  # fmt: skip


def others(about: Mapping[str, object], voice: Voice) -> str:
    """`Alternates: Al. Observers: Emre.`"""
    alternates, observers = _persons(about.get("alternates"), voice), _persons(about.get("observers"), voice)
    said = [
        voice.say("Alternates: {names}.", names=alternates) if alternates else "",
        voice.say("Observers: {names}.", names=observers) if observers else "",
    ]
    return " ".join(filter(None, said))


def _persons(value: object, voice: Voice) -> str:
    return voice.list([voice.name(str(one)) for one in value]) if isinstance(value, list | tuple) else ""


def joining(item: Item, voice: Voice) -> Iterator[str]:
    """What whoever joins agrees to (§6.1)."""
    terms = item.terms
    yield voice.say("Joining is agreeing to its charter, version {version}, and to its principles:",
                    version=terms.get("charter", 1))  # fmt: skip
    for number, text in enumerate(_texts(terms.get("principles")), 1):
        yield voice.say("P{number}: {text}", number=number, text=isolated(text))
    for text in _texts(terms.get("rights")):
        yield voice.say("Rights: {text}", text=isolated(text))


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else []


def signatures(item: Item, voice: Voice) -> Iterator[str]:
    counsel = counsel_of(item)
    signed = [one for one, given in counsel.signatures.items() if given.choice == "yes"]
    refused = [one for one, given in counsel.signatures.items() if given.choice == "no"]
    if signed:
        yield voice.say("Signed by {names}.", names=_names(signed, voice))
    if refused:
        yield voice.say("Refused by {names}.", names=_names(refused, voice))
