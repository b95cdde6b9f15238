"""Joining and leaving a council, and circles (§6.1)."""

from governance import commands as c
from governance import facts as f
from governance.below import bases_below, below_of, councils_below, level_of, waits_for
from governance.refusals import Why
from tests.confederation import Confederation, three


def bases(commune: Confederation, *names: str) -> Confederation:
    for name in names:
        commune.base(name, f"{name.lower()}1 {name.lower()}2")
    return commune


def test_the_first_two_are_admitted_at_once_the_third_by_motion():
    """While the council has fewer than two members admission is automatic and makes no item (§6.1)."""
    commune = bases(Confederation().council("Valley"), "Mill", "Ford", "Hill")
    commune.joins("Mill", "Valley").joins("Ford", "Valley").joins("Hill", "Valley")
    assert list(commune.state("Valley").roll) == ["mill", "ford"]
    item = commune.item("Valley", 1)
    assert (item.kind.value, item.stage.value, item.terms["assembly"]) == ("admission", "discussion", "hill")
    assert commune.state("Hill").ties.councils["valley"].joined is None
    commune.refuses(Why.ALREADY_A_MEMBER_OF, "Hill", c.Propose("hill1", "join", "", "", {"council": "valley"}))
    commune.refuses(Why.NOT_A_MEMBER_OF, "Hill", c.Propose("hill1", "delegation", "", "", {"council": "valley"}))
    # any delegation may open it
    commune.sends("Ford", "Valley", "ford1").opens("ford1", "Valley", 1)
    commune.mandates("Mill", "Valley", 1, "yes").mandates("Ford", "Valley", 1, "yes").waits("14d")
    assert list(commune.state("Valley").roll) == ["mill", "ford", "hill"]
    assert commune.state("Hill").ties.councils["valley"].joined == commune.now
    assert commune.state("Hill").ties.councils["valley"].charter["council_threshold"] == "2/3"
    commune.checks()


def test_an_admission_rejected_and_one_withdrawn():
    """The applicant hears of it (§6.1)."""
    commune = bases(Confederation().council("Valley"), "Mill", "Ford", "Hill", "Oak")
    for name in ("Mill", "Ford", "Hill", "Oak"):
        commune.joins(name, "Valley")
    commune.sends("Ford", "Valley", "ford1").opens("ford1", "Valley", 1)
    commune.mandates("Mill", "Valley", 1, "no").mandates("Ford", "Valley", 1, "no").waits("14d")
    assert commune.state("Hill").ties.councils == {}
    assert commune.facts("Hill", f.MembershipNoted)[-1].status == "refused"
    commune.quits("Oak", "Valley")
    assert (commune.stage("Valley", 2), commune.item("Valley", 2).why) == ("lapsed", "withdrawn")
    commune.checks()


def test_who_joined_meanwhile_is_not_admitted_twice():
    """A second request of the same applicant is refused; a request to what is no council too."""
    commune = bases(Confederation().council("Valley"), "Mill", "Ford", "Hill")
    for name in ("Mill", "Ford", "Hill"):
        commune.joins(name, "Valley")
    asked = commune.facts("Hill", f.JoinAsked)[0]
    for sender, receiver in (("hill", "valley"), ("hill", "ford"), ("mill", "valley")):
        number = commune.state(sender).ties.sent.get(receiver, 0) + 1
        dispatch = f.JoinAsked((receiver,), (number,), 1, {}, 0, 0, 0, commune.now)
        commune.does(receiver, c.TakeDispatch(sender, 99, "seal", dispatch))
        answer = commune.facts(receiver, f.DispatchTaken)[-1]
        assert (answer.outcome, answer.why) == ("refused", "no_council" if receiver == "ford" else "asked_before")
        commune.post.clear()
    assert asked.level == 0


def test_a_council_refuses_itself_and_what_is_above_it():
    """At home already where home can know; else by the council (§6.1)."""
    commune = bases(Confederation().council("Valley").council("Region"), "Mill", "Ford")
    commune.joins("Mill", "Valley").sends("Mill", "Valley", "mill1")
    lifts(commune, "Valley", "Region", "mill1", "Mill")
    assert (level_of(commune.state("Region")), level_of(commune.state("Valley")), level_of(commune.state("Mill"))) == (
        2, 1, 0,
    )
    assert bases_below(commune.state("Region")) == ("mill",)
    assert councils_below(commune.state("Region")) == ("region", "valley")
    assert waits_for(commune.state("Region")) == ("mill", "valley")
    commune.refuses(Why.COUNCIL_IS_BELOW, "Valley", c.Propose("mill1", "join", "", "", {"council": "valley"}))
    # Region gets a delegation of Valley: it must not join Valley
    sends_up(commune, "Valley", "Region", "mill1", "Mill", "mill")
    commune.refuses(Why.COUNCIL_IS_BELOW, "Region", c.Propose("mill1", "join", "", "", {"council": "valley"}))
    # Valley gains a member, and Region hears of it
    commune.joins("Ford", "Valley")
    assert bases_below(commune.state("Region")) == ("ford", "mill")
    commune.quits("Ford", "Valley")
    assert bases_below(commune.state("Region")) == ("mill",)
    commune.checks()


def adopts(commune: Confederation, council: str, by: str, *homes: str) -> int:
    """The council's newest motion is opened, mandated by all, and adopted."""
    number = commune.state(council).last_item
    commune.opens(by, council, number)
    for home in homes:
        commune.mandates(home, council, number, "yes")
    commune.waits("14d")
    assert commune.stage(council, number) == "adopted"
    return number


def lifts(commune: Confederation, council: str, upper: str, by: str, *homes: str) -> None:
    commune.proposes(by, council, "join", council=upper.lower())
    adopts(commune, council, by, *homes)


def sends_up(commune: Confederation, council: str, upper: str, by: str, home: str, base: str) -> None:
    commune.proposes(by, council, "delegation", council=upper.lower(), delegates=[by], rolls={by: base})
    adopts(commune, council, by, home)


def test_two_councils_that_join_each_other_at_once():
    """The admission that came later is undone by its own register (§6.1)."""
    commune = bases(Confederation().council("Aura").council("Brook"), "Mill", "Ford")
    commune.joins("Mill", "Aura").sends("Mill", "Aura", "mill1").joins("Ford", "Brook").sends("Ford", "Brook", "ford1")
    commune.proposes("mill1", "Aura", "join", council="brook").opens("mill1", "Aura", 1)
    commune.proposes("ford1", "Brook", "join", council="aura").opens("ford1", "Brook", 1)
    commune.mandates("Mill", "Aura", 1, "yes").mandates("Ford", "Brook", 1, "yes")
    commune.waits("14d")
    inside = [(one, other) for one, other in (("aura", "brook"), ("brook", "aura"))
              if one in commune.state(other).roll]
    assert len(inside) == 1
    lower, upper = inside[0]
    assert lower not in below_of(commune.state(lower))
    assert upper not in commune.state(upper).ties.councils
    commune.waits("1d").checks()


def test_who_came_to_lie_above_meanwhile_is_not_admitted():
    """Each asked the other; what the register knows at the admission is looked at then (§6.1, §2.1)."""
    commune = Confederation().council("Aura").council("Brook")
    for council, names in (("Aura", ("Mi", "Mo")), ("Brook", ("Fo", "Fe"))):
        for name in names:
            bases(commune, name).joins(name, council)
        commune.sends(names[0], council, f"{names[0].lower()}1")
    for by, council, upper, homes in (
        ("mi1", "Aura", "brook", ("Mi", "Mo")), ("fo1", "Brook", "aura", ("Fo", "Fe")),
    ):
        commune.proposes(by, council, "join", council=upper).opens(by, council, 1)
        for home in homes:
            commune.mandates(home, council, 1, "yes")
    commune.waits("14d").opens("mi1", "Aura", 2)
    for home in ("Mi", "Mo"):
        commune.mandates(home, "Aura", 2, "yes")
    commune.waits("1d").opens("fo1", "Brook", 2)
    for home in ("Fo", "Fe"):
        commune.mandates(home, "Brook", 2, "yes")
    commune.waits("14d")
    assert "brook" in commune.state("Aura").roll
    assert (commune.stage("Brook", 2), commune.item("Brook", 2).why) == ("rejected", "infeasible")
    assert "brook" not in commune.state("Aura").ties.councils
    commune.checks()


def test_a_circle_of_three_undone_where_it_was_closed():
    """Requests on their way at the same time (§6.1)."""
    for seed in range(6):
        commune = bases(Confederation(shuffled=seed).council("Aura").council("Brook").council("Cove"), "Mi", "Fo", "Hi")
        for base, council in (("Mi", "Aura"), ("Fo", "Brook"), ("Hi", "Cove")):
            commune.joins(base, council).sends(base, council, f"{base.lower()}1")
        for by, council, upper in (("mi1", "Aura", "brook"), ("fo1", "Brook", "cove"), ("hi1", "Cove", "aura")):
            commune.proposes(by, council, "join", council=upper).opens(by, council, 1)
        for base, council in (("Mi", "Aura"), ("Fo", "Brook"), ("Hi", "Cove")):
            commune.mandates(base, council, 1, "yes")
        commune.held = True
        commune.waits("14d")
        commune.held = False
        commune.deliver().checks()
        links = sum(one in commune.state(other).roll for one in ("aura", "brook", "cove")
                    for other in ("aura", "brook", "cove"))
        assert links == 2
        for name in ("Aura", "Brook", "Cove"):
            assert name.lower() not in below_of(commune.state(name))


def test_a_council_that_is_dissolved_leaves_the_one_above():
    """§6.1, level by level."""
    commune = bases(Confederation().council("Valley").council("Region"), "Mill", "Ford")
    commune.joins("Mill", "Valley").sends("Mill", "Valley", "mill1").joins("Ford", "Region")
    lifts(commune, "Valley", "Region", "mill1", "Mill")
    commune.quits("Mill", "Valley")
    assert commune.state("Valley").ties.dissolved
    assert list(commune.state("Region").roll) == ["ford"]
    commune.checks()


def test_joining_twice_is_infeasible_the_second_time():
    """Two motions under way (§2.1)."""
    commune = bases(Confederation().council("Valley"), "Mill")
    for _ in range(2):
        commune.proposes("mill1", "Mill", "join", council="valley")
    for number in (1, 2):
        commune.opens("mill1", "Mill", number).agrees("Mill", number)
    assert (commune.stage("Mill", 2), commune.item("Mill", 2).why) == ("rejected", "infeasible")
    # a base assembly that has joined is settled: its founder cannot found it anew
    commune.refuses(Why.ALREADY_FOUNDED, "Mill", c.Found("mill1", "Other"))


def test_a_mandate_for_a_council_that_was_left_is_infeasible():
    """What can no longer be done is rejected (§2.1)."""
    commune = three().puts("ana", "Valley", "Water")
    commune.proposes("ana", "Mill", "mandate", council="valley", item=1, choice="yes", version=1)
    commune.quits("Mill", "Valley")
    commune.opens("ana", "Mill", 3).agrees("Mill", 3)
    assert commune.item("Mill", 3).why == "infeasible"


def test_persons_do_not_join_a_council():
    """Its members are assemblies; other commands for rolls of persons have no place there (§6)."""
    commune = three()
    for command in (c.Join("ana"), c.Leave("ana")):
        commune.refuses(Why.NOT_IN_A_COUNCIL, "Valley", command)
    for command in (c.NoteWord("ana"), c.NotePresence("ana", True), c.MergeMembers("ana", "ben")):
        commune.refuses(Why.NOT_ON_ROLL, "Valley", command)
    commune.refuses(
        Why.NOT_IN_A_COUNCIL, "Valley", c.Propose("ana", "exclusion", "", "why", {"person": "ford"})
    )


def test_members_hear_of_the_charter_and_the_council_of_theirs():
    """Terms, windows and the like are the council's (§6.2, §6.11)."""
    commune = three().proposes("ana", "Valley", "charter", term="10d").opens("ana", "Valley", 1)
    for name in ("Mill", "Ford", "Hill"):
        commune.mandates(name, "Valley", 1, "yes")
    commune.waits("14d")
    known = commune.state("Mill").ties.councils["valley"]
    assert (known.charter["term"], known.version, known.joined < commune.now) == ("10d", 2, True)
    commune.decides("Mill", "charter", discussion_min="5d")
    assert commune.state("Valley").ties.members["mill"].discussion_min == 5 * 86_400
    commune.checks()


def test_a_new_member_hears_what_is_open():
    """Texts and stages; drafts are nobody's business yet (§6.12)."""
    commune = three().puts("ana", "Valley", "Water").proposes("ana", "Valley", "motion", "Roads", "text")
    commune.proposes("ana", "Valley", "charter", seconds="1").opens("ana", "Valley", 3)
    for name in ("Mill", "Ford", "Hill"):
        commune.mandates(name, "Valley", 3, "yes")
    commune.waits("13d").proposes("ana", "Valley", "motion", "Fields", "text").waits("1d")
    commune.proposes("ana", "Valley", "motion", "Woods", "text")
    commune.base("Oak", "oya").joins("Oak", "Valley")
    assert {one: known.stage for one, known in commune.state("Oak").ties.councils["valley"].items.items()} == {
        1: "ratification", 2: "vote", 4: "discussion",
    }
    # a draft given up before anybody seconded it stays unheard of
    commune.does("Valley", c.Withdraw("ana", 5)).waits("1d")
    assert 5 not in commune.state("Oak").ties.councils["valley"].items
    commune.checks()
