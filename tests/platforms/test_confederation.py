"""One confederation across a Telegram group, a Matrix room and a terminal, served by one house (§6).

Mill meets in a Telegram group, Ford in a Matrix room, Oak in a terminal; their council Valley meets in a Matrix room.
Delegates who cannot come into that room answer in their private chat with the bot, wherever that is.
"""

import re
from typing import Any

from bot.store.verify import verify
from tests.platforms.contract import People
from tests.platforms.contract_mixed import MixedPeople
from tests.platforms.synapse import Synapse
from tests.platforms.telegram_methods import ApiError

CODE = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){2}")
HOME = "preset=small quorum_min=1 seconds=0 discussion_min=0 rounds=0 early_close_after=0 secret=none quiet_hours=none"
COUNCIL = (
    "preset=small seconds=0 discussion_min=0 rounds=0 vote_window=48h early_close=no admission=open quiet_hours=none"
)


class Confederation:
    """Three homes on three platforms, each in a room of its name, and where each of them is to be found."""

    def __init__(self, mixed: MixedPeople) -> None:
        self.mixed = mixed
        self.homes: dict[str, tuple[People, tuple[str, ...]]] = {
            "Mill": (mixed.telegram, ("ana", "alma", "abe")),
            "Ford": (mixed.matrix, ("bea", "boris")),
            "Oak": (mixed.console, ("cem", "cyra")),
        }

    async def decides(self, home: str, number: int, motion: str) -> None:
        """Put, opened, and answered yes by everybody."""
        people, names = self.homes[home]
        await people.says(names[0], motion, room=home)
        await people.says(names[0], f"/open {number}", room=home)
        for name in names:
            await people.says(name, f"/vote {number} yes", room=home)

    async def confederates(self) -> None:
        await self.mixed.matrix.says("vic", f"/found Valley council {COUNCIL}", room="Valley")
        for home, (people, names) in self.homes.items():
            await people.says(names[0], f"/found {home} {HOME}", room=home)
            for name in names[1:]:
                await people.says(name, "/join", room=home)
            await self.decides(home, 1, "/propose join Valley")
            people.hears("We sit in Valley from now on", room=home)
            more = " alternates @alma" if home == "Mill" else ""
            await self.decides(home, 2, f"/propose delegation Valley @{names[0]}{more}")
            self.mixed.matrix.hears(f"For {home}:", room="Valley")

    def hear(self, *words: str) -> None:
        """All three homes have just been told this, each where it meets."""
        for home, (people, _) in self.homes.items():
            people.hears(*words, room=home)

    def items(self, name: str) -> dict[int, dict[str, Any]]:
        return {one["number"]: one for one in self.mixed.minutes()["assemblies"][name]["items"]}


async def test_a_council_of_three_platforms_with_a_recall_in_the_middle(synapse: Synapse) -> None:
    """Mandated by one, indicated by two; one of those is recalled; both homes are asked and answer, where they meet."""
    async with MixedPeople.meet(synapse) as mixed:
        valley = Confederation(mixed)
        telegram, matrix, console = mixed.telegram, mixed.matrix, mixed.console
        await valley.confederates()

        await matrix.says("bea", "/propose Share the water #water\nEqual parts for every house.", room="Valley")
        valley.hear("Valley 1 · Share the water #water — in discussion in the council", "/mandate Valley#1 yes")
        await matrix.says("bea", "/open 1", room="Valley")
        valley.hear("the council answers until")
        await valley.decides("Ford", 3, "/mandate valley#1 yes")
        matrix.hears("Mandated: yes 1 (Ford)", "Silent: 2 (Mill, Oak)", room="Valley")

        # the delegates of Mill and Oak have no account on Matrix: they read and answer alone with the bot
        await telegram.whispers("ana", "/pending")
        telegram.is_told("ana", "1 · Share the water #water", "/position Valley#1 yes")
        await telegram.whispers("ana", "/position valley#1 no")
        telegram.is_told("ana", "Recorded for Mill: no, as an estimate")
        telegram.hears("ana indicated no for us in the council", "That is not our decision", room="Mill")
        matrix.hears("ana indicated no for Mill. It is an estimate", room="Valley")
        await console.whispers("cem", "/show valley#1")
        console.is_told("cem", "Equal parts for every house.", "Indicative: no 1 (Mill)")
        await console.whispers("cem", "/position valley#1 yes")
        console.hears("cem indicated yes for us in the council", room="Oak")

        # Mill takes ana back, by words and by buttons; her estimate is gone the same moment
        await telegram.says("abe", "/recall @ana Valley She answered before she asked us", room="Mill")
        await telegram.taps("alma", "Second", 3, room="Mill")
        await telegram.taps("ana", "No", 3, room="Mill")
        telegram.is_told("ana", "3 is about you")
        await telegram.taps("abe", "Yes", 3, room="Mill")
        await telegram.taps("alma", "Yes", 3, room="Mill")
        telegram.hears("Valley: our delegation is now alma (recalled).", room="Mill")
        matrix.hears("For Mill: alma.", room="Valley")
        matrix.hears("1 · Share the water", "Silent: 1 (Mill)", room="Valley")
        await telegram.whispers("ana", "/position valley#1 no")
        telegram.is_told("ana", "Only delegates act here")
        await telegram.whispers("alma", "/position valley#1 yes")
        telegram.hears("alma indicated yes for us", room="Mill")

        await mixed.waits("48h")
        matrix.hears("with the assemblies, to be ratified", "0 of 2 assemblies that were asked", room="Valley")
        telegram.hears("4 · Do we ratify? Valley 1", "alma indicated yes for us.", room="Mill")
        console.hears("3 · Do we ratify? Valley 1", "cem indicated yes for us.", room="Oak")
        matrix.hears_nothing(room="Ford")
        for name in ("ana", "alma", "abe"):
            await telegram.taps(name, "Yes", 4, room="Mill")
        valley.hear("Valley 1 · Share the water #water: adopted by ratification, 2 of 3.")
        telegram.hears("We ratified yes (3 to 0). Our delegates had said yes.", room="Mill")
        matrix.hears("Our mandate was yes.", room="Ford")
        matrix.hears("1 · Share the water #water — adopted by ratification", room="Valley")
        # what was asked at home runs to its own end
        await console.says("cem", "/ratify valley#1 no", room="Oak")
        await console.says("cyra", "/vote 3 no", room="Oak")

        item = valley.items("Valley")[1]
        assert (item["state"], item["decided_by"]) == ("adopted", "ratification")
        assert item["council"]["mandated"] == {"yes": 1, "no": 0, "abstain": 0}
        assert item["council"]["indicative"] == {"yes": 2, "no": 0, "abstain": 0}
        assert item["council"]["ratified"] == {"yes": 1, "no": 1, "abstain": 0, "none": 0}
        assert item["council"]["positions"] == {
            "Mill": {"standing": "ratified", "choice": "yes"},
            "Ford": {"standing": "mandated", "choice": "yes"},
            "Oak": {"standing": "ratified", "choice": "no"},
        }  # fmt: skip
        kinds = {home: [one["kind"] for one in valley.items(home).values()] for home in valley.homes}
        assert kinds == {
            "Mill": ["join", "delegation", "recall", "ratification"],
            "Ford": ["join", "delegation", "mandate"],
            "Oak": ["join", "delegation", "ratification"],
        }  # fmt: skip
        assert [valley.items(home)[last]["state"] for home, last in (("Mill", 3), ("Mill", 4), ("Oak", 3))] == [
            "adopted", "adopted", "rejected",
        ]  # fmt: skip
        assert mixed.minutes()["assemblies"]["Mill"]["delegations"]["Valley"]["delegates"] == ["alma"]
        assert verify(mixed.house.engine).wrong == ()


async def test_a_platform_that_cannot_be_reached_holds_up_no_other(synapse: Synapse) -> None:
    """Telegram takes nothing for two days: Ford and Oak decide, the council closes and asks; Mill hears it later."""
    async with MixedPeople.meet(synapse) as mixed:
        valley = Confederation(mixed)
        telegram, matrix, console = mixed.telegram, mixed.matrix, mixed.console
        await valley.confederates()
        for method in ("sendMessage", "editMessageText"):
            busy = ApiError(429, "Too Many Requests: retry after 1800", retry_after=1800)
            telegram.double.fails(method, busy, times=None)
        await matrix.says("bea", "/propose Share the water\nEqual parts.", room="Valley")
        console.hears("Valley 1 · Share the water — in discussion", room="Oak")
        await matrix.says("bea", "/open 1", room="Valley")
        await valley.decides("Ford", 3, "/mandate valley#1 yes")
        await valley.decides("Oak", 3, "/mandate valley#1 yes")
        matrix.hears("Mandated: yes 2 (Ford, Oak)", room="Valley")
        await mixed.waits("48h")
        for people, room in ((matrix, "Ford"), (console, "Oak")):
            people.hears("Valley 1 · Share the water: adopted by mandates, 2 of 3. Our mandate was yes.", room=room)
        telegram.hears_nothing(room="Mill")
        telegram.double.recovers()
        await mixed.waits("1h")
        telegram.hears("Valley 1 · Share the water: adopted by mandates, 2 of 3. We had said nothing.", room="Mill")
        assert valley.items("Valley")[1]["decided_by"] == "mandates"
        assert verify(mixed.house.engine).wrong == ()


async def test_a_delegate_with_two_accounts_comes_into_the_councils_room(synapse: Synapse) -> None:
    """Ana belongs to Mill on Telegram; by `/link` she is the same person on Matrix, where the council meets."""
    async with MixedPeople.meet(synapse) as mixed:
        valley = Confederation(mixed)
        telegram, matrix = mixed.telegram, mixed.matrix
        await valley.confederates()
        await matrix.says("bea", "/propose Share the water\nEqual parts.", room="Valley")
        await matrix.says("bea", "/open 1", room="Valley")
        await matrix.says("anna", "/position 1 yes", room="Valley")
        matrix.hears("Only delegates act here", room="Valley")

        await telegram.whispers("ana", "/link")
        code = CODE.search(telegram.is_told("ana", "Send this from your other account"))
        assert code is not None
        await matrix.whispers("anna", f"/link {code[0]}")
        await matrix.whispers("anna", f"/link {code[0]} yes")
        await telegram.whispers("ana", "/link yes")

        await matrix.taps("anna", "Yes", 1, room="Valley")
        matrix.hears("1 · Share the water", "Indicative: yes 1 (Mill)", room="Valley")
        telegram.hears("indicated yes for us in the council", room="Mill")
        # on the roll of Mill she is one member, as before
        await telegram.says("ana", "/mandate valley#1 yes", room="Mill")
        assert valley.items("Mill")[3]["proposer"] == "ana"
        assert len(mixed.minutes()["assemblies"]["Mill"]["members"]) == 3
        assert verify(mixed.house.engine).wrong == ()
