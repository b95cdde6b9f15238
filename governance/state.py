"""The state of one assembly, and the private copy on which facts change it.

A state is a value: nothing outside `Sitting` ever changes one. A `Sitting` is made for one decision or for one fold,
and copies only what it changes. What each fact changes stands in `state_roll`, `state_motion`, `state_council`,
`state_people` and `state_rooms`, each fact in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from governance import facts as f
from governance.charter import Charter
from governance.motion import BACK, FINAL, NEXT, Item
from governance.people import NOBODY, People
from governance.roll import Member, electorate
from governance.rooms import FOUNDED_IN, Rooms
from governance.terms import AssemblyId, Instant, MemberId, PersonId
from governance.ties import COUNCIL, UNTIED, Counsel, Ties


@dataclass(frozen=True, slots=True)
class Principle:
    """A numbered point of unity. `item`: the motion that set it, 0 for P1 of the founding."""

    number: int
    text: str
    item: int
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Assembly:
    """The fold of an assembly's facts."""

    id: AssemblyId
    name: str
    kind: str
    founded: Instant
    founder: PersonId
    charter: Charter
    resting_since: Instant
    """From when silence counts against `resting` (§2.3)."""
    settled: bool
    """A second member has joined: from here on only a motion changes the charter (§2.1)."""
    roll: Mapping[MemberId, Member]
    excluded: Mapping[MemberId, int]
    """Who was excluded, and by which item."""
    principles: Mapping[int, Principle]
    items: Mapping[int, Item]
    open: tuple[int, ...]
    """Numbers of the items that are not final, in the order in which their deadlines were set."""
    last_item: int
    last: Instant = 0
    """Of the last fact: nothing in a register happens before what stands in it already."""
    ties: Ties = UNTIED
    """To the councils above and the members below (§6)."""
    people: People = NOBODY
    """Roles and speakers (§7)."""
    rooms: Rooms = FOUNDED_IN
    """Where it meets."""


class IllegalFact(Exception):
    """A fact that the transition table does not allow: a mistake of ours, never of a member."""


_put = object.__setattr__
_SLOTS = tuple(one.name for one in fields(Item))


class Sitting:
    """The one place where an assembly changes, and only as a private copy."""

    __slots__ = (
        "_electorate", "_own_items", "_own_roll", "_owned", "charter", "excluded", "facts", "founded", "founder", "id",
        "items", "kind", "last", "last_item", "name", "open", "people", "principles", "resting_since", "roll",
        "rooms", "settled", "ties",
    )

    charter: Charter

    def __init__(self, id: AssemblyId, state: Assembly | None) -> None:
        self.id = id
        self.facts: list[f.Fact] = []
        self._electorate: frozenset[MemberId] | None = None
        self._owned: set[int] = set()
        self._own_items = self._own_roll = state is None
        self.last_item, self.last = 0, 0
        self.ties = UNTIED if state is None else state.ties
        self.people = NOBODY if state is None else state.people
        self.rooms = FOUNDED_IN if state is None else state.rooms
        if state is None:
            return
        self.name, self.kind = state.name, state.kind
        self.founded, self.founder = state.founded, state.founder
        self.charter, self.resting_since, self.settled = state.charter, state.resting_since, state.settled
        self.roll: dict[MemberId, Member] = state.roll  # type: ignore[assignment]  # copied before it is changed
        self.excluded: dict[MemberId, int] = dict(state.excluded)
        self.principles: dict[int, Principle] = dict(state.principles)
        self.items: dict[int, Item] = state.items  # type: ignore[assignment]  # copied before it is changed
        self.open: dict[int, None] = dict.fromkeys(state.open)
        self.last_item, self.last = state.last_item, state.last

    def state(self) -> Assembly:
        """The changed copy as a value; the sitting must not be used any more."""
        return Assembly(
            self.id, self.name, self.kind, self.founded, self.founder, self.charter, self.resting_since, self.settled,
            self.roll, self.excluded, self.principles, self.items, tuple(self.open), self.last_item, self.last,
            self.ties, self.people, self.rooms,
        )

    def record(self, fact: f.Fact, at: Instant) -> None:
        """The fact has happened: it is kept, and holds from here on."""
        self.facts.append(fact)
        self.apply(fact, at)

    def apply(self, fact: f.Fact, at: Instant) -> None:
        EVOLVE[type(fact)](self, fact, at)
        self.last = at

    # --- private copies

    def begin(self) -> None:
        """Founded, perhaps anew: nobody is on the roll, and nothing is under way or was ever decided (§2.1)."""
        self.roll, self.excluded, self.principles = {}, {}, {}
        self.items, self.open, self.people = {}, {}, NOBODY
        self._own_items = self._own_roll = True
        self._electorate, self._owned = None, set()

    def roll_to_change(self) -> dict[MemberId, Member]:
        self._electorate = None
        if not self._own_roll:
            self.roll, self._own_roll = dict(self.roll), True
        return self.roll

    def add(self, item: Item) -> None:
        if not self._own_items:
            self.items, self._own_items = dict(self.items), True
        self._owned.add(item.number)
        self.items[item.number] = item
        self.open[item.number] = None
        self.last_item = max(self.last_item, item.number)

    def change(self, number: int, **values: Any) -> Item:
        """Set some of an item's values on its private copy."""
        item = self.items[number]
        if number not in self._owned:
            if not self._own_items:
                self.items, self._own_items = dict(self.items), True
            copy = object.__new__(Item)
            for slot in _SLOTS:
                _put(copy, slot, getattr(item, slot))
            self.items[number] = item = copy
            self._owned.add(number)
        for name, value in values.items():
            _put(item, name, value)
        return item

    def set_deadline(self, number: int) -> None:
        """The item's stage got a new end: of one instant it is taken after those set before (§3.8)."""
        self.open.pop(number, None)
        self.open[number] = None

    def change_question(self, number: int, **values: Any) -> None:
        question = self.items[number].question
        if question is None:
            raise IllegalFact(f"item {number} has no open question")
        self.change(number, question=replace(question, **values))

    def change_counsel(self, number: int, **values: Any) -> None:
        """What a council's item has beside other items."""
        self.change(number, counsel=replace(self.items[number].counsel or Counsel(), **values))

    # --- what several facts share

    def electorate(self, item: Item, at: Instant) -> frozenset[MemberId]:
        """Who may answer a question of this item opened now, by the item's charter (§2.3)."""
        charter, without = item.charter or self.charter, item.concerned
        if self.kind == COUNCIL:
            return self._members_heard(at) - {without}
        if charter.newcomer or charter.resting >= 0 or without is not None:
            return electorate(self.roll, at, charter.newcomer, charter.resting, self.resting_since, without)
        if self._electorate is None:
            self._electorate = frozenset(self.roll)
        return self._electorate

    def _members_heard(self, at: Instant) -> frozenset[MemberId]:
        """T: the member assemblies, with or without a delegation, less those whose voice is suspended (§6.7, §6.14)."""
        return frozenset(one for one in self.roll if not self.ties.members[one].is_suspended(at))

    def step(self, fact: f.Fact, number: int) -> Item:
        """Move the item along the transition table; the caller fills in what comes with it."""
        item = self.items[number]
        try:
            stage = NEXT[item.stage][type(fact)]
        except KeyError:
            raise IllegalFact(f"{type(fact).__name__} in stage {item.stage.value}") from None
        if stage is BACK and item.stop is not None:
            stage = item.stop.stage
        if stage is not item.stage:
            item = self.change(number, stage=stage)
            if stage in FINAL:
                self.open.pop(number, None)
        return item


Apply = Callable[[Sitting, Any, Instant], None]
EVOLVE: dict[type[f.Fact], Apply] = {}
"""What each kind of fact changes; filled as the modules that say it are read."""


def on(kind: type[f.Fact]) -> Callable[[Apply], Apply]:
    """What is below is what this kind of fact changes."""

    def register(apply: Apply) -> Apply:
        EVOLVE[kind] = apply
        return apply

    return register
