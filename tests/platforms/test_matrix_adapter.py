"""The Matrix adapter against a real homeserver, with people played by the library's own client."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import nio
import pytest

from adapters.matrix import MatrixAdapter, Rate
from adapters.matrix.seeds import Allowance
from adapters.port import (
    AdapterFailed,
    Admission,
    Answer,
    Button,
    Event,
    Heard,
    Moved,
    Outcome,
    Presence,
    Speaker,
    Spoiled,
    mention,
)
from tests.platforms.matrix_people import Ear, Person, eventually, listening, now, saying
from tests.platforms.matrix_proxy import Proxy
from tests.platforms.synapse import Synapse, running

pytestmark = [pytest.mark.synapse, pytest.mark.xdist_group("synapse")]

AGREE, BLOCK = Button("Agree", "v1:agree", "👍"), Button("Block", "v1:block", "✋")
CARD = ((AGREE, BLOCK),)


class Hall:
    """A bot's account, its folder, and people who are cleared away at the end."""

    def __init__(self, synapse: Synapse, folder: Path) -> None:
        self.synapse, self.folder = synapse, folder
        self.bot = synapse.user("Roundabout")
        self.ear = Ear()
        self._people: list[Person] = []

    @property
    def id(self) -> str:
        return self.bot.id

    def person(self, name: str) -> Person:
        person = Person(self.synapse, self.synapse.user(name))
        self._people.append(person)
        return person

    def adapter(self, url: str = "", token: str = "", **more: Any) -> MatrixAdapter:
        settings: dict[str, Any] = {"folder": self.folder, "now": now, "rate": None} | more
        return MatrixAdapter(url or self.synapse.url, token or self.bot.token, **settings)

    @contextlib.asynccontextmanager
    async def listening(self, **more: Any) -> AsyncIterator[MatrixAdapter]:
        async with listening(self.adapter(**more), self.ear) as adapter:
            yield adapter

    async def room(self, *people: Person, **more: Any) -> str:
        """A room founded by the first, in which all and the bot are."""
        founder, *others = people
        room = await founder.founds(self.id, *(one.id for one in others), **more)
        for one in others:
            await one.joins(room)
        await self.ear.hears(Admission, lambda event: event.room == f"matrix:{room}" and event.present)
        return room

    async def words(self, text: str) -> Heard:
        return await self.ear.hears(Heard, lambda heard: heard.text == text)

    def texts(self) -> list[str]:
        return [heard.text for heard in self.ear.all(Heard) if heard.tap is None]

    def taps(self) -> list[str]:
        """What was tapped, and with a minus what was taken back."""
        return [
            ("-" if heard.takes_back else "") + heard.tap for heard in self.ear.all(Heard) if heard.tap is not None
        ]

    async def close(self) -> None:
        for person in self._people:
            await person.close()


@pytest.fixture
async def hall(synapse: Synapse, tmp_path: Path) -> AsyncIterator[Hall]:
    made = Hall(synapse, tmp_path / "matrix")
    yield made
    await made.close()


def who(person: Person, name: str) -> Speaker:
    return Speaker(f"matrix:{person.id}", name, username=person.id[1:])


def pill(person: str, name: str) -> str:
    return f'<a href="https://matrix.to/#/{person}">{name}</a>'


# ---- where hearing begins, and that nothing is lost or doubled


async def test_the_first_start_takes_no_history_and_later_ones_go_on(hall: Hall) -> None:
    """What was said before the first start is no command; what is said while the bot is down is heard, once."""
    ada = hall.person("Ada")
    room = await ada.founds(hall.id)
    bot = Person(hall.synapse, hall.bot)
    await bot.joins(room)
    await bot.close()
    await ada.says(room, "before the first start")
    async with hall.listening():
        await ada.says(room, "!pending")
        heard = await hall.words("!pending")
        assert (heard.room, heard.private, heard.speaker) == (f"matrix:{room}", False, who(ada, "Ada"))
    await ada.says(room, "!agenda")
    async with hall.listening():
        await hall.words("!agenda")
        await ada.says(room, "!roll")
        await hall.words("!roll")
    assert hall.texts() == ["!pending", "!agenda", "!roll"]
    assert len({heard.cause for heard in hall.ear.all(Heard)}) == 3


async def test_an_invitation_that_waits_is_taken_up(hall: Hall) -> None:
    """Who was asked in before the first start comes in at the first start."""
    ada = hall.person("Ada")
    room = await ada.founds(hall.id)
    async with hall.listening():
        assert (await hall.ear.hears(Admission)).room == f"matrix:{room}"


async def test_a_batch_that_is_not_stored_comes_again(hall: Hall) -> None:
    """The token moves only behind a batch that was taken."""
    ada = hall.person("Ada")
    async with hall.listening(sleep=_at_once):
        room = await hall.room(ada)
        before = hall.ear.cursor
        hall.ear.fails = 2
        await ada.says(room, "!pending")
        await hall.words("!pending")
        assert not hall.ear.fails
        assert hall.ear.cursor != before
    assert hall.texts() == ["!pending"]


async def test_a_gap_is_filled(hall: Hall) -> None:
    """More than a timeline holds, coming and going included, is heard in order and once."""
    ada, ben = hall.person("Ada"), hall.person("Ben")
    async with hall.listening():
        room = await hall.room(ada)
    said = [f"word {number}" for number in range(12)]
    for text in said:
        await ada.says(room, text)
    await ada.invites(ben.id, room)
    await ben.joins(room)
    more = [f"word {number}" for number in range(12, 24)]
    for text in more:
        await ben.says(room, text)
    async with hall.listening(timeline_limit=5):
        await hall.words("word 23")
    assert hall.texts() == said + more
    assert [event.speaker for event in hall.ear.all(Presence)] == [who(ben, "Ben")]


async def test_what_was_said_before_the_invitation_is_not_for_the_bot(hall: Hall) -> None:
    """A room's history is no list of commands, however much of it the server shows."""
    ada = hall.person("Ada")
    async with hall.listening(timeline_limit=5):
        room = await ada.founds(name="Well")
        for number in range(8):
            await ada.says(room, f"!old {number}")
        await ada.invites(hall.id, room)
        await hall.ear.hears(Admission)
        await ada.says(room, "!new")
        heard = await hall.words("!new")
    assert heard.room_title == "Well"
    assert hall.texts() == ["!new"]


# ---- words


async def test_mentions_and_being_called(hall: Hall) -> None:
    """Pills become mentions with their place; the bot's own name at the head is taken away."""
    ada, ben = hall.person("Ada"), hall.person("Ben")
    html = {"format": "org.matrix.custom.html"}
    async with hall.listening():
        room = await hall.room(ada, ben)
        await ada.says(room, "!nominate 3 Ben", formatted_body=f"!nominate 3 {pill(ben.id, 'Ben')}", **html)
        heard = await hall.words("!nominate 3 Ben")
        assert (heard.mentions, heard.spans, heard.addressed) == ((who(ben, "Ben"),), ((12, 15),), False)
        both = f"{pill(hall.id, 'Roundabout')}: recall {pill(ben.id, 'Ben')} now"
        await ada.says(room, "Roundabout: recall Ben now", formatted_body=both, **html)
        heard = await hall.words("recall Ben now")
        assert (heard.mentions, heard.spans, heard.addressed) == ((who(ben, "Ben"),), ((7, 10),), True)
        await ada.says(room, f"why [Ben](https://matrix.to/#/{ben.id}) and not Cem")
        heard = await hall.words("why Ben and not Cem")
        assert (heard.mentions, heard.spans, heard.addressed) == ((who(ben, "Ben"),), ((4, 7),), False)
        await ada.says(room, "Roundabout, help")
        assert (await hall.words("help")).addressed
        await ada.says(room, "Roundabout is slow")
        assert not (await hall.words("Roundabout is slow")).addressed


async def test_replies_and_threads(hall: Hall) -> None:
    """A reply is without its quotation and says whose words it answers; a thread is named by its first message."""
    ada, ben = hall.person("Ada"), hall.person("Ben")
    async with hall.listening() as adapter:
        room = await hall.room(ada, ben)
        first = await ada.says(room, "first")
        quoted = f"> <{ada.id}> first\n> second line\n\n!stand 3"
        html = f"<mx-reply>{pill(ada.id, 'Ada')} first</mx-reply>!stand 3"
        await ben.replies(room, first, quoted, format="org.matrix.custom.html", formatted_body=html)
        heard = await hall.words("!stand 3")
        assert (heard.reply_to, heard.replied_speaker, heard.mentions) == (first, who(ada, "Ada"), ())
        card = (await adapter.say(saying(f"matrix:{room}", "3 · A card"))).message
        assert card is not None
        await ben.replies(room, card, "!agree", **{"m.mentions": {"user_ids": [hall.id]}})
        heard = await hall.words("!agree")
        assert (heard.reply_to, heard.replied_speaker, heard.addressed) == (card, None, False)
        relates = {"rel_type": "m.thread", "event_id": first, "is_falling_back": True,
                   "m.in_reply_to": {"event_id": card}}
        await ben.says(room, "!show 3", **{"m.relates_to": relates})
        heard = await hall.words("!show 3")
        assert (heard.thread, heard.reply_to) == (first, None)


async def test_edits_are_marked_and_notices_pass_unheard(hall: Hall) -> None:
    """An edited message is heard as such, a notice or a deleted message not at all, nor the bot itself."""
    ada = hall.person("Ada")
    async with hall.listening() as adapter:
        room = await hall.room(ada)
        await adapter.say(saying(f"matrix:{room}", "of our own"))
        await ada.sends(room, {"msgtype": "m.notice", "body": "!from another bot"})
        first = await ada.says(room, "!propose Wel")
        await hall.words("!propose Wel")
        await ada.edits(room, first, "!propose Well")
        heard = await hall.words("!propose Well")
        assert (heard.edited, heard.handle) == (True, first)
        await ada.redacts(room, first)
        await ada.says(room, "end")
        await hall.words("end")
    assert hall.texts() == ["!propose Wel", "!propose Well", "end"]


# ---- reactions


async def test_a_reaction_beneath_a_card_is_a_tap(hall: Hall) -> None:
    """In every skin; what is no button, or no card of the bot, is only a reaction."""
    ada, ben = hall.person("Ada"), hall.person("Ben")
    async with hall.listening() as adapter:
        room = await hall.room(ada, ben)
        sent = await adapter.say(saying(f"matrix:{room}", "1 · Repair the pump", buttons=CARD))
        assert sent.message is not None
        shown = await ada.reads(room, "Repair the pump")
        assert shown.body == "1 · Repair the pump\n\n👍 Agree   ✋ Block"
        forged = {"msgtype": "m.text", "body": "a forged card", "org.roundabout.buttons": {"👍": "v1:forged"}}
        other = await ben.sends(room, forged)
        await ben.reacts(room, other, "👍")
        await ben.reacts(room, sent.message, "🎉")
        reaction = await ben.reacts(room, sent.message, "👍🏽")
        tap = await hall.ear.hears(Heard, lambda heard: heard.tap is not None)
        assert (tap.tap, tap.speaker, tap.reply_to) == ("v1:agree", who(ben, "Ben"), sent.message)
        assert (tap.cause, tap.text, tap.room) == (f"matrix:{reaction}", "", f"matrix:{room}")
        # our own, for people to press
        ours = await ada.sees(room, lambda event: getattr(event, "key", "") == "✋" and event.sender == hall.id)
        await adapter.say(saying(f"matrix:{room}", "1 · adopted", edits=sent.message))
        await ada.sees(room, lambda event: getattr(event, "redacts", "") == ours.event_id)
    assert hall.taps() == ["v1:agree"]


async def test_cards_are_known_again_after_a_restart(hall: Hall) -> None:
    """What a reaction stands for is read from the message, its last edit included, and old buttons are known."""
    ada = hall.person("Ada")
    async with hall.listening() as adapter:
        room = await hall.room(ada)
        card = (await adapter.say(saying(f"matrix:{room}", "1 · In a round", buttons=CARD))).message
        assert card is not None
        vote = ((Button("Yes", "v1:yes", "✅"), Button("No", "v1:no", "")),)
        edited = await adapter.say(saying(f"matrix:{room}", "1 · In a vote", buttons=vote, edits=card))
        assert (edited.outcome, edited.message) == (Outcome.SENT, card)
    for emoji in ("✅", "2\ufe0f\N{COMBINING ENCLOSING KEYCAP}", "👍"):
        await ada.reacts(room, card, emoji)
    async with hall.listening():
        await hall.ear.hears(Heard, lambda heard: heard.tap == "v1:agree")
    assert hall.taps() == ["v1:yes", "v1:no", "v1:agree"]


async def test_our_own_reactions_follow_the_card_over_restarts(hall: Hall) -> None:
    """Those of a former run are taken away with their buttons; those it did not come to plant are planted with the
    next change; those that come back are there again."""
    ada = hall.person("Ada")
    yes = ((Button("Yes", "v1:yes", "✅"),),)

    def beneath() -> list[str]:
        """The bot's reactions that stand, as the server has them."""
        path = f"/_matrix/client/v1/rooms/{room}/relations/{card}/m.annotation"
        found = hall.synapse.ask("GET", path, token=ada.account.token)["chunk"]
        return sorted(one["content"]["m.relates_to"]["key"] for one in found if one["sender"] == hall.id)

    async with hall.listening() as adapter:
        room = await hall.room(ada)
        adapter._seeds._work = _at_once_nothing  # type: ignore[method-assign]
        card = (await adapter.say(saying(f"matrix:{room}", "1 · Repair", buttons=CARD))).message
        assert card is not None
    assert beneath() == []
    async with hall.listening() as adapter:
        # killed between the server's answer and the note of it
        adapter._seeds._recorded = lambda seed, seeded: seeded  # type: ignore[method-assign]
        await adapter.say(saying(f"matrix:{room}", "1 · Repair, 1 of 2", buttons=CARD, edits=card))
        await eventually(lambda: beneath() == ["✋", "👍"])
    async with hall.listening() as adapter:
        await adapter.say(saying(f"matrix:{room}", "1 · In a vote", buttons=yes, edits=card))
        await eventually(lambda: beneath() == ["✅"])
        await adapter.say(saying(f"matrix:{room}", "1 · In a round again", buttons=CARD, edits=card))
        await eventually(lambda: beneath() == ["✋", "👍"])


async def _at_once_nothing() -> None:
    """A program that is killed before it comes to it."""


async def test_a_reaction_taken_back_says_by_what_it_counted_and_what_is_left(hall: Hall) -> None:
    """The later counts; without it the earlier does, by the event that took the later away; over a restart."""
    ada = hall.person("Ada")
    async with hall.listening() as adapter:
        room = await hall.room(ada)
        card = (await adapter.say(saying(f"matrix:{room}", "1 · Repair", buttons=CARD))).message
        assert card is not None
        agree = await ada.reacts(room, card, "👍")
        block = await ada.reacts(room, card, "✋")
        await hall.ear.hears(Heard, lambda heard: heard.tap == "v1:block")
    async with hall.listening():
        first = await ada.redacts(room, block)
        heard = await hall.ear.hears(Heard, lambda heard: heard.cause == f"matrix:{first}")
        assert (heard.takes_back, heard.left, heard.reply_to) == ((f"matrix:{block}",), ("v1:agree",), card)
        second = await ada.redacts(room, agree)
        heard = await hall.ear.hears(Heard, lambda heard: heard.cause == f"matrix:{second}")
        assert (heard.takes_back, heard.left) == ((f"matrix:{agree}", f"matrix:{first}"), ())
    assert hall.taps() == ["v1:agree", "v1:block", "-v1:block", "-v1:agree"]


async def test_reactions_that_are_not_stored_come_again_as_they_were(hall: Hall) -> None:
    """What the adapter wrote down ahead of the commit is not there yet when the same is heard once more, and what
    was taken away before the program was killed does not come back."""
    ada = hall.person("Ada")
    async with hall.listening() as adapter:
        room = await hall.room(ada)
        card = (await adapter.say(saying(f"matrix:{room}", "1 · Repair", buttons=CARD))).message
        assert card is not None
        agree = await ada.reacts(room, card, "👍")
        await hall.ear.hears(Heard, lambda heard: heard.tap == "v1:agree")
    await ada.redacts(room, agree)
    block = await ada.reacts(room, card, "✋")
    hall.ear.fails = 2
    async with hall.listening(sleep=_at_once):
        await hall.ear.hears(Heard, lambda heard: heard.tap == "v1:block")
    taken = [(heard.tap, bool(heard.takes_back), heard.left) for heard in hall.ear.all(Heard)]
    assert taken == [("v1:agree", False, ()), ("v1:agree", True, ()), ("v1:block", False, ())]
    killed = hall.adapter()
    killed._hearing.taken = lambda: None  # type: ignore[method-assign]
    async with listening(killed, hall.ear):
        await ada.reacts(room, card, "👍")
        await ada.redacts(room, block)
        await hall.ear.hears(Heard, lambda heard: heard.tap == "v1:block" and bool(heard.takes_back))
    async with hall.listening():
        again = await ada.reacts(room, card, "✋")
        await ada.redacts(room, again)
        heard = await hall.ear.hears(Heard, lambda heard: heard.takes_back == (f"matrix:{again}",))
        assert heard.left == ("v1:agree",)


async def test_an_administrator_who_clears_a_reaction_decides_nothing(hall: Hall) -> None:
    """Only who tapped can take it back."""
    ada, ben = hall.person("Ada"), hall.person("Ben")
    async with hall.listening() as adapter:
        room = await hall.room(ada, ben)
        card = (await adapter.say(saying(f"matrix:{room}", "1 · Repair", buttons=CARD))).message
        assert card is not None
        reaction = await ben.reacts(room, card, "👍")
        await hall.ear.hears(Heard, lambda heard: heard.tap == "v1:agree")
        await ada.redacts(room, reaction)
        await ada.says(room, "end")
        await hall.words("end")
    assert hall.taps() == ["v1:agree"]


# ---- coming and going


async def test_members_come_and_go_and_change_their_names(hall: Hall) -> None:
    """Coming, leaving and being removed are told apart; a new name is neither."""
    ada, ben, cem = hall.person("Ada"), hall.person("Ben"), hall.person("Cem")
    async with hall.listening():
        room = await hall.room(ada, ben)
        await ben.renames("Benedikt")
        await ada.sees(room, lambda event: event.source.get("content", {}).get("displayname") == "Benedikt")
        await ben.says(room, "it is me")
        assert (await hall.words("it is me")).speaker == who(ben, "Benedikt")
        await ada.invites(cem.id, room)
        await cem.leaves(room)  # declined: never was in
        await ada.kicks(ben.id, room)
        await ada.leaves(room)
        await hall.ear.hears(Presence, lambda event: event.speaker.account == f"matrix:{ada.id}")
    moves = [(event.speaker.account, event.present, event.removed) for event in hall.ear.all(Presence)]
    assert moves == [
        (f"matrix:{ben.id}", True, False), (f"matrix:{ben.id}", False, True), (f"matrix:{ada.id}", False, False),
    ]  # fmt: skip


async def test_the_bot_is_put_out(hall: Hall) -> None:
    """What was said before it is heard, then the room takes no more messages until the bot is asked in again."""
    ada = hall.person("Ada")
    async with hall.listening() as adapter:
        room = await hall.room(ada)
        await ada.says(room, "first words")
        await hall.words("first words")
    await ada.says(room, "last words")
    await ada.kicks(hall.id, room)
    await ada.says(room, "behind its back")
    async with hall.listening() as adapter:
        await hall.ear.hears(Admission, lambda event: not event.present)
        assert (await adapter.say(saying(f"matrix:{room}", "hello"))).outcome is Outcome.GONE
        await ada.invites(hall.id, room)
        await eventually(lambda: len(hall.ear.all(Admission)) == 3)
        assert (await adapter.say(saying(f"matrix:{room}", "hello"))).outcome is Outcome.SENT
    assert hall.texts() == ["first words", "last words"]
    assert [event.present for event in hall.ear.all(Admission)] == [True, False, True]


async def test_the_bot_is_put_out_and_taken_in_again_while_it_is_down(hall: Hall) -> None:
    """What was said while it was a member is heard, once; what was said in its absence is not."""
    ada = hall.person("Ada")
    async with hall.listening():
        room = await hall.room(ada)
        await ada.says(room, "first words")
        await hall.words("first words")
    await ada.says(room, "last words")
    await ada.kicks(hall.id, room)
    await ada.says(room, "behind its back")
    await ada.invites(hall.id, room)
    bot = Person(hall.synapse, hall.bot)
    await bot.joins(room)
    await bot.close()
    await ada.says(room, "welcome")
    async with hall.listening():
        await hall.words("welcome")
    assert hall.texts() == ["first words", "last words", "welcome"]
    assert [event.present for event in hall.ear.all(Admission)] == [True, False, True]


async def test_an_invitation_of_somebody_else_is_not_ours(hall: Hall) -> None:
    """The bot goes where it is asked to, and nowhere else."""
    ada, ben = hall.person("Ada"), hall.person("Ben")
    async with hall.listening():
        room = await hall.room(ada)
        await ada.invites(ben.id, room)
        await ada.says(room, "end")
        await hall.words("end")
    assert len(hall.ear.all(Admission)) == 1
    assert hall.ear.all(Presence) == []


# ---- private chats


async def test_a_person_opens_a_private_chat(hall: Hall) -> None:
    """It has the person's address; with a third person it is a room like others; left, nothing is said any more."""
    ada, ben = hall.person("Ada"), hall.person("Ben")
    async with hall.listening() as adapter:
        room = await ada.founds(hall.id, is_direct=True)
        came = await hall.ear.hears(Admission)
        assert (came.room, came.present, came.private) == (f"matrix:{ada.id}", True, True)
        await ada.says(room, "!pending")
        heard = await hall.words("!pending")
        assert (heard.room, heard.private, heard.room_title) == (f"matrix:{ada.id}", True, "")
        await adapter.answer(Answer(heard, "Nothing waits for you."))
        assert (await ada.reads(room, "Nothing waits")).source["content"].get("m.relates_to") is None
        await ada.invites(ben.id, room)
        await ben.joins(room)
        await ada.says(room, "not alone")
        assert (await hall.words("not alone")).room == f"matrix:{room}"
        await ben.leaves(room)
        await ada.leaves(room)
        gone = await hall.ear.hears(Admission, lambda event: not event.present)
        assert (gone.room, gone.private) == (f"matrix:{ada.id}", True)
        assert (await adapter.say(saying(f"matrix:{ada.id}", "hello"))).outcome is Outcome.GONE


async def test_the_bot_opens_a_private_chat_once(hall: Hall) -> None:
    """One room for each person, found again after a restart; it is private for the person's client too."""
    ada = hall.person("Ada")
    async with hall.listening(encryption=False) as adapter:
        first, second = await asyncio.gather(
            adapter.say(saying(f"matrix:{ada.id}", "one")), adapter.say(saying(f"matrix:{ada.id}", "two"))
        )
        assert (first.outcome, second.outcome) == (Outcome.SENT, Outcome.SENT)
        room = await ada.invited()
        await ada.joins(room)
        assert (await hall.ear.hears(Admission)).private
        await ada.says(room, "!pending")
        assert (await hall.words("!pending")).room == f"matrix:{ada.id}"
    async with hall.listening(encryption=False) as adapter:
        assert (await adapter.say(saying(f"matrix:{ada.id}", "three"))).outcome is Outcome.SENT
        await ada.reads(room, "three")
        assert adapter.private_link("anything") == f"https://matrix.to/#/{hall.id}"
    path = f"/_matrix/client/v3/user/{hall.id}/account_data/m.direct"
    assert hall.synapse.ask("GET", path, token=hall.bot.token) == {ada.id: [room]}


# ---- rooms that move


@pytest.mark.parametrize("version", ["11", "12"])
async def test_a_room_is_upgraded(hall: Hall, version: str) -> None:
    """The bot follows as soon as it is let in; sayings for the old room are shown the way."""
    ada = hall.person("Ada")
    async with hall.listening() as adapter:
        room = await hall.room(ada, room_version="10")
        new = await ada.upgrades(room, version)
        assert (":" in new) == (version == "11")
        await ada.invites(hall.id, new)
        moved = await hall.ear.hears(Moved)
        assert (moved.old, moved.new) == (f"matrix:{room}", f"matrix:{new}")
        sent = await adapter.say(saying(f"matrix:{room}", "where are you"))
        assert (sent.outcome, sent.moved_to) == (Outcome.LATER, f"matrix:{new}")
        assert (await adapter.say(saying(f"matrix:{new}", "here we are"))).outcome is Outcome.SENT
        await ada.says(new, "!roll")
        assert (await hall.words("!roll")).room == f"matrix:{new}"
    assert [event.room for event in hall.ear.all(Admission)] == [f"matrix:{room}"]


async def test_a_room_cannot_claim_to_be_another_grown_up(hall: Hall) -> None:
    """A new room that names a predecessor is a new room, unless that one says so too."""
    ada, eve = hall.person("Ada"), hall.person("Eve")
    async with hall.listening():
        room = await hall.room(ada)
        forged = await eve.founds(hall.id, predecessor={"room_id": room, "event_id": "$any"})
        await hall.ear.hears(Admission, lambda event: event.room == f"matrix:{forged}")
    assert hall.ear.all(Moved) == []


# ---- speaking


async def test_the_same_key_is_one_message(hall: Hall) -> None:
    """Said again, also by the next run, it is the same event; the second key is another."""
    ada = hall.person("Ada")
    async with hall.listening() as adapter:
        room = await hall.room(ada)
        first = await adapter.say(saying(f"matrix:{room}", "opened", key="1"))
        assert await adapter.say(saying(f"matrix:{room}", "opened", key="1")) == first
    async with hall.listening() as adapter:
        assert await adapter.say(saying(f"matrix:{room}", "opened", key="1")) == first
        second = await adapter.say(saying(f"matrix:{room}", "opened", key="2"))
        assert second.message != first.message
        await ada.looks()
    said = [event.event_id for _, event in ada.seen if getattr(event, "body", "") == "opened"]
    assert said == [first.message, second.message]


async def test_how_it_looks(hall: Hall) -> None:
    """A notice with its HTML escaped, a bold heading, mentions that call, in the thread it belongs to."""
    ada = hall.person("Ada")
    async with hall.listening() as adapter:
        room = await hall.room(ada)
        root = await ada.says(room, "root")
        text = f"A < B\n{mention(f'matrix:{ada.id}', 'Ada & Co')} and {mention('telegram:1', 'Ben')}"
        await adapter.say(saying(f"matrix:{room}", text, heading=True, thread=root))
        content = (await ada.reads(room, "A < B")).source["content"]
    assert content["msgtype"] == "m.notice"
    assert content["body"] == "A < B\nAda & Co and Ben"
    assert content["formatted_body"] == (
        f'<strong>A &lt; B</strong><br><a href="https://matrix.to/#/{ada.id}">Ada &amp; Co</a> and Ben'
    )
    assert content["m.mentions"] == {"user_ids": [ada.id]}
    assert (content["m.relates_to"]["rel_type"], content["m.relates_to"]["event_id"]) == ("m.thread", root)


async def test_long_texts_go_in_parts(hall: Hall) -> None:
    """Nothing is refused for its length; an edit is shortened, as one message must hold it."""
    ada = hall.person("Ada")
    line = "汉字 & more " * 20 + "\n"
    async with hall.listening() as adapter:
        room = await hall.room(ada)
        sent = await adapter.say(saying(f"matrix:{room}", line * 100, key="long"))
        assert sent.outcome is Outcome.SENT
        edited = await adapter.say(saying(f"matrix:{room}", line * 100, edits=sent.message))
        assert edited.outcome is Outcome.SENT
        await eventually_seen(ada, room, 4)
    bodies = [event.body for _, event in ada.seen if event.sender == hall.id and hasattr(event, "body")]
    assert "".join(bodies[:-1]).replace("\n", "") == (line * 100).replace("\n", "")


async def test_a_deleted_card_is_missing(hall: Hall) -> None:
    """An edit of what is not there says so, whether it was deleted just now, long ago, or never was."""
    ada = hall.person("Ada")
    async with hall.listening() as adapter:
        room = await hall.room(ada)
        here = await adapter.say(saying(f"matrix:{room}", "a card", key="1", buttons=CARD))
        before = await adapter.say(saying(f"matrix:{room}", "a card", key="2"))
        assert here.message is not None
        assert before.message is not None
        await ada.redacts(room, here.message)
        await ada.redacts(room, before.message)
        await ada.says(room, "end")
        await hall.words("end")
        for message in (here.message, before.message, "$nosuchevent"):
            edit = saying(f"matrix:{room}", "changed", edits=message)
            assert (await adapter.say(edit)).outcome is Outcome.MISSING


async def test_answers(hall: Hall) -> None:
    """A tap is answered by its card; a refusal beside the card, to the one concerned; a question by a reply."""
    ada, ben = hall.person("Ada"), hall.person("Ben")

    def answers(event: Event) -> list[Answer]:
        if not isinstance(event, Heard):
            return []
        if event.tap is not None:
            refused = event.tap == "v1:block"
            return [Answer(event, "Too late." if refused else "Recorded.", alert=refused)]
        return [Answer(event, "You asked.")] if event.text == "!why 1" else [Answer(event, recorded=True)]

    hall.ear.answers = answers
    async with hall.listening() as adapter:
        room = await hall.room(ada, ben)
        card = (await adapter.say(saying(f"matrix:{room}", "1 · Repair", buttons=CARD))).message
        assert card is not None
        for emoji in ("👍", "✋"):
            await ben.reacts(room, card, emoji)
        refusal = (await ada.reads(room, "Too late.")).source["content"]
        assert refusal["body"] == "Ben: Too late."
        assert refusal["m.mentions"] == {"user_ids": [ben.id]}
        assert refusal["m.relates_to"]["event_id"] == card
        await ada.says(room, "!agree 1")
        question = await ada.says(room, "!why 1")
        answer = (await ada.reads(room, "You asked.")).source["content"]
        assert answer["m.relates_to"] == {"m.in_reply_to": {"event_id": question}}
        alone = await ben.founds(hall.id, is_direct=True)
        await hall.ear.hears(Admission, lambda event: event.private)
        await ben.reacts(room, card, "✋🏿")
        assert (await ben.reads(alone, "Too late.")).body == "Too late."
        pending = (await adapter.say(saying(f"matrix:{ben.id}", "Waiting: 1", buttons=CARD))).message
        assert pending is not None
        await ben.reacts(alone, pending, "👍")
        await ben.reads(alone, "Recorded.")
        await ada.looks()
    notices = [event.body for _, event in ada.seen if event.sender == hall.id and hasattr(event, "body")]
    assert [body.partition("\n")[0] for body in notices] == ["1 · Repair", "Ben: Too late.", "You asked."]


async def test_where_the_bot_may_not_speak_it_waits(hall: Hall) -> None:
    """In a room where only some may speak nothing is lost: it is said when the bot may."""
    ada = hall.person("Ada")
    async with hall.listening() as adapter:
        room = await hall.room(ada, room_version="12", power_level_override={"events_default": 50})
        sent = await adapter.say(saying(f"matrix:{room}", "hello"))
        assert sent.outcome is Outcome.LATER
        assert sent.retry_at is not None
        assert sent.retry_at > now() + 60_000
        levels = {"events_default": 50, "users": {hall.id: 50}}
        await ada.client.room_put_state(room, "m.room.power_levels", levels)
        await ada.says(room, "now")
        await hall.words("now")
        assert (await adapter.say(saying(f"matrix:{room}", "hello"))).outcome is Outcome.SENT


async def test_who_may_speak_is_asked_of_the_server_before_a_room_is_given_up(hall: Hall) -> None:
    """What the last sync showed of it is older than what the server goes by: the room is there all the same."""
    ada = hall.person("Ada")
    async with hall.listening() as adapter:
        room = await hall.room(ada, room_version="12", power_level_override={"events_default": 50})
        adapter._rooms._state[room]["m.room.power_levels"]["content"] = {"events_default": 0}
        assert adapter._rooms.may_speak(room)
        assert (await adapter.say(saying(f"matrix:{room}", "hello"))).outcome is Outcome.LATER
        assert not adapter._rooms.may_speak(room)


async def test_the_founder_of_a_new_room_stands_above_all_levels(hall: Hall) -> None:
    """Rooms of version 12 do not list their creators."""
    ada = hall.person("Ada")
    async with hall.listening() as adapter:
        rooms = [await hall.room(ada, room_version=version) for version in ("11", "12")]
        levels = [adapter._rooms.level(room, ada.id) for room in rooms]
        assert levels == [100, float("inf")]
        assert [adapter._rooms.level(room, hall.id) for room in rooms] == [0, 0]


# ---- a server that is not at its best


async def _at_once(seconds: float) -> None:
    await asyncio.sleep(min(seconds, 0.02))


async def eventually_seen(person: Person, room: str, count: int) -> None:
    """Waits for so many messages in a room."""
    def there() -> int:
        return sum(where == room and hasattr(event, "body") for where, event in person.seen)

    while there() < count:
        await person.looks(200)


async def test_a_wrong_token_ends_it(hall: Hall) -> None:
    """From the beginning, or taken back in the middle: no waiting can mend it."""
    with pytest.raises(AdapterFailed, match="does not accept"):
        async with hall.listening(token="syt_wrong"):
            pass
    adapter = hall.adapter()
    task = asyncio.create_task(adapter.listen(None, hall.ear.take))
    await eventually(lambda: hall.ear.batches)
    await asyncio.to_thread(
        hall.synapse.ask, "POST", "/_matrix/client/v3/logout", {}, token=hall.bot.token
    )
    with pytest.raises(AdapterFailed, match="does not accept"):
        await task
    await adapter.stop()


async def test_a_cursor_of_another_server_ends_it(hall: Hall) -> None:
    """Better to stop than to pass over what was said since."""
    adapter = hall.adapter()
    with pytest.raises(AdapterFailed, match="left off"):
        await adapter.listen("no cursor of yours", hall.ear.take)
    await adapter.stop()


@pytest.mark.parametrize("fault", ["garbage", "500", "nothing"])
async def test_a_server_that_answers_nonsense_is_asked_again(hall: Hall, fault: str) -> None:
    """Ever slower; the adapter says since when it is cut off, and goes on where it was."""
    ada, waits = hall.person("Ada"), []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await _at_once(seconds)

    settings: dict[str, Any] = {"sleep": sleep, "call_seconds": 0.5, "poll_seconds": 1}
    async with Proxy(hall.synapse).running() as proxy, hall.listening(url=proxy.url, **settings) as adapter:
        room = await hall.room(ada)
        assert adapter.unreachable_since is None
        before = now()
        proxy.fault, proxy.on = fault, "/sync"
        await eventually(lambda: proxy.faults >= (3 if fault == "nothing" else 8))
        since = adapter.unreachable_since
        assert since is not None
        assert before - 2_000 < since <= now()
        await ada.says(room, "in between")
        proxy.fault = ""
        await hall.words("in between")
        assert adapter.unreachable_since is None
    assert waits[:2] == [1, 2]
    assert fault == "nothing" or waits[5:8] == [32, 60, 60]


async def test_a_message_whose_answer_was_lost_is_said_once(hall: Hall) -> None:
    """It may be out: said again under its key it is still one message."""
    ada = hall.person("Ada")
    async with Proxy(hall.synapse).running() as proxy, hall.listening(url=proxy.url) as adapter:
        room = await hall.room(ada)
        proxy.fault, proxy.on = "lost", "/send/"
        sent = await adapter.say(saying(f"matrix:{room}", "once"))
        assert sent.outcome is Outcome.LATER
        proxy.fault = ""
        assert (await adapter.say(saying(f"matrix:{room}", "once"))).outcome is Outcome.SENT
        await ada.looks()
    assert [event.body for _, event in ada.seen if getattr(event, "body", "") == "once"] == ["once"]


ODD: dict[str, dict[str, Any]] = {
    "words": {"content": {"msgtype": "m.text", "body": {"no": "words"}}},
    "none": {"content": {"msgtype": "m.text"}},
    "list": {"content": ["a", "list"]},
    "reaction": {"type": "m.reaction", "content": {"m.relates_to": {
        "rel_type": "m.annotation", "event_id": "../../x\u0000", "key": "👍"}}},
    "relation": {"type": "m.reaction", "content": {"m.relates_to": "nothing"}},
    "redaction": {"type": "m.room.redaction", "content": {}, "redacts": {"no": "id"}},
    "name": {"type": "m.room.member", "content": {"membership": "join", "displayname": ["a", "list"]}},
    "levels": {"type": "m.room.power_levels", "state_key": "", "content": {"users": ["nobody"]}},
    "sealed": {"type": "m.room.encrypted", "content": {"algorithm": "m.megolm.v1.aes-sha2"}},
}  # fmt: skip
"""What a far server may pass on."""


def _odd(event: dict[str, Any]) -> None:
    """A message `odd words` becomes that one of ODD."""
    content = event.get("content", {})
    body = content.get("body", "") if isinstance(content, dict) else ""
    if str(body).startswith("odd "):
        event |= ODD[body.removeprefix("odd ")]


async def test_what_somebody_garbles_stops_nothing(hall: Hall) -> None:
    """Events that break the rules are set aside or passed by; the words behind them are heard."""
    ada = hall.person("Ada")
    async with Proxy(hall.synapse, _odd).running() as proxy, hall.listening(url=proxy.url) as adapter:
        room = await hall.room(ada)
        for odd in ODD:
            await ada.says(room, f"odd {odd}")
        await ada.says(room, "reply", **{"m.relates_to": {"m.in_reply_to": {"event_id": "$no\u0000such"}}})
        await ada.says(room, "odd", format="org.matrix.custom.html", formatted_body="<a <a href='x'><![")
        to_bot = {"algorithm": "m.olm.v1.curve25519-aes-sha2", "sender_key": "x", "ciphertext": {"x": 1}}
        await ada.client.to_device(nio.ToDeviceMessage("m.room.encrypted", hall.id, hall.bot.device, to_bot))
        await ada.says(room, "end")
        await hall.words("end")
        assert (await adapter.say(saying(f"matrix:{room}", "still there"))).outcome is Outcome.SENT
    assert hall.texts() == ["reply", "odd", "end"]
    assert [event.error for event in hall.ear.all(Spoiled)] == ["no body", "no body"]


@pytest.fixture(scope="module")
def strict() -> Any:
    """A homeserver with limits of its own, which may be stopped."""
    with running({"rc_message": {"per_second": 1, "burst_count": 4}}) as server:
        yield server


async def test_a_limit_is_kept_to(strict: Synapse, tmp_path: Path) -> None:
    """The server asks to wait: so do we, in every room, and what is said then is said once."""
    hall = Hall(strict, tmp_path)
    ada = hall.person("Ada")
    async with hall.listening() as adapter:
        room = await hall.room(ada)
        sent = [await adapter.say(saying(f"matrix:{room}", f"word {number}")) for number in range(8)]
        refused = [one for one in sent if one.outcome is Outcome.LATER]
        assert refused
        assert sent[0].outcome is Outcome.SENT
        assert all(one.retry_at is not None and now() - 1000 < one.retry_at < now() + 6_000 for one in refused)
        await asyncio.sleep(max(0, (refused[-1].retry_at or 0) - now()) / 1000 + 0.1)
        assert (await adapter.say(saying(f"matrix:{room}", "word 7"))).outcome is Outcome.SENT
    await hall.close()


async def test_the_server_restarts(strict: Synapse, tmp_path: Path) -> None:
    """Cut off in the middle, the bot comes back by itself; what was said before is not heard again."""
    hall = Hall(strict, tmp_path)
    ada = hall.person("Ada")
    async with hall.listening(sleep=_at_once) as adapter:
        room = await hall.room(ada)
        await ada.says(room, "before")
        await hall.words("before")
        await asyncio.to_thread(strict.stop)
        await eventually(lambda: adapter.unreachable_since)
        sent = await adapter.say(saying(f"matrix:{room}", "is anybody there"))
        assert sent.outcome is Outcome.LATER
        await asyncio.to_thread(strict.start)
        await ada.says(room, "after")
        await hall.words("after")
        assert adapter.unreachable_since is None
    assert hall.texts() == ["before", "after"]
    await hall.close()


def test_reactions_leave_messages_their_share() -> None:
    """Our own reactions take only what is over half of what the server allows, and wait when it asks to."""
    allowance = Allowance(Rate(burst=10, pause_ms=5_000))
    assert allowance.spare_at(0) == 0
    for _ in range(5):
        allowance.spend(0)
    assert allowance.spare_at(0) == 5_000
    assert allowance.spare_at(5_000) == 5_000
    allowance.hold(9_000)
    assert allowance.spare_at(5_000) == 5_000 + 6 * 5_000
    assert Allowance(None).spare_at(7) == 7


def test_settings_that_cannot_be(tmp_path: Path) -> None:
    """An address without its scheme is said to be one."""
    with pytest.raises(AdapterFailed, match="https://"):
        MatrixAdapter("matrix.example.org", "token", folder=tmp_path, now=now)


def test_what_it_can_do(tmp_path: Path) -> None:
    """By default it keeps to what an ordinary server allows."""
    adapter = MatrixAdapter("https://matrix.example.org", "token", folder=tmp_path, now=now)
    assert adapter.ability.prefix == "!"
    assert adapter.ability.pace.room_per_minute == 12
    adapter._memory.close()

