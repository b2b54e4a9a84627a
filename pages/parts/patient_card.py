"""The pieces of the patient page: header, timeline, and one table for each tab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from ccm_core.months import said_text
from ccm_core.program import progress
from ccm_core.program.chart import Chart
from ccm_core.records import CarePlan, Practice
from pages.parts import empty, status, tables, words

KINDS = {
    "": "Everything", "status": "Status", "outreach": "Outreach", "consent": "Consent",
    "care_plan": "Care plan",
    "time": "Time", "visit": "Visits", "stay": "Stays", "condition": "Conditions",
    "coverage": "Coverage", "claim": "Claims",
}  # fmt: skip
STORY_ROWS = 100


def head(chart: Chart, practice: Practice, people: Mapping[str, str]) -> None:
    """Who this is and where the month stands, in one look."""
    p = chart.patient
    st.header(words.plain(words.name(p.family_name, p.given_name)))
    born = f"born {words.day(p.born_on)}" if p.born_on else ""
    died = f"died {words.day(p.died_on)}" if p.died_on else ""
    facts = [f"MRN {p.mrn}" if p.mrn else "", born, died, p.location,
             people.get(p.practitioner_npi, ""), people.get(p.care_manager_id, "")]  # fmt: skip
    st.caption(" · ".join(words.plain(fact) for fact in facts if fact))
    places = st.columns(5)
    consent, plan, payer = chart.consent, chart.care_plan, chart.payer
    kept = [c for c in chart.conditions if c.is_chronic and c.ended_on is None]
    _fact(places[0], "Status", status.look(p.status).title, "")
    _fact(
        places[1],
        "Consent",
        words.sentence(consent.mode) if consent else "None",
        words.day(consent.given_on) if consent else "No consent holds in this month.",
    )
    _fact(
        places[2],
        "Care plan",
        words.day(plan.created_on) if plan else "None",
        _reviewed(plan) if plan else "There is no care plan.",
    )
    _fact(
        places[3],
        "Payer",
        payer.name or words.payer(payer.kind) if payer else "Not known",
        words.payer(payer.kind) if payer else "No coverage is recorded.",
    )
    confirmed = sum(bool(c.confirmed_by) for c in kept)
    _fact(places[4], "Chronic conditions", str(len({c.group or c.code for c in kept})),
          f"{confirmed} of {len(kept)} confirmed")  # fmt: skip
    _month_bar(chart, practice)


def _reviewed(plan: CarePlan) -> str:
    return f"Reviewed {words.day(plan.reviewed_on)}" if plan.reviewed_on else "Not reviewed since"


def _fact(place: Any, label: str, value: str, note: str) -> None:
    with place.container(border=True, height="stretch"):
        st.caption(label)
        st.markdown(f"**{words.plain(value)}**")
        if note:
            st.caption(words.plain(note))


def _month_bar(chart: Chart, practice: Practice) -> None:
    result = chart.result
    if result is None:
        empty.nothing(f"{words.month(chart.month)} was not audited for this patient.")
        return
    look = status.look("below" if result.is_below_threshold else result.effective_status)
    left, following = result.minutes_to_next, result.next_threshold_minutes
    marks = progress.marks(practice, chart.month, result.path, following)
    row = {
        "month": words.month(chart.month),
        "bar": tables.bar(result.counted_seconds, marks, look.color),
        "to_next": f"{left} min to {following}" if left else "all reached",
        "logged": words.minutes(result.logged_seconds),
        "leftover": words.minutes(result.leftover_seconds),
        "codes": ", ".join(f"{code} x {n}" for code, n in result.units.items()) or words.NOTHING,
        "allowed": words.usd(result.allowed_usd, is_estimate=result.is_estimate),
        "check": look.cell,
    }
    tables.whole("month", _of("month Month", "bar Counted", "to_next To the next mark",
                              "logged Logged", "leftover Left over", "codes Codes",
                              "allowed Allowed", "check Check"), [row],
                 alt="The month of this patient")  # fmt: skip


def _of(*named: str) -> tuple[tables.Column, ...]:
    """Columns from "field Title" pairs."""
    return tuple(tables.Column(*text.split(" ", 1)) for text in named)


def _table(name: str, columns: tuple[tables.Column, ...], rows: list[dict[str, Any]],
           nothing: str) -> None:  # fmt: skip
    if rows:
        tables.whole(name, columns, rows, alt=name)
    else:
        empty.nothing(nothing)


def timeline(chart: Chart, practice: Practice, kind: str) -> None:
    """Everything that happened, newest first."""
    events = [e for e in chart.story if not kind or e.kind == kind]
    rows = [
        {"on": words.moment(e.at, practice.time_zone) if e.at else words.day(e.on),
         "kind": KINDS.get(e.kind, e.kind), "title": words.sentence(said_text(e.title)),
         "detail": e.detail}
        for e in events[:STORY_ROWS]
    ]  # fmt: skip
    _table("Timeline", _of("on When", "kind Kind", "title What", "detail Detail"), rows,
           "Nothing is recorded.")  # fmt: skip
    if len(events) > STORY_ROWS:
        st.caption(f"The newest {STORY_ROWS} of {len(events):,}. Choose a kind for the others.")


def conditions(chart: Chart, people: Mapping[str, str]) -> None:
    rows = [
        {"code": c.code, "label": c.label or words.NOTHING, "group": words.sentence(c.group),
         "chronic": {True: "chronic", False: "not chronic", None: "not known"}[c.is_chronic],
         "word": status.LOOKS["PASS"].cell | {"text": "confirmed"} if c.confirmed_by
         else status.LOOKS["REVIEW"].cell | {"text": "proposed only"},
         "by": people.get(c.confirmed_by, c.confirmed_by) or words.NOTHING,
         "on": words.day(c.confirmed_on), "ended": words.day(c.ended_on)}
        for c in chart.conditions
    ]  # fmt: skip
    _table("Conditions", _of("code Code", "label Condition", "group Group", "chronic Proposed as",
                             "word Practitioner's word", "by By", "on On", "ended Ended"),
           rows, "No conditions are recorded.")  # fmt: skip


def consents(chart: Chart, people: Mapping[str, str]) -> None:
    rows = [
        {"given": words.day(c.given_on), "mode": c.mode, "told": words.listed(sorted(c.elements)),
         "by": people.get(c.taken_by, c.taken_by) or words.NOTHING,
         "revoked": words.day(c.revoked_on)}
        for c in sorted(chart.consents, key=lambda c: c.given_on, reverse=True)
    ]  # fmt: skip
    _table("Consent", _of("given Given", "mode How", "told The patient was told of", "by Taken by",
                          "revoked Revoked"), rows, "No consent is recorded.")  # fmt: skip


def care_plans(chart: Chart) -> None:
    rows = [
        {"made": words.day(p.created_on), "reviewed": words.day(p.reviewed_on),
         "copy": words.day(p.copy_given_on), "signed": words.day(p.signed_on),
         "by": p.signed_by or words.NOTHING, "ended": words.day(p.ended_on),
         "parts": words.listed(sorted(p.elements))}
        for p in sorted(chart.care_plans, key=lambda p: p.created_on, reverse=True)
    ]  # fmt: skip
    _table("Care plans", _of("made Made", "reviewed Reviewed", "copy Copy given", "signed Signed",
                             "by By", "ended Ended", "parts Parts"),
           rows, "There is no care plan.")  # fmt: skip


def minutes(chart: Chart, practice: Practice, people: Mapping[str, str]) -> None:
    rows = [
        {"at": words.began_of(e.entry, practice.time_zone),
         "who": people.get(e.entry.staff_id, e.entry.staff_id) or words.sentence(e.entry.actor),
         "what": words.sentence(e.entry.activity) or words.NOTHING,
         "logged": words.span(e.entry.seconds),
         "counted": status.LOOKS["PASS" if e.counted_seconds else "N/A"].cell
         | {"text": words.span(e.counted_seconds)},
         "why": "; ".join(f"{words.span(s)} {why}" for s, why in e.excluded) or words.NOTHING,
         "note": e.entry.note or words.NOTHING}
        for e in sorted(chart.entries, key=lambda e: e.entry.started_at, reverse=True)
    ]  # fmt: skip
    _table("Minutes", _of("at Began", "who Who", "what Activity", "logged Logged",
                          "counted Counted", "why Not counted because", "note Note"), rows,
           f"No time was logged in {words.month(chart.month)}.")  # fmt: skip


def claims(chart: Chart) -> None:
    rows = [
        {"month": words.month(c.month), "code": f"{c.code} x {c.units}",
         "service": words.day(c.service_on), "sent": words.day(c.created_on),
         "state": status.cell(c.status), "charge": words.usd(c.charge_usd),
         "paid": words.usd(c.paid_usd), "why": ", ".join(c.adjustments) or words.NOTHING}
        for c in sorted(chart.claims, key=lambda c: (c.month, c.code), reverse=True)
    ]  # fmt: skip
    _table("Claims", _of("month Month", "code Code", "service Date of service", "sent Sent",
                         "state Status", "charge Charge", "paid Paid", "why Adjustments"), rows,
           "There are no claims to show.")  # fmt: skip


def findings(chart: Chart) -> None:
    rows = [
        {"level": status.cell(f.level), "rule": f.rule, "said": said_text(f.summary), "fix": f.fix,
         "ack": f.reason or words.NOTHING}
        for f in chart.findings
    ]  # fmt: skip
    _table("Findings", _of("level Level", "rule Rule", "said Finding", "fix What to do",
                           "ack Acknowledged because"), rows,
           f"The audit of {words.month(chart.month)} has nothing to say.")  # fmt: skip
