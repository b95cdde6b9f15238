"""Whether a feature is shown is said of each one; it was said of all of a person's at once."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("features", sa.Column("shown", sa.Boolean(), nullable=False, server_default=sa.false()))
    features = sa.table(
        "features", sa.column("person", sa.String()), sa.column("feature", sa.Text()), sa.column("value", sa.Text()),
        sa.column("shown", sa.Boolean()),
    )  # fmt: skip
    f = features.c
    agreed = sa.select(f.person).where(f.feature == "show", f.value == "yes")
    op.execute(features.update().where(f.person.in_(agreed.scalar_subquery())).values(shown=sa.true()))
    op.execute(features.delete().where(f.feature == "show"))
