"""What the door remembers between attempts to sign in, so that a restart forgives nothing."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from ccm_core.store.schema.base import Numbered, Stored
from ccm_core.store.types import Moment


class SignInFailure(Stored, table=True):
    """Failed attempts in a row, per account or per network address (see ``key``)."""

    __tablename__ = "sign_in_failure"
    key: str = Field(primary_key=True)
    failures: int = 0
    last_at: datetime = Field(sa_type=Moment)


class UsedCode(Stored, table=True):
    """The last time step of which a person has used the one-time code: a code works once."""

    __tablename__ = "used_code"
    user_id: str = Field(primary_key=True, foreign_key="user_account.user_id")
    last_step: int = 0


class RecoveryCode(Stored, table=True):
    """One code that stands in for the second factor, once. Only its hash is kept."""

    __tablename__ = "recovery_code"
    user_id: str = Field(primary_key=True, foreign_key="user_account.user_id")
    code_hash: str = Field(primary_key=True)
    used_at: datetime | None = Field(default=None, sa_type=Moment)


class EmergencyAccess(Numbered, table=True):
    """One hour, at most, in which a named person sees beyond the own panel, with a reason."""

    __tablename__ = "emergency_access"
    user_id: str = Field(foreign_key="user_account.user_id")
    session_hash: str = Field(index=True)
    reason: str
    expires_at: datetime = Field(sa_type=Moment)
    reviewed_by: str = ""
    reviewed_at: datetime | None = Field(default=None, sa_type=Moment)
