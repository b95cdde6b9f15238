"""The real servers of the tests, started by the first test that asks and kept for the rest of its worker."""

from collections.abc import Iterator

import pytest

from tests import postgres as postgres_server
from tests.platforms import synapse as synapse_server


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a server. One homeserver is heavy enough: its tests share a worker, and so the server."""
    for item in items:
        needs = getattr(item, "fixturenames", ())
        if "postgres" in needs:
            item.add_marker(pytest.mark.postgres)
        if "synapse" in needs:
            item.add_marker(pytest.mark.synapse)
            item.add_marker(pytest.mark.xdist_group("synapse"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_server.Postgres]:
    with postgres_server.running() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: postgres_server.Postgres) -> str:
    """The `postgresql://` address of an empty database."""
    return postgres.fresh()


@pytest.fixture(scope="session")
def synapse() -> Iterator[synapse_server.Synapse]:
    with synapse_server.running() as server:
        yield server
