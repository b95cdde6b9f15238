"""A batch is one transaction: all of it is on disk before anybody is answered, or none of it."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError

from bot.service import Job, Repeated, SetAside, StoreLost
from bot.service_desk import NEWS, Desk, News, Wake
from bot.store import directory, outbox
from bot.store.box import BoxDiffers
from bot.store.tables import aside, ballots, causes, cursors, facts
from governance import commands as c
from governance.assembly import Decided
from governance.refusals import Refused, Why
from tests.process.office import EVERY, HOUR, WELL, Office, person, sqlite_url, url_for


@pytest.fixture(params=EVERY)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    office = Office(url_for(request, tmp_path))
    yield office
    office.closes()


class Commits:
    """Counts the transactions of a database that wrote."""

    def __init__(self, engine: Engine) -> None:
        self.count = 0
        event.listen(engine, "commit", self._note)

    def _note(self, connection: Any) -> None:
        if not connection.get_execution_options().get("reading"):
            self.count += 1


def fails(desk: Desk) -> None:
    raise LookupError("no such thing")


# --- what a batch sees of itself


def test_a_second_tap_in_the_same_batch_is_the_one_that_counts(office: Office) -> None:
    office.founds("ada", "ben")
    office.opens_a_round("ada")

    def look(desk: Desk) -> object:
        box = desk.box(WELL)
        return box.choice("1.1", person("ben")), dict(box.tally("1.1")), box.answered("1.1"), box.voters("1.1")

    results = office.does(
        office.answers("ben", "agree"), office.job(look), office.answers("ben", "pass"), office.job(look)
    )
    assert results[1] == ("agree", {"agree": 1}, 1, {person("ben")})
    assert results[3] == ("pass", {"pass": 1}, 1, {person("ben")})


def test_the_count_in_the_same_batch_has_the_batchs_ballots(office: Office) -> None:
    """§3.8: what was heard before the closing instant counts, though it is committed with the closing."""
    office.founds("ada", "ben", "cy")
    office.opens_a_round("ada")
    closes = office.time + 24 * HOUR
    office.time = closes + 1
    office.does(
        office.answers("ada", "agree", at=closes - 3), office.answers("ben", "agree", at=closes - 2),
        office.answers("cy", "agree", at=closes - 1), office.asking(c.NoteWord(person("ada")), at=closes + 1),
    )
    item = office.state().items[1]
    assert (item.decided_by, dict(item.rounds[-1].tally)) == ("consensus", {"agree": 3})
    assert item.ended == closes
    assert office.verified().wrong == ()


def test_a_ballot_heard_at_the_closing_instant_is_too_late(office: Office) -> None:
    office.founds("ada", "ben", "cy")
    office.opens_a_round("ada")
    closes = office.time + 24 * HOUR
    office.does(office.answers("ada", "agree"))
    late, in_time = office.service.take([
        office.answers("ben", "agree", at=closes), office.answers("cy", "agree", at=closes - 1),
    ])
    assert isinstance(late, Refused)
    assert isinstance(in_time, Decided)


def test_jobs_run_in_the_order_they_were_heard(office: Office) -> None:
    order: list[str] = []
    jobs = [office.job(lambda desk, name=name: order.append(name), at=at) for name, at in  # type: ignore[misc]
            [("third", 3), ("first", 1), ("second", 2)]]
    office.does(*jobs)
    assert order == ["first", "second", "third"]


def test_an_early_close_follows_the_last_ballot(office: Office) -> None:
    """§4.6 in the same batch, after the ballot lies in the box."""
    office.founds("ada", "ben", early_close="yes")
    office.opens_a_round("ada")
    office.does(office.answers("ada", "agree"), office.answers("ben", "agree"))
    assert office.state().items[1].decided_by == "consensus"
    assert office.verified().wrong == ()


def test_the_voter_is_shown_the_hash_of_the_row(office: Office) -> None:
    office.founds("ada", "ben")
    office.opens_a_round("ada")
    office.does(office.answers("ben", "agree"))
    mark = office.does(office.job(lambda desk: desk.mark(WELL, "1.1", person("ben"))))[0]
    assert [row["hash"] for row in office.rows(ballots)] == [mark]
    assert office.does(office.job(lambda desk: desk.mark(WELL, "1.1", person("ada"))))[0] is None
    again = office.answers("ben", "pass")
    _, mark = office.does(again, office.job(lambda desk: desk.mark(WELL, "1.1", person("ben"))))
    assert [row["hash"] for row in office.rows(ballots)] == [mark]


# --- what fails


def test_a_poisoned_job_is_set_aside_and_the_rest_goes_on(office: Office) -> None:
    office.founds("ada", "ben", "cy")
    office.opens_a_round("ada")
    bad = Job("telegram:bot:2", office.time, fails)
    first, poison, last = office.service.take(
        [office.answers("ben", "agree"), bad, office.answers("cy", "agree")], ("telegram", "3")
    )
    assert isinstance(first, Decided)
    assert isinstance(last, Decided)
    assert poison == SetAside("telegram:bot:2", "LookupError: no such thing")
    assert [(row["cause"], row["error"]) for row in office.rows(aside)] == [
        ("telegram:bot:2", "LookupError: no such thing")
    ]
    assert [row["revision"] for row in office.rows(ballots)] == [1, 1]
    assert office.rows(cursors) == [{"platform": "telegram", "cursor": "3"}]


def test_what_failed_left_nothing_behind(office: Office) -> None:
    """Not even what the same job did before it failed."""
    office.founds("ada", "ben")

    def joins_and_fails(desk: Desk) -> None:
        desk.directory.meet("console:dee", "Dee", None, None)
        desk.ask(WELL, c.Join(person("dee")), office.time, "x:1")
        raise LookupError

    size = office.count(facts)
    [result] = office.service.take([office.job(joins_and_fails)])
    assert isinstance(result, SetAside)
    assert office.count(facts) == size
    assert person("dee") not in office.state().roll
    assert office.does(office.job(lambda desk: desk.directory.person_of("console:dee")))[0] is None


def test_a_poisoned_job_is_not_tried_again(office: Office) -> None:
    office.service.take([office.job(fails, "hook:1")])
    assert office.service.take([office.job(fails, "hook:1")]) == [Repeated()]


def test_the_same_cause_twice_is_done_once(office: Office) -> None:
    """Where no cursor says what was heard: a webhook, a terminal."""
    office.founds("ada")
    assert isinstance(office.does(office.asking(c.Join(person("ben")), cause="hook:7"))[0], Decided)
    again, other = office.does(
        office.asking(c.Join(person("ben")), cause="hook:7"), office.asking(c.Join(person("cy")), cause="hook:8")
    )
    assert again == Repeated()
    assert isinstance(other, Decided)
    office.starts_again()
    assert office.does(office.asking(c.Join(person("ben")), cause="hook:7")) == [Repeated()]


def test_the_same_cause_twice_in_one_batch_is_done_once(office: Office) -> None:
    office.founds("ada")
    first, again = office.does(*(office.asking(c.Join(person("ben")), cause="hook:7") for _ in range(2)))
    assert isinstance(first, Decided)
    assert again == Repeated()


def test_causes_with_a_cursor_need_no_rows(office: Office) -> None:
    office.founds("ada", "ben")
    office.opens_a_round("ada")
    before = office.count(causes)
    office.service.take([office.answers("ben", "agree", cause="telegram:bot:1")], ("telegram", "2"))
    assert office.count(causes) == before
    assert office.rows(cursors) == [{"platform": "telegram", "cursor": "2"}]


def test_a_replay_that_was_cut_short_is_not_done_twice(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """One by one some jobs are committed before the cursor is: they are remembered until it has passed them."""
    office.founds("ada", "ben", "cy")
    office.opens_a_round("ada")
    batch = [
        office.answers("ben", "agree", cause="telegram:bot:1"), Job("telegram:bot:2", office.time, fails),
        office.answers("cy", "agree", cause="telegram:bot:3"),
    ]
    put_aside = office.service._put_aside

    def cut(*given: Any) -> Wake:
        put_aside(*given)
        raise StoreLost("killed here")

    monkeypatch.setattr(office.service, "_put_aside", cut)
    with pytest.raises(StoreLost):
        office.service.take(batch, ("telegram", "4"))
    assert office.rows(cursors) == []
    office.starts_again()
    again = office.service.take(batch, ("telegram", "4"))
    assert again[:2] == [Repeated(), Repeated()]
    assert isinstance(again[2], Decided)
    assert [row["revision"] for row in office.rows(ballots)] == [1, 1]
    assert office.rows(cursors) == [{"platform": "telegram", "cursor": "4"}]


def test_a_box_in_memory_that_is_not_the_table_is_read_again(office: Office) -> None:
    """Counting goes by the rows; a memory that differs is dropped and the count done again."""
    office.founds("ada", "ben", "cy")
    office.opens_a_round("ada")
    office.does(office.answers("ben", "agree"), office.answers("cy", "agree"))
    votes = office.service._memory.entries[WELL].boxes["1.1"]
    votes.tally = {"agree": 5}
    votes.choices[person("ada")] = "agree"
    office.waits(24 * HOUR)
    office.does(office.asking(c.NoteWord(person("ada"))))
    assert dict(office.state().items[1].rounds[-1].tally) == {"agree": 2}
    assert office.verified().wrong == ()


def test_a_digest_of_a_box_that_differs_is_refused(office: Office) -> None:
    office.founds("ada", "ben")
    office.opens_a_round("ada")
    office.does(office.answers("ben", "agree"))
    office.service._memory.entries[WELL].boxes["1.1"].tally = {"agree": 2}

    def digest(desk: Desk) -> bool:
        with pytest.raises(BoxDiffers):
            desk.box(WELL).digest("1.1")
        return True

    if office.engine.dialect.name == "sqlite":
        assert office.does(office.job(digest)) == [True]


# --- the queue in the loop


async def test_what_comes_while_one_commit_runs_goes_into_the_next(tmp_path: Path) -> None:
    office = Office(sqlite_url(tmp_path))
    names = [f"p{number}" for number in range(60)]
    office.founds(*names)
    office.opens_a_round("p0")
    commits = Commits(office.engine)
    results = await asyncio.gather(*(office.service.take_soon([office.answers(name, "agree")]) for name in names))
    assert all(isinstance(result[0], Decided) for result in results)
    assert commits.count <= 3
    await office.service.close()
    office.closes()


async def test_a_batch_is_no_larger_than_was_set(tmp_path: Path) -> None:
    office = Office(sqlite_url(tmp_path), batch=10)
    names = [f"p{number}" for number in range(60)]
    office.founds(*names)
    office.opens_a_round("p0")
    commits = Commits(office.engine)
    await asyncio.gather(*(office.service.take_soon([office.answers(name, "agree")]) for name in names))
    assert commits.count == 6
    await office.service.close()
    office.closes()


async def test_each_gets_its_own_results_and_cursors_go_with_them(tmp_path: Path) -> None:
    office = Office(sqlite_url(tmp_path))
    give = [office.job(lambda desk, value=value: value, f"{value}") for value in range(5)]  # type: ignore[misc]
    first, second, third = await asyncio.gather(
        office.service.take_soon(give[:2], ("telegram", "10")),
        office.service.take_soon(give[2:3], ("matrix", "s7")),
        office.service.take_soon(give[3:]),
    )
    assert (first, second, third) == ([0, 1], [2], [3, 4])
    assert office.rows(cursors) == [
        {"platform": "matrix", "cursor": "s7"}, {"platform": "telegram", "cursor": "10"},
    ]
    assert await office.service.read(lambda connection: directory.cursor(connection, "matrix")) == "s7"
    await office.service.close()
    office.closes()


async def test_a_batch_tells_what_is_left_to_be_done(tmp_path: Path) -> None:
    office = Office(sqlite_url(tmp_path))
    office.founds("ada", "ben")
    office.opens_a_round("ada")
    wakes: list[Wake] = []
    office.service.listeners.append(wakes.append)
    await office.service.take_soon([office.answers("ada", "agree"), office.answers("ben", "pass")])
    assert wakes == [Wake(frozenset({(WELL, 1)}), False, None, news=News())]
    await office.service.take_soon([office.asking(c.Propose(person("ben"), "motion", "A bench"))])
    assert wakes[1].said
    await office.service.close()
    office.closes()


async def test_a_batch_tells_what_it_left_in_the_outbox_as_a_look_would_find_it(tmp_path: Path) -> None:
    office = Office(sqlite_url(tmp_path))
    office.founds("ada", "ben")
    office.opens_a_round("ada")

    def is_said(desk: Desk) -> None:
        rows = outbox.waiting(desk.connection, office.time, 100)
        outbox.done(desk.connection, [(row.assembly, row.number) for row in rows])
        outbox.card_posted(desk.connection, WELL, 1, "telegram:-1", "m7", None, 0, office.time)

    office.does(office.job(is_said))
    wakes: list[Wake] = []
    office.service.listeners.append(wakes.append)
    asked = office.asking(c.Propose(person("ben"), "motion", "A bench"))
    await office.service.take_soon([office.answers("ada", "agree"), asked])
    news = wakes[0].news
    assert news is not None
    assert list(news.sayings) == await office.service.read(lambda read: outbox.waiting(read, office.time, 100))
    assert list(news.cards) == await office.service.read(lambda read: outbox.cards_to_edit(read, 100))
    assert (len(news.sayings), [(one.message, one.wanted) for one in news.cards]) == (1, [("m7", 1)])
    await office.service.close()
    office.closes()


@pytest.mark.parametrize("count", [NEWS, NEWS + 1])
async def test_much_is_not_told_but_looked_for(tmp_path: Path, count: int) -> None:
    office = Office(sqlite_url(tmp_path))
    office.founds("ada")
    wakes: list[Wake] = []
    office.service.listeners.append(wakes.append)
    await office.service.take_soon(
        [office.asking(c.Propose(person("ada"), "motion", f"Motion {number}")) for number in range(count)]
    )
    (told,) = wakes
    assert told.said
    assert (told.news is None) == (count > NEWS)
    await office.service.close()
    office.closes()


async def test_states_and_boxes_are_read_as_published(tmp_path: Path) -> None:
    office = Office(sqlite_url(tmp_path))
    office.founds("ada", "ben", early_close="yes")
    office.opens_a_round("ada")
    office.starts_again()
    assert await office.service.state("f" * 16) is None
    state = await office.service.state(WELL)
    assert state is not None
    assert list(state.open) == [1]
    await office.service.take_soon([office.answers("ben", "agree")])
    box = office.service.box(WELL)
    assert (dict(box.tally("1.1")), box.choices("1.1")) == ({"agree": 1}, {person("ben"): "agree"})
    await office.service.take_soon([office.answers("ada", "agree")])
    # the question is closed: its box is not kept in memory
    assert office.service.box(WELL).answered("1.1") == 0
    await office.service.close()
    office.closes()


async def test_a_read_is_a_view_of_one_moment(tmp_path: Path) -> None:
    office = Office(sqlite_url(tmp_path))
    office.founds("ada")

    def twice(connection: Any) -> tuple[int, int]:
        first = connection.execute(text("SELECT count(*) FROM facts")).scalar_one()
        office.does(office.asking(c.Join(person(f"new{random.random()}"))))
        return first, connection.execute(text("SELECT count(*) FROM facts")).scalar_one()

    first, second = await office.service.read(twice)
    assert first == second == office.count(facts) - 1
    await office.service.close()
    office.closes()


async def test_what_may_be_lost_waits_for_the_next_batch(tmp_path: Path) -> None:
    """It makes no transaction of its own; what is left of it goes with the end of the program."""
    office = Office(sqlite_url(tmp_path))
    commits, order = Commits(office.engine), list[str]()
    office.service.take_along(Job("along", 0, lambda desk: order.append("along"), once=False))
    await asyncio.sleep(0)
    assert (order, commits.count) == ([], 0)
    await office.service.take_soon([office.job(lambda desk: order.append("asked"))])
    assert (order, commits.count) == (["along", "asked"], 1)
    office.service.take_along(Job("along", 0, lambda desk: order.append("last"), once=False))
    await office.service.close()
    assert (order, commits.count) == (["along", "asked", "last"], 2)
    office.closes()


async def test_a_loss_of_what_goes_along_keeps_nothing_from_ending(tmp_path: Path) -> None:
    office = Office(sqlite_url(tmp_path))

    def loses(desk: Desk) -> None:
        raise OperationalError("away", None, Exception("away"))

    office.service.take_along(Job("along", 0, loses, once=False))
    await office.service.close()
    office.closes()


async def test_warming_up_brings_in_what_has_a_deadline(tmp_path: Path) -> None:
    office = Office(sqlite_url(tmp_path))
    office.founds("ada")
    office.founds("ben", "cy", assembly="b" * 16, name="Mill", rooms=("console:mill",))
    office.opens_a_round("ben", assembly="b" * 16)
    office.starts_again()
    assert await office.service.warm_up() == 1
    assert list(office.service._memory.entries) == ["b" * 16]
    await office.service.close()
    office.closes()


def test_refusals_store_nothing(office: Office) -> None:
    office.founds("ada", "ben")
    office.opens_a_round("ada")
    size = office.count(facts)
    [refused] = office.does(office.answers("eve", "agree"))
    assert isinstance(refused, Refused)
    assert refused.why is Why.NOT_ON_ROLL
    assert (office.count(facts), office.count(ballots)) == (size, 0)
