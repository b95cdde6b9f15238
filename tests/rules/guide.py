"""What governance/README.md shows of the code itself: the diagram of a motion's life, and where each article is.

`python -m tests.rules.guide` writes both into the page; a test holds them equal to the code.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from governance.facts import Fact, Orphaned, Paused
from governance.motion import BACK, FINAL, NEXT, Stage

ROOM = Path(__file__).parents[2] / "governance"
PAGE = ROOM / "README.md"


def words(fact: type[Fact]) -> str:
    """`DiscussionBegan` → discussion began."""
    return " ".join(re.findall("[A-Z][a-z]*", fact.__name__)).lower()


def returns(stage: Stage) -> list[Stage]:
    """Where `BACK` leads from a stopped stage: wherever it can be stopped. A takeover ends a pause as well."""
    stop = Paused if stage is Stage.PAUSED else Orphaned
    return [one for one, facts in NEXT.items() if stop in facts and one is not Stage.PAUSED]


def edges() -> Iterator[tuple[Stage, Stage, list[str]]]:
    """From, to, and the facts that lead there, as the table has them; what stays in its stage is left out."""
    for stage, facts in NEXT.items():
        found: dict[Stage, list[str]] = {}
        for fact, target in facts.items():
            for to in returns(stage) if target is BACK else [target]:
                if to is not stage:
                    found.setdefault(to, []).append(words(fact))
        for to, names in found.items():
            yield stage, to, names


def diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> DRAFT: proposed"]
    lines += [f"    {stage.name} --> {to.name}: {', '.join(names)}" for stage, to, names in edges()]
    lines += [f"    {stage.name} --> [*]" for stage in Stage if stage in FINAL]
    return "\n".join([*lines, "```"])


def within() -> str:
    """What may happen in a stage and leaves the item in it."""
    lines = ["| stage | what may happen in it and leaves it there |", "| --- | --- |"]
    for stage, facts in NEXT.items():
        names = [words(fact) for fact, to in facts.items() if to is stage]
        if names:
            lines.append(f"| {stage.name} | {', '.join(names)} |")
    return "\n".join(lines)


def modules() -> str:
    """Each module by the first article that its first line cites; those of no article of their own come first."""
    rows = []
    for path in sorted(ROOM.glob("*.py")):
        says = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n\n")[0]
        cited = re.findall(r"§([0-9]+)(?:\.([0-9]+))?", says)
        order = min(((int(chapter), int(article or 0)) for chapter, article in cited), default=(0, 0))
        if path.stem != "__init__":
            rows.append((order, path.stem, " ".join(says.split())))
    lines = [f"| `{name}` | {says} |" for _, name, says in sorted(rows)]
    return "\n".join(["| module | holds |", "| --- | --- |", *lines])


BLOCKS = {"diagram": diagram, "within": within, "modules": modules}


def page(text: str) -> str:
    """The page with every generated block as the code has it now."""
    for name, made in BLOCKS.items():
        start, end = f"<!-- {name}: generated -->\n", f"<!-- {name}: end -->"
        before, _, rest = text.partition(start)
        after = rest.partition(end)[2]
        assert end in rest, f"{PAGE.name} has no place for the {name}"
        text = f"{before}{start}{made()}\n{end}{after}"
    return text


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
