"""Help: what can be done now, here, by this person; and what each verb does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from bot import wording_people
from bot.grammar import KIND_EXAMPLES, VERBS, Verb, Where, mark, usage
from bot.wording_terms import heading
from bot.wording_voice import Voice
from governance.mandate import acting_for, voice_of
from governance.motion import Item, Kind, Stage
from governance.proposing import opens_from
from governance.state import Assembly
from governance.ties import COUNCIL, MANDATED

LINES = 6
"""Of what can be done now."""

Answered = Callable[[Item], bool]
"""Whether this person has answered the item's open question."""

WHERE: Mapping[Where, str] = {
    Where.ROOM: mark("In the room of the assembly."),
    Where.PRIVATE: mark("In a private chat with me."),
    Where.ANYWHERE: mark("In the room, or in a private chat with me."),
}

ITEMS = mark(
    "N is the number of an item; it may be left out in a reply to my message about it, or when only one item fits. "
    "Amendments have letters: 12a."
)
PRIVATE_ITEMS = mark("In a private chat, well#12 is item 12 of Well.")
ONCE_MORE = mark("It works at once, so I ask once more.")
IN_FULL = mark("Persons and values are written in full.")
KINDS_TOO = mark("Also: {lines}")


def now(state: Assembly | None, person: str, answered: Answered, voice: Voice, *, private: bool = False) -> str:
    """At most six lines: what can be done now, here, by this person, the pressing first."""
    lines = list(_possible(state, person, answered, voice, private))
    return "\n".join([*lines[: LINES - 1], voice.say("All commands: /help all")])


def _possible(
    state: Assembly | None, person: str, answered: Answered, voice: Voice, private: bool
) -> Iterator[str]:
    if state is None and private:
        yield voice.say("You are on no roll. An assembly is joined in its room: /join")
        yield voice.say("To see a decision made, found one in a group: /found Well preset=small")
        return
    if state is None:
        yield voice.say("Found an assembly here: /found Well preset=small")
        return
    if state.kind == COUNCIL and acting_for(state, person) is None:
        yield voice.say("Here delegates act for their assemblies. How an assembly joins: /invite")
        yield voice.say("What is under way: /agenda · the rules: /charter")
        return
    if state.kind != COUNCIL and person not in state.roll:
        yield voice.say("Enrol, to have a say: /join")
        yield voice.say("What is under way: /agenda · the rules: /charter")
        return
    yield from pressing(state, person, answered, voice)
    yield voice.say("Put a motion: /propose Repair the pump")
    yield voice.say("What is under way: /agenda · what waits for you: /pending")
    yield voice.say("The rules: /charter · what was decided: /decisions")


def may_answer(state: Assembly, person: str, item: Item) -> bool:
    """Whether this person is asked by the item's open question and still on the roll (§2.3)."""
    question, member = item.question, state.roll.get(person)
    if question is None or item.stop is not None or member is None:
        return False
    return person in question.electorate and member.enrolled <= question.opened


def pressing(state: Assembly, person: str, answered: Answered, voice: Voice) -> Iterator[str]:
    """A line for each item that waits for this person, what closes first in front."""
    open_items = [state.items[number] for number in sorted(state.open)]
    if state.kind == COUNCIL:
        yield from _for_delegate(state, person, open_items, voice)
        return
    asked = [one for one in open_items if may_answer(state, person, one) and not answered(one)]
    for item in sorted(asked, key=lambda one: one.question.closes if one.question else 0):
        closes = item.question.closes if item.question else 0
        if item.stage is Stage.ROUND:
            message = mark("{heading} — until {closes}: /agree {item}, /aside {item}, /block {item} P1 …")
        elif item.pool is not None:
            message = mark("{heading} — until {closes}: {line}")
        else:
            message = mark("{heading} — until {closes}: /vote {item} yes, no or abstain")
        line = voice.line(wording_people.ballot_line(item, voice))
        yield voice.say(message, heading=heading(item, voice), item=item.number, closes=closes, line=line)
    for item in open_items:
        yield from _waiting(state, item, person, voice)


def _for_delegate(state: Assembly, person: str, open_items: Sequence[Item], voice: Voice) -> Iterator[str]:
    """Questions of a council on which neither a mandate nor this delegate has spoken yet (§6.4)."""
    acting = acting_for(state, person)
    if acting is None or acting[1].delegation is None or person not in acting[1].delegation.delegates:
        return
    for item in open_items:
        question, answers = item.question, item.counsel.answers if item.counsel is not None else {}
        if question is None or item.stage not in (Stage.ROUND, Stage.VOTE) or item.kind is Kind.REFERENDUM:
            continue
        heard = voice_of(state, item, acting[0], voice.now)
        if acting[0] in question.electorate and heard.standing != MANDATED and (acting[0], person) not in answers:
            yield voice.say("{heading} — until {closes}: /position {item} yes, no or abstain",
                            heading=heading(item, voice), item=item.number, closes=question.closes)  # fmt: skip


def _waiting(state: Assembly, item: Item, person: str, voice: Voice) -> Iterator[str]:
    """What waits for a hand that is no answer: a second, an opening, a proposer."""
    mine, seconded = item.proposer == person, person in item.seconders
    about = {"heading": heading(item, voice), "item": item.number}
    if item.stage is Stage.DRAFT and not mine and not seconded:
        yield voice.say("{heading} looks for support: /second {item}", **about)
    elif item.kind is Kind.DRAW:
        lot = item.pool.lot if item.pool is not None else None
        if lot is not None and not lot.parts and voice.now >= lot.known and person not in lot.typed:
            yield voice.say("{heading} waits for its randomness: /reveal {item} …, what to type: /show {item}", **about)
    elif item.stage is Stage.DISCUSSION and (mine or seconded) and voice.now >= opens_from(state, item):
        yield voice.say("{heading} can be opened: /open {item}", **about)
    elif item.stage is Stage.PAUSED and mine:
        yield voice.say("{heading} is paused by you: /resume {item}", **about)
    elif item.stage is Stage.ORPHANED:
        yield voice.say("{heading} has no proposer: /takeover {item}", **about)
    for one in item.amendments.values():
        if mine and one.state == "moved" and item.stage in (Stage.DRAFT, Stage.DISCUSSION, Stage.ROUND):
            yield voice.say("{heading} has an amendment: /show {item}{letter}, /accept {item}{letter}",
                            **about, letter=one.letter)  # fmt: skip


def every(voice: Voice, *, private: bool) -> str:
    """All verbs that can be used here, a line each, and those of the other place by name."""
    here = Where.PRIVATE if private else Where.ROOM
    verbs = [verb for verb in VERBS.values() if verb.listed]
    lines = [f"{voice.line(usage(verb))} — {voice.say(verb.help)}" for verb in verbs if here in verb.where]
    lines.append(voice.say(ITEMS))
    if private:
        lines.append(voice.say(PRIVATE_ITEMS))
    others = ", ".join(voice.line(verb.name) for verb in verbs if here not in verb.where)
    elsewhere = mark("In the room: {verbs}") if private else mark("In a private chat with me: {verbs}")
    return "\n".join([*lines, voice.say(elsewhere, verbs=others)])


def of_verb(name: str, voice: Voice) -> str | None:
    """What a verb does, with an example; None when there is no such verb."""
    verb = VERBS.get(name)
    return None if verb is None else "\n".join(_of_verb(verb, voice))


def _of_verb(verb: Verb, voice: Voice) -> Iterator[str]:
    yield f"{voice.line(usage(verb))} — {voice.say(verb.help)}"
    yield voice.say("For example: {example}", example=voice.line(verb.example))
    if verb.name == "propose":
        yield voice.say(KINDS_TOO, lines=" · ".join(voice.line(line) for line in KIND_EXAMPLES.values()))
    notes = [voice.say(WHERE[verb.where])]
    if verb.grave:
        notes.append(voice.say(IN_FULL))
    if verb.once_more:
        notes.append(voice.say(ONCE_MORE))
    yield " ".join(notes)


def menu(voice: Voice, *, private: bool) -> tuple[tuple[str, str], ...]:
    """Verbs and their help for the platform's command menu."""
    here = Where.PRIVATE if private else Where.ROOM
    return tuple((verb.name, voice.say(verb.help)) for verb in VERBS.values() if verb.menu and here in verb.where)
