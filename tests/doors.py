"""A port of this machine behind which there are others: one address for several servers, or a wire one can cut."""

import itertools
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Self

Address = str | tuple[str, int]
"""A socket in the file system, or host and port."""


class Door:
    """Whoever comes is led to the next of `servers` that opens; what each of them says is looked at by `lets_pass`."""

    def __init__(self, *servers: Address) -> None:
        self.servers = servers
        self.is_shut = False
        """Nobody comes through."""
        self.seen: Counter[tuple[Address, bytes]] = Counter()
        """How often the words looked for went to, or came from, which server."""
        self.looks_for: tuple[bytes, ...] = ()
        self.open: set[socket.socket] = set()
        self._turns = itertools.count()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                found = None if self.is_shut else self._next()
                if found is None:
                    reset(client)
                else:
                    Line(self, client, *found)

    def _next(self) -> tuple[socket.socket, Address] | None:
        turn = next(self._turns)
        for number in range(len(self.servers)):
            address = self.servers[(turn + number) % len(self.servers)]
            with suppress(OSError):
                return _connected(address), address
        return None

    def lets_pass(self, line: "Line", said: bytes, from_client: bool) -> bool:
        """False: the connection breaks instead."""
        for words in self.looks_for:
            self.seen[line.server_at, words] += said.count(words)
        return True

    def cuts_off(self, line: "Line") -> None:
        """A connection is about to break because something was not let pass."""

    def breaks(self) -> None:
        """Every connection breaks; new ones come through."""
        for one in list(self.open):
            reset(one)

    def close(self) -> None:
        self._listener.close()
        self.breaks()

    @classmethod
    @contextmanager
    def to(cls, *servers: Address) -> Iterator[Self]:
        door = cls(*servers)
        try:
            yield door
        finally:
            door.close()


class Line:
    """One connection: what each side says is handed to the other."""

    def __init__(self, door: Door, client: socket.socket, server: socket.socket, server_at: Address) -> None:
        self.door, self.client, self.server, self.server_at = door, client, server, server_at
        self.cut: str | None = None
        door.open |= {client, server}
        for source, to in ((client, server), (server, client)):
            threading.Thread(target=self._hand_on, args=(source, to), daemon=True).start()

    def _hand_on(self, source: socket.socket, to: socket.socket) -> None:
        passes = True
        with suppress(OSError):
            while said := source.recv(65536):
                passes = self.door.lets_pass(self, said, source is self.client)
                if not passes:
                    break
                to.sendall(said)
        if not passes:
            self.door.cuts_off(self)
        for one in (source, to):
            self.door.open.discard(one)
            reset(one)


def _connected(address: Address) -> socket.socket:
    if not isinstance(address, str):
        return socket.create_connection(address)
    server = socket.socket(socket.AF_UNIX)
    try:
        server.connect(address)
    except OSError:
        server.close()
        raise
    return server


def reset(one: socket.socket) -> None:
    """Not the end of a talk but a break."""
    with suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
