"""The contract that prices a plan: whose, on which day, for which place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ccm_core import overlay
from ccm_core.audit import checklist, work_out
from ccm_core.casefile import read_case
from ccm_core.fees import price_plan
from ccm_core.rules.coverage import contract_here

ALWAYS = {"valid_from": "0001-01-01", "valid_to": "9999-12-31"}


def contract(payer: str = "medicare_advantage", **said: str) -> overlay.Overlay:
    row = {
        "payer": "", "code": "", "amount_usd": "", "multiple": "1.1", "number": "1",
        "begins_on": "0001-01-01", "source_id": "import-0", "pinpoint": "version 1", **ALWAYS,
        **said,
    }  # fmt: skip
    return overlay.Overlay("x", {"payer_amounts": {f"case|{payer}": (row,)}})


def asked(over: overlay.Overlay, **said):
    """The amount of the contract, and the rules of coverage as the checklist shows them."""
    case, policy = read_case(
        {"month": "2025-03", "staff_minutes": 45, "payer": "medicare_advantage", **said}
    )
    with overlay.pinned(over):
        work_out(case, policy)
        found = contract_here(case, policy)
        lines = {line.rule: line for line in checklist(case, policy)}
    return found and found.allowed_usd, lines


@pytest.mark.parametrize(
    ("setting", "locality"),
    [("office", "national"), ("facility", "national"), ("office", "10112-00")],
)
def test_a_share_of_what_medicare_pays_at_the_place_of_the_practice(setting, locality):
    on = date(2025, 3, 31)
    place = {"setting": setting, "locality": locality}
    fee = [price_plan({code: 1}, on, locality, setting).allowed_usd for code in ("99490", "99439")]
    amount, lines = asked(contract(), **place)
    assert amount == sum(round(one * 11 / 10, 2) for one in fee)
    assert lines["O12"].result == "PASS"
    assert ("contract", "import-0#version 1") in [(e.name, e.value) for e in lines["O12"].evidence]
    assert lines["O12"].evidence[0].value == "medicare_advantage"
    assert lines["L21"].result == "PASS"


def test_without_a_contract_the_plan_is_asked_and_nothing_is_shown_of_one():
    amount, lines = asked(overlay.EMPTY)
    assert amount is None
    assert (lines["O12"].result, lines["L21"].result) == ("REVIEW", "NOTE")
    assert [e.name for e in lines["O12"].evidence] == ["coverage"]


def test_nothing_planned_or_nobody_known_to_pay_is_priced_by_no_contract():
    assert asked(contract(), staff_minutes=5)[0] is None
    case, policy = read_case({"month": "2025-03", "staff_minutes": 45})
    case = replace(case, payers=())
    with overlay.pinned(contract()):
        work_out(case, policy)
        assert contract_here(case, policy) is None


@pytest.mark.parametrize(
    ("service_on", "valid_to", "is_priced"),
    [
        (date(2025, 3, 20), "2025-03-20", True), (date(2025, 3, 20), "2025-03-19", False),
        # A day outside the month is no day of service: the month's last day is asked.
        (date(2025, 4, 2), "2025-03-31", True), (date(2025, 2, 27), "2025-02-28", False),
    ],
)  # fmt: skip
def test_the_contract_of_the_day_of_service(service_on, valid_to, is_priced):
    amount, _ = asked(contract(valid_to=valid_to), date_of_service=service_on)
    assert (amount is not None) is is_priced


def test_the_payers_own_name_goes_before_its_kind():
    case, policy = read_case({"month": "2025-03", "staff_minutes": 25, "payer": "commercial"})
    case = replace(case, payers=tuple(replace(one, name="Plan A") for one in case.payers))
    for payer, amount in (("Plan A", 70), ("commercial", 70), ("Plan B", None)):
        with overlay.pinned(contract(payer, code="99490", amount_usd="70.00")):
            work_out(case, policy)
            found = contract_here(case, policy)
        assert (found and found.allowed_usd) == amount
