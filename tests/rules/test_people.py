"""Elections, draws, roles and speaking, read with §7 in the other hand."""

from __future__ import annotations

import hashlib

import pytest

from governance import commands as c
from governance import facts as f
from governance.ballots import reveals
from governance.electing import break_tie
from governance.holding import draw_of, rotated
from governance.lots import GENESIS, PERIOD, drand_at
from governance.people import Objection, quotas_in
from governance.quotas import Candidate
from governance.refusals import Why
from governance.sortition import Draw, draw, lot, round_at
from governance.state import Sitting
from governance.state_people import pool_of
from governance.terms import DAY, HOUR, MINUTE, SECOND
from tests.house import START, House

SIX = ("ada", "ben", "cy", "dee", "eve", "fay")
ROUND = "ab" * 48


@pytest.fixture
def house() -> House:
    return House(early_close="no").members(*SIX)


def elected(house: House, *stand: str, **terms: object) -> House:
    house.elects("ada", **terms)  # type: ignore[arg-type]  # a test names what it needs
    number = house.state.last_item
    return house.stands(" ".join(stand), number).opens("ada", number)


# --- elections


def test_an_election_seats_who_most_approve_of(house: House) -> None:
    """More than half approval is needed for a seat; over is closed (§7.3)."""
    elected(house, "ada", "ben", seats=1)
    house.approves("ada ben cy dee", 1, "ben").approves("eve fay", 1, "ada").waits("72h")
    assert (house.stage(1), house.holders()) == ("closed", ("ben",))
    assert house.state.people.roles["facilitator"].until == START + (3 + 90) * DAY


def test_without_quorum_it_lapses(house: House) -> None:
    elected(house, "ada").approves("ada", 1, "ada").waits("72h")
    assert (house.stage(1), house.why(1), house.holders()) == ("lapsed", "no_quorum", None)


def test_a_seat_nobody_wins_stays_open_and_nominations_reopen(house: House) -> None:
    """§7.4; the next ballot is for the seat that is left."""
    elected(house, "ada", "ben", seats=2).approves("ada ben cy dee", 1, "ada").waits("72h")
    assert (house.stage(1), house.holders()) == ("closed", ("ada",))
    house.refuses(Why.NO_SEAT_BY, "stands", "ada", 1).nominates("ben", 1, "cy").stands("cy", 1)
    assert house.stage(1) == "discussion"
    until = house.state.people.roles["facilitator"].until
    house.opens("ada", 1).approves("ada ben cy dee", 1, "cy").waits("72h")
    assert house.holders() == ("ada", "cy")
    assert house.state.people.roles["facilitator"].until == until
    house.refuses(Why.WRONG_STAGE, "stands", "dee", 1)


def test_a_second_ballot_without_quorum_leaves_the_first(house: House) -> None:
    elected(house, "ada", seats=2).approves("ada ben cy dee", 1, "ada").waits("72h")
    house.stands("ben", 1).opens("ada", 1).waits("72h")
    assert (house.stage(1), house.holders()) == ("closed", ("ada",))


def test_names_are_asked_and_answer(house: House) -> None:
    """A nomination is accepted or declined; one's own is standing."""
    house.elects("ada").nominates("ada", 1, "ben").nominates("ada", 1, "ada")
    house.refuses(Why.STANDS_ALREADY, "nominates", "cy", 1, "ben").refuses(Why.STANDS_ALREADY, "stands", "ada", 1)
    house.refuses(Why.NOT_A_MEMBER, "nominates", "ada", 1, "zoe").refuses(Why.NOT_ON_ROLL, "stands", "zoe", 1)
    house.declines("ben", 1).refuses(Why.NOT_STANDING, "declines", "ben", 1)
    house.refuses(Why.NO_SUCH_ITEM, "stands", "ben", 9)
    house.proposes("ada", "Repair the pump").refuses(Why.NO_NAMES_HERE, "stands", "ben", 2)
    house.refuses(Why.NO_NAMES_HERE, "refuses_seat", "ben", 2).refuses(Why.NO_SUCH_ITEM, "refuses_seat", "ben", 9)


def test_nobody_stands_nobody_is_voted_on(house: House) -> None:
    house.elects("ada").refuses(Why.NO_CANDIDATES, "opens", "ada", 1)
    house.refuses(Why.NOT_PROPOSER_NOR_SECONDER, "opens", "ben", 1).waits("14d")
    assert (house.stage(1), house.holders()) == ("closed", None)


def test_discussion_ends_by_itself(house: House) -> None:
    house.elects("ada").stands("ben", 1).waits("14d")
    assert house.stage(1) == "vote"


def test_who_withdraws_after_ballots_were_given_is_passed_over(house: House) -> None:
    elected(house, "ada", "ben").approves("ada ben cy dee eve", 1, "ada ben").declines("ada", 1).waits("72h")
    assert house.holders() == ("ben",)


def test_who_leaves_stands_no_more_and_holds_nothing(house: House) -> None:
    elected(house, "ada", "ben", seats=1).approves("ada ben cy dee", 1, "ben").waits("72h").leaves("ben")
    assert house.holders() == ()
    elected(house, "cy", "dee", role="chair").leaves("cy")
    assert house.item(2).pool.withdrawn == {"cy"}


@pytest.mark.parametrize(("why", "how", "marks"), [
    (Why.NO_SUCH_CANDIDATE, "approve", (("zoe", 1),)),
    (Why.NAMED_TWICE, "approve", (("ada", 1), ("ada", 1))),
    (Why.BALLOT_IS_OF_NAMES, "rank", (("ada", 1),)),
])
def test_a_ballot_names_who_stands_once_each(
    house: House, why: Why, how: str, marks: tuple[tuple[str, int], ...]
) -> None:
    elected(house, "ada", "ben")
    made = house.asks(c.MarkNames("cy", 1, how, marks))
    assert made.why is why  # type: ignore[union-attr]


def test_bad_ballots_of_other_methods(house: House) -> None:
    """Repeated rank, score out of range, nothing at all (§7.3)."""
    elected(house, "ada", "ben", method="star").refuses(Why.SCORE_OUT_OF_RANGE, "scores", "cy", 1, ada=6)
    house.refuses(Why.SCORE_OUT_OF_RANGE, "scores", "cy", 1, ada=-1)
    elected(house, "ada", "ben", method="schulze").refuses(Why.NAMED_TWICE, "ranks", "cy", 2, "ada > ada")
    assert house.asks(c.MarkNames("cy", 2, "rank", ())).why is Why.TEXT_MISSING  # type: ignore[union-attr]
    elected(house, "ada", "ben", method="consent").refuses(Why.ONE_NAME_FIRST, "ranks", "cy", 3, "ada = ben")
    house.refuses(Why.BALLOT_IS_OF_NAMES, "votes", "cy", 3, "yes")
    house.proposes("ada", "Repair the pump").agrees("ada", 4)
    house.refuses(Why.NOTHING_OPEN, "approves", "cy", 4, "ada")


@pytest.mark.parametrize(("method", "winner"), [("schulze", "ben"), ("stv", "ben"), ("consent", "ben")])
def test_ranked_ways_of_electing(house: House, method: str, winner: str) -> None:
    elected(house, "ada", "ben", "cy", method=method)
    why = "she chairs already" if method == "consent" else ""
    house.ranks("ada ben cy dee", 1, "ben > ada > none").ranks("eve fay", 1, "ben > none > ada", why).waits("72h")
    assert house.holders() == (winner,)


def test_objections_stand_below_none(house: House) -> None:
    """Sociocratic selection: to whom somebody objects does not sit, however many nominate them (§7.3)."""
    elected(house, "ada", "ben", method="consent")
    house.ranks("ada ben cy", 1, "ada > none").ranks("eve", 1, "none")
    house.ranks("dee", 1, "ben > none > ada", "she  chairs\nalready").waits("72h")
    assert house.holders() == ("ben",)
    assert house.item(1).pool.objections == (Objection(("ada",), "dee", "she chairs already"),)
    assert house.item(1).pool.ballots == {"ada>none": 3, "ben>none>ada": 1, "none": 1}


def test_an_objection_needs_a_reason_and_a_reason_an_objection(house: House) -> None:
    """As a block does; an objection that is changed takes its reason along (§7.3, §5.8)."""
    elected(house, "ada", "ben", method="consent").refuses(Why.OBJECTION_UNREASONED, "ranks", "dee", 1, "ben>none>ada")
    house.refuses(Why.OBJECTION_UNREASONED, "ranks", "dee", 1, "none > ada", "  ")
    house.refuses(Why.NO_OBJECTION, "ranks", "dee", 1, "ada > none", "the best")
    house.refuses(Why.TEXT_TOO_LONG, "ranks", "dee", 1, "none > ada", "x" * 1001)
    house.ranks("dee", 1, "none > ada", "no").ranks("dee", 1, "none > ada = ben", "both are away").ranks("cy", 1, "ada")
    house.ranks("eve fay", 1, "none > ben", "ill").ranks("fay", 1, "ben").waits("72h")
    assert [(one.persons, one.by, one.reason) for one in house.item(1).pool.objections] == [
        (("ada", "ben"), "dee", "both are away"), (("ben",), "eve", "ill"),
    ]  # fmt: skip
    assert house.holders() is None
    house.stands("cy", 1).opens("ada", 1).ranks("ada ben cy", 1, "cy").waits("72h")
    assert (house.holders(), house.item(1).pool.objections) == (("cy",), ())


@pytest.mark.parametrize(("voters", "heard"), [
    ("ada ben cy dee eve", [(("ben",), "", "ill")]), ("ada ben cy", []),
], ids=["five ballots", "three would show whose it is"])
def test_in_secret_an_objection_has_no_name(voters: str, heard: list[object]) -> None:
    """And is not heard at all where it would show whose it is (§8.3)."""
    house = House(early_close="no", secret="persons").members(*SIX)
    elected(house, "ada", "ben", method="consent").ranks(voters, 1, "ada").ranks("ada", 1, "ada > none > ben", "ill")
    house.waits("72h")
    assert [(one.persons, one.by, one.reason) for one in house.item(1).pool.objections] == heard
    assert house.holders() == ("ada",)


def test_scores(house: House) -> None:
    elected(house, "ada", "ben", method="star").scores("ada ben cy", 1, ada=5, ben=1).scores("dee", 1, ben=5)
    assert house.waits("72h").holders() == ("ada",)


def test_quotas_are_never_broken_to_fill_a_seat(house: House) -> None:
    """§7.4, co-chairs: two seats of different declared features."""
    house.declares("ada", gender="woman").declares("ben", gender="man").declares("cy", gender="man", age="30")
    quotas = {"gender": {"woman": [1, 1], "man": [1, 1]}}
    elected(house, "ben", "cy", seats=2, quotas=quotas)
    house.approves("ada ben cy", 1, "ben cy").approves("dee", 1, "ben").waits("72h")
    assert house.holders() == ("ben",)
    assert house.item(1).pool.rows["cy"].candidate.declared == {"gender": "man"}  # only what the quotas speak of
    house.stands("ada cy", 1).opens("ada", 1).approves("ada ben cy dee", 1, "ada cy").waits("72h")
    assert house.holders() == ("ben", "ada")


def test_a_tie_waits_for_a_lot_anybody_can_draw(house: House) -> None:
    """§7.3: the round is known ten minutes after the count; two members type it in."""
    elected(house, "ada", "ben").approves("ada ben cy dee", 1, "ada ben").waits("72h")
    waiting = house.item(1).pool.lot
    assert (house.stage(1), waiting.known - house.now) == ("vote", 10 * MINUTE)
    house.refuses(Why.NOT_KNOWN_YET, "types", "ada", 1, ROUND).refuses(Why.NOT_STANDING, "declines", "ada", 1)
    house.waits("1h").types("cy", 1, ROUND).refuses(Why.NOT_THE_VALUE, "types", "dee", 1, "nonsense")
    house.types("dee", 1, hashlib.sha256(bytes.fromhex(ROUND)).hexdigest())
    parts = house.item(1).pool.lot.parts
    assert house.holders() == lot("Well#1", ["ada", "ben"], parts)[:1]
    house.refuses(Why.NO_LOT_HERE, "types", "ada", 1, ROUND)


def test_a_tie_nobody_broke_leaves_the_seat_open(house: House) -> None:
    elected(house, "ada", "ben").approves("ada ben cy dee", 1, "ada ben").waits("72h").waits("8d")
    assert (house.stage(1), house.holders()) == ("closed", None)


def test_open_elections_close_early_when_all_have_answered() -> None:
    house = House(early_close_after="0").members("ada", "ben")
    elected(house, "ada").approves("ada", 1, "ada")
    assert house.stage(1) == "vote"
    assert house.approves("ben", 1, "ada").holders() == ("ada",)


def test_two_entries_of_one_person_are_one_candidate(house: House) -> None:
    """§2.4: who approved of either approved of both."""
    elected(house, "ada", "ben", "cy").approves("ada", 1, "ben").approves("dee eve", 1, "cy ben").merges("ben", "cy")
    house.waits("72h")
    assert house.holders() == ("ben",)


# --- terms and rotation


def test_holders_of_the_last_terms_are_left_out_unless_too_few_remain() -> None:
    """§7.5: then longest ago first."""
    past = [("ada",), ("ben",), ("cy",)]
    pool = ["ada", "ben", "cy", "dee", "eve"]
    assert rotated(past, pool, 1, 1) == {"cy"}
    assert rotated(past, pool, 1, 3) == {"ada", "ben", "cy"}
    assert rotated(past, pool, 2, 3) == {"cy"}
    assert rotated(past, pool, 1, 0) == set()
    assert rotated(past, ["cy"], 1, 1) == set()


def test_rotation_in_an_election(house: House) -> None:
    elected(house, "ada").approves("ada ben cy dee", 1, "ada").waits("72h").waits("91d")
    assert house.holders() is None
    elected(house, "ada", "ben", "cy")
    assert (house.item(2).pool.candidates, house.item(2).pool.left_out) == (("ben", "cy"), ("ada",))


def test_terms_end_by_themselves_with_notice_ahead(house: House) -> None:
    elected(house, "ada", term=14 * 86_400).approves("ada ben cy dee", 1, "ada").waits("72h").waits("7d")
    assert house.minutes()[-1] == "TermNoticed"
    house.waits("7d")
    assert (house.minutes()[-1], house.holders()) == ("RoleEnded", None)


def test_resigning_and_recalling(house: House) -> None:
    """§6.6: holders of roles are recalled like delegates."""
    elected(house, "ada", "ben", seats=2).approves("ada ben cy dee", 1, "ada ben").waits("72h")
    house.resigns("ada", "Facilitator").refuses(Why.NO_ROLE, "resigns", "ada", "facilitator")
    house.refuses(Why.NO_ROLE, "proposes", "cy", "", "lazy", "recall", person="ada", role="facilitator")
    house.proposes("cy", "", "lazy", "recall", person="ben", role="facilitator").seconds("dee eve", 2)
    house.votes("ada cy dee eve", 2, "yes").waits("72h")
    assert (house.stage(2), house.holders()) == ("adopted", ())


def test_a_recall_from_a_role_that_is_over_is_infeasible(house: House) -> None:
    elected(house, "ben").approves("ada ben cy dee", 1, "ben").waits("72h")
    house.proposes("cy", "", "lazy", "recall", person="ben", role="facilitator").seconds("dee eve", 2)
    house.votes("ada cy dee eve", 2, "yes").resigns("ben", "facilitator").waits("72h")
    assert (house.stage(2), house.why(2)) == ("rejected", "infeasible")


# --- draws


def test_a_draw_by_a_public_event(house: House) -> None:
    """Call, freeze, and a result anybody can draw again (§7.1)."""
    house.draws("ada", seats=2).waits("24h")
    pool = house.item(1).pool
    assert (pool.lot.known - pool.lot.freezes, len(pool.rows)) == (10 * MINUTE, 6)
    house.refuses(Why.LIST_FROZEN, "stands", "ada", 1).refuses(Why.NOT_KNOWN_YET, "types", "ada", 1, "9 18")
    house.waits("1h").types("ada", 1, " 9  18 ").types("ada", 1, "9 18").types("ben", 1, "9 17")
    assert house.stage(1) == "discussion"
    house.types("cy", 1, "9 18")
    people = tuple(Candidate(one, {}) for one in SIX)
    result = draw(Draw("Well#1", 2, {}, people, ("event:the lottery of Saturday:9 18",), "assembly-draw/1"))
    assert house.holders() == result.panel
    assert house.item(1).pool.drawn.substitutes == result.substitutes


def test_a_drawn_seat_goes_to_the_next_substitute(house: House) -> None:
    """Refusals are recorded; no redraw (§7.5)."""
    house.draws("ada", seats=2).waits("25h").types("ada ben", 1, "9")
    first, (other, *_) = house.holders()[0], house.item(1).pool.drawn.substitutes
    house.refuses_seat(first, 1).refuses(Why.NO_SEAT_BY, "refuses_seat", first, 1)
    assert house.holders()[1] == other
    for _ in range(5):
        house.refuses_seat(house.holders()[0], 1)
    assert house.holders() == ()


def test_volunteers_and_who_does_not_want_to(house: House) -> None:
    house.draws("ada", pool="volunteers").stands("ben cy", 1).refuses_seat("cy", 1)
    house.refuses(Why.NOTHING_CHANGES, "refuses_seat", "cy", 1).refuses(Why.NO_NAMES_HERE, "nominates", "ada", 1, "ben")
    house.waits("25h").types("ada ben", 1, "9")
    assert house.holders() == ("ben",)
    house.draws("ada", role="timekeeper").refuses_seat("ada", 2).refuses(Why.NO_SEAT_BY, "refuses_seat", "zoe", 2)
    house.waits("25h")
    assert "ada" not in house.item(2).pool.rows


def test_quotas_name_sixteen_values_at_most(house: House) -> None:
    """So that a proof that they cannot be met never holds everybody up."""
    quotas = {f"f{number}": {"a": [0, 1], "b": [0, 1]} for number in range(9)}
    terms = {"role": "chair", "seats": 1, "from": "roll", "source": "drand", "quotas": quotas}
    house.refuses(Why.TOO_MANY_QUOTAS, "proposes", "ada", "", "", "draw", **terms)
    house.draws("ada", quotas=dict(list(quotas.items())[:8]))


def test_quotas_nobody_can_meet_are_proved_before_the_drawing(house: House) -> None:
    house.draws("ada", quotas={"gender": {"woman": [1, 1]}}).waits("24h")
    assert (house.stage(1), house.why(1)) == ("lapsed", "infeasible")


def test_a_round_that_never_comes_ends_the_draw(house: House) -> None:
    house.draws("ada", source="drand").waits("24h").waits("8d")
    assert (house.stage(1), house.why(1)) == ("lapsed", "no_randomness")


def test_a_fetched_round(house: House) -> None:
    house.draws("ada", source="drand")
    number = int(house.item(1).pool.lot.where.partition(":")[2])
    assert house.asks(c.TakeRound(1, number, ROUND)).why is Why.NOT_KNOWN_YET  # type: ignore[union-attr]
    house.waits("25h")
    assert house.asks(c.TakeRound(1, number + 1, ROUND)).why is Why.NO_LOT_HERE  # type: ignore[union-attr]
    house.does(c.TakeRound(1, number, ROUND))
    assert house.item(1).pool.lot.parts[0].startswith(f"drand:quicknet:{number}:")
    assert house.stage(1) == "closed"


def test_commit_and_reveal_mixed_with_a_later_round(house: House) -> None:
    """§7.2: what is not revealed is left out, and the round that comes later keeps that from deciding."""
    words = hashlib.sha256(b"the pump").hexdigest()
    house.draws("ada", source="commit").refuses(Why.NOT_A_COMMITMENT, "types", "ada", 1, "the pump")
    house.types("ada ben cy", 1, words).waits("24h")
    house.refuses(Why.NOT_WHAT_WAS_COMMITTED, "types", "ada", 1, "the well").types("ada", 1, "the pump")
    house.refuses(Why.NOT_KNOWN_YET, "types", "dee", 1, ROUND).waits("1h")
    house.refuses(Why.REVEALED_TOO_LATE, "types", "ben", 1, "the pump").types("ben dee", 1, ROUND)
    parts = house.item(1).pool.lot.parts
    assert parts[0] == "commit:ada:the pump"
    assert len(parts) == 2


def test_rfc3797(house: House) -> None:
    house.draws("ada", source="rfc3797", seats=2).waits("25h").refuses(Why.NOT_THE_VALUE, "types", "ada", 1, "nine")
    house.types("ada ben", 1, "9,18.26")
    assert (house.stage(1), len(house.holders())) == ("closed", 2)


def test_an_announced_draw_is_made(house: House) -> None:
    """Nobody opens, stops or takes it back, and its caller may leave."""
    house.draws("ada")
    for verb in ("opens", "withdraws", "pauses"):
        house.refuses(Why.WRONG_STAGE, verb, "ada", 1)
    house.leaves("ada").waits("24h")
    assert (house.stage(1), "ada" in house.item(1).pool.rows) == ("discussion", False)
    house.leaves("ben").waits("1h").types("cy dee", 1, "9")
    assert "ben" not in house.holders()


def test_who_left_between_freeze_and_draw_does_not_sit() -> None:
    house = House().members("ada", "ben", "cy").draws("ada", seats=3).waits("24h").leaves("cy").waits("1h")
    house.types("ada ben", 1, "9")
    assert set(house.holders()) == {"ada", "ben"}


@pytest.mark.parametrize(("why", "terms"), [
    (Why.BAD_ROLE, {"role": "x"}), (Why.BAD_ROLE, {"role": "delegates"}), (Why.BAD_ROLE, {"role": "two words"}),
    (Why.NOT_SEATS, {"seats": 0}), (Why.NOT_SEATS, {"seats": 1001}), (Why.ROLE_TERM, {"term": 367 * 86_400}),
    (Why.QUOTAS_CANNOT_BE, {"quotas": {"gender": {"woman": [2, 2]}}}),
    (Why.NOT_A_MEMBER_OF, {"role": "delegates", "council": "valley"}),
])
def test_what_cannot_be_called(house: House, why: Why, terms: dict[str, object]) -> None:
    house.refuses(why, "elects", "ada", **terms)


@pytest.mark.parametrize(("why", "terms"), [
    (Why.UNKNOWN_SOURCE, {"source": "dice"}), (Why.UNKNOWN_POOL, {"pool": "friends"}),
    (Why.NO_QUOTAS_BY_RFC3797, {"source": "rfc3797", "quotas": {"gender": {"woman": [1, 1]}}}),
    (Why.EVENT_UNNAMED, {"event": ""}), (Why.LOT_TOO_EARLY, {"at": START + HOUR}),
])
def test_what_cannot_be_drawn(house: House, why: Why, terms: dict[str, object]) -> None:
    house.refuses(why, "draws", "ada", **terms)


def test_unknown_ways_of_electing(house: House) -> None:
    house.refuses(Why.UNKNOWN_METHOD, "elects", "ada", method="shouting")


def test_the_round_is_the_first_that_comes_late_enough() -> None:
    where, known = drand_at(START)
    assert known >= START
    assert known - START < PERIOD * SECOND
    assert round_at(known, GENESIS * SECOND, PERIOD * SECOND) == int(where.partition(":")[2])


# --- secrecy


def test_ballots_about_persons_are_secret_and_never_close_early() -> None:
    """§8.1, §5.6, §8.4: promised at the opening."""
    house = House(secret="persons", early_close_after="0").members(*SIX)
    elected(house, "ada").approves(" ".join(SIX), 1, "ada")
    assert (house.stage(1), house.question(1).secret) == ("vote", True)
    house.proposes_exclusion("ada", "fay").opens("ada", 2)
    assert house.question(2).secret
    openly = House().members("ada", "ben")
    assert not elected(openly, "ben").question(1).secret


@pytest.mark.parametrize(("tally", "shows"), [
    ({"yes": 3, "no": 1}, True), ({"yes": 9}, True), ({"yes": 9, "no": 0}, True), ({"yes": 4, "no": 1}, False),
])
def test_what_would_reveal_a_ballot(tally: dict[str, int], shows: bool) -> None:
    """§8.3."""
    assert reveals(tally) is shows


# --- speaking


def test_the_speakers_list_has_new_voices_first(house: House) -> None:
    """§7.6."""
    house.does(c.Speak("ada")).does(c.CallNext("ada")).does(c.Speak("ada")).does(c.Speak("ben"))
    assert house.state.people.speaking.in_turn() == ("ben", "ada")
    assert house.asks(c.Speak("ada")).about == {"place": 2}  # type: ignore[union-attr]
    house.does(c.CallNext("cy")).does(c.CallNext("cy"))
    assert house.asks(c.CallNext("cy")).why is Why.NOBODY_WAITS  # type: ignore[union-attr]
    for command in (c.Speak("zoe"), c.CallNext("zoe"), c.GoRound("zoe", "00")):
        assert house.asks(command).why is Why.NOT_ON_ROLL  # type: ignore[union-attr]


def test_a_new_meeting_begins_a_new_list(house: House) -> None:
    house.does(c.Speak("ada")).does(c.CallNext("ada")).waits("13h")
    house.does(c.Speak("ada")).does(c.Speak("ben"))
    assert house.state.people.speaking.in_turn() == ("ada", "ben")
    house.waits("13h")
    assert house.asks(c.CallNext("cy")).why is Why.NOBODY_WAITS  # type: ignore[union-attr]


def test_a_go_round_asks_everybody_in_an_order_anybody_can_draw(house: House) -> None:
    house.does(c.GoRound("ada", "5c1e"))
    order = lot("Well:goround", SIX, ("5c1e",))
    assert house.state.people.speaking.in_turn() == order
    house.does(c.CallNext("ada")).leaves(order[1]).does(c.Speak(order[0]))
    assert house.state.people.speaking.in_turn() == (*order[2:], order[0])
    house.merges(order[2], order[3])
    assert len(house.state.people.speaking.in_turn()) == 4


def test_a_merged_person_keeps_the_role(house: House) -> None:
    elected(house, "ben").approves("ada ben cy dee", 1, "ben").waits("72h").merges("ben", "ada")
    assert house.holders() == ("ada",)
    assert house.item(1).pool.holding == ("ada",)
    house.resigns("ada", "facilitator")
    assert house.facts(f.SeatEmptied)[-1].why == "resigned"



# --- what is asked at the wrong place


def test_outsiders_and_other_items_are_refused(house: House) -> None:
    house.elects("ada").refuses(Why.NOT_ON_ROLL, "declines", "zoe", 1)
    house.refuses(Why.NOT_ON_ROLL, "nominates", "zoe", 1, "ada")
    house.refuses(Why.NO_LOT_HERE, "types", "ada", 1, "9").refuses(Why.NO_SUCH_ITEM, "types", "ada", 9, "9")
    house.refuses(Why.NOT_ON_ROLL, "types", "zoe", 1, "9")
    house.proposes_exclusion("ada", "fay").opens("ada", 2).refuses(Why.NO_NAMES_HERE, "approves", "ben", 2, "ada")
    house.draws("ada").waits("25h").refuses(Why.NOT_THE_VALUE, "types", "ada", 3, " ")
    house.refuses(Why.NOT_THE_VALUE, "types", "ada", 3, "9" * 201).types("ada ben", 3, "9")
    house.refuses(Why.LIST_FROZEN, "stands", "cy", 3)


def test_a_draw_lost_among_its_attempts_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """`exhausted`: the draw ends without a panel; a new one needs a new call (§7.1)."""
    monkeypatch.setattr("governance.sortition.MAX_ATTEMPTS", 0)
    house.draws("ada").waits("25h").types("ada ben", 1, "9")
    assert (house.stage(1), house.why(1), house.holders()) == ("lapsed", "exhausted", None)


def test_two_entries_of_one_person_share_a_place_in_a_ranking(house: House) -> None:
    elected(house, "ada", "ben", "cy", method="schulze").ranks("dee eve", 1, "ben > cy > none")
    house.ranks("ada", 1, "cy > ada").merges("ben", "cy").waits("72h")
    assert house.holders() == ("ben",)


def test_names_follow_whoever_they_turn_out_to_be(house: House) -> None:
    house.elects("ada").stands("cy", 1).merges("ben", "cy")
    assert house.item(1).pool.names == {"ben": "stands"}


def test_nobody_stands_once_the_ballot_is_open(house: House) -> None:
    elected(house, "ada").refuses(Why.WRONG_STAGE, "stands", "ben", 1)


def test_our_own_mistakes_are_no_refusals(house: House) -> None:
    """Facts that cannot have happened."""
    house.proposes("ada", "Repair the pump").elects("ada")
    sitting = Sitting("well", house.state)
    with pytest.raises(ValueError, match="neither an election nor a draw"):
        pool_of(sitting, 1)
    with pytest.raises(ValueError, match="no draw"):
        draw_of(house.item(1))
    with pytest.raises(ValueError, match="waits for no lot"):
        break_tie(sitting, 2, house.now)
    with pytest.raises(ValueError, match="waits for no lot"):
        sitting.apply(f.LotKnown(2, (), ()), house.now)
    assert quotas_in({}) == {}


def test_once_its_term_is_over_an_election_is_over(house: House) -> None:
    elected(house, "ada", seats=2).approves("ada ben cy dee", 1, "ada").waits("72h").waits("91d")
    house.refuses(Why.WRONG_STAGE, "stands", "ben", 1).refuses(Why.NO_SEAT_BY, "refuses_seat", "ada", 1)
