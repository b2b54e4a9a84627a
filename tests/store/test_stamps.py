"""Each change of rows that kept answers rest on is another state, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Table, delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from ccm_core import records
from ccm_core.store import db, stamping, writing
from ccm_core.store.access_log import System, record
from ccm_core.store.migrations.stamps import STAMPED, Stamped
from ccm_core.store.results import refresh
from ccm_core.store.schema import METADATA, DataStamp, record_table, table_of
from ccm_core.store.types import MonthText
from tests.store.practices import MARCH, PRACTICE, one_of_each

WHEN = datetime(2025, 4, 1, tzinfo=UTC)
SUBJECTS = {one.subject for one in STAMPED}
BY_PEOPLE = {"acknowledgement", "month_close", "step_mark"}
"""Tables in which saving records and the audit leave nothing."""


@pytest.fixture
def filled(url: str) -> str:
    """One record of every kind, audited: all tables but those of people's own decisions."""
    with db.session(url, write=True) as session:
        writing.save(session, PRACTICE, one_of_each())
        refresh(session, PRACTICE, MARCH)
    return url


def states(session: Session) -> dict[str, Any]:
    """As the database has them now, also in a transaction that has written."""
    c = table_of(DataStamp).c
    rows = session.connection().execute(
        select(c.subject, func.count(), func.sum(c.token))
        .where(c.practice_id == PRACTICE)
        .group_by(c.subject)
    )
    return {subject: (number, total) for subject, number, total in rows}


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {subject for subject in after if after[subject] != before.get(subject)}


def made_up(table: Table) -> dict[str, Any]:
    """A row with something in every column that must hold something."""
    month = MARCH if isinstance(table.c.month.type, MonthText) else str(MARCH)
    own = {"practice_id": PRACTICE, "patient_id": "00123", "month": month}
    row = {}
    for column in table.c:
        if column.name in own:
            row[column.name] = own[column.name]
        elif not column.nullable and column.name != "id":
            kind = column.type.python_type
            row[column.name] = {str: "made up", int: 7, bool: False}.get(kind, WHEN)
    return row


def test_every_change_of_a_row_stamps_its_subject(filled):
    for stamped in STAMPED:
        with Session(db.engine(filled)) as session:
            _changes_stamp(session, stamped)
            session.rollback()


def _changes_stamp(session: Session, stamped: Stamped) -> None:
    """A new row, a changed one and one less are each another state of the subject."""
    connection, table = session.connection(), METADATA.tables[stamped.table]
    assert states(session).keys() == SUBJECTS

    def stamps(what: str, change: Any, *values: Any) -> None:
        before = _as_if_unwritten(session)
        connection.execute(change, *values)
        assert stamped.subject in changed(before, states(session)), f"{stamped.subject}: {what}"

    if stamped.table in BY_PEOPLE:
        stamps("new", insert(table), made_up(table))
    assert connection.scalar(select(func.count()).select_from(table)), table.name
    column = stamped.columns[-1] if stamped.columns else "practice_id"
    value = {"last_contact_at": 7, "chronic_groups": 9, "practice_id": PRACTICE}[column]
    stamps("changed", text(f"UPDATE {table.name} SET {column} = :value"), {"value": value})
    if stamped.is_updates_only:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    try:
        stamps("gone", delete(table))
    except IntegrityError:  # on PostgreSQL nobody removes what other rows refer to
        assert stamped.table in {"practice", "patient"}


def _as_if_unwritten(session: Session) -> dict[str, Any]:
    """The states without this transaction's own stamp: on PostgreSQL it stamps a subject once."""
    if db.dialect_of(session) == "postgresql":
        c = table_of(DataStamp).c
        session.connection().execute(
            delete(table_of(DataStamp)).where(c.lane == func.txid_current())
        )
    return states(session)


def test_records_of_every_kind_stamp_when_they_are_new(url):
    """Also the first of a practice: its stamps come with it."""
    for one in one_of_each():
        with db.session(url, write=True) as session:
            before = states(session)
            writing.save(session, PRACTICE, [one])
            subject = record_table(type(one)).name
            if subject in SUBJECTS:
                assert subject in changed(before, states(session)), subject


def test_a_click_and_a_longer_call_leave_most_answers(filled):
    with db.session(filled, write=True) as session:
        before = states(session)
        record(session, System("test"), "view", "patient", "00123")
        assert changed(before, states(session)) == set()
        patient = record_table(records.Patient)
        moment = patient.c.last_contact_at
        session.connection().execute(update(patient).values({moment: None}))
        assert changed(before, states(session)) <= {"contact"}
        session.connection().execute(update(patient).values(phone="555-0199"))
        assert changed(before, states(session)) <= {"contact"}


def test_what_was_rolled_back_was_never_there(filled):
    with db.session(filled) as session:
        before = states(session)
    with Session(db.engine(filled)) as session:
        session.connection().execute(delete(record_table(records.Payer)))
        assert changed(before, states(session)) >= {"payer"}
        session.rollback()
    with db.session(filled) as session:
        assert states(session) == before


def test_stamps_are_replaced_by_few_that_say_something_new(filled, monkeypatch):
    monkeypatch.setattr(stamping, "MOST_ROWS", len(SUBJECTS))
    payer = record_table(records.Payer)
    with db.session(filled, write=True) as session:
        for number in range(5):
            session.connection().execute(update(payer).values(version=number))
        before = states(session)
        stamping.shorten(session, PRACTICE)
        after = states(session)
        assert changed(before, after) == SUBJECTS
        assert {number for number, _ in after.values()} == {1}
        monkeypatch.setattr(stamping, "MOST_ROWS", 1_000)
        stamping.shorten(session, PRACTICE)
        assert states(session) == after


def test_a_restored_database_is_in_a_state_of_its_own(filled):
    with db.session(filled, write=True) as session:
        before = states(session)
        stamping.renew(session)
        assert changed(before, states(session)) == SUBJECTS


def test_a_transaction_stamps_once_and_the_next_one_again(filled):
    """Also under a number that a row from elsewhere bears already, as after a restore."""
    with db.session(filled) as session:
        if db.dialect_of(session) == "sqlite":
            pytest.skip("SQLite has one row for each subject, which every change changes")
        now = session.connection().scalar(select(func.txid_current()))
        # The server's own work takes numbers, too.
        rows = [
            {"practice_id": PRACTICE, "subject": "consent", "lane": now + n, "token": 7}
            for n in range(1, 100)
        ]
        session.connection().execute(insert(table_of(DataStamp)), rows)
    own = []
    with db.session(filled) as session:
        for _ in range(2):
            session.connection().execute(text("UPDATE consent SET practice_id = practice_id"))
            own.append(_own_stamp(session))
    assert own[0] == own[1] != 7


def _own_stamp(session: Session) -> Any:
    c = table_of(DataStamp).c
    return session.connection().scalar(
        select(c.token).where(c.subject == "consent", c.lane == func.txid_current())
    )
