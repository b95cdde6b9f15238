"""A connection that is lost while it commits: whether the batch was stored is asked, never guessed."""

import gc
import threading
import time
from collections.abc import Iterator

import pytest

from bot.service import SetAside, StoreLost
from bot.store.tables import ballots, cursors, sayings
from governance import commands as c
from tests.postgres_wire import Wire, wire_to
from tests.process.office import Office, person

pytestmark = [
    pytest.mark.postgres,
    # connections that broke are cleared away by the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def wire(postgres_url: str) -> Iterator[Wire]:
    with wire_to(postgres_url) as wire:
        yield wire
    gc.collect()


@pytest.fixture
def office(wire: Wire) -> Iterator[Office]:
    """A round is open."""
    office = Office(wire.url)
    office.founds("ada", "ben")
    office.opens_a_round("ada")
    yield office
    wire.mend()
    office.closes()


def revisions(office: Office) -> list[tuple[str, int]]:
    return [(row["choice"], row["revision"]) for row in office.rows(ballots)]


def test_a_batch_whose_commit_was_answered_by_nobody_is_stored_once(office: Office, wire: Wire) -> None:
    """The database had stored it: who gave the batch hears so, and the next goes on from there."""
    wire.cuts = ["reply"]
    results = office.service.take([office.answers("ada", "agree"), office.answers("ben", "pass")], ("telegram", "7"))
    assert wire.cut_at_commit == 1
    assert not [one for one in results if isinstance(one, SetAside)]
    assert revisions(office) == [("agree", 1), ("pass", 1)]
    assert [row["cursor"] for row in office.rows(cursors)] == ["7"]
    office.service.take([office.answers("ben", "agree")], ("telegram", "8"))
    assert revisions(office) == [("agree", 1), ("agree", 2)]
    assert office.verified().wrong == ()


def test_a_batch_whose_commit_never_arrived_is_not_stored(office: Office, wire: Wire) -> None:
    """Who gave it may give it again."""
    wire.cuts = ["request"]
    taps = [office.answers("ada", "agree"), office.answers("ben", "pass")]
    with pytest.raises(StoreLost):
        office.service.take(taps, ("telegram", "7"))
    assert wire.cut_at_commit == 1
    assert revisions(office) == []
    office.service.take(taps, ("telegram", "7"))
    assert revisions(office) == [("agree", 1), ("pass", 1)]


@pytest.mark.parametrize("side", ["request", "reply"])
def test_facts_and_what_is_said_of_them_are_there_once(office: Office, wire: Wire, side: str) -> None:
    """A decision, and what the room hears of it."""
    said = office.count(sayings)
    wire.cuts = ["reply"] if side == "reply" else ["request"]
    motion = office.asking(c.Propose(person("ben"), "motion", "A bench", "By the mill."))
    try:
        office.does(motion)
    except StoreLost:
        assert side == "request"
        office.does(motion)
    assert office.state().last_item == 2
    assert office.count(sayings) == said + 1
    assert office.verified().wrong == ()


def test_nothing_is_done_until_it_is_known(office: Office, wire: Wire) -> None:
    """The database is away after the commit: the batch waits for it, and is answered when it is back."""
    seen: list[str] = []

    def cuts(*_: object) -> None:
        wire.cut()
        seen.append("cut")

    def mends() -> None:
        while not seen:
            time.sleep(0.01)
        time.sleep(0.5)
        seen.append("mended")
        wire.mend()

    mending = threading.Thread(target=mends)
    mending.start()
    wire.cuts, wire.at_cut = ["reply"], cuts
    office.service.take([office.answers("ada", "agree")], ("telegram", "7"))
    assert seen == ["cut", "mended"]
    mending.join()
    assert revisions(office) == [("agree", 1)]


def test_who_is_told_to_leave_waits_for_nobody(office: Office, wire: Wire) -> None:
    """What the batch led to is found by whoever runs next."""
    wire.cuts, wire.at_cut = ["reply"], wire.cut
    office.service.leaving.set()
    with pytest.raises(StoreLost):
        office.service.take([office.answers("ada", "agree")], ("telegram", "7"))
    wire.mend()
    office.starts_again()
    assert revisions(office) == [("agree", 1)]
    assert [row["cursor"] for row in office.rows(cursors)] == ["7"]
