"""A council's rounds, votes and ratifications (§6.7, §6.8, §6.13)."""

import pytest

from governance import commands as c
from governance import facts as f
from governance.assembly import due
from governance.council import VoiceBox
from governance.council_count import rule_of
from governance.refusals import Why
from governance.terms import DAY
from tests.confederation import Confederation, three


def ratified(commune: Confederation, item: int = 1) -> dict[str, str]:
    return {one: answer.choice for one, answer in commune.item("Valley", item).counsel.ratified.items()}


def opened(council: dict[str, str] | None = None, **base: str) -> Confederation:
    return three(council, **base).puts("ana", "Valley", "Share the water")


# --- rounds


def test_a_round_counts_all_voices_and_c_decides():
    """Consensus of indicative voices is not yet a decision (§6.7b, c)."""
    commune = opened({"rounds": "1"})
    commune.states("ana", "Valley", 1, "yes").states("dila", "Valley", 1, "yes").waits("14d")
    item = commune.item("Valley", 1)
    assert (item.rounds[0].outcome, item.stage.value) == ("consensus", "ratification")
    assert item.question.closes == commune.now + 14 * DAY
    # decided at home by the same instant (§6.7d)
    commune.ratifies("Mill", yes="ana ben cem").ratifies("Ford", yes="dila emre fatma")
    assert commune.stage("Valley", 1) == "adopted"
    commune.checks()


def test_a_round_of_mandates_decides_at_once():
    """A mandate no is a block whose reason is the home item and its words (§6.7a)."""
    commune = opened({"rounds": "1", "blocks_allowed": "1"})
    commune.mandates("Mill", "Valley", 1, "yes").mandates("Ford", "Valley", 1, "yes")
    commune.mandates("Hill", "Valley", 1, "no", words="we are dry").waits("14d")
    item = commune.item("Valley", 1)
    assert (item.stage.value, item.decided_by) == ("adopted", "mandates")
    assert [(one.member, one.text) for one in item.rounds[0].reasons] == [("hill", "we are dry")]


def test_a_block_leads_on_and_the_blocker_may_attach_a_statement():
    """Not reached: §3, and §5.4."""
    commune = opened({"rounds": "1", "cooling": "24h"})
    commune.does("Valley", c.TakePosition("dila", 1, "block", "we drink it", principle=1))
    commune.states("ana", "Valley", 1, "yes").does("Valley", c.TakePosition("gül", 1, "aside", "away")).waits("14d")
    assert commune.stage("Valley", 1) == "cooling"
    assert [one.text for one in commune.item("Valley", 1).rounds[0].reasons] == ["we drink it", "away"]
    commune.does("Valley", c.AttachStatement("dila", 1, "Nobody asked us.")).waits("24h")
    assert commune.stage("Valley", 1) == "vote"
    assert commune.item("Valley", 1).counsel.answers == {}


def test_a_round_without_quorum_is_extended_once_then_lapses():
    """§4.1 with M = T and no `quorum_min`."""
    commune = opened({"rounds": "1", "round_quorum": "1/3", "quorum_min": "50"}).waits("14d")
    assert commune.stage("Valley", 1) == "round"
    assert commune.item("Valley", 1).question.closes == commune.now + 7 * DAY
    commune.waits("7d")
    assert (commune.stage("Valley", 1), commune.item("Valley", 1).why) == ("lapsed", "no_quorum")
    commune.puts("ana", "Valley", "Again").states("ana", "Valley", 2, "yes").waits("14d")
    assert commune.stage("Valley", 2) == "ratification"


def test_a_round_closes_early_when_all_have_answered_and_none_blocks():
    """§4.6."""
    commune = opened({"rounds": "1", "early_close": "yes", "early_close_after": "24h"})
    for person in ("ana", "dila", "gül"):
        commune.states(person, "Valley", 1, "yes")
    assert commune.stage("Valley", 1) == "round"
    commune.waits("24h")
    assert commune.stage("Valley", 1) == "ratification"


@pytest.mark.parametrize("last", ["", "no"])
def test_a_round_stays_open_while_one_is_silent_or_blocks(last: str):
    """All must have answered, and no block stand (§4.6)."""
    commune = opened({"rounds": "1", "early_close": "yes", "early_close_after": "24h"})
    commune.states("ana", "Valley", 1, "yes").states("dila", "Valley", 1, "yes")
    if last:
        commune.states("gül", "Valley", 1, last)
    commune.waits("13d")
    assert commune.stage("Valley", 1) == "round"


def test_the_round_on_a_new_text_is_counted_by_its_voices():
    """An amendment accepted supersedes the round (§3.5)."""
    commune = opened({"rounds": "1"}).states("dila", "Valley", 1, "yes")
    commune.does("Valley", c.Amend("dila", 1, "less")).does("Valley", c.Accept("ana", 1, "a"))
    assert commune.item("Valley", 1).rounds[0].tally == {"agree": 1}
    box = VoiceBox(commune.state("Valley"), commune.now)
    assert (box.answered("1.2"), box.choice("1.2", "ford"), box.voters("1.2")) == (0, None, frozenset())


# --- votes


def test_a_vote_closes_as_soon_as_c_decides():
    """With `early_close`, after `early_close_after`, at the instant of the last word (§6.7f)."""
    commune = opened({"early_close": "yes", "early_close_after": "48h"}).mandates("Mill", "Valley", 1, "yes")
    commune.states("dila", "Valley", 1, "yes").waits("3d")
    assert commune.stage("Valley", 1) == "vote"
    commune.mandates("Ford", "Valley", 1, "yes")
    assert due(commune.state("Valley"), commune.now) == commune.now
    commune.waits("0")
    assert commune.stage("Valley", 1) == "adopted"
    assert commune.item("Valley", 1).votes[0].closed == commune.now


def test_rejected_by_mandates_and_a_tie_by_name():
    """§6.7c, §5.3."""
    commune = opened().mandates("Mill", "Valley", 1, "no").mandates("Ford", "Valley", 1, "no").waits("14d")
    item = commune.item("Valley", 1)
    assert (item.stage.value, item.decided_by, item.why) == ("rejected", "mandates", "threshold")
    commune = opened({"council_threshold": "1/2"}).mandates("Mill", "Valley", 1, "yes")
    commune.mandates("Ford", "Valley", 1, "no").mandates("Hill", "Valley", 1, "abstain").waits("14d")
    assert commune.item("Valley", 1).why == "tie"


def test_nobody_stated_yes_or_no():
    """Base `stated`: no votes (§6.7c)."""
    commune = opened({"council_base": "stated"})
    for name in ("Mill", "Ford", "Hill"):
        commune.mandates(name, "Valley", 1, "abstain")
    commune.waits("14d")
    assert (commune.stage("Valley", 1), commune.item("Valley", 1).why) == ("lapsed", "no_votes")


def test_structural_motions_need_the_structural_threshold():
    """`structural_threshold` for charter, principle, join, quit, rights (§6.7c)."""
    commune = three().puts("ana", "Valley", "", kind="principle")
    commune.mandates("Mill", "Valley", 1, "yes").mandates("Ford", "Valley", 1, "yes").waits("14d")
    assert commune.stage("Valley", 1) == "ratification"
    commune.ratifies("Hill", yes="gül hakan ipek")
    assert commune.state("Valley").principles[2].text == "as it says"


def test_a_repeal_needs_the_greater_of_both():
    """§5.9, with the stricter base."""
    commune = three({"council_base": "stated"}).puts("ana", "Valley", "", kind="principle")
    for name in ("Mill", "Ford", "Hill"):
        commune.mandates(name, "Valley", 1, "yes")
    commune.waits("14d").proposes("ana", "Valley", "repeal", item=1).opens("ana", "Valley", 2)
    question = commune.item("Valley", 2).question
    assert (question.threshold, question.base) == ("3/4", "stated")
    commune.proposes("ana", "Valley", "charter", council_base="all").opens("ana", "Valley", 3)
    for name in ("Mill", "Ford", "Hill"):
        commune.mandates(name, "Valley", 3, "yes")
    commune.waits("14d").puts("ana", "Valley", "Plain")
    for name in ("Mill", "Ford", "Hill"):
        commune.mandates(name, "Valley", 4, "yes")
    commune.waits("14d").proposes("ana", "Valley", "repeal", item=4).opens("ana", "Valley", 5)
    assert commune.item("Valley", 5).question.base == "all"


@pytest.mark.parametrize(("before", "after", "rule"), [
    ({"council_base": "all"}, {"council_base": "stated"}, ("2/3", "all", False)),
    ({"council_base": "stated"}, {"council_base": "all"}, ("2/3", "all", False)),
    ({"council_base": "stated"}, {}, ("2/3", "stated", False)),
    ({"council_threshold": "3/4"}, {"council_threshold": "1/2"}, ("3/4", "all", False)),
    ({"council_threshold": "1/2"}, {"council_threshold": "3/4"}, ("3/4", "all", False)),
    ({"double_majority": "no"}, {"double_majority": "yes"}, ("2/3", "all", True)),
])
def test_a_repeal_in_a_council_is_counted_by_the_stricter_of_both(
    before: dict[str, str], after: dict[str, str], rule: tuple[str, str, bool]
):
    """The charter of what is repealed and that of the repeal (§5.9); each item keeps its own (§2.1)."""
    commune = opened(before)
    old = rule_of(commune.state("Valley"), commune.item("Valley", 1))
    for name in ("Mill", "Ford", "Hill"):
        commune.mandates(name, "Valley", 1, "yes")
    commune.waits("14d").proposes("ana", "Valley", "charter", **(after or {"term": "60d"})).opens("ana", "Valley", 2)
    for name in ("Mill", "Ford", "Hill"):
        commune.mandates(name, "Valley", 2, "yes")
    commune.waits("14d")
    assert commune.stage("Valley", 2) == "adopted"
    assert rule_of(commune.state("Valley"), commune.item("Valley", 1)) == old
    commune.proposes("ana", "Valley", "repeal", item=1).opens("ana", "Valley", 3)
    found = rule_of(commune.state("Valley"), commune.item("Valley", 3))
    assert (str(found.threshold), found.base, found.double) == rule


def test_a_repeal_of_what_was_decided_by_both_is_decided_by_both():
    """Members are counted where they were counted for what is repealed (§5.9, §6.8)."""
    commune = opened({"double_majority": "yes"})
    for name in ("Mill", "Ford", "Hill"):
        commune.mandates(name, "Valley", 1, "yes")
    commune.waits("14d").proposes("ana", "Valley", "charter", double_majority="no").opens("ana", "Valley", 2)
    for name in ("Mill", "Ford", "Hill"):
        commune.mandates(name, "Valley", 2, "yes")
    commune.waits("14d").proposes("ana", "Valley", "repeal", item=1).opens("ana", "Valley", 3)
    assert not commune.state("Valley").charter.double_majority
    assert rule_of(commune.state("Valley"), commune.item("Valley", 3)).double


def test_a_call_is_never_counted_by_double_majority():
    """It binds who signs, and nobody else (§6.8, §6.9): no member's ballots are summed."""
    commune = three({"double_majority": "yes"}).puts("ana", "Valley", "Come to the river", kind="call")
    assert not rule_of(commune.state("Valley"), commune.item("Valley", 1)).double
    commune.waits("14d")
    assert [one.double for one in commune.facts("Valley", f.RatificationAsked)] == [False]


def test_a_late_swing_is_given_time():
    """The outcome of c in the last tenth (§5.7)."""
    commune = opened({"late_swing": "on"}).mandates("Mill", "Valley", 1, "yes").waits("13d")
    assert commune.facts("Valley", f.TendencyNoted)[0].outcome == "ratification"
    commune.mandates("Ford", "Valley", 1, "yes").waits("1d")
    assert (commune.stage("Valley", 1), commune.item("Valley", 1).question.extended) == ("vote", {"late_swing"})
    assert commune.item("Valley", 1).question.closes == commune.now + 14 * DAY // 10
    commune.waits("2d")
    assert commune.stage("Valley", 1) == "adopted"


# --- ratification


def asked(council: dict[str, str] | None = None, **base: str) -> Confederation:
    """Mill mandated yes; Ford indicated, Hill is silent; both are asked."""
    commune = opened(council, **base).mandates("Mill", "Valley", 1, "yes").states("dila", "Valley", 1, "yes")
    return commune.waits("14d")


def test_one_closing_instant_for_all_and_reminders():
    """At half, three quarters, and a day before the end (§6.7d, §6.13)."""
    commune = asked()
    home = commune.item("Ford", commune.asked("Ford"))
    assert home.question.closes == commune.item("Valley", 1).question.closes == commune.now + 14 * DAY
    assert (home.kind.value, home.question.threshold, home.terms["position"]) == ("ratification", "2/3", "yes")
    began = commune.now
    commune.waits("14d")
    reminders = [at for at, one in commune.rooms["ford"].reminders if one.item == home.number]
    assert reminders == [began + 7 * DAY, began + 10 * DAY + DAY // 2, began + 13 * DAY]


@pytest.mark.parametrize(("ballots", "answer"), [
    ({"yes": "dila emre"}, "yes"),
    ({"no": "dila emre"}, "no"),
    ({"yes": "dila", "no": "emre", "abstain": "fatma"}, "abstain"),
    ({"abstain": "dila"}, "abstain"),
    ({}, ""),
])
def test_what_home_answers(ballots: dict[str, str], answer: str):
    """Adopted is yes, more no than yes no, quorum and neither abstain, else no position (§6.7d)."""
    commune = asked().ratifies("Ford", **ballots).waits("14d")
    assert ratified(commune) == {"ford": answer, "hill": ""}
    commune.checks()


def test_a_missed_deadline_is_no_position():
    """Never "the indicative vote stands" (§6.7e)."""
    commune = asked().waits("14d")
    item = commune.item("Valley", 1)
    assert (item.stage.value, item.decided_by, item.why) == ("rejected", "ratification", "threshold")


def test_a_home_that_cannot_be_reached_does_not_hold_up_the_others():
    """At the closing instant what has not come is no position; later it is recorded (§6.7d, e)."""
    commune = asked().puts("ana", "Valley", "One river", kind="referendum")
    commune.held = True
    for name in ("Ford", "Hill"):
        commune.ratifies(name, yes=" ".join(sorted(commune.state(name).roll)))
    commune.waits("14d")
    assert (commune.stage("Valley", 1), ratified(commune)) == ("rejected", {})
    assert (commune.stage("Valley", 2), commune.item("Valley", 2).why) == ("lapsed", "no_votes")
    commune.held = False
    commune.deliver()
    assert (commune.stage("Valley", 1), ratified(commune)) == ("rejected", {"ford": "yes", "hill": "yes"})
    commune.checks()


def test_home_closes_early_when_its_answer_is_certain():
    """Not before: whether it is yes, no or abstain must be certain (§6.7d)."""
    commune = asked(threshold="1/2")
    number = commune.asked("Ford")
    commune.votes("Ford", number, yes="dila", no="emre")
    assert commune.stage("Ford", number) == "vote"
    commune.votes("Ford", number, abstain="fatma")
    assert commune.stage("Ford", number) == "rejected"
    assert ratified(commune)["ford"] == "abstain"


def test_a_mandate_under_way_becomes_the_answer():
    """The ratification item is withdrawn; a new mandate meanwhile is refused (§6.7d)."""
    commune = opened().mandates("Mill", "Valley", 1, "yes")
    mandate = {"council": "valley", "item": 1, "choice": "yes", "version": 1}
    commune.waits("13d").proposes("dila", "Ford", "mandate", **mandate).waits("1d")
    number, motion = commune.asked("Ford"), 3
    commune.refuses(Why.ANSWER_THE_RATIFICATION, "Ford", c.Propose("emre", "mandate", "", "", mandate))
    # nothing closes early while the mandate may yet be the answer
    commune.votes("Ford", number, no="dila emre fatma")
    assert commune.stage("Ford", number) == "vote"
    commune.opens("dila", "Ford", motion).agrees("Ford", motion)
    assert commune.stage("Ford", number) == "withdrawn"
    assert ratified(commune) == {"ford": "yes"}
    assert commune.stage("Valley", 1) == "adopted"
    commune.waits("14d").checks()


def test_a_mandate_for_another_text_is_no_answer():
    """Nor is one withdrawn (§6.7d)."""
    commune = opened().mandates("Mill", "Valley", 1, "yes").waits("13d")
    for choice, version in (("none", 1), ("yes", 7)):
        commune.proposes("dila", "Ford", "mandate", council="valley", item=1, choice=choice, version=version)
    commune.waits("1d")
    number = commune.asked("Ford")
    for motion in (3, 4):
        commune.opens("dila", "Ford", motion).agrees("Ford", motion)
        assert commune.stage("Ford", number) == "vote"
    assert [one.outcome for one in commune.facts("Valley", f.DispatchTaken)][-2:] == ["late", "late"]


def test_a_mandate_decided_while_the_question_was_on_its_way():
    """Home answers by it, and needs no ratification."""
    commune = opened().mandates("Mill", "Valley", 1, "yes")
    commune.held = True
    commune.waits("14d")
    assert commune.stage("Valley", 1) == "ratification"
    commune.now += DAY
    commune.mandates("Ford", "Valley", 1, "yes")
    # what was sent first arrives first
    commune.held = False
    commune.post.sort(key=lambda one: (one.to == "ford", one.sent))
    commune.deliver()
    assert commune.stage("Valley", 1) == "adopted"
    assert [one.kind.value for one in commune.state("Ford").items.values()].count("ratification") == 0
    commune.waits("14d").checks()


def test_decided_at_the_closing_instant_counts_whenever_it_arrives():
    """From the base up: the home vote that ends with the council's question counts in it (§3.8)."""
    commune = three().proposes("ana", "Valley", "motion", "Water", "text")
    for name in ("Mill", "Ford"):
        commune.decides(name, "charter", vote_window="14d", rounds="0", early_close="no")
    commune.proposes("ana", "Mill", "mandate", council="valley", item=1, choice="yes", version=1)
    commune.proposes("dila", "Ford", "mandate", council="valley", item=1, choice="yes", version=1)
    commune.opens("ana", "Valley", 1).opens("ana", "Mill", 4).opens("dila", "Ford", 4)
    commune.votes("Mill", 4, yes="ana ben").votes("Ford", 4, yes="dila emre").waits("14d")
    assert commune.item("Valley", 1).decided_by == "mandates"


def test_down_time_moves_home_and_council_alike():
    """One closing instant for all, after a downtime too (§3.8, §6.7d)."""
    commune = asked()
    stopped = commune.item("Valley", 1).question.closes - DAY // 2
    commune.waits("13d")
    commune.now = stopped + DAY
    for name in ("Valley", "Ford", "Hill"):
        commune.ask(name, c.MakeUpDowntime(stopped, commune.now))
    commune.deliver()
    assert commune.item("Valley", 1).question.closes == commune.now + DAY // 2
    assert commune.item("Ford", commune.asked("Ford")).question.closes == commune.now + DAY // 2
    commune.waits("6h").ratifies("Ford", yes="dila emre")
    assert commune.stage("Valley", 1) == "adopted"


def test_open_names_whose_charters_leave_no_time():
    """§6.11."""
    commune = three(discussion_min="0").decides("Hill", "charter", round_window="15d")
    commune.decides("Ford", "charter", rounds="0", vote_window="16d").puts("ana", "Valley", "Share the water")
    assert commune.facts("Valley", f.NoTimeNoted) == [f.NoTimeNoted(1, 1, ("ford", "hill"))]


# --- leaving in the middle


def test_who_leaves_in_the_middle():
    """T stays; the mandated position stays, the pending one is no position, nothing is asked of it (§6.1)."""
    commune = opened().mandates("Mill", "Valley", 1, "yes").quits("Mill", "Valley").quits("Hill", "Valley")
    commune.waits("14d")
    item = commune.item("Valley", 1)
    assert {one: voice.standing for one, voice in item.counsel.voices.items()} == {
        "mill": "mandated", "ford": "silent", "hill": "no_position",
    }
    assert set(item.counsel.asked) == {"ford"}
    commune.ratifies("Ford", yes="dila emre fatma")
    assert commune.stage("Valley", 1) == "adopted"
    commune.checks()


def test_who_left_and_came_back_has_no_voice_in_what_was_open():
    """§2.3."""
    commune = opened().quits("Hill", "Valley").waits("1d").joins("Hill", "Valley").sends("Hill", "Valley", "gül")
    commune.refuses(Why.LEFT_SINCE, "Valley", c.StatePosition("gül", 1, "yes"))


def test_who_leaves_while_asked():
    """The open ratification is withdrawn, the result does not bind who left (§6.1)."""
    commune = asked()
    number = commune.asked("Hill")
    commune.quits("Hill", "Valley")
    assert commune.stage("Hill", number) == "withdrawn"
    assert ratified(commune) == {"hill": ""}
    commune.quits("Ford", "Valley")
    assert (commune.stage("Valley", 1), commune.item("Valley", 1).why) == ("rejected", "threshold")
    commune.checks()


def test_the_last_member_leaves_and_the_council_is_dissolved():
    """Open items lapse (§6.1)."""
    commune = asked().proposes("ana", "Valley", "motion", "In discussion", "text")
    for name in ("Mill", "Ford", "Hill"):
        commune.quits(name, "Valley")
    assert commune.item("Valley", 2).why == "dissolved"
    assert commune.state("Valley").ties.dissolved
    commune.base("Oak", "oya").decides("Oak", "join", council="valley")
    assert commune.facts("Oak", f.AnswerNoted)[-1].why == "dissolved"
    assert commune.state("Oak").ties.councils == {}
    commune.checks()


def test_a_proposer_that_leaves_leaves_an_orphan():
    """As at home (§3.4)."""
    commune = three().proposes("gül", "Valley", "motion", "Alone", "text").quits("Hill", "Valley")
    assert commune.stage("Valley", 1) == "orphaned"
    commune.does("Valley", c.TakeOver("ana", 1))
    assert commune.stage("Valley", 1) == "discussion"


def test_nobody_is_left_to_ask():
    """Pending ones left: what e says holds at once."""
    commune = opened({"council_base": "stated"}).mandates("Mill", "Valley", 1, "yes")
    commune.quits("Ford", "Valley").quits("Hill", "Valley").waits("14d")
    assert (commune.stage("Valley", 1), commune.item("Valley", 1).why) == ("lapsed", "no_quorum")


# --- double majority


def test_double_majority_asks_all_and_counts_members():
    """Adopted by mandates needs that nobody is pending (§6.8)."""
    commune = opened({"double_majority": "yes"})
    commune.mandates("Mill", "Valley", 1, "yes").mandates("Ford", "Valley", 1, "yes").waits("14d")
    assert commune.stage("Valley", 1) == "ratification"
    number = commune.asked("Hill")
    commune.votes("Hill", number, no="gül hakan ipek")
    # every ballot counts: nothing closes early
    assert commune.stage("Hill", number) == "vote"
    commune.waits("14d")
    item = commune.item("Valley", 1)
    # 3 + 3 for, 3 against: two thirds exactly
    assert (item.stage.value, item.decided_by) == ("adopted", "ratification")
    assert item.counsel.ratified["hill"].no == 3


def test_double_majority_when_the_members_disagree():
    """Both tests, at the same share (§6.8)."""
    commune = Confederation().council("Valley", admission="open", double_majority="yes", council_threshold="1/2")
    for name, people in (("Mill", "ana ben"), ("Ford", "dila emre"), ("Hill", "gül hakan ipek ida jo kai")):
        commune.base(name, people).joins(name, "Valley").sends(name, "Valley", people.split()[0])
    commune.puts("ana", "Valley", "Share the water")
    for name, choice in (("Mill", "yes"), ("Ford", "yes"), ("Hill", "no")):
        commune.mandates(name, "Valley", 1, choice)
    commune.waits("14d")
    item = commune.item("Valley", 1)
    assert (item.stage.value, item.decided_by, item.why) == ("rejected", "mandates", "threshold")


def test_a_doubled_person_counts_where_they_enrolled_first():
    """One ballot in the members' sum; elsewhere it counts for that assembly's answer only (§6.8, §6.10)."""
    commune = three({"double_majority": "yes"}).waits("1d").does("Ford", c.Join("ana"))
    commune.puts("ana", "Valley", "Share the water").mandates("Mill", "Valley", 1, "yes")
    number = commune.state("Ford").last_item + 1
    commune.proposes("dila", "Ford", "mandate", council="valley", item=1, choice="yes", version=1)
    commune.opens("dila", "Ford", number).does("Ford", c.NoteElsewhere(number, frozenset({"ana", "stranger"})))
    commune.does("Ford", c.NoteElsewhere(number, frozenset({"ana"}))).agrees("Ford", number).waits("14d")
    voices = commune.item("Valley", 1).counsel.voices
    assert (voices["mill"].yes, voices["ford"].yes) == (3, 3)
    commune.refuses(Why.NOTHING_CHANGES, "Ford", c.NoteElsewhere(99, frozenset()))
    commune.refuses(Why.NOT_ON_ROLL, "Valley", c.NoteElsewhere(1, frozenset()))


def test_a_doubled_person_in_a_mandate_by_vote():
    """The decision behind the mandate: yes and no change places for a mandate no (§6.8)."""
    commune = three({"double_majority": "yes"}, rounds="0", threshold="1/2").waits("1d").does("Ford", c.Join("ana"))
    commune.puts("ana", "Valley", "Share the water")
    number = commune.state("Ford").last_item + 1
    commune.proposes("dila", "Ford", "mandate", council="valley", item=1, choice="no", version=1)
    commune.opens("dila", "Ford", number).does("Ford", c.NoteElsewhere(number, frozenset({"ana", "fatma"})))
    commune.votes("Ford", number, no="ana", yes="dila emre fatma").waits("14d")
    voice = commune.item("Valley", 1).counsel.voices["ford"]
    assert (voice.choice, voice.yes, voice.no) == ("no", 0, 2)
