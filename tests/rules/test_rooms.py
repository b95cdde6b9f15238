"""Where an assembly meets: rooms opened by a code its own motion gave, and given up by another (§1)."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from governance import commands as c
from governance import facts as f
from governance.charter import draw_up, preset_values
from governance.meeting import awaits_code
from governance.refusals import Refused, Why
from governance.rooms import FIRST, code_digest
from governance.terms import DAY
from tests.confederation import three
from tests.house import WELL, House

CASES = tomllib.loads((Path(__file__).parent / "cases" / "room-code.toml").read_text(encoding="utf-8"))["case"]


def well() -> House:
    return House(rounds="1", early_close="yes", early_close_after="0").members("ada", "ben")


def adopts(house: House, label: str, close: bool = False) -> int:
    """A motion on a room, adopted by both at once; its number."""
    house.proposes("ada", "", kind="room", label=label, **({"close": True} if close else {}))
    number = house.state.last_item
    house.agrees("ada ben", number)
    assert house.stage(number) == "adopted"
    return number


def play(house: House, line: str) -> None:
    match line.split():
        case ["adopt", "room", label, *close]:
            adopts(house, label, bool(close))
        case ["offer", secret]:
            house.does(c.OfferRoom(house.state.last_item, secret))
        case [by, "code", secret, "on", platform]:
            house.does(c.OpenRoom(by.removesuffix(":"), secret, platform))
        case ["wait", duration, *less]:
            house.waits(duration, less=int(less[1]) if less else 0)
        case ["out", "of", label]:
            house.does(c.NoteRoom(label, False))
        case ["in", label]:
            house.does(c.NoteRoom(label, True))
        case _:
            raise AssertionError(line)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["source"]))
def test_rooms(case: dict[str, Any]) -> None:
    house = well()
    for line in case["chat"]:
        said, refused, why = line.partition("  -- refused: ")
        if refused:
            with pytest.raises(AssertionError):
                play(house, said)
            assert isinstance(house.refusal, Refused)
            assert house.refusal.why is Why(why)
        else:
            play(house, line)
    standing = house.state.rooms.standing.values()
    assert [room.label for room in standing] == case["rooms"]
    assert [room.label for room in standing if not room.present] == case.get("out", [])


def test_it_is_founded_in_its_first_room_and_meets_there_when_founded_anew() -> None:
    house = House().founds("ada")
    assert list(house.state.rooms.standing) == [FIRST]
    house.founds("ada", "Spring")
    assert list(house.state.rooms.standing) == [FIRST]


def test_the_register_holds_a_digest_of_the_code_and_not_the_code() -> None:
    """Whoever reads the register cannot open a room; whoever has the code can show that it was this one."""
    house = well()
    number = adopts(house, "hall")
    assert awaits_code(house.item(number))
    house.does(c.OfferRoom(number, "kq4x7m2p9fz3hc5w"))
    (offered,) = house.facts(f.RoomOffered)
    assert offered.digest == code_digest(WELL, number, "kq4x7m2p9fz3hc5w")
    assert offered.until == house.now + 7 * DAY
    assert "kq4x7m2p9fz3hc5w" not in repr(house.register)
    assert offered.digest not in {code_digest(WELL, number + 1, "kq4x7m2p9fz3hc5w"),
                                  code_digest("other", number, "kq4x7m2p9fz3hc5w")}  # fmt: skip


def test_that_a_room_was_opened_stands_in_the_register() -> None:
    house = well()
    number = adopts(house, "hall")
    house.does(c.OfferRoom(number, "kq4x")).does(c.OpenRoom("ben", "kq4x", "matrix"))
    assert house.facts(f.RoomOpened) == [f.RoomOpened(number, "hall", "matrix", "ben")]


def test_only_an_adopted_motion_is_given_a_code_and_only_one() -> None:
    house = well().proposes("ada", "", kind="room", label="hall")
    assert isinstance(house.asks(c.OfferRoom(1, "kq4x")), Refused)
    house.agrees("ada ben", 1).does(c.OfferRoom(1, "kq4x"))
    assert isinstance(house.asks(c.OfferRoom(1, "zzzz")), Refused)
    adopts(house, "hall", close=True)
    assert isinstance(house.asks(c.OfferRoom(2, "zzzz")), Refused)


def test_a_room_takes_the_way_of_an_ordinary_motion() -> None:
    """It is not among the structural kinds of §9; it is not repealed but given up by its own verb (§5.9)."""
    charter = draw_up({**(preset_values("default") or {}), "seconds": "0", "discussion_min": "0", "rounds": "0"}, 1)
    assert not isinstance(charter, Refused)
    house = House(rounds="0", early_close="yes", early_close_after="0").members("ada", "ben")
    house.proposes("ada", "", kind="room", label="hall").opens("ada", 1)
    assert house.question(1).threshold == str(charter.threshold) != str(charter.structural_threshold)
    house.votes("ada", 1, "yes").votes("ben", 1, "yes")
    house.refuses(Why.CHANGED_BY_ITS_VERB, "proposes_repeal", "ada", 1)
    assert house.refusal is not None
    assert house.refusal.about["verb"] == "/propose room"
    house.refuses(Why.WRONG_STAGE, "amends", "ada", 1, "another text")


def test_what_can_no_longer_be_done_at_adoption_is_rejected_as_infeasible() -> None:
    """§2.1: two motions on one room, and the room is there before the second is adopted; the last room is left."""
    house = well()
    for _ in range(2):
        house.proposes("ada", "", kind="room", label="hall")
    house.agrees("ada ben", 1).does(c.OfferRoom(1, "kq4x")).does(c.OpenRoom("ada", "kq4x", "matrix"))
    house.agrees("ada ben", 2)
    assert (house.stage(2), house.why(2)) == ("rejected", "infeasible")
    house.proposes("ada", "", kind="room", label="hall", close=True)
    house.does(c.NoteRoom("first", False)).agrees("ada ben", 3)
    assert (house.stage(3), house.why(3)) == ("rejected", "infeasible")


def test_what_the_platform_shows_is_noted_once_and_of_rooms_that_stand() -> None:
    house = well()
    for label, present in (("first", True), ("hall", False), ("FIRST", False), ("first", False), ("first", True)):
        house.does(c.NoteRoom(label, present))
    assert house.facts(f.RoomNoted) == [f.RoomNoted("first", False), f.RoomNoted("first", True)]


def test_a_council_opens_a_room_by_whoever_sits_in_it() -> None:
    """Its members are assemblies: a delegate acts, who is on no delegation does not (§3.3)."""
    commune = three(council={"early_close": "yes"})
    commune.puts("ana", "Valley", "", kind="room", label="hall")
    number = commune.state("Valley").last_item
    for name in ("Mill", "Ford", "Hill"):
        commune.mandates(name, "Valley", number, "yes")
    commune.waits("30d")
    assert commune.stage("Valley", number) == "adopted"
    commune.does("Valley", c.OfferRoom(number, "kq4x"))
    commune.refuses(Why.CODE_FOR_MEMBERS, "Valley", c.OpenRoom("ben", "kq4x", "matrix"))
    commune.does("Valley", c.OpenRoom("ana", "kq4x", "matrix"))
    assert list(commune.state("Valley").rooms.standing) == ["first", "hall"]
    commune.checks()
