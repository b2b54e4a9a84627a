"""Outcomes of an audit in columns: a run, its cases, its findings."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def _row_id(name: str) -> sa.Column[Any]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=False)


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _numbers(*names: str, may_miss: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Integer(), nullable=may_miss) for name in names]


def _json(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _usd(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger(), nullable=True) for name in names]


def _month() -> sa.Column[Any]:
    return sa.Column("month", sa.String(length=7), nullable=False)


def _of_run(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_audit_output")
    return sa.ForeignKeyConstraint(["output_id"], ["audit_output.id"], name=name)


def upgrade() -> None:
    op.create_table(
        "audit_output",
        _row_id("id"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        *_texts("practice_id"),
        _month(),
        *_texts("policy", "tables_version"),
        *_numbers(
            "cases",
            "clean",
            "review",
            "blocked",
            "below_threshold",
            "nothing_to_bill",
            "without_fee",
        ),
        *_texts("output_sha256"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_output")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "audit_output_case",
        _row_id("output_id"),
        *_texts("patient_id", "practice_id"),
        _month(),
        *_texts("npi", "status"),
        *_numbers(
            "staff_seconds", "practitioner_seconds", "total_seconds", "logged_seconds",
            "leftover_seconds",
        ),
        *_json("excluded", "paths"),
        sa.Column("chosen", sa.String(), nullable=True),
        *_json("planned_units"),
        *_usd("planned_usd"),
        sa.Column("service_on", sa.Date(), nullable=True),
        *_usd("expected_medicare_usd", "expected_patient_usd"),
        sa.Column("expected_by", sa.String(), nullable=True),
        *_numbers("next_threshold_minutes", "minutes_to_next", may_miss=True),
        *_texts("policy", "tables_version"),
        sa.Column("has_no_claim", sa.Boolean(), nullable=False),
        sa.Column("is_below_threshold", sa.Boolean(), nullable=False),
        _of_run("audit_output_case"),
        sa.PrimaryKeyConstraint("output_id", "patient_id", name=op.f("pk_audit_output_case")),
    )  # fmt: skip
    op.create_table(
        "audit_output_finding",
        _row_id("output_id"),
        *_texts("patient_id"),
        *_numbers("place"),
        *_texts("practice_id", "rule", "level", "layer", "summary"),
        *_json("evidence", "cites"),
        _of_run("audit_output_finding"),
        sa.PrimaryKeyConstraint(
            "output_id", "patient_id", "place", name=op.f("pk_audit_output_finding")
        ),
    )


def downgrade() -> None:
    for table in ("audit_output_finding", "audit_output_case", "audit_output"):
        op.drop_table(table)
