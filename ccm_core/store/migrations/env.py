"""Alembic's entry: works on the open connection that `ccm_core.store.db` hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import Column
from sqlalchemy.types import TypeDecorator

from ccm_core.store.migrations import row_security
from ccm_core.store.schema import METADATA


def render_item(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """Write our own column types as what they are in the database.

    A migration must not change its meaning when a type class changes later.
    """
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    if kind == "type" and item.__class__.__name__ == "BigInteger" and item._variant_mapping:
        return 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'
    return False


def is_compared(item: Any, name: str | None, kind: str, is_found: bool, other: Any) -> bool:
    """Whether the schema's own check may judge this by its text.

    PostgreSQL writes an indexed expression in words of its own, so text never agrees; that
    the index answers the search is held by the plan (tests/store/test_page_plans.py).
    """
    return kind != "index" or all(isinstance(one, Column) for one in item.expressions)


def run() -> None:
    """Run the migrations asked for inside the caller's transaction."""
    attributes = context.config.attributes
    context.configure(
        connection=attributes["connection"],
        target_metadata=METADATA,
        render_item=render_item,
        include_object=is_compared,
        compare_type=True,
        transactional_ddl=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()
        # Also tables of later migrations, whose authors need not think of it.
        row_security.protect(attributes["connection"])


run()
