"""What goes wrong between assemblies, played as people type it: recalls, complaints, circles, names mistyped."""

import re
from pathlib import Path

from bot.wording_council_told import WHY
from tests.process.play import COUNCIL, Played, binds, confederated, decided, founded, play, put
from tests.process.test_confederation import FOUR, TWO, WATER, counts_add_up, ratified
from tests.process.test_confederation_councils import SEALED

# --- recall inside a council (§6.6)

RECALL = (
    SEALED + "ana @ top: /position 1 yes\nwait 1h\nbea @ valley: /recall @ana Top She answered before she asked us\n"
    "ana @ valley: /second 3\n"
)
"""Valley sent ana to Top, where she indicated yes; bea of Ford moves her recall, a second puts it to the vote."""


def test_a_council_recalls_its_delegate_by_its_assemblies() -> None:
    """More than half of T by mandate and ratification, `recall_window` for both stages; the estimate is void."""
    played = play(
        RECALL + "ana @ valley: /position 3 no\n" + binds("Ford", 5, "bea bo", "valley#3", "yes") + "wait 24h\n"
        + ratified("valley#3", "yes", mill="ana al") + "wait 1h\nana @ top: /position 1 no\nwait 24h\n"
    )  # fmt: skip
    recall = played.item("Valley", 3)
    assert (recall["kind"], recall["state"], recall["decided_by"]) == ("recall", "adopted", "ratification")
    home = played.item("Mill", 5)
    assert (home["kind"], home["vote"]["opened"]) == ("ratification", "2027-01-06T02:00:00Z")
    assert recall["council"]["positions"] == {
        "Ford": {"standing": "mandated", "choice": "yes"}, "Mill": {"standing": "ratified", "choice": "yes"},
    }  # fmt: skip
    counts_add_up(played, "Valley", 3)
    assert played.assembly("Valley")["delegations"]["Top"]["delegates"] == []
    assert played.item("Top", 1)["council"]["positions"]["Valley"] == {"standing": "silent", "choice": None}
    assert "Only delegates act here" in played.told("top", "refusal")[-1]


def test_what_the_rooms_hear_of_it() -> None:
    played = play(
        RECALL + "ana @ valley: /position 3 no\n" + binds("Ford", 5, "bea bo", "valley#3", "yes") + "wait 24h\n"
        + ratified("valley#3", "yes", mill="ana al") + "wait 1h\n"
    )  # fmt: skip
    # not "in discussion": a recall has none
    assert "3 · Recall of ana as delegate to Top — put straight to the vote in the council" in played.room("ford")
    assert "3 is about you: you may answer in the room" in played.told("valley", "refusal")[-1]
    assert "2 of 2 assemblies yes by mandate or ratification; 2 were needed: more than 1/2 of all." in (
        played.room("valley")
    )
    assert (
        "Top: nobody sits there for us now (recalled). Estimates from the emptied seat no longer count; our mandates "
        "stand. To send somebody: /propose delegation Top @…"
    ) in played.room("valley")
    assert "Valley has nobody seated here now" in played.room("top")
    # the card in Top says at once that nothing is estimated any more
    assert "Tendency: 0 of 1 towards yes" in [said.text for said in played.heard if said.place == "top"][-1]


def test_half_of_the_assemblies_do_not_recall() -> None:
    played = play(
        RECALL + binds("Ford", 5, "bea bo", "valley#3", "yes") + "wait 24h\n"
        + ratified("valley#3", "no", mill="ana al") + "wait 24h\n"
    )  # fmt: skip
    recall = played.item("Valley", 3)
    assert (recall["state"], recall["why"]) == ("rejected", "tie")
    assert played.assembly("Valley")["delegations"]["Top"]["delegates"] == ["ana"]


# --- complaints (§6.14)


def complained(effect: str, more: str = "", words: str = "They closed the road.") -> Played:
    """Mill complains of Ford; Mill mandates yes, Oak and Elm ratify it; both majorities are there."""
    return play(
        confederated(FOUR) + f"wait 1h\nana @ valley: /propose complaint Ford {effect} {words}\nana @ valley: /open 1\n"
        + "bea @ valley: /position 1 no\n" + binds("Ford", 3, "bea bo", "valley#1", "no")
        + binds("Mill", 3, "ana al", "valley#1", "yes") + "wait 48h\n"
        + ratified("valley#1", "yes", oak="cem cy", elm="dila dan") + "wait 7d\n" + more
    )  # fmt: skip


def test_excluded_from_the_council_and_from_nothing_else() -> None:
    played = complained("exclusion", "bea @ valley: /propose Hello\n" + "\n".join(
        decided("Ford", 4, "bea bo", "/propose Paint the door")) + "\n")  # fmt: skip
    item = played.item("Valley", 1)
    assert (item["kind"], item["state"], item["council"]["assemblies"]) == ("complaint", "adopted", 3)
    assert item["council"]["members"] == {"yes": 6, "no": 0}
    assert sorted(played.assembly("Valley")["members"]) == ["Elm", "Mill", "Oak"]
    assert played.assembly("Ford")["delegations"] == {}
    assert played.item("Ford", 4)["state"] == "adopted"
    assert "Only delegates act here" in played.told("valley", "refusal")[-1]
    counts_add_up(played, "Valley", 1)


def test_whom_a_complaint_is_about_hears_what_it_means() -> None:
    """Heard and not counted: no word of binding a delegation, and in the end what holds and until when."""
    played = complained("exclusion")
    announced = next(one for one in played.told("ford") if "Complaint against Ford" in one)
    assert announced == (
        "Valley 1 · Complaint against Ford: exclusion from the council — in discussion in the council\n"
        "They closed the road.\n"
        "It is about us: our delegates are heard in the council, and we have no voice in it."
    )
    assert "Valley refused our mandate: it is about us, so we are heard and not counted." in played.room("ford")
    assert "adopted by ratification, 3 of 3. It is about us: we no longer sit there. What we decided stands." in (
        played.room("ford")
    )
    assert "We no longer sit in Valley (excluded by its members)." in played.room("ford")
    assert "Ford no longer sits here." in played.room("valley")
    assert "Members count too: 2/3 of their yes and no at home." in played.room("oak")
    assert "Members at home: 6 yes, 0 no; needed: 2/3 of them." in played.room("valley")


def test_a_voice_rests_until_the_council_repeals_it() -> None:
    """What is opened meanwhile is decided without it, and its room hears so; repealed, it speaks again."""
    played = complained(
        "suspension", put("Valley", "ana", "A new roof", 2) + "bea @ valley: /propose Mine\nwait 48h\n"
        + "ana @ valley: /propose repeal 1\nana @ valley: /open 3\nwait 48h\n"
        + ratified("valley#3", "yes", mill="ana al", oak="cem cy", elm="dila dan") + "wait 7d\n"
        + "bea @ valley: /propose Mine\nbea @ valley: /open 4\n"
    )  # fmt: skip
    assert "our voice in the council rests until Tue 9 February 01:00 (in 30 days), unless the council repeals it." in (
        played.room("ford")
    )
    assert "Our voice in the council rests until Tue 9 February 01:00" in next(
        one for one in played.told("ford") if "A new roof: the council answers" in one
    )
    assert "The voice of your assembly is suspended by item 1" in played.told("valley", "refusal")[-1]
    assert "Ford" not in played.item("Valley", 2)["council"]["positions"]
    assert played.item("Valley", 1)["repealed_by"] == 3
    assert "Ford has its voice here again." in played.room("valley")
    assert "adopted by ratification, 3 of 3. Our voice in the council is no longer at rest." in played.room("ford")
    assert "Ford" in played.item("Valley", 4)["council"]["positions"]


def test_a_finding_changes_nothing_with_whom_it_is_about() -> None:
    played = complained("finding", "bea @ valley: /propose Mine\nbea @ valley: /open 2\n")
    assert "It is about us. It is published and changes nothing with us." in played.room("ford")
    assert "Ford" in played.item("Valley", 2)["council"]["positions"]


# --- circles (§6.1)

BY_MOTION = COUNCIL.replace("admission=open", "admission=motion")


def circle(*councils: tuple[str, str, dict[str, str]]) -> Played:
    """Each council asks the next one, and all open the admission of who asks them in the same instant."""
    script, first = "", {}
    for name, _, homes in councils:
        script += confederated(homes, BY_MOTION, name)
        first[name] = next(iter(homes.values())).split()[0]
    for number, motion in ((1, "/propose join {up}\n{by} @ {room}: /open 1"), (2, "/open 2")):
        script += "wait 1h\n"
        for name, up, homes in councils:
            room, by = name.casefold(), first[name]
            script += f"{by} @ {room}: " + motion.format(up=up, by=by, room=room) + "\n"
            for home, people in homes.items():
                script += binds(home, number + 2, people, f"{room}#{number}", "yes")
        script += "wait 48h\n"
    return play(script)


AURA = {"Mill": "ana al", "Moor": "mia mo"}
BROOK = {"Ford": "bea bo", "Fen": "fay flo"}
COVE = {"Oak": "cem cy", "Elm": "dila dan"}


def test_who_came_to_lie_above_meanwhile_is_not_admitted() -> None:
    """Two councils ask each other: the second admission can no longer be done, and the room says so."""
    played = circle(("Aura", "Brook", AURA), ("Brook", "Aura", BROOK))
    endings = sorted((played.item(one, 2)["state"], played.item(one, 2)["why"]) for one in ("Aura", "Brook"))
    assert endings == [("adopted", None), ("rejected", "infeasible")]
    upper, lower = ("Aura", "Brook") if "Brook" in played.assembly("Aura")["members"] else ("Brook", "Aura")
    assert len(played.assembly(lower)["members"]) == 2
    assert f"2 · Admission of {upper} — not adopted: it can no longer be done" in played.room(lower.casefold())
    assert f"{lower} did not admit us (it can no longer be done)." in played.room(upper.casefold())
    assert "BelowTold" not in played.room("aura") + played.room("brook")


def test_a_circle_of_three_is_undone_where_it_was_closed_last() -> None:
    """No one of them could know; the last admission is undone by its own register, and both rooms hear why."""
    played = circle(("Aura", "Brook", AURA), ("Brook", "Cove", BROOK), ("Cove", "Aura", COVE))
    inside = {
        (one, other) for one in ("Aura", "Brook", "Cove") for other in ("Aura", "Brook", "Cove")
        if one in played.assembly(other)["members"]
    }  # fmt: skip
    assert len(inside) == 2
    ended = [one for one in ("aura", "brook", "cove") if "(it would close a circle)" in played.room(one)]
    (left,) = ended
    (from_,) = (one for one in ("aura", "brook", "cove") if "no longer sits here." in played.room(one))
    assert f"We no longer sit in {from_.title()} (it would close a circle)." in played.room(left)
    assert f"{left.title()} no longer sits here." in played.room(from_)


# --- what comes to nothing is said


def test_a_mandate_that_comes_too_late_is_said_at_home() -> None:
    """The motion ran on past the council's closing, where three mandates had decided (§6.5)."""
    slow = confederated(FOUR).replace("/found Elm preset=small", "/found Elm preset=small vote_window=72h")
    played = play(
        slow + WATER + "dila @ elm: /mandate valley#1 no\ndila @ elm: /open 3\n"
        + "".join(binds(name, 3, FOUR[name], "valley#1", "yes") for name in ("Mill", "Ford", "Oak"))
        + "wait 49h\ndila @ elm: /vote 3 yes\ndan @ elm: /vote 3 yes\n"
    )  # fmt: skip
    assert played.item("Elm", 3)["state"] == "adopted"
    assert "Valley could not count our mandate any more: it came after the end there." in played.room("elm")


def test_who_left_is_asked_no_more_and_who_comes_to_a_dissolved_council_is_told() -> None:
    quits = "\n".join(decided("Mill", 4, "ana al", "/propose quit Valley"))
    joins = "\n".join(decided("Mill", 5, "ana al", "/propose join Valley"))
    played = play(confederated({"Mill": "ana al"}) + WATER + "wait 48h\n" + f"{quits}\n{joins}\nwait 1h\n")
    (asked,) = (one for one in played.told("mill", "result") if "Do we ratify?" in one)
    assert "We no longer sit in Valley: it does not ask us any more." in asked
    assert "Valley refused our request to join: it is dissolved." in played.room("mill")


def test_an_estimate_that_was_a_signature_is_answered_at_once() -> None:
    """Not "before the council closes": home is asked now (§6.9)."""
    call = "ana @ valley: /call Open the commons\n> To all.\nana @ valley: /open 1\nbea @ valley: /sign 1\n"
    played = play(confederated(TWO) + "wait 1h\n" + call)
    (said,) = (one for one in played.told("ford") if "indicated yes for us" in one and "Do we" not in one)
    assert said.endswith("That is not our decision.\nWe are asked ourselves, by 3: /vote 3 yes")


def test_the_reckoning_names_the_test_that_was_not_passed() -> None:
    """Base `stated`: a third of four gave no position, so it lapses; while homes are asked nothing is judged."""
    played = play(
        confederated(FOUR, COUNCIL + " council_base=stated") + WATER + binds("Mill", 3, "ana al", "valley#1", "yes")
        + "wait 48h\nana @ valley: /why 1\nwait 8d\nana @ valley: /why 1\n"
    )  # fmt: skip
    before, after = (one for one in played.told("valley") if "§6.7 by mandate" in one)
    assert "enough binding yes? 1 of 4; needed: 2/3 of those that said, or can still say, yes or no → no" in before
    assert before.endswith("§6.7e with their answers so far 1 yes, 0 no, 0 abstain of 4.\nCounted by the charter as of "
                           "version 1.")  # fmt: skip
    assert "enough positions? 1 of 4; needed: half of them → no" in after
    assert "1 of 4 assemblies gave a position by mandate or ratification; 2 were needed." in played.room("valley")
    assert played.item("Valley", 1)["why"] == "no_quorum"


def test_everything_a_register_refuses_or_tells_has_words() -> None:
    """Whatever a dispatch is refused for is said in words at home, never as a code."""
    rules = Path(__file__).parents[2] / "governance"
    source = (rules / "dispatches.py").read_text() + (rules / "following.py").read_text()
    codes = {*re.findall(r'_refused\("(\w+)"', source), *re.findall(r'why="(\w+)"', source)}
    assert len(codes) > 7
    assert codes <= WHY.keys()


# --- names


def test_a_name_no_council_has_is_put_as_a_title_and_said_to_be() -> None:
    played = play("\n".join([*founded("Mill", "ana al"), "ana @ mill: /propose join Vally"]))
    assert played.item("Mill", 1)["kind"] == "motion"
    said = "I know no “vally” of that kind, so this was put as an ordinary motion. To take it back: /withdraw 1"
    assert played.told("mill").count(said) == 1
    # of several words it never was the name of a council
    plain = play("\n".join([*founded("Mill", "ana al"), "ana @ mill: /propose join hands in spring"]))
    assert "of that kind" not in plain.room("mill")


def test_what_is_to_be_typed_can_be_typed() -> None:
    """A name of two words is shown with a space and typed with `_`."""
    script = confederated(TWO, council="Green_Hill") + put("Green_Hill", "ana", "Share the water")
    played = play(script + "wait 40d\n")
    assert "Green Hill 1 · Share the water — in discussion in the council" in played.room("mill")
    typed = re.findall(r"/(?:mandate|propose delegation) (\w\S*)", played.room("mill"))
    assert typed
    assert {one.partition("#")[0] for one in typed} <= {"Green_Hill"}


def test_a_delegation_is_shown_whole() -> None:
    """Alternates, observers and the term stand on the card that is voted on (§6.2)."""
    words = "/propose delegation Valley @al alternates @ana observers @ada @abe term=20d"
    played = play(confederated({"Mill": "ana al ada abe", "Ford": "bea bo"}) + f"ana @ mill: {words}\n")
    (card,) = (one for one in played.told("mill") if one.startswith("3 · "))
    assert "Alternates: ana. Observers: ada and abe." in card
    assert "For 20d, or as long as the council's terms are, where those are shorter." in card
