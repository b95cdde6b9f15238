"""Is everything as it was decided? Seals walked, texts checked, facts folded, closed questions recounted.

`verify` goes assembly by assembly and names the first thing that is wrong in it. Anything a person who can
write to the database could change is looked at, save a whole register made anew: for that, keep its last seal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select

from bot.store import codec, register
from bot.store.box import StillBox, Votes, digest, row_hash
from bot.store.codec import FactRow
from bot.store.engine import reading
from bot.store.hot import stream
from bot.store.tables import ballots, facts, heads, rolls
from governance import facts as f
from governance.assembly import due
from governance.closing import charter_of, count_texts, vote_outcome
from governance.counting import CONSENSUS, count_round
from governance.motion import Item, Question, question_id
from governance.state import Sitting
from governance.terms import AssemblyId
from governance.terms import digest as digest_of_parts


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


class _Found(Exception):
    """Something is wrong at a fact; ends the look at this assembly."""

    def __init__(self, seq: int, what: str) -> None:
        super().__init__(what)
        self.seq, self.what = seq, what


def verify(engine: Engine, tell: Callable[[AssemblyId], None] = lambda assembly: None) -> Report:
    """Look at every assembly, at one moment of the database; `tell` hears which one comes next."""
    with reading(engine).begin() as connection:
        counts = {"facts": 0, "texts": 0, "questions": 0, "ballots": 0}
        wrong = []
        every = _assemblies(connection)
        for assembly in every:
            tell(assembly)
            look = _Look(connection, assembly)
            try:
                look.at_everything()
            except _Found as found:
                wrong.append(Wrong(assembly, look.name, found.seq, found.what))
            for name in counts:
                counts[name] += getattr(look, name)
    return Report(len(every), **counts, wrong=tuple(wrong))


def _assemblies(connection: Connection) -> list[AssemblyId]:
    """All that have a head, facts or ballots."""
    found: set[AssemblyId] = set()
    for column in (heads.c.assembly, facts.c.assembly, ballots.c.assembly):
        found.update(connection.execute(select(column).distinct()).scalars())
    return sorted(found)


def walk(connection: Connection, assembly: AssemblyId) -> tuple[int, bytes, bool]:
    """The seals of a register, in order: how many fit, the last that does, and whether all did."""
    wanted = select(facts.c.body, facts.c.seal).where(facts.c.assembly == assembly).order_by(facts.c.seq)
    last, right = register.first_seal(assembly), 0
    for rows in stream(connection, wanted):
        fitting, last = register.first_broken(last, rows)
        right += fitting
        if fitting < len(rows):
            return right, last, False
    return right, last, True


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


class _Look:
    """One assembly, looked at from its seals to its boxes."""

    def __init__(self, connection: Connection, assembly: AssemblyId) -> None:
        self._connection, self._assembly = connection, assembly
        self._sitting = Sitting(assembly, None)
        self._asked: set[tuple[int, int]] = set()
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
        wanted = select(c.seq, c.at, c.kind, c.schema, c.body, c.words, c.cause).where(c.assembly == self._assembly)
        for rows in stream(self._connection, wanted.order_by(c.seq)):
            for *row, cause in rows:
                self._fact((row[0], row[1], row[2], row[3], row[4], row[5]), cause)

    def _fact(self, row: FactRow, cause: str) -> None:
        seq = row[0]
        try:
            self._columns(row, cause)
            self._texts(row)
            at, fact = next(codec.read_all([row]))
            self._before(seq, fact)
            self._sitting.apply(fact, at)
            self._after(seq, fact)
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

    def _before(self, seq: int, fact: f.Fact) -> None:
        if isinstance(fact, f.RoundClosed | f.VoteClosed):
            item = self._sitting.items[fact.item]
            question = item.question
            if question is None or question.serial != fact.question:
                raise _Found(seq, f"question {fact.item}.{fact.question} was not open when it was closed")
            self.questions += 1
            box = self._box_of(seq, item, question)
            if isinstance(fact, f.RoundClosed):
                self._recount_round(seq, fact, item, question, box)
            else:
                self._recount_vote(seq, fact, item, question, box)
        elif isinstance(fact, f.Adopted):
            self._backed(seq, fact)

    def _recount_round(self, seq: int, fact: f.RoundClosed, item: Item, question: Question, box: _Counted) -> None:
        name = question_id(fact.item, fact.question)
        if box.digest(name) != fact.box:
            raise _Found(seq, f"the ballots of question {name} are not those that were counted (digest)")
        if box.tally(name) != dict(fact.tally):
            raise _Found(seq, f"the tally of question {name} is not that of its ballots")
        counted = count_round(box.tally(name), len(question.electorate), charter_of(item, self._sitting)).outcome
        if fact.outcome not in (counted, "superseded"):
            raise _Found(seq, f"question {name} was closed as {fact.outcome}; its ballots give {counted}")

    def _recount_vote(self, seq: int, fact: f.VoteClosed, item: Item, question: Question, box: _Counted) -> None:
        charter = charter_of(item, self._sitting)
        letters = ("",) if question.runoff else question.texts
        names = {letter: question_id(fact.item, fact.question, letter) for letter in letters}
        name = names[""]
        if digest_of_parts(f"{letter}:{box.digest(one)}" for letter, one in names.items()) != fact.box:
            raise _Found(seq, f"the ballots of question {name} are not those that were counted (digest)")
        if {letter: box.tally(one) for letter, one in names.items()} != fact.tallies:
            raise _Found(seq, f"the tally of question {name} is not that of its ballots")
        outcome, texts = vote_outcome(item, question, charter, box)
        verdicts = {} if question.runoff else {
            letter: count.outcome for letter, count in count_texts(item, question, charter, box).items()
        }
        text = texts[0] if outcome == "adopted" else ""
        if (fact.outcome, fact.text, dict(fact.verdicts)) != (outcome, text, verdicts):
            raise _Found(seq, f"question {name} was closed as {fact.outcome}; its ballots give {outcome}")

    def _backed(self, seq: int, fact: f.Adopted) -> None:
        """Nothing is adopted but by a count."""
        item = self._sitting.items[fact.item]
        if fact.by == "consensus":
            backed = bool(item.rounds) and item.rounds[-1].outcome == CONSENSUS
        else:
            backed = bool(item.votes) and (item.votes[-1].outcome, item.votes[-1].text) == ("adopted", fact.text)
        if not backed:
            raise _Found(seq, f"item {fact.item} was adopted without a count that says so")

    def _after(self, seq: int, fact: f.Fact) -> None:
        """What was frozen at an opening is what held then."""
        if isinstance(fact, f.RoundOpened | f.VoteOpened):
            self._asked.add((fact.item, fact.question))
            item = self._sitting.items[fact.item]
            members = item.question.electorate if item.question else frozenset[str]()
            if (len(members), digest_of_parts(members)) != (fact.electorate, fact.electorate_digest):
                raise _Found(seq, f"the electorate of question {fact.item}.{fact.question} is not the roll of then")
            if item.charter is None or item.charter.version != fact.charter:
                raise _Found(seq, f"the charter of question {fact.item}.{fact.question} is not the one in force then")

    # --- the head, and what was made from the facts

    def _head(self) -> None:
        head = self._connection.execute(select(heads).where(heads.c.assembly == self._assembly)).one_or_none()
        if head is None:
            raise _Found(0, "the register has no head")
        if (head.seq, bytes(head.seal)) != (self.facts, self._last):
            raise _Found(head.seq, "the register does not end where its head says")
        state = self._sitting.state()
        if head.due != due(state, head.woken):
            raise _Found(head.seq, "the next deadline is not the one the facts give: run `roundabout db rebuild`")
        listed = self._connection.execute(select(rolls.c.member).where(rolls.c.assembly == self._assembly)).scalars()
        if set(listed) != state.roll.keys():
            raise _Found(head.seq, "the list of members is not the roll the facts give: run `roundabout db rebuild`")

    # --- the ballot boxes

    def _box_of(self, seq: int, item: Item, question: Question) -> _Counted:
        """The ballots of a question, each of them looked at."""
        found: dict[str, list[Row[Any]]] = {}
        for letter in question.texts:
            name = question_id(item.number, question.serial, letter)
            wanted = select(ballots).where(ballots.c.assembly == self._assembly, ballots.c.question == name)
            found[name] = list(self._connection.execute(wanted))
            for row in found[name]:
                self._row(seq, row)
                if row.voter not in question.electorate:
                    raise _Found(seq, f"a ballot in question {name} is of nobody in its electorate")
                if not question.opened <= row.heard < question.closes:
                    raise _Found(seq, f"a ballot in question {name} was not heard while it was open")
        return _Counted(found)

    def _row(self, seq: int, row: Any) -> None:
        marked = row_hash(row.assembly, row.question, row.voter, row.choice, row.heard, row.cause)
        if marked != row.hash:
            raise _Found(seq, f"a ballot in question {row.question} is not the one that was cast (hash)")

    def _boxes(self) -> None:
        """Every row, also of questions that are open or ended without a count."""
        wanted = select(ballots).where(ballots.c.assembly == self._assembly)
        for row in self._connection.execute(wanted.order_by(ballots.c.question, ballots.c.voter)):
            self.ballots += 1
            self._row(0, row)
            item, _, serial = row.question.rstrip(ascii_lowercase).partition(".")
            if not (item.isdigit() and serial.isdigit() and (int(item), int(serial)) in self._asked):
                raise _Found(0, f"there is a ballot in question {row.question}, which was never opened")
