"""Rooms in words: codes, openings, losses, and which rooms there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.grammar import mark
from bot.wording_terms import name_shown
from bot.wording_voice import Message, Voice, isolated
from governance.meeting import gives_up
from governance.motion import Item
from governance.refusals import Why
from governance.rooms import Room
from governance.state import Assembly

TOLD: Mapping[str, Message] = {
    "room_code": mark(
        "As item {number} decided, another chat can become a room of ours: {label}. A member sends there, once I am in "
        "it:\n/room {shown}\nIt works once, until {until}, and only for who belongs to us."
    ),
    "room_opened": mark(
        "We meet in one more room from now on: {label}, on {platform}, opened by {person} as item {number} decided. "
        "Everything is said there too, and an answer counts once, wherever it is given. Our rooms: /room"
    ),
    "room_welcome": mark(
        "{assembly} meets here too from now on; this room is called {label}. What is said there is said here, and an "
        "answer counts once, wherever it is given. Who administers this chat decides nothing here.\n"
        "Who is on the roll already needs no second entry; who belongs and is not sends /join. What is open follows."
    ),
    "room_lost": mark("{assembly}: I was put out of the room {label}. Nobody has left the roll by it. {where}"),
    "room_back": mark("{assembly}: I am in the room {label} again."),
}
"""Short notices, by the codes of `announce_rooms`."""

REFUSALS: Mapping[Why, Message] = {
    Why.BAD_LABEL: mark(
        "“{label}” cannot be what a room is called: it must be one word of 2 to 40 letters and digits. "
        "Send: /propose room hall"
    ),
    Why.LABEL_TAKEN: mark("We have a room called {label} already. Choose another word: /propose room hall"),
    Why.NO_SUCH_ROOM: mark("We have no room called “{label}”. There is {labels}; see /room"),
    Why.LAST_ROOM: mark(
        "{label} is the only room where I can be heard, so it cannot be given up. Open another one first: "
        "/propose room hall"
    ),
    Why.CODE_UNKNOWN: mark(
        "No room can be opened with that: it is not a code I gave, or a later motion has taken its place. "
        "An assembly gets one by its own motion: /propose room hall"
    ),
    Why.CODE_USED: mark("That code has been used: it opened the room {label}. Another room takes another motion."),
    Why.CODE_OVER: mark(
        "That code was good until {closed}. The assembly can decide on the room again: /propose room {label}"
    ),
    Why.CODE_FOR_MEMBERS: mark(
        "Only who belongs to {assembly} can open a room for it: who is on its roll, or sent to it by a member of a "
        "council. This account is neither: if another of yours is, join the two (/link, alone with me), or let a "
        "member send the same line here. It works until {until}."
    ),
}

PLATFORMS: Mapping[str, str] = {
    "telegram": mark("Telegram"),
    "matrix": mark("Matrix"),
    "console": mark("the terminal"),
}
"""Names of platforms as they are said."""

Place = tuple[Room, str]
"""A room, and the platform it is on; '' where that is not known."""


def platform_shown(platform: str, voice: Voice) -> str:
    return voice.say(PLATFORMS[platform]) if platform in PLATFORMS else platform


def told_about(about: Mapping[str, Any], voice: Voice) -> dict[str, object]:
    """What a notice about rooms says of them."""
    shown: dict[str, object] = {"label": isolated(str(about["label"]))}
    if "platform" in about:
        shown["platform"] = platform_shown(str(about["platform"]), voice)
    if about["code"] == "room_lost":
        others = voice.list([isolated(str(one)) for one in about["labels"]])
        shown["where"] = (
            voice.say("We go on in {labels}.", labels=others) if others
            else voice.say(
                "Until there is a room again I speak with each of you alone, and everything can be put, answered and "
                "decided here: /pending. Another room takes a motion: /propose room hall"
            )
        )
    return shown


def text(item: Item, voice: Voice) -> Iterator[str]:
    """What such a motion does, on its card."""
    if gives_up(item.terms):
        yield voice.say("Adopted, we meet there no more: nothing is said there, and nobody is heard there.")
    else:
        yield voice.say(
            "Adopted, it gives a code with which a member makes another chat a room of ours, on this platform or "
            "another. Cards are in all rooms, and everybody has one answer, wherever it is given."
        )
    if item.text:
        yield voice.excerpt(item.text, f"show {item.number}")


def consequence(state: Assembly, item: Item, voice: Voice) -> str:
    """What follows from its adoption."""
    if not gives_up(item.terms):
        return voice.say("The code comes next. It stands in no minutes: if it is lost, the room is decided on again.")
    labels = [isolated(room.label) for room in state.rooms.standing.values()]
    return voice.say("We meet there no more. Our rooms: {labels}", labels=voice.list(labels))


def listed(state: Assembly, places: Sequence[Place], voice: Voice) -> str:
    """Which rooms there are, and how there can be more or fewer."""
    lines = [voice.plural("{name} meets in {count} room:", "{name} meets in {count} rooms:", len(places),
                          name=name_shown(state.name))]
    for room, platform in places:
        shown = " · ".join(filter(None, (
            isolated(room.label),
            platform_shown(platform, voice),
            "" if room.present else voice.say("I was put out of it"),
        )))
        lines.append(shown)
    lines.append(voice.say("A further one: /propose room LABEL · to give one up: /propose room LABEL close"))
    return "\n".join(lines)
