"""An answer can be taken back while its question is open; then it was not given (§4, §5.8)."""

from governance import commands as c
from governance import facts as f
from governance.refusals import Refused, Why
from tests.house import House


def takes_back(house: House, by: str, item: int = 1, question: int | None = None) -> Why | None:
    """Why not, or None when it was taken back."""
    made = house.asks(c.TakeBack(by, item, question=question))
    return made.why if isinstance(made, Refused) else None


def in_a_round(house: House) -> House:
    return house.members("ada", "ben", "cy").proposes("ada", "Repair the pump").seconds("ben", 1).waits("72h")


def test_a_position_taken_back_was_not_given(house: House) -> None:
    in_a_round(house).agrees("ada", 1).agrees("ben", 1)
    assert takes_back(house, "ben") is None
    assert house.tally(1) == {"agree": 1}
    assert takes_back(house, "ben") is Why.NOTHING_CHANGES
    house.agrees("ben", 1)
    assert house.tally(1) == {"agree": 2}


def test_a_block_and_a_reason_taken_back_stay_in_the_minutes_as_withdrawn(house: House) -> None:
    in_a_round(house).blocks("cy", 1, "P1", "no budget").stands_aside("ben", 1, "I am away")
    assert takes_back(house, "cy") is None
    assert takes_back(house, "ben") is None
    assert len(house.facts(f.BlockWithdrawn)) == len(house.facts(f.ReasonWithdrawn)) == 1
    assert house.tally(1) == {}


def test_what_is_not_open_is_not_taken_back(house: House) -> None:
    assert takes_back(in_a_round(house).agrees("ada", 1), "ada", question=7) is Why.STALE_BUTTON
    assert takes_back(house, "ada", item=9) is Why.NOTHING_CHANGES
    house.agrees("ben", 1).leaves("ben")
    assert takes_back(house, "ben") is Why.LEFT_SINCE
    closes = house.question(1).closes
    made = house.decides(c.TakeBack("ada", 1), closes)
    assert isinstance(made, Refused)
    assert made.why in (Why.QUESTION_CLOSED, Why.NOTHING_CHANGES)
