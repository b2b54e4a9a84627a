"""The steps of enrollment as columns of 0 and 1, one row for each patient.

A patient stands at a step when that step and every step before it are met, so that
the steps nest and each difference between two steps is a list of patients:

- eligible: alive, not marked ineligible, two or more groups of chronic conditions that
  have not ended (proposed or confirmed), and covered by Part B or coverage unknown;
- invited: a status of invited or later, or a consent (nobody consents unasked);
- consented: a consent that holds in the month;
- care_plan: a care plan made by then that had not ended before the month;
- active: time logged in the month by then;
- threshold: the audit found a legal path, and the first threshold was logged by then;
- billed: a claim of the program for the month that was sent; paid: one that was paid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.sql import Subquery
from sqlmodel import Session

from ccm_core import records
from ccm_core.months import Month, day_start, time_zone
from ccm_core.store.queries.common import EVERYBODY, Only, day_of
from ccm_core.store.reading.members import LEFT, consent_in, entry_touches
from ccm_core.store.reading.requests import program_codes
from ccm_core.store.schema import CaseResult, record_table, table_of
from ccm_core.store.summaries.names import CHRONIC_NEEDED, INVITED, SENT
from ccm_core.store.summaries.working import first_mark
from ccm_core.store.types import moment_of


@dataclass(frozen=True, slots=True)
class When:
    """A month, and the day in it up to which things are seen.

    Claims of a month are sent and paid after its end: ``claims_by`` is the day up to
    which they are seen, when that is another one.
    """

    practice: records.Practice
    month: Month
    as_of: date
    claims_by: date | None = None

    @classmethod
    def of(cls, practice: records.Practice, month: Month, as_of: date | None, today: date) -> When:
        """The month up to that day; by default up to today or the month's end."""
        if as_of is not None:
            return cls(practice, month, as_of)
        return cls(practice, month, min(today, month.last_day), today)

    @property
    def practice_id(self) -> str:
        return self.practice.practice_id

    @property
    def is_near(self) -> bool:
        """Whether the day lies in the month or in the week before it."""
        first = self.month.first_day - timedelta(days=7)
        return first <= self.as_of <= self.month.last_day

    def week_before(self) -> When:
        """The same a week earlier: of a month that was over by then, only its claims go on."""
        week = timedelta(days=7)
        if self.claims_by is None:
            return When(self.practice, self.month, self.as_of - week)
        by = self.claims_by - week
        return When(self.practice, self.month, min(by, self.month.last_day), by)


def patient_steps(session: Session, when: When, only: Only = EVERYBODY) -> Subquery:
    """One row for each patient: ``is_<step>`` for each step, and since when it is waited for."""
    patient = record_table(records.Patient)
    parts = _parts(when)
    met = _met(when, patient.c, parts)
    joined: Any = patient
    for part in parts.values():
        joined = joined.outerjoin(part, part.c.patient_id == patient.c.patient_id)
    return (
        select(
            patient,
            case((patient.c.status.in_(LEFT), 1), else_=0).label("is_gone"),
            *flags_of(met),
            *_since(session, when, parts, patient.c),
            parts["result"].c.counted_seconds,
            parts["result"].c.minutes_to_next,
        )
        .select_from(joined)
        .where(patient.c.practice_id == when.practice.practice_id, *only.where())
        .subquery()
    )


def flags_of(met: Mapping[str, ColumnElement[bool]]) -> list[ColumnElement[Any]]:
    """Each step as ``is_<step>``: 1 where it is met, whatever the steps before it."""
    return [case((is_met, 1), else_=0).label(f"is_{name}") for name, is_met in met.items()]


def _parts(when: When) -> dict[str, Subquery]:
    practice_id, by = when.practice.practice_id, when.as_of
    change = record_table(records.StatusChange).c
    consent = record_table(records.Consent).c
    plan = record_table(records.CarePlan).c

    def grouped(table: Any, column: Any, *where: ColumnElement[bool]) -> Subquery:
        return _named(
            select(table.patient_id, func.min(column).label("first_on")).where(
                table.practice_id == practice_id, *where
            )
        )

    return {
        "invited": grouped(
            change, change.changed_on, change.status.in_(INVITED), change.changed_on <= by
        ),
        "consented": grouped(
            consent, consent.given_on, consent_in(when.month), consent.given_on <= by
        ),
        "planned": grouped(
            plan,
            plan.created_on,
            plan.created_on <= by,
            or_(plan.ended_on.is_(None), plan.ended_on >= when.month.first_day),
        ),
        "coverage": _coverage(when),
        "active": _active(when),
        "result": _results(when),
        "claims": _claims(when),
    }


def _named(statement: Select[Any]) -> Subquery:
    return statement.group_by(statement.selected_columns[0]).subquery()


def _coverage(when: When) -> Subquery:
    payer = record_table(records.Payer).c
    holds = and_(
        or_(payer.from_on.is_(None), payer.from_on <= when.month.last_day),
        or_(payer.to_on.is_(None), payer.to_on >= when.month.first_day),
        or_(payer.has_part_b.is_(None), payer.has_part_b.is_(True)),
    )
    return _named(
        select(payer.patient_id, func.max(case((holds, 1), else_=0)).label("is_covered")).where(
            payer.practice_id == when.practice.practice_id
        )
    )


def _active(when: When) -> Subquery:
    entry = record_table(records.TimeEntry).c
    zone = time_zone(when.practice.time_zone)
    end = moment_of(day_start(when.as_of + timedelta(days=1), zone))
    return _named(
        select(
            entry.patient_id,
            func.sum(entry.seconds).label("seconds"),
            func.min(entry.started_at).label("first_at"),
        ).where(
            entry.practice_id == when.practice.practice_id,
            entry_touches(when.month, when.practice),
            entry.started_at < end,
            entry.seconds > 0,
        )
    )


def _results(when: When) -> Subquery:
    result = table_of(CaseResult).c
    return (
        select(result.patient_id, result.path, result.counted_seconds, result.minutes_to_next)
        .where(result.practice_id == when.practice.practice_id, result.month == when.month)
        .subquery()
    )


def _claims(when: When) -> Subquery:
    claim, by = record_table(records.ClaimLine).c, when.claims_by or when.as_of
    sent = and_(claim.status.in_(SENT), or_(claim.created_on.is_(None), claim.created_on <= by))
    paid = and_(claim.status == "paid", or_(claim.paid_on.is_(None), claim.paid_on <= by))
    return _named(
        select(
            claim.patient_id,
            func.max(case((sent, 1), else_=0)).label("is_sent"),
            func.max(case((paid, 1), else_=0)).label("is_paid"),
            func.min(case((sent, claim.created_on))).label("sent_on"),
        ).where(
            claim.practice_id == when.practice.practice_id,
            claim.month == when.month,
            claim.code.in_(sorted(program_codes())),
        )
    )


def _met(when: When, patient: Any, parts: dict[str, Subquery]) -> dict[str, ColumnElement[bool]]:
    consented = parts["consented"].c.patient_id.is_not(None)
    return {
        "eligible": and_(
            or_(patient.died_on.is_(None), patient.died_on >= when.month.first_day),
            patient.status.not_in(("ineligible", "deceased")),
            patient.chronic_groups >= CHRONIC_NEEDED,
            func.coalesce(parts["coverage"].c.is_covered, 1) == 1,
        ),
        "invited": or_(parts["invited"].c.patient_id.is_not(None), consented),
        "consented": consented,
        "care_plan": parts["planned"].c.patient_id.is_not(None),
        "active": parts["active"].c.patient_id.is_not(None),
        "threshold": and_(
            func.coalesce(parts["result"].c.path, "") != "",
            func.coalesce(parts["active"].c.seconds, 0) >= first_mark(when.month),
        ),
        "billed": func.coalesce(parts["claims"].c.is_sent, 0) == 1,
        "paid": func.coalesce(parts["claims"].c.is_paid, 0) == 1,
    }


def _since(
    session: Session, when: When, parts: dict[str, Subquery], patient: Any
) -> list[ColumnElement[Any]]:
    consented_on = parts["consented"].c.first_on
    return since_columns(
        session, when, patient,
        invited_on=func.coalesce(parts["invited"].c.first_on, consented_on),
        consented_on=consented_on, planned_on=parts["planned"].c.first_on,
        claimed_on=parts["claims"].c.sent_on,
    )  # fmt: skip


SINCE_ONE_DAY = frozenset({"threshold", "billed"})
"""Steps that everybody waits for since the same day."""


def since_columns(
    session: Session, when: When, patient: Any, *, invited_on: Any, consented_on: Any,
    planned_on: Any, claimed_on: Any,
) -> list[ColumnElement[Any]]:  # fmt: skip
    """The day from which a patient waits for each step."""
    first_day, last_day = literal(when.month.first_day), literal(when.month.last_day)
    return [
        day_of(session, patient.created_at).label("since_invited"),
        invited_on.label("since_consented"),
        consented_on.label("since_care_plan"),
        case((planned_on > first_day, planned_on), else_=first_day).label("since_active"),
        first_day.label("since_threshold"),
        last_day.label("since_billed"),
        func.coalesce(claimed_on, last_day).label("since_paid"),
    ]
