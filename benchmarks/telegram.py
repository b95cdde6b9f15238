"""The program itself under floods of taps through the Telegram double, beside the bare bots.

`python -m benchmarks.telegram` prints what one flood after another gave. Every bot is a process of its own, the
double is another; ours stores every ballot on disk (SQLite, synchronous=FULL) before it answers the tap.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.telegram_load import PEOPLE, ROOM, TOKEN, WARM_UP, Measured, Telegram, measure

PROGRAM = Path(sys.executable).with_name("roundabout")
PTB, AIOGRAM = "benchmarks.bare_ptb", "benchmarks.bare_aiogram"


@contextmanager
def roundabout(telegram: Telegram, folder: Path, profile: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """`roundabout run` on a new database."""
    environment = os.environ | {
        "ROUNDABOUT_DATABASE": f"sqlite:///{folder / 'house.db'}",
        "ROUNDABOUT_TELEGRAM_TOKEN": TOKEN,
        "ROUNDABOUT_TELEGRAM_API": telegram.url,
        # the scene is set quickly; the pace of cards under the flood stays as it is
        "ROUNDABOUT_TELEGRAM_ROOM_PER_MINUTE": "100000",
        "ROUNDABOUT_TELEGRAM_OVERALL_PER_SECOND": "100000",
        "ROUNDABOUT_LOG_LEVEL": "warning",
    }
    command: list[str | Path] = [PROGRAM, "run"]
    if profile is not None:
        command = [sys.executable, "-m", "cProfile", "-o", profile, PROGRAM, "run"]
    with subprocess.Popen(command, env=environment, cwd=folder) as program:
        try:
            yield program
        finally:
            program.terminate()


def sets_the_scene(telegram: Telegram) -> None:
    """An assembly of as many as will press, with a round open."""
    telegram.ask("group", title=ROOM)
    people = [f"Person{number}" for number in range(PEOPLE)]
    found = f"/found {ROOM} preset=small early_close=no round_window=12h"
    for person, words in [(people[0], found), *((one, "/join") for one in people[1:])]:
        telegram.ask("says", person=person, chat=ROOM, text=words)
    for words in ("/propose Repair the pump\nThe pump by the mill.", "/open 1"):
        telegram.ask("says", person=people[0], chat=ROOM, text=words)
    end = time.monotonic() + 60
    while not any("Agree" in dict(one["buttons"]) for one in telegram.ask("sent", chat=ROOM)):
        assert time.monotonic() < end, "no card was shown"
        time.sleep(0.1)


def ours(
    taps: int, *, delay: float = 0.0, rates: tuple[float | None, ...] = (None,), profile: Path | None = None
) -> list[Measured]:
    """Our program, warmed up, under a flood for each rate (None: all at once)."""
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-") as folder,
        Telegram(delay) as telegram,
        roundabout(telegram, Path(folder), profile),
    ):
        telegram.waits()
        sets_the_scene(telegram)
        telegram.waits()
        telegram.pour(WARM_UP)
        found = []
        for rate in rates:
            telegram.waits()
            found.append(telegram.pour(taps, rate=rate))
        return found


def beside(taps: int, delay: float = 0.0, runs: int = 2) -> dict[str, Measured]:
    """The best of some floods on each bot, in turns."""
    best: dict[str, Measured] = {}
    for _ in range(runs):
        for name, found in (
            (PTB, measure(PTB, taps, delay=delay)),
            ("roundabout", ours(taps, delay=delay)[0]),
            (AIOGRAM, measure(AIOGRAM, taps, delay=delay)),
        ):
            if name not in best or found.per_second > best[name].per_second:
                best[name] = found
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--taps", type=int, default=20_000)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds added to every response")
    parser.add_argument("--rate", type=float, help="taps a second; without it all at once")
    parser.add_argument("--profile", type=Path, help="of our program, for pstats")
    parser.add_argument("--alone", action="store_true", help="without the bare bots")
    options = parser.parse_args()
    if not options.alone:
        for module in (PTB, AIOGRAM):
            print(module.ljust(24), measure(module, options.taps, rate=options.rate, delay=options.delay), flush=True)
    (found,) = ours(options.taps, delay=options.delay, rates=(options.rate,), profile=options.profile)
    print("roundabout".ljust(24), found)


if __name__ == "__main__":
    main()
