"""What can be asked of an assembly. `by` is the person who asks; chance and time come beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from governance.facts_council import Dispatch
from governance.terms import AssemblyId, Instant, MemberId, PersonId


@dataclass(frozen=True, slots=True)
class Found:
    by: PersonId
    name: str
    preset: str = "default"
    values: Mapping[str, str] = field(default_factory=dict)
    council: bool = False


@dataclass(frozen=True, slots=True)
class Join:
    by: PersonId


@dataclass(frozen=True, slots=True)
class Leave:
    by: PersonId


@dataclass(frozen=True, slots=True)
class NotePresence:
    """The platform showed a member going out of, or coming back into, the room (§2.2)."""

    by: PersonId
    present: bool


@dataclass(frozen=True, slots=True)
class NoteWord:
    """Any word of a member to the bot: with `resting` on it counts (§2.3)."""

    by: PersonId


@dataclass(frozen=True, slots=True)
class Propose:
    """`terms` by kind: charter {key: value}, exclusion {"person"}, repeal {"item"}, room {"label", "close"?}; else
    empty.

    Of §7: election {"role", "council"?, "seats", "method", "quotas", "term"?}; draw {"role", "council"?, "seats",
    "quotas", "from", "source", "at"?, "event"?, "term"?}; recall from a role {"person", "role"}.
    Of §6: join {"council"} and what was shown of it, {"charter", "principles", "rights"}; quit {"council"};
    delegation {"council", "delegates", "alternates", "observers", "term"?, "pair"?, "rolls"?}; mandate
    {"council", "item", "version", "choice"} or {"council", "tags"?, "items"?, "may", "until"?}, its words as
    text; recall {"person", "council"}, the reason as text; rights {} in a council, {"council", "item"} at
    home; complaint {"assembly", "effect"}; call and referendum none. Lists and numbers, as JSON has them.
    """

    by: PersonId
    kind: str
    title: str
    text: str = ""
    terms: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Second:
    by: PersonId
    item: int
    letter: str = ""


@dataclass(frozen=True, slots=True)
class Open:
    by: PersonId
    item: int


@dataclass(frozen=True, slots=True)
class Withdraw:
    by: PersonId
    item: int


@dataclass(frozen=True, slots=True)
class TakeOver:
    by: PersonId
    item: int


@dataclass(frozen=True, slots=True)
class Pause:
    by: PersonId
    item: int


@dataclass(frozen=True, slots=True)
class Resume:
    by: PersonId
    item: int


@dataclass(frozen=True, slots=True)
class Amend:
    by: PersonId
    item: int
    text: str


@dataclass(frozen=True, slots=True)
class Mend:
    """A minor amendment: spelling only (§3.6)."""

    by: PersonId
    item: int
    text: str


@dataclass(frozen=True, slots=True)
class Object:
    by: PersonId
    item: int
    letter: str


@dataclass(frozen=True, slots=True)
class Accept:
    by: PersonId
    item: int
    letter: str


@dataclass(frozen=True, slots=True)
class PutRival:
    by: PersonId
    item: int
    letter: str


@dataclass(frozen=True, slots=True)
class TakePosition:
    """`question`: the serial a button names, or None for the one that is open."""

    by: PersonId
    item: int
    position: str
    reason: str = ""
    principle: int | None = None
    question: int | None = None


@dataclass(frozen=True, slots=True)
class CastBallot:
    """`letter`: which text, '' for the proposer's. In a run-off `yes` is the one text chosen."""

    by: PersonId
    item: int
    choice: str
    letter: str = ""
    question: int | None = None


@dataclass(frozen=True, slots=True)
class TakeBack:
    """An answer is withdrawn while its question is open: the person has not answered (§4, §5.8)."""

    by: PersonId
    item: int
    letter: str = ""
    question: int | None = None


@dataclass(frozen=True, slots=True)
class AttachStatement:
    by: PersonId
    item: int
    text: str


@dataclass(frozen=True, slots=True)
class CloseEarly:
    """Follows an answer after which nothing may be left to wait for (§4.6, §5.6)."""

    item: int


@dataclass(frozen=True, slots=True)
class PassTime:
    """The clock: everything due at this very instant is taken."""

    at: Instant


@dataclass(frozen=True, slots=True)
class MakeUpDowntime:
    """No worker ran between these instants (§3.8)."""

    stopped: Instant
    restarted: Instant


@dataclass(frozen=True, slots=True)
class MergeMembers:
    """Two entries of one person on this roll (§2.4)."""

    one: MemberId
    other: MemberId


@dataclass(frozen=True, slots=True)
class StatePosition:
    """A delegate's own answer in a council's question (§6.4). `indicative`: lowered by choice."""

    by: PersonId
    item: int
    position: str
    reason: str = ""
    principle: int | None = None
    indicative: bool = False
    question: int | None = None
    verb: bool = False
    """Given by a verb of §4, which asks a reason and a principle for a block."""


@dataclass(frozen=True, slots=True)
class Resign:
    """At home: giving up a seat in the council's delegation. `why`: resigned; or merged, carries_another, where it
    turned out that one person has two (§2.4)."""

    by: PersonId
    council: AssemblyId
    why: str = "resigned"


@dataclass(frozen=True, slots=True)
class SendReport:
    """In a council: a delegate's or observer's words home."""

    by: PersonId
    text: str


@dataclass(frozen=True, slots=True)
class NoteElsewhere:
    """Who of an open question's electorate enrolled earlier in another assembly asked the same (§6.8)."""

    item: int
    persons: frozenset[PersonId]


@dataclass(frozen=True, slots=True)
class TakeDispatch:
    """A dispatch of another assembly, as of the instant it was sent.

    `seq`, `seal`: where it stands in the sender's register. `elsewhere`: for what opens an item at home, who
    of the roll enrolled earlier in another of the assemblies it lists (§6.10). `also`: of those it names, who has
    other ids, and which (§2.4).
    """

    sender: AssemblyId
    seq: int
    seal: str
    dispatch: Dispatch
    elsewhere: frozenset[PersonId] = frozenset()
    also: Mapping[PersonId, tuple[PersonId, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Nominate:
    by: PersonId
    item: int
    person: PersonId


@dataclass(frozen=True, slots=True)
class Stand:
    """Accepts a nomination, stands without one, or volunteers for a draw."""

    by: PersonId
    item: int


@dataclass(frozen=True, slots=True)
class Decline:
    """Does not stand, or stands no more."""

    by: PersonId
    item: int


@dataclass(frozen=True, slots=True)
class MarkNames:
    """A ballot in an election. `how`: approve, rank or score; `marks`: each name with 1, its place, or its score.

    The name `none` is the option "none of these". `reason`: why not those to whom one objects, by consent.
    """

    by: PersonId
    item: int
    how: str
    marks: tuple[tuple[PersonId, int], ...]
    reason: str = ""
    question: int | None = None


@dataclass(frozen=True, slots=True)
class RefuseSeat:
    """Who was chosen does not take the seat; before a freeze, does not want to be drawn."""

    by: PersonId
    item: int


@dataclass(frozen=True, slots=True)
class ResignRole:
    by: PersonId
    role: str


@dataclass(frozen=True, slots=True)
class TypeValue:
    """Randomness as a member read it, commits to it, or reveals it (§7.2)."""

    by: PersonId
    item: int
    value: str


@dataclass(frozen=True, slots=True)
class TakeRound:
    """A round of the beacon as it was fetched, checked by who fetched it: its signature in hex."""

    item: int
    round: int
    signature: str


@dataclass(frozen=True, slots=True)
class Speak:
    """Onto the speakers' list."""

    by: PersonId


@dataclass(frozen=True, slots=True)
class CallNext:
    """The next one speaks."""

    by: PersonId


@dataclass(frozen=True, slots=True)
class OfferRoom:
    """The motion was adopted, and chance gives its code; a digest of it is kept."""

    item: int
    secret: str


@dataclass(frozen=True, slots=True)
class OpenRoom:
    """Sent in a chat that is to become a room of the assembly, with the code that was given."""

    by: PersonId
    secret: str
    platform: str


@dataclass(frozen=True, slots=True)
class NoteRoom:
    """The platform put the bot out of a room of the assembly, or let it in again."""

    label: str
    present: bool


@dataclass(frozen=True, slots=True)
class GoRound:
    """Everybody is asked in a drawn order. `seal`: of the register's head, in hex, from which the order is drawn."""

    by: PersonId
    seal: str


Command = (
    Found | Join | Leave | NotePresence | NoteWord | Propose | Second | Open | Withdraw | TakeOver | Pause | Resume
    | Amend | Mend | Object | Accept | PutRival | TakePosition | CastBallot | TakeBack | AttachStatement | CloseEarly
    | PassTime | MakeUpDowntime | MergeMembers | StatePosition | Resign | SendReport | NoteElsewhere | TakeDispatch
    | Nominate | Stand | Decline | MarkNames | RefuseSeat | ResignRole | TypeValue | TakeRound | Speak | CallNext
    | GoRound | OfferRoom | OpenRoom | NoteRoom
)
