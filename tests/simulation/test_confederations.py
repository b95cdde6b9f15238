"""The two large plays, through the whole program, with their minutes reckoned beside the script that made them."""

import pytest

from tests.process.play import play
from tests.simulation.confederations import assembly_of_assemblies, tree


@pytest.fixture(scope="module")
def congress() -> dict[str, object]:
    """75 delegations of two: 40 mandated yes, 3 no, the other 32 without a mandate."""
    return dict(play("\n".join(assembly_of_assemblies())).minutes["assemblies"])


def test_an_assembly_of_75_delegations(congress: dict[str, dict[str, object]]) -> None:
    items = congress["Congress"]["items"]
    assert isinstance(items, list)
    (item,) = items
    assert (item["state"], item["decided_by"]) == ("adopted", "ratification")
    count = item["council"]
    pending = range(43, 75)
    assert count["assemblies"] == 75
    assert count["mandated"] == {"yes": 40, "no": 3, "abstain": 0}
    assert count["indicative"] == {"yes": sum(one % 5 > 0 for one in pending), "no": 0, "abstain": 0}
    assert count["silent"] == sum(one % 5 == 0 for one in pending)
    assert count["ratified"] == {
        "yes": sum(one % 4 > 0 and one % 3 > 0 for one in pending),
        "no": sum(one % 4 > 0 and one % 3 == 0 for one in pending),
        "abstain": 0,
        "none": sum(one % 4 == 0 for one in pending),
    }
    standings = [one["standing"] for one in count["positions"].values()]
    assert standings.count("mandated") == 43
    assert standings.count("ratified") == 24
    assert standings.count("no_position") == 8
    seats = [one["delegations"]["Congress"]["delegates"] for name, one in congress.items() if name != "Congress"]
    assert len({person for some in seats for person in some}) == 150


def test_four_levels_and_a_referendum() -> None:
    """24 communes × 30 members, six districts, two cantons, one confederation."""
    found = play("\n".join(tree())).minutes["assemblies"]
    (item,) = found["Top"]["items"]
    assert (item["kind"], item["state"], item["decided_by"]) == ("referendum", "adopted", "vote")
    ballots = ["yes" if (number + person) % 3 else "no" for number in range(24) for person in range(30)]
    assert item["referendum"] == {
        "assemblies": {"yes": 24, "no": 0, "none": 0},
        "members": {"yes": ballots.count("yes"), "no": ballots.count("no"), "abstain": 0},
    }
    assert sorted(found["Top"]["members"]) == ["k0", "k1"]
    assert all(len(found[f"d{number}"]["members"]) == 4 for number in range(6))
    for name in ("k0", "k1"):
        joined, sent = found[name]["items"]
        assert (joined["kind"], joined["decided_by"]) == ("join", "ratification")
        assert (sent["kind"], sent["decided_by"]) == ("delegation", "ratification")
        assert len(found[name]["members"]) == 3
    for number in range(24):
        kinds = [one["kind"] for one in found[f"c{number:02}"]["items"]]
        assert kinds == ["join", "delegation", *["ratification"] * 4, "referendum"]
