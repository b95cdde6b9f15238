"""The whole of a decision, by the same acts in every chat, ending in identical minutes."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import pytest

from bot.store.verify import verify
from tests.platforms.contract import ConsolePeople, People, TelegramPeople

ASSEMBLY_AND_MOTIONS = frozenset({
    "found", "join", "leave", "roll", "charter", "principles", "language", "timezone", "forget", "propose",
    "second", "open", "withdraw", "takeover", "pause", "resume", "amend", "minor", "object", "accept",
    "rival", "agree", "reserve", "aside", "block", "pass", "vote", "statement", "agenda", "pending", "show",
    "why", "decisions", "minutes", "help",
})
MEMBERS = ("ada", "ben", "cyd", "dila", "eli")
TEXT = "The pump by the mill, before winter."


async def a_whole_decision(well: People) -> None:
    """Everything the first two tables of commands offer, used by five people of one assembly."""
    await they_meet(well)
    await they_propose(well)
    await they_seek_consensus(well)
    await they_vote(well)
    await they_take_over(well)
    await they_change_their_rules(well)
    await they_take_back(well)
    await they_read(well)


async def they_meet(well: People) -> None:
    await well.says("ada", "/found Well preset=small seconds=1 discussion_min=1h fallback=vote rounds=2 cooling=12h")
    well.hears("Well meets here", "/join")
    for one in MEMBERS[1:]:
        await well.says(one, "/join")
        well.hears("on the roll of Well")
    await well.says("fay", "/join")
    await well.whispers("fay", "/leave")
    well.is_told("fay", "yes")
    await well.whispers("fay", "/leave yes")
    well.is_told("fay", "Well")
    await well.whispers("fay", "/language en")
    await well.whispers("fay", "/timezone Europe/Paris")
    well.is_told("fay", "Europe/Paris")
    await well.whispers("fay", "/forget yes")
    await well.says("ben", "/roll")
    well.hears("ada", "ben", "cyd", "dila", "eli")


async def they_propose(well: People) -> None:
    await well.says("ada", f"/propose Repair the pump\n{TEXT}")
    well.hears("1 · Repair the pump", TEXT, "waiting for support")
    await well.says("ada", "/second 1")
    well.hears("somebody else has to second it")
    await well.taps("ben", "Second", 1)
    well.hears("1 · Repair the pump", "in discussion")
    await well.says("ada", "/open 1")
    well.hears("1", "from")
    await well.waits("1h")
    await well.says("cyd", "/open 1")
    well.hears("1")
    await well.taps("ada", "Open", 1)
    well.hears("1 · Repair the pump", "consensus round 1 of 2", "5 may answer")


async def they_seek_consensus(well: People) -> None:
    await well.taps("ben", "Agree", 1)
    well.hears("Agree 1", "1 of 5")
    await well.taps("cyd", "Block", 1)
    await well.says("cyd", "/block 1 no budget")
    well.hears("/block 1 P1")
    await well.says("cyd", "/block 1 P1 We would owe money we do not have")
    well.hears("cyd blocks", "We would owe money")
    await well.says("dila", "/reserve It may cost more", on=1)
    await well.says("eli", "/aside 1 I will be away")
    well.hears("With reservations 1", "Stand aside 1", "Block 1")
    await well.says("ada", "/pass 1")
    # a better text, and its spelling
    await well.says("ben", "/amend 1 The pump and its pips, before winter.")
    well.hears("1a")
    await well.says("ada", "/accept 1a")
    well.hears("consensus round 1 of 2", "its pips", "Agree 0")
    await well.says("dila", "/minor 1 The pump and its pipes, before winter.")
    await well.says("dila", "/minor 1 The pumps and all pipes, before winter.")
    well.hears("1c")
    await well.says("eli", "/object 1c")
    # another text beside it
    await well.says("cyd", "/amend 1 Only the pipes.")
    await well.says("cyd", "/rival 1d")
    await well.says("dila", "/second 1d")
    await well.says("ada", "/pause 1")
    well.hears("1 · Repair the pump", "paused")
    await well.waits("3h")
    await well.says("ada", "/resume 1")
    well.hears("1 · Repair the pump", "its pipes")
    for number in (1, 2):
        await well.taps("ada", "Agree", 1)
        await well.taps("ben", "Agree", 1)
        await well.taps("dila", "Reserve", 1)
        await well.taps("eli", "Stand aside", 1)
        await well.taps("eli", "Pass", 1)
        well.hears(f"round {number} of 2", "Agree 2", "Pass 1")
        await well.says("cyd", "/block 1 P1 It is still too much")
        await well.waits("24h")


async def they_vote(well: People) -> None:
    assert well.item(1)["state"] == "cooling"
    await well.waits("12h")
    well.hears("1 · Repair the pump", "vote")
    await well.says("cyd", "/statement 1 We warned of the debt.")
    await well.taps("ada", "1 Yes", 1)
    await well.says("ben", "/vote 1 yes")
    await well.says("dila", "/vote yes", on=1)
    await well.says("cyd", "/vote 1 no")
    await well.says("cyd", "/vote 1d yes")
    await well.says("eli", "/vote 1d abstain")
    await well.says("eli", "/vote 1 no")
    await well.says("eli", "/vote 1 abstain")
    await well.whispers("cyd", "/pending")
    await well.waits("24h")
    well.hears("1 · Repair the pump — adopted by vote", "3 yes, 1 no, 1 abstain")
    await well.says("eli", "/why 1")
    well.hears("75", "3/4")
    await well.says("eli", "/statement 1")
    well.hears("We warned of the debt")


async def they_take_over(well: People) -> None:
    await well.says("ben", "/propose Paint the door")
    await well.says("cyd", "/second 2")
    await well.says("ben", "/withdraw 2")
    await well.says("cyd", "/takeover 2")
    well.hears("2")
    await well.waits("1h")
    await well.says("cyd", "/open 2")
    for one in MEMBERS:
        await well.says(one, "/agree", on=2)
    well.hears("2 · Paint the door — adopted by consensus")


async def they_change_their_rules(well: People) -> None:
    """A charter motion, a point of unity, an exclusion: each by consensus, each in force at once."""
    proposals = [
        "charter rounds=3 quorum_min=3", "principle Water is nobody's property", "exclusion @eli He sold the tools",
    ]
    for number, proposal in enumerate(proposals, 3):
        await well.says("dila", f"/propose {proposal}")
        await well.says("ada", f"/second {number}")
        await well.waits("1h")
        await well.says("dila", f"/open {number}")
        for one in MEMBERS:
            if well.item(number)["state"] == "round":
                await well.taps(one, "Agree", number)
            elif well.item(number)["state"] == "vote":
                # who is to go is voted on in secret: alone with the bot
                await well.whispers(one, f"/vote {number} yes")
        await well.waits("24h")
        assert well.item(number)["state"] == "adopted"


async def they_take_back(well: People) -> None:
    await well.says("ben", "/propose repeal 2\nThe door is gone.")
    await well.says("ada", "/second 6")
    await well.waits("1h")
    await well.says("ben", "/open 6")
    for one in MEMBERS[:4]:
        await well.taps(one, "Agree", 6)
    assert well.item(6)["state"] == "adopted"
    assert well.item(2)["repealed_by"] == 6


async def they_read(well: People) -> None:
    await well.says("ada", "/propose Buy a ladder\nA long one.")
    await well.says("ada", "/agenda")
    well.hears("7 · Buy a ladder")
    await well.says("ada", "/show 1")
    well.hears("its pipes")
    await well.says("ada", "/decisions door")
    well.hears("Paint the door")
    await well.says("ada", "/minutes")
    well.hears("Repair the pump")
    await well.says("ada", "/charter rounds")
    well.hears("3")
    await well.says("ada", "/principles")
    well.hears("Water is nobody's property")
    await well.says("ada", "/help")
    well.hears("/")
    await well.says("ada", "/help vote")
    well.hears("/vote")
    await well.whispers("ada", "/help all")
    well.is_told("ada", "/propose", "/minutes")


CHATS: dict[str, Callable[[], AbstractAsyncContextManager[People]]] = {
    "telegram": TelegramPeople.meet,
    "telegram by webhook": partial(TelegramPeople.meet, webhook=True),
}


async def record_of(meeting: AbstractAsyncContextManager[People]) -> dict[str, Any]:
    """The minutes of a whole decision: every verb was used, the register is whole, nothing was set aside."""
    async with meeting as well:
        await a_whole_decision(well)
        assert ASSEMBLY_AND_MOTIONS - well.verbs == set()
        assert well.rows()["aside"] == 0
        assert verify(well.house.engine).wrong == ()
        return well.minutes()


async def test_every_verb_of_assembly_and_motions_is_used_in_the_terminal() -> None:
    """Five people found, deliberate, vote, change their rules and read, line by line."""
    minutes = await record_of(ConsolePeople.meet())
    states = [item["state"] for item in minutes["assemblies"]["Well"]["items"]]
    assert states == ["adopted"] * 6 + ["draft"]


@pytest.mark.parametrize("chat", CHATS)
async def test_the_same_acts_end_in_the_same_minutes(chat: str) -> None:
    """Whether people meet in a terminal or in a group, over polls or a webhook, what is on record is one."""
    assert await record_of(CHATS[chat]()) == await record_of(ConsolePeople.meet())


@pytest.mark.parametrize("chat", [ConsolePeople.meet, TelegramPeople.meet])
async def test_alone_with_somebody_on_several_rolls_items_are_named_with_their_assembly(
    chat: Callable[[], AbstractAsyncContextManager[People]],
) -> None:
    """A bare number would say nothing; what the bot shows can be sent back as it stands."""
    async with chat() as well:
        await well.whispers("ada", "/start")
        await well.says("ada", "/found 2Mills preset=small", room="Mills")
        await well.says("ada", "/found Well preset=small")
        await well.says("ben", "/join")
        await well.says("ada", "/propose Repair the pump")
        await well.says("ada", "/open 1")
        await well.says("ada", "/propose Paint the door", room="Mills")
        await well.waits("20h")
        well.is_told("ada", "Well 1 · Repair the pump is waiting for your answer")
        await well.whispers("ada", "/pending")
        well.is_told("ada", "/agree Well#1", "/open 2Mills#1")
        await well.whispers("ada", "/vote Well#1 yes")
        well.is_told("ada", "/agree Well#1")
        await well.whispers("ada", "/agree Well#1")
        well.is_told("ada", "Recorded: agree")
