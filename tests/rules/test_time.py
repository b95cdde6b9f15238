"""What counts when it was heard, what happens after a downtime, and when members are reminded (§3.8, §3.9)."""

import pytest

from governance import commands as c
from governance.assembly import due
from governance.facts import ClosingMoved, VoteOpened
from governance.refusals import Why
from tests.house import START, House

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def opened(house: House, *names: str) -> House:
    return house.members(*(names or ("ada", "ben", "cy"))).proposes("ada", "Repair the pump").opens("ada", 1)


# --- the closing instant (§3.8)


def test_a_position_heard_a_millisecond_before_the_closing_counts(house: House) -> None:
    """Accepted if and only if it was heard before the closing instant (§3.8)."""
    opened(house).agrees("ben", 1).waits("72h", less=1).agrees("ada", 1).waits_ms(1)
    assert (house.stage(1), house.rounds(1)[0].tally) == ("adopted", {"agree": 2})


def test_a_position_heard_at_the_closing_instant_is_too_late(house: House) -> None:
    """The closing is taken first; a button of it is stale (§3.8)."""
    opened(house).agrees("ben", 1).waits("72h")
    house.refuses(Why.NOTHING_OPEN, "agrees", "ada", 1).refuses(Why.STALE_BUTTON, "agrees", "ada", 1, question=1)
    assert house.rounds(1)[0].tally == {"agree": 1}


def test_asked_before_the_closing_was_taken_the_answer_is_the_same(house: House) -> None:
    """Whoever asks the rules too late is told when it closed, whatever was taken so far (§3.8)."""
    opened(house)
    closes = house.question(1).closes
    house.now = house.after = closes
    made = house.decides(c.TakePosition("ada", 1, "agree"), closes)
    assert made == house.refusal
    assert house.refusal
    assert (house.refusal.why, house.refusal.about) == (Why.QUESTION_CLOSED, {"item": 1, "closed": closes})


def test_a_closing_at_the_instant_of_a_vote_for_another_item(house: House) -> None:
    """What is due at an instant comes before anything heard at it (§3.8)."""
    opened(house).agrees("ada ben", 1).waits("72h").proposes("ben", "Paint it")
    assert house.minutes()[-4:] == ["RoundClosed", "Adopted", "Proposed", "DiscussionBegan"]


def test_a_button_of_a_closed_round_is_not_an_answer_to_the_next(house: House) -> None:
    """A button names its question (§3.5, §3.8)."""
    house.rules(seconds="0", discussion_min="0", rounds="2", quorum_min="1")
    opened(house).blocks("cy", 1).waits("72h").refuses(Why.STALE_BUTTON, "agrees", "ada", 1, question=1)
    house.agrees("ada", 1, question=2).refuses(Why.NOTHING_OPEN, "votes", "ada", 1, "yes")
    house.refuses(Why.STALE_BUTTON, "votes", "ada", 1, "yes", question=2)


# --- downtime (§3.8)


def test_what_was_left_runs_from_the_restart(house: House) -> None:
    """Stopped 5 hours before the closing, restarted 7 hours later: 5 hours from there (§3.8)."""
    opened(house).agrees("ada ben", 1).waits("67h").is_down("7h")
    assert (house.stage(1), house.left(1)) == ("round", 5 * HOUR)
    assert [one.why for one in house.facts(ClosingMoved)] == ["downtime"]
    house.agrees("cy", 1)
    assert house.stage(1) == "adopted"


@pytest.mark.parametrize(
    ("before", "down", "left"),
    [("71h", "65h", HOUR), ("4310m", "11m", 10 * MINUTE), ("4311m", "1h", 10 * MINUTE), ("48h", "25h", DAY),
     ("47h", "25h", DAY), ("1h", "80h", DAY)],
)
def test_at_least_ten_minutes_at_most_a_day(house: House, before: str, down: str, left: int) -> None:
    """§3.8."""
    opened(house).waits(before).is_down(down)
    assert house.left(1) == left


@pytest.mark.parametrize(("down", "stage"), [("119s", "adopted"), ("2m", "round")])
def test_a_gap_of_less_than_two_minutes_is_nobodys_loss(house: House, down: str, stage: str) -> None:
    """2 minutes or more around the closing instant (§3.8)."""
    opened(house).agrees("ada ben", 1).waits("72h", less=1).is_down(down)
    assert house.stage(1) == stage


def test_a_gap_before_the_closing_takes_nothing(house: House) -> None:
    """The closing did not fall into it (§3.8)."""
    opened(house).waits("10h").is_down("61h")
    assert (house.left(1), house.facts(ClosingMoved)) == (HOUR, [])


def test_a_gap_that_ends_with_the_closing_was_around_it(house: House) -> None:
    """Nobody could answer just before it (§3.8)."""
    opened(house).waits("62h").is_down("10h")
    assert house.left(1) == 10 * HOUR


def test_a_stopped_clock_misses_nothing(house: House) -> None:
    """A paused question has no closing instant to be missed (§3.4, §3.8)."""
    opened(house).waits("71h").pauses("ada", 1).is_down("3h").resumes("ada", 1)
    assert house.left(1) == HOUR


def test_a_vote_that_opened_and_closed_in_the_gap_is_open_after_it(house: House) -> None:
    """What follows a closing opens at its instant; where it ends in the gap too, it runs on (§3.2, §3.8)."""
    house.rules(seconds="0", discussion_min="0", rounds="0", quorum_min="1", vote_window="24h", discussion_max="48h")
    house.members("ada", "ben").proposes("ada", "Repair the pump").waits("40h").is_down("5d")
    assert (house.when(VoteOpened), house.stage(1), house.left(1)) == ([48 * HOUR], "vote", 24 * HOUR)


def test_several_gaps(house: House) -> None:
    """Each gap around a closing instant moves it (§3.8)."""
    opened(house).waits("71h").is_down("2h").waits("30m").is_down("1h")
    assert house.left(1) == 30 * MINUTE


def test_a_downtime_is_no_open_time(house: House) -> None:
    """`early_close_after` counts open time only (§3.4, §3.8)."""
    house.rules(seconds="0", discussion_min="0", round_window="30h", early_close_after="29h")
    opened(house).agrees("ada ben cy", 1).waits("25h").is_down("10h").waits("4h", less=1)
    assert house.stage(1) == "round"
    house.waits_ms(1)
    assert house.stage(1) == "adopted"


# --- reminders (§3.9)


def times(house: House) -> list[int]:
    return [at - START for at, _ in house.reminders]


def test_a_question_reminds_at_its_last_quarter(house: House) -> None:
    """Those who have not answered, never those who have (§3.9)."""
    opened(house).agrees("ada", 1).waits("54h", less=1)
    assert house.reminders == []
    house.waits_ms(1)
    at, reminder = house.reminders[0]
    assert (at - START, reminder.item, reminder.question, reminder.closes) == (54 * HOUR, 1, 1, START + 72 * HOUR)
    assert reminder.unanswered == {"ben", "cy"}
    house.waits("17h")
    assert len(house.reminders) == 1


def test_who_has_left_is_not_reminded(house: House) -> None:
    """They cannot answer, rejoined or not (§2.3, §3.9)."""
    opened(house).leaves("ben cy").joins("cy").waits("54h")
    assert house.reminders[0][1].unanswered == {"ada"}


def test_a_vote_on_several_texts_reminds_who_answered_none(house: House) -> None:
    """Who said something to one text has answered (§3.7, §3.9)."""
    house.rules(seconds="0", discussion_min="0", rounds="0")
    house.members("ada", "ben", "cy").proposes("ada", "Repair the pump").amends("ben", 1, "The new one.")
    house.puts_rival("ben", 1, "a").opens("ada", 1).votes("ada", 1, "yes").votes("ben", 1, "no", "a").waits("54h")
    assert house.reminders[0][1].unanswered == {"cy"}


def test_a_stopped_clock_reminds_later(house: House) -> None:
    """The last quarter of the open time (§3.4, §3.9)."""
    opened(house).waits("50h").pauses("ada", 1).waits("10h").resumes("ada", 1).waits("4h", less=1)
    assert house.reminders == []
    house.waits_ms(1)
    assert times(house) == [64 * HOUR]


def test_a_pause_in_the_last_quarter_does_not_remind_again(house: House) -> None:
    """The reminder was given (§3.9)."""
    opened(house).waits("60h").pauses("ada", 1).waits("20h").resumes("ada", 1).waits("11h")
    assert times(house) == [54 * HOUR]


def test_an_extension_has_a_last_quarter_of_its_own(house: House) -> None:
    """72 h and half as much again: the last quarter of 108 h begins at 81 h (§3.9, §4.1)."""
    opened(house).waits("107h")
    assert times(house) == [54 * HOUR, 81 * HOUR]


def test_within_an_hour_of_another_it_is_dropped(house: House) -> None:
    """2 h window: reminded at 90 min, extended to 3 h, whose last quarter begins at 135 min (§3.9)."""
    house.rules(seconds="0", discussion_min="0", round_window="2h", freeze="0")
    opened(house).waits("3h", less=1)
    assert times(house) == [90 * MINUTE]


def test_an_hour_after_another_it_is_given(house: House) -> None:
    """160 min: reminded at 120 min, extended to 240 min, whose last quarter begins at 180 min (§3.9)."""
    house.rules(seconds="0", discussion_min="0", round_window="160m", freeze="0")
    opened(house).waits("4h", less=1)
    assert times(house) == [120 * MINUTE, 180 * MINUTE]


def test_a_question_that_closes_is_not_reminded_of(house: House) -> None:
    """Nothing is waited for any more at the instant of the last quarter (§3.9, §4.6)."""
    house.rules(seconds="0", discussion_min="0", round_window="24h", early_close_after="18h")
    opened(house).agrees("ada ben cy", 1).waits("18h")
    assert (house.stage(1), house.reminders) == ("adopted", [])


def test_a_reminder_that_fell_into_a_downtime_is_given_after_it(house: House) -> None:
    """Its quarter is a quarter of open time (§3.4, §3.8, §3.9)."""
    opened(house).waits("53h").is_down("20h").waits("1h", less=1)
    assert (house.reminders, house.left(1)) == ([], 18 * HOUR + 1)
    house.waits_ms(1)
    assert times(house) == [74 * HOUR]


def test_a_reminder_given_before_a_downtime_is_not_given_again(house: House) -> None:
    """Nor is the room told twice (§3.9)."""
    opened(house).waits("60h").is_down("20h").waits("11h")
    assert times(house) == [54 * HOUR]


def test_a_reminder_missed_in_a_gap_before_the_closing_is_given_at_once(house: House) -> None:
    """The closing stands, and what is left of the last quarter is for answering (§3.9)."""
    opened(house).waits("50h").is_down("10h")
    assert times(house) == [54 * HOUR]


# --- deadlines


def test_nothing_is_due_where_nothing_waits(house: House) -> None:
    """No item, no deadline."""
    house.members("ada")
    assert due(house.state, house.now) is None


def test_passing_time_in_which_nothing_fell_due_changes_nothing(house: House) -> None:
    """The clock may knock at any instant."""
    opened(house).waits("1h")
    before = house.state
    house.decides(c.PassTime(house.now), house.now)
    assert house.state == before


def test_deadlines_long_past_are_taken_all_the_same(house: House) -> None:
    """However late the clock knocks, what was due is taken, and what was due after it (§3.8)."""
    house.members("ada", "ben", "cy").proposes("ada", "Repair the pump").mends("ben", 1, "Mended.")
    house.opens("ada", 1).mends("cy", 1, "Mended again.")
    house.proposes("ben", "Paint it").pauses("ben", 2).proposes("cy", "Sell it").withdraws("cy", 3)
    late = house.now + 30 * DAY
    house.decides(c.PassTime(late), late)
    assert [house.stage(number) for number in (1, 2, 3)] == ["lapsed", "discussion", "withdrawn"]
    assert house.item(1).text == "Mended again."


def test_the_tendency_is_noted_however_late(house: House) -> None:
    """A closing taken late notes first what it is compared with (§5.7)."""
    house.rules(seconds="0", discussion_min="0", rounds="0", late_swing="on", quorum_min="1")
    opened(house).votes("ada", 1, "yes")
    closes = house.question(1).closes
    house.decides(c.PassTime(closes), closes)
    assert house.stage(1) == "adopted"
    assert house.minutes(1)[-3:] == ["TendencyNoted", "VoteClosed", "Adopted"]
