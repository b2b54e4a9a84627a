"""What makes a record the same record: one list for the store, imports and files of columns."""

from __future__ import annotations

from typing import Any

from ccm_core import records

SAME_BY: dict[type[Any], tuple[str, ...]] = {
    records.Practice: ("practice_id",),
    records.Practitioner: ("npi",),
    records.Staff: ("staff_id",),
    records.Patient: ("patient_id",),
    records.StatusChange: ("patient_id", "changed_on", "status"),
    records.Condition: ("condition_id",),
    records.Consent: ("consent_id",),
    records.CarePlan: ("plan_id",),
    records.TimeEntry: ("entry_id",),
    records.Stay: ("stay_id",),
    records.Visit: ("visit_id",),
    # Insurers' own numbers stand for many patients.
    records.Payer: ("patient_id", "payer_id"),
    records.Complexity: ("patient_id", "month"),
    records.ClaimLine: ("claim_id", "line"),
}
"""The fields, within one practice; the kinds in the order in which they are written."""
