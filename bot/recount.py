"""Recounts anyone can run: `roundabout draw-check` and `roundabout count`.

They read a file, count with the bot's own counting, and print. Exit codes: 0 counted, and as the file says where it
says something; 1 the file says something else; 2 the file cannot be read, one line on stderr; 3 no panel can be, or
none was, drawn. Only the rules are imported, so both start at once.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bot.recount_files import (
    Json,
    NotWhatWasHidden,
    approvals,
    load,
    rankings,
    read_contest,
    read_draw,
    scores,
)
from governance.election import (
    ApprovalTally,
    Matrix,
    SchulzeTally,
    StarTally,
    approval,
    schulze,
    star,
)
from governance.hiding import is_hidden
from governance.quotas import read_quotas
from governance.redrawing import Redrawn, hidden_in, redraw
from governance.seating import Breaker, Contest, ElectionResult, Plain
from governance.sortition import ASSEMBLY_DRAW, Draw, Outcome, draw
from governance.stv import Stage, StvTally, decimals, stv

RESULTS = ("list_hash", "seed", "attempts", "panel", "substitutes")
METHODS = ("approval", "schulze", "stv", "star")


def draw_check(path: Path, as_json: bool) -> int:
    """Draw what the file announces and compare it with the results the file holds; the exit code."""
    try:
        data = load(path)
        request = read_draw(data)
    except NotWhatWasHidden as problem:
        return _opened_wrongly(problem, as_json)
    except (OSError, ValueError, RecursionError) as problem:
        return _unreadable(path, problem)
    stated = {key: _nfc(data[key]) for key in _results(data)}
    redrawn = _redrawn(request, stated)
    result = redrawn.result
    open_ended = bool(redrawn.hidden) and result.outcome is Outcome.EXHAUSTED and not redrawn.refuted
    computed: dict[str, object] = {
        "list_hash": result.list_hash,
        "seed": result.seed,
        "attempts": result.attempts,
        "panel": list(result.panel),
        "substitutes": list(result.substitutes),
    }
    comparable = RESULTS[:2] if open_ended else RESULTS
    differs = next((key for key in comparable if key in stated and stated[key] != computed[key]), None)
    verdict = "MISMATCH" if differs is not None else "OK" if stated and not open_ended else None
    contradiction = [str(bound) for bound in result.contradiction]
    if as_json:
        difference = None if differs is None else {"key": differs, "file": stated[differs], "draw": computed[differs]}
        outcome = {"outcome": "hidden" if open_ended else result.outcome.value, "contradiction": contradiction}
        seen = {"hidden": redrawn.hidden, "unsure": redrawn.unsure}
        _say(json.dumps(
            {**computed, **outcome, **seen, "verdict": verdict, "difference": difference}, ensure_ascii=False
        ))  # fmt: skip
    else:
        for key, value in computed.items():
            _say(f"{key:12} {', '.join(map(_name, value)) if isinstance(value, list) else value}")
        _say_outcome(request, redrawn, contradiction)
        if differs is not None:
            _say(f"MISMATCH {_difference(differs, stated[differs], computed[differs])}")
        elif verdict:
            _say(f"OK{', as far as can be seen' if redrawn.unsure else ''}")
    if differs is not None and redrawn.hidden:
        return 1
    if result.outcome is not Outcome.DRAWN:
        return 3
    return 0 if differs is None else 1


def _results(data: Json) -> list[str]:
    """Those the file holds; as the minutes write it, a draw that was not made has its list alone."""
    if "attempts" in data and data["attempts"] is None:
        return ["list_hash"] if data.get("list_hash") else []
    return [key for key in RESULTS if key in data]


def _redrawn(request: Draw, stated: Json) -> Redrawn:
    """With all features known the whole draw; else as much of it as can be seen."""
    if request.method != ASSEMBLY_DRAW or not hidden_in(request):
        return Redrawn(draw(request), 0, 0)
    announced = stated.get("attempts")
    return redraw(request, announced if isinstance(announced, int) and stated.get("panel") else 0)


def _opened_wrongly(problem: NotWhatWasHidden, as_json: bool) -> int:
    _say(json.dumps({"verdict": "MISMATCH", "difference": {"key": "opened", "why": str(problem)}}, ensure_ascii=False)
         if as_json else f"MISMATCH opened: {_name(problem)}")  # fmt: skip
    return 1


def _nfc(value: object) -> object:
    if isinstance(value, list):
        return [_nfc(one) for one in value]
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def _say_outcome(request: Draw, redrawn: Redrawn, contradiction: Sequence[str]) -> None:
    result = redrawn.result
    if redrawn.hidden:
        _say(f"HIDDEN {redrawn.hidden} features; checked without them: list_hash, seed, the order of every attempt")
        _say(f"       attempts that met or missed the quotas only by what is hidden: {redrawn.unsure}")
    if redrawn.refuted:
        _say("REFUTED the announced attempt misses the quotas, whatever is hidden")
    elif redrawn.hidden and result.outcome is Outcome.EXHAUSTED:
        _say("UNSURE which panel is drawn, or whether any can be, rests on hidden features")
    elif result.outcome is Outcome.INFEASIBLE:
        met = "cannot be met" if len(contradiction) == 1 else "cannot be met together"
        why = f": {', '.join(contradiction)} {met}" if contradiction else ""
        one = "candidate" if len(request.candidates) == 1 else "candidates"
        _say(f"INFEASIBLE {_seats(request.seats)}, {len(request.candidates)} {one}{why}")
    elif result.outcome is Outcome.EXHAUSTED:
        _say(f"EXHAUSTED none of {result.attempts} panels meets the quotas")


def _difference(key: str, stated: object, computed: object) -> str:
    """The first place where they differ."""
    if isinstance(stated, list) and isinstance(computed, list):
        place = next((i for i, (a, b) in enumerate(zip(stated, computed, strict=False)) if a != b), None)
        if place is None:
            return f"{key}: the file has {len(stated)}, the draw {len(computed)}"
        key, stated, computed = f"{key}, place {place + 1}", stated[place], computed[place]
    return f"{key}: the file says {_name(stated)}, the draw {_name(computed)}"


def count(path: Path, method: str, seats: int, quotas: Sequence[str], as_json: bool) -> int:
    """Count the election in the file, a BLT file or JSON, by one of `METHODS`; the exit code.

    `quotas`: each as `gender:woman>=1`.
    """
    try:
        data = load(path)
        contest = read_contest(data, seats, read_quotas(quotas, seats))
        result = _counted(method, contest, data)
    except (OSError, ValueError, RecursionError) as problem:
        return _unreadable(path, problem)
    hidden = sum(is_hidden(one.declared.get(feature)) for one in contest.candidates for feature in contest.quotas)
    if as_json:
        _say(json.dumps({**result.plain(), "hidden": hidden}, ensure_ascii=False))
        return 0
    _say(f"{method}, {_seats(seats)}")
    if hidden:
        _say(f"HIDDEN {hidden} features count as not declared: with quotas others may have been seated")
    for place, name in enumerate(result.winners, 1):
        _say(f"{place}. {_name(name)}")
    if result.open_seats:
        _say(f"{_seats(result.open_seats)} left open")
    if result.undecided:
        _say(f"{_seats(result.undecided)} undecided until a lot is drawn")
    for tie in result.ties:
        names = " = ".join(map(_name, tie.candidates))
        chosen = ", ".join(map(_name, tie.chosen))
        _say(f"tie, {tie.at} {tie.number}: {names}: {_BROKEN[tie.by].format(chosen)}")
    for one in result.skipped:
        _say(f"skipped: {_name(one.candidate)}, for {', '.join(map(str, one.quotas))}")
    for line in _tables(result.tally):
        _say(line)
    return 0


_BROKEN = {
    Breaker.LOT: "{} by lot",
    Breaker.EARLIER_STAGE: "{} by the votes at an earlier stage",
    Breaker.PREFERENCES: "{} by head-to-head preferences",
    Breaker.SCORE: "{} by total score",
    Breaker.TOP_SCORES: "{} by top scores",
    Breaker.NO_MATTER: "{}, but whichever it is the same are seated",
    Breaker.UNDECIDED: "a lot is needed",
}


def _counted(method: str, contest: Contest, data: Json) -> ElectionResult[Plain]:
    if method == "approval":
        return approval(contest, approvals(data))
    if method == "schulze":
        return schulze(contest, rankings(data))
    if method == "stv":
        return stv(contest, rankings(data))
    if method == "star":
        return star(contest, scores(data))
    raise ValueError(f"there is no method {method!r}; there are {', '.join(METHODS)}")


# ---- the tally as text


def _tables(tally: Plain) -> Iterator[str]:
    if isinstance(tally, ApprovalTally):
        yield f"approvals on {tally.ballots} ballots"
        yield from _columns([_name(name), str(votes)] for name, votes in tally.approvals.items())
    elif isinstance(tally, SchulzeTally):
        yield f"{tally.ballots} ballots; not above none: {', '.join(map(_name, tally.below_none)) or 'nobody'}"
        yield from _matrix("ballots that prefer the row to the column", tally.pairwise)
        yield from _matrix("strongest paths", tally.paths)
    elif isinstance(tally, StarTally):
        yield f"total scores on {tally.ballots} ballots"
        yield from _columns([_name(name), str(score)] for name, score in tally.totals.items())
        for number, one in enumerate(tally.rounds, 1):
            ends = ", ".join(f"{_name(name)} {votes}" for name, votes in one.preferences.items())
            yield f"run-off {number}: {ends}, equal {one.equal}: {_name(one.winner)}"
    else:
        assert isinstance(tally, StvTally)
        yield f"{tally.valid} valid papers, {tally.invalid} without a first preference, quota {tally.quota}"
        for stage in tally.stages:
            yield from _stage(stage)


def _stage(stage: Stage) -> Iterator[str]:
    of = "" if stage.candidate is None else f" of {_name(stage.candidate)}"
    elected = f"; elected: {', '.join(map(_name, stage.elected))}" if stage.elected else ""
    yield f"stage {stage.number}: {stage.kind.replace('_', ' ')}{of}{elected}"
    rows = [[_name(name), f"+{decimals(stage.transfers.get(name, 0))}", decimals(votes)]
            for name, votes in stage.votes.items()]  # fmt: skip
    yield from _columns([*rows, ["not transferable", "", decimals(stage.non_transferable)]])


def _matrix(title: str, matrix: Matrix) -> Iterator[str]:
    yield title
    names = list(matrix)
    rows = [[_name(one), *(str(matrix[one].get(other, "")) for other in names)] for one in names]
    yield from _columns([["", *map(_name, names)], *rows])


def _columns(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The first column to the left, the others to the right."""
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for first, *others in table:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        yield "  ".join(["", *cells]).rstrip()


def _seats(number: int) -> str:
    return "1 seat" if number == 1 else f"{number} seats"


def _name(value: object) -> str:
    """As it is, unless it would do something to a terminal."""
    text = str(value)
    return text if text.isprintable() else ascii(text)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _unreadable(path: Path, problem: Exception) -> int:
    why = "it is nested too deeply" if isinstance(problem, RecursionError) else str(problem)
    if isinstance(problem, OSError):
        why = problem.strerror or why
    sys.stderr.write(f"{_name(path)}: {_name(why)}\n")
    return 2
