"""Attempts to reach patients, signed consent forms, versions of care plans."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _numbered(*more: sa.Column[Any]) -> list[sa.Column[Any]]:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return [
        sa.Column("id", row_id, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        *more,
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
    ]


def _constraints(table: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(
            ["practice_id", "patient_id"],
            ["patient.practice_id", "patient.patient_id"],
            name=op.f(f"fk_{table}_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def upgrade() -> None:
    _outreach()
    _consent_file()
    _plan_version()


def _outreach() -> None:
    op.create_table(
        "outreach",
        *_numbered(),
        sa.Column("made_on", sa.Date(), nullable=False),
        *_texts("way", "outcome", "note"),
        sa.Column("next_on", sa.Date(), nullable=True),
        *_texts("made_by"),
        *_constraints("outreach"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_outreach_practice_id_patient_id_made_on"),
        "outreach",
        ["practice_id", "patient_id", "made_on"],
    )


def _consent_file() -> None:
    op.create_table(
        "consent_file",
        *_numbered(),
        *_texts("consent_id", "name", "mime"),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        *_texts("sha256", "sealed", "added_by"),
        *_constraints("consent_file"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_consent_file_practice_id_patient_id"),
        "consent_file",
        ["practice_id", "patient_id"],
    )


def _plan_version() -> None:
    op.create_table(
        "plan_version",
        *_numbered(
            sa.Column("version", sa.Integer(), nullable=False),
            sa.Column("updated_at", sa.BigInteger(), nullable=False),
        ),
        *_texts("plan_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        *_texts("sha256", "saved_by"),
        sa.Column("saved_on", sa.Date(), nullable=False),
        *_texts("why", "copy_given_how", "signed_npi", "signed_name"),
        sa.Column("signed_at", sa.BigInteger(), nullable=True),
        *_texts("signed_sha256", "signed_way", "recorded_by"),
        *_constraints("plan_version"),
        sa.UniqueConstraint(
            "practice_id",
            "patient_id",
            "number",
            name=op.f("uq_plan_version_practice_id_patient_id_number"),
        ),
        sa.UniqueConstraint(
            "practice_id", "plan_id", name=op.f("uq_plan_version_practice_id_plan_id")
        ),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("plan_version")
    op.drop_index(op.f("ix_consent_file_practice_id_patient_id"), table_name="consent_file")
    op.drop_table("consent_file")
    op.drop_index(op.f("ix_outreach_practice_id_patient_id_made_on"), table_name="outreach")
    op.drop_table("outreach")
