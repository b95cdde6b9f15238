"""A register to check outside, and what is kept beside the registers made anew from them.

An export is JSON lines. The first names the assembly; then each fact: `body` (the exact text that was sealed),
`words` and `seal` in hex; then the rows of each box that was counted. To check it: begin with SHA-256 of the
assembly's id, and for each fact take SHA-256 of the seal so far and the UTF-8 of the body. What people hid of
themselves stays out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, select, update

from bot.store import codec, ends, register
from bot.store.directory import Directory
from bot.store.hot import Hot, streamed
from bot.store.tables import assemblies, ballots, facts, heads, rolls, rooms
from governance import facts as f
from governance.assembly import Assembly, due
from governance.motion import question_id
from governance.terms import AssemblyId, fold_name

FORMAT = "roundabout-register/1"


def export(connection: Connection, assembly: AssemblyId) -> Iterator[str]:
    """The lines of one register, without line ends. Boxes of open questions are not shown. Nothing where there is
    no register."""
    c = facts.c
    wanted = select(c.body, c.words, c.seal).where(c.assembly == assembly).order_by(c.seq)
    counted: list[str] = []
    begun = False
    with streamed(connection, wanted) as rows:
        for body, words, sealed in rows:
            if not begun:
                yield codec.to_json({"format": FORMAT, "assembly": assembly})
                begun = True
            counted += _counted_by(codec.read_body(body))
            line = {"body": body.decode(), "seal": sealed.hex()}
            shown = None if words is None else _shown(codec.read_body(body), codec.from_json(words))
            if shown is not None:
                line["words"] = shown
            yield codec.to_json(line)
    for question in counted:
        yield from _box(connection, assembly, question)


def _shown(body: dict[str, Any], words: dict[str, Any]) -> dict[str, Any]:
    """Without what people hid in the lists that were drawn from (§7.4): salt and value are theirs. What was sealed can
    be checked all the same."""
    kind = body[codec.ENTRY]["kind"]
    if kind == f.RowListed.__name__:
        return {name: text for name, text in words.items() if name != "hidden"}
    if kind == f.RowFrozen.__name__ and not body["shown"]:
        return {}
    return words


def _counted_by(body: dict[str, Any]) -> list[str]:
    """The boxes a fact counted."""
    kind = body[codec.ENTRY]["kind"]
    if kind in (f.RoundClosed.__name__, f.ElectionClosed.__name__):
        return [question_id(body["item"], body["question"])]
    if kind == f.VoteClosed.__name__:
        return [question_id(body["item"], body["question"], letter) for letter in sorted(body["tallies"])]
    return []


def _box(connection: Connection, assembly: AssemblyId, question: str) -> Iterator[str]:
    b = ballots.c
    rows = select(b.question, b.voter, b.choice, b.heard, b.cause, b.hash)
    for row in connection.execute(rows.where(b.assembly == assembly, b.question == question).order_by(b.voter)):
        yield codec.to_json({"ballot": row._asdict()})


def rebuild(engine: Engine) -> int:
    """Make heads, lists of members, names and what is on its way anew from the facts, and unbind rooms they do not
    know; gives the number of assemblies. The program must not run meanwhile. Raises `codec.Unreadable`."""
    hot = Hot(engine.dialect)
    with engine.begin() as connection:
        every = list(connection.execute(select(facts.c.assembly).distinct().order_by(facts.c.assembly)).scalars())
        for assembly in every:
            state = register.fold(connection, assembly)
            if state is not None:
                _rebuild_head(connection, hot, state)
                connection.execute(delete(rolls).where(rolls.c.assembly == assembly))
                hot.put_rolls(connection, [(assembly, member) for member in sorted(state.roll)])
                _unbind_unknown(connection, state)
        _rebuild_names(connection, every)
        ends.rebuild(connection)
    return len(every)


def _rebuild_head(connection: Connection, hot: Hot, state: Assembly) -> None:
    c, h = facts.c, heads.c
    last = connection.execute(
        select(c.seq, c.seal, c.at).where(c.assembly == state.id).order_by(c.seq.desc()).limit(1)
    ).one()
    head = connection.execute(select(heads).where(h.assembly == state.id)).one_or_none()
    # without a head, reminders up to the last fact count as given
    woken = last.at if head is None else head.woken
    # where digests of councils have their own schedule, the clock looks at once
    deadline = last.at if state.ties.councils else due(state, woken)
    if head is None:
        hot.put_heads(connection, [(state.id, last.seq, last.seal, deadline, 0, woken, 0, None)])
    else:
        connection.execute(
            update(heads).where(h.assembly == state.id).values(seq=last.seq, seal=last.seal, due=deadline)
        )


def _unbind_unknown(connection: Connection, state: Assembly) -> None:
    """Where a room is the facts do not say; that it is one of the assembly they do."""
    r = rooms.c
    for room, label in connection.execute(select(r.room, r.label).where(r.assembly == state.id)).all():
        if fold_name(label) not in state.rooms.standing:
            connection.execute(delete(rooms).where(r.room == room))


def _rebuild_names(connection: Connection, every: list[AssemblyId]) -> None:
    connection.execute(delete(assemblies))
    directory = Directory(str)
    directory.connection = connection
    c = facts.c
    for assembly in every:
        last = select(func.max(c.seq)).where(c.assembly == assembly, c.kind == f.Founded.__name__)
        body = connection.execute(
            select(c.body).where(c.assembly == assembly, c.seq == last.scalar_subquery())
        ).scalar_one()
        directory.name_assembly(assembly, str(codec.read_body(body)["name"]))
