"""Pages of text made from an assembly's state, for who asks: nothing here changes anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from bot import wording_people
from bot.grammar import mark
from bot.reading_why import why
from bot.wording import Tallies, Voice, card
from bot.wording_help import may_answer, pressing
from bot.wording_results import ending, result
from bot.wording_terms import AMENDMENTS, STAGES, choice_said, ends, heading, name_shown, text_name
from bot.wording_voice import isolated
from governance.charter import KEYS
from governance.motion import FINAL, Item, Stage
from governance.refusals import Refused, Why, refuse
from governance.state import Assembly
from governance.terms import fold_name

__all__ = [
    "agenda",
    "charter",
    "decisions",
    "minutes_text",
    "pending",
    "principles",
    "roll",
    "show",
    "statements",
    "why",
]

DECISIONS_SHOWN, MINUTES_SHOWN = 20, 15
"""Lines of a page; what is older is found by words."""

Choice = Callable[[Item], str | None]
"""What this person has answered to the item's open question, if anything."""


# --- what is under way


def agenda(state: Assembly, voice: Voice) -> str:
    """A line for each item that is not over."""
    if not state.open:
        return voice.say("{assembly}: nothing is under way. To put a motion: /propose Repair the pump",
                         assembly=name_shown(state.name))  # fmt: skip
    first = voice.say("{assembly}: what is under way", assembly=name_shown(state.name))
    return "\n".join([first, *(_agenda_line(state, state.items[number], voice) for number in sorted(state.open))])


def _agenda_line(state: Assembly, item: Item, voice: Voice) -> str:
    end, about = ends(state, item), {"heading": heading(item, voice), "stage": voice.say(STAGES[item.stage.value])}
    if end is None:
        return voice.say("{heading} — {stage}", **about)
    return voice.say("{heading} — {stage}, until {until}", **about, until=end)


Place = tuple[Assembly, Choice, str]
"""An assembly, what this person answered there, and the id by which it knows them."""


def pending(places: Sequence[Place], voice: Voice) -> str:
    """What waits for a person, in one assembly or in all they belong to: the page one opens in the morning."""
    pages = [_pending(state, choice, own, _speaking_of(state, places, voice)) for state, choice, own in places]
    return "\n\n".join(filter(None, pages)) or voice.say("Nothing waits for you.")


def _speaking_of(state: Assembly, places: Sequence[Place], voice: Voice) -> Voice:
    """On several rolls an item's number needs its assembly before it."""
    return replace(voice, assembly=state.name) if len(places) > 1 else voice


def _pending(state: Assembly, choice: Choice, person: str, voice: Voice) -> str:
    name = name_shown(state.name)
    waiting = list(pressing(state, person, lambda item: choice(item) is not None, voice))
    answered = list(_answered(state, choice, person, voice))
    if not waiting and not answered:
        return voice.say("{assembly}: nothing waits for you.", assembly=name)
    if waiting:
        first = voice.say("{assembly}: this waits for you", assembly=name)
    else:
        first = voice.say("{assembly}: nothing waits for you.", assembly=name)
    return "\n".join([first, *waiting, *answered])


def _answered(state: Assembly, choice: Choice, person: str, voice: Voice) -> Iterator[str]:
    """What this person answered and can still change."""
    for number in sorted(state.open):
        item = state.items[number]
        given = choice(item) if may_answer(state, person, item) else None
        if given is not None and item.question is not None:
            names = item.pool is not None
            shown = wording_people.ballot_said(given, voice) if names else choice_said(number, given, voice)
            yield voice.say("{heading}: you answered {choice}; it can be changed until {closes}.",
                            heading=heading(item, voice), choice=shown, closes=item.question.closes)  # fmt: skip


# --- one item


def show(state: Assembly, number: int, tallies: Tallies, voice: Voice, letter: str = "") -> str | Refused:
    """All of an item with its whole text, or one text of it."""
    item = state.items.get(number)
    if item is None:
        return refuse(Why.NO_SUCH_ITEM, item=number, last=state.last_item)
    if letter:
        return _amendment(item, letter, voice)
    lines = [card(state, number, tallies, replace(voice, long=None)).text]
    if item.pool is not None:
        lines += wording_people.result_lines(state, item, voice) if item.stage in FINAL else ()
        lines += wording_people.list_lines(item, voice)
    for one in item.amendments.values():
        if item.stage in FINAL or one.state not in ("moved", "minor", "rival"):
            about = {"text": text_name(number, one.letter), "author": one.by, "state": voice.say(AMENDMENTS[one.state])}
            line = voice.line(f"show {text_name(number, one.letter)}")
            lines.append(voice.say("{text} by {author}: {state} ({line})", **about, line=line))
    return "\n".join(lines)


def _amendment(item: Item, letter: str, voice: Voice) -> str | Refused:
    one = item.amendments.get(letter)
    if one is None:
        return refuse(Why.NO_SUCH_AMENDMENT, item=item.number, letter=letter)
    first = voice.say(
        "{text} · {author} for {heading}: {state}",
        text=text_name(item.number, letter), author=one.by, heading=heading(item, voice),
        state=voice.say(AMENDMENTS[one.state]),
    )  # fmt: skip
    lines = [first, one.text]
    if one.seconders:
        names = voice.list([voice.name(member) for member in one.seconders])
        lines.append(voice.say("Seconded by {names}.", names=names))
    return "\n".join(lines)


def statements(state: Assembly, number: int, voice: Voice) -> str | Refused:
    """What blockers said for all to read (§5.4)."""
    item = state.items.get(number)
    if item is None:
        return refuse(Why.NO_SUCH_ITEM, item=number, last=state.last_item)
    if not item.statements:
        return voice.say("{heading}: no statement was given.", heading=heading(item, voice))
    said = [voice.say("{member}: {text}", member=member, text=text) for member, text in item.statements.items()]
    return "\n".join([voice.say("{heading}: statements of those who blocked", heading=heading(item, voice)), *said])


# --- what was decided


def decisions(state: Assembly, voice: Voice, words: str = "") -> str:
    """What was adopted, newest first; with words only what has them all in its title or text."""
    wanted = fold_name(words).split()
    adopted = [one for one in state.items.values() if one.stage is Stage.ADOPTED]
    found = [one for one in adopted if all(word in fold_name(f"{one.title} {one.text}") for word in wanted)]
    if not found and wanted:
        return voice.say("No decision of {assembly} has the words “{words}”.",
                         assembly=name_shown(state.name), words=isolated(words))  # fmt: skip
    if not found:
        return voice.say("{assembly} has adopted nothing yet. What was counted: /minutes",
                         assembly=name_shown(state.name))  # fmt: skip
    found.sort(key=lambda one: (one.ended or 0, one.number), reverse=True)
    lines = [_decision(one, voice) for one in found[:DECISIONS_SHOWN]]
    if len(found) > DECISIONS_SHOWN:
        lines.append(voice.plural(
            "… and {count} older: /decisions WORDS finds it", "… and {count} older: /decisions WORDS finds them",
            len(found) - DECISIONS_SHOWN,
        ))  # fmt: skip
    return "\n".join([voice.say("{assembly}: what was decided", assembly=name_shown(state.name)), *lines])


def _decision(item: Item, voice: Voice) -> str:
    date = voice.date(item.ended) if item.ended is not None else ""
    about = {"heading": heading(item, voice), "ending": ending(item, voice), "date": date}
    line = voice.say("{heading} — {ending}, {date}", **about)
    if item.repealed_by is None:
        return line
    return line + voice.say(" (repealed by {item})", item=item.repealed_by)


def minutes_text(state: Assembly, voice: Voice) -> str:
    """The minutes in short: how each item that is over ended, newest first."""
    over = [one for one in state.items.values() if one.ended is not None]
    if not over:
        return voice.say("{assembly}: nothing is over yet. What is under way: /agenda", assembly=name_shown(state.name))
    over.sort(key=lambda one: (one.ended or 0, one.number), reverse=True)
    parts = [result(state, one.number, voice) for one in over[:MINUTES_SHOWN]]
    if len(over) > MINUTES_SHOWN:
        parts.append(voice.say("Older items one by one: /show and /why with their number."))
    return "\n\n".join([voice.say("{assembly}: minutes, newest first", assembly=name_shown(state.name)), *parts])


# --- the assembly


def roll(state: Assembly, voice: Voice) -> str:
    """Who belongs, in the order of enrolment."""
    members = sorted(state.roll.values(), key=lambda one: one.enrolled)  # of one instant, as they joined
    first = voice.plural("{assembly}: {count} is on the roll", "{assembly}: {count} are on the roll", len(members),
                         assembly=name_shown(state.name))  # fmt: skip
    lines = []
    for one in members:
        line = voice.say("{member}, since {date}", member=one.id, date=voice.date(one.enrolled))
        lines.append(line if one.present else line + voice.say(" (out of the room)"))
    return "\n".join([first, *lines])


def charter(state: Assembly, voice: Voice, key: str = "") -> str | Refused:
    """The rules, or one of them with what it means."""
    values = state.charter.written()
    if not key:
        first = voice.say("{assembly}: charter, version {version}",
                          assembly=name_shown(state.name), version=state.charter.version)  # fmt: skip
        lines = [voice.say("{key} = {value}", key=name, value=value) for name, value in values.items()]
        return "\n".join([first, *lines, voice.say("What one of them means: /charter threshold · to change it: "
                                                   "/propose charter threshold=3/4")])  # fmt: skip
    if key not in KEYS:
        return refuse(Why.UNKNOWN_KEY, key=key)
    return "\n".join((
        voice.say("{key} = {value}", key=key, value=values[key]),
        voice.say(MEANINGS[key]),
        voice.say("It can be {right}. To change it: {line}",
                  right=voice.say(KEYS[key].right), line=voice.line(f"propose charter {key}=…")),
    ))  # fmt: skip


def principles(state: Assembly, voice: Voice) -> str:
    first = voice.say("{assembly}: principles; a block names one", assembly=name_shown(state.name))
    standing = [one for one in state.principles.values() if not one.ended]
    return "\n".join([first, *(voice.say("P{number}: {text}", number=one.number, text=one.text) for one in standing)])


MEANINGS: Mapping[str, str] = {
    "seconds": mark("How many others must second a motion before it is discussed."),
    "discussion_min": mark("How long a motion is discussed before it can be opened."),
    "discussion_max": mark("After so long in discussion a motion opens by itself."),
    "rounds": mark("How many consensus rounds there are before a vote; 0 means straight to the vote."),
    "round_window": mark("How long a consensus round is open."),
    "vote_window": mark("How long a vote is open."),
    "cooling": mark("The time between the last round and the vote."),
    "freeze": mark("For so long before a round closes its text can no longer be changed."),
    "minor_window": mark("A mended spelling goes in after so long, unless a member objects."),
    "early_close": mark("Whether a question closes once nothing can change its outcome any more."),
    "early_close_after": mark("A question never closes early before it was open for so long."),
    "round_quorum": mark("The share of those asked who must answer a round."),
    "vote_quorum": mark("The share of those asked who must take part in a vote."),
    "quorum_min": mark("The number who must answer at least, whatever the share."),
    "min_support": mark("The number who must agree at least, with or without reservations: silence is no consent."),
    "blocks_allowed": mark("The number of blocks a consensus can bear."),
    "stand_aside_max": mark("The share of stand-asides a consensus can bear."),
    "fallback": mark("What follows the last round without consensus: a vote, or the motion is deferred."),
    "threshold": mark("The share of yes an ordinary motion needs in a vote; 1/2 means more than half."),
    "structural_threshold": mark("The same for motions that change charter, principles or roll."),
    "base": mark("Of what the share is taken: of yes and no, of all taking part, or of all who may vote."),
    "late_swing": mark("Whether a vote stays open longer when its outcome changes shortly before the end."),
    "newcomer": mark("How long after joining one is asked for the first time."),
    "resting": mark("Who was not heard for so long is not asked or counted until the next word."),
    "recall_signers": mark("How many others must sign a recall before it is voted on."),
    "recall_window": mark("How long the vote on a recall is open."),
    "council_threshold": mark("In a council: the share of its assemblies a decision needs."),
    "council_base": mark("In a council: of what the share is taken, all assemblies or those that stated a position."),
    "double_majority": mark("In a council: whether a decision needs its assemblies and their members too."),
    "admission": mark("In a council: whether an assembly that asks is let in by motion or at once."),
    "referendum": mark("In a council: whether referendums are held at once or in the last week of a month."),
    "referendum_majority": mark("In a referendum: which majority is needed, of assemblies, of members, or both."),
    "referendum_threshold": mark("In a referendum: the share each of these majorities needs."),
    "ratification_window": mark("In a council: how long assemblies have to answer where they gave no mandate."),
    "sign_until": mark("In a council: how long a call can be signed."),
    "term": mark("How long a delegation or a role lasts."),
    "max_terms": mark("How many terms one person may hold in a row."),
    "cooloff": mark("For how many terms one must wait after that."),
    "parity": mark("Whether delegates come in pairs of different declared features."),
    "secret": mark("Which ballots are secret."),
    "draw_notice": mark("How long before a draw volunteers are asked."),
    "relay": mark("When news from councils is brought home: minute, hour, day, month, weekday."),
    "quiet_hours": mark("Hours of the day in which reminders wait."),
    "timezone": mark("The time zone in which this assembly lives."),
    "language": mark("The language I use in this room."),
}
"""What each key of the charter is for (§9)."""
