"""Each room of the house imports only what its door lets in.

A room is a module or package under its name, and what grew out of it: bot.grammar, bot.grammar_reading. A room may
import itself. The longest name in RULES that fits a module rules it.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
ROOMS = ("governance", "adapters", "bot", "migrations")
FREE = frozenset(sys.stdlib_module_names)
# The rules know neither clock nor chance, and wait for nothing.
IMPURE = {"asyncio", "os", "random", "secrets", "socket", "sqlite3", "subprocess", "threading", "time"}
LOG = ["structlog"]  # whoever works in the process may log

RULES: dict[str, list[str]] = {
    "governance": ["governance"],
    "adapters": [],
    "adapters.console": ["adapters.port"],
    "adapters.line": ["adapters.port"],
    "adapters.telegram": ["adapters.port", "adapters.line", "telegram", "aiohttp", "msgspec", *LOG],
    "adapters.matrix": ["adapters.port", "adapters.line", "nio", "aiohttp", *LOG],
    "bot": [],
    "bot.__main__": ["bot.cli"],
    "bot.announce": ["governance"],
    "bot.beacon": ["governance", "bot.service", "aiohttp", *LOG],
    "bot.cli": ["bot", "typer", "rich"],
    "bot.clock": ["bot.service", "bot.store", "apscheduler", *LOG],
    "bot.config": ["pydantic", "pydantic_settings"],
    "bot.deliver": ["adapters.port", "bot.store", *LOG],
    "bot.grammar": ["governance"],
    "bot.house": ["governance", "adapters", "bot", "migrations", "sqlalchemy", *LOG],
    "bot.intake": [
        "adapters.port", "governance", "bot.announce", "bot.grammar", "bot.reading", "bot.service", "bot.store",
        "bot.voices", "bot.wording", *LOG,
    ],
    "bot.log": [*LOG],
    "bot.minutes": ["governance", "bot.reading", "bot.wording"],
    "bot.post": ["governance", "bot.service", "bot.store", *LOG],
    "bot.reading": ["governance", "bot.grammar", "bot.wording"],
    "bot.recount": ["governance"],
    "bot.rehearsal": ["adapters.port", "adapters.console", "governance"],
    "bot.relay": ["governance", "apscheduler"],
    "bot.service": ["governance", "bot.relay", "bot.store", "sqlalchemy", *LOG],
    "bot.speech": [
        "adapters.port", "governance", "bot.announce", "bot.deliver", "bot.service", "bot.store", "bot.voices",
        "bot.wording", "sqlalchemy",
    ],
    "bot.store": ["governance", "sqlalchemy", "alembic", "psycopg", "msgspec", *LOG],
    "bot.voices": ["adapters.port", "governance", "bot.store", "bot.wording"],
    "bot.web": ["bot.store", "bot.wording", "starlette", "uvicorn", "jinja2", "prometheus_client", *LOG],
    "bot.wording": ["governance", "babel", "bot.grammar"],
    "migrations": ["bot.store.tables", "sqlalchemy", "alembic"],
}
# The small programs start fast: what is heavy is imported by the command that needs it.
LAZY = {"bot.cli": ["typer", "rich"], "bot.__main__": ["bot.cli"]}


def within(name: str, doors: list[str]) -> bool:
    ours = name.split(".")[0] in ROOMS
    return any(name == door or name.startswith((door + ".", door + "_" if ours else door + ".")) for door in doors)


def imports(tree: ast.AST, package: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")[: -node.level + 1 or None] if node.level else []
            origin = ".".join([*parts, *filter(None, [node.module])])
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def strangers(module: str, source: str, package: str) -> list[str]:
    """What a module imports and may not."""
    rule = max((rule for rule in RULES if within(module, [rule])), key=len)
    tree = ast.parse(source)
    doors = RULES[rule] + [rule] * ("." in rule)
    found = {name for name in imports(tree, package) if not within(name, doors)}
    if module in LAZY:
        top = ast.Module([node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)], [])
        found |= {name for name in imports(top, package) if not within(name, LAZY[module])}
    free = FREE - IMPURE if rule == "governance" else FREE
    return sorted(name for name in found if name.split(".")[0] not in free)


MODULES = sorted(path.relative_to(HOUSE) for room in ROOMS for path in (HOUSE / room).rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_each_room_imports_only_what_its_door_lets_in(path: Path) -> None:
    module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    assert strangers(module, (HOUSE / path).read_text(), ".".join(path.parent.parts)) == []


@pytest.mark.parametrize(("module", "source", "found"), [
    ("governance.roll", "import sqlalchemy.orm", "sqlalchemy.orm"),
    ("governance.roll", "from bot import store", "bot.store"),
    ("governance.sortition", "from random import shuffle", "random.shuffle"),
    ("governance.terms", "import typing_extensions", "typing_extensions"),
    ("bot.grammar", "from .store.tables import FACTS", "bot.store.tables.FACTS"),
    ("bot.service", "from . import house", "bot.house"),
    ("bot.store.box", "from ..house import build", "bot.house.build"),
    ("adapters.telegram", "def late():\n    import nio", "nio"),
    ("adapters.matrix", "from adapters import telegram", "adapters.telegram"),
    ("bot.cli", "import bot.store", "bot.store"),
    ("bot.recount", "import msgspec", "msgspec"),
    ("bot.grammar_reading", "import babel", "babel"),
    ("bot.something_new", "import governance", "governance"),
])
def test_what_does_not_belong_is_found(module: str, source: str, found: str) -> None:
    assert strangers(module, source, module.rpartition(".")[0]) == [found]


def test_what_belongs_is_let_in() -> None:
    assert strangers("bot.cli", "import json\nimport typer\ndef run():\n    from bot import house", "bot") == []
    assert strangers("bot.grammar_reading", "from bot.grammar import VERBS\nfrom governance import terms", "bot") == []
    assert strangers("adapters.console", "from .port import Heard", "adapters") == []
