"""The program itself on a real homeserver, killed again and again while members vote, in words and by reactions."""

import json
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from adapters.matrix.writing import BUTTONS
from bot.house_books import minutes_of, opened
from tests.platforms.synapse import Synapse, running
from tests.process.matrix_members import Crowd, Member, Talker, shown
from tests.process.matrix_program import Program
from tests.process.test_killed import KILLS, until

PEOPLE = 8
PAUSE = 0.15
"""Seconds between two acts of one member."""
CHOICES = {"agree": "Agree", "pass": "Pass"}

pytestmark = [
    pytest.mark.kill, pytest.mark.synapse, pytest.mark.timeout(120 + 40 * KILLS), pytest.mark.xdist_group("killed"),
]


class Assemblies:
    """Well answers one long question without pause; in Mill one short question after another closes."""

    def __init__(self, synapse: Synapse, bot: Talker, program: Program) -> None:
        self.bot = bot

        def stored(who: str) -> str | None:
            return causes(program).get(who)

        self.members = [Member(synapse, f"Person{number}", number, stored) for number in range(PEOPLE)]
        self.ada, self.ben = Talker(synapse, "Ada"), Talker(synapse, "Ben")
        self.well = self.members[0].founds("Well", bot.id)
        self.mill = self.ada.founds("Mill", bot.id)
        for one in self.members[1:]:
            one.joins(self.well)
        self.ben.joins(self.mill)
        self.items = 0

    def meet(self) -> None:
        first = self.members[0]
        for reader, room in ((first, self.well), (self.ada, self.mill)):
            path = f"rooms/{quote(room)}/joined_members"
            until(lambda: self.bot.id in reader.ask("GET", path)["joined"], "the bot does not come in")  # noqa: B023
        first.says(self.well, "!found Well preset=small early_close=no round_window=12h")
        for one in self.members[1:]:
            one.says(self.well, "!join")
        first.says(self.well, "!propose Repair the pump\nThe pump by the mill.")
        first.says(self.well, "!open 1")
        self.ada.says(self.mill, "!found Mill preset=small early_close=no round_window=2s quorum_min=1 min_support=1")
        self.ben.says(self.mill, "!join")
        until(self.card, "no card to answer")

    def card(self) -> tuple[str, dict[str, str]] | None:
        """The card of the long question, and the emoji of each choice as it shows them."""
        for event in said(self.members[0], self.well):
            words = event["content"]["body"].rpartition("\n")[2].split("   ")
            emojis = {
                choice: sign for choice, label in CHOICES.items() for sign in event["content"].get(BUTTONS, {})
                if f"{sign} {label}" in words
            }  # fmt: skip
            if len(emojis) == len(CHOICES):
                return event["event_id"], emojis
        return None

    def puts_a_question(self) -> None:
        self.items += 1
        for words in (f"!propose Question {self.items}", f"!open {self.items}", f"!agree {self.items}"):
            self.ada.says(self.mill, words)


def said(reader: Talker, room: str) -> list[dict[str, Any]]:
    """What the bot said there as messages of their own: not its edits, not its reactions."""
    return [
        event for event in shown(reader, room)
        if event["type"] == "m.room.message" and event["content"].get("msgtype") == "m.notice"
        and event["content"].get("m.relates_to", {}).get("rel_type") != "m.replace"
    ]  # fmt: skip


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What is there after so many kills: what members did, the rooms, the database, the minutes."""
    dice = random.Random(KILLS)
    with running() as synapse:
        bot = Talker(synapse, "Roundabout")
        program = Program(tmp_path_factory.mktemp("killed"), synapse, bot)
        assemblies = Assemblies(synapse, bot, program)
        try:
            yield _killed(program, assemblies, bot, dice)
        finally:
            if program.process is not None:
                program.process.kill()
                program.process.wait()


def _killed(program: Program, assemblies: Assemblies, bot: Talker, dice: random.Random) -> dict[str, Any]:
    program.starts()
    assemblies.meet()
    found = assemblies.card()
    assert found is not None
    card, emojis = found
    crowd = Crowd(assemblies.members, assemblies.well, card, emojis, PAUSE)
    crowd.begins()
    for _ in range(KILLS):
        assemblies.puts_a_question()
        # now and then before it has heard anything
        if dice.random() < 0.8:
            program.hears()
        time.sleep(dice.uniform(0.0, 1.2))
        program.is_killed()
        program.starts()
    crowd.is_silent()
    members = assemblies.members
    until(lambda: not differing(program, members), lambda: f"not all ballots arrive: {differing(program, members)}")
    rows = ballots_of(program)
    members[0].says(assemblies.well, "!amend 1 The pump and its pipes.")
    members[0].says(assemblies.well, "!accept 1a")
    until(lambda: all(
        results(assemblies, number) for number in range(1, assemblies.items + 1)
    ), f"not every closing is announced: {[one['content']['body'] for one in said(assemblies.ada, assemblies.mill)]}")
    until(lambda: any("text version 2" in event["content"]["body"] for event in said(members[0], assemblies.well)),
          "the round does not close")
    until(lambda: not program.reads("select 1 from sayings"), "something is left to be said")
    program.leaves()
    with opened(program.url) as engine:
        kept = minutes_of(engine)["assemblies"]
    return {"program": program, "assemblies": assemblies, "minutes": kept, "rows": rows, "bot": bot}


def results(assemblies: Assemblies, number: int) -> list[str]:
    """The announcements that a question of Mill is over."""
    texts = (event["content"]["body"] for event in said(assemblies.ada, assemblies.mill))
    return [text for text in texts if text.startswith(f"{number} · Question {number} — ") and "Register" in text]


def ballots_of(program: Program) -> dict[str, sqlite3.Row]:
    """Rows of Well's box by the Matrix id of their voter."""
    rows = program.reads(
        "select b.*, a.account from ballots b join accounts a on a.person = b.voter where question = '1.1'"
        " and b.assembly in (select assembly from assemblies where folded = 'well')"
    )
    return {row["account"].removeprefix("matrix:"): row for row in rows}


def causes(program: Program) -> dict[str, str]:
    return {who: row["cause"].removeprefix("matrix:") for who, row in ballots_of(program).items()}


def differing(program: Program, members: list[Member]) -> list[str]:
    """Whose ballot does not stand by their last answer yet."""
    stored = causes(program)
    return [f"{one.name}: {stored.get(one.id)} for {one.story()}" for one in members if stored.get(one.id) != one.cause]


def test_the_last_answer_of_everybody_counts(aftermath: dict[str, Any]) -> None:
    """Whatever the homeserver took from a member counts, heard by whichever life of the program."""
    for one in aftermath["assemblies"].members:
        row = aftermath["rows"].get(one.id)
        assert (row["choice"] if row else "") == one.choice
        assert one.acts > KILLS, "hardly anything was answered: nothing was shown"


def test_no_answer_is_taken_twice(aftermath: dict[str, Any]) -> None:
    """Each raised its row's revision once; those taken back took their row with them, once."""
    for one in aftermath["assemblies"].members:
        row = aftermath["rows"].get(one.id)
        assert (row["revision"] if row else 0) == one.revision
    assert sum(one.taken_away for one in aftermath["assemblies"].members) > KILLS


def test_the_count_is_that_of_the_last_answers(aftermath: dict[str, Any]) -> None:
    """What the minutes say of the round is what members said last."""
    last = Counter(one.choice for one in aftermath["assemblies"].members)
    (closed,) = aftermath["minutes"]["Well"]["items"][0]["rounds"]
    assert (closed["agree"], closed["pass"]) == (last["agree"], last["pass"])
    assert closed["electorate"] == PEOPLE


def test_every_deadline_is_met_once(aftermath: dict[str, Any]) -> None:
    for item in aftermath["minutes"]["Mill"]["items"]:
        assert item["state"] in {"adopted", "lapsed"}
        assert len(item["rounds"]) == 1


def test_everything_is_announced_exactly_once(aftermath: dict[str, Any]) -> None:
    """The server knows a saying that comes again by its transaction, across the lives of the program: no two
    messages in a room have the same words."""
    assemblies = aftermath["assemblies"]
    for number in range(1, assemblies.items + 1):
        assert len(results(assemblies, number)) == 1
    for reader, room in ((assemblies.ada, assemblies.mill), (assemblies.members[0], assemblies.well)):
        heads = Counter(
            event["content"]["body"] for event in said(reader, room)
            if "m.in_reply_to" not in event["content"].get("m.relates_to", {})
        )  # fmt: skip
        assert len(heads) > 1
        assert set(heads.values()) == {1}, heads.most_common(3)


def test_the_register_is_whole(aftermath: dict[str, Any]) -> None:
    """`verify` walks the seals, recounts every closed question, and finds nothing wrong."""
    report = json.loads(aftermath["program"].says("verify", "--json"))
    assert report["wrong"] == []
    assert report["questions"] >= aftermath["assemblies"].items + 1
