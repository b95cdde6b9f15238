"""The council's part of the minutes: delegations and mandates at home, voices, signatures and tallies in a council."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from governance.council import counsel_of, last_voices, signatures_of, tally_so_far
from governance.council_count import rule_of
from governance.mandate import voices
from governance.motion import FINAL, Item, Kind, Stage
from governance.state import Assembly
from governance.terms import Instant
from governance.ties import COUNCIL, INDICATIVE, MANDATED, RATIFIED, Mandate, Membership, Voice

CHOICES = ("yes", "no", "abstain")
Name = Callable[[str], str]
Iso = Callable[[Instant | None], str | None]


def delegations(state: Assembly, name: Name, iso: Iso) -> dict[str, Any]:
    """Whom the assembly sends to each council, and what binds them."""
    return {
        name(council): _delegation(membership, name, iso)
        for council, membership in state.ties.councils.items()
        if membership.joined is not None
    }


def _delegation(membership: Membership, name: Name, iso: Iso) -> dict[str, Any]:
    seats = membership.delegation
    return {
        "delegates": [name(one) for one in seats.delegates] if seats else [],
        "alternates": [name(one) for one in seats.alternates] if seats else [],
        "observers": [name(one) for one in seats.observers] if seats else [],
        "until": iso(seats.until) if seats else None,
        "source": seats.item if seats else None,
        "mandates": [_mandate(one, iso) for one in membership.mandates],
    }


def _mandate(mandate: Mandate, iso: Iso) -> dict[str, Any]:
    if mandate.item:
        version = mandate.version or None
        return {"item": mandate.item, "version": version, "choice": mandate.choice, "source": mandate.source}
    scope = [*mandate.tags, *(str(one) for one in mandate.items)]
    return {"scope": scope, "may": list(mandate.may), "until": iso(mandate.until), "source": mandate.source}


def of_item(state: Assembly, item: Item, name: Name) -> Mapping[str, Any]:
    """Keys that items of a council have, and home items that belong to one."""
    if state.kind != COUNCIL or item.counsel is None:
        return _of_home(item, name)
    if item.kind is Kind.REFERENDUM:
        return {"referendum": _referendum(item)}
    found: dict[str, Any] = {"council": _council(state, item, name)}
    if item.kind is Kind.RATIFICATION:
        found |= _of_home(item, name)
        if item.decided_by:
            found["decided_by"] = "vote"  # as of every item that answers a council
    if item.kind is Kind.CALL:
        found |= _signatures(state, item, name)
    return found


def _of_home(item: Item, name: Name) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    if "council" in item.terms:
        found["of"] = name(str(item.terms["council"]))
    if "item" in item.terms and "council" in item.terms:
        found["of_item"] = item.terms["item"]
    if item.kind is Kind.MANDATE:
        found["choice"] = item.terms.get("choice")
        found["may"] = item.terms.get("may")
    return found


def _council(state: Assembly, item: Item, name: Name) -> dict[str, Any] | None:
    """The counts at the close of the council's question; before it as the voices stand."""
    counsel, at_close = counsel_of(item), _at_close(state, item)
    if not at_close:
        return None
    last = last_voices(item) if counsel.voices else at_close
    asked = [one for one, voice in at_close.items() if voice.standing != MANDATED]
    return {
        "assemblies": len(at_close),
        "mandated": _counts(voice for voice in at_close.values() if voice.standing == MANDATED),
        "indicative": _counts(voice for voice in at_close.values() if voice.standing == INDICATIVE),
        "silent": sum(voice.standing not in (MANDATED, INDICATIVE) for voice in at_close.values()),
        "ratified": _ratified([last[one] for one in asked]) if counsel.asked else None,
        "members": _members(state, item),
        "positions": {
            name(one): {"standing": voice.standing, "choice": voice.choice or None}
            for one, voice in sorted(last.items(), key=lambda pair: name(pair[0]))
        },
    }


def _at_close(state: Assembly, item: Item) -> Mapping[str, Voice]:
    """The voices at the close of the council's question; before it as they stand."""
    at_close, question = counsel_of(item).voices, item.question
    if not at_close and question is not None and item.stage in (Stage.ROUND, Stage.VOTE):
        return voices(state, item, question.closes - 1)
    return at_close


def _counts(heard: Iterable[Voice]) -> dict[str, int]:
    choices = [voice.choice for voice in heard]
    return {choice: choices.count(choice) for choice in CHOICES}


def _ratified(last: list[Voice]) -> dict[str, int]:
    ratified = _counts(voice for voice in last if voice.standing == RATIFIED)
    return {**ratified, "none": len(last) - sum(ratified.values())}


def _members(state: Assembly, item: Item) -> dict[str, int] | None:
    """The members' sum, where a double majority counts it (§6.8)."""
    if item.stage not in FINAL or not rule_of(state, item).double:
        return None
    tally = tally_so_far(item)
    return {"yes": tally.for_it, "no": tally.against}


def _signatures(state: Assembly, item: Item, name: Name) -> dict[str, Any]:
    """The last word of each assembly on a call, also while it is open (§6.9)."""
    last = signatures_of(state, item)
    signed = [one for one, choice in last.items() if choice == "yes"]
    refused = [one for one, choice in last.items() if choice == "no"]
    others = [one for one in _at_close(state, item) if one not in last]
    return {
        "signatories": sorted(map(name, signed)),
        "refused": sorted(map(name, refused)),
        "no_position": sorted(map(name, others)),
    }


def _referendum(item: Item) -> dict[str, Any] | None:
    """Both tallies of a referendum, once declared (§6.10)."""
    tallies = counsel_of(item).tallies
    if not tallies:
        return None
    assemblies, members = tallies["assemblies"], tallies["members"]
    return {
        "assemblies": {one: assemblies.get(one, 0) for one in ("yes", "no", "none")},
        "members": {one: members.get(one, 0) for one in CHOICES},
    }
