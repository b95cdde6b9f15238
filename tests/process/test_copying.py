"""A database is moved whole, from SQLite to PostgreSQL and back; compose.yaml is what the program can read."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.cli import start
from bot.config import names
from bot.house_books import minutes_of
from bot.store.copying import NotCopied, NotEmpty, copy
from bot.store.engine import open_engine
from bot.store.tables import ballots, facts, heads, persons
from bot.store.upgrade import upgrade
from tests.platforms.synapse import PYTHON
from tests.process.office import HOUR, Office, sqlite_url

HOUSE = Path(__file__).parents[2]


def lived_in(url: str) -> Office:
    """An assembly that has decided once and has a question open."""
    office = Office(url)
    office.does(office.job(lambda desk: desk.directory.meet("console:zoë", "Zoë 🌊", None, "en")))
    office.founds("ada", "ben", "cy")
    office.opens_a_round("ada")
    office.does(office.answers("ada", "agree"), office.answers("ben", "aside"))
    office.waits(25 * HOUR)
    office.opens_a_round("ben")
    office.does(office.answers("cy", "agree", 2))
    return office


@pytest.mark.postgres
def test_a_database_goes_to_postgresql_and_back_and_is_the_same(
    tmp_path: Path, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every row and every seal; the assembly goes on deciding there."""
    here, back = sqlite_url(tmp_path), f"sqlite:///{tmp_path / 'back.db'}"
    office = lived_in(here)
    assert start(["db", "copy", here, postgres_url]) == 0
    assert "1 assemblies; each was compared" in capsys.readouterr().out
    assert start(["db", "copy", postgres_url, back]) == 0
    there = Office(back)
    for table in (facts, heads, ballots, persons):
        assert there.rows(table) == office.rows(table)
    assert minutes_of(there.engine) == minutes_of(office.engine)
    there.time = office.time
    there.does(there.job(lambda desk: desk.state("00000000000000a1"), cause="console:there"))
    office.closes()
    there.closes()


def test_nothing_is_copied_over_something(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here, there = sqlite_url(tmp_path), f"sqlite:///{tmp_path / 'other.db'}"
    lived_in(here).closes()
    lived_in(there).closes()
    assert start(["db", "copy", here, there]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert start(["db", "copy", f"sqlite:///{tmp_path / 'none.db'}", there]) == 2
    with pytest.raises(NotEmpty):
        copy(open_engine(here), open_engine(there))


def test_a_copy_that_differs_is_not_kept(tmp_path: Path) -> None:
    """What changes a row on its way, here a trigger, is found, and nothing stays."""
    office, target = lived_in(sqlite_url(tmp_path)), open_engine(f"sqlite:///{tmp_path / 'other.db'}")
    upgrade(target)
    with target.begin() as connection:
        connection.execute(text(
            "CREATE TRIGGER slip AFTER INSERT ON persons BEGIN UPDATE persons SET name = 'X'; END"
        ))
    with pytest.raises(NotCopied, match="persons"):
        copy(office.engine, target)
    with target.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM facts")).scalar() == 0
    office.closes()
    target.dispose()


def test_compose_runs_two_workers_on_one_postgresql() -> None:
    """Parsed by the homeserver's YAML; every setting in it is one of the program's."""
    code = "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)"
    parsed: Any = json.loads(subprocess.run(
        [PYTHON, "-c", code, HOUSE / "compose.yaml"], check=True, capture_output=True, text=True
    ).stdout)
    services = parsed["services"]
    workers = [one for name, one in services.items() if name.startswith("worker")]
    assert len(workers) == 2
    settings = {f"ROUNDABOUT_{name.replace('.', '_').upper()}" for name in names()}
    for worker in workers:
        assert worker["environment"].keys() <= settings
        assert worker["environment"]["ROUNDABOUT_DATABASE"].startswith("postgresql://")
        assert worker["depends_on"]["database"]["condition"] == "service_healthy"
        assert {volume.partition(":")[0] for volume in worker["volumes"]} <= parsed["volumes"].keys()
    assert services["database"]["image"].startswith("postgres:")
