"""The short way for the one hot call: small requests on kept-alive connections of our own.

A general HTTP client spends most of a tap's time on what these requests never need. Here a connection carries one
request at a time; an answer is its status and a body of stated length. An answer in any other form gives its status
alone, and the connection is not used again.
"""

from __future__ import annotations

import asyncio
import ssl
from urllib.parse import urlsplit

from adapters.telegram.trouble import AnswerLost, NotSent

_IDLE = 30.0
"""Seconds a connection is kept for the next request: less than the server keeps it."""
_WATCH = 1.0
_HEAD_LIMIT = 65_536
_LENGTH = b"\r\ncontent-length:"
_CLOSES = b"\r\nconnection: close"

Status = tuple[int, bytes]


class _Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Status] | None = None
        self._received = b""
        self.since = 0.0
        """When the request left, or when the line fell idle."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def ask(self, request: bytes, answer: asyncio.Future[Status]) -> None:
        assert self._transport is not None
        self._answer = answer
        self._transport.write(request)

    @property
    def busy(self) -> bool:
        return self._answer is not None

    def data_received(self, data: bytes) -> None:
        received = self._received + data if self._received else data
        end = received.find(b"\r\n\r\n")
        if self._answer is None or (end < 0 and len(received) > _HEAD_LIMIT):
            self.close()  # nobody asked, or this is no answer
            return
        if end < 0:
            self._received = received
            return
        head = received[:end].lower()
        status, size = _status(head), _size(head)
        if status is None:
            self.close()
        elif size is None:
            self._give((status, b""))
            self.close()
        elif len(received) < end + 4 + size:
            self._received = received
        else:
            self._received = b""
            self._give((status, received[end + 4 : end + 4 + size]))
            if len(received) > end + 4 + size or _CLOSES in head:
                self.close()
            else:
                self._wire.is_idle(self)

    def _give(self, status: Status) -> None:
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_result(status)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wire.is_gone(self)
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(AnswerLost("no answer (connection lost)"))

    def close(self) -> None:
        """At once: whoever waits hears that the answer is lost."""
        self._wire.is_gone(self)
        if self._transport is not None:
            self._transport.abort()


def _status(head: bytes) -> int | None:
    """Of `http/1.1 200 ok`."""
    digits = head[9:12]
    return int(digits) if head.startswith(b"http/1.1 ") and digits.isdigit() and len(digits) == 3 else None


def _size(head: bytes) -> int | None:
    """The stated length of the body; None where there is none to rely on."""
    at = head.find(_LENGTH)
    if at < 0 or b"\r\ntransfer-encoding:" in head:
        return None
    digits = head[at + len(_LENGTH) :].partition(b"\r\n")[0].strip()
    return int(digits) if digits.isdigit() and len(digits) < 8 else None


class Wire:
    """As many connections as there are requests at once; the caller bounds them. `seconds`: how long one may take."""

    def __init__(self, base: str, *, seconds: float) -> None:
        address = urlsplit(base)
        self._secure = address.scheme == "https"
        self._host, self._port = address.hostname or "", address.port or (443 if self._secure else 80)
        self._path, self._name = address.path, address.netloc.rpartition("@")[2]
        self._seconds = seconds
        self._context: ssl.SSLContext | None = None
        self._heads: dict[str, bytes] = {}
        self._lines: set[_Line] = set()
        self._idle: list[_Line] = []
        self._watch: asyncio.TimerHandle | None = None
        self._closed = False

    async def call(self, method: str, body: bytes) -> Status:
        """One method with its parameters as JSON: status and body, whatever they are."""
        loop = asyncio.get_running_loop()
        line = self._idle.pop() if self._idle else await self._connected(loop)
        head = self._heads.get(method) or self._head(method)
        answer: asyncio.Future[Status] = loop.create_future()
        line.since = loop.time()
        line.ask(b"%b%d\r\n\r\n%b" % (head, len(body), body), answer)
        try:
            return await answer
        finally:
            if line.busy:  # whoever waited has gone: what comes now is for nobody
                line.close()

    def _head(self, method: str) -> bytes:
        head = (
            f"POST {self._path}/{method} HTTP/1.1\r\nHost: {self._name}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()
        self._heads[method] = head
        return head

    async def _connected(self, loop: asyncio.AbstractEventLoop) -> _Line:
        if self._closed:
            raise NotSent("closed")
        if self._secure and self._context is None:
            self._context = ssl.create_default_context()
        trouble = ""
        try:
            async with asyncio.timeout(self._seconds):
                _, line = await loop.create_connection(
                    lambda: _Line(self), self._host, self._port, ssl=self._context, happy_eyeballs_delay=0.25
                )
        except (OSError, TimeoutError) as error:
            trouble = type(error).__name__
        if trouble:
            # new, without cause or context
            raise NotSent(f"cannot connect ({trouble})")
        self._lines.add(line)
        if self._watch is None and not self._closed:
            self._watch = loop.call_later(_WATCH, self._look, loop)
        return line

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """One look at all lines in the place of a timer for each request."""
        now = loop.time()
        for line in tuple(self._lines):
            if now - line.since > (self._seconds if line.busy else _IDLE):
                line.close()
        self._watch = loop.call_later(_WATCH, self._look, loop) if self._lines else None

    def is_idle(self, line: _Line) -> None:
        line.since = asyncio.get_running_loop().time()
        self._idle.append(line)

    def is_gone(self, line: _Line) -> None:
        self._lines.discard(line)
        if line in self._idle:
            self._idle.remove(line)

    def close(self) -> None:
        """Nothing is sent any more."""
        self._closed = True
        if self._watch is not None:
            self._watch.cancel()
        for line in tuple(self._lines):
            line.close()
