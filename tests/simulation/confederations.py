"""Scripts of large confederations for the rehearsal: many rooms, one clock."""

from __future__ import annotations

from collections.abc import Iterator

QUICK = "preset=small quorum_min=1 seconds=0 discussion_min=0 rounds=0 early_close_after=0"
"""A charter by which a few people decide at once, so that the script is about the council."""


def _founded(name: str, people: list[str]) -> Iterator[str]:
    yield f"{people[0]} @ {name}: /found {name} {QUICK}"
    for one in people[1:]:
        yield f"{one} @ {name}: /join"


def _decides(name: str, item: int, people: list[str], motion: str, choice: str = "yes") -> Iterator[str]:
    yield f"{people[0]} @ {name}: {motion}"
    yield f"{people[0]} @ {name}: /open {item}"
    for one in people:
        yield f"{one} @ {name}: /vote {item} {choice}"


def assembly_of_assemblies(size: int = 75, mandated_yes: int = 40, mandated_no: int = 3) -> Iterator[str]:
    """Delegations of two to one council; most are mandated, some indicate, the rest are silent and take it home."""
    yield "eva @ congress: /found Congress council preset=default seconds=0 discussion_min=0 rounds=0 admission=open"
    homes = {f"a{number:02}": [f"a{number:02}{person}" for person in "xyz"] for number in range(size)}
    for name, people in homes.items():
        yield from _founded(name, people)
        yield from _decides(name, 1, people, "/propose join Congress")
    yield "wait 1m"
    for name, people in homes.items():
        yield from _decides(name, 2, people, f"/propose delegation Congress @{people[0]} @{people[1]}")
    yield "wait 1m"
    yield "a00x @ congress: /propose A common call #call"
    yield "> We open the commons to all who need them."
    yield "a00x @ congress: /open 1"
    for number, (name, people) in enumerate(homes.items()):
        if number < mandated_yes:
            yield from _decides(name, 3, people, "/mandate congress#1 yes")
        elif number < mandated_yes + mandated_no:
            yield from _decides(name, 3, people, "/mandate congress#1 no")
        elif number % 5:
            yield f"{people[0]} @ congress: /position 1 yes"
    yield "wait 14d"
    for number, (name, people) in enumerate(homes.items()):
        if number >= mandated_yes + mandated_no and number % 4:
            choice = "yes" if number % 3 else "no"
            for one in people:
                yield f"{one} @ {name}: /ratify congress#1 {choice}"
    yield "wait 15d"


def tree(communes: int = 24, members: int = 30) -> Iterator[str]:
    """Four levels: communes, districts of four, cantons of three districts, one confederation; and a referendum.

    Nobody gives a mandate on the way up: every council's decision to join the next one goes down to the communes
    and comes up again. Of each commune half its members answer, just enough for its quorum.
    """
    everybody = {
        f"c{number:02}": [f"c{number:02}m{person:02}" for person in range(members)] for number in range(communes)
    }
    districts = {f"d{number}": list(everybody)[4 * number : 4 * number + 4] for number in range(communes // 4)}
    cantons = {f"k{number}": list(districts)[3 * number : 3 * number + 3] for number in range(len(districts) // 3)}
    rules = "preset=small seconds=0 discussion_min=0 rounds=0 admission=open vote_window=24h ratification_window=48h"
    yield f"eva @ top: /found Top council {rules} referendum=now"
    for name in (*cantons, *districts):
        yield f"eva @ {name}: /found {name} council {rules}"
    for name, people in everybody.items():
        yield from _founded(name, people)
    above = {one: name for name, some in (*districts.items(), *cantons.items()) for one in some}
    for number, motion in ((1, "join {up}"), (2, "delegation {up} @{first}")):
        for name, people in everybody.items():
            said = motion.format(up=above[name], first=people[0])
            yield from _decides(name, number, people[: members // 2 + 1], f"/propose {said}")
        yield "wait 24h"
    seats = {name: everybody[some[0]][0] for name, some in districts.items()}
    seats |= {name: seats[some[0]] for name, some in cantons.items()}
    for level, first in ((districts, 1), (cantons, 3)):
        for number, motion in ((1, "join {up}"), (2, "delegation {up} @{first}")):
            for name in level:
                said = motion.format(up=above.get(name, "Top"), first=seats[name])
                yield f"{seats[name]} @ {name}: /propose {said}"
                yield f"{seats[name]} @ {name}: /open {number}"
            yield "wait 24h"
            # a canton's question stands in each of its districts as an item of its own
            for name, people in everybody.items():
                for one in people[: members // 2 + 1]:
                    yield f"{one} @ {name}: /ratify {above[name]}#{first + number - 1} yes"
            yield "wait 48h"
    yield f"{seats['k0']} @ top: /referendum A common fund"
    yield "> One part in twenty of each harvest."
    yield f"{seats['k0']} @ top: /open 1"
    for number, (name, people) in enumerate(everybody.items()):
        for person, one in enumerate(people):
            choice = "yes" if (number + person) % 3 else "no"
            yield f"{one} @ {name}: /vote top#1 {choice}"
    yield "wait 24h"
