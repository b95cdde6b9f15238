"""Is everything as it was decided? Seals walked, texts checked, facts folded, closed questions recounted, lots redrawn.

`verify` goes assembly by assembly and names the first thing that is wrong in it. Anything a person who can
write to the database could change is looked at, save a whole register made anew: for that, keep its last seal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select

from bot.store import board, codec, register
from bot.store.box import StillBox, Votes, digest, row_hash
from bot.store.codec import FactRow
from bot.store.ends import Ends, waiting_rows
from bot.store.engine import reading
from bot.store.hot import streamed
from bot.store.tables import assemblies, ballots, facts, heads, rolls, rooms
from governance import facts as f
from governance.assembly import due
from governance.closing import supersede_round
from governance.council import VoiceBox, finish, finish_referendum
from governance.deadlines import close
from governance.drawing import known
from governance.holding import draw_of, heir_of
from governance.lots import parts_of
from governance.motion import Item, Question, question_id
from governance.sortition import list_hash
from governance.state import Sitting
from governance.terms import AssemblyId, Instant, fold_name
from governance.terms import digest as digest_of_parts
from governance.ties import COUNCIL

_CLOSINGS = f.CountedElsewhere | f.VoicesCounted | f.RoundClosed | f.VoteClosed | f.ElectionClosed
"""With one of these begins what follows from a count."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """The first thing that is wrong in a register. `seq`: the fact at which it shows, 0 for the head or the box."""

    assembly: AssemblyId
    name: str
    seq: int
    what: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, and what was wrong: at most one thing for each assembly."""

    assemblies: int
    facts: int
    texts: int
    questions: int
    ballots: int
    wrong: tuple[Wrong, ...]


_DIFFERENCES = {
    "box": "the ballots of question {item}.{question} are not those that were counted (digest)",
    "tally": "the tally of question {item}.{question} is not that of its ballots",
    "tallies": "the tally of question {item}.{question} is not that of its ballots",
    "ballots": "the tally of question {item}.{question} is not that of its ballots",
    "outcome": "question {item}.{question} was closed as {theirs}; its ballots give {ours}",
    "result": "the result of election {item} is not the one its ballots give",
    "seed": "the draw of item {item} was not made from its list and randomness (seed)",
    "panel": "the panel of item {item} is not the one its list and randomness give",
    "substitutes": "the substitutes of item {item} are not in the order its list and randomness give",
    "holders": "by item {item} others were seated than those it chose",
}
"""What can differ between a count or a draw and the same done again, and how that is said; the first is named."""


def _written(fact: f.Fact, at: Instant) -> tuple[bytes, str | None]:
    return codec.write(fact, 0, at, "", lambda: bytes(16))


def _parts_again(item: Item, fact: f.LotKnown) -> tuple[str, ...]:
    """The parts as members typed and revealed them; of a round that was fetched the end is taken from the fact."""
    pool = item.pool
    if pool is None or pool.lot is None:
        return ()
    value = pool.lot.typed[fact.by[0]] if fact.by else fact.parts[-1].rpartition(":")[2]
    return parts_of(pool.lot, value, {person: row.handle for person, row in pool.rows.items()})


class _Found(Exception):
    """Something is wrong at a fact; ends the look at this assembly."""

    def __init__(self, seq: int, what: str) -> None:
        super().__init__(what)
        self.seq, self.what = seq, what


def verify(engine: Engine, tell: Callable[[AssemblyId], None] = lambda assembly: None) -> Report:
    """Look at every assembly, at one moment of the database; `tell` hears which one comes next."""
    with reading(engine).begin() as connection:
        counts = {"facts": 0, "texts": 0, "questions": 0, "ballots": 0}
        every, ends, names = _assemblies(connection), Ends(), {}
        wrong: dict[AssemblyId, Wrong] = {}
        for assembly in every:
            tell(assembly)
            look = _Look(connection, assembly, ends)
            try:
                look.at_everything()
            except _Found as found:
                wrong[assembly] = Wrong(assembly, look.name, found.seq, found.what)
            names[assembly] = look.name
            for name in counts:
                counts[name] += getattr(look, name)
        # a register that is wrong was not read to its end, so nothing is said of what came from there
        whole = {assembly for assembly in every if assembly not in wrong}
        for assembly, seq, what in ends.wrong(waiting_rows(connection), whole):
            wrong.setdefault(assembly, Wrong(assembly, names[assembly], seq, what))
    return Report(len(every), **counts, wrong=tuple(wrong.values()))


def _assemblies(connection: Connection) -> list[AssemblyId]:
    """All that have a head, facts or ballots."""
    found: set[AssemblyId] = set()
    for column in (heads.c.assembly, facts.c.assembly, ballots.c.assembly):
        found.update(connection.execute(select(column).distinct()).scalars())
    return sorted(found)


def walk(connection: Connection, assembly: AssemblyId) -> tuple[int, bytes, bool]:
    """The seals of a register, in order: how many fit, the last that does, and whether all did."""
    wanted = select(facts.c.body, facts.c.seal).where(facts.c.assembly == assembly).order_by(facts.c.seq)
    with streamed(connection, wanted) as rows:
        return register.fitting(register.first_seal(assembly), rows)


class _Counted(StillBox):
    """The boxes of one closed question, from the rows."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Mapping[str, Sequence[Row[Any]]]) -> None:
        super().__init__({
            name: Votes.of((row.voter, row.choice) for row in found) for name, found in rows.items()
        })
        self._rows = rows

    def digest(self, question: str) -> str:
        return digest(row.hash for row in self._rows[question])

    def declared(self, persons: Iterable[str]) -> Mapping[str, Any]:
        """No closing asks for it: who stands is frozen at the opening."""
        return {}


class _Boarded(_Counted):
    """The boards of one closed secret question."""

    __slots__ = ("_boards",)

    def __init__(self, boards: Mapping[str, board.Board]) -> None:
        StillBox.__init__(self, {name: Votes.of(found.rows) for name, found in boards.items()})
        self._boards = boards

    def digest(self, question: str) -> str:
        found = self._boards[question]
        return board.digest(found.rows, found.names) if found.rows else digest(())


class _Look:
    """One assembly, looked at from its seals to its boxes."""

    def __init__(self, connection: Connection, assembly: AssemblyId, ends: Ends) -> None:
        self._connection, self._assembly, self._ends = connection, assembly, ends
        self._sitting = Sitting(assembly, None)
        self._asked: set[tuple[int, int]] = set()
        self._expected: list[f.Fact] = []
        self._last = b""
        self.name = assembly
        self.facts = self.texts = self.questions = self.ballots = 0

    def at_everything(self) -> None:
        self._seals()
        self._facts()
        self._head()
        self._boxes()

    def _seals(self) -> None:
        first = select(func.min(facts.c.seq), func.max(facts.c.seq), func.count()).where(
            facts.c.assembly == self._assembly
        )
        least, most, number = self._connection.execute(first).one()
        if number == 0:
            raise _Found(0, "there is no fact in the register")
        right, self._last, fits = walk(self._connection, self._assembly)
        if (least, most) != (1, number):
            raise _Found(self._gap(), "a fact is missing in the register")
        if not fits:
            raise _Found(right + 1, "the seal does not fit the fact and the seal before it")
        self.facts = right

    def _gap(self) -> int:
        wanted = select(facts.c.seq).where(facts.c.assembly == self._assembly).order_by(facts.c.seq)
        expected = 1
        for seq in self._connection.execute(wanted).scalars():
            if seq != expected:
                break
            expected += 1
        return expected

    def _facts(self) -> None:
        c = facts.c
        wanted = select(c.seq, c.at, c.kind, c.schema, c.body, c.words, c.cause, c.seal)
        wanted = wanted.where(c.assembly == self._assembly).order_by(c.seq)
        with streamed(self._connection, wanted) as rows:
            for *row, cause, seal in rows:
                self._fact((row[0], row[1], row[2], row[3], row[4], row[5]), cause, seal)
        if self._expected:
            raise _Found(self.facts, "the register ends in the midst of what followed from a count or a draw")

    def _fact(self, row: FactRow, cause: str, seal: bytes) -> None:
        seq = row[0]
        try:
            self._columns(row, cause)
            self._texts(row)
            at, fact = next(codec.read_all([row]))
            self._before(seq, fact, at)
            self._sitting.apply(fact, at)
            self._after(seq, fact)
            self._ends.note(self._assembly, seq, at, seal, fact)
        except _Found:
            raise
        except Exception as error:
            raise _Found(seq, f"the fact cannot follow what was before it ({type(error).__name__})") from error
        self.name = self._sitting.name

    def _columns(self, row: FactRow, cause: str) -> None:
        """What stands beside a body, for finding it, says what the body says."""
        seq, at, kind, schema, body, _ = row
        beside = {"seq": seq, "at": at, "kind": kind, "schema": schema, "cause": cause}
        said = codec.read_body(body)[codec.ENTRY]
        for name, value in beside.items():
            if said[name] != value:
                raise _Found(seq, f"the column beside the fact is not what was sealed: {name}")

    def _texts(self, row: FactRow) -> None:
        seq, _, kind, _, body, words = row
        said, texts = codec.read_body(body), codec.read_words(words)
        if sorted(texts) != sorted(codec.FREE_TEXTS[kind]):
            raise _Found(seq, "a free text of the fact is missing")
        for name, (salt, text) in texts.items():
            self.texts += 1
            if codec.digest_of(salt, text) != said.get(name):
                raise _Found(seq, f"the free text is not the one that was sealed: {name}")

    # --- what a fact says of the state before it, and of the state after it

    def _before(self, seq: int, fact: f.Fact, at: Instant) -> None:
        """A count is done again by the same rules: what follows from it must be what the register says next."""
        if self._expected:
            self._compare(seq, self._expected.pop(0), fact, at)
        elif isinstance(fact, _CLOSINGS):
            item = self._sitting.items[fact.item]
            question = item.question
            if question is None or question.serial != fact.question:
                raise _Found(seq, f"question {fact.item}.{fact.question} was not open when it was closed")
            self.questions += 1
            self._recount(seq, fact, self._box_of(seq, item, question), at)
        elif isinstance(fact, f.LotKnown):
            self._redraw(seq, fact, at)
        elif isinstance(fact, f.SeatEmptied):
            item = self._sitting.items[fact.item]
            if heir_of(self._sitting, item, fact.person) != fact.heir:
                raise _Found(seq, f"a seat by item {fact.item} passed to another than the next in the drawn order")
        elif isinstance(fact, f.ReferendumCounted) or getattr(fact, "by", None) == "ratification":
            self._recount(seq, fact, _Counted({}), at)
        elif isinstance(fact, f.Adopted):
            raise _Found(seq, f"item {fact.item} was adopted without a count that says so")

    def _recount(self, seq: int, fact: Any, box: _Counted, at: Instant) -> None:
        state = self._sitting.state()
        self._sitting, again = Sitting(self._assembly, state), Sitting(self._assembly, state)
        number = fact.item
        if isinstance(fact, f.ReferendumCounted):
            finish_referendum(again, number, at)
        elif isinstance(fact, f.Adopted | f.Rejected):
            finish(again, number, at)
        elif isinstance(fact, f.RoundClosed) and fact.outcome == "superseded":
            supersede_round(again, number, VoiceBox(again, at) if again.kind == COUNCIL else box, at)
        else:
            close(again, number, box, at)
        self._expected = list(again.facts)
        if not self._expected:
            raise _Found(seq, f"nothing was to be closed in item {number}")
        self._compare(seq, self._expected.pop(0), fact, at)

    def _redraw(self, seq: int, fact: f.LotKnown, at: Instant) -> None:
        """A draw is made again, or a tie broken again, from the list and the randomness that stand in the register."""
        state = self._sitting.state()
        self._sitting, again = Sitting(self._assembly, state), Sitting(self._assembly, state)
        if tuple(fact.parts) != _parts_again(state.items[fact.item], fact):
            raise _Found(seq, f"the randomness of item {fact.item} is not what was announced, typed and revealed")
        known(again, fact, at)
        self._expected = list(again.facts)[1:]

    def _compare(self, seq: int, expected: f.Fact, fact: f.Fact, at: Instant) -> None:
        """Both as they would be written: what was read back has lists where the rules have tuples."""
        if _written(expected, at) == _written(fact, at):
            return
        kinds = type(expected).__name__, type(fact).__name__
        for name, what in _DIFFERENCES.items():
            ours, theirs = getattr(expected, name, None), getattr(fact, name, None)
            if kinds[0] == kinds[1] and codec.to_json(ours) != codec.to_json(theirs):
                raise _Found(seq, what.format(
                    item=getattr(fact, "item", 0), question=getattr(fact, "question", 0), ours=ours, theirs=theirs
                ))
        raise _Found(seq, f"what follows from the count is {kinds[0]}, and the register says {kinds[1]}")

    def _after(self, seq: int, fact: f.Fact) -> None:
        """What was frozen at an opening is what held then."""
        if isinstance(fact, f.RoundOpened | f.VoteOpened | f.ElectionOpened):
            self._asked.add((fact.item, fact.question))
            item = self._sitting.items[fact.item]
            members = item.question.electorate if item.question else frozenset[str]()
            if (len(members), digest_of_parts(members)) != (fact.electorate, fact.electorate_digest):
                raise _Found(seq, f"the electorate of question {fact.item}.{fact.question} is not the roll of then")
            if item.charter is None or item.charter.version != fact.charter:
                raise _Found(seq, f"the charter of question {fact.item}.{fact.question} is not the one in force then")
        elif isinstance(fact, f.PoolFrozen):
            request = draw_of(self._sitting.items[fact.item])
            if (list_hash(request), len(request.candidates)) != (fact.list_hash, fact.size):
                raise _Found(seq, f"the list of item {fact.item} is not the one that was announced (list_hash)")

    # --- the head, and what was made from the facts

    def _head(self) -> None:
        head = self._connection.execute(select(heads).where(heads.c.assembly == self._assembly)).one_or_none()
        if head is None:
            raise _Found(0, "the register has no head")
        if (head.seq, bytes(head.seal)) != (self.facts, self._last):
            raise _Found(head.seq, "the register does not end where its head says")
        state = self._sitting.state()
        wanted = due(state, head.woken)
        # it may be earlier: the digests of the councils have a schedule of their own
        if wanted is not None and (head.due is None or head.due > wanted):
            raise _Found(head.seq, "the next deadline is not the one the facts give: run `roundabout db rebuild`")
        a = assemblies.c
        named = self._connection.execute(select(a.name, a.folded).where(a.assembly == self._assembly)).one_or_none()
        if named is None or tuple(named) != (state.name, fold_name(state.name)):
            raise _Found(head.seq, "the name it is found by is not the one the facts give: run `roundabout db rebuild`")
        listed = self._connection.execute(select(rolls.c.member).where(rolls.c.assembly == self._assembly)).scalars()
        if set(listed) != state.roll.keys():
            raise _Found(head.seq, "the list of members is not the roll the facts give: run `roundabout db rebuild`")
        bound = self._connection.execute(select(rooms.c.label).where(rooms.c.assembly == self._assembly)).scalars()
        if not {fold_name(label) for label in bound} <= state.rooms.standing.keys():
            raise _Found(head.seq, "it is bound to a room that no fact opened: run `roundabout db rebuild`")

    # --- the ballot boxes

    def _box_of(self, seq: int, item: Item, question: Question) -> _Counted:
        """The ballots of a question, each of them looked at."""
        found: dict[str, list[Row[Any]]] = {}
        if question.secret:
            return self._board_of(seq, item, question)
        for letter in question.texts:
            name = question_id(item.number, question.serial, letter)
            wanted = select(ballots).where(ballots.c.assembly == self._assembly, ballots.c.question == name)
            found[name] = list(self._connection.execute(wanted))
            for row in found[name]:
                self._row(seq, row)
                self._asked_and_heard(seq, row, question)
        return _Counted(found)

    def _board_of(self, seq: int, item: Item, question: Question) -> _Counted:
        """A secret question by its board: as many names as ballots, and all of them asked."""
        boards = {}
        for letter in question.texts:
            name = question_id(item.number, question.serial, letter)
            boards[name] = found = board.of(self._connection, self._assembly, name)
            if len(found.rows) != len(found.names):
                raise _Found(seq, f"the board of question {name} has not as many ballots as names")
            if not set(found.names) <= question.electorate:
                raise _Found(seq, f"on the board of question {name} stands somebody who was not asked")
        return _Boarded(boards)

    def _row(self, seq: int, row: Any) -> None:
        if row.cause == board.UNLINKED:
            # the receipt of a secret ballot: only who has its key can make it again
            return
        marked = row_hash(row.assembly, row.question, row.voter, row.choice, row.heard, row.cause)
        if marked != row.hash:
            raise _Found(seq, f"a ballot in question {row.question} is not the one that was cast (hash)")

    def _asked_and_heard(self, seq: int, row: Any, question: Question) -> None:
        if row.voter not in question.electorate:
            raise _Found(seq, f"a ballot in question {row.question} is of nobody in its electorate")
        if not question.opened <= row.heard < question.closes:
            raise _Found(seq, f"a ballot in question {row.question} was not heard while it was open")

    def _boxes(self) -> None:
        """Every row, also of questions that are open or ended without a count."""
        wanted = select(ballots).where(ballots.c.assembly == self._assembly)
        for row in self._connection.execute(wanted.order_by(ballots.c.question, ballots.c.voter)):
            self.ballots += 1
            self._row(0, row)
            item, _, serial = row.question.rstrip(ascii_lowercase).partition(".")
            if not (item.isdigit() and serial.isdigit() and (int(item), int(serial)) in self._asked):
                raise _Found(0, f"there is a ballot in question {row.question}, which was never opened")
            question = self._sitting.items[int(item)].question
            if question is not None and question.serial == int(serial):
                # the others were looked at with their count
                self._asked_and_heard(0, row, question)
