"""Shared limits and complaints (§6.14)."""

import pytest

from governance import commands as c
from governance import facts as f
from governance.refusals import Why
from governance.terms import DAY
from tests.confederation import Confederation, three

ALL = ("Mill", "Ford", "Hill")


def adopts(commune: Confederation, kind: str, *, text: str = "Nobody is beaten.", yes: tuple[str, ...] = ALL,
           **terms: object) -> int:
    commune.proposes("ana", "Valley", kind, "", text, **terms)
    number = commune.state("Valley").last_item
    commune.opens("ana", "Valley", number)
    for name in yes:
        commune.mandates(name, "Valley", number, "yes")
    commune.waits("14d")
    return number


@pytest.fixture
def commune() -> Confederation:
    return three()


def test_rights_bind_who_agreed(commune: Confederation):
    """By joining after it, or by its own motion (§6.14)."""
    number = adopts(commune, "rights")
    assert commune.state("Valley").ties.rights == {number: ()}
    commune.decides("Mill", "rights", council="valley", item=number)
    commune.base("Oak", "oya").joins("Oak", "Valley")
    assert commune.state("Valley").ties.rights == {number: ("mill", "oak")}
    commune.refuses(
        Why.ALREADY_AGREED, "Mill", c.Propose("ana", "rights", "", "", {"council": "valley", "item": number})
    )
    commune.refuses(Why.NOT_RIGHTS, "Ford", c.Propose("dila", "rights", "", "", {"council": "valley", "item": 9}))
    commune.refuses(Why.ONLY_IN_A_COUNCIL, "Mill", c.Propose("ana", "rights", "", "text"))
    commune.refuses(Why.TEXT_MISSING, "Valley", c.Propose("ana", "rights", "", " "))
    # who leaves is not bound any more
    commune.quits("Oak", "Valley")
    assert commune.state("Valley").ties.rights[number] == ("mill",)
    commune.checks()


def test_an_agreement_is_taken_back_by_repeal(commune: Confederation):
    """What it set in force ends (§5.9)."""
    number = adopts(commune, "rights")
    commune.decides("Mill", "rights", council="valley", item=number)
    own = commune.state("Mill").last_item
    commune.decides("Mill", "repeal", item=own)
    assert commune.state("Valley").ties.rights == {number: ()}
    assert commune.state("Mill").ties.agreed == {}
    commune.checks()


def test_rights_end_by_repeal(commune: Confederation):
    """In the council (§5.9); who agrees then is too late."""
    number = adopts(commune, "rights")
    commune.proposes("ana", "Mill", "rights", council="valley", item=number)
    own = commune.state("Mill").last_item
    commune.refuses(Why.NO_TEXT_TO_AMEND, "Mill", c.Amend("ben", own, "other"))
    adopts(commune, "repeal", item=number)
    assert commune.state("Valley").ties.rights == {}
    commune.agrees("Mill", own)
    assert commune.facts("Valley", f.DispatchTaken)[-1].outcome == "late"


def test_a_finding_is_published_and_does_nothing_else(commune: Confederation):
    """By double majority, the assembly concerned heard and not in T (§6.14)."""
    before = commune.state("Hill")
    number = adopts(commune, "complaint", assembly="hill", effect="finding", yes=("Mill", "Ford"))
    item = commune.item("Valley", number)
    assert (item.stage.value, item.decided_by, item.votes[0].electorate) == ("adopted", "mandates", 2)
    assert commune.state("Hill").roll == before.roll
    commune.refuses(Why.NOT_A_MEMBER_ASSEMBLY, "Valley", c.Propose(
        "ana", "complaint", "", "text", {"assembly": "oak", "effect": "finding"}))
    commune.refuses(Why.UNKNOWN_CHOICE, "Valley", c.Propose(
        "ana", "complaint", "", "text", {"assembly": "hill", "effect": "fine"}))
    commune.checks()


def test_a_mandate_of_whom_it_is_about_is_refused(commune: Confederation):
    """It is heard and not counted, and hears why (§6.14)."""
    commune.proposes("ana", "Valley", "complaint", "", "text", assembly="hill", effect="finding")
    commune.opens("ana", "Valley", 1).mandates("Hill", "Valley", 1, "no")
    assert commune.facts("Hill", f.AnswerNoted)[-1].why == "concerned"
    assert commune.facts("Valley", f.MandateHeard) == []
    commune.mandates("Mill", "Valley", 1, "yes").mandates("Ford", "Valley", 1, "yes").waits("14d")
    assert commune.stage("Valley", 1) == "adopted"
    commune.checks()


def test_a_complaint_needs_the_members_too(commune: Confederation):
    """Whatever the charter says of double majority (§6.14)."""
    commune.proposes("ana", "Valley", "complaint", "", "text", assembly="hill", effect="finding")
    commune.opens("ana", "Valley", 1)
    commune.refuses(Why.NOT_IN_ELECTORATE_CONCERNED, "Valley", c.StatePosition("gül", 1, "no"))
    commune.scopes("Mill", "Valley", items=[1], may=["yes"]).scopes("Ford", "Valley", items=[1], may=["yes"])
    commune.states("ana", "Valley", 1, "yes").states("dila", "Valley", 1, "yes").waits("14d")
    # all mandated, and no ballot given on this very text
    assert (commune.stage("Valley", 1), commune.item("Valley", 1).why) == ("rejected", "threshold")


def test_a_voice_suspended(commune: Confederation):
    """Not in T and not asked, at most for `term`, until the item is repealed (§6.14)."""
    adopts(commune, "complaint", assembly="hill", effect="suspension", yes=("Mill", "Ford"))
    suspended = commune.now
    commune.refuses(Why.VOICE_IS_SUSPENDED, "Valley", c.Propose("gül", "motion", "Mine", "text"))
    assert commune.refusal.about["until"] == suspended + 90 * DAY
    commune.puts("ana", "Valley", "Water").mandates("Mill", "Valley", 2, "yes").waits("14d")
    assert set(commune.item("Valley", 2).counsel.asked) == {"ford"}
    commune.waits("76d").sends("Hill", "Valley", "gül").puts("gül", "Valley", "Back again")
    assert "hill" in commune.item("Valley", 3).question.electorate


def test_a_suspension_ends_by_repeal(commune: Confederation):
    """§5.9; by double majority too, as it was adopted."""
    number = adopts(commune, "complaint", assembly="hill", effect="suspension", yes=("Mill", "Ford"))
    adopts(commune, "repeal", item=number, yes=("Mill", "Ford"))
    assert commune.facts("Valley", f.SuspensionEnded)[-1].member == "hill"
    commune.proposes("gül", "Valley", "motion", "Mine", "text").checks()


def test_a_finding_repealed(commune: Confederation):
    """Nothing was in force."""
    number = adopts(commune, "complaint", assembly="hill", effect="finding", yes=("Mill", "Ford"))
    adopts(commune, "repeal", item=number)
    assert commune.facts("Valley", f.SuspensionEnded) == []


def test_suspended_in_the_middle(commune: Confederation):
    """A pending voice that is suspended is not asked (§6.7c)."""
    commune.proposes("ana", "Valley", "complaint", "", "text", assembly="hill", effect="suspension")
    commune.opens("ana", "Valley", 1)
    commune.mandates("Mill", "Valley", 1, "yes").mandates("Ford", "Valley", 1, "yes").waits("13d")
    commune.puts("ana", "Valley", "Water").mandates("Mill", "Valley", 2, "yes").waits("14d")
    assert set(commune.item("Valley", 2).counsel.asked) == {"ford"}


def test_excluded_from_the_council(commune: Confederation):
    """And from nothing else: the assembly is told and goes on (§6.14)."""
    adopts(commune, "complaint", assembly="hill", effect="exclusion", yes=("Mill", "Ford"))
    assert list(commune.state("Valley").roll) == ["mill", "ford"]
    assert commune.state("Hill").ties.councils == {}
    assert commune.facts("Hill", f.MembershipNoted)[-1].why == "excluded"
    commune.decides("Hill", "motion", "Our own", "text").checks()


def test_a_complaint_about_who_left_meanwhile(commune: Confederation):
    """A finding can still be published; the rest is infeasible (§2.1)."""
    for effect in ("finding", "exclusion"):
        commune.proposes("ana", "Valley", "complaint", "", "text", assembly="hill", effect=effect)
    commune.quits("Hill", "Valley")
    for number in (1, 2):
        commune.opens("ana", "Valley", number)
        commune.mandates("Mill", "Valley", number, "yes").mandates("Ford", "Valley", number, "yes")
    commune.waits("14d")
    assert (commune.stage("Valley", 1), commune.item("Valley", 2).why) == ("adopted", "infeasible")
