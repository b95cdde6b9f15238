"""What `draw-check` and `count` read: JSON and BLT files, each mistake named with its place."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from governance.election import ApprovalBallot, ScoreBallot
from governance.hiding import commitment
from governance.quotas import Candidate, Quotas
from governance.seating import NONE, Contest, RankedBallot
from governance.sortition import ASSEMBLY_DRAW, Draw, Part, lot

Json = Mapping[str, object]


class NotWhatWasHidden(ValueError):
    """What is said to open a commitment does not."""


def load(path: Path) -> Json:
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


def read_draw(data: Json) -> Draw:
    """A draw; `NotWhatWasHidden` where something in it was not opened rightly."""
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
    """In a draw all of a candidate is hashed, so nothing else may stand in it.

    `opened` beside them, `{id: {feature: [salt, value]}}`, says what the commitments among the features open to.
    """
    opened = _opened(data)
    for number, value in enumerate(_array(_member(data, "candidates", "the file"), "candidates"), 1):
        where = f"candidate {number}"
        entry = _object(value, where)
        stranger = next((key for key in entry if key not in ("f", "id")), None)
        if stranger is not None:
            raise ValueError(f"{where}: unknown key {stranger!r}")
        features = {f: _text(v, where) for f, v in _object(entry.get("f", {}), where).items()}
        name = _text(_member(entry, "id", where), where)
        hidden = {}
        for feature, (salt, what) in opened.pop(name, {}).items():
            if commitment(salt, feature, what) != features.get(feature):
                raise NotWhatWasHidden(f"{feature} of {name}: {what} is not what was hidden there")
            hidden[feature] = what
        yield Candidate(name, features, hidden)
    if opened:
        raise ValueError(f"opened: {next(iter(opened))!r} is no candidate")


def _opened(data: Json) -> dict[str, dict[str, tuple[str, str]]]:
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for name, features in _object(data.get("opened", {}), "opened").items():
        where = f"opened: {name}"
        found[name] = {}
        for feature, pair in _object(features, where).items():
            texts = [_text(one, where) for one in _array(pair, where)]
            if len(texts) != 2:
                raise ValueError(f"{where}: not a salt and a value")
            found[name][feature] = (texts[0], texts[1])
    return found


def read_contest(data: Json, seats: int, quotas: Quotas) -> Contest:
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


def approvals(data: Json) -> list[ApprovalBallot]:
    ballots = []
    for number, marks, where in _ballots(data, "approve"):
        names = [_text(name, where) for name in _array(marks, where)]
        if len(set(names)) < len(names):
            raise ValueError(f"{where}: a candidate stands on it more than once")
        ballots.append(ApprovalBallot(number, frozenset(names)))
    return ballots


def rankings(data: Json) -> list[RankedBallot]:
    ballots = []
    for number, marks, where in _ballots(data, "ranking"):
        groups = [_array(group, where) for group in _array(marks, where)]
        ballots.append(RankedBallot(number, tuple(tuple(_text(name, where) for name in group) for group in groups)))
    return ballots


def scores(data: Json) -> list[ScoreBallot]:
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
