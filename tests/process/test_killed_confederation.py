"""A confederation killed again and again: every dispatch is taken once, every answer comes home, nothing else changes.

Four homes and their council meet in Telegram groups. Of each item of the council two homes decide by mandate, two are
asked to ratify. Nothing in it hangs on time: every window is long, and each question closes with its last answer, so
that the minutes can be laid beside those of the same play without a kill.
"""

import asyncio
import json
import os
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from benchmarks.telegram_load import Telegram
from bot.config import Settings
from bot.house_books import minutes_of, opened
from bot.house_run import rehearse
from bot.rehearsal import read_script
from bot.store import codec
from bot.store.engine import reading
from bot.store.tables import dispatches, facts
from bot.store.verify import verify
from governance.facts import DISPATCHES, AnswerNoted, DispatchTaken
from tests.process.test_killed import WITHIN, Program, running, until

KILLS = int(os.environ.get("ROUNDABOUT_KILLS", "10"))
pytestmark = [pytest.mark.kill, pytest.mark.timeout(60 + 40 * KILLS), pytest.mark.xdist_group("killed")]

HOMES = {"Mill": ("Ana", "Al"), "Ford": ("Bea", "Bo"), "Oak": ("Cem", "Cy"), "Elm": ("Dila", "Dan")}
ASKED = ("Oak", "Elm")
HOME = "preset=small quorum_min=1 seconds=0 discussion_min=0 rounds=0 early_close_after=0 secret=none quiet_hours=none"
COUNCIL = (
    "preset=small seconds=0 discussion_min=0 rounds=1 round_window=48h early_close_after=0 admission=open "
    "council_threshold=1/2 quiet_hours=none"
)


@dataclass
class Chats:
    """The groups, as people type in them; `script` is the same play as a rehearsal."""

    telegram: Telegram
    script: list[str] = field(default_factory=list)
    items: int = 0

    def say(self, person: str, room: str, words: str) -> None:
        self.script.append(f"{person.casefold()} @ {room.casefold()}: {words}")
        self.telegram.ask("says", person=person, chat=room, text=words)

    def hear(self, rooms: Sequence[str], *words: str) -> None:
        """Until each of these rooms has been told this, at least once."""
        for room in rooms:
            until(lambda room=room: any(
                all(word in one["text"] for word in words) for one in self.telegram.ask("sent", chat=room)
            ), f"{room} does not hear {words}: {self.telegram.ask('sent', chat=room)[-4:]}")  # fmt: skip

    def decide(self, home: str, number: int, motion: str, choice: str = "yes") -> None:
        people = HOMES[home]
        self.say(people[0], home, motion)
        self.say(people[0], home, f"/open {number}")
        for person in people:
            self.say(person, home, f"/vote {number} {choice}")

    def confederate(self) -> None:
        for room in ("Valley", *HOMES):
            self.telegram.ask("group", title=room)
        self.say("Vic", "Valley", f"/found Valley council {COUNCIL}")
        self.hear(["Valley"], "is a council from now on")
        for home, (first, second) in HOMES.items():
            self.say(first, home, f"/found {home} {HOME}")
            self.say(second, home, "/join")
            self.decide(home, 1, "/propose join Valley")
            self.hear([home], "We sit in Valley from now on")
            self.decide(home, 2, f"/propose delegation Valley @{first.casefold()}")
            self.hear(["Valley"], f"For {home}:")

    def put_an_item(self) -> None:
        """Moved, mandated by two, indicated by two, who are then asked; Elm says no to every third."""
        self.items += 1
        item, home_item = self.items, self.items + 2
        self.say("Ana", "Valley", f"/propose Item {item}")
        self.hear(list(HOMES), f"Valley {item} · Item {item} — in discussion")
        self.say("Ana", "Valley", f"/open {item}")
        self.decide("Mill", home_item, f"/mandate valley#{item} yes")
        self.decide("Ford", home_item, f"/mandate valley#{item} {('yes', 'abstain')[item % 2]}")
        for home in ASKED:
            self.say(HOMES[home][0], "Valley", f"/position {item} yes")
        self.hear(ASKED, f"{home_item} · Do we ratify? Valley {item}, Item {item}")
        for home in ASKED:
            choice = "no" if home == "Elm" and not item % 3 else "yes"
            for person in HOMES[home]:
                self.say(person, home, f"/vote {home_item} {choice}")
        self.hear(ASKED, f"{home_item} · Do we ratify? Valley {item}, Item {item} — ")
        self.hear(["Valley"], f"{item} · Item {item} — ", "Register")
        self.hear(list(HOMES), f"Valley {item} · Item {item}: ")


class Killer(threading.Thread):
    """Kills and starts the program so many times, at random moments of its short lives."""

    def __init__(self, program: Program, times: int) -> None:
        super().__init__(daemon=True)
        self.program, self.times, self.dice, self.error = program, times, random.Random(times), ""

    def run(self) -> None:
        try:
            for _ in range(self.times):
                time.sleep(self.dice.uniform(0.0, 1.2))
                self.program.is_killed()
                self.program.starts()
        except Exception as error:
            self.error = repr(error)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def aftermath(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What is there after so many kills, and beside it the minutes of the same play that nobody killed."""
    with running(tmp_path_factory.mktemp("confederation")) as program:
        times = KILLS
        if request.param == "postgres":
            # what two workers go through under kills is tested apart
            times = -(-KILLS // 3)
            program.url = request.getfixturevalue("postgres").fresh()
            program.environment |= {
                "ROUNDABOUT_DATABASE": program.url, "ROUNDABOUT_LIMITS_TAKE_OVER_SECONDS": "2",
            }  # fmt: skip
        chats, killer = Chats(program.telegram), Killer(program, times)
        program.starts()
        chats.confederate()
        killer.start()
        while killer.is_alive() or chats.items < 3:
            chats.put_an_item()
        killer.join()
        assert not killer.error, killer.error
        program.telegram.waits(WITHIN)
        program.leaves()
        with opened(program.url) as engine:
            kept = minutes_of(engine)["assemblies"]
        script = read_script("unkilled", "\n".join(chats.script))
        unkilled = asyncio.run(rehearse(script, Settings(), None, lambda said: None))
        yield {"program": program, "chats": chats, "minutes": kept, "unkilled": unkilled["assemblies"]}


def register(url: str) -> dict[str, list[tuple[int, Any]]]:
    """Every fact of every assembly, with its number."""
    found: dict[str, list[tuple[int, Any]]] = {}
    f = facts.c
    with opened(url) as engine, reading(engine).begin() as connection:
        for row in connection.execute(select(f.assembly, f.seq, f.at, f.kind, f.schema, f.body, f.words)
                                      .order_by(f.assembly, f.seq)):
            ((_, fact),) = codec.read_all([(row.seq, row.at, row.kind, row.schema, row.body, row.words)])
            found.setdefault(row.assembly, []).append((row.seq, fact))
    return found


def on_their_way(url: str) -> int:
    with opened(url) as engine, reading(engine).begin() as connection:
        return int(connection.execute(select(func.count()).select_from(dispatches)).scalar_one())


def sent(registers: dict[str, list[tuple[int, Any]]]) -> list[tuple[str, int, str, int]]:
    """Each dispatch by sender, register number, receiver and its number there."""
    return [
        (sender, seq, to, number) for sender, all_of in registers.items() for seq, fact in all_of
        if isinstance(fact, DISPATCHES) and not isinstance(fact, DispatchTaken)
        for to, number in zip(fact.to, fact.numbers, strict=True)
    ]  # fmt: skip


def test_every_dispatch_is_taken_once(aftermath: dict[str, Any]) -> None:
    """In its receiver's register there is one answer to it, and at home that answer was noted once."""
    registers = register(aftermath["program"].url)
    expected = Counter((sender, seq, to) for sender, seq, to, _ in sent(registers))
    taken = Counter(
        (fact.sender, fact.seq, here) for here, all_of in registers.items() for _, fact in all_of
        if isinstance(fact, DispatchTaken)
    )  # fmt: skip
    noted = Counter(
        (here, fact.seq, fact.sender) for here, all_of in registers.items() for _, fact in all_of
        if isinstance(fact, AnswerNoted)
    )  # fmt: skip
    assert len(expected) > 20 * aftermath["chats"].items
    assert max(expected.values()) == 1
    assert taken == expected
    assert noted == expected


def test_none_is_on_its_way_any_more(aftermath: dict[str, Any]) -> None:
    assert on_their_way(aftermath["program"].url) == 0


INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


def plain(value: Any) -> Any:
    """Minutes without what differs from run to run: ids and what is reckoned from them, seals, instants."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items() if key not in {"id", "head", "mark", "digest"}}
    if isinstance(value, list):
        # what is of one instant stands in the order of ids
        return sorted((plain(one) for one in value), key=repr)
    if isinstance(value, str):
        return "instant" if INSTANT.fullmatch(value) else value.casefold()
    return value


def test_the_minutes_are_those_of_the_play_that_nobody_killed(aftermath: dict[str, Any]) -> None:
    kept, unkilled = aftermath["minutes"], aftermath["unkilled"]
    assert kept.keys() == unkilled.keys() == {"Valley", *HOMES}
    for name in kept:
        for mine, other in zip(kept[name]["items"], unkilled[name]["items"], strict=True):
            assert plain(mine) == plain(other), f"{name} {mine['number']}"
        assert plain(kept[name]) == plain(unkilled[name]), name
    items = kept["Valley"]["items"]
    assert [one["number"] for one in items] == list(range(1, aftermath["chats"].items + 1))
    assert {one["decided_by"] for one in items} == {"ratification"}
    # Mill and Oak say yes, Ford to every other, Elm to two of three; more than half of four are needed
    yes = [2 + (one["number"] % 2 == 0) + (one["number"] % 3 > 0) for one in items]
    assert [one["state"] for one in items] == ["adopted" if count > 2 else "rejected" for count in yes]


def test_both_ends_of_every_dispatch_agree(aftermath: dict[str, Any]) -> None:
    """`verify` follows each to its receiver and its answer back."""
    report = json.loads(aftermath["program"].says("verify", "--json"))
    assert report["wrong"] == []


def test_what_is_brought_again_in_any_order_changes_nothing(aftermath: dict[str, Any]) -> None:
    """Every dispatch ever sent is put back on its way, shuffled; the program takes none a second time."""
    program = aftermath["program"]
    before = register(program.url)
    rows = sent(before) + [
        (sender, seq, fact.to[0], fact.numbers[0]) for sender, all_of in before.items() for seq, fact in all_of
        if isinstance(fact, DispatchTaken)
    ]  # fmt: skip
    dice = random.Random(KILLS)
    dice.shuffle(rows)
    with opened(program.url) as engine, engine.begin() as connection:
        connection.execute(insert(dispatches), [
            {"assembly": by, "seq": seq, "receiver": to, "number": number, "at": place}
            for place, (by, seq, to, number) in enumerate(rows)
        ])  # fmt: skip
    program.starts()
    until(lambda: on_their_way(program.url) == 0, "they are not taken up")
    program.leaves()
    assert register(program.url) == before
    with opened(program.url) as engine:
        assert verify(engine).wrong == ()
