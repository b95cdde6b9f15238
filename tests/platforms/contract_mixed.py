"""One house on several platforms at once: a group on the Telegram double, a room on a real homeserver, a terminal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from bot.config import Settings
from bot.house import House
from bot.house_platforms import platforms
from tests.platforms.contract import ConsolePeople, TelegramPeople
from tests.platforms.contract_matrix import MatrixPeople
from tests.platforms.synapse import Synapse
from tests.platforms.telegram_double import Clock, Double


class MixedPeople:
    """People on each platform, around one house and one clock.

    `telegram`, `matrix` and `console` are what they are alone, with rooms of their own by whatever names: `Well` in
    one is not `Well` in the other. What somebody does or waits for on one is looked at on all of them:

        await mixed.telegram.taps("ben", "Agree", 1)
        mixed.matrix.hears("1 ·", "Agree 1")

    Who has the same short name on two platforms is two people to the bot, unless they say otherwise.
    """

    def __init__(self, double: Double, synapse: Synapse) -> None:
        self.clock = Clock()
        self.telegram = TelegramPeople(double, self.clock)
        self.matrix = MatrixPeople(synapse, self.clock)
        self.console = ConsolePeople(self.clock)
        for people in (everybody := (self.telegram, self.matrix, self.console)):
            people.beside = everybody

    @classmethod
    @asynccontextmanager
    async def meet(cls, synapse: Synapse, database: str = "sqlite://") -> AsyncIterator[MixedPeople]:
        async with AsyncExitStack() as stack:
            mixed = cls(await stack.enter_async_context(Double()), synapse)
            settings = Settings.model_validate({"telegram": mixed.telegram.told(), "matrix": mixed.matrix.told(stack)})
            telegram, matrix = platforms(settings, mixed.clock).adapters
            await mixed.console.opens(stack, settings, [telegram, matrix, mixed.console.adapter], database)
            await mixed.telegram.begin(stack, telegram)
            await mixed.matrix.begin(stack, matrix)
            yield mixed

    @property
    def house(self) -> House:
        return self.console.house

    async def waits(self, duration: str) -> None:
        await self.console.waits(duration)

    def minutes(self) -> dict[str, Any]:
        """As on Matrix: the short names of its people in the place of the homeserver's."""
        return self.matrix.minutes()
