"""Looking for a patient: a list to search, within what this person may see."""

from __future__ import annotations

from collections.abc import Mapping

from sqlmodel import Session

from ccm_core.access.identity import Identity
from ccm_core.program import panel
from ccm_core.records import Practice
from ccm_core.store.queries import EVERYBODY
from ccm_core.store.queries.patients import patients_page
from pages.parts import empty, filters, status, tables, words

FOUND = (
    *tables.PATIENT,
    tables.Column("born", "Born", "born"),
    tables.Column("status", "Status", "status"),
    tables.Column("contact", "Last contact", "last_contact"),
    tables.Column("manager", "Care manager"),
    tables.Column("place", "Location", "location"),
)


def find(session: Session, who: Identity, practice: Practice, people: Mapping[str, str]) -> None:
    """A page of patients by name or number; each row opens one."""
    search = filters.search("patient", label="Find a patient")
    at = tables.asked(FOUND, "name")
    page = patients_page(
        session, practice.practice_id, only=panel.narrowed(who, EVERYBODY), search=search,
        sort=at.sort, limit=at.limit, offset=at.offset,
    )  # fmt: skip
    filters.refused()
    if not page.total:
        empty.nothing("No patient of yours matches.", "Search by another name or number.")
        return
    rows = [
        {
            **tables.patient_cells(who, row),
            "born": words.day(row.born_on),
            "status": status.cell(row.status),
            "contact": words.day_at(row.last_contact_at, practice.time_zone),
            "manager": people.get(row.care_manager_id),
            "place": row.location or None,
        }
        for row in page.rows
    ]
    tables.listing("patients", FOUND, rows, page.total, at, alt="Patients")
