"""A register: facts appended, sealed one to the next, walked and folded.

The seal of a fact is SHA-256 of the seal before it and the stored body; the first is sealed to the SHA-256 of
the assembly's id. What was stored is checked, never what would be written again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.store import codec
from bot.store.hot import Row, facts_after, streamed
from governance.assembly import Assembly
from governance.assembly import fold as fold_facts
from governance.facts import Fact
from governance.terms import AssemblyId, Instant


def first_seal(assembly: AssemblyId) -> bytes:
    """What the first fact of a register is sealed to."""
    return hashlib.sha256(assembly.encode()).digest()


def seal(before: bytes, body: bytes) -> bytes:
    return hashlib.sha256(before + body).digest()


@dataclass(slots=True)
class End:
    """Where a register ends: the number and seal of its last fact."""

    assembly: AssemblyId
    seq: int
    seal: bytes

    @classmethod
    def of_nothing(cls, assembly: AssemblyId) -> End:
        return cls(assembly, 0, first_seal(assembly))

    def append(self, facts: Sequence[Fact], at: Instant, cause: str, salt: codec.Salt) -> list[Row]:
        """The rows of these facts, sealed to what was there; the end moves along."""
        rows: list[Row] = []
        for fact in facts:
            self.seq += 1
            body, words = codec.write(fact, self.seq, at, cause, salt)
            self.seal = seal(self.seal, body)
            rows.append((
                self.assembly, self.seq, at, cause, type(fact).__name__, codec.SCHEMA, body, words, self.seal,
            ))
        return rows


def fitting(before: bytes, rows: Iterable[tuple[bytes, bytes]]) -> tuple[int, bytes, bool]:
    """Walk (body, seal) in order: how many seals fit, the last that does, and whether all did."""
    sha256, right = hashlib.sha256, 0
    for body, sealed in rows:
        after = sha256(before + body).digest()
        if after != sealed:
            return right, before, False
        before = after
        right += 1
    return right, before, True


def fold(connection: Connection, assembly: AssemblyId) -> Assembly | None:
    """The state of an assembly from its facts; None where there is no register. Raises `codec.Unreadable`."""
    with streamed(connection, facts_after(assembly)) as rows:
        return fold_facts(assembly, codec.read_all(rows))
