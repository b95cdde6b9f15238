"""Facts, states and refusals in words, in the language and zone of whoever reads: the door of the wording.

Everything is said by a `Voice`. Messages are their English text; see `locale/README.md` for other languages.
"""

from __future__ import annotations

from bot.wording_cards import Button, Said, Tallies, card, former_card
from bot.wording_help import every as help_all
from bot.wording_help import menu
from bot.wording_help import now as help_now
from bot.wording_help import of_verb as help_verb
from bot.wording_link import account_words
from bot.wording_notices import ANSWERS, TOLD, alone, answer, declared, joined, label, notice, recorded, reminder, told
from bot.wording_refusals import MISREADINGS, REFUSALS, misreading, refusal
from bot.wording_results import result
from bot.wording_signs import sign
from bot.wording_voice import Voice, known_language, languages

__all__ = [
    "ANSWERS",
    "MISREADINGS",
    "REFUSALS",
    "TOLD",
    "Button",
    "Said",
    "Tallies",
    "Voice",
    "account_words",
    "alone",
    "answer",
    "card",
    "declared",
    "former_card",
    "help_all",
    "help_now",
    "help_verb",
    "joined",
    "known_language",
    "label",
    "languages",
    "menu",
    "misreading",
    "notice",
    "recorded",
    "refusal",
    "reminder",
    "result",
    "sign",
    "told",
]
