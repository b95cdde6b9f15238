"""What another process may ask of the Telegram double: play people, cause trouble, read what happened."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from tests.platforms.telegram_people import Chat, Json, Message, Tap

if TYPE_CHECKING:
    from tests.platforms.telegram_double import Double

_TICK = 0.002


def quantile(values: list[float], share: float) -> float:
    """The value below which that share of the sorted values lies."""
    return values[min(len(values) - 1, int(len(values) * share))] if values else 0.0


class Control:
    """The control door: each public method is one `/control/NAME`, its parameters the JSON object."""

    def __init__(self, double: Double) -> None:
        self.double = double
        self._flood: list[Tap] = []
        self._pouring: asyncio.Task[None] | None = None

    async def do(self, name: str, wishes: Json) -> Any:
        if name.startswith("_") or name in {"do", "close"} or not hasattr(self, name):
            raise LookupError(f"no such control: {name}")
        return getattr(self, name)(**wishes)

    def close(self) -> None:
        if self._pouring is not None:
            self._pouring.cancel()

    # ---- people

    def group(self, title: str, kind: str = "group", admin: bool = False) -> Json:
        return {"chat": self.double.group(title, kind=kind, admin=admin).id}

    def starts(self, person: str, payload: str = "") -> Json:
        return {"message": self.double.person(person).starts(payload).id}

    def says(self, person: str, text: str, chat: str | None = None) -> Json:
        """Words in a group by its title, or in the private chat."""
        speaker = self.double.person(person)
        return {"message": speaker.says(self._chat(person, chat), text).id}

    def taps(self, person: str, label: str, chat: str | None = None) -> Json:
        """Presses the button of that label on the bot's latest message that has it."""
        card = self._card(self._chat(person, chat), label)
        return {"tap": self.double.person(person).taps(card, label).id}

    def update(self, members: Json) -> Json:
        """Any update: the members beside its number."""
        return {"update_id": self.double.queues(json.dumps(members)[1:-1].encode())}

    def fault(self, method: str, fault: str, times: int | None = 1) -> Json:
        from tests.platforms.telegram_double import Fault

        self.double.fails(method, Fault(fault), times)
        return {}

    def recovers(self) -> Json:
        self.double.recovers()
        return {}

    def settings(self, delay: float) -> Json:
        self.double.delay = delay
        return {}

    def _chat(self, person: str, title: str | None) -> Chat:
        return self.double.group(title) if title is not None else self.double.person(person).chat

    @staticmethod
    def _card(chat: Chat, label: str) -> Message:
        for message in reversed(chat.sent):
            if label in dict(message.buttons):
                return message
        raise LookupError("no message with such a button")

    # ---- what happened

    def journal(self, method: str | None = None, last: int = 1000) -> list[Json]:
        lines = self.double.called(method) if method else self.double.journal
        return [
            {"at": line.at, "method": line.method, "args": line.args, "code": line.code,
             "description": line.description}
            for line in lines[-last:]
        ]

    def sent(self, chat: str | None = None, person: str = "") -> list[Json]:
        """What the bot said in a group, or to a person."""
        return [
            {"id": message.id, "text": message.text, "buttons": message.buttons}
            for message in self._chat(person, chat).sent
        ]

    def tap(self, tap: str) -> Json:
        found = self.double.taps[tap]
        return {"answers": found.answers, "text": found.text, "alert": found.alert, "data": found.data}

    def toasts(self) -> Json:
        """Every text that answered a tap, and how often."""
        return Counter(tap.text for tap in self.double.taps.values() if tap.answers)

    def tapped(self) -> list[Json]:
        """Every tap since the last flood began, in order: whose, on what, and what they saw of it."""
        return [
            {"person": int(tap.id) >> 32, "data": tap.data, "update": tap.update, "text": tap.text,
             "answers": tap.answers}
            for tap in self.double.taps.values()
        ]

    # ---- floods

    def crowd(self, count: int) -> list[Json]:
        return [person.user for person in self.double.crowd(count)]

    def flood(
        self, chat: str, labels: list[str], people: int, count: int, rate: float | None = None, keep: bool = False
    ) -> Json:
        """`count` taps by a crowd on the card with these buttons; `rate`: so many each second, else at once.

        Without such a card the bot is given one: a bare bot has none of its own. `keep`: what was tapped before
        is still answered, and known to `tapped`.
        """
        room = self.double.group(chat)
        try:
            card = self._card(room, labels[0])
        except LookupError:
            row = [{"text": label, "callback_data": f"v1:1:1:1:{label}"} for label in labels]
            markup = {"reply_markup": {"inline_keyboard": [row]}}
            card = room.post(self.double.bot, {"text": "A card with buttons", **markup})
        if not keep:
            self.double.taps.clear()
            self.double.journal.clear()
            self.double.counts.clear()
            self._flood = []
        taps = self._taps(card, [dict(card.buttons)[label] for label in labels], people, count)
        if rate is None:
            self._pour(taps, count)
        else:
            self._pouring = asyncio.create_task(self._pour_slowly(taps, count, rate))
        return {"count": count}

    def _taps(self, card: Message, data: list[str], people: int, count: int) -> Iterator[tuple[bytes, Tap]]:
        """Ready-made updates, each person pressing again only after everybody else did."""
        double, message = self.double, json.dumps(card.json).encode()
        crowd = [(person, json.dumps(person.user).encode()) for person in double.crowd(people)]
        tails = [
            b',"message":%b,"chat_instance":"1","data":%b}' % (message, json.dumps(choice).encode())
            for choice in data
        ]
        for number in range(count):
            person, user = crowd[number % people]
            choice = (number % people + number // people) % len(data)
            query = double.next_query(person)
            body = b'"callback_query":{"id":"%b","from":%b%b' % (query.encode(), user, tails[choice])
            yield body, Tap(query, card, data[choice], 0.0, 0)

    def _pour(self, taps: Iterator[tuple[bytes, Tap]], count: int) -> None:
        double = self.double
        for body, tap in islice(taps, count):
            tap.made, tap.made_at = time.perf_counter(), double.now()
            double.taps[tap.id] = tap
            self._flood.append(tap)
            double.queues(body, 150_000, tap)

    async def _pour_slowly(self, taps: Iterator[tuple[bytes, Tap]], count: int, rate: float) -> None:
        start, poured = time.perf_counter(), 0
        while poured < count:
            due = min(count, int((time.perf_counter() - start) * rate) + 1)
            self._pour(taps, due - poured)
            poured = due
            await asyncio.sleep(_TICK)

    def progress(self) -> Json:
        """How far the flood is, cheaply; `idle`: a bot listens and nothing is left for it."""
        pouring = self._pouring is not None and not self._pouring.done()
        listens = self.double.polling or self.double.webhook is not None
        idle = listens and not self.double.queue and not pouring
        counts = self.double.counts
        return {"answered": counts["answerCallbackQuery"], "polls": counts["getUpdates"], "idle": idle}

    def stats(self) -> Json:
        """How the last flood went: answered so far, their rate, and how long answers took."""
        answered = [tap for tap in self._flood if tap.answered is not None]
        begun = min((tap.delivered or 0.0 for tap in answered), default=0.0)
        ended = max((tap.answered or 0.0 for tap in answered), default=0.0)
        waited = sorted((tap.answered or 0.0) - (tap.delivered or 0.0) for tap in answered)
        whole = sorted((tap.answered or 0.0) - tap.made for tap in answered)
        return {
            "polls": self.double.counts["getUpdates"],
            "queued": len(self.double.queue),
            "answered": len(answered),
            "seconds": ended - begun,
            "per_second": len(answered) / (ended - begun) if ended > begun else 0.0,
            "answer_p50": quantile(waited, 0.5), "answer_p99": quantile(waited, 0.99),
            "tap_p50": quantile(whole, 0.5), "tap_p99": quantile(whole, 0.99),
            "calls": dict(self.double.counts),
        }
