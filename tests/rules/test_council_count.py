"""The golden cases of §6.7, §6.8 and §6.10, and what makes an outcome certain."""

import tomllib
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance import council_count as count
from governance.charter import draw_up, preset_values
from governance.council_count import Rule, Tally
from governance.referendum import result
from governance.terms import Share
from governance.ties import MANDATED, NO_POSITION, SILENT, Counsel, Ratified, Report, Voice

CASES = Path(__file__).parent / "cases"


def cases(name: str) -> list[Any]:
    return [pytest.param(one, id=one["name"]) for one in tomllib.loads((CASES / name).read_text())["case"]]


def voices(case: dict[str, Any]) -> dict[str, Voice]:
    kinds = [("yes", MANDATED), ("no", MANDATED), ("abstain", MANDATED), ("away", NO_POSITION)]
    all_of = [Voice(standing, choice) for choice, standing in kinds for _ in range(case.get(choice, 0))]
    all_of += [Voice(SILENT)] * (case["assemblies"] - len(all_of))
    if all_of and all_of[0].standing == MANDATED:
        all_of[0] = Voice(MANDATED, all_of[0].position, 1, False, case.get("for_it", 0), case.get("against", 0))
    return {f"a{index:02}": voice for index, voice in enumerate(all_of)}


@pytest.mark.parametrize("case", cases("council-count.toml"))
def test_golden_case(case: dict[str, Any]) -> None:
    share = Share.parse(case["share"])
    assert share is not None
    rule, heard = Rule(share, case["base"], case.get("double", False)), voices(case)
    out = frozenset(one for one, voice in heard.items() if voice.standing == NO_POSITION)
    tally = count.tally_of(heard, out)
    assert count.by_mandates(tally, rule) == case["by_mandates"]
    if "final" in case:
        choices = [word for word, times in zip(("yes", "no", "abstain"), case["answered"], strict=True)
                   for _ in range(times)]
        ratified = {f"r{index}": Ratified(choice, 0, 0, 1, 0) for index, choice in enumerate(choices)}
        assert count.after_ratification(count.with_answers(tally, ratified), rule) == (
            case["final"], case.get("why", "")
        )


@pytest.mark.parametrize("case", cases("council-referendum.toml"))
def test_golden_referendum(case: dict[str, Any]) -> None:
    values = {"referendum_majority": case["majority"], "referendum_threshold": case.get("threshold", "1/2")}
    charter = draw_up({**(preset_values("default") or {}), **values}, 1)
    reports = {
        f"b{index}": Report(answer, yes, no, abstain, yes, no, abstain, electorate, 0)
        for index, (answer, yes, no, abstain, electorate) in enumerate(case["reports"])
    }
    bases = (*reports, *(f"n{index}" for index in range(case.get("none", 0))))
    found = result(Counsel(bases=bases, reports=reports), charter)  # type: ignore[arg-type]  # a charter
    assert (found.outcome, found.why) == (case["outcome"], case.get("why", ""))
    assert found.assemblies == case.get("assemblies", found.assemblies)
    assert found.members == case.get("members", found.members)


RULES = st.builds(
    Rule, st.sampled_from([Share(1, 2), Share(2, 3), Share(3, 4), Share(1, 1)]), st.sampled_from(["all", "stated"]),
    st.just(value=False), st.booleans(),
)
SMALL = st.integers(0, 4)


def ends(tally: Tally, rule: Rule, missing: int) -> set[tuple[str, str]]:
    """Every way the missing answers can come in, one by one."""
    outcomes = set()
    for yes, no, abstain in product(range(missing + 1), repeat=3):
        if yes + no + abstain <= missing:
            one = Tally(tally.assemblies, tally.yes + yes, tally.no + no, tally.abstain + abstain, 0, 0, 0)
            outcomes.add(count.after_ratification(one, rule))
    return outcomes


@settings(max_examples=300, deadline=None)
@given(RULES, SMALL, SMALL, SMALL, SMALL, SMALL)
def test_certain_is_certain(rule: Rule, yes: int, no: int, abstain: int, missing: int, none: int) -> None:
    """An outcome is declared exactly when no answer still missing can change it (§6.7d)."""
    tally = Tally(yes + no + abstain + missing + none, yes, no, abstain, 0, 0, 0)
    assert count.is_certain(tally, rule, missing, answers=False) == (len(ends(tally, rule, missing)) == 1)


@settings(max_examples=300, deadline=None)
@given(RULES, SMALL, SMALL, SMALL, SMALL, SMALL)
def test_a_certain_answer_is_certain(rule: Rule, yes: int, no: int, abstain: int, missing: int, none: int) -> None:
    """A council that is asked answers exactly when what it answers cannot change (§6.7d)."""
    rule = Rule(rule.threshold, rule.base, double=False, quorum=True)
    tally = Tally(yes + no + abstain + missing + none, yes, no, abstain, 0, 0, 0)
    answers = set()
    for more in product(range(missing + 1), repeat=3):
        if sum(more) <= missing:
            one = Tally(tally.assemblies, yes + more[0], no + more[1], abstain + more[2], 0, 0, 0)
            answers.add(count.answer_of(one, count.after_ratification(one, rule)[0]))
    assert count.is_certain(tally, rule, missing, answers=True) == (len(answers) == 1)


@settings(max_examples=300, deadline=None)
@given(RULES, SMALL, SMALL, SMALL, SMALL)
def test_by_mandates_is_never_reversed(rule: Rule, yes: int, no: int, abstain: int, pending: int) -> None:
    """What the mandates decide, no ratification could have decided otherwise (§6.7c, §6.7e)."""
    tally = Tally(yes + no + abstain + pending, yes, no, abstain, pending, 0, 0)
    plain = Rule(rule.threshold, rule.base, double=False)
    decided = count.by_mandates(tally, plain)
    if tally.assemblies and decided == "adopted":
        assert ends(tally, plain, pending) == {("adopted", "")}
    elif decided == "rejected":
        assert ("adopted", "") not in ends(tally, plain, pending)


def test_a_double_majority_is_not_passed_before_the_last_answer() -> None:
    """How many vote at home is open until then (§6.8)."""
    rule = Rule(Share(2, 3), "all", double=True)
    assert not count.is_certain(Tally(3, 2, 0, 0, 0, 9, 0), rule, 1, answers=False)
    assert count.is_certain(Tally(3, 0, 2, 0, 0, 9, 0), rule, 1, answers=False)
    assert count.is_certain(Tally(3, 2, 1, 0, 0, 9, 0), rule, 0, answers=False)


def test_what_a_council_that_is_asked_answers() -> None:
    """Yes, no, abstain, or no position (§6.7d)."""
    assert count.answer_of(Tally(4, 3, 0, 0, 0, 0, 0), "adopted") == "yes"
    assert count.answer_of(Tally(4, 1, 2, 0, 0, 0, 0), "rejected") == "no"
    assert count.answer_of(Tally(4, 1, 1, 0, 0, 0, 0), "rejected") == "abstain"
    assert count.answer_of(Tally(4, 0, 1, 0, 0, 0, 0), "lapsed") == ""
    # who abstains has answered
    assert count.answer_of(Tally(4, 0, 1, 1, 0, 0, 0), "rejected") == "no"
    # rejected is certain, whether it is no or abstain is not
    rule = Rule(Share(1, 1), "all", double=False, quorum=True)
    assert count.is_certain(Tally(4, 1, 1, 0, 0, 0, 0), rule, 1, answers=False)
    assert not count.is_certain(Tally(4, 1, 1, 0, 0, 0, 0), rule, 1, answers=True)
