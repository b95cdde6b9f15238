"""A full disk, a lost database, a killed process: what was confirmed is there, and nothing is done twice."""

import itertools
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.service import Job, StoreLost
from bot.service_desk import Desk
from bot.store import directory
from bot.store.tables import aside, ballots, causes, facts
from governance import commands as c
from governance.assembly import Decided
from tests import postgres
from tests.process.office import WELL, Office, person, sqlite_url

VOTERS = 200


def fill_the_disk(engine: Engine) -> None:
    """No page more than there are now."""
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")


def make_room(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(sqlite_url(tmp_path))
    yield office
    office.closes()


def long_motion(office: Office) -> Job:
    """A motion, and more bytes beside it than there is room for."""
    job = office.asking(c.Propose(person("ada"), "motion", "A long text", "words"))
    propose = job.run

    def run(desk: Desk) -> object:
        desk.set_aside("telegram:bot:0", office.time, "as large as a picture", bytes(200_000))
        return propose(desk)

    job.run = run
    return job


def test_on_a_full_disk_nothing_is_confirmed_and_nothing_changes(office: Office) -> None:
    office.founds("ada", "ben")
    before = office.state()
    fill_the_disk(office.engine)
    with pytest.raises(StoreLost):
        office.service.take([office.answers("ada", "agree"), long_motion(office)])
    assert office.count(aside) == 0
    make_room(office.engine)
    assert office.state() == before


def test_when_there_is_room_again_it_goes_on(office: Office) -> None:
    """The same causes, taken anew by the platform, are done then."""
    office.founds("ada", "ben")
    batch = [long_motion(office), office.asking(c.Join(person("cy")))]
    fill_the_disk(office.engine)
    for _ in range(3):
        with pytest.raises(StoreLost):
            office.service.take(batch, ("telegram", "5"))
    make_room(office.engine)
    assert all(isinstance(result, Decided) for result in office.service.take(batch, ("telegram", "5")))
    assert office.state().last_item == 1
    assert office.verified().wrong == ()


def test_a_disk_that_fills_up_while_jobs_run_one_by_one_loses_none(office: Office) -> None:
    """A poisoned batch is replayed; the disk is full in the midst of it; what was committed is not done again."""
    office.founds("ada", "ben")

    def fails(desk: Desk) -> None:
        raise LookupError

    def fills(desk: Desk) -> None:
        pages = desk.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        desk.connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    batch = [
        office.asking(c.Join(person("cy")), cause="telegram:bot:1"), Job("telegram:bot:2", office.time, fails),
        Job("telegram:bot:3", office.time, fills), long_motion(office),
    ]
    with pytest.raises(StoreLost):
        office.service.take(batch, ("telegram", "5"))
    make_room(office.engine)
    batch[2].run = lambda desk: None
    office.service.take(batch, ("telegram", "5"))
    state = office.state()
    assert person("cy") in state.roll
    assert state.last_item == 1
    assert len([row for row in office.rows(facts) if row["kind"] == "Enrolled"]) == 3
    assert office.count(causes) == len([row for row in office.rows(causes) if row["cause"].startswith("console")])
    assert office.verified().wrong == ()


async def test_reading_goes_on_while_the_disk_is_full(office: Office) -> None:
    office.founds("ada", "ben")
    fill_the_disk(office.engine)
    state = await office.service.state(WELL)
    assert state is not None
    with pytest.raises(StoreLost):
        await office.service.take_soon([long_motion(office)])
    assert await office.service.read(directory.names) == {WELL: "Well"}
    assert await office.service.state(WELL) == state
    await office.service.close()


@pytest.mark.slow
@pytest.mark.postgres
def test_a_database_that_went_away_comes_back() -> None:
    """A server of its own: the others' must not be stopped."""
    if os.environ.get("ROUNDABOUT_TEST_POSTGRES"):
        pytest.skip("the server is not ours to stop")
    with postgres.running() as server:
        office = Office(server.fresh())
        office.founds("ada", "ben")
        office.opens_a_round("ada")
        server.stop()
        with pytest.raises(StoreLost):
            office.service.take([office.answers("ada", "agree")], ("telegram", "5"))
        server.start()
        assert isinstance(office.service.take([office.answers("ada", "agree")], ("telegram", "5"))[0], Decided)
        assert [row["revision"] for row in office.rows(ballots)] == [1]
        assert office.verified().wrong == ()
        office.closes()


# --- killed


def test_a_killed_process_has_lost_nothing_and_done_nothing_twice(tmp_path: Path) -> None:
    """Killed before an answer leaves up to a batch stored and unanswered, which is harmless."""
    url, dice = sqlite_url(tmp_path), random.Random(5)
    office = Office(url)
    office.founds(*(f"p{number}" for number in range(VOTERS)))
    office.opens_a_round("p0")
    office.closes()
    confirmed: list[str] = []
    kills = 0
    while not finishes(url, dice.randint(30, 70), confirmed):
        kills += 1
    assert kills >= 3
    office = Office(url)
    rows = office.rows(ballots)
    assert {row["cause"] for row in rows} == {f"telegram:bot:{number}" for number in range(VOTERS)}
    assert {row["revision"] for row in rows} == {1}
    assert len(confirmed) == len(set(confirmed))
    assert office.verified().wrong == ()
    office.closes()


def finishes(url: str, lines: int, confirmed: list[str]) -> bool:
    """Run the program until it has confirmed so many, then kill it; True when it came to its end before."""
    command = [sys.executable, "-m", "tests.process.give_ballots", url, str(VOTERS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        read = list(itertools.islice(process.stdout, lines))
        process.kill()
        confirmed += [*read, *process.stdout]
    return process.returncode == 0
