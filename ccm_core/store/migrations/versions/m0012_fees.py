"""Imported fee files, contracts with payers, saved projections."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def _numbered() -> list[sa.Column[Any]]:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return [
        sa.Column("id", row_id, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
    ]


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _versioned() -> list[sa.Column[Any]]:
    return [
        *_numbered(),
        sa.Column("number", sa.Integer(), nullable=False),
        *_texts("file_name", "sha256", "imported_by"),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        *_texts("reverted_by"),
        sa.Column("reverted_at", sa.BigInteger(), nullable=True),
    ]


def _days() -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Date(), nullable=False) for name in ("valid_from", "valid_to")]


def upgrade() -> None:
    _fee_version()
    _payer_contract()
    op.create_table(
        "saved_scenario",
        *_numbered(),
        *_texts("user_id", "name", "content", "tables_version"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_scenario")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_saved_scenario_user_id_name")),
        sqlite_autoincrement=True,
    )


def _fee_version() -> None:
    op.create_table(
        "fee_version",
        *_versioned(),
        *_texts("kind", "title", "layout"),
        sa.Column("year", sa.Integer(), nullable=False),
        *_days(),
        sa.Column("is_qp", sa.Boolean(), nullable=True),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_version")),
        sa.UniqueConstraint("kind", "number", name=op.f("uq_fee_version_kind_number")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_fee_version_sha256"), "fee_version", ["sha256"])


def _payer_contract() -> None:
    op.create_table(
        "payer_contract",
        *_versioned(),
        *_texts("practice_id", "payer"),
        sa.Column("multiple", sa.BigInteger(), nullable=True),
        sa.Column("amounts", sa.Text(), nullable=False),
        *_days(),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.practice_id"], name=op.f("fk_payer_contract_practice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payer_contract")),
        sa.UniqueConstraint(
            "practice_id",
            "payer",
            "number",
            name=op.f("uq_payer_contract_practice_id_payer_number"),
        ),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("saved_scenario")
    op.drop_table("payer_contract")
    op.drop_index(op.f("ix_fee_version_sha256"), table_name="fee_version")
    op.drop_table("fee_version")
