"""A practice small enough to count by hand: six patients on 21 November 2026.

====== ============ ======== ========================================= =============
id     care manager location what                                      minutes (Nov)
====== ============ ======== ========================================= =============
ana    S1           Main     consent, care plan, reached 20            25
ben    S1           Main     consent, care plan, 6 minutes missing     14
cam    S2           North    consent, care plan, nothing logged        0
dee    S2           North    consent, no care plan                     0
eli    S1           Main     invited
fay    S2           North    eligible
====== ============ ======== ========================================= =============
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from ccm_core import records
from ccm_core.months import Month
from ccm_core.store import db
from ccm_core.store.results import refresh
from ccm_core.store.writing import save
from tests import kept_files

PRACTICE = "p1"
NPI, OTHER = "1999999984", "1888888886"
NOW = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
NOVEMBER = Month(2026, 11)

_TEAM = (
    records.Practice(PRACTICE, "Cedar Hill", state="OH", npi=NPI),
    records.Practitioner(NPI, "Dr. Amara Lind", "MD"),
    records.Practitioner(OTHER, "Dr. Paul Novak", "DO"),
    records.Staff("S1", "Noor Haddad", "RN"),
    records.Staff("S2", "Jun Silva", "LPN"),
)
_PATIENTS = (
    ("ana", "Alder", "S1", NPI, "Main", "consented"),
    ("ben", "Birch", "S1", NPI, "Main", "consented"),
    ("cam", "Cedar", "S2", OTHER, "North", "consented"),
    ("dee", "Dogwood", "S2", OTHER, "North", "consented"),
    ("eli", "Elm", "S1", NPI, "Main", "invited"),
    ("fay", "Fir", "S2", OTHER, "North", "eligible"),
)
_WORK = (("ana", 9, 25), ("ben", 12, 14))


def fill() -> None:
    """Store the practice in the default store and audit November."""
    kept_files.once(_fill)


def _fill() -> None:
    found: list[object] = [*_TEAM]
    for name, family, manager, npi, place, status in _PATIENTS:
        found += _one(name, family, manager, npi, place, status)
    for name, day, minutes in _WORK:
        began = datetime(2026, 11, day, 15, 0, tzinfo=UTC)
        found.append(
            records.TimeEntry(
                f"{name}-t", name, began, minutes * 60, staff_id="S1", is_contact=True,
                activity="care_coordination", recorded_at=began,
                note="Called about the blood pressure and arranged the laboratory visit.",
            )
        )  # fmt: skip
    with db.session(write=True) as opened:
        save(opened, PRACTICE, found)
        refresh(opened, PRACTICE, NOVEMBER)


def _one(name: str, family: str, manager: str, npi: str, place: str, status: str) -> list[object]:
    begun = date(2026, 9, 1)
    found: list[object] = [
        records.Patient(
            name, f"MRN-{name}", "1S00-A00-AA00", family, name.title(), date(1950, 1, 2),
            state="OH", practitioner_npi=npi, care_manager_id=manager, location=place,
            status=status, is_new=False,
        ),
        records.Payer(f"{name}-m", name, "medicare", "Medicare Part B", from_on=date(2020, 1, 1)),
        records.Condition(f"{name}-1", name, "E11.9", label="Diabetes", is_chronic=True,
                          group="diabetes"),
        records.Condition(f"{name}-2", name, "I10", label="Hypertension", is_chronic=True,
                          group="hypertension"),
    ]  # fmt: skip
    if status != "eligible":
        found.append(records.StatusChange(name, "invited", begun))
    if status == "consented":
        told = frozenset(records.CONSENT_ELEMENTS)
        found.append(records.Consent(f"{name}-c", name, begun, "verbal", told, npi, "S1"))
        found.append(records.Visit(f"{name}-v", name, begun, "99214", npi, "same"))
    if status == "consented" and name != "dee":
        found.append(records.CarePlan(f"{name}-p", name, begun))
    return found
