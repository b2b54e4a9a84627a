"""Stored steps of enrollment, the marks that keep them right, and indexes of long lists."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from ccm_core.store.migrations import step_marks

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_GROUP = ("practitioner_npi", "care_manager_id", "location")
_DAYS = (
    "invited_on", "consented_on", "planned_on", "active_on", "threshold_on", "sent_on",
    "claimed_on", "paid_on",
)  # fmt: skip


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _month() -> sa.Column[Any]:
    return sa.Column("month", sa.String(length=7), nullable=False)


def _truths(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Boolean(), nullable=False) for name in names]


def upgrade() -> None:
    op.create_table(
        "month_step",
        *_texts("practice_id"),
        _month(),
        *_texts("patient_id", *_GROUP),
        *_truths("is_gone", "is_eligible"),
        *(sa.Column(name, sa.Date(), nullable=True) for name in _DAYS),
        sa.PrimaryKeyConstraint("practice_id", "month", "patient_id", name="pk_month_step"),
        sqlite_with_rowid=False,
    )
    _step_count()
    op.create_table(
        "step_month",
        *_texts("practice_id"),
        _month(),
        *_texts("recipe"),
        sa.PrimaryKeyConstraint("practice_id", "month", name="pk_step_month"),
    )
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "step_mark",
        sa.Column("id", row_id, nullable=False),
        *_texts("practice_id", "patient_id", "month"),
        sa.Column("day", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_step_mark"),
        sqlite_autoincrement=True,
    )
    step_marks.watch(op.get_bind())
    # One mark for each month with results: the next transaction fills the whole month.
    op.execute(
        "INSERT INTO step_mark (practice_id, patient_id, month) "
        "SELECT practice_id, min(patient_id), month FROM case_result GROUP BY practice_id, month"
    )


def _step_count() -> None:
    key = (
        "practice_id", "month", "kind", "step", "since_on", "claims_since_on", *_GROUP, "is_gone",
    )  # fmt: skip
    op.create_table(
        "step_count",
        *_texts("practice_id"),
        _month(),
        *_texts("kind", "step"),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("claims_since_on", sa.Date(), nullable=False),
        *_texts(*_GROUP),
        *_truths("is_gone"),
        sa.Column("patients", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*key, name="pk_step_count"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    step_marks.release(op.get_bind())
    for table in ("step_mark", "step_month", "step_count", "month_step"):
        op.drop_table(table)
