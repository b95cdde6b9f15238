"""A play for tests: a rehearsal through the real house, with its rooms and its minutes to look at afterwards."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from structlog.testing import capture_logs

from adapters.console_chat import Said
from bot.config import Settings
from bot.house_run import rehearse
from bot.rehearsal import read_script

HOME = "preset=small quorum_min=1 seconds=0 discussion_min=0 rounds=0 early_close_after=0 secret=none"
"""A home that decides as soon as its answer is certain, so that a script is about its council."""
COUNCIL = "preset=small seconds=0 discussion_min=0 rounds=0 vote_window=48h early_close=no admission=open"
"""A council that votes for two days, then asks the homes for seven."""
TROUBLE = frozenset({"warning", "error", "critical"})


@dataclass
class Played:
    """`heard`: what was said, in order. `trouble`: what the program itself complained of, which must be nothing."""

    minutes: dict[str, Any]
    heard: list[Said] = field(default_factory=list)
    trouble: list[Any] = field(default_factory=list)

    def room(self, place: str) -> str:
        """Everything this room, or `@person`, was told, changed cards included."""
        return "\n".join(said.text for said in self.heard if said.place == place)

    def told(self, place: str, *kinds: str) -> list[str]:
        """Messages of their own there; of these kinds, where some are named."""
        return [
            said.text for said in self.heard
            if said.place == place and said.kind != "edit" and (not kinds or said.kind in kinds)
        ]  # fmt: skip

    def assembly(self, name: str) -> dict[str, Any]:
        return dict(self.minutes["assemblies"][name])

    def item(self, name: str, number: int) -> dict[str, Any]:
        (found,) = (one for one in self.assembly(name)["items"] if one["number"] == number)
        return dict(found)

    def asked(self, name: str, kind: str = "ratification") -> dict[str, Any]:
        """The only item of this kind."""
        (found,) = (one for one in self.assembly(name)["items"] if one["kind"] == kind)
        return dict(found)


def play(script: str, complains: bool = False, **settings: Any) -> Played:
    """Raises when the script cannot be played, or the program complained of itself."""
    heard: list[Said] = []
    with capture_logs() as logs:
        minutes = asyncio.run(rehearse(read_script("play", script), Settings(**settings), None, heard.append))
    played = Played(minutes, heard, [one for one in logs if one["log_level"] in TROUBLE])
    assert complains or not played.trouble, played.trouble
    # a number said as if it were an instant
    assert not [said.text for said in heard if " 1970 " in said.text]
    return played


# --- what happens again and again, as people would type it


def founded(name: str, members: str, charter: str = HOME) -> Iterator[str]:
    """A base assembly in a room of its name."""
    first, *others = members.split()
    yield f"{first} @ {name.casefold()}: /found {name} {charter}"
    for one in others:
        yield f"{one} @ {name.casefold()}: /join"


def decided(name: str, number: int, members: str, motion: str, choice: str = "yes") -> Iterator[str]:
    """A motion put, opened and voted on by all of these."""
    first, *others = members.split()
    room = name.casefold()
    yield f"{first} @ {room}: {motion}"
    yield f"{first} @ {room}: /open {number}"
    for one in (first, *others):
        yield f"{one} @ {room}: /vote {number} {choice}"


def confederated(homes: dict[str, str], charter: str = COUNCIL, council: str = "Valley") -> str:
    """Homes founded, sitting in one council, each with its first member sent as delegate (items 1 and 2 at home)."""
    lines = [f"vic @ {council.casefold()}: /found {council} council {charter}"]
    for name, members in homes.items():
        lines += founded(name, members)
        lines += decided(name, 1, members, f"/propose join {council}")
    for name, members in homes.items():
        lines += decided(name, 2, members, f"/propose delegation {council} @{members.split()[0]}")
    return "\n".join(lines) + "\n"


def put(council: str, by: str, title: str, number: int = 1, text: str = "Equal parts.") -> str:
    """A motion of a council, put and opened by a delegate."""
    room = council.casefold()
    return f"{by} @ {room}: /propose {title}\n> {text}\n{by} @ {room}: /open {number}\n"


def binds(name: str, number: int, members: str, council_item: str, choice: str, words: str = "") -> str:
    return "\n".join(decided(name, number, members, f"/mandate {council_item} {choice} {words}".rstrip())) + "\n"
