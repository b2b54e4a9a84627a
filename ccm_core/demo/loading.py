"""The demo practice into a database: records, audits of every month, acknowledgements."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from ccm_core.demo import claim_history, settling
from ccm_core.demo.building import SEED, build_blocks
from ccm_core.demo.patients import CONTRACTED_PLANS
from ccm_core.demo.shape import PRACTICE_ID, DemoPractice, Span
from ccm_core.demo.team import practice
from ccm_core.errors import UsageError
from ccm_core.money.fee_file import fingerprint
from ccm_core.money.payer_schedules import percent_of_medicare
from ccm_core.months import Month, time_zone, utc_now
from ccm_core.store import contract_rows, reading, results, seeding, writing

if TYPE_CHECKING:
    from sqlmodel import Session

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


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
    if reading.practice(session) is not None:
        raise UsageError(
            "The demo practice was asked for; this database holds a practice already. "
            "Name an empty database."
        )
    tell = progress or (lambda what, done, total: None)
    span = Span.ending(day, months)
    done = 0
    for block in build_blocks(day, patients, months, seed):
        _store(session, block)
        done += len(block.charts)
        tell("patients", min(done, patients), patients)
    _contracts(session)
    kept = months if audited_months is None else min(audited_months, months)
    wanted = span.months[months - kept :]
    for place, month in enumerate(wanted, start=1):
        results.refresh(session, PRACTICE_ID, month)
        _settle(session, span, month, seed)
        tell("months", place, len(wanted))
    claim_history.load(session, practice(), [month for month in wanted if month in span.closed])


def _store(session: Session, block: DemoPractice) -> None:
    writing.save(session, PRACTICE_ID, block.records())
    zone = time_zone(block.practice.time_zone)
    since = {who: datetime.combine(on, time(12), zone) for who, on in block.known_since}
    seeding.backdate_patients(session, PRACTICE_ID, since)


def _contracts(session: Session) -> None:
    """Terms with two of the plans; the third has none, so that its claims wait for a look."""
    for payer in CONTRACTED_PLANS:
        schedule = percent_of_medicare(payer, Decimal(100))
        contract_rows.add(session, PRACTICE_ID, payer, {
            "file_name": "", "sha256": fingerprint(f"demo {payer}".encode()),
            "imported_by": "demo", "multiple": schedule.multiple, "amounts": [],
            "valid_from": date.min, "valid_to": date.max,
        })  # fmt: skip


def _settle(session: Session, span: Span, month: Month, seed: int) -> None:
    """Acknowledge what a billing lead would have looked at by now."""
    ago = len(span.months) - 1 - span.months.index(month)
    seeding.acknowledge_many(
        session, PRACTICE_ID, month, "demo", functools.partial(settling.reason, seed, ago)
    )
