"""In which state the rows of a practice are, subject by subject, and fewer rows to say so."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlmodel import Session

from ccm_core.store.db import begin_write
from ccm_core.store.schema import DataStamp, table_of

MOST_ROWS = 200
"""Stamps of a practice from which on they are replaced by one for each subject."""
_KEY = "stamps"
_STAMP = table_of(DataStamp)
_READ = select(_STAMP.c.subject, func.count(), func.sum(_STAMP.c.token)).group_by(_STAMP.c.subject)

State = tuple[int, int]


def states(session: Session, practice_id: str) -> Mapping[str, State] | None:
    """The state of each subject as this transaction found it first; None once it has written.

    Whoever keeps an answer asks this before asking for the answer. The answer then is of this
    state or, on PostgreSQL, where each statement sees what was committed before it, of a newer
    one: kept under the older state, it is not found again.
    """
    transaction = session.get_transaction()
    root, known = session.info.get(_KEY, (None, {}))
    if transaction is None or root is not transaction:
        known = {}
    connection = session.connection()
    if practice_id not in known:
        rows = connection.execute(_READ.where(_STAMP.c.practice_id == practice_id))
        known[practice_id] = {subject: (int(n), int(total)) for subject, n, total in rows}
        session.info[_KEY] = (session.get_transaction(), known)
    return None if connection.info.get("is_writer") else known[practice_id]


def shorten(session: Session, practice_id: str) -> None:
    """Replace many stamps by few; call it where one transaction at a time gets to.

    What was kept is asked for anew, nothing else. Stamps of transactions that have not
    committed yet are not seen here, and stay.
    """
    own = _STAMP.c.practice_id == practice_id
    number = session.connection().scalar(select(func.count()).select_from(_STAMP).where(own)) or 0
    if number >= MOST_ROWS:
        renew(session, own)


def renew(session: Session, *where: ColumnElement[bool]) -> None:
    """Give each subject a stamp that nobody has seen, as after a restore: then a server that
    still runs may know the stamps of the backup from the days after it was made.
    """
    begin_write(session)
    connection = session.connection()
    removed = connection.execute(
        delete(_STAMP).where(*where).returning(_STAMP.c.practice_id, _STAMP.c.subject)
    )
    rows = [
        {
            "practice_id": practice_id, "subject": subject,
            "lane": -secrets.randbits(62), "token": secrets.randbits(62),
        }
        for practice_id, subject in sorted({tuple(row) for row in removed})
    ]  # fmt: skip
    if rows:
        connection.execute(insert(_STAMP), rows)
