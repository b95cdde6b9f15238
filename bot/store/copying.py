"""A whole database into another, of whichever kind, in one transaction; looked at afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from sqlalchemy import Connection, Engine, Table, func, select

from bot.store import codec
from bot.store.engine import reading
from bot.store.tables import claims, generations, leases, metadata, reaches

ROWS = 2000
"""Rows carried at a time."""
OF_THE_PROCESS = frozenset({leases, claims, generations, reaches})
"""Who works at a database now goes with no copy of it."""


class NotEmpty(Exception):
    """There is something in the other database: one line for the operator."""


class NotCopied(Exception):
    """The copy is not what was copied; nothing of it was kept: one line for the operator."""


def copy(source: Engine, target: Engine, tell: Callable[[str], None] = lambda table: None) -> int:
    """Every row, as it was at one moment; gives their number. Raises `NotEmpty`, `NotCopied`."""
    tables = [table for table in metadata.sorted_tables if table not in OF_THE_PROCESS]
    rows = 0
    with reading(source).begin() as old, target.begin() as new:
        for table in tables:
            if new.execute(select(func.count()).select_from(table)).scalar_one():
                raise NotEmpty("the database to copy to is not empty: name a new one")
        for table in tables:
            tell(table.name)
            rows += _carry(old, new, table)
        for table in tables:
            tell(table.name)
            if _digest(old, table) != _digest(new, table):
                raise NotCopied(f"the rows of {table.name} did not arrive as they were")
    return rows


def _carry(old: Connection, new: Connection, table: Table) -> int:
    number = 0
    for part in old.execute(select(table), execution_options={"yield_per": ROWS}).partitions():
        new.execute(table.insert(), [row._asdict() for row in part])
        number += len(part)
    return number


def _digest(connection: Connection, table: Table) -> tuple[int, str]:
    """The number of rows, and a sum over them that does not depend on how a database sorts."""
    total, number = 0, 0
    for part in connection.execute(select(table), execution_options={"yield_per": ROWS}).partitions():
        for row in part:
            shown = [one.hex() if isinstance(one, bytes) else one for one in row]
            total += int.from_bytes(hashlib.sha256(codec.to_json(shown).encode()).digest())
            number += 1
    return number, f"{total % 2**256:x}"
