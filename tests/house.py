"""A house to play in: one assembly over the pure rules, an in-memory ballot box and a clock in your hands.

Tests over it read like minutes. Verbs give the house back, so that sentences can follow each other:

    house.members("ada", "ben", "cy").proposes("ada", "Repair the pump").blocks("cy", 1, "P1", "no budget")
    house.waits("72h").waits("24h")
    assert house.stage(1) == "vote"

Several people who do the same are written in one string: `house.agrees("ada ben", 1)`. An answer to an item
that is still in discussion opens it first, as the proposer would. What must be refused is said so:
`house.refuses(Why.IN_FREEZE, "withdraws", "ada", 1)`.

After every step the house checks that the facts, applied one by one and folded as a whole, give the very state
that was decided, that deciding changed nothing of what it was asked of, and that the register's instants never
run backwards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Self

from governance import commands as c
from governance import facts as f
from governance.assembly import Assembly, Ballot, Decided, Reminder, decide, due, evolve, fold
from governance.motion import ClosedRound, ClosedVote, Item, Question, Stage, question_id
from governance.people import Declared
from governance.refusals import Refused, Why
from governance.terms import SECOND, Instant, canonical, parse_duration

START: Instant = 1_798_761_600_000
"""2027-01-01T00:00Z."""
WELL = "well"
SHORT = {"seconds": "0", "discussion_min": "0", "rounds": "1", "quorum_min": "1", "round_quorum": "0",
         "secret": "none"}
"""What a test's assembly sets upon the preset `default` unless it says otherwise: minutes stay short."""


class BallotBox:
    """Rows by question and voter, as a table would hold them."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Ballot]] = {}
        self.directory: dict[str, Declared] = {}

    def declared(self, persons: Iterable[str]) -> Mapping[str, Declared]:
        return {one: self.directory.get(one, Declared(one)) for one in persons}

    def put(self, ballot: Ballot) -> None:
        self.rows.setdefault(ballot.question, {})[ballot.voter] = ballot

    def strike(self, question: str, voter: str) -> None:
        del self.rows[question][voter]

    def choice(self, question: str, voter: str) -> str | None:
        row = self.rows.get(question, {}).get(voter)
        return None if row is None else row.choice

    def tally(self, question: str) -> Mapping[str, int]:
        counted: dict[str, int] = {}
        for row in self.rows.get(question, {}).values():
            counted[row.choice] = counted.get(row.choice, 0) + 1
        return counted

    def answered(self, question: str) -> int:
        return len(self.rows.get(question, {}))

    def voters(self, question: str) -> frozenset[str]:
        return frozenset(self.rows.get(question, {}))

    def digest(self, question: str) -> str:
        rows = sorted((row.voter, row.choice, row.heard) for row in self.rows.get(question, {}).values())
        return hashlib.sha256(canonical(rows)).hexdigest()


class House:
    """One assembly, its register, its box and its clock."""

    def __init__(self, **charter: str) -> None:
        self.values: dict[str, str] = {**SHORT, **charter}
        self.preset = "default"
        self.now, self.after = START, START
        self.box = BallotBox()
        self.register: list[tuple[Instant, f.Fact]] = []
        self.reminders: list[tuple[Instant, Reminder]] = []
        self.refusal: Refused | None = None
        self._state: Assembly | None = None

    # --- founding and the roll

    def rules(self, preset: str = "default", **charter: str) -> Self:
        """The charter under which `members` will found, the preset's values and nothing shortened."""
        self.preset, self.values = preset, charter
        return self

    def founds(self, by: str, name: str = "Well", preset: str | None = None, **charter: str) -> Self:
        if preset is None:
            preset, charter = self.preset, {**self.values, **charter}
        return self.does(c.Found(by, name, preset, charter))

    def members(self, *names: str) -> Self:
        """These are on the roll; the first founds the assembly if there is none."""
        for name in names:
            if self._state is None:
                self.founds(name)
            else:
                self.joins(name)
        return self

    def joins(self, by: str) -> Self:
        return self._each(by, c.Join)

    def leaves(self, by: str) -> Self:
        return self._each(by, c.Leave)

    def is_kicked(self, by: str) -> Self:
        return self.does(c.NotePresence(by, False))

    def comes_back(self, by: str) -> Self:
        return self.does(c.NotePresence(by, True))

    def says_something(self, by: str) -> Self:
        return self._each(by, c.NoteWord)

    def merges(self, one: str, other: str) -> Self:
        return self.does(c.MergeMembers(one, other))

    # --- a motion's life

    def proposes(self, by: str, title: str, text: str = "", kind: str = "motion", **terms: object) -> Self:
        return self.does(c.Propose(by, kind, title, text, terms))

    def proposes_charter(self, by: str, **values: str) -> Self:
        return self.does(c.Propose(by, "charter", "", "", dict(values)))

    def proposes_principle(self, by: str, text: str) -> Self:
        return self.does(c.Propose(by, "principle", "", text))

    def proposes_exclusion(self, by: str, person: str, reason: str = "they broke the pump") -> Self:
        return self.does(c.Propose(by, "exclusion", "", reason, {"person": person}))

    def proposes_repeal(self, by: str, item: int) -> Self:
        return self.does(c.Propose(by, "repeal", "", "", {"item": item}))

    def seconds(self, by: str, item: int, letter: str = "") -> Self:
        return self._each(by, c.Second, item, letter)

    def opens(self, by: str, item: int) -> Self:
        return self.does(c.Open(by, item))

    def withdraws(self, by: str, item: int) -> Self:
        return self.does(c.Withdraw(by, item))

    def takes_over(self, by: str, item: int) -> Self:
        return self.does(c.TakeOver(by, item))

    def pauses(self, by: str, item: int) -> Self:
        return self.does(c.Pause(by, item))

    def resumes(self, by: str, item: int) -> Self:
        return self.does(c.Resume(by, item))

    def amends(self, by: str, item: int, text: str) -> Self:
        return self.does(c.Amend(by, item, text))

    def mends(self, by: str, item: int, text: str) -> Self:
        """A minor amendment."""
        return self.does(c.Mend(by, item, text))

    def objects(self, by: str, item: int, letter: str) -> Self:
        return self.does(c.Object(by, item, letter))

    def accepts(self, by: str, item: int, letter: str) -> Self:
        return self.does(c.Accept(by, item, letter))

    def puts_rival(self, by: str, item: int, letter: str) -> Self:
        return self.does(c.PutRival(by, item, letter))

    # --- answers

    def agrees(self, by: str, item: int, reason: str = "", question: int | None = None) -> Self:
        return self._answers(by, item, "agree", reason, question=question)

    def reserves(self, by: str, item: int, reason: str = "") -> Self:
        return self._answers(by, item, "reserve", reason)

    def stands_aside(self, by: str, item: int, reason: str = "") -> Self:
        return self._answers(by, item, "aside", reason)

    def blocks(self, by: str, item: int, principle: str = "P1", reason: str = "it does not hold water") -> Self:
        """Principle as members write it: `P1`; empty for none."""
        number = int(principle.removeprefix("P")) if principle else None
        return self._answers(by, item, "block", reason, number)

    def passes(self, by: str, item: int) -> Self:
        return self._answers(by, item, "pass")

    def takes_position(self, by: str, item: int, position: str) -> Self:
        return self._answers(by, item, position)

    def votes(self, by: str, item: int, choice: str, letter: str = "", question: int | None = None) -> Self:
        return self._each(by, c.CastBallot, item, choice, letter, question)

    # --- people and lots

    def declares(self, by: str, **features: str) -> Self:
        """Hidden, each with a salt of its own, until `shows`."""
        salts = {feature: hashlib.sha256(f"{by} {feature}".encode()).hexdigest()[:32] for feature in features}
        self.box.directory[by] = Declared(by, features, salts)
        return self

    def shows(self, by: str, *features: str) -> Self:
        known = self.box.directory[by]
        salts = {feature: salt for feature, salt in known.salts.items() if feature not in features}
        self.box.directory[by] = replace(known, salts=salts)
        return self

    def elects(
        self, by: str, role: str = "facilitator", seats: int = 1, method: str = "approval", **terms: object
    ) -> Self:
        terms = {"role": role, "seats": seats, "method": method, "quotas": {}, **terms}
        return self.does(c.Propose(by, "election", "", "", terms))

    def draws(
        self, by: str, role: str = "facilitator", seats: int = 1, source: str = "event", pool: str = "roll",
        **terms: object,
    ) -> Self:
        named = {"event": "the lottery of Saturday"} if source in ("event", "rfc3797") else {}
        terms = {"role": role, "seats": seats, "quotas": {}, "from": pool, "source": source, **named, **terms}
        return self.does(c.Propose(by, "draw", "", "", terms))

    def nominates(self, by: str, item: int, person: str) -> Self:
        return self.does(c.Nominate(by, item, person))

    def stands(self, by: str, item: int) -> Self:
        """For election, or as a volunteer."""
        return self._each(by, c.Stand, item)

    def declines(self, by: str, item: int) -> Self:
        return self._each(by, c.Decline, item)

    def refuses_seat(self, by: str, item: int) -> Self:
        return self._each(by, c.RefuseSeat, item)

    def approves(self, by: str, item: int, names: str = "") -> Self:
        return self._each(by, c.MarkNames, item, "approve", tuple((one, 1) for one in names.split()))

    def ranks(self, by: str, item: int, ranking: str, reason: str = "") -> Self:
        """`ana > ben = cem > none`."""
        groups = [group.split("=") for group in ranking.split(">")]
        marks = tuple((one.strip(), place) for place, group in enumerate(groups, 1) for one in group)
        return self._each(by, c.MarkNames, item, "rank", marks, reason)

    def scores(self, by: str, item: int, **scores: int) -> Self:
        return self._each(by, c.MarkNames, item, "score", tuple(scores.items()))

    def types(self, by: str, item: int, value: str) -> Self:
        return self._each(by, c.TypeValue, item, value)

    def resigns(self, by: str, role: str) -> Self:
        return self.does(c.ResignRole(by, role))

    def holders(self, role: str = "facilitator") -> tuple[str, ...] | None:
        found = self.state.people.roles.get(role)
        return None if found is None else found.holders

    def explains(self, by: str, item: int, text: str) -> Self:
        """A blocker's minority statement."""
        return self.does(c.AttachStatement(by, item, text))

    def _answers(
        self, by: str, item: int, position: str, reason: str = "", principle: int | None = None,
        question: int | None = None,
    ) -> Self:
        found = self.state.items.get(item)
        if found is not None and found.stage is Stage.DISCUSSION:
            self.opens(found.proposer, item)
        return self._each(by, c.TakePosition, item, position, reason, principle, question)

    # --- time

    def waits(self, duration: str, *, less: int = 0) -> Self:
        """Time passes, `less` these milliseconds; what falls due on the way is taken at its own instant."""
        seconds = parse_duration(duration)
        assert seconds is not None, duration
        self.now += seconds * SECOND - less
        return self._takes_what_is_due()

    def waits_ms(self, milliseconds: int) -> Self:
        self.now += milliseconds
        return self._takes_what_is_due()

    def is_down(self, duration: str) -> Self:
        """Nothing runs for so long; then the restart, which takes each deadline of the gap as of its instant."""
        seconds = parse_duration(duration)
        assert seconds is not None, duration
        stopped = self.now
        self.now += seconds * SECOND
        while (instant := due(self.state, self.after)) is not None and instant <= self.now:
            before = len(self.register)
            self.decides(c.MakeUpDowntime(stopped, self.now), instant)
            if len(self.register) == before:
                self._passes(instant)
        return self._takes_what_is_due()

    def _takes_what_is_due(self) -> Self:
        for _ in range(10_000):
            instant = None if self._state is None else due(self._state, self.after)
            if instant is None or instant > self.now:
                self.after = self.now
                return self
            self._passes(instant)
        raise AssertionError("the same deadline again and again")

    def _passes(self, instant: Instant) -> None:
        before, facts = self.after, len(self.register)
        self.after = max(self.after, instant)
        self.decides(c.PassTime(instant), instant)
        assert self.after > before or len(self.register) > facts, f"due at {instant}, and nothing came of it"

    # --- asking

    def does(self, command: c.Command) -> Self:
        """Ask, and be granted."""
        made = self.asks(command)
        assert isinstance(made, Decided), f"{command} was refused: {made.why.value} {dict(made.about)}"
        return self

    def refuses(self, why: Why, verb: str, *args: Any, **kwargs: Any) -> Self:
        """The verb is refused for this reason, and changes nothing."""
        before, facts, rows = self._state, len(self.register), repr(self.box.rows)
        try:
            getattr(self, verb)(*args, **kwargs)
        except AssertionError:
            assert self.refusal is not None
        else:
            raise AssertionError(f"{verb}{args} was granted")
        assert self.refusal.why is why, f"refused as {self.refusal.why.value} {dict(self.refusal.about)}"
        assert (self._state, len(self.register), repr(self.box.rows)) == (before, facts, rows)
        return self

    def asks(self, command: c.Command) -> Decided | Refused:
        """What is due is taken, then this command, then what it asks to be decided next, all at one instant."""
        self._takes_what_is_due()
        made = self.decides(command, self.now)
        if isinstance(made, Decided):
            self._takes_what_is_due()
        return made

    def _each(self, by: str, kind: type[Any], *args: Any) -> Self:
        for one in by.split():
            self.does(kind(one, *args))
        return self

    def decides(self, command: c.Command, at: Instant) -> Decided | Refused:
        self.refusal = None
        first = made = self._asks_once(command, at)
        while isinstance(made, Decided):
            for ballot in made.ballots:
                self.box.put(ballot)
            for question, voter in made.struck:
                self.box.strike(question, voter)
            self.reminders += [(at, one) for one in made.reminders]
            if made.then is None:
                return first
            made = self._asks_once(made.then, at)
        if first is made:
            self.refusal = made
        return first

    def _asks_once(self, command: c.Command, at: Instant) -> Decided | Refused:
        """One decision, with everything that must be true of every decision."""
        before, shown, rows = self._state, repr(self._state), repr(self.box.rows)
        made = decide(before, command, self.box, at, WELL)
        assert repr(before) == shown, "a decision changed the state it was asked of"
        assert repr(self.box.rows) == rows, "a decision reached into the box"
        if isinstance(made, Decided):
            evolved = before
            for fact in made.facts:
                assert not self.register or self.register[-1][0] <= at, "the register runs backwards"
                evolved = evolve(evolved, fact, at, WELL)
                self.register.append((at, fact))
            assert evolved == made.state, "the facts, one by one, give another state"
            assert fold(WELL, self.register) == made.state, "the register folds to another state"
            self._state = made.state
        return made

    # --- looking

    @property
    def state(self) -> Assembly:
        assert self._state is not None, "nothing was founded"
        return self._state

    @property
    def roll(self) -> set[str]:
        return set(self.state.roll)

    def item(self, number: int) -> Item:
        return self.state.items[number]

    def stage(self, number: int) -> str:
        return self.item(number).stage.value

    def why(self, number: int) -> str | None:
        return self.item(number).why

    def question(self, number: int) -> Question:
        question = self.item(number).question
        assert question is not None, f"nothing is open on {number}"
        return question

    def left(self, number: int) -> int:
        """Milliseconds until the open question closes, or until the discussion or cooling ends by itself."""
        item = self.item(number)
        if item.question is not None:
            return item.question.closes - self.now
        charter = item.charter or self.state.charter
        window = {Stage.DISCUSSION: charter.discussion_max, Stage.COOLING: charter.cooling}[item.stage]
        return item.began + window * SECOND - self.now

    def electorate(self, number: int) -> set[str]:
        return set(self.question(number).electorate)

    def tally(self, number: int, letter: str = "") -> Mapping[str, int]:
        """Of the open question, as the box stands."""
        return self.box.tally(question_id(number, self.question(number).serial, letter))

    def rounds(self, number: int) -> tuple[ClosedRound, ...]:
        return self.item(number).rounds

    def outcomes(self, number: int) -> list[str]:
        """Of all closed rounds."""
        return [one.outcome for one in self.rounds(number)]

    def counted(self, number: int) -> ClosedVote:
        """The last closed vote."""
        return self.item(number).votes[-1]

    def minutes(self, number: int | None = None) -> list[str]:
        """Names of the facts, of one item or of all."""
        return [
            type(fact).__name__ for _, fact in self.register if number is None or getattr(fact, "item", 0) == number
        ]

    def facts(self, kind: type[f.Fact]) -> list[Any]:
        return [fact for _, fact in self.register if type(fact) is kind]

    def when(self, kind: type[f.Fact]) -> list[Instant]:
        """The instants of these facts, counted from the start."""
        return [at - START for at, fact in self.register if type(fact) is kind]
