"""The beacon's fetcher before relays that lie, stall, and answer with another round."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from bot import beacon
from bot.beacon import Beacon, Verify, checked, verifier, waiting
from governance import commands as c
from governance.lots import CHAIN_HASH
from governance.people import terms_text
from tests.process.office import HOUR, WELL, Office, person, sqlite_url

PUBLISHED = (
    657413,
    "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b",
    "fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587",
)
"""A round of quicknet with its randomness, as the README of drand-verify 0.2.1 prints them."""
OTHER = "ab" * 48

Relay = Callable[[web.Request], Awaitable[web.StreamResponse]]


def says(signature: str, **more: object) -> Relay:
    async def answer(request: web.Request) -> web.StreamResponse:
        number = int(request.match_info["round"])
        randomness = hashlib.sha256(bytes.fromhex(signature)).hexdigest()
        return web.json_response({"round": number, "signature": signature, "randomness": randomness, **more})

    return answer


async def stalls(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


async def rambles(request: web.Request) -> web.StreamResponse:
    return web.Response(text="not found, perhaps")


@asynccontextmanager
async def serving(*relays: Relay) -> AsyncIterator[list[str]]:
    """A local server for each relay; their addresses."""
    runners, addresses = [], []
    for relay in relays:
        app = web.Application()
        app.router.add_get(f"/{CHAIN_HASH}/public/{{round}}", relay)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        runners.append(runner)
        addresses.append(f"http://127.0.0.1:{runner.addresses[0][1]}/")
    try:
        yield addresses
    finally:
        for runner in runners:
            await runner.cleanup()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(sqlite_url(tmp_path))
    made.founds("ada", "ben", "cy")
    terms = {"role": "facilitator", "seats": 1, "quotas": {}, "from": "roll", "source": "drand"}
    made.asks(c.Propose(person("ada"), "draw", "", "", terms))
    yield made
    made.closes()


def fetched(office: Office, *relays: Relay, verify: Verify | None = None, patience: float = 0.5) -> int:
    async def run() -> int:
        async with serving(*relays) as addresses:
            return await Beacon(office.service, addresses, lambda: office.time, verify, patience).once()

    return asyncio.run(run())


def stage(office: Office) -> str:
    return office.state().items[1].stage.value


def frozen(office: Office) -> Office:
    office.waits(2 * HOUR)
    office.does(office.job(lambda desk: desk.pass_time(WELL, office.time)))
    return office


def test_two_relays_that_agree_are_believed(office: Office) -> None:
    assert fetched(office, says(OTHER), says(OTHER)) == 0, "the round cannot be known yet"
    assert fetched(frozen(office), says(OTHER), says(OTHER)) == 1
    item = office.state().items[1]
    assert (stage(office), terms_text(item.terms, "source")) == ("closed", "drand")
    assert item.pool is not None
    assert item.pool.lot is not None
    assert item.pool.lot.parts[0].endswith(hashlib.sha256(bytes.fromhex(OTHER)).hexdigest())
    assert not list(waiting(office.service))


@pytest.mark.parametrize("relays", [
    (says(OTHER),), (says(OTHER), says("cd" * 48)), (says(OTHER), says("cd" * 48), says("cd" * 48)),
    (says(OTHER), stalls), (says(OTHER), rambles), (says(OTHER), says(OTHER, round=7)),
    (says(OTHER), says(OTHER, randomness="0" * 64)),
], ids=["alone", "one lies", "a liar with a friend", "one stalls", "one rambles", "another round",
        "contradicts itself"])  # fmt: skip
def test_what_cannot_be_believed_is_not_taken(office: Office, relays: tuple[Relay, ...]) -> None:
    """The draw goes on waiting, and members can type the value in."""
    assert fetched(frozen(office), *relays) == 0
    assert stage(office) == "discussion"
    office.asks(c.TypeValue(person("ada"), 1, OTHER), c.TypeValue(person("ben"), 1, OTHER))
    assert stage(office) == "closed"


def test_with_signatures_checked_one_honest_relay_is_enough(office: Office) -> None:
    def genuine(number: int, signature: str) -> bool:
        return signature == OTHER

    assert fetched(frozen(office), says("cd" * 48), says(OTHER), stalls, verify=genuine) == 1
    assert stage(office) == "closed"


def test_without_relays_it_rests(office: Office) -> None:
    asyncio.run(Beacon(office.service, (), lambda: office.time, None, 1).run())


def test_a_published_round() -> None:
    number, signature, randomness = PUBLISHED
    answer = json.loads(json.dumps({"round": number, "signature": signature, "randomness": randomness}))
    assert checked(answer, number) == signature
    for wrong in ("text", {}, {**answer, "round": 1}, {**answer, "signature": "zz" * 48}, {**answer, "signature": 1}):
        assert checked(wrong, number) is None
    verify = verifier()
    assert verify is not None, "the extra is installed for the tests"
    assert verify(number, signature)
    assert not verify(number + 1, signature)
    assert not verify(number, OTHER)


def test_without_the_extra_nothing_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beacon, "find_spec", lambda name: None)
    assert verifier() is None
