"""Whom an assembly chooses, by what, and for how long: the values of elections, draws, roles and speaking (§7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from governance.quotas import Candidate
from governance.terms import Instant, MemberId, PersonId

T = TypeVar("T")

NAMED, STANDS, OUT = "named", "stands", "out"
"""Nominated and not yet heard; stands, or volunteers; does not, or does no more."""
METHODS = ("approval", "schulze", "stv", "star", "consent")
SOURCES = ("drand", "event", "commit", "rfc3797")
POOLS = ("roll", "volunteers")
DELEGATES = "delegates"
"""The role of who is sent to a council."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What the directory knows of a person: the handle, and the features they declared (§7.4).

    `salts`: of each feature that is not shown, 16 random bytes in hex, drawn anew whenever somebody asks.
    """

    handle: str
    features: Mapping[str, str] = field(default_factory=dict)
    salts: Mapping[str, str] = field(default_factory=dict)


NOTHING_DECLARED = Declared("")


@dataclass(frozen=True, slots=True)
class Row:
    """A candidate of a frozen list: under this handle, with those features that the quotas speak of, as it has them.

    `openings`: salt and value of each that is not shown. `whole`: the row stands in the list as it is here; lists from
    before there were commitments have the features of all in their hash, shown or not.
    """

    handle: str
    features: Mapping[str, str]
    openings: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    whole: bool = True

    @property
    def candidate(self) -> Candidate:
        return Candidate(self.handle, self.features, {one: value for one, (_, value) in self.openings.items()})


@dataclass(frozen=True, slots=True)
class Lot:
    """Randomness that nobody knows yet. `where`: the round or the event; `freezes`: until when the list may change."""

    id: str
    source: str
    where: str
    freezes: Instant
    known: Instant
    """Not before this instant can anybody know it."""
    typed: Mapping[PersonId, str] = field(default_factory=dict)
    commits: Mapping[PersonId, str] = field(default_factory=dict)
    """In the order in which they were made."""
    revealed: Mapping[PersonId, str] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    """As they go into the draw, once known."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What came of a draw."""

    outcome: str
    seed: str
    attempts: int
    panel: tuple[PersonId, ...]
    substitutes: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True)
class Objection:
    """To whom, by whom ('': it was a secret ballot), and why."""

    persons: tuple[PersonId, ...]
    by: PersonId
    reason: str


@dataclass(frozen=True, slots=True)
class Pool:
    """What an election or a draw has beside other items."""

    names: Mapping[PersonId, str] = field(default_factory=dict)
    """Who was nominated, stands, volunteered or does not want to: NAMED, STANDS or OUT."""
    rows: Mapping[PersonId, Row] = field(default_factory=dict)
    """The frozen list, in its order."""
    left_out: tuple[PersonId, ...] = ()
    """For having held it lately (§7.5)."""
    list_hash: str = ""
    """Of a draw; '' before the freeze."""
    lot: Lot | None = None
    candidates: tuple[PersonId, ...] = ()
    """On the last ballot."""
    withdrawn: frozenset[PersonId] = frozenset()
    """Of these, who stands no more."""
    aliases: Mapping[PersonId, PersonId] = field(default_factory=dict)
    """Two candidates who turned out to be one person."""
    seats: int = 0
    """That the last ballot was about."""
    seated: tuple[PersonId, ...] = ()
    """Who sat already when it was opened."""
    ballots: Mapping[str, int] = field(default_factory=dict)
    """The last count: ballots as written, to their number."""
    electorate: int = 0
    secret: bool = False
    result: Mapping[str, object] = field(default_factory=dict)
    """Of the last count, as JSON."""
    objections: tuple[Objection, ...] = ()
    """By consent, to those on the last ballot; of secret ballots only where that shows nobody's."""
    drawn: Drawn | None = None
    holding: tuple[PersonId, ...] = ()
    """Who sits by this item."""
    gone: frozenset[PersonId] = frozenset()
    """Who refused, resigned or lost a seat of it."""


@dataclass(frozen=True, slots=True)
class Role:
    """Who holds a role, until when, and by which item."""

    holders: tuple[PersonId, ...]
    since: Instant
    until: Instant
    item: int
    noticed: bool = False
    """The holders and the room were told that the term ends soon."""


@dataclass(frozen=True, slots=True)
class Speaking:
    """The speakers' list, and the go-round before it."""

    waiting: tuple[PersonId, ...] = ()
    """In the order in which they asked."""
    heard: frozenset[PersonId] = frozenset()
    """Who has spoken in this meeting."""
    round: tuple[PersonId, ...] = ()
    """Who is still to be asked in the go-round, in drawn order."""
    last: Instant = 0

    def in_turn(self) -> tuple[PersonId, ...]:
        """The go-round first; then who has not spoken yet, then the others (§7.6)."""
        first = tuple(one for one in self.waiting if one not in self.heard)
        again = tuple(one for one in self.waiting if one in self.heard)
        return (*self.round, *first, *again)


@dataclass(frozen=True, slots=True)
class People:
    """Roles by name; the terms of each so far, with everybody who held it; the speakers' list."""

    roles: Mapping[str, Role] = field(default_factory=dict)
    terms: Mapping[str, tuple[tuple[PersonId, ...], ...]] = field(default_factory=dict)
    speaking: Speaking = field(default_factory=Speaking)
    noticed: Mapping[str, Instant] = field(default_factory=dict)
    """Councils to the end of the delegation's term that was told."""


NOBODY = People()


def terms_text(terms: Mapping[str, object], key: str) -> str:
    """A text in the terms of an item; '' where it is not said."""
    found = terms.get(key)
    return found if isinstance(found, str) else ""


def terms_number(terms: Mapping[str, object], key: str) -> int:
    """A number in the terms of an item; 0 where it is not said."""
    found = terms.get(key)
    return found if isinstance(found, int) else 0


def quotas_in(terms: Mapping[str, object]) -> dict[str, dict[str, tuple[int, int]]]:
    """The quotas of an election or draw, as its terms hold them."""
    found = terms.get("quotas")
    if not isinstance(found, Mapping):
        return {}
    return {
        feature: {value: (ends[0], ends[1]) for value, ends in values.items()} for feature, values in found.items()
    }


def renamed(pool: Pool, dropped: MemberId, kept: MemberId) -> Pool:
    """The pool once two entries turned out to be one person (§2.4)."""

    def now(persons: tuple[PersonId, ...]) -> tuple[PersonId, ...]:
        return tuple(dict.fromkeys(kept if one == dropped else one for one in persons))

    names = {one: word for one, word in pool.names.items() if one != dropped}
    if dropped in pool.names and kept not in names:
        names[kept] = pool.names[dropped]
    aliases = {**pool.aliases, dropped: kept} if dropped in pool.candidates else pool.aliases
    pool = replace(
        pool, names=names, aliases=aliases, candidates=now(pool.candidates), seated=now(pool.seated),
        holding=now(pool.holding),
    )
    if pool.lot is not None:
        # who reads a value, or commits to one, does so once
        typed, commits, revealed = (
            _moved(known, dropped, kept) for known in (pool.lot.typed, pool.lot.commits, pool.lot.revealed)
        )
        pool = replace(pool, lot=replace(pool.lot, typed=typed, commits=commits, revealed=revealed))
    if dropped not in pool.rows or kept in pool.rows:
        # a list is drawn from as it was announced: of two places one person takes one, as if the other had left
        return pool
    drawn = pool.drawn and replace(pool.drawn, panel=now(pool.drawn.panel), substitutes=now(pool.drawn.substitutes))
    return replace(pool, rows=_moved(pool.rows, dropped, kept), drawn=drawn)


def _moved(known: Mapping[PersonId, T], dropped: PersonId, kept: PersonId) -> dict[PersonId, T]:
    """In their order; where both have something, the kept one's."""
    return {(kept if one == dropped else one): it for one, it in known.items() if one != dropped or kept not in known}
