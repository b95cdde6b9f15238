"""The Bot API methods of the Telegram double, as strict as the real ones and in their words."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.platforms.telegram_people import Chat, Json, Message, membership
from tests.platforms.telegram_text import CannotParse, Entity, find_entities, parse_html, trimmed

if TYPE_CHECKING:
    from tests.platforms.telegram_double import Double

TEXT_LIMIT = 4096
REACTIONS = frozenset("👍👎❤🔥🥰👏😁🤔🎉🙏👌🕊💯⚡👀✍🤝🆒")
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"([a-z]{2})?")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_LOOPBACK = ("http://127.0.0.1", "http://localhost")


class ApiError(Exception):
    """What the server refuses, with its exact description."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters

    @property
    def json(self) -> Json:
        more = {"parameters": self.parameters} if self.parameters else {}
        return {"ok": False, "error_code": self.code, "description": self.description, **more}


def bad(words: str) -> ApiError:
    return ApiError(400, f"Bad Request: {words}")


class Args(dict[str, str]):
    """The parameters of a call, all as text, however they came."""

    def number(self, name: str, default: int = 0) -> int:
        try:
            return int(self.get(name, default))
        except ValueError:
            raise bad(f"invalid {name} specified") from None

    def flag(self, name: str) -> bool:
        return self.get(name, "").lower() in {"true", "yes", "1"}

    def object(self, name: str, default: Any = None) -> Any:
        if not self.get(name):
            return default
        try:
            return json.loads(self[name])
        except ValueError:
            raise bad(f"can't parse {name} JSON object") from None


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one chat, and all chats together, may be told."""

    group_per_minute: int = 20
    private_burst: int = 3
    """So many in as many seconds."""
    overall_per_second: int = 30


@dataclass
class Webhook:
    url: str
    secret: str | None
    max_connections: int
    error: str = ""
    error_at: int = 0


@dataclass
class Methods:
    """All methods that are modelled, by their lower-case names."""

    double: Double
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    spoken_at: list[int] = field(default_factory=list)

    def table(self) -> dict[str, Callable[[Args], Any]]:
        return {
            "getme": self.get_me,
            "sendmessage": self.send_message,
            "editmessagetext": self.edit_message_text,
            "editmessagereplymarkup": self.edit_message_reply_markup,
            "answercallbackquery": self.answer_callback_query,
            "setmessagereaction": self.set_message_reaction,
            "setmycommands": self.set_my_commands,
            "getmycommands": self.get_my_commands,
            "deletemycommands": self.delete_my_commands,
            "getchat": self.get_chat,
            "getchatmember": self.get_chat_member,
            "leavechat": self.leave_chat,
            "setwebhook": self.set_webhook,
            "deletewebhook": self.delete_webhook,
            "getwebhookinfo": self.get_webhook_info,
        }

    # ---- the bot itself

    def get_me(self, args: Args) -> Json:
        return self.double.bot | {
            "can_join_groups": True, "can_read_all_group_messages": not self.double.privacy,
            "supports_inline_queries": False, "can_connect_to_business": False,
            "has_main_web_app": False, "has_topics_enabled": False,
        }

    def set_my_commands(self, args: Args) -> bool:
        commands = args.object("commands", [])
        if len(commands) > 100:
            raise bad("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not _COMMAND.fullmatch(command["command"]):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[self._scope(args)] = commands
        return True

    def get_my_commands(self, args: Args) -> list[Json]:
        return self.commands.get(self._scope(args), [])

    def delete_my_commands(self, args: Args) -> bool:
        self.commands.pop(self._scope(args), None)
        return True

    def _scope(self, args: Args) -> tuple[str, str]:
        language = args.get("language_code", "")
        if not _LANGUAGE.fullmatch(language):
            raise bad("invalid language code specified")
        scope = args.object("scope", {"type": "default"})
        return json.dumps(scope, sort_keys=True), language

    # ---- chats

    def _chat(self, args: Args) -> Chat:
        """The chat, if the bot may speak there."""
        chat = self._known(args)
        if chat.moved_to is not None:
            raise ApiError(
                400, "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.moved_to,
            )
        if chat.person is not None and chat.bot_status == "none":
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
        if chat.person is not None and chat.bot_status == "kicked":
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        kind = "group chat" if chat.type == "group" else f"{chat.type} chat"
        if chat.bot_status == "kicked":
            raise ApiError(403, f"Forbidden: bot was kicked from the {kind}")
        if chat.bot_status == "left":
            raise ApiError(403, f"Forbidden: bot is not a member of the {kind}")
        return chat

    def _known(self, args: Args) -> Chat:
        number = args.number("chat_id")
        chat = self.double.chats.get(number)
        if chat is None and number in self.double.people:
            chat = self.double.private(self.double.people[number])
        if chat is None:
            raise bad("chat not found")
        return chat

    def get_chat(self, args: Args) -> Json:
        gifts = dict.fromkeys(
            ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription",
             "gifts_from_channels"), True,
        )
        return self._chat(args).json | {
            "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts,
        }

    def get_chat_member(self, args: Args) -> Json:
        chat, number = self._chat(args), args.number("user_id")
        if number == self.double.bot["id"]:
            return membership(self.double.bot, chat.bot_status)
        if chat.bot_status != "administrator":
            raise bad("member list is inaccessible")
        if number not in self.double.people:
            raise bad("invalid user_id specified")
        return membership(self.double.people[number].user, chat.members.get(number, "left"))

    def leave_chat(self, args: Args) -> bool:
        chat = self._chat(args)
        if chat.person is not None:
            raise bad("chat member status can't be changed in private chats")
        chat.bot_status = "left"
        return True

    # ---- speaking

    def send_message(self, args: Args) -> Json:
        chat = self._chat(args)
        text, entities = self._text(args, "message is too long")
        markup = self._markup(args)
        reply_to = self._reply_to(chat, args)
        thread = self._thread(chat, args)
        if thread is None and reply_to is not None:
            thread = reply_to.thread
        self._spend(chat)
        content: Json = {"text": text, **markup} | ({"entities": entities} if entities else {})
        message = chat.post(self.double.bot, content, reply_to=reply_to, thread=thread)
        return message.json

    def _reply_to(self, chat: Chat, args: Args) -> Message | None:
        wanted = args.object("reply_parameters")
        if wanted is None:
            return None
        found = chat.messages.get(int(wanted["message_id"]))
        if found is None and str(wanted.get("allow_sending_without_reply", "")).lower() != "true":
            raise bad("message to be replied not found")
        return found

    def _thread(self, chat: Chat, args: Args) -> int | None:
        if "message_thread_id" not in args:
            return None
        thread = args.number("message_thread_id")
        if thread not in chat.topics:
            raise bad("message thread not found")
        if thread in chat.closed_topics:
            raise bad("TOPIC_CLOSED")
        return thread

    def edit_message_text(self, args: Args) -> Json:
        message = self._editable(args)
        text, entities = self._text(args, "MESSAGE_TOO_LONG")
        return self._change(message, text, entities, self._markup(args))

    def edit_message_reply_markup(self, args: Args) -> Json:
        message = self._editable(args)
        return self._change(message, message.text, message.json.get("entities", []), self._markup(args))

    def _editable(self, args: Args) -> Message:
        chat = self._chat(args)
        message = chat.messages.get(args.number("message_id"))
        if message is None:
            raise bad("message to edit not found")
        if not message.from_bot:
            raise bad("message can't be edited")
        self._spend(chat)
        return message

    def _change(self, message: Message, text: str, entities: list[Entity], markup: Json) -> Json:
        old = message.json
        before = (old["text"], old.get("entities", []), old.get("reply_markup"))
        if before == (text, entities, markup.get("reply_markup")):
            raise bad(
                "message is not modified: specified new message content and reply markup are exactly "
                "the same as a current content and reply markup of the message"
            )
        kept = {name: value for name, value in old.items() if name not in {"entities", "reply_markup"}}
        changed: Json = {"text": text, "edit_date": self.double.seconds, **markup}
        message.json = kept | changed | ({"entities": entities} if entities else {})
        message.edits += 1
        return message.json

    def _text(self, args: Args, too_long: str) -> tuple[str, list[Entity]]:
        source, mode = args.get("text", ""), args.get("parse_mode", "").lower()
        if mode == "html":
            try:
                text, entities = parse_html(source, self._user)
            except CannotParse as error:
                raise bad(f"can't parse entities: {error}") from None
        elif mode:
            raise bad("unsupported parse_mode")
        else:
            text, entities = trimmed(source, args.object("entities", []))
        if not text:
            raise bad("message text is empty")
        if len(text) > TEXT_LIMIT:
            raise bad(too_long)
        return text, find_entities(text, entities)

    def _user(self, number: int) -> Json | None:
        person = self.double.people.get(number)
        return person.user if person else None

    def _markup(self, args: Args) -> Json:
        markup = args.object("reply_markup")
        if not markup:
            return {}
        rows = markup.get("inline_keyboard", [])
        for button in [button for row in rows for button in row]:
            if not button.get("text"):
                raise bad("inline keyboard button text must be non-empty")
            if "callback_data" not in button and "url" not in button:
                raise bad("text buttons are unallowed in the inline keyboard")
            if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
                raise bad("BUTTON_DATA_INVALID")
        return {"reply_markup": {"inline_keyboard": rows}} if rows else {}

    def _spend(self, chat: Chat) -> None:
        """Sends and edits of one chat share a purse; an empty one says how long to wait."""
        limits, now = self.double.limits, self.double.now()
        if limits is None:
            return
        private = chat.person is not None
        window = 1000 * limits.private_burst if private else 60_000
        allowed = limits.private_burst if private else limits.group_per_minute
        chat.spoken_at = [at for at in chat.spoken_at if at > now - window]
        self.spoken_at = [at for at in self.spoken_at if at > now - 1000]
        if now >= chat.deaf_until and len(chat.spoken_at) >= allowed:
            chat.deaf_until = chat.spoken_at[0] + window
        until = chat.deaf_until
        if len(self.spoken_at) >= limits.overall_per_second:
            until = max(until, self.spoken_at[0] + 1000)
        if until > now:
            seconds = math.ceil((until - now) / 1000)
            raise ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        chat.spoken_at.append(now)
        self.spoken_at.append(now)

    # ---- acknowledging

    def answer_callback_query(self, args: Args) -> bool:
        self.double.answers(args.get("callback_query_id", ""), args.get("text", ""), args.flag("show_alert"))
        return True

    def set_message_reaction(self, args: Args) -> bool:
        chat = self._chat(args)
        message = chat.messages.get(args.number("message_id"))
        if message is None:
            raise bad("message to react not found")
        wanted = args.object("reaction", [])
        if len(wanted) > 1:
            raise bad("REACTIONS_TOO_MANY")
        if wanted and not (chat.reactions_allowed and wanted[0].get("emoji") in REACTIONS):
            raise bad("REACTION_INVALID")
        message.reactions = [reaction["emoji"] for reaction in wanted]
        return True

    # ---- the webhook

    def set_webhook(self, args: Args) -> bool:
        url = args.get("url", "")
        if not url:
            return self.delete_webhook(args)
        if not url.startswith(("https://", *_LOOPBACK)):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        secret = args.get("secret_token")
        if secret is not None and not _SECRET.fullmatch(secret):
            raise bad("secret token contains unallowed characters")
        self.double.allow(args.object("allowed_updates"))
        if args.flag("drop_pending_updates"):
            self.double.queue.clear()
        self.double.hooks(Webhook(url, secret, args.number("max_connections", 40)))
        return True

    def delete_webhook(self, args: Args) -> bool:
        if args.flag("drop_pending_updates"):
            self.double.queue.clear()
        self.double.hooks(None)
        return True

    def get_webhook_info(self, args: Args) -> Json:
        hook = self.double.webhook
        info: Json = {
            "url": hook.url if hook else "", "has_custom_certificate": False,
            "pending_update_count": len(self.double.queue),
            "allowed_updates": sorted(self.double.allowed),
        }
        if hook:
            info["max_connections"] = hook.max_connections
            if hook.error:
                info |= {"last_error_date": hook.error_at // 1000, "last_error_message": hook.error}
        return info
