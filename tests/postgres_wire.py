"""The wire between a program and its PostgreSQL, which a test can cut: at a commit, or for as long as it likes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from psycopg.conninfo import conninfo_to_dict

from tests.doors import Address, Door, Line

COMMIT = b"COMMIT\x00"
Side = Literal["request", "reply"]


class Wire(Door):
    """Hands everything on to the server; `url` is the same database by way of it."""

    def __init__(self, url: str) -> None:
        told = {name: str(value) for name, value in conninfo_to_dict(url).items()}
        host, port = told.get("host", "127.0.0.1"), told.get("port", "5432")
        server: Address = f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, int(port))
        self.cuts: list[Side] = []
        """What happens to the next commits, one after the other: it does not arrive, or its reply does not."""
        self.at_cut: Callable[[], None] = lambda: None
        """Called with each such cut."""
        self.cut_at_commit = 0
        """How many were cut so far."""
        super().__init__(server)
        name, word = told.get("user", "postgres"), told.get("password", "")
        place = f"{name}:{word}@127.0.0.1:{self.port}/{told['dbname']}"
        self.url = f"postgresql://{place}?sslmode=disable&gssencmode=disable"

    def lets_pass(self, line: Line, said: bytes, from_client: bool) -> bool:
        if from_client and self.cuts and COMMIT in said:
            line.cut = self.cuts.pop(0)
            self.cut_at_commit += 1
            return line.cut == "reply"
        return from_client or line.cut is None

    def cuts_off(self, line: Line) -> None:
        self.at_cut()

    def cut(self) -> None:
        """Every connection breaks, and none comes through until `mend`."""
        self.is_shut = True
        self.breaks()

    def mend(self) -> None:
        self.is_shut = False


@contextmanager
def wire_to(url: str) -> Iterator[Wire]:
    wire = Wire(url)
    try:
        yield wire
    finally:
        wire.close()
