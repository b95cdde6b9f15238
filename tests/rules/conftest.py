"""What the tests of the rules share."""

import pytest

from tests.house import House


@pytest.fixture
def house() -> House:
    """An assembly with the preset `default`, but no seconds, no least discussion, one round, a quorum of one answer."""
    return House()
