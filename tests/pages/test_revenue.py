"""Revenue: sums that add up, sources for every input, nothing small, nothing about patients."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ccm_core import overlay, records
from ccm_core.access.identity import Identity
from ccm_core.errors import PermissionDenied
from ccm_core.money.projection import project
from ccm_core.money.scenario import from_link, scenario
from ccm_core.months import Month
from ccm_core.program import publishing, revenue_presets, revenue_view
from ccm_core.store import db
from ccm_core.store.queries.panel_history import panel_history
from ccm_core.store.results import refresh
from ccm_core.store.writing import save
from tests.pages.page_text import column, listing, listings, metrics, text_of
from tests.pages.signed_in import open_as, publish

YEARS = "Projection by year"
MONTHS = "Projection month by month"
NAMES = ("Alder", "Birch", "Cedar,", "Dogwood", "MRN-")


def as_(role: str) -> Identity:
    return Identity("u1", "u1", "U One", role, "0" * 64)


def usd(text: str) -> Decimal:
    return Decimal(text.replace("$", "").replace(",", "").replace(" (estimate)", ""))


def test_every_shown_sum_is_the_sum_of_its_shown_parts(small_store):
    at = open_as("consultant", "revenue", preset="defaults", months="24")
    assert not at.exception
    rows = listing(at, YEARS)
    years = [name for name in rows[0] if name.isdecimal()]
    assert years == ["2026", "2027"]
    for row in rows:
        assert sum(usd(row[year]) for year in years) == usd(row["Total"]), row["row"]
    for name in (*years, "Total"):
        parts = Decimal(0)
        gross = revenue = cash = cost = None
        for row in rows:
            amount = usd(row[name])
            if not row["row"].startswith("= "):
                parts += amount
                continue
            if "Allowed" in row["row"]:
                gross, parts = amount, amount if parts == amount else None
            elif "Revenue" in row["row"]:
                revenue, parts = parts, Decimal(0)
                assert revenue == amount
            elif "Cash" in row["row"]:
                cash, parts = parts, Decimal(0)
                assert cash == amount
            elif "Costs" in row["row"]:
                cost, parts = parts, Decimal(0)
                assert cost == amount
            else:
                assert amount == cash - cost
        assert gross is not None


def test_months_add_up_to_the_total_below_them(small_store):
    at = open_as("practice_manager", "revenue", preset="defaults", view="months")
    rows = listing(at, MONTHS)
    assert len(rows) == 36 + 1
    for name in ("gross", "denied", "revenue", "cash", "cost", "net"):
        assert sum(usd(row[name]) for row in rows[:-1]) == usd(rows[-1][name])
    assert usd(rows[-2]["running"]) == usd(rows[-1]["net"])


@pytest.mark.parametrize("view", ["", "months", "sure", "compare", "inputs", "fee"])
def test_the_consultant_uses_every_view_and_sees_no_patient(small_store, view):
    at = open_as("consultant", "revenue", preset="defaults", months="12", view=view)
    assert not at.exception
    everything = text_of(at) + json.dumps(listings(at))
    assert not any(name in everything for name in NAMES)


def test_the_guides_claim_is_true_in_three_of_six_years(small_store):
    at = open_as("consultant", "revenue", preset="guide")
    rows = listing(at, "The claim of the guide, year by year")
    assert column(rows, "is_true") == ["false", "true", "true", "false", "false", "true"]
    assert column(rows, "annual")[-1] == "$158,712.00"
    assert "2022, 2023 and 2026" in text_of(at)


def test_basu_is_worked_out_again(small_store):
    rows = listing(open_as("consultant", "revenue", preset="basu"), "Basu 2015 worked out again")
    assert (rows[0]["published"], rows[0]["ours"]) == ("131", "131")


def test_national_averages_come_with_their_sources(small_store):
    at = open_as("consultant", "revenue", preset="national")
    assert all(row["by"] for row in listing(at, "National averages"))


def test_every_assumption_names_who_says_so(small_store):
    at = open_as("consultant", "revenue", preset="defaults", view="inputs")
    rows = listing(at, "Assumptions and their sources")
    assert len(rows) == len(scenario().numbers()) + 11
    assert all(row["source"] for row in rows)


def test_typed_assumptions_go_into_the_address_and_come_back(small_store):
    at = open_as("consultant", "revenue", preset="defaults", view="inputs", locality="10112-00")
    at.text_input(key="revenue_input_starting_panel").set_value("80")
    next(b for b in at.button if b.label == "Use these assumptions").click().run()
    assert not at.exception
    link = at.query_params["s"]
    found = from_link(link[0] if isinstance(link, list) else link)
    assert (found.starting_panel, found.locality) == (80, "10112-00")
    assert "locality" not in at.query_params


def test_a_value_that_cannot_be_is_refused_in_words(small_store):
    at = open_as("consultant", "revenue", preset="defaults", view="inputs")
    at.text_input(key="revenue_input_consent_share").set_value("7")
    next(b for b in at.button if b.label == "Use these assumptions").click().run()
    assert "must lie between 0 and 1" in text_of(at)
    assert "s" not in at.query_params


@pytest.mark.parametrize(
    "wrong",
    [
        {"s": "garbage"}, {"s": "eNqrVkrLz1eyUkpKLFKqBQAlWgUN"}, {"preset": "<b>"},
        {"months": "9999"}, {"locality": "' or 1=1"}, {"view": "everything"},
        {"setting": "moon"}, {"program": "x", "delivery": "y"}, {"year": "1999", "view": "fee"},
    ],
)  # fmt: skip
def test_bad_values_in_the_address_are_not_used(small_store, wrong):
    at = open_as("consultant", "revenue", **{"preset": "defaults", **wrong})
    assert not at.exception
    assert "is not there" in text_of(at) or "The page shows the preset instead" in text_of(at)
    assert metrics(at)


def test_what_cannot_be_priced_is_said_and_not_shown_as_nothing(small_store):
    at = open_as("consultant", "revenue", preset="guide", setting="rhc")
    assert not at.exception
    assert at.error or metrics(at)


def test_a_zip_code_finds_its_locality(small_store):
    at = open_as("consultant", "revenue", preset="defaults")
    at.text_input(key="revenue_zip").set_value("35004").run()
    assert at.query_params["locality"] in ("10112-00", ["10112-00"])
    at.text_input(key="revenue_zip").set_value("00000").run()
    assert "no such code" in text_of(at)


def test_an_empty_database_projects_from_typed_assumptions(own_store):
    at = open_as("consultant", "revenue")
    assert not at.exception
    assert metrics(at)
    assert "Own history" not in str(at.get("button_group")[0].proto)


def test_a_small_practice_has_no_history_to_project_from(small_store):
    publish()
    with db.session() as opened:
        found = revenue_view.own_history(opened, as_("consultant"), Month(2026, 11))
    assert found is not None
    assert found.scenario is None


@pytest.fixture
def larger(own_store):
    """Thirty patients with two months of claims; four of them leave, twelve more join."""
    made: list[object] = [records.Practice("p1", "Cedar Hill", state="OH", locality="15202-00")]
    for n in range(42):
        joined = date(2026, 6, 15) if n < 30 else date(2026, 9, 10)
        left = date(2026, 10, 5) if n < 4 else None
        patient = f"q{n:02}"
        made += [
            records.Patient(patient, family_name=f"Secret{n}", status="consented"),
            records.Payer(f"{patient}-m", patient, "medicare", from_on=date(2020, 1, 1)),
            records.Consent(f"{patient}-c", patient, joined, revoked_on=left),
        ]
        made += [
            records.ClaimLine(
                f"{patient}-{month}", 1, patient, Month(2026, month),
                "99490" if n % 8 else "99491", charge_usd=Decimal(95),
                created_on=date(2026, 11, 3), status="paid", paid_usd=Decimal(50),
                paid_on=date(2026, 11, 10),
            )
            for month in (7, 8, 9, 10)
            if n < 30
        ]  # fmt: skip
    with db.session(write=True) as opened:
        save(opened, "p1", made)
        for month in (7, 8, 9, 10):
            refresh(opened, "p1", Month(2026, month))


def test_the_panel_of_each_month_is_counted(larger):
    with db.session() as opened:
        found = panel_history(opened, "p1", Month(2026, 5), Month(2026, 10))
    assert [(m.panel, m.new, m.left) for m in found] == [
        (0, 0, 0), (30, 30, 0), (30, 0, 0), (30, 0, 0), (42, 12, 0), (38, 0, 4),
    ]  # fmt: skip


def test_small_counts_are_neither_shown_nor_used(larger):
    publish()
    with db.session() as opened:
        found = revenue_view.own_history(opened, as_("consultant"), Month(2026, 11))
    assert found is not None
    made = found.scenario
    assert made is not None
    assert made.starting_panel == 38
    assert made.churn_share == scenario().churn_share, "four patients left: too few to tell"
    assert found.codes == {"99490": "104", "99491": "16"}
    # The codes count 120 months in all: three months shown would tell the fourth.
    assert [row.billed for row in found.rows] == ["hidden", "30", "30", "hidden"]
    assert found.rows[-1].paid_usd is None


def test_own_history_is_the_first_choice_and_names_its_sources(larger):
    at = open_as("consultant", "revenue", view="inputs")
    assert not at.exception
    rows = {row["input"]: row for row in listing(at, "Assumptions and their sources")}
    assert rows["Patients enrolled when the projection starts"]["source"].startswith("Own panel")
    assert "Secret" not in json.dumps(listings(at)) + text_of(at)


def test_the_service_asks_for_permission(small_store):
    with db.session() as opened, pytest.raises(PermissionDenied):
        revenue_view.own_history(opened, as_("care_manager"), Month(2026, 11))


def test_the_file_of_months_adds_up_and_is_marked(small_store):
    of = project(replace(scenario(), name="=cmd()"))
    text = revenue_presets.projection_csv(of, is_demo=True).decode("utf-8-sig")
    notes, *table = text.splitlines()[0:2], *text.splitlines()[2:]
    assert "DEMO DATA" in notes[0]
    assert "'=cmd()" in notes[1]
    rows = list(csv.DictReader(io.StringIO("\n".join(table))))
    assert len(rows) == 36
    assert sum(Decimal(row["net_usd"]) for row in rows) == of.total.net_usd


@pytest.mark.parametrize("name", [n for n in revenue_presets.NAMES if n != "own"])
def test_every_preset_can_be_projected_and_linked(name):
    made = revenue_presets.preset(name)
    assert project(made).total.claims > 0
    assert replace(from_link(made.to_link()), name=made.name) == made


def test_a_contract_with_advantage_plans_is_the_multiple_of_own_history(larger):
    row = {
        "payer": "", "number": "1", "begins_on": "0001-01-01", "valid_from": "0001-01-01",
        "valid_to": "9999-12-31", "source_id": "import-0", "pinpoint": "version 1", "code": "",
        "amount_usd": "", "multiple": "1.25",
    }  # fmt: skip
    rows = {"payer_amounts": {"p1|medicare_advantage": (row,)}}
    with db.session() as opened, overlay.pinned(overlay.Overlay("x", rows)):
        found = publishing.own_history(opened, Month(2026, 11), {})
    assert found.scenario.ma_multiple == pytest.approx(Decimal("1.25"), abs=Decimal("0.0002"))
    assert found.notes["ma_multiple"].startswith("Contract with Advantage plans")


def test_a_browser_keeps_the_chart_when_an_input_changes(small_store):
    """Another specification would make it throw the picture away; only the numbers may differ."""

    def charts(**inputs):
        at = open_as("consultant", "revenue", preset="defaults", **inputs)
        assert not at.exception
        return [one.proto for one in at.get("vega_lite_chart")]

    first, other = charts(months="12"), charts(months="36", delivery="outsourced")
    assert len(first) == len(other) == 2
    assert [one.spec for one in first] == [one.spec for one in other]
    names = {"months", "zero", "mark"}
    assert all({found.name for found in one.datasets} == names for one in (*first, *other))
    assert first[0].datasets != other[0].datasets


@pytest.mark.parametrize("typed", ["-5", "NaN", "1e999", "many", ""])
def test_an_odd_input_is_refused_by_the_words_at_its_field(small_store, typed):
    at = open_as("consultant", "revenue", preset="defaults", view="inputs")
    at.text_input(key="revenue_input_starting_panel").set_value(typed)
    next(b for b in at.button if b.label == "Use these assumptions").click().run()
    assert not at.exception
    assert "Patients enrolled when the projection starts = " in at.error[0].value
