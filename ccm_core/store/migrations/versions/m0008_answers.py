"""Remittance files, payments, postings, rework, refunds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "remittance_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("posted_at", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("payments", sa.Integer(), nullable=False),
        sa.Column("postings", sa.Integer(), nullable=False),
        sa.Column("unmatched", sa.Integer(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.Column("refused_sets", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.practice_id"], name=op.f("fk_remittance_file_practice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remittance_file")),
        sa.UniqueConstraint(
            "practice_id", "sha256", name=op.f("uq_remittance_file_practice_id_sha256")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "posting",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("posting_id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("charge_usd", sa.BigInteger(), nullable=False),
        sa.Column("paid_usd", sa.BigInteger(), nullable=False),
        sa.Column("patient_usd", sa.BigInteger(), nullable=False),
        sa.Column("patient_balance_usd", sa.BigInteger(), nullable=False),
        sa.Column("allowed_usd", sa.BigInteger(), nullable=True),
        sa.Column("expected_usd", sa.BigInteger(), nullable=True),
        sa.Column("variance_usd", sa.BigInteger(), nullable=True),
        sa.Column("contractual_usd", sa.BigInteger(), nullable=False),
        sa.Column("sequestration_usd", sa.BigInteger(), nullable=False),
        sa.Column("denied_usd", sa.BigInteger(), nullable=False),
        sa.Column("adjustments", sa.Text(), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("days_to_pay", sa.Integer(), nullable=True),
        sa.Column("payer", sa.String(), nullable=False),
        sa.Column("payer_claim_id", sa.String(), nullable=False),
        sa.Column("trace", sa.String(), nullable=False),
        sa.Column("is_secondary", sa.Boolean(), nullable=False),
        sa.Column("is_forwarded", sa.Boolean(), nullable=False),
        sa.Column("matched_by", sa.String(), nullable=False),
        sa.Column("is_balanced", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["remittance_file.id"], name=op.f("fk_posting_remittance_file")
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "patient_id"],
            ["patient.practice_id", "patient.patient_id"],
            name=op.f("fk_posting_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
        sa.UniqueConstraint(
            "practice_id",
            "posting_id",
            "place",
            name=op.f("uq_posting_practice_id_posting_id_place"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_posting_file_id"), "posting", ["file_id"], unique=False)
    op.create_index(
        op.f("ix_posting_practice_id_claim_id"),
        "posting",
        ["practice_id", "claim_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_posting_practice_id_paid_on"), "posting", ["practice_id", "paid_on"], unique=False
    )
    op.create_index(
        op.f("ix_posting_practice_id_payer_claim_id"),
        "posting",
        ["practice_id", "payer_claim_id"],
        unique=False,
    )
    op.create_table(
        "refund_task",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("claim_id", sa.String(), nullable=False),
        sa.Column("owed_to", sa.String(), nullable=False),
        sa.Column("amount_usd", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("identified_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("done_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "patient_id"],
            ["patient.practice_id", "patient.patient_id"],
            name=op.f("fk_refund_task_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_task")),
        sa.UniqueConstraint(
            "practice_id",
            "claim_id",
            "owed_to",
            name=op.f("uq_refund_task_practice_id_claim_id_owed_to"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_refund_task_practice_id_status_due_on"),
        "refund_task",
        ["practice_id", "status", "due_on"],
        unique=False,
    )
    op.create_table(
        "remittance_payment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("payment_key", sa.String(), nullable=False),
        sa.Column("trace", sa.String(), nullable=False),
        sa.Column("payer", sa.String(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("total_usd", sa.BigInteger(), nullable=False),
        sa.Column("posted_usd", sa.BigInteger(), nullable=False),
        sa.Column("unmatched_usd", sa.BigInteger(), nullable=False),
        sa.Column("duplicate_usd", sa.BigInteger(), nullable=False),
        sa.Column("withheld_usd", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["remittance_file.id"], name=op.f("fk_remittance_payment_remittance_file")
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.practice_id"], name=op.f("fk_remittance_payment_practice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remittance_payment")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_remittance_payment_file_id"), "remittance_payment", ["file_id"], unique=False
    )
    op.create_index(
        op.f("ix_remittance_payment_practice_id_payment_key"),
        "remittance_payment",
        ["practice_id", "payment_key"],
        unique=False,
    )
    op.create_table(
        "rework_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("claim_id", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("amount_usd", sa.BigInteger(), nullable=False),
        sa.Column("procedure", sa.String(), nullable=False),
        sa.Column("payer", sa.String(), nullable=False),
        sa.Column("payer_claim_id", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("deadline_on", sa.Date(), nullable=True),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("fix", sa.String(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("assignee", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "patient_id"],
            ["patient.practice_id", "patient.patient_id"],
            name=op.f("fk_rework_item_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rework_item")),
        sa.UniqueConstraint(
            "practice_id",
            "claim_id",
            "line",
            "code",
            name=op.f("uq_rework_item_practice_id_claim_id_line_code"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_rework_item_practice_id_status_deadline_on"),
        "rework_item",
        ["practice_id", "status", "deadline_on"],
        unique=False,
    )
    op.create_table(
        "unmatched_payment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("posting_id", sa.String(), nullable=False),
        sa.Column("paid_usd", sa.BigInteger(), nullable=False),
        sa.Column("charge_usd", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("segment_index", sa.Integer(), nullable=False),
        sa.Column("trace", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["remittance_file.id"], name=op.f("fk_unmatched_payment_remittance_file")
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.practice_id"], name=op.f("fk_unmatched_payment_practice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unmatched_payment")),
        sa.UniqueConstraint(
            "practice_id", "posting_id", name=op.f("uq_unmatched_payment_practice_id_posting_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_unmatched_payment_file_id"), "unmatched_payment", ["file_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_unmatched_payment_file_id"), table_name="unmatched_payment")
    op.drop_table("unmatched_payment")
    op.drop_index(op.f("ix_rework_item_practice_id_status_deadline_on"), table_name="rework_item")
    op.drop_table("rework_item")
    op.drop_index(
        op.f("ix_remittance_payment_practice_id_payment_key"), table_name="remittance_payment"
    )
    op.drop_index(op.f("ix_remittance_payment_file_id"), table_name="remittance_payment")
    op.drop_table("remittance_payment")
    op.drop_index(op.f("ix_refund_task_practice_id_status_due_on"), table_name="refund_task")
    op.drop_table("refund_task")
    op.drop_index(op.f("ix_posting_practice_id_payer_claim_id"), table_name="posting")
    op.drop_index(op.f("ix_posting_practice_id_paid_on"), table_name="posting")
    op.drop_index(op.f("ix_posting_practice_id_claim_id"), table_name="posting")
    op.drop_index(op.f("ix_posting_file_id"), table_name="posting")
    op.drop_table("posting")
    op.drop_table("remittance_file")
