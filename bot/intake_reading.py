"""The verbs that only read: each a page made from the state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from adapters.port import Heard
from bot import reading, wording, wording_people
from bot.grammar import Misread, Ref, Request, Unclear, closest, misread
from bot.intake_where import above
from bot.reading_why import why
from bot.service_desk import Desk
from bot.store import board
from bot.wording import Voice
from bot.wording_help import pressing
from governance.mandate import acting_for
from governance.motion import Item, question_id
from governance.refusals import Refused, Why, refuse
from governance.state import Assembly
from governance.terms import AssemblyId, PersonId

READING: Mapping[str, bool] = {
    "roll": False, "charter": False, "principles": False, "agenda": False, "pending": False, "decisions": False,
    "minutes": False, "help": False, "roles": False, "receipt": True, "show": True, "why": True, "statement": True,
}  # fmt: skip
"""Verbs that read, and whether they read an item."""

Page = str | Refused | Misread


def choice_of(desk: Desk, state: Assembly, person: PersonId | None, item: Item) -> str | None:
    """What this person answered in the item's open question."""
    question = item.question
    if question is None or person is None:
        return None
    box = desk.box(state.id)
    given = (box.choice(question_id(item.number, question.serial, one), person) for one in question.texts)
    return next((one for one in given if one is not None), None)


def read(
    desk: Desk, heard: Heard, person: PersonId | None, request: Request, state: Assembly | None, ref: Ref | None,
    voice: Voice,
) -> Page:  # fmt: skip
    """The page a request asks for."""
    if request.verb == "help":
        return _help(desk, heard, person, request, state, voice)
    if state is None:
        return misread(Unclear.NO_ASSEMBLY_HERE, request.verb)
    if request.verb == "pending":
        return _pending(desk, heard, person, request, state, voice)
    number, letter = (ref.number or 0, ref.letter) if ref else (0, "")
    tally = desk.box(state.id).tally
    if request.verb == "receipt":
        return _receipt(desk, heard, person, state, number, voice)
    pages: Mapping[str, Callable[[], Page]] = {
        "agenda": lambda: reading.agenda(state, voice),
        "decisions": lambda: reading.decisions(state, voice, request.text),
        "minutes": lambda: reading.minutes_text(state, voice),
        "roles": lambda: wording_people.roles(state, voice),
        "roll": lambda: reading.roll(state, voice),
        "charter": lambda: reading.charter(state, voice, request.word),
        "principles": lambda: reading.principles(state, voice),
        "show": lambda: reading.show(state, number, tally, voice, letter),
        "why": lambda: why(state, number, voice),
        "statement": lambda: reading.statements(state, number, voice),
    }
    return pages[request.verb]()


def _receipt(
    desk: Desk, heard: Heard, person: PersonId | None, state: Assembly, number: int, voice: Voice
) -> Page:
    """The boards of an item's closed secret ballots (§8.2), and to the one alone who asks what opens their own row of
    its list (§7.4)."""
    item = state.items.get(number)
    if item is None:
        return refuse(Why.NO_SUCH_ITEM, item=number, last=state.last_item)
    row = item.pool.rows.get(person or "") if item.pool is not None else None
    boards, own = _boards(desk, state, item), row is not None and bool(row.openings)
    pages = [wording_people.board_page(item, boards, voice)] if boards else []
    if row is not None and own and heard.private:
        pages.append(wording_people.own_row(item, row, voice))
    elif own and not pages:
        return refuse(Why.OWN_ROW_IN_PRIVATE, item=number)
    return "\n\n".join(pages) or refuse(Why.NO_BOARD, item=number)


def _boards(desk: Desk, state: Assembly, item: Item) -> dict[str, tuple[list[tuple[str, str]], list[PersonId]]]:
    number = item.number
    closed = [(one.serial, letter) for one in item.votes if one.secret for letter in one.tallies]
    if item.pool is not None and item.pool.secret and item.question is None:
        closed.append((item.questions, ""))
    names = [question_id(number, serial, letter) for serial, letter in closed]
    found = {name: board.of(desk.connection, state.id, name) for name in names}
    return {name: (list(one.rows), list(one.names)) for name, one in found.items()}


def _pending(
    desk: Desk, heard: Heard, person: PersonId | None, request: Request, state: Assembly, voice: Voice
) -> str:
    """Alone with the bot: of all assemblies one belongs to, unless one is named."""
    states = [state]
    if heard.private and not request.assembly and person:
        mine = desk.directory.assemblies_of(person)
        found = (desk.state(one) for one in mine)
        states = sorted((one for one in found if one is not None), key=lambda one: one.name) or [state]
        sits = _sits_in(desk, mine, person)
        states += [one for one, own in sits if any(pressing(one, own, lambda item: False, voice))]
    mine_in = [(one, desk.known_as(one.id, person) if person else "") for one in states]
    return reading.pending([(one, partial(choice_of, desk, one, own), own) for one, own in mine_in], voice)


def _sits_in(desk: Desk, mine: Sequence[AssemblyId], person: PersonId) -> Iterator[tuple[Assembly, PersonId]]:
    """The councils, at any height, where this person sits for an assembly, and as whom."""
    for council in above(desk, mine):
        state, own = desk.state(council), desk.known_as(council, person)
        if state is not None and acting_for(state, own) is not None:
            yield state, own


def _help(
    desk: Desk, heard: Heard, person: PersonId | None, request: Request, state: Assembly | None, voice: Voice
) -> Page:
    if request.word == "all":
        return wording.help_all(voice, private=heard.private)
    if request.word:
        page = wording.help_verb(request.word, voice)
        if page is not None:
            return page
        close = closest(request.word)
        example = f"help {close}" if close else "help all"
        return misread(Unclear.UNKNOWN_VERB, request.word, request.word, example)

    own = desk.known_as(state.id, person) if state is not None and person else person

    def answered(item: Item) -> bool:
        return state is not None and choice_of(desk, state, own, item) is not None

    return wording.help_now(state, own or "", answered, voice, private=heard.private)
