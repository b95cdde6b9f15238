"""The tables. `assembly` leads every primary and unique key of assembly data, so that it can be spread by it.

Instants are milliseconds since 1970-01-01T00:00Z. Ids of assemblies and persons are 16 lower-case hex
characters; rooms and accounts are the addresses of the port (`telegram:-1001`). A constraint is named by
the sentence it keeps true.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from governance.rooms import FIRST

ID = 16
"""Characters in the id of an assembly or person."""

metadata = MetaData()


def _to_head(sentence: str) -> ForeignKeyConstraint:
    """To the assembly's head row, which is written at the end of the same transaction."""
    return ForeignKeyConstraint(
        ["assembly"], ["heads.assembly"], name=sentence, deferrable=True, initially="DEFERRED"
    )


# --- what an assembly decided


heads = Table(
    "heads",
    metadata,
    Column("assembly", String(ID), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("seal", LargeBinary(32), nullable=False),
    Column("due", BigInteger),
    Column("placed", BigInteger, nullable=False),
    Column("woken", BigInteger, nullable=False),
    Column("said", BigInteger, nullable=False),
    Column("relayed", BigInteger),
    PrimaryKeyConstraint("assembly", name="one_head_per_assembly"),
    CheckConstraint("seq >= 1", name="a_register_is_never_empty"),
    # one index serves the clock: what is due next, in the order it was set
    Index("heads_by_due", "due", "placed"),
)
"""Where a register ends: its last number and seal, the next deadline (`placed`: its place among deadlines of one
instant), up to when reminders were given (`woken`), how many sayings it has queued so far (`said`),
when it last heard the digest of its councils (`relayed`)."""

facts = Table(
    "facts",
    metadata,
    Column("assembly", String(ID), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("cause", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("schema", SmallInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("words", Text),
    Column("seal", LargeBinary(32), nullable=False),
    PrimaryKeyConstraint("assembly", "seq", name="facts_of_an_assembly_are_numbered"),
    _to_head("a_fact_belongs_to_an_assembly"),
    CheckConstraint("seq >= 1", name="facts_are_numbered_from_one"),
    sqlite_with_rowid=False,
)
"""The registers. `body` is what is sealed, `words` the free texts beside it, `{field: [salt, text]}`."""

ballots = Table(
    "ballots",
    metadata,
    Column("assembly", String(ID), nullable=False),
    Column("question", Text, nullable=False),
    Column("voter", String(ID), nullable=False),
    Column("choice", Text, nullable=False),
    Column("heard", BigInteger, nullable=False),
    Column("cause", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    PrimaryKeyConstraint("assembly", "question", "voter", name="one_ballot_per_question_and_voter"),
    _to_head("a_ballot_is_cast_in_an_assembly"),
    CheckConstraint("revision >= 1", name="a_ballot_is_revised_from_one"),
    sqlite_with_rowid=False,
)
"""The ballot boxes. `revision` counts how often the row was given; `hash` is hex SHA-256 of what it says."""

board = Table(
    "board",
    metadata,
    Column("assembly", String(ID), nullable=False),
    Column("question", Text, nullable=False),
    Column("receipt", String(64), nullable=False),
    Column("ballot", Text, nullable=False),
    PrimaryKeyConstraint("assembly", "question", "receipt", name="a_receipt_stands_once_on_a_board"),
    _to_head("a_board_is_of_an_assembly"),
    # no row numbers: they would tell the order in which ballots were given
    sqlite_with_rowid=False,
)
"""Secret ballots of closed questions with their receipts, and nothing of who gave them."""

voted = Table(
    "voted",
    metadata,
    Column("assembly", String(ID), nullable=False),
    Column("question", Text, nullable=False),
    Column("voter", String(ID), nullable=False),
    PrimaryKeyConstraint("assembly", "question", "voter", name="who_voted_is_named_once"),
    _to_head("who_voted_did_so_in_an_assembly"),
    sqlite_with_rowid=False,
)
"""Who took part in a secret ballot that is closed."""

rolls = Table(
    "rolls",
    metadata,
    Column("assembly", String(ID), nullable=False),
    Column("member", String(ID), nullable=False),
    PrimaryKeyConstraint("assembly", "member", name="one_roll_entry_per_person_and_assembly"),
    _to_head("a_roll_is_of_an_assembly"),
    Index("rolls_by_member", "member"),
    sqlite_with_rowid=False,
)
"""Who is on which roll, made from the facts: to find a person's assemblies."""


dispatches = Table(
    "dispatches",
    metadata,
    Column("assembly", String(ID), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("receiver", String(ID), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("assembly", "seq", "receiver", name="a_dispatch_waits_once_for_each_receiver"),
    _to_head("a_dispatch_is_a_fact_of_its_sender"),
    Index("dispatches_by_receiver", "receiver", "at"),
    sqlite_with_rowid=False,
)
"""Dispatches on their way: facts of `assembly` that `receiver` has not taken yet. `number`: which one of this sender
to this receiver it is. A row is gone once it was taken, in the same transaction as what it led to."""


# --- what waits to be said, and what was said


sayings = Table(
    "sayings",
    metadata,
    Column("assembly", String(ID), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("lane", SmallInteger, nullable=False),
    Column("room", Text, nullable=False),
    Column("thread", Text),
    Column("person", String(ID)),
    Column("kind", Text, nullable=False),
    Column("item", Integer),
    Column("about", Text, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("deadline", BigInteger),
    Column("tries", Integer, nullable=False),
    PrimaryKeyConstraint("assembly", "number", name="sayings_of_an_assembly_are_numbered"),
    Index("sayings_by_time", "not_before"),
    Index("sayings_by_room", "room"),
)
"""What is to be said, without a word of it: words are found at delivery. `assembly` is '' for what no assembly says;
`person` is set for a private room. A row is gone once it was said."""

cards = Table(
    "cards",
    metadata,
    Column("assembly", String(ID), nullable=False),
    Column("item", Integer, nullable=False),
    Column("room", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("thread", Text),
    Column("wanted", BigInteger, nullable=False),
    Column("shown", BigInteger, nullable=False),
    Column("shown_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("assembly", "item", "room", name="one_card_per_item_and_room"),
    _to_head("a_card_shows_an_item_of_an_assembly"),
    CheckConstraint("shown <= wanted", name="no_card_shows_more_than_was_wanted"),
    Index("cards_by_room", "room"),
    # few cards are dirty at a time: they are found without reading the others
    Index("cards_to_edit", "assembly", "item", sqlite_where=text("shown < wanted"),
          postgresql_where=text("shown < wanted")),
)
"""The message that shows an item in a room. `wanted` counts the changes, `shown` those the message shows."""

spoken = Table(
    "spoken",
    metadata,
    Column("assembly", String(ID), nullable=False),
    Column("room", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("item", Integer, nullable=False),
    PrimaryKeyConstraint("assembly", "room", "message", name="a_message_speaks_of_one_item"),
    _to_head("a_message_speaks_of_an_item_of_an_assembly"),
    Index("spoken_by_message", "room", "message"),
    sqlite_with_rowid=False,
)
"""Which item each of our messages spoke of, so that a reply to it, or a button under it, is understood."""


# --- who is who, and where


assemblies = Table(
    "assemblies",
    metadata,
    Column("assembly", String(ID), nullable=False),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False),
    PrimaryKeyConstraint("assembly", name="one_name_per_assembly"),
    UniqueConstraint("folded", name="assembly_names_are_unique"),
)

persons = Table(
    "persons",
    metadata,
    Column("person", String(ID), nullable=False),
    Column("name", Text, nullable=False),
    Column("handle", Text),
    Column("folded", Text),
    Column("language", Text),
    Column("zone", Text),
    Column("same", String(ID)),
    PrimaryKeyConstraint("person", name="one_row_per_person"),
    UniqueConstraint("folded", name="handles_are_unique"),
    # few persons have several ids: they are found without reading the others
    Index("persons_by_same", "same", sqlite_where=text("same IS NOT NULL"), postgresql_where=text("same IS NOT NULL")),
)
"""`same`: who this turned out to be (§2.4). Registers keep the id they know; accounts, name, wishes are the other's."""

accounts = Table(
    "accounts",
    metadata,
    Column("account", Text, nullable=False),
    Column("person", String(ID), nullable=False),
    Column("name", Text, nullable=False),
    Column("username", Text),
    Column("language", Text),
    Column("private", Text),
    Column("private_at", BigInteger),
    PrimaryKeyConstraint("account", name="one_person_per_account"),
    ForeignKeyConstraint(["person"], ["persons.person"], name="an_account_belongs_to_a_person"),
    Index("accounts_by_person", "person"),
)
"""`private`: the room in which the bot may write to them alone, and when it last heard them there."""

features = Table(
    "features",
    metadata,
    Column("person", String(ID), nullable=False),
    Column("feature", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("shown", Boolean, nullable=False),
    PrimaryKeyConstraint("person", "feature", name="a_person_declares_a_feature_once"),
    ForeignKeyConstraint(["person"], ["persons.person"], name="features_are_declared_by_a_person"),
    sqlite_with_rowid=False,
)
"""What people declared of themselves, for quotas and pairs. Private: it goes nowhere without them (§7.4). `shown`: the
value may stand in the lists it is used for; else a commitment stands there."""

rooms = Table(
    "rooms",
    metadata,
    Column("room", Text, nullable=False),
    Column("assembly", String(ID), nullable=False),
    Column("thread", Text),
    Column("title", Text, nullable=False),
    Column("bound", BigInteger, nullable=False),
    Column("gone", Boolean, nullable=False),
    Column("label", Text, nullable=False, server_default=FIRST),
    PrimaryKeyConstraint("room", name="one_assembly_per_room"),
    _to_head("a_room_is_of_an_assembly"),
    Index("rooms_by_assembly", "assembly"),
)
"""`label`: what the register calls the room; `gone`: the bot was put out of the room, or may not write there."""

pending = Table(
    "pending",
    metadata,
    Column("person", String(ID), nullable=False),
    Column("room", Text, nullable=False),
    Column("line", Text, nullable=False),
    Column("asked", BigInteger, nullable=False),
    PrimaryKeyConstraint("person", "room", name="one_pending_question_per_person_and_room"),
)
"""What was asked once more and waits for a yes."""

links = Table(
    "links",
    metadata,
    Column("person", String(ID), nullable=False),
    Column("account", Text, nullable=False),
    Column("room", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("asked_by", Text),
    PrimaryKeyConstraint("person", name="one_code_per_person"),
    UniqueConstraint("digest", name="a_code_is_one_persons"),
)
"""Codes that join accounts to one person, none longer than minutes: only a digest of each. `room`: where it was given;
`asked_by`: the account that sent it and said yes, and now waits for the person's own yes."""

guesses = Table(
    "guesses",
    metadata,
    Column("account", Text, nullable=False),
    Column("wrong", Integer, nullable=False),
    Column("since", BigInteger, nullable=False),
    PrimaryKeyConstraint("account", name="guesses_are_counted_per_account"),
)
"""How many wrong codes an account has sent, and since when they are counted."""


told = Table(
    "told",
    metadata,
    Column("room", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("room", "what", name="a_room_is_told_once"),
)
"""What a room is told once and for all: that a message could not be read."""


# --- where the process stands


cursors = Table(
    "cursors",
    metadata,
    Column("platform", Text, nullable=False),
    Column("cursor", Text, nullable=False),
    PrimaryKeyConstraint("platform", name="one_cursor_per_platform"),
)

causes = Table(
    "causes",
    metadata,
    Column("cause", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("cause", name="a_cause_is_taken_once"),
    Index("causes_by_time", "at"),
)
"""Causes already taken, where no cursor says so."""

aside = Table(
    "aside",
    metadata,
    Column("cause", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("error", Text, nullable=False),
    Column("raw", LargeBinary),
    PrimaryKeyConstraint("cause", name="a_cause_is_set_aside_once"),
)
"""What could not be taken, with its error; `raw` where it could not even be read."""

leases = Table(
    "leases",
    metadata,
    Column("name", Text, nullable=False),
    Column("worker", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
    PrimaryKeyConstraint("name", name="one_holder_of_a_lease"),
)
"""What one of several workers does at a time, which one, and until when unless it says so again. `until` is told by
the clock of the database, which all of them share."""

reaches = Table(
    "reaches",
    metadata,
    Column("platform", Text, nullable=False),
    Column("worker", Text, nullable=False),
    Column("since", BigInteger),
    PrimaryKeyConstraint("platform", "worker", name="one_word_of_a_worker_on_a_platform"),
)
"""Which of several workers hear a platform; `since`: the instant of the last contact, while it cannot be reached."""

claims = Table(
    "claims",
    metadata,
    Column("room", Text, nullable=False),
    Column("worker", Text, nullable=False),
    Column("sent", Text, nullable=False),
    PrimaryKeyConstraint("room", name="one_worker_speaks_to_a_room"),
)
"""Which of several workers speaks to a room, for as long as its lease as a worker lasts; '' for none. `sent`: when
messages of the last minute were sent there, by whichever worker."""

generations = Table(
    "generations",
    metadata,
    Column("name", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    PrimaryKeyConstraint("name", name="one_generation_of_a_thing"),
)
"""How often something that workers keep in memory was changed."""

beats = Table(
    "beats",
    metadata,
    Column("worker", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("worker", name="one_heartbeat_per_worker"),
)
