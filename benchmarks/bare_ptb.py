"""A peer: python-telegram-bot's Application on our transport. It stores nothing and answers every tap.

`python -m benchmarks.bare_ptb URL TAPS` ends after so many taps.
"""

import asyncio
import sys

from telegram import Update
from telegram.ext import ApplicationBuilder, CallbackQueryHandler, ContextTypes

from adapters.telegram.answering import IN_FLIGHT
from adapters.telegram.transport import Transport
from benchmarks.telegram_load import TOAST, TOKEN


async def run(url: str, taps: int) -> None:
    done = asyncio.Event()
    left = taps

    async def answer(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        nonlocal left
        await update.callback_query.answer(TOAST)
        left -= 1
        if left == 0:
            done.set()

    transport = Transport(f"{url}/bot{TOKEN}", seconds=20.0, connections=2 * IN_FLIGHT)
    builder = ApplicationBuilder().token(TOKEN).base_url(f"{url}/bot")
    builder = builder.request(transport).get_updates_request(transport).concurrent_updates(IN_FLIGHT)
    app = builder.build()
    app.add_handler(CallbackQueryHandler(answer))
    async with app:
        await app.start()
        await app.updater.start_polling(allowed_updates=["callback_query"])
        await done.wait()
        await app.updater.stop()
        await app.stop()


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], int(sys.argv[2])))
