"""What people said: acknowledgements of a month, and the names behind accounts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from ccm_core.months import Month
from ccm_core.store.schema import Acknowledgement, UserAccount, table_of
from ccm_core.store.statements import among


@dataclass(frozen=True, slots=True)
class Word:
    """One acknowledgement: who, when, why."""

    user_id: str
    at: datetime
    reason: str


def acknowledged(
    session: Session, practice_id: str, month: Month, patient_ids: Collection[str]
) -> dict[tuple[str, str, str], Word]:
    """Acknowledgements by patient, rule and fingerprint of the finding."""
    a = table_of(Acknowledgement).c
    rows = session.connection().execute(
        select(a.patient_id, a.rule, a.fingerprint, a.user_id, a.created_at, a.reason).where(
            a.practice_id == practice_id,
            a.month == month,
            among(session, a.patient_id, sorted(patient_ids)),
        )
    )
    return {(patient_id, rule, mark): Word(*rest) for patient_id, rule, mark, *rest in rows}


def account_names(session: Session) -> dict[str, str]:
    """The name of every account, also of those that were disabled."""
    u = table_of(UserAccount).c
    rows = session.connection().execute(select(u.user_id, u.name, u.username))
    return {user_id: name or username for user_id, name, username in rows}
