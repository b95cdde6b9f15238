"""The messages of the program, read from its source. Run it to write `bot/locale/roundabout.pot` anew."""

import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

BOT = Path(__file__).parents[2] / "bot"
TEMPLATE = BOT / "locale" / "roundabout.pot"
SOURCES = ("grammar*.py", "wording*.py", "reading*.py", "minutes.py")
KEYWORDS = {"say": None, "mark": None, "plural": (1, 2), "mark_plural": (1, 2)}

_BRACES = re.compile(r"\{(\w*)\}")


def messages() -> Catalog:
    """Every message, with the files it stands in."""
    found = Catalog(project="roundabout-bot", charset="utf-8")
    for path in sorted(one for pattern in SOURCES for one in BOT.glob(pattern)):
        for _, message, _, _ in extract_from_file("python", path, keywords=KEYWORDS):
            if message:
                found.add(message, locations=[(f"bot/{path.name}", 0)])
    return found


def template() -> Catalog:
    with TEMPLATE.open("rb") as file:
        return read_po(file)


def ids(catalogue: Catalog) -> set[tuple[str, ...]]:
    return {one.id if isinstance(one.id, tuple) else (one.id,) for one in catalogue if one.id}


def faults(translated: Catalog) -> list[str]:
    """What a language lacks: messages without words, and words in braces or commands that were lost."""
    found = []
    wanted = ids(messages())
    for one in translated:
        key = one.id if isinstance(one.id, tuple) else (one.id,)
        if not one.id or key not in wanted:
            continue
        wanted.discard(key)
        strings = one.string if isinstance(one.string, tuple) else (one.string,)
        if not all(strings) or one.fuzzy:
            found.append(f"no words for {key[0]!r}")
            continue
        allowed = set(_BRACES.findall(key[-1]))
        found += [f"other words in braces: {text!r}" for text in strings if not set(_BRACES.findall(text)) <= allowed]
        if set(_BRACES.findall(strings[-1])) != allowed:
            found.append(f"words in braces lost: {strings[-1]!r}")
    return found + [f"missing: {key[0]!r}" for key in sorted(wanted)]


if __name__ == "__main__":
    with TEMPLATE.open("wb") as file:
        write_po(file, messages(), width=120, include_lineno=False, sort_output=True, omit_header=True)
