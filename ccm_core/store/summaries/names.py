"""The steps of enrollment and the words in the records that they go by."""

from __future__ import annotations

STEPS = (
    "eligible", "invited", "consented", "care_plan", "active", "threshold", "billed", "paid",
)  # fmt: skip
MONTHLY = frozenset({"active", "threshold", "billed", "paid"})
"""Steps that begin anew each month."""

CLAIMS = frozenset({"billed", "paid"})
"""Steps of the claim, not of the patient."""

INVITED = ("invited", "consented", "declined", "enrolled_elsewhere", "paused", "unenrolled")
SENT = ("submitted", "paid", "denied")
CHRONIC_NEEDED = 2
