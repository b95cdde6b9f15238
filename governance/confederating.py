"""What an assembly may put to itself about councils, and what a council may put to its members (§6.1–6.3, §6.14).

The same checks hold at proposing and at adoption, when what was possible may no longer be.
"""

from __future__ import annotations

from collections.abc import Mapping

from governance.below import below_of
from governance.delegation import delegation_fault
from governance.motion import CHOICES, FINAL, Item, Kind, Stage
from governance.refusals import Refused, Why, refuse
from governance.state import Assembly, Sitting
from governance.terms import AssemblyId, Instant
from governance.ties import COUNCIL, Membership

COUNCIL_ONLY = frozenset({Kind.COMPLAINT, Kind.CALL, Kind.REFERENDUM})
EFFECTS = ("finding", "suspension", "exclusion")
MAY = (("yes",), ("no",), ("abstain", "yes"), ("abstain", "no"))
_FINAL_STAGES = frozenset(stage.value for stage in FINAL)


def terms_fault(s: Assembly | Sitting, kind: Kind, terms: Mapping[str, object], at: Instant) -> Refused | None:
    """Why a motion of this kind and terms cannot be put here, or can no longer be adopted."""
    if kind in COUNCIL_ONLY and s.kind != COUNCIL:
        return refuse(Why.ONLY_IN_A_COUNCIL, verb=kind.value)
    if kind is Kind.EXCLUSION and s.kind == COUNCIL:
        return refuse(Why.NOT_IN_A_COUNCIL, verb=kind.value)
    if kind is Kind.COMPLAINT:
        return _complaint_fault(s, terms)
    if kind is Kind.JOIN:
        return _join_fault(s, str(terms["council"]))
    if kind is Kind.RIGHTS and "council" not in terms:
        return refuse(Why.ONLY_IN_A_COUNCIL, verb=kind.value) if s.kind != COUNCIL else None
    if kind not in (Kind.QUIT, Kind.DELEGATION, Kind.MANDATE, Kind.RECALL, Kind.RIGHTS) or "council" not in terms:
        return None
    council = str(terms["council"])
    membership = s.ties.councils.get(council)
    if membership is None or (membership.joined is None and kind is not Kind.QUIT):
        return refuse(Why.NOT_A_MEMBER_OF, council=council)
    match kind:
        case Kind.DELEGATION:
            return delegation_fault(s, membership, terms)
        case Kind.MANDATE:
            return mandate_fault(s, membership, terms, at)
        case Kind.RECALL:
            return _recall_fault(membership, str(terms["person"]))
        case Kind.RIGHTS:
            return _rights_fault(s, membership, int(str(terms["item"])))
        case _:
            return None


def infeasible(s: Assembly | Sitting, item: Item, at: Instant) -> bool:
    """What was decided can no longer be done (§2.1). A mandate can always be given to a delegation that is there."""
    if item.kind is Kind.MANDATE:
        membership = s.ties.councils.get(str(item.terms["council"]))
        return membership is None or membership.joined is None
    if item.kind is Kind.COMPLAINT:
        return item.terms["assembly"] not in s.roll and item.terms["effect"] != "finding"
    if item.kind is Kind.ADMISSION and s.kind == COUNCIL:
        # §6.1 the applicant may have come to lie above this council meanwhile
        above = s.ties.councils.get(str(item.terms["assembly"]))
        return item.terms["assembly"] in s.roll or s.ties.dissolved or (above is not None and above.joined is not None)
    kinds = (Kind.JOIN, Kind.QUIT, Kind.DELEGATION, Kind.RECALL, Kind.RIGHTS)
    return item.kind in kinds and terms_fault(s, item.kind, item.terms, at) is not None


def _complaint_fault(s: Assembly | Sitting, terms: Mapping[str, object]) -> Refused | None:
    if terms["assembly"] not in s.roll:
        return refuse(Why.NOT_A_MEMBER_ASSEMBLY, assembly=terms["assembly"])
    if terms["effect"] not in EFFECTS:
        return refuse(Why.UNKNOWN_CHOICE, item=0, choices=EFFECTS)
    return None


def _join_fault(s: Assembly | Sitting, council: AssemblyId) -> Refused | None:
    if council in s.ties.councils:
        return refuse(Why.ALREADY_A_MEMBER_OF, council=council)
    if council == s.id or council in below_of(s):
        return refuse(Why.COUNCIL_IS_BELOW, council=council)
    return None


def _recall_fault(membership: Membership, person: str) -> Refused | None:
    delegation = membership.delegation
    if delegation is None or not delegation.carries(person):
        return refuse(Why.NO_SEAT, person=person, council=membership.council)
    return None


def _rights_fault(s: Assembly | Sitting, membership: Membership, number: int) -> Refused | None:
    known = membership.items.get(number)
    if known is None or known.kind != Kind.RIGHTS.value or known.stage != Stage.ADOPTED.value:
        return refuse(Why.NOT_RIGHTS, council=membership.council, item=number)
    if (membership.council, number) in s.ties.agreed.values():
        return refuse(Why.ALREADY_AGREED, council=membership.council, item=number)
    return None


def mandate_fault(
    s: Assembly | Sitting, membership: Membership, terms: Mapping[str, object], at: Instant
) -> Refused | None:
    """On an item it needs one that can still be answered; on a scope it leaves no choice of yes or no (§6.3)."""
    if "item" not in terms:
        return _scope_fault(terms, at)
    council, number = membership.council, int(str(terms["item"]))
    known = membership.items.get(number)
    if known is None:
        return refuse(Why.NO_SUCH_COUNCIL_ITEM, council=council, item=number)
    if terms.get("choice") not in (*CHOICES, "none"):
        return refuse(Why.UNKNOWN_CHOICE, item=number, choices=(*CHOICES, "none"))
    asked = ratification_of(s, council, number)
    if asked is not None:
        return refuse(Why.ANSWER_THE_RATIFICATION, council=council, item=number, ratification=asked.number)
    over = known.stage in _FINAL_STAGES or known.stage == Stage.RATIFICATION.value
    if over and known.kind != Kind.CALL.value:
        return refuse(Why.COUNCIL_ITEM_CLOSED, council=council, item=number, stage=known.stage)
    return None


def _scope_fault(terms: Mapping[str, object], at: Instant) -> Refused | None:
    may, until = terms.get("may"), terms.get("until")
    words = sorted(str(one) for one in may) if isinstance(may, list | tuple) else []
    if tuple(words) not in MAY:
        return refuse(Why.MANDATE_LEAVES_CHOICE)
    if not terms.get("tags") and not terms.get("items"):
        return refuse(Why.MANDATE_COVERS_NOTHING)
    if isinstance(until, int) and until <= at:
        return refuse(Why.MANDATE_IS_OVER, until=until)
    return None


def ratification_of(s: Assembly | Sitting, council: AssemblyId, number: int) -> Item | None:
    """The open home item by which this assembly was asked about a council's item."""
    for own in s.open:
        item = s.items[own]
        if item.kind is Kind.RATIFICATION and (item.terms["council"], item.terms["item"]) == (council, number):
            return item
    return None


def mandate_under_way(s: Assembly | Sitting, item: Item) -> bool:
    """A mandate motion on what this ratification asks may still become the answer (§6.7d)."""
    about = (item.terms["council"], item.terms["item"])
    return any(
        s.items[own].kind is Kind.MANDATE and (s.items[own].terms["council"], s.items[own].terms.get("item")) == about
        for own in s.open
    )
