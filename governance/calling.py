"""Calling an election or a draw: what it fills, how, and whether that can be (§7.1, §7.3, §7.4)."""

from __future__ import annotations

from collections.abc import Mapping

from governance import facts as f
from governance.charter import Charter
from governance.delegation import council_charter
from governance.lots import BEFORE_KNOWN, VALUE_LIMIT, drand_at
from governance.motion import Kind
from governance.people import (
    DELEGATES,
    METHODS,
    POOLS,
    SOURCES,
    quotas_in,
    terms_number,
    terms_text,
)
from governance.refusals import Refused, Why, refuse
from governance.seating import NONE
from governance.state import Assembly, Sitting
from governance.terms import DAY, SECOND, Duration, Instant, fold_name, show_duration
from governance.ties import COUNCIL

SEATS_LIMIT = 1000
VALUES_LIMIT = 16
"""That quotas of one call name, of all features together. Up to here a proof that they cannot be met takes well under
a second; with thirty, over six features, one took ten."""
ROLE_LIMIT = 40
"""Characters."""
LONGEST_TERM: Duration = 366 * DAY // SECOND


def calling_fault(s: Assembly | Sitting, kind: Kind, terms: Mapping[str, object], at: Instant) -> Refused | None:
    """Why this cannot be called here."""
    if kind not in (Kind.ELECTION, Kind.DRAW):
        return None
    if kind is Kind.ELECTION and s.kind == COUNCIL:
        return refuse(Why.NOT_IN_A_COUNCIL, verb="/elect")
    fault = _role_fault(s, terms) or _seats_fault(terms)
    if fault is not None:
        return fault
    return _method_fault(terms) if kind is Kind.ELECTION else _source_fault(s, terms, at)


def _role_fault(s: Assembly | Sitting, terms: Mapping[str, object]) -> Refused | None:
    role, council = fold_name(terms_text(terms, "role")), terms_text(terms, "council")
    longest = LONGEST_TERM
    if council:
        membership = s.ties.councils.get(council)
        if membership is None or membership.joined is None:
            return refuse(Why.NOT_A_MEMBER_OF, council=council)
        longest = council_charter(membership).term
        if council_charter(membership).parity == "pair" and not _makes_a_pair(terms):
            return refuse(Why.PARITY_NEEDS_A_PAIR)
    elif not 2 <= len(role) <= ROLE_LIMIT or role in (NONE, DELEGATES) or not all(
        one.isalnum() or one in "-_" for one in role
    ):
        return refuse(Why.BAD_ROLE, role=terms_text(terms, "role"))
    term = terms_number(terms, "term")
    if not 0 <= term <= longest:
        return refuse(Why.ROLE_TERM, most=show_duration(longest))
    return None


def _makes_a_pair(terms: Mapping[str, object]) -> bool:
    """Two seats under quotas which two of the same declared feature cannot meet."""
    most_one = (
        all(ends[1] <= 1 for ends in values.values()) or sum(bool(ends[0]) for ends in values.values()) == 2
        for values in quotas_in(terms).values()
    )
    return terms_number(terms, "seats") == 2 and any(most_one)


def _seats_fault(terms: Mapping[str, object]) -> Refused | None:
    seats = terms_number(terms, "seats")
    if not 1 <= seats <= SEATS_LIMIT:
        return refuse(Why.NOT_SEATS, most=SEATS_LIMIT)
    quotas = quotas_in(terms)
    if sum(map(len, quotas.values())) > VALUES_LIMIT:
        return refuse(Why.TOO_MANY_QUOTAS, most=VALUES_LIMIT)
    for feature, values in quotas.items():
        least = sum(ends[0] for ends in values.values())
        if least > seats or any(ends[0] > ends[1] or ends[0] > seats for ends in values.values()):
            shown = ", ".join(f"{feature}:{value}>={ends[0]}" for value, ends in sorted(values.items()) if ends[0])
            return refuse(Why.QUOTAS_CANNOT_BE, quotas=shown, seats=seats)
    return None


def _method_fault(terms: Mapping[str, object]) -> Refused | None:
    if terms_text(terms, "method") not in METHODS:
        return refuse(Why.UNKNOWN_METHOD, methods=METHODS)
    return None


def _source_fault(s: Assembly | Sitting, terms: Mapping[str, object], at: Instant) -> Refused | None:
    source = terms_text(terms, "source")
    if source not in SOURCES:
        return refuse(Why.UNKNOWN_SOURCE, sources=SOURCES)
    if terms_text(terms, "from") not in POOLS:
        return refuse(Why.UNKNOWN_POOL)
    if source == "rfc3797" and quotas_in(terms):
        return refuse(Why.NO_QUOTAS_BY_RFC3797)
    event = terms_text(terms, "event")
    if source in ("event", "rfc3797") and (not event or len(event) > VALUE_LIMIT):
        return refuse(Why.EVENT_UNNAMED)
    wanted = terms_number(terms, "at")
    if wanted and wanted < earliest(s.charter, at):
        return refuse(Why.LOT_TOO_EARLY, at=earliest(s.charter, at))
    return None


def earliest(charter: Charter, at: Instant) -> Instant:
    """From when randomness may come that is announced now: after the notice, the freeze and ten minutes."""
    return at + charter.draw_notice * SECOND + BEFORE_KNOWN


def call(s: Sitting, number: int, at: Instant) -> None:
    """Names are gathered at once; of a draw it is said from where the randomness will come, and until when the list
    may change (§7.1)."""
    item = s.items[number]
    s.record(f.DiscussionBegan(number), at)
    if item.kind is not Kind.DRAW:
        return
    source = terms_text(item.terms, "source")
    where, known = terms_text(item.terms, "event"), max(terms_number(item.terms, "at"), earliest(s.charter, at))
    if source in ("drand", "commit"):
        where, known = drand_at(known)
    freezes = at + s.charter.draw_notice * SECOND
    s.record(f.LotAnnounced(number, f"{s.name}#{number}", source, where, freezes, known), at)
