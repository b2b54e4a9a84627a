"""M: earned and not planned. Notes only: they never tell anybody to log time."""

from __future__ import annotations

from ccm_core.allocation import Path
from ccm_core.cases import Case
from ccm_core.eligibility import chronic_count
from ccm_core.fees import price_plan
from ccm_core.findings import Evidence, Finding, Level
from ccm_core.policy import Policy
from ccm_core.rule import rule
from ccm_core.rules.amount import amount_of
from ccm_core.rules.apcm import level_code
from ccm_core.rules.services import plans_ccm


@rule(
    "M01",
    "Earned, not planned",
    level=Level.NOTE,
    needs=("request", "plan_differs"),
    cites=("derived#earned units",),
    fix="Add the units that the counted minutes already earn.",
)
def earned_not_planned(case: Case, policy: Policy) -> Finding | None:
    """The request asks for fewer units than the same path earns."""
    if case.request is None or not case.request.units:
        return None
    plan = case.plan
    for path in case.paths:
        if plan.keys().isdisjoint(path.units):
            continue
        missing = {c: n - plan.get(c, 0) for c, n in path.units.items() if n > plan.get(c, 0)}
        if missing:
            said = ", ".join(f"{code} x {n}" for code, n in sorted(missing.items()))
            return Finding(f"The minutes also earn {said}.", (Evidence("earned", said),))
    return None


@rule(
    "M02",
    "Principal care management fits this patient",
    level=Level.NOTE,
    needs=("one_condition",),
    codes=("99424", "99426"),
    cites=("icd10monitor-pcm#definition",),
    fix="PCM asks for one complex chronic condition, its own plan and 30 minutes.",
)
def pcm_possible(case: Case, policy: Policy) -> Finding | None:
    """A single complex condition may be managed and billed as PCM."""
    if chronic_count(case) != policy.whole("pcm_condition_count"):
        return None
    paths = [p for p in case.paths if p.spec.conditions == "one"]
    if paths:
        return Finding(f"One condition: the month earns {_units(paths[0])}.")
    bases = [p.base for p in policy.paths if p.conditions == "one"]
    if not bases:
        return None
    lowest = min(bases, key=lambda t: (t.first_seconds, t.whose_time, t.code))
    return Finding(
        f"One condition: PCM ({lowest.code}) asks for {lowest.first_minutes} minutes; "
        f"{case.counted_minutes} are counted."
    )


def _units(path: Path) -> str:
    return ", ".join(f"{code} x {n}" for code, n in sorted(path.units.items()))


@rule(
    "M03",
    "Another legal path pays more",
    level=Level.NOTE,
    needs=("several_paths",),
    cites=("derived#comparison of legal paths",),
    fix="Compare the paths; never change the record to fit one.",
)
def other_path_pays_more(case: Case, policy: Policy) -> Finding | None:
    """All legal paths of the month with their allowed amounts, and the difference."""
    on = case.service_on
    if case.chosen is None or on is None:
        return None
    locality = case.practice.locality
    chosen = price_plan(case.chosen.units, on, locality, policy.setting).allowed_usd
    if chosen is None:
        return None
    for path in case.paths:
        usd = price_plan(path.units, on, locality, policy.setting).allowed_usd
        if usd is not None and usd > chosen:
            return Finding(
                f"{path.spec.label} ({_units(path)}) would pay ${usd}, "
                f"${usd - chosen} more than {_units(case.chosen)}.",
                (Evidence("difference", str(usd - chosen)),),
            )
    return None


@rule(
    "M04",
    "Advanced primary care management compared",
    level=Level.NOTE,
    needs=("plans_ccm",),
    codes=("G0556", "G0557", "G0558"),
    cites=("aafp-apcm#levels",),
    fix="APCM asks for no minutes but for all its service elements; one or the other per month.",
)
def apcm_compared(case: Case, policy: Policy) -> Finding | None:
    """APCM is paid per month by number of conditions and QMB status, since 2025."""
    on = case.service_on
    if on is None or not plans_ccm(case, policy):
        return None
    planned = amount_of(case, policy).allowed_usd
    if planned is None:
        return None
    code = level_code(case, policy)
    if policy.code_row(code) is None:
        return None
    locality = case.practice.locality
    apcm = price_plan({code: 1}, on, locality, policy.setting).allowed_usd
    if apcm is None:
        return None
    return Finding(
        f"{code} would pay ${apcm}; the plan pays ${planned}.",
        (Evidence("difference", str(apcm - planned)),),
    )


@rule(
    "M05",
    "Complex path is closed only by decision making",
    level=Level.NOTE,
    needs=("complex_reached",),
    codes=("99487",),
    cites=("cms-ncci-2024q3#99487", "affinity-2020#complex"),
    fix="Only the practitioner decides whether decision making was moderate or high.",
)
def complex_possible(case: Case, policy: Policy) -> Finding | None:
    """The time of complex CCM is reached; the decision making is not documented."""
    for path in policy.paths:
        reached = path.mdm and path.base.units_earned(case.whole_seconds_for(path.whose_time))
        if reached and case.mdm not in path.mdm and plans_ccm(case, policy):
            return Finding(
                f"{case.counted_minutes} minutes reach {path.base.code}; "
                f"decision making is {case.mdm}.",
                (Evidence("decision making", case.mdm),),
            )
    return None
