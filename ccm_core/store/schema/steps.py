"""Stored steps of enrollment: what the funnel reads instead of working everything out.

Every row follows from other tables and can be written anew (`ccm steps --rebuild`).
"""

from __future__ import annotations

from datetime import date

from sqlmodel import Field

from ccm_core.months import Month
from ccm_core.store.schema.base import Stored
from ccm_core.store.types import MonthText, RowId


class MonthStep(Stored, table=True):
    """One patient in one month: the day on which each step was met; None where it was not."""

    __tablename__ = "month_step"
    __table_args__ = ({"sqlite_with_rowid": False},)
    practice_id: str = Field(primary_key=True)
    month: Month = Field(primary_key=True, sa_type=MonthText)
    patient_id: str = Field(primary_key=True)
    practitioner_npi: str
    care_manager_id: str
    location: str
    is_gone: bool
    """Declined, left or died: there is nobody to call."""
    is_eligible: bool
    invited_on: date | None = None
    consented_on: date | None = None
    planned_on: date | None = None
    active_on: date | None = None
    threshold_on: date | None = None
    sent_on: date | None = None
    """The first possible day for a claim that was sent without one; likewise ``paid_on``."""
    claimed_on: date | None = None
    """The first day that a claim that was sent does name."""
    paid_on: date | None = None


class StepCount(Stored, table=True):
    """How many patients of one group met a step (``is``) or stand at it (``at``) since a day."""

    __tablename__ = "step_count"
    __table_args__ = ({"sqlite_with_rowid": False},)
    practice_id: str = Field(primary_key=True)
    month: Month = Field(primary_key=True, sa_type=MonthText)
    kind: str = Field(primary_key=True)
    step: str = Field(primary_key=True)
    since_on: date = Field(primary_key=True)
    claims_since_on: date = Field(primary_key=True)
    """Claims go on after the month: the day since which theirs is met."""
    practitioner_npi: str = Field(primary_key=True)
    care_manager_id: str = Field(primary_key=True)
    location: str = Field(primary_key=True)
    is_gone: bool = Field(primary_key=True)
    patients: int


class StepMonth(Stored, table=True):
    """A month whose steps are stored, and by which definitions."""

    __tablename__ = "step_month"
    practice_id: str = Field(primary_key=True)
    month: Month = Field(primary_key=True, sa_type=MonthText)
    recipe: str


class StepMark(Stored, table=True):
    """Written by triggers: a patient whose stored steps a change may have made wrong.

    Each transaction works its own marks off before it commits. ``month`` is empty where
    every month may be touched; ``day`` is the UTC day of a time entry, counted from 1970.
    """

    __tablename__ = "step_mark"
    id: int | None = Field(default=None, primary_key=True, sa_type=RowId)
    practice_id: str
    patient_id: str
    month: str
    day: int | None
