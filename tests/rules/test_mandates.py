"""Delegations, mandates and the standing they give (§6.2–6.5)."""

import pytest

from governance import commands as c
from governance import facts as f
from governance.mandate import tags_of, voice_of, voices
from governance.refusals import Why
from governance.terms import DAY
from governance.ties import Voice
from tests.confederation import START, Confederation, three


def voice(commune: Confederation, member: str, item: int = 1) -> Voice:
    valley = commune.state("Valley")
    return voices(valley, valley.items[item], commune.now)[member.lower()]


@pytest.fixture
def commune() -> Confederation:
    """Three assemblies in the council; a motion on water is put to its vote by Ford."""
    return three().puts("dila", "Valley", "Share the water #water")


# --- standing


def test_an_item_mandate_speaks_by_itself(commune: Confederation):
    """Nobody needs to press anything (§6.3)."""
    commune.mandates("Mill", "Valley", 1, "abstain")
    assert voice(commune, "Mill") == Voice("mandated", "abstain", 3)


def test_within_the_mandate_is_mandated_without_one_indicative(commune: Confederation):
    """Standing is computed (§6.4)."""
    commune.states("ana", "Valley", 1, "yes")
    assert voice(commune, "Mill").standing == "indicative"
    commune.scopes("Mill", "Valley", tags=["#Water"], may=["yes", "abstain"])
    assert voice(commune, "Mill") == Voice("mandated", "yes", 3)
    commune.states("ana", "Valley", 1, "abstain")
    assert voice(commune, "Mill") == Voice("mandated", "abstain", 3)
    commune.refuses(Why.AGAINST_MANDATE, "Valley", c.StatePosition("ana", 1, "no"))


def test_a_delegate_in_doubt_may_lower_and_never_raise(commune: Confederation):
    """Under a scope mandate only (§6.4)."""
    commune.scopes("Mill", "Valley", items=[1], may=["no"])
    commune.states("ana", "Valley", 1, "no", indicative=True)
    assert voice(commune, "Mill").standing == "indicative"
    assert len(commune.facts("Mill", f.DelegateHeard)) == 1
    commune.states("ana", "Valley", 1, "no")
    assert voice(commune, "Mill").standing == "mandated"
    commune.mandates("Mill", "Valley", 1, "no")
    commune.refuses(Why.CANNOT_LOWER, "Valley", c.StatePosition("ana", 1, "no", indicative=True))
    commune.states("ana", "Valley", 1, "no", reason="as decided")


def test_the_item_goes_before_the_scope_and_the_later_scope_before_the_earlier(commune: Confederation):
    """§6.7a."""
    commune.scopes("Mill", "Valley", tags=["water"], may=["yes"]).waits("1d")
    commune.scopes("Mill", "Valley", tags=["water"], may=["no"])
    commune.refuses(Why.AGAINST_MANDATE, "Valley", c.StatePosition("ana", 1, "yes"))
    commune.states("ana", "Valley", 1, "no").mandates("Mill", "Valley", 1, "yes")
    assert voice(commune, "Mill") == Voice("mandated", "yes", 5, False, 3, 0)


def test_a_scope_mandate_expires(commune: Confederation):
    """After `until` the delegate's answer is an estimate again (§6.3)."""
    commune.scopes("Mill", "Valley", tags=["water"], may=["yes"], until=START + DAY).states("ana", "Valley", 1, "yes")
    assert voice(commune, "Mill").standing == "mandated"
    commune.waits("1d")
    assert voice(commune, "Mill").standing == "indicative"


def test_what_a_later_mandate_forbids_is_silence(commune: Confederation):
    """An answer against the scope mandate in force is void (§6.5)."""
    commune.states("ana", "Valley", 1, "yes").scopes("Mill", "Valley", tags=["water"], may=["no"])
    assert voice(commune, "Mill") == Voice("silent")


def test_a_mandate_withdrawn_leaves_the_answer_an_estimate(commune: Confederation):
    """`none` withdraws (§6.3)."""
    commune.mandates("Mill", "Valley", 1, "yes").states("ana", "Valley", 1, "yes").mandates("Mill", "Valley", 1, "none")
    assert voice(commune, "Mill") == Voice("indicative", "yes")


def test_a_mandate_amended_before_the_closing_replaces_the_position(commune: Confederation):
    """After it, it changes nothing (§6.5)."""
    commune.mandates("Mill", "Valley", 1, "yes").mandates("Ford", "Valley", 1, "yes").waits("13d")
    commune.mandates("Mill", "Valley", 1, "no").waits("1d")
    assert commune.stage("Valley", 1) == "ratification"
    assert commune.item("Valley", 1).counsel.voices["mill"].choice == "no"
    commune.refuses(
        Why.COUNCIL_ITEM_CLOSED, "Mill",
        c.Propose("ana", "mandate", "", "", {"council": "valley", "item": 1, "choice": "yes", "version": 1}),
    )


def test_a_new_text_leaves_the_mandate_behind_unless_it_holds_for_any():
    """Item mandates for version v are shown, not counted (§6.5)."""
    commune = three().proposes("ana", "Valley", "motion", "Share the water", "all of it")
    commune.mandates("Mill", "Valley", 1, "yes").mandates("Ford", "Valley", 1, "yes", version=0)
    commune.does("Valley", c.Amend("dila", 1, "half of it")).does("Valley", c.Accept("ana", 1, "a"))
    assert commune.state("Hill").ties.councils["valley"].items[1].version == 2
    commune.opens("ana", "Valley", 1)
    assert voice(commune, "Mill").standing == "silent"
    assert voice(commune, "Ford").standing == "mandated"
    assert commune.state("Valley").ties.members["mill"].mandates[0].version == 1


def test_mended_spelling_leaves_mandates_as_they_are():
    """Version, positions and mandates stay (§3.6)."""
    commune = three().proposes("ana", "Valley", "motion", "Share the water", "al of it").waits("1d")
    announced = commune.state("Mill").ties.councils["valley"].items[1].announced
    commune.mandates("Mill", "Valley", 1, "yes").does("Valley", c.Mend("dila", 1, "all of it")).waits("3h")
    assert commune.item("Valley", 1).text == "all of it"
    assert commune.state("Mill").ties.councils["valley"].items[1].announced == announced
    commune.opens("ana", "Valley", 1)
    assert voice(commune, "Mill").standing == "mandated"


def test_two_delegates_one_voice():
    """One answer is enough; two that differ are silence, shown; of two standings the lower counts (§6.4, §6.7a)."""
    commune = three().sends("Mill", "Valley", "ana ben").puts("dila", "Valley", "Share the water #water")
    commune.states("ana", "Valley", 1, "yes")
    assert voice(commune, "Mill") == Voice("indicative", "yes")
    commune.states("ben", "Valley", 1, "no")
    assert voice(commune, "Mill") == Voice("silent", differ=True)
    commune.scopes("Mill", "Valley", tags=["water"], may=["yes"]).states("ben", "Valley", 1, "yes", indicative=True)
    assert voice(commune, "Mill") == Voice("indicative", "yes")
    commune.states("ben", "Valley", 1, "yes")
    assert voice(commune, "Mill") == Voice("mandated", "yes", 4)


def test_positions_of_a_round():
    """yes, no, abstain are agree, block, pass; the verbs of a round work too (§6.4)."""
    commune = three({"rounds": "1"}).sends("Mill", "Valley", "ana ben").puts("dila", "Valley", "Share the water")
    commune.states("ana", "Valley", 1, "yes").does("Valley", c.TakePosition("ben", 1, "reserve", "if there is enough"))
    assert voice(commune, "Mill") == Voice("indicative", "reserve")
    commune.refuses(Why.BLOCK_NEEDS_REASON, "Valley", c.TakePosition("dila", 1, "block"))
    commune.does("Valley", c.TakePosition("dila", 1, "block", "we drink it", principle=1))
    assert voice(commune, "Ford") == Voice("indicative", "block")
    commune.states("gül", "Valley", 1, "no").states("gül", "Valley", 1, "abstain")
    assert voice(commune, "Hill") == Voice("indicative", "pass")
    commune.refuses(Why.UNKNOWN_CHOICE, "Valley", c.StatePosition("gül", 1, "maybe"))
    commune.refuses(Why.TEXT_TOO_LONG, "Valley", c.StatePosition("gül", 1, "yes", "x" * 1001))


def test_the_same_answer_again_is_not_told_twice(commune: Confederation):
    """Home hears of an indication once."""
    commune.states("ana", "Valley", 1, "yes").states("ana", "Valley", 1, "yes")
    assert len(commune.facts("Valley", f.PositionStated)) == 1


# --- who may answer


def test_only_delegates_answer(commune: Confederation):
    """Observers speak, alternates wait (§6.2)."""
    commune.sends("Mill", "Valley", "ana", alternates="ben", observers="cem")
    commune.refuses(Why.OBSERVERS_SPEAK, "Valley", c.StatePosition("cem", 1, "yes"))
    commune.refuses(Why.NOT_A_DELEGATE, "Valley", c.StatePosition("ben", 1, "yes"))
    commune.refuses(Why.NOT_A_DELEGATE, "Valley", c.Propose("nobody", "motion", "Mine"))
    commune.does("Valley", c.SendReport("cem", "They talk a lot."))
    commune.refuses(Why.NOT_A_DELEGATE, "Valley", c.SendReport("nobody", "Hello"))
    commune.refuses(Why.TEXT_MISSING, "Valley", c.SendReport("cem", " "))
    commune.refuses(Why.TEXT_TOO_LONG, "Valley", c.SendReport("cem", "x" * 4001))
    commune.refuses(Why.ONLY_IN_A_COUNCIL, "Mill", c.SendReport("cem", "Hello"))
    commune.refuses(Why.ONLY_IN_A_COUNCIL, "Mill", c.StatePosition("ana", 1, "yes"))


def test_answers_find_an_open_question(commune: Confederation):
    """As at home: the item, its stage, its closing instant, the button pressed."""
    commune.refuses(Why.NO_SUCH_ITEM, "Valley", c.StatePosition("ana", 9, "yes"))
    commune.refuses(Why.STALE_BUTTON, "Valley", c.StatePosition("ana", 1, "yes", question=7))
    commune.does("Valley", c.CastBallot("ana", 1, "yes", question=1))
    commune.refuses(Why.NO_RIVALS_HERE, "Valley", c.CastBallot("ana", 1, "yes", "a"))
    commune.refuses(Why.NO_RIVALS_HERE, "Valley", c.PutRival("ana", 1, "a"))
    commune.proposes("ana", "Valley", "motion", "Another", "text")
    commune.refuses(Why.NOTHING_OPEN, "Valley", c.StatePosition("ana", 2, "yes"))
    commune.refuses(Why.STALE_BUTTON, "Valley", c.StatePosition("ana", 2, "yes", question=1))
    commune.held = True
    commune.now = commune.item("Valley", 1).question.closes
    commune.refuses(Why.QUESTION_CLOSED, "Valley", c.StatePosition("ana", 1, "yes"))


def test_who_joins_later_has_a_voice_from_the_next_question(commune: Confederation):
    """T is frozen at the opening (§2.3, §6.7)."""
    commune.waits("1d").base("Oak", "oya okan").joins("Oak", "Valley").sends("Oak", "Valley", "oya")
    commune.refuses(Why.NOT_IN_ELECTORATE, "Valley", c.StatePosition("oya", 1, "yes"))
    assert commune.state("Oak").ties.councils["valley"].items[1].stage == "vote"


# --- naming


def named(commune: Confederation, why: Why, **terms: object) -> None:
    commune.refuses(why, "Mill", c.Propose("ana", "delegation", "", "", {"council": "valley", **terms}))


def test_who_can_be_named(commune: Confederation):
    """Persons on the roll, each in one seat; a term never longer than the council's (§6.2)."""
    named(commune, Why.NO_DELEGATES)
    named(commune, Why.TWO_SEATS, delegates=["ana"], observers=["ana"])
    named(commune, Why.NOT_ON_A_ROLL_BELOW, delegates=["stranger"])
    commune.sends("Mill", "Valley", "ben", term=400 * 86_400)
    assert commune.state("Mill").ties.councils["valley"].delegation.until == START + 90 * DAY
    commune.sends("Mill", "Valley", "ana", term=86_400).waits("1d")
    assert commune.state("Mill").ties.councils["valley"].delegation is None
    assert commune.state("Valley").ties.members["mill"].delegation.delegates == ()
    assert commune.facts("Mill", f.DelegationSent)[-1].why == "term_over"
    commune.checks()


def test_in_one_council_a_person_carries_one_delegation():
    """The council takes the first; home moves up an alternate (§6.2)."""
    commune = three().does("Ford", c.Join("ana")).sends("Ford", "Valley", "ana", alternates="emre")
    assert commune.state("Valley").ties.members["ford"].delegation.delegates == ("emre",)
    assert commune.state("Ford").ties.councils["valley"].delegation.delegates == ("emre",)
    assert commune.facts("Ford", f.AnswerNoted)[-2].why == "carries_another"
    commune.checks()


def test_terms_and_cooling_off():
    """After `max_terms` delegations in a row, `cooloff` without this person (§6.2)."""
    commune = three({"max_terms": "2", "cooloff": "2"}).sends("Mill", "Valley", "ana")
    named(commune, Why.TERMS_SERVED, delegates=["ana"])
    commune.sends("Mill", "Valley", "ben")
    named(commune, Why.TERMS_SERVED, delegates=["ana"])
    commune.sends("Mill", "Valley", "ben").sends("Mill", "Valley", ["ana", "ben"][0])
    named(commune, Why.TERMS_SERVED, delegates=["ben"])


def test_a_pair_where_the_council_asks_for_one():
    """`parity`: two delegates with different declared features (§6.2)."""
    commune = Confederation().council("Valley", parity="pair").base("Mill", "ana ben cem").joins("Mill", "Valley")
    named(commune, Why.PARITY_NEEDS_A_PAIR, delegates=["ana"])
    named(commune, Why.PARITY_NEEDS_A_PAIR, delegates=["ana", "ben"])
    commune.sends("Mill", "Valley", "ana ben", pair=True)


def test_a_later_delegation_replaces_the_earlier_one_whole(commune: Confederation):
    """Being left out empties the seat like a recall (§6.2, §6.5)."""
    commune.states("ana", "Valley", 1, "yes").sends("Mill", "Valley", "ben")
    assert voice(commune, "Mill") == Voice("silent")
    commune.refuses(Why.NOT_A_DELEGATE, "Valley", c.StatePosition("ana", 1, "yes"))


def test_what_a_scope_mandate_held_survives_the_delegate(commune: Confederation):
    """A mandated position belongs to the assembly (§6.5)."""
    commune.scopes("Mill", "Valley", tags=["water"], may=["yes"], until=START + 2 * DAY)
    commune.states("ana", "Valley", 1, "yes").sends("Mill", "Valley", "ben")
    assert voice(commune, "Mill").standing == "mandated"
    commune.waits("2d")
    assert voice(commune, "Mill").standing == "silent"


def test_who_was_lowered_goes_with_the_seat(commune: Confederation):
    """An indicative answer is voided, whatever mandate there is (§6.5)."""
    commune.scopes("Mill", "Valley", tags=["water"], may=["yes"]).states("ana", "Valley", 1, "yes", indicative=True)
    commune.sends("Mill", "Valley", "ben")
    assert voice(commune, "Mill").standing == "silent"


# --- mandating


def refused(commune: Confederation, why: Why, **terms: object) -> None:
    commune.refuses(why, "Mill", c.Propose("ana", "mandate", "", "", {"council": "valley", **terms}))


def test_what_can_be_mandated(commune: Confederation):
    """A mandate leaves no choice between yes and no (§6.3)."""
    refused(commune, Why.NO_SUCH_COUNCIL_ITEM, item=9, choice="yes")
    refused(commune, Why.UNKNOWN_CHOICE, item=1, choice="maybe")
    refused(commune, Why.MANDATE_LEAVES_CHOICE, tags=["water"], may=["yes", "no"])
    refused(commune, Why.MANDATE_LEAVES_CHOICE, tags=["water"])
    refused(commune, Why.MANDATE_COVERS_NOTHING, may=["yes"])
    refused(commune, Why.MANDATE_IS_OVER, tags=["water"], may=["yes"], until=START)
    commune.refuses(Why.NOT_A_MEMBER_OF, "Mill", c.Propose("ana", "quit", "", "", {"council": "ocean"}))


def test_discussion_of_a_mandate():
    """`discussion_min` of a mandate motion counts from the announcement of the text at home (§6.3)."""
    commune = three()
    commune.decides("Mill", "charter", discussion_min="48h").puts("dila", "Valley", "Share the water").waits("24h")
    mandate = {"council": "valley", "item": 1, "choice": "yes", "version": 1}
    commune.proposes("ana", "Mill", "mandate", **mandate)
    commune.refuses(Why.NOT_YET_OPEN, "Mill", c.Open("ana", 4))
    commune.waits("24h").opens("ana", "Mill", 4)
    commune.proposes("ana", "Mill", "mandate", tags=["x"], may=["no"], council="valley")
    commune.refuses(Why.NOT_YET_OPEN, "Mill", c.Open("ana", 5))


def test_tags_are_the_words_with_a_hash():
    """Part of the text and frozen with it (§6.3)."""
    assert tags_of("Share the #Water of the #upper-valley, #1 issue") == {"water", "upper-valley", "1"}


def test_a_mandate_for_something_the_council_does_not_know_is_refused_there(commune: Confederation):
    """Its answer goes home (§6)."""
    number = commune.state("Mill").ties.sent["valley"] + 1
    told = f.MandateGiven(("valley",), (number,), 9, 99, 0, "yes", (), (), (), None, "", 0, 0, START)
    commune.does("Valley", c.TakeDispatch("mill", 77, "seal", told))
    assert commune.facts("Valley", f.DispatchTaken)[-1].why == "no_such_item"


def test_scope_mandates_stand_beside_each_other(commune: Confederation):
    """A later one on other tags takes nothing from an earlier one (§6.3, §6.7a)."""
    commune.scopes("Mill", "Valley", tags=["water"], may=["yes"]).scopes("Mill", "Valley", tags=["roads"], may=["no"])
    commune.states("ana", "Valley", 1, "yes")
    assert voice(commune, "Mill") == Voice("mandated", "yes", commune.state("Mill").last_item - 1)


def test_an_item_mandate_leaves_those_on_other_items(commune: Confederation):
    """§6.3, §6.5."""
    commune.puts("ana", "Valley", "Another").mandates("Mill", "Valley", 1, "yes").mandates("Mill", "Valley", 2, "no")
    assert (voice(commune, "Mill").position, voice(commune, "Mill", 2).position) == ("yes", "no")


def test_each_voice_is_made_of_its_own_delegates_answers(commune: Confederation):
    """One alone is heard as in the count of all (§6.7a)."""
    commune.states("ana", "Valley", 1, "yes").states("dila", "Valley", 1, "no")
    state, item = commune.state("Valley"), commune.item("Valley", 1)
    everyone = voices(state, item, commune.now)
    assert {one: voice_of(state, item, one, commune.now) for one in everyone} == everyone
    assert {one: heard.choice for one, heard in everyone.items()} == {"mill": "yes", "ford": "no", "hill": ""}
