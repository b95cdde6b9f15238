"""Verify names the first thing that is wrong, whatever was tampered with; an export can be checked outside."""

import asyncio
import hashlib
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select, update

from bot import announce
from bot.post import Post
from bot.service import Service
from bot.service_desk import Wake
from bot.store import register
from bot.store.engine import open_engine, reading
from bot.store.export import export, rebuild
from bot.store.tables import assemblies, ballots, dispatches, facts, heads, rolls
from bot.store.verify import Report, verify, walk
from governance import commands as c
from tests.process.office import EVERY, HOUR, WELL, Office, person, url_for

Tamper = Callable[[Connection], object]


@pytest.fixture(params=EVERY)
def decided(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """A register with a blocked round, a vote that adopts, a round that is still open, and reasons in words."""
    office = Office(url_for(request, tmp_path))
    office.founds("ada", "ben", "cy", rounds="1", fallback="vote", cooling="1h")
    office.opens_a_round("ada")
    office.does(
        office.answers("ada", "agree"), office.answers("ben", "agree"),
        office.asking(c.TakePosition(person("cy"), 1, "block", "no budget", 1)),
    )
    office.waits(25 * HOUR)
    office.does(*(office.asking(c.CastBallot(person(who), 1, "yes")) for who in ("ada", "ben", "cy")))
    office.waits(25 * HOUR)
    office.asks(c.Propose(person("ben"), "motion", "A bench", "By the mill."))
    office.asks(c.Open(person("ben"), 2))
    office.does(office.answers("cy", "pass", 2))
    assert office.state().items[1].decided_by == "vote"
    yield office
    office.closes()


def seq_of(office: Office, kind: str) -> int:
    return int(next(row["seq"] for row in office.rows(facts) if row["kind"] == kind))


def first_wrong(office: Office, tamper: Tamper) -> tuple[int, str]:
    with office.engine.begin() as connection:
        tamper(connection)
    [wrong] = office.verified().wrong
    assert (wrong.assembly, wrong.name) in ((WELL, "Well"), (WELL, WELL))
    return wrong.seq, wrong.what


def body_of(connection: Connection, seq: int) -> str:
    return bytes(connection.execute(select(facts.c.body).where(facts.c.seq == seq)).scalar_one()).decode()


def sealed_anew(connection: Connection, seq: int, old: str, new: str) -> None:
    """Whoever can write to the database can also make all later seals anew; `old` becomes `new` in one body."""
    body = body_of(connection, seq)
    assert old in body
    connection.execute(update(facts).where(facts.c.seq == seq).values(body=body.replace(old, new).encode()))
    last = register.first_seal(WELL)
    for row in connection.execute(select(facts.c.seq, facts.c.body).order_by(facts.c.seq)).all():
        last = register.seal(last, bytes(row.body))
        connection.execute(update(facts).where(facts.c.seq == row.seq).values(seal=last))
    connection.execute(update(heads).values(seal=last))


def test_all_is_as_it_was_decided(decided: Office) -> None:
    report = decided.verified()
    assert report == Report(
        assemblies=1, facts=decided.count(facts), texts=6, questions=2, ballots=7, wrong=()
    )


# --- the register


def test_a_changed_fact_breaks_its_seal(decided: Office) -> None:
    seq = seq_of(decided, "Proposed")

    def tamper(connection: Connection) -> None:
        body = body_of(connection, seq).replace(person("ada"), person("eve")).encode()
        connection.execute(update(facts).where(facts.c.seq == seq).values(body=body))

    assert first_wrong(decided, tamper) == (seq, "the seal does not fit the fact and the seal before it")


def test_a_changed_seal_is_found(decided: Office) -> None:
    where = facts.c.seq == 3
    assert first_wrong(decided, lambda db: db.execute(update(facts).where(where).values(seal=bytes(32)))) == (
        3, "the seal does not fit the fact and the seal before it",
    )


def test_a_fact_taken_out_is_missed(decided: Office) -> None:
    assert first_wrong(decided, lambda db: db.execute(delete(facts).where(facts.c.seq == 4))) == (
        4, "a fact is missing in the register",
    )


def test_an_end_cut_off_is_missed(decided: Office) -> None:
    last = decided.count(facts)
    seq, what = first_wrong(decided, lambda db: db.execute(delete(facts).where(facts.c.seq == last)))
    assert (seq, what) == (last, "the register does not end where its head says")


def test_a_closing_without_what_follows_is_missed(decided: Office) -> None:
    """Cut off behind the count, head and all."""
    seq = seq_of(decided, "VoteClosed")

    def tamper(connection: Connection) -> None:
        connection.execute(delete(facts).where(facts.c.seq > seq))
        seal = connection.execute(select(facts.c.seal).where(facts.c.seq == seq)).scalar_one()
        connection.execute(update(heads).values(seq=seq, seal=seal))

    assert first_wrong(decided, tamper) == (
        seq, "the register ends in the midst of what followed from a count or a draw",
    )


@pytest.mark.parametrize(("column", "value"), [("at", 5), ("cause", "console:0"), ("kind", "LeftRoll")])
def test_a_column_that_says_something_else_is_found(decided: Office, column: str, value: object) -> None:
    where = facts.c.seq == 3
    assert first_wrong(decided, lambda db: db.execute(update(facts).where(where).values({column: value}))) == (
        3, f"the column beside the fact is not what was sealed: {column}",
    )


def test_a_changed_word_is_found(decided: Office) -> None:
    seq = seq_of(decided, "Blocked")

    def tamper(connection: Connection) -> None:
        words = connection.execute(select(facts.c.words).where(facts.c.seq == seq)).scalar_one()
        changed = words.replace("no budget", "no idea")
        connection.execute(update(facts).where(facts.c.seq == seq).values(words=changed))

    assert first_wrong(decided, tamper) == (seq, "the free text is not the one that was sealed: reason")


@pytest.mark.parametrize("words", [None, "{}", '{"reason":["00","no budget"],"by":["00","eve"]}'])
def test_words_taken_out_or_added_are_found(decided: Office, words: str | None) -> None:
    seq = seq_of(decided, "Blocked")
    where = facts.c.seq == seq
    assert first_wrong(decided, lambda db: db.execute(update(facts).where(where).values(words=words))) == (
        seq, "a free text of the fact is missing",
    )


def test_a_register_sealed_anew_still_has_to_follow_from_itself(decided: Office) -> None:
    seq = seq_of(decided, "DiscussionBegan")
    found = first_wrong(decided, lambda db: sealed_anew(db, seq, '"item":1', '"item":7'))
    assert found == (seq, "the fact cannot follow what was before it (KeyError)")


def test_an_electorate_that_was_not_the_roll_is_found(decided: Office) -> None:
    seq = seq_of(decided, "RoundOpened")
    found = first_wrong(decided, lambda db: sealed_anew(db, seq, '"electorate":3', '"electorate":2'))
    assert found == (seq, "the electorate of question 1.1 is not the roll of then")


def test_a_charter_that_was_not_in_force_is_found(decided: Office) -> None:
    seq = seq_of(decided, "RoundOpened")
    found = first_wrong(decided, lambda db: sealed_anew(db, seq, '"charter":1', '"charter":2'))
    assert found == (seq, "the charter of question 1.1 is not the one in force then")


def test_an_adoption_without_a_count_is_found(decided: Office) -> None:
    """A whole register made anew, with an adoption slipped in."""
    seq = seq_of(decided, "CoolingBegan")

    def tamper(connection: Connection) -> None:
        sealed_anew(connection, seq, '"kind":"CoolingBegan"', '"kind":"Adopted"')
        sealed_anew(connection, seq, '"item":1', '"by":"vote","item":1,"text":""')
        connection.execute(update(facts).where(facts.c.seq == seq).values(kind="Adopted"))

    assert first_wrong(decided, tamper) == (
        seq, "what follows from the count is CoolingBegan, and the register says Adopted",
    )


# --- the boxes


def vote_of(who: str) -> object:
    return (ballots.c.question == "1.2") & (ballots.c.voter == person(who))


def test_a_changed_ballot_is_found(decided: Office) -> None:
    seq = seq_of(decided, "VoteClosed")
    found = first_wrong(decided, lambda db: db.execute(update(ballots).where(vote_of("ben")).values(choice="no")))
    assert found == (seq, "a ballot in question 1.2 is not the one that was cast (hash)")


def test_a_changed_ballot_with_its_hash_is_found(decided: Office) -> None:
    """Who knows how the hash is made still cannot change the digest in the closing."""

    def tamper(connection: Connection) -> None:
        row = connection.execute(select(ballots).where(vote_of("ben"))).one()
        told = f"{WELL}|1.2|{row.voter}|no|{row.heard}|{row.cause}"
        mark = hashlib.sha256(told.encode()).hexdigest()
        connection.execute(update(ballots).where(vote_of("ben")).values(choice="no", hash=mark))

    assert first_wrong(decided, tamper) == (
        seq_of(decided, "VoteClosed"), "the ballots of question 1.2 are not those that were counted (digest)",
    )


def test_a_ballot_taken_out_is_missed(decided: Office) -> None:
    assert first_wrong(decided, lambda db: db.execute(delete(ballots).where(vote_of("ben")))) == (
        seq_of(decided, "VoteClosed"), "the ballots of question 1.2 are not those that were counted (digest)",
    )


def stuffed(connection: Connection, question: str, voter: str, heard: int) -> None:
    told = f"{WELL}|{question}|{voter}|yes|{heard}|x:1"
    connection.execute(insert(ballots).values(
        assembly=WELL, question=question, voter=voter, choice="yes", heard=heard, cause="x:1", revision=1,
        hash=hashlib.sha256(told.encode()).hexdigest(),
    ))


def test_a_ballot_of_a_stranger_is_found(decided: Office) -> None:
    heard = next(row["heard"] for row in decided.rows(ballots) if row["question"] == "1.2")
    assert first_wrong(decided, lambda db: stuffed(db, "1.2", person("eve"), heard)) == (
        seq_of(decided, "VoteClosed"), "a ballot in question 1.2 is of nobody in its electorate",
    )


def test_a_ballot_from_outside_the_window_is_found(decided: Office) -> None:
    def tamper(connection: Connection) -> None:
        connection.execute(delete(ballots).where(vote_of("ben")))
        stuffed(connection, "1.2", person("ben"), 5)

    assert first_wrong(decided, tamper) == (
        seq_of(decided, "VoteClosed"), "a ballot in question 1.2 was not heard while it was open",
    )


@pytest.mark.parametrize("question", ["9.9", "2.4", "nonsense"])
def test_a_ballot_in_no_question_is_found(decided: Office, question: str) -> None:
    assert first_wrong(decided, lambda db: stuffed(db, question, person("ben"), 5)) == (
        0, f"there is a ballot in question {question}, which was never opened",
    )


def test_a_changed_ballot_in_an_open_question_is_found(decided: Office) -> None:
    where = ballots.c.question == "2.1"
    assert first_wrong(decided, lambda db: db.execute(update(ballots).where(where).values(choice="agree"))) == (
        0, "a ballot in question 2.1 is not the one that was cast (hash)",
    )


def test_a_ballot_stuffed_into_an_open_question_is_found_before_it_is_counted(decided: Office) -> None:
    heard = next(row["heard"] for row in decided.rows(ballots) if row["question"] == "2.1")
    assert first_wrong(decided, lambda db: stuffed(db, "2.1", person("eve"), heard)) == (
        0, "a ballot in question 2.1 is of nobody in its electorate",
    )


def test_a_ballot_from_before_an_open_question_is_found(decided: Office) -> None:
    assert first_wrong(decided, lambda db: stuffed(db, "2.1", person("ben"), 5)) == (
        0, "a ballot in question 2.1 was not heard while it was open",
    )


def test_a_tally_that_is_not_the_ballots_is_found(decided: Office) -> None:
    seq = seq_of(decided, "VoteClosed")
    found = first_wrong(decided, lambda db: sealed_anew(db, seq, '{"":{"yes":3}}', '{"":{"yes":9}}'))
    assert found == (seq, "the tally of question 1.2 is not that of its ballots")


def test_a_verdict_that_is_not_the_counts_is_found(decided: Office) -> None:
    seq = seq_of(decided, "RoundClosed")
    found = first_wrong(decided, lambda db: sealed_anew(db, seq, '"outcome":"blocked"', '"outcome":"consensus"'))
    assert found == (seq, "question 1.1 was closed as consensus; its ballots give blocked")


# --- what is made from the facts


def test_a_lost_deadline_is_found_and_made_anew(decided: Office) -> None:
    seq, what = first_wrong(decided, lambda db: db.execute(update(heads).values(due=None)))
    assert (seq, what) == (
        decided.count(facts), "the next deadline is not the one the facts give: run `roundabout db rebuild`",
    )
    assert rebuild(decided.engine) == 1
    assert decided.verified().wrong == ()


def test_a_list_of_members_that_is_not_the_roll_is_found_and_made_anew(decided: Office) -> None:
    where = rolls.c.member == person("ben")
    _, what = first_wrong(decided, lambda db: db.execute(delete(rolls).where(where)))
    assert what == "the list of members is not the roll the facts give: run `roundabout db rebuild`"
    rebuild(decided.engine)
    assert decided.verified().wrong == ()


@pytest.mark.parametrize("column", ["name", "folded"])
def test_a_name_that_leads_elsewhere_is_found_and_made_anew(decided: Office, column: str) -> None:
    """By it a mandate or a vote typed with `well#3` finds its assembly."""
    _, what = first_wrong(decided, lambda db: db.execute(update(assemblies).values({column: "mill"})))
    assert what == "the name it is found by is not the one the facts give: run `roundabout db rebuild`"
    rebuild(decided.engine)
    assert decided.verified().wrong == ()


def test_a_name_taken_out_is_missed(decided: Office) -> None:
    _, what = first_wrong(decided, lambda db: db.execute(delete(assemblies)))
    assert what == "the name it is found by is not the one the facts give: run `roundabout db rebuild`"


def test_everything_beside_the_facts_can_be_made_anew(decided: Office) -> None:
    before = decided.rows(rolls), decided.rows(assemblies)
    with decided.engine.begin() as connection:
        for table in (rolls, assemblies):
            connection.execute(delete(table))
        connection.execute(update(heads).values(seq=1, seal=bytes(32), due=None))
    rebuild(decided.engine)
    assert (decided.rows(rolls), decided.rows(assemblies)) == before
    assert decided.verified().wrong == ()
    decided.starts_again()
    assert decided.state().items[1].decided_by == "vote"


# --- a confederation


def valley(path: Path) -> Engine:
    """Two communes join a council; one has something on its way that was not taken yet."""
    engine = open_engine(f"sqlite:///{path / 'valley.db'}")
    ids = itertools.count(1)
    office = Office(f"sqlite:///{path / 'valley.db'}")
    service = Service(
        engine, now=lambda: office.time, announce=announce, salt=lambda: bytes(16),
        new_id=lambda: f"{next(ids):016x}", beats=False,
    )
    council = "c" * 16
    founded = c.Found(person("dee"), "Valley", "small", council=True)
    office.does(office.job(lambda desk: desk.ask(council, founded, office.time, "console:council")))
    for name, assembly, who in (("Mill", "a" * 16, ("ada", "ben")), ("Ford", "b" * 16, ("cy", "dan"))):
        office.founds(*who, assembly=assembly, name=name, rooms=(), quorum_min="1", early_close="yes")
        terms = {"council": council}
        office.asks(c.Propose(person(who[0]), "join", "Join the valley", "", terms), assembly=assembly)
        office.asks(c.Open(person(who[0]), 1), assembly=assembly)
        office.does(*(office.asking(c.TakePosition(person(one), 1, "agree"), assembly=assembly) for one in who))
    office.closes()

    async def posted() -> None:
        looks, read = [], service._read
        service._read = lambda reader: (looks.append(1), read(reader))[1]  # type: ignore[method-assign]
        post = Post(service, lambda: office.time)
        assert await post.settle()
        # nothing was sent since it found nothing: it does not look again
        found = len(looks)
        assert not await post.settle()
        assert len(looks) == found
        post.wake(Wake(frozenset(), False, None, mail=True))
        assert not await post.settle()
        assert len(looks) == found + 1
        await service.close()

    asyncio.run(posted())
    return engine


def test_both_ends_of_every_dispatch_are_followed(tmp_path: Path) -> None:
    engine = valley(tmp_path)
    assert verify(engine).wrong == ()
    with engine.connect() as connection:
        taken = connection.execute(select(facts).where(facts.c.kind == "DispatchTaken")).all()
    assert {row.assembly for row in taken} >= {"a" * 16, "c" * 16}
    engine.dispose()


def test_a_dispatch_that_was_lost_is_found_and_put_on_its_way_again(tmp_path: Path) -> None:
    """The receiver's register ends before it: as if the row had been deleted on the way."""
    engine = valley(tmp_path)
    with engine.begin() as connection:
        last = connection.execute(
            select(facts).where(facts.c.assembly == "c" * 16).order_by(facts.c.seq.desc()).limit(1)
        ).one()
        heard = connection.execute(
            select(facts.c.seq).where(facts.c.assembly == "c" * 16, facts.c.kind == "AnswerNoted")
        ).scalars().all()
        assert heard
        connection.execute(delete(facts).where(facts.c.assembly == "c" * 16, facts.c.seq >= heard[-1]))
        before = connection.execute(
            select(facts).where(facts.c.assembly == "c" * 16, facts.c.seq == heard[-1] - 1)
        ).one()
        connection.execute(
            update(heads).where(heads.c.assembly == "c" * 16).values(seq=before.seq, seal=before.seal)
        )
    assert last.seq >= heard[-1]
    found = {wrong.what for wrong in verify(engine).wrong}
    assert any("neither taken nor on its way" in what for what in found)
    rebuild(engine)
    assert not [one for one in verify(engine).wrong if "on its way" in one.what]
    with engine.connect() as connection:
        assert connection.execute(select(dispatches)).all()
    engine.dispose()


# --- an export


def test_an_export_can_be_checked_outside(decided: Office) -> None:
    """With nothing but a hash function, as its description says."""
    with reading(decided.engine).begin() as connection:
        head, *lines = [json.loads(line) for line in export(connection, WELL)]
    assert head == {"format": "roundabout-register/1", "assembly": WELL}
    seal = hashlib.sha256(head["assembly"].encode()).hexdigest()
    for line in lines:
        if "ballot" in line:
            continue
        seal = hashlib.sha256(bytes.fromhex(seal) + line["body"].encode()).hexdigest()
        assert line["seal"] == seal
        body = json.loads(line["body"])
        for field, (salt, text) in line.get("words", {}).items():
            assert body[field] == hashlib.sha256(bytes.fromhex(salt) + text.encode()).hexdigest()
    [stored] = decided.rows(heads)
    assert stored["seal"].hex() == seal


def test_an_export_has_the_boxes_that_were_counted(decided: Office) -> None:
    with reading(decided.engine).begin() as connection:
        lines = [json.loads(line) for line in export(connection, WELL)]
    shown = [line["ballot"] for line in lines if "ballot" in line]
    assert {row["question"] for row in shown} == {"1.1", "1.2"}
    hashes = "\n".join(sorted(row["hash"] for row in shown if row["question"] == "1.1"))
    [closed] = [json.loads(line["body"]) for line in lines if "RoundClosed" in line.get("body", "")]
    assert closed["box"] == hashlib.sha256(hashes.encode()).hexdigest()


def test_there_is_nothing_to_export_where_nothing_was_founded(decided: Office) -> None:
    with reading(decided.engine).begin() as connection:
        assert list(export(connection, "f" * 16)) == []
        assert walk(connection, "f" * 16) == (0, register.first_seal("f" * 16), True)
