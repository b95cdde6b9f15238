"""People on a real homeserver, played by the library's own client; and an ear that records what an adapter hears."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import nio

from adapters.matrix import MatrixAdapter
from adapters.port import Answer, Batch, Event, Lane, Saying
from tests.platforms.synapse import Account, Synapse

Kind = TypeVar("Kind")
WITHIN = 40.0


def now() -> int:
    return time.time_ns() // 1_000_000


def saying(room: str, text: str, **more: Any) -> Saying:
    """A saying whose key is its text."""
    return Saying(**{"key": text, "room": room, "text": text, "lane": Lane.CARD} | more)


class Person:
    """Somebody with a Matrix client. With a folder for keys they can read and write in encrypted rooms."""

    def __init__(self, synapse: Synapse, account: Account, keys: Path | None = None) -> None:
        config = nio.AsyncClientConfig(
            encryption_enabled=keys is not None, store=nio.store.SqliteStore
        )
        if keys is not None:
            keys.mkdir(exist_ok=True)
        self.client = nio.AsyncClient(synapse.url, account.id, account.device, str(keys or ""), config)
        self.client.restore_login(account.id, account.device, account.token)
        self.id, self.account, self.synapse = account.id, account, synapse
        self._since: str | None = None
        self.seen: list[tuple[str, Any]] = []
        """Everything that came in joined rooms: the room and the event."""

    async def close(self) -> None:
        await self.client.close()
        if self.client.store is not None:
            self.client.store.database.close()

    # ---- rooms

    async def founds(self, *invited: str, **more: Any) -> str:
        made = await self.client.room_create(invite=invited, **more)
        assert isinstance(made, nio.RoomCreateResponse), made
        return str(made.room_id)

    async def founds_encrypted(self, *invited: str, **more: Any) -> str:
        state = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
        return await self.founds(*invited, initial_state=[state], **more)

    async def joins(self, room: str) -> None:
        assert isinstance(await self.client.join(room), nio.JoinResponse)

    async def invites(self, user: str, room: str) -> None:
        assert isinstance(await self.client.room_invite(room, user), nio.RoomInviteResponse)

    async def leaves(self, room: str) -> None:
        assert isinstance(await self.client.room_leave(room), nio.RoomLeaveResponse)

    async def kicks(self, user: str, room: str) -> None:
        assert isinstance(await self.client.room_kick(room, user), nio.RoomKickResponse)

    async def sets(self, room: str, kind: str, content: dict[str, Any]) -> None:
        """The state of a room."""
        done = await self.client.room_put_state(room, kind, content)
        assert isinstance(done, nio.RoomPutStateResponse), done

    async def renames(self, name: str) -> None:
        await self.client.set_displayname(name)

    async def upgrades(self, room: str, version: str) -> str:
        """The room's new id."""
        path = f"/_matrix/client/v3/rooms/{room}/upgrade"
        answer = await asyncio.to_thread(
            self.synapse.ask, "POST", path, {"new_version": version}, token=self.account.token
        )
        return str(answer["replacement_room"])

    # ---- words

    async def sends(self, room: str, content: dict[str, Any], kind: str = "m.room.message") -> str:
        sent = await self.client.room_send(room, kind, content, ignore_unverified_devices=True)
        assert isinstance(sent, nio.RoomSendResponse), sent
        return str(sent.event_id)

    async def says(self, room: str, text: str, **more: Any) -> str:
        return await self.sends(room, {"msgtype": "m.text", "body": text} | more)

    async def replies(self, room: str, to: str, text: str, **more: Any) -> str:
        return await self.says(room, text, **{"m.relates_to": {"m.in_reply_to": {"event_id": to}}} | more)

    async def edits(self, room: str, message: str, text: str) -> str:
        relates = {"rel_type": "m.replace", "event_id": message}
        new = {"msgtype": "m.text", "body": text}
        return await self.says(room, f"* {text}", **{"m.new_content": new, "m.relates_to": relates})

    async def reacts(self, room: str, message: str, emoji: str) -> str:
        relates = {"rel_type": "m.annotation", "event_id": message, "key": emoji}
        return await self.sends(room, {"m.relates_to": relates}, "m.reaction")

    async def redacts(self, room: str, event: str) -> str:
        done = await self.client.room_redact(room, event)
        assert isinstance(done, nio.RoomRedactResponse), done
        return str(done.event_id)

    # ---- what they see

    async def looks(self, wait: int = 0) -> None:
        """One sync, with what a client does about keys beside it."""
        client = self.client
        response = await client.sync(wait, since=self._since, full_state=self._since is None)
        assert isinstance(response, nio.SyncResponse), response
        self._since = response.next_batch
        for room, info in response.rooms.join.items():
            self.seen += [(room, event) for event in info.timeline.events]
        if client.should_upload_keys:
            await client.keys_upload()
        if client.should_query_keys:
            await client.keys_query()
        if client.should_claim_keys:
            await client.keys_claim(client.get_users_for_key_claiming())
        await client.send_to_device_messages()

    async def sees(self, room: str, like: Callable[[Any], bool], what: str = "event") -> Any:
        """Waits for such an event in a room."""
        deadline = time.monotonic() + WITHIN
        while True:
            for where, event in self.seen:
                if where == room and like(event):
                    return event
            assert time.monotonic() < deadline, f"no such {what}: {[event.source for _, event in self.seen][-8:]}"
            await self.looks(500)

    async def reads(self, room: str, words: str) -> Any:
        """Waits for a message with these words in its body."""
        return await self.sees(room, lambda event: words in getattr(event, "body", ""), words)

    async def invited(self) -> str:
        """Waits for an invitation."""
        deadline = time.monotonic() + WITHIN
        while not self.client.invited_rooms:
            assert time.monotonic() < deadline, "no invitation"
            await self.looks(500)
        return str(next(iter(self.client.invited_rooms)))


class Ear:
    """Takes batches in, as the service would: the cursor with the events, or nothing."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.events: list[Event] = []
        self.cursor: str | None = None
        self.answers: Callable[[Event], Sequence[Answer]] = lambda event: ()
        self.fails = 0
        """So many batches will not be stored."""
        self._heard = asyncio.Condition()

    async def take(self, batch: Batch) -> Sequence[Answer]:
        if self.fails:
            self.fails -= 1
            raise RuntimeError("the disk is full")
        self.batches.append(batch)
        self.events += batch.events
        self.cursor = batch.cursor
        async with self._heard:
            self._heard.notify_all()
        return [answer for event in batch.events for answer in self.answers(event)]

    def all(self, kind: type[Kind]) -> list[Kind]:
        return [event for event in self.events if isinstance(event, kind)]

    async def hears(self, kind: type[Kind], like: Callable[[Kind], bool] = lambda _: True) -> Kind:
        """Waits for such an event."""
        def found() -> Kind | None:
            return next((event for event in self.all(kind) if like(event)), None)

        async with self._heard:
            try:
                async with asyncio.timeout(WITHIN):
                    await self._heard.wait_for(found)
            except TimeoutError:
                raise AssertionError(f"no such {kind.__name__} among {self.events}") from None
        event = found()
        assert event is not None
        return event


async def eventually(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + WITHIN
    while not done():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def listening(adapter: MatrixAdapter, ear: Ear) -> AsyncIterator[MatrixAdapter]:
    """The adapter at work from the ear's cursor on, until the block ends; its failure is the test's."""
    task = asyncio.create_task(adapter.listen(ear.cursor, ear.take))
    try:
        await eventually(lambda: adapter.synced or task.done())
        if task.done():
            task.result()
        yield adapter
    finally:
        await adapter.stop()
        await task
