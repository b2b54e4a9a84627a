"""How much a page asks of the database: bounded, and the same however many patients there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from ccm_core import records
from ccm_core.store import db, reading
from ccm_core.store.results import refresh
from ccm_core.store.writing import save
from pages.parts import time_clock
from tests.pages.signed_in import open_as
from tests.pages.small_practice import NOVEMBER, PRACTICE

pytestmark = pytest.mark.slow
MOST = {"home": 30, "enrollment": 25, "minutes": 32, "people": 27, "program_health": 25,
        "log_time": 36, "pre_flight": 30, "claims": 27}  # fmt: skip
ROLE = {"log_time": "care_manager", "pre_flight": "billing_lead", "claims": "billing_lead"}
"""Statements of one rerun, with some room; most take a fraction of a millisecond."""


@pytest.fixture(autouse=True)
def store(small_store, monkeypatch):
    monkeypatch.setattr(time_clock, "EVERY", None)


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that is sent to the database meanwhile."""
    sent: list[str] = []

    def hear(_conn, _cursor, statement, *_rest) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


def rerun(role: str, page: str) -> list[str]:
    """The statements of a rerun: what the first drawing has kept counts as kept."""
    at = open_as(role, page, staff_id="S1") if role == "care_manager" else open_as(role, page)
    with statements() as sent:
        at.run()
    assert not at.exception
    return sent


def many_more(copies: int) -> None:
    """Copies of the patients with everything that is on record of them."""
    kinds = (records.Patient, records.Payer, records.Condition, records.Consent,
             records.CarePlan, records.StatusChange, records.TimeEntry)  # fmt: skip
    began = datetime(2026, 11, 10, 15, 0, tzinfo=UTC)
    with db.session(write=True) as opened:
        made: list[object] = []
        for name in ("ana", "ben", "cam", "dee", "eli", "fay"):
            for kind in kinds:
                for one in reading.records_of(opened, kind, name, PRACTICE):
                    made += [copied(one, name, n) for n in range(copies)]
        made += [
            records.TimeEntry(f"new{n}", f"ben{n}", began, 420, staff_id="S1", note="Called.")
            for n in range(copies)
        ]
        save(opened, PRACTICE, made)
        refresh(opened, PRACTICE, NOVEMBER)


def copied(one, name: str, number: int):
    ids = {
        field: f"{getattr(one, field)}-{number}"
        for field in ("entry_id", "condition_id", "consent_id", "plan_id", "payer_id", "mrn")
        if hasattr(one, field)
    }
    return replace(one, patient_id=f"{name}{number}", **ids)


@pytest.mark.parametrize("page", MOST)
def test_a_rerun_asks_as_much_of_many_patients_as_of_few(page):
    role = ROLE.get(page, "practice_manager")
    few = rerun(role, page)
    many_more(30)
    many = rerun(role, page)
    assert 0 < len(few) <= MOST[page]
    assert len(many) <= len(few) + 2, sorted(set(many) - set(few))
