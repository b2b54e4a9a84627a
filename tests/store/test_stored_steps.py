"""Stored steps against the same questions worked out from the records, after any changes."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update

from ccm_core import records as r
from ccm_core.months import Month
from ccm_core.store import db, editing, queries, reading, results, writing
from ccm_core.store.queries import STEPS, Only, step_sums
from ccm_core.store.queries.steps import When
from ccm_core.store.queries.stored_steps import is_stored
from ccm_core.store.schema import MonthStep, StepMark, record_table, table_of
from ccm_core.store.summaries import keeping, marks
from tests.store.practices import MARCH, PRACTICE, a_messy_practice, a_patient, a_practice, an_entry

DAYS = [
    date(2025, 2, 22), date(2025, 3, 1), date(2025, 3, 4), date(2025, 3, 17), date(2025, 3, 31),
]  # fmt: skip
WHOM = [Only(), Only(npi="n1"), Only(care_manager_id="s1", location="B"), Only(payer="medicare")]


def everything(session) -> list[object]:
    """What the pages ask of the steps, for many days, groups and filters."""
    key = (session, PRACTICE, MARCH)
    found: list[object] = [queries.funnel(*key, as_of=day) for day in DAYS]
    for days in (-9, 0, 5, 20):
        today = MARCH.last_day + timedelta(days=days)
        found.append(queries.funnel(*key, only=WHOM[days % 4], today=today))
    for only, by in zip(WHOM, ("", "practitioner", "care_manager", "location"), strict=True):
        found.append(queries.funnel(*key, by=by, only=only, as_of=date(2025, 3, 17)))
    found.append(queries.funnel_trend(session, PRACTICE, date(2025, 3, 30), weeks=4))
    for place, step in enumerate(STEPS[1:]):
        day = date(2025, 3, 12) if place % 2 else None
        only = WHOM[place % 4]
        found.append(queries.stalled(*key, step, only=only, as_of=day, today=date(2025, 4, 20)))
    return found


def when_in_march(session) -> When:
    return When(reading.practice(session), MARCH, MARCH.last_day)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_stored_steps_answer_as_the_records_do(url, save, seed, monkeypatch):
    monkeypatch.setattr(keeping, "_CHUNK", 7)  # many at once, and more than one piece of them
    save(a_messy_practice(60, seed))
    with db.session(url) as session:
        results.refresh(session, PRACTICE, MARCH)
    with db.session(url) as session:
        assert is_stored(session, when_in_march(session))
        stored = everything(session)
        monkeypatch.setattr(step_sums, "is_stored", lambda *_: False)
        assert stored == everything(session)


class Changes:
    """Changes of any kind that a step may rest on, drawn from a seed."""

    def __init__(self, url: str, seed: int) -> None:
        self.url, self.chance, self.made = url, random.Random(seed), 0

    def someone(self) -> str:
        return f"P{self.chance.randrange(12):04d}"

    def day(self) -> date:
        return date(2025, 1, 20) + timedelta(days=self.chance.randrange(100))

    def name(self) -> str:
        self.made += 1
        return f"new{self.made}"

    def one(self, session) -> None:
        kinds = (self.record, self.status, self.entry, self.correction, self.audit, self.claim)
        self.chance.choice(kinds)(session)

    def record(self, session) -> None:
        pid, day, choose = self.someone(), self.day(), self.chance.choice
        revoked = choose([None, day + timedelta(days=20)])
        made = choose([
            r.Consent(self.name(), pid, day, revoked_on=revoked),
            r.CarePlan(self.name(), pid, day, ended_on=revoked),
            r.Payer(choose([f"{pid}y0", self.name()]), pid, from_on=day,
                    has_part_b=choose([True, False, None])),
            r.StatusChange(pid, choose(["invited", "declined"]), day),
            r.Condition(self.name(), pid, choose(["I10", "E11.9"]), is_chronic=True,
                        group=choose("abc")),
        ])  # fmt: skip
        writing.save(session, PRACTICE, [made])

    def status(self, session) -> None:
        row = editing.shown(session, r.Patient, PRACTICE, patient_id=self.someone())
        some = {
            "status": self.chance.choice(r.PATIENT_STATUSES), "location": self.chance.choice("AB"),
            "died_on": self.chance.choice([None, self.day()]),
        }  # fmt: skip
        editing.update_checked(session, r.Patient, row.id, row.version, some)

    def entry(self, session) -> None:
        minutes = self.chance.choice([0, 5, 20, 2000])
        entry = an_entry(self.name(), self.someone(), 1, minutes)
        shift = timedelta(days=self.chance.randrange(-40, 32), hours=self.chance.randrange(24))
        moved = replace(entry, started_at=entry.started_at + shift,
                        is_start_known=self.chance.random() < 0.7)  # fmt: skip
        writing.save(session, PRACTICE, [moved])

    def correction(self, session) -> None:
        t = record_table(r.TimeEntry).c
        standing = session.connection().execute(
            select(t.entry_id, t.version).where(t.is_current).order_by(t.entry_id)
        )
        entry_id, version = self.chance.choice(standing.all())
        editing.withdraw_entry(
            session, PRACTICE, entry_id, version, withdrawn_by="s1", reason="by mistake"
        )

    def audit(self, session) -> None:
        results.refresh(session, PRACTICE, self.chance.choice([MARCH, MARCH.previous]))

    def claim(self, session) -> None:
        pid, day = self.someone(), self.day()
        status = self.chance.choice(r.CLAIM_STATUSES)
        month = self.chance.choice([MARCH, MARCH.following])
        writing.save(session, PRACTICE, [
            r.ClaimLine(f"{pid}cl", 1, pid, month, self.chance.choice(["99490", "99213"]),
                        status=status, created_on=self.chance.choice([None, day]),
                        paid_on=self.chance.choice([None, day])),
        ])  # fmt: skip


SLOW_SEEDS = [pytest.param(seed, marks=pytest.mark.slow) for seed in (4, 5, 6)]


@pytest.mark.parametrize("seed", [3, *SLOW_SEEDS])
def test_any_order_of_changes_leaves_what_a_new_count_gives(url, save, seed):
    save(a_messy_practice(12, seed))
    changes = Changes(url, seed)
    for _ in range(12):
        with db.session(url) as session:
            for _ in range(changes.chance.randint(1, 3)):
                changes.one(session)
        with db.session(url) as session:
            assert keeping.differences(session, PRACTICE) == []
            assert session.connection().scalar(select(func.count(table_of(StepMark).c.id))) == 0


def test_marks_of_a_large_change_are_worked_off_some_at_a_time(url, save, monkeypatch):
    """An audit of a million leaves as many; a patient may stand in several parts of them."""
    monkeypatch.setattr(marks, "_AT_ONCE", 7)
    held: list[int] = []
    work_off = keeping._Keeper.work_off

    def counted(keeper, marked):
        held.append(len(marked))
        work_off(keeper, marked)

    monkeypatch.setattr(keeping._Keeper, "work_off", counted)
    save(a_messy_practice(30, 4))
    with db.session(url) as session:
        results.refresh(session, PRACTICE, MARCH)
    with db.session(url) as session:
        session.connection().execute(update(record_table(r.Patient)).values(status="eligible"))
    assert max(held) <= 7
    assert sum(held) > 60
    with db.session(url) as session:
        assert keeping.differences(session, PRACTICE) == []
        assert (
            session.connection().scalar(select(func.count()).select_from(table_of(StepMark))) == 0
        )


def test_a_change_that_is_taken_back_leaves_no_trace(url, save):
    save([*a_practice(), *a_patient("A"), an_entry("t", "A")])

    def failing() -> None:
        with db.session(url) as session:
            writing.save(session, PRACTICE, [an_entry("u", "A", 12)])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    with db.session(url) as session:
        assert keeping.differences(session, PRACTICE) == []


def test_within_a_transaction_the_records_are_asked(url, save):
    save([*a_practice(), *a_patient("A"), *a_patient("B"), an_entry("t", "A")])
    with db.session(url) as session:
        writing.save(session, PRACTICE, [an_entry("u", "B")])
        assert not is_stored(session, when_in_march(session))
        (found,) = queries.funnel(session, PRACTICE, MARCH, as_of=MARCH.last_day)
        assert found.patients("active") == 2


def test_a_write_past_the_program_is_found_and_mended(url, save):
    save([*a_practice(), *a_patient("A"), an_entry("t", "A")])
    table = table_of(MonthStep)
    with db.session(url) as session:
        session.connection().execute(text("UPDATE month_step SET is_gone = NOT is_gone"))
    with db.session(url) as session:
        wrong = keeping.differences(session, PRACTICE)
        assert f"{MARCH}: 1 patients" in wrong
        assert "A" not in " ".join(wrong).replace("patients", "")
        assert keeping.rebuild(session, PRACTICE) == len(wrong)
        assert keeping.differences(session, PRACTICE) == []
        assert session.connection().scalar(select(func.count()).select_from(table)) == len(wrong)


def test_another_zone_is_another_recipe_and_the_month_is_written_anew(url, save):
    save([*a_practice(), *a_patient("A"), an_entry("t", "A")])
    save([replace(a_practice()[0], time_zone="Asia/Tokyo")])
    with db.session(url) as session:
        assert not is_stored(session, when_in_march(session))
    save([an_entry("u", "A", 20)])
    with db.session(url) as session:
        assert is_stored(session, when_in_march(session))
        assert MARCH.previous in keeping.keep_up(session, PRACTICE, MARCH.first_day)
        assert keeping.differences(session, PRACTICE) == []


def test_this_month_and_the_next_are_stored_before_anybody_asks(url, save):
    save([*a_practice(), *a_patient("A")])
    day = date(2025, 6, 20)
    with db.session(url) as session:
        assert keeping.keep_up(session, PRACTICE, day) == [], "there is nothing to go on from"
    save([an_entry("t", "A")])
    with db.session(url) as session:
        stored = keeping.keep_up(session, PRACTICE, day)
        assert stored == [MARCH.plus(n) for n in (1, 2, 3, 4)], "March is stored already"
        assert keeping.keep_up(session, PRACTICE, day) == []
        practice = reading.practice(session)
        for month in stored:
            assert is_stored(session, When(practice, month, month.first_day))
        assert not is_stored(session, When(practice, Month(2024, 1), date(2024, 1, 1)))


def test_work_of_a_month_before_the_first_code_is_kept_and_reaches_nothing(url, save):
    month = Month(2014, 5)
    at = datetime(2014, 5, 5, 15, tzinfo=UTC)
    old = r.ClaimLine("q", 1, "A", month, "99490", status="submitted")
    save([*a_practice(), *a_patient("A"), replace(an_entry("t", "A"), started_at=at), old])
    with db.session(url) as session:
        assert is_stored(session, When(reading.practice(session), month, month.last_day))
        kept = queries.funnel(session, PRACTICE, month, as_of=month.last_day)
        assert keeping.differences(session, PRACTICE) == []
        session.execute(text("DELETE FROM month_step"))
        assert queries.funnel(session, PRACTICE, month, as_of=month.last_day) == kept


def test_the_command_says_and_mends_what_is_wrong(url, save):
    from typer.testing import CliRunner

    from ccm_core.cli import app

    def run(*more: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["steps", "--db", url, *more])
        return done.exit_code, done.output

    assert run() == (0, "There is no practice in the database, and nothing to compare.\n")
    save([*a_practice(), *a_patient("A"), an_entry("t", "A")])
    assert run()[0] == 0
    with db.session(url) as session:
        session.connection().execute(text("UPDATE step_count SET patients = patients + 1"))
    code, said = run()
    assert code == 1
    assert "counts are not as the records give them" in said
    assert run("--rebuild") == (0, "4 months were written anew.\n")
    assert run()[0] == 0
