"""One bot on Telegram: its own update loop, polls confirmed by the commit, answers beside them."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec
import telegram
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError

from adapters.line import Line, Stopped
from adapters.port import (
    Ability,
    AdapterFailed,
    Answer,
    Batch,
    Instant,
    Menu,
    Pace,
    Saying,
    Sent,
    Take,
)
from adapters.telegram.answering import IN_FLIGHT, Answers
from adapters.telegram.reading import KINDS, Reader
from adapters.telegram.speaking import Voice
from adapters.telegram.transport import TOKEN, Transport
from adapters.telegram.writing import TEXT_LIMIT, flood_ms, hook_toast

_LOG = logging.getLogger("roundabout.telegram")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")

# Besides answers: the poll, sayings, edits.
_CONNECTIONS = IN_FLIGHT + 32
# A poll is answered late by this much at most, else it is lost.
_POLL_SLACK = 15
_DRAIN_SECONDS = 5.0
# Two pollers disturb each other at every poll; one that is just being replaced, once or twice.
_CONFLICTS_BEARABLE = 5
_CONFLICT_MEMORY_MS = 120_000
_WEBHOOK_WATCH_SECONDS = 60

# Telegram bears 20 a minute in a group, one a second alone, 30 a second in all.
_PACE = Pace(room_per_minute=18, room_reserved=6, private_gap_ms=1_000, overall_per_second=29, card_gap_ms=5_000)

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram shall bring updates, and the word by which it is known."""

    url: str
    secret: str
    connections: int = 40


class WrongSecret(Exception):
    """Who called the webhook is not Telegram."""


class NotListening(Exception):
    """The webhook was called while nobody listens: Telegram will come again."""


class _Poll(msgspec.Struct, omit_defaults=True):
    allowed_updates: Sequence[str]
    limit: int
    timeout: int
    offset: int | None = None


class _Parameters(msgspec.Struct):
    retry_after: int = 0


class _Refusal(msgspec.Struct):
    error_code: int
    description: str = ""
    parameters: _Parameters | None = None


class TelegramAdapter:
    """Hears by polls, or with `webhook` by `handle_webhook`; speaks through the library's `Bot`.

    `now` gives milliseconds, `sleep` waits seconds; everything else is Telegram's.
    """

    platform = "telegram"

    def __init__(
        self,
        token: str,
        *,
        now: Callable[[], Instant],
        webhook: Webhook | None = None,
        base_url: str = "https://api.telegram.org/bot",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        poll_seconds: int = 50,
        call_seconds: float = 20.0,
        pace: Pace = _PACE,
    ) -> None:
        found = TOKEN.fullmatch(token)
        if found is None:
            raise AdapterFailed("The Telegram token must look like 123456789:AAE…; copy it anew from BotFather.")
        if webhook is not None and not _SECRET.fullmatch(webhook.secret):
            raise AdapterFailed("The webhook's secret must be 1 to 256 letters, digits, _ and -.")
        self._id = int(found[1])
        self._now, self._sleep, self._webhook = now, sleep, webhook
        self._poll_seconds = poll_seconds
        self._ability = Ability(
            buttons=True, reactions=True, prefix="/", text_limit=TEXT_LIMIT, pace=pace,
            any_hears=webhook is not None, any_speaks=True,
        )  # fmt: skip
        self._transport = Transport(f"{base_url}{token}", seconds=call_seconds, connections=_CONNECTIONS)
        self._bot = telegram.Bot(
            token, base_url=base_url, request=self._transport, get_updates_request=self._transport
        )
        self._voice = Voice(self._bot, self._transport, now)
        self._answers = Answers(self._voice.answer, now, sleep)
        self._reader: Reader | None = None
        self._username = ""
        self._take: Take | None = None
        self._line = Line(now, sleep)
        self._conflicts = 0
        self._conflict_at: Instant = 0

    @property
    def ability(self) -> Ability:
        return self._ability

    @property
    def unreachable_since(self) -> Instant | None:
        return self._line.cut_since

    @property
    def hears(self) -> bool:
        return self._line.hears

    # ---- hearing

    async def listen(self, cursor: str | None, take: Take) -> None:
        with self._line.listening():
            try:
                reader = await self._introduced()
                if self._webhook is not None:
                    await self._hold_webhook(take)
                else:
                    await self._patiently(self.remove_webhook)
                    await self._poll_on(cursor, take, reader)
            finally:
                self._take = None

    async def _introduced(self) -> Reader:
        """Who the bot is; learnt once."""
        if self._reader is None:
            me = await self._patiently(self._bot.get_me)
            self._username = me.username or ""
            self._reader = Reader(self._id, self._username)
        return self._reader

    async def _poll_on(self, cursor: str | None, take: Take, reader: Reader) -> None:
        """One poll at a time. Its offset is higher only after the commit; answers never hold it up."""
        poll: asyncio.Task[tuple[int, bytes]] | None = None
        setbacks = 0
        try:
            while not self._line.stopping:
                asked, poll = poll or self._ask(cursor), None
                batch = await self._heard(asked, reader)
                if batch is None:
                    continue
                try:
                    answers = await take(batch)
                except Exception as error:
                    # nothing was stored: the same updates come again
                    _LOG.error("what was heard could not be stored (%s)", type(error).__name__)
                    await self._line.pause(setbacks)
                    setbacks += 1
                    continue
                setbacks, cursor = 0, batch.cursor
                poll = self._ask(cursor)
                self._answers.send(answers)
        finally:
            if poll is not None:
                poll.cancel()

    def _ask(self, cursor: str | None) -> asyncio.Task[tuple[int, bytes]]:
        poll = _Poll(KINDS, 100, self._poll_seconds, int(cursor) if cursor is not None else None)
        body = msgspec.json.encode(poll)
        return asyncio.create_task(self._transport.call("getUpdates", body, self._poll_seconds + _POLL_SLACK))

    async def _heard(self, poll: asyncio.Task[tuple[int, bytes]], reader: Reader) -> Batch | None:
        """What a poll brought; None: nothing, or it failed and the pause after it is over."""
        try:
            status, body = await self._line.unless_stopped(poll)
        except NetworkError as error:
            trouble = error.message
        else:
            if status != 200:
                await self._refused(status, body)
                return None
            try:
                events, last = reader.batch(body, self._line.stamp())
            except msgspec.DecodeError:
                trouble = "the answer to a poll is not what Telegram sends"
            else:
                self._reached()
                return Batch(self.platform, events, str(last + 1)) if last is not None else None
        await self._back_off(trouble)
        return None

    async def _refused(self, status: int, body: bytes) -> None:
        """A poll the server refuses: the pause after it, or the end."""
        try:
            refusal = msgspec.json.decode(body, type=_Refusal)
        except msgspec.DecodeError:  # some gateway speaks, not Telegram
            await self._back_off(f"status {status}")
            return
        if refusal.error_code in {401, 404}:
            raise self._wrong_token()
        if refusal.error_code == 409:
            now = self._line.stamp()
            recent = now - self._conflict_at < _CONFLICT_MEMORY_MS
            self._conflicts, self._conflict_at = self._conflicts + 1 if recent else 1, now
            if self._conflicts > _CONFLICTS_BEARABLE:
                raise AdapterFailed(
                    "Another program fetches this Telegram bot's messages with the same token: "
                    "stop it, or give each its own bot."
                )
        wait = refusal.parameters.retry_after if refusal.parameters is not None else 0
        await self._back_off(f"status {status}", wait or None)

    @staticmethod
    def _wrong_token() -> AdapterFailed:
        return AdapterFailed("Telegram does not accept the bot's token: copy it anew from BotFather.")

    # ---- the webhook

    async def handle_webhook(self, body: bytes, secret: str | None) -> bytes:
        """One update as Telegram brought it; gives the body of the 200 once it is stored.

        Any exception means: nothing is stored, answer with an error status and Telegram comes again.
        """
        expected = self._webhook.secret if self._webhook is not None else ""
        if not expected or not hmac.compare_digest((secret or "").encode(), expected.encode()):
            raise WrongSecret
        if self._take is None or self._reader is None:
            raise NotListening
        events = self._reader.single(body, self._line.stamp())
        self._reached()
        answers = await self._take(Batch(self.platform, events, None))
        direct = next((answer for answer in answers if answer.to.tap is not None), None)
        self._answers.send([answer for answer in answers if answer is not direct])
        if direct is None:
            return b""
        return hook_toast(direct.to.handle, direct.text, direct.alert)

    async def _hold_webhook(self, take: Take) -> None:
        """Registers, and looks from time to time whether Telegram still comes to us."""
        assert self._webhook is not None
        self._take = take
        while True:
            info = await self._patiently(self._bot.get_webhook_info)
            if info.url != self._webhook.url:
                await self._patiently(self.register_webhook)
            await self._line.pause(seconds=_WEBHOOK_WATCH_SECONDS)

    async def register_webhook(self) -> None:
        """From now on Telegram brings updates to the webhook; those that wait are kept."""
        assert self._webhook is not None
        await self._bot.set_webhook(
            self._webhook.url,
            max_connections=self._webhook.connections,
            allowed_updates=KINDS,
            drop_pending_updates=False,
            secret_token=self._webhook.secret,
        )

    async def remove_webhook(self) -> None:
        """From now on updates wait for polls; none is dropped."""
        await self._bot.delete_webhook(drop_pending_updates=False)

    # ---- speaking

    async def stand_by(self) -> None:
        """Links to the bot need its name."""
        with contextlib.suppress(Stopped):
            await self._introduced()

    async def say(self, saying: Saying) -> Sent:
        return await self._voice.say(saying)

    async def answer(self, answer: Answer) -> Sent:
        return await self._voice.answer(answer)

    def private_link(self, payload: str) -> str | None:
        """Known as soon as the bot knows its own name."""
        assert _PAYLOAD.fullmatch(payload), "Telegram carries up to 64 letters, digits, _ and -"
        return f"https://t.me/{self._username}?start={payload}" if self._username else None

    async def menus(self, menus: Sequence[Menu]) -> None:
        await self._voice.menus(menus)

    # ---- ending

    async def stop(self) -> None:
        """The batch being taken is finished, answers under way get a few seconds, then all ends."""
        await self._line.stop()
        await self._answers.close(_DRAIN_SECONDS)
        await self._transport.shutdown()

    # ---- patience

    def _reached(self) -> None:
        if self._line.reached():
            _LOG.info("Telegram is reached again")

    async def _patiently(self, call: Callable[[], Awaitable[Found]]) -> Found:
        """A call of the library, again and again until it comes through; only what is wrong for ever ends it."""
        while True:
            wait = failed = None
            try:
                found = await self._line.unless_stopped(call())
            except InvalidToken:
                trouble, failed = "", self._wrong_token()
            except BadRequest as error:
                trouble, failed = "", AdapterFailed(f"Telegram refuses the set-up: {error.message}.")
            except RetryAfter as error:
                trouble, wait = "asked to wait", flood_ms(error) / 1000
            except TelegramError as error:
                trouble = error.message
            else:
                self._reached()
                return found
            if failed is not None:
                raise failed
            await self._back_off(trouble, wait)

    async def _back_off(self, trouble: str, seconds: float | None = None) -> None:
        if self._line.fails():
            _LOG.warning("Telegram cannot be reached: %s", trouble)
        await self._line.back_off(seconds)
