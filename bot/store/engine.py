"""Opening a database: SQLite as the embedded default, PostgreSQL for several workers.

`sqlite:///FILE` is a file; `sqlite://` a throw-away one that is gone when the engine is disposed of.
"""

from __future__ import annotations

import sqlite3
import tempfile
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, OperationalError

BUSY_MS = 10_000
"""How long SQLite waits for another process that is writing."""
CACHE_KIB = 64 * 1024
CHECKPOINT_PAGES = 4000
"""Pages in the write-ahead log before they go home: fewer, longer pauses than the default of 1000."""


class Overtaken(Exception):
    """Another worker has changed what this transaction knew from memory: it is to be run again."""


class BadAddress(ValueError):
    """The address of the database cannot be used: one line for the operator."""


def open_engine(url: str, patience_ms: int = 0) -> Engine:
    """An engine on which every transaction may write, from its first statement on. Raises `BadAddress`.

    `patience_ms`: after so long PostgreSQL ends a transaction whose worker stands still, so that what it had locked
    is free for the others; 0: as the server is set up. SQLite has no other workers.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise BadAddress("the address of the database is none: write sqlite:///FILE or postgresql://…") from error
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed)
    if parsed.get_backend_name() == "postgresql":
        return _open_postgresql(parsed, patience_ms)
    raise BadAddress(f"no database of this kind: {parsed.get_backend_name()}; write sqlite:///FILE or postgresql://…")


def _open_postgresql(url: URL, patience_ms: int) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, max_overflow=8, hide_parameters=True
    )

    if patience_ms:

        @event.listens_for(engine, "connect")
        def prepare(driver: Any, _: Any) -> None:
            driver.execute(f"SET idle_in_transaction_session_timeout = {patience_ms}")
            driver.commit()

    return engine


def _open_sqlite(url: URL) -> Engine:
    folder = None
    if url.database in (None, "", ":memory:"):
        # a file that nobody waits for: so that it is like any other database, with several connections
        folder = tempfile.TemporaryDirectory(prefix="roundabout-")
        url = url.set(database=f"{folder.name}/throw-away.db")
    synchronous = "FULL" if folder is None else "OFF"
    # an error that quoted its row could say whose a secret ballot is
    engine = create_engine(
        url, connect_args={"timeout": BUSY_MS / 1000, "check_same_thread": False}, hide_parameters=True,
        poolclass=QueuePool if folder is None else _gone_with(folder),
    )  # fmt: skip

    @event.listens_for(engine, "connect")
    def prepare(driver: sqlite3.Connection, _: Any) -> None:
        # the driver must leave BEGIN to us
        driver.isolation_level = None
        for pragma in (
            "journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON", f"cache_size=-{CACHE_KIB}",
            f"wal_autocheckpoint={CHECKPOINT_PAGES}", "temp_store=MEMORY",
            # what is deleted is gone: erased names, and who gave which secret ballot
            "secure_delete=ON",
        ):
            driver.execute(f"PRAGMA {pragma}").close()

    # listening to events of the engine would make every statement half as dear again
    engine.dialect.do_begin = _begin_to_write  # type: ignore[method-assign, assignment]  # there is no option for it
    return engine


def _gone_with(folder: tempfile.TemporaryDirectory[str]) -> type[QueuePool]:
    class ThrowAway(QueuePool):
        def dispose(self) -> None:
            super().dispose()
            folder.cleanup()

    return ThrowAway


def _begin_to_write(driver: Any) -> None:
    # a transaction that reads first and writes later fails when another wrote in between, however long it waits
    if not driver.in_transaction:
        driver.execute("BEGIN IMMEDIATE").close()


def _begin_to_read(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def wipe(engine: Engine) -> bool:
    """SQLite's write-ahead log still has pages as they were before something was deleted: bring it home and empty it.
    False where somebody reads at this moment, and it has to be tried again. PostgreSQL vacuums when it sees fit."""
    if engine.dialect.name != "sqlite":
        return True
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=0")
        found = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return found is not None and not found[0]


def reading(engine: Engine) -> Engine:
    """The same database for transactions that only read: each sees one moment and holds up nobody."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    reader = engine.execution_options(reading=True)
    # comes before the beginning of the dialect, which then finds it done
    event.listen(reader, "begin", _begin_to_read)
    return reader


def is_lost(error: BaseException) -> bool:
    """Whether the database failed (full disk, lost connection), not what was asked of it."""
    if not isinstance(error, DBAPIError) or isinstance(error, IntegrityError):
        return False
    # SQLite says DatabaseError itself, none of its kinds, of a damaged file
    damaged = type(error.orig) is sqlite3.DatabaseError
    return damaged or error.connection_invalidated or isinstance(error, OperationalError)


def is_conflict(error: BaseException) -> bool:
    """Whether another worker came between and the transaction is to be run again."""
    refused = isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in ("40001", "40P01")
    return refused or isinstance(error, Overtaken)
