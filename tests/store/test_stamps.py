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
    seen = [states(session)]
    assert seen[0].keys() == SUBJECTS

    def is_stamped(what: str) -> None:
        seen.append(states(session))
        assert stamped.subject in changed(*seen[-2:]), f"{stamped.subject}: {what}"

    if stamped.table in BY_PEOPLE:
        connection.execute(insert(table), made_up(table))
        is_stamped("new")
    assert connection.scalar(select(func.count()).select_from(table)), table.name
    column = stamped.columns[-1] if stamped.columns else "practice_id"
    value = {"last_contact_at": 7, "chronic_groups": 9, "practice_id": PRACTICE}[column]
    connection.execute(text(f"UPDATE {table.name} SET {column} = :value"), {"value": value})
    is_stamped("changed")
    if stamped.is_updates_only:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    try:
        connection.execute(delete(table))
    except IntegrityError:  # on PostgreSQL nobody removes what other rows refer to
        assert stamped.table in {"practice", "patient"}
    else:
        is_stamped("gone")


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
