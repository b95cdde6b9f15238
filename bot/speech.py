"""The outbox as stored, and the words for what waits in it.

Words are made in the writer thread: there the state, the tally and the number of changes a card shows belong
to one moment, so no change can fall between them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from sqlalchemy import Connection, bindparam, select

from adapters.port import Instant, Lane, Saying
from bot.announce import held_until, is_quiet
from bot.deliver_send import Changed, Former, Look, NotNow, Words
from bot.service import DELIVERS, Job, Service, SetAside
from bot.service_desk import Desk, Wake
from bot.service_rooms import note_room
from bot.store import outbox
from bot.store.outbox import Card, Waiting
from bot.store.tables import heads
from bot.voices import Abilities, buttons, platform_of, private_voice, room_voice
from bot.wording import Said, Voice, alone, former_card, notice
from bot.wording_digest import digest
from bot.wording_voice import PUBLIC, Elsewhere
from governance.state import Assembly
from governance.terms import AssemblyId

CARDS_AT_A_LOOK = 500
HEADED = frozenset({"card", "result"})
"""What begins with a heading."""

Found = tuple[list[Waiting], list[Card], Instant | None]
"""What may be said, the cards to edit, when more may be said."""
ONGOING = frozenset({"card", "reminder", "digest"})
"""What need not be said any more in a room that was given up; results are, the last of them says why."""

T = TypeVar("T")


class WordsFailed(Exception):
    """Something could not be put into words, or recorded: our own mistake."""


class Speech:
    """What `bot.deliver` asks, by way of the service."""

    def __init__(
        self, service: Service, abilities: Abilities, links: Callable[[str], str | None] = lambda platform: None,
        elsewhere: Elsewhere = PUBLIC,
    ) -> None:  # fmt: skip
        """`links`: a platform to what opens a private chat with the bot there."""
        self._service, self._abilities, self._links, self._elsewhere = service, abilities, links, elsewhere
        self.holds = True
        """Of several workers this is the one that hears: on some platforms only that one speaks."""

    async def look(self, now: Instant, limit: int) -> Look:
        return await self._shown(await self._service.read(lambda connection: found(connection, now, limit)), limit)

    async def _shown(self, look: Found, limit: int) -> Look:
        sayings, cards, next_at = look
        for assembly in {card.assembly for card in cards}:
            await self._service.state(assembly)
        whole = len(sayings) < limit and len(cards) < CARDS_AT_A_LOOK
        return Look(sayings, self._to_edit(sayings, cards), next_at, whole=whole)

    def news(self, wake: Wake) -> Look | None:
        """What is new with a batch; None: the outbox is to be looked at."""
        if wake.news is None:
            return None
        return Look(wake.news.sayings, self._to_edit(wake.news.sayings, wake.news.cards), None)

    def _to_edit(self, sayings: Sequence[Waiting], cards: Sequence[Card]) -> list[Changed]:
        # a card that is about to be posted anew need not be edited before
        posting = {(row.assembly, row.item, row.room) for row in sayings if row.kind == "card"}
        edits = [one for one in cards if (one.assembly, one.item, one.room) not in posting]
        return [Changed(one, self._open_items(one.assembly)) for one in edits]

    def _open_items(self, assembly: AssemblyId) -> int:
        state = self._service.published(assembly)
        return len(state.open) if state else 0

    async def may_answer(self, room: str, private: bool, now: Instant) -> Instant | None:
        """Nobody else speaks."""
        return None

    async def words(self, what: Waiting | Changed | Former, now: Instant) -> Words | Instant | NotNow | None:
        """None: it need not be said any more. An instant: not before then (quiet hours)."""
        of = what.assembly if isinstance(what, Waiting) else what.card.assembly
        made = await self._at_desk(lambda desk: self._try(desk, what, now), of)
        if isinstance(made, Exception):
            raise WordsFailed from made
        return made

    def _try(
        self, desk: Desk, what: Waiting | Changed | Former, now: Instant
    ) -> Words | Instant | NotNow | Exception | None:
        """A mistake in words must not take the ballots with it that are in the same batch."""
        try:
            return self._of_row(desk, what, now) if isinstance(what, Waiting) else self._of_card(desk, what, now)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            return error

    def _of_row(self, desk: Desk, row: Waiting, now: Instant) -> Words | Instant | None:
        if row.kind == "alone":
            return self._alone(desk, row, now)
        state = desk.state(row.assembly)
        stale = row.deadline is not None and now > row.deadline
        if state is None or stale or (row.item is not None and row.item not in state.items):
            return None
        if row.kind == "card" and outbox.newer_card_waits(desk.connection, row):
            return None
        if row.kind in ONGOING and row.person is None and desk.directory.assembly_in(row.room) != row.assembly:
            return None
        voice, quiet = self._voice(desk, row, state, now), state.charter.quiet_hours
        reminds = row.kind == "reminder"
        if reminds and (until := held_until(now, row.deadline, quiet, voice.zone)) > now:
            return until
        if row.kind == "digest":
            council = desk.state(str(row.about["council"]))
            words = None if council is None else digest(state, council, int(row.about["since"]), voice)
            return None if words is None else Words(_saying(Said(words), Lane.RELAY, row.kind, None, silent=True))
        about = {**row.about, "register": _head(desk, row.assembly)} if row.kind == "result" else row.about
        if about.get("code") == "secret_ahead":
            reached = desk.directory.private_rooms(state.roll)
            concerned = state.items[int(str(about["number"]))].concerned
            # in the order of the roll; whom the item is about has no ballot to give
            missing = [one for one in state.roll if one not in reached and one != concerned]
            about = {**about, "missing": missing, "link": self._links(platform_of(row.room))}
        if about.get("code") == "merged":
            kept, dropped = (desk.directory.former_handle(str(about[key])) for key in ("kept", "dropped"))
            about = {**about, "older": kept, "younger": dropped}
        said = notice(
            state, row.kind, row.item, about, desk.box(row.assembly).tally, voice, private=row.person is not None
        )
        if said is None:
            return None
        former = None if row.item is None else outbox.card(desk.connection, row.assembly, row.item, row.room)
        silent = not reminds and is_quiet(now, quiet, voice.zone)
        shown = former.wanted if former and row.kind == "card" else 0
        return Words(_saying(said, Lane(row.lane), row.kind, row.item, silent), shown)

    def _alone(self, desk: Desk, row: Waiting, now: Instant) -> Words | None:
        """To one account, about nothing an assembly knows."""
        if row.deadline is not None and now >= row.deadline:
            return None
        said = alone(row.about, self._voice(desk, row, None, now))
        return Words(_saying(said, Lane(row.lane), row.kind, None, silent=False))

    def _of_card(self, desk: Desk, what: Changed | Former, now: Instant) -> Words | None:
        """The card as it is to be, with the number of changes it then shows; a former one only points to the newer."""
        state, card = desk.state(what.card.assembly), what.card
        if isinstance(what, Changed):
            current = outbox.card(desk.connection, card.assembly, card.item, card.room)
            if current is None or current.message != card.message or current.shown >= current.wanted:
                return None
            card = current
        if state is None or card.item not in state.items:
            return None
        ability = self._abilities[platform_of(card.room)]
        voice = self._in(desk, room_voice(desk.directory, ability, card.room, state, now))
        if isinstance(what, Former):
            return Words(_saying(former_card(state, card.item, voice), Lane.CARD, "card", card.item, silent=True))
        said = notice(state, "card", card.item, {}, desk.box(card.assembly).tally, voice)
        return None if said is None else Words(_saying(said, Lane.CARD, "card", card.item, silent=True), card.wanted)

    def _voice(self, desk: Desk, row: Waiting, state: Assembly | None, now: Instant) -> Voice:
        ability = self._abilities[platform_of(row.room)]
        if row.person is None:
            return self._in(desk, room_voice(desk.directory, ability, row.room, state, now))
        accounts = desk.directory.accounts_of(row.person)
        language = next((one.language for one in accounts if one.private == row.room), None)
        voice = private_voice(desk.directory, ability, row.room, row.person, language, state, now)
        return self._in(desk, voice)

    def _in(self, desk: Desk, voice: Voice) -> Voice:
        return replace(voice, others=desk.state, elsewhere=self._elsewhere)

    # --- what became of it

    async def said(self, saying: Waiting, message: str, shown: int, at: Instant) -> Card | None:
        """The row is done. Of a new card: the former one of the item in that room, if there was another."""

        def write(desk: Desk) -> Card | None:
            outbox.done(desk.connection, [(saying.assembly, saying.number)])
            if saying.item is None or not saying.assembly or not message:
                return None
            if saying.kind == "card" and saying.person is None:
                return _post(desk, saying, saying.item, message, shown, at)
            outbox.spoke(desk.connection, saying.assembly, saying.room, message, saying.item)
            return None

        return await self._at_desk(write)

    async def unneeded(self, saying: Waiting) -> None:
        await self._at_desk(lambda desk: outbox.done(desk.connection, [(saying.assembly, saying.number)]))

    async def later(self, saying: Waiting, not_before: Instant, tries: int) -> None:
        await self._at_desk(
            lambda desk: outbox.later(desk.connection, saying.assembly, saying.number, not_before, tries)
        )

    async def set_aside(self, saying: Waiting, error: str, at: Instant) -> None:
        """It can never be said: out of the way, with its error."""

        def write(desk: Desk) -> None:
            outbox.done(desk.connection, [(saying.assembly, saying.number)])
            desk.set_aside(f"saying:{saying.key}", at, error)

        await self._at_desk(write)

    def edited(self, card: Card, shown: int, at: Instant) -> None:
        def write(desk: Desk) -> None:
            outbox.card_edited(desk.connection, card, shown, at)

        self._service.take_along(Job("edited", 0, write, once=False))

    async def posted_anew(self, card: Card, message: str, shown: int, at: Instant) -> None:
        def write(desk: Desk) -> None:
            _post(desk, card, card.item, message, shown, at)

        await self._at_desk(write)

    async def answered(self, room: str, item: int, message: str) -> None:
        """A reply in words was about an item: what people reply to it is about it too."""

        def write(desk: Desk) -> None:
            assembly = desk.directory.assembly_in(room)
            if assembly is not None:
                outbox.spoke(desk.connection, assembly, room, message, item)

        await self._at_desk(write)

    async def gone(self, room: str, at: Instant) -> None:
        """This destination takes no more messages."""

        def write(desk: Desk) -> None:
            outbox.drop_room(desk.connection, room)
            desk.directory.forget_private(room)
            note_room(desk, room, False, at, f"gone:{at}")

        await self._at_desk(write)

    async def moved(self, old: str, new: str, at: Instant) -> None:
        await self._at_desk(lambda desk: desk.move_room(old, new, at))

    async def _at_desk(self, run: Callable[[Desk], T], of: AssemblyId = "") -> T:
        """In the writer's next transaction. It can be done again without harm, so its cause is not remembered.
        `of`: the assembly it asks."""
        result = (await self._service.take_soon([Job(DELIVERS, 0, run, once=False, assembly=of or None)]))[0]
        if isinstance(result, SetAside):
            raise WordsFailed(result.error)
        return result  # type: ignore[no-any-return]  # what `run` gave back


def found(connection: Connection, now: Instant, limit: int, of: str | None = None) -> Found:
    """`of`: only in the rooms this worker has claimed."""
    return (
        outbox.waiting(connection, now, limit, of),
        outbox.cards_to_edit(connection, CARDS_AT_A_LOOK, of),
        outbox.next_saying(connection, now),
    )


def _post(desk: Desk, of: Waiting | Card, item: int, message: str, shown: int, at: Instant) -> Card | None:
    """A message shows the item from now on. Where it is the first, what changed while it was on its way could
    mark no card: one mark more, so that it is looked at again."""
    if desk.directory.assembly_in(of.room) != of.assembly:
        return None  # given up meanwhile: nothing there is changed any more
    former = outbox.card_posted(desk.connection, of.assembly, item, of.room, message, of.thread, shown, at)
    if former is None:
        desk.touch(of.assembly, item)
        return None
    return former if former.message != message else None


_HEAD = select(heads.c.seq, heads.c.seal).where(heads.c.assembly == bindparam("of"))


def _head(desk: Desk, assembly: AssemblyId) -> tuple[int, str]:
    """How long the register is, and its last seal."""
    row = desk.connection.execute(_HEAD, {"of": assembly}).one()
    return row.seq, bytes(row.seal).hex()


def _saying(said: Said, lane: Lane, kind: str, item: int | None, silent: bool) -> Saying:
    shown = buttons(said.buttons)
    return Saying("", "", said.text, lane, None, kind in HEADED, silent, None, shown, kind, item)
