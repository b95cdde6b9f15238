"""Dispatches through the service and the post: taken once and in their order, whatever the table holds (§3.8, §6)."""

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select

from bot import announce
from bot.post import Post
from bot.service import Service
from bot.service_desk import Desk
from bot.service_mail import Mail, Mailbag
from bot.store.codec import read_all
from bot.store.engine import open_engine
from bot.store.hot import facts_after
from bot.store.tables import dispatches, facts
from governance import commands as c
from governance.assembly import Assembly
from governance.terms import DAY, HOUR
from tests.process.office import Office, person

VALLEY, MILL, FORD = "c" * 16, "a" * 16, "b" * 16
HOMES = {MILL: ("ada", "ben"), FORD: ("cy", "dan")}
ROOMS = {MILL: "telegram:-1", FORD: "matrix:ford"}
COUNCIL = {"seconds": "0", "discussion_min": "0", "rounds": "0", "vote_window": "2d", "council_threshold": "1/2"}


class Valley:
    """Two homes decide to join a council, send somebody there, and mandate; nothing is brought until it is said."""

    def __init__(self, path: Path) -> None:
        self.url = f"sqlite:///{path / 'valley.db'}"
        office = self.office = Office(self.url)
        founded = c.Found(person("dee"), "Valley", "small", COUNCIL, council=True)
        office.does(office.job(lambda desk: desk.ask(VALLEY, founded, office.time, "console:council")))
        for (home, who), name in zip(HOMES.items(), ("Mill", "Ford"), strict=True):
            office.founds(*who, assembly=home, name=name, rooms=(ROOMS[home],), quorum_min="1", early_close="yes",
                          seconds="0", discussion_min="0", rounds="1", early_close_after="0")  # fmt: skip
        self.engine = open_engine(self.url)

    def decides(self, home: str, kind: str, **terms: Any) -> None:
        by = HOMES[home][0]
        self.office.asks(c.Propose(person(by), kind, "", "", {"council": VALLEY, **terms}), assembly=home)
        number = self.state(home).last_item
        self.office.asks(c.Open(person(by), number), assembly=home)
        for one in HOMES[home]:
            self.office.asks(c.TakePosition(person(one), number, "agree"), assembly=home)

    def state(self, assembly: str) -> Assembly:
        states: list[Assembly | None] = []
        self.office.does(self.office.job(lambda desk: states.append(desk.state(assembly))))
        (state,) = states
        assert state is not None
        return state

    def rows(self) -> list[dict[str, Any]]:
        """What is on its way, in the order of sending."""
        with self.engine.connect() as connection:
            found = connection.execute(select(dispatches).order_by(dispatches.c.at, dispatches.c.number))
            return [dict(row) for row in found.mappings()]

    def takes_out(self, row: dict[str, Any]) -> None:
        d = dispatches.c
        with self.engine.begin() as connection:
            this = (d.assembly == row["assembly"], d.seq == row["seq"], d.receiver == row["receiver"])
            connection.execute(delete(dispatches).where(*this))

    def puts_back(self, *rows: dict[str, Any]) -> None:
        with self.engine.begin() as connection:
            connection.execute(insert(dispatches), list(rows))

    def posted(self) -> bool:
        """What is due is done, and every dispatch that can be taken is; whether one was. As another process, that
        remembers nothing."""
        ids = itertools.count(1)

        async def post() -> bool:
            service = Service(
                self.engine, now=lambda: self.office.time, announce=announce, salt=lambda: bytes(16),
                new_id=lambda: f"{next(ids):016x}", beats=False, hears=self.office.hears,
            )
            await service.pass_time(self.office.time)
            some = await Post(service, lambda: self.office.time).settle()
            await service.close()
            return some

        some = asyncio.run(post())
        self.office.starts_again()
        return some


async def all_taken(valley: Valley) -> None:
    async with asyncio.timeout(60):
        while valley.rows():  # noqa: ASYNC110 - as another process would, which is told nothing
            await asyncio.sleep(0.01)


@pytest.fixture
def valley(tmp_path: Path) -> Iterator[Valley]:
    found = Valley(tmp_path)
    yield found
    found.office.closes()
    found.engine.dispose()


def test_what_comes_before_its_forerunner_waits_for_it(valley: Valley) -> None:
    """Neither dropped nor taken out of its order; what others sent is not held up by it."""
    valley.decides(MILL, "join")
    assert valley.posted()
    valley.decides(MILL, "delegation", delegates=[person("ada")])
    valley.decides(MILL, "delegation", delegates=[person("ben")])
    valley.decides(FORD, "join")
    first, second = (row for row in valley.rows() if row["assembly"] == MILL)
    assert second["number"] == first["number"] + 1
    valley.takes_out(first)
    assert valley.posted()
    assert list(valley.state(VALLEY).roll) == [MILL, FORD]
    assert valley.state(VALLEY).ties.heard[MILL] == first["number"] - 1
    assert valley.rows() == [second]
    assert not valley.posted(), "nothing can be taken, and the post does not turn round and round"
    valley.puts_back(first)
    assert valley.posted()
    assert valley.rows() == []
    assert valley.state(VALLEY).ties.heard[MILL] == second["number"]
    seated = valley.state(VALLEY).ties.members[MILL].delegation
    assert seated is not None
    assert seated.delegates == (person("ben"),)
    assert valley.office.verified().wrong == ()


def test_a_worker_that_died_before_it_forgot_the_row(valley: Valley) -> None:
    """Brought again, at once or much later, a dispatch changes nothing and is not answered a second time."""
    valley.decides(MILL, "join")
    (row,) = valley.rows()
    valley.posted()
    size = valley.office.count(facts)
    valley.puts_back(row)
    assert valley.posted()
    assert valley.rows() == []
    assert valley.office.count(facts) == size
    assert valley.office.verified().wrong == ()


def test_what_others_left_is_found_without_a_word(valley: Valley, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that was killed, or another one, says nothing of what it sent: it is looked for at the start, and
    again after a while."""
    monkeypatch.setattr("bot.post.AGAIN", 0.01)
    valley.decides(MILL, "join")
    (at_the_start,) = valley.rows()

    async def runs() -> None:
        service = Service(
            valley.engine, now=lambda: valley.office.time, announce=announce, salt=lambda: bytes(16),
            new_id=lambda: "0" * 16, beats=False,
        )  # fmt: skip
        running = asyncio.create_task(Post(service, lambda: valley.office.time).run())
        await all_taken(valley)
        valley.puts_back(at_the_start)
        await all_taken(valley)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await service.close()

    asyncio.run(runs())
    valley.office.starts_again()
    assert list(valley.state(VALLEY).roll) == [MILL]
    assert valley.office.verified().wrong == ()


def test_what_goes_to_several_is_read_once_and_changed_by_nobody(
    valley: Valley, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All receivers have the same object in their hands: each must leave it as the register has it."""
    read, stored = list[Mail](), Mailbag._stored

    def noted(bag: Mailbag, receiver: str) -> Iterator[Mail]:
        for mail in stored(bag, receiver):
            read.append(mail)
            yield mail

    monkeypatch.setattr(Mailbag, "_stored", noted)
    for home in HOMES:
        valley.decides(home, "join")
    valley.posted()
    valley.decides(FORD, "delegation", delegates=[person("cy")])
    valley.posted()
    for command in (c.Propose(person("cy"), "motion", "Share the water", "Equal parts."), c.Open(person("cy"), 1)):
        valley.office.asks(command, assembly=VALLEY)
    valley.office.waits(2 * DAY)
    valley.posted()
    shared = [(one, other) for one, other in itertools.combinations(read, 2) if one.dispatch is other.dispatch]
    assert {frozenset((one.receiver, other.receiver)) for one, other in shared} == {frozenset(HOMES)}
    with valley.engine.connect() as connection:
        for mail in read:
            rows = connection.execute(facts_after(mail.sender, mail.seq - 1).limit(1)).all()
            assert list(read_all(rows)) == [(mail.at, mail.dispatch)]


def test_a_receiver_that_cannot_take_what_it_is_sent_holds_up_nobody(
    valley: Valley, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our own mistake in one assembly is set aside; the council goes on with the others, and nothing is lost."""
    for home in HOMES:
        valley.decides(home, "join")
    bring = Desk.bring

    def broken(desk: Desk, assembly: str, until: int) -> bool:
        if assembly == MILL:
            raise RuntimeError("a mistake of ours")
        return bring(desk, assembly, until)

    monkeypatch.setattr(Desk, "bring", broken)
    assert valley.posted()
    assert list(valley.state(VALLEY).roll) == [MILL, FORD]
    assert valley.state(FORD).ties.councils[VALLEY].joined is not None
    assert {row["receiver"] for row in valley.rows()} == {MILL}
    monkeypatch.undo()
    assert valley.posted()
    assert valley.rows() == []
    assert valley.state(MILL).ties.councils[VALLEY].joined is not None
    assert valley.office.verified().wrong == ()


def test_a_room_that_cannot_be_reached_holds_up_neither_the_council_nor_the_others(valley: Valley) -> None:
    """Telegram is away around the closing: Mill's answer waits for its people, the council's result does not."""
    office = valley.office
    for home in HOMES:
        valley.decides(home, "join")
    valley.posted()
    valley.decides(FORD, "delegation", delegates=[person("cy")])
    valley.posted()
    for command in (c.Propose(person("cy"), "motion", "Share the water", "Equal parts."), c.Open(person("cy"), 1)):
        office.asks(command, assembly=VALLEY)
    office.waits(2 * DAY)
    valley.posted()
    asked = {home: valley.state(home).last_item for home in HOMES}
    closes = valley.state(MILL).items[asked[MILL]].question
    assert closes is not None
    office.asks(c.CastBallot(person("cy"), asked[FORD], "yes"), assembly=FORD)
    office.asks(c.CastBallot(person("ada"), asked[MILL], "yes"), assembly=MILL)
    # an hour before the end Telegram falls silent, and for a day it stays so
    office.time = closes.closes - HOUR
    valley.posted()
    office.away["telegram"] = office.time
    office.waits(DAY)
    valley.posted()
    council = valley.state(VALLEY).items[1]
    assert (council.stage.value, council.why, council.ended) == ("rejected", "threshold", closes.closes)
    assert valley.state(FORD).items[asked[FORD]].stage.value == "adopted"
    assert valley.state(MILL).items[asked[MILL]].stage.value == "vote"
    # it is back: Mill's question closes, and its answer is recorded in the council
    office.away.clear()
    office.waits(DAY)
    valley.posted()
    valley.posted()
    assert valley.state(MILL).items[asked[MILL]].stage.value == "adopted"
    assert valley.rows() == []
    assert office.verified().wrong == ()
