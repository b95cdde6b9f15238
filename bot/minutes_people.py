"""Elections, draws and roles in the minutes, as data (§7, §8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from governance.ballots import HOW, reveals
from governance.holding import draw_of
from governance.motion import Item, Kind, Stage
from governance.people import Pool, quotas_in, terms_number
from governance.seating import NONE
from governance.state import Assembly

Handle = Callable[[str], str]


def roles(state: Assembly, handle: Handle, iso: Callable[[int | None], str | None]) -> list[dict[str, Any]]:
    """Who holds which role, until when."""
    return [
        {"role": role, "holders": [handle(one) for one in held.holders], "until": iso(held.until), "item": held.item}
        for role, held in sorted(state.people.roles.items())
    ]


def of_item(item: Item, handle: Handle) -> Mapping[str, Any]:
    """The keys of an election or a draw."""
    pool = item.pool
    if pool is None:
        return {}
    return (
        {"election": _election(item, pool, handle)} if item.kind is Kind.ELECTION
        else {"draw": _draw(item, pool, handle)}
    )  # fmt: skip


def _election(item: Item, pool: Pool, handle: Handle) -> dict[str, Any]:
    known = {one: row.handle for one, row in pool.rows.items()}

    def named(value: Any) -> Any:
        """Ids of candidates as handles, wherever they stand in the result."""
        if isinstance(value, Mapping):
            return {known.get(key, key): named(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [named(one) for one in value]
        return known.get(value, value) if isinstance(value, str) else value

    counted: dict[str, Any] = named(dict(pool.result))
    withheld = pool.secret and reveals(pool.ballots)
    if withheld:
        counted = {key: one for key, one in counted.items() if key not in ("tally", "ties")} | {"withheld": True}
    seats = terms_number(item.terms, "seats")
    last = [str(one) for one in counted.get("winners", [])]
    winners = [*(one for one in map(handle, pool.seated) if one not in last), *last]
    return {
        "method": item.terms["method"],
        "role": item.terms["role"],
        "tally": {},
        **counted,
        "seats": seats,
        "quotas": {one: {key: list(ends) for key, ends in two.items()} for one, two in quotas_in(item.terms).items()},
        "candidates": [handle(one) for one in pool.candidates],
        "left_out": [handle(one) for one in pool.left_out],
        "winners": winners,
        "holding": [handle(one) for one in pool.holding],
        "open_seats": seats - len(winners) - (int(counted.get("undecided", 0)) if item.stage is Stage.VOTE else 0),
        "electorate": pool.electorate,
        "ballots": sum(pool.ballots.values()),
        "secret": pool.secret,
        "objections": [
            {"to": [known.get(one, one) for one in heard.persons], "by": handle(heard.by) if heard.by else None,
             "reason": heard.reason}
            for heard in pool.objections
        ],
        **({} if withheld or not pool.ballots else _exported(item, pool)),
        "lot": None if pool.lot is None else {"id": pool.lot.id, "parts": list(pool.lot.parts)},
    }


def _exported(item: Item, pool: Pool) -> dict[str, Any]:
    """The ballots as `roundabout count` reads them; of rankings without equals also as a BLT file."""
    known = {one: row.handle for one, row in pool.rows.items()}
    how, ballots, papers = HOW[str(item.terms["method"])], list[dict[str, Any]](), list[str]()
    standing = [one for one in pool.candidates if one not in pool.withdrawn]
    places = {one: str(place) for place, one in enumerate(standing, 1)}
    for ballot, count in sorted(pool.ballots.items()):
        if how == "score":
            marks = [mark.partition("=") for mark in ballot.split(",")]
            ballots.append({"count": count, "scores": {known.get(one, one): int(mark) for one, _, mark in marks}})
        elif how == "approve":
            approved = [known.get(one, one) for one in ballot.split(",") if one != NONE]
            ballots.append({"count": count, "approve": approved})
        else:
            groups = [group.split("=") for group in ballot.split(">")]
            ballots.append({"count": count, "ranking": [[known.get(one, one) for one in group] for group in groups]})
            order = [one for group in groups for one in group]
            order = order[: order.index(NONE)] if NONE in order else order
            papers.append(" ".join([str(count), *(places[one] for one in order if one in places), "0"]))
    candidates = [
        {"id": known[one], "f": dict(pool.rows[one].features) if pool.rows[one].whole else {}} for one in standing
    ]
    exported: dict[str, Any] = {"export": {"candidates": candidates, "ballots": ballots}}
    if papers and not any(_beyond_blt(str(item.terms["method"]), ballot) for ballot in pool.ballots):
        names = [f'"{known[one]}"' for one in standing]
        title = f'"{item.terms["role"]}"'
        exported["blt"] = "\n".join([f"{len(standing)} {pool.seats}", *papers, "0", *names, title, ""])
    return exported


def _beyond_blt(method: str, ballot: str) -> bool:
    """Whether a ranking says what a BLT file cannot: equal ranks, or "none of these" where that is more than an end."""
    return method == "consent" or "=" in ballot or (method == "schulze" and NONE in ballot.split(">"))


def _draw(item: Item, pool: Pool, handle: Handle) -> dict[str, Any]:
    """As `draw-check` reads it. A feature that is not shown stands there as its commitment (§7.4)."""
    lot, drawn = pool.lot, pool.drawn
    handles = {one: row.handle for one, row in pool.rows.items()}
    parts: list[Any] = [] if lot is None else list(lot.parts)
    method = "assembly-draw/1"
    if lot is not None and pool.rows:
        request = draw_of(item)
        method = request.method
        parts = [list(one) if isinstance(one, tuple) else one for one in request.parts]
    return {
        "id": None if lot is None else lot.id,
        "method": method,
        "role": item.terms["role"],
        "seats": terms_number(item.terms, "seats"),
        "quotas": {one: {key: list(ends) for key, ends in two.items()} for one, two in quotas_in(item.terms).items()},
        "source": None if lot is None else f"{lot.source}:{lot.where}",
        "list_hash": pool.list_hash or None,
        "parts": parts,
        "seed": drawn.seed if drawn else None,
        "attempts": drawn.attempts if drawn else None,
        "panel": [handles[one] for one in drawn.panel] if drawn else [],
        "substitutes": [handles[one] for one in drawn.substitutes] if drawn else [],
        "candidates": [
            {"f": dict(row.features) if row.whole else None, "id": row.handle}
            for row in pool.rows.values()
        ],
        "left_out": [handle(one) for one in pool.left_out],
        "holding": [handles.get(one, one) for one in pool.holding],
    }
