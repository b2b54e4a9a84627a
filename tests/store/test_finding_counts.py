"""Counts beside the findings: whatever changes a finding, they say what the findings say."""

from __future__ import annotations

import random
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from ccm_core.months import Month, utc_now
from ccm_core.store import db, queries
from ccm_core.store.queries.rule_counts import rule_counts_by_month
from ccm_core.store.schema import FindingCount, FindingRow, table_of
from ccm_core.store.statements import inserting
from ccm_core.store.summaries import result_counts
from tests.store.practices import MARCH, PRACTICE, a_patient, a_practice
from tests.store.random_changes import change

FINDING, COUNT = table_of(FindingRow), table_of(FindingCount)
RULES, LEVELS = ("C01", "M02", "T01"), ("BLOCK", "REVIEW", "NOTE")
MONTHS = (MARCH, MARCH.following)


class Rows:
    """Changes of findings in every way that a program may change them."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def row(self) -> dict[str, Any]:
        choose = self.chance.choice
        return {
            "practice_id": PRACTICE, "patient_id": f"Q{self.chance.randrange(5)}",
            "month": choose(MONTHS), "rule": choose(RULES), "level": choose(LEVELS),
            "summary": "", "evidence": [], "cites": (), "fix": "", "layer": "",
            "fingerprint": str(self.chance.randrange(4)), "created_at": utc_now(),
        }  # fmt: skip

    def one(self, session) -> None:
        some = FINDING.c.patient_id == self.row()["patient_id"]
        rows = [self.row() for _ in range(4)]
        new = inserting(session, FINDING).on_conflict_do_nothing()
        said = self.chance.choice([
            new.values(rows), new.values(rows), new.values(rows),
            update(FINDING).where(some).values(level=self.row()["level"]),
            update(FINDING).values(summary="said otherwise"),
            delete(FINDING).where(some),
        ])  # fmt: skip
        session.connection().execute(said)


@pytest.fixture
def patients(save) -> None:
    save([*a_practice(), *(r for n in range(5) for r in a_patient(f"Q{n}")[:1])])


def by_hand(session, *months: Month) -> dict[tuple[str, str], int]:
    """How often each rule fires at each level, counted from the findings themselves."""
    f = FINDING.c
    rows = session.connection().execute(
        select(f.rule, f.level, func.count()).where(f.month.in_(months)).group_by(f.rule, f.level)
    )
    return {(rule, level): number for rule, level, number in rows}


@pytest.mark.parametrize("seed", range(3))
def test_any_changes_leave_what_the_findings_say(url, patients, seed):
    change(url, Rows(seed), PRACTICE, 12)
    with db.session(url) as session:
        assert result_counts.differences(session, PRACTICE) == []
        for months in (1, 2):
            said = queries.rule_counts(session, PRACTICE, MONTHS[1], months=months)
            assert {(c.rule, c.level): c.cases for c in said} == by_hand(session, *MONTHS[-months:])
            assert [c.cases for c in said] == sorted((c.cases for c in said), reverse=True)
        for rule in RULES:
            counted = dict(rule_counts_by_month(session, PRACTICE, rule, MONTHS[1], months=2))
            for month in MONTHS:
                found = by_hand(session, month)
                assert counted[month] == sum(found.get((rule, one), 0) for one in LEVELS)


def test_a_write_past_the_triggers_is_found_and_mended(url, patients):
    with db.session(url) as session:
        new = inserting(session, FINDING).on_conflict_do_nothing()
        session.connection().execute(new.values([Rows(1).row()]))
        session.connection().execute(update(COUNT).values(cases=COUNT.c.cases + 1))
        wrong = result_counts.differences(session, PRACTICE)
        assert wrong
        assert all(said.endswith("counts of findings") for said in wrong)
        result_counts.rebuild(session, PRACTICE)
        assert result_counts.differences(session, PRACTICE) == []


def test_adding_up_leaves_one_row_of_each_count(url, patients):
    changes = Rows(7)
    with db.session(url) as session:
        for _ in range(20):
            changes.one(session)
        result_counts.add_up(session, PRACTICE)
        rows = session.connection().execute(select(COUNT.c.lane, COUNT.c.cases)).all()
        assert all(lane == 0 and cases > 0 for lane, cases in rows)
        assert result_counts.differences(session, PRACTICE) == []
