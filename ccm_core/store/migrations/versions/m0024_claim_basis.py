"""What an approved claim rests on: the mark of its case's result and of the billing settings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batch_claim", sa.Column("basis", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("batch_claim", "basis")
