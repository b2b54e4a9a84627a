"""Whatever anybody changes or takes back: what is kept is what is worked out anew."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from ccm_core import records as r
from ccm_core.months import utc_now
from ccm_core.program import revenue_view
from ccm_core.store import db, kept, queries, reading, results, stamping, writing
from ccm_core.store.queries import (
    Only,
    health,
    home,
    panel_history,
    people,
    receivables,
    step_sums,
    workload,
)
from ccm_core.store.queries.patients import patients_page
from ccm_core.store.queries.results_state import results_state
from ccm_core.store.queries.steps import When
from ccm_core.store.queries.wall_clock import OpenHours
from ccm_core.store.schema import Acknowledgement, FindingRow, MonthClose, record_table, table_of
from ccm_core.store.summaries import keeping, result_counts
from tests.store.practices import MARCH, PRACTICE, a_messy_practice
from tests.store.test_result_counts import Rows
from tests.store.test_stored_steps import Changes

TODAY = date(2025, 3, 27)
YEAR = (MARCH.plus(-11), MARCH.following)
WHOM = (Only(), Only(npi="n1", location="B"), Only(payer="medicare"))
FIRST, END = datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 4, 1, tzinfo=UTC)
HOURS = OpenHours("America/New_York", 8, 17, 6)
MODES = ("plain", "plain", "taken back", "seen by another", "asked under the state before")


class TakenBackError(Exception):
    """Somebody stops in the middle."""


class Work(Changes):
    """Every kind of change that a kept answer may rest on, in an order drawn from a seed."""

    def __init__(self, url: str, seed: int) -> None:
        super().__init__(url, seed)
        self.rows = Rows(seed)
        self.rows.someone = self.someone  # type: ignore[method-assign]
        self.left: list[Callable[[Session], None]] = []

    def one(self, session: Session) -> None:
        if not self.left:
            kinds = [
                super().one, self.rows.one, self.record, self.status, self.entry, self.correction,
                self.claim, self.nurse, self.doctor, self.name_of_all, self.zone, self.word,
                self.word_back, self.close, self.contact, self.payer, self.step, self.consent,
                self.claim_gone, self.tidy, self.audit, self.refresh_some,
            ]  # fmt: skip
            self.left = self.chance.sample(kinds, len(kinds))
        self.left.pop()(session)

    def change(self, session: Session, kind: type, /, **values: Any) -> None:
        """Some columns of whatever some patients have of a kind."""
        table = record_table(kind)
        whose = table.c.patient_id >= self.someone()
        session.connection().execute(update(table).where(whose).values(**values))

    def nurse(self, session: Session) -> None:
        hours = self.chance.choice([None, Decimal(20)])
        writing.save(session, PRACTICE, [r.Staff("s1", self.name(), "RN", weekly_hours=hours)])

    def doctor(self, session: Session) -> None:
        writing.save(session, PRACTICE, [r.Practitioner("n1", self.name(), "MD")])

    def name_of_all(self, session: Session) -> None:
        practice = reading.practice(session, PRACTICE)
        writing.save(session, PRACTICE, [replace(practice, name=self.name())])

    def zone(self, session: Session) -> None:
        practice = reading.practice(session, PRACTICE)
        zones = {"America/New_York": "Asia/Tokyo", "Asia/Tokyo": "America/New_York"}
        writing.save(session, PRACTICE, [replace(practice, time_zone=zones[practice.time_zone])])

    def word(self, session: Session) -> None:
        f = table_of(FindingRow).c
        some = session.connection().scalars(
            select(f.id).where(f.level == "REVIEW").order_by(f.patient_id, f.month, f.rule)
        )
        for finding_id in list(some)[:9]:
            results.acknowledge(session, finding_id, "u1", "looked at")

    def word_back(self, session: Session) -> None:
        session.connection().execute(delete(table_of(Acknowledgement)))

    def close(self, session: Session) -> None:
        table = table_of(MonthClose)
        if session.connection().execute(delete(table)).rowcount:
            return
        session.connection().execute(insert(table).values(
            practice_id=PRACTICE, month=MARCH, closed_at=utc_now(), closed_by="Dana",
            policy="baseline", tables_version="1", totals={}, created_at=utc_now(),
        ))  # fmt: skip

    def contact(self, session: Session) -> None:
        moment = FIRST + timedelta(days=self.chance.randrange(-20, 20))
        self.change(session, r.Patient, last_contact_at=moment)

    def payer(self, session: Session) -> None:
        self.change(session, r.Payer, kind=self.chance.choice(["medicaid", "medicare"]))

    def step(self, session: Session) -> None:
        self.change(session, r.StatusChange, changed_on=self.day(), status="unenrolled")

    def consent(self, session: Session) -> None:
        day = self.day()
        self.change(session, r.Consent, given_on=day, revoked_on=day + timedelta(days=9))

    def claim_gone(self, session: Session) -> None:
        table = record_table(r.ClaimLine)
        session.connection().execute(delete(table).where(table.c.patient_id == self.someone()))

    def tidy(self, session: Session) -> None:
        result_counts.add_up(session, PRACTICE)
        keeping.keep_up(session, PRACTICE, TODAY)
        stamping.shorten(session, PRACTICE)

    def refresh_some(self, session: Session) -> None:
        results.refresh(session, PRACTICE, MARCH, [self.someone(), self.someone()])


def questions(session: Session) -> dict[object, Callable[[], Any]]:
    """What every kept function is asked for; lists without an order of their own in one."""
    practice = reading.practice(session, PRACTICE)
    assert practice is not None
    key, month, days = (session, PRACTICE), (session, PRACTICE, MARCH), (date(2025, 3, 1), TODAY)
    found: dict[object, Callable[[], Any]] = {
        "practice": lambda: reading.practice(*key),
        "team": lambda: reading.staff(*key),
        "npis": lambda: reading.practitioners(*key),
        "places": lambda: people.locations(*key),
        "panels of": lambda: people.care_manager_ids(*key),
        "audited": lambda: queries.months_with_results(*key),
        "state": lambda: results_state(*month),
        "codes": lambda: queries.code_mix(*key, *YEAR),
        "history": lambda: queries.monthly_history(*key, *YEAR),
        "panel": lambda: panel_history.panel_history(*key, *YEAR),
        "joined": lambda: health.joined_between(*key, *days),
        "left": lambda: health.left_between(*key, *days),
        "unseen": lambda: health.unseen(session, practice, MARCH),
        "worked": lambda: workload.worked(*month, FIRST, END, HOURS),
        "waiting": lambda: step_sums.waiting_of(
            session, When(practice, MARCH, TODAY), "care_plan", Only()
        ),
        "funnel": lambda: queries.funnel(*month, by="location", as_of=TODAY),
        "closed": lambda: queries.is_closed(*month),
        "denied": lambda: home._denied(*key),
        "claims": lambda: queries.claim_counts(*key, *YEAR),
        "own history": lambda: revenue_view.history_of(session, practice, MARCH.following),
    }
    for only in WHOM:
        found |= {(only, what): ask for what, ask in _of_some(session, only).items()}
    return found


def _of_some(session: Session, only: Only) -> dict[str, Callable[[], Any]]:
    """What can be asked of everybody or of some patients."""
    month, span = (session, PRACTICE, MARCH), receivables.Span(PRACTICE, *YEAR, only)
    first, last = date(2025, 3, 1), TODAY
    return {
        "reach": lambda: queries.reach_counts(*month, only=only, today=TODAY),
        "bins": lambda: queries.minute_histogram(*month, only=only),
        "summary": lambda: queries.preflight_summary(*month, only=only),
        "reasons": lambda: queries.top_reasons(*month, only=only),
        "panels": lambda: workload.panels(*month, 60, only=only),
        "missing": lambda: workload.missing_minutes(*month, 60, only=only),
        "standing": lambda: receivables.standing(session, span),
        "denied": lambda: sorted(receivables.denied_groups(session, span), key=repr),
        "open": lambda: sorted(receivables.open_by_day(session, span), key=repr),
        "charged": lambda: receivables.charged_between(session, span, first, last),
        "lines": lambda: (
            receivables.lines_page(session, span, receivables.Wanted(), TODAY, limit=1).total
        ),
        "patients": lambda: patients_page(session, PRACTICE, only=only, limit=1).total,
    }


@contextmanager
def nothing_kept() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(kept, "_state", lambda *_: None)
        yield


def require_fresh(session: Session) -> None:
    """Each answer is what it is when nothing is kept."""
    asked = questions(session)
    found = {what: ask() for what, ask in asked.items()}
    with nothing_kept():
        assert found == {what: ask() for what, ask in asked.items()}


@pytest.fixture
def _every_function_is_asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A kept function that is not among the questions fails the test at its end."""
    for module in pkgutil.iter_modules(queries.__path__, f"{queries.__name__}."):
        importlib.import_module(module.name)
    kept.forget()
    monkeypatch.setattr(kept, "MOST", 10_000)
    monkeypatch.setattr(stamping, "MOST_ROWS", 30)
    yield
    assert {str(key[0]) for key, _ in kept.answers()} == set(kept.SUBJECTS_OF)  # type: ignore[index]
    kept.forget()


def work_on(url: str, work: Work, mode: str) -> None:
    """One transaction of somebody, in whose middle others look or it is taken back."""
    try:
        with db.session(url, write=work.chance.random() < 0.5) as session:
            work.one(session)
            if work.chance.random() < 0.2:
                require_fresh(session)
            if mode == "seen by another":
                with db.session(url) as other:
                    require_fresh(other)
            if mode == "taken back":
                raise TakenBackError
    except TakenBackError:
        pass


def hammer(url: str, seed: int, steps: int) -> None:
    work = Work(url, seed)
    with db.session(url) as session:
        results.refresh(session, PRACTICE, MARCH)
    for _ in range(steps):
        mode = work.chance.choice(MODES)
        with Session(db.engine(url)) as before:
            if mode == MODES[-1]:
                stamping.states(before, PRACTICE)
            work_on(url, work, mode)
            if mode == MODES[-1]:
                # On PostgreSQL newer ones, under the state of before.
                for ask in questions(before).values():
                    ask()
        with db.session(url) as session:
            require_fresh(session)


@pytest.mark.usefixtures("_every_function_is_asked")
@pytest.mark.parametrize(("seed", "steps"), [(1, 3), pytest.param(2, 22, marks=pytest.mark.slow)])
def test_what_is_kept_is_what_is_worked_out_anew(url, save, seed, steps):
    save(a_messy_practice(12, seed))
    hammer(url, seed, steps)
