"""What is said about one person's several accounts (§2.4)."""

from __future__ import annotations

from collections.abc import Mapping

from bot.grammar import Tap, mark, payload
from bot.wording_cards import Button, Said
from bot.wording_terms import BUTTONS
from bot.wording_voice import Message, Voice, isolated

ANSWERS: Mapping[str, Message] = {
    "link_code": mark(
        "Send this from your other account, alone with me:\n{line}\n"
        "It works once, until {until}. Then I ask you here whether it was you. Show it to nobody."
    ),
    "link_asks": mark(
        "{account} was given this code. If you are {account}: both accounts become one person, with one entry on each "
        "roll and one ballot in each question. Nobody can undo it. Press the button, or send the same line with yes "
        "behind it. If somebody else gave you the code, do nothing: they would answer as you."
    ),
    "link_waits": mark(
        "{account} is asked now, in the chat where the code was given. Say yes there until {until}, and both are one."
    ),
    "link_asked": mark(
        "{account} has sent your code. If that is you: both accounts become one person, with one entry on each roll "
        "and one ballot in each question. Nobody can undo it. Press the button, or send /link yes, until {until}. "
        "If it is not you, do nothing: without your yes nothing happens."
    ),
    "linked": mark(
        "{account} and {other} are one person from now on, here and everywhere. Handle, language, time zone and "
        "features are those of {account}, as far as it had set them: /declare"
    ),
    "link_unknown": mark(
        "There is no such code, or it was used. A code works once, for {minutes} minutes. "
        "Send /link alone with me from your other account, and I give you one."
    ),
    "link_late": mark("Too late: that code worked until {at}. Send /link where it was given, for a new one."),
    "link_own": mark("This is your own code. Send it from your other account, alone with me there."),
    "link_same": mark("This account and the one with the code are one person already."),
    "link_slowly": mark("Too many wrong codes came from this account. I look at the next one from {at} on."),
    "link_nothing": mark("Nothing waits for your yes. To join another account to this one: /link"),
    "link_barred": mark(
        "{assembly} has excluded one of these accounts and has the other on its roll, so they stay apart. Leave that "
        "roll first: /leave {name}# — then /link works. Whether you come back its members decide, after /join."
    ),
    "link_public": mark(
        "A code is for a private chat with me. This one has been seen here and works no more; nothing was linked. "
        "For another: /link, alone with me."
    ),
    "link_void": mark(
        "Your code was shown in a room, by {account}. So it works no more; nothing was linked. For another: /link"
    ),
}
"""To who did something, or alone to whom it concerns."""


BUTTON = payload(Tap("", 0, 0, "link"))


def said(code: str, words: str, voice: Voice) -> Said:
    """With the button, where something is asked."""
    buttons = ((Button(voice.say(BUTTONS["link"]), BUTTON),),) if code in ("link_asks", "link_asked") else ()
    return Said(words, buttons)


def account_words(platform: str, name: str, username: str | None) -> str:
    """An account as its owner would know it: `Ana (@ana_m, Telegram)`."""
    place = platform.capitalize()
    known = f"@{username}, {place}" if username and username != name else place
    return f"{isolated(name)} ({isolated(known)})"
