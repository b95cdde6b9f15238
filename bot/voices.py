"""Who is spoken to, and how: the voice of a room, of a person alone, with the names of the people in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from adapters.port import Ability, Button, Speaker, mention
from bot.store.directory import Account, Directory
from bot.wording import Button as Shown
from bot.wording import Voice, account_words, known_language, sign
from governance.state import Assembly
from governance.terms import AssemblyId, Instant, PersonId

SOURCE, UTC = "en", "UTC"


def buttons(shown: tuple[tuple[Shown, ...], ...]) -> tuple[tuple[Button, ...], ...]:
    """Buttons as the platforms take them."""
    return tuple(tuple(Button(one.label, one.payload, sign(one.payload)) for one in row) for row in shown)


def platform_of(address: str) -> str:
    return address.partition(":")[0]


def account_shown(one: Account | Speaker) -> str:
    """An account in words, for whoever must know which one is meant."""
    return account_words(platform_of(one.account), one.name, one.username)


class Names:
    """Display names and mentions on one platform."""

    def __init__(self, directory: Directory, platform: str) -> None:
        self._directory, self._platform = directory, platform

    def name(self, one: PersonId | AssemblyId) -> str:
        """As seen on this platform, else on any, or of an assembly; who was forgotten has no name any more."""
        return self._directory.name_of(one, self._platform) or "—"

    def call(self, person: PersonId) -> str:
        """The name as a mention, where the person has an account on this platform."""
        accounts = (one.account for one in self._directory.accounts_of(person))
        account = next((one for one in accounts if platform_of(one) == self._platform), None)
        name = self.name(person)
        return mention(account, name) if account else name


def room_voice(
    directory: Directory, ability: Ability, address: str, state: Assembly | None, now: Instant
) -> Voice:
    """In a room: the assembly's language and zone."""
    names = Names(directory, platform_of(address))
    language = state.charter.language if state else SOURCE
    zone = state.charter.timezone if state else UTC
    return Voice(language, zone, now, names.name, names.call, ability.prefix, ability.buttons)


def private_voice(
    directory: Directory, ability: Ability, address: str, person: PersonId | None, shown_language: str | None,
    state: Assembly | None, now: Instant,
) -> Voice:  # fmt: skip
    """Alone with a person: their language and zone, else what the platform shows, else the assembly's. To somebody on
    several rolls an item's number says nothing without its assembly."""
    names = Names(directory, platform_of(address))
    known = directory.person(person) if person else None
    wished = known.language if known else None
    shown = known_language(shown_language) if shown_language else None
    language = wished or shown or (state.charter.language if state else SOURCE)
    zone = (known.zone if known else None) or (state.charter.timezone if state else UTC)
    several = person is not None and len(directory.assemblies_of(person)) > 1
    assembly = state.name if state and several else ""
    return Voice(language, zone, now, names.name, names.call, ability.prefix, ability.buttons, assembly)


Abilities = Mapping[str, Ability]
Tallies = Callable[[str], Mapping[str, int]]
