"""What can be looked at from outside: settings, database, clock, tokens and rights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from bot.config import Settings
from bot.house import wall_clock
from bot.house_books import NotFound, last_beat, opened, rooms_on
from bot.service import BEAT, DOWN
from bot.store.engine import reading
from bot.store.upgrade import SchemaAhead, SchemaBehind
from governance.terms import SECOND, Instant


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    words: str
    wrong: bool = False


async def examine(settings: Settings, running: bool) -> list[Finding]:
    """`running`: it is also wrong when the program does not run."""
    rooms: list[str] = []
    found: list[Finding] = []
    try:
        with opened(settings.database) as engine, reading(engine).begin() as connection:
            found.append(Finding("database", "there, with the tables of this program"))
            found += _clock(connection, wall_clock()(), running)
            rooms = rooms_on(connection, "telegram")
    except NotFound as error:
        found.append(Finding("database", str(error), running))
    except (SchemaAhead, SchemaBehind) as error:
        found.append(Finding("database", str(error), True))
    except DBAPIError as error:
        found.append(Finding("database", f"cannot be read ({type(error.orig).__name__})", True))
    return found + await _platforms(settings, rooms)


def _clock(connection: Connection, now: Instant, running: bool) -> Iterator[Finding]:
    """A heartbeat from the future means that this machine's clock went back."""
    beat = last_beat(connection)
    if beat is not None and beat > now + BEAT:
        yield Finding("clock", f"{(beat - now) // SECOND} s behind the last heartbeat: set this machine's clock", True)
        return
    yield Finding("clock", "in order")
    if beat is None:
        yield Finding("program", "has never run on this database", running)
    elif now - beat >= DOWN:
        yield Finding("program", f"does not run; last heartbeat {(now - beat) // SECOND} s ago", running)
    else:
        yield Finding("program", f"runs; last heartbeat {max(0, now - beat) // SECOND} s ago")


async def _platforms(settings: Settings, rooms: list[str]) -> list[Finding]:
    token = settings.telegram.token
    if token is None:
        return [Finding("platforms", "none configured: the bot runs in the terminal")]
    # only who uses Telegram waits for its library
    from adapters.telegram.checking import check

    found = await check(token.get_secret_value(), f"{settings.telegram.api}/bot", rooms)
    return [Finding("telegram", one.words, one.wrong) for one in found]
