"""Months that differ in the names of some entries alone: told once, with each month's names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from ccm_core import records as r
from ccm_core.audit import policy_of, work_out
from ccm_core.cases import Case
from ccm_core.engine.placeholders import MOST, PLACEHOLDERS, LooksFurther
from ccm_core.engine.programs import Program, program_of
from ccm_core.findings import Evidence, Finding
from ccm_core.months import Month
from ccm_core.policy import Policy
from ccm_core.rules.asking import asked_of
from ccm_core.rules.clinic_hours import clinic_hours
from ccm_core.rules.documentation import out_of_hours
from tests.bench import made
from tests.engine import as_columns
from tests.engine.plain_charts import NOTES, Chart

MONTH, ZONE = Month(2025, 5), "America/New_York"
ODD_NAMES = ('say "{}"', "back\\{}", "tab\t{}", "line\n{}", "caf\u00e9 {}", "\u2028{}", "{}")
"""Names of entries; JSON writes the first four in another way."""
_WORDS = ("sleep at night", "salt and water", "the new pills", "a sore knee", "feet and shoes",
          "the eye doctor", "a fall at home", "two refills", "blood sugar", "short breath",
          "the next visit", "weight gained")  # fmt: skip


def _log(chart: Chart, nights: int, name: str) -> Iterator[r.TimeEntry]:
    """So many entries at night, and 24 minutes by day."""
    for number in range(nights):
        yield r.TimeEntry(
            name.format(f"{chart.pid}n{number}"), chart.pid, chart.at(1 + number, 23),
            61 + 7 * number, staff_id="s1", is_contact=True,
            note=f"{_WORDS[number]}: gone through with the patient, next step agreed on",
        )  # fmt: skip
    for number in range(3):
        yield r.TimeEntry(
            f"{chart.pid}d{number}", chart.pid, chart.at(12 + number, 10), 480,
            staff_id="s1", note=NOTES[number], is_contact=True,
        )  # fmt: skip


def _panel() -> Iterator[Any]:
    yield replace(made.PRACTICE, time_zone=ZONE)
    for place in range(6 * (MOST + 3)):
        chart = Chart(MONTH, ZONE, f"b{place:03d}")
        yield from (one for one in chart.plain() if not isinstance(one, r.TimeEntry))
        name = ODD_NAMES[place % len(ODD_NAMES)] if place % 3 else "{}"
        yield from _log(chart, place % (MOST + 3), name)


def test_told_months_say_what_a_look_at_each_says(tmp_path, monkeypatch):
    told = []
    asked = as_columns.Columns.table
    monkeypatch.setattr(
        as_columns.Columns, "table",
        lambda writing, block: told.append(block.told) or asked(writing, block),
    )  # fmt: skip
    both = as_columns.both_ways(_panel(), tmp_path / "in", MONTH)
    as_columns.assert_same(both, 6 * (MOST + 3))
    (found,) = told
    assert (found.at >= 0).sum() > 2 * MOST
    told_of = {len(found.shared[at].finding.evidence[0].ids) for at in found.at if at >= 0}
    assert told_of == {*range(1, MOST + 1)}
    said = {
        o.patient_id: one.evidence[0].ids
        for o in both.by_columns for one in o.findings if one.rule == "D11"
    }  # fmt: skip
    assert len(said) == 6 * (MOST + 2)
    assert len({name for names in said.values() for name in names}) == sum(map(len, said.values()))


def _case() -> tuple[Case, Policy]:
    case = made.case(3)
    policy = policy_of(case)
    work_out(case, policy)
    return case, policy


def _program(check: Callable[[Any, Any], Finding | None]) -> Program:
    case, policy = _case()
    (asked,) = (one for rule, one in asked_of(policy).rules if rule is out_of_hours)
    hours = clinic_hours(policy, case.practice.time_zone)
    return program_of([(check, asked)], case, policy, {}, hours)


def _odd(case: Any, policy: Any) -> Any:
    return case.counted.outside(clinic_hours(policy, case.practice.time_zone), lambda _: True)


def _finding(case: Any, ids: Any, text: str = "Some entries.") -> Finding:
    return Finding(text, (Evidence("entries", len(ids), tuple(ids)),))


RULES: dict[str, Callable[[Any, Any], Finding | None]] = {
    "sorts them": lambda c, p: _finding(c, sorted(_odd(c, p))),
    "tells them apart": lambda c, p: _finding(c, sorted({*_odd(c, p)})),
    "words one": lambda c, p: _finding(c, _odd(c, p), f"{_odd(c, p)[0]} at night."),
    "words all": lambda c, p: _finding(c, _odd(c, p), ", ".join(map(str, _odd(c, p)))),
    "looks at their log": lambda c, p: _finding(c, _odd(c, p), str(len(c.entries))),
    "asks for other minutes": lambda c, p: _finding(c, _odd(c, p), str(c.counted.total_seconds)),
    "asks for other hours": lambda c, p: _finding(c, c.counted.outside({}, lambda _: True)),
    "names the first": lambda c, p: _finding(c, _odd(c, p)[1:]),
    "turns them round": lambda c, p: _finding(c, _odd(c, p)[::-1]),
    "names them twice": lambda c, p: Finding("x", _finding(c, _odd(c, p)).evidence * 2),
    "names none": lambda c, p: Finding(f"{len(_odd(c, p))} entries."),
}


@pytest.mark.parametrize("said", RULES)
def test_a_rule_that_does_more_than_count_is_asked_of_each_month(said):
    program = _program(RULES[said])
    assert program.known is None
    # A single name is the same from either end.
    assert set(program.by_entries) == ({1} if said == "turns them round" else set())


def test_the_rule_of_clinic_hours_is_told_by_the_number_of_entries():
    program = _program(out_of_hours.check)
    assert set(program.by_entries) == {*range(1, MOST + 1)}
    names = ("a", "b", "c")
    case, policy = _case()

    class Given:
        def outside(self, *_: object) -> list[str]:
            return list(names)

    case.work = replace(case.work, counted=Given())
    (judged,) = program.by_entries[3].named(names)
    assert judged.finding == out_of_hours.check(case, policy)


@pytest.mark.parametrize(
    "act",
    [str, repr, hash, bool, len, list, lambda one: one == "x", lambda one: one < "x",
     lambda one: f"{one}", lambda one: one + "x", lambda one: one.upper()],
)  # fmt: skip
def test_a_placeholder_can_only_be_carried(act):
    with pytest.raises(LooksFurther):
        act(PLACEHOLDERS[0])
