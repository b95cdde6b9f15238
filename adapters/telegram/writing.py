"""What is said, as Telegram takes it: HTML, pieces of bearable length, keyboards; and what its refusals mean."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Sequence

import msgspec
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from adapters.port import Button, Instant, Mention, Outcome, Sent, mention, pieces, plain
from adapters.telegram.reading import room
from adapters.telegram.trouble import NotSent

TEXT_LIMIT = 4096
TOAST_LIMIT = 200
_RECONNECT_MS = 5_000
_REFUSED_TOKEN_MS = 60_000

# Parts of descriptions, in small letters. The server has no other name for these.
_CANNOT_PARSE = "can't parse entities"
_UNCHANGED = "message is not modified"
_NO_THREAD = ("message thread not found", "topic_closed", "topic_deleted")
_NO_MESSAGE = ("message to edit not found", "message can't be edited", "message_id_invalid")
_NO_CHAT = (
    "chat not found",
    "peer_id_invalid",
    "chat_write_forbidden",
    "have no rights to send",
    "not enough rights to send",
    "group chat was deactivated",
    "user is deactivated",
)


class _Toast(msgspec.Struct, omit_defaults=True):
    callback_query_id: str
    text: str = ""
    show_alert: bool = False


class _HookToast(msgspec.Struct, omit_defaults=True):
    method: str
    callback_query_id: str
    text: str = ""
    show_alert: bool = False


_encode = msgspec.json.Encoder().encode


def toast(query: str, text: str, alert: bool) -> bytes:
    """The parameters of answerCallbackQuery."""
    return _encode(_Toast(query, _toast_text(text), alert))


def hook_toast(query: str, text: str, alert: bool) -> bytes:
    """The same as a method in the answer to a webhook."""
    return _encode(_HookToast("answerCallbackQuery", query, _toast_text(text), alert))


def _toast_text(text: str) -> str:
    return shortened(plain(text), TOAST_LIMIT)


def shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def markup(text: str, heading: bool) -> str:
    """The text as Telegram's HTML: all of it escaped, mentions as links that call."""
    written = "".join(_piece(piece) for piece in pieces(text))
    if heading:
        first, newline, rest = written.partition("\n")
        written = f"<b>{first}</b>{newline}{rest}"
    return written


def _piece(piece: str | Mention) -> str:
    if isinstance(piece, str):
        return html.escape(piece, quote=False)
    name = html.escape(" ".join(piece.name.split()), quote=False)
    platform, _, account = piece.account.partition(":")
    return f'<a href="tg://user?id={account}">{name}</a>' if platform == "telegram" else name


def parts(text: str) -> list[str]:
    """The text in pieces that fit one message each, broken at line ends or blanks and never inside a mention."""
    if len(plain(text)) <= TEXT_LIMIT:
        return [text]
    # what is written, and how long it reads
    atoms: list[tuple[str, int]] = []
    for piece in pieces(text):
        if isinstance(piece, Mention):
            atoms.append((mention(piece.account, piece.name), len(piece.name)))
        else:
            atoms += [(char, 1) for char in piece]
    found: list[str] = []
    while atoms:
        end = length = 0
        while end < len(atoms) and length + atoms[end][1] <= TEXT_LIMIT:
            length += atoms[end][1]
            end += 1
        end = _break(atoms, max(end, 1))
        part = "".join(source for source, _ in atoms[:end]).strip()
        found += [part] if part else []
        atoms = atoms[end:]
    return found or [text]


def _break(atoms: Sequence[tuple[str, int]], end: int) -> int:
    """Behind the last line end of the second half, else behind the last blank there, else at the end."""
    if end == len(atoms):
        return end
    for mark in ("\n", " "):
        for place in range(end - 1, end // 2, -1):
            if atoms[place][0] == mark:
                return place + 1
    return end


def keyboard(rows: Sequence[Sequence[Button]]) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(button.label, callback_data=button.payload) for button in row] for row in rows]
    )


def cannot_parse(error: BadRequest) -> bool:
    return _CANNOT_PARSE in error.message.lower()


def no_thread(error: BadRequest) -> bool:
    return any(words in error.message.lower() for words in _NO_THREAD)


def unchanged(error: BadRequest) -> bool:
    return _UNCHANGED in error.message.lower()


def outcome(error: TelegramError, now: Instant) -> Sent:
    """What a call that failed came to."""
    words = error.message
    if isinstance(error, RetryAfter):
        return Sent(Outcome.LATER, retry_at=now + flood_ms(error), error=words)
    if isinstance(error, ChatMigrated):
        return Sent(Outcome.LATER, retry_at=now, moved_to=room(error.new_chat_id), error="the room has moved")
    if isinstance(error, NotSent):
        return Sent(Outcome.LATER, retry_at=now + _RECONNECT_MS, error=words)
    if isinstance(error, InvalidToken):
        return Sent(Outcome.LATER, retry_at=now + _REFUSED_TOKEN_MS, error=words)
    if isinstance(error, Forbidden):
        return Sent(Outcome.GONE, error=words)
    if isinstance(error, BadRequest):
        said = words.lower()
        if any(known in said for known in _NO_MESSAGE):
            return Sent(Outcome.MISSING, error=words)
        gone = any(known in said for known in _NO_CHAT)
        return Sent(Outcome.GONE if gone else Outcome.REFUSED, error=words)
    return Sent(Outcome.UNSURE, error=words)


def flood_ms(error: RetryAfter) -> int:
    wait = error.retry_after
    return round(1000 * (wait.total_seconds() if isinstance(wait, dt.timedelta) else wait))
