"""The monthly billing report: one row per claim line, for practices that key claims into their EHR.

``rows`` gives plain mappings in the order of ``COLUMNS``; ``to_csv`` and
``to_xlsx`` write them. Amounts are Decimal until they are written.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ccm_core.audit import Outcome
from ccm_core.cases import SECONDS_PER_MINUTE, Case
from ccm_core.eligibility import (
    chronic_conditions,
    initiating,
    latest_consent,
    payer_on,
)
from ccm_core.exchange.safe_cells import Rows, guarded
from ccm_core.fees import price_plan
from ccm_core.payment.by_payer import expected_by
from ccm_core.payment.expected import Expected
from ccm_core.policy import Policy, Threshold
from ccm_core.rules.care_plan import plan_of

COLUMNS = (
    "practice", "location", "billing_provider", "billing_npi", "rendering_staff", "mrn", "mbi",
    "patient", "born_on", "payer", "program", "service_month", "date_of_service",
    "place_of_service", "code", "units", "minutes_per_unit", "modifiers", "staff_minutes",
    "practitioner_minutes", "leftover_minutes", "non_billable_minutes", "contacts",
    "conditions_treated", "all_conditions", "consent_on", "care_plan_on", "initiating_visit_on",
    "check_status", "blocking_reason", "charge_usd", "allowed_usd", "amount_is_estimate",
    "amount_by", "expected_medicare_usd", "expected_patient_usd", "claim_id", "claim_status",
    "paid_usd", "adjustment_codes", "variance_usd", "approver", "approved_at", "policy",
    "tables_version",
)  # fmt: skip
_PLACES = {"office": "11", "facility": "22", "rhc": "72", "fqhc": "50"}
_FAMILY = {"staff": "CCM", "complex": "Complex CCM", "personal": "CCM", "clinic": "CCM"}


@dataclass(frozen=True, slots=True)
class Around:
    """What the report needs beside case and outcome."""

    practitioners: Mapping[str, str]
    staff: Mapping[str, str]
    check_status: str
    claim: Mapping[str, Any] | None = None
    """Claim id, status, paid, adjustments, charge, approver of lines already made."""


def rows(case: Case, outcome: Outcome, policy: Policy, around: Around) -> list[dict[str, Any]]:
    """One row per planned code of one patient-month; none when nothing is planned."""
    if not outcome.planned_units:
        return []
    shared = _shared(case, outcome, policy, around)
    return [{**shared, **line} for line in _lines(case, outcome, policy, around)]


def _shared(case: Case, outcome: Outcome, policy: Policy, around: Around) -> dict[str, Any]:
    patient, practice = case.patient, case.practice
    payer = payer_on(case.payers, outcome.service_on or case.month.last_day)
    consent, plan = latest_consent(case), plan_of(case)
    visit = initiating(case, policy).visit
    blocking = next((j.summary for j in outcome.findings if j.level == "BLOCK"), "")
    counted = outcome.total_seconds - outcome.leftover_seconds
    people = {e.entry.staff_id for e in case.counted.entries if e.counted_seconds}
    conditions = [c.code for c in chronic_conditions(case)]
    return {
        "practice": practice.name,
        "location": patient.location,
        "billing_provider": around.practitioners.get(case.npi, ""),
        "billing_npi": case.npi,
        "rendering_staff": "; ".join(sorted(around.staff.get(p, p) for p in people)),
        "mrn": patient.mrn,
        "mbi": patient.mbi,
        "patient": f"{patient.family_name}, {patient.given_name}".strip(", "),
        "born_on": patient.born_on,
        "payer": (payer.name or payer.kind) if payer else "unknown",
        "program": _program(outcome),
        "service_month": str(case.month),
        "date_of_service": outcome.service_on,
        "place_of_service": _PLACES[practice.setting],
        "modifiers": " ".join(case.modifiers),
        "staff_minutes": outcome.staff_seconds // SECONDS_PER_MINUTE,
        "practitioner_minutes": outcome.practitioner_seconds // SECONDS_PER_MINUTE,
        "leftover_minutes": (outcome.total_seconds - counted) // SECONDS_PER_MINUTE,
        "non_billable_minutes": sum(e.seconds for e in outcome.excluded) // SECONDS_PER_MINUTE,
        "contacts": sum(1 for e in case.entries if e.is_contact),
        "conditions_treated": " ".join(conditions),
        "all_conditions": " ".join(c.code for c in case.conditions if c.ended_on is None),
        "consent_on": consent.given_on if consent else None,
        "care_plan_on": plan.created_on if plan else None,
        "initiating_visit_on": visit.on if visit else None,
        "check_status": around.check_status,
        "blocking_reason": blocking,
        "policy": outcome.policy_name,
        "tables_version": outcome.tables_version,
    }


def _program(outcome: Outcome) -> str:
    name = outcome.chosen.name if outcome.chosen else ""
    return _FAMILY.get(name, "PCM" if name.startswith("pcm") else "")


def _lines(case: Case, outcome: Outcome, policy: Policy, around: Around) -> list[dict[str, Any]]:
    on = outcome.service_on or case.month.last_day
    payer = payer_on(case.payers, on)
    claim = around.claim or {}
    found = []
    for code, units in sorted(outcome.planned_units.items()):
        priced = price_plan({code: units}, on, case.practice.locality, policy.setting)
        share = expected_by(
            case.practice.practice_id, payer, {code: units}, on,
            (case.practice.locality, policy.setting), priced.allowed_usd,
        )  # fmt: skip
        threshold = policy.find_threshold(code)
        made = claim.get(code, {})
        paid = made.get("paid_usd")
        found.append({
            "code": code,
            "units": units,
            "minutes_per_unit": _minutes(threshold),
            "charge_usd": made.get("charge_usd"),
            "allowed_usd": share.allowed_usd if share else None,
            "amount_is_estimate": "estimate" if _is_estimate(share, priced.estimate) else "",
            "amount_by": ("contract" if share.is_contract else "fee schedule") if share else "",
            "expected_medicare_usd": share.medicare_usd if share else None,
            "expected_patient_usd": share.patient_usd if share else None,
            "claim_id": made.get("claim_id", ""),
            "claim_status": made.get("status", ""),
            "paid_usd": paid,
            "adjustment_codes": " ".join(made.get("adjustments", ())),
            "variance_usd": paid - share.medicare_usd if share and paid is not None else None,
            "approver": made.get("approver", ""),
            "approved_at": made.get("approved_at", ""),
        })  # fmt: skip
    return found


def _is_estimate(share: Expected | None, is_fee_estimated: bool) -> bool:
    """A contract does not rest on the fee schedule; how the plan splits it is not in it."""
    return share.is_estimate if share and share.is_contract else is_fee_estimated


def _minutes(threshold: Threshold | None) -> int | None:
    if threshold is None:
        return None
    return threshold.minutes_per_unit or threshold.first_minutes


def to_csv(lines: Iterable[Mapping[str, Any]], note: str = "") -> bytes:
    """The report as CSV with a byte order mark, so that spreadsheet programs read it as UTF-8."""
    text = io.StringIO()
    writer = Rows(text)
    columns = (*COLUMNS, "note") if note else COLUMNS
    writer.writerow(columns)
    for line in lines:
        writer.writerow([_plain({**line, "note": note}.get(name)) for name in columns])
    return text.getvalue().encode("utf-8-sig")


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, date):
        return value.isoformat()
    return guarded(value) if isinstance(value, str) else str(value)


def to_xlsx(lines: Iterable[Mapping[str, Any]], title: str, note: str = "") -> bytes:
    """The report as a workbook: text as text, amounts and minutes as numbers."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet("Billing report")
        formats = {
            "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True}),
            "usd": book.add_format({"num_format": "#,##0.00"}),
            "day": book.add_format({"num_format": "d mmm yyyy"}),
        }
        sheet.write_string(0, 0, title)
        sheet.write_string(1, 0, note)
        for column, name in enumerate(COLUMNS):
            sheet.write_string(3, column, name.replace("_", " "), formats["head"])
        for index, line in enumerate(lines, start=4):
            for column, name in enumerate(COLUMNS):
                _write(sheet, index, column, line.get(name), formats)
        sheet.freeze_panes(4, 0)
        sheet.set_column(0, len(COLUMNS) - 1, 14)
    return out.getvalue()


def _write(sheet: Any, row: int, column: int, value: Any, formats: Mapping[str, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, Decimal):
        sheet.write_number(row, column, float(value), formats["usd"])
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, formats["day"])
    elif isinstance(value, int):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(value))
