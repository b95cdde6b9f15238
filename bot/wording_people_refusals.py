"""Why not, of elections, draws, roles and speaking (§7, §8)."""

from __future__ import annotations

from collections.abc import Mapping

from bot.grammar import mark
from bot.wording_voice import Message, mark_plural
from governance.refusals import Why

REFUSALS: Mapping[Why, Message] = {
    Why.BAD_ROLE: mark(
        "“{role}” cannot be the name of a role: it must be one word of 2 to 40 letters. "
        "Send: /elect facilitator seats=1 · for a council: /elect delegates Valley seats=2"
    ),
    Why.NOT_SEATS: mark_plural(
        "seats is a whole number from 1 to {most}.", "seats is a whole number from 1 to {most}.", "most"
    ),
    Why.UNKNOWN_METHOD: mark("There is no such way of electing. There are: {methods}."),
    Why.UNKNOWN_SOURCE: mark(
        "A draw needs randomness that nobody can know yet. /draw facilitator seats=2 and one of: "
        "source=drand (a public beacon) · source=event at=lottery-6-March (numbers that two of you read and type) · "
        "source=commit (words of members, with the beacon) · source=rfc3797 at=lottery-6-March (like event, no quotas)"
    ),
    Why.UNKNOWN_POOL: mark("from is roll or volunteers."),
    Why.TOO_MANY_QUOTAS: mark_plural(
        "Quotas name {most} value at most.",
        "Quotas name {most} values at most, like gender:woman and region:north: with more it may take very long to "
        "prove that they cannot be met together.",
        "most",
    ),
    Why.QUOTAS_CANNOT_BE: mark_plural(
        "These quotas cannot be met with {seats} seat: {quotas}.",
        "These quotas cannot be met with {seats} seats: {quotas}.",
        "seats",
    ),
    Why.NO_QUOTAS_BY_RFC3797: mark("rfc3797 knows no quotas. With quotas use source=drand, event or commit."),
    Why.LOT_TOO_EARLY: mark(
        "The list must be frozen ten minutes before the randomness can be known: it can come from {at}."
    ),
    Why.EVENT_UNNAMED: mark(
        "Name the public event whose numbers will be typed in: "
        "/draw facilitator seats=1 source=event at=lottery-6-March"
    ),
    Why.ROLE_TERM: mark("A term here lasts at most {most}."),
    Why.NO_NAMES_HERE: mark("{item} is no election or draw that this can be said of; see /show {item}"),
    Why.NOT_STANDING: mark("You do not stand in {item}."),
    Why.STANDS_ALREADY: mark("That name stands in {item} already."),
    Why.NO_CANDIDATES: mark("Nobody stands in {item} yet: /stand {item} · to ask somebody: /nominate {item} @name"),
    Why.NO_SUCH_CANDIDATE: mark("{person} does not stand in {item}. Who does: /show {item}"),
    Why.NAMED_TWICE: mark("{person} is named twice. Each name stands once on a ballot."),
    Why.SCORE_OUT_OF_RANGE: mark("Scores go from 0 to {most}; that of {person} does not."),
    Why.ONE_NAME_FIRST: mark(
        "Put the one you nominate first, alone; below none those to whom you object, and why: "
        "/rank {item} @ana > none > @ben has too many offices"
    ),
    Why.OBJECTION_UNREASONED: mark(
        "An objection needs a reason: it keeps them from the seat, and they shall know why. "
        "Put it behind the names: /rank {item} @ana > none > @ben has too many offices"
    ),
    Why.NO_OBJECTION: mark(
        "Words stand behind an objection, and yours objects to nobody. Without them: /rank {item} @ana · "
        "with an objection: /rank {item} @ana > none > @ben has too many offices"
    ),
    Why.BALLOT_IS_OF_NAMES: mark("{item} is answered with names: {line}. How: /help {how}"),
    Why.GIVEN_IN_PRIVATE: mark(
        "The ballot on {item} is secret. Give it in a private chat with me, so that nobody sees it."
    ),
    Why.OWN_ROW_IN_PRIVATE: mark(
        "What opens your row in the list of {item} is for you alone. Send it in a private chat with me: /receipt {item}"
    ),
    Why.NO_BOARD: mark(
        "There is no receipt of {item}: it had no secret ballot, or its count is still to come; "
        "and no row of yours in a list of it has anything hidden."
    ),
    Why.NO_SEAT_BY: mark("You hold no seat by {item} that you could refuse."),
    Why.NO_ROLE: mark("{person} does not hold the role {role}. Who holds what: /roles"),
    Why.NO_LOT_HERE: mark("{item} waits for no randomness."),
    Why.LIST_FROZEN: mark("The list of {item} is frozen; from here on it stays as it is."),
    Why.NOT_KNOWN_YET: mark("Nobody can know that value before {at}. Send it then."),
    Why.NOT_THE_VALUE: mark(
        "That cannot be what {item} waits for: {format}. What to type, and where it stands: /show {item}"
    ),
    Why.NOT_A_COMMITMENT: mark(
        "Before the list of {item} is frozen I take a commitment, not the words: their SHA-256, 64 hexadecimal digits. "
        "In a terminal: printf '%s' 'my words' | sha256sum · then: /reveal {item} and the digits"
    ),
    Why.NOT_WHAT_WAS_COMMITTED: mark(
        "That is not what you committed to in {item}; its SHA-256 is another. Every letter and blank counts."
    ),
    Why.REVEALED_TOO_LATE: mark("The time to reveal is over: the round that is mixed in can be known already."),
    Why.ON_THE_LIST: mark("You are on the speakers' list, as number {place}."),
    Why.NOBODY_WAITS: mark("Nobody waits to speak. To be listed: /stack"),
}
