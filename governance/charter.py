"""An assembly's rules as one frozen, versioned value; presets (§9).

A charter is written in facts and commands as text values by key; here it is exact. `KEYS` is the one
table of what can be set: its type, the value in each preset, and the values allowed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any
from zoneinfo import ZoneInfo

from governance.refusals import Refused, Why, refuse
from governance.terms import Duration, Share, parse_duration, show_duration

PRESETS = ("default", "small", "large")
BASES = ("cast", "taking_part", "members")
"""From the most lenient to the strictest (§5.9)."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Whole hours of the day in the assembly's zone, from `start` up to `end`, over midnight or not."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.start:02}-{self.end:02}"


@dataclass(frozen=True, slots=True)
class Key:
    """How one charter key is read, written and set by the presets; `right` says what a value must be."""

    default: str
    small: str
    large: str
    read: Callable[[str], Any]
    """None where the text is no value of this key."""
    show: Callable[[Any], str]
    right: str


def _number(least: int, most: int) -> Callable[[str], int | None]:
    def read(text: str) -> int | None:
        if not (text.isascii() and text.isdigit()) or len(text) > 9:
            return None
        return int(text) if least <= int(text) <= most else None

    return read


def _duration(most_days: int) -> Callable[[str], Duration | None]:
    def read(text: str) -> Duration | None:
        seconds = parse_duration(text)
        return seconds if seconds is not None and seconds <= most_days * 86_400 else None

    return read


def _window(text: str) -> Duration | None:
    seconds = parse_duration(text)
    return seconds if seconds is not None and 1 <= seconds <= 366 * 86_400 else None


def _resting(text: str) -> Duration | None:
    """Seconds, -1 for off (§2.3)."""
    if text == "off":
        return -1
    seconds = parse_duration(text)
    return seconds if seconds is not None and 15 * 86_400 <= seconds <= 3660 * 86_400 else None


def _threshold(text: str) -> Share | None:
    share = Share.parse(text)
    return share if share and Share(1, 2) <= share <= Share(1, 1) else None


def _quorum(text: str) -> Share | None:
    share = Share.parse(text)
    return share if share and share <= Share(1, 1) else None


def _one_of(*words: str) -> Callable[[str], str | None]:
    return lambda text: text if text in words else None


def _flag(on: str, off: str) -> Callable[[str], bool | None]:
    return {on: True, off: False}.get


def _show_flag(on: str, off: str) -> Callable[[bool], str]:
    return lambda value: on if value else off


def _quiet(text: str) -> QuietHours | str | None:
    """'none' stands for no quiet hours, so that None can say "no value"."""
    if text == "none":
        return "none"
    start, dash, end = text.partition("-")
    hours = _number(0, 24)
    first, last = hours(start), hours(end)
    if dash != "-" or first is None or last is None or first % 24 == last % 24:
        return None
    return QuietHours(first % 24, last % 24)


_CRON_FIELD = re.compile(r"(\*|[0-9a-zA-Z]+(-[0-9a-zA-Z]+)?)(/[0-9]+)?(,(\*|[0-9a-zA-Z]+(-[0-9a-zA-Z]+)?)(/[0-9]+)?)*")


def _cron(text: str) -> str | None:
    """Five fields of a cron line, or one word where a line can hold no spaces: `0_18_*_*_1` (§6.12)."""
    fields = text.replace("_", " ").split()
    return " ".join(fields) if len(fields) == 5 and all(_CRON_FIELD.fullmatch(one) for one in fields) else None


def _timezone(text: str) -> str | None:
    try:
        return text if ZoneInfo(text).key else None
    except (ValueError, OSError, KeyError):
        return None


def _language(text: str) -> str | None:
    return text if re.fullmatch("[A-Za-z]{2,3}(-[A-Za-z]{2,4})?", text) else None


_WINDOW = "a duration from 1s to 366d, like 72h"
_SHARE = "a share from 0 to 1, like 1/3"
_MAJORITY = "a share from 1/2 to 1, like 2/3"


def _span(default: str, small: str, large: str, most_days: int) -> Key:
    return Key(default, small, large, _duration(most_days), show_duration, f"a duration up to {most_days}d, like 48h")


def _count(default: str, small: str, large: str, least: int, most: int) -> Key:
    return Key(default, small, large, _number(least, most), str, f"a whole number from {least} to {most}")


KEYS: Mapping[str, Key] = {
    "seconds": _count("1", "0", "5", 0, 1000),
    "discussion_min": _span("48h", "0", "7d", 366),
    "discussion_max": _span("14d", "7d", "21d", 366),
    "rounds": _count("2", "3", "1", 0, 20),
    "round_window": Key("72h", "24h", "7d", _window, show_duration, _WINDOW),
    "vote_window": Key("72h", "24h", "7d", _window, show_duration, _WINDOW),
    "cooling": _span("24h", "0", "72h", 366),
    "freeze": _span("1h", "0", "24h", 366),
    "minor_window": _span("2h", "2h", "24h", 30),
    "early_close": Key("yes", "yes", "no", _flag("yes", "no"), _show_flag("yes", "no"), "yes or no"),
    "early_close_after": _span("24h", "0", "24h", 366),
    "round_quorum": Key("1/3", "1/2", "1/5", _quorum, str, _SHARE),
    "vote_quorum": Key("1/3", "1/2", "1/5", _quorum, str, _SHARE),
    "quorum_min": _count("3", "2", "10", 0, 100_000),
    "min_support": _count("2", "2", "5", 1, 100_000),
    "blocks_allowed": _count("0", "0", "0", 0, 100_000),
    "stand_aside_max": Key("1/3", "1/4", "1/3", _quorum, str, _SHARE),
    "fallback": Key("vote", "defer", "vote", _one_of("vote", "defer"), str, "vote or defer"),
    "threshold": Key("2/3", "3/4", "2/3", _threshold, str, _MAJORITY),
    "structural_threshold": Key("3/4", "3/4", "3/4", _threshold, str, _MAJORITY),
    "base": Key("cast", "cast", "cast", _one_of(*BASES), str, "cast, taking_part or members"),
    "late_swing": Key("off", "off", "on", _flag("on", "off"), _show_flag("on", "off"), "on or off"),
    "newcomer": _span("0", "0", "48h", 366),
    "resting": Key(
        "off", "off", "off", _resting, lambda value: "off" if value == -1 else show_duration(value),
        "off or a duration from 15d, like 180d",
    ),
    "recall_signers": _count("2", "1", "5", 0, 1000),
    "recall_window": Key("72h", "24h", "7d", _window, show_duration, _WINDOW),
    "council_threshold": Key("2/3", "2/3", "2/3", _threshold, str, _MAJORITY),
    "council_base": Key("all", "all", "all", _one_of("all", "stated"), str, "all or stated"),
    "double_majority": Key("no", "no", "yes", _flag("yes", "no"), _show_flag("yes", "no"), "yes or no"),
    "admission": Key("motion", "open", "motion", _one_of("motion", "open"), str, "motion or open"),
    "referendum": Key("now", "now", "monthly", _one_of("now", "monthly"), str, "now or monthly"),
    "referendum_majority": Key(
        "both", "both", "both", _one_of("both", "assemblies", "members"), str, "both, assemblies or members"
    ),
    "referendum_threshold": Key("1/2", "1/2", "1/2", _threshold, str, _MAJORITY),
    "ratification_window": Key("14d", "7d", "21d", _window, show_duration, _WINDOW),
    "sign_until": Key("60d", "30d", "90d", _window, show_duration, _WINDOW),
    "term": Key("90d", "30d", "180d", _window, show_duration, _WINDOW),
    "max_terms": _count("2", "1", "2", 1, 1000),
    "cooloff": _count("1", "1", "1", 0, 1000),
    "parity": Key("none", "none", "pair", _one_of("none", "pair"), str, "none or pair"),
    "secret": Key(
        "persons", "persons", "persons", _one_of("persons", "all", "none"), str, "persons, all or none"
    ),
    "draw_notice": _span("24h", "1h", "72h", 366),
    "relay": Key("0 18 * * 1", "0 18 * * 1", "0 18 * * *", _cron, str, "a cron line, like 0 18 * * 1"),
    "quiet_hours": Key("22-08", "none", "22-08", _quiet, str, "none or two hours of the day, like 22-08"),
    "timezone": Key("UTC", "UTC", "UTC", _timezone, str, "the name of a time zone, like Europe/Paris"),
    "language": Key("en", "en", "en", _language, str, "the code of a language, like en"),
}


@dataclass(frozen=True, slots=True)
class Charter:
    """All keys of §9, exact: durations in seconds, shares as fractions. `version` counts from 1."""

    version: int
    seconds: int
    discussion_min: Duration
    discussion_max: Duration
    rounds: int
    round_window: Duration
    vote_window: Duration
    cooling: Duration
    freeze: Duration
    minor_window: Duration
    early_close: bool
    early_close_after: Duration
    round_quorum: Share
    vote_quorum: Share
    quorum_min: int
    min_support: int
    blocks_allowed: int
    stand_aside_max: Share
    fallback: str
    threshold: Share
    structural_threshold: Share
    base: str
    late_swing: bool
    newcomer: Duration
    resting: Duration
    """-1: off."""
    recall_signers: int
    recall_window: Duration
    council_threshold: Share
    council_base: str
    double_majority: bool
    admission: str
    referendum: str
    referendum_majority: str
    referendum_threshold: Share
    ratification_window: Duration
    sign_until: Duration
    term: Duration
    max_terms: int
    cooloff: int
    parity: str
    secret: str
    draw_notice: Duration
    relay: str
    quiet_hours: QuietHours | str
    timezone: str
    language: str

    def written(self) -> dict[str, str]:
        """Every key as its text: what facts and minutes hold."""
        return {name: key.show(getattr(self, name)) for name, key in KEYS.items()}


assert tuple(KEYS) == tuple(field.name for field in fields(Charter))[1:]


def preset_values(preset: str) -> dict[str, str] | None:
    """The text values of a preset, None when there is no such preset."""
    if preset not in PRESETS:
        return None
    return {name: getattr(key, preset) for name, key in KEYS.items()}


COUNCIL_DEFAULTS = {"discussion_min": "7d", "round_window": "14d", "vote_window": "14d"}
"""Of a council, whatever its preset, so that homes have time to mandate (§9)."""


def pairs(text: str) -> dict[str, str] | Refused:
    """`key=value key=value` as a charter motion's text writes it."""
    values: dict[str, str] = {}
    for word in text.split():
        key, sign, value = word.partition("=")
        if not sign or not value:
            return refuse(Why.NOT_A_PAIR, word=word)
        values[key] = value
    return values


def draw_up(values: Mapping[str, str], version: int) -> Charter | Refused:
    """A charter from a text for every key, checked key by key and as a whole (§2.1)."""
    exact: dict[str, Any] = {}
    for name, text in values.items():
        if name not in KEYS:
            return refuse(Why.UNKNOWN_KEY, key=name)
        value = KEYS[name].read(text)
        if value is None:
            return refuse(Why.BAD_VALUE, key=name, value=text, right=KEYS[name].right)
        exact[name] = value
    charter = Charter(version=version, **exact)
    if charter.discussion_min > charter.discussion_max:
        return refuse(
            Why.DISCUSSION_WINDOW,
            least=show_duration(charter.discussion_min),
            most=show_duration(charter.discussion_max),
        )
    shortest = min(charter.round_window, charter.vote_window)
    if charter.freeze >= shortest:
        return refuse(Why.FREEZE_TOO_LONG, freeze=show_duration(charter.freeze), window=show_duration(shortest))
    return charter


def amended(charter: Charter, values: Mapping[str, str]) -> Charter | Refused:
    """The next version with these keys set; refused as a whole when one value is wrong (§2.1)."""
    after = draw_up({**charter.written(), **values}, charter.version + 1)
    if isinstance(after, Charter) and after.written() == charter.written():
        return refuse(Why.NOTHING_CHANGES)
    return after


def read_written(values: Mapping[str, str], version: int) -> Charter:
    """A charter as a fact holds it: checked when it was written, so only our own mistake can fail here."""
    charter = draw_up(values, version)
    if isinstance(charter, Refused):
        raise ValueError(f"not a charter: {charter.why.value} {dict(charter.about)}")
    return charter
