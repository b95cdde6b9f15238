"""Recounts anyone can run (COMMANDS): what the files may say, what is printed, and with which exit code."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bot.recount import count, draw_check

HOUSE = Path(__file__).parents[2]
CASES = Path(__file__).parent / "cases"


def case(name: str) -> dict[str, Any]:
    return tomllib.loads((CASES / f"{name}.toml").read_text())


@pytest.fixture
def file(tmp_path: Path) -> Any:
    """A file with this text, or with this as JSON."""

    def write(content: Any) -> Path:
        path = tmp_path / "recount"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write


# ---- draw-check


@pytest.mark.parametrize("name", ["draw-quotas", "draw-plain", "draw-rfc3797"])
def test_a_draw_as_it_was_is_ok(file: Any, capsys: pytest.CaptureFixture[str], name: str) -> None:
    drawn = case(name)
    assert draw_check(file(drawn), as_json=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"list_hash    {drawn['list_hash']}"
    assert lines[3] == f"panel        {', '.join(drawn['panel'])}"
    assert lines[-1] == "OK"
    assert draw_check(file(drawn), as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert {key: found[key] for key in ("list_hash", "seed", "attempts", "panel", "substitutes")} == {
        key: drawn[key] for key in ("list_hash", "seed", "attempts", "panel", "substitutes")
    }
    assert (found["outcome"], found["verdict"], found["difference"]) == ("drawn", "OK", None)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"attempts": 1}, "MISMATCH attempts: the file says 1, the draw 2"),
        ({"panel": ["ana", "élif", "kim", "hugo"]}, "MISMATCH panel, place 3: the file says kim, the draw hugo"),
        ({"panel": ["ana", "élif", "hugo"]}, "MISMATCH panel: the file has 3, the draw 4"),
        ({"panel": None}, "MISMATCH panel: the file says None, the draw ['ana', 'élif', 'hugo', 'kim']"),
        ({"list_hash": "00", "attempts": 7}, "MISMATCH list_hash: the file says 00, the draw aa16625fc8968feaa7c95"),
    ],
)
def test_the_first_difference_is_named(
    file: Any, capsys: pytest.CaptureFixture[str], change: dict[str, Any], why: str
) -> None:
    path = file({**case("draw-quotas"), **change})
    assert draw_check(path, as_json=False) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith(why)
    assert draw_check(path, as_json=True) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"] == "MISMATCH"
    assert found["difference"]["key"] in change


def test_a_draw_without_results_is_drawn(file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The method may be left out; so may the features of who declared none."""
    drawn = case("draw-plain")
    bare = {"id": drawn["id"], "seats": 3, "parts": drawn["parts"]}
    path = file({**bare, "candidates": [{"id": one["id"]} for one in drawn["candidates"]]})
    assert draw_check(path, as_json=False) == 0
    out = capsys.readouterr().out
    assert f"panel        {', '.join(drawn['panel'])}\n" in out
    assert "OK" not in out
    draw_check(path, as_json=True)
    assert json.loads(capsys.readouterr().out)["verdict"] is None


def test_a_draw_that_was_not_made_holds_its_list_alone(file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """As the minutes write one whose randomness never came: null where nothing was drawn."""
    undrawn = {**case("draw-quotas"), "seed": None, "attempts": None, "panel": [], "substitutes": []}
    assert draw_check(file(undrawn), as_json=False) == 0
    assert capsys.readouterr().out.endswith("OK\n")
    checker = [sys.executable, HOUSE / "docs" / "draw_checker.py", file(undrawn)]
    checked = subprocess.run(checker, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout.splitlines()[-1]) == (0, "OK")
    assert draw_check(file(undrawn | {"list_hash": "0" * 64}), as_json=False) == 1


def test_letters_may_be_composed_or_not(file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    text = json.dumps(case("draw-quotas"), ensure_ascii=False).replace("é", "e\u0301").replace("ü", "u\u0308")
    assert draw_check(file(text), as_json=False) == 0
    assert capsys.readouterr().out.endswith("OK\n")


def test_infeasible_quotas_are_said_so(file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = case("draw-infeasible")
    assert draw_check(file(drawn), as_json=False) == 3
    assert "INFEASIBLE 3 seats, 4 candidates: gender:woman>=2, region:north>=2 cannot be met together\n" in (
        capsys.readouterr().out
    )
    assert draw_check(file({**drawn, "panel": ["ana"]}), as_json=False) == 3
    assert "MISMATCH panel: the file has 1, the draw 0" in capsys.readouterr().out
    assert draw_check(file({**drawn, "quotas": {}, "seats": 5}), as_json=False) == 3
    assert "INFEASIBLE 5 seats, 4 candidates\n" in capsys.readouterr().out
    assert draw_check(file(drawn), as_json=True) == 3
    found = json.loads(capsys.readouterr().out)
    assert (found["outcome"], found["contradiction"]) == ("infeasible", ["gender:woman>=2", "region:north>=2"])


def test_an_exhausted_draw_is_said_so(file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    people = [{"id": f"p{i}", "f": {"role": "cook"} if i < 6 else {}} for i in range(60)]
    quotas = {"role": {"cook": [6, 6]}}
    drawn = {"id": "x", "seats": 6, "quotas": quotas, "candidates": people, "parts": ["x"], "panel": []}
    assert draw_check(file(drawn), as_json=False) == 3
    assert "EXHAUSTED none of 100000 panels meets the quotas\nOK\n" in capsys.readouterr().out


GOOD_DRAW: dict[str, Any] = {"id": "x", "seats": 1, "quotas": {}, "candidates": [{"id": "a"}], "parts": ["x"]}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "Expecting property name"),
        ("[1]", "the file: not a JSON object"),
        ('{"id": "x", "id": "y"}', "'id' stands twice in one object"),
        ({**GOOD_DRAW, "seats": 1.5}, "1.5 is not a whole number"),
        ('{"seats": NaN}', "NaN is not a whole number"),
        ({**GOOD_DRAW, "seats": True}, "seats: True is not a whole number"),
        ({**GOOD_DRAW, "seats": 0}, "seats: 0 is not a number of seats"),
        ({**GOOD_DRAW, "id": 7}, "id: 7 is not text"),
        ({key: value for key, value in GOOD_DRAW.items() if key != "parts"}, "the file has no 'parts'"),
        ({**GOOD_DRAW, "quotas": []}, "quotas: not a JSON object"),
        ({**GOOD_DRAW, "quotas": {"g": {"w": [1]}}}, "quotas: g: not a minimum and a maximum"),
        ({**GOOD_DRAW, "quotas": {"g": {"w": 1}}}, "quotas: g: not a JSON array"),
        ({**GOOD_DRAW, "candidates": [{"id": "a", "name": "A"}]}, "candidate 1: unknown key 'name'"),
        ({**GOOD_DRAW, "candidates": [{"id": "a"}, {"f": {}}]}, "candidate 2 has no 'id'"),
        ({**GOOD_DRAW, "candidates": [{"id": "a"}, {"id": "a"}]}, "candidates: 'a' stands more than once"),
        ({**GOOD_DRAW, "candidates": [{"id": "a", "f": {"g": 1}}]}, "candidate 1: 1 is not text"),
        ({**GOOD_DRAW, "parts": [["x"]]}, "parts: 'x' is not a whole number"),
        ({**GOOD_DRAW, "parts": [{}]}, "parts: {} is not a whole number"),
        ({**GOOD_DRAW, "method": "dice"}, "unknown method 'dice'"),
        ({**GOOD_DRAW, "id": "\ud800"}, "cannot be written as UTF-8"),
        ("[" * 100_000, "it is nested too deeply"),
        ("1 1 0 x", "0 names"),
    ],
)
def test_bad_draws_are_one_line(file: Any, capsys: pytest.CaptureFixture[str], content: Any, why: str) -> None:
    path = file(content)
    assert draw_check(path, as_json=False) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"{path}: ")
    assert why in err
    assert err.count("\n") == 1


def test_no_file_and_no_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert draw_check(tmp_path / "nothing", as_json=False) == 2
    assert "No such file" in capsys.readouterr().err
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    assert count(tmp_path / "bytes", "stv", 1, [], as_json=False) == 2
    assert "codec can't decode" in capsys.readouterr().err


# ---- count

BLT = """4 2   # four candidates, two seats
-3
3 1 3 4 0
4 1 3 2 0
2 4 1=3 0
1 2 - 4 0
0
"A"
"B" # a comment
"C"
"D"
"A title"
"""


def test_a_blt_file_counts_as_its_json(file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    expected = case("election-stv-truncation")["expected"]
    assert count(file(BLT), "stv", 2, [], as_json=True) == 0
    from_blt = json.loads(capsys.readouterr().out)
    assert count(file(case("election-stv-truncation")), "stv", 2, [], as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == from_blt
    assert from_blt["winners"] == expected["winners"]
    assert count(file(BLT), "approval", 2, [], as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["tally"]["approvals"] == {"A": 9, "B": 5, "D": 6}


def test_stv_as_text(file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert count(file(BLT), "stv", 2, [], as_json=False) == 0
    out = capsys.readouterr().out
    assert out.startswith("stv, 2 seats\n1. A\n2. D\n10 valid papers, 0 without a first preference, quota 4\n")
    assert (
        "stage 2: surplus of A\n"
        "  A                 +0.00000  4.00000\n"
        "  B                 +1.71428  2.71428\n"
        "  D                 +1.28571  3.28571\n"
        "  not transferable            0.00001\n"
        "stage 3: exclusion of B; elected: D\n"
    ) in out


def test_approval_as_text(file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    election = case("election-approval-parity")
    assert count(file(election), "approval", 2, ["gender:woman>=1"], as_json=False) == 0
    assert capsys.readouterr().out == (
        "approval, 2 seats\n1. Ben\n2. Ana\nskipped: Cem, for gender:woman>=1\n"
        "approvals on 10 ballots\n  Ana   6\n  Ben   9\n  Cem   8\n  Dila  1\n"
    )
    count(file(case("election-approval-open-seat")), "approval", 2, ["gender:woman>=1"], as_json=False)
    assert "1. Ben\n1 seat left open\n" in capsys.readouterr().out


def test_schulze_as_text(file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    election = {
        "candidates": [{"id": "A"}, {"id": "B"}, {"id": "none"}],
        "ballots": [{"count": 2, "ranking": [["A"], ["B"], ["none"]]}, {"ranking": [["B"], ["none"], ["A"]]}],
    }
    assert count(file(election), "schulze", 1, [], as_json=False) == 0
    assert capsys.readouterr().out == (
        "schulze, 1 seat\n1. A\n3 ballots; not above none: nobody\n"
        "ballots that prefer the row to the column\n"
        "        A  B  none\n  A        2     2\n  B     1        3\n  none  1  0\n"
        "strongest paths\n"
        "        A  B  none\n  A        2     2\n  B     0        3\n  none  0  0\n"
    )


def test_star_as_text(file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert count(file(case("election-star-second-tied")), "star", 1, [], as_json=False) == 0
    assert capsys.readouterr().out == (
        "star, 1 seat\n1. Chuck\ntie, finalists 1: Amy = Brian: Brian by head-to-head preferences\n"
        "total scores on 3 ballots\n  Amy     7\n  Brian   7\n  Chuck  15\n"
        "run-off 1: Chuck 3, Brian 0, equal 0: Chuck\n"
    )


def test_ties_are_named_and_lots_taken_from_the_file(file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The lot is the order that was drawn, or what it is drawn from."""
    election = case("election-approval-no-lot")
    assert count(file(election), "approval", 2, [], as_json=False) == 0
    out = capsys.readouterr().out
    assert "1. Ana\n1 seat undecided until a lot is drawn\ntie, seat 2: Ben = Cem: a lot is needed\n" in out
    election["lot"] = ["Dila", "Cem", "Ben", "Ana"]
    count(file(election), "approval", 2, [], as_json=False)
    assert "2. Cem\ntie, seat 2: Ben = Cem: Cem by lot\n" in capsys.readouterr().out
    election["lot"] = {"id": "Well#5", "parts": ["drand:quicknet:1:00"]}
    count(file(election), "approval", 2, [], as_json=True)
    by_lot = json.loads(capsys.readouterr().out)["winners"]
    everyone = {"id": "Well#5", "seats": 4, "candidates": election["candidates"], "parts": ["drand:quicknet:1:00"]}
    draw_check(file(everyone), as_json=True)
    order = json.loads(capsys.readouterr().out)["panel"]
    assert by_lot == ["Ana", min(("Ben", "Cem"), key=order.index)]


def test_names_do_nothing_to_a_terminal(file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    election = {"candidates": [{"id": "\x1b[2JA"}], "ballots": [{"approve": ["\x1b[2JA"]}]}
    assert count(file(election), "approval", 1, [], as_json=False) == 0
    assert "1. '\\x1b[2JA'\n" in capsys.readouterr().out


GOOD: dict[str, Any] = {"candidates": [{"id": "A"}, {"id": "B"}], "ballots": []}


def with_ballot(**marks: Any) -> dict[str, Any]:
    return {**GOOD, "ballots": [marks]}


@pytest.mark.parametrize(
    ("content", "method", "why"),
    [
        (GOOD, "borda", "there is no method 'borda'; there are approval, schulze, stv, star"),
        (with_ballot(ranking=[["Z"]]), "stv", "ballot 1: unknown candidate 'Z'"),
        (with_ballot(ranking=[["A"], ["A"]]), "stv", "ballot 1: candidate 'A' stands on it more than once"),
        (with_ballot(ranking=["A"]), "stv", "ballot 1: not a JSON array"),
        (with_ballot(approve=["A", "A"]), "approval", "ballot 1: a candidate stands on it more than once"),
        (with_ballot(approve=["A"]), "star", "ballot 1 has no 'scores'"),
        (with_ballot(scores={"A": 6}), "star", "ballot 1: score 6 for 'A' is not from 0 to 5"),
        (with_ballot(scores={"A": "5"}), "star", "ballot 1: '5' is not a whole number"),
        (with_ballot(count=-1, ranking=[["A"]]), "stv", "ballot 1: -1 is not a number of ballots"),
        ({**GOOD, "lot": ["A"]}, "stv", "the lot does not name every candidate once"),
        ({**GOOD, "withdrawn": ["A"]}, "stv", "candidate 'A' stands and has withdrawn"),
        ("", "stv", "the first line of a BLT file: '' is not a whole number"),
        ("2 x", "stv", "the first line of a BLT file: 'x' is not a whole number"),
        ('2 1\n0\n"A"', "stv", "2 candidates are announced; there are 1 names"),
        ('2 1\n1 1 2\n"A"\n"B"', "stv", "ballot 1 does not end with 0"),
        ('2 1\n1 1 0\n"A"\n"B"', "stv", "the ballots do not end with 0"),
        ('2 1\n1 3 0\n0\n"A"\n"B"\n"T"', "stv", "ballot 1: there is no candidate 3"),
        ('2 1\n1.5 1 0\n0\n"A"\n"B"', "stv", "ballot 1: '1.5' is not a whole number"),
        ('2 1\n1 1 0\n0\n"A"\nB "C"', "stv", "'B' where a name in quotation marks is due"),
        ('2 1\n1 1 0\n0\n"A"\n"B"', "star", "ballot 1 has no 'scores'"),
    ],
)
def test_bad_elections_are_one_line(
    file: Any, capsys: pytest.CaptureFixture[str], content: Any, method: str, why: str
) -> None:
    assert count(file(content), method, 1, [], as_json=False) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert why in err
    assert err.count("\n") == 1


def test_bad_quotas_and_seats(file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert count(file(GOOD), "stv", 1, ["gender"], as_json=False) == 2
    assert "'gender' is not a quota such as gender:woman>=1" in capsys.readouterr().err
    assert count(file(GOOD), "stv", 0, [], as_json=False) == 2
    assert "0 is not a number of seats" in capsys.readouterr().err


def test_recounts_start_at_once_and_load_only_the_rules() -> None:
    """Nothing of the platforms or the store is imported for them. What counts is the processor's time."""
    program = "import sys, time, bot.recount; print(*sys.modules); print(time.process_time(), file=sys.stderr)"
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=HOUSE,
        env=os.environ | {"PYTHONPATH": str(HOUSE)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(run.stdout.split())
    ours = {name for name in loaded if name.split(".")[0] in ("bot", "adapters", "governance", "migrations")}
    assert ours == {
        "bot", "bot.recount", "bot.recount_files", "governance", "governance.election", "governance.hiding",
        "governance.program", "governance.quotas", "governance.redrawing", "governance.seating",
        "governance.sortition", "governance.stv",
    }  # fmt: skip
    assert not loaded & {"typer", "rich", "sqlalchemy", "msgspec", "telegram", "nio", "aiohttp"}
    assert float(run.stderr) < 0.5  # seconds (COMMANDS, Recounts anyone can run)
