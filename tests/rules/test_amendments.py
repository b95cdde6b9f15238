"""Amendments, minor ones, and texts that stand beside the motion (§3.5–3.7)."""

import pytest

from governance.facts import MinorEntered, RoundOpened
from governance.motion import letter_of
from governance.refusals import Why
from tests.house import House

HOUR, DAY = 3_600_000, 86_400_000


def pump(house: House) -> House:
    return house.members("ada", "ben", "cy").proposes("ada", "Repair the pump", "The old one.")


# --- amendments (§3.5)


def test_an_amendment_gives_the_whole_new_text(house: House) -> None:
    """`/amend 12 TEXT`; accepted in discussion it makes the next version (§3.5)."""
    pump(house).amends("ben", 1, "The new one.").accepts("ada", 1, "a")
    item = house.item(1)
    assert (item.text, item.version, item.amendments["a"].state, house.stage(1)) == (
        "The new one.", 2, "accepted", "discussion",
    )  # fmt: skip
    house.refuses(Why.AMENDMENT_IS, "accepts", "ada", 1, "a")


def test_an_amendment_in_a_draft(house: House) -> None:
    """Any member amends, the proposer accepts (§3.3)."""
    house.rules(seconds="1").members("ada", "ben").proposes("ada", "Repair the pump").amends("ben", 1, "With oil.")
    house.accepts("ada", 1, "a")
    assert (house.stage(1), house.item(1).text) == ("draft", "With oil.")


def test_accepting_in_a_round_begins_the_round_again(house: House) -> None:
    """Closed as superseded, round r on v+1, positions cleared; the old ones stay in the minutes (§3.5)."""
    house.rules(seconds="0", discussion_min="0", quorum_min="1")
    pump(house).blocks("cy", 1).agrees("ben", 1).waits("72h").blocks("cy", 1).joins("dov").waits("1h")
    house.amends("cy", 1, "The new one.").accepts("ada", 1, "a")
    question = house.question(1)
    assert (question.round, question.version, house.left(1), house.tally(1)) == (2, 2, 72 * HOUR, {})
    assert (house.electorate(1), house.item(1).reasons) == ({"ada", "ben", "cy", "dov"}, {})
    assert [(one.round, one.version, one.outcome, dict(one.tally)) for one in house.rounds(1)] == [
        (1, 1, "blocked", {"block": 1, "agree": 1}), (2, 1, "superseded", {"block": 1}),
    ]  # fmt: skip
    assert house.rounds(1)[1].reasons[0].member == "cy"
    house.refuses(Why.STALE_BUTTON, "agrees", "ben", 1, question=2)


def test_three_times_per_motion_and_no_more(house: House) -> None:
    """At most 3 times, then it needs a motion of its own (§3.5)."""
    pump(house).opens("ada", 1)
    for letter in "abc":
        house.amends("ben", 1, f"Text {letter}.").accepts("ada", 1, letter)
    house.amends("ben", 1, "Text d.").refuses(Why.TOO_MANY_RESTARTS, "accepts", "ada", 1, "d")
    assert (house.item(1).version, house.question(1).round, len(house.facts(RoundOpened))) == (4, 1, 4)


def test_what_is_accepted_in_discussion_is_no_restart(house: House) -> None:
    """Only rounds begin again (§3.5)."""
    pump(house)
    for letter in "abcde":
        house.amends("ben", 1, f"Text {letter}.").accepts("ada", 1, letter)
    house.opens("ada", 1).amends("ben", 1, "Text f.").accepts("ada", 1, "f")
    assert (house.item(1).restarts, house.item(1).version) == (1, 7)


def test_only_the_proposer_accepts(house: House) -> None:
    """§3.3."""
    pump(house).amends("ben", 1, "The new one.").refuses(Why.NOT_THE_PROPOSER, "accepts", "ben", 1, "a")
    house.refuses(Why.NO_SUCH_AMENDMENT, "accepts", "ada", 1, "b")


def test_nothing_is_accepted_in_the_last_freeze(house: House) -> None:
    """To the millisecond, and again free once the closing has moved (§3.5)."""
    pump(house).opens("ada", 1).amends("ben", 1, "The new one.").amends("ben", 1, "Another.").waits("71h", less=1)
    house.accepts("ada", 1, "a").waits("71h").refuses(Why.IN_FREEZE, "accepts", "ada", 1, "b").waits("1h")
    house.accepts("ada", 1, "b")


def test_freeze_of_nothing_leaves_the_last_millisecond(house: House) -> None:
    """`freeze=0` (§9)."""
    house.rules(seconds="0", discussion_min="0", freeze="0")
    pump(house).opens("ada", 1).amends("ben", 1, "The new one.").waits("72h", less=1).accepts("ada", 1, "a")


def test_an_amendment_can_be_moved_in_the_freeze_but_not_after_the_rounds(house: House) -> None:
    """Only accepting is frozen; in COOLING and VOTE the text stands (§3.5)."""
    pump(house).blocks("cy", 1).waits("71h").amends("ben", 1, "The new one.").waits("1h")
    house.refuses(Why.WRONG_STAGE, "amends", "ben", 1, "Another.").refuses(Why.WRONG_STAGE, "accepts", "ada", 1, "a")
    house.waits("24h").refuses(Why.WRONG_STAGE, "accepts", "ada", 1, "a")


def test_an_amendment_that_changes_nothing(house: House) -> None:
    """The whole new text must be another one, and there must be one (§3.5)."""
    pump(house).refuses(Why.SAME_TEXT, "amends", "ben", 1, " The old one. ")
    house.refuses(Why.TEXT_MISSING, "amends", "ben", 1, " ")


def test_a_repeal_has_no_text_to_amend(house: House) -> None:
    """What it does is said by its number (§5.9)."""
    pump(house).agrees("ada ben cy", 1).waits("24h").proposes_repeal("ben", 1)
    house.refuses(Why.NO_TEXT_TO_AMEND, "amends", "cy", 2, "Half of it.")


def test_letters() -> None:
    """a … z, aa, ab … (§3.7)."""
    assert [letter_of(index) for index in (0, 1, 25, 26, 27, 51, 52, 701, 702)] == [
        "a", "b", "z", "aa", "ab", "az", "ba", "zz", "aaa",
    ]  # fmt: skip


def test_letters_go_on_beyond_z(house: House) -> None:
    """The 27th amendment is aa (§3.7)."""
    pump(house)
    for number in range(27):
        house.amends("ben", 1, f"Text {number}.")
    assert [*house.item(1).amendments][-2:] == ["z", "aa"]


# --- minor amendments (§3.6)


def test_a_minor_amendment_goes_in_by_itself(house: House) -> None:
    """After `minor_window`; version, round and positions stay (§3.6)."""
    pump(house).agrees("ben", 1).mends("cy", 1, "The old one!").waits("2h", less=1)
    assert house.item(1).text == "The old one."
    house.waits_ms(1)
    assert (house.item(1).text, house.item(1).version, house.tally(1)) == ("The old one!", 1, {"agree": 1})
    assert house.item(1).amendments["a"].state == "entered"
    house.refuses(Why.AMENDMENT_IS, "objects", "ben", 1, "a")


def test_one_objection_makes_it_an_ordinary_amendment(house: House) -> None:
    """`/object 12b` by any member (§3.6)."""
    pump(house).mends("ben", 1, "The old one, perhaps.").objects("cy", 1, "a").waits("3h")
    assert (house.item(1).text, house.item(1).amendments["a"].state) == ("The old one.", "moved")
    house.refuses(Why.AMENDMENT_IS, "objects", "cy", 1, "a").accepts("ada", 1, "a")
    assert house.item(1).version == 2


def test_not_yet_in_when_its_stage_ends_it_lapses(house: House) -> None:
    """At the end of the discussion, and at the end of a round (§3.6)."""
    house.rules(seconds="0", discussion_min="0", rounds="2", quorum_min="1", freeze="1h")
    pump(house).mends("ben", 1, "The old one!").opens("ada", 1).waits("71h", less=1).mends("ben", 1, "The old one?")
    house.blocks("cy", 1).waits("2h")
    assert [one.state for one in house.item(1).amendments.values()] == ["lapsed", "lapsed"]
    assert (house.item(1).text, house.facts(MinorEntered)) == ("The old one.", [])


def test_nothing_is_mended_in_the_last_freeze(house: House) -> None:
    """Not in the last `freeze`; not after the rounds; not in a draft (§3.6)."""
    house.rules(seconds="1", discussion_min="0", rounds="1", quorum_min="1")
    pump(house).refuses(Why.WRONG_STAGE, "mends", "ben", 1, "The old one!").seconds("ben", 1)
    house.blocks("cy", 1).waits("71h").refuses(Why.IN_FREEZE, "mends", "ben", 1, "The old one!").waits("1h")
    house.refuses(Why.WRONG_STAGE, "mends", "ben", 1, "The old one!")


def test_without_a_window_it_goes_in_at_once() -> None:
    """`minor_window=0` (§3.6)."""
    house = pump(House(minor_window="0")).mends("ben", 1, "The old one!")
    assert house.item(1).text == "The old one!"


def test_its_window_stands_still_with_the_clock(house: House) -> None:
    """A pause takes nothing from the time to object (§3.4, §3.6)."""
    pump(house).mends("ben", 1, "The old one!").waits("1h").pauses("ada", 1).waits("5h").resumes("ada", 1)
    house.waits("1h", less=1)
    assert house.item(1).text == "The old one."
    house.objects("cy", 1, "a")


def test_of_two_that_wait_each_goes_in_at_its_time(house: House) -> None:
    """Each is a whole text, and each could be objected to (§3.6)."""
    pump(house).mends("ben", 1, "The old one!").waits("1h").mends("cy", 1, "The old one?").waits("1h")
    assert house.item(1).text == "The old one!"
    house.waits("1h")
    assert house.item(1).text == "The old one?"


def test_the_proposer_may_accept_it_before_its_window_is_over(house: House) -> None:
    """Then it is an amendment like any: the version changes (§3.5, §3.6)."""
    pump(house).mends("ben", 1, "The old one!").accepts("ada", 1, "a")
    assert (house.item(1).version, house.item(1).amendments["a"].state) == (2, "accepted")


def test_spelling_mended_in_the_old_text_does_not_undo_an_accepted_amendment(house: House) -> None:
    """An accepted text stands; what waited on the old one lapses (§3.5, §3.6)."""
    pump(house).mends("cy", 1, "The old one!").amends("ben", 1, "The new one.").accepts("ada", 1, "b").waits("3h")
    assert (house.item(1).text, house.item(1).amendments["a"].state) == ("The new one.", "lapsed")


def test_what_waits_when_the_item_ends_lapses(house: House) -> None:
    """Nothing is left waiting on a withdrawn motion (§3.6)."""
    pump(house).mends("ben", 1, "The old one!").withdraws("ada", 1).waits("24h")
    assert (house.stage(1), house.item(1).amendments["a"].state) == ("withdrawn", "lapsed")


# --- rivals (§3.7)


def rival(house: House) -> House:
    """Item 1 with a seconded rival a, in its vote of three, after a blocked round."""
    pump(house).amends("ben", 1, "The new one.").puts_rival("ben", 1, "a").seconds("cy", 1, "a")
    return house.blocks("cy", 1).waits("72h").waits("24h")


def test_an_amendment_is_put_beside_the_motion_by_its_author(house: House) -> None:
    """Before the VOTE, and only what was not accepted (§3.7)."""
    pump(house).amends("ben", 1, "The new one.").refuses(Why.NOT_THE_AUTHOR, "puts_rival", "cy", 1, "a")
    house.puts_rival("ben", 1, "a").refuses(Why.AMENDMENT_IS, "puts_rival", "ben", 1, "a")
    house.amends("cy", 1, "Another.").accepts("ada", 1, "b").refuses(Why.AMENDMENT_IS, "puts_rival", "cy", 1, "b")
    house.refuses(Why.NO_SUCH_AMENDMENT, "puts_rival", "cy", 1, "c")


def test_a_rival_is_seconded_like_a_motion(house: House) -> None:
    """Not by its author, each once, as many as `seconds`; the others drop out of the vote (§3.7)."""
    house.rules(seconds="1", discussion_min="0", rounds="1", quorum_min="1")
    pump(house).amends("ben", 1, "The new one.").amends("cy", 1, "None.").puts_rival("ben", 1, "a")
    house.puts_rival("cy", 1, "b").refuses(Why.OWN_MOTION, "seconds", "ben", 1, "a").seconds("ada", 1, "a")
    house.refuses(Why.ALREADY_SECONDED, "seconds", "ada", 1, "a")
    house.refuses(Why.NO_SUCH_AMENDMENT, "seconds", "ada", 1, "z")
    house.seconds("cy", 1).blocks("cy", 1).waits("96h")
    assert house.question(1).texts == ("", "a")


def test_a_rival_can_be_put_in_a_draft_in_a_round_and_in_cooling(house: House) -> None:
    """Before the VOTE; then it is too late (§3.7)."""
    house.rules(seconds="1", discussion_min="0", rounds="1", quorum_min="1")
    pump(house).amends("ben", 1, "A.").puts_rival("ben", 1, "a").seconds("ada", 1, "a").seconds("ben", 1)
    house.amends("ben", 1, "B.").amends("ben", 1, "C.").amends("ben", 1, "D.")
    house.blocks("cy", 1).puts_rival("ben", 1, "b").seconds("ada", 1, "b").waits("72h").puts_rival("ben", 1, "c")
    house.seconds("cy", 1, "c").waits("24h").refuses(Why.WRONG_STAGE, "puts_rival", "ben", 1, "d")
    house.refuses(Why.WRONG_STAGE, "seconds", "cy", 1, "d")
    assert house.question(1).texts == ("", "a", "b", "c")


def test_consensus_on_the_proposers_text_ends_its_rivals(house: House) -> None:
    """Rounds are on the proposer's text (§3.7)."""
    pump(house).amends("ben", 1, "The new one.").puts_rival("ben", 1, "a").seconds("cy", 1, "a")
    house.agrees("ada ben cy", 1).waits("24h")
    assert (house.stage(1), house.item(1).text) == ("adopted", "The old one.")


def test_a_rival_accepted_after_all_is_no_rival_any_more(house: House) -> None:
    """The proposer's text takes it in (§3.5, §3.7)."""
    pump(house).amends("ben", 1, "The new one.").puts_rival("ben", 1, "a").seconds("cy", 1, "a").accepts("ada", 1, "a")
    house.blocks("cy", 1).waits("96h")
    assert (house.question(1).texts, house.item(1).text) == (("",), "The new one.")


def test_each_text_has_its_own_ballots(house: House) -> None:
    """`/vote 12 yes`, `/vote 12a no`: one electorate, one window, each counted by §5 (§3.7)."""
    rival(house).votes("ada ben cy", 1, "no").votes("ada ben", 1, "yes", "a").waits("72h")
    assert (house.stage(1), house.item(1).text, house.item(1).version) == ("adopted", "The new one.", 2)
    counted = house.counted(1)
    assert (counted.text, counted.tallies, counted.verdicts) == (
        "a", {"": {"no": 3}, "a": {"yes": 2}}, {"": "threshold", "a": "adopted"},
    )  # fmt: skip
    assert house.item(1).decided_by == "vote"


def test_of_those_that_pass_the_highest_becomes_the_text(house: House) -> None:
    """Highest yes − no (§3.7)."""
    rival(house).votes("ada ben", 1, "yes").votes("ada ben cy", 1, "yes", "a").waits("72h")
    assert (house.item(1).text, house.counted(1).verdicts) == ("The new one.", {"": "adopted", "a": "adopted"})


def test_equal_ones_go_to_a_run_off_at_once(house: House) -> None:
    """`vote_window`, one text each, a question of its own with a fresh electorate (§3.2, §3.7)."""
    rival(house).votes("ada ben", 1, "yes").votes("ada ben", 1, "yes", "a").leaves("cy").joins("dov").waits("72h")
    question = house.question(1)
    assert (house.stage(1), question.runoff, question.texts, house.left(1)) == ("vote", True, ("", "a"), 72 * HOUR)
    assert (house.counted(1).outcome, house.electorate(1)) == ("runoff", {"ada", "ben", "dov"})
    house.votes("ada", 1, "yes").votes("ben", 1, "yes", "a").votes("dov", 1, "abstain").votes("ada", 1, "yes", "a")
    assert house.tally(1) == {"a": 2, "abstain": 1}
    house.waits("24h")
    assert (house.stage(1), house.item(1).text, house.counted(1).runoff) == ("adopted", "The new one.", True)


def test_in_a_run_off_one_chooses_one_text(house: House) -> None:
    """Yes to one of them, or abstain (§3.7)."""
    rival(house).votes("ada ben", 1, "yes").votes("ada ben", 1, "yes", "a").waits("72h")
    house.refuses(Why.ONE_TEXT_IN_RUNOFF, "votes", "ada", 1, "no")
    house.refuses(Why.NO_SUCH_TEXT, "votes", "ada", 1, "yes", "b")
    house.votes("ada", 1, "yes").votes("ada", 1, "yes", "a")
    assert house.tally(1) == {"a": 1}


def test_equal_again_is_a_tie(house: House) -> None:
    """REJECTED (tie) (§3.7)."""
    rival(house).votes("ada ben", 1, "yes").votes("ada ben", 1, "yes", "a").waits("72h")
    house.votes("ada", 1, "yes").votes("ben", 1, "yes", "a").waits("72h")
    assert (house.stage(1), house.why(1), house.item(1).text) == ("rejected", "tie", "The old one.")


def test_a_run_off_in_which_nobody_answers_is_a_tie(house: House) -> None:
    """Nothing is adopted on zero ballots (§3.7)."""
    rival(house).votes("ada ben", 1, "yes").votes("ada ben", 1, "yes", "a").waits("72h").waits("72h")
    assert (house.stage(1), house.why(1)) == ("rejected", "tie")


def test_a_run_off_between_two_of_three_texts(house: House) -> None:
    """Only those that are equal and highest (§3.7)."""
    pump(house).amends("ben", 1, "A.").amends("ben", 1, "B.").puts_rival("ben", 1, "a").puts_rival("ben", 1, "b")
    house.blocks("cy", 1).waits("96h").votes("ada", 1, "yes").votes("ada ben", 1, "yes", "a")
    house.votes("ada ben", 1, "yes", "b").waits("72h")
    assert house.question(1).texts == ("a", "b")
    house.refuses(Why.NO_SUCH_TEXT, "votes", "ada", 1, "yes", "").votes("ada ben", 1, "yes", "b").waits("24h")
    assert (house.stage(1), house.item(1).text) == ("adopted", "B.")


def test_an_unknown_text_has_no_ballots(house: House) -> None:
    """Only what is in the vote can be voted on (§3.7)."""
    rival(house).refuses(Why.NO_SUCH_TEXT, "votes", "ada", 1, "yes", "b")


def test_when_none_passes_the_first_text_that_was_counted_speaks(house: House) -> None:
    """The proposer's where it had its quorum, else the first rival that had (§3.7, §5.3)."""
    house.rules(seconds="0", discussion_min="0", rounds="0", vote_quorum="1/2", quorum_min="1", threshold="1/2")
    pump(house).amends("ben", 1, "The new one.").puts_rival("ben", 1, "a").opens("ada", 1)
    house.votes("ada", 1, "yes").votes("ada", 1, "yes", "a").votes("ben", 1, "no", "a").waits("72h")
    assert (house.counted(1).verdicts, house.why(1)) == ({"": "no_quorum", "a": "tie"}, "tie")


@pytest.mark.parametrize("why", ["no_quorum", "no_votes"])
def test_when_no_text_is_counted_the_item_lapses(house: House, why: str) -> None:
    """Each by §5.1 and §5.2; the proposer's text gives the reason (§3.7)."""
    rival(house)
    if why == "no_votes":
        house.votes("ada ben cy", 1, "abstain")
    house.waits("72h")
    assert (house.stage(1), house.why(1), house.counted(1).outcome) == ("lapsed", why, "lapsed")


def test_charter_motions_may_have_rivals_too(house: House) -> None:
    """They take the same way as any motion; the values of the text that wins are set (§3.7, §9)."""
    house.members("ada", "ben", "cy").proposes_charter("ada", rounds="3").amends("ben", 1, "rounds=5")
    house.puts_rival("ben", 1, "a").blocks("cy", 1).waits("96h")
    house.votes("ada ben cy", 1, "no").votes("ada ben cy", 1, "yes", "a").waits("72h")
    assert (house.stage(1), house.state.charter.rounds, house.item(1).terms) == ("adopted", 5, {"rounds": "5"})


def test_a_rival_charter_is_checked_at_adoption_too(house: House) -> None:
    """§2.1."""
    house.members("ada", "ben", "cy").proposes_charter("ada", rounds="3").amends("ben", 1, "freeze=50h")
    house.puts_rival("ben", 1, "a").proposes_charter("cy", round_window="48h").agrees("ada ben cy", 2)
    house.blocks("cy", 1).waits("96h").votes("ada ben cy", 1, "yes", "a").waits("72h")
    assert (house.stage(2), house.stage(1), house.why(1)) == ("adopted", "rejected", "infeasible")


def test_a_rival_principle_becomes_the_principle(house: House) -> None:
    """The text that wins is set in force (§3.7)."""
    house.members("ada", "ben", "cy").proposes_principle("ada", "Water is common.").amends("ben", 1, "Water is free.")
    house.puts_rival("ben", 1, "a").blocks("cy", 1).waits("96h").votes("ada ben cy", 1, "yes", "a").waits("72h")
    assert house.state.principles[2].text == "Water is free."
