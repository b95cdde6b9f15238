"""Assemblies on several platforms, served by one house at once."""

from bot.store.verify import verify
from tests.platforms.contract_mixed import MixedPeople
from tests.platforms.synapse import Synapse


async def test_assemblies_of_three_platforms_decide_beside_each_other(synapse: Synapse) -> None:
    """Each hears its own business, at its own time, and nobody else's."""
    async with MixedPeople.meet(synapse) as mixed:
        for people, name in ((mixed.telegram, "Well"), (mixed.matrix, "Mill"), (mixed.console, "Ford")):
            await people.says("ada", f"/found {name} preset=small")
            await people.says("ben", "/join")
            await people.says("ada", f"/propose Mend the {name}")
            people.hears("1 · Mend the", name)
            await people.says("ada", "/open 1")
        await mixed.matrix.taps("ada", "Agree", 1)
        assert "Agree 1" in mixed.matrix.hears("1 · Mend the Mill")
        mixed.telegram.hears_nothing()
        mixed.console.hears_nothing()
        await mixed.telegram.taps("ada", "Agree", 1)
        for people in (mixed.telegram, mixed.matrix):
            await people.taps("ben", "Agree", 1)
            people.hears("adopted by consensus")
        await mixed.waits("36h")
        mixed.console.hears("1 · Mend the Ford", "lapsed")
        mixed.telegram.hears_nothing()
        states = {name: one["items"][0]["state"] for name, one in mixed.minutes()["assemblies"].items()}
        assert states == {"Well": "adopted", "Mill": "adopted", "Ford": "lapsed"}
        assert verify(mixed.house.engine).wrong == ()
