"""What councils have beside motions: calls, referenda, double majority, rights, complaints, levels (§6.8–6.14)."""

from tests.process.play import COUNCIL, binds, confederated, decided, founded, play, put
from tests.process.test_confederation import FOUR, VALLEY, WATER, counts_add_up, ratified

CALL = confederated(FOUR) + "wait 1h\nana @ valley: /call Open the commons\n> To all.\nana @ valley: /open 1\n"
FUND = "ana @ valley: /referendum A common fund\n> One part in twenty.\nana @ valley: /open 1\n"


def votes(item: str, **homes: str) -> str:
    """`mill="ana yes al no"`."""
    lines = ""
    for home, said in homes.items():
        words = said.split()
        lines += "".join(
            f"{one} @ {home}: /vote {item} {choice}\n" for one, choice in zip(words[::2], words[1::2], strict=True)
        )
    return lines


# --- calls


def test_a_call_is_signed_by_mandate_at_home_late_and_struck() -> None:
    """Signatories and refused are the last word of each assembly; the counts are those of the closing (§6.9)."""
    played = play(
        CALL + binds("Mill", 3, "ana al", "valley#1", "yes") + "bea @ valley: /sign 1\n"
        + ratified("valley#1", "yes", ford="bea bo") + "wait 48h\n" + ratified("valley#1", "no", oak="cem cy")
        + "wait 7d\n" + binds("Elm", 4, "dila dan", "valley#1", "yes") + binds("Mill", 4, "ana al", "valley#1", "no")
    )  # fmt: skip
    item = played.item("Valley", 1)
    assert (item["kind"], item["state"], item["decided_by"], item["why"]) == ("call", "closed", None, None)
    assert item["signatories"] == ["Elm", "Ford"]
    assert item["refused"] == ["Mill", "Oak"]
    assert item["no_position"] == []
    assert item["council"]["mandated"] == {"yes": 1, "no": 0, "abstain": 0}
    assert item["council"]["ratified"] == {"yes": 1, "no": 1, "abstain": 0, "none": 1}
    counts_add_up(played, "Valley", 1)
    assert "Signing 1 binds Ford, so Ford itself is asked now, until Sun 10 January" in played.room("valley")
    assert "1 · Open the commons: Elm signs." in played.room("valley")
    assert "1 · Open the commons: Mill does not sign." in played.room("valley")
    assert "Valley 1 · Open the commons: closed. We ratified no (0 to 2)." in played.room("oak")


def test_a_mandate_after_the_signature_asked_for_is_the_last_word() -> None:
    """Elm ratifies the signing its delegate tried, and thinks again before the call closes (§6.9)."""
    elm = FOUR["Elm"]
    played = play(
        CALL + "dila @ valley: /sign 1\n" + ratified("valley#1", "yes", elm=elm)
        + binds("Elm", 4, elm, "valley#1", "no") + "wait 48h\nwait 7d\n"
    )  # fmt: skip
    call = played.item("Valley", 1)
    assert (call["state"], call["signatories"], call["refused"]) == ("closed", [], ["Elm"])
    assert call["council"]["positions"]["Elm"] == {"standing": "mandated", "choice": "no"}
    counts_add_up(played, "Valley", 1)


def test_who_is_bound_to_sign_is_a_signatory_while_the_call_is_open() -> None:
    """§6.9: whoever's yes is mandated or ratified. A mandate can be another one until the closing; an abstention, and a
    delegate's own word, sign nothing."""
    opened = CALL + binds("Mill", 3, "ana al", "valley#1", "yes") + binds("Ford", 3, "bea bo", "valley#1", "no")
    opened += binds("Oak", 3, "cem cy", "valley#1", "abstain") + "dila @ valley: /sign 1\n"
    call = play(opened).item("Valley", 1)
    assert call["state"] == "vote"
    assert (call["signatories"], call["refused"], call["no_position"]) == (["Mill"], ["Ford"], ["Elm", "Oak"])
    opened += ratified("valley#1", "yes", elm=FOUR["Elm"]) + binds("Mill", 4, "ana al", "valley#1", "no")
    call = play(opened).item("Valley", 1)
    assert (call["signatories"], call["refused"], call["no_position"]) == (["Elm"], ["Ford", "Mill"], ["Oak"])
    before = play(confederated(FOUR) + "wait 1h\nana @ valley: /call Open the commons\n> To all.\n").item("Valley", 1)
    assert (before["signatories"], before["refused"], before["no_position"]) == ([], [], [])


def test_nobody_signs_after_the_time_for_it() -> None:
    late = CALL.replace(COUNCIL, COUNCIL + " sign_until=10d") + "wait 48h\nwait 7d\nwait 2d\n"
    played = play(late + binds("Elm", 4, "dila dan", "valley#1", "yes"))
    assert played.item("Valley", 1)["signatories"] == []
    assert sorted(played.item("Valley", 1)["no_position"]) == ["Elm", "Ford", "Mill", "Oak"]


# --- referenda


def test_a_referendum_is_answered_by_everybody_at_home() -> None:
    """By assemblies and by members, both above one half; the delegates have no say in it (§6.10)."""
    played = play(
        confederated(FOUR, COUNCIL + " referendum=now") + "wait 1h\n" + FUND
        + "ana @ valley: /position 1 yes\nana @ mill: /mandate valley#1 yes\n"
        + votes("valley#1", mill="ana yes al yes", ford="bea yes bo yes", oak="cem yes cy yes", elm="dila no")
        + "wait 48h\nana @ valley: /why 1\n"
    )  # fmt: skip
    item = played.item("Valley", 1)
    assert (item["kind"], item["state"], item["decided_by"]) == ("referendum", "adopted", "vote")
    assert item["referendum"] == {
        "assemblies": {"yes": 3, "no": 1, "none": 0}, "members": {"yes": 6, "no": 1, "abstain": 0},
    }  # fmt: skip
    assert "council" not in item
    assert "1 is answered by the members of the assemblies themselves" in played.room("valley")
    assert "a referendum, in discussion in the council" in played.room("mill")
    assert "/mandate Valley#1" not in played.room("mill")
    assert "Assemblies: 3 yes, 1 no, 0 neither, of 4." in played.room("valley")
    assert "Members: 6 yes, 1 no, 0 abstain." in played.room("elm")
    assert played.asked("Elm", "referendum")["state"] == "rejected"
    (asked,) = (one for one in played.heard if one.place == "valley" and "4 assemblies are asked" in one.text)
    assert (asked.buttons, "The members of all these assemblies answer at home." in asked.text) == ((), True)
    assert "Our answer to Valley: no." in played.told("elm", "result")[-1]
    assert "0 of 4 assemblies have reported." in played.told("valley", "reminder")[0]


def test_a_monthly_referendum_waits_for_its_week() -> None:
    """The seven days before the last seven are for debate; the vote is the last seven days of the month."""
    played = play(
        confederated(FOUR, COUNCIL + " referendum=monthly") + "wait 1h\n" + FUND + "at 2027-01-26 12:00\n"
        + votes("valley#1", mill="ana yes al yes", ford="bea yes bo yes", oak="cem yes cy yes")
        + "at 2027-02-01 00:00\n"
    )  # fmt: skip
    item, home = played.item("Valley", 1), played.asked("Mill", "referendum")
    assert (item["state"], item["ended"]) == ("adopted", "2027-02-01T00:00:00Z")
    assert home["vote"]["opened"] == "2027-01-25T00:00:00Z"


def test_who_is_on_two_rolls_has_one_ballot_among_the_members() -> None:
    """The one given where they enrolled first; elsewhere it counts for that assembly's answer only."""
    twice = {"Mill": "ana al", "Ford": "bea al"}
    played = play(
        confederated(twice, COUNCIL + " referendum=now") + "wait 1h\n" + FUND
        + votes("valley#1", mill="ana yes al yes", ford="bea no al no") + "wait 48h\n"
    )  # fmt: skip
    tallies = played.item("Valley", 1)["referendum"]
    assert tallies["assemblies"] == {"yes": 1, "no": 1, "none": 0}
    assert tallies["members"] == {"yes": 2, "no": 1, "abstain": 0}


def test_a_call_is_put_alone_with_the_bot_or_from_home() -> None:
    """Asked of the council in which one acts; where that is more than one, the line to send is shown (§6.9)."""
    two = f"tia @ top: /found Top council {COUNCIL}\n" + confederated({"Mill": "ana al", "Ford": "bea bo"})
    two += "\n".join(decided("Mill", 3, "ana al", "/propose join Top")) + "\nwait 1h\n"
    two += "\n".join(decided("Mill", 4, "ana al", "/propose delegation Top @ana")) + "\nwait 1h\n"
    played = play(
        two + "ana: /call Open the commons\nana: /call valley# Open the commons\n> To all.\n"
        + "bea: /referendum A common fund\n> One part in twenty.\nbea @ ford: /call valley# A feast\n> For all.\n"
        + "al: /call Open the springs\nal: /call valley# Open the springs\n"
    )  # fmt: skip
    assert played.told("@ana", "refusal") == [
        "Which assembly is meant? You belong to Top, Valley. For example: /call top# Open the commons"
    ]
    put_there = [(one["kind"], one["title"], one["text"]) for one in played.assembly("Valley")["items"]]
    assert put_there == [
        ("call", "Open the commons", "To all."), ("referendum", "A common fund", "One part in twenty."),
        ("call", "A feast", "For all."),
    ]  # fmt: skip
    home, there = played.told("@al", "refusal")
    assert home.startswith("/call is for a council.")
    assert there.startswith("Only delegates act here")


# --- double majority, rights, complaints


def test_double_majority_asks_everybody_and_counts_their_ballots() -> None:
    """All four assemblies are heard although three mandates suffice; members as given at home (§6.8)."""
    big = {**FOUR, "Elm": "dila dan dora dirk dean dolf dana"}
    mandates = "".join(binds(name, 3, big[name], "valley#1", "yes") for name in ("Mill", "Ford", "Oak"))
    played = play(
        confederated(big, COUNCIL + " double_majority=yes") + WATER + mandates + "wait 48h\n"
        + ratified("valley#1", "no", elm=big["Elm"]) + "wait 7d\nana @ valley: /why 1\n"
    )  # fmt: skip
    item = played.item("Valley", 1)
    assert (item["state"], item["decided_by"]) == ("rejected", "ratification")
    assert item["council"]["mandated"]["yes"] == 3
    assert item["council"]["members"] == {"yes": 6, "no": 7}
    assert "§6.8 the members: 6 yes, 7 no at home; needed: 2/3 of them → no" in played.room("valley")
    counts_add_up(played, "Valley", 1)


def test_a_complaint_suspends_a_voice_and_nothing_more() -> None:
    """The assembly concerned is heard, not in T and not asked; its own affairs are untouched (§6.14)."""
    complaint = "ana @ valley: /propose complaint Ford suspension They closed the road.\nana @ valley: /open 1\n"
    played = play(
        confederated(FOUR) + "wait 1h\n" + complaint + "bea @ valley: /position 1 no\nwait 48h\n"
        + ratified("valley#1", "yes", mill="ana al", oak="cem cy", elm="dila dan")
        + "wait 7d\nana @ valley: /propose A new roof\nana @ valley: /open 2\nbea @ valley: /position 2 yes\n"
        + "\n".join(decided("Ford", 3, "bea bo", "/propose Paint the door")) + "\n"
    )  # fmt: skip
    item = played.item("Valley", 1)
    assert (item["kind"], item["state"], item["council"]["assemblies"]) == ("complaint", "adopted", 3)
    assert item["council"]["members"] == {"yes": 6, "no": 0}
    assert "Ford has no voice here until" in played.room("valley")
    assert "The voice of your assembly is suspended by item 1" in played.room("valley")
    assert "Ford" not in played.item("Valley", 2)["council"]["positions"]
    assert played.item("Ford", 3)["state"] == "adopted"
    assert not [one for one in played.assembly("Ford")["items"] if one["kind"] == "ratification"
                and one["of_item"] == 1]  # fmt: skip


def test_shared_limits_bind_who_agreed_at_home() -> None:
    rights = "ana @ valley: /propose rights Nobody is put out of their home.\nana @ valley: /open 1\n"
    played = play(
        confederated(FOUR) + "wait 1h\n" + rights + "ana @ mill: /propose rights valley#1\nwait 48h\n"
        + ratified("valley#1", "yes", mill="ana al", ford="bea bo", oak="cem cy")
        + "\n".join(decided("Elm", 4, "dila dan", "/propose rights valley#1"))
    )  # fmt: skip
    assert played.item("Valley", 1)["state"] == "adopted"
    assert "Valley 1 is no rights charter in force." in played.room("mill")
    assert played.item("Elm", 4)["kind"] == "rights"
    assert played.item("Elm", 4)["state"] == "adopted"


# --- what the rooms hear


def test_reports_and_digests_come_home_and_are_asked_for_once_an_hour() -> None:
    played = play(
        VALLEY + binds("Mill", 3, "ana al", "valley#1", "yes") + "dila @ valley: /report Valley We talked long.\n"
        + "bo @ ford: /report Valley I was there too.\nwait 1h\n"
        + "dan @ elm: /relay\ndan @ elm: /relay\nvic @ valley: /relay\n"
        + "ana @ mill: /relay\nwait 7d\n"
    )  # fmt: skip
    assert "dila reports from Valley:\nWe talked long." in played.told("elm")
    assert "I was there too" not in played.room("elm") + played.room("mill")
    asked, *scheduled = played.told("elm", "digest")
    assert asked.startswith("From Valley\nValley 1 · Share the water #water — in a vote, until Sun 3 January")
    assert "mandated yes 1 · silent 3" in asked
    assert "dila reported: We talked long." in asked
    assert len(scheduled) == 1
    assert "We talked long." not in scheduled[0]
    assert "The councils were heard within the hour." in played.room("elm")
    assert "Our mandate: yes (item 3)." in played.told("mill", "digest")[0]


def test_who_has_not_ratified_is_reminded_three_times() -> None:
    played = play(VALLEY + "wait 48h\nwait 7d\n")
    reminders = [one for one in played.told("ford", "reminder") if "ratify" in one]
    assert len(reminders) == 3
    assert all("0 of 2 have answered, 1 is needed" in one for one in reminders)
    assert all(one.endswith("Without us the council counts no position.") for one in reminders)
    (said,) = {one for one in played.told("valley", "reminder") if "days left" in one} or {""}
    assert "0 of 4" not in said or "assemblies that were asked have answered" in said


# --- levels


SEALED = (
    f"tia @ top: /found Top council {COUNCIL}\n" + confederated({"Mill": "ana al", "Ford": "bea bo"})
    + "wait 1h\nana @ valley: /propose join Top\nana @ valley: /open 1\n"
    + binds("Mill", 3, "ana al", "valley#1", "yes") + binds("Ford", 3, "bea bo", "valley#1", "yes") + "wait 48h\n"
    + "ana @ valley: /propose delegation Top @ana\nana @ valley: /open 2\n"
    + binds("Mill", 4, "ana al", "valley#2", "yes") + binds("Ford", 4, "bea bo", "valley#2", "yes") + "wait 48h\n"
    + put("Top", "ana", "A common seal")
)  # fmt: skip
"""Valley sits in Top and sends ana there; Top puts a question."""


def test_a_mandate_for_a_higher_council_is_a_decision_of_the_lower() -> None:
    played = play(
        SEALED + "ana @ valley: /mandate top#1 yes\nana @ valley: /open 3\n"
        + binds("Mill", 5, "ana al", "valley#3", "yes") + binds("Ford", 5, "bea bo", "valley#3", "yes")
        + "al @ mill: /show top#1\nal: /show top#1\nwait 48h\n"
    )  # fmt: skip
    assert played.item("Valley", 3)["decided_by"] == "mandates"
    assert "1 · A common seal" in played.room("@al")


def test_a_question_goes_down_level_by_level_and_the_answer_comes_up() -> None:
    """Nobody mandated: Top asks Valley, Valley its homes at the same instant; their answers are Valley's (§6.7d)."""
    played = play(
        SEALED + "wait 48h\nbo: /pending\n" + ratified("valley#3", "yes", mill="ana al")
        + ratified("valley#3", "yes", ford="bea bo") + "wait 8d\n"
    )  # fmt: skip
    assert "Do we ratify? Valley 3, A common seal" in played.room("@bo")
    assert "Valley itself is asked, by Top, and answers by what its assemblies say." in played.room("ford")
    assert "Our answer to Valley: yes." in played.told("ford", "result")[-1]
    assert "Our answer to Top: yes." in played.told("valley", "result")[-1]
    assert (played.item("Valley", 3)["kind"], played.item("Valley", 3)["decided_by"]) == ("ratification", "vote")
    top = played.item("Top", 1)
    assert (top["state"], top["decided_by"]) == ("adopted", "ratification")
    assert top["council"]["positions"] == {"Valley": {"standing": "ratified", "choice": "yes"}}
    assert "Top 1 · A common seal: adopted by ratification, 1 of 1." in played.room("valley")


def test_what_is_asked_is_shown_at_home_though_it_needs_no_text() -> None:
    """Whom a council sends up, asked at home: who it is, and beside whom (§6.7d)."""
    named = "ana @ valley: /propose delegation Top @bea alternates @ana\nana @ valley: /open 3\nwait 48h\n"
    cards = play(SEALED + named).told("ford", "card")
    (card,) = (one for one in cards if "Do we ratify? Valley 3, Delegation to Top: bea — asked by Valley" in one)
    assert "Alternates: ana." in card


def test_nobody_sits_in_what_sits_in_them() -> None:
    played = play(SEALED + "ana @ top: /propose join Valley\nana @ valley: /propose join Valley\n")
    assert "Valley is this assembly, or below it" in played.told("top", "refusal")[-1]
    assert "Valley is this assembly, or below it" in played.told("valley", "refusal")[-1]


def test_a_person_is_sent_for_one_assembly_in_a_council() -> None:
    """Whoever carries another delegation there is not seated a second time, and home hears why (§6.2)."""
    twice = {"Mill": "ana al", "Ford": "bea ana"}
    named = "\n".join(decided("Ford", 3, "bea ana", "/propose delegation Valley @ana"))
    played = play(confederated(twice) + named + "\n")
    assert "a person carries another delegation there" in played.room("ford")


def test_the_same_words_in_another_prefix_and_case() -> None:
    played = play(VALLEY + "bea @ valley: !Position 1 YES\nbo @ ford: !mandate VALLEY#1 yes\n")
    assert played.item("Valley", 1)["council"]["positions"]["Ford"]["standing"] == "indicative"
    assert played.item("Ford", 3)["kind"] == "mandate"


def test_founding_says_what_a_council_is() -> None:
    played = play("\n".join(["vic @ valley: /found Valley council", *founded("Mill", "ana al"), "ana @ mill: /invite"]))
    assert "How one joins: /invite" in played.room("valley")
    assert "/invite is for a council" in played.room("mill")
