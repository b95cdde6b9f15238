"""Short notices, reminders, and the answers to what somebody did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot import wording_council, wording_council_told, wording_link, wording_people, wording_rooms
from bot.grammar import Tap, mark, payload
from bot.wording_cards import Button, Said, Tallies, card, needed_for
from bot.wording_results import result
from bot.wording_terms import BUTTONS, CHOICES, choice_said, heading, name_shown, text_name
from bot.wording_voice import Message, Voice, isolated, mark_plural
from governance.counting import quorum_needs
from governance.motion import Item, Kind, Question, question_id
from governance.state import Assembly

TOLD: Mapping[str, Message] = {
    "founded": mark_plural(
        "{assembly} meets here from now on. Who belongs sends /join; who administers this chat decides nothing here. "
        "It takes {least} member to decide anything.\n"
        "To put a motion: /propose Repair the pump — the first line is its title, the lines below are its text.\n"
        "The rules: /charter · what can be done now: /help",
        "{assembly} meets here from now on. Who belongs sends /join; who administers this chat decides nothing here. "
        "It takes {least} members to decide anything.\n"
        "To put a motion: /propose Repair the pump — the first line is its title, the lines below are its text.\n"
        "The rules: /charter · what can be done now: /help",
        "least",
    ),
    "founded_anew": mark_plural(
        "{assembly} was founded anew: roll and items begin from nothing. Who belongs sends /join. "
        "It takes {least} member to decide anything. The rules: /charter",
        "{assembly} was founded anew: roll and items begin from nothing. Who belongs sends /join. "
        "It takes {least} members to decide anything. The rules: /charter",
        "least",
    ),
    "merged": mark(
        "{kept} was on the roll twice, as {older} and as {younger}. It is one person: the older entry stays, the other "
        "is struck out, with its ballots in what is open. How many are asked there stays as it was."
    ),
    "out_of_room": mark(
        "A chat administrator took {member} out of a chat of ours. {member} stays on the roll: only a motion ends that."
    ),
    "resting": mark(
        "You have not been heard in {assembly} for long. In two weeks you would no longer be asked or counted. "
        "Any word to me ends that: /pending"
    ),
    "resting_here": mark(
        "{members}: you have not been heard here for long. In two weeks you would no longer be asked or counted. "
        "Any word to me ends that: /pending"
    ),
    "excluded": mark("{assembly} has excluded you, by item {item}: /show {item}. With /join you can ask to come back."),
    "amended": mark("{text} · {author} puts another text for {title}: {excerpt}\n{call} can accept it: /accept {text}"),
    "minor": mark(
        "{text} · {author} mends the spelling of {title}: {excerpt}\n"
        "It goes in {until}, unless a member finds that it changes the meaning: /object {text}"
    ),
    "rival": mark_plural(
        "{text} · {author} puts this text beside {title}: {excerpt}\n"
        "If it comes to a vote, it is voted on too, once {seconds} member has seconded it: /second {text}",
        "{text} · {author} puts this text beside {title}: {excerpt}\n"
        "If it comes to a vote, it is voted on too, once {seconds} members have seconded it: /second {text}",
        "seconds",
    ),
    "paused": mark("{heading}: paused by {proposer}, until {until} at the latest. Nothing closes meanwhile."),
    "orphaned": mark(
        "{heading}: {proposer} no longer proposes it. Any member may go on with it until {ends}, or it is withdrawn: "
        "/takeover {item}"
    ),
    "no_quorum": mark_plural(
        "{heading}: {part} of {of} have answered, {needed} is needed. It stays open until {closes}, this once.",
        "{heading}: {part} of {of} have answered, {needed} are needed. It stays open until {closes}, this once.",
        "needed",
    ),
    "late_swing": mark(
        "{heading}: the outcome changed shortly before the end. "
        "It stays open until {closes}, this once, for answers to it."
    ),
    "downtime": mark("{heading}: I was away when it would have closed. It stays open until {closes}."),
    **wording_council_told.TOLD,
    **wording_people.TOLD,
    **wording_rooms.TOLD,
}
"""By the codes of `announce`."""

CROWD = 20
"""So many people are called in one message."""
CALLED_FIRST = mark(
    "{heading}: {proposer} no longer proposes it. {call} seconded it first and may take it over until {until}, "
    "then anybody until {ends}, or it is withdrawn: /takeover {item}"
)
NO_SECOND = mark(
    "{text} · {author} puts this text beside {title}: {excerpt}\nIf it comes to a vote, it is voted on too."
)
CAN_CLOSE = mark("{heading}: it stays open until {closes}, to reach its quorum.")

ANSWERS: Mapping[str, Message] = {
    "joined": mark_plural(
        "You are on the roll of {assembly}, with {others} other. You have a say from the next question: /pending",
        "You are on the roll of {assembly}, with {others} others. You have a say from the next question: /pending",
        "others",
    ),
    "joined_small": mark_plural(
        "You are on the roll of {assembly}. It has {members} member and decides nothing before it has {least}.",
        "You are on the roll of {assembly}. It has {members} members and decides nothing before it has {least}.",
        "members",
    ),
    "asked_back": mark("You were excluded, so the members decide whether you come back: /show {item}"),
    "left": mark("You have left the roll of {assembly}. What you answered stands in what is open. Back: /join"),
    "leave": mark("Leave the roll of {assembly}? It works at once. Press the button, or send: /{line} yes"),
    "forget": mark(
        "Erase your name and accounts, and leave every roll? Decisions stay; your part in them keeps no name. "
        "It cannot be undone. Press the button, or send: /forget yes"
    ),
    "forgotten": mark("Your name and accounts are erased."),
    "invite": mark(
        "An assembly joins {assembly} by its own motion: /propose join {name}\n"
        "Or by the code: /propose join {invitation}"
    ),
    "put_as_title": mark(
        "I know no “{part}” of that kind, so this was put as an ordinary motion. To take it back: /withdraw {item}"
    ),
    "relay_none": mark("{assembly} sits in no council, so there is nothing to relay. To join one: /propose join …"),
    "relay_later": mark("The councils were heard within the hour. Again from {at}, or by the charter's schedule."),
    "declared": mark(
        "You declared: {features}. Quotas and pairs use it. What is hidden stands in lists as a commitment only you "
        "can open: /receipt with the number of the draw. To show one: /declare show={one} · to hide it: "
        "/declare hide={one} · to erase it: /declare {one}=none"
    ),
    "declared_nothing": mark("You have declared nothing. For example: /declare gender=woman"),
    "language": mark("From now on I speak English with you."),
    "timezone": mark("From now on I tell you times in {zone}. It is {now} there."),
    "recorded": mark("Recorded: {choice} ({receipt}). You can change it until {soon}."),
    "recorded_text": mark("Recorded for {text}: {choice} ({receipt}). You can change it until {soon}."),
    "recorded_last": mark("Recorded: {choice} ({receipt}). With it the question is closed."),
    "recorded_secret": mark(
        "Recorded, in secret: {shown}\n"
        "Keep this receipt: key {key}\nreceipt {receipt}\nballot as written {ballot}\n"
        "Your ballot can be changed until the end; a change makes a new key. When the count is over, /receipt {item} "
        "shows the board of all ballots: the receipt is HMAC-SHA256 of your ballot under your key. "
        "This keeps your ballot from members, not from whoever runs this bot or the chat service."
    ),
    "how_to_block": mark("A block needs a reason and a principle. Send: /block {item} P1 your reason"),
    "taken_back": mark("Taken back: you have not answered."),
    "stays_stated": mark("The answer given for your assembly stands until another is given: /position {item} abstain"),
    "unreadable": mark(
        "A message here could not be read: its key did not reach me. What it asked for was not done; please say it "
        "again. If it happens often, the administrator of the bot can help: its keys may have been lost."
    ),
    "blind": mark(
        "This room is encrypted, and I was set up without encryption: I cannot read here. "
        "Meet in a room without encryption, or ask the administrator of the bot for it."
    ),
    "overtaken": mark("You have answered again since: that answer counts."),
    "not_recorded": mark(
        "Not recorded: that met a mistake in this program. It is noted for the administrator of the bot; nothing was "
        "changed. Please try it another way, or tell the administrator when it was."
    ),
    **wording_link.ANSWERS,
    "done": mark("Done."),
    "unchanged": mark("It is so already."),
}
"""Answers to the one who did something, by codes of their own."""


def told(state: Assembly, item: int | None, about: Mapping[str, Any], tallies: Tallies, voice: Voice) -> Said:
    """A short notice, from its code and what came with it."""
    known = {**about, **_of_item(state, item, about, voice)}
    code = str(about["code"])
    message = TOLD[code]
    if code in wording_council_told.TOLD:
        known |= wording_council_told.shown(state, about, voice)
    if code in wording_people.TOLD:
        number = about.get("number") or item
        known |= _of_item(state, number, about, voice)
        known |= wording_people.told_about(state.items[number] if number else None, about, voice)
    if code in wording_rooms.TOLD:
        known |= wording_rooms.told_about(about, voice)
    if code == "orphaned":
        message = CALLED_FIRST if "call" in about else message
        known.setdefault("ends", voice.now)  # a row written by an older program has none
    elif code == "merged":
        # by the names they had while they were two
        known = {"older": voice.name(str(about["kept"])), "younger": voice.name(str(about["dropped"])), **known}
    elif code == "rival" and not about["seconds"]:
        message = NO_SECOND
    elif code == "no_quorum":
        if item is None or state.items[item].question is None:
            message = CAN_CLOSE
        else:
            known |= _turnout(state, item, tallies)
    if "members" in known:
        known["members"] = _called(list(known["members"]), voice)
    if "assembly" in known:
        known["assembly"] = name_shown(str(known["assembly"]))
    return Said(voice.fill(message, known), _join(state, voice) if code in ("founded", "founded_anew") else ())


def _join(state: Assembly, voice: Voice) -> tuple[tuple[Button, ...], ...]:
    return ((Button(voice.say(BUTTONS["join"]), payload(Tap(state.id, 0, 0, "join"))),),)


def _called(members: Sequence[str], voice: Voice) -> str:
    """All of them by name, a crowd by its first."""
    names = [voice.calls(one) for one in members[:CROWD]]
    more = len(members) - CROWD
    return voice.list(names if more <= 0 else [*names, voice.say("{count} more", count=more)])


def _of_item(state: Assembly, number: int | None, about: Mapping[str, Any], voice: Voice) -> dict[str, object]:
    """What a notice says of its item, and of the text it is about."""
    if number is None:
        return {}
    item = state.items[number]
    known: dict[str, object] = {"item": number, "heading": heading(item, voice), "title": heading(item, voice)}
    if letter := about.get("letter"):
        text = text_name(number, letter)
        known |= {"text": text, "excerpt": voice.excerpt(item.amendments[letter].text, f"show {text}")}
    return known


def _turnout(state: Assembly, number: int, tallies: Tallies) -> dict[str, object]:
    item = state.items[number]
    question = item.question
    if question is None:
        raise ValueError(f"item {number} has no open question")
    part = sum(tallies(question_id(number, question.serial)).values())
    return {"part": part, "of": len(question.electorate), "needed": needed_for(state, item, question)}


REMINDS = mark_plural(
    "{heading} is waiting: {part} of {of} have answered, {needed} is needed, {left}.",
    "{heading} is waiting: {part} of {of} have answered, {needed} are needed, {left}.",
    "needed",
)
REMINDS_OF_TEXTS = mark_plural(
    "{heading} is waiting: {parts} of {of} have answered, for each text {needed} is needed, {left}.",
    "{heading} is waiting: {parts} of {of} have answered, for each text {needed} are needed, {left}.",
    "needed",
)
REMINDS_OF_RUNOFF = mark("{heading} is waiting: {part} of {of} have answered, {left}.")
REMINDS_COUNCIL = mark("{heading} is waiting: {left}. {waits}")
REMINDS_YOU = mark("{heading} is waiting for your answer until {closes}.")


def _waits(state: Assembly, item: Item, question: Question, tallies: Tallies, left: str, voice: Voice) -> str:
    """How many have answered; of several texts each has its own ballots and its own quorum (§3.7)."""
    about = {"heading": heading(item, voice), "left": left, **_turnout(state, item.number, tallies)}
    if question.runoff:
        return voice.fill(REMINDS_OF_RUNOFF, about)
    if len(question.texts) == 1:
        return voice.fill(REMINDS, about)
    parts = []
    for letter in question.texts:
        part = sum(tallies(question_id(item.number, question.serial, letter)).values())
        parts.append(voice.say("{part} on {text}", part=part, text=text_name(item.number, letter)))
    return voice.fill(REMINDS_OF_TEXTS, {**about, "parts": voice.list(parts)})


def reminder(state: Assembly, number: int, tallies: Tallies, voice: Voice, *, private: bool) -> Said | None:
    """None when the question is no longer open: nothing is left to remind of."""
    item = state.items[number]
    question = item.question
    if question is None or item.stop is not None or voice.now >= question.closes:
        return None
    if private:
        which = f"{name_shown(state.name)} {heading(item, voice)}" if voice.assembly else heading(item, voice)
        words = voice.say(REMINDS_YOU, heading=which, closes=question.closes)
        return Said(words, card(state, number, tallies, voice, private=True).buttons)
    left = voice.left(question.closes - voice.now)
    if item.counsel is not None:
        # the voices of a council are facts, and it has no quorum (§6.7)
        waits = wording_council.waits(item, voice)
        return Said(voice.say(REMINDS_COUNCIL, heading=heading(item, voice), left=left, waits=waits))
    words = _waits(state, item, question, tallies, left, voice)
    if item.kind is Kind.RATIFICATION:
        words += " " + voice.say("Without us the council counts no position.")
    return Said(words)


def notice(
    state: Assembly, kind: str, item: int | None, about: Mapping[str, Any], tallies: Tallies, voice: Voice,
    *, private: bool = False,
) -> Said | None:  # fmt: skip
    """The words of a row of the outbox; None when it need not be said any more."""
    if kind == "told" or item is None:
        return told(state, item, about, tallies, voice)
    if kind == "reminder":
        return reminder(state, item, tallies, voice, private=private)
    if kind == "result":
        register = about.get("register")
        return Said(result(state, item, voice, (register[0], register[1]) if register else None))
    return card(state, item, tallies, voice, private=private)


# --- answers


def recorded(
    choice: str, receipt: str, closes: int | None, voice: Voice, text: str = "", names: bool = False
) -> str:
    """What a tap or a line put into the box, with the first 8 hex of its row: `Recorded: agree (8f3a21c0). …`

    `closes`: None when this very answer closed the question. `text`: of a vote on several texts, the one
    meant, like `12a`; in a run-off the item's number, and the choice is the text's letter. `names`: it is a ballot of
    names.
    """
    shown = wording_people.ballot_said(choice, voice) if names else choice_said(text, choice, voice)
    text = text if choice in CHOICES else ""
    if closes is None:
        return voice.say(ANSWERS["recorded_last"], choice=shown, receipt=receipt[:8])
    message = ANSWERS["recorded_text" if text else "recorded"]
    return voice.say(message, choice=shown, receipt=receipt[:8], soon=voice.soon(closes), text=text)


def answer(code: str, voice: Voice, **about: object) -> str:
    """One of ANSWERS; an `assembly` is given by its name."""
    if "assembly" in about:
        about["assembly"] = name_shown(str(about["assembly"]))
    return voice.fill(ANSWERS[code], about)


def declared(features: Sequence[tuple[str, str, bool]], voice: Voice) -> str:
    """To the one who declared them: feature, value, and whether it is shown."""
    if not features:
        return answer("declared_nothing", voice)
    said = [
        voice.say("{feature} (shown with lists)" if shown else "{feature} (hidden)", feature=isolated(f"{key}={value}"))
        for key, value, shown in features
    ]
    return answer("declared", voice, features=voice.list(said), one=features[0][0])


def alone(about: Mapping[str, Any], voice: Voice) -> Said:
    """A word to one account alone, which no assembly says."""
    code = str(about["code"])
    words = answer(code, voice, **{key: value for key, value in about.items() if key != "code"})
    return wording_link.said(code, words, voice)


def joined(state: Assembly, voice: Voice) -> str:
    """To who has just been enrolled; an assembly smaller than its quorums says so (§2.6)."""
    charter, members = state.charter, len(state.roll)
    least = max(
        quorum_needs(charter.round_quorum, charter.quorum_min, members),
        quorum_needs(charter.vote_quorum, charter.quorum_min, members),
    )
    if members < least:
        return answer("joined_small", voice, assembly=state.name, members=members, least=charter.quorum_min)
    return answer("joined", voice, assembly=state.name, others=members - 1)


def label(choice: str, voice: Voice) -> str:
    """What stands on a button."""
    return voice.say(BUTTONS[choice])
