"""The practice, its people and its patients."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "practice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("setting", sa.String(), nullable=False),
        sa.Column("locality", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("npi", sa.String(), nullable=False),
        sa.Column("tin", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("preference", sa.String(), nullable=False),
        sa.Column("access_proof_on", sa.Date(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice")),
        sa.UniqueConstraint("practice_id", name=op.f("uq_practice_practice_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "patient",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("mrn", sa.String(), nullable=False),
        sa.Column("mbi", sa.String(), nullable=False),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("died_on", sa.Date(), nullable=True),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("zip5", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("practitioner_npi", sa.String(), nullable=False),
        sa.Column("care_manager_id", sa.String(), nullable=False),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=True),
        sa.Column("risk_documented_on", sa.Date(), nullable=True),
        sa.Column("in_model", sa.String(), nullable=False),
        sa.Column("chronic_groups", sa.Integer(), nullable=False),
        sa.Column("first_service_on", sa.Date(), nullable=True),
        sa.Column("last_contact_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.practice_id"], name=op.f("fk_patient_practice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint(
            "practice_id", "patient_id", name=op.f("uq_patient_practice_id_patient_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_patient_practice_id_care_manager_id"),
        "patient",
        ["practice_id", "care_manager_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_patient_practice_id_family_name_given_name"),
        "patient",
        ["practice_id", "family_name", "given_name"],
        unique=False,
    )
    op.create_index(
        op.f("ix_patient_practice_id_mrn"), "patient", ["practice_id", "mrn"], unique=False
    )
    op.create_table(
        "practitioner",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("npi", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("credential", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.practice_id"], name=op.f("fk_practitioner_practice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practitioner")),
        sa.UniqueConstraint("practice_id", "npi", name=op.f("uq_practitioner_practice_id_npi")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("credential", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("outside_us", sa.Boolean(), nullable=False),
        sa.Column("weekly_hours", sa.BigInteger(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.practice_id"], name=op.f("fk_staff_practice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("practice_id", "staff_id", name=op.f("uq_staff_practice_id_staff_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "status_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id", "patient_id"],
            ["patient.practice_id", "patient.patient_id"],
            name=op.f("fk_status_change_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_change")),
        sa.UniqueConstraint(
            "practice_id",
            "patient_id",
            "changed_on",
            "status",
            name=op.f("uq_status_change_practice_id_patient_id_changed_on_status"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_status_change_practice_id_status_changed_on"),
        "status_change",
        ["practice_id", "status", "changed_on"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(
        op.f("ix_status_change_practice_id_status_changed_on"), table_name="status_change"
    )
    op.drop_table("status_change")
    op.drop_table("staff")
    op.drop_table("practitioner")
    op.drop_index(op.f("ix_patient_practice_id_mrn"), table_name="patient")
    op.drop_index(op.f("ix_patient_practice_id_family_name_given_name"), table_name="patient")
    op.drop_index(op.f("ix_patient_practice_id_care_manager_id"), table_name="patient")
    op.drop_table("patient")
    op.drop_table("practice")
