"""A desk to log time at: the small practice, a clock that a test moves, people who sign in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ccm_core.access.identity import Identity
from ccm_core.program.time_checks import Draft
from ccm_core.records import TimeEntry
from ccm_core.store import db, reading

NURSE = Identity("u1", "noor", "Noor Haddad", "care_manager", "h1", "S1")
OTHER_NURSE = Identity("u2", "jun", "Jun Silva", "care_manager", "h2", "S2")
MANAGER = Identity("u3", "dana", "Dana Reyes", "practice_manager", "h3", "")
AUDITOR = Identity("u4", "ines", "Ines Varga", "auditor", "h4", "")
NOTE = "Reviewed the home blood pressure log with the patient and agreed on a lab visit."


@dataclass
class Clock:
    """Stands still until a test moves it."""

    now: datetime = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


def draft(patient_id: str = "ben", **more) -> Draft:
    said = {"activity": "phone_call", "note": NOTE, "is_contact": True} | more
    return Draft(patient_id, **said)


def standing(patient_id: str) -> tuple[TimeEntry, ...]:
    """The entries of a patient that stand now."""
    with db.session() as opened:
        return reading.records_of(opened, TimeEntry, patient_id)
