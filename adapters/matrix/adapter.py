"""One bot account on Matrix: its own sync loop, the token moved by the commit, answers beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

import structlog

from adapters.line import Line
from adapters.matrix.cards import Cards
from adapters.matrix.client import ENCRYPTION_INSTALLED, Client, Trouble
from adapters.matrix.hearing import Hearing
from adapters.matrix.memory import Memory
from adapters.matrix.rooms import Rooms
from adapters.matrix.seeds import Allowance, Rate, Seeds
from adapters.matrix.speaking import Voice
from adapters.matrix.writing import TEXT_LIMIT, link
from adapters.port import Ability, AdapterFailed, Answer, Batch, Instant, Menu, Outcome, Pace, Saying, Sent, Take

log = structlog.get_logger(__name__)

_DRAIN_SECONDS = 5.0
_ANSWER_TRIES = 3
_SERVER_DEFAULT = Rate()

Found = TypeVar("Found")


class MatrixAdapter:
    """Hears by syncs and speaks through the library's client.

    `folder` is beside the database and backed up with it: it holds the encryption store. `now` gives milliseconds,
    `sleep` waits seconds. `rate` is what the server allows the account; None: it was freed of limits.
    `encryption` None: where the library for it is installed. `grace_ms`: how long a missing key may be on its way.
    """

    platform = "matrix"

    def __init__(
        self,
        homeserver: str,
        token: str,
        *,
        folder: Path,
        now: Callable[[], Instant],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        rate: Rate | None = _SERVER_DEFAULT,
        encryption: bool | None = None,
        poll_seconds: int = 30,
        call_seconds: float = 20.0,
        timeline_limit: int = 100,
        grace_ms: int = 5_000,
    ) -> None:
        if not homeserver.startswith(("https://", "http://")):
            raise AdapterFailed("The Matrix homeserver must be written as https://matrix.example.org.")
        if encryption and not ENCRYPTION_INSTALLED:
            raise AdapterFailed("Matrix encryption needs the extra e2e: pip install 'roundabout-bot[e2e]'.")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._token, self._now, self._sleep, self._rate = token, now, sleep, rate
        self._poll_ms, self._timeline_limit = poll_seconds * 1000, timeline_limit
        encryption = ENCRYPTION_INSTALLED if encryption is None else encryption
        self._client = Client(homeserver, folder, encryption=encryption, call_seconds=call_seconds)
        self._memory = Memory(folder / "memory.db")
        self._rooms = Rooms(self._client, self._memory)
        cards = Cards(self._client)
        allowance = Allowance(rate)
        self._seeds = Seeds(self._client, self._memory, allowance, now, sleep)
        self._hearing = Hearing(self._client, self._rooms, cards, self._memory, grace_ms)
        self._voice = Voice(self._client, self._rooms, cards, allowance, self._seeds, now)
        self._answers: set[asyncio.Task[None]] = set()
        self._line = Line(now, sleep)

    @property
    def ability(self) -> Ability:
        return Ability(buttons=True, reactions=False, prefix="!", text_limit=TEXT_LIMIT, pace=self._pace())

    def _pace(self) -> Pace:
        if self._rate is None:
            return Pace(card_gap_ms=2_000)
        minute = max(1, 60_000 // self._rate.pause_ms)
        return Pace(
            room_per_minute=minute,
            room_reserved=minute // 3,
            private_gap_ms=self._rate.pause_ms,
            card_gap_ms=3 * self._rate.pause_ms,
        )

    @property
    def unreachable_since(self) -> Instant | None:
        return self._line.cut_since

    @property
    def hears(self) -> bool:
        return self._line.hears

    @property
    def synced(self) -> bool:
        """The first sync is done: it can speak."""
        return self._voice.ready

    # ---- hearing

    async def listen(self, cursor: str | None, take: Take) -> None:
        with self._line.listening():
            await self._patiently(lambda: self._client.introduce(self._token))
            await self._patiently(self._rooms.load)
            await self._sync_on(cursor, take)

    async def _sync_on(self, cursor: str | None, take: Take) -> None:
        """One sync at a time. Its token is newer only after the commit; answers never hold it up."""
        whole, setbacks = True, 0
        while not self._line.stopping:
            heard = await self._heard(cursor, whole)
            if heard is None:
                continue
            whole = False
            if heard.events or heard.cursor != cursor:
                try:
                    answers = await take(heard)
                except Exception as error:
                    # nothing was stored: the same comes again
                    log.error("batch_not_stored", platform=self.platform, error=error)
                    self._hearing.dropped()
                    await self._line.pause(setbacks)
                    setbacks += 1
                    continue
                setbacks, cursor = 0, heard.cursor
                self._hearing.taken()
                self._give(answers)
            self._voice.ready = True
            await self._tend_keys()

    async def _heard(self, cursor: str | None, whole: bool) -> Batch | None:
        """What a sync brought; None: it failed, and the pause after it is over."""
        patience = self._hearing.patience_ms
        wait = 0 if whole else self._poll_ms if patience is None else min(self._poll_ms, max(1, patience))
        try:
            response = await self._line.unless_stopped(
                self._client.hear(cursor, full=whole, limit=self._timeline_limit, wait_ms=wait)
            )
        except Trouble as trouble:
            await self._refused(trouble, cursor)
            return None
        try:
            events = await self._line.unless_stopped(self._hearing.events(response, cursor, self._line.stamp()))
        except Trouble as trouble:
            await self._refused(trouble, None)
            return None
        if self._line.reached():
            log.info("homeserver_reached", platform=self.platform)
        return Batch(self.platform, tuple(events), response.next_batch)

    async def _refused(self, trouble: Trouble, cursor: str | None) -> None:
        """The pause after a call the server did not answer as it should, or the end."""
        if trouble.token_refused:
            raise AdapterFailed("The homeserver does not accept the Matrix access token: log the bot in anew.")
        if cursor is not None and trouble.status == 400 and trouble.code:
            raise AdapterFailed(
                "The homeserver does not know where the bot left off: is it the same server, with its own database?"
            )
        if self._line.fails():
            log.warning("homeserver_unreachable", platform=self.platform, why=str(trouble))
        await self._line.back_off(None if trouble.retry_ms is None else trouble.retry_ms / 1000)

    async def _tend_keys(self) -> None:
        try:
            await self._client.settle_keys()
            await self._hearing.wish_for_keys()
        except Trouble as trouble:
            log.warning("keys_not_settled", platform=self.platform, code=trouble.code)

    # ---- speaking

    async def stand_by(self) -> None:
        """Never: the keys of encrypted rooms are one device's, so who does not listen does not speak."""

    async def say(self, saying: Saying) -> Sent:
        return await self._voice.say(saying)

    async def answer(self, answer: Answer) -> Sent:
        return await self._voice.answer(answer)

    def _give(self, answers: Sequence[Answer]) -> None:
        for answer in answers:
            task = asyncio.create_task(self._answer(answer))
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)

    async def _answer(self, answer: Answer) -> None:
        """At once, or when the server lets us; answers in words that can wait come by way of `answer`."""
        for _ in range(_ANSWER_TRIES):
            try:
                sent = await self._voice.answer(answer)
            except Exception as error:  # one answer must not take the others with it
                log.error("answer_failed", platform=self.platform, error=error)
                return
            if sent.outcome is not Outcome.LATER:
                return
            await self._sleep(max(0, (sent.retry_at or 0) - self._now()) / 1000)

    def private_link(self, payload: str) -> str | None:
        """Known as soon as the bot knows its own name. Matrix carries no payload along."""
        return link(self._client.user_id) if self._client.user_id else None

    async def menus(self, menus: Sequence[Menu]) -> None:
        """Matrix has none; `!help` says the same."""

    # ---- ending

    async def stop(self) -> None:
        """The batch being taken is finished, answers under way get a few seconds, then all ends."""
        await self._line.stop()
        if self._answers:
            await asyncio.wait(self._answers, timeout=_DRAIN_SECONDS)
        for task in self._answers:
            task.cancel()
        await self._seeds.close()
        await self._rooms.close()
        await self._client.shut()
        self._memory.close()

    async def _patiently(self, call: Callable[[], Awaitable[Found]]) -> Found:
        """A call again and again until it comes through; only what is wrong for ever ends it."""
        while True:
            try:
                return await self._line.unless_stopped(call())
            except Trouble as trouble:
                failed = trouble
            await self._refused(failed, None)
