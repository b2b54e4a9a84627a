"""Audit results and month close."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("tables_version", sa.String(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("audited", sa.Integer(), nullable=False),
        sa.Column("clean", sa.Integer(), nullable=False),
        sa.Column("review", sa.Integer(), nullable=False),
        sa.Column("blocked", sa.Integer(), nullable=False),
        sa.Column("below_threshold", sa.Integer(), nullable=False),
        sa.Column("took_seconds", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.practice_id"], name=op.f("fk_audit_run_practice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_run")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_audit_run_practice_id_month"), "audit_run", ["practice_id", "month"], unique=False
    )
    op.create_table(
        "month_close",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("tables_version", sa.String(), nullable=False),
        sa.Column("totals", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.practice_id"], name=op.f("fk_month_close_practice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_month_close")),
        sa.UniqueConstraint("practice_id", "month", name=op.f("uq_month_close_practice_id_month")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "acknowledgement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "patient_id"],
            ["patient.practice_id", "patient.patient_id"],
            name=op.f("fk_acknowledgement_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgement")),
        sa.UniqueConstraint(
            "practice_id",
            "patient_id",
            "month",
            "rule",
            "fingerprint",
            name=op.f("uq_acknowledgement_practice_id_patient_id_month_rule_fingerprint"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "case_result",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("npi", sa.String(), nullable=False),
        sa.Column("care_manager_id", sa.String(), nullable=False),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("staff_seconds", sa.Integer(), nullable=False),
        sa.Column("practitioner_seconds", sa.Integer(), nullable=False),
        sa.Column("counted_seconds", sa.Integer(), nullable=False),
        sa.Column("logged_seconds", sa.Integer(), nullable=False),
        sa.Column("leftover_seconds", sa.Integer(), nullable=False),
        sa.Column("excluded", sa.Text(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("units", sa.Text(), nullable=False),
        sa.Column("paths", sa.Text(), nullable=False),
        sa.Column("service_on", sa.Date(), nullable=True),
        sa.Column("allowed_usd", sa.BigInteger(), nullable=True),
        sa.Column("expected_medicare_usd", sa.BigInteger(), nullable=True),
        sa.Column("expected_patient_usd", sa.BigInteger(), nullable=True),
        sa.Column("is_estimate", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("effective_status", sa.String(), nullable=False),
        sa.Column("is_below_threshold", sa.Boolean(), nullable=False),
        sa.Column("next_threshold_minutes", sa.Integer(), nullable=True),
        sa.Column("minutes_to_next", sa.Integer(), nullable=True),
        sa.Column("last_contact_at", sa.BigInteger(), nullable=True),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("signals_mark", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("tables_version", sa.String(), nullable=False),
        sa.Column("audited_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "patient_id"],
            ["patient.practice_id", "patient.patient_id"],
            name=op.f("fk_case_result_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_result")),
        sa.UniqueConstraint(
            "practice_id",
            "patient_id",
            "month",
            name=op.f("uq_case_result_practice_id_patient_id_month"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_case_result_practice_id_month_counted_seconds"),
        "case_result",
        ["practice_id", "month", "counted_seconds"],
        unique=False,
    )
    op.create_index(
        op.f("ix_case_result_practice_id_month_effective_status"),
        "case_result",
        ["practice_id", "month", "effective_status"],
        unique=False,
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("layer", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("cites", sa.Text(), nullable=False),
        sa.Column("fix", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "patient_id"],
            ["patient.practice_id", "patient.patient_id"],
            name=op.f("fk_finding_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint(
            "practice_id",
            "patient_id",
            "month",
            "rule",
            "fingerprint",
            name=op.f("uq_finding_practice_id_patient_id_month_rule_fingerprint"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_finding_practice_id_month_rule"),
        "finding",
        ["practice_id", "month", "rule"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_finding_practice_id_month_rule"), table_name="finding")
    op.drop_table("finding")
    op.drop_index(
        op.f("ix_case_result_practice_id_month_effective_status"), table_name="case_result"
    )
    op.drop_index(
        op.f("ix_case_result_practice_id_month_counted_seconds"), table_name="case_result"
    )
    op.drop_table("case_result")
    op.drop_table("acknowledgement")
    op.drop_table("month_close")
    op.drop_index(op.f("ix_audit_run_practice_id_month"), table_name="audit_run")
    op.drop_table("audit_run")
