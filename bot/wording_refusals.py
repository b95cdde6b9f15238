"""Why not, and what would work: the words for every refusal and every line that could not be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot import wording_council_refusals, wording_people_refusals, wording_rooms
from bot.grammar import Misread, Unclear, mark, usage_of
from bot.wording_lots import format_of
from bot.wording_terms import (
    AMENDMENTS,
    CHANGED,
    CHOICES,
    CHOOSING,
    REPEALED,
    STAGES,
    WHAT_WORKS,
    name_shown,
    shortened,
)
from bot.wording_voice import Message, Voice, mark_plural
from governance.proposing import TITLE_LIMIT
from governance.refusals import Refused, Why
from governance.terms import MINUTE

REFUSALS: Mapping[Why, Message] = {
    Why.NAME_NOT_A_WORD: mark(
        "“{name}” cannot be a name: it must be one word of 2 to 40 letters and digits, with - or _ between them. "
        "Send: /found Green_Hill"
    ),
    Why.ALREADY_FOUNDED: mark(
        "{name} meets here and has members already. Its rules change by a motion: /propose charter key=value"
    ),
    Why.ALREADY_ON_ROLL: mark("You are on the roll already. What waits for you: /pending"),
    Why.NOT_ON_ROLL: mark("You are not on the roll. Send /join in the room; you have a say from the next question."),
    Why.UNKNOWN_KEY: mark("The charter has no key “{key}”. Its keys: /charter"),
    Why.BAD_VALUE: mark("{key}={value} does not work: {key} is {right}."),
    Why.DISCUSSION_WINDOW: mark(
        "discussion_min ({least}) would be longer than discussion_max ({most}). Set both so that it is not."
    ),
    Why.FREEZE_TOO_LONG: mark(
        "freeze ({freeze}) must be shorter than round_window and vote_window, of which the shorter is {window}."
    ),
    Why.UNKNOWN_PRESET: mark("There is no preset “{preset}”. There are default, small and large."),
    Why.NOT_A_PAIR: mark("“{word}” is not key=value. A change of the charter is made of those only, like rounds=3"),
    Why.NOTHING_CHANGES: mark("That would change nothing: it is so already."),
    Why.ADMISSION_PENDING: mark("Your admission is being decided as item {item}: /show {item}"),
    Why.NO_SUCH_ITEM: mark("There is no item {item}; the last is {last}. What is under way: /agenda"),
    Why.WRONG_STAGE: mark("{item} is {stage}; that cannot be done now. {works}"),
    Why.TEXT_TOO_LONG: mark_plural(
        "That is {length} character; {most} fit here. Put the long text where all can read it, and its gist here.",
        "That is {length} characters; {most} fit here. Put the long text where all can read it, and its gist here.",
        "length",
    ),
    Why.TEXT_MISSING: mark("The text is missing. Put it behind the command, or in the lines below it."),
    Why.NOT_THE_PROPOSER: mark("Only {proposer} can do that: the motion {item} is theirs."),
    Why.NOT_PROPOSER_NOR_SECONDER: mark("{proposer}, or who seconded it, can open {item}. You can: /second {item}"),
    Why.OWN_MOTION: mark("{item}{letter} is your own; somebody else has to second it."),
    Why.ALREADY_SECONDED: mark("You have seconded {item}{letter} already."),
    Why.NOT_YET_OPEN: mark("{item} is still being discussed. It can be opened from {at}."),
    Why.IN_FREEZE: mark(
        "{item} closes {closes}; so shortly before, its text stays as it is. It can still be answered."
    ),
    Why.ALREADY_PAUSED_ONCE: mark("{item} had its pause in this stage. There is one in each."),
    Why.FIRST_RIGHT: mark("{member} seconded {item} first and may take it over until {until}; after that anybody may."),
    Why.TOO_MANY_RESTARTS: mark_plural(
        "The text of {item} was changed during its rounds once, and no more is possible. "
        "Put yours as a motion of its own: /propose …",
        "The text of {item} was changed during its rounds {most} times, and no more is possible. "
        "Put yours as a motion of its own: /propose …",
        "most",
    ),
    Why.NO_SUCH_AMENDMENT: mark("There is no {item}{letter}. The amendments of {item}: /show {item}"),
    Why.AMENDMENT_IS: mark("{item}{letter} is {state}; that cannot be done with it any more. See /show {item}"),
    Why.NOT_THE_AUTHOR: mark("{item}{letter} is by {author}; only its author can put it beside the motion."),
    Why.NO_RIVALS_HERE: mark("{item} says itself what it does; no other text can stand beside it. Move it: /propose …"),
    Why.NO_TEXT_TO_AMEND: mark(
        "{item} has no text that could be changed. You can answer it, or /propose another motion."
    ),
    Why.SAME_TEXT: mark("That is the text {item} has already."),
    Why.NOT_MINOR: mark("In the charter nothing is only spelling. Send: /amend {item} key=value"),
    Why.NOTHING_OPEN: mark("{item} is {stage}; there is nothing to answer now. {works}"),
    Why.QUESTION_CLOSED: mark("{item} closed {closed}; this came after it and is not counted."),
    Why.STALE_BUTTON: mark("This button belongs to an earlier question on {item}. See what is asked now: /show {item}"),
    Why.NOT_IN_ELECTORATE: mark(
        "You joined {joined}; this question was opened {opened}. You have a say from the next one."
    ),
    Why.NEWCOMER_WAITS: mark(
        "You joined {joined}, this question was opened {opened}, and the charter lets newcomers wait: "
        "you have a say in what is opened from {asked} on. The rule: /charter newcomer"
    ),
    Why.RESTED: mark(
        "You had not been heard for long when this question was opened, {opened}, so it was put without you. "
        "You have a say from the next one. The rule: /charter resting"
    ),
    Why.NOT_IN_ELECTORATE_CONCERNED: mark(
        "{item} is about you: you may answer in the room, but have no ballot in it. The others decide."
    ),
    Why.LEFT_SINCE: mark(
        "You left the roll while {item} was open. What you said before stands; you have a say from the next question."
    ),
    Why.BLOCK_NEEDS_REASON: mark(
        "A block needs a reason and a principle. Send: /block {item} P1 your reason (the principles: /principles)"
    ),
    Why.NO_SUCH_PRINCIPLE: mark(
        "There is no principle P{principle} in force. There is {known}; read them: /principles"
    ),
    Why.UNKNOWN_CHOICE: mark("{item} can be answered with {choices}."),
    Why.NO_SUCH_TEXT: mark("There is no such text in this vote. There is {letters}. Send: /vote {item} yes"),
    Why.ONE_TEXT_IN_RUNOFF: mark(
        "In the run-off you choose one text, by saying yes to it: {letters}. Send: /vote {first} yes, or abstain."
    ),
    Why.NOT_A_BLOCKER: mark(
        "A statement is for those whose block stood when the last round of {item} closed. "
        "Read theirs: /statement {item}"
    ),
    Why.STATEMENT_GIVEN: mark("You have given your statement on {item}. It stands: /statement {item}"),
    Why.NOT_A_MEMBER: mark("{person} is not on the roll. Who is: /roll"),
    Why.NOT_ADOPTED: mark("{item} is {stage}; only what was adopted can be repealed. What was: /decisions"),
    Why.ALREADY_REPEALED: mark("{item} was repealed by {by} already."),
    Why.CHANGED_BY_ITS_VERB: mark("What {item} decided is not repealed but changed by its own command: {line} …"),
    **wording_council_refusals.REFUSALS,
    **wording_people_refusals.REFUSALS,
    **wording_rooms.REFUSALS,
}

RIGHT = (
    mark("persons, all or none"),
    mark("a duration from 1s to 366d, like 72h"),
    mark("a share from 0 to 1, like 1/3"),
    mark("a share from 1/2 to 1, like 2/3"),
    mark("a duration up to 30d, like 48h"),
    mark("a duration up to 366d, like 48h"),
    mark("a whole number from 0 to 1000"),
    mark("a whole number from 1 to 1000"),
    mark("a whole number from 0 to 20"),
    mark("a whole number from 0 to 100000"),
    mark("a whole number from 1 to 100000"),
    mark("yes or no"),
    mark("on or off"),
    mark("vote or defer"),
    mark("cast, taking_part or members"),
    mark("off or a duration from 15d, like 180d"),
    mark("all or stated"),
    mark("motion or open"),
    mark("now or monthly"),
    mark("both, assemblies or members"),
    mark("none or pair"),
    mark("none"),
    mark("a cron line, like 0 18 * * 1"),
    mark("none or two hours of the day, like 22-08"),
    mark("the name of a time zone, like Europe/Paris"),
    mark("the code of a language, like en"),
)
"""What the keys of the charter can be, as the rules say it; what is not here stays English."""

STILL_MINOR = mark(
    "{item}{letter} goes in by itself, as mended spelling. If it changes the meaning: /object {item}{letter}; "
    "then it is an amendment like any other."
)
TITLE_TOO_LONG = mark(
    "The first line is the title: it has {length} characters, and {most} fit. Put the text in the lines below it."
)
JUST_BEFORE = mark("This question was opened {opened}, just before you joined. You have a say from the next one.")
NOT_ASKED = mark(
    "This question was opened {opened}, and you were not among those it asks. You have a say from the next one."
)
NOTHING_YET = mark("There is no item yet. Put the first: /propose Repair the pump")


def refusal(refused: Refused, voice: Voice) -> str:
    """Why not, and what would work, to the one concerned."""
    message, about = REFUSALS[refused.why], dict(refused.about)
    about |= {key: shortened(str(about[key])) for key in _TYPED & about.keys()}
    for key, show in _SHOWN.items():
        if key in about:
            about |= show(about, voice)
    if refused.why is Why.NOT_IN_ELECTORATE:
        after = int(str(refused.about["joined"])) - int(str(refused.about["opened"]))
        message = NOT_ASKED if after < 0 else JUST_BEFORE if after < MINUTE else message
    if refused.why is Why.AMENDMENT_IS and refused.about["state"] == "minor":
        message = STILL_MINOR
    if refused.why is Why.TEXT_TOO_LONG and refused.about["most"] == TITLE_LIMIT:
        message = TITLE_TOO_LONG
    if refused.why is Why.ALREADY_FOUNDED:
        about["name"] = name_shown(str(about["name"]))
    if refused.why is Why.NOTHING_OPEN and refused.about["stage"] in ("round", "vote"):
        message = REFUSALS[Why.WRONG_STAGE]  # something is asked, only not this
    if refused.why is Why.NO_SUCH_ITEM and not refused.about["last"]:
        message = NOTHING_YET
    words = voice.fill(message, about)
    return voice.in_private(words) if refused.why in FOR_A_PRIVATE_CHAT else words


FOR_A_PRIVATE_CHAT = frozenset({Why.GIVEN_IN_PRIVATE, Why.OWN_ROW_IN_PRIVATE})
"""What would have worked there."""

About = Mapping[str, object]


def _stage(about: About, voice: Voice) -> About:
    stage = str(about["stage"])
    own = CHOOSING.get((str(about.get("chooses", "")), stage))
    if own is not None:
        return {"stage": voice.say(own[0]), "works": voice.say(own[1], item=about["item"])}
    if "repealed_by" in about:
        works = voice.say(REPEALED, by=about["repealed_by"])
    elif "changed_by" in about:
        works = voice.say(CHANGED, line=voice.line(f"{str(about['changed_by']).lstrip('/')} …"))
    else:
        works = voice.say(WHAT_WORKS[stage], item=about["item"])
    return {"stage": voice.say(STAGES[stage]), "works": works}


def _parts(about: About, key: str) -> list[str]:
    value = about[key]
    return [str(one) for one in value] if isinstance(value, tuple | list) else [str(value)]


def _letters(about: About, voice: Voice) -> About:
    texts = [f"{about['item']}{letter}" for letter in _parts(about, "letters")]
    return {"letters": voice.list(texts), "first": texts[0]}


_SHOWN: Mapping[str, Callable[[About, Voice], About]] = {
    "stage": _stage,
    "state": lambda about, voice: {"state": voice.say(AMENDMENTS[str(about["state"])])},
    "assembly": lambda about, voice: {"assembly": voice.name(str(about["assembly"]))},
    "choice": lambda about, voice: {
        "choice": " / ".join(voice.say(CHOICES.get(one, one)) for one in str(about["choice"]).split("/"))
    },
    "choices": lambda about, voice: {"choices": voice.list(_parts(about, "choices"))},
    "known": lambda about, voice: {"known": voice.list([f"P{one}" for one in _parts(about, "known")])},
    "letters": _letters,
    "labels": lambda about, voice: {"labels": voice.list(_parts(about, "labels"))},
    "right": lambda about, voice: {"right": voice.say(str(about["right"]))},
    "how": lambda about, voice: {"line": voice.line(f"{about['how']} {about['item']} …")},
    "methods": lambda about, voice: {"methods": voice.list(_parts(about, "methods"))},
    "randomness": lambda about, voice: {"format": format_of(str(about["randomness"]), voice)},
    "sources": lambda about, voice: {"sources": voice.list(_parts(about, "sources"))},
    "verb": lambda about, voice: {"line": voice.line(str(about["verb"]).lstrip("/"))},
}
"""Parameters that are not said as they are."""
_TYPED = frozenset({"name", "key", "value", "word", "preset", "label"})
"""Parameters that somebody typed: they may be of any length."""


MISREADINGS: Mapping[Unclear, str] = {
    Unclear.UNKNOWN_VERB: mark("I do not know “{part}”. Perhaps: {example} · what can be done now: /help"),
    Unclear.MISSING: mark("{part} is missing: {usage}. For example: {example}"),
    Unclear.NOT_AN_ITEM: mark("“{part}” is not the number of an item. For example: {example}"),
    Unclear.OTHER_DIGITS: mark("I read numbers in the digits 0 to 9, not “{part}”. Send: {example}"),
    Unclear.LETTER_MISSING: mark("Which text is meant? Amendments have letters. For example: {example}"),
    Unclear.LETTER_TOO_MUCH: mark(
        "“{part}” is one text of the item; here the number alone is meant. For example: {example}"
    ),
    Unclear.NOT_A_CHOICE: mark("“{part}” is not yes, no or abstain. For example: {example}"),
    Unclear.NOT_A_PAIR: mark("“{part}” is not key=value. For example: {example}"),
    Unclear.KEY_TWICE: mark("{part} stands there twice. Once is enough. For example: {example}"),
    Unclear.TOO_MUCH: mark("I did not understand “{part}”. For example: {example}"),
    Unclear.NOT_ONE_WORD: mark("“{part}” is not one word; a name must be. Send: {example} (the _ is shown as a space)"),
    Unclear.READ_ONLY_CHARTER: mark("The charter is changed by a motion. Send: {example}"),
    Unclear.IN_PRIVATE_ONLY: mark("That is for a private chat with me. Send it there: {example}"),
    Unclear.IN_A_ROOM_ONLY: mark("That is for the room where the assembly meets. Send it there: {example}"),
    Unclear.WHICH_ITEM: mark(
        "Which item is meant? Give its number, or reply to my message about it. For example: {example}"
    ),
    Unclear.WHICH_ASSEMBLY: mark("Which assembly is meant? You belong to {part}. For example: {example}"),
    Unclear.NO_ASSEMBLY_HERE: mark("No assembly meets here yet. To found one: /found Well preset=small"),
    Unclear.ON_NO_ROLL: mark("You are on no roll. An assembly is joined in its room: /join"),
    Unclear.UNKNOWN_ASSEMBLY: mark("I know no assembly “{part}” here. For example: {example}"),
    Unclear.UNKNOWN_PERSON: mark("I do not know who “{part}” is. Who is on the roll: /roll. For example: {example}"),
    Unclear.UNKNOWN_COUNCIL: mark("I know no council “{part}” that is yours. For example: {example}"),
    Unclear.IN_NO_COUNCIL: mark("We sit in no council yet, so not in “{part}”. To join one: {example}"),
    Unclear.NO_SEAT_THERE: mark("“{part}” is neither a council we sit in nor a role of ours. Roles: /roles"),
    Unclear.NOT_ASKED: mark("No council has asked us about {part}. What waits for us: /agenda"),
    Unclear.NOT_A_NAME: mark("“{part}” is not the name of a council. For example: {example}"),
    Unclear.NOT_A_COUNCIL_ITEM: mark("“{part}” is not an item of a council, like valley#3. For example: {example}"),
    Unclear.NOT_A_DATE: mark("“{part}” is not a date, like 2027-06-01. For example: {example}"),
    Unclear.NOT_AN_INSTANT: mark(
        "“{part}” is no date and time, like at=2027-03-06T18:00; without one the next round counts. "
        "For example: {example}"
    ),
    Unclear.NOT_A_DURATION: mark("“{part}” is not a length of time, like 90d. For example: {example}"),
    Unclear.NAME_TAKEN: mark("Another assembly is called “{part}”. Choose another name: {example}"),
    Unclear.ROOM_TAKEN: mark("{part} meets here already. Send it in a chat in which no assembly meets: {example}"),
    Unclear.ROOM_ALONE: mark("This is a chat with me alone. Send it in the group chat that is to be a room: {example}"),
    Unclear.NOT_HERE: mark("What this button belongs to is decided elsewhere now: no assembly meets here any more."),
    Unclear.IN_FULL: mark("This weighs too much to be guessed: write {part} in full. For example: {example}"),
    Unclear.NOT_A_QUOTA: mark("“{part}” is no quota. A quota looks like gender:woman>=1. For example: {example}"),
    Unclear.NOT_DECLARED: mark("You declared no “{part}” that could be shown or hidden. For example: {example}"),
    Unclear.UNKNOWN_LANGUAGE: mark("I have no words in “{part}”. For example: {example}"),
    Unclear.UNKNOWN_TIMEZONE: mark("I know no time zone “{part}”. For example: {example}"),
    Unclear.EDITED: mark(
        "An edited message is no command: I go by what was sent first. Send it again as a new message."
    ),
    Unclear.ANONYMOUS_ADMIN: mark(
        "This was sent as an anonymous administrator, so it is nobody's. Turn “Remain anonymous” off and send it again."
    ),
    Unclear.AS_A_CHANNEL: mark("This was sent as a channel, so it is nobody's. Send it again as yourself."),
}

NOTHING_LIKE_IT = mark("I do not know “{part}”. What can be done now: /help")
WHICH_OF_THESE = mark("Which item is meant: {part}? For example: {example}")


def misreading(unread: Misread, voice: Voice) -> str:
    """One line: what was not understood, and a line that would be."""
    message = MISREADINGS[unread.code]
    if unread.code is Unclear.WHICH_ITEM and unread.part:
        message = WHICH_OF_THESE
    if unread.code is Unclear.UNKNOWN_VERB and unread.example == "help":
        message = NOTHING_LIKE_IT
    wanted = usage_of(unread.verb)
    words = voice.say(
        message,
        part=shortened(unread.part),
        example=voice.line(unread.example),
        usage=voice.line(wanted) if wanted else "",
    )
    return voice.in_private(words) if unread.code is Unclear.IN_PRIVATE_ONLY else words
