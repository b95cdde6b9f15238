"""An assembly that meets on paper: commands are decided, ballots lie in a dict, and what is said is kept."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot import announce, wording
from bot.minutes import Answer, Sources
from bot.wording import Said, Voice
from governance import commands as c
from governance.assembly import Assembly, decide, due
from governance.people import Declared
from governance.refusals import Refused
from governance.terms import SECOND, Instant, parse_duration

BEGIN = 1_772_560_800 * SECOND
"""Tue 3 March 2026 18:00 UTC."""
ID = "0123456789abcdef"


def called(person: str) -> str:
    return f"@{person}"


def voice(now: Instant = BEGIN, **more: Any) -> Voice:
    return Voice(**{"language": "en", "zone": "UTC", "now": now, "names": str.title, "calls": called, **more})


class Box:
    """The open questions' ballots; what is not there was not answered."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, str]] = {}

    def choice(self, question: str, voter: str) -> str | None:
        return self.rows.get(question, {}).get(voter)

    def tally(self, question: str) -> Mapping[str, int]:
        return Counter(self.rows.get(question, {}).values())

    def answered(self, question: str) -> int:
        return len(self.rows.get(question, {}))

    def voters(self, question: str) -> frozenset[str]:
        return frozenset(self.rows.get(question, {}))

    def digest(self, question: str) -> str:
        return f"{len(question):064x}"

    def declared(self, persons: Iterable[str]) -> Mapping[str, Declared]:
        return {one: Declared(one) for one in persons}


@dataclass
class Meeting:
    """`said`: (to, kind, words) in order; `notices`: the notices they were made from."""

    now: Instant = BEGIN
    box: Box = field(default_factory=Box)
    held: Assembly | None = None
    said: list[tuple[str, str, str]] = field(default_factory=list)
    notices: list[announce.Notice] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def state(self) -> Assembly:
        assert self.held
        return self.held

    def voice(self, **more: Any) -> Voice:
        return voice(self.now, **more)

    def found(self, *members: str, preset: str = "default", **values: str) -> "Meeting":
        self.does(c.Found(members[0], "Green_Hill", preset, {"secret": "none", **values}))
        for member in members[1:]:
            self.does(c.Join(member))
        return self

    def does(self, command: c.Command) -> "Meeting":
        made = decide(self.held, command, self.box, self.now, ID)
        if isinstance(made, Refused):
            self.refused.append(wording.refusal(made, self.voice()))
            return self
        before, self.held = self.held, made.state
        for question, voter in made.struck:
            self.box.rows[question].pop(voter)
        for ballot in made.ballots:
            self.box.rows.setdefault(ballot.question, {})[ballot.voter] = ballot.choice
        for notice in announce.notices(before, made.facts, made.state, self.now):
            self._say(notice)
        for one in made.reminders:
            for notice in announce.reminders(one):
                self._say(notice)
        return self.does(made.then) if made.then else self

    def _say(self, notice: announce.Notice) -> None:
        self.notices.append(notice)
        words = self.words(notice)
        if words is not None:
            self.said.append((notice.to, notice.kind, words.text))

    def words(self, notice: announce.Notice) -> Said | None:
        private = notice.to != announce.ROOM
        return wording.notice(
            self.state, notice.kind, notice.item, notice.about, self.box.tally, self.voice(), private=private
        )

    def wait(self, duration: str) -> "Meeting":
        """Time passes; what is due on the way is taken at its instant."""
        seconds = parse_duration(duration)
        assert seconds is not None
        end, after = self.now + seconds * SECOND, self.now
        while (instant := due(self.state, after)) is not None and instant <= end:
            self.now = after = max(self.now, instant)
            self.does(c.PassTime(instant))
        self.now = end
        return self

    # --- what members do

    def proposes(self, by: str, title: str, text: str = "", kind: str = "motion", **terms: Any) -> "Meeting":
        return self.does(c.Propose(by, kind, title, text, terms))

    def opened(self, by: str, title: str, text: str = "", kind: str = "motion", **terms: Any) -> "Meeting":
        """Proposed, seconded by Ben and opened as soon as can be."""
        self.proposes(by, title, text, kind, **terms)
        self.does(c.Second("ben", self.state.last_item))
        return self.wait("48h").does(c.Open(by, self.state.last_item))

    def takes(self, position: str, item: int, *members: str) -> "Meeting":
        for member in members:
            self.does(c.TakePosition(member, item, position))
        return self

    def blocks(self, member: str, item: int, reason: str) -> "Meeting":
        return self.does(c.TakePosition(member, item, "block", reason, 1))

    def votes(self, choice: str, item: int, *members: str, letter: str = "") -> "Meeting":
        for member in members:
            self.does(c.CastBallot(member, item, choice, letter))
        return self

    # --- what is looked at

    def card(self, item: int, **more: Any) -> Said:
        return wording.card(self.state, item, self.box.tally, self.voice(**more))

    def sources(self) -> Sources:
        def answers(assembly: str, question: str) -> list[Answer]:
            return [Answer(who, choice, "8f3a21c0") for who, choice in self.box.rows.get(question, {}).items()]

        return Sources(str.lower, lambda assembly: (48, "5c1e" + "0" * 56 + "9b02"), answers)


def after_a_vote() -> Meeting:
    """A motion blocked in two rounds and adopted by vote, with a rival text, a statement and a late reader."""
    meeting = Meeting().found("ana", "ben", "cem", "dila", "elif")
    meeting.opened("ana", "Repair the pump", "The pump by the mill, before winter.")
    meeting.does(c.Amend("cem", 1, "The pump and its pipes, before winter."))
    meeting.does(c.PutRival("cem", 1, "a")).does(c.Second("elif", 1, "a"))
    for _ in range(2):
        meeting.takes("agree", 1, "ana", "ben").does(c.TakePosition("cem", 1, "aside", "I will be away."))
        meeting.blocks("dila", 1, "we would owe money").wait("72h")
    meeting.does(c.AttachStatement("dila", 1, "No debts.")).wait("24h")
    meeting.votes("yes", 1, "ana", "ben", "cem").votes("no", 1, "dila")
    meeting.votes("yes", 1, "dila", "cem", "ana", letter="a")
    return meeting.wait("72h")

