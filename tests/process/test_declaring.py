"""Features people declare of themselves (§7.4): what is shown, what is hidden, and who can open it."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from bot.store import declarations
from bot.store.export import export
from bot.store.tables import persons
from governance import commands as c
from tests.process.office import HOUR, WELL, Office, person, sqlite_url
from tests.process.play import Played, play

CHECKER = Path(__file__).parents[2] / "docs" / "draw_checker.py"
DRAW = """
ana @ well: /found Well seconds=0 discussion_min=0 quorum_min=2 draw_notice=1h
ben @ well: /join
cem @ well: /join
ana: /declare gender=Woman region=north show=region,gender
ben: /declare gender=man
cem: /declare region=north gender=woman
cem: /declare region=none
ana @ well: /draw facilitator seats=2 quota gender:woman>=1 gender:Man>=1 source=event at=lottery
wait 2h
ana: /reveal 1 9 18
cem: /reveal 1 9 18
"""


def test_each_feature_is_shown_hidden_or_erased_by_itself() -> None:
    said = play("""
ana @ well: /found Well
ana: /declare
ana: /declare gender=woman region=north show=region
ana: /declare show=gender hide=region
ana: /declare gender=man
ana: /declare region=none
ana: /declare show=age
ana: /declare hide=gender age=a:b
ana: /declare
""").told("@ana")
    features = [re.sub(r"\. Quotas.*", "", one).removeprefix("You declared: ") for one in said]
    assert features == [
        "You have declared nothing. For example: /declare gender=woman",
        "gender=woman (hidden) and region=north (shown with lists)",
        "gender=woman (shown with lists) and region=north (hidden)",
        "gender=man (hidden) and region=north (hidden)",  # another value was not agreed to be shown
        "gender=man (hidden)",
        "You declared no “age” that could be shown or hidden. For example: /declare gender=woman",
        "“age=a:b” is not key=value. For example: /declare gender=woman",
        "gender=man (hidden)",
    ]


@pytest.fixture(scope="module")
def drawn() -> Played:
    return play(f"{DRAW}ben: /receipt 1\nana: /receipt 1\nben @ well: /receipt 1\nana @ well: /show 1\n")


def test_only_whom_it_belongs_to_is_told_what_opens_a_row(drawn: Played) -> None:
    """Alone with the bot: salt and value, and how to check them."""
    own = drawn.told("@ben")[-1]
    found = re.search(r"gender=man · ([0-9a-f]{32}) · sha256:([0-9a-f]{64})", own)
    assert found
    assert hashlib.sha256(f"{found[1]} gender=man".encode()).hexdigest() == found[2]
    assert f"printf '%s' '{found[1]} gender=man' | sha256sum" in own
    assert "no row of yours" in drawn.told("@ana")[-1]
    assert "is for you alone" in drawn.room("well")
    assert found[1] not in "".join(said.text for said in drawn.heard if said.place != "@ben")
    assert found[1] not in json.dumps(drawn.minutes)


def test_what_a_person_opens_can_be_checked_by_anybody(drawn: Played, tmp_path: Path) -> None:
    """The minutes and `/show` give the same file; with the rows opened nothing is left to believe."""
    draw = drawn.item("Well", 1)["draw"]
    shown = next(one for one in drawn.told("well")[::-1] if "draw.json" in one)
    file = json.loads(shown[shown.index('{"candidates"') :])
    assert {key: draw[key] for key in file} == file
    assert {one["id"]: one["f"] for one in file["candidates"]}["ana"] == {"gender": "woman"}
    path = tmp_path / "draw.json"
    for opened in (False, True):
        if opened:
            own = drawn.told("@ben")[-1]
            file |= json.loads(own[own.index('{"opened"') :])
        path.write_text(json.dumps(file))
        for program in ([sys.executable, "-m", "bot", "draw-check"], [sys.executable, str(CHECKER)]):
            run = subprocess.run([*program, str(path)], capture_output=True, text=True, check=True)
            assert "OK" in run.stdout
    wrong = file["opened"]["ben"]["gender"]
    path.write_text(json.dumps({**file, "opened": {"ben": {"gender": [wrong[0], "woman"]}}}))
    run = subprocess.run([sys.executable, "-m", "bot", "draw-check", str(path)], capture_output=True, check=False)
    assert run.returncode == 1


def test_an_export_keeps_what_was_hidden(tmp_path: Path) -> None:
    """Its seals can be checked all the same."""
    office = Office(sqlite_url(tmp_path))
    office.founds("ada", "ben", "cy")

    ada = {"person": person("ada"), "name": "Ada"}
    office.does(office.job(lambda desk: desk.connection.execute(insert(persons), ada)))
    office.does(office.job(lambda desk: declarations.declare(desk.connection, person("ada"), "gender", "enby")))
    terms = {"role": "chair", "seats": 1, "quotas": {"gender": {"enby": [0, 1]}}, "from": "roll", "source": "event",
             "event": "lottery"}  # fmt: skip
    office.asks(c.Propose(person("ada"), "draw", "", "", terms))
    office.waits(25 * HOUR)
    office.does(office.job(lambda desk: desk.pass_time(WELL, office.time)))
    with office.engine.connect() as connection:
        lines = list(export(connection, WELL))
        stored = connection.execute(text("SELECT count(*) FROM facts WHERE words LIKE '%enby%'")).scalar_one()
    office.closes()
    assert stored == 1
    hidden = [json.loads(line) for line in lines if "RowListed" in line]
    assert {*hidden[0]["words"]} == {"row"}
    assert sum("enby" in line for line in lines) == 1, "the quota itself"
