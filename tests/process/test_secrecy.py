"""Secret ballots (§8): what is left in the database, what the receipt shows, and what is caught."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, insert, update

from bot.store import board
from bot.store.tables import ballots, metadata, voted
from bot.store.tables import board as boards
from governance import commands as c
from tests.process.office import EVERY, HOUR, WELL, Office, person, url_for

SEVEN = ("ada", "ben", "cy", "dee", "eve", "fay", "gus")
YES = ("ada", "ben", "cy", "dee")
Tamper = Callable[[Connection], object]


class Vote:
    """An exclusion of gus, voted on in secret; `keys` and `receipts` as each voter was given them."""

    def __init__(self, url: str) -> None:
        grains = (number.to_bytes(16, "big") for number in itertools.count(1))
        self.office = Office(url, salt=lambda: next(grains))
        self.office.founds(*SEVEN)
        self.office.asks(c.Propose(person("ada"), "exclusion", "", "He sold the tools.", {"person": person("gus")}))
        self.office.asks(c.Open(person("ada"), 1))
        self.keys: dict[str, str] = {}
        self.receipts: dict[str, str] = {}

    def gives(self, who: str, choice: str) -> Vote:
        job = self.office.job(lambda desk: None)

        def run(desk):  # type: ignore[no-untyped-def]  # a job of the office
            made = desk.ask(WELL, c.CastBallot(person(who), 1, choice), job.at, job.cause)
            self.keys[who] = desk.box(WELL).key("1.1", person(who))
            self.receipts[who] = desk.mark(WELL, "1.1", person(who))
            return made

        job.run = run
        self.office.does(job)
        return self

    def closes(self) -> Vote:
        self.office.waits(25 * HOUR)
        self.office.does(self.office.job(lambda desk: desk.pass_time(WELL, self.office.time)))
        return self

    def board(self) -> board.Board:
        with self.office.engine.connect() as connection:
            return board.of(connection, WELL, "1.1")


@pytest.fixture(params=EVERY)
def vote(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Vote]:
    made = Vote(url_for(request, tmp_path))
    for who in SEVEN[:-1]:
        made.gives(who, "yes" if who in YES else "no")
    yield made
    made.office.closes()


def test_after_the_closing_nothing_joins_a_voter_to_a_ballot(vote: Vote) -> None:
    """The whole database is dumped: no row holds both who voted and how, or who and a receipt (§8.2)."""
    assert vote.office.count(ballots) == 6
    vote.closes()
    assert vote.office.count(ballots) == 0
    shown = vote.board()
    assert [row[0] for row in shown.rows] == sorted(vote.receipts.values())
    assert sorted(row[1] for row in shown.rows) == ["no", "no", "yes", "yes", "yes", "yes"]
    assert list(shown.names) == sorted(map(person, SEVEN[:-1]))
    assert len(shown.rows) == len(shown.names)
    receipts, voters = set(vote.receipts.values()), {person(one) for one in SEVEN[:-1]}
    for table in metadata.sorted_tables:
        for row in vote.office.rows(table):
            dumped = repr(dict(row))
            holds = [one for one in receipts if one in dumped]
            assert not holds or not any(one in dumped for one in voters), (table.name, dumped)
            assert not any(key in dumped for key in vote.keys.values()), (table.name, dumped)
            if any(one in dumped for one in voters) and table.name != "facts":
                assert "'yes'" not in dumped
                assert "'no'" not in dumped


def test_nothing_is_left_in_the_file(tmp_path: Path) -> None:
    """What was erased is not only forgotten by SQLite but gone."""
    made = Vote(f"sqlite:///{tmp_path / 'office.db'}")
    for who in SEVEN[:-1]:
        made.gives(who, "yes" if who in YES else "no")
    made.closes()
    with made.office.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    made.office.closes()
    raw = (tmp_path / "office.db").read_bytes()
    for who in SEVEN[:-1]:
        mine = person(who).encode()
        at = -1
        while (at := raw.find(mine, at + 1)) >= 0:
            assert made.receipts[who].encode() not in raw[at : at + 200]


def test_the_receipt_is_made_again_by_whoever_has_the_key(vote: Vote) -> None:
    vote.closes()
    for who in SEVEN[:-1]:
        choice = "yes" if who in YES else "no"
        assert board.receipt_of(bytes.fromhex(vote.keys[who]), choice) == vote.receipts[who]
        assert (vote.receipts[who], choice) in vote.board().rows


def test_changing_a_ballot_makes_a_new_key(vote: Vote) -> None:
    key, receipt = vote.keys["ada"], vote.receipts["ada"]
    vote.gives("ada", "no")
    assert (vote.keys["ada"], vote.receipts["ada"]) != (key, receipt)
    vote.closes()
    assert receipt not in [row[0] for row in vote.board().rows]
    assert vote.office.verified().wrong == ()


def test_what_was_counted_is_counted_again_from_the_board(vote: Vote) -> None:
    vote.closes()
    assert vote.office.verified().wrong == ()
    closed = vote.office.state().items[1].votes[-1]
    assert (closed.secret, dict(closed.tallies[""])) == (True, {"yes": 4, "no": 2})


@pytest.mark.parametrize("tamper", [
    lambda connection: connection.execute(
        update(boards).where(boards.c.ballot == "no").values(ballot="yes")),
    lambda connection: connection.execute(delete(boards).where(boards.c.ballot == "no")),
    lambda connection: connection.execute(
        insert(boards).values(assembly=WELL, question="1.1", receipt="f" * 64, ballot="yes")),
    lambda connection: connection.execute(delete(voted).where(voted.c.voter == person("ada"))),
    lambda connection: connection.execute(
        update(voted).where(voted.c.voter == person("ada")).values(voter=person("gus"))),
], ids=["changed", "dropped", "added", "a name dropped", "another name"])  # fmt: skip
def test_a_board_that_was_tampered_with_is_caught(vote: Vote, tamper: Tamper) -> None:
    """A changed, dropped or added ballot shows in the count or in the digest."""
    vote.closes()
    with vote.office.engine.begin() as connection:
        tamper(connection)
    assert vote.office.verified().wrong


def test_while_it_is_open_the_receipts_are_no_ballots_of_their_own(vote: Vote) -> None:
    """Verify knows open secret rows: only their voters can make the receipts again."""
    assert vote.office.verified().wrong == ()
    assert {row["cause"] for row in vote.office.rows(ballots)} == {board.UNLINKED}
