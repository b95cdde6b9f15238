"""What ties one assembly to others: its delegations upwards, its members below, the dispatches between them (§6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from governance.terms import AssemblyId, Duration, Instant, MemberId, PersonId

BASE, COUNCIL = "base", "council"
MANDATED, INDICATIVE, SILENT = "mandated", "indicative", "silent"
RATIFIED, NO_POSITION = "ratified", "no_position"
SEATS = ("delegates", "alternates", "observers")
"""The parts of a delegation, the highest first."""


@dataclass(frozen=True, slots=True)
class Delegation:
    """Whom an assembly sends to a council; one delegation, one voice (§6.2)."""

    delegates: tuple[PersonId, ...]
    alternates: tuple[PersonId, ...]
    observers: tuple[PersonId, ...]
    until: Instant
    item: int
    """The home item that named it."""

    def carries(self, person: PersonId) -> bool:
        return person in self.delegates or person in self.alternates or person in self.observers


@dataclass(frozen=True, slots=True)
class Mandate:
    """What binds a delegation: on an item with `choice`, or on a scope of tags or items with what it `may` (§6.3)."""

    source: int
    """The home item that decided it."""
    item: int
    version: int
    """Of the council's text; 0: any."""
    choice: str
    tags: tuple[str, ...]
    items: tuple[int, ...]
    may: tuple[str, ...]
    until: Instant | None
    words: str
    decided: Instant
    yes: int = 0
    """Ballots behind it at home for the council's text, for the members' sum (§6.8)."""
    no: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """A council's item as its text was announced at home."""

    item: int
    kind: str
    version: int
    title: str
    stage: str
    announced: Instant
    """When this version of the text was."""
    closes: Instant | None = None
    bases: tuple[AssemblyId, ...] = ()
    double: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A delegate's report home (§6.12)."""

    at: Instant
    by: PersonId
    text: str


@dataclass(frozen=True, slots=True)
class Membership:
    """A council as its member sees it. `joined` None: asked, not yet admitted."""

    council: AssemblyId
    item: int
    joined: Instant | None
    charter: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
    delegation: Delegation | None = None
    seated_by: int = 0
    """The item of the delegation, also while nobody carries it; 0 before there was one and when its term is over."""
    terms: tuple[tuple[PersonId, ...], ...] = ()
    """Who was named a delegate in each delegation so far (§6.2)."""
    mandates: tuple[Mandate, ...] = ()
    items: Mapping[int, Known] = field(default_factory=dict)
    reports: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class Below:
    """An assembly below: its level (0 a base assembly), and the latest admission on the way down to it."""

    level: int
    since: Instant
    council: AssemblyId
    """Which admitted it then."""


@dataclass(frozen=True, slots=True)
class MemberTie:
    """A member assembly as its council sees it."""

    below: Mapping[AssemblyId, Below]
    """All assemblies below the member, itself not among them."""
    level: int
    admitted: Instant
    discussion_min: Duration
    window: Duration
    """Of its first question: with the discussion the least time it needs to mandate (§6.11)."""
    delegation: Delegation | None = None
    mandates: tuple[Mandate, ...] = ()
    suspended: int = 0
    """The item that suspended its voice."""
    suspended_until: Instant = 0

    def is_suspended(self, at: Instant) -> bool:
        return bool(self.suspended) and at < self.suspended_until


@dataclass(frozen=True, slots=True)
class Ties:
    """All of an assembly's ties. `sent`, `heard`: the last number of the dispatches to and from each other one."""

    sent: Mapping[AssemblyId, int] = field(default_factory=dict)
    heard: Mapping[AssemblyId, int] = field(default_factory=dict)
    councils: Mapping[AssemblyId, Membership] = field(default_factory=dict)
    members: Mapping[AssemblyId, MemberTie] = field(default_factory=dict)
    rights: Mapping[int, tuple[MemberId, ...]] = field(default_factory=dict)
    """The rights charter's items in force, and who agreed to each (§6.14)."""
    agreed: Mapping[int, tuple[AssemblyId, int]] = field(default_factory=dict)
    """At home: the item that agreed to a council's rights item."""
    dissolved: bool = False


UNTIED = Ties()


@dataclass(frozen=True, slots=True)
class Answer:
    """A delegate's own answer in a council's question."""

    member: MemberId
    position: str
    """agree … pass in a round, yes, no or abstain in a vote."""
    principle: int
    reason: str
    lowered: bool
    """Stated as indicative although a mandate covers it (§6.4)."""
    at: Instant


@dataclass(frozen=True, slots=True)
class Voice:
    """One member's voice as it stands: `source` is the home item behind a mandated one."""

    standing: str
    position: str = ""
    source: int = 0
    differ: bool = False
    """Delegates answered differently, which is silence, shown (§6.7a)."""
    yes: int = 0
    no: int = 0

    @property
    def choice(self) -> str:
        return CHOICE_OF.get(self.position, "")


CHOICE_OF: Mapping[str, str] = {
    "agree": "yes", "reserve": "yes", "block": "no", "aside": "abstain", "pass": "abstain",
    "yes": "yes", "no": "no", "abstain": "abstain",
}
"""What a position counts as (§6.7c)."""
POSITION_OF: Mapping[str, str] = {"yes": "agree", "no": "block", "abstain": "pass"}
"""What a choice is called in a round (§6.4)."""


@dataclass(frozen=True, slots=True)
class Ratified:
    """A home assembly's answer where no mandated position was stated; `choice` '' is no position."""

    choice: str
    yes: int
    no: int
    source: int
    """The home item: a ratification, or a mandate adopted meanwhile."""
    at: Instant


@dataclass(frozen=True, slots=True)
class Signature:
    """The last word of a member on a call, with its date (§6.9)."""

    choice: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Report:
    """One base assembly's result in a referendum. `counted_*`: without those counted elsewhere (§6.10)."""

    answer: str
    yes: int
    no: int
    abstain: int
    counted_yes: int
    counted_no: int
    counted_abstain: int
    electorate: int
    """Without those counted elsewhere."""
    left_out: int


@dataclass(frozen=True, slots=True)
class Counsel:
    """What an item of a council has beside a motion's own values."""

    announced: Instant = 0
    """When this version of the text was sent to the members."""
    entered: Instant = 0
    """When its discussion began, or went on after a stop."""
    answers: Mapping[tuple[MemberId, PersonId], Answer] = field(default_factory=dict)
    """Of the delegates, in the question that is open."""
    left: Mapping[MemberId, Voice] = field(default_factory=dict)
    """Voices of members that left since the opening, as they stay (§6.1)."""
    voices: Mapping[MemberId, Voice] = field(default_factory=dict)
    """As they were counted at the last closing."""
    asked: Mapping[MemberId, Instant] = field(default_factory=dict)
    """Who was asked to ratify, and until when."""
    ratified: Mapping[MemberId, Ratified] = field(default_factory=dict)
    signatures: Mapping[MemberId, Signature] = field(default_factory=dict)
    opened: Instant = 0
    """When a call was put to the vote: from here `sign_until` runs."""
    bases: tuple[AssemblyId, ...] = ()
    reports: Mapping[AssemblyId, Report] = field(default_factory=dict)
    tallies: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Of a referendum: by `assemblies` and by `members` (§6.10)."""
