"""Everything the bot says on Matrix: notices, edits, answers; and what a refusal by the server means."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from adapters.matrix.cards import Card, Cards
from adapters.matrix.client import Client, Trouble
from adapters.matrix.rooms import Rooms, address
from adapters.matrix.seeds import Allowance, Seeds
from adapters.matrix.writing import Place, edit, message, parts, shortened, signs, transaction, user_of
from adapters.port import Answer, Instant, Outcome, Saying, Sent, Speaker, mention

log = structlog.get_logger(__name__)

_DONE = Sent(Outcome.SENT)
_SOON_MS = 1_000
_RECONNECT_MS = 5_000
_LIMITED_MS = 5_000
_REFUSED_TOKEN_MS = 60_000
_SILENCED_MS = 600_000


class Voice:
    """Says one thing at a time; when and how often is for others to decide."""

    def __init__(
        self,
        client: Client,
        rooms: Rooms,
        cards: Cards,
        allowance: Allowance,
        seeds: Seeds,
        now: Callable[[], Instant],
    ) -> None:
        self._client, self._rooms, self._cards = client, rooms, cards
        self._allowance, self._seeds, self._now = allowance, seeds, now
        self.ready = False
        """The members of all rooms are known: without them nobody could read what is encrypted."""

    # ---- sayings

    async def say(self, saying: Saying) -> Sent:
        room, sent = await self._room(saying.room)
        if sent is not None:
            return sent
        try:
            if saying.edits is not None:
                return await self._edit(room, saying, saying.edits)
            return await self._post(room, saying)
        except Trouble as trouble:
            return await self._outcome(room, trouble)

    async def _room(self, where: str) -> tuple[str, Sent | None]:
        """The room of an address, or what to answer when nothing can be said there now."""
        now = self._now()
        if not self.ready:
            return "", Sent(Outcome.LATER, retry_at=now + _SOON_MS, error="not synced yet")
        if self._allowance.held_until > now:
            return "", Sent(Outcome.LATER, retry_at=self._allowance.held_until, error="the server asks to wait")
        room: str | None = where.removeprefix("matrix:")
        if user := user_of(where):
            try:
                room = await self._rooms.private(user)
            except Trouble as trouble:
                return "", await self._outcome("", trouble)
        if room is None:
            return "", Sent(Outcome.GONE, error="no private chat")
        if new := self._rooms.moved_to(room):
            return "", Sent(Outcome.LATER, retry_at=now, moved_to=address(new), error="the room has moved")
        if not self._rooms.joined(room):
            return "", Sent(Outcome.GONE, error="not in the room")
        return room, None

    async def _post(self, room: str, saying: Saying) -> Sent:
        texts = parts(saying.text)
        sent = ""
        for number, text in enumerate(texts):
            last = number == len(texts) - 1
            buttons = saying.buttons if last else ()
            place = Place(thread=saying.thread)
            content = message(text, heading=saying.heading and not number, buttons=buttons, place=place)
            sent = await self._send(room, content, transaction(saying.key, *([str(number)] if number else [])))
            if buttons:
                payloads = {key: button.payload for key, button in signs(buttons).items()}
                self._show(room, sent, Card(room, saying.thread), payloads)
        return Sent(Outcome.SENT, sent) if sent else Sent(Outcome.REFUSED, error="nothing to say")

    async def _edit(self, room: str, saying: Saying, of: str) -> Sent:
        card = await self._cards.find(room, of)
        if card is None or card.removed:
            return Sent(Outcome.MISSING, error="the message is not there")
        content = edit(of, message(shortened(saying.text), heading=saying.heading, buttons=saying.buttons))
        # an edit may come back to words it had before: a key of its own each time
        await self._send(room, content, uuid.uuid4().hex)
        self._show(room, of, card, {key: button.payload for key, button in signs(saying.buttons).items()})
        return Sent(Outcome.SENT, of)

    def _show(self, room: str, sent: str, card: Card, payloads: Mapping[str, str]) -> None:
        card.show(payloads)
        self._cards.keep(sent, card)
        self._seeds.plant(room, sent, card)

    async def _send(self, room: str, content: dict[str, Any], key: str) -> str:
        self._allowance.spend(self._now())
        return await self._client.put(room, "m.room.message", content, key)

    # ---- answers

    async def answer(self, answer: Answer) -> Sent:
        """In a room a tap is answered by the card's next edit, a refusal in words; so is what somebody asked."""
        heard = answer.to
        shown_by_card = heard.tap is not None and not heard.private and not answer.alert
        if answer.recorded or not answer.text or shown_by_card:
            return _DONE
        room, sent = await self._room(heard.room)
        if sent is not None:
            return sent
        text, place = answer.text, Place(None if heard.private else heard.handle, heard.thread)
        if heard.tap is not None and not heard.private:
            room, text, place = self._aside(room, answer)
        try:
            return await self._reply(room, answer, text, place)
        except Trouble as trouble:
            return await self._outcome(room, trouble)

    async def _reply(self, room: str, answer: Answer, text: str, place: Place) -> Sent:
        texts = parts(text)
        sent = _DONE
        for number, part in enumerate(texts):
            buttons = answer.buttons if number == len(texts) - 1 else ()
            content = message(part, buttons=buttons, place=place)
            event = await self._send(room, content, transaction("answer", answer.to.cause, str(number)))
            if buttons:
                payloads = {key: button.payload for key, button in signs(buttons).items()}
                self._show(room, event, Card(room, place.thread), payloads)
            sent = Sent(Outcome.SENT, event)
        return sent

    def _aside(self, room: str, answer: Answer) -> tuple[str, str, Place]:
        """A refusal is for the one concerned: in their private chat if there is one, else in the card's thread."""
        heard = answer.to
        text = answer.text
        if isinstance(heard.speaker, Speaker):
            user = user_of(heard.speaker.account)
            private = self._rooms.private_room(user) if user else None
            if private is not None:
                return private, text, Place()
            text = f"{mention(heard.speaker.account, heard.speaker.name)}: {text}"
        return room, text, Place(heard.reply_to, heard.thread or heard.reply_to)

    # ---- refusals

    async def _outcome(self, room: str, trouble: Trouble) -> Sent:
        """What a call that failed came to. Repeating is harmless: the server knows the transaction."""
        now, words = self._now(), trouble.code or str(trouble)
        if trouble.limited:
            held = now + (trouble.retry_ms or _LIMITED_MS)
            self._allowance.hold(held)
            return Sent(Outcome.LATER, retry_at=held, error=words)
        if trouble.token_refused:
            return Sent(Outcome.LATER, retry_at=now + _REFUSED_TOKEN_MS, error=words)
        if trouble.status == 403 and room and self._rooms.joined(room):
            await self._rooms.learn_levels(room)
            if not self._rooms.may_speak(room):
                log.warning("may_not_speak", platform="matrix", room=room)
                return Sent(Outcome.LATER, retry_at=now + _SILENCED_MS, error="no right to speak there")
        if trouble.status in {403, 404}:
            return Sent(Outcome.GONE, error=words)
        if trouble.status in {400, 413} and trouble.code:
            return Sent(Outcome.REFUSED, error=words)
        return Sent(Outcome.LATER, retry_at=now + _RECONNECT_MS, error=words)
