"""A rehearsal: a chat written down beforehand, played through the real program with the clock in its hands.

The script is read whole before anything is played. Between two `wait`s time stands still; what falls due on
the way falls due at its own instant, and before each next line everything due is done.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TextIO

from adapters.console_chat import Chat, Line, NoSuchButton, Said, read_line
from adapters.port import Batch, Event, Instant, Take
from governance.terms import SECOND, parse_duration

START = datetime(2027, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 1, 1, tzinfo=UTC)
_AT = re.compile(r"at\s+(\d.*)")
_WAIT = re.compile(r"wait\s+([^\s:]+)")
_EXAMPLES = "ana @ well: /join, ben @ well taps Agree on 1, wait 36h, at 2027-03-01 18:00, > more text, # a comment"


class BadScript(Exception):
    """The script cannot be read or played: file, line, and what was wrong."""


@dataclass(frozen=True, slots=True)
class Step:
    """Time passes up to `at`, then the line is said or tapped. `place`: file and line."""

    place: str
    at: Instant
    line: Line | None


# --- reading


def read_file(path: Path) -> list[Step]:
    """The steps of a script. Raises `BadScript`."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadScript(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadScript(f"{path}:{line}: not UTF-8") from None
    return read_script(str(path), text)


def read_script(name: str, text: str) -> list[Step]:
    """The steps of a script. Raises `BadScript`."""
    steps: list[Step] = []
    clock = _instant(START)
    for number, written in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        place, line = f"{name}:{number}", written.strip()
        if written.startswith(">"):
            steps[-1:] = [_longer(place, steps, written)]
        elif (moved := _time(place, line, clock)) is not None:
            clock = moved
            steps.append(Step(place, clock, None))
        elif line and not line.startswith("#"):
            said = read_line(line)
            if said is None:
                raise BadScript(f"{place}: cannot read “{_short(line)}”; a line is one of: {_EXAMPLES}")
            steps.append(Step(place, clock, said))
    return steps


def _longer(place: str, steps: Sequence[Step], written: str) -> Step:
    """The step before with one more line of words."""
    line = steps[-1].line if steps else None
    if line is None or line.tap is not None or line.presence is not None:
        raise BadScript(f"{place}: nobody said anything that could go on here")
    return replace(steps[-1], line=line.longer(written[1:].removeprefix(" ").rstrip()))


def _time(place: str, line: str, clock: Instant) -> Instant | None:
    """Where the clock stands after this line; None when it is not about the clock."""
    if found := _WAIT.fullmatch(line):
        seconds = parse_duration(found[1])
        if seconds is None:
            raise BadScript(f"{place}: no duration: “{_short(found[1])}”; write it like 30s, 90m, 36h or 14d")
        moved = clock + seconds * SECOND
    elif found := _AT.fullmatch(line):
        moved = _instant(_moment(place, found[1]))
    else:
        return None
    if moved < clock:
        raise BadScript(f"{place}: time does not go back; it is {_shown(clock)} already")
    if moved >= _instant(_LAST):
        raise BadScript(f"{place}: beyond the year 9998")
    return moved


def _moment(place: str, text: str) -> datetime:
    for form in ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise BadScript(f"{place}: no time: “{_short(text)}”; write it like at 2027-03-01 18:00")


def _instant(moment: datetime) -> Instant:
    return int(moment.timestamp()) * SECOND


def _shown(instant: Instant) -> str:
    seconds, rest = divmod(instant, SECOND)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest:03}Z" if rest else f"{text}Z"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"


# --- playing


class HandClock:
    """Time that passes only when it is told to. Who sleeps sleeps for good: nothing in a rehearsal may wait."""

    def __init__(self) -> None:
        self.at = _instant(START)

    def now(self) -> Instant:
        return self.at

    async def sleep(self, seconds: float) -> None:
        raise RuntimeError(f"somebody waits {seconds} s in a rehearsal")


class House(Protocol):
    """What a rehearsal asks of the program it is given."""

    async def settle(self) -> None:
        """Everything due by now is decided, and everything that may be said by now is said."""
        ...

    async def next_due(self) -> Instant | None:
        """When the next thing later than now falls due, or may be said."""
        ...


class Rehearsal(Chat):
    """The platform whose people say what is written, when it is written. `house` is set once it is built."""

    house: House

    def __init__(self, run: str, steps: Sequence[Step], clock: HandClock, write: Callable[[Said], None]) -> None:
        super().__init__(run, clock.now, self._write, lobby=None)
        self._heard = write
        self._unwritten: OSError | None = None
        self._steps = steps
        self._clock = clock
        self._stopped = False

    async def listen(self, cursor: str | None, take: Take) -> None:
        """Plays all steps. Raises `BadScript` with the line where somebody taps what is not there, and `OSError` where
        what was said cannot be written down."""
        for step in self._steps:
            if self._stopped:
                return
            await self._pass_time(step.at)
            if step.line is not None:
                for answer in await take(Batch(self.platform, (self._event(step, step.line),), None)):
                    await self.answer(answer)
        await self._pass_time(self._clock.now())

    def _write(self, said: Said) -> None:
        """What fails here is no trouble of a platform, after which it would be said again: it ends the play."""
        try:
            self._heard(said)
        except OSError as error:
            self._unwritten = error

    async def stop(self) -> None:
        self._stopped = True

    def _event(self, step: Step, line: Line) -> Event:
        try:
            return self.event(line)
        except NoSuchButton as error:
            raise BadScript(f"{step.place}: {error}") from None

    async def _pass_time(self, to: Instant) -> None:
        await self.house.settle()
        while (at := await self.house.next_due()) is not None and at <= to:
            self._clock.at = at
            await self.house.settle()
        self._clock.at = to
        if self._unwritten is not None:
            raise self._unwritten


# --- writing down what is heard


def as_text(out: TextIO) -> Callable[[Said], None]:
    """`2027-03-01T18:00:00Z well | text`, further lines indented; of a changed card only what changed."""

    def write(said: Said) -> None:
        lines = said.lines()
        if lines:
            _write(out, f"{_shown(said.at)} {said.place} | " + "\n    ".join(lines))

    return write


def as_json(out: TextIO) -> Callable[[Said], None]:
    """One object a line; a person's private chat has `person` in the place of `room`."""

    def write(said: Said) -> None:
        where = {"person": said.place[1:]} if said.place.startswith("@") else {"room": said.place}
        entry = {"at": _shown(said.at), **where, "text": said.text, "kind": said.kind, "item": said.item}
        _write(out, json.dumps(entry, ensure_ascii=False))

    return write


def _write(out: TextIO, line: str) -> None:
    # who reads may have enough; the play goes on to its end, as the minutes may be wanted
    with contextlib.suppress(BrokenPipeError):
        out.write(f"{line}\n")
