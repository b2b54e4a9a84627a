"""Rules are skipped where their subject is absent; that never changes what is found."""

from __future__ import annotations

import random
from dataclasses import fields, replace

import pytest

from ccm_core.audit import audit_case, policy_of, work_out
from ccm_core.casefile import read_case
from ccm_core.cases import Case, Signal
from ccm_core.records import ClaimLine
from ccm_core.rules import ALL_RULES
from ccm_core.rules.subjects import SUBJECTS, is_met, subjects_of, unknown_subjects
from tests.golden.reader import books, cases

GOLDEN = [read_case(case["given"]) for book in books() for case in cases(book)]
MIXED = (
    "conditions", "consents", "care_plans", "entries", "stays", "visits", "payers", "complexity",
    "past_claims", "request", "signals", "first_service_on", "chronic_count", "patient",
    "practice", "npi",
)  # fmt: skip
KINDS = ("staff_overlap", "copied_note", "equal_durations", "bunching", "impossible_day")


def mixed(rng: random.Random) -> Case:
    """A golden case with parts of other golden cases, or without some of its parts."""
    case = rng.choice(GOLDEN)[0]
    parts = {}
    for name in MIXED:
        luck = rng.random()
        if luck < 0.2:
            parts[name] = getattr(rng.choice(GOLDEN)[0], name)
        elif luck < 0.3 and isinstance(getattr(case, name), tuple):
            parts[name] = ()
    if rng.random() < 0.2:
        parts["signals"] = (Signal(rng.choice(KINDS), "seen", ("x",)),)
    if rng.random() < 0.3:
        parts["past_claims"] = tuple(
            ClaimLine(f"q{n}", 1, "p", case.month.plus(rng.randrange(-2, 2)), code, status="paid")
            for n, code in enumerate(rng.sample(["99490", "G0506", "99495", "G0181", "90960"], 2))
        )
    changed = {"work": None, "answers": {}, **parts}
    return replace(case, **changed)


def test_every_card_names_known_subjects():
    odd = {rule.id: unknown_subjects(rule.needs) for rule in ALL_RULES}
    assert not {name: some for name, some in odd.items() if some}
    assert len(SUBJECTS) == len(subjects_of(worked(GOLDEN[0][0])))
    assert {field.name for field in fields(Case)} >= set(MIXED)


def worked(case: Case) -> Case:
    work_out(case, policy_of(case))
    return case


@pytest.mark.parametrize("seed", range(12))
def test_a_skipped_rule_would_have_found_nothing(seed):
    rng = random.Random(seed)
    skipped = 0
    for _ in range(250):
        case = mixed(rng)
        policy = policy_of(case, rng.choice(("baseline", "strict")))
        work_out(case, policy)
        present = subjects_of(case)
        for rule in ALL_RULES:
            if not is_met(rule.needs, present):
                skipped += 1
                found = rule.check(case, policy)
                assert found is None, (rule.id, rule.needs, found)
    assert skipped > 250 * 20


def test_the_order_of_findings_is_heaviest_first_then_the_order_of_the_book():
    place = {rule.id: n for n, rule in enumerate(ALL_RULES)}
    for case, policy in GOLDEN:
        keys = [(-j.level.weight, place[j.rule]) for j in audit_case(case, policy).findings]
        assert keys == sorted(keys)
