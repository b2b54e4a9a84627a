"""O, continued: who pays."""

from __future__ import annotations

from datetime import date

from ccm_core.cases import Case
from ccm_core.eligibility import payer_on
from ccm_core.fees import ContractPrice
from ccm_core.findings import Evidence, Finding, Level
from ccm_core.once import once
from ccm_core.payment.by_payer import contract_of
from ccm_core.policy import Policy
from ccm_core.records import Payer
from ccm_core.rule import rule

LEFT = frozenset({"declined", "unenrolled", "enrolled_elsewhere", "ineligible", "deceased"})


def _day(case: Case) -> date:
    return case.service_on or case.month.last_day


@once
def payer_of(case: Case) -> Payer | None:
    """The primary payer on the date of service, or at month end."""
    return payer_on(case.payers, _day(case))


def shows_payer(case: Case, policy: Policy) -> tuple[Evidence, ...]:
    """Evidence: the coverage on the date of service."""
    payer = payer_of(case)
    if payer is None:
        return (Evidence("coverage", "not known"),)
    return (Evidence("coverage", payer.kind, (payer.payer_id,)),)


@once
def contract_here(case: Case, policy: Policy) -> ContractPrice | None:
    """The contract that prices the planned codes; three rules ask, it is priced once."""
    payer = payer_of(case)
    if payer is None or not case.plan:
        return None
    day = _day(case) if _day(case) in case.month else case.month.last_day
    place = (case.practice.locality, policy.setting)
    return contract_of(case.practice.practice_id, payer.name, payer.kind, case.plan, day, place)


def _shows_contract(case: Case, policy: Policy) -> tuple[Evidence, ...]:
    """Evidence: the coverage, and the contract that prices the planned codes."""
    found = contract_here(case, policy)
    cited = tuple(Evidence("contract", cite) for cite in found.cites) if found else ()
    return (*shows_payer(case, policy), *cited)


@rule(
    "O08",
    "Date of service after death",
    level=Level.BLOCK,
    needs=("death",),
    cites=("x12-codes-2024#13", "cms-dos-faq#threshold date"),
    fix="Use a date of service on or before the day of death, after the threshold was met.",
)
def after_death(case: Case, policy: Policy) -> Finding | None:
    """When the threshold was met before death, the month may be billed with an earlier date."""
    died_on = case.patient.died_on
    if died_on is None:
        return None
    if case.service_on is not None and case.service_on > died_on:
        return Finding(
            f"Date of service {case.service_on.isoformat()}; death {died_on.isoformat()}.",
            (Evidence("died", died_on.isoformat()),),
        )
    if died_on < case.month.first_day:
        return Finding(
            f"The patient died on {died_on.isoformat()}, before the month.",
            (Evidence("died", died_on.isoformat()),),
        )
    return None


@rule(
    "O09",
    "Coverage is not known",
    level=Level.REVIEW,
    needs=("plan", "coverage_gap"),
    cites=("x12-codes-2024#31", "derived#coverage"),
    fix="Check eligibility for the month and record the coverage.",
    shows=shows_payer,
)
def coverage_unknown(case: Case, policy: Policy) -> Finding | None:
    """Eligibility is checked each month; a claim without known coverage may be denied."""
    payer = payer_of(case)
    if not case.plan or (
        payer is not None and payer.kind != "unknown" and payer.has_part_b is not None
    ):
        return None
    if payer is None or payer.kind == "unknown":
        return Finding(f"No coverage is on record for {_day(case).isoformat()}.")
    return Finding("The record does not say whether Part B is in force.", shows_payer(case, policy))


@rule(
    "O10",
    "No Part B",
    level=Level.BLOCK,
    needs=("odd_coverage",),
    cites=("x12-codes-2024#26, 27, 31",),
    fix="Do not bill Medicare for days without Part B.",
    shows=shows_payer,
)
def no_part_b(case: Case, policy: Policy) -> Finding | None:
    """CCM is a Part B service."""
    payer = payer_of(case)
    if payer is None or payer.kind != "medicare" or payer.has_part_b is not False:
        return None
    return Finding(
        f"Part B is not in force on {_day(case).isoformat()}.", shows_payer(case, policy)
    )


@rule(
    "O11",
    "Another payer comes first",
    level=Level.BLOCK,
    needs=("odd_coverage",),
    cites=("palmetto-claims#other payer first", "x12-codes-2024#22"),
    fix="Bill the primary payer first, or correct the coverage record.",
    shows=shows_payer,
)
def medicare_secondary(case: Case, policy: Policy) -> Finding | None:
    """Medicare pays second when another payer is primary."""
    payer = payer_of(case)
    if payer is None or payer.kind != "medicare" or payer.is_primary:
        return None
    return Finding("Medicare is secondary on the date of service.", shows_payer(case, policy))


@rule(
    "O12",
    "Medicare Advantage: the plan pays",
    level=Level.REVIEW,
    needs=("plan", "odd_coverage"),
    cites=("cms-ma-memo-2015#Part B services", "palmetto-claims#Medicare Advantage routing"),
    fix="Send the claim to the plan and check its authorization and payment terms; a contract "
    "that prices the codes, stored under Fee tables, answers it for every month.",
    shows=_shows_contract,
)
def advantage_plan(case: Case, policy: Policy) -> Finding | None:
    """Plans must cover CCM but set payment and authorization by contract.

    Silent when the practice's own contract with the plan, on record, prices every code.
    """
    payer = payer_of(case)
    if not case.plan or payer is None or payer.kind != "medicare_advantage" or _to_medicare(case):
        return None
    if contract_here(case, policy) is not None:
        return None
    return Finding("The patient is in a Medicare Advantage plan.", shows_payer(case, policy))


def _to_medicare(case: Case) -> bool:
    return case.request is not None and case.request.billed_to == "medicare"


@rule(
    "O13",
    "Claim goes to Medicare, the patient is in a plan",
    level=Level.BLOCK,
    needs=("odd_coverage",),
    cites=("palmetto-claims#Medicare Advantage routing", "x12-codes-2024#109"),
    fix="Route the claim to the plan.",
    shows=shows_payer,
)
def wrong_payer(case: Case, policy: Policy) -> Finding | None:
    """The MAC denies claims of plan members."""
    payer = payer_of(case)
    if payer is None or payer.kind != "medicare_advantage" or not _to_medicare(case):
        return None
    return Finding("The claim is addressed to the MAC.", shows_payer(case, policy))


@rule(
    "O14",
    "Not Medicare: the payer's own rules hold",
    level=Level.REVIEW,
    needs=("plan", "odd_coverage"),
    cites=("regence-122#commercial", "emblem-dx#care management"),
    fix="Check that the payer covers CCM, and on which terms; a contract that prices the codes, "
    "stored under Fee tables, answers it for every month.",
    shows=_shows_contract,
)
def other_payer(case: Case, policy: Policy) -> Finding | None:
    """Commercial plans and Medicaid cover care management unevenly.

    Silent when the practice's own contract with the payer, on record, prices every code.
    """
    payer = payer_of(case)
    if not case.plan or payer is None or payer.kind not in ("commercial", "medicaid"):
        return None
    if contract_here(case, policy) is not None:
        return None
    return Finding(f"The payer is {payer.kind}.", shows_payer(case, policy))


@rule(
    "O15",
    "Qualified Medicare Beneficiary: nothing to collect",
    level=Level.NOTE,
    needs=("qmb",),
    cites=("noridian-qmb#SE1128", "x12-codes-2024#N781-N783"),
    fix="Never bill the patient; the consent conversation must not promise a copay.",
    shows=shows_payer,
)
def qmb(case: Case, policy: Policy) -> Finding | None:
    """QMB patients owe neither deductible nor coinsurance, whatever the state pays."""
    payer = payer_of(case)
    if payer is None or not payer.is_qmb:
        return None
    return Finding("The patient owes nothing (QMB).", shows_payer(case, policy))


@rule(
    "O16",
    "Status says that the patient left the program",
    level=Level.REVIEW,
    needs=("plan", "left_program"),
    cites=("noridian-tpe-2020#right to stop",),
    fix="Correct the status, or do not bill.",
)
def left_program(case: Case, policy: Policy) -> Finding | None:
    """Time is logged for somebody whose status says declined, left or ineligible.

    Deceased without a day of death is asked for here: O08 needs the day to decide.
    """
    status = case.patient.status
    if not case.plan or status not in LEFT:
        return None
    if status != "deceased":
        return Finding(f"The patient's status is {status.replace('_', ' ')}.")
    if case.patient.died_on is not None:
        return None
    return Finding("The patient's status is deceased, the day of death is not recorded.")
