"""What a million patients in PostgreSQL asked for.

Claims in the order of their list, counts of findings beside them, an index that answers a
search by itself, and marks once for each statement.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ccm_core.store.migrations import finding_counts, step_marks

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_SEARCHED = "lower(family_name || ' ' || given_name || ' ' || mrn || ' ' || patient_id)"


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    # SQLite takes nothing for less than any day, so that downwards it comes last by itself.
    downwards = sa.text("created_on DESC" if is_sqlite else "created_on DESC NULLS LAST")
    op.create_index(
        "ix_claim_line_sent", "claim_line",
        ["practice_id", downwards, "claim_id", "line", "month", "status", "code", "patient_id"],
    )  # fmt: skip
    _finding_count()
    if is_sqlite:
        return
    # It answers by itself only what it holds as columns; the expression then comes from it, too.
    op.drop_index("ix_patient_search", table_name="patient")
    op.create_index(
        "ix_patient_search", "patient", ["practice_id", "patient_id", sa.text(_SEARCHED)],
        postgresql_include=["family_name", "given_name", "mrn"],
    )  # fmt: skip
    step_marks.release(op.get_bind())
    step_marks.watch_statements(op.get_bind())


def _finding_count() -> None:
    op.create_table(
        "finding_count",
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("lane", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "practice_id", "month", "lane", "level", "rule", name="pk_finding_count"
        ),
        sqlite_with_rowid=False,
    )
    # The triggers first: on PostgreSQL whoever writes meanwhile waits, and is then counted.
    finding_counts.watch(op.get_bind())
    finding_counts.fill(op.get_bind())


def downgrade() -> None:
    finding_counts.release(op.get_bind())
    op.drop_table("finding_count")
    if op.get_bind().dialect.name == "postgresql":
        step_marks.release(op.get_bind())
        step_marks.watch(op.get_bind())
        op.drop_index("ix_patient_search", table_name="patient")
        op.create_index(
            "ix_patient_search", "patient", ["practice_id", "patient_id", sa.text(_SEARCHED)]
        )
    op.drop_index("ix_claim_line_sent", table_name="claim_line")
