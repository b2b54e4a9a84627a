"""Self-audit samples in the store: the frame, the draw, the verdicts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from ccm_core import records
from ccm_core.claims.sampling import ALL, Sample
from ccm_core.errors import Conflict, UsageError
from ccm_core.months import Month, utc_now
from ccm_core.store.db import begin_write
from ccm_core.store.reading.requests import program_codes
from ccm_core.store.schema import AuditSample, SampleVerdict, record_table, table_of
from ccm_core.store.statements import among


@dataclass(frozen=True, slots=True)
class FrameItem:
    """One claim that may be drawn."""

    claim_id: str
    patient_id: str
    month: Month
    code: str
    """The code of its first line."""
    npi: str
    charge_usd: Decimal
    paid_usd: Decimal


_WAYS: dict[str, Callable[[FrameItem], str]] = {
    "": lambda one: ALL,
    "month": lambda one: str(one.month),
    "code": lambda one: one.code,
    "practitioner": lambda one: one.npi or "unknown",
}


@dataclass(frozen=True, slots=True)
class KeptSample:
    """One drawn sample."""

    id: int
    version: int
    created_at: datetime
    name: str
    seed: str
    first_month: Month
    last_month: Month
    statuses: str
    stratify_by: str
    size: int
    frame_sha256: str
    sizes: dict[str, int]
    strata: dict[str, dict[str, list[str]]]
    """``frame``: every item that could be drawn, by stratum; ``drawn``: the draw, in order."""
    made_by: str
    tables_version: str

    @property
    def sample(self) -> Sample:
        """The draw as the estimators take it."""
        drawn = {name: tuple(items) for name, items in self.strata["drawn"].items()}
        return Sample(self.seed, drawn, self.sizes, self.frame_sha256)


@dataclass(frozen=True, slots=True)
class KeptVerdict:
    """One verdict as it stands. ``version`` is 0 for an item without one."""

    item_id: str
    version: int
    is_error: bool
    overpaid_usd: Decimal
    reviewer: str
    reason: str


def frame(
    session: Session, practice_id: str, first: Month, last: Month, statuses: Collection[str]
) -> list[FrameItem]:
    """Every claim of the program in these months and statuses, by number."""
    c = record_table(records.ClaimLine).c
    rows = session.connection().execute(
        select(c.claim_id, c.patient_id, c.month, c.code, c.npi, c.charge_usd, c.paid_usd)
        .where(
            c.practice_id == practice_id, c.month.between(first, last),
            c.status.in_(sorted(statuses)), c.code.in_(sorted(program_codes())),
        )
        .order_by(c.claim_id, c.line)
    )  # fmt: skip
    found: dict[str, FrameItem] = {}
    for claim_id, patient_id, month, code, npi, charge, paid in rows:
        old = found.get(claim_id)
        charge_usd, paid_usd = charge or Decimal(0), paid or Decimal(0)
        if old is not None:
            code, npi = old.code, old.npi  # noqa: PLW2901 - the first line names the claim
            charge_usd, paid_usd = old.charge_usd + charge_usd, old.paid_usd + paid_usd
        found[claim_id] = FrameItem(claim_id, patient_id, month, code, npi, charge_usd, paid_usd)
    return list(found.values())


def items(session: Session, practice_id: str, claim_ids: Collection[str]) -> dict[str, Any]:
    """Drawn claims with the patient's name, whatever their status is now."""
    c, p = record_table(records.ClaimLine), record_table(records.Patient)
    joined = c.join(p, and_(p.c.practice_id == c.c.practice_id, p.c.patient_id == c.c.patient_id))
    rows = session.connection().execute(
        select(
            c.c.claim_id, c.c.patient_id, p.c.family_name, p.c.given_name, p.c.mrn,
            func.min(c.c.month).label("month"), func.sum(c.c.charge_usd).label("charge_usd"),
            func.sum(c.c.paid_usd).label("paid_usd"),
        )
        .select_from(joined)
        .where(c.c.practice_id == practice_id, among(session, c.c.claim_id, sorted(claim_ids)))
        .group_by(c.c.claim_id, c.c.patient_id, p.c.family_name, p.c.given_name, p.c.mrn)
    )  # fmt: skip
    return {row.claim_id: row for row in rows}


def add(session: Session, practice_id: str, **values: Any) -> int:
    """Store a drawn sample; gives its number. Raises: UsageError when the name is taken."""
    begin_write(session)
    table, now = table_of(AuditSample), utc_now()
    row = {"practice_id": practice_id, "created_at": now, "updated_at": now, "version": 1}
    try:
        made = session.connection().execute(
            insert(table).values(row | values).returning(table.c.id)
        )
    except IntegrityError as taken:
        raise UsageError(
            "A sample of this name exists already. Give the new one another name."
        ) from taken
    return int(made.scalar_one())


def listed(session: Session, practice_id: str, sample_id: int | None = None) -> list[KeptSample]:
    """Samples, the newest first; or the one of that number."""
    c = table_of(AuditSample).c
    where = [c.practice_id == practice_id]
    if sample_id is not None:
        where.append(c.id == sample_id)
    rows = session.connection().execute(
        select(*(c[name] for name in KeptSample.__dataclass_fields__))
        .where(*where)
        .order_by(c.id.desc())
    )
    return [KeptSample(*row) for row in rows]


def verdicts(session: Session, sample_id: int) -> dict[str, KeptVerdict]:
    """Verdicts of a sample by item."""
    c = table_of(SampleVerdict).c
    rows = session.connection().execute(
        select(*(c[name] for name in KeptVerdict.__dataclass_fields__)).where(
            c.sample_id == sample_id
        )
    )
    return {row.item_id: KeptVerdict(*row) for row in rows}


def put_verdict(session: Session, practice_id: str, sample_id: int, verdict: KeptVerdict) -> None:
    """Write a verdict; ``version`` is the one that was shown. Raises: Conflict."""
    begin_write(session)
    table, now = table_of(SampleVerdict), utc_now()
    values = {
        "is_error": verdict.is_error, "overpaid_usd": verdict.overpaid_usd,
        "reviewer": verdict.reviewer, "reason": verdict.reason, "updated_at": now,
    }  # fmt: skip
    where = (table.c.sample_id == sample_id, table.c.item_id == verdict.item_id)
    if verdict.version:
        done = session.connection().execute(
            update(table)
            .where(*where, table.c.version == verdict.version)
            .values(version=verdict.version + 1, **values)
        )
        if done.rowcount != 1:
            raise Conflict("Somebody else changed this verdict since it was shown. Look again.")
        return
    if session.connection().scalar(select(table.c.id).where(*where)):
        raise Conflict("Somebody else gave a verdict on this item meanwhile. Look again.")
    row = {"practice_id": practice_id, "sample_id": sample_id, "item_id": verdict.item_id}
    session.connection().execute(
        insert(table).values(row | values | {"created_at": now, "version": 1})
    )


def by_stratum(found: Sequence[FrameItem], stratify_by: str) -> dict[str, list[str]]:
    """Claim numbers by stratum. Raises: UsageError for an unknown way."""
    if stratify_by not in _WAYS:
        raise UsageError(f"Strata by {stratify_by!r} were asked for; there are {', '.join(_WAYS)}.")
    grouped: dict[str, list[str]] = {}
    for one in found:
        grouped.setdefault(_WAYS[stratify_by](one), []).append(one.claim_id)
    return grouped
