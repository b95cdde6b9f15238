"""What happens at one instant, and what a council's question means in another: homes, their council, one above."""

from tests.process.play import COUNCIL, HOME, Played, binds, confederated, decided, founded, play, put

SLOW = HOME.replace("early_close_after=0", "early_close=no vote_window=24h")
"""A home that lets each vote run its day, so that the end of one can be the end of another."""
DAY = COUNCIL.replace("vote_window=48h", "vote_window=24h ratification_window=24h")


def slow(*later: str) -> Played:
    """Mill and Ford in Valley; Valley asks them to ratify from the fourth day to the fifth; Mill opens these then."""
    lines = [f"vic @ valley: /found Valley council {DAY}", *founded("Mill", "ana", SLOW), *founded("Ford", "bea", SLOW)]
    lines += [*decided("Mill", 1, "ana", "/propose join Valley"), *decided("Ford", 1, "bea", "/propose join Valley")]
    lines += ["wait 24h", *decided("Mill", 2, "ana", "/propose delegation Valley @ana"), "wait 24h"]
    lines += [put("Valley", "ana", "Share the water"), "wait 24h"]
    return play("\n".join([*lines, *later, "wait 24h", "bea @ ford: /propose A bench", "wait 24h"]))


def ends(played: Played, name: str) -> list[tuple[str, str]]:
    return [(one["kind"], one["state"]) for one in played.assembly(name)["items"][2:]]


def test_a_mandate_adopted_at_the_closing_instant_is_the_answer() -> None:
    """The ratification that closes at that same instant is withdrawn, not closed without a quorum (§6.7d)."""
    homes = put("Valley", "ana", "Share the water")
    played = play(
        f"vic @ valley: /found Valley council {DAY}\n" + "\n".join(
            [
                *founded("Mill", "ana", SLOW), *founded("Ford", "bea", SLOW),
                *decided("Mill", 1, "ana", "/propose join Valley"), *decided("Ford", 1, "bea", "/propose join Valley"),
                "wait 24h", *decided("Mill", 2, "ana", "/propose delegation Valley @ana"), "wait 24h", homes,
                # put before the homes are asked, opened at the instant at which they are
                "ana @ mill: /mandate valley#1 yes", "wait 24h", "ana @ mill: /open 3", "ana @ mill: /vote 3 yes",
                "bea @ ford: /ratify valley#1 yes", "wait 24h", "bea @ ford: /propose A bench",
            ]
        )
    )
    assert ends(played, "Mill") == [("mandate", "adopted"), ("ratification", "withdrawn")]
    assert "Our mandate is the answer to Valley." in played.told("mill", "result")[-1]
    assert not any("refused our answer" in one for one in played.told("mill"))
    item = played.item("Valley", 1)
    assert (item["state"], item["decided_by"]) == ("adopted", "ratification")
    assert item["council"]["positions"]["Mill"] == {"standing": "ratified", "choice": "yes"}


def test_a_mandate_that_answers_after_the_result_is_certain_is_recorded() -> None:
    """As an answer by ratification is (§6.7d); nobody is told that it came too late."""
    homes = confederated({"Mill": "ana al", "Ford": "bea bo"}, COUNCIL + " council_threshold=1").replace(
        f"/found Mill {HOME}", f"/found Mill {HOME} vote_window=72h"
    )
    played = play(
        homes + "wait 1h\n" + put("Valley", "ana", "Share the water") + "wait 24h\nana @ mill: /mandate valley#1 yes\n"
        + "ana @ mill: /open 3\nwait 24h\nbea @ ford: /ratify valley#1 no\nbo @ ford: /ratify valley#1 no\nwait 1h\n"
        + "ana @ mill: /vote 3 yes\nal @ mill: /vote 3 yes\nwait 7d\n"
    )  # fmt: skip
    item = played.item("Valley", 1)
    assert (item["state"], item["council"]["ratified"]) == ("rejected", {"yes": 1, "no": 1, "abstain": 0, "none": 0})
    assert played.asked("Mill")["state"] == "withdrawn"
    assert not any("could not count" in one for one in played.told("mill"))


def test_who_leaves_at_the_closing_instant_is_not_asked_any_more() -> None:
    played = slow(*decided("Mill", 4, "ana", "/propose quit Valley"), "ana @ mill: /ratify valley#1 yes")
    assert ends(played, "Mill") == [("ratification", "withdrawn"), ("quit", "adopted")]
    assert not any("refused our answer" in one for one in played.told("mill"))
    assert played.item("Valley", 1)["council"]["positions"]["Mill"] == {"standing": "no_position", "choice": None}
    assert played.assembly("Valley")["members"] == ["Ford"]


def test_two_motions_about_a_council_end_at_the_instant_of_leaving_it() -> None:
    """The mandate that is adopted at the instant at which we leave finds nobody to bind, and harms nothing (§2.1)."""
    played = slow(
        *decided("Mill", 4, "ana", "/propose quit Valley"),
        *decided("Mill", 5, "ana", "/mandate valley scope=water may=yes"),
        "wait 24h", "ana @ mill: /propose A bench",
    )  # fmt: skip
    assert ends(played, "Mill")[1:] == [
        ("quit", "adopted"), ("mandate", "rejected"), ("motion", "discussion"),
    ]
    assert played.item("Mill", 5)["why"] == "infeasible"


def test_nobody_in_the_count_adopts_nothing() -> None:
    """The only two members lie under a suspension while a motion opens by itself (§4, §6.14): T is 0."""
    homes = {"Mill": "ana al", "Ford": "bea bo"}
    played = play(
        confederated(homes, COUNCIL.replace("discussion_min=0", "discussion_min=0 discussion_max=30d")) + "wait 1h\n"
        + "ana @ valley: /propose complaint Ford suspension They closed the road.\nana @ valley: /open 1\n"
        + "bea @ valley: /propose complaint Mill suspension They closed the mill.\nbea @ valley: /open 2\n"
        + "ana @ valley: /propose A feast\n> For all.\n"
        + binds("Mill", 3, "ana al", "valley#1", "yes") + binds("Ford", 3, "bea bo", "valley#2", "yes")
        + "wait 29d\nwait 5d\nana @ valley: /why 3\n"
    )  # fmt: skip
    assert [played.item("Valley", number)["state"] for number in (1, 2)] == ["adopted", "adopted"]
    item = played.item("Valley", 3)
    assert (item["state"], item["why"]) == ("lapsed", "no_votes")


# --- a council in a council


def two_levels(above: str) -> str:
    """Mill and Ford sit in Valley, Valley and Oak in Top. Cy is on the rolls of Oak, first, and of Ford."""
    lines = [f"tia @ top: /found Top council {above}", *founded("Oak", "cem cy")]
    lines += decided("Oak", 1, "cem cy", "/propose join Top")
    homes = confederated({"Mill": "ana al", "Ford": "bea cy"}, COUNCIL)
    sent = ["wait 1h", *decided("Oak", 2, "cem cy", "/propose delegation Top @cem")]
    for item, motion in ((1, "/propose join Top"), (2, "/propose delegation Top @ana")):
        sent += [f"ana @ valley: {motion}", f"ana @ valley: /open {item}"]
        sent += [binds(name, 2 + item, who, f"valley#{item}", "yes") for name, who in (("Mill", "ana al"),
                                                                                     ("Ford", "bea cy"))]  # fmt: skip
        sent += ["wait 48h"]
    return "\n".join([*lines, homes, *sent]) + "\n" + put("Top", "cem", "A common seal")


def test_the_result_above_is_not_the_end_of_what_is_still_put_below() -> None:
    """Top decides by Oak's mandate while Valley still votes on its own mandate: its homes may go on."""
    played = play(
        two_levels(
            COUNCIL.replace("vote_window=48h", "vote_window=1h ratification_window=1h")
            + " council_threshold=1/2 council_base=stated"
        )
        + binds("Oak", 3, "cem cy", "top#1", "yes") + "ana @ valley: /mandate top#1 yes\nana @ valley: /open 3\n"
        + "wait 3h\n" + binds("Mill", 6, "ana al", "valley#3", "yes") + binds("Ford", 6, "bea cy", "valley#3", "yes")
        + "wait 48h\n"
    )  # fmt: skip
    assert played.item("Top", 1)["state"] == "adopted"
    told = [one for one in played.told("mill") if "adopted by ratification, 1 of 2" in one]
    assert [one.partition(":")[0] for one in told] == ["Top 1 · A common seal"] * len(told)
    assert "In Valley it is item 3." in told[0]
    assert [played.item(name, played.assembly(name)["items"][-1]["number"])["kind"] for name in ("Mill", "Ford")] == [
        "mandate", "mandate",
    ]  # fmt: skip
    valley = played.item("Valley", 3)
    assert (valley["state"], valley["council"]["mandated"]["yes"]) == ("adopted", 2)


def test_one_ballot_of_a_person_in_all_the_sums_that_climb() -> None:
    """Cy answers in Oak and in Ford what Top asks: in the members' sum once, where they enrolled first (§6.8)."""
    played = play(
        two_levels(f"{COUNCIL} double_majority=yes") + "wait 48h\n"
        + "".join(
            f"{who} @ {home}: /ratify {item} {choice}\n"
            for who, home, item, choice in (
                ("cem", "oak", "top#1", "yes"), ("cy", "oak", "top#1", "yes"), ("ana", "mill", "valley#3", "yes"),
                ("al", "mill", "valley#3", "yes"), ("bea", "ford", "valley#3", "yes"), ("cy", "ford", "valley#3", "no"),
            )
        )
        + "wait 8d\n"
    )  # fmt: skip
    assert played.asked("Ford")["vote"]["no"] == 1
    assert played.item("Top", 1)["council"]["members"] == {"yes": 5, "no": 0}


def test_all_are_heard_at_home_where_members_are_counted_further_up() -> None:
    """Valley counts no members, Top does: Valley's own mandate is ratified to the end, each ballot counts once."""
    played = play(
        two_levels(COUNCIL.replace("48h", "12d") + " double_majority=yes") + binds("Oak", 3, "cem cy", "top#1", "yes")
        + "ana @ valley: /mandate top#1 yes\nana @ valley: /open 3\nwait 48h\n"
        + "".join(f"{who} @ {home}: /ratify valley#3 yes\n" for who, home in (("ana", "mill"), ("al", "mill"),
                                                                           ("bea", "ford"), ("cy", "ford")))
        + "wait 7d\n" + "wait 4d\n"
    )  # fmt: skip
    assert played.item("Valley", 3)["decided_by"] == "ratification"
    top = played.item("Top", 1)
    assert (top["state"], top["decided_by"]) == ("adopted", "mandates")
    assert top["council"]["members"] == {"yes": 5, "no": 0}


# --- what would work


def test_what_was_decided_and_lasts_is_changed_by_its_own_command() -> None:
    """A refusal names what changes it: not repeal, where repeal would be refused (§5.9)."""
    played = play(
        confederated({"Mill": "ana al", "Ford": "bea bo"}) + "wait 1h\nana @ mill: /vote 1 yes\n"
        + "ana @ mill: /vote 2 yes\n" + "\n".join(decided("Mill", 3, "ana al", "/propose A bench"))
        + "\nana @ mill: /vote 3 no\n" + "\n".join(decided("Mill", 4, "ana al", "/propose repeal 3"))
        + "\nana @ mill: /vote 3 no\n"
    )  # fmt: skip
    refused = played.told("mill", "refusal")
    assert [one.partition("now. ")[2] for one in refused] == [
        "What it decided is changed by its own command: /propose quit …",
        "What it decided is changed by its own command: /propose delegation …",
        "It can be repealed by a new motion: /propose repeal 3.",
        "It was repealed by 4.",
    ]
