"""Adds a golden line for every kind of fact that has none: `python -m tests.process.golden`. Lines that are there stay.

A line holds a stored fact (`kind`, `schema`, `seq`, `at`, `body`, `words`) and how it is read (`fact`).
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from bot.store import codec

GOLDEN = Path(__file__).parent / "facts.golden.jsonl"
AT = 1_800_000_000_000


def sample(hint: Any, name: str) -> Any:
    """A value of this type that tells which field it stands in."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return sample(inner[0], name)
    if origin in (Union, UnionType):
        return sample(next(one for one in inner if one is not NoneType), name)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {sample(inner[0], name): sample(inner[1], name)}
    if origin is tuple:
        return tuple(sample(one, name) for one in inner if one is not Ellipsis)
    if origin is frozenset:
        return frozenset([sample(inner[0], name)])
    if is_dataclass(hint) and isinstance(hint, type):
        return hint(**{one: sample(its, one) for one, its in get_type_hints(hint, include_extras=True).items()})
    values: dict[Any, Any] = {str: f"the {name} — ✓", int: len(name), bool: True, object: f"any {name}"}
    return values[hint]


def line_for(kind: type[Any]) -> str:
    hints = get_type_hints(kind, include_extras=True)
    fact = kind(**{one.name: sample(hints[one.name], one.name) for one in fields(kind)})
    body, words = codec.write(fact, 12, AT, "telegram:bot:345", lambda: bytes(range(16)))
    golden = {
        "kind": kind.__name__, "schema": codec.SCHEMA, "seq": 12, "at": AT, "body": body.decode(), "words": words,
        "fact": repr(fact),
    }
    return json.dumps(golden, ensure_ascii=False)


def lines() -> list[str]:
    return GOLDEN.read_text(encoding="utf-8").splitlines() if GOLDEN.exists() else []


if __name__ == "__main__":
    known = {json.loads(line)["kind"] for line in lines()}
    new = [line_for(kind) for name, kind in codec.KINDS.items() if name not in known]
    GOLDEN.write_text("".join(f"{line}\n" for line in [*lines(), *new]), encoding="utf-8")
