"""One assembly in a Telegram group and a Matrix room at once, on the strict double and a real homeserver."""

import re
from collections.abc import AsyncIterator

import pytest

from bot.store.verify import verify
from tests.platforms.contract import ROOM
from tests.platforms.contract_link import are_one
from tests.platforms.contract_mixed import MixedPeople
from tests.platforms.synapse import Synapse

CODE = re.compile(r"/room (\S+-[a-z2-7]{16})")
COUNT = re.compile(r"Yes \d+ · No \d+ · Abstain \d+|\d+ of \d+ have answered")
FOUND = "/found Well preset=small quorum_min=2 rounds=0 secret=none early_close_after=0 vote_window=24h"


async def gets_code(mixed: MixedPeople, number: int, label: str) -> str:
    """The assembly, meeting on Telegram, decides that there be a further room."""
    await mixed.telegram.says("ada", f"/propose room {label}")
    await mixed.telegram.says("ada", f"/open {number}")
    for one in ("ada", "ben", "cyd"):
        await mixed.telegram.taps(one, "Yes", number)
    found = CODE.search(mixed.telegram.hears(f"As item {number} decided"))
    assert found
    return found[1]


@pytest.fixture
async def mixed(synapse: Synapse) -> AsyncIterator[MixedPeople]:
    """Ada, Ben and Cyd on Telegram with a motion in the vote; Ben is Ben on Matrix too, and opens a room there. Dila,
    who is on Matrix only, joins there."""
    async with MixedPeople.meet(synapse) as people:
        await people.telegram.says("ada", FOUND)
        for one in ("ben", "cyd"):
            await people.telegram.says(one, "/join")
        code = await gets_code(people, 1, "hall")
        await are_one(people.telegram, "ben", people.matrix, "ben")
        await people.telegram.says("ada", "/propose Repair the pump\nThe pump by the mill.")
        await people.telegram.says("ada", "/open 2")
        await people.telegram.taps("ada", "Yes", 2)
        await people.matrix.says("ben", f"/room {code}")
        people.matrix.hears("Well meets here too", "this room is called hall")
        people.matrix.hears("2 · Repair the pump", "Yes 1")
        people.telegram.hears("one more room", "hall, on Matrix, opened by Ben")
        await people.matrix.says("dila", "/join")
        people.matrix.hears("on the roll of Well, with 3 others")
        yield people
        assert people.console.rows()["aside"] == 0
        assert verify(people.house.engine).wrong == ()


def is_in_hall(mixed: MixedPeople) -> bool:
    _, hall = mixed.minutes()["assemblies"]["Well"]["rooms"]
    return bool(hall["present"])


def counts(text: str) -> list[str]:
    found = COUNT.findall(text)
    assert len(found) == 2, text
    return found


async def test_votes_from_both_are_one_count_on_both_cards(mixed: MixedPeople) -> None:
    """A person votes once, on whichever platform; the decision is said in both rooms, in the form of each."""
    telegram, matrix = mixed.telegram, mixed.matrix
    await matrix.taps("ben", "Abstain", 2)
    there, here = telegram.hears("2 · Repair the pump"), matrix.hears("2 · Repair the pump")
    assert counts(there) == counts(here) == ["Yes 1 · No 0 · Abstain 1", "2 of 3 have answered"]
    # the same person, on the other platform: the last one counts
    await telegram.taps("ben", "Yes", 2)
    there, here = telegram.hears("2 · Repair the pump"), matrix.hears("2 · Repair the pump")
    assert counts(there) == counts(here) == ["Yes 2 · No 0 · Abstain 0", "2 of 3 have answered"]
    assert mixed.console.rows()["ballots"] == 3 + 2
    # who joined after the opening has no say in it yet, and hears so where they asked
    await matrix.taps("dila", "Yes", 2)
    matrix.hears("You joined", "You have a say from the next one")
    assert telegram.room_texts() == []
    await telegram.says("cyd", "/vote 2 yes")
    for room in (telegram, matrix):
        room.hears("2 · Repair the pump — adopted by vote", "3 yes, 0 no, 0 abstain")


async def test_words_work_in_either_room_and_names_are_called_where_they_can_be(mixed: MixedPeople) -> None:
    """A reply is about the card it answers; who has an account on a platform is called there, others are named."""
    telegram, matrix = mixed.telegram, mixed.matrix
    await matrix.says("dila", "/propose Paint the door")
    telegram.hears("3 · Paint the door — motion by Dila")
    matrix.hears("3 · Paint the door — motion by Dila")
    await telegram.says("cyd", "/amend 3 The door and the gate.")
    matrix.hears("3a · Cyd puts another text", "Dila can accept it")
    telegram.hears("3a · Cyd puts another text", "Dila can accept it: /accept 3a")
    said = [event["content"] for event in matrix._events(matrix.rooms[ROOM])]
    (called,) = (one for one in said if "!accept 3a" in one["body"])
    assert called["m.mentions"] == {"user_ids": [matrix.person("dila").id]}
    assert [one for message in telegram.well.sent for one in message.entities("text_mention") if one == "Dila"] == []
    await matrix.says("dila", "/accept 3a")
    await matrix.says("dila", "/open", on=3)
    for one in (telegram, matrix):
        one.hears("3 · Paint the door", "The door and the gate.", "4 may answer")
    await matrix.says("ben", "/vote yes", on=3)
    await telegram.says("ada", "/vote yes", on=3)
    telegram.hears("3 · Paint the door", "Yes 2")
    await telegram.says("ada", "/agenda")
    telegram.hears("2 · Repair the pump", "3 · Paint the door")
    assert matrix.room_texts() == []


async def test_moving_in_the_middle_of_a_vote(mixed: MixedPeople) -> None:
    """The bot is put out of the Telegram group: the vote goes on in the Matrix room, and no ballot is lost."""
    telegram, matrix = mixed.telegram, mixed.matrix
    await are_one(telegram, "cyd", matrix, "cyd")
    await telegram.happens(lambda: telegram.well.removes_bot(telegram.double.person("Founder")))
    matrix.hears("I was put out of the room first", "We go on in hall")
    before = len(telegram.well.sent)
    await matrix.taps("ben", "Yes", 2)
    matrix.hears("2 · Repair the pump", "Yes 2", "2 of 3 have answered")
    # the old room is given up by decision, and Ada, who is only on Telegram, goes on alone with the bot
    await telegram.whispers("ada", "/propose room first close")
    matrix.hears("3 · Give up the room first")
    await matrix.says("cyd", "/second 3")
    await telegram.whispers("ada", "/open 3")
    for one in ("ben", "cyd", "dila"):
        await matrix.taps(one, "Yes", 3)
    matrix.hears("3 · Give up the room first — adopted by vote", "Our rooms: hall")
    await matrix.taps("cyd", "Yes", 2)
    matrix.hears("2 · Repair the pump — adopted by vote", "3 yes, 0 no")
    assert len(telegram.well.sent) == before
    assert [room["label"] for room in mixed.minutes()["assemblies"]["Well"]["rooms"]] == ["hall"]


async def test_put_out_of_the_matrix_room_in_the_middle_and_let_in_again(mixed: MixedPeople) -> None:
    """Telegram is told and goes on; back in the room, what is open is shown as it then stands."""
    telegram, matrix = mixed.telegram, mixed.matrix
    founder, room = matrix.person("ada"), matrix.rooms[ROOM]
    await matrix.happens(lambda: founder.kicks(matrix.bot.id, room), lambda: not is_in_hall(mixed))
    telegram.hears("I was put out of the room hall", "We go on in first")
    await telegram.taps("ben", "Yes", 2)
    telegram.hears("2 · Repair the pump", "2 of 3 have answered")
    await matrix.happens(lambda: founder.invites(matrix.bot.id, room), lambda: is_in_hall(mixed))
    for one in (telegram, matrix):
        one.hears("I am in the room hall again")
    matrix.hears("2 · Repair the pump", "Yes 2", "2 of 3 have answered")
    await telegram.says("cyd", "/vote 2 yes")
    for one in (telegram, matrix):
        one.hears("2 · Repair the pump — adopted by vote")


async def test_a_room_in_a_topic_is_spoken_to_in_that_topic(mixed: MixedPeople) -> None:
    """Three rooms, one of them a topic of a forum: cards and results go there, and a command is answered there."""
    telegram = mixed.telegram
    code = await gets_code(mixed, 3, "forum")
    forum = telegram.double.group("Forum", forum=True)
    topic = forum.topic("Assembly")
    await telegram.happens(lambda: telegram.double.person("Ben").says(forum, f"/room {code}", thread=topic))
    assert [message.thread for message in forum.sent] == [topic] * len(forum.sent)
    assert any("2 · Repair the pump" in text for text in forum.texts)
    await telegram.taps("cyd", "Yes", 2)
    await mixed.matrix.taps("ben", "Yes", 2)
    assert {message.thread for message in forum.sent} == {topic}
    assert any("2 · Repair the pump — adopted by vote" in text for text in forum.texts)


@pytest.mark.parametrize("how", ["anonymous", "channel"])
async def test_who_hides_opens_no_room(synapse: Synapse, how: str) -> None:
    """A code sent as an anonymous administrator or as a channel is nobody's, and stays good (§2.5)."""
    async with MixedPeople.meet(synapse) as mixed:
        telegram = mixed.telegram
        await telegram.says("ada", FOUND)
        for one in ("ben", "cyd"):
            await telegram.says(one, "/join")
        code = await gets_code(mixed, 1, "hall")
        hall = telegram.double.group("Hall")
        if how == "anonymous":
            await telegram.happens(lambda: hall.anonymous_says(f"/room {code}"))
        else:
            await telegram.happens(lambda: hall.channel_says(f"/room {code}", telegram.double.channel("News")))
        assert "it is nobody's" in hall.texts[-1]
        await telegram.says("cyd", f"/room {code}", room="Hall")
        assert any("Well meets here too" in text for text in hall.texts)
