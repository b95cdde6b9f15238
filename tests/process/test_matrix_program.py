"""What ends the program on Matrix: one line that says what helps, and a code that says it went wrong."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platforms.synapse import Synapse
from tests.process.matrix_members import Talker
from tests.process.matrix_program import Program
from tests.process.test_killed import until


@pytest.fixture
def bot(synapse: Synapse) -> Talker:
    return Talker(synapse, "Roundabout")


@pytest.fixture
def program(synapse: Synapse, bot: Talker, tmp_path: Path) -> Iterator[Program]:
    """It runs, and has heard its first sync."""
    made = Program(tmp_path, synapse, bot)
    made.starts()
    try:
        until(made.cursor, "the program does not listen")
        yield made
    finally:
        made.is_killed()


def test_a_token_that_is_taken_back_ends_the_program(program: Program, bot: Talker) -> None:
    """In the middle of its work, and at every later start."""
    bot.ask("POST", "logout", {})
    line = "roundabout: The homeserver does not accept the Matrix access token: log the bot in anew."
    assert program.ends() == (2, line)
    program.starts()
    assert program.ends() == (2, line)
    assert "Traceback" not in program.log()


def test_a_lost_store_of_keys_is_explained_with_its_remedy(program: Program, bot: Talker) -> None:
    """Put back from the backup that is made with the database all goes on."""
    program.leaves()
    keys, backup = program.folder / "matrix", program.folder / "backup"
    assert list(keys.glob("*.db"))
    shutil.copytree(keys, backup)
    shutil.rmtree(keys)
    program.starts()
    code, line = program.ends()
    assert code == 2
    assert line == (
        f"roundabout: The Matrix encryption store in matrix/ is not the one of device {bot.account.device}: "
        "put it back from the backup, or log the bot in anew and use that token."
    )
    shutil.rmtree(keys)
    shutil.copytree(backup, keys)
    program.starts()
    room = bot.founds("Well")
    bot.says(room, "hello")
    program.hears()
    program.leaves()
