"""What a council decides, and what it must send home (§6.7–6.9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from governance import council_count as count
from governance import counting, referendum
from governance import facts as f
from governance.below import bases_below
from governance.closing import adopt, after_round, charter_of, open_question_of
from governance.confederating import mandate_under_way
from governance.decision import Box
from governance.mandate import voices
from governance.motion import FINAL, Item, Kind, Stage, question_id
from governance.people import Declared
from governance.sending import send
from governance.state import Assembly, Sitting
from governance.terms import HOUR, SECOND, AssemblyId, Instant, MemberId, PersonId, digest
from governance.ties import MANDATED, NO_POSITION, RATIFIED, Counsel, Known, Voice


def counsel_of(item: Item) -> Counsel:
    return item.counsel or Counsel()


class VoiceBox:
    """The voices of a council where an assembly has its ballot box. They are facts, so nothing else is stored."""

    def __init__(self, s: Assembly | Sitting, at: Instant, behind: Box | None = None) -> None:
        self._s, self._at, self._behind = s, at, behind

    def _positions(self, question: str) -> dict[MemberId, str]:
        item = self._s.items[int(question.partition(".")[0])]
        counsel = counsel_of(item)
        if item.kind is Kind.REFERENDUM:
            return {member: report.answer for member, report in counsel.reports.items()}
        if item.stage is Stage.RATIFICATION:
            return {member: answer.choice for member, answer in counsel.ratified.items()}
        return {
            member: voice.position for member, voice in voices(self._s, item, self._at).items() if voice.position
        }

    def choice(self, question: str, voter: MemberId) -> str | None:
        return self._positions(question).get(voter)

    def tally(self, question: str) -> Mapping[str, int]:
        return dict(Counter(self._positions(question).values()))

    def answered(self, question: str) -> int:
        return len(self._positions(question))

    def voters(self, question: str) -> frozenset[MemberId]:
        return frozenset(self._positions(question))

    def digest(self, question: str) -> str:
        return digest(f"{member}:{position}" for member, position in self._positions(question).items())

    def declared(self, persons: Iterable[PersonId]) -> Mapping[PersonId, Declared]:
        """The directory stands behind every box."""
        return {} if self._behind is None else self._behind.declared(persons)


# --- counting what is open


def pending_of(s: Sitting | Assembly, item: Item, heard: Mapping[MemberId, Voice], at: Instant) -> list[MemberId]:
    """Who can be asked: without a mandated position, still a member, not suspended (§6.7c)."""
    out = _out(s, heard, at)
    return [one for one, voice in heard.items() if voice.standing != MANDATED and one not in out]


def _out(s: Sitting | Assembly, heard: Mapping[MemberId, Voice], at: Instant) -> frozenset[MemberId]:
    return frozenset(
        one for one, voice in heard.items()
        if voice.standing == NO_POSITION or one not in s.ties.members or s.ties.members[one].is_suspended(at)
    )


def outcome_now(s: Sitting | Assembly, item: Item, at: Instant) -> str:
    """What the mandates decide as they stand (§6.7c)."""
    heard = voices(s, item, at)
    return count.by_mandates(count.tally_of(heard, _out(s, heard, at)), count.rule_of(s, item))


def early_from(s: Sitting | Assembly, item: Item) -> Instant | None:
    """From when nothing is left to wait for (§4.6, §6.7f); None as long as something is."""
    question, charter = item.question, charter_of(item, s)
    if question is None or item.stop is not None or not charter.early_close:
        return None
    if item.kind in (Kind.CALL, Kind.REFERENDUM) or item.stage is Stage.RATIFICATION:
        return None
    at = question.early_from(charter)
    if question.round:
        heard = voices(s, item, at).values()
        complete = all(one.position and one.position != "block" for one in heard)
    else:
        complete = outcome_now(s, item, at) != count.RATIFICATION
    return at if complete else None


# --- closing


def close_question(s: Sitting, number: int, at: Instant) -> None:
    """A council's question has come to its closing instant, or nothing is left to wait for."""
    item = s.items[number]
    if item.stage is Stage.RATIFICATION:
        finish(s, number, at)
    elif item.kind is Kind.REFERENDUM:
        finish_referendum(s, number, at)
    elif item.stage is Stage.ROUND:
        _close_round(s, number, at)
    else:
        _close_vote(s, number, at)


def _count_voices(s: Sitting, number: int, outcome: str, at: Instant) -> dict[MemberId, Voice]:
    item = s.items[number]
    heard = voices(s, item, at)
    s.record(f.VoicesCounted(number, open_question_of(item).serial, heard, outcome), at)
    return heard


def _close_round(s: Sitting, number: int, at: Instant) -> None:
    """§6.7b: by §4 over all voices, whatever their standing, with M = T and no `quorum_min`."""
    item, box = s.items[number], VoiceBox(s, at)
    question, charter = open_question_of(item), charter_of(item, s)
    key = question_id(number, question.serial)
    tally = dict(box.tally(key))
    outcome = counting.count_round(tally, len(question.electorate), replace(charter, quorum_min=0)).outcome
    if outcome == counting.NO_QUORUM and "no_quorum" not in question.extended and at >= question.closes:
        longer = question.window // SECOND // 2 * SECOND
        s.record(f.ClosingMoved(number, question.serial, question.closes + longer, "no_quorum"), at)
        return
    binding = outcome_now(s, item, at)
    heard = _count_voices(s, number, binding if outcome == counting.CONSENSUS else outcome, at)
    s.record(f.RoundClosed(number, question.serial, tally, outcome, box.digest(key)), at)
    if outcome == counting.CONSENSUS:
        _conclude(s, number, heard, binding, at)
    else:
        after_round(s, number, question.round, outcome, at)


def _close_vote(s: Sitting, number: int, at: Instant) -> None:
    """§6.7c in the place of §5.1–5.3."""
    item, box = s.items[number], VoiceBox(s, at)
    question = open_question_of(item)
    outcome = "closed" if item.kind is Kind.CALL else outcome_now(s, item, at)
    # §5.7
    if question.tendency not in (None, outcome) and "late_swing" not in question.extended and at >= question.closes:
        tenth = (question.closes - question.opened - question.stopped) // 10
        s.record(f.ClosingMoved(number, question.serial, question.closes + max(tenth, HOUR), "late_swing"), at)
        return
    key = question_id(number, question.serial)
    heard = _count_voices(s, number, outcome, at)
    s.record(
        f.VoteClosed(number, question.serial, {"": dict(box.tally(key))}, {"": outcome}, outcome, "", box.digest(key)),
        at,
    )
    if item.kind is Kind.CALL:
        _close_call(s, number, heard, at)
    else:
        _conclude(s, number, heard, outcome, at)


def _conclude(s: Sitting, number: int, heard: Mapping[MemberId, Voice], outcome: str, at: Instant) -> None:
    item = s.items[number]
    if outcome == count.ADOPTED:
        adopt(s, number, "mandates", "", at)
    elif outcome == count.REJECTED:
        why = count.why_rejected(count.tally_of(heard, frozenset()), count.rule_of(s, item))
        s.record(f.Rejected(number, "mandates", why), at)
    elif outcome == count.NO_VOTES:
        s.record(f.Lapsed(number, outcome), at)
    else:
        charter = charter_of(item, s)
        window = charter.recall_window if item.kind is Kind.RECALL else charter.ratification_window
        ask(s, number, pending_of(s, item, heard, at), at + window * SECOND, at)
        # nobody is left to ask: those who were pending have left
        finish_when_certain(s, number, at)


# --- ratification


def ask(s: Sitting, number: int, pending: list[MemberId], closes: Instant, at: Instant) -> None:
    """§6.7d: one closing instant for all; an item opens at once in every assembly that is asked."""
    item = s.items[number]
    charter = charter_of(item, s)
    s.record(
        f.RatificationOpened(number, item.questions + 1, item.version, charter.version, tuple(pending), closes), at
    )
    ask_home(s, number, pending, closes, at)


def ask_home(s: Sitting, number: int, members: list[MemberId], closes: Instant, at: Instant) -> None:
    item = s.items[number]
    origin: dict[str, Any] = {"origin": s.id, "origin_item": number, "kind": item.kind.value}
    if item.kind is Kind.RATIFICATION:
        origin = {
            "origin": item.terms["origin"], "origin_item": item.terms["origin_item"], "kind": item.terms["kind"],
        }
    double, bases = rolls_counted(s, item)
    send(
        s, f.RatificationAsked, members, at, item=number, version=item.version, title=item.title, text=item.text,
        closes=closes, double=double, bases=bases, voices=counsel_of(item).voices, decided=at,
        **origin,
    )


def rolls_counted(s: Sitting | Assembly, item: Item) -> tuple[bool, tuple[AssemblyId, ...]]:
    """Whether members are counted too, here or where the question comes from, and on which rolls together (§6.8).

    The sums climb with the answers, so a person on several of those rolls has one ballot in them all.
    """
    if item.kind is Kind.RATIFICATION and item.terms["double"]:
        bases: Any = item.terms["bases"]
        return True, tuple(bases)
    above = _mandated_above(s, item)
    if above is not None and above.double:
        return True, above.bases
    return count.rule_of(s, item).double, bases_below(s)


def _mandated_above(s: Sitting | Assembly, item: Item) -> Known | None:
    """The item of a higher council that this mandate is about."""
    if item.kind is not Kind.MANDATE:
        return None
    membership = s.ties.councils.get(str(item.terms["council"]))
    return membership.items.get(int(str(item.terms.get("item", 0)))) if membership is not None else None


def tally_so_far(item: Item) -> count.Tally:
    """Mandated and ratified, as far as they came in."""
    counsel = counsel_of(item)
    heard = counsel.voices or {member: Voice("silent") for member in counsel.asked}
    return count.with_answers(count.tally_of(heard, frozenset()), counsel.ratified)


def finish_when_certain(s: Sitting, number: int, at: Instant) -> None:
    """A council declares its result as soon as that is certain (§6.7d)."""
    item = s.items[number]
    if item.stage is not Stage.RATIFICATION:
        return
    counsel = counsel_of(item)
    missing = len(counsel.asked.keys() - counsel.ratified.keys())
    if missing and at >= open_question_of(item).closes:
        # the closing itself comes at this instant, after all that the homes decided at it (§3.8)
        return
    if item.kind is Kind.CALL:
        if not missing:
            finish(s, number, at)
    elif _is_open_yet(s, item, missing):
        return
    elif count.is_certain(tally_so_far(item), count.rule_of(s, item), missing, item.kind is Kind.RATIFICATION):
        finish(s, number, at)


def _is_open_yet(s: Sitting, item: Item, missing: int) -> bool:
    """Where members are counted above, the sums climb with the answer; and a mandate under way may yet be it."""
    if item.kind is Kind.RATIFICATION and mandate_under_way(s, item):
        return True
    if not missing:
        return False
    above = _mandated_above(s, item)
    return (above is not None and above.double) or (item.kind is Kind.RATIFICATION and bool(item.terms["double"]))


def finish(s: Sitting, number: int, at: Instant) -> None:
    """§6.7e. A missed deadline is no position, never "the indicative vote stands"."""
    item = s.items[number]
    if item.kind is Kind.CALL:
        s.record(f.Closed(number), at)
        return
    outcome, why = count.after_ratification(tally_so_far(item), count.rule_of(s, item))
    if outcome == count.ADOPTED:
        adopt(s, number, "ratification", "", at)
    elif outcome == count.REJECTED:
        s.record(f.Rejected(number, "ratification", why), at)
    else:
        s.record(f.Lapsed(number, why), at)


def last_voices(item: Item) -> dict[MemberId, Voice]:
    """The last word of every member: as mandated, as ratified, or no position (§6.7e)."""
    counsel = counsel_of(item)
    last = dict(counsel.voices)
    for member in counsel.asked:
        if member in last and last[member].standing == MANDATED:
            # asked for its signature before it gave a mandate (§6.9)
            continue
        answer = counsel.ratified.get(member)
        if answer is not None and answer.choice:
            last[member] = Voice(RATIFIED, answer.choice, answer.source, False, answer.yes, answer.no)
        elif item.stage in FINAL:
            last[member] = Voice(NO_POSITION)
    return last


# --- referenda and calls


def signatures_of(s: Sitting | Assembly, item: Item) -> dict[MemberId, str]:
    """The last word of each assembly on a call (§6.9), yes or no: what was signed, and while the call is open also
    the mandates as they stand, which are signed at its closing."""
    signed = {member: last.choice for member, last in counsel_of(item).signatures.items()}
    if item.stage is Stage.VOTE:
        heard = voices(s, item, open_question_of(item).closes - 1)
        signed |= {member: voice.choice for member, voice in heard.items() if _signs(voice)}
    return signed


def _signs(voice: Voice) -> bool:
    """An abstention is no position on a call."""
    return voice.standing == MANDATED and voice.choice != "abstain"


def finish_referendum(s: Sitting, number: int, at: Instant) -> None:
    """§6.10: declared when the last report is in."""
    item = s.items[number]
    result = referendum.result(counsel_of(item), charter_of(item, s))
    s.record(
        f.ReferendumCounted(number, result.assemblies, result.members, result.electorate, result.left_out), at
    )
    if result.outcome == count.ADOPTED:
        adopt(s, number, "vote", "", at)
    elif result.outcome == count.REJECTED:
        s.record(f.Rejected(number, "vote", result.why), at)
    else:
        s.record(f.Lapsed(number, result.why), at)


def _close_call(s: Sitting, number: int, heard: Mapping[MemberId, Voice], at: Instant) -> None:
    """§6.9: who signed by mandate stands at once; for all other pending assemblies the ratification opens now."""
    for member, voice in heard.items():
        if _signs(voice):
            s.record(f.Signed(number, member, voice.source, voice.choice, at), at)
    item = s.items[number]
    earlier = counsel_of(item).asked
    closes = at + charter_of(item, s).ratification_window * SECOND
    pending = [one for one in pending_of(s, item, heard, at) if one not in earlier]
    if not pending and not earlier:
        s.record(f.Closed(number), at)
        return
    ask(s, number, pending, max((closes, *earlier.values())), at)
    finish_when_certain(s, number, at)
