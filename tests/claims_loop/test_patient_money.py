"""What patients pay: recorded, collected, and given back where it was not owed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ccm_core import records
from ccm_core.errors import PermissionDenied, UsageError
from ccm_core.months import Month
from ccm_core.program import (
    claim_accounts,
    claim_files,
    claim_run,
    patient_money,
    remitting,
    rework_desk,
    simulated,
)
from ccm_core.store import db, reading, writing
from ccm_core.store.claiming import batches, patient_payments, postings
from tests.claims_loop.conftest import MONTH, TODAY, practice_of, who
from tests.pages.page_text import listings, text_of
from tests.pages.signed_in import open_as

LEAD = who("billing_lead")


@pytest.fixture
def paid(lite):
    """The store with a month that was answered, and a claim of it that was paid."""
    practice = practice_of(lite)
    with db.session(lite, write=True) as session:
        claim_run.make(session, LEAD, practice, MONTH)
        for one in claim_files.export(session, LEAD, practice, MONTH).files:
            name, content = simulated.answer(practice, one, TODAY)
            remitting.post(session, LEAD, practice, name, content)
        ours = {c.claim_id for c in batches.claims_of(session, practice.practice_id, MONTH)}
        every = claim_accounts.accounts(session, practice, ours)
    one = next(a for a in every if a.patient_usd > 0)
    return lite, one


def record(url, claim_id, amount, on=TODAY, role="billing_lead"):
    with db.session(url, write=True) as session:
        return patient_money.record(session, who(role), practice_of(url), claim_id, on, amount)


def account(url, claim_id):
    with db.session(url) as session:
        (found,) = claim_accounts.accounts(session, practice_of(url), [claim_id])
    return found


def refunds(url, claim_id):
    with db.session(url) as session:
        found = rework_desk.refunds(session, LEAD, practice_of(url))
    return [(t.owed_to, t.amount_usd, t.status) for t in found if t.claim_id == claim_id]


def test_a_payment_lowers_what_the_patient_owes_and_is_collected(paid):
    url, one = paid
    record(url, one.claim_id, "5.25")
    assert account(url, one.claim_id).patient_usd == one.patient_usd - Decimal("5.25")
    record(url, one.claim_id, str(one.patient_usd))
    assert account(url, one.claim_id).patient_usd == 0
    practice_id = practice_of(url).practice_id
    with db.session(url) as session:
        found = patient_payments.income(session, practice_id, MONTH, Month.of(TODAY))
        money = postings.read(session, practice_id)
    of_patients = [i for i in found if i.payer == "Patients"]
    assert [(i.paid_usd, i.claims) for i in of_patients] == [(Decimal("5.25") + one.patient_usd, 1)]
    of_payers = sum(i.paid_usd for i in found if i.payer != "Patients")
    assert of_payers == sum(p.paid_usd for p in money if p.paid_on >= MONTH.first_day)
    assert refunds(url, one.claim_id) == []


def test_a_qmb_owes_nothing_and_gets_it_back(paid):
    url, one = paid
    practice = practice_of(url)
    with db.session(url, write=True) as session:
        covers = reading.records_of(session, records.Payer, one.patient_id)
        writing.save(session, practice.practice_id, [replace(c, is_qmb=True) for c in covers])
    assert account(url, one.claim_id).patient_usd == 0
    assert "owes nothing" in record(url, one.claim_id, "12.10")
    assert refunds(url, one.claim_id) == [("patient", Decimal("12.10"), "open")]
    record(url, one.claim_id, "-12.10")
    assert refunds(url, one.claim_id) == [("patient", Decimal("12.10"), "gone")]
    assert account(url, one.claim_id).patient_usd == 0


@pytest.mark.parametrize(
    ("amount", "on", "said"),
    [
        ("", TODAY, "dollars and cents"), ("0", TODAY, "dollars and cents"),
        ("1.005", TODAY, "dollars and cents"), ("NaN", TODAY, "dollars and cents"),
        ("1e99", TODAY, "dollars and cents"), ("1,000", TODAY, "dollars and cents"),
        ("5", date(2026, 11, 3), "a day to come"), ("-1", TODAY, "given back"),
    ],
)  # fmt: skip
def test_what_is_no_payment_is_refused(paid, amount, on, said):
    url, one = paid
    with pytest.raises(UsageError, match=said):
        record(url, one.claim_id, amount, on)


def test_only_those_who_post_record_payments_and_only_for_claims_that_were_sent(paid):
    url, one = paid
    with pytest.raises(PermissionDenied):
        record(url, one.claim_id, "5", role="auditor")
    with pytest.raises(UsageError, match="no claim of this number"):
        record(url, "2610NOBODY", "5")


def test_the_page_records_and_shows_it(paid, monkeypatch):
    url, one = paid
    monkeypatch.setenv("CCM_DATABASE_URL", url)
    at = open_as("billing_lead", "claims", view="collections")
    assert not at.exception
    next(f for f in at.text_input if f.label == "Number of the claim").set_value(one.claim_id)
    next(f for f in at.text_input if f.label == "Amount in dollars").set_value("3.40")
    next(b for b in at.button if b.label == "Record the payment").click().run()
    assert not at.exception
    assert "The payment is recorded." in text_of(at)
    alts = [found["alt"] for found in listings(at)]
    assert "Money collected by month and payer" in alts
    assert "Payments of patients, the newest first" in alts
