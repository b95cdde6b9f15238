"""The pages for people: their commands run, their settings hold, their rehearsals play, their tables are the program's.

`python -m tests.process.test_docs` writes the tables of docs/commands.md and docs/configuration.md anew.
"""

import ast
import asyncio
import io
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import config
from bot.cli import start
from bot.cli_recount import recount
from bot.config import Settings, names
from bot.grammar import KIND_EXAMPLES, KIND_SHOWN, VERBS, Where, usage
from bot.house_run import rehearse
from bot.rehearsal import as_text, read_script

HOUSE = Path(__file__).parents[2]
PAGES = sorted([*HOUSE.glob("*.md"), *(HOUSE / "docs").glob("*.md")])
_BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#:]+)\)")
_PATH = re.compile(r"`((?:adapters|bot|governance|tests|docs|examples|migrations)/[\w./-]*)`")
GENERATED = [HOUSE / "docs/commands.md", HOUSE / "docs/configuration.md"]

Block = tuple[str, str]


def blocks(kind: str) -> list[Block]:
    """(where, text) of every block of this kind."""
    found = []
    for page in PAGES:
        for number, (indent, name, text) in enumerate(_BLOCK.findall(page.read_text()), 1):
            if name == kind:
                lines = [line.removeprefix(indent) for line in text.splitlines()]
                found.append((f"{page.name} {number}", "\n".join(lines)))
    return found


def commands() -> list[Block]:
    return [
        (where, line.removeprefix("$ "))
        for where, text in blocks("console") for line in text.splitlines() if line.startswith("$ ")
    ]  # fmt: skip


# --- what is to be typed


@pytest.mark.parametrize(("where", "line"), [one for one in commands() if one[1].startswith("make ")])
def test_what_make_is_told_it_knows(where: str, line: str) -> None:
    subprocess.run([*shlex.split(line), "--dry-run"], cwd=HOUSE, check=True, capture_output=True)


@pytest.mark.parametrize(("where", "line"), [one for one in commands() if one[1].startswith("roundabout ")])
def test_what_the_program_is_told_it_knows(
    where: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Played in a folder with an assembly Well in its database."""
    (tmp_path / "examples").symlink_to(HOUSE / "examples")
    monkeypatch.chdir(tmp_path)
    assert start(["rehearse", "examples/consensus.rehearsal", "--db", "sqlite:///roundabout.db"]) == 0
    assert start(shlex.split(line)[1:]) == 0
    assert capsys.readouterr().err == ""


def test_every_command_on_a_page_is_one_of_these() -> None:
    assert {line.split()[0] for _, line in commands()} <= {"make", "roundabout", "sqlite3"}


def test_every_block_is_of_a_kind_that_is_tested_or_of_another_program() -> None:
    kinds = {name for page in PAGES for _, name, _ in _BLOCK.findall(page.read_text())}
    assert kinds <= {"console", "toml", "rehearsal", "ini"}


@pytest.mark.parametrize(("where", "text"), blocks("toml"))
def test_settings_on_a_page_are_settings(where: str, text: str) -> None:
    assert Settings.model_validate(tomllib.loads(text))


def _played(where: str, text: str) -> str:
    out = io.StringIO()
    asyncio.run(rehearse(read_script(where, text), Settings(), None, as_text(out)))
    return out.getvalue()


@pytest.mark.parametrize(("where", "text"), blocks("rehearsal"))
def test_rehearsals_on_a_page_play_and_nothing_in_them_is_refused(where: str, text: str) -> None:
    heard = _played(where, text)
    for word in ("cannot", "There is no", "You are not on", "For example", "not understood"):
        assert word not in heard, heard


def test_the_readme_leads_to_a_vote() -> None:
    (decided, blocked, voted) = [_played(where, text) for where, text in blocks("rehearsal") if "README" in where]
    assert "adopted by consensus" in decided
    assert "Block 1" in blocked
    assert "round 2 of 3" in blocked or "1 of 3" in blocked
    assert "adopted by vote" in voted
    assert "cast = 100" in voted


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in _LINK.findall(page.read_text()):
        assert (page.parent / link).exists(), link


def test_paths_named_in_the_pages_are_there() -> None:
    for page in PAGES:
        for path in _PATH.findall(page.read_text()):
            assert (HOUSE / path).exists(), f"{page.name}: {path}"


# --- settings


def test_the_example_shows_every_setting_with_its_default() -> None:
    text = (HOUSE / "roundabout.example.toml").read_text()
    assert Settings.model_validate(tomllib.loads(text)) == Settings()
    shown = tomllib.loads(re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE))
    flat = {f"{key}.{inner}" for key, value in shown.items() if isinstance(value, dict) for inner in value}
    flat |= {key for key, value in shown.items() if not isinstance(value, dict)}
    assert flat == set(names())
    for name, default in names().items():
        assert not default or f"# {name.rpartition('.')[2]} = {default}" in text, name


def _described() -> Iterator[tuple[str, str, str]]:
    """Every setting, its default, and the sentence under it in the source."""
    tree = ast.parse(Path(config.__file__).read_text())
    said: dict[tuple[str, str], str] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            for line, below in zip(node.body, node.body[1:], strict=False):
                if isinstance(line, ast.AnnAssign) and isinstance(below, ast.Expr):
                    assert isinstance(line.target, ast.Name)
                    assert isinstance(below.value, ast.Constant)
                    said[node.name, line.target.id] = str(below.value.value)
    for name, default in names().items():
        section, _, key = name.rpartition(".")
        yield name, default, said.get((section.capitalize() or "Settings", key), "")


def settings_table() -> str:
    rows = [f"| `{name}` | {f'`{default}`' if default else ''} | {words} |" for name, default, words in _described()]
    return "\n".join(["| setting | by default | |", "| --- | --- | --- |", *rows])


# --- commands


WHERE = {Where.ROOM: "in a room", Where.PRIVATE: "alone with the bot"}


def commands_table() -> str:
    rows = []
    for verb in VERBS.values():
        shown = usage(verb).replace("|", "\\|")
        where = f" ({WHERE[verb.where]})" if verb.where in WHERE else ""
        example = verb.example.replace("\n", "` ⏎ `")
        rows.append(f"| `/{shown}` | {verb.help.format(prefix='/')}{where} | `/{example}` |")
    table = "\n".join(["| command | does | for example |", "| --- | --- | --- |", *rows])
    kinds = "\n".join(
        f"| `/propose {kind} {shown.replace('|', chr(92) + '|')}` | `/{KIND_EXAMPLES[kind]}` |"
        for kind, shown in KIND_SHOWN.items()
    )
    return f"{table}\n\n## Motions of a special kind\n\n| command | for example |\n| --- | --- |\n{kinds}"


TABLES = {"commands": commands_table, "settings": settings_table}
_BETWEEN = re.compile(r"<!-- (\w+) -->\n(.*?)<!-- /\1 -->", re.DOTALL)


@pytest.mark.parametrize("page", GENERATED, ids=lambda page: page.stem)
def test_tables_are_those_of_the_program(page: Path) -> None:
    ((name, text),) = _BETWEEN.findall(page.read_text())
    assert text.strip() == TABLES[name]().strip(), "write it anew: python -m tests.process.test_docs"


def test_recounts_are_shown_with_what_they_take(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        recount(["count", "--help"])
    assert "--quota gender:woman>=1" in capsys.readouterr().out


def write_tables() -> None:
    for page in GENERATED:
        text = _BETWEEN.sub(
            lambda found: f"<!-- {found[1]} -->\n{TABLES[found[1]]()}\n<!-- /{found[1]} -->", page.read_text()
        )
        page.write_text(text)


if __name__ == "__main__":
    write_tables()
