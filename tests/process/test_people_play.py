"""Elections, draws and secret ballots, from typed lines to the minutes, through the whole program."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.process.play import play

PLAY = """
ana @ well: /found Well seconds=0 discussion_min=0 quorum_min=2 draw_notice=1h
ben @ well: /join
cem @ well: /join
dila @ well: /join
eve @ well: /join
fia @ well: /join
ana @ well: /elect facilitator seats=1
ana @ well: /stand 1
ben @ well: /stand 1
cem @ well: /nominate 1 @dila
dila @ well: /stand 1
ana @ well: /open 1
ana @ well: /approve 1 @ana
ana: /approve 1 @ana @ben
ana: /approve 1 @zoe
ben: /approve 1 @ben
cem: /approve 1 @ben @dila
dila: /approve 1 @dila @ben
eve: /approve 1 @ben
fia: /approve 1 none
wait 72h
ana: /receipt 1
ana @ well: /roles
ana: /declare gender=woman show=gender
ben: /declare gender=man
ana @ well: /draw timekeeper seats=2 quota gender:woman>=1 source=event at=lottery-6-March
wait 2h
ana: /reveal 2 9 18 26
ben: /reveal 2 9 18 27
cem: /reveal 2 9 18 26
ana @ well: /goround
ana @ well: /stack next
ana @ well: /propose exclusion @fia took the bucket
ana @ well: /open 3
ben @ well: /vote 3 yes
ana: /vote 3 yes
ben: /vote 3 yes
cem: /vote 3 yes
wait 72h
ana @ well: /why 3
ana @ well: /why 1
ben @ well: /recall @ana timekeeper never there
ben @ well: /resign facilitator
"""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("play")
    (folder / "play.txt").write_text(PLAY, encoding="utf-8")
    command = [sys.executable, "-m", "bot", "rehearse", str(folder / "play.txt"), "--minutes", str(folder / "m.json")]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)  # our own
    return run.stdout, json.loads((folder / "m.json").read_text())["assemblies"]["Well"]


def test_an_election_in_the_minutes(played: tuple[str, dict[str, Any]]) -> None:
    item = played[1]["items"][0]
    election = item["election"]
    assert (item["kind"], item["state"]) == ("election", "closed")
    assert (election["method"], election["seats"], election["winners"]) == ("approval", 1, ["ben"])
    assert election["tally"] == {"ballots": 6, "approvals": {"ana": 1, "ben": 5, "dila": 2}}
    assert election["open_seats"] == 0
    assert {"count": 2, "approve": ["ben"]} in election["export"]["ballots"]


def test_a_draw_in_the_minutes_can_be_checked_outside(
    played: tuple[str, dict[str, Any]], tmp_path: Path
) -> None:
    drawn = played[1]["items"][1]["draw"]
    assert (drawn["parts"], len(drawn["panel"])) == (["event:lottery-6-March:9 18 26"], 2)
    assert "ana" in drawn["panel"]  # the only one who declared what the quota asks for
    (tmp_path / "draw.json").write_text(json.dumps(drawn))
    checker = Path(__file__).parents[2] / "docs" / "draw_checker.py"
    for program in ([sys.executable, "-m", "bot", "draw-check"], [sys.executable, str(checker)]):
        run = subprocess.run([*program, str(tmp_path / "draw.json")], capture_output=True, text=True, check=True)
        assert "\nOK, as far as can be seen" in run.stdout  # what ben declared is not shown


def test_roles_in_the_minutes(played: tuple[str, dict[str, Any]]) -> None:
    roles = {one["role"]: one["holders"] for one in played[1]["roles"]}
    assert roles["facilitator"] == []
    assert roles["timekeeper"] == played[1]["items"][1]["draw"]["panel"]


def test_a_secret_ballot_is_given_in_private_only(played: tuple[str, dict[str, Any]]) -> None:
    said = played[0]
    assert "well | The ballot on 1 is secret." in said
    assert "well | The ballot on 3 is secret." in said
    assert "secret from members, not from whoever runs this bot" in said
    assert "@ana | The board of 1" in said
    assert "two members typed different values" in said


def test_what_would_show_how_somebody_voted_is_withheld(played: tuple[str, dict[str, Any]]) -> None:
    """Three ballots, all alike (§8.3)."""
    item = played[1]["items"][2]
    assert (item["state"], item["vote"]["yes"], item["vote"]["secret"]) == ("adopted", None, True)
    assert item["vote"]["answers"] == []
    assert "would show how somebody voted and are withheld" in played[0]
    assert "3 yes, 0 no" not in played[0]


def test_a_role_is_recalled_like_a_delegation(played: tuple[str, dict[str, Any]]) -> None:
    assert played[1]["items"][3]["kind"] == "recall"
    assert "Recall of ana as timekeeper" in played[0]


CONSENT = """
ana @ well: /found Well seconds=0 discussion_min=0 quorum_min=2 early_close=no secret={secret}
ben @ well: /join
cem @ well: /join
dila @ well: /join
eve @ well: /join
ana @ well: /elect facilitator seats=1 method=consent
ana @ well: /stand 1
ben @ well: /stand 1
ana @ well: /open 1
ana: /rank 1 @ana
ben: /rank 1 @ben > none > @ana
ben: /rank 1 @ben>none>@ana keeps the books > and the keys
cem: /rank 1 none > @ana @ben
cem: /rank 1 @ana
dila: /rank 1 @ana
dila: /pending
eve: /rank 1 none
wait 72h
ana @ well: /elect chair seats=1 method=stv
ana @ well: /stand 2
ana @ well: /open 2
ana: /rank 2 @ana and nobody else
"""


@pytest.mark.parametrize("secret", ["persons", "none"])
def test_an_objection_is_heard_with_its_reason(secret: str) -> None:
    """By consent (§7.3): refused without one; in the minutes, by name only where ballots are open (§8.1)."""
    played = play(CONSENT.format(secret=secret))
    election = played.item("Well", 1)["election"]
    by = None if secret == "persons" else "ben"
    assert election["objections"] == [{"to": ["ana"], "by": by, "reason": "keeps the books > and the keys"}]
    assert election["tally"] == {"nominations": {"ana": 3, "ben": 1}, "objections": {"ana": 1, "ben": 0}}
    assert {"count": 1, "ranking": [["ben"], ["none"], ["ana"]]} in election["export"]["ballots"]
    assert election["winners"] == ["ben"]
    first = "ben objects to ana" if by else "Objection to ana"
    assert f"{first}: “keeps the books > and the keys”" in played.room("well")
    assert "ana: 1 objection, so no seat" in played.room("well")
    assert "An objection needs a reason" in played.room("@ben")
    assert "I did not understand “@ben”" in played.room("@cem")
    assert "you answered ana;" in played.room("@dila")
    assert "I did not understand “and nobody else”" in played.room("@ana")
    if by:
        assert "Recorded: ben>none>ana keeps the books > and the keys (" in played.room("@ben")


DRAWS = """
ana @ well: /found Well seconds=0 discussion_min=0 quorum_min=2 draw_notice=1h
ben @ well: /join
cem @ well: /join
{lines}
"""


@pytest.mark.parametrize(("line", "said"), [
    ("facilitator seats=2", "source=event at=lottery-6-March (numbers that two of you read and type)"),
    ("facilitator source=dice", "A draw needs randomness that nobody can know yet."),
    ("facilitator source=event", "Name the public event"),
    ("facilitator seats=x source=drand", "seats is a whole number from 1 to 1000."),
    ("facilitator quota gender=woman source=drand", "“gender=woman” is no quota. A quota looks like gender:woman>=1."),
    ("facilitator quota source=drand", "“source=drand” is no quota"),
    ("facilitator gender:woman source=drand please", "I did not understand “gender:woman please”"),
    ("facilitator seat=2 source=event at=lottery", "I did not understand “seat=2”"),
    ("facilitator source=drand at=tomorrow", "“tomorrow” is no date and time, like at=2027-03-06T18:00"),
    ("facilitator source=drand from=moon", "from is roll or volunteers."),
])
def test_a_draw_that_cannot_be_called_says_why(line: str, said: str) -> None:
    """Nothing of the line is passed over in silence."""
    played = play(DRAWS.format(lines=f"ana @ well: /draw {line}"))
    assert said in played.told("well")[-1]
    assert played.assembly("Well")["items"] == []


def test_each_source_says_what_is_typed_and_until_when() -> None:
    """Commit and reveal, an event, rfc3797, and the beacon (§7.2), as a newcomer meets them."""
    words = hashlib.sha256(b"the mill").hexdigest()
    played = play(DRAWS.format(lines=f"""
ana @ well: /draw chair source=commit
ana @ well: /draw clerk source=event at=lottery 6 March
ana @ well: /draw baker source=rfc3797 at=lottery
ana @ well: /draw smith source=drand
ana: /reveal 1 the mill
ana: /reveal 1 {words}
wait 65m
ana: /reveal 1 the  mill!
ana: /reveal 1 the mill
wait 5m
ana: /reveal 2 9 18
ben: /reveal 2 9 19
ana: /pending
ben: /reveal 2 9 18
cem: /reveal 3 nine
cem: /reveal 4 9 18
wait 8d
"""))
    ana, room = played.room("@ana"), played.room("well")
    assert "Before the list of 1 is frozen I take a commitment, not the words" in ana
    assert "Committed. After Fri 1 January 01:00" in ana
    assert "Committed: ana" in room
    assert "or is left out: /reveal 1 my words" in room
    assert "Every letter and blank counts." in ana
    assert "Your words are mixed in. The round that decides with them is known Fri 1 January 01:10" in ana
    assert "Noted. It counts when another member has typed the same, by Fri 8 January 01:10" in ana
    assert "two members typed different values, and nothing is drawn before two agree." in room
    assert "waits for its randomness: /reveal 3 …, what to type: /show 3" in ana
    assert "can be opened: /open" not in ana
    assert "That is the second time it was typed, so it is known: /show 2" in played.room("@ben")
    assert "it is whole numbers with blanks between them" in played.room("@cem")
    assert "64 hexadecimal digits" in played.room("@cem")
    assert "the 64 digits behind “randomness” at https://api.drand.sh/52db9ba7" in room
    assert "4 · Draw: smith — lapsed: the randomness never came\nThe same can be called anew" in room
    assert played.item("Well", 2)["draw"]["parts"] == ["event:lottery 6 March:9 18"]


LOTTERY = """
ana @ well: /found Well seconds=0 discussion_min=0 quorum_min=2 draw_notice=1h
ben @ well: /join
ana @ well: /draw host seats=1 source=drand
wait 1h
ana @ well: /show 1
wait 10m
ana: /reveal 1 {randomness}
ben: /reveal 1 {randomness}
"""


@pytest.mark.parametrize(("settings", "beacon", "checker"), [
    ({}, "https://api.drand.sh", "docs/draw_checker.py of this program"),
    (
        {"drand": {"relays": ["https://relay.example.org/", "https://other.example.org"]},
         "web": {"checker": "https://example.org/draw_checker.py"}},
        "https://relay.example.org", "https://example.org/draw_checker.py",
    ),
])  # fmt: skip
def test_where_a_round_is_read_and_a_draw_is_checked(settings: dict[str, Any], beacon: str, checker: str) -> None:
    """In the notice, in the answer to /show, and in the result: what the operator configured, if anything."""
    played = play(LOTTERY.format(randomness="ab" * 32), **settings)
    shown = [text for text in played.told("well") if "behind “randomness” at" in text]
    assert len(shown) == 2
    assert all(f"at {beacon}/52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971/public/" in text
               for text in shown)  # fmt: skip
    assert f"draw again by yourself: roundabout draw-check, or {checker}; the list: /show 1" in played.room("well")


def test_quotas_nobody_can_meet_are_named() -> None:
    """With what can be done (§7.1 step 5)."""
    room = play(DRAWS.format(lines="""
ana: /declare gender=woman
ana @ well: /draw chair seats=2 quota gender:woman>=2 source=drand
ana @ well: /draw clerk seats=4 source=drand
wait 1h
""")).room("well")
    assert "The 3 on the list cannot meet gender:woman>=2.\nFeatures are declared in private" in room
    assert "Too few are on the list: 3 for 4." in room


def test_a_congress_shares_out_its_work_by_lot() -> None:
    """The example people can play: refusal before and after, resignation, terms, rotation (§7.5, §7.6)."""
    script = (Path(__file__).parents[2] / "examples" / "congress-by-lot.rehearsal").read_text(encoding="utf-8")
    played = play(script)
    draws = {number: played.item("Congress", number)["draw"] for number in range(1, 6)}
    room = played.room("congress")
    assert [one["id"] for one in draws[3]["candidates"]] == ["ana", "ben", "cem", "dila", "eve", "fia", "gus"]
    first, team = draws[1]["panel"][0], draws[4]
    assert first not in [one["id"] for one in draws[5]["candidates"]], "who facilitated last is left out"
    assert draws[3]["panel"] != draws[3]["holding"] == [draws[3]["substitutes"][0]]
    assert "ana" in team["panel"]
    assert "ana" not in team["holding"]
    assert len(team["holding"]) == 3
    women, men = {"ana", "dila", "eve"}, {"ben", "cem"}
    assert women & {*team["holding"]}, "a woman still, once Ana had gone"
    assert men & {*team["holding"]}, "and a man"
    ends = room.index(f"facilitator: the term of {first} ends Mon 8 March 20:00")
    assert ends < room.index(f"facilitator: the term of {first} is over.")
    assert "A go-round: everybody is asked, in this order:" in room
    (keeper,) = draws[3]["holding"]
    assert f"timekeeper: the term of {keeper} ends" in played.room(f"@{keeper}")
    roles = {one["role"]: one["holders"] for one in played.assembly("Congress")["roles"]}
    assert roles["facilitator"] == draws[5]["panel"]
    assert not [said for said in played.heard if said.kind == "refusal"]
