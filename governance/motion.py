"""A motion's stages, the transition table, and the values an item is made of (§3)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from governance import facts as f
from governance.charter import Charter
from governance.people import Pool
from governance.terms import DAY, HOUR, SECOND, Instant, MemberId
from governance.ties import Counsel


class Stage(enum.Enum):
    DRAFT = "draft"
    DISCUSSION = "discussion"
    ROUND = "round"
    COOLING = "cooling"
    VOTE = "vote"
    RATIFICATION = "ratification"
    PAUSED = "paused"
    ORPHANED = "orphaned"
    ADOPTED = "adopted"
    REJECTED = "rejected"
    LAPSED = "lapsed"
    DEFERRED = "deferred"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


FINAL = frozenset({Stage.ADOPTED, Stage.REJECTED, Stage.LAPSED, Stage.DEFERRED, Stage.WITHDRAWN, Stage.CLOSED})


class Kind(enum.Enum):
    MOTION = "motion"
    CHARTER = "charter"
    PRINCIPLE = "principle"
    EXCLUSION = "exclusion"
    REPEAL = "repeal"
    ADMISSION = "admission"
    JOIN = "join"
    QUIT = "quit"
    DELEGATION = "delegation"
    MANDATE = "mandate"
    RECALL = "recall"
    RIGHTS = "rights"
    COMPLAINT = "complaint"
    RATIFICATION = "ratification"
    CALL = "call"
    REFERENDUM = "referendum"
    ELECTION = "election"
    DRAW = "draw"
    ROOM = "room"


STRUCTURAL = frozenset({Kind.CHARTER, Kind.PRINCIPLE, Kind.EXCLUSION, Kind.JOIN, Kind.QUIT, Kind.RIGHTS})
"""These use `structural_threshold` (§9)."""
WITHOUT_ROUNDS = frozenset({Kind.EXCLUSION, Kind.RECALL, Kind.CALL})
UNWORDED = frozenset(
    {Kind.REPEAL, Kind.ADMISSION, Kind.JOIN, Kind.QUIT, Kind.DELEGATION, Kind.MANDATE, Kind.RECALL, Kind.RATIFICATION,
     Kind.ELECTION, Kind.DRAW, Kind.ROOM}
)
"""What these do stands in their terms: there is no text to amend."""

ABOUT_PERSONS = frozenset({Kind.RECALL, Kind.EXCLUSION, Kind.ELECTION})
"""Votes on these are secret with `secret=persons` (§8.1)."""

PROPOSERS_STAGES = frozenset({Stage.DRAFT, Stage.DISCUSSION, Stage.ROUND, Stage.COOLING, Stage.PAUSED})
"""In these an item needs its proposer (§3.4)."""

DRAFT_LIFE = 7 * DAY
PAUSE_LIMIT = 7 * DAY
ORPHAN_LIFE = 24 * HOUR
FIRST_RIGHT = 12 * HOUR
RESTARTS = 3
"""Amendments accepted in rounds, per motion (§3.5)."""

POSITIONS = ("agree", "reserve", "aside", "block", "pass")
CHOICES = ("yes", "no", "abstain")

BACK = None
"""In the table: to the stage the item was in before it was stopped."""

NEXT: Mapping[Stage, Mapping[type[f.Fact], Stage | None]] = {
    Stage.DRAFT: {
        f.Seconded: Stage.DRAFT,
        f.Amended: Stage.DRAFT,
        f.AmendmentAccepted: Stage.DRAFT,
        f.RivalPut: Stage.DRAFT,
        f.RivalSeconded: Stage.DRAFT,
        f.DiscussionBegan: Stage.DISCUSSION,
        f.Orphaned: Stage.ORPHANED,
        f.VoteOpened: Stage.VOTE,
        f.RatificationOpened: Stage.RATIFICATION,
        f.Lapsed: Stage.LAPSED,
    },
    Stage.DISCUSSION: {
        f.Seconded: Stage.DISCUSSION,
        f.Amended: Stage.DISCUSSION,
        f.AmendmentAccepted: Stage.DISCUSSION,
        f.MinorObjected: Stage.DISCUSSION,
        f.MinorEntered: Stage.DISCUSSION,
        f.RivalPut: Stage.DISCUSSION,
        f.RivalSeconded: Stage.DISCUSSION,
        f.RoundOpened: Stage.ROUND,
        f.VoteOpened: Stage.VOTE,
        f.ReferendumOpened: Stage.VOTE,
        f.Nominated: Stage.DISCUSSION,
        f.Stood: Stage.DISCUSSION,
        f.Declined: Stage.DISCUSSION,
        f.RowFrozen: Stage.DISCUSSION,
        f.RowListed: Stage.DISCUSSION,
        f.ElectionOpened: Stage.VOTE,
        f.LotAnnounced: Stage.DISCUSSION,
        f.ValueCommitted: Stage.DISCUSSION,
        f.ValueRevealed: Stage.DISCUSSION,
        f.ValueTyped: Stage.DISCUSSION,
        f.LotKnown: Stage.DISCUSSION,
        f.PoolFrozen: Stage.DISCUSSION,
        f.DrawMade: Stage.DISCUSSION,
        f.SeatEmptied: Stage.DISCUSSION,
        f.RoleFilled: Stage.DISCUSSION,
        f.Closed: Stage.CLOSED,
        f.Paused: Stage.PAUSED,
        f.Orphaned: Stage.ORPHANED,
        f.Lapsed: Stage.LAPSED,
    },
    Stage.ROUND: {
        f.Amended: Stage.ROUND,
        f.AmendmentAccepted: Stage.ROUND,
        f.MinorObjected: Stage.ROUND,
        f.MinorEntered: Stage.ROUND,
        f.RivalPut: Stage.ROUND,
        f.RivalSeconded: Stage.ROUND,
        f.Blocked: Stage.ROUND,
        f.BlockWithdrawn: Stage.ROUND,
        f.StoodAside: Stage.ROUND,
        f.ReasonGiven: Stage.ROUND,
        f.ReasonWithdrawn: Stage.ROUND,
        f.PositionStated: Stage.ROUND,
        f.VoicesCounted: Stage.ROUND,
        f.RatificationOpened: Stage.RATIFICATION,
        f.ClosingMoved: Stage.ROUND,
        f.RoundClosed: Stage.ROUND,
        f.RoundOpened: Stage.ROUND,
        f.CoolingBegan: Stage.COOLING,
        f.VoteOpened: Stage.VOTE,
        f.Paused: Stage.PAUSED,
        f.Orphaned: Stage.ORPHANED,
        f.Adopted: Stage.ADOPTED,
        f.Rejected: Stage.REJECTED,
        f.Lapsed: Stage.LAPSED,
        f.Deferred: Stage.DEFERRED,
    },
    Stage.COOLING: {
        f.RivalPut: Stage.COOLING,
        f.RivalSeconded: Stage.COOLING,
        f.StatementAttached: Stage.COOLING,
        f.VoteOpened: Stage.VOTE,
        f.Paused: Stage.PAUSED,
        f.Orphaned: Stage.ORPHANED,
        f.Lapsed: Stage.LAPSED,
    },
    Stage.VOTE: {
        f.StatementAttached: Stage.VOTE,
        f.TendencyNoted: Stage.VOTE,
        f.ClosingMoved: Stage.VOTE,
        f.VoteClosed: Stage.VOTE,
        f.VoteOpened: Stage.VOTE,
        f.PositionStated: Stage.VOTE,
        f.VoicesCounted: Stage.VOTE,
        f.SignerAsked: Stage.VOTE,
        f.RatificationOpened: Stage.RATIFICATION,
        f.ReferendumCounted: Stage.VOTE,
        f.Declined: Stage.VOTE,
        f.ElectionClosed: Stage.VOTE,
        f.ObjectionHeard: Stage.VOTE,
        f.LotAnnounced: Stage.VOTE,
        f.ValueTyped: Stage.VOTE,
        f.LotKnown: Stage.VOTE,
        f.TieBroken: Stage.VOTE,
        f.SeatEmptied: Stage.VOTE,
        f.RoleFilled: Stage.VOTE,
        f.Closed: Stage.CLOSED,
        f.Withdrawn: Stage.WITHDRAWN,
        f.Adopted: Stage.ADOPTED,
        f.Rejected: Stage.REJECTED,
        f.Lapsed: Stage.LAPSED,
    },
    Stage.RATIFICATION: {
        f.ClosingMoved: Stage.RATIFICATION,
        f.Closed: Stage.CLOSED,
        f.Withdrawn: Stage.WITHDRAWN,
        f.Adopted: Stage.ADOPTED,
        f.Rejected: Stage.REJECTED,
        f.Lapsed: Stage.LAPSED,
    },
    Stage.PAUSED: {
        f.Resumed: BACK,
        f.Orphaned: Stage.ORPHANED,
        f.Declined: Stage.PAUSED,
        f.SeatEmptied: Stage.PAUSED,
        f.Lapsed: Stage.LAPSED,
    },
    Stage.ORPHANED: {
        f.TakenOver: BACK,
        f.Declined: Stage.ORPHANED,
        f.SeatEmptied: Stage.ORPHANED,
        f.Withdrawn: Stage.WITHDRAWN,
        f.Lapsed: Stage.LAPSED,
    },
    Stage.ADOPTED: {f.ItemRepealed: Stage.ADOPTED},
    Stage.REJECTED: {},
    Stage.LAPSED: {f.SeatEmptied: Stage.LAPSED},
    Stage.DEFERRED: {},
    Stage.WITHDRAWN: {f.SeatEmptied: Stage.WITHDRAWN},
    Stage.CLOSED: {
        f.ElectionReopened: Stage.DISCUSSION,
        f.SeatEmptied: Stage.CLOSED,
        f.RoleFilled: Stage.CLOSED,
    },
}
"""Where each fact leads from each stage; what is not here is illegal. The diagram is printed from it."""


@dataclass(frozen=True, slots=True)
class Question:
    """What can be answered right now: one round or one vote, frozen at its opening."""

    serial: int
    round: int
    """Of which round; 0: a vote."""
    version: int
    electorate: frozenset[MemberId]
    opened: Instant
    closes: Instant
    window: int
    """Milliseconds from opening to the first closing instant."""
    texts: tuple[str, ...] = ("",)
    """Letters of the texts with ballots of their own; '' is the proposer's."""
    runoff: bool = False
    threshold: str = ""
    base: str = ""
    stopped: int = 0
    """Milliseconds the clock stood still in pauses and orphanhood (§3.4)."""
    extended: frozenset[str] = frozenset()
    """For which reasons the closing was already moved."""
    gone: frozenset[MemberId] = frozenset()
    """Who of the electorate has left since: M is unchanged, and they answer no more, rejoined or not (§2.3)."""
    tendency: str | None = None
    """The outcome at the beginning of the last tenth, once noted (§5.7)."""
    secret: bool = False
    """Promised at the opening: no answer is shown with a name, then or later (§8.4)."""
    reminded: int | None = None
    """Open time (ms) of the last reminder that an extension or a stop left behind (§3.9)."""

    def early_from(self, charter: Charter) -> Instant:
        """From when it may close early: only open time counts (§3.4, §4.6)."""
        return self.opened + self.stopped + charter.early_close_after * SECOND

    def last_tenth(self) -> Instant:
        return self.closes - (self.closes - self.opened - self.stopped) // 10

    def reminder(self) -> Instant | None:
        """The instant of the last quarter; None when another reminder was within the hour (§3.9)."""
        offset = 3 * (self.closes - self.opened - self.stopped) // 4
        if self.reminded is not None and offset - self.reminded < HOUR:
            return None
        return self.opened + self.stopped + offset

    def reminders(self, often: bool) -> tuple[Instant, ...]:
        """One at the last quarter; to ratify also at half the window and 24 h before its end (§3.9, §6.13)."""
        if not often:
            only = self.reminder()
            return () if only is None else (only,)
        length = self.closes - self.opened - self.stopped
        kept: list[int] = []
        for offset in sorted((length // 2, 3 * length // 4, length - DAY)):
            last = kept[-1] if kept else self.reminded
            if offset > 0 and (last is None or offset - last >= HOUR):
                kept.append(offset)
        return tuple(self.opened + self.stopped + offset for offset in kept)


@dataclass(frozen=True, slots=True)
class Amendment:
    """Another text for the item, lettered a … z, aa …; `state`: moved, minor, accepted, entered, lapsed, rival."""

    letter: str
    by: MemberId
    text: str
    moved: Instant
    state: str
    seconders: tuple[MemberId, ...] = ()


@dataclass(frozen=True, slots=True)
class ClosedRound:
    """`reasons`: of blocks and stand-asides as they stood, (member, position, principle, reason)."""

    serial: int
    round: int
    version: int
    electorate: int
    tally: Mapping[str, int]
    outcome: str
    closed: Instant
    opened: Instant
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class ClosedVote:
    """`tallies` and `verdicts` by letter of the text; `text`: the one that passed."""

    serial: int
    electorate: int
    tallies: Mapping[str, Mapping[str, int]]
    verdicts: Mapping[str, str]
    outcome: str
    text: str
    threshold: str
    base: str
    runoff: bool
    closed: Instant
    opened: Instant
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """What was said with a block or a stand-aside."""

    member: MemberId
    position: str
    principle: int
    text: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Why the clock stands still: `stage` is where the item goes back to, `since` when it stopped."""

    stage: Stage
    since: Instant
    began: Instant
    """Of the present stop: a pause that turned into an orphanhood began later than `since`."""


@dataclass(frozen=True, slots=True)
class Item:
    """A numbered piece of business. `began`: when its stage's clock started, stops left out."""

    number: int
    kind: Kind
    title: str
    text: str
    version: int
    proposer: MemberId
    terms: Mapping[str, object]
    proposed: Instant
    stage: Stage
    began: Instant
    seconders: tuple[MemberId, ...] = ()
    charter: Charter | None = None
    """The version in force when the first question opened; before that the assembly's own holds (§2.1)."""
    questions: int = 0
    """How many were opened so far."""
    question: Question | None = None
    restarts: int = 0
    paused_here: bool = False
    """This passage of this stage had its pause (§3.4)."""
    stop: Stop | None = None
    amendments: Mapping[str, Amendment] = field(default_factory=dict)
    reasons: Mapping[MemberId, Reason] = field(default_factory=dict)
    """Standing blocks and stand-asides of the open round."""
    withdrawn_blocks: tuple[Reason, ...] = ()
    blockers: frozenset[MemberId] = frozenset()
    """Whose block stood when the last round closed."""
    statements: Mapping[MemberId, str] = field(default_factory=dict)
    rounds: tuple[ClosedRound, ...] = ()
    votes: tuple[ClosedVote, ...] = ()
    decided_by: str | None = None
    why: str | None = None
    ended: Instant | None = None
    adopted_as: int | None = None
    """The number of the principle this item set in force."""
    repealed_by: int | None = None
    pool: Pool | None = None
    """What an election or a draw has beside this."""
    counsel: Counsel | None = None
    """What an item of a council has beside this."""

    @property
    def rivals(self) -> tuple[Amendment, ...]:
        """Rival texts that have or seek their seconds, in order of letter."""
        return tuple(one for one in self.amendments.values() if one.state == "rival")

    @property
    def concerned(self) -> MemberId | None:
        """Who is not in the electorate because the item is about them (§9)."""
        if self.kind is Kind.COMPLAINT:
            return str(self.terms["assembly"])
        return str(self.terms["person"]) if self.kind in (Kind.EXCLUSION, Kind.RECALL) else None


def letter_of(index: int) -> str:
    """0 → a, 25 → z, 26 → aa (§3.7)."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(97 + rest) + letters
    return letters


def question_id(item: int, serial: int, letter: str = "") -> str:
    """The key of a ballot box: `12.3`, of a rival text `12.3a`."""
    return f"{item}.{serial}{letter}"
