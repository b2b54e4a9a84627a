"""Sums of a month's results, kept beside them, and the orders in which lists open."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from ccm_core.store.migrations import result_counts

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_KEY = (
    "practice_id", "month", "lane", "has_path", "has_time", "minutes_to_next", "counted_minutes",
    "status", "effective_status", "is_below_threshold", "is_estimate",
)  # fmt: skip


def _columns(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=False) for name in names]


def upgrade() -> None:
    op.create_table(
        "result_count",
        *_columns(sa.String(), "practice_id"),
        *_columns(sa.String(length=7), "month"),
        *_columns(sa.BigInteger(), "lane"),
        *_columns(sa.Boolean(), "has_path", "has_time"),
        *_columns(sa.Integer(), "minutes_to_next", "counted_minutes"),
        *_columns(sa.String(), "status", "effective_status"),
        *_columns(sa.Boolean(), "is_below_threshold", "is_estimate"),
        *_columns(sa.Integer(), "patients"),
        *_columns(sa.BigInteger(), "allowed_usd", "expected_medicare_usd"),
        sa.PrimaryKeyConstraint(*_KEY, name="pk_result_count"),
        sqlite_with_rowid=False,
    )
    # The triggers first: on PostgreSQL whoever writes meanwhile waits, and is then counted.
    result_counts.watch(op.get_bind())
    result_counts.fill(op.get_bind())
    op.drop_index("ix_case_result_counts", table_name="case_result")
    op.create_index(
        "ix_case_result_to_next", "case_result",
        ["practice_id", "month", "minutes_to_next", "patient_id", "path", "counted_seconds"],
    )  # fmt: skip
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    # SQLite takes nothing for less than any number, so that downwards it comes last by itself.
    downwards = sa.text("allowed_usd DESC" if is_sqlite else "allowed_usd DESC NULLS LAST")
    op.create_index(
        "ix_case_result_dollars", "case_result",
        ["practice_id", "month", downwards, "patient_id", "is_below_threshold", "effective_status"],
    )  # fmt: skip
    if is_sqlite and sa.inspect(op.get_bind()).has_table("sqlite_stat1"):
        # It knows how large the others are; what it knows nothing of it takes for small.
        op.execute("ANALYZE case_result")


def downgrade() -> None:
    op.drop_index("ix_case_result_dollars", table_name="case_result")
    op.drop_index("ix_case_result_to_next", table_name="case_result")
    op.create_index(
        "ix_case_result_counts", "case_result",
        ["month", "effective_status", "is_below_threshold", "practice_id"],
    )  # fmt: skip
    result_counts.release(op.get_bind())
    op.drop_table("result_count")
