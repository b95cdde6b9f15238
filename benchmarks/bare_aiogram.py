"""A peer: aiogram, which brings its own transport on aiohttp. It stores nothing and answers every tap.

`python -m benchmarks.bare_aiogram URL TAPS` ends after so many taps.
"""

import asyncio
import sys

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import CallbackQuery

from adapters.telegram.answering import IN_FLIGHT
from benchmarks.telegram_load import TOAST, TOKEN


async def run(url: str, taps: int) -> None:
    session = AiohttpSession(api=TelegramAPIServer.from_base(url), limit=2 * IN_FLIGHT)
    bot, dispatcher = Bot(TOKEN, session=session), Dispatcher()
    left = taps

    @dispatcher.callback_query()
    async def answer(query: CallbackQuery) -> None:
        nonlocal left
        await query.answer(TOAST)
        left -= 1
        if left == 0:
            await dispatcher.stop_polling()

    await dispatcher.start_polling(
        bot, polling_timeout=10, handle_signals=False, allowed_updates=["callback_query"]
    )


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], int(sys.argv[2])))
