"""The work list: whose care is due, and who can still reach the next threshold.

The list orders work that is due for the patient's sake. It never proposes minutes:
what is not worked is not logged, however near a threshold is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from ccm_core import workdays
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.fees import price_plan
from ccm_core.months import Month, months_after, time_zone
from ccm_core.policy import Policy
from ccm_core.program import panel
from ccm_core.program.pace_history import History, history
from ccm_core.records import Practice
from ccm_core.store import reading
from ccm_core.store.queries import Only, reachable_minutes
from ccm_core.store.queries.pace import Missing, missing

if TYPE_CHECKING:
    from sqlmodel import Session

_MINUTES = 60
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Due:
    """One patient on the list: why care is due, what is missing, what it is worth."""

    row: Missing
    days_since_contact: int | None
    """None: never reached."""
    is_contact_due: bool
    is_plan_due: bool
    usd_per_minute: Decimal | None
    chance: Decimal | None
    rests_on: int
    """Past patient-months behind the chance."""
    fits: bool | None
    """Whether the care manager's hours left reach down to here; None: hours not recorded."""

    @property
    def signs(self) -> int:
        """How many kinds of care are due."""
        return self.is_contact_due + self.is_plan_due


@dataclass(frozen=True, slots=True)
class WorkList:
    """The list, in order, and what it was made with."""

    due: tuple[Due, ...]
    workdays: int
    history: History


def work_list(
    session: Session, who: Identity, practice: Practice, month: Month, today: date, only: Only
) -> WorkList:
    """Patients within reach of their next threshold: care due first, then dollars per minute.

    A care manager gets the own panel. Raises: PermissionDenied.
    """
    require(who, "minutes", "identify")
    mine = panel.narrowed(who, only)
    rows = missing(session, practice.practice_id, month, reachable_minutes(month, today), only=mine)
    past = history(session, practice, month, today)
    policy = Policy.on(month, practice.policy, practice.state, setting=practice.setting)
    made = [_due(one, practice, policy, past, today) for one in rows]
    made.sort(key=_order)
    left = _minutes_left(session, practice, month, today)
    return WorkList(tuple(_fitted(made, left)), past.workdays_left, past)


def _order(one: Due) -> tuple[int, Decimal, int, str]:
    since = one.days_since_contact
    return (
        -one.signs, -(one.usd_per_minute or Decimal(0)),
        -(since if since is not None else 100_000), one.row.patient_id,
    )  # fmt: skip


def _due(row: Missing, practice: Practice, policy: Policy, past: History, today: date) -> Due:
    zone = time_zone(practice.time_zone)
    seen = row.last_contact_at.astimezone(zone).date() if row.last_contact_at else None
    since = (today - seen).days if seen else None
    review = policy.whole("care_plan_review_months")
    return Due(
        row, since,
        since is None or since >= policy.whole("contact_due_days"),
        row.plan_on is None or months_after(row.plan_on, review) <= today,
        _per_minute(row, practice, policy),
        past.chance(row.next_minutes, row.missing_minutes),
        past.known(row.next_minutes, row.missing_minutes), None,
    )  # fmt: skip


def _per_minute(row: Missing, practice: Practice, policy: Policy) -> Decimal | None:
    """What the next threshold adds to the month, for each minute that is missing."""
    specs = {spec.name: spec for spec in policy.paths}
    spec = specs.get(row.path)
    if spec is None:
        code = min(policy.paths, key=lambda s: s.base.first_seconds).base.code
    elif spec.addon is None:
        return None
    else:
        code = spec.addon.code
    price = price_plan({code: 1}, policy.month.last_day, practice.locality, practice.setting)
    if price.allowed_usd is None or not row.missing_minutes:
        return None
    return (price.allowed_usd / row.missing_minutes).quantize(_CENT)


def _minutes_left(
    session: Session, practice: Practice, month: Month, today: date
) -> dict[str, Decimal]:
    """Working minutes until the month ends, of everybody whose hours are recorded."""
    days = workdays.left(month, today)
    return {
        one.staff_id: one.weekly_hours * _MINUTES / workdays.A_WEEK * days
        for one in reading.staff(session, practice.practice_id)
        if one.weekly_hours is not None and one.is_active
    }


def _fitted(made: Iterable[Due], left: dict[str, Decimal]) -> Iterable[Due]:
    """Walk down the list and use up each care manager's hours."""
    from dataclasses import replace

    used: dict[str, int] = defaultdict(int)
    for one in made:
        manager = one.row.care_manager_id
        used[manager] += one.row.missing_minutes
        yield replace(one, fits=used[manager] <= left[manager]) if manager in left else one
