"""Mandates, and what they make of each member's voice: standing is computed, never typed (§6.3–6.5, §6.7a)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from governance.motion import Item
from governance.state import Assembly, Sitting
from governance.terms import Instant, MemberId, PersonId
from governance.ties import (
    CHOICE_OF,
    INDICATIVE,
    MANDATED,
    POSITION_OF,
    SILENT,
    Answer,
    Mandate,
    MemberTie,
    Voice,
)

_TAG = re.compile(r"#(\w[\w-]*)")


def tags_of(title: str) -> frozenset[str]:
    """The `#words` of a council item's title: part of the text and frozen with it (§6.3)."""
    return frozenset(word.casefold() for word in _TAG.findall(title))


def with_mandate(mandates: tuple[Mandate, ...], new: Mandate) -> tuple[Mandate, ...]:
    """A mandate on an item takes the place of the earlier one; `none` only withdraws it (§6.3, §6.5)."""
    if not new.item:
        return (*mandates, new)
    others = tuple(one for one in mandates if one.item != new.item)
    return others if new.choice == "none" else (*others, new)


def item_mandate(mandates: Iterable[Mandate], item: int, version: int) -> Mandate | None:
    """The mandate that speaks on this item: for this version of the text, or for any (§6.5)."""
    return next((one for one in mandates if one.item == item and one.version in (0, version)), None)


def covers(mandate: Mandate, item: int, title: str, at: Instant) -> bool:
    """Whether a scope mandate, not yet expired, reaches this item (§6.3)."""
    if mandate.item or (mandate.until is not None and at >= mandate.until):
        return False
    return item in mandate.items or not tags_of(title).isdisjoint(mandate.tags)


def scope_mandate(mandates: Iterable[Mandate], item: int, title: str, at: Instant) -> Mandate | None:
    """Of the scope mandates that reach this item the latest (§6.7a)."""
    reaching = [one for one in mandates if covers(one, item, title, at)]
    return max(reaching, key=lambda one: (one.decided, one.source), default=None)


def speaks(s: Assembly | Sitting, item: Item, member: MemberId, at: Instant) -> Mandate | None:
    """The mandate in force for this member on this item: the item's before a scope's (§6.7a)."""
    mandates = s.ties.members[member].mandates
    return item_mandate(mandates, item.number, item.version) or scope_mandate(mandates, item.number, item.title, at)


def acting_for(s: Assembly | Sitting, person: PersonId) -> tuple[MemberId, MemberTie] | None:
    """The member whose delegation this person is part of: never more than one (§6.2)."""
    for member, tie in s.ties.members.items():
        if tie.delegation is not None and tie.delegation.carries(person):
            return member, tie
    return None


def _of_answers(
    tie: MemberTie, answers: Mapping[PersonId, Answer], scope: Mandate | None
) -> Voice:
    """What the delegates say, where no item mandate speaks (§6.4, §6.7a)."""
    seated = tie.delegation.delegates if tie.delegation is not None else ()
    heard = []
    for person, answer in answers.items():
        within = scope is not None and CHOICE_OF[answer.position] in scope.may
        # §6.5: of those who lost their seat only what the mandate holds remains; what it does not hold is void
        if (within and (person in seated or not answer.lowered)) or (scope is None and person in seated):
            heard.append(answer)
    positions = {answer.position for answer in heard}
    if len({CHOICE_OF[position] for position in positions}) != 1:
        return Voice(SILENT, differ=bool(heard))
    # the same answer in two shades: the one that says more
    position = next(one for one in ("reserve", "aside", *sorted(positions)) if one in positions)
    if scope is None or any(answer.lowered for answer in heard):
        return Voice(INDICATIVE, position)
    return Voice(MANDATED, position, scope.source)


def _voice(
    s: Assembly | Sitting, item: Item, member: MemberId, answers: Mapping[PersonId, Answer], at: Instant
) -> Voice:
    counsel = item.counsel
    if counsel is not None and member in counsel.left:
        return counsel.left[member]
    tie = s.ties.members[member]
    own = item_mandate(tie.mandates, item.number, item.version)
    if own is not None:
        in_round = item.question is not None and item.question.round > 0
        position = POSITION_OF[own.choice] if in_round else own.choice
        return Voice(MANDATED, position, own.source, False, own.yes, own.no)
    return _of_answers(tie, answers, scope_mandate(tie.mandates, item.number, item.title, at))


def voices(s: Assembly | Sitting, item: Item, at: Instant) -> dict[MemberId, Voice]:
    """The voice of every member that is asked, as it stands now."""
    members = item.question.electorate if item.question is not None else frozenset()
    answers: dict[MemberId, dict[PersonId, Answer]] = {}
    for (member, person), answer in (item.counsel.answers if item.counsel is not None else {}).items():
        answers.setdefault(member, {})[person] = answer
    return {one: _voice(s, item, one, answers.get(one, {}), at) for one in sorted(members)}


def voice_of(s: Assembly | Sitting, item: Item, member: MemberId, at: Instant) -> Voice:
    answers = {} if item.counsel is None else {
        person: answer for (one, person), answer in item.counsel.answers.items() if one == member
    }
    return _voice(s, item, member, answers, at)
