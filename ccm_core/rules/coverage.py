"""O: who pays, and where the patient was."""

from __future__ import annotations

from datetime import date

from ccm_core.cases import Case
from ccm_core.eligibility import payer_on, stay_on
from ccm_core.findings import Evidence, Finding, Level
from ccm_core.minutes import has_hospice_modifier
from ccm_core.policy import Policy
from ccm_core.records import Payer, Stay
from ccm_core.rule import rule

_FACILITY = frozenset({"hospital", "snf_part_a"})
_HOSPICE = frozenset({"hospice"})
_RESIDENT = frozenset({"nursing_facility", "assisted_living"})
_KIND_WORDS = {"hospital": "hospital inpatient", "snf_part_a": "SNF Part A"}
_LEFT = frozenset({"declined", "unenrolled", "enrolled_elsewhere", "ineligible"})


def _day(case: Case) -> date:
    return case.service_on or case.month.last_day


def _payer(case: Case) -> Payer | None:
    return payer_on(case.payers, _day(case))


def _days_in(case: Case, kinds: frozenset[str]) -> tuple[int, int, tuple[Stay, ...]]:
    """Days of the month inside such stays, days alive in the month, and the stays."""
    died_on = case.patient.died_on
    alive = [d for d in case.month.days() if died_on is None or d <= died_on]
    stays = [stay_on(case.stays, d, kinds) for d in alive]
    found = {s.stay_id: s for s in stays if s is not None}
    return sum(s is not None for s in stays), len(alive), tuple(found.values())


def shows_stays(case: Case, policy: Policy) -> tuple[Evidence, ...]:
    """Evidence: stays that touch the month."""
    touching = [
        s
        for s in case.stays
        if s.from_on <= case.month.last_day and (s.to_on is None or s.to_on >= case.month.first_day)
    ]
    said = ", ".join(f"{s.kind} from {s.from_on.isoformat()}" for s in touching) or "none"
    return (Evidence("stays", said, tuple(s.stay_id for s in touching)),)


def shows_payer(case: Case, policy: Policy) -> tuple[Evidence, ...]:
    """Evidence: the coverage on the date of service."""
    payer = _payer(case)
    if payer is None:
        return (Evidence("coverage", "not known"),)
    return (Evidence("coverage", payer.kind, (payer.payer_id,)),)


def _stay_evidence(stays: tuple[Stay, ...], days: int) -> tuple[Evidence, ...]:
    return (Evidence("days", days, tuple(s.stay_id for s in stays)),)


@rule(
    "O01",
    "In a hospital or SNF the whole month",
    level=Level.BLOCK,
    cites=("cms-faq-2015#inpatients",),
    fix="Do not bill: the facility is paid for planning and coordination.",
    shows=shows_stays,
)
def whole_month_inpatient(case: Case, policy: Policy) -> Finding | None:
    """CCM is not billed for hospital or SNF Part A inpatients during the whole month."""
    inside, alive, stays = _days_in(case, _FACILITY)
    if not case.stays or not inside or inside < alive:
        return None
    return Finding(f"Inpatient on all {alive} days of the month.", _stay_evidence(stays, inside))


@rule(
    "O02",
    "SNF days in the month",
    level=Level.REVIEW,
    cites=("cms-faq-2015#part of the month", "seed-3#pre-flight checklist"),
    fix="Minutes of those days were left out; acknowledge, or drop the claim under the guide.",
    shows=shows_stays,
)
def snf_days(case: Case, policy: Policy) -> Finding | None:
    """Minutes on days outside the stay count; the program guide blocks on any SNF day."""
    inside, alive, stays = _days_in(case, frozenset({"snf_part_a"}))
    if not inside or inside >= alive:
        return None
    return Finding(
        f"SNF Part A on {inside} days; minutes of those days do not count.",
        _stay_evidence(stays, inside),
    )


@rule(
    "O03",
    "Hospital days in the month",
    level=Level.NOTE,
    cites=("cms-faq-2015#part of the month",),
    fix="Minutes of those days were left out; the rest may be billed.",
    shows=shows_stays,
)
def hospital_days(case: Case, policy: Policy) -> Finding | None:
    """A month with hospital days may be billed when other days reach the threshold."""
    inside, alive, stays = _days_in(case, frozenset({"hospital"}))
    if not inside or inside >= alive:
        return None
    return Finding(
        f"In hospital on {inside} days; minutes of those days do not count.",
        _stay_evidence(stays, inside),
    )


def _hospice_blocks(case: Case) -> bool:
    """Hospice covers the date of service or the whole month, and no modifier says why not."""
    if has_hospice_modifier(case):
        return False
    inside, alive, _ = _days_in(case, _HOSPICE)
    on_day = stay_on(case.stays, _day(case), _HOSPICE) is not None and bool(case.plan)
    return bool(inside) and (inside >= alive or on_day)


@rule(
    "O04",
    "Hospice days in the month",
    level=Level.REVIEW,
    cites=("novitas-hospice#GV and GW", "seed-3#pre-flight checklist"),
    fix="Check which days and conditions are outside the hospice plan; append GV or GW if so.",
    shows=shows_stays,
)
def hospice_days(case: Case, policy: Policy) -> Finding | None:
    """Care unrelated to the terminal illness (GW), or by the attending (GV), may be billed."""
    inside, _, stays = _days_in(case, _HOSPICE)
    if not inside or _hospice_blocks(case):
        return None
    marked = " The claim carries GV or GW." if has_hospice_modifier(case) else ""
    return Finding(f"Under hospice on {inside} days of the month.{marked}", _stay_evidence(stays, inside))


@rule(
    "O05",
    "Under hospice care",
    level=Level.BLOCK,
    cites=("novitas-hospice#GV and GW", "x12-codes-2024#B9"),
    fix="Drop the claim, or document unrelated care and append GW (attending physician: GV).",
    shows=shows_stays,
)
def under_hospice(case: Case, policy: Policy) -> Finding | None:
    """The hospice benefit covers care planning for the terminal illness."""
    if not case.stays or not _hospice_blocks(case):
        return None
    inside, _, stays = _days_in(case, _HOSPICE)
    return Finding(
        f"Under hospice on {inside} days, without modifier GV or GW.", _stay_evidence(stays, inside)
    )


@rule(
    "O06",
    "Lives in a facility",
    level=Level.REVIEW,
    cites=("facility-residents#March 2016",),
    fix="Attest that the facility is not paid for care management of this patient.",
    shows=shows_stays,
)
def facility_resident(case: Case, policy: Policy) -> Finding | None:
    """Residents outside Part A stays may receive CCM if the facility is not paid for it."""
    inside, _, stays = _days_in(case, _RESIDENT)
    if not inside or not case.plan:
        return None
    return Finding("Lives in a nursing facility or assisted living.", _stay_evidence(stays, inside))


@rule(
    "O07",
    "Receives home health care",
    level=Level.NOTE,
    cites=("noridian-qa-2017#home health", "cms-ncci-2024q3#G0181"),
    fix="Receiving home health is fine; only oversight (G0181) by the same practitioner excludes CCM.",
    shows=shows_stays,
)
def home_health(case: Case, policy: Policy) -> Finding | None:
    """A home health episode does not exclude CCM."""
    inside, _, stays = _days_in(case, frozenset({"home_health"}))
    if not inside:
        return None
    return Finding(f"Home health on {inside} days of the month.", _stay_evidence(stays, inside))


@rule(
    "O08",
    "Date of service after death",
    level=Level.BLOCK,
    cites=("x12-codes-2024#13", "cms-dos-faq#threshold date"),
    fix="Use a date of service on or before the day of death, after the threshold was met.",
)
def after_death(case: Case, policy: Policy) -> Finding | None:
    """When the threshold was met before death, the month may be billed with an earlier date."""
    died_on = case.patient.died_on
    if died_on is None:
        return None
    if case.service_on is not None and case.service_on > died_on:
        said = f"Date of service {case.service_on.isoformat()}; the patient died {died_on.isoformat()}."
        return Finding(said, (Evidence("died", died_on.isoformat()),))
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
    cites=("x12-codes-2024#31", "derived#coverage"),
    fix="Check eligibility for the month and record the coverage.",
    shows=shows_payer,
)
def coverage_unknown(case: Case, policy: Policy) -> Finding | None:
    """Eligibility is checked each month; a claim without known coverage may be denied."""
    payer = _payer(case)
    if not case.plan or (payer is not None and payer.kind != "unknown" and payer.has_part_b is not None):
        return None
    if payer is None or payer.kind == "unknown":
        return Finding(f"No coverage is on record for {_day(case).isoformat()}.")
    return Finding("The record does not say whether Part B is in force.", shows_payer(case, policy))


@rule(
    "O10",
    "No Part B",
    level=Level.BLOCK,
    cites=("x12-codes-2024#26, 27, 31",),
    fix="Do not bill Medicare for days without Part B.",
    shows=shows_payer,
)
def no_part_b(case: Case, policy: Policy) -> Finding | None:
    """CCM is a Part B service."""
    payer = _payer(case)
    if payer is None or payer.kind != "medicare" or payer.has_part_b is not False:
        return None
    return Finding(f"Part B is not in force on {_day(case).isoformat()}.", shows_payer(case, policy))


@rule(
    "O11",
    "Another payer comes first",
    level=Level.BLOCK,
    cites=("palmetto-claims#other payer first", "x12-codes-2024#22"),
    fix="Bill the primary payer first, or correct the coverage record.",
    shows=shows_payer,
)
def medicare_secondary(case: Case, policy: Policy) -> Finding | None:
    """Medicare pays second when another payer is primary."""
    payer = _payer(case)
    if payer is None or payer.kind != "medicare" or payer.is_primary:
        return None
    return Finding("Medicare is secondary on the date of service.", shows_payer(case, policy))


@rule(
    "O12",
    "Medicare Advantage: the plan pays",
    level=Level.REVIEW,
    cites=("cms-ma-memo-2015#Part B services", "palmetto-claims#Medicare Advantage routing"),
    fix="Send the claim to the plan and check its authorization and payment terms.",
    shows=shows_payer,
)
def advantage_plan(case: Case, policy: Policy) -> Finding | None:
    """Plans must cover CCM but set payment and authorization by contract."""
    payer = _payer(case)
    if not case.plan or payer is None or payer.kind != "medicare_advantage" or _to_medicare(case):
        return None
    return Finding("The patient is in a Medicare Advantage plan.", shows_payer(case, policy))


def _to_medicare(case: Case) -> bool:
    return case.request is not None and case.request.billed_to == "medicare"


@rule(
    "O13",
    "Claim goes to Medicare, the patient is in a plan",
    level=Level.BLOCK,
    cites=("palmetto-claims#Medicare Advantage routing", "x12-codes-2024#109"),
    fix="Route the claim to the plan.",
    shows=shows_payer,
)
def wrong_payer(case: Case, policy: Policy) -> Finding | None:
    """The MAC denies claims of plan members."""
    payer = _payer(case)
    if payer is None or payer.kind != "medicare_advantage" or not _to_medicare(case):
        return None
    return Finding("The claim is addressed to the MAC.", shows_payer(case, policy))


@rule(
    "O14",
    "Not Medicare: the payer's own rules hold",
    level=Level.REVIEW,
    cites=("regence-122#commercial", "emblem-dx#care management"),
    fix="Check that the payer covers CCM, and on which terms.",
    shows=shows_payer,
)
def other_payer(case: Case, policy: Policy) -> Finding | None:
    """Commercial plans and Medicaid cover care management unevenly."""
    payer = _payer(case)
    if not case.plan or payer is None or payer.kind not in ("commercial", "medicaid"):
        return None
    return Finding(f"The payer is {payer.kind}.", shows_payer(case, policy))


@rule(
    "O15",
    "Qualified Medicare Beneficiary: nothing to collect",
    level=Level.NOTE,
    cites=("noridian-qmb#SE1128", "x12-codes-2024#N781-N783"),
    fix="Never bill the patient; the consent conversation must not promise a copay.",
    shows=shows_payer,
)
def qmb(case: Case, policy: Policy) -> Finding | None:
    """QMB patients owe neither deductible nor coinsurance, whatever the state pays."""
    payer = _payer(case)
    if payer is None or not payer.is_qmb:
        return None
    return Finding("The patient owes nothing (QMB).", shows_payer(case, policy))


@rule(
    "O16",
    "Status says that the patient left the program",
    level=Level.REVIEW,
    cites=("noridian-tpe-2020#right to stop",),
    fix="Correct the status, or do not bill.",
)
def left_program(case: Case, policy: Policy) -> Finding | None:
    """Time is logged for somebody whose status says declined, left or ineligible."""
    if not case.plan or case.patient.status not in _LEFT:
        return None
    return Finding(f"The patient's status is {case.patient.status.replace('_', ' ')}.")
