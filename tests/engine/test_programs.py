"""A rule that is asked once for many months says of each of them what it says of the first."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from ccm_core.audit import policy_of, work_out
from ccm_core.cases import Case
from ccm_core.eligibility import chronic_count
from ccm_core.engine.programs import SHARED, SHARED_OF_PAYER, program_of
from ccm_core.once import key_of
from ccm_core.policy import POLICIES
from ccm_core.records import Payer
from ccm_core.rules.amount import amount_of
from ccm_core.rules.asking import asked_of
from ccm_core.rules.coverage import payer_of
from tests.core.mixed import mixed

RECORDS = (
    "conditions", "consents", "care_plans", "entries", "stays", "visits", "payers", "past_claims",
    "patient", "signals", "first_service_on", "npi",
)  # fmt: skip


def like(told):
    """The same answers, the payer another one of whom the same is known."""
    payer = told[key_of(payer_of)]
    if payer is None:
        return dict(told)
    said = {name: getattr(payer, name) for name in SHARED_OF_PAYER}
    return {**told, key_of(payer_of): Payer("another", "of another", member_id="x", **said)}


def test_what_is_shared_is_of_a_case():
    assert all(hasattr(Case, name) or name in Case.__dataclass_fields__ for name in SHARED)
    assert SHARED.isdisjoint(RECORDS)
    assert SHARED.isdisjoint({"work", "worked", "counted", "counted_entry_ids", "answers"})


@pytest.mark.parametrize("seed", range(4))
def test_what_is_known_holds_for_a_case_with_other_records(seed):
    chance = random.Random(seed)
    known = further = 0
    for _ in range(80):
        case = mixed(chance)
        policy = policy_of(case, chance.choice(POLICIES))
        work = work_out(case, policy)
        told = {
            key_of(chronic_count): chronic_count(case),
            key_of(amount_of): amount_of(case, policy),
            key_of(payer_of): payer_of(case),
        }
        rules = [(rule.check, asked) for rule, asked in asked_of(policy).rules]
        program = program_of(rules, case, policy, told)
        others = mixed(chance)
        twin = replace(case, **{name: getattr(others, name) for name in RECORDS})
        for pair in rules:
            one = program_of([pair], case, policy, told)
            twin.work, twin.answers = work, like(told)
            if one.known is None:
                further += 1
            else:
                known += 1
                finding = pair[0](twin, policy)
                assert [judged.finding for judged in one.known] == ([finding] if finding else [])
        twin.work, twin.answers = work, like(told)
        found = [pair[0](twin, policy) for pair in rules]
        twin.answers = like(told)
        assert [j.finding for j in program.findings(twin, policy)] == [f for f in found if f]
    assert known > 1_000
    assert further > 1_000
