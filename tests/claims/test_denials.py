"""Denials lead back to a rule, and the tables behind them are whole."""

from __future__ import annotations

import csv
from datetime import date

import pytest

from ccm_core import tables
from ccm_core.claims.codes import CLASSES, REFUSALS, carc, rarc, sort_of
from ccm_core.claims.denials import (
    ACTIONS,
    NO_RULE,
    by_rule,
    denials,
    explain,
    missed_by,
    pareto,
)
from ccm_core.claims.matching import ClaimBook
from ccm_core.claims.posting import post
from ccm_core.claims.rework import LetterFacts, appeal_letter, rework_queue
from ccm_core.rules import ALL_RULES
from ccm_core.sources import source
from tests.claims.made import batch, fee, payer, result, sent
from tests.claims.test_posting import answered

REASONS = {"p1": ("CO", "97", "N390"), "p2": ("CO", "16", "M76"), "p3": ("CO", "B20", ""),
           "p4": ("CO", "50", ""), "p5": ("CO", "A1", "")}  # fmt: skip


def rows(name: str) -> list[dict[str, str]]:
    with (tables.data_folder() / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def some_denials():
    claims = list(batch(*(result(patient_id=f"p{n}") for n in range(1, 7))).claims)
    by_id = {planned.claim_id: planned.patient_id for planned in claims}

    def denies(claim, line):
        return REASONS.get(by_id[claim.claim_id]) if line.code == "99439" else None

    payment = answered(payer(denies=denies), claims)
    run = post([payment], ClaimBook.of(map(sent, claims)), fee)
    return denials(run.postings), claims


def test_each_denial_names_its_rule():
    found, claims = some_denials()
    names = {planned.claim_id: planned.patient_id for planned in claims}
    assert {names[one.claim_id]: one.caught_by for one in found} == {
        "p1": "X01 X02", "p2": "L05 L13 L22", "p3": "X03 C04", "p4": "D01 D02 P01", "p5": NO_RULE,
    }  # fmt: skip
    groups = by_rule(found)
    assert list(groups)[-1] == NO_RULE
    assert len(groups["X01"]) == 1


def test_the_pareto_sums_to_all_denials():
    found, _ = some_denials()
    bars = pareto(found)
    assert sum(bar.amount_usd for bar in bars) == sum(one.amount_usd for one in found)
    assert [bar.amount_usd for bar in bars] == sorted((b.amount_usd for b in bars), reverse=True)
    assert bars[-1].cumulative == 1
    assert pareto([]) == []


def test_a_denial_that_a_rule_had_warned_of_was_not_missed():
    found, _ = some_denials()
    bundled = next(one for one in found if one.reason == "97")
    assert bundled in missed_by(found, [])
    assert bundled not in missed_by(found, [(bundled.claim_id, "X02")])
    assert all(one.rules for one in missed_by(found, []))


def test_the_remark_decides_before_the_reason_alone():
    assert explain("16", ("MA01", "M77")).rules == ("L03",)
    assert explain("16").rules == ("L06",)
    assert explain("16", ("N999",)).rules == ("L06",)
    assert explain("999").rules == ()


def test_what_is_no_denial():
    assert sort_of("CO", "45") == "contractual"
    assert sort_of("CO", "253") == "sequestration"
    assert sort_of("PR", "2") == "patient"
    assert sort_of("OA", "23") == "prior_payer"
    assert sort_of("PR", "96") == "denial"
    assert sort_of("CO", "252") == "request"
    assert sort_of("CO", "9999") == "denial"
    assert carc("97").meaning
    assert rarc("N999").sort == "alert"


def test_the_queue_has_deadlines():
    found, claims = some_denials()
    answered_on = {planned.claim_id: date(2025, 4, 21) for planned in claims}
    service_on = {planned.claim_id: date(2025, 3, 31) for planned in claims}
    queue = rework_queue(found, answered_on, service_on)
    appeal = next(item for item in queue if item.code == "CO-50")
    assert (appeal.action, appeal.deadline_on) == ("appeal", date(2025, 8, 24))
    resend = next(item for item in queue if item.code == "CO-97")
    assert (resend.action, resend.deadline_on) == ("resend", date(2026, 3, 31))
    assert queue[0] is appeal
    assert resend.is_late(date(2026, 4, 1))
    assert not resend.is_late(date(2026, 3, 31))


def test_the_letter_is_a_draft_that_states_only_what_it_was_given():
    found, claims = some_denials()
    on = date(2025, 3, 31)
    item = rework_queue(found, {c.claim_id: on for c in claims}, {c.claim_id: on for c in claims})[
        0
    ]
    facts = LetterFacts("Cedar Demo Clinic", "Rosa Ray, MD", "1222222220", "Ann Doe", "1S00A000004",
                        "Medicare Part B Demo", "ICN4", on, "2025-03", "99439", 61,
                        ("Time log", "Care plan"))  # fmt: skip
    text = appeal_letter(item, facts, date(2025, 5, 1))
    assert text.startswith("DRAFT")
    for part in ("61\nminutes", "ICN4", "1. Time log", "2. Care plan", "____"):
        assert part in text


@pytest.mark.parametrize("name", ["carc_codes", "denial_rules", "claim_terms"])
def test_the_tables_are_sorted_cited_and_whole(name):
    found = rows(name)
    assert found
    for row in found:
        assert source(f"{row['source_id']}#{row['pinpoint']}").confidence
        assert row["checked_on"]
        assert None not in row
    key = {
        "carc_codes": ("kind", "code"),
        "denial_rules": ("carc", "rarc"),
        "claim_terms": ("name",),
    }
    keys = [tuple(row[column] for column in key[name]) for row in found]
    assert len(set(keys)) == len(keys)


def test_the_tables_fit_together():
    known = {(row["kind"], row["code"]): row for row in rows("carc_codes")}
    ids = {rule.id for rule in ALL_RULES}
    for row in rows("denial_rules"):
        assert known["CARC", row["carc"]]["sort"] in REFUSALS
        assert not row["rarc"] or ("RARC", row["rarc"]) in known
        assert set(row["rules"].split()) <= ids, row
        assert row["action"] in ACTIONS
    assert {row["sort"] for row in known.values()} <= set(CLASSES)


def test_every_denial_code_of_the_domain_is_explained():
    """The reasons that payers give on care management claims."""
    named = (
        "B20", "18", "119", "151", "97", "236", "B15", "16", "11", "50", "150", "252", "163",
        "226", "96", "204", "109", "22", "24", "26", "27", "31", "13", "B9", "B7", "185", "170",
        "5", "58", "29", "4",
    )  # fmt: skip
    assert [reason for reason in named if not explain(reason).where] == []
