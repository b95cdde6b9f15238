"""Nobody changes what an assembly decided except that assembly (§6.14): every command and every dispatch, walked."""

from collections.abc import Iterator
from dataclasses import fields

import pytest

from governance import commands as c
from governance import facts as f
from governance.assembly import Assembly
from governance.dispatches import TAKE
from governance.motion import Kind, Stage
from governance.refusals import Refused
from governance.terms import DAY
from governance.ties import Below, Report, Voice
from tests.confederation import START, Confederation, three

HOME_OPENS = {"ratification", "referendum"}
"""What a council may open at home; what becomes of it home alone decides."""


def full() -> Confederation:
    """A confederation with business of every kind under way, and a council above the council."""
    commune = three().council("Region", admission="open").base("Port", "pia").joins("Port", "Region")
    commune.proposes("ana", "Valley", "join", council="region").opens("ana", "Valley", 1)
    for name in ("Mill", "Ford", "Hill"):
        commune.mandates(name, "Valley", 1, "yes")
    commune.waits("14d").puts("ana", "Valley", "In the vote").puts("ana", "Valley", "A call", kind="call")
    commune.proposes("ana", "Valley", "motion", "In discussion", "text").decides("Mill", "principle", "", "Our own")
    commune.decides("Mill", "motion", "Decided", "text").proposes("ana", "Mill", "motion", "Under way", "text")
    return commune.mandates("Mill", "Valley", 2, "no").waits("1d")


def own_business(state: Assembly) -> dict[str, object]:
    """All that an assembly is and decided for itself, without the items others may open and the notes it keeps."""
    opened = {one for one, item in state.items.items() if item.kind.value in HOME_OPENS}
    return {
        "name": state.name, "charter": state.charter, "roll": dict(state.roll), "excluded": dict(state.excluded),
        "principles": dict(state.principles), "settled": state.settled,
        "items": {one: item for one, item in state.items.items() if one not in opened},
        "open": [one for one in state.open if one not in opened],
        "delegations": {one: council.delegation for one, council in state.ties.councils.items()},
        "mandates": {one: council.mandates for one, council in state.ties.councils.items()},
        "agreed": dict(state.ties.agreed), "rooms": state.rooms,
    }


def proposals(by: str) -> Iterator[c.Propose]:
    """Every kind of motion, and elections and draws as well."""
    for kind, terms in (
        ("motion", {}), ("charter", {"threshold": "1/2"}), ("principle", {}), ("repeal", {"item": 1}),
        ("join", {"council": "other"}), ("quit", {"council": "region"}), ("rights", {}), ("call", {}),
        ("referendum", {}), ("exclusion", {"person": "ben"}), ("room", {"label": "hall"}),
        ("room", {"label": "first", "close": True}),
        ("delegation", {"council": "region", "delegates": ["ana"], "rolls": {"ana": "mill"}}),
        ("mandate", {"council": "region", "tags": ["x"], "may": ["yes"]}),
        ("recall", {"person": "ana", "council": "region"}),
        *(("complaint", {"assembly": "mill", "effect": effect}) for effect in ("finding", "suspension", "exclusion")),
        ("election", {"role": "chair", "seats": 1, "method": "approval"}),
        ("election", {"role": "delegates", "council": "region", "seats": 1, "method": "approval"}),
        ("draw", {"role": "chair", "seats": 1, "source": "drand", "from": "roll"}),
        ("draw", {"role": "delegates", "council": "region", "seats": 1, "source": "commit", "from": "roll"}),
    ):
        yield c.Propose(by, kind, "Title", "text", terms)


def commands(by: str, items: int) -> Iterator[c.Command]:
    """Every other command a council or a delegate can send, on every item."""
    for item in range(1, items + 1):
        for plain in (c.Second, c.Open, c.Withdraw, c.TakeOver, c.Pause, c.Resume, c.Stand, c.Decline, c.RefuseSeat,
                      c.TakeBack):  # fmt: skip
            yield plain(by, item)
        for text in (c.Amend, c.Mend, c.AttachStatement):
            yield text(by, item, "another text")
        for letter in (c.Object, c.Accept, c.PutRival):
            yield letter(by, item, "a")
        for choice in ("yes", "no", "abstain"):
            yield c.StatePosition(by, item, choice)
            yield c.CastBallot(by, item, choice)
        yield c.TakePosition(by, item, "block", "reason", 1)
        yield from (c.Nominate(by, item, "ben"), c.MarkNames(by, item, "approve", (("ben", 1),)))
        yield from (c.TypeValue(by, item, "7"), c.TakeRound(item, 1, "00" * 48))
    yield from (c.Join(by), c.Leave(by), c.NotePresence(by, False), c.NoteWord(by), c.MergeMembers("ana", "ben"))
    yield from (c.Resign(by, "region"), c.SendReport(by, "words"), c.NoteElsewhere(1, frozenset()))
    yield from (c.OfferRoom(1, "kq4x"), c.OpenRoom(by, "kq4x", "matrix"), c.NoteRoom("first", False))
    yield from (c.ResignRole(by, "chair"), c.Speak(by), c.CallNext(by), c.GoRound(by, "00" * 32))


@pytest.mark.parametrize("by", ["ana", "dila", "founder", "stranger"])
def test_no_command_in_a_council_changes_an_assembly(by: str) -> None:
    """Each on a fresh confederation would do the same; together they do no more."""
    commune = full()
    for command in proposals(by):
        walks(commune, command)
    for command in commands(by, commune.state("Valley").last_item):
        walks(commune, command)
    commune.checks()


def walks(commune: Confederation, command: c.Command) -> None:
    before = {name: own_business(commune.state(name)) for name in ("Mill", "Ford", "Hill", "Port")}
    commune.ask("Valley", command)
    commune.deliver()
    assert {name: own_business(commune.state(name)) for name in before} == before, command


def test_the_walk_is_no_walk_of_refusals() -> None:
    """A delegate gets most kinds of motions put, so that what follows from them is walked too."""
    commune = full()
    put = commune.state("Valley").last_item
    for command in proposals("ana"):
        walks(commune, command)
    kinds = {item.kind.value for number, item in commune.state("Valley").items.items() if number > put}
    assert kinds >= {
        "motion", "charter", "principle", "quit", "delegation", "mandate", "rights", "call", "referendum", "complaint",
        "draw",
    }  # fmt: skip


def dispatches(commune: Confederation, to: str, sender: str, number: int) -> Iterator[f.Dispatch]:
    """One of every kind, as forged as can be."""
    at, below = commune.now, {to: Below(0, START, sender), "mill": Below(0, START, sender)}
    head = (to,), (number,)
    charter = commune.state("Valley").charter.written()
    yield f.JoinAsked(*head, 1, below, 0, 0, 0, at)
    yield f.CouncilLeft(*head, 1, at)
    yield f.DelegationSent(*head, 1, ("ana",), (), (), at + DAY, "named", at)
    yield f.MandateGiven(*head, 1, 2, 0, "yes", (), (), (), None, "", 9, 0, at)
    yield f.RatificationAnswered(*head, 1, 2, "yes", 9, 0, at)
    yield f.ReferendumReported(*head, 1, 2, Report("yes", 9, 0, 0, 9, 0, 0, 9, 0), at)
    yield f.BelowTold(*head, below, 1)
    yield f.TimesTold(*head, 0, 0)
    yield f.RightsAgreed(*head, 1, 1, True, at)
    yield f.PersonGone(*head, "ben", to, "")
    yield f.MembershipTold(*head, "admitted", "", 0, 2, charter)
    yield f.TextAnnounced(*head, 2, "motion", 9, False, "Title", "text", (), False)
    yield f.StageAnnounced(*head, 2, "adopted", 1, None)
    yield f.DelegateIndicated(*head, 2, "ana", "yes", "")
    yield f.DelegateRefused(*head, 2, "ana", "yes", 3)
    voices = {to: Voice("silent")}
    yield f.RatificationAsked(*head, 2, "motion", 1, "Title", "text", at + DAY, False, (), voices, sender, 2, at)
    yield f.ReferendumPut(*head, 2, "Title", "text", at + DAY, (sender,), (to,), at)
    yield f.ResultAnnounced(*head, 2, "adopted", "mandates", "", {}, {}, "", 0)
    yield f.Reported(*head, "ana", "words")
    yield f.DispatchTaken(*head, to, 1, 1, "seal", "JoinAsked", "refused", "circle", "")


KINDS = [kind.__name__ for kind in f.DISPATCHES]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sender", ["valley", "region", "port", "ghost"])
def test_no_dispatch_changes_an_assembly(kind: str, sender: str) -> None:
    """From its council, from one above it, from an equal, from nowhere."""
    commune = full()
    number = commune.state("Mill").ties.heard.get(sender, 0) + 1
    dispatch = next(one for one in dispatches(commune, "mill", sender, number) if type(one).__name__ == kind)
    before = commune.state("Mill")
    taken = commune.ask("Mill", c.TakeDispatch(sender, 99, "seal", dispatch))
    after = commune.state("Mill")
    assert not isinstance(taken, Refused)
    assert own_business(after) == own_business(before)
    opened = {item.kind.value for one, item in after.items.items() if one not in before.items}
    assert opened <= HOME_OPENS
    if opened:
        # opened, and nothing decided: the stage is the vote of all who may answer at home
        item = after.items[after.last_item]
        assert (item.stage, item.question.electorate) == (Stage.VOTE, frozenset(after.roll))
    if sender in ("port", "ghost") and kind != "DispatchTaken":
        answer = commune.facts("Mill", f.DispatchTaken)[-1]
        assert answer.outcome == "refused"


def test_only_leaving_ends_with_a_councils_word() -> None:
    """Membership is a tie of two: a council may end it, and what it asked at home ends with it (§6.1)."""
    commune = three().puts("ana", "Valley", "Water").waits("14d")
    before, number = own_business(commune.state("Mill")), commune.asked("Mill")
    told = f.MembershipTold(
        ("mill",), (commune.state("Mill").ties.heard["valley"] + 1,), "ended", "excluded", 1, 0, {}
    )
    commune.ask("Mill", c.TakeDispatch("valley", 99, "seal", told))
    after = own_business(commune.state("Mill"))
    assert commune.stage("Mill", number) == "withdrawn"
    for name in ("charter", "roll", "principles", "items", "open"):
        assert after[name] == before[name]
    assert after["delegations"] == {}


def test_every_kind_of_dispatch_is_walked() -> None:
    """A new one must come here too."""
    commune = full()
    assert sorted(type(one).__name__ for one in dispatches(commune, "mill", "valley", 1)) == sorted(KINDS)
    assert {*TAKE, f.DispatchTaken} == set(f.DISPATCHES)
    for kind in f.DISPATCHES:
        assert [one.name for one in fields(kind)][:2] == ["to", "numbers"]


def test_every_command_and_every_kind_of_item_is_walked() -> None:
    """A new one must come here too."""
    walked = {type(one) for one in (*proposals("ana"), *commands("ana", 1))}
    every = {one for one in vars(c).values() if isinstance(one, type) and one.__module__ == c.__name__}
    assert every - walked == BY_NOBODY
    kinds = {one.kind for one in proposals("ana")}
    assert {one.value for one in Kind} - kinds == {"admission", "ratification"}, "made by dispatches alone"


BY_NOBODY = {c.Found, c.PassTime, c.CloseEarly, c.MakeUpDowntime, c.TakeDispatch}
"""Of the program itself; `found` is refused once an assembly sits there, and a dispatch is walked above."""
