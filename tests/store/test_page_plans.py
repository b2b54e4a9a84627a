"""What the pages of a month read: stored steps for the funnel, indexes for the lists."""

from __future__ import annotations

import re

import pytest

from ccm_core.store import db, queries
from ccm_core.store.queries import patients, receivables
from ccm_core.store.statements import by_index
from tests.bench import bench_pages, made
from tests.store.test_plans import plans
from tests.store.test_plans import url as big  # noqa: F401 - the same filled PostgreSQL

OF_STEPS = ("funnel", "funnel by care manager", "funnel trend, 12 weeks", "stalled at care plan")
OF_LISTS = (
    "minutes page", "minutes, searched", "minute histogram", "reach counts", "pre-flight summary",
    "pre-flight page", "top reasons", "findings of one patient", "patient story",
    "minutes page, far on", "pre-flight page, far on", "patients page",
)  # fmt: skip
OF_SUMS = ("minute histogram", "reach counts", "pre-flight summary")
BIG = ("time_entry", "patient", "case_result", "finding", "month_step", "step_count")
RECORDS = ("time_entry", "status_change", "payer", "claim_line", "finding", "condition")


@pytest.fixture(scope="module")
def small(tmp_path_factory, _migrated_sqlite):
    """A practice of forty with an audited month, in SQLite and without statistics."""
    file = tmp_path_factory.mktemp("plans") / "store.sqlite3"
    filled = f"sqlite:///{file}"
    bench_pages.fill(filled, 40)
    with db.session(filled, write=True) as session:
        session.connection().exec_driver_sql("DELETE FROM sqlite_stat1")
    db.dispose(filled)  # a connection that is open goes on by what it has read
    yield filled
    db.dispose(filled)


@pytest.mark.parametrize("name", [*OF_STEPS, *OF_LISTS])
def test_no_page_of_a_month_reads_a_big_table_from_end_to_end(small, name):
    with db.session(small) as session:
        for plan in plans(session, bench_pages.asked(session)[name], "EXPLAIN QUERY PLAN"):
            scanned = re.findall(r"SCAN (\w+)(?! USING COVERING)", plan)
            assert not set(scanned) & set(BIG), plan


@pytest.mark.parametrize("name", OF_STEPS[:3])
def test_the_funnel_reads_counts_and_no_record(small, name):
    with db.session(small) as session:
        for plan in plans(session, bench_pages.asked(session)[name], "EXPLAIN QUERY PLAN"):
            asked = set(re.findall(r"(?:SCAN|SEARCH) (\w+)", plan))
            assert not asked & {*RECORDS, "case_result", "patient", "month_step"}, plan


@pytest.mark.parametrize("name", OF_SUMS)
def test_what_is_added_up_of_a_month_reads_no_result(small, name):
    with db.session(small) as session:
        for plan in plans(session, bench_pages.asked(session)[name], "EXPLAIN QUERY PLAN"):
            asked = set(re.findall(r"(?:SCAN|SEARCH) (\w+)", plan))
            assert not asked & set(BIG), plan


@pytest.mark.parametrize("name", ["minutes page", "pre-flight page"])
def test_a_list_opens_without_sorting_or_counting_a_month(small, name):
    with db.session(small) as session:
        found = plans(session, bench_pages.asked(session)[name], "EXPLAIN QUERY PLAN")
    assert "USING COVERING INDEX ix_case_result_" in found[0]
    assert "TEMP B-TREE" not in found[0]
    assert not [plan for plan in found if "SCAN" in plan]


def test_claims_open_without_sorting_a_year(small):
    with db.session(small) as session:
        found = plans(session, bench_pages.asked(session)["claims page"], "EXPLAIN QUERY PLAN")
    assert "USING COVERING INDEX ix_claim_line_sent" in found[0]
    assert "TEMP B-TREE" not in found[0]


def searches(session):
    """Every list in which somebody can be searched."""
    asked = bench_pages.asked(session)
    where = (session, "bench", made.MONTH)
    asked["minutes, searched"]()
    queries.preflight_page(*where, search="made42")
    queries.stalled(*where, "care_plan", search="made42", today=bench_pages.TODAY)
    patients.patients_page(session, "bench", search="made42")
    wanted = receivables.Wanted(search="made42")
    span = receivables.Span("bench", made.MONTH.plus(-11), made.MONTH)
    receivables.lines_page(session, span, wanted, bench_pages.TODAY)


def test_a_search_reads_its_index(small):
    with db.session(small) as session:
        found = plans(session, lambda: searches(session), "EXPLAIN QUERY PLAN")
    searched = [one for one in found if "searched" in one]
    assert len(searched) >= 5
    for plan in searched:
        assert "SCAN searched\n" not in plan, plan
        assert "searched USING COVERING INDEX ix_patient_search" in plan, plan


def by_name(session):
    """Both lists that can be sorted by name."""
    where = (session, "bench", made.MONTH)
    queries.minutes_page(*where, today=bench_pages.TODAY, sort="name")
    queries.preflight_page(*where, sort="-name")


def test_a_list_by_name_walks_the_names_until_the_page_is_full(small):
    with db.session(small) as session:
        found = plans(session, lambda: by_name(session), "EXPLAIN QUERY PLAN")
    walked = [one for one in found if "family_name" in one.split("\n")[0]]
    assert len(walked) == 2
    assert not [one for one in walked if "TEMP B-TREE FOR ORDER BY" in one]


@pytest.mark.slow
@pytest.mark.postgres
def test_postgresql_walks_the_names_too(big):  # noqa: F811
    with db.session(big) as session:
        found = plans(session, lambda: by_name(session), "EXPLAIN")
    walked = [one for one in found if "ix_patient_practice_id_family_name_given_name" in one]
    assert len(walked) == 2
    assert all("Presorted Key: " in one for one in walked)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("name", ["minutes page", "pre-flight page"])
def test_postgresql_opens_a_list_without_sorting_a_month_either(big, name):  # noqa: F811
    with db.session(big) as session:
        first = plans(session, bench_pages.asked(session)[name], "EXPLAIN")[0]
    assert "Sort" not in first
    assert "Index Only Scan using ix_case_result_" in first or "Index Scan using" in first


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("name", OF_STEPS)
def test_postgresql_reads_no_record_either(big, name):  # noqa: F811
    with db.session(big) as session:
        for plan in plans(session, bench_pages.asked(session)[name], "EXPLAIN"):
            scanned = set(re.findall(r"Seq Scan on (\w+)", plan))
            assert not scanned & set(RECORDS), plan  # a few thousand counts may well be scanned


@pytest.mark.slow
@pytest.mark.postgres
def test_postgresql_opens_claims_and_searches_by_their_index(big):  # noqa: F811
    """A search reads its index once, also for the number of all that it found."""
    with db.session(big) as session:
        first = plans(session, bench_pages.asked(session)["claims page"], "EXPLAIN")[0]
        # As after a VACUUM that nobody's open snapshot held back.
        session.connection().exec_driver_sql(
            "UPDATE pg_class SET relallvisible = relpages WHERE relname = 'patient'"
        )
        with by_index(session):  # as the searches say it themselves, for the look at their plans
            found = plans(session, lambda: searches(session), "EXPLAIN")
        session.rollback()
    assert "using ix_claim_line_sent" in first
    assert "Sort" not in first
    assert not [one for one in found if "Seq Scan on patient searched" in one]
    counted = [one for one in found if "WindowAgg" in one]
    assert len(counted) == 5
    for plan in counted:
        assert plan.count("Index Only Scan using ix_patient_search on patient searched") == 1, plan


@pytest.mark.slow
@pytest.mark.postgres
def test_postgresql_marks_steps_once_for_each_statement(big):  # noqa: F811
    asked = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgtype & 1 = 1 "
        "AND left(tgname, 10) <> 'access_log'"
    )
    with db.session(big) as session:
        assert session.connection().exec_driver_sql(asked).all() == []


OTHERS = ("2024-10", "2024-11", "2024-12", "2025-01", "2025-02")
OTHER_MONTH = """
    INSERT INTO case_result ({names}) SELECT {names_but_month}, '{month}' FROM case_result
    WHERE month = '2025-03'
"""


@pytest.fixture(scope="module")
def half_a_year(big):  # noqa: F811
    """Results of five other months beside it: who reads a month need not read the table."""
    with db.engine(big).begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # no triggers
        rows = connection.exec_driver_sql("SELECT * FROM case_result LIMIT 0")
        names = [f'"{name}"' for name in rows.keys() if name not in ("id", "month")]  # noqa: SIM118
        for month in OTHERS:
            connection.exec_driver_sql(
                OTHER_MONTH.format(
                    names=", ".join([*names, "month"]),
                    names_but_month=", ".join(names), month=month,
                )
            )  # fmt: skip
        connection.exec_driver_sql("ANALYZE case_result")
    return big


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("name", OF_LISTS)
def test_postgresql_reads_no_big_table_of_a_list_from_end_to_end(half_a_year, name):
    """Two may: a search holds its words against every name, and a list says how many there are."""
    everybody = {"minutes, searched", "patients page"}
    with db.session(half_a_year) as session:
        for plan in plans(session, bench_pages.asked(session)[name], "EXPLAIN"):
            scanned = set(re.findall(r"Seq Scan on (\w+)", plan)) & set(BIG)
            assert scanned <= ({"patient"} if name in everybody else set()), plan
