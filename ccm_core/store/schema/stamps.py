"""Stamps: what tells two states of a practice's rows apart, without reading them."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlmodel import Field

from ccm_core.store.schema.base import Stored


class DataStamp(Stored, table=True):
    """Written by triggers: a random number for each change of one subject's rows.

    A state is the number and the sum of a subject's rows. On SQLite each subject has one
    row; on PostgreSQL one for each transaction since they were last replaced.
    """

    __tablename__ = "data_stamp"
    practice_id: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    lane: int = Field(primary_key=True, sa_type=BigInteger)
    """Keeps transactions of PostgreSQL from waiting for each other; says nothing."""
    token: int = Field(sa_type=BigInteger)
