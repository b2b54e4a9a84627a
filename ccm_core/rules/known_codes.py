"""X and L10: whether a planned code is a code at all, known, in force, and of this setting."""

from __future__ import annotations

from ccm_core.cases import Case
from ccm_core.fees import denied_as
from ccm_core.findings import Evidence, Finding, Level
from ccm_core.policy import Policy
from ccm_core.procedure_codes import is_procedure_code
from ccm_core.rule import rule
from ccm_core.rules.services import is_foreign, shows_plan
from ccm_core.sources import MAY_BLOCK, source


@rule(
    "X08",
    "Code not in force in this month",
    level=Level.BLOCK,
    needs=("code_not_in_force",),
    cites=("x12-codes-2024#N56", "narhc-2025#1 October 2025", "rpm-codes-2026#effective dates"),
    fix="Use the code that was in force in the service month.",
    shows=shows_plan,
)
def code_not_in_force(case: Case, policy: Policy) -> Finding | None:
    """Codes begin and end on dates; a retired or future code is denied."""
    return _not_in_force(case, policy, certain=True)


@rule(
    "X19",
    "Code may not be in force in this month",
    level=Level.REVIEW,
    needs=("code_not_in_force",),
    cites=("cpt-deletions#by year", "x12-codes-2024#N56"),
    fix="Look the code up in the year's code book; its dates here were not re-read.",
    shows=shows_plan,
)
def code_perhaps_not_in_force(case: Case, policy: Policy) -> Finding | None:
    """The dates of some codes rest on memory; they ask for a look and block nothing."""
    return _not_in_force(case, policy, certain=False)


def _not_in_force(case: Case, policy: Policy, *, certain: bool) -> Finding | None:
    for code in sorted(case.plan):
        rows = policy.code_history(code)
        if not rows or policy.code_row(code) is not None:
            continue
        row = rows[-1]
        if (source(row.cite).confidence in MAY_BLOCK) is not certain:
            continue
        when = (
            f"ended {row['valid_to']}"
            if row.valid_to < case.month.first_day
            else f"begins {row['valid_from']}"
        )
        instead = f" Use {row['successor']}." if row["successor"] and "ended" in when else ""
        return Finding(
            f"{code} is not in force in {case.month}: it {when}.{instead}",
            (Evidence("code", code, (row.where,)),),
        )
    return None


@rule(
    "X09",
    "Not a code",
    level=Level.BLOCK,
    needs=("code_not_in_force",),
    cites=("x12-codes-2024#M51",),
    fix="Correct the code: CPT and HCPCS codes have four digits and one digit or letter.",
    shows=shows_plan,
)
def no_code(case: Case, policy: Policy) -> Finding | None:
    """What has not the form of a CPT or HCPCS code is denied as an invalid code."""
    return _unknown(case, policy, is_code=False)


@rule(
    "X20",
    "Code that no table knows",
    level=Level.REVIEW,
    needs=("code_not_in_force",),
    cites=("x12-codes-2024#M51", "derived#scope"),
    fix="Look the code up: a slip is denied, another lawful service has rules of its own. This "
    "tool knows care management codes and their neighbours only.",
    shows=shows_plan,
)
def unknown_code(case: Case, policy: Policy) -> Finding | None:
    """A code that stands in no table cannot be checked here."""
    return _unknown(case, policy, is_code=True)


@rule(
    "X22",
    "Code that Medicare does not pay",
    level=Level.REVIEW,
    needs=("no_amount",),
    cites=("cms-pfs-status#status B, I, N and P", "cms-ncci-2024q3#limit 0"),
    fix="Drop the code, or bill the one that Medicare accepts for this work.",
    shows=shows_plan,
)
def denied_code(case: Case, policy: Policy) -> Finding | None:
    """The fee schedule lists some codes as invalid, bundled or not covered, whoever bills them."""
    if policy.payer != "medicare":
        return None
    on = case.service_on or case.month.last_day
    for code in sorted(case.plan):
        status = denied_as(code, on)
        if status:
            said = f"{code} has status {status['status']}: {status['meaning']}."
            return Finding(said, (Evidence("status", status["status"], (status.where,)),))
    return None


@rule(
    "L10",
    "Code is not billed in this setting",
    level=Level.BLOCK,
    needs=("foreign_code",),
    cites=(
        "narhc-2025#1 October 2025",
        "eqhealth-2016#2016",
        "noridian-rhc#codes from 2025",
        "codingintel-rhc-2025#CPT codes in place of G0511",
        "cms-pfs-status#status X",
    ),
    fix="RHC and FQHC: 99490 in 2016 and 2017, then G0511 until 30 September 2025, single codes "
    "from 2025; collaborative care by G0512 until 2025. Others: never the clinics' codes.",
)
def wrong_setting(case: Case, policy: Policy) -> Finding | None:
    """Rural health clinics and federally qualified health centers have codes of their own."""
    for code in sorted(case.plan):
        if is_foreign(policy, code):
            return Finding(
                f"{code} is not billed in setting {policy.setting} in {case.month}.",
                (Evidence("family", policy.family(code)),),
            )
    return None


def _unknown(case: Case, policy: Policy, *, is_code: bool) -> Finding | None:
    unknown = [
        code
        for code in sorted(case.plan)
        if not policy.code_history(code) and is_procedure_code(code) is is_code
    ]
    if not unknown:
        return None
    return Finding(f"No table knows {', '.join(unknown)}.", (Evidence("code", unknown[0]),))
