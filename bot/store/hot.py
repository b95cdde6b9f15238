"""The statements that run for every batch, compiled once, for each dialect in its fastest form.

SQLite takes the compiled text with tuples, straight to the driver; PostgreSQL one row set made from arrays
(`unnest`). Both are made from the same Core tables. Rows are tuples in the order of the table's columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from typing import Any, Protocol

from sqlalchemy import Column, Connection, Select, Table, bindparam, func, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.dml import Insert, Update

from bot.store.codec import FactRow
from bot.store.tables import ballots, cards, causes, cursors, facts, heads, rolls, sayings

Row = tuple[Any, ...]
FETCH = 2000
"""Rows fetched at a time."""


class Bulk(Protocol):
    """One statement for many rows; nothing for none. On PostgreSQL no key may come twice."""

    def __call__(self, connection: Connection, rows: Sequence[Row]) -> None: ...


class _Text:
    """SQLite: the compiled statement as text, rows as they are."""

    def __init__(self, statement: Insert | Update, names: Sequence[str], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        # rows are handed over by position: a change of the order must never pass unseen
        if compiled.positiontup != list(names):
            raise ValueError(f"parameters come as {compiled.positiontup}, not as {list(names)}")
        self.text = str(compiled)

    def __call__(self, connection: Connection, rows: Sequence[Row]) -> None:
        if rows:
            connection.exec_driver_sql(self.text, rows)


class _Arrays:
    """PostgreSQL: one array for each column."""

    def __init__(self, statement: Insert | Update, names: Sequence[str]) -> None:
        self._statement, self._names = statement, tuple(names)

    def __call__(self, connection: Connection, rows: Sequence[Row]) -> None:
        if rows:
            columns = zip(*rows, strict=True)
            arrays = {name: list(one) for name, one in zip(self._names, columns, strict=True)}
            connection.execute(self._statement, arrays)


def _unnest(name: str, column: Column[Any]) -> Any:
    return func.unnest(bindparam(name, type_=postgresql.ARRAY(column.type))).label(name)


class Hot:
    """Each `put_…` takes a connection and rows."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._on_postgres = dialect.name == "postgresql"
        self.put_facts = self._bulk(facts)
        self.put_heads = self._bulk(heads, dict.fromkeys(("seq", "seal", "due", "placed", "woken", "said", "relayed")))
        self.put_ballots = self._bulk(
            ballots, {"choice": None, "heard": None, "cause": None, "hash": None, "revision": ballots.c.revision}
        )
        self.put_rolls = self._bulk(rolls)
        self.put_causes = self._bulk(causes)
        self.put_sayings = self._bulk(sayings)
        self.put_cursors = self._bulk(cursors, {"cursor": None})
        self.touch_cards = self._touch()
        """(assembly, item): one more change for every card of the item."""

    def _bulk(self, table: Table, replaced: Mapping[str, Any] | None = None) -> Bulk:
        """Insert rows; where the key is taken, these columns are replaced, or added to the column given."""
        names = [column.name for column in table.columns]
        dialect = postgresql if self._on_postgres else sqlite
        statement = dialect.insert(table)
        if self._on_postgres:
            given = select(*(_unnest(column.name, column) for column in table.columns))
            statement = statement.from_select(names, given)
        else:
            statement = statement.values({name: bindparam(name) for name in names})
        if replaced:
            theirs = statement.excluded
            changes = {
                name: theirs[name] if added is None else added + theirs[name] for name, added in replaced.items()
            }
            statement = statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=changes)
        return _Arrays(statement, names) if self._on_postgres else _Text(statement, names, self._dialect)

    def _touch(self) -> Bulk:
        more = update(cards).values(wanted=cards.c.wanted + literal_column("1"))
        if self._on_postgres:
            # parameters of an update may not have the names of its columns
            touched = select(_unnest("a", cards.c.assembly), _unnest("i", cards.c.item)).subquery()
            return _Arrays(more.where(cards.c.assembly == touched.c.a, cards.c.item == touched.c.i), ("a", "i"))
        one = more.where(cards.c.assembly == bindparam("a"), cards.c.item == bindparam("i"))
        return _Text(one, ("a", "i"), self._dialect)

    def lock_heads(self, connection: Connection, assemblies: Iterable[str]) -> dict[str, int]:
        """Keep other workers out of these assemblies until the commit, in the order of ids so that none waits for
        one that waits for it; gives the last numbers of their registers. On SQLite the transaction keeps them out."""
        ends = select(heads.c.assembly, heads.c.seq).where(heads.c.assembly.in_(sorted(assemblies)))
        if self._on_postgres:
            ends = ends.order_by(heads.c.assembly).with_for_update()
        return dict(connection.execute(ends).all())


@contextmanager
def streamed(connection: Connection, statement: Select[Any]) -> Iterator[Iterator[Row]]:
    """The rows of a large result, one after the other while the block runs; on SQLite straight from the driver, as
    plain tuples. Closed with the block: an exception must not hold on to the connection."""
    if connection.dialect.name != "sqlite":
        with connection.execute(statement, execution_options={"yield_per": FETCH}) as portions:
            yield chain.from_iterable(portions.partitions())
        return
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    values = tuple(compiled.params[name] for name in compiled.positiontup or ())
    result = connection.exec_driver_sql(str(compiled), values)
    driver: Any = result.cursor
    try:
        yield driver
    finally:
        result.close()


def facts_after(assembly: str, after: int = 0) -> Select[FactRow]:
    """The stored facts of an assembly with numbers above `after`, in order, for `codec.read_all`."""
    c = facts.c
    return (
        select(c.seq, c.at, c.kind, c.schema, c.body, c.words)
        .where(c.assembly == assembly, c.seq > after)
        .order_by(c.seq)
    )


def put_one(
    connection: Connection, table: Table, values: Mapping[str, Any], replaced: Sequence[str] | None = None
) -> None:
    """Insert one row; where its key is taken, replace these columns (by default all that are no key)."""
    keys = [column.name for column in table.primary_key.columns]
    names = [name for name in values if name not in keys] if replaced is None else replaced
    connection.execute(_on_key(table, tuple(names), connection.dialect.name == "postgresql"), dict(values))


@lru_cache
def _on_key(table: Table, names: tuple[str, ...], on_postgres: bool) -> Insert:
    """Insert a row; where its key is taken, replace these columns, or with none leave it as it is."""
    statement = postgresql.insert(table) if on_postgres else sqlite.insert(table)
    keys = list(table.primary_key.columns)
    if not names:
        return statement.on_conflict_do_nothing(index_elements=keys)
    return statement.on_conflict_do_update(
        index_elements=keys, set_={name: statement.excluded[name] for name in names}
    )
