"""Pre-flight: which claims of a month may go, which not, and why."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ccm_core.errors import CcmError
from ccm_core.exchange import exporting
from ccm_core.program import following_up, preflight
from ccm_core.rules import find_rule
from ccm_core.store import db, queries
from pages.parts import (
    acknowledge_many,
    acting,
    claim_bar,
    claim_card,
    downloads,
    empty,
    filters,
    foreign_claims,
    links,
    status,
    tables,
    words,
    working,
)
from pages.parts.guard import check, guard, may

who = guard("pre_flight")

COLUMNS = (
    tables.Column("patient", "Patient", "name", is_link=True),
    tables.Column("status", "Check", "status"),
    tables.Column("codes", "Codes"),
    tables.Column("minutes", "Minutes", "minutes", is_right=True),
    tables.Column("service_on", "Date of service", "service_on"),
    tables.Column("allowed", "Allowed", "allowed", is_right=True),
    tables.Column("open", "Open findings"),
)
STATUSES = {"": "All", "clean": "Clean", "review": "Needs review", "blocked": "Blocked",
            "below": "Nothing to bill"}  # fmt: skip


def run_audit(month: Any) -> None:
    """Audit the month with a bar that counts cases, and a button that stops it."""
    try:
        me = check("pre_flight", "run")
        with working.shown("Audit of the month"), db.session(write=True) as opened:
            run = preflight.run(opened, me, practice.practice_id, month)
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    st.session_state["preflight_said"] = (
        f"{run.cases:,} patients checked, {run.audited:,} of them anew, in {run.took_seconds} s."
    )
    st.rerun()


def kept() -> dict[str, str]:
    """The month and whose claims, as the address has them, for the links of the numbers."""
    gone = ("status", "rule", "sort")
    return {
        name: value for name, value in st.query_params.items()
        if name not in gone and not name.startswith(filters.PLACE)
    }  # fmt: skip


def totals(found: queries.Preflight) -> None:
    """The answer: claims and dollars in each bucket."""
    for place, name in zip(st.columns(4), ("clean", "review", "blocked", "below"), strict=True):
        bucket = getattr(found, name)
        with place.container(border=True, height="stretch"):
            st.html(status.html(name, STATUSES[name]))
            st.metric("Claims" if name != "below" else "Patients", words.number(bucket.claims))
            if name != "below":
                money = words.usd(bucket.allowed_usd, is_estimate=bucket.has_estimate)
                st.caption(f"{words.plain(money)} allowed")
            else:
                st.caption("No threshold reached")
            links.to("pre_flight", "Show them", ":material/arrow_forward:",
                     **{**kept(), "status": name})  # fmt: skip


def row(found: queries.PreflightRow) -> dict[str, Any]:
    blocks = words.many(found.blocks, "block") if found.blocks else ""
    reviews = words.many(found.reviews, "review") if found.reviews else ""
    return {
        "key": tables.patient_key(who, found.patient_id),
        "patient": tables.patient_name(found),
        "status": status.cell(found.bucket),
        "codes": ", ".join(f"{c} x {n}" for c, n in found.units.items()) or words.NOTHING,
        "minutes": words.minutes(found.counted_seconds),
        "service_on": words.day(found.service_on),
        "allowed": words.usd(found.allowed_usd, is_estimate=found.is_estimate),
        "open": ", ".join(part for part in (blocks, reviews) if part) or words.NOTHING,
    }


def held_back(reason: queries.Reason) -> None:
    """One rule that keeps claims from leaving; its title opens the list of these claims."""
    level, title, claims, dollars = st.columns([1.3, 4.5, 1, 1.2], vertical_alignment="center")
    level.html(status.html(reason.level, f"{reason.level} {reason.rule}"))
    with title:
        links.to("pre_flight", find_rule(reason.rule).title, **{**kept(), "rule": reason.rule})
    claims.caption(words.many(reason.claims, "claim"))
    dollars.caption(words.plain(words.usd(reason.allowed_usd)))


def export(month: Any) -> None:
    """The clean claims as files; made at the click, from what is stored then."""
    if not may(who, "pre_flight", "export"):
        return

    def make(kind: str) -> bytes:
        with db.session(write=True) as opened:
            return exporting.billing_file(opened, month, kind).content

    mark = "demo-" if practice.is_demo else ""
    with st.container(horizontal=True):
        for kind, mime in (("csv", exporting.CSV_MIME), ("xlsx", exporting.XLSX_MIME)):
            downloads.offer(
                f"Clean claims as {kind.upper()}", f"{mark}billing-{month}.{kind}",
                lambda kind=kind: make(kind), mime, "pre_flight",
            )  # fmt: skip


with db.session() as opened:
    practice = empty.practice_or_doors(opened, "Pre-flight")

if "claim" in st.query_params:
    claim_card.show(who, practice)
    st.stop()

st.title("Pre-flight")
st.write("Check every claim of a month before it leaves: what may go, what not, and why.")
with db.session() as opened:
    with filters.row() as place:
        shown = filters.month(practice, is_billing=True)
        only = filters.people(opened, practice, who, with_payer=True)
        wanted = filters.choice("status", "Check", STATUSES)
    reasons = queries.top_reasons(opened, practice.practice_id, shown, only=only)
    rules = {"": "All", **{r.rule: f"{r.rule} {find_rule(r.rule).title}" for r in reasons}}
    found = queries.preflight_summary(opened, practice.practice_id, shown, only=only)
    is_outdated = following_up.is_outdated(opened, practice, shown)

filters.refused()
acting.told()
if said := st.session_state.pop("preflight_said", ""):
    st.success(said)
if may(who, "pre_flight", "run") and st.button(
    "Run audit", type="primary", icon=":material/play_arrow:"
):
    run_audit(shown)
if found.audited_at is None:
    empty.nothing(
        f"{words.month(shown)} has not been audited yet.", "Run the audit to see its claims."
    )
    foreign_claims.show(who, practice)
    st.stop()
claim_bar.show(found)
totals(found)
if is_outdated:
    st.warning(
        "Records, rules, tables, fees or settings may have changed since this whole month was "
        "audited: claims below may be judged by what held before. Run the audit to judge them anew."
    )
st.caption(
    f"Audited {words.moment(found.audited_at, practice.time_zone)} · "
    f"policy: {words.policy(found.policy)} · "
    f"tables {found.tables_version} · {words.many(found.acknowledged, 'claim')} clean after a "
    "person acknowledged the review"
)
if reasons:
    st.header("What keeps claims back")
    for reason in reasons:
        held_back(reason)
st.header("Claims")
with filters.row():
    rule = filters.choice("rule", "Held back by", rules, width=360)
    search = filters.search("pre_flight")
filters.refused()
acknowledge_many.show(who, shown, rule, only)
at = tables.asked(COLUMNS, "-allowed")
with db.session() as opened:
    listed = queries.preflight_page(
        opened, practice.practice_id, shown, only=only, status=wanted, rule=rule, search=search,
        sort=at.sort, offset=at.offset,
    )  # fmt: skip
if listed.total:
    tables.listing(
        "claims", COLUMNS, [row(one) for one in listed.rows], listed.total, at,
        alt=f"Claims of {words.month(shown)}", opens=("pre_flight", "claim"),
    )  # fmt: skip
else:
    empty.nothing("No claim fits these filters.", "Choose other filters above.")
export(shown)
foreign_claims.show(who, practice)
