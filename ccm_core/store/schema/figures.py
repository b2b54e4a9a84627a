"""What consultants may read about the practice: figures, worked out before they ask."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field

from ccm_core.months import Month
from ccm_core.store.schema.base import Stored
from ccm_core.store.types import Moment, MonthText


class PublishedFigures(Stored, table=True):
    """One view of one full month as it may be told: small counts hidden, dollars rough."""

    __tablename__ = "published_figures"
    practice_id: str = Field(primary_key=True, foreign_key="practice.practice_id")
    month: Month = Field(primary_key=True, sa_type=MonthText)
    view: str = Field(primary_key=True)
    """The page: ``home``, ``program_health`` or ``revenue``."""
    content: str = Field(sa_type=Text)
    made_at: datetime = Field(sa_type=Moment)
