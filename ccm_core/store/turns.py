"""Who must wait for whom, where several people write to one database at the same moment.

SQLite has one writer at a time. On PostgreSQL a check ("has this claim left?") is true for
two at once unless the second waits until the first has committed.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlmodel import Session

from ccm_core.store.db import begin_write, dialect_of

_CLAIMS, _CLOSING, _TIME = 0x63636D63, 0x63636D6D, 0x63636D74


def of_claims(session: Session) -> None:
    """Hold the claims loop: approve, send, correct, post, one after the other."""
    _take(session, "pg_advisory_xact_lock", _CLAIMS)


def of_close(session: Session) -> None:
    """Hold the claims loop and the close of months, until nobody is changing time."""
    of_claims(session)
    _take(session, "pg_advisory_xact_lock", _CLOSING)


def beside_close(session: Session) -> None:
    """Change time, along with others who do, but not while a month is being closed."""
    _take(session, "pg_advisory_xact_lock_shared", _CLOSING)


def of_time(session: Session) -> None:
    """Hold the time log: two entries of one person over each other would both find room."""
    _take(session, "pg_advisory_xact_lock", _TIME)


def _take(session: Session, function: str, number: int) -> None:
    """Become the writer and wait for the turn; it ends with the transaction."""
    begin_write(session)
    if dialect_of(session) == "postgresql":
        session.connection().execute(text(f"SELECT {function}({number})"))
