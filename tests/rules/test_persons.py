"""One person under several ids: by which an assembly knows them, and what becomes of what both had (§2.4)."""

from __future__ import annotations

import hashlib

import pytest

from governance import commands as c
from governance import facts as f
from governance.persons import is_barred, known_as, seats_to_give_up
from governance.refusals import Why
from governance.terms import AssemblyId, Instant
from tests.confederation import Confederation, three
from tests.house import House
from tests.rules.test_people import SIX
from tests.rules.test_people_councils import DRAW, delegates, drawn, put
from tests.rules.test_recall import upper

TWO = ("anna", "ana")
"""The ids of one person; the first is the one of their accounts."""


@pytest.fixture
def house() -> House:
    return House(early_close="no").members(*SIX)


@pytest.fixture
def commune() -> Confederation:
    return three()


# --- by which id an assembly knows a person


def test_an_assembly_knows_a_person_by_the_entry_on_its_roll(commune: Confederation) -> None:
    assert known_as(commune.state("Mill"), TWO) == "ana"
    assert known_as(commune.state("Ford"), TWO) == "anna"


def test_a_council_knows_a_person_by_the_seat(commune: Confederation) -> None:
    """And a home by the seat it gave, where it has no roll of persons (§6.2)."""
    assert known_as(commune.state("Valley"), TWO) == "ana"
    region = upper()
    assert known_as(region.state("Valley"), ("nobody", "dila")) == "dila"
    assert known_as(region.state("Region"), ("nobody", "dila")) == "dila"


def test_an_exclusion_is_not_shed_by_another_account(house: House) -> None:
    """Nor while it is being decided (§2.2): who leaves before it is adopted is excluded too."""
    house.proposes_exclusion("ben", "ada").opens("ben", 1).leaves("ada")
    assert known_as(house.state, ("anna", "ada")) == "ada"
    house.votes("ben cy dee eve fay", 1, "yes").waits("72h")
    assert known_as(house.state, ("anna", "ada")) == "ada"
    house.joins("ada")
    assert house.item(2).kind.value == "admission"


def test_terms_served_are_counted_whoever_comes_back(commune: Confederation, house: House) -> None:
    """`max_terms` and `cooloff` are the person's (§6.2, §7.5)."""
    commune.does("Mill", c.Leave("ana"))
    assert known_as(commune.state("Mill"), TWO) == "ana"
    house.elects("ben").stands("ada", 1).opens("ben", 1).approves("ada ben cy dee", 1, "ada").waits("72h").leaves("ada")
    assert known_as(house.state, ("anna", "ada")) == "ada"


def test_who_is_excluded_under_one_id_is_on_the_roll_under_no_other(house: House) -> None:
    house.proposes_exclusion("ben", "ada").opens("ben", 1).votes("ben cy dee eve fay", 1, "yes").waits("72h")
    assert is_barred(house.state, ("ada", "ben"))
    assert not is_barred(house.state, ("ada", "zoe"))
    assert not is_barred(house.state, ("ben", "cy"))


# --- seats in councils


def seats(commune: Confederation, *ids: str) -> list[tuple[AssemblyId, AssemblyId, str, str]]:
    return seats_to_give_up([room.state for room in commune.rooms.values() if room.state], ids)


def test_in_one_council_a_person_keeps_one_seat(commune: Confederation) -> None:
    """A delegate's before an alternate's; of two alike that of the account whose person stays (§6.2)."""
    assert seats(commune, "ana", "dila") == [("ford", "valley", "dila", "carries_another")]
    assert seats(commune, "dila", "ana") == [("mill", "valley", "ana", "carries_another")]
    commune.sends("Ford", "Valley", "emre", alternates="dila")
    assert seats(commune, "dila", "ana") == [("ford", "valley", "dila", "carries_another")]
    assert seats(commune, "ana", "zoe") == []


def test_a_seat_given_up_is_told_at_home_and_in_the_council(commune: Confederation) -> None:
    commune.does("Ford", c.Resign("dila", "valley", "carries_another"))
    assert commune.facts("Ford", f.DelegationSent)[-1].why == "carries_another"
    assert commune.state("Valley").ties.members["ford"].delegation.delegates == ()
    commune.checks()


def test_of_two_seats_of_one_delegation_the_lower_is_emptied() -> None:
    """A council's delegates hang on several rolls, so nothing merges them there (§6.2)."""
    commune = upper()
    commune.proposes(
        "ana", "Valley", "delegation", council="region", delegates=["dila"], alternates=["gül"],
        rolls={"dila": "ford", "gül": "hill"},
    )
    commune.opens("ana", "Valley", 3)
    for name in ("Mill", "Ford", "Hill"):
        commune.mandates(name, "Valley", 3, "yes")
    commune.waits("14d")
    (lower,) = [one for one in seats(commune, "gül", "dila") if one[1] == "region"]
    assert lower == ("valley", "region", "gül", "merged")
    commune.does("Valley", c.Resign("gül", "region", "merged"))
    seated = commune.state("Region").ties.members["valley"].delegation
    assert (seated.delegates, seated.alternates) == (("dila",), ())
    commune.checks()


@pytest.mark.parametrize(("named", "left"), [
    ({"delegates": "ana anna"}, (("ana",), (), ())),
    ({"delegates": "ana anna", "alternates": "ben"}, (("ana", "ben"), (), ())),
    ({"delegates": "anna", "alternates": "ben ana"}, (("ana",), ("ben",), ())),
    ({"delegates": "ben", "alternates": "ana", "observers": "anna"}, (("ben",), ("ana",), ())),
    ({"delegates": "anna", "alternates": "ben"}, (("ana",), ("ben",), ())),
])
def test_of_two_seats_by_which_one_home_sends_the_higher_stays(
    commune: Confederation, named: dict[str, str], left: tuple[tuple[str, ...], ...]
) -> None:
    """Under the older entry, whichever of the two held it (§2.4)."""
    commune.waits("1d").does("Mill", c.Join("anna"))
    commune.sends("Mill", "Valley", named.pop("delegates"), **named)
    commune.ask("Mill", c.MergeMembers("ana", "anna"))
    commune.deliver()
    sent, seated = commune.state("Mill").ties.councils["valley"], commune.state("Valley").ties.members["mill"]
    for delegation in (sent.delegation, seated.delegation):
        assert (delegation.delegates, delegation.alternates, delegation.observers) == left
    commune.checks()


def test_a_delegation_that_is_being_named_names_a_person_once(commune: Confederation) -> None:
    commune.waits("1d").does("Mill", c.Join("anna"))
    commune.proposes(
        "ben", "Mill", "delegation", council="valley", delegates=["anna"], alternates=["ana", "ben"], observers=["cem"]
    )
    number = commune.state("Mill").last_item
    commune.ask("Mill", c.MergeMembers("ana", "anna"))
    terms = commune.item("Mill", number).terms
    assert (terms["delegates"], terms["alternates"], terms["observers"]) == (["ana"], ["ben"], ["cem"])


def test_a_second_delegation_of_a_person_is_refused_whatever_the_id(commune: Confederation) -> None:
    """The council is told by which other ids the persons are known (§6.2)."""
    commune.held = True
    commune.sends("Ford", "Valley", "emre")
    (parcel,) = [one for one in commune.post if isinstance(one.dispatch, f.DelegationSent)]
    commune.post.remove(parcel)
    take = c.TakeDispatch("ford", parcel.seq, "seal", parcel.dispatch, also={"emre": ("ana", "emre")})
    commune.ask("Valley", take)
    (taken,) = commune.facts("Valley", f.DispatchTaken)[-1:]
    assert (taken.outcome, taken.why, taken.person) == ("refused", "carries_another", "emre")


def test_what_a_delegate_said_stands_where_the_seat_goes_on(commune: Confederation) -> None:
    """The delegation's estimate is not void because its delegate turned out to be somebody (§2.4, §6.5)."""
    commune.waits("1d").does("Mill", c.Join("anna")).sends("Mill", "Valley", "anna")
    commune.puts("anna", "Valley", "Share the water").states("anna", "Valley", 1, "yes")
    draw = put(commune, "anna", "Valley", "draw", {key: one for key, one in {**DRAW, "role": "chair"}.items()
                                                   if key != "council"})
    commune.does("Valley", c.Stand("anna", draw)).does("Valley", c.Speak("anna"))
    commune.ask("Mill", c.MergeMembers("ana", "anna"))
    commune.deliver()
    assert list(commune.item("Valley", 1).counsel.answers) == [("mill", "ana")]
    assert commune.item("Valley", draw).pool.names == {"ana": "stands"}
    assert commune.state("Valley").people.speaking.in_turn() == ("ana",)
    commune.checks()


def test_terms_of_both_entries_are_one_persons(commune: Confederation) -> None:
    """Who was a delegate under the entry that goes has served (§6.2)."""
    commune.waits("1d").does("Mill", c.Join("anna")).sends("Mill", "Valley", "anna")
    commune.ask("Mill", c.MergeMembers("ana", "anna"))
    assert commune.state("Mill").ties.councils["valley"].terms == (("ana",), ("ana",))


# --- roles and lots


def test_of_two_seats_of_one_role_the_second_passes_on(house: House) -> None:
    """The next substitute of the draw has it, as if the other had left (§7.5)."""
    house.draws("ada", seats=2).waits("25h").types("ada ben", 1, "9")
    (first, second), (heir, *_) = house.holders() or (), house.item(1).pool.drawn.substitutes
    house.merges(first, second)
    kept = min(first, second)
    assert set(house.holders() or ()) == {kept, heir}
    assert [(one.why, one.heir) for one in house.facts(f.SeatEmptied)] == [("merged", heir)]
    # and the list can still be drawn from
    house.refuses_seat(kept, 1)
    assert len(house.holders() or ()) == 2


def test_of_two_drawn_delegates_who_are_one_the_second_passes_on(commune: Confederation) -> None:
    number = put(commune, "ana", "Mill", "draw", DRAW)
    drawn(commune, "Mill", number, "ana", "ben")
    first, second = delegates(commune)
    heir = commune.item("Mill", number).pool.drawn.substitutes[0]
    commune.ask("Mill", c.MergeMembers(first, second))
    commune.deliver()
    assert set(delegates(commune)) == {min(first, second), heir}
    assert commune.item("Mill", number).pool.holding == (min(first, second), heir)
    commune.checks()


def test_a_frozen_list_is_drawn_from_as_it_was_announced(house: House) -> None:
    """Its hash stands in the register: of two places one person takes one, as if the other had left (§7.1)."""
    house.draws("ada", seats=6).waits("24h")
    before = house.item(1).pool
    house.merges("ada", "fay")
    after = house.item(1).pool
    assert (after.list_hash, list(after.rows)) == (before.list_hash, list(before.rows))
    house.waits("1h").types("ben cy", 1, "9")
    assert set(house.holders() or ()) == {"ada", "ben", "cy", "dee", "eve"}
    assert [(one.person, one.why) for one in house.facts(f.SeatEmptied)] == [("fay", "left")]


def test_a_place_in_a_frozen_list_goes_on_under_the_entry_that_stays(house: House) -> None:
    """The row stays what was hashed, and seats and substitutes are found by it (§7.1)."""
    house.draws("ada", seats=2, pool="volunteers").stands("ben cy dee", 1).waits("24h")
    listed = house.item(1).pool.list_hash
    house.merges("ada", "ben").merges("eve", "dee")
    rows = house.item(1).pool.rows
    assert (sorted(rows), {rows[one].handle for one in rows}) == (["ada", "cy", "dee"], {"ben", "cy", "dee"})
    house.waits("1h").types("ada fay", 1, "9")
    drawn_now = house.item(1).pool.drawn
    assert house.item(1).pool.list_hash == listed
    assert set(drawn_now.panel) | set(drawn_now.substitutes) == {"ada", "cy", "dee"}
    house.refuses_seat((house.holders() or ())[0], 1)
    assert len(house.holders() or ()) == 2


def test_a_seat_drawn_before_goes_on_under_the_entry_that_stays(house: House) -> None:
    house.draws("ada", seats=2, pool="volunteers").stands("ben cy dee", 1).waits("24h").waits("1h")
    house.types("ada fay", 1, "9")
    house.merges("ada", "ben")
    for one in house.holders() or ():
        house.refuses_seat(one, 1)
    assert [(fact.person, fact.heir) for fact in house.facts(f.SeatEmptied)] == [("ada", "dee"), ("cy", "")]


def test_one_person_reads_a_value_once(house: House) -> None:
    """Two members must have read it, each by themselves (§7.2)."""
    house.draws("ada").waits("25h").types("ada", 1, "9").types("fay", 1, "7").merges("ada", "fay")
    assert house.item(1).pool.lot.typed == {"ada": "9"}
    house.types("ada", 1, "7")
    assert house.stage(1) == "discussion"
    house.types("ben", 1, "7")
    assert house.stage(1) == "closed"


def test_a_commitment_of_the_entry_that_goes_is_kept(house: House) -> None:
    """It is revealed by the one that stays, at its place in the order (§7.2)."""
    house.draws("ada", source="commit")
    for one in ("fay", "ben"):
        house.types(one, 1, hashlib.sha256(one.encode()).hexdigest())
    house.merges("ada", "fay")
    lot = house.item(1).pool.lot
    assert list(lot.commits) == ["ada", "ben"]
    at: Instant = lot.freezes - house.now
    house.waits(f"{at // 1000}s").types("ada", 1, "fay")
    assert house.item(1).pool.lot.revealed == {"ada": "fay"}


def test_who_moved_and_who_seconded_are_one() -> None:
    """A person does not second what they moved; what was discussed by it goes on (§3.3)."""
    house = House(seconds="1").members("ada", "ben", "cy").waits("1h").joins("ben2")
    house.proposes("ben2", "Repair the pump").seconds("ben", 1).merges("ben", "ben2")
    assert (house.item(1).proposer, house.item(1).seconders, house.stage(1)) == ("ben", (), "discussion")
    house.refuses(Why.OWN_MOTION, "seconds", "ben", 1)


def test_a_secret_ballot_of_the_entry_that_goes_is_struck_out() -> None:
    """M is unchanged, and the older entry's ballot is the person's (§2.4, §8)."""
    house = House(early_close="no", secret="all", rounds="0").members("ada", "ben", "cy").waits("1h").joins("ben2")
    house.proposes("ada", "Repair the pump").opens("ada", 1).votes("ben2 ada", 1, "no").votes("ben cy", 1, "yes")
    house.merges("ben", "ben2")
    assert (house.tally(1), len(house.electorate(1))) == ({"yes": 2, "no": 1}, 4)
    house.votes("ben", 1, "no").waits("72h")
    assert house.stage(1) == "rejected"


def test_a_recall_is_about_the_person_under_either_entry(commune: Confederation) -> None:
    """Neither has a ballot in it, and what the older one gave is struck out too (§6.6)."""
    commune.waits("1d").does("Mill", c.Join("anna")).sends("Mill", "Valley", "anna")
    commune.proposes("ben", "Mill", "recall", "", "silent", person="anna", council="valley")
    number = commune.state("Mill").last_item
    commune.does("Mill", c.Second("cem", number)).does("Mill", c.CastBallot("ana", number, "no"))
    made = commune.ask("Mill", c.MergeMembers("ana", "anna"))
    assert [voter for _, voter in getattr(made, "struck", ())] == ["ana"]
    assert commune.item("Mill", number).concerned == "ana"
    commune.deliver()
    commune.refuses(Why.NOT_IN_ELECTORATE_CONCERNED, "Mill", c.CastBallot("ana", number, "no"))
    commune.votes("Mill", number, yes="ben cem").waits("3d")
    assert (commune.stage("Mill", number), delegates(commune)) == ("adopted", ())
