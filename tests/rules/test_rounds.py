"""Positions in a consensus round, and its closing (§4). The arithmetic stands in cases/motion-round.toml."""

from governance import commands as c
from governance.facts import Blocked, BlockWithdrawn, ReasonGiven, ReasonWithdrawn, StoodAside
from governance.refusals import Why
from tests.house import House


def pump(house: House, *names: str) -> House:
    return house.members(*(names or ("ada", "ben", "cy"))).proposes("ada", "Repair the pump").opens("ada", 1)


def test_a_block_sends_the_motion_to_the_vote(house: House) -> None:
    """One reasoned block in the last round opens the vote after cooling (§4.2)."""
    house.members("ada", "ben", "cy").proposes("ada", "Repair the pump").blocks("cy", 1, "P1", "no budget")
    house.waits("72h").waits("24h")
    assert house.stage(1) == "vote"


def test_consensus_adopts(house: House) -> None:
    """§4.5; the names and reasons of stand-asides go in the minutes."""
    pump(house, "ada", "ben", "cy", "dov").agrees("ada ben", 1).reserves("dov", 1, "in summer, please")
    house.stands_aside("cy", 1, "I will be away").waits("72h")
    assert (house.stage(1), house.item(1).decided_by, house.outcomes(1)) == ("adopted", "consensus", ["consensus"])
    said = {one.member: (one.position, one.text) for one in house.rounds(1)[0].reasons}
    assert said == {"cy": ("aside", "I will be away"), "dov": ("reserve", "in summer, please")}


def test_a_block_needs_a_reason_and_a_principle(house: House) -> None:
    """Without either it is refused, never turned into something else (§4.2)."""
    pump(house).agrees("cy", 1)
    house.refuses(Why.BLOCK_NEEDS_REASON, "blocks", "cy", 1, "P1", "  ")
    house.refuses(Why.BLOCK_NEEDS_REASON, "blocks", "cy", 1, "", "no budget")
    house.refuses(Why.BLOCK_NEEDS_REASON, "takes_position", "cy", 1, "block")
    assert house.tally(1) == {"agree": 1}


def test_a_block_names_a_principle_that_stands(house: House) -> None:
    """One that there is and that was not repealed (§1, §5.9)."""
    house.members("ada", "ben", "cy").proposes_principle("ada", "Water is common.").agrees("ada ben cy", 1).waits("24h")
    house.proposes("ada", "Sell it").blocks("ben", 2, "P2", "water is common").proposes_repeal("cy", 1)
    house.agrees("ada ben cy", 3).waits("24h")
    assert house.state.principles[2].ended
    house.refuses(Why.NO_SUCH_PRINCIPLE, "blocks", "cy", 2, "P2", "water is common")
    assert house.refusal
    assert house.refusal.about == {"principle": 2, "known": (1,)}
    house.refuses(Why.NO_SUCH_PRINCIPLE, "blocks", "cy", 2, "P3", "water is common").waits("48h")
    assert house.outcomes(2) == ["blocked"]


def test_a_withdrawn_block_counts_as_the_new_position(house: House) -> None:
    """And its reason stays in the minutes (§4.2)."""
    pump(house).agrees("ada ben", 1).blocks("cy", 1, "P1", "no budget").stands_aside("cy", 1, "so be it").waits("72h")
    assert (house.outcomes(1), house.rounds(1)[0].tally) == (["consensus"], {"agree": 2, "aside": 1})
    assert [(one.position, one.text) for one in house.rounds(1)[0].reasons] == [
        ("aside", "so be it"), ("withdrawn", "no budget"),
    ]  # fmt: skip
    assert len(house.facts(BlockWithdrawn)) == 1


def test_a_withdrawn_block_without_a_new_reason(house: House) -> None:
    """Agreeing is enough to withdraw (§4.2)."""
    pump(house).agrees("ada ben", 1).blocks("cy", 1).agrees("cy", 1).waits("24h")
    assert (house.stage(1), house.item(1).blockers) == ("adopted", frozenset())


def test_what_was_withdrawn_in_one_round_is_not_told_in_the_next(house: House) -> None:
    """Each round has its own minutes (§4.2)."""
    house.rules(seconds="0", discussion_min="0", rounds="2", quorum_min="1")
    pump(house).blocks("ben cy", 1).agrees("ben", 1).waits("72h").agrees("ada ben cy", 1).waits("24h")
    assert [[one.position for one in closed.reasons] for closed in house.rounds(1)] == [["block", "withdrawn"], []]


def test_a_position_may_be_changed_until_the_closing(house: House) -> None:
    """The last one counts; what was said is a fact, and taking it back is one (§4.2, §5.8)."""
    pump(house).stands_aside("cy", 1, "away").reserves("cy", 1).agrees("cy", 1, "fine").agrees("cy", 1, "fine")
    house.agrees("cy", 1, "very fine").passes("cy", 1).blocks("cy", 1, "P1", "no").blocks("cy", 1, "P1", "no")
    house.blocks("cy", 1, "P1", "never")
    assert house.tally(1) == {"block": 1}
    assert [len(house.facts(kind)) for kind in (StoodAside, ReasonGiven, ReasonWithdrawn, Blocked)] == [1, 2, 2, 2]
    assert house.item(1).reasons["cy"].text == "never"


def test_a_reason_to_pass_is_not_kept(house: House) -> None:
    """Passing says nothing (§1)."""
    house.members("ada", "ben").proposes("ada", "Repair the pump").opens("ada", 1)
    house.does(c.TakePosition("ben", 1, "pass", "no idea"))
    assert (house.tally(1), house.item(1).reasons) == ({"pass": 1}, {})


def test_an_unknown_position_is_refused(house: House) -> None:
    """agree, reserve, stand aside, block, pass (§1)."""
    pump(house).refuses(Why.UNKNOWN_CHOICE, "takes_position", "ben", 1, "maybe")


def test_a_vote_in_a_round_and_a_position_in_a_vote_are_refused(house: House) -> None:
    """Each question has its own answers (§1)."""
    pump(house).refuses(Why.NOTHING_OPEN, "votes", "ben", 1, "yes").blocks("cy", 1).waits("96h")
    house.refuses(Why.NOTHING_OPEN, "agrees", "ben", 1).refuses(Why.UNKNOWN_CHOICE, "votes", "ben", 1, "agree")


def test_too_many_stand_aside(house: House) -> None:
    """More than a third of agree, reserve and aside: not reached (§4.4)."""
    pump(house, "ada", "ben", "cy").agrees("ada", 1).stands_aside("ben cy", 1).waits("24h")
    assert (house.outcomes(1), house.stage(1)) == (["stand_asides"], "cooling")


def test_nobody_supports(house: House) -> None:
    """Passing is taking part and no consent (§4.3)."""
    pump(house).passes("ada ben cy", 1).waits("24h")
    assert (house.outcomes(1), house.stage(1)) == (["no_support"], "cooling")


def test_allowed_blocks_let_a_motion_through() -> None:
    """`blocks_allowed=1`: one block stands in the minutes, two bar (§4.2)."""
    house = pump(House(blocks_allowed="1")).agrees("ada ben", 1).blocks("cy", 1, "P1", "no budget").waits("72h")
    assert (house.stage(1), house.rounds(1)[0].reasons[0].text) == ("adopted", "no budget")
    house.proposes("ada", "Sell it").agrees("ada", 2).blocks("ben cy", 2).waits("72h")
    assert house.outcomes(2) == ["blocked"]


# --- early close (§4.6)


def test_a_round_closes_early_when_all_have_answered(house: House) -> None:
    """After `early_close_after`, with the last answer (§4.6)."""
    pump(house).waits("24h").agrees("ada ben", 1)
    assert house.stage(1) == "round"
    house.agrees("cy", 1)
    assert house.stage(1) == "adopted"


def test_a_round_all_have_answered_waits_for_early_close_after(house: House) -> None:
    """To the millisecond, and then by itself (§4.6)."""
    pump(house).agrees("ada ben cy", 1).waits("24h", less=1)
    assert house.stage(1) == "round"
    house.waits_ms(1)
    assert house.stage(1) == "adopted"


def test_a_standing_block_keeps_the_round_open(house: House) -> None:
    """It may still be withdrawn (§4.6)."""
    pump(house).agrees("ada ben", 1).blocks("cy", 1).waits("48h")
    assert house.stage(1) == "round"
    house.reserves("cy", 1)
    assert house.stage(1) == "adopted"


def test_a_change_of_answer_closes_nothing_while_others_are_silent(house: House) -> None:
    """All of the electorate, not as many answers as members (§4.6)."""
    pump(house).waits("24h").agrees("ada ben", 1).reserves("ben", 1)
    assert house.stage(1) == "round"


def test_who_left_without_an_answer_has_not_answered(house: House) -> None:
    """M is unchanged, so the round runs its time (§2.3, §4.6)."""
    pump(house).waits("24h").leaves("cy").agrees("ada ben", 1)
    assert house.stage(1) == "round"
    house.waits("48h")
    assert house.stage(1) == "adopted"


def test_without_early_close_a_round_runs_its_time() -> None:
    """`early_close=no` (§9)."""
    house = pump(House(early_close="no")).agrees("ada ben cy", 1).waits("72h", less=1)
    assert house.stage(1) == "round"


def test_an_early_close_may_find_no_consensus(house: House) -> None:
    """Then the next round opens at that instant (§3.2, §4.6)."""
    house.rules(seconds="0", discussion_min="0", rounds="2", quorum_min="1", early_close_after="0")
    pump(house).stands_aside("ada ben", 1).agrees("cy", 1)
    assert (house.question(1).round, house.left(1)) == (2, 72 * 3_600_000)


def test_a_quorum_that_cannot_be_reached_lapses_when_all_have_answered() -> None:
    """There is nobody left for whom an extension would wait (§2.6, §4.1, §4.6)."""
    house = pump(House(quorum_min="4")).agrees("ada ben cy", 1).waits("24h")
    assert (house.stage(1), house.why(1)) == ("lapsed", "no_quorum")
