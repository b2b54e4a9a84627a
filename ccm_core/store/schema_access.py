"""Tables of who may sign in, who is signed in, and how often signing in failed.

They hold no patient data. A password, a session token and a one-time code never
stand here in a usable form: only their hashes do.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import DateTime
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel


class UtcMoment(TypeDecorator[datetime]):
    """An aware moment, stored in UTC; SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment without a time zone was about to be stored.")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class UserAccount(SQLModel, table=True):
    """One person who may sign in. The id is random and never used again."""

    __tablename__ = "user_account"

    user_id: str = Field(default_factory=lambda: uuid4().hex, primary_key=True)
    username: str = Field(unique=True, index=True)
    name: str
    role: str
    password_hash: str
    staff_id: str = ""
    is_active: bool = True
    is_demo: bool = False
    totp_secret: str = ""
    totp_last_step: int = 0
    created_at: datetime = Field(sa_type=UtcMoment)  # type: ignore[call-overload]
    last_sign_in_at: datetime | None = Field(default=None, sa_type=UtcMoment)  # type: ignore[call-overload]
    version: int = 1


class LoginSession(SQLModel, table=True):
    """One live sign-in. ``session_hash`` is the SHA-256 of the token in the cookie."""

    __tablename__ = "login_session"

    session_hash: str = Field(primary_key=True)
    user_id: str = Field(index=True, foreign_key="user_account.user_id")
    created_at: datetime = Field(sa_type=UtcMoment)  # type: ignore[call-overload]
    last_active_at: datetime = Field(sa_type=UtcMoment)  # type: ignore[call-overload]
    revoked_at: datetime | None = Field(default=None, sa_type=UtcMoment)  # type: ignore[call-overload]
    address: str = ""


class SignInFailure(SQLModel, table=True):
    """Failed attempts per account or per address, so that a restart forgives nothing."""

    __tablename__ = "sign_in_failure"

    key: str = Field(primary_key=True)
    failures: int = 0
    last_at: datetime = Field(sa_type=UtcMoment)  # type: ignore[call-overload]
