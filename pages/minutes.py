"""Minutes: who reaches the threshold this month, who still can, who cannot."""

from __future__ import annotations

import streamlit as st

from ccm_core.program import lists, progress, time_checks
from ccm_core.store import db, queries, reading
from pages.parts import (
    acting,
    bulk_assign,
    charts,
    empty,
    filters,
    links,
    status,
    tables,
    words,
    work_list,
)
from pages.parts.downloads import offer
from pages.parts.guard import guard, may

who = guard("minutes")

BIN = 5
REACH = {"": "All", **{name: status.look(name).word for name in queries.REACHES}}
COLUMNS = (
    *tables.PATIENT,
    tables.Column("bar", "Minutes", "minutes"),
    tables.Column("standing", "Standing"),
    tables.Column("to_next", "To the next mark", "to_next"),
    tables.Column("pace", "At this pace", is_right=True),
    tables.Column("contact", "Last contact", "last_contact"),
    tables.Column("manager", "Care manager", "care_manager"),
)


def answer(found: queries.Reach, hours: progress.HoursLeft) -> None:
    """How many patients stand where, and the time that is left for the rest."""
    places = st.columns(5)
    for place, name in zip(places, queries.REACHES, strict=False):
        with place:
            links.number(
                status.look(name).title, words.number(getattr(found, name)),
                "minutes", "Show them", **{**st.query_params.to_dict(), "reach": name},
            )  # fmt: skip
    with places[4], st.container(border=True, height="stretch"):
        st.metric("Workdays left", hours.workdays)
        st.caption(said_of(hours) if hours.workdays else "The month is over.")


def said_of(hours: progress.HoursLeft) -> str:
    needed = f"{hours.needed:,.1f} hours needed for all in the program who are within reach."
    return f"{needed} {spare(hours)}"


def spare(hours: progress.HoursLeft) -> str:
    if hours.available is None:
        return "No weekly hours are recorded for the team."
    said = f"The team has {hours.available:,.0f} hours."
    return f"{said} {hours.short:,.1f} hours short." if hours.short else said


def row_of(row: queries.MinutesRow) -> dict[str, object]:
    look = status.look(row.reach)
    pace = progress.pace_minutes(row.counted_seconds, month, today)
    return {
        **tables.patient_cells(who, row),
        "bar": tables.bar(
            row.counted_seconds, marks_of[row.path, row.next_threshold_minutes], look.color
        ),
        "standing": look.cell,
        "to_next": to_next(row),
        "pace": f"{pace} min" if pace is not None else None,
        "contact": words.day_at(row.last_contact_at, practice.time_zone),
        "manager": team.get(row.care_manager_id, row.care_manager_id) or None,
    }


def to_next(row: queries.MinutesRow) -> str:
    if row.minutes_to_next is None:
        return "all marks reached"
    return f"{row.minutes_to_next} min to {row.next_threshold_minutes}"


st.title("Minutes")
st.write("Counted minutes of each patient against the next threshold of the month.")
acting.told()
with db.session() as opened:
    practice = empty.practice_or_doors(opened)
    today = filters.today(practice)
    row = filters.row()
    month = filters.month(practice, where=row)
    only = filters.people(opened, practice, who, where=row, with_payer=True)
    staff = reading.staff(opened, practice.practice_id)
    team = {person.staff_id: person.name for person in staff}
    key = (opened, practice.practice_id, month)
    counts = queries.reach_counts(*key, only=only, today=today)
    counting = time_checks.counting(staff)
    hours = progress.hours_left(opened, practice, counting, month, today, only)
    bins = queries.minute_histogram(*key, only=only, bin_minutes=BIN)
    filters.refused()
    if not counts.total:
        empty.nothing(
            f"There are no minutes for {words.month(month)} with these filters.",
            "Nobody was enrolled or worked on, or the month was not audited yet.",
        )
        st.stop()
    answer(counts, hours)
    st.caption(words.holidays(month, today))
    marks = progress.marks(practice, month)
    charts.histogram(bins, BIN, marks, "Patients by counted minutes, with the thresholds marked")
    if work_list.show(opened, who, practice, month, today, only, team):
        st.stop()
    st.header("Patients")
    row = filters.row()
    reach = filters.switch("reach", "Standing", REACH, where=row)
    search = filters.search("minutes", where=row)
    at = tables.asked(COLUMNS, "to_next")
    filters.refused()
    page = queries.minutes_page(
        *key, only=only, reach=reach, search=search, sort=at.sort, limit=at.limit,
        offset=at.offset, today=today,
    )  # fmt: skip
if page.total:
    marks_of = {
        one: progress.marks(practice, month, *one)
        for one in {(r.path, r.next_threshold_minutes) for r in page.rows}
    }
    rows = [row_of(one) for one in page.rows]
    tables.listing("minutes", COLUMNS, rows, page.total, at, alt="Patients with their minutes")
    with db.session() as opened:
        bulk_assign.show(opened, who, page.rows, month, "minutes")
else:
    empty.nothing("No patient matches.", "Change the search or the standing above.")
if may(who, "minutes", "export"):
    practice_id, mark = practice.practice_id, "demo-" if practice.is_demo else ""
    offer(
        "Export the list as CSV", f"{mark}minutes-{month}.csv",
        lambda: lists.minutes_csv(who, practice_id, month, only, today, reach),
        "text/csv", "minutes",
    )  # fmt: skip
