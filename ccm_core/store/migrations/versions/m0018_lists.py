"""Indexes that hold all that the lists of a month filter, sort and add up."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_LIST = (
    "practice_id", "month", "patient_id", "path", "minutes_to_next", "counted_seconds",
    "logged_seconds", "leftover_seconds", "last_contact_at", "npi", "status", "effective_status",
    "is_below_threshold", "allowed_usd", "expected_medicare_usd", "is_estimate", "service_on",
)  # fmt: skip


def upgrade() -> None:
    op.drop_index("ix_case_result_practice_id_month_counted_seconds", table_name="case_result")
    op.drop_index("ix_case_result_practice_id_month_effective_status", table_name="case_result")
    op.create_index("ix_case_result_list", "case_result", list(_LIST))
    op.drop_index("ix_finding_practice_id_month_rule", table_name="finding")
    op.create_index(
        "ix_finding_reasons", "finding",
        ["practice_id", "month", "level", "rule", "patient_id", "fingerprint"],
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_finding_reasons", table_name="finding")
    op.create_index(
        "ix_finding_practice_id_month_rule", "finding", ["practice_id", "month", "rule"]
    )
    op.drop_index("ix_case_result_list", table_name="case_result")
    for column in ("effective_status", "counted_seconds"):
        op.create_index(
            f"ix_case_result_practice_id_month_{column}", "case_result",
            ["practice_id", "month", column],
        )  # fmt: skip
