"""Claims and denials: the numbers by hand, the reasons with their rules, the lists behind them."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ccm_core.access.identity import Identity
from ccm_core.errors import PermissionDenied
from ccm_core.months import Month
from ccm_core.program import claims_view
from ccm_core.store import db
from ccm_core.store.queries import Only, receivables
from ccm_core.store.queries.receivables import Span, Wanted
from tests.pages import claims_made, small_practice
from tests.pages.page_text import column, listing, metrics, text_of
from tests.pages.signed_in import open_as

TODAY = small_practice.NOW.date()
LIST = "Claim lines, the newest first"
SPAN = Span(small_practice.PRACTICE, Month(2025, 12), Month(2026, 11))


@pytest.fixture
def claims(small_store):
    claims_made.fill()


def as_(role: str) -> Identity:
    return Identity("u1", "u1", "U One", role, "0" * 64)


def seen(span=SPAN, role="billing_lead"):
    with db.session() as opened:
        return claims_view.overview(opened, as_(role), span, TODAY)


EVERYTHING = Wanted()


def listed(wanted=EVERYTHING, span=SPAN):
    with db.session() as opened:
        page = claims_view.lines(opened, as_("billing_lead"), span, wanted, TODAY, "month", 0)
    return [(row.claim_id, row.line) for row in page.rows]


def test_the_numbers_are_those_counted_by_hand(claims):
    found = seen()
    s = found.standing
    assert (s.sent, s.waiting, s.paid, s.denied) == (7, 1, 3, 2)
    assert (s.touched, s.refused) == (3, 3)
    assert (s.waiting_usd, s.denied_usd, s.paid_usd) == (95, 190, 188)
    assert s.clean_share == 1 - Decimal(3) / 7
    assert s.denied_share == Decimal(3) / 6
    # Open: B, C and G. Charged since 24 August: A, B, C, D and F.
    assert found.days_in_receivables == (Decimal(285) * 90 / 547).quantize(Decimal("0.1"))


def test_reasons_come_with_the_rules_that_should_have_seen_them(claims):
    found = {one.code: one for one in seen().reasons}
    assert list(found) == ["CO-16", "CO-50", "CO-97"]
    assert found["CO-16"].rules == ("L05", "L13", "L22")
    assert (found["CO-16"].lines, found["CO-16"].open_lines) == (1, 0)
    assert found["CO-97"].open_lines == 1
    assert [one.cumulative for one in found.values()][-1] == 1


def test_open_lines_by_age_add_up_and_open_their_list(claims):
    found = seen()
    ages = {age.label: (age.waiting, age.denied) for age in found.ages}
    assert ages == {
        "0-30": (1, 0), "31-60": (0, 1), "61-90": (0, 0), "91-120": (0, 0), "over 120": (0, 1),
    }  # fmt: skip
    for age in found.ages:
        wanted = Wanted(oldest_days=age.last_day, youngest_days=age.first_day)
        assert len(listed(wanted)) == age.waiting + age.denied


@pytest.mark.parametrize(
    ("wanted", "claim_ids"),
    [
        (Wanted(status="submitted"), ["C"]),
        (Wanted(status="denied"), ["G", "B"]),
        (Wanted(reason="CO-16"), ["E"]),
        (Wanted(reason="CO-45"), []),
        (Wanted(search="dogwood"), ["G"]),
    ],
)
def test_each_number_opens_its_lines(claims, wanted, claim_ids):
    assert [claim for claim, _ in listed(wanted)] == claim_ids


def test_filters_narrow_numbers_and_lines_alike(claims):
    span = Span(SPAN.practice_id, SPAN.first, SPAN.last, Only(care_manager_id="S2"))
    assert seen(span).standing.sent == 2
    assert {claim for claim, _ in listed(span=span)} == {"C", "G"}
    short = Span(SPAN.practice_id, Month(2026, 9), SPAN.last)
    assert seen(short).standing.sent == 4


@pytest.mark.parametrize(
    ("name", "value", "judged"),
    [
        ("clean_claim_rate", "0.98", "good"), ("clean_claim_rate", "0.979", "between"),
        ("clean_claim_rate", "0.949", "alarm"), ("denial_rate", "0.05", "good"),
        ("denial_rate", "0.0501", "between"), ("denial_rate", "0.1001", "alarm"),
        ("ar_days", "35", "good"), ("ar_days", "45", "between"), ("ar_days", "45.1", "alarm"),
    ],
)  # fmt: skip
def test_targets_are_judged_at_and_around_their_edges(name, value, judged):
    assert claims_view.target(name).judge(Decimal(value)) == judged
    assert claims_view.target(name).judge(None) == ""


def test_the_page_shows_the_answer_and_the_list(claims):
    at = open_as("billing_lead", "claims")
    assert not at.exception
    numbers = metrics(at)
    assert numbers["● Paid"] == "$188.00"
    assert numbers["■ Denied, still open"] == "$190.00"
    assert numbers["Denial rate"] == "50.0%"
    assert "beyond the warning" in text_of(at)
    assert column(listing(at, "Reasons for denial"), "rules") == ["L05, L13, L22", "D01, D02, P01",
                                                                  "X01, X13"]  # fmt: skip
    assert len(listing(at, LIST)) == 8


def test_the_address_narrows_the_list(claims):
    at = open_as("billing_lead", "claims", status="denied", period="3")
    assert column(listing(at, LIST), "claim") == ["B\u00a0/\u00a01"]
    at = open_as("billing_lead", "claims", age="over 120")
    assert column(listing(at, LIST), "patient") == ["Dogwood, Dee · MRN-dee"]


def test_bad_values_in_the_address_are_named_and_not_used(claims):
    wrong = {"status": "<b>", "reason": "CO-45' or 1=1", "age": "-3", "period": "999",
             "payer": "x", "sort": "mbi", "place": "x"}  # fmt: skip
    at = open_as("billing_lead", "claims", **wrong)
    assert not at.exception
    assert len(listing(at, LIST)) == 8
    assert "age, payer, period, reason, sort and status that is not there" in text_of(at)


def test_a_practice_without_claims_says_what_to_do(small_store):
    at = open_as("billing_lead", "claims")
    assert not at.exception
    assert "No claim of these months is on record" in text_of(at)


def test_an_empty_database_shows_three_doors(store_url, monkeypatch):
    monkeypatch.setenv("CCM_DATABASE_URL", store_url)
    at = open_as("billing_lead", "claims")
    assert "Choose a way in" in text_of(at)
    db.dispose(store_url)


@pytest.mark.parametrize("role", ["practice_manager", "billing_lead", "auditor"])
def test_those_who_may_see_the_page(claims, role):
    at = open_as(role, "claims")
    assert not at.exception
    assert len(listing(at, LIST)) == 8


@pytest.mark.parametrize("role", ["consultant", "care_manager"])
def test_the_core_refuses_those_who_may_not(claims, role):
    with pytest.raises(ValueError, match="navigation page"):
        open_as(role, "claims")
    with db.session() as opened:
        with pytest.raises(PermissionDenied):
            claims_view.overview(opened, as_(role), SPAN, TODAY)
        with pytest.raises(PermissionDenied):
            claims_view.lines(opened, as_(role), SPAN, Wanted(), TODAY, "month", 0)
        with pytest.raises(PermissionDenied):
            claims_view.lines_csv(opened, as_(role), SPAN, Wanted(), TODAY)


def test_the_export_holds_the_whole_list(claims):
    with db.session() as opened:
        text = claims_view.lines_csv(
            opened, as_("auditor"), SPAN, Wanted(status="paid"), date(2026, 11, 21)
        ).decode("utf-8-sig")
    assert len(text.splitlines()) == 1 + 4
    assert "D,2,2026-10,99439" in text


def test_money_taken_back_stays_a_number_in_the_export(claims, monkeypatch):
    """With an apostrophe before its sign a spreadsheet added nothing up."""
    found = receivables.lines_rows

    def taken_back(*asked):
        for row in found(*asked):
            yield replace(row, family_name="=1+1", paid_usd=Decimal("-12.50"))

    monkeypatch.setattr(receivables, "lines_rows", taken_back)
    with db.session() as opened:
        text = claims_view.lines_csv(opened, as_("auditor"), SPAN, Wanted(status="paid"), TODAY)
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline="")))
    assert {(row["family_name"], row["paid_usd"]) for row in rows} == {("'=1+1", "-12.50")}
