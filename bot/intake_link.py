"""`/link`: several accounts, one person (§2.4).

A code is given to one account and sent from another; then both say yes, each knowing whom they are joined with. So a
code that somebody else has seen, or talked somebody into sending, joins nobody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from adapters.port import Answer, Heard, Instant, Speaker
from bot.announce import Notice
from bot.grammar import Request
from bot.intake_answers import Answers
from bot.service_desk import Desk
from bot.service_persons import barred, unite
from bot.store import linking
from bot.store.directory import Account
from bot.store.linking import Link
from bot.voices import account_shown
from bot.wording import alone, answer
from governance.terms import MINUTE, PersonId

_CODE = re.compile(r"(?<!\w)(?=([0-9A-Za-z]{4}([- ]?)[0-9A-Za-z]{4}\2[0-9A-Za-z]{4})(?!\w))", re.ASCII)
"""Wherever one may begin: words of four letters before it must not swallow it."""


class Links:
    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def take(self, desk: Desk, heard: Heard, speaker: Speaker, request: Request) -> Sequence[Answer]:
        """Alone with the bot: a code is wanted, is sent, or the last yes is said."""
        directory = desk.directory
        person = directory.meet(speaker.account, speaker.name, speaker.username, speaker.language)
        directory.know_private(speaker.account, heard.room, heard.at)
        if request.word:
            return self._send(desk, heard, speaker, person, request)
        return self._agree(desk, heard, person) if request.confirmed else self._give(desk, heard, speaker, person)

    def confirm(self, desk: Desk, heard: Heard, person: PersonId) -> Sequence[Answer]:
        """The button under either question."""
        asked = desk.directory.asked(person, heard.room)
        line = asked[0].split() if asked is not None else []
        if line[:1] == ["link"] and isinstance(heard.speaker, Speaker):
            link = linking.by_digest(desk.connection, line[1])
            return self._knows(desk, heard, heard.speaker, person, link, said_yes=True)
        return self._agree(desk, heard, person)

    # --- the account that gets the code

    def _give(self, desk: Desk, heard: Heard, speaker: Speaker, person: PersonId) -> Sequence[Answer]:
        code = linking.code_from(desk.chance_for(f"link {speaker.account}"))
        until = linking.give(desk.connection, person, speaker.account, heard.room, code, heard.at)
        # `!` is understood on every platform, and the other one may keep `/` for itself
        return self._say(desk, heard, "link_code", line=f"!link {code}", until=until)

    def _agree(self, desk: Desk, heard: Heard, person: PersonId) -> Sequence[Answer]:
        """The person whose code it was says yes: from here on both are one."""
        link = linking.of_person(desk.connection, person)
        other = None if link is None or link.asked_by is None else desk.directory.account(link.asked_by)
        if link is None or other is None or other.person == person:
            return self._refuse(desk, heard, "link_nothing")
        if heard.at >= link.until:
            return self._late(desk, heard, link)
        if (place := barred(desk, person, other.person)) is not None:
            return self._refuse(desk, heard, "link_barred", assembly=place.name, name=place.name.casefold())
        mine = desk.directory.account(link.account)
        unite(desk, person, other.person, heard.at, heard.cause)
        linking.void(desk.connection, person)
        about = {"account": account_shown(mine) if mine else "", "other": account_shown(other)}
        for one in desk.directory.accounts_of(person):
            if one.private is not None and one.private != heard.room:
                self._tell(desk, one, heard.at, "linked", **about)
        return self._say(desk, heard, "linked", **about)

    # --- the account that sends it

    def _send(
        self, desk: Desk, heard: Heard, speaker: Speaker, person: PersonId, request: Request
    ) -> Sequence[Answer]:
        again = linking.waits_until(desk.connection, speaker.account, heard.at)
        if again is not None:
            return self._refuse(desk, heard, "link_slowly", at=again)
        digest = linking.digest_of(request.word)
        link = linking.by_digest(desk.connection, digest) if digest else None
        if link is None:
            linking.guessed(desk.connection, speaker.account, heard.at)
        return self._knows(desk, heard, speaker, person, link, said_yes=request.confirmed)

    def _knows(
        self, desk: Desk, heard: Heard, speaker: Speaker, person: PersonId, link: Link | None, *, said_yes: bool
    ) -> Sequence[Answer]:
        """The account knows a code, or does not: it is told whose it is, and asked."""
        mine = None if link is None else desk.directory.account(link.account)
        if link is None or mine is None or link.asked_by not in (None, speaker.account):
            return self._refuse(desk, heard, "link_unknown", minutes=linking.LIFE // MINUTE)
        if link.person == person:
            return self._refuse(desk, heard, "link_own" if link.account == speaker.account else "link_same")
        if heard.at >= link.until:
            return self._late(desk, heard, link)
        if not said_yes:
            desk.directory.ask_again(person, heard.room, f"link {link.digest}", heard.at)
            return self._say(desk, heard, "link_asks", account=account_shown(mine))
        desk.directory.ask_no_more(person, heard.room)
        until = linking.ask(desk.connection, link, speaker.account, heard.at)
        here = desk.directory.account(speaker.account)
        if here is not None:
            self._tell(desk, mine, heard.at, "link_asked", account=account_shown(here), until=until)
        return self._say(desk, heard, "link_waits", account=account_shown(mine), until=until)

    def _late(self, desk: Desk, heard: Heard, link: Link) -> Sequence[Answer]:
        linking.void(desk.connection, link.person)
        return self._refuse(desk, heard, "link_late", at=link.until)

    # --- a code where others see it

    def overheard(self, desk: Desk, heard: Heard) -> bool:
        """A code that was shown in a room is void, whoever showed it; its person is told."""
        shown = {digest for found in _CODE.finditer(heard.text) if (digest := linking.digest_of(found[1])) is not None}
        links = linking.among(desk.connection, shown)
        for link in links:
            linking.void(desk.connection, link.person)
            mine = desk.directory.account(link.account)
            who = account_shown(heard.speaker) if isinstance(heard.speaker, Speaker) else "?"
            if mine is not None:
                self._tell(desk, mine, heard.at, "link_void", account=who)
        return bool(links)

    def shown_to_all(self, desk: Desk, heard: Heard) -> Sequence[Answer]:
        return self._refuse(desk, heard, "link_public")

    # --- words

    def _tell(self, desk: Desk, to: Account, at: Instant, code: str, **about: object) -> None:
        """Whoever cannot be written to alone any more is not told, and then can say no yes."""
        if to.private is not None:
            until = about.get("until")
            deadline = until if isinstance(until, int) else None
            notice = Notice("alone", None, about={"code": code, **about}, deadline=deadline)
            desk.say_in(to.private, notice, at, to.person)

    def _say(self, desk: Desk, heard: Heard, code: str, **about: object) -> Sequence[Answer]:
        return self._answers.text(heard, alone({"code": code, **about}, self._answers.voice(desk, heard, None)))

    def _refuse(self, desk: Desk, heard: Heard, code: str, **about: object) -> Sequence[Answer]:
        words = answer(code, self._answers.voice(desk, heard, None), **about)
        return self._answers.text(heard, words, kind="refusal", alert=True)
