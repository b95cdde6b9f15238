"""Secret ballots (§8): whatever kind of question it was, nothing on disk joins who voted to how, once it is closed."""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.store import board
from bot.store.engine import reading
from bot.store.tables import aside, ballots, metadata, voted
from governance import commands as c
from governance.decision import Decided
from tests.process.office import HOUR, POSTGRES, WELL, Office, person, sqlite_url, url_for

MANY = [f"v{number:03d}" for number in range(60)]
Give = Callable[[str, int], c.Command]
Put = Callable[[Office], None]


def grains() -> Callable[[], bytes]:
    numbers = itertools.count(1)
    return lambda: hashlib.sha256(str(next(numbers)).encode()).digest()[:16]


class Ballot:
    """A secret question of an assembly of sixty, as each was answered; a third of them change their answer."""

    def __init__(self, url: str, put: Put, give: Give) -> None:
        self.office = Office(url, salt=grains())
        self.office.founds(*MANY, secret="all", seconds="0", discussion_min="0", rounds="0", recall_signers="0")
        put(self.office)
        item = self.office.state().last_item
        self.question = f"{item}.1"
        concerned = self.office.state().items[item].concerned
        rng, self.receipts = random.Random(8), dict[str, str]()
        voters = [one for one in MANY if person(one) != concerned]
        rng.shuffle(voters)
        for who in [*voters, *voters[::3]]:
            self._gives(who, give(person(who), len(self.receipts)))

    def _gives(self, who: str, command: c.Command) -> None:
        job = self.office.job(lambda desk: None)

        def run(desk):  # type: ignore[no-untyped-def]  # a job of the office
            made = desk.ask(WELL, command, job.at, job.cause)
            assert isinstance(made, Decided), made
            self.receipts[who] = desk.mark(WELL, self.question, person(who))

        job.run = run
        self.office.does(job)

    def closes(self) -> None:
        later(self.office, 25 * HOUR)


def later(office: Office, milliseconds: int) -> None:
    office.waits(milliseconds)
    office.does(office.job(lambda desk: desk.pass_time(WELL, office.time)))


def exclusion(url: str) -> Ballot:
    def put(office: Office) -> None:
        office.asks(c.Propose(person("v000"), "exclusion", "", "He sold the tools.", {"person": person("v009")}))
        office.asks(c.Open(person("v000"), 1))

    return Ballot(url, put, lambda who, turn: c.CastBallot(who, 1, "no" if turn % 3 else "yes"))


def motion(url: str) -> Ballot:
    def put(office: Office) -> None:
        office.asks(c.Propose(person("v000"), "motion", "Repair the pump", ""), c.Open(person("v000"), 1))

    return Ballot(url, put, lambda who, turn: c.CastBallot(who, 1, ("no", "yes", "abstain")[turn % 3]))


def election(url: str) -> Ballot:
    """By consent, with reasons behind the names."""
    one, other = person("v001"), person("v002")

    def put(office: Office) -> None:
        terms = {"role": "chair", "seats": 1, "method": "consent", "quotas": {}}
        office.asks(c.Propose(person("v000"), "election", "", "", terms))
        office.asks(c.Stand(one, 1), c.Stand(other, 1), c.Open(person("v000"), 1))

    def give(who: str, turn: int) -> c.Command:
        if turn % 5:
            return c.MarkNames(who, 1, "rank", ((one, 1),))
        return c.MarkNames(who, 1, "rank", ((one, 1), ("none", 2), (other, 3)), f"too many offices, {turn}")

    return Ballot(url, put, give)


def recall(url: str) -> Ballot:
    """Of somebody drawn for a role."""
    def put(office: Office) -> None:
        terms = {"role": "chair", "seats": 1, "quotas": {}, "from": "volunteers", "source": "event", "event": "lottery"}
        office.asks(c.Propose(person("v000"), "draw", "", "", terms), c.Stand(person("v009"), 1))
        later(office, 2 * HOUR)
        office.asks(c.TypeValue(person("v000"), 1, "9 18"), c.TypeValue(person("v001"), 1, "9 18"))
        about = {"person": person("v009"), "role": "chair"}
        office.asks(c.Propose(person("v000"), "recall", "", "never there", about))

    return Ballot(url, put, lambda who, turn: c.CastBallot(who, 2, "no" if turn % 3 else "yes"))


KINDS = {"exclusion": exclusion, "motion": motion, "election": election, "recall": recall}


def joined(raw: bytes, receipts: dict[str, str]) -> list[str]:
    """Whose id stands near their receipt, or right before a choice, as in a row."""
    found = []
    for who, receipt in receipts.items():
        mine, at = person(who).encode(), -1
        while (at := raw.find(mine, at + 1)) >= 0:
            near = raw[max(0, at - 200) : at + 220]
            behind = raw[at + len(mine) : at + len(mine) + 4]
            if receipt.encode() in near or behind.startswith((b"yes", b"no", b"abst")):
                found.append(who)
                break
    return found


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_no_byte_of_the_files_joins_them(kind: str, tmp_path: Path) -> None:
    """The file, its free pages and its log, as they lie there while the program runs on."""
    made = KINDS[kind](sqlite_url(tmp_path))
    files = [tmp_path / f"office.db{end}" for end in ("", "-wal")]
    pool = made.office.state().items[made.office.state().last_item].pool
    standing = {*(pool.candidates if pool is not None else ())}
    # who stands is named in the ballots of others, beside their receipts
    receipts = {who: one for who, one in made.receipts.items() if person(who) not in standing}
    before = joined(b"".join(one.read_bytes() for one in files), receipts)
    assert set(before) == set(receipts), "while it is open the rows are there, and the test sees them"
    made.closes()
    for one in files:
        assert joined(one.read_bytes(), receipts) == [], one.name
    with made.office.engine.connect() as connection:
        shown = board.of(connection, WELL, made.question)
    assert (len(shown.rows), len(shown.names)) == (len(made.receipts), len(made.receipts))
    assert made.office.verified().wrong == ()
    made.office.closes()


@pytest.fixture(params=["sqlite", POSTGRES[0]])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return url_for(request, tmp_path)


def test_no_row_of_any_table_joins_them(kind: str, url: str) -> None:
    """Neither a voter and a receipt, nor a voter and a ballot, nor a receipt and a cause, an instant or a revision."""
    made = KINDS[kind](url)
    made.closes()
    assert made.office.count(ballots) == 0
    receipts, voters = set(made.receipts.values()), {person(one) for one in made.receipts}
    for table in metadata.sorted_tables:
        for row in made.office.rows(table):
            dumped = repr(dict(row))
            holds = [one for one in receipts if one in dumped]
            assert not holds or (table.name == "board" and {*row} == {"assembly", "question", "receipt", "ballot"})
            if table.name == "voted":
                assert {*row} == {"assembly", "question", "voter"}
            elif table.name not in ("facts", "rolls", "persons", "accounts", "sayings", "board"):
                assert not any(one in dumped for one in voters), (table.name, dumped)
    reasons = {row["cause"] for row in made.office.rows(metadata.tables["facts"])}
    assert not any(cause in row.values() for cause in reasons for row in made.office.rows(voted))
    made.office.closes()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Office]:
    made = Office(sqlite_url(tmp_path), salt=grains())
    made.founds("ada", secret="all", seconds="0", discussion_min="0", rounds="0", quorum_min="1")
    yield made
    made.closes()


def test_what_ended_without_a_count_is_gone_altogether(alone: Office) -> None:
    """Founding anew ends what was begun (§2.1): a secret ballot in it is nobody's to see."""
    alone.asks(c.Propose(person("ada"), "motion", "Repair the pump", ""), c.Open(person("ada"), 1))
    alone.asks(c.CastBallot(person("ada"), 1, "yes"))
    assert alone.count(ballots) == 1
    alone.asks(c.Found(person("ada"), "Well", "small", {"secret": "all"}))
    assert (alone.count(ballots), alone.count(voted)) == (0, 0)


def test_the_log_is_emptied_as_soon_as_nobody_reads(alone: Office, tmp_path: Path) -> None:
    """Whoever reads at the closing keeps the old pages for a while; the next commit finds them gone."""
    alone.asks(c.Propose(person("ada"), "motion", "Repair the pump", ""), c.Open(person("ada"), 1))
    alone.asks(c.CastBallot(person("ada"), 1, "yes"))
    log = tmp_path / "office.db-wal"
    with reading(alone.engine).connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM ballots")).scalar_one() == 1
        alone.waits(25 * HOUR)
        alone.does(alone.job(lambda desk: desk.pass_time(WELL, alone.time)))
        assert log.stat().st_size > 0
    alone.does(alone.job(lambda desk: None))
    assert log.stat().st_size == 0


def test_an_error_that_is_kept_does_not_quote_the_row(alone: Office) -> None:
    """What could not be taken is set aside with its error: a database would name voter and choice in it."""
    row = "INSERT INTO ballots VALUES (:assembly, '1.1', :voter, 'yes', 1, 'x', 0, 'x')"

    def fails(desk):  # type: ignore[no-untyped-def]  # a job of the office
        desk.connection.execute(text(row), {"assembly": WELL, "voter": person("ada")})

    with pytest.raises(AssertionError, match="IntegrityError"):
        alone.does(alone.job(fails))
    (kept,) = alone.rows(aside)
    assert kept["error"] == "IntegrityError: IntegrityError"
