"""A payer's contract counts wherever an expected amount of that payer is shown or compared."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ccm_core import overlay
from ccm_core.audit import audit_case
from ccm_core.casefile import read_case
from ccm_core.claims.matching import ClaimBook
from ccm_core.claims.posted import SentClaim
from ccm_core.claims.posting import post
from ccm_core.exchange import billing_report
from ccm_core.exchange.x12.remit_records import PaidClaim, PaidLine, Remittance
from ccm_core.fees import allowed
from ccm_core.months import Month
from ccm_core.payment.by_payer import expected_by
from ccm_core.program.billing_settings import contracted_of, demo_settings, terms
from ccm_core.program.call_script import cost_share
from ccm_core.records import ClaimLine, Payer, Practice

ON = date(2025, 3, 31)
PRACTICE = Practice("p1", "Practice", locality="10112-00", state="AL")
PLAN = Payer("y1", "a", "medicare_advantage", "Plan A")


def contract(practice_id, payer, multiple="", **amounts):
    common = {"payer": "", "number": "1", "begins_on": "0001-01-01", "valid_from": "0001-01-01",
              "valid_to": "9999-12-31", "source_id": "import-0",
              "pinpoint": "version 1"}  # fmt: skip
    rows = [{"code": code, "amount_usd": usd, "multiple": ""} for code, usd in amounts.items()]
    rows += [{"code": "", "amount_usd": "", "multiple": multiple}] if multiple else []
    key = f"{practice_id}|{payer}"
    return overlay.Overlay("x", {"payer_amounts": {key: tuple(common | row for row in rows)}})


def report_rows(case, policy):
    outcome = audit_case(case, policy)
    around = billing_report.Around({}, {}, "clean", {"99490": {"paid_usd": Decimal("60.00")}})
    return billing_report.rows(case, outcome, policy, around)


@pytest.mark.parametrize(
    ("payer", "by", "usd"),
    [("medicare_advantage", "contract", "75.00"), ("medicare", "fee schedule", None)],
)
def test_billing_report_lines(payer, by, usd):
    case, policy = read_case({"month": "2025-03", "staff_minutes": 20, "payer": payer})
    (plain,) = report_rows(case, policy)
    assert plain["amount_by"] == "fee schedule"
    over = contract(case.practice.practice_id, "medicare_advantage", **{"99490": "75.00"})
    with overlay.pinned(over):
        (row,) = report_rows(case, policy)
    assert row["amount_by"] == by
    if usd is None:
        assert row == plain | {"tables_version": row["tables_version"]}
        return
    assert row["allowed_usd"] == Decimal(usd)
    # The plan's split is a guess at Medicare's coinsurance, and said to be one.
    assert (row["expected_medicare_usd"], row["expected_patient_usd"]) == (60, 15)
    assert (row["variance_usd"], row["amount_is_estimate"]) == (0, "estimate")
    assert b"contract" in billing_report.to_csv([row])


def test_lines_of_a_report_add_up_to_what_the_audit_expects():
    case, policy = read_case({"month": "2025-03", "staff_minutes": 60, "payer": PLAN.kind})
    over = contract(case.practice.practice_id, PLAN.kind, "1.1", **{"99490": "70.01"})
    with overlay.pinned(over):
        whole = audit_case(case, policy).expected
        rows = report_rows(case, policy)
    assert sum(row["allowed_usd"] for row in rows) == whole.allowed_usd
    assert {row["units"] for row in rows} == {1, 2}


def posted(kind, contracted):
    line = ClaimLine("c1", 1, "a", Month(2025, 3), "99490", service_on=ON, charge_usd=Decimal(90))
    sent = SentClaim("c1", "a", (line,), payer="Plan A", payer_kind=kind)
    paid = PaidLine(1, "99490", Decimal(90), Decimal("58.68"), allowed_usd=Decimal("73.35"))
    claim = PaidClaim("c1", "1", Decimal(90), Decimal("58.68"), lines=(paid,))
    payment = Remittance("1", Decimal("58.68"), "t1", payer_name="Plan A", claims=(claim,))
    book = ClaimBook.of([sent])
    run = post([payment], book, lambda code, on: Decimal("60.49"), contracted=contracted)
    return next(one for one in run.postings if one.code == "99490")


def test_the_variance_of_a_remittance_is_that_to_the_contract():
    contracted = contracted_of(PRACTICE)
    assert posted("medicare_advantage", contracted).variance_usd == Decimal("12.86")
    with overlay.pinned(contract("p1", "Plan A", **{"99490": "75.00"})):
        found = posted("medicare_advantage", contracted)
        assert (found.expected_usd, found.variance_usd) == (75, Decimal("-1.65"))
        assert found.expected_by == "contract"
        # A name that a Medicare claim happens to have is no contract.
        found = posted("medicare", contracted)
        assert (found.expected_usd, found.expected_by) == (Decimal("60.49"), "fee schedule")


def test_the_allowed_amount_of_a_planned_claim():
    made = terms(PRACTICE, demo_settings(PRACTICE))
    plain = made.allowed_of(PLAN, {"99490": 1}, ON)
    assert plain == allowed("99490", ON, "10112-00").allowed_usd
    with overlay.pinned(contract("p1", "medicare_advantage", "2")):
        assert made.allowed_of(PLAN, {"99490": 1}, ON) == plain * 2
        assert made.allowed_of(replace(PLAN, kind="medicare"), {"99490": 1}, ON) == plain
        # The price list and multiple of the practice stay what they are.
        assert made.charges.of("99490", 1, ON) == Decimal("84.35")


def test_the_call_script_names_the_contract_and_never_a_share_of_it():
    assert cost_share(PRACTICE, (PLAN,), ON) == ("medicare_advantage", None, None, False)
    with overlay.pinned(contract("p1", "Plan A", **{"99490": "75.00"})):
        assert cost_share(PRACTICE, (PLAN,), ON) == ("contract", None, Decimal("75.00"), False)
        qmb = replace(PLAN, is_qmb=True)
        assert cost_share(PRACTICE, (qmb,), ON)[0] == "qmb"
    with overlay.pinned(contract("p1", "medicaid", "0.8")):
        medicaid = replace(PLAN, kind="medicaid", name="")
        assert cost_share(PRACTICE, (medicaid,), ON) == ("medicaid", None, None, False)


def test_a_payer_that_is_not_known_is_expected_to_pay_as_medicare():
    usd = Decimal("60.49")
    place = ("national", "office")
    assert expected_by("p1", None, {"99490": 1}, ON, place, usd).medicare_usd == Decimal("47.42")
    assert expected_by("p1", None, {"99490": 1}, ON, place, None) is None
