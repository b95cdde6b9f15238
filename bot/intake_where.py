"""What a request leaves open: which assembly, which item, which person is meant. Nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from adapters.port import Heard
from bot.grammar import IN_ASSEMBLY_FIRST, VERBS, Misread, Person, Ref, Request, Unclear, misread
from bot.service_desk import Desk
from bot.store import outbox
from bot.voices import platform_of
from governance import facts as f
from governance.mandate import acting_for
from governance.motion import NEXT, Item, Kind, Stage
from governance.state import Assembly
from governance.terms import AssemblyId, PersonId

NEWCOMER = "0" * 16
"""Stands for who asks and is not known: the rules refuse them, or it is only tried whether they would."""


PUT_TO_A_COUNCIL = frozenset({"call", "referendum"})


def above(desk: Desk, assemblies: Iterable[AssemblyId]) -> Iterator[AssemblyId]:
    """The councils over these, level by level, each once."""
    seen: set[AssemblyId] = set()
    waiting = list(assemblies)
    while waiting:
        state = desk.state(waiting.pop(0))
        for council in state.ties.councils if state else ():
            if council not in seen:
                seen.add(council)
                waiting.append(council)
                yield council


def _acts_in(desk: Desk, person: PersonId | None, mine: list[AssemblyId]) -> list[AssemblyId]:
    """The councils in which this person is a delegate."""
    return [
        one for one in above(desk, mine) if (state := desk.state(one)) is not None and person is not None
        and (seat := acting_for(state, desk.known_as(one, person))) is not None
        and seat[1].delegation is not None and desk.known_as(one, person) in seat[1].delegation.delegates
    ]  # fmt: skip


def assembly_meant(desk: Desk, heard: Heard, person: PersonId | None, request: Request) -> AssemblyId | Misread:
    """The one named; else the room's; else, alone with the bot, that of a reply, or the person's only one."""
    here = None if heard.private else desk.directory.assembly_in(heard.room)
    if request.assembly:
        named = desk.directory.assembly_named(request.assembly)
        mine = desk.directory.assemblies_of(person) if person else []
        reach = [*mine, *([here] if here else [])]
        if named is None or (named not in reach and named not in above(desk, reach)):
            return misread(Unclear.UNKNOWN_ASSEMBLY, request.verb, request.assembly)
        return named
    if not heard.private:
        return here or misread(Unclear.NO_ASSEMBLY_HERE, request.verb)
    spoken = outbox.spoken_of(desk.connection, heard.room, heard.reply_to) if heard.reply_to else None
    if spoken is not None:
        return spoken[0]
    mine = desk.directory.assemblies_of(person) if person else []
    if request.verb in PUT_TO_A_COUNCIL:
        mine = _acts_in(desk, person, mine) or mine
    if len(mine) == 1:
        return mine[0]
    if not mine:
        return misread(Unclear.IN_A_ROOM_ONLY, request.verb) if request.verb == "join" else _on_no_roll(request)
    names = sorted(state.name for one in mine if (state := desk.state(one)))
    return misread(Unclear.WHICH_ASSEMBLY, request.verb, ", ".join(names), _example(request, names[0]))


def _on_no_roll(request: Request) -> Misread:
    return misread(Unclear.ON_NO_ROLL, request.verb)


def _example(request: Request, name: str) -> str:
    if request.item and request.item.number is not None:
        return f"{request.verb} {name.casefold()}#{request.item.number}{request.item.letter}"
    if VERBS[request.verb].arguments[:1] == (IN_ASSEMBLY_FIRST,):
        words = VERBS[request.verb].example.partition(" ")[2]
        return f"{request.verb} {name.casefold()}# {words}".rstrip()
    return f"{request.verb} {name.casefold()}#"


_Fits = Callable[[Assembly, Item, PersonId], bool]


def _in(*stages: Stage) -> _Fits:
    return lambda state, item, person: item.stage in stages


def _mine(fact: type[f.Fact]) -> _Fits:
    return lambda state, item, person: fact in NEXT[item.stage] and item.proposer == person


def _asked(stage: Stage) -> _Fits:
    return lambda state, item, person: item.stage is stage and item.question is not None


FITS: Mapping[str, _Fits] = {
    "second": lambda state, item, person: item.stage is Stage.DRAFT and item.proposer != person,
    "open": _in(Stage.DISCUSSION),
    "withdraw": _mine(f.Orphaned),
    "takeover": _in(Stage.ORPHANED),
    "pause": _mine(f.Paused),
    "resume": _mine(f.Resumed),
    "amend": _in(Stage.DRAFT, Stage.DISCUSSION, Stage.ROUND),
    "minor": _in(Stage.DISCUSSION, Stage.ROUND),
    "object": lambda state, item, person: any(one.state == "minor" for one in item.amendments.values()),
    "accept": _mine(f.AmendmentAccepted),
    "rival": _in(Stage.DISCUSSION, Stage.ROUND, Stage.COOLING),
    "agree": _asked(Stage.ROUND),
    "reserve": _asked(Stage.ROUND),
    "aside": _asked(Stage.ROUND),
    "block": _asked(Stage.ROUND),
    "pass": _asked(Stage.ROUND),
    "vote": _asked(Stage.VOTE),
    "statement": _in(Stage.COOLING, Stage.VOTE),
    "position": _in(Stage.ROUND, Stage.VOTE),
    "sign": lambda state, item, person: item.kind is Kind.CALL and item.stage is Stage.VOTE,
}
"""Whether an open item fits a verb, where the number was left out; verbs that are not here fit every open item."""


def item_meant(
    desk: Desk, heard: Heard, person: PersonId | None, request: Request, state: Assembly
) -> Ref | Misread:
    """The number written; else the item of the message replied to; else the only open one that fits the verb."""
    ref = request.item
    letter = ref.letter if ref else ""
    if ref is not None and ref.number is not None:
        return ref
    spoken = outbox.spoken_of(desk.connection, heard.room, heard.reply_to) if heard.reply_to else None
    if spoken is not None and spoken[0] == state.id:
        return Ref(spoken[1], letter)
    fits = FITS.get(request.verb)
    found = [
        number for number in sorted(state.open)
        if fits is None or (person is not None and fits(state, state.items[number], person))
    ]  # fmt: skip
    if len(found) == 1:
        return Ref(found[0], letter)
    shown = ", ".join(f"{number}" for number in found)
    example = _with_number(request.verb, found[0]) if found else None
    return misread(Unclear.WHICH_ITEM, request.verb, shown, example)


def _with_number(verb: str, number: int) -> str:
    """The verb's example about this item."""
    words = VERBS[verb].example.split(" ")
    letter = words[1].lstrip("0123456789") if len(words) > 1 else ""
    return " ".join([words[0], f"{number}{letter}", *words[2:]])


def person_meant(
    desk: Desk, heard: Heard, written: Person, verb: str, assembly: AssemblyId | None
) -> PersonId | Misread:
    """A mention, a username of this platform, a Matrix id, or a handle of this instance; by the id by which this
    assembly knows whose it is (§2.4)."""
    found: PersonId | None = None
    if written.mention is not None and written.mention < len(heard.mentions):
        found = desk.directory.person_of(heard.mentions[written.mention].account)
    elif ":" in written.written:
        found = desk.directory.person_of(f"matrix:{written.written}")
    else:
        name = written.written.removeprefix("@")
        found = desk.directory.by_username(platform_of(heard.room), name) or desk.directory.by_handle(name)
    if found is None:
        return misread(Unclear.UNKNOWN_PERSON, verb, written.written)
    return found if assembly is None else desk.known_as(assembly, found)

