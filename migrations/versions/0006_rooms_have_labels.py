"""An assembly may meet in several rooms: each has the label by which the register knows it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # until now every room was the one in which its assembly was founded
    op.add_column("rooms", sa.Column("label", sa.Text(), nullable=False, server_default="first"))
