"""A sync as what was heard: words, reactions as taps, who came and went; nothing twice, nothing passed over."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import nio  # type: ignore[import-untyped]  # ships no types
import structlog

from adapters.matrix.cards import Cards
from adapters.matrix.client import Client, Trouble
from adapters.matrix.memory import Memory, Tap
from adapters.matrix.reading import Names, Unusable, mapping, relation, sign, string, words
from adapters.matrix.rooms import Rooms, address
from adapters.port import Admission, Event, Heard, Instant, Moved, Presence, Speaker, Spoiled, Unreadable

log = structlog.get_logger(__name__)

_SEEN = 50_000
_WRITERS = 20_000
_PAGE = 100

Source = Mapping[str, Any]


class Hearing:
    """What a batch changes here counts once the batch is taken: `taken` says so, `dropped` that it was not."""

    def __init__(self, client: Client, rooms: Rooms, cards: Cards, memory: Memory, grace_ms: int) -> None:
        self._client, self._rooms, self._cards, self._memory = client, rooms, cards, memory
        self._grace_ms = grace_ms
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._writers: OrderedDict[str, str] = OrderedDict()
        """Who wrote which message, for replies to it."""
        self._fresh: dict[str, None] = {}
        self._later: list[Callable[[], None]] = []
        self._keys_wanted: set[str] = set()
        self._since: str | None = None

    # ---- a batch

    async def events(self, response: Any, since: str | None, at: Instant) -> list[Event]:
        """All a sync brought, in order; of the first one ever only the state."""
        self.dropped()
        self._since = since
        await self._rooms.follow(response)
        if since is None:
            return []
        found = [event async for event in self._readable_now(response, at)]
        for room, info in (*response.rooms.leave.items(), *response.rooms.join.items()):
            timeline = await self._whole(room, info.timeline, since, response.next_batch)
            found += [event async for event in self._of_room(room, timeline, at)]
        found += self._overdue(at)
        return found

    def taken(self) -> None:
        """The batch is stored."""
        for act in self._later:
            act()
        self._seen.update(self._fresh)
        while len(self._seen) > _SEEN:
            self._seen.popitem(last=False)
        self.dropped()

    def dropped(self) -> None:
        """The same will be heard again."""
        self._later.clear()
        self._fresh.clear()

    @property
    def patience_ms(self) -> int | None:
        """When a message that cannot be read must be told about; None: there is none."""
        return self._grace_ms if any(not one.told for one in self._memory.unread()) else None

    async def wish_for_keys(self) -> None:
        """Asks once for each key that is missing."""
        for unread in self._memory.unread():
            if unread.event not in self._keys_wanted:
                self._keys_wanted.add(unread.event)
                await self._client.wish_for_key(unread.room, unread.source)

    async def _whole(self, room: str, timeline: Any, since: str, until: str) -> list[Any]:
        """All that happened in a room between two syncs."""
        events = list(timeline.events)
        if any(self._own_change(event.source) for event in events):
            # of a room entered anew the server shows the past too, even what was heard the last time
            return await self._between(room, since, until)
        if timeline.limited:
            return await self._between(room, since, timeline.prev_batch) + events
        return events

    async def _between(self, room: str, start: str | None, end: str) -> list[Any]:
        found: list[Any] = []
        while start:
            call = self._client.room_messages(
                room, start=start, end=end, direction=nio.MessageDirection.front, limit=_PAGE
            )
            try:
                page = await self._client.through(call)
            except Trouble as trouble:
                if trouble.status not in {403, 404}:
                    raise
                log.warning("gap_unreadable", platform="matrix", room=room, code=trouble.code)
                break
            found += page.chunk
            start = page.end if page.chunk and page.end != start else None
        return found

    async def _of_room(self, room: str, timeline: Sequence[Any], at: Instant) -> AsyncIterator[Event]:
        """What happened while the bot was in; what was said before it came is not for it."""
        sources = [self._client.opened(room, event.source) or event.source for event in timeline]
        own = [change for source in sources if (change := self._own_change(source)) is not None]
        inside = not (own and own[0])
        for source in sources:
            change = self._own_change(source)
            inside = inside if change is None else change
            event_id = string(source.get("event_id"))
            if event_id is None or event_id in self._seen or event_id in self._fresh:
                continue
            self._fresh[event_id] = None
            if not inside and change is None:
                continue
            async for event in self._safely(room, source, at):
                yield event

    async def _safely(self, room: str, source: Source, at: Instant) -> AsyncIterator[Event]:
        """What cannot be read is set aside by itself."""
        cause = address(str(source["event_id"]))
        try:
            async for event in self._event(room, source, cause, at):
                yield event
        except Trouble:
            raise
        except Exception as error:
            trouble = str(error) if isinstance(error, Unusable) else type(error).__name__
            yield Spoiled(cause, at, trouble, json.dumps(source).encode())

    async def _event(self, room: str, source: Source, cause: str, at: Instant) -> AsyncIterator[Event]:
        kind, mine = source.get("type"), source.get("sender") == self._client.user_id
        redacted = "redacted_because" in mapping(source.get("unsigned"))
        if kind == "m.room.member" and "state_key" in source:
            for event in self._member(room, source, cause, at):
                yield event
        elif mine or redacted:
            return
        elif kind == "m.room.message":
            async for event in self._message(room, source, cause, at):
                yield event
        elif kind == "m.reaction":
            async for event in self._reaction(room, source, cause, at):
                yield event
        elif kind == "m.room.redaction":
            async for event in self._redaction(room, source, cause, at):
                yield event
        elif kind == "m.room.encrypted":
            for event in self._unread(room, source, cause, at):
                yield event

    # ---- words

    async def _message(self, room: str, source: Source, cause: str, at: Instant) -> AsyncIterator[Heard]:
        content = mapping(source.get("content"))
        relates = relation(content)
        edited = relates.kind == "m.replace"
        if edited:
            content = mapping(content.get("m.new_content"))
        if content.get("msgtype") != "m.text":
            return
        user, event_id = str(source["sender"]), str(source["event_id"])
        said = words(content, Names(self._client.user_id, self._rooms.speaker(room, self._client.user_id).name))
        self._wrote(event_id, user)
        replied = await self._writer(room, relates.reply_to) if relates.reply_to else None
        where, private = self._place(room)
        if private:
            self._rooms.use(room)
        yield Heard(
            cause=cause,
            at=at,
            room=where,
            private=private,
            speaker=self._rooms.speaker(room, user),
            text=said.text,
            handle=relates.target if edited else event_id,
            thread=relates.thread,
            reply_to=relates.reply_to,
            mentions=tuple(self._rooms.speaker(room, mentioned) for mentioned in said.mentioned),
            spans=tuple(said.spans),
            replied_speaker=replied,
            addressed=said.addressed,
            edited=edited,
            room_title="" if private else self._rooms.title(room),
        )

    def _place(self, room: str) -> tuple[str, bool]:
        """A private chat has its person's address."""
        user = self._rooms.partner(room)
        return address(user or room), user is not None

    def _wrote(self, message: str, user: str) -> None:
        self._writers[message] = user
        if len(self._writers) > _WRITERS:
            self._writers.popitem(last=False)

    async def _writer(self, room: str, message: str) -> Speaker | None:
        """Who wrote what is replied to, if it was a person."""
        if message not in self._writers:
            try:
                source = await self._client.ask("GET", ["rooms", room, "event", message])
            except Trouble as trouble:
                if trouble.status not in {400, 403, 404}:
                    raise
                return None
            self._wrote(message, str(source.get("sender")))
        user = self._writers[message]
        return None if user == self._client.user_id else self._rooms.speaker(room, user)

    # ---- reactions

    async def _reaction(self, room: str, source: Source, cause: str, at: Instant) -> AsyncIterator[Heard]:
        relates = relation(mapping(source.get("content")))
        card = await self._cards.find(room, relates.target) if relates.kind == "m.annotation" else None
        payload = card.ever.get(sign(relates.key)) if card else None
        if card is None or payload is None:
            return
        tap = Tap(str(source["event_id"]), relates.target, str(source["sender"]), payload, self._since)
        self._memory.tapped(tap)
        yield self._tap(room, tap, cause, at, card.thread)

    async def _redaction(self, room: str, source: Source, cause: str, at: Instant) -> AsyncIterator[Heard]:
        """Of two reactions by one person the later counts; the one that is left counts again."""
        target = string(mapping(source.get("content")).get("redacts")) or string(source.get("redacts")) or ""
        self._cards.removed(target)
        tap, event = self._memory.tap(target), str(source["event_id"])
        # a chat administrator who clears a reaction away decides nothing
        if tap is None or tap.sender != source.get("sender") or not (tap.gone == event or self._stands(tap)):
            return
        card = await self._cards.find(room, tap.card)
        offered = set(card.now.values()) if card else set()
        others = [one for one in self._memory.taps_of(tap.card, tap.sender) if one.event != tap.event]
        left = [one for one in others if one.payload in offered and self._stands(one)]
        self._memory.took_away(tap, event, self._since, left)
        self._later.append(partial(self._memory.forget_tap, target))
        counted = tuple(address(one) for one in (tap.event, *tap.over))
        payloads = tuple(one.payload for one in left)
        yield self._tap(room, tap, cause, at, card.thread if card else None, counted, payloads)

    def _stands(self, tap: Tap) -> bool:
        """It is there at this place of what is being heard: what was written down before it was stored is not yet."""
        given = tap.since is None or tap.since != self._since or tap.event in self._fresh
        gone = tap.gone is not None and (tap.gone_since != self._since or tap.gone in self._fresh)
        return given and not gone

    def _tap(
        self, room: str, tap: Tap, cause: str, at: Instant, thread: str | None,
        takes_back: tuple[str, ...] = (), left: tuple[str, ...] = (),
    ) -> Heard:  # fmt: skip
        where, private = self._place(room)
        return Heard(
            cause=cause,
            at=at,
            room=where,
            private=private,
            speaker=self._rooms.speaker(room, tap.sender),
            tap=tap.payload,
            handle=tap.event,
            thread=thread,
            reply_to=tap.card,
            room_title="" if private else self._rooms.title(room),
            takes_back=takes_back,
            left=left,
        )

    # ---- coming and going

    def _own_change(self, source: Source) -> bool | None:
        """Whether the bot came in or went out by this event; None: neither."""
        ours = source.get("type") == "m.room.member" and source.get("state_key") == self._client.user_id
        return _change(source) if ours else None

    def _member(self, room: str, source: Source, cause: str, at: Instant) -> Iterator[Event]:
        present, user = _change(source), str(source["state_key"])
        if present is None:
            return
        if user == self._client.user_id:
            yield from self._admission(room, present, cause, at)
        elif user == self._rooms.meant_for(room):
            yield Admission(cause, at, address(user), present, private=True)
        else:
            removed = not present and source.get("sender") != user
            yield Presence(cause, at, address(room), self._rooms.speaker(room, user), present, removed)

    def _admission(self, room: str, present: bool, cause: str, at: Instant) -> Iterator[Event]:
        where, private = self._place(room)
        old = self._rooms.moved_from(room) if present else None
        if not present:
            self._later.append(partial(self._rooms.left, room))
        if old is not None and not private:
            yield Moved(cause, at, address(old), where)
        elif not self._rooms.made(room):
            yield Admission(cause, at, where, present, private)

    # ---- what cannot be read

    def _unread(self, room: str, source: Source, cause: str, at: Instant) -> Iterator[Unreadable]:
        """Its key may still be on the way; then it is heard when the key is there."""
        if self._client.olm is None:
            yield Unreadable(f"{cause}:unreadable", at, *self._place(room), blind=True)
        else:
            self._memory.keep(str(source["event_id"]), room, source, at)

    def _overdue(self, at: Instant) -> Iterator[Unreadable]:
        for unread in self._memory.unread():
            due = not unread.told and at - unread.since >= self._grace_ms
            if due and f"read {unread.event}" not in self._fresh:
                self._later.append(partial(self._memory.told, unread.event))
                yield Unreadable(f"{address(unread.event)}:unreadable", at, *self._place(unread.room))

    async def _readable_now(self, response: Any, at: Instant) -> AsyncIterator[Event]:
        """Messages that came without their key, when the key has come."""
        if not response.to_device_events and self._keys_wanted:
            return
        for unread in self._memory.unread():
            if unread.read_since not in {None, self._since}:
                # it was stored, and the program was killed before it could be forgotten
                self._memory.read(unread.event)
                continue
            source = self._client.opened(unread.room, unread.source)
            if source is None:
                continue
            self._memory.readable(unread.event, self._since)
            self._later.append(partial(self._memory.read, unread.event))
            self._fresh[f"read {unread.event}"] = None
            async for event in self._safely(unread.room, source, at):
                yield event


def _change(source: Source) -> bool | None:
    """Somebody came in (True), went out (False), or neither: a new name, an invitation declined."""
    before = mapping(mapping(source.get("unsigned")).get("prev_content") or source.get("prev_content"))
    was, now = before.get("membership"), mapping(source.get("content")).get("membership")
    if now == "join":
        return None if was == "join" else True
    return False if was == "join" and now in {"leave", "ban"} else None
