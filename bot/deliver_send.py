"""One message on its way: its words are made, the platform takes it or not, and what became of it is recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import structlog

from adapters.port import Adapter, Answer, Instant, Lane, Outcome, Saying, Sent
from bot.deliver_pacing import Job
from bot.store.outbox import Card, Waiting

log = structlog.get_logger(__name__)
T = TypeVar("T")

TRIES = 8
"""So often a saying may fail on our side, or be refused a wait without a time, before it is set aside."""
REMEMBERED = 10_000
"""Cards whose last words are kept, so that an edit that would change nothing is not sent."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A card that does not show the last change, and how many items are open beside it."""

    card: Card
    open_items: int


@dataclass(frozen=True, slots=True)
class Former:
    """A card whose place a newer message has taken: it loses its buttons."""

    card: Card


@dataclass(frozen=True, slots=True)
class Look:
    """What may be said now, which cards are to be edited, when the next saying that is held back may be said."""

    sayings: Sequence[Waiting]
    cards: Sequence[Changed]
    next_at: Instant | None
    workers: int = 1
    """So many programs speak, this one among them."""
    whole: bool = True
    """No more waits than was given."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is said, made from the state of one moment. `shown`: of a card, the number of changes in it.

    Key, room, thread and what it edits are filled in here.
    """

    saying: Saying
    shown: int = 0


@dataclass(frozen=True, slots=True)
class NotNow:
    """In the place of words: other workers have said so much there that it must wait until then. None: the room is
    spoken to by another worker."""

    at: Instant | None


class Outbox(Protocol):
    """What waits, its words, and what became of it. Each call is one transaction."""

    async def look(self, now: Instant, limit: int) -> Look: ...

    async def words(self, what: Waiting | Changed | Former, now: Instant) -> Words | Instant | NotNow | None:
        """None: it need not be said any more. An instant: not before then (quiet hours)."""
        ...

    async def may_answer(self, room: str, private: bool, now: Instant) -> Instant | None:
        """Whether words may be answered there now; else when."""
        ...

    async def said(self, saying: Waiting, message: str, shown: int, at: Instant) -> Card | None:
        """The row is done. Of a new card: the former one of the item in that room, if there was another."""
        ...

    async def unneeded(self, saying: Waiting) -> None: ...

    async def later(self, saying: Waiting, not_before: Instant, tries: int) -> None: ...

    async def set_aside(self, saying: Waiting, error: str, at: Instant) -> None:
        """It can never be said: out of the way, with its error."""
        ...

    def edited(self, card: Card, shown: int, at: Instant) -> None:
        """The message shows so many changes. Recorded with whatever is stored next: should that be lost, the same
        edit is made once more."""
        ...

    async def posted_anew(self, card: Card, message: str, shown: int, at: Instant) -> None:
        """The message of a card was not there any more; this one shows the item now."""
        ...

    async def answered(self, room: str, item: int, message: str) -> None:
        """A reply in words was about an item: what people reply to it is about it too."""
        ...

    async def gone(self, room: str, at: Instant) -> None:
        """This destination takes no more messages."""
        ...

    async def moved(self, old: str, new: str, at: Instant) -> None:
        """The room has a new address."""
        ...


@dataclass(frozen=True, slots=True)
class Done:
    """`sent`: how many messages went out that count against the limits.

    `card` was posted just now, and `former` loses its buttons; `look_at`: the outbox will have it again then.
    """

    sent: int
    card: Card | None = None
    former: Card | None = None
    look_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """Not out: again at an instant. `hold`: the whole room waits until then; `room`: its new address; `sent`: how
    many messages it cost."""

    at: Instant
    hold: bool = False
    room: str | None = None
    sent: int = 1


@dataclass(frozen=True, slots=True)
class Gone:
    """Nothing more can be said there."""


Result = Done | Again | Gone


class Messenger:
    """Takes jobs out, one at a time to a room. `counts`: what became of them, for the metrics."""

    def __init__(
        self,
        outbox: Outbox,
        retry_ms: int,
        retry_most_ms: int,
        now: Callable[[], Instant],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._outbox = outbox
        self._retry_ms, self._retry_most_ms = retry_ms, retry_most_ms
        self._now = now
        self._sleep = sleep
        self._last: dict[tuple[str, int, str], tuple[str, Words]] = {}
        self._unsure: set[object] = set()
        self.counts: Counter[tuple[str, str]] = Counter()

    async def take(self, adapter: Adapter, job: Job) -> Result:
        """Whatever goes wrong on our side is tried again later; a row is never lost by it."""
        try:
            if isinstance(job.what, Answer):
                return await self._answer(adapter, job, job.what)
            if isinstance(job.what, Waiting):
                return await self._say(adapter, job, job.what)
            if isinstance(job.what, Changed):
                return await self._edit(adapter, job, job.what)
            assert isinstance(job.what, Former)
            return await self._disarm(adapter, job.what)
        except Exception as error:
            log.error("saying_failed", platform=adapter.platform, attempt=job.tries, error=error)
            return await self._failed(job, type(error).__name__)

    async def _failed(self, job: Job, error: str) -> Result:
        job.tries += 1
        if isinstance(job.what, Answer | Former):
            return Done(sent=1)
        at = self._now() + self.patience(job.tries)
        if isinstance(job.what, Waiting):
            try:
                if job.tries >= TRIES:
                    await self._outbox.set_aside(job.what, error, self._now())
                    return Done(sent=1)
                await self._outbox.later(job.what, at, job.tries)
            except Exception as trouble:
                # the database is away: the row is as it was
                log.error("outbox_unwritable", error=trouble)
        return Again(at)

    def patience(self, tries: int) -> int:
        """Milliseconds before the next attempt: twice as long each time, up to a limit."""
        return min(self._retry_ms << min(tries, 20), self._retry_most_ms)

    # --- the four kinds of jobs

    async def _answer(self, adapter: Adapter, job: Job, answer: Answer) -> Result:
        """At most once: what may have arrived is not said again."""
        at = await self._outbox.may_answer(job.room, job.private, self._now())
        if at is not None:
            return Again(at, sent=0)
        sent = await adapter.answer(answer)
        self._count(adapter, sent)
        if sent.moved_to or sent.outcome in (Outcome.LATER, Outcome.GONE):
            return await self._not_out(job, sent)
        item, message = answer.item, sent.message
        if sent.outcome is Outcome.SENT and message is not None and item is not None:
            await self._recorded(lambda: self._outbox.answered(job.room, item, message))
        return Done(sent=_messages(adapter, answer.text))

    async def _say(self, adapter: Adapter, job: Job, row: Waiting) -> Result:
        words = await self._outbox.words(row, self._now())
        if words is None:
            await self._outbox.unneeded(row)
            return Done(sent=0)
        if isinstance(words, int):
            await self._outbox.later(row, words, row.tries)
            return Done(sent=0, look_at=words)
        if isinstance(words, NotNow):
            return _not_now(words)
        saying = replace(words.saying, key=row.key, room=row.room, thread=row.thread, lane=job.lane, edits=None)
        sent = await adapter.say(saying)
        self._count(adapter, sent)
        if self._may_be_out(adapter, job, sent):
            message, at = sent.message or "", self._now()
            former = await self._recorded(lambda: self._outbox.said(row, message, words.shown, at))
            if row.kind != "card" or row.item is None or not message:
                return Done(_messages(adapter, saying.text))
            self._remember((row.assembly, row.item, row.room), message, words)
            card = Card(row.assembly, row.item, row.room, message, row.thread, words.shown, words.shown, at)
            return Done(_messages(adapter, saying.text), card, former)
        if sent.outcome is Outcome.REFUSED:
            log.error("saying_refused", platform=adapter.platform, kind=row.kind, assembly=row.assembly, item=row.item)
            await self._recorded(lambda: self._outbox.set_aside(row, sent.error, self._now()))
            return Done(sent=1)
        return await self._not_out(job, sent)

    async def _edit(self, adapter: Adapter, job: Job, changed: Changed) -> Result:
        words = await self._outbox.words(changed, self._now())
        if isinstance(words, NotNow):
            return _not_now(words)
        if not isinstance(words, Words):
            return Done(sent=0)
        card = changed.card
        place = (card.assembly, card.item, card.room)
        key = f"{card.assembly}:{card.item}:{card.message}:{words.shown}"
        saying = replace(words.saying, key=key, room=card.room, thread=card.thread, lane=Lane.CARD, edits=card.message)
        if self._shows(place, card.message, words):
            self._outbox.edited(card, words.shown, card.shown_at)
            return Done(sent=0)
        sent = await adapter.say(saying)
        self._count(adapter, sent)
        if sent.outcome is Outcome.MISSING:
            saying = replace(saying, key=f"{key}:anew", edits=None)
            sent = await adapter.say(saying)
            self._count(adapter, sent)
            if self._may_be_out(adapter, job, sent) and sent.message:
                message = sent.message
                await self._recorded(lambda: self._outbox.posted_anew(card, message, words.shown, self._now()))
                self._remember(place, message, words)
                return Done(sent=1)
        if sent.outcome is Outcome.SENT or sent.outcome is Outcome.REFUSED:
            # a refused edit would be refused again: the next change brings the next one
            self._outbox.edited(card, words.shown, self._now())
            self._remember(place, card.message, words)
            return Done(sent=1)
        return await self._not_out(job, sent)

    async def _disarm(self, adapter: Adapter, former: Former) -> Result:
        """The buttons of an older card go, if that is easy: who presses them is told that they are old."""
        card = former.card
        words = await self._outbox.words(former, self._now())
        if isinstance(words, Words):
            key = f"{card.assembly}:{card.item}:{card.message}:former"
            sent = await adapter.say(
                replace(
                    words.saying, key=key, room=card.room, thread=card.thread, lane=Lane.CARD, edits=card.message,
                    buttons=(),
                )
            )  # fmt: skip
            self._count(adapter, sent)
        return Done(sent=1)

    # --- what the platform said to it

    def _may_be_out(self, adapter: Adapter, job: Job, sent: Sent) -> bool:
        """Sent, or lost on the way so often that once more would be one too many (a reminder: once). While nothing
        at all is heard of the platform, what is lost on the way says nothing."""
        if sent.outcome is Outcome.SENT:
            self._unsure.discard(job.key)
            return True
        if sent.outcome is not Outcome.UNSURE or adapter.unreachable_since is not None:
            return False
        if job.key in self._unsure or job.lane is Lane.REMINDER:
            self._unsure.discard(job.key)
            return True
        self._unsure.add(job.key)
        return False

    async def _not_out(self, job: Job, sent: Sent) -> Result:
        if sent.moved_to is not None:
            await self._outbox.moved(job.room, sent.moved_to, self._now())
            return Again(self._now(), room=sent.moved_to)
        if sent.outcome is Outcome.GONE:
            log.info("destination_gone", room=job.room)
            await self._outbox.gone(job.room, self._now())
            return Gone()
        job.tries += 1
        at = sent.retry_at if sent.retry_at is not None else self._now() + self.patience(job.tries)
        # what a platform asks of one room concerns no other
        return Again(at, hold=sent.outcome is Outcome.LATER)

    async def _recorded(self, write: Callable[[], Awaitable[T]]) -> T:
        """It is out, so it must be recorded: as often as it takes, as else it would be said again."""
        tries = 0
        while True:
            try:
                return await write()
            except Exception as error:
                tries += 1
                log.error("outbox_unwritable", attempt=tries, error=error)
                await self._sleep(self.patience(tries) / 1000)

    def _count(self, adapter: Adapter, sent: Sent) -> None:
        self.counts[adapter.platform, sent.outcome.value] += 1

    # --- the last words of cards

    def _shows(self, place: tuple[str, int, str], message: str, words: Words) -> bool:
        last = self._last.get(place)
        if last is None or last[0] != message:
            return False
        before = last[1].saying
        return (before.text, before.buttons) == (words.saying.text, words.saying.buttons)

    def _remember(self, place: tuple[str, int, str], message: str, words: Words) -> None:
        self._last.pop(place, None)
        self._last[place] = message, words
        if len(self._last) > REMEMBERED:
            del self._last[next(iter(self._last))]


def _not_now(words: NotNow) -> Result:
    return Done(sent=0) if words.at is None else Again(words.at, sent=0)


def _messages(adapter: Adapter, text: str) -> int:
    """How many messages a platform makes of a text."""
    return 1 + len(text) // adapter.ability.text_limit
