"""The words for stages, kinds, choices and outcomes, and what an item is called."""

from __future__ import annotations

from collections.abc import Mapping

from bot.grammar import mark
from bot.wording_voice import Plural, Voice, isolated, mark_plural
from governance.closing import charter_of
from governance.meeting import gives_up
from governance.motion import DRAFT_LIFE, ORPHAN_LIFE, PAUSE_LIMIT, Item, Kind, Stage
from governance.state import Assembly
from governance.terms import SECOND, Instant

STAGES: Mapping[str, str] = {
    "draft": mark("waiting for support"),
    "discussion": mark("in discussion"),
    "round": mark("in a consensus round"),
    "cooling": mark("between the rounds and the vote"),
    "vote": mark("in a vote"),
    "paused": mark("paused"),
    "orphaned": mark("without a proposer"),
    "ratification": mark("with the assemblies, to be ratified"),
    "closed": mark("closed"),
    "adopted": mark("adopted"),
    "rejected": mark("not adopted"),
    "lapsed": mark("lapsed"),
    "deferred": mark("deferred"),
    "withdrawn": mark("withdrawn"),
}

CHOOSING: Mapping[tuple[str, str], tuple[str, str]] = {
    ("election", "discussion"): (
        mark("gathering names"),
        mark("Names: /stand {item} or /nominate {item} @name; the ballot is opened with /open {item}."),
    ),
    ("election", "vote"): (
        mark("past its nominations"), mark("Where it stands, and how a ballot is given: /show {item}."),
    ),
    ("election", "closed"): (mark("over"), mark("Who was elected: /why {item}. Another election: /elect …")),
    ("election", "lapsed"): (mark("lapsed"), mark("Why: /why {item}. Another election: /elect …")),
    ("draw", "discussion"): (mark("announced"), mark("What can be done until it is drawn: /show {item}.")),
    ("draw", "closed"): (mark("drawn"), mark("Who was drawn: /why {item}. Another draw: /draw …")),
    ("draw", "lapsed"): (mark("lapsed"), mark("Why: /why {item}. Another draw: /draw …")),
}
"""Of elections and draws: the stage in their own words, and what works there. Stopped ones are as motions are."""

WHAT_WORKS: Mapping[str, str] = {
    "draft": mark("It needs support first: /second {item}."),
    "discussion": mark("Until it is opened it can be changed: /amend {item} …, and opened: /open {item}."),
    "round": mark("It can be answered now: /agree {item}, or /aside, /block, /pass."),
    "cooling": mark("The vote opens by itself; see /show {item}."),
    "vote": mark("It can be voted on now: /vote {item} yes, no or abstain."),
    "paused": mark("Its proposer can let it go on: /resume {item}."),
    "orphaned": mark("A member can go on with it: /takeover {item}."),
    "ratification": mark("The assemblies answer at home; see /show {item}."),
    "closed": mark("It is over; see /show {item}."),
    "adopted": mark("It can be repealed by a new motion: /propose repeal {item}."),
    "rejected": mark("The same text may be moved again: /propose …"),
    "lapsed": mark("The same text may be moved again: /propose …"),
    "deferred": mark("The same text may be moved again: /propose …"),
    "withdrawn": mark("The same text may be moved again: /propose …"),
}
"""In each stage, what can be done instead."""
CHANGED = mark("What it decided is changed by its own command: {line}")
REPEALED = mark("It was repealed by {by}.")

AMENDMENTS: Mapping[str, str] = {
    "moved": mark("moved"),
    "minor": mark("about to go in as a mended spelling"),
    "accepted": mark("accepted"),
    "entered": mark("in the text"),
    "lapsed": mark("lapsed"),
    "rival": mark("put beside the motion"),
}

KINDS: Mapping[str, str] = {
    "motion": mark("motion by {mover}"),
    "charter": mark("change of the charter, by {mover}"),
    "principle": mark("new principle, by {mover}"),
    "exclusion": mark("exclusion, by {mover}"),
    "repeal": mark("repeal, by {mover}"),
    "admission": mark("admission"),
    "join": mark("joining a council, by {mover}"),
    "quit": mark("leaving a council, by {mover}"),
    "delegation": mark("delegation, by {mover}"),
    "mandate": mark("mandate, by {mover}"),
    "recall": mark("recall, by {mover}"),
    "rights": mark("rights charter, by {mover}"),
    "complaint": mark("complaint, by {mover}"),
    "ratification": mark("asked by {mover}"),
    "call": mark("call, by {mover}"),
    "referendum": mark("referendum, by {mover}"),
    "election": mark("election, by {mover}"),
    "draw": mark("draw by lot, by {mover}"),
    "room": mark("where we meet, by {mover}"),
}

TITLES: Mapping[str, str] = {
    "charter": mark("Charter: {text}"),
    "principle": mark("Principle: {text}"),
    "exclusion": mark("Exclusion of {person}"),
    "repeal": mark("Repeal of {target}"),
    "admission": mark("Admission of {person}"),
    "join": mark("Join {council}"),
    "quit": mark("Leave {council}"),
    "delegation": mark("Delegation to {council}: {delegates}"),
    "mandate": mark("Mandate for {council} {target}: {choice}"),
    "recall": mark("Recall of {person} as delegate to {council}"),
    "rights": mark("Rights: {text}"),
    "complaint": mark("Complaint against {member}: {choice}"),
    "ratification": mark("Do we ratify? {council} {target}, {own}"),
    "call": mark("{own}"),
    "referendum": mark("{own}"),
    "election": mark("Election: {role}"),
    "draw": mark("Draw: {role}"),
    "room": mark("Further room: {label}"),
}
"""What an item is called whose kind says what it does."""

ROOM_GIVEN_UP = mark("Give up the room {label}")
SCOPE_MANDATE = mark("Mandate for {council}: {choice}")
ROLE_RECALL = mark("Recall of {person} as {role}")

EFFECTS: Mapping[str, str] = {
    "finding": mark("a finding"),
    "suspension": mark("suspension of its voice"),
    "exclusion": mark("exclusion from the council"),
}

CHOICES: Mapping[str, str] = {
    "agree": mark("agree"),
    "reserve": mark("agree with reservations"),
    "aside": mark("stand aside"),
    "block": mark("block"),
    "pass": mark("pass"),
    "yes": mark("yes"),
    "no": mark("no"),
    "abstain": mark("abstain"),
    "none": mark("no mandate"),
}

BUTTONS: Mapping[str, str] = {
    "agree": mark("Agree"),
    "reserve": mark("Reserve"),
    "aside": mark("Stand aside"),
    "block": mark("Block"),
    "pass": mark("Pass"),
    "yes": mark("Yes"),
    "no": mark("No"),
    "abstain": mark("Abstain"),
    "second": mark("Second"),
    "open": mark("Open"),
    "join": mark("Join"),
    "leave": mark("Yes, leave"),
    "forget": mark("Yes, forget me"),
    "link": mark("Yes, that is me"),
}

COUNTED: Mapping[str, Plural] = {
    "agree": mark_plural("{count} agrees", "{count} agree", "count"),
    "reserve": mark_plural("{count} with reservations", "{count} with reservations", "count"),
    "aside": mark_plural("{count} stands aside", "{count} stand aside", "count"),
    "block": mark_plural("{count} blocks", "{count} block", "count"),
    "pass": mark_plural("{count} passes", "{count} pass", "count"),
    "yes": mark_plural("{count} yes", "{count} yes", "count"),
    "no": mark_plural("{count} no", "{count} no", "count"),
    "abstain": mark_plural("{count} abstains", "{count} abstain", "count"),
}

BASES: Mapping[str, str] = {
    "cast": mark("cast"),
    "taking_part": mark("taking part"),
    "members": mark("members"),
}

TITLE_SHOWN = 60
"""Characters of a text that stands in for a title."""


def shortened(text: str) -> str:
    line = isolated(text)
    return line if len(line) <= TITLE_SHOWN else line[: TITLE_SHOWN - 1].rstrip() + "…"


def title(item: Item, voice: Voice) -> str:
    """The item's title, or what its kind makes of its text and terms."""
    if item.kind is Kind.MOTION:
        return isolated(item.title)
    terms = item.terms
    message = ROLE_RECALL if item.kind is Kind.RECALL and "role" in terms else TITLES[item.kind.value]
    if item.kind is Kind.MANDATE and "item" not in terms:
        message = SCOPE_MANDATE
    if item.kind is Kind.ROOM and gives_up(terms):
        message = ROOM_GIVEN_UP
    return voice.say(
        message,
        role=lambda: _role(item, voice),
        label=lambda: isolated(str(terms.get("label", ""))),
        text=lambda: _text(item, voice),
        person=terms.get("person") or terms.get("assembly", ""),
        member=terms.get("assembly", ""),
        delegates=lambda: voice.list([voice.name(str(one)) for one in _listed(terms.get("delegates"))]),
        choice=lambda: _decided(item, voice),
        own=lambda: isolated(item.title) or _title_there(item, voice),
        **_council_item(item),
    )


def _role(item: Item, voice: Voice) -> str:
    if "council" in item.terms and item.pool is not None:
        return voice.say("delegates to {council}", council=item.terms["council"])
    return isolated(str(item.terms.get("role", "")))


def _text(item: Item, voice: Voice) -> str:
    return shortened(item.text) if item.text else voice.say("those of {council} {target}", **_council_item(item))


def _council_item(item: Item) -> dict[str, object]:
    return {"council": item.terms.get("council", ""), "target": item.terms.get("item", "")}


def _title_there(item: Item, voice: Voice) -> str:
    """What the council calls an item without a title of its own, for whom it is asked."""
    council = voice.others(str(item.terms.get("council", "")))
    asked = council.items.get(int(str(item.terms.get("item") or 0))) if council is not None else None
    if asked is not None and asked.kind is Kind.RATIFICATION:
        # a council that is asked itself: what it is asked about, not that it is asked
        about = _council_item(asked)
        return voice.say("{council} {target}, {own}", own=isolated(asked.title) or _title_there(asked, voice), **about)
    return title(asked, voice) if asked is not None else ""


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _decided(item: Item, voice: Voice) -> str:
    """What a mandate or a complaint says: a choice, or what it may be on a scope."""
    if item.kind is Kind.COMPLAINT:
        return voice.say(EFFECTS[str(item.terms["effect"])])
    if item.kind is not Kind.MANDATE:
        return ""
    if "choice" in item.terms:
        return voice.say(CHOICES[str(item.terms["choice"])])
    scope = [f"#{one}" for one in _listed(item.terms.get("tags"))]
    scope += [str(one) for one in _listed(item.terms.get("items"))]
    may = voice.list([voice.say(CHOICES[str(one)]) for one in _listed(item.terms.get("may"))])
    return voice.say("{may} on {scope}", may=may, scope=", ".join(scope))


def heading(item: Item, voice: Voice) -> str:
    """`12 · Repair the pump`."""
    return voice.say("{item} · {title}", item=item.number, title=title(item, voice))


def ends(state: Assembly, item: Item) -> Instant | None:
    """When the item's stage ends by itself; None when it is over."""
    charter, began = charter_of(item, state), item.stop.began if item.stop else item.began
    lengths = {
        Stage.DRAFT: DRAFT_LIFE,
        Stage.DISCUSSION: charter.discussion_max * SECOND,
        Stage.COOLING: charter.cooling * SECOND,
        Stage.PAUSED: PAUSE_LIMIT,
        Stage.ORPHANED: ORPHAN_LIFE,
    }
    if item.stage in lengths:
        return began + lengths[item.stage]
    return item.question.closes if item.question else None


def counted(choice: str, count: int, voice: Voice) -> str:
    """`8 agree`."""
    return voice.say(COUNTED[choice], count=count)


def text_name(number: int, letter: str) -> str:
    """`12`, and `12a` for a text of its own."""
    return f"{number}{letter}"


def chosen_text(number: int | str, choice: str) -> str:
    """What was chosen in a run-off: `12` for the proposer's text, `12a` for a rival."""
    return f"{number}{'' if choice == 'original' else choice}"


def choice_said(number: int | str, choice: str, voice: Voice) -> str:
    """An answer in words; in a run-off the text that was chosen."""
    return voice.say(CHOICES[choice]) if choice in CHOICES else chosen_text(number, choice)


def name_shown(name: str) -> str:
    """An assembly's name as it is said: `Green Hill` for Green_Hill (§2.1)."""
    return isolated(name.replace("_", " "))


def typed_name(assembly: str, voice: Voice) -> str:
    """An assembly's name as it is typed: one word, `Green_Hill`."""
    return voice.names(assembly).replace(" ", "_")
