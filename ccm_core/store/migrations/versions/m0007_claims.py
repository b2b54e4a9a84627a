"""Claim batches, the claims in them, files written, control numbers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "control_number",
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("interchange", sa.Integer(), nullable=False),
        sa.Column("group_control", sa.Integer(), nullable=False),
        sa.Column("set_control", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sender", name=op.f("pk_control_number")),
    )
    op.create_table(
        "claim_batch",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("tables_version", sa.String(), nullable=False),
        sa.Column("frozen_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.practice_id"], name=op.f("fk_claim_batch_practice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_batch")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_claim_batch_practice_id_month"),
        "claim_batch",
        ["practice_id", "month"],
        unique=False,
    )
    op.create_table(
        "claim_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("payer_id", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("interchange", sa.Integer(), nullable=False),
        sa.Column("group_control", sa.Integer(), nullable=False),
        sa.Column("first_set", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("charge_usd", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.practice_id"], name=op.f("fk_claim_file_practice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_file")),
        sa.UniqueConstraint("sender", "interchange", name=op.f("uq_claim_file_sender_interchange")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_claim_file_practice_id_month"),
        "claim_file",
        ["practice_id", "month"],
        unique=False,
    )
    op.create_table(
        "batch_claim",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("claim_id", sa.String(), nullable=False),
        sa.Column("base_id", sa.String(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("frequency", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("payer_id", sa.String(), nullable=False),
        sa.Column("payer_claim_id", sa.String(), nullable=False),
        sa.Column("charge_usd", sa.BigInteger(), nullable=False),
        sa.Column("allowed_usd", sa.BigInteger(), nullable=True),
        sa.Column("expected_medicare_usd", sa.BigInteger(), nullable=True),
        sa.Column("expected_patient_usd", sa.BigInteger(), nullable=True),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("tables_version", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["claim_batch.id"], name=op.f("fk_batch_claim_claim_batch")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["claim_file.id"], name=op.f("fk_batch_claim_claim_file")
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "patient_id"],
            ["patient.practice_id", "patient.patient_id"],
            name=op.f("fk_batch_claim_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_claim")),
        sa.UniqueConstraint(
            "practice_id", "claim_id", name=op.f("uq_batch_claim_practice_id_claim_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_batch_claim_batch_id"), "batch_claim", ["batch_id"], unique=False)
    op.create_index(op.f("ix_batch_claim_file_id"), "batch_claim", ["file_id"], unique=False)
    op.create_index(
        op.f("ix_batch_claim_practice_id_base_id"),
        "batch_claim",
        ["practice_id", "base_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_batch_claim_practice_id_month"),
        "batch_claim",
        ["practice_id", "month"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_batch_claim_practice_id_month"), table_name="batch_claim")
    op.drop_index(op.f("ix_batch_claim_practice_id_base_id"), table_name="batch_claim")
    op.drop_index(op.f("ix_batch_claim_file_id"), table_name="batch_claim")
    op.drop_index(op.f("ix_batch_claim_batch_id"), table_name="batch_claim")
    op.drop_table("batch_claim")
    op.drop_index(op.f("ix_claim_file_practice_id_month"), table_name="claim_file")
    op.drop_table("claim_file")
    op.drop_index(op.f("ix_claim_batch_practice_id_month"), table_name="claim_batch")
    op.drop_table("claim_batch")
    op.drop_table("control_number")
