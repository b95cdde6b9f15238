"""A platform that is strict about its limits, and an outbox in memory, to deliver from the one to the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from adapters.port import Ability, Answer, Button, Instant, Lane, Menu, Outcome, Pace, Saying, Sent, Take
from bot.deliver_send import Changed, Former, Look, NotNow, Words
from bot.store.outbox import Card, Waiting
from tests.process.virtual import VirtualClock

PACE = Pace(room_per_minute=18, room_reserved=6, private_gap_ms=1000, overall_per_second=28, card_gap_ms=5000)


@dataclass
class Message:
    room: str
    text: str
    at: Instant
    buttons: tuple[tuple[Button, ...], ...] = ()
    edits: list[Instant] = field(default_factory=list)


class StrictPlatform:
    """Twenty messages and edits a minute in a room, one a second to a person, thirty a second to all; no more."""

    platform = "strict"
    unreachable_since: Instant | None = None
    hears = True

    def __init__(self, clock: VirtualClock, pace: Pace = PACE, seed: int = 0) -> None:
        self._clock = clock
        self._pace = pace
        self._random = Random(seed)
        self._arrived: dict[str, list[Instant]] = {}
        self.offences: list[str] = []
        self.messages: dict[str, Message] = {}
        self.heard: list[tuple[Instant, str, str]] = []
        """(when, room, text) of every new message."""
        self.keys: list[str] = []
        self.slow_ms = 0
        self.script: list[Callable[[Saying | Answer], Sent | None]] = []
        """The next answers of the platform; None: as usual."""
        self.gone: set[str] = set()

    @property
    def ability(self) -> Ability:
        return Ability(buttons=True, reactions=True, prefix="/", text_limit=4096, pace=self._pace)

    async def say(self, saying: Saying) -> Sent:
        await self._travel()
        self.keys.append(saying.key)
        if (refusal := self._refusal(saying, saying.room)) is not None:
            return refusal
        if saying.edits is not None:
            message = self.messages.get(saying.edits)
            if message is None:
                return Sent(Outcome.MISSING)
            if (message.text, message.buttons) == (saying.text, saying.buttons):
                self.offences.append(f"an edit that changes nothing: {saying.text}")
            message.text, message.buttons = saying.text, saying.buttons
            message.edits.append(self._clock.now())
            return Sent(Outcome.SENT, saying.edits)
        return Sent(Outcome.SENT, self._post(saying.room, saying.text, saying.buttons))

    async def answer(self, answer: Answer) -> Sent:
        await self._travel()
        if (refusal := self._refusal(answer, answer.to.room)) is not None:
            return refusal
        return Sent(Outcome.SENT, self._post(answer.to.room, answer.text, answer.buttons))

    def _post(self, room: str, text: str, buttons: tuple[tuple[Button, ...], ...]) -> str:
        name = str(len(self.messages) + 1)
        self.messages[name] = Message(room, text, self._clock.now(), buttons)
        self.heard.append((self._clock.now(), room, text))
        return name

    async def _travel(self) -> None:
        if self.slow_ms:
            await self._clock.sleep(self._random.randint(1, self.slow_ms) / 1000)

    def _refusal(self, what: Saying | Answer, room: str) -> Sent | None:
        if self.script and (sent := self.script.pop(0)(what)) is not None:
            return sent
        if room in self.gone:
            return Sent(Outcome.GONE)
        now = self._clock.now()
        private = room.startswith("strict:@")
        limits = [("everywhere", 1000, 30), (room, 1000, 1) if private else (room, 60_000, 20)]
        for place, span, most in limits:
            arrived = [at for at in self._arrived.get(place, []) if at > now - span]
            if len(arrived) >= most:
                self.offences.append(f"{place} at {now}: {len(arrived) + 1} in {span} ms")
                return Sent(Outcome.LATER, retry_at=now + 30_000)
            self._arrived[place] = [*arrived, now]
        return None

    def texts(self, room: str | None = None) -> list[str]:
        return [text for _, where, text in self.heard if room in (None, where)]

    async def listen(self, cursor: str | None, take: Take) -> None:
        raise NotImplementedError

    async def stand_by(self) -> None:
        raise NotImplementedError

    def private_link(self, payload: str) -> str | None:
        return None

    async def menus(self, menus: Sequence[Menu]) -> None:
        raise NotImplementedError

    async def stop(self) -> None:
        raise NotImplementedError


class PaperOutbox:
    """Rows and cards in memory. The words of a card are its item's tally as it is when they are made."""

    def __init__(self) -> None:
        self.rows: dict[str, Waiting] = {}
        self.cards: dict[tuple[str, int, str], Card] = {}
        self.tally: dict[tuple[str, int], int] = {}
        self.set_asides: list[tuple[str, str]] = []
        self.gone_rooms: list[str] = []
        self.moves: list[tuple[str, str]] = []
        self.held: dict[str, Instant] = {}
        self.stale: set[str] = set()
        self.looks = 0
        self.down = 0
        """So many calls fail, as a database does that is away."""
        self._number = 0

    # --- what the assemblies do

    def put(self, room: str, text: str, lane: Lane = Lane.RESULT, kind: str = "told", item: int | None = None,
            at: Instant = 0, not_before: Instant = 0, deadline: Instant | None = None) -> Waiting:  # fmt: skip
        self._number += 1
        person = "0" * 16 if "@" in room else None
        about = {"text": text}
        row = Waiting("a", self._number, lane, room, None, person, kind, item, about, at, not_before, deadline, 0)
        self.rows[row.key] = row
        return row

    def card(self, room: str, item: int) -> Waiting:
        return self.put(room, "", Lane.CARD, "card", item)

    def ballot(self, item: int) -> list[Changed]:
        """Gives the cards that are behind with it."""
        self.tally["a", item] = self.tally.get(("a", item), 0) + 1
        touched = {key: replace(card, wanted=card.wanted + 1) for key, card in self.cards.items() if key[1] == item}
        self.cards |= touched
        return [Changed(card, len(self.tally)) for card in touched.values()]

    # --- what deliver asks

    def _up(self) -> None:
        if self.down:
            self.down -= 1
            raise OSError("away")

    async def look(self, now: Instant, limit: int) -> Look:
        self._up()
        self.looks += 1
        due = [row for row in self.rows.values() if row.not_before <= now]
        rows = sorted(due, key=lambda row: (row.lane, row.number))
        cards = [card for card in self.cards.values() if card.shown < card.wanted]
        later = [row.not_before for row in self.rows.values() if row.not_before > now]
        edits = [Changed(card, len(self.tally)) for card in cards]
        return Look(rows[:limit], edits, min(later, default=None), whole=len(rows) <= limit)

    async def may_answer(self, room: str, private: bool, now: Instant) -> Instant | None:
        return None

    async def words(self, what: Waiting | Changed | Former, now: Instant) -> Words | Instant | NotNow | None:
        self._up()
        if isinstance(what, Waiting):
            if what.key in self.stale:
                return None
            if self.held.get(what.key, 0) > now:
                return self.held[what.key]
            if what.kind != "card":
                return Words(Saying("", "", what.about["text"], Lane(what.lane)))
            card, item = self.cards.get(("a", what.item or 0, what.room)), what.item or 0
        elif isinstance(what, Former):
            return Words(Saying("", "", f"{what.card.item}: see below", Lane.CARD))
        else:
            card, item = self.cards.get(("a", what.card.item, what.card.room)), what.card.item
        text = f"{item}: {self.tally.get(('a', item), 0)}"
        saying = Saying("", "", text, Lane.CARD, buttons=((Button("Yes", "y"),),))
        return Words(saying, card.wanted if card else 0)

    async def said(self, saying: Waiting, message: str, shown: int, at: Instant) -> Card | None:
        self._up()
        del self.rows[saying.key]
        if saying.kind != "card" or saying.item is None:
            return None
        key = ("a", saying.item, saying.room)
        former = self.cards.get(key)
        wanted = former.wanted if former else shown
        self.cards[key] = Card("a", saying.item, saying.room, message, None, wanted, shown, at)
        return former

    async def unneeded(self, saying: Waiting) -> None:
        self._up()
        del self.rows[saying.key]

    async def later(self, saying: Waiting, not_before: Instant, tries: int) -> None:
        self._up()
        self.rows[saying.key] = replace(saying, not_before=not_before, tries=tries)

    async def set_aside(self, saying: Waiting, error: str, at: Instant) -> None:
        self._up()
        del self.rows[saying.key]
        self.set_asides.append((saying.key, error))

    def edited(self, card: Card, shown: int, at: Instant) -> None:
        key = (card.assembly, card.item, card.room)
        self.cards[key] = replace(self.cards[key], shown=shown, shown_at=at)

    async def posted_anew(self, card: Card, message: str, shown: int, at: Instant) -> None:
        self._up()
        key = (card.assembly, card.item, card.room)
        self.cards[key] = replace(self.cards[key], message=message, shown=shown, shown_at=at)

    async def answered(self, room: str, item: int, message: str) -> None:
        self._up()

    async def gone(self, room: str, at: Instant) -> None:
        self._up()
        self.gone_rooms.append(room)
        self.rows = {key: row for key, row in self.rows.items() if row.room != room}

    async def moved(self, old: str, new: str, at: Instant) -> None:
        self._up()
        self.moves.append((old, new))
        self.rows = {key: replace(row, room=new) if row.room == old else row for key, row in self.rows.items()}
