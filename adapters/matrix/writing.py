"""What the bot says as the content of events: plain body, escaped HTML, mentions, buttons, edits, threads."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from adapters.matrix.reading import sign
from adapters.port import Button, Mention, mention, pieces, plain

BUTTONS = "org.roundabout.buttons"
"""Under this key a card carries what its reactions stand for."""
TEXT_LIMIT = 8_000
# The protocol allows 65,536 bytes to a whole event; encryption makes a third more of it.
_EVENT_LIMIT = 60_000
_FALLBACK_LIMIT = 300
_NUMERALS = [f"{digit}\N{COMBINING ENCLOSING KEYCAP}" for digit in "123456789"]
_PREFIX = "matrix:"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a room something is said."""

    reply_to: str | None = None
    thread: str | None = None


def transaction(*key: str) -> str:
    """The same key gives the same event: the server knows it again, also after a restart of ours."""
    return hashlib.sha256("\0".join(key).encode()).hexdigest()[:40]


def signs(buttons: Sequence[Sequence[Button]]) -> dict[str, Button]:
    """Each button by its emoji: its own, or else a numeral."""
    found: dict[str, Button] = {}
    for place, button in enumerate(button for row in buttons for button in row):
        key = sign(button.sign)
        if (not key or key in found) and place < len(_NUMERALS):
            key = _NUMERALS[place]
        if key and key not in found:
            found[key] = button
    return found


def message(
    text: str, *, heading: bool = False, buttons: Sequence[Sequence[Button]] = (), place: Place | None = None
) -> dict[str, Any]:
    """The content of one notice."""
    reactions = signs(buttons)
    if reactions:
        text += "\n\n" + "   ".join(f"{key} {button.label}" for key, button in reactions.items())
    content: dict[str, Any] = {
        "msgtype": "m.notice",
        "body": plain(text),
        "format": "org.matrix.custom.html",
        "formatted_body": _markup(text, heading),
        "m.mentions": _calls(text),
    }
    if reactions:
        content[BUTTONS] = {key: button.payload for key, button in reactions.items()}
    if relates := _relates(place):
        content["m.relates_to"] = relates
    return _fitting(content)


def edit(of: str, content: dict[str, Any]) -> dict[str, Any]:
    """A message put in the place of an earlier one. Nobody is called a second time."""
    body = content["body"]
    short = body if len(body) <= _FALLBACK_LIMIT else body[: _FALLBACK_LIMIT - 1] + "…"
    return {
        "msgtype": content["msgtype"],
        "body": f"* {short}",
        "m.mentions": {},
        "m.new_content": content,
        "m.relates_to": {"rel_type": "m.replace", "event_id": of},
    }


def parts(text: str, limit: int = TEXT_LIMIT) -> list[str]:
    """The text in pieces of at most that length, broken at line ends where there are any, never in a mention."""
    if len(plain(text)) <= limit:
        return [text.strip("\n")] if text.strip() else []
    found, line = [""], ""
    for atom in _atoms(text, limit):
        line += atom
        if not atom.endswith("\n") and len(plain(line)) < limit:
            continue
        _append(found, line, limit)
        line = ""
    _append(found, line, limit)
    return [part.strip("\n") for part in found if part.strip()]


def shortened(text: str, limit: int = TEXT_LIMIT) -> str:
    whole = plain(text)
    return text if len(whole) <= limit else whole[: limit - 1] + "…"


def user_of(account: str) -> str | None:
    """The Matrix id of an account address, if it is one."""
    user = account.removeprefix(_PREFIX)
    return user if account.startswith(f"{_PREFIX}@") else None


def link(user: str) -> str:
    return f"https://matrix.to/#/{quote(user, safe='@:')}"


def _atoms(text: str, limit: int) -> Iterator[str]:
    for piece in pieces(text):
        if isinstance(piece, Mention):
            yield mention(piece.account, piece.name[:limit])
        else:
            yield from piece


def _append(found: list[str], line: str, limit: int) -> None:
    if len(plain(found[-1])) + len(plain(line)) > limit:
        found.append("")
    found[-1] += line


def _calls(text: str) -> dict[str, Any]:
    """Who is called by name; said also when it is nobody, else clients search the words for names."""
    users = [user_of(piece.account) for piece in pieces(text) if isinstance(piece, Mention)]
    called = list(dict.fromkeys(user for user in users if user))
    return {"user_ids": called} if called else {}


def _markup(text: str, heading: bool) -> str:
    written = "".join(_piece(piece) for piece in pieces(text))
    if heading:
        first, newline, rest = written.partition("\n")
        written = f"<strong>{first}</strong>{newline}{rest}"
    return written.replace("\n", "<br>")


def _piece(piece: str | Mention) -> str:
    if isinstance(piece, str):
        return html.escape(piece, quote=False)
    name = html.escape(" ".join(piece.name.split()), quote=False)
    user = user_of(piece.account)
    return f'<a href="{html.escape(link(user))}">{name}</a>' if user else name


def _relates(place: Place | None) -> dict[str, Any]:
    if place is None:
        return {}
    replied = {"m.in_reply_to": {"event_id": place.reply_to or place.thread}}
    if place.thread:
        return {"rel_type": "m.thread", "event_id": place.thread, "is_falling_back": not place.reply_to} | replied
    return replied if place.reply_to else {}


def _fitting(content: dict[str, Any]) -> dict[str, Any]:
    """What is too long goes without its HTML."""
    if len(json.dumps(content, ensure_ascii=False).encode()) * 4 // 3 > _EVENT_LIMIT:
        content.pop("format", None)
        content.pop("formatted_body", None)
    return content
