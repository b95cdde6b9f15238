"""The verbs of councils: what they ask of which assembly (§6)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from adapters.port import Answer, Heard
from bot.grammar import Misread, Person, Ref, Request, Unclear, misread
from bot.grammar_council import scope
from bot.intake_where import NEWCOMER, above, person_meant
from bot.service_desk import Desk
from bot.store.declarations import differ
from governance import commands as c
from governance.below import bases_below
from governance.mandate import acting_for
from governance.motion import Kind
from governance.state import Assembly
from governance.terms import SECOND, AssemblyId, PersonId, parse_duration
from governance.ties import COUNCIL

OF_COUNCILS = frozenset({"join", "quit", "delegation", "rights", "complaint"})
"""Kinds of motions about a council."""
OF_SEATS = frozenset({"recall", "resign"})
"""Verbs about a seat in a council, or a role at home."""
JOINING = "propose join Valley"


def council_named(desk: Desk, written: str) -> AssemblyId | None:
    """By its name on this instance, or by the code of its invitation."""
    named = desk.directory.assembly_named(written)
    return named or (written if desk.state(written) is not None else None)


def homes(desk: Desk, heard: Heard, person: PersonId | None) -> list[Assembly]:
    """The assemblies this person may mean by home: the room's, or alone with the bot all of theirs and the
    councils they sit in."""
    here = None if heard.private else desk.directory.assembly_in(heard.room)
    if here is not None:
        found = [here]
    else:
        mine = desk.directory.assemblies_of(person) if person else []
        found = [*mine, *above(desk, mine)]
    return [state for one in found if (state := desk.state(one)) is not None]


def home_of(desk: Desk, heard: Heard, person: PersonId | None, council: AssemblyId) -> Assembly | None:
    """The home that sits in this council, when only one does."""
    found = [one for one in homes(desk, heard, person) if council in one.ties.councils]
    return found[0] if len(found) == 1 else None


def unknown_council(desk: Desk, heard: Heard, person: PersonId | None, verb: str, written: str) -> Misread:
    """No council of that name is theirs; the example names one that is, and where there is none, how to join one."""
    if verb in OF_SEATS:
        return misread(Unclear.NO_SEAT_THERE, verb, written)
    theirs = [council for home in homes(desk, heard, person) for council in home.ties.councils]
    if not theirs:
        return misread(Unclear.IN_NO_COUNCIL, verb, written, JOINING)
    unknown = misread(Unclear.UNKNOWN_COUNCIL, verb, written)
    name = desk.directory.name_of(theirs[0]).replace(" ", "_")
    return replace(unknown, example=unknown.example.replace("Valley", name).replace("valley", name))


def asked_item(
    desk: Desk, heard: Heard, person: PersonId | None, council: AssemblyId, number: int
) -> tuple[Assembly, Ref] | None:
    """The home item that answers a council's item: a ratification's or a referendum's."""
    for state in homes(desk, heard, person):
        for own in reversed(tuple(state.items.values())):
            if own.kind in (Kind.RATIFICATION, Kind.REFERENDUM) and (
                own.terms.get("council"), own.terms.get("item")
            ) == (council, number):  # fmt: skip
                return state, Ref(own.number)
    return None


def sits_in(desk: Desk, person: PersonId | None, council: AssemblyId) -> bool:
    """Whether it is no council, or this person is part of a delegation there."""
    state = desk.state(council)
    return state is None or state.kind != COUNCIL or (
        person is not None and acting_for(state, desk.known_as(council, person)) is not None
    )


Terms = dict[str, object] | Misread


def terms_of(desk: Desk, heard: Heard, state: Assembly, request: Request) -> Terms | None:
    """What a motion about a council holds; None where no such council is known: then it is an ordinary title."""
    if request.kind == Kind.RIGHTS.value and not request.council:
        return {}
    council = council_named(desk, request.council)
    if council is None:
        return None
    if request.kind == Kind.COMPLAINT.value:
        return {"assembly": council, "effect": request.choice}
    known = desk.state(council)
    if known is None or known.kind != COUNCIL:
        return None
    if request.kind == Kind.JOIN.value:
        return {"council": council, **_shown(known)}
    if request.kind == Kind.DELEGATION.value:
        return _delegation(desk, heard, state, council, request)
    if request.kind == Kind.RIGHTS.value and request.item is not None:
        return {"council": council, "item": request.item.number}
    return {"council": council}


def _shown(council: Assembly) -> dict[str, object]:
    """What whoever joins agrees to (§6.1)."""
    principles = [one.text for one in council.principles.values() if not one.ended]
    rights = [council.items[one].text for one in council.ties.rights]
    return {"charter": council.charter.version, "principles": principles, "rights": rights}


def _delegation(desk: Desk, heard: Heard, state: Assembly, council: AssemblyId, request: Request) -> Terms:
    terms: dict[str, object] = {"council": council}
    everybody: list[PersonId] = []
    for part, written in request.persons.items():
        found = _persons(desk, heard, state, written, request.verb)
        if isinstance(found, Misread):
            return found
        terms[part] = found
        everybody += found
    if "term" in request.values:
        term = parse_duration(request.values["term"])
        if not term:
            return misread(Unclear.NOT_A_DURATION, request.verb, request.values["term"])
        terms["term"] = term
    delegates = [str(one) for one in everybody[: len(request.persons["delegates"])]]
    if len(delegates) == 2 and differ(desk.connection, *delegates):
        terms["pair"] = True
    if state.kind == COUNCIL:
        terms["rolls"] = _rolls(desk, state, everybody)
    return terms


def _persons(
    desk: Desk, heard: Heard, state: Assembly, written: Sequence[Person], verb: str
) -> list[PersonId] | Misread:
    """At home by their id on the roll; in a council by that on the roll below on which they hang."""
    below = bases_below(state) if state.kind == COUNCIL else frozenset()
    found: list[PersonId] = []
    for one in written:
        person = person_meant(desk, heard, one, verb, state.id)
        if isinstance(person, Misread):
            return misread(person.code, verb, person.part, "propose delegation Valley @ana")
        base = _base_of(desk, person, below)
        found.append(person if base is None else desk.known_as(base, person))
    return found


def _rolls(desk: Desk, state: Assembly, persons: Iterable[PersonId]) -> dict[PersonId, AssemblyId]:
    """On the roll of which base assembly below each of them is (§6.2)."""
    below = bases_below(state)
    return {person: base for person in persons if (base := _base_of(desk, person, below)) is not None}


def _base_of(desk: Desk, person: PersonId, below: Collection[AssemblyId]) -> AssemblyId | None:
    """The base assembly of these on whose roll the person is under this very id, else under any."""
    mine = [one for one in desk.directory.assemblies_of(person) if one in below]
    return next((one for one in mine if desk.known_as(one, person) == person), next(iter(mine), None))


def mandate_terms(state: Assembly, council: AssemblyId, request: Request) -> Terms:
    """On an item, for the version of the text known at home or for any; or on a scope (§6.3)."""
    if request.item is not None:
        known = state.ties.councils[council].items.get(request.item.number or 0)
        version = 0 if request.flag == "any" or known is None else known.version
        return {"council": council, "item": request.item.number, "version": version, "choice": request.choice}
    tags, items = scope(request.values.get("scope", ""))
    may = sorted({one.strip().casefold() for one in request.values.get("may", "").split(",") if one.strip()})
    terms: dict[str, object] = {"council": council, "tags": tags, "items": items, "may": may}
    if "until" in request.values:
        until = _midnight(request.values["until"], state.charter.timezone)
        if until is None:
            return misread(Unclear.NOT_A_DATE, request.verb, request.values["until"])
        terms["until"] = until
    return terms


def _midnight(written: str, zone: str) -> int | None:
    """The beginning of a day in the assembly's zone, in milliseconds."""
    try:
        day = datetime.strptime(written, "%Y-%m-%d").replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        return None
    return int(day.timestamp()) * SECOND


Ask = Callable[[Assembly, c.Command], Sequence[Answer]]
Wrong = Callable[[Misread], Sequence[Answer]]


class CouncilVerbs:
    """One for each request: `ask` puts a command to an assembly and answers, `wrong` says what was misread."""

    def __init__(self, desk: Desk, heard: Heard, person: PersonId | None, ask: Ask, wrong: Wrong) -> None:
        self._desk, self._heard, self._person = desk, heard, person
        self._ask, self._wrong = ask, wrong

    def _by(self, state: Assembly) -> PersonId:
        """Who asks, as this assembly knows them; the rules refuse whoever it does not."""
        return self._desk.known_as(state.id, self._person) if self._person else NEWCOMER

    def take(self, request: Request) -> Sequence[Answer]:
        return VERBS[request.verb](self, request)

    def _council(self, request: Request) -> Assembly | Misread:
        council = council_named(self._desk, request.council)
        state = self._desk.state(council) if council else None
        if state is None or state.kind != COUNCIL:
            return self._unknown(request)
        return state

    def _unknown(self, request: Request) -> Misread:
        return unknown_council(self._desk, self._heard, self._person, request.verb, request.council)

    def _home(self, request: Request) -> tuple[Assembly, AssemblyId] | Misread:
        """The council named, and the home that sits in it."""
        council = self._council(request)
        if isinstance(council, Misread):
            return council
        home = home_of(self._desk, self._heard, self._person, council.id)
        if home is not None:
            return home, council.id
        found = homes(self._desk, self._heard, self._person)
        if len(found) == 1:
            return found[0], council.id  # the rules say why not
        return self._unknown(request)

    def mandate(self, request: Request) -> Sequence[Answer]:
        found = self._home(request)
        if isinstance(found, Misread):
            return self._wrong(found)
        home, council = found
        terms: Terms = {"council": council}
        if council in home.ties.councils:
            terms = mandate_terms(home, council, request)
        if isinstance(terms, Misread):
            return self._wrong(terms)
        return self._ask(home, c.Propose(self._by(home), Kind.MANDATE.value, "", request.text, terms))

    def recall(self, request: Request) -> Sequence[Answer]:
        if request.person is None:
            return self._wrong(misread(Unclear.IN_FULL, request.verb, "@P"))
        person = person_meant(self._desk, self._heard, request.person, request.verb, None)
        if isinstance(person, Misread):
            return self._wrong(person)
        if (here := self._with_role(request)) is not None:
            terms: dict[str, object] = {"person": self._desk.known_as(here.id, person), "role": request.council}
            return self._ask(here, c.Propose(self._by(here), Kind.RECALL.value, "", request.text, terms))
        found = self._home(request)
        if isinstance(found, Misread):
            return self._wrong(found)
        home, council = found
        terms = {"person": self._desk.known_as(home.id, person), "council": council}
        return self._ask(home, c.Propose(self._by(home), Kind.RECALL.value, "", request.text, terms))

    def _with_role(self, request: Request) -> Assembly | None:
        """The assembly that has such a role, when no council of that name is meant."""
        if council_named(self._desk, request.council) is not None:
            return None
        found = [one for one in homes(self._desk, self._heard, self._person) if request.council in one.people.roles]
        return found[0] if len(found) == 1 else None

    def resign(self, request: Request) -> Sequence[Answer]:
        if (here := self._with_role(request)) is not None:
            return self._ask(here, c.ResignRole(self._by(here), request.council))
        found = self._home(request)
        if isinstance(found, Misread):
            return self._wrong(found)
        home, council = found
        return self._ask(home, c.Resign(self._by(home), council))

    def report(self, request: Request) -> Sequence[Answer]:
        council = self._council(request)
        if isinstance(council, Misread):
            return self._wrong(council)
        return self._ask(council, c.SendReport(self._by(council), request.text))


VERBS: Mapping[str, Callable[[CouncilVerbs, Request], Sequence[Answer]]] = {
    "mandate": CouncilVerbs.mandate,
    "recall": CouncilVerbs.recall,
    "resign": CouncilVerbs.resign,
    "report": CouncilVerbs.report,
}
"""Verbs that name their council; where it is asked follows from that."""
