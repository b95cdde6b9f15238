"""What has happened: the entries of a register. Once written they are for ever.

A field typed `Words` is free text: it stands beside the seal, with a salted digest under it. In the
register body of a fact every name here is the JSON key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from governance.facts_council import *  # noqa: F403  # one register, one module of facts
from governance.facts_council import CouncilFact
from governance.facts_people import *  # noqa: F403  # one register, one module of facts
from governance.facts_people import PeopleFact
from governance.facts_rooms import *  # noqa: F403  # one register, one module of facts
from governance.facts_rooms import RoomFact
from governance.terms import FREE_TEXT as FREE_TEXT
from governance.terms import Instant, MemberId, PersonId, Words

# --- the assembly and its roll (§2)


@dataclass(frozen=True, slots=True)
class Founded:
    """The register begins, or begins anew while nobody else has joined (§2.1). Charter: every key."""

    name: str
    kind: str
    founder: PersonId
    charter: Mapping[str, str]
    principle: Words


@dataclass(frozen=True, slots=True)
class Enrolled:
    member: MemberId


@dataclass(frozen=True, slots=True)
class LeftRoll:
    member: MemberId


@dataclass(frozen=True, slots=True)
class MembersMerged:
    """One person had two entries; the older stays (§2.4)."""

    kept: MemberId
    dropped: MemberId


@dataclass(frozen=True, slots=True)
class PresenceNoted:
    member: MemberId
    present: bool


@dataclass(frozen=True, slots=True)
class WordNoted:
    """A member said something while `resting` is on; at most once a day (§2.3)."""

    member: MemberId


@dataclass(frozen=True, slots=True)
class RestingWarned:
    """Told two weeks before that silence will count as resting (§2.3)."""

    member: MemberId


# --- an item's life (§3)


@dataclass(frozen=True, slots=True)
class Proposed:
    item: int
    kind: str
    by: MemberId
    title: Words
    text: Words
    terms: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Seconded:
    item: int
    by: MemberId


@dataclass(frozen=True, slots=True)
class DiscussionBegan:
    item: int


@dataclass(frozen=True, slots=True)
class RoundOpened:
    """Everything that counts later is frozen here: text and charter version, electorate, closing."""

    item: int
    question: int
    round: int
    version: int
    charter: int
    electorate: int
    electorate_digest: str
    closes: Instant


@dataclass(frozen=True, slots=True)
class VoteOpened:
    """`texts`: letters with ballots of their own, '' the proposer's; `runoff`: one text each (§3.7)."""

    item: int
    question: int
    version: int
    charter: int
    electorate: int
    electorate_digest: str
    closes: Instant
    texts: tuple[str, ...]
    threshold: str
    base: str
    runoff: bool
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Blocked:
    item: int
    question: int
    by: MemberId
    principle: int
    reason: Words


@dataclass(frozen=True, slots=True)
class BlockWithdrawn:
    item: int
    question: int
    by: MemberId


@dataclass(frozen=True, slots=True)
class StoodAside:
    item: int
    question: int
    by: MemberId
    reason: Words


@dataclass(frozen=True, slots=True)
class ReasonGiven:
    """Agreement or a reservation with words to it."""

    item: int
    question: int
    by: MemberId
    position: str
    reason: Words


@dataclass(frozen=True, slots=True)
class ReasonWithdrawn:
    """A stand-aside, or an answer with a reason, gave way to another answer."""

    item: int
    question: int
    by: MemberId
    position: str


@dataclass(frozen=True, slots=True)
class StatementAttached:
    item: int
    by: MemberId
    text: Words


@dataclass(frozen=True, slots=True)
class Amended:
    """An amendment was moved; `minor` only mends spelling (§3.6)."""

    item: int
    letter: str
    by: MemberId
    text: Words
    minor: bool


@dataclass(frozen=True, slots=True)
class MinorObjected:
    item: int
    letter: str
    by: MemberId


@dataclass(frozen=True, slots=True)
class MinorEntered:
    """The spelling is mended: the text changes, version, positions and mandates stay (§3.6)."""

    item: int
    letter: str


@dataclass(frozen=True, slots=True)
class AmendmentAccepted:
    item: int
    letter: str
    version: int


@dataclass(frozen=True, slots=True)
class RivalPut:
    item: int
    letter: str


@dataclass(frozen=True, slots=True)
class RivalSeconded:
    item: int
    letter: str
    by: MemberId


@dataclass(frozen=True, slots=True)
class TendencyNoted:
    """The outcome as it stood at the beginning of the last tenth (§5.7)."""

    item: int
    question: int
    outcome: str


@dataclass(frozen=True, slots=True)
class ClosingMoved:
    """`why`: no_quorum (§4.1), late_swing (§5.7) or downtime (§3.8)."""

    item: int
    question: int
    closes: Instant
    why: str


@dataclass(frozen=True, slots=True)
class RoundClosed:
    item: int
    question: int
    tally: Mapping[str, int]
    outcome: str
    box: str
    """Hex SHA-256 over the rows of the ballot box."""


@dataclass(frozen=True, slots=True)
class VoteClosed:
    """`tallies`: by letter; in a run-off one tally, '' with a count for each text."""

    item: int
    question: int
    tallies: Mapping[str, Mapping[str, int]]
    verdicts: Mapping[str, str]
    outcome: str
    text: str
    """The letter of the text that passed, '' the proposer's."""
    box: str


@dataclass(frozen=True, slots=True)
class CoolingBegan:
    item: int


@dataclass(frozen=True, slots=True)
class Paused:
    item: int
    by: MemberId


@dataclass(frozen=True, slots=True)
class Resumed:
    """`by` None: the seven days were over."""

    item: int
    by: MemberId | None


@dataclass(frozen=True, slots=True)
class Orphaned:
    """`why`: withdrawn, or left when the proposer is no longer on the roll (§3.4)."""

    item: int
    why: str


@dataclass(frozen=True, slots=True)
class TakenOver:
    item: int
    by: MemberId


@dataclass(frozen=True, slots=True)
class Withdrawn:
    item: int


# --- what became of it (§4, §5)


@dataclass(frozen=True, slots=True)
class Adopted:
    item: int
    by: str
    """consensus or vote."""
    text: str
    """The letter of the text adopted, '' the proposer's."""


@dataclass(frozen=True, slots=True)
class Rejected:
    item: int
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Lapsed:
    item: int
    why: str


@dataclass(frozen=True, slots=True)
class Deferred:
    item: int
    why: str


# --- what an adopted motion sets in force


@dataclass(frozen=True, slots=True)
class CharterChanged:
    """The whole charter as it now is, under its new version."""

    item: int
    version: int
    charter: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PrincipleAdded:
    item: int
    principle: int
    text: Words


@dataclass(frozen=True, slots=True)
class PrincipleEnded:
    item: int
    principle: int


@dataclass(frozen=True, slots=True)
class MemberExcluded:
    item: int
    member: MemberId


@dataclass(frozen=True, slots=True)
class ItemRepealed:
    """`item` is the repeal, `target` what it repeals (§5.9)."""

    item: int
    target: int


Fact = (
    Founded | Enrolled | LeftRoll | MembersMerged | PresenceNoted | WordNoted | RestingWarned | Proposed | Seconded
    | DiscussionBegan | RoundOpened | VoteOpened | Blocked | BlockWithdrawn | StoodAside | ReasonGiven
    | ReasonWithdrawn | StatementAttached
    | Amended | MinorObjected | MinorEntered | AmendmentAccepted | RivalPut | RivalSeconded | TendencyNoted
    | ClosingMoved | RoundClosed | VoteClosed | CoolingBegan | Paused | Resumed | Orphaned | TakenOver | Withdrawn
    | Adopted | Rejected | Lapsed | Deferred | CharterChanged | PrincipleAdded | PrincipleEnded | MemberExcluded
    | ItemRepealed | CouncilFact | PeopleFact | RoomFact
)
