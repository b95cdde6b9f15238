"""The bot speaks seldom: what each happening makes it say, and to whom; and when a reminder waits."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import announce
from bot.announce import CARD, REMINDER, RESULT, ROOM, Notice, held_until, is_quiet
from governance import commands as c
from governance import facts as f
from governance.charter import QuietHours
from governance.decision import Reminder
from governance.terms import DAY, HOUR, SECOND
from tests.process.meeting import Meeting

NIGHT = QuietHours(22, 8)


def kinds(meeting: Meeting, since: int) -> list[tuple[str, str]]:
    """What was said since: kinds, told ones by their code, and to whom."""
    return [(str(one.about.get("code", one.kind)), one.to) for one in meeting.notices[since:]]


def heard(meeting: Meeting, *commands: c.Command) -> list[tuple[str, str]]:
    since = len(meeting.notices)
    for command in commands:
        meeting.does(command)
    return kinds(meeting, since)


def waited(meeting: Meeting, duration: str) -> list[tuple[str, str]]:
    since = len(meeting.notices)
    meeting.wait(duration)
    return kinds(meeting, since)


def five() -> Meeting:
    return Meeting().found("ana", "ben", "cem", "dila", "elif")


def opened() -> Meeting:
    return five().opened("ana", "The pump", "one")


# --- what makes the bot speak


def test_founding_is_told_to_the_room_and_joining_is_not() -> None:
    meeting = Meeting()
    assert heard(meeting, c.Found("ana", "Well")) == [("founded", ROOM)]
    assert heard(meeting, c.Join("ben")) == []


def test_founding_anew_is_told_as_such() -> None:
    meeting = Meeting()
    heard(meeting, c.Found("ana", "Well"))
    assert heard(meeting, c.Found("ben", "Spring")) == [("founded_anew", ROOM)]
    assert meeting.said[-1][2].startswith("Spring was founded anew")


def test_a_proposal_is_one_card_whether_or_not_it_needs_seconds() -> None:
    assert heard(five(), c.Propose("ana", "motion", "The pump")) == [("card", ROOM)]
    small = Meeting().found("ana", "ben", preset="small")
    assert heard(small, c.Propose("ana", "motion", "The pump")) == [("card", ROOM)]


def test_seconding_and_answering_only_change_the_card() -> None:
    meeting = five().proposes("ana", "The pump")
    assert heard(meeting, c.Second("ben", 1)) == []
    meeting.wait("48h")
    assert heard(meeting, c.Open("ana", 1)) == [("card", ROOM)]
    answers = (c.TakePosition("cem", 1, "agree", "gladly"), c.TakePosition("dila", 1, "aside", "away"))
    assert heard(meeting, *answers) == []
    assert heard(meeting, c.TakePosition("elif", 1, "block", "debts", 1), c.TakePosition("elif", 1, "agree")) == []


def test_an_item_that_is_over_says_so_once_and_posts_no_card() -> None:
    meeting = opened().takes("agree", 1, "ana", "ben", "cem", "dila", "elif")
    assert waited(meeting, "24h") == [("result", ROOM)]
    assert meeting.notices[-1].lane == RESULT < CARD < REMINDER


def test_each_next_stage_is_one_new_card() -> None:
    meeting = opened()
    for opening in ("round", "cooling"):
        meeting.takes("agree", 1, "ana", "ben", "cem", "elif").blocks("dila", 1, "debts")
        assert waited(meeting, "72h")[-1] == ("card", ROOM), opening
    assert waited(meeting, "24h") == [("card", ROOM)]
    assert "· vote ·" in meeting.said[-1][2].splitlines()[0]


def test_the_vote_says_why_it_came_to_it() -> None:
    meeting = opened()
    for _ in range(2):
        meeting.takes("agree", 1, "ana", "ben").blocks("dila", 1, "debts").wait("72h")
    meeting.wait("24h")
    assert "Round 2 found no consensus: blocked by Dila (P1): “debts”." in meeting.said[-1][2]


def test_an_amendment_calls_its_proposer_and_nobody_else() -> None:
    meeting = opened()
    assert heard(meeting, c.Amend("cem", 1, "two")) == [("amended", ROOM)]
    assert meeting.said[-1][2] == "1a · Cem puts another text for 1 · The pump: two\n@ana can accept it: /accept 1a"
    assert sum(text.count("@") for _, _, text in meeting.said) == 1


def test_an_accepted_amendment_is_one_new_card() -> None:
    meeting = opened().does(c.Amend("cem", 1, "two"))
    assert heard(meeting, c.Accept("ana", 1, "a")) == [("card", ROOM)]
    assert "The text was changed, so the round began again" in meeting.said[-1][2]


def test_a_mended_spelling_says_until_when_one_can_object() -> None:
    meeting = opened()
    assert heard(meeting, c.Mend("cem", 1, "One")) == [("minor", ROOM)]
    assert "It goes in Thu 5 March 20:00 (in 2 hours), unless" in meeting.said[-1][2]
    assert meeting.notices[-1].deadline == meeting.now + 2 * HOUR
    assert heard(meeting, c.Object("ben", 1, "a")) == []
    at_once = Meeting().found("ana", "ben", preset="small", minor_window="0").proposes("ana", "The pump", "one")
    assert heard(at_once, c.Mend("ben", 1, "One")) == []


def test_a_rival_says_what_it_needs() -> None:
    meeting = opened().does(c.Amend("cem", 1, "two"))
    assert heard(meeting, c.PutRival("cem", 1, "a")) == [("rival", ROOM)]
    assert "once 1 member has seconded it: /second 1a" in meeting.said[-1][2]
    assert heard(meeting, c.Second("ben", 1, "a")) == []
    free = Meeting().found("ana", "ben", preset="small").proposes("ana", "The pump", "one")
    heard(free, c.Amend("ben", 1, "two"), c.PutRival("ben", 1, "a"))
    assert free.said[-1][2].endswith("If it comes to a vote, it is voted on too.")


def test_a_pause_is_told_and_going_on_is_a_new_card() -> None:
    meeting = opened()
    assert heard(meeting, c.Pause("ana", 1)) == [("paused", ROOM)]
    assert "until Thu 12 March 18:00 (in 7 days) at the latest" in meeting.said[-1][2]
    assert heard(meeting, c.Resume("ana", 1)) == [("card", ROOM)]


def test_an_orphan_calls_who_may_take_it_over_first() -> None:
    meeting = opened()
    assert heard(meeting, c.Leave("ana")) == [("orphaned", ROOM)]
    assert "@ben seconded it first and may take it over until Fri 6 March 06:00" in meeting.said[-1][2]
    assert heard(meeting, c.TakeOver("ben", 1)) == [("card", ROOM)]


def test_an_orphan_without_seconders_is_anybodys() -> None:
    meeting = Meeting().found("ana", "ben", preset="small").proposes("ana", "The pump")
    assert heard(meeting, c.Withdraw("ana", 1)) == [("orphaned", ROOM)]
    assert meeting.said[-1][2] == (
        "1 · The pump: Ana no longer proposes it. Any member may go on with it until Wed 4 March 18:00 "
        "(in 24 hours), or it is withdrawn: /takeover 1"
    )
    assert waited(meeting, "24h") == [("result", ROOM)]


def test_a_missed_quorum_is_told_once_and_then_is_the_end() -> None:
    meeting = opened().takes("agree", 1, "ana")
    said = waited(meeting, "72h")
    assert said[-1] == ("no_quorum", ROOM)
    assert meeting.said[-1][2] == (
        "1 · The pump: 1 of 5 have answered, 3 are needed. It stays open until Tue 10 March 06:00 (in 36 hours), "
        "this once."
    )
    assert waited(meeting, "36h")[-1] == ("result", ROOM)


def test_a_notice_said_later_than_its_happening_says_what_is_so_then() -> None:
    meeting = opened().takes("agree", 1, "ana").wait("72h")
    told = next(one for one in meeting.notices if one.about.get("code") == "no_quorum")
    meeting.takes("agree", 1, "ben", "cem", "dila", "elif").wait("48h")
    words = meeting.words(told)
    assert words
    assert "it stays open until" in words.text
    assert told.deadline
    assert told.deadline < meeting.now


def test_downtime_and_a_late_swing_are_told() -> None:
    meeting = opened()
    closes = meeting.state.items[1].question
    assert closes
    down = c.MakeUpDowntime(closes.closes - HOUR, closes.closes + HOUR)
    meeting.now = closes.closes
    assert heard(meeting, down) == [("downtime", ROOM)]
    assert "I was away when it would have closed" in meeting.said[-1][2]
    swing = Meeting().found("ana", "ben", "cem", rounds="0", late_swing="on", early_close="no")
    swing.proposes("ana", "The pump").does(c.Second("ben", 1)).wait("48h").does(c.Open("ana", 1))
    swing.votes("yes", 1, "ana", "ben", "cem").wait("71h").votes("no", 1, "ben", "cem")
    assert waited(swing, "1h")[-1] == ("late_swing", ROOM)


def test_a_kick_from_the_chat_is_told_and_coming_back_is_not() -> None:
    meeting = five()
    assert heard(meeting, c.NotePresence("cem", present=False)) == [("out_of_room", ROOM)]
    assert "Cem stays on the roll" in meeting.said[-1][2]
    assert heard(meeting, c.NotePresence("cem", present=True)) == []


def test_two_entries_of_one_person_are_told() -> None:
    assert heard(five(), c.MergeMembers("cem", "dila")) == [("merged", ROOM)]


def test_who_is_excluded_is_told_in_private_and_the_room_hears_the_result() -> None:
    meeting = five().opened("ana", "", "He sold the tools.", "exclusion", person="cem")
    meeting.votes("yes", 1, "ana", "ben", "dila", "elif")
    assert waited(meeting, "24h") == [("excluded", "cem"), ("result", ROOM)]


def test_who_was_silent_for_long_is_told_in_private() -> None:
    meeting = Meeting().found("ana", "ben", "cem", resting="15d")
    assert waited(meeting, "1d") == [("resting", "ana"), ("resting", "ben"), ("resting", "cem")]


def test_what_one_decision_says_of_several_items_is_all_said() -> None:
    meeting = five().proposes("ana", "One").proposes("ana", "Two")
    said = heard(meeting, c.Leave("ana"))
    assert said == [("orphaned", ROOM), ("orphaned", ROOM)]
    assert [one.item for one in meeting.notices[-2:]] == [1, 2]


# --- cards


def test_the_cards_that_change_are_those_of_the_items_in_the_facts() -> None:
    facts = (f.Seconded(3, "ben"), f.Enrolled("cem"), f.ItemRepealed(5, 2), f.ClosingMoved(4, 1, 0, "downtime"))
    assert announce.changed(facts, five().state) == {2, 3, 4, 5}


def test_what_another_assembly_numbers_is_no_card_of_ours() -> None:
    """A council's item 3 is not our item 3."""
    noted = f.CouncilStageNoted("valley", 3, "vote", 1, None)
    assert announce.changed((noted, f.DelegationSeated("mill", 2, ("ana",), (), (), 0, "named")), five().state) == set()


def test_every_code_of_a_notice_is_known() -> None:
    assert len(set(announce.TOLD)) == len(announce.TOLD)
    every = {one.about["code"] for meeting in (five(), opened()) for one in meeting.notices if one.kind == "told"}
    assert every <= set(announce.TOLD)


# --- reminders


def test_a_reminder_goes_to_the_room_and_to_those_who_have_not_answered() -> None:
    meeting = opened().takes("agree", 1, "ana", "ben", "cem")
    assert waited(meeting, "54h") == [("reminder", ROOM), ("reminder", "dila"), ("reminder", "elif")]
    assert {one.lane for one in meeting.notices[-3:]} == {REMINDER}
    question = meeting.state.items[1].question
    assert question
    assert {one.deadline for one in meeting.notices[-3:]} == {question.closes}
    assert meeting.said[-3][2] == "1 · The pump is waiting: 3 of 5 have answered, 3 are needed, 18 hours left."
    assert meeting.said[-1][2] == "1 · The pump is waiting for your answer until Sun 8 March 18:00 (in 18 hours)."


def test_where_all_have_answered_nobody_is_reminded() -> None:
    assert announce.reminders(Reminder(1, 1, 0, frozenset())) == ()


def test_a_reminder_that_comes_too_late_is_not_said() -> None:
    meeting = opened().takes("agree", 1, "ana", "ben", "cem").wait("54h")
    reminder = meeting.notices[-1]
    assert reminder.kind == "reminder"
    meeting.wait("72h")
    assert meeting.words(reminder) is None


# --- quiet hours


def at(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("due", "until"),
    [
        ("2026-03-03T21:59", "2026-03-03T21:59"),
        ("2026-03-03T22:00", "2026-03-04T08:00"),
        ("2026-03-04T03:30", "2026-03-04T08:00"),
        ("2026-03-04T07:59", "2026-03-04T08:00"),
        ("2026-03-04T08:00", "2026-03-04T08:00"),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris", "Asia/Kolkata"])
def test_quiet_hours_hold_a_reminder_back_until_their_end(due: str, until: str, zone: str) -> None:
    assert held_until(at(due, zone), None, NIGHT, zone) == at(until, zone)
    assert is_quiet(at(due, zone), NIGHT, zone) == (due != until)


def test_a_reminder_whose_deadline_falls_into_the_quiet_hours_goes_at_once() -> None:
    due, end = at("2026-03-03T23:00"), at("2026-03-04T08:00")
    assert held_until(due, end - 1, NIGHT, "UTC") == due
    assert held_until(due, end, NIGHT, "UTC") == due
    assert held_until(due, end + 1, NIGHT, "UTC") == end


def test_quiet_hours_may_lie_within_a_day_or_not_be() -> None:
    noon = QuietHours(12, 14)
    assert held_until(at("2026-03-03T13:00"), None, noon, "UTC") == at("2026-03-03T14:00")
    assert held_until(at("2026-03-03T14:00"), None, noon, "UTC") == at("2026-03-03T14:00")
    assert not is_quiet(at("2026-03-03T13:00"), "none", "UTC")


def test_the_night_in_which_clocks_are_turned_ends_in_the_morning_too() -> None:
    """Paris: on 29 March 2026 the hour from 2 to 3 does not come, on 25 October it comes twice."""
    for night, morning in (("2026-03-28T23:00", "2026-03-29T08:00"), ("2026-10-24T23:00", "2026-10-25T08:00")):
        assert held_until(at(night, "Europe/Paris"), None, NIGHT, "Europe/Paris") == at(morning, "Europe/Paris")
    missing = QuietHours(1, 2)
    due = at("2026-03-29T01:30", "Europe/Paris")
    assert datetime.fromtimestamp(held_until(due, None, missing, "Europe/Paris") // SECOND, UTC).hour == 1


@given(
    st.integers(at("2026-01-01T00:00"), at("2027-12-31T00:00")),
    st.integers(0, 23), st.integers(0, 23), st.sampled_from(["UTC", "Europe/Paris", "Australia/Lord_Howe"]),
)  # fmt: skip
def test_a_held_reminder_is_never_early_and_never_held_twice(due: int, start: int, end: int, zone: str) -> None:
    quiet = QuietHours(start, end) if start != end else "none"
    until = held_until(due, None, quiet, zone)
    assert due <= until <= due + DAY + HOUR
    assert until == due or not is_quiet(until, quiet, zone) or until - due <= HOUR


def test_a_notice_is_plain_data() -> None:
    assert Notice("card", 1) == Notice("card", 1, ROOM, RESULT, {}, None)
