"""Councils at their largest: the two large plays, a referendum of many assemblies, a relay to many rooms.

`python -m benchmarks.confederation` prints what `main` gives. Each part runs in a process of its own; by itself:
`… play congress`, `… play tree`, `… referendum 100`, `… relay 1000`. Of the referendum a hundred assemblies and a
thousand are measured: what counts is how a ballot, a closing and the memory of an assembly grow from the one to the
other. Plays and ballots are per second of the processor, so that a busy machine does not show in them much.
"""

import asyncio
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.store import BATCH, name_of, opened
from bot.config import Settings
from bot.house import build
from bot.house_platforms import platforms
from bot.post import Post
from bot.service import Job, Service
from bot.service_desk import Desk
from governance import commands as c
from governance.refusals import Refused
from governance.terms import HOUR, MINUTE, SECOND
from tests.platforms.telegram_double import Clock, Double
from tests.process.play import play
from tests.simulation.confederations import assembly_of_assemblies, tree

PLAYS = {"congress": assembly_of_assemblies, "tree": tree}
SIZES, MEMBERS, ROOMS = (100, 1_000), 400, 1_000
SHARED = 4
"""So many members of each assembly are on the roll of the next one too: they have one ballot between them (§6.10)."""
COUNCIL = "c" * 16
RULES = {
    "seconds": "0", "discussion_min": "0", "rounds": "0", "quorum_min": "1", "early_close_after": "0",
    "vote_window": "24h",
}  # fmt: skip
START = 1_800_000_000_000
MONDAY = 1_800_295_200_000
"""18:00 of the first Monday after the start, when the digests of councils are heard."""


class Commune:
    """Assemblies that sit in one council; the clock is moved by hand."""

    def __init__(self, service: Service, size: int, members: int, shared: int) -> None:
        self.service, self.members, self.shared = service, members, shared
        self.names = [name_of(number) for number in range(1, size + 1)]
        self.now, self._heard = START, 0
        self._post = Post(service, lambda: self.now)
        service.listeners.append(self._post.wake)

    def member(self, index: int, number: int) -> str:
        """The last members of an assembly are the first of the next one."""
        return name_of(1_000_000 + index * (self.members - self.shared) + number)

    def founder(self, index: int) -> str:
        return self.member(index, self.shared)

    async def ask(self, asked: Sequence[tuple[str, Sequence[c.Command]]]) -> None:
        jobs = [
            Job(f"benchmark:{assembly}", self.now, partial(_ask, assembly, commands, self.now), once=False)
            for assembly, commands in asked
        ]
        for first in range(0, len(jobs), BATCH):
            _expect_nothing(await self.service.take_soon(jobs[first : first + BATCH]))
        await self._post.settle()

    async def _decides(self, index: int, kind: str, **terms: object) -> tuple[str, list[c.Command]]:
        """What the founder decides alone."""
        by, state = self.founder(index), await self.service.state(self.names[index])
        number = 1 if state is None else state.last_item + 1
        commands = [c.Propose(by, kind, "", "", terms), c.Open(by, number), c.CastBallot(by, number, "yes")]
        return self.names[index], commands

    async def confederate(self) -> None:
        """Each founded by one member, who decides to join; then the others come."""
        charter = {"admission": "open", "referendum": "now", **RULES}
        await self.ask([(COUNCIL, [c.Found(name_of(9), "Council", "small", charter, council=True)])])
        await self.ask([
            (name, [c.Found(self.founder(index), f"Assembly-{index}", "small", RULES)])
            for index, name in enumerate(self.names)
        ])  # fmt: skip
        agreed = {"council": COUNCIL, "charter": 1, "principles": [1], "rights": []}
        await self.ask([await self._decides(index, "join", **agreed) for index in range(len(self.names))])
        await self.ask([await self._decides(0, "delegation", council=COUNCIL, delegates=[self.founder(0)])])
        for index, name in enumerate(self.names):
            self.now += 1
            others = [self.member(index, one) for one in range(self.members) if one != self.shared]
            await self.ask([(name, [c.Join(one) for one in others])])

    async def put(self, kind: str = "referendum") -> None:
        """To the council; a referendum is asked of every assembly at once."""
        self.now += MINUTE
        by = self.founder(0)
        await self.ask([(COUNCIL, [c.Propose(by, kind, "A common fund", "One part in ten."), c.Open(by, 1)])])

    async def vote(self) -> None:
        """Everybody, in a drawn order, some hundreds at a time."""
        dice = random.Random(7)
        every = [(index, number) for index in range(len(self.names)) for number in range(self.members)]
        dice.shuffle(every)
        states = [await self.service.state(name) for name in self.names]
        asked = [state.last_item for state in states if state is not None]
        for first in range(0, len(every), BATCH):
            jobs = []
            for index, number in every[first : first + BATCH]:
                self._heard += 1
                cause, at = f"telegram:bot:{self._heard}", self.now + self._heard
                command = c.CastBallot(self.member(index, number), asked[index], dice.choice(("yes", "yes", "no")))
                jobs.append(Job(cause, at, partial(_cast, self.names[index], command, cause, at)))
            _expect_nothing(await self.service.take_soon(jobs, ("telegram", f"{self._heard}")))
        self.now += self._heard

    async def close(self) -> None:
        """All close at one instant; then the council counts, and every assembly hears of it."""
        self.now += 24 * HOUR
        await self.service.pass_time(self.now)
        while await self._post.settle():
            await self.service.pass_time(self.now)


def _ask(assembly: str, commands: Sequence[c.Command], at: int, desk: Desk) -> Refused | None:
    made = [desk.ask(assembly, command, at, "benchmark") for command in commands]
    return next((one for one in made if isinstance(one, Refused)), None)


def _cast(assembly: str, command: c.Command, cause: str, at: int, desk: Desk) -> Refused | None:
    made = desk.ask(assembly, command, at, cause)
    return made if isinstance(made, Refused) else None


def _expect_nothing(results: Sequence[object]) -> None:
    """Neither refused nor set aside."""
    if wrong := [one for one in results if one is not None]:
        raise ValueError(wrong[0])


async def referendum(size: int, folder: Path) -> dict[str, float]:
    """Seconds of the processor for each part, those of the clock from the closing on, and the largest memory."""
    found: dict[str, float] = {}
    with opened(folder / "referendum.db") as service:
        commune = Commune(service, size, MEMBERS, SHARED)
        for part in (commune.confederate, commune.put, commune.vote, commune.close):
            begun, reckoned = time.perf_counter(), time.process_time()
            await part()
            found[part.__name__] = time.process_time() - reckoned
            found[f"{part.__name__}, by the clock"] = time.perf_counter() - begun
        council = await service.state(COUNCIL)
        if council is None or council.items[1].decided_by != "vote":
            raise ValueError("the referendum is not decided")
        await service.close()
    return {**found, "MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


async def relay(size: int, folder: Path) -> dict[str, float]:
    """One digest to each of many rooms at the same instant, over HTTP to a double that counts by the same clock."""
    clock = Clock(START)
    async with Double(now=clock) as double:
        settings = Settings.model_validate({"telegram": {"token": double.token, "api": double.url}})
        adapters = platforms(settings, clock).adapters
        house = build(settings, adapters, now=clock, beats=False, database=f"sqlite:///{folder / 'relay.db'}")
        await house.open()
        commune = Commune(house.service, size, 1, 0)
        await commune.confederate()
        clock.at = commune.now = MONDAY - HOUR
        await commune.put("motion")
        # only from here on do they meet anywhere: what is said is the digest alone
        rooms = [(name, double.chat("supergroup", name)) for name in commune.names]
        for _, chat in rooms:
            chat.bot_status = "member"

        def meet(desk: Desk) -> None:
            for name, chat in rooms:
                desk.directory.bind_room(f"telegram:{chat.id}", name, None, name, START)

        _expect_nothing(await house.service.take_soon([Job("benchmark:rooms", START, meet, once=False)]))
        clock.at = MONDAY
        await house.pass_time(clock.at)
        while (at := house.deliver.next_at()) is not None:
            clock.at = max(clock.at, at)
            await house.pass_time(clock.at)
        await house.close()
        for adapter in adapters:
            await adapter.stop()
        said = [call for call in double.journal if call.method == "sendMessage"]
        if sum(len(chat.sent) for _, chat in rooms) != size:
            raise ValueError(f"{sum(len(chat.sent) for _, chat in rooms)} of {size} digests were heard")
    floor = (size - 1) // (double.limits.overall_per_second if double.limits else 1)
    return {
        "seconds": (said[-1].at - MONDAY) / SECOND, "floor": floor,
        "refused": sum(call.code == 429 for call in double.journal),
    }  # fmt: skip


def played(name: str) -> dict[str, float]:
    script, begun = "\n".join(PLAYS[name]()), time.process_time()
    play(script)
    return {"seconds": time.process_time() - begun}


def alone(part: str, what: object) -> dict[str, float]:
    """In a process of its own, so that its memory is its own."""
    command = [sys.executable, "-m", "benchmarks.confederation", part, f"{what}"]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def main() -> dict[str, float]:
    found = {f"{name} played, seconds of the processor": alone("play", name)["seconds"] for name in PLAYS}
    few, many = (alone("referendum", size) for size in SIZES)
    fewer, more = SIZES
    found |= {
        f"referendum of {more:,} × {MEMBERS}: ballots/s": more * MEMBERS / many["vote"],
        "… closings and result, seconds by the clock": many["close, by the clock"],
        "… peak MiB": many["MiB"],
    }
    grown = {"a ballot": "vote", "asking one": "put", "from its closing to the result": "close", "memory": "MiB"}
    found |= {
        f"… {what}, to that of {fewer}": many[part] / few[part] / (more / fewer) for what, part in grown.items()
    }  # fmt: skip
    told = alone("relay", ROOMS)
    return {
        **found, f"relay to {ROOMS:,} rooms, seconds": told["seconds"],
        "… to what the limits allow at best": told["seconds"] / told["floor"], "… refused with 429": told["refused"],
    }


def _part(part: str, what: str) -> dict[str, float]:
    if part == "play":
        return played(what)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        return asyncio.run({"referendum": referendum, "relay": relay}[part](int(what), Path(folder)))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(_part(*sys.argv[1:])))
    else:
        for what, value in main().items():
            print(f"{what:55} {value:14,.2f}")
