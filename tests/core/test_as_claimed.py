"""A claim that asks for what the audit chose brings only its own form into its case."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest

from ccm_core.as_claimed import is_plain
from ccm_core.audit import audit_case, policy_of
from ccm_core.casefile import read_case
from ccm_core.cases import Case, Request
from tests.core.mixed import mixed


def request_for(rng: random.Random, outcome) -> Request:
    """What a claim run would ask for, its form now and then odd."""
    made_on = rng.choice((outcome.service_on, *(outcome.service_on.replace(year=y) for y in
                         (outcome.service_on.year - 1, outcome.service_on.year + 2))))  # fmt: skip
    return Request(
        dict(outcome.planned_units), outcome.service_on, (), made_on,
        rng.choice(("11", "11", "22", "02")), rng.choice((("I10", "E11.9"), ("I10",))),
    )  # fmt: skip


def said(outcome) -> tuple:
    """All of an outcome; of findings of one weight, the order of the rules says nothing."""
    rest = [getattr(outcome, name) for name in outcome.__slots__ if name != "findings"]
    return (*rest, set(map(repr, outcome.findings)))


@pytest.mark.parametrize("seed", range(4))
def test_a_plain_claim_changes_nothing_that_the_audit_says(seed):
    rng = random.Random(seed)
    plain = odd = 0
    while plain < 30:
        case = replace(mixed(rng), request=None)
        before = audit_case(case, policy_of(case))
        if before.chosen is None or before.service_on is None:
            continue
        if before.service_on.month == 2 and before.service_on.day == 29:
            continue
        if any(one.rule == "L22" for one in before.findings):
            continue  # of the chart's own diagnoses; the claim names others
        request = request_for(rng, before)
        asked = replace(case, request=request, work=None, answers={})
        after = audit_case(asked, policy_of(asked))
        shell = Case(
            case.practice, case.patient, case.month, case.npi, payers=case.payers, request=request
        )
        if is_plain(shell):
            plain += 1
            assert said(after) == said(before)
        else:
            odd += 1
            assert set(map(repr, after.findings)) - set(map(repr, before.findings))
    assert odd > 3


@pytest.mark.parametrize("request_", [
    None,
    Request({"99490": 1}),
])  # fmt: skip
def test_a_case_without_a_dated_request_is_not_plain(request_):
    case = replace(mixed(random.Random(1)), request=request_)
    assert not is_plain(case)


@pytest.mark.parametrize(("code", "plain"), [("E11", False), ("E11.9", True)])
def test_a_claim_with_a_heading_as_diagnosis_is_audited_anew(code, plain):
    asked = Request({"99490": 1}, date(2025, 5, 31), (), date(2025, 5, 31), "11", (code, "I10"))
    case, _ = read_case({"month": "2025-05", "staff_minutes": 25})
    assert is_plain(replace(case, request=asked)) is plain
