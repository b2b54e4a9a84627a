"""After a change: the months that it touches are audited again, the newest ones at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ccm_core import overlay
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.months import Month
from ccm_core.store import fees_in_force, reading, results
from ccm_core.store.queries import months_with_results
from ccm_core.store.results import standing

if TYPE_CHECKING:
    from sqlmodel import Session

    from ccm_core.records import Practice

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
    standing.leave(session, practice_id, known[:split])
    return Touched(tuple(known[split:]), tuple(known[:split]))


def leave_months(session: Session, practice_id: str, since: Month | None) -> None:
    """Records were written that months from ``since`` on, or all, look at: they may be behind."""
    known = months_with_results(session, practice_id)
    standing.leave(session, practice_id, [m for m in known if since is None or m >= since])


def catch_up(session: Session, *, newest: int = NEWEST, user_id: str = "") -> Touched:
    """Audit the newest months whose results rest on records, rules, tables or fees of before.

    Nothing happens where nothing has changed. Older months wait, and Pre-flight says so.
    """
    practice = reading.practice(session)
    if practice is None:
        return Touched()
    practice_id = practice.practice_id
    known = months_with_results(session, practice_id)
    with overlay.pinned(fees_in_force.of_store(session)):
        old = standing.outdated(session, practice, known)
    now = tuple(month for month in old if month in known[-newest:])
    for month in now:
        results.refresh(session, practice_id, month, user_id=user_id)
    return Touched(now, tuple(month for month in old if month not in now))


def follow_fees(session: Session, who: Identity) -> Touched:
    """Audit the newest months by the amounts that are in force now. Raises: PermissionDenied."""
    require(who, "fee_tables", "import")
    return catch_up(session, user_id=who.user_id)


def is_outdated(session: Session, practice: Practice, month: Month) -> bool:
    """Whether a month's results may rest on other records, rules, tables, fees or settings."""
    return bool(standing.outdated(session, practice, [month]))
