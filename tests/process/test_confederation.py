"""Councils through the whole program (§6): what people type, what their rooms hear, what the minutes hold.

Every test is a chat with a clock in hand; the homes are Mill, Ford, Oak and Elm, their council is Valley.
"""

import pytest

from tests.process.play import COUNCIL, HOME, Played, binds, confederated, decided, founded, play, put

FOUR = {"Mill": "ana al", "Ford": "bea bo", "Oak": "cem cy", "Elm": "dila dan"}
TWO = {"Mill": "ana al ada abe", "Ford": "bea bo"}
WATER = "wait 1h\n" + put("Valley", "ana", "Share the water #water")
VALLEY = confederated(FOUR) + WATER


def ratified(council_item: str, choice: str, **homes: str) -> str:
    """These members answer at home what the council asks."""
    return "".join(
        f"{one} @ {home}: /ratify {council_item} {choice}\n"
        for home, members in homes.items()
        for one in members.split()
    )


def counts_add_up(played: Played, council: str, item: int) -> None:
    """The sums that hold whatever was decided."""
    count = played.item(council, item)["council"]
    pending = sum(count["indicative"].values()) + count["silent"]
    assert sum(count["mandated"].values()) + pending == count["assemblies"]
    assert count["ratified"] is None or sum(count["ratified"].values()) == pending
    assert len(count["positions"]) == count["assemblies"]


def test_the_mandated_speak_the_others_are_asked_at_home() -> None:
    """Mill is mandated, Ford's and Oak's delegates only indicate, Elm is silent; three of four are needed (§6.7)."""
    played = play(
        VALLEY + binds("Mill", 3, "ana al", "valley#1", "yes")
        + "bea @ valley: /position 1 yes\ncem @ valley taps Yes on 1\nwait 48h\n"
        + ratified("valley#1", "yes", ford="bea bo") + ratified("valley#1", "no", oak="cem cy") + "wait 7d\n"
    )  # fmt: skip
    item = played.item("Valley", 1)
    assert (item["state"], item["decided_by"], item["why"]) == ("rejected", "ratification", "threshold")
    assert item["council"] == {
        "assemblies": 4,
        "mandated": {"yes": 1, "no": 0, "abstain": 0},
        "indicative": {"yes": 2, "no": 0, "abstain": 0},
        "silent": 1,
        "ratified": {"yes": 1, "no": 1, "abstain": 0, "none": 1},
        "members": None,
        "positions": {
            "Elm": {"standing": "no_position", "choice": None},
            "Ford": {"standing": "ratified", "choice": "yes"},
            "Mill": {"standing": "mandated", "choice": "yes"},
            "Oak": {"standing": "ratified", "choice": "no"},
        },
    }
    counts_add_up(played, "Valley", 1)
    asked = {name: played.asked(name) for name in ("Ford", "Oak", "Elm")}
    assert {name: (one["state"], one["decided_by"], one["why"]) for name, one in asked.items()} == {
        "Ford": ("adopted", "vote", None),
        "Oak": ("rejected", "vote", "threshold"),
        "Elm": ("lapsed", None, "no_quorum"),
    }
    assert "indicated yes for Ford. It is an estimate; Ford will be asked." in played.room("valley")
    assert "Valley 1 · Share the water #water: bea indicated yes for us" in played.room("ford")
    assert "We can decide before Sun 3 January 01:00" in played.room("ford")
    assert "bea indicated yes for us.\nOther assemblies: 1 mandated yes, 2 asked like us.\n3 of 4 are needed." in (
        played.room("ford")
    )
    assert "not adopted by ratification, 2 of 4. We ratified yes (2 to 0). Our delegates had said yes." in (
        played.room("ford")
    )
    assert "1 · Share the water #water — not adopted by ratification" in played.room("valley")
    assert "Without us the council counts no position." in played.room("elm")
    assert "The same text may be moved again" not in played.room("elm")


def test_adopted_by_mandates_nobody_is_asked() -> None:
    played = play(
        VALLEY + binds("Mill", 3, "ana al", "valley#1", "yes") + binds("Ford", 3, "bea bo", "valley#1", "yes")
        + binds("Oak", 3, "cem cy", "valley#1", "yes") + "wait 48h\nana @ valley: /why 1\n"
    )  # fmt: skip
    item = played.item("Valley", 1)
    assert (item["state"], item["decided_by"], item["council"]["ratified"]) == ("adopted", "mandates", None)
    counts_add_up(played, "Valley", 1)
    assert "Our mandate was yes." in played.room("mill")
    assert "§6.7 by mandate 3 yes, 0 no, 0 abstain; 1 of 4 gave no mandate." in played.room("valley")
    assert "enough binding yes? 3 of 4; needed: 2/3 of all assemblies → yes" in played.room("valley")


def test_a_delegate_cannot_go_against_the_mandate_nor_lower_it() -> None:
    """Refused with the item cited; the home assembly is told of the attempt (§6.4)."""
    played = play(
        VALLEY + binds("Mill", 3, "ana al", "valley#1", "yes")
        + "wait 1h\nana @ valley: /position 1 no\nana @ valley taps No on 1\nana @ valley: /position 1 yes indicative\n"
        + "ana @ valley taps Yes on 1\n"
    )  # fmt: skip
    refused = "Mill decided yes on 1 (its item 3). You cannot answer otherwise for Mill"
    assert sum(refused in one for one in played.told("valley", "refusal")) == 1
    assert sum(refused in one for one in played.told("@ana", "refusal")) == 1
    assert "cannot be made an estimate" in played.room("valley")
    assert "ana tried to answer no in the council, against our item 3. It was refused" in played.room("mill")
    assert played.told("@ana")[-1] == "Recorded for Mill: yes, as its item 3 decided."
    assert played.item("Valley", 1)["council"]["positions"]["Mill"] == {"standing": "mandated", "choice": "yes"}


def test_a_scope_leaves_the_delegate_what_it_may() -> None:
    """Within is mandated, in doubt it may be lowered, against it is refused; two ways to choose are not left (§6.3)."""
    scope = "/mandate valley scope=water may=yes,abstain until=2027-06-01 while it rains"
    played = play(
        VALLEY + "cem @ oak: /mandate valley scope=water may=yes,no\n" + "\n".join(decided("Oak", 3, "cem cy", scope))
        + "\ncem @ valley: /position 1 no\ncem @ valley taps Yes on 1\nwait 1h\n"
        + "cem @ valley: /position 1 yes indicative I doubt it\nwait 1h\ncem @ valley: /position 1 abstain\n"
    )  # fmt: skip
    assert "must not leave the delegate to choose between yes and no" in played.room("oak")
    assert "Mandate for Valley: abstain and yes on #water" in played.room("oak")
    assert "Recorded for Oak: yes, as its item 3 decided." in played.told("@cem")
    assert "cem indicated yes for Oak. It is an estimate" in played.room("valley")
    assert played.item("Valley", 1)["council"]["positions"]["Oak"] == {"standing": "mandated", "choice": "abstain"}
    (mandate,) = played.assembly("Oak")["delegations"]["Valley"]["mandates"]
    assert mandate == {"scope": ["water"], "may": ["abstain", "yes"], "until": "2027-06-01T00:00:00Z", "source": 3}


def test_a_mandate_is_withdrawn_and_a_later_one_takes_its_place() -> None:
    played = play(
        VALLEY + binds("Mill", 3, "ana al", "valley#1", "yes") + binds("Mill", 4, "ana al", "valley#1", "none")
        + binds("Ford", 3, "bea bo", "valley#1", "yes") + binds("Ford", 4, "bea bo", "valley#1", "no")
    )  # fmt: skip
    positions = played.item("Valley", 1)["council"]["positions"]
    assert positions["Mill"] == {"standing": "silent", "choice": None}
    assert positions["Ford"] == {"standing": "mandated", "choice": "no"}


def test_a_mandate_is_for_one_version_of_the_text_unless_it_says_any() -> None:
    """The council amends: Mill's mandate for version 1 is not counted any more, Ford's is (§6.5)."""
    played = play(
        confederated(FOUR, COUNCIL.replace("discussion_min=0", "discussion_min=24h"))
        + "wait 1h\nana @ valley: /propose Share the water\n> Equal parts.\n"
        + binds("Mill", 3, "ana al", "valley#1", "yes") + binds("Ford", 3, "bea bo", "valley#1", "yes any")
        + "bea @ valley: /amend 1 Equal parts, and the springs.\nana @ valley: /accept 1a\n"
        + "wait 24h\nana @ valley: /open 1\n"
    )  # fmt: skip
    item = played.item("Valley", 1)
    assert item["version"] == 2
    assert item["council"]["positions"]["Mill"] == {"standing": "silent", "choice": None}
    assert item["council"]["positions"]["Ford"] == {"standing": "mandated", "choice": "yes"}
    assert "the council changed the text (version 2)" in played.room("mill")


def test_two_delegates_who_differ_are_silence_shown() -> None:
    played = play(
        confederated(TWO).replace("delegation Valley @ana", "delegation Valley @ana @al") + WATER
        + "ana @ valley: /position 1 yes\nal @ valley taps No on 1\n"
    )  # fmt: skip
    assert played.item("Valley", 1)["council"]["positions"]["Mill"] == {"standing": "silent", "choice": None}
    assert "The delegates of Mill answer differently" in played.room("@al")


def test_who_is_no_delegate_is_told_who_acts_here() -> None:
    played = play(VALLEY + "bo @ valley: /position 1 yes\nvic @ valley taps Yes on 1\nbo @ valley: /propose More\n")
    assert sum("Only delegates act here" in one for one in played.told("valley", "refusal")) == 2
    assert "Only delegates act here" in played.room("@vic")
    assert len(played.assembly("Valley")["items"]) == 1


def test_a_council_s_item_is_named_from_home_and_in_private() -> None:
    played = play(
        VALLEY + "cem: /pending\nal @ mill: /show valley#1\nbea: /show valley#1\nbea: /position valley#1 yes\n"
        + "wait 48h\nbo: /pending\nbo: /vote valley#1 yes\nbea: /ratify valley#1 yes\n"
        + "dan @ ford: /ratify valley#2 yes\n"
    )  # fmt: skip
    assert "1 · Share the water #water — until Sun 3 January 01:00 (in 2 days): /position Valley#1 yes" in (
        played.room("@cem")
    )
    assert "council vote · 4 assemblies" in played.room("mill")
    assert "Recorded for Ford: yes, as an estimate. Ford is asked unless it gives a mandate before Sun" in (
        played.room("@bea")
    )
    assert "3 · Do we ratify? Valley 1, Share the water #water — until" in played.room("@bo")
    assert "No council has asked us about valley#2" in played.room("ford")
    assert played.asked("Ford")["state"] == "adopted"


def test_a_delegate_acts_alone_with_the_bot() -> None:
    """Who cannot come into the council's room reads, amends, seconds, opens and answers from a private chat."""
    played = play(
        confederated(FOUR, COUNCIL.replace("discussion_min=0", "discussion_min=1h")) + "wait 1h\n"
        + "ana @ valley: /propose Share the water\n> Equal parts.\nbea: /second valley#1\n"
        + "bea: /amend valley#1 Equal parts, and the springs.\nana @ valley: /accept 1a\nwait 1h\n"
        + "bea: /open valley#1\nbea: /show valley#1\nbea: /position valley#1 yes\nbea: /why valley#1\n"
    )  # fmt: skip
    item = played.item("Valley", 1)
    assert (item["version"], item["state"]) == (2, "vote")
    assert item["council"]["positions"]["Ford"] == {"standing": "indicative", "choice": "yes"}
    assert "Seconded by Ford." in played.room("valley")
    assert "Equal parts, and the springs." in played.room("@bea")
    assert "bea indicated yes for Ford" in played.room("valley")
    assert played.told("@bea", "refusal") == []


# --- people who are sent


def recalled(before: str) -> Played:
    """Mill sends ana, with al behind; ana answers, then Mill recalls her."""
    return play(
        confederated(TWO).replace("delegation Valley @ana", "delegation Valley @ana alternates @al observers @abe")
        + WATER + before + "ana @ valley: /position 1 yes\nabe @ valley: /position 1 no\nwait 1h\n"
        + "abe @ mill: /recall @ana Valley she never reports\nada @ mill: /second {n}\nana @ mill: /vote {n} no\n"
        "abe @ mill: /vote {n} yes\nada @ mill: /vote {n} yes\nal @ mill: /vote {n} yes\n"
        .replace("{n}", "4" if before else "3")
        + "wait 1h\nana @ valley: /position 1 yes\n"
    )  # fmt: skip


def test_a_recall_voids_the_estimate_and_seats_the_alternate() -> None:
    """By open vote, the delegate heard and not counted; at once (§6.6, §6.5)."""
    played = recalled("")
    recall = played.item("Mill", 3)
    assert (recall["kind"], recall["state"], recall["decided_by"]) == ("recall", "adopted", "vote")
    assert (recall["vote"]["electorate"], recall["vote"]["yes"]) == (3, 2)  # certain with two of three
    assert "Observers speak and do not answer" in played.room("valley")
    assert "3 is about you" in played.room("mill")
    assert played.item("Valley", 1)["council"]["positions"]["Mill"] == {"standing": "silent", "choice": None}
    seats = played.assembly("Mill")["delegations"]["Valley"]
    assert (seats["delegates"], seats["alternates"], seats["observers"]) == (["al"], [], ["abe"])
    assert "Only delegates act here" in played.told("valley", "refusal")[-1]
    assert "For Mill: al. Observers: abe." in played.room("valley")
    assert "Valley: our delegation is now al (recalled)." in played.room("mill")


def test_a_mandated_position_outlives_the_delegate() -> None:
    played = recalled(binds("Mill", 3, "ana al ada abe", "valley#1", "yes"))
    assert played.item("Mill", 4)["state"] == "adopted"
    assert played.item("Valley", 1)["council"]["positions"]["Mill"] == {"standing": "mandated", "choice": "yes"}


def test_a_delegate_is_recalled_from_under_an_open_ratification() -> None:
    """The council asked on ground of an estimate; the assembly's own answer is untouched by the recall."""
    played = play(
        confederated(TWO).replace("delegation Valley @ana", "delegation Valley @ana alternates @al")
        + WATER + "ana @ valley: /position 1 no\nwait 48h\n"
        + "abe @ mill: /recall @ana Valley no\nada @ mill: /second 4\n"
        + "".join(f"{one} @ mill: /vote 4 yes\n" for one in ("abe", "ada", "al"))
        + ratified("valley#1", "yes", mill="ana al ada abe", ford="bea bo")
    )  # fmt: skip
    assert played.item("Mill", 4)["kind"] == "recall"
    assert played.item("Valley", 1)["council"]["positions"]["Mill"] == {"standing": "ratified", "choice": "yes"}
    counts_add_up(played, "Valley", 1)


def test_giving_up_a_seat() -> None:
    played = play(VALLEY + "bea @ valley: /position 1 yes\nbea: /resign Valley\nbo @ valley: /resign Valley\n")
    assert played.assembly("Ford")["delegations"]["Valley"]["delegates"] == []
    assert "nobody sits there for us now (resigned). Estimates from the emptied seat" in played.room("ford")
    assert "Ford has nobody seated here now" in played.room("valley")
    assert "bo has no seat of ours in Valley." in played.room("valley")
    assert played.item("Valley", 1)["council"]["positions"]["Ford"] == {"standing": "silent", "choice": None}


def test_a_council_that_asks_for_a_pair() -> None:
    """Two of different declared features (§6.2, §7.4); nobody else sees what was declared."""
    pair = "/propose delegation Valley @ana @al"
    played = play(
        f"vic @ valley: /found Valley council {COUNCIL} parity=pair\n" + "\n".join(founded("Mill", "ana al"))
        + "\n" + "\n".join(decided("Mill", 1, "ana al", "/propose join Valley")) + f"\nana @ mill: {pair}\n"
        + "ana: /declare gender=woman\nal: /declare gender=man\n" + "\n".join(decided("Mill", 2, "ana al", pair))
    )  # fmt: skip
    assert "asks for a pair" in played.room("mill")
    assert sorted(played.assembly("Mill")["delegations"]["Valley"]["delegates"]) == ["al", "ana"]
    assert "woman" not in played.room("mill") + played.room("valley")


def test_a_term_ends_by_itself() -> None:
    played = play(VALLEY + "wait 40d\n")
    assert played.assembly("Ford")["delegations"]["Valley"]["delegates"] == []
    assert "nobody sits there for us now (the term is over)" in played.room("ford")


# --- ratification and its edges


def test_the_result_is_declared_when_it_is_certain_and_the_rest_is_recorded() -> None:
    played = play(
        VALLEY + "wait 48h\n" + ratified("valley#1", "yes", mill="ana al", ford="bea bo", oak="cem cy")
        + "wait 1h\n" + ratified("valley#1", "no", elm="dila dan") + "wait 8d\n"
    )  # fmt: skip
    item = played.item("Valley", 1)
    assert (item["state"], item["decided_by"], item["ended"]) == ("adopted", "ratification", "2027-01-03T01:00:00Z")
    assert played.asked("Elm")["state"] == "rejected"
    assert item["council"]["positions"]["Elm"] == {"standing": "ratified", "choice": "no"}
    counts_add_up(played, "Valley", 1)


def test_a_missed_deadline_is_no_position() -> None:
    played = play(VALLEY + "bea @ valley: /position 1 yes\nwait 48h\nwait 7d\nbea @ ford: /ratify valley#1 yes\n")
    item = played.item("Valley", 1)
    assert item["council"]["ratified"] == {"yes": 0, "no": 0, "abstain": 0, "none": 4}
    assert item["council"]["positions"]["Ford"] == {"standing": "no_position", "choice": None}
    assert "nothing to answer now" in played.told("ford", "refusal")[-1]


def test_a_mandate_under_way_when_the_homes_are_asked_is_the_answer() -> None:
    """A new one is refused; the one that runs, adopted in time, answers, and the ratification is withdrawn (§6.7d)."""
    homes = confederated({"Mill": "ana al", "Ford": "bea bo"}).replace(
        f"/found Ford {HOME}", f"/found Ford {HOME} vote_window=72h"
    )
    played = play(
        homes + WATER + "wait 24h\nbea @ ford: /mandate valley#1 yes\nbea @ ford: /open 3\nwait 36h\n"
        + "bea @ ford: /mandate valley#1 no\nbea @ ford: /vote 3 yes\nbo @ ford: /vote 3 yes\n"
        + ratified("valley#1", "yes", mill="ana al")
    )  # fmt: skip
    assert "has asked us about its item 1. Answer that: /vote 4" in played.room("ford")
    assert played.asked("Ford")["state"] == "withdrawn"
    assert played.item("Valley", 1)["council"]["positions"]["Ford"] == {"standing": "ratified", "choice": "yes"}
    assert played.item("Valley", 1)["state"] == "adopted"


def test_an_assembly_that_leaves_in_the_middle() -> None:
    """Its open ratification is withdrawn, a mandated voice stays, and it is bound by nothing (§6.1)."""
    quits = "\n".join(decided("Ford", 4, "bea bo", "/propose quit Valley"))
    also = "\n".join(decided("Mill", 4, "ana al", "/propose quit Valley"))
    played = play(
        VALLEY + binds("Mill", 3, "ana al", "valley#1", "yes") + "wait 48h\n" + quits + "\n" + also + "\n"
        + ratified("valley#1", "yes", oak="cem cy", elm="dila dan")
    )  # fmt: skip
    assert played.asked("Ford")["state"] == "withdrawn"
    assert sorted(played.assembly("Valley")["members"]) == ["Elm", "Oak"]
    item = played.item("Valley", 1)
    assert item["state"] == "adopted"
    assert item["council"]["positions"]["Mill"] == {"standing": "mandated", "choice": "yes"}
    assert item["council"]["positions"]["Ford"]["standing"] == "no_position"
    counts_add_up(played, "Valley", 1)
    assert "Ford no longer sits here." in played.room("valley")


def test_a_council_whose_last_member_leaves_is_dissolved() -> None:
    one = confederated({"Mill": "ana al"}) + WATER
    played = play(
        one + "\n".join(decided("Mill", 3, "ana al", "/propose quit Valley")) + "\nana @ valley: /propose X\n"
    )
    assert played.assembly("Valley")["members"] == []
    assert (played.item("Valley", 1)["state"], played.item("Valley", 1)["why"]) == ("lapsed", "dissolved")
    assert "this council is dissolved" in played.room("valley")
    assert "lapsed: the council is dissolved" in played.room("valley")


@pytest.mark.parametrize("word", ["Valley", "valley", "VALLEY"])
def test_a_council_is_joined_by_its_name_or_by_its_code(word: str) -> None:
    played = play(f"vic @ valley: /found Valley council {COUNCIL}\nvic @ valley: /invite\n" + "\n".join(
        [*founded("Mill", "ana al"), *decided("Mill", 1, "ana al", f"/propose join {word}")]
    ))  # fmt: skip
    code = played.assembly("Valley")["id"]
    assert f"/propose join {code}" in played.room("valley")
    assert played.assembly("Valley")["members"] == ["Mill"]
    assert "1 · Join Valley — joining a council, by ana" in played.room("mill")
    assert "P1: the aims and the survival of this assembly" in played.room("mill")


def test_the_third_is_admitted_by_the_members() -> None:
    three = {"Mill": "ana al", "Ford": "bea bo"}
    charter = COUNCIL.replace("admission=open", "admission=motion")
    played = play(
        confederated(three, charter)
        + "\n".join([*founded("Oak", "cem cy"), *decided("Oak", 1, "cem cy", "/propose join Valley")])
        + "\nana @ valley: /open 1\n" + binds("Mill", 3, "ana al", "valley#1", "yes")
        + binds("Ford", 3, "bea bo", "valley#1", "yes") + "wait 48h\n"
    )  # fmt: skip
    assert (played.item("Valley", 1)["kind"], played.item("Valley", 1)["state"]) == ("admission", "adopted")
    assert "Oak" in played.assembly("Valley")["members"]
    assert "We sit in Valley from now on." in played.room("oak")
    assert "Valley 1 · Admission of Oak — in discussion in the council" in played.room("mill")


def test_a_name_that_is_no_council_of_ours_is_answered_by_what_would_work() -> None:
    """Who sits in none is told how to join one; who sits in one hears its name; a seat may also be a role."""
    lines = [*founded("Mill", "ana al"), "ana @ mill: /mandate nope#1 yes", "ana @ mill: /recall @al nope Too slow"]
    played = play("\n".join(lines))
    assert "We sit in no council yet, so not in “nope”. To join one: /propose join Valley" in played.room("mill")
    assert "“nope” is neither a council we sit in nor a role of ours. Roles: /roles" in played.room("mill")
    joined = play(confederated(FOUR, COUNCIL, "Region") + "ana @ mill: /mandate nope#1 yes\n")
    assert "I know no council “nope” that is yours. For example: /mandate Region#3 yes" in joined.room("mill")
