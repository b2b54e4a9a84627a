"""The sums beside the results: whatever changes a result, they are what the results add up to."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from alembic import command
from sqlalchemy import delete, func, select, text, update

from ccm_core.months import Month, utc_now
from ccm_core.store import db, kept, queries, results
from ccm_core.store.queries import Only, minutes, preflight
from ccm_core.store.queries.common import EVERYBODY
from ccm_core.store.schema import CaseResult, ResultCount, table_of
from ccm_core.store.statements import inserting
from ccm_core.store.summaries import keeping, result_counts
from tests.store.practices import MARCH, PRACTICE, a_messy_practice, a_patient, a_practice
from tests.store.random_changes import change
from tests.store.test_stored_steps import Changes

RESULT, COUNT = table_of(CaseResult), table_of(ResultCount)
MONTHS = (MARCH, MARCH.following)
TODAY = date(2025, 3, 27)


def differences(url: str) -> list[str]:
    with db.session(url) as session:
        return result_counts.differences(session, PRACTICE)


class Rows:
    """Changes of the rows themselves, in every way that the program changes them."""

    def __init__(self, seed: int, patients: int = 8) -> None:
        self.chance, self.patients = random.Random(seed), patients

    def values(self) -> dict[str, Any]:
        choose, chance = self.chance.choice, self.chance
        status = choose(["clean", "review", "blocked"])
        return {
            "path": choose(["", "", "staff"]), "npi": choose(["n1", "n2"]),
            "counted_seconds": choose([0, 1, 59, 60, 61, 1199, 1200, 4000]),
            "minutes_to_next": choose([None, 0, 1, 15, 16, 300]),
            "status": status, "effective_status": choose([status, "clean"]),
            "is_below_threshold": chance.random() < 0.4, "is_estimate": chance.random() < 0.3,
            "allowed_usd": choose([None, Decimal("60.49"), Decimal("0.0001"), Decimal(0)]),
            "expected_medicare_usd": choose([None, Decimal("48.3901")]),
        }  # fmt: skip

    def row(self) -> dict[str, Any]:
        return {
            "practice_id": PRACTICE, "patient_id": self.someone(), "month": self.month(),
            "audited_at": utc_now(), "created_at": utc_now(), "care_manager_id": "",
            "location": "", "fingerprint": str(self.chance.random()), **self.values(),
        }  # fmt: skip

    def someone(self) -> str:
        return f"Q{self.chance.randrange(self.patients)}"

    def month(self) -> Month:
        return self.chance.choice(MONTHS)

    def one(self, session) -> None:
        """One statement; several rows are changed where the condition is wide."""
        wide = self.chance.choice([
            [RESULT.c.patient_id == self.someone()], [RESULT.c.month == self.month()],
        ])  # fmt: skip
        some = dict(self.chance.sample(sorted(self.values().items()), k=3))
        found = self.chance.choice([
            self.renewed(session), self.renewed(session), self.renewed(session),
            update(RESULT).where(*wide).values(**some),
            update(RESULT).where(*wide).values(fingerprint="the same result"),
            update(RESULT).where(*wide).values(allowed_usd=RESULT.c.allowed_usd),
            delete(RESULT).where(RESULT.c.patient_id == self.someone()),
        ])  # fmt: skip
        session.connection().execute(found)

    def renewed(self, session) -> Any:
        """What an audit writes: new rows and others in the place of earlier ones."""
        rows = {(row["patient_id"], row["month"]): row for row in (self.row(), self.row())}
        statement = inserting(session, RESULT).values(list(rows.values()))
        names = set(next(iter(rows.values()))) - {"practice_id", "patient_id", "month"}
        return statement.on_conflict_do_update(
            index_elements=["practice_id", "patient_id", "month"],
            set_={name: statement.excluded[name] for name in names},
        )


@pytest.fixture
def patients(save) -> None:
    save([*a_practice(), *(r for n in range(8) for r in a_patient(f"Q{n}")[:1])])


def answers(session, only: Only) -> list[object]:
    """All that pages ask of sums."""
    found: list[object] = []
    for month in MONTHS:
        key = (session, PRACTICE, month)
        found.append(queries.preflight_summary(*key, only=only))
        found.append(queries.reach_counts(*key, only=only, today=TODAY))
        found += [queries.minute_histogram(*key, only=only, bin_minutes=n) for n in (1, 5, 7)]
        for reach in ("", *queries.REACHES):
            page = queries.minutes_page(*key, only=only, reach=reach, today=TODAY, limit=1)
            found.append(page)
        for status in ("", *preflight.BUCKETS):
            found.append(queries.preflight_page(*key, only=only, status=status, limit=1))
    return found


def of_results(session, monkeypatch) -> list[object]:
    """The same answers, worked out from the results themselves."""
    kept.forget()
    with monkeypatch.context() as patched:
        for module in (minutes, preflight):
            patched.setattr(module, "EVERYBODY", Only(npi="nobody asked for this"))
        return answers(session, EVERYBODY)


@pytest.mark.parametrize("seed", range(4))
def test_any_changes_leave_what_the_results_add_up_to(url, patients, seed, monkeypatch):
    change(url, Rows(seed), PRACTICE, 15)
    assert differences(url) == []
    with db.session(url) as session:
        assert answers(session, EVERYBODY) == of_results(session, monkeypatch)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_services_leave_what_the_results_add_up_to(url, save, seed, monkeypatch):
    save(a_messy_practice(12, seed))
    changes = Changes(url, seed)
    for _ in range(4):
        with db.session(url) as session:
            changes.one(session)
            changes.audit(session)
        with db.session(url) as session:
            some = waiting(session)[:2]
            for finding_id in some:
                results.acknowledge(session, finding_id, "u1", "looked at")
            for finding_id in some[:1]:
                results.withdraw(session, finding_id)
        assert differences(url) == []
    with db.session(url) as session:
        assert answers(session, EVERYBODY) == of_results(session, monkeypatch)


def waiting(session) -> list[int]:
    rows = session.connection().execute(
        text("SELECT id FROM finding WHERE level = 'REVIEW' ORDER BY id")
    )
    return [row[0] for row in rows]


def test_what_is_taken_back_is_not_counted(url, patients):
    def failing() -> None:
        with db.session(url) as session:
            for _ in range(5):
                session.connection().execute(Rows(3).renewed(session))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    with db.session(url) as session:
        assert session.connection().scalar(select(func.count()).select_from(COUNT)) == 0


def test_a_write_past_the_triggers_is_found_and_mended(url, patients):
    with db.session(url) as session:
        session.connection().execute(Rows(5).renewed(session))
    with db.session(url) as session:
        session.connection().execute(update(COUNT).values(patients=COUNT.c.patients + 1))
    wrong = differences(url)
    assert [said.split(": ")[0] for said in wrong] == sorted({said[:7] for said in wrong})
    assert all(said.endswith("sums of results") for said in wrong)
    with db.session(url) as session:
        assert set(wrong) <= set(keeping.differences(session, PRACTICE))
        keeping.rebuild(session, PRACTICE)
        assert keeping.differences(session, PRACTICE) == []


def test_adding_up_leaves_one_row_of_each_sum_and_none_of_nobody(url, patients):
    changes = Rows(9)
    for _ in range(20):
        with db.session(url) as session:
            changes.one(session)
    with db.session(url) as session:
        before = answers(session, EVERYBODY)
        result_counts.add_up(session, PRACTICE)
        rows = session.connection().execute(select(COUNT.c.lane, COUNT.c.patients)).all()
        assert rows
        assert all(lane == 0 and number > 0 for lane, number in rows)
        assert answers(session, EVERYBODY) == before


def test_an_older_database_is_counted_when_it_is_brought_up(url, patients):
    with db.session(url) as session:
        for _ in range(6):
            session.connection().execute(Rows(4).renewed(session))
    with db.changing_schema(url) as connection:
        command.downgrade(db.alembic_config(connection), "0025")
    with db.changing_schema(url) as connection:
        command.upgrade(db.alembic_config(connection), "head")
    assert differences(url) == []
    with db.session(url) as session:
        assert session.connection().scalar(select(func.sum(COUNT.c.patients))) > 0
        Rows(6).one(session)
    assert differences(url) == []
