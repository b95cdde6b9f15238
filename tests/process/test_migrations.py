"""The tables come from the migrations, whoever starts first; a newer database is refused."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, inspect, select, text

from bot.store.engine import BadAddress, open_engine
from bot.store.tables import features, metadata
from bot.store.upgrade import SchemaAhead, SchemaBehind, check, config_for, newest, upgrade
from tests.process.office import sqlite_url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else sqlite_url(tmp_path)
    engine = open_engine(url)
    yield engine
    engine.dispose()


def test_the_migrations_make_the_tables_of_the_program(engine: Engine) -> None:
    assert upgrade(engine) == newest()
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    assert [difference for difference in found if difference[0] != "remove_table"] == []


def test_constraints_have_the_names_of_the_program(engine: Engine) -> None:
    upgrade(engine)
    inspector = inspect(engine)
    for table in metadata.sorted_tables:
        assert inspector.get_pk_constraint(table.name)["name"] == table.primary_key.name
        checks = {one["name"] for one in inspector.get_check_constraints(table.name)}
        assert checks == {one.name for one in table.constraints if isinstance(one, CheckConstraint)}
        assert {one["name"] for one in inspector.get_indexes(table.name) if not one.get("duplicates_constraint")} == {
            one.name for one in table.indexes
        }


def test_every_key_of_assembly_data_begins_with_the_assembly() -> None:
    """So that the tables can be spread over servers by it."""
    for table in metadata.sorted_tables:
        if "assembly" in table.columns and table.name not in ("rooms", "assemblies"):
            assert next(iter(table.primary_key.columns)).name == "assembly"


def test_who_agreed_that_all_features_be_shown_still_does(engine: Engine) -> None:
    """`show=yes` stood among a person's features and meant all of them; now each says it for itself (§7.4)."""
    with engine.begin() as connection:
        command.upgrade(config_for(connection), "0003")
        for person, *declared in (
            ("a", ("gender", "woman"), ("region", "north"), ("show", "yes")), ("b", ("gender", "man"), ("show", "no")),
            ("c", ("gender", "man")),
        ):
            connection.execute(text("INSERT INTO persons (person, name) VALUES (:one, '')"), {"one": person})
            for feature, value in declared:
                connection.execute(
                    text("INSERT INTO features (person, feature, value) VALUES (:one, :feature, :value)"),
                    {"one": person, "feature": feature, "value": value},
                )
    upgrade(engine)
    with engine.connect() as connection:
        found = connection.execute(select(features).order_by(features.c.person, features.c.feature)).all()
    assert [tuple(row) for row in found] == [
        ("a", "gender", "woman", True), ("a", "region", "north", True), ("b", "gender", "man", False),
        ("c", "gender", "man", False),
    ]


def test_a_second_start_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO cursors (platform, cursor) VALUES ('telegram', '7')"))
    upgrade(engine)
    check(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT cursor FROM cursors")).scalar_one() == "7"


def test_programs_that_start_together_wait_for_each_other(engine: Engine) -> None:
    errors: list[Exception] = []

    def start() -> None:
        own = open_engine(engine.url.render_as_string(hide_password=False))
        try:
            upgrade(own)
        except Exception as error:
            errors.append(error)
        finally:
            own.dispose()

    together = [threading.Thread(target=start) for _ in range(4)]
    for one in together:
        one.start()
    for one in together:
        one.join()
    assert errors == []
    check(engine)


def test_a_database_of_a_newer_program_is_refused_in_one_line(engine: Engine) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for refuses in (upgrade, check):
        with pytest.raises(SchemaAhead, match="newer version of the program") as refusal:
            refuses(engine)
        assert "\n" not in str(refusal.value)


def test_an_empty_database_is_not_taken_for_one_of_ours(engine: Engine) -> None:
    with pytest.raises(SchemaBehind, match="roundabout db upgrade"):
        check(engine)


@pytest.mark.parametrize("url", ["nonsense", "mysql://here/there", "sqlite//file"])
def test_an_address_that_cannot_be_used_is_one_line(url: str) -> None:
    with pytest.raises(BadAddress) as refusal:
        open_engine(url)
    assert "\n" not in str(refusal.value)
