"""From audited patient-months to planned claims: one claim per patient and month.

Only clean months and months whose review findings were all acknowledged make a
claim. The claim number is worked out from practice, patient and month, so a
second run makes the same claim and not a second one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Set
from datetime import date
from decimal import Decimal

from ccm_core import tables
from ccm_core.claims.planned import (
    Batch,
    Billable,
    BillingTerms,
    BillTo,
    PlannedClaim,
    Skipped,
    billed_part,
    claim_id,
)
from ccm_core.errors import CcmError
from ccm_core.exchange.x12.claim_checks import MOST_DIAGNOSES, MOST_POINTERS, check, undotted
from ccm_core.exchange.x12.claim_records import Claim, Person, Provider, ServiceLine
from ccm_core.months import Month
from ccm_core.records import Patient, Practitioner


class _Skip(CcmError):
    """The month makes no claim; ``reason`` is a word for it."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def build(
    outcomes: Iterable[Billable],
    bill_to: Callable[[str], BillTo | None],
    terms: BillingTerms,
    *,
    acknowledged: Set[tuple[str, str]] = frozenset(),
    existing: Mapping[str, str] | None = None,
) -> Batch:
    """The claims of these months.

    ``acknowledged`` holds (patient, month) whose review findings a person
    accepted; ``existing`` maps claim number to fingerprint of claims made before, of those
    that left only the part that is billed.
    """
    known = dict(existing or {})
    new: list[PlannedClaim] = []
    changed: list[PlannedClaim] = []
    same: list[str] = []
    skipped: list[Skipped] = []
    for outcome in outcomes:
        try:
            planned = _plan(outcome, bill_to, terms, acknowledged)
        except _Skip as skip:
            skipped.append(Skipped(outcome.patient_id, outcome.month, skip.reason, str(skip)))
            continue
        if planned.claim_id not in known:
            new.append(planned)
        elif known[planned.claim_id] in (planned.fingerprint, billed_part(planned.fingerprint)):
            same.append(planned.claim_id)
        else:
            changed.append(planned)
        known[planned.claim_id] = planned.fingerprint
    return Batch(tuple(new), tuple(same), tuple(changed), tuple(skipped))


def _plan(
    outcome: Billable,
    bill_to: Callable[[str], BillTo | None],
    terms: BillingTerms,
    acknowledged: Set[tuple[str, str]],
) -> PlannedClaim:
    if outcome.status == "blocked":
        raise _Skip("blocked", "A finding blocks this month.")
    if outcome.status == "review" and (outcome.patient_id, outcome.month) not in acknowledged:
        raise _Skip("not_acknowledged", "Review findings are not acknowledged yet.")
    units = {code: count for code, count in outcome.planned_units.items() if count > 0}
    if not units:
        raise _Skip("nothing_planned", "No code is planned for this month.")
    who = bill_to(outcome.patient_id)
    if who is None:
        raise _Skip("no_recipient", "Nobody knows the patient, the coverage or the practitioner.")
    month = Month.parse(outcome.month)
    service_on = _service_day(outcome.service_on, month, who.patient)
    claim = _claim(outcome, units, service_on, month, who, terms)
    found = check(claim)
    errors = [problem.message for problem in found if problem.is_error]
    if errors:
        raise _Skip("not_ready", " ".join(errors))
    return PlannedClaim(
        claim=claim,
        patient_id=outcome.patient_id,
        month=month,
        allowed_usd=terms.allowed_of(who.payer, units, service_on),
        expected_medicare_usd=outcome.expected_medicare_usd,
        expected_patient_usd=outcome.expected_patient_usd,
        policy_name=outcome.policy_name,
        tables_version=outcome.tables_version,
        problems=tuple(problem.message for problem in found if not problem.is_error),
    )


def _service_day(service_on: date | None, month: Month, patient: Patient) -> date:
    if service_on is None:
        raise _Skip("no_date", "The month has no date of service.")
    if service_on not in month:
        raise _Skip("date_outside_month", "The date of service is not in the service month.")
    if patient.died_on is not None and service_on > patient.died_on:
        raise _Skip("after_death", "The date of service is after the patient's death.")
    return service_on


def _claim(
    outcome: Billable, units: Mapping[str, int], on: date, month: Month, who: BillTo,
    terms: BillingTerms,
) -> Claim:  # fmt: skip
    payer = terms.payer_name(who.payer)
    if payer is None:
        raise _Skip("no_payer_number", "The payer has no EDI number in the practice's terms.")
    diagnoses = tuple(dict.fromkeys(undotted(code) for code in who.diagnoses))[:MOST_DIAGNOSES]
    number = claim_id(terms.practice_id, outcome.patient_id, month)
    lines = tuple(
        _line(number, place, code, units[code], on, len(diagnoses), who, terms)
        for place, code in enumerate(_in_order(units, on), start=1)
    )
    return Claim(
        claim_id=number,
        charge_usd=sum((line.charge_usd for line in lines), Decimal(0)),
        lines=lines,
        billing=terms.billing,
        subscriber=_person(who),
        payer=payer,
        place=who.place or terms.place,
        diagnoses=diagnoses,
        rendering=_rendering(who.practitioner),
        responsibility="P" if who.payer.is_primary else "S",
        prior_authorization=who.prior_authorization,
    )


def _line(
    number: str, place: int, code: str, units: int, on: date, diagnoses: int, who: BillTo,
    terms: BillingTerms,
) -> ServiceLine:  # fmt: skip
    charge = terms.charges.of(code, units, on)
    if charge is None:
        raise _Skip("no_fee", f"No charge is known for {code} on {on.isoformat()}.")
    return ServiceLine(
        number=place,
        code=code,
        charge_usd=charge,
        units=Decimal(units),
        from_on=on,
        to_on=on,
        modifiers=who.modifiers.get(code, ()),
        pointers=tuple(range(1, min(diagnoses, MOST_POINTERS) + 1)),
        control=f"{number}-{place}",
    )


def _in_order(units: Mapping[str, int], on: date) -> list[str]:
    """Base codes before the codes that add to them, each by number."""
    add_ons = _add_ons(on)
    return sorted(units, key=lambda code: (code in add_ons, code))


@functools.lru_cache(maxsize=1024)
def _add_ons(on: date) -> frozenset[str]:
    """Codes that add to another on that day; a month asks for few days."""
    return frozenset(row["addon_code"] for row in tables.load("addons").in_force(on))


def _person(who: BillTo) -> Person:
    patient = who.patient
    return Person(
        family=patient.family_name,
        given=patient.given_name,
        member_id=who.payer.member_id or patient.mbi,
        born_on=patient.born_on,
        sex=_SEXES.get(patient.sex[:1].upper(), "U"),
        address=who.address,
    )


_SEXES = {"F": "F", "M": "M"}


def _rendering(practitioner: Practitioner) -> Provider:
    family, _, given = practitioner.name.partition(",")
    if not given:
        given, _, family = practitioner.name.rpartition(" ")
    return Provider(family.strip(), practitioner.npi, given=given.strip(), is_person=True)
