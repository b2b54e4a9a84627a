"""The steps of enrollment as a list of bars, whole or side by side by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from ccm_core.store.queries import NEXT_ACTION, Funnel
from ccm_core.store.summaries.names import CHRONIC_NEEDED
from pages.parts import empty, links, status, tables, words

NAMES = {
    "eligible": "Eligible", "invited": "Invited", "consented": "Consented",
    "care_plan": "Care plan made", "active": "Active this month",
    "threshold": "Threshold reached", "billed": "Billed", "paid": "Paid",
}  # fmt: skip
SHORT = (
    tables.Column("name", "Step", is_link=True),
    tables.Column("bar", "Patients"),
    tables.Column("rate", "Of the step before", is_right=True),
    tables.Column("change", "Against last week", is_right=True),
)
FULL = (
    *SHORT,
    tables.Column("waiting", "Waiting for it", is_right=True),
    tables.Column("left", "Left before it", is_right=True),
    tables.Column("action", "Next action"),
)


def draw(found: Funnel, opens: tuple[str, str], columns: Sequence[tables.Column] = FULL) -> None:
    """One row for each step; a row opens the list of those who wait for it."""
    if not found.steps[0].patients:
        empty.nothing(
            "None of the patients of this choice is eligible.",
            f"That takes {CHRONIC_NEEDED} chronic conditions of different kinds and, where "
            "coverage is on record, Part B in the month. Bring conditions and coverage in with "
            "an import, or add them on a patient's page under Record.",
        )
        links.to("imports", "Open Imports", ":material/arrow_forward:")
    rows = _rows(found)
    tables.whole("funnel", columns, rows, alt="Enrollment by step", opens=opens)
    st.caption(
        "Each step counts eligible patients still in the program who made every step before it. "
        "Minutes counts everybody worked with, also who left this month or does not qualify."
    )


def _rows(found: Funnel) -> list[dict[str, Any]]:
    first = found.steps[0]
    rows = []
    for step in found.steps:
        is_first = step is first
        text = words.number(step.patients)
        rows.append({
            "key": "" if is_first else step.step,
            "name": NAMES[step.step],
            "bar": tables.share_bar(step.patients, first.patients, text, status.CALM),
            "rate": "" if is_first else words.share(step.rate),
            "change": words.change(step.change),
            "waiting": "" if is_first else words.number(step.waiting),
            "left": "" if is_first else words.number(step.left),
            "action": NEXT_ACTION.get(step.step, ""),
        })  # fmt: skip
    return rows


def side_by_side(
    groups: Sequence[Funnel], title: str, people: Mapping[str, str], opens: tuple[str, str]
) -> None:
    """One row for each group, one column for each step; a row narrows the page to it."""
    columns = (
        tables.Column("name", title, is_link=True),
        *(tables.Column(step, name, is_right=True) for step, name in NAMES.items()),
    )

    def row(group: Funnel) -> dict[str, str]:
        return {
            "key": group.group,
            "name": people.get(group.group, group.group) or "(none)",
            **{step.step: words.number(step.patients) for step in group.steps},
        }

    alt = f"Enrollment by {title.lower()}"
    tables.in_pages("groups", columns, groups, row, alt=alt, opens=opens)
