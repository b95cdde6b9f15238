"""What `make bench` runs: every figure measured in one run, and where there is one, the limit it should keep.

    python -m benchmarks                    all of it: some ten minutes on a quiet machine with two cores
    python -m benchmarks telegram --taps 5000
    python -m benchmarks store lots

Rates of one machine say little on another, and less when it is busy: what counts are the ratios, each to something
measured beside it.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from benchmarks import confederation, lots, matrix, postgres, store
from benchmarks.telegram import AIOGRAM, PTB, beside, ours
from benchmarks.telegram_load import measure

FAR = 0.02
"""Seconds added to every response, as from a server that is not next door."""


@dataclass(frozen=True, slots=True)
class Figure:
    what: str
    value: float
    least: float | None = None
    most: float | None = None

    @property
    def kept(self) -> bool:
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value < self.most)

    def __str__(self) -> str:
        limit = f"≥ {self.least:,g}" if self.least is not None else f"< {self.most:,g}" if self.most is not None else ""
        digits = 0 if abs(self.value) >= 1000 else 2
        mark = "" if not limit else "kept" if self.kept else "SHORT"
        return f"{self.what:<62} {self.value:>12,.{digits}f}  {limit:<12} {mark}"


def telegram(taps: int) -> Iterator[Figure]:
    """Ballots end to end over local HTTP, stored on disk before the tap is answered, beside bots that store nothing."""
    near = beside(taps)
    bare, other, mine = near[PTB].per_second, near[AIOGRAM].per_second, near["roundabout"].per_second
    yield Figure("taps/s, python-telegram-bot", bare)
    yield Figure("taps/s, aiogram", other)
    yield Figure("ballots/s, roundabout", mine)
    yield Figure("(a) roundabout to python-telegram-bot", mine / bare, least=3.0)
    yield Figure("(b) roundabout to aiogram", mine / other, least=5.0)
    (half,) = ours(max(2_000, int(mine * 2)), rates=(mine / 2,))
    yield Figure("tap to answer at half of that rate, p50 ms", half.tap_p50)
    yield Figure("tap to answer at half of that rate, p99 ms", half.tap_p99, most=10.0)
    theirs = measure(PTB, max(2_000, int(bare * 2)), rate=bare / 2)
    yield Figure("… of python-telegram-bot at half of its own, p99 ms", theirs.tap_p99)
    middle, slow = disk()
    yield Figure("… a write that waits for the disk, p50 ms", middle)
    yield Figure("… a write that waits for the disk, p99 ms", slow)
    far = beside(taps, FAR)
    bare, other, mine = far[PTB].per_second, far[AIOGRAM].per_second, far["roundabout"].per_second
    yield Figure("20 ms away: taps/s, python-telegram-bot", bare)
    yield Figure("20 ms away: taps/s, aiogram", other)
    yield Figure("20 ms away: ballots/s, roundabout", mine)
    yield Figure("20 ms away: (a) roundabout to python-telegram-bot", mine / bare, least=1.4)
    yield Figure("20 ms away: (b) roundabout to aiogram", mine / other)


def disk(writes: int = 400) -> tuple[float, float]:
    """Milliseconds, in the middle and at the slow end: under them no answer that waits for the disk can come."""
    spent = []
    with tempfile.TemporaryFile() as file:
        for _ in range(writes):
            file.write(bytes(8192))
            begun = time.perf_counter()
            file.flush()
            os.fsync(file.fileno())
            spent.append(1000 * (time.perf_counter() - begun))
    spent.sort()
    return spent[writes // 2], spent[writes * 99 // 100]


LEAST: Mapping[str, float] = {
    "ratio": 0.30, "facts folded/s, read and decoded": 150_000, "seals verified/s": 1_000_000,
}  # fmt: skip
NAMES: Mapping[str, str] = {"ratio": "service and store to the raw driver, rows ready-made"}


def of_store(taps: int) -> Iterator[Figure]:
    for what, value in store.main().items():
        yield Figure(NAMES.get(what, what), value, least=LEAST.get(what))


def of_lots(taps: int) -> Iterator[Figure]:
    for what, value in lots.main().items():
        yield Figure(what, value, most=0.1 if what == lots.DRAW else None)


def of_postgres(taps: int) -> Iterator[Figure]:
    least = {"postgres_store_to_raw": 0.5, "two_workers_to_one": 1.5}
    for what, value in postgres.main().items():
        yield Figure(what.replace("_", " "), value, least=least.get(what))


def of_matrix(taps: int) -> Iterator[Figure]:
    least = {"announcements, roundabout to plain nio client": 0.9}
    most = {"message to answer, roundabout to bare nio, p50": 1.3}
    for what, value in matrix.main().items():
        yield Figure(what, value, least=least.get(what), most=most.get(what))


def of_confederation(taps: int) -> Iterator[Figure]:
    most = {"played": 8.0, "refused": 1.0}
    for what, value in confederation.main().items():
        limit = next((one for word, one in most.items() if word in what), None)
        yield Figure(what, value, most=1.05 if "at best" in what else limit)


PARTS: Mapping[str, Callable[[int], Iterator[Figure]]] = {
    "telegram": telegram, "store": of_store, "lots": of_lots, "postgres": of_postgres,
    "matrix": of_matrix, "confederation": of_confederation,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="by default all of them")
    parser.add_argument("--taps", type=int, default=20_000, help="in each flood")
    options = parser.parse_args()
    busy = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "?"
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {busy} before the first flood\n")
    short = 0
    for name in options.parts or PARTS:
        begun = time.monotonic()
        for figure in PARTS[name](options.taps):
            short += not figure.kept
            print(figure, flush=True)
        print(f"{'':<62} ({name}: {time.monotonic() - begun:.0f} s)\n", flush=True)
    print("Every limit is kept." if not short else f"Short of {short} limits.")


if __name__ == "__main__":
    main()
