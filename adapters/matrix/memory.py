"""What must outlive a restart and cannot be asked of the homeserver afterwards, in one small file."""

from __future__ import annotations

import enum
import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from adapters.port import Instant

# Reactions on cards long closed, messages whose keys never came: at some time nobody asks for them any more.
_KEPT = {"tap": 200_000, "unread": 2_000, "seed": 100_000}

_TABLES = """
CREATE TABLE IF NOT EXISTS tap (
    number INTEGER PRIMARY KEY, event TEXT UNIQUE, card TEXT, sender TEXT, payload TEXT);
CREATE INDEX IF NOT EXISTS tap_of_person ON tap (card, sender);
CREATE TABLE IF NOT EXISTS unread (
    number INTEGER PRIMARY KEY, event TEXT UNIQUE, room TEXT, source TEXT, since INTEGER, told INTEGER);
CREATE TABLE IF NOT EXISTS seed (
    number INTEGER PRIMARY KEY, message TEXT, key TEXT, event TEXT, stage TEXT, UNIQUE (message, key));
CREATE TABLE IF NOT EXISTS invitation (room TEXT PRIMARY KEY, inviter TEXT, direct INTEGER);
"""

# What came to the tables since they were first made.
_COLUMNS = {
    "tap": {"since": "TEXT", "gone": "TEXT", "gone_since": "TEXT", "over": "TEXT NOT NULL DEFAULT '[]'"},
    "unread": {"read_since": "TEXT"},
}
_TAP = "event, card, sender, payload, since, gone, gone_since, over"


@dataclass(frozen=True, slots=True)
class Tap:
    """A reaction that counted as a tap. Once it is taken away the server no longer knows what it was."""

    event: str
    card: str
    sender: str
    payload: str
    since: str | None
    """The token of the sync that brought it."""
    gone: str | None = None
    """The event that took it away, and the token of the sync that brought that."""
    gone_since: str | None = None
    over: tuple[str, ...] = ()
    """Events that took away a later one, so that this one counted again."""


class Stage(enum.Enum):
    """How a reaction of our own stands. What was begun and not recorded as done is done once more: it is the same."""

    PLANTING = "planting"
    THERE = "there"
    LEAVING = "leaving"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Seeded:
    """`event`: of the reaction, or while it is being planted of the one before."""

    event: str = ""
    stage: Stage = Stage.GONE


@dataclass(frozen=True, slots=True)
class Unread:
    """An encrypted message whose key is missing, as it came."""

    event: str
    room: str
    source: dict[str, Any]
    since: Instant
    told: bool
    read_since: str | None = None
    """The token of the sync at which its key had come."""


@dataclass(frozen=True, slots=True)
class Invitation:
    room: str
    inviter: str
    direct: bool
    """Meant as a private chat."""


class Memory:
    """Writing the same twice changes nothing, so it may run ahead of the commit of what was heard: what was written
    at the token from which one still hears may not have been stored, and comes again."""

    def __init__(self, file: Path) -> None:
        self._database = sqlite3.connect(file, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.executescript(_TABLES)
        self._grow()
        for table, kept in _KEPT.items():
            self._database.execute(
                f"DELETE FROM {table} WHERE number <= (SELECT max(number) FROM {table}) - ?",  # noqa: S608  our own names
                (kept,),
            )

        query = "SELECT event, room, source, since, told, read_since FROM unread ORDER BY number"
        self._unread = {
            row[0]: Unread(row[0], row[1], json.loads(row[2]), row[3], bool(row[4]), row[5])
            for row in self._database.execute(query)
        }

    def _grow(self) -> None:
        """A file of an earlier program gets what it lacks."""
        for table, columns in _COLUMNS.items():
            there = {row[1] for row in self._database.execute(f"PRAGMA table_info({table})")}
            for name, kind in columns.items():
                if name not in there:
                    self._database.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")

    def close(self) -> None:
        self._database.close()

    # ---- taps

    def tapped(self, tap: Tap) -> None:
        row = (tap.event, tap.card, tap.sender, tap.payload, tap.since)
        self._database.execute(
            "INSERT OR IGNORE INTO tap (event, card, sender, payload, since) VALUES (?, ?, ?, ?, ?)", row
        )

    def tap(self, event: str) -> Tap | None:
        row = self._database.execute(f"SELECT {_TAP} FROM tap WHERE event = ?", (event,)).fetchone()  # noqa: S608  our own names
        return _tap(row) if row else None

    def taps_of(self, card: str, sender: str) -> list[Tap]:
        """All of one person beneath one card, in the order heard."""
        query = f"SELECT {_TAP} FROM tap WHERE card = ? AND sender = ? ORDER BY number"  # noqa: S608  our own names
        return [_tap(row) for row in self._database.execute(query, (card, sender))]

    def took_away(self, tap: Tap, by: str, since: str | None, left: Iterable[Tap]) -> None:
        """The reaction is gone, so that those that are left may count again."""
        self._database.execute("UPDATE tap SET gone = ?, gone_since = ? WHERE event = ?", (by, since, tap.event))
        for one in left:
            over = json.dumps([*one.over, *({by} - set(one.over))])
            self._database.execute("UPDATE tap SET over = ? WHERE event = ?", (over, one.event))

    def forget_tap(self, event: str) -> None:
        self._database.execute("DELETE FROM tap WHERE event = ?", (event,))

    # ---- our own reactions

    def seeds(self, message: str) -> dict[str, Seeded]:
        """All that ever were beneath a card, by emoji."""
        query = "SELECT key, event, stage FROM seed WHERE message = ?"
        rows = self._database.execute(query, (message,))
        return {key: Seeded(event, Stage(stage)) for key, event, stage in rows}

    def seed(self, message: str, key: str, seeded: Seeded) -> None:
        self._database.execute(
            "INSERT INTO seed (message, key, event, stage) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (message, key) DO UPDATE SET event = excluded.event, stage = excluded.stage",
            (message, key, seeded.event, seeded.stage.value),
        )

    # ---- messages that cannot be read yet

    def keep(self, event: str, room: str, source: Mapping[str, Any], since: Instant) -> None:
        if event in self._unread:
            return
        self._unread[event] = Unread(event, room, dict(source), since, told=False)
        self._database.execute(
            "INSERT INTO unread (event, room, source, since, told) VALUES (?, ?, ?, ?, 0)",
            (event, room, json.dumps(source), since),
        )

    def unread(self) -> list[Unread]:
        return list(self._unread.values())

    def told(self, event: str) -> None:
        self._unread[event] = replace(self._unread[event], told=True)
        self._database.execute("UPDATE unread SET told = 1 WHERE event = ?", (event,))

    def readable(self, event: str, since: str | None) -> None:
        """It is being heard now."""
        self._unread[event] = replace(self._unread[event], read_since=since)
        self._database.execute("UPDATE unread SET read_since = ? WHERE event = ?", (since, event))

    def read(self, event: str) -> None:
        del self._unread[event]
        self._database.execute("DELETE FROM unread WHERE event = ?", (event,))

    # ---- doors that stand open

    def invited(self, invitation: Invitation) -> None:
        row = (invitation.room, invitation.inviter, invitation.direct)
        self._database.execute("INSERT OR REPLACE INTO invitation (room, inviter, direct) VALUES (?, ?, ?)", row)

    def invitations(self) -> list[Invitation]:
        rows = self._database.execute("SELECT room, inviter, direct FROM invitation")
        return [Invitation(room, inviter, bool(direct)) for room, inviter, direct in rows]

    def answered(self, room: str) -> None:
        self._database.execute("DELETE FROM invitation WHERE room = ?", (room,))


def _tap(row: tuple[Any, ...]) -> Tap:
    event, card, sender, payload, since, gone, gone_since, over = row
    return Tap(event, card, sender, payload, since, gone, gone_since, tuple(json.loads(over)))
