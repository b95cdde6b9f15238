"""The whole of a decision in a room on a real homeserver, ending in the minutes of the terminal."""

from contextlib import nullcontext

from bot.store.verify import verify
from tests.platforms.contract import ROOM, ConsolePeople
from tests.platforms.contract_encrypted import EncryptedPeople
from tests.platforms.contract_matrix import MatrixPeople
from tests.platforms.synapse import Synapse
from tests.platforms.test_decision import record_of


async def test_the_same_acts_end_in_the_same_minutes_on_matrix(synapse: Synapse) -> None:
    """Reactions as taps, `!` for `/`, replies and private rooms: what is on record is one."""
    assert await record_of(MatrixPeople.meet(synapse)) == await record_of(ConsolePeople.meet())


async def test_in_encrypted_rooms_too(synapse: Synapse) -> None:
    """The room and every private chat; and of all that was said the server can read nothing."""
    async with EncryptedPeople.meet(synapse) as well:
        assert await record_of(nullcontext(well)) == await record_of(ConsolePeople.meet())
        assert isinstance(well, EncryptedPeople)
        for room in well._all_rooms():
            assert {event["type"] for event in well.sealed(room)} == {"m.room.encrypted"}
        assert len(well.sealed(well.rooms[ROOM])) > 100


async def test_a_reaction_taken_away_takes_its_ballot_away(synapse: Synapse) -> None:
    """The row leaves the box while it is the one that stands; what was typed since then stays."""
    async with MatrixPeople.meet(synapse) as well:
        await well.says("ada", "/found Well preset=small round_window=24h quorum_min=1 early_close=no")
        await well.says("ben", "/join")
        await well.says("ada", "/propose Repair the pump\nThe pump by the mill.")
        await well.says("ada", "/open 1")
        await well.taps("ada", "Agree", 1)
        await well.taps("ben", "Agree", 1)
        well.hears("Agree 2", "2 of 2")
        await well.takes_back("ben", "Agree", 1)
        well.hears("Agree 1", "1 of 2")
        assert well.rows()["ballots"] == 1
        await well.taps("ben", "Stand aside", 1)
        await well.says("ben", "/reserve 1")
        await well.takes_back("ben", "Stand aside", 1)
        assert well.rows()["ballots"] == 2
        await well.waits("24h")
        (closed,) = well.item(1)["rounds"]
        assert (closed["agree"], closed["reserve"], closed["aside"]) == (1, 1, 0)
        assert verify(well.house.engine).wrong == ()


async def test_a_reaction_taken_away_gives_the_ballot_back_to_the_one_that_is_left(synapse: Synapse) -> None:
    """Only while it stands: over a word typed since then it has no power. The last one takes the ballot with it."""
    async with MatrixPeople.meet(synapse) as well:
        await well.says("ada", "/found Well preset=small round_window=24h quorum_min=1 early_close=no")
        await well.says("ben", "/join")
        await well.says("ada", "/propose Repair the pump\nThe pump by the mill.")
        await well.says("ada", "/open 1")
        for label in ("Agree", "Stand aside"):
            await well.taps("ben", label, 1)
        await well.takes_back("ben", "Stand aside", 1)
        well.hears("Agree 1", "Stand aside 0")
        await well.takes_back("ben", "Agree", 1)
        well.hears("Agree 0", "0 of 2")
        for label in ("Agree", "Stand aside"):
            await well.taps("ben", label, 1)
        await well.says("ben", "/reserve 1")
        await well.takes_back("ben", "Stand aside", 1)
        await well.takes_back("ben", "Agree", 1)
        await well.waits("24h")
        (closed,) = well.item(1)["rounds"]
        assert (closed["agree"], closed["reserve"], closed["aside"]) == (0, 1, 0)
