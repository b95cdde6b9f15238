"""Several workers, and a platform that cannot be reached: no closing of its rooms is taken by any of them (§3.8)."""

import asyncio
import itertools
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select, text

from adapters.port import Ability, Menu, Pace, Take
from bot.config import Settings
from bot.house import build
from bot.store.tables import facts, reaches
from bot.store.workers import HEIRS, PRESENT, be_there, give_lease
from tests.platforms.matrix_people import eventually
from tests.process.office import HOUR, MINUTE, POSTGRES, SECOND, WELL, Office, url_for
from tests.process.test_service_time import Muddled

LONG = 600_000
MILL = "00000000000000b2"

pytestmark = pytest.mark.postgres


@pytest.fixture(params=POSTGRES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return url_for(request, tmp_path)


def worker(url: str, name: str, *hearing: str) -> Office:
    """One of several, that is there."""
    office = Office(url, worker=name)
    office.hearing = set(hearing)
    office._causes = itertools.count(sum(name.encode()) * 1_000_000)
    with office.engine.begin() as connection:
        be_there(connection, name, LONG)
    return office


@pytest.fixture
def two(url: str) -> Iterator[tuple[Office, Office]]:
    """The first hears Matrix, the second stands by."""
    offices = worker(url, "one", "matrix"), worker(url, "two")
    yield offices
    for office in offices:
        office.closes()


def an_hour_before_its_closing(one: Office, other: Office, assembly: str = WELL, name: str = "Well") -> int:
    """A round that lets its motion through, in a Matrix room; gives the instant of its closing."""
    one.founds("ada", "ben", "cy", rooms=(f"matrix:{name}",), assembly=assembly, name=name)
    one.opens_a_round("ada", assembly=assembly)
    one.does(*(one.answers(who, "agree", assembly=assembly) for who in ("ada", "ben")))
    due = closes(one, assembly)
    assert due is not None
    one.time = other.time = due - HOUR
    return due


def closes(office: Office, assembly: str = WELL) -> int | None:
    """When its first question closes; None: it has."""
    question = office.state(assembly).items[1].question
    return None if question is None else question.closes


def passes(office: Office, at: int) -> None:
    """Its clock takes what is due."""
    office.time = at
    asyncio.run(office.service.pass_time(at))


def made_up(office: Office) -> int:
    return sum(row["kind"] == "ClosingMoved" for row in office.rows(facts))


def gone_for(office: Office, name: str, milliseconds: int) -> None:
    """A worker has died, and its word that it is there has run out so long ago."""
    with office.engine.begin() as connection:
        give_lease(connection, name, PRESENT + name)
        back = {"name": PRESENT + name, "by": milliseconds}
        connection.execute(text("UPDATE leases SET until = until - :by WHERE name = :name"), back)


def test_who_stands_by_closes_nothing_where_nobody_is_heard(two: tuple[Office, Office]) -> None:
    """The worker that hears brings the platform back, and gives the window its rest; nobody does so again."""
    one, other = two
    due = an_hour_before_its_closing(*two)
    one.away["matrix"] = one.time
    one.does()
    passes(other, due + HOUR)
    assert closes(other) == due
    one.away.clear()
    one.time = other.time
    one.does()
    other.does()
    assert [closes(office) for office in two] == [one.time + HOUR] * 2
    assert made_up(one) == 1
    passes(other, one.time + HOUR)
    assert closes(one) is None
    assert one.verified().wrong == ()


def test_a_platform_that_is_heard_again_soon_was_only_late(two: tuple[Office, Office]) -> None:
    one, other = two
    due = an_hour_before_its_closing(*two)
    one.time = one.away["matrix"] = due - SECOND
    one.does()
    passes(other, due + SECOND)
    assert closes(other) == due
    one.away.clear()
    one.time = other.time
    one.does()
    passes(other, due + 2 * SECOND)
    assert (closes(other), made_up(other), other.state().items[1].ended) == (None, 0, due)


@pytest.mark.parametrize(("ago", "counts"), [(MINUTE, True), (HEIRS + MINUTE, False)])
def test_the_word_of_a_dead_worker_counts_until_another_can_know(
    two: tuple[Office, Office], ago: int, counts: bool
) -> None:
    one, other = two
    due = an_hour_before_its_closing(*two)
    one.away["matrix"] = one.time
    one.does()
    gone_for(other, "one", ago)
    passes(other, due + HOUR)
    assert (closes(other) == due) is counts


def test_who_takes_over_goes_on_where_the_other_lost_contact(two: tuple[Office, Office]) -> None:
    """Its own first try fails much later; the window gets what was left when anybody was heard last."""
    one, other = two
    due = an_hour_before_its_closing(*two)
    one.away["matrix"] = one.time
    one.does()
    gone_for(other, "one", MINUTE)
    other.hearing, other.away["matrix"] = {"matrix"}, due + MINUTE
    other.time = due + MINUTE
    other.does()
    gone_for(other, "one", HOUR)
    passes(other, due + HOUR)
    assert closes(other) == due
    other.away.clear()
    other.does()
    assert closes(other) == other.time + HOUR


def test_what_one_of_several_hears_is_heard(url: str) -> None:
    """Updates are brought to whoever can be reached; only when nobody can, the closing waits. Both come back at once,
    and one of them makes up for it."""
    two = worker(url, "one", "matrix"), worker(url, "two", "matrix")
    one, other = two
    due = an_hour_before_its_closing(*two)
    other.does()
    one.away["matrix"] = one.time
    one.does()
    assert one.service.fence.out == {}
    other.time += MINUTE
    other.away["matrix"] = other.time
    other.does()
    assert other.service.fence.out == {"matrix": other.time}
    for office in two:
        passes(office, due + HOUR)
        assert closes(office) == due
        office.away.clear()
    threads = [threading.Thread(target=office.does) for office in two]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [closes(office) for office in two] == [one.time + HOUR - MINUTE] * 2
    assert made_up(one) == 1
    for office in two:
        office.closes()


def test_one_assembly_that_cannot_be_made_up_for_holds_up_no_other(
    two: tuple[Office, Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    an_hour_before_its_closing(*two, assembly=MILL, name="Mill")
    one.time -= 23 * HOUR
    due = an_hour_before_its_closing(*two)
    one.away["matrix"] = one.time
    one.does()
    monkeypatch.setattr(one.service._memory, "announce", Muddled(one.service._memory.announce))
    one.away.clear()
    one.time = due + HOUR
    one.does()
    assert closes(one, MILL) == one.time + HOUR
    assert [row["since"] for row in one.rows(reaches)] == [None]
    other.time = one.time
    assert closes(other) == due


class Speechless:
    """A platform on which nothing is ever said."""

    platform, hears = "matrix", False
    ability = Ability(buttons=False, reactions=False, prefix="!", text_limit=1, pace=Pace())

    def __init__(self) -> None:
        self.unreachable_since: int | None = None
        self._stopped = asyncio.Event()

    async def listen(self, cursor: str | None, take: Take) -> None:
        await self._stopped.wait()

    async def menus(self, menus: Sequence[Menu]) -> None:
        """None."""

    async def stop(self) -> None:
        self._stopped.set()


async def test_the_others_know_soon_what_cannot_be_reached(url: str) -> None:
    """Nothing is said of a platform that has neither answered nor failed yet."""
    platform = Speechless()
    house = build(Settings(), [platform], database=url)  # type: ignore[list-item]  # what it does not do is not asked
    await house.open()
    running = asyncio.create_task(house.run())

    def words() -> list[int | None]:
        with house.engine.connect() as connection:
            return list(connection.execute(select(reaches.c.since)).scalars())

    await eventually(lambda: house.speech.holds)
    assert not house.service.has_news()
    platform.hears = True
    await eventually(lambda: words() == [None])
    platform.unreachable_since = contact = house.now()
    await eventually(lambda: words() == [contact])
    platform.unreachable_since = None
    await eventually(lambda: words() == [None])
    await house.leave()
    await running
    await house.close()
