"""The verbs of elections, draws, roles and speaking: what they ask of the assembly (§7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from adapters.port import Answer, Heard
from bot.grammar import Misread, Person, Request, Unclear, misread
from bot.intake_council import council_named, unknown_council
from bot.intake_where import item_meant, person_meant
from bot.service_desk import Desk
from governance import commands as c
from governance.motion import Kind
from governance.quotas import read_quotas
from governance.state import Assembly
from governance.terms import SECOND, PersonId, parse_duration

Ask = Callable[[c.Command, int], Sequence[Answer]]
Wrong = Callable[[Misread], Sequence[Answer]]


class PeopleVerbs:
    """One for each request: `ask` puts a command to the assembly and answers, `wrong` says what was misread."""

    def __init__(
        self, desk: Desk, heard: Heard, state: Assembly, person: PersonId | None, by: PersonId, ask: Ask, wrong: Wrong
    ) -> None:
        self._desk, self._heard, self._state, self._person, self._by = desk, heard, state, person, by
        self._ask, self._wrong = ask, wrong

    def take(self, request: Request) -> Sequence[Answer]:
        made = self._command(request)
        return self._wrong(made) if isinstance(made, Misread) else self._ask(made, getattr(made, "item", 0))

    def _command(self, request: Request) -> c.Command | Misread:
        if request.verb in ("elect", "draw"):
            terms = self._terms(request)
            if isinstance(terms, Misread):
                return terms
            kind = Kind.ELECTION if request.verb == "elect" else Kind.DRAW
            return c.Propose(self._by, kind.value, "", "", terms)
        if request.verb == "stack":
            return c.CallNext(self._by) if request.flag else c.Speak(self._by)
        if request.verb == "goround":
            return c.GoRound(self._by, self._desk.head(self._state.id))
        ref = item_meant(self._desk, self._heard, self._person, request, self._state)
        return ref if isinstance(ref, Misread) else self._of_item(request, ref.number or 0)

    def _of_item(self, request: Request, number: int) -> c.Command | Misread:
        if request.verb in SIMPLE:
            return SIMPLE[request.verb](self._by, number, request)
        if request.verb == "nominate" and request.person is not None:
            person = person_meant(self._desk, self._heard, request.person, request.verb, self._state.id)
            return person if isinstance(person, Misread) else c.Nominate(self._by, number, person)
        marks: list[tuple[PersonId, int]] = []
        for mark, written in request.persons.items():
            for one in written:
                named = self._named(one, request.verb)
                if isinstance(named, Misread):
                    return named
                marks.append((named, int(mark)))
        item = self._state.items.get(number)
        if request.text and (item is None or item.terms.get("method") != "consent"):
            return misread(Unclear.TOO_MUCH, request.verb, request.text)
        return c.MarkNames(self._by, number, request.verb, tuple(marks), request.text)

    def _named(self, written: Person, verb: str) -> PersonId | Misread:
        if written.written == "none":
            return "none"
        return person_meant(self._desk, self._heard, written, verb, self._state.id)

    # --- calling

    def _terms(self, request: Request) -> dict[str, object] | Misread:
        values = request.values
        seats = values.get("seats", "1")
        if not (seats.isascii() and seats.isdigit() and len(seats) < 10):
            seats = "0"  # refused, with what would do
        terms: dict[str, object] = {"role": request.word, "seats": int(seats)}
        try:
            # as features are kept when somebody declares them
            quotas = read_quotas(values.get("quota", "").casefold().split(), int(seats))
        except ValueError:
            return misread(Unclear.NOT_A_QUOTA, request.verb, values["quota"])
        terms["quotas"] = {one: {value: list(ends) for value, ends in known.items()} for one, known in quotas.items()}
        if request.council:
            council = council_named(self._desk, request.council)
            if council is None:
                return unknown_council(self._desk, self._heard, self._person, request.verb, request.council)
            terms["council"] = council
        if "term" in values:
            term = parse_duration(values["term"])
            if not term:
                return misread(Unclear.NOT_A_DURATION, request.verb, values["term"])
            terms["term"] = term
        if request.verb == "elect":
            return {**terms, "method": values.get("method", "approval").casefold()}
        return self._drawn(request, terms)

    def _drawn(self, request: Request, terms: dict[str, object]) -> dict[str, object] | Misread:
        values = request.values
        terms |= {"from": values.get("from", "roll").casefold(), "source": values.get("source", "").casefold()}
        event, at = request.text, values.get("at", "")
        instant = _instant(at, self._state.charter.timezone) if at else None
        if instant is not None:
            terms["at"] = instant
        if terms["source"] in ("drand", "commit"):
            if event or (at and instant is None):
                return misread(Unclear.NOT_AN_INSTANT if at else Unclear.TOO_MUCH, "draw", at or event)
            return terms
        # the words behind at= go on with the name of the event
        event = " ".join(filter(None, ("" if instant is not None and event else at, event)))
        return {**terms, "event": event} if event else terms


def _instant(written: str, zone: str) -> int | None:
    """`2027-03-06T18:00` in the assembly's zone, in milliseconds."""
    try:
        local = datetime.fromisoformat(written)
    except ValueError:
        return None
    known = local if local.tzinfo is not None else local.replace(tzinfo=ZoneInfo(zone))
    return int(known.timestamp()) * SECOND


SIMPLE: Mapping[str, Callable[[PersonId, int, Request], c.Command]] = {
    "stand": lambda by, item, request: c.Stand(by, item),
    "volunteer": lambda by, item, request: c.Stand(by, item),
    "decline": lambda by, item, request: c.Decline(by, item),
    "refuse": lambda by, item, request: c.RefuseSeat(by, item),
    "reveal": lambda by, item, request: c.TypeValue(by, item, request.text),
}
PEOPLE_VERBS = frozenset(
    {"elect", "draw", "stack", "goround", "nominate", "approve", "rank", "score", *SIMPLE}
)
