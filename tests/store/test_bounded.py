"""A month is read, judged and written in parts: the same result as in one go."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from ccm_core.store import db, results
from ccm_core.store.results import crossing, refreshing
from ccm_core.store.schema import CaseResult, FindingRow, table_of
from tests.store.practices import MARCH, PRACTICE, a_messy_practice

_OWN = {"id", "created_at", "audited_at"}


def stored(session):
    found = []
    for model in (CaseResult, FindingRow):
        table = table_of(model)
        columns = [c for c in table.c if c.name not in _OWN]
        rows = session.connection().execute(select(*columns))
        found.append(sorted(map(repr, rows)))
    return found


def test_parts_and_one_go_leave_the_same(url, save, monkeypatch):
    save(a_messy_practice(70, 21))
    with db.session(url) as session:
        run = results.refresh(session, PRACTICE, MARCH)
        whole = stored(session)
        assert run.audited == run.cases > 50
        for model in (FindingRow, CaseResult):
            session.connection().execute(table_of(model).delete())
        monkeypatch.setattr(refreshing, "_STEP", 7)
        monkeypatch.setattr(refreshing, "_HELD", 10)
        monkeypatch.setattr(crossing, "_ENTRIES_HELD", 5)
        again = results.refresh(session, PRACTICE, MARCH)
        assert stored(session) == whole
        assert (again.cases, again.audited, again.blocked) == (run.cases, run.audited, run.blocked)


def test_a_stopped_audit_leaves_nothing_behind(url, save, monkeypatch):
    save(a_messy_practice(70, 21))
    monkeypatch.setattr(refreshing, "_STEP", 7)
    monkeypatch.setattr(refreshing, "_HELD", 10)
    asked = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 6

    with pytest.raises(refreshing.AuditCancelled), db.session(url) as session:
        results.refresh(session, PRACTICE, MARCH, cancel=stop)
    with db.session(url) as session:
        assert stored(session) == [[], []]
