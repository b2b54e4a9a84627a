"""A whole month with real rules and real fees: audit, claims, file, answer, posting."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

import pytest

from ccm_core import fees
from ccm_core.audit import audit_case
from ccm_core.casefile import read_case
from ccm_core.claims.batch import build
from ccm_core.claims.ledger import account, group
from ccm_core.claims.matching import ClaimBook
from ccm_core.claims.planned import BillingTerms
from ccm_core.claims.posting import post
from ccm_core.claims.pricing import Charges
from ccm_core.errors import NotInForce, NotPayable
from ccm_core.exchange.x12.remit_in import read_835
from ccm_core.exchange.x12.writing import Controls
from tests.claims.made import bill_to, file_of, payer, result, sent, terms
from tests.exchange.x12.made import BILLING, PAYER, pyx12_accepts

WRITTEN_AT = datetime(2025, 4, 2, 9, 30)  # noqa: DTZ001


def allowed(code: str, on: date) -> Decimal | None:
    """The national amount of the fee schedule."""
    try:
        return fees.allowed(code, on).allowed_usd
    except (NotInForce, NotPayable):
        return None


def outcomes() -> Iterable:
    """One month of every size, from too little to several add-ons, and each family."""
    for number in range(1, 41):
        said = {"month": "2025-03", "staff_minutes": 5 + 3 * number}
        if number % 5 == 0:
            said |= {"mdm": "moderate"}
        if number % 7 == 0:
            said |= {"staff_minutes": 0, "practitioner_minutes": 30 + number}
        if number % 11 == 0:
            said |= {"consent": None}
        case, policy = read_case(said)
        outcome = audit_case(case, policy)
        yield result(
            patient_id=f"p{number}", status=outcome.status, service_on=outcome.service_on,
            planned_units=outcome.planned_units, policy_name=outcome.policy_name,
            expected_medicare_usd=outcome.expected_medicare_usd,
            expected_patient_usd=outcome.expected_patient_usd,
            tables_version=outcome.tables_version,
        )  # fmt: skip


def test_a_month_goes_round_to_the_cent():
    own = BillingTerms("cedar", BILLING, "11", {"medicare": PAYER}, Charges(allowed, Decimal(2)))
    found = list(outcomes())
    accepted = {(one.patient_id, one.month) for one in found if one.status == "review"}
    made = build(found, bill_to, own, acknowledged=accepted)
    assert len(made.claims) + len(made.skipped) == 40
    assert {skip.reason for skip in made.skipped} == {"blocked"}
    codes = {line.code for planned in made.claims for line in planned.claim.lines}
    assert {"99490", "99439", "99487", "99491"} <= codes

    claims = list(made.claims)
    text = file_of(claims).text
    assert pyx12_accepts(text)
    answer = payer(allowed=allowed).answer(
        text, paid_on=date(2025, 4, 21), written_at=WRITTEN_AT, controls=Controls(9, 9)
    )
    assert pyx12_accepts(answer)
    (payment,) = read_835(answer.encode()).remittances
    run = post([payment], ClaimBook.of(map(sent, claims)), allowed)
    assert run.unmatched == ()
    assert run.is_reconciled
    assert sum(p.paid_usd for p in run.postings) == payment.total_usd
    by_claim = group(run.postings)
    for planned in claims:
        one = account(sent(planned), by_claim[planned.claim_id])
        assert one.status == "paid"
        assert one.charge_usd == one.paid_usd + one.written_off_usd + one.patient_usd
        assert sum(p.variance_usd for p in by_claim[planned.claim_id]) == 0
        # The payer rounds line by line, the expectation the whole claim: a cent per line at most.
        lines = len(planned.claim.lines)
        assert abs(one.paid_usd - planned.expected_medicare_usd) <= Decimal("0.01") * lines


@pytest.mark.slow
def test_ten_thousand_claims_in_ten_seconds():
    many = [result(patient_id=f"p{number}") for number in range(10_000)]
    own = terms()
    start = time.perf_counter()
    made = build(many, bill_to, own)
    built = time.perf_counter()
    file = file_of(list(made.claims))
    written = time.perf_counter()
    assert len(file.claim_ids) == 10_000
    assert len(set(file.claim_ids)) == 10_000
    assert written - start < 10
    answer = payer().answer(
        file.text, paid_on=date(2025, 4, 21), written_at=WRITTEN_AT, controls=Controls(9, 9)
    )
    payments = read_835(answer.encode()).remittances
    book = ClaimBook.of(map(sent, made.claims))
    begin = time.perf_counter()
    run = post(payments, book, own.charges.allowed)
    assert run.is_reconciled
    assert run.unmatched == ()
    print(
        f"build {built - start:.2f} s, write {written - built:.2f} s, "
        f"post {time.perf_counter() - begin:.2f} s"
    )
