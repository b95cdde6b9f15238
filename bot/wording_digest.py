"""The digest of a council for one of its homes: every delegation's position, our own beside our mandate (§6.12)."""

from __future__ import annotations

from collections.abc import Iterator

from bot.grammar import mark
from bot.wording_council_count import referendum
from bot.wording_terms import CHOICES, STAGES
from bot.wording_terms import title as heading_of
from bot.wording_voice import Voice, isolated
from governance.digests import Line, digest_for, reports_since
from governance.motion import FINAL, Kind
from governance.state import Assembly
from governance.terms import Instant
from governance.ties import CHOICE_OF, INDICATIVE, MANDATED, RATIFIED, Mandate

LINES = 15
"""Of one digest; the rest is read in the council."""

STANDINGS = (
    (MANDATED, mark("mandated {counts}")),
    (RATIFIED, mark("ratified {counts}")),
    (INDICATIVE, mark("indicated {counts}")),
)


def digest(home: Assembly, council: Assembly, since: Instant, voice: Voice) -> str | None:
    """One message, the newest first; None where there is nothing to tell."""
    lines = [text for line in digest_for(council, home.id, since, voice.now) for text in _line(council, line, voice)]
    lines += [
        voice.say("{delegate} reported: {text}", delegate=one.by, text=isolated(one.text))
        for one in reports_since(home, council.id, since)
    ]
    if not lines:
        return None
    first = voice.say("From {council}", council=council.id)
    if len(lines) > LINES:
        more = voice.say("… more: {line}", line=voice.line(f"agenda {council.name.casefold()}#"))
        lines = [*lines[: LINES - 1], more]
    return "\n".join([first, *lines])


def _line(council: Assembly, line: Line, voice: Voice) -> Iterator[str]:
    title = isolated(line.title) or heading_of(council.items[line.item], voice)
    stage = voice.say(STAGES[line.stage.value])
    about = {"name": voice.name(council.id), "number": line.item, "title": title, "stage": stage}
    if line.closes is not None and line.stage not in FINAL:
        yield voice.say("{name} {number} · {title} — {stage}, until {closes}", **about, closes=line.closes)
    else:
        yield voice.say("{name} {number} · {title} — {stage}", **about)
    if line.voices:
        yield "  " + _counts(line, voice)
    elif line.kind == Kind.REFERENDUM.value:
        yield from (f"  {said}" for said in referendum(council, council.items[line.item], voice))
    ours = list(_ours(line, voice))
    if ours:
        yield "  " + " ".join(ours)


def _counts(line: Line, voice: Voice) -> str:
    said = []
    for standing, message in STANDINGS:
        choices = [one.choice for one in line.voices.values() if one.standing == standing]
        counts = ", ".join(
            f"{voice.say(CHOICES[choice])} {choices.count(choice)}" for choice in ("yes", "no", "abstain")
            if choice in choices
        )  # fmt: skip
        if counts:
            said.append(voice.say(message, counts=counts))
    known = {standing for standing, _ in STANDINGS}
    silent = sum(one.standing not in known for one in line.voices.values())
    if silent:
        said.append(voice.say("silent {count}", count=silent))
    return " · ".join(said)


def _ours(line: Line, voice: Voice) -> Iterator[str]:
    """Our delegates' words beside our mandate, and what waits for us."""
    if line.mandate is not None:
        yield voice.say("Our mandate: {choice} (item {source}).", choice=_mandate(line.mandate, voice),
                        source=line.mandate.source)  # fmt: skip
    for delegate, position in line.answers.items():
        choice = voice.say(CHOICES[CHOICE_OF[position]])
        yield voice.say("{delegate} said {choice}.", delegate=delegate, choice=choice)
    if line.ours is not None and line.ours.standing == RATIFIED:
        yield voice.say("We ratified {choice}.", choice=voice.say(CHOICES[line.ours.choice]))
    if line.asked_until is not None:
        yield voice.say("We are asked to ratify until {until}.", until=line.asked_until)


def _mandate(mandate: Mandate, voice: Voice) -> str:
    words = (mandate.choice,) if mandate.choice else mandate.may
    return " / ".join(voice.say(CHOICES[one]) for one in words)
