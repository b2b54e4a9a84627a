"""The practitioner's word that a condition is chronic: proposed by tables, confirmed by people."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ccm_core import records
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.program.chart import PAGE, seen
from ccm_core.program.following_up import audit_again
from ccm_core.store import editing, reading, results
from ccm_core.store.access_log import record
from ccm_core.store.queries import months_with_results

if TYPE_CHECKING:
    from sqlmodel import Session


def confirm_chronic(
    session: Session, who: Identity, patient_id: str, condition_ids: list[str], npi: str, on: date
) -> int:
    """Write down which practitioner confirmed these conditions, and audit the newest months again.

    Gives the number of conditions that were not confirmed before.

    Raises:
        PermissionDenied: the role or the panel does not allow it.
        UsageError: no such practitioner or condition.
    """
    require(who, PAGE, "edit")
    practice = reading.practice(session)
    patient = seen(session, who, patient_id)
    if practice is None or npi not in {p.npi for p in reading.practitioners(session)}:
        raise UsageError("A confirmation needs a practitioner of this practice; choose one.")
    own = {
        condition.condition_id: condition
        for condition in reading.records_of(session, records.Condition, patient_id)
    }
    if not condition_ids or set(condition_ids) - set(own):
        raise UsageError("A confirmation needs conditions of this patient; choose at least one.")
    changed = 0
    for condition_id in condition_ids:
        if own[condition_id].confirmed_by:
            continue
        row = editing.shown(
            session, records.Condition, practice.practice_id, condition_id=condition_id
        )
        values = {"is_chronic": True, "confirmed_by": npi, "confirmed_on": on}
        editing.update_checked(session, records.Condition, row.id, row.version, values)
        record(session, who, "confirm_chronic", "condition", condition_id, reason=npi)
        changed += 1
    if changed:
        # Every month looks at the conditions: the one that is being billed is rarely today's.
        ours, own_id = practice.practice_id, [patient.patient_id]
        results.refresh(session, ours, Month.of(on), own_id)
        for known in months_with_results(session, ours)[:1]:
            audit_again(session, ours, known, own_id, user_id=who.user_id)
    return changed
