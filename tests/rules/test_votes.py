"""Ballots, and the closing of a vote (§5). The arithmetic stands in cases/motion-vote.toml."""

import pytest

from governance.facts import ClosingMoved, TendencyNoted, VoteOpened
from governance.refusals import Why
from tests.house import House

HOUR = 3_600_000


def vote(house: House, *names: str) -> House:
    """Item 1 in its vote; no rounds before it."""
    house.values["rounds"] = "0"
    return house.members(*(names or ("ada", "ben", "cy"))).proposes("ada", "Repair the pump").opens("ada", 1)


def blocked(house: House) -> House:
    """Item 1 in its vote, after cy blocked."""
    return house.members("ada", "ben", "cy").proposes("ada", "Repair the pump").blocks("cy", 1).waits("96h")


def test_a_vote_is_counted_by_what_was_frozen_at_its_opening(house: House) -> None:
    """Threshold and base are in the opening (§2.1, §5.3)."""
    vote(house)
    opened = house.facts(VoteOpened)[0]
    assert (opened.threshold, opened.base, opened.texts) == ("2/3", "cast", ("",))
    assert (opened.electorate, opened.runoff) == (3, False)


def test_the_last_ballot_counts(house: House) -> None:
    """Ballots may be changed until closing (§5.8)."""
    vote(house).votes("ada ben", 1, "yes").votes("ben", 1, "no").votes("cy", 1, "abstain").waits("72h")
    assert (house.counted(1).tallies, house.why(1)) == ({"": {"yes": 1, "no": 1, "abstain": 1}}, "threshold")


def test_nothing_is_adopted_on_silence(house: House) -> None:
    """No quorum lapses at once, with no extension (§5.1)."""
    vote(house).waits("72h")
    assert (house.stage(1), house.why(1), house.facts(ClosingMoved)) == ("lapsed", "no_quorum", [])


def test_abstentions_alone_decide_nothing(house: House) -> None:
    """yes + no = 0 → LAPSED (no votes) (§5.2)."""
    vote(house).votes("ada ben", 1, "abstain").waits("72h")
    assert (house.stage(1), house.why(1)) == ("lapsed", "no_votes")


def test_a_tie_at_one_half_is_called_a_tie(house: House) -> None:
    """Only 1/2 is strict (§5.3)."""
    house.values["threshold"] = "1/2"
    vote(house).votes("ada", 1, "yes").votes("ben", 1, "no").waits("72h")
    assert (house.stage(1), house.why(1), house.item(1).decided_by) == ("rejected", "tie", "vote")


def test_blocks_carry_no_veto_in_the_vote(house: House) -> None:
    """§5.4."""
    blocked(house).votes("ada ben", 1, "yes").votes("cy", 1, "no").waits("72h")
    assert house.stage(1) == "adopted"


def test_each_blocker_may_attach_one_minority_statement(house: House) -> None:
    """Before closing; in cooling already; nobody else (§5.4)."""
    house.members("ada", "ben", "cy").proposes("ada", "Repair the pump").blocks("cy", 1)
    house.refuses(Why.WRONG_STAGE, "explains", "cy", 1, "We owe money.").waits("72h")
    house.refuses(Why.NOT_A_BLOCKER, "explains", "ben", 1, "We owe money.").explains("cy", 1, " We owe money. ")
    house.refuses(Why.STATEMENT_GIVEN, "explains", "cy", 1, "And more.").waits("24h")
    assert (house.stage(1), house.item(1).statements) == ("vote", {"cy": "We owe money."})


def test_a_statement_comes_before_the_closing(house: House) -> None:
    """§5.4."""
    blocked(house).votes("ada", 1, "yes").waits("72h", less=1).explains("cy", 1, "We owe money.").waits_ms(1)
    assert house.item(1).statements == {"cy": "We owe money."}
    house.refuses(Why.WRONG_STAGE, "explains", "cy", 1, "And more.")


def test_blockers_are_those_of_the_last_round(house: House) -> None:
    """Who let it go in the next round is no blocker in the vote (§5.4)."""
    house.rules(seconds="0", discussion_min="0", rounds="2", quorum_min="1")
    house.members("ada", "ben", "cy").proposes("ada", "Repair the pump").blocks("cy", 1).waits("72h")
    house.blocks("ben", 1).agrees("cy", 1).waits("72h").refuses(Why.NOT_A_BLOCKER, "explains", "cy", 1, "No.")
    house.explains("ben", 1, "No.")


def test_a_blocker_who_left_attaches_nothing(house: House) -> None:
    """A statement is a member's (§2.2, §5.4)."""
    blocked(house).leaves("cy").refuses(Why.NOT_ON_ROLL, "explains", "cy", 1, "No.")


# --- early close (§5.6)


def test_a_vote_closes_early_when_it_is_won(house: House) -> None:
    """No remaining ballot can change it: 2 of 3 yes at 2/3 (§5.6)."""
    vote(house).waits("24h").votes("ada", 1, "yes")
    assert house.stage(1) == "vote"
    house.votes("ben", 1, "yes")
    assert house.stage(1) == "adopted"


def test_a_vote_closes_early_when_it_is_lost(house: House) -> None:
    """Both directions: 2 of 3 no (§5.6)."""
    vote(house).waits("24h").votes("ada ben", 1, "no")
    assert (house.stage(1), house.why(1)) == ("rejected", "threshold")


def test_a_vote_decided_before_waits_for_early_close_after(house: House) -> None:
    """And then closes by itself (§5.6)."""
    vote(house).votes("ada ben", 1, "yes").waits("24h", less=1)
    assert house.stage(1) == "vote"
    house.waits_ms(1)
    assert house.stage(1) == "adopted"


def test_a_vote_that_can_still_turn_stays_open(house: House) -> None:
    """1 yes and 2 missing of 3 (§5.6)."""
    vote(house).votes("ada", 1, "yes").waits("72h", less=1)
    assert house.stage(1) == "vote"


def test_who_left_without_a_ballot_counts_as_missing(house: House) -> None:
    """M is unchanged: 2 yes of 4 could yet be 2 of 4 cast, though one of the two missing has left (§2.3, §5.6)."""
    vote(house, "ada", "ben", "cy", "dov").waits("24h").leaves("dov").votes("ada ben", 1, "yes")
    assert house.stage(1) == "vote"
    house.votes("cy", 1, "yes")
    assert house.stage(1) == "adopted"


def test_without_early_close_a_vote_runs_its_time(house: House) -> None:
    """`early_close=no` (§9)."""
    house.values["early_close"] = "no"
    vote(house).votes("ada ben cy", 1, "yes").waits("72h", less=1)
    assert house.stage(1) == "vote"


def test_a_vote_that_cannot_reach_its_quorum_is_over_early(house: House) -> None:
    """Nothing can change that either (§5.1, §5.6)."""
    house.values["quorum_min"] = "4"
    vote(house).waits("24h")
    assert (house.stage(1), house.why(1)) == ("lapsed", "no_quorum")


def texts(house: House) -> House:
    """Item 1 in its vote of five, with rival a."""
    house.values |= {"rounds": "0", "early_close_after": "0"}
    house.members("ada", "ben", "cy", "dov", "eve").proposes("ada", "Repair the pump").amends("ben", 1, "The new one.")
    return house.puts_rival("ben", 1, "a").opens("ada", 1)


def test_of_several_texts_one_may_be_sure_to_win(house: House) -> None:
    """The rival leads by more than all missing ballots could bring to the other (§3.7, §5.6)."""
    texts(house).votes("ada ben cy dov eve", 1, "yes", "a").votes("ada ben", 1, "yes")
    assert house.stage(1) == "vote"
    house.votes("cy", 1, "no")
    assert (house.stage(1), house.item(1).text) == ("adopted", "The new one.")


def test_of_several_texts_all_may_be_lost(house: House) -> None:
    """§3.7, §5.6."""
    texts(house).votes("ada ben", 1, "no").votes("ada ben", 1, "no", "a")
    assert house.stage(1) == "rejected"


def test_while_the_lead_can_turn_several_texts_stay_open(house: House) -> None:
    """Both pass, and the missing ballots decide which leads (§3.7, §5.6)."""
    texts(house).votes("ada ben cy dov", 1, "yes").votes("ada ben cy dov eve", 1, "yes", "a")
    assert house.stage(1) == "vote"
    house.votes("eve", 1, "yes")
    assert (house.stage(1), house.question(1).runoff) == ("vote", True)


def test_a_run_off_closes_early_when_the_lead_is_safe(house: House) -> None:
    """Three of five for one text (§3.7, §5.6)."""
    texts(house).votes("ada ben cy dov eve", 1, "yes").votes("ada ben cy dov eve", 1, "yes", "a")
    house.votes("ada ben", 1, "yes", "a")
    assert house.stage(1) == "vote"
    house.votes("cy", 1, "yes", "a")
    assert (house.stage(1), house.item(1).text) == ("adopted", "The new one.")


# --- late swing (§5.7)


def swinging(house: House, **values: str) -> House:
    house.values |= {"late_swing": "on", "vote_window": "100h", "early_close": "no", **values}
    return vote(house, "ada", "ben", "cy", "dov")


def test_a_swing_in_the_last_tenth_extends_once(house: House) -> None:
    """By a tenth of the window, announced; then the outcome stands (§5.7)."""
    swinging(house).votes("ada ben", 1, "yes").waits("95h").votes("cy", 1, "no").votes("ada", 1, "no").waits("5h")
    assert (house.stage(1), house.left(1)) == ("vote", 10 * HOUR)
    assert [one.outcome for one in house.facts(TendencyNoted)] == ["adopted:original"]
    assert house.when(TendencyNoted) == [90 * HOUR]
    house.votes("ada cy", 1, "yes").waits("10h")
    assert (house.stage(1), [one.why for one in house.facts(ClosingMoved)]) == ("adopted", ["late_swing"])


def test_a_secret_vote_shows_no_tendency_before_it_closes(house: House) -> None:
    """Its interim outcome would stand in the register for all to read, so there is no late swing (§5.7, §8)."""
    swinging(house, secret="all").votes("ada ben", 1, "yes").waits("95h").votes("ada ben", 1, "no").waits("5h")
    assert (house.stage(1), house.facts(TendencyNoted), house.facts(ClosingMoved)) == ("rejected", [], [])


def test_a_swing_before_the_last_tenth_is_no_late_one(house: House) -> None:
    """A ballot heard before its beginning belongs to the tendency (§5.7, §3.8)."""
    swinging(house).votes("ada ben", 1, "yes").waits("90h", less=1).votes("ada ben", 1, "no").waits_ms(1).waits("10h")
    assert (house.stage(1), house.facts(ClosingMoved)) == ("rejected", [])


def test_a_ballot_at_the_beginning_of_the_last_tenth_is_late(house: House) -> None:
    """The tendency is noted first (§5.7, §3.8)."""
    swinging(house).votes("ada ben", 1, "yes").waits("90h").votes("ada ben", 1, "no").waits("10h")
    assert house.stage(1) == "vote"


def test_no_quorum_is_an_outcome(house: House) -> None:
    """Late ballots that make the quorum give time to answer them (§5.7)."""
    swinging(house).waits("95h").votes("ada ben", 1, "yes").waits("5h")
    assert (house.stage(1), house.facts(TendencyNoted)[0].outcome) == ("vote", "lapsed")


def test_at_least_an_hour(house: House) -> None:
    """A tenth, at least 1 h (§5.7)."""
    swinging(house, vote_window="2h", freeze="0").waits("115m").votes("ada ben", 1, "yes").waits("5m")
    assert house.left(1) == HOUR


def test_another_text_in_front_is_a_swing(house: House) -> None:
    """Adopted either way, but not the same text (§3.7, §5.7)."""
    house.values |= {"late_swing": "on", "vote_window": "100h", "rounds": "0"}
    house.members("ada", "ben", "cy", "dov").proposes("ada", "Repair the pump").amends("ben", 1, "The new one.")
    house.puts_rival("ben", 1, "a").opens("ada", 1).votes("ada ben", 1, "yes").waits("95h")
    house.votes("ada ben cy", 1, "yes", "a").waits("5h")
    assert (house.stage(1), house.left(1)) == ("vote", 10 * HOUR)
    house.waits("10h")
    assert house.item(1).text == "The new one."


def test_without_late_swing_nothing_is_noted(house: House) -> None:
    """`late_swing` is off unless set (§9)."""
    vote(house).votes("ada", 1, "yes").waits("71h").votes("ada", 1, "no").waits("1h")
    assert (house.stage(1), house.facts(TendencyNoted)) == ("rejected", [])


def test_an_early_close_waits_for_no_swing(house: House) -> None:
    """What nothing can change any more needs no more time (§5.6, §5.7)."""
    swinging(house, early_close="yes").votes("ada", 1, "no").waits("95h").votes("ada ben cy", 1, "yes")
    assert house.stage(1) == "adopted"


def test_a_swing_in_a_run_off(house: House) -> None:
    """A run-off is a vote like any (§3.7, §5.7)."""
    house.values |= {"late_swing": "on", "vote_window": "100h", "rounds": "0", "early_close": "no"}
    house.members("ada", "ben", "cy", "dov").proposes("ada", "Repair the pump").amends("ben", 1, "The new one.")
    house.puts_rival("ben", 1, "a").opens("ada", 1).votes("ada ben", 1, "yes").votes("ada ben", 1, "yes", "a")
    house.waits("100h").votes("ada", 1, "yes").waits("95h").votes("ben cy", 1, "yes", "a").waits("5h")
    assert (house.question(1).runoff, house.left(1)) == (True, 10 * HOUR)


# --- repeal (§5.9)


def adopted(house: House) -> House:
    """Items 1 (by consensus) and 2 (by vote) adopted by ada, ben, cy, dov."""
    house.members("ada", "ben", "cy", "dov").proposes("ada", "Repair the pump").agrees("ada ben cy dov", 1)
    house.proposes("ada", "Paint it").blocks("dov", 2).waits("96h").votes("ada ben cy", 2, "yes").waits("72h")
    assert (house.stage(1), house.stage(2)) == ("adopted", "adopted")
    return house


def test_a_repeal_marks_what_it_repeals(house: House) -> None:
    """N is then marked as repealed by it (§5.9)."""
    adopted(house).proposes_repeal("dov", 1).agrees("ada ben cy dov", 3).waits("24h")
    assert (house.stage(3), house.stage(1), house.item(1).repealed_by) == ("adopted", "adopted", 3)
    house.refuses(Why.ALREADY_REPEALED, "proposes_repeal", "dov", 1)


def test_only_what_was_adopted_can_be_repealed(house: House) -> None:
    """§5.9."""
    house.members("ada", "ben").proposes("ada", "Repair the pump").refuses(Why.NOT_ADOPTED, "proposes_repeal", "ben", 1)


@pytest.mark.parametrize(
    ("kind", "verb"),
    [("charter", "/propose charter"), ("exclusion", "/join"), ("admission", "/propose exclusion"),
     ("repeal", "/propose")],
)
def test_what_has_a_verb_of_its_own_is_changed_by_it(house: House, kind: str, verb: str) -> None:
    """Repeal is refused naming the verb (§5.9)."""
    house.members("ada", "ben", "cy", "dov").proposes_exclusion("ada", "dov").opens("ada", 1)
    house.votes("ada ben cy", 1, "yes").waits("24h").joins("dov").opens("ada", 2).agrees("ada ben cy", 2).waits("24h")
    house.proposes_charter("ada", rounds="2").agrees("ada ben cy", 3).waits("24h")
    house.proposes("ada", "Pump").agrees("ada ben cy dov", 4).waits("24h").proposes_repeal("ada", 4)
    house.agrees("ada ben cy dov", 5).waits("24h")
    number = {item.kind.value: number for number, item in house.state.items.items()}[kind]
    assert house.stage(number) == "adopted"
    house.refuses(Why.CHANGED_BY_ITS_VERB, "proposes_repeal", "ada", number)
    assert house.refusal
    assert (house.refusal.about["verb"], house.refusal.about["kind"]) == (verb, kind)


def test_repealing_a_principle_ends_it(house: House) -> None:
    """What N set in force ends; its number is not given again (§5.9)."""
    house.members("ada", "ben", "cy").proposes_principle("ada", "Water is common.").agrees("ada ben cy", 1).waits("24h")
    assert (house.item(1).adopted_as, house.state.principles[2].item) == (2, 1)
    house.proposes_repeal("ben", 1).agrees("ada ben cy", 2).waits("24h").proposes_principle("ada", "Water is free.")
    house.agrees("ada ben cy", 3).waits("24h")
    assert {one.number: (one.text, one.ended) for one in list(house.state.principles.values())[1:]} == {
        2: ("Water is common.", True), 3: ("Water is free.", False),
    }  # fmt: skip


def test_two_repeals_of_one_item(house: House) -> None:
    """The second can no longer be done (§5.9, §2.1)."""
    adopted(house).proposes_repeal("dov", 1).proposes_repeal("cy", 1).agrees("ada ben cy dov", 3)
    house.agrees("ada ben cy dov", 4).waits("24h")
    assert (house.stage(3), house.stage(4), house.why(4)) == ("adopted", "rejected", "infeasible")


def repeal_by_vote(house: House, number: int) -> tuple[str, str]:
    """Threshold and base of a repeal of this item that came to its vote."""
    house.proposes_repeal("ada", number)
    repeal = house.state.last_item
    house.blocks("ben", repeal).waits("96h")
    return house.question(repeal).threshold, house.question(repeal).base



@pytest.mark.parametrize(
    ("values", "of_consensus", "of_vote"),
    [
        ({}, ("2/3", "cast"), ("2/3", "cast")),
        ({"threshold": "1/2"}, ("1/2", "cast"), ("2/3", "cast")),
        ({"threshold": "4/5"}, ("4/5", "cast"), ("4/5", "cast")),
        ({"base": "members"}, ("2/3", "members"), ("2/3", "members")),
        ({"threshold": "1/2", "base": "taking_part"}, ("1/2", "taking_part"), ("2/3", "taking_part")),
    ],
)
def test_the_greater_threshold_and_the_stricter_base(
    house: House, values: dict[str, str], of_consensus: tuple[str, str], of_vote: tuple[str, str]
) -> None:
    """Its own and N's; N by consensus: the threshold of N's kind (§5.9)."""
    adopted(house)
    if values:
        house.proposes_charter("ada", **values).agrees("ada ben cy dov", 3).waits("24h")
    assert repeal_by_vote(house, 1) == of_consensus
    assert repeal_by_vote(house, 2) == of_vote


def test_a_structural_motion_adopted_by_consensus_needs_the_structural_threshold(house: House) -> None:
    """N by consensus: the threshold of N's kind (§5.9, §9)."""
    house.members("ada", "ben", "cy").proposes_principle("ada", "Water is common.").agrees("ada ben cy", 1).waits("24h")
    assert repeal_by_vote(house, 1) == ("3/4", "cast")


def test_what_was_adopted_under_a_stricter_base_is_repealed_under_it(house: House) -> None:
    """cast, taking_part, members: the later is the stricter (§5.9)."""
    house.values["base"] = "members"
    house.members("ada", "ben", "cy", "dov").proposes("ada", "Paint it").blocks("dov", 1).waits("96h")
    house.votes("ada ben cy", 1, "yes").waits("72h").proposes_charter("ada", base="cast").agrees("ada ben cy dov", 2)
    house.waits("24h")
    assert (house.state.charter.base, repeal_by_vote(house, 1)) == ("cast", ("2/3", "members"))


def test_a_repeal_that_misses_the_greater_threshold(house: House) -> None:
    """2 of 3 cast would do for a motion of its kind, and not against 3/4 (§5.9)."""
    house.members("ada", "ben", "cy").proposes_principle("ada", "Water is common.").agrees("ada ben cy", 1).waits("24h")
    house.proposes_repeal("ben", 1).blocks("ada", 2).waits("96h").votes("ben cy", 2, "yes").votes("ada", 2, "no")
    house.waits("72h")
    assert (house.stage(2), house.why(2), house.state.principles[2].ended) == ("rejected", "threshold", False)


# --- exclusion and admission (§9, §2.2)


def test_an_exclusion_has_no_rounds(house: House) -> None:
    """DISCUSSION, then VOTE by the structural threshold; the person concerned is not in M (§9)."""
    house.members("ada", "ben", "cy", "dov").proposes_exclusion("ada", "dov").opens("ada", 1)
    assert (house.stage(1), house.electorate(1), house.question(1).threshold) == ("vote", {"ada", "ben", "cy"}, "3/4")
    house.refuses(Why.NOT_IN_ELECTORATE_CONCERNED, "votes", "dov", 1, "no").votes("ada ben cy", 1, "yes").waits("24h")
    assert (house.stage(1), house.roll, house.state.excluded) == ("adopted", {"ada", "ben", "cy"}, {"dov": 1})


def test_an_exclusion_opens_by_itself(house: House) -> None:
    """exclusion: DISCUSSION --open, or discussion_max--> VOTE (§3)."""
    house.members("ada", "ben", "cy").proposes_exclusion("ada", "cy").waits("14d")
    assert house.stage(1) == "vote"


def test_only_a_member_can_be_excluded(house: House) -> None:
    """§2.2."""
    house.members("ada", "ben").refuses(Why.NOT_A_MEMBER, "proposes_exclusion", "ada", "zoe")


def test_an_exclusion_orphans_the_motions_of_who_is_excluded(house: House) -> None:
    """The proposer has left (§3)."""
    house.members("ada", "ben", "cy").proposes("cy", "Repair the pump").proposes_exclusion("ada", "cy").opens("ada", 2)
    house.votes("ada ben", 2, "yes").waits("24h")
    assert (house.stage(2), house.stage(1)) == ("adopted", "orphaned")


def test_leaving_is_no_way_around_an_exclusion(house: House) -> None:
    """Who left before it was adopted is excluded all the same (§2.2)."""
    house.members("ada", "ben", "cy").proposes_exclusion("ada", "cy").opens("ada", 1).leaves("cy")
    house.votes("ada ben", 1, "yes").waits("24h").joins("cy")
    assert (house.stage(1), house.roll, house.item(2).kind.value) == ("adopted", {"ada", "ben"}, "admission")


def excluded(house: House) -> House:
    """dov is excluded by item 1 and asks to come back: item 2."""
    house.members("ada", "ben", "cy", "dov").proposes_exclusion("ada", "dov").opens("ada", 1)
    return house.votes("ada ben cy", 1, "yes").waits("24h").joins("dov")


def test_who_was_excluded_asks_and_the_assembly_decides(house: House) -> None:
    """`/join` makes an item of kind admission, in DISCUSSION at once, which any member may open (§2.2)."""
    excluded(house)
    item = house.item(2)
    assert (house.stage(2), item.kind.value, item.terms["person"], house.roll) == (
        "discussion", "admission", "dov", {"ada", "ben", "cy"},
    )  # fmt: skip
    house.refuses(Why.ADMISSION_PENDING, "joins", "dov").opens("cy", 2)
    assert house.stage(2) == "round"
    house.agrees("ada ben cy", 2).waits("24h")
    assert (house.stage(2), house.roll, house.state.excluded) == ("adopted", {"ada", "ben", "cy", "dov"}, {})
    house.leaves("dov").joins("dov")
    assert house.roll == {"ada", "ben", "cy", "dov"}


def test_an_admission_not_reached_may_be_asked_for_again(house: House) -> None:
    """The same may be moved again as a new item (§3.2)."""
    excluded(house).proposes("ada", "Paint it").opens("ada", 2).blocks("ada", 2).waits("96h")
    house.votes("ada ben cy", 2, "no").waits("24h").joins("dov")
    assert (house.stage(2), house.item(4).kind.value) == ("rejected", "admission")


def test_an_admission_is_nobodys_to_withdraw_or_amend(house: House) -> None:
    """Who asks is not on the roll (§2.2)."""
    excluded(house).refuses(Why.NOT_ON_ROLL, "withdraws", "dov", 2).refuses(Why.NOT_THE_PROPOSER, "withdraws", "ada", 2)
    house.refuses(Why.NO_TEXT_TO_AMEND, "amends", "ada", 2, "Let dov in.")
