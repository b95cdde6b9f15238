"""Draws and counts at the size of a city. `python -m benchmarks.lots` prints what `main` gives."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from governance.election import schulze
from governance.quotas import Candidate, Quotas
from governance.seating import Contest, RankedBallot
from governance.sortition import ASSEMBLY_DRAW, Draw, DrawResult, Outcome, draw
from governance.stv import stv

FEATURES = {
    "gender": ["woman", "man", "other"],
    "age": ["16-24", "25-39", "40-64", "65+"],
    "region": ["north", "south", "east", "west", "centre"],
    "education": ["primary", "secondary", "tertiary"],
}
SEATS = 50
DRAW = "draw 50 of 10,000, 4 features, seconds"
"""Under 0.1 is the aim, with quotas that at least one panel in a hundred meets."""


def pool(size: int) -> tuple[Candidate, ...]:
    rng = random.Random(size)
    return tuple(
        Candidate(f"person-{i}", {feature: rng.choice(values) for feature, values in FEATURES.items()})
        for i in range(size)
    )


def around(slack: int) -> Quotas:
    """Each value its share of the seats, give or take."""
    return {
        feature: {value: (SEATS // len(values) - slack, SEATS // len(values) + slack) for value in values}
        for feature, values in FEATURES.items()
    }


def best_of_three(work: Callable[[], object]) -> float:
    """Seconds."""
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return round(min(times), 4)


def drawn(people: tuple[Candidate, ...], quotas: Quotas, name: str) -> DrawResult:
    return draw(Draw(name, SEATS, quotas, people, ("drand:quicknet:1:00",), ASSEMBLY_DRAW))


def attempts_needed(people: tuple[Candidate, ...], quotas: Quotas) -> float:
    """Over forty draws."""
    return sum(drawn(people, quotas, f"count {i}").attempts for i in range(40)) / 40


def rankings(options: int, ballots: int) -> tuple[Contest, list[RankedBallot]]:
    """Everyone ranks as many as they like, each option a little more popular than the next."""
    rng = random.Random(options)
    names = [f"c{i:02}" for i in range(options)]
    papers = []
    for _ in range(ballots):
        order = sorted(names, key=lambda name: rng.random() + int(name[1:]) / options)
        papers.append(RankedBallot(1, tuple((name,) for name in order[: rng.randint(1, options)])))
    people = tuple(Candidate(name, {}) for name in names)
    return Contest(people, 5, {}, frozenset(), None), papers


def main() -> dict[str, float]:
    people = pool(10_000)
    quotas = around(3)
    results = {
        DRAW: best_of_three(lambda: drawn(people, quotas, "bench")),
        "… attempts a draw needs, on average": attempts_needed(people, quotas),
    }
    # every feature split exactly: feasible, and never met by chance
    never = {
        feature: {value: (SEATS // len(values), SEATS) for value in values} for feature, values in FEATURES.items()
    }
    begun = time.perf_counter()
    result = drawn(people, never, "vain")
    results["100,000 vain attempts, seconds"] = round(time.perf_counter() - begun, 3)
    assert result.outcome is Outcome.EXHAUSTED
    for_stv, papers = rankings(20, 10_000)
    results["STV, 5 seats, 20 candidates, 10,000 ballots, seconds"] = best_of_three(lambda: stv(for_stv, papers))
    for_schulze, ranked = rankings(50, 1_000)
    results["Schulze, 50 options, 1,000 ballots, seconds"] = best_of_three(lambda: schulze(for_schulze, ranked))
    return results


if __name__ == "__main__":
    for what, figure in main().items():
        print(f"{what:55} {figure:10.4f}")
