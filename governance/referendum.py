"""One text to all base assemblies below a council at the same time (§6.10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from governance import council_count as count
from governance import facts as f
from governance.below import bases_below, councils_below
from governance.charter import Charter
from governance.motion import Item
from governance.sending import send
from governance.state import Assembly, Sitting
from governance.terms import SECOND, AssemblyId, Instant, Share, digest
from governance.ties import Counsel, Report

VOTING_DAYS = 7


def _instant(day: dt.date, zone: ZoneInfo) -> Instant:
    """Midnight at the beginning of a day there."""
    return round(dt.datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) * SECOND


def _month_after(day: dt.date) -> dt.date:
    return dt.date(day.year + day.month // 12, day.month % 12 + 1, 1)


def monthly(after: Instant, timezone: str) -> tuple[Instant, Instant]:
    """The next voting days that begin after this instant: the last seven of a month, in that zone."""
    zone = ZoneInfo(timezone)
    day = dt.datetime.fromtimestamp(after // SECOND, zone).date()
    while True:
        following = _month_after(day)
        opens = _instant(following - dt.timedelta(days=VOTING_DAYS), zone)
        if opens > after:
            return opens, _instant(following, zone)
        day = following


def opens_at(item: Item, charter: Charter) -> Instant | None:
    """When voting opens by itself; None where it is opened by hand or by `discussion_max`."""
    return _voting_days(item, charter)[0] if charter.referendum == "monthly" else None


def _voting_days(item: Item, charter: Charter) -> tuple[Instant, Instant]:
    """One that was not in discussion when voting opened goes to the next month."""
    entered = item.counsel.entered if item.counsel is not None else 0
    return monthly(max(entered, item.began), charter.timezone)


def put(s: Sitting, number: int, at: Instant) -> None:
    """To every base assembly below, open at once and until one instant that travels with the text."""
    item = s.items[number]
    charter, bases = item.charter or s.charter, bases_below(s)
    closes = at + charter.vote_window * SECOND
    if charter.referendum == "monthly":
        closes = _voting_days(item, charter)[1]
    s.record(
        f.ReferendumOpened(number, item.questions + 1, item.version, charter.version, bases, digest(bases), closes), at
    )
    send(
        s, f.ReferendumPut, bases, at, item=number, title=item.title, text=item.text, closes=closes,
        through=councils_below(s), bases=bases, decided=at,
    )


@dataclass(frozen=True, slots=True)
class Result:
    """`outcome`: adopted, rejected or lapsed."""

    assemblies: Mapping[str, int]
    members: Mapping[str, int]
    electorate: int
    left_out: int
    outcome: str
    why: str


def result(counsel: Counsel, charter: Charter) -> Result:
    """Both tallies, and whether those the charter asks for pass."""
    reports = counsel.reports.values()
    answers = [one.answer for one in reports]
    yes, no = answers.count("yes"), answers.count("no")
    assemblies = {"yes": yes, "no": no, "none": len(counsel.bases) - yes - no}
    members = {
        "yes": sum(one.counted_yes for one in reports), "no": sum(one.counted_no for one in reports),
        "abstain": sum(one.counted_abstain for one in reports),
    }
    electorate, left_out = sum(one.electorate for one in reports), sum(one.left_out for one in reports)
    outcome, why = _outcome(assemblies, members, electorate, charter)
    return Result(assemblies, members, electorate, left_out, outcome, why)


def _outcome(
    assemblies: Mapping[str, int], members: Mapping[str, int], electorate: int, charter: Charter
) -> tuple[str, str]:
    votes = members["yes"] + members["no"]
    majority, share = charter.referendum_majority, charter.referendum_threshold
    # `members` alone also needs the quorum of the summed electorates
    if majority == "members" and not charter.vote_quorum.reached_by(votes + members["abstain"], electorate):
        return count.LAPSED, count.NO_QUORUM
    if votes == 0:
        return count.LAPSED, count.NO_VOTES
    tests = []
    if majority != "members":
        # yes against all base assemblies below
        tests.append((share.passed_by(assemblies["yes"], sum(assemblies.values())), assemblies))
    if majority != "assemblies":
        tests.append((share.passed_by(members["yes"], votes), members))
    missed = [tally for passed, tally in tests if not passed]
    if not missed:
        return count.ADOPTED, ""
    return count.REJECTED, _missed(missed[0], share)


def _missed(tally: Mapping[str, int], share: Share) -> str:
    return count.TIE if share.is_half and tally["yes"] == tally["no"] else count.BELOW


def report_of(item: Item) -> Report:
    """What a base assembly's vote says: its own answer, and the ballots that count in the members' sum."""
    vote = item.votes[-1]
    tally = vote.tallies[""]
    yes, no, abstain = tally.get("yes", 0), tally.get("no", 0), tally.get("abstain", 0)
    # more yes than no is yes, more no than yes is no, tie or no quorum is none
    answer = "" if vote.outcome == count.LAPSED or yes == no else "yes" if yes > no else "no"
    away = elsewhere_tally(item)
    left_out = len(item.terms.get("elsewhere", ()))  # type: ignore[arg-type]  # a list of persons
    return Report(
        answer, yes, no, abstain, yes - away.get("yes", 0), no - away.get("no", 0), abstain - away.get("abstain", 0),
        vote.electorate - left_out, left_out,
    )


def elsewhere_tally(item: Item) -> Mapping[str, int]:
    """Ballots here of persons who have their one ballot elsewhere."""
    return item.counsel.tallies.get("elsewhere", {}) if item.counsel is not None else {}


def is_put_to(s: Assembly | Sitting, through: tuple[AssemblyId, ...]) -> bool:
    """Whether one of the councils that lead here is one this assembly joined."""
    return any(one in s.ties.councils and s.ties.councils[one].joined is not None for one in through)
