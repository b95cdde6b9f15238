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


def test_who_belongs_can_join_by_the_button_under_the_founding() -> None:
    """Everything that has a command and fits a button has one: Join too."""
    played = play(WELL + "\nben @ well taps Join\nben @ well taps Join\n")
    assert played.assembly("Well")["members"] == ["ana", "ben"]
    assert "You are on the roll of Well, with 1 other." in played.room("@ben")
    assert "You are on the roll already." in played.room("@ben")


def test_results_of_one_instant_are_told_in_the_order_of_the_register() -> None:
    """Deadlines of one instant are taken in the order in which they were set (§3.8)."""
    asked = "ana @ well: /propose One\nana @ well: /propose Two\nana @ well: /open 2\nana @ well: /open 1\n"
    agreed = "".join(f"{who} @ well: /agree {item}\n" for item in (1, 2) for who in ("ana", "ben"))
    played = play(THREE + asked + agreed + "wait 72h\n")
    assert [text[:7] for text in played.told("well", "result")] == ["2 · Two", "1 · One"]


def test_a_proposal_in_one_long_line_is_told_where_its_text_belongs() -> None:
    played = play(THREE + f"ana @ well: /propose {'word ' * 50}\n")
    assert "The first line is the title: it has 249 characters, and 200 fit. Put the text in the lines below it." in (
        played.room("well")
    )


def test_what_no_longer_fits_is_not_sent_round_again() -> None:
    """Two changes of the charter that exclude each other: the second is rejected as infeasible (§2.1)."""
    put = "ana @ well: /propose charter discussion_min=10d\nana @ well: /propose charter discussion_max=5d\n"
    asked = "ana @ well: /open 1\nana @ well: /open 2\n"
    agreed = "".join(f"{who} @ well: /agree {item}\n" for item in (1, 2) for who in ("ana", "ben", "cem"))
    played = play(THREE + put + asked + agreed + "wait 72h\n")
    assert (played.item("Well", 2)["state"], played.item("Well", 2)["why"]) == ("rejected", "infeasible")
    last = played.told("well", "result")[-1]
    assert "It no longer fits what was decided or changed since it was put." in last
    assert "may be moved again" not in last


def test_a_refusal_about_an_amendment_names_its_letter_and_what_would_work() -> None:
    moved = "ana @ well: /propose A pump\nben @ well: /amend 1 Two pumps\nben @ well: /rival 1a\n"
    played = play(THREE + moved + "ben @ well: /second 1a\ncem @ well: /minor 1 A pump.\ncem @ well: /rival 1b\n")
    assert "1a is your own; somebody else has to second it." in played.room("well")
    assert "1b goes in by itself, as mended spelling. If it changes the meaning: /object 1b" in played.room("well")


def test_whom_an_exclusion_is_about_is_not_called_to_the_secret_ballot() -> None:
    """They have no ballot in it (§9); the others are called by name, in the order in which they joined (§8.2)."""
    secret = THREE.replace("secret=none", "secret=persons", 1)
    played = play(secret + "dov @ well: /join\ncem: /pending\nana @ well: /propose exclusion @ben He sold the tools\n")
    assert "Not yet in a private chat with me: ana and dov. Open one now." in played.room("well")
