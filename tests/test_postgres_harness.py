"""The PostgreSQL of the tests is a real one, and each test has a database to itself."""

import psycopg
import pytest
import sqlalchemy

from tests.postgres import Postgres, for_sqlalchemy, running


def test_each_test_has_an_empty_database_of_its_own(postgres: Postgres) -> None:
    ours, theirs = postgres.fresh(), postgres.fresh()
    with psycopg.connect(ours) as connection:
        connection.execute("CREATE TABLE pump (id int)")
    with psycopg.connect(theirs) as connection:
        assert connection.execute("SELECT to_regclass('pump')").fetchone() == (None,)


def test_sqlalchemy_reaches_the_same_database(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE pump (id int)")
    engine = sqlalchemy.create_engine(for_sqlalchemy(postgres_url))
    with engine.connect() as connection:
        assert sqlalchemy.inspect(connection).get_table_names() == ["pump"]
    engine.dispose()


def test_the_database_goes_away_and_comes_back_with_what_it_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ROUNDABOUT_TEST_POSTGRES", raising=False)
    with running() as postgres:
        url = postgres.fresh()
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE pump (id int)")
        postgres.stop()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url)
        postgres.start()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT to_regclass('pump')").fetchone() == ("pump",)


def test_a_server_that_is_given_is_used_and_left_clean(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDABOUT_TEST_POSTGRES", for_sqlalchemy(postgres.url))
    with running() as given:
        url = given.fresh()
        psycopg.connect(url).close()
        with pytest.raises(RuntimeError, match="not ours"):
            given.stop()
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)
