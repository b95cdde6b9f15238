"""The books of a database as the commands of the program open them: minutes, exports, checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.minutes import Answer, Sources, minutes, readable
from bot.store import directory, register
from bot.store.alone import alone
from bot.store.copying import copy
from bot.store.engine import open_engine, reading
from bot.store.export import export
from bot.store.tables import ballots, beats, heads, rooms
from bot.store.upgrade import check, upgrade
from bot.store.verify import Report, verify
from bot.wording import Voice
from governance.ballots import reveals
from governance.state import Assembly
from governance.terms import Instant, fold_name

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


class NotFound(Exception):
    """What was asked for is not in this database: one line for who asked."""


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """An existing database with the tables of this program."""
    path = url.removeprefix("sqlite:///")
    if path != url and not Path(path).exists():
        raise NotFound(f"there is no database at {path}; `roundabout run` makes one")
    engine = open_engine(url)
    try:
        check(engine)
        yield engine
    finally:
        engine.dispose()


def copied(source: str, target: str, tell: Callable[[str], None]) -> tuple[int, Report]:
    """A database into a new one: the number of rows, and what a look at the copy found."""
    with alone(source), opened(source) as old, alone(target):
        new = open_engine(target)
        try:
            upgrade(new)
            rows = copy(old, new, tell)
            return rows, verify(new)
        finally:
            new.dispose()


def states(connection: Connection, name: str | None) -> list[Assembly]:
    """All assemblies in the order of their names, or the one of this name."""
    names = directory.names(connection)
    wanted = [one for one, known in names.items() if name is None or fold_name(known) == fold_name(name)]
    if name is not None and not wanted:
        there = ", ".join(names.values()) or "none"
        raise NotFound(f"there is no assembly {name}; in this database: {there}")
    return [state for one in wanted if (state := register.fold(connection, one)) is not None]


def minutes_of(engine: Engine, name: str | None = None) -> dict[str, Any]:
    """The minutes of all assemblies, or of one, as data."""
    with reading(engine).begin() as connection:
        return minutes(states(connection, name), sources(connection))


def minutes_to_read(engine: Engine, name: str | None, now: Instant) -> str:
    """The same as text."""
    with reading(engine).begin() as connection:
        known = sources(connection)
        return readable(states(connection, name), known, Voice("en", "UTC", now, known.handle, known.handle))


def sources(connection: Connection) -> Sources:
    handles: dict[str, str] = {}
    names = directory.names(connection)

    def handle(person: str) -> str:
        if person not in handles:
            known = directory.people(connection, [person]).get(person)
            # in a council the members are assemblies; who was forgotten stays by an id that names nobody
            handles[person] = known.handle if known and known.handle else names.get(person, person)
        return handles[person]

    def end(assembly: str) -> tuple[int, str]:
        row = connection.execute(heads.select().where(heads.c.assembly == assembly)).one()
        return row.seq, bytes(row.seal).hex()

    def answers(assembly: str, question: str) -> list[Answer]:
        b = ballots.c
        rows = connection.execute(ballots.select().where(b.assembly == assembly, b.question == question))
        return sorted((Answer(handle(row.voter), row.choice, row.hash[:8]) for row in rows), key=lambda one: one.by)

    return Sources(handle, end, answers)


def last_beat(connection: Connection) -> Instant | None:
    """When a running program last said that it runs."""
    return max((row.at for row in connection.execute(beats.select())), default=None)


def rooms_on(connection: Connection, platform: str) -> list[str]:
    """The rooms of this platform in which assemblies meet."""
    rows = connection.execute(rooms.select().where(rooms.c.room.startswith(f"{platform}:")))
    return sorted(row.room for row in rows if not row.gone)


def exported(engine: Engine, name: str) -> Iterator[str]:
    """The lines of a register. Boxes of open questions are not among them."""
    with reading(engine).begin() as connection:
        (state,) = states(connection, name)
        yield from export(connection, state.id)


def withheld(engine: Engine, name: str) -> list[int]:
    """The items whose secret counts stand in the register and are withheld elsewhere (§8.3)."""
    with reading(engine).begin() as connection:
        (state,) = states(connection, name)
    counts = {
        number: [tally for one in item.votes if one.secret for tally in one.tallies.values()]
        + ([item.pool.ballots] if item.pool is not None and item.pool.secret else [])
        for number, item in sorted(state.items.items())
    }
    return [number for number, tallies in counts.items() if any(map(reveals, tallies))]


def verified(engine: Engine, tell: Callable[[str], None]) -> Report:
    """What was looked at, and what is wrong; `tell` hears the name of the assembly that comes next."""
    with reading(engine).begin() as connection:
        known = directory.names(connection)
    return verify(engine, lambda assembly: tell(known.get(assembly, assembly)))


def upgraded(url: str) -> str:
    """Bring a database up to this program; makes it where there is none. Gives the revision of its tables."""
    with alone(url):
        engine = open_engine(url)
        try:
            return upgrade(engine)
        finally:
            engine.dispose()
