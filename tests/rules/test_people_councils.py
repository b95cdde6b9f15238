"""Delegations by election and by lot, and the roles of a council (§6.2, §7.3, §7.5)."""

from __future__ import annotations

from typing import Any

import pytest

from governance import commands as c
from governance import facts as f
from governance.delegation import unseat
from governance.people import Declared
from governance.refusals import Why
from governance.state import Sitting
from governance.terms import DAY
from tests.confederation import Confederation, three
from tests.house import House

ELECTION: dict[str, Any] = {"role": "delegates", "council": "valley", "seats": 1, "method": "approval", "quotas": {}}
DRAW: dict[str, Any] = {
    "role": "delegates", "council": "valley", "seats": 2, "quotas": {}, "from": "roll", "source": "event",
    "event": "the lottery",
}
PAIR = {"gender": {"man": [1, 1], "woman": [1, 1]}}


def put(commune: Confederation, by: str, name: str, kind: str, terms: dict[str, Any]) -> int:
    commune.does(name, c.Propose(by, kind, "", "", terms))
    return commune.state(name).last_item


def drawn(commune: Confederation, name: str, number: int, *typists: str) -> None:
    commune.waits("24h").waits("1h")
    for one in typists:
        commune.does(name, c.TypeValue(one, number, "9 18"))


def delegates(commune: Confederation) -> tuple[str, ...]:
    delegation = commune.state("Valley").ties.members["mill"].delegation
    return () if delegation is None else delegation.delegates


def test_delegates_are_elected() -> None:
    commune = three()
    number = put(commune, "ana", "Mill", "election", {**ELECTION, "term": 20 * 86_400})
    commune.does("Mill", c.Stand("ben", number)).does("Mill", c.Open("ana", number))
    for one in sorted(commune.state("Mill").roll):
        commune.does("Mill", c.MarkNames(one, number, "approve", (("ben", 1),)))
    commune.waits("3d")
    assert (commune.stage("Mill", number), delegates(commune)) == ("closed", ("ben",))
    commune.waits("20d")
    assert commune.facts("Mill", f.TermNoticed)[-1].council == "valley"
    assert delegates(commune) == ()
    commune.checks()


def test_delegates_are_drawn_and_substituted() -> None:
    commune = three()
    number = put(commune, "ana", "Mill", "draw", DRAW)
    drawn(commune, "Mill", number, "ana", "ben")
    first, second = delegates(commune)
    heir = commune.item("Mill", number).pool.drawn.substitutes[0]
    commune.does("Mill", c.RefuseSeat(first, number))
    assert delegates(commune) == (second, heir)
    commune.does("Mill", c.RefuseSeat(second, number))
    assert delegates(commune) == (heir,)
    commune.checks()


def test_who_served_enough_terms_is_not_drawn() -> None:
    """`max_terms` and `cooloff` are the council's (§6.2)."""
    commune = three({"max_terms": "1"})
    number = put(commune, "ana", "Mill", "draw", {**DRAW, "seats": 1})
    drawn(commune, "Mill", number, "ana", "ben")
    assert commune.item("Mill", number).pool.left_out == ("ana",)


def test_a_council_that_wants_pairs_gets_pairs() -> None:
    """Two seats under quotas that two of the same declared feature cannot meet (§6.2, §7.4)."""
    commune = Confederation().council("Valley", admission="open", parity="pair")
    commune.base("Mill", "ana ben cem").joins("Mill", "Valley")
    for quotas in ({}, {"gender": {"woman": [1, 2]}}):
        commune.refuses(Why.PARITY_NEEDS_A_PAIR, "Mill", c.Propose("ana", "draw", "", "", {**DRAW, "quotas": quotas}))
    box = commune.rooms["mill"].box
    box.directory["ana"] = Declared("ana", {"gender": "woman"})
    box.directory["ben"] = Declared("ben", {"gender": "man"})
    number = put(commune, "ana", "Mill", "draw", {**DRAW, "quotas": PAIR})
    drawn(commune, "Mill", number, "ana", "ben")
    assert set(delegates(commune)) == {"ana", "ben"}
    number = put(commune, "ana", "Mill", "election", {**ELECTION, "seats": 2, "quotas": PAIR})
    commune.does("Mill", c.Stand("ana", number)).does("Mill", c.Open("ana", number))
    for one in ("ana", "ben"):
        commune.does("Mill", c.MarkNames(one, number, "approve", (("ana", 1),)))
    commune.waits("3d")
    assert (commune.stage("Mill", number), commune.item("Mill", number).why) == ("lapsed", "infeasible")


def test_a_drawn_seat_that_is_over_is_nobodys_to_refuse() -> None:
    """Its term has ended: no substitute takes a seat that is none any more (§6.2, §7.1)."""
    commune = three()
    number = put(commune, "ana", "Mill", "draw", {**DRAW, "seats": 1})
    drawn(commune, "Mill", number, "ana", "ben")
    (seated,) = delegates(commune)
    commune.waits("90d")
    assert delegates(commune) == ()
    commune.refuses(Why.NO_SEAT_BY, "Mill", c.RefuseSeat(seated, number))


def test_a_substitute_never_joins_a_delegation_that_was_named_later() -> None:
    """A delegation named later replaces the earlier one whole, also where it names the same person (§6.2)."""
    commune = three({"max_terms": "9"})
    number = put(commune, "ana", "Mill", "draw", {**DRAW, "seats": 1})
    drawn(commune, "Mill", number, "ana", "ben")
    (seated,) = delegates(commune)
    commune.sends("Mill", "Valley", seated)
    commune.refuses(Why.NO_SEAT_BY, "Mill", c.RefuseSeat(seated, number))
    assert delegates(commune) == (seated,)


def test_a_drawn_delegate_who_resigns_is_followed_in_the_drawn_order() -> None:
    """Resigning is refusing a seat one has had for a while (§6.2, §7.1 step 6)."""
    commune = three()
    number = put(commune, "ana", "Mill", "draw", DRAW)
    drawn(commune, "Mill", number, "ana", "ben")
    first, second = delegates(commune)
    heir = commune.item("Mill", number).pool.drawn.substitutes[0]
    commune.does("Mill", c.Resign(first, "valley"))
    assert delegates(commune) == (second, heir)
    emptied = commune.facts("Mill", f.SeatEmptied)[-1]
    assert (emptied.person, emptied.why, emptied.heir) == (first, "resigned", heir)
    commune.does("Mill", c.Resign(second, "valley"))
    assert delegates(commune) == (heir,)
    commune.checks()


def test_a_drawn_delegate_who_leaves_the_roll_is_followed_in_the_drawn_order() -> None:
    """Leaving the roll empties a seat as resigning does (§6.2), level by level."""
    commune = three()
    number = put(commune, "ana", "Mill", "draw", {**DRAW, "seats": 1})
    drawn(commune, "Mill", number, "ana", "ben")
    (seated,) = delegates(commune)
    heir = commune.item("Mill", number).pool.drawn.substitutes[0]
    commune.does("Mill", c.Leave(seated))
    assert delegates(commune) == (heir,)
    assert commune.facts("Mill", f.SeatEmptied)[-1].why == "left"
    commune.checks()


def test_who_gives_up_a_seat_of_an_earlier_lot_takes_nothing_from_the_later_one() -> None:
    """The delegation that sits is the one drawn last; its order of substitutes is the one that counts (§6.2)."""
    commune = three({"max_terms": "9"})
    for _ in range(2):
        number = put(commune, "ana", "Mill", "draw", {**DRAW, "seats": 1})
        drawn(commune, "Mill", number, "ana", "ben")
    (seated,) = delegates(commune)
    commune.does("Mill", c.Resign(seated, "valley"))
    assert commune.facts("Mill", f.SeatEmptied)[-1].item == number
    assert delegates(commune) == commune.item("Mill", number).pool.drawn.substitutes[:1]


def elected(commune: Confederation, *persons: str) -> int:
    number = put(commune, "ana", "Mill", "election", {**ELECTION, "seats": len(persons)})
    for one in persons:
        commune.does("Mill", c.Stand(one, number))
    commune.does("Mill", c.Open("ana", number))
    chooses(commune, number, *persons)
    assert set(delegates(commune)) == {*persons}
    return number


def chooses(commune: Confederation, number: int, *persons: str) -> None:
    """Everybody approves of these, until the ballot is over."""
    for one in sorted(commune.state("Mill").roll):
        commune.does("Mill", c.MarkNames(one, number, "approve", tuple((person, 1) for person in persons)))
    commune.waits("3d")


def test_an_elected_seat_that_is_given_up_is_filled_by_the_same_election() -> None:
    """The seat stays open and nominations reopen (§7.4), also where nobody else sits."""
    commune = three()
    number = elected(commune, "ben")
    commune.does("Mill", c.Resign("ben", "valley"))
    assert delegates(commune) == ()
    commune.does("Mill", c.Stand("ana", number)).does("Mill", c.Open("ana", number))
    chooses(commune, number, "ana")
    assert delegates(commune) == ("ana",)
    commune.checks()


def test_who_left_the_roll_is_not_sent_again_by_a_later_ballot() -> None:
    """One of two seats is empty; who is elected to it sits beside the one who stayed (§6.2, §7.4)."""
    commune = three({"max_terms": "9"})
    number = elected(commune, "ana", "ben")
    commune.does("Mill", c.Leave("ben"))
    assert delegates(commune) == ("ana",)
    other = next(one for one in sorted(commune.state("Mill").roll) if one != "ana")
    commune.does("Mill", c.Stand(other, number)).does("Mill", c.Open("ana", number))
    chooses(commune, number, other)
    assert delegates(commune) == ("ana", other)


def test_an_elected_delegation_whose_term_is_over_is_filled_by_another_election() -> None:
    commune = three()
    number = elected(commune, "ben")
    commune.waits("90d")
    commune.refuses(Why.WRONG_STAGE, "Mill", c.Stand("ana", number))


def test_after_a_recall_the_others_who_were_drawn_still_sit_by_the_lot() -> None:
    """The recall empties a seat; who refuses another is followed by the next in the drawn order (§6.6, §7.1)."""
    commune = three()
    number = put(commune, "ana", "Mill", "draw", {**DRAW, "seats": 2})
    drawn(commune, "Mill", number, "ana", "ben")
    recalled, other = delegates(commune)
    voters = sorted(set(commune.state("Mill").roll) - {recalled})
    by, second = voters[:2]
    commune.does("Mill", c.Propose(by, "recall", "", "never there", {"person": recalled, "council": "valley"}))
    recall = commune.state("Mill").last_item
    commune.does("Mill", c.Second(second, recall))
    for one in voters:
        commune.does("Mill", c.CastBallot(one, recall, "yes"))
    commune.waits("3d")
    assert delegates(commune) == (other,)
    commune.does("Mill", c.RefuseSeat(other, number))
    (heir,) = delegates(commune)
    assert heir not in (recalled, other)


def test_whoever_left_the_council_sends_nobody_by_lot() -> None:
    commune = three()
    number = put(commune, "ana", "Mill", "draw", {**DRAW, "seats": 1})
    commune.quits("Mill", "Valley")
    commune.waits("24h").waits("1h")
    if commune.stage("Mill", number) == "discussion":
        commune.does("Mill", c.TypeValue("ana", number, "9")).does("Mill", c.TypeValue("ben", number, "9"))
    assert commune.item("Mill", number).why in ("infeasible", "no_randomness")


def test_the_term_is_never_longer_than_the_councils() -> None:
    commune = three({"term": "30d"})
    commune.refuses(Why.ROLE_TERM, "Mill", c.Propose("ana", "draw", "", "", {**DRAW, "term": 31 * 86_400}))


def test_a_councils_work_is_shared_by_lot_among_its_delegates() -> None:
    """A congress draws its facilitator; it elects nobody (§7.5)."""
    commune = three()
    terms = {**DRAW, "role": "facilitator", "seats": 1}
    del terms["council"]
    commune.refuses(Why.NOT_IN_A_COUNCIL, "Valley", c.Propose("ana", "election", "", "", {**ELECTION, "council": ""}))
    number = put(commune, "ana", "Valley", "draw", terms)
    seated = {one for tie in commune.state("Valley").ties.members.values() if tie.delegation
              for one in tie.delegation.delegates}  # fmt: skip
    drawn(commune, "Valley", number, *sorted(seated)[:2])
    holders = commune.state("Valley").people.roles["facilitator"].holders
    assert set(holders) <= seated
    assert set(commune.item("Valley", number).pool.rows) == seated
    commune.does("Valley", c.Speak("ana")).does("Valley", c.GoRound("ana", "5c1e"))
    assert set(commune.state("Valley").people.speaking.round) == seated
    commune.refuses(Why.NOT_ON_ROLL, "Valley", c.Speak("nobody"))
    commune.does("Valley", c.RefuseSeat(holders[0], number))
    assert commune.state("Valley").people.roles["facilitator"].holders != holders


@pytest.mark.parametrize("role", ["delegates"])
def test_an_elected_seat_that_was_filled_otherwise_is_not_open(role: str) -> None:
    """A delegation named later replaces the earlier one whole (§6.2)."""
    commune = three()
    number = put(commune, "ana", "Mill", "election", {**ELECTION, "role": role, "seats": 2})
    commune.does("Mill", c.Stand("ben", number)).does("Mill", c.Open("ana", number))
    for one in ("ana", "ben"):
        commune.does("Mill", c.MarkNames(one, number, "approve", (("ben", 1),)))
    commune.waits("3d").does("Mill", c.Stand("ana", number))
    assert commune.stage("Mill", number) == "discussion"
    commune.sends("Mill", "Valley", "ana")
    commune.does("Mill", c.Decline("ana", number)).waits("14d")
    commune.refuses(Why.WRONG_STAGE, "Mill", c.Stand("ana", number))


def test_a_seat_in_a_council_that_was_left_goes_to_nobody() -> None:
    """Who was drawn refuses after the home has left: there is no delegation for a substitute to join (§6.1, §7.1)."""
    home = House().members("ada", "ben")
    sitting = Sitting("well", home.state)
    unseat(sitting, "valley", "ada", 0, "resigned", DAY, "ben")
    assert sitting.facts == []
