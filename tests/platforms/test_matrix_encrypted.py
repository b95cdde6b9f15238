"""The Matrix adapter in encrypted rooms of a real homeserver: keys come and go, nothing is passed over."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.matrix import MatrixAdapter
from adapters.matrix import adapter as adapter_module
from adapters.port import AdapterFailed, Admission, Answer, Button, Heard, Outcome, Presence, Unreadable
from tests.platforms.matrix_people import Ear, Person, eventually, listening, now, saying
from tests.platforms.matrix_proxy import Proxy
from tests.platforms.synapse import Account, Synapse

pytestmark = [pytest.mark.synapse, pytest.mark.xdist_group("synapse")]

CARD = ((Button("Agree", "v1:agree", "👍"), Button("Block", "v1:block", "✋")),)


class Vault:
    """A bot's account with its store, and people who can read what is encrypted."""

    def __init__(self, synapse: Synapse, folder: Path) -> None:
        self.synapse, self.folder = synapse, folder
        self.bot = synapse.user("Roundabout")
        self.ear = Ear()
        self._people: list[Person] = []

    async def person(self, name: str, account: Account | None = None) -> Person:
        """With keys that others can find."""
        account = account or self.synapse.user(name)
        person = Person(self.synapse, account, self.folder / f"keys-{account.device}")
        self._people.append(person)
        await person.looks()
        return person

    @contextlib.asynccontextmanager
    async def listening(self, url: str = "", **more: Any) -> AsyncIterator[MatrixAdapter]:
        settings: dict[str, Any] = {"folder": self.folder / "matrix", "now": now, "rate": None} | more
        adapter = MatrixAdapter(url or self.synapse.url, self.bot.token, **settings)
        async with listening(adapter, self.ear):
            yield adapter

    async def room(self, *people: Person, **more: Any) -> str:
        founder, *others = people
        room = await founder.founds_encrypted(self.bot.id, *(one.id for one in others), **more)
        for one in others:
            await one.joins(room)
        await self.ear.hears(Admission, lambda event: event.present)
        for person in people:
            await person.sees(room, lambda event: getattr(event, "state_key", "") == self.bot.id
                              and event.source["content"]["membership"] == "join")
        return room

    async def words(self, text: str) -> Heard:
        return await self.ear.hears(Heard, lambda heard: heard.text == text)

    def texts(self) -> list[str]:
        return [heard.text for heard in self.ear.all(Heard) if heard.tap is None]

    async def close(self) -> None:
        for person in self._people:
            await person.close()


@pytest.fixture
async def vault(synapse: Synapse, tmp_path: Path) -> AsyncIterator[Vault]:
    made = Vault(synapse, tmp_path)
    yield made
    await made.close()


async def test_an_encrypted_room_works_like_any_other(vault: Vault) -> None:
    """Words, replies, edits, cards and their reactions; everybody there can read what the bot says."""
    async with vault.listening() as adapter:
        ada, ben = await vault.person("Ada"), await vault.person("Ben")
        room = await vault.room(ada, ben)
        first = await ada.says(room, "!propose Repair the pump")
        heard = await vault.words("!propose Repair the pump")
        assert (heard.room, heard.handle, heard.speaker.name) == (f"matrix:{room}", first, "Ada")  # type: ignore[union-attr]
        await ben.replies(room, first, "!second")
        assert (await vault.words("!second")).reply_to == first
        await ada.edits(room, first, "!propose Repair the well")
        assert (await vault.words("!propose Repair the well")).edited
        card = (await adapter.say(saying(f"matrix:{room}", "1 · Repair the pump", buttons=CARD))).message
        assert card is not None
        for person in (ada, ben):
            assert (await person.reads(room, "1 · Repair the pump")).decrypted
        await ben.reacts(room, card, "👍")
        await vault.ear.hears(Heard, lambda heard: heard.tap == "v1:agree")
        await adapter.say(saying(f"matrix:{room}", "1 · adopted", edits=card))
        shown = (await ada.reads(room, "1 · adopted")).source["content"]
        assert shown["m.relates_to"] == {"rel_type": "m.replace", "event_id": card}
        await adapter.answer(Answer(heard, "So be it."))
        assert (await ada.reads(room, "So be it.")).decrypted
    path = f"/_matrix/client/v3/rooms/{room}/event/{card}"
    sealed = vault.synapse.ask("GET", path, token=vault.bot.token)
    assert sealed["type"] == "m.room.encrypted"
    assert "Repair" not in str(sealed)


async def test_after_a_restart_all_goes_on(vault: Vault) -> None:
    """With its store the bot reads what came while it was down, knows its cards, and is read."""
    async with vault.listening() as adapter:
        ada = await vault.person("Ada")
        room = await vault.room(ada)
        await ada.says(room, "before")
        await vault.words("before")
        card = (await adapter.say(saying(f"matrix:{room}", "1 · In a round", buttons=CARD))).message
        assert card is not None
        vote = ((Button("Yes", "v1:yes", "✅"),),)
        await adapter.say(saying(f"matrix:{room}", "1 · In a vote", buttons=vote, edits=card))
    await ada.says(room, "while it was down")
    await ada.reacts(room, card, "✅")
    async with vault.listening() as adapter:
        await vault.words("while it was down")
        await vault.ear.hears(Heard, lambda heard: heard.tap == "v1:yes")
        await adapter.say(saying(f"matrix:{room}", "back again"))
        assert (await ada.reads(room, "back again")).decrypted
    assert vault.texts() == ["before", "while it was down"]


async def test_a_batch_that_is_not_stored_can_be_read_again(vault: Vault) -> None:
    """The keys a sync brought are kept even when its words must come a second time."""
    async def at_once(seconds: float) -> None:
        """No pause."""

    async with vault.listening(sleep=at_once):
        ada = await vault.person("Ada")
        room = await vault.room(ada)
        vault.ear.fails = 2
        await ada.says(room, "!pending")
        await vault.words("!pending")
        assert not vault.ear.fails
    assert vault.texts() == ["!pending"]
    assert not vault.ear.all(Unreadable)


async def test_a_gap_in_an_encrypted_room_is_filled(vault: Vault) -> None:
    """More than a timeline holds is decrypted too."""
    async with vault.listening():
        ada = await vault.person("Ada")
        room = await vault.room(ada)
    said = [f"word {number}" for number in range(12)]
    for text in said:
        await ada.says(room, text)
    async with vault.listening(timeline_limit=5):
        await vault.words("word 11")
    assert vault.texts() == said


async def test_private_chats_are_encrypted_from_both_sides(vault: Vault) -> None:
    """Those that people open with their clients, and those the bot opens."""
    async with vault.listening() as adapter:
        ada, ben = await vault.person("Ada"), await vault.person("Ben")
        room = await ada.founds_encrypted(vault.bot.id, is_direct=True)
        await vault.ear.hears(Admission, lambda event: event.room == f"matrix:{ada.id}")
        await ada.sees(room, lambda event: event.sender == vault.bot.id)
        await ada.says(room, "!pending")
        heard = await vault.words("!pending")
        assert heard.private
        await adapter.answer(Answer(heard, "Nothing waits."))
        assert (await ada.reads(room, "Nothing waits.")).decrypted
        sent = await adapter.say(saying(f"matrix:{ben.id}", "12 is waiting"))
        assert sent.outcome is Outcome.SENT
        theirs = await ben.invited()
        await ben.joins(theirs)
        assert (await ben.reads(theirs, "12 is waiting")).decrypted


async def test_who_comes_later_and_a_second_device_read_what_is_said_then(vault: Vault) -> None:
    """Every new device gets the key of what follows."""
    async with vault.listening() as adapter:
        ada = await vault.person("Ada")
        room = await vault.room(ada)
        await adapter.say(saying(f"matrix:{room}", "among few"))
        cem = await vault.person("Cem")
        await ada.invites(cem.id, room)
        await cem.joins(room)
        await vault.ear.hears(Presence)
        phone = await vault.person("Ada", vault.synapse.login(ada.account))
        await phone.looks()
        await ada.says(room, "a device more")
        await vault.words("a device more")
        await adapter.say(saying(f"matrix:{room}", "among many"))
        for person in (ada, cem, phone):
            assert (await person.reads(room, "among many")).decrypted


async def test_a_key_that_comes_late(vault: Vault) -> None:
    """The room is told once that a message cannot be read; when the key comes the message is heard after all."""
    async with Proxy(vault.synapse).running() as proxy:
        async with vault.listening(url=proxy.url, grace_ms=100) as adapter:
            ada = await vault.person("Ada")
            room = await vault.room(ada)
            proxy.keeps_keys = True
            first = await ada.says(room, "!agree 12")
            told = await vault.ear.hears(Unreadable)
            assert (told.room, told.cause) == (f"matrix:{room}", f"matrix:{first}:unreadable")
            assert (await adapter.say(saying(f"matrix:{room}", "cannot read"))).outcome is Outcome.SENT
        async with vault.listening(url=proxy.url, grace_ms=100):
            proxy.keeps_keys = False
            await ada.says(room, "!pass 13")
            heard = await vault.words("!agree 12")
            assert heard.cause == f"matrix:{first}"
            await vault.words("!pass 13")
    assert len(vault.ear.all(Unreadable)) == 1
    assert sorted(vault.texts()) == ["!agree 12", "!pass 13"]


async def test_what_was_heard_with_a_late_key_is_not_heard_again_after_a_kill(vault: Vault) -> None:
    """It was stored, and the program was killed before it could be forgotten here."""
    async with Proxy(vault.synapse).running() as proxy:
        async with vault.listening(url=proxy.url, grace_ms=100):
            ada = await vault.person("Ada")
            room = await vault.room(ada)
            proxy.keeps_keys = True
            await ada.says(room, "!propose Repair the pump")
            await vault.ear.hears(Unreadable)
        async with vault.listening(url=proxy.url, grace_ms=100) as killed:
            killed._hearing.taken = lambda: None  # type: ignore[method-assign]
            proxy.keeps_keys = False
            await vault.words("!propose Repair the pump")
        async with vault.listening(url=proxy.url, grace_ms=100):
            await ada.says(room, "!pending")
            await vault.words("!pending")
    assert vault.texts() == ["!propose Repair the pump", "!pending"]


async def test_a_key_that_is_only_just_behind_is_no_trouble(vault: Vault) -> None:
    """Within the grace nothing is said."""
    async with Proxy(vault.synapse).running() as proxy, vault.listening(url=proxy.url):
        ada = await vault.person("Ada")
        room = await vault.room(ada)
        proxy.keeps_keys = True
        await ada.says(room, "!agree 12")
        before = len(vault.ear.batches)
        await eventually(lambda: len(vault.ear.batches) > before)
        proxy.keeps_keys = False
        await ada.says(room, "!pass 13")
        await vault.words("!agree 12")
    assert not vault.ear.all(Unreadable)


async def test_a_lost_store_is_explained(vault: Vault) -> None:
    """A device without its store could neither read nor be trusted: it stops, and says what helps."""
    async with vault.listening():
        ada = await vault.person("Ada")
        room = await vault.room(ada)
    shutil.copytree(vault.folder / "matrix", vault.folder / "backup")
    shutil.rmtree(vault.folder / "matrix")
    for _ in range(2):
        with pytest.raises(AdapterFailed, match="put it back from the backup, or log the bot in anew"):
            async with vault.listening():
                pass
    await ada.says(room, "!in between")
    shutil.rmtree(vault.folder / "matrix")
    shutil.copytree(vault.folder / "backup", vault.folder / "matrix")
    async with vault.listening():
        await vault.words("!in between")


async def test_a_new_device_after_a_lost_store(vault: Vault) -> None:
    """Logged in anew the bot reads what is said from then on."""
    async with vault.listening():
        ada = await vault.person("Ada")
        room = await vault.room(ada)
    shutil.rmtree(vault.folder / "matrix")
    vault.bot = vault.synapse.login(vault.bot)
    async with vault.listening() as adapter:
        await ada.looks()
        await adapter.say(saying(f"matrix:{room}", "a new device"))
        await ada.reads(room, "a new device")
        await ada.says(room, "!roll")
        await vault.words("!roll")


async def test_without_the_extra_it_says_that_it_cannot_read(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each message is told as unreadable, at once, and what the bot says is not encrypted."""
    monkeypatch.setattr(adapter_module, "ENCRYPTION_INSTALLED", False)
    async with vault.listening() as adapter:
        ada = await vault.person("Ada")
        room = await vault.room(ada)
        said = await ada.says(room, "!roll")
        told = await vault.ear.hears(Unreadable)
        assert (told.room, told.cause) == (f"matrix:{room}", f"matrix:{said}:unreadable")
        assert (await adapter.say(saying(f"matrix:{room}", "I cannot read here."))).outcome is Outcome.SENT
        assert not (await ada.reads(room, "I cannot read here.")).decrypted
    assert vault.texts() == []
    with pytest.raises(AdapterFailed, match="e2e"):
        MatrixAdapter(vault.synapse.url, "token", folder=vault.folder, now=now, encryption=True)


async def test_a_key_that_could_not_be_given_holds_the_message_back(vault: Vault) -> None:
    """Rather later than unreadable to some."""
    async with Proxy(vault.synapse).running() as proxy, vault.listening(url=proxy.url) as adapter:
        ada = await vault.person("Ada")
        room = await vault.room(ada)
        for fault, on in (("garbage", "/keys/claim"), ("500", "/sendToDevice/")):
            proxy.fault, proxy.on = fault, on
            assert (await adapter.say(saying(f"matrix:{room}", "sealed"))).outcome is Outcome.LATER
        proxy.fault = ""
        assert (await adapter.say(saying(f"matrix:{room}", "sealed"))).outcome is Outcome.SENT
        assert (await ada.reads(room, "sealed")).decrypted
