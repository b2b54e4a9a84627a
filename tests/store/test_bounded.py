"""A month is read, judged and written in parts: the same result as in one go."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from ccm_core.records import Patient
from ccm_core.store import db, editing, reading, results, statements
from ccm_core.store.results import crossing, ledger, refreshing
from ccm_core.store.schema import CaseResult, FindingRow, record_table, table_of
from tests.store.practices import (
    MARCH,
    PRACTICE,
    a_messy_practice,
    a_patient,
    a_practice,
    an_entry,
)

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


def in_pieces(monkeypatch):
    """Pieces of eight patients, steps of four, writing from five on."""
    for name, number in (("_PIECE", 8), ("_STEP", 4), ("_HELD", 5)):
        monkeypatch.setattr(refreshing, name, number)
    monkeypatch.setattr(crossing, "_ENTRIES_HELD", 5)
    monkeypatch.setattr(statements, "_STREAMED", 6)


def test_a_month_is_never_held_as_a_whole(url, save, monkeypatch):
    """Names, marks and signals of everybody grew with the practice; a piece's do not."""
    held: list[tuple[str, int]] = []

    def counted(place, name):
        ask = getattr(place, name)

        def asking(*given):
            held.append((name, len(given[-1])))
            return ask(*given)

        monkeypatch.setattr(place, name, asking)

    in_pieces(monkeypatch)
    counted(reading, "case_marks")
    counted(reading, "load_members")
    counted(refreshing, "marks_of")
    counted(refreshing, "store_outcomes")
    counted(ledger.Ledger, "signals_of")
    monkeypatch.delattr(reading, "member_ids")
    save(a_messy_practice(70, 21))
    with db.session(url) as session:
        run = results.refresh(session, PRACTICE, MARCH)
        again = results.refresh(session, PRACTICE, MARCH)
    assert run.audited == run.cases > 50
    assert again.audited == 0
    assert {name for name, _ in held} >= {"case_marks", "load_members", "marks_of", "signals_of"}
    assert max(number for _, number in held) <= 8


def test_what_is_seen_across_patients_crosses_pieces(url, save, monkeypatch):
    """Each of forty patients shares the same minutes of one person with another far away."""
    in_pieces(monkeypatch)
    people = [x for n in range(40) for x in a_patient(f"{n:02d}")]
    entries = [an_entry(f"t{n:02d}", f"{n:02d}", 1 + n % 20) for n in range(40)]
    save([*a_practice(), *people, *entries])
    with db.session(url) as session:
        results.refresh(session, PRACTICE, MARCH)
        held = table_of(CaseResult).c
        marks = session.connection().execute(select(held.patient_id, held.signals_mark)).all()
        expected = results.signals_of_month(session, reading.practice(session, PRACTICE), MARCH)
    assert len(expected) == 40
    assert dict(map(tuple, marks)) == {
        patient_id: crossing.signals_mark(found) for patient_id, found in expected.items()
    }
    longer = an_entry("t39", "39", 1)
    with db.session(url) as session:
        editing.correct_entry(session, PRACTICE, longer, 1, corrected_by="u", reason="r")
        assert results.refresh(session, PRACTICE, MARCH).audited > 2, "old and new neighbours"
        assert results.refresh(session, PRACTICE, MARCH).audited == 0


def test_who_left_is_forgotten_piece_by_piece(url, save, monkeypatch):
    in_pieces(monkeypatch)
    people = [x for n in range(20) for x in a_patient(f"{n:02d}")]
    save([*a_practice(), *people, an_entry("t", "03")])
    with db.session(url) as session:
        assert results.refresh(session, PRACTICE, MARCH).cases == 20
        table = record_table(Patient)
        session.connection().execute(update(table).values(status="declined"))
        assert results.refresh(session, PRACTICE, MARCH).cases == 1
    with db.session(url) as session:
        for model in (CaseResult, FindingRow):
            found = session.connection().scalars(select(table_of(model).c.patient_id))
            assert set(found) == {"03"}


def test_progress_counts_through_all_pieces(url, save, monkeypatch):
    in_pieces(monkeypatch)
    save([*a_practice(), *(x for n in range(18) for x in a_patient(f"{n:02d}"))])
    told: list[tuple[int, int]] = []
    with db.session(url) as session:
        results.refresh(session, PRACTICE, MARCH, progress=lambda *said: told.append(said))
    assert told == [(0, 18), (4, 18), (8, 18), (12, 18), (16, 18), (18, 18)]
