"""What happens in elections, draws, roles and speaking (§7). Read through `governance.facts`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from governance.terms import AssemblyId, Instant, MemberId, PersonId, Words

# --- names


@dataclass(frozen=True, slots=True)
class Nominated:
    item: int
    person: PersonId
    by: PersonId


@dataclass(frozen=True, slots=True)
class Stood:
    """A candidate accepts; in a draw, somebody volunteers."""

    item: int
    person: PersonId


@dataclass(frozen=True, slots=True)
class Declined:
    """Does not stand, or no more; does not want to be drawn."""

    item: int
    person: PersonId


@dataclass(frozen=True, slots=True)
class RowFrozen:
    """One row of a frozen list, as it was written before `RowListed`: all features in it, whether or not they are
    `shown` with the list."""

    item: int
    person: PersonId
    row: Words
    shown: bool


@dataclass(frozen=True, slots=True)
class RowListed:
    """One row of a frozen list as all may see it: `{"f":{…},"id":handle}`, with a commitment for each feature that is
    not shown (§7.4). `hidden`: `{feature:[salt,value]}` of these, for that person and the count alone."""

    item: int
    person: PersonId
    row: Words
    hidden: Words


# --- elections


@dataclass(frozen=True, slots=True)
class ElectionOpened:
    """Everything that counts later is frozen here. `left_out`: who stood, and held it lately (§7.5)."""

    item: int
    question: int
    charter: int
    electorate: int
    electorate_digest: str
    closes: Instant
    candidates: tuple[PersonId, ...]
    left_out: tuple[PersonId, ...]
    seats: int
    secret: bool


@dataclass(frozen=True, slots=True)
class ElectionClosed:
    """`ballots`: as they were written, to their number; `outcome`: elected, tie or no_quorum."""

    item: int
    question: int
    ballots: Mapping[str, int]
    outcome: str
    result: Mapping[str, object]
    box: str


@dataclass(frozen=True, slots=True)
class ObjectionHeard:
    """Why somebody objects to these, in an election by consent; `by`: whose ballot says so, '' of a secret one."""

    item: int
    question: int
    persons: tuple[PersonId, ...]
    by: PersonId
    reason: Words


@dataclass(frozen=True, slots=True)
class TieBroken:
    """The same ballots counted again, with the lot."""

    item: int
    result: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ElectionReopened:
    """A seat is open, and somebody is nominated for it (§7.4)."""

    item: int


# --- randomness


@dataclass(frozen=True, slots=True)
class LotAnnounced:
    """From where randomness will come, said before anybody can know it (§7.1)."""

    item: int
    lot: str
    source: str
    where: str
    freezes: Instant
    known: Instant


@dataclass(frozen=True, slots=True)
class ValueCommitted:
    """A member's commitment: the SHA-256 of what they will reveal."""

    item: int
    by: PersonId
    commitment: str


@dataclass(frozen=True, slots=True)
class ValueRevealed:
    item: int
    by: PersonId
    value: str


@dataclass(frozen=True, slots=True)
class ValueTyped:
    """What a member read at the source; two members must have read the same (§7.2)."""

    item: int
    by: PersonId
    value: str


@dataclass(frozen=True, slots=True)
class LotKnown:
    """`by`: who typed it, nobody when it was fetched."""

    item: int
    parts: tuple[str, ...]
    by: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True)
class PoolFrozen:
    item: int
    list_hash: str
    size: int
    left_out: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True)
class DrawMade:
    """`outcome`: drawn or exhausted."""

    item: int
    outcome: str
    seed: str
    attempts: int
    panel: tuple[PersonId, ...]
    substitutes: tuple[PersonId, ...]


# --- seats


@dataclass(frozen=True, slots=True)
class RoleFilled:
    """The role as it is held from now on; `term`: a new one began."""

    item: int
    role: str
    holders: tuple[PersonId, ...]
    until: Instant
    term: bool


@dataclass(frozen=True, slots=True)
class SeatEmptied:
    """`why`: refused, resigned, recalled, left, merged, carries_another; `heir`: who takes it, '' nobody."""

    item: int
    role: str
    person: PersonId
    why: str
    heir: PersonId


@dataclass(frozen=True, slots=True)
class TermNoticed:
    """Told ahead that a term ends. `council`: of a delegation; else of the role."""

    role: str
    council: AssemblyId
    until: Instant


@dataclass(frozen=True, slots=True)
class RoleEnded:
    """The term is over."""

    role: str


# --- speaking


@dataclass(frozen=True, slots=True)
class SpeakerListed:
    person: PersonId


@dataclass(frozen=True, slots=True)
class SpeakerCalled:
    person: PersonId


@dataclass(frozen=True, slots=True)
class GoRoundBegan:
    """`order`: by lot, from the seal of the register's head as it was."""

    by: MemberId
    order: tuple[PersonId, ...]
    seal: str


PeopleFact = (
    Nominated | Stood | Declined | RowFrozen | RowListed | ElectionOpened | ElectionClosed | ObjectionHeard
    | TieBroken | ElectionReopened | LotAnnounced | ValueCommitted | ValueRevealed | ValueTyped | LotKnown | PoolFrozen
    | DrawMade | RoleFilled | SeatEmptied | TermNoticed | RoleEnded | SpeakerListed | SpeakerCalled | GoRoundBegan
)
