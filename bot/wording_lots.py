"""Randomness in words (§7.1, §7.2): from where it comes, what is to be typed, and until when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.grammar import mark
from bot.wording_voice import Voice, isolated
from governance.lots import CHAIN_HASH, PATIENCE, round_of
from governance.motion import Item
from governance.people import Lot

HOW: Mapping[str, str] = {
    "drand": mark(
        "Two members type it in, each by themselves: /reveal {item} and the 64 digits behind “randomness” at {link}"
    ),
    "event": mark("Two members type it in, each by themselves, as it was published: /reveal {item} 9 18 26"),
    "rfc3797": mark(
        "Two members type in its numbers, each by themselves, whole numbers with blanks between them: "
        "/reveal {item} 9 18 26"
    ),
}
FORMATS: Mapping[str, str] = {
    "drand": mark("the randomness of the round has 64 hexadecimal digits, its signature 96"),
    "event": mark("it has 200 characters at most"),
    "rfc3797": mark("it is whole numbers with blanks between them, like 9 18 26"),
}


def where(lot: Lot, voice: Voice) -> str:
    """From where the randomness comes."""
    if round_of(lot) is not None:
        return voice.say("drand {round}", round=lot.where)
    return isolated(lot.where)


def how(item: int, lot: Lot, voice: Voice) -> str:
    """What is typed once it can be known, and by how many."""
    number = round_of(lot)
    source = "drand" if number is not None else lot.source
    return voice.say(HOW[source], item=item, link=f"{voice.elsewhere.beacon}/{CHAIN_HASH}/public/{number}")


def card_lines(item: int, lot: Lot, frozen: bool, voice: Voice) -> Iterator[str]:
    """On the card of a draw: what can be done for it now."""
    if lot.source == "commit" and not frozen:
        yield voice.say(
            "Before that, whoever wants to mix in words of their own commits to them: /reveal {item} and their "
            "SHA-256, 64 digits. In a terminal: {line}",
            item=item, line="printf '%s' 'my words' | sha256sum",
        )  # fmt: skip
        yield from _committed(lot, voice)
    elif lot.source == "commit" and voice.now < lot.known:
        yield from _committed(lot, voice)
        yield voice.say("Who committed sends the words themselves before {at}, or is left out: /reveal {item} my words",
                        item=item, at=lot.known)  # fmt: skip
    if frozen:
        yield how(item, lot, voice)


def _committed(lot: Lot, voice: Voice) -> Iterator[str]:
    if lot.commits:
        names = voice.list([voice.name(one) for one in lot.commits])
        yield voice.say("Committed: {names}", names=names)


def typed(item: Item, by: str, voice: Voice) -> str:
    """To who has just sent a commitment, words, or a value."""
    lot = item.pool.lot if item.pool is not None else None
    if lot is None or lot.parts:
        return voice.say("That is the second time it was typed, so it is known: /show {item}", item=item.number)
    if lot.source == "commit" and voice.now < lot.freezes:
        return voice.say(
            "Committed. After {until} and before {at} send the words themselves, or they are left out: "
            "/reveal {item} my words",
            until=lot.freezes, at=lot.known, item=item.number,
        )  # fmt: skip
    if by not in lot.typed:
        return voice.say("Your words are mixed in. The round that decides with them is known {at}.", at=lot.known)
    return voice.say("Noted. It counts when another member has typed the same, by {until}.",
                     until=lot.known + PATIENCE)  # fmt: skip


def format_of(source: str, voice: Voice) -> str:
    return voice.say(FORMATS[source])
