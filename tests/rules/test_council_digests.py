"""What a digest says (§6.12)."""

from governance import commands as c
from governance.digests import digest_for, reports_since
from governance.ties import Voice
from tests.confederation import START, three


def test_a_digest():
    """All positions with their standing, our delegate's beside our mandate, what waits for us, reports."""
    commune = three().puts("ana", "Valley", "Share the water #water").mandates("Ford", "Valley", 1, "yes")
    commune.states("ana", "Valley", 1, "no").does("Valley", c.SendReport("ana", "They want all of it."))
    valley = commune.state("Valley")
    (line,) = digest_for(valley, "mill", START, commune.now)
    assert dict(line.voices) == {
        "mill": Voice("indicative", "no"), "ford": Voice("mandated", "yes", 3, False, 3, 0), "hill": Voice("silent"),
    }
    assert (line.ours, line.answers, line.mandate, line.asked_until) == (
        Voice("indicative", "no"), {"ana": "no"}, None, None,
    )
    (ford,) = digest_for(valley, "ford", START, commune.now)
    assert ford.mandate is not None
    assert ford.mandate.source == 3
    assert [one.text for one in reports_since(commune.state("Mill"), "valley", START)] == ["They want all of it."]
    assert reports_since(commune.state("Mill"), "valley", commune.now + 1) == ()
    assert reports_since(commune.state("Mill"), "ocean", START) == ()
    commune.waits("14d")
    (line,) = digest_for(commune.state("Valley"), "mill", START, commune.now)
    assert line.asked_until == commune.item("Valley", 1).question.closes
    commune.ratifies("Mill", yes="ana ben cem")
    (line,) = digest_for(commune.state("Valley"), "mill", START, commune.now)
    assert (line.stage.value, line.ours, line.asked_until) == (
        "adopted", Voice("ratified", "yes", 3, False, 2, 0), None,
    )
    assert line.voices["hill"].standing == "no_position"
    assert digest_for(commune.state("Valley"), "mill", commune.now + 1, commune.now) == ()
    assert digest_for(commune.state("Valley"), "stranger", START, commune.now)[0].mandate is None


def test_drafts_are_nobodys_business_yet():
    """§6.12 speaks of texts entering discussion."""
    commune = three({"seconds": "1"}).proposes("ana", "Valley", "motion", "Water", "text")
    assert digest_for(commune.state("Valley"), "mill", START, commune.now) == ()
    commune.does("Valley", c.Second("dila", 1))
    assert digest_for(commune.state("Valley"), "mill", START, commune.now)[0].stage.value == "discussion"
