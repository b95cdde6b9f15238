"""The verbs: one table of declarations, from which the parser, `/help`, the command menus and the docs are made.

What is read here is only what was written. Who a person is, which item a reply means and what an assembly
allows is found out elsewhere.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from bot import grammar_council as council
from bot import grammar_people as people
from bot import grammar_reading as r
from bot.grammar_reading import Misread, Person, Reading, Ref, Unclear
from governance.motion import CHOICES, Kind
from governance.terms import is_name

__all__ = [
    "BUTTONS", "VERBS", "Argument", "Misread", "Person", "Ref", "Request", "Tap", "Unclear", "Verb", "Where",
    "misread", "parse", "payload", "read_payload", "usage",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """A line that could be read. A part that was not written is None or empty."""

    verb: str
    assembly: str = ""
    """Which assembly, folded as names are; '' here or the person's only one."""
    item: Ref | None = None
    kind: str = ""
    """Of what is proposed."""
    title: str = ""
    """Of an ordinary motion; what another kind is called follows from what it does."""
    text: str = ""
    """Free words: a text, a reason, words to look for."""
    person: Person | None = None
    choice: str = ""
    principle: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    word: str = ""
    """A name, a charter key, a language, a time zone, a verb."""
    confirmed: bool = False
    council: str = ""
    """The council, assembly or role that is named besides the assembly asked; folded."""
    persons: Mapping[str, tuple[Person, ...]] = field(default_factory=dict)
    """Who is named for which part of a delegation."""
    flag: str = ""
    """A word that was added: any, indicative, council."""
    line: tuple[str, str] = ("", "")
    """Of a proposal its first line and what is below: the title and text of an ordinary motion."""


def mark(message: str) -> str:
    """A message that is translated where it is said."""
    return message


class Where(enum.Flag):
    """Where a verb may be used."""

    ROOM = enum.auto()
    PRIVATE = enum.auto()
    ANYWHERE = ROOM | PRIVATE


@dataclass(frozen=True, slots=True)
class Argument:
    """`shown` is how the help writes it."""

    shown: str
    read: r.Reader


ITEM = Argument("N", r.item)
ITEM_OR_TEXT = Argument("N|Na", r.item_or_text)
LETTER = Argument("", r.lone_letter)
AMENDMENT = Argument("Na", r.amendment)
REASON = Argument("[REASON]", r.words)
TEXT = Argument("TEXT", r.text)
IN_ASSEMBLY = Argument("", r.assembly)
IN_ASSEMBLY_FIRST = Argument("", r.assembly_first)


@dataclass(frozen=True, slots=True)
class Verb:
    """One declaration. `example` and `arguments` are without the prefix; `help` is a message id."""

    name: str
    arguments: tuple[Argument, ...]
    example: str
    help: str
    where: Where = Where.ANYWHERE
    grave: bool = False
    """Person and values are typed in full, never taken from a reply or from the only open item."""
    once_more: bool = False
    """Works at once and cannot be undone: asked once more."""
    menu: bool = False
    """Offered in the platforms' command menus."""
    listed: bool = True
    """Stands in the help."""


def _proposal(reading: Reading) -> Misread | None:
    """First line the title, further lines the text; a kind's word first only where the rest fits it."""
    first, _, further = reading.rest.partition("\n")
    first, further = first.strip(), further.strip()
    if not first:
        return reading.misread(Unclear.MISSING, "TITLE")
    word, *rest = first.split(None, 1)
    kind = word.casefold()
    fitting: Mapping[str, object] | Misread | None = None
    if kind in KINDS and not rest and not further:
        return misread(Unclear.MISSING, f"propose {kind}", KIND_SHOWN[kind])
    if kind in KINDS:
        fitting = KINDS[kind](reading, "".join(rest), further)
    if isinstance(fitting, Misread):
        return fitting
    reading.found |= fitting or {"kind": Kind.MOTION.value, "title": first, "text": further}
    reading.found["line"] = first, further
    reading.rest = ""
    return None


def _charter(reading: Reading, rest: str, further: str) -> Mapping[str, object] | Misread | None:
    """key=value pairs only, on as many lines as one likes."""
    inner = Reading(reading.verb, rest or further.split("\n")[0], KIND_EXAMPLES["charter"])
    unread = r.values(inner)
    if unread and unread.code is Unclear.NOT_A_PAIR:
        return None
    # the first line is made of pairs, so it is the charter that is meant: the lines below must be pairs too
    inner.rest = f"{rest}\n{further}".strip()
    if unread := unread or r.values(inner):
        return unread
    values = inner.found["values"]
    text = " ".join(f"{key}={value}" for key, value in values.items())
    return {"kind": "charter", "text": text, "values": values}


def _principle(reading: Reading, rest: str, further: str) -> Mapping[str, object] | None:
    """Any text, in the same line or below it."""
    return {"kind": "principle", "text": f"{rest}\n{further}".strip()}


def _exclusion(reading: Reading, rest: str, further: str) -> Mapping[str, object] | Misread | None:
    """A person first, then the reason."""
    inner = Reading(reading.verb, rest, reading.example, reading.mentioned)
    if (person := r.person(inner)) is None:
        return None
    reason = f"{inner.rest}\n{further}".strip()
    if not reason:
        return misread(Unclear.MISSING, "propose exclusion", "REASON")
    return {"kind": "exclusion", "person": person, "text": reason}


def _repeal(reading: Reading, rest: str, further: str) -> Mapping[str, object] | Misread | None:
    """One number and nothing beside it; the lines below are the text."""
    inner = Reading(f"{reading.verb} repeal", rest, KIND_EXAMPLES["repeal"])
    unread = r.item(inner)
    if unread or "item" not in inner.found:
        return unread if unread and unread.code is Unclear.OTHER_DIGITS else None
    return None if inner.rest else {"kind": "repeal", "text": further, **inner.found}


def _room(reading: Reading, rest: str, further: str) -> Mapping[str, object] | None:
    """What the room is called, in one word, and nothing beside it but `close`; the lines below say why."""
    label, *more = rest.split() or [""]
    if not is_name(label) or [one.casefold() for one in more] not in ([], ["close"]):
        return None
    return {"kind": "room", "word": label, "flag": "close" if more else "", "text": further}


KINDS: Mapping[str, Callable[[Reading, str, str], Mapping[str, object] | Misread | None]] = {
    "charter": _charter,
    "principle": _principle,
    "exclusion": _exclusion,
    "repeal": _repeal,
    "room": _room,
    "join": council.join_or_quit("join"),
    "quit": council.join_or_quit("quit"),
    "delegation": council.delegation,
    "rights": council.rights,
    "complaint": council.complaint,
}
"""First words that make a kind when the rest fits; else the line is an ordinary title."""
KIND_SHOWN: Mapping[str, str] = {
    "charter": "key=value …",
    "principle": "TEXT",
    "exclusion": "@P REASON",
    "repeal": "N",
    "room": "LABEL [close]",
    "join": "COUNCIL",
    "quit": "COUNCIL",
    "delegation": "COUNCIL @A [@B] [alternates @C …] [observers @D …] [term=90d]",
    "rights": "TEXT|COUNCIL#N",
    "complaint": "ASSEMBLY finding|suspension|exclusion TEXT",
}
KIND_EXAMPLES: Mapping[str, str] = {
    "charter": "propose charter rounds=3 threshold=3/4",
    "principle": "propose principle Water is nobody's property",
    "exclusion": "propose exclusion @ben He sold the tools",
    "repeal": "propose repeal 7",
    "room": "propose room hall",
    "join": "propose join Valley",
    "quit": "propose quit Valley",
    "delegation": "propose delegation Valley @ana @ben alternates @cem",
    "rights": "propose rights Nobody is expelled without a hearing",
    "complaint": "propose complaint Mill finding They closed the path",
}

_ROOM, _PRIVATE = Where.ROOM, Where.PRIVATE

_DECLARED = (
    # the assembly
    Verb(
        "found",
        (Argument("NAME [council]", r.name), Argument("[preset=small] [key=value …]", r.values)),
        "found Well preset=small",
        mark("found an assembly in this room, or a council of assemblies"),
        _ROOM,
        grave=True,
    ),
    Verb("join", (), "join", mark("enrol: from then on you have a say"), _ROOM, menu=True),
    Verb(
        "leave",
        (Argument("", r.confirmation), IN_ASSEMBLY),
        "leave",
        mark("leave the roll"),
        grave=True,
        once_more=True,
    ),
    Verb(
        "room",
        (IN_ASSEMBLY_FIRST, Argument("[CODE]", r.a_word)),
        "room Well-kq4x7m2p9fz3hc5w",
        mark("where the assembly meets; with the code its motion gave, this chat becomes a room of it too"),
        grave=True,
    ),
    Verb("roll", (IN_ASSEMBLY,), "roll", mark("who is on the roll"), menu=True),
    Verb(
        "charter",
        (IN_ASSEMBLY_FIRST, Argument("[key]", r.charter_key)),
        "charter threshold",
        mark("read the rules, or one of them"),
        menu=True,
    ),
    Verb("principles", (IN_ASSEMBLY,), "principles", mark("read the points of unity; a block names one")),
    Verb(
        "language",
        (Argument("LANGUAGE", r.one_word("LANGUAGE")),),
        "language en",
        mark("the language I use with you"),
        _PRIVATE,
    ),
    Verb(
        "timezone",
        (Argument("ZONE", r.one_word("ZONE")),),
        "timezone Europe/Paris",
        mark("the time zone I use with you"),
        _PRIVATE,
    ),
    Verb(
        "declare",
        (Argument("[feature=value …] [show=feature] [hide=feature]", r.values),),
        "declare gender=woman",
        mark("features of yours for quotas, hidden until you show them; none erases one: declare gender=none"),
        _PRIVATE,
    ),
    Verb(
        "link",
        (Argument("", r.confirmation), Argument("[CODE]", r.code)),
        "link",
        mark("join another account of yours to this one: one person, by a code"),
        _PRIVATE,
        grave=True,
        once_more=True,
    ),
    Verb(
        "forget",
        (Argument("", r.confirmation),),
        "forget",
        mark("erase your name and accounts; decisions stay"),
        _PRIVATE,
        grave=True,
        once_more=True,
    ),
    # a motion's life
    Verb(
        "propose",
        (IN_ASSEMBLY_FIRST, Argument("TITLE⏎TEXT", _proposal)),
        "propose Repair the pump",
        mark("put a motion: the first line is its title, the lines below its text"),
        grave=True,
        menu=True,
    ),
    Verb("second", (ITEM_OR_TEXT, LETTER), "second 12", mark("support that it be discussed"), menu=True),
    Verb("open", (ITEM,), "open 12", mark("begin the first round")),
    Verb("withdraw", (ITEM,), "withdraw 12", mark("take your motion back")),
    Verb("takeover", (ITEM,), "takeover 12", mark("go on with a motion whose proposer left it")),
    Verb("pause", (ITEM,), "pause 12", mark("stop the clock of your motion, for 7 days at most")),
    Verb("resume", (ITEM,), "resume 12", mark("let the clock of your motion run again")),
    Verb("amend", (ITEM, TEXT), "amend 12 The pump and its pipes, before winter.", mark("put another whole text")),
    Verb("minor", (ITEM, TEXT), "minor 12 The pump by the mill, before winter.", mark("mend the spelling")),
    Verb("object", (AMENDMENT,), "object 12b", mark("say that a mended spelling changes the meaning")),
    Verb("accept", (AMENDMENT,), "accept 12a", mark("take an amendment into your motion")),
    Verb("rival", (AMENDMENT,), "rival 12a", mark("put your amendment beside the motion, to be voted on too")),
    # positions and ballots
    Verb("agree", (ITEM, REASON), "agree 12", mark("agree"), menu=True),
    Verb("reserve", (ITEM, REASON), "reserve 12 It may cost more.", mark("agree with reservations")),
    Verb("aside", (ITEM, REASON), "aside 12 I will be away.", mark("stand aside: not with me, but go on")),
    Verb(
        "block",
        (ITEM, Argument("P1", r.principle), Argument("REASON", r.words)),
        "block 12 P1 We would owe money we do not have.",
        mark("block: it goes against a principle of ours"),
    ),
    Verb("pass", (ITEM, REASON), "pass 12", mark("take part without a position")),
    Verb(
        "vote",
        (ITEM_OR_TEXT, Argument("yes|no|abstain", r.choice)),
        "vote 12 yes",
        mark("vote; the last ballot counts"),
        menu=True,
    ),
    Verb(
        "statement",
        (ITEM, Argument("[TEXT]", r.words)),
        "statement 12 We warned of the debt.",
        mark("say why you blocked, or read the statements"),
    ),
    # councils
    Verb("invite", (IN_ASSEMBLY,), "invite", mark("in a council: how an assembly joins it")),
    Verb(
        "mandate",
        (Argument("COUNCIL#N yes|no|abstain|none [any] [WORDS]", council.mandate),),
        "mandate valley#3 yes",
        mark("bind our delegation on a council's item, or on a scope: mandate Valley scope=water may=yes"),
        grave=True,
        menu=True,
    ),
    Verb(
        "recall",
        (Argument("@P COUNCIL|ROLE REASON", council.recall),),
        "recall @ana Valley She answered against our mandate",
        mark("recall a delegate; others second it"),
        grave=True,
    ),
    Verb("resign", (Argument("COUNCIL|ROLE", council.council),), "resign Valley", mark("give up a seat"), grave=True),
    Verb(
        "position",
        (ITEM, Argument("yes|no|abstain", council.choice_of(*CHOICES)),
         Argument("[indicative]", council.flag("indicative")), Argument("[WORDS]", r.words)),
        "position 3 yes",
        mark("in a council, by a delegate: our assembly's answer"),
    ),
    Verb(
        "ratify",
        (Argument("COUNCIL#N", council.council_item), Argument("yes|no|abstain", r.choice)),
        "ratify valley#3 yes",
        mark("at home: answer what the council asks us"),
    ),
    Verb(
        "report",
        (Argument("COUNCIL", council.council), TEXT),
        "report Valley We spoke about the dam until midnight.",
        mark("by a delegate: a report home"),
    ),
    Verb("call", (IN_ASSEMBLY_FIRST, Argument("TITLE⏎TEXT", council.titled)), "call Open the commons",
         mark("in a council: a text that binds who signs it"), grave=True),
    Verb("sign", (ITEM,), "sign 4", mark("in a council, by a delegate with a mandate: sign a call")),
    Verb("referendum", (IN_ASSEMBLY_FIRST, Argument("TITLE⏎TEXT", council.titled)), "referendum A common fund",
         mark("in a council: one text to all assemblies below"), grave=True),
    Verb("relay", (IN_ASSEMBLY,), "relay", mark("hear now what the councils have sent, once an hour at most")),
    # people and lots
    Verb(
        "elect",
        (IN_ASSEMBLY_FIRST, Argument("ROLE seats=2 [method=approval|schulze|stv|star|consent] "
                                     "[quota gender:woman>=1] [term=90d]", people.called("seats", "method", "term"))),
        "elect facilitator seats=1",
        mark("gather names for a role; for a council: elect delegates Valley seats=2"),
        grave=True,
    ),
    Verb("nominate", (ITEM, Argument("@P", people.one_person)), "nominate 12 @ana", mark("ask somebody to stand")),
    Verb("stand", (ITEM,), "stand 12", mark("stand for election, or accept a nomination")),
    Verb("decline", (ITEM,), "decline 12", mark("not stand, or no more")),
    Verb("approve", (ITEM, Argument("@A @B", people.approved)), "approve 12 @ana @ben",
         mark("a ballot: all whom you would have")),
    Verb("rank", (ITEM, Argument("@A > @B = @C > none", people.ranked)), "rank 12 @ana > @ben > none",
         mark("a ballot: best first; below none those you would not have, by consent with the reason behind them")),
    Verb("score", (ITEM, Argument("@A=5 @B=0", people.scored)), "score 12 @ana=5 @ben=0",
         mark("a ballot: 0 to 5 for each")),
    Verb(
        "draw",
        (IN_ASSEMBLY_FIRST, Argument("ROLE seats=4 [quota gender:woman>=1] [from=roll|volunteers] "
                                     "source=drand|event|commit|rfc3797 [at=…] [term=90d]",
                                     people.called("seats", "from", "source", "at", "term"))),
        "draw facilitator seats=1 source=drand",
        mark("announce a draw by lot; for a council: draw delegates Valley seats=2 source=drand"),
        grave=True,
    ),
    Verb("volunteer", (ITEM,), "volunteer 12", mark("be among those who are drawn from")),
    Verb("refuse", (ITEM,), "refuse 12", mark("not take a seat, or not be drawn")),
    Verb("reveal", (ITEM, Argument("VALUE", r.text)), "reveal 12 9 18 26 34 41 45",
         mark("type in the randomness a draw waits for")),
    Verb("roles", (IN_ASSEMBLY,), "roles", mark("who holds which role, until when"), menu=True),
    Verb("stack", (Argument("[next]", council.flag("next")),), "stack",
         mark("ask to speak; stack next calls the next one"), _ROOM, menu=True),
    Verb("goround", (), "goround", mark("ask everybody, in a drawn order"), _ROOM),
    Verb("receipt", (ITEM,), "receipt 12", mark("the board of a secret ballot, to find your own on")),
    # reading
    Verb("agenda", (IN_ASSEMBLY,), "agenda", mark("what is under way"), menu=True),
    Verb("pending", (IN_ASSEMBLY,), "pending", mark("what waits for you"), menu=True),
    Verb("show", (ITEM_OR_TEXT, LETTER), "show 12", mark("all of an item, with its whole text"), menu=True),
    Verb("why", (ITEM,), "why 12", mark("how a result was reckoned, step by step"), menu=True),
    Verb(
        "decisions",
        (IN_ASSEMBLY_FIRST, Argument("[WORDS]", r.words)),
        "decisions pump",
        mark("what was decided, or what of it has these words"),
        menu=True,
    ),
    Verb("minutes", (IN_ASSEMBLY,), "minutes", mark("the minutes in short")),
    Verb("help", (Argument("[VERB|all]", r.verb_word),), "help vote", mark("what can be done now"), menu=True),
    Verb("start", (Argument("", r.a_word),), "start", mark("open a private chat"), _PRIVATE, listed=False),
)

VERBS: Mapping[str, Verb] = {verb.name: verb for verb in _DECLARED}


def usage(verb: Verb) -> str:
    """`vote N|Na yes|no|abstain`: the verb with its arguments, without the prefix."""
    return " ".join([verb.name, *(one.shown for one in verb.arguments if one.shown)])


def usage_of(name: str) -> str:
    """Of a verb, or of a kind of motion (`propose exclusion`), by its name; nothing when there is none."""
    if name in VERBS:
        return usage(VERBS[name])
    kind = name.removeprefix("propose ")
    return f"{name} {KIND_SHOWN[kind]}" if kind in KIND_SHOWN else ""


_LINE = re.compile(r"([/!])?([^\W\d_]\w*)(?:@\S+)?(?=\s|$)\s*")


def parse(text: str, mentioned: Sequence[str] = (), *, bare: bool = False) -> Request | Misread | None:
    """What a message asks for; None when it asks for nothing here.

    `mentioned`: the message's mentions as they stand in it. `bare`: a known verb is read without its
    prefix too, as when the message calls the bot by name.
    """
    line = text.lstrip(r.DIRECTION + " \t\n")
    found = _LINE.match(line)
    if not found:
        return None
    name = found[2].casefold()
    if name not in VERBS:
        return _unknown(name) if found[1] else None
    if not (found[1] or bare):
        return None
    verb = VERBS[name]
    reading = Reading(name, line[found.end() :], verb.example, mentioned)
    for argument in verb.arguments:
        if unread := argument.read(reading):
            return unread
    if reading.rest.strip(r.DIRECTION + " \n\t"):
        return _left_over(verb, reading)
    return Request(name, **reading.found)


def _unknown(name: str) -> Misread:
    close = closest(name)
    return Misread(Unclear.UNKNOWN_VERB, name, name, VERBS[close].example if close else "help")


def closest(name: str) -> str | None:
    """The verb that was perhaps meant."""
    return next(iter(get_close_matches(name, VERBS, n=1)), None)


def _left_over(verb: Verb, reading: Reading) -> Misread:
    """Words behind the request: for a verb that wanted an item and got none they were meant as one."""
    wanted = any(one in verb.arguments for one in (ITEM, ITEM_OR_TEXT))
    if wanted and "item" not in reading.found:
        return reading.misread(Unclear.NOT_AN_ITEM, reading.word())
    return reading.misread(Unclear.TOO_MUCH, reading.rest.strip())


def misread(code: Unclear, verb: str, part: str = "", example: str | None = None) -> Misread:
    """Of a verb, or of a kind of motion (`propose exclusion`); the example is theirs unless a better one is given."""
    own = VERBS[verb].example if verb in VERBS else KIND_EXAMPLES.get(verb.removeprefix("propose "))
    return Misread(code, verb, part, example or own or "help")


# --- buttons

BUTTONS = ("agree", "reserve", "aside", "block", "pass", "yes", "no", "abstain", "second", "open", "join",
           "leave", "forget", "link")  # fmt: skip
"""What a button can say; the last three confirm what was asked once more."""

_PAYLOAD = re.compile(
    r"v1:([0-9a-f]{16}|-):(0|[1-9][0-9]{0,8}):(0|[1-9][0-9]{0,5})([a-z]{0,2}):(" + "|".join(BUTTONS) + ")",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Tap:
    """What a pressed button says. It may be forged: everything in it is checked where it is used.

    `question`: the serial the button was made for, 0 where none is open; `letter`: which text.
    """

    assembly: str
    item: int
    question: int
    choice: str
    letter: str = ""


def payload(tap: Tap) -> str:
    """At most 64 bytes: `v1:<assembly>:<item>:<question>:<choice>`; `-` stands for no assembly."""
    return f"v1:{tap.assembly or '-'}:{tap.item}:{tap.question}{tap.letter}:{tap.choice}"


def read_payload(text: str) -> Tap | None:
    """None for everything `payload` did not write."""
    found = _PAYLOAD.fullmatch(text)
    if not found:
        return None
    return Tap("" if found[1] == "-" else found[1], int(found[2]), int(found[3]), found[5], found[4])
