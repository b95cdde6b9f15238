"""The wire of the Telegram double: HTTP in, webhooks out, and a control door for other processes.

    python -m tests.platforms.telegram_double --port 0 --no-limits

prints one line with its address. Under `/control/NAME` it takes a JSON object and gives one; the names are
the methods of `Control`. The one hot call, answerCallbackQuery as JSON, is served before aiohttp takes the
request apart: a measurement should meet the bot's limits, not those of the double.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from urllib.parse import parse_qsl

import aiohttp
import msgspec
from aiohttp import web

from tests.platforms.telegram_control import Control
from tests.platforms.telegram_double import Call, Double, Fault, Update, Webhook
from tests.platforms.telegram_methods import ApiError, Args

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
_ANSWERED = _HEAD + b'25\r\n\r\n{"ok":true,"result":true}'
_LENGTH = b"\r\nContent-Length: "
_FOREVER = 86_400.0


class _Answer(msgspec.Struct):
    callback_query_id: str
    text: str = ""
    show_alert: bool = False


_read_answer = msgspec.json.Decoder(_Answer).decode


class _Line(web.RequestHandler):
    """A connection that serves the hot call by itself and leaves the rest to aiohttp."""

    __slots__ = ()

    def data_received(self, data: bytes) -> None:
        if not (self._manager and self._current_request is None and self._manager.answered(self, data)):
            super().data_received(data)


class _Server(web.Server):
    """aiohttp's low-level server over one double."""

    def __init__(self, double: Double) -> None:
        super().__init__(self.handle, access_log=None, keepalive_timeout=_FOREVER)
        self.double = double
        self.control = Control(double)
        self.hot = f"POST /bot{double.token}/answerCallbackQuery HTTP/1.1\r\n".encode()
        self.port = 0
        self._loop = asyncio.get_running_loop()
        self._listener: asyncio.Server | None = None
        self._hooks: asyncio.Task[None] | None = None

    def __call__(self) -> web.RequestHandler:
        return _Line(self, loop=self._loop, **self._kwargs)

    async def listen(self, port: int) -> None:
        self._listener = await self._loop.create_server(self, "127.0.0.1", port, backlog=1024)
        self.port = self._listener.sockets[0].getsockname()[1]
        self._hooks = asyncio.create_task(_Hooks(self.double).run())

    async def close(self) -> None:
        assert self._listener is not None
        assert self._hooks is not None
        self._hooks.cancel()
        await asyncio.gather(self._hooks, return_exceptions=True)
        self.control.close()
        self._listener.close()
        await self.shutdown(0.1)

    def answered(self, line: _Line, data: bytes) -> bool:
        """Whether these bytes were one whole, flawless answerCallbackQuery."""
        double = self.double
        if not data.startswith(self.hot) or double.faults or line.transport is None:
            return False
        head, _, body = data.partition(b"\r\n\r\n")
        at = head.find(_LENGTH)
        if at < 0 or head[at + len(_LENGTH) :].split(b"\r\n", 1)[0] != b"%d" % len(body):
            return False
        try:
            answer = _read_answer(body)
            double.answers(answer.callback_query_id, answer.text, answer.show_alert)
        except (msgspec.DecodeError, ApiError):
            return False
        double.counts["answerCallbackQuery"] += 1
        double.journal.append(Call(double.now(), "answerCallbackQuery", _words(answer)))
        double.notify()
        if double.delay:
            self._loop.call_later(double.delay, _write, line)
        else:
            line.transport.write(_ANSWERED)
        return True

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        if path.startswith("/control/"):
            return await self._control(path.removeprefix("/control/"), await request.read())
        token, _, method = path.removeprefix("/bot").partition("/")
        args = await _args(request, query)
        fault = self.double.fault_of(method)
        if fault is Fault.DROP:
            return _broken(request)
        if fault is Fault.GATEWAY:
            status, body = 502, b"<html>502 Bad Gateway</html>"
        elif fault is Fault.ERROR:
            status, body = 500, json.dumps(ApiError(500, "Internal Server Error").json).encode()
        elif isinstance(fault, ApiError):
            status, body = fault.code, json.dumps(fault.json).encode()
        elif not path.startswith("/bot") or token != self.double.token:
            status, body = 401, json.dumps(ApiError(401, "Unauthorized").json).encode()
        else:
            status, body = await self.double.call(method, args)
        if fault is Fault.DROP_AFTER:
            return _broken(request)
        if fault is Fault.GARBAGE:
            body = body[: len(body) // 2]
        if self.double.delay:
            await asyncio.sleep(self.double.delay)
        return web.Response(status=status, body=body, headers={"Content-Type": "application/json"})

    async def _control(self, name: str, body: bytes) -> web.Response:
        try:
            found = await self.control.do(name, json.loads(body or b"{}"))
        except (AssertionError, KeyError, TypeError, ValueError, LookupError) as error:
            return web.Response(status=400, text=f"{type(error).__name__}: {error}")
        return web.json_response(found)


def _words(answer: _Answer) -> dict[str, str]:
    words = {"callback_query_id": answer.callback_query_id, "text": answer.text}
    return words | {"show_alert": "true"} if answer.show_alert else words


def _write(line: _Line) -> None:
    if line.transport is not None:
        line.transport.write(_ANSWERED)


def _broken(request: web.BaseRequest) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _args(request: web.BaseRequest, query: str) -> Args:
    """Parameters from the address and from a body of any kind the Bot API takes."""
    args = Args(parse_qsl(query))
    if request.content_type == "application/json":
        for name, value in json.loads(await request.read() or b"{}").items():
            args[name] = value if isinstance(value, str) else json.dumps(value)
    else:
        args.update({name: str(value) for name, value in (await request.post()).items()})
    return args


class _Hooks:
    """Brings waiting updates to the webhook, again and again until it says 2xx."""

    def __init__(self, double: Double) -> None:
        self.double = double
        self.pushes: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
            try:
                while True:
                    await self._round(session)
                    await asyncio.sleep(0.002 if self.double.webhook else 0.01)
            finally:
                for push in self.pushes:
                    push.cancel()
                await asyncio.gather(*self.pushes, return_exceptions=True)

    async def _round(self, session: aiohttp.ClientSession) -> None:
        hook = self.double.webhook
        if hook is None:
            return
        now, wall = asyncio.get_running_loop().time(), self.double.now()
        for update in [update for update in self.double.queue if update.expires_at <= wall]:
            self.double.queue.remove(update)
        ready = (update for update in self.double.queue if not update.busy and update.due <= now)
        for update, _ in zip(ready, range(hook.max_connections - len(self.pushes)), strict=False):
            update.busy = True
            push = asyncio.create_task(self._push(session, hook, update))
            self.pushes.add(push)
            push.add_done_callback(self.pushes.discard)

    async def _push(self, session: aiohttp.ClientSession, hook: Webhook, update: Update) -> None:
        headers = {"Content-Type": "application/json"}
        if hook.secret is not None:
            headers["X-Telegram-Bot-Api-Secret-Token"] = hook.secret
        try:
            body = self.double.delivers(update)
            async with session.post(hook.url, data=body, headers=headers) as response:
                status, answer = response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError):
            status, answer = 0, b""
        if not 200 <= status < 300:
            hook.error = f"Wrong response from the webhook: {status}" if status else "Connection refused"
            hook.error_at = self.double.now()
            update.due = asyncio.get_running_loop().time() + self.double.webhook_retry
            update.busy = False
            return
        if update in self.double.queue:
            self.double.queue.remove(update)
        await self._obey(answer)

    async def _obey(self, answer: bytes) -> None:
        """A method may stand in the answer to a webhook; nobody hears what became of it."""
        try:
            wish = json.loads(answer or b"{}")
        except ValueError:
            return
        if method := wish.pop("method", None):
            args = {name: value if isinstance(value, str) else json.dumps(value) for name, value in wish.items()}
            await self.double.call(method, Args(args))
        self.double.notify()


async def serve(double: Double, port: int) -> _Server:
    """The running server; `port` 0 takes a free one."""
    server = _Server(double)
    await server.listen(port)
    return server


async def _run(options: argparse.Namespace) -> None:
    limits = {"limits": None} if options.no_limits else {}
    double = Double(token=options.token, privacy=not options.no_privacy, **limits)
    await double.start(options.port)
    double.delay = options.delay
    print(double.url, flush=True)
    # whoever started this ends it by closing its standard input
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await double.stop()


def main() -> None:
    """The double as a process: prints its address, serves until its standard input ends."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=Double().token)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds added to every response")
    parser.add_argument("--no-limits", action="store_true", help="no flood control")
    parser.add_argument("--no-privacy", action="store_true", help="the bot reads everything in groups")
    asyncio.run(_run(parser.parse_args()))
