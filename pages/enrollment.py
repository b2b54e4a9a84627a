"""Enrollment: where patients fall out on the way to a paid month, and who is waiting."""

from __future__ import annotations

from datetime import date, timedelta

import streamlit as st

from ccm_core.program import lists
from ccm_core.store import db, queries, reading
from pages.parts import (
    acting,
    bulk_assign,
    charts,
    empty,
    filters,
    funnel,
    status,
    tables,
    waiting_work,
    words,
)
from pages.parts.downloads import offer
from pages.parts.guard import guard, may

who = guard("enrollment")

SPLITS = {"": "All", "practitioner": "Practitioner", "care_manager": "Care manager",
          "location": "Location"}  # fmt: skip
WAITING = (
    *tables.PATIENT, tables.Column("days", "Waiting", "since"), tables.Column("next", "Next date"),
    tables.Column("status", "Status"), tables.Column("manager", "Care manager", "care_manager"),
    tables.Column("doctor", "Practitioner", "practitioner"), tables.Column("place", "Location"),
)  # fmt: skip


def waiting_list(step: str) -> None:
    at = tables.asked(WAITING, "since")
    filters.refused()
    page = queries.stalled(
        *key, step, only=only, search=search, sort=at.sort, limit=at.limit, offset=at.offset,
        today=today,
    )  # fmt: skip
    if not page.total:
        empty.nothing(f"Nobody waits for “{funnel.NAMES[step]}” with these filters.")
        return
    st.caption(f"{queries.NEXT_ACTION[step]}. {words.many(page.total, 'patient')}.")
    rows = [
        {**tables.patient_cells(who, r), "days": words.many(r.days_waiting(today), "day"),
         "next": words.day(r.next_on), "status": status.cell(r.status),
         "manager": people.get(r.care_manager_id, r.care_manager_id) or None,
         "doctor": people.get(r.practitioner_npi, r.practitioner_npi) or None,
         "place": r.location or None}
        for r in page.rows
    ]  # fmt: skip
    tables.listing("waiting", WAITING, rows, page.total, at, alt="Patients who wait for a step")
    waiting_work.act_on(who, page.rows, today, people)
    bulk_assign.show(opened, who, page.rows, month, "waiting")


def trend(until: date) -> None:
    points = queries.funnel_trend(opened, practice.practice_id, until, only=only)
    rows = [{"on": p.on.isoformat(), "step": funnel.NAMES[p.step], "patients": p.patients}
            for p in points]  # fmt: skip
    names = [funnel.NAMES[step] for step in queries.STEPS[:5]]
    charts.trend(rows, "on", "patients", "step", names, "Patients at each step by week",
                 title="Patients")  # fmt: skip
    st.caption("“Active this month” begins anew on the first day of each month.")


def reasons(until: date) -> None:
    found = queries.leaving_reasons(
        opened, practice.practice_id, until - timedelta(days=364), until
    )
    if not found:
        empty.nothing("Nobody declined or left in the twelve months before.")
        return
    st.caption("Of the whole practice, in the twelve months before.")
    rows = [
        {"reason": f"{status.look(kind).word.capitalize()}: {reason or 'no reason recorded'}",
         "patients": number}
        for kind, reason, number in found[:20]
    ]  # fmt: skip
    charts.bars(rows, "reason", "patients", "Reasons for declining and leaving", title="Patients")


st.title("Enrollment")
st.write("Where patients fall out between eligible and paid, and what is new since last week.")
acting.told()
with db.session() as opened:
    practice = empty.practice_or_doors(opened)
    today = filters.today(practice)
    row = filters.row()
    month = filters.month(practice, where=row)
    only = filters.people(opened, practice, who, where=row)
    people = {p.npi: p.name for p in reading.practitioners(opened, practice.practice_id)}
    people |= {p.staff_id: p.name for p in reading.staff(opened, practice.practice_id)}
    key = (opened, practice.practice_id, month)
    whole = queries.funnel(*key, only=only, today=today)[0]
    by = filters.switch("by", "Show", SPLITS)
    filters.refused()
    if by:
        groups = queries.funnel(*key, by=by, only=only, today=today)
        funnel.side_by_side(groups, SPLITS[by], people, opens=("", by))
    else:
        funnel.draw(whole, opens=("", "step"))
        if month.last_day < today:
            st.caption(
                f"{words.month(month)} is over: steps as they stood at its end, claims as they "
                "stand today."
            )
    lists_tab, trend_tab, reasons_tab = st.tabs(
        ["Who is waiting", "Weekly trend", "Why patients decline or leave"],
        key="enrollment_tabs", on_change="rerun",
    )  # fmt: skip
    with lists_tab:
        row = filters.row()
        steps = {step: funnel.NAMES[step] for step in queries.STEPS[1:]}
        step = filters.choice("step", "Waiting for", steps, "consented", where=row, width=220)
        search = filters.search("enrollment", where=row)
        waiting_list(step)
    until = min(today, month.last_day)
    if trend_tab.open:
        with trend_tab:
            trend(until)
    if reasons_tab.open:
        with reasons_tab:
            reasons(until)
if may(who, "enrollment", "export"):
    practice_id, mark = practice.practice_id, "demo-" if practice.is_demo else ""
    offer("Export the waiting list as CSV", f"{mark}waiting-{step}-{month}.csv",
          lambda: lists.stalled_csv(who, practice_id, month, step, only, today),
          "text/csv", "enrollment")  # fmt: skip
