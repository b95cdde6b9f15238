"""Bringing a database to the tables of this program, and refusing one that is ahead of it."""

from __future__ import annotations

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError, ProgrammingError


class SchemaAhead(Exception):
    """A newer program has been at this database: one line for the operator."""


class SchemaBehind(Exception):
    """The database has not been brought up to this program: one line for the operator."""


def config_for(connection: Connection | None = None) -> Config:
    """Where alembic finds the migrations, and on what it runs them."""
    config = Config()
    config.set_main_option("script_location", str(files("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def newest() -> str:
    """The revision this program's tables have."""
    head = ScriptDirectory.from_config(config_for()).get_current_head()
    if head is None:
        raise LookupError("the migrations are not installed with the program")
    return head


def revision(connection: Connection) -> str | None:
    """The revision of the database; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(found: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config_for()).walk_revisions()}
    if found is not None and found not in known:
        raise SchemaAhead(
            f"this database was written by a newer version of the program (its tables are {found}, "
            f"this program knows up to {newest()}): install that version"
        )


def check(engine: Engine) -> None:
    """Whether the program can read this database. Raises `SchemaAhead` or `SchemaBehind`."""
    with engine.connect() as connection:
        found = revision(connection)
    _refuse_newer(found)
    if found != newest():
        raise SchemaBehind("the tables of this database are not those of this program: run `roundabout db upgrade`")


def upgrade(engine: Engine) -> str:
    """Bring the tables up to date, alone; gives the revision. Raises `SchemaAhead` and changes nothing then."""
    _make_lock(engine)
    with engine.begin() as connection:
        _lock(connection)
        _refuse_newer(revision(connection))
        command.upgrade(config_for(connection), "head")
        return newest()


def _make_lock(engine: Engine) -> None:
    """On PostgreSQL programs that start together wait for one another at a table; SQLite has one writer anyway."""
    if engine.dialect.name != "postgresql":
        return
    try:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS upgrading (one INTEGER PRIMARY KEY)"))
    except (IntegrityError, ProgrammingError):
        # another program made it at this very moment
        return


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE upgrading IN ACCESS EXCLUSIVE MODE"))
