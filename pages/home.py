"""Home: what needs this person today, and what happened lately."""

from __future__ import annotations

from datetime import datetime
from operator import itemgetter
from typing import Any

import streamlit as st
from sqlmodel import Session

from ccm_core import workdays
from ccm_core.access.permissions import ROLE_NAMES, is_aggregate_reader
from ccm_core.months import Month
from ccm_core.program import health, home_told, panel, progress, time_checks
from ccm_core.records import Practice
from ccm_core.store import db, queries, reading
from ccm_core.store.queries import EVERYBODY
from pages.parts import (
    calendar,
    cards,
    empty,
    filters,
    funnel,
    links,
    own_word,
    status,
    tables,
    words,
)
from pages.parts.guard import guard, may

who = guard("home")

SAID = {
    "practice_manager": "Where the program stands today, and where people wait for you.",
    "billing_lead": "Last month's claims before they leave, and what came back.",
    "care_manager": "Your patients this month: who is near a threshold and who waits for a call.",
    "practitioner": "What waits for your word, and how the practice stands this month.",
    "auditor": "What was checked, by whom it was let through, and what is not verified.",
    "consultant": "The program in numbers. No patients are shown to consultants.",
}
MINE = (
    *tables.PATIENT,
    tables.Column("bar", "Minutes"),
    tables.Column("to_next", "To the next mark"),
    tables.Column("contact", "Last contact"),
)


def my_list(session: Session, practice: Practice, home: queries.Home, only: queries.Only) -> None:
    """The patients of a care manager who are nearest to a threshold."""
    st.header("My patients, nearest to a threshold first")
    page = queries.minutes_page(
        session, practice.practice_id, home.month, only=only, reach="within", limit=10, today=today
    )
    rows: list[dict[str, Any]] = [
        {
            **tables.patient_cells(who, row),
            "bar": tables.bar(
                row.counted_seconds,
                progress.marks(practice, home.month, row.path, row.next_threshold_minutes),
                status.WARN,
            ),
            "to_next": f"{row.minutes_to_next} min to {row.next_threshold_minutes}",
            "contact": words.day_at(row.last_contact_at, practice.time_zone),
        }
        for row in page.rows
    ]
    if rows:
        tables.whole("mine", MINE, rows, alt="My patients")
        links.to("minutes", f"All {page.total}", ":material/arrow_forward:", reach="within")
    else:
        empty.nothing("Nobody on your panel is within reach of a threshold right now.")


def activity(session: Session, practice: Practice) -> None:
    """The newest audits and imports."""
    found = [
        (run.created_at, f"Audit of {words.month(run.month)}: {run.clean:,} clean, "
         f"{run.review:,} to review, {run.blocked:,} blocked")
        for run in queries.recent_runs(session, practice.practice_id)
    ]  # fmt: skip
    if may(who, "imports", "view"):
        found += [
            (batch.created_at, f"Import: {batch.accepted:,} rows accepted, "
             f"{batch.rejected:,} rejected")
            for batch in queries.recent_imports(session, practice.practice_id)
        ]  # fmt: skip
    lines(found, practice)
    if found:
        st.caption("Numbers as they were at that time.")


def lines(found: list[tuple[datetime, str]], practice: Practice) -> None:
    """What happened lately, newest first."""
    st.header("Recent activity")
    if not found:
        empty.nothing("Nothing was imported or audited yet.")
    for at, said in sorted(found, key=itemgetter(0), reverse=True)[:6]:
        st.markdown(f":gray[{words.moment(at, practice.time_zone)}]  \n{words.plain(said)}")


def today_side(month: Month, billing: Month, is_closed: bool) -> None:
    """The calendar of this month, and whether the month before is closed."""
    st.header("This month")
    calendar.month(month, today)
    left = words.many(workdays.left(month, today), "workday")
    state = "is closed" if is_closed else "is not closed yet"
    st.caption(
        f"{words.day(today)}. {left} left until {words.day(month.last_day)}. "
        f"{words.holidays(month, today)} {words.month(billing)} {state}."
    )


def of_aggregates(session: Session, practice: Practice) -> None:
    """The page of those who see no patient: what was published of the last full month."""
    told = home_told.home_told(session, who, practice.practice_id)
    if told is None:
        empty.nothing(health.NOT_YET)
        return
    cards.show(cards.of_aggregates(told))
    left, right = st.columns([2, 1], gap="large")
    with left:
        lines([(at, f"Audit of {words.month(month)}") for at, month in told.audits], practice)
    with right:
        today_side(Month.of(today), told.month, told.is_closed)


st.title("Home")
st.write(SAID.get(who.role, f"What needs you today, {ROLE_NAMES[who.role].lower()}."))
with db.session() as opened:
    practice = empty.practice_or_doors(opened)
    today = filters.today(practice)
    if is_aggregate_reader(who):
        of_aggregates(opened, practice)
        st.stop()
    only = panel.narrowed(who, EVERYBODY)
    home = queries.home_cards(opened, practice.practice_id, today, only=only)
    team = reading.staff(opened, practice.practice_id)
    counting = time_checks.counting(team)
    hours = progress.hours_left(opened, practice, counting, home.month, today, only)
    mark = progress.marks(practice, home.month)[0]
    cards.show(cards.of_role(who.role, home, hours, mark, practice.time_zone))
    if may(who, "patient", "sign"):
        own_word.show(opened, who)
    if panel.is_bound(who):
        my_list(opened, practice, home, only)
    left, right = st.columns([2, 1], gap="large")
    with left:
        if may(who, "enrollment", "view") and not panel.is_bound(who):
            st.header("From eligible to paid")
            funnel.draw(home.funnel, ("enrollment", "step"), funnel.SHORT)
        activity(opened, practice)
    with right:
        today_side(home.month, home.billing_month, home.is_closed)
