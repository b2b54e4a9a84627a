"""Plans of what a page asks about one patient, in a PostgreSQL of 100,000 time entries."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import event, text, update

from ccm_core.months import Month
from ccm_core.store import db, queries
from ccm_core.store.results.earlier import marks_of
from ccm_core.store.schema import CaseResult, table_of
from tests import servers
from tests.bench import bench_pages, made

pytestmark = [pytest.mark.slow, pytest.mark.postgres]
BIG = ("time_entry", "finding", "case_result", "visit", "condition", "patient", "payer")
PATIENTS = 26_000


@pytest.fixture(scope="module")
def url(pg_url, _migrated_postgres):
    with servers.database(pg_url, _migrated_postgres) as made_url:
        bench_pages.fill(made_url, PATIENTS)
        yield made_url
        db.dispose(made_url)


def plans(session, ask, explain: str = "EXPLAIN") -> list[str]:
    """The plans of every statement that the question sends."""
    connection, sent = session.connection(), []

    def keep(_conn, _cursor, statement, parameters, _context, _many):
        sent.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", keep)
    ask()
    event.remove(connection, "before_cursor_execute", keep)
    assert sent
    return [
        "\n".join(str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {said}", given))
        for said, given in sent
    ]


@pytest.mark.parametrize("name", ["findings of one patient", "patient story"])
def test_one_patient_is_found_by_an_index(url, name):
    with db.session(url) as session:
        assert session.connection().scalar(text("SELECT count(*) FROM time_entry")) >= 100_000
        for plan in plans(session, bench_pages.asked(session)[name]):
            scanned = set(re.findall(r"Seq Scan on (\w+)", plan)) & set(BIG)
            assert not scanned, plan


def test_one_result_is_found_by_an_index(url):
    with db.session(url) as session:
        ask = lambda: queries.result_of(session, "bench", "b0000042", made.MONTH)  # noqa: E731
        for plan in plans(session, ask):
            assert not set(re.findall(r"Seq Scan on (\w+)", plan)) & set(BIG), plan


# What PostgreSQL knows of the results: other months alone, nothing, and that there were none.
KNOWN = (
    "SELECT 1",
    "DELETE FROM pg_statistic WHERE starelid = 'case_result'::regclass",
    "UPDATE pg_class SET reltuples = 0, relpages = 0 WHERE relname = 'case_result'",
)


def test_marks_are_looked_up_by_name_in_a_month_without_statistics(url):
    """A month that the transaction has just filled seems empty to PostgreSQL."""
    unseen, names = Month(2031, 5), [f"b{number:07d}" for number in range(500)]
    with db.session(url) as session:
        connection = session.connection()
        connection.execute(update(table_of(CaseResult)).values(month=unseen))
        ask = lambda: marks_of(session, "bench", unseen, names)  # noqa: E731
        assert len(ask()) == len(names)
        for known in KNOWN:
            connection.exec_driver_sql(known)
            for plan in plans(session, ask):
                assert re.search(r"Index Cond: [^\n]*practice_id[^\n]*patient_id", plan), plan
                assert "uq_case_result" in plan, plan
        session.rollback()
