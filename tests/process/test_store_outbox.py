"""What waits to be said, in order; and which message shows which item."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.announce import Notice
from bot.service_desk import Desk
from bot.store import outbox
from bot.store.tables import cards, sayings
from governance import commands as c
from tests.process.office import EVERY, HOUR, MINUTE, ROOM, WELL, Office, person, url_for


@pytest.fixture(params=EVERY)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    office = Office(url_for(request, tmp_path))
    office.founds("ada", "ben")
    clear(office)
    yield office
    office.closes()


def clear(office: Office) -> None:
    office.does(office.job(lambda desk: outbox.drop_room(desk.connection, ROOM)))


def at(office: Office, call: Callable[..., Any], *given: Any) -> Any:
    """A call of the outbox in a transaction of its own."""
    return office.does(office.job(lambda desk: call(desk.connection, *given)))[0]


def waiting(office: Office) -> list[outbox.Waiting]:
    found: list[outbox.Waiting] = at(office, outbox.waiting, office.time, 100)
    return found


def says(office: Office, *notices: Notice) -> None:
    office.does(office.job(lambda desk: desk.say(WELL, notices, office.time)))


def test_a_saying_holds_what_is_to_be_said_and_no_words(office: Office) -> None:
    says(office, Notice("told", 3, about={"code": "paused", "until": 5}, deadline=office.time + HOUR))
    [row] = waiting(office)
    assert (row.assembly, row.room, row.kind, row.item, row.lane) == (WELL, ROOM, "told", 3, 1)
    assert (row.about, row.deadline, row.made, row.tries) == (
        {"code": "paused", "until": 5}, office.time + HOUR, office.time, 0,
    )
    assert row.key == f"{WELL}:{row.number}"


def test_sayings_go_by_lane_then_by_time_then_as_they_were_queued(office: Office) -> None:
    says(office, Notice("reminder", 1, lane=3), Notice("card", 1, lane=2), Notice("card", 2, lane=2))
    office.waits(MINUTE)
    says(office, Notice("result", 9, lane=1), Notice("card", 3, lane=2))
    assert [(row.kind, row.item) for row in waiting(office)] == [
        ("result", 9), ("card", 1), ("card", 2), ("card", 3), ("reminder", 1),
    ]


def test_a_card_need_not_be_shown_when_a_newer_one_of_its_item_is_to_follow_it(office: Office) -> None:
    """After an outage: both would show the item as it is by then."""
    says(office, Notice("card", 1, lane=2), Notice("card", 2, lane=2), Notice("result", 1, lane=1))
    says(office, Notice("card", 1, lane=2))
    kept = [(row.kind, row.item) for row in waiting(office) if not at(office, outbox.newer_card_waits, row)]
    assert kept == [("result", 1), ("card", 2), ("card", 1)]


def test_numbers_go_on_after_a_restart(office: Office) -> None:
    says(office, Notice("card", 1), Notice("card", 2))
    last = waiting(office)[-1].number
    clear(office)
    office.starts_again()
    says(office, Notice("card", 3))
    assert [row.number for row in waiting(office)] == [last + 1]


def test_a_notice_goes_to_every_room_that_still_takes_it(office: Office) -> None:
    def rooms(desk: Desk) -> None:
        desk.directory.bind_room("matrix:a", WELL, None, "Well", office.time)
        desk.directory.bind_room("matrix:b", WELL, "7", "Well", office.time)
        desk.directory.change_room("matrix:a", gone=True)

    office.does(office.job(rooms))
    says(office, Notice("card", 1))
    assert {(row.room, row.thread) for row in waiting(office)} == {(ROOM, None), ("matrix:b", "7")}


def test_a_notice_to_a_person_goes_to_the_private_room_if_there_is_one(office: Office) -> None:
    def meets(desk: Desk) -> str:
        ana = desk.directory.meet("telegram:42", "Ana", None, None)
        desk.directory.know_private("telegram:42", "telegram:42", office.time)
        return ana

    [ana] = office.does(office.job(meets))
    says(office, Notice("told", 1, ana), Notice("told", 1, person("ben")))
    assert [(row.room, row.person) for row in waiting(office)] == [("telegram:42", ana)]


def test_a_room_without_an_assembly_can_be_spoken_to(office: Office) -> None:
    office.does(office.job(lambda desk: desk.say_in("telegram:-9", Notice("told", None), office.time)))
    office.does(office.job(lambda desk: desk.say_in("telegram:-9", Notice("told", None), office.time)))
    rows = waiting(office)
    assert [(row.assembly, row.room) for row in rows] == [("", "telegram:-9")] * 2
    assert rows[0].key.startswith("house:")
    assert rows[0].number < rows[1].number


def test_what_was_said_is_gone_and_what_failed_waits(office: Office) -> None:
    says(office, Notice("card", 1), Notice("card", 2))
    first, second = waiting(office)
    at(office, outbox.done, [(first.assembly, first.number)])
    at(office, outbox.later, second.assembly, second.number, office.time + MINUTE, 1)
    assert waiting(office) == []
    assert at(office, outbox.count) == 1
    assert at(office, outbox.next_saying, office.time) == office.time + MINUTE
    office.waits(MINUTE)
    assert [(row.item, row.tries) for row in waiting(office)] == [(2, 1)]


def test_what_waits_moves_with_its_room(office: Office) -> None:
    says(office, Notice("card", 1))
    office.does(office.job(lambda desk: desk.directory.move_room(ROOM, "console:new")))
    assert [row.room for row in waiting(office)] == ["console:new"]


def test_a_failed_batch_says_nothing(office: Office) -> None:
    def says_and_fails(desk: Desk) -> None:
        desk.say(WELL, [Notice("card", 1)], office.time)
        raise LookupError

    office.service.take([office.job(says_and_fails)])
    assert office.count(sayings) == 0


# --- cards


def posted(office: Office, message: str, item: int = 1, shown: int = 0) -> outbox.Card | None:
    former: outbox.Card | None = at(office, outbox.card_posted, WELL, item, ROOM, message, None, shown, office.time)
    return former


def test_a_new_card_takes_the_place_of_the_former(office: Office) -> None:
    assert posted(office, "m1") is None
    former = posted(office, "m2")
    assert former is not None
    assert former.message == "m1"
    card = at(office, outbox.card, WELL, 1, ROOM)
    assert (card.message, card.wanted, card.shown) == ("m2", 0, 0)
    assert at(office, outbox.cards_of, WELL, 1) == [card]


def test_every_message_about_an_item_is_known_by_it(office: Office) -> None:
    """A reply to an older card, or a button under it, is understood."""
    posted(office, "m1")
    posted(office, "m2")
    at(office, outbox.spoke, WELL, ROOM, "m3", 7)
    assert [at(office, outbox.spoken_of, ROOM, message) for message in ("m1", "m2", "m3", "m4")] == [
        (WELL, 1), (WELL, 1), (WELL, 7), None,
    ]


def test_many_ballots_of_a_batch_are_one_change_of_the_card(office: Office) -> None:
    office.opens_a_round("ada")
    posted(office, "m1")
    office.does(office.answers("ada", "agree"), office.answers("ben", "pass"), office.answers("ben", "agree"))
    [card] = at(office, outbox.cards_to_edit, 10)
    assert (card.item, card.wanted, card.shown) == (1, 1, 0)
    office.does(office.answers("ben", "pass"))
    at(office, outbox.card_edited, card, card.wanted, office.time)
    [card] = at(office, outbox.cards_to_edit, 10)
    assert (card.wanted, card.shown) == (2, 1)
    at(office, outbox.card_edited, card, card.wanted, office.time)
    assert at(office, outbox.cards_to_edit, 10) == []


def test_a_fact_about_an_item_changes_its_card(office: Office) -> None:
    office.asks(c.Propose(person("ada"), "motion", "A bench", "By the mill."))
    posted(office, "m1")
    office.asks(c.Amend(person("ben"), 1, "By the well."))
    assert [card.item for card in at(office, outbox.cards_to_edit, 10)] == [1]


def test_a_card_whose_message_is_gone_is_forgotten(office: Office) -> None:
    posted(office, "m1")
    card = at(office, outbox.card, WELL, 1, ROOM)
    at(office, outbox.card_gone, card)
    assert office.count(cards) == 0
