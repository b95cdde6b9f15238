"""Two workers behind one address to which Telegram brings updates, killed at random, their database cut off as well."""

import random
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from benchmarks.telegram_load import Telegram
from bot.house_books import minutes_of, opened
from tests.doors import Door
from tests.postgres_wire import Side, wire_to
from tests.process.test_killed import KILLS, WITHIN, Assemblies, by_person, results, until, update_of
from tests.process.test_killed_workers import Worker, ballots_of, door_to

SECRET = "open-sesame"
TAKEN = b"HTTP/1.1 200"
CHATS = ("Mill", "Ford", "Quarry", "Hill", "Birch", "Elm")
"""Rooms enough that by lot none of the workers has all of them."""

pytestmark = [
    pytest.mark.kill, pytest.mark.postgres, pytest.mark.timeout(120 + 40 * KILLS), pytest.mark.xdist_group("killed"),
]


class Listener(Worker):
    """One of two to which the updates are brought."""

    def __init__(self, folder: Path, telegram: Telegram, url: str, door: Door, hook: Door) -> None:
        super().__init__(folder, telegram, url, door)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.environment |= {
            "ROUNDABOUT_TELEGRAM_WEBHOOK": f"http://127.0.0.1:{hook.port}/telegram",
            "ROUNDABOUT_TELEGRAM_WEBHOOK_SECRET": SECRET,
            "ROUNDABOUT_WEB_PORT": str(self.port),
        }

    def is_up(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5) as answer:
                return answer.status == 200 and super().is_up()
        except OSError:
            return False


class InTurn(Telegram):
    """Updates overtake each other on their way to a webhook: who says the next thing waits until the last is taken."""

    def ask(self, name: str, **wishes: object) -> Any:
        found = super().ask(name, **wishes)
        if name == "says":
            self.waits(WITHIN)
        return found


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory, postgres: Any) -> Iterator[dict[str, Any]]:
    """What is there after so many kills, and as many commits that nobody heard of."""
    dice, folder = random.Random(KILLS), tmp_path_factory.mktemp("hooks")
    with ExitStack() as stack:
        telegram = stack.enter_context(InTurn())
        wire = stack.enter_context(wire_to(postgres.fresh()))
        hook = stack.enter_context(Door.to())
        hook.looks_for = (TAKEN,)
        workers = [Listener(folder / name, telegram, wire.url, door_to(telegram), hook) for name in ("one", "two")]
        hook.servers = tuple(("127.0.0.1", worker.port) for worker in workers)
        stack.callback(_end, workers)
        for worker in workers:
            worker.starts()
        until(lambda: all(worker.is_up() for worker in workers), "a worker does not come up")
        assemblies = Assemblies(telegram)
        assemblies.meet()
        others_meet(telegram)
        telegram.waits(WITHIN)
        for _ in range(KILLS):
            life = dice.uniform(0.2, 1.2)
            # one that is just starting ends with a line when its database is not there
            until(lambda: all(worker.is_up() for worker in workers), "a worker does not come up")
            assemblies.puts_a_question()
            for room in CHATS[1:]:
                telegram.ask("says", person="Ada", chat=room, text=f"/propose Question of {room}")
            assemblies.floods(life + 0.1)
            lost: list[Side] = [dice.choice(("request", "reply")), dice.choice(("request", "reply"))]
            wire.cuts += lost
            time.sleep(life)
            wire.cuts.clear()
            killed = dice.choice(workers)
            killed.is_killed()
            killed.starts()
        telegram.waits(WITHIN)
        until(lambda: all(
            len(results(telegram, number)) for number in range(1, assemblies.items + 1)
        ), "not every closing is announced")
        until(lambda: all(
            shown(telegram, room, number)
            for room in CHATS[1:] for number in range(1, KILLS + 1)
        ), "not every motion is shown")
        for worker in workers:
            until(worker.is_up, "a worker does not come up")
            worker.leaves()
        with opened(wire.url) as engine:
            kept = minutes_of(engine)["assemblies"]
        yield {
            "telegram": telegram, "minutes": kept, "taps": telegram.ask("tapped"), "items": assemblies.items,
            "rows": ballots_of(wire.url, "1.1"), "workers": workers, "hook": hook, "wire": wire,
        }


def _end(workers: list[Listener]) -> None:
    for worker in workers:
        if worker.process is not None:
            worker.process.kill()
            worker.process.wait()
        worker.door.close()


def others_meet(telegram: Telegram) -> None:
    for room in CHATS[1:]:
        telegram.ask("group", title=room)
        telegram.ask("says", person="Ada", chat=room, text=f"/found {room} preset=small")


def shown(telegram: Telegram, room: str, number: int) -> int:
    """How often a motion's card was posted."""
    return sum(one["text"].startswith(f"{number} · Question of {room}") for one in telegram.ask("sent", chat=room))


def test_each_update_is_taken_once_by_whichever_worker(aftermath: dict[str, Any]) -> None:
    """The last word of everybody counts, though some came again, to the other worker, after later ones."""
    for who, taps in by_person(aftermath["taps"]).items():
        row = aftermath["rows"][who]
        assert update_of(row) == taps[-1]["update"]
        assert taps[-1]["data"].endswith(row["choice"])
        assert row["revision"] <= len(taps)


def test_both_took_updates_and_both_spoke(aftermath: dict[str, Any]) -> None:
    for worker in aftermath["workers"]:
        assert aftermath["hook"].seen[("127.0.0.1", worker.port), TAKEN] > KILLS
        assert worker.spoken > KILLS


def test_commits_were_lost_on_the_way(aftermath: dict[str, Any]) -> None:
    assert aftermath["wire"].cut_at_commit > KILLS


def test_every_closing_is_announced_once(aftermath: dict[str, Any]) -> None:
    """Twice only where a kill came between the saying and its note."""
    told = {number: len(results(aftermath["telegram"], number)) for number in range(1, aftermath["items"] + 1)}
    assert min(told.values()) == 1, told
    assert sum(told.values()) - len(told) <= KILLS, told
    for item in aftermath["minutes"]["Mill"]["items"]:
        assert len(item["rounds"]) == 1


def test_every_motion_was_put_once_and_shown(aftermath: dict[str, Any]) -> None:
    telegram, posted = aftermath["telegram"], []
    for room in CHATS[1:]:
        assert [item["number"] for item in aftermath["minutes"][room]["items"]] == list(range(1, KILLS + 1))
        posted += [shown(telegram, room, number) for number in range(1, KILLS + 1)]
    assert min(posted) == 1
    assert sum(posted) - len(posted) <= KILLS


def test_the_webhook_stays(aftermath: dict[str, Any]) -> None:
    """Each worker looks before it sets it, and none takes it away as it leaves."""
    assert aftermath["telegram"].ask("journal", method="deleteWebhook") == []
