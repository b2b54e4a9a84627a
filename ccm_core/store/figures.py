"""Published figures, by practice, full month and view."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlmodel import Session

from ccm_core.months import Month
from ccm_core.store.db import begin_write
from ccm_core.store.schema import PublishedFigures, table_of
from ccm_core.store.statements import inserting


@dataclass(frozen=True, slots=True)
class Published:
    """One view as text, of which month, and when it was worked out."""

    month: Month
    content: str
    made_at: datetime


def put(
    session: Session, practice_id: str, month: Month, views: dict[str, str], now: datetime
) -> None:  # fmt: skip
    """Keep the views of a month in the place of all from before.

    Texts of earlier months go: no page reads them, and beside these they would tell how few
    came between two days.
    """
    begin_write(session)
    table = table_of(PublishedFigures)
    c = table.c
    earlier = delete(table).where(c.practice_id == practice_id, c.month < month)
    session.connection().execute(earlier)
    key = {"practice_id": practice_id, "month": month, "made_at": now}
    statement = inserting(session, table)
    session.connection().execute(
        statement.on_conflict_do_update(
            index_elements=list(table.primary_key.columns),
            set_={name: statement.excluded[name] for name in ("content", "made_at")},
        ),
        [{**key, "view": view, "content": content} for view, content in views.items()],
    )


def newest(session: Session, practice_id: str, view: str) -> Published | None:
    """The view of the newest month that was published."""
    c = table_of(PublishedFigures).c
    found = session.connection().execute(
        select(c.month, c.content, c.made_at)
        .where(c.practice_id == practice_id, c.view == view)
        .order_by(c.month.desc())
        .limit(1)
    ).first()  # fmt: skip
    return Published(*found) if found else None


def made_at(session: Session, practice_id: str, month: Month) -> datetime | None:
    """When the views of a month were worked out; None when they were not."""
    c = table_of(PublishedFigures).c
    found: datetime | None = session.connection().scalar(
        select(func.max(c.made_at)).where(c.practice_id == practice_id, c.month == month)
    )
    return found
