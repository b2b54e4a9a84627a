"""Words kept with a running timer; the day on which a care plan ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "running_timer", sa.Column("draft", sa.Text(), nullable=False, server_default="{}")
    )
    op.add_column("care_plan", sa.Column("ended_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("care_plan", "ended_on")
    op.drop_column("running_timer", "draft")
