"""An index that holds what a search for a patient reads, and nothing wider."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_SEARCHED = "lower(family_name || ' ' || given_name || ' ' || mrn || ' ' || patient_id)"


def upgrade() -> None:
    op.create_index(
        "ix_patient_search", "patient", ["practice_id", "patient_id", sa.text(_SEARCHED)]
    )


def downgrade() -> None:
    op.drop_index("ix_patient_search", table_name="patient")
