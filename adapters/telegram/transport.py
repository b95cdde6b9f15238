"""The way to the Bot API: python-telegram-bot's request on aiohttp, with raw doors for the hot calls."""

from __future__ import annotations

import logging
import os
import re
from typing import Any

import aiohttp
import msgspec
from telegram.error import NetworkError
from telegram.request import BaseRequest, RequestData

from adapters.telegram.trouble import AnswerLost, NotSent
from adapters.telegram.wire import Wire

# Telegram's front end drops connections that idle for about a minute; we leave before it does.
_KEEP_ALIVE = 30.0
TOKEN = re.compile(r"([0-9]+):[A-Za-z0-9_-]+")
"""As BotFather gives it; the number is the bot's own id."""
_NO_JSON = b'{"ok":false}'


class Transport(BaseRequest):
    """One pool of connections for polls, answers and all calls of the library.

    The token stands in every address, and aiohttp's errors carry addresses: what leaves this class as an error
    is new, has neither cause nor context, and names only a kind of trouble.
    """

    def __init__(self, base: str, *, seconds: float, connections: int) -> None:
        # The library warns at every flood wait unless told to count in timedeltas.
        os.environ["PTB_TIMEDELTA"] = "1"
        # At level DEBUG it writes addresses with the token, and the text of every message.
        logging.getLogger("telegram").setLevel(logging.WARNING)
        self._base = base
        self._connections = connections
        self._timeout = aiohttp.ClientTimeout(total=seconds)
        self._urls: dict[str, str] = {}
        self._session: aiohttp.ClientSession | None = None
        self._closed = False
        self._wire = Wire(base, seconds=seconds)

    @property
    def read_timeout(self) -> float | None:
        return self._timeout.total

    async def initialize(self) -> None:
        """The session needs a running loop, so the first call makes it."""
        self._session = self._session or aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=_KEEP_ALIVE),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Content-Type": "application/json"},
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
            timeout=self._timeout,
        )

    async def shutdown(self) -> None:
        """Nothing is sent any more."""
        self._closed = True
        self._wire.close()
        if self._session is not None:
            await self._session.close()

    async def call(self, method: str, body: bytes, seconds: float | None = None) -> tuple[int, bytes]:
        """One method with its parameters as JSON: status and body, whatever they are."""
        url = self._urls.get(method)
        if url is None:
            url = self._urls[method] = f"{self._base}/{method}"
        return await self._send(url, body, seconds)

    async def answer_tap(self, body: bytes) -> tuple[int, bytes]:
        """The one call that is made for every tap: status and body, whatever they are."""
        return await self._wire.call("answerCallbackQuery", body)

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: object, **__: object
    ) -> tuple[int, bytes]:
        """What the library's own methods call; how long they wait is ours to say."""
        body = b"{}" if request_data is None else request_data.json_payload
        status, answer = await self._send(url, body, None)
        if status >= 500 and answer.startswith(b"{"):
            # its own word, not that of a gateway that heard nothing from it
            raise NotSent(f"the server says that it failed (HTTP {status})")
        if status >= 300 and not answer.startswith(b"{"):
            # a page of some gateway: the library would quote it in its error
            return status, _NO_JSON
        return status, answer

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer as JSON; the library's own reading would quote in the log what it cannot read."""
        try:
            return msgspec.json.decode(payload, type=dict[str, Any])
        except msgspec.DecodeError:
            pass
        raise AnswerLost("the answer is not JSON")

    async def _send(self, url: str, body: bytes, seconds: float | None) -> tuple[int, bytes]:
        if self._closed:
            raise NotSent("closed")
        if self._session is None:
            await self.initialize()
        assert self._session is not None
        timeout = self._timeout if seconds is None else aiohttp.ClientTimeout(total=seconds)
        try:
            # a redirect would carry the token elsewhere
            async with self._session.post(
                url, data=body, timeout=timeout, allow_redirects=False
            ) as response:
                return response.status, await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            trouble: NetworkError = NotSent(f"cannot connect ({type(error).__name__})")
        except Exception as error:  # the library would quote whatever it does not know
            trouble = AnswerLost(f"no answer ({type(error).__name__})")
        raise trouble
