"""The golden cases: what a count comes to, as a delegate can read it and contest it (tests/rules/cases)."""

import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest

from governance.charter import Charter, draw_up, preset_values
from governance.closing import vote_outcome
from governance.counting import VoteRule, count_round, count_vote, texts_are_certain, vote_is_certain
from governance.decision import Ballot
from governance.motion import Item, Kind, Question, Stage, question_id
from governance.refusals import Refused, Why
from governance.terms import Share
from tests.house import BallotBox, House

CASES = Path(__file__).parent / "cases"


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((CASES / name).read_text(encoding="utf-8"))["case"]
    return found


def label(case: dict[str, Any]) -> str:
    return str(case["source"])[:60]


def charter_of(case: dict[str, Any]) -> Charter:
    values = preset_values(case.get("preset", "default"))
    assert values is not None
    charter = draw_up({**values, **case.get("charter", {})}, 1)
    assert isinstance(charter, Charter), charter
    return charter


def share(text: str) -> Share:
    found = Share.parse(text)
    assert found is not None
    return found


def rule_of(case: dict[str, Any], quorum_min: str) -> VoteRule:
    return VoteRule(
        share(case.get("threshold", "2/3")), case.get("base", "cast"), share(case.get("vote_quorum", "1/3")),
        int(case.get("quorum_min", quorum_min)),
    )


def given(case: dict[str, Any], *choices: str) -> dict[str, int]:
    return {choice: case[choice] for choice in choices if case.get(choice)}


@pytest.mark.parametrize("case", cases("motion-round.toml"), ids=label)
def test_a_round_comes_to(case: dict[str, Any]) -> None:
    """§4.1–4.5, in this order."""
    tally = given(case, "agree", "reserve", "aside", "block", "pass")
    count = count_round(tally, case["electorate"], charter_of(case))
    assert count.outcome == case["outcome"]
    assert [step.passed for step in count.steps[:-1]] == [True] * (len(count.steps) - 1)
    assert count.steps[-1].passed is (count.outcome == "consensus")
    assert [step.article for step in count.steps] == ["4.1", "4.2", "4.3", "4.4"][: len(count.steps)]


@pytest.mark.parametrize("case", cases("motion-vote.toml"), ids=label)
def test_a_vote_comes_to(case: dict[str, Any]) -> None:
    """§5.1–5.3, in this order; §5.6."""
    tally, rule = given(case, "yes", "no", "abstain"), rule_of(case, "3")
    count = count_vote(tally, case["electorate"], rule)
    assert count.outcome == case["outcome"]
    assert count.steps[-1].passed is (count.outcome == "adopted")
    assert [step.article for step in count.steps] == ["5.1", "5.2", "5.3"][: len(count.steps)]
    assert vote_is_certain(tally, case["electorate"], rule) is case["certain"]
    # a text alone is a case of several
    assert texts_are_certain({"": tally}, case["electorate"], rule) is case["certain"]


def test_a_count_shows_its_arithmetic() -> None:
    """Every number that was compared, and of what it is a part (§4, §5.5)."""
    round_ = count_round(
        {"agree": 4, "reserve": 2, "aside": 1, "pass": 2}, 30, charter_of({"charter": {"round_quorum": "1/5"}})
    )
    assert [(step.article, step.test, dict(step.numbers)) for step in round_.steps] == [
        ("4.1", "quorum", {"part": 9, "needed": 6, "of": 30, "share": "1/5"}),
        ("4.2", "blocks", {"block": 0, "allowed": 0}),
        ("4.3", "support", {"support": 6, "needed": 2}),
        ("4.4", "stand_asides", {"aside": 1, "of": 7, "share": "1/3"}),
    ]
    vote = count_vote({"yes": 22, "no": 6, "abstain": 2}, 60, rule_of({"vote_quorum": "1/2"}, "3"))
    assert [(step.article, step.test, dict(step.numbers)) for step in vote.steps] == [
        ("5.1", "quorum", {"part": 30, "needed": 30, "of": 60, "share": "1/2"}),
        ("5.2", "votes", {"yes": 22, "no": 6}),
        ("5.3", "threshold", {"yes": 22, "of": 28, "base": "cast", "share": "2/3"}),
    ]


@pytest.mark.parametrize("case", cases("motion-texts.toml"), ids=label)
def test_several_texts_come_to(case: dict[str, Any]) -> None:
    """§3.7; §5.6."""
    tallies = {
        "" if name == "original" else name: dict(zip(("yes", "no", "abstain"), ballots, strict=True))
        for name, ballots in case["texts"].items()
    }
    outcome, texts = outcome_of(tallies, case)
    named = [text or "original" for text in texts]
    becomes = case["becomes"]
    if isinstance(becomes, list):
        assert (outcome, named) == ("runoff", becomes)
    elif becomes in ("rejected", "lapsed"):
        assert (outcome, named) == (becomes, [])
    else:
        assert (outcome, named) == ("adopted", [becomes])
    assert texts_are_certain(tallies, case["electorate"], rule_of(case, "1")) is case["certain"]


def outcome_of(tallies: dict[str, dict[str, int]], case: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """What becomes of these tallies, counted as a vote of an item would be."""
    box = BallotBox()
    for letter, tally in tallies.items():
        choices = [choice for choice, number in tally.items() for _ in range(number)]
        for index, choice in enumerate(choices):
            box.put(Ballot(question_id(1, 1, letter), f"m{index}", choice, 0))
    electorate = frozenset(f"m{index}" for index in range(case["electorate"]))
    question = Question(
        1, 0, 1, electorate, 0, 1, 1, tuple(tallies), threshold=case.get("threshold", "2/3"),
        base=case.get("base", "cast"),
    )
    item = Item(1, Kind.MOTION, "", "", 1, "ada", {}, 0, Stage.VOTE, 0, question=question)
    return vote_outcome(item, question, charter_of({"charter": {"quorum_min": case.get("quorum_min", "1")}}), box)


# --- lives, told as in a chat

VERBS = {
    "agree": "agrees", "reserve": "reserves", "aside": "stands_aside", "second": "seconds", "open": "opens",
    "withdraw": "withdraws", "takeover": "takes_over", "pause": "pauses", "resume": "resumes", "amend": "amends",
    "minor": "mends", "object": "objects", "accept": "accepts", "rival": "puts_rival", "statement": "explains",
    "pass": "passes", "vote": "votes", "block": "blocks", "join": "joins", "leave": "leaves",
    "link": "merges",
}  # fmt: skip


def play(house: House, line: str) -> None:
    """One line: `wait 36h`, or `ada: /agree 1`, or `ada, ben: …` for several; `ada: /link ben`: they are one."""
    if line.startswith("wait "):
        house.waits(line.removeprefix("wait "))
        return
    people, _, said = line.partition(": /")
    words = said.split()
    verb, rest = words[0], words[1:]
    for by in people.split(", "):
        if verb == "propose":
            propose(house, by, rest)
            continue
        if verb in ("join", "leave", "link"):
            args: list[Any] = rest
        else:
            number = rest[0].rstrip("abcdefghijklmnopqrstuvwxyz")
            letter, args = rest[0][len(number):], [int(number)]
            if verb == "vote":
                args += [rest[1], letter]
            elif verb == "block":
                args += [*rest[1:2], " ".join(rest[2:])] if rest[1:] else ["", ""]
            elif letter:
                args.append(letter)
            elif rest[1:]:
                args.append(" ".join(rest[1:]))
        getattr(house, VERBS[verb])(by, *args)


def propose(house: House, by: str, words: list[str]) -> None:
    if words[0] == "charter":
        house.proposes_charter(by, **dict(word.split("=") for word in words[1:]))
    elif words[0] == "principle":
        house.proposes_principle(by, " ".join(words[1:]))
    elif words[0] == "exclusion":
        house.proposes_exclusion(by, words[1].removeprefix("@"), " ".join(words[2:]))
    elif words[0] == "repeal":
        house.proposes_repeal(by, int(words[1]))
    else:
        house.proposes(by, " ".join(words))


@pytest.mark.parametrize("case", cases("motion-life.toml"), ids=label)
def test_a_life(case: dict[str, Any]) -> None:
    """A chat played to its end comes to the stages that the case names (§3)."""
    house = House().rules(case.get("preset", "default"), **case.get("charter", {}))
    house.members(*case["members"])
    for line in case["chat"]:
        said, refused, why = line.partition("  -- refused: ")
        if refused:
            with pytest.raises(AssertionError):
                play(house, said)
            assert isinstance(house.refusal, Refused)
            assert house.refusal.why is Why(why)
        else:
            play(house, line)
    for number, expected in case["items"].items():
        item = house.item(int(number))
        shown = [item.stage.value, *filter(None, [item.decided_by, item.why])]
        assert shown == shlex.split(expected), (number, house.minutes(int(number)))
    if "rounds" in case:
        assert house.outcomes(1) == case["rounds"]
    if "text" in case:
        assert house.item(1).text == case["text"]
    if "roll" in case:
        assert sorted(house.roll) == sorted(case["roll"])
