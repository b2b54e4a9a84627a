"""Figures for readers of aggregates, worked out by the server before anybody asks.

Fixed cuts: one set for each full month, made when the month is over and anew once a day
at most. Readers of aggregates get these texts and no way to ask for others: their requests
have no right to the rows behind them (`ccm_core/store/consulting.py`).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from ccm_core.months import Month, time_zone, utc_now
from ccm_core.program import aggregates, health, home_told, revenue_view, told_texts
from ccm_core.store import figures, reading
from ccm_core.store.queries import dominance
from ccm_core.store.queries.people import has_patients
from ccm_core.store.summaries import keeping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlmodel import Session

    from ccm_core.program.revenue_view import History
    from ccm_core.records import Practice


def keep_up(session: Session) -> bool:
    """Publish what is due on the practice's calendar; gives whether anything was."""
    practice = reading.practice(session)
    if practice is None or not has_patients(session, practice.practice_id):
        return False
    now = utc_now()
    today = now.astimezone(time_zone(practice.time_zone)).date()
    is_due = _is_due(session, practice, today, now)
    if is_due:
        publish(session, practice, today)
    return is_due


def _is_due(session: Session, practice: Practice, today: date, now: datetime) -> bool:
    made = figures.made_at(session, practice.practice_id, Month.of(today).previous)
    if made is None or made.astimezone(time_zone(practice.time_zone)).date() < today:
        return True
    kept = figures.newest(session, practice.practice_id, revenue_view.PAGE)
    return kept is not None and not told_texts.is_history_of_this_form(kept.content)


def publish(session: Session, practice: Practice, today: date) -> None:
    """Work out every view of the last full month as it may be told, and keep it."""
    keeping.settle(session)  # counts of steps are read as they will be committed
    month = Month.of(today).previous
    home = home_told.work_out(session, practice, today)
    history = own_history(session, month.following, home.steps)
    views = {
        home_told.PAGE: told_texts.of_home(home),
        health.PAGE: told_texts.of_health(health.work_out_told(session, practice, today)),
        revenue_view.PAGE: told_texts.of_history(history),
    }
    figures.put(session, practice.practice_id, month, views, utc_now())


def own_history(session: Session, today: Month, steps: Mapping[str, str]) -> History | None:
    """The own history from the records, as readers of aggregates may have it.

    ``steps``: patients at each step at the end of the last full month, as they are told.
    """
    found = revenue_view.history_as(session, today)
    if found is None or not found.rows:
        return found
    span = (found.practice.practice_id, found.rows[0].month, found.rows[-1].month)
    return aggregates.told(
        found, dominance.allowed_shares(session, *span), dominance.paid_shares(session, *span),
        steps,
    )  # fmt: skip
