"""A message that could not be read is never passed over in silence, and its room is told once."""

import pytest

from adapters.port import Unreadable
from tests.platforms.contract import ConsolePeople


@pytest.mark.parametrize(("blind", "words"), [(False, "could not be read"), (True, "I cannot read here")])
async def test_a_room_is_told_once_that_something_could_not_be_read(blind: bool, words: str) -> None:
    """That the room knows it is stored."""
    async with ConsolePeople.meet() as well:
        await well.says("ada", "/found Well preset=small")
        room = "console:well"

        async def unread(number: int) -> None:
            await well.takes(Unreadable(f"console:unread-{number}", well.clock.at, room, blind=blind))

        await well._act(lambda: unread(1))
        well.hears(words)
        await well._act(lambda: unread(2))
        well.hears_nothing()
        assert well.rows()["told"] == 1
