"""Where an assembly meets: the rooms its register knows, and the codes by which chats become further rooms (§1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from governance.terms import DAY, AssemblyId, Instant, digest

FIRST = "first"
"""What the room is called in which the assembly was founded."""
CODE_LIFE = 7 * DAY


@dataclass(frozen=True, slots=True)
class Room:
    """A room by its label. `item`: the motion that opened it, 0 for the first; `present`: the bot is in it."""

    label: str
    item: int
    present: bool = True


@dataclass(frozen=True, slots=True)
class Offer:
    """What an adopted motion gave: one chat may become the room of this label, by a code, until then."""

    label: str
    item: int
    digest: str
    until: Instant
    used: bool = False


@dataclass(frozen=True, slots=True)
class Rooms:
    """By label, folded as names are."""

    standing: Mapping[str, Room] = field(default_factory=dict)
    offers: Mapping[str, Offer] = field(default_factory=dict)

    def elsewhere(self, label: str) -> bool:
        """Whether the bot is in a room beside this one."""
        return any(room.present for folded, room in self.standing.items() if folded != label)


FOUNDED_IN = Rooms({FIRST: Room(FIRST, 0)})


def code_digest(assembly: AssemblyId, item: int, secret: str) -> str:
    """What stands in the register for a code: it can be checked, and not found out."""
    return digest((f"assembly {assembly}", f"item {item}", f"secret {secret}"))
