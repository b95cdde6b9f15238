"""The program itself with one account on a real homeserver: started, killed, and looked at from outside."""

import os
import sqlite3
import subprocess
from pathlib import Path

from tests.platforms.synapse import Synapse
from tests.process.matrix_members import Talker
from tests.process.test_killed import PROGRAM, until


class Program:
    """`roundabout run` with one account on one homeserver."""

    def __init__(self, folder: Path, synapse: Synapse, bot: Talker) -> None:
        self.folder, self.url = folder, f"sqlite:///{folder / 'house.db'}"
        self.environment = os.environ | {
            "ROUNDABOUT_DATABASE": self.url,
            "ROUNDABOUT_MATRIX_HOMESERVER": synapse.url,
            "ROUNDABOUT_MATRIX_TOKEN": bot.account.token,
            "ROUNDABOUT_MATRIX_PAUSE_MS": "0",
            # a sync that brings nothing is over soon, so that one can see whether it listens
            "ROUNDABOUT_MATRIX_POLL_SECONDS": "1",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def starts(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "run"], env=self.environment, cwd=self.folder, stdout=log, stderr=log
            )

    def hears(self) -> None:
        """Returns as soon as it has taken something in."""
        before = self.cursor()
        until(lambda: self.cursor() != before or self._ended(), "the program does not listen")
        assert not self._ended(), self.log()

    def cursor(self) -> str | None:
        row = self.reads("select cursor from cursors where platform = 'matrix'")
        return row[0]["cursor"] if row else None

    def reads(self, query: str, *values: str) -> list[sqlite3.Row]:
        """Nothing, before the first start has made the tables."""
        with sqlite3.connect(self.folder / "house.db") as database:
            database.row_factory = sqlite3.Row
            try:
                return database.execute(query, values).fetchall()
            except sqlite3.OperationalError:
                return []

    def is_killed(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def leaves(self) -> None:
        assert self.process is not None
        self.process.terminate()
        assert self.process.wait(30) == 0, self.log()

    def says(self, *words: str) -> str:
        return subprocess.run(
            [PROGRAM, *words], env=self.environment, cwd=self.folder, check=True, capture_output=True, text=True
        ).stdout

    def ends(self) -> tuple[int, str]:
        """Its code, and the last line it wrote."""
        assert self.process is not None
        code = self.process.wait(60)
        return code, self.log().splitlines()[-1]

    def log(self) -> str:
        return (self.folder / "log").read_text()[-4000:]

    def _ended(self) -> bool:
        return self.process is None or self.process.poll() is not None
