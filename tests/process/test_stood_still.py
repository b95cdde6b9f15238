"""Two workers that think they hold the same Telegram token: the one that stood still finds another in its place."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.telegram_load import Telegram
from tests.process.test_killed import WITHIN, Assemblies, by_person, until, update_of
from tests.process.test_killed_workers import Worker, ballots_of, door_to

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


def test_a_worker_that_stood_still_yields_and_nothing_is_taken_twice(
    workers: list[Worker], telegram: Telegram
) -> None:
    """It was in the midst of a flood; what it had fetched and not stored, the other has fetched again."""
    assemblies = Assemblies(telegram)
    assemblies.meet()
    telegram.waits(WITHIN)
    (holder,) = [worker for worker in workers if has_logged(worker, b"shift_began")]
    (other,) = [worker for worker in workers if worker is not holder]
    assemblies.floods(4)
    until(lambda: telegram.ask("progress")["answered"] > 100, "nobody answers")
    process: Any = holder.process
    process.send_signal(signal.SIGSTOP)
    until(lambda: has_logged(other, b"shift_began"), "nobody took over")
    process.send_signal(signal.SIGCONT)
    until(lambda: has_logged(holder, b"standing_by"), "the one that stood still does not stand by")
    telegram.waits(WITHIN)
    assert has_logged(holder, b"shift_lost")
    rows = ballots_of(holder.url, "1.1")
    for who, taps in by_person(telegram.ask("tapped")).items():
        assert update_of(rows[who]) == taps[-1]["update"]
        assert rows[who]["revision"] == len(taps)
    # neither was disturbed so much that it ended
    assert [worker.process.poll() for worker in workers if worker.process is not None] == [None, None]
