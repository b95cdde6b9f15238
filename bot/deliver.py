"""The way out: what waits in the outbox becomes words, and the words go to their rooms as the platforms allow.

A row of the outbox holds what to say, not the words; they are made when its turn has come, from the state as
it is then. A row goes when it was said, so a restart goes on where the last run ended. Answers in words are
no rows: they go first, from memory, at most once. Cards are edited once for many changes: at once when quiet,
then after a gap, and always a last time.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

import structlog

from adapters.port import Adapter, Answer, Instant, Lane
from bot.deliver_pacing import Job, Pacing
from bot.deliver_send import Again, Changed, Former, Gone, Look, Messenger, Outbox, Result

log = structlog.get_logger(__name__)

AT_A_LOOK = 5000
"""Rows taken into the queues at a time."""
BETWEEN_LOOKS_MS = 50
"""Under load every commit changes a card; looking so often is enough."""


@dataclass(frozen=True, slots=True)
class Limits:
    rooms_at_once: int = 8
    answers_waiting: int = 2000
    many_cards: int = 3
    many_cards_gap_ms: int = 12_000
    retry_ms: int = 1000
    retry_most_ms: int = 300_000


class Deliver:
    """`now` and `sleep` are the clock's; in a rehearsal they are the script's."""

    def __init__(
        self,
        adapters: Mapping[str, Adapter],
        outbox: Outbox,
        limits: Limits,
        now: Callable[[], Instant],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._adapters = adapters
        self._outbox = outbox
        self._limits = limits
        self._now = now
        self._sleep = sleep
        self._messenger = Messenger(outbox, limits.retry_ms, limits.retry_most_ms, now, sleep)
        self._queues = {name: Pacing(one.ability.pace, limits.rooms_at_once) for name, one in adapters.items()}
        self._numbers = count()
        self._woken = asyncio.Event()
        self._turning = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stale = True
        """The outbox may hold what the queues do not know."""
        self._looking = False
        self._more = False
        """There is more in the outbox than was taken in at the last look."""
        self._look_at: Instant | None = None
        self._looked: Instant = 0
        self._finished: set[Hashable] = set()
        """What was done while the outbox is being read, and so may be among what is read."""
        self._overtaken: set[Hashable] = set()
        """Edits on their way whose card was found changed: perhaps since their words were made."""
        self._dropped = 0

    # --- what comes in

    def wake(self, new: Look | None = None) -> None:
        """After a commit: sayings or changed cards may be waiting. `new`: all it left, where that is known."""
        if new is None or self._stale or self._looking or self._more:
            # what is new comes after what is there and not yet known
            self._stale = True
        else:
            self._take_in(new)
        self._woken.set()

    def answer(self, answers: Sequence[Answer]) -> tuple[Answer, ...]:
        """Puts replies in words into the first lane of their rooms; gives back what the adapter answers at once."""
        at_once: list[Answer] = []
        for answer in answers:
            if answer.to.tap is not None or not answer.text:
                at_once.append(answer)
            elif sum(queue.by_lane[Lane.ANSWER] for queue in self._queues.values()) < self._limits.answers_waiting:
                self._put_answer(answer)
            else:
                self._dropped += 1
        self._woken.set()
        return tuple(at_once)

    def _put_answer(self, answer: Answer) -> None:
        key = ("answer", next(self._numbers))
        self._put(Job(key, answer.to.room, Lane.ANSWER, answer, private=answer.to.private))

    # --- how it stands

    @property
    def waiting(self) -> int:
        """How much waits for its turn or is on its way."""
        return sum(len(queue) for queue in self._queues.values())

    @property
    def counts(self) -> Counter[tuple[str, str]]:
        """What became of what was sent, by platform and outcome."""
        return self._messenger.counts + Counter({("all", "dropped"): self._dropped})

    # --- the ways to run

    async def run(self) -> None:
        """Says what there is to say, when it may be said, until it is cancelled."""
        try:
            while True:
                self._woken.clear()
                await self._turn(self._looked + BETWEEN_LOOKS_MS)
                await self._pause()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def settle(self) -> None:
        """Returns when everything that may be said at this instant is said."""
        while True:
            await self._turn(self._now())
            if self._tasks:
                await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            elif not self._stale and (self.next_at() or self._now() + 1) > self._now():
                return

    def next_at(self) -> Instant | None:
        """When the next of what is known, and may not be said yet, may be said."""
        instants = [queue.when(self._now()) for queue in self._queues.values()]
        return min((at for at in (*instants, self._look_at) if at is not None), default=None)

    async def _turn(self, look_from: Instant) -> None:
        """Takes in what is new and starts everything whose turn it is."""
        async with self._turning:
            now = self._now()
            if self._stale:
                self._look_at = min(look_from, self._look_at or look_from)
            if self._look_at is not None and self._look_at <= now:
                await self._look(now)
            for name, queue in self._queues.items():
                while (job := queue.next(self._now())) is not None:
                    task = asyncio.create_task(self._serve(self._adapters[name], queue, job))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)

    async def _pause(self) -> None:
        """Until something comes in or is out, or a waiting time is over."""
        until = self.next_at()
        waits: list[asyncio.Future[object]] = [asyncio.ensure_future(self._woken.wait())]
        if until is not None:
            waits.append(asyncio.ensure_future(self._sleep(max(0, until - self._now()) / 1000)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    # --- from the outbox to the queues

    async def _look(self, now: Instant) -> None:
        self._stale, self._looking, self._looked = False, True, now
        try:
            look = await self._outbox.look(now, AT_A_LOOK)
            self._look_at, self._more = look.next_at, not look.whole
            for queue in self._queues.values():
                queue.workers = look.workers
            self._take_in(look)
        except Exception as error:
            # the database is away: what waits stays there
            log.error("outbox_unreadable", error=error)
            self._look_at = now + self._limits.retry_ms
        finally:
            self._looking = False
            self._finished.clear()

    def _take_in(self, look: Look) -> None:
        for row in look.sayings:
            private = row.person is not None
            self._put(Job(row.key, row.room, Lane(row.lane), row, private, not_before=row.not_before, tries=row.tries))
        for changed in look.cards:
            self._put_edit(self._edit(changed))

    def _put_edit(self, job: Job) -> None:
        # one that is on its way, or was a moment ago, may lack the last change: then it is looked at once more
        self._stale |= job.key in self._finished
        if not self._put(job):
            self._overtaken.add(job.key)

    def _edit(self, changed: Changed) -> Job:
        card = changed.card
        at = card.shown_at + self._card_gap(card.room, changed.open_items)
        key = (card.assembly, card.item, card.room)
        return Job(key, card.room, Lane.CARD, changed, edit=True, not_before=at)

    def _card_gap(self, room: str, open_items: int) -> int:
        adapter = self._adapters.get(_platform(room))
        gap = adapter.ability.pace.card_gap_ms if adapter else 0
        return max(gap, self._limits.many_cards_gap_ms) if gap and open_items > self._limits.many_cards else gap

    def _put(self, job: Job) -> bool:
        """What is for a platform that is not there in this run stays in the outbox. False: it is in a queue already."""
        queue = self._queues.get(_platform(job.room))
        return queue is None or job.key in self._finished or queue.put(job, self._now())

    # --- one job

    async def _serve(self, adapter: Adapter, queue: Pacing, job: Job) -> None:
        result = await self._messenger.take(adapter, job)
        self._finish(queue, job, result)
        self._woken.set()

    def _finish(self, queue: Pacing, job: Job, result: Result) -> None:
        now = self._now()
        if isinstance(result, Again):
            if result.room is None:
                queue.again(job, now, result.at, result.hold, result.sent)
            else:
                self._follow(queue, job, result.room)
            return
        if self._looking:
            self._finished.add(job.key)
        self._stale |= job.key in self._overtaken or (self._more and self.waiting < AT_A_LOOK // 2)
        self._overtaken.discard(job.key)
        if isinstance(result, Gone):
            queue.done(job, now, sent=1)
            dropped = [other.key for other in queue.drop(job.room)]
            self._finished.update(dropped if self._looking else ())
            return
        queue.done(job, now, result.sent)
        if result.look_at is not None:
            self._look_at = min(result.look_at, self._look_at or result.look_at)
        if result.card is not None:
            # what changed while the first card was on its way could mark no card: it is looked at once more
            queue.replace_edit(self._edit(Changed(result.card, 0)), now)
        if result.former is not None:
            former = result.former
            self._put(Job(("former", former.room, former.message), former.room, Lane.CARD, Former(former)))

    def _follow(self, queue: Pacing, job: Job, room: str) -> None:
        """The room has a new address: answers go along, rows come from the outbox again."""
        queue.done(job, self._now(), sent=1)
        for one in (job, *queue.drop(job.room)):
            if isinstance(one.what, Answer):
                self._put_answer(replace(one.what, to=replace(one.what.to, room=room)))
        self._stale = True


def _platform(room: str) -> str:
    return room.partition(":")[0]
