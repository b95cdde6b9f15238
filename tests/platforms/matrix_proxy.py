"""A bad line to a homeserver: it passes calls on, garbles them, loses them, keeps things back."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
from aiohttp import web

from tests.platforms.synapse import Synapse

# of one connection, not of the message
_OF_THE_HOP = {"transfer-encoding", "connection", "content-encoding", "content-length", "host"}


class Proxy:
    """`fault`: what happens to calls whose path holds `on`: garbage, 429, 500, nothing, lost (done, not answered)."""

    def __init__(self, synapse: Synapse, alter: Callable[[dict[str, Any]], None] = lambda event: None) -> None:
        """`alter`: what becomes of each event of a timeline on its way."""
        self._synapse, self._alter = synapse, alter
        self.url = ""
        self.fault = ""
        self.on = ""
        self.faults = 0
        """How often it struck."""
        self.keeps_keys = False
        """Messages to devices, which carry keys, are kept back until this is false again."""
        self._kept: list[Any] = []
        self.calls: list[str] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        struck = self.fault if self.on in request.path else ""
        self.faults += bool(struck)
        if struck == "garbage":
            return web.Response(text="<html>Bad gateway</html>", content_type="text/html")
        if struck == "429":
            limited = {"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": 500}
            return web.json_response(limited, status=429)
        if struck == "500":
            return web.json_response({"errcode": "M_UNKNOWN", "error": "Internal server error"}, status=500)
        if struck == "nothing":
            await asyncio.sleep(60)
        self.calls.append(f"{request.method} {request.path}")
        response = await self._pass_on(request)
        if struck == "lost" and request.transport is not None:
            request.transport.close()
        return response

    async def _pass_on(self, request: web.Request) -> web.Response:
        headers = {key: value for key, value in request.headers.items() if key.lower() not in _OF_THE_HOP}
        async with self._session.request(
            request.method, self._synapse.url + request.raw_path, headers=headers, data=await request.read()
        ) as answer:
            body = await answer.read()
            if request.path.endswith("/sync") and answer.status == 200:
                body = self._censored(body)
            return web.Response(body=body, status=answer.status, content_type="application/json")

    def _censored(self, body: bytes) -> bytes:
        found = json.loads(body)
        self._kept += found.pop("to_device", {}).get("events", [])
        if not self.keeps_keys:
            found["to_device"] = {"events": self._kept}
            self._kept = []
        for room in found.get("rooms", {}).get("join", {}).values():
            for event in room["timeline"]["events"]:
                self._alter(event)
        return json.dumps(found).encode()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Proxy]:
        app = web.Application(client_max_size=1 << 24)
        app.router.add_route("*", "/{path:.*}", self.handle)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        assert site._server is not None
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]
        try:
            async with aiohttp.ClientSession(skip_auto_headers=["Accept-Encoding"]) as self._session:
                yield self
        finally:
            await runner.cleanup()
