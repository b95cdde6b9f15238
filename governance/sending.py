"""Dispatches on their way out: one fact, one number for each assembly it is addressed to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from governance import facts as f
from governance.state import Sitting
from governance.terms import AssemblyId, Instant


def send(s: Sitting, kind: type[f.Dispatch], to: Iterable[AssemblyId], at: Instant, /, **values: Any) -> None:
    """Record a dispatch; nothing happens when it would go to nobody."""
    receivers = tuple(sorted(set(to)))
    if receivers:
        numbers = tuple(s.ties.sent.get(one, 0) + 1 for one in receivers)
        s.record(kind(to=receivers, numbers=numbers, **values), at)
