"""Referenda: one text, all base assemblies, one closing instant (§6.10)."""

import datetime as dt

import pytest

from governance import commands as c
from governance import facts as f
from governance.assembly import due
from governance.referendum import monthly
from governance.refusals import Why
from governance.terms import DAY
from tests.confederation import START, Confederation, three


def instant(text: str) -> int:
    return round(dt.datetime.fromisoformat(text).timestamp()) * 1000


def tallies(commune: Confederation, council: str = "Valley", item: int = 1) -> dict[str, dict[str, int]]:
    return {name: dict(one) for name, one in commune.item(council, item).counsel.tallies.items()}


def test_by_assemblies_and_by_members():
    """Both tallies, each at its threshold (§6.10)."""
    commune = three().puts("ana", "Valley", "One river", kind="referendum")
    assert commune.stage("Valley", 1) == "vote"
    home = commune.item("Mill", commune.asked("Mill", "referendum"))
    assert (home.question.closes, home.question.threshold) == (commune.now + 14 * DAY, "1/2")
    commune.votes("Mill", home.number, yes="ana ben cem")
    commune.votes("Ford", commune.asked("Ford", "referendum"), yes="dila emre", no="fatma")
    commune.votes("Hill", commune.asked("Hill", "referendum"), no="gül hakan")
    # no early close: ballots may be changed until the end
    commune.waits("13d")
    assert commune.stage("Mill", home.number) == "vote"
    commune.waits("1d")
    assert tallies(commune) == {
        "assemblies": {"yes": 2, "no": 1, "none": 0},
        "members": {"yes": 5, "no": 3, "abstain": 0, "electorate": 9, "left_out": 0},
    }
    item = commune.item("Valley", 1)
    assert (item.stage.value, item.decided_by) == ("adopted", "vote")
    assert commune.facts("Hill", f.ResultHeard)[-1].stage == "adopted"
    commune.checks()


def test_no_rounds_no_amendment_no_withdrawal_and_no_delegates():
    """The assemblies answer (§6.10)."""
    commune = three({"rounds": "2", "late_swing": "on"}).puts("ana", "Valley", "One river", kind="referendum")
    commune.refuses(Why.ASSEMBLIES_ANSWER, "Valley", c.StatePosition("ana", 1, "yes"))
    commune.refuses(Why.WRONG_STAGE, "Valley", c.Amend("dila", 1, "else"))
    commune.refuses(Why.WRONG_STAGE, "Valley", c.Withdraw("ana", 1))
    number = commune.asked("Mill", "referendum")
    commune.refuses(Why.WRONG_STAGE, "Mill", c.Amend("ana", number, "else"))
    commune.refuses(Why.TEXT_MISSING, "Valley", c.Propose("ana", "referendum", "", "text"))
    # a member that leaves has been asked, and answers
    commune.quits("Hill", "Valley")
    commune.votes("Hill", commune.asked("Hill", "referendum"), yes="gül hakan ipek").waits("14d")
    assert (commune.stage("Valley", 1), commune.item("Valley", 1).why) == ("rejected", "threshold")
    assert tallies(commune)["assemblies"] == {"yes": 1, "no": 0, "none": 2}
    commune.refuses(Why.CHANGED_BY_ITS_VERB, "Hill", c.Propose("gül", "repeal", "", "", {"item": number}))
    commune.checks()


@pytest.mark.parametrize(("ballots", "answer"), [
    ({"yes": "ana ben", "no": "cem"}, "yes"),
    ({"yes": "ana", "no": "ben cem"}, "no"),
    ({"yes": "ana", "no": "ben"}, ""),
    ({}, ""),
])
def test_what_an_assembly_answers(ballots: dict[str, str], answer: str):
    """More yes is yes, more no is no, tie or no quorum is none (§6.10)."""
    commune = three().puts("ana", "Valley", "One river", kind="referendum")
    commune.votes("Mill", commune.asked("Mill", "referendum"), **ballots).waits("14d")
    assert commune.item("Valley", 1).counsel.reports["mill"].answer == answer


def test_a_person_on_several_rolls_has_one_ballot_in_the_sum():
    """The one given where they enrolled first; elsewhere it counts for that assembly's answer only (§6.10)."""
    commune = three().waits("1d").does("Ford", c.Join("ana")).does("Ford", c.Join("ben"))
    commune.puts("ana", "Valley", "One river", kind="referendum")
    commune.votes("Mill", commune.asked("Mill", "referendum"), yes="ana")
    commune.votes("Ford", commune.asked("Ford", "referendum"), no="ana ben dila", yes="emre").waits("14d")
    report = commune.item("Valley", 1).counsel.reports["ford"]
    assert (report.answer, report.no, report.counted_no, report.electorate, report.left_out) == ("no", 3, 1, 3, 2)
    # none given where they enrolled first: none in the sum
    assert tallies(commune)["members"] == {"yes": 2, "no": 1, "abstain": 0, "electorate": 9, "left_out": 2}


def test_a_ballot_counted_elsewhere_is_taken_out_of_each_column():
    """Yes and abstain as well: only the one given where they enrolled first is in the sum (§6.10)."""
    commune = three().waits("1d").does("Ford", c.Join("ana")).does("Ford", c.Join("ben"))
    commune.puts("ana", "Valley", "One river", kind="referendum")
    commune.votes("Ford", commune.asked("Ford", "referendum"), yes="ana dila", abstain="ben emre").waits("14d")
    report = commune.item("Valley", 1).counsel.reports["ford"]
    assert (report.yes, report.counted_yes, report.abstain, report.counted_abstain) == (2, 1, 2, 1)
    assert tallies(commune)["members"] == {"yes": 1, "no": 0, "abstain": 1, "electorate": 9, "left_out": 2}


def test_every_base_assembly_below_at_any_depth():
    """Also through councils between, each assembly once (§6.10)."""
    commune = three().council("Region", admission="open").base("Port", "pia paul").joins("Port", "Region")
    commune.sends("Port", "Region", "pia").joins("Port", "Valley")
    commune.proposes("ana", "Valley", "join", council="region").opens("ana", "Valley", 1)
    for name in ("Mill", "Ford", "Hill"):
        commune.mandates(name, "Valley", 1, "yes")
    commune.waits("14d").puts("pia", "Region", "One sea", kind="referendum")
    number = commune.state("Region").last_item
    assert commune.item("Region", number).counsel.bases == ("ford", "hill", "mill", "port")
    for name in ("Mill", "Ford", "Hill", "Port"):
        people = sorted(commune.state(name).roll)
        commune.votes(name, commune.asked(name, "referendum"), yes=" ".join(people[:2]))
    commune.waits("14d")
    assert commune.stage("Region", number) == "adopted"
    assert tallies(commune, "Region", number)["assemblies"] == {"yes": 4, "no": 0, "none": 0}
    assert commune.facts("Mill", f.ResultHeard)[-1].council == "region"
    commune.checks()


def test_a_stranger_cannot_put_a_referendum():
    """Only councils that the assembly belongs to lead to it (§6.14)."""
    commune = three().council("Sham")
    put = f.ReferendumPut(("mill",), (1,), 1, "Pay me", "", START + DAY, ("sham",), ("mill",), START)
    commune.does("Mill", c.TakeDispatch("sham", 1, "seal", put))
    assert commune.facts("Mill", f.DispatchTaken)[-1].why == "not_a_member"
    late = f.ReferendumPut(
        ("mill",), (commune.state("Valley").ties.sent["mill"] + 1,), 1, "Late", "", START, ("valley",), ("mill",), START
    )
    commune.post.clear()
    commune.does("Mill", c.TakeDispatch("valley", 9, "seal", late))
    assert commune.facts("Mill", f.DispatchTaken)[-1].outcome == "late"


def test_nobody_votes_anywhere():
    """No ballots, no result (§6.10)."""
    commune = three().proposes("ana", "Valley", "referendum", "One river", "text")
    commune.opens("ana", "Valley", 1).waits("14d")
    assert (commune.stage("Valley", 1), commune.item("Valley", 1).why) == ("lapsed", "no_votes")


# --- the calendar


def test_monthly_the_last_seven_days_in_the_councils_zone():
    """Whole days there, over the change of summer time too (§6.10)."""
    assert monthly(instant("2027-03-10T12:00:00+00:00"), "Europe/Paris") == (
        instant("2027-03-25T00:00:00+01:00"), instant("2027-04-01T00:00:00+02:00"),
    )
    # one submitted later goes to the next month
    assert monthly(instant("2027-12-26T00:00:00+00:00"), "UTC") == (
        instant("2028-01-25T00:00:00+00:00"), instant("2028-02-01T00:00:00+00:00"),
    )
    assert monthly(instant("2027-12-25T00:00:00+00:00"), "UTC")[0] == instant("2028-01-25T00:00:00+00:00")


def test_monthly_referenda_open_by_themselves():
    """Not by hand; texts are final when voting opens (§6.10)."""
    commune = three({"referendum": "monthly"}).proposes("ana", "Valley", "referendum", "One river", "text")
    commune.refuses(Why.NOT_YET_OPEN, "Valley", c.Open("ana", 1))
    opens = instant("2027-01-25T00:00:00+00:00")
    assert commune.refusal.about["at"] == opens == due(commune.state("Valley"), commune.now)
    commune.does("Valley", c.Amend("dila", 1, "better")).does("Valley", c.Accept("ana", 1, "a")).waits("24d")
    item = commune.item("Mill", commune.asked("Mill", "referendum"))
    assert (item.text, item.question.closes) == ("better", instant("2027-02-01T00:00:00+00:00"))
    commune.proposes("ana", "Valley", "referendum", "Two rivers", "text").waits("7d")
    assert (commune.stage("Valley", 1), commune.stage("Valley", 2)) == ("lapsed", "discussion")
    assert due(commune.state("Valley"), commune.now) == instant("2027-02-22T00:00:00+00:00")


def test_a_pause_over_the_opening_goes_to_the_next_month():
    """Back in discussion after the voting began: submitted later."""
    commune = three({"referendum": "monthly"}).proposes("ana", "Valley", "referendum", "One river", "text").waits("23d")
    commune.does("Valley", c.Pause("ana", 1)).waits("3d").does("Valley", c.Resume("ana", 1))
    assert due(commune.state("Valley"), commune.now) == instant("2027-02-22T00:00:00+00:00")


def test_a_referendum_cannot_be_repealed_by_the_council():
    """What all members decided, all members change (§5.9)."""
    commune = three().puts("ana", "Valley", "One river", kind="referendum")
    for name in ("Mill", "Ford", "Hill"):
        commune.votes(name, commune.asked(name, "referendum"), yes=" ".join(sorted(commune.state(name).roll)))
    commune.waits("14d")
    commune.refuses(Why.CHANGED_BY_ITS_VERB, "Valley", c.Propose("ana", "repeal", "", "", {"item": 1}))
