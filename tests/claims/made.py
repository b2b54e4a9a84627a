"""A made-up practice month for the claim tests: outcomes, patients, terms. Nobody is real."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ccm_core.claims.batch import build
from ccm_core.claims.planned import Batch, BillingTerms, BillTo, PlannedClaim
from ccm_core.claims.posted import SentClaim
from ccm_core.claims.pricing import Charges
from ccm_core.claims.simulated_payer import SimulatedPayer
from ccm_core.exchange.x12.claim_records import Address
from ccm_core.exchange.x12.claims_out import WrittenFile, write_837
from ccm_core.exchange.x12.writing import Controls
from ccm_core.records import Patient, Payer, Practitioner
from tests.exchange.x12.made import BILLING, PAYER, RECEIVER, SENDER

# Made-up allowed amounts: the tests hold their own arithmetic, not Medicare's.
FEES = {"99490": Decimal("60.49"), "99439": Decimal("45.93"), "99487": Decimal("131.65")}
PRACTITIONER = Practitioner("1222222220", "Rosa Ray", "MD")
WRITTEN_AT = datetime(2025, 4, 2, 9, 30)  # noqa: DTZ001
PAID_ON = date(2025, 4, 21)


def fee(code: str, on: date) -> Decimal | None:
    return FEES.get(code)


@dataclass(frozen=True)
class Result:
    """Shaped like an audit outcome."""

    patient_id: str = "p1"
    month: str = "2025-03"
    status: str = "clean"
    planned_units: Mapping[str, int] | None = None
    service_on: date | None = date(2025, 3, 31)
    expected_medicare_usd: Decimal | None = Decimal("47.42")
    expected_patient_usd: Decimal | None = Decimal("12.10")
    policy_name: str = "baseline"
    tables_version: str = "abc123"


def result(**change) -> Result:
    return Result(**({"planned_units": {"99439": 2, "99490": 1}} | change))


def number_of(patient_id: str) -> int:
    return int(patient_id.strip("p") or 0)


def bill_to(patient_id: str, **change) -> BillTo:
    at = number_of(patient_id)
    patient = Patient(
        patient_id, mbi=f"1S{at:02d}A00AA00"[:11], family_name=f"Doe{at}", given_name="Ann",
        born_on=date(1940, 2, 3), sex="female", state="NY", zip5="12207",
        died_on=change.pop("died_on", None),
    )  # fmt: skip
    payer = Payer(f"c{at}", patient_id, name="Medicare", member_id=f"1S00A{at:06d}",
                  is_qmb=change.pop("is_qmb", False))  # fmt: skip
    given = {
        "patient": patient, "payer": payer, "practitioner": PRACTITIONER,
        "diagnoses": ("E11.9", "I10", "E11.9"),
        "address": Address("2 Oak Ave", "", "Albany", "NY", "12207"),
    }  # fmt: skip
    return BillTo(**(given | change))


def terms(**change) -> BillingTerms:
    given = {
        "practice_id": "cedar", "billing": BILLING, "place": "11",
        "payers": {"medicare": PAYER}, "charges": Charges(fee, Decimal("1.5")),
    }  # fmt: skip
    return BillingTerms(**(given | change))


def batch(*results: Result, **change) -> Batch:
    return build(results or (result(),), bill_to, terms(), **change)


def sent(planned: PlannedClaim, on: date = date(2025, 4, 2), **change) -> SentClaim:
    given = {
        "claim_id": planned.claim_id, "patient_id": planned.patient_id,
        "lines": tuple(planned.lines(on)), "submitted_on": on,
        "member_id": planned.claim.subscriber.member_id, "payer": "MEDICARE PART B DEMO",
        "frequency": planned.claim.frequency,
    }  # fmt: skip
    return SentClaim(**(given | change))


def file_of(claims: list[PlannedClaim], number: int = 1) -> WrittenFile:
    return write_837(
        [planned.claim for planned in claims], sender=SENDER, receiver=RECEIVER,
        controls=Controls(number, number), written_at=WRITTEN_AT, is_test=True,
    )  # fmt: skip


def payer(**change) -> SimulatedPayer:
    given = {"name": "Medicare Part B Demo", "payer_id": "13282", "allowed": fee}
    return SimulatedPayer(**(given | change))
