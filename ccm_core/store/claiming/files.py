"""Files of claims that were written, and the control numbers that they used up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from ccm_core.exchange.x12.writing import Controls
from ccm_core.months import Month, utc_now
from ccm_core.store.db import begin_write, dialect_of
from ccm_core.store.schema import ClaimFileRow, ControlNumber, table_of


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One file as it was written."""

    id: int
    month: Month
    name: str
    payer_id: str
    sender: str
    interchange: int
    group_control: int
    first_set: int
    written_at: datetime
    is_test: bool
    claims: int
    charge_usd: Decimal
    sha256: str
    envelope: dict[str, Any]

    @property
    def controls(self) -> Controls:
        return Controls(self.interchange, self.group_control, self.first_set)


def take_controls(session: Session, sender: str, sets: int) -> Controls:
    """The next control numbers of this sender, used up with the session's transaction.

    One statement counts up and tells, so that two writers never get the same.
    """
    begin_write(session)
    table = table_of(ControlNumber)
    make = postgresql.insert if dialect_of(session) == "postgresql" else sqlite.insert
    fresh = make(table).values(sender=sender, interchange=1, group_control=1, set_control=sets)
    counted = fresh.on_conflict_do_update(
        index_elements=["sender"],
        set_={
            "interchange": table.c.interchange + 1,
            "group_control": table.c.group_control + 1,
            "set_control": table.c.set_control + sets,
        },
    ).returning(table.c.interchange, table.c.group_control, table.c.set_control)
    interchange, group, last_set = session.connection().execute(counted).one()
    return Controls(interchange, group, last_set - sets + 1)


def add_file(session: Session, practice_id: str, user_id: str, **facts: Any) -> int:
    """Keep the facts of a written file; gives its number."""
    table = table_of(ClaimFileRow)
    made = session.connection().execute(
        insert(table)
        .values(practice_id=practice_id, user_id=user_id, created_at=utc_now(), **facts)
        .returning(table.c.id)
    )
    return int(made.scalar_one())


def files_of(session: Session, practice_id: str, month: Month) -> list[FileFacts]:
    """The files written for a month, the first written first."""
    c = table_of(ClaimFileRow).c
    rows = session.connection().execute(
        select(*(c[name] for name in FileFacts.__dataclass_fields__))
        .where(c.practice_id == practice_id, c.month == month)
        .order_by(c.id)
    )
    return [FileFacts(*row) for row in rows]
