"""The shares of a real program, within wide bands."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date

import pytest

from ccm_core import demo
from ccm_core.demo import PRACTICE_ID
from ccm_core.errors import UsageError
from ccm_core.fees import price_plan
from ccm_core.months import Month
from ccm_core.records import ClaimLine, Patient, Payer, Practice
from ccm_core.store import db, queries, results, writing
from ccm_core.store.results import refresh
from ccm_core.store.schema import CaseResult, table_of
from tests.demo.conftest import TODAY

CLOSED = [Month(2026, 11).plus(-n) for n in range(11, 0, -1)]


@pytest.fixture(scope="module")
def months(demo_url) -> dict[Month, Counter[str]]:
    """Patient-months by what may be done with them; those with nothing to bill apart."""
    c = table_of(CaseResult).c
    found: dict[Month, Counter[str]] = defaultdict(Counter)
    with db.session(demo_url) as session:
        for row in session.connection().execute(
            table_of(CaseResult)
            .select()
            .with_only_columns(
                c.month, c.effective_status, c.is_below_threshold, c.logged_seconds, c.path
            )
        ):
            found[row.month]["below" if row.is_below_threshold else row.effective_status] += 1
            found[row.month]["active"] += row.logged_seconds > 0
            found[row.month]["reached"] += row.logged_seconds > 0 and row.path != ""
            found[row.month]["complex"] += row.path == "complex"
    return found


@pytest.mark.parametrize("month", CLOSED, ids=str)
def test_most_claims_of_a_closed_month_are_clean(month, months):
    of_month = months[month]
    claims = of_month["clean"] + of_month["review"] + of_month["blocked"]
    assert of_month["clean"] >= 0.75 * claims


def test_some_need_a_look_and_few_are_blocked(months):
    total = sum((months[month] for month in CLOSED), Counter())
    claims = total["clean"] + total["review"] + total["blocked"]
    assert 0.06 <= total["review"] / claims <= 0.16
    assert 0.025 <= total["blocked"] / claims <= 0.085
    assert 0.83 <= total["reached"] / total["active"] <= 0.95
    assert 0.06 <= total["complex"] / total["reached"] <= 0.12


def test_the_program_grows(months):
    active = [months[month]["active"] for month in CLOSED]
    assert active[-1] > 2.5 * active[0]
    assert all(later > 0.9 * earlier for earlier, later in zip(active, active[1:], strict=False))


def test_the_funnel_of_the_current_month(demo_url):
    with db.session(demo_url) as session:
        (funnel,) = queries.funnel(session, PRACTICE_ID, Month(2026, 11), today=TODAY)
        (last,) = queries.funnel(session, PRACTICE_ID, Month(2026, 10), today=TODAY)
    steps = {step.step: step.patients for step in funnel.steps}
    assert 375 <= steps["eligible"] <= 405
    assert 0.3 <= steps["consented"] / steps["eligible"] <= 0.42
    assert steps["eligible"] > steps["invited"] > steps["consented"] > steps["care_plan"]
    assert steps["care_plan"] > steps["active"] > steps["threshold"] > 0
    billed = {step.step: step.patients for step in last.steps}
    assert billed["billed"] > 0.7 * billed["threshold"]


def test_codes_and_denials(practice):
    lines = practice.of(ClaimLine)
    base = Counter(c.code for c in lines if c.code in ("99490", "99487", "99491", "99426"))
    assert base["99490"] > 0.75 * sum(base.values())
    assert min(base.values()) > 10
    closed = [c for c in lines if c.month < Month(2026, 9)]
    status = {c.claim_id: c.status for c in closed if c.status in ("paid", "denied")}
    rate = Counter(status.values())["denied"] / len(status)
    assert 0.03 <= rate <= 0.09
    assert len({code for c in lines if c.status == "denied" for code in c.adjustments}) > 10
    assert {"submitted", "paid", "denied", "replaced"} <= {c.status for c in lines}


def test_paid_amounts_follow_the_fee_table(practice):
    paid = [c for c in practice.of(ClaimLine) if c.status == "paid"]
    own: Practice = practice.practice
    payers = {p.patient_id: p for p in practice.of(Payer) if p.kind == "medicare"}
    exact = 0
    looked = [c for c in paid if c.patient_id in payers and c.service_on in c.month]
    for line in looked:
        allowed = price_plan({line.code: line.units}, line.service_on, own.locality, "office")
        exact += abs(line.paid_usd - allowed.allowed_usd * 8 / 10 * 98 / 100) <= 1
    assert 0.95 <= exact / len(looked) < 1, "most as expected, a few underpaid"


def test_payers(practice):
    kinds = Counter(p.kind for p in practice.of(Payer))
    people = len(practice.of(Patient))
    assert len({p.patient_id for p in practice.of(Payer) if p.kind == "medicare"}) / people >= 0.58
    assert 0.2 <= kinds["medicare_advantage"] / people <= 0.32
    assert any(p.is_qmb for p in practice.of(Payer))
    assert people > len({p.patient_id for p in practice.of(Payer)})


def test_a_second_audit_and_a_second_write_change_nothing(demo_url, practice):
    with db.session(demo_url, write=True) as session:
        for month in (Month(2026, 10), Month(2026, 11)):
            run = refresh(session, PRACTICE_ID, month)
            assert run.audited == 0
        written = writing.save(session, PRACTICE_ID, practice.records())
        assert (written.new, written.changed) == (0, 0)
        session.rollback()


def test_reviews_of_past_months_were_settled(demo_url):
    with db.session(demo_url) as session:
        run = results.refresh(session, PRACTICE_ID, Month(2026, 8))
        session.rollback()
    assert run.clean > run.review > 0


def test_another_practice_is_never_overwritten(store_url):
    with db.session(store_url, write=True) as session:
        writing.save(session, "real", [Practice("real", "Somebody's practice")])
        with pytest.raises(UsageError, match="holds a practice already"):
            demo.load(session, patients=5, months=1, today=date(2026, 11, 3))


def test_it_loads_into_every_database(store_url):
    with db.session(store_url, write=True) as session:
        demo.load(session, patients=40, months=2, today=date(2026, 3, 1))
        counts = queries.rule_counts(session, PRACTICE_ID, Month(2026, 3))
    assert counts
