"""Values that fields of random practices may hold: those that something turns on, and odd ones."""

from __future__ import annotations

from datetime import date, timedelta

from ccm_core import records as r
from ccm_core.months import Month
from tests.bench import made
from tests.engine.plain_charts import ALL, FALSE, NOTES, OTHER

STATES = ("", "", "FL", "CA", "NY", "AK", "WA", "AZ")
NPIS = (made.NPI, OTHER, FALSE, "")
PLANS = ("", "Sunny Plan", "Plan A")
BEGINNINGS = ("p", "p", "p", "00", "Z", "é", "a-", "~")
CONDITIONS = (
    ("I10", "hypertension"), ("E11.9", "diabetes"), ("N18.3", "kidney"), ("F03", ""),
    ("I11.9", "hypertension"),
)  # fmt: skip
VISITED = (
    "99214", "99213", "99211", "G0439", "G0402", "99495", "99496", "G0506", "99490", "99424",
    "G0556", "99457", "98980", "90960", "G0181", "G0182", "99484", "99492", "99441", "99421",
    "99358", "99417", "93792", "96127", "98966", "G2012", "99091", "99497", "", "nonsense",
    "99605", "G0023", "99473", "G0511",
)  # fmt: skip
CLAIMED = (
    "99490", "99439", "99487", "99489", "99491", "99437", "99424", "99425", "99426", "99427",
    "G0511", "G0506", "G0556", "G0557", "G0558", "99495", "99457", "99214", "99091", "00000",
    "99484", "99999", "ABC",
)  # fmt: skip
MODIFIERS = ((), (), (), ("25",), ("GV",), ("GW",), ("95",), ("59",), ("XU", "GC"))
POINTED = ((), ("I10", "E11.9"), ("I10",), ("I10", "I10"), ("E11.9", "X"))
LENGTHS = (0, 1, 29, 60, 299, 300, 301, 630, 1_200, 1_800, 3_601, 7_201, 90_000)
ABOUT_AN_EDGE = (-172_801, -172_800, -90_000, -3_600, -300, -60, -1, 0, 1, 59, 300)
ODD_NOTES = (
    "", " ", "call", "ok ok ok ok", "a b c d e f g h", "Überweisung geprüft, Labor bestellt",
    "\u212aelvin scale taken home today", NOTES[0].upper(), f"{NOTES[0]}!", "x" * 60, "a;b", "[x",
    "20 minutes spent",
)  # fmt: skip
WORDS = {
    "actor": r.ACTORS, "seconds": LENGTHS, "note": (*NOTES, *ODD_NOTES),
    "activity": ("", "call", "zumba", "scheduling call", "travel", "prior authorization"),
    "counted_for": ("", "99457", "99490"), "late_reason": ("", "storm"),
    "staff_id": ("", "s", "s1"), "mode": r.CONSENT_MODES, "elements": (frozenset(), ALL),
    "practice": ("", "same", "other"), "npi": NPIS, "practitioner_npi": NPIS,
    "system": ("icd10cm", "snomed"), "group": ("", "hypertension", "new"), "state": STATES,
    "name": PLANS, "in_model": ("", "ACCESS"), "place": ("", "11", "02", "21"),
    "signed_by": ("", "x"), "author_credential": ("", "RN", "MA", "MD"),
    "condition_codes": (frozenset(), frozenset({"I10"}), frozenset({"I10", "E11.9", "kidney"})),
    "modifiers": MODIFIERS, "diagnoses": POINTED, "mdm": r.MDM_LEVELS, "units": (0, 1, 2, 3, 9),
    "confirmed_by": ("", "x"), "label": ("", "lab"), "ClaimLine.status": r.CLAIM_STATUSES,
    "Patient.status": r.PATIENT_STATUSES, "StatusChange.status": r.PATIENT_STATUSES,
    "Payer.kind": r.PAYER_KINDS, "Stay.kind": r.STAY_KINDS, "ClaimLine.code": CLAIMED,
    "Visit.kind": ("", "office", "facility_claim"), "Visit.code": VISITED,
    "Condition.code": ("I10", "E11.9", "X", "", "hypertension"),
}  # fmt: skip
"""By the name of a field, or of a kind and its field."""
DECIDING = {
    r.Payer: ("kind", "name", "is_qmb"), r.Patient: ("state", "practitioner_npi"),
    r.TimeEntry: ("actor", "seconds", "seconds"),
    r.ClaimLine: ("units", "modifiers", "service_on", "service_on", "place", "diagnoses", "code",
                  "created_on"),
}  # fmt: skip
"""What decides what is earned, asked or expected, by kind."""
IDS = {
    "entry_id", "condition_id", "consent_id", "plan_id", "stay_id", "visit_id", "claim_id",
}  # fmt: skip
FREE = {
    *IDS, "patient_id", "payer_id", "line", "mrn", "mbi", "given_name", "phone", "street", "city",
    "location", "member_id", "changed_by", "charge_usd", "paid_usd", "paid_on", "adjustments",
    "reason", "next_on", "zip5", "sex", "care_manager_id", "approved_by", "taken_by",
    "family_name", "signed_on", "confirmed_on", "born_on", "decided_on", "has_supplement",
}  # fmt: skip
"""What records are known by, and what no rule reads."""


def days_about(month: Month) -> tuple[date, ...]:
    """Days on which something turns: edges of this month and of those that it looks at."""
    first, last, day = month.first_day, month.last_day, timedelta(days=1)
    return (
        first, last, first - day, last + day, first + day, last - day, first + 4 * day,
        first + 9 * day, first + 20 * day, last + 31 * day, last + 32 * day,
        month.plus(2).last_day, month.plus(3).first_day, month.previous.first_day,
        month.previous.first_day - day, month.following.last_day, month.plus(-12).first_day,
        month.plus(-12).last_day, month.plus(-13).first_day, month.plus(-13).first_day - day,
        month.plus(-36).first_day, first - 365 * day, first - 366 * day, last - 365 * day,
        last - 30 * day, first - 396 * day, date(2012, 2, 29), date(2024, 2, 29),
        date(2016, 12, 31), date(2017, 1, 1),
    )  # fmt: skip
