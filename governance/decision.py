"""What deciding takes and gives: ballots, the box they lie in, and what was decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from governance.commands import Command
from governance.facts import Fact
from governance.people import Declared
from governance.refusals import Refused
from governance.state import Assembly, Sitting
from governance.terms import Instant, MemberId, PersonId


@dataclass(frozen=True, slots=True)
class Ballot:
    """One row of a ballot box: an answer that is only counted. `question`: `12.3`, of a rival `12.3a`."""

    question: str
    voter: MemberId
    choice: str
    heard: Instant
    secret: bool = False
    """Nobody may learn later whose it was (§8)."""


class Box(Protocol):
    """The ballots of an assembly's open questions, as far as they were heard."""

    def choice(self, question: str, voter: MemberId) -> str | None: ...

    def tally(self, question: str) -> Mapping[str, int]:
        """Choices to their number."""
        ...

    def answered(self, question: str) -> int: ...

    def voters(self, question: str) -> frozenset[MemberId]: ...

    def digest(self, question: str) -> str:
        """Hex SHA-256 over the rows."""
        ...

    def declared(self, persons: Iterable[PersonId]) -> Mapping[PersonId, Declared]:
        """Handles, and the features that quotas may look at (§7.4), of those of these persons who are known."""
        ...


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder is due to those who have not answered. It changes nothing, so it is no fact (§3.9)."""

    item: int
    question: int
    closes: Instant
    unanswered: frozenset[MemberId]


@dataclass(frozen=True, slots=True)
class Decided:
    """What a command led to. `then`: what is to be decided next, once the ballots lie in the box."""

    state: Assembly
    facts: tuple[Fact, ...] = ()
    ballots: tuple[Ballot, ...] = ()
    struck: tuple[tuple[str, MemberId], ...] = ()
    """(question, voter) of rows to take out."""
    reminders: tuple[Reminder, ...] = ()
    then: Command | None = None
    refused: Refused | None = None
    """The one refusal that leaves facts: home is told of an answer against its mandate (§6.4)."""


def decided(sitting: Sitting, reminders: tuple[Reminder, ...] = ()) -> Decided:
    return Decided(sitting.state(), tuple(sitting.facts), reminders=reminders)
