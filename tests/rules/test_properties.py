"""What must hold of every count and of every life, whatever members do (§2–§5)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import product

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from governance import commands as c
from governance.assembly import due
from governance.charter import BASES, Charter, draw_up, preset_values
from governance.counting import (
    ADOPTED,
    BELOW,
    CONSENSUS,
    NO_QUORUM,
    NO_VOTES,
    TIE,
    VoteRule,
    answer_is_certain,
    choose_text,
    count_round,
    count_vote,
    runoff_is_certain,
    runoff_leaders,
    texts_are_certain,
    vote_is_certain,
)
from governance.motion import CHOICES, FINAL, NEXT, POSITIONS, Stage
from governance.refusals import Refused
from governance.terms import Share
from tests.house import House

EXAMPLES = settings(max_examples=150, deadline=None)

counts = st.integers(0, 60)
shares = st.builds(Share, st.integers(0, 12), st.integers(1, 12)).filter(lambda one: one.num <= one.den)
majorities = shares.filter(lambda one: 2 * one.num >= one.den)
rules = st.builds(VoteRule, majorities, st.sampled_from(BASES), shares, st.integers(0, 8))


@st.composite
def charters(draw: st.DrawFn) -> Charter:
    values = {
        **(preset_values(draw(st.sampled_from(("default", "small", "large")))) or {}),
        "round_quorum": str(draw(shares)), "quorum_min": str(draw(st.integers(0, 8))),
        "min_support": str(draw(st.integers(1, 8))), "blocks_allowed": str(draw(st.integers(0, 3))),
        "stand_aside_max": str(draw(shares)),
    }  # fmt: skip
    charter = draw_up(values, 1)
    assert isinstance(charter, Charter)
    return charter


@st.composite
def ballots(draw: st.DrawFn, most: int = 60) -> tuple[dict[str, int], int]:
    """A tally of a vote and the electorate it is of."""
    tally = {choice: draw(st.integers(0, most)) for choice in CHOICES}
    return tally, sum(tally.values()) + draw(st.integers(0, most))


# --- counting


@EXAMPLES
@given(ballots(), rules)
def test_a_vote_is_monotone_in_yes(given_: tuple[dict[str, int], int], rule: VoteRule) -> None:
    """One more yes, from who said no, abstained or was silent, never loses what was adopted (§5.3)."""
    tally, electorate = given_
    if count_vote(tally, electorate, rule).outcome != ADOPTED:
        return
    more = [{"yes": 1}] if sum(tally.values()) < electorate else []
    more += [{"yes": 1, other: -1} for other in ("no", "abstain") if tally[other]]
    for change in more:
        turned = {choice: number + change.get(choice, 0) for choice, number in tally.items()}
        assert count_vote(turned, electorate, rule).outcome == ADOPTED


@EXAMPLES
@given(st.lists(st.sampled_from(CHOICES), max_size=30), st.randoms(use_true_random=False), rules)
def test_the_order_of_ballots_plays_no_part(cast: list[str], dice: object, rule: VoteRule) -> None:
    """A count looks at numbers only (§5)."""
    shuffled = list(cast)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]  # random.Random
    assert count_vote(Counter(cast), 30, rule) == count_vote(Counter(shuffled), 30, rule)


@EXAMPLES
@given(st.integers(0, 200), rules, charters())
def test_nothing_is_adopted_on_zero_ballots(electorate: int, rule: VoteRule, charter: Charter) -> None:
    """Silence is never consent (§4.3, §5.2)."""
    assert count_vote({}, electorate, rule).outcome in (NO_QUORUM, NO_VOTES)
    assert count_round({}, electorate, charter).outcome != CONSENSUS


@EXAMPLES
@given(ballots(), rules)
def test_no_verdict_without_quorum(given_: tuple[dict[str, int], int], rule: VoteRule) -> None:
    """Exactly those votes are counted in which enough took part (§5.1)."""
    tally, electorate = given_
    part = sum(tally.values())
    enough = part * rule.quorum.den >= rule.quorum.num * electorate and part >= rule.quorum_min
    assert (count_vote(tally, electorate, rule).outcome != NO_QUORUM) is enough


@EXAMPLES
@given(st.fixed_dictionaries(dict.fromkeys(POSITIONS, counts)), counts, charters())
def test_a_round_is_what_the_rule_book_says(tally: dict[str, int], silent: int, charter: Charter) -> None:
    """§4.1–4.5 once more, in the words of the rule book."""
    members, part = sum(tally.values()) + silent, sum(tally.values())
    support, willing = tally["agree"] + tally["reserve"], tally["agree"] + tally["reserve"] + tally["aside"]
    quorum, most = charter.round_quorum, charter.stand_aside_max
    if part * quorum.den < quorum.num * members or part < charter.quorum_min:
        expected = "no_quorum"
    elif tally["block"] > charter.blocks_allowed:
        expected = "blocked"
    elif support < (1 if members <= 3 else min(charter.min_support, members)):
        expected = "no_support"
    elif tally["aside"] * most.den > most.num * willing:
        expected = "stand_asides"
    else:
        expected = "consensus"
    assert count_round(tally, members, charter).outcome == expected


@EXAMPLES
@given(ballots(), rules)
def test_a_vote_is_what_the_rule_book_says(given_: tuple[dict[str, int], int], rule: VoteRule) -> None:
    """§5.1–5.3 once more, in the words of the rule book."""
    tally, electorate = given_
    yes, no, part = tally["yes"], tally["no"], sum(tally.values())
    a, b = rule.threshold.num, rule.threshold.den
    base = {"cast": yes + no, "taking_part": part, "members": electorate}[rule.base]
    if part * rule.quorum.den < rule.quorum.num * electorate or part < rule.quorum_min:
        expected = NO_QUORUM
    elif yes + no == 0:
        expected = NO_VOTES
    elif (2 * yes > base) if 2 * a == b else (b * yes >= a * base):
        expected = ADOPTED
    else:
        expected = TIE if 2 * a == b and yes == no else BELOW
    assert count_vote(tally, electorate, rule).outcome == expected


# --- certainty, against all that could still come (§5.6)


def completions(tally: Mapping[str, int], electorate: int) -> Iterator[dict[str, int]]:
    """Every tally this one may become when any of those missing answer."""
    left = electorate - sum(tally.values())
    for yes in range(left + 1):
        for no in range(left - yes + 1):
            for abstain in range(left - yes - no + 1):
                more = {"yes": yes, "no": no, "abstain": abstain}
                yield {choice: tally.get(choice, 0) + more[choice] for choice in CHOICES}


def ends(outcome: str) -> str:
    return {ADOPTED: "adopted", TIE: "rejected", BELOW: "rejected"}.get(outcome, "lapsed")


@EXAMPLES
@given(ballots(most=4), rules)
def test_a_vote_is_certain_when_all_that_could_come_ends_alike(
    given_: tuple[dict[str, int], int], rule: VoteRule
) -> None:
    """Never wrong, and never later than it could be (§5.6)."""
    tally, electorate = given_
    outcomes = {ends(count_vote(one, electorate, rule).outcome) for one in completions(tally, electorate)}
    assert vote_is_certain(tally, electorate, rule) is (len(outcomes) == 1)


def of_texts(tallies: Mapping[str, Mapping[str, int]], electorate: int, rule: VoteRule) -> tuple[str, ...]:
    """What becomes of several texts, by §3.7."""
    found = {letter: ends(count_vote(tally, electorate, rule).outcome) for letter, tally in tallies.items()}
    passed = tuple(letter for letter, outcome in found.items() if outcome == "adopted")
    if passed:
        return choose_text(tallies, passed)
    return ("lapsed",) if set(found.values()) == {"lapsed"} else ("rejected",)


@settings(max_examples=35, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.integers(1, 4), st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=2, max_size=3), rules)
def test_several_texts_are_certain_when_all_that_could_come_ends_alike(
    electorate: int, given_: list[tuple[int, ...]], rule: VoteRule
) -> None:
    """Over all completions of all texts at once (§3.7, §5.6)."""
    named = zip(("", "a", "b"), given_, strict=False)
    tallies = {letter: dict(zip(CHOICES, numbers, strict=True)) for letter, numbers in named}
    assume(all(sum(tally.values()) <= electorate for tally in tallies.values()))
    choices = [list(completions(tally, electorate)) for tally in tallies.values()]
    ends_ = {of_texts(dict(zip(tallies, one, strict=True)), electorate, rule) for one in product(*choices)}
    assert texts_are_certain(tallies, electorate, rule) is (len(ends_) == 1)


@EXAMPLES
@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5), st.integers(0, 2), st.integers(0, 5))
def test_a_run_off_is_certain_when_all_that_could_come_ends_alike(
    original: int, a: int, b: int, abstain: int, left: int
) -> None:
    """One text, or a tie (§3.7, §5.6)."""
    texts = ("", "a", "b")
    tally = {"original": original, "a": a, "b": b, "abstain": abstain}

    def end(more: tuple[int, ...]) -> tuple[str, ...]:
        added = dict(zip(tally, more, strict=True))
        leaders = runoff_leaders({name: tally[name] + added[name] for name in tally}, texts)
        return leaders if len(leaders) == 1 else ("tie",)

    outcomes = {end(more) for more in product(range(left + 1), repeat=4) if sum(more) <= left}
    assert runoff_is_certain(tally, texts, sum(tally.values()) + left) is (len(outcomes) == 1)


def test_who_got_no_ballot_in_a_run_off_has_none() -> None:
    """One ballot for one text: it leads, and a second for the other would make them equal (§3.7, §5.6)."""
    assert runoff_leaders({"a": 1}, ("", "a")) == ("a",)
    assert runoff_leaders({"original": 1}, ("", "a")) == ("",)
    assert not runoff_is_certain({"a": 1}, ("", "a"), 2)


def answer(tally: Mapping[str, int], electorate: int, rule: VoteRule) -> str:
    """What a home answers, in the words of §6.7d."""
    outcome = count_vote(tally, electorate, rule).outcome
    if outcome == ADOPTED:
        return "yes"
    if outcome == NO_QUORUM:
        return "no position"
    return "no" if tally["no"] > tally["yes"] else "abstain"


@pytest.mark.parametrize("base", ["cast", "taking_part", "members"])
def test_an_answer_is_certain_when_all_that_could_come_answers_alike(base: str) -> None:
    """Every tally of four members, at every kind of share (§6.7d)."""
    shares = [Share(1, 2), Share(2, 3), Share(1, 1)]
    for threshold, quorum, electorate in product(shares, [Share(0, 1), Share(1, 2), Share(1, 1)], range(1, 5)):
        rule = VoteRule(threshold, base, quorum, 1)
        for tally in completions({}, electorate):
            answers = {answer(one, electorate, rule) for one in completions(tally, electorate)}
            given_ = {choice: number for choice, number in tally.items() if number}
            assert answer_is_certain(given_, electorate, rule) is (len(answers) == 1), (tally, electorate, rule)


# --- time


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(("discussion", "round", "cooling")), st.integers(0, 23 * 3_600_000),
    st.integers(0, 7 * 86_400_000 + 1_800_000), st.booleans(),
)
def test_a_stop_changes_no_remaining_time(stage: str, before: int, stopped: int, orphaned: bool) -> None:
    """Paused for up to seven days, or orphaned for up to a day, to the millisecond (§3.4)."""
    house = House(discussion_max="24h", round_window="24h", cooling="24h", early_close="no").members("ada", "ben")
    house.proposes("ada", "Repair the pump")
    if stage != "discussion":
        house.blocks("ben", 1)
    if stage == "cooling":
        house.waits("24h")
    house.waits_ms(before)
    left = house.left(1)
    if orphaned:
        stopped %= 86_400_000
        house.leaves("ada").waits_ms(stopped).takes_over("ben", 1)
    else:
        house.pauses("ada", 1).waits_ms(stopped)
        if house.stage(1) == "paused":
            house.resumes("ada", 1)
        left -= max(0, stopped - 7 * 86_400_000)
    assert (house.stage(1), house.left(1)) == (stage, left)


# --- random lives


PEOPLE = ("ada", "ben", "cy", "dov", "eve")
people = st.sampled_from(PEOPLE)
picks = st.integers(0, 7)
TEXTS = ("The old one.", "The new one.", "None at all.")
LETTERS = ("", "a", "b", "c")
CHANGES = (
    {"rounds": "0"}, {"rounds": "3"}, {"discussion_max": "0"}, {"discussion_max": "30d"}, {"seconds": "0"},
    {"seconds": "2"}, {"resting": "15d"}, {"resting": "off"}, {"newcomer": "24h"}, {"minor_window": "0"},
    {"late_swing": "on"}, {"early_close_after": "0"}, {"freeze": "0"}, {"cooling": "0"}, {"threshold": "1/2"},
    {"base": "members"},
)  # fmt: skip


class Lives(RuleBasedStateMachine):
    """Anybody says anything at any time. The house checks every step (tests/house.py); nothing here may raise.

    A command is decided or refused, never an exception; a fact the table does not allow would raise; what is due
    is taken and is due no more.
    """

    @initialize(
        preset=st.sampled_from(("default", "small")), seconds=st.sampled_from("01"), rounds=st.sampled_from("012"),
        fallback=st.sampled_from(("vote", "vote", "defer")), quick=st.booleans(), swing=st.sampled_from(("on", "off")),
    )  # fmt: skip
    def found(self, preset: str, seconds: str, rounds: str, fallback: str, quick: bool, swing: str) -> None:
        charter = {
            "seconds": seconds, "rounds": rounds, "fallback": fallback, "quorum_min": "1", "discussion_min": "0",
            "late_swing": swing,
        }  # fmt: skip
        if quick:
            charter |= {"cooling": "0", "early_close_after": "0"}
        self.house = House().rules(preset, **charter).members(*PEOPLE[:4])

    def ask(self, command: c.Command) -> None:
        made = self.house.asks(command)
        if isinstance(made, Refused):
            assert made is self.house.refusal
        self.look()

    def look(self) -> None:
        state = self.house.state
        assert set(state.open) == {number for number, item in state.items.items() if item.stage not in FINAL}
        for item in state.items.values():
            stopped_in = item.stop.stage if item.stop else None
            assert (stopped_in is not None) is (item.stage in (Stage.PAUSED, Stage.ORPHANED))
            assert (item.question is not None) is (Stage.ROUND in (item.stage, stopped_in) or item.stage is Stage.VOTE)
            assert (item.ended is not None) is (item.stage in FINAL)
            assert item.restarts <= 3
            if item.question is not None:
                assert item.question.gone <= item.question.electorate
                assert self.house.now < item.question.closes or item.stop is not None
        instant = due(state, self.house.now)
        assert instant is None or instant > self.house.now

    def picked(self, pick: int) -> int:
        """An item that is open, or now and then another, or none."""
        numbers = (*self.house.state.open, *self.house.state.open, *self.house.state.items, 99)
        return numbers[pick % len(numbers)]

    # --- time

    @rule(less=st.sampled_from((0, 0, 1)))
    def wait_for_what_is_next(self, less: int) -> None:
        instant = due(self.house.state, self.house.now)
        if instant is not None:
            self.house.waits_ms(instant - self.house.now - less)
            self.look()

    @rule(hours=st.sampled_from((1, 24, 71, 360)))
    def wait(self, hours: int) -> None:
        self.house.waits(f"{hours}h")
        self.look()

    @rule(minutes=st.sampled_from((1, 3, 90, 3000)))
    def be_down(self, minutes: int) -> None:
        self.house.is_down(f"{minutes}m")
        self.look()

    # --- what members do

    @rule(by=people, other=people, what=st.sampled_from((c.Join, c.Join, c.Leave, c.NoteWord, c.MergeMembers, None)))
    def belong(self, by: str, other: str, what: type[c.Command] | None) -> None:
        if what is c.MergeMembers:
            self.ask(c.MergeMembers(by, other))
        elif what is None:
            self.ask(c.NotePresence(by, by > other))
        else:
            self.ask(what(by))  # type: ignore[call-arg]  # all three take a person

    @rule(by=people, text=st.sampled_from(TEXTS), kind=st.sampled_from(("motion", "principle")))
    def propose(self, by: str, text: str, kind: str) -> None:
        self.ask(c.Propose(by, kind, "Repair the pump", text))

    @rule(by=people, change=st.sampled_from(CHANGES), person=people, pick=picks, which=st.integers(0, 2))
    def propose_what_changes_the_assembly(
        self, by: str, change: dict[str, str], person: str, pick: int, which: int
    ) -> None:
        if which == 0:
            self.ask(c.Propose(by, "charter", "", "", change))
        elif which == 1:
            self.ask(c.Propose(by, "exclusion", "", "sold the pump", {"person": person}))
        else:
            self.ask(c.Propose(by, "repeal", "", "", {"item": self.picked(7 - pick)}))

    @rule(
        pick=picks, letter=st.sampled_from(LETTERS[1:]), what=st.sampled_from((c.Withdraw, c.Pause, c.Resume, c.Accept))
    )
    def lead(self, pick: int, letter: str, what: type[c.Command]) -> None:
        """The proposer's verbs."""
        item = self.house.state.items.get(self.picked(pick))
        if item is not None:
            args = (item.proposer, item.number, letter) if what is c.Accept else (item.proposer, item.number)
            self.ask(what(*args))  # type: ignore[arg-type, call-arg]  # as each takes them

    @rule(pick=picks)
    def open(self, pick: int) -> None:
        item = self.house.state.items.get(self.picked(pick))
        if item is not None:
            self.ask(c.Open(item.proposer, item.number))

    @rule(by=people, pick=picks, what=st.sampled_from((c.Open, c.Withdraw, c.TakeOver, c.TakeOver, c.Pause, c.Resume)))
    def act(self, by: str, pick: int, what: type[c.Open]) -> None:
        self.ask(what(by, self.picked(pick)))

    @rule(by=people, other=people, pick=picks, text=st.sampled_from((*TEXTS, "rounds=1", "rounds=5")))
    def put_a_rival(self, by: str, other: str, pick: int, text: str) -> None:
        number = self.picked(pick)
        self.ask(c.Amend(by, number, text))
        if number in self.house.state.items:
            letter = next(reversed(self.house.item(number).amendments), "z")
            self.ask(c.PutRival(by, number, letter))
            self.ask(c.Second(other, number, letter))

    @rule(by=people, pick=picks, text=st.sampled_from(TEXTS), what=st.sampled_from((c.Amend, c.Mend, c.Mend)))
    def amend(self, by: str, pick: int, text: str, what: type[c.Amend]) -> None:
        self.ask(what(by, self.picked(pick), text))

    @rule(
        by=people, pick=picks, letter=st.sampled_from(LETTERS), what=st.sampled_from((c.Object, c.PutRival, c.Second))
    )
    def say_to_an_amendment(self, by: str, pick: int, letter: str, what: type[c.Second]) -> None:
        self.ask(what(by, self.picked(pick), letter))

    @rule(pick=picks, answers=st.lists(st.tuples(people, picks, st.sampled_from(("", "no money"))), max_size=6))
    def answer(self, pick: int, answers: list[tuple[str, int, str]]) -> None:
        """In a round or a vote, whichever is open."""
        number = self.picked(pick)
        for by, chosen, reason in answers:
            item = self.house.state.items.get(number)
            if item is None or item.stage is Stage.ROUND:
                position = (*POSITIONS, "agree", "agree", "reserve")[chosen]
                self.ask(c.TakePosition(by, number, position, reason, 1))
            else:
                self.ask(c.CastBallot(by, number, CHOICES[chosen % 3], LETTERS[chosen % 2]))

    @rule(pick=picks, position=st.sampled_from(("agree", "aside", "block")), choice=st.sampled_from(CHOICES))
    def all_answer(self, pick: int, position: str, choice: str) -> None:
        number = self.picked(pick)
        for by in PEOPLE:
            item = self.house.state.items.get(number)
            if item is not None and item.question is not None and item.stage is Stage.VOTE:
                for letter in item.question.texts:
                    self.ask(c.CastBallot(by, number, choice, letter))
            else:
                self.ask(c.TakePosition(by, number, position, "no money", 1))

    @rule(by=people, pick=picks)
    def explain(self, by: str, pick: int) -> None:
        self.ask(c.AttachStatement(by, self.picked(pick), "We shall regret this."))


TestLives = Lives.TestCase
TestLives.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_every_stage_is_in_the_table_and_ends_are_ends() -> None:
    """What is not in the table is refused; nothing leads out of an end but a mark that it was repealed (§3.1, §3.2)."""
    assert set(NEXT) == set(Stage)
    for stage in FINAL - {Stage.CLOSED}:
        assert set(NEXT[stage].values()) <= {stage}
    # an election with an empty seat gathers names again (§7.4)
    assert set(NEXT[Stage.CLOSED].values()) == {Stage.CLOSED, Stage.DISCUSSION}
