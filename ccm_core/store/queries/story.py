"""The patient page: everything that happened, in one line of time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from ccm_core import records
from ccm_core.errors import UsageError
from ccm_core.months import time_zone
from ccm_core.store import reading


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. ``at`` is known for time entries only."""

    on: date
    at: datetime | None
    kind: str
    title: str
    detail: str
    record_id: str


def patient_story(
    session: Session, practice_id: str, patient_id: str, *, kinds: tuple[str, ...] = ()
) -> list[Event]:
    """Everything known about one patient, newest first. Raises: UsageError."""
    practice = reading.practice(session, practice_id)
    if practice is None:
        raise UsageError("A patient was asked for; the database does not hold the practice.")
    zone = time_zone(practice.time_zone)
    found: list[Event] = []
    for kind, tell in _TELLERS.items():
        for record in reading.records_of(session, kind, patient_id, practice_id):
            found += tell(record, zone)
    wanted = [event for event in found if not kinds or event.kind in kinds]
    return sorted(wanted, key=newest_first)


def newest_first(event: Event) -> Any:
    """The order of a story: by day, within a day by moment."""
    return (-event.on.toordinal(), -(event.at.timestamp() if event.at else 0), event.record_id)


def _day(
    on: date | None, kind: str, title: str, detail: str = "", record_id: str = ""
) -> Iterator[Event]:
    if on is not None:
        yield Event(on, None, kind, title, detail, record_id)


def _status(r: records.StatusChange, _zone: Any) -> Iterator[Event]:
    yield from _day(r.changed_on, "status", r.status.replace("_", " "), r.reason)


def _condition(r: records.Condition, _zone: Any) -> Iterator[Event]:
    name = f"{r.code} {r.label}".strip()
    yield from _day(r.onset_on, "condition", name, "onset", r.condition_id)
    yield from _day(r.confirmed_on, "condition", name, "confirmed as chronic", r.condition_id)
    yield from _day(r.ended_on, "condition", name, "ended", r.condition_id)


def _consent(r: records.Consent, _zone: Any) -> Iterator[Event]:
    told = ", ".join(sorted(r.elements)).replace("_", " ")
    yield from _day(r.given_on, "consent", f"{r.mode} consent given", told, r.consent_id)
    yield from _day(r.revoked_on, "consent", "consent revoked", "", r.consent_id)


def _plan(r: records.CarePlan, _zone: Any) -> Iterator[Event]:
    yield from _day(r.created_on, "care_plan", "care plan made", "", r.plan_id)
    yield from _day(r.signed_on, "care_plan", "care plan signed", r.signed_by, r.plan_id)
    yield from _day(r.copy_given_on, "care_plan", "copy of the care plan given", "", r.plan_id)
    yield from _day(r.reviewed_on, "care_plan", "care plan reviewed", "", r.plan_id)
    yield from _day(r.ended_on, "care_plan", "care plan ended", "", r.plan_id)


def _entry(r: records.TimeEntry, zone: Any) -> Iterator[Event]:
    here = r.started_at.astimezone(zone)
    title = f"{r.seconds // 60} min {r.activity or r.actor}".replace("_", " ")
    yield Event(
        here.date(), r.started_at if r.is_start_known else None, "time", title, r.note, r.entry_id
    )


def _stay(r: records.Stay, _zone: Any) -> Iterator[Event]:
    kind = r.kind.replace("_", " ")
    yield from _day(r.from_on, "stay", f"{kind} begins", "", r.stay_id)
    yield from _day(r.to_on, "stay", f"{kind} ends", "", r.stay_id)


def _visit(r: records.Visit, _zone: Any) -> Iterator[Event]:
    title = f"visit {r.code}".strip()
    yield from _day(r.on, "visit", title, r.kind or r.practice, r.visit_id)


def _payer(r: records.Payer, _zone: Any) -> Iterator[Event]:
    name = r.name or r.kind.replace("_", " ")
    yield from _day(r.from_on, "coverage", f"{name} begins", "", r.payer_id)
    yield from _day(r.to_on, "coverage", f"{name} ends", "", r.payer_id)


def _claim(r: records.ClaimLine, _zone: Any) -> Iterator[Event]:
    title = f"claim {r.code} x {r.units} for {r.month}"
    sent_on = r.created_on or r.service_on or r.month.last_day
    yield from _day(sent_on, "claim", title, r.status, r.claim_id)
    paid = f"${r.paid_usd:,.2f}" if r.paid_usd is not None else ""
    yield from _day(r.paid_on, "claim", f"{title}: paid", paid, r.claim_id)


_TELLERS: dict[type[Any], Callable[[Any, Any], Iterator[Event]]] = {
    records.StatusChange: _status,
    records.Condition: _condition,
    records.Consent: _consent,
    records.CarePlan: _plan,
    records.TimeEntry: _entry,
    records.Stay: _stay,
    records.Visit: _visit,
    records.Payer: _payer,
    records.ClaimLine: _claim,
}
