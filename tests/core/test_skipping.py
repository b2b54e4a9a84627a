"""Rules are skipped where their subject is absent; that never changes what is found."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings

from ccm_core.audit import audit_case, checklist, policy_of, work_out
from ccm_core.cases import Case
from ccm_core.outcome_json import outcome_json
from ccm_core.policy import POLICIES, Policy
from ccm_core.rules import ALL_RULES
from ccm_core.rules.asking import asked_of
from ccm_core.rules.seen import subjects_of
from ccm_core.rules.subjects import BIT, SUBJECTS, is_met, mask_of, unknown_subjects
from tests.core.mixed import GOLDEN, MIXED, mixed
from tests.property.test_minutes import cases as random_months


def test_every_card_names_known_subjects():
    odd = {rule.id: unknown_subjects(rule.needs) for rule in ALL_RULES}
    assert not {name: some for name, some in odd.items() if some}
    assert {field.name for field in fields(Case)} >= set(MIXED)


def test_every_subject_is_named_by_a_card_and_has_a_bit_of_its_own():
    assert {name for rule in ALL_RULES for name in rule.needs} == set(SUBJECTS)
    assert mask_of(SUBJECTS) == 2 ** len(BIT) - 1


def skipped_in(case: Case, policy: Policy) -> Counter[str]:
    """Runs what the audit skips; gives how often each rule was skipped."""
    work_out(case, policy)
    present = subjects_of(case, policy)
    skipped: Counter[str] = Counter()
    for rule in ALL_RULES:
        if not is_met(rule.needs, present):
            skipped[rule.id] += 1
            found = rule.check(case, policy)
            assert found is None, (rule.id, rule.needs, found)
    return skipped


@pytest.mark.parametrize("seed", range(12))
def test_a_skipped_rule_would_have_found_nothing(seed):
    rng = random.Random(seed)
    skipped: Counter[str] = Counter()
    for _ in range(250):
        case = mixed(rng)
        skipped += skipped_in(case, policy_of(case, rng.choice(POLICIES)))
    assert skipped.total() > 250 * 60
    assert len(skipped) > 95


def test_golden_cases_find_the_same_without_any_skipping():
    for case, policy in GOLDEN:
        skipped_in(case, policy)


@given(random_months())
@settings(max_examples=60, deadline=None)
def test_random_months_find_the_same_without_any_skipping(case):
    skipped_in(case, policy_of(case))


def test_every_rule_fires_somewhere_among_the_cases_that_hold_this():
    rng = random.Random(5)
    some = [*(case for case, _ in GOLDEN), *(mixed(rng) for _ in range(400))]
    fired = {judged.rule for case in some for judged in findings_of(case)}
    assert fired == {rule.id for rule in ALL_RULES}


def findings_of(case: Case):
    return audit_case(case, policy_of(case)).findings


def test_the_audit_and_the_checklist_agree_though_the_checklist_skips_nothing():
    rng = random.Random(77)
    for _ in range(150):
        case = mixed(rng)
        policy = policy_of(case, rng.choice(POLICIES))
        audited = {(j.rule, j.level.value, j.summary, j.evidence, j.layer, j.fix) for j in
                   audit_case(case, policy).findings}  # fmt: skip
        listed = {(line.rule, line.result, line.summary, line.evidence, line.layer, line.fix)
                  for line in checklist(case, policy)
                  if line.result not in ("PASS", "OFF")}  # fmt: skip
        assert audited == listed


def test_what_was_asked_before_changes_nothing():
    """Answers are kept with a policy by plan and by subjects: the order of cases is no matter."""
    rng = random.Random(3)
    some = [mixed(rng) for _ in range(120)]
    forward = [outcome_json(audit_case(replace(c, answers={}), policy_of(c))) for c in some]
    for case in some:
        policy_of(case).kept.clear()
    back = [outcome_json(audit_case(replace(c, answers={}), policy_of(c))) for c in some[::-1]]
    assert forward == back[::-1]


def test_the_order_of_findings_is_heaviest_first_then_the_order_of_the_book():
    place = {rule.id: n for n, rule in enumerate(ALL_RULES)}
    for case, policy in GOLDEN:
        keys = [(-j.level.weight, place[j.rule]) for j in audit_case(case, policy).findings]
        assert keys == sorted(keys)


def test_a_clean_month_runs_few_rules():
    """The point of the screens: a case without trouble asks a tenth of the book."""
    case, policy = next((c, p) for c, p in GOLDEN if not audit_case(c, p).findings)
    work_out(case, policy)
    assert len(asked_of(policy).of(subjects_of(case, policy))) <= len(ALL_RULES) // 10
