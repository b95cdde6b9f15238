"""Members of a Matrix room who answer one question again and again, typed and by reactions, and how it must be counted.

Each is a thread that talks plain HTTP to the homeserver and remembers, act by act, what their ballot must be once
the bot has heard everything the server took: the contract of `docs/matrix.md`, written a second time.
"""

import random
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from tests.platforms.synapse import Account, Synapse


class Tap:
    """A reaction of somebody that is there. `causes`: the events by which it counted."""

    def __init__(self, event: str, choice: str) -> None:
        self.event, self.choice, self.causes = event, choice, {event}


class Talker:
    """Somebody with an account and no client."""

    def __init__(self, synapse: Synapse, name: str) -> None:
        self.synapse, self.name = synapse, name
        self.account: Account = synapse.user(name)
        self.id = self.account.id

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        return self.synapse.ask(method, f"/_matrix/client/v3/{path}", body, token=self.account.token)

    def founds(self, name: str, *invited: str) -> str:
        room = self.ask("POST", "createRoom", {"name": name, "invite": invited, "preset": "public_chat"})["room_id"]
        return str(room)

    def joins(self, room: str) -> None:
        self.ask("POST", f"join/{quote(room)}", {})

    def sends(self, room: str, kind: str, content: dict[str, Any]) -> str:
        sent = self.ask("PUT", f"rooms/{quote(room)}/send/{kind}/{secrets.token_hex(8)}", content)
        return str(sent["event_id"])

    def says(self, room: str, text: str) -> str:
        return self.sends(room, "m.room.message", {"msgtype": "m.text", "body": text})

    def reacts(self, room: str, card: str, emoji: str) -> str:
        return self.sends(room, "m.reaction", {
            "m.relates_to": {"rel_type": "m.annotation", "event_id": card, "key": emoji},
        })

    def redacts(self, room: str, event: str) -> str:
        done = self.ask("PUT", f"rooms/{quote(room)}/redact/{quote(event)}/{secrets.token_hex(8)}", {})
        return str(done["event_id"])


class Member(Talker):
    """Their acts, one after another; `cause`, `choice` and `revision` are what the row of their ballot must say.

    A reaction given and taken away while the bot hears nothing has never been, as the server no longer says what it
    was; so they take away only what the bot has: `stored` gives the event by which their ballot stands in its box.
    """

    def __init__(self, synapse: Synapse, name: str, seed: int, stored: Callable[[str], str | None]) -> None:
        super().__init__(synapse, name)
        self._stored = stored
        self._acts: dict[str | None, int] = {}
        """Places of events among their acts."""
        self.cause: str | None = None
        self.choice = ""
        self.revision = self.taken_away = 0
        self._taps: list[Tap] = []
        self._dice = random.Random(seed)

    def answers(self, room: str, card: str, emojis: dict[str, str]) -> None:
        """Once: in words, by a reaction, or by taking one away."""
        choice = self._dice.choice(list(emojis))
        here = next((tap for tap in self._taps if tap.choice == choice), None)
        if self._dice.random() < 0.5 and here is None:
            tap = Tap(self.reacts(room, card, emojis[choice]), choice)
            self._taps.append(tap)
            self._gave(tap.event, choice)
        elif self._dice.random() < 0.5 and here is not None and self._is_heard(here):
            event = self.redacts(room, here.event)
            self._acts[event] = len(self._acts)
            self._takes_away(event, here)
            self.taken_away += 1
        else:
            self._gave(self.says(room, f"!{choice} 1"), choice)

    def story(self) -> str:
        """The last acts, and what they must have come to."""
        last = list(self._acts)[-6:]
        return f"{self.choice} by {self.cause} after {last}, reactions {[tap.event for tap in self._taps]}"

    @property
    def acts(self) -> int:
        return len(self._acts)

    def _is_heard(self, tap: Tap) -> bool:
        return self._acts[tap.event] <= self._acts.get(self._stored(self.id), -1)

    def _takes_away(self, event: str, tap: Tap) -> None:
        """If it is the one that stands, the reaction that is left counts again; with the last one the ballot goes."""
        self._taps.remove(tap)
        if self.cause not in tap.causes:
            return
        if self._taps:
            self._taps[-1].causes.add(event)
            self._gave(event, self._taps[-1].choice)
        else:
            self.cause, self.choice, self.revision = None, "", 0

    def _gave(self, event: str, choice: str) -> None:
        self._acts.setdefault(event, len(self._acts))
        self.cause, self.choice, self.revision = event, choice, self.revision + 1


class Crowd:
    """All of them at once, each with so many seconds between two acts, until told to be silent."""

    def __init__(self, members: list[Member], room: str, card: str, emojis: dict[str, str], pause: float) -> None:
        self.members = members
        self.failed: list[BaseException] = []
        self._silent = threading.Event()
        self._threads = [
            threading.Thread(target=self._talk, args=(one, room, card, emojis, pause), daemon=True) for one in members
        ]

    def _talk(self, member: Member, room: str, card: str, emojis: dict[str, str], pause: float) -> None:
        try:
            while not self._silent.wait(pause):
                member.answers(room, card, emojis)
        except BaseException as error:  # the test must hear of it
            self.failed.append(error)

    def begins(self) -> None:
        for thread in self._threads:
            thread.start()

    def is_silent(self) -> None:
        """Returns when the server has taken the last act of everybody."""
        self._silent.set()
        for thread in self._threads:
            thread.join(60)
        assert self.failed == []


def shown(reader: Talker, room: str) -> list[dict[str, Any]]:
    """All events of a room, the latest last."""
    found: list[dict[str, Any]] = []
    start, end = "", time.monotonic() + 60
    while time.monotonic() < end:
        page = reader.ask("GET", f"rooms/{quote(room)}/messages?dir=b&limit=500{start}")
        found += page["chunk"]
        if "end" not in page or not page["chunk"]:
            break
        start = f"&from={quote(page['end'])}"
    return found[::-1]
