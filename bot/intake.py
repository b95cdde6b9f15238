"""Intake: what was heard becomes commands and questions, and what came of them becomes answers.

All of it runs in the writer thread, inside the batch's transaction, so that who somebody is, what they asked
and what came of it are one thing. Nothing is answered before the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import structlog

from adapters.port import (
    Admission,
    Answer,
    Batch,
    Event,
    Heard,
    Moved,
    Nobody,
    Presence,
    Speaker,
    Spoiled,
    Unreadable,
)
from bot.grammar import VERBS, Misread, Request, Tap, Unclear, Where, misread, parse, read_payload
from bot.intake_answers import Answers
from bot.intake_verbs import Verbs, given_openly
from bot.intake_where import assembly_meant
from bot.service import Job, Repeated, Service, SetAside, StoreLost
from bot.service_desk import Desk
from bot.service_rooms import note_room
from bot.voices import Abilities
from bot.wording import answer
from bot.wording_voice import Elsewhere
from governance import commands as c
from governance.motion import question_id
from governance.refusals import Refused, Why, refuse
from governance.ties import COUNCIL

log = structlog.get_logger(__name__)

NOBODY: Mapping[Nobody, Unclear] = {
    Nobody.ANONYMOUS_ADMIN: Unclear.ANONYMOUS_ADMIN,
    Nobody.CHANNEL: Unclear.AS_A_CHANNEL,
}
CONFIRMING = frozenset({"leave", "forget", "link"})
POSITIONS = frozenset({"agree", "reserve", "aside", "block", "pass"})
VOTES = frozenset({"yes", "no", "abstain"})
PREFIXES = ("/", "!")
"""What a line begins with that is meant for a bot."""


class Intake:
    """The one way in, for every platform."""

    def __init__(
        self, service: Service, abilities: Abilities, links: Callable[[str], str | None], new_id: Callable[[], str],
        elsewhere: Elsewhere,
    ) -> None:  # fmt: skip
        self._service = service
        self._answers = Answers(abilities, links, elsewhere)
        self._verbs = Verbs(self._answers, new_id)

    async def take(self, batch: Batch) -> list[Answer]:
        """The answers to a batch, after its commit. Raises when nothing was stored."""
        take = self._one if batch.cursor is not None else self._in_any_order
        jobs = [Job(event.cause, event.at, partial(take, event)) for event in batch.events]
        cursor = None if batch.cursor is None else (batch.platform, batch.cursor)
        results = await self._service.take_soon(jobs, cursor)
        answers = [answer for result in results if not isinstance(result, Repeated | SetAside) for answer in result]
        lost = [
            event for event, result in zip(batch.events, results, strict=True)
            if isinstance(result, SetAside) and isinstance(event, Heard) and _is_for_us(event)
        ]  # fmt: skip
        return answers + await self._not_recorded(lost) if lost else answers

    async def _not_recorded(self, lost: Sequence[Heard]) -> list[Answer]:
        """Our own mistake, which is noted and never tried again: who spoke is told, as else they would wait."""
        jobs = [Job(f"not_recorded:{heard.cause}", heard.at, partial(self._tell, heard), once=False) for heard in lost]
        try:
            told = await self._service.take_soon(jobs)
        except StoreLost:
            # the batch itself is stored: whoever gave it must not hear that it was not
            return []
        return [answer for result in told if not isinstance(result, SetAside) for answer in result]

    def _tell(self, heard: Heard, desk: Desk) -> Sequence[Answer]:
        words = answer("not_recorded", self._answers.voice(desk, heard, None))
        return self._answers.text(heard, words, kind="refusal", alert=True)

    def _in_any_order(self, event: Event, desk: Desk) -> Sequence[Answer]:
        """Without a cursor an update that failed comes again, perhaps when its person has answered anew."""
        if isinstance(event, Heard) and event.tap is not None and self._is_overtaken(event, desk, event.tap):
            return self._answers.text(event, answer("overtaken", self._answers.voice(desk, event, None)), alert=True)
        return self._one(event, desk)

    def _is_overtaken(self, heard: Heard, desk: Desk, payload: str) -> bool:
        """Whether the ballot in the box was given by a later cause; platforms number what they bring."""
        tap = read_payload(payload)
        person = desk.directory.person_of(heard.speaker.account) if isinstance(heard.speaker, Speaker) else None
        if tap is None or person is None or tap.choice not in POSITIONS | VOTES:
            return False
        given = desk.box(tap.assembly).cause(_question(desk, tap), person) or ""
        (ours, _, mine), (theirs, _, other) = heard.cause.rpartition(":"), given.rpartition(":")
        return ours == theirs and mine.isdecimal() and other.isdecimal() and int(other) > int(mine)

    def _one(self, event: Event, desk: Desk) -> Sequence[Answer]:
        match event:
            case Heard():
                return self._heard(event, desk)
            case Moved():
                desk.move_room(event.old, event.new, event.at)
            case Presence():
                self._presence(event, desk)
            case Admission():
                self._admission(event, desk)
            case Spoiled():
                desk.set_aside(event.cause, event.at, event.error, event.raw)
            case Unreadable():
                return self._unreadable(event, desk)
        return ()

    # --- words and taps

    def _heard(self, heard: Heard, desk: Desk) -> Sequence[Answer]:
        if heard.tap is not None:
            return self._tap(heard, desk, heard.tap)
        public = not heard.private and self._verbs.links.overheard(desk, heard)
        shown = [heard.text[start:end] for start, end in heard.spans] or [one.name for one in heard.mentions]
        read = parse(heard.text, shown, bare=heard.addressed)
        if read is None:
            return self._no_request(heard, desk)
        if isinstance(heard.speaker, Nobody):
            code = NOBODY.get(heard.speaker)
            return () if code is None else self._answers.misread(desk, heard, misread(code, read.verb))
        if heard.edited:
            return self._answers.misread(desk, heard, misread(Unclear.EDITED, read.verb))
        if isinstance(read, Misread):
            unknown = read.code is Unclear.UNKNOWN_VERB
            if unknown and not (heard.private or heard.addressed):
                return ()
            return self._answers.misread(desk, heard, read)
        if public and read.verb == "link":
            return self._verbs.links.shown_to_all(desk, heard)
        return self._request(heard, desk, heard.speaker, read)

    def _no_request(self, heard: Heard, desk: Desk) -> Sequence[Answer]:
        """Talk among people is theirs; who speaks to the bot alone, and says nothing it knows, is helped on."""
        if heard.edited or not isinstance(heard.speaker, Speaker) or not (heard.private or heard.addressed):
            return ()
        self._known(heard, desk, heard.speaker)
        return self._verbs.request(desk, heard, heard.speaker, Request("help"))

    def _known(self, heard: Heard, desk: Desk, speaker: Speaker) -> str | None:
        """Whose account this is, as the platform shows it now; None for who has never joined or started."""
        if desk.directory.account(speaker.account) is None:
            return None
        person = desk.directory.meet(speaker.account, speaker.name, speaker.username, speaker.language)
        if heard.private:
            desk.directory.know_private(speaker.account, heard.room, heard.at)
        return person

    def _request(self, heard: Heard, desk: Desk, speaker: Speaker, request: Request) -> Sequence[Answer]:
        person = self._known(heard, desk, speaker)
        here = Where.PRIVATE if heard.private else Where.ROOM
        if here not in VERBS[request.verb].where:
            code = Unclear.IN_A_ROOM_ONLY if heard.private else Unclear.IN_PRIVATE_ONLY
            return self._answers.misread(desk, heard, misread(code, request.verb))
        if person is not None:
            self._note_word(desk, heard, person, request)
        return self._verbs.request(desk, heard, speaker, request)

    def _note_word(self, desk: Desk, heard: Heard, person: str, request: Request) -> None:
        """Any word to the bot ends resting where it is spoken (§2.3)."""
        meant = assembly_meant(desk, heard, person, request)
        if isinstance(meant, Misread):
            return
        state, own = desk.state(meant), desk.known_as(meant, person)
        if state is not None and state.charter.resting >= 0 and own in state.roll:
            desk.ask(meant, c.NoteWord(own), heard.at, heard.cause)

    # --- taps: the hot path

    def _tap(self, heard: Heard, desk: Desk, payload: str) -> Sequence[Answer]:
        """Everything a button says may be forged, so all of it is checked here and by the rules."""
        tap = read_payload(payload)
        if tap is None or isinstance(heard.speaker, Nobody):
            return self._answers.refused(desk, heard, None, refuse(Why.STALE_BUTTON, item=0))
        speaker = heard.speaker
        person = self._known(heard, desk, speaker)
        if heard.takes_back:
            return self._taken_back(desk, heard, person, tap)
        if tap.choice in CONFIRMING:
            return self._verbs.confirm(desk, heard, speaker, tap)
        if not heard.private and desk.directory.assembly_in(heard.room) is None:
            return self._answers.misread(desk, heard, misread(Unclear.NOT_HERE, "show"))
        if not self._belongs(desk, heard, person, tap):
            return self._answers.refused(desk, heard, None, refuse(Why.STALE_BUTTON, item=tap.item))
        if tap.choice not in POSITIONS and tap.choice not in VOTES:
            return self._verbs.tapped(desk, heard, speaker, tap)
        if tap.choice == "block":
            return self._answers.how_to_block(desk, heard, tap)
        if person is None:
            return self._answers.refused(desk, heard, tap.assembly, refuse(Why.NOT_ON_ROLL))
        return self._ballot(desk, heard, desk.known_as(tap.assembly, person), tap)

    def _belongs(self, desk: Desk, heard: Heard, person: str | None, tap: Tap) -> bool:
        """A button works in a room of its assembly, and alone with one of its members."""
        if heard.private:
            return person is not None and tap.assembly in desk.directory.assemblies_of(person)
        return desk.directory.assembly_in(heard.room) == tap.assembly

    def _ballot(self, desk: Desk, heard: Heard, person: str, tap: Tap) -> Sequence[Answer]:
        state = desk.state(tap.assembly)
        if state is not None and given_openly(heard, state, tap.item):
            return self._answers.refused(desk, heard, tap.assembly, refuse(Why.GIVEN_IN_PRIVATE, item=tap.item))
        command: c.TakePosition | c.CastBallot
        if tap.choice in POSITIONS:
            command = c.TakePosition(person, tap.item, tap.choice, question=tap.question)
        else:
            command = c.CastBallot(person, tap.item, tap.choice, tap.letter, tap.question)
        made = desk.ask(tap.assembly, command, heard.at, heard.cause)
        if isinstance(made, Refused):
            return self._answers.refused(desk, heard, tap.assembly, made)
        if made.refused is not None:
            return self._answers.refused(desk, heard, tap.assembly, made.refused)
        if not made.ballots:
            # in a council an answer is a fact, and said with its standing
            stated = self._answers.stated(desk, heard, made.state, made, tap.item)
            return stated or self._answers.acknowledged(heard, self._answers.voice(desk, heard, tap.assembly), tap.item)
        return self._answers.recorded(desk, heard, tap.assembly, person, made, tap.item)

    def _taken_back(self, desk: Desk, heard: Heard, person: str | None, tap: Tap) -> Sequence[Answer]:
        """A reaction taken away takes its ballot away, if that is the one that still stands, or gives it back to the
        reaction that is left; what a reaction did at once (seconding, opening) stays done."""
        if person is None or tap.choice not in POSITIONS | VOTES or not self._belongs(desk, heard, person, tap):
            return ()
        state, person = desk.state(tap.assembly), desk.known_as(tap.assembly, person)
        item = state.items.get(tap.item) if state else None
        if state is None or item is None:
            return ()
        if state.kind == COUNCIL:
            words = answer("stays_stated", self._answers.voice(desk, heard, tap.assembly), item=tap.item)
            return self._answers.text(heard, words, tap.item, alert=True)
        if desk.box(tap.assembly).cause(_question(desk, tap), person) not in heard.takes_back:
            return ()
        for payload in reversed(heard.left):
            other = read_payload(payload)
            if other is not None and replace(other, choice=tap.choice) == tap and other.choice != "block":
                return self._tap(replace(heard, tap=payload, takes_back=(), left=()), desk, payload)
        command = c.TakeBack(person, tap.item, tap.letter, tap.question)
        made = desk.ask(tap.assembly, command, heard.at, heard.cause)
        if isinstance(made, Refused):
            return self._answers.refused(desk, heard, tap.assembly, made)
        words = answer("taken_back", self._answers.voice(desk, heard, tap.assembly))
        return self._answers.text(heard, words, tap.item)

    # --- rooms

    def _presence(self, event: Presence, desk: Desk) -> None:
        """A kick by a chat administrator changes no roll; it is noted and told (§2.2). Who goes by themselves may have
        gone to another room of ours: that is nobody's business."""
        if not event.present and not event.removed:
            return
        assembly = desk.directory.assembly_in(event.room)
        person = desk.directory.person_of(event.speaker.account)
        if assembly is None or person is None:
            return
        state, person = desk.state(assembly), desk.known_as(assembly, person)
        if state is not None and person in state.roll:
            desk.ask(assembly, c.NotePresence(person, event.present), event.at, event.cause)

    def _unreadable(self, event: Unreadable, desk: Desk) -> Sequence[Answer]:
        """Never passed over in silence, and said once: who writes there again knows it already."""
        if not desk.directory.tell_once(event.room, "blind" if event.blind else "unreadable", event.at):
            return ()
        there = Heard(event.cause, event.at, event.room, event.private, Nobody.SERVICE)
        voice = self._answers.voice(desk, there, None)
        return self._answers.text(there, answer("blind" if event.blind else "unreadable", voice))

    def _admission(self, event: Admission, desk: Desk) -> None:
        if event.private and not event.present:
            desk.directory.forget_private(event.room)
        else:
            note_room(desk, event.room, event.present, event.at, event.cause)


def _question(desk: Desk, tap: Tap) -> str:
    """The box a button's ballot goes to: in a run-off between texts there is one for all of them."""
    state = desk.state(tap.assembly)
    item = state.items.get(tap.item) if state else None
    runoff = item is None or item.question is None or item.question.runoff
    return question_id(tap.item, tap.question, "" if runoff else tap.letter)


def _is_for_us(heard: Heard) -> bool:
    """Whether somebody waits for an answer: not where people only talk to each other."""
    return heard.tap is not None or heard.private or heard.addressed or heard.text.lstrip()[:1] in PREFIXES
