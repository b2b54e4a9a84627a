"""Load, audit, store: one run over the cases of a month, in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import case, delete, insert, select
from sqlmodel import Session

from ccm_core import overlay, records, tables, working
from ccm_core.cases import Case
from ccm_core.errors import CcmError, UsageError
from ccm_core.months import Month, utc_now
from ccm_core.store import fees_in_force, reading
from ccm_core.store.db import begin_write, dialect_of
from ccm_core.store.results.crossing import (
    Signals,
    signals_around,
    signals_mark,
    signals_of_month,
)
from ccm_core.store.results.keeping import Marks, store_outcomes
from ccm_core.store.results.marking import case_fingerprint, common_mark
from ccm_core.store.schema import AuditRunRow, CaseResult, FindingRow, ResultCount, table_of
from ccm_core.store.statements import among, chunks, collector_paused
from ccm_core.store.summaries.result_counts import patients_by, tidy

if TYPE_CHECKING:
    from ccm_core.audit import Outcome

Progress = Callable[[int, int], None]
Marked = Mapping[str, tuple[str, str]]
"""Fingerprint and signals mark of stored results, by patient."""
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
            return run.over(patient_ids, user_id)


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
        self.audited = 0
        self.asked_of: list[str] | None = None
        """Patients whose stored results matter; None: everybody of the month."""
        self.found_then: Marked | None = None
        """What was stored when the writing began; from then on SQLite has no other writer."""

    def over(self, patient_ids: Sequence[str] | None, user_id: str) -> AuditRun:
        signals, stored, wanted = self.looked_up(patient_ids)
        members = reading.member_ids(self.session, self.practice, self.month, wanted)
        is_few = wanted is not None and len(members) <= _FEW
        changed = set(members) if is_few else self.changed(members, stored)
        if signals is None and (changed or stored.keys() != set(members)):
            signals = signals_of_month(self.session, self.practice, self.month)
        if signals is not None:
            changed |= _touched(signals, stored)
        for done, some in enumerate(chunks(members, _STEP)):
            self.tell(done * _STEP, len(members))
            self.audit([one for one in some if one in changed], signals or {}, stored)
            if len(self.outcomes) >= _HELD:
                self.write(stored)
        self.tell(len(members), len(members))
        now = self.write(stored)
        gone = set(stored if wanted is None else wanted) - set(members)
        if gone & set(now):
            self.forget(gone & set(now))
        return self.finish(len(members), user_id)

    def write(self, stored: Marked) -> Marked:
        """Store the outcomes held so far; gives what was stored when the writing began."""
        if self.found_then is None or dialect_of(self.session) != "sqlite":
            begin_write(self.session)
            self.found_then = self.stored_marks()
        now = self.found_then
        ours = [o for o in self.outcomes if now.get(o.patient_id) == stored.get(o.patient_id)]
        store_outcomes(self.session, self.practice.practice_id, ours, self.marks, now.keys())
        self.audited += len(self.outcomes)
        self.outcomes, self.marks = [], {}
        return now

    def tell(self, done: int, total: int) -> None:
        if self.cancel is not None and self.cancel():
            raise AuditCancelled("The audit was stopped; nothing was changed.")
        working.tell("Patients checked", done, total)
        if self.progress is not None:
            self.progress(done, total)

    def stored_marks(self) -> dict[str, tuple[str, str]]:
        """Fingerprint and signals mark of the stored results of the month that matter."""
        c = table_of(CaseResult).c
        asked = select(c.patient_id, c.fingerprint, c.signals_mark).where(
            c.practice_id == self.practice.practice_id, c.month == self.month
        )
        if self.asked_of is not None:
            asked = asked.where(among(self.session, c.patient_id, self.asked_of))
        rows = self.session.connection().execute(asked)
        return {patient_id: (mark, signals) for patient_id, mark, signals in rows}

    def first_marks(self) -> Marked:
        """The same before anything is judged; they stand where nobody else can write any more."""
        found = self.stored_marks()
        is_writer = self.session.connection().info.get("is_writer")
        if is_writer and dialect_of(self.session) == "sqlite":
            self.found_then = found
        return found

    def looked_up(
        self, patient_ids: Sequence[str] | None
    ) -> tuple[Signals | None, Marked, list[str] | None]:
        """Signals, stored marks, and whom to audit: those asked for and those touched by them.

        One edit reads the results of the patients whom its signals can touch, not a month's.
        A whole month's signals are looked for when a case of it has changed: every entry of
        the log belongs to a case, so that without a change they are what they were.
        """
        if patient_ids is None:
            return None, self.first_marks(), None
        found, touched = signals_around(self.session, self.practice, self.month, patient_ids)
        self.asked_of = sorted(touched | set(patient_ids))
        stored = self.first_marks()
        changed = _touched(found, stored) & touched
        return found, stored, sorted(changed | set(patient_ids))

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
            self.marks[patient_id] = Marks(mark, seen, loaded.marks.last_contact_at)
        self.outcomes.extend(audit_cases(cases))

    def changed(self, members: Sequence[str], stored: Marked) -> set[str]:
        """Patients whose records are not what they were when their result was stored."""
        known = [patient_id for patient_id in members if patient_id in stored]
        same = {
            marks.patient_id
            for marks in reading.case_marks(self.session, self.practice, self.month, known)
            if stored[marks.patient_id][0]
            == case_fingerprint(self.common, marks, stored[marks.patient_id][1])
        }
        return set(members) - same

    def forget(self, patient_ids: set[str]) -> None:
        """Drop results of patients who are no longer cases of the month."""
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
