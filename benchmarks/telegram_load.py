"""Taps poured on a bot through the Telegram double, each in a process of its own, and how they are answered.

    python -m benchmarks.telegram_load --taps 20000 --delay 0.02 benchmarks.bare_ptb benchmarks.bare_aiogram

measures modules that take the double's address and a number of taps. A bot that needs more is driven by
`Telegram`: start it on `url`, set the scene through `ask`, then `pour`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

TOKEN = "4242:double-of-the-bot-token_for-tests"
TOAST = "Recorded: agree (8f3a21c0). You can change it until Sun 18:00."
ROOM = "Well"
LABELS = ("Agree", "Pass")
PEOPLE = 400
WARM_UP = 2_000


@dataclass(frozen=True, slots=True)
class Measured:
    """One flood: taps answered per second, and milliseconds from a tap, and from its delivery, to its answer."""

    per_second: float
    tap_p50: float
    tap_p99: float
    answer_p50: float
    answer_p99: float

    def __str__(self) -> str:
        return (
            f"{self.per_second:8,.0f}/s   tap to answer p50 {self.tap_p50:7.1f} p99 {self.tap_p99:7.1f} ms   "
            f"delivery to answer p50 {self.answer_p50:6.1f} p99 {self.answer_p99:6.1f} ms"
        )


class Telegram:
    """The double as a process; `delay` seconds are added to each of its responses."""

    def __init__(self, delay: float = 0.0) -> None:
        command = [sys.executable, "-m", "tests.platforms.telegram_double", "--no-limits", "--no-privacy"]
        self._process = subprocess.Popen(
            [*command, "--token", TOKEN, "--delay", str(delay)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()

    def __enter__(self) -> Telegram:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def ask(self, name: str, **wishes: object) -> Any:
        """One call of the double's control door."""
        request = urllib.request.Request(f"{self.url}/control/{name}", json.dumps(wishes).encode())
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)

    def waits(self, seconds: float = 120.0) -> None:
        """Until a bot polls and nothing waits for it."""
        end = time.monotonic() + seconds
        while not self.ask("progress")["idle"]:
            assert time.monotonic() < end, "no bot came to poll"
            time.sleep(0.02)

    def pour(
        self,
        taps: int,
        *,
        rate: float | None = None,
        room: str = ROOM,
        labels: Sequence[str] = LABELS,
        people: int = PEOPLE,
        seconds: float = 300.0,
    ) -> Measured:
        """Taps by a crowd on the latest card with these buttons, `rate` a second or all at once."""
        self.ask("flood", chat=room, labels=labels, people=people, count=taps, rate=rate)
        end = time.monotonic() + seconds
        while (done := self.ask("progress")["answered"]) < taps:
            assert time.monotonic() < end, f"{done} of {taps} taps were answered"
            time.sleep(0.1)
        stats = self.ask("stats")
        return Measured(
            stats["per_second"],
            *(1000 * stats[name] for name in ("tap_p50", "tap_p99", "answer_p50", "answer_p99")),
        )


def measure(module: str, taps: int, *, rate: float | None = None, delay: float = 0.0) -> Measured:
    """A bare bot, warmed up, under one flood."""
    with Telegram(delay) as telegram:
        command = [sys.executable, "-m", module, telegram.url, str(WARM_UP + taps)]
        with subprocess.Popen(command) as bot:
            try:
                telegram.waits()
                telegram.pour(WARM_UP)
                telegram.waits()
                return telegram.pour(taps, rate=rate)
            finally:
                bot.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(description=measure.__doc__)
    parser.add_argument("modules", nargs="+")
    parser.add_argument("--taps", type=int, default=20_000)
    parser.add_argument("--rate", type=float, help="taps a second; without it all at once")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds added to every response")
    options = parser.parse_args()
    for module in options.modules:
        print(module.ljust(24), measure(module, options.taps, rate=options.rate, delay=options.delay))


if __name__ == "__main__":
    main()
