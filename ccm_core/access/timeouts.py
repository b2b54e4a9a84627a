"""Sign-ins that ended by time are put on record, once each, whoever notices first.

They are dead at their limit, because every read compares the clock; this only
writes down that they are.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, or_, select, update

from ccm_core.access import sessions
from ccm_core.access.door import OpenDb
from ccm_core.access.sessions import Limits
from ccm_core.store.access_log import System, record
from ccm_core.store.schema import LoginSession, UserAccount

EVERY_SECONDS = 60


def note_ended(open_db: OpenDb, now: datetime, limits: Limits) -> int:
    """Close overdue sign-ins and log each; gives how many there were."""
    with open_db() as db:
        if not _overdue(db, now, limits):
            return 0
    with open_db(write=True) as db:
        return sum(_close(db, row, now) for row in _overdue(db, now, limits))


def _overdue(db: Session, now: datetime, limits: Limits) -> list[LoginSession]:
    limits = sessions.limits_in_force(db, limits)
    is_over = or_(
        col(LoginSession.last_seen_at) <= now - limits.idle, col(LoginSession.expires_at) <= now
    )
    asked = select(LoginSession).where(col(LoginSession.revoked_at).is_(None)).where(is_over)
    return list(db.exec(asked.order_by(col(LoginSession.last_seen_at))))


def _close(db: Session, row: LoginSession, now: datetime) -> bool:
    """Close one; another server may have been faster."""
    reason = "longest time" if row.expires_at <= now else "no activity"
    closed = db.exec(
        update(LoginSession)
        .where(col(LoginSession.token_hash) == row.token_hash)
        .where(col(LoginSession.revoked_at).is_(None))
        .values(revoked_at=now, revoked_reason=reason)
    )
    if closed.rowcount != 1:
        return False
    asked = select(UserAccount.role).where(UserAccount.user_id == row.user_id)
    who = System(row.user_id, db.exec(asked).first() or "", row.token_hash, row.source_ip)
    record(db, who, "time_out", "user_account", row.user_id, reason=reason)
    return True
