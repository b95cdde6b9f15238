"""What a chat platform hears and says, as plain data: the one port all adapters share.

Instants are integer milliseconds since 1970-01-01T00:00Z. Addresses are strings `platform:id`:
an account (`telegram:42`), a room (`telegram:-1001`); a message is the platform's own id in its room.
Text is plain. A mention inside it is written by `mention` and taken apart again by `pieces`; the
control characters it uses never come in from a chat, because `clean` removes them.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

Instant = int

_OPEN, _BAR, _CLOSE = "\x02", "\x1f", "\x03"
_MENTION = re.compile(f"{_OPEN}([^{_BAR}]*){_BAR}([^{_CLOSE}]*){_CLOSE}")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


def clean(text: str) -> str:
    """Words from a chat without control characters; line ends become newlines."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n"))


def mention(account: str, name: str) -> str:
    """A person's name in a text that should call that person."""
    return f"{_OPEN}{account}{_BAR}{clean(name)}{_CLOSE}"


@dataclass(frozen=True, slots=True)
class Mention:
    account: str
    name: str


def pieces(text: str) -> Iterator[str | Mention]:
    """The plain stretches and the mentions of a text, in order."""
    at = 0
    for found in _MENTION.finditer(text):
        if found.start() > at:
            yield text[at : found.start()]
        yield Mention(found[1], found[2])
        at = found.end()
    if at < len(text):
        yield text[at:]


def plain(text: str) -> str:
    """The text as read where nobody can be called: mentions become names."""
    return _MENTION.sub(lambda found: found[2], text)


class Nobody(enum.Enum):
    """Who speaks, when it is no person (§2.5)."""

    ANONYMOUS_ADMIN = "anonymous_admin"
    CHANNEL = "channel"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Speaker:
    """An account as the platform shows it at this instant."""

    account: str
    name: str
    username: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """Words or a tap. `cause` is unique for ever: doing the same cause again changes nothing."""

    cause: str
    at: Instant
    room: str
    private: bool
    speaker: Speaker | Nobody
    text: str = ""
    tap: str | None = None
    """The payload of the pressed button (then `text` is empty); may be forged."""
    handle: str = ""
    """What the adapter needs to answer: the id of the tap, or of the message."""
    thread: str | None = None
    reply_to: str | None = None
    """The message this one replies to, or the card whose button was pressed."""
    mentions: tuple[Speaker, ...] = ()
    """Accounts the message mentions as such, in order (a mention by plain @username is only text)."""
    replied_speaker: Speaker | None = None
    addressed: bool = False
    """The message calls this bot by name."""
    edited: bool = False
    """A later edit of an earlier message: never a command."""
    room_title: str = ""
    spans: tuple[tuple[int, int], ...] = ()
    """Where each of `mentions` stands in `text`, from and to, where the platform tells."""
    takes_back: tuple[str, ...] = ()
    """Its speaker took away the reaction of an earlier tap, whose payload `tap` is: by which causes it may count."""
    left: tuple[str, ...] = ()
    """Then: the payloads of their reactions that are still there, the latest last."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The platform gave a room a new address (a group became a supergroup, a Matrix room was upgraded)."""

    cause: str
    at: Instant
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody came into or went out of a room; `removed` when a chat administrator did it."""

    cause: str
    at: Instant
    room: str
    speaker: Speaker
    present: bool
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Admission:
    """The bot itself was put into a room, or out of it."""

    cause: str
    at: Instant
    room: str
    present: bool
    private: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message in a room that the bot could not decrypt."""

    cause: str
    at: Instant
    room: str
    private: bool = False
    blind: bool = False
    """The bot can read no encrypted room at all."""


@dataclass(frozen=True, slots=True)
class Spoiled:
    """An update the adapter could not read: set aside with its error, the rest goes on."""

    cause: str
    at: Instant
    error: str
    raw: bytes


Event = Heard | Moved | Presence | Admission | Unreadable | Spoiled


@dataclass(frozen=True, slots=True)
class Batch:
    """What one poll brought, in order, and the platform's cursor behind it."""

    platform: str
    events: tuple[Event, ...]
    cursor: str | None
    """None: this platform keeps no cursor (console, webhook): causes themselves are remembered."""


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    payload: str
    sign: str = ""
    """An emoji that stands for it where reactions serve as buttons; the platform picks one when there is none."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to one cause, once, after its commit. Not stored: asking again is harmless."""

    to: Heard
    text: str = ""
    """For a tap its toast; for words a reply in the same place. Empty: only the acknowledgement."""
    alert: bool = False
    """A toast that must be closed by hand (refusals)."""
    recorded: bool = False
    """Words that were recorded: acknowledged by a reaction where the platform can, else silently."""
    buttons: tuple[tuple[Button, ...], ...] = ()
    kind: str = "answer"
    item: int | None = None


class Lane(enum.IntEnum):
    """The order in which waiting sayings of one room go out."""

    ANSWER = 0
    RESULT = 1
    CARD = 2
    REMINDER = 3
    RELAY = 4


@dataclass(frozen=True, slots=True)
class Saying:
    """One message to a room or person. Saying the same key again changes nothing where the platform can tell."""

    key: str
    room: str
    text: str
    lane: Lane
    thread: str | None = None
    heading: bool = False
    """The first line is a heading (bold where the platform can)."""
    silent: bool = False
    edits: str | None = None
    """The message to change instead of sending a new one."""
    buttons: tuple[tuple[Button, ...], ...] = ()
    kind: str = "notice"
    item: int | None = None


class Outcome(enum.Enum):
    SENT = "sent"
    LATER = "later"
    """The platform asks to wait: try again not before `retry_at`."""
    UNSURE = "unsure"
    """The answer was lost: it may have been sent."""
    GONE = "gone"
    """This destination takes no more messages (blocked, kicked, no private chat)."""
    REFUSED = "refused"
    """The platform will never take this saying (our mistake): set aside, logged."""
    MISSING = "missing"
    """The message to edit is not there any more: send it anew."""


@dataclass(frozen=True, slots=True)
class Sent:
    outcome: Outcome
    message: str | None = None
    retry_at: Instant | None = None
    moved_to: str | None = None
    """The room's new address, learnt from the refusal: say it there."""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a platform lets a bot speak. None: no limit."""

    room_per_minute: int | None = None
    room_reserved: int = 0
    """Of those, kept for answers and results."""
    private_gap_ms: int = 0
    overall_per_second: int | None = None
    card_gap_ms: int = 0
    """Between two edits of one card; the first and the last edit go at once."""


@dataclass(frozen=True, slots=True)
class Ability:
    """What a platform can do for people."""

    buttons: bool
    reactions: bool
    prefix: str
    """Before a verb in help: `/` or `!`."""
    text_limit: int
    pace: Pace
    any_hears: bool = False
    """Of several workers each may listen: a cause that comes twice is known. Else one does, with the cursor."""
    any_speaks: bool = False
    """Of several workers each may speak, also while another listens."""


Take = Callable[[Batch], Awaitable[Sequence[Answer]]]
"""Takes a batch in: returns after the commit, with what goes back. Raises only when nothing was stored."""


class Adapter(Protocol):
    """One platform. Everything it hears goes to `take`; the cursor moves with the commit, never before."""

    platform: str

    @property
    def ability(self) -> Ability: ...

    @property
    def unreachable_since(self) -> Instant | None:
        """The instant of the last contact, while the platform cannot be reached; else None."""
        ...

    @property
    def hears(self) -> bool:
        """Whether it listens, and has found since then that the platform is there, or that it is not."""
        ...

    async def listen(self, cursor: str | None, take: Take) -> None:
        """Hear until `stop`; only then, or on an error no waiting can mend (`AdapterFailed`), it returns."""
        ...

    async def stand_by(self) -> None:
        """Learn what speaking needs, where another worker listens: called where `any_speaks`, and before `listen`."""
        ...

    async def say(self, saying: Saying) -> Sent: ...

    async def answer(self, answer: Answer) -> Sent:
        """Toasts and reactions go at once; a reply in words is sent like a saying."""
        ...

    def private_link(self, payload: str) -> str | None:
        """A link that opens the private chat with the bot, where the platform has one."""
        ...

    async def menus(self, menus: Sequence[Menu]) -> None:
        """Command menus of the platform, where it has them; set only when changed."""
        ...

    async def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Menu:
    """The command menu for one language ('' = any) and one scope."""

    language: str
    private: bool
    commands: tuple[tuple[str, str], ...]


class AdapterFailed(Exception):
    """What no waiting can mend (a wrong token, a second poller): one line for the operator."""
