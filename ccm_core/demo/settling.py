"""Which reviews the demo's billing lead has settled, and with which words."""

from __future__ import annotations

from ccm_core.demo.shape import dice

_REASONS = {
    "C05": "One consent is enough here; the patient was reminded at the last visit.",
    "C06": "Only minutes after the consent are counted; checked.",
    "E09": "The model's administrator confirmed that CCM may be billed.",
    "O06": "The facility is not paid for care management; attestation on file.",
    "O09": "Eligibility was checked by telephone; no record of it yet.",
    "O12": "Plan terms checked; billed to the plan.",
    "O14": "The payer covers care management; terms on file.",
    "O16": "The patient was enrolled in that month and left later.",
    "T08": "The call was hours after the visit and not part of it.",
    "X05": "No minute is counted twice; CMS allows both.",
}
_OTHER_REASON = "Looked at by the billing lead; the record supports the claim."
# Share of the usual reviews that are settled in the current month, in the last one, earlier.
_USUAL = (0.7, 0.93, 0.97)
_OTHERS = (0.0, 0.25, 0.25)


def reason(seed: int, months_ago: int, patient_id: str, rule: str) -> str:
    """Why this finding was accepted; an empty text when nobody has looked at it yet."""
    shares = _USUAL if rule in _REASONS else _OTHERS
    likely = shares[min(months_ago, len(shares) - 1)]
    if dice(seed, "settle", patient_id, rule).random() >= likely:
        return ""
    return _REASONS.get(rule, _OTHER_REASON)
