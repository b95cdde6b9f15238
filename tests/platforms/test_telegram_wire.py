"""The short way for answers to taps, against servers of every manner."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from adapters.telegram.trouble import AnswerLost, NotSent
from adapters.telegram.wire import Wire

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OWN = Path(__file__).with_name("localhost.pem")
"""A certificate for localhost that nobody vouches for, and its key: for these tests only."""
OK = b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"ok":true}'


async def request(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return head, await reader.readexactly(size)


class Server:
    """Answers each request with the next of these pieces; an empty one closes the connection."""

    def __init__(self, *answers: bytes, pause: float = 0.0) -> None:
        self.answers, self.pause = list(answers), pause
        self.asked: list[tuple[bytes, bytes]] = []
        self.connections = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                self.asked.append(await request(reader))
                answer = self.answers.pop(0) if self.answers else OK
                if not answer:
                    break
                for start in range(0, len(answer), 7 if self.pause else len(answer)):
                    writer.write(answer[start : start + (7 if self.pause else len(answer))])
                    await asyncio.sleep(self.pause)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def wired(serve: Serve, seconds: float = 5.0, context: ssl.SSLContext | None = None) -> AsyncIterator[Wire]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    wire = Wire(f"http{'s' * bool(context)}://localhost:{port}/bot4242:abc", seconds=seconds)
    try:
        yield wire
    finally:
        wire.close()
        server.close()
        await asyncio.sleep(0.01)


async def test_one_connection_carries_one_request_after_another() -> None:
    """What is sent is a plain POST with its length; the connection is kept."""
    server = Server()
    async with wired(server) as wire:
        assert await wire.call("answerCallbackQuery", b'{"a":1}') == (200, b'{"ok":true}')
        assert await wire.call("answerCallbackQuery", b'{"a":2}') == (200, b'{"ok":true}')
    head, body = server.asked[1]
    assert head.startswith(b"POST /bot4242:abc/answerCallbackQuery HTTP/1.1\r\nHost: localhost:")
    assert body == b'{"a":2}'
    assert server.connections == 1


async def test_many_at_once_have_a_connection_each() -> None:
    """No request waits for another's answer."""
    server = Server(pause=0.001)
    async with wired(server) as wire:
        found = await asyncio.gather(*(wire.call("answerCallbackQuery", b"{}") for _ in range(20)))
    assert found == [(200, b'{"ok":true}')] * 20
    assert server.connections == 20


async def test_an_answer_may_come_in_pieces() -> None:
    """Head and body torn anywhere are put together again."""
    server = Server(b'HTTP/1.1 400 Bad Request\r\ncontent-length:  4\r\nX: y\r\n\r\nnope', pause=0.001)
    async with wired(server) as wire:
        assert await wire.call("answerCallbackQuery", b"{}") == (400, b"nope")


@pytest.mark.parametrize("answer", [
    b"HTTP/1.1 502 Bad Gateway\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnope\r\n0\r\n\r\n",
    b"HTTP/1.1 502 Bad Gateway\r\n\r\nnope",
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: -4\r\n\r\nnope",
])
async def test_a_body_of_unknown_length_gives_its_status_alone(answer: bytes) -> None:
    """The connection is not used again, as nobody knows where the next answer begins."""
    server = Server(answer)
    async with wired(server) as wire:
        assert await wire.call("answerCallbackQuery", b"{}") == (502, b"")
        assert await wire.call("answerCallbackQuery", b"{}") == (200, b'{"ok":true}')
    assert server.connections == 2


async def test_a_server_that_wants_to_close_is_let_go() -> None:
    """`Connection: close`: the next request has a new connection."""
    server = Server(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    async with wired(server) as wire:
        assert await wire.call("answerCallbackQuery", b"{}") == (200, b"")
        assert (await wire.call("answerCallbackQuery", b"{}"))[0] == 200
    assert server.connections == 2


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"x" * 70_000])
async def test_what_is_no_answer_is_a_lost_one(answer: bytes) -> None:
    """It may have been done: that is what the error says, and no address is in it."""
    async with wired(Server(answer)) as wire:
        with pytest.raises(AnswerLost) as error:
            await wire.call("answerCallbackQuery", b"{}")
    assert "bot4242" not in str(error.value)
    assert error.value.__cause__ is None


async def test_a_server_that_never_answers_is_left() -> None:
    """A look once a second ends what takes too long."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with wired(silent, seconds=0.5) as wire:
        with pytest.raises(AnswerLost):
            await wire.call("answerCallbackQuery", b"{}")


async def test_nobody_there_means_that_nothing_was_sent() -> None:
    """It may be tried again without doubt."""
    server = await asyncio.start_server(Server(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    wire = Wire(f"http://127.0.0.1:{port}/bot4242:abc", seconds=5)
    with pytest.raises(NotSent, match="cannot connect"):
        await wire.call("answerCallbackQuery", b"{}")
    wire.close()
    with pytest.raises(NotSent, match="closed"):
        await wire.call("answerCallbackQuery", b"{}")


async def test_who_stops_waiting_gives_no_answer_to_the_next() -> None:
    """An answer that comes after its asker has gone is not taken for another's."""
    server = Server(pause=0.02)
    async with wired(server) as wire:
        asking = asyncio.create_task(wire.call("answerCallbackQuery", b'{"a":1}'))
        await asyncio.sleep(0.03)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert (await wire.call("answerCallbackQuery", b'{"a":2}'))[0] == 200
    assert server.connections == 2


async def test_a_certificate_nobody_vouches_for_is_refused() -> None:
    """Over TLS the server must be who it says; it is told nothing before that."""
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(OWN)
    server = Server()
    async with wired(server, context=theirs) as wire:
        with pytest.raises(NotSent, match="SSLCertVerificationError"):
            await wire.call("answerCallbackQuery", b"{}")
        assert server.asked == []
        # with its certificate among those we trust it is spoken to
        wire._context = ssl.create_default_context(cafile=str(OWN))
        assert await wire.call("answerCallbackQuery", b"{}") == (200, b'{"ok":true}')
