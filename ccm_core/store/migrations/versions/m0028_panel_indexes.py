"""Indexes that hold what counts of the panel read, so that no row of a patient is opened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_GIVEN = "ix_consent_practice_id_patient_id_given_on"


def upgrade() -> None:
    # In the place of one without the day of the end: as many indexes as before.
    op.drop_index(_GIVEN, table_name="consent")
    op.create_index(
        "ix_consent_spans", "consent", ["practice_id", "patient_id", "given_on", "revoked_on"]
    )
    op.create_index("ix_consent_days", "consent", ["practice_id", "given_on", "patient_id"])
    op.create_index("ix_patient_practice_id_location", "patient", ["practice_id", "location"])
    op.create_index(
        "ix_patient_reached", "patient",
        ["practice_id", "last_contact_at", "patient_id", "died_on"],
    )  # fmt: skip
    has_died = sa.text("died_on IS NOT NULL")
    op.create_index(
        "ix_patient_died", "patient", ["practice_id", "patient_id"],
        sqlite_where=has_died, postgresql_where=has_died,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_patient_died", table_name="patient")
    op.drop_index("ix_patient_reached", table_name="patient")
    op.drop_index("ix_patient_practice_id_location", table_name="patient")
    op.drop_index("ix_consent_days", table_name="consent")
    op.drop_index("ix_consent_spans", table_name="consent")
    op.create_index(_GIVEN, "consent", ["practice_id", "patient_id", "given_on"])
