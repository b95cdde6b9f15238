"""Calls: they bind only those who sign (§6.9)."""

import pytest

from governance import commands as c
from governance import facts as f
from governance.refusals import Why
from governance.terms import DAY
from tests.confederation import Confederation, three


@pytest.fixture
def commune() -> Confederation:
    """A call on water is open in the council; ana of Mill put it."""
    return three().puts("ana", "Valley", "Come to the river", kind="call")


def signed(commune: Confederation) -> dict[str, str]:
    return {one: last.choice for one, last in commune.item("Valley", 1).counsel.signatures.items()}


def test_a_call_has_one_stage_and_no_round(commune: Confederation):
    """`vote_window`, no early close, no amendment once open (§6.9)."""
    item = commune.item("Valley", 1)
    assert (item.stage.value, item.question.closes) == ("vote", commune.now + 14 * DAY)
    commune.refuses(Why.WRONG_STAGE, "Valley", c.Amend("dila", 1, "else"))
    commune.refuses(Why.TEXT_MISSING, "Valley", c.Propose("ana", "call", "", "text"))
    commune.refuses(Why.ONLY_IN_A_COUNCIL, "Mill", c.Propose("ana", "call", "Mine", "text"))


def test_who_signs_and_who_refuses_by_mandate(commune: Confederation):
    """Mandated yes signs, mandated no refuses, the others are asked at the closing (§6.9)."""
    commune.mandates("Mill", "Valley", 1, "yes").mandates("Ford", "Valley", 1, "no").waits("14d")
    assert signed(commune) == {"mill": "yes", "ford": "no"}
    assert commune.stage("Valley", 1) == "ratification"
    commune.ratifies("Hill", abstain="gül hakan ipek").waits("14d")
    assert (commune.stage("Valley", 1), signed(commune)) == ("closed", {"mill": "yes", "ford": "no"})
    commune.checks()


def test_a_call_that_nobody_is_pending_on_closes_at_once(commune: Confederation):
    """§6.9: an abstention is no position on a call."""
    for name, choice in (("Mill", "yes"), ("Ford", "no"), ("Hill", "abstain")):
        commune.mandates(name, "Valley", 1, choice)
    commune.waits("14d")
    assert (commune.stage("Valley", 1), signed(commune)) == ("closed", {"mill": "yes", "ford": "no"})


def test_a_delegate_without_a_mandate_cannot_sign(commune: Confederation):
    """Refused, the position stays as stated, and home is asked at once: one item per assembly (§6.9)."""
    commune.refuses(Why.SIGNING_NEEDS_MANDATE, "Valley", c.StatePosition("dila", 1, "yes"))
    number = commune.asked("Ford")
    assert commune.item("Ford", number).question.closes == commune.now + 28 * DAY
    assert commune.facts("Valley", f.PositionStated)[-1].position == "yes"
    commune.refuses(Why.SIGNING_NEEDS_MANDATE, "Valley", c.StatePosition("dila", 1, "yes"))
    commune.votes("Ford", number, yes="dila emre")
    assert signed(commune) == {"ford": "yes"}
    commune.waits("14d")
    assert commune.stage("Valley", 1) == "ratification"
    assert set(commune.item("Valley", 1).counsel.asked) == {"mill", "ford", "hill"}
    kinds = [one.kind.value for one in commune.state("Ford").items.values()]
    assert kinds.count("ratification") == 1
    commune.ratifies("Mill", yes="ana ben").ratifies("Hill", no="gül hakan")
    assert (commune.stage("Valley", 1), signed(commune)) == (
        "closed", {"ford": "yes", "mill": "yes", "hill": "no"},
    )
    commune.checks()


def test_under_a_scope_mandate_a_delegate_signs(commune: Confederation):
    """Mandated yes is a signature (§6.9)."""
    commune.scopes("Ford", "Valley", items=[1], may=["yes"]).states("dila", "Valley", 1, "yes")
    commune.states("ana", "Valley", 1, "no").waits("14d")
    assert signed(commune) == {"ford": "yes"}


def test_late_signatures_and_names_struck_out(commune: Confederation):
    """Until `sign_until` after the opening, by mandate, both with date (§6.9)."""
    for name, choice in (("Mill", "yes"), ("Ford", "no"), ("Hill", "abstain")):
        commune.mandates(name, "Valley", 1, choice)
    commune.waits("20d").mandates("Hill", "Valley", 1, "yes").mandates("Mill", "Valley", 1, "no")
    assert signed(commune) == {"mill": "no", "ford": "no", "hill": "yes"}
    assert commune.item("Valley", 1).counsel.signatures["hill"].at == commune.now
    commune.waits("50d").mandates("Ford", "Valley", 1, "yes")
    assert signed(commune)["ford"] == "no"
    assert commune.facts("Valley", f.DispatchTaken)[-1].outcome == "late"
    # what the council counted at the closing stays
    assert commune.item("Valley", 1).counsel.voices["mill"].choice == "yes"
    commune.checks()


def test_signing_goes_on_while_others_ratify(commune: Confederation):
    """A mandated member may change its word meanwhile; one that is asked answers the ratification (§6.9)."""
    commune.mandates("Mill", "Valley", 1, "yes").waits("14d").mandates("Mill", "Valley", 1, "no")
    assert signed(commune) == {"mill": "no"}
    commune.refuses(
        Why.ANSWER_THE_RATIFICATION, "Ford",
        c.Propose("dila", "mandate", "", "", {"council": "valley", "item": 1, "choice": "yes", "version": 1}),
    )


def test_a_mandate_under_way_signs(commune: Confederation):
    """Asked early, answered by mandate: the ratification is withdrawn (§6.7d, §6.9)."""
    commune.proposes("dila", "Ford", "mandate", council="valley", item=1, choice="yes", version=1)
    commune.refuses(Why.SIGNING_NEEDS_MANDATE, "Valley", c.StatePosition("dila", 1, "yes"))
    number = commune.asked("Ford")
    commune.opens("dila", "Ford", 3).agrees("Ford", 3)
    assert (commune.stage("Ford", number), signed(commune)) == ("withdrawn", {"ford": "yes"})


def test_a_signer_that_leaves(commune: Confederation):
    """Who left while asked is not waited for (§6.1)."""
    commune.refuses(Why.SIGNING_NEEDS_MANDATE, "Valley", c.StatePosition("dila", 1, "yes"))
    commune.quits("Ford", "Valley").mandates("Mill", "Valley", 1, "yes").mandates("Hill", "Valley", 1, "yes")
    commune.waits("14d")
    assert commune.stage("Valley", 1) == "closed"
    commune.checks()
