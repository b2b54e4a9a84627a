"""Home: what needs this person today, and what happened lately."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

import streamlit as st
from sqlmodel import Session

from ccm_core.access.permissions import ROLE_NAMES
from ccm_core.program import health, panel, progress, time_checks
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
    st.subheader("My patients, nearest to a threshold first")
    page = queries.minutes_page(
        session, practice.practice_id, home.month, only=only, reach="within", limit=10, today=today
    )
    rows: list[dict[str, Any]] = [
        {
            **tables.patient_cells(who, row),
            "bar": tables.bar(
                row.counted_seconds, progress.marks(practice, home.month, row.path), status.WARN
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
    """The newest audits and imports. No counts for outsiders: two audits tell one patient."""
    st.subheader("Recent activity")
    zone = practice.time_zone
    found = [
        (run.created_at, f"Audit of {words.month(run.month)}" + (
            f": {run.clean:,} clean, {run.review:,} to review, {run.blocked:,} blocked"
            if may(who, "patient", "identify") else ""
        ))
        for run in queries.recent_runs(session, practice.practice_id)
    ]  # fmt: skip
    if may(who, "imports", "view"):
        found += [
            (batch.created_at, f"Import: {batch.accepted:,} rows accepted, "
             f"{batch.rejected:,} rejected")
            for batch in queries.recent_imports(session, practice.practice_id)
        ]  # fmt: skip
    if not found:
        empty.nothing("Nothing was imported or audited yet.")
    for at, said in sorted(found, key=itemgetter(0), reverse=True)[:6]:
        st.markdown(f":gray[{words.moment(at, zone)}]  \n{words.plain(said)}")


st.title("Home")
st.write(SAID.get(who.role, f"What needs you today, {ROLE_NAMES[who.role].lower()}."))
with db.session() as opened:
    practice = empty.practice_or_doors(opened)
    today = filters.today(practice)
    only = panel.narrowed(who, EVERYBODY)
    home = queries.home_cards(opened, practice.practice_id, today, only=only)
    team = reading.staff(opened, practice.practice_id)
    counting = time_checks.counting(team)
    hours = progress.hours_left(opened, practice, counting, home.month, today, only)
    mark = progress.marks(practice, home.month)[0]
    if may(who, "patient", "identify"):
        cards.show(cards.of_role(who.role, home, hours, mark))
    else:
        steps = health.steps_told(opened, who, practice.practice_id, today)
        cards.show(cards.of_aggregates(steps, home))
    if may(who, "patient", "sign"):
        own_word.show(opened, who)
    if panel.is_bound(who):
        my_list(opened, practice, home, only)
    left, right = st.columns([3, 2], gap="large")
    with left:
        if may(who, "enrollment", "view") and not panel.is_bound(who):
            st.subheader("From eligible to paid")
            funnel.draw(home.funnel, ("enrollment", "step"), funnel.SHORT)
        activity(opened, practice)
    with right:
        st.subheader("This month")
        calendar.month(home.month, today)
        state = "is closed" if home.is_closed else "is not closed yet"
        st.caption(
            f"{words.day(today)}. {words.many(home.workdays_left, 'workday')} left until "
            f"{words.day(home.month.last_day)}. {words.month(home.billing_month)} {state}."
        )
