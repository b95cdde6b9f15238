"""What goes back to the one who spoke or tapped: refusals, receipts, replies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from adapters.port import Ability, Answer, Heard, Instant, Nobody
from bot import wording_council
from bot.grammar import Misread, Tap
from bot.service_desk import Desk
from bot.voices import Abilities, buttons, platform_of, private_voice, room_voice
from bot.wording import Said, Voice, answer, misreading, recorded, refusal
from bot.wording_people import ballot_said
from bot.wording_voice import Elsewhere
from governance.decision import Ballot, Decided
from governance.facts_council import PositionStated
from governance.refusals import Refused
from governance.state import Assembly
from governance.terms import MINUTE, AssemblyId, PersonId

KEPT = 2000
"""Receipts whose words are kept: they differ only in the hash."""
_MARK = "\x00" * 8


class Answers:
    """Makes answers in the voice of the place where they are heard."""

    def __init__(self, abilities: Abilities, links: Callable[[str], str | None], elsewhere: Elsewhere) -> None:
        self._abilities, self._links, self._elsewhere = abilities, links, elsewhere
        self._receipts: dict[tuple[str, str, str, Instant | None, str, str, Instant], str] = {}

    def ability(self, heard: Heard) -> Ability:
        return self._abilities[platform_of(heard.room)]

    def voice(self, desk: Desk, heard: Heard, assembly: AssemblyId | None) -> Voice:
        """Of the room, or of the person alone with the bot."""
        assembly = assembly or (None if heard.private else desk.directory.assembly_in(heard.room))
        state = desk.state(assembly) if assembly else None
        ability = self.ability(heard)
        if not heard.private or isinstance(heard.speaker, Nobody):
            return replace(
                room_voice(desk.directory, ability, heard.room, state, heard.at), others=desk.state,
                private_link=partial(self._private_link, desk, heard), elsewhere=self._elsewhere,
            )  # fmt: skip
        speaker = heard.speaker
        person = desk.directory.person_of(speaker.account)
        voice = private_voice(desk.directory, ability, heard.room, person, speaker.language, state, heard.at)
        return replace(voice, others=desk.state, elsewhere=self._elsewhere)

    def _private_link(self, desk: Desk, heard: Heard) -> str:
        if heard.private or isinstance(heard.speaker, Nobody):
            return ""
        account = desk.directory.account(heard.speaker.account)
        known = account is not None and account.private is not None
        return "" if known else self._links(platform_of(heard.room)) or ""

    def text(
        self, heard: Heard, words: str | Said, item: int | None = None, kind: str = "answer", alert: bool = False
    ) -> Sequence[Answer]:
        said = Said(words) if isinstance(words, str) else words
        return [Answer(heard, said.text, alert=alert, buttons=buttons(said.buttons), kind=kind, item=item)]

    def misread(self, desk: Desk, heard: Heard, unread: Misread) -> Sequence[Answer]:
        return self.text(heard, misreading(unread, self.voice(desk, heard, None)), kind="refusal", alert=True)

    def refused(
        self, desk: Desk, heard: Heard, assembly: AssemblyId | None, made: Refused
    ) -> Sequence[Answer]:
        item = made.about.get("item")
        number = item if isinstance(item, int) and item else None
        return self.text(heard, refusal(made, self.voice(desk, heard, assembly)), number, "refusal", alert=True)

    def how_to_block(self, desk: Desk, heard: Heard, tap: Tap) -> Sequence[Answer]:
        voice = self.voice(desk, heard, tap.assembly)
        return self.text(heard, answer("how_to_block", voice, item=tap.item), tap.item, alert=True)

    def acknowledged(self, heard: Heard, voice: Voice, item: int | None) -> Sequence[Answer]:
        """Words that did what they say: a reaction in the room, a word alone with the bot."""
        if heard.private or heard.tap is not None:
            return self.text(heard, answer("done", voice), item)
        return [Answer(heard, recorded=True, item=item)]

    def stated(
        self, desk: Desk, heard: Heard, state: Assembly, made: Decided, item: int
    ) -> Sequence[Answer] | None:
        """A delegate's answer, with what it counts as (§6.4); None where none was given. In a room words are
        acknowledged like others: an estimate is said there anyway."""
        fact = next((one for one in made.facts if isinstance(one, PositionStated)), None)
        if fact is None or (heard.tap is None and not heard.private):
            return None
        words = wording_council.stated(state, state.items[item], fact, self.voice(desk, heard, state.id))
        return self.text(heard, words, item)

    def recorded(
        self, desk: Desk, heard: Heard, assembly: AssemblyId, person: PersonId, made: Decided, item: int
    ) -> Sequence[Answer]:
        """A ballot lies in the box: its receipt, or in a room a reaction to the words."""
        if heard.tap is None and not heard.private:
            return [Answer(heard, recorded=True, item=item)]
        ballot = made.ballots[0]
        if ballot.secret:
            return self._secret(desk, heard, assembly, person, ballot, item)
        words = self._receipt(desk, heard, assembly, ballot.question, ballot.choice, item)
        mark = desk.mark(assembly, ballot.question, person) or _MARK
        return [Answer(heard, words.replace(_MARK, mark[:8]), item=item)]

    def _secret(
        self, desk: Desk, heard: Heard, assembly: AssemblyId, person: PersonId, ballot: Ballot, item: int
    ) -> Sequence[Answer]:
        """The key goes to the voter and is kept nowhere else (§8.2)."""
        box = desk.box(assembly)
        voice = self.voice(desk, heard, assembly)
        words = answer(
            "recorded_secret", voice, item=item, ballot=ballot.choice, shown=ballot_said(ballot.choice, voice),
            key=box.key(ballot.question, person) or "", receipt=box.mark(ballot.question, person) or "",
        )
        return self.text(heard, words, item)

    def _receipt(
        self, desk: Desk, heard: Heard, assembly: AssemblyId, question: str, choice: str, item: int
    ) -> str:
        state = desk.state(assembly)
        open_question = state.items[item].question if state else None
        closes = open_question.closes if open_question else None
        place = heard.room if heard.private else platform_of(heard.room)
        charter = state.charter.version if state else 0
        key = (assembly, question, choice, closes, place, str(charter), heard.at // MINUTE)
        words = self._receipts.get(key)
        if words is None:
            letter = question.partition(".")[2].lstrip("0123456789")
            text = f"{item}{letter}" if open_question and len(open_question.texts) > 1 else ""
            names = state is not None and state.items[item].pool is not None
            words = recorded(choice, _MARK, closes, self.voice(desk, heard, assembly), text, names)
            if len(self._receipts) >= KEPT:
                self._receipts.clear()
            self._receipts[key] = words
        return words

