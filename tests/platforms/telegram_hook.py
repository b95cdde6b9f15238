"""The bot's own small web server, as the program serves it, for the double to bring its updates to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.house_platforms import Platforms
from bot.web import Server, Vitals, application


def free_port() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0), backlog=64)


@asynccontextmanager
async def serving(opened: socket.socket, meant: Platforms) -> AsyncIterator[None]:
    async def vitals() -> Vitals:
        return Vitals(True, 0, 0, {}, {})

    assert meant.hook is not None
    server = Server(application(vitals, {"/telegram": meant.hook}))
    serve = asyncio.create_task(server.serve([opened]))
    try:
        yield
    finally:
        server.leave()
        await serve
        opened.close()
