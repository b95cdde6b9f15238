"""The minutes: what each assembly decided and how, as data with a fixed shape, and as text to be read.

Keys of the data are a contract; more may be added. Persons appear by handle, times in ISO 8601 UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot import minutes_council, minutes_people
from bot.reading import why
from bot.wording_counts import by_name
from bot.wording_results import ending, result
from bot.wording_terms import KINDS, STAGES, heading, name_shown, text_name
from bot.wording_voice import Voice
from governance.ballots import reveals
from governance.meeting import gives_up
from governance.motion import FINAL, ClosedRound, ClosedVote, Item, Kind, Reason, question_id
from governance.state import Assembly
from governance.terms import SECOND, Instant


@dataclass(frozen=True, slots=True)
class Answer:
    """A row of a closed ballot box; `mark`: the first 8 hex of its hash, as its voter was told."""

    by: str
    choice: str
    mark: str


@dataclass(frozen=True, slots=True)
class Sources:
    """What the minutes take from outside the states."""

    handle: Callable[[str], str]
    """A person's id to the handle."""
    register: Callable[[str], tuple[int, str]]
    """An assembly's id to the size of its register and the seal of its head, in hex."""
    answers: Callable[[str, str], Sequence[Answer]]
    """An assembly's id and a closed question (`12.3`, `12.3a`) to who answered what."""


def minutes(states: Iterable[Assembly], sources: Sources) -> dict[str, Any]:
    """The minutes of these assemblies as data."""
    return {"assemblies": {state.name: _assembly(state, sources) for state in states}}


def _assembly(state: Assembly, sources: Sources) -> dict[str, Any]:
    size, head = sources.register(state.id)
    members = sorted(state.roll.values(), key=lambda one: one.enrolled)  # of one instant, as they joined
    return {
        "id": state.id,
        "kind": state.kind,
        "founded": iso(state.founded),
        "members": [sources.handle(one.id) for one in members],
        "charter": {"version": state.charter.version, **state.charter.written()},
        "principles": [
            {"number": one.number, "text": one.text, "item": one.item or None, "ended": one.ended}
            for one in state.principles.values()
        ],
        "register": {"size": size, "head": head},
        "rooms": [
            {"label": one.label, "item": one.item or None, "present": one.present}
            for one in state.rooms.standing.values()
        ],
        "roles": minutes_people.roles(state, sources.handle, iso),
        "delegations": minutes_council.delegations(state, sources.handle, iso),
        "items": [_item(state, state.items[number], sources) for number in sorted(state.items)],
    }


def iso(instant: Instant | None) -> str | None:
    """`2027-03-01T18:00:00Z`, with milliseconds only where there are some."""
    if instant is None:
        return None
    seconds, rest = divmod(instant, SECOND)
    shown = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{shown}.{rest:03}Z" if rest else f"{shown}Z"


# --- items


def _item(state: Assembly, item: Item, sources: Sources) -> dict[str, Any]:
    handle = sources.handle
    return {
        "number": item.number,
        "kind": item.kind.value,
        "title": _title(item, handle),
        "text": item.text,
        "version": item.version,
        "proposer": handle(item.proposer),
        "seconders": [handle(one) for one in item.seconders],
        "state": item.stage.value,
        "decided_by": item.decided_by,
        "why": item.why,
        "proposed": iso(item.proposed),
        "ended": iso(item.ended),
        "closes": iso(item.question.closes if item.question and item.stop is None else None),
        "charter": item.charter.version if item.charter else None,
        "rounds": [_round(state, item, one, sources) for one in item.rounds],
        "vote": _vote(state, item, "", sources),
        "rivals": [
            {
                "letter": one.letter,
                "by": handle(one.by),
                "text": one.text,
                "vote": _vote(state, item, one.letter, sources),
            }
            for one in item.rivals
        ],
        "runoff": _runoff(state, item, sources),
        "amendments": [
            {"letter": one.letter, "by": handle(one.by), "text": one.text, "state": one.state}
            for one in item.amendments.values()
        ],
        "statements": [{"by": handle(member), "text": text} for member, text in item.statements.items()],
        "repealed_by": item.repealed_by,
        **_of_kind(item, handle),
        **minutes_council.of_item(state, item, handle),
        **minutes_people.of_item(item, handle),
    }


def _title(item: Item, handle: Callable[[str], str]) -> str:
    """Of a kind that says itself what it does: what it is about."""
    match item.kind:
        case Kind.CHARTER:
            return item.text
        case Kind.PRINCIPLE:
            return item.text.split("\n", 1)[0]
        case Kind.EXCLUSION | Kind.ADMISSION | Kind.RECALL:
            return handle(str(item.terms.get("person") or item.terms["assembly"]))
        case Kind.REPEAL:
            return str(item.terms["item"])
        case Kind.JOIN | Kind.QUIT | Kind.DELEGATION:
            return handle(str(item.terms["council"]))
        case Kind.MANDATE:
            number = item.terms.get("item")
            return handle(str(item.terms["council"])) + (f"#{number}" if number else "")
        case Kind.COMPLAINT:
            return handle(str(item.terms["assembly"]))
        case Kind.RIGHTS:
            return item.text.split("\n", 1)[0]
        case Kind.ELECTION | Kind.DRAW:
            return str(item.terms["role"])
        case Kind.ROOM:
            return str(item.terms["label"])
        case _:
            return item.title


def _of_kind(item: Item, handle: Callable[[str], str]) -> Mapping[str, Any]:
    """Keys that only some kinds have."""
    match item.kind:
        case Kind.CHARTER:
            return {"values": dict(item.terms)}
        case Kind.PRINCIPLE:
            return {"principle": item.adopted_as}
        case Kind.EXCLUSION | Kind.ADMISSION:
            return {"person": handle(str(item.terms.get("person") or item.terms["assembly"]))}
        case Kind.RECALL:
            return {"person": handle(str(item.terms["person"])), "reason": item.text}
        case Kind.COMPLAINT:
            return {"assembly": handle(str(item.terms["assembly"])), "effect": item.terms["effect"]}
        case Kind.DELEGATION:
            parts = ("delegates", "alternates", "observers")
            return {part: [handle(str(one)) for one in _listed(item.terms.get(part))] for part in parts}
        case Kind.REPEAL:
            return {"repeals": int(str(item.terms["item"]))}
        case Kind.ROOM:
            return {"label": item.terms["label"], "gives_up": gives_up(item.terms)}
        case _:
            return {}


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _round(state: Assembly, item: Item, closed: ClosedRound, sources: Sources) -> dict[str, Any]:
    counts = {position: closed.tally.get(position, 0) for position in ("agree", "reserve", "aside", "block", "pass")}
    return {
        "round": closed.round,
        "version": closed.version,
        "electorate": closed.electorate,
        **counts,
        "outcome": closed.outcome,
        "opened": iso(closed.opened),
        "closed": iso(closed.closed),
        "reasons": [_reason(one, sources.handle) for one in closed.reasons],
        "answers": _answers(state, question_id(item.number, closed.serial), sources),
    }


def _reason(one: Reason, handle: Callable[[str], str]) -> dict[str, Any]:
    return {"by": handle(one.member), "position": one.position, "principle": one.principle or None, "reason": one.text}


def _answers(state: Assembly, question: str, sources: Sources) -> list[dict[str, str]]:
    """Who answered what: open votes show names (§5.8)."""
    rows = sources.answers(state.id, question)
    answers = [{"by": sources.handle(one.by), "choice": one.choice, "mark": one.mark} for one in rows]
    return sorted(answers, key=lambda one: one["by"])


def _closed(item: Item, *, runoff: bool) -> ClosedVote | None:
    return next((one for one in item.votes if one.runoff == runoff), None)


def _vote(state: Assembly, item: Item, letter: str, sources: Sources) -> dict[str, Any] | None:
    """The vote on one text; None where it has not closed, or this text was not in it."""
    closed = _closed(item, runoff=False)
    if closed is None or letter not in closed.tallies:
        return None
    tally = closed.tallies[letter]
    # §8.3 beside the names of those who voted, some counts would show how
    withheld = closed.secret and reveals(tally)
    return {
        "secret": closed.secret,
        "electorate": closed.electorate,
        **{choice: None if withheld else tally.get(choice, 0) for choice in ("yes", "no", "abstain")},
        "base": closed.base,
        "threshold": closed.threshold,
        "outcome": closed.verdicts[letter],
        "opened": iso(closed.opened),
        "closed": iso(closed.closed),
        "answers": _answers(state, question_id(item.number, closed.serial, letter), sources),
    }


def _runoff(state: Assembly, item: Item, sources: Sources) -> dict[str, Any] | None:
    """Between texts that were equally wanted; `chosen` counts by letter, `original` the proposer's (§3.7)."""
    closed = _closed(item, runoff=True)
    if closed is None:
        return None
    withheld = closed.secret and reveals(closed.tallies[""])
    return {
        "electorate": closed.electorate,
        "chosen": None if withheld else dict(closed.tallies[""]),
        "text": closed.text or "original",
        "opened": iso(closed.opened),
        "closed": iso(closed.closed),
        "answers": _answers(state, question_id(item.number, closed.serial), sources),
    }


# --- to be read


def readable(states: Iterable[Assembly], sources: Sources, voice: Voice) -> str:
    """The minutes of these assemblies as text, each item with its whole count."""
    whole = replace(voice, long=None)
    return "\n\n\n".join("\n\n".join(_page(state, sources, whole)) for state in states) + "\n"


def _page(state: Assembly, sources: Sources, voice: Voice) -> Iterator[str]:
    size, head = sources.register(state.id)
    about = voice.plural(
        "Founded {date}. {count} on the roll. Charter version {version}. Register {size} · {head}",
        "Founded {date}. {count} on the roll. Charter version {version}. Register {size} · {head}",
        len(state.roll), date=voice.date(state.founded), version=state.charter.version, size=size, head=head,
    )  # fmt: skip
    yield _underlined(name_shown(state.name), "=") + about
    for number in sorted(state.items):
        yield "\n".join(filter(None, _section(state, state.items[number], sources, voice)))


def _underlined(title: str, line: str) -> str:
    return f"{title}\n{line * max(len(title), 3)}\n"


def _section(state: Assembly, item: Item, sources: Sources, voice: Voice) -> Iterator[str]:
    stage = ending(item, voice) if item.stage in FINAL else voice.say(STAGES[item.stage.value])
    title = voice.say("{heading} — {ending}", heading=heading(item, voice), ending=stage)
    yield _underlined(title, "-") + voice.say(KINDS[item.kind.value], mover=item.proposer)
    yield item.text
    count = why(state, item.number, voice)
    if isinstance(count, str) and (item.rounds or item.votes):
        yield from count.split("\n")[1:]
    elif item.stage in FINAL:
        yield from result(state, item.number, voice).split("\n")[1:]
    yield from _names(state, item, sources, voice)
    for member, text in item.statements.items():
        yield voice.say("Statement by {member}: {text}", member=member, text=text)
    if item.repealed_by is not None:
        yield voice.say("Repealed by {item}.", item=item.repealed_by)


def _names(state: Assembly, item: Item, sources: Sources, voice: Voice) -> Iterator[str]:
    """Who answered what, question by question."""
    for closed in item.rounds:
        rows = sources.answers(state.id, question_id(item.number, closed.serial))
        if rows:
            answers = by_name(item.number, [(one.by, one.choice, one.mark) for one in rows], voice)
            yield voice.say("Round {round}, by name: {answers}", round=closed.round, answers=answers)
    for vote in item.votes:
        for letter in vote.tallies:
            rows = sources.answers(state.id, question_id(item.number, vote.serial, letter))
            if rows:
                answers = by_name(item.number, [(one.by, one.choice, one.mark) for one in rows], voice)
                text = text_name(item.number, letter)
                yield voice.say("Vote on {text}, by name: {answers}", text=text, answers=answers)
