"""Who is who, and which room belongs to which assembly. Names and accounts live here and can be forgotten.

Used by the writer alone: what a batch looks up often is kept in memory, and dropped when a batch fails.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from sys import intern
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, func, insert, select, update

from bot.store import linking, outbox
from bot.store.engine import Overtaken
from bot.store.hot import put_one
from bot.store.tables import accounts, assemblies, cursors, features, pending, persons, rolls, rooms, told
from governance.rooms import FIRST
from governance.terms import AssemblyId, Instant, PersonId, fold_name

KEPT = 100_000
"""Entries of one kind kept in memory before they are dropped."""

# what is looked up for every batch is made once
_ONE: BindParameter[str] = bindparam("one")
_SOME: BindParameter[str] = bindparam("some", expanding=True)

_ACCOUNT = select(accounts).where(accounts.c.account == _ONE)
_ACCOUNTS_OF = select(accounts).where(accounts.c.person == _ONE).order_by(accounts.c.account)
_PRIVATE = (
    select(accounts.c.person, accounts.c.private)
    .where(accounts.c.person.in_(_SOME), accounts.c.private.is_not(None))
    .order_by(accounts.c.private_at, accounts.c.account)
)
_NEW_PERSON, _NEW_ACCOUNT = insert(persons), insert(accounts)
_CHANGED = update(persons).where(persons.c.person == _ONE)
_PERSONS = select(persons).where(persons.c.person.in_(_SOME))
_HANDLE = select(persons.c.handle).where(persons.c.person == _ONE)
_BY_HANDLE = select(persons.c.person).where(persons.c.folded == _ONE)
_ROOM = select(rooms).where(rooms.c.room == _ONE)
_ROOMS_OF = select(rooms).where(rooms.c.assembly == _ONE).order_by(rooms.c.bound, rooms.c.room)
_NAMED = select(assemblies.c.assembly).where(assemblies.c.folded == _ONE)
_NAME = select(assemblies.c.name).where(assemblies.c.assembly == _ONE)
_ROLLS_OF = select(rolls.c.assembly).where(rolls.c.member.in_(_SOME)).order_by(rolls.c.assembly)
_ASKED = select(pending.c.line, pending.c.asked).where(pending.c.person == _ONE, pending.c.room == bindparam("place"))

HANDLE_LIMIT = 32
"""Characters of a handle, before the number that makes it unique."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it was last seen. `private`: the room where the bot may write to it alone."""

    account: str
    person: PersonId
    name: str
    username: str | None
    language: str | None
    private: str | None
    private_at: Instant | None


@dataclass(frozen=True, slots=True)
class Person:
    """`name` as last seen on any platform, `handle` from the first joining on; '' for both once forgotten."""

    id: PersonId
    name: str
    handle: str
    language: str | None
    zone: str | None


@dataclass(frozen=True, slots=True)
class Room:
    """A room in which an assembly meets; `thread`: the topic of the room, where it has some."""

    room: str
    assembly: AssemblyId
    thread: str | None
    title: str
    bound: Instant
    gone: bool
    label: str
    """What the register calls it."""


class Directory:
    """One for each writer; `connection` is the transaction of the batch that runs."""

    connection: Connection

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._accounts: dict[str, Account] = {}
        self._rooms: dict[str, Room] = {}
        self._meetings: dict[AssemblyId, tuple[Room, ...]] = {}
        self._names: dict[str, dict[str, str]] = {}
        """By platform."""
        self._several: dict[PersonId, tuple[PersonId, ...]] | None = None
        self.changed = False
        """In this batch something was changed that other workers keep in memory too."""

    def forget_memory(self) -> None:
        """What is in memory may not be what is stored."""
        self._accounts.clear()
        self._rooms.clear()
        self._meetings.clear()
        self._names.clear()
        self._several = None

    def forget_names(self) -> None:
        """Another process may have changed them."""
        self._names.clear()

    # --- persons with several ids (§2.4)

    def several(self) -> Mapping[PersonId, tuple[PersonId, ...]]:
        """All ids of those who have more than one, by each of them; first the one whose name and accounts it is."""
        if self._several is None:
            self._several = linking.several(self.connection)
        return self._several

    def ids_of(self, person: PersonId) -> tuple[PersonId, ...]:
        """All of this person's ids, the first the one of their accounts. Registers may know any of them."""
        return self.several().get(person) or (person,)

    def hold(self, wanted: Iterable[PersonId], *, alone: bool = False) -> None:
        """Among several workers: these stay who they are until the commit. Raises `Overtaken` where another worker has
        made one of them one with somebody since this transaction began."""
        every = [self.ids_of(person) for person in wanted]
        known = {(other, ids[0]) for ids in every for other in ids[1:]}
        held = sorted({one for ids in every for one in ids})
        if held and linking.hold(self.connection, held, alone=alone) != known:
            raise Overtaken

    def former_handle(self, person: PersonId) -> str:
        """The handle of this very id, from before it turned out whose it is."""
        return str(self.connection.execute(_HANDLE, {"one": person}).scalar() or "—")

    def unite(self, kept: PersonId, dropped: PersonId) -> None:
        """Two persons turned out to be one: `kept`, with the accounts of both. What the kept one has not set of
        handle, language, zone and features comes from the other."""
        linking.unite(self.connection, kept, self.ids_of(dropped))
        self.forget_memory()
        self.changed = True

    # --- persons and their accounts

    def account(self, account: str) -> Account | None:
        known = self._accounts.get(account)
        if known is None:
            row = self.connection.execute(_ACCOUNT, {"one": account}).one_or_none()
            if row is None:
                return None
            known = Account(**{**row._asdict(), "account": intern(row.account), "person": intern(row.person)})
            if len(self._accounts) >= KEPT:
                self._accounts.clear()
            self._accounts[account] = known
        return known

    def person_of(self, account: str) -> PersonId | None:
        """Whose account this is; None for one never seen."""
        known = self.account(account)
        return None if known is None else known.person

    def meet(self, account: str, name: str, username: str | None, language: str | None) -> PersonId:
        """The person behind an account as the platform shows it now; a new one where it was never seen."""
        known = self.account(account)
        if known is None:
            person = intern(self._new_id())
            self.connection.execute(_NEW_PERSON, {"person": person, "name": name})
            seen = Account(intern(account), person, name, username, language, None, None)
            self.connection.execute(_NEW_ACCOUNT, _values(seen))
            self._accounts[seen.account] = seen
            return person
        if (known.name, known.username, known.language) != (name, username, language):
            if known.name != name:
                self._change_person(known.person, name=name)
            self._change_account(account, name=name, username=username, language=language)
        return known.person

    def person(self, person: PersonId) -> Person | None:
        return self.people([person]).get(person)

    def people(self, wanted: Iterable[PersonId]) -> dict[PersonId, Person]:
        """Those of these persons who are known."""
        return people(self.connection, wanted)

    def name_of(self, one: PersonId | AssemblyId, platform: str = "") -> str:
        """The display name of a person, on this platform where they have an account there, or of an assembly; '' for
        who was forgotten."""
        known = self._names.get(one)
        name = known.get(platform) if known is not None else None
        if name is None:
            person = self.person(one)
            found = None if person else self.connection.execute(_NAME, {"one": one}).scalar()
            name = person.name or person.handle if person else (found or "").replace("_", " ")
            if platform and one in self.several():
                there = [seen.name for seen in self.accounts_of(one) if seen.account.startswith(f"{platform}:")]
                name = name if name in there else next(iter(there), name)
            if len(self._names) >= KEPT:
                self._names.clear()
            self._names.setdefault(one, {})[platform] = name
        return name

    def accounts_of(self, person: PersonId) -> list[Account]:
        rows = self.connection.execute(_ACCOUNTS_OF, {"one": self.ids_of(person)[0]})
        return [Account(**row._asdict()) for row in rows]

    def by_username(self, platform: str, username: str) -> PersonId | None:
        """Whose account shows this username on this platform, letters of either case."""
        a = accounts.c
        found = self.connection.execute(
            select(a.person)
            .where(func.lower(a.username) == username.lower(), a.account.startswith(f"{platform}:", autoescape=True))
            .order_by(a.account)
        ).scalars()
        return found.first()

    def by_handle(self, handle: str) -> PersonId | None:
        found: PersonId | None = self.connection.execute(_BY_HANDLE, {"one": fold_name(handle)}).scalar()
        # a handle that somebody had before still means them
        return found and self.ids_of(found)[0]

    def give_handle(self, person: PersonId, wished: str) -> str:
        """The person's handle; at the first call made from this wish, unique on the instance (§2.2)."""
        row = self.connection.execute(_HANDLE, {"one": person}).one()
        if row.handle:
            return str(row.handle)
        base = _handle_from(wished)
        handle, number = base, 1
        while self.by_handle(handle) is not None:
            number += 1
            handle = f"{base}{number}"
        self._change_person(person, handle=handle, folded=fold_name(handle))
        return handle

    def set_language(self, person: PersonId, language: str | None) -> None:
        self._change_person(person, language=language)

    def set_zone(self, person: PersonId, zone: str | None) -> None:
        self._change_person(person, zone=zone)

    def forget_person(self, person: PersonId) -> None:
        """Erase name, handle, wishes and accounts; the id stays in what was decided."""
        for one in self.ids_of(person):
            self._change_person(one, name="", handle=None, folded=None, language=None, zone=None, same=None)
        linking.forget(self.connection, [one.account for one in self.accounts_of(person)], person)
        self.connection.execute(delete(features).where(features.c.person == person))
        self.connection.execute(delete(accounts).where(accounts.c.person == person))
        self.connection.execute(delete(pending).where(pending.c.person == person))
        self.forget_memory()
        self.changed = True

    def _change_person(self, person: PersonId, **values: Any) -> None:
        for one in self.ids_of(person):
            self._names.pop(one, None)
        self.connection.execute(_CHANGED, {"one": person, **values})

    def _change_account(self, account: str, **values: Any) -> None:
        self.connection.execute(update(accounts).where(accounts.c.account == account).values(**values))
        self._accounts.pop(account, None)
        self.changed = True

    # --- private rooms

    def know_private(self, account: str, room: str, at: Instant) -> None:
        """The bot may write to this account in this room."""
        known = self.account(account)
        if known is not None and known.private != room:
            self._change_account(account, private=room, private_at=at)

    def forget_private(self, room: str) -> None:
        """Nobody is reached in this room any more."""
        self.connection.execute(
            update(accounts).where(accounts.c.private == room).values(private=None, private_at=None)
        )
        self._accounts.clear()
        self.changed = True

    def private_rooms(self, wanted: Iterable[PersonId]) -> dict[PersonId, str]:
        """Where those of these persons are reached who can be, in the private room opened last."""
        every = {one: self.ids_of(one)[0] for one in wanted}
        found: dict[PersonId, str] = {}
        for part in in_parts(dict.fromkeys(every.values())):
            rows = self.connection.execute(_PRIVATE, {"some": part})
            found.update((person, room) for person, room in rows)
        return {one: found[person] for one, person in every.items() if person in found}

    # --- assemblies and their rooms

    def room(self, room: str) -> Room | None:
        known = self._rooms.get(room)
        if known is None:
            row = self.connection.execute(_ROOM, {"one": room}).one_or_none()
            if row is None:
                return None
            known = Room(**row._asdict())
            if len(self._rooms) >= KEPT:
                self._rooms.clear()
            self._rooms[room] = known
        return known

    def assembly_in(self, room: str) -> AssemblyId | None:
        """Which assembly meets in this room."""
        known = self.room(room)
        return None if known is None else known.assembly

    def rooms_of(self, assembly: AssemblyId) -> tuple[Room, ...]:
        """Where an assembly meets, the first room first; rooms the bot was put out of are left in."""
        known = self._meetings.get(assembly)
        if known is None:
            rows = self.connection.execute(_ROOMS_OF, {"one": assembly})
            known = self._meetings[assembly] = tuple(Room(**row._asdict()) for row in rows)
        return known

    def bind_room(
        self, room: str, assembly: AssemblyId, thread: str | None, title: str, at: Instant, label: str = FIRST
    ) -> None:
        """From now on this assembly meets here."""
        put_one(self.connection, rooms, {
            "room": room, "assembly": assembly, "thread": thread, "title": title, "bound": at, "gone": False,
            "label": label,
        })
        self._forget_rooms()

    def free_room(self, room: str) -> None:
        """No assembly meets here any more."""
        self.connection.execute(delete(rooms).where(rooms.c.room == room))
        self._forget_rooms()

    def change_room(self, room: str, **values: Any) -> None:
        """Set `thread`, `title` or `gone` of a room."""
        self.connection.execute(update(rooms).where(rooms.c.room == room).values(**values))
        self._forget_rooms()

    def move_room(self, old: str, new: str) -> None:
        """The platform gave a room a new address; what waits for it goes along (a private one as well)."""
        if self.room(new) is None:
            self.connection.execute(update(rooms).where(rooms.c.room == old).values(room=new))
        self.connection.execute(update(accounts).where(accounts.c.private == old).values(private=new))
        outbox.move_room(self.connection, old, new)
        self._forget_rooms()
        self._accounts.clear()

    def _forget_rooms(self) -> None:
        self.changed = True
        self._rooms.clear()
        self._meetings.clear()

    def assembly_named(self, name: str) -> AssemblyId | None:
        """Names are the same when they fold to the same (§2.1)."""
        found: AssemblyId | None = self.connection.execute(_NAMED, {"one": fold_name(name)}).scalar()
        return found

    def name_assembly(self, assembly: AssemblyId, name: str) -> None:
        self._names.pop(assembly, None)
        put_one(self.connection, assemblies, {"assembly": assembly, "name": name, "folded": fold_name(name)})

    def assemblies_of(self, member: str) -> list[AssemblyId]:
        """On whose rolls this person is, under any id."""
        return list(self.connection.execute(_ROLLS_OF, {"some": self.ids_of(member)}).scalars())

    def tell_once(self, room: str, what: str, at: Instant) -> bool:
        """Whether the room has not been told this yet; from now on it has."""
        t = told.c
        known = self.connection.execute(select(t.at).where(t.room == room, t.what == what)).scalar()
        if known is None:
            self.connection.execute(insert(told).values(room=room, what=what, at=at))
        return known is None

    # --- what was asked once more

    def ask_again(self, person: PersonId, room: str, line: str, at: Instant) -> None:
        """The line waits for a yes, in the place of an earlier one."""
        put_one(self.connection, pending, {"person": person, "room": room, "line": line, "asked": at})

    def asked(self, person: PersonId, room: str) -> tuple[str, Instant] | None:
        """The line that waits here for this person's yes, and since when."""
        row = self.connection.execute(_ASKED, {"one": person, "place": room}).one_or_none()
        return None if row is None else (row.line, row.asked)

    def ask_no_more(self, person: PersonId, room: str) -> None:
        self.connection.execute(delete(pending).where(pending.c.person == person, pending.c.room == room))


def _values(account: Account) -> dict[str, Any]:
    return {column.name: getattr(account, column.name) for column in accounts.columns}


def _handle_from(wished: str) -> str:
    """Letters, marks and digits of any script, `-` and `_`; what stands between them becomes one `_`."""
    fit = (
        one if one in "-_" or unicodedata.category(one)[0] in "LMN" else " "
        for one in unicodedata.normalize("NFC", wished)
    )
    return "_".join("".join(fit).split())[:HANDLE_LIMIT] or "member"


def in_parts(wanted: Iterable[str], size: int = 500) -> Iterable[list[str]]:
    """In portions a statement can take."""
    every = list(wanted)
    return (every[start : start + size] for start in range(0, len(every), size))


def people(connection: Connection, wanted: Iterable[PersonId]) -> dict[PersonId, Person]:
    """Those of these persons who are known; an id of somebody who turned out to be another gives that one."""
    found: dict[PersonId, Person] = {}
    others: dict[PersonId, PersonId] = {}
    for part in in_parts(wanted):
        for row in connection.execute(_PERSONS, {"some": part}):
            if row.same:
                others[row.person] = row.same
            else:
                found[row.person] = Person(row.person, row.name, row.handle or "", row.language, row.zone)
    if others:
        known = people(connection, set(others.values()))
        found.update((one, known[now]) for one, now in others.items())
    return found


def names(connection: Connection) -> Mapping[AssemblyId, str]:
    """The names of all assemblies."""
    rows = connection.execute(select(assemblies.c.assembly, assemblies.c.name).order_by(assemblies.c.folded))
    return dict(rows.all())


def cursor(connection: Connection, platform: str) -> str | None:
    """Up to where a platform was heard."""
    found: str | None = connection.execute(
        select(cursors.c.cursor).where(cursors.c.platform == platform)
    ).scalar()
    return found
