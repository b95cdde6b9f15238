"""In the midst of a vote on a real homeserver everything goes wrong that can; the count at the end is right."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from bot.store.verify import verify
from tests import postgres as postgres_server
from tests.platforms.contract import ROOM, database_in
from tests.platforms.contract_encrypted import EncryptedPeople
from tests.platforms.contract_matrix import MatrixPeople
from tests.platforms.matrix_people import eventually
from tests.platforms.matrix_proxy import Proxy
from tests.platforms.synapse import Synapse, running

MEMBERS = ("ada", "ben", "cyd", "dila", "eli", "fay")


async def they_are_in_a_round(well: MatrixPeople, *members: str) -> None:
    """The founder and these may answer item 1; Ada has agreed."""
    await well.says("ada", "/found Well preset=small early_close=no round_window=24h quorum_min=1 min_support=1")
    for one in members:
        await well.says(one, "/join")
    await well.says("ada", "/propose Repair the pump\nThe pump by the mill.")
    await well.says("ada", "/open 1")
    await well.taps("ada", "Agree", 1)


async def it_closes(well: MatrixPeople, agree: int, **others: int) -> None:
    """With this count, in minutes and register, and said in the room once."""
    await well.waits("24h")
    (closed,) = well.item(1)["rounds"]
    assert closed["agree"] == agree, closed
    assert {name: closed[name] for name in others} == others
    results = [text for text in well.all_texts() if text.startswith("1 · Repair the pump — ") and "Register" in text]
    assert len(results) == 1, results
    assert well.rows()["ballots"] == agree + sum(others.values())
    assert well.rows()["aside"] == well.rows()["sayings"] == 0
    assert verify(well.house.engine).wrong == ()


# ---- the server


@pytest.mark.synapse
@pytest.mark.xdist_group("synapse")
async def test_the_homeserver_restarts() -> None:
    """What was said before it counts, what is said after it is heard, and the card goes on."""
    with running() as synapse:
        async with MatrixPeople.meet(synapse) as well:
            await they_are_in_a_round(well, "ben", "cyd")
            await well.taps("ben", "Agree", 1)
            await asyncio.to_thread(synapse.stop)
            await eventually(lambda: well.adapter.unreachable_since)
            await asyncio.to_thread(synapse.start)
            await well.says("cyd", "/reserve 1")
            well.hears("1 · Repair the pump", "Agree 2", "With reservations 1")
            await well.taps("ben", "Pass", 1)
            await it_closes(well, 1, reserve=1, **{"pass": 1})


@pytest.fixture
async def proxy(synapse: Synapse) -> AsyncIterator[Proxy]:
    async with Proxy(synapse).running() as made:
        yield made


async def test_a_closing_waits_for_a_server_that_is_away(synapse: Synapse, proxy: Proxy) -> None:
    """What members wrote meanwhile is heard when it is back, in time (§3.8)."""
    async with MatrixPeople.meet(synapse, homeserver=proxy.url) as well:
        await they_are_in_a_round(well, "ben")
        closes = datetime.fromisoformat(well.item(1)["closes"]).timestamp() * 1000
        async with well.unheard():
            proxy.fault, proxy.on = "500", ""
            await eventually(lambda: well.adapter.unreachable_since)
            await well.taps("ben", "Reserve", 1)
            well.clock.at = round(closes) + 60_000
            await well.house.pass_time(well.clock.at)
            assert well.item(1)["state"] == "round"
            proxy.fault = ""
        await it_closes(well, 1, reserve=1)


async def test_more_happens_than_a_sync_can_hold(synapse: Synapse, proxy: Proxy) -> None:
    """The gap is filled: of everybody the last word counts, in the order they spoke."""
    async with MatrixPeople.meet(synapse, homeserver=proxy.url, timeline_limit=5) as well:
        await they_are_in_a_round(well, *MEMBERS[1:])
        async with well.unheard():
            proxy.fault, proxy.on = "500", "/sync"
            await eventually(lambda: proxy.faults)
            for one in MEMBERS[1:]:
                await well.taps(one, "Agree", 1)
                await well.says(one, "/pass 1")
            await well.says("ben", "/reserve 1")
            await well.taps("cyd", "Stand aside", 1)
            await well.says("dila", "/agree", on=1)
            proxy.calls.clear()
            proxy.fault = ""
        assert any(call.endswith("/messages") for call in proxy.calls), "there was no gap"
        await it_closes(well, 2, reserve=1, aside=1, **{"pass": 2})


# ---- the room


@pytest.mark.parametrize("version", ["11", "12"])
async def test_the_room_is_upgraded(synapse: Synapse, version: str) -> None:
    """Only invited people may come into the new one. The vote goes on there, on a card of its own."""
    async with MatrixPeople.meet(synapse) as well:
        await they_are_in_a_round(well, "ben", "cyd")
        ada, old = well.person("ada"), well.rooms[ROOM]
        new = await ada.upgrades(old, version)
        await ada.invites(well.bot.id, new)
        await eventually(lambda: well._is_in(new))
        well.moved(ROOM, new)
        await well.says("ben", "/agree 1")
        assert well._events(old)
        well.hears("1 · Repair the pump", "Agree 2")
        await well.taps("cyd", "Reserve", 1)
        await it_closes(well, 2, reserve=1)


async def test_the_bot_is_kicked_and_invited_again(synapse: Synapse) -> None:
    """What is said in its absence is not heard; the roll stands, and the vote goes on when it is back."""
    async with MatrixPeople.meet(synapse) as well:
        await they_are_in_a_round(well, "ben", "cyd")
        ada, room = well.person("ada"), well.rooms[ROOM]
        await ada.kicks(well.bot.id, room)
        await eventually(lambda: not well._is_in(room))
        await well.person("ben").says(room, "!agree 1")
        await well.waits("2h")
        await ada.invites(well.bot.id, room)
        await eventually(lambda: well._is_in(room))
        await well.says("cyd", "/agree 1")
        well.hears("1 · Repair the pump", "Agree 2", "2 of 3")
        await well.taps("ben", "Reserve", 1)
        await it_closes(well, 2, reserve=1)


async def test_the_authority_in_a_new_room_is_its_founder(synapse: Synapse) -> None:
    """A room of version 12 names no levels for its creator. Where the bot may not speak nothing is lost."""
    async with MatrixPeople.meet(synapse) as well:
        room = well.rooms[ROOM]
        await they_are_in_a_round(well, "ben")
        ada = well.person("ada")
        levels = await ada.client.room_get_state_event(room, "m.room.power_levels")
        await ada.sets(room, "m.room.power_levels", levels.content | {"events_default": 50})
        await eventually(lambda: not well.adapter._rooms.may_speak(room))
        assert well.adapter._rooms.level(room, ada.id) > 50
        assert (await ada.client.room_get_state_event(room, "m.room.create")).content["room_version"] == "12"
        await ada.says(room, "!reserve 1")
        await well.waits("20s")
        well.hears_nothing()
        await ada.sets(room, "m.room.power_levels", levels.content | {"events_default": 0})
        await eventually(lambda: well.adapter._rooms.may_speak(room))
        await well.waits("10m")
        well.hears("1 · Repair the pump", "With reservations 1")
        await well.taps("ben", "Agree", 1)
        await it_closes(well, 1, reserve=1)


# ---- the line


@pytest.mark.parametrize("fault", ["429", "500", "nothing", "garbage", "lost"])
async def test_on_a_bad_line_nothing_is_lost_and_nothing_said_twice(
    synapse: Synapse, proxy: Proxy, fault: str
) -> None:
    """Whatever the server answers, to what is asked or to what is said, or whether it answers at all."""
    async with MatrixPeople.meet(synapse, homeserver=proxy.url, call_seconds=1) as well:
        await they_are_in_a_round(well, "ben", "cyd")
        async with well.unheard():
            proxy.fault, proxy.on, proxy.faults = fault, "/sync", 0
            await eventually(lambda: proxy.faults)
            await well.taps("ben", "Agree", 1)
            await well.says("cyd", "/amend 1 The pump and its pipes.")
            proxy.fault = ""
        well.hears("1a")
        proxy.fault, proxy.on, proxy.faults = fault, "/send/", 0
        await well.says("ada", "/why 1")
        await well.says("cyd", "/agree 1")
        await well.says("ada", "/propose Paint the door")
        assert proxy.faults
        proxy.fault = ""
        await well.waits("10m")
        assert len([text for text in well.all_texts() if "2 · Paint the door" in text]) == 1
        await it_closes(well, 3)


# ---- the database


class Database:
    """It is away as soon as a batch comes to this table, until it is told to be back."""

    def __init__(self, engine: Engine) -> None:
        self.away_at = ""
        event.listen(engine, "before_cursor_execute", self._execute)

    def _execute(self, connection: object, cursor: object, statement: str, *about: object) -> None:
        if self.away_at and self.away_at in statement:
            raise OperationalError(None, None, OSError("disk I/O error"))


async def test_the_database_goes_away_in_the_middle_of_a_batch(synapse: Synapse, tmp_path: Path) -> None:
    """Nothing is acknowledged, all is taken when it is back, once; what people wrote waits on the homeserver."""
    async with MatrixPeople.meet(synapse, database_in(tmp_path)) as well:
        await they_are_in_a_round(well, "ben", "cyd", "dila")
        database = Database(well.house.engine)
        async with well.unheard():
            for table in ("INTO ballots", "INTO cursors"):
                database.away_at, well.not_stored = table, 0
                for one in ("ben", "cyd", "dila"):
                    await well._say(one, "/agree 1", None)
                await eventually(lambda: well.not_stored)
                database.away_at = ""
            await well._say("dila", "/reserve 1", None)
        await it_closes(well, 3, reserve=1)


@pytest.mark.slow
@pytest.mark.postgres
async def test_the_database_server_goes_away_while_people_talk(synapse: Synapse) -> None:
    """PostgreSQL stops, members go on, PostgreSQL starts: of everybody the last word counts."""
    if os.environ.get("ROUNDABOUT_TEST_POSTGRES"):
        pytest.skip("the server is not ours to stop")
    with postgres_server.running() as postgres:
        async with MatrixPeople.meet(synapse, postgres.fresh()) as well:
            await they_are_in_a_round(well, "ben", "cyd")
            async with well.unheard():
                await asyncio.to_thread(postgres.stop)
                await well.person("ben").says(well.rooms[ROOM], "!agree 1")
                room = well.rooms[ROOM]
                last = await well.person("cyd").says(room, "!reserve 1")
                await asyncio.sleep(0.5)
                assert f"matrix:{last}" not in well._causes
                await asyncio.to_thread(postgres.start)
                await well._answered(last)
            await it_closes(well, 2, reserve=1)


# ---- sealed words


async def test_what_cannot_be_read_is_said_once_and_counts_when_its_key_comes(synapse: Synapse, proxy: Proxy) -> None:
    """Three answers whose keys are late: one word about it in the room, and in the end three ballots."""
    async with EncryptedPeople.meet(synapse, homeserver=proxy.url) as well:
        await they_are_in_a_round(well, "ben", "cyd", "dila")
        async with well.unheard():
            proxy.keeps_keys = True
            for one in ("ben", "cyd", "dila"):
                await well.says(one, "/agree 1")
            await well.waits("1m")
            proxy.keeps_keys = False
            await well.person("ada").says(well.rooms[ROOM], "good morning")
        assert len([text for text in well.all_texts() if "could not be read" in text]) == 1
        await it_closes(well, 4)


async def test_a_bot_that_reads_no_sealed_words_says_so_once(synapse: Synapse) -> None:
    """Nobody waits in vain for an answer; reactions, which are never sealed, go on working."""
    async with EncryptedPeople.meet(synapse, encryption=False) as well:
        ada, room = well.person("ada"), well.rooms[ROOM]
        for words in ("!found Well preset=small", "!join"):
            await ada.looks()
            await ada.says(room, words)
            await well.waits("1m")
        told = [text for text in well.all_texts() if "I cannot read here" in text]
        assert len(told) == 1, well.all_texts()
        assert well.rows()["assemblies"] == 0
