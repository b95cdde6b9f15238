"""The page a delegate reads shows the rules that are played by (§3.1)."""

from governance.facts import Adopted, Orphaned
from governance.motion import NEXT, Stage
from tests.rules import guide


def test_the_page_is_the_code() -> None:
    """The diagram is printed from the transition table, the list of modules from the modules (§3.1)."""
    shown = guide.PAGE.read_text(encoding="utf-8")
    assert guide.page(shown) == shown, "write it anew: python -m tests.rules.guide"


def test_the_diagram_has_every_way_of_the_table() -> None:
    """And none that is not in it (§3.1)."""
    drawn = {(start, end) for start, end, _ in guide.edges()}
    for stage, facts in NEXT.items():
        for to in facts.values():
            assert to is None or to is stage or (stage, to) in drawn
    assert (Stage.PAUSED, Stage.COOLING) in drawn
    assert (Stage.ORPHANED, Stage.DRAFT) in drawn
    assert (Stage.ORPHANED, Stage.PAUSED) not in drawn
    assert (Stage.PAUSED, Stage.DRAFT) not in drawn
    assert (Stage.VOTE, Stage.PAUSED) not in drawn


def test_a_fact_in_words() -> None:
    """So that the diagram reads without the code."""
    assert [guide.words(one) for one in (Adopted, Orphaned)] == ["adopted", "orphaned"]
