"""Who belongs and who may answer (§2.2–2.4)."""

from governance.facts import MembersMerged, PresenceNoted, RestingWarned, WordNoted
from governance.refusals import Why
from tests.house import House

HOUR, DAY = 3_600_000, 86_400_000


# --- enrolment (§2.2)


def test_joining_and_leaving(house: House) -> None:
    """`join` enrols, `leave` ends it; neither twice (§2.2)."""
    house.members("ada", "ben").refuses(Why.ALREADY_ON_ROLL, "joins", "ben")
    house.leaves("ben").refuses(Why.NOT_ON_ROLL, "leaves", "ben")
    assert house.roll == {"ada"}


def test_a_kick_removes_nobody_from_the_roll(house: House) -> None:
    """A member kicked from the chat is marked out of the room and keeps every right (§2.2)."""
    house.members("ada", "ben", "cy").proposes("ada", "Repair the pump").is_kicked("ben")
    assert house.roll == {"ada", "ben", "cy"}
    assert [(one.id, one.present) for one in house.state.roll.values()] == [("ada", True), ("ben", False), ("cy", True)]
    house.agrees("ada ben cy", 1).waits("24h")
    assert house.stage(1) == "adopted"
    house.comes_back("ben")
    assert house.state.roll["ben"].present


def test_a_kick_is_told_once(house: House) -> None:
    """The assembly is told; what is known already is no news, and of strangers there is nothing to tell (§2.2)."""
    house.members("ada", "ben").is_kicked("ben").is_kicked("ben").comes_back("ada")
    assert len(house.facts(PresenceNoted)) == 1
    house.refuses(Why.NOT_ON_ROLL, "is_kicked", "zoe")


def test_only_members_do_a_members_business(house: House) -> None:
    """Who is not on the roll moves, seconds, opens, amends and answers nothing (§2.2, §3.3)."""
    house.members("ada", "ben").proposes("ada", "Repair the pump")
    for verb, args in {
        "proposes": ("zoe", "Paint it"), "seconds": ("zoe", 1), "opens": ("zoe", 1), "withdraws": ("zoe", 1),
        "takes_over": ("zoe", 1), "pauses": ("zoe", 1), "resumes": ("zoe", 1), "amends": ("zoe", 1, "now"),
        "mends": ("zoe", 1, "now"), "objects": ("zoe", 1, "a"), "accepts": ("zoe", 1, "a"),
        "puts_rival": ("zoe", 1, "a"), "explains": ("zoe", 1, "no"), "says_something": ("zoe",),
    }.items():  # fmt: skip
        house.refuses(Why.NOT_ON_ROLL, verb, *args)
    house.refuses(Why.NOT_ON_ROLL, "seconds", "zoe", 1, "a")
    house.opens("ada", 1).refuses(Why.NOT_ON_ROLL, "agrees", "zoe", 1)


# --- electorates (§2.3)


def test_who_is_on_the_roll_at_the_opening_may_answer(house: House) -> None:
    """Joining later gives a say from the next question (§2.3)."""
    house.rules(seconds="0", discussion_min="0", rounds="2", quorum_min="1").members("ada", "ben")
    house.proposes("ada", "Repair the pump").opens("ada", 1).waits("1h").joins("cy")
    assert house.electorate(1) == {"ada", "ben"}
    house.refuses(Why.NOT_IN_ELECTORATE, "agrees", "cy", 1)
    assert house.refusal
    assert house.refusal.about["joined"] == house.now
    house.blocks("ben", 1).waits("71h")
    assert house.electorate(1) == {"ada", "ben", "cy"}
    house.agrees("cy", 1)


def test_joining_at_the_instant_of_an_opening_but_after_it_is_later(house: House) -> None:
    """Order is the order of hearing (§2.3, §3.8)."""
    house.members("ada", "ben").proposes("ada", "Repair the pump").opens("ada", 1).joins("cy")
    house.refuses(Why.NOT_IN_ELECTORATE, "agrees", "cy", 1)


def test_newcomers_wait(house: House) -> None:
    """With `newcomer=48h` one is in M if enrolled for so long by the opening, to the millisecond (§2.3)."""
    house.rules(seconds="0", discussion_min="0", quorum_min="1", newcomer="48h").members("ada", "ben").waits("1h")
    house.joins("cy").waits_ms(1).joins("dov").waits("48h", less=1)
    house.proposes("ada", "Repair the pump").opens("ada", 1)
    assert house.electorate(1) == {"ada", "ben", "cy"}
    house.refuses(Why.NEWCOMER_WAITS, "agrees", "dov", 1)
    assert house.refusal
    assert house.refusal.about["asked"] == house.now + 1


def test_who_has_left_answers_no_more_rejoined_or_not(house: House) -> None:
    """The position cast stands, M is unchanged, and nothing of it can be changed (§2.3)."""
    house.members("ada", "ben", "cy").proposes("ada", "Repair the pump").agrees("ben", 1).waits("1h").leaves("ben")
    house.refuses(Why.LEFT_SINCE, "blocks", "ben", 1)
    house.joins("ben").refuses(Why.LEFT_SINCE, "blocks", "ben", 1)
    house.waits("1h").refuses(Why.LEFT_SINCE, "passes", "ben", 1)
    assert house.electorate(1) == {"ada", "ben", "cy"}
    house.agrees("ada cy", 1).waits("22h")
    assert (house.stage(1), house.rounds(1)[0].tally, house.rounds(1)[0].electorate) == ("adopted", {"agree": 3}, 3)


def test_who_leaves_and_rejoins_at_the_instant_of_the_opening_has_left(house: House) -> None:
    """The same millisecond is no way around it (§2.3)."""
    house.members("ada", "ben").proposes("ada", "Repair the pump").opens("ada", 1).leaves("ben").joins("ben")
    house.refuses(Why.LEFT_SINCE, "agrees", "ben", 1)


def test_who_rejoined_has_a_say_in_the_next_question(house: House) -> None:
    """Left and rejoined, one is on the roll at the next opening (§2.3)."""
    house.rules(seconds="0", discussion_min="0", rounds="2", quorum_min="1").members("ada", "ben", "cy")
    house.proposes("ada", "Repair the pump").blocks("cy", 1).leaves("ben").joins("ben").waits("72h")
    house.agrees("ben", 1)


def test_who_was_excluded_meanwhile_answers_no_more(house: House) -> None:
    """The position cast before an exclusion stands like that of one who left (§2.3, §9)."""
    house.members("ada", "ben", "cy", "dov").proposes_exclusion("ada", "dov").opens("ada", 1)
    house.proposes("ben", "Repair the pump").agrees("dov", 2).votes("ada ben cy", 1, "yes").waits("24h")
    assert (house.stage(1), house.roll) == ("adopted", {"ada", "ben", "cy"})
    house.refuses(Why.LEFT_SINCE, "blocks", "dov", 2)
    assert (house.tally(2), len(house.electorate(2))) == ({"agree": 1}, 4)


# --- resting (§2.3)


def resting(house: House) -> House:
    return house.rules(seconds="0", discussion_min="0", quorum_min="1", resting="30d").members("ada", "ben", "cy")


def test_who_said_nothing_for_so_long_is_not_in_the_electorate(house: House) -> None:
    """With `resting=30d`; any word to the bot brings a member back, from the next question (§2.3)."""
    resting(house).waits("20d").says_something("ada ben").waits("10d").says_something("ben")
    house.proposes("ada", "Repair the pump").opens("ada", 1)
    assert house.electorate(1) == {"ada", "ben"}
    house.says_something("cy").refuses(Why.RESTED, "agrees", "cy", 1)
    house.proposes("ada", "Paint the pump").opens("ada", 2)
    assert house.electorate(2) == {"ada", "ben", "cy"}


def test_resting_begins_to_the_millisecond(house: House) -> None:
    """30 days less a millisecond is not yet so long (§2.3)."""
    resting(house).waits("20d").says_something("ada").waits("10d", less=1)
    house.proposes("ada", "Repair the pump").opens("ada", 1).waits_ms(1)
    house.proposes("ada", "Paint the pump").opens("ada", 2)
    assert (house.electorate(1), house.electorate(2)) == ({"ada", "ben", "cy"}, {"ada"})


def test_silence_is_told_two_weeks_before_it_counts(house: House) -> None:
    """Once, and again only after a word and a new silence (§2.3)."""
    resting(house).waits("10d").says_something("ada").waits("6d", less=1)
    assert house.facts(RestingWarned) == []
    house.waits_ms(1)
    assert [one.member for one in house.facts(RestingWarned)] == ["ben", "cy"]
    assert house.when(RestingWarned) == [16 * DAY, 16 * DAY]
    house.waits("10d")
    assert [one.member for one in house.facts(RestingWarned)] == ["ben", "cy", "ada"]
    house.says_something("ben").waits("16d")
    assert [one.member for one in house.facts(RestingWarned)] == ["ben", "cy", "ada", "ben"]


def test_words_are_noted_once_a_day(house: House) -> None:
    """One fact a day tells enough; who was warned is heard at once (§2.3)."""
    resting(house).says_something("ada").waits("23h").says_something("ada").waits("1h").says_something("ada")
    assert len(house.facts(WordNoted)) == 1
    house.waits("15d").says_something("ben")
    assert house.state.roll["ben"].heard == house.now
    assert not house.state.roll["ben"].warned


def test_without_resting_words_are_not_noted(house: House) -> None:
    """`resting` is off unless set (§2.3)."""
    house.members("ada", "ben").waits("300d").says_something("ada")
    assert house.facts(WordNoted) == []


def test_under_a_new_resting_rule_silence_counts_from_its_adoption(house: House) -> None:
    """And members are told two weeks before once more (§2.3)."""
    resting(house).waits("10d").says_something("ada").waits("7d")
    assert [one.member for one in house.facts(RestingWarned)] == ["ben", "cy"]
    house.proposes_charter("ada", resting="40d").agrees("ada ben cy", 1).waits("24h")
    assert house.stage(1) == "adopted"
    house.waits("26d")
    assert [one.member for one in house.facts(RestingWarned)] == ["ben", "cy", "ada", "ben", "cy"]
    house.says_something("ada").waits("14d").proposes("ada", "Repair the pump").opens("ada", 2)
    assert house.electorate(2) == {"ada"}


def test_resting_switched_on_counts_from_then(house: House) -> None:
    """Silence from before the rule is held against nobody (§2.3)."""
    house.members("ada", "ben", "cy").waits("100d").proposes_charter("ada", resting="30d")
    house.agrees("ada ben cy", 1).waits("24h").waits("29d").proposes("ada", "Repair the pump").opens("ada", 2)
    assert house.electorate(2) == {"ada", "ben", "cy"}


def test_a_question_opened_under_no_resting_rule_keeps_everybody(house: House) -> None:
    """The charter of the first question holds for the item's next rounds too (§2.1, §2.3)."""
    house.rules(seconds="0", discussion_min="0", rounds="2", quorum_min="1", round_window="60d")
    house.members("ada", "ben", "cy").proposes("ada", "Repair the pump").blocks("ben", 1)
    house.proposes_charter("cy", resting="15d").agrees("ada ben cy", 2).waits("60d")
    assert (house.stage(2), house.question(1).round, len(house.electorate(1))) == ("adopted", 2, 3)


# --- one person, one entry (§2.4)


def test_of_two_entries_of_one_person_the_older_stays(house: House) -> None:
    """M is unchanged; the older's ballots stand, the other's are struck out (§2.4)."""
    house.members("ada", "ben").waits("1h").joins("ben2").proposes("ada", "Repair the pump")
    house.agrees("ada ben", 1).stands_aside("ben2", 1, "I am away").merges("ben2", "ben")
    assert (house.roll, house.electorate(1)) == ({"ada", "ben"}, {"ada", "ben", "ben2"})
    assert (house.tally(1), house.item(1).reasons) == ({"agree": 2}, {})
    assert house.facts(MembersMerged)[0] == MembersMerged("ben", "ben2")
    house.waits("72h")
    assert (house.stage(1), house.rounds(1)[0].electorate) == ("adopted", 3)


def test_a_block_of_the_entry_that_goes_is_withdrawn(house: House) -> None:
    """It is struck out like a ballot; the reason stays in the minutes (§2.4, §4.2)."""
    house.members("ada", "ben").waits("1h").joins("ben2").proposes("ada", "Repair the pump")
    house.agrees("ada ben", 1).blocks("ben2", 1, "P1", "no budget").merges("ben", "ben2").waits("72h")
    assert house.outcomes(1) == ["consensus"]
    assert [(one.position, one.text) for one in house.rounds(1)[0].reasons] == [("withdrawn", "no budget")]


def test_merging_while_the_clock_stands_still_strikes_out_as_well(house: House) -> None:
    """A paused round is an open question (§2.4, §3.4)."""
    house.members("ada", "ben").waits("1h").joins("ben2").proposes("ada", "Repair the pump")
    house.agrees("ada ben", 1).blocks("ben2", 1).pauses("ada", 1).merges("ben", "ben2").resumes("ada", 1).waits("72h")
    assert (house.outcomes(1), house.rounds(1)[0].tally) == (["consensus"], {"agree": 2})


def test_what_the_entry_that_goes_had_moved_is_the_others_now(house: House) -> None:
    """One person: the motion keeps its proposer, who can go on with it (§2.4, §3.3)."""
    house.members("ada", "ben").waits("1h").joins("ben2").proposes("ben2", "Repair the pump").seconds("ada ben", 1)
    house.amends("ben2", 1, "with oil").merges("ben", "ben2")
    item = house.item(1)
    assert (item.proposer, item.seconders, item.amendments["a"].by) == ("ben", ("ada",), "ben")
    house.puts_rival("ben", 1, "a").refuses(Why.OWN_MOTION, "seconds", "ben", 1, "a").pauses("ben", 1)


def test_one_person_seconds_once(house: House) -> None:
    """Two entries, one second (§2.4, §3.3)."""
    house.members("ada", "ben").waits("1h").joins("ben2").proposes("ada", "Repair the pump").amends("ada", 1, "oil")
    house.puts_rival("ada", 1, "a").seconds("ben ben2", 1).seconds("ben ben2", 1, "a").merges("ben", "ben2")
    assert (house.item(1).seconders, house.item(1).amendments["a"].seconders) == (("ben",), ("ben",))


def test_a_blockers_word_goes_over_to_the_entry_that_stays(house: House) -> None:
    """The person blocked, the person may explain, once (§2.4, §5.4)."""
    house.members("ada", "ben").waits("1h").joins("ben2").proposes("ada", "Repair the pump").blocks("ben2", 1)
    house.waits("72h").explains("ben2", 1, "too dear").merges("ben", "ben2")
    house.refuses(Why.STATEMENT_GIVEN, "explains", "ben", 1, "far too dear")
    assert house.item(1).statements == {"ben": "too dear"}


def test_an_exclusion_follows_the_person_to_the_other_entry(house: House) -> None:
    """The person concerned has no ballot under either entry, and it is the person who is excluded (§2.4, §9)."""
    house.members("ada", "ben", "cy").waits("1h").joins("ben2").proposes_exclusion("ada", "ben2").opens("ada", 1)
    house.votes("ben", 1, "no").merges("ben", "ben2")
    assert house.tally(1) == {}
    house.refuses(Why.NOT_IN_ELECTORATE_CONCERNED, "votes", "ben", 1, "no")
    house.votes("ada cy", 1, "yes").waits("72h")
    assert (house.stage(1), house.roll) == ("adopted", {"ada", "cy"})


def test_the_last_word_of_either_entry_counts_against_resting(house: House) -> None:
    """The person spoke, under whichever name (§2.3, §2.4)."""
    resting(house).waits("1h").joins("ben2").waits("20d").says_something("ben2").is_kicked("ben").merges("ben", "ben2")
    member = house.state.roll["ben"]
    assert (member.heard, member.warned, member.present) == (house.now, False, True)


def test_merging_needs_two_entries(house: House) -> None:
    """Both must stand on this roll (§2.4)."""
    house.members("ada", "ben").refuses(Why.NOT_ON_ROLL, "merges", "ada", "zoe")


def test_of_entries_made_at_one_instant_one_stays(house: House) -> None:
    """Enrolled at the same instant: the first by id, so that every reader finds the same one (§2.4)."""
    house.members("ada", "ben2", "ben").merges("ben2", "ben")
    assert house.roll == {"ada", "ben"}
