"""The store on PostgreSQL beside the raw driver, and two workers beside one, through service and store.

`python -m benchmarks.postgres` prints what `main` gives; the server is that of the tests. Client and server share
the processors of this machine, so two workers show less here than where the database has its own.
"""

import random
import time
from multiprocessing import get_context

import psycopg

from benchmarks.store import salt
from bot import announce
from bot.service import Job, Service
from bot.service_desk import Desk
from bot.store.engine import open_engine
from bot.store.hot import Hot, Row
from bot.store.upgrade import upgrade
from governance import commands as c
from governance.refusals import Refused
from tests.postgres import running

BATCH, BATCHES, RUNS = 500, 40, 3
ASSEMBLIES, MEMBERS = 20, 100
START = 1_800_000_000_000
RAW = """
insert into ballots (assembly, question, voter, choice, heard, cause, revision, hash)
values (%s, %s, %s, %s, %s, %s, %s, %s)
on conflict (assembly, question, voter) do update set choice = excluded.choice, heard = excluded.heard,
cause = excluded.cause, hash = excluded.hash, revision = ballots.revision + excluded.revision
"""


def main() -> dict[str, float]:
    found: dict[str, list[float]] = {}
    with running(durable=True) as server:
        url = server.fresh()
        found_all(url)
        for _ in range(RUNS):
            found.setdefault("raw", []).append(raw(url))
            found.setdefault("store", []).append(store(url))
            found.setdefault("one", []).append(workers(url, 1))
            found.setdefault("two", []).append(workers(url, 2))
        server.drop_all()
    best = {name: max(rates) for name, rates in found.items()}
    return {
        "postgres_raw_ballots_per_s": best["raw"], "postgres_store_ballots_per_s": best["store"],
        "postgres_store_to_raw": best["store"] / best["raw"],
        "one_worker_ballots_per_s": best["one"], "two_workers_ballots_per_s": best["two"],
        "two_workers_to_one": best["two"] / best["one"],
    }  # fmt: skip


def assembly(number: int) -> str:
    return f"{number + 1:016x}"


def person(number: int) -> str:
    return f"{number + 1000:016x}"


def opened(url: str, worker: str) -> Service:
    return Service(
        open_engine(url), now=lambda: START, announce=announce, salt=salt, worker=worker, beats=False,
        new_id=lambda: f"{random.getrandbits(64):016x}",
    )  # fmt: skip


def found_all(url: str) -> None:
    """Assemblies with a round open."""
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
    service = opened(url, "main")
    for number in range(ASSEMBLIES):
        asked: list[c.Command] = [c.Found(person(0), f"A{number}", "small", {"early_close": "no"})]
        asked += [c.Join(person(one)) for one in range(1, MEMBERS)]
        asked += [c.Propose(person(0), "motion", "Repair the pump", "The pump."), c.Open(person(0), 1)]
        jobs = [job(number, one, f"set:{number}:{place}") for place, one in enumerate(asked)]
        service.take(jobs, ("set", str(number)))


def job(number: int, command: c.Command, cause: str) -> Job:
    def run(desk: Desk) -> None:
        made = desk.ask(assembly(number), command, START, cause)
        assert not isinstance(made, Refused), made

    return Job(cause, START, run, assembly=assembly(number))


def rows(turn: int) -> list[Row]:
    """Ballots of one batch, each of another voter."""
    return [
        (assembly(place // MEMBERS), "1.1", person(place % MEMBERS), random.choice(("agree", "pass")), START,
         f"bench:{turn}:{place}", 1, f"{random.getrandbits(256):064x}")
        for place in range(BATCH)
    ]  # fmt: skip


def raw(url: str) -> float:
    """The driver alone: executemany of tuples, a transaction for each batch."""
    batches = [rows(turn) for turn in range(BATCHES)]
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        begun = time.perf_counter()
        for batch in batches:
            cursor.executemany(RAW, batch)
            connection.commit()
        return BATCH * BATCHES / (time.perf_counter() - begun)


def store(url: str) -> float:
    """The store's own statement, the same rows and transactions."""
    batches, engine = [rows(turn) for turn in range(BATCHES)], open_engine(url)
    hot = Hot(engine.dialect)
    begun = time.perf_counter()
    for batch in batches:
        with engine.begin() as connection:
            hot.put_ballots(connection, batch)
    rate = BATCH * BATCHES / (time.perf_counter() - begun)
    engine.dispose()
    return rate


def work(url: str, worker: int, of: int, gate: object, told: object) -> None:
    """One worker: ballots in its share of the assemblies, through service and store."""
    service = opened(url, f"worker-{worker}")
    mine = [number for number in range(ASSEMBLIES) if number % of == worker]

    def ballot(turn: int, number: int, place: int) -> Job:
        command = c.TakePosition(person(place), 1, random.choice(("agree", "pass")))
        return job(number, command, f"bench:{worker}:{turn}:{number}:{place}")

    def batch(turn: int) -> list[Job]:
        return [
            ballot(turn, number, place)
            for number in random.sample(mine, min(len(mine), 10)) for place in range(BATCH // min(len(mine), 10))
        ]  # fmt: skip

    service.take(batch(0), (f"bench-{worker}", "0"))
    batches = [batch(turn) for turn in range(1, BATCHES // of + 1)]
    gate.wait()  # type: ignore[attr-defined]  # a barrier of this context
    for turn, jobs in enumerate(batches, 1):
        service.take(jobs, (f"bench-{worker}", str(turn)))
    told.put(sum(map(len, batches)))  # type: ignore[attr-defined]  # a queue of this context


def workers(url: str, number: int) -> float:
    context = get_context("spawn")
    gate, told = context.Barrier(number + 1), context.Queue()
    started = [context.Process(target=work, args=(url, one, number, gate, told)) for one in range(number)]
    for one in started:
        one.start()
    gate.wait()
    begun = time.perf_counter()
    taken = sum(told.get() for _ in started)
    rate = taken / (time.perf_counter() - begun)
    for one in started:
        one.join()
    return rate


if __name__ == "__main__":
    for name, value in main().items():
        print(f"{name:<40} {value:,.2f}")
