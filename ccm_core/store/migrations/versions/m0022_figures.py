"""Figures for consultants, whose database role reads nothing about a patient."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "published_figures",
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("view", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.practice_id"], name=op.f("fk_published_figures_practice")
        ),
        sa.PrimaryKeyConstraint("practice_id", "month", "view", name=op.f("pk_published_figures")),
    )


def downgrade() -> None:
    op.drop_table("published_figures")
