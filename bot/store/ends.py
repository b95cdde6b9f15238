"""Both ends of every dispatch: what one register sent, the other took, or it is on its way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from bot.store import codec
from bot.store.hot import streamed
from bot.store.tables import dispatches, facts
from governance.facts import AnswerNoted, DispatchTaken, Fact
from governance.facts_council import DISPATCHES
from governance.terms import AssemblyId, Instant

Way = tuple[AssemblyId, AssemblyId, int]
"""Sender, receiver, and which one of this sender to this receiver it is."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A dispatch in its sender's register."""

    seq: int
    at: Instant
    seal: str


@dataclass(frozen=True, slots=True)
class Heard:
    """The same in its receiver's register; an answer that was noted names neither number nor seal there."""

    seq: int
    sent_seq: int | None
    seal: str | None


@dataclass(slots=True)
class Ends:
    """What was sent and what was heard, of all registers that were read."""

    sent: dict[Way, Sent] = field(default_factory=dict)
    heard: dict[Way, Heard] = field(default_factory=dict)

    def note(self, assembly: AssemblyId, seq: int, at: Instant, seal: bytes, fact: Fact) -> None:
        """One fact of one register."""
        if isinstance(fact, DispatchTaken):
            self.heard[fact.sender, assembly, fact.number] = Heard(seq, fact.seq, fact.seal)
        elif isinstance(fact, AnswerNoted):
            self.heard[fact.sender, assembly, fact.number] = Heard(seq, None, None)
        if isinstance(fact, DISPATCHES):
            for receiver, number in zip(fact.to, fact.numbers, strict=True):
                self.sent[assembly, receiver, number] = Sent(seq, at, seal.hex())

    def on_their_way(self) -> Iterator[dict[str, str | int]]:
        """Rows of the dispatches nobody has taken yet."""
        for way, sent in self.sent.items():
            if way not in self.heard:
                sender, receiver, number = way
                yield {"assembly": sender, "seq": sent.seq, "receiver": receiver, "number": number, "at": sent.at}

    def wrong(self, waiting: set[Way], whole: set[AssemblyId]) -> Iterator[tuple[AssemblyId, int, str]]:
        """(assembly, number of the fact, what) for every dispatch whose ends do not meet. `waiting`: on its way;
        `whole`: registers that were read to their end."""
        for way, heard in self.heard.items():
            sent = self.sent.get(way)
            if way[0] not in whole:
                continue
            if sent is None:
                yield way[1], heard.seq, f"dispatch {way[2]} of {way[0]} was taken, and it was never sent"
            elif heard.seal is not None and (heard.sent_seq, heard.seal) != (sent.seq, sent.seal):
                yield way[1], heard.seq, f"dispatch {way[2]} of {way[0]} is not the one that was taken"
        for way, sent in self.sent.items():
            if way not in self.heard and way not in waiting and way[1] in whole:
                what = f"dispatch {way[2]} to {way[1]} is neither taken nor on its way: run `roundabout db rebuild`"
                yield way[0], sent.seq, what


def waiting_rows(connection: Connection) -> set[Way]:
    """The dispatches on their way, from the table."""
    d = dispatches.c
    return {
        (row.assembly, row.receiver, row.number)
        for row in connection.execute(select(d.assembly, d.receiver, d.number))
    }


def rebuild(connection: Connection) -> None:
    """Make the table of dispatches on their way anew from the facts. Raises `codec.Unreadable`."""
    ends, c = Ends(), facts.c
    kinds = sorted({AnswerNoted.__name__, *(kind.__name__ for kind in DISPATCHES)})
    wanted = select(c.assembly, c.seq, c.at, c.kind, c.schema, c.body, c.words, c.seal).where(c.kind.in_(kinds))
    with streamed(connection, wanted.order_by(c.assembly, c.seq)) as found:
        for assembly, *row, seal in found:
            ((at, fact),) = codec.read_all([(row[0], row[1], row[2], row[3], row[4], row[5])])
            ends.note(assembly, row[0], at, seal, fact)
    connection.execute(dispatches.delete())
    rows = list(ends.on_their_way())
    if rows:
        connection.execute(dispatches.insert(), rows)
