"""Outcomes are kept once, follow every change, and acknowledgements last while they should."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from ccm_core.audit import Outcome, PricedPath, audit_case, policy_of
from ccm_core.errors import Conflict, UsageError
from ccm_core.findings import Evidence, Finding, Judged, Level
from ccm_core.records import Patient, TimeEntry
from ccm_core.store import db, editing, queries, reading, results
from ccm_core.store.results import keeping
from ccm_core.store.schema import AuditRunRow, CaseResult, FindingRow, table_of
from tests.store.practices import (
    MARCH,
    PRACTICE,
    a_messy_practice,
    a_patient,
    a_practice,
    an_entry,
    cases_with_signals,
)


def judged(rule: str, level: Level, summary: str = "said", value: object = 1) -> Judged:
    finding = Finding(summary, (Evidence("fact", value, ("id-1",)),))
    return Judged(rule, level, "rule", finding, ("source#1",), "mend it")


def outcome(patient_id: str, *findings: Judged, minutes: int = 25) -> Outcome:
    path = PricedPath("staff", "Staff path", {"99490": 1}, Decimal("60.49"), False)
    levels = {f.level for f in findings}
    status = "blocked" if Level.BLOCK in levels else "review" if Level.REVIEW in levels else "clean"
    return Outcome(
        status=status, month="2025-03", patient_id=patient_id, npi="1234567893",
        staff_seconds=minutes * 60, practitioner_seconds=0, total_seconds=minutes * 60,
        logged_seconds=minutes * 60, excluded=(), leftover_seconds=300, paths=(path,),
        chosen=path, planned_units={"99490": 1}, planned_usd=Decimal("60.49"), service_on=None,
        expected=None, next_threshold_minutes=40, minutes_to_next=15, findings=tuple(findings),
        policy_name="baseline", tables_version="t", has_no_claim=False,
        is_below_threshold=False,
    )  # fmt: skip


REVIEW_A = judged("E02", Level.REVIEW)
REVIEW_B = judged("P04", Level.REVIEW)
NOTE = judged("M04", Level.NOTE)
BLOCK = judged("C01", Level.BLOCK)


@pytest.fixture
def keep(url, save):
    save([*a_practice(), *a_patient("1"), *a_patient("2")])

    def keeping(*outcomes: Outcome) -> None:
        with db.session(url) as session:
            results.store_outcomes(session, PRACTICE, outcomes)

    return keeping


def statuses(url, patient_id: str = "1") -> tuple[str, str]:
    with db.session(url) as session:
        row = queries.result_of(session, PRACTICE, patient_id, MARCH)
        return row.status, row.effective_status


def found(url, patient_id: str = "1") -> dict[str, queries.Found]:
    with db.session(url) as session:
        return {f.rule: f for f in queries.findings_of(session, PRACTICE, patient_id, MARCH)}


def acknowledge(url, rule: str, reason: str = "seen in the chart") -> str:
    with db.session(url) as session:
        return results.acknowledge(session, found(url)[rule].finding_id, "u1", reason)


def test_an_outcome_is_kept_as_it_is(url, keep):
    keep(outcome("1", REVIEW_A, NOTE))
    with db.session(url) as session:
        row = queries.result_of(session, PRACTICE, "1", MARCH)
    assert (row.path, row.units, row.allowed_usd) == ("staff", {"99490": 1}, Decimal("60.49"))
    assert (row.counted_seconds, row.minutes_to_next, row.care_manager_id) == (1500, 15, "s1")
    finding = found(url)["E02"]
    assert finding.evidence == [{"name": "fact", "value": 1, "ids": ["id-1"]}]
    assert (finding.level, finding.cites, finding.fix) == ("REVIEW", ("source#1",), "mend it")


def test_a_review_is_clean_when_every_part_is_acknowledged(url, keep):
    keep(outcome("1", REVIEW_A, REVIEW_B, NOTE))
    assert statuses(url) == ("review", "review")
    assert acknowledge(url, "E02") == "review"
    assert acknowledge(url, "P04") == "clean"
    assert statuses(url) == ("review", "clean")
    assert found(url)["E02"].reason == "seen in the chart"
    with db.session(url) as session:
        assert results.withdraw(session, found(url)["E02"].finding_id) == "review"


def test_a_blocked_case_stays_blocked(url, keep):
    keep(outcome("1", BLOCK, REVIEW_A))
    assert acknowledge(url, "E02") == "blocked"


@pytest.mark.parametrize("rule", ["C01", "M04"])
def test_only_a_review_can_be_acknowledged(url, keep, rule):
    keep(outcome("1", BLOCK, NOTE))
    with pytest.raises(UsageError, match="only REVIEW"):
        acknowledge(url, rule)


def test_a_reason_is_needed(url, keep):
    keep(outcome("1", REVIEW_A))
    with pytest.raises(UsageError, match="reason"):
        acknowledge(url, "E02", "  ")


def test_the_same_finding_keeps_its_number_and_acknowledgement(url, keep):
    keep(outcome("1", REVIEW_A))
    before = found(url)["E02"].finding_id
    acknowledge(url, "E02")
    keep(outcome("1", REVIEW_A, NOTE, minutes=30))
    assert found(url)["E02"].finding_id == before
    assert statuses(url) == ("review", "clean")


@pytest.mark.parametrize(
    "changed",
    [judged("E02", Level.REVIEW, "says more"), judged("E02", Level.REVIEW, value=2)],
)
def test_a_changed_finding_must_be_acknowledged_again(url, keep, changed):
    keep(outcome("1", REVIEW_A))
    old = found(url)["E02"].finding_id
    acknowledge(url, "E02")
    keep(outcome("1", changed))
    assert statuses(url) == ("review", "review")
    assert found(url)["E02"].acknowledged_by is None
    with db.session(url) as session, pytest.raises(Conflict):
        results.acknowledge(session, old, "u1", "too late")
    keep(outcome("1", REVIEW_A))
    assert statuses(url) == ("review", "clean"), "what was said before was acknowledged before"


def test_the_same_words_at_another_level_are_shown_at_that_level(url, keep):
    """Another policy: what was BLOCK can be acknowledged, and waits until somebody does."""
    strict = judged("E02", Level.BLOCK)
    keep(outcome("1", strict, REVIEW_B))
    with pytest.raises(UsageError, match="only REVIEW"):
        acknowledge(url, "E02")
    keep(outcome("1", REVIEW_A, REVIEW_B))
    assert found(url)["E02"].level == "REVIEW"
    assert acknowledge(url, "P04") == "review", "the other one still waits"
    assert acknowledge(url, "E02") == "clean"
    keep(outcome("1", strict, REVIEW_B))
    assert (found(url)["E02"].level, statuses(url)) == ("BLOCK", ("blocked", "blocked"))
    keep(outcome("1", REVIEW_A, REVIEW_B))
    assert statuses(url) == ("review", "clean"), "what was acknowledged stays acknowledged"


@pytest.mark.parametrize("other", [{"layer": "payer"}, {"cites": ("source#2",)}, {"fix": "ask"}])
def test_sources_and_advice_follow_the_rule(url, keep, other):
    keep(outcome("1", REVIEW_A))
    acknowledge(url, "E02")
    keep(outcome("1", replace(REVIEW_A, **other)))
    shown = found(url)["E02"]
    assert {name: getattr(shown, name) for name in other} == other
    assert statuses(url) == ("review", "clean")


def test_a_finding_that_is_gone_is_gone(url, keep):
    keep(outcome("1", REVIEW_A, BLOCK), outcome("2", BLOCK))
    keep(outcome("1"))
    assert found(url) == {}
    assert statuses(url) == ("clean", "clean")
    assert set(found(url, "2")) == {"C01"}


# -- the whole run, with the real rules ------------------------------------------------


def refresh(url, ids=None, **more) -> results.AuditRun:
    with db.session(url) as session:
        return results.refresh(session, PRACTICE, MARCH, ids, **more)


def test_a_run_stores_what_the_audit_says(url, save):
    save(a_messy_practice(60, 5))
    run = refresh(url)
    with db.session(url) as session:
        cases = cases_with_signals(session)
        assert run.cases == run.audited == len(cases) > 20
        expected = [audit_case(case, policy_of(case)) for case in cases]
        for case, said in zip(cases, expected, strict=True):
            row = queries.result_of(session, PRACTICE, case.patient.patient_id, MARCH)
            assert (row.status, row.counted_seconds) == (said.status, said.total_seconds)
            assert (row.allowed_usd, row.units) == (said.planned_usd, dict(said.planned_units))
    assert run.clean + run.review + run.blocked + run.below_threshold == run.cases


def test_a_second_run_audits_nothing(url, save, monkeypatch):
    save(a_messy_practice(40, 6))
    first = refresh(url)
    loaded: list[str] = []
    load = reading.load_members
    monkeypatch.setattr(
        reading, "load_members", lambda *asked: (loaded.extend(asked[-1]), load(*asked))[1]
    )
    second = refresh(url)
    assert loaded == [], "a case that did not change is told from its marks alone"
    assert (second.audited, second.cases) == (0, first.cases)
    assert (second.clean, second.review, second.blocked) == (
        first.clean,
        first.review,
        first.blocked,
    )
    with db.session(url) as session:
        runs = session.connection().scalar(select(func.count()).select_from(table_of(AuditRunRow)))
    assert runs == 2


def test_only_who_was_audited_before_is_asked_for_earlier_findings(url, save, monkeypatch):
    """Else the first audit of a large month reads what it has just written, again and again."""
    asked: list[str] = []
    known = keeping._Keeper.known_findings
    monkeypatch.setattr(
        keeping._Keeper,
        "known_findings",
        lambda self, ids: (asked.extend(ids), known(self, ids))[1],
    )
    save([*a_practice(), *a_patient("1"), *a_patient("2"), an_entry("e1", "1", minutes=25)])
    refresh(url)
    assert asked == []
    save([*a_patient("3"), an_entry("e2", "2", day=12, minutes=25)])
    refresh(url)
    assert asked == ["2"]


def test_one_edited_entry_audits_one_case(url, save):
    save(
        [
            *a_practice(),
            *a_patient("1"),
            *a_patient("2"),
            an_entry("t1", "1", 5),
            an_entry("t2", "2", 9),
        ]
    )
    refresh(url)
    with db.session(url) as session:
        editing.correct_entry(
            session, PRACTICE, an_entry("t1", "1", 5, 45), 1, corrected_by="u", reason="r"
        )
        assert results.refresh(session, PRACTICE, MARCH, ["1"]).audited == 1
    with db.session(url) as session:
        assert queries.result_of(session, PRACTICE, "1", MARCH).counted_seconds == 45 * 60
    assert refresh(url).audited == 0


def test_a_patient_touched_from_elsewhere_is_audited_too(url, save):
    save(
        [
            *a_practice(),
            *a_patient("1"),
            *a_patient("2"),
            an_entry("t1", "1", 5),
            an_entry("t2", "2", 9),
        ]
    )
    refresh(url)
    with db.session(url) as session:
        overlapping = an_entry("t1", "1", 9)
        editing.correct_entry(session, PRACTICE, overlapping, 1, corrected_by="u", reason="r")
        assert results.refresh(session, PRACTICE, MARCH, ["1"]).audited == 2
    assert refresh(url).audited == 0


def test_who_is_no_longer_a_case_is_forgotten(url, save):
    save([*a_practice(), *a_patient("1"), *a_patient("2"), an_entry("t", "2")])
    refresh(url)
    with db.session(url) as session:
        row = editing.shown(session, Patient, PRACTICE, patient_id="1")
        editing.update_checked(session, Patient, row.id, row.version, {"status": "declined"})
        run = results.refresh(session, PRACTICE, MARCH, ["1"])
    assert run.cases == 0
    with db.session(url) as session:
        ids = session.connection().scalars(select(table_of(CaseResult).c.patient_id)).all()
        assert ids == ["2"]
        people = session.connection().scalars(select(table_of(FindingRow).c.patient_id)).all()
        assert set(people) <= {"2"}


def test_a_stopped_run_leaves_nothing(url, save):
    save([*a_practice(), *a_patient("1")])
    with pytest.raises(results.AuditCancelled):
        refresh(url, cancel=lambda: True)
    with db.session(url) as session:
        assert queries.result_of(session, PRACTICE, "1", MARCH) is None


def test_progress_ends_at_the_number_of_cases(url, save):
    save([*a_practice(), *a_patient("1"), *a_patient("2")])
    told = []
    refresh(url, progress=lambda done, total: told.append((done, total)))
    assert told[0] == (0, 2)
    assert told[-1] == (2, 2)


def test_the_practice_s_settings_change_every_fingerprint(url, save):
    practice = a_practice()[0]
    save([*a_practice(), *a_patient("1"), an_entry("t", "1")])
    refresh(url)
    save([replace(practice, policy="strict")])
    assert refresh(url).audited == 1


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_narrow_runs_end_where_a_full_run_would(url, save, seed):
    chance = random.Random(seed)
    people = [x for n in range(12) for x in a_patient(f"{n:02d}")]

    def entry(number: int):
        fields = {"note": "Reviewed the glucose log with the patient on the phone."}
        made = an_entry(f"t{number}", f"{number % 12:02d}", chance.randint(1, 4), 15, **fields)
        return replace(made, staff_id=f"s{chance.randint(1, 3)}")

    save([*a_practice(), *people, *(entry(n) for n in range(24))])
    refresh(url)
    for _ in range(6):
        changed = entry(chance.randrange(24))
        with db.session(url) as session:
            row = editing.shown(session, TimeEntry, PRACTICE, entry_id=changed.entry_id)
            editing.correct_entry(
                session, PRACTICE, changed, row.version, corrected_by="u", reason="r"
            )
            results.refresh(session, PRACTICE, MARCH, [changed.patient_id])
        assert refresh(url).audited == 0


def test_a_result_renewed_meanwhile_is_not_overwritten(url, save):
    save([*a_practice(), *a_patient("1"), *a_patient("2"), an_entry("t", "1", 5, 10)])

    def somebody_else(done: int, total: int) -> None:
        if done == total:
            return
        with db.session(url) as other:
            longer = an_entry("t", "1", 5, 30)
            editing.correct_entry(other, PRACTICE, longer, 1, corrected_by="u", reason="r")
            results.refresh(other, PRACTICE, MARCH, ["1"])

    refresh(url, progress=somebody_else)
    with db.session(url) as session:
        assert queries.result_of(session, PRACTICE, "1", MARCH).counted_seconds == 1800
        assert queries.result_of(session, PRACTICE, "2", MARCH) is not None
    assert refresh(url).audited == 0
