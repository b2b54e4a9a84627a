"""Time entries and claim lines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claim_line",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("claim_id", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("modifiers", sa.Text(), nullable=False),
        sa.Column("npi", sa.String(), nullable=False),
        sa.Column("service_on", sa.Date(), nullable=True),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("diagnoses", sa.Text(), nullable=False),
        sa.Column("charge_usd", sa.BigInteger(), nullable=True),
        sa.Column("created_on", sa.Date(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("paid_usd", sa.BigInteger(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("adjustments", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "patient_id"],
            ["patient.practice_id", "patient.patient_id"],
            name=op.f("fk_claim_line_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_line")),
        sa.UniqueConstraint(
            "practice_id", "claim_id", "line", name=op.f("uq_claim_line_practice_id_claim_id_line")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_claim_line_practice_id_month"),
        "claim_line",
        ["practice_id", "month"],
        unique=False,
    )
    op.create_index(
        op.f("ix_claim_line_practice_id_patient_id_month"),
        "claim_line",
        ["practice_id", "patient_id", "month"],
        unique=False,
    )
    op.create_index(
        op.f("ix_claim_line_practice_id_status"),
        "claim_line",
        ["practice_id", "status"],
        unique=False,
    )
    op.create_table(
        "time_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("activity", sa.String(), nullable=False),
        sa.Column("face_to_face", sa.Boolean(), nullable=False),
        sa.Column("outside_us", sa.Boolean(), nullable=False),
        sa.Column("counted_for", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("is_contact", sa.Boolean(), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=True),
        sa.Column("late_reason", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column(
            "replaces_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("corrected_by", sa.String(), nullable=False),
        sa.Column("correction_reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "patient_id"],
            ["patient.practice_id", "patient.patient_id"],
            name=op.f("fk_time_entry_patient"),
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["time_entry.id"], name=op.f("fk_time_entry_time_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_entry")),
        sa.UniqueConstraint(
            "practice_id",
            "entry_id",
            "version",
            name=op.f("uq_time_entry_practice_id_entry_id_version"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_time_entry_practice_id_patient_id_started_at"),
        "time_entry",
        ["practice_id", "patient_id", "started_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_time_entry_practice_id_staff_id_started_at"),
        "time_entry",
        ["practice_id", "staff_id", "started_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_time_entry_practice_id_started_at"),
        "time_entry",
        ["practice_id", "started_at"],
        unique=False,
    )
    op.create_index(
        "uq_time_entry_current",
        "time_entry",
        ["practice_id", "entry_id"],
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_time_entry_current",
        table_name="time_entry",
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.drop_index(op.f("ix_time_entry_practice_id_started_at"), table_name="time_entry")
    op.drop_index(op.f("ix_time_entry_practice_id_staff_id_started_at"), table_name="time_entry")
    op.drop_index(op.f("ix_time_entry_practice_id_patient_id_started_at"), table_name="time_entry")
    op.drop_table("time_entry")
    op.drop_index(op.f("ix_claim_line_practice_id_status"), table_name="claim_line")
    op.drop_index(op.f("ix_claim_line_practice_id_patient_id_month"), table_name="claim_line")
    op.drop_index(op.f("ix_claim_line_practice_id_month"), table_name="claim_line")
    op.drop_table("claim_line")
