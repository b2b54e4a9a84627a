"""Contracts of named Advantage plans in the projection from own history."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ccm_core import overlay, records
from ccm_core.months import Month
from ccm_core.program.contract_multiple import contract_multiple
from ccm_core.store import db, reading
from ccm_core.store.queries.panel_history import patients_by_payer
from ccm_core.store.writing import save
from tests.pages import small_practice

ON = date(2026, 10, 31)
PRACTICE = records.Practice("p1", "Practice", locality="10112-00", state="AL")
KIND = "medicare_advantage"
UNITS = {"99490": 10, "99439": 3}


def contracts(**multiples: str) -> overlay.Overlay:
    """An overlay with one contract for each payer, a share of Medicare for all codes."""
    common = {
        "number": "1", "begins_on": "0001-01-01", "valid_from": "0001-01-01", "code": "",
        "valid_to": "9999-12-31", "source_id": "import-0", "pinpoint": "version 1",
        "amount_usd": "", "payer": "",
    }  # fmt: skip
    rows = {f"p1|{payer}": (common | {"multiple": of},) for payer, of in multiples.items()}
    return overlay.Overlay("x", {"payer_amounts": rows})


def found(over, plans, otherwise="0.97"):
    with overlay.pinned(over):
        made = contract_multiple(PRACTICE, KIND, plans, UNITS, ON, Decimal(otherwise))
    return made and (round(made.value, 3), made.note)


def test_named_plans_count_by_their_patients():
    value, note = found(contracts(A="1.2", B="0.9"), {"A": 60, "B": 40})
    assert value == Decimal("1.08")
    assert note == (
        "Contracts with Advantage plans in force on 31 Oct 2026, weighted by patients in each plan"
    )


def test_a_plan_without_a_contract_counts_at_the_assumption():
    value, note = found(contracts(A="1.2"), {"A": 50, "B": 50})
    assert value == Decimal("1.085")
    assert "plans without a contract at 0.97 (1 of 2 plans)" in note


def test_the_contract_of_the_kind_holds_for_plans_without_their_own():
    over = contracts(A="1.2", **{KIND: "1.1"})
    assert found(over, {"A": 50, "B": 50})[0] == Decimal("1.15")
    value, note = found(over, {})
    assert (value, note) == (
        Decimal("1.1"),
        "Contract with Advantage plans in force on 31 Oct 2026",
    )


def test_no_contract_leaves_the_assumption():
    assert found(contracts(), {"A": 50}) is None
    assert found(contracts(Other="2"), {"A": 50}) is None


@pytest.mark.parametrize("small", [1, 5, 10])
def test_a_small_plan_moves_nothing(small):
    """Its count, or that of the plan that would give it away, is not in the multiple."""
    over = contracts(A="1.2", B="0.9", C="3")
    told = {found(over, {"A": 60, "B": 20, "C": n})[0] for n in range(1, 11)}
    assert told == {found(over, {"A": 60, "B": 20, "C": small})[0]} == {Decimal("1.2")}
    assert "2 plans left out" in found(over, {"A": 60, "B": 20, "C": small})[1]


def test_who_is_counted(store_url, monkeypatch):
    monkeypatch.setenv("CCM_DATABASE_URL", store_url)
    small_practice.fill()
    with db.session(write=True) as opened:
        save(opened, "p1", list(enrolled()))
    with db.session() as opened:
        practice = reading.practice(opened)
        counted = patients_by_payer(opened, practice, Month(2026, 10), KIND)
    assert counted == {"": 1, "Plan A": 2}
    db.dispose(store_url)


def enrolled():
    """Five patients: two in one plan, one in a plan without a name, one who left, one asked."""
    plans = ("Plan A", "Plan A", "", "Plan A", "Plan A")
    for n, name in enumerate(plans):
        patient, has_left = f"z{n}", n == 3
        yield records.Patient(patient, status="consented" if n < 4 else "invited")
        yield records.Payer(f"{patient}-m", patient, KIND, name, from_on=date(2020, 1, 1))
        for k, icd in enumerate(("I10", "E11.9")):
            yield records.Condition(f"{patient}-d{k}", patient, icd, is_chronic=True, group=icd)
        if n < 4:
            ends = date(2026, 9, 30) if has_left else None
            yield records.Consent(f"{patient}-c", patient, date(2026, 8, 1), revoked_on=ends)
