"""Load, audit, store: one run over the cases of a month, in one transaction."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import case, delete, insert
from sqlmodel import Session

from ccm_core import overlay, records, tables, working
from ccm_core.cases import Case
from ccm_core.collector import collector_paused
from ccm_core.errors import CcmError, UsageError
from ccm_core.months import Month, utc_now
from ccm_core.store import fees_in_force, reading
from ccm_core.store.db import begin_write, dialect_of
from ccm_core.store.results import ledger, standing
from ccm_core.store.results.crossing import (
    Signals,
    signals_around,
    signals_by_people,
    signals_mark,
)
from ccm_core.store.results.earlier import Marked, marks_of, marks_of_month
from ccm_core.store.results.keeping import Marks, store_outcomes
from ccm_core.store.results.marking import case_fingerprint, common_mark
from ccm_core.store.schema import AuditRunRow, CaseResult, FindingRow, ResultCount, table_of
from ccm_core.store.statements import among, chunks
from ccm_core.store.summaries.result_counts import patients_by, tidy

if TYPE_CHECKING:
    from ccm_core.audit import Outcome

Progress = Callable[[int, int], None]
_PIECE = 5_000
"""Patients of a month whose names, marks and signals are held at once."""
_STEP = 500
_FEW = 50
"""Patients whose cases are read at once: to read their marks first would cost as much again."""
_HELD = 10_000
"""Outcomes held back before they are written: bounds memory. Most practices have fewer."""


class AuditCancelled(CcmError):
    """Somebody stopped the audit; nothing of it was stored."""


@dataclass(frozen=True, slots=True)
class AuditRun:
    """One run of the audit and where it left the month."""

    month: Month
    policy: str
    tables_version: str
    cases: int
    audited: int
    """Cases that had changed; the others kept their result."""
    clean: int
    review: int
    blocked: int
    below_threshold: int
    took_seconds: Decimal


def refresh(
    session: Session,
    practice_id: str,
    month: Month,
    patient_ids: Sequence[str] | None = None,
    progress: Progress | None = None,
    cancel: Callable[[], bool] | None = None,
    user_id: str = "",
) -> AuditRun:
    """Audit a month, or some of its patients, and store what came out.

    A case whose rows, tables, rules and policy are what they were keeps its result.
    With ``patient_ids``, patients whose cross-patient signals changed are audited too.
    Raises: AuditCancelled, UsageError.
    """
    practice = reading.practice(session, practice_id)
    if practice is None:
        raise UsageError("An audit was asked for; the database does not hold the practice.")
    # One state of the imported fees for the whole run; its version is part of every mark.
    with overlay.pinned(fees_in_force.of_store(session)):
        run = _Run(session, practice, month, progress, cancel)
        with collector_paused():
            if patient_ids is not None:
                return run.of_some(patient_ids, user_id)
            with ledger.opened() as everybody:
                return run.of_month(everybody, user_id)


class _Run:
    """One audit run: read and judge first, then write, all in the caller's transaction.

    The judging holds no lock, unless the month is so large that a part of it must be
    written before the rest is judged. A result that somebody else has renewed meanwhile
    is newer than ours and stays.
    """

    def __init__(
        self, session: Session, practice: records.Practice, month: Month,
        progress: Progress | None, cancel: Callable[[], bool] | None,
    ) -> None:  # fmt: skip
        self.session, self.practice, self.month = session, practice, month
        self.progress, self.cancel = progress, cancel
        self.began = time.monotonic()
        self.common = common_mark(practice)
        self.outcomes: list[Outcome] = []
        self.marks: dict[str, Marks] = {}
        self.then: dict[str, tuple[str, str] | None] = {}
        """What was stored of whom the outcomes are, before they were judged."""
        self.audited = 0
        # Then SQLite lets nobody else write, and what was stored stays what it was.
        is_writer = bool(session.connection().info.get("is_writer"))
        self.is_alone = is_writer and dialect_of(session) == "sqlite"

    def of_some(self, patient_ids: Sequence[str], user_id: str) -> AuditRun:
        """Audit some patients and those whom a change in them can touch.

        One edit reads the results of the patients whom its signals can touch, not a month's.
        """
        signals, touched = signals_around(self.session, self.practice, self.month, patient_ids)
        stored = self.stored_of(sorted(touched | set(patient_ids)))
        wanted = sorted((_touched(signals, stored) & touched) | set(patient_ids))
        members = reading.member_ids(self.session, self.practice, self.month, wanted)
        same = set() if len(members) <= _FEW else self.same(members, stored)
        changed = (set(members) - same) | _touched(signals, stored)
        self.judge(members, changed, signals, stored, 0, len(members))
        return self.end(len(members), [sorted(set(wanted) - set(members))], user_id)

    def of_month(self, everybody: ledger.Ledger, user_id: str) -> AuditRun:
        """Audit everybody, by pieces of patients; the ledger holds what all pieces need.

        Signals are looked for when a case has changed: every entry of the log belongs to a
        case, so that without a change they are what they were.
        """
        practice_id = self.practice.practice_id
        everybody.keep_stored(marks_of_month(self.session, practice_id, self.month))
        members = reading.stream_members(self.session, self.practice, self.month)
        total = everybody.keep_members(members)
        for piece in everybody.pieces(_PIECE):
            everybody.keep_same(self.same(piece.members, piece.stored))
        has_news = everybody.has_news()
        if has_news:
            for found in signals_by_people(self.session, self.practice, self.month):
                everybody.keep_signals(found)
        done = 0
        for piece in everybody.pieces(_PIECE):
            signals, changed = everybody.signals_of(piece.members), set[str]()
            if has_news:
                changed = set(piece.members) - piece.same | _touched(signals, piece.stored)
            self.judge(piece.members, changed, signals, piece.stored, done, total)
            done += len(piece.members)
        done_with = self.end(total, everybody.gone(_PIECE), user_id)
        standing.note(self.session, self.practice, self.month)
        return done_with

    def judge(
        self, members: Sequence[str], changed: AbstractSet[str], signals: Signals, stored: Marked,
        done: int, total: int,
    ) -> None:  # fmt: skip
        """Audit those of these cases that changed; write when enough of them are held."""
        for number, some in enumerate(chunks(members, _STEP)):
            self.tell(done + number * _STEP, total)
            self.audit([one for one in some if one in changed], signals, stored)
            if len(self.outcomes) >= _HELD:
                self.write()

    def end(self, total: int, gone: Iterable[Sequence[str]], user_id: str) -> AuditRun:
        """Write what is left, and drop results of who is no longer a case."""
        self.tell(total, total)
        self.write()
        for some in gone:
            self.forget(self.stored_of(some))
        return self.finish(total, user_id)

    def write(self) -> None:
        """Store the outcomes held so far."""
        begin_write(self.session)
        ids = [outcome.patient_id for outcome in self.outcomes]
        now = {one: mark for one, mark in self.then.items() if mark is not None}
        if not self.is_alone:
            now = self.stored_of(ids)
        ours = [o for o in self.outcomes if now.get(o.patient_id) == self.then[o.patient_id]]
        store_outcomes(self.session, self.practice.practice_id, ours, self.marks, now.keys())
        self.audited += len(self.outcomes)
        self.outcomes, self.marks, self.then = [], {}, {}
        # What a statement is built of hangs together, with the names that were asked for.
        gc.collect(0)

    def tell(self, done: int, total: int) -> None:
        if self.cancel is not None and self.cancel():
            raise AuditCancelled("The audit was stopped; nothing was changed.")
        working.tell("Patients checked", done, total)
        if self.progress is not None:
            self.progress(done, total)

    def stored_of(self, patient_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Fingerprint and signals mark of the stored results of these patients."""
        if not patient_ids:
            return {}
        return marks_of(self.session, self.practice.practice_id, self.month, patient_ids)

    def audit(self, changed: Sequence[str], signals: Signals, stored: Marked) -> None:
        from ccm_core.audit import audit_cases

        cases: list[Case] = []
        for loaded in reading.load_members(self.session, self.practice, self.month, changed):
            patient_id = loaded.marks.patient_id
            found = signals.get(patient_id, ())
            seen = signals_mark(found)
            mark = case_fingerprint(self.common, loaded.marks, seen)
            if stored.get(patient_id) == (mark, seen):
                continue
            cases.append(replace(loaded.case, signals=found))
            self.then[patient_id] = stored.get(patient_id)
            self.marks[patient_id] = Marks(mark, seen, loaded.marks.last_contact_at)
        self.outcomes.extend(audit_cases(cases))

    def same(self, members: Sequence[str], stored: Marked) -> set[str]:
        """Patients whose records are what they were when their result was stored."""
        known = [patient_id for patient_id in members if patient_id in stored]
        return {
            marks.patient_id
            for marks in reading.case_marks(self.session, self.practice, self.month, known)
            if stored[marks.patient_id][0]
            == case_fingerprint(self.common, marks, stored[marks.patient_id][1])
        }

    def forget(self, patient_ids: Collection[str]) -> None:
        """Drop results of patients who are no longer cases of the month."""
        if not patient_ids:
            return
        for model in (FindingRow, CaseResult):
            table = table_of(model)
            self.session.connection().execute(
                delete(table).where(
                    table.c.practice_id == self.practice.practice_id,
                    table.c.month == self.month,
                    among(self.session, table.c.patient_id, sorted(patient_ids)),
                )
            )

    def finish(self, cases: int, user_id: str) -> AuditRun:
        counts = self.counts()
        took = Decimal(str(round(time.monotonic() - self.began, 3)))
        run = AuditRun(
            self.month, self.practice.policy, tables.tables_version(), cases, self.audited,
            counts.get("clean", 0), counts.get("review", 0), counts.get("blocked", 0),
            counts.get("below", 0), took,
        )  # fmt: skip
        stored = {field.name: getattr(run, field.name) for field in fields(run)}
        stored |= {
            "practice_id": self.practice.practice_id,
            "user_id": user_id,
            "created_at": utc_now(),
        }
        self.session.connection().execute(insert(table_of(AuditRunRow)), [stored])
        tidy(self.session, self.practice.practice_id, self.month)
        return run

    def counts(self) -> dict[str, int]:
        """Cases of the whole month by effective status; those with nothing to bill apart."""
        c = table_of(ResultCount).c
        name = case((c.is_below_threshold.is_(True), "below"), else_=c.effective_status)
        return patients_by(self.session, self.practice.practice_id, self.month, name)


def _touched(signals: Signals, stored: Marked) -> set[str]:
    """Patients of whom something else is seen across patients than when they were audited."""
    return {
        patient_id
        for patient_id, (_, mark) in stored.items()
        if mark != signals_mark(signals.get(patient_id, ()))
    }
