"""Timers with their stretches; who recorded a version of a time entry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_OPEN = sa.text("ended_at IS NULL")


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "running_timer",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "patient_id"],
            ["patient.practice_id", "patient.patient_id"],
            name=op.f("fk_running_timer_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_running_timer")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_running_timer_open",
        "running_timer",
        ["practice_id", "staff_id"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index(
        op.f("ix_running_timer_practice_id_started_at"),
        "running_timer",
        ["practice_id", "started_at"],
    )
    op.create_table(
        "timer_stretch",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("timer_id", _row_id(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["timer_id"], ["running_timer.id"], name=op.f("fk_timer_stretch_running_timer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer_stretch")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_timer_stretch_open",
        "timer_stretch",
        ["timer_id"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index(op.f("ix_timer_stretch_timer_id"), "timer_stretch", ["timer_id"])
    op.add_column(
        "time_entry", sa.Column("recorded_by", sa.String(), nullable=False, server_default="")
    )


def downgrade() -> None:
    op.drop_column("time_entry", "recorded_by")
    op.drop_table("timer_stretch")
    op.drop_table("running_timer")
