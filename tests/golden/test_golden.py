"""Every golden case through the core, as ``ccm case`` would run it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest

from ccm_core.audit import audit_case, checklist
from ccm_core.casefile import read_case
from ccm_core.outcome_json import outcome_json
from tests.golden.reader import books, cases

ALL = [
    pytest.param(case, id=f"{book.stem}: {case['name']}")
    for book in books()
    for case in cases(book)
]
KNOWN = {
    "units", "status", "fires", "silent", "counted", "leftover", "legal", "summary", "level",
    "allowed_usd", "medicare_usd", "patient_usd", "service_on", "excluded", "evidence", "shown",
}  # fmt: skip


def judged(given: dict[str, Any]) -> dict[str, Any]:
    case, policy = read_case(given)
    return outcome_json(audit_case(case, policy))


def asked_without_skipping(given: dict[str, Any]) -> list[str]:
    """Rules that object when every rule is asked, also those without a subject here."""
    case, policy = read_case(given)
    found = [line for line in checklist(case, policy) if line.result in SOME_FINDING]
    return [line.rule for line in sorted(found, key=lambda x: SOME_FINDING.index(x.result))]


SOME_FINDING = ("BLOCK", "REVIEW", "NOTE")


@pytest.mark.parametrize("golden", ALL)
def test_golden_case(golden: dict[str, Any]) -> None:
    expect = golden["expect"]
    assert expect, "a case that expects nothing cannot fail"
    assert set(expect) <= KNOWN
    out = judged(golden["given"])
    assert [f["rule"] for f in out["findings"]] == asked_without_skipping(golden["given"])
    fired = {f["rule"]: f for f in out["findings"]}
    assert set(expect.get("fires", ())) <= set(fired), sorted(fired)
    assert not set(expect.get("silent", ())) & set(fired)
    for name, value in _seen(out).items():
        if name in expect:
            assert value == _wanted(name, expect[name]), sorted(fired)
    if "status" in expect:
        assert out["status"] in expect["status"], sorted(fired)
    if golden["rule"]:
        _check_rule(golden["rule"], expect, fired)
    if "shown" in expect:
        assert _shown(golden["rule"], golden["given"]) == expect["shown"]


def _shown(rule: str, given: dict[str, Any]) -> list[str]:
    """The evidence behind a PASS, as the checklist shows it."""
    (line,) = (line for line in checklist(*read_case(given)) if line.rule == rule)
    assert line.result == "PASS"
    return [_said(e.name, e.value, e.ids) for e in line.evidence]


def _said(name: str, value: Any, ids: Iterable[str]) -> str:
    """``name: value (ids)``; of a table row only the table, for lines move."""
    named = ", ".join(re.sub(r"[.]csv:[0-9]+$", ".csv", one) for one in ids)
    return f"{name}: {value} ({named})" if named else f"{name}: {value}"


def _seen(out: dict[str, Any]) -> dict[str, Any]:
    """What the core says, under the names that golden cases use."""
    chosen = out["chosen"] or {"units": {}}
    return {
        "units": chosen["units"],
        "allowed_usd": chosen.get("allowed_usd"),
        "medicare_usd": chosen.get("expected_medicare_usd"),
        "patient_usd": chosen.get("expected_patient_usd"),
        "counted": out["counted_minutes"]["total"],
        "leftover": out["leftover_minutes"],
        "legal": sorted(p["name"] for p in out["paths"]),
        "service_on": out["date_of_service"],
        "excluded": {e["reason"]: e["minutes"] for e in out["excluded"]},
    }


def _wanted(name: str, value: Any) -> Any:
    if name == "units":
        return {str(code): units for code, units in value.items()}
    return sorted(value) if name == "legal" else value


def _check_rule(rule: str, expect: dict[str, Any], fired: dict[str, Any]) -> None:
    """A rule's own book says whether the rule fires, with which words and level."""
    if "summary" in expect:
        assert rule in fired, sorted(fired)
        assert fired[rule]["summary"] == expect["summary"]
        if "level" in expect:
            assert fired[rule]["level"] == expect["level"]
        if "evidence" in expect:
            evidence = fired[rule]["evidence"]
            assert [_said(e["name"], e["value"], e["ids"]) for e in evidence] == expect["evidence"]
    elif rule not in expect.get("fires", ()):
        assert rule not in fired, fired[rule]["summary"]
