"""The card of an item: what it is, what can be done, until when. One card, edited as things change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot import wording_council, wording_people, wording_rooms
from bot.grammar import Tap, mark, payload
from bot.wording_counts import is_half, quoted, recount_round, steps
from bot.wording_results import ending, unreached
from bot.wording_terms import (
    AMENDMENTS,
    BUTTONS,
    KINDS,
    STAGES,
    ends,
    heading,
    shortened,
    text_name,
    title,
    typed_name,
)
from bot.wording_voice import Message, Voice, mark_plural
from governance.charter import KEYS
from governance.closing import charter_of
from governance.counting import quorum_needs
from governance.motion import (
    CHOICES,
    FINAL,
    FIRST_RIGHT,
    POSITIONS,
    UNWORDED,
    Item,
    Kind,
    Question,
    Stage,
    question_id,
)
from governance.proposing import first_right, opens_from
from governance.state import Assembly
from governance.ties import COUNCIL


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    payload: str


@dataclass(frozen=True, slots=True)
class Said:
    """A text, its first line a heading, and the rows of buttons under it."""

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()


Tallies = Callable[[str], Mapping[str, int]]
"""A question (`12.3`, of a rival text `12.3a`) to its tally."""

REASONS_SHOWN, AMENDMENTS_SHOWN = 8, 5
"""Lines of a card; what is more stands in /show."""

POSITIONS_SHOWN: Mapping[str, str] = {
    "agree": mark("Agree {count}"),
    "reserve": mark("With reservations {count}"),
    "aside": mark("Stand aside {count}"),
    "block": mark("Block {count}"),
    "pass": mark("Pass {count}"),
    "yes": mark("Yes {count}"),
    "no": mark("No {count}"),
    "abstain": mark("Abstain {count}"),
}

SAID: Mapping[str, str] = {
    "agree": mark("{member} agrees: “{reason}”"),
    "reserve": mark("{member} agrees with reservations: “{reason}”"),
    "aside": mark("{member} stands aside: “{reason}”"),
    "block": mark("{member} blocks (P{principle}): “{reason}”"),
}
ADOPTED_WHEN: Mapping[str, str] = {
    "cast": mark("Adopted when {share} of yes and no are yes."),
    "taking_part": mark("Adopted when {share} of all ballots are yes."),
    "members": mark("Adopted when {share} of those who may answer say yes."),
}
MORE_THAN_HALF, AT_LEAST = mark("more than half"), mark("at least {share}")
STANDS_ASIDE = mark("{member} stands aside.")


SECRET_BALLOT = mark("Secret: give it in a private chat with me: {line}")


def card(state: Assembly, number: int, tallies: Tallies, voice: Voice, *, private: bool = False) -> Said:
    """The item as it stands now. A final one has no buttons any more."""
    item = state.items[number]
    lines = [_first_line(item, voice), *contents(state, item, voice), *_before(item, voice)]
    lines += _now(state, item, tallies, voice)
    # a secret ballot is given in private: in the room there is nothing to press
    pressed = voice.buttons and (private or item.question is None or not item.question.secret)
    return Said("\n".join(filter(None, lines)), _buttons(state, item, voice) if pressed else ())


def _now(state: Assembly, item: Item, tallies: Tallies, voice: Voice) -> Iterator[str]:
    """What stands now, and what can be done."""
    if item.kind is Kind.CALL:
        yield from wording_council.signatures(item, voice)
    if item.stage in FINAL:
        yield from _final(item, voice)
        return
    if item.pool is not None and item.stop is None:
        key = question_id(item.number, item.question.serial) if item.question is not None else ""
        yield from wording_people.card_lines(state, item, sum(tallies(key).values()) if key else 0, voice)
        return
    if item.counsel is None and item.kind in (Kind.RATIFICATION, Kind.REFERENDUM):
        yield from wording_council.asked_home(state, item, voice)
    yield from _STAGES[item.stage](state, item, tallies, voice)


def former_card(state: Assembly, number: int, voice: Voice) -> Said:
    """What is left of a card whose place a newer message has taken."""
    first = heading(state.items[number], voice)
    return Said(voice.say("{heading}: it goes on in a newer message below.", heading=first))


def _first_line(item: Item, voice: Voice) -> str:
    """Title, kind and stage: the kind stands in the first line of every card."""
    kind = voice.say(KINDS[item.kind.value], mover=item.proposer)
    version = voice.say("text version {version}", version=item.version) if item.version > 1 else ""
    parts = " · ".join(filter(None, (kind, version, _where(item, voice))))
    return voice.say("{heading} — {parts}", heading=heading(item, voice), parts=parts)


def _where(item: Item, voice: Voice) -> str:
    question = item.question
    if item.stage in FINAL:
        return ending(item, voice)
    if item.stage is Stage.ROUND and question is not None and item.charter is not None:
        return " · ".join((
            voice.say("consensus round {round} of {rounds}", round=question.round, rounds=item.charter.rounds),
            voice.plural("{count} may answer", "{count} may answer", len(question.electorate)),
        ))  # fmt: skip
    if item.stage is Stage.VOTE and question is not None:
        name = voice.say("run-off") if question.runoff else voice.say("vote")
        if item.counsel is not None and item.kind is Kind.REFERENDUM:
            return voice.plural("{count} assembly is asked", "{count} assemblies are asked", len(item.counsel.bases))
        if item.counsel is not None:
            count = voice.plural("{count} assembly", "{count} assemblies", len(question.electorate))
            return " · ".join((voice.say("council vote"), count))
        return " · ".join((name, voice.plural("{count} may answer", "{count} may answer", len(question.electorate))))
    return voice.say(STAGES[item.stage.value])


# --- what it says


def contents(state: Assembly, item: Item, voice: Voice) -> Iterator[str]:
    """What is put, in words; long texts are cut."""
    match item.kind:
        case Kind.CHARTER:
            yield from changes(state, item, voice)
        case Kind.EXCLUSION:
            yield voice.excerpt(item.text, f"show {item.number}")
            yield voice.say(
                "{person} may answer in the room and has no ballot in it. Adopted, it takes {person} off the roll.",
                person=item.terms["person"],
            )
        case Kind.REPEAL:
            target = state.items[int(str(item.terms["item"]))]
            yield voice.say("To be repealed: {heading}", heading=heading(target, voice))
            yield voice.excerpt(item.text, f"show {item.number}")
        case Kind.ADMISSION if "assembly" in item.terms:
            yield voice.say("{member} asks to sit in {council}.", member=item.terms["assembly"], council=state.id)
        case Kind.RATIFICATION if not item.text:
            # a kind that needs no text is shown as the council shows it, where the question was first put
            origin, number = item.terms["origin"], item.terms["origin_item"]
            if (found := wording_council.there(origin, number, voice)) is not None:
                yield from contents(*found, replace(voice, assembly=typed_name(str(origin), voice)))
        case Kind.JOIN:
            yield from wording_council.joining(item, voice)
        case Kind.DELEGATION:
            yield from wording_council.delegation(item, voice)
        case Kind.ROOM:
            yield from wording_rooms.text(item, voice)
        case Kind.ADMISSION:
            yield voice.say(
                "{person} was excluded by {item} and asks to be enrolled again.",
                person=item.terms["person"], item=item.terms["exclusion"],
            )
        case _:
            if item.text:
                yield voice.excerpt(item.text, f"show {item.number}")


def changes(state: Assembly, item: Item, voice: Voice) -> Iterator[str]:
    """Each charter key with its present value and the one proposed."""
    before = state.charter.written()
    for key, value in item.terms.items():
        exact = KEYS[key].read(str(value))
        after = KEYS[key].show(exact)
        if item.stage in FINAL or before[key] == after:
            yield voice.say("{key} = {value}", key=key, value=after)
        else:
            yield voice.say("{key}: now {before}, then {value}", key=key, before=before[key], value=after)


def _before(item: Item, voice: Voice) -> Iterator[str]:
    """Why there is another question on it now: what the last one did not reach."""
    question = item.question
    if item.stage in FINAL:
        return
    if question is not None and question.runoff:
        yield voice.say("The texts were equally wanted, so one of them is chosen now.")
    elif item.rounds and not item.votes and (question is None or item.rounds[-1].serial == question.serial - 1):
        last = item.rounds[-1]
        count = recount_round(item, last)
        if count is None:
            yield voice.say("The text was changed, so the round began again and earlier answers do not count.")
        else:
            yield unreached(last, voice)
            yield steps(count, voice)


# --- each stage


def _draft(state: Assembly, item: Item, tallies: Tallies, voice: Voice) -> Iterator[str]:
    wanted = state.charter.recall_signers if item.kind is Kind.RECALL else charter_of(item, state).seconds
    missing, until = max(wanted - len(item.seconders), 1), ends(state, item)
    if item.kind is Kind.RECALL:
        yield voice.plural(
            "It goes to the vote once {count} member more has seconded it, until {until}.",
            "It goes to the vote once {count} members more have seconded it, until {until}.",
            missing, until=until,
        )  # fmt: skip
    else:
        yield voice.plural(
            "It is discussed once {count} member more has seconded it, until {until}.",
            "It is discussed once {count} members more have seconded it, until {until}.",
            missing, until=until,
        )  # fmt: skip
    yield from _amendments(item, voice)
    yield _commands(item, voice, "second {item}")
    yield _change(item, voice)


def _discussion(state: Assembly, item: Item, tallies: Tallies, voice: Voice) -> Iterator[str]:
    opens = opens_from(state, item)
    seconded = ""
    if item.seconders:
        seconded = voice.say("Seconded by {names}. ", names=voice.list([voice.name(one) for one in item.seconders]))
    if voice.now < opens:
        yield seconded + voice.say("It can be opened from {at}.", at=opens)
    else:
        yield seconded + voice.say("It can be opened now; by itself it opens {at}.", at=ends(state, item))
    yield from _amendments(item, voice)
    yield _commands(item, voice, "open {item}")
    yield _change(item, voice)


def _round(state: Assembly, item: Item, tallies: Tallies, voice: Voice) -> Iterator[str]:
    question = _question(item)
    if item.counsel is not None:
        yield from _council(state, item, voice)
        return
    tally = tallies(question_id(item.number, question.serial))
    yield " · ".join(voice.say(POSITIONS_SHOWN[one], count=tally.get(one, 0)) for one in POSITIONS)
    yield _answered(state, item, question, sum(tally.values()), voice)
    yield _until(question, voice)
    yield from _reasons(item, voice)
    yield from _amendments(item, voice)
    yield _commands(item, voice, "agree {item}", "reserve {item}", "aside {item}", "block {item} P1 …", "pass {item}")


def _vote(state: Assembly, item: Item, tallies: Tallies, voice: Voice) -> Iterator[str]:
    question = _question(item)
    if item.counsel is not None:
        yield from _council(state, item, voice)
        return
    if question.runoff:
        yield from _runoff(item, question, tallies, voice)
    else:
        for letter in question.texts:
            yield from _ballots(item, question, letter, tallies, voice)
            if len(question.texts) > 1:
                # §3.7 each text is counted alone, and has to reach the quorum alone
                part = sum(tallies(question_id(item.number, question.serial, letter)).values())
                yield _answered(state, item, question, part, voice)
        share = voice.say(MORE_THAN_HALF if is_half(question.threshold) else AT_LEAST, share=question.threshold)
        yield voice.say(ADOPTED_WHEN[question.base], share=share)
    if question.runoff or len(question.texts) == 1:
        yield _answered(state, item, question, sum(tallies(question_id(item.number, question.serial)).values()), voice)
    yield _until(question, voice)
    if item.statements:
        who = voice.list([voice.name(one) for one in item.statements])
        yield voice.say("Statement by {names}: {line}", names=who, line=voice.line(f"statement {item.number}"))
    lines = [f"vote {text_name(item.number, letter)} yes" for letter in question.texts]
    yield _commands(item, voice, *lines)


def _council(state: Assembly, item: Item, voice: Voice) -> Iterator[str]:
    """The voices of the assemblies (§6.7); a referendum is answered at home."""
    question = _question(item)
    if item.kind is Kind.REFERENDUM:
        yield voice.say("Until {closes}. The members of all these assemblies answer at home.", closes=question.closes)
    else:
        yield from wording_council.council_question(state, item, voice)
        yield _until(question, voice)
    yield from _amendments(item, voice)


def _ratification(state: Assembly, item: Item, tallies: Tallies, voice: Voice) -> Iterator[str]:
    yield from wording_council.ratifying(state, item, voice)


def _ballots(item: Item, question: Question, letter: str, tallies: Tallies, voice: Voice) -> Iterator[str]:
    tally = tallies(question_id(item.number, question.serial, letter))
    counts = " · ".join(voice.say(POSITIONS_SHOWN[one], count=tally.get(one, 0)) for one in CHOICES)
    if question.secret:
        # §8: how it stands is nobody's to see while it is open
        counts = voice.say(SECRET_BALLOT, line=voice.line(f"vote {item.number} yes"))
    if len(question.texts) == 1:
        yield counts
        return
    if letter:
        rival = item.amendments[letter]
        yield voice.say(
            "{text} by {mover}: {excerpt}",
            text=text_name(item.number, letter), mover=rival.by, excerpt=shortened(rival.text),
        )  # fmt: skip
    else:
        yield voice.say("{item}, the text above:", item=item.number)
    yield counts


def _runoff(item: Item, question: Question, tallies: Tallies, voice: Voice) -> Iterator[str]:
    tally = {} if question.secret else tallies(question_id(item.number, question.serial))
    for letter in question.texts:
        excerpt = shortened(item.amendments[letter].text if letter else item.text or title(item, voice))
        count = tally.get(letter or "original", 0)
        name = text_name(item.number, letter)
        yield voice.say("{text}: {excerpt} — {count}", text=name, excerpt=excerpt, count=count)


def _cooling(state: Assembly, item: Item, tallies: Tallies, voice: Voice) -> Iterator[str]:
    yield voice.say("The vote opens {at}.", at=ends(state, item))
    yield from _amendments(item, voice)
    if item.blockers:
        names = voice.list([voice.name(one) for one in sorted(item.blockers)])
        line = voice.line(f"statement {item.number} …")
        yield voice.say("{names} can say why not, for all to read: {line}", names=names, line=line)


def _paused(state: Assembly, item: Item, tallies: Tallies, voice: Voice) -> Iterator[str]:
    yield voice.say("The clock stands still until {until}, or until {mover} lets it go on: {line}",
                    until=ends(state, item), mover=item.proposer,
                    line=voice.line(f"resume {item.number}"))  # fmt: skip


def _orphaned(state: Assembly, item: Item, tallies: Tallies, voice: Voice) -> Iterator[str]:
    began = item.stop.began if item.stop else voice.now
    first = first_right(state, item)
    line = voice.line(f"takeover {item.number}")
    if first is not None and voice.now < began + FIRST_RIGHT:
        yield voice.say("{member} may take it over until {until}, then anybody: {line}",
                        member=first, until=began + FIRST_RIGHT, line=line)  # fmt: skip
    else:
        yield voice.say("Any member may take it over: {line}", line=line)
    yield voice.say("If nobody does, it is withdrawn {at}.", at=ends(state, item))


def _final(item: Item, voice: Voice) -> Iterator[str]:
    if item.repealed_by is not None:
        yield voice.say("Repealed by {item}.", item=item.repealed_by)
    if item.rounds or item.votes:
        yield voice.say("How it was counted: {line}", line=voice.line(f"why {item.number}"))


_STAGES: Mapping[Stage, Callable[[Assembly, Item, Tallies, Voice], Iterator[str]]] = {
    Stage.DRAFT: _draft,
    Stage.DISCUSSION: _discussion,
    Stage.ROUND: _round,
    Stage.COOLING: _cooling,
    Stage.VOTE: _vote,
    Stage.RATIFICATION: _ratification,
    Stage.PAUSED: _paused,
    Stage.ORPHANED: _orphaned,
}


# --- parts


def _question(item: Item) -> Question:
    if item.question is None:
        raise ValueError(f"item {item.number} has no open question")
    return item.question


NEEDED: Message = mark_plural(
    "{part} of {of} have answered; {needed} is needed.", "{part} of {of} have answered; {needed} are needed.", "needed"
)


def _answered(state: Assembly, item: Item, question: Question, part: int, voice: Voice) -> str:
    of, needed = len(question.electorate), needed_for(state, item, question)
    if question.runoff:
        # each of its texts has passed a quorum already
        return voice.say("{part} of {of} have answered.", part=part, of=of)
    if needed <= of:
        return voice.say(NEEDED, part=part, of=of, needed=needed)
    return voice.say(
        "{part} of {of} have answered. {needed} are needed: more than may answer, so this cannot be decided.",
        part=part, of=of, needed=needed,
    )  # fmt: skip


def needed_for(state: Assembly, item: Item, question: Question) -> int:
    """How many answers the quorum of this question asks for."""
    charter = charter_of(item, state)
    quorum = charter.round_quorum if question.round else charter.vote_quorum
    return quorum_needs(quorum, charter.quorum_min, len(question.electorate))


def _until(question: Question, voice: Voice) -> str:
    change = voice.say("You can change your answer until then.")
    if voice.buttons:
        change = voice.say("You can change your answer until then; press again if you saw no confirmation.")
    return voice.say("Until {until}. {change}", until=question.closes, change=change)


def _reasons(item: Item, voice: Voice) -> Iterator[str]:
    given = list(item.reasons.values())
    for one in given[-REASONS_SHOWN:]:
        message = SAID[one.position] if one.text else STANDS_ASIDE
        yield voice.say(message, member=one.member, principle=one.principle, reason=quoted(one.text))
    if len(given) > REASONS_SHOWN:
        yield _more(len(given) - REASONS_SHOWN, item, voice)


def _amendments(item: Item, voice: Voice) -> Iterator[str]:
    live = [one for one in item.amendments.values() if one.state in ("moved", "minor", "rival")]
    for one in live[-AMENDMENTS_SHOWN:]:
        yield voice.say(
            "{text} by {mover}, {state}: {excerpt} ({line})",
            text=text_name(item.number, one.letter), mover=one.by, state=voice.say(AMENDMENTS[one.state]),
            excerpt=shortened(one.text), line=voice.line(f"show {text_name(item.number, one.letter)}"),
        )  # fmt: skip
    if len(live) > AMENDMENTS_SHOWN:
        yield _more(len(live) - AMENDMENTS_SHOWN, item, voice)


def _more(count: int, item: Item, voice: Voice) -> str:
    line = voice.line(f"show {item.number}")
    return voice.plural("… and {count} more: {line}", "… and {count} more: {line}", count, line=line)


def _commands(item: Item, voice: Voice, *lines: str) -> str:
    """What can be typed where there are no buttons."""
    if voice.buttons:
        return ""
    return " · ".join(voice.line(line.replace("{item}", str(item.number))) for line in lines)


def _change(item: Item, voice: Voice) -> str:
    if item.kind in UNWORDED:
        return ""
    return voice.say("{line} to change the text", line=voice.line(f"amend {item.number} …"))


# --- buttons


def _buttons(state: Assembly, item: Item, voice: Voice) -> tuple[tuple[Button, ...], ...]:
    def button(choice: str, letter: str = "", label: str = "") -> Button:
        serial = item.question.serial if item.question else 0
        shown = label or voice.say(BUTTONS[choice])
        return Button(shown, payload(Tap(state.id, item.number, serial, choice, letter)))

    question = item.question
    match item.stage:
        case Stage.DRAFT:
            return ((button("second"),),)
        case Stage.DISCUSSION if item.kind in (Kind.ADMISSION, Kind.ELECTION):
            return ((button("open"),),)
        case _ if item.pool is not None:
            return ()
        case Stage.DISCUSSION:
            return ((button("second"), button("open")),)
        case Stage.ROUND:
            return (tuple(map(button, POSITIONS[:3])), tuple(map(button, POSITIONS[3:])))
        case Stage.VOTE if item.kind is Kind.REFERENDUM and state.kind == COUNCIL:
            return ()  # its members' members answer, at home
        case Stage.VOTE if question is not None and question.runoff:
            texts = tuple(button("yes", letter, text_name(item.number, letter)) for letter in question.texts)
            return (texts, (button("abstain"),))
        case Stage.VOTE if question is not None and len(question.texts) > 1:
            return tuple(
                tuple(
                    button(one, letter, f"{text_name(item.number, letter)} {voice.say(BUTTONS[one])}")
                    for one in CHOICES
                )
                for letter in question.texts
            )
        case Stage.VOTE:
            return (tuple(map(button, CHOICES)),)
    return ()
