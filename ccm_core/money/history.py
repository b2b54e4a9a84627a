"""A practice's own history as inputs: what happened here replaces the defaults.

Only counts come in; nothing here knows a patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ccm_core.errors import UsageError
from ccm_core.money.minutes_mix import code_mix_of, histogram_of
from ccm_core.money.scenario import Scenario

LEAST_PATIENT_MONTHS = 30
_SIX = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class OwnFigures:
    """Counts of past months. A count that is not known is left at None."""

    minutes: Sequence[int] = ()
    """Counted minutes of every enrolled patient-month, without whose they are."""
    units: Mapping[str, int] | None = None
    """Billed units by code over the same patient-months."""
    spells: Sequence[tuple[int, bool]] = ()
    """Per patient: months enrolled, and whether the patient left."""
    claims: int | None = None
    denied_first: int | None = None
    reworked: int | None = None
    reworked_paid: int | None = None
    blocked: Mapping[str, int] | None = None
    """By policy: patient-months that reached a threshold and were blocked."""
    reached: int | None = None
    """Patient-months that reached a threshold."""


def own_inputs(own: OwnFigures, scenario: Scenario, use_claims: bool = False) -> Scenario:
    """The scenario with what the history knows; ``use_claims`` takes billed units over minutes.

    Raises: UsageError when there is too little history to go by.
    """
    changes: dict[str, object] = {}
    if own.minutes:
        _enough(len(own.minutes))
        changes["minutes_histogram"] = histogram_of(own.minutes)
    if use_claims and own.units is not None:
        _enough(len(own.minutes))
        changes["code_mix"] = code_mix_of(own.units, len(own.minutes))
        # Own claims are already what passed.
        changes.update(blocked_baseline_share=0, blocked_strict_share=0)
    if own.spells:
        early, later = churn_of(own.spells, scenario.tenure_months)
        changes.update(early_churn_share=early, churn_share=later)
    changes.update(_shares(own, use_claims))
    return scenario.changed(**changes)


def _shares(own: OwnFigures, use_claims: bool) -> dict[str, Decimal]:
    pairs = {
        "denial_share": (own.denied_first, own.claims),
        "rework_share": (own.reworked, own.denied_first),
        "rework_success_share": (own.reworked_paid, own.reworked),
    }
    if own.blocked is not None and not use_claims:
        for policy, count in own.blocked.items():
            pairs[f"blocked_{policy}_share"] = (count, own.reached)
    return {
        name: (Decimal(part) / whole).quantize(_SIX)
        for name, (part, whole) in pairs.items()
        if part is not None and whole
    }


def churn_of(spells: Iterable[tuple[int, bool]], tenure_months: int) -> tuple[Decimal, Decimal]:
    """Share leaving per month while new and afterwards: leavers over months at risk.

    A spell of 5 months that ended was at risk in 5 months and left in the
    fifth. Raises: UsageError when nobody was ever at risk.
    """
    at_risk, left = [0, 0], [0, 0]
    for months, has_left in spells:
        new = min(months, tenure_months)
        at_risk[0] += new
        at_risk[1] += months - new
        if has_left:
            left[0 if months <= tenure_months else 1] += 1
    if not sum(at_risk):
        raise UsageError("Churn was asked for; no patient was enrolled for a month yet.")
    whole = Decimal(sum(left)) / sum(at_risk)
    early, later = (
        (Decimal(gone) / risk).quantize(_SIX) if risk else whole.quantize(_SIX)
        for gone, risk in zip(left, at_risk, strict=True)
    )
    return min(early, Decimal(1)), min(later, Decimal(1))


def _enough(patient_months: int) -> None:
    if patient_months < LEAST_PATIENT_MONTHS:
        raise UsageError(
            f"{patient_months} patient-months of history were given; at least "
            f"{LEAST_PATIENT_MONTHS} are needed. Use the defaults until then."
        )
