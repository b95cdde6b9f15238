"""What of rooms and codes lies in the database: no code in the clear, and nothing bound that no fact opened."""

from pathlib import Path

from sqlalchemy import delete, insert, select, update

from adapters.console_chat import Line
from bot.house_books import copied, minutes_of, minutes_to_read, opened
from bot.store.export import export, rebuild
from bot.store.outbox import Waiting
from bot.store.tables import cards, facts, metadata, rooms, sayings
from bot.store.verify import verify
from tests.platforms.contract import ConsolePeople, database_in
from tests.process.test_rooms import CODE, HOME


async def meets(well: ConsolePeople) -> str:
    """Two members, a motion on a room adopted; the code."""
    await well.says("ana", f"/found Well {HOME}")
    await well.says("ben", "/join")
    await well.says("ana", "/propose room hall")
    await well.says("ana", "/open 1")
    await well.says("ana", "/vote 1 yes")
    await well.says("ben", "/vote 1 yes")
    found = CODE.search(well.hears("As item 1 decided"))
    assert found
    return found[1]


def everything(well: ConsolePeople) -> str:
    """All rows of all tables, and all that is shown of them."""
    with well.house.engine.connect() as connection:
        shown = [repr(row) for table in metadata.sorted_tables for row in connection.execute(select(table))]
        assembly = connection.execute(select(facts.c.assembly)).scalars().first()
        assert assembly is not None
        shown += export(connection, assembly)
    return "\n".join((*shown, repr(minutes_of(well.house.engine)), minutes_to_read(well.house.engine, None, 0)))


async def test_once_said_the_code_is_nowhere() -> None:
    """Not in a register, the minutes or an export, and in no table: who was not there cannot open the room."""
    async with ConsolePeople.meet() as well:
        code = await meets(well)
        secret = code.rpartition("-")[2]
        assert secret not in everything(well).casefold()
        await well.says("ben", f"/room {code}", room="Hall")
        assert secret not in everything(well).casefold()
        assert verify(well.house.engine).wrong == ()


async def test_a_card_in_each_room_and_one_row_for_each() -> None:
    async with ConsolePeople.meet() as well:
        code = await meets(well)
        await well.says("ana", "/propose Repair the pump")
        await well.says("ben", f"/room {code}", room="Hall")
        await well.says("ana", "/open 2")
        with well.house.engine.connect() as connection:
            rows = connection.execute(select(cards.c.room).where(cards.c.item == 2).order_by(cards.c.room)).scalars()
            assert list(rows) == ["console:hall", "console:well"]


async def test_on_postgresql_too(postgres_url: str) -> None:
    """A room opened, lost, come back to and given up; the register and the rows beside it agree."""
    async with ConsolePeople.meet(postgres_url) as well:
        code = await meets(well)
        await well.says("ben", f"/room {code}", room="Hall")
        await well.takes(well.chat.event(Line("bot", "well", presence="is removed")))
        await well.says("ana", "/propose room first close", room="Hall")
        assert well.room_texts("Well") == []
        await well.takes(well.chat.event(Line("bot", "well", presence="comes in")))
        await well.says("ana", "/open 2", room="Hall")
        for room in ("Well", "Hall"):
            assert "2 · Give up the room first" in "\n".join(well.room_texts(room))
        await well.says("ana", "/vote 2 yes")
        await well.says("ben", "/vote 2 yes", room="Hall")
        assert verify(well.house.engine).wrong == ()
        with well.house.engine.connect() as connection:
            assert set(connection.execute(select(rooms.c.label)).scalars()) == {"hall"}


async def test_what_waits_for_a_room_that_is_given_up_is_not_said_but_for_results() -> None:
    """A card on its way when the room is given up, in one batch here, would be a card nobody keeps right."""
    async with ConsolePeople.meet() as well:
        code = await meets(well)
        await well.says("ben", f"/room {code}", room="Hall")
        await well.says("ana", "/propose room first close")
        await well.says("ana", "/open 2")
        await well.says("ana", "/vote 2 yes")
        lines = (Line("ana", "hall", "/propose Repair the pump"), Line("ben", "hall", "/vote 2 yes"))
        await well._act(lambda: well.takes(*map(well.chat.event, lines)))
        assert "3 · Repair the pump" in "\n".join(well.room_texts("Hall"))
        (result,) = well.room_texts("Well")
        assert result.startswith("2 · Give up the room first — adopted")
        with well.house.engine.connect() as connection:
            assert set(connection.execute(select(cards.c.room)).scalars()) == {"console:hall"}
            assert connection.execute(select(sayings)).all() == []
            assembly = connection.execute(select(facts.c.assembly)).scalars().first()
        # one was on the platform already when the room was given up
        at = well.clock.at
        row = Waiting(str(assembly), 99, 2, "console:well", None, None, "card", 3, {}, at, at, None, 0)
        assert await well.house.deliver._outbox.said(row, "contract.99", 0, at) is None
        with well.house.engine.connect() as connection:
            assert set(connection.execute(select(cards.c.room)).scalars()) == {"console:hall"}


async def test_a_room_that_no_decision_opened_is_found_and_unbound() -> None:
    """Whoever writes into the database binds no room for long, and not unseen."""
    async with ConsolePeople.meet() as well:
        code = await meets(well)
        await well.says("ben", f"/room {code}", room="Hall")
        engine = well.house.engine
        with engine.begin() as connection:
            row = connection.execute(select(rooms).where(rooms.c.label == "hall")).one()._asdict()
            connection.execute(insert(rooms).values(**{**row, "room": "console:parlour", "label": "parlour"}))
        (wrong,) = verify(engine).wrong
        assert "a room that no fact opened" in wrong.what
        assert rebuild(engine) == 1
        assert verify(engine).wrong == ()
        with engine.begin() as connection:
            assert set(connection.execute(select(rooms.c.label)).scalars()) == {"first", "hall"}
            connection.execute(update(rooms).where(rooms.c.label == "hall").values(label="HALL"))
        assert verify(engine).wrong == ()
        with engine.begin() as connection:
            connection.execute(delete(rooms))
        assert verify(engine).wrong == ()


async def test_a_copy_meets_in_the_same_rooms(tmp_path: Path) -> None:
    async with ConsolePeople.meet(database_in(tmp_path)) as well:
        code = await meets(well)
        await well.says("ben", f"/room {code}", room="Hall")
        other = f"sqlite:///{tmp_path / 'other.db'}"
        _, report = copied(database_in(tmp_path), other, lambda table: None)
        assert report.wrong == ()
    with opened(other) as engine, engine.connect() as connection:
        rows = connection.execute(select(rooms.c.room, rooms.c.label).order_by(rooms.c.bound)).all()
        assert [tuple(row) for row in rows] == [("console:well", "first"), ("console:hall", "hall")]
