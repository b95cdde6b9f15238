"""People press buttons in a group while the PostgreSQL behind the bot goes away and comes back, just then."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.platforms.contract import TelegramPeople
from tests.platforms.test_bad_input import ballots_in, they_are_in_a_round
from tests.postgres_wire import Side, Wire, wire_to

pytestmark = [
    pytest.mark.postgres,
    # connections that broke are cleared away by the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
WITHIN = 30.0


@pytest.fixture
def wire(postgres_url: str) -> Iterator[Wire]:
    with wire_to(postgres_url) as wire:
        yield wire


@pytest.fixture
async def group(wire: Wire) -> AsyncIterator[TelegramPeople]:
    async with TelegramPeople.meet(wire.url) as people:
        await they_are_in_a_round(people)
        yield people


def given(group: TelegramPeople) -> list[tuple[str, int]]:
    return [(row.choice, row.revision) for row in ballots_in(group)]


async def test_taps_whose_commit_is_lost_are_taken_once(group: TelegramPeople, wire: Wire) -> None:
    """Whether the commit did not arrive, and Telegram brings the tap again, or only its reply did not."""
    sides: list[Side] = ["request", "reply", "reply", "request"]
    for number, side in enumerate(sides, 1):
        wire.cuts = [side]
        label = ("Pass", "Agree")[number % 2]
        await group.taps("ben", label, 1)
        group.is_told("ben", "Recorded")
        assert given(group) == [(label.lower(), number)]
    assert wire.cut_at_commit == len(sides)
    await group.waits("1m")
    assert "Pass 1" in group.card(1).text


async def test_taps_in_the_time_without_a_database_count_when_it_is_back(
    group: TelegramPeople, wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody is answered before; then all are, once."""
    double = group.double
    wire.cut()
    taps = [double.person(name).taps(group.card(1, "Agree"), "Agree") for name in ("Ada", "Ben", "Cyd")]
    await double.until(lambda: "could not be stored" in caplog.text, WITHIN)
    assert [tap.answers for tap in taps] == [0, 0, 0]
    wire.mend()
    await double.until(lambda: all(tap.answers for tap in taps), WITHIN)
    assert given(group) == [("agree", 1)] * 3
    # once more, with every connection broken as they come in
    again = [double.person(name).taps(group.card(1, "Pass"), "Pass") for name in ("Ada", "Ben", "Cyd")]
    wire.breaks()
    await double.until(lambda: all(tap.answers for tap in again), WITHIN)
    assert given(group) == [("pass", 2)] * 3
    await group.waits("1m")
    group.hears("Pass 3")
