"""Deadlines: taken late but as of their instant, in order, and made up for when nobody could be heard (§3.8)."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.service import DOWN, StoreLost
from bot.service_desk import Wake
from bot.store.tables import aside, ballots, beats, facts, sayings
from governance import commands as c
from tests.process.office import EVERY, HOUR, MINUTE, SECOND, WELL, Office, person, sqlite_url, url_for

MILL = "00000000000000b2"
FORD = "00000000000000c3"
DAY = 24 * HOUR


@pytest.fixture(params=EVERY)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    office = Office(url_for(request, tmp_path))
    yield office
    office.closes()


@pytest.fixture(params=EVERY)
def watched(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """An office with a heartbeat."""
    office = Office(url_for(request, tmp_path), beats=True)
    yield office
    office.closes()


def stage(office: Office, assembly: str = WELL) -> str:
    return office.state(assembly).items[1].stage.value


def closes(office: Office, assembly: str = WELL) -> int:
    question = office.state(assembly).items[1].question
    assert question is not None
    return question.closes


def in_order(office: Office, *kinds: str) -> list[tuple[str, str, int]]:
    """(assembly, kind, instant) of these facts, in the order they were taken."""
    every = [(row["at"], row["assembly"], row["kind"]) for row in office.rows(facts) if row["kind"] in kinds]
    return [(assembly, kind, at) for at, assembly, kind in sorted(every)]


# --- deadlines


async def test_deadlines_are_taken_as_of_their_instants(office: Office) -> None:
    """However late the clock is: what follows a closing opens at that same instant (§3.2)."""
    office.founds("ada", "ben", "cy")
    office.opens_a_round("ada")
    opened = office.time
    office.does(*(office.answers(who, "reserve") for who in ("ada", "ben")), office.answers("cy", "aside"))
    office.waits(10 * DAY)
    await office.service.pass_time(office.time)
    moments = in_order(office, "RoundOpened", "RoundClosed", "Deferred")
    # two thirds stand aside too often: three rounds of a day, then deferred
    assert moments[:3] == [
        (WELL, "RoundOpened", opened), (WELL, "RoundClosed", opened + DAY), (WELL, "RoundOpened", opened + DAY),
    ]
    assert stage(office) in ("deferred", "lapsed")
    assert office.verified().wrong == ()


async def test_what_is_not_due_is_left(office: Office) -> None:
    office.founds("ada", "ben")
    office.opens_a_round("ada")
    size = office.count(facts)
    assert await office.service.next_due() == office.time + 18 * HOUR
    await office.service.pass_time(office.time + 18 * HOUR - 1)
    assert office.count(facts) == size
    assert await office.service.next_due() == office.time + 18 * HOUR


async def test_deadlines_are_not_read_again_while_none_moved(tmp_path: Path) -> None:
    """What moves one is seen at once: an opening, a ballot that closes early."""
    office = Office(sqlite_url(tmp_path))
    looks, read = [], office.service._read
    office.service._read = lambda reader: (looks.append(1), read(reader))[1]  # type: ignore[method-assign]
    office.founds("ada", "ben", early_close="yes")
    assert await office.service.next_due() is None
    assert await office.service.next_due() is None
    office.opens_a_round("ada")
    for _ in range(3):
        assert await office.service.next_due() == office.time + 18 * HOUR
        await office.service.pass_time(office.time)
    assert len(looks) == 2
    office.does(office.answers("ada", "agree"))
    assert await office.service.next_due(office.time) == office.time + 18 * HOUR
    assert len(looks) == 2
    office.does(office.answers("ben", "agree"))
    assert await office.service.next_due() is None
    assert len(looks) == 3
    await office.service.close()
    office.closes()


async def test_a_reminder_is_given_once(office: Office) -> None:
    """It is no fact: that it was given stands in the head row, also after a restart."""
    office.founds("ada", "ben")
    office.opens_a_round("ada")
    due = office.time + 18 * HOUR
    office.time = due
    await office.service.pass_time(due)
    given = [row for row in office.rows(sayings) if row["kind"] == "reminder"]
    assert len(given) == 1
    assert given[0]["deadline"] == office.time + 6 * HOUR
    office.starts_again()
    assert await office.service.next_due() == office.time + 6 * HOUR
    await office.service.pass_time(due)
    assert len([row for row in office.rows(sayings) if row["kind"] == "reminder"]) == 1


async def test_deadlines_of_several_assemblies_go_by_instant_then_as_they_were_set(office: Office) -> None:
    for name, assembly in (("Well", WELL), ("Mill", MILL), ("Ford", FORD)):
        office.founds("ada", "ben", assembly=assembly, name=name, rooms=())
    office.opens_a_round("ada", assembly=MILL)
    office.opens_a_round("ada", assembly=FORD)
    office.waits(SECOND)
    office.opens_a_round("ada", assembly=WELL)
    order: list[str] = []
    take = office.service._commit

    def watch(places, *rest, **others):  # type: ignore[no-untyped-def]
        order.extend(place.job.cause.split(":")[1] for place in places if place.job.cause.startswith("clock:"))
        return take(places, *rest, **others)

    office.service._commit = watch  # type: ignore[method-assign]
    office.time += 18 * HOUR
    await office.service.pass_time(office.time)
    assert order == [MILL, FORD, WELL]


async def test_a_word_heard_after_a_deadline_finds_it_taken(office: Office) -> None:
    """Though the clock did not wake in time."""
    office.founds("ada", "ben", "cy")
    office.opens_a_round("ada")
    due = closes(office)
    office.does(office.answers("ada", "agree"), office.answers("ben", "agree"), office.answers("cy", "agree"))
    office.time = due + 5
    office.does(office.asking(c.NoteWord(person("ada"))))
    assert office.state().items[1].ended == due


async def test_an_assembly_that_cannot_take_its_deadline_holds_up_no_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, assembly in (("Well", WELL), ("Mill", MILL)):
        office.founds("ada", "ben", assembly=assembly, name=name, rooms=())
        office.opens_a_round("ada", assembly=assembly)
    monkeypatch.setattr(office.service._memory, "announce", Muddled(office.service._memory.announce))
    office.time = closes(office)
    await office.service.pass_time(office.time)
    assert [row["cause"].split(":")[:2] for row in office.rows(aside)] == [["clock", WELL]] * office.count(aside)
    assert office.count(aside) >= 1
    assert closes(office, MILL) > office.time
    await office.service.close()


class Muddled:
    """Announces, but not for one assembly."""

    def __init__(self, real) -> None:  # type: ignore[no-untyped-def]
        self._real = real

    def __getattr__(self, name: str):  # type: ignore[no-untyped-def]
        return getattr(self._real, name)

    def notices(self, before, made, after, heard):  # type: ignore[no-untyped-def]
        if after.id == WELL:
            raise ZeroDivisionError
        return self._real.notices(before, made, after, heard)


# --- downtime


def test_a_heartbeat_is_kept(watched: Office) -> None:
    watched.does()
    assert watched.rows(beats) == [{"worker": "main", "at": watched.time}]
    watched.waits(10 * SECOND)
    watched.does()
    assert watched.rows(beats)[0]["at"] == watched.time - 10 * SECOND
    watched.waits(20 * SECOND)
    watched.does()
    assert watched.rows(beats)[0]["at"] == watched.time


def test_a_closing_in_the_time_nobody_ran_gets_the_rest_of_its_window(watched: Office) -> None:
    """§3.8: what was left when the last worker stopped runs from the restart."""
    watched.founds("ada", "ben", "cy")
    watched.opens_a_round("ada")
    watched.waits(23 * HOUR)
    watched.does(watched.answers("ada", "agree"))
    watched.waits(2 * HOUR)
    watched.starts_again()
    assert stage(watched) == "round"
    assert closes(watched) == watched.time + HOUR
    [moved] = [row for row in watched.rows(facts) if row["kind"] == "ClosingMoved"]
    assert moved["at"] < watched.time
    assert "downtime" in moved["body"].decode()
    assert watched.verified().wrong == ()
    # it is made up for once
    watched.waits(31 * SECOND)
    watched.does()
    assert closes(watched) == watched.time - 31 * SECOND + HOUR


def test_the_rest_is_ten_minutes_at_least(watched: Office) -> None:
    watched.founds("ada", "ben", "cy")
    watched.opens_a_round("ada")
    watched.waits(DAY - MINUTE)
    watched.does()
    watched.waits(3 * MINUTE)
    watched.does()
    assert closes(watched) == watched.time + 10 * MINUTE


def test_a_short_absence_moves_nothing(watched: Office) -> None:
    watched.founds("ada", "ben", "cy")
    watched.opens_a_round("ada")
    watched.does(watched.answers("ada", "agree"), watched.answers("ben", "agree"))
    watched.waits(DAY - MINUTE)
    watched.does()
    watched.waits(DOWN - 1)
    watched.does(watched.asking(c.NoteWord(person("ada"))))
    assert stage(watched) != "round"
    assert not [row for row in watched.rows(facts) if row["kind"] == "ClosingMoved"]


def test_a_question_that_opened_and_closed_while_nobody_ran_is_given_its_time(watched: Office) -> None:
    """The cooling ended in the gap and the vote ran out in it: nobody could vote."""
    watched.founds("ada", "ben", "cy", rounds="1", fallback="vote", cooling="1h", vote_window="2h", round_window="1h")
    watched.opens_a_round("ada")
    watched.does(watched.asking(c.TakePosition(person("cy"), 1, "block", "no budget", 1)),
                 watched.answers("ada", "agree"), watched.answers("ben", "agree"))
    watched.waits(HOUR - SECOND)
    watched.does()
    watched.waits(SECOND)
    watched.does(watched.asking(c.NoteWord(person("ada"))))
    assert stage(watched) == "cooling"
    watched.waits(10 * HOUR)
    watched.starts_again()
    assert stage(watched) == "vote"
    assert closes(watched) > watched.time + HOUR
    assert watched.verified().wrong == ()


def test_one_assembly_that_cannot_be_made_up_for_holds_up_no_other(
    watched: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, assembly in (("Well", WELL), ("Mill", MILL)):
        watched.founds("ada", "ben", assembly=assembly, name=name, rooms=())
        watched.opens_a_round("ada", assembly=assembly)
    monkeypatch.setattr(watched.service._memory, "announce", Muddled(watched.service._memory.announce))
    watched.waits(2 * DAY)
    watched.does()
    assert closes(watched, MILL) == watched.time + DAY


def test_a_clock_set_back_while_nothing_ran_does_not_turn_the_register_back(office: Office) -> None:
    """What is heard then counts as heard at the register's last instant, and can be verified."""
    office.founds("ada", "ben", "cy")
    office.waits(HOUR)
    office.opens_a_round("ada")
    opened = office.time
    office.starts_again()
    office.waits(-HOUR)
    office.does(office.answers("ben", "agree"))
    office.asks(c.Propose(person("cy"), "motion", "A bench"))
    assert [row["heard"] for row in office.rows(ballots)] == [opened]
    assert [row["at"] for row in office.rows(facts)] == sorted(row["at"] for row in office.rows(facts))
    assert office.verified().wrong == ()


def test_a_clock_moved_by_hand_has_no_downtime(office: Office) -> None:
    office.founds("ada", "ben", "cy")
    office.opens_a_round("ada")
    office.does(office.answers("ada", "agree"), office.answers("ben", "agree"), office.answers("cy", "agree"))
    office.waits(9 * DAY)
    office.does(office.asking(c.NoteWord(person("ada"))))
    assert stage(office) == "adopted"
    assert office.rows(beats) == []


# --- a platform that cannot be reached


async def test_closings_wait_for_a_platform_that_cannot_be_reached(office: Office) -> None:
    """Its people could not be heard; those of others go on."""
    office.founds("ada", "ben", "cy", rooms=("matrix:well", "telegram:-1"))
    office.founds("dee", "eli", "flo", assembly=MILL, name="Mill", rooms=("telegram:-2",))
    for who, assembly in (("ada", WELL), ("dee", MILL)):
        office.opens_a_round(who, assembly=assembly)
    office.does(office.answers("dee", "agree", assembly=MILL), office.answers("eli", "agree", assembly=MILL))
    office.does(office.answers("ada", "agree"), office.answers("ben", "agree"))
    office.waits(23 * HOUR)
    office.does()
    await office.service.pass_time(office.time)
    office.away["matrix"] = office.time
    office.waits(2 * HOUR)
    await office.service.pass_time(office.time)
    assert stage(office, MILL) == "adopted"
    assert (stage(office), closes(office)) == ("round", office.time - HOUR)
    assert await office.service.next_due(office.time) is None
    # it is back: what was left of the window runs from now
    office.away.clear()
    office.waits(SECOND)
    office.does()
    assert closes(office) == office.time + HOUR
    assert office.verified().wrong == ()


async def test_a_short_silence_of_a_platform_only_delays(office: Office) -> None:
    office.founds("ada", "ben", "cy", rooms=("matrix:well",))
    office.opens_a_round("ada")
    office.does(office.answers("ada", "agree"), office.answers("ben", "agree"))
    due = closes(office)
    office.time = due - 10 * SECOND
    office.away["matrix"] = office.time
    office.does()
    office.time = due + 20 * SECOND
    await office.service.pass_time(office.time)
    assert stage(office) == "round"
    office.away.clear()
    await office.service.pass_time(office.time)
    assert (stage(office), office.state().items[1].ended) == ("adopted", due)


async def meets_on_both(office: Office) -> int:
    """An assembly on two platforms with a round that both let through, an hour before its end one of them goes away;
    the instant of its closing."""
    office.founds("ada", "ben", "cy", rooms=("matrix:well", "telegram:-1"))
    office.opens_a_round("ada")
    office.does(office.answers("ada", "agree"), office.answers("ben", "agree"))
    due = closes(office)
    office.time = due - HOUR
    office.away["matrix"] = office.time
    office.does()
    return due


async def test_who_meets_on_another_platform_waits_a_day_for_one_that_is_away(office: Office) -> None:
    """A platform that never comes back stops no assembly that has moved on; one that meets only there waits."""
    office.founds("ada", "ben", "cy", rooms=("matrix:mill",), assembly=MILL, name="Mill")
    office.opens_a_round("ada", assembly=MILL)
    office.does(office.answers("ada", "agree", assembly=MILL), office.answers("ben", "agree", assembly=MILL))
    due = await meets_on_both(office)
    for length, stands in ((24 * HOUR - SECOND, "round"), (24 * HOUR, "adopted")):
        office.time = office.away["matrix"] + length
        await office.service.pass_time(office.time)
        assert stage(office) == stands
    assert office.state().items[1].ended == due
    assert stage(office, MILL) == "round"
    # what comes due from now on is not put off, and both away is away
    office.opens_a_round("ada")
    office.does(office.answers("ada", "agree"), office.answers("ben", "agree"))
    office.away["telegram"] = office.time
    due = office.state().items[2].question.closes
    office.time = due + 25 * HOUR
    await office.service.pass_time(office.time)
    assert office.state().items[2].stage.value == "round"
    del office.away["telegram"]
    office.does()
    assert office.state().items[2].question.closes > office.time
    assert office.verified().wrong == ()


# --- the clock itself


def wall() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Office]:
    """An office by the clock on the wall, with rounds of a minute that have almost run out when they open."""
    office = Office(sqlite_url(tmp_path), beats=True)
    office.time = wall() - 59 * SECOND
    office.founds("ada", "ben", "cy", round_window="1m", vote_window="1m")
    office.service._now = wall
    yield office
    await office.service.close()
    office.closes()


async def a_round_runs_out(office: Office) -> int:
    """Opened and answered by all; its closing instant, a second from now."""
    ada = person("ada")
    await office.service.take_soon([
        office.asking(c.Propose(ada, "motion", "Repair the pump")), office.asking(c.Open(ada, 1)),
        *(office.answers(who, "agree") for who in ("ada", "ben", "cy")),
    ])
    return office.time + MINUTE


async def ended(office: Office) -> int:
    """When the item ended; waits for it."""
    done = asyncio.Event()
    office.service.listeners.append(lambda wake: done.set())
    async with asyncio.timeout(10):
        while True:
            state = await office.service.state(WELL)
            if state is not None and state.items[1].ended is not None:
                return state.items[1].ended
            await done.wait()
            done.clear()


async def test_the_clock_wakes_when_something_falls_due(running: Office) -> None:
    due = await a_round_runs_out(running)
    clock = Clock(running.service, wall)
    await clock.start()
    assert await ended(running) == due
    assert wall() - due < 2 * SECOND
    await clock.stop()


async def test_the_clock_hears_of_a_deadline_set_while_it_runs(running: Office) -> None:
    clock = Clock(running.service, wall)
    await clock.start()
    due = await a_round_runs_out(running)
    assert await ended(running) == due
    await clock.stop()


async def test_the_clock_goes_on_when_the_database_was_away(
    running: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = await a_round_runs_out(running)
    clock = Clock(running.service, wall)
    real = running.service._run

    def lost(*given: object, **named: object) -> Wake:
        raise StoreLost

    monkeypatch.setattr(running.service, "_run", lost)
    await clock.start()
    monkeypatch.setattr(running.service, "_run", real)
    await clock._beat()
    assert await ended(running) == due
    await clock.stop()
