"""The terminal as a chat platform: several people at one keyboard, every feature usable.

The local twin of the real chats: for trying the bot, for development, and for whoever wants to decide in a
terminal. Read from a file or a pipe it ends where the lines end.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TextIO

from adapters.console_chat import Chat, Line, NoSuchButton, Said, read_line
from adapters.port import Batch, Instant, Take

HALL = "hall"
"""The room of lines that name none."""
ALONE = "bot"
"""`ana @ bot:` is ana's private chat with the bot."""

HINT = "Several people share this terminal; each line says who speaks. Try ana: /help — or example, hint, quit."

MORE = f"""\
ana: words                 said in the room {HALL}; every room is an assembly's, or will be: /found
ana @ mill: words          said in the room mill
ana @ {ALONE}: words            ana alone with the bot
ben taps Agree on 1        a button of item 1, shown as [Agree]; in another room: ben @ mill taps Agree on 1
ana on 1: words            a reply to the last message about item 1
a line that ends with \\    goes on in the next one, for texts
ben goes out · ben comes in · ben is removed · ben edits: words    what else happens in chats
example                    a decision from the founding to the result, in a room of its own"""

EXAMPLE = """\
ines: /found {name} preset=small
jo: /join
kim: /join
ines: /propose Repair the pump
> The pump by the mill, before winter.
ines: /open 1
ines taps Agree on 1
jo taps Agree on 1
kim: /reserve 1 if it costs less than the new one did
jo: /why 1
"""

PASTED = 0.03
"""Seconds in which the next line of a pasted text is there."""
BREATH = 0.8
"""Seconds between the lines of the example, for who reads along."""


class Console(Chat):
    """`settled` waits until all that may be said by now is said; whoever builds the house sets it."""

    def __init__(
        self,
        run: str,
        now: Callable[[], Instant],
        lines: Lines | None = None,
        to: TextIO | None = None,
        breath: float = BREATH,
    ) -> None:
        self._to = to or sys.stdout
        super().__init__(run, now, self._print, HALL)
        self._lines = lines or Lines()
        self._breath = breath
        self._examples = 0
        self.settled: Callable[[], Awaitable[None]] = _at_once

    async def listen(self, cursor: str | None, take: Take) -> None:
        """Until the lines end, `quit`, or `stop`."""
        if self._lines.typed:
            self._write(HINT)
        async for number, text in self._lines.whole():
            if text.strip() in ("quit", "exit"):
                break
            if text.strip() == "hint":
                self._write(MORE)
            elif text.strip() == "example":
                await self._play_example(take)
            elif text.strip():
                await self._hear(number, text, take)
        await self.settled()

    async def stop(self) -> None:
        self._lines.end()

    async def _hear(self, number: int, text: str, take: Take) -> None:
        line = read_line(text)
        where = "" if self._lines.typed else f"line {number}: "
        if line is None:
            self._write(where + _why_not(text))
            return
        if line.room == ALONE:
            line = Line(line.who, f"@{line.who}", line.text, line.item, line.tap, line.edited, line.presence)
        try:
            event = self.event(line)
        except NoSuchButton as error:
            self._write(where + str(error))
            return
        for answer in await take(Batch(self.platform, (event,), None)):
            await self.answer(answer)
        await self.settled()

    async def _play_example(self, take: Take) -> None:
        """In a room and by people of its own, so that nothing of the users' is touched."""
        self._examples += 1
        # the name is unique on the instance, and earlier runs may have played it too
        name = f"Example-{_short(self._now() // 1000 + self._examples)}"
        self._write(f"The example is an assembly of its own, {name}, in a room of its own. It stays in your database.")
        for text in _joined(EXAMPLE.format(name=name).splitlines()):
            line = text.replace(":", f" @ {name}:", 1) if ":" in text else text.replace(" taps", f" @ {name} taps", 1)
            self._write(f"» {text}".replace("\n", "\n» > "))
            await self._hear(0, line, take)
            await asyncio.sleep(self._breath if self._lines.typed else 0)
        self._write("That was it. Now yours, in the hall: ana: /found NAME preset=small")

    def _print(self, said: Said) -> None:
        lines = said.lines()
        if lines:
            margin = "\n" + " " * (len(said.place) + 3)
            self._write(f"{said.place} | {margin.join(lines)}")

    def _write(self, text: str) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._to.write(text + "\n")
            self._to.flush()


def _short(number: int) -> str:
    """A number in as few letters and digits as there are."""
    digits = ""
    while number:
        number, last = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[last] + digits
    return digits


def _why_not(text: str) -> str:
    """What was wrong with a line, and what would be right."""
    if text.startswith(">"):
        return r"That goes on from nothing. For a text of several lines end each line but the last with a \ ."
    if text.startswith(("/", "!")):
        return f"Who says that? Put a name before it: ana: {text.split()[0]}"
    return "Who says that? Write a name and a colon first, like ana: /help, or ben taps Agree on 1. Type hint for more."


def _joined(lines: list[str]) -> Iterator[str]:
    """Lines with those that begin with `>` put below the one before."""
    whole: list[str] = []
    for line in lines:
        if line.startswith(">") and whole:
            whole.append(line[1:].removeprefix(" "))
            continue
        if whole:
            yield "\n".join(whole)
        whole = [line]
    if whole:
        yield "\n".join(whole)


async def _at_once() -> None:
    return


class Lines:
    """The lines of a terminal, a pipe or a file, as they come; a thread reads, as a file cannot be waited for."""

    def __init__(self, source: int = 0) -> None:
        self.typed = os.isatty(source)
        """By hand, at a terminal."""
        self._source = source
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._room = threading.Semaphore(1000)
        """So that a large file is read no faster than it is taken in."""
        self._ahead: list[str | None] = []

    async def whole(self) -> AsyncIterator[tuple[int, str]]:
        """Each line with its number; what goes on below (`> …`, or after a final `\\`) belongs to the line above."""
        threading.Thread(target=self._read, args=(asyncio.get_running_loop(),), daemon=True).start()
        number = 0
        while (line := await self._take()) is not None:
            number += 1
            first, parts = number, [line]
            while parts[-1].endswith("\\") or await self._goes_on():
                parts[-1] = parts[-1].removesuffix("\\").rstrip()
                if (below := await self._take()) is None:
                    break
                number += 1
                parts.append(below.removeprefix(">").removeprefix(" "))
            yield first, "\n".join(parts)

    def end(self) -> None:
        """No more lines, also when somebody waits for one."""
        self._ahead = [None]
        self._queue.put_nowait(None)

    async def _goes_on(self) -> bool:
        """Whether the next line is there and belongs to this one. Who types by hand is not waited for."""
        if not self._ahead:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PASTED):
                    self._ahead.append(await self._queue.get())
        return bool(self._ahead and (self._ahead[0] or "").startswith(">"))

    async def _take(self) -> str | None:
        line = self._ahead.pop() if self._ahead else await self._queue.get()
        self._room.release()
        return line

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        # not sys.stdin: a thread waiting in it keeps its lock, and the program could not end
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        rest, more = "", True
        while more:
            try:
                read = os.read(self._source, 65_536)
            except OSError:
                read = b""
            more = bool(read)
            *lines, rest = (rest + decoder.decode(read, final=not more)).split("\n")
            for line in lines if more else [*lines, *filter(None, [rest]), None]:
                self._room.acquire()
                try:
                    loop.call_soon_threadsafe(self._queue.put_nowait, line and line.removesuffix("\r"))
                except RuntimeError:
                    return  # the loop is gone: nobody listens any more
