"""What other payers pay: stored per payer, used for expected payment, marked as a contract."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ccm_core import fees, overlay, tables
from ccm_core.access.identity import Identity
from ccm_core.audit import audit_case
from ccm_core.casefile import read_case
from ccm_core.errors import Conflict, ImportRefused, PermissionDenied, UsageError
from ccm_core.outcome_json import outcome_json
from ccm_core.payment.by_payer import contract_of
from ccm_core.program import payer_contracts
from ccm_core.rules import coverage
from ccm_core.sources import source
from ccm_core.store import db, fees_in_force, reading
from tests.pages import small_practice
from tests.pages.page_text import column, listing, text_of
from tests.pages.signed_in import open_as

ON = date(2025, 3, 31)
PLACE = ("national", "office")
TABLE = b"code,amount_usd,valid_from,valid_to\n99490,71.10,2025-01-01,2025-12-31\n"


@pytest.fixture
def practice(store_url, monkeypatch):
    monkeypatch.setenv("CCM_DATABASE_URL", store_url)
    small_practice.fill()
    with db.session() as opened:
        yield reading.practice(opened)
    overlay.use(overlay.EMPTY)
    db.dispose(store_url)


def as_(role: str) -> Identity:
    return Identity("u1", "u1", "U One", role, "0" * 64)


def store(practice, payer, percent=None, data=b"", first=None):
    who = as_("billing_lead")
    with db.session(write=True) as opened:
        wanted = payer_contracts.stage(who, payer, percent, "table.csv" if data else "", data)
        made = payer_contracts.commit(opened, who, practice, wanted, first, "table.csv")
    with db.session() as opened:
        fees_in_force.put_in_force(opened)
    return made


def price(practice, *payers, units=None, on=ON):
    found = fees.contract_price(practice.practice_id, payers, units or {"99490": 1}, on, PLACE)
    return None if found is None else str(found.allowed_usd)


def test_a_share_of_medicare_and_a_flat_table(practice):
    assert str(fees.allowed("99490", ON).allowed_usd) == "60.49"
    assert price(practice, "Plan A", "commercial") is None
    store(practice, "commercial", Decimal("110"))
    assert price(practice, "Plan A", "commercial") == "66.54"
    store(practice, "Plan A", Decimal("97.5"), TABLE)
    assert price(practice, "Plan A", "commercial") == "71.10"
    other = fees.allowed("99439", ON).allowed_usd
    both = price(practice, "Plan A", units={"99490": 1, "99439": 2})
    assert both == str(Decimal("71.10") + 2 * round(other * Decimal("0.975"), 2))
    assert price(practice, "medicare_advantage") is None


def test_a_kind_of_payer_is_one_however_it_is_written(practice):
    store(practice, "Medicare  advantage", Decimal(105))
    assert price(practice, "medicare_advantage") is not None
    store(practice, "Plan  A", Decimal(105))
    assert price(practice, "Plan A") is not None


def test_a_table_without_the_code_gives_no_amount(practice):
    store(practice, "Plan A", data=TABLE)
    assert price(practice, "Plan A", units={"99439": 1}) is None
    assert price(practice, "Plan A", on=date(2026, 1, 1)) is None


def test_a_later_version_replaces_and_going_back_restores(practice):
    before = tables.tables_version()
    first = store(practice, "commercial", Decimal(110))
    second = store(practice, "commercial", Decimal(120), first=date(2025, 3, 1))
    assert (first.number, second.number) == (1, 2)
    assert price(practice, "commercial") == "72.59"
    assert price(practice, "commercial", on=date(2025, 2, 28)) == "66.54"
    assert tables.tables_version() != before
    for made in (second, first):
        with db.session(write=True) as opened:
            payer_contracts.revert(opened, as_("administrator"), practice, made.id)
    with db.session(write=True) as opened, pytest.raises(Conflict):
        payer_contracts.revert(opened, as_("administrator"), practice, first.id)
    with db.session() as opened:
        fees_in_force.put_in_force(opened)
    assert price(practice, "commercial") is None
    assert tables.tables_version() == before


@pytest.mark.parametrize(
    ("payer", "by"), [("medicare_advantage", "contract"), ("medicare", "fee schedule")]
)
def test_the_audit_expects_the_contract_and_says_so(practice, payer, by):
    case, policy = read_case({"month": "2025-03", "staff_minutes": 20, "payer": payer})
    plain = audit_case(case, policy)
    assert not plain.expected.is_contract
    rows = {"payer": ["medicare_advantage"]}
    over = overlay.Overlay("x", {
        "payer_amounts": {f"{case.practice.practice_id}|{rows['payer'][0]}": ({
            "payer": "", "code": "", "amount_usd": "", "multiple": "1.1", "number": "1",
            "begins_on": "0001-01-01", "valid_from": "0001-01-01", "valid_to": "9999-12-31",
            "source_id": "import-0", "pinpoint": "version 1",
        },)},
    })  # fmt: skip
    with overlay.pinned(over):
        found = audit_case(case, policy)
        chosen = outcome_json(found)["chosen"]
    assert chosen["expected_by"] == by
    if by == "contract":
        assert found.expected.allowed_usd == Decimal("66.54")
        assert found.expected.sequestration_usd == 0
        assert "import-0#version 1" in found.expected.cites
    else:
        assert found.expected == plain.expected


@pytest.mark.parametrize(
    ("payer", "rule"), [("medicare_advantage", "O12"), ("commercial", "O14"), ("medicaid", "O14")]
)
def test_a_contract_that_prices_every_code_answers_the_question_of_terms(practice, payer, rule):
    def raised(minutes):
        said = {"month": "2025-03", "staff_minutes": minutes, "payer": payer}
        case, policy = read_case(said)
        case = replace(case, practice=replace(case.practice, practice_id=practice.practice_id))
        return rule in {found.rule for found in audit_case(case, policy).findings}

    assert raised(25)
    made = store(practice, payer, data=TABLE)
    assert not raised(25)
    # The table names the first code only: with the second one the question stands.
    assert raised(45)
    with db.session(write=True) as opened:
        payer_contracts.revert(opened, as_("billing_lead"), practice, made.id)
        fees_in_force.put_in_force(opened)
    assert raised(25)


def test_the_rules_of_one_case_price_its_contract_once(practice, monkeypatch):
    asked = []

    def counted(*at):
        asked.append(at)
        return contract_of(*at)

    monkeypatch.setattr(coverage, "contract_of", counted)
    case, policy = read_case({"month": "2025-03", "staff_minutes": 25, "payer": "commercial"})
    assert {"O14", "L21"} <= {found.rule for found in audit_case(case, policy).findings}
    assert len(asked) == 1


def test_the_cite_of_a_contract_resolves(practice):
    store(practice, "Plan A", data=TABLE)
    (cite,) = fees.contract_price(practice.practice_id, ["Plan A"], {"99490": 1}, ON, PLACE).cites
    assert "table.csv for Plan A, imported by U One" in source(cite).title


@pytest.mark.parametrize(
    ("payer", "percent", "data", "error"),
    [
        ("", Decimal(100), b"", UsageError),
        ("medicare", Decimal(100), b"", UsageError),
        (" Medicare ", Decimal(100), b"", UsageError),
        ("Plan A", None, b"", UsageError),
        ("Plan A", Decimal(0), b"", UsageError),
        ("Plan A", None, b"code,price\n99490,1\n", ImportRefused),
        ("Plan A", None, b"code,amount_usd\n99490,1.001\n", ImportRefused),
    ],
)
def test_what_cannot_be_a_contract_is_refused(practice, payer, percent, data, error):
    with pytest.raises(error):
        store(practice, payer, percent, data)
    with db.session() as opened:
        assert payer_contracts.listed(opened, as_("billing_lead"), practice) == []


@pytest.mark.parametrize("role", ["consultant", "auditor", "care_manager"])
def test_contracts_are_not_for_everybody(practice, role):
    with db.session() as opened, pytest.raises(PermissionDenied):
        payer_contracts.listed(opened, as_(role), practice)


def test_the_section_stores_and_takes_back(practice):
    at = open_as("billing_lead", "fee_tables", view="contracts")
    assert not at.exception
    next(t for t in at.text_input if t.label == "Payer").set_value("Medicare Advantage")
    next(t for t in at.text_input if t.label == "Per cent of Medicare").set_value("105")
    next(b for b in at.button if b.label == "Store the contract").click().run()
    assert column(listing(at, "Contracts with payers"), "says") == ["105% of Medicare"]
    assert column(listing(at, "Contracts with payers"), "payer") == ["Medicare Advantage"]
    next(b for b in at.button if b.label == "Take it out of force").click().run()
    assert column(listing(at, "Contracts with payers"), "state") == ["taken back"]
    assert "Contracts" not in text_of(open_as("consultant", "fee_tables", view="contracts"))
