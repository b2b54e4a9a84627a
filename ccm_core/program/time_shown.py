"""Entries with what the audit made of them, and what was changed after a close."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.audit import policy_of
from ccm_core.minutes import count, day_reason
from ccm_core.months import Month
from ccm_core.program import panel, time_checks
from ccm_core.program import time_keeping as keeping
from ccm_core.program.time_keeping import PAGE
from ccm_core.store import reading
from ccm_core.store.claiming import months as closes
from ccm_core.store.claiming.months import Closed
from ccm_core.store.timing.amendments import Amended, amended_after
from ccm_core.store.timing.entries import Kept

if TYPE_CHECKING:
    from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry, the seconds of it that count, and why the others do not."""

    kept: Kept
    counted_seconds: int
    excluded: tuple[tuple[int, str], ...]


def with_counts(session: Session, who: Identity, some: Iterable[Kept]) -> list[Shown]:
    """What counts of each entry in the month that it began in. Raises: PermissionDenied."""
    require(who, PAGE, "view")
    listed = list(some)
    practice = keeping.practice_of(session)
    of_month: dict[Month, set[str]] = {}
    for kept in listed:
        month = Month.of(time_checks.day_of(practice, kept.entry.started_at))
        of_month.setdefault(month, set()).add(kept.entry.patient_id)
    found: dict[str, tuple[int, tuple[tuple[int, str], ...]]] = {}
    for month, patient_ids in of_month.items():
        for case in reading.cases(session, practice.practice_id, month, sorted(patient_ids)):
            for one in count(case, policy_of(case)).entries:
                found[one.entry.entry_id] = (one.counted_seconds, one.excluded)
    none = (0, ((0, "not audited"),))
    return [Shown(kept, *found.get(kept.entry.entry_id, none)) for kept in listed]


def not_counted_on(session: Session, who: Identity, patient_id: str, day: date) -> str:
    """Why time with this patient on this day would not count; empty when it would.

    Raises: PermissionDenied, UsageError.
    """
    require(who, PAGE, "identify")
    practice = keeping.practice_of(session)
    keeping.patient_of(session, who, patient_id)
    found = list(reading.cases(session, practice.practice_id, Month.of(day), [patient_id]))
    return day_reason(found[0], day) if found else "no consent holds in this month"


@dataclass(frozen=True, slots=True)
class AfterClose:
    """A closed month and every difference to what it was closed with."""

    closed: Closed
    changes: tuple[Amended, ...]

    @property
    def seconds(self) -> int:
        """Seconds more (or less) than at the close."""
        return sum(one.seconds_now - one.seconds_then for one in self.changes)


def after_close(session: Session, who: Identity, month: Month) -> AfterClose | None:
    """Differences since the close of a month; None while it is open.

    A care manager sees those of the own panel. Raises: PermissionDenied.
    """
    require(who, PAGE, "identify")
    practice = keeping.practice_of(session)
    closed = closes.closed(session, practice.practice_id, month)
    if closed is None:
        return None
    changes = amended_after(session, practice, month, closed.closed_at)
    if panel.is_bound(who):
        changes = [one for one in changes if _is_mine(session, who, one.patient_id)]
    return AfterClose(closed, tuple(changes))


def _is_mine(session: Session, who: Identity, patient_id: str) -> bool:
    found = reading.patient(session, patient_id)
    return found is not None and found.care_manager_id == (who.staff_id or panel.NOBODY)
