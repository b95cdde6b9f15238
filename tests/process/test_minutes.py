"""The minutes as data keep their keys to the letter; as text they hold every count."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.minutes import iso, minutes, readable
from governance import commands as c
from tests.process.meeting import BEGIN, ID, Meeting, after_a_vote


def data(meeting: Meeting) -> dict[str, Any]:
    """As it comes out of a file."""
    written: dict[str, Any] = json.loads(json.dumps(minutes([meeting.state], meeting.sources())))
    return written["assemblies"]["Green_Hill"]


def test_the_assembly() -> None:
    meeting = after_a_vote()
    green_hill = data(meeting)
    assert green_hill["id"] == ID
    assert green_hill["kind"] == "base"
    assert green_hill["charter"]["version"] == 1
    assert green_hill["charter"]["threshold"] == "2/3"
    assert green_hill["register"] == {"size": 48, "head": "5c1e" + "0" * 56 + "9b02"}
    assert green_hill["members"] == ["ana", "ben", "cem", "dila", "elif"]
    assert green_hill["principles"][0]["number"] == 1
    assert (green_hill["roles"], green_hill["delegations"]) == ([], {})


def test_a_motion_decided_by_vote() -> None:
    (item,) = data(after_a_vote())["items"]
    assert {key: item[key] for key in ("number", "kind", "title", "text", "version", "proposer", "state",
                                       "decided_by", "why")} == {
        "number": 1, "kind": "motion", "title": "Repair the pump", "text": "The pump and its pipes, before winter.",
        "version": 2, "proposer": "ana", "state": "adopted", "decided_by": "vote", "why": None,
    }  # fmt: skip
    assert [{key: one[key] for key in ("round", "version", "electorate", "agree", "reserve", "aside", "block", "pass",
                                       "outcome")} for one in item["rounds"]] == [
        {"round": number, "version": 1, "electorate": 5, "agree": 2, "reserve": 0, "aside": 1, "block": 1, "pass": 0,
         "outcome": "blocked"}
        for number in (1, 2)
    ]  # fmt: skip
    assert {key: item["vote"][key] for key in ("electorate", "yes", "no", "abstain", "base", "threshold")} == {
        "electorate": 5, "yes": 3, "no": 1, "abstain": 0, "base": "cast", "threshold": "2/3",
    }  # fmt: skip
    (rival,) = item["rivals"]
    assert (rival["letter"], rival["text"]) == ("a", "The pump and its pipes, before winter.")
    assert (rival["vote"]["yes"], rival["vote"]["no"], rival["vote"]["electorate"]) == (3, 0, 5)


def test_names_reasons_and_statements_are_kept() -> None:
    (item,) = data(after_a_vote())["items"]
    assert {"by": "dila", "position": "block", "principle": 1, "reason": "we would owe money"} in (
        item["rounds"][0]["reasons"]
    )
    assert {"by": "cem", "position": "aside", "principle": None, "reason": "I will be away."} in (
        item["rounds"][0]["reasons"]
    )
    assert item["vote"]["answers"][0] == {"by": "ana", "choice": "yes", "mark": "8f3a21c0"}
    assert item["statements"] == [{"by": "dila", "text": "No debts."}]


def test_keys_that_do_not_apply_are_absent_or_null() -> None:
    (item,) = data(Meeting().found("ana", "ben", "cem").proposes("ana", "The pump"))["items"]
    assert (item["state"], item["decided_by"], item["why"], item["vote"]) == ("draft", None, None, None)
    assert (item["rounds"], item["rivals"], item["runoff"], item["repealed_by"]) == ([], [], None, None)
    assert not {"council", "referendum", "election", "draw", "repeals"} & item.keys()


@pytest.mark.parametrize(
    ("commands", "wait", "state", "why"),
    [
        ([], "14d", "lapsed", "unseconded"),
        ([c.Withdraw("ana", 1)], "24h", "withdrawn", None),
        ([c.Pause("ana", 1)], "0", "paused", None),
        ([c.Leave("ana")], "0", "orphaned", None),
    ],
)
def test_states_and_reasons(commands: list[c.Command], wait: str, state: str, why: str | None) -> None:
    meeting = Meeting().found("ana", "ben", "cem").proposes("ana", "The pump")
    if any(isinstance(one, c.Pause) for one in commands):
        meeting.does(c.Second("ben", 1))
    for command in commands:
        meeting.does(command)
    (item,) = data(meeting.wait(wait))["items"]
    assert (item["state"], item["why"]) == (state, why)


def test_a_deferred_motion_says_why() -> None:
    meeting = Meeting().found("ana", "ben", "cem", preset="small", rounds="1").proposes("ana", "The pump")
    meeting.does(c.Open("ana", 1)).takes("agree", 1, "ana", "ben").blocks("cem", 1, "debts").wait("24h")
    (item,) = data(meeting)["items"]
    assert (item["state"], item["why"], item["decided_by"]) == ("deferred", "blocked", None)


def test_each_kind_says_what_it_is_about() -> None:
    meeting = Meeting().found("ana", "ben", "cem", "dila", preset="small")
    meeting.proposes("ana", "", "", "charter", rounds="1").proposes("ana", "", "Water\nis nobody's", "principle")
    meeting.proposes("ana", "", "He sold the tools.", "exclusion", person="dila")
    for item in (1, 2):
        meeting.does(c.Open("ana", item)).takes("agree", item, "ana", "ben", "cem", "dila")
    meeting.does(c.Open("ana", 3)).votes("yes", 3, "ana", "ben", "cem")
    meeting.proposes("ana", "", "", "repeal", item=2).does(c.Open("ana", 4)).takes("agree", 4, "ana", "ben", "cem")
    meeting.does(c.Join("dila"))
    items = data(meeting)["items"]
    assert [(one["kind"], one["title"]) for one in items] == [
        ("charter", "rounds=1"), ("principle", "Water"), ("exclusion", "dila"), ("repeal", "2"), ("admission", "dila"),
    ]  # fmt: skip
    assert items[0]["values"] == {"rounds": "1"}
    assert items[1]["principle"] == 2
    assert items[2]["person"] == "dila"
    assert (items[3]["repeals"], items[1]["repealed_by"]) == (2, 4)
    assert [one["decided_by"] for one in items[:4]] == ["consensus", "consensus", "vote", "consensus"]


def test_a_run_off_counts_by_letter() -> None:
    meeting = Meeting().found("ana", "ben", "cem", preset="small", rounds="0", early_close="no")
    meeting.proposes("ana", "The pump", "one").does(c.Amend("ben", 1, "two")).does(c.PutRival("ben", 1, "a"))
    meeting.does(c.Open("ana", 1)).votes("yes", 1, "ana", "cem").votes("yes", 1, "ana", "cem", letter="a").wait("24h")
    assert data(meeting)["items"][0]["runoff"] is None
    meeting.votes("yes", 1, "ana", letter="a").votes("yes", 1, "cem").votes("yes", 1, "ben", letter="a").wait("24h")
    (item,) = data(meeting)["items"]
    assert (item["runoff"]["chosen"], item["runoff"]["text"]) == ({"a": 2, "original": 1}, "a")
    assert item["vote"]["yes"] == 2


def test_what_is_open_says_when_it_closes() -> None:
    meeting = Meeting().found("ana", "ben", "cem").opened("ana", "The pump")
    assert data(meeting)["items"][0]["closes"] == "2026-03-08T18:00:00Z"
    meeting.does(c.Pause("ana", 1))
    assert data(meeting)["items"][0]["closes"] is None


def test_items_stand_in_order_of_number_and_assemblies_under_their_names() -> None:
    meeting = Meeting().found("ana", "ben", "cem").proposes("ana", "One").proposes("ben", "Two")
    assert [one["number"] for one in data(meeting)["items"]] == [1, 2]
    assert minutes([], meeting.sources()) == {"assemblies": {}}


@given(st.integers(0, 4_000_000_000_000))
def test_times_are_iso_8601_in_utc(instant: int) -> None:
    shown = iso(instant)
    assert shown
    assert shown.endswith("Z")
    assert (len(shown) == 20) == (instant % 1000 == 0)
    assert iso(BEGIN) == "2026-03-03T18:00:00Z"
    assert iso(BEGIN + 7) == "2026-03-03T18:00:00.007Z"
    assert iso(None) is None


# --- to be read


def test_the_text_holds_the_whole_count_the_names_and_the_statements() -> None:
    meeting = after_a_vote().proposes("ana", "Let go", "word " * 400).does(c.Withdraw("ana", 2)).wait("24h")
    meeting.proposes("ana", "Later")
    text = readable([meeting.state], meeting.sources(), meeting.voice())
    assert text.startswith(
        "Green Hill\n==========\nFounded Tue 3 March 18:00. 5 on the roll. Charter version 1. Register 48 · 5c1e"
    )
    for line in (
        "1 · Repair the pump — adopted by vote\n-------------------------------------\nmotion by Ana",
        "The pump and its pipes, before winter.",
        "§5.3 enough yes? 3 of 4 cast = 75.0 %; needed: 2/3 → yes",
        "Round 1, by name: Ana agree (8f3a21c0), Ben agree (8f3a21c0), Cem stand aside (8f3a21c0)",
        "Vote on 1a, by name: Dila yes (8f3a21c0)",
        "Statement by Dila: No debts.",
        "2 · Let go — withdrawn",
        "Its proposer let it go, and nobody took it over in 24 hours.",
        "3 · Later — waiting for support",
    ):
        assert line in text
    assert ("word " * 400).strip() in text


def test_a_repealed_item_is_marked_in_the_text() -> None:
    meeting = Meeting().found("ana", "ben", preset="small").proposes("ana", "The pump").does(c.Open("ana", 1))
    meeting.takes("agree", 1, "ana", "ben").proposes("ben", "", "", "repeal", item=1).does(c.Open("ben", 2))
    text = readable([meeting.takes("agree", 2, "ana", "ben").state], meeting.sources(), meeting.voice())
    assert "Repealed by 2." in text
