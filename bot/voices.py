"""Who is spoken to, and how: the voice of a room, of a person alone, with the names of the people in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, select

from adapters.port import Ability, mention
from bot.store.directory import people
from bot.store.tables import accounts, assemblies
from bot.wording import Voice, known_language
from governance.state import Assembly
from governance.terms import Instant, PersonId

SOURCE, UTC = "en", "UTC"


def platform_of(address: str) -> str:
    return address.partition(":")[0]


class Names:
    """Display names and mentions, looked up when a text needs them; one for each text."""

    def __init__(self, connection: Connection, platform: str) -> None:
        self._connection, self._platform = connection, platform
        self._names: dict[PersonId, str] = {}

    def name(self, person: PersonId) -> str:
        """As last seen on any platform; who was forgotten has no name any more."""
        if person not in self._names:
            known = people(self._connection, [person]).get(person)
            name = known.name or known.handle if known else self._assembly(person)
            self._names[person] = name or "—"
        return self._names[person]

    def _assembly(self, assembly: str) -> str:
        """In a council the members are assemblies."""
        a = assemblies.c
        found = self._connection.execute(select(a.name).where(a.assembly == assembly)).scalar()
        return found.replace("_", " ") if found else ""

    def call(self, person: PersonId) -> str:
        """The name as a mention, where the person has an account on this platform."""
        a = accounts.c
        account = self._connection.execute(
            select(a.account)
            .where(a.person == person, a.account.startswith(f"{self._platform}:", autoescape=True))
            .order_by(a.account)
        ).scalar()
        name = self.name(person)
        return mention(account, name) if account else name


def room_voice(
    connection: Connection, ability: Ability, address: str, state: Assembly | None, now: Instant
) -> Voice:
    """In a room: the assembly's language and zone."""
    names = Names(connection, platform_of(address))
    language = state.charter.language if state else SOURCE
    zone = state.charter.timezone if state else UTC
    return Voice(language, zone, now, names.name, names.call, ability.prefix, ability.buttons)


def private_voice(
    connection: Connection, ability: Ability, address: str, person: PersonId | None, shown_language: str | None,
    state: Assembly | None, now: Instant,
) -> Voice:  # fmt: skip
    """Alone with a person: their language and zone, else what the platform shows, else the assembly's."""
    names = Names(connection, platform_of(address))
    known = people(connection, [person]).get(person) if person else None
    wished = known.language if known else None
    shown = known_language(shown_language) if shown_language else None
    language = wished or shown or (state.charter.language if state else SOURCE)
    zone = (known.zone if known else None) or (state.charter.timezone if state else UTC)
    return Voice(language, zone, now, names.name, names.call, ability.prefix, ability.buttons)


Abilities = Mapping[str, Ability]
Tallies = Callable[[str], Mapping[str, int]]
