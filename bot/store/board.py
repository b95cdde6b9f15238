"""Secret ballots (§8): a receipt for each while the question is open, a board of receipts and ballots afterwards.

While a question is open its rows are a box like any other, so that a ballot can be changed and is given once. What
stands beside a ballot is its receipt: HMAC-SHA256 of the ballot under a key of 16 random bytes that only the voter
has. At the closing the board keeps (receipt, ballot) in the order of receipts and, apart, the names of those who
voted; the rows that joined them are erased. Whoever runs the bot can read the rows before that.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from bot.store.tables import ballots, board, voted
from governance.terms import AssemblyId, MemberId

UNLINKED = ""
"""In the place of the cause of a secret ballot: what caused it could be found in other books."""


@dataclass(frozen=True, slots=True)
class Board:
    """`rows`: receipts and ballots, by receipt; `names`: who voted."""

    rows: Sequence[tuple[str, str]]
    names: Sequence[MemberId]


def receipt_of(key: bytes, ballot: str) -> str:
    """What the voter finds on the board: anybody with the key can make it again."""
    return hmac.new(key, ballot.encode(), hashlib.sha256).hexdigest()


def digest(rows: Iterable[tuple[str, str]], names: Iterable[MemberId]) -> str:
    """Hex SHA-256 over the board's lines, an empty line, and the names; both sorted."""
    lines = [*sorted(f"{receipt} {ballot}" for receipt, ballot in rows), "", *sorted(names)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def put_up(connection: Connection, assembly: AssemblyId, question: str) -> None:
    """The question is closed: its ballots stand on the board, and the link to their voters is destroyed."""
    b = ballots.c
    mine = (b.assembly == assembly, b.question == question)
    rows = connection.execute(select(b.hash, b.choice, b.voter).where(*mine)).all()
    at = {"assembly": assembly, "question": question}
    if rows:
        connection.execute(
            insert(board), [{**at, "receipt": one, "ballot": text} for one, text in sorted((r[0], r[1]) for r in rows)]
        )
        connection.execute(insert(voted), [{**at, "voter": one} for one in sorted(row[2] for row in rows)])
    connection.execute(delete(ballots).where(*mine))


def erase(connection: Connection, assembly: AssemblyId, question: str) -> None:
    """The question ended without a count: nothing of it is shown, and nothing kept."""
    b = ballots.c
    connection.execute(delete(ballots).where(b.assembly == assembly, b.question == question))


def of(connection: Connection, assembly: AssemblyId, question: str) -> Board:
    """The board of a closed question; empty where there is none."""
    rows = connection.execute(
        select(board.c.receipt, board.c.ballot)
        .where(board.c.assembly == assembly, board.c.question == question)
        .order_by(board.c.receipt)
    ).all()
    names = connection.execute(
        select(voted.c.voter).where(voted.c.assembly == assembly, voted.c.question == question).order_by(voted.c.voter)
    ).scalars()
    return Board([(row[0], row[1]) for row in rows], list(names))
