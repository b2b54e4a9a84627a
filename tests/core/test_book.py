"""The rule book as a whole: ids, sources, levels, and that no rule blocks on weak ground."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ccm_core import tables
from ccm_core.findings import Level
from ccm_core.months import Month
from ccm_core.policy import Policy
from ccm_core.rules import ALL_RULES, asking, find_rule
from ccm_core.sources import MAY_BLOCK, source
from tests.golden.reader import FOLDER, cases, never_missing

BY_ID = {rule.id: rule for rule in ALL_RULES}


def test_ids_are_unique_and_well_formed() -> None:
    assert len(BY_ID) == len(ALL_RULES)
    assert all(len(i) == 3 and i[0] in "ECPTDXOLM" and i[1:].isdigit() for i in BY_ID)


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda r: r.id)
def test_a_rule_says_what_it_is_and_who_says_so(rule) -> None:
    assert rule.title
    assert rule.fix.endswith((".", '."', '".')), rule.fix
    assert rule.text.split("\n")[0].endswith((".", ":")), rule.text
    assert rule.cites
    for cite in rule.cites:
        assert source(cite).title
        assert source(cite).pinpoint, f"{rule.id}: {cite} has no pinpoint"
    for code in rule.codes:
        assert Policy.on(Month(2025, 3)).code_history(code)


@pytest.mark.parametrize("state", ["", "CA", "NY", "FL"])
@pytest.mark.parametrize("payer", ["medicare", "medicare_advantage", "unknown"])
def test_only_verified_sources_block_under_the_baseline(state, payer) -> None:
    policy = Policy.on(Month(2026, 10), "baseline", state, payer)
    for rule in ALL_RULES:
        level, layer = policy.level(rule)
        if level is Level.BLOCK:
            cites = rule.cites if layer == "rule" else (policy.level_row(rule.id).cite,)
            assert any(source(c).confidence in MAY_BLOCK for c in cites), rule.id


def test_conflict_rows_that_block_rest_on_verified_sources() -> None:
    for row in tables.load("monthly_conflicts", "billed", "other", "by").rows:
        if row["level"] == "BLOCK":
            assert source(row.cite).confidence in MAY_BLOCK, row.where


def test_level_overlays_name_known_rules() -> None:
    for row in tables.load("rule_levels", "rule", "policy", "state", "payer").rows:
        assert row["rule"] in BY_ID, row.where
        Level(row["level"])


def test_strict_never_weakens_except_where_the_guide_asks_for_it() -> None:
    base, strict = Policy.on(Month(2026, 10)), Policy.on(Month(2026, 10), "strict", "NY")
    weaker = {r.id for r in ALL_RULES if strict.level(r)[0].weight < base.level(r)[0].weight}
    assert weaker == {"X07"}


def test_the_guides_wishes_are_seen_under_the_baseline_and_block_under_strict() -> None:
    base = Policy.on(Month(2026, 10), "baseline", "NY")
    strict = Policy.on(Month(2026, 10), "strict", "NY")
    for rule_id in ("C06", "P02", "P03", "P04", "X05", "O02", "O04"):
        assert base.level(BY_ID[rule_id])[0] is Level.REVIEW
        assert strict.level(BY_ID[rule_id])[0] is Level.BLOCK
    assert strict.level(BY_ID["P06"])[0] is Level.BLOCK
    assert Policy.on(Month(2026, 10), "strict", "TX").level(BY_ID["P04"])[0] is Level.REVIEW


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(Exception, match=f"from {ALL_RULES[0].id} to {ALL_RULES[-1].id}[.]"):
        find_rule("Z99")


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda r: r.id)
def test_every_rule_has_a_case_that_fires_one_that_is_silent_and_one_with_a_datum_missing(rule):
    book = FOLDER / f"{rule.id}.toml"
    assert book.is_file(), f"{rule.id} has no golden cases"
    found = cases(book)
    assert any("summary" in c["expect"] for c in found) or rule.id in NEVER_BY_CASE_FILE
    assert any("silent" in c["expect"] for c in found), f"{rule.id}: no case in which it is silent"
    lacking = [c for c in found if c.get("missing")]
    if never_missing(book):
        assert not lacking, f"{rule.id}: a datum can be missing after all"
        return
    assert lacking, f"{rule.id}: no case in which a datum is missing"
    for case in lacking:
        expect = case["expect"]
        is_finding = "summary" in expect or expect.get("fires")
        assert is_finding or len(case["why"]) > STATED, f"{rule.id}: {case['name']} passes silently"


STATED = 30
"""A missing datum that is no finding has a sentence that says why."""
NEVER_BY_CASE_FILE = {"L13"}
"""SNOMED conditions come from exports only; tests/core/test_rules_on_records.py covers them."""


def test_a_rule_is_asked_only_while_it_is_in_force(monkeypatch) -> None:
    month = Month(2025, 5)
    dated = {
        "over": (None, date(2025, 5, 30)), "last": (None, date(2025, 5, 31)),
        "begins": (date(2025, 5, 31), None), "later": (date(2025, 6, 1), None),
    }  # fmt: skip
    rules = tuple(replace(BY_ID["E01"], id=name, in_force=span) for name, span in dated.items())
    monkeypatch.setattr(asking, "ALL_RULES", rules)
    policy = replace(Policy.on(month))
    assert [asked.id for _, asked in asking.Asking(policy).rules] == ["last", "begins"]


def test_heaviest_rules_are_asked_first_and_those_switched_off_never(monkeypatch) -> None:
    rules = tuple(
        replace(BY_ID["E01"], id=level.name, level=level)
        for level in (Level.NOTE, Level.OFF, Level.BLOCK, Level.REVIEW)
    )
    monkeypatch.setattr(asking, "ALL_RULES", rules)
    found = asking.Asking(replace(Policy.on(Month(2025, 5)))).rules
    assert [asked.id for _, asked in found] == ["BLOCK", "REVIEW", "NOTE"]


def test_the_source_of_an_overlay_is_cited_beside_the_rules_own() -> None:
    strict = Policy.on(Month(2026, 10), "strict", "NY")
    row = strict.level_row("P06")
    cites = asking.cites_of(BY_ID["P06"], strict)
    assert cites == (*BY_ID["P06"].cites, *(() if row.cite in BY_ID["P06"].cites else (row.cite,)))
    assert asking.cites_of(BY_ID["E01"], strict) == BY_ID["E01"].cites
    added = [r.id for r in ALL_RULES if asking.cites_of(r, strict) != r.cites]
    assert added
    for rule_id in added:
        assert asking.cites_of(BY_ID[rule_id], strict)[-1] == strict.level_row(rule_id).cite
