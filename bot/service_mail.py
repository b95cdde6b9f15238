"""Dispatches on the desk: on their way from one register to another, inside the batch's transaction."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from sqlalchemy import Connection, Integer, bindparam, delete, select

from bot.store import codec
from bot.store.hot import Row
from bot.store.tables import dispatches, facts, rolls
from governance.facts import Enrolled, Founded
from governance.facts_council import DISPATCHES, Dispatch
from governance.terms import AssemblyId, Instant, PersonId


@dataclass(frozen=True, slots=True)
class Mail:
    """One dispatch for one receiver. `stored`: its row is in the table."""

    sender: AssemblyId
    seq: int
    receiver: AssemblyId
    number: int
    at: Instant
    seal: str
    dispatch: Dispatch
    stored: bool

    def __lt__(self, other: Mail) -> bool:
        """In the order of sending; of one sender in the order of its numbers."""
        return (self.at, self.sender, self.number) < (other.at, other.sender, other.number)

    @property
    def cause(self) -> str:
        return f"dispatch:{self.sender}:{self.seq}"


# made once, as they run for every batch in which something is sent
_D, _F = dispatches.c, facts.c
_STORED = (
    select(_D.assembly, _D.seq, _D.number, _D.at, _F.kind, _F.schema, _F.body, _F.words, _F.seal)
    .join(facts, (_F.assembly == _D.assembly) & (_F.seq == _D.seq))
    .where(_D.receiver == bindparam("to"))
    .order_by(_D.at, _D.assembly, _D.number)
)
_TAKEN = delete(dispatches).where(
    _D.assembly == bindparam("of"), _D.seq == bindparam("which"), _D.receiver == bindparam("to")
)
_RECEIVERS = select(_D.receiver, _D.at).order_by(_D.at, _D.receiver).limit(bindparam("most", type_=Integer))
_HERE, _THERE = rolls.alias("here"), rolls.alias("there")
_ON_OTHERS = (
    select(_THERE.c.member, _THERE.c.assembly)
    .join(_HERE, _HERE.c.member == _THERE.c.member)
    .where(_HERE.c.assembly == bindparam("here"), _THERE.c.assembly != bindparam("here"))
    .order_by(_THERE.c.member, _THERE.c.assembly)
)


class Mailbag:
    """What waits for each receiver: what the table holds, and what this batch has sent."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: dict[AssemblyId, list[Mail]] = {}
        """Heaps: to a council a thousand answers come in one batch."""
        self._loaded: set[AssemblyId] = set()
        self._taken: list[Mail] = []
        self._read: dict[tuple[AssemblyId, int], object] = {}
        """Facts as read for one of their receivers: what goes to a thousand is read once."""

    def send(self, rows: list[Row], sent: tuple[object, ...]) -> None:
        """The facts of a decision with their rows: those with an addressee are on their way."""
        for row, fact in zip(rows, sent, strict=True):
            if isinstance(fact, DISPATCHES):
                sender, seq, at, seal = row[0], row[1], row[2], row[8]
                for receiver, number in zip(fact.to, fact.numbers, strict=True):
                    mail = Mail(sender, seq, receiver, number, at, seal.hex(), fact, stored=False)
                    heappush(self._waiting.setdefault(receiver, []), mail)

    def first(self, receiver: AssemblyId, until: Instant, heard: Mapping[AssemblyId, int] | None) -> Mail | None:
        """The next dispatch sent by this instant that waits there. `heard`: the last number taken of each sender; what
        comes before those ahead of it waits for them. None: nobody takes it, as nothing was founded there."""
        if receiver not in self._loaded:
            self._loaded.add(receiver)
            for mail in self._stored(receiver):
                heappush(self._waiting.setdefault(receiver, []), mail)
        waiting, ahead = self._waiting.get(receiver, []), []
        while heard is not None and waiting and waiting[0].number > heard.get(waiting[0].sender, 0) + 1:
            ahead.append(heappop(waiting))
        first = waiting[0] if waiting and waiting[0].at <= until else None
        for mail in ahead:
            heappush(waiting, mail)
        return first

    def _stored(self, receiver: AssemblyId) -> Iterator[Mail]:
        for row in self._connection.execute(_STORED, {"to": receiver}).all():
            fact = self._read.get((row.assembly, row.seq))
            if fact is None:
                ((_, fact),) = codec.read_all([(row.seq, row.at, row.kind, row.schema, row.body, row.words)])
                self._read[row.assembly, row.seq] = fact
            if isinstance(fact, DISPATCHES):
                yield Mail(row.assembly, row.seq, receiver, row.number, row.at, row.seal.hex(), fact, stored=True)

    def taken(self, mail: Mail) -> None:
        waiting = self._waiting[mail.receiver]
        if waiting[0] is mail:
            heappop(waiting)
        else:
            waiting.remove(mail)
            heapify(waiting)
        self._taken.append(mail)

    def write(self) -> None:
        """Rows for what still waits; those of what was taken go."""
        gone = [{"of": one.sender, "which": one.seq, "to": one.receiver} for one in self._taken if one.stored]
        if gone:
            self._connection.execute(_TAKEN, gone)
        new = [
            {"assembly": mail.sender, "seq": mail.seq, "receiver": mail.receiver, "number": mail.number, "at": mail.at}
            for waiting in self._waiting.values() for mail in waiting if not mail.stored
        ]  # fmt: skip
        if new:
            self._connection.execute(dispatches.insert(), new)

    @property
    def sent(self) -> bool:
        """Whether something of this batch is still on its way."""
        return any(not mail.stored for waiting in self._waiting.values() for mail in waiting)


def receivers(connection: Connection, limit: int) -> list[AssemblyId]:
    """For whom dispatches wait, the longest waiting first."""
    rows = connection.execute(_RECEIVERS, {"most": limit})
    return list(dict.fromkeys(row.receiver for row in rows))


def on_other_rolls(connection: Connection, assembly: AssemblyId) -> dict[PersonId, list[AssemblyId]]:
    """Who of this roll is on others too, and on which."""
    found: dict[PersonId, list[AssemblyId]] = {}
    for person, other in connection.execute(_ON_OTHERS, {"here": assembly}):
        found.setdefault(person, []).append(other)
    return found


_LAST_NUMBER = re.compile(r"(.*?)([0-9]+)$", re.DOTALL)


def enrolments(
    connection: Connection, ids: Sequence[PersonId], assemblies: Sequence[AssemblyId], at: Instant
) -> dict[AssemblyId, tuple[str, int]]:
    """What led to this person's enrolment at this instant in each: platforms number what they hear, in order."""
    f = facts.c
    rows = connection.execute(
        select(f.assembly, f.seq, f.at, f.kind, f.schema, f.body, f.words, f.cause)
        .where(f.assembly.in_(assemblies), f.at == at, f.kind.in_((Founded.__name__, Enrolled.__name__)))
    )
    found: dict[AssemblyId, tuple[str, int]] = {}
    for row in rows:
        ((_, fact),) = codec.read_all([(row.seq, row.at, row.kind, row.schema, row.body, row.words)])
        who = fact.member if isinstance(fact, Enrolled) else getattr(fact, "founder", None)
        if who in ids:
            parted = _LAST_NUMBER.fullmatch(row.cause)
            found[row.assembly] = (parted[1], int(parted[2])) if parted else (row.cause, 0)
    return found
