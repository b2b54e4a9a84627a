"""Claims and denials: what was paid, what was denied, what is forgotten."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ccm_core.months import Month
from ccm_core.program import claims_view
from ccm_core.store import db, queries
from ccm_core.store.queries.receivables import Span, Wanted
from pages.parts import (
    claim_batch,
    claims_answer,
    collections,
    downloads,
    empty,
    filters,
    remittance,
    rework,
    status,
    tables,
    words,
)
from pages.parts.guard import guard, may

who = guard("claims")
VIEWS = {"": "What became of claims", "run": "Claim run", "remittances": "Remittances",
         "collections": "Collections", "rework": "Rework and refunds"}  # fmt: skip
PARTS = {"run": claim_batch.show, "remittances": remittance.show,
         "collections": collections.show, "rework": rework.show}  # fmt: skip
PERIODS = {"3": "Last 3 months", "6": "Last 6 months", "12": "Last 12 months",
           "36": "Last 36 months"}  # fmt: skip
STATUSES = {"": "All", **{name: status.look(name).title
            for name in ("submitted", "paid", "denied", "replaced", "voided")}}  # fmt: skip
HYPHEN, SPACE = "\u2011", "\u00a0"  # where a line may not break
LISTED = ("status", "reason", "age")
COLUMNS = (
    tables.Column("patient", "Patient", "name", is_link=True),
    tables.Column("claim", "Claim / line"),
    tables.Column("month", "Month", "month"),
    tables.Column("code", "Code", "code"),
    tables.Column("status", "Status", "status"),
    tables.Column("sent", "Sent", "created"),
    tables.Column("charge", "Charged", "charge", is_right=True),
    tables.Column("paid", "Paid", "paid", is_right=True),
    tables.Column("answer", "Answer"),
)


def kept() -> dict[str, str]:
    """The address without what narrows the list, for the links of the numbers."""
    gone = (*LISTED, "sort", filters.PLACE)
    return {name: value for name, value in st.query_params.items() if name not in gone}


def row(found: queries.ClaimRow) -> dict[str, Any]:
    codes = ", ".join(found.adjustments).replace("-", HYPHEN)
    when = words.day(found.paid_on) if found.paid_on else ""
    return {
        "key": tables.patient_key(who, found.patient_id),
        "patient": tables.patient_name(found),
        "claim": f"{found.claim_id}{SPACE}/{SPACE}{found.line}",
        "month": words.month(found.month),
        "code": f"{found.code} x {found.units}",
        "status": status.cell(found.status),
        "sent": words.day(found.created_on),
        "charge": words.usd(found.charge_usd),
        "paid": words.usd(found.paid_usd),
        "answer": " · ".join(part for part in (when, codes) if part) or words.NOTHING,
    }


def export(span: Span, wanted: Wanted) -> None:
    """The list as a file, whole; made at the click."""
    if not may(who, "claims", "export"):
        return

    def make() -> bytes:
        with db.session() as opened:
            return claims_view.lines_csv(opened, who, span, wanted, today)

    name = f"{'demo-' if practice.is_demo else ''}claims-{span.first}-to-{span.last}.csv"
    downloads.offer("The list as CSV", name, make, "text/csv; charset=utf-8", "claims")


def narrowing(found: claims_view.Overview) -> Wanted:
    """What the list is narrowed to."""
    reasons = {"": "All", **{r.code: f"{r.code} {r.meaning}" for r in found.reasons}}
    ages = {age.label: age for age in found.ages}
    with filters.row():
        wanted = filters.choice("status", "Status", STATUSES)
        reason = filters.choice("reason", "Denied for", reasons, width=320)
        label = filters.choice("age", "Open for days", {"": "All", **{a: a for a in ages}})
        search = filters.search("claims")
    age = ages.get(label)
    return Wanted(
        wanted, reason, age.last_day if age else None, age.first_day if age else None, search
    )


st.title("Claims and denials")
st.write("What was sent, what was paid, what came back and why, and what nobody answered yet.")
with db.session() as opened:
    practice = empty.practice_or_doors(opened)
view = "rework" if rework.is_opened() else filters.switch("view", "View", VIEWS)
if view:
    PARTS[view](who, practice)
    filters.refused()
    st.stop()
with db.session() as opened:
    today = filters.today(practice)
    with filters.row():
        period = filters.choice("period", "Service months", PERIODS, "12", width=170)
        only = filters.people(opened, practice, who, with_payer=True)
    last = Month.of(today)
    span = Span(practice.practice_id, last.plus(1 - int(period)), last, only)
    found = claims_view.overview(opened, who, span, today)
if not found.standing.sent:
    filters.refused()
    empty.nothing(
        "No claim of these months is on record with these filters.",
        "Choose more months, or bring claims in on Imports (CSV, 837P and 835 files).",
    )
    st.stop()
told = st.empty()  # above the numbers, though some filters stand below them
claims_answer.numbers(found, kept())


claims_answer.pareto(found)

claims_answer.aging(found)
st.header("Claim lines")
wanted = narrowing(found)
at = tables.asked(COLUMNS, "-created")
with told:
    filters.refused()
with db.session() as opened:
    page = claims_view.lines(opened, who, span, wanted, today, at.sort, at.offset)
if page.total:
    tables.listing(
        "claims", COLUMNS, [row(one) for one in page.rows], page.total, at,
        alt="Claim lines, the newest first",
    )  # fmt: skip
else:
    empty.nothing("No claim line fits these filters.", "Choose other filters above.")
export(span, wanted)
