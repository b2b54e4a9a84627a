"""Months that differ in one thing alone are not taken for one kind where that thing matters.

Plain months are grouped by what decides them, and one of a group speaks for all. Here each
patient stands beside one who is like them in all but one respect, before them or after them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import count, product
from typing import Any

import pytest

from ccm_core import records as r
from ccm_core.engine import kept_months
from ccm_core.months import Month
from ccm_core.policy import Policy
from tests.bench import made
from tests.engine.as_columns import assert_same, both_ways
from tests.engine.plain_charts import (
    NOTES,
    OTHER,
    Bend,
    Chart,
    also,
    both,
    claim,
    condition,
    each,
    long,
    mdm,
    own,
    payer,
    stay,
    time,
    visit,
)

MARCH = Month(2025, 3)
PRACTICE = r.Practice("p", "Some practice", state="FL", locality="09102-04", npi=made.NPI)


def mid(chart: Chart) -> date:
    return chart.on(27)


def as_it_is(_: Chart, found: list[Any]) -> list[Any]:
    return found


def early(chart: Chart, found: list[Any]) -> list[Any]:
    """All the work in the first week of the month, each piece on a day of its own."""
    moved = count(2)
    return [
        replace(one, started_at=chart.at(next(moved), 10)) if isinstance(one, r.TimeEntry) else one
        for one in found
    ]


BASES: tuple[Bend, ...] = (
    each(r.TimeEntry, seconds=1_900),
    both(own, each(r.TimeEntry, seconds=1_905), each(r.TimeEntry, 1, seconds=1_915)),
    as_it_is, long, claim(), claim(service_on=mid), claim(service_on=mid, modifiers=("25",)),
    claim(service_on=lambda c: c.on(5)), claim(code="99439", units=2, service_on=mid),
    both(long, claim(code="99487", service_on=mid)), claim(service_on=None),
    claim(modifiers=("GW",), service_on=mid), each(r.Payer, kind="commercial"),
    both(each(r.Payer, is_qmb=True), claim(code="G0557", service_on=mid)),
)  # fmt: skip
"""What a claim asks for, on a day that is not the last, or nothing."""

DIFFERENT: tuple[Bend, ...] = (
    # Twice and first, so that one of them is asked before any other of its kind.
    early, early,
    # Services on the day of the claim, in the month, before it.
    *(visit(on, code) for on in (mid, lambda c: c.on(20), lambda c: c.on(-3))
      for code in ("90951", "99214", "G0181", "99484", "98980", "99495", "99091", "96127")),
    visit(mid, "90951", OTHER), visit(mid, "99490", OTHER, "other"),
    # Who pays, and what is known of them.
    *(each(r.Payer, **said) for said in (
        {"is_qmb": True}, {"name": "Some plan"}, {"kind": "medicare_advantage"},
        {"kind": "medicaid"}, {"has_part_b": None}, {"has_part_b": False}, {"is_primary": False},
        {"payer_id": lambda c: f"{c.pid}z"}, {"kind": "unknown"})),
    payer(kind="commercial", is_primary=False),
    # Where the patient lives: other rules, other levels.
    *(each(r.Patient, state=state) for state in ("CA", "NY", "TX", "MA")),
    # Minutes: whose, how many beyond the last whole minute, how many conditions, who decided.
    own, each(r.TimeEntry, 1, actor="practitioner"), each(r.TimeEntry, 1, seconds=331),
    each(r.TimeEntry, 1, seconds=389), each(r.TimeEntry, 1, seconds=29),
    each(r.Condition, 1, is_chronic=False), condition("N18.3", "kidney"), mdm("high"),
    mdm("moderate"),
    # Days on which no time counts.
    *(stay(kind, begins, ends) for kind in ("hospital", "hospice", "nursing_facility", "snf_part_a")
      for begins, ends in ((lambda c: c.on(4), lambda c: c.on(4)), (lambda c: c.on(10), mid),
                           (lambda c: c.on(-9), None), (mid, lambda c: c.last()))),
    both(stay("hospital", lambda c: c.on(4), lambda c: c.on(4)), each(r.TimeEntry, seconds=331)),
    both(stay("hospital", lambda c: c.on(4), lambda c: c.on(4)), each(r.TimeEntry, 1, seconds=9)),
    both(stay("hospital", lambda c: c.on(4), lambda c: c.on(11)), each(r.TimeEntry, note="one")),
    both(stay("hospice", lambda c: c.on(4), lambda c: c.on(4)), time(lambda c: c.at(4, 10, 2))),
    both(stay("hospice", lambda c: c.on(4), lambda c: c.on(4)), own),
    both(stay("hospital", lambda c: c.on(4), lambda c: c.on(4)), each(r.TimeEntry, 1, note="x"),
         each(r.TimeEntry, is_contact=False)),
    both(stay("hospital", lambda c: c.on(4), lambda c: c.on(4)),
         each(r.TimeEntry, 1, actor="practitioner")),
    both(stay("hospital", lambda c: c.on(4), lambda c: c.on(4)),
         also(lambda c: c.time("t8", c.at(4, 23, 55), 900),
              lambda c: c.time("t9", c.at(5, 0, 2), 900))),
    both(stay("hospital", lambda c: c.on(4), lambda c: c.on(4)), each(r.TimeEntry, seconds=600),
         each(r.TimeEntry, 1, seconds=601)),
    both(stay("hospital", lambda c: c.on(4), lambda c: c.on(4)), each(r.TimeEntry, seconds=600),
         each(r.TimeEntry, 1, seconds=601), time(lambda c: c.at(6, 11), 600),
         also(lambda c: c.time("t8", c.at(7, 11), 600))),
    also(*(lambda c, n=n: r.Stay(f"{c.pid}s{n}", c.pid, "hospital", c.on(n), c.on(n))
           for n in (4, 11))),
    both(stay("hospital", lambda c: c.on(6), lambda c: c.on(6)), time(lambda c: c.at(6, 23))),
    # Hours and days of entries.
    time(lambda c: c.at(6, 11), 20),
    time(lambda c: c.at(6, 23)), time(lambda c: c.at(6, 3)), time(mid_at := lambda c: c.at(27, 9)),
    both(time(mid_at), visit(mid, "99213")), each(r.TimeEntry, note=NOTES[0]),
    # The claim itself.
    each(r.ClaimLine, diagnoses=("I10", "E11.9")), each(r.ClaimLine, diagnoses=("I10",)),
    each(r.ClaimLine, place="02"), each(r.ClaimLine, created_on=lambda c: c.on(20)),
    each(r.ClaimLine, modifiers=("95",)), each(r.ClaimLine, npi=""),
    each(r.ClaimLine, status="voided"), each(r.ClaimLine, units=3),
    claim(name="q0", service_on=lambda c: c.on(-20), month=lambda c: c.month.previous),
    claim(name="q7", line=1, status="paid", created_on=lambda c: c.on(1)),
)  # fmt: skip


def _records(is_first: bool) -> list[Any]:
    """Each pair of patients, the one without the difference first or last."""
    found: list[Any] = [PRACTICE]
    numbers = count()
    for base, other in product(BASES, DIFFERENT):
        pair = (base, both(base, other))
        for bend in pair if is_first else pair[::-1]:
            chart = Chart(MARCH, PRACTICE.time_zone, f"k{next(numbers):05d}")
            found += bend(chart, chart.plain())
    return found


@pytest.mark.parametrize("is_first", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("policy", ["baseline", pytest.param("strict", marks=pytest.mark.slow)])
def test_months_that_differ_in_one_thing(is_first, policy, tmp_path):
    kept_months.kept_of.cache_clear()
    judged = both_ways(_records(is_first), tmp_path / "in", MARCH, policy)
    assert_same(judged, least=2 * len(BASES) * len(DIFFERENT))
    assert judged.plain > len(BASES) * len(DIFFERENT)


@pytest.mark.slow
@pytest.mark.parametrize("setting", ["rhc", "facility"])
def test_so_it_is_in_other_settings(setting, tmp_path, monkeypatch):
    kept_months.kept_of.cache_clear()
    elsewhere = replace(PRACTICE, setting=setting, policy="strict", preference="highest")
    found = [elsewhere if one is PRACTICE else one for one in _records(True)]
    assert_same(both_ways(found, tmp_path / "in", MARCH), least=len(DIFFERENT))


def test_before_the_first_code_no_threshold_lies_ahead(tmp_path):
    found: list[Any] = [PRACTICE]
    for number in range(6):
        chart = Chart(Month(2014, 3), PRACTICE.time_zone, f"k{number:05d}")
        found += chart.plain()
    judged = both_ways(found, tmp_path / "in", Month(2014, 3))
    assert_same(judged, least=6)
    assert {row["has_no_claim"] for row in judged.written} == {True}
    assert {row["is_below_threshold"] for row in judged.written} == {False}


@pytest.mark.slow
@pytest.mark.parametrize("is_first", [True, False])
def test_a_payer_may_want_the_day_of_the_threshold(is_first, tmp_path, monkeypatch):
    """No payer on file does; one that did would have a day of its own for each month."""
    known = Policy.payer_row.func
    monkeypatch.setattr(
        Policy, "payer_row",
        property(lambda policy: {**known(policy), "date_of_service": "threshold_day"}),
    )  # fmt: skip
    kept_months.kept_of.cache_clear()
    judged = both_ways(_records(is_first), tmp_path / "in", MARCH)
    assert_same(judged, least=2 * len(BASES) * len(DIFFERENT))
    days = {one.service_on for one in judged.by_columns}
    assert len(days) > 6
