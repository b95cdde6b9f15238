"""The content of messages, as people's clients write it: words, pills, replies, threads, edits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

from adapters.port import clean

_LINK = re.compile(r"(?:https://matrix\.to/#/|matrix:u/)(?P<user>[^?]+)")
# Some clients write a pill into the plain body as Markdown.
_MARKDOWN_PILL = re.compile(r"\[([^\]\n]{1,200})\]\(<?(https://matrix\.to/#/[^)\s>]+)>?\)")
_EVENT_ID = re.compile(r"\$[\w.~:=+/\[\]-]{1,254}", re.ASCII)
_TONES = dict.fromkeys([0xFE0F, *range(0x1F3FB, 0x1F400)])


class Unusable(Exception):
    """An event that breaks the rules of its kind: one fixed word, nothing of its content."""


def mapping(value: Any) -> Mapping[str, Any]:
    """A JSON object, an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def string(value: Any) -> str | None:
    return value if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class Relation:
    """How an event hangs on another. `kind` is empty for a message of its own, or a plain reply."""

    kind: str = ""
    target: str = ""
    key: str = ""
    """The emoji of a reaction."""
    reply_to: str | None = None
    thread: str | None = None


def event_id(value: Any) -> str | None:
    """What may be the id of an event; anything at all can stand in its place, and is not for the server's ears."""
    return value if isinstance(value, str) and _EVENT_ID.fullmatch(value) else None


def relation(content: Mapping[str, Any]) -> Relation:
    found = mapping(content.get("m.relates_to"))
    kind, target = string(found.get("rel_type")) or "", event_id(found.get("event_id")) or ""
    replied = event_id(mapping(found.get("m.in_reply_to")).get("event_id"))
    if kind == "m.thread" and found.get("is_falling_back"):
        # only for clients that know no threads
        replied = None
    return Relation(
        kind, target, string(found.get("key")) or "", replied, target if kind == "m.thread" and target else None
    )


def sign(key: str) -> str:
    """An emoji without skin tone and presentation marks, so that every client's thumb is the same."""
    return key.translate(_TONES)


# ---- words


@dataclass(frozen=True, slots=True)
class Names:
    """By what the bot may be called."""

    user: str
    shown: str


@lru_cache(100)
def _called(bot: Names) -> re.Pattern[str]:
    """The bot's name at the head of a text: its id as it is, a plain name only with a mark behind it."""
    local = bot.user[1:].partition(":")[0]
    plain = "|".join(re.escape(name) for name in {bot.shown, local})
    sure = rf"{re.escape(bot.user)}|@{re.escape(local)}(?![\w:])"
    return re.compile(rf"\s*(?:(?:{sure})[\s,:]*|(?:{plain})\s*[,:]\s*)(?=\S|$)", re.IGNORECASE)


@dataclass(slots=True)
class Words:
    """A text with its mentions of others, where they stand, and whether it calls the bot."""

    text: str
    addressed: bool = False
    mentioned: list[str] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)


def words(content: Mapping[str, Any], bot: Names) -> Words:
    body = string(content.get("body"))
    if body is None:
        raise Unusable("no body")
    replies = bool(relation(content).reply_to)
    pills = _pills(string(content.get("formatted_body")) or "")
    text, pills = _without_markdown(clean(body), pills)
    found = Words(_without_quote(text) if replies else text)
    _place(found, pills, bot)
    calls = mapping(content.get("m.mentions")).get("user_ids")
    # whoever replies to the bot mentions it without a word of theirs
    if not replies and isinstance(calls, list) and bot.user in calls:
        found.addressed = True
    return found


def _without_quote(text: str) -> str:
    """A reply without what older clients put in front: the quoted message, and a blank line."""
    lines = text.split("\n")
    if not lines[0].startswith("> "):
        return text
    while lines and lines[0].startswith(">"):
        lines.pop(0)
    if lines and not lines[0].strip():
        lines.pop(0)
    return "\n".join(lines)


def _without_markdown(text: str, pills: Sequence[tuple[str, str]]) -> tuple[str, list[tuple[str, str]]]:
    """Pills written as Markdown links become the names they show."""
    found = list(pills)
    known = {user for user, _ in pills}
    for match in _MARKDOWN_PILL.finditer(text):
        user = _user(match[2])
        if user and user not in known:
            found.append((user, match[1]))
    return _MARKDOWN_PILL.sub(lambda match: match[1] if _user(match[2]) else match[0], text), found


def _place(found: Words, pills: Sequence[tuple[str, str]], bot: Names) -> None:
    """Finds the pills in the text, in order, and takes the bot's own name from its head."""
    at, cut = 0, 0
    for user, label in pills:
        start = found.text.find(label, at) if label else -1
        if start < 0:
            continue
        end = start + len(label)
        if user == bot.user:
            found.addressed = True
            if not found.text[:start].strip():
                cut = end + len(found.text[end:]) - len(found.text[end:].lstrip(" \t\n,:"))
        else:
            found.mentioned.append(user)
            found.spans.append((start, end))
        at = end
    if not cut and (called := _called(bot).match(found.text)):
        found.addressed, cut = True, called.end()
    if cut:
        found.text = found.text[cut:]
        kept = [(user, span) for user, span in zip(found.mentioned, found.spans, strict=True) if span[0] >= cut]
        found.mentioned = [user for user, _ in kept]
        found.spans = [(start - cut, end - cut) for _, (start, end) in kept]


def _user(link: str) -> str | None:
    """The account a link leads to."""
    match = _LINK.match(link)
    if match is None:
        return None
    user = unquote(match["user"])
    if link.startswith("matrix:"):
        user = f"@{user}"
    return user if user.startswith("@") and ":" in user else None


class _PillReader(HTMLParser):
    """Links to accounts, with the words they stand on; not those inside the quotation of a reply."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pills: list[tuple[str, str]] = []
        self._user: str | None = None
        self._label = ""
        self._quoted = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "mx-reply":
            self._quoted = True
        elif tag == "a" and not self._quoted:
            self._user, self._label = _user(dict(attrs).get("href") or ""), ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "mx-reply":
            self._quoted = False
        elif tag == "a" and self._user:
            self.pills.append((self._user, clean(self._label)))
            self._user = None

    def handle_data(self, data: str) -> None:
        if self._user:
            self._label += data


def _pills(formatted: str) -> list[tuple[str, str]]:
    if "<a " not in formatted:
        return []
    reader = _PillReader()
    reader.feed(formatted)
    reader.close()
    return reader.pills
