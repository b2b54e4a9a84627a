"""What an approved claim rests on, so that writing it need not work it out a second time."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, select, update
from sqlmodel import Session

from ccm_core.months import Month
from ccm_core.store.schema import BatchClaim, CaseResult, table_of
from ccm_core.store.statements import among

CLEAN = "clean"


def note(
    session: Session, practice_id: str, month: Month, claim_ids: Collection[str], settings: str
) -> None:
    """Note the results that these claims were made from. ``settings``: mark of all else."""
    claim, result = table_of(BatchClaim), table_of(CaseResult)
    made_from = select(result.c.fingerprint + "." + settings).where(_same_case())
    session.connection().execute(
        update(claim)
        .where(
            claim.c.practice_id == practice_id, claim.c.month == month,
            among(session, claim.c.claim_id, sorted(claim_ids)), made_from.exists(),
        )
        .values(basis=made_from.scalar_subquery())
    )  # fmt: skip


def unchanged(session: Session, practice_id: str, month: Month, settings: str) -> set[int]:
    """Row numbers of the claims of a month whose case is clean and what it was, settings too."""
    claim, result = table_of(BatchClaim), table_of(CaseResult)
    rows = session.connection().scalars(
        select(claim.c.id)
        .select_from(claim.join(result, _same_case()))
        .where(
            claim.c.practice_id == practice_id, claim.c.month == month,
            result.c.effective_status == CLEAN,
            claim.c.basis == result.c.fingerprint + "." + settings,
        )
    )  # fmt: skip
    return set(rows)


def _same_case() -> ColumnElement[bool]:
    claim, result = table_of(BatchClaim).c, table_of(CaseResult).c
    return and_(
        result.practice_id == claim.practice_id, result.patient_id == claim.patient_id,
        result.month == claim.month,
    )  # fmt: skip
