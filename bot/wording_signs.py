"""The emoji that stands for a button where reactions serve as buttons; the word always stands beside it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.grammar import read_payload

SIGNS: Mapping[str, str] = {
    "agree": "👍", "reserve": "🤔", "aside": "🤷", "block": "🛑", "pass": "⏭️", "yes": "✅", "no": "❌", "abstain": "⚪",
    "second": "✋", "open": "📣", "join": "🙋", "leave": "👋", "forget": "🗑️", "link": "🔗",
}  # fmt: skip


def sign(payload: str) -> str:
    """Nothing where several texts stand to the vote: an emoji can stand for one button only, so they are numbered."""
    tap = read_payload(payload)
    return SIGNS.get(tap.choice, "") if tap and not tap.letter else ""
