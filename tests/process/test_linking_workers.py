"""A link at one worker and a joining at another at the same moment: no roll gets a person twice (§2.4)."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.service_desk import Desk
from governance import commands as c
from tests.process.office import POSTGRES, Office, person, url_for
from tests.process.test_linking import ANA, BEA, joins, two_assemblies

MILL = "00000000000000c3"

pytestmark = pytest.mark.postgres


@pytest.fixture(params=POSTGRES)
def two(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Office, Office]]:
    url = url_for(request, tmp_path)
    offices = two_assemblies(Office(url, worker="one")), Office(url, worker="two")
    offices[1].time = offices[0].time
    yield offices
    for office in offices:
        office.closes()


def enrols_while_linked(office: Office, who: str) -> None:
    """A `/join` in Mill, as whoever this worker takes the account for; the other links just then."""
    linked = threading.Event()

    def run(desk: Desk) -> object:
        known = desk.known_as(MILL, who)
        if not linked.is_set():
            linked.set()
            one = Office(office.url, worker="one")
            one.time = office.time
            one.does(joins(one))
            one.closes()
        return desk.ask(MILL, c.Join(known), office.time, "other:join")

    office.does(office.job(run, "other:join"))


@pytest.mark.parametrize(("there", "comes"), [(ANA, BEA), (BEA, ANA)])
def test_a_link_between_who_it_is_and_the_joining(two: tuple[Office, Office], there: str, comes: str) -> None:
    """The joining is run again, and finds its person on the roll, under whichever id."""
    one, other = two
    one.founds("cem", assembly=MILL, name="Mill", rooms=("console:mill",))
    one.asks(c.Join(there), assembly=MILL)
    enrols_while_linked(other, comes)
    assert one.state(MILL).roll.keys() == {there, person("cem")}
    assert one.verified().wrong == ()


def test_a_link_waits_for_a_joining_that_is_being_stored(two: tuple[Office, Office]) -> None:
    """Both came onto the roll in the transaction that is just committed: their entries become one."""
    one, other = two
    one.founds("cem", assembly=MILL, name="Mill", rooms=("console:mill",))
    linking = threading.Thread(target=lambda: one.does(joins(one)))
    tell = other.service.fence.tell

    def tells(*given: object) -> None:
        linking.start()
        _until_it_waits(other, linking)
        tell(*given)  # type: ignore[arg-type]  # as it was called

    other.service.fence.tell = tells  # type: ignore[method-assign]

    def run(desk: Desk) -> None:
        for who in (ANA, BEA):
            desk.ask(MILL, c.Join(who), other.time, "other:join")

    other.does(other.job(run, "other:join"))
    linking.join()
    assert one.state(MILL).roll.keys() == {ANA, person("cem")}
    assert one.verified().wrong == ()


def _until_it_waits(office: Office, thread: threading.Thread) -> None:
    """Until its transaction waits for ours; or it is over, which would be wrong."""
    ours = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    waits = text(f"{ours} AND wait_event_type = 'Lock'")
    while thread.is_alive():
        with office.engine.connect() as connection:
            if connection.execute(waits).scalar():
                return
        time.sleep(0.01)
