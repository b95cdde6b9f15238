"""The rooms the bot is in: which are private chats, which moved where, who may speak; invitations and new chats."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import structlog

from adapters.matrix.client import Client, Trouble
from adapters.matrix.memory import Invitation, Memory
from adapters.matrix.reading import mapping, string
from adapters.port import Speaker, clean

log = structlog.get_logger(__name__)

_STATE = frozenset({"m.room.create", "m.room.power_levels", "m.room.tombstone"})
# From this version on a room's creators stand above all levels and are not in the list of them.
_CREATORS_RULE = 12
_JOIN_SECONDS = 120.0
_APPEARS_WITHIN = 10.0
_ENCRYPTED = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}


def address(id: str) -> str:
    """The address of a room or an account."""
    return f"matrix:{id}"


class Rooms:
    """Follows the state that the library does not keep, and opens doors in both directions."""

    def __init__(self, client: Client, memory: Memory) -> None:
        self._client, self._memory = client, memory
        self._state: dict[str, dict[str, dict[str, Any]]] = {}
        self._direct: dict[str, str] = {}
        """Private chats by room, and with whom; of several with one person the last is in use."""
        self._doors: dict[str, asyncio.Task[None]] = {}
        self._making: dict[str, asyncio.Lock] = {}
        self._changed = asyncio.Condition()

    # ---- what is known

    async def load(self) -> None:
        """The list of private chats, which the account itself carries."""
        try:
            found = await self._client.ask("GET", self._direct_path)
        except Trouble as trouble:
            if trouble.status != 404:
                raise
            found = {}
        for user, rooms in found.items():
            for room in reversed(rooms if isinstance(rooms, list) else []):
                self._direct[str(room)] = user

    def joined(self, room: str) -> bool:
        return room in self._client.rooms

    def title(self, room: str) -> str:
        known = self._client.rooms.get(room)
        return clean(known.named_room_name() or "") if known else ""

    def partner(self, room: str) -> str | None:
        """With whom this is a private chat. Where a third person listens it is none."""
        user = self._direct.get(room)
        known = self._client.rooms.get(room)
        alone = known is None or not set(known.users) - {user, self._client.user_id}
        return user if alone else None

    def meant_for(self, room: str) -> str | None:
        """With whom the room was opened as a private chat, whoever else came since."""
        return self._direct.get(room)

    def private_room(self, user: str) -> str | None:
        """The private chat in use with that person, where both are in."""
        for room, with_whom in reversed(self._direct.items()):
            known = self._client.rooms.get(room)
            if with_whom == user and known is not None and user in known.users and self.partner(room):
                return room
        return None

    def speaker(self, room: str, user: str) -> Speaker:
        known = self._client.rooms.get(room)
        member = known.users.get(user) if known else None
        name = member.display_name if member else None
        return Speaker(address(user), clean(name or user[1:].partition(":")[0]), username=user[1:])

    def may_speak(self, room: str) -> bool:
        return self.level(room, self._client.user_id) >= self._needed(room, "m.room.message")

    async def learn_levels(self, room: str) -> None:
        """As the server has them now: a sync may not have shown the last change yet, or, where two wrote at once, an
        older one after it."""
        try:
            content = await self._client.ask("GET", ["rooms", room, "state", "m.room.power_levels"])
        except Trouble as trouble:
            log.warning("levels_unreadable", platform="matrix", room=room, code=trouble.code)
            return
        self._state.setdefault(room, {}).setdefault("m.room.power_levels", {})["content"] = content

    def level(self, room: str, user: str) -> float:
        """The power level of a person there, by the rules of the room's version."""
        create = self._content(room, "m.room.create")
        creators = {self._state.get(room, {}).get("m.room.create", {}).get("sender"), create.get("creator")}
        creators.discard(None)
        version = string(create.get("room_version")) or "1"
        if version.isdecimal() and int(version) >= _CREATORS_RULE:
            more = create.get("additional_creators")
            if user in creators | set(more if isinstance(more, list) else []):
                return float("inf")
        levels = self._content(room, "m.room.power_levels")
        if not levels:
            return 100 if user in creators else 0
        return _number(mapping(levels.get("users")).get(user), _number(levels.get("users_default"), 0))

    def _needed(self, room: str, kind: str) -> float:
        levels = self._content(room, "m.room.power_levels")
        kind = "m.room.encrypted" if self._client.encrypted(room) else kind
        return _number(mapping(levels.get("events")).get(kind), _number(levels.get("events_default"), 0))

    def _content(self, room: str, kind: str) -> Mapping[str, Any]:
        return mapping(self._state.get(room, {}).get(kind, {}).get("content"))

    # ---- what a sync changes

    async def follow(self, response: Any) -> None:
        """Takes in the state of rooms, invitations, upgrades."""
        for room, info in response.rooms.join.items():
            for event in (*info.state, *info.timeline.events):
                self.watch(room, event.source)
        for room, info in response.rooms.invite.items():
            for event in info.invite_state:
                # the library takes the content out of the source
                self._invited(room, {"content": getattr(event, "content", None), **event.source})
        for room, state in self._state.items():
            if "m.room.tombstone" in state:
                self._follow_upgrade(room)
        for invitation in self._memory.invitations():
            self._open(invitation.room, self._accept(invitation))
        async with self._changed:
            self._changed.notify_all()

    def watch(self, room: str, source: Mapping[str, Any]) -> None:
        if source.get("type") in _STATE and source.get("state_key") == "":
            self._state.setdefault(room, {})[str(source["type"])] = dict(source)

    def left(self, room: str) -> None:
        """The bot is out."""
        self._client.rooms.pop(room, None)
        self._state.pop(room, None)

    def moved_to(self, room: str) -> str | None:
        """Where a room moved whose members the bot has followed."""
        new = string(self._content(room, "m.room.tombstone").get("replacement_room"))
        return new if new and self.joined(new) and self._predecessor(new) == room else None

    def moved_from(self, room: str) -> str | None:
        """The room that this one takes the place of: both say so, else anybody could claim it."""
        old = self._predecessor(room)
        return old if old and self.moved_to(old) == room else None

    def _predecessor(self, room: str) -> str | None:
        return string(mapping(self._content(room, "m.room.create").get("predecessor")).get("room_id"))

    # ---- coming in

    def _invited(self, room: str, source: Mapping[str, Any]) -> None:
        content = mapping(source.get("content"))
        ours = source.get("type") == "m.room.member" and source.get("state_key") == self._client.user_id
        if ours and content.get("membership") == "invite":
            direct = content.get("is_direct") is True
            self._memory.invited(Invitation(room, str(source.get("sender")), direct))

    def _open(self, room: str, how: Any) -> None:
        """One attempt at a time for each room, beside everything else: far servers take their time."""
        if room in self._doors:
            how.close()
            return
        task = self._doors[room] = asyncio.create_task(how)
        task.add_done_callback(lambda _: self._doors.pop(room, None))

    async def _accept(self, invitation: Invitation) -> None:
        try:
            if invitation.direct:
                await self.mark_direct(invitation.room, invitation.inviter)
            await self._join(invitation.room, [invitation.inviter])
        except Trouble as trouble:
            if trouble.status in {400, 403, 404}:
                self._memory.answered(invitation.room)
            log.warning("room_not_joined", platform="matrix", room=invitation.room, code=trouble.code)
            return
        self._memory.answered(invitation.room)

    def _follow_upgrade(self, room: str) -> None:
        tombstone = self._state[room]["m.room.tombstone"]
        new = string(self._content(room, "m.room.tombstone").get("replacement_room"))
        if new and not self.joined(new) and not tombstone.get("tried"):
            # where only invited people may come in, the invitation will bring us there
            tombstone["tried"] = True
            self._open(new, self._move(new, [str(tombstone.get("sender")), room]))

    async def _move(self, new: str, via: Iterable[str]) -> None:
        try:
            await self._join(new, via)
        except Trouble as trouble:
            log.info("new_room_not_open", platform="matrix", room=new, code=trouble.code)

    async def _join(self, room: str, via: Iterable[str]) -> None:
        servers = dict.fromkeys(known.partition(":")[2] for known in via if ":" in known)
        # `server_name` is the older name of `via`
        query = [(name, server) for server in servers for name in ("via", "server_name")]
        await self._client.ask("POST", ["join", room], {}, query, seconds=_JOIN_SECONDS)

    # ---- private chats

    async def private(self, user: str) -> str | None:
        """The room to say something to a person alone, made when there is none. None: they left it."""
        async with self._making.setdefault(user, asyncio.Lock()):
            if room := self.private_room(user):
                return room
            return None if self._left_alone_by(user) else await self._make(user)

    def _left_alone_by(self, user: str) -> bool:
        rooms = [self._client.rooms.get(room) for room, with_whom in self._direct.items() if with_whom == user]
        return any(known is not None and user not in known.users for known in rooms)

    async def _make(self, user: str) -> str | None:
        wishes: dict[str, Any] = {"preset": "trusted_private_chat", "is_direct": True, "invite": [user]}
        if self._client.olm is not None:
            wishes["initial_state"] = [_ENCRYPTED]
        made = await self._client.ask("POST", ["createRoom"], wishes)
        room = str(made["room_id"])
        await self.mark_direct(room, user)
        # the library can speak only where a sync has shown it the members
        try:
            async with asyncio.timeout(_APPEARS_WITHIN), self._changed:
                await self._changed.wait_for(lambda: self.private_room(user) == room)
        except TimeoutError:
            raise Trouble("NotYetSynced") from None
        return room

    def made(self, room: str) -> bool:
        """The bot opened it itself."""
        return bool(self._state.get(room, {}).get("m.room.create", {}).get("sender") == self._client.user_id)

    async def mark_direct(self, room: str, user: str) -> None:
        """From now on this is the private chat with that person, for whoever uses the account."""
        newest = next((known for known, with_whom in reversed(self._direct.items()) if with_whom == user), None)
        if newest == room:
            return
        self._direct[room] = user
        self.use(room)
        listed: dict[str, list[str]] = {}
        for known, with_whom in reversed(self._direct.items()):
            listed.setdefault(with_whom, []).append(known)
        await self._client.ask("PUT", self._direct_path, listed)

    def use(self, room: str) -> None:
        """Of several private chats with a person the one they wrote in last is answered in."""
        if room in self._direct:
            self._direct[room] = self._direct.pop(room)

    @property
    def _direct_path(self) -> list[str]:
        return ["user", self._client.user_id, "account_data", "m.direct"]

    async def close(self) -> None:
        for task in list(self._doors.values()):
            task.cancel()
        await asyncio.gather(*self._doors.values(), return_exceptions=True)


def _number(value: Any, otherwise: float) -> float:
    if isinstance(value, int | float):
        return value
    # rooms of old versions may carry them as words
    return int(value) if isinstance(value, str) and value.strip().lstrip("+-").isdecimal() else otherwise
