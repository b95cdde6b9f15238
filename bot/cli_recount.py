"""`draw-check` and `count`: read by the standard library alone, as they have to start at once wherever they run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from bot.recount import METHODS, count, draw_check


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"roundabout: {message} (see roundabout {self.prog.rpartition(' ')[2]} --help)\n")


def recount(arguments: Sequence[str]) -> int:
    """Runs the command of this name; gives its exit code."""
    parser = _Parser(prog=f"roundabout {arguments[0]}", allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="for programs: JSON on stdout")
    if arguments[0] == "draw-check":
        parser.description = "Compute a draw again; compare it with the results in the file, where it holds some."
        parser.add_argument("file", type=Path, help="a draw as JSON")
        read = parser.parse_args(arguments[1:])
        return draw_check(read.file, read.json)
    parser.description = "Count an election with the bot's own counting."
    parser.add_argument("file", type=Path, help="a BLT file, or ballots as JSON")
    parser.add_argument("--method", required=True, choices=METHODS)
    parser.add_argument("--seats", required=True, type=_at_least_one, help="how many are elected")
    parser.add_argument("--quota", action="append", default=[], metavar="gender:woman>=1", help="may be given often")
    read = parser.parse_args(arguments[1:])
    return count(read.file, read.method, read.seats, read.quota, read.json)


def _at_least_one(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError("a number from 1 on")
    return int(text)


def main() -> None:
    sys.exit(recount(sys.argv[1:]))
