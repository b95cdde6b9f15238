"""Facts of the commune of communes (§6). A fact with an addressee (`to`) is a dispatch of its assembly.

`numbers` runs beside `to`: which dispatch of this sender to that assembly it is, counted from 1. Every
instant that matters where it arrives stands in the dispatch itself, as `decided`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from governance.terms import AssemblyId, Duration, Instant, MemberId, PersonId, Words
from governance.ties import Below, Report, Voice

# --- dispatches up: from a member to its council


@dataclass(frozen=True, slots=True)
class JoinAsked:
    """The join motion was adopted: it agrees to the council's charter, principles and rights as shown (§6.1)."""

    to: tuple[AssemblyId, ...]
    numbers: tuple[int, ...]
    item: int
    below: Mapping[AssemblyId, Below]
    level: int
    discussion_min: Duration
    window: Duration
    decided: Instant


@dataclass(frozen=True, slots=True)
class CouncilLeft:
    """`item`: the quit motion, 0 when a council without members left by being dissolved."""

    to: tuple[AssemblyId, ...]
    numbers: tuple[int, ...]
    item: int
    decided: Instant


@dataclass(frozen=True, slots=True)
class DelegationSent:
    """The delegation as it now is. `why`: named, recalled, resigned, term_over, left, merged, carries_another."""

    to: tuple[AssemblyId, ...]
    numbers: tuple[int, ...]
    item: int
    delegates: tuple[PersonId, ...]
    alternates: tuple[PersonId, ...]
    observers: tuple[PersonId, ...]
    until: Instant
    why: str
    decided: Instant


@dataclass(frozen=True, slots=True)
class MandateGiven:
    """`source`: the home item. An item mandate has `item`; a scope mandate tags or items and `may` (§6.3)."""

    to: tuple[AssemblyId, ...]
    numbers: tuple[int, ...]
    source: int
    item: int
    version: int
    choice: str
    tags: tuple[str, ...]
    items: tuple[int, ...]
    may: tuple[str, ...]
    until: Instant | None
    words: Words
    yes: int
    no: int
    decided: Instant


@dataclass(frozen=True, slots=True)
class RatificationAnswered:
    """`choice` '' is no position. `yes`, `no`: ballots given at home, for the members' sum (§6.8)."""

    to: tuple[AssemblyId, ...]
    numbers: tuple[int, ...]
    source: int
    item: int
    choice: str
    yes: int
    no: int
    decided: Instant


@dataclass(frozen=True, slots=True)
class ReferendumReported:
    to: tuple[AssemblyId, ...]
    numbers: tuple[int, ...]
    source: int
    item: int
    report: Report
    decided: Instant


@dataclass(frozen=True, slots=True)
class BelowTold:
    """A council gained or lost members: what now lies below it (§6.1)."""

    to: tuple[AssemblyId, ...]
    numbers: tuple[int, ...]
    below: Mapping[AssemblyId, Below]
    level: int


@dataclass(frozen=True, slots=True)
class TimesTold:
    """The charter changed the least time a mandate takes (§6.11)."""

    to: tuple[AssemblyId, ...]
    numbers: tuple[int, ...]
    discussion_min: Duration
    window: Duration


@dataclass(frozen=True, slots=True)
class RightsAgreed:
    """By its own motion `item`; `agreed` False: that motion was repealed (§6.14, §5.9)."""

    to: tuple[AssemblyId, ...]
    numbers: tuple[int, ...]
    source: int
    item: int
    agreed: bool
    decided: Instant


@dataclass(frozen=True, slots=True)
class PersonGone:
    """Somebody left the roll of the base assembly `base`; `now`: who the two entries are, when merged (§6.2)."""

    to: tuple[AssemblyId, ...]
    numbers: tuple[int, ...]
    person: PersonId
    base: AssemblyId
    now: PersonId


# --- dispatches down: from a council to its members


@dataclass(frozen=True, slots=True)
class MembershipTold:
    """`status`: admitted, refused or ended; `why`: rejected, circle, excluded … The charter: every key."""

    to: tuple[AssemblyId, ...]
    numbers: tuple[int, ...]
    status: str
    why: str
    item: int
    version: int
    charter: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TextAnnounced:
    """A text enters discussion, or changes. Tags are the words with `#` in its title (§6.3)."""

    to: tuple[AssemblyId, ...]
    numbers: tuple[int, ...]
    item: int
    kind: str
    version: int
    minor: bool
    title: Words
    text: Words
    bases: tuple[AssemblyId, ...]
    double: bool


@dataclass(frozen=True, slots=True)
class StageAnnounced:
    to: tuple[AssemblyId, ...]
    numbers: tuple[int, ...]
    item: int
    stage: str
    version: int
    closes: Instant | None


@dataclass(frozen=True, slots=True)
class DelegateIndicated:
    """Said without a mandate: the home assembly will be asked unless it mandates first (§6.4)."""

    to: tuple[AssemblyId, ...]
    numbers: tuple[int, ...]
    item: int
    delegate: PersonId
    position: str
    reason: Words


@dataclass(frozen=True, slots=True)
class DelegateRefused:
    """A delegate tried to answer against the mandate of home item `source` (§6.4)."""

    to: tuple[AssemblyId, ...]
    numbers: tuple[int, ...]
    item: int
    delegate: PersonId
    position: str
    source: int


@dataclass(frozen=True, slots=True)
class RatificationAsked:
    """Home decides what its delegation could only indicate, until `closes` (§6.7d).

    `origin`, `origin_item`: the council where the question was first put, through which levels it comes.
    """

    to: tuple[AssemblyId, ...]
    numbers: tuple[int, ...]
    item: int
    kind: str
    version: int
    title: Words
    text: Words
    closes: Instant
    double: bool
    bases: tuple[AssemblyId, ...]
    voices: Mapping[MemberId, Voice]
    origin: AssemblyId
    origin_item: int
    decided: Instant


@dataclass(frozen=True, slots=True)
class ReferendumPut:
    """To every base assembly below at once. `through`: the councils that lead there; `bases`: all it is put to."""

    to: tuple[AssemblyId, ...]
    numbers: tuple[int, ...]
    item: int
    title: Words
    text: Words
    closes: Instant
    through: tuple[AssemblyId, ...]
    bases: tuple[AssemblyId, ...]
    decided: Instant


@dataclass(frozen=True, slots=True)
class ResultAnnounced:
    """What became of an item, with every voice as it was last. `origin`: where it was decided, '' here."""

    to: tuple[AssemblyId, ...]
    numbers: tuple[int, ...]
    item: int
    stage: str
    decided_by: str
    why: str
    voices: Mapping[MemberId, Voice]
    indicated: Mapping[MemberId, tuple[str, ...]]
    """What the delegates of each member had answered, for home to see beside its mandate."""
    origin: AssemblyId
    origin_item: int


@dataclass(frozen=True, slots=True)
class Reported:
    """A delegate's words home (§6.12)."""

    to: tuple[AssemblyId, ...]
    numbers: tuple[int, ...]
    by: PersonId
    text: Words


# --- the answer to a dispatch


@dataclass(frozen=True, slots=True)
class DispatchTaken:
    """The answer to a dispatch, itself a dispatch that is only noted. `outcome`: taken, late or refused."""

    to: tuple[AssemblyId, ...]
    numbers: tuple[int, ...]
    sender: AssemblyId
    number: int
    seq: int
    seal: str
    kind: str
    outcome: str
    why: str
    person: PersonId
    """Whom a refusal is about."""


@dataclass(frozen=True, slots=True)
class AnswerNoted:
    """What the receiver made of our dispatch `seq`. `number`: of the answer."""

    sender: AssemblyId
    number: int
    seq: int
    kind: str
    person: PersonId
    outcome: str
    why: str


# --- what a dispatch leads to where it is taken: in a council


@dataclass(frozen=True, slots=True)
class MemberAdmitted:
    """`item`: the admission, 0 when it was automatic."""

    item: int
    member: MemberId
    below: Mapping[AssemblyId, Below]
    level: int
    discussion_min: Duration
    window: Duration


@dataclass(frozen=True, slots=True)
class DelegationSeated:
    member: MemberId
    item: int
    delegates: tuple[PersonId, ...]
    alternates: tuple[PersonId, ...]
    observers: tuple[PersonId, ...]
    until: Instant
    why: str


@dataclass(frozen=True, slots=True)
class MandateHeard:
    member: MemberId
    source: int
    item: int
    version: int
    choice: str
    tags: tuple[str, ...]
    items: tuple[int, ...]
    may: tuple[str, ...]
    until: Instant | None
    words: Words
    yes: int
    no: int
    decided: Instant


@dataclass(frozen=True, slots=True)
class AnswerHeard:
    """A ratification, or a mandate adopted meanwhile (§6.7d)."""

    item: int
    member: MemberId
    source: int
    choice: str
    yes: int
    no: int
    decided: Instant


@dataclass(frozen=True, slots=True)
class Signed:
    """A late signature (yes) or a name struck out (no) (§6.9)."""

    item: int
    member: MemberId
    source: int
    choice: str
    decided: Instant


@dataclass(frozen=True, slots=True)
class ReportHeard:
    """A base assembly's result in a referendum."""

    item: int
    member: AssemblyId
    source: int
    report: Report


@dataclass(frozen=True, slots=True)
class BelowNoted:
    member: MemberId
    below: Mapping[AssemblyId, Below]
    level: int


@dataclass(frozen=True, slots=True)
class TimesNoted:
    member: MemberId
    discussion_min: Duration
    window: Duration


@dataclass(frozen=True, slots=True)
class RightsBound:
    """A member is bound, or no longer, by the rights item."""

    item: int
    member: MemberId
    bound: bool


# --- what a dispatch leads to where it is taken: at home


@dataclass(frozen=True, slots=True)
class MembershipNoted:
    council: AssemblyId
    status: str
    why: str
    item: int
    version: int
    charter: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CouncilTextNoted:
    council: AssemblyId
    item: int
    kind: str
    version: int
    minor: bool
    title: Words
    text: Words
    bases: tuple[AssemblyId, ...]
    double: bool


@dataclass(frozen=True, slots=True)
class CouncilStageNoted:
    council: AssemblyId
    item: int
    stage: str
    version: int
    closes: Instant | None


@dataclass(frozen=True, slots=True)
class DelegateHeard:
    """What our delegate said in the council. `outcome`: indicative, or refused as against our item `source`."""

    council: AssemblyId
    item: int
    delegate: PersonId
    position: str
    outcome: str
    source: int
    reason: Words


@dataclass(frozen=True, slots=True)
class ResultHeard:
    """The result of what we sent up, with our own voice in it and what our delegates had answered."""

    council: AssemblyId
    item: int
    stage: str
    decided_by: str
    why: str
    voice: Voice
    indicated: tuple[str, ...]
    origin: AssemblyId
    origin_item: int


@dataclass(frozen=True, slots=True)
class DelegateReported:
    council: AssemblyId
    by: PersonId
    text: Words


@dataclass(frozen=True, slots=True)
class ElsewhereNoted:
    """Who of the electorate enrolled earlier in another assembly that is asked the same (§6.8, §6.10)."""

    item: int
    persons: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True)
class CountedElsewhere:
    """Of the answers about to be counted, those of persons who have their one ballot in another assembly."""

    item: int
    question: int
    tally: Mapping[str, int]


# --- a council's own


@dataclass(frozen=True, slots=True)
class PositionStated:
    """A delegate's answer. Its standing is not here: it follows from the mandates (§6.4)."""

    item: int
    question: int
    member: MemberId
    delegate: PersonId
    position: str
    principle: int
    lowered: bool
    reason: Words


@dataclass(frozen=True, slots=True)
class VoicesCounted:
    """All voices at a closing. `outcome`: adopted, rejected, no_votes, ratification, or of a round (§6.7)."""

    item: int
    question: int
    voices: Mapping[MemberId, Voice]
    outcome: str


@dataclass(frozen=True, slots=True)
class RatificationOpened:
    item: int
    question: int
    version: int
    charter: int
    asked: tuple[MemberId, ...]
    closes: Instant


@dataclass(frozen=True, slots=True)
class SignerAsked:
    """A delegate tried to sign a call without a mandate: home is asked at once (§6.9)."""

    item: int
    member: MemberId
    closes: Instant


@dataclass(frozen=True, slots=True)
class ReferendumOpened:
    item: int
    question: int
    version: int
    charter: int
    bases: tuple[AssemblyId, ...]
    electorate_digest: str
    closes: Instant


@dataclass(frozen=True, slots=True)
class ReferendumCounted:
    """Both tallies, and how many were counted elsewhere (§6.10)."""

    item: int
    assemblies: Mapping[str, int]
    members: Mapping[str, int]
    electorate: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Closed:
    """A call is over; signing goes on (§6.9)."""

    item: int


@dataclass(frozen=True, slots=True)
class NoTimeNoted:
    """Members whose charters leave no time to mandate before the closing (§6.11)."""

    item: int
    question: int
    members: tuple[MemberId, ...]


@dataclass(frozen=True, slots=True)
class RightsSet:
    item: int
    members: tuple[MemberId, ...]


@dataclass(frozen=True, slots=True)
class RightsEnded:
    item: int
    target: int


@dataclass(frozen=True, slots=True)
class VoiceSuspended:
    item: int
    member: MemberId
    until: Instant


@dataclass(frozen=True, slots=True)
class SuspensionEnded:
    item: int
    member: MemberId


@dataclass(frozen=True, slots=True)
class Dissolved:
    """The last member left (§6.1)."""


Dispatch = (
    JoinAsked | CouncilLeft | DelegationSent | MandateGiven | RatificationAnswered | ReferendumReported | BelowTold
    | TimesTold | RightsAgreed | PersonGone | MembershipTold | TextAnnounced | StageAnnounced | DelegateIndicated
    | DelegateRefused | RatificationAsked | ReferendumPut | ResultAnnounced | Reported | DispatchTaken
)
DISPATCHES: tuple[type[Dispatch], ...] = get_args(Dispatch)
CouncilFact = (
    Dispatch | AnswerNoted | MemberAdmitted | DelegationSeated | MandateHeard | AnswerHeard | Signed | ReportHeard
    | BelowNoted | TimesNoted | RightsBound | MembershipNoted | CouncilTextNoted | CouncilStageNoted | DelegateHeard
    | ResultHeard | DelegateReported | ElsewhereNoted | CountedElsewhere | PositionStated | VoicesCounted
    | RatificationOpened | SignerAsked | ReferendumOpened | ReferendumCounted | Closed | NoTimeNoted | RightsSet
    | RightsEnded | VoiceSuspended | SuspensionEnded | Dissolved
)
