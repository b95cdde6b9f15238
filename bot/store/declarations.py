"""What people declared of themselves, for quotas and pairs (§7.4). Nobody else sees it unless they show it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from bot.store.directory import in_parts, people
from bot.store.hot import put_one
from bot.store.tables import features
from governance.people import Declared
from governance.terms import PersonId


@dataclass(frozen=True, slots=True)
class Feature:
    """`shown`: the value may stand in the lists it is used for."""

    value: str
    shown: bool


def declare(connection: Connection, person: PersonId, feature: str, value: str | None) -> None:
    """In the place of what was declared before; None erases it. A new value is hidden until it is shown."""
    f = features.c
    mine = (f.person == person, f.feature == feature)
    if value is None:
        connection.execute(delete(features).where(*mine))
    elif connection.execute(select(f.value).where(*mine)).scalar() != value:
        put_one(connection, features, {"person": person, "feature": feature, "value": value, "shown": False})


def show(connection: Connection, person: PersonId, feature: str, shown: bool) -> None:
    """Let the value of this feature stand in lists, or no more in those still to come."""
    f = features.c
    connection.execute(update(features).where(f.person == person, f.feature == feature).values(shown=shown))


def features_of(connection: Connection, person: PersonId) -> dict[str, Feature]:
    f = features.c
    rows = connection.execute(
        select(f.feature, f.value, f.shown).where(f.person == person).order_by(f.feature)
    )
    return {feature: Feature(value, shown) for feature, value, shown in rows}


def differ(connection: Connection, one: PersonId, other: PersonId) -> bool:
    """Whether both declared the same feature, and differently: a pair (§6.2)."""
    now = people(connection, (one, other))
    mine, theirs = (features_of(connection, now[which].id) for which in (one, other))
    return any(mine[feature].value != theirs[feature].value for feature in mine.keys() & theirs.keys())


def declared(
    connection: Connection, wanted: Iterable[PersonId], salt: Callable[[], bytes]
) -> Mapping[PersonId, Declared]:
    """Handles and features of those of these persons who are known, with a fresh salt for each that is not shown."""
    every, f = people(connection, wanted), features.c
    values: dict[PersonId, dict[str, str]] = {}
    salts: dict[PersonId, dict[str, str]] = {}
    for part in in_parts(one.id for one in every.values()):
        rows = connection.execute(
            select(f.person, f.feature, f.value, f.shown).where(f.person.in_(part)).order_by(f.person, f.feature)
        )
        for person, feature, value, shown in rows:
            values.setdefault(person, {})[feature] = value
            if not shown:
                salts.setdefault(person, {})[feature] = salt().hex()
    return {
        known_as: Declared(one.handle, values.get(one.id, {}), salts.get(one.id, {}))
        for known_as, one in every.items()
    }
