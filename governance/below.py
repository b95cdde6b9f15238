"""What lies below a council: levels, base assemblies, and circles found (§6.1)."""

from __future__ import annotations

from governance.state import Assembly, Sitting
from governance.terms import AssemblyId
from governance.ties import COUNCIL, Below


def level_of(s: Assembly | Sitting) -> int:
    """0 for a base assembly; a council is one above the highest of its members."""
    if s.kind != COUNCIL:
        return 0
    return 1 + max((tie.level for tie in s.ties.members.values()), default=0)


def below_of(s: Assembly | Sitting) -> dict[AssemblyId, Below]:
    """All assemblies below, each with the latest admission on the way down to it."""
    found: dict[AssemblyId, Below] = {}
    for member, tie in sorted(s.ties.members.items()):
        found[member] = Below(tie.level, tie.admitted, s.id)
        for one, deeper in tie.below.items():
            since, council = max((deeper.since, deeper.council), (tie.admitted, s.id))
            found.setdefault(one, Below(deeper.level, since, council))
    return found


def bases_below(s: Assembly | Sitting) -> tuple[AssemblyId, ...]:
    """Every base assembly below this council."""
    return tuple(sorted(one for one, below in below_of(s).items() if below.level == 0))


def councils_below(s: Assembly | Sitting) -> tuple[AssemblyId, ...]:
    """This council and every council below it."""
    return tuple(sorted({s.id, *(one for one, below in below_of(s).items() if below.level)}))


def waits_for(state: Assembly) -> tuple[AssemblyId, ...]:
    """Whose closings of an instant come before this one's: closings are taken from the base up (§3.8).

    Before time passes here, what these decided at that instant or before must have arrived.
    """
    return tuple(sorted(below_of(state)))
