"""One assembly in several rooms: opened by a code, spoken to together, lost, given up; played through the house."""

import re

import pytest

from tests.process.play import Played, play

HOME = "preset=small quorum_min=2 rounds=0 early_close_after=0 vote_window=24h"
FOUNDED = f"""
at 2027-03-01 18:00
ana @ well: /found Well {HOME}
ben @ well: /join
cem @ well: /join
"""
"""Decides as soon as its answer is certain, which takes all three."""
CODE = re.compile(r"/room (\S+-[a-z2-7]{16})")


def decides(number: int, motion: str, where: str = " @ well") -> str:
    """Put, opened, and adopted by all."""
    votes = "\n".join(f"{one}{where}: /vote {number} yes" for one in ("ana", "ben", "cem"))
    return f"ana{where}: {motion}\nana{where}: /open {number}\n{votes}\n"


def code_in(played: Played, place: str = "well") -> str:
    found = CODE.findall(played.room(place))
    assert found, played.room(place)
    return str(found[-1])


def in_two_rooms(before: str = "", number: int = 1) -> str:
    """The script up to the moment at which the assembly meets in Hall too, opened by Ben."""
    script = FOUNDED + before + decides(number, "/propose room hall")
    return script + f"ben @ hall: /room {code_in(play(script))}\n"


PUT = "cem @ well: /propose Repair the pump\n> The pump by the mill.\ncem @ well: /open 1\n"


def after(script: str, more: str) -> Played:
    """What was heard in the last lines alone."""
    earlier, whole = play(script), play(script + more)
    return Played(whole.minutes, whole.heard[len(earlier.heard):], whole.trouble)


def test_a_rehearsed_code_stays_whatever_is_written_before_its_motion() -> None:
    """So that a script with a code in it can be edited."""
    plain, longer = FOUNDED, FOUNDED + "dila @ well: /join\ndila @ well: /leave yes\nana @ well: /agenda\n"
    codes = {code_in(play(script + decides(1, "/propose room hall"))) for script in (plain, longer)}
    assert len(codes) == 1
    assert code_in(play(FOUNDED + PUT + decides(2, "/propose room hall"))) not in codes


def test_a_motion_gives_a_code_and_the_code_opens_a_room() -> None:
    """All rooms are told; the new one is welcomed and sees at once what is open, as it stands."""
    played = play(in_two_rooms(PUT + "cem @ well: /vote 1 yes\n", 2))
    (said,) = (text for text in played.told("well") if CODE.search(text))
    assert "until Mon 8 March 18:00 (in 7 days)" in said
    assert "We meet in one more room from now on: hall, on the terminal, opened by ben" in played.room("well")
    welcome, card = played.told("hall")
    assert "Well meets here too" in welcome
    assert card.startswith("1 · Repair the pump")
    assert "Yes 1" in card
    assert "hall" not in {said.place for said in played.heard[: -3]}
    assert played.assembly("Well")["rooms"] == [
        {"label": "first", "item": None, "present": True}, {"label": "hall", "item": 2, "present": True},
    ]
    (item,) = (one for one in played.assembly("Well")["items"] if one["kind"] == "room")
    assert (item["label"], item["gives_up"], item["title"], item["state"]) == ("hall", False, "hall", "adopted")


def test_votes_from_both_rooms_are_one_count_in_both() -> None:
    """Whatever is tapped where, a person has one ballot, and the last one counts."""
    script = in_two_rooms(PUT, 2)
    played = after(script, "cem @ hall taps No on 1\ncem @ well taps Yes on 1\nana @ hall taps Yes on 1\n")
    for room in ("well", "hall"):
        assert "Yes 2 · No 0" in played.room(room)
        assert "2 of 3 have answered" in played.room(room)
    played = after(script, "ben @ hall: /vote 1 yes\nana @ well: /vote 1 yes\ncem @ hall on 1: /vote yes\n")
    for room in ("well", "hall"):
        assert "1 · Repair the pump — adopted by vote\n3 yes, 0 no" in played.room(room)
    assert played.item("Well", 1)["vote"]["yes"] == 3


def test_what_is_asked_in_a_room_is_answered_there() -> None:
    """Refusals and pages are for who asked; joining works in either room, and so does every other verb."""
    script = in_two_rooms()
    played = after(script, "dila @ hall: /join\ndila @ hall: /agenda\nben @ hall: /join\n")
    assert "You are on the roll of Well, with 3 others" in played.room("hall")
    assert "You are on the roll already" in played.room("hall")
    assert played.room("well") == ""
    played = after(script, "dila @ hall: /join\ndila @ hall: /propose Paint the door\n")
    for room in ("well", "hall"):
        assert "2 · Paint the door — motion by dila" in played.room(room)
    played = after(script, "ana @ hall: /room\n")
    assert played.told("hall") == [
        "\n".join((
            "Well meets in 2 rooms:", "first · the terminal", "hall · the terminal",
            "A further one: /propose room LABEL · to give one up: /propose room LABEL close",
        ))
    ]  # fmt: skip


@pytest.mark.parametrize(("line", "words"), [
    ("ben @ hall: /room CODE", "Well meets here already"),
    ("ben @ well: /room CODE", "Well meets here already"),
    ("eve @ mill: /room CODE", "Mill meets here already"),
    ("ben @ yard: /room CODE", "That code has been used: it opened the room hall"),
    ("ben @ yard: /room Well-aaaaaaaaaaaaaaaa", "not a code I gave"),
    ("ben @ yard: /room Nowhere-aaaaaaaaaaaaaaaa", "not a code I gave"),
    ("ben @ yard: /room code", "not a code I gave"),
    ("ben: /room CODE", "This is a chat with me alone"),
    ("eve @ yard: /room", "No assembly meets here yet"),
])  # fmt: skip
def test_what_cannot_be_is_refused_with_its_reason(line: str, words: str) -> None:
    script = in_two_rooms()
    code = CODE.findall(script)[-1]
    played = after(script + f"eve @ mill: /found Mill {HOME}\n", line.replace("CODE", code) + "\n")
    assert len(played.heard) == 1
    assert words in played.heard[0].text


def test_who_is_on_no_roll_cannot_open_a_room_and_spoils_no_code() -> None:
    script = FOUNDED + decides(1, "/propose room hall")
    code = code_in(play(script))
    played = after(script, f"eve @ hall: /room {code}\neve @ well: /join\neve @ hall: /room {code}\n")
    refused, *welcomed = played.told("hall")
    assert "Only who belongs to Well" in refused
    assert "let a member send the same line here. It works until Mon 8 March" in refused
    assert "Well meets here too" in "\n".join(welcomed)


def test_a_code_is_good_for_a_week() -> None:
    script = FOUNDED + decides(1, "/propose room hall")
    played = after(script, f"wait 7d\nben @ hall: /room {code_in(play(script))}\n")
    (refused,) = played.told("hall")
    assert "was good until Mon 8 March 18:00" in refused
    assert "/propose room hall" in refused


def test_reminders_and_results_are_in_both_rooms() -> None:
    played = after(in_two_rooms(PUT + "cem @ well: /vote 1 yes\n", 2), "wait 24h\n")
    for room in ("well", "hall"):
        assert [said.kind for said in played.heard if said.place == room] == ["reminder", "result", "edit"]


# --- rooms lost, come back to, given up


def test_put_out_of_one_room_the_other_is_told_and_goes_on() -> None:
    played = after(in_two_rooms(PUT, 2), "bot @ well is removed\ncem @ hall: /vote 1 no\nben @ hall: /vote 1 no\n")
    words = "Well: I was put out of the room first. Nobody has left the roll by it. We go on in hall."
    assert words in played.told("hall")
    assert "1 · Repair the pump — not adopted by vote" in played.room("hall")
    assert played.room("well") == ""
    assert played.assembly("Well")["rooms"][0] == {"label": "first", "item": None, "present": False}


def test_let_in_again_all_are_told_and_what_is_open_is_shown_anew() -> None:
    script = in_two_rooms(PUT, 2) + "bot @ well is removed\ncem @ hall: /vote 1 no\n"
    played = after(script, "bot @ well comes in\nana @ well taps No on 1\n")
    for room in ("well", "hall"):
        assert "Well: I am in the room first again." in played.room(room)
    assert "0 of 3" not in played.room("well")
    assert "1 of 3 have answered" in played.room("well")
    assert "not adopted by vote" in played.room("hall")


def test_put_out_of_its_last_room_an_assembly_meets_alone_with_each_and_finds_another() -> None:
    """What the room would hear each member hears; there it is decided where to go on, and nothing is lost."""
    started = "ana: /start\nben: /start\ncem: /start\n"
    script = FOUNDED + started + PUT + "cem @ well: /vote 1 yes\nbot @ well is removed\n"
    played = after(FOUNDED + started + PUT + "cem @ well: /vote 1 yes\n", "bot @ well is removed\n")
    assert {said.place for said in played.heard} == {"@ana", "@ben", "@cem"}
    assert "Until there is a room again I speak with each of you alone" in played.room("@ana")
    script += decides(2, "/propose room hall", "")
    code = code_in(play(script), "@cem")
    played = after(script, f"cem @ hall: /room {code}\nben: /vote 1 yes\nana @ hall taps Yes on 1\n")
    assert "Well meets here too" in played.room("hall")
    assert "1 · Repair the pump — adopted by vote" in played.room("hall")
    # from here on it speaks to the room again
    assert "adopted by vote" not in played.room("@cem")


def test_alone_each_is_reminded_once_and_not_who_has_answered() -> None:
    started = "ana: /start\nben: /start\ncem: /start\n"
    played = after(FOUNDED + started + PUT + "cem @ well: /vote 1 yes\nbot @ well is removed\n", "wait 20h\n")
    reminders = [said.place for said in played.heard if said.kind == "reminder"]
    assert sorted(reminders) == ["@ana", "@ben"]


def test_a_room_is_given_up_by_decision() -> None:
    """Its last word is the result; from then on nothing is said or heard there, and a tap says why."""
    script = in_two_rooms(PUT, 2)
    played = after(script, decides(3, "/propose room first close"))
    for room in ("well", "hall"):
        assert "3 · Give up the room first — adopted by vote" in played.room(room)
    assert "We meet there no more. Our rooms: hall" in played.told("well")[-1]
    closed = script + decides(3, "/propose room first close")
    played = after(closed, "ana @ well taps Yes on 1\nana @ well: /agenda\nben @ hall: /vote 1 yes\n")
    assert "no assembly meets here any more" in played.room("@ana")
    assert played.told("well") == ["No assembly meets here yet. To found one: /found Well preset=small"]
    assert "Yes 1" in played.room("hall")
    assert [room["label"] for room in played.assembly("Well")["rooms"]] == ["hall"]
    # the chat is free for another assembly, or for this one again
    assert "Mill meets here" in after(closed, f"eve @ well: /found Mill {HOME}\n").room("well")


def test_no_motion_leaves_an_assembly_without_a_room() -> None:
    played = after(FOUNDED, "ana @ well: /propose room first close\n")
    assert "it cannot be given up" in played.room("well")
    assert "/propose room hall" in played.room("well")


def test_a_kick_of_a_member_is_told_in_both_rooms() -> None:
    played = after(in_two_rooms(), "cem @ hall is removed\n")
    for room in ("well", "hall"):
        assert "took cem out of a chat of ours" in played.room(room)


def test_who_goes_out_of_a_room_by_themselves_is_not_spoken_of() -> None:
    """They may have gone to the other one."""
    played = after(in_two_rooms(), "cem @ well goes out\ncem @ hall comes in\n")
    assert played.heard == []


SOLE = "preset=small quorum_min=1 seconds=0 rounds=0 early_close_after=0 secret=none"


def test_a_council_meets_in_two_rooms() -> None:
    """Opened by a delegate; who sits in no delegation is refused; positions and results are in both."""
    script = "vic @ valley: /found Valley council preset=small discussion_min=0 rounds=0 admission=open\n"
    script += "".join(f"{one} @ {name}: /found {name} {SOLE}\n" for one, name in (("ana", "mill"), ("ben", "ford")))
    for number, motion in enumerate(("join Valley", "delegation Valley @{one}"), 1):
        for one, name in (("ana", "mill"), ("ben", "ford")):
            script += f"{one} @ {name}: /propose {motion.format(one=one)}\n{one} @ {name}: /open {number}\n"
            script += f"{one} @ {name}: /vote {number} yes\n"
    script += "ana @ valley: /propose room hall\nana @ valley: /open 1\n"
    script += "".join(
        f"{one} @ {name}: /mandate valley#1 yes\n{one} @ {name}: /open 3\n{one} @ {name}: /vote 3 yes\n"
        for one, name in (("ana", "mill"), ("ben", "ford"))
    )
    code = code_in(play(script), "valley")
    use = f"/room {code}"
    played = after(script, f"eve @ hall: {use}\nben @ hall: {use}\nana @ hall: /propose Share the water\n")
    assert "Only who belongs to Valley" in played.room("hall")
    for room in ("valley", "hall"):
        assert "2 · Share the water — motion by mill" in played.room(room)
