"""Kept answers: the same until their rows change, by whomever, and never of another state."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlmodel import Session

from ccm_core import overlay, records
from ccm_core.overlay import Overlay
from ccm_core.store import consulting, db, kept, stamping, writing
from ccm_core.store.queries import people
from ccm_core.store.schema import record_table
from tests.store.practices import PRACTICE, one_of_each

PATIENT = record_table(records.Patient)


@pytest.fixture
def filled(url: str) -> str:
    with db.session(url, write=True) as session:
        writing.save(session, PRACTICE, one_of_each())
    return url


@pytest.fixture
def asked(filled: str) -> Iterator[list[str]]:
    """The statements about the places of patients, not about any of them."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "FROM patient" in statement and "patient_id" not in statement:
            found.append(statement)

    engine = db.engine(filled)
    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def locations(url: str) -> list[str]:
    with db.session(url) as session:
        return people.locations(session, PRACTICE)


def move_to(place: str, url: str) -> None:
    """All patients to another place."""
    with db.session(url, write=True) as session:
        session.connection().execute(update(PATIENT).values(location=place))


def test_an_answer_is_asked_for_once_and_again_after_a_change(filled, asked):
    assert locations(filled) == locations(filled) == ["Main"]
    assert len(asked) == 1
    move_to("North", filled)
    assert locations(filled) == locations(filled) == ["North"]
    assert len(asked) == 2


def test_every_argument_and_the_fees_in_force_tell_answers_apart(filled, asked):
    with db.session(filled) as session:
        assert people.locations(session, PRACTICE) == ["Main"]
        assert people.locations(session, "another") == []
        assert people.care_manager_ids(session, PRACTICE) == ["00s1"]
        with overlay.pinned(Overlay()):
            assert people.locations(session, PRACTICE) == ["Main"]
    assert len(asked) == 4


def test_whoever_changes_a_list_changes_the_own(filled):
    locations(filled).append("nowhere")
    found = locations(filled)
    found.clear()
    assert locations(filled) == ["Main"]


def test_an_empty_practice_has_no_stamp_and_nothing_kept(url):
    kept.forget()
    assert locations(url) == []
    assert kept.answers() == []
    with db.session(url, write=True) as session:
        writing.save(session, PRACTICE, one_of_each())
    assert locations(url) == ["Main"]


def test_a_transaction_that_writes_sees_its_own_rows_and_keeps_none(filled, asked):
    with db.session(filled) as session:
        assert people.locations(session, PRACTICE) == ["Main"]
        session.connection().execute(update(PATIENT).values(location="Draft"))
        assert people.locations(session, PRACTICE) == ["Draft"]
        assert stamping.states(session, PRACTICE) is None
        session.rollback()
        assert people.locations(session, PRACTICE) == ["Main"]
    with db.session(filled, write=True) as session:
        people.locations(session, PRACTICE)
    assert len(asked) == 3, "the first, the draft, and who means to write"
    assert "Draft" not in repr(kept.answers())


def test_after_a_commit_the_same_session_reads_what_it_wrote(filled):
    with db.session(filled) as session:
        assert people.locations(session, PRACTICE) == ["Main"]
        session.connection().execute(update(PATIENT).values(location="North"))
        session.commit()
        assert people.locations(session, PRACTICE) == ["North"]
        assert stamping.states(session, PRACTICE)
    assert locations(filled) == ["North"]


def test_a_change_between_the_state_and_the_answer(filled, asked):
    """The answer may be newer than the state it is kept under, and is then not found again."""
    with Session(db.engine(filled)) as reader:
        before = dict(stamping.states(reader, PRACTICE) or {})
        thread = threading.Thread(target=move_to, args=("North", filled))
        thread.start()
        thread.join()
        snapshot = people.locations(reader, PRACTICE)
        is_snapshot = db.dialect_of(reader) == "sqlite"
        assert snapshot == (["Main"] if is_snapshot else ["North"])
        assert stamping.states(reader, PRACTICE) == before
    with db.session(filled) as session:
        assert stamping.states(session, PRACTICE) != before
        assert people.locations(session, PRACTICE) == ["North"]
    assert len(asked) == 2


def test_another_process_is_seen(filled):
    assert locations(filled) == ["Main"]
    other = multiprocessing.get_context("spawn").Process(target=move_to, args=("South", filled))
    other.start()
    other.join(60)
    assert other.exitcode == 0
    assert locations(filled) == ["South"]


def test_another_database_at_the_same_place_is_another_state(tmp_path, monkeypatch):
    """As after a restore: the file is another, its name is not."""
    file = tmp_path / "store.sqlite3"
    for place in ("First", "Second"):
        url = f"sqlite:///{file}"
        db.migrate(url)
        with db.session(url, write=True) as session:
            writing.save(session, PRACTICE, one_of_each())
        move_to(place, url)
        assert locations(url) == [place]
        db.dispose(url)
        file.unlink()


def test_readers_of_aggregates_are_given_nothing_kept(filled, asked):
    assert locations(filled) == ["Main"]
    with db.session(filled) as session, consulting.bound(True):
        people.locations(session, PRACTICE)
    assert len(asked) == 2


def test_there_is_room_for_so_many(filled, monkeypatch):
    kept.forget()
    monkeypatch.setattr(kept, "MOST", 2)
    with db.session(filled) as session:
        for number in range(3):
            with overlay.pinned(Overlay(str(number))):
                people.locations(session, PRACTICE)
    assert len(kept.answers()) == 2


def test_many_threads_at_once(filled):
    found: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: found.extend(locations(filled) for _ in range(20)))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["Main"]] * 120
