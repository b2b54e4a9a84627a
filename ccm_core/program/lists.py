"""Lists of the tracking pages as CSV files, whole and not a page of them."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date, tzinfo

from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.exchange.safe_cells import Rows, guarded
from ccm_core.months import Month, time_zone
from ccm_core.program import panel
from ccm_core.store import db, reading
from ccm_core.store.queries import Only
from ccm_core.store.queries.enrollment import stalled_rows
from ccm_core.store.queries.minutes import MinutesRow, minutes_rows


def minutes_csv(
    who: Identity, practice_id: str, month: Month, only: Only, today: date, reach: str = ""
) -> bytes:
    """Every patient of a month with minutes, path and what is missing.

    Raises: PermissionDenied.
    """
    require(who, "minutes", "export")
    asked = panel.narrowed(who, only)
    head = (
        "mrn", "family_name", "given_name", "practitioner_npi", "care_manager", "location",
        "month", "counted_minutes", "logged_minutes", "leftover_minutes", "path",
        "minutes_to_next", "standing", "last_contact",
    )  # fmt: skip
    with db.session() as session:
        practice = reading.practice(session, practice_id)
        zone = time_zone(practice.time_zone if practice else "UTC")
        rows = minutes_rows(session, practice_id, month, only=asked, reach=reach, today=today)
        return _csv(head, (_minutes_line(row, month, zone) for row in rows))


def _minutes_line(row: MinutesRow, month: Month, zone: tzinfo) -> tuple[object, ...]:
    # A call of the evening belongs to the practice's day, as on the page.
    contact = row.last_contact_at.astimezone(zone).date() if row.last_contact_at else None
    return (
        row.mrn, row.family_name, row.given_name, row.npi, row.care_manager_id, row.location,
        month, row.counted_seconds // 60, row.logged_seconds // 60, row.leftover_seconds // 60,
        row.path, row.minutes_to_next, row.reach, contact,
    )  # fmt: skip


def stalled_csv(
    who: Identity, practice_id: str, month: Month, step: str, only: Only, today: date
) -> bytes:
    """Everybody who waits for a step of enrollment, longest waiting first.

    Raises: PermissionDenied.
    """
    require(who, "enrollment", "export")
    asked = panel.narrowed(who, only)
    head = (
        "mrn", "family_name", "given_name", "practitioner_npi", "care_manager", "location",
        "status", "waiting_for", "since", "days_waiting", "next_action", "next_on",
    )  # fmt: skip
    with db.session() as session:
        rows = stalled_rows(session, practice_id, month, step, only=asked, today=today)
        return _csv(head, (
            (r.mrn, r.family_name, r.given_name, r.practitioner_npi, r.care_manager_id,
             r.location, r.status, step, r.since_on, r.days_waiting(today), r.next_action,
             r.next_on)
            for r in rows
        ))  # fmt: skip


def _csv(head: Iterable[str], rows: Iterable[tuple[object, ...]]) -> bytes:
    text = io.StringIO(newline="")
    writer = Rows(text)
    writer.writerow(head)
    for row in rows:
        writer.writerow(guarded(cell) if isinstance(cell, str) else cell for cell in row)
    return text.getvalue().encode(
        "utf-8-sig"
    )  # spreadsheets take names such as Łódź for UTF-8 then
