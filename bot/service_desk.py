"""The desk: where the jobs of one batch ask assemblies, inside one transaction of the writer.

States are values. What a batch changes stands on the desk, over what was published before; it is written as
rows at the end and published after the commit, or dropped whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, delete, select

from bot import service_persons as persons
from bot import service_rooms
from bot.relay import LEAST as RELAY_LEAST
from bot.relay import next_relay
from bot.service_mail import Mail, Mailbag
from bot.store import box as boxes
from bot.store import outbox, register
from bot.store.box import OpenBox
from bot.store.codec import Salt
from bot.store.directory import Directory
from bot.store.hot import Hot, Row, put_one
from bot.store.tables import aside, facts, heads, rolls
from governance import commands as c
from governance.assembly import Assembly, Decided, Reminder, decide, due
from governance.below import level_of, waits_for
from governance.facts import ElectionClosed, Fact, Founded, RoundOpened, VoteClosed, VoteOpened
from governance.motion import Kind, question_id
from governance.refusals import Refused
from governance.terms import AssemblyId, Instant, MemberId, PersonId


class Notice(Protocol):
    """Something to be said, without its words. `to`: `service_rooms.ROOM` or a person; `deadline`: not worth saying
    after it."""

    @property
    def kind(self) -> str: ...
    @property
    def item(self) -> int | None: ...
    @property
    def to(self) -> str: ...
    @property
    def lane(self) -> int: ...
    @property
    def about(self) -> Mapping[str, Any]: ...
    @property
    def deadline(self) -> Instant | None: ...


class Announce(Protocol):
    """What is to be said, and which cards are no longer right; pure functions of what was decided."""

    def notices(
        self, before: Assembly | None, facts: Sequence[Fact], after: Assembly, heard: Instant
    ) -> Iterable[Notice]: ...

    def changed(self, facts: Iterable[Fact], after: Assembly) -> Iterable[int]:
        """The items whose cards show something else now."""
        ...

    def anew(self, state: Assembly) -> Iterable[Notice]:
        """What a room is shown that has moved away from its cards."""
        ...

    def offered(self, state: Assembly, item: int, code: str) -> Iterable[Notice]:
        """The code an adopted motion gave, which only whoever gave it knows."""
        ...

    def welcome(self, state: Assembly, label: str) -> Iterable[Notice]:
        """The first words in a further room."""
        ...

    def reminders(self, due: Reminder) -> Iterable[Notice]: ...
    def digests(self, state: Assembly, since: Instant) -> Iterable[Notice]: ...
    def unreached(self, told: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterable[Notice]:
        """To the room, in place of what was to be told to these persons, who have no private chat."""
        ...


Chance = Callable[[str], bytes]
"""Random bytes for what is named; in a rehearsal the same for the same name."""


NEWS = 20
"""So many changed items and so many sayings of one batch are told with it: for more the outbox is looked at."""


@dataclass(frozen=True, slots=True)
class News:
    """What a batch left in the outbox: what is to be said, and the cards that are behind, each as stored."""

    sayings: tuple[outbox.Waiting, ...] = ()
    cards: tuple[outbox.Card, ...] = ()


class StuckDeadline(Exception):
    """A deadline was taken and is still due: our own mistake, which must not become an endless loop."""


@dataclass(slots=True)
class Entry:
    """An assembly in memory, as last published. Its boxes hold the open questions."""

    state: Assembly | None
    end: register.End
    due: Instant | None
    placed: int
    woken: Instant
    said: int
    relayed: Instant | None
    """When it last heard the digest of its councils; None: it sits in none."""
    latest: Instant
    """Of its last fact: a register's instants never run backwards."""
    boxes: boxes.Boxes


class Working:
    """An assembly during a batch. `changed`: its head row must be written."""

    __slots__ = ("box", "changed", "due", "end", "entry", "latest", "placed", "relayed", "said", "state", "woken")

    def __init__(self, entry: Entry, box: OpenBox) -> None:
        self.entry, self.box, self.changed = entry, box, False
        self.state, self.due, self.placed = entry.state, entry.due, entry.placed
        self.woken, self.said, self.latest, self.relayed = entry.woken, entry.said, entry.latest, entry.relayed
        self.end = register.End(entry.end.assembly, entry.end.seq, entry.end.seal)


def _heard(working: Working) -> Mapping[AssemblyId, int] | None:
    """The last dispatch taken of each sender; None where nothing was founded."""
    return None if working.state is None else working.state.ties.heard


@dataclass(frozen=True, slots=True)
class Wake:
    """What a batch leaves to be done: cards to edit, sayings to say, the earliest deadline it set or moved. `moved`:
    some deadline is another now, or is gone."""

    dirty: frozenset[tuple[AssemblyId, int]]
    said: bool
    due: Instant | None
    mail: bool = False
    """Dispatches are on their way."""
    moved: bool = False
    news: News | None = None
    """All that is to be said for it; None: the outbox is to be looked at."""


class Memory:
    """What the writer keeps between batches."""

    def __init__(self, hot: Hot, directory: Directory, announce: Announce, salt: Salt, chance: Chance) -> None:
        self.hot, self.directory, self.announce, self.salt, self.chance = hot, directory, announce, salt, chance
        self.entries: dict[AssemblyId, Entry] = {}
        self.placed = 0
        """The last place given among deadlines."""
        self.number = 0
        """The last number given to a saying of no assembly."""

    def load(self, connection: Connection, assembly: AssemblyId) -> Entry:
        """The assembly from its rows; an empty entry where there is none."""
        row = connection.execute(select(heads).where(heads.c.assembly == assembly)).one_or_none()
        state = None if row is None else register.fold(connection, assembly)
        if row is None or state is None:
            return Entry(None, register.End.of_nothing(assembly), None, 0, 0, 0, None, 0, {})
        found = boxes.load(connection, assembly, boxes.open_questions(state))
        end = register.End(assembly, row.seq, bytes(row.seal))
        f = facts.c
        latest = connection.execute(select(f.at).where(f.assembly == assembly, f.seq == row.seq)).scalar_one()
        return Entry(state, end, row.due, row.placed, row.woken, row.said, row.relayed, latest, found)

    def forget(self, assemblies: Iterable[AssemblyId]) -> None:
        """A batch failed: what it touched is read again."""
        for assembly in assemblies:
            self.entries.pop(assembly, None)
        self.directory.forget_memory()


class Desk:
    """The unit of work of one batch. Only the writer thread uses it, and only while the batch runs."""

    def __init__(
        self, memory: Memory, connection: Connection, held: Mapping[str, Instant], given_up: Iterable[str],
        shared: bool,
    ) -> None:
        self.connection, self.directory = connection, memory.directory
        self.announce, self.chance_for = memory.announce, memory.chance
        self.directory.connection, self.directory.changed = connection, False
        self._memory, self._held_since, self._given_up, self._shared = memory, held, frozenset(given_up), shared
        if shared:
            self.directory.forget_names()
        self._working: dict[AssemblyId, Working] = {}
        self._facts: list[Row] = []
        self._sayings: list[Row] = []
        self._dirty: set[tuple[AssemblyId, int]] = set()
        self._news: News | None = None
        self._mail = Mailbag(connection)
        self._enrolled: set[PersonId] = set()
        """Who came onto a roll, where another worker may find out meanwhile who they are."""
        self.erased = False
        """Something was deleted that nobody may find again."""

    # --- what jobs use

    def state(self, assembly: AssemblyId) -> Assembly | None:
        """As this batch has made it so far; None where nothing was founded."""
        return (self._working.get(assembly) or self._enter(assembly)).state

    def known_as(self, assembly: AssemblyId, person: PersonId) -> PersonId:
        """The id by which an assembly knows this person (§2.4): whoever asks it something asks by that."""
        return persons.known_as(self, assembly, person)

    def hold_persons(self, ids: Iterable[PersonId]) -> None:
        """Nobody else enrols them, or makes them one with others, until the commit."""
        if self._shared:
            self._hold_enrolled()
            self.directory.hold(ids, alone=True)

    def _hold_enrolled(self) -> None:
        """No roll may get a second entry of a person of whom another worker knows already that they are one."""
        self.directory.hold(self._enrolled)
        self._enrolled.clear()

    def box(self, assembly: AssemblyId) -> OpenBox:
        return (self._working.get(assembly) or self._enter(assembly)).box

    def ask(self, assembly: AssemblyId, command: c.Command, heard: Instant, cause: str) -> Decided | Refused:
        """What was due by `heard` is taken first, each as of its instant; then the command."""
        working = self._working.get(assembly) or self._enter(assembly)
        # a register's instants never run backwards, when the clock was set back while nothing ran, or another worker
        # has stored what it heard a moment later
        heard = max(heard, working.latest)
        if working.due is not None and working.due <= heard:
            self.pass_time(assembly, heard)
        return self._decide(working, command, heard, cause)

    def follow(self, assembly: AssemblyId, command: c.Command, heard: Instant, cause: str) -> Decided | Refused:
        """What follows by itself from what was just decided, at the same instant and before anything else."""
        return self._decide(self._working.get(assembly) or self._enter(assembly), command, heard, cause)

    def pass_time(self, assembly: AssemblyId, until: Instant) -> bool:
        """Take what is due by this instant; False when nothing was, or all of it is held.

        Before it what was decided below by each instant is taken, and has arrived: closings of one instant are
        taken from the base up (§3.8).
        """
        working, taken = self._working.get(assembly) or self._enter(assembly), False
        while (instant := working.due) is not None and instant <= until and not self._held(working, instant):
            self._hear_below(working, instant)
            if working.due == instant:
                self._take_due(working, instant)
            taken = True
        return taken

    def _hear_below(self, working: Working, instant: Instant) -> None:
        if working.state is None or not working.state.ties.sent:
            return
        below = sorted(waits_for(working.state), key=self._level)
        arrived = True
        while arrived:
            for one in below:
                self.pass_time(one, instant)
            arrived = any([self.bring(one, instant) for one in (*below, working.end.assembly)])  # noqa: C419  # all of them

    def _level(self, assembly: AssemblyId) -> int:
        state = self.state(assembly)
        return 0 if state is None else level_of(state)

    def bring(self, assembly: AssemblyId, until: Instant) -> bool:
        """Take the dispatches sent to an assembly by this instant, in their order; whether there were any."""
        taken, working = False, self._working.get(assembly) or self._enter(assembly)
        while (mail := self._mail.first(assembly, until, _heard(working))) is not None:
            # what was due before it was sent comes before it, what is due at that instant after it
            self.pass_time(assembly, mail.at - 1)
            self._mail.taken(mail)
            if working.state is not None:
                command = c.TakeDispatch(
                    mail.sender, mail.seq, mail.seal, mail.dispatch, self._elsewhere(mail), persons.others(self, mail)
                )
                self._decide(working, command, max(mail.at, working.latest), mail.cause)
            taken = True
        return taken

    def _elsewhere(self, mail: Mail) -> frozenset[PersonId]:
        """Of the receiver's roll those who enrolled earlier in another of the assemblies that are asked (§6.10)."""
        asked = frozenset(getattr(mail.dispatch, "bases", ()))
        state = self.state(mail.receiver)
        if state is None or len(asked) < 2:
            return frozenset()
        return persons.enrolled_earlier(self, state, asked)

    def make_up(self, assembly: AssemblyId, stopped: Instant, restarted: Instant) -> None:
        """Nobody could be heard between these instants: windows that ended there get their rest (§3.8)."""
        working = self._working.get(assembly) or self._enter(assembly)
        while (instant := working.due) is not None and instant <= restarted and not self._held(working, instant):
            if instant > stopped:
                before = working.end.seq
                # as of the deadline, so that the register's instants do not run backwards
                command = c.MakeUpDowntime(stopped, restarted)
                self._decide(working, command, instant, f"downtime:{assembly}:{restarted}")
                if working.end.seq != before:
                    continue
            self._take_due(working, instant)

    def mark(self, assembly: AssemblyId, question: str, voter: MemberId) -> str | None:
        """The hash of a voter's row in the box."""
        return self.box(assembly).mark(question, voter)

    def say(self, assembly: AssemblyId, notices: Iterable[Notice], heard: Instant) -> None:
        """Queue notices: one saying for each room, or for the person's private room where there is one."""
        for notice, room, thread, person in service_rooms.places(self, assembly, tuple(notices)):
            self._queue(assembly, notice, room, thread, person, heard)

    def say_in(self, room: str, notice: Notice, heard: Instant, person: PersonId | None = None) -> None:
        """Queue a notice to a room that need not be an assembly's, or to a person's private one; `to` is not looked
        at."""
        known = self.directory.room(room)
        assembly = "" if known is None else known.assembly
        self._queue(assembly, notice, room, None if known is None else known.thread, person, heard)

    def move_room(self, old: str, new: str, at: Instant) -> None:
        """The platform gave a room a new address. Its messages stayed behind, so cards are posted anew."""
        assembly = self.directory.assembly_in(old)
        self.directory.move_room(old, new)
        state = self.state(assembly) if assembly else None
        if state is not None and self.directory.assembly_in(new) == assembly:
            for one in self._memory.announce.anew(state):
                self.say_in(new, one, at)

    def touch(self, assembly: AssemblyId, item: int) -> None:
        """The item's cards must be edited."""
        self._dirty.add((assembly, item))

    def set_aside(self, cause: str, at: Instant, error: str, raw: bytes | None = None) -> None:
        """Keep what could not be taken."""
        put_one(self.connection, aside, {"cause": cause, "at": at, "error": error[:2000], "raw": raw})

    # --- how it is done

    def enter_all(self, assemblies: Iterable[AssemblyId]) -> None:
        """Bring these in, in the order of ids, so that workers do not wait for each other in a ring."""
        for assembly in sorted(set(assemblies) - self._working.keys()):
            self._enter(assembly)

    def _enter(self, assembly: AssemblyId) -> Working:
        memory = self._memory
        entry = memory.entries.get(assembly)
        if self._shared:
            # another worker may have been here: its facts show in the head, its ballots only in the box
            end = memory.hot.lock_heads(self.connection, [assembly]).get(assembly, 0)
            if entry is not None and entry.end.seq == end and entry.state is not None:
                entry.boxes = boxes.load(self.connection, assembly, boxes.open_questions(entry.state))
            else:
                entry = None
        if entry is None:
            entry = memory.load(self.connection, assembly)
            if entry.state is not None:
                memory.entries[assembly] = entry
        box = OpenBox(assembly, entry.boxes, self.connection, memory.hot.put_ballots, memory.salt)
        working = self._working[assembly] = Working(entry, box)
        return working

    def _decide(
        self, working: Working, command: c.Command, heard: Instant, cause: str
    ) -> Decided | Refused:
        """The first answer; what follows by itself follows at the same instant."""
        box, assembly = working.box, working.end.assembly
        first = made = decide(working.state, command, box, heard, assembly)
        while type(made) is Decided:
            if made.facts or made.struck or made.reminders:
                self._record(working, made, heard, cause)
            for ballot in made.ballots:
                box.put(ballot, cause)
            self._note_elsewhere(working, made, heard, cause)
            service_rooms.after(self, assembly, made.facts, heard, cause)
            if made.then is None:
                break
            made = decide(working.state, made.then, box, heard, assembly)
        return first

    def _note_elsewhere(self, working: Working, made: Decided, heard: Instant, cause: str) -> None:
        """A mandate on a text whose members are counted too: who has their one ballot elsewhere (§6.8, §6.10)."""
        for fact in made.facts:
            if not isinstance(fact, RoundOpened | VoteOpened) or working.state is None:
                continue
            item = working.state.items[fact.item]
            tie = working.state.ties.councils.get(str(item.terms.get("council")))
            known = tie.items.get(int(str(item.terms.get("item") or 0))) if tie else None
            if item.kind is Kind.MANDATE and known is not None and known.double:
                away = persons.enrolled_earlier(self, working.state, frozenset(known.bases))
                if away:
                    self._decide(working, c.NoteElsewhere(item.number, away), heard, cause)

    def _take_due(self, working: Working, instant: Instant) -> None:
        before, assembly = working.end.seq, working.end.assembly
        working.woken = max(working.woken, instant)
        if self._next_relay(working, instant) == instant:
            self._relay(working, instant)
        self._decide(working, c.PassTime(instant), instant, f"clock:{assembly}:{instant}")
        self._set_due(working, instant)
        working.changed = True
        if working.due is not None and working.due <= instant and working.end.seq == before:
            raise StuckDeadline(f"{assembly} at {instant}")

    def relay(self, assembly: AssemblyId, heard: Instant) -> Instant | None:
        """Hear the digest of the councils now; or, when the last was heard so shortly before, from when it can be."""
        working = self._working.get(assembly) or self._enter(assembly)
        if working.relayed is not None and heard < working.relayed + RELAY_LEAST:
            return working.relayed + RELAY_LEAST
        self._relay(working, heard)
        self._set_due(working, heard)
        return None

    def _relay(self, working: Working, instant: Instant) -> None:
        if working.state is not None:
            since = 0 if working.relayed is None else working.relayed + 1
            self.say(working.end.assembly, self._memory.announce.digests(working.state, since), instant)
        working.relayed, working.changed = instant, True

    def _next_relay(self, working: Working, heard: Instant) -> Instant | None:
        """The schedule runs while the assembly sits in a council."""
        if working.state is None or not any(one.joined is not None for one in working.state.ties.councils.values()):
            working.relayed = None
            return None
        if working.relayed is None:
            working.relayed = heard
        return next_relay(working.state.charter, working.relayed)

    def _held(self, working: Working, instant: Instant) -> bool:
        """Whether a platform on which the assembly meets cannot be reached, and was not at this instant (§3.8). Who
        can be heard elsewhere waits for it a day, the most that a closing is made up for."""
        if not self._held_since:
            return False
        rooms = self.directory.rooms_of(working.end.assembly)
        platforms = {room.room.partition(":")[0] for room in rooms if not room.gone}
        away = {one for one in platforms if self._held_since.get(one, instant) < instant}
        elsewhere = platforms - self._held_since.keys()
        return bool(away) and not (elsewhere and away <= self._given_up)

    def _record(self, working: Working, made: Decided, heard: Instant, cause: str) -> None:
        assembly, before, after = working.end.assembly, working.state, made.state
        announce = self._memory.announce
        rows = working.end.append(made.facts, heard, cause, self._memory.salt)
        self._facts += rows
        self._mail.send(rows, made.facts)
        working.state, working.changed, working.latest = after, True, heard
        self._put_up(working, before, after, made.facts)
        for question, voter in made.struck:
            working.box.strike(question, voter)
            self.erased = True
        for item in announce.changed(made.facts, after):
            self._dirty.add((assembly, item))
        for fact in made.facts:
            if type(fact) is Founded:
                self.directory.name_assembly(assembly, fact.name)
        if before is None or before.roll is not after.roll:
            self._keep_roll(assembly, before, after)
        self._set_due(working, heard)
        self.say(assembly, announce.notices(before, made.facts, after, heard), heard)
        for one in made.reminders:
            self.say(assembly, announce.reminders(one), heard)

    def _put_up(
        self, working: Working, before: Assembly | None, after: Assembly, facts: Sequence[Fact]
    ) -> None:
        """Secret ballots that were counted go to the board, and nothing is left of whose they were (§8.2); those of a
        question that ended without a count go altogether."""
        if before is None:
            return
        counted = {(fact.item, fact.question) for fact in facts if isinstance(fact, VoteClosed | ElectionClosed)}
        for number in sorted(before.open):
            question, item = before.items[number].question, after.items.get(number)
            now = item.question if item is not None else None
            if question is None or not question.secret or (now is not None and now.serial == question.serial):
                continue
            self.erased = True
            away = working.box.put_up if (number, question.serial) in counted else working.box.erase
            for letter in question.texts:
                away(question_id(number, question.serial, letter))

    def head(self, assembly: AssemblyId) -> str:
        """The seal of the register's head, in hex."""
        return (self._working.get(assembly) or self._enter(assembly)).end.seal.hex()

    def _set_due(self, working: Working, heard: Instant) -> None:
        if working.state is None:
            return
        instant = due(working.state, working.woken)
        digest = self._next_relay(working, heard)
        if digest is not None and (instant is None or digest < instant):
            instant = digest
        if instant != working.due:
            # deadlines of one instant are taken in the order in which they were set
            self._memory.placed = working.placed = max(self._memory.placed + 1, heard * 1000)
            working.due = instant

    def _keep_roll(self, assembly: AssemblyId, before: Assembly | None, after: Assembly) -> None:
        old = before.roll.keys() if before else set[MemberId]()
        gone = sorted(old - after.roll.keys())
        if gone:
            self.connection.execute(delete(rolls).where(rolls.c.assembly == assembly, rolls.c.member.in_(gone)))
        new = sorted(after.roll.keys() - old)
        self._memory.hot.put_rolls(self.connection, [(assembly, one) for one in new])
        if self._shared:
            self._enrolled.update(new)

    def _queue(
        self, assembly: AssemblyId, notice: Notice, room: str, thread: str | None, person: str | None, heard: Instant
    ) -> None:
        if assembly:
            working = self._working.get(assembly) or self._enter(assembly)
            working.said += 1
            working.changed, number = True, working.said
        else:
            self._memory.number = number = max(self._memory.number + 1, heard * 1000)
        self._sayings.append(outbox.row_of(outbox.Waiting(
            assembly, number, notice.lane, room, thread, person, notice.kind, notice.item, dict(notice.about), heard,
            heard, notice.deadline, 0,
        )))

    # --- the end of the batch

    def write(self) -> None:
        """Everything the batch led to, as rows."""
        self._hold_enrolled()
        hot, connection = self._memory.hot, self.connection
        hot.put_heads(connection, [
            (name, one.end.seq, one.end.seal, one.due, one.placed, one.woken, one.said, one.relayed)
            for name, one in self._working.items() if one.changed and one.end.seq
        ])
        hot.put_facts(connection, self._facts)
        self._mail.write()
        ballots: list[Row] = []
        for name, working in self._working.items():
            ballots += working.box.rows()
            for question in working.box.touched():
                self._dirty.add((name, int(question.partition(".")[0])))
        hot.put_ballots(connection, ballots)
        hot.put_sayings(connection, self._sayings)
        hot.touch_cards(connection, sorted(self._dirty))
        # among several workers it is not settled who says it
        if not self._shared and max(len(self._dirty), len(self._sayings)) <= NEWS:
            changed = [one for touched in sorted(self._dirty) for one in outbox.cards_of(connection, *touched)]
            self._news = News(tuple(map(outbox.as_read, self._sayings)), tuple(changed))

    def touched(self) -> list[AssemblyId]:
        """Every assembly the batch had to do with."""
        return list(self._working)

    def wake(self) -> Wake:
        """What the batch leaves to be done."""
        moved = [
            working.due for working in self._working.values()
            if working.changed and working.state is not None and working.due != working.entry.due
        ]
        earliest = min((one for one in moved if one is not None), default=None)
        return Wake(frozenset(self._dirty), bool(self._sayings), earliest, self._mail.sent, bool(moved), self._news)

    def publish(self) -> Wake:
        """The batch is on disk: from here on everyone sees it."""
        for name, working in self._working.items():
            working.box.publish()
            if not working.changed or working.state is None:
                continue
            keep = set(boxes.open_questions(working.state))
            found = working.entry.boxes
            self._memory.entries[name] = Entry(
                working.state, working.end, working.due, working.placed, working.woken, working.said,
                working.relayed, working.latest,
                {question: votes for question, votes in found.items() if question in keep},
            )
        return self.wake()
