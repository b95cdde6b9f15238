"""Recall, and everything else that empties a seat (§6.2, §6.5, §6.6)."""

import pytest

from governance import commands as c
from governance import facts as f
from governance.refusals import Why
from tests.confederation import Confederation, three


@pytest.fixture
def commune() -> Confederation:
    """Mill sends ana, with ben as alternate; a question is open and she has indicated yes."""
    commune = three().sends("Mill", "Valley", "ana", alternates="ben", observers="cem")
    return commune.puts("dila", "Valley", "Share the water").states("ana", "Valley", 1, "yes")


def delegates(commune: Confederation, member: str = "mill") -> tuple[str, ...]:
    return commune.state("Valley").ties.members[member].delegation.delegates


def recalls(commune: Confederation, by: str, person: str, name: str = "Mill", council: str = "valley") -> int:
    commune.proposes(by, name, "recall", "", "they spoke for themselves", person=person, council=council)
    return commune.state(name).last_item


def test_co_signers_bring_it_straight_to_the_vote(commune: Confederation):
    """No discussion, no round; the delegate is not counted (§6.6)."""
    recall = recalls(commune, "cem", "ana")
    assert commune.stage("Mill", recall) == "draft"
    commune.refuses(Why.OWN_MOTION, "Mill", c.Second("cem", recall)).does("Mill", c.Second("ben", recall))
    item = commune.item("Mill", recall)
    assert (item.stage.value, item.question.electorate) == ("vote", {"ben", "cem"})
    assert (item.question.threshold, item.question.base) == ("1/2", "cast")


def test_without_co_signers_needed_it_begins_at_once():
    """`recall_signers=0` (§6.6)."""
    commune = three(recall_signers="0")
    assert commune.stage("Mill", recalls(commune, "ben", "ana")) == "vote"


def test_a_recall_nobody_signs_lapses(commune: Confederation):
    """As a draft does (§3)."""
    recall = recalls(commune, "cem", "ana")
    commune.waits("7d")
    assert commune.stage("Mill", recall) == "lapsed"


def test_it_takes_a_reason_and_somebody_in_a_seat(commune: Confederation):
    """§6.6."""
    about = {"person": "ana", "council": "valley"}
    commune.refuses(Why.TEXT_MISSING, "Mill", c.Propose("ben", "recall", "", " ", about))
    commune.refuses(Why.NO_SEAT, "Mill", c.Propose("ben", "recall", "", "why", {**about, "person": "stranger"}))
    commune.refuses(Why.NO_SEAT, "Hill", c.Propose("hakan", "recall", "", "why", {**about, "person": "ana"}))


def test_the_alternate_takes_the_seat(commune: Confederation):
    """More than half of the votes cast, effect immediate (§6.6)."""
    recall = recalls(commune, "cem", "ana")
    commune.does("Mill", c.Second("ben", recall)).votes("Mill", recall, yes="ben cem")
    assert delegates(commune) == ("ben",)
    commune.waits("14d")
    assert commune.standings("Valley", 1)["mill"] == "silent"
    assert commune.facts("Mill", f.DelegationSent)[-1].why == "recalled"
    commune.checks()


def test_a_tie_recalls_nobody(commune: Confederation):
    """One half is strict (§5.3)."""
    recall = recalls(commune, "cem", "ana")
    commune.does("Mill", c.Second("ben", recall)).votes("Mill", recall, yes="cem", no="ben").waits("3d")
    assert (commune.stage("Mill", recall), commune.item("Mill", recall).why) == ("rejected", "tie")
    assert delegates(commune) == ("ana",)


def test_mandates_stand(commune: Confederation):
    """A mandated position belongs to the assembly (§6.5)."""
    commune.mandates("Mill", "Valley", 1, "yes")
    recall = recalls(commune, "cem", "ana")
    commune.does("Mill", c.Second("ben", recall)).votes("Mill", recall, yes="ben cem").waits("14d")
    assert commune.standings("Valley", 1)["mill"] == "mandated"


def test_with_two_delegates_only_the_recalled_ones_answer_goes():
    """§6.5."""
    commune = three().sends("Mill", "Valley", "ana ben").puts("dila", "Valley", "Share the water")
    commune.states("ana", "Valley", 1, "yes").states("ben", "Valley", 1, "no")
    recall = recalls(commune, "cem", "ana")
    commune.does("Mill", c.Second("ben", recall)).votes("Mill", recall, yes="ben cem").waits("14d")
    assert commune.item("Valley", 1).counsel.voices["mill"].choice == "no"


def test_a_seat_without_alternate_is_vacant(commune: Confederation):
    """Vacant is silent (§6.6); an alternate or observer may be recalled too."""
    for person in ("cem", "ben", "ana"):
        recall = recalls(commune, person, person)
        commune.does("Mill", c.Second(next(one for one in ("ana", "ben", "cem") if one != person), recall))
        commune.votes("Mill", recall, yes=" ".join(one for one in ("ana", "ben", "cem") if one != person))
    assert delegates(commune) == ()
    assert commune.state("Mill").ties.councils["valley"].delegation is None


def test_who_gave_up_the_seat_cannot_be_recalled_any_more(commune: Confederation):
    """Resigning empties a seat like a recall; the recall is infeasible then (§6.2)."""
    recall = recalls(commune, "cem", "ana")
    commune.does("Mill", c.Second("ben", recall)).does("Mill", c.Resign("ana", "valley"))
    assert delegates(commune) == ("ben",)
    commune.refuses(Why.NO_SEAT, "Mill", c.Resign("ana", "valley"))
    commune.refuses(Why.NO_SEAT, "Mill", c.Resign("ana", "ocean"))
    commune.votes("Mill", recall, yes="ben cem")
    assert (commune.stage("Mill", recall), commune.item("Mill", recall).why) == ("rejected", "infeasible")


def test_leaving_the_roll_empties_the_seat(commune: Confederation):
    """So does exclusion (§6.2)."""
    commune.does("Mill", c.Leave("ana"))
    assert delegates(commune) == ("ben",)
    commune.proposes("cem", "Mill", "exclusion", "", "broke the pump", person="ben")
    number = commune.state("Mill").last_item
    commune.opens("cem", "Mill", number).votes("Mill", number, yes="cem")
    assert delegates(commune) == ()
    commune.does("Mill", c.Leave("cem"))
    assert commune.state("Valley").ties.members["mill"].delegation.observers == ()
    commune.checks()


def test_two_entries_of_one_person_keep_the_seat(commune: Confederation):
    """The seat goes on under the entry that stays; of two in one delegation the higher one does (§2.4)."""
    commune.does("Hill", c.Leave("hakan")).waits("1d").does("Hill", c.Join("günel"))
    commune.sends("Hill", "Valley", "günel").ask("Hill", c.MergeMembers("gül", "günel"))
    commune.deliver()
    assert delegates(commune, "hill") == ("gül",)
    commune.waits("1d").does("Mill", c.Join("anna"))
    commune.sends("Mill", "Valley", "ben", alternates="anna", observers="ana")
    commune.ask("Mill", c.MergeMembers("ana", "anna"))
    commune.deliver()
    delegation = commune.state("Mill").ties.councils["valley"].delegation
    assert (delegation.alternates, delegation.observers) == (("ana",), ())
    commune.checks()


# --- in a council


def upper() -> Confederation:
    """Valley, of three assemblies, is in Region with one other assembly, and sends dila of Ford there."""
    commune = three().council("Region", admission="open").base("Port", "pia paul").joins("Port", "Region")
    commune.proposes("ana", "Valley", "join", council="region").opens("ana", "Valley", 1)
    for name in ("Mill", "Ford", "Hill"):
        commune.mandates(name, "Valley", 1, "yes")
    commune.waits("14d")
    assert "valley" in commune.state("Region").roll
    commune.proposes("ana", "Valley", "delegation", council="region", delegates=["dila"], rolls={"dila": "ford"})
    commune.opens("ana", "Valley", 2)
    for name in ("Mill", "Ford", "Hill"):
        commune.mandates(name, "Valley", 2, "yes")
    return commune.waits("14d")


def test_a_council_recalls_by_more_than_half_of_its_assemblies():
    """`recall_window` for the vote and for the ratification; no double majority (§6.6)."""
    commune = upper()
    recall = recalls(commune, "ana", "dila", "Valley", "region")
    assert commune.stage("Valley", recall) == "vote"
    assert commune.item("Valley", recall).question.threshold == "1/2"
    assert commune.state("Mill").ties.councils["valley"].items[recall].kind == "recall"
    commune.mandates("Mill", "Valley", recall, "yes").waits("3d")
    assert commune.stage("Valley", recall) == "ratification"
    commune.ratifies("Hill", yes="gül hakan ipek")
    assert commune.stage("Valley", recall) == "adopted"
    assert commune.state("Region").ties.members["valley"].delegation.delegates == ()
    commune.waits("3d").checks()


def test_who_is_to_be_recalled_does_not_answer_for_an_assembly():
    """Heard in the room; another delegate, or a mandate, speaks for the assembly (§6.6)."""
    commune = upper()
    recall = recalls(commune, "ana", "dila", "Valley", "region")
    commune.refuses(Why.NOT_IN_ELECTORATE_CONCERNED, "Valley", c.StatePosition("dila", recall, "no"))
    assert "ford" in commune.item("Valley", recall).question.electorate
    commune.mandates("Ford", "Valley", recall, "no").waits("3d")
    assert commune.standings("Valley", recall)["ford"] == "mandated"


def test_a_delegate_of_a_council_who_leaves_the_base_loses_the_seat_above():
    """Delegates of a council are on the roll of a base assembly below it (§6.2)."""
    commune = upper().does("Hill", c.Leave("hakan"))
    assert commune.state("Region").ties.members["valley"].delegation.delegates == ("dila",)
    commune.does("Ford", c.Leave("dila"))
    assert commune.state("Region").ties.members["valley"].delegation.delegates == ()
    assert commune.state("Valley").ties.members["ford"].delegation.delegates == ()
    commune.checks()


def test_who_leaves_another_roll_keeps_the_seat_above():
    """The seat hangs on the roll it was given for."""
    commune = upper().does("Hill", c.Join("dila")).does("Hill", c.Leave("dila"))
    assert commune.state("Region").ties.members["valley"].delegation.delegates == ("dila",)
    commune.checks()


def test_a_delegate_above_who_is_merged_stays():
    """§2.4, level by level."""
    commune = upper().does("Ford", c.Join("zoe"))
    commune.proposes("ana", "Valley", "delegation", council="region", delegates=["zoe"], rolls={"zoe": "ford"})
    commune.opens("ana", "Valley", 3)
    for name in ("Mill", "Ford", "Hill"):
        commune.mandates(name, "Valley", 3, "yes")
    commune.waits("14d").ask("Ford", c.MergeMembers("emre", "zoe"))
    commune.deliver()
    assert commune.state("Region").ties.members["valley"].delegation.delegates == ("emre",)
    commune.checks()
