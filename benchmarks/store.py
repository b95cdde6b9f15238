"""The store and the service by themselves: ballots beside the raw driver, facts folded, seals verified, memory.

`python -m benchmarks.store` prints what `main` gives. Each figure is the best of some runs, and those that are
compared run in turns. What waits for the disk is per second of the clock; what only reckons (folding, verifying) is
per second of the processor, so that a busy machine does not show in it.
"""

import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import select

from bot import announce
from bot.service import Job, Service
from bot.service_desk import Desk
from bot.store import register
from bot.store.codec import FactRow, read_all
from bot.store.engine import open_engine, reading
from bot.store.hot import Hot, Row, facts_after, streamed
from bot.store.tables import ballots, facts
from bot.store.upgrade import upgrade
from bot.store.verify import walk
from governance import assembly as rules
from governance import commands as c
from governance.refusals import Refused
from governance.terms import DAY

BATCH = 500
ASSEMBLIES, MEMBERS = 50, 400
RUNS = 3
START = 1_800_000_000_000
CHOICES = ("agree", "reserve", "pass")


def salt() -> bytes:
    return bytes(16)


@contextmanager
def opened(path: Path) -> Iterator[Service]:
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    service = Service(
        engine, now=lambda: START, announce=announce, salt=salt, new_id=lambda: f"{random.getrandbits(64):016x}"
    )
    try:
        yield service
    finally:
        engine.dispose()


def name_of(number: int) -> str:
    return f"{number:016x}"


def asks(assembly: str, *commands: c.Command, at: int = START) -> Job:
    def run(desk: Desk) -> None:
        for command in commands:
            answer = desk.ask(assembly, command, at, "benchmark")
            if isinstance(answer, Refused):
                raise ValueError(answer)

    return Job(f"benchmark:{assembly}", at, run, once=False)


def found(service: Service, count: int, members: int) -> list[str]:
    """Assemblies with a consensus round open."""
    names = [name_of(number) for number in range(1, count + 1)]
    for index, name in enumerate(names):
        people = [name_of(1_000_000 + index * members + one) for one in range(members)]
        service.take([asks(
            name, c.Found(people[0], f"Assembly-{index}", "small", {"early_close": "no"}),
            *(c.Join(one) for one in people[1:]),
            c.Propose(people[0], "motion", "Repair the pump", "The pump by the mill."), c.Open(people[0], 1),
        )])
    return names


def taps(service: Service, names: list[str], members: int) -> list[tuple[str, str, str]]:
    """(assembly, member, choice): everybody once, in a drawn order."""
    dice = random.Random(7)
    every = [
        (name, name_of(1_000_000 + index * members + one), dice.choice(CHOICES))
        for index, name in enumerate(names) for one in range(members)
    ]
    dice.shuffle(every)
    return every


def cast(assembly: str, member: str, choice: str, cause: str, at: int, desk: Desk) -> object:
    answer = desk.ask(assembly, c.TakePosition(member, 1, choice, question=1), at, cause)
    if isinstance(answer, Refused):
        raise ValueError(answer)
    return answer


def through_service(service: Service, given: list[tuple[str, str, str]], start: int) -> float:
    """Ballots a second, the jobs made on the way."""
    begun = time.perf_counter()
    for first in range(0, len(given), BATCH):
        jobs = []
        for number, (assembly, member, choice) in enumerate(given[first : first + BATCH], start + first):
            cause, at = f"telegram:bot:{number}", START + number
            jobs.append(Job(cause, at, partial(cast, assembly, member, choice, cause, at)))
        service.take(jobs, ("telegram", str(start + first)))
    return len(given) / (time.perf_counter() - begun)


def through_driver(path: Path, rows: list[Row]) -> float:
    """Rows a second: the same statement, rows ready-made, the same settings of SQLite."""
    engine = open_engine(f"sqlite:///{path}")
    text = Hot(engine.dialect).put_ballots.text  # type: ignore[attr-defined]  # SQLite's form has it
    with engine.connect() as connection:
        driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]  # SQLite's own
        begun = time.perf_counter()
        for first in range(0, len(rows), BATCH):
            driver.execute("BEGIN IMMEDIATE")
            driver.executemany(text, rows[first : first + BATCH])
            driver.execute("COMMIT")
        spent = time.perf_counter() - begun
    engine.dispose()
    return len(rows) / spent


def ballots_beside_the_driver(folder: Path) -> dict[str, float]:
    ours, theirs = folder / "ours.db", folder / "theirs.db"
    best_of_ours = best_of_theirs = 0.0
    ratios = []
    with opened(ours) as service, opened(theirs) as bare:
        names = found(service, ASSEMBLIES, MEMBERS)
        found(bare, ASSEMBLIES, MEMBERS)
        given = taps(service, names, MEMBERS)
        engine = open_engine(f"sqlite:///{ours}")
        for run in range(RUNS):
            mine = through_service(service, given, run * len(given))
            with engine.connect() as connection:
                stored = {(row.assembly, row.voter): tuple(row) for row in connection.execute(select(ballots))}
            rows = [stored[assembly, member] for assembly, member, _ in given]
            raw = through_driver(theirs, rows)
            ratios.append(mine / raw)
            best_of_ours, best_of_theirs = max(best_of_ours, mine), max(best_of_theirs, raw)
        engine.dispose()
    return {
        "ballots/s through service and store": best_of_ours,
        "ballots/s by the raw driver": best_of_theirs,
        "ratio": sorted(ratios)[RUNS // 2],
    }


def best_of(runs: int, size: int, call: Callable[[], object]) -> float:
    fastest = float("inf")
    for _ in range(runs):
        begun = time.process_time()
        call()
        fastest = min(fastest, time.process_time() - begun)
    return size / fastest


def a_long_register(service: Service, least: int) -> str:
    """Motions proposed, opened, answered with reasons, left and taken over, and lapsed, among forty members."""
    name = name_of(999)
    people = [name_of(2_000_000 + one) for one in range(40)]
    service.take([asks(name, c.Found(people[0], "Long", "small"), *(c.Join(one) for one in people[1:]))])
    item, size, at = 0, 40, START
    while size < least:
        at += 10 * DAY  # what was open has lapsed by then
        commands: list[c.Command] = []
        for _ in range(20):
            item += 1
            by = people[item % 40]
            commands += [c.Propose(by, "motion", "Repair the pump", "The pump by the mill."), c.Open(by, item)]
            commands += [
                c.TakePosition(one, item, "aside", "I will be away.") for one in people if one != by
            ]
            commands += [c.Withdraw(by, item), c.TakeOver(by, item), c.Leave(people[39]), c.Join(people[39])]
            size += 45
        service.take([asks(name, *commands, at=at)])
    return name


def reading_back(folder: Path) -> dict[str, float]:
    path = folder / "long.db"
    with opened(path) as service:
        name = a_long_register(service, 50_000)
        engine = reading(open_engine(f"sqlite:///{path}"))
        with engine.connect() as connection:
            with streamed(connection, facts_after(name)) as found_rows:
                rows: list[FactRow] = list(found_rows)
            size = len(rows)
            fold = best_of(RUNS, size, lambda: register.fold(connection, name))
            decode = best_of(RUNS, size, lambda: sum(1 for _ in read_all(rows)))
            entries = list(read_all(rows))
            evolve = best_of(RUNS, size, lambda: rules.fold(name, entries))
            read_too = best_of(RUNS, size, lambda: walk(connection, name))
            sealed = connection.execute(
                select(facts.c.body, facts.c.seal).where(facts.c.assembly == name).order_by(facts.c.seq)
            ).all()
            pairs = [(row.body, row.seal) for row in sealed]
            seals = best_of(RUNS, size, lambda: register.fitting(register.first_seal(name), pairs))
    return {
        "facts": size, "facts folded/s, read and decoded": fold, "facts decoded/s": decode,
        "facts evolved/s": evolve, "seals verified/s": seals, "seals read and verified/s": read_too,
    }


_MEMORY = """
import gc, os, sys
from pathlib import Path
from benchmarks.store import opened

def resident():
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

with opened(Path(sys.argv[1])) as service:
    # SQLite's own cache is as large with one assembly
    service._read(lambda connection: connection.exec_driver_sql("SELECT sum(length(body)) FROM facts").all())
    before = resident()
    assert service._warm_up() == int(sys.argv[2])
    print(resident() - before)
"""


def memory(folder: Path, count: int, members: int) -> dict[str, float]:
    """What a process needs for assemblies in which everybody has answered an open question."""
    path = folder / "many.db"
    with opened(path) as service:
        given = taps(service, found(service, count, members), members)
        through_service(service, given, 0)
    grown = subprocess.run(
        [sys.executable, "-c", _MEMORY, path, str(count)], check=True, capture_output=True, text=True
    )
    return {f"MiB for {count:,} assemblies of {members}": float(grown.stdout)}


def main() -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        here = Path(folder)
        return {**ballots_beside_the_driver(here), **reading_back(here), **memory(here, 1_000, MEMBERS)}


if __name__ == "__main__":
    for what, value in main().items():
        print(f"{what:45} {value:14,.2f}")
