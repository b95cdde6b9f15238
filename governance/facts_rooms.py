"""What happens to the rooms in which an assembly meets. Read through `governance.facts`.

A room stands here by its label; its address on a platform is the directory's.
"""

from __future__ import annotations

from dataclasses import dataclass

from governance.terms import Instant, PersonId


@dataclass(frozen=True, slots=True)
class RoomOffered:
    """An adopted motion gave a code, good once and until then. `digest`: of the code."""

    item: int
    label: str
    digest: str
    until: Instant


@dataclass(frozen=True, slots=True)
class RoomOpened:
    """The code was used in a chat of this platform: the assembly meets there too."""

    item: int
    label: str
    platform: str
    by: PersonId


@dataclass(frozen=True, slots=True)
class RoomClosed:
    """By decision the assembly meets there no more, or a code that was not used is void."""

    item: int
    label: str


@dataclass(frozen=True, slots=True)
class RoomNoted:
    """The platform put the bot out of a room of the assembly, or let it in again."""

    label: str
    present: bool


RoomFact = RoomOffered | RoomOpened | RoomClosed | RoomNoted
