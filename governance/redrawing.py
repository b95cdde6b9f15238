"""A draw made again by somebody to whom some of the features are hidden (§7.1, §7.4).

The hash of the list, the seed and the order of every attempt need no features. What cannot be seen is whether an
attempt met the quotas where that rests on hidden features: then the attempt that was announced is taken at its word,
and it is said how many rest on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from governance.hiding import is_hidden
from governance.quotas import Candidate, Quotas, in_the_way, kind_of
from governance.sortition import MAX_ATTEMPTS, Draw, DrawResult, Outcome, Stream, opening


@dataclass(frozen=True, slots=True)
class Redrawn:
    """`result` exhausted, with no attempt: which panel is drawn rests on hidden features, or whether any can be; unless
    `refuted`: the announced attempt surely misses the quotas, whatever is hidden.

    `hidden`: how many features are. `unsure`: attempts, the last one included, that rest on them.
    """

    result: DrawResult
    hidden: int
    unsure: int
    refuted: bool = False


def hidden_in(request: Draw) -> int:
    """How many features that the quotas speak of are hidden, and not opened."""
    return sum(is_hidden(one.declared.get(feature)) for one in request.candidates for feature in request.quotas)


def redraw(request: Draw, announced: int) -> Redrawn:
    """The first panel that surely meets the quotas, or the announced attempt unless it surely misses them."""
    frozen, seed = opening(request)
    pool, k, unsure = sorted(request.candidates, key=lambda one: one.id), request.seats, 0
    unseen = {f for f in request.quotas if any(is_hidden(one.declared.get(f)) for one in pool)}
    plain = {f: values for f, values in request.quotas.items() if f not in unseen}
    contradiction = in_the_way((), Counter(kind_of(one, plain) for one in pool), plain, k, 0)
    if contradiction is not None:
        bounds = tuple(sorted(contradiction))
        return Redrawn(DrawResult(Outcome.INFEASIBLE, frozen, seed.hex(), 0, (), (), bounds), hidden_in(request), 0)
    stream, order, front = Stream(seed), list(range(len(pool))), list(range(k))
    for attempt in range(1, MAX_ATTEMPTS + 1):
        partners = stream.shuffle(order, 0, k)
        meets = fits([pool[position] for position in order[:k]], request.quotas)
        unsure += meets is None
        if meets or (meets is None and attempt == announced):
            stream.shuffle(order, k, len(order))
            drawn = tuple(pool[position].id for position in order)
            result = DrawResult(Outcome.DRAWN, frozen, seed.hex(), attempt, drawn[:k], drawn[k:], ())
            return Redrawn(result, hidden_in(request), unsure)
        if attempt == announced:
            break
        for j in partners:
            order[j] = j
        order[:k] = front
    nothing = DrawResult(Outcome.EXHAUSTED, frozen, seed.hex(), 0, (), (), ())
    return Redrawn(nothing, hidden_in(request), unsure, refuted=attempt == announced)


def fits(panel: Sequence[Candidate], quotas: Quotas) -> bool | None:
    """Whether the panel meets the quotas; None where that rests on hidden features, each of which may be anything."""
    sure = True
    for feature, values in quotas.items():
        seen = Counter(one.declared.get(feature) for one in panel)
        hidden = sum(times for value, times in seen.items() if is_hidden(value))
        short = sum(max(0, least - seen[value]) for value, (least, _) in values.items())
        if short > hidden or any(seen[value] > most for value, (_, most) in values.items()):
            return False
        if short or any(seen[value] + hidden > most for value, (_, most) in values.items()):
            sure = False
    return True if sure else None
