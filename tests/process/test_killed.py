"""The program itself, killed again and again while people press buttons: what was confirmed is there, once."""

import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.telegram_load import TOKEN, Telegram
from bot.house_books import minutes_of, opened

KILLS = int(os.environ.get("ROUNDABOUT_KILLS", "10"))
PROGRAM = Path(sys.executable).with_name("roundabout")
PEOPLE = 40
RATE = 400.0
WITHIN = 60.0
RECEIPT = re.compile(r"Recorded: \w+ \(([0-9a-f]{8})\)")

pytestmark = [pytest.mark.kill, pytest.mark.timeout(60 + 40 * KILLS), pytest.mark.xdist_group("killed")]


class Program:
    """`roundabout run` on one database, that may be killed and started as often as one likes."""

    def __init__(self, folder: Path, telegram: Telegram) -> None:
        self.folder, self.telegram = folder, telegram
        self.url = f"sqlite:///{folder / 'house.db'}"
        self.environment = os.environ | {
            "ROUNDABOUT_DATABASE": self.url,
            "ROUNDABOUT_TELEGRAM_TOKEN": TOKEN,
            "ROUNDABOUT_TELEGRAM_API": telegram.url,
            # the double knows no flood control here: announcements must not wait a minute
            "ROUNDABOUT_TELEGRAM_ROOM_PER_MINUTE": "10000",
            "ROUNDABOUT_TELEGRAM_OVERALL_PER_SECOND": "1000",
            "ROUNDABOUT_TELEGRAM_CARD_GAP_MS": "200",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def starts(self) -> None:
        """Returns as soon as it polls."""
        polls = self.telegram.ask("progress")["polls"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "run"], env=self.environment, cwd=self.folder, stdout=log, stderr=log
            )
        until(lambda: self.telegram.ask("progress")["polls"] > polls or self._ended(), "the program does not poll")
        assert not self._ended(), self.log()

    def _ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def is_killed(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def leaves(self) -> None:
        assert self.process is not None
        self.process.terminate()
        assert self.process.wait(30) == 0, self.log()

    def says(self, *words: str) -> str:
        return subprocess.run(
            [PROGRAM, *words], env=self.environment, cwd=self.folder, check=True, capture_output=True, text=True
        ).stdout

    def log(self) -> str:
        return (self.folder / "log").read_text()[-4000:]


def until(done: Any, otherwise: str | Callable[[], str]) -> Any:
    end = time.monotonic() + WITHIN
    while not (found := done()):
        assert time.monotonic() < end, otherwise if isinstance(otherwise, str) else otherwise()
        time.sleep(0.02)
    return found


@contextmanager
def running(folder: Path) -> Iterator[Program]:
    with Telegram() as telegram:
        program = Program(folder, telegram)
        try:
            yield program
        finally:
            if program.process is not None:
                program.process.kill()
                program.process.wait()


class Assemblies:
    """Well answers one long question under a flood; in Mill one short question after another closes."""

    def __init__(self, telegram: Telegram) -> None:
        self.telegram = telegram
        self.items = 0

    def meet(self) -> None:
        ask = self.telegram.ask
        for room in ("Well", "Mill"):
            ask("group", title=room)
        ask("says", person="Person0", chat="Well", text="/found Well preset=small early_close=no round_window=12h")
        for number in range(1, PEOPLE):
            ask("says", person=f"Person{number}", chat="Well", text="/join")
        ask("says", person="Person0", chat="Well", text="/propose Repair the pump\nThe pump by the mill.")
        ask("says", person="Person0", chat="Well", text="/open 1")
        ask("says", person="Ada", chat="Mill", text=(
            "/found Mill preset=small early_close=no round_window=2s quorum_min=1 min_support=1"
        ))
        ask("says", person="Ben", chat="Mill", text="/join")
        until(lambda: any(dict(one["buttons"]).get("Agree") for one in ask("sent", chat="Well")), "no card to press on")

    def puts_a_question(self) -> None:
        self.items += 1
        for words in (f"/propose Question {self.items}", f"/open {self.items}", f"/agree {self.items}"):
            self.telegram.ask("says", person="Ada", chat="Mill", text=words)

    def floods(self, seconds: float) -> None:
        self.telegram.ask(
            "flood", chat="Well", labels=["Agree", "Pass"], people=PEOPLE, count=max(1, int(RATE * seconds)), rate=RATE,
            keep=True,
        )


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What is there after so many kills: the taps as people saw them, the rooms, the database, the minutes."""
    dice = random.Random(KILLS)
    with running(tmp_path_factory.mktemp("killed")) as program:
        telegram, assemblies = program.telegram, Assemblies(program.telegram)
        program.starts()
        assemblies.meet()
        telegram.waits(WITHIN)
        for _ in range(KILLS):
            life = dice.uniform(0.0, 1.2)
            assemblies.puts_a_question()
            assemblies.floods(life + 0.1)
            time.sleep(life)
            program.is_killed()
            program.starts()
        telegram.waits(WITHIN)
        telegram.ask("says", person="Person0", chat="Well", text="/amend 1 The pump and its pipes.")
        telegram.ask("says", person="Person0", chat="Well", text="/accept 1a")
        # the last question of Mill may be extended once
        until(lambda: all(
            len(results(telegram, number)) for number in range(1, assemblies.items + 1)
        ), f"not every closing is announced: {telegram.ask('sent', chat='Mill')[-8:]}")
        until(lambda: any("round 1" in one["text"] and "text version 2" in one["text"]
                          for one in telegram.ask("sent", chat="Well")), "the round does not close")
        program.leaves()
        with opened(program.url) as engine:
            kept = minutes_of(engine)["assemblies"]
        yield {
            "program": program, "telegram": telegram, "minutes": kept, "taps": telegram.ask("tapped"),
            "rows": ballots_of(program, "1.1"), "items": assemblies.items,
        }


def results(telegram: Telegram, number: int) -> list[str]:
    """The announcements that a question of Mill is over."""
    said = [one["text"] for one in telegram.ask("sent", chat="Mill")]
    return [text for text in said if text.startswith(f"{number} · Question {number} — ") and "Register" in text]


def ballots_of(program: Program, question: str) -> dict[int, sqlite3.Row]:
    """Rows of Well's box by the Telegram id of their voter."""
    with sqlite3.connect(program.folder / "house.db") as database:
        database.row_factory = sqlite3.Row
        rows = database.execute(
            "select b.*, a.account from ballots b join accounts a on a.person = b.voter where question = ?"
            " and b.assembly in (select assembly from assemblies where name = 'well' or name = 'Well')", (question,)
        ).fetchall()
    return {int(row["account"].partition(":")[2]): row for row in rows}


def by_person(taps: list[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for tap in taps:
        found.setdefault(tap["person"], []).append(tap)
    return found


def update_of(row: sqlite3.Row) -> int:
    return int(row["cause"].rpartition(":")[2])


def test_no_confirmed_ballot_is_missing(aftermath: dict[str, Any]) -> None:
    """A receipt's hash is the row's, or that of an earlier ballot of the same person heard before it."""
    confirmed = 0
    for person, taps in by_person(aftermath["taps"]).items():
        row = aftermath["rows"][person]
        for tap in taps:
            receipt = RECEIPT.match(tap["text"])
            if receipt is None:
                continue
            confirmed += 1
            assert tap["update"] <= update_of(row), "a confirmed ballot is newer than the one in the box"
            if tap["update"] == update_of(row):
                assert receipt[1] == row["hash"][:8]
    assert confirmed > 10 * KILLS, "hardly a tap was confirmed: nothing was shown"


def test_the_last_word_of_everybody_counts(aftermath: dict[str, Any]) -> None:
    """Telegram brings again what was not stored, so that even unconfirmed taps are there in the end."""
    for person, taps in by_person(aftermath["taps"]).items():
        row = aftermath["rows"][person]
        assert update_of(row) == taps[-1]["update"]
        assert taps[-1]["data"].endswith(row["choice"])


def test_no_ballot_is_taken_twice(aftermath: dict[str, Any]) -> None:
    """Each tap raised its row's revision once, however often Telegram brought it."""
    for person, taps in by_person(aftermath["taps"]).items():
        assert aftermath["rows"][person]["revision"] == len(taps)


def test_the_count_is_that_of_the_last_taps(aftermath: dict[str, Any]) -> None:
    """What the minutes say of the round is what people pressed last."""
    last = Counter(taps[-1]["data"] for taps in by_person(aftermath["taps"]).values())
    (closed,) = aftermath["minutes"]["Well"]["items"][0]["rounds"]
    assert sorted([closed["agree"], closed["pass"]]) == sorted([0] * (2 - len(last)) + list(last.values()))
    assert closed["electorate"] == PEOPLE


def test_every_closing_is_announced(aftermath: dict[str, Any]) -> None:
    """Each at least once; twice only where a kill came between the saying and its note, once for each kill at most."""
    said = {number: len(results(aftermath["telegram"], number)) for number in range(1, aftermath["items"] + 1)}
    assert min(said.values()) == 1, said
    assert sum(said.values()) - len(said) <= KILLS, said
    assert {item["state"] for item in aftermath["minutes"]["Mill"]["items"]} <= {"adopted", "lapsed"}


def test_the_register_is_whole(aftermath: dict[str, Any]) -> None:
    """`verify` walks the seals, recounts every closed question, and finds nothing wrong."""
    report = json.loads(aftermath["program"].says("verify", "--json"))
    assert report["wrong"] == []
    assert report["questions"] >= aftermath["items"] + 1
