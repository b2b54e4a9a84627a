"""What pages leave in the server's memory: no patient, and nothing that a change leaves stale."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from types import CodeType
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from ccm_core import records
from ccm_core.access.permissions import allowed
from ccm_core.store import db, kept, queries
from ccm_core.store.migrations.stamps import STAMPED
from ccm_core.store.queries import receivables
from ccm_core.store.queries.home import months_with_results
from ccm_core.store.queries.patients import patients_page
from ccm_core.store.queries.results_state import results_state
from ccm_core.store.schema import METADATA, record_table
from pages.parts import menu, time_clock
from tests.pages.signed_in import open_as
from tests.pages.small_practice import NOVEMBER, PRACTICE

LISTED = r"(?:\bFROM|\bJOIN|,)\s+\(?(\w+)\b(?![.(])"
"""A name where a statement names tables."""
OF_THE_PRACTICE = "Cedar Hill"
"""Its name; a patient is called Cedar."""
OF_ALL = {"practice_id", "id", "patient_id"}
ASKED_BY = ("administrator", "care_manager", "consultant")
"""Everybody's pages, those of the own panel, and those of whom nothing is kept."""
CHOICES = ({}, {"practitioner": "1999999984", "payer": "medicare"}, {"month": "2026-10"})


def leaves(value: Any) -> Iterator[Any]:
    """Every plain value in it, however deep."""
    if dataclasses.is_dataclass(value):
        value = [getattr(value, part.name) for part in dataclasses.fields(value)]
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list | tuple | frozenset):
        for one in value:
            yield from leaves(one)
    else:
        yield value


def of_patients() -> tuple[set[str], set[Any]]:
    """What says who somebody is, as words, and as values that stand for nobody else."""
    with db.session() as session:
        patient = record_table(records.Patient).c
        names = (patient.patient_id, patient.mrn, patient.family_name, patient.given_name)
        rows = session.connection().execute(patient.patient_id.table.select().with_only_columns(
            *names, patient.mbi, patient.born_on)).all()  # fmt: skip
        note = session.connection().scalar(
            record_table(records.TimeEntry).select().with_only_columns(
                record_table(records.TimeEntry).c.note)
        )  # fmt: skip
    return {str(row[n]) for row in rows for n in range(5)} | {str(note)}, {r[5] for r in rows}


def functions() -> dict[CodeType, str]:
    """The code of every kept function, and its name."""
    for one in pkgutil.iter_modules(queries.__path__, f"{queries.__name__}."):
        importlib.import_module(one.name)
    found = {}
    for name in kept.SUBJECTS_OF:
        module, function = name.rsplit(".", 1)
        found[getattr(importlib.import_module(module), function).__wrapped__.__code__] = name
    return found


@pytest.fixture
def read(small_store, monkeypatch) -> Iterator[dict[str, set[tuple[str, str]]]]:
    """Tables and columns in the statements of each kept function."""
    monkeypatch.setattr(time_clock, "EVERY", None)
    kept.forget()
    code = functions()
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)

    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        frame = sys._getframe()
        while frame is not None:
            if (name := code.get(frame.f_code)) is not None:
                words = set(re.findall(LISTED, statement)) & set(METADATA.tables)
                found[name] |= {(table, "") for table in words}
                found[name] |= {
                    (table, column)
                    for table, column in re.findall(r"\b(\w+)\.(\w+)", statement)
                    if table in METADATA.tables
                }
            frame = frame.f_back  # type: ignore[assignment]

    event.listen(Engine, "before_cursor_execute", hear)
    yield found
    event.remove(Engine, "before_cursor_execute", hear)


def draw_everything() -> None:
    """Every page, for three kinds of people."""
    for role in ASKED_BY:
        for page in (entry.name for entry in menu.built()):
            if (role, page, "view") not in allowed():
                continue
            for query in CHOICES if role == "administrator" else CHOICES[:1]:
                at = open_as(role, page, staff_id="S1" if role == "care_manager" else "", **query)
                assert not at.exception, (role, page)
    with db.session() as session:  # what no page asks for at first sight
        results_state(session, PRACTICE, NOVEMBER)
        months_with_results(session, PRACTICE)
        patients_page(session, PRACTICE, limit=1)
        span = receivables.Span(PRACTICE, NOVEMBER.plus(-36), NOVEMBER)
        receivables.lines_page(session, span, receivables.Wanted(), NOVEMBER.last_day, offset=9)


def left_stale(name: str, table: str, column: str) -> bool:
    """Whether a change there would leave the answers of a function as they are."""
    subjects = [one for one in STAMPED if one.subject in kept.SUBJECTS_OF[name]]
    here = [one for one in subjects if one.table == table]
    if not here or not column or not any(one.columns for one in here):
        return not here
    return column not in OF_ALL.union(*(one.columns for one in here))


@pytest.mark.slow
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_pages_keep_no_patient_and_every_answer_rests_on_what_is_stamped(read):
    draw_everything()
    words, values = of_patients()
    answers = kept.answers()
    assert len(answers) > 30
    for (_, *asked), answer in answers:
        for leaf in leaves([asked, answer]):
            assert leaf not in values
            if isinstance(leaf, str) and leaf != OF_THE_PRACTICE:
                assert leaf not in words
                assert not words & set(re.findall(r"\w+", leaf)), leaf
    assert len(read) > 10
    stale = {
        name: [place for place in sorted(places) if left_stale(name, *place)]
        for name, places in read.items()
    }
    assert not {name: places for name, places in stale.items() if places}
    assert set(read) == set(kept.SUBJECTS_OF), "every one of them was asked"
    assert {s for found in kept.SUBJECTS_OF.values() for s in found} == {s.subject for s in STAMPED}
