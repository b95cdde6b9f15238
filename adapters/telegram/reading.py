"""Updates of the Bot API as what was heard.

Taps and messages, which come in floods, are decoded by msgspec straight into the few members that matter here;
the rare kinds go through python-telegram-bot's own types.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec
import telegram
from telegram.constants import ChatMemberStatus

from adapters.port import (
    Admission,
    Event,
    Heard,
    Instant,
    Moved,
    Nobody,
    Presence,
    Speaker,
    Spoiled,
    clean,
)

KINDS = ("message", "edited_message", "callback_query", "my_chat_member", "chat_member")
"""What we ask for, always in full: the server remembers the last wish."""

# Fixed accounts by which Telegram speaks for somebody it does not name.
_NOBODIES = {
    1087968824: Nobody.ANONYMOUS_ADMIN,
    136817688: Nobody.CHANNEL,
    777000: Nobody.SERVICE,
}
_ABSENT = frozenset({ChatMemberStatus.LEFT, ChatMemberStatus.BANNED})
_COMMAND = re.compile(r"([/!][A-Za-z0-9_]+)@([A-Za-z0-9_]+)")


class User(msgspec.Struct, gc=False):
    id: int
    first_name: str
    is_bot: bool = False
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None


class Chat(msgspec.Struct, gc=False):
    id: int
    type: str
    title: str = ""


class Entity(msgspec.Struct):
    type: str
    offset: int
    length: int
    user: User | None = None


class Replied(msgspec.Struct):
    message_id: int
    from_: User | None = msgspec.field(name="from", default=None)
    sender_chat: Chat | None = None


class Card(msgspec.Struct):
    """The message a pressed button stands under."""

    message_id: int
    chat: Chat
    message_thread_id: int | None = None
    is_topic_message: bool = False


class Message(Card):
    from_: User | None = msgspec.field(name="from", default=None)
    sender_chat: Chat | None = None
    reply_to_message: Replied | None = None
    text: str | None = None
    caption: str | None = None
    entities: tuple[Entity, ...] = ()
    caption_entities: tuple[Entity, ...] = ()
    new_chat_members: tuple[User, ...] = ()
    left_chat_member: User | None = None
    migrate_to_chat_id: int | None = None
    migrate_from_chat_id: int | None = None


class Callback(msgspec.Struct):
    id: str
    from_: User = msgspec.field(name="from")
    message: Card | None = None
    data: str | None = None


class Update(msgspec.Struct):
    update_id: int
    callback_query: Callback | None = None
    message: Message | None = None
    edited_message: Message | None = None
    my_chat_member: msgspec.Raw = msgspec.Raw()
    chat_member: msgspec.Raw = msgspec.Raw()


class _Updates(msgspec.Struct):
    result: list[Update]


class _RawUpdates(msgspec.Struct):
    result: list[msgspec.Raw]


class _Numbered(msgspec.Struct):
    update_id: int


_read_updates = msgspec.json.Decoder(_Updates).decode
_read_raw = msgspec.json.Decoder(_RawUpdates).decode
_read_update = msgspec.json.Decoder(Update).decode
_read_number = msgspec.json.Decoder(_Numbered).decode


def room(chat: int) -> str:
    return f"telegram:{chat}"


def number(address: str) -> int:
    """The platform's own number of an account or room."""
    return int(address.removeprefix("telegram:"))


class Reader:
    """Makes events of updates, for one bot."""

    def __init__(self, bot: int, username: str) -> None:
        self._bot, self._username = bot, username.lower()
        self._called = re.compile(rf"(?<![\w@])@{re.escape(username)}(?!\w)", re.IGNORECASE)
        self._called_first = re.compile(rf"@{re.escape(username)}(?!\w)[\s,:]*(?=\S)", re.IGNORECASE)

    def batch(self, body: bytes, at: Instant) -> tuple[tuple[Event, ...], int | None]:
        """The events of one poll, and the number of its last update; none: it was empty."""
        events: list[Event] = []
        try:
            updates = _read_updates(body).result
            for update in updates:
                events.extend(self._events(update, at))
        except Exception:  # whatever it is, it is the matter of one update
            return self._one_by_one(_read_raw(body).result, at)
        return tuple(events), updates[-1].update_id if updates else None

    def single(self, body: bytes, at: Instant) -> tuple[Event, ...]:
        """The events of one update, as a webhook brings it."""
        return self._one_by_one([msgspec.Raw(body)], at)[0]

    def _one_by_one(self, raws: Sequence[msgspec.Raw], at: Instant) -> tuple[tuple[Event, ...], int | None]:
        """The same, slower: what cannot be read is set aside by itself. Needs every update's number."""
        events: list[Event] = []
        last = None
        for raw in raws:
            last = _read_number(raw).update_id
            try:
                events.extend(self._events(_read_update(raw), at))
            except Exception as error:
                # msgspec names the place, never what stands there; other errors may quote it
                words = str(error) if isinstance(error, msgspec.DecodeError) else type(error).__name__
                events.append(Spoiled(self._cause(last), at, words, bytes(raw)))
        return tuple(events), last

    def _cause(self, update: int) -> str:
        return f"telegram:{self._bot}:{update}"

    def _events(self, update: Update, at: Instant) -> Iterator[Event]:
        cause = self._cause(update.update_id)
        if update.callback_query is not None:
            yield from self._tap(update.callback_query, cause, at)
        elif update.message is not None:
            yield from self._message(update.message, cause, at)
        elif update.edited_message is not None:
            yield from self._words(update.edited_message, cause, at, edited=True)
        elif raw := bytes(update.my_chat_member):
            yield from self._own_membership(_membership("my_chat_member", update.update_id, raw), cause, at)
        elif raw := bytes(update.chat_member):
            yield from self._membership(_membership("chat_member", update.update_id, raw), cause, at)

    # ---- taps and words

    def _tap(self, query: Callback, cause: str, at: Instant) -> Iterator[Heard]:
        card = query.message
        if card is None or query.data is None:  # of an inline message or a game: not ours
            return
        yield Heard(
            cause=cause,
            at=at,
            room=room(card.chat.id),
            private=card.chat.type == "private",
            speaker=speaker(query.from_),
            tap=clean(query.data),
            handle=query.id,
            thread=_thread(card),
            reply_to=str(card.message_id),
            room_title=clean(card.chat.title),
        )

    def _message(self, message: Message, cause: str, at: Instant) -> Iterator[Event]:
        here = message.chat.id
        if message.migrate_to_chat_id is not None:
            yield Moved(cause, at, room(here), room(message.migrate_to_chat_id))
        elif message.migrate_from_chat_id is not None:
            yield Moved(cause, at, room(message.migrate_from_chat_id), room(here))
        elif message.new_chat_members or message.left_chat_member is not None:
            yield from self._coming_and_going(message, cause, at)
        else:
            yield from self._words(message, cause, at)

    def _words(self, message: Message, cause: str, at: Instant, *, edited: bool = False) -> Iterator[Heard]:
        raw = message.text if message.text is not None else message.caption
        if raw is None or message.chat.type == "channel":
            return
        text, called, cut = self._without_own_name(clean(raw))
        if text is None:
            return
        entities = message.entities or message.caption_entities
        mentions, spans = _mentions(raw, entities, cut) if entities else ((), ())
        replied = self._replied(message)
        yield Heard(
            cause=cause,
            at=at,
            room=room(message.chat.id),
            private=message.chat.type == "private",
            speaker=_who(message.from_, message.sender_chat, message.chat),
            text=text,
            handle=str(message.message_id),
            thread=_thread(message),
            reply_to=str(replied.message_id) if replied else None,
            mentions=mentions,
            spans=spans,
            replied_speaker=_person(replied) if replied else None,
            addressed=called,
            edited=edited,
            room_title=clean(message.chat.title),
        )

    def _without_own_name(self, text: str) -> tuple[str | None, bool, tuple[int, int]]:
        """The text without `@bot` behind its verb or at its head, whether the bot is called, and what was cut.

        None: a command for another bot.
        """
        if found := _COMMAND.match(text):
            if found[2].lower() == self._username:
                return found[1] + text[found.end() :], True, (found.end(1), found.end())
            if text[0] == "/":
                return None, False, (0, 0)
        if found := self._called_first.match(text):
            return text[found.end() :], True, (0, found.end())
        return text, "@" in text and self._called.search(text) is not None, (0, 0)

    @staticmethod
    def _replied(message: Message) -> Replied | None:
        """What the message replies to; in a topic, what replies to nothing replies to the topic's first message."""
        replied = message.reply_to_message
        if replied is None or (message.is_topic_message and replied.message_id == message.message_thread_id):
            return None
        return replied

    # ---- coming and going

    def _coming_and_going(self, message: Message, cause: str, at: Instant) -> Iterator[Presence]:
        """Service messages: they come also where the bot is no administrator and gets no `chat_member`."""
        by = message.from_.id if message.from_ is not None else None
        gone = [message.left_chat_member] if message.left_chat_member is not None else []
        moves = [(user, True) for user in message.new_chat_members] + [(user, False) for user in gone]
        people = [(user, present) for user, present in moves if not user.is_bot]
        for place, (user, present) in enumerate(people):
            yield Presence(
                cause=f"{cause}.{place}" if place else cause,
                at=at,
                room=room(message.chat.id),
                speaker=speaker(user),
                present=present,
                removed=not present and by != user.id,
            )

    def _own_membership(
        self, change: telegram.ChatMemberUpdated, cause: str, at: Instant
    ) -> Iterator[Admission]:
        present = _present(change.new_chat_member)
        if change.chat.type != "channel" and present != _present(change.old_chat_member):
            yield Admission(cause, at, room(change.chat.id), present, change.chat.type == "private")

    def _membership(self, change: telegram.ChatMemberUpdated, cause: str, at: Instant) -> Iterator[Presence]:
        user, present = change.new_chat_member.user, _present(change.new_chat_member)
        if user.is_bot or present == _present(change.old_chat_member):
            return
        yield Presence(
            cause=cause,
            at=at,
            room=room(change.chat.id),
            speaker=_speaker(user.id, user.full_name, user.username, user.language_code),
            present=present,
            removed=not present and change.from_user.id != user.id,
        )


def speaker(user: User) -> Speaker:
    name = user.first_name if user.last_name is None else f"{user.first_name} {user.last_name}"
    return _speaker(user.id, name, user.username, user.language_code)


def _speaker(user: int, name: str, username: str | None, language: str | None) -> Speaker:
    return Speaker(f"telegram:{user}", clean(name), username, language)


def _who(user: User | None, sender_chat: Chat | None, chat: Chat) -> Speaker | Nobody:
    """Who speaks: a person, or what stands in for one. Other bots are nobody's voice either."""
    if user is not None and (nobody := _NOBODIES.get(user.id)):
        return nobody
    if sender_chat is not None:
        return Nobody.ANONYMOUS_ADMIN if sender_chat.id == chat.id else Nobody.CHANNEL
    return Nobody.SERVICE if user is None or user.is_bot else speaker(user)


def _person(replied: Replied) -> Speaker | None:
    """The person who wrote what is replied to, if it was one."""
    user = replied.from_
    if user is None or user.is_bot or user.id in _NOBODIES or replied.sender_chat is not None:
        return None
    return speaker(user)


def _thread(card: Card) -> str | None:
    # outside forums a chain of replies has a thread id as well, where nothing can be sent to
    return str(card.message_thread_id) if card.is_topic_message else None


def _mentions(
    raw: str, entities: Sequence[Entity], cut: tuple[int, int]
) -> tuple[tuple[Speaker, ...], tuple[tuple[int, int], ...]]:
    """The accounts mentioned as such, and where they stand in the text that `clean` and the cut leave."""
    found = [(entity, entity.user) for entity in entities if entity.type == "text_mention" and entity.user]
    if not found:
        return (), ()
    coded = raw.encode("utf-16-le")

    def place(unit: int) -> int:
        at = len(clean(coded[: 2 * unit].decode("utf-16-le", "replace")))
        return at if at <= cut[0] else max(cut[0], at - (cut[1] - cut[0]))

    spans = tuple((place(entity.offset), place(entity.offset + entity.length)) for entity, _ in found)
    return tuple(speaker(user) for _, user in found), spans


def _membership(kind: str, number: int, raw: bytes) -> telegram.ChatMemberUpdated:
    update = telegram.Update.de_json({"update_id": number, kind: msgspec.json.decode(raw)})
    change = update.my_chat_member or update.chat_member
    if change is None:
        raise ValueError(kind)
    return change


def _present(member: telegram.ChatMember) -> bool:
    if isinstance(member, telegram.ChatMemberRestricted):
        return member.is_member
    return member.status not in _ABSENT
