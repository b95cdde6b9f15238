"""A small office for tests of the store and the service: one service on a real database, asked step by step.

Its clock stands still until it is moved. Persons are named by short names; their ids are made from them.
"""

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, PrimaryKeyConstraint, Table, UniqueConstraint, func, select, text

from bot import announce
from bot.service import Job, Repeated, Service, SetAside
from bot.service_desk import Desk
from bot.store.engine import open_engine
from bot.store.tables import metadata
from bot.store.upgrade import upgrade
from bot.store.verify import Report, verify
from governance import commands as c
from governance.assembly import Assembly, Decided
from governance.refusals import Refused
from governance.terms import HOUR, MINUTE
from tests.postgres import Postgres

START = 1_800_000_000_000
SECOND = 1000
ROOM = "console:well"
WELL = "00000000000000a1"
SMALL = {"early_close": "no", "round_window": "24h", "vote_window": "24h"}


def person(name: str) -> str:
    """The id of a person in these tests."""
    return name.encode().hex().ljust(16, "0")[:16]


class Office:
    def __init__(self, url: str, **settings: Any) -> None:
        self.url, self._settings = url, settings
        self.time = START
        self._causes = itertools.count(1)
        self.away: dict[str, int] = {}
        """Platforms that cannot be reached, with the instant of the last contact."""
        self.hearing = {"console", "matrix", "telegram"}
        self._open()

    def _open(self) -> None:
        ids = (f"{number:016x}" for number in itertools.count(1))
        self.engine: Engine = open_engine(self.url)
        upgrade(self.engine)
        settings: dict[str, Any] = {
            "beats": False, "hears": self.hears, "salt": lambda: bytes(16), **self._settings
        }
        self.service = Service(
            self.engine, now=lambda: self.time, announce=announce,
            new_id=lambda: next(ids), **settings,
        )

    def starts_again(self) -> None:
        """As after a restart of the program: nothing is left in memory."""
        self.engine.dispose()
        self._open()

    def closes(self) -> None:
        self.engine.dispose()

    def hears(self) -> dict[str, int | None]:
        return {platform: self.away.get(platform) for platform in self.hearing}

    # --- doing

    def cause(self) -> str:
        return f"console:{next(self._causes)}"

    def job(self, run: Callable[[Desk], Any], cause: str | None = None, at: int | None = None) -> Job:
        return Job(cause or self.cause(), self.time if at is None else at, run)

    def asking(
        self, command: c.Command, assembly: str = WELL, cause: str | None = None, at: int | None = None
    ) -> Job:
        """A job that asks one thing of an assembly."""
        job = self.job(lambda desk: None, cause, at)
        job.run = lambda desk: desk.ask(assembly, command, job.at, job.cause)
        return job

    def does(self, *jobs: Job) -> list[Any]:
        """One batch; nothing in it may be set aside."""
        results = self.service.take(jobs, None)
        assert not [one for one in results if isinstance(one, SetAside)], results
        return results

    def asks(self, *commands: c.Command, assembly: str = WELL) -> list[Any]:
        """One batch of commands, none of which is refused."""
        results = self.does(*(self.asking(one, assembly) for one in commands))
        assert not [one for one in results if isinstance(one, Refused)], results
        return results

    def founds(
        self, *members: str, assembly: str = WELL, name: str = "Well", rooms: tuple[str, ...] = (ROOM,),
        **values: str,
    ) -> None:
        """An assembly with these on its roll, meeting in these rooms."""
        first, *others = members
        asked = c.Found(person(first), name, "small", {**SMALL, **values})

        def run(desk: Desk) -> object:
            for room in rooms:
                desk.directory.bind_room(room, assembly, None, name, self.time)
            return desk.ask(assembly, asked, self.time, "console:found")

        assert isinstance(self.does(self.job(run))[0], Decided)
        self.asks(*(c.Join(person(one)) for one in others), assembly=assembly)

    def opens_a_round(self, by: str, assembly: str = WELL) -> int:
        """A motion put and opened; its number."""
        self.asks(c.Propose(person(by), "motion", "Repair the pump", "The pump by the mill."), assembly=assembly)
        item = self.state(assembly).last_item
        self.asks(c.Open(person(by), item), assembly=assembly)
        return item

    def answers(self, who: str, position: str, item: int = 1, **rest: Any) -> Job:
        return self.asking(c.TakePosition(person(who), item, position), **rest)

    def waits(self, milliseconds: int) -> None:
        self.time += milliseconds

    # --- looking

    def state(self, assembly: str = WELL) -> Assembly:
        found = self.does(self.job(lambda desk: desk.state(assembly)))[0]
        assert found is not None
        return found  # type: ignore[no-any-return]

    def rows(self, table: Table) -> list[Mapping[str, Any]]:
        with self.engine.connect() as connection:
            ordered = select(table).order_by(*table.primary_key.columns)
            return [row._asdict() for row in connection.execute(ordered)]

    def count(self, table: Table) -> int:
        with self.engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()

    def verified(self) -> Report:
        return verify(self.engine)


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'office.db'}"


def _on_postgres(kind: str) -> Any:
    return pytest.param(kind, marks=pytest.mark.postgres)


POSTGRES = [_on_postgres("postgres"), _on_postgres("serializable"), _on_postgres("spread by assembly")]
"""As it is; with each transaction serializable; with the data of assemblies in parts, by assembly."""
EVERY = ["sqlite", *POSTGRES]
"""The databases every test of the store runs on: one contract, every implementation."""
_SERIALIZABLE = "options=-c%20default_transaction_isolation%3Dserializable"
_made: dict[tuple[str, bool], str] = {}


def url_for(request: pytest.FixtureRequest, folder: Path) -> str:
    """The address of an empty database of the kind the fixture's parameter names. On PostgreSQL it is one database
    for each worker of the tests, emptied: to make a new one takes longer than most tests."""
    if request.param == "sqlite":
        return sqlite_url(folder)
    server: Postgres = request.getfixturevalue("postgres")
    spread = request.param == "spread by assembly"
    if (server.url, spread) not in _made:
        _made[server.url, spread] = server.fresh()
        if spread:
            _spread(_made[server.url, spread])
    url = _made[server.url, spread]
    engine = open_engine(url)
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)}"))
    engine.dispose()
    if request.param == "serializable":
        return url + ("&" if "?" in url else "?") + _SERIALIZABLE
    return url


def spreadable() -> list[str]:
    """The tables of assembly data: `assembly` leads every key that must be unique."""
    keys = {
        table.name: [[column.name for column in one.columns] for one in table.constraints
                     if isinstance(one, PrimaryKeyConstraint | UniqueConstraint)]
        for table in metadata.sorted_tables
    }  # fmt: skip
    return [name for name, theirs in keys.items() if all(columns[0] == "assembly" for columns in theirs)]


def _spread(url: str) -> None:
    """The tables of assembly data, each in four parts by the hash of the assembly, in the place of whole ones."""
    engine = open_engine(url)
    upgrade(engine)
    parts = MetaData()
    for table in metadata.sorted_tables:
        table.to_metadata(parts)
    for name in spreadable():
        parts.tables[name].dialect_options["postgresql"]["partition_by"] = "HASH (assembly)"
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(text(f"DROP TABLE {table.name} CASCADE"))
        parts.create_all(connection, checkfirst=False)
        for name in spreadable():
            for part in range(4):
                connection.execute(text(
                    f"CREATE TABLE {name}_{part} PARTITION OF {name} FOR VALUES WITH (MODULUS 4, REMAINDER {part})"
                ))
    engine.dispose()


__all__ = [
    "EVERY", "HOUR", "MINUTE", "POSTGRES", "ROOM", "SECOND", "SMALL", "START", "WELL", "Office", "Repeated", "person",
    "spreadable", "sqlite_url", "url_for",
]
