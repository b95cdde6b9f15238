"""The words of councils: refusals, notices, and what a card shows of mandates, estimates and silence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.grammar import mark
from bot.wording_council_count import referendum
from bot.wording_terms import CHOICES, title
from bot.wording_voice import Message, Voice, isolated, mark_plural
from governance.council import counsel_of, last_voices, tally_so_far
from governance.council_count import rule_of
from governance.facts_council import PositionStated
from governance.mandate import voice_of, voices
from governance.motion import Item, Kind, Stage
from governance.refusals import Why
from governance.state import Assembly
from governance.terms import MemberId
from governance.ties import CHOICE_OF, INDICATIVE, MANDATED, RATIFIED
from governance.ties import Voice as Stated

REFUSALS: Mapping[Why, Message] = {
    Why.NOT_IN_A_COUNCIL: mark("{line} is not for a council: its members are assemblies, which act by their motions."),
    Why.ONLY_IN_A_COUNCIL: mark("{line} is for a council. Here, put a motion: /propose Repair the pump"),
    Why.NOT_A_DELEGATE: mark(
        "Only delegates act here, for the assembly that sent them. Yours can name you: /propose delegation …"
    ),
    Why.OBSERVERS_SPEAK: mark("Observers speak and do not answer. A delegate of your assembly can."),
    Why.VOICE_IS_SUSPENDED: mark("The voice of your assembly is suspended by item {item} until {until}."),
    Why.NOT_A_MEMBER_OF: mark("We do not sit in {council}. To join: /propose join …"),
    Why.ALREADY_A_MEMBER_OF: mark("We sit in {council}, or have asked to, already."),
    Why.COUNCIL_IS_BELOW: mark("{council} is this assembly, or below it: nobody sits in what sits in them."),
    Why.NO_DELEGATES: mark("A delegation needs a delegate: /propose delegation Valley @ana"),
    Why.TWO_SEATS: mark("{person} is named twice; one person has one seat."),
    Why.NOT_ON_A_ROLL_BELOW: mark("{person} is on no roll of ours; only members can be sent. Who is: /roll"),
    Why.TERMS_SERVED: mark_plural(
        "{person} has served {most} term in a row; somebody else comes first (cooloff {cooloff}).",
        "{person} has served {most} terms in a row; somebody else comes first (cooloff {cooloff}).",
        "most",
    ),
    Why.PARITY_NEEDS_A_PAIR: mark(
        "That council asks for a pair: two delegates who declared the same feature differently (/declare)."
    ),
    Why.NO_SEAT: mark("{person} has no seat of ours in {council}."),
    Why.NO_SUCH_COUNCIL_ITEM: mark("{council} has announced no item {item} to us."),
    Why.COUNCIL_ITEM_CLOSED: mark("{council} {item} is {stage}; a mandate changes nothing there any more."),
    Why.ANSWER_THE_RATIFICATION: mark(
        "{council} has asked us about its item {item}. Answer that: /vote {ratification} yes, no or abstain."
    ),
    Why.MANDATE_LEAVES_CHOICE: mark(
        "A mandate must not leave the delegate to choose between yes and no: say may=yes, may=no, "
        "or either with abstain."
    ),
    Why.MANDATE_COVERS_NOTHING: mark("Say what the mandate covers: scope=water, or scope=3,5"),
    Why.MANDATE_IS_OVER: mark("That mandate would be over already: {until} has passed."),
    Why.AGAINST_MANDATE: mark(
        "{member} decided {choice} on {item} (its item {source}). You cannot answer otherwise for {member}; it would "
        "take a new decision of {member}, which has been told of the attempt."
    ),
    Why.CANNOT_LOWER: mark("What our item {source} decided on {item} is decided; it cannot be made an estimate."),
    Why.SIGNING_NEEDS_MANDATE: mark(
        "Signing {item} binds {member}, so {member} itself is asked now, until {closes}. "
        "Your position stands as stated."
    ),
    Why.ASSEMBLIES_ANSWER: mark("{item} is answered by the members of the assemblies themselves, at home."),
    Why.ALREADY_AGREED: mark("We have agreed to {council} {item} already."),
    Why.NOT_RIGHTS: mark("{council} {item} is no rights charter in force."),
    Why.NOT_A_MEMBER_ASSEMBLY: mark("{assembly} does not sit here."),
    Why.DISPATCH_OUT_OF_ORDER: mark("Dispatch {number} of {sender} came before {expected}."),
}

TOLD: Mapping[str, Message] = {
    "founded_council": mark(
        "{assembly} is a council from now on: its members are assemblies. How one joins: /invite\n"
        "Delegates act here for the assembly that sent them; what they only estimate goes home to be ratified.\n"
        "The rules: /charter · what can be done now: /help"
    ),
    "admitted": mark("{member} sits here from now on."),
    "gone": mark("{member} no longer sits here."),
    "seated": mark("For {member}: {delegates}.{others}"),
    "vacant": mark("{member} has nobody seated here now; its mandates speak, else it is silent."),
    "membership_admitted": mark("We sit in {council} from now on. To send somebody: /propose delegation {name} @…"),
    "membership_refused": mark("{council} did not admit us ({why})."),
    "membership_ended": mark("We no longer sit in {council} ({why})."),
    "announced": mark(
        "{name} {number} · {title} — in discussion in the council\n{excerpt}\n"
        "We can bind our delegation: /mandate {name}#{number} yes (or no, abstain)"
    ),
    "announced_anew": mark(
        "{name} {number} · {title} — the council changed the text (version {version})\n{excerpt}\n"
        "Mandates for the earlier text no longer speak: /mandate {name}#{number} yes (or no, abstain)"
    ),
    "announced_referendum": mark(
        "{name} {number} · {title} — a referendum, in discussion in the council\n{excerpt}\n"
        "When it opens, every member answers it at home."
    ),
    "council_opened": mark(
        "{name} {number} · {title}: the council answers until {closes}. Ours is bound by /mandate {name}#{number} yes "
        "(or no, abstain)."
    ),
    "indicated": mark(
        "{name} {number} · {title}: {delegate} indicated {choice} for us in the council. That is not our decision.\n"
        "We can decide {before}with /mandate {name}#{number} yes (or no, abstain); otherwise the council will ask us."
    ),
    "attempted": mark(
        "{name} {number} · {title}: {delegate} tried to answer {choice} in the council, against our item {source}. "
        "It was refused; our decision stands."
    ),
    "brought_home": mark("{name} {number} · {title}: {outcome}{binding}. {ours}"),
    "reported": mark("{delegate} reports from {council}:\n{text}"),
    "seat_emptied": mark("{council}: our delegation is now {delegates} ({why})."),
    "seat_empty": mark("{council}: nobody sits there for us now ({why}). Our mandates stand."),
    "stated_indicative": mark(
        "{heading}: {delegate} indicated {choice} for {member}. It is an estimate; {member} will be asked."
    ),
    "no_time": mark("{heading}: the charters of {members} leave no time to mandate before it closes."),
    "signer_asked": mark("{heading}: {member} is asked at home whether it signs, until {closes}."),
    "signed": mark("{heading}: {member} signs."),
    "struck": mark("{heading}: {member} does not sign."),
    "suspended": mark("{member} has no voice here until {until}, by item {source}."),
    "suspension_over": mark("{member} has its voice here again."),
    "dissolved": mark("The last member has left; this council is dissolved."),
    "refused_there": mark("{council} refused what we sent ({kind}): {why}."),
}
"""Short notices of councils, by the codes of `announce_council`."""

WHY: Mapping[str, str] = {
    "rejected": mark("its members decided so"),
    "circle": mark("it would close a circle"),
    "excluded": mark("excluded by its members"),
    "no_council": mark("it is no council"),
    "asked_before": mark("asked before"),
    "not_a_member": mark("we do not sit there"),
    "carries_another": mark("a person carries another delegation there"),
    "no_such_item": mark("no such item"),
    "not_asked": mark("not asked"),
    "dissolved": mark("it is dissolved"),
    "named": mark("named by us"),
    "recalled": mark("recalled"),
    "resigned": mark("resigned"),
    "term_over": mark("the term is over"),
    "left": mark("left the roll"),
    "merged": mark("two entries were one person"),
    "quit": mark("by our motion"),
}
"""Why something between assemblies is so."""

OUTCOMES: Mapping[str, str] = {
    "adopted": mark("adopted"),
    "rejected": mark("not adopted"),
    "lapsed": mark("lapsed"),
    "deferred": mark("deferred"),
    "withdrawn": mark("withdrawn"),
    "closed": mark("closed"),
}


NOT_ADOPTED: Mapping[str, str] = {
    "mandates": mark("not adopted, by mandates"),
    "ratification": mark("not adopted by ratification"),
}
"""What became of an item whose assemblies said no."""

ANSWERS_A_COUNCIL = frozenset({Kind.RATIFICATION, Kind.REFERENDUM})
"""Home items whose result goes to a council: nobody here can move them again."""


def why_said(code: str, voice: Voice) -> str:
    return voice.say(WHY[code]) if code in WHY else code.replace("_", " ")


def shown(about: Mapping[str, Any], voice: Voice) -> dict[str, object]:
    """What comes with a notice, as it is said."""
    known: dict[str, object] = {}
    if "council" in about:
        known["name"] = voice.name(str(about["council"]))
    if "title" in about:
        known["title"] = title_there(about, voice)
    if "text" in about and "number" in about:
        known["excerpt"] = voice.excerpt(str(about["text"]), "agenda")
    if "position" in about:
        known["choice"] = _choice(str(about["position"]), voice)
    if "why" in about:
        known["why"] = why_said(str(about["why"]), voice)
    for key in ("delegates", "members"):
        if key in about:
            known[key] = voice.list([voice.name(str(one)) for one in about[key]])
    if "alternates" in about:
        known["others"] = _others(about, voice)
    if about.get("code") == "indicated":
        closes = _closes(about, voice)
        known["before"] = "" if closes is None else voice.say("before {at} ", at=closes)
    if "stage" in about:
        known |= _brought(about, voice)
    return known


def there(about: Mapping[str, Any], voice: Voice) -> tuple[Assembly, Item] | None:
    """The council's own item, where it is within reach."""
    council = voice.others(str(about["council"]))
    item = None if council is None else council.items.get(int(about["number"]))
    return None if council is None or item is None else (council, item)


def title_there(about: Mapping[str, Any], voice: Voice) -> str:
    """What the council calls its item: most kinds have no title but what they do."""
    found = there(about, voice)
    if about["title"] or found is None:
        return isolated(str(about["title"]))
    return title(found[1], voice)


def _closes(about: Mapping[str, Any], voice: Voice) -> int | None:
    found = there(about, voice)
    question = found[1].question if found is not None else None
    return None if question is None else question.closes


def _choice(position: str, voice: Voice) -> str:
    """A position as the choice it stands for: `agree` is yes."""
    return voice.say(CHOICES[CHOICE_OF[position]]) if position in CHOICE_OF else ""


def _others(about: Mapping[str, Any], voice: Voice) -> str:
    said = []
    if about["alternates"]:
        said.append(
            voice.say("Alternates: {names}.", names=voice.list([voice.name(one) for one in about["alternates"]]))
        )
    if about["observers"]:
        said.append(voice.say("Observers: {names}.", names=voice.list([voice.name(one) for one in about["observers"]])))
    return "".join(f" {one}" for one in said)


def _brought(about: Mapping[str, Any], voice: Voice) -> dict[str, object]:
    """The result, our voice in it, and beside it what our delegates had said (§6.12)."""
    found = there(about, voice)
    outcome = voice.say(OUTCOMES[str(about["stage"])])
    if about["decided_by"] in BY:
        outcome += " " + voice.say(BY[str(about["decided_by"])])
    for_it, against = about.get("votes") or (0, 0)
    key = "ratified_by" if about["standing"] == RATIFIED and for_it + against else str(about["standing"])
    ours = voice.say(OURS[key], choice=_choice(str(about["position"]), voice), yes=for_it, no=against)
    if found is not None and found[1].kind is Kind.REFERENDUM:
        ours = " ".join(referendum(*found, voice))
    if about["indicated"] and about["standing"] != INDICATIVE:
        said = {_choice(str(one), voice) for one in about["indicated"]}
        ours += " " + voice.say("Our delegates had said {choices}.", choices=voice.list(sorted(said)))
    return {"outcome": outcome, "ours": ours, "binding": _binding_there(found, voice)}


def _binding_there(found: tuple[Assembly, Item] | None, voice: Voice) -> str:
    """`, 6 of 9`: how many assemblies said yes by mandate or ratification."""
    heard = last_voices(found[1]) if found is not None else {}
    if not heard or found is None or found[1].kind is Kind.CALL:
        return ""
    return voice.say(", {binding} of {total}", binding=_yes(heard), total=len(heard))


def _yes(heard: Mapping[MemberId, Stated]) -> int:
    return sum(one.standing in (MANDATED, RATIFIED) and one.choice == "yes" for one in heard.values())


BY: Mapping[str, str] = {
    "consensus": mark("by consensus"),
    "vote": mark("by vote"),
    "mandates": mark("by mandates"),
    "ratification": mark("by ratification"),
}
OURS: Mapping[str, str] = {
    "mandated": mark("Our mandate was {choice}."),
    "ratified": mark("We ratified {choice}."),
    "ratified_by": mark("We ratified {choice} ({yes} to {no})."),
    "indicative": mark("We had given no mandate; our delegate indicated {choice}."),
    "silent": mark("We had said nothing."),
    "no_position": mark("We had no position."),
}


# --- cards


STATED: Mapping[str, str] = {
    MANDATED: mark("Recorded for {member}: {choice}, as its item {source} decided."),
    INDICATIVE: mark(
        "Recorded for {member}: {choice}, as an estimate. {member} is asked unless it gives a mandate before {at}."
    ),
    "differ": mark("Recorded: {choice}. The delegates of {member} answer differently, so it is silent as it stands."),
}


def stated(state: Assembly, item: Item, fact: PositionStated, voice: Voice) -> str:
    """To the delegate who answered: what it counts as (§6.4)."""
    heard = voice_of(state, item, fact.member, voice.now)
    closes = item.question.closes if item.question is not None else voice.now
    return voice.say(
        STATED.get(heard.standing, STATED["differ"]), member=fact.member, choice=_choice(fact.position, voice),
        source=heard.source, at=closes,
    )  # fmt: skip


def council_question(state: Assembly, item: Item, voice: Voice) -> Iterator[str]:
    """Mandated, indicative and silent voices, what is binding, and the tendency beside it (§6.7)."""
    heard = voices(state, item, voice.now)
    yield from positions(heard, voice)
    yield _binding(state, item, heard, voice)


def positions(heard: Mapping[MemberId, Stated], voice: Voice) -> Iterator[str]:
    mandated = _by_choice(heard, MANDATED, voice)
    yield voice.say("Mandated: {answers}", answers=mandated or "0")
    ratified = _by_choice(heard, RATIFIED, voice)
    if ratified:
        yield voice.say("Ratified: {answers}", answers=ratified)
    indicated = _by_choice(heard, INDICATIVE, voice)
    if indicated:
        yield voice.say(
            "Indicative: {answers} — the delegates' estimate; their assemblies will be asked", answers=indicated
        )
    silent = [member for member, one in heard.items() if one.standing not in (MANDATED, INDICATIVE, RATIFIED)]
    if silent:
        yield voice.say("Silent: {count} ({names})", count=len(silent), names=_names(silent, voice))


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


def _binding(state: Assembly, item: Item, heard: Mapping[MemberId, Stated], voice: Voice) -> str:
    choices = [one.choice for one in heard.values()]
    return voice.plural(
        "Binding now: {binding} of {total}; {count} is needed. Tendency: {yes} of {total} towards yes.",
        "Binding now: {binding} of {total}; {count} are needed. Tendency: {yes} of {total} towards yes.",
        needed(state, item, len(heard)), binding=_yes(heard), total=len(heard), yes=choices.count("yes"),
    )  # fmt: skip


def ratifying(state: Assembly, item: Item, voice: Voice) -> Iterator[str]:
    """While the homes are asked (§6.7d)."""
    counsel, question = counsel_of(item), item.question
    yield from positions(last_voices(item), voice)
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
            "{heard} of {asked} assemblies have reported.", heard=len(counsel.reports), asked=len(counsel.bases)
        )
    if item.stage is Stage.RATIFICATION:
        return asked_so_far(sum(one in counsel.ratified for one in counsel.asked), len(counsel.asked), voice)
    return voice.say("Who gives no mandate until then is asked at home.")


def asked_home(state: Assembly, item: Item, voice: Voice) -> Iterator[str]:
    """At home: what the council asks, beside what our delegate said."""
    name = voice.name(str(item.terms["council"]))
    if item.kind is Kind.REFERENDUM:
        yield voice.say("A referendum of {name}: all assemblies below it answer the same text.", name=name)
        return
    about = {"council": item.terms["council"], "number": item.terms["item"]}
    position, found = str(item.terms["position"]), there(about, voice)
    persons = _who_said(state, found)
    if persons:
        for person, said in persons.items():
            yield voice.say("Asked by {name}. {delegate} indicated {choice} for us.", name=name, delegate=person,
                            choice=_choice(said, voice))  # fmt: skip
    elif position:
        choice = voice.say(CHOICES[CHOICE_OF[position]])
        yield voice.say("Asked by {name}. Our delegate indicated {choice}.", name=name, choice=choice)
    else:
        yield voice.say("Asked by {name}. Our delegate said nothing.", name=name)
    if found is not None:
        yield from _others_there(*found, voice)


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
    yield voice.plural(
        "{count} of {total} is needed.", "{count} of {total} are needed.", needed(council, item, len(heard)),
        total=len(heard),
    )  # fmt: skip


def council_result(state: Assembly, item: Item, voice: Voice) -> Iterator[str]:
    """The arithmetic of a council's decision, binding count and tendency apart."""
    if item.kind is Kind.REFERENDUM:
        yield from referendum(state, item, voice)
        return
    heard = last_voices(item)
    if not heard:
        return
    yield from positions(heard, voice)
    if item.kind is Kind.CALL:
        return
    binding = _yes(heard)
    rule = rule_of(state, item)
    yield voice.say(
        "{binding} of {total} assemblies yes by mandate or ratification; {needed} were needed ({share}, base {base}).",
        binding=binding, total=len(heard), needed=needed(state, item, len(heard)), share=str(rule.threshold),
        base=rule.base,
    )  # fmt: skip
    if rule.double:
        tally = tally_so_far(item)
        yield voice.say("Members at home: {yes} yes, {no} no.", yes=tally.for_it, no=tally.against)


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
