"""matrix-nio's client, made safe for a program that must not lose words.

Nothing a stranger sends stops a sync, every call that fails fails in one way, nothing here waits out a limit by
itself, and a message goes into an encrypted room only when everybody there was given its key.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import defaultdict
from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import nio  # type: ignore[import-untyped]  # ships no types
import structlog
from nio.crypto import ENCRYPTION_ENABLED  # type: ignore[import-untyped]  # ships no types

from adapters.port import AdapterFailed

log = structlog.get_logger(__name__)

ENCRYPTION_INSTALLED: bool = ENCRYPTION_ENABLED
# The first sync brings all rooms with all their members.
_FULL_SYNC = 300.0
_NO = {"not_types": ["*"]}


class Trouble(Exception):
    """A call that did not come through. `code` is the server's, empty when nothing sensible came back."""

    def __init__(self, words: str, code: str = "", status: int = 0, retry_ms: int | None = None) -> None:
        super().__init__(code or words)
        self.code, self.status, self.retry_ms = code, status, retry_ms

    @property
    def limited(self) -> bool:
        return self.status == 429 or self.code == "M_LIMIT_EXCEEDED"

    @property
    def token_refused(self) -> bool:
        return self.code in {"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED"} or self.status == 401


class Client(nio.AsyncClient):  # type: ignore[misc]  # ships no types
    """One device of one account on one homeserver."""

    def __init__(self, homeserver: str, folder: Path, *, encryption: bool, call_seconds: float) -> None:
        for name in ("nio", "peewee"):
            # their messages quote events, names and keys
            logging.getLogger(name).setLevel(logging.CRITICAL)
        settings: dict[str, Any] = {"encryption_enabled": encryption}
        if encryption:
            settings["store"] = nio.store.SqliteStore
        config = nio.AsyncClientConfig(
            max_limit_exceeded=0, max_timeouts=0, request_timeout=call_seconds, **settings
        )
        super().__init__(homeserver.rstrip("/"), store_path=str(folder), config=config)
        self._call_seconds = call_seconds
        self._keys = asyncio.Lock()
        self._sharing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    # ---- calls

    async def through(self, call: Awaitable[Any], seconds: float | None = None) -> Any:
        """What a call of the library gives, or `Trouble`; it may take no longer than `seconds`."""
        try:
            async with asyncio.timeout(seconds or self._call_seconds):
                response = await call
        except Exception as error:  # broken connections and garbage end in errors of many kinds
            words = type(error).__name__
        else:
            if not isinstance(response, nio.ErrorResponse):
                return response
            raise _refused(response)
        raise Trouble(words)

    async def ask(
        self,
        method: str,
        path: Sequence[str],
        body: Mapping[str, Any] | None = None,
        query: Sequence[tuple[str, str]] = (),
        seconds: float | None = None,
    ) -> dict[str, Any]:
        """A call for which the library has no method: the JSON of the answer, or `Trouble`."""
        address = "/_matrix/client/v3/" + "/".join(quote(part, safe="") for part in path)
        if query:
            address += "?" + urlencode(query)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.access_token}"}
        data = None if body is None else json.dumps(body)
        answer = await self.through(self.send(method, address, data, headers, timeout=seconds), seconds)
        found = await self.through(self.parse_body(answer))
        if answer.status != 200 or not isinstance(found, dict):
            found = found if isinstance(found, dict) else {}
            raise Trouble("refused", str(found.get("errcode") or ""), answer.status, _milliseconds(found))
        return found

    async def introduce(self, token: str) -> None:
        """Learns whose token it is, and opens the encryption store of its device."""
        self.access_token = token
        await self.through(self.whoami())
        if not self.device_id:
            raise AdapterFailed("The Matrix access token belongs to no device: log the bot in to get one that does.")
        self.restore_login(self.user_id, self.device_id, token)
        await self._check_store()

    async def hear(self, since: str | None, *, full: bool, limit: int, wait_ms: int) -> Any:
        """One sync; the state of rooms and the keys it brings are taken in."""
        room = {"timeline": {"limit": limit if since else 1}, "ephemeral": _NO, "account_data": _NO}
        wishes = {"presence": _NO, "account_data": _NO, "room": room}
        # the library passes over an answer whose token it has seen, also when we ask again on purpose
        self.next_batch = self.loaded_sync_token = ""
        return await self.through(
            self.sync(timeout=wait_ms, sync_filter=wishes, since=since, full_state=full or None),
            _FULL_SYNC if full else wait_ms / 1000 + self._call_seconds,
        )

    async def shut(self) -> None:
        await self.close()
        if self.store is not None:
            self.store.database.close()

    async def receive_response(self, response: Any) -> None:
        """The library throws its token away at some errors, and takes others for one of these."""
        if not isinstance(response, nio.ErrorResponse):
            await super().receive_response(response)

    # ---- nothing a stranger sends stops a sync: the library would stumble over it again and again

    def _handle_decrypt_to_device(self, to_device_event: Any) -> Any:
        try:
            return super()._handle_decrypt_to_device(to_device_event)
        except Exception as error:
            log.warning("message_to_device_unusable", platform="matrix", error=error)
            return None

    def _handle_timeline_event(self, event: Any, room_id: str, room: Any, encrypted_rooms: set[str]) -> Any:
        try:
            return super()._handle_timeline_event(event, room_id, room, encrypted_rooms)
        except Exception as error:
            log.warning("event_unusable", platform="matrix", room=room_id, error=error)
            return None

    def _handle_joined_state(self, room_id: str, join_info: Any, encrypted_rooms: set[str]) -> None:
        """The library's way, one event at a time."""
        events, join_info.state = join_info.state, []
        super()._handle_joined_state(room_id, join_info, encrypted_rooms)
        for event in events:
            self._handle_timeline_event(event, room_id, self.rooms[room_id], encrypted_rooms)
        join_info.state = events

    # ---- encryption

    def encrypted(self, room: str) -> bool:
        known = self.rooms.get(room)
        return bool(known and known.encrypted)

    def opened(self, room: str, source: Mapping[str, Any]) -> dict[str, Any] | None:
        """An event as it is written, decrypted where it must be; None: its key is missing."""
        if source.get("type") != "m.room.encrypted":
            return dict(source)
        event = nio.Event.parse_event(dict(source))
        if self.olm is None or not isinstance(event, nio.MegolmEvent):
            return None
        with contextlib.suppress(nio.EncryptionError):
            event.room_id = room
            return dict(self.decrypt_event(event).source)
        return None

    async def wish_for_key(self, room: str, source: Mapping[str, Any]) -> None:
        """Asks other devices for the key of a message; they may or may not give it."""
        event = nio.Event.parse_event(dict(source))
        if self.olm is None or not isinstance(event, nio.MegolmEvent) or event.session_id in self.outgoing_key_requests:
            return
        event.room_id = room
        with contextlib.suppress(Trouble):
            await self.through(self.request_room_key(event))

    async def settle_keys(self) -> None:
        """What others must know of our keys, and we of theirs. What fails is done after the next sync."""
        if self.olm is None:
            return
        async with self._keys:
            if self.should_upload_keys:
                await self.through(self.keys_upload())
            if self.should_query_keys:
                await self.through(self.keys_query())
            if self.should_claim_keys:
                await self.through(self.keys_claim(self.get_users_for_key_claiming()))
            for message in list(self.outgoing_to_device_messages):
                await self.through(self.to_device(message))

    async def put(self, room: str, kind: str, content: Mapping[str, Any], transaction: str) -> str:
        """Sends an event and gives its id. The same transaction again is the same event."""
        if self.olm is not None and self.encrypted(room) and kind != "m.reaction":
            async with self._sharing[room]:
                await self._share_key(room)
        response = await self.through(
            self.room_send(room, kind, dict(content), tx_id=transaction, ignore_unverified_devices=True)
        )
        return str(response.event_id)

    async def _share_key(self, room: str) -> None:
        """Gives the room's key to every device there. The library counts it as given even where that failed."""
        members = self.rooms[room]
        if not members.members_synced:
            await self.through(self.joined_members(room))
        async with self._keys:
            if self.should_query_keys:
                await self.through(self.keys_query())
        if not self.olm.should_share_group_session(room):
            return
        if missing := self.get_missing_sessions(room):
            await self.through(self.keys_claim(missing))
        try:
            await self.through(self.share_group_session(room, ignore_unverified_devices=True), 60.0)
        finally:
            # left behind when claiming keys fails; every later message would wait for it
            if left := self.sharing_session.pop(room, None):
                left.set()
        session = self.olm.outbound_group_sessions[room]
        given = session.users_shared_with | session.users_ignored
        if any(device not in given for device in self._reachable(members.users)):
            session.shared = False
            raise Trouble("KeyNotShared")

    def _reachable(self, users: Sequence[str]) -> list[tuple[str, str]]:
        """The devices a key can be sent to: one without one-time keys left cannot be helped."""
        return [
            (user, device.id)
            for user in users
            for device in self.device_store.active_user_devices(user)
            if device.id != self.device_id and self.olm.session_store.get(device.curve25519)
        ]

    async def _check_store(self) -> None:
        """The server knows this device's keys. Others than in our store: that store was lost."""
        if self.olm is None:
            return
        self.users_for_key_query.add(self.user_id)
        response = await self.through(self.keys_query())
        published = response.device_keys.get(self.user_id, {}).get(self.device_id)
        if published is None:
            self.olm.account.shared = False
            return
        ours = self.olm.account.identity_keys["ed25519"]
        if published.get("keys", {}).get(f"ed25519:{self.device_id}") != ours:
            raise AdapterFailed(
                f"The Matrix encryption store in {Path(self.store_path).name}/ is not the one of device "
                f"{self.device_id}: put it back from the backup, or log the bot in anew and use that token."
            )


def _refused(response: Any) -> Trouble:
    status = getattr(response.transport_response, "status", 0)
    return Trouble("refused", str(response.status_code or ""), status, response.retry_after_ms)


def _milliseconds(found: Mapping[str, Any]) -> int | None:
    value = found.get("retry_after_ms")
    return value if isinstance(value, int) else None
