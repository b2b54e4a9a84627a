"""Who may come in, who is in, who did what, and the settings of the practice."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field

from ccm_core.months import utc_now
from ccm_core.store.schema.base import Editable, Stored
from ccm_core.store.types import JsonValue, Moment, RowId


class UserAccount(Editable, table=True):
    """One account. ``user_id`` is random and never given out again."""

    __tablename__ = "user_account"
    user_id: str = Field(unique=True)
    username: str = Field(unique=True)
    name: str = ""
    email: str = ""
    role: str
    password_hash: str = ""
    is_active: bool = True
    is_demo: bool = False
    must_change_password: bool = False
    failed_attempts: int = 0
    locked_until: datetime | None = Field(default=None, sa_type=Moment)
    last_login_at: datetime | None = Field(default=None, sa_type=Moment)
    password_changed_at: datetime | None = Field(default=None, sa_type=Moment)
    disabled_at: datetime | None = Field(default=None, sa_type=Moment)
    staff_id: str = ""
    totp_secret: str = ""


class LoginSession(Stored, table=True):
    """One signed-in browser. Only the hash of its token is kept."""

    __tablename__ = "login_session"
    token_hash: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="user_account.user_id", index=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=Moment)
    last_seen_at: datetime = Field(default_factory=utc_now, sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    revoked_at: datetime | None = Field(default=None, sa_type=Moment)
    revoked_reason: str = ""
    source_ip: str = ""
    user_agent: str = ""
    mfa_at: datetime | None = Field(default=None, sa_type=Moment)


class AccessLog(Stored, table=True):
    """One entry of the access log: written once, chained to the one before."""

    __tablename__ = "access_log"
    seq: int = Field(primary_key=True, sa_type=RowId)
    at: datetime = Field(sa_type=Moment, index=True)
    user_id: str = Field(default="", index=True)
    role: str = ""
    session_hash: str = ""
    source_ip: str = ""
    action: str
    object_type: str = ""
    object_id: str = ""
    outcome: str
    reason: str = ""
    prev_hash: str
    hash: str


class Setting(Stored, table=True):
    """One setting of the installation, as JSON."""

    __tablename__ = "setting"
    key: str = Field(primary_key=True)
    value: Any = Field(default=None, sa_type=JsonValue)
    version: int = 1
    updated_at: datetime = Field(default_factory=utc_now, sa_type=Moment)
