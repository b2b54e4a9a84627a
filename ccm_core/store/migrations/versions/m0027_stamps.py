"""Stamps that tell whether rows changed which kept answers rest on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ccm_core.store.migrations import row_security, stamps

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_stamp",
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("lane", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "subject", "lane", name="pk_data_stamp"),
    )
    # The triggers first: on PostgreSQL whoever adds a practice meanwhile waits for them.
    stamps.watch(op.get_bind())
    stamps.fill(op.get_bind())
    row_security.protect(op.get_bind())


def downgrade() -> None:
    stamps.release(op.get_bind())
    op.drop_table("data_stamp")
