"""What people are told, played as in a chat: why not and what would work, whom, and until when (§2, §3; VOICE)."""

from tests.process.play import play

WELL = "ana @ well: /found Well seconds=0 discussion_min=0 quorum_min=1 secret=none quiet_hours=none early_close=no"
THREE = WELL + "\nben @ well: /join\ncem @ well: /join\n"
OPENED = "ana @ well: /propose Repair the pump\nana @ well: /open 1\n"


def test_who_joins_at_the_instant_of_the_opening_is_told_that_it_was_before() -> None:
    """Between two waits all has one instant: neither newcomers nor resting are the reason (§2.3)."""
    played = play(THREE + OPENED + "dov @ well: /join\ndov @ well: /agree 1\n")
    assert "This question was opened Fri 1 January 00:00, just before you joined." in played.room("well")


def test_a_newcomer_is_told_from_when_they_have_a_say() -> None:
    played = play(WELL + " newcomer=48h\nwait 48h\nben @ well: /join\n" + OPENED + "ben @ well: /agree 1\n")
    assert "you have a say in what is opened from Tue 5 January 00:00 (in 2 days) on" in played.room("well")


def test_who_will_rest_is_told_in_private_or_else_in_the_room() -> None:
    """Two weeks before, whoever it is (§2.3): also those the bot has no private chat with."""
    played = play(THREE.replace("secret", "resting=30d secret", 1) + "cem: /pending\nwait 16d\n")
    assert "ana and ben: you have not been heard here for long. In two weeks" in played.room("well")
    assert "You have not been heard in Well for long." in played.room("@cem")
    assert "cem" not in played.room("well").partition("you have not been heard")[0].splitlines()[-1]


def test_leaving_one_of_several_rolls_is_confirmed_by_the_same_line() -> None:
    """`/leave yes` in the room of another assembly would leave that one."""
    script = THREE + "ana @ mill: /found Mill preset=small\nana: /leave well\nana: /leave Well yes\n"
    played = play(script)
    assert "Press the button, or send: /leave Well yes" in played.room("@ana")
    assert played.assembly("Well")["members"] == ["ben", "cem"]  # of one instant, in the order in which they joined
    assert played.assembly("Mill")["members"] == ["ana"]


def test_in_a_run_off_no_number_of_answers_is_asked_for() -> None:
    """Each of its texts has passed its quorum; one ballot decides (§3.7)."""
    rivals = "ana @ well: /propose A pump\nben @ well: /amend 1 Two pumps\nben @ well: /rival 1a\nana @ well: /open 1\n"
    votes = "ana @ well: /vote 1 yes\nben @ well: /vote 1a yes\n"
    played = play(THREE.replace("seconds=0", "seconds=0 rounds=0", 1) + rivals + votes + "wait 72h\nwait 60h\n")
    heard = played.room("well")
    assert "is waiting: 1 on 1 and 1 on 1a of 3 have answered, for each text 1 is needed, 18 hours left." in heard
    runoff = heard.partition("run-off")[2]
    assert "is waiting: 0 of 3 have answered, 18 hours left." in runoff
    assert "needed" not in runoff
