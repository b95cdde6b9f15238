"""One person, several accounts (§2.4): codes, both yeses, and one entry, one ballot, one name from then on."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.store.engine import reading
from bot.store.linking import LIFE
from bot.store.tables import metadata
from bot.store.verify import verify
from tests.platforms.contract import ConsolePeople, database_in
from tests.platforms.contract_link import are_one, gets_a_code, sends_it
from tests.platforms.contract_mixed import MixedPeople
from tests.platforms.synapse import Synapse

YES = "Yes, that is me"
ROOM_LINE = re.compile(r"/room \S+")
FOUND = "/found Well preset=small quorum_min=2 secret=none round_window=24h"


@pytest.fixture
async def well() -> AsyncIterator[ConsolePeople]:
    """Ada, Ben and Cyd are on the roll; Ada has a second account, ada2, that joined later."""
    async with ConsolePeople.meet() as people:
        await people.says("ada", FOUND)
        for one in ("ben", "cyd", "ada2"):
            await people.says(one, "/join")
        yield people


def roll(people: ConsolePeople) -> list[str]:
    found: list[str] = people.minutes()["assemblies"]["Well"]["members"]
    return sorted(found)


# --- one person from then on


async def test_two_entries_of_one_person_become_the_older_one(well: ConsolePeople) -> None:
    """Its ballot stands, the other's is struck out, M is unchanged, and the room is told (§2.4)."""
    await well.says("ada", "/propose Repair the pump")
    await well.says("ada", "/open 1")
    await well.taps("ada", "Agree", 1)
    await well.taps("ben", "Agree", 1)
    await well.says("ada2", "/block 1 P1 too dear")
    await are_one(well, "ada2", well, "ada")
    well.hears("was on the roll twice, as ada and as ada2", "the older entry stays")
    assert roll(well) == ["ada2", "ben", "cyd"]
    # whichever account answers, it is the one ballot of one person; the last one counts
    await well.taps("ada2", "Reserve", 1)
    well.hears("Agree 1", "With reservations 1", "Block 0", "2 of 4 have answered")
    await well.taps("ada", "Agree", 1)
    well.hears("Agree 2", "With reservations 0", "2 of 4 have answered")
    for account in ("ada", "ada2"):
        await well.whispers(account, "/pending")
        well.is_told(account, "you answered agree")
    await well.waits("24h")
    well.hears("adopted by consensus", "2 of 4 answered")
    item = well.item(1)
    assert (item["proposer"], item["rounds"][0]["electorate"], item["rounds"][0]["agree"]) == ("ada2", 4, 2)
    assert verify(well.house.engine).wrong == ()


async def test_who_joins_again_with_the_other_account_is_there_already(well: ConsolePeople) -> None:
    await are_one(well, "ben", well, "ben2")
    await well.says("ben2", "/join")
    well.hears("on the roll already")
    await well.whispers("ben2", "/leave yes")
    assert roll(well) == ["ada", "ada2", "cyd"]
    await well.says("ben2", "/join")
    assert roll(well) == ["ada", "ada2", "ben", "cyd"]


async def test_a_person_is_reminded_once_and_not_after_answering(well: ConsolePeople) -> None:
    """In one private chat, whichever account answered (§3.9)."""
    await are_one(well, "ada", well, "ada2")
    await are_one(well, "cyd", well, "cyd2")
    await well.says("ada", "/propose Repair the pump")
    await well.says("ada", "/open 1")
    await well.taps("ada2", "Agree", 1)
    await well.waits("18h")
    reminded = [one for one in ("ada", "ada2", "cyd", "cyd2") if well.own_texts(one)]
    assert reminded == ["cyd2"]
    well.is_told("cyd2", "1 · Repair the pump", "waiting for your answer")


async def test_every_name_of_a_person_means_them(well: ConsolePeople) -> None:
    """The handle that stays, and the one that was."""
    await are_one(well, "ada", well, "ada2")
    await well.says("ben", "/propose exclusion @ada2 She took the key")
    well.hears("exclusion of ada", "has no ballot in it")
    await well.says("ben", "/open 1")
    for account in ("ada", "ada2"):
        await well.says(account, "/vote 1 no")
        well.hears("1 is about you")


async def test_forgetting_erases_all_accounts(well: ConsolePeople) -> None:
    await are_one(well, "ada", well, "ada2")
    await well.whispers("ada2", "/forget yes")
    well.is_told("ada2", "erased")
    assert roll(well) == ["ben", "cyd"]
    await well.whispers("ada", "/pending")
    well.is_told("ada", "on no roll")
    with reading(well.house.engine).begin() as connection:
        kept = connection.execute(select(metadata.tables["persons"])).all()
        left = connection.execute(select(metadata.tables["accounts"].c.account)).scalars().all()
    assert sorted((one.name, one.same) for one in kept) == [("", None), ("", None), ("ben", None), ("cyd", None)]
    assert sorted(left) == ["console:ben", "console:cyd"]


async def test_what_the_account_of_the_code_has_set_holds(well: ConsolePeople) -> None:
    """What it has not set comes from the other (§7.4)."""
    await well.whispers("ada", "/declare gender=woman")
    await well.whispers("ada2", "/declare gender=man age=old")
    await well.whispers("ada2", "/timezone Europe/Paris")
    await are_one(well, "ada", well, "ada2")
    await well.whispers("ada2", "/declare")
    well.is_told("ada2", "age=old", "gender=woman")
    assert "CET" not in well.is_told("ada2", "gender")
    with reading(well.house.engine).begin() as connection:
        zones = connection.execute(select(metadata.tables["persons"].c.zone)).scalars().all()
    assert sorted(filter(None, zones)) == ["Europe/Paris", "Europe/Paris"]


# --- a code joins nobody whom it should not


async def test_a_stolen_code_takes_nobody_over(well: ConsolePeople) -> None:
    """Whoever saw it has to wait for a yes that only its owner can say, knowing to whom."""
    code = await gets_a_code(well, "ada")
    await sends_it(well, "eve", code)
    well.is_told("ada", "eve (Console) has sent your code", "If it is not you, do nothing")
    await well.says("eve", "/agenda")
    assert roll(well) == ["ada", "ada2", "ben", "cyd"]
    # used once: nobody else can put themselves in the place of who was shown
    await well.whispers("ada2", f"/link {code} yes")
    well.is_told("ada2", "no such code")
    await well.waits("15m")
    await well.whispers("ada", "/link yes")
    well.is_told("ada", "too late")
    await well.whispers("ada", "/link yes")
    well.is_told("ada", "nothing waits for your yes")
    assert roll(well) == ["ada", "ada2", "ben", "cyd"]


async def test_who_is_talked_into_sending_a_code_is_told_whose_it_is(well: ConsolePeople) -> None:
    """And without that account's own yes nothing can follow."""
    code = await gets_a_code(well, "eve")
    await well.whispers("ada", f"/link {code}")
    well.is_told("ada", "eve (Console) was given this code", "they would answer as you")
    await well.whispers("eve", "/link yes")
    well.is_told("eve", "nothing waits for your yes")
    assert roll(well) == ["ada", "ada2", "ben", "cyd"]


async def test_a_code_that_others_have_seen_is_void(well: ConsolePeople) -> None:
    """In a room it does not work, and afterwards nowhere."""
    code = await gets_a_code(well, "ada")
    await well.says("ada2", f"/link {code}")
    well.hears("works no more")
    well.is_told("ada", "shown in a room, by ada2 (Console)", "nothing was linked")
    await well.whispers("ada2", f"/link {code}")
    well.is_told("ada2", "no such code")
    code = await gets_a_code(well, "ada")
    words = " ".join(f"{number:012x}" for number in range(1200))
    await well.says("cyd", f"{words} ada, this code {code.lower()} is it yours?")
    well.is_told("ada", "shown in a room, by cyd (Console)")
    await well.whispers("ada2", f"/link {code}")
    well.is_told("ada2", "no such code")
    await well.says("ada", "/link")
    well.hears("private chat with me")


async def test_codes_that_do_not_work_say_what_would(well: ConsolePeople) -> None:
    code = await gets_a_code(well, "ada")
    await well.whispers("ada", f"/link {code}")
    well.is_told("ada", "your own code", "from your other account")
    await well.whispers("ada2", "/link K7QD")
    well.is_told("ada2", "no such code", "/link")
    until = well.clock.at + LIFE
    newer = await gets_a_code(well, "ada")
    await well.whispers("ada2", f"/link {code}")
    well.is_told("ada2", "no such code")
    await well.waits_until(until - 1)
    await well.whispers("ada2", f"/link {newer.lower().replace('-', ' ')}")
    well.is_told("ada2", "was given this code")
    await well.whispers("ada2", f"/link {newer}")
    well.is_told("ada2", "too late")
    await are_one(well, "ada", well, "ada2")
    await well.whispers("ada2", f"/link {await gets_a_code(well, 'ada')}")
    well.is_told("ada2", "one person already")


async def test_guessing_has_to_wait(well: ConsolePeople) -> None:
    """Five wrong codes an hour from one account; a right one has to wait as well."""
    code = await gets_a_code(well, "ada")
    for _ in range(5):
        await well.whispers("eve", "/link 0000-0000-0000")
        well.is_told("eve", "no such code")
    await well.whispers("eve", f"/link {code}")
    well.is_told("eve", "too many wrong codes", "from")
    await well.whispers("ada2", f"/link {code}")
    well.is_told("ada2", "was given this code")
    await well.waits("1h")
    await well.whispers("eve", "/link 0000-0000-0000")
    well.is_told("eve", "no such code")


async def test_buttons_say_yes_as_well(well: ConsolePeople) -> None:
    await well.whispers("ada2", f"/link {await gets_a_code(well, 'ada')}")
    await well.presses("ada2", YES)
    well.is_told("ada2", "is asked now")
    await well.presses("ada", YES)
    well.is_told("ada", "are one person from now on")
    assert roll(well) == ["ada", "ben", "cyd"]
    await well.presses("ada", YES)
    well.is_told("ada", "nothing waits for your yes")
    await well.presses("ada2", YES)
    well.is_told("ada2", "nothing waits for your yes")


async def test_who_was_excluded_is_not_let_in_by_another_account(well: ConsolePeople) -> None:
    """The exclusion is the person's: first it is settled, then they are one (§2.2)."""
    await well.says("ben", "/propose exclusion @ada2 She took the key")
    await well.says("ben", "/open 1")
    for one in ("ada", "ben", "cyd"):
        await well.says(one, "/vote 1 yes")
    await well.waits("24h")
    assert roll(well) == ["ada", "ben", "cyd"]
    await sends_it(well, "ada2", await gets_a_code(well, "ada"))
    await well.whispers("ada", "/link yes")
    well.is_told("ada", "Well has excluded one of these accounts", "/leave well#")
    await well.whispers("ada", "/leave well# yes")
    await well.whispers("ada", "/link yes")
    well.is_told("ada", "are one person from now on")
    await well.says("ada", "/join")
    well.hears("the members decide whether you come back")


async def test_a_code_outlives_a_restart_and_stands_nowhere(tmp_path: Path) -> None:
    """It is kept as a digest, so that whoever reads the database cannot use it."""
    place = database_in(tmp_path)
    async with ConsolePeople.meet(place) as people:
        await people.says("ada", FOUND)
        code = await gets_a_code(people, "ada")
        await people.whispers("ada2", f"/link {code}")
        with reading(people.house.engine).begin() as connection:
            rows = [row for table in metadata.sorted_tables for row in connection.execute(select(table)).all()]
        assert code not in str(rows)
        assert code.replace("-", "") not in str(rows)
        at = people.clock.at
    async with ConsolePeople.meet(place) as people:
        people.clock.at = at
        await people.whispers("ada2", f"/link {code} yes")
        people.is_told("ada", "ada2 (Console) has sent your code")
        at = people.clock.at
    async with ConsolePeople.meet(place) as people:
        people.clock.at = at
        await people.whispers("ada", "/link yes")
        people.is_told("ada2", "are one person from now on")


# --- on two platforms at once


async def test_a_person_of_telegram_and_matrix_has_one_ballot(synapse: Synapse) -> None:
    """Whatever platform an answer comes from, it is one person's; each platform shows the name it knows."""
    async with MixedPeople.meet(synapse) as mixed:
        telegram, matrix = mixed.telegram, mixed.matrix
        await telegram.says("ada", FOUND)
        await telegram.says("ben", "/join")
        await are_one(telegram, "ada", matrix, "anna")
        await telegram.says("ben", "/propose Repair the pump")
        await telegram.says("ben", "/open 1")
        await telegram.taps("ada", "Agree", 1)
        await matrix.whispers("anna", "/reserve 1 It may cost more")
        telegram.hears("With reservations 1", "Agree 0", "1 of 2 have answered")
        await matrix.whispers("anna", "/pending")
        matrix.is_told("anna", "you answered")
        await mixed.waits("18h")
        await telegram.taps("ben", "Agree", 1)
        await mixed.waits("6h")
        (well,) = mixed.minutes()["assemblies"].values()
        assert len(well["members"]) == 2
        assert (well["items"][0]["rounds"][0]["reserve"], well["items"][0]["state"]) == (1, "adopted")
        assert verify(mixed.house.engine).wrong == ()


async def test_who_taps_in_both_rooms_of_an_assembly_has_one_ballot(synapse: Synapse) -> None:
    """A Telegram group and a Matrix room of one assembly: the last answer counts, wherever it was given; each room
    shows the name it knows the person by."""
    async with MixedPeople.meet(synapse) as mixed:
        telegram, matrix = mixed.telegram, mixed.matrix
        await telegram.says("ada", f"{FOUND} rounds=0 vote_window=24h early_close=no")
        await telegram.says("ben", "/join")
        await are_one(telegram, "ben", matrix, "bea")
        await telegram.says("ada", "/propose room matrix")
        await telegram.says("ada", "/open 1")
        for one in ("ada", "ben"):
            await telegram.taps(one, "Yes", 1)
        await mixed.waits("24h")
        (line,) = {found[0] for text in telegram.room_texts() if (found := ROOM_LINE.search(text))}
        # who is on the roll by the account over there opens the room here
        await matrix.says("bea", line)
        matrix.hears("Well meets here")
        await matrix.says("anna", "/join")
        await telegram.says("ben", "/propose Repair the pump")
        await telegram.says("ben", "/open 2")
        await telegram.taps("ada", "Yes", 2)
        await matrix.taps("anna", "No", 2)
        telegram.hears("Yes 1", "No 1", "2 of 3 have answered")
        await are_one(telegram, "ada", matrix, "anna")
        telegram.hears("was on the roll twice, as ada and as anna")
        matrix.hears("was on the roll twice, as ada and as anna")
        assert "anna" not in telegram.hears("was on the roll twice").partition(" was ")[0].casefold()
        assert "anna" in matrix.hears("was on the roll twice").partition(" was ")[0].casefold()
        telegram.hears("Yes 1", "No 0", "1 of 3 have answered")
        await matrix.taps("anna", "Abstain", 2)
        telegram.hears("Yes 0", "Abstain 1", "1 of 3 have answered")
        await telegram.taps("ada", "Yes", 2)
        matrix.hears("Yes 1", "Abstain 0", "1 of 3 have answered")
        await telegram.taps("ben", "Yes", 2)
        await mixed.waits("24h")
        matrix.hears("adopted by vote")
        (well,) = mixed.minutes()["assemblies"].values()
        assert len(well["members"]) == 2
        assert (well["items"][1]["vote"]["electorate"], well["items"][1]["vote"]["yes"]) == (3, 2)
        assert verify(mixed.house.engine).wrong == ()


async def test_on_every_platform_yes_is_a_button(synapse: Synapse) -> None:
    """On Matrix the reaction beneath the question, on Telegram the button under it."""
    async with MixedPeople.meet(synapse) as mixed:
        telegram, matrix = mixed.telegram, mixed.matrix
        await telegram.says("ada", FOUND)
        code = await gets_a_code(telegram, "ada")
        await matrix.whispers("anna", f"!link {code}")
        matrix.is_told("anna", "was given this code", YES)
        await matrix.presses("anna", YES)
        matrix.is_told("anna", "is asked now")
        telegram.is_told("ada", "anna", "Matrix", "has sent your code")
        await telegram.presses("ada", YES)
        telegram.is_told("ada", "are one person from now on")
        matrix.is_told("anna", "are one person from now on")
        await matrix.whispers("anna", "/roll")
        matrix.is_told("anna", "1 is on the roll", "anna")
