"""The contract of `contract.py` in a room on a real homeserver."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from adapters.matrix import MatrixAdapter
from adapters.matrix.writing import BUTTONS
from adapters.port import Adapter, Answer, Batch, Heard
from bot.config import Settings
from bot.grammar import VERBS
from bot.house_platforms import platforms
from tests.platforms.contract import ACT, ROOM, People, about
from tests.platforms.matrix_people import Person, eventually
from tests.platforms.synapse import Synapse
from tests.platforms.telegram_double import Clock

_VERB = re.compile(r"!(?=(?:" + "|".join(VERBS) + r")\b)")


class MatrixPeople(People):
    """A room on Synapse; taps are reactions."""

    adapter: MatrixAdapter
    folder: Path

    def __init__(self, synapse: Synapse, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.synapse = synapse
        self.bot = synapse.user("Roundabout")
        self.people: dict[str, Person] = {}
        self.rooms: dict[str, str] = {}
        """Ids by name."""
        self._founders: dict[str, Person] = {}
        self._inside: set[tuple[str, str]] = set()
        self._alone: dict[str, str] = {}
        self._causes: dict[str, Heard] = {}
        self._reactions: dict[tuple[str, str, str], str] = {}
        self._before: set[str] = set()
        self._read: dict[str, tuple[list[dict[str, Any]], str]] = {}
        self.not_stored = 0
        """Batches that came again."""
        self._owed: list[str] | None = None
        """What the bot will have heard later, while it hears nothing."""

    @classmethod
    @asynccontextmanager
    async def meet(
        cls, synapse: Synapse, database: str = "sqlite://", *, timeline_limit: int = 100, **told: Any
    ) -> AsyncIterator[MatrixPeople]:
        """`told`: settings of the platform, other than usual."""
        people = cls(synapse)
        async with AsyncExitStack() as stack:
            settings = Settings.model_validate({"matrix": people.told(stack) | told})
            (adapter,) = platforms(settings, people.clock).adapters
            assert isinstance(adapter, MatrixAdapter)
            adapter._timeline_limit = timeline_limit
            await people.opens(stack, settings, [adapter], database)
            await people.begin(stack, adapter)
            yield people

    def told(self, stack: AsyncExitStack) -> dict[str, Any]:
        """The settings of this platform; the folder they name is there until the stack is left."""
        self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        return {
            "homeserver": self.synapse.url, "token": self.bot.token, "folder": str(self.folder / "matrix"),
            "pause_ms": 0, "encryption": False, "poll_seconds": 1,
        }

    async def begin(self, stack: AsyncExitStack, adapter: Adapter) -> None:
        """The bot listens here, and somebody has founded the room, until the stack is left."""
        assert isinstance(adapter, MatrixAdapter)
        self.adapter = adapter
        listening = asyncio.create_task(adapter.listen(None, self._take))

        async def stop() -> None:
            await adapter.stop()
            await listening
            for one in self.people.values():
                await one.close()

        stack.push_async_callback(stop)
        await eventually(lambda: adapter.synced)
        await self._enter("ada", ROOM)

    def person(self, who: str) -> Person:
        if who not in self.people:
            self.people[who] = self._new_person(who)
        return self.people[who]

    def _new_person(self, who: str) -> Person:
        return Person(self.synapse, self.synapse.user(who))

    async def _founds(self, person: Person, **more: Any) -> str:
        room = await person.founds(self.bot.id, **more)
        await self._sees_bot(room)
        return room

    async def _sees_bot(self, room: str) -> None:
        """The bot has come in and knows who is there."""
        await eventually(lambda: self._is_in(room))

    def _is_in(self, room: str) -> bool:
        known = self.adapter._client.rooms.get(room)
        return known is not None and self.bot.id in known.users

    async def _enter(self, who: str, room: str = ROOM) -> Person:
        """Brings them into a room, founded by the first who comes; the bot sees them there."""
        person = self.person(who)
        if room not in self.rooms:
            self.rooms[room] = await self._founds(person, name=room)
            self._founders[room] = person
        elif (who, room) not in self._inside and person is not self._founders[room]:
            await self._founders[room].invites(person.id, self.rooms[room])
            await person.joins(self.rooms[room])
            await eventually(lambda: person.id in self.adapter._client.rooms[self.rooms[room]].users)
        self._inside.add((who, room))
        return person

    def moved(self, name: str, new: str) -> None:
        """The room of this name is another now; its founder is in it, the others come when they next speak."""
        self.rooms[name] = new
        self._inside = {(who, room) for who, room in self._inside if room != name}

    # ---- the bot's side

    async def _take(self, batch: Batch) -> Sequence[Answer]:
        try:
            answers = await self.house.take(batch)
        except Exception:
            self.not_stored += 1
            raise
        self._causes |= {event.cause: event for event in batch.events if isinstance(event, Heard)}
        return answers

    async def _answered(self, *events: str) -> None:
        """These were heard and committed, and what goes back at once has gone."""
        if self._owed is not None:
            self._owed += events
            return
        await eventually(lambda: all(f"matrix:{event}" in self._causes for event in events))
        await asyncio.sleep(0)
        await eventually(lambda: not self.adapter._answers)

    @asynccontextmanager
    async def unheard(self) -> AsyncIterator[None]:
        """What people do meanwhile the bot hears when it can; at the end it has."""
        owed: list[str] = []
        self._owed = owed
        try:
            yield
        finally:
            self._owed = None
        self._look()
        await self._answered(*owed)
        await self._pass(ACT)

    async def happens(self, what: Callable[[], Awaitable[object]], heard: Callable[[], object]) -> None:
        """Whatever else can happen on Matrix, over when this shows that it was heard."""

        async def happening() -> None:
            await what()
            await eventually(heard)

        await self._act(happening)

    # ---- what people do

    async def _say(self, who: str, words: str, on: int | None, room: str = ROOM) -> None:
        person = await self._enter(who, room)
        words = re.sub(r"(?<!\S)@(\w+)", lambda found: self.person(found[1]).id, words)
        if on is None:
            sent = await person.says(self.rooms[room], words)
        else:
            sent = await person.replies(self.rooms[room], self._card(on, room=room)[0], words)
        await self._answered(sent)

    async def _whisper(self, who: str, words: str) -> None:
        person = self.person(who)
        if who not in self._alone:
            self._alone[who] = await self._founds(person, is_direct=True)
        await self._answered(await person.says(self._alone[who], words))

    async def _tap(self, who: str, label: str, on: int, room: str) -> None:
        person = await self._enter(who, room)
        card, sign = self._card(on, label, room=room)
        before = self._reactions.pop((who, card, sign), None)
        if before is not None:
            # the server takes each emoji of a person beneath a message once
            await self._answered(await person.redacts(self.rooms[room], before))
        sent = self._reactions[who, card, sign] = await person.reacts(self.rooms[room], card, sign)
        await self._answered(sent)

    async def presses(self, who: str, label: str) -> None:
        """A button of the bot's last message alone with somebody."""
        room = self._alone[who]
        last = self._events(room)[-1]
        words = last["content"]["body"].rpartition("\n")[2].split("   ")
        sign = next(one for one in last["content"][BUTTONS] if f"{one} {label}" in words)

        async def press() -> None:
            await self._answered(await self.person(who).reacts(room, last["event_id"], sign))

        await self._act(press)

    async def takes_back(self, who: str, label: str, on: int) -> None:
        """A reaction is taken away again."""
        card, sign = self._card(on, label)

        async def act() -> None:
            reaction = self._reactions.pop((who, card, sign))
            await self._answered(await self.person(who).redacts(self.rooms[ROOM], reaction))

        await self._act(act)

    async def _forge(self, who: str, payload: str) -> None:
        said = await (await self._enter(who)).says(self.rooms[ROOM], "forged")
        await self._answered(said)
        heard = self._causes[f"matrix:{said}"]
        forged = replace(heard, cause=f"{heard.cause}:forged", text="", tap=payload)
        await self.house.take(Batch("matrix", (forged,), None))

    # ---- what they see

    def _events(self, room: str) -> list[dict[str, Any]]:
        """What the bot said in a room, the latest last."""
        return [
            one for one in self._on_server(room)
            if one["sender"] == self.bot.id and one["type"] == "m.room.message" and one["content"]
        ]  # fmt: skip

    def _on_server(self, room: str) -> list[dict[str, Any]]:
        """Everything there; what was read before is not asked for again."""
        events, start = self._read.get(room, ([], ""))
        while True:
            path = f"/_matrix/client/v3/rooms/{quote(room)}/messages?dir=f&limit=500{start}"
            page = self.synapse.ask("GET", path, token=self.bot.token)
            events += page["chunk"]
            if "end" not in page or not page["chunk"]:
                break
            start = f"&from={quote(page['end'])}"
        self._read[room] = events, start
        return events

    def _card(self, number: int, label: str = "", *, room: str = ROOM) -> tuple[str, str]:
        """The latest message about an item with such a button, and the emoji beside its word."""
        shown: dict[str, dict[str, Any]] = {}
        for event in self._events(self.rooms[room]):
            content = event["content"]
            of = content.get("m.relates_to", {})
            edited = of.get("rel_type") == "m.replace"
            shown[of["event_id"] if edited else event["event_id"]] = content["m.new_content"] if edited else content
        for message, content in reversed(shown.items()):
            if not about(number, content["body"]):
                continue
            if not label:
                return message, ""
            words = content["body"].rpartition("\n")[2].split("   ")
            for sign in content.get(BUTTONS, {}):
                if f"{sign} {label}" in words:
                    return message, sign
        raise AssertionError(f"nothing about {number} with a button {label}: {json.dumps(list(shown.values())[-3:])}")

    def _look(self) -> None:
        rooms = [*self.rooms.values(), *self._alone.values()]
        self._before = {event["event_id"] for room in rooms for event in self._events(room)}

    def room_texts(self, room: str = ROOM) -> list[str]:
        return self._new(self.rooms[room])

    def all_texts(self, room: str = ROOM) -> list[str]:
        """What a room was told from the beginning: each message as it was first."""
        return [
            event["content"]["body"] for event in self._events(self.rooms[room])
            if event["content"].get("m.relates_to", {}).get("rel_type") != "m.replace"
        ]  # fmt: skip

    def own_texts(self, who: str) -> list[str]:
        return self._new(self._alone[who]) if who in self._alone else []

    def _new(self, room: str) -> list[str]:
        fresh = (event["content"] for event in self._events(room) if event["event_id"] not in self._before)
        return [_VERB.sub("/", content.get("m.new_content", content)["body"]) for content in fresh]

    def minutes(self) -> dict[str, Any]:
        """Ids and handles of the homeserver as the short names of these people."""
        text = json.dumps(super().minutes())
        for name, person in self.people.items():
            for written in (person.id, person.id[1:].partition(":")[0]):
                text = text.replace(written, name if written != person.id else f"@{name}")
        found: dict[str, Any] = json.loads(text)
        return found
