"""People, groups and messages as the Telegram double knows them; what people do becomes updates."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.platforms.telegram_text import find_entities, units

if TYPE_CHECKING:
    from tests.platforms.telegram_double import Double

Json = dict[str, Any]

ANONYMOUS_ADMIN: Json = {
    "id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot",
}
AS_CHANNEL: Json = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
TELEGRAM: Json = {"id": 777000, "is_bot": False, "first_name": "Telegram"}

_RIGHTS = (
    "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
    "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users",
    "can_post_stories", "can_edit_stories", "can_delete_stories",
)


@dataclass(eq=False)
class Message:
    """One message as it stands now. What the bot made of it is seen by a glance."""

    chat: Chat
    json: Json
    reactions: list[str] = field(default_factory=list)
    edits: int = 0

    @property
    def id(self) -> int:
        return int(self.json["message_id"])

    @property
    def text(self) -> str:
        return str(self.json.get("text", ""))

    @property
    def thread(self) -> int | None:
        return self.json.get("message_thread_id") if self.json.get("is_topic_message") else None

    @property
    def from_bot(self) -> bool:
        return bool(self.json.get("from", {}).get("id") == self.chat.double.bot["id"])

    @property
    def buttons(self) -> list[tuple[str, str]]:
        """Label and data of every button, row after row."""
        rows = self.json.get("reply_markup", {}).get("inline_keyboard", [])
        return [(button["text"], button.get("callback_data", "")) for row in rows for button in row]

    def entities(self, kind: str) -> list[str]:
        """The stretches of the text that stand in such an entity."""
        coded = self.text.encode("utf-16-le")
        return [
            coded[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le")
            for entity in self.json.get("entities", [])
            if entity["type"] == kind
        ]


@dataclass(eq=False, slots=True)
class Tap:
    """A pressed button: what the person saw of it, and when, on the machine's own clock."""

    id: str
    message: Message
    data: str
    made: float
    made_at: int
    delivered: float | None = None
    delivered_at: int | None = None
    answered: float | None = None
    answers: int = 0
    text: str = ""
    alert: bool = False
    update: int = 0
    """The number of the update that carries it."""


@dataclass(eq=False)
class Chat:
    """A group, supergroup, channel or private chat, and the bot's place in it."""

    double: Double
    id: int
    type: str
    title: str = ""
    forum: bool = False
    bot_status: str = "member"
    members: dict[int, str] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    sent: list[Message] = field(default_factory=list)
    """What the bot said here, in order."""
    topics: dict[int, str] = field(default_factory=dict)
    closed_topics: set[int] = field(default_factory=set)
    moved_to: int | None = None
    reactions_allowed: bool = True
    person: Person | None = None
    spoken_at: list[int] = field(default_factory=list)
    """When the bot sent or edited here, for flood control."""
    deaf_until: int = 0

    @property
    def json(self) -> Json:
        if self.person is not None:
            names = ("first_name", "last_name", "username")
            shown = {name: self.person.user[name] for name in names if name in self.person.user}
            return {"id": self.id, "type": "private", **shown}
        kind = {"all_members_are_administrators": True} if self.type == "group" else {}
        forum = {"is_forum": True} if self.forum else {}
        return {"id": self.id, "title": self.title, "type": self.type, **kind, **forum}

    @property
    def last(self) -> Message:
        """The bot's latest message here."""
        return self.sent[-1]

    @property
    def texts(self) -> list[str]:
        """What the bot said here, as it reads now."""
        return [message.text for message in self.sent]

    # ---- what happens in a group

    def topic(self, title: str) -> int:
        """A new forum topic; its thread is the id of the message that made it."""
        assert self.forum, "only a forum has topics"
        made = self.post(TELEGRAM, {"forum_topic_created": {"name": title, "icon_color": 7322096}}, thread=-1)
        self.topics[made.id] = title
        return made.id

    def adds_bot(self, by: Person, status: str = "member") -> None:
        """Somebody puts the bot in, or changes its rights."""
        fresh = self.bot_status in {"left", "kicked"}
        self._bot_becomes(status, by)
        if fresh and self.type != "channel":
            self.post(by.user, {"new_chat_members": [self.double.bot]})

    def promotes_bot(self, by: Person) -> None:
        self._bot_becomes("administrator", by)

    def removes_bot(self, by: Person) -> None:
        """A kick: the bot hears of it and can say nothing more."""
        self._bot_becomes("kicked", by)

    def _bot_becomes(self, status: str, by: Person) -> None:
        old, self.bot_status = self.bot_status, status
        self.members[self.double.bot["id"]] = status
        self._membership("my_chat_member", self.double.bot, old, status, by)

    def adds(self, person: Person, by: Person | None = None) -> None:
        """A person comes in, alone or by the hand of somebody."""
        old = self.members.get(person.id, "left")
        self.members[person.id] = "member"
        self.post((by or person).user, {"new_chat_members": [person.user]})
        self._membership("chat_member", person.user, old, "member", by or person)

    def loses(self, person: Person, by: Person | None = None) -> None:
        """A person goes, or is thrown out by somebody."""
        old = self.members.get(person.id, "left")
        self.members[person.id] = "kicked" if by else "left"
        self.post((by or person).user, {"left_chat_member": person.user})
        self._membership("chat_member", person.user, old, self.members[person.id], by or person)

    def _membership(self, kind: str, user: Json, old: str, new: str, by: Person) -> None:
        if kind == "chat_member" and self.bot_status != "administrator":
            return
        self.double.hears(kind, {
            "chat": self.json, "from": by.user, "date": self.double.seconds,
            "old_chat_member": membership(user, old), "new_chat_member": membership(user, new),
        })

    def migrates(self) -> Chat:
        """The group becomes a supergroup with another id; its old messages stay behind."""
        new = self.double.chat("supergroup", self.title)
        new.members, new.bot_status = dict(self.members), self.bot_status
        self.post(TELEGRAM, {"migrate_to_chat_id": new.id})
        self.moved_to = new.id
        new.post(ANONYMOUS_ADMIN, {"migrate_from_chat_id": self.id, "sender_chat": new.json})
        return new

    def anonymous_says(self, text: str, **more: Any) -> Message:
        """An administrator who hides behind the group."""
        return self.post(ANONYMOUS_ADMIN, {"text": text, "sender_chat": self.json, **more})

    def channel_says(self, text: str, channel: Chat) -> Message:
        """A person who speaks as a channel."""
        return self.post(AS_CHANNEL, {"text": text, "sender_chat": channel.json})

    def linked_channel_says(self, text: str, channel: Chat) -> Message:
        """A post of the linked channel, brought in by Telegram itself."""
        return self.post(
            TELEGRAM, {"text": text, "sender_chat": channel.json, "is_automatic_forward": True}
        )

    # ---- making messages

    def post(
        self,
        sender: Json,
        content: Json,
        *,
        reply_to: Message | None = None,
        thread: int | None = None,
    ) -> Message:
        """Put a message here; if people sent it, the bot hears it."""
        number = self.double.next_message(self)
        json: Json = {"message_id": number, "from": sender, "chat": self.json, "date": self.double.seconds}
        if thread is not None:
            # a topic's first message carries its own id as the thread
            thread = number if thread < 0 else thread
            json |= {"message_thread_id": thread, "is_topic_message": True}
        if reply_to is not None:
            json["reply_to_message"] = {k: v for k, v in reply_to.json.items() if k != "reply_to_message"}
            if self.type == "supergroup" and thread is None:
                # outside forums a thread of replies has an id too, and is no topic
                json["message_thread_id"] = reply_to.json.get("message_thread_id", reply_to.id)
        elif thread is not None and thread in self.messages:
            # in a topic, what answers nobody answers the message that made the topic
            json["reply_to_message"] = self.messages[thread].json
        if "text" in content and "entities" not in content:
            found = find_entities(content["text"])
            content = {**content, **({"entities": found} if found else {})}
        message = Message(self, json | content)
        self.messages[number] = message
        if sender["id"] == self.double.bot["id"]:
            self.sent.append(message)
        elif self.double.reads(self, message.json):
            self.double.hears("message", message.json)
        return message


@dataclass(eq=False)
class Person:
    """Somebody with an account, who writes, presses, comes and goes."""

    double: Double
    user: Json
    toasts: list[Tap] = field(default_factory=list)
    """Taps that were answered, in order."""

    @property
    def id(self) -> int:
        return int(self.user["id"])

    @property
    def chat(self) -> Chat:
        """The private chat with the bot."""
        return self.double.private(self)

    def says(
        self,
        chat: Chat,
        text: str,
        *,
        reply_to: Message | None = None,
        thread: int | None = None,
        mentions: Sequence[Person] = (),
        **more: Any,
    ) -> Message:
        """Words in a chat. `mentions`: people called by their first name where it stands in the text."""
        if chat.person is not None:
            assert chat.person is self, "a private chat has one person"
            chat.bot_status = "member"
        if thread is None and reply_to is not None:
            thread = reply_to.thread
        content: Json = {"text": text, **more}
        if entities := find_entities(text, [_call(text, person) for person in mentions]):
            content["entities"] = entities
        return chat.post(self.user, content, reply_to=reply_to, thread=thread)

    def writes(self, text: str, **more: Any) -> Message:
        """Words in the private chat."""
        return self.says(self.chat, text, **more)

    def edits(self, message: Message, text: str) -> None:
        """Changes an earlier message of theirs."""
        assert message.json["from"]["id"] == self.id, "people edit their own messages"
        message.json |= {"text": text, "edit_date": self.double.seconds, "entities": find_entities(text)}
        if self.double.reads(message.chat, message.json):
            self.double.hears("edited_message", message.json)

    def deletes(self, message: Message) -> None:
        """The message is gone; no update tells."""
        message.chat.messages.pop(message.id, None)

    def taps(self, message: Message, label_or_data: str) -> Tap:
        """Presses a button; data that stands on no button is a forgery."""
        by_label = dict(message.buttons)
        data = by_label.get(label_or_data, label_or_data)
        assert 0 < len(data.encode()) <= 64, "Telegram carries 1 to 64 bytes"
        tap = Tap(self.double.next_query(self), message, data, time.perf_counter(), self.double.now())
        self.double.taps[tap.id] = tap
        self.toasts.append(tap)
        self.double.hears("callback_query", {
            "id": tap.id, "from": self.user, "message": message.json,
            "chat_instance": str(message.chat.id), "data": data,
        })
        return tap

    def starts(self, payload: str = "") -> Message:
        """Opens the private chat, perhaps by a deep link."""
        self.unblocks_bot()
        return self.writes(f"/start {payload}".strip())

    def blocks_bot(self) -> None:
        """Stops the bot: it hears so, and can write no more."""
        self._private("kicked")

    def unblocks_bot(self) -> None:
        """Lets the bot write again, if it was stopped."""
        if self.chat.bot_status == "kicked":
            self._private("member")
        self.chat.bot_status = "member"

    def _private(self, status: str) -> None:
        old, self.chat.bot_status = self.chat.bot_status, status
        self.double.hears("my_chat_member", {
            "chat": self.chat.json, "from": self.user, "date": self.double.seconds,
            "old_chat_member": membership(self.double.bot, "member" if old == "none" else old),
            "new_chat_member": membership(self.double.bot, status),
        })

    def joins(self, chat: Chat) -> None:
        chat.adds(self)

    def leaves(self, chat: Chat) -> None:
        chat.loses(self)

    def kicks(self, person: Person, chat: Chat) -> None:
        chat.loses(person, by=self)


def _call(text: str, person: Person) -> Json:
    name = person.user["first_name"]
    place = text.index(name)
    return {
        "type": "text_mention", "offset": units(text[:place]), "length": units(name), "user": person.user,
    }


def membership(user: Json, status: str) -> Json:
    """A ChatMember object with all that this status must have."""
    member: Json = {"user": user, "status": status}
    if status == "creator":
        member["is_anonymous"] = False
    elif status == "kicked":
        member["until_date"] = 0
    elif status == "administrator":
        member |= dict.fromkeys(_RIGHTS, False) | {"can_manage_chat": True}
    return member
