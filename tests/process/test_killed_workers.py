"""Two workers on one PostgreSQL, one of them killed at random again and again under a flood of taps."""

import json
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from benchmarks.telegram_load import Telegram
from bot.house_books import minutes_of, opened
from tests.doors import Door
from tests.process.test_killed import (
    KILLS,
    PROGRAM,
    RECEIPT,
    WITHIN,
    Assemblies,
    Program,
    by_person,
    results,
    until,
    update_of,
)

TAKE_OVER = 2.0
BUSY = 3.0
"""Seconds that two short polls and a busy machine may add to it."""

pytestmark = [
    pytest.mark.kill, pytest.mark.postgres, pytest.mark.timeout(60 + 40 * KILLS), pytest.mark.xdist_group("killed"),
]


SPOKEN = b"/sendMessage"


class Worker(Program):
    """One of two at the same database. It goes to Telegram by a door of its own, so that one can see who speaks."""

    def __init__(self, folder: Path, telegram: Telegram, url: str, door: Door) -> None:
        folder.mkdir()
        super().__init__(folder, telegram)
        self.url, self.door = url, door
        door.looks_for = (SPOKEN,)
        self.environment |= {
            "ROUNDABOUT_TELEGRAM_API": f"http://127.0.0.1:{door.port}",
            "ROUNDABOUT_DATABASE": url, "ROUNDABOUT_LIMITS_TAKE_OVER_SECONDS": str(TAKE_OVER),
            "ROUNDABOUT_LOG_LEVEL": "info",
            # a poll that brings nothing is over soon, so that one can see who polls
            "ROUNDABOUT_TELEGRAM_POLL_SECONDS": "1",
        }  # fmt: skip

    def starts(self) -> None:
        """Returns at once: it may be the one that stands by."""
        with (self.folder / "log").open("ab") as log:
            self._from = log.tell()
            self.process = subprocess.Popen(
                [PROGRAM, "run"], env=self.environment, cwd=self.folder, stdout=log, stderr=log
            )

    def is_up(self) -> bool:
        """It speaks and hears, or stands by."""
        said = (self.folder / "log").read_bytes()[self._from :]
        return b"shift_began" in said or b"standing_by" in said

    @property
    def spoken(self) -> int:
        """How many messages it sent in all its lives."""
        return self.door.seen[self.door.servers[0], SPOKEN]


def door_to(telegram: Telegram) -> Door:
    return Door(("127.0.0.1", int(telegram.url.rpartition(":")[2])))


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory, postgres: Any) -> Iterator[dict[str, Any]]:
    """What is there after so many kills, and how long each time nobody polled."""
    dice, folder, url = random.Random(KILLS), tmp_path_factory.mktemp("workers"), postgres.fresh()
    with Telegram() as telegram:
        workers = [Worker(folder / name, telegram, url, door_to(telegram)) for name in ("one", "two")]
        assemblies = Assemblies(telegram)
        gaps: list[float] = []
        try:
            for worker in workers:
                worker.starts()
            until(lambda: telegram.ask("progress")["polls"] > 0, "nobody polls")
            assemblies.meet()
            telegram.waits(WITHIN)
            for _ in range(KILLS):
                life = dice.uniform(0.2, 1.2)
                assemblies.puts_a_question()
                assemblies.floods(life + 0.1)
                time.sleep(life)
                # both are there when one is killed: it is the take-over that is measured, not a start
                until(lambda: all(worker.is_up() for worker in workers), "a worker does not come up")
                gaps.append(_kill_one(dice.choice(workers), telegram))
            telegram.waits(WITHIN)
            telegram.ask("says", person="Person0", chat="Well", text="/amend 1 The pump and its pipes.")
            telegram.ask("says", person="Person0", chat="Well", text="/accept 1a")
            until(lambda: all(
                len(results(telegram, number)) for number in range(1, assemblies.items + 1)
            ), f"not every closing is announced: {telegram.ask('sent', chat='Mill')[-8:]}")
            until(lambda: any("round 1" in one["text"] and "text version 2" in one["text"]
                              for one in telegram.ask("sent", chat="Well")), "the round does not close")
            for worker in workers:
                until(worker.is_up, "a worker does not come up")
                worker.leaves()
            with opened(url) as engine:
                kept = minutes_of(engine)["assemblies"]
            yield {
                "telegram": telegram, "minutes": kept, "taps": telegram.ask("tapped"), "items": assemblies.items,
                "rows": ballots_of(url, "1.1"), "gaps": gaps, "workers": workers,
            }
        finally:
            for worker in workers:
                if worker.process is not None:
                    worker.process.kill()
                    worker.process.wait()
                worker.door.close()


def _kill_one(worker: Worker, telegram: Telegram) -> float:
    """Seconds until somebody polls again; the killed one starts anew beside the other."""
    polls, since = telegram.ask("progress")["polls"], time.monotonic()
    worker.is_killed()
    # the poll that was open at the kill may still be counted
    until(lambda: telegram.ask("progress")["polls"] > polls + 1, "nobody took over")
    gap = time.monotonic() - since
    worker.starts()
    return gap


def ballots_of(url: str, question: str) -> dict[int, Any]:
    with psycopg.connect(url, row_factory=dict_row) as database:
        rows = database.execute(
            "select b.*, a.account from ballots b join accounts a on a.person = b.voter where question = %s"
            " and b.assembly in (select assembly from assemblies where folded = 'well')", (question,)
        ).fetchall()
    return {int(row["account"].partition(":")[2]): row for row in rows}


def test_another_takes_over_in_time(aftermath: dict[str, Any]) -> None:
    """Whichever of the two was killed, one polls again within the set time."""
    assert max(aftermath["gaps"]) <= TAKE_OVER + BUSY, aftermath["gaps"]


def test_nothing_is_lost_and_nothing_is_taken_twice(aftermath: dict[str, Any]) -> None:
    """The last word of everybody counts; each tap raised its row once; what was confirmed is there."""
    confirmed = 0
    for who, taps in by_person(aftermath["taps"]).items():
        row = aftermath["rows"][who]
        assert update_of(row) == taps[-1]["update"]
        assert taps[-1]["data"].endswith(row["choice"])
        assert row["revision"] == len(taps)
        confirmed += sum(RECEIPT.match(tap["text"]) is not None for tap in taps)
    assert confirmed > 10 * KILLS


def test_both_spoke(aftermath: dict[str, Any]) -> None:
    """Though one at a time hears: what there is to say is said by the worker whose room it is."""
    assert min(worker.spoken for worker in aftermath["workers"]) > 0


def test_every_deadline_is_met_once(aftermath: dict[str, Any]) -> None:
    """Announced at least once, twice only where a kill came between the saying and its note."""
    said = {number: len(results(aftermath["telegram"], number)) for number in range(1, aftermath["items"] + 1)}
    assert min(said.values()) == 1, said
    assert sum(said.values()) - len(said) <= KILLS, said
    for item in aftermath["minutes"]["Mill"]["items"]:
        assert item["state"] in {"adopted", "lapsed"}
        assert len(item["rounds"]) == 1


def test_the_register_of_both_is_whole(aftermath: dict[str, Any]) -> None:
    report = json.loads(aftermath["workers"][0].says("verify", "--json"))
    assert report["wrong"] == []
    assert report["questions"] >= aftermath["items"] + 1
