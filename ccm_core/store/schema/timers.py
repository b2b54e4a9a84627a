"""Timers: one person at work on one patient, in stretches between pauses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from ccm_core.store.schema.base import Numbered, OfPatient, of_patient
from ccm_core.store.types import JsonValue, Moment, RowId

_OPEN = text("ended_at IS NULL")


class RunningTimer(OfPatient, table=True):
    """One timer. It is open until ``ended_at`` is set; a person has one open timer at most."""

    __tablename__ = "running_timer"
    __table_args__ = (
        of_patient(),
        Index(
            "uq_running_timer_open", "practice_id", "staff_id", unique=True,
            sqlite_where=_OPEN, postgresql_where=_OPEN,
        ),
        Index(None, "practice_id", "started_at"),
    )  # fmt: skip
    staff_id: str
    user_id: str
    started_at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    outcome: str = ""
    """``logged`` or ``discarded`` once it has ended."""
    reason: str = ""
    """Why it was discarded."""
    draft: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    """What the form held last while the timer was open; empty once it has ended."""


class TimerStretch(Numbered, table=True):
    """Time between a start and the next pause. Entries are written from stretches alone."""

    __tablename__ = "timer_stretch"
    __table_args__ = (
        Index(
            "uq_timer_stretch_open", "timer_id", unique=True,
            sqlite_where=_OPEN, postgresql_where=_OPEN,
        ),
        Index(None, "timer_id"),
    )  # fmt: skip
    timer_id: int = Field(foreign_key="running_timer.id", sa_type=RowId)
    started_at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    entry_id: str = ""
    """The time entry that this stretch became."""
