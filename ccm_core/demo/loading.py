"""The demo practice into a database: records, audits of every month, acknowledgements."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from ccm_core.demo.building import SEED, build_blocks
from ccm_core.demo.shape import PRACTICE_ID, DemoPractice, Span, dice
from ccm_core.demo.team import practice
from ccm_core.errors import UsageError
from ccm_core.months import Month, time_zone, utc_now
from ccm_core.store import reading, results, seeding, writing

if TYPE_CHECKING:
    from sqlmodel import Session

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""

_REASONS = {
    "C05": "One consent is enough here; the patient was reminded at the last visit.",
    "C06": "Only minutes after the consent are counted; checked.",
    "E09": "The model's administrator confirmed that CCM may be billed.",
    "O06": "The facility is not paid for care management; attestation on file.",
    "O09": "Eligibility was checked by telephone; no record of it yet.",
    "O12": "Plan terms checked; billed to the plan.",
    "O14": "The payer covers care management; terms on file.",
    "O16": "The patient was enrolled in that month and left later.",
    "T08": "The call was hours after the visit and not part of it.",
    "X05": "No minute is counted twice; CMS allows both.",
}
_OTHER_REASON = "Looked at by the billing lead; the record supports the claim."
# Of a hundred REVIEW findings of an ordinary kind, so many are settled at month end.
_SETTLED, _SETTLED_LAST_MONTH, _SETTLED_NOW, _OTHERS = 0.97, 0.93, 0.7, 0.25


def local_today(now: datetime | None = None) -> date:
    """Today in the demo practice's time zone."""
    return (now or utc_now()).astimezone(time_zone(practice().time_zone)).date()


def load(
    session: Session, patients: int = 400, months: int = 12, seed: int = SEED,
    today: date | None = None, progress: Progress | None = None, audited_months: int | None = None,
) -> None:  # fmt: skip
    """Write the demo practice, audit its months and settle most past reviews.

    The caller's transaction takes all of it. ``audited_months``: only so many of the
    last months (a large practice need not be audited whole). Raises: UsageError.
    """
    day = today or local_today()
    found = reading.practice(session)
    if found is not None and found.practice_id != PRACTICE_ID:
        raise UsageError(
            "The demo practice was asked for; this database holds another practice. "
            "Name an empty database."
        )
    tell = progress or (lambda what, done, total: None)
    span = Span.ending(day, months)
    done = 0
    for block in build_blocks(day, patients, months, seed):
        _store(session, block)
        done += len(block.charts)
        tell("patients", done, patients)
    wanted = span.months if audited_months is None else span.months[-audited_months:]
    for place, month in enumerate(wanted, start=1):
        results.refresh(session, PRACTICE_ID, month)
        _settle(session, span, month, seed)
        tell("months", place, len(wanted))


def _store(session: Session, block: DemoPractice) -> None:
    writing.save(session, PRACTICE_ID, block.records())
    zone = time_zone(block.practice.time_zone)
    since = {who: datetime.combine(on, time(12), zone) for who, on in block.known_since}
    seeding.backdate_patients(session, PRACTICE_ID, since)


def _settle(session: Session, span: Span, month: Month, seed: int) -> None:
    """Acknowledge what a billing lead would have looked at by now."""
    ago = len(span.months) - 1 - span.months.index(month)
    usual = (_SETTLED_NOW, _SETTLED_LAST_MONTH, _SETTLED)[min(ago, 2)]
    others = _OTHERS if ago else 0.0

    def reason(patient_id: str, rule: str) -> str:
        likely = usual if rule in _REASONS else others
        drawn = dice(seed, "settle", patient_id, rule).random()
        return _REASONS.get(rule, _OTHER_REASON) if drawn < likely else ""

    seeding.acknowledge_many(session, PRACTICE_ID, month, "demo", reason)
