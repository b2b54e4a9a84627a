"""O: where the patient was: hospital, SNF, hospice, home health, residence."""

from __future__ import annotations

from ccm_core.cases import Case
from ccm_core.eligibility import stay_on
from ccm_core.findings import Evidence, Finding, Level
from ccm_core.minutes import has_hospice_modifier
from ccm_core.policy import Policy
from ccm_core.records import Stay
from ccm_core.rule import rule
from ccm_core.rules.services import days

_FACILITY = frozenset({"hospital", "snf_part_a"})
_HOSPICE = frozenset({"hospice"})
_RESIDENT = frozenset({"nursing_facility", "assisted_living"})


def _days_in(case: Case, kinds: frozenset[str]) -> tuple[int, int, tuple[Stay, ...]]:
    """Days of the month inside such stays, days alive in the month, and the stays."""
    own = tuple([stay for stay in case.stays if stay.kind in kinds])
    if not own:
        return 0, 1, ()
    # Several rules ask of other kinds and mean the same stays.
    key = _days_in, own
    found: tuple[int, int, tuple[Stay, ...]] | None = case.answers.get(key)
    if found is None:
        found = case.answers[key] = _covered(case, own, kinds)
    return found


def _covered(
    case: Case, own: tuple[Stay, ...], kinds: frozenset[str]
) -> tuple[int, int, tuple[Stay, ...]]:
    died_on, days_of = case.patient.died_on, case.month.days()
    alive = days_of if died_on is None else [d for d in days_of if d <= died_on]
    first_on = min([stay.from_on for stay in own])
    last_on = max([stay.to_on or case.month.last_day for stay in own])
    covering = [stay_on(own, d, kinds) for d in alive if first_on <= d <= last_on]
    stays = [stay for stay in covering if stay is not None]
    return len(stays), len(alive), tuple({stay.stay_id: stay for stay in stays}.values())


def shows_stays(case: Case, policy: Policy) -> tuple[Evidence, ...]:
    """Evidence: stays that touch the month."""
    touching = [
        s
        for s in case.stays
        if s.from_on <= case.month.last_day and (s.to_on is None or s.to_on >= case.month.first_day)
    ]
    said = ", ".join(f"{s.kind} from {s.from_on.isoformat()}" for s in touching) or "none"
    return (Evidence("stays", said, tuple(s.stay_id for s in touching)),)


def _stay_evidence(stays: tuple[Stay, ...], days: int) -> tuple[Evidence, ...]:
    return (Evidence("days", days, tuple(s.stay_id for s in stays)),)


@rule(
    "O01",
    "In a hospital or SNF the whole month",
    level=Level.BLOCK,
    needs=("stays_in_month",),
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
    needs=("stays_in_month",),
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
        f"SNF Part A on {days(inside)}; minutes of those days do not count.",
        _stay_evidence(stays, inside),
    )


@rule(
    "O03",
    "Hospital days in the month",
    level=Level.NOTE,
    needs=("stays_in_month",),
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
        f"In hospital on {days(inside)}; minutes of those days do not count.",
        _stay_evidence(stays, inside),
    )


def _hospice_blocks(case: Case) -> bool:
    """Hospice covers the date of service or the whole month, and no modifier says why not."""
    if has_hospice_modifier(case):
        return False
    inside, alive, _ = _days_in(case, _HOSPICE)
    on_day = stay_on(
        case.stays, case.service_on or case.month.last_day, _HOSPICE
    ) is not None and bool(case.plan)
    return bool(inside) and (inside >= alive or on_day)


@rule(
    "O04",
    "Hospice days in the month",
    level=Level.REVIEW,
    needs=("stays_in_month",),
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
    return Finding(
        f"Under hospice on {days(inside)} of the month.{marked}", _stay_evidence(stays, inside)
    )


@rule(
    "O05",
    "Under hospice care",
    level=Level.BLOCK,
    needs=("stays_in_month",),
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
        f"Under hospice on {days(inside)}, without modifier GV or GW.",
        _stay_evidence(stays, inside),
    )


@rule(
    "O06",
    "Lives in a facility",
    level=Level.REVIEW,
    needs=("plan", "stays_in_month"),
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
    needs=("stays_in_month",),
    cites=("noridian-qa-2017#home health", "cms-ncci-2024q3#G0181"),
    fix="Home health is fine; only oversight (G0181) by the same practitioner excludes CCM.",
    shows=shows_stays,
)
def home_health(case: Case, policy: Policy) -> Finding | None:
    """A home health episode does not exclude CCM."""
    inside, _, stays = _days_in(case, frozenset({"home_health"}))
    if not inside:
        return None
    return Finding(f"Home health on {days(inside)} of the month.", _stay_evidence(stays, inside))
