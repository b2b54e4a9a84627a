"""Emergency access: a named care manager sees beyond the own panel for an hour, at most.

It widens what may be seen and nothing else, needs a typed reason, ends by itself, is
marked in every entry of the access log, and waits on a list until somebody reviews it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.errors import PermissionDenied, UsageError
from ccm_core.store import settings
from ccm_core.store.access_log import record
from ccm_core.store.schema import UserAccount
from ccm_core.store.schema.door import EmergencyAccess

MOST_MINUTES = 60
LEAST_REASON = 10
SETTING = "emergency_members"
ROLES = frozenset({"care_manager"})
"""Roles with a panel of their own; the others see every patient or none."""


def members(db: Session) -> frozenset[str]:
    """The user ids of those who may."""
    return frozenset(settings.read_setting(db, SETTING, []))


def name_members(db: Session, who: Identity, user_ids: Sequence[str]) -> None:
    """Say who may. Raises: PermissionDenied, UsageError for a role without a panel."""
    require(who, "users", "manage")
    wanted = sorted(set(user_ids))
    found = db.exec(select(UserAccount).where(col(UserAccount.user_id).in_(wanted))).all()
    if len(found) != len(wanted) or any(user.role not in ROLES for user in found):
        raise UsageError("Emergency access is for care managers; somebody else was named.")
    settings.write_setting(db, SETTING, wanted)
    record(db, who, "emergency_members", "setting", SETTING, reason=f"{len(wanted)} people")


def begin(db: Session, who: Identity, reason: str, minutes: int, now: datetime) -> datetime:
    """Open it for this sign-in; gives its end. Raises: PermissionDenied, UsageError."""
    if who.role not in ROLES or who.user_id not in members(db):
        raise PermissionDenied(
            "Emergency access is for people whom an administrator named. Ask one, or ask the "
            "practice manager to assign the patient to you."
        )
    if len(reason.strip()) < LEAST_REASON or not 1 <= minutes <= MOST_MINUTES:
        raise UsageError(
            f"Give a reason of {LEAST_REASON} characters or more, without names of patients, and "
            f"1 to {MOST_MINUTES} minutes."
        )
    ends_at = now + timedelta(minutes=minutes)
    db.add(
        EmergencyAccess(
            user_id=who.user_id, session_hash=who.session_hash, reason=reason.strip()[:400],
            expires_at=ends_at, created_at=now,
        )
    )  # fmt: skip
    db.flush()
    record(db, who, "emergency_begin", "user_account", who.user_id, reason=reason.strip())
    return ends_at


def end(db: Session, who: Identity, now: datetime) -> None:
    """Close it before its time."""
    db.exec(
        update(EmergencyAccess)
        .where(col(EmergencyAccess.session_hash) == who.session_hash)
        .where(col(EmergencyAccess.expires_at) > now)
        .values(expires_at=now)
    )
    record(db, who, "emergency_end", "user_account", who.user_id)


def until(db: Session, user: UserAccount, session_hash: str, now: datetime) -> datetime | None:
    """When the emergency access of a sign-in ends; None when it has none."""
    if user.role not in ROLES:
        return None
    ends = db.exec(
        select(EmergencyAccess.expires_at)
        .where(EmergencyAccess.session_hash == session_hash)
        .where(EmergencyAccess.user_id == user.user_id)
        .where(col(EmergencyAccess.expires_at) > now)
    ).all()
    return max(ends, default=None)


def unreviewed(db: Session) -> Sequence[EmergencyAccess]:
    """What still waits for a review, oldest first."""
    return db.exec(
        select(EmergencyAccess)
        .where(col(EmergencyAccess.reviewed_at).is_(None))
        .order_by(col(EmergencyAccess.id))
    ).all()


def review(db: Session, who: Identity, number: int, now: datetime) -> None:
    """Note that somebody else looked at it. Raises: PermissionDenied, UsageError."""
    require(who, "users", "manage")
    row = db.get(EmergencyAccess, number)
    if row is None or row.user_id == who.user_id:
        raise UsageError("There is no such emergency access that you may review.")
    row.reviewed_by, row.reviewed_at = who.user_id, now
    db.add(row)
    record(db, who, "emergency_review", "emergency_access", str(number))
