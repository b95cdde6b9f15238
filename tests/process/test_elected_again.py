"""What is said and kept of an election once seats were given up, terms ended, or a tie waits (§7.3 to §7.5, §8)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.recount import count
from tests.process.play import play

ASSEMBLY = """
ana @ well: /found Well preset=small quorum_min=1 term=30d {more}
ben @ well: /join
cem @ well: /join
dila @ well: /join
eve @ well: /join
fia @ well: /join
"""
EVERYBODY = ("ana", "ben", "cem", "dila", "eve", "fia")
SEAT_GIVEN_UP = ASSEMBLY + """
ana @ well: /elect facilitator seats=1
ben @ well: /stand 1
ana @ well: /open 1
ana @ well: /approve 1 @ben
cem @ well: /approve 1 @ben
dila @ well: /approve 1 @ben
wait 24h
ben @ well: /resign facilitator
cem @ well: /stand 1
ana @ well: /open 1
"""
THEN_CEM = """
ana @ well: /approve 1 @cem
ben @ well: /approve 1 @cem
cem @ well: /approve 1 @cem
wait 24h
"""


def test_who_gave_up_the_seat_is_no_winner_of_the_next_ballot() -> None:
    """One seat, Ben gave it up, Cem was elected after him (§7.4)."""
    election = play((SEAT_GIVEN_UP + THEN_CEM).format(more="secret=none")).item("Well", 1)["election"]
    assert (election["winners"], election["open_seats"], election["holding"]) == (["cem"], 0, ["cem"])


def test_who_sat_already_is_a_winner_beside_those_of_the_next_ballot() -> None:
    """Two seats: Ana by the first ballot, Cem by the second."""
    played = play(ASSEMBLY.format(more="secret=none") + """
ana @ well: /elect team seats=2
ana @ well: /stand 1
ben @ well: /stand 1
ana @ well: /open 1
ana @ well: /approve 1 @ana
cem @ well: /approve 1 @ana
dila @ well: /approve 1 @ana
wait 24h
cem @ well: /stand 1
ana @ well: /open 1
ana @ well: /approve 1 @cem
ben @ well: /approve 1 @cem
cem @ well: /approve 1 @cem
wait 24h
""")
    election = played.item("Well", 1)["election"]
    assert (election["winners"], election["open_seats"]) == (["ana", "cem"], 0)


def test_a_seat_given_up_says_what_can_be_done() -> None:
    played = play(SEAT_GIVEN_UP.format(more="secret=none"))
    said = "ben does not sit any more. The seat is open, and names are gathered again: /stand 1 or /nominate 1 @name"
    assert said in played.room("well")


def test_whose_term_is_over_is_who_held_it_to_the_end() -> None:
    """Ben had given the role up long before."""
    said = play((SEAT_GIVEN_UP + THEN_CEM + "wait 31d\nana @ well: /why 1\n").format(more="secret=none")).room("well")
    assert "facilitator: the term of cem is over." in said
    assert "names are gathered again" not in said[said.index("is over."):]


def test_an_item_opened_again_keeps_its_promise_of_secrecy() -> None:
    """The charter became open meanwhile; the second ballot is as secret as the first, and of that nothing is left to
    read (§8.3, §8.4)."""
    first, again = SEAT_GIVEN_UP.split("ben @ well: /resign")
    agreed = "\n".join(f"{one} @ well: /agree 2" for one in EVERYBODY)
    changed = f"ana @ well: /propose charter secret=none\nana @ well: /open 2\n{agreed}\nwait 1m\n"
    secret = first.replace(" @ well: /approve", ": /approve").format(more="secret=persons")
    played = play(f"{secret}{changed}ben @ well: /resign{again}")
    assert (played.item("Well", 2)["state"], played.item("Well", 1)["state"]) == ("adopted", "vote")
    election = played.item("Well", 1)["election"]
    assert (election["secret"], election["tally"], election["ballots"]) == (True, {}, 0)
    assert "export" not in election
    assert "ben 3" not in played.room("well")


TIED = ASSEMBLY + """
ana @ well: /elect chair seats=1 method=star
ana @ well: /stand 1
ben @ well: /stand 1
ana @ well: /open 1
ana @ well: /score 1 @ana=3 @ben=1
ben @ well: /score 1 @ben=3 @ana=1
cem @ well: /score 1 @ben=2 @ana=2
wait 24h
ana @ well: /why 1
"""


def test_a_tie_that_waits_is_no_open_seat() -> None:
    played = play(TIED.format(more="secret=none"))
    election = played.item("Well", 1)["election"]
    assert (election["winners"], election["undecided"], election["open_seats"]) == ([], 1, 0)
    said = played.room("well")
    assert "A tie in the run-off between ana and ben: the lot decides." in said
    assert "stays open; names are gathered" not in said


def test_a_tie_nobody_broke_leaves_an_open_seat() -> None:
    played = play(TIED.format(more="secret=none") + "wait 8d\n")
    assert played.item("Well", 1)["election"]["open_seats"] == 1
    assert "1 seat stays open; names are gathered again: /nominate 1 @name" in played.room("well")


def test_nobody_stood() -> None:
    played = play(ASSEMBLY.format(more="secret=none") + "ana @ well: /elect chair seats=1\nwait 7d\n")
    assert "1 · Election: chair — closed\nNobody stood.\n1 seat stays open" in played.room("well")


def test_who_has_to_let_others_come_first_is_named() -> None:
    """On the ballot, on the frozen list, and in the minutes (§7.5)."""
    played = play((SEAT_GIVEN_UP + THEN_CEM).format(more="secret=none") + """
wait 31d
ana @ well: /elect facilitator seats=1
ben @ well: /stand 2
dila @ well: /stand 2
eve @ well: /stand 2
ana @ well: /open 2
ana @ well: /draw facilitator seats=1 source=event at=lottery
wait 1h
""")
    assert played.item("Well", 2)["election"]["left_out"] == ["ben"]
    assert sorted(played.item("Well", 3)["draw"]["left_out"]) == ["ben", "cem"]
    lines = [one for one in played.room("well").splitlines() if one.startswith("Left out, as they held it lately: ")]
    assert [sorted(one.rpartition(": ")[2].split(" and ")) for one in lines] == [["ben"], ["ben", "cem"]]


def test_a_run_off_of_few_secret_ballots_is_withheld_in_the_minutes() -> None:
    """With the names of those who voted, two alike would show how they did (§3.7, §8.3)."""
    played = play(ASSEMBLY.format(more="secret=all fallback=vote rounds=0 seconds=0 threshold=1/2") + """
ana @ well: /propose Lime trees
ben @ well: /amend 1 Plane trees
ben @ well: /rival 1a
cem @ well: /second 1a
ana @ well: /open 1
ana: /vote 1 yes
ben: /vote 1 yes
cem: /vote 1 yes
ana: /vote 1a yes
ben: /vote 1a yes
cem: /vote 1a yes
wait 24h
ana: /vote 1 yes
ben: /vote 1 yes
cem: /vote 1 yes
wait 24h
""")
    runoff = played.item("Well", 1)["runoff"]
    assert (runoff["chosen"], runoff["answers"]) == (None, [])


@pytest.mark.parametrize(("method", "ballots", "kept"), [
    ("stv", ("@ana > @ben", "@ben > none"), True),
    ("stv", ("@ana = @ben",), False),
    ("schulze", ("@ana > @ben", "@ben"), True),
    ("schulze", ("@ana > none > @ben", "@ben"), False),
])  # fmt: skip
def test_a_blt_file_is_given_where_it_says_the_same(
    method: str, ballots: tuple[str, ...], kept: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`none` in the midst of a ranking, and equal ranks, cannot be written in one."""
    lines = [f"{who} @ well: /rank 1 {ballot}" for who, ballot in zip(EVERYBODY, ballots * 3, strict=False)]
    played = play("\n".join([
        ASSEMBLY.format(more="secret=none"), f"ana @ well: /elect chair seats=1 method={method}",
        "ana @ well: /stand 1", "ben @ well: /stand 1", "cem @ well: /stand 1", "ana @ well: /open 1", *lines,
        "wait 24h", "",
    ]))  # fmt: skip
    election = played.item("Well", 1)["election"]
    assert ("blt" in election) == kept
    if kept:
        (tmp_path / "chair.blt").write_text(election["blt"], encoding="utf-8")
        assert count(tmp_path / "chair.blt", method, 1, (), as_json=True) == 0
        assert json.loads(capsys.readouterr().out)["tally"] == election["tally"]


OPEN = (ASSEMBLY + "ana @ well: /elect chair seats=1\nben @ well: /stand 1\nana @ well: /open 1\n").format(
    more="secret=none"
)


@pytest.mark.parametrize(("script", "line", "said"), [
    (OPEN, "cem @ well: /stand 1",
     "1 is past its nominations; that cannot be done now. Where it stands, and how a ballot is given: /show 1."),
    (OPEN + "".join(f"{one} @ well: /approve 1 @ben\n" for one in EVERYBODY[:3]) + "wait 24h\n",
     "cem @ well: /stand 1",
     "1 is over; that cannot be done now. Who was elected: /why 1. Another election: /elect …"),
    (ASSEMBLY.format(more="secret=none vote_quorum=1") + OPEN[len(ASSEMBLY.format(more="secret=none")):] + "wait 24h\n",
     "cem @ well: /nominate 1 @dila",
     "1 is lapsed; that cannot be done now. Why: /why 1. Another election: /elect …"),
    (OPEN.replace("ana @ well: /open 1\n", ""), "ana @ well: /vote 1 yes",
     ("1 is gathering names; there is nothing to answer now. Names: /stand 1 or /nominate 1 @name; "
      "the ballot is opened with /open 1.")),
    (ASSEMBLY.format(more="secret=none") + "ana @ well: /draw chair seats=1 source=event at=lottery\n",
     "ana @ well: /open 1",
     "1 is announced; that cannot be done now. What can be done until it is drawn: /show 1."),
])  # fmt: skip
def test_an_election_refuses_in_its_own_words(script: str, line: str, said: str) -> None:
    """Nothing of votes and amendments, which it has not (§7.3)."""
    assert play(f"{script}{line}\n").told("well")[-1] == said
