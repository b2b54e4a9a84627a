"""Aging, days in A/R, rates, collections and refunds over made-up accounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ccm_core.claims.ledger import Account, account
from ccm_core.claims.matching import ClaimBook
from ccm_core.claims.posting import post
from ccm_core.claims.receivables import (
    aging,
    clean_claim_rate,
    collections,
    days_in_receivables,
    denial_rate,
    denied_share,
    first_pass_rate,
    refund_tasks,
)
from ccm_core.claims.terms import aging_edges
from ccm_core.months import Month
from tests.claims.made import batch, fee, payer, result, sent
from tests.claims.test_posting import answered

TODAY = date(2025, 6, 30)


def one(claim_id: str = "C1", **change) -> Account:
    given = {
        "claim_id": claim_id, "patient_id": "p1", "month": "2025-03", "payer": "M",
        "charge_usd": Decimal(100), "paid_usd": Decimal(0), "written_off_usd": Decimal(0),
        "patient_usd": Decimal(0), "payer_open_usd": Decimal(100), "status": "submitted",
        "first_status": "submitted", "submitted_on": date(2025, 6, 1),
        "service_on": date(2025, 5, 31), "answered_on": None, "days_to_pay": None,
    }  # fmt: skip
    return Account(**(given | change))


def paid(claim_id: str = "C1", **change) -> Account:
    given = {
        "paid_usd": Decimal(48), "written_off_usd": Decimal(40), "patient_usd": Decimal(12),
        "payer_open_usd": Decimal(0), "status": "paid", "first_status": "paid",
        "answered_on": date(2025, 6, 20),
    }  # fmt: skip
    return one(claim_id, **(given | change))


def test_each_day_falls_into_one_bucket():
    edges = aging_edges(TODAY)
    assert edges == (30, 60, 90, 120)
    for days, at in (
        (0, 0),
        (30, 0),
        (31, 1),
        (60, 1),
        (61, 2),
        (90, 2),
        (91, 3),
        (120, 3),
        (121, 4),
    ):
        buckets = aging([one(submitted_on=TODAY - timedelta(days=days))], TODAY)
        assert [bucket.claims for bucket in buckets].index(1) == at, days
    assert [bucket.label for bucket in aging([], TODAY)] == [
        "0-30", "31-60", "61-90", "91-120", "over 120"]  # fmt: skip


@given(st.lists(st.integers(-20, 400), max_size=30))
def test_aging_loses_nothing(ages):
    accounts = [one(str(n), submitted_on=TODAY - timedelta(days=age)) for n, age in enumerate(ages)]
    known = sum(account.open_usd for account in accounts if account.submitted_on <= TODAY)
    assert sum(bucket.total_usd for bucket in aging(accounts, TODAY)) == known


def test_days_in_receivables():
    # 3 claims of 100 in 90 days, one of them settled at 60 with 12 open: 212 x 90 / 260.
    accounts = [one("a"), one("b"), paid("c")]
    assert days_in_receivables(accounts, TODAY) == Decimal("73.4")
    assert days_in_receivables([], TODAY) is None
    assert days_in_receivables([one(submitted_on=TODAY + timedelta(days=1))], TODAY) is None


def test_rates():
    accounts = [
        one("open"), paid("a"), paid("b"), paid("c", first_status="denied"),
        paid("d", first_status="partial"), paid("e", is_replaced=True),
    ]  # fmt: skip
    assert first_pass_rate(accounts).share == Decimal("0.6")
    assert denial_rate(accounts).share == Decimal("0.4")
    clean = clean_claim_rate(accounts, rejected=["a"])
    assert (clean.part, clean.whole) == (2, 6)
    assert first_pass_rate([]).share is None


def test_refunds_run_from_the_day_the_error_was_found():
    found = date(2025, 6, 1)
    voided = paid("v", is_voided=True)
    tasks = refund_tasks([voided, paid("ok")], {"v": found}, {"v": Decimal("12.10")})
    assert [(task.owed_to, task.amount_usd, task.due_on) for task in tasks] == [
        ("patient", Decimal("12.10"), date(2025, 7, 31)),
        ("payer", Decimal("48.00"), date(2025, 7, 31)),
    ]
    assert tasks[0].days_left(date(2025, 8, 1)) == -1
    assert refund_tasks([replace(voided, paid_usd=Decimal(0))], {"v": found}) == []


def test_money_from_a_qmb_goes_back():
    (task,) = refund_tasks([paid("q", is_qmb=True)], {}, {"q": Decimal(5)})
    assert (task.owed_to, task.amount_usd, task.identified_on) == (
        "patient", Decimal("5.00"), date(2025, 6, 20))  # fmt: skip


def test_collections_by_month_and_payer():
    def denies(claim, line):
        return ("CO", "97", "") if line.code == "99439" else None

    claims = list(batch(*(result(patient_id=f"p{n}") for n in range(1, 4))).claims)
    first = answered(payer(denies=denies), claims[:2])
    second = answered(payer(), claims[2:], 2, date(2025, 5, 2))
    run = post([first, second], ClaimBook.of(map(sent, claims)), fee)
    found = collections(run.postings)
    assert [(c.month, c.paid_usd, c.claims) for c in found] == [
        (Month(2025, 4), Decimal("94.84"), 2), (Month(2025, 5), Decimal("119.44"), 1)]  # fmt: skip
    assert sum(c.paid_usd for c in found) == first.total_usd + second.total_usd
    share = denied_share(run.postings)
    assert share == Decimal("275.60") / Decimal("685.62")
    accounts = [
        account(sent(c), [p for p in run.postings if p.claim_id == c.claim_id]) for c in claims
    ]
    assert denial_rate(accounts).part == 2
    assert denied_share([]) is None
