"""What can be looked at from outside: settings, database, clock, tokens and rights."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from bot.config import Settings
from bot.house import wall_clock
from bot.house_books import NotFound, last_beat, opened, rooms_on
from bot.house_platforms import matrix_folder
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
    rooms: dict[str, list[str]] = {}
    found: list[Finding] = []
    try:
        with opened(settings.database) as engine, reading(engine).begin() as connection:
            found.append(Finding("database", "there, with the tables of this program"))
            found += _clock(connection, wall_clock()(), running)
            rooms = {platform: rooms_on(connection, platform) for platform in ("telegram", "matrix")}
    except NotFound as error:
        found.append(_no_database(settings.database, str(error), running))
    except (SchemaAhead, SchemaBehind) as error:
        found.append(Finding("database", str(error), True))
    except DBAPIError as error:
        found.append(Finding("database", f"cannot be read: {str(error.orig).strip().splitlines()[0]}", True))
    return found + await _platforms(settings, rooms)


def _no_database(url: str, words: str, running: bool) -> Finding:
    """The program makes one where there is none, if it may."""
    folder = Path(url.removeprefix("sqlite:///")).absolute().parent
    if not folder.is_dir():
        return Finding("database", f"cannot be made: there is no folder {folder}", True)
    if not os.access(folder, os.W_OK):
        return Finding("database", f"cannot be made: {folder} may not be written to", True)
    return Finding("database", words, running)


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


async def _platforms(settings: Settings, rooms: Mapping[str, list[str]]) -> list[Finding]:
    telegram, matrix = settings.telegram, settings.matrix
    if telegram.token is None and matrix.token is None:
        return [Finding("platforms", "none configured: the bot runs in the terminal")]
    findings: list[Finding] = []
    # only who uses a platform waits for its library
    if telegram.token is not None:
        from adapters.telegram.checking import check

        found = await check(telegram.token.get_secret_value(), f"{telegram.api}/bot", rooms.get("telegram", []))
        findings += [Finding("telegram", one.words, one.wrong) for one in found]
    if matrix.token is not None and matrix.homeserver is not None:
        from adapters.matrix.checking import check as look

        seen = await look(
            matrix.homeserver, matrix.token.get_secret_value(), matrix_folder(settings), rooms.get("matrix", []),
            matrix.encryption,
        )
        findings += [Finding("matrix", one.words, one.wrong) for one in seen]
    return findings
