"""Recounts anyone can run: `roundabout draw-check` and `roundabout count`.

They read a file, count with the bot's own counting, and print. Exit codes: 0 counted, and as the file says where it
says something; 1 the file says something else; 2 the file cannot be read, one line on stderr; 3 no panel can be, or
none was, drawn. Only the rules are imported, so both start at once.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from governance.election import (
    ApprovalBallot,
    ApprovalTally,
    Matrix,
    SchulzeTally,
    ScoreBallot,
    StarTally,
    approval,
    schulze,
    star,
)
from governance.quotas import Candidate, Quotas, read_quotas
from governance.seating import NONE, Breaker, Contest, ElectionResult, Plain, RankedBallot
from governance.sortition import ASSEMBLY_DRAW, Draw, DrawResult, Outcome, Part, draw, lot
from governance.stv import Stage, StvTally, decimals, stv

Json = Mapping[str, object]
RESULTS = ("list_hash", "seed", "attempts", "panel", "substitutes")
METHODS = ("approval", "schulze", "stv", "star")


def draw_check(path: Path, as_json: bool) -> int:
    """Draw what the file announces and compare it with the results the file holds; the exit code."""
    try:
        data = _load(path)
        request = _draw(data)
    except (OSError, ValueError, RecursionError) as problem:
        return _unreadable(path, problem)
    result = draw(request)
    computed: dict[str, object] = {
        "list_hash": result.list_hash,
        "seed": result.seed,
        "attempts": result.attempts,
        "panel": list(result.panel),
        "substitutes": list(result.substitutes),
    }
    stated = {key: _nfc(data[key]) for key in RESULTS if key in data}
    differs = next((key for key in RESULTS if key in stated and stated[key] != computed[key]), None)
    verdict = None if not stated else "OK" if differs is None else "MISMATCH"
    contradiction = [str(bound) for bound in result.contradiction]
    if as_json:
        difference = None if differs is None else {"key": differs, "file": stated[differs], "draw": computed[differs]}
        outcome = {"outcome": result.outcome.value, "contradiction": contradiction}
        _say(json.dumps({**computed, **outcome, "verdict": verdict, "difference": difference}, ensure_ascii=False))
    else:
        for key, value in computed.items():
            _say(f"{key:12} {', '.join(map(_name, value)) if isinstance(value, list) else value}")
        _say_outcome(request, result, contradiction)
        if differs is not None:
            _say(f"MISMATCH {_difference(differs, stated[differs], computed[differs])}")
        elif verdict:
            _say(verdict)
    if result.outcome is not Outcome.DRAWN:
        return 3
    return 0 if differs is None else 1


def _nfc(value: object) -> object:
    if isinstance(value, list):
        return [_nfc(one) for one in value]
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def _say_outcome(request: Draw, result: DrawResult, contradiction: Sequence[str]) -> None:
    if result.outcome is Outcome.INFEASIBLE:
        why = f": {', '.join(contradiction)} cannot be met together" if contradiction else ""
        _say(f"INFEASIBLE {request.seats} seats, {len(request.candidates)} candidates{why}")
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
        data = _load(path)
        result = _counted(method, _contest(data, seats, read_quotas(quotas, seats)), data)
    except (OSError, ValueError, RecursionError) as problem:
        return _unreadable(path, problem)
    if as_json:
        _say(json.dumps(result.plain(), ensure_ascii=False))
        return 0
    _say(f"{method}, {_seats(seats)}")
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
        return approval(contest, _approvals(data))
    if method == "schulze":
        return schulze(contest, _rankings(data))
    if method == "stv":
        return stv(contest, _rankings(data))
    if method == "star":
        return star(contest, _scores(data))
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


# ---- what the files say


def _load(path: Path) -> Json:
    """A JSON object, or a BLT file as one."""
    text = path.read_text(encoding="utf-8-sig")
    if not text.lstrip().startswith(("{", "[")):
        return _blt(text)
    data = json.loads(text, object_pairs_hook=_unrepeated, parse_float=_no_float, parse_constant=_no_float)
    return _object(data, "the file")


def _unrepeated(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        name = unicodedata.normalize("NFC", key)
        if name in found:
            raise ValueError(f"{name!r} stands twice in one object")
        found[name] = value
    return found


def _no_float(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a whole number")


def _draw(data: Json) -> Draw:
    quotas: dict[str, dict[str, tuple[int, int]]] = {}
    for feature, values in _object(data.get("quotas", {}), "quotas").items():
        where = f"quotas: {feature}"
        quotas[feature] = {value: _ends(ends, where) for value, ends in _object(values, where).items()}
    return Draw(
        id=_text(_member(data, "id", "the file"), "id"),
        seats=_whole(_member(data, "seats", "the file"), "seats"),
        quotas=quotas,
        candidates=tuple(_candidates(data)),
        parts=tuple(_part(part) for part in _array(_member(data, "parts", "the file"), "parts")),
        method=_text(data.get("method", ASSEMBLY_DRAW), "method"),
    )


def _ends(value: object, where: str) -> tuple[int, int]:
    ends = [_whole(end, where) for end in _array(value, where)]
    if len(ends) != 2:
        raise ValueError(f"{where}: not a minimum and a maximum")
    return ends[0], ends[1]


def _part(value: object) -> Part:
    if isinstance(value, list):
        return tuple(_whole(number, "parts") for number in value)
    return value if isinstance(value, str) else _whole(value, "parts")


def _candidates(data: Json) -> Iterator[Candidate]:
    """In a draw all of a candidate is hashed, so nothing else may stand in it."""
    for number, value in enumerate(_array(_member(data, "candidates", "the file"), "candidates"), 1):
        where = f"candidate {number}"
        entry = _object(value, where)
        stranger = next((key for key in entry if key not in ("f", "id")), None)
        if stranger is not None:
            raise ValueError(f"{where}: unknown key {stranger!r}")
        features = {f: _text(v, where) for f, v in _object(entry.get("f", {}), where).items()}
        yield Candidate(_text(_member(entry, "id", where), where), features)


def _contest(data: Json, seats: int, quotas: Quotas) -> Contest:
    """`withdrawn`: ids that ballots may still name. `lot`: all ids in the order drawn, or `{"id", "parts"}` to draw."""
    candidates = tuple(one for one in _candidates(data) if one.id != NONE)
    withdrawn = frozenset(_text(name, "withdrawn") for name in _array(data.get("withdrawn", []), "withdrawn"))
    order = data.get("lot")
    if isinstance(order, dict):
        parts = [_text(part, "lot") for part in _array(_member(order, "parts", "lot"), "lot")]
        drawn: tuple[str, ...] | None = lot(
            _text(_member(order, "id", "lot"), "lot"), [one.id for one in candidates], parts
        )
    else:
        drawn = None if order is None else tuple(_text(name, "lot") for name in _array(order, "lot"))
    return Contest(candidates, seats, quotas, withdrawn, drawn)


def _ballots(data: Json, key: str) -> Iterator[tuple[int, object, str]]:
    """How many alike, what stands on them under the key, and which ballot it is."""
    for number, value in enumerate(_array(_member(data, "ballots", "the file"), "ballots"), 1):
        where = f"ballot {number}"
        ballot = _object(value, where)
        yield _whole(ballot.get("count", 1), where), _member(ballot, key, where), where


def _approvals(data: Json) -> list[ApprovalBallot]:
    ballots = []
    for number, marks, where in _ballots(data, "approve"):
        names = [_text(name, where) for name in _array(marks, where)]
        if len(set(names)) < len(names):
            raise ValueError(f"{where}: a candidate stands on it more than once")
        ballots.append(ApprovalBallot(number, frozenset(names)))
    return ballots


def _rankings(data: Json) -> list[RankedBallot]:
    ballots = []
    for number, marks, where in _ballots(data, "ranking"):
        groups = [_array(group, where) for group in _array(marks, where)]
        ballots.append(RankedBallot(number, tuple(tuple(_text(name, where) for name in group) for group in groups)))
    return ballots


def _scores(data: Json) -> list[ScoreBallot]:
    return [
        ScoreBallot(number, {name: _whole(score, where) for name, score in _object(marks, where).items()})
        for number, marks, where in _ballots(data, "scores")
    ]


_BLT = re.compile(r'"([^"]*)"|#[^\n]*|([^\s"#]+)')


def _blt(text: str) -> Json:
    """A BLT file as the JSON of an election: `=` ranks equal, `-` is a rank left out, `-2` withdraws candidate 2.

    Whom a ballot ranks it also approves of. The seats it names are not taken from it.
    """
    tokens = [
        found.group(1, 2) for found in _BLT.finditer(unicodedata.normalize("NFC", text)) if not found[0].startswith("#")
    ]
    words = iter([word for _, word in tokens if word is not None])
    names = [name for name, word in tokens if word is None]
    size = _number(next(words, ""), "the first line of a BLT file")
    _number(next(words, ""), "the first line of a BLT file")
    if not size <= len(names) <= size + 1:
        raise ValueError(f"{size} candidates are announced; there are {len(names)} names, and the last may be a title")
    del names[size:]
    withdrawn: list[str] = []
    ballots: list[Json] = []
    for word in words:
        where = f"ballot {len(ballots) + 1}"
        if word == "0":
            break
        if word.startswith("-"):
            withdrawn.append(_numbered(names, word[1:], where))
            continue
        ranking = []
        for rank in words:
            if rank == "0":
                break
            if rank != "-":
                ranking.append([_numbered(names, one, where) for one in rank.split("=")])
        else:
            raise ValueError(f"{where} does not end with 0")
        approved = [name for group in ranking for name in group]
        ballots.append({"count": _number(word, where), "ranking": ranking, "approve": approved})
    else:
        raise ValueError("the ballots do not end with 0")
    stranger = next(words, None)
    if stranger is not None:
        raise ValueError(f"{stranger!r} where a name in quotation marks is due")
    candidates = [{"id": name} for name in names if name not in withdrawn]
    return {"candidates": candidates, "withdrawn": withdrawn, "ballots": ballots}


def _numbered(names: Sequence[str], word: str, where: str) -> str:
    number = _number(word, where)
    if not 1 <= number <= len(names):
        raise ValueError(f"{where}: there is no candidate {number}")
    return names[number - 1]


def _number(word: str, where: str) -> int:
    if not (word.isascii() and word.isdigit()):
        raise ValueError(f"{where}: {word!r} is not a whole number")
    return int(word)


def _member(entry: Json, key: str, where: str) -> object:
    if key not in entry:
        raise ValueError(f"{where} has no {key!r}")
    return entry[key]


def _object(value: object, where: str) -> Json:
    if not isinstance(value, dict):
        raise ValueError(f"{where}: not a JSON object")
    return value


def _array(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise ValueError(f"{where}: not a JSON array")
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{where}: {value!r} is not text")
    return unicodedata.normalize("NFC", value)


def _whole(value: object, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{where}: {value!r} is not a whole number")
    return value
