"""A register is folded, and what could never have been decided is not folded silently."""

import dataclasses
from typing import Any

import pytest

from governance.assembly import fold
from governance.closing import open_question_of, vote_rule
from governance.facts import (
    ClosingMoved,
    Fact,
    PresenceNoted,
    RoundClosed,
    Seconded,
    TendencyNoted,
    VoteClosed,
)
from governance.state import IllegalFact, Sitting
from tests.house import WELL, House


def pump(house: House, **charter: str) -> House:
    house.values |= charter
    return house.members("ada", "ben", "cy").proposes("ada", "Repair the pump").opens("ada", 1)


def test_an_empty_register_is_no_assembly() -> None:
    """Where nothing was founded there is nothing."""
    assert fold(WELL, []) is None


def test_the_same_facts_give_the_same_state(house: House) -> None:
    """Folded as a whole or one by one (HOUSE: a state is a value); the last instant too."""
    pump(house).blocks("cy", 1).waits("96h").votes("ada ben", 1, "yes").waits("24h")
    state = fold(WELL, house.register)
    assert state == house.state
    assert state
    assert state.last == house.register[-1][0]


def test_a_fact_that_the_table_does_not_have_is_not_folded(house: House) -> None:
    """A second in a round: no member could have done that (§3.1)."""
    pump(house)
    with pytest.raises(IllegalFact, match="Seconded in stage round"):
        fold(WELL, [*house.register, (house.now, Seconded(1, "ben"))])


@pytest.mark.parametrize(
    "fact", [RoundClosed(1, 1, {}, "blocked", ""), ClosingMoved(1, 1, 0, "downtime")],
    ids=lambda one: type(one).__name__,
)
def test_what_happens_to_a_round_needs_an_open_round(house: House, fact: Fact) -> None:
    """Closed once, it is not closed or moved again."""
    pump(house)
    with pytest.raises(IllegalFact):
        fold(WELL, [*house.register, (house.now, RoundClosed(1, 1, {}, "blocked", "")), (house.now, fact)])


@pytest.mark.parametrize(
    "fact", [VoteClosed(1, 1, {}, {}, "adopted", "", ""), TendencyNoted(1, 1, "adopted")],
    ids=lambda one: type(one).__name__,
)
def test_what_happens_to_a_vote_needs_an_open_vote(house: House, fact: Fact) -> None:
    """Closed once, it is not closed or noted again."""
    pump(house, rounds="0")
    closed = VoteClosed(1, 1, {}, {}, "adopted", "", "")
    with pytest.raises(IllegalFact):
        fold(WELL, [*house.register, (house.now, closed), (house.now, fact)])


def test_what_is_not_open_cannot_be_counted(house: House) -> None:
    """Asking for it is our own mistake, and says so."""
    house.members("ada").proposes("ada", "Repair the pump")
    with pytest.raises(ValueError, match="no open question"):
        open_question_of(house.item(1))


def test_a_vote_without_a_threshold_cannot_be_counted(house: House) -> None:
    """Its opening holds one; a register in which it does not was not written by these rules (§2.1)."""
    pump(house, rounds="0")
    question: Any = dataclasses.replace(house.question(1), threshold="most")
    with pytest.raises(ValueError, match="no threshold"):
        vote_rule(question, house.state.charter)


def test_folding_works_on_a_copy_of_its_own(house: House) -> None:
    """A sitting may change what it made itself in place, never what it was given."""
    pump(house).is_kicked("ben")
    before = house.state
    sitting = Sitting(WELL, before)
    sitting.apply(PresenceNoted("ben", True), house.now)
    sitting.apply(PresenceNoted("cy", False), house.now)
    assert [(one.id, one.present) for one in before.roll.values()] == [("ada", True), ("ben", False), ("cy", True)]
