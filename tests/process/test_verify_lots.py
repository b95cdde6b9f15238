"""Verify draws every lot again whose randomness stands in the register, and says what is not as it came out (§7.1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.store.tables import facts
from governance import commands as c
from governance.lots import commitment_of
from governance.terms import DAY, HOUR, MINUTE
from tests.process.office import WELL, Office, person, sqlite_url
from tests.process.test_verify import body_of, first_wrong, sealed_anew

MEMBERS = ("ada", "ben", "cy", "dila", "eve")
RANDOM = "ab" * 32
TIMEKEEPER = {"role": "timekeeper", "seats": 2, "quotas": {}, "source": "event", "from": "roll", "event": "lottery"}
MINUTES = {"role": "minutes", "seats": 1, "quotas": {}, "source": "commit", "from": "roll"}
CHAIR = {"role": "chair", "seats": 1, "quotas": {}, "method": "stv"}


class Lots(Office):
    """A draw by numbers two members typed, with a seat refused; one by words that were committed to and a round of the
    beacon; and an election whose tie a round broke."""

    def is_held(self) -> None:
        self.founds(*MEMBERS, secret="none", draw_notice="1h", quorum_min="1")
        self.asks(*(c.Propose(person("ada"), "draw", "", "", terms) for terms in (TIMEKEEPER, MINUTES)))
        self.asks(*(c.TypeValue(person(one), 2, commitment_of(one)) for one in ("cy", "dila")))
        self.passes(HOUR)
        self.asks(c.TypeValue(person("dila"), 2, "dila"))
        self.passes(11 * MINUTE)
        self.asks(*(c.TypeValue(person(one), 1, "9 18 26") for one in ("ada", "ben")))
        self.asks(*(c.TypeValue(person(one), 2, RANDOM) for one in ("ada", "ben")))
        self.asks(c.RefuseSeat(self.panel()[0], 1))
        self.asks(c.Propose(person("ada"), "election", "", "", CHAIR))
        self.asks(*(c.Stand(person(one), 3) for one in ("ada", "ben", "cy")), c.Open(person("ada"), 3))
        self.asks(*(c.MarkNames(person(one), 3, "rank", ((person(one), 1),)) for one in ("ada", "ben", "cy")))
        self.passes(DAY)
        self.passes(HOUR)
        self.asks(*(c.TypeValue(person(one), 3, RANDOM) for one in ("ada", "ben")))
        assert [self.state().items[one].stage.value for one in (1, 2, 3)] == ["closed"] * 3

    def passes(self, milliseconds: int) -> None:
        self.waits(milliseconds)
        self.does(self.job(lambda desk: desk.pass_time(WELL, self.time)))

    def panel(self) -> tuple[str, ...]:
        pool = self.state().items[1].pool
        assert pool is not None
        assert pool.drawn is not None
        return pool.drawn.panel

    def seq(self, kind: str, item: int) -> int:
        """Of the first fact of this kind about this item."""
        return int(next(
            row["seq"] for row in self.rows(facts)
            if row["kind"] == kind and json.loads(row["body"]).get("item") == item
        ))  # fmt: skip

    def changed(self, kind: str, item: int, key: str, others: object) -> str:
        """What verify says once this stands in the register, all seals made anew."""
        seq = self.seq(kind, item)

        def tamper(connection: Connection) -> None:
            was = json.dumps(json.loads(body_of(connection, seq))[key], separators=(",", ":"))
            sealed_anew(connection, seq, f'"{key}":{was}', f'"{key}":{json.dumps(others, separators=(",", ":"))}')

        found, what = first_wrong(self, tamper)
        assert found == seq
        return what


@pytest.fixture
def lots(tmp_path: Path) -> Iterator[Lots]:
    office = Lots(sqlite_url(tmp_path))
    office.is_held()
    yield office
    office.closes()


def test_lots_as_they_were_drawn(lots: Lots) -> None:
    assert lots.verified().wrong == ()


def test_another_panel_is_found(lots: Lots) -> None:
    """Somebody who can write to the database seats whom they like."""
    outside = [person(one) for one in MEMBERS if person(one) not in lots.panel()]
    assert lots.changed("DrawMade", 1, "panel", outside[:2]) == (
        "the panel of item 1 is not the one its list and randomness give"
    )


def test_another_order_of_substitutes_is_found(lots: Lots) -> None:
    outside = [person(one) for one in MEMBERS if person(one) not in lots.panel()]
    pool = lots.state().items[1].pool
    assert pool is not None
    assert pool.drawn is not None
    assert lots.changed("DrawMade", 1, "substitutes", sorted(outside, key=pool.drawn.substitutes.index)[::-1]) == (
        "the substitutes of item 1 are not in the order its list and randomness give"
    )


def test_an_heir_out_of_turn_is_found(lots: Lots) -> None:
    pool = lots.state().items[1].pool
    assert pool is not None
    assert pool.drawn is not None
    assert lots.changed("SeatEmptied", 1, "heir", pool.drawn.substitutes[-1]) == (
        "a seat by item 1 passed to another than the next in the drawn order"
    )


@pytest.mark.parametrize(("item", "parts"), [
    (1, ["event:lottery:9 18 27"]), (2, ["commit:dila:others", f"drand:quicknet:1:{RANDOM}"]),
])  # fmt: skip
def test_another_randomness_is_found(lots: Lots, item: int, parts: list[str]) -> None:
    """Another panel would come of it; but two members typed something else, and other words were revealed."""
    assert lots.changed("LotKnown", item, "parts", parts) == (
        f"the randomness of item {item} is not what was announced, typed and revealed"
    )


def test_another_list_is_found(lots: Lots) -> None:
    assert lots.changed("PoolFrozen", 1, "list_hash", "0" * 64) == (
        "the list of item 1 is not the one that was announced (list_hash)"
    )


def test_a_tie_broken_otherwise_is_found(lots: Lots) -> None:
    pool = lots.state().items[3].pool
    assert pool is not None
    winners = pool.result["winners"]
    other = next(person(one) for one in ("ada", "ben", "cy") if [person(one)] != winners)
    assert lots.changed("TieBroken", 3, "result", {**pool.result, "winners": [other]}) == (
        "the result of election 3 is not the one its ballots give"
    )


def test_others_who_sit_are_found(lots: Lots) -> None:
    outside = [person(one) for one in MEMBERS if person(one) not in lots.panel()]
    assert lots.changed("RoleFilled", 1, "holders", outside[:2]) == (
        "by item 1 others were seated than those it chose"
    )
