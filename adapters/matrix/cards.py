"""Messages of the bot that have buttons: what a reaction beneath each stands for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.matrix.client import Client, Trouble
from adapters.matrix.reading import mapping, relation, sign, string
from adapters.matrix.writing import BUTTONS

_REMEMBERED = 20_000


@dataclass(slots=True)
class Card:
    room: str
    thread: str | None = None
    now: dict[str, str] = field(default_factory=dict)
    """Payloads by emoji, as the card shows them."""
    ever: dict[str, str] = field(default_factory=dict)
    """Those it showed before too: who taps an old one is told so."""
    removed: bool = False
    """Somebody deleted it: it cannot be changed any more."""

    def show(self, buttons: Mapping[str, str]) -> None:
        self.now = dict(buttons)
        self.ever |= buttons


class Cards:
    """Remembers cards, and reads forgotten ones from the room: the payloads stand in the messages themselves."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: OrderedDict[str, Card | None] = OrderedDict()

    def keep(self, message: str, card: Card | None) -> None:
        self._known[message] = card
        self._known.move_to_end(message)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def removed(self, message: str) -> None:
        if card := self._known.get(message):
            card.removed = True

    async def find(self, room: str, message: str) -> Card | None:
        """None: no message of ours, or none that is there."""
        if message in self._known:
            card = self._known[message]
            return card if card is not None and card.room == room else None
        try:
            source = await self._client.ask("GET", ["rooms", room, "event", message])
        except Trouble as trouble:
            if trouble.status not in {400, 403, 404}:
                raise
            return None
        card = self._read(room, source)
        self.keep(message, card)
        return card

    def _read(self, room: str, source: dict[str, Any]) -> Card | None:
        if source.get("sender") != self._client.user_id:
            return None
        card = Card(room, removed="redacted_because" in mapping(source.get("unsigned")))
        content = self._content(room, source)
        card.thread = relation(content).thread
        card.show(_buttons(content))
        # the server adds the last edit
        bundled = mapping(mapping(mapping(source.get("unsigned")).get("m.relations")).get("m.replace"))
        if bundled:
            card.show(_buttons(mapping(self._content(room, bundled).get("m.new_content"))))
        return card

    def _content(self, room: str, source: Mapping[str, Any]) -> Mapping[str, Any]:
        opened = self._client.opened(room, source)
        return mapping(opened.get("content")) if opened is not None else {}


def _buttons(content: Mapping[str, Any]) -> dict[str, str]:
    found = mapping(content.get(BUTTONS))
    return {sign(key): payload for key, payload in found.items() if string(payload) is not None}
