"""An assembly's rules as one versioned value (§2.1, §9)."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from governance.charter import (
    KEYS,
    PRESETS,
    Charter,
    amended,
    draw_up,
    pairs,
    preset_values,
    read_written,
)
from governance.facts import RoundOpened
from governance.refusals import Refused, Why
from governance.terms import Share, digest, parse_duration, show_duration
from tests.house import House

TABLE: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / "cases" / "motion-charter.toml").read_text(encoding="utf-8")
)


def charter_of(**values: str) -> Charter:
    charter = draw_up({**(preset_values("default") or {}), **values}, 1)
    assert isinstance(charter, Charter), charter
    return charter


def refused(**values: str) -> Refused:
    charter = draw_up({**(preset_values("default") or {}), **values}, 1)
    assert isinstance(charter, Refused)
    return charter


@pytest.mark.parametrize("key", TABLE["preset"])
def test_the_presets_are_those_of_the_rule_book(key: str) -> None:
    """Every key of §9's table has its value in each preset, the same value however it is written."""
    for preset, text in zip(PRESETS, TABLE["preset"][key], strict=True):
        values = preset_values(preset)
        assert values is not None
        assert KEYS[key].read(values[key]) == KEYS[key].read(text) is not None, (key, preset)


@pytest.mark.parametrize("case", TABLE["value"], ids=lambda case: f"{case['key']}={case['text']}")
def test_values(case: dict[str, Any]) -> None:
    """Each value is taken or refused as the cases say (§2.1, §9)."""
    found = KEYS[case["key"]].read(case["text"])
    assert (found is not None) is case["taken"]
    if case["taken"]:
        shown = KEYS[case["key"]].show(found)
        assert KEYS[case["key"]].read(shown) == found
    else:
        fault = refused(**{case["key"]: case["text"]})
        assert fault.why is Why.BAD_VALUE
        assert (fault.about["key"], fault.about["value"]) == (case["key"], case["text"])
        assert fault.about["right"] == KEYS[case["key"]].right


def test_a_discussion_may_not_have_to_last_longer_than_it_can() -> None:
    """`discussion_min` ≤ `discussion_max`; equal is right (§2.1)."""
    fault = refused(discussion_min="15d", discussion_max="14d")
    assert (fault.why, fault.about) == (Why.DISCUSSION_WINDOW, {"least": "15d", "most": "14d"})
    assert charter_of(discussion_min="14d", discussion_max="14d").discussion_min == 14 * 86_400


@pytest.mark.parametrize("window", ["round_window", "vote_window"])
def test_the_freeze_is_less_than_the_windows(window: str) -> None:
    """`freeze` less than the windows, both of them; equal is too long (§2.1)."""
    fault = refused(freeze="2h", **{window: "2h"})
    assert (fault.why, fault.about) == (Why.FREEZE_TOO_LONG, {"freeze": "2h", "window": "2h"})
    assert charter_of(freeze="119m", **{window: "2h"}).freeze == 119 * 60


def test_amending_a_charter_makes_the_next_version() -> None:
    """One versioned value; what is not named stays (§2.1)."""
    after = amended(charter_of(), {"rounds": "3", "base": "members"})
    assert isinstance(after, Charter)
    assert (after.version, after.rounds, after.base, after.cooling) == (2, 3, "members", 86_400)


def test_amending_is_checked_as_a_whole() -> None:
    """One wrong value refuses all; a change of nothing is none (§2.1)."""
    assert isinstance(fault := amended(charter_of(), {"rounds": "3", "freeze": "90h"}), Refused)
    assert fault.why is Why.FREEZE_TOO_LONG
    assert isinstance(fault := amended(charter_of(), {"rounds": "2"}), Refused)
    assert fault.why is Why.NOTHING_CHANGES


def test_a_charter_reads_back_as_written() -> None:
    """Facts hold every key as text; reading them gives the same charter (§9)."""
    for preset in PRESETS:
        values = preset_values(preset)
        assert values is not None
        charter = read_written(values, 7)
        assert read_written(charter.written(), 7) == charter
    assert preset_values("huge") is None


def test_a_register_with_a_charter_that_is_none_is_our_own_mistake() -> None:
    """What was checked when it was written cannot be wrong when it is read."""
    with pytest.raises(ValueError, match="not a charter"):
        read_written({**charter_of().written(), "rounds": "many"}, 1)


def test_a_charter_motion_as_text() -> None:
    """`key=value` pairs; anything else is named (§9)."""
    assert pairs("rounds=3  base=members") == {"rounds": "3", "base": "members"}
    for word in ("rounds", "rounds=", "="):
        assert isinstance(fault := pairs(f"base=cast {word}"), Refused)
        assert (fault.why, fault.about) == (Why.NOT_A_PAIR, {"word": word})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("90m", 5400), ("48h", 172_800), ("14d", 1_209_600), ("0", 0),
     ("", None), ("1", None), ("-1h", None), ("1.5h", None), ("48 h", None), ("٤h", None), ("1w", None),
     ("048h", None)],
)
def test_durations(text: str, seconds: int | None) -> None:
    """`30s`, `90m`, `48h`, `14d`, `0` (§9)."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0"), (30, "30s"), (90, "90s"), (5400, "90m"), (86_400, "24h"), (259_200, "72h"), (345_600, "4d")],
)
def test_durations_are_shown_as_charters_write_them(seconds: int, text: str) -> None:
    """§9's own way: hours up to three days, then days."""
    assert show_duration(seconds) == text
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "share"),
    [("2/3", (2, 3)), ("4/6", (4, 6)), ("1", (1, 1)), ("0", (0, 1)), ("60%", (60, 100)), ("60 %", (60, 100)),
     ("1/0", None), ("2", None), ("0.5", None), ("-1/2", None), ("½", None), ("1/2/3", None), ("", None)],
)
def test_shares(text: str, share: tuple[int, int] | None) -> None:
    """Exact fractions (§9)."""
    found = Share.parse(text)
    assert (None if found is None else (found.num, found.den)) == share


def test_shares_are_ordered_by_what_they_are_worth() -> None:
    """4/6 is 2/3; the greater of two thresholds is the greater fraction (§5.9)."""
    assert max(Share(2, 3), Share(3, 4)) == Share(3, 4)
    assert not Share(4, 6) < Share(2, 3)
    assert Share(4, 6) <= Share(2, 3)
    assert [str(Share(2, 3)), str(Share(1, 1))] == ["2/3", "1"]


def test_an_electorate_has_one_fingerprint() -> None:
    """Size and digest are announced; the order of names plays no part (§1)."""
    assert digest(["ben", "ada"]) == digest(["ada", "ben"]) != digest(["ada", "ben", "cy"])
    assert digest([]) == "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"


# --- charter motions


def test_a_charter_motion_is_checked_when_it_is_proposed(house: House) -> None:
    """Values are checked at proposing (§2.1)."""
    house.members("ada", "ben")
    house.refuses(Why.UNKNOWN_KEY, "proposes_charter", "ada", colour="red")
    house.refuses(Why.BAD_VALUE, "proposes_charter", "ada", threshold="1/3")
    house.refuses(Why.FREEZE_TOO_LONG, "proposes_charter", "ada", freeze="72h")
    house.refuses(Why.NOTHING_CHANGES, "proposes_charter", "ada", rounds="1")


def test_an_adopted_charter_motion_changes_the_charter(house: House) -> None:
    """Adoption sets the next version in force (§2.1)."""
    house.members("ada", "ben", "cy").proposes_charter("ada", rounds="3", base="members")
    assert house.item(1).text == "rounds=3 base=members"
    house.agrees("ada ben cy", 1).waits("24h")
    assert (house.stage(1), house.item(1).decided_by) == ("adopted", "consensus")
    charter = house.state.charter
    assert (charter.version, charter.rounds, charter.base) == (2, 3, "members")


def test_a_charter_motion_is_checked_again_when_it_is_adopted(house: House) -> None:
    """What can no longer be done at adoption is rejected as infeasible (§2.1)."""
    house.members("ada", "ben", "cy")
    house.proposes_charter("ada", freeze="30h").proposes_charter("ben", round_window="24h", vote_window="24h")
    house.agrees("ada ben cy", 2).waits("1h").agrees("ada ben cy", 1).waits("25h")
    assert (house.stage(2), house.stage(1), house.why(1)) == ("adopted", "rejected", "infeasible")
    assert (house.item(1).decided_by, house.state.charter.freeze) == ("consensus", 3600)


def test_a_charter_motion_that_others_have_carried_out_meanwhile_is_adopted(house: House) -> None:
    """The assembly adopted it, so it is adopted, though the value is already so (§2.1)."""
    house.members("ada", "ben", "cy").proposes_charter("ada", rounds="3").proposes_charter("ben", rounds="3")
    house.agrees("ada ben cy", 1).agrees("ada ben cy", 2).waits("24h")
    assert (house.stage(1), house.stage(2)) == ("adopted", "adopted")
    assert (house.state.charter.version, house.state.charter.rounds) == (3, 3)


def test_two_charter_motions_add_up(house: House) -> None:
    """Each changes what it names, upon what is in force at its adoption (§2.1)."""
    house.members("ada", "ben", "cy").proposes_charter("ada", rounds="3").proposes_charter("ben", base="members")
    house.agrees("ada ben cy", 1).agrees("ada ben cy", 2).waits("24h")
    assert (house.state.charter.rounds, house.state.charter.base) == (3, "members")


def test_a_motion_keeps_the_charter_of_its_first_question(house: House) -> None:
    """Through all its rounds and the vote, whatever is adopted meanwhile (§2.1)."""
    house.rules(seconds="0", discussion_min="0", rounds="2", quorum_min="1", cooling="24h")
    house.members("ada", "ben", "cy").proposes("ada", "Repair the pump").opens("ada", 1)
    house.proposes_charter("ben", rounds="1", round_window="24h", vote_window="24h", threshold="1", cooling="0")
    house.agrees("ada ben cy", 2).waits("24h")
    assert (house.stage(2), house.state.charter.version) == ("adopted", 2)
    house.blocks("cy", 1).waits("48h").blocks("cy", 1)
    assert house.question(1).round == 2
    house.waits("72h")
    assert house.stage(1) == "cooling"
    house.waits("24h").votes("ada ben", 1, "yes").votes("cy", 1, "no")
    assert (house.question(1).threshold, house.left(1)) == ("2/3", 72 * 3_600_000)
    house.waits("72h")
    assert house.stage(1) == "adopted"
    assert [fact.charter for fact in house.facts(RoundOpened) if fact.item == 1] == [1, 1]


def test_before_its_first_question_a_motion_follows_the_charter_in_force(house: House) -> None:
    """A longer window holds at once for what is still discussed (§2.1)."""
    house.members("ada", "ben", "cy").proposes("ada", "Repair the pump")
    house.proposes_charter("ben", discussion_max="30d", rounds="0").agrees("ada ben cy", 2).waits("24h")
    house.waits("29d", less=1)
    assert house.stage(1) == "discussion"
    house.waits_ms(1)
    assert house.stage(1) == "vote"


def test_a_discussion_cut_short_by_a_new_charter_ends_when_that_is_adopted(house: House) -> None:
    """Its end would lie in the past: it is over now, and what follows has its full window (§2.1, §3.2)."""
    house.members("ada", "ben", "cy").proposes("ada", "Repair the pump").waits("10d")
    house.proposes_charter("ben", discussion_max="5d").agrees("ada ben cy", 2).waits("24h")
    assert house.stage(1) == "round"
    assert (house.question(1).opened, house.left(1)) == (house.now, 72 * 3_600_000)


def test_fewer_seconds_asked_for_begin_the_discussion_of_drafts_that_have_them(house: House) -> None:
    """A draft follows the charter in force: its seconds are met when the charter asks for no more (§2.1, §3)."""
    house.rules(seconds="2", discussion_min="0", rounds="1", quorum_min="1").members("ada", "ben", "cy")
    house.proposes("ada", "Repair the pump").seconds("ben", 1).proposes("cy", "Paint the pump")
    house.proposes_charter("ada", seconds="1").seconds("ben cy", 3).agrees("ada ben cy", 3).waits("24h")
    assert [house.stage(number) for number in (1, 2, 3)] == ["discussion", "draft", "adopted"]


def test_an_amended_charter_motion_sets_the_amended_values(house: House) -> None:
    """The text is what is decided; wrong pairs are refused when they are moved (§2.1, §3.5)."""
    house.members("ada", "ben", "cy").proposes_charter("ada", rounds="3")
    house.refuses(Why.BAD_VALUE, "amends", "ben", 1, "rounds=many")
    house.refuses(Why.NOT_A_PAIR, "amends", "ben", 1, "three rounds")
    house.refuses(Why.NOTHING_CHANGES, "amends", "ben", 1, "rounds=1")
    house.refuses(Why.NOT_MINOR, "mends", "ben", 1, "rounds=4")
    house.amends("ben", 1, "rounds=4 base=members").accepts("ada", 1, "a").agrees("ada ben cy", 1).waits("24h")
    assert (house.state.charter.rounds, house.state.charter.base) == (4, "members")
