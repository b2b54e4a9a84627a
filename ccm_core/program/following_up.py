"""After a change: the months that it touches are audited again, the newest ones at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ccm_core.months import Month
from ccm_core.store import results
from ccm_core.store.queries import months_with_results

if TYPE_CHECKING:
    from sqlmodel import Session

NEWEST = 3
"""Months audited while somebody waits; the others follow with their next run."""


@dataclass(frozen=True, slots=True)
class Touched:
    """Months that a change touches: audited again just now, and left for their next run."""

    audited: tuple[Month, ...] = ()
    waiting: tuple[Month, ...] = ()

    @property
    def sentence(self) -> str:
        """What to tell the person who made the change; empty when nothing waits."""
        if not self.waiting:
            return ""
        first, last = str(self.waiting[0]), str(self.waiting[-1])
        months = first if first == last else f"{first} to {last}"
        return f"Months {months} keep their last result until Pre-flight runs the audit again."


def audit_again(
    session: Session, practice_id: str, since: Month, patient_ids: Sequence[str] | None = None,
    *, newest: int = NEWEST, user_id: str = "",
) -> Touched:  # fmt: skip
    """Audit the newest months from ``since`` on that were audited before."""
    known = [month for month in months_with_results(session, practice_id) if month >= since]
    split = max(0, len(known) - newest)
    for month in known[split:]:
        results.refresh(session, practice_id, month, patient_ids, user_id=user_id)
    return Touched(tuple(known[split:]), tuple(known[:split]))
