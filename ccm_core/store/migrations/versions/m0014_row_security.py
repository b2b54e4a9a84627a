"""Row-level security by practice (PostgreSQL)."""

from __future__ import annotations

from alembic import op

from ccm_core.store.migrations import row_security

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    row_security.protect(op.get_bind())


def downgrade() -> None:
    row_security.release(op.get_bind())
