"""A council from its founding: joining, delegations, mandates, the count, ratification, the result brought home."""

from governance import commands as c
from governance import facts as f
from governance.refusals import Why
from tests.confederation import Confederation, three


def test_a_council_is_an_assembly_of_assemblies():
    """Its founder is not enrolled; its windows leave homes time to mandate (§2.1, §9)."""
    commune = Confederation()
    commune.does("Valley", c.Found("ana", "Valley", "small", council=True))
    valley = commune.state("Valley")
    assert (valley.kind, dict(valley.roll), valley.settled) == ("council", {}, False)
    assert (valley.charter.discussion_min, valley.charter.round_window) == (7 * 86_400, 14 * 86_400)


def test_mandates_decide():
    """Two of three mandated yes are two thirds of all: adopted by mandates (§6.7c)."""
    commune = three()
    commune.puts("ana", "Valley", "Share the water")
    commune.mandates("Mill", "Valley", 1, "yes").mandates("Ford", "Valley", 1, "yes").waits("14d")
    item = commune.item("Valley", 1)
    assert (item.stage.value, item.decided_by) == ("adopted", "mandates")
    assert commune.standings("Valley", 1) == {"mill": "mandated", "ford": "mandated", "hill": "silent"}
    assert commune.facts("Hill", f.ResultHeard)[-1].stage == "adopted"
    commune.checks()


def test_what_was_only_indicated_is_ratified_at_home():
    """Delegates indicate; their assemblies are asked and decide (§6.4, §6.7d)."""
    commune = three()
    commune.puts("ana", "Valley", "Share the water").mandates("Mill", "Valley", 1, "yes")
    commune.states("dila", "Valley", 1, "yes")
    assert commune.facts("Ford", f.DelegateHeard)[-1].outcome == "indicative"
    commune.waits("14d")
    assert commune.stage("Valley", 1) == "ratification"
    commune.ratifies("Ford", yes="dila emre fatma")
    item = commune.item("Valley", 1)
    assert (item.stage.value, item.decided_by) == ("adopted", "ratification")
    # the item at Hill runs to its own end and is recorded
    commune.ratifies("Hill", no="gül hakan ipek")
    assert commune.item("Valley", 1).counsel.ratified["hill"].choice == "no"
    commune.checks()


def test_an_answer_against_the_mandate_is_refused_and_home_is_told():
    """The refusal cites the assembly's item (§6.4)."""
    commune = three()
    commune.puts("ana", "Valley", "Share the water").mandates("Mill", "Valley", 1, "no")
    commune.refuses(Why.AGAINST_MANDATE, "Valley", c.StatePosition("ana", 1, "yes"))
    assert commune.refusal.about["source"] == 3
    assert commune.facts("Mill", f.DelegateHeard)[-1].outcome == "refused"
    commune.checks()


def test_a_recall_voids_what_was_indicated():
    """The alternate takes the seat, the indication goes, home's mandates stay (§6.5, §6.6)."""
    commune = three()
    commune.sends("Mill", "Valley", "ana", alternates="ben")
    commune.puts("dila", "Valley", "Share the water").states("ana", "Valley", 1, "yes")
    commune.proposes("cem", "Mill", "recall", "", "they spoke for themselves", person="ana", council="valley")
    recall = commune.state("Mill").last_item
    assert commune.stage("Mill", recall) == "draft"
    commune.does("Mill", c.Second("ben", recall))
    assert commune.stage("Mill", recall) == "vote"
    commune.refuses(Why.NOT_IN_ELECTORATE_CONCERNED, "Mill", c.CastBallot("ana", recall, "no"))
    commune.votes("Mill", recall, yes="ben cem")
    assert commune.stage("Mill", recall) == "adopted"
    assert commune.state("Valley").ties.members["mill"].delegation.delegates == ("ben",)
    commune.waits("14d")
    assert commune.standings("Valley", 1)["mill"] == "silent"
    commune.checks()
