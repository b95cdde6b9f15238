"""The commands of the program, as people call them: what they print, where, and how they end."""

import asyncio
import io
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from bot.cli import start
from tests.platforms.telegram_double import Double

EXAMPLES = Path(__file__).parents[2] / "examples"
HEAVY = ("sqlalchemy", "alembic", "telegram", "aiohttp", "nio", "structlog", "starlette", "babel")
MEETING = """\
ana @ hall: /found Well preset=small
ben @ hall: /join
ana @ hall: /propose Repair the pump
> The pump by the mill.
ana @ hall: /open 1
ana @ hall taps Agree on 1
ben @ hall taps Agree on 1
"""


@dataclass
class Ended:
    code: int
    out: str
    err: str


class Shell:
    """A folder of its own in which the program is called: here, or as a process where that matters."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._patch = monkeypatch
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ROUNDABOUT_")}
        self.env = {**kept, "PYTHONPATH": str(Path(__file__).parents[2])}

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments], cwd=self.folder, env={**self.env, **more}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def types(self, typed: str, *arguments: str) -> str:
        """What a process writes when this is typed into it."""
        with self.start(*arguments) as process:
            out, err = process.communicate(typed, timeout=120)
        return self._checked(Ended(process.returncode, out, err), 0)

    def call(self, *arguments: str, code: int = 0, **more: str) -> str:
        """What a command writes to stdout, and nothing else; when it ends with 2, its one line on stderr."""
        out, err = io.StringIO(), io.StringIO()
        with self._patch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(self.folder)
            for name in [name for name in os.environ if name.startswith("ROUNDABOUT_")]:
                patch.delenv(name)
            for name, value in more.items():
                patch.setenv(name, value)
            ended = start(arguments)
        return self._checked(Ended(ended, out.getvalue(), err.getvalue()), code)

    @staticmethod
    def _checked(ended: Ended, code: int) -> str:
        assert ended.code == code, ended
        if code == 2:
            assert ended.err.startswith("roundabout: ")
            assert ended.err.count("\n") == 1
            return ended.err.removeprefix("roundabout: ").strip()
        assert ended.err == ""
        return ended.out


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which an assembly has decided something."""
    folder = tmp_path_factory.mktemp("decided")
    (folder / "meeting").write_text(MEETING)
    with pytest.MonkeyPatch.context() as patch:
        Shell(folder, patch).call("rehearse", "meeting", "--db", "sqlite:///roundabout.db")
    return folder / "roundabout.db"


@pytest.fixture
def met(shell: Shell, decided: Path) -> Shell:
    """A folder with such a database."""
    shutil.copy(decided, shell.folder)
    return shell


# --- the terminal


def test_run_without_configuration_is_a_chat_in_the_terminal(shell: Shell) -> None:
    out = shell.types(MEETING, "run")
    assert "hall | Well meets here from now on." in out
    assert "@ben | Recorded: agree" in out
    assert "adopted by consensus" in out
    # a second run goes on where the first ended
    assert "Repair the pump — adopted by consensus" in shell.types("ana: /decisions\n", "run")


def test_a_signal_ends_the_program_and_nothing_is_lost(shell: Shell) -> None:
    with shell.start("run") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("ana: /found Well preset=small\n")
        process.stdin.flush()
        assert "Well meets here" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0
    assert err == ""
    assert list(json.loads(shell.call("minutes", "--json"))["assemblies"]) == ["Well"]


def test_health_and_metrics_are_served_while_it_runs(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with shell.start("run", ROUNDABOUT_WEB_PORT=str(port)) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("ana: /found Well\n")
        process.stdin.flush()
        process.stdout.readline()
        assert httpx.get(f"http://127.0.0.1:{port}/health").json()["well"] is True
        assert 'roundabout_sayings_total{outcome="sent",platform="console"}' in httpx.get(
            f"http://127.0.0.1:{port}/metrics"
        ).text
        process.communicate("", timeout=120)
    assert process.returncode == 0


def test_a_port_that_is_taken_is_one_line(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        words = shell.call("run", code=2, ROUNDABOUT_WEB_PORT=str(taken.getsockname()[1]))
    assert "in use" in words


async def test_what_no_waiting_can_mend_ends_the_program_with_one_line(shell: Shell) -> None:
    async with Double() as double:
        told = {"ROUNDABOUT_TELEGRAM_TOKEN": "123456789:" + "x" * 35, "ROUNDABOUT_TELEGRAM_API": double.url}
        with shell.start("run", ROUNDABOUT_LOG_LEVEL="error", **told) as process:
            out, err = await asyncio.to_thread(process.communicate, "", timeout=120)
    assert process.returncode == 2
    assert out == ""
    assert err.startswith("roundabout: Telegram does not accept the bot's token")
    assert err.count("\n") == 1


# --- rehearsals


@pytest.mark.parametrize("script", sorted(EXAMPLES.glob("*.rehearsal")), ids=lambda path: path.stem)
def test_the_examples_play_to_their_end(shell: Shell, script: Path) -> None:
    out = shell.call("rehearse", str(script), "--minutes", "m.json")
    assert out == shell.call("rehearse", str(script)), "a rehearsal is the same every time"
    minutes = json.loads((shell.folder / "m.json").read_text())
    for assembly in minutes["assemblies"].values():
        assert assembly["items"][0]["state"] in ("adopted", "closed")
    for line in out.splitlines():
        assert line.startswith(("2027-", "    ")), line
    assert not (shell.folder / "roundabout.db").exists()


def test_a_rehearsal_as_json_is_one_object_a_line(shell: Shell) -> None:
    lines = shell.call("rehearse", str(EXAMPLES / "consensus.rehearsal"), "--json").splitlines()
    said = [json.loads(line) for line in lines]
    for one in said:
        assert set(one) - {"room", "person"} == {"at", "text", "kind", "item"}
        assert len(one) == 5
    assert [one["at"] for one in said] == sorted(one["at"] for one in said)
    assert {one.get("room") for one in said} == {"well", None}
    result = next(one for one in said if one["kind"] == "result")
    assert result["item"] == 1
    assert "adopted by consensus" in result["text"]


def test_a_rehearsal_plays_into_a_database_and_never_into_the_configured_one(met: Shell) -> None:
    script = str(EXAMPLES / "consensus.rehearsal")
    before = met.call("minutes", "--json")
    met.call("rehearse", script, ROUNDABOUT_DATABASE="sqlite:///roundabout.db")
    met.call("rehearse", script, "--db", "sqlite:///kept.db")
    assert met.call("minutes", "--json") == before
    assert "Repair the pump" in met.call("minutes", "well", ROUNDABOUT_DATABASE="sqlite:///kept.db")


def test_a_script_that_cannot_be_read_is_named_with_its_line(shell: Shell) -> None:
    (shell.folder / "bad.rehearsal").write_text("ana @ well: /found Well\nwait for it\n")
    assert shell.call("rehearse", "bad.rehearsal", code=2).startswith("bad.rehearsal:2: ")
    (shell.folder / "tap.rehearsal").write_text("ana @ well: /found Well\nana @ well taps Agree on 1\n")
    assert shell.call("rehearse", "tap.rehearsal", code=2).startswith("tap.rehearsal:2: no button Agree on 1")
    assert shell.call("rehearse", "gone.rehearsal", code=2) == "gone.rehearsal: No such file or directory"
    assert "write sqlite:///FILE" in shell.call("rehearse", "tap.rehearsal", "--db", "nowhere", code=2)


def test_who_reads_a_rehearsal_may_have_enough(shell: Shell) -> None:
    with shell.start("rehearse", str(EXAMPLES / "consensus.rehearsal"), "--minutes", "m.json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0
    assert (shell.folder / "m.json").exists()


# --- the books


def test_minutes_are_data_or_text(met: Shell) -> None:
    assert "1 · Repair the pump — adopted by consensus" in met.call("minutes")
    data = json.loads(met.call("minutes", "WELL", "--json"))
    assert data["assemblies"]["Well"]["items"][0]["decided_by"] == "consensus"
    assert met.call("minutes", "Mill", code=2) == "there is no assembly Mill; in this database: Well"


FEW = """
ana @ well: /found Well preset=small quorum_min=1
ben @ well: /join
cem @ well: /join
ana @ well: /elect chair seats=1
ana @ well: /stand 1
ana @ well: /open 1
ben: /approve 1 @ana
wait 24h
"""


def test_an_export_says_which_counts_are_withheld_elsewhere(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """One secret ballot (§8.3): to be known before the file is given on; in a pipe there is nothing beside it."""
    (shell.folder / "few").write_text(FEW)
    shell.call("rehearse", "few", "--db", "sqlite:///roundabout.db")
    piped = shell.call("export", "Well")
    assert "ElectionClosed" in piped
    monkeypatch.chdir(shell.folder)
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(err, "isatty", lambda: True, raising=False)
    with redirect_stdout(out), redirect_stderr(err):
        assert start(["export", "Well"]) == 0
    assert out.getvalue() == piped
    assert "secret counts that the chat withholds, as they show who voted how: 1\n" in err.getvalue()


def test_an_export_holds_the_register(met: Shell) -> None:
    lines = [json.loads(line) for line in met.call("export", "Well").splitlines()]
    assert lines[0]["format"] == "roundabout-register/1"
    assert len([line for line in lines if "seal" in line]) == 8
    assert len([line for line in lines if "ballot" in line]) == 2
    assert met.call("export", "Well", "--to", "well.jsonl") == ""
    assert (met.folder / "well.jsonl").read_text() == met.call("export", "Well")


def test_verify_says_that_all_is_right_or_what_is_wrong_first(met: Shell) -> None:
    assert "Everything is as it was decided." in met.call("verify")
    assert json.loads(met.call("verify", "--json"))["wrong"] == []
    with sqlite3.connect(met.folder / "roundabout.db") as connection:
        connection.execute("UPDATE ballots SET choice = 'block' WHERE voter = (SELECT min(voter) FROM ballots)")
    connection.close()
    assert "WRONG Well" in met.call("verify", code=1)
    assert len(json.loads(met.call("verify", "--json", code=1))["wrong"]) == 1


def test_tables_are_made_and_made_anew(met: Shell) -> None:
    (met.folder / "other").mkdir()
    other = {"ROUNDABOUT_DATABASE": "sqlite:///other/new.db"}
    assert "there is no database at other/new.db" in met.call("minutes", code=2, **other)
    assert "The tables are those of revision" in met.call("db", "upgrade", **other)
    assert json.loads(met.call("minutes", "--json", **other)) == {"assemblies": {}}
    assert met.call("db", "rebuild") == "Made anew from the registers of 1 assemblies.\n"
    assert "Everything" in met.call("verify")


def test_a_database_that_is_none_is_one_line(shell: Shell) -> None:
    (shell.folder / "roundabout.db").write_text("not a database, but a long enough text to be looked at " * 20)
    for command in ("minutes", "verify", "run"):
        assert "not a database" in shell.call(command, code=2)


# --- the doctor


def beats(shell: Shell, seconds_ago: int) -> None:
    with sqlite3.connect(shell.folder / "roundabout.db") as connection:
        at = time.time_ns() // 1_000_000 - 1000 * seconds_ago
        connection.execute("INSERT OR REPLACE INTO beats (worker, at) VALUES ('main', ?)", (at,))
    connection.close()


def test_the_doctor_finds_all_in_order(met: Shell) -> None:
    assert "ok  program: has never run" in met.call("doctor")
    beats(met, 10)
    out = met.call("doctor", "--running")
    assert "ok  database: there" in out
    assert "ok  clock: in order" in out
    assert "ok  program: runs; last heartbeat 1" in out
    assert "ok  platforms: none configured" in out


def test_the_doctor_finds_a_program_that_stopped_and_a_clock_that_went_back(met: Shell) -> None:
    beats(met, 600)
    assert "ok  program: does not run; last heartbeat 6" in met.call("doctor")
    assert "WRONG  program: does not run" in met.call("doctor", "--running", code=1)
    beats(met, -600)
    assert "WRONG  clock: 5" in met.call("doctor", code=1)


def test_the_doctor_finds_what_is_wrong(shell: Shell) -> None:
    assert "ok  database: there is no database" in shell.call("doctor")
    assert "WRONG  database: there is no database" in shell.call("doctor", "--running", code=1)
    (shell.folder / "roundabout.db").write_text("not a database, but a long enough text to be looked at " * 20)
    assert "WRONG  database: cannot be read" in shell.call("doctor", code=1)


async def test_the_doctor_asks_telegram(met: Shell) -> None:
    async with Double() as double:
        told = {"ROUNDABOUT_TELEGRAM_TOKEN": double.token, "ROUNDABOUT_TELEGRAM_API": double.url}
        out = await asyncio.to_thread(met.call, "doctor", **told)
        assert "ok  telegram: the token is @" in out
        told["ROUNDABOUT_TELEGRAM_TOKEN"] = "123456789:" + "x" * 35
        out = await asyncio.to_thread(lambda: met.call("doctor", code=1, **told))
        assert "WRONG  telegram: the token is not accepted" in out


# --- what is wrong, and help


@pytest.mark.parametrize(("arguments", "words"), [
    (["frobnicate"], "No such command 'frobnicate'"),
    (["minutes", "--frob"], "No such option: --frob"),
    (["rehearse"], "Missing argument 'FILE'"),
    (["export"], "Missing argument 'ASSEMBLY'"),
    (["run", "--config", "nowhere.toml"], "nowhere.toml: No such file"),
    (["frobnicate", "--help"], "No such command"),
])  # fmt: skip
def test_what_is_wrong_is_one_line(shell: Shell, arguments: Sequence[str], words: str) -> None:
    assert words in shell.call(*arguments, code=2)


def test_a_broken_configuration_is_one_line(shell: Shell) -> None:
    (shell.folder / "roundabout.toml").write_text("[telegram]\ntokn = '1:x'\n")
    assert "telegram.tokn: no such setting (did you mean token?)" in shell.call("run", code=2)
    (shell.folder / "roundabout.toml").write_text("[telegram]\ntoken = 'from a newspaper'\n")
    assert "token must look like" in shell.call("run", code=2)


COMMANDS = (
    ["run"], ["rehearse"], ["minutes"], ["export"], ["verify"], ["doctor"], ["db"], ["db", "upgrade"],
    ["db", "rebuild"], ["draw-check"], ["count"], [],
)  # fmt: skip


def test_all_commands_take_help(shell: Shell) -> None:
    for command in COMMANDS:
        assert shell.call(*command, "--help").lower().startswith("usage: ")
    assert "rehearse" in shell.call()
    assert shell.call("--version").startswith("roundabout ")


DRAW = {"id": "d", "seats": 1, "quotas": {}, "candidates": [{"id": "a", "f": {}}, {"id": "b", "f": {}}],
        "method": "assembly-draw/1", "parts": ["drand:quicknet:1:00"]}  # fmt: skip
BALLOTS = {"candidates": [{"id": "A", "f": {}}, {"id": "B", "f": {}}], "ballots": [{"count": 2, "approve": ["A"]}]}


@pytest.fixture
def files(shell: Shell) -> Mapping[str, Sequence[str]]:
    (shell.folder / "draw.json").write_text(json.dumps(DRAW))
    (shell.folder / "ballots.json").write_text(json.dumps(BALLOTS))
    return {
        "--help": ["--help"],
        "draw-check": ["draw-check", "draw.json"],
        "count": ["count", "ballots.json", "--method", "approval", "--seats", "1"],
    }


def test_recounts_are_commands_like_all_others(shell: Shell, files: Mapping[str, Sequence[str]]) -> None:
    assert "panel" in shell.call(*files["draw-check"], "--json")
    assert "A" in shell.call(*files["count"])


@pytest.mark.parametrize("name", ["--help", "draw-check", "count"])
def test_the_small_commands_start_at_once(shell: Shell, files: Mapping[str, Sequence[str]], name: str) -> None:
    """Neither platforms nor store are imported; less than half a second of work, the better of two."""
    listed = "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); "
    code = f"{listed} sys.argv = {['roundabout', *files[name]]!r}; from bot.__main__ import main; main()"
    works = []
    for _ in range(2):
        before = os.times()
        with subprocess.Popen(
            [sys.executable, "-c", code], cwd=shell.folder, env=shell.env, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            out, err = process.communicate(timeout=120)
        after = os.times()
        assert process.returncode == 0, err
        assert out
        assert not set(HEAVY) & set(err.split())
        # processor time: what others do meanwhile does not count
        works.append(after.children_user + after.children_system - before.children_user - before.children_system)
    assert min(works) < 0.5
