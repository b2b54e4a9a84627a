"""What the chart says."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "care_plan",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=True),
        sa.Column("copy_given_on", sa.Date(), nullable=True),
        sa.Column("signed_by", sa.String(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("author_credential", sa.String(), nullable=False),
        sa.Column("elements", sa.Text(), nullable=False),
        sa.Column("condition_codes", sa.Text(), nullable=False),
        sa.Column("is_detailed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "patient_id"],
            ["patient.practice_id", "patient.patient_id"],
            name=op.f("fk_care_plan_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_plan")),
        sa.UniqueConstraint(
            "practice_id", "plan_id", name=op.f("uq_care_plan_practice_id_plan_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_care_plan_practice_id_patient_id_created_on"),
        "care_plan",
        ["practice_id", "patient_id", "created_on"],
        unique=False,
    )
    op.create_table(
        "complexity",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("mdm", sa.String(), nullable=False),
        sa.Column("npi", sa.String(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "patient_id"],
            ["patient.practice_id", "patient.patient_id"],
            name=op.f("fk_complexity_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complexity")),
        sa.UniqueConstraint(
            "practice_id",
            "patient_id",
            "month",
            name=op.f("uq_complexity_practice_id_patient_id_month"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_complexity_practice_id_month"),
        "complexity",
        ["practice_id", "month"],
        unique=False,
    )
    op.create_table(
        "condition",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("condition_id", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("onset_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("is_chronic", sa.Boolean(), nullable=True),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id", "patient_id"],
            ["patient.practice_id", "patient.patient_id"],
            name=op.f("fk_condition_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_condition")),
        sa.UniqueConstraint(
            "practice_id", "condition_id", name=op.f("uq_condition_practice_id_condition_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_condition_practice_id_patient_id"),
        "condition",
        ["practice_id", "patient_id"],
        unique=False,
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("consent_id", sa.String(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("elements", sa.Text(), nullable=False),
        sa.Column("npi", sa.String(), nullable=False),
        sa.Column("taken_by", sa.String(), nullable=False),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id", "patient_id"],
            ["patient.practice_id", "patient.patient_id"],
            name=op.f("fk_consent_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint(
            "practice_id", "consent_id", name=op.f("uq_consent_practice_id_consent_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_consent_practice_id_patient_id_given_on"),
        "consent",
        ["practice_id", "patient_id", "given_on"],
        unique=False,
    )
    op.create_table(
        "payer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("payer_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("has_part_b", sa.Boolean(), nullable=True),
        sa.Column("is_qmb", sa.Boolean(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("has_supplement", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "patient_id"],
            ["patient.practice_id", "patient.patient_id"],
            name=op.f("fk_payer_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payer")),
        sa.UniqueConstraint(
            "practice_id",
            "patient_id",
            "payer_id",
            name=op.f("uq_payer_practice_id_patient_id_payer_id"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "stay",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("stay_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id", "patient_id"],
            ["patient.practice_id", "patient.patient_id"],
            name=op.f("fk_stay_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stay")),
        sa.UniqueConstraint("practice_id", "stay_id", name=op.f("uq_stay_practice_id_stay_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_stay_practice_id_patient_id_from_on"),
        "stay",
        ["practice_id", "patient_id", "from_on"],
        unique=False,
    )
    op.create_table(
        "visit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("visit_id", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("npi", sa.String(), nullable=False),
        sa.Column("practice", sa.String(), nullable=False),
        sa.Column("modifiers", sa.Text(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "patient_id"],
            ["patient.practice_id", "patient.patient_id"],
            name=op.f("fk_visit_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("practice_id", "visit_id", name=op.f("uq_visit_practice_id_visit_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_visit_practice_id_on"), "visit", ["practice_id", "on"], unique=False)
    op.create_index(
        op.f("ix_visit_practice_id_patient_id_on"),
        "visit",
        ["practice_id", "patient_id", "on"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_visit_practice_id_patient_id_on"), table_name="visit")
    op.drop_index(op.f("ix_visit_practice_id_on"), table_name="visit")
    op.drop_table("visit")
    op.drop_index(op.f("ix_stay_practice_id_patient_id_from_on"), table_name="stay")
    op.drop_table("stay")
    op.drop_table("payer")
    op.drop_index(op.f("ix_consent_practice_id_patient_id_given_on"), table_name="consent")
    op.drop_table("consent")
    op.drop_index(op.f("ix_condition_practice_id_patient_id"), table_name="condition")
    op.drop_table("condition")
    op.drop_index(op.f("ix_complexity_practice_id_month"), table_name="complexity")
    op.drop_table("complexity")
    op.drop_index(op.f("ix_care_plan_practice_id_patient_id_created_on"), table_name="care_plan")
    op.drop_table("care_plan")
