"""One contract of what people do in a chat, whichever chat it is.

`People` is a room called Well, the people who meet in it, and the whole bot behind it, built as the program builds
it. Only the clock is in our hands: every act takes twenty seconds, and whatever falls due meanwhile is done at its
own instant. A platform says how words, taps and private words reach the bot, and what people then have before
their eyes; everything else is here, so that the same acts end in the same minutes.
"""

from __future__ import annotations

import abc
import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from adapters.console_chat import Chat as ConsoleChat
from adapters.console_chat import Line
from adapters.console_chat import Said as ConsoleSaid
from adapters.port import Adapter, Answer, Batch, Heard
from adapters.telegram import TelegramAdapter
from bot.config import Settings
from bot.grammar import parse
from bot.house import House, build
from bot.house_books import minutes_of
from bot.house_platforms import platforms
from bot.store.engine import reading
from bot.store.tables import metadata
from governance.terms import parse_duration
from tests.platforms.telegram_double import Clock, Double, Message, Tap
from tests.platforms.telegram_hook import free_port, serving
from tests.platforms.telegram_people import Chat

ACT = 20_000
"""Milliseconds an act takes: time enough for the slowest chat to show what came of it."""
ROOM = "Well"
WITHIN = 30.0
"""Seconds of real time in which a server must have done what was asked, on however busy a machine."""


async def no_sleep(seconds: float) -> None:
    await asyncio.sleep(0)


class People(abc.ABC):
    """What people can do and see. Names are handles in small letters; texts are compared in small letters too."""

    house: House

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.verbs: set[str] = set()
        """What was said so far."""
        self.beside: tuple[People, ...] = (self,)
        """Everybody around this house, on whichever platform: what one does is news to all."""

    # ---- what a platform brings

    @abc.abstractmethod
    async def _say(self, who: str, words: str, on: int | None, room: str) -> None:
        """Words in a room; `on`: as a reply to the latest card of an item."""

    @abc.abstractmethod
    async def _whisper(self, who: str, words: str) -> None:
        """Words alone with the bot."""

    @abc.abstractmethod
    async def _tap(self, who: str, label: str, on: int, room: str) -> None:
        """The latest button of that label on a card of the item."""

    @abc.abstractmethod
    async def _forge(self, who: str, payload: str) -> None:
        """A press of a button that never was."""

    @abc.abstractmethod
    def _look(self) -> None:
        """From here on only what is new or changed counts as heard."""

    @abc.abstractmethod
    def room_texts(self, room: str = ROOM) -> list[str]:
        """What a room was told since the last act."""

    @abc.abstractmethod
    def own_texts(self, who: str) -> list[str]:
        """What a person was told since the last act: alone, or in answer to a tap."""

    # ---- what they do

    async def says(self, who: str, words: str, *, on: int | None = None, room: str = ROOM) -> None:
        self._note(words)
        await self._act(lambda: self._say(who, words, on, room))

    async def whispers(self, who: str, words: str) -> None:
        self._note(words)
        await self._act(lambda: self._whisper(who, words))

    async def taps(self, who: str, label: str, on: int, *, room: str = ROOM) -> None:
        await self._act(lambda: self._tap(who, label, on, room))

    async def forges(self, who: str, payload: str) -> None:
        await self._act(lambda: self._forge(who, payload))

    async def waits(self, duration: str) -> None:
        seconds = parse_duration(duration)
        assert seconds is not None, duration
        self._look_round()
        await self._pass(1000 * seconds)

    async def waits_until(self, instant: int) -> None:
        """Up to an instant and not beyond; what is due at it is not done yet."""
        self._look_round()
        await self._pass(instant - 1 - self.clock.at)
        self.clock.at = instant

    # ---- what they have before their eyes

    def hears(self, *words: str, room: str = ROOM) -> str:
        """The room has just been told this."""
        return self._among(self.room_texts(room), words)

    def is_told(self, who: str, *words: str) -> str:
        """This one person has just been told this."""
        return self._among(self.own_texts(who), words)

    def hears_nothing(self, room: str = ROOM) -> None:
        assert self.room_texts(room) == []

    @staticmethod
    def _among(texts: Sequence[str], words: Sequence[str]) -> str:
        for text in texts:
            if all(word.casefold() in text.casefold() for word in words):
                return text
        shown = "\n---\n".join(texts) or "nothing"
        raise AssertionError(f"{words} was not heard, but:\n{shown}")

    # ---- what is on record

    def minutes(self) -> dict[str, Any]:
        """The minutes without what differs from run to run: ids, seals, and the marks made with them."""
        return without(minutes_of(self.house.engine), {"id", "head", "mark"})

    def item(self, number: int) -> dict[str, Any]:
        (assembly,) = minutes_of(self.house.engine, ROOM)["assemblies"].values()
        return next(one for one in assembly["items"] if one["number"] == number)

    def rows(self) -> dict[str, int]:
        """How many rows each table has that holds what people did: not heartbeats, cursors and causes, nor which
        of the bot's messages is about which item."""
        with reading(self.house.engine).begin() as connection:
            return {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in metadata.sorted_tables
                if table.name not in {"beats", "cursors", "causes", "spoken"}
            }

    # ---- time

    def _look_round(self) -> None:
        for people in self.beside:
            people._look()

    async def _act(self, act: Callable[[], Any]) -> None:
        self._look_round()
        await act()
        await self._pass(ACT)

    async def _pass(self, milliseconds: int) -> None:
        until = self.clock.at + milliseconds
        await self.house.pass_time(self.clock.at)
        while (at := await self._next()) is not None and at <= until:
            self.clock.at = max(self.clock.at, at)
            await self.house.pass_time(self.clock.at)
        self.clock.at = until
        await self.house.pass_time(until)

    async def opens(
        self, stack: AsyncExitStack, settings: Settings, adapters: Sequence[Adapter], database: str
    ) -> None:
        """The house around all of us, open until the stack is left."""
        house = build(settings, adapters, now=self.clock, sleep=no_sleep, beats=False, database=database)
        for people in self.beside:
            people.house = house
        stack.push_async_callback(house.close)
        await house.open()

    async def _next(self) -> int | None:
        now = self.clock.at
        instants = (await self.house.service.next_due(now), self.house.deliver.next_at())
        return min((at for at in instants if at is not None and at > now), default=None)

    def _note(self, words: str) -> None:
        read = parse(words)
        if read is not None:
            self.verbs.add(read.verb)


def without(value: Any, keys: set[str]) -> Any:
    """JSON without the members of these names."""
    if isinstance(value, Mapping):
        return {key: without(one, keys) for key, one in value.items() if key not in keys}
    return [without(one, keys) for one in value] if isinstance(value, list) else value


def about(number: int, text: str) -> bool:
    """Whether a card or notice is the one of this item."""
    return text.startswith(f"{number} ·")


# ---- the terminal


RUNS = itertools.count(1)
"""No two terminals hear the same thing: their causes differ, as those of two runs of the program do."""


class ConsolePeople(People):
    """A chat of lines."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.chat = ConsoleChat(f"contract{next(RUNS)}", self.clock, self._hear, lobby=None)
        self._said: list[ConsoleSaid] = []
        self._others = 0

    @classmethod
    @asynccontextmanager
    async def meet(cls, database: str = "sqlite://") -> AsyncIterator[ConsolePeople]:
        people = cls()
        async with AsyncExitStack() as stack:
            await people.opens(stack, Settings(), [people.adapter], database)
            yield people

    @property
    def adapter(self) -> Any:
        """A chat that is played by hand never listens."""
        return self.chat

    async def _say(self, who: str, words: str, on: int | None, room: str) -> None:
        await self.takes(self.chat.event(Line(who, room, words, on)))

    async def _whisper(self, who: str, words: str) -> None:
        await self.takes(self.chat.event(Line(who, None, words)))

    async def _tap(self, who: str, label: str, on: int, room: str) -> None:
        await self.takes(self.chat.event(Line(who, room, item=on, tap=label)))

    async def presses(self, who: str, label: str) -> None:
        """A button alone with the bot."""
        await self._act(lambda: self.takes(self.chat.event(Line(who, None, tap=label))))

    async def _forge(self, who: str, payload: str) -> None:
        said = self.chat.event(Line(who, ROOM, "forged"))
        assert isinstance(said, Heard)
        await self.takes(replace(said, text="", tap=payload))

    async def takes(self, *events: Any) -> None:
        for answer in await self.house.take(Batch("console", events, None)):
            await self.chat.answer(answer)

    def _hear(self, said: ConsoleSaid) -> None:
        self._said.append(said)

    def _look(self) -> None:
        self._said.clear()

    def room_texts(self, room: str = ROOM) -> list[str]:
        return [said.text for said in self._said if said.place == room.casefold() and said.kind != "reaction"]

    def own_texts(self, who: str) -> list[str]:
        return [said.text for said in self._said if said.place == f"@{who}"]


# ---- Telegram


class TelegramPeople(People):
    """A group on the strict double, reached over HTTP by long polling."""

    adapter: TelegramAdapter

    def __init__(self, double: Double, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.double = double
        double.now = self.clock
        self.well = double.group(ROOM)
        self._owed: list[Answer] = []
        self._before: dict[tuple[int, int], str] = {}
        self._seen_taps = 0

    @classmethod
    @asynccontextmanager
    async def meet(
        cls, database: str = "sqlite://", *, webhook: bool = False, limits: bool = True
    ) -> AsyncIterator[TelegramPeople]:
        async with AsyncExitStack() as stack:
            double = await stack.enter_async_context(Double() if limits else Double(limits=None))
            people = cls(double)
            told, served = people.told(), None
            if webhook:
                served = free_port()
                place = f"http://127.0.0.1:{served.getsockname()[1]}/telegram"
                told |= {"webhook": place, "webhook_secret": "open-sesame"}
            settings = Settings.model_validate({"telegram": told, "web": {"port": 0} if webhook else {}})
            meant = platforms(settings, people.clock)
            if served is not None:
                await stack.enter_async_context(serving(served, meant))
            await people.opens(stack, settings, meant.adapters, database)
            await people.begin(stack, meant.adapters[0])
            yield people

    def told(self) -> dict[str, Any]:
        """The settings of this platform."""
        return {"token": self.double.token, "api": self.double.url}

    async def begin(self, stack: AsyncExitStack, adapter: Adapter) -> None:
        """The bot listens here until the stack is left."""
        assert isinstance(adapter, TelegramAdapter)
        self.adapter = adapter
        listening = asyncio.create_task(adapter.listen(None, self._take))

        async def stop() -> None:
            await adapter.stop()
            await listening

        stack.push_async_callback(stop)
        await self.double.until(lambda: self.double.polling or self.double.webhook is not None, WITHIN)
        await self.answered()

    async def _take(self, batch: Batch) -> Sequence[Answer]:
        answers = await self.house.take(batch)
        self._owed += answers
        return answers

    async def answered(self) -> None:
        """Everything people did was heard, committed and answered."""
        double = self.double
        await double.until(lambda: not double.queue and (double.polling or double.webhook is not None), WITHIN)
        await double.until(lambda: all(self._is_answered(one) for one in self._owed), WITHIN)
        self._owed.clear()

    def _is_answered(self, answer: Answer) -> bool:
        if answer.to.tap is not None:
            return self.double.taps[answer.to.handle].answers > 0
        room = self.double.chats[int(answer.to.room.partition(":")[2])]
        return not answer.recorded or bool(room.messages[int(answer.to.handle)].reactions)

    async def happens(self, what: Callable[[], object]) -> None:
        """Whatever else can happen on Telegram."""

        async def happening() -> None:
            what()
            await self.answered()

        await self._act(happening)

    def chat(self, room: str) -> Chat:
        return self.well if room == ROOM else self.double.group(room)

    async def _say(self, who: str, words: str, on: int | None, room: str) -> None:
        card = None if on is None else self.card(on, room=room)
        self.double.person(who.capitalize()).says(self.chat(room), words, reply_to=card)
        await self.answered()

    async def _whisper(self, who: str, words: str) -> None:
        self.double.person(who.capitalize()).writes(words)
        await self.answered()

    async def _tap(self, who: str, label: str, on: int, room: str) -> None:
        self.double.person(who.capitalize()).taps(self.card(on, label, room=room), label)
        await self.answered()

    async def presses(self, who: str, label: str) -> None:
        """A button of the bot's last message alone with somebody."""

        async def press() -> None:
            person = self.double.person(who.capitalize())
            person.taps(person.chat.last, label)
            await self.answered()

        await self._act(press)

    async def _forge(self, who: str, payload: str) -> None:
        self.double.person(who.capitalize()).taps(self.well.last, payload)
        await self.answered()

    def card(self, number: int, label: str | None = None, *, room: str = ROOM) -> Message:
        """The latest message about an item, with such a button."""
        chat = self.chat(room)
        for message in reversed(chat.sent):
            if about(number, message.text) and (label is None or label in dict(message.buttons)):
                return message
        raise AssertionError(f"nothing about {number} with a button {label} in {chat.texts}")

    def _look(self) -> None:
        self._before = {(chat.id, one.id): one.text for chat in self.double.chats.values() for one in chat.sent}
        self._seen_taps = len(self.double.taps)

    def room_texts(self, room: str = ROOM) -> list[str]:
        return self._new(self.chat(room).id)

    def own_texts(self, who: str) -> list[str]:
        person = self.double.person(who.capitalize())
        taps: list[Tap] = list(self.double.taps.values())[self._seen_taps :]
        return self._new(person.id) + [tap.text for tap in taps if tap in person.toasts]

    def _new(self, chat: int) -> list[str]:
        sent = self.double.chats[chat].sent if chat in self.double.chats else []
        return [one.text for one in sent if self._before.get((chat, one.id)) != one.text]


def database_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'house.db'}"
