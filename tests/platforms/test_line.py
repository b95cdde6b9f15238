"""What an adapter knows of whether its platform is there."""

import asyncio

from adapters.line import Line


async def test_who_stood_by_knows_of_no_contact_before_it_listens() -> None:
    """It may have learnt the bot's name days ago; what it cannot hear now was heard by another until now."""
    now = 1_000
    line = Line(lambda: now, asyncio.sleep)
    line.reached()
    assert not line.hears
    line.fails()
    now = 9_000
    with line.listening():
        assert (line.hears, line.cut_since) == (False, None)
        now = 9_500
        line.fails()
        assert (line.hears, line.cut_since) == (True, 9_000)
        line.reached()
        assert (line.hears, line.cut_since) == (True, None)
