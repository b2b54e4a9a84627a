"""What all tables share: one catalogue of names, a row number, a version."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import ForeignKeyConstraint, MetaData, Table
from sqlmodel import Field, SQLModel

from ccm_core.months import utc_now
from ccm_core.store.types import Moment, RowId

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Stored(SQLModel):
    """Base of every table."""

    metadata = MetaData(naming_convention=NAMES)


class Numbered(Stored):
    """A row with a number of its own and the moment it was made."""

    id: int | None = Field(default=None, primary_key=True, sa_type=cast(Any, RowId))
    created_at: datetime = Field(default_factory=utc_now, sa_type=Moment)


class Editable(Numbered):
    """A row that people change. ``version`` travels with the form that shows it."""

    version: int = 1
    updated_at: datetime = Field(default_factory=utc_now, sa_type=Moment)


class OfPatient(Editable):
    """A row about one patient of one practice."""

    practice_id: str
    patient_id: str


def of_patient() -> ForeignKeyConstraint:
    """The reference that keeps a row from outliving or missing its patient."""
    return ForeignKeyConstraint(
        ["practice_id", "patient_id"], ["patient.practice_id", "patient.patient_id"]
    )


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model, for statements over many rows."""
    return cast(Table, cast(Any, model).__table__)
