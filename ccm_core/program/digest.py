"""The weekly digest as one file: what is beyond a warning, what happened, what to do first."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from html import escape

from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.months import said_day
from ccm_core.program.health import PAGE, Health, Measure, health
from ccm_core.store import db
from ccm_core.tables import tables_version

MARKS = {"good": "● within the target", "between": "◆ near the target",
         "alarm": "■ beyond the warning", "hidden": "○ hidden: one to ten",
         "": "○ nothing to rate yet"}  # fmt: skip
ACTIONS = {
    "denial_rate": "Open Claims and denials and start with the reason that costs most.",
    "ar_days": "Ask payers about claims without an answer for more than 30 days.",
    "clean_claim_rate": "Run Pre-flight before sending and mend what it blocks.",
    "enrollment_rate": "Work the waiting list on Enrollment, longest waiting first.",
    "enrollment_growth": "Enrollment stands still: plan hours for invitation calls.",
    "churn_rate": "Read the reasons for leaving on Enrollment.",
    "billable_share": "Open Minutes in the middle of the month, not at its end.",
    "unseen_share": "Call those nobody reached: open Minutes, sorted by last contact.",
}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.4rem .6rem;"
    "border-bottom:1px solid #ccc}.demo{border:2px solid;padding:.4rem}"
)


def said(measure: Measure, value: Decimal | None) -> str:
    """A number in its unit: ``9.5%``, ``41.0 days``, ``12``.

    Whole percents have no decimal: readers of aggregates get no finer ones, and 94.0% for 93.7%
    would claim a digit that nobody told them.
    """
    if value is None:
        return "hidden" if measure.standing == "hidden" else "\u2013"
    if measure.unit == "share":
        return f"{value * 100:.{0 if value == round(value, 2) else 1}f}%"
    return f"{value:.1f} days" if measure.unit == "days" else f"{value:.0f}"


def digest(who: Identity, today: date) -> bytes:
    """The file. Raises: PermissionDenied, UsageError."""
    require(who, PAGE, "export")
    with db.session() as session:
        return page(health(session, who, today)).encode()


def page(found: Health) -> str:
    """The digest as a page that needs nothing else; no patient is named in it."""
    demo = '<p class="demo">DEMO: made-up practice.</p>' if found.practice.is_demo else ""
    note = (
        "<p>Counts of one to ten, and rates that would tell them, are hidden.</p>"
        if found.is_aggregate
        else ""
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Weekly digest</title>'
        f"<style>{_STYLE}</style></head><body>{demo}<h1>Weekly digest</h1>"
        f"<p>{escape(found.practice.name)}, {said_day(found.on)}</p>{_first(found)}"
        f"<h2>Measures and targets</h2>{_measures(found)}<h2>The week</h2>{_week(found)}{note}"
        f"<p>Tables {tables_version()}.</p></body></html>"
    )


def _first(found: Health) -> str:
    items = "".join(
        f"<li><b>{escape(m.label)}</b>: {said(m, m.value)}. {escape(ACTIONS[m.name])}</li>"
        for m in found.alarms
    )
    return (
        f"<h2>First this week</h2><ol>{items}</ol>"
        if items
        else ("<h2>First this week</h2><p>Nothing is beyond a warning.</p>")
    )


def _measures(found: Health) -> str:
    rows = "".join(
        f"<tr><td>{escape(m.label)}</td><td>{said(m, m.value)}</td><td>{said(m, m.target)}</td>"
        f"<td>{said(m, m.alarm)}</td><td>{MARKS[m.standing]}</td><td>{escape(m.cite)}</td></tr>"
        for m in found.measures
    )
    head = "<tr><th>Measure</th><th>Now</th><th>Target</th><th>Warning</th><th></th><th>Source</th>"
    return f"<table>{head}</tr>{rows}</table>"


def _week(found: Health) -> str:
    rows = "".join(f"<tr><td>{escape(what)}</td><td>{n}</td></tr>" for what, n in found.week)
    return f"<table>{rows}</table>"
