"""The work list on the page Minutes: whose care is due, with the chance and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import streamlit as st
from sqlmodel import Session

from ccm_core.access.identity import Identity
from ccm_core.months import Month
from ccm_core.program import pace, pace_history, panel, progress
from ccm_core.records import Practice
from ccm_core.store.queries import Only
from pages.parts import empty, filters, status, tables, words
from pages.parts.guard import may

ROWS = 50
COLUMNS = (
    tables.Column("name", "Patient", is_link=True),
    tables.Column("care", "Care due"),
    tables.Column("contact", "Last contact", is_right=True),
    tables.Column("bar", "Counted"),
    tables.Column("missing", "To next mark"),
    tables.Column("worth", "Per minute", is_right=True),
    tables.Column("chance", "Chance", is_right=True),
    tables.Column("manager", "Care manager, hours"),
)
OWN = (*COLUMNS[:-1], tables.Column("manager", "Your hours"))
"""For a care manager, who sees the own panel only."""


VIEWS = {"": "Everybody", "due": "Work list: care due first"}


def show(
    session: Session, who: Identity, practice: Practice, month: Month, today: date, only: Only,
    team: Mapping[str, str],
) -> bool:  # fmt: skip
    """The list, when it is chosen, the month still runs and the role may know the patients."""
    if today not in month or not may(who, "minutes", "identify"):
        return False
    if filters.switch("list", "List", VIEWS) != "due":
        return False
    filters.refused()
    st.header("Work list")
    found = pace.work_list(session, who, practice, month, today, only)
    _inside(found, practice, month, who, team)
    return True


def _inside(
    found: pace.WorkList, practice: Practice, month: Month, who: Identity, team: Mapping[str, str]
) -> None:
    st.caption(
        "Care that is due comes first (no contact for a month, care plan to review), then what a "
        "missing minute is worth. The chance is not known where fewer than "
        f"{pace_history.FEWEST} past patient-months are alike. Only time that is really worked "
        "for the patient may be logged."
    )
    if not found.due:
        empty.nothing("Nobody is within reach of a next mark.")
        return
    shown = found.due[:ROWS]
    marks_of = {
        one: progress.marks(practice, month, *one)
        for one in {(due.row.path, due.row.next_minutes) for due in shown}
    }
    is_own = panel.is_bound(who)
    rows = [
        _row(one, who, marks_of[one.row.path, one.row.next_minutes], {} if is_own else team)
        for one in shown
    ]
    tables.whole("work_list", OWN if is_own else COLUMNS, rows, alt="Work list")
    if len(found.due) > ROWS:
        st.caption(f"The first {ROWS} of {len(found.due):,}.")
    _calibration(found)


def _row(
    one: pace.Due, who: Identity, marks: tuple[int, ...], team: Mapping[str, str]
) -> dict[str, object]:
    due = [
        name
        for name, is_due in (("contact", one.is_contact_due), ("care plan review", one.is_plan_due))
        if is_due
    ]
    since = one.days_since_contact
    look = status.look("review" if due else "clean")
    return {
        "key": tables.patient_key(who, one.row.patient_id),
        "name": tables.patient_name(one.row),
        "care": look.cell | {"text": words.listed(due) if due else "nothing due"},
        "contact": f"{words.many(since, 'day')} ago" if since is not None else "never",
        "bar": tables.bar(one.row.counted_seconds, marks, look.color),
        "missing": f"{one.row.missing_minutes} min to {one.row.next_minutes}",
        "worth": words.usd(one.usd_per_minute),
        "chance": words.share(one.chance) if one.chance is not None else "not known",
        "manager": _manager(one, team),
    }


def _manager(one: pace.Due, team: Mapping[str, str]) -> object:
    """The name, and whether the hours left reach down to this patient."""
    name = team.get(one.row.care_manager_id, "")
    if one.fits is None:
        return name or None
    if one.fits:
        return status.look("PASS").cell | {"text": name or "enough"}
    short = f"{name}, not enough hours" if name else "not enough"
    return status.look("REVIEW").cell | {"text": short}


def _calibration(found: pace.WorkList) -> None:
    past = found.history
    if not past.months:
        st.caption("No chance is told: no earlier month was audited.")
        return
    span = f"{words.month(past.months[0])} to {words.month(past.months[-1])}"
    st.markdown("**How sure is the chance?**")
    st.caption(
        f"The chance is a share: of the patient-months of {span} that, with "
        f"{words.many(past.workdays_left, 'workday')} left, missed about as many minutes (bins of "
        "five) to the same mark, how many reached it. Below, each of these months is foretold "
        "from the others."
    )
    if not past.calibration:
        st.caption("There are too few patient-months to compare.")
        return
    rows = [
        {"bin": f"{one.low * 100:.0f} to {one.high * 100:.0f}%", "n": words.number(one.number),
         "told": _percent(one.predicted), "came": _percent(one.observed)}
        for one in past.calibration
    ]  # fmt: skip
    columns = (
        tables.Column("bin", "Chance foretold"),
        tables.Column("n", "Patient-months", is_right=True),
        tables.Column("told", "Foretold", is_right=True),
        tables.Column("came", "Came", is_right=True),
    )
    tables.whole("calibration", columns, rows, alt="Chance foretold and what came")


def _percent(of: Decimal) -> str:
    return f"{of * 100:.0f}%"
