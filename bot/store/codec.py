"""Facts to canonical JSON and back; free texts beside the seal.

A body is one JSON object, keys sorted, no spaces, UTF-8: the fields of the fact under their own names, and
`entry` with `seq`, `at`, `cause`, `kind` and `schema`. Where a field is free text the body holds the hex SHA-256
of `salt + text`; the text stands in the words, `{field: [salt, text]}`, salt 16 bytes in hex.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from sys import intern
from typing import Any, get_args, get_type_hints

import msgspec

from governance.facts import FREE_TEXT, CouncilTextNoted, Enrolled, Fact, Proposed
from governance.terms import Instant

SCHEMA = 1
"""The schema number under which facts are written now."""
ENTRY = "entry"
"""The one key of a body that is no field of the fact."""

Salt = Callable[[], bytes]
"""A source of 16 random bytes."""
Words = dict[str, tuple[str, str]]
Reader = Callable[[bytes], Fact]
FactRow = tuple[int, int, str, int, bytes, str | None]
"""seq, at, kind, schema, body, words."""

KINDS: Mapping[str, type[Any]] = {kind.__name__: kind for kind in get_args(Fact)}

_to_json = msgspec.json.Encoder(order="sorted").encode
_read_words = msgspec.json.Decoder(Words).decode
_put = object.__setattr__


def _free_texts(kind: type[Any]) -> tuple[str, ...]:
    hints = get_type_hints(kind, include_extras=True)
    return tuple(one.name for one in fields(kind) if FREE_TEXT in getattr(hints[one.name], "__metadata__", ()))


FREE_TEXTS: Mapping[str, tuple[str, ...]] = {name: _free_texts(kind) for name, kind in KINDS.items()}
"""The fields of each kind of fact that are free text."""


def digest_of(salt: str, text: str) -> str:
    """What stands under the seal for a free text. `salt` is hex."""
    return hashlib.sha256(bytes.fromhex(salt) + text.encode()).hexdigest()


def write(fact: Fact, seq: int, at: Instant, cause: str, salt: Salt) -> tuple[bytes, str | None]:
    """The body to seal and the words beside it, None where the fact has no free text."""
    kind = type(fact)
    body: dict[str, Any] = {one.name: getattr(fact, one.name) for one in fields(kind)}
    words: Words = {}
    for name in FREE_TEXTS[kind.__name__]:
        grain = salt().hex()
        words[name] = (grain, body[name])
        body[name] = digest_of(grain, body[name])
    body[ENTRY] = {"seq": seq, "at": at, "cause": cause, "kind": kind.__name__, "schema": SCHEMA}
    return _to_json(body), _to_json(words).decode() if words else None


def _readers() -> dict[tuple[str, int], tuple[Reader, tuple[str, ...]]]:
    """For each kind and schema number ever written: what reads a body as the fact it is today, and its free texts."""
    plain: dict[tuple[str, int], tuple[Reader, tuple[str, ...]]] = {
        (name, 1): (msgspec.json.Decoder(kind).decode, FREE_TEXTS[name]) for name, kind in KINDS.items()
    }
    plain["Enrolled", 1] = _read_enrolled, ()
    plain["Proposed", 1] = _read_proposed, FREE_TEXTS["Proposed"]
    plain["CouncilTextNoted", 1] = _read_council_text, FREE_TEXTS["CouncilTextNoted"]
    return plain


_decode_enrolled = msgspec.json.Decoder(Enrolled).decode


def _read_enrolled(body: bytes) -> Enrolled:
    """A member's id is kept once in the process, for rolls, electorates and boxes together."""
    fact = _decode_enrolled(body)
    _put(fact, "member", intern(fact.member))
    return fact


_decode_proposed = msgspec.json.Decoder(Proposed).decode
_decode_council_text = msgspec.json.Decoder(CouncilTextNoted).decode


def _read_proposed(body: bytes) -> Proposed:
    """Every assembly that is asked keeps the list of all that are: its ids are kept once in the process too."""
    fact = _decode_proposed(body)
    bases = fact.terms.get("bases")
    if isinstance(bases, list):
        _put(fact, "terms", {**fact.terms, "bases": [intern(one) if type(one) is str else one for one in bases]})
    return fact


def _read_council_text(body: bytes) -> CouncilTextNoted:
    fact = _decode_council_text(body)
    _put(fact, "bases", tuple(map(intern, fact.bases)))
    return fact


READERS = _readers()


class Unreadable(ValueError):
    """A stored fact that no reader understands."""


def read_all(rows: Iterable[FactRow]) -> Iterator[tuple[Instant, Fact]]:
    """Stored facts with their instants, in the order of the rows. Raises `Unreadable`."""
    readers = READERS
    for seq, at, kind, schema, body, words in rows:
        try:
            reader, names = readers[kind, schema]
            fact = reader(body)
            if names:
                texts = _read_words(words or "{}")
                for name in names:
                    # the fact was made a line ago and nobody else has seen it
                    _put(fact, name, texts[name][1])
        except (KeyError, msgspec.MsgspecError) as error:
            raise Unreadable(f"fact {seq} ({kind}, schema {schema}): {error}") from error
        yield at, fact


def read_words(words: str | None) -> Words:
    """The free texts of a stored fact with their salts. Raises `Unreadable`."""
    try:
        return {} if words is None else _read_words(words)
    except msgspec.MsgspecError as error:
        raise Unreadable(str(error)) from error


def read_body(body: bytes) -> dict[str, Any]:
    """A body as plain data, for checking it. Raises `Unreadable`."""
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise Unreadable(str(error)) from error


def to_json(value: Any) -> str:
    """Plain data, sorted and without spaces."""
    return _to_json(value).decode()


def from_json(text: str) -> Any:
    return msgspec.json.decode(text)

