"""Several workers speak: each room is spoken to by one at a time, everything once, nowhere too often by all."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.port import Ability, Answer, Heard, Lane, Saying, Sent, Speaker
from bot.announce import Notice
from bot.deliver import Deliver, Limits
from bot.deliver_send import NotNow, Words
from bot.speech_shared import LEFT_MS, SharedSpeech
from bot.store import outbox
from bot.store.claims import NOBODY
from bot.store.tables import claims, sayings
from bot.store.workers import PRESENT, be_there, give_lease
from tests.process.office import POSTGRES, WELL, Office, url_for
from tests.process.outlets import PACE, StrictPlatform
from tests.process.virtual import VirtualClock

pytestmark = pytest.mark.postgres

ROOMS = tuple(f"strict:r{number}" for number in range(12))
LONG_MS = 600_000


class Mouth:
    """One worker's way to the platform that all of them speak on."""

    def __init__(self, platform: StrictPlatform, any_speaks: bool) -> None:
        self._platform, self._any = platform, any_speaks
        self.said: list[tuple[str, str]] = []
        """(room, text) of what this worker said anew."""

    @property
    def ability(self) -> Ability:
        return replace(self._platform.ability, any_speaks=self._any)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._platform, name)

    async def say(self, saying: Saying) -> Sent:
        if saying.edits is None:
            self.said.append((saying.room, saying.text))
        return await self._platform.say(saying)


class Worker:
    """One program of several: its own service, words and queues; clock, platform and database are everybody's."""

    def __init__(self, url: str, name: str, hall: "Hall") -> None:
        self.office = Office(url, worker=name)
        self.name, self.clock = name, hall.clock
        self.mouth = Mouth(hall.platform, hall.any_speaks)
        mouth: Any = self.mouth
        self.speech = SharedSpeech(
            self.office.service, {"strict": mouth.ability}, lambda platform: None, name
        )
        self.deliver = Deliver({"strict": mouth}, self.speech, Limits(), self._now, hall.clock.sleep)

    def _now(self) -> int:
        self.office.time = self.clock.now()
        return self.office.time

    def comes(self) -> None:
        with self.office.engine.begin() as connection:
            be_there(connection, self.name, LONG_MS)

    def goes(self) -> None:
        """Killed: it says no more that it is there, and that time is over."""
        with self.office.engine.begin() as connection:
            give_lease(connection, self.name, PRESENT + self.name)

    async def speaks(self) -> None:
        self._now()
        self.deliver.wake()
        await self.deliver.settle()

    async def has(self) -> list[outbox.Waiting]:
        """What it has claimed and may say now."""
        return list((await self.speech.look(self._now(), 100)).sayings)

    @property
    def rooms(self) -> set[str]:
        return {room for room, _ in self.mouth.said}


class Hall:
    def __init__(self, url: str, any_speaks: bool = True) -> None:
        self.clock, self.any_speaks = VirtualClock(), any_speaks
        self.platform = StrictPlatform(self.clock)
        self.one, self.two = Worker(url, "one", self), Worker(url, "two", self)
        # what they heard is not the same
        self.two.office._causes = itertools.count(1_000_000)
        for worker in self.workers:
            worker._now()
            worker.comes()
        self.one.office.founds("ada", "ben", rooms=ROOMS)
        self.drops()

    @property
    def workers(self) -> tuple[Worker, Worker]:
        return self.one, self.two

    def drops(self) -> None:
        office = self.one.office
        office.does(office.job(lambda desk: [outbox.drop_room(desk.connection, room) for room in ROOMS]))

    def puts(self, *notices: Notice) -> None:
        """To every room."""
        office = self.one.office
        office.does(office.job(lambda desk: desk.say(WELL, notices, office.time)))

    def waits(self, seconds: float) -> None:
        self.clock.at += round(seconds * 1000)

    def left(self) -> int:
        return self.one.office.count(sayings)

    def closes(self) -> None:
        for worker in self.workers:
            worker.office.closes()


def told(number: int) -> Notice:
    """A notice that names a number."""
    return Notice("told", None, about={"code": "founded", "assembly": "Well", "least": 100 + number})


@pytest.fixture(params=POSTGRES)
def hall(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hall]:
    hall = Hall(url_for(request, tmp_path))
    yield hall
    hall.closes()


async def both_speak(hall: Hall) -> None:
    """At once, until nothing is left."""
    while hall.left():
        await asyncio.gather(*(worker.speaks() for worker in hall.workers))
        hall.waits(0.1)


async def test_both_speak_and_everything_is_said_once_and_in_order(hall: Hall) -> None:
    for number in range(3):
        hall.puts(told(number))
    await both_speak(hall)
    said = Counter(hall.platform.heard[place][1:] for place in range(len(hall.platform.heard)))
    assert len(said) == 3 * len(ROOMS)
    assert set(said.values()) == {1}
    for room in ROOMS:
        assert hall.platform.texts(room) == sorted(hall.platform.texts(room))
    assert hall.one.rooms
    assert hall.two.rooms
    assert hall.one.rooms.isdisjoint(hall.two.rooms)
    assert hall.platform.offences == []


async def test_what_a_dead_worker_had_claimed_is_said_by_another(hall: Hall) -> None:
    hall.puts(told(1))
    theirs = {row.room for row in await hall.two.has()}
    assert theirs
    await hall.one.speaks()
    hall.waits(2 * LEFT_MS / 1000)
    await hall.one.speaks()
    # while it is there nobody takes what it has
    assert hall.one.rooms == set(ROOMS) - theirs
    hall.two.goes()
    await hall.one.speaks()
    assert hall.one.rooms == set(ROOMS)
    assert hall.left() == 0


async def test_a_room_left_by_whom_it_is_by_lot_is_anybodys_after_a_while(hall: Hall) -> None:
    """A worker that is there and does not look holds nobody up for long."""
    hall.puts(told(1))
    await hall.one.speaks()
    assert 0 < len(hall.one.rooms) < len(ROOMS)
    hall.waits(LEFT_MS / 1000)
    await hall.one.speaks()
    assert hall.one.rooms == set(ROOMS)


async def test_who_stood_still_says_nothing_that_was_said_meanwhile(hall: Hall) -> None:
    """Its queues still hold it; the last look before it speaks finds the room taken, or the saying gone."""
    hall.puts(told(1))
    queued = await hall.two.has()
    hall.two.goes()
    await hall.one.speaks()
    assert hall.left() == 0
    hall.two.comes()
    assert {await hall.two.speech.words(row, hall.two._now()) for row in queued} == {NotNow(None)}
    # the rooms are free again, and claimed by the one that stood still
    hall.puts(told(2))
    hall.one.goes()
    assert {row.room for row in await hall.two.has()} == set(ROOMS)
    assert {await hall.two.speech.words(row, hall.two._now()) for row in queued} == {NotNow(None)}


async def test_who_has_not_said_that_it_is_there_says_nothing_else(hall: Hall) -> None:
    hall.puts(told(1))
    row, *_ = await hall.two.has()
    hall.two.goes()
    assert await hall.two.speech.words(row, hall.two._now()) == NotNow(None)
    assert await hall.two.has() == []


async def test_all_together_say_no_more_than_a_room_may_hear(hall: Hall) -> None:
    """Answers come from who heard the words, whoever speaks to the room; the platform counts all of them."""
    room = ROOMS[0]
    heard = Heard("c", 0, room, False, Speaker("strict:ana", "Ana"), "/show", handle="1")
    for worker in hall.workers:
        worker.deliver.answer([Answer(heard, f"{worker.name} {number}") for number in range(12)])
        await worker.speaks()
    assert len(hall.platform.texts(room)) == PACE.room_per_minute
    hall.puts(told(1))
    await both_speak(hall)
    for _ in range(3):
        hall.waits(31)
        await asyncio.gather(*(worker.speaks() for worker in hall.workers))
    assert len(hall.platform.texts(room)) == 25
    assert hall.platform.offences == []


async def test_a_room_that_changes_hands_keeps_its_count(hall: Hall) -> None:
    """Whoever takes it knows what was said there in the last minute."""
    for number in range(30):
        hall.puts(told(number))
    for _ in range(15):
        await asyncio.gather(*(worker.speaks() for worker in hall.workers))
        hall.waits(1)
    assert hall.one.rooms
    hall.one.goes()
    for _ in range(90):
        await hall.two.speaks()
        hall.waits(1)
    assert hall.one.rooms < hall.two.rooms
    assert hall.left() == 0
    assert hall.platform.offences == []


async def test_nothing_is_kept_of_where_was_spoken(hall: Hall) -> None:
    """Rooms may be persons': a minute later no row names them, also not those of a worker that died."""
    hall.puts(told(1))
    await both_speak(hall)
    for worker in hall.workers:
        await worker.speaks()
    assert {row["room"] for row in hall.one.office.rows(claims)} == set(ROOMS)
    assert {row["worker"] for row in hall.one.office.rows(claims)} == {NOBODY}
    hall.puts(told(2))
    assert await hall.two.has()
    hall.two.goes()
    hall.waits(61)
    await hall.one.speaks()
    hall.waits(61)
    await hall.one.speaks()
    assert hall.left() == 0
    assert hall.one.office.rows(claims) == []


async def test_where_one_speaks_the_others_claim_nothing(postgres_url: str) -> None:
    """One device has the keys of the rooms: the worker that listens has it."""
    hall = Hall(postgres_url, any_speaks=False)
    hall.puts(told(1))
    hall.one.speech.holds = False
    assert await hall.two.has() == []
    hall.one.speech.holds = True
    await hall.one.speaks()
    assert hall.one.rooms == set(ROOMS)
    hall.closes()


async def test_words_are_made_for_whom_the_room_is(hall: Hall) -> None:
    hall.puts(told(1))
    row, *_ = await hall.one.has()
    made = await hall.one.speech.words(row, hall.one._now())
    assert isinstance(made, Words)
    assert made.saying.lane is Lane.RESULT
