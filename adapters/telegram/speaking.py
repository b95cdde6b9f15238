"""Everything the bot says on Telegram: messages, edits, toasts, reactions, menus."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import telegram
from telegram.constants import ParseMode
from telegram.error import BadRequest, TelegramError

from adapters.port import Answer, Button, Instant, Menu, Outcome, Saying, Sent, plain
from adapters.telegram.reading import number
from adapters.telegram.transport import Transport
from adapters.telegram.trouble import AnswerLost, NotSent
from adapters.telegram.writing import (
    TEXT_LIMIT,
    cannot_parse,
    keyboard,
    markup,
    no_thread,
    outcome,
    parts,
    shortened,
    toast,
    unchanged,
)

_LOG = logging.getLogger("roundabout.telegram")
_NO_PREVIEW = telegram.LinkPreviewOptions(is_disabled=True)
_RECORDED = "👍"
_UNFINISHED_LIMIT = 1000
_DONE = Sent(Outcome.SENT)


@dataclass(frozen=True, slots=True)
class _Part:
    """One message to send."""

    chat: int
    text: str
    thread: int | None
    heading: bool
    silent: bool
    buttons: tuple[tuple[Button, ...], ...]
    replies_to: int | None = None


class Voice:
    """Says one thing at a time; when and how often is for others to decide."""

    def __init__(self, bot: telegram.Bot, transport: Transport, now: Callable[[], Instant]) -> None:
        self._bot, self._transport, self._now = bot, transport, now
        self._unfinished: OrderedDict[str, list[str]] = OrderedDict()
        """Long sayings whose first messages are out: saying them again goes on where it stopped."""

    async def say(self, saying: Saying) -> Sent:
        if saying.edits is not None:
            return await self._edit(saying)
        part = _Part(
            number(saying.room), saying.text, _thread(saying.thread), saying.heading, saying.silent, saying.buttons
        )
        return await self._send_whole(saying.key, part)

    async def _send_whole(self, key: str, whole: _Part) -> Sent:
        """As many messages as the text needs: the first has the heading and the reply, the last the buttons."""
        texts = parts(whole.text)
        sent = self._unfinished.pop(key, [])
        for place, text in enumerate(texts[len(sent) :], len(sent)):
            got = await self._send(
                replace(
                    whole,
                    text=text,
                    heading=whole.heading and place == 0,
                    buttons=whole.buttons if place == len(texts) - 1 else (),
                    replies_to=whole.replies_to if place == 0 else None,
                )
            )
            if got.outcome is not Outcome.SENT or got.message is None:
                self._remember(key, sent)
                return got
            sent.append(got.message)
        return Sent(Outcome.SENT, sent[-1])

    def _remember(self, key: str, sent: list[str]) -> None:
        if sent:
            self._unfinished[key] = sent
            if len(self._unfinished) > _UNFINISHED_LIMIT:
                self._unfinished.popitem(last=False)

    async def _send(self, part: _Part) -> Sent:
        """One message; without its thread if that is gone, without markup if that cannot be read."""
        thread, style = part.thread, True
        while True:
            try:
                message = await self._bot.send_message(
                    part.chat,
                    markup(part.text, part.heading) if style else plain(part.text),
                    parse_mode=ParseMode.HTML if style else None,
                    message_thread_id=thread,
                    disable_notification=part.silent,
                    link_preview_options=_NO_PREVIEW,
                    reply_markup=keyboard(part.buttons),
                    reply_parameters=_reply(part.replies_to),
                )
            except BadRequest as error:
                if style and cannot_parse(error):
                    style = False
                elif thread is not None and no_thread(error):
                    thread = None
                else:
                    return outcome(error, self._now())
            except TelegramError as error:
                return outcome(error, self._now())
            else:
                return Sent(Outcome.SENT, str(message.message_id))

    async def _edit(self, saying: Saying) -> Sent:
        """A message changed whole, its buttons too; one that stays the same is as good as changed."""
        style = True
        text = saying.text if len(plain(saying.text)) <= TEXT_LIMIT else shortened(plain(saying.text), TEXT_LIMIT)
        while True:
            try:
                await self._bot.edit_message_text(
                    markup(text, saying.heading) if style else plain(text),
                    number(saying.room),
                    int(saying.edits or 0),
                    parse_mode=ParseMode.HTML if style else None,
                    link_preview_options=_NO_PREVIEW,
                    reply_markup=keyboard(saying.buttons),
                )
            except BadRequest as error:
                if style and cannot_parse(error):
                    style = False
                    continue
                return Sent(Outcome.SENT, saying.edits) if unchanged(error) else outcome(error, self._now())
            except TelegramError as error:
                return outcome(error, self._now())
            return Sent(Outcome.SENT, saying.edits)

    async def answer(self, answer: Answer) -> Sent:
        """A toast for a tap; for words a reaction when they were recorded, else a reply where they stand."""
        heard = answer.to
        if heard.tap is not None:
            return await self._toast(heard.handle, answer.text, answer.alert)
        chat, message = number(heard.room), int(heard.handle)
        if answer.recorded:
            return await self._react(chat, message)
        if not answer.text:
            return _DONE
        # in a group it must be seen whom this answers
        replies_to = None if heard.private else message
        part = _Part(chat, answer.text, _thread(heard.thread), False, False, answer.buttons, replies_to)
        return await self._send_whole(f"answer:{heard.cause}", part)

    async def _toast(self, query: str, text: str, alert: bool) -> Sent:
        try:
            status, _ = await self._transport.answer_tap(toast(query, text, alert))
        except (NotSent, AnswerLost) as error:
            return outcome(error, self._now())
        return _DONE if status == 200 else Sent(Outcome.REFUSED, error=f"status {status}")

    async def _react(self, chat: int, message: int) -> Sent:
        try:
            await self._bot.set_message_reaction(chat, message, _RECORDED)
        except TelegramError as error:
            return outcome(error, self._now())
        return _DONE

    async def menus(self, menus: Sequence[Menu]) -> None:
        """Sets the menus that differ from what the server has. What fails is tried at the next start."""
        for menu in menus:
            try:
                await self._menu(menu)
            except TelegramError as error:
                _LOG.warning("a command menu was not set (%s)", type(error).__name__)

    async def _menu(self, menu: Menu) -> None:
        scope: telegram.BotCommandScope = telegram.BotCommandScopeAllGroupChats()
        if menu.private:
            scope = telegram.BotCommandScopeAllPrivateChats()
        language = menu.language or None
        there = await self._bot.get_my_commands(scope, language)
        if tuple((command.command, command.description) for command in there) == menu.commands:
            return
        if menu.commands:
            await self._bot.set_my_commands(menu.commands, scope, language)
        else:
            await self._bot.delete_my_commands(scope, language)


def _thread(thread: str | None) -> int | None:
    return None if thread is None else int(thread)


def _reply(message: int | None) -> telegram.ReplyParameters | None:
    if message is None:
        return None
    return telegram.ReplyParameters(message, allow_sending_without_reply=True)
