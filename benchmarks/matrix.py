"""The program on a real homeserver: a member's message to the visible answer, announcements to many rooms.

`python -m benchmarks.matrix` prints what `main` gives. Each figure stands beside what the library alone does on the
same homeserver in the same run, in turns: a bot that says again what it hears, and a client that sends to the same
rooms with as many calls under way. Homeserver, bots and people share the processors of this machine.
"""

import asyncio
import os
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import nio

from adapters.matrix import MatrixAdapter
from bot.announce import Notice
from bot.config import Settings
from bot.house import House, build, wall_clock
from bot.house_platforms import platforms
from bot.service import Job
from bot.service_desk import Desk
from governance import commands as c
from tests.platforms.synapse import Account, Synapse, running

PROGRAM = Path(sys.executable).with_name("roundabout")
QUESTIONS, WARM_UP = 50, 5
ROOMS, ROUNDS = 200, 5
WITHIN = 60.0
ASSEMBLY, PERSON = "00000000000000a1", "00000000000000b1"


def main() -> dict[str, float]:
    with running() as synapse:
        bare, ours = asyncio.run(answers(synapse))
        ceiling, rate = asyncio.run(announcements(synapse))
    return {
        "message to answer, bare nio echo bot, p50 ms": statistics.median(bare),
        "message to answer, roundabout, p50 ms": statistics.median(ours),
        "message to answer, roundabout to bare nio, p50": statistics.median(ours) / statistics.median(bare),
        "announcements/s, plain nio client": ceiling,
        "announcements/s, roundabout": rate,
        "announcements, roundabout to plain nio client": rate / ceiling,
    }


# ---- a member's message to the visible answer


async def answers(synapse: Synapse) -> tuple[list[float], list[float]]:
    """Milliseconds of each question to the echo bot and to ours, put in turns."""
    echo, bot = synapse.user("Echo"), synapse.user("Roundabout")
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder, bots(synapse, Path(folder), echo, bot):
        async with asking(synapse) as member:
            rooms = [await member.founds(one) for one in (echo, bot)]
            await member.says(rooms[1], "!found Well preset=small")
            spent: tuple[list[float], list[float]] = ([], [])
            for number in range(WARM_UP + QUESTIONS):
                for room, times in zip(rooms, spent, strict=True):
                    took = await member.answered(room, "!agenda")
                    if number >= WARM_UP:
                        times.append(1000 * took)
            return spent


@contextmanager
def bots(synapse: Synapse, folder: Path, echo: Account, bot: Account) -> Iterator[None]:
    """Both as processes of their own."""
    environment = os.environ | {
        "ROUNDABOUT_DATABASE": f"sqlite:///{folder / 'house.db'}",
        "ROUNDABOUT_MATRIX_HOMESERVER": synapse.url,
        "ROUNDABOUT_MATRIX_TOKEN": bot.token,
        "ROUNDABOUT_MATRIX_PAUSE_MS": "0",
        "ROUNDABOUT_MATRIX_ENCRYPTION": "false",
        "ROUNDABOUT_LOG_LEVEL": "warning",
    }
    bare = [sys.executable, "-m", "benchmarks.bare_nio", synapse.url, echo.id, echo.device, echo.token]
    processes = [
        subprocess.Popen(bare), subprocess.Popen([PROGRAM, "run"], env=environment, cwd=folder)
    ]  # fmt: skip
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


class Member:
    """Somebody who asks, and looks all the time whether there is an answer."""

    def __init__(self, client: nio.AsyncClient) -> None:
        self._client = client

    async def founds(self, bot: Account) -> str:
        """A room in which the bot is."""
        made = await self._client.room_create(invite=[bot.id])
        assert isinstance(made, nio.RoomCreateResponse), made
        room, end = made.room_id, time.monotonic() + WITHIN
        while not self._is_in(bot.id, room):
            assert time.monotonic() < end, f"{bot.id} does not come"
            await self._client.sync(timeout=500)
        return str(room)

    def _is_in(self, user: str, room: str) -> bool:
        known = self._client.rooms.get(room)
        return known is not None and user in known.users and user not in known.invited_users

    async def says(self, room: str, words: str) -> str:
        sent = await self._client.room_send(room, "m.room.message", {"msgtype": "m.text", "body": words})
        return str(sent.event_id)

    async def answered(self, room: str, words: str) -> float:
        """Seconds from the first byte of the question to the answer."""
        begun = time.perf_counter()
        said = await self.says(room, words)
        while time.perf_counter() < begun + WITHIN:
            response = await self._client.sync(timeout=1000)
            for joined in response.rooms.join.values():
                for event in joined.timeline.events:
                    replied = event.source["content"].get("m.relates_to", {}).get("m.in_reply_to", {})
                    if replied.get("event_id") == said:
                        return time.perf_counter() - begun
        raise AssertionError(f"no answer to {words}")


@asynccontextmanager
async def asking(synapse: Synapse) -> AsyncIterator[Member]:
    account = synapse.user("Ada")
    client = nio.AsyncClient(synapse.url, account.id, account.device)
    client.restore_login(account.id, account.device, account.token)
    try:
        await client.sync(timeout=0)
        yield Member(client)
    finally:
        await client.close()


# ---- announcements to many rooms


async def announcements(synapse: Synapse) -> tuple[float, float]:
    """A second: of the plain client and of ours, the median of some rounds in an order by lot. Both send the same
    content to the same rooms: what a homeserver does for a message depends on what stands in it."""
    bot = synapse.user("Roundabout")
    client = nio.AsyncClient(synapse.url, bot.id, bot.device)
    client.restore_login(bot.id, bot.device, bot.token)
    try:
        made = [client.room_create() for _ in range(ROOMS)]
        rooms = [str(one.room_id) for one in await together(made, 8)]
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            async with house(synapse, bot, Path(folder)) as home:
                await assembled(home, rooms)
                await announced(home)
                content = await last_content(client, rooms[0])
                order = ["plain", "ours"] * ROUNDS
                random.Random(ROUNDS).shuffle(order)
                rates: Mapping[str, list[float]] = {"plain": [], "ours": []}
                for who in order:
                    plain = who == "plain"
                    rates[who].append(await (plainly(client, rooms, content) if plain else announced(home)))
                return statistics.median(rates["plain"]), statistics.median(rates["ours"])
    finally:
        await client.close()


async def together(calls: Sequence[Any], at_once: int) -> list[Any]:
    """The results of these, so many under way at a time."""
    gate = asyncio.Semaphore(at_once)

    async def one(call: Any) -> Any:
        async with gate:
            return await call

    return await asyncio.gather(*(one(call) for call in calls))


async def last_content(client: nio.AsyncClient, room: str) -> dict[str, Any]:
    """Of the last message there."""
    response = await client.room_messages(room, limit=1)
    assert isinstance(response, nio.RoomMessagesResponse), response
    content: dict[str, Any] = response.chunk[0].source["content"]
    assert content["msgtype"] == "m.notice", content
    return content


async def plainly(client: nio.AsyncClient, rooms: Sequence[str], content: Mapping[str, Any]) -> float:
    begun = time.perf_counter()
    sent = [client.room_send(room, "m.room.message", dict(content), tx_id=secrets.token_hex(8)) for room in rooms]
    for one in await together(sent, Settings().limits.rooms_at_once):
        assert isinstance(one, nio.RoomSendResponse), one
    return len(rooms) / (time.perf_counter() - begun)


@asynccontextmanager
async def house(synapse: Synapse, bot: Account, folder: Path) -> AsyncIterator[House]:
    """The whole program but for its process, on a file."""
    settings = Settings.model_validate({
        "database": f"sqlite:///{folder / 'house.db'}",
        "matrix": {"homeserver": synapse.url, "token": bot.token, "pause_ms": 0, "encryption": False},
    })  # fmt: skip
    now = wall_clock()
    (adapter,) = platforms(settings, now).adapters
    assert isinstance(adapter, MatrixAdapter)
    home = build(settings, [adapter], now=now)
    await home.open()
    work = asyncio.create_task(home.run())
    try:
        await until(lambda: adapter.synced)
        yield home
    finally:
        await home.leave()
        await work
        await home.close()


async def assembled(home: House, rooms: Sequence[str]) -> None:
    """An assembly with a motion, that meets in all these rooms from now on."""

    def run(desk: Desk) -> None:
        desk.ask(ASSEMBLY, c.Found(PERSON, "Well", "small", {}), home.now(), "benchmark:found")
        desk.ask(ASSEMBLY, c.Propose(PERSON, "motion", "Repair the pump", "The pump."), home.now(), "benchmark:propose")
        for room in rooms:
            desk.directory.bind_room(f"matrix:{room}", ASSEMBLY, None, "Well", home.now())

    await home.service.take_soon([Job("benchmark:assembled", home.now(), run)])


async def announced(home: House) -> float:
    """From the word to the last room."""
    notice = Notice("told", 1, about={"code": "paused", "proposer": PERSON, "until": home.now() + 86_400_000})
    before, begun = home.deliver.counts["matrix", "sent"], time.perf_counter()
    job = Job(f"benchmark:{before}", home.now(), lambda desk: desk.say(ASSEMBLY, [notice], home.now()))
    await home.service.take_soon([job])
    await until(lambda: home.deliver.counts["matrix", "sent"] >= before + ROOMS)
    return ROOMS / (time.perf_counter() - begun)


async def until(done: Any) -> None:
    end = time.monotonic() + WITHIN
    while not done():
        assert time.monotonic() < end, "too slow"
        await asyncio.sleep(0.005)


if __name__ == "__main__":
    for what, value in main().items():
        print(f"{what:<52} {value:10.2f}")
