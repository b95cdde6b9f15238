"""Two workers that think they hold the same Telegram token: the one that stood still finds another in its place."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from benchmarks.telegram_load import Telegram
from tests.process.test_killed import WITHIN, Assemblies, by_person, until, update_of
from tests.process.test_killed_workers import BUSY, TAKE_OVER, Worker, ballots_of, door_to

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(240), pytest.mark.xdist_group("killed")]


@pytest.fixture
def telegram() -> Iterator[Telegram]:
    with Telegram() as telegram:
        yield telegram


@pytest.fixture
def workers(tmp_path: Path, telegram: Telegram, postgres_url: str) -> Iterator[list[Worker]]:
    workers = [Worker(tmp_path / name, telegram, postgres_url, door_to(telegram)) for name in ("one", "two")]
    for worker in workers:
        worker.starts()
    until(lambda: all(worker.is_up() for worker in workers), "a worker does not come up")
    yield workers
    for worker in workers:
        assert worker.process is not None
        worker.process.send_signal(signal.SIGCONT)
        worker.process.kill()
        worker.process.wait()
        worker.door.close()


def has_logged(worker: Worker, event: bytes) -> bool:
    return event in (worker.folder / "log").read_bytes()


@pytest.fixture
def holder(workers: list[Worker], assemblies: Assemblies) -> Worker:
    (holder,) = [worker for worker in workers if has_logged(worker, b"shift_began")]
    return holder


@pytest.fixture
def other(workers: list[Worker], holder: Worker) -> Worker:
    (other,) = [worker for worker in workers if worker is not holder]
    return other


@pytest.fixture
def assemblies(workers: list[Worker], telegram: Telegram) -> Assemblies:
    assemblies = Assemblies(telegram)
    assemblies.meet()
    telegram.waits(WITHIN)
    return assemblies


def stands_still(worker: Worker) -> None:
    assert worker.process is not None
    worker.process.send_signal(signal.SIGSTOP)


def goes_on(worker: Worker) -> None:
    assert worker.process is not None
    worker.process.send_signal(signal.SIGCONT)


def nothing_is_lost_or_doubled(holder: Worker, other: Worker, telegram: Telegram) -> None:
    until(lambda: has_logged(holder, b"standing_by"), "the one that stood still does not stand by")
    telegram.waits(WITHIN)
    assert has_logged(holder, b"shift_lost")
    rows = ballots_of(holder.url, "1.1")
    for who, taps in by_person(telegram.ask("tapped")).items():
        assert update_of(rows[who]) == taps[-1]["update"]
        assert rows[who]["revision"] == len(taps)
    # neither was disturbed so much that it ended
    assert [one.process.poll() for one in (holder, other) if one.process is not None] == [None, None]


def test_a_worker_that_stood_still_yields_and_nothing_is_taken_twice(
    holder: Worker, other: Worker, assemblies: Assemblies, telegram: Telegram
) -> None:
    """It was in the midst of a flood; what it had fetched and not stored, the other has fetched again."""
    assemblies.floods(4)
    until(lambda: telegram.ask("progress")["answered"] > 100, "nobody answers")
    stands_still(holder)
    until(lambda: has_logged(other, b"shift_began"), "nobody took over")
    goes_on(holder)
    nothing_is_lost_or_doubled(holder, other, telegram)


def test_what_a_worker_had_locked_when_it_stood_still_is_free_in_time(
    holder: Worker, other: Worker, assemblies: Assemblies, telegram: Telegram
) -> None:
    """It stops in the middle of a transaction, with the assembly and its place at the platforms locked in it."""
    with psycopg.connect(holder.url) as ours, psycopg.connect(holder.url, autocommit=True) as beside:
        ours.execute("LOCK TABLE ballots IN SHARE MODE")
        assemblies.floods(1)
        waits = "SELECT count(*) FROM pg_locks WHERE relation = 'ballots'::regclass AND NOT granted"
        until(lambda: beside.execute(waits).fetchone() == (1,), "no ballot is to be stored")
        stands_still(holder)
        # what it asked for it gets now, and does nothing with it
        ours.rollback()
    since = time.monotonic()
    until(lambda: has_logged(other, b"shift_began"), "nobody took over")
    assert time.monotonic() - since < TAKE_OVER + BUSY
    goes_on(holder)
    nothing_is_lost_or_doubled(holder, other, telegram)
