"""What payers paid against what was expected of them, by contract or by the fee table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.months import Month
from ccm_core.program import panel
from ccm_core.records import Practice
from ccm_core.store.claiming import short_paid
from ccm_core.store.claiming.short_paid import PayerPay, ShortLine
from ccm_core.store.queries.common import EVERYBODY, Page

if TYPE_CHECKING:
    from sqlmodel import Session

PAGE = "claims"


def by_payer(
    session: Session, who: Identity, practice: Practice, first: Month, last: Month
) -> list[PayerPay]:
    """Each payer's answers by month of payment. Raises: PermissionDenied."""
    require(who, PAGE, "view")
    only = panel.narrowed(who, EVERYBODY)
    days = first.first_day, last.last_day
    return short_paid.by_payer(session, practice.practice_id, *days, only)


def lines(
    session: Session, who: Identity, practice: Practice, first: Month, last: Month, offset: int = 0
) -> Page[ShortLine]:
    """Lines that were allowed too little. Raises: PermissionDenied."""
    require(who, PAGE, "identify")
    only = panel.narrowed(who, EVERYBODY)
    days = first.first_day, last.last_day
    return short_paid.short_lines(session, practice.practice_id, *days, only=only, offset=offset)
