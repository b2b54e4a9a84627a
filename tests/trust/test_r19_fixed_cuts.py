"""R19: consultants get fixed cuts, and no dollars that one practitioner earned almost alone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from ccm_core import records
from ccm_core.money.backtest import PastMonth
from ccm_core.money.disclosure import is_dominated
from ccm_core.months import Month
from ccm_core.program import aggregates, home_told, publishing
from ccm_core.program.revenue_view import History, PastRow
from ccm_core.store import consulting, db, figures
from ccm_core.store.queries import dominance
from ccm_core.store.schema import CaseResult, table_of
from ccm_core.store.writing import save
from tests.pages.page_text import metrics, text_of
from tests.pages.signed_in import open_as
from tests.trust.test_r16_services import person

OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)
TODAY = date(2026, 11, 21)
PRACTICE = records.Practice("p1", "Cedar Hill", state="OH")
ASKED = {
    "practitioner": "1999999984", "care_manager": "S1", "location": "Main", "payer": "medicare",
    "month": "2026-11", "from": "2026-01", "to": "2026-12", "by": "practitioner", "patient": "ana",
    "step": "consented", "practice": "p2", "on": "2026-11-07", "today": "2026-11-07",
}  # fmt: skip


@pytest.mark.usefixtures("small_store")
@pytest.mark.parametrize("page", ["home", "program_health"])
def test_no_parameter_of_the_address_cuts_the_figures_otherwise(page):
    plain, asked = open_as("consultant", page), open_as("consultant", page, **ASKED)
    assert metrics(plain) == metrics(asked)
    said = {re.sub(r"/download/[\w-]+", "", text_of(at)) for at in (plain, asked)}
    assert len(said) == 1
    assert metrics(plain)
    for at in (plain, asked):
        boxes = (at.selectbox, at.text_input, at.multiselect, at.date_input, at.radio, at.slider)
        assert not any(boxes), "there is nothing to choose"


@pytest.mark.usefixtures("small_store")
def test_a_consultant_can_ask_for_one_set_of_figures_only():
    """The stored texts are all there is: by practice, month and page, without any other key."""
    with db.session(write=True) as opened:
        publishing.publish(opened, PRACTICE, TODAY)
        before = figures.newest(opened, "p1", "program_health")
    with consulting.bound(True), db.session() as opened:
        for page in ("home", "program_health", "revenue"):
            found = figures.newest(opened, "p1", page)
            assert found is not None
            assert found.month == OCTOBER
            assert not any(name in found.content for name in ("ana", "Alder", "MRN", "S1", "1999"))
    assert before is not None


def results(opened, parts: dict[str, int], month: Month = OCTOBER, claims: int = 20) -> None:
    """So many dollars by practitioner, in claims of one dollar's share each."""
    made = []
    for npi, usd in parts.items():
        made += [
            {
                "practice_id": "p1", "patient_id": f"{npi}-{n}", "month": month, "npi": npi,
                "allowed_usd": Decimal(usd) / claims, "status": "clean",
                "effective_status": "clean", "path": "ccm", "audited_at": datetime.now(UTC),
                "created_at": datetime.now(UTC),
            }
            for n in range(claims)
        ]  # fmt: skip
    people = [records.Patient(row["patient_id"], family_name="X") for row in made]
    save(opened, "p1", [PRACTICE, *people])
    opened.connection().execute(insert(table_of(CaseResult)), made)


@pytest.mark.parametrize(
    ("parts", "is_shown"),
    [
        ({"a": 8500, "b": 1500}, True), ({"a": 8520, "b": 1480}, False), ({"a": 9000}, False),
        ({"a": 4000, "b": 3000, "c": 3000}, True), ({"": 9000}, False),
    ],
)  # fmt: skip
def test_dollars_of_one_practitioner_are_not_told(store_url, parts, is_shown):
    with db.session(store_url, write=True) as opened:
        results(opened, parts)
        told = home_told.work_out(opened, PRACTICE, TODAY)
    assert (told.allowed_usd is not None) is is_shown


def test_each_month_is_judged_by_itself(store_url):
    lines = [
        records.ClaimLine(
            f"c{n}", 1, f"p{n}", OCTOBER, "99490", npi="a" if n else "b", status="paid",
            paid_usd=Decimal(50), charge_usd=Decimal(95),
        )
        for n in range(20)
    ]  # fmt: skip
    people = [records.Patient(f"p{n}", family_name="X") for n in range(20)]
    with db.session(store_url, write=True) as opened:
        save(opened, "p1", [PRACTICE, *people, *lines])
        results(opened, {"a": 600, "b": 400}, NOVEMBER)
        paid = dominance.paid_shares(opened, "p1", OCTOBER, NOVEMBER)
        allowed = dominance.allowed_shares(opened, "p1", OCTOBER, NOVEMBER)
    assert paid == {OCTOBER: Decimal("0.95")}
    assert allowed == {NOVEMBER: Decimal("0.6")}


def history() -> History:
    rows = tuple(
        PastRow(Month(2026, m), "60", "40", Decimal(5000), Decimal(4000)) for m in (8, 9, 10)
    )
    past = tuple(PastMonth(Month(2026, m), 60, 12, 12, 40, 5000.0) for m in range(1, 11))
    return History(PRACTICE, rows, past, {}, None, {})


def test_a_dominated_month_takes_the_back_test_with_it():
    """A back-test compares months of dollars: one that is hidden must not stand in it."""
    much = Decimal("0.9")
    told = aggregates.told(history(), {Month(2026, 9): much}, {OCTOBER: much})
    assert [row.allowed_usd for row in told.rows] == [5000, None, 5000]
    assert [row.paid_usd for row in told.rows] == [4000, 4000, None]
    assert told.backtest is None
    assert aggregates.told(history(), {}, {}).backtest is not None


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=6))
def test_what_is_told_has_no_practitioner_above_the_share(parts):
    whole = sum(parts)
    if whole and not is_dominated(Decimal(max(parts)) / whole):
        assert max(parts) * 100 <= whole * 85
        assert len([one for one in parts if one]) > 1, "one alone is always above it"


@pytest.mark.usefixtures("small_store")
def test_there_is_no_way_from_a_figure_to_its_rows():
    with db.session() as opened:
        told = home_told.home_told(opened, person("consultant"), "p1")
    assert told is None, "nothing is worked out because somebody asks"
    at = open_as("consultant", "program_health")
    links = [one for one in at.get("page_link") if "patient" in str(one.proto)]
    assert not links
