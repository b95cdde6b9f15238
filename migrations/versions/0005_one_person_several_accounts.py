"""One person with several accounts: who turned out to be whom, and the codes by which that is said."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("persons", sa.Column("same", sa.String(16)))
    op.create_index(
        "persons_by_same", "persons", ["same"], sqlite_where=sa.text("same IS NOT NULL"),
        postgresql_where=sa.text("same IS NOT NULL"),
    )
    op.create_table(
        "links",
        sa.Column("person", sa.String(16), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.Text()),
        sa.PrimaryKeyConstraint("person", name="one_code_per_person"),
        sa.UniqueConstraint("digest", name="a_code_is_one_persons"),
    )
    op.create_table(
        "guesses",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", name="guesses_are_counted_per_account"),
    )
