"""Who is who, and where an assembly meets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store import directory
from bot.store.directory import Directory
from bot.store.engine import open_engine
from bot.store.upgrade import upgrade
from tests.process.office import EVERY, MINUTE, START, WELL, Office, person, url_for


@pytest.fixture(params=EVERY)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    office = Office(url_for(request, tmp_path))
    yield office
    office.closes()


@pytest.fixture
def people(office: Office) -> Iterator[Directory]:
    """A directory inside one transaction."""
    ids = iter(f"{number:016x}" for number in range(1, 100))
    with office.engine.begin() as connection:
        found = Directory(lambda: next(ids))
        found.connection = connection
        yield found


def test_an_account_is_one_person_for_ever(people: Directory) -> None:
    ana = people.meet("telegram:42", "Ana", "ana", "fr")
    assert people.meet("telegram:42", "Ana", "ana", "fr") == ana
    assert people.meet("telegram:43", "Ana", None, None) != ana
    assert people.person_of("telegram:42") == ana
    assert people.person_of("telegram:99") is None


def test_a_new_name_is_taken_over(people: Directory) -> None:
    ana = people.meet("telegram:42", "Ana", "ana", None)
    people.meet("telegram:42", "Ana María", "ana_m", "es")
    people.forget_memory()
    account = people.account("telegram:42")
    assert account is not None
    assert (account.name, account.username, account.language) == ("Ana María", "ana_m", "es")
    known = people.person(ana)
    assert known is not None
    assert known.name == "Ana María"
    assert people.by_username("telegram", "ANA_M") == ana
    assert people.by_username("telegram", "ana") is None
    assert people.by_username("matrix", "ana_m") is None


def test_handles_are_unique_and_stay(people: Directory) -> None:
    first, second = people.meet("console:a", "Ana", None, None), people.meet("console:b", "ANA", None, None)
    assert people.give_handle(first, "Ana") == "Ana"
    assert people.give_handle(second, "ANA") == "ANA2"
    assert people.give_handle(first, "other") == "Ana"
    assert people.by_handle("aNa") == first
    assert people.by_handle("nobody") is None


@pytest.mark.parametrize(("wished", "handle"), [
    ("Ana María  O'Neill", "Ana_María_O_Neill"), ("  ", "member"), ("मीरा", "मीरा"), ("<b>x</b>", "b_x_b"),
    ("a" * 50, "a" * 32),
])
def test_a_handle_is_made_from_any_name(people: Directory, wished: str, handle: str) -> None:
    assert people.give_handle(people.meet("console:a", wished, None, None), wished) == handle


def test_a_person_chooses_language_and_zone(people: Directory) -> None:
    ana = people.meet("console:a", "Ana", None, None)
    people.set_language(ana, "fr")
    people.set_zone(ana, "Europe/Paris")
    known = people.person(ana)
    assert known is not None
    assert (known.language, known.zone) == ("fr", "Europe/Paris")


def test_a_forgotten_person_has_no_name_handle_or_account(people: Directory) -> None:
    ana = people.meet("telegram:42", "Ana", "ana", None)
    people.give_handle(ana, "ana")
    people.ask_again(ana, "telegram:42", "/forget", START)
    people.forget_person(ana)
    known = people.person(ana)
    assert known is not None
    assert (known.name, known.handle) == ("", "")
    assert people.person_of("telegram:42") is None
    assert people.by_handle("ana") is None
    assert people.asked(ana, "telegram:42") is None
    # whoever speaks from that account again is somebody new
    assert people.meet("telegram:42", "Ana", "ana", None) != ana


def test_private_rooms_are_those_opened_last(people: Directory) -> None:
    ana, ben = people.meet("telegram:42", "Ana", None, None), people.meet("telegram:43", "Ben", None, None)
    people.know_private("telegram:42", "telegram:42", START)
    people.know_private("telegram:9", "telegram:9", START)
    assert people.private_rooms([ana, ben]) == {ana: "telegram:42"}
    assert [one.private for one in people.accounts_of(ana)] == ["telegram:42"]
    people.forget_private("telegram:42")
    assert people.private_rooms([ana, ben]) == {}


def test_many_persons_are_found_at_once(people: Directory) -> None:
    ana = people.meet("telegram:42", "Ana", None, None)
    many = [f"{number:016x}" for number in range(1000, 3500)]
    assert list(people.people([*many, ana])) == [ana]


def test_a_question_asked_once_more_waits_for_its_yes(people: Directory) -> None:
    ana = people.meet("console:a", "Ana", None, None)
    people.ask_again(ana, "console:well", "/leave", START)
    people.ask_again(ana, "console:well", "/forget", START + MINUTE)
    assert people.asked(ana, "console:well") == ("/forget", START + MINUTE)
    assert people.asked(ana, "console:mill") is None
    people.ask_no_more(ana, "console:well")
    assert people.asked(ana, "console:well") is None


# --- assemblies and rooms


def test_names_are_the_same_when_they_fold_to_the_same(office: Office) -> None:
    office.founds("ada", name="Straße")

    def look(desk):  # type: ignore[no-untyped-def]
        found = desk.directory
        return found.assembly_named("STRASSE"), found.assembly_named("Mill"), directory.names(desk.connection)

    assert office.does(office.job(look)) == [(WELL, None, {WELL: "Straße"})]


def test_founding_anew_gives_the_name_free(office: Office) -> None:
    office.founds("ada", name="Well")
    office.founds("ada", name="Spring")
    named = office.does(office.job(lambda desk: (
        desk.directory.assembly_named("Well"), desk.directory.assembly_named("Spring")
    )))
    assert named == [(None, WELL)]


def test_an_assembly_meets_in_its_rooms(office: Office) -> None:
    office.founds("ada", rooms=("telegram:-1", "matrix:!a:b"))

    def rooms(desk):  # type: ignore[no-untyped-def]
        return [(room.room, room.gone) for room in desk.directory.rooms_of(WELL)]

    def leave(desk):  # type: ignore[no-untyped-def]
        desk.directory.change_room("telegram:-1", gone=True)

    assert office.does(office.job(rooms)) == [[("matrix:!a:b", False), ("telegram:-1", False)]]
    office.does(office.job(leave))
    assert office.does(office.job(rooms)) == [[("matrix:!a:b", False), ("telegram:-1", True)]]
    assert office.does(office.job(lambda desk: desk.directory.assembly_in("telegram:-1"))) == [WELL]
    assert office.does(office.job(lambda desk: desk.directory.assembly_in("telegram:-2"))) == [None]


def test_a_room_moves_with_what_waits_for_it(office: Office) -> None:
    """A group becomes a supergroup: heard from the platform, and perhaps learnt from a refusal before."""
    office.founds("ada", "ben", rooms=("telegram:-1",))

    def move(desk):  # type: ignore[no-untyped-def]
        desk.directory.move_room("telegram:-1", "telegram:-1001")

    for _ in range(2):
        office.does(office.job(move))
    assert office.does(office.job(lambda desk: desk.directory.assembly_in("telegram:-1001"))) == [WELL]
    assert office.does(office.job(lambda desk: desk.directory.assembly_in("telegram:-1"))) == [None]


def test_a_failed_batch_leaves_no_stale_memory(office: Office) -> None:
    def meets_and_fails(desk):  # type: ignore[no-untyped-def]
        desk.directory.meet("console:dee", "Dee", None, None)
        raise LookupError

    office.service.take([office.job(meets_and_fails)])
    assert office.does(office.job(lambda desk: desk.directory.person_of("console:dee"))) == [None]


def test_a_throw_away_database_leaves_nothing(tmp_path: Path) -> None:
    engine = open_engine("sqlite://")
    upgrade(engine)
    place = Path(str(engine.url.database))
    assert place.exists()
    engine.dispose()
    assert not place.exists()
    assert person("ada") == "6164610000000000"
