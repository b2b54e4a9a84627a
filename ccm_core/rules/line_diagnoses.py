"""L05: what a line points to. Medicare publishes no list of diagnoses."""

from __future__ import annotations

from ccm_core.cases import Case
from ccm_core.findings import Evidence, Finding, Level
from ccm_core.policy import Policy
from ccm_core.rule import rule
from ccm_core.rules.services import APCM, CCM, FIRST_LEVEL, ONLY_PCM, plans_family

_SEVERAL_CONDITIONS = CCM | {"clinic_care_management", "care_planning"}
_NEED = {True: "diagnosis_pointers", False: "pcm_diagnosis_pointers"}


@rule(
    "L05",
    "Too few diagnoses on the line",
    level=Level.REVIEW,
    needs=("plan", "request"),
    cites=("emblem-dx#primary and secondary", "x12-codes-2024#11"),
    fix="Point the line to the managed chronic conditions (CCM: two, PCM: one).",
)
def too_few_diagnoses(case: Case, policy: Policy) -> Finding | None:
    """Medicare publishes no list, but payers deny CCM with a single diagnosis.

    A diagnosis that the table of chronic conditions calls acute does not count for CCM
    and PCM, unless the chart calls it chronic. Other services need one diagnosis of any kind.
    """
    request = case.request
    given = request.diagnosis_count if request else None
    if request is None or given is None or not case.plan:
        return None
    several = _asks_for_several(case, policy)
    is_chronic_care = several or plans_family(case, policy, ONLY_PCM)
    acute = _acute(case) if is_chronic_care and request.acute_count else 0
    have, need = given - acute, policy.whole(_NEED[several])
    if have >= need:
        return None
    said = f"{have} diagnosis pointers; {need} are expected."
    if acute:
        said = f"{have} of {given} diagnoses may be chronic; {need} are expected."
    return Finding(said, (Evidence("diagnoses", have),))


def _asks_for_several(case: Case, policy: Policy) -> bool:
    """Whether a planned code is for patients with several chronic conditions."""
    families = {code: policy.family(code) for code in case.plan}
    return any(
        family in _SEVERAL_CONDITIONS or (family in APCM and code != FIRST_LEVEL)
        for code, family in families.items()
    )


def _acute(case: Case) -> int:
    """How many of the line's acute diagnoses the chart does not call chronic."""
    chronic = {c.code for c in case.conditions if c.is_chronic}
    return len(case.request.acute_codes - chronic) if case.request else 0
