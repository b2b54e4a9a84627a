"""The home page for readers of aggregates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.money.disclosure import is_dominated, is_small, rough_usd
from ccm_core.months import Month
from ccm_core.program import health
from ccm_core.store import queries
from ccm_core.store.queries import dominance

if TYPE_CHECKING:
    from sqlmodel import Session

    from ccm_core.records import Practice

PAGE = "home"


@dataclass(frozen=True, slots=True)
class HomeTold:
    """What may be told of the last full month."""

    month: Month
    steps: dict[str, str]
    """Patients at each step at its end, as text."""
    allowed_usd: Decimal | None
    """Of its claims, clean and to review; None when it is hidden."""
    is_estimate: bool
    is_closed: bool
    audits: tuple[tuple[datetime, Month], ...]
    """The newest audits: when, and of which month. No counts: two audits tell one patient."""


def home_told(session: Session, who: Identity, practice_id: str) -> HomeTold | None:
    """What was published last; None before the first time. Raises: PermissionDenied."""
    from ccm_core.program import told_texts
    from ccm_core.store import figures

    require(who, PAGE, "view")
    found = figures.newest(session, practice_id, PAGE)
    return None if found is None else told_texts.home_of(found.content)


def work_out(session: Session, practice: Practice, today: date) -> HomeTold:
    """The same from the records, for `publishing`."""
    month, key = Month.of(today).previous, practice.practice_id
    found = queries.preflight_summary(session, key, month)
    claims = found.clean.claims + found.review.claims
    allowed = rough_usd(found.clean.allowed_usd + found.review.allowed_usd)
    share = dominance.payable_shares(session, key, month).get(month, Decimal(0))
    return HomeTold(
        month, health.steps_of(session, practice, today),
        None if is_small(claims) or is_dominated(share) else allowed,
        found.clean.has_estimate or found.review.has_estimate,
        queries.is_closed(session, key, month),
        tuple((run.created_at, run.month) for run in queries.recent_runs(session, key)),
    )  # fmt: skip
