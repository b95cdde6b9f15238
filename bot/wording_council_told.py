"""What rooms are told of councils: short notices, results brought home (§6.4, §6.12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.grammar import mark
from bot.wording_cards import contents
from bot.wording_council import binding_yes, others, stands_for, there
from bot.wording_council_count import referendum
from bot.wording_results import ended
from bot.wording_terms import title, typed_name
from bot.wording_voice import Message, Voice, isolated
from governance.confederating import ratification_of
from governance.council import last_voices
from governance.motion import Item, Kind, Stage
from governance.state import Assembly
from governance.ties import INDICATIVE, RATIFIED

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
    "membership_admitted": mark("We sit in {council} from now on. To send somebody: /propose delegation {typed} @…"),
    "membership_refused": mark("{council} did not admit us ({why})."),
    "membership_ended": mark("We no longer sit in {council} ({why})."),
    "announced": mark("{name} {number} · {title} — in discussion in the council{contents}\n{part}"),
    "announced_anew": mark(
        "{name} {number} · {title} — the council changed the text (version {version}){contents}\n{part}"
    ),
    "announced_recall": mark("{name} {number} · {title} — put straight to the vote in the council{contents}\n{part}"),
    "announced_call": mark("{name} {number} · {title} — a call, in discussion in the council{contents}\n{part}"),
    "announced_referendum": mark(
        "{name} {number} · {title} — a referendum, in discussion in the council{contents}\n"
        "When it opens, every member answers it at home."
    ),
    "council_opened": mark("{name} {number} · {title}: the council answers until {closes}. {part}"),
    "indicated": mark(
        "{name} {number} · {title}: {delegate} indicated {choice} for us in the council. That is not our decision.\n"
        "{then}"
    ),
    "attempted": mark(
        "{name} {number} · {title}: {delegate} tried to answer {choice} in the council, against our item {source}. "
        "It was refused; our decision stands."
    ),
    "brought_home": mark("{name} {number} · {title}: {outcome}{binding}.{ours}"),
    "brought_down": mark("{above} · {title}: {outcome}{binding}. In {name} it is item {number}.{ours}"),
    "reported": mark("{delegate} reports from {council}:\n{text}"),
    "seat_emptied": mark(
        "{council}: our delegation is now {delegates} ({why}). Estimates from the emptied seat no longer count; "
        "our mandates stand."
    ),
    "seat_empty": mark(
        "{council}: nobody sits there for us now ({why}). Estimates from the emptied seat no longer count; "
        "our mandates stand. To send somebody: /propose delegation {typed} @…"
    ),
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
    "refused_there": mark("{council} refused {sent}: {why}."),
    "late_there": mark("{council} could not count {sent} any more: it came after the end there."),
}
"""Short notices of councils, by the codes of `announce_council`."""

WHY: Mapping[str, str] = {
    "rejected": mark("its members decided so"),
    "circle": mark("it would close a circle"),
    "excluded": mark("excluded by its members"),
    "no_council": mark("it is no council"),
    "asked_before": mark("asked before"),
    "not_a_member": mark("we do not sit there"),
    "concerned": mark("it is about us, so we are heard and not counted"),
    "carries_another": mark("a person carries another delegation there"),
    "infeasible": mark("it can no longer be done"),
    "threshold": mark("too few said yes"),
    "tie": mark("a tie"),
    "no_quorum": mark("too few answered"),
    "no_votes": mark("nobody said yes or no"),
    "blocked": mark("blocked"),
    "no_support": mark("too little support"),
    "stand_asides": mark("too many stand aside"),
    "withdrawn": mark("it was withdrawn"),
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

SENT: Mapping[str, str] = {
    "JoinAsked": mark("our request to join"),
    "DelegationSent": mark("our delegation"),
    "MandateGiven": mark("our mandate"),
    "RatificationAnswered": mark("our answer"),
    "RightsAgreed": mark("our word on its rights charter"),
}
"""What an assembly decided to send, and hears of when it is refused; the rest is between the programs."""

PART: Mapping[str, str] = {
    "announced": mark("We can bind our delegation: /mandate {typed}#{number} yes (or no, abstain)"),
    "announced_anew": mark(
        "Mandates for the earlier text no longer speak: /mandate {typed}#{number} yes (or no, abstain)"
    ),
    "announced_recall": mark("We can bind our delegation: /mandate {typed}#{number} yes (or no, abstain)"),
    "announced_call": mark("It binds only who signs it. We sign by /mandate {typed}#{number} yes"),
    "council_opened": mark("Until then we can bind our delegation: /mandate {typed}#{number} yes (or no, abstain)"),
}
"""What we can do about a council's item, by the code of the notice."""

NO_PART: Mapping[str, str] = {
    "concerned": mark("It is about us: our delegates are heard in the council, and we have no voice in it."),
    "suspended": mark("Our voice in the council rests until {until}, by its item {source}: we are not counted in it."),
    "later": mark("It was opened before we sat there, so it is decided without us."),
}
"""Why we have no part in it."""

CONCERNED: Mapping[str, str] = {
    "finding": mark("It is about us. It is published and changes nothing with us."),
    "suspension": mark("It is about us: our voice in the council rests until {until}, unless the council repeals it."),
    "exclusion": mark("It is about us: we no longer sit there. What we decided stands."),
}
"""What an adopted complaint means for the assembly it is about (§6.14)."""

OURS: Mapping[str, str] = {
    "mandated": mark("Our mandate was {choice}."),
    "ratified": mark("We ratified {choice}."),
    "ratified_by": mark("We ratified {choice} ({yes} to {no})."),
    "indicative": mark("We had given no mandate; our delegate indicated {choice}."),
    "silent": mark("We had said nothing."),
    "no_position": mark("We had no position."),
}


def shown(state: Assembly, about: Mapping[str, Any], voice: Voice) -> dict[str, object]:
    """What comes with a notice, as it is said."""
    known: dict[str, object] = {}
    found = there(about["council"], about["number"], voice) if "council" in about and "number" in about else None
    if "council" in about:
        known["name"] = voice.name(str(about["council"]))
        known["typed"] = typed_name(str(about["council"]), voice)
    if "title" in about:
        known["title"] = isolated(str(about["title"])) if about["title"] or found is None else title(found[1], voice)
    if "text" in about and "number" in about:
        known["contents"] = _contents(found, about, voice)
    if about["code"] in PART:
        known["part"] = _part(state, found, about, voice)
    if "position" in about:
        known["choice"] = stands_for(str(about["position"]), voice)
    if "sent" in about:
        known["sent"] = voice.say(SENT[str(about["sent"])])
    if "why" in about:
        known["why"] = voice.say(WHY[str(about["why"])])
    for key in ("delegates", "members"):
        if key in about:
            known[key] = voice.list([voice.name(str(one)) for one in about[key]])
    if "alternates" in about:
        said = others(about, voice)
        known["others"] = f" {said}" if said else ""
    if about["code"] == "indicated":
        known["then"] = _then(state, found, about, voice)
    if "stage" in about:
        known |= _brought(state, found, about, voice)
    return known


def _then(state: Assembly, found: tuple[Assembly, Item] | None, about: Mapping[str, Any], voice: Voice) -> str:
    """What we can do where our delegate only gave an estimate: decide before the council closes, or where it was a
    signature, answer now (§6.4, §6.9)."""
    council, number = str(about["council"]), about["number"]
    asked = ratification_of(state, council, number)
    if asked is not None:
        return voice.say("We are asked ourselves, by {item}: {line}", item=asked.number,
                         line=voice.line(f"vote {asked.number} yes"))  # fmt: skip
    question = found[1].question if found is not None else None
    return voice.say(
        "We can decide {before}with /mandate {typed}#{number} yes (or no, abstain); otherwise the council will ask us.",
        before="" if question is None else voice.say("before {at} ", at=question.closes), number=number,
        typed=typed_name(council, voice),
    )  # fmt: skip


def _contents(found: tuple[Assembly, Item] | None, about: Mapping[str, Any], voice: Voice) -> str:
    """What is put, on lines of its own; where the whole of a long text is, is said as it is asked for from here."""
    afar = replace(voice, assembly=typed_name(str(about["council"]), voice))
    lines = [afar.excerpt(str(about["text"]), f"show {about['number']}")] if found is None else contents(*found, afar)
    return "".join(f"\n{one}" for one in lines if one)


def _part(state: Assembly, found: tuple[Assembly, Item] | None, about: Mapping[str, Any], voice: Voice) -> str:
    """What we can do about it: to bind our delegation, unless we are not counted in it."""
    code, known = _left_out(state, found, voice)
    if code:
        return voice.say(NO_PART[code], **known)
    return voice.say(PART[about["code"]], typed=typed_name(str(about["council"]), voice), number=about["number"])


def _left_out(
    state: Assembly, found: tuple[Assembly, Item] | None, voice: Voice
) -> tuple[str, dict[str, object]]:
    """Why we are not among those who are asked, where we are not (§6.7, §6.14)."""
    if found is None:
        return "", {}
    council, item = found
    tie = council.ties.members.get(state.id)
    if item.concerned == state.id:
        return "concerned", {}
    if tie is not None and tie.is_suspended(voice.now):
        return "suspended", {"until": tie.suspended_until, "source": tie.suspended}
    if item.question is not None and state.id not in item.question.electorate:
        return "later", {}
    return "", {}


def _brought(
    state: Assembly, found: tuple[Assembly, Item] | None, about: Mapping[str, Any], voice: Voice
) -> dict[str, object]:
    """The result, our voice in it, and beside it what our delegates had said (§6.12)."""
    outcome = ended(str(about["stage"]), str(about["decided_by"]), str(about["reason"]), voice)
    ours = _ours(state, found, about, voice)
    known: dict[str, object] = {"outcome": outcome, "ours": f" {ours}" if ours else ""}
    if "origin" in about:
        # decided further up: there lies the outcome, ours is what we said in the council between
        council, number = about["origin"], about["origin_item"]
        known["above"] = f"{voice.name(str(council))} {number}"
        found = there(council, number, voice)
        known["title"] = title(found[1], voice) if found is not None else known["above"]
    return known | {"binding": _binding_there(found, voice)}


def _ours(
    state: Assembly, found: tuple[Assembly, Item] | None, about: Mapping[str, Any], voice: Voice
) -> str:
    if found is not None:
        council, item = found
        heard = last_voices(item)
        if item.kind is Kind.REFERENDUM:
            return " ".join(referendum(council, item, voice))
        if item.concerned == state.id:
            return _about_us(council, item, voice)
        if _gives_back(state, council, item):
            return voice.say("Our voice in the council is no longer at rest.")
        if not heard:
            return ""  # it never came to an answer
        if state.id not in heard:
            return voice.say("We had no voice in it.")
    for_it, against = about.get("votes") or (0, 0)
    key = "ratified_by" if about["standing"] == RATIFIED and for_it + against else str(about["standing"])
    ours = voice.say(OURS[key], choice=stands_for(str(about["position"]), voice), yes=for_it, no=against)
    if about["indicated"] and about["standing"] != INDICATIVE:
        said = {stands_for(str(one), voice) for one in about["indicated"]}
        ours += " " + voice.say("Our delegates had said {choices}.", choices=voice.list(sorted(said)))
    return ours


def _gives_back(state: Assembly, council: Assembly, item: Item) -> bool:
    """Whether it repeals what laid our voice to rest."""
    if item.kind is not Kind.REPEAL or item.stage is not Stage.ADOPTED:
        return False
    target = council.items[int(str(item.terms["item"]))]
    return target.concerned == state.id and target.terms["effect"] == "suspension"


def _about_us(council: Assembly, item: Item, voice: Voice) -> str:
    if item.stage is not Stage.ADOPTED:
        return voice.say("It is about us; nothing follows from it.")
    tie = council.ties.members.get(str(item.terms["assembly"]))
    until = tie.suspended_until if tie is not None and tie.suspended == item.number else voice.now
    return voice.say(CONCERNED[str(item.terms["effect"])], until=until)


def _binding_there(found: tuple[Assembly, Item] | None, voice: Voice) -> str:
    """`, 6 of 9`: how many assemblies said yes by mandate or ratification."""
    heard = last_voices(found[1]) if found is not None else {}
    if not heard or found is None or found[1].kind is Kind.CALL or found[1].why == "infeasible":
        return ""
    return voice.say(", {binding} of {total}", binding=binding_yes(heard), total=len(heard))
