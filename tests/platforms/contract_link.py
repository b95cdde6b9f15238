"""Two accounts become one person, by the same acts on every platform."""

from __future__ import annotations

import re

from tests.platforms.contract import People

CODE = re.compile("[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")


async def gets_a_code(people: People, who: str) -> str:
    await people.whispers(who, "/link")
    found = CODE.search(people.is_told(who, "from your other account").upper())
    assert found is not None
    return found[0]


async def sends_it(people: People, who: str, code: str) -> None:
    """Asked whether that is so, and yes."""
    await people.whispers(who, f"!link {code}")
    people.is_told(who, "was given this code", "nobody can undo it")
    await people.whispers(who, f"!link {code} yes")
    people.is_told(who, "is asked now")


async def are_one(first: People, who: str, second: People, other: str) -> None:
    """The account `who` gets a code, `other` sends it, and both say yes."""
    await sends_it(second, other, await gets_a_code(first, who))
    first.is_told(who, "has sent your code", "nobody can undo it")
    await first.whispers(who, "/link yes")
    first.is_told(who, "are one person from now on")
    second.is_told(other, "are one person from now on")
