"""First drafts of care plans: the problem list of the patient, the library of the project."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ccm_core import tables
from ccm_core.months import months_after, said_day
from ccm_core.program.plan_content import WHOLE_PERSON, PlanContent, Problem
from ccm_core.records import Condition

ANY = "*"
REVIEW_AFTER_MONTHS = 6


def draft(conditions: Sequence[Condition], today: date, responsible: str = "") -> PlanContent:
    """A plan for the chronic conditions that have not ended, one of each group."""
    review_on = months_after(today, REVIEW_AFTER_MONTHS)
    chosen: dict[str, Condition] = {}
    for condition in conditions:
        if condition.is_chronic and condition.ended_on is None:
            chosen.setdefault(condition.group or condition.code, condition)
    problems = tuple(problem_for(c, today, review_on, responsible) for c in chosen.values())
    whole = {name: "\n".join(_texts(ANY, name, today)) for name in WHOLE_PERSON}
    return PlanContent(problems, whole, review_on)


def problem_for(
    condition: Condition, today: date, review_on: date, responsible: str = ""
) -> Problem:
    """What the library says for one condition; for an unknown group its general lines."""
    group = condition.group if has_template(condition.group, today) else ANY

    def said(kind: str) -> str:
        return "\n".join(_texts(group, kind, today)).replace("{review}", said_day(review_on))

    return Problem(
        condition.code, condition.label or condition.code, said("outcome"), said("goal"),
        said("intervention"), said("symptom"), responsible,
    )  # fmt: skip


def has_template(group: str, today: date) -> bool:
    """Whether the library knows this group of conditions."""
    return bool(group) and bool(_texts(group, "goal", today))


def _texts(group: str, kind: str, on: date) -> list[str]:
    rows = tables.load("care_plan_templates", "group", "kind", "place").in_force(on)
    found = [row for row in rows if (row["group"], row["kind"]) == (group, kind)]
    return [row["text"] for row in sorted(found, key=lambda row: row.whole("place"))]
