"""Sums beside the results on PostgreSQL, where many write at once and a role sees one practice."""

from __future__ import annotations

from threading import Barrier, Thread

import psycopg
import pytest
from alembic import command
from psycopg import sql
from sqlalchemy import func, insert, select, update

from ccm_core import records
from ccm_core.store import db, queries, writing
from ccm_core.store.summaries import result_counts
from tests import servers
from tests.store.practices import MARCH, PRACTICE, a_patient, a_practice
from tests.store.test_result_counts import COUNT, MONTHS, RESULT, Rows, differences

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


@pytest.fixture
def url(pg_url, _migrated_postgres):
    with servers.database(pg_url, _migrated_postgres) as made:
        yield made
        db.dispose(made)


@pytest.fixture
def patients(save) -> None:
    save([*a_practice(), *(r for n in range(8) for r in a_patient(f"Q{n}")[:1])])


def both(work) -> list[BaseException]:
    """Run the work of two at the same time; gives what went wrong."""
    failed: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            failed.append(error)

    threads = [Thread(target=run, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return failed


def test_two_who_move_patients_between_the_same_sums_do_not_wait(url, patients):
    """In opposite order, each with its first change done before the other's second."""
    moved = Barrier(2, timeout=30)
    with db.session(url) as session:
        rows = [Rows(1).row() | {"patient_id": f"Q{n}", "month": MARCH} for n in range(8)]
        session.connection().execute(insert(RESULT), rows)
        session.connection().execute(update(RESULT).values(counted_seconds=60))

    def move(number: int) -> None:
        ids = [f"Q{n}" for n in range(8) if n % 2 == number]
        turns = [(ids[:2], 120), (ids[2:], 180)]
        with db.session(url) as session:
            for who, seconds in turns if number else reversed(turns):
                is_one = RESULT.c.patient_id.in_(who)
                session.connection().execute(
                    update(RESULT).where(is_one).values(counted_seconds=seconds)
                )
                moved.wait()

    assert both(move) == []
    assert differences(url) == []
    with db.session(url) as session:
        found = queries.minute_histogram(session, PRACTICE, MARCH, bin_minutes=1)
        assert found == [(0, 0), (1, 0), (2, 4), (3, 4)]


def test_two_who_add_up_at_once_count_nobody_twice(url, patients):
    begun = Barrier(2, timeout=30)
    changes = Rows(2)
    for _ in range(10):
        with db.session(url) as session:
            changes.one(session)

    def add_up(number: int) -> None:
        with db.session(url) as session:
            session.connection().execute(
                update(RESULT)
                .where(RESULT.c.patient_id == f"Q{number}")
                .values(counted_seconds=7777)
            )
            begun.wait()
            result_counts.add_up(session, PRACTICE)
            begun.wait()

    assert both(add_up) == []
    assert differences(url) == []


def test_an_audit_adds_up_where_many_have_written(url, patients, monkeypatch):
    monkeypatch.setattr(result_counts, "MOST_LANES", 3)
    changes = Rows(8)
    for _ in range(12):
        with db.session(url) as session:
            session.connection().execute(changes.renewed(session))
    with db.session(url) as session:
        for month in MONTHS:
            result_counts.tidy(session, PRACTICE, month)
        assert session.connection().scalar(select(func.count()).where(COUNT.c.lane != 0)) < 8
        assert result_counts.differences(session, PRACTICE) == []


@pytest.fixture
def owner(pg_url):
    """An empty database that belongs to a plain role, which row-level security binds."""
    with servers.role(pg_url) as name, servers.database(pg_url) as made:
        plain = made.replace("postgresql+psycopg://", "postgresql://")
        with psycopg.connect(plain, autocommit=True) as raw:
            raw.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(name)))
        yield servers.as_role(made, name)
        db.dispose(servers.as_role(made, name))


def test_results_of_every_practice_are_counted_by_an_owner_who_sees_one(owner, monkeypatch):
    db.migrate(owner)
    for practice in "AB":
        monkeypatch.setenv("CCM_PRACTICE", practice)
        with db.session(owner) as session:
            writing.save(session, practice, [records.Practice(practice, practice)])
            writing.save(session, practice, [records.Patient("Q1")])
            row = Rows(1).row() | {"practice_id": practice, "patient_id": "Q1"}
            session.connection().execute(insert(RESULT), [row])
    with db.changing_schema(owner) as connection:
        command.downgrade(db.alembic_config(connection), "0025")
    db.migrate(owner)
    for practice in "AB":
        monkeypatch.setenv("CCM_PRACTICE", practice)
        with db.session(owner) as session:
            counted = session.connection().execute(select(COUNT.c.practice_id, COUNT.c.patients))
            assert counted.all() == [(practice, 1)]
            assert result_counts.differences(session, practice) == []
