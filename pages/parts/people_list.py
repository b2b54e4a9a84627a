"""The care team as a list: credential, panel, productivity, hours, signs of overload."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.access.patient_keys import KEYS
from ccm_core.program import workload
from ccm_core.program.workload import Load, Team
from pages.parts import empty, status, tables, words

OPENS = "person"
COLUMNS = (
    tables.Column("name", "Name", is_link=True),
    tables.Column("credential", "Credential"),
    tables.Column("counts", "Time"),
    tables.Column("panel", "Panel"),
    tables.Column("minutes", "Logged", is_right=True),
    tables.Column("patients", "Patients", is_right=True),
    tables.Column("billable", "Billable", is_right=True),
    tables.Column("late", "After hours", is_right=True),
    tables.Column("needed", "Needed of hours", is_right=True),
    tables.Column("signs", "Overload"),
)


def key_of(who: Identity, staff_id: str) -> str:
    """What stands for a person in an address."""
    return KEYS.key_for(who.session_hash, f"staff:{staff_id}")


def opened(who: Identity) -> str:
    """The person that the address opens, or an empty text."""
    key = st.query_params.get(OPENS, "")
    found = KEYS.patient_of(who.session_hash, key) if key else None
    return found.removeprefix("staff:") if found and found.startswith("staff:") else ""


def show(who: Identity, team: Team) -> None:
    """One row for each person; a click opens the person below."""
    if not team.loads:
        empty.nothing("Nobody is on the team yet.", "Add the first person below.")
        return
    tables.in_pages(
        "people", COLUMNS, team.loads, lambda one: _row(who, one), alt="The team",
        opens=("", OPENS),
    )  # fmt: skip
    if team.unassigned.patients:
        st.caption(
            f"{words.many(team.unassigned.patients, 'enrolled patient')} without a care manager "
            f"({team.unassigned.missing_minutes:,} min missing to the first mark)."
        )


def _row(who: Identity, one: Load) -> dict[str, object]:
    person = one.person
    look = status.look("PASS" if one.is_counted else "N/A")
    return {
        "key": key_of(who, person.staff_id),
        "name": person.name + ("" if person.is_active else " (not active)"),
        "credential": person.credential or None,
        "counts": look.cell | {"text": "counts" if one.is_counted else "does not count"},
        "panel": _panel(one),
        "minutes": words.minutes(one.seconds),
        "patients": words.number(one.patients),
        "billable": words.share(one.billable_share),
        "late": words.share(one.after_hours_share),
        "needed": _needed(one),
        "signs": status.look("REVIEW").cell | {"text": words.listed(one.signs)}
        if one.signs
        else status.look("PASS").cell | {"text": "none"},
    }


def _panel(one: Load) -> str | None:
    if not one.panel.patients:
        return None
    said = f"{one.panel.patients:,}"
    if one.caseload_share is not None:
        said += f" · {words.share(one.caseload_share)}"
    return said


def _needed(one: Load) -> str:
    """``3.9 of 48.0 h``, and how much is missing."""
    if one.hours_left is None:
        return f"{one.hours_needed:,.1f} h" if one.hours_needed else words.NOTHING
    said = f"{one.hours_needed:,.1f} of {one.hours_left:,.1f} h"
    short = one.hours_needed - one.hours_left
    return f"{said}, {short:,.1f} short" if short > 0 else said


def spare(left: Decimal | None, needed: Decimal, days: int) -> str:
    """Surplus or shortfall in words."""
    if left is None:
        return "No weekly hours are recorded for the team."
    if not days:
        return "The month is over."
    more = left - needed
    what = "to spare" if more >= 0 else "short"
    return f"{words.many(days, 'workday')} left; {abs(more):,.1f} hours {what}."


def _figure(one: workload.Benchmark) -> str:
    if one.unit == "share":
        return f"{one.value:.0%}"
    return f"{one.value:g} {one.unit}"


def benchmarks(today: date) -> None:
    """The figures that the list is held against, with their sources."""
    with st.expander("Benchmarks and how the numbers are made"):
        st.write(
            "Hours needed: minutes missing to the first mark of everybody on the panel who can "
            "still reach it. Hours left: weekly hours over five, times the workdays left (Monday "
            "to Friday without federal holidays); other duties are not taken off. Panel: enrolled "
            "patients, and their share of the RN benchmark at these weekly hours. Billable: share "
            "of a person's logged time with patients whose month earns a unit. After hours: time "
            "begun outside clinic hours."
        )
        rows = [
            {"label": one.label, "value": _figure(one), "cite": words.cited(one.cite)}
            for one in workload.benchmarks(today).values()
        ]
        columns = (tables.Column("label", "Benchmark"), tables.Column("value", "Figure"),
                   tables.Column("cite", "Source"))  # fmt: skip
        tables.whole("benchmarks", columns, rows, alt="Benchmarks")
