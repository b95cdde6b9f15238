"""What each verb asks of the assembly, and what it answers with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from adapters.port import Answer, Heard, Speaker
from bot import intake_declaring as declaring
from bot.announce import notices
from bot.grammar import Misread, Ref, Request, Tap, Unclear, misread, payload
from bot.intake_answers import Answers
from bot.intake_council import (
    OF_COUNCILS,
    VERBS,
    CouncilVerbs,
    asked_item,
    council_named,
    sits_in,
    terms_of,
    unknown_council,
)
from bot.intake_link import Links
from bot.intake_people import PEOPLE_VERBS, PeopleVerbs
from bot.intake_reading import READING, Page, read
from bot.intake_rooms import rooms_page, use_code
from bot.intake_where import NEWCOMER, PUT_TO_A_COUNCIL, assembly_meant, item_meant, person_meant
from bot.service_desk import Desk
from bot.wording import Button, Said, Voice, answer, joined, known_language, label
from bot.wording_lots import typed
from governance import commands as c
from governance.assembly import decide
from governance.refusals import Refused, Why, refuse
from governance.state import Assembly
from governance.terms import AssemblyId, PersonId
from governance.ties import COUNCIL


@dataclass(frozen=True, slots=True)
class Asking:
    """A request with everything it left open found out."""

    desk: Desk
    heard: Heard
    speaker: Speaker
    person: PersonId | None
    request: Request
    state: Assembly
    ref: Ref | None = None

    @classmethod
    def of(
        cls, desk: Desk, heard: Heard, speaker: Speaker, person: PersonId | None, request: Request, state: Assembly,
        ref: Ref | None = None,
    ) -> Asking:  # fmt: skip
        """By whoever of its own this assembly knows the person as (§2.4)."""
        return cls(desk, heard, speaker, person and desk.known_as(state.id, person), request, state, ref)

    @property
    def by(self) -> PersonId:
        """Who asks; the rules refuse whoever is not on the roll."""
        return self.person or NEWCOMER

    @property
    def item(self) -> int:
        return self.ref.number or 0 if self.ref else 0

    @property
    def letter(self) -> str:
        return self.ref.letter if self.ref else ""


COMMANDS: Mapping[str, Callable[[Asking], c.Command]] = {
    "second": lambda a: c.Second(a.by, a.item, a.letter),
    "open": lambda a: c.Open(a.by, a.item),
    "withdraw": lambda a: c.Withdraw(a.by, a.item),
    "takeover": lambda a: c.TakeOver(a.by, a.item),
    "pause": lambda a: c.Pause(a.by, a.item),
    "resume": lambda a: c.Resume(a.by, a.item),
    "amend": lambda a: c.Amend(a.by, a.item, a.request.text),
    "minor": lambda a: c.Mend(a.by, a.item, a.request.text),
    "object": lambda a: c.Object(a.by, a.item, a.letter),
    "accept": lambda a: c.Accept(a.by, a.item, a.letter),
    "rival": lambda a: c.PutRival(a.by, a.item, a.letter),
    "agree": lambda a: c.TakePosition(a.by, a.item, "agree", a.request.text),
    "reserve": lambda a: c.TakePosition(a.by, a.item, "reserve", a.request.text),
    "aside": lambda a: c.TakePosition(a.by, a.item, "aside", a.request.text),
    "block": lambda a: c.TakePosition(a.by, a.item, "block", a.request.text, a.request.principle),
    "pass": lambda a: c.TakePosition(a.by, a.item, "pass", a.request.text),
    "vote": lambda a: c.CastBallot(a.by, a.item, a.request.choice, a.letter),
    "statement": lambda a: c.AttachStatement(a.by, a.item, a.request.text),
    "position": lambda a: c.StatePosition(
        a.by, a.item, a.request.choice, a.request.text, indicative=a.request.flag == "indicative"
    ),
    "sign": lambda a: c.StatePosition(a.by, a.item, "yes"),
}
"""Verbs about an item, as the commands they are."""


def given_openly(heard: Heard, state: Assembly, number: int) -> bool:
    """Whether this would be a secret ballot given where others are (§8.2)."""
    item = state.items.get(number)
    question = item.question if item is not None else None
    return not heard.private and question is not None and question.secret


class Verbs:
    def __init__(self, answers: Answers, new_id: Callable[[], str]) -> None:
        self._answers, self._new_id = answers, new_id
        self.links = Links(answers)
        self._own: Mapping[str, Callable[[Desk, Heard, Speaker, Request], Sequence[Answer]]] = {
            "found": self._found,
            "join": self._join,
            "leave": self._leave,
            "forget": self._forget,
            "link": self.links.take,
            "language": self._language,
            "timezone": self._timezone,
            "start": self._start,
            "declare": self._declare,
            "ratify": self._ratify,
            "invite": self._invite,
            "relay": self._relay,
            "room": self._room,
            **dict.fromkeys(VERBS, self._of_council),
        }

    def request(self, desk: Desk, heard: Heard, speaker: Speaker, request: Request) -> Sequence[Answer]:
        own = self._own.get(request.verb)
        if own is not None:
            return own(desk, heard, speaker, request)
        person = desk.directory.person_of(speaker.account)
        if request.verb == "help":
            return self._help(desk, heard, person, request)
        if request.verb == "vote" and request.assembly and request.item and request.item.number:
            council = council_named(desk, request.assembly)
            found = asked_item(desk, heard, person, council, request.item.number) if council else None
            if found is not None:
                return self._of_home(desk, heard, speaker, person, request, found)
            if council is not None and not sits_in(desk, person, council):
                unasked = misread(Unclear.NOT_ASKED, "vote", f"{request.assembly}#{request.item.number}")
                return self._answers.misread(desk, heard, unasked)
        meant = assembly_meant(desk, heard, person, request)
        if isinstance(meant, Misread) and request.verb == "pending" and meant.code is Unclear.WHICH_ASSEMBLY:
            meant = desk.directory.assemblies_of(str(person))[0]  # the page is of all of them
        if isinstance(meant, Misread):
            return self._answers.misread(desk, heard, meant)
        state = desk.state(meant)
        if state is None:
            return self._answers.misread(desk, heard, misread(Unclear.NO_ASSEMBLY_HERE, request.verb))
        asking = Asking.of(desk, heard, speaker, person, request, state)
        if request.verb in READING and not (request.verb == "statement" and request.text):
            return self._read(asking)
        if request.verb in PEOPLE_VERBS:
            return self._of_people(asking)
        if request.verb in PUT_TO_A_COUNCIL:
            return self._ask(asking, c.Propose(asking.by, request.verb, request.title, request.text))
        return self._propose(asking) if request.verb == "propose" else self._of_item(asking)

    def _of_people(self, asking: Asking) -> Sequence[Answer]:
        """Elections, draws, roles, speaking."""
        desk, heard = asking.desk, asking.heard

        def ask(command: c.Command, item: int) -> Sequence[Answer]:
            if isinstance(command, c.MarkNames) and given_openly(heard, asking.state, item):
                return self._answers.refused(desk, heard, asking.state.id, refuse(Why.GIVEN_IN_PRIVATE, item=item))
            return self._ask(replace(asking, ref=Ref(item) if item else None), command)

        def wrong(unread: Misread) -> Sequence[Answer]:
            return self._answers.misread(desk, heard, unread)

        return PeopleVerbs(desk, heard, asking.state, asking.person, asking.by, ask, wrong).take(asking.request)

    # --- reading

    def _help(
        self, desk: Desk, heard: Heard, person: PersonId | None, request: Request
    ) -> Sequence[Answer]:
        """Help needs no assembly; where there is one it says what can be done there."""
        meant = assembly_meant(desk, heard, person, request)
        state = None if isinstance(meant, Misread) else desk.state(meant)
        voice = self._answers.voice(desk, heard, state.id if state else None)
        return self._page(desk, heard, state, read(desk, heard, person, request, state, None, voice), None)

    def _page(
        self, desk: Desk, heard: Heard, state: Assembly | None, page: Page, item: int | None
    ) -> Sequence[Answer]:
        if isinstance(page, Misread):
            return self._answers.misread(desk, heard, page)
        if isinstance(page, Refused):
            return self._answers.refused(desk, heard, state.id if state else None, page)
        return self._answers.text(heard, page, item)

    def _read(self, asking: Asking) -> Sequence[Answer]:
        desk, heard, state, request = asking.desk, asking.heard, asking.state, asking.request
        ref: Ref | None = None
        if READING[request.verb]:
            meant = item_meant(desk, heard, asking.person, request, state)
            if isinstance(meant, Misread):
                return self._answers.misread(desk, heard, meant)
            ref = meant
        voice = self._answers.voice(desk, heard, state.id)
        page = read(desk, heard, asking.person, request, state, ref, voice)
        return self._page(desk, heard, state, page, ref.number if ref else None)

    # --- motions

    def _of_item(self, asking: Asking) -> Sequence[Answer]:
        desk, heard = asking.desk, asking.heard
        ref = item_meant(desk, heard, asking.person, asking.request, asking.state)
        if isinstance(ref, Misread):
            return self._answers.misread(desk, heard, ref)
        found = replace(asking, ref=ref)
        if asking.request.verb == "vote" and given_openly(heard, asking.state, found.item):
            return self._answers.refused(desk, heard, asking.state.id, refuse(Why.GIVEN_IN_PRIVATE, item=found.item))
        return self._ask(found, COMMANDS[asking.request.verb](found))

    def _ask(self, asking: Asking, command: c.Command) -> Sequence[Answer]:
        desk, heard, assembly = asking.desk, asking.heard, asking.state.id
        made = desk.ask(assembly, command, heard.at, heard.cause)
        if isinstance(made, Refused):
            return self._answers.refused(desk, heard, assembly, made)
        if made.refused is not None:
            return self._answers.refused(desk, heard, assembly, made.refused)
        if made.ballots:
            return self._answers.recorded(desk, heard, assembly, asking.by, made, asking.item)
        if (stated := self._answers.stated(desk, heard, made.state, made, asking.item)) is not None:
            return stated
        if heard.private and isinstance(command, c.TypeValue):
            words = typed(made.state.items[command.item], command.by, self._answers.voice(desk, heard, assembly))
            return self._answers.text(heard, words, command.item)
        if not heard.private and notices(asking.state, made.facts, made.state, heard.at):
            return ()  # the room hears what happened
        return self._answers.acknowledged(heard, self._answers.voice(desk, heard, assembly), asking.item or None)

    def _propose(self, asking: Asking) -> Sequence[Answer]:
        request, terms = asking.request, dict[str, object](asking.request.values)
        if request.kind == "exclusion":
            if request.person is None:
                return self._answers.misread(asking.desk, asking.heard, misread(Unclear.IN_FULL, "propose", "@P"))
            person = person_meant(asking.desk, asking.heard, request.person, "propose exclusion", asking.state.id)
            if isinstance(person, Misread):
                return self._answers.misread(asking.desk, asking.heard, person)
            terms = {"person": person}
        elif request.kind == "repeal" and request.item is not None:
            terms = {"item": request.item.number}
        elif request.kind == "room":
            terms = {"label": request.word, **({"close": True} if request.flag else {})}
        elif request.kind in OF_COUNCILS:
            found = terms_of(asking.desk, asking.heard, asking.state, request)
            if isinstance(found, Misread):
                return self._answers.misread(asking.desk, asking.heard, found)
            if found is None:
                return self._as_title(asking)
            terms = found
        command = c.Propose(asking.by, request.kind, request.title, request.text, terms)
        return self._ask(asking, command)

    def _as_title(self, asking: Asking) -> Sequence[Answer]:
        """No such council: an ordinary title that begins with that word; whoever mistyped a name is told."""
        desk, heard, assembly = asking.desk, asking.heard, asking.state.id
        answers = self._ask(asking, c.Propose(asking.by, "motion", *asking.request.line))
        after = desk.state(assembly)
        if after is None or after.last_item == asking.state.last_item:
            return answers
        voice = self._answers.voice(desk, heard, assembly)
        words = answer("put_as_title", voice, part=asking.request.council, item=after.last_item)
        return [*answers, *self._answers.text(heard, words)]

    # --- councils

    def _of_council(self, desk: Desk, heard: Heard, speaker: Speaker, request: Request) -> Sequence[Answer]:
        person = desk.directory.person_of(speaker.account)

        def ask(state: Assembly, command: c.Command) -> Sequence[Answer]:
            return self._ask(Asking.of(desk, heard, speaker, person, request, state), command)

        def wrong(unread: Misread) -> Sequence[Answer]:
            return self._answers.misread(desk, heard, unread)

        return CouncilVerbs(desk, heard, person, ask, wrong).take(request)

    def _ratify(self, desk: Desk, heard: Heard, speaker: Speaker, request: Request) -> Sequence[Answer]:
        """The council's item is typed; answered is the home item that belongs to it."""
        person, council = desk.directory.person_of(speaker.account), council_named(desk, request.council)
        number = request.item.number if request.item else None
        if council is None:
            unknown = unknown_council(desk, heard, person, request.verb, request.council)
            return self._answers.misread(desk, heard, unknown)
        found = asked_item(desk, heard, person, council, number or 0)
        if found is None:
            unasked = misread(Unclear.NOT_ASKED, "ratify", f"{request.council}#{number}")
            return self._answers.misread(desk, heard, unasked)
        return self._of_home(desk, heard, speaker, person, request, found)

    def _of_home(
        self, desk: Desk, heard: Heard, speaker: Speaker, person: PersonId | None, request: Request,
        found: tuple[Assembly, Ref],
    ) -> Sequence[Answer]:  # fmt: skip
        state, ref = found
        asking = Asking.of(desk, heard, speaker, person, request, state, ref)
        return self._ask(asking, c.CastBallot(asking.by, asking.item, request.choice))

    def _relay(self, desk: Desk, heard: Heard, speaker: Speaker, request: Request) -> Sequence[Answer]:
        """What the councils have sent, now instead of at the charter's hour; once an hour at most (§6.12)."""

        def now(person: PersonId, state: Assembly, voice: Voice) -> Sequence[Answer]:
            if not any(one.joined is not None for one in state.ties.councils.values()):
                return self._answers.text(heard, answer("relay_none", voice, assembly=state.name))
            again = desk.relay(state.id, heard.at)
            if again is not None:
                return self._answers.text(heard, answer("relay_later", voice, at=again))
            return self._answers.acknowledged(heard, voice, None)

        return self._as_member(desk, heard, speaker, request, now)

    def _as_member(
        self, desk: Desk, heard: Heard, speaker: Speaker, request: Request,
        then: Callable[[PersonId, Assembly, Voice], Sequence[Answer]],
    ) -> Sequence[Answer]:  # fmt: skip
        """Of the assembly meant, for who is on its roll."""
        person = desk.directory.person_of(speaker.account)
        meant = assembly_meant(desk, heard, person, request)
        if isinstance(meant, Misread):
            return self._answers.misread(desk, heard, meant)
        state = desk.state(meant)
        if state is None or person is None or desk.known_as(meant, person) not in state.roll:
            return self._answers.refused(desk, heard, meant, refuse(Why.NOT_ON_ROLL))
        return then(person, state, self._answers.voice(desk, heard, meant))

    def _room(self, desk: Desk, heard: Heard, speaker: Speaker, request: Request) -> Sequence[Answer]:
        """Which rooms there are; with a code, this chat becomes one."""
        person = desk.directory.person_of(speaker.account)
        if request.word:
            made = use_code(desk, heard, person, request.word)
            if isinstance(made, Misread):
                return self._answers.misread(desk, heard, made)
            return self._answers.refused(desk, heard, None, made) if isinstance(made, Refused) else ()
        meant = assembly_meant(desk, heard, person, request)
        state = None if isinstance(meant, Misread) else desk.state(meant)
        if isinstance(meant, Misread) or state is None:
            unread = meant if isinstance(meant, Misread) else misread(Unclear.NO_ASSEMBLY_HERE, "room")
            return self._answers.misread(desk, heard, unread)
        return self._answers.text(heard, rooms_page(desk, state, self._answers.voice(desk, heard, meant)))

    def _invite(self, desk: Desk, heard: Heard, speaker: Speaker, request: Request) -> Sequence[Answer]:
        person = desk.directory.person_of(speaker.account)
        meant = assembly_meant(desk, heard, person, request)
        if isinstance(meant, Misread):
            return self._answers.misread(desk, heard, meant)
        state = desk.state(meant)
        if state is None or state.kind != COUNCIL:
            return self._answers.refused(desk, heard, meant, refuse(Why.ONLY_IN_A_COUNCIL, verb="/invite"))
        voice = self._answers.voice(desk, heard, meant)
        words = answer("invite", voice, assembly=state.name, name=state.name, invitation=meant)
        return self._answers.text(heard, words)

    def tapped(self, desk: Desk, heard: Heard, speaker: Speaker, tap: Tap) -> Sequence[Answer]:
        """Second, Open and Join are the same as their words."""
        if tap.choice == "join":
            return self._join(desk, heard, speaker, Request("join"))
        state = desk.state(tap.assembly)
        if state is None:
            return self._answers.refused(desk, heard, None, refuse(Why.STALE_BUTTON, item=tap.item))
        person = desk.directory.person_of(speaker.account)
        asking = Asking.of(desk, heard, speaker, person, Request(tap.choice), state, Ref(tap.item, tap.letter))
        command = COMMANDS[tap.choice](asking)
        made = desk.ask(state.id, command, heard.at, heard.cause)
        if isinstance(made, Refused):
            return self._answers.refused(desk, heard, state.id, made)
        return self._answers.acknowledged(heard, self._answers.voice(desk, heard, state.id), tap.item)

    # --- founding, joining, leaving

    def _found(self, desk: Desk, heard: Heard, speaker: Speaker, request: Request) -> Sequence[Answer]:
        values = dict(request.values)
        preset = values.pop("preset", "default")
        here = desk.directory.assembly_in(heard.room)
        state = desk.state(here) if here else None
        named = desk.directory.assembly_named(request.word)
        if named is not None and named != here:
            taken = misread(Unclear.NAME_TAKEN, "found", request.word, f"found {request.word}-2")
            return self._answers.misread(desk, heard, taken)
        assembly = here or self._new_id()
        council = request.flag == "council"
        tried = c.Found(desk.directory.person_of(speaker.account) or NEWCOMER, request.word, preset, values, council)
        refused = decide(state, tried, desk.box(assembly), heard.at, assembly)
        if isinstance(refused, Refused):
            # before anybody is met, so that a wrong line stores nothing
            return self._answers.refused(desk, heard, here, refused)
        person = self._meet(desk, heard, speaker)
        if here is None:
            desk.directory.bind_room(heard.room, assembly, heard.thread, heard.room_title, heard.at)
        made = desk.ask(assembly, c.Found(person, request.word, preset, values, council), heard.at, heard.cause)
        return self._answers.refused(desk, heard, assembly, made) if isinstance(made, Refused) else ()

    def _meet(self, desk: Desk, heard: Heard, speaker: Speaker) -> PersonId:
        person = desk.directory.meet(speaker.account, speaker.name, speaker.username, speaker.language)
        # a Matrix id names its server too: neighbours know each other by the part before it
        desk.directory.give_handle(person, (speaker.username or speaker.name).partition(":")[0])
        return person

    def _join(self, desk: Desk, heard: Heard, speaker: Speaker, request: Request) -> Sequence[Answer]:
        assembly = None if heard.private else desk.directory.assembly_in(heard.room)
        state = desk.state(assembly) if assembly else None
        if assembly is None or state is None:
            return self._answers.misread(desk, heard, misread(Unclear.NO_ASSEMBLY_HERE, "join"))
        person = desk.known_as(assembly, self._meet(desk, heard, speaker))
        made = desk.ask(assembly, c.Join(person), heard.at, heard.cause)
        voice = self._answers.voice(desk, heard, assembly)
        if isinstance(made, Refused):
            return self._answers.refused(desk, heard, assembly, made)
        if person not in made.state.roll:
            return self._answers.text(heard, answer("asked_back", voice, item=made.state.last_item))
        return self._answers.text(heard, joined(made.state, voice))

    def _leave(self, desk: Desk, heard: Heard, speaker: Speaker, request: Request) -> Sequence[Answer]:

        def leave(person: PersonId, state: Assembly, voice: Voice) -> Sequence[Answer]:
            if request.confirmed:
                return self._leave_now(desk, heard, person, state.id, voice)
            # the same line with `yes`: said alone it would mean the assembly of the room, or none
            line = f"leave {state.name}" if request.assembly else "leave"
            question = answer("leave", voice, assembly=state.name, line=line)
            return self._ask_once_more(desk, heard, person, f"leave {state.id}", question, state.id, voice)

        return self._as_member(desk, heard, speaker, request, leave)

    def _leave_now(
        self, desk: Desk, heard: Heard, person: PersonId, assembly: AssemblyId, voice: Voice
    ) -> Sequence[Answer]:
        made = desk.ask(assembly, c.Leave(desk.known_as(assembly, person)), heard.at, heard.cause)
        desk.directory.ask_no_more(person, heard.room)
        if isinstance(made, Refused):
            return self._answers.refused(desk, heard, assembly, made)
        return self._answers.text(heard, answer("left", voice, assembly=made.state.name))

    def _ask_once_more(
        self, desk: Desk, heard: Heard, person: PersonId, line: str, question: str, assembly: AssemblyId, voice: Voice
    ) -> Sequence[Answer]:
        """Works at once and cannot be undone: the question is stored until it is answered."""
        desk.directory.ask_again(person, heard.room, line, heard.at)
        verb = line.split()[0]
        button = Button(label(verb, voice), payload(Tap(assembly, 0, 0, verb)))
        return self._answers.text(heard, Said(question, ((button,),)))

    def confirm(self, desk: Desk, heard: Heard, speaker: Speaker, tap: Tap) -> Sequence[Answer]:
        """The button under such a question; it works for the one who was asked."""
        person = desk.directory.person_of(speaker.account)
        if person is not None and tap.choice == "link":
            return self.links.confirm(desk, heard, person)
        asked = desk.directory.asked(person, heard.room) if person else None
        if person is None or asked is None or asked[0].split()[0] != tap.choice:
            return self._answers.refused(desk, heard, None, refuse(Why.STALE_BUTTON, item=0))
        voice = self._answers.voice(desk, heard, tap.assembly or None)
        if tap.choice == "forget":
            return self._forget_now(desk, heard, person, voice)
        return self._leave_now(desk, heard, person, asked[0].split()[1], voice)

    def _forget(self, desk: Desk, heard: Heard, speaker: Speaker, request: Request) -> Sequence[Answer]:
        person = desk.directory.person_of(speaker.account)
        voice = self._answers.voice(desk, heard, None)
        if person is None:
            return self._answers.text(heard, answer("forgotten", voice))
        if not request.confirmed:
            return self._ask_once_more(desk, heard, person, "forget", answer("forget", voice), "", voice)
        return self._forget_now(desk, heard, person, voice)

    def _forget_now(self, desk: Desk, heard: Heard, person: PersonId, voice: Voice) -> Sequence[Answer]:
        for assembly in desk.directory.assemblies_of(person):
            desk.ask(assembly, c.Leave(desk.known_as(assembly, person)), heard.at, heard.cause)
        words = answer("forgotten", voice)
        desk.directory.forget_person(person)
        desk.erased = True
        return self._answers.text(heard, words)

    # --- alone with the bot

    def _start(self, desk: Desk, heard: Heard, speaker: Speaker, request: Request) -> Sequence[Answer]:
        """The private chat exists from now on: reminders can come here."""
        desk.directory.meet(speaker.account, speaker.name, speaker.username, speaker.language)
        desk.directory.know_private(speaker.account, heard.room, heard.at)
        return self.request(desk, heard, speaker, Request("help"))

    def _declare(self, desk: Desk, heard: Heard, speaker: Speaker, request: Request) -> Sequence[Answer]:
        """Features of one's own, for quotas and pairs; without any it shows them (§7.4)."""
        person = desk.directory.meet(speaker.account, speaker.name, speaker.username, speaker.language)
        made = declaring.take(desk, person, request, self._answers.voice(desk, heard, None))
        if isinstance(made, Misread):
            return self._answers.misread(desk, heard, made)
        return self._answers.text(heard, made)

    def _language(self, desk: Desk, heard: Heard, speaker: Speaker, request: Request) -> Sequence[Answer]:
        language = known_language(request.word)
        if language is None:
            return self._answers.misread(desk, heard, misread(Unclear.UNKNOWN_LANGUAGE, "language", request.word))
        person = desk.directory.meet(speaker.account, speaker.name, speaker.username, speaker.language)
        desk.directory.set_language(person, language)
        return self._answers.text(heard, answer("language", self._answers.voice(desk, heard, None)))

    def _timezone(self, desk: Desk, heard: Heard, speaker: Speaker, request: Request) -> Sequence[Answer]:
        try:
            zone = ZoneInfo(request.word).key
        except (ValueError, OSError, KeyError):
            return self._answers.misread(desk, heard, misread(Unclear.UNKNOWN_TIMEZONE, "timezone", request.word))
        person = desk.directory.meet(speaker.account, speaker.name, speaker.username, speaker.language)
        desk.directory.set_zone(person, zone)
        voice = self._answers.voice(desk, heard, None)
        return self._answers.text(heard, answer("timezone", voice, zone=zone, now=voice.date(heard.at)))
