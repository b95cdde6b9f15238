"""One person, several accounts, in more assemblies than one (§2.4): by which id each knows them, who is told what."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from bot import house_run, service_persons
from bot.house_books import minutes_of
from bot.service import Job, Repeated, SetAside
from bot.service_desk import Desk
from bot.service_persons import unite
from bot.store.directory import Directory
from bot.store.export import export, rebuild
from bot.store.tables import ballots, facts, persons, rolls
from bot.store.verify import verify
from governance import commands as c
from tests.process.office import EVERY, HOUR, POSTGRES, WELL, Office, person, url_for
from tests.process.play import COUNCIL, HOME, confederated, decided, founded, play
from tests.process.test_confederation_councils import FUND, votes

CODE = re.compile("[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")
TWO_HOMES = {"Mill": "ana al", "Ford": "bea bo"}
"""Ana and Bea turn out to be one person."""
CIRCLE = COUNCIL + " referendum=now"


def lines(*parts: Iterable[str]) -> str:
    return "".join(f"{line}\n" for part in parts for line in part)


def linked(script: str, first: str = "ana", other: str = "bea") -> str:
    """The script, and the lines by which two accounts become one person. A rehearsal gives the same code each time."""
    script += f"{first}: /link\n"
    found = CODE.search(play(script).told(f"@{first}")[-1])
    assert found is not None
    return f"{script}{other}: /link {found[0]}\n{other}: /link {found[0]} yes\n{first}: /link yes\n"


@pytest.fixture(autouse=True)
def whole(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """At the end of every play all registers are as they were decided."""
    reports: list[Any] = []

    def look(engine: Engine) -> dict[str, Any]:
        reports.append(verify(engine))
        return minutes_of(engine)

    monkeypatch.setattr(house_run, "minutes_of", look)
    yield
    assert [one.wrong for one in reports] == [()] * len(reports)


# --- one ballot in a sum of several assemblies (§6.10)


def test_a_person_of_two_rolls_is_counted_once_among_the_members() -> None:
    """Where they enrolled first, whichever account that was; elsewhere the ballot is that assembly's alone."""
    ballots = votes("valley#1", mill="ana yes al yes", ford="bea no bo no")
    played = play(linked(confederated(TWO_HOMES, CIRCLE) + "wait 1h\n") + FUND + ballots + "wait 48h\n")
    tallies = played.item("Valley", 1)["referendum"]
    assert tallies["assemblies"] == {"yes": 1, "no": 1, "none": 0}
    assert tallies["members"] == {"yes": 2, "no": 1, "abstain": 0}


def test_who_turns_out_to_be_one_while_all_vote_is_counted_once() -> None:
    """The other assembly notes in its register whose ballot it leaves out of the sum."""
    before = confederated(TWO_HOMES, CIRCLE) + "wait 1h\n" + FUND + votes("valley#1", ford="bea no bo no")
    played = play(linked(before, "bea", "ana") + votes("valley#1", mill="ana yes al yes") + "wait 48h\n")
    assert played.item("Valley", 1)["referendum"]["members"] == {"yes": 2, "no": 1, "abstain": 0}


def test_both_entries_on_one_roll_and_one_on_another() -> None:
    """The merged entry is known elsewhere by another id: still one ballot in the sum."""
    homes = {"Mill": "ana al bea", "Ford": "bo ana"}
    before = confederated(homes, CIRCLE) + "wait 1h\n" + FUND
    played = play(
        linked(before, "bea", "ana") + votes("valley#1", mill="bea yes al yes", ford="bea no bo no") + "wait 48h\n"
    )
    assert played.assembly("Mill")["members"] == ["bea", "al"]
    assert played.assembly("Ford")["members"] == ["bo", "bea"]
    assert played.item("Valley", 1)["referendum"]["members"] == {"yes": 2, "no": 1, "abstain": 0}


# --- in councils (§6.2)


def test_two_seats_in_one_council_become_one() -> None:
    """The account of the code keeps its seat; the other home is told, and can send somebody else."""
    script = linked(confederated(TWO_HOMES)) + "wait 1h\n"
    played = play(script + lines(decided("Ford", 3, "bea bo", "/propose delegation Valley @bea")))
    assert played.assembly("Mill")["delegations"]["Valley"]["delegates"] == ["ana"]
    assert "a person carries another delegation there" in played.room("ford")
    # named again, the council refuses it and the home's seat is empty
    assert played.assembly("Ford")["delegations"].get("Valley", {}).get("delegates", []) == []


def test_a_delegate_acts_in_the_council_from_either_account() -> None:
    script = linked(confederated({**TWO_HOMES, "Oak": "cem cy"}), "bo", "ana") + (
        "wait 1h\nana @ valley: /propose Share the water\n> Equal parts.\nana @ valley: /open 1\n"
        "bo @ valley: /position 1 yes\nbo: /pending\nbo: /report Valley We spoke of the water.\n"
    )
    played = play(script)
    assert played.item("Valley", 1)["council"]["positions"]["Mill"]["choice"] == "yes"
    assert "Valley: this waits for you" not in played.told("@bo")[-2]
    assert "We spoke of the water" in played.room("mill")


def test_the_delegate_of_a_council_hangs_on_the_roll_that_knows_them() -> None:
    """Bea of Ford, known to Mill as Ana: leaving the roll that sent her up empties the seat above (§6.2)."""
    script = confederated({"Mill": "ana al", "Ford": "cem bea"}) + f"rio @ region: /found Region council {COUNCIL}\n"
    script = linked(script + lines(founded("Port", "pia paul"), decided("Port", 1, "pia paul", "/propose join Region")))
    for number, motion in ((1, "join Region"), (2, "delegation Region @bea")):
        script += f"ana @ valley: /propose {motion}\nana @ valley: /open {number}\n" + lines(
            decided("Mill", number + 2, "ana al", f"/mandate valley#{number} yes"),
            decided("Ford", number + 2, "cem bea", f"/mandate valley#{number} yes"),
        ) + "wait 48h\n"
    seated = play(script)
    assert seated.assembly("Valley")["delegations"]["Region"]["delegates"] == ["ana"]
    stays, goes = play(script + "bea @ ford: /leave yes\n"), play(script + "bea @ mill: /leave yes\n")
    assert stays.assembly("Valley")["delegations"]["Region"]["delegates"] == ["ana"]
    assert "Region" not in goes.assembly("Valley")["delegations"] or not (
        goes.assembly("Valley")["delegations"]["Region"]["delegates"]
    )


def test_whoever_is_named_by_either_handle_is_meant() -> None:
    """Each assembly by the id it knows: recalled, named, nominated (§2.2)."""
    script = linked(confederated(TWO_HOMES), "bea", "ana") + (
        "wait 1h\nal @ mill: /elect treasurer seats=1\nal @ mill: /nominate 3 @bea\nana @ mill: /stand 3\n"
        "bea @ mill: /stand 3\nal @ mill: /open 3\nal @ mill: /approve 3 @bea\nbea @ mill: /approve 3 @ana\nwait 48h\n"
        "al @ mill: /propose exclusion @bea She took the key\nbea @ mill: /stack\nana @ mill: /stack\n"
    )
    played = play(script)
    assert played.item("Mill", 3)["election"]["winners"] == ["bea"]
    assert "bea may answer in the room and has no ballot in it" in played.room("mill")
    # a speakers' list has a person once
    assert "You are on the speakers' list, as number 1." in played.told("mill", "refusal")


# --- secret, struck, recounted


def test_a_secret_vote_in_which_an_entry_was_struck_can_be_recounted() -> None:
    """The board has the ballots that were counted and no other; M is as it was (§2.4, §8)."""
    given = {"ana": "yes", "bea": "no", "al": "yes", "cem": "no", "dan": "yes", "eva": "yes"}
    script = lines(founded("Mill", "ana al cem dan eva", HOME.replace("secret=none", "secret=all"))) + (
        "wait 1h\nbea @ mill: /join\nana @ mill: /propose Rent\nana @ mill: /open 1\n"
    ) + "".join(f"{who}: /vote 1 {choice}\n" for who, choice in given.items())
    played = play(linked(script, "bea", "ana") + "bea: /vote 1 no\nwait 72h\nana: /receipt 1\n")
    vote = played.item("Mill", 1)["vote"]
    assert (vote["electorate"], vote["yes"], vote["no"]) == (6, 3, 2)
    assert "bea" in played.told("@ana")[-1]


# --- all of it, or nothing of it


ANA, BEA = person("ana"), person("bea")
FORD = "00000000000000b2"


@pytest.fixture(params=EVERY)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    found = two_assemblies(Office(url_for(request, tmp_path)))
    yield found
    found.closes()


def two_assemblies(office: Office) -> Office:
    """Ana and Bea are on both rolls, each first on one of them, and have answered on both."""

    def known(desk: Desk) -> None:
        ids = iter((ANA, BEA))
        directory = Directory(lambda: next(ids))
        directory.connection = desk.connection
        for name in ("ana", "bea"):
            directory.meet(f"console:{name}", name, name, None)
            directory.give_handle(person(name), name)
        desk.directory.forget_memory()

    office.does(office.job(known))
    for assembly, name, first, second in ((WELL, "Well", "ana", "bea"), (FORD, "Ford", "bea", "ana")):
        office.founds(first, "cem", assembly=assembly, name=name, rooms=(f"console:{name}",))
        office.waits(HOUR)
        office.asks(c.Join(person(second)), assembly=assembly)
        office.opens_a_round("cem", assembly)
        for who, position in ((first, "agree"), (second, "aside")):
            office.does(office.answers(who, position, assembly=assembly))
    return office


def joins(office: Office, cause: str = "console:link") -> Job:
    return office.job(lambda desk: unite(desk, ANA, BEA, office.time, cause), cause)


def as_it_is(office: Office) -> list[Any]:
    return [office.rows(table) for table in (facts, ballots, rolls, persons)]


def test_a_link_that_breaks_in_the_middle_has_not_happened(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first assembly had merged its entries already: nothing of that is left, and then it can be done."""
    before = as_it_is(office)
    plan = service_persons._counted_elsewhere

    def breaks(*_: Any) -> Any:
        raise OSError("out of breath")

    monkeypatch.setattr(service_persons, "_counted_elsewhere", breaks)
    assert isinstance(office.service.take([joins(office)], None)[0], SetAside)
    assert as_it_is(office) == before
    assert office.state().roll.keys() == {ANA, BEA, person("cem")}
    monkeypatch.setattr(service_persons, "_counted_elsewhere", plan)
    office.does(joins(office, "console:again"))
    assert [set(office.state(one).roll) for one in (WELL, FORD)] == [{ANA, person("cem")}, {BEA, person("cem")}]


def test_a_link_that_is_heard_again_changes_nothing(office: Office) -> None:
    """Each assembly keeps its older entry and that one's ballot; done twice it is done once."""
    office.does(joins(office))
    after = as_it_is(office)
    assert [(row["assembly"], row["voter"], row["choice"]) for row in office.rows(ballots)] == [
        (WELL, ANA, "agree"), (FORD, BEA, "agree"),
    ]
    assert isinstance(office.service.take([joins(office)], None)[0], Repeated)
    office.starts_again()
    assert isinstance(office.service.take([joins(office)], None)[0], Repeated)
    assert as_it_is(office) == after
    known = office.does(office.job(lambda desk: [desk.known_as(one, BEA) for one in (WELL, FORD)]))[0]
    assert known == [ANA, BEA]


def test_books_of_two_who_are_one_are_as_whole_as_any(office: Office) -> None:
    """Verified, rebuilt from the facts, exported, and told by the handle that stays."""
    office.does(joins(office))
    office.waits(25 * HOUR)
    office.asks(c.Propose(person("cem"), "motion", "Paint the door", "Blue."), assembly=WELL)
    assert office.verified().wrong == ()
    before = as_it_is(office)
    assert rebuild(office.engine) == 2
    assert as_it_is(office) == before
    kept = minutes_of(office.engine)["assemblies"]
    assert all("ana" in one["members"] and len(one["members"]) == 2 for one in kept.values())
    with office.engine.connect() as connection:
        register = list(export(connection, WELL))
    assert sum("MembersMerged" in line for line in register) == 1


@pytest.fixture(params=POSTGRES[:1])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return url_for(request, tmp_path)


def test_another_worker_knows_it_at_once(url: str) -> None:
    """What it kept in memory of who is who is read anew."""
    one, other = two_assemblies(Office(url, worker="one")), Office(url, worker="two")
    other.time = one.time
    look = [lambda desk: desk.directory.ids_of(BEA), lambda desk: desk.known_as(WELL, BEA)]
    assert [other.does(other.job(what, f"console:a{at}"))[0] for at, what in enumerate(look)] == [(BEA,), BEA]
    one.does(joins(one))
    assert [other.does(other.job(what, f"console:b{at}"))[0] for at, what in enumerate(look)] == [(ANA, BEA), ANA]
    with one.engine.connect() as connection:
        assert connection.execute(select(func.count()).where(persons.c.same == ANA)).scalar() == 1
    one.closes()
    other.closes()
