"""Several workers of one program on one PostgreSQL: what one does, the others see, and nothing is done twice."""

import asyncio
import gc
import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.service import StoreLost
from bot.store.engine import open_engine
from bot.store.notified import notified
from bot.store.tables import ballots, heads
from bot.store.upgrade import upgrade
from bot.store.workers import give_lease, skew, take_lease
from governance import commands as c
from tests.postgres import Postgres
from tests.process.office import HOUR, POSTGRES, WELL, Office, person, url_for

pytestmark = pytest.mark.postgres

@pytest.fixture(params=POSTGRES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return url_for(request, tmp_path)


@pytest.fixture
def two(url: str) -> Iterator[tuple[Office, Office]]:
    """Two workers at one database."""
    offices = Office(url, worker="one"), Office(url, worker="two")
    # what they heard is not the same
    offices[1]._causes = itertools.count(1_000_000)
    yield offices
    for office in offices:
        office.closes()


# --- whichever worker it is


def test_what_one_worker_did_the_other_goes_on_with(two: tuple[Office, Office]) -> None:
    one, other = two
    one.founds("ada", "ben", "cy")
    item = other.opens_a_round("ada")
    one.does(one.answers("ada", "agree", item))
    other.does(other.answers("ben", "agree", item))
    one.does(one.answers("ben", "pass", item), one.answers("cy", "agree", item))
    for office in two:
        office.time += 25 * HOUR
        asyncio.run(_passes(office))
    decided = [office.state().items[item] for office in two]
    assert {dict(one.rounds[-1].tally)["agree"] for one in decided} == {2}
    assert len(decided[0].rounds) == len(decided[1].rounds) == 1
    assert one.verified().wrong == ()


async def _passes(office: Office) -> None:
    await office.service.pass_time(office.time)
    await office.service.close()


def test_two_workers_at_once_lose_and_double_nothing(two: tuple[Office, Office]) -> None:
    """Each heard half of the people; all answer again and again, at the same assembly and at the same time."""
    one, other = two
    people = [f"p{number}" for number in range(40)]
    one.founds(*people)
    item = one.opens_a_round("p0")

    def work(office: Office, mine: list[str]) -> None:
        for turn in range(10):
            jobs = [office.answers(who, ("pass", "agree")[turn % 2], item) for who in mine]
            while True:
                try:
                    office.does(*jobs)
                    break
                except StoreLost:
                    # the other came between too often: nothing was stored, and it is asked again
                    continue

    workers = [threading.Thread(target=work, args=pair) for pair in ((one, people[:20]), (other, people[20:]))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    rows = one.rows(ballots)
    assert {row["voter"] for row in rows} == {person(who) for who in people}
    assert {(row["choice"], row["revision"]) for row in rows} == {("agree", 10)}
    assert one.verified().wrong == ()


def test_a_deadline_is_met_once_by_whoever_comes_first(two: tuple[Office, Office]) -> None:
    one, other = two
    one.founds("ada", "ben")
    one.opens_a_round("ada")
    one.does(one.answers("ada", "agree"), one.answers("ben", "agree"))
    for office in two:
        office.time += 25 * HOUR
    threads = [threading.Thread(target=lambda office=office: asyncio.run(_passes(office))) for office in two]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (head,) = one.rows(heads)
    state = other.state()
    assert [closed.outcome for closed in state.items[1].rounds] == ["consensus"]
    assert head["due"] is None or head["due"] > one.time


async def test_a_deadline_another_set_is_found(two: tuple[Office, Office]) -> None:
    """What was read before is not kept: nobody says so to who asks."""
    one, other = two
    one.founds("ada", "ben")
    assert await one.service.next_due() is None
    other.opens_a_round("ada")
    assert await one.service.next_due() == other.time + 18 * HOUR
    other.asks(c.Withdraw(person("ada"), 1))
    later = await other.service.next_due()
    assert later != other.time + 18 * HOUR
    assert await one.service.next_due() == later


def test_who_moved_to_another_room_is_known_to_the_others(two: tuple[Office, Office]) -> None:
    """What a worker keeps of the directory is forgotten when another changed it."""
    one, other = two
    one.founds("ada", "ben")
    assert other.does(other.job(lambda desk: desk.directory.assembly_in("console:mill")))[0] is None
    rooms = other.does(other.job(lambda desk: len(desk.directory.rooms_of(WELL))))[0]
    one.does(one.job(lambda desk: desk.directory.bind_room("console:mill", WELL, None, "Mill", one.time)))
    assert other.does(other.job(lambda desk: len(desk.directory.rooms_of(WELL))))[0] == rooms + 1


# --- one of them hears and speaks


def test_one_holds_the_platforms_and_another_takes_over(postgres_url: str) -> None:
    """A lease that is not prolonged is over; given back, it is over at once."""
    engine = open_engine(postgres_url)
    upgrade(engine)

    def takes(worker: str, milliseconds: int) -> bool:
        with engine.begin() as connection:
            return take_lease(connection, worker, milliseconds)

    assert takes("one", 100)
    assert not takes("two", 100)
    assert takes("one", 100)
    asyncio.run(asyncio.sleep(0.15))
    assert takes("two", 10_000)
    assert not takes("one", 100)
    with engine.begin() as connection:
        give_lease(connection, "two")
    assert takes("one", 100)
    engine.dispose()


def to_the_database(office: Office) -> None:
    """The office's clock is put to that of the database."""
    with office.engine.begin() as connection:
        office.time -= skew(connection, office.time)


def test_of_two_who_think_they_hold_the_platforms_one_can_commit(two: tuple[Office, Office]) -> None:
    """The other's batch is not stored, and its cursor does not move."""
    one, other = two
    for office in two:
        to_the_database(office)
    one.founds("ada", "ben")
    one.opens_a_round("ada")
    for office in two:
        office.service.fence.watches = True
        to_the_database(office)
    with one.engine.begin() as connection:
        assert take_lease(connection, "two", 60_000)
    tap = one.answers("ada", "agree")
    with pytest.raises(StoreLost):
        one.service.take([tap], ("telegram", "7"))
    other.service.take([other.answers("ben", "agree")], ("telegram", "7"))
    assert [row["voter"] for row in one.rows(ballots)] == [person("ben")]


@pytest.mark.parametrize("wrong", [-HOUR, HOUR])
def test_a_clock_that_jumps_decides_nothing(two: tuple[Office, Office], wrong: int) -> None:
    """A worker whose clock is not the database's stores nothing until it is put right; the other goes on."""
    one, other = two
    for office in two:
        to_the_database(office)
    one.founds("ada", "ben")
    one.opens_a_round("ada")
    for office in two:
        office.service.fence.watches = True
        to_the_database(office)
    one.time += wrong
    with pytest.raises(StoreLost):
        one.service.take([one.answers("ada", "agree")])
    other.does(other.answers("ben", "agree"))
    one.time -= wrong
    one.does(one.answers("ada", "agree"))
    assert one.count(ballots) == 2


async def test_a_commit_is_heard_of_by_the_others(postgres_url: str) -> None:
    """One word for each transaction that left something to be done."""
    office = Office(postgres_url, worker="one")
    words: list[str] = []

    async def listens() -> None:
        async for word in notified(office.engine.url, 0.2):
            if word is not None:
                words.append(word)
                return

    listening = asyncio.create_task(listens())
    await asyncio.sleep(0.5)
    await asyncio.to_thread(office.founds, "ada", "ben")
    await asyncio.wait_for(listening, 10)
    assert words[0].startswith("one ")
    await office.service.close()
    office.closes()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_database_that_goes_away_in_the_middle_of_a_batch(postgres: Postgres, postgres_url: str) -> None:
    """Nothing of the batch was stored; when it is back the same batch is, once."""
    office = Office(postgres_url)
    office.founds("ada", "ben")
    office.opens_a_round("ada")

    def ends(desk: object) -> None:
        with open_engine(postgres.url).connect() as connection:
            connection.execute(text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
            ), {"name": office.engine.url.database})

    taps = [office.answers("ada", "agree"), office.answers("ben", "agree")]
    with pytest.raises(StoreLost):
        office.service.take([taps[0], office.job(ends), taps[1]], ("telegram", "7"))
    assert office.count(ballots) == 0
    office.service.take(taps, ("telegram", "7"))
    assert [(row["choice"], row["revision"]) for row in office.rows(ballots)] == [("agree", 1)] * 2
    office.closes()
    # the broken connections are cleared away here, and not in somebody else's test
    gc.collect()
