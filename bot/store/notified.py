"""What other workers tell by NOTIFY; imported only where there is a PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL

from bot.store.workers import CHANNEL


class NotListening(Exception):
    """The connection is gone: what is told meanwhile is not heard."""


async def notified(place: URL, seconds: float) -> AsyncIterator[str | None]:
    """Each word as it comes; None at the beginning and after so many seconds of silence."""
    address = place.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            while True:
                yield None
                async for word in connection.notifies(timeout=seconds):
                    yield word.payload
    except psycopg.Error as error:
        raise NotListening(type(error).__name__) from None
