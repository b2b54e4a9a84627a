"""A case file that cannot be meant is refused with one sentence that names the field."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from ccm_core.audit import audit_case
from ccm_core.case_defaults import CASE_FIELDS, PLAN_FIELDS, TIME_FIELDS
from ccm_core.casefile import read_case
from ccm_core.cli.casefiles import parse_cases
from ccm_core.errors import UsageError

MONTH = {"month": "2025-05", "staff_minutes": 25}
ENTRY = {"on": "2025-05-12", "start": "10:00", "minutes": 25}
STAY = {"kind": "hospital", "from": "2025-05-03", "to": "2025-05-04"}
SERVICE = {"code": "99213", "on": "2025-05-01", "npi": "same"}

REFUSED = [
    ({**MONTH, "minutess": 3}, "minutess"),
    ({**MONTH, "state": "ZZ"}, "state"),
    ({**MONTH, "state": True}, "state"),
    ({**MONTH, "locality": "01112-5"}, "locality"),
    ({**MONTH, "locality": 1.5}, "locality"),
    ({**MONTH, "place": "x"}, "place"),
    ({**MONTH, "billed_to": "macc"}, "billed_to"),
    ({**MONTH, "qmb": None}, "qmb is true or false, not null"),
    ({**MONTH, "conditions_confirmed": "yes"}, "conditions_confirmed"),
    ({**MONTH, "requested": {"g2058": 1, "G2058": 1}}, "G2058"),
    ({**MONTH, "requested": {"99490": 1.5}}, "99490"),
    ({**MONTH, "requested": {" ": 1}}, "a code that is empty"),
    ({**MONTH, "consent": {"npi": ["x"]}}, "npi"),
    ({**MONTH, "consent": {"on": "2025-03-01", "revoked_on": "2025-02-01"}}, "revoked_on"),
    ({**MONTH, "stays": [{**STAY, "to": "2025-05-02"}]}, "stays[0]"),
    ({**MONTH, "stays": [{**STAY, "form": "2025-05-02"}]}, "form"),
    ({**MONTH, "other_services": [{**SERVICE, "npi": "smae"}]}, "smae"),
    ({**MONTH, "other_services": [{**SERVICE, "npi": {}}]}, "npi"),
    ({**MONTH, "other_services": [{**SERVICE, "code": "9949O"}]}, "9949O"),
    ({**MONTH, "other_services": [{**SERVICE, "code": "G557"}]}, "G557"),
    ({**MONTH, "other_services": [{**SERVICE, "code": "99490.0"}]}, "99490.0"),
    ({**MONTH, "other_services": [{**SERVICE, "code": "9949-0"}]}, "9949-0"),
    ({**MONTH, "staff_minutes": 44641}, "staff_minutes"),
    ({**MONTH, "staff_minutes": -1}, "staff_minutes"),
    ({"month": "2025-05", "time": [{**ENTRY, "minutes": 1441}]}, "minutes"),
    ({"month": "2025-05", "time": [{**ENTRY, "minutes": -1}]}, "minutes"),
    ({"month": "2025-05", "time": [{**ENTRY, "start": "10:00+02:00"}]}, "start"),
    ({"month": "2025-05", "time": [{**ENTRY, "start": "2025-05"}]}, "start"),
    ({"month": "2025-05", "time": [{**ENTRY, "start": "25:00"}]}, "start"),
    ({"month": "2025-05", "time": [{**ENTRY, "on": "9999-12-31", "start": "23:30"}]}, "9999-12-31"),
    ({"month": "2025-05", "time": [{**ENTRY, "recorded_at": "9999-12-31T23:59"}]}, "9999-12-31"),
    ({"month": "2025-05", "time": [{**ENTRY, "recorded_at": "0001-01-01T00:00+10:00"}]}, "0001"),
    ({"month": "2025-05", "time": [{**ENTRY, "role": "robot"}]}, "role"),
    ({"month": "2025-05", "time": [{**ENTRY, "minute": 3}]}, "minute"),
    ({"month": "2025-5"}, "2025-5"),
    ({"month": None}, "month"),
    ({}, "month"),
]


@pytest.mark.parametrize(("given", "named"), REFUSED, ids=lambda v: v if isinstance(v, str) else "")
def test_refused_by_name(given: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError) as refusal:
        read_case(given)
    said = str(refusal.value)
    assert named in said
    assert "\n" not in said


ODD = (
    None, True, False, 0, -1, 1.5, 1e30, 10**400, float("nan"), "", "x", "null", "2025-13-01",
    [], {}, ["x"], [None], [[1]], {"a": 1}, [{"a": 1}], [{}], "\x00", "2025-05", "1e9", "-0",
)  # fmt: skip


def _odd_cases(odd: Any) -> list[dict[str, Any]]:
    """The odd value in the place of every field, one at a time."""
    made = [{**MONTH, field: odd} for field in CASE_FIELDS]
    made += [{"month": "2025-05", "time": [{**ENTRY, field: odd}]} for field in TIME_FIELDS]
    made += [{**MONTH, "stays": [{**STAY, field: odd}]} for field in STAY]
    made += [
        {**MONTH, "other_services": [{**SERVICE, field: odd}]}
        for field in (*SERVICE, "modifiers", "place", "kind")
    ]
    for part, fields in (
        ("consent", ("on", "mode", "elements", "npi", "revoked_on")),
        ("care_plan", PLAN_FIELDS),
        ("initiating_visit", ("on", "code")),
    ):
        made += [{**MONTH, part: {field: odd}} for field in fields]
    return [*made, {**MONTH, "requested": {"99490": odd}}]


@pytest.mark.parametrize("odd", ODD, ids=lambda v: repr(v)[:20])
def test_an_odd_value_is_judged_or_refused_but_never_a_fault(odd: Any) -> None:
    for given in _odd_cases(odd):
        with contextlib.suppress(UsageError):
            audit_case(*read_case(given))


UNREADABLE = [
    ('{"given": {"month": "2025-05"}, "extra": 1}', "extra"),
    ('{"case": [{"month": "2025-05"}], "extra": 1}', "extra"),
    ('{"month": "2025-05", "staff_minutes": NaN}', "NaN"),
    ('{"month": "2025-05"', "JSON"),
    ('{"month": "2025-05", "month": "2025-06"}', "twice"),
    ("5", "no case"),
    ("[[[", "JSON"),
]


@pytest.mark.parametrize(("text", "named"), UNREADABLE)
def test_unreadable_text_is_refused(text: str, named: str) -> None:
    with pytest.raises(UsageError, match=named):
        parse_cases(text, "-")


def test_one_case_may_stand_alone_under_case() -> None:
    assert parse_cases('{"case": {"month": "2025-05"}}', "-") == [{"month": "2025-05"}]


@pytest.mark.parametrize("code", ["G0557-GT", "g0557 gt", " G0557 "])
def test_a_code_with_its_modifiers_is_the_code(code: str) -> None:
    """As billing systems write it: taken for another code, it would conflict with nothing."""
    case, policy = read_case({**MONTH, "other_services": [{**SERVICE, "code": code}]})
    assert audit_case(case, policy).status == "blocked"
