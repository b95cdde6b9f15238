"""Features of one's own, for quotas and pairs: declared, shown, hidden, erased, and read (§7.4)."""

from __future__ import annotations

from bot.grammar import Misread, Request, Unclear, misread
from bot.service_desk import Desk
from bot.store.declarations import declare, features_of, show
from bot.wording import Voice, declared
from governance.terms import PersonId

SWITCHES = {"show": True, "hide": False}
"""Keys that name features: show=gender, hide=gender,region."""
UNFIT = frozenset(":<>")
"""No quota could name a feature or a value with one of these."""


def take(desk: Desk, person: PersonId, request: Request, voice: Voice) -> str | Misread:
    """All of the line or nothing of it; then what is declared now."""
    values = {key: value.casefold() for key, value in request.values.items() if key not in SWITCHES}
    switched = {
        name.casefold(): shown
        for key, shown in SWITCHES.items()
        for name in filter(None, request.values.get(key, "").split(","))
    }
    for key, value in values.items():
        if UNFIT & {*key, *value}:
            return misread(Unclear.NOT_A_PAIR, "declare", f"{key}={value}")
    known = {*features_of(desk.connection, person), *values} - {key for key, value in values.items() if value == "none"}
    for name in switched:
        if name not in known:
            return misread(Unclear.NOT_DECLARED, "declare", name)
    for key, value in values.items():
        declare(desk.connection, person, key, None if value == "none" else value)
    for name, shown in switched.items():
        show(desk.connection, person, name, shown)
    return declared([(key, one.value, one.shown) for key, one in features_of(desk.connection, person).items()], voice)
