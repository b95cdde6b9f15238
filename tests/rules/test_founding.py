"""Founding an assembly, and what it can decide at all (§2.1, §2.6)."""

import pytest

from governance import commands as c
from governance.enrolment import electorate_too_small, is_name, too_small
from governance.refusals import Why
from governance.terms import fold_name
from tests.house import WELL, BallotBox, House


def test_founding_binds_and_enrols_the_founder(house: House) -> None:
    """`found` enrols the founder; the charter is version 1, P1 the aims and the survival (§2.1)."""
    house.founds("ada")
    assert house.minutes() == ["Founded", "Enrolled"]
    assert house.roll == {"ada"}
    assert house.state.charter.version == 1
    assert {one.number: one.text for one in house.state.principles.values()} == {
        1: "the aims and the survival of this assembly"
    }


def test_anyone_founds_anew_while_the_founder_is_alone(house: House) -> None:
    """Until a second person has joined, anyone in the room may found anew (§2.1)."""
    house.founds("ada", "Well").founds("ben", "Spring", rounds="3")
    assert (house.state.name, house.roll, house.state.charter.rounds) == ("Spring", {"ben"}, 3)


def test_founding_anew_is_over_once_a_second_person_has_joined(house: House) -> None:
    """After that only an adopted charter motion changes the charter (§2.1)."""
    house.members("ada", "ben")
    house.refuses(Why.ALREADY_FOUNDED, "founds", "ada", rounds="3")


def test_founding_anew_stays_over_when_the_others_have_left_again(house: House) -> None:
    """A second person has joined; that they left again changes nothing (§2.1)."""
    house.members("ada", "ben").leaves("ben")
    house.refuses(Why.ALREADY_FOUNDED, "founds", "ada")


def test_a_second_person_has_joined_even_if_the_founder_left_before(house: House) -> None:
    """Who joins after the founder left is a second person, though alone on the roll (§2.1)."""
    house.founds("ada").leaves("ada").joins("ben")
    house.refuses(Why.ALREADY_FOUNDED, "founds", "ada")


def test_the_founder_who_comes_back_is_no_second_person(house: House) -> None:
    """Only a second person ends founding anew (§2.1)."""
    house.founds("ada").leaves("ada").joins("ada").founds("ada", "Spring")
    assert house.state.name == "Spring"


def test_founding_anew_ends_what_was_begun_and_runs_on_with_the_numbers(house: House) -> None:
    """Items and principles begin anew; a number is never given twice, so no ballot finds another item's box."""
    house.founds("ada").proposes("ada", "Repair the pump").founds("ben", "Spring")
    assert (dict(house.state.items), house.state.open) == ({}, ())
    house.proposes("ben", "Paint the pump")
    assert list(house.state.items) == [2]


def test_a_command_to_nobody_is_our_own_mistake() -> None:
    """Where nothing was founded only founding can be asked; the door says so to us, not to members."""
    house = House()
    with pytest.raises(ValueError, match="no assembly"):
        house.asks(c.Join("ada"))


@pytest.mark.parametrize("name", ["Well", "na", "water_works", "Ñandú-2", "колодец", "क्षेत्र", "٣٤", "x" * 40])
def test_names(name: str) -> None:
    """One word of letters and digits of any script, `-` and `_`, 2 to 40 characters (§2.1)."""
    assert is_name(name)


@pytest.mark.parametrize(
    "name", ["w", "", "x" * 41, "two words", "a.b", "a/b", "<b>", "__", "-", "a\nb", "\u0301b", "\u093eb", "a\u202eb"]
)
def test_no_names(name: str) -> None:
    """Spaces, signs, bare dashes and lone accents make no name (§2.1)."""
    assert not is_name(name)
    House().refuses(Why.NAME_NOT_A_WORD, "founds", "ada", name)


def test_a_name_is_counted_and_kept_composed() -> None:
    """NFC first, then 40 characters (§2.1)."""
    house = House().founds("ada", "é" * 40)
    assert house.state.name == "é" * 40


def test_names_are_the_same_however_they_are_typed() -> None:
    """Unique by NFC and case folding (§2.1)."""
    assert fold_name("STRASSE") == fold_name("straße")
    assert fold_name("É") == fold_name("é")
    assert fold_name("well") != fold_name("wel")


def test_an_unknown_preset_is_refused(house: House) -> None:
    """`small`, `default`, `large` and no other (§2.1)."""
    house.refuses(Why.UNKNOWN_PRESET, "founds", "ada", preset="tiny")
    assert house.refusal
    assert house.refusal.about == {"preset": "tiny"}


def test_an_unknown_key_is_refused_by_name(house: House) -> None:
    """§2.1: an unknown key is refused by name."""
    house.refuses(Why.UNKNOWN_KEY, "founds", "ada", colour="red")
    assert house.refusal
    assert house.refusal.about == {"key": "colour"}


def test_refused_founding_founds_nothing(house: House) -> None:
    """A refusal is a value, and nothing happened."""
    house.refuses(Why.BAD_VALUE, "founds", "ada", threshold="1/3")
    assert house.register == []


def test_an_assembly_smaller_than_its_quorum_is_told_so() -> None:
    """Smaller than its quorum needs, it decides nothing; `found`, `join` and `open` can say so (§2.6)."""
    house = House(quorum_min="3").members("ada", "ben")
    assert too_small(house.state)
    house.proposes("ada", "Repair the pump").opens("ada", 1)
    assert electorate_too_small(house.state, 1)
    house.agrees("ada ben", 1).waits("72h").waits("36h")
    assert (house.stage(1), house.why(1)) == ("lapsed", "no_quorum")
    house.joins("cy").proposes("cy", "Paint the pump")
    assert not too_small(house.state)
    assert not electorate_too_small(house.state, 2)
    house.opens("cy", 2)
    assert not electorate_too_small(house.state, 2)


def test_a_question_nobody_may_answer_decides_nothing() -> None:
    """M = 0, for all are newcomers: silence is never consent, whatever the quorums say (§2.6, §4.3)."""
    house = House(quorum_min="0", round_quorum="0", vote_quorum="0", newcomer="48h", cooling="0")
    house.members("ada", "ben").proposes("ada", "Repair the pump").opens("ada", 1)
    assert house.electorate(1) == set()
    house.waits("72h")
    assert house.outcomes(1) == ["no_support"]
    house.waits("72h")
    assert house.stage(1) != "adopted"


def test_min_support_is_never_more_than_the_electorate() -> None:
    """Five supporters asked of four members are four (§2.6)."""
    house = House(min_support="5").members("ada", "ben", "cy", "dov")
    house.proposes("ada", "Repair the pump").agrees("ada ben cy dov", 1).waits("72h")
    assert house.stage(1) == "adopted"


def test_a_state_knows_its_assembly(house: House) -> None:
    """The door is told which assembly is asked; the state keeps it."""
    assert house.founds("ada").state.id == WELL
    assert BallotBox().choice("1.1", "ada") is None
