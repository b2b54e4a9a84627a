"""Program health: the rates that say whether the program lives, against dated targets."""

from __future__ import annotations

import streamlit as st

from ccm_core.errors import CcmError
from ccm_core.program.digest import ACTIONS, digest, said
from ccm_core.program.health import Health, Measure, health
from ccm_core.sources import source
from ccm_core.store import db, queries
from pages.parts import charts, downloads, empty, filters, funnel, links, status, tables, words
from pages.parts.guard import guard, may

who = guard("program_health")

LOOKS = {
    "good": ("●", "within the target", status.GOOD),
    "between": ("◆", "near the target", status.WARN),
    "alarm": ("■", "beyond the warning", status.BAD),
    "hidden": ("○", "hidden: one to ten", status.QUIET),
    "": ("○", "nothing to rate yet", status.QUIET),
}
OPENS = {
    "denial_rate": ("claims", "Open Claims"),
    "ar_days": ("claims", "Open Claims"),
    "clean_claim_rate": ("claims", "Open Claims"),
    "enrollment_rate": ("enrollment", "Open Enrollment"),
    "enrollment_growth": ("enrollment", "Open Enrollment"),
    "churn_rate": ("enrollment", "Open Enrollment"),
    "billable_share": ("pre_flight", "Open Pre-flight"),
    "unseen_share": ("minutes", "Open Minutes"),
}
STEPS = (tables.Column("step", "Step"), tables.Column("many", "Patients", is_right=True))
WEEK = (tables.Column("what", "What"), tables.Column("many", "How many", is_right=True))


def card(measure: Measure) -> None:
    """One measure: the number, its standing in words, the target with its source."""
    with st.container(border=True, height="stretch"):
        st.metric(measure.label, said(measure, measure.value))
        mark, word, color = LOOKS[measure.standing]
        st.html(f'<span aria-hidden="true" style="color:{color}">{mark}</span> '
                f'<span style="font-weight:600">{word}</span>')  # fmt: skip
        ends = f"Target {said(measure, measure.target)}, warning {said(measure, measure.alarm)}."
        st.caption(words.plain(f"{ends} {measure.counts}".strip()),
                   help=f"{measure.note}. {cited(measure.cite)}")  # fmt: skip
        page, label = OPENS[measure.name]
        if may(who, page, "view"):
            links.to(page, label, ":material/arrow_forward:")


def cited(cite: str) -> str:
    """Who says so: the authority and the place."""
    source_id, _, place = cite.partition("#")
    found = source(source_id)
    return f"{found.authority}: {place}" if place else found.authority


def weekly(found: Health) -> None:
    """The digest as a section: what first, and what happened."""
    st.header("Weekly digest")
    if found.alarms:
        st.markdown("\n".join(
            ["First this week:", "", *(
                f"{place}. **{m.label}** {words.plain(said(m, m.value))}. {ACTIONS[m.name]}"
                for place, m in enumerate(found.alarms, start=1)
            )]
        ))  # fmt: skip
    else:
        st.write("Nothing is beyond a warning.")
    rows = [{"what": what, "many": many} for what, many in found.week]
    tables.whole("week", WEEK, rows, alt="The week in counts")


def steps(found: Health) -> None:
    """Enrollment in one table for those who see aggregates only; others have a page for it."""
    st.header("Enrollment by step")
    rows = [{"step": funnel.NAMES[name], "many": many} for name, many in found.steps]
    tables.whole("steps", STEPS, rows, alt="Patients at each step of enrollment")
    st.caption(
        "At the end of the last full month. Each step is a part of the one before. A step is "
        "hidden when it, or what was lost since the last one shown, is one to ten. Claims of a "
        "month leave after its end: Billed and Paid count what was sent and paid by that day."
    )


def trend() -> None:
    """Enrollment by week: a flat line is the warning. Not for those who see aggregates only."""
    st.header("Enrollment by week")
    points = queries.funnel_trend(
        opened, practice.practice_id, today, steps=("eligible", "consented", "care_plan")
    )
    rows = [{"on": p.on.isoformat(), "step": funnel.NAMES[p.step], "patients": p.patients}
            for p in points]  # fmt: skip
    names = [funnel.NAMES[step] for step in ("eligible", "consented", "care_plan")]
    charts.trend(rows, "on", "patients", "step", names, "Patients enrolled by week",
                 title="Patients")  # fmt: skip


st.title("Program health")
st.write("Does the program live: claims that come back paid, patients who join, stay and are seen.")
with db.session() as opened:
    practice = empty.practice_or_doors(opened)
    today = filters.today(practice)
    try:
        found = health(opened, who, today)
    except CcmError as refused:
        st.error(words.refused(refused))
        st.stop()
    when = "at the end of the last full month" if found.is_aggregate else "as of today"
    st.caption(f"Claims of twelve service months; people {when}, {words.day(found.on)}.")
    for start in range(0, len(found.measures), 4):
        for place, measure in zip(st.columns(4), found.measures[start : start + 4], strict=True):
            with place:
                card(measure)
    if found.is_aggregate:
        st.info("Your role sees aggregates only: counts of one to ten, and rates that would tell "
                "them, are hidden.")  # fmt: skip
    weekly(found)
    if found.is_aggregate:
        steps(found)
    else:
        trend()
if may(who, "program_health", "export"):
    name = f"{'demo-' if practice.is_demo else ''}weekly-digest-{today.isoformat()}.html"
    downloads.offer("The digest as a file (HTML)", name, lambda: digest(who, today),
                    "text/html; charset=utf-8", "program_health")  # fmt: skip
