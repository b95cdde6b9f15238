"""Councils of councils: mandates up, questions down, answers up, results home (§6.7d, §6.11, §6.12)."""

import pytest

from governance import commands as c
from governance import facts as f
from governance.refusals import Why
from governance.terms import DAY
from tests.confederation import Confederation, settle


def nested(council: dict[str, str] | None = None, valley: dict[str, str] | None = None) -> Confederation:
    """Region has Port and Valley as members; Valley has Mill, Ford and Hill, and sends dila of Ford."""
    commune = settle(Confederation(), valley).council("Region", **{"admission": "open", **(council or {})})
    commune.base("Port", "pia paul").joins("Port", "Region").sends("Port", "Region", "pia")
    up(commune, "join", council="region")
    up(commune, "delegation", council="region", delegates=["dila"], rolls={"dila": "ford", "gül": "hill"})
    return commune


def up(commune: Confederation, kind: str, *yes: str, **terms: object) -> int:
    """Valley decides by the mandates of its members."""
    commune.proposes("ana", "Valley", kind, **terms)
    number = commune.state("Valley").last_item
    commune.opens("ana", "Valley", number)
    for name in yes or ("Mill", "Ford", "Hill"):
        commune.mandates(name, "Valley", number, "yes")
    commune.waits("14d")
    return number


@pytest.fixture
def commune() -> Confederation:
    return nested().puts("pia", "Region", "One sea")


def test_a_mandate_for_a_higher_council_is_a_decision_of_the_lower_one():
    """By the same §6.7 (§6.11)."""
    commune = nested({"vote_window": "20d"}).puts("pia", "Region", "One sea")
    number = up(commune, "mandate", "Mill", "Ford", council="region", item=1, choice="yes", version=1)
    assert commune.stage("Valley", number) == "adopted"
    commune.mandates("Port", "Region", 1, "yes").waits("6d")
    assert commune.item("Region", 1).decided_by == "mandates"
    # the result comes down to those who sent it up
    heard = commune.facts("Mill", f.ResultHeard)[-1]
    assert (heard.council, heard.item, heard.origin, heard.origin_item, heard.stage) == (
        "valley", number, "region", 1, "adopted",
    )
    commune.checks()


def test_a_council_that_is_asked_asks_its_own(commune: Confederation):
    """At the same instant, to the same instant; all its members are pending (§6.7d)."""
    commune.mandates("Port", "Region", 1, "yes").states("dila", "Region", 1, "yes").waits("14d")
    number = commune.asked("Valley")
    item = commune.item("Valley", number)
    assert (item.stage.value, set(item.counsel.asked)) == ("ratification", {"mill", "ford", "hill"})
    closes = commune.now + 14 * DAY
    for name in ("Mill", "Ford", "Hill"):
        home = commune.item(name, commune.asked(name))
        assert (home.question.closes, home.terms["origin"], home.terms["origin_item"]) == (closes, "region", 1)
    commune.ratifies("Mill", yes="ana ben").ratifies("Ford", yes="dila emre")
    assert commune.stage("Valley", number) == "adopted"
    assert commune.item("Region", 1).decided_by == "ratification"
    commune.ratifies("Hill", no="gül hakan").waits("14d").checks()
    assert commune.item("Valley", number).counsel.ratified["hill"].choice == "no"


@pytest.mark.parametrize(("answers", "choice"), [
    ({"Mill": "no", "Ford": "no"}, "no"),
    ({"Mill": "yes", "Ford": "no"}, "abstain"),
    ({"Mill": "no"}, ""),
    ({}, ""),
])
def test_what_a_council_answers(commune: Confederation, answers: dict[str, str], choice: str):
    """Its quorum is half of T (§6.7d)."""
    commune.waits("14d")
    for name, answer in answers.items():
        people = sorted(commune.state(name).roll)
        commune.ratifies(name, **{answer: " ".join(people)})
    commune.waits("14d")
    assert commune.item("Region", 1).counsel.ratified["valley"].choice == choice
    commune.checks()


def test_the_sums_climb_with_the_answers():
    """Where members are counted above, nothing below closes before all ballots are in (§6.8)."""
    commune = nested({"double_majority": "yes", "council_threshold": "1/2"}).puts("pia", "Region", "One sea")
    commune.mandates("Port", "Region", 1, "yes").waits("14d")
    number = commune.asked("Valley")
    for name in ("Mill", "Ford", "Hill"):
        people = sorted(commune.state(name).roll)
        commune.ratifies(name, yes=" ".join(people[:2]), no=people[2])
    assert commune.stage("Valley", number) == "ratification"
    commune.waits("14d")
    answer = commune.item("Region", 1).counsel.ratified["valley"]
    assert (answer.choice, answer.yes, answer.no) == ("yes", 6, 3)
    assert commune.stage("Region", 1) == "adopted"
    commune.checks()


def test_the_sums_climb_with_a_mandate():
    """A lower council's mandate waits for all its answers too (§6.8)."""
    commune = nested({"double_majority": "yes", "vote_window": "40d"}).puts("pia", "Region", "One sea")
    number = up(commune, "mandate", "Mill", council="region", item=1, choice="no", version=1)
    assert commune.stage("Valley", number) == "ratification"
    commune.ratifies("Ford", yes="dila emre").ratifies("Hill", yes="gül", no="hakan ipek").waits("14d")
    assert commune.stage("Valley", number) == "adopted"
    tie = commune.state("Region").ties.members["valley"]
    assert (tie.mandates[0].choice, tie.mandates[0].yes, tie.mandates[0].no) == ("no", 2, 6)
    commune.checks()


def test_a_mandate_under_way_in_the_lower_council():
    """Adopted by the closing instant it is the answer; what the members were asked goes on unanswered (§6.7d)."""
    commune = nested().puts("pia", "Region", "One sea").waits("6d")
    commune.proposes("ana", "Valley", "mandate", council="region", item=1, choice="no", version=1)
    motion = commune.state("Valley").last_item
    commune.opens("ana", "Valley", motion).waits("8d")
    number = commune.asked("Valley")
    for name in ("Mill", "Ford", "Hill"):
        commune.mandates(name, "Valley", motion, "yes")
        commune.ratifies(name, yes=" ".join(sorted(commune.state(name).roll)))
    assert commune.stage("Valley", number) == "ratification"
    commune.waits("6d")
    assert (commune.stage("Valley", motion), commune.stage("Valley", number)) == ("adopted", "withdrawn")
    assert commune.item("Region", 1).counsel.ratified["valley"].choice == "no"
    commune.waits("14d").checks()


def test_a_lower_council_that_leaves_or_ends_while_it_is_asked(commune: Confederation):
    """What it asked of its members is over for the council above (§6.1)."""
    commune.waits("14d")
    number = commune.asked("Valley")
    for name in ("Mill", "Ford", "Hill"):
        commune.quits(name, "Valley")
    assert (commune.item("Valley", number).why, commune.state("Valley").ties.dissolved) == ("no_quorum", True)
    assert list(commune.state("Region").roll) == ["port"]
    assert commune.item("Region", 1).counsel.ratified["valley"].choice == ""
    commune.waits("14d").checks()


def test_one_person_sent_up_level_by_level():
    """And recalled from under what they indicated (§6.2, §6.5)."""
    commune = nested({"vote_window": "40d"}).puts("pia", "Region", "One sea").states("dila", "Region", 1, "yes")
    commune.puts("ana", "Valley", "Water").states("dila", "Valley", 3, "yes")
    commune.proposes("emre", "Ford", "recall", "", "two hats", person="dila", council="valley")
    number = commune.state("Ford").last_item
    commune.does("Ford", c.Second("fatma", number)).votes("Ford", number, yes="emre fatma")
    # recalled from Valley, not from Region: that seat is Valley's
    assert commune.state("Valley").ties.members["ford"].delegation.delegates == ()
    assert commune.state("Region").ties.members["valley"].delegation.delegates == ("dila",)
    assert ("ford", "dila") not in commune.item("Valley", 3).counsel.answers
    assert ("valley", "dila") in commune.item("Region", 1).counsel.answers
    commune.checks()


def test_who_a_council_may_send(commune: Confederation):
    """Persons on the roll of a base assembly below it, as the directory says which (§6.2)."""
    for terms in ({}, {"rolls": {"pia": "port"}}):
        commune.refuses(
            Why.NOT_ON_A_ROLL_BELOW, "Valley",
            c.Propose("ana", "delegation", "", "", {"council": "region", "delegates": ["pia"], **terms}),
        )


def test_members_that_reported_nothing_are_passed_down_too(commune: Confederation):
    """The result of a ratification comes to those who were asked (§6.12)."""
    commune.waits("14d").ratifies("Mill", yes="ana ben cem").waits("14d")
    assert commune.facts("Hill", f.ResultHeard)[-1].origin == "region"
