"""Rows stored in bulk are the rows that SQLAlchemy would have stored one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import delete, func, insert, select

from ccm_core import records
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.store import bulk, db, writing
from ccm_core.store.schema import CaseResult, record_table, table_of
from ccm_core.store.statements import inserting

MONTH = Month(2025, 3)
WHEN = datetime(2025, 4, 1, 9, 30, tzinfo=UTC)


def result(number: int) -> dict[str, object]:
    return {
        "practice_id": "p", "patient_id": f"a{number}", "month": MONTH, "npi": "", "path": "staff",
        "care_manager_id": "", "location": "", "staff_seconds": 1200 + number % 3,
        "practitioner_seconds": 0, "counted_seconds": 1200, "logged_seconds": 1300,
        "leftover_seconds": 0, "excluded": [{"seconds": number, "reason": "x", "entry_ids": []}],
        "is_below_threshold": number % 2 == 0, "next_threshold_minutes": None,
        "minutes_to_next": number or None, "units": {"99490": 1}, "paths": [], "status": "clean",
        "service_on": date(2025, 3, 28), "allowed_usd": Decimal("61.5") + number,
        "expected_medicare_usd": None, "expected_patient_usd": None, "is_estimate": False,
        "effective_status": "clean", "fingerprint": "f", "signals_mark": "", "policy": "baseline",
        "last_contact_at": None if number % 2 else WHEN, "tables_version": "t",
        "audited_at": WHEN, "created_at": WHEN,
    }  # fmt: skip


def stored(session, table):
    wanted = [column for column in table.c if column.name != "id"]
    return sorted(map(repr, session.connection().execute(select(*wanted))))


@pytest.mark.parametrize("missing", [(), ("location",)])
def test_bulk_and_single_rows_are_the_same(store_url, missing):
    rows = [{k: v for k, v in result(n).items() if k not in missing} for n in range(20)]
    table = table_of(CaseResult)
    with db.session(store_url, write=True) as session:
        people = [records.Patient(f"a{n}") for n in range(20)]
        writing.save(session, "p", [records.Practice("p", "Practice"), *people])
        session.connection().execute(insert(table), rows)
        singly = stored(session, table)
        session.connection().execute(delete(table))
        bulk.insert_many(session, insert(table), rows)
        assert stored(session, table) == singly
        bulk.insert_many(session, insert(table), [])
        assert len(stored(session, table)) == 20


@pytest.mark.parametrize("allowed", [True, False])
def test_copied_and_single_rows_are_the_same(store_url, monkeypatch, allowed):
    """On PostgreSQL many rows go by COPY, unless the role may make no temporary table."""
    monkeypatch.setattr(bulk, "FROM_ROWS", 3)
    if not allowed:
        monkeypatch.setattr(bulk, "_may_copy", lambda _connection: False)
    rows, table = [result(n) for n in range(20)], table_of(CaseResult)
    odd = "tab\t, line\nfeed, \\N, \\., quote \" ' and é"
    rows[3] |= {"npi": odd, "excluded": [{"reason": odd}]}
    with db.session(store_url, write=True) as session:
        people = [records.Patient(f"a{n}", family_name=odd) for n in range(20)]
        writing.save(session, "p", [records.Practice("p", "Practice"), *people])
        assert writing.save(session, "p", people).same == 20
        session.connection().execute(insert(table), rows)
        singly = stored(session, table)
        session.connection().execute(delete(table))
        bulk.insert_many(session, insert(table), rows)
        assert stored(session, table) == singly
        again = inserting(session, table).on_conflict_do_nothing()
        bulk.insert_many(session, again, [row | {"status": "review"} for row in rows])
        assert stored(session, table) == singly


def test_a_copy_that_is_refused_says_what_one_row_would(store_url, monkeypatch):
    monkeypatch.setattr(bulk, "FROM_ROWS", 3)
    nobody = [records.Condition(f"c{n}", "nobody", "E11.9") for n in range(9)]
    with pytest.raises(UsageError, match="store patients first"):  # noqa: SIM117
        with db.session(store_url, write=True) as session:
            writing.save(session, "p", [records.Practice("p", "Practice"), *nobody])
    with db.session(store_url) as session:
        assert writing.save(session, "p", [records.Practice("p", "Practice")]).new == 1


def test_many_rows_are_changed_each_to_its_own(store_url):
    """Moments, days and gaps are stored as a single row would store them; others stay."""
    table = record_table(records.Patient)
    days = [None if n == 3 else date(2025, 3, 1 + n) for n in range(9)]
    rows = [
        {"patient_id": f"a{n}", "first_service_on": day, "last_contact_at": WHEN if n % 2 else None}
        for n, day in enumerate(days)
    ]
    with db.session(store_url, write=True) as session:
        people = [records.Patient(f"a{n}") for n in range(10)]
        writing.save(session, "p", [records.Practice("p", "Practice"), *people])
        ours = table.c.practice_id == "p"
        bulk.update_many(session, table, "patient_id", rows, ours)
        bulk.update_many(session, table, "patient_id", [], ours)
        asked = select(*(table.c[name] for name in rows[0])).order_by(table.c.patient_id)
        found = [row._asdict() for row in session.connection().execute(asked)]
        left = {"patient_id": "a9", "first_service_on": None, "last_contact_at": None}
        assert found == [*rows, left]
        others = [{"patient_id": "a9", "chronic_groups": 7}]
        bulk.update_many(session, table, "patient_id", others, table.c.practice_id == "q")
        assert session.connection().scalar(select(func.max(table.c.chronic_groups))) == 0
