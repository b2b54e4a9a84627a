"""What the door remembers between attempts to sign in, so that a restart forgives nothing."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from ccm_core.store.schema.base import Stored
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
