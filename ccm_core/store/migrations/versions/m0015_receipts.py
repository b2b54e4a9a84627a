"""Patients' streets, receipts for claim files, and what patients paid."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ADDED = (("patient", "street"), ("patient", "city"), ("batch_claim", "receipt"))


def _row_id() -> Any:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def upgrade() -> None:
    for table, column in _ADDED:
        op.add_column(table, sa.Column(column, sa.String(), nullable=False, server_default=""))
    _claim_receipt()
    _patient_payment()


def _claim_receipt() -> None:
    op.create_table(
        "claim_receipt",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        *_texts("practice_id", "name", "sha256"),
        sa.Column("place", sa.Integer(), nullable=False),
        *_texts("kind"),
        sa.Column("file_id", _row_id(), nullable=True),
        *_texts("claim_id", "status"),
        sa.Column("codes", sa.Text(), nullable=False),
        *_texts("message", "payer_claim_id"),
        sa.Column("said_on", sa.Date(), nullable=True),
        sa.Column("is_matched", sa.Boolean(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        *_texts("user_id"),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.practice_id"], name=op.f("fk_claim_receipt_practice")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["claim_file.id"], name=op.f("fk_claim_receipt_claim_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_receipt")),
        sa.UniqueConstraint(
            "practice_id", "sha256", "place",
            name=op.f("uq_claim_receipt_practice_id_sha256_place"),
        ),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index(
        op.f("ix_claim_receipt_practice_id_claim_id"), "claim_receipt", ["practice_id", "claim_id"]
    )
    op.create_index(op.f("ix_claim_receipt_file_id"), "claim_receipt", ["file_id"])


def _patient_payment() -> None:
    op.create_table(
        "patient_payment",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        *_texts("practice_id", "patient_id", "claim_id"),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("amount_usd", sa.BigInteger(), nullable=False),
        *_texts("note", "recorded_by"),
        sa.ForeignKeyConstraint(
            ["practice_id", "patient_id"],
            ["patient.practice_id", "patient.patient_id"],
            name=op.f("fk_patient_payment_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_payment")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_patient_payment_practice_id_claim_id"), "patient_payment",
        ["practice_id", "claim_id"],
    )  # fmt: skip
    op.create_index(
        op.f("ix_patient_payment_practice_id_paid_on"), "patient_payment",
        ["practice_id", "paid_on"],
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("patient_payment")
    op.drop_table("claim_receipt")
    for table, column in reversed(_ADDED):
        op.drop_column(table, column)
