"""What is said where several workers speak: each room by one of them at a time, and no room too often by all."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from adapters.port import Instant, Lane
from bot.deliver_pacing import SECOND, allowed
from bot.deliver_send import Changed, Former, Look, NotNow, Words
from bot.service import Service, StoreLost
from bot.service_desk import Desk
from bot.speech import Found, Speech, found
from bot.store import claims
from bot.store.outbox import Card, Waiting
from bot.store.workers import are_there
from bot.voices import Abilities, platform_of
from bot.wording_voice import PUBLIC, Elsewhere

LEFT_MS = SECOND
"""A room that is another worker's by lot, and that it does not claim for so long, is anybody's."""


class SharedSpeech(Speech):
    """What `bot.deliver` asks, where others ask it too."""

    def __init__(
        self, service: Service, abilities: Abilities, links: Callable[[str], str | None], worker: str,
        elsewhere: Elsewhere = PUBLIC,
    ) -> None:  # fmt: skip
        super().__init__(service, abilities, links, elsewhere)
        self._worker, self.holds = worker, False
        self._recording: set[asyncio.Task[None]] = set()
        self._left: dict[str, Instant] = {}
        """Since when rooms that are others' by lot wait for them."""

    async def look(self, now: Instant, limit: int) -> Look:
        there, again_at, rows = await self._service.beside(lambda connection: self._claim(connection, now, limit))
        look = await self._shown(rows, limit)
        instants = [at for at in (look.next_at, again_at) if at is not None]
        return replace(look, next_at=min(instants, default=None), workers=max(1, there))

    def _claim(self, connection: Connection, now: Instant, limit: int) -> tuple[int, Instant | None, Found]:
        """Claims what is this worker's to say, gives back what is done, and reads what it has to say."""
        there = are_there(connection)
        if self._worker not in there:
            # it has not said for too long that it is there: what it claimed may be others' by now
            return 1, now + SECOND, ([], [], None)
        waiting = claims.waiting(connection, now, Lane.CARD, limit)
        free = [room for room, worker in waiting if worker not in there and self._speaks_in(room)]
        by_lot = [room for room in free if self._is_ours(room, there)]
        self._left = {room: self._left.get(room, now) for room in set(free).difference(by_lot)}
        left = [room for room, since in self._left.items() if since + LEFT_MS <= now]
        claims.take(connection, self._worker, [*by_lot, *left], there)
        if len(waiting) < limit:
            claims.give_back(connection, self._worker, there, {room for room, _ in waiting}, now)
        others = [since + LEFT_MS for since in self._left.values() if since + LEFT_MS > now]
        return len(there), min(others, default=None), found(connection, now, limit, self._worker)

    def _speaks_in(self, room: str) -> bool:
        ability = self._abilities.get(platform_of(room))
        return ability is not None and (ability.any_speaks or self.holds)

    def _is_ours(self, room: str, there: Sequence[str]) -> bool:
        """By lot, the same whoever draws it: so the rooms are spread, and few change hands when a worker comes or
        goes. Where one speaks for all there is no lot."""
        if not self._abilities[platform_of(room)].any_speaks:
            return True
        return max(there, key=lambda one: hashlib.sha256(f"{one} {room}".encode()).digest()) == self._worker

    def edited(self, card: Card, shown: int, at: Instant) -> None:
        """Recorded at once: others look at the table, and while it says that the card is behind the room is kept."""
        super().edited(card, shown, at)
        task = asyncio.create_task(self._record())
        self._recording.add(task)
        task.add_done_callback(self._recording.discard)

    async def _record(self) -> None:
        with contextlib.suppress(StoreLost):
            await self._service.take_soon([])

    # --- before each message

    def _try(
        self, desk: Desk, what: Waiting | Changed | Former, now: Instant
    ) -> Words | Instant | NotNow | Exception | None:
        made = super()._try(desk, what, now)
        return self._turn(desk.connection, what, made.saying.lane, now) or made if isinstance(made, Words) else made

    def _turn(
        self, connection: Connection, what: Waiting | Changed | Former, lane: Lane, now: Instant
    ) -> NotNow | None:
        """The last look before it is said: another may have taken the room, and said it, while this one stood
        still."""
        row = what if isinstance(what, Waiting) else None
        room = what.room if isinstance(what, Waiting) else what.card.room
        if not claims.is_mine(connection, self._worker, room):
            return NotNow(None)
        if row is not None and not claims.is_waiting(connection, row.assembly, row.number):
            return NotNow(None)
        at = self._spend(connection, room, lane, row is not None and row.person is not None, now)
        return None if at is None else NotNow(at)

    async def may_answer(self, room: str, private: bool, now: Instant) -> Instant | None:
        """Whoever heard words answers them, also in a room to which another speaks."""
        if not self._abilities[platform_of(room)].any_speaks:
            return None
        return await self._service.beside(
            lambda connection: self._spend(connection, room, Lane.ANSWER, private, now)
        )

    def _spend(
        self, connection: Connection, room: str, lane: Lane, private: bool, now: Instant
    ) -> Instant | None:
        """One message of what the platform lets all workers say there; else when there is one."""
        ability = self._abilities[platform_of(room)]
        if not ability.any_speaks:
            return None
        instants = claims.sent(connection, room, now)
        at = allowed(ability.pace, instants, lane, private)
        if at > now:
            return at
        claims.note_sent(connection, room, sorted([*instants, now]))
        return None
