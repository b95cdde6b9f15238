"""The register: what is appended is sealed, and what is read back is what was decided."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from bot.store import codec, register
from bot.store.engine import reading
from bot.store.hot import facts_after, streamed
from bot.store.tables import ballots, facts, heads, rolls
from governance import commands as c
from governance import facts as f
from governance.facts import FREE_TEXT
from tests.process import golden
from tests.process.office import EVERY, HOUR, SECOND, WELL, Office, person, spreadable, url_for


@pytest.fixture(params=EVERY)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    office = Office(url_for(request, tmp_path))
    yield office
    office.closes()


# --- facts as bytes


def test_every_kind_of_fact_is_in_the_golden_file() -> None:
    """Facts are for ever: a kind without a golden line could change unseen (`python -m tests.process.golden`)."""
    assert {json.loads(line)["kind"] for line in golden.lines()} == set(codec.KINDS)


@pytest.mark.parametrize("line", golden.lines(), ids=lambda line: json.loads(line)["kind"])
def test_a_fact_of_old_is_read_as_it_was_written(line: str) -> None:
    golden = json.loads(line)
    row = (golden["seq"], golden["at"], golden["kind"], golden["schema"], golden["body"].encode(), golden["words"])
    [(at, fact)] = codec.read_all([row])
    assert (at, repr(fact)) == (golden["at"], golden["fact"])


@pytest.mark.parametrize("line", golden.lines(), ids=lambda line: json.loads(line)["kind"])
def test_a_fact_is_written_as_it_was_then(line: str) -> None:
    """While its schema number is the present one: whoever changes a fact raises the number and keeps a reader."""
    golden = json.loads(line)
    if golden["schema"] != codec.SCHEMA:
        return
    row = (golden["seq"], golden["at"], golden["kind"], golden["schema"], golden["body"].encode(), golden["words"])
    [(at, fact)] = codec.read_all([row])
    cause = json.loads(golden["body"])["entry"]["cause"]
    body, words = codec.write(fact, golden["seq"], at, cause, lambda: bytes(range(16)))
    assert (body.decode(), words) == (golden["body"], golden["words"])


def test_what_a_fact_says_and_what_is_said_of_it_are_kept_apart() -> None:
    for kind in codec.KINDS.values():
        assert codec.ENTRY not in {one.name for one in fields(kind)}


def test_free_text_is_never_hidden_inside_another_value() -> None:
    """Only a field that is free text as a whole is taken out from under the seal."""
    for name, kind in codec.KINDS.items():
        for field, hint in get_type_hints(kind, include_extras=True).items():
            assert FREE_TEXT not in repr(hint) or field in codec.FREE_TEXTS[name]


@given(st.text(), st.binary(min_size=16, max_size=16))
def test_free_text_stands_beside_the_seal(text: str, salt: bytes) -> None:
    """The body holds a salted digest only, in canonical JSON."""
    text = text.encode("utf-8", "ignore").decode()
    fact = f.StatementAttached(3, "a" * 16, text)
    body, words = codec.write(fact, 7, 5, "console:1", lambda: salt)
    said = json.loads(body)
    assert said["text"] == hashlib.sha256(salt + text.encode()).hexdigest()
    assert json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == body
    assert [fact] == [one for _, one in codec.read_all([(7, 5, "StatementAttached", 1, body, words)])]


def test_words_can_only_fill_the_free_texts() -> None:
    """Whoever can write to the words cannot change what is sealed."""
    body, _ = codec.write(f.StatementAttached(3, "a" * 16, "why"), 7, 5, "console:1", lambda: bytes(16))
    words = '{"by":["00","eve"],"text":["00","why not"]}'
    [(_, fact)] = codec.read_all([(7, 5, "StatementAttached", 1, body, words)])
    assert fact == f.StatementAttached(3, "a" * 16, "why not")


@pytest.mark.parametrize(("kind", "schema", "body", "words"), [
    ("Enrolled", 2, b'{"member":"a"}', None),
    ("Unheard", 1, b"{}", None),
    ("Enrolled", 1, b"{", None),
    ("Enrolled", 1, b'{"member":5}', None),
    ("StatementAttached", 1, b'{"item":1,"by":"a","text":"x"}', None),
    ("StatementAttached", 1, b'{"item":1,"by":"a","text":"x"}', "{"),
])
def test_what_no_reader_understands_is_named(kind: str, schema: int, body: bytes, words: str | None) -> None:
    with pytest.raises(codec.Unreadable, match="fact 9"):
        list(codec.read_all([(9, 5, kind, schema, body, words)]))


# --- the register in the database


def test_the_data_of_assemblies_lies_where_its_assembly_does(office: Office, request: pytest.FixtureRequest) -> None:
    """`assembly` leads every key, so that the tables can be spread by it; the suite runs on tables that are."""
    assert {"heads", "facts", "ballots", "rolls", "dispatches", "sayings", "cards", "spoken"} <= set(spreadable())
    if office.engine.dialect.name == "sqlite":
        return
    for number in range(8):
        office.founds("ada", "ben", assembly=f"{number:016x}", name=f"A{number}", rooms=(f"console:{number}",))
    spread = request.node.callspec.params["office"] == "spread by assembly"
    with office.engine.connect() as connection:
        parts = connection.execute(text("SELECT DISTINCT tableoid::regclass::text FROM facts")).all()
        spreads = connection.execute(text("SELECT partrelid::regclass::text FROM pg_partitioned_table")).scalars()
        assert set(spreads) == (set(spreadable()) if spread else set())
    assert len(parts) == (4 if spread else 1)


def test_each_fact_is_sealed_to_the_one_before(office: Office) -> None:
    office.founds("ada", "ben", "cy")
    office.opens_a_round("ada")
    seal = hashlib.sha256(WELL.encode()).digest()
    rows = office.rows(facts)
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        seal = hashlib.sha256(seal + row["body"]).digest()
        assert row["seal"] == seal
    [head] = office.rows(heads)
    assert (head["seq"], head["seal"]) == (len(rows), seal)


def test_what_was_decided_is_there_after_a_restart(office: Office) -> None:
    """The state is the fold of the facts, the box the rows of the ballots."""
    office.founds("ada", "ben", "cy")
    office.opens_a_round("ada")
    office.does(office.answers("ben", "agree"), office.answers("cy", "pass"))
    office.does(office.asking(c.TakePosition(person("ben"), 1, "aside", "I will be away.")))
    before = office.state()
    office.starts_again()
    assert office.state() == before
    box = office.does(office.job(lambda desk: desk.box(WELL).tally("1.1")))[0]
    assert box == {"aside": 1, "pass": 1}


def test_free_texts_keep_every_script(office: Office) -> None:
    text = "Ĉu la pumpo?\nנתקן את המשאבה 🪣 पंप"
    office.founds("ada", "ben")
    office.asks(c.Propose(person("ada"), "motion", "Ремонт", text))
    office.starts_again()
    assert office.state().items[1].text == text


def test_a_changed_ballot_is_one_row_with_a_higher_revision(office: Office) -> None:
    """Also when both came in one batch."""
    office.founds("ada", "ben", "cy")
    office.opens_a_round("ada")
    office.does(office.answers("ben", "agree", cause="x:1"), office.answers("ben", "pass", cause="x:2"))
    office.does(office.answers("ben", "reserve", cause="x:3"))
    [row] = office.rows(ballots)
    assert (row["choice"], row["revision"], row["cause"]) == ("reserve", 3, "x:3")
    told = f"{WELL}|1.1|{person('ben')}|reserve|{row['heard']}|x:3"
    assert row["hash"] == hashlib.sha256(told.encode()).hexdigest()


def test_the_closing_holds_the_digest_of_the_box(office: Office) -> None:
    office.founds("ada", "ben", "cy")
    office.opens_a_round("ada")
    office.does(*(office.answers(who, "agree") for who in ("ada", "ben", "cy")))
    office.waits(24 * HOUR)
    office.does(office.asking(c.NoteWord(person("ada"))))
    hashes = sorted(row["hash"] for row in office.rows(ballots))
    [closing] = [row for row in office.rows(facts) if row["kind"] == "RoundClosed"]
    said = json.loads(closing["body"])
    assert said["tally"] == {"agree": 3}
    assert said["box"] == hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def test_the_list_of_members_follows_the_roll(office: Office) -> None:
    office.founds("ada", "ben", "cy")
    office.asks(c.Leave(person("ben")))
    assert [row["member"] for row in office.rows(rolls)] == sorted([person("ada"), person("cy")])
    mine = office.does(office.job(lambda desk: desk.directory.assemblies_of(person("cy"))))[0]
    assert mine == [WELL]


def test_the_register_knows_when_something_is_due(office: Office) -> None:
    office.founds("ada", "ben")
    office.opens_a_round("ada")
    [head] = office.rows(heads)
    # the last quarter of 24 hours reminds first
    assert head["due"] == office.time + 18 * HOUR


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["agree", "aside", "pass", "leave", "wait"]))))
def test_folding_the_register_gives_the_state_that_wrote_it(steps: list[tuple[str, str]]) -> None:
    office = Office("sqlite://")
    try:
        office.founds("a", "b", "c", "d")
        office.opens_a_round("d")
        for who, step in steps:
            if step == "leave":
                office.does(office.asking(c.Leave(person(who))), office.asking(c.Join(person(who))))
            elif step == "wait":
                office.waits(7 * HOUR)
            else:
                office.does(office.answers(who, step))
            office.waits(SECOND)
        with reading(office.engine).begin() as connection:
            assert register.fold(connection, WELL) == office.state()
            assert register.fold(connection, "f" * 16) is None
        assert office.verified().wrong == ()
    finally:
        office.closes()


def test_rows_come_in_order_however_many_there_are(office: Office) -> None:
    office.founds(*(f"p{number}" for number in range(40)))
    with reading(office.engine).begin() as connection:
        with streamed(connection, facts_after(WELL)) as found:
            rows = list(found)
        assert [row[0] for row in rows] == list(range(1, 42))
        with streamed(connection, facts_after(WELL, after=30)) as found:
            assert [row[0] for row in found] == list(range(31, 42))


def test_plain_json_is_sorted() -> None:
    assert codec.from_json(codec.to_json({"b": 1, "a": [None, "x"]})) == {"a": [None, "x"], "b": 1}
    assert codec.to_json({"b": 1, "a": 2}) == '{"a":2,"b":1}'
    assert msgspec.json.decode(codec.to_json({})) == {}
