"""Patients at each step by group, from stored counts, stored days, or the records themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.sql import Subquery
from sqlmodel import Session

from ccm_core.errors import UsageError
from ccm_core.store.kept import kept
from ccm_core.store.queries.common import BY, Only
from ccm_core.store.queries.steps import When, patient_steps
from ccm_core.store.queries.stored_steps import (
    counted,
    counted_waiting,
    is_stored,
    stored_steps,
)
from ccm_core.store.summaries.names import CLAIMS, STEPS


def sums(session: Session, when: When, by: str, only: Only) -> dict[str, dict[str, int]]:
    """Sums of every flag, by group: from stored counts where there are some."""
    if by and by not in BY:
        raise UsageError(f"A split by {by!r} was asked for; there is {', '.join(BY)}.")
    if not only.payer and when.is_near and is_stored(session, when):
        return _as_stored(session, when, by, only)
    return _by_pattern(session, when, by, only)


def waiting_of(session: Session, when: When, step: str, only: Only) -> int | None:
    """Patients at the step before who can still take this one; None without stored counts."""
    if only.payer or not when.is_near or not is_stored(session, when):
        return None
    return _counted_waiting(session, when, step, only)


@kept("step_count")
def _as_stored(session: Session, when: When, by: str, only: Only) -> dict[str, dict[str, int]]:
    return _summed(counted(session, when, by, only), by)


@kept("step_count")
def _counted_waiting(session: Session, when: When, step: str, only: Only) -> int:
    return counted_waiting(session, when, step, only)


def _summed(rows: Iterable[Any], by: str) -> dict[str, dict[str, int]]:
    """Stored counts as sums of every flag; who left stands between two steps that nest."""
    found: dict[str, dict[str, int]] = {} if by else {"": _nobody()}
    for group_name, kind, step, is_gone, patients in rows:
        sums = found.setdefault(group_name, _nobody())
        sums[f"{kind}_{step}"] += patients
        if kind != "at" or not is_gone:
            continue
        place = STEPS.index(step)
        for name, sign in ((step, -1), (STEPS[min(place + 1, len(STEPS) - 1)], 1)):
            if name not in CLAIMS and name != STEPS[0]:
                sums[f"left_{name}"] += sign * patients
    return found


def _by_pattern(session: Session, when: When, by: str, only: Only) -> dict[str, dict[str, int]]:
    """The same sums from one row for each patient.

    The database counts patients by pattern of flags; the nesting is added up here. A
    hundred thousand patients show a few dozen patterns, and no flag is asked for twice.
    """
    steps = steps_of(session, when, only).c
    group = steps[BY[by]] if by else literal("")
    flags_of = [steps[f"is_{name}"] for name in STEPS]
    inner = select(group.label("group_name"), steps.is_gone, *flags_of).subquery()
    rows = session.connection().execute(
        select(*inner.c, func.count().label("patients")).group_by(*inner.c)
    )
    found: dict[str, dict[str, int]] = {} if by else {"": _nobody()}
    for group_name, is_gone, *flags, patients in rows:
        _add(found.setdefault(group_name, _nobody()), flags, bool(is_gone), int(patients))
    return found


def steps_of(session: Session, when: When, only: Only) -> Subquery:
    """One row for each patient: as stored, or worked out from the records."""
    if is_stored(session, when):
        return stored_steps(session, when, only)
    return patient_steps(session, when, only)


def _nobody() -> dict[str, int]:
    """Zero for every sum."""
    kinds = [f"{kind}_{name}" for name in STEPS for kind in ("is", "at")]
    return dict.fromkeys([*kinds, *(f"left_{name}" for name in STEPS[1:])], 0)


def _add(sums: dict[str, int], flags: Sequence[int], is_gone: bool, patients: int) -> None:
    """Add the patients of one pattern to the sums of their group."""
    stands = True
    for place, (name, is_met) in enumerate(zip(STEPS, flags, strict=True)):
        before, stands = stands, stands and bool(is_met)
        sums[f"is_{name}"] += patients * is_met
        sums[f"at_{name}"] += patients * stands
        if place and before and not stands and is_gone and name not in CLAIMS:
            sums[f"left_{name}"] += patients
