"""An index that holds what every run of the audit counts, and nothing wider."""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_case_result_counts",
        "case_result",
        ["month", "effective_status", "is_below_threshold", "practice_id"],
    )


def downgrade() -> None:
    op.drop_index("ix_case_result_counts", table_name="case_result")
