"""Server-side sign-in sessions: a random token outside, its SHA-256 inside.

Nothing but the row decides whether somebody is signed in and with which role.
Every function takes ``now``, so that a test can move the clock.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select, update

from ccm_core.access import emergency, second_factor
from ccm_core.access.identity import Identity
from ccm_core.errors import NotSignedIn, UsageError
from ccm_core.store.schema import LoginSession, UserAccount
from ccm_core.store.settings import read_setting

ACTIVITY_GRAIN_SECONDS = 20
"""Activity is written at most this often: the idle limit is exact to this many seconds."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a sign-in lasts without activity, and at most."""

    idle: timedelta = timedelta(minutes=15)
    absolute: timedelta = timedelta(hours=12)

    @classmethod
    def from_environment(cls) -> Limits:
        """Read ``CCM_IDLE_MINUTES`` (1 to 60) and ``CCM_SESSION_HOURS`` (1 to 24)."""
        return cls(
            timedelta(minutes=_between("CCM_IDLE_MINUTES", 15, MOST_IDLE_MINUTES)),
            timedelta(hours=_between("CCM_SESSION_HOURS", 12, MOST_HOURS)),
        )


SETTING = "sign_in_limits"
"""Where an administrator's choice is kept; it goes before the environment's."""
MOST_IDLE_MINUTES, MOST_HOURS = 60, 24


def limits_in_force(db: Session, at_start: Limits | None = None) -> Limits:
    """What an administrator set under Settings; otherwise what the server was started with."""
    chosen = read_setting(db, SETTING)
    if not chosen:
        return at_start or Limits.from_environment()
    return Limits(
        timedelta(minutes=int(chosen["idle_minutes"])), timedelta(hours=int(chosen["hours"]))
    )


def _between(name: str, default: int, highest: int) -> int:
    text = os.environ.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= highest:
        raise UsageError(f"{name} is {text!r}; it must be a whole number from 1 to {highest}.")
    return int(text)


def clock() -> datetime:
    """Now, in UTC. The one place of this package that reads the clock."""
    return datetime.now(UTC)


def hash_of(token: str) -> str:
    """The name under which a token's session is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin(
    db: Session, user_id: str, now: datetime, address: str = "", limits: Limits | None = None
) -> str:
    """Open a session and return its token. The token is not stored and not shown again."""
    token = secrets.token_urlsafe(32)
    db.add(
        LoginSession(
            token_hash=hash_of(token),
            user_id=user_id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + limits_in_force(db, limits).absolute,
            source_ip=address,
        )
    )
    db.flush()
    return token


def _is_live(row: LoginSession, limits: Limits, now: datetime) -> bool:
    return row.revoked_at is None and now - row.last_seen_at < limits.idle and now < row.expires_at


def find(
    db: Session, session_hash: str, now: datetime, limits: Limits | None = None
) -> Identity | None:
    """Who stands behind this session at this moment, or None. Reads, never extends."""
    pair = db.exec(
        select(LoginSession, UserAccount)
        .where(LoginSession.token_hash == session_hash)
        .where(UserAccount.user_id == LoginSession.user_id)
    ).first()
    if pair is None:
        return None
    row, user = pair
    if not user.is_active or not _is_live(row, limits_in_force(db, limits), now):
        return None
    return Identity(
        user.user_id,
        user.username,
        user.name,
        user.role,
        session_hash,
        user.staff_id,
        user.must_change_password,
        emergency.until(db, user, session_hash, now),
        row.source_ip,
        must_add_factor=not user.totp_secret and second_factor.is_required(),
    )


def resolve(
    db: Session, session_hash: str, now: datetime, limits: Limits | None = None
) -> Identity:
    """Who stands behind this session at this moment.

    Raises:
        NotSignedIn: there is no such session, it ended, or the account was disabled.
    """
    identity = find(db, session_hash, now, limits)
    if identity is None:
        raise NotSignedIn("This sign-in has ended. Sign in again.")
    return identity


def seconds_left(
    db: Session, session_hash: str, now: datetime, limits: Limits | None = None
) -> int:
    """Seconds until the session ends by itself; 0 when it has ended."""
    limits = limits_in_force(db, limits)
    if find(db, session_hash, now, limits) is None:
        return 0
    row = db.get_one(LoginSession, session_hash)
    ends_at = min(row.last_seen_at + limits.idle, row.expires_at)
    return max(0, int((ends_at - now).total_seconds()))


def touch(db: Session, session_hash: str, now: datetime, limits: Limits | None = None) -> None:
    """Note that a person did something. An ended session stays ended."""
    row = db.get(LoginSession, session_hash)
    if row is None or not _is_live(row, limits_in_force(db, limits), now):
        return
    row.last_seen_at = now
    db.add(row)
    db.flush()


def is_touch_due(db: Session, session_hash: str, now: datetime) -> bool:
    """Whether the last noted activity is old enough to be worth a write."""
    row = db.get(LoginSession, session_hash)
    return row is not None and ((now - row.last_seen_at).total_seconds() >= ACTIVITY_GRAIN_SECONDS)


def live(
    db: Session, session_hashes: Collection[str], now: datetime, limits: Limits | None = None
) -> set[str]:
    """Which of these sessions are live, asked in one query."""
    limits = limits_in_force(db, limits)
    rows = db.exec(
        select(LoginSession)
        .where(col(LoginSession.token_hash).in_(session_hashes))
        .where(UserAccount.user_id == LoginSession.user_id)
        .where(col(UserAccount.is_active).is_(True))
    )
    return {row.token_hash for row in rows if _is_live(row, limits, now)}


def end(db: Session, session_hash: str, now: datetime) -> None:
    """End one session: signing out ends every tab of that browser."""
    db.exec(
        update(LoginSession)
        .where(col(LoginSession.token_hash) == session_hash)
        .where(col(LoginSession.revoked_at).is_(None))
        .values(revoked_at=now)
    )


def end_all(db: Session, user_id: str, now: datetime) -> None:
    """End every session of a person: after a new password, a new role, or disabling."""
    db.exec(
        update(LoginSession)
        .where(col(LoginSession.user_id) == user_id)
        .where(col(LoginSession.revoked_at).is_(None))
        .values(revoked_at=now)
    )
