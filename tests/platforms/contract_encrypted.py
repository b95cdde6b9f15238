"""The contract of `contract.py` where nobody but those in a room can read what is said there."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

from tests.platforms.contract import ROOM
from tests.platforms.contract_matrix import MatrixPeople
from tests.platforms.matrix_people import Person


class EncryptedPeople(MatrixPeople):
    """All rooms are encrypted, and people's clients read what is in them; what the server shows is sealed."""

    def told(self, stack: AsyncExitStack) -> dict[str, Any]:
        return super().told(stack) | {"encryption": True}

    def _new_person(self, who: str) -> Person:
        return Person(self.synapse, self.synapse.user(who), self.folder / f"keys-{who}")

    async def _founds(self, person: Person, **more: Any) -> str:
        await person.looks()
        room = await person.founds_encrypted(self.bot.id, **more)
        await self._sees_bot(room)
        await person.looks()
        return room

    async def _enter(self, who: str, room: str = ROOM) -> Person:
        person = await super()._enter(who, room)
        await person.looks()
        return person

    async def _whisper(self, who: str, words: str) -> None:
        await self.person(who).looks()
        await super()._whisper(who, words)

    async def _pass(self, milliseconds: int) -> None:
        await super()._pass(milliseconds)
        await self.read()

    async def read(self) -> None:
        """Those whose clients are looked at have everything that was said."""
        for person in {id(one): one for one in map(self._reader, self._all_rooms())}.values():
            await person.looks()

    def _all_rooms(self) -> list[str]:
        return [*self.rooms.values(), *self._alone.values()]

    def _reader(self, room: str) -> Person:
        """Who was in a room from its beginning."""
        for name, known in self.rooms.items():
            if known == room:
                return self._founders[name]
        return next(self.people[who] for who, known in self._alone.items() if known == room)

    def _events(self, room: str) -> list[dict[str, Any]]:
        """Of what the bot said, all can be read."""
        said = [event for where, event in self._reader(room).seen if where == room and event.sender == self.bot.id]
        unread = [event.source for event in said if event.source["type"] == "m.room.encrypted"]
        assert unread == [], unread[-3:]
        return [event.source for event in said if event.source["type"] == "m.room.message"]

    def sealed(self, room: str) -> list[dict[str, Any]]:
        """The words said in a room as the server has them."""
        return [one for one in self._on_server(room) if one["type"] in {"m.room.message", "m.room.encrypted"}]
