"""The public draw (§7.1, §7.2): golden draws, and a second implementation written from the text that must agree."""

import hashlib
import itertools
import json
import os
import random
import subprocess
import sys
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from votelib.evaluate.auxiliary import RFC3797Selector

from governance.program import contradicted
from governance.quotas import Bound, Candidate, Quotas, in_the_way, kind_of, read_quotas
from governance.sortition import (
    ASSEMBLY_DRAW,
    MAX_ATTEMPTS,
    RFC3797,
    Draw,
    DrawResult,
    Outcome,
    Part,
    drand_part,
    draw,
    instant_of,
    list_hash,
    lot,
    next_substitute,
    round_at,
)

HOUSE = Path(__file__).parents[2]
CHECKER = HOUSE / "docs" / "draw_checker.py"
CASES = sorted((Path(__file__).parent / "cases").glob("draw-*.toml"))
FEATURES = {"gender": ["woman", "man", "other"], "region": ["north", "south", "east"], "age": ["young", "old"]}


# ---- a second implementation, one sentence of §7.1 after the other


def canonical(value: Any) -> str:
    """Step 1. Keys sorted, no spaces, NFC."""
    if isinstance(value, str):
        return json.dumps(unicodedata.normalize("NFC", value), ensure_ascii=False)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    pairs = sorted((unicodedata.normalize("NFC", key), member) for key, member in value.items())
    return "{" + ",".join(f"{canonical(key)}:{canonical(member)}" for key, member in pairs) + "}"


def netstring(text: str) -> bytes:
    data = text.encode()
    return str(len(data)).encode() + b":" + data + b","


def stream(seed: bytes) -> Iterator[int]:
    """Step 3."""
    for i in itertools.count():
        yield from hashlib.sha256(seed + i.to_bytes(8, "big")).digest()


def below(n: int, source: Iterator[int]) -> int:
    """Step 4, the bits counted one by one."""
    if n <= 1:
        return 0
    bits = len(format(n - 1, "b"))
    while True:
        number = 0
        for _ in range(-(-bits // 8)):
            number = number * 256 + next(source)
        number %= 2**bits
        if number < n:
            return number


def by_the_book(
    draw_id: str, seats: int, quotas: Mapping[str, Mapping[str, Sequence[int]]], people: list[Any], parts: list[str]
) -> tuple[str, str, int, list[str], list[str]]:
    """list_hash, seed, attempts, panel and substitutes, for quotas that some panel meets."""
    people = sorted(people, key=lambda one: unicodedata.normalize("NFC", one["id"]).encode())
    frozen = hashlib.sha256(canonical(people).encode()).hexdigest()
    rules = {f: {v: list(ends) for v, ends in values.items()} for f, values in quotas.items()}
    texts = [ASSEMBLY_DRAW, draw_id, frozen, canonical(rules), str(seats), *parts]
    seed = hashlib.sha256(b"".join(map(netstring, texts))).digest()
    source = stream(seed)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        order = list(people)
        for i in range(seats):
            j = i + below(len(order) - i, source)
            order[i], order[j] = order[j], order[i]
        if all(
            least <= [one["f"].get(f) for one in order[:seats]].count(v) <= most
            for f, values in quotas.items()
            for v, (least, most) in values.items()
        ):
            for i in range(seats, len(order)):
                j = i + below(len(order) - i, source)
                order[i], order[j] = order[j], order[i]
            ids = [unicodedata.normalize("NFC", one["id"]) for one in order]
            return frozen, seed.hex(), attempt, ids[:seats], ids[seats:]
    raise AssertionError("no panel")


def candidates(people: list[Any]) -> tuple[Candidate, ...]:
    return tuple(Candidate(one["id"], one["f"]) for one in people)


def seen(result: DrawResult) -> tuple[str, str, int, list[str], list[str]]:
    return result.list_hash, result.seed, result.attempts, list(result.panel), list(result.substitutes)


def pool(rng: random.Random, size: int, features: Mapping[str, list[str]] = FEATURES) -> list[Any]:
    """People who sometimes prefer not to say."""
    return [
        {"id": f"p{i}", "f": {f: rng.choice(values) for f, values in features.items() if rng.random() < 0.9}}
        for i in range(size)
    ]


def feasible(people: list[Any], quotas: Quotas, seats: int) -> bool:
    """Tried out, panel by panel."""
    for panel in itertools.combinations(people, seats):
        counts = Counter((f, v) for one in panel for f, v in one["f"].items())
        if all(least <= counts[f, v] <= most for f in quotas for v, (least, most) in quotas[f].items()):
            return True
    return False


# ---- golden draws


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_golden_draws(path: Path) -> None:
    """Each file says where its figures come from."""
    case = tomllib.loads(path.read_text())
    quotas = {f: {v: tuple(ends) for v, ends in values.items()} for f, values in case.get("quotas", {}).items()}
    parts = tuple(tuple(part) if isinstance(part, list) else part for part in case["parts"])
    result = draw(Draw(case["id"], case["seats"], quotas, candidates(case["candidates"]), parts, case["method"]))
    if "contradiction" in case:
        assert result.outcome is Outcome.INFEASIBLE
        assert list(map(str, result.contradiction)) == case["contradiction"]
        assert (result.attempts, result.panel, result.substitutes) == (0, (), ())
    else:
        assert result.outcome is Outcome.DRAWN
        expected = (case[key] for key in ("list_hash", "seed", "attempts", "panel", "substitutes"))
        assert seen(result) == tuple(expected)


def test_rfc_3797_hashes() -> None:
    """The first hash of RFC 3797 §6 is 990DD0A5692A029A98B5E01AA28F3459; of 25 it selects number 17."""
    key = "9319./2.5.8.10.12./9.18.26.34.41.45./"
    hashed = hashlib.md5(b"\0\0" + key.encode() + b"\0\0").hexdigest().upper()
    assert hashed == "990DD0A5692A029A98B5E01AA28F3459"
    assert int(hashed, 16) % 25 + 1 == 17


def test_rfc_3797_agrees_with_votelib() -> None:
    rng = random.Random(3797)
    for _ in range(50):
        size = rng.randint(1, 40)
        sources: list[Part] = [
            tuple(rng.randint(0, 99) for _ in range(rng.randint(1, 6))) if rng.random() < 0.7 else rng.randint(1, 10**6)
            for _ in range(3)
        ]
        # votelib cuts the zeros off the end of a number, against the document: none ends in one here
        sources = [tuple(n * 10 + 1 for n in s) if isinstance(s, tuple) else int(f"{s}1") for s in sources]
        names = [f"n{i}" for i in range(size)]
        seats = rng.randint(1, size)
        result = draw(Draw("x", seats, {}, tuple(Candidate(n, {}) for n in names), tuple(sources), RFC3797))
        assert list(result.panel) == RFC3797Selector(sources).evaluate(dict.fromkeys(names, 1), seats)
        assert sorted(result.panel + result.substitutes) == sorted(names)


# ---- the same from the second implementation


def test_draws_agree_with_the_book() -> None:
    """Pools around the sizes where a number takes another bit or byte, with quotas that some panel meets."""
    rng = random.Random(71)
    drawn = 0
    while drawn < 150:
        people = pool(rng, rng.choice([1, 2, 3, 7, 8, 9, 33, 129, 255, 256, 257, 258, 300]))
        seats = rng.randint(1, min(12, len(people)))
        quotas: Quotas = {
            f: {v: (rng.randint(0, 1), rng.randint(seats // 2 + 1, seats + 1)) for v in rng.sample(values, 2)}
            for f, values in rng.sample(sorted(FEATURES.items()), rng.randint(0, 2))
        }
        parts = [f"drand:quicknet:{rng.randint(1, 10**7)}:{rng.randbytes(4).hex()}" for _ in range(rng.randint(1, 3))]
        result = draw(Draw(f"Well#{drawn}", seats, quotas, candidates(people), tuple(parts), ASSEMBLY_DRAW))
        if result.outcome is Outcome.DRAWN:
            assert seen(result) == by_the_book(f"Well#{drawn}", seats, quotas, people, parts)
            drawn += 1
        else:
            assert result.outcome is Outcome.INFEASIBLE


def test_rare_panels_agree_with_the_book() -> None:
    """Many attempts in one stream: the bytes of each are used up whole before the next begins."""
    rng = random.Random(5)
    for number, size in enumerate([40, 258, 300]):
        people = pool(rng, size)
        quotas: Quotas = {"gender": {"woman": (4, 5)}, "age": {"old": (4, 5)}}
        result = draw(Draw(str(number), 5, quotas, candidates(people), ("x",), ASSEMBLY_DRAW))
        assert result.attempts > 20
        assert seen(result) == by_the_book(str(number), 5, quotas, people, ["x"])


def test_a_pool_that_needs_three_bytes_a_number() -> None:
    people = [{"id": f"p{i}", "f": {}} for i in range(65_540)]
    result = draw(Draw("big", 5, {}, candidates(people), ("x",), ASSEMBLY_DRAW))
    assert seen(result) == by_the_book("big", 5, {}, people, ["x"])


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_text_agrees_with_the_book(data: st.DataObject) -> None:
    """Names, features and parts in any script, composed or not, with quotation marks and control characters."""
    ids = data.draw(st.lists(TEXTS, min_size=1, max_size=6, unique_by=lambda text: unicodedata.normalize("NFC", text)))
    values = data.draw(st.lists(TEXTS, min_size=1, max_size=3, unique=True))
    feature, draw_id, part = data.draw(TEXTS), data.draw(TEXTS), data.draw(TEXTS)
    people = [{"id": name, "f": {feature: data.draw(st.sampled_from(values))}} for name in ids]
    result = draw(Draw(draw_id, 1, {feature: {values[0]: (0, 1)}}, candidates(people), (part,), ASSEMBLY_DRAW))
    nfc = [unicodedata.normalize("NFC", text) for text in (draw_id, part)]
    assert seen(result) == by_the_book(nfc[0], 1, {feature: {values[0]: (0, 1)}}, people, [nfc[1]])


def test_the_order_of_the_file_does_not_matter() -> None:
    """§7.1 step 1 sorts candidates and keys; composed and decomposed letters are the same."""
    rng = random.Random(9)
    people = [*pool(rng, 30), {"id": "Zoë", "f": {"région": "été", "gender": "woman"}}]
    quotas: Quotas = {"gender": {"woman": (1, 3), "man": (1, 3)}, "région": {"été": (1, 1)}}
    first = draw(Draw("Mühle", 5, quotas, candidates(people), ("x", "y"), ASSEMBLY_DRAW))
    assert first.outcome is Outcome.DRAWN
    for _ in range(5):
        rng.shuffle(people)
        apart = [json.loads(unicodedata.normalize("NFD", json.dumps(one, ensure_ascii=False))) for one in people]
        mixed = tuple(Candidate(one["id"], dict(reversed(one["f"].items()))) for one in apart)
        turned = {f: dict(reversed(values.items())) for f, values in reversed(quotas.items())}
        assert draw(Draw("Mu\u0308hle", 5, turned, mixed, ("x", "y"), ASSEMBLY_DRAW)) == first


def test_the_hash_seed_does_not_matter(tmp_path: Path) -> None:
    """Two processes with other hash seeds, and the checker people run without installing anything, say the same."""
    case = tomllib.loads((Path(__file__).parent / "cases" / "draw-quotas.toml").read_text())
    path = tmp_path / "draw.json"
    path.write_text(json.dumps(case))
    program = f"from pathlib import Path; from bot.recount import draw_check; draw_check(Path({str(path)!r}), True)"
    runs = [
        subprocess.run(
            [sys.executable, "-c", program], cwd=HOUSE, capture_output=True, check=True,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(HOUSE)},
        ).stdout
        for seed in ("1", "4242")
    ]  # fmt: skip
    assert runs[0] == runs[1]
    assert json.loads(runs[0])["verdict"] == "OK"
    checked = subprocess.run([sys.executable, CHECKER, path], capture_output=True, check=False)
    assert checked.returncode == 0
    assert checked.stdout.endswith(b"OK\n")
    path.write_text(json.dumps({**case, "attempts": 1}))
    checked = subprocess.run([sys.executable, CHECKER, path], capture_output=True, check=False)
    assert checked.returncode == 1
    assert b"MISMATCH: ['attempts']" in checked.stdout


def test_the_checker_is_short_and_draws_as_rfc_3797(tmp_path: Path) -> None:
    case = tomllib.loads((Path(__file__).parent / "cases" / "draw-rfc3797.toml").read_text())
    path = tmp_path / "draw.json"
    path.write_text(json.dumps(case))
    assert subprocess.run([sys.executable, CHECKER, path], capture_output=True, check=False).returncode == 0
    assert len(CHECKER.read_text().splitlines()) < 60
    path.write_text(json.dumps({**case, "method": ASSEMBLY_DRAW, "parts": ["x"], "seats": 26, "quotas": {}}))
    checked = subprocess.run([sys.executable, CHECKER, path], capture_output=True, check=False)
    assert checked.returncode == 1
    assert b"no panel" in checked.stderr


def test_every_feasible_panel_is_as_likely() -> None:
    """Chi-square over all feasible panels of a small pool, at the 0.1 % level; and over who is first substitute."""
    people = [
        {"id": name, "f": {"gender": gender, "region": region}}
        for name, gender, region in [
            ("a", "woman", "north"), ("b", "woman", "south"), ("c", "man", "north"),
            ("d", "man", "south"), ("e", "man", "south"), ("f", "woman", "north"), ("g", "man", "north"),
        ]
    ]  # fmt: skip
    quotas: Quotas = {"gender": {"woman": (1, 2)}, "region": {"north": (1, 2), "south": (1, 2)}}
    panels = [
        frozenset(one["id"] for one in panel) for panel in itertools.combinations(people, 3)
        if feasible(list(panel), quotas, 3)
    ]  # fmt: skip
    assert len(panels) == 25
    draws = 5_000
    found, substitutes = Counter[frozenset[str]](), Counter[str]()
    for i in range(draws):
        result = draw(Draw(f"chi#{i}", 3, quotas, candidates(people), ("x",), ASSEMBLY_DRAW))
        found[frozenset(result.panel)] += 1
        if frozenset(result.panel) == panels[0]:
            substitutes[result.substitutes[0]] += 1
    assert set(found) == set(panels)
    expected = draws / len(panels)
    assert sum((found[panel] - expected) ** 2 / expected for panel in panels) < 51.18  # 24 degrees of freedom
    expected = found[panels[0]] / 4
    chi = sum((substitutes[name] - expected) ** 2 / expected for name in "abcdefg" if name not in panels[0])
    assert chi < 16.27  # 3 degrees of freedom


# ---- draws that end without a panel


def test_infeasible_is_proved_before_drawing() -> None:
    people = candidates(pool(random.Random(1), 12))
    for quotas, why in [
        ({"gender": {"woman": (13, 13)}}, ["gender:woman>=13"]),
        ({"gender": {"woman": (2, 1)}}, ["gender:woman<=1", "gender:woman>=2"]),
        ({"region": {"north": (3, 4), "south": (2, 4)}}, ["region:north>=3", "region:south>=2"]),
        ({"planet": {"mars": (1, 1)}}, ["planet:mars>=1"]),
    ]:
        result = draw(Draw("x", 4, quotas, people, ("x",), ASSEMBLY_DRAW))
        assert result.outcome is Outcome.INFEASIBLE
        assert list(map(str, result.contradiction)) == why
        assert result.attempts == 0


@pytest.mark.parametrize(("method", "parts"), [(ASSEMBLY_DRAW, ("x",)), (RFC3797, (7,))])
def test_more_seats_than_people_is_infeasible(method: str, parts: tuple[Part, ...]) -> None:
    result = draw(Draw("x", 3, {}, (Candidate("a", {}), Candidate("b", {})), parts, method))
    assert result.outcome is Outcome.INFEASIBLE
    assert (result.attempts, result.panel, result.contradiction) == (0, (), ())


def test_a_hundred_thousand_vain_attempts_exhaust_a_draw() -> None:
    """Only one panel of C(60, 6) meets the quota: §7.1 step 5 ends such a draw, and says so."""
    people = tuple(Candidate(f"p{i}", {"role": "cook"} if i < 6 else {}) for i in range(60))
    result = draw(Draw("x", 6, {"role": {"cook": (6, 6)}}, people, ("x",), ASSEMBLY_DRAW))
    assert result.outcome is Outcome.EXHAUSTED
    assert (result.attempts, result.panel, result.substitutes) == (MAX_ATTEMPTS, (), ())


# ---- substitutes


def two_women_of_four() -> tuple[Draw, DrawResult]:
    people = tuple(Candidate(f"{g}{i}", {"gender": g}) for g in ("man", "woman") for i in range(5))
    request = Draw("x", 4, {"gender": {"woman": (2, 4), "man": (1, 2)}}, people, ("x",), ASSEMBLY_DRAW)
    return request, draw(request)


def test_a_substitute_keeps_the_quotas_satisfiable() -> None:
    """The first in their order that fits; who was passed over may fit later; nobody when nobody does."""
    request, result = two_women_of_four()
    women = [name for name in result.panel if name.startswith("woman")]
    men = [name for name in result.panel if name.startswith("man")]
    assert (len(women), len(men)) == (2, 2)
    next_woman = next(name for name in result.substitutes if name.startswith("woman"))
    assert next_substitute(request, result, [*women[:1], *men], {women[1]}) == next_woman
    assert next_substitute(request, result, [*women, men[0]], {men[1]}) == result.substitutes[0]
    all_women = {f"woman{i}" for i in range(5)}
    assert next_substitute(request, result, [*women[:1], *men], all_women - {women[0]}) is None
    assert next_substitute(request, result, result.panel, ()) is None


def test_two_empty_seats_are_filled_so_that_both_can_be() -> None:
    """With one woman and one man left on the panel, a man may only come first if a woman can still follow."""
    request, result = two_women_of_four()
    women = [name for name in result.panel if name.startswith("woman")]
    men = [name for name in result.panel if name.startswith("man")]
    seated = [women[0], men[0]]
    gone = {women[1], men[1], *[name for name in result.substitutes if name.startswith("woman")][1:]}
    first = next_substitute(request, result, seated, gone)
    assert first is not None
    second = next_substitute(request, result, [*seated, first], gone)
    assert second is not None
    genders = sorted(name.rstrip("0123456789") for name in [*seated, first, second])
    assert genders == ["man", "man", "woman", "woman"]


def test_a_seat_nobody_is_left_for_keeps_nobody_from_another() -> None:
    """Two seats are empty and one substitute is left: they sit, unless the other seat could not make up the quotas."""
    people = tuple(Candidate(name, {"gender": gender}) for name, gender in
                   (("ana", "woman"), ("ben", "man"), ("cem", "man")))  # fmt: skip
    for quotas, heir in (({}, True), ({"gender": {"woman": (1, 2)}}, True), ({"gender": {"woman": (2, 2)}}, False)):
        request = Draw("Well#7", 2, quotas, people, ("drand:quicknet:7:ab",), ASSEMBLY_DRAW)
        result = DrawResult(Outcome.DRAWN, "", "", 1, ("ana", "ben"), ("cem",), ())
        assert next_substitute(request, result, [], {"ana", "ben"}) == ("cem" if heir else None)


# ---- lots, rounds


def test_a_lot_is_a_draw_of_everyone() -> None:
    names = ["ben", "ana", "cem"]
    order = lot("Well#4", names, ["drand:quicknet:7:ab"])
    people = [{"id": name, "f": {}} for name in names]
    assert list(order) == by_the_book("Well#4", 3, {}, people, ["drand:quicknet:7:ab"])[3]
    assert lot("x", [], ["y"]) == ()


def test_rounds() -> None:
    """round(t) = floor((t − genesis)/period) + 1 (§7.2)."""
    assert [round_at(t, 100, 3) for t in (100, 102, 103, 105, 106)] == [1, 1, 2, 2, 3]
    assert [instant_of(n, 100, 3) for n in (1, 2, 3)] == [100, 103, 106]
    with pytest.raises(ValueError, match="genesis"):
        round_at(99, 100, 3)


def test_the_randomness_of_a_round_is_the_hash_of_its_signature() -> None:
    assert drand_part("quicknet", 7, b"\x01") == f"drand:quicknet:7:{hashlib.sha256(bytes([1])).hexdigest()}"


# ---- what cannot be drawn from

A, B = Candidate("a", {}), Candidate("b", {})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"method": "dice"}, "unknown method 'dice'"),
        ({"seats": 0}, "0 is not a number of seats"),
        ({"id": "\ud800"}, "UTF-8"),
        ({"candidates": (A, A)}, "'a' stands more than once"),
        ({"candidates": (Candidate("é", {}), Candidate("e\u0301", {}))}, "'é' stands more than once"),
        ({"candidates": (Candidate("", {}),)}, "an id is empty"),
        ({"candidates": (Candidate("a", {"é": "x", "e\u0301": "y"}),)}, "two names are the same in NFC"),
        ({"candidates": (Candidate("a", {"g": "\udfff"}),)}, "UTF-8"),
        ({"quotas": {"g": {"w": (-1, 2)}}}, "g:w is not a minimum and a maximum"),
        ({"quotas": {"g": {"é": (0, 1), "e\u0301": (0, 1)}}}, "the same in NFC"),
        ({"parts": (7,)}, "7 is not text"),
        ({"method": RFC3797, "parts": ("x",)}, "'x' is not a number"),
        ({"method": RFC3797, "parts": ((),)}, "is not a number"),
        ({"method": RFC3797, "parts": ((1, -1),)}, "is not a number"),
        ({"method": RFC3797, "parts": (1,), "quotas": {"g": {"w": (0, 1)}}}, "knows no quotas"),
        (
            {"method": RFC3797, "parts": (1,), "candidates": tuple(Candidate(str(i), {}) for i in range(65_537))},
            "65536 candidates at most",
        ),
    ],
)
def test_bad_draws_are_refused(change: dict[str, Any], why: str) -> None:
    good: dict[str, Any] = {"id": "x", "seats": 1, "quotas": {}, "candidates": (A, B), "parts": ("x",)}
    with pytest.raises(ValueError, match=why):
        Draw(**{**good, "method": ASSEMBLY_DRAW, **change})


def test_rfc_3797_keeps_the_order_it_was_given() -> None:
    """Who stands where decides, so the hash covers it."""
    one = Draw("x", 1, {}, (A, B), (1,), RFC3797)
    other = Draw("x", 1, {}, (B, A), (1,), RFC3797)
    assert list_hash(one) != list_hash(other)
    assert draw(one).panel != draw(other).panel


# ---- quotas


def test_the_solver_agrees_with_trying_everything() -> None:
    """Every panel of small pools, with people seated already and seats that stay open."""
    rng = random.Random(74)
    outcomes = Counter[bool]()
    for _ in range(1500):
        seats = rng.randint(1, 5)
        quotas: Quotas = {
            f: {v: (least := rng.choice([0, 0, 1, 1, 2]), rng.randint(least, max(least, seats))) for v in values[:2]}
            for f, values in FEATURES.items()
            if rng.random() < 0.8
        }
        kinds = [kind_of(one, quotas) for one in candidates(pool(rng, rng.randint(0, 10)))]
        held = kinds[: rng.randint(0, 2)]
        open_seats = rng.choice([0, 0, 1, 2])
        found = in_the_way(held, Counter(kinds[len(held) :]), quotas, seats, open_seats)
        tried = any(
            all(
                counts[f, v] <= most and sum(max(0, quotas[f][w][0] - counts[f, w]) for w in quotas[f]) <= open_seats
                for f in quotas
                for v, (_, most) in quotas[f].items()
            )
            for panel in panels(kinds[len(held) :], seats - open_seats - len(held))
            for counts in [Counter(pair for kind in (*held, *panel) for pair in kind)]
        )
        assert (found is None) is tried
        outcomes[tried] += 1
        if found:
            # the quotas named contradict each other: without all the others it cannot be done either
            named: Quotas = {f: dict.fromkeys(values, (0, seats)) for f, values in quotas.items()}
            for bound in found:
                least, most = named[bound.feature][bound.value]
                ends = (bound.seats, most) if bound.at_least else (least, bound.seats)
                named = {**named, bound.feature: {**named[bound.feature], bound.value: ends}}
            assert in_the_way(held, Counter(kinds[len(held) :]), named, seats, open_seats) is not None
    assert min(outcomes.values()) > 300


def panels(kinds: Sequence[Any], size: int) -> Iterator[tuple[Any, ...]]:
    return itertools.combinations(kinds, size) if size >= 0 else iter(())


def reachable(people: Sequence[Candidate], quotas: Quotas, seats: int) -> bool:
    """Taking one person after the other or not: all numbers of seats and counts that can come of it."""
    pairs = [(f, v) for f in quotas for v in quotas[f]]
    states = {(0, *(0 for _ in pairs))}
    for one in people:
        step = (1, *(int(one.features.get(f) == v) for f, v in pairs))
        taken = (tuple(map(sum, zip(state, step, strict=True))) for state in states)
        within = (seats, *(quotas[f][v][1] for f, v in pairs))
        states |= {state for state in taken if all(have <= most for have, most in zip(state, within, strict=True))}
    least = (seats, *(quotas[f][v][0] for f, v in pairs))
    return any(all(have >= want for have, want in zip(state, least, strict=True)) for state in states)


@pytest.mark.parametrize("seed", [*range(20), 264])
def test_tight_quotas_agree_with_taking_one_after_the_other(seed: int) -> None:
    """Three to five features with hardly any room; 264 can be solved in fractions of people, and not in people."""
    rng = random.Random(seed)
    features = {f: [f"{f}{i}" for i in range(rng.randint(2, 4))] for f in "abcde"[: rng.randint(3, 5)]}
    people = candidates(pool(rng, rng.randint(8, 40), features))
    seats = rng.randint(3, 12)
    quotas: Quotas = {
        f: {v: (max(0, seats // len(values) - rng.randint(0, 1)), seats // len(values) + 1) for v in values}
        for f, values in features.items()
    }
    contradiction = in_the_way((), Counter(kind_of(one, quotas) for one in people), quotas, seats, 0)
    if len(people) <= 18:
        assert (contradiction is None) is reachable(people, quotas, seats)
    # whatever panel there is, quotas made from it can be met
    panel = rng.sample(people, min(seats, len(people)))
    counts = Counter(pair for one in panel for pair in one.features.items())
    exact: Quotas = {f: {v: (counts[f, v], counts[f, v]) for v in values} for f, values in features.items()}
    assert in_the_way((), Counter(kind_of(one, exact) for one in people), exact, len(panel), 0) is None


def test_programs_agree_with_trying_everything() -> None:
    """Sums of a few unknowns; of 15819 both halves have to be tried, the second from where the first ended."""
    outcomes = Counter[bool]()
    for seed in [*range(300), 15819]:
        rng = random.Random(seed)
        rows = rng.randint(2, 5)
        sums = [(low := rng.randint(0, 3), low + rng.choice([0, 0, 0, 1])) for _ in range(rows)]
        unknowns = [
            (tuple(sorted(rng.sample(range(rows), rng.randint(1, rows)))), rng.randint(1, 3))
            for _ in range(rng.randint(2, 6))
        ]
        found = contradicted(sums, unknowns, whole=True)
        tried = any(
            all(
                low <= sum(times for times, (within, _) in zip(taken, unknowns, strict=True) if row in within) <= high
                for row, (low, high) in enumerate(sums)
            )
            for taken in itertools.product(*(range(limit + 1) for _, limit in unknowns))
        )
        assert (found is None) is tried
        outcomes[tried] += 1
    assert min(outcomes.values()) > 50


def test_people_are_whole() -> None:
    """One of each pair of three: half of each would do, no three people can."""
    pairs = [((0, 1), 1), ((1, 2), 1), ((0, 2), 1)]
    assert contradicted([(1, 1)] * 3, pairs, whole=False) is None
    found = contradicted([(1, 1)] * 3, pairs, whole=True)
    assert found is not None
    assert {row for row, _ in found} <= {0, 1, 2}
    assert contradicted([(1, 1), (1, 1), (0, 1)], pairs, whole=True) is None


def test_quotas_as_people_write_them() -> None:
    """A minimum is ceil(share × seats), a maximum the floor (§7.4)."""
    texts = ["gender:woman>=1/2", "gender:woman<=4", "région:nord<=2/3", "age:old>=2"]
    assert read_quotas(texts, 5) == {
        "gender": {"woman": (3, 4)},
        "région": {"nord": (0, 3)},
        "age": {"old": (2, 5)},
    }
    assert [str(Bound("gender", "woman", end, 1)) for end in (True, False)] == ["gender:woman>=1", "gender:woman<=1"]
    for text in ["gender", "gender:woman", "gender:woman>1", "gender:woman>=", "gender:woman>=1/0", ":woman>=1"]:
        with pytest.raises(ValueError, match="is not a quota"):
            read_quotas([text], 5)
    with pytest.raises(ValueError, match="another quota for gender:woman>="):
        read_quotas(["gender:woman>=1", "gender:woman>=2"], 5)
