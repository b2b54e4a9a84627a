"""Advanced primary care management: no minutes, but a level, one unit and its own visit rule."""

from __future__ import annotations

from ccm_core.cases import Case
from ccm_core.eligibility import chronic_count, counting_visits, starts_on
from ccm_core.findings import Evidence, Finding, Level
from ccm_core.months import months_after
from ccm_core.policy import Policy
from ccm_core.rule import rule
from ccm_core.rules.coverage import payer_of
from ccm_core.rules.services import APCM, FIRST_LEVEL, plans_only, shows_plan


def level_code(case: Case, policy: Policy) -> str:
    """The APCM level of this patient: by number of conditions, then QMB."""
    payer = payer_of(case)
    if chronic_count(case) < policy.whole("ccm_condition_count"):
        return FIRST_LEVEL
    return "G0558" if payer is not None and payer.is_qmb else "G0557"


@rule(
    "L15",
    "APCM level or units do not fit",
    level=Level.BLOCK,
    needs=("plans_apcm",),
    codes=("G0556", "G0557", "G0558"),
    cites=("aafp-apcm#levels, once per month",),
    fix="Plan one unit of the level that the conditions and QMB status give.",
    shows=shows_plan,
)
def apcm_level(case: Case, policy: Policy) -> Finding | None:
    """APCM has three levels and is paid once a month.

    One condition or none; two or more; two or more for a qualified Medicare
    beneficiary. A higher level than the record supports is not payable.
    """
    fits = level_code(case, policy)
    levels = [code for code in sorted(case.plan) if policy.family(code) in APCM]
    if len(levels) > 1:
        said = f"{' and '.join(levels)} are planned; APCM is paid once a month, at one level."
        return Finding(said, (Evidence("level", fits),))
    for code in levels:
        if case.planned(code) > 1:
            said = f"{case.planned(code)} units of {code} planned; APCM is paid once a month."
            return Finding(said, (Evidence("level", fits),))
        if code > fits:
            said = f"{code} is planned; conditions and QMB status give {fits}."
            return Finding(said, (Evidence("level", fits),))
    return None


@rule(
    "L20",
    "APCM level is lower than the record supports",
    level=Level.NOTE,
    needs=("plans_apcm",),
    codes=("G0556", "G0557", "G0558"),
    cites=("aafp-apcm#levels, once per month",),
    fix="Plan the level that the conditions and QMB status give.",
    shows=shows_plan,
)
def apcm_level_low(case: Case, policy: Policy) -> Finding | None:
    """The levels are by condition and status, not by choice."""
    fits = level_code(case, policy)
    low = [c for c in sorted(case.plan) if policy.family(c) in APCM and c < fits]
    if not low:
        return None
    return Finding(
        f"{low[0]} is planned; conditions and QMB status give {fits}.", (Evidence("level", fits),)
    )


@rule(
    "E10",
    "No visit within three years before APCM",
    level=Level.REVIEW,
    needs=("plans_apcm",),
    codes=("G0556", "G0557", "G0558"),
    cites=("apcm-initiating#three years",),
    fix="Hold an initiating visit, or record the visits of the last three years.",
)
def apcm_without_visit(case: Case, policy: Policy) -> Finding | None:
    """APCM asks for an initiating visit of new patients and those not seen in three years."""
    if not plans_only(case, policy, APCM):
        return None
    start = starts_on(case)
    months = policy.whole("apcm_initiating_visit_months")
    if any(months_after(v.on, months) >= start for v in counting_visits(case)):
        return None
    return Finding(f"No visit that counts within {months} months before {start.isoformat()}.")
