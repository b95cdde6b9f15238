"""Ballot boxes: the ballots of open questions in memory, those of a batch over them, all of them as rows.

A question is `12.3`: item 12, its third question; with a letter, `12.3a`, the ballots of a rival text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from sys import intern

from sqlalchemy import Connection, bindparam, delete, select

from bot.store import board
from bot.store.declarations import declared
from bot.store.hot import Row
from bot.store.tables import ballots
from governance.assembly import Assembly, Ballot
from governance.motion import question_id
from governance.people import Declared
from governance.terms import AssemblyId, Instant, MemberId, PersonId

_sha256 = hashlib.sha256
_NOBODY: Mapping[str, str] = {}


class BoxDiffers(Exception):
    """The box in memory is not the one in the table: our own mistake, mended by reading the table again."""


def row_hash(assembly: AssemblyId, question: str, voter: MemberId, choice: str, heard: Instant, cause: str) -> str:
    """Hex SHA-256 of what a ballot row says; its first 8 characters are shown to the voter."""
    return _sha256(f"{assembly}|{question}|{voter}|{choice}|{heard}|{cause}".encode()).hexdigest()


def digest(hashes: Iterable[str]) -> str:
    """Hex SHA-256 over the sorted hashes of a box's rows, one a line."""
    return _sha256("\n".join(sorted(hashes)).encode()).hexdigest()


class Votes:
    """The ballots of one question: choice by voter, and how often each choice was made."""

    __slots__ = ("choices", "tally")

    def __init__(self, choices: dict[MemberId, str], tally: dict[str, int]) -> None:
        self.choices, self.tally = choices, tally

    @classmethod
    def of(cls, rows: Iterable[tuple[MemberId, str]]) -> Votes:
        choices: dict[MemberId, str] = {}
        tally: dict[str, int] = {}
        for voter, choice in rows:
            choices[intern(voter)] = intern(choice)
            tally[choice] = tally.get(choice, 0) + 1
        return cls(choices, tally)


Boxes = dict[str, Votes]
"""The boxes of an assembly by question."""


def open_questions(state: Assembly) -> list[str]:
    """Every box an assembly's open items may still look into."""
    return [
        question_id(number, question.serial, letter)
        for number in state.open
        if (question := state.items[number].question) is not None
        for letter in question.texts
    ]


def load(connection: Connection, assembly: AssemblyId, questions: Iterable[str]) -> Boxes:
    """The boxes of these questions, from the table."""
    wanted = select(ballots.c.voter, ballots.c.choice).where(ballots.c.assembly == assembly)
    boxes = {}
    for question in questions:
        rows = connection.execute(wanted.where(ballots.c.question == question).order_by(ballots.c.voter))
        boxes[question] = Votes.of((voter, choice) for voter, choice in rows)
    return boxes


def _change(tally: dict[str, int], choice: str, by: int) -> None:
    left = tally.get(choice, 0) + by
    if left:
        tally[choice] = left
    else:
        del tally[choice]


class StillBox:
    """The boxes of one assembly as they were last published. Readers may use it from any thread."""

    __slots__ = ("_base",)

    def __init__(self, base: Boxes) -> None:
        self._base = base

    def _votes(self, question: str) -> Votes:
        return self._base.get(question) or Votes({}, {})

    def choice(self, question: str, voter: MemberId) -> str | None:
        return self._votes(question).choices.get(voter)

    def tally(self, question: str) -> Mapping[str, int]:
        """How often each choice was made."""
        return self._votes(question).tally

    def answered(self, question: str) -> int:
        return sum(self.tally(question).values())

    def voters(self, question: str) -> frozenset[MemberId]:
        return frozenset(self._votes(question).choices)

    def choices(self, question: str) -> dict[MemberId, str]:
        """Who chose what."""
        return dict(self._votes(question).choices)


class OpenBox:
    """The boxes of one assembly during one batch: what was there, and the batch's ballots over it.

    Nothing is seen by others before `publish`. `write` puts rows into the table, `connection` reads it.
    """

    __slots__ = ("_assembly", "_base", "_connection", "_given", "_keys", "_own", "_salt", "_tallies", "_write")

    def __init__(
        self, assembly: AssemblyId, base: Boxes, connection: Connection,
        write: Callable[[Connection, list[Row]], None], salt: Callable[[], bytes],
    ) -> None:
        self._salt = salt
        self._keys: dict[tuple[str, MemberId], str] = {}
        self._assembly, self._base, self._connection, self._write = assembly, base, connection, write
        self._given: dict[str, dict[MemberId, Row]] = {}
        self._tallies: dict[str, dict[str, int]] = {}
        self._own: Boxes = {}

    def put(self, ballot: Ballot, cause: str) -> None:
        """A ballot goes in, in the place of the voter's earlier one."""
        question, voter, choice = ballot.question, ballot.voter, ballot.choice
        given = self._given.get(question)
        if given is None:
            given = self._given[question] = {}
            self._tallies[question] = dict(self._votes(question).tally)
        before = given.get(voter)
        tally = self._tallies[question]
        if before is not None:
            _change(tally, before[3], -1)
            revision = before[6] + 1
        else:
            earlier = self._votes(question).choices.get(voter)
            if earlier is not None:
                _change(tally, earlier, -1)
            revision = 1
        tally[choice] = tally.get(choice, 0) + 1
        heard, assembly = ballot.heard, self._assembly
        if ballot.secret:
            # a key of its own each time, kept by nobody but the voter
            key, cause = self._salt(), board.UNLINKED
            self._keys[question, voter] = key.hex()
            given[voter] = (
                assembly, question, voter, choice, heard, cause, revision, board.receipt_of(key, choice)
            )
            return
        # row_hash, written out: this runs for every ballot
        mark = _sha256(f"{assembly}|{question}|{voter}|{choice}|{heard}|{cause}".encode()).hexdigest()
        given[voter] = (assembly, question, voter, choice, heard, cause, revision, mark)

    def _votes(self, question: str) -> Votes:
        return self._own.get(question) or self._base.get(question) or Votes({}, {})

    # --- what decide may ask

    def choice(self, question: str, voter: MemberId) -> str | None:
        given = self._given.get(question, _NOBODY).get(voter)
        return self._votes(question).choices.get(voter) if given is None else given[3]

    def tally(self, question: str) -> Mapping[str, int]:
        tally = self._tallies.get(question)
        return self._votes(question).tally if tally is None else tally

    def declared(self, persons: Iterable[PersonId]) -> Mapping[PersonId, Declared]:
        """From the directory: handles, and what was declared for quotas (§7.4)."""
        return declared(self._connection, persons, self._salt)

    def answered(self, question: str) -> int:
        return sum(self.tally(question).values())

    def voters(self, question: str) -> frozenset[MemberId]:
        return frozenset(self._votes(question).choices).union(self._given.get(question, ()))

    def digest(self, question: str) -> str:
        """Over the rows as they stand in the table, which must be the ballots that were counted."""
        self.store()
        hashes, tally = rows_of(self._connection, self._assembly, question)
        if tally != dict(self.tally(question)):
            raise BoxDiffers(f"{self._assembly} {question}")
        secret = secret_rows(self._connection, self._assembly, question)
        if secret:
            return board.digest([row[:2] for row in secret], [row[2] for row in secret])
        return digest(hashes)

    def put_up(self, question: str) -> None:
        """A secret question is closed: its ballots go to the board."""
        self.store()
        board.put_up(self._connection, self._assembly, question)

    def erase(self, question: str) -> None:
        """A secret question ended without a count."""
        self.store()
        board.erase(self._connection, self._assembly, question)

    def key(self, question: str, voter: MemberId) -> str | None:
        """The key of the receipt of a secret ballot given in this batch, in hex."""
        return self._keys.get((question, voter))

    # --- what the service does with it

    def mark(self, question: str, voter: MemberId) -> str | None:
        """The hash of a voter's row, while it waits in this batch or when it lies in the table."""
        given = self._given.get(question, {}).get(voter)
        if given is not None:
            return str(given[7])
        b = ballots.c
        found = self._connection.execute(
            select(b.hash).where(b.assembly == self._assembly, b.question == question, b.voter == voter)
        ).scalar()
        return None if found is None else str(found)

    def cause(self, question: str, voter: MemberId) -> str | None:
        """By what a voter's row was given."""
        given = self._given.get(question, {}).get(voter)
        if given is not None:
            return str(given[5])
        b = ballots.c
        found = self._connection.execute(
            select(b.cause).where(b.assembly == self._assembly, b.question == question, b.voter == voter)
        ).scalar()
        return None if found is None else str(found)

    def strike(self, question: str, voter: MemberId) -> None:
        """Take a row out."""
        self.store()
        b = ballots.c
        self._connection.execute(
            delete(ballots).where(b.assembly == self._assembly, b.question == question, b.voter == voter)
        )
        self._own |= load(self._connection, self._assembly, [question])

    def store(self) -> None:
        """Put the ballots given so far into the table."""
        rows = self.rows()
        if rows:
            self._write(self._connection, rows)
            for question in self._given:
                self._own[question] = self._merged(question, Votes(dict(self._votes(question).choices), {}))
            self._given, self._tallies = {}, {}

    def rows(self) -> list[Row]:
        """The rows still to be written."""
        return [row for given in self._given.values() for row in given.values()]

    def touched(self) -> Iterable[str]:
        """Questions whose ballots have changed in this batch."""
        return self._given.keys() | self._own.keys()

    def publish(self) -> None:
        """The batch is on disk: its ballots are part of what was there."""
        self._base.update(self._own)
        for question in self._given:
            self._base[question] = self._merged(question, self._votes(question))

    def _merged(self, question: str, into: Votes) -> Votes:
        for voter, row in self._given[question].items():
            into.choices[voter] = row[3]
        # a new tally in the place of the old one: readers hold on to theirs
        into.tally = self._tallies[question]
        return into


# made once: a thousand boxes may close at one instant
_BOX = (ballots.c.assembly == bindparam("of"), ballots.c.question == bindparam("asked"))
_ROWS = select(ballots.c.hash, ballots.c.choice).where(*_BOX)
_SECRET = select(ballots.c.hash, ballots.c.choice, ballots.c.voter).where(*_BOX, ballots.c.cause == board.UNLINKED)


def secret_rows(connection: Connection, assembly: AssemblyId, question: str) -> list[tuple[str, str, MemberId]]:
    """Receipt, ballot and voter of a secret question that is open; none of an open ballot."""
    rows = connection.execute(_SECRET, {"of": assembly, "asked": question})
    return [(row[0], row[1], row[2]) for row in rows]


def rows_of(connection: Connection, assembly: AssemblyId, question: str) -> tuple[list[str], dict[str, int]]:
    """The hashes and the tally of a box, from the table."""
    hashes: list[str] = []
    tally: dict[str, int] = {}
    for mark, choice in connection.execute(_ROWS, {"of": assembly, "asked": question}):
        hashes.append(mark)
        tally[choice] = tally.get(choice, 0) + 1
    return hashes, tally
