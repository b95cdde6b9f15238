"""The whole of a decision in a room on a real homeserver, ending in the minutes of the terminal."""

from bot.store.verify import verify
from tests.platforms.contract import ConsolePeople
from tests.platforms.contract_matrix import MatrixPeople
from tests.platforms.synapse import Synapse
from tests.platforms.test_decision import record_of


async def test_the_same_acts_end_in_the_same_minutes_on_matrix(synapse: Synapse) -> None:
    """Reactions as taps, `!` for `/`, replies and private rooms: what is on record is one."""
    assert await record_of(MatrixPeople.meet(synapse)) == await record_of(ConsolePeople.meet())


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
