"""What was changed about a month's time after the month was closed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from ccm_core import records
from ccm_core.months import Month
from ccm_core.store.reading.members import month_window
from ccm_core.store.schema import record_table


@dataclass(frozen=True, slots=True)
class Amended:
    """One entry that does not stand as it stood when the month was closed."""

    entry_id: str
    patient_id: str
    started_at: datetime
    seconds_then: int
    """0 when the entry was added after the close."""
    seconds_now: int
    """0 when it was withdrawn."""
    changed_by: str
    changed_at: datetime
    reason: str
    is_start_known: bool = True


def amended_after(
    session: Session, practice: records.Practice, month: Month, closed_at: datetime
) -> list[Amended]:
    """Entries of the month added, corrected or withdrawn after the close, newest first."""
    e = record_table(records.TimeEntry).c
    late = (
        select(e.entry_id)
        .where(
            e.practice_id == practice.practice_id,
            month_window(month, practice),
            e.created_at > closed_at,
        )
        .distinct()
    )
    rows = session.connection().execute(
        select(
            e.entry_id, e.patient_id, e.started_at, e.seconds, e.version, e.is_current,
            e.corrected_by, e.recorded_by, e.created_at, e.correction_reason, e.late_reason,
            e.is_start_known,
        )
        .where(e.practice_id == practice.practice_id, e.entry_id.in_(late))
        .order_by(e.entry_id, e.version)
    )  # fmt: skip
    versions: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        versions[row.entry_id].append(row)
    found = [_compared(of_entry, closed_at) for of_entry in versions.values()]
    changed = [one for one in found if one.seconds_then != one.seconds_now or one.reason]
    return sorted(changed, key=lambda one: one.changed_at, reverse=True)


def _compared(of_entry: list[Any], closed_at: datetime) -> Amended:
    before = [row for row in of_entry if row.created_at <= closed_at]
    last = of_entry[-1]
    return Amended(
        last.entry_id, last.patient_id, last.started_at,
        before[-1].seconds if before else 0,
        last.seconds if last.is_current else 0,
        last.corrected_by or last.recorded_by, last.created_at,
        last.correction_reason or last.late_reason, last.is_start_known,
    )  # fmt: skip
