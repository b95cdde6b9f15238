"""A motion's life: drafts, discussion, rounds, stops, proposers who go (§3.1–3.4)."""

import pytest

from governance import commands as c
from governance.facts import ClosingMoved, Lapsed, RoundOpened, VoteOpened
from governance.proposing import first_right, opens_from
from governance.refusals import Why
from tests.house import START, House

HOUR, DAY = 3_600_000, 86_400_000


# --- drafts and seconds


def test_a_draft_needs_its_seconds(house: House) -> None:
    """DRAFT --seconds met--> DISCUSSION; not one's own, each once (§3, §3.3)."""
    house.rules(seconds="2").members("ada", "ben", "cy").proposes("ada", "Repair the pump")
    assert house.stage(1) == "draft"
    house.refuses(Why.OWN_MOTION, "seconds", "ada", 1).seconds("ben", 1)
    house.refuses(Why.ALREADY_SECONDED, "seconds", "ben", 1)
    assert house.stage(1) == "draft"
    house.seconds("cy", 1)
    assert (house.stage(1), house.item(1).seconders) == ("discussion", ("ben", "cy"))


def test_without_seconds_a_motion_is_discussed_at_once(house: House) -> None:
    """`seconds=0`: a proposed motion is in DISCUSSION at once (§3.1)."""
    house.members("ada").proposes("ada", "Repair the pump")
    assert house.minutes(1) == ["Proposed", "DiscussionBegan"]


def test_a_draft_nobody_seconds_lapses_after_seven_days(house: House) -> None:
    """DRAFT --7 days unseconded--> LAPSED (§3)."""
    house.rules(seconds="1").members("ada", "ben").proposes("ada", "Repair the pump").waits("7d", less=1)
    assert house.stage(1) == "draft"
    house.waits_ms(1)
    assert (house.stage(1), house.why(1), house.when(Lapsed)) == ("lapsed", "unseconded", [7 * DAY])
    house.refuses(Why.WRONG_STAGE, "seconds", "ben", 1)


def test_a_second_at_the_last_millisecond_saves_a_draft(house: House) -> None:
    """What was heard before the end counts (§3.8)."""
    house.rules(seconds="1").members("ada", "ben").proposes("ada", "Repair the pump").waits("7d", less=1)
    house.seconds("ben", 1).waits("1h")
    assert house.stage(1) == "discussion"


def test_members_second_in_discussion_too(house: House) -> None:
    """A seconder may open later, so there is reason to (§3.3)."""
    house.members("ada", "ben", "cy").proposes("ada", "Repair the pump").seconds("ben", 1).opens("ben", 1)
    house.refuses(Why.WRONG_STAGE, "seconds", "cy", 1)


# --- opening


def test_open_before_the_least_discussion_is_refused_with_the_hour(house: House) -> None:
    """§3.3: `open` before `discussion_min` is refused with the hour from which it is possible."""
    house.rules(seconds="0", discussion_min="48h").members("ada", "ben", "cy").proposes("ada", "Repair the pump")
    house.seconds("ben", 1).waits("48h", less=1).refuses(Why.NOT_YET_OPEN, "opens", "ada", 1)
    assert house.refusal
    assert house.refusal.about["at"] == START + 48 * HOUR == opens_from(house.state, house.item(1))
    house.refuses(Why.NOT_YET_OPEN, "opens", "ben", 1).waits_ms(1)
    house.refuses(Why.NOT_PROPOSER_NOR_SECONDER, "opens", "cy", 1).opens("ben", 1)
    assert house.stage(1) == "round"


def test_a_discussion_ends_by_itself(house: House) -> None:
    """`discussion_max` opens what `open` did not (§3)."""
    house.members("ada", "ben").proposes("ada", "Repair the pump").waits("14d", less=1)
    assert house.stage(1) == "discussion"
    house.waits_ms(1)
    assert (house.stage(1), house.when(RoundOpened)) == ("round", [14 * DAY])


def test_a_discussion_of_no_time_is_over_at_once() -> None:
    """`discussion_max=0` goes to the question at the instant of the last second (§3)."""
    house = House(discussion_max="0").members("ada", "ben").proposes("ada", "Repair the pump")
    assert (house.stage(1), house.when(RoundOpened)) == ("round", [0])


def test_without_rounds_discussion_leads_to_the_vote() -> None:
    """`rounds=0`: DISCUSSION --> VOTE (§3)."""
    house = House(rounds="0").members("ada", "ben", "cy").proposes("ada", "Repair the pump").opens("ada", 1)
    assert house.stage(1) == "vote"
    house.votes("ada ben", 1, "yes").waits("72h")
    assert (house.stage(1), house.item(1).decided_by) == ("adopted", "vote")


def test_an_opening_holds_all_that_counts_later(house: House) -> None:
    """Text and charter version, electorate and closing are frozen in the opening (§1, §2.3)."""
    house.members("ada", "ben").proposes("ada", "Repair the pump").opens("ada", 1)
    opened = house.facts(RoundOpened)[0]
    assert (opened.round, opened.version, opened.charter, opened.electorate) == (1, 1, 1, 2)
    assert opened.closes == house.now + 72 * HOUR
    assert len(opened.electorate_digest) == 64


def test_what_is_not_in_the_table_is_refused(house: House) -> None:
    """One transition table; what is not in it is refused, with the stage (§3.1)."""
    house.members("ada", "ben").proposes("ada", "Repair the pump")
    for verb, args in {
        "resumes": ("ada", 1), "takes_over": ("ben", 1), "explains": ("ben", 1, "no"),
    }.items():  # fmt: skip
        house.refuses(Why.WRONG_STAGE, verb, *args)
    house.opens("ada", 1).refuses(Why.WRONG_STAGE, "opens", "ada", 1).waits("72h").waits("36h")
    assert house.stage(1) == "lapsed"
    for verb, args in {
        "opens": ("ada", 1), "seconds": ("ben", 1), "withdraws": ("ada", 1), "takes_over": ("ben", 1),
        "pauses": ("ada", 1), "resumes": ("ada", 1), "amends": ("ada", 1, "oil"), "mends": ("ada", 1, "oil"),
        "accepts": ("ada", 1, "a"), "objects": ("ada", 1, "a"), "puts_rival": ("ada", 1, "a"),
        "explains": ("ada", 1, "no"),
    }.items():  # fmt: skip
        house.refuses(Why.WRONG_STAGE, verb, *args)
        assert house.refusal
        assert house.refusal.about["stage"] == "lapsed"
    house.refuses(Why.NOTHING_OPEN, "agrees", "ada", 1).refuses(Why.NOTHING_OPEN, "votes", "ada", 1, "yes")


def test_an_item_that_is_not_there(house: House) -> None:
    """Numbers run from 1; the last one is told (§1)."""
    house.members("ada", "ben").proposes("ada", "Repair the pump")
    for verb, args in {
        "opens": ("ada", 2), "seconds": ("ada", 2), "agrees": ("ada", 2), "votes": ("ada", 2, "yes"),
        "explains": ("ada", 2, "no"), "withdraws": ("ada", 2), "proposes_repeal": ("ada", 2),
    }.items():  # fmt: skip
        house.refuses(Why.NO_SUCH_ITEM, verb, *args)
        assert house.refusal
        assert house.refusal.about == {"item": 2, "last": 1}


def test_a_motion_needs_words(house: House) -> None:
    """A title for a motion, a text for a principle, a reason for an exclusion (§3.3)."""
    house.members("ada", "ben")
    house.refuses(Why.TEXT_MISSING, "proposes", "ada", "  \n ")
    house.refuses(Why.TEXT_MISSING, "proposes_principle", "ada", " ")
    house.refuses(Why.TEXT_MISSING, "proposes_exclusion", "ada", "ben", "")
    house.proposes("ada", "  Repair \n the   pump ", " The one by the mill. \n")
    assert (house.item(1).title, house.item(1).text) == ("Repair the pump", "The one by the mill.")


def test_sixty_kilobytes_are_too_much(house: House) -> None:
    """A text has a limit; the answer says how long it was and may be."""
    house.members("ada", "ben").refuses(Why.TEXT_TOO_LONG, "proposes", "ada", "Pump", "x" * 60_000)
    assert house.refusal
    assert house.refusal.about == {"length": 60_000, "most": 10_000}
    house.refuses(Why.TEXT_TOO_LONG, "proposes", "ada", "x" * 201)
    house.proposes("ada", "x" * 200, "x" * 10_000).refuses(Why.TEXT_TOO_LONG, "amends", "ben", 1, "y" * 10_001)
    house.opens("ada", 1).refuses(Why.TEXT_TOO_LONG, "agrees", "ada", 1, "x" * 1001)
    house.refuses(Why.TEXT_TOO_LONG, "blocks", "ada", 1, "P1", "x" * 1001).blocks("ben", 1, "P1", "x" * 1000)
    house.waits("72h").refuses(Why.TEXT_TOO_LONG, "explains", "ben", 1, "x" * 4001)
    house.refuses(Why.TEXT_MISSING, "explains", "ben", 1, " ").explains("ben", 1, "x" * 4000)


# --- rounds, cooling, vote


def test_what_follows_a_closing_opens_at_that_instant(house: House) -> None:
    """The next round, COOLING and the VOTE, each with a full window and a fresh electorate (§3.2)."""
    house.rules(seconds="0", discussion_min="0", quorum_min="1", round_quorum="0").members("ada", "ben", "cy")
    house.proposes("ada", "Repair the pump").blocks("cy", 1).joins("dov").waits("72h")
    assert (house.question(1).round, house.left(1), house.electorate(1)) == (2, 72 * HOUR, {"ada", "ben", "cy", "dov"})
    house.blocks("cy", 1).joins("eve").waits("72h")
    assert (house.stage(1), house.left(1)) == ("cooling", 24 * HOUR)
    house.joins("fay").waits("24h")
    assert (house.stage(1), house.left(1), len(house.electorate(1))) == ("vote", 72 * HOUR, 6)
    assert house.when(VoteOpened) == [168 * HOUR]


def test_without_cooling_the_vote_opens_at_once() -> None:
    """`cooling=0` (§3, §9)."""
    house = House(cooling="0").members("ada", "ben").proposes("ada", "Repair the pump").blocks("ben", 1).waits("72h")
    assert house.stage(1) == "vote"


def test_with_fallback_defer_no_vote_follows() -> None:
    """Not reached, last round: fallback=defer --> DEFERRED, with the reason (§3)."""
    house = House(fallback="defer", rounds="2").members("ada", "ben").proposes("ada", "Repair the pump")
    house.blocks("ben", 1).waits("72h").blocks("ben", 1).waits("72h")
    assert (house.stage(1), house.why(1), house.outcomes(1)) == ("deferred", "blocked", ["blocked", "blocked"])
    assert house.item(1).decided_by is None


def test_the_same_text_may_be_moved_again(house: House) -> None:
    """Ends are final; the same text is a new item (§3.2)."""
    house.members("ada", "ben").proposes("ada", "Repair the pump").opens("ada", 1).waits("108h")
    house.proposes("ada", "Repair the pump")
    assert (house.stage(1), house.stage(2)) == ("lapsed", "discussion")


# --- pausing


def test_a_pause_changes_no_remaining_time(house: House) -> None:
    """The clock stands still; on return the question has the time it had left (§3.4)."""
    house.members("ada", "ben").proposes("ada", "Repair the pump").opens("ada", 1).waits("10h", less=17)
    left = house.left(1)
    house.pauses("ada", 1)
    assert house.stage(1) == "paused"
    house.refuses(Why.NOTHING_OPEN, "agrees", "ben", 1).refuses(Why.STALE_BUTTON, "agrees", "ben", 1, question=1)
    house.waits("100h").resumes("ada", 1)
    assert (house.stage(1), house.left(1)) == ("round", left)


def test_a_pause_in_discussion_and_one_in_cooling(house: House) -> None:
    """Each keeps the time of its own stage (§3.4)."""
    house.members("ada", "ben").proposes("ada", "Repair the pump").waits("1d").pauses("ada", 1).waits("2d")
    house.resumes("ada", 1)
    assert house.left(1) == 13 * DAY
    house.blocks("ben", 1).waits("72h").waits("1h").pauses("ada", 1).waits("5h").resumes("ada", 1)
    assert (house.stage(1), house.left(1)) == ("cooling", 23 * HOUR)


def test_a_pause_delays_the_least_discussion(house: House) -> None:
    """Nothing runs on while the clock stands still (§3.4)."""
    house.rules(seconds="0", discussion_min="48h").members("ada", "ben").proposes("ada", "Repair the pump")
    house.waits("40h").pauses("ada", 1).waits("20h").refuses(Why.WRONG_STAGE, "opens", "ada", 1).resumes("ada", 1)
    house.refuses(Why.NOT_YET_OPEN, "opens", "ada", 1).waits("8h").opens("ada", 1)


def test_a_pause_ends_after_seven_days(house: House) -> None:
    """PAUSED --resume, or 7 days--> back (§3, §3.4)."""
    house.members("ada", "ben").proposes("ada", "Repair the pump").opens("ada", 1).waits("1h").pauses("ada", 1)
    house.waits("7d", less=1)
    assert house.stage(1) == "paused"
    house.waits_ms(1)
    assert (house.stage(1), house.left(1)) == ("round", 71 * HOUR)


def test_once_per_stage_and_passage_whoever_proposes(house: House) -> None:
    """A discussion, a round, a cooling: one pause each, also under a new proposer (§3.4)."""
    house.rules(seconds="0", discussion_min="0", rounds="2", quorum_min="1").members("ada", "ben", "cy")
    house.proposes("ada", "Repair the pump").pauses("ada", 1).resumes("ada", 1)
    house.refuses(Why.ALREADY_PAUSED_ONCE, "pauses", "ada", 1).withdraws("ada", 1).takes_over("ben", 1)
    house.refuses(Why.ALREADY_PAUSED_ONCE, "pauses", "ben", 1)
    house.blocks("cy", 1).pauses("ben", 1).resumes("ben", 1).refuses(Why.ALREADY_PAUSED_ONCE, "pauses", "ben", 1)
    house.waits("72h").blocks("cy", 1).pauses("ben", 1).waits("1h").resumes("ben", 1).waits("72h")
    assert house.stage(1) == "cooling"
    house.pauses("ben", 1).resumes("ben", 1).refuses(Why.ALREADY_PAUSED_ONCE, "pauses", "ben", 1).waits("24h")
    assert house.stage(1) == "vote"
    house.refuses(Why.WRONG_STAGE, "pauses", "ben", 1)


def test_a_round_begun_again_may_be_paused_again(house: House) -> None:
    """The round on the new text is another passage (§3.4, §3.5)."""
    house.members("ada", "ben").proposes("ada", "Repair the pump").opens("ada", 1).pauses("ada", 1).resumes("ada", 1)
    house.amends("ben", 1, "with oil").accepts("ada", 1, "a").pauses("ada", 1)
    assert house.stage(1) == "paused"


def test_only_the_proposer_pauses_and_resumes(house: House) -> None:
    """§3.3."""
    house.members("ada", "ben").proposes("ada", "Repair the pump").refuses(Why.NOT_THE_PROPOSER, "pauses", "ben", 1)
    house.pauses("ada", 1).refuses(Why.NOT_THE_PROPOSER, "resumes", "ben", 1)


def test_a_draft_cannot_be_paused(house: House) -> None:
    """DISCUSSION, ROUND, COOLING --pause--> PAUSED (§3)."""
    house.rules(seconds="1").members("ada", "ben").proposes("ada", "Repair the pump")
    house.refuses(Why.WRONG_STAGE, "pauses", "ada", 1)


def test_early_close_counts_open_time_only() -> None:
    """`early_close_after` counts from the opening, stops left out (§3.4, §4.6)."""
    house = House(early_close_after="24h").members("ada", "ben").proposes("ada", "Repair the pump").agrees("ada ben", 1)
    house.waits("20h").pauses("ada", 1).waits("50h").resumes("ada", 1).waits("4h", less=1)
    assert house.stage(1) == "round"
    house.waits_ms(1)
    assert house.stage(1) == "adopted"


# --- letting go and taking over


def test_a_withdrawn_motion_can_be_taken_over(house: House) -> None:
    """The first 12 hours belong to the first seconder still on the roll, the rest to any member (§3.4)."""
    house.members("ada", "ben", "cy", "dov").proposes("ada", "Repair the pump").seconds("ben cy", 1)
    house.withdraws("ada", 1)
    assert (house.stage(1), first_right(house.state, house.item(1))) == ("orphaned", "ben")
    house.refuses(Why.FIRST_RIGHT, "takes_over", "cy", 1)
    assert house.refusal
    assert house.refusal.about == {"item": 1, "member": "ben", "until": house.now + 12 * HOUR}
    house.leaves("ben").refuses(Why.FIRST_RIGHT, "takes_over", "dov", 1).takes_over("cy", 1)
    assert (house.stage(1), house.item(1).proposer, house.item(1).seconders) == ("discussion", "cy", ("ben",))


def test_after_twelve_hours_any_member_takes_over(house: House) -> None:
    """To the millisecond (§3.4)."""
    house.members("ada", "ben", "cy").proposes("ada", "Repair the pump").seconds("ben", 1).withdraws("ada", 1)
    house.waits("12h", less=1).refuses(Why.FIRST_RIGHT, "takes_over", "cy", 1).waits_ms(1).takes_over("cy", 1)


def test_without_a_seconder_any_member_takes_over_at_once(house: House) -> None:
    """The first 12 hours belong to a seconder where there is one (§3.4)."""
    house.members("ada", "ben").proposes("ada", "Repair the pump").withdraws("ada", 1).takes_over("ben", 1)
    assert house.item(1).proposer == "ben"


def test_an_orphan_nobody_takes_over_is_withdrawn_after_a_day(house: House) -> None:
    """ORPHANED --24 h--> WITHDRAWN (§3)."""
    house.members("ada", "ben").proposes("ada", "Repair the pump").withdraws("ada", 1).waits("24h", less=1)
    assert house.stage(1) == "orphaned"
    house.waits_ms(1)
    assert house.stage(1) == "withdrawn"


def test_an_orphaned_round_has_the_time_it_had_left(house: House) -> None:
    """ORPHANED stops the clock (§3.4)."""
    house.members("ada", "ben", "cy").proposes("ada", "Repair the pump").agrees("cy", 1).waits("10h")
    house.withdraws("ada", 1).refuses(Why.NOTHING_OPEN, "agrees", "ben", 1).waits("20h").takes_over("ben", 1)
    assert (house.stage(1), house.left(1), house.tally(1)) == ("round", 62 * HOUR, {"agree": 1})


def test_taking_over_a_paused_motion_ends_the_pause(house: House) -> None:
    """TAKEOVER leads to the stage it was in; a pause is over (§3)."""
    house.members("ada", "ben").proposes("ada", "Repair the pump").opens("ada", 1).waits("1h").pauses("ada", 1)
    house.waits("2d").withdraws("ada", 1).waits("6h").takes_over("ben", 1)
    assert (house.stage(1), house.left(1)) == ("round", 71 * HOUR)


def test_an_orphans_day_runs_from_its_own_beginning(house: House) -> None:
    """Not from the pause before it (§3.4)."""
    house.members("ada", "ben").proposes("ada", "Repair the pump").pauses("ada", 1).waits("6d").withdraws("ada", 1)
    house.waits("24h", less=1)
    assert house.stage(1) == "orphaned"
    house.waits_ms(1)
    assert house.stage(1) == "withdrawn"


def test_a_draft_can_be_withdrawn_and_taken_over(house: House) -> None:
    """DRAFT --withdraw--> ORPHANED; its seven days stand still as well (§3, §3.4)."""
    house.rules(seconds="1").members("ada", "ben", "cy").proposes("ada", "Repair the pump").waits("6d")
    house.withdraws("ada", 1).waits("20h").takes_over("ben", 1).waits("1d", less=1)
    assert house.stage(1) == "draft"
    house.seconds("ada", 1)
    assert house.stage(1) == "discussion"


def test_a_proposer_who_leaves_orphans_the_motion(house: House) -> None:
    """In DRAFT, DISCUSSION, ROUND, PAUSED and COOLING (§3)."""
    house.rules(seconds="1", discussion_min="0", rounds="1", quorum_min="1").members("ada", "ben", "cy")
    for number in range(1, 6):
        house.proposes("ada", "Repair the pump")
        if number > 1:
            house.seconds("ben", number)
    house.opens("ada", 5).blocks("ben", 5).waits("72h").opens("ada", 3).opens("ada", 4).pauses("ada", 4)
    assert [house.stage(number) for number in range(1, 6)] == ["draft", "discussion", "round", "paused", "cooling"]
    house.leaves("ada")
    assert [house.stage(number) for number in range(1, 6)] == ["orphaned"] * 5
    for number in range(1, 6):
        house.takes_over("ben", number)
    assert [house.stage(number) for number in range(1, 6)] == ["draft", "discussion", "round", "round", "cooling"]


def test_a_vote_has_no_proposer_any_more(house: House) -> None:
    """Nobody can withdraw it, and the proposer's leaving changes nothing (§3.4)."""
    house.members("ada", "ben", "cy").proposes("ada", "Repair the pump").blocks("cy", 1).waits("96h")
    house.refuses(Why.WRONG_STAGE, "withdraws", "ada", 1).leaves("ada")
    assert house.stage(1) == "vote"
    house.votes("ben cy", 1, "yes").waits("72h")
    assert house.stage(1) == "adopted"


def test_only_the_proposer_withdraws(house: House) -> None:
    """§3.3."""
    house.members("ada", "ben").proposes("ada", "Repair the pump").seconds("ben", 1)
    house.refuses(Why.NOT_THE_PROPOSER, "withdraws", "ben", 1)


def test_nothing_is_withdrawn_in_cooling(house: House) -> None:
    """In COOLING never, and a pause is no way around it (§3.5)."""
    house.members("ada", "ben").proposes("ada", "Repair the pump").blocks("ben", 1).waits("72h")
    house.refuses(Why.WRONG_STAGE, "withdraws", "ada", 1).pauses("ada", 1)
    house.refuses(Why.WRONG_STAGE, "withdraws", "ada", 1)
    assert house.refusal
    assert house.refusal.about["stage"] == "cooling"


def test_nothing_is_withdrawn_in_the_last_freeze(house: House) -> None:
    """In the last `freeze` before the closing instant as it then stands, also while paused (§3.5)."""
    house.members("ada", "ben").proposes("ada", "Repair the pump").opens("ada", 1).waits("71h", less=1)
    house.pauses("ada", 1).waits("1d").withdraws("ada", 1).takes_over("ada", 1).waits_ms(1)
    house.refuses(Why.IN_FREEZE, "withdraws", "ada", 1)
    assert house.refusal
    assert house.refusal.about["closes"] == house.now + HOUR
    house.waits("1h").waits("35h", less=1).withdraws("ada", 1).takes_over("ada", 1)
    house.waits_ms(1).refuses(Why.IN_FREEZE, "withdraws", "ada", 1)


def test_a_pause_in_the_freeze_opens_no_way_to_withdraw(house: House) -> None:
    """While paused the closing stands as near as it was (§3.5)."""
    house.members("ada", "ben").proposes("ada", "Repair the pump").opens("ada", 1).waits("71h").pauses("ada", 1)
    house.waits("2d").refuses(Why.IN_FREEZE, "withdraws", "ada", 1)
    assert house.refusal
    assert house.refusal.about["closes"] == house.now + HOUR


def test_a_motion_may_be_withdrawn_by_who_took_it_over_again(house: House) -> None:
    """The new proposer proposes: all of §3.3 is theirs."""
    house.members("ada", "ben", "cy").proposes("ada", "Repair the pump").seconds("ben", 1).withdraws("ada", 1)
    house.takes_over("ben", 1).refuses(Why.OWN_MOTION, "seconds", "ben", 1).seconds("ada", 1).withdraws("ben", 1)
    house.refuses(Why.FIRST_RIGHT, "takes_over", "cy", 1).takes_over("ada", 1)


# --- the extension


def test_a_round_without_quorum_is_extended_once_by_half_its_window(house: House) -> None:
    """Half the window in whole seconds; missed again it lapses and never falls through to a vote (§4.1)."""
    house.rules(seconds="0", discussion_min="0", rounds="2", round_window="61s", freeze="0")
    house.members("ada", "ben", "cy", "dov").proposes("ada", "Repair the pump").agrees("ada ben", 1)
    house.waits("61s")
    assert (house.stage(1), house.left(1)) == ("round", 30_000)
    assert [(one.why, one.closes) for one in house.facts(ClosingMoved)] == [("no_quorum", START + 91_000)]
    house.waits("30s")
    assert (house.stage(1), house.why(1), house.outcomes(1)) == ("lapsed", "no_quorum", ["no_quorum"])


def test_an_extended_round_counts_as_any(house: House) -> None:
    """It may still reach consensus, close early and be amended (§4.1)."""
    house.rules(seconds="0", discussion_min="0").members("ada", "ben", "cy").proposes("ada", "Repair the pump")
    house.agrees("ada", 1).waits("80h").agrees("ben", 1).amends("cy", 1, "with oil").accepts("ada", 1, "a")
    assert (house.outcomes(1), house.left(1)) == (["superseded"], 72 * HOUR)
    house.waits("80h").agrees("ada ben cy", 1)
    assert house.stage(1) == "adopted"


def test_each_question_has_its_own_extension(house: House) -> None:
    """Once per question: the next round has one again (§4.1)."""
    house.rules(seconds="0", discussion_min="0", rounds="2").members("ada", "ben", "cy").proposes("ada", "Pump")
    house.opens("ada", 1).waits("72h").blocks("cy", 1).agrees("ada ben", 1).waits("36h")
    assert (house.question(1).round, house.outcomes(1)) == (2, ["blocked"])
    house.waits("72h")
    assert (house.stage(1), house.left(1)) == ("round", 36 * HOUR)


@pytest.mark.parametrize(("restarted", "stage"), [("35h", "round"), ("36h", "lapsed")])
def test_the_extension_is_counted_from_the_closing_as_it_stood(house: House, restarted: str, stage: str) -> None:
    """After a pause as well (§3.4, §4.1)."""
    house.members("ada", "ben").proposes("ada", "Repair the pump").opens("ada", 1).waits("10h").pauses("ada", 1)
    house.waits("10h").resumes("ada", 1).waits("62h").waits(restarted)
    assert house.stage(1) == stage


def test_two_deadlines_of_one_instant_are_taken_in_the_order_they_were_set(house: House) -> None:
    """The exclusion opened first, so it is counted first and orphans the motion that closes with it (§3.8)."""
    house.members("ada", "ben", "cy", "dov").proposes("dov", "Repair the pump").proposes_exclusion("ada", "dov")
    house.opens("ada", 2).opens("dov", 1).agrees("ada ben cy", 1).votes("ada ben cy", 2, "yes").waits("24h")
    assert (house.stage(2), house.stage(1)) == ("adopted", "orphaned")


def test_the_other_way_round(house: House) -> None:
    """The motion was opened first: it is decided before its proposer is excluded (§3.8)."""
    house.members("ada", "ben", "cy", "dov").proposes("dov", "Repair the pump").proposes_exclusion("ada", "dov")
    house.opens("dov", 1).opens("ada", 2).agrees("ada ben cy dov", 1).votes("ada ben cy", 2, "yes").waits("24h")
    assert (house.stage(1), house.stage(2)) == ("adopted", "adopted")


def test_closing_early_when_nothing_is_to_be_closed_is_refused(house: House) -> None:
    """The question after an answer is only a question (§4.6)."""
    house.members("ada", "ben").proposes("ada", "Repair the pump").opens("ada", 1)
    assert house.asks(c.CloseEarly(1)) == house.refusal
    assert house.refusal
    assert house.refusal.why is Why.NOTHING_CHANGES
