"""The tables as they were first shipped."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "aside",
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("cause", name="a_cause_is_set_aside_once"),
    )
    op.create_table(
        "assemblies",
        sa.Column("assembly", sa.String(16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("assembly", name="one_name_per_assembly"),
        sa.UniqueConstraint("folded", name="assembly_names_are_unique"),
    )
    op.create_table(
        "beats",
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("worker", name="one_heartbeat_per_worker"),
    )
    op.create_table(
        "causes",
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("cause", name="a_cause_is_taken_once"),
    )
    op.create_index("causes_by_time", "causes", ["at"])
    op.create_table(
        "cursors",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("platform", name="one_cursor_per_platform"),
    )
    op.create_table(
        "heads",
        sa.Column("assembly", sa.String(16), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("seal", sa.LargeBinary(32), nullable=False),
        sa.Column("due", sa.BigInteger()),
        sa.Column("placed", sa.BigInteger(), nullable=False),
        sa.Column("woken", sa.BigInteger(), nullable=False),
        sa.Column("said", sa.BigInteger(), nullable=False),
        sa.Column("relayed", sa.BigInteger()),
        sa.PrimaryKeyConstraint("assembly", name="one_head_per_assembly"),
        sa.CheckConstraint("seq >= 1", name="a_register_is_never_empty"),
    )
    op.create_index("heads_by_due", "heads", ["due", "placed"])
    op.create_table(
        "pending",
        sa.Column("person", sa.String(16), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person", "room", name="one_pending_question_per_person_and_room"),
    )
    op.create_table(
        "persons",
        sa.Column("person", sa.String(16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text()),
        sa.Column("folded", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("zone", sa.Text()),
        sa.PrimaryKeyConstraint("person", name="one_row_per_person"),
        sa.UniqueConstraint("folded", name="handles_are_unique"),
    )
    op.create_table(
        "sayings",
        sa.Column("assembly", sa.String(16), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text()),
        sa.Column("person", sa.String(16)),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item", sa.Integer()),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.BigInteger()),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("assembly", "number", name="sayings_of_an_assembly_are_numbered"),
    )
    op.create_index("sayings_by_room", "sayings", ["room"])
    op.create_index("sayings_by_time", "sayings", ["not_before"])
    op.create_table(
        "accounts",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("person", sa.String(16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("username", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("private", sa.Text()),
        sa.Column("private_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("account", name="one_person_per_account"),
        sa.ForeignKeyConstraint(["person"], ["persons.person"], name="an_account_belongs_to_a_person"),
    )
    op.create_index("accounts_by_person", "accounts", ["person"])
    op.create_table(
        "ballots",
        sa.Column("assembly", sa.String(16), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("voter", sa.String(16), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("heard", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("assembly", "question", "voter", name="one_ballot_per_question_and_voter"),
        sa.CheckConstraint("revision >= 1", name="a_ballot_is_revised_from_one"),
        sa.ForeignKeyConstraint(
            ["assembly"], ["heads.assembly"], name="a_ballot_is_cast_in_an_assembly",
            deferrable=True, initially="DEFERRED",
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "cards",
        sa.Column("assembly", sa.String(16), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text()),
        sa.Column("wanted", sa.BigInteger(), nullable=False),
        sa.Column("shown", sa.BigInteger(), nullable=False),
        sa.Column("shown_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("assembly", "item", "room", name="one_card_per_item_and_room"),
        sa.CheckConstraint("shown <= wanted", name="no_card_shows_more_than_was_wanted"),
        sa.ForeignKeyConstraint(
            ["assembly"], ["heads.assembly"], name="a_card_shows_an_item_of_an_assembly",
            deferrable=True, initially="DEFERRED",
        ),
    )
    op.create_index("cards_by_room", "cards", ["room"])
    op.create_index(
        "cards_to_edit", "cards", ["assembly", "item"],
        sqlite_where=sa.text("shown < wanted"), postgresql_where=sa.text("shown < wanted"),
    )
    op.create_table(
        "facts",
        sa.Column("assembly", sa.String(16), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("schema", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("words", sa.Text()),
        sa.Column("seal", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("assembly", "seq", name="facts_of_an_assembly_are_numbered"),
        sa.CheckConstraint("seq >= 1", name="facts_are_numbered_from_one"),
        sa.ForeignKeyConstraint(
            ["assembly"], ["heads.assembly"], name="a_fact_belongs_to_an_assembly",
            deferrable=True, initially="DEFERRED",
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dispatches",
        sa.Column("assembly", sa.String(16), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("receiver", sa.String(16), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("assembly", "seq", "receiver", name="a_dispatch_waits_once_for_each_receiver"),
        sa.ForeignKeyConstraint(
            ["assembly"], ["heads.assembly"], name="a_dispatch_is_a_fact_of_its_sender",
            deferrable=True, initially="DEFERRED",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("dispatches_by_receiver", "dispatches", ["receiver", "at"])
    op.create_table(
        "board",
        sa.Column("assembly", sa.String(16), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("receipt", sa.String(64), nullable=False),
        sa.Column("ballot", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("assembly", "question", "receipt", name="a_receipt_stands_once_on_a_board"),
        sa.ForeignKeyConstraint(
            ["assembly"], ["heads.assembly"], name="a_board_is_of_an_assembly", deferrable=True, initially="DEFERRED",
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "voted",
        sa.Column("assembly", sa.String(16), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("voter", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("assembly", "question", "voter", name="who_voted_is_named_once"),
        sa.ForeignKeyConstraint(
            ["assembly"], ["heads.assembly"], name="who_voted_did_so_in_an_assembly", deferrable=True,
            initially="DEFERRED",
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rolls",
        sa.Column("assembly", sa.String(16), nullable=False),
        sa.Column("member", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("assembly", "member", name="one_roll_entry_per_person_and_assembly"),
        sa.ForeignKeyConstraint(
            ["assembly"], ["heads.assembly"], name="a_roll_is_of_an_assembly",
            deferrable=True, initially="DEFERRED",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("rolls_by_member", "rolls", ["member"])
    op.create_table(
        "features",
        sa.Column("person", sa.String(16), nullable=False),
        sa.Column("feature", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person", "feature", name="a_person_declares_a_feature_once"),
        sa.ForeignKeyConstraint(["person"], ["persons.person"], name="features_are_declared_by_a_person"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rooms",
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("assembly", sa.String(16), nullable=False),
        sa.Column("thread", sa.Text()),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("bound", sa.BigInteger(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("room", name="one_assembly_per_room"),
        sa.ForeignKeyConstraint(
            ["assembly"], ["heads.assembly"], name="a_room_is_of_an_assembly",
            deferrable=True, initially="DEFERRED",
        ),
    )
    op.create_index("rooms_by_assembly", "rooms", ["assembly"])
    op.create_table(
        "spoken",
        sa.Column("assembly", sa.String(16), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("assembly", "room", "message", name="a_message_speaks_of_one_item"),
        sa.ForeignKeyConstraint(
            ["assembly"], ["heads.assembly"], name="a_message_speaks_of_an_item_of_an_assembly",
            deferrable=True, initially="DEFERRED",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("spoken_by_message", "spoken", ["room", "message"])
