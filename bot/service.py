"""The service: jobs are taken in batches, each batch whole in the writer thread and in one transaction.

Whatever comes while one commit runs goes into the next. A result is given back when, and only when, everything
its batch led to is on disk, the platform's cursor included.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, Engine, bindparam, delete, func, select
from sqlalchemy.exc import DBAPIError

from bot.service_desk import Announce, Chance, Desk, Memory, News, Wake
from bot.service_due import Deadlines, Due
from bot.store.box import StillBox
from bot.store.codec import Salt
from bot.store.directory import Directory
from bot.store.engine import is_conflict, is_lost, reading, wipe
from bot.store.hot import Hot, put_one
from bot.store.tables import beats, causes, heads
from bot.store.workers import Fence, NotHeld, is_stored, tell_reach, transaction, unreachable
from governance.assembly import Assembly
from governance.terms import DAY, MINUTE, SECOND, AssemblyId, Instant

BATCH = 500
"""Jobs in one transaction, where they do not come in one piece from one poll."""
BEAT = 30 * SECOND
DOWN = 2 * MINUTE
"""A gap of this length between heartbeats, or between two contacts with a platform, is made up for (§3.8)."""
PATIENCE = DAY
"""So long a platform away puts off the closings of assemblies that meet on another one too."""
EARLY_BEAT = 5 * SECOND
"""A batch so shortly before the next heartbeat gives it."""
CAUSES_KEPT = 3 * DAY
"""For so long a cause without a cursor is remembered: longer than any platform repeats one."""
TRIES = 5
"""How often a batch is run when other workers come between."""
READERS = 4
UNSURE = 0.2
"""Seconds after which a database that does not tell what it has stored is asked again."""

T = TypeVar("T")
log = structlog.get_logger()


class StoreLost(Exception):
    """The database could not be written: nothing was stored, nothing has changed, it may be asked again."""


DELIVERS = "deliver"
"""The cause of what delivery asks."""


@dataclass(slots=True)
class Job:
    """Something to be done at the desk. `at`: when its cause was heard; jobs of one batch run in this order."""

    cause: str
    at: Instant
    run: Callable[[Desk], Any]
    once: bool = True
    """Where no cursor stands behind it, the cause is remembered and not run again."""
    assembly: AssemblyId | None = None
    """The assembly it will ask, where that is known before."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """In the place of a result: this cause was taken before."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """In the place of a result: the job failed by itself as well, and was set aside with its error."""

    cause: str
    error: str


Cursor = tuple[str, str]
"""A platform, and up to where it was heard."""
Results = list[Any]


@dataclass(slots=True)
class _Unit:
    """Jobs that came in one piece."""

    jobs: Sequence[Job]
    cursor: Cursor | None
    answer: asyncio.Future[Results] | None = None

    def remembers(self, job: Job) -> bool:
        return self.cursor is None and job.once


@dataclass(slots=True)
class _Place:
    """One job of a batch, and where its result goes."""

    job: Job
    remember: bool
    results: Results
    index: int


class Service:
    """One for each process. `take` and what it calls belong to the writer thread.

    `now` gives the instant, `salt` 16 random bytes, `new_id` an unused id, `chance` the bytes of a code (by default
    those of a salt); `hears` the platforms this process hears, each with the instant of the last contact while it
    cannot be reached. Without `beats` no heartbeat is kept: for a clock that is moved by hand.
    """

    def __init__(
        self, engine: Engine, *, now: Callable[[], Instant], announce: Announce, salt: Salt, new_id: Callable[[], str],
        hears: Callable[[], Mapping[str, Instant | None]] = dict, batch: int = BATCH, worker: str = "main",
        beats: bool = True, chance: Chance | None = None,
    ) -> None:
        self._engine, self._reading, self._now = engine, reading(engine), now
        self._hears, self._batch, self._worker, self._beats = hears, batch, worker, beats
        self._memory = Memory(Hot(engine.dialect), Directory(new_id), announce, salt, chance or (lambda of: salt()))
        self._shared = engine.dialect.name == "postgresql"
        self.fence = Fence(worker)
        """Among several workers: what must be true of this one when it commits."""
        self.leaving = Event()
        """Set from the loop: do not wait for a database that is away."""
        self._begun = False
        self._beat: Instant | None = None
        self._out: dict[str, Instant] = {}
        self._told: dict[str, bool] = {}
        """What the other workers know: which platforms this one hears, and whether it reaches them."""
        self._sure: set[str] = set()
        """Platforms whose cursor says all about their causes."""
        self._moved = 0
        self._deadlines = Deadlines(self, self._take_due)
        self._lost = False
        self._held = False
        self._to_wipe = True
        """Of what a process that was killed erased, something may be left."""
        """What runs now may be done only by the holder of the platforms."""
        self._waiting: deque[_Unit] = deque()
        self._along: list[Job] = []
        """What goes into the next batch, whenever that is."""
        self._pump: asyncio.Task[None] | None = None
        self._writer = ThreadPoolExecutor(1, "writer")
        self._readers = ThreadPoolExecutor(READERS, "reader")
        self.listeners: list[Callable[[Wake], None]] = []
        """Called in the loop after each batch that left something to be done."""

    # --- in the loop

    async def take_soon(self, jobs: Sequence[Job], cursor: Cursor | None = None) -> Results:
        """The results of these jobs, in their order, after the commit: what each gave back, `Repeated` or
        `SetAside`. Raises `StoreLost` when nothing was stored."""
        answer: asyncio.Future[Results] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Unit(jobs, cursor, answer))
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._work())
        return await answer

    def take_along(self, job: Job) -> None:
        """With the next batch, at the latest that of a heartbeat: for what costs no harm when it is lost with it."""
        self._along.append(job)

    def _next_units(self) -> list[_Unit]:
        units, size = [_Unit(self._along, None)] if self._along else [], 0
        self._along = []
        while self._waiting and (not size or size + len(self._waiting[0].jobs) <= self._batch):
            units.append(self._waiting.popleft())
            size += len(units[-1].jobs)
        return units

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            units = self._next_units()
            try:
                results, wake = await loop.run_in_executor(self._writer, self._run, units)
            except Exception as error:
                for unit in units:
                    if unit.answer is not None and not unit.answer.done():
                        unit.answer.set_exception(error)
                continue
            for unit, result in zip(units, results, strict=True):
                if unit.answer is not None and not unit.answer.done():
                    unit.answer.set_result(result)
            if wake.said or wake.dirty or wake.mail or wake.due is not None:
                for listener in self.listeners:
                    listener(wake)

    async def read(self, reader: Callable[[Connection], T]) -> T:
        """What a function reads in a transaction of its own, in another thread."""
        return await self._in(self._readers, self._read, reader)

    def _read(self, reader: Callable[[Connection], T]) -> T:
        with self._reading.begin() as connection:
            return reader(connection)

    async def beside(self, act: Callable[[Connection], T]) -> T:
        """In a transaction of its own beside the writer's: what is no assembly's, and may be done again."""
        return await self._in(self._readers, self._beside, act)

    def _beside(self, act: Callable[[Connection], T]) -> T:
        for attempt in range(1, TRIES + 1):
            try:
                with self._engine.begin() as connection:
                    return act(connection)
            except Exception as error:
                if not is_conflict(error) or attempt == TRIES:
                    raise
        raise AssertionError("the last attempt returns or raises")

    async def state(self, assembly: AssemblyId) -> Assembly | None:
        """The assembly as last published; read from its facts where it is not in memory."""
        known = self.published(assembly)
        if known is not None:
            return known
        read = Job(f"read:{assembly}", 0, lambda desk: desk.state(assembly), once=False, assembly=assembly)
        found = (await self.take_soon([read]))[0]
        if isinstance(found, SetAside):
            raise ValueError(found.error)
        return found  # type: ignore[no-any-return]  # what the job gave back

    def box(self, assembly: AssemblyId) -> StillBox:
        """The ballots of open questions as last published, of an assembly whose state was asked for before."""
        entry = self._memory.entries.get(assembly)
        return StillBox({} if entry is None else entry.boxes)

    def published(self, assembly: AssemblyId) -> Assembly | None:
        """The assembly as last published; None where it is not in memory."""
        entry = self._memory.entries.get(assembly)
        return None if entry is None else entry.state

    def states(self) -> list[Assembly]:
        """Every assembly in memory, as last published; those with a deadline are."""
        return [entry.state for entry in list(self._memory.entries.values()) if entry.state is not None]

    async def warm_up(self) -> int:
        """Bring every assembly with a deadline into memory before the first word is heard; gives their number."""
        return await self._in(self._writer, self._warm_up)

    def taken_over(self, platforms: Iterable[str]) -> None:
        """Another worker heard these platforms until now: what it remembered behind its cursor counts."""
        self._sure.difference_update(platforms)

    async def beat(self) -> None:
        """Say that this process runs, and make up for the time it did not."""
        await self.take_soon([])

    def has_news(self) -> bool:
        """A platform cannot be reached any more, or can again, and the other workers do not know it yet."""
        return self._shared and _reached(self._hears()) != self._told

    async def next_due(self, after: Instant = 0) -> Instant | None:
        """The next deadline later than this instant, of those that can be taken."""
        return await self._deadlines.following(after)

    async def pass_time(self, until: Instant) -> None:
        """Take all deadlines up to this instant, by instant, then in the order they were set. What is held because
        a platform cannot be reached stays."""
        await self._deadlines.pass_time(until)

    async def _take_due(self, due: Collection[Due]) -> list[Any]:
        results = await self.take_soon([_deadline(assembly, instant) for assembly, instant in due])
        return [None if isinstance(result, SetAside) else result for result in results]

    @property
    def moves(self) -> int | None:
        """How many batches so far moved a deadline; None where other workers move some too."""
        return None if self._shared else self._moved

    async def close(self) -> None:
        """Finish what was taken, take nothing more."""
        if self._along:
            with contextlib.suppress(StoreLost):
                await self.take_soon([])
        while self._pump is not None and not self._pump.done():
            await asyncio.wait([self._pump])
        for pool in (self._writer, self._readers):
            await asyncio.to_thread(pool.shutdown)

    async def _in(self, pool: Executor, call: Callable[..., T], *args: Any) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, call, *args)
        except Exception as error:
            if is_lost(error):
                raise StoreLost from error
            raise

    # --- in the writer thread

    def take(self, jobs: Sequence[Job], cursor: Cursor | None = None) -> Results:
        """One batch of its own, for the writer thread: as `take_soon`, without waiting for others."""
        return self._run([_Unit(jobs, cursor)])[0][0]

    def _run(self, units: Sequence[_Unit]) -> tuple[list[Results], Wake]:
        results: list[Results] = [[None] * len(unit.jobs) for unit in units]
        places = [
            _Place(job, unit.remembers(job), found, index)
            for unit, found in zip(units, results, strict=True)
            for index, job in enumerate(unit.jobs)
        ]
        # in the order of hearing (§3.8); what came in order stays in order
        places.sort(key=lambda place: place.job.at)
        cursors = [unit.cursor for unit in units if unit.cursor is not None]
        try:
            self._begin()
            wakes = self._look_round()
            self._held = bool(cursors)
            try:
                wakes.append(self._commit(places, cursors))
            except NotHeld:
                raise
            except Exception as error:
                if is_lost(error):
                    raise
                log.warning("batch_failed", error=error, count=len(places))
                wakes += self._one_by_one(places, cursors)
        except NotHeld as error:
            # nothing was stored: it is for the worker that holds the platforms now, or for a clock put right
            raise StoreLost from error
        except Exception as error:
            if not is_lost(error):
                raise
            if self._beats and not self._lost:
                # who lives on says so and waits; a rehearsal ends with it
                log.error("store_lost", error=error)
            self._lost = True
            raise StoreLost from error
        if self._lost:
            log.info("store_back")
        self._lost = False
        wake = _together(wakes)
        self._moved += wake.moved
        return results, wake

    def _begin(self) -> None:
        """What must be known of the past, once the database can be read."""
        if self._begun:
            return
        with self._reading.begin() as connection:
            self._beat = connection.execute(select(func.max(beats.c.at))).scalar()
            self._memory.placed = connection.execute(select(func.max(heads.c.placed))).scalar() or 0
        self._begun = True

    def _commit(
        self, places: Sequence[_Place], cursors: Sequence[Cursor], *, alone: bool = False,
        also: Callable[[Desk], None] | None = None, back: str | None = None,
    ) -> Wake:
        """One transaction. When it fails, what it touched is forgotten in memory. `alone`: one of a failed batch,
        whose causes are remembered until the cursor has gone past them all. `back`: a platform that is reached again,
        for which nothing is held here."""
        for attempt in range(1, TRIES + 1):
            desk: Desk | None = None
            number: str | None = None
            now = self._now()
            beat = self._beats and (self._beat is None or now - self._beat >= BEAT - EARLY_BEAT)
            try:
                with self._engine.begin() as connection:
                    if self._shared and self.fence.pass_through(connection, self._held, now):
                        self._memory.directory.forget_memory()
                    every = self.fence.out if self._shared else self._out
                    out = {name: since for name, since in every.items() if name != back}
                    given_up = [name for name, since in out.items() if now - since >= PATIENCE]
                    desk = Desk(self._memory, connection, out, given_up, self._shared)
                    if self._shared:
                        desk.enter_all(place.job.assembly for place in places if place.job.assembly is not None)
                    if also is not None:
                        also(desk)
                    self._run_jobs(desk, places, cursors, alone)
                    desk.write()
                    if cursors:
                        self._memory.hot.put_cursors(connection, list(dict(cursors).items()))
                    if beat:
                        self._write_beat(connection, now)
                    if self._shared:
                        self.fence.tell(connection, desk.wake(), self._memory.directory.changed)
                        number = transaction(connection)
            except Exception as error:
                if desk is None or number is None or not self._was_stored(number, error):
                    self._memory.forget(() if desk is None else desk.touched())
                    if is_conflict(error) and attempt < TRIES:
                        continue
                    raise
            if beat:
                self._beat = now
            self._sure.update(platform for platform, _ in cursors)
            wake = desk.publish()
            self._wipe(desk.erased)
            return wake
        raise AssertionError("the last attempt returns or raises")

    def _wipe(self, erased: bool) -> None:
        """What was erased leaves the database's own log as well; where somebody reads, after a later commit."""
        self._to_wipe = self._to_wipe or erased
        if self._to_wipe:
            self._to_wipe = not wipe(self._engine)

    def _was_stored(self, number: str, error: Exception) -> bool:
        """A transaction failed as it was committed. Where the connection was lost, only the database knows whether
        it stored it; nothing else is done until it has told, as else everything might be done twice."""
        if is_conflict(error) or not is_lost(error):
            return False
        log.warning("commit_unsure", error=error)
        while True:
            try:
                with self._reading.begin() as connection:
                    stored = is_stored(connection, number)
            except Exception as trouble:
                if not is_lost(trouble):
                    raise
                stored = None
            if stored is not None:
                log.info("commit_known", outcome="stored" if stored else "dropped")
                return stored
            if self.leaving.wait(UNSURE):
                # the cursor, or the cause, tells the next who runs
                return False

    def _run_jobs(self, desk: Desk, places: Sequence[_Place], cursors: Sequence[Cursor], alone: bool) -> None:
        unsure = alone or any(platform not in self._sure for platform, _ in cursors)
        if not unsure and not any(place.remember for place in places):
            for place in places:
                place.results[place.index] = place.job.run(desk)
            return
        asked = [place.job.cause for place in places if place.job.once]
        taken = _known(desk.connection, asked)
        new: list[tuple[str, Instant]] = []
        for place in places:
            job = place.job
            if job.once and job.cause in taken:
                place.results[place.index] = Repeated()
                continue
            place.results[place.index] = job.run(desk)
            if job.once and (place.remember or alone):
                taken.add(job.cause)
                new.append((job.cause, job.at))
        self._memory.hot.put_causes(desk.connection, new)
        if not alone:
            # a replay was cut short here; now the cursor passes what it remembered
            passed = [place.job.cause for place in places if place.job.cause in taken and not place.remember]
            _forget_causes(desk.connection, passed)

    def _one_by_one(self, places: Sequence[_Place], cursors: Sequence[Cursor]) -> list[Wake]:
        """A failed batch again, each job in a transaction of its own; what still fails is set aside. Its causes are
        remembered, for the process may be killed before the cursor is written at the end."""
        for platform, _ in cursors:
            self._sure.discard(platform)
        wakes = []
        for place in places:
            try:
                wakes.append(self._commit([place], [], alone=True))
            except Exception as error:
                if is_lost(error) or isinstance(error, NotHeld):
                    raise
                wakes.append(self._put_aside(place, error))
        if cursors:
            passed = [place.job.cause for place in places if place.job.once and not place.remember]
            wakes.append(self._commit([], cursors, also=lambda desk: _forget_causes(desk.connection, passed)))
        return wakes

    def _put_aside(self, place: _Place, error: Exception) -> Wake:
        # a database quotes the row, which may be a secret ballot
        told = type(error.orig).__name__ if isinstance(error, DBAPIError) else error
        job, what = place.job, f"{type(error).__name__}: {told}"
        log.error("set_aside", cause=job.cause, error=error)

        def note(desk: Desk) -> None:
            desk.set_aside(job.cause, job.at, what)
            if job.once:
                self._memory.hot.put_causes(desk.connection, [(job.cause, job.at)])

        wake = self._commit([], [], also=note)
        place.results[place.index] = SetAside(job.cause, what)
        return wake

    # --- heartbeat, and the time in which nobody could be heard (§3.8)

    def _write_beat(self, connection: Connection, now: Instant) -> None:
        put_one(connection, beats, {"worker": self._worker, "at": now})
        connection.execute(delete(causes).where(causes.c.at < now - CAUSES_KEPT))

    def _look_round(self) -> list[Wake]:
        """Before a batch: was there a time in which no worker ran, or a platform could not be reached?"""
        now, wakes = self._now(), []
        if self._shared and self._beats and self._beat is not None and now - self._beat >= DOWN:
            # this worker stood still; another may have gone on
            with self._reading.begin() as connection:
                self._beat = connection.execute(select(func.max(beats.c.at))).scalar()
        if self._beats and self._beat is not None and now - self._beat >= DOWN:
            log.warning("was_down", seconds=(now - self._beat) // 1000)
            wakes += self._make_up(self._beat, now, None)
        if self._shared:
            return wakes + self._tell_reach(now)
        out = {name: since for name, since in self._hears().items() if since is not None}
        back = {name: since for name, since in self._out.items() if name not in out}
        # held until here: the gap is made up for before anything heard after it is taken
        self._out = {name: self._out.get(name, since) for name, since in out.items()}
        return wakes + self._come_back(back, now)

    def _come_back(self, back: Mapping[str, Instant], now: Instant) -> list[Wake]:
        wakes = []
        for platform, since in back.items():
            if now - since >= DOWN:
                log.warning("was_unreachable", platform=platform, seconds=(now - since) // 1000)
                wakes += self._make_up(since, now, platform)
        return wakes

    def _tell_reach(self, now: Instant) -> list[Wake]:
        """Among several workers: the others know what this one reaches. Whoever brings a platform back makes up for it
        before saying so, and until then no other takes a deadline there; of two at once the second finds it done."""
        heard = dict(self._hears())
        if _reached(heard) == self._told:
            return []
        with self._reading.begin() as connection:
            out = unreachable(connection, self._worker)
        wakes = self._come_back({name: at for name, at in out.items() if heard.get(name, at) is None}, now)
        self._beside(lambda connection: tell_reach(connection, self._worker, heard))
        self._told = _reached(heard)
        return wakes

    def _make_up(self, stopped: Instant, restarted: Instant, platform: str | None) -> list[Wake]:
        """For every assembly with a deadline in the gap, or for those with a room on this platform; in one
        transaction, or one for each where that fails."""
        with self._reading.begin() as connection:
            rows = connection.execute(
                select(heads.c.assembly).where(heads.c.due <= restarted).order_by(heads.c.due, heads.c.placed)
            )
            late = list(rows.scalars())

        def concerns(desk: Desk, assembly: AssemblyId) -> bool:
            rooms = desk.directory.rooms_of(assembly)
            return platform is None or any(room.room.partition(":")[0] == platform for room in rooms)

        def make_up(which: Iterable[AssemblyId]) -> Wake:
            def all_of_them(desk: Desk) -> None:
                for assembly in which:
                    if concerns(desk, assembly):
                        desk.make_up(assembly, stopped, restarted)

            return self._commit([], [], also=all_of_them, back=platform)

        try:
            return [make_up(late)]
        except Exception as error:
            if is_lost(error) or isinstance(error, NotHeld):
                raise
        wakes = []
        for assembly in late:
            try:
                wakes.append(make_up([assembly]))
            except Exception as error:
                if is_lost(error) or isinstance(error, NotHeld):
                    raise
                log.error("set_aside", assembly=assembly, cause="downtime", error=error)
        return wakes

    def _warm_up(self) -> int:
        with self._reading.begin() as connection:
            wanted = connection.execute(select(heads.c.assembly).where(heads.c.due.is_not(None)))
            for assembly in wanted.scalars().all():
                entry = self._memory.load(connection, assembly)
                if entry.state is not None:
                    self._memory.entries[assembly] = entry
        return len(self._memory.entries)


def _deadline(assembly: AssemblyId, instant: Instant) -> Job:
    return Job(
        f"clock:{assembly}:{instant}", instant, lambda desk: desk.pass_time(assembly, instant), once=False,
        assembly=assembly,
    )


def _reached(heard: Mapping[str, Instant | None]) -> dict[str, bool]:
    return {platform: since is None for platform, since in heard.items()}


_REMEMBERED = select(causes.c.cause).where(causes.c.cause == bindparam("asked"))


def _known(connection: Connection, asked: Sequence[str]) -> set[str]:
    """Which of these causes are remembered."""
    if len(asked) == 1:
        return set(connection.execute(_REMEMBERED, {"asked": asked[0]}).scalars())
    found: set[str] = set()
    for start in range(0, len(asked), BATCH):
        part = asked[start : start + BATCH]
        found.update(connection.execute(select(causes.c.cause).where(causes.c.cause.in_(part))).scalars())
    return found


def _forget_causes(connection: Connection, passed: Sequence[str]) -> None:
    for start in range(0, len(passed), BATCH):
        connection.execute(delete(causes).where(causes.c.cause.in_(passed[start : start + BATCH])))


def _together(wakes: Sequence[Wake]) -> Wake:
    if len(wakes) == 1:
        return wakes[0]
    deadlines = [wake.due for wake in wakes if wake.due is not None]
    dirty = frozenset[tuple[AssemblyId, int]]().union(*(wake.dirty for wake in wakes))
    return Wake(
        dirty, any(wake.said for wake in wakes), min(deadlines, default=None), any(wake.mail for wake in wakes),
        any(wake.moved for wake in wakes), _all_news(wakes),
    )


def _all_news(wakes: Sequence[Wake]) -> News | None:
    """Of a card its last state counts."""
    told = [wake.news for wake in wakes if wake.news is not None]
    if len(told) < len(wakes):
        return None
    cards = {(one.assembly, one.item, one.room): one for news in told for one in news.cards}
    return News(tuple(one for news in told for one in news.sayings), tuple(cards.values()))
