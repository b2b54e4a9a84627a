"""Where the expected amount of a posting came from: a contract or the fee table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "posting", sa.Column("expected_by", sa.String(), nullable=False, server_default="")
    )


def downgrade() -> None:
    op.drop_column("posting", "expected_by")
