"""A mark of a month's stored results: what is worked out from them holds while it stays."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import select
from sqlmodel import Session

from ccm_core.months import Month
from ccm_core.store.kept import kept
from ccm_core.store.schema import CaseResult, table_of


@kept("case_result")
def results_state(session: Session, practice_id: str, month: Month) -> str:
    """Changes whenever a result of the month does; empty while the month was never audited."""
    c = table_of(CaseResult).c
    marks = session.connection().scalars(
        select(c.fingerprint).where(c.practice_id == practice_id, c.month == month)
    )
    return state_of(marks)


def state_of(fingerprints: Iterable[str]) -> str:
    """The mark of results with these fingerprints; empty without any."""
    whole = "".join(sorted(fingerprints))
    return hashlib.sha256(whole.encode()).hexdigest() if whole else ""
