"""Elections (§7.3, §7.4): golden counts, and other people's counting as oracles on random profiles."""

import itertools
import random
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any

import pyrankvote
import pytest
import starvote
import votelib.convert
from votelib.evaluate.condorcet import Schulze
from votelib.evaluate.sequential import TransferableVoteSelector

from governance.election import (
    ApprovalBallot,
    ConsentBallot,
    ScoreBallot,
    approval,
    consent,
    schulze,
    star,
)
from governance.quotas import Candidate, Quotas, read_quotas
from governance.seating import NONE, Breaker, Contest, RankedBallot
from governance.stv import UNIT, decimals, stv

CASES = sorted((Path(__file__).parent / "cases").glob("election-*.toml"))
CUT = Decimal("0.00001")
NAMES = ("Ana", "Ben", "Cem", "Dila", "Emre", "Fay", "Gül")


def contest(
    names: Sequence[str], seats: int, *quotas: str, lot: Sequence[str] | None = None, genders: str = ""
) -> Contest:
    """`genders`: a letter for each name, `w`, `m`, or `-` for who does not say."""
    said = {"w": {"gender": "woman"}, "m": {"gender": "man"}, "-": {}}
    features = [said[letter] for letter in genders] or [{}] * len(names)
    people = tuple(Candidate(name, f) for name, f in zip(names, features, strict=True))
    return Contest(people, seats, read_quotas(quotas, seats), frozenset(), None if lot is None else tuple(lot))


def ranked(count: int, text: str) -> RankedBallot:
    """`A > B = C > none`."""
    groups = tuple(tuple(one.strip() for one in group.split("=")) for group in text.split(">"))
    return RankedBallot(count, groups if text else ())


def approve(count: int, *names: str) -> ApprovalBallot:
    return ApprovalBallot(count, frozenset(names))


# ---- golden counts


def count_case(case: Mapping[str, Any]) -> dict[str, Any]:
    people = tuple(Candidate(one["id"], one.get("f", {})) for one in case["candidates"])
    lot = tuple(case["lot"]) if "lot" in case else None
    quotas = read_quotas(case["quotas"], case["seats"])
    which = Contest(people, case["seats"], quotas, frozenset(case.get("withdrawn", [])), lot)
    ballots = case["ballots"]
    if case["method"] == "approval":
        return approval(which, [approve(one["count"], *one["approve"]) for one in ballots]).plain()
    if case["method"] == "star":
        return star(which, [ScoreBallot(one["count"], one["scores"]) for one in ballots]).plain()
    papers = [RankedBallot(one["count"], tuple(map(tuple, one["ranking"]))) for one in ballots]
    return {"schulze": schulze, "stv": stv}[case["method"]](which, papers).plain()


def agree(expected: Any, found: Any) -> None:
    """Everything the file says; it may say less than the count."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            agree(value, found[key])
    elif isinstance(expected, list) and expected and isinstance(expected[0], dict):
        assert len(expected) == len(found)
        for one, other in zip(expected, found, strict=True):
            agree(one, other)
    else:
        assert expected == found


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_golden_elections(path: Path) -> None:
    """Each file says where its figures come from."""
    case = tomllib.loads(path.read_text())
    agree(case["expected"], count_case(case))


# ---- approval


def test_a_seat_takes_more_than_half() -> None:
    """Half of the ballots is not enough, and an empty ballot counts (§7.3)."""
    ballots = [approve(2, "Ana", "Ben"), approve(1, "Ana"), approve(1)]
    result = approval(contest(["Ana", "Ben"], 2), ballots)
    assert (result.winners, result.open_seats) == (("Ana",), 1)
    assert result.tally.approvals == {"Ana": 3, "Ben": 2}


def test_those_who_withdrew_are_passed_over() -> None:
    which = Contest((Candidate("Ana", {}),), 1, {}, frozenset({"Ben"}), None)
    assert approval(which, [approve(3, "Ben", "Ana")]).winners == ("Ana",)


def test_approval_agrees_with_counting_by_hand() -> None:
    rng = random.Random(1)
    for _ in range(300):
        names = NAMES[: rng.randint(1, 7)]
        ballots = [approve(1, *(n for n in names if rng.random() < 0.6)) for _ in range(rng.randint(0, 15))]
        lot = rng.sample(names, len(names))
        seats = rng.randint(1, 5)
        result = approval(contest(names, seats, lot=lot), ballots)
        votes = {name: sum(name in ballot.approved for ballot in ballots) for name in names}
        carried = [name for name in names if 2 * votes[name] > len(ballots)]
        best = sorted(carried, key=lambda name: (-votes[name], lot.index(name)))[:seats]
        assert set(result.winners) == set(best)
        assert [votes[name] for name in result.winners] == [votes[name] for name in best]
        assert result.open_seats == seats - len(best)
        assert result.undecided == 0


# ---- consent


def test_consent_seats_whom_nobody_objects_to() -> None:
    ballots = [
        ConsentBallot(3, "Ana", frozenset()),
        ConsentBallot(2, "Ben", frozenset({"Ana"})),
        ConsentBallot(1, "Cem", frozenset()),
        ConsentBallot(1, None, frozenset()),
    ]
    result = consent(contest(["Ana", "Ben", "Cem", "Dila"], 3), ballots)
    assert (result.winners, result.open_seats) == (("Ben", "Cem"), 1)
    assert result.plain()["tally"] == {
        "nominations": {"Ana": 3, "Ben": 2, "Cem": 1, "Dila": 0},
        "objections": {"Ana": 2, "Ben": 0, "Cem": 0, "Dila": 0},
    }


# ---- seating under quotas


def test_a_quota_is_never_broken_to_fill_a_seat() -> None:
    """Three men stand for two seats, one of them a woman's: one man is seated, her seat stays open (§7.4)."""
    result = approval(contest(["Ana", "Ben", "Cem"], 2, "gender:woman>=1", genders="-mm"), [approve(1, "Ben", "Cem")])
    assert (result.winners, result.open_seats, result.undecided) == ((), 1, 1)
    lucky = contest(["Ana", "Ben", "Cem"], 2, "gender:woman>=1", genders="-mm", lot=["Ana", "Cem", "Ben"])
    result = approval(lucky, [approve(1, "Ben", "Cem")])
    assert (result.winners, result.open_seats) == (("Cem",), 1)
    assert result.ties[0].by is Breaker.LOT


def test_prefer_not_to_say_satisfies_no_minimum() -> None:
    which = contest(["Ana", "Ben", "Cem"], 1, "gender:woman>=1", genders="--w")
    result = approval(which, [approve(3, "Ana", "Ben", "Cem"), approve(2, "Ana", "Ben")])
    assert result.winners == ("Cem",)
    assert [one.candidate for one in result.skipped] == ["Ana", "Ben"]
    assert [str(bound) for bound in result.skipped[0].quotas] == ["gender:woman>=1"]


def test_a_maximum_passes_over() -> None:
    which = contest(["Ana", "Ben", "Cem"], 2, "gender:man<=1", genders="wmm")
    result = approval(which, [approve(2, "Ben", "Cem", "Ana"), approve(4, "Ben", "Cem"), approve(3, "Ben", "Ana")])
    assert result.winners == ("Ben", "Ana")
    assert [(one.candidate, list(map(str, one.quotas))) for one in result.skipped] == [("Cem", ["gender:man<=1"])]


def test_quotas_that_contradict_each_other_seat_nobody() -> None:
    which = contest(["Ana", "Ben"], 2, "gender:man>=2", "gender:woman>=1", genders="wm")
    result = approval(which, [approve(1, "Ana", "Ben")])
    assert (result.winners, result.open_seats) == ((), 2)


def test_a_tie_of_which_some_cannot_sit_is_none() -> None:
    """Ben and Cem tie for the last seat, but it must be a woman's or nobody's: Ana, approved of by fewer."""
    which = contest(["Ana", "Ben", "Cem", "Dila"], 2, "gender:woman>=1", genders="wmmm")
    result = approval(which, [approve(3, "Dila", "Ben", "Cem", "Ana"), approve(1, "Dila", "Ben", "Cem")])
    assert result.undecided == 1
    which = contest(["Ana", "Ben", "Cem", "Dila"], 2, "gender:woman>=1", genders="wmmm")
    result = approval(which, [approve(3, "Dila", "Ben", "Cem", "Ana"), approve(1, "Dila")])
    assert (result.winners, result.ties) == (("Dila", "Ana"), ())


def walk_by_the_book(which: Contest, order: Sequence[str]) -> list[str]:
    """§7.4 with every completion tried out: as few seats open as can be, each for one person of any values."""
    features = {one.id: one.features for one in which.candidates}

    def can_follow(seated: Sequence[str], left: Sequence[str], open_seats: int) -> bool:
        missing = which.seats - open_seats - len(seated)
        return missing >= 0 and any(
            all(
                counts[f, v] <= most and sum(max(0, ends[0] - counts[f, w]) for w, ends in values.items()) <= open_seats
                for f, values in which.quotas.items()
                for v, (_, most) in values.items()
            )
            for more in itertools.combinations(left, missing)
            for counts in [Counter(pair for name in (*seated, *more) for pair in features[name].items())]
        )

    open_seats = next((n for n in range(which.seats) if can_follow([], order, n)), which.seats)
    seated: list[str] = []
    for place, name in enumerate(order):
        if can_follow([*seated, name], order[place + 1 :], open_seats):
            seated.append(name)
    return seated


def test_seating_agrees_with_the_book() -> None:
    rng = random.Random(74)
    seen = Counter[str]()
    for _ in range(400):
        names = NAMES[: rng.randint(1, 7)]
        people = tuple(
            Candidate(name, {f: rng.choice(v) for f, v in {"g": "wm", "r": "ns"}.items() if rng.random() < 0.9})
            for name in names
        )
        seats = rng.randint(1, 4)
        quotas: Quotas = {
            f: {
                v: (least := rng.choice([0, 0, 1, 2]), rng.randint(max(1, least), max(least, seats) + 1))
                for v in values
            }
            for f, values in {"g": "wm", "r": "ns"}.items()
        }
        lot = tuple(rng.sample(names, len(names)))
        votes = {name: rng.choice([3, 4, 4, 5, 6, 7]) for name in names}
        ballots = [approve(1, *(n for n in names if place < votes[n])) for place in range(8)]
        which = Contest(people, seats, quotas, frozenset(), lot)
        result = approval(which, ballots)
        carried = [name for name in names if votes[name] > 4]
        order = sorted(carried, key=lambda name: (-votes[name], lot.index(name)))
        assert set(result.winners) == set(walk_by_the_book(which, order))
        assert len(result.winners) + result.open_seats == seats
        seen["open"] += result.open_seats > 0
        seen["skipped"] += bool(result.skipped)
        seen["lot"] += bool(result.ties)
    assert min(seen[what] for what in ("open", "skipped", "lot")) > 25


# ---- Schulze


def profile(rng: random.Random, names: Sequence[str], size: int, ties: bool) -> list[RankedBallot]:
    """Rankings of some of the names, often alike, a few with equal ranks."""
    ballots = []
    for _ in range(size):
        order = rng.sample(names, rng.randint(1, len(names)))
        groups: list[list[str]] = []
        for name in order:
            if ties and groups and rng.random() < 0.25:
                groups[-1].append(name)
            else:
                groups.append([name])
        ballots.append(RankedBallot(rng.randint(1, 4), tuple(map(tuple, groups))))
    return ballots


def for_votelib(ballots: Sequence[RankedBallot]) -> dict[Any, int]:
    votes = Counter[Any]()
    for ballot in ballots:
        votes[tuple(g[0] if len(g) == 1 else frozenset(g) for g in ballot.ranking)] += ballot.count
    return votes


def test_schulze_agrees_with_votelib() -> None:
    """Pairwise counts and path strengths are the same, `none` among the candidates; and the order where all are told
    apart (where not, votelib counts victories, and we take those whom nobody beats)."""
    rng = random.Random(2011)
    compared = 0
    for _ in range(1500):
        names = NAMES[: rng.randint(2, 7)]
        ballots = profile(rng, [*names, NONE], rng.randint(1, 12), ties=True)
        if {name for ballot in ballots for name in ballot.names()} != {*names, NONE}:
            continue  # votelib knows only who stands on a ballot
        result = schulze(contest(names, len(names)), ballots)
        pairs = votelib.convert.RankedToCondorcetVotes().convert(for_votelib(ballots))
        for one, other in itertools.permutations([*names, NONE], 2):
            assert result.tally.pairwise[one][other] == pairs.get((one, other), 0)
        paths = Schulze.widest_paths(pairs)
        for one, other in itertools.permutations([*names, NONE], 2):
            assert result.tally.paths[one][other] == paths.get((one, other), 0)
        if all(paths.get((a, b), 0) != paths.get((b, a), 0) for a, b in itertools.combinations([*names, NONE], 2)):
            order = Schulze().evaluate(pairs, len(names) + 1)
            assert list(result.winners) == order[: order.index(NONE)]
            assert set(result.tally.below_none) == set(order[order.index(NONE) + 1 :])
            compared += 1
    assert compared > 100


def test_who_does_not_beat_none_is_not_seated() -> None:
    ballots = [ranked(2, "Ana > none > Ben"), ranked(1, "Ben > none"), ranked(1, "")]
    result = schulze(contest(["Ana", "Ben", "Cem"], 2), ballots)
    assert (result.winners, result.open_seats, result.tally.below_none) == (("Ana",), 1, ("Ben", "Cem"))


def test_a_schulze_tie_goes_to_the_lot() -> None:
    ballots = [ranked(1, "Ana > Ben"), ranked(1, "Ben > Ana")]
    assert schulze(contest(["Ana", "Ben"], 1), ballots).undecided == 1
    result = schulze(contest(["Ana", "Ben"], 1, lot=["Ben", "Ana"]), ballots)
    assert (result.winners, result.ties[0].chosen) == (("Ben",), ("Ben",))


# ---- single transferable vote


def stv_by_the_book(names: Sequence[str], ballots: Sequence[RankedBallot], seats: int, lot: Sequence[str]) -> Any:
    """Rules 45 to 52 of SSI 2007/42, schedule 1, paper by paper, in decimal fractions; winners and votes by stage."""
    papers = [[g[0] for g in ballot.ranking] for ballot in ballots for _ in range(ballot.count)]
    holder: list[str | None] = [paper[0] for paper in papers]
    value = [Decimal(1)] * len(papers)
    quota = len(papers) // (seats + 1) + 1
    continuing, elected, pending = set(names), [], []
    credit = dict.fromkeys(names, Decimal(0))
    for paper in papers:
        credit[paper[0]] += 1
    history: list[dict[str, Decimal]] = []

    def tied_for(those: Sequence[str], most: bool) -> str:
        pick = max if most else min
        for votes in [credit, *reversed(history)]:
            bound = pick(votes[name] for name in those)
            those = [name for name in those if votes[name] == bound]
        return pick(those, key=lambda name: -lot.index(name))

    def close() -> bool:
        history.append(dict(credit))
        for name in sorted(continuing, key=lambda name: (-credit[name], name)):
            if credit[name] >= quota:
                elected.append(name)
                continuing.discard(name)
                if credit[name] > quota:
                    pending.append(name)
        if len(continuing) <= seats - len(elected):
            elected.extend(sorted(continuing, key=lambda name: (-credit[name], name)))
            continuing.clear()
        return len(elected) < seats and bool(continuing)

    def hand_out(name: str, factor: Any) -> None:
        for number, paper in enumerate(papers):
            if holder[number] == name:
                value[number] = factor(value[number])
                later = paper[paper.index(name) + 1 :]
                holder[number] = next((one for one in later if one in continuing), None)
                if holder[number] is not None:
                    credit[holder[number]] += value[number]

    open_ = close()
    while open_:
        if pending:
            name = tied_for(pending, most=True)
            pending.remove(name)
            surplus, total = credit[name] - quota, credit[name]
            credit[name] = Decimal(quota)
            hand_out(name, lambda v, s=surplus, t=total: (s * v / t).quantize(CUT, ROUND_DOWN))
        else:
            name = tied_for(sorted(continuing), most=False)
            continuing.discard(name)
            credit[name] = Decimal(0)
            hand_out(name, lambda v: v)
        open_ = close()
    return elected, history


def test_stv_agrees_with_the_rules_paper_by_paper() -> None:
    """Every stage to the fifth decimal, ties included; and votes are neither made nor lost."""
    rng = random.Random(2007)
    stages = 0
    for _ in range(800):
        names = NAMES[: rng.randint(1, 7)]
        seats = rng.randint(1, 4)
        ballots = profile(rng, names, rng.randint(1, 25), ties=False)
        lot = rng.sample(names, len(names))
        result = stv(contest(names, seats, lot=lot), ballots)
        elected, history = stv_by_the_book(names, ballots, seats, lot)
        assert list(result.winners) == elected[:seats]
        assert [{n: decimals(v) for n, v in stage.votes.items()} for stage in result.tally.stages] == [
            {name: f"{votes[name]:.5f}" for name in sorted(votes)} for votes in history
        ]
        for stage in result.tally.stages:
            assert sum(stage.votes.values()) + stage.non_transferable == result.tally.valid * UNIT
        stages += len(history)
    assert stages > 2000


def test_stv_agrees_with_votelib_where_rounding_cannot_matter() -> None:
    """votelib transfers whole fractions, and several surpluses at once: only counts without ties, near misses or two
    surpluses waiting are the same by both rules."""
    rng = random.Random(48)
    compared = several = 0
    for _ in range(1200):
        names = NAMES[: rng.randint(2, 6)]
        seats = rng.randint(1, len(names) - 1)
        ballots = profile(rng, names, rng.randint(5, 30), ties=False)
        result = stv(contest(names, seats), ballots)
        papers = sum(ballot.count for ballot in ballots)
        first = {name for ballot in ballots for name in ballot.ranking[0]}
        if result.ties or first != set(names) or close_calls(result.tally, papers):
            continue
        found = TransferableVoteSelector(quota_function="droop").evaluate(for_votelib(ballots), seats)
        assert set(result.winners) == set(found)
        compared += 1
        several += seats > 1
    assert compared > 150
    assert several > 70


def close_calls(tally: Any, papers: int) -> bool:
    """Whether a stage leaves two surpluses, or votes that differ by no more than all that was cut off so far."""
    quota = tally.quota * UNIT
    for number, stage in enumerate(tally.stages, 1):
        votes = sorted(v for v in stage.votes.values() if v)
        votes = sorted([*votes, quota])
        gaps = [b - a for a, b in itertools.pairwise(votes) if b != quota or a != quota]
        if sum(v > quota for v in stage.votes.values()) > 1 or any(gap <= papers * number for gap in gaps):
            return True
    return False


def test_one_seat_agrees_with_instant_runoff() -> None:
    """STV for one seat is instant run-off; pyrankvote where no votes are equal."""
    rng = random.Random(49)
    compared = 0
    for _ in range(500):
        names = NAMES[: rng.randint(2, 6)]
        ballots = profile(rng, names, rng.randint(3, 25), ties=False)
        result = stv(contest(names, 1), ballots)
        if result.ties:
            continue
        people = {name: pyrankvote.Candidate(name) for name in names}
        theirs = [
            pyrankvote.Ballot([people[g[0]] for g in ballot.ranking]) for ballot in ballots for _ in range(ballot.count)
        ]
        found = pyrankvote.instant_runoff_voting(list(people.values()), theirs).get_winners()
        if len(found) == 1:
            assert result.winners == (found[0].name,)
            compared += 1
    assert compared > 150


def test_a_paper_ends_where_it_is_not_clear() -> None:
    """At `none`, at several of the same rank who are still in; those without one first preference have no part."""
    ballots = [
        ranked(3, "Ana > Ben = Cem > Dila"),
        ranked(2, "Ben = Cem > Ana"),
        ranked(1, "none > Ana"),
        ranked(1, ""),
        ranked(2, "Dila > none > Cem"),
        ranked(4, "Cem"),
    ]
    result = stv(contest(["Ana", "Ben", "Cem", "Dila"], 1), ballots)
    assert (result.tally.valid, result.tally.invalid, result.tally.quota) == (9, 4, 5)
    assert [stage.candidate for stage in result.tally.stages] == [None, "Ben", "Dila", "Ana"]
    # without Ben in the way the three papers go on to Cem
    assert result.tally.stages[-1].transfers == {"Cem": 3 * UNIT}
    assert result.tally.stages[-1].non_transferable == 2 * UNIT
    assert result.winners == ("Cem",)


def test_an_exclusion_looks_back_before_it_draws() -> None:
    """Rule 51(2): Dila's paper brings Cem level with Ben, but a stage before Cem had fewer and so goes out."""
    ballots = [ranked(6, "Ana"), ranked(4, "Ben"), ranked(3, "Cem"), ranked(1, "Dila > Cem")]
    result = stv(contest(["Ana", "Ben", "Cem", "Dila"], 1), ballots)
    assert [stage.candidate for stage in result.tally.stages] == [None, "Dila", "Cem", "Ben"]
    (tie,) = result.ties
    assert (tie.at, tie.number, tie.candidates) == ("exclusion", 3, ("Ben", "Cem"))
    assert (tie.chosen, tie.by) == (("Cem",), Breaker.EARLIER_STAGE)


def test_papers_without_a_future_need_no_lot() -> None:
    """Three candidates nobody ranks tie for exclusion, and all of them go: their order does not matter."""
    ballots = [ranked(3, "Ana > Ben"), ranked(2, "Ben > Ana"), ranked(2, "Cem")]
    result = stv(contest(["Ana", "Ben", "Cem", "Dila", "Emre", "Fay"], 1), ballots)
    assert [stage.candidate for stage in result.tally.stages[1:4]] == ["Dila", "Emre", "Fay"]
    assert {tie.by for tie in result.ties[:2]} == {Breaker.NO_MATTER}


def test_a_tie_that_changes_nothing_is_named_and_passed() -> None:
    """Without a lot both ways are counted: whoever of Cem and Dila goes first, Ana wins."""
    ballots = [ranked(4, "Ana"), ranked(2, "Ben > Ana"), ranked(1, "Cem > Ana"), ranked(1, "Dila > Ana")]
    result = stv(contest(["Ana", "Ben", "Cem", "Dila"], 1), ballots)
    assert (result.winners, result.undecided) == (("Ana",), 0)
    assert [(tie.at, tie.by) for tie in result.ties] == [("exclusion", Breaker.NO_MATTER)]


ONE_EACH = [ranked(2, "Ana"), ranked(1, "Ben"), ranked(1, "Cem")]


def test_a_tie_that_decides_waits_for_the_lot() -> None:
    waiting = stv(contest(["Ana", "Ben", "Cem"], 2), ONE_EACH)
    assert (waiting.winners, waiting.undecided) == (("Ana",), 1)
    assert (waiting.ties[-1].chosen, waiting.ties[-1].by) == ((), Breaker.UNDECIDED)
    drawn = stv(contest(["Ana", "Ben", "Cem"], 2, lot=["Cem", "Ana", "Ben"]), ONE_EACH)
    assert drawn.winners == ("Ana", "Cem")
    assert (drawn.ties[-1].chosen, drawn.ties[-1].by) == (("Ben",), Breaker.LOT)


def test_too_many_ties_to_try_wait_for_the_lot() -> None:
    names = [f"c{i}" for i in range(9)]
    result = stv(contest(names, 4), [ranked(1, name) for name in names])
    assert (result.winners, result.undecided) == ((), 4)


def test_under_quotas_a_seat_is_certain_where_every_way_leads_to_it() -> None:
    """A woman's seat stays open, the other is Ana's however Ben and Cem tie."""
    which = contest(["Ana", "Ben", "Cem"], 2, "gender:woman>=1", genders="mmm")
    result = stv(which, ONE_EACH)
    assert (result.winners, result.open_seats, result.undecided) == (("Ana",), 1, 0)
    assert {tie.by for tie in result.ties} == {Breaker.NO_MATTER}


def test_quotas_walk_the_order_of_election_and_exclusion() -> None:
    """Ben would have the second seat; it must be a woman's, and Dila was excluded after Fay (§7.4)."""
    which = contest(["Ana", "Ben", "Dila", "Fay"], 2, "gender:woman>=1", genders="mmww")
    ballots = [ranked(5, "Ana"), ranked(4, "Ben"), ranked(2, "Dila"), ranked(1, "Fay")]
    result = stv(which, ballots)
    assert result.winners == ("Ana", "Dila")
    assert [one.candidate for one in result.skipped] == ["Ben"]


def test_fewer_candidates_than_seats() -> None:
    for count in (lambda which: stv(which, [ranked(1, "Ana")]), lambda which: star(which, [ScoreBallot(1, {})])):
        result = count(contest(["Ana", "Ben"], 3))
        assert (sorted(result.winners), result.open_seats) == (["Ana", "Ben"], 1)
    assert stv(contest([], 2), []).open_seats == 2
    assert star(contest([], 2), []).open_seats == 2


# ---- STAR


def scores(rng: random.Random, names: Sequence[str], size: int) -> list[ScoreBallot]:
    return [
        ScoreBallot(rng.randint(1, 3), {name: rng.randint(0, 5) for name in names if rng.random() < 0.9})
        for _ in range(size)
    ]


def test_star_agrees_with_starvote() -> None:
    """One seat and several, ties broken by the ballots included; ties to the end by the same permutation."""
    rng = random.Random(5)
    tied = 0
    for _ in range(1500):
        names = NAMES[: rng.randint(2, 6)]
        seats = rng.choice([1, 1, rng.randint(2, 4)])
        if seats > 1 and len(names) <= seats:
            continue
        ballots = scores(rng, names, rng.randint(1, 8))
        theirs = [
            {name: ballot.scores.get(name, 0) for name in names} for ballot in ballots for _ in range(ballot.count)
        ]
        lot = rng.sample(names, len(names))
        breaker = starvote.predefined_permutation_tiebreaker(lot)
        method = starvote.star if seats == 1 else starvote.bloc
        more = {} if seats == 1 else {"seats": seats}
        found = starvote.election(method, theirs, tiebreaker=breaker, verbosity=0, **more)
        result = star(contest(names, seats, lot=lot), ballots)
        assert sorted(result.winners) == sorted(found)
        tied += bool(result.ties)
    assert tied > 60


def test_a_star_tie_without_a_lot() -> None:
    """Ana and Ben cannot be told apart for the second place in the run-off; Cem wins against either."""
    ballots = [ScoreBallot(1, {"Ana": 1, "Ben": 2, "Cem": 5}), ScoreBallot(1, {"Ana": 2, "Ben": 1, "Cem": 5})]
    result = star(contest(["Ana", "Ben", "Cem"], 1), ballots)
    assert (result.winners, result.undecided) == (("Cem",), 0)
    assert [tie.by for tie in result.ties] == [Breaker.NO_MATTER]
    result = star(contest(["Ana", "Ben", "Cem"], 2), ballots)
    assert (result.winners, result.undecided) == (("Cem",), 1)
    result = star(contest(["Ana", "Ben", "Cem"], 2, "gender:woman>=1", genders="www"), ballots)
    assert (result.winners, result.undecided) == (("Cem",), 1)


def test_star_goes_on_past_those_whom_a_quota_skips() -> None:
    which = contest(["Ana", "Ben", "Cem"], 2, "gender:woman>=1", genders="wmm")
    result = star(which, [ScoreBallot(3, {"Ben": 5, "Cem": 4, "Ana": 1})])
    assert (result.winners, [one.candidate for one in result.skipped]) == (("Ben", "Ana"), ["Cem"])


# ---- any order of candidates and ballots


def test_the_order_of_candidates_and_ballots_does_not_matter() -> None:
    rng = random.Random(3)
    for _ in range(40):
        names = list(NAMES[:5])
        ranks, points = profile(rng, names, 9, ties=True), scores(rng, names, 9)
        lot = rng.sample(names, 5)
        results = []
        for _ in range(2):
            which = contest(names, 2, "gender:woman>=1", lot=lot)
            people = {"Ana": {"gender": "woman"}, "Dila": {"gender": "woman"}}
            mixed = tuple(Candidate(name, people.get(name, {})) for name in names)
            which = Contest(mixed, 2, which.quotas, frozenset(), tuple(lot))
            results.append((schulze(which, ranks), stv(which, ranks), star(which, points)))
            rng.shuffle(names)
            rng.shuffle(ranks)
            rng.shuffle(points)
        assert results[0] == results[1]


# ---- what cannot be counted


@pytest.mark.parametrize(
    ("ballots", "why"),
    [
        ([ranked(1, "Ana"), ranked(1, "Ana > Zoe")], "ballot 2: unknown candidate 'Zoe'"),
        ([ranked(1, "Ana > Ben > Ana")], "ballot 1: candidate 'Ana' stands on it more than once"),
        ([ranked(1, "Ana > none > none")], "ballot 1: candidate 'none' stands on it more than once"),
        ([ranked(0, "Ana")], "ballot 1: 0 is not a number of ballots"),
    ],
)
def test_bad_rankings_are_refused(ballots: list[RankedBallot], why: str) -> None:
    for method in (schulze, stv):
        with pytest.raises(ValueError, match=why):
            method(contest(["Ana", "Ben"], 1), ballots)


def test_bad_scores_are_refused() -> None:
    for score in (-1, 6):
        with pytest.raises(ValueError, match=f"ballot 1: score {score} for 'Ana' is not from 0 to 5"):
            star(contest(["Ana"], 1), [ScoreBallot(1, {"Ana": score})])


@pytest.mark.parametrize(
    ("names", "seats", "withdrawn", "lot", "why"),
    [
        (["Ana", "Ana"], 1, [], None, "'Ana' stands more than once"),
        (["none"], 1, [], None, "'none' is the option"),
        (["Ana"], 1, ["Ana"], None, "'Ana' stands and has withdrawn"),
        (["Ana"], 0, [], None, "0 is not a number of seats"),
        (["Ana", "Ben"], 1, [], ["Ana"], "the lot does not name every candidate once"),
    ],
)
def test_bad_contests_are_refused(
    names: list[str], seats: int, withdrawn: list[str], lot: list[str] | None, why: str
) -> None:
    people = tuple(Candidate(name, {}) for name in names)
    with pytest.raises(ValueError, match=why):
        Contest(people, seats, {}, frozenset(withdrawn), None if lot is None else tuple(lot))
