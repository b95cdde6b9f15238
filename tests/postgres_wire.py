"""The wire between a program and its PostgreSQL, which a test can cut: at a commit, or for as long as it likes."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Literal

from psycopg.conninfo import conninfo_to_dict

COMMIT = b"COMMIT\x00"
Side = Literal["request", "reply"]


class Wire:
    """Listens on this machine and hands everything on to the server; `url` is the same database by way of it."""

    def __init__(self, url: str) -> None:
        self._to = {name: str(value) for name, value in conninfo_to_dict(url).items()}
        self._listener = socket.create_server(("127.0.0.1", 0))
        place = f"127.0.0.1:{self._listener.getsockname()[1]}"
        name, word = self._to.get("user", "postgres"), self._to.get("password", "")
        self.url = f"postgresql://{name}:{word}@{place}/{self._to['dbname']}?sslmode=disable&gssencmode=disable"
        self.cuts: list[Side] = []
        """What happens to the next commits, one after the other: it does not arrive, or its reply does not."""
        self.is_cut = False
        """Nobody comes through."""
        self.at_cut: Callable[[], None] = lambda: None
        """Called with each such cut."""
        self.cut_at_commit = 0
        """How many were cut so far."""
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.is_cut:
                    _reset(client)
                    continue
                _Line(self, client, self._server())

    def _server(self) -> socket.socket:
        host, port = self._to.get("host", "127.0.0.1"), self._to.get("port", "5432")
        if not host.startswith("/"):
            return socket.create_connection((host, int(port)))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{port}")
        return server

    def cut(self) -> None:
        """Every connection breaks, and none comes through until `mend`."""
        self.is_cut = True
        self.breaks()

    def breaks(self) -> None:
        """Every connection breaks; new ones come through."""
        for one in list(self._open):
            _reset(one)

    def mend(self) -> None:
        self.is_cut = False

    def close(self) -> None:
        self._listener.close()
        self.breaks()


class _Line:
    """One connection: what each side says is handed to the other."""

    def __init__(self, wire: Wire, client: socket.socket, server: socket.socket) -> None:
        self._wire, self._client, self._server = wire, client, server
        self._cut: Side | None = None
        wire._open |= {client, server}
        for source, to in ((client, server), (server, client)):
            threading.Thread(target=self._hand_on, args=(source, to), daemon=True).start()

    def _hand_on(self, source: socket.socket, to: socket.socket) -> None:
        with suppress(OSError):
            while said := source.recv(65536):
                if source is self._client and self._wire.cuts and COMMIT in said:
                    self._cut = self._wire.cuts.pop(0)
                    self._wire.cut_at_commit += 1
                    if self._cut == "request":
                        break
                elif source is self._server and self._cut == "reply":
                    break
                to.sendall(said)
        if self._cut is not None and source is self._server:
            self._wire.at_cut()
        for one in (source, to):
            self._wire._open.discard(one)
            _reset(one)


def _reset(one: socket.socket) -> None:
    """Not the end of a talk but a break."""
    with suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def wire_to(url: str) -> Iterator[Wire]:
    wire = Wire(url)
    try:
        yield wire
    finally:
        wire.close()
