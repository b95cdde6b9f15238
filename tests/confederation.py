"""Many assemblies in memory, the dispatches between them, and one clock: minutes of a confederation.

    commune = Confederation()
    commune.council("Valley").base("Mill", "ana ben cy").base("Ford", "dila emre")
    commune.joins("Mill", "Valley").joins("Ford", "Valley")
    commune.sends("Mill", "Valley", "ana").mandates("Mill", "Valley", 1, "yes")
    commune.waits("14d")
    assert commune.stage("Valley", 1) == "adopted"

An assembly's id is its name in small letters. Time passes from the base up: of all that is due at one instant
the lowest level goes first, and what it sends has arrived before the next one's turn. With `shuffled`, dispatches
arrive in any order and more than once.

Every step checks that the facts give the state that was decided; `checks()` folds every register anew and follows
both ends of every dispatch.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import Any, Self

from governance import commands as c
from governance import facts as f
from governance.assembly import Assembly, Decided, Reminder, decide, due, evolve, fold
from governance.below import level_of, waits_for
from governance.motion import Item
from governance.refusals import Refused, Why
from governance.terms import SECOND, Instant, parse_duration
from tests.house import START, BallotBox

BASE_RULES = {
    "seconds": "0", "discussion_min": "0", "rounds": "1", "round_window": "3d", "vote_window": "3d", "quorum_min": "1",
    "early_close_after": "0", "recall_signers": "1", "cooling": "0", "secret": "none",
}
COUNCIL_RULES = {"seconds": "0", "discussion_min": "0", "rounds": "0", "recall_signers": "0", "early_close": "no"}


@dataclass
class Room:
    """One assembly with its register and its box."""

    id: str
    state: Assembly | None = None
    register: list[tuple[Instant, f.Fact]] = field(default_factory=list)
    box: BallotBox = field(default_factory=BallotBox)
    after: Instant = START
    reminders: list[tuple[Instant, Reminder]] = field(default_factory=list)


@dataclass
class Parcel:
    """A dispatch on its way to one receiver."""

    to: str
    sender: str
    seq: int
    sent: Instant
    dispatch: f.Dispatch


class Confederation:
    def __init__(self, shuffled: int | None = None) -> None:
        self.now = START
        self.rooms: dict[str, Room] = {}
        self.post: list[Parcel] = []
        self.delivered: list[Parcel] = []
        self.chance = None if shuffled is None else random.Random(shuffled)
        self.refusal: Refused | None = None
        self.held = False

    # --- the machinery

    def state(self, name: str) -> Assembly:
        state = self.rooms[name.lower()].state
        assert state is not None
        return state

    def ask(self, name: str, command: c.Command, at: Instant | None = None) -> Decided | Refused:
        """One command, its ballots put, and what follows it."""
        room = self.rooms.setdefault(name.lower(), Room(name.lower()))
        at = self.now if at is None else at
        result = decide(room.state, command, room.box, at, room.id)
        if isinstance(result, Refused):
            return result
        self._keep(room, result, at)
        if result.then is not None:
            self.ask(name, result.then, at)
        return result

    def _keep(self, room: Room, result: Decided, at: Instant) -> None:
        state = room.state
        for fact in result.facts:
            assert at >= (room.register[-1][0] if room.register else 0)
            state = evolve(state, fact, at, room.id)
            room.register.append((at, fact))
            for receiver in getattr(fact, "to", ()):
                assert isinstance(fact, f.DISPATCHES)
                self.post.append(Parcel(receiver, room.id, len(room.register), at, fact))
        assert state == result.state
        room.state = result.state
        for ballot in result.ballots:
            room.box.put(ballot)
        room.reminders += [(at, one) for one in result.reminders]

    def deliver(self) -> Self:
        """Every dispatch to its receiver, until none is on its way."""
        while self.post and not self.held:
            parcel = self.post.pop(0 if self.chance is None else self.chance.randrange(len(self.post)))
            if not self._hand_over(parcel):
                self.post.append(parcel)
                continue
            self.delivered.append(parcel)
            if self.chance is not None and self.chance.random() < 0.3:
                # the same one again, at any later time: nothing may happen
                again = self.chance.choice(self.delivered)
                before = self.state(again.to)
                assert self._hand_over(again)
                assert self.state(again.to) == before
        return self

    def _hand_over(self, parcel: Parcel) -> bool:
        room = self.rooms[parcel.to]
        assert room.state is not None
        at = max(parcel.sent, room.state.last)
        elsewhere: frozenset[str] = frozenset()
        if isinstance(parcel.dispatch, f.RatificationAsked | f.ReferendumPut):
            elsewhere = self._elsewhere(parcel.to, parcel.dispatch.bases)
        taken = self.ask(
            parcel.to, c.TakeDispatch(parcel.sender, parcel.seq, self._seal(parcel), parcel.dispatch, elsewhere), at
        )
        if isinstance(taken, Refused):
            assert taken.why is Why.DISPATCH_OUT_OF_ORDER
            return False
        return True

    def _seal(self, parcel: Parcel) -> str:
        return f"seal of {parcel.sender} {parcel.seq}"

    def _elsewhere(self, here: str, bases: tuple[str, ...]) -> frozenset[str]:
        """Who of this roll enrolled earlier in another assembly of the list, as the directory would know."""
        state = self.state(here)
        found = set()
        for person, member in state.roll.items():
            for other in bases:
                entry = self.state(other).roll.get(person) if other != here else None
                if entry is not None and (entry.enrolled, other) < (member.enrolled, here):
                    found.add(person)
        return frozenset(found)

    def waits(self, span: str) -> Self:
        seconds = parse_duration(span)
        assert seconds is not None
        until = self.now + seconds * SECOND
        self.deliver()
        while (turn := self._next(until)) is not None:
            instant, name = turn
            room = self.rooms[name]
            self.now = max(self.now, instant)
            room.after = instant
            self.ask(name, c.PassTime(instant), instant)
            self.deliver()
        self.now = until
        return self

    def _next(self, until: Instant) -> tuple[Instant, str] | None:
        """The earliest deadline; of one instant the one from the lowest level."""
        turns = []
        for room in self.rooms.values():
            assert room.state is not None
            instant = due(room.state, room.after)
            if instant is not None and instant <= until:
                turns.append((instant, level_of(room.state), room.id))
        if not turns:
            return None
        instant, _, name = min(turns)
        waiting = set(waits_for(self.state(name)))
        assert not [one for at, _, one in turns if one in waiting and at <= instant and one != name]
        return instant, name

    def does(self, name: str, command: c.Command) -> Self:
        result = self.ask(name, command)
        self.refusal = result if isinstance(result, Refused) else result.refused
        assert self.refusal is None, self.refusal
        return self.deliver()

    def refuses(self, why: Why, name: str, command: c.Command) -> Self:
        result = self.ask(name, command)
        self.refusal = result if isinstance(result, Refused) else result.refused
        assert self.refusal is not None, f"{command} was taken"
        assert self.refusal.why is why, self.refusal
        return self.deliver()

    # --- founding

    def base(self, name: str, members: str, preset: str = "default", **charter: str) -> Self:
        first, *others = members.split()
        values = {**BASE_RULES, **charter} if preset == "default" else charter
        self.does(name, c.Found(first, name, preset, values))
        for person in others:
            self.does(name, c.Join(person))
        return self

    def council(self, name: str, preset: str = "default", **charter: str) -> Self:
        values = {**COUNCIL_RULES, **charter} if preset == "default" else charter
        return self.does(name, c.Found("founder", name, preset, values, council=True))

    # --- what a base assembly decides, all of one mind

    def proposes(self, by: str, name: str, kind: str, title: str = "", text: str = "", **terms: Any) -> Self:
        return self.does(name, c.Propose(by, kind, title, text, terms))

    def decides(self, name: str, kind: str, title: str = "", text: str = "", **terms: Any) -> Self:
        """Proposed, opened and agreed to by everybody: adopted at once."""
        people = sorted(self.state(name).roll)
        self.proposes(people[0], name, kind, title, text, **terms)
        number = self.state(name).last_item
        self.does(name, c.Open(people[0], number))
        return self.agrees(name, number)

    def agrees(self, name: str, number: int) -> Self:
        for person in sorted(self.state(name).roll):
            if self.item(name, number).stage.value == "round":
                self.does(name, c.TakePosition(person, number, "agree"))
            elif self.item(name, number).stage.value == "vote":
                self.does(name, c.CastBallot(person, number, "yes"))
        return self

    def joins(self, name: str, council: str) -> Self:
        return self.decides(name, "join", council=council.lower(), charter=1, principles=[1], rights=[])

    def quits(self, name: str, council: str) -> Self:
        return self.decides(name, "quit", council=council.lower())

    def sends(self, name: str, council: str, delegates: str, **more: Any) -> Self:
        more = {key: one.split() if isinstance(one, str) else one for key, one in more.items()}
        return self.decides(name, "delegation", council=council.lower(), delegates=delegates.split(), **more)

    def mandates(
        self, name: str, council: str, item: int, choice: str, version: int | None = None, words: str = ""
    ) -> Self:
        known = self.state(name).ties.councils[council.lower()].items[item]
        return self.decides(
            name, "mandate", "", words, council=council.lower(), item=item, choice=choice,
            version=known.version if version is None else version,
        )

    def scopes(self, name: str, council: str, **terms: Any) -> Self:
        return self.decides(name, "mandate", "", "", council=council.lower(), **terms)

    # --- in the council

    def puts(self, by: str, council: str, title: str, kind: str = "motion", **terms: Any) -> Self:
        """Moved and opened by a delegate."""
        self.proposes(by, council, kind, title, "as it says", **terms)
        return self.opens(by, council, self.state(council).last_item)

    def opens(self, by: str, council: str, number: int) -> Self:
        return self.does(council, c.Open(by, number))

    def states(self, by: str, council: str, number: int, position: str, **more: Any) -> Self:
        return self.does(council, c.StatePosition(by, number, position, **more))

    # --- at home, on a ratification or a referendum

    def votes(self, name: str, number: int, **choices: str) -> Self:
        for choice, people in choices.items():
            for person in people.split():
                # who comes after the outcome is certain comes too late
                if self.stage(name, number) == "vote":
                    self.does(name, c.CastBallot(person, number, choice))
        return self

    def asked(self, name: str, kind: str = "ratification") -> int:
        """The number of the open home item by which it was asked."""
        state = self.state(name)
        return next(one for one in state.open if state.items[one].kind.value == kind)

    def ratifies(self, name: str, **choices: str) -> Self:
        return self.votes(name, self.asked(name), **choices)

    # --- reading

    def item(self, name: str, number: int) -> Item:
        return self.state(name).items[number]

    def stage(self, name: str, number: int) -> str:
        return self.item(name, number).stage.value

    def facts(self, name: str, kind: type[Any]) -> list[Any]:
        return [fact for _, fact in self.rooms[name.lower()].register if isinstance(fact, kind)]

    def standings(self, council: str, number: int) -> dict[str, str]:
        counsel = self.item(council, number).counsel
        assert counsel is not None
        return {member: voice.standing for member, voice in counsel.voices.items()}

    def checks(self) -> Self:
        """Registers fold to their states, and every dispatch was taken exactly once where it was sent."""
        assert not self.post
        sent, taken, noted = [], [], []
        for room in self.rooms.values():
            assert fold(room.id, room.register) == room.state
            for seq, (_, fact) in enumerate(room.register, 1):
                sent += [(room.id, seq, to, type(fact)) for to in getattr(fact, "to", ())]
                if isinstance(fact, f.DispatchTaken):
                    taken.append((fact.sender, fact.seq, room.id))
                elif isinstance(fact, f.AnswerNoted):
                    noted.append((fact.sender, fact.seq, room.id))
        plain = sorted((by, seq, to) for by, seq, to, kind in sent if kind is not f.DispatchTaken)
        assert sorted(taken) == plain
        # the answer came home: it names our own number
        assert sorted((to, seq, by) for by, seq, to in noted) == sorted((by, seq, to) for by, seq, to in plain)
        return self


def three(council: dict[str, str] | None = None, **base: str) -> Confederation:
    """Three assemblies of three in one council, each with one delegate: ana of Mill, dila of Ford, gül of Hill."""
    commune = Confederation()
    return settle(commune, council, **base)


def settle(commune: Confederation, council: dict[str, str] | None = None, **base: str) -> Confederation:
    commune.council("Valley", **{"admission": "open", **(council or {})})
    for name, people in (("Mill", "ana ben cem"), ("Ford", "dila emre fatma"), ("Hill", "gül hakan ipek")):
        commune.base(name, people, **base).joins(name, "Valley").sends(name, "Valley", people.split()[0])
    return commune


__all__ = ["START", "Confederation", "replace", "settle", "three"]
