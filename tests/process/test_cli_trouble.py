"""The program where its surroundings fail it: a full disk, a second program, a folder that is not there.

Each gets one plain line, never a traceback, and nothing that was decided is harmed.
"""

import subprocess
import sys
from pathlib import Path
from typing import TextIO

import pytest

from tests.process.test_cli import EXAMPLES, MEETING, Shell

LIMITED = (
    "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000)); "
    "from bot.cli import main; sys.argv = ['roundabout', *sys.argv[1:]]; main()"
)
"""No file may grow beyond this: to the program the disk is full."""


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(tmp_path, monkeypatch)


def ended(shell: Shell, command: list[str], out: int | TextIO) -> tuple[int, str]:
    """How a process ends and what it writes to stderr."""
    done = subprocess.run(
        command, cwd=shell.folder, env=shell.env, stdout=out, stderr=subprocess.PIPE, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


def test_a_rehearsal_on_a_full_disk_ends_with_one_line(shell: Shell) -> None:
    play = ["rehearse", str(EXAMPLES / "four-levels.rehearsal"), "--db", "sqlite:///full.db"]
    code, words = ended(shell, [sys.executable, "-c", LIMITED, *play], subprocess.DEVNULL)
    assert code == 2
    assert words.startswith("roundabout: the database cannot be used: ")
    assert words.count("\n") == 1
    assert "full" in words or "I/O" in words


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no disk that is always full")
def test_what_cannot_be_written_down_is_one_line(shell: Shell) -> None:
    (shell.folder / "meeting").write_text(MEETING)
    with Path("/dev/full").open("w") as full:
        found = ended(shell, [sys.executable, "-m", "bot", "rehearse", "meeting", "--json"], full)
    assert found == (2, "roundabout: No space left on device\n")


def test_one_program_at_a_time_works_on_an_sqlite_file(shell: Shell) -> None:
    """A second one would answer from a memory the first has left behind; who only reads may read."""
    (shell.folder / "meeting").write_text(MEETING)
    alone = "another roundabout works on roundabout.db: stop it first (several at once need PostgreSQL)"
    with shell.start("run") as first:
        assert first.stdin is not None
        assert first.stdout is not None
        first.stdin.write("ana @ hall: /found Well preset=small\n")
        first.stdin.flush()
        assert "Well meets here from now on" in first.stdout.readline()
        assert shell.call("run", code=2) == alone
        assert shell.call("rehearse", "meeting", "--db", "sqlite:///roundabout.db", code=2) == alone
        assert shell.call("db", "rebuild", code=2) == alone
        assert shell.call("db", "upgrade", code=2) == alone
        assert shell.call("db", "copy", "sqlite:///roundabout.db", "sqlite:///new.db", code=2) == alone
        assert "Everything is as it was decided." in shell.call("verify")
        assert "1 on the roll" in shell.call("minutes")
        first.kill()
    # however the first one ended
    assert "Made anew" in shell.call("db", "rebuild")


def test_the_doctor_says_where_no_database_can_be_made(shell: Shell) -> None:
    found = shell.call("doctor", code=1, ROUNDABOUT_DATABASE="sqlite:////nowhere/roundabout.db")
    assert "WRONG  database: cannot be made: there is no folder /nowhere" in found
    assert "ok  database: there is no database at" in shell.call("doctor")


def test_the_doctor_says_what_is_wrong_with_a_database(shell: Shell) -> None:
    (shell.folder / "roundabout.db").write_bytes(b"no database, however long one looks at it")
    assert "WRONG  database: cannot be read: file is not a database" in shell.call("doctor", code=1)
