"""How the Bot API reads text: its subset of HTML, and the entities it finds by itself.

Offsets and lengths of entities count UTF-16 code units, the limit of a message counts code points.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Entity = dict[str, Any]
FindUser = Callable[[int], Entity | None]

_SIMPLE = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_TAGS = frozenset(_SIMPLE) | {"a", "span", "tg-emoji"}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#(\d+)|#x([0-9a-fA-F]+)|(lt|gt|amp|quot));?")
_ATTRIBUTE = re.compile(r"""\s*([a-z-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9._-]+)))?""")
_TAG_NAME = re.compile(r"[^\s>]*")
_USER_LINK = re.compile(r"tg://user\?id=(\d+)")
_FOUND = (
    ("bot_command", re.compile(r"(?<![\w/<>@.])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z0-9_]{3,32}\b")),
    ("hashtag", re.compile(r"(?<![\w#])#\w*[^\W\d]\w*")),
    ("url", re.compile(r"https?://[^\s<>\"]+")),
)


class CannotParse(Exception):
    """The markup is broken: the words after "can't parse entities: "."""


def units(text: str) -> int:
    """The length in UTF-16 code units."""
    return len(text) + sum(char > "\uffff" for char in text)


@dataclass
class _Open:
    tag: str
    kind: str
    at: int
    extra: Entity = field(default_factory=dict)


@dataclass
class _HtmlReader:
    """One pass over the source, the open tags on a stack."""

    source: str
    find_user: FindUser
    text: str = ""
    length: int = 0
    entities: list[Entity] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)

    def read(self) -> None:
        at = 0
        while at < len(self.source):
            char = self.source[at]
            if char == "&" and (found := _REFERENCE.match(self.source, at)):
                self._add(_NAMED[found[3]] if found[3] else html.unescape(found[0].rstrip(";") + ";"))
                at = found.end()
            elif char == "<":
                at = self._end_tag(at) if self.source.startswith("</", at) else self._start_tag(at)
            else:
                self._add(char)
                at += 1
        if self.stack:
            raise CannotParse(f'Can\'t find end tag corresponding to start tag "{self.stack[-1].tag}"')

    def _add(self, piece: str) -> None:
        self.text += piece
        self.length += units(piece)

    def _offset(self, at: int) -> int:
        return len(self.source[:at].encode())

    def _start_tag(self, at: int) -> int:
        name = _TAG_NAME.match(self.source, at + 1)
        assert name is not None
        tag, offset = name[0].lower(), self._offset(at)
        if name.end() < len(self.source) and tag not in _TAGS:
            raise CannotParse(f'Unsupported start tag "{tag}" at byte offset {offset}')
        end = self.source.find(">", name.end())
        if end < 0:
            raise CannotParse(f"Unclosed start tag at byte offset {offset}")
        attributes = {
            found[1]: found[2] or found[3] or found[4] or ""
            for found in _ATTRIBUTE.finditer(self.source, name.end(), end)
        }
        kind, extra = self._kind(tag, attributes)
        if kind is None:
            raise CannotParse(f'Tag "{tag}" must have class "tg-spoiler" at byte offset {offset}')
        self.stack.append(_Open(tag, kind, self.length, extra))
        return end + 1

    def _kind(self, tag: str, attributes: dict[str, str]) -> tuple[str | None, Entity]:
        if tag == "a":
            url = html.unescape(attributes.get("href", ""))
            if found := _USER_LINK.fullmatch(url):
                user = self.find_user(int(found[1]))
                return ("text_mention", {"user": user}) if user else ("", {})
            return ("text_link", {"url": url}) if url else ("", {})
        if tag == "span":
            return ("spoiler" if attributes.get("class") == "tg-spoiler" else None), {}
        if tag == "tg-emoji":
            return "custom_emoji", {"custom_emoji_id": attributes.get("emoji-id", "")}
        if tag == "blockquote" and "expandable" in attributes:
            return "expandable_blockquote", {}
        return _SIMPLE.get(tag), {}

    def _end_tag(self, at: int) -> int:
        end = self.source.find(">", at)
        if end < 0:
            raise CannotParse(f"Unclosed end tag at byte offset {self._offset(at)}")
        tag = self.source[at + 2 : end].strip().lower()
        if not self.stack:
            raise CannotParse(f"Unexpected end tag at byte offset {self._offset(at)}")
        opened = self.stack.pop()
        if tag and tag != opened.tag:
            raise CannotParse(
                f"Unmatched end tag at byte offset {self._offset(at)}, "
                f'expected "</{opened.tag}>", found "</{tag}>"'
            )
        if opened.kind and self.length > opened.at:
            place = {"offset": opened.at, "length": self.length - opened.at}
            self.entities.append({**place, "type": opened.kind, **opened.extra})
        return end + 1


def parse_html(source: str, find_user: FindUser) -> tuple[str, list[Entity]]:
    """The plain text and the entities of Telegram's HTML, ends trimmed as the server trims them."""
    reader = _HtmlReader(source, find_user)
    reader.read()
    return trimmed(reader.text, reader.entities)


def trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without white space at both ends; entities shrink with it."""
    lead = units(text) - units(text.lstrip())
    text = text.strip()
    whole, kept = units(text), []
    for entity in entities:
        start = max(0, entity["offset"] - lead)
        end = min(whole, entity["offset"] - lead + entity["length"])
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return text, sorted(kept, key=lambda entity: (entity["offset"], -entity["length"]))


def find_entities(text: str, known: Sequence[Entity] = ()) -> list[Entity]:
    """Commands, mentions, hashtags and links the server finds by itself, beside what was marked up."""
    found = list(known)
    for kind, pattern in _FOUND:
        for match in pattern.finditer(text):
            start, length = units(text[: match.start()]), units(match[0])
            if not any(
                entity["offset"] < start + length and start < entity["offset"] + entity["length"]
                for entity in found
                if entity["type"] in {"code", "pre", "text_link", "text_mention", "url"}
            ):
                found.append({"type": kind, "offset": start, "length": length})
    return sorted(found, key=lambda entity: (entity["offset"], -entity["length"]))
