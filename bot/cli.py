"""The commands of the program. Each imports what it needs when it is called, so that the small ones start at once."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bot.config import Settings

WRONG = 2
"""The exit code of what could not be done, with one line on stderr."""

app = typer.Typer(
    name="roundabout",
    help="A chat bot with which assemblies deliberate, decide, and confederate.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
db = typer.Typer(help="The database.")
app.add_typer(db, name="db")

Config = Annotated[
    Path | None, typer.Option("--config", "-c", help="Settings file; by default roundabout.toml here, if there is one.")
]
Named = Annotated[str | None, typer.Argument(metavar="[ASSEMBLY]", help="By its name; without it, all.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs: JSON on stdout.")]


@app.command()
def run(config: Config = None) -> None:
    """Run the bot; without configuration, in this terminal.

    It serves every platform there is configuration for, until a signal ends it.
    """
    import asyncio

    from bot.house_run import run as run_house

    asyncio.run(run_house(_settings(config, serving=True)))


@app.command()
def rehearse(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A script; see docs/rehearsal.md.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    minutes_to: Annotated[
        Path | None, typer.Option("--minutes", metavar="OUT.json", help="Write the minutes of all assemblies there.")
    ] = None,
    database: Annotated[
        str | None, typer.Option("--db", metavar="URL", help="Play into this database; by default a throw-away one.")
    ] = None,
) -> None:
    """Play a chat from a file, with the clock in its hands."""
    import asyncio

    from bot import rehearsal
    from bot.house_run import rehearse as play

    steps = rehearsal.read_file(file)
    write = (rehearsal.as_json if as_json else rehearsal.as_text)(sys.stdout)
    kept = asyncio.run(play(steps, _settings(None), database, write))
    if minutes_to is not None:
        minutes_to.write_text(_json(kept, indent=2) + "\n", encoding="utf-8")


@app.command()
def minutes(assembly: Named = None, as_json: AsJson = False, config: Config = None) -> None:
    """What was decided, and how."""
    import time

    from bot.house_books import minutes_of, minutes_to_read, opened

    with opened(_settings(config).database) as engine:
        if as_json:
            _out(_json(minutes_of(engine, assembly), indent=2))
        else:
            _out(minutes_to_read(engine, assembly, time.time_ns() // 1_000_000))


@app.command()
def export(
    assembly: Annotated[str, typer.Argument(metavar="ASSEMBLY", help="By its name.")],
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="By default stdout.")] = None,
    config: Config = None,
) -> None:
    """Write an assembly's register as JSON lines.

    To keep, or to check elsewhere. Whole: secret counts that the chat withholds are in it; on a terminal it is said of
    which items.
    """
    from bot.house_books import exported, opened, withheld

    with opened(_settings(config).database) as engine:
        if sys.stderr.isatty() and (items := withheld(engine, assembly)):
            said = "Among it are secret counts that the chat withholds, as they show who voted how"
            sys.stderr.write(f"{said}: {', '.join(map(str, items))}\n")
        out: Any = nullcontext(sys.stdout) if to is None else to.open("w", encoding="utf-8")
        with out as file, _progress("Exporting", quiet=to is None) as tell:
            for line in exported(engine, assembly):
                file.write(f"{line}\n")
                tell(assembly)


@app.command()
def verify(as_json: AsJson = False, config: Config = None) -> None:
    """Check that all is as it was decided.

    Walks the seals, folds the facts, recounts every closed question, draws every lot again; names the first thing
    that is wrong in each assembly, and then ends with 1.
    """
    from dataclasses import asdict

    from bot.house_books import opened, verified

    with opened(_settings(config).database) as engine, _progress("Checking") as tell:
        report = verified(engine, tell)
    if as_json:
        _out(_json(asdict(report)))
    else:
        looked = f"assemblies {report.assemblies}, facts {report.facts}, texts {report.texts}"
        _out(f"{looked}, closed questions {report.questions}, ballots {report.ballots}")
        for one in report.wrong:
            where = f"fact {one.seq}: " if one.seq else ""
            _out(f"WRONG {one.name} ({one.assembly}): {where}{one.what}")
        if not report.wrong:
            _out("Everything is as it was decided.")
    raise typer.Exit(1 if report.wrong else 0)


@app.command()
def doctor(
    running: Annotated[
        bool, typer.Option("--running", help="Also fail when the program does not run on this database.")
    ] = False,
    config: Config = None,
) -> None:
    """Check what the program needs to run.

    Settings, database, clock, tokens and rights; ends with 1 when something needs mending.
    """
    import asyncio

    from bot.house_doctor import examine

    wrong = False
    for finding in asyncio.run(examine(_settings(config), running)):
        wrong |= finding.wrong
        _out(f"{'WRONG' if finding.wrong else 'ok'}  {finding.what}: {finding.words}")
    raise typer.Exit(1 if wrong else 0)


@db.command("upgrade")
def db_upgrade(config: Config = None) -> None:
    """Bring the tables up to this program, as `run` does."""
    from bot.house_books import upgraded

    _out(f"The tables are those of revision {upgraded(_settings(config).database)}.")


@db.command("copy")
def db_copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help="The database there is, as sqlite:///FILE or …")],
    target: Annotated[str, typer.Argument(metavar="TO", help="A new one, as postgresql://USER@HOST/NAME or …")],
) -> None:
    """Copy a whole database into a new one, and check the copy.

    From SQLite to PostgreSQL or back. The program must not run meanwhile.
    """
    from bot.house_books import copied

    with _progress("Copying") as tell:
        rows, report = copied(source, target, tell)
    for one in report.wrong:
        _out(f"WRONG {one.name} ({one.assembly}): {one.what}")
    _out(f"Copied {rows} rows of {report.assemblies} assemblies; each was compared, and the registers checked.")
    raise typer.Exit(1 if report.wrong else 0)


@db.command("rebuild")
def db_rebuild(config: Config = None) -> None:
    """Make what stands beside the registers anew from them.

    The program must not run meanwhile.
    """
    from bot.house_books import opened
    from bot.store.alone import alone
    from bot.store.export import rebuild

    database = _settings(config).database
    with alone(database), opened(database) as engine:
        _out(f"Made anew from the registers of {rebuild(engine)} assemblies.")


# The two below are read in bot.cli_recount; here they stand for the list of commands.
_ELSEWHERE = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


@app.command("draw-check", context_settings=_ELSEWHERE)
def draw_check(context: typer.Context) -> None:
    """Compute a draw again and compare the results."""
    _recount(context)


@app.command(context_settings=_ELSEWHERE)
def count(context: typer.Context) -> None:
    """Count an election with the bot's own counting."""
    _recount(context)


def _recount(context: typer.Context) -> None:
    from bot.cli_recount import recount

    raise typer.Exit(recount([context.info_name or "", *context.args]))


@app.callback(invoke_without_command=True)
def roundabout(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False
) -> None:
    if version:
        from importlib.metadata import version as version_of

        _out(f"roundabout {version_of('roundabout-bot')}")
    elif context.invoked_subcommand is None:
        _out(context.get_help())


# --- what all of them share


def _settings(config: Path | None, serving: bool = False) -> Settings:
    """Settings read, and the log set up by them. Where people read along only what is wrong is logged."""
    from bot import log
    from bot.config import read

    settings = read(config)
    chats = bool(settings.telegram.token or settings.matrix.token)
    told = "level" in settings.log.model_fields_set or (serving and chats)
    as_json = settings.log.form == "json" or (settings.log.form == "auto" and not sys.stderr.isatty())
    log.set_up(settings.log.level if told else "warning", as_json)
    return settings


def _out(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


@contextmanager
def _progress(what: str, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """Tells which assembly comes next, on a terminal; in a pipe nothing is added."""
    if quiet or not sys.stderr.isatty():
        yield lambda name: None
        return
    from rich.console import Console

    console = Console(stderr=True)
    with console.status(f"{what} …") as status:
        yield lambda name: status.update(f"{what} {name}")


def main() -> None:
    """The program: whatever goes wrong is one line on stderr."""
    sys.exit(start(sys.argv[1:]))


def start(arguments: Sequence[str]) -> int:
    """Runs one command; gives its exit code."""
    try:
        code = app(list(arguments), standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # whoever read has enough; Python would complain once more at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else WRONG
    except Exception as error:
        sys.stderr.write(f"roundabout: {_in_one_line(error)}\n")
        return WRONG
    return code if isinstance(code, int) else 0


EXPECTED = frozenset({
    "AdapterFailed", "BadAddress", "BadScript", "BadSettings", "NotAlone", "NotCopied", "NotEmpty", "NotFound",
    "SchemaAhead", "SchemaBehind",
})  # fmt: skip
"""Errors whose words are for who runs the program; by name, so that no command imports what it does not use."""


def _in_one_line(error: Exception) -> str:
    if isinstance(error, ExceptionGroup):
        return _in_one_line(error.exceptions[0])
    if type(error).__name__ == "StoreLost" and isinstance(error.__cause__, Exception):
        return _in_one_line(error.__cause__)
    if hasattr(error, "format_message"):
        words = f"{error.format_message()} (see roundabout --help)"
    elif type(error).__name__ in EXPECTED:
        words = str(error)
    elif type(getattr(error, "orig", None)).__name__ in ("DatabaseError", "OperationalError"):
        words = f"the database cannot be used: {getattr(error, 'orig', error)}".strip()
    elif isinstance(error, OSError):
        words = ": ".join(str(part) for part in (error.filename, error.strerror) if part) or type(error).__name__
    else:
        from bot.log import place_of

        words = f"{type(error).__name__}: {error} [{place_of(error)}]"
    return words.replace("\n", " ")[:500]
