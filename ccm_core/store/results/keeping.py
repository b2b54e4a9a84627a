"""Outcomes as rows: one result per patient and month, and its findings."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from ccm_core import records
from ccm_core.findings import Judged, Level
from ccm_core.months import Month, utc_now
from ccm_core.store.bulk import insert_many
from ccm_core.store.db import begin_write, dialect_of
from ccm_core.store.schema import (
    Acknowledgement,
    CaseResult,
    FindingRow,
    record_table,
    table_of,
)
from ccm_core.store.statements import among, chunks
from ccm_core.store.types import to_json

if TYPE_CHECKING:
    from ccm_core.audit import Outcome

_CHUNK = 2_000
_RESULTS = 10_000
"""Results of one statement. On PostgreSQL a transaction changes the same few sums with each
statement and walks past all that it has changed before: the fewer, the better.
"""
Said = tuple[str, str, str]
"""Patient, rule and fingerprint: one thing said about one patient in a month."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What the audit does not say but a repeated audit or a list must know."""

    fingerprint: str = ""
    signals_mark: str = ""
    last_contact_at: datetime | None = None


def finding_fingerprint(judged: Judged) -> str:
    """Changes when the finding says something else: then it must be acknowledged again."""
    said = [judged.rule, judged.summary, [[e.name, e.value, e.ids] for e in judged.evidence]]
    return hashlib.sha256(to_json(said).encode()).hexdigest()[:32]


def store_outcomes(
    session: Session,
    practice_id: str,
    outcomes: Iterable[Outcome],
    marks: Mapping[str, Marks] | None = None,
    audited_before: Collection[str] | None = None,
) -> int:
    """Put these outcomes in the place of earlier ones; gives their number.

    A finding that says the same at the same level keeps its row. Only patients who were
    ``audited_before`` are asked for earlier ones; None: perhaps everybody was. (The first audit
    of a month would else ask for each thousand patients what it has just written about others.)
    """
    begin_write(session)
    by_month: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_month[str(outcome.month)].append(outcome)
    for month, of_month in by_month.items():
        keeper = _Keeper(session, practice_id, Month.parse(month), marks or {})
        for many in chunks(of_month, _RESULTS):
            waiting: set[str] = set()
            for some in chunks(many, _CHUNK):
                waiting |= keeper.keep_findings(some, audited_before)
            keeper.keep_results(many, waiting)
    return sum(map(len, by_month.values()))


class _Keeper:
    """Stores outcomes of one practice and month."""

    def __init__(
        self, session: Session, practice_id: str, month: Month, marks: Mapping[str, Marks]
    ) -> None:
        self.session, self.practice_id, self.month = session, practice_id, month
        self.marks = marks
        self.now = utc_now()

    def keep_findings(
        self, outcomes: Sequence[Outcome], before: Collection[str] | None
    ) -> set[str]:
        """Put findings in the place of earlier ones; gives whose REVIEW nobody acknowledged."""
        ids = [outcome.patient_id for outcome in outcomes]
        again = [one for one in ids if before is None or one in before]
        said = {
            (o.patient_id, judged.rule, finding_fingerprint(judged)): judged
            for o in outcomes
            for judged in o.findings
        }
        known = self.known_findings(again) if again else {}
        # Another policy says the same at another level: such a row goes, a word on it stays.
        same = {
            key
            for key, (_, weight) in known.items()
            if key in said and weight == _weight(said[key])
        }
        self.drop([row_id for key, (row_id, _) in known.items() if key not in same])
        new = [self.finding_row(key, judged) for key, judged in said.items() if key not in same]
        statement = self.insert_into(table_of(FindingRow)).on_conflict_do_nothing()
        insert_many(self.session, statement, new)
        acknowledged = acknowledged_in(self.session, self.practice_id, self.month, ids)
        return {
            key[0]
            for key, judged in said.items()
            if judged.level is Level.REVIEW and key not in acknowledged
        }

    def insert_into(self, table: Table) -> Any:
        """An INSERT that can say what to do when the row is there."""
        if dialect_of(self.session) == "sqlite":
            return sqlite.insert(table)
        return postgresql.insert(table)

    def known_findings(self, ids: Sequence[str]) -> dict[Said, tuple[int, list[Any]]]:
        """Row number and weight of what is stored."""
        f = table_of(FindingRow).c
        rows = self.session.connection().execute(
            select(
                f.patient_id, f.rule, f.fingerprint, f.id, f.level, f.layer, f.cites, f.fix
            ).where(
                f.practice_id == self.practice_id,
                f.month == self.month,
                among(self.session, f.patient_id, ids),
            )
        )
        return {
            (patient_id, rule, mark): (row_id, weight)
            for patient_id, rule, mark, row_id, *weight in rows
        }

    def drop(self, row_ids: Sequence[int]) -> None:
        table = table_of(FindingRow)
        for some in chunks(row_ids, 500):
            self.session.connection().execute(delete(table).where(table.c.id.in_(some)))

    def finding_row(self, key: Said, judged: Judged) -> dict[str, Any]:
        return {
            "practice_id": self.practice_id,
            "patient_id": key[0],
            "month": self.month,
            "rule": judged.rule,
            "summary": judged.summary,
            "evidence": [
                {"name": e.name, "value": e.value, "ids": list(e.ids)} for e in judged.evidence
            ],
            **dict(zip(("level", "layer", "cites", "fix"), _weight(judged), strict=True)),
            "fingerprint": key[2],
            "created_at": self.now,
        }

    def keep_results(self, outcomes: Sequence[Outcome], waiting: Collection[str]) -> None:
        people = self.people([outcome.patient_id for outcome in outcomes])
        rows = [self.result_row(o, o.patient_id in waiting, people) for o in outcomes]
        table = table_of(CaseResult)
        statement = self.insert_into(table)
        changed = {
            name: statement.excluded[name] for name in rows[0] if name not in _KEY | {"created_at"}
        }
        renewed = statement.on_conflict_do_update(index_elements=sorted(_KEY), set_=changed)
        insert_many(self.session, renewed, rows)

    def people(self, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        p = record_table(records.Patient).c
        rows = self.session.connection().execute(
            select(p.patient_id, p.care_manager_id, p.location).where(
                p.practice_id == self.practice_id, among(self.session, p.patient_id, ids)
            )
        )
        return {patient_id: (manager, location) for patient_id, manager, location in rows}

    def result_row(
        self, o: Outcome, is_waiting: bool, people: Mapping[str, tuple[str, str]]
    ) -> dict[str, Any]:
        marks = self.marks.get(o.patient_id, Marks())
        care_manager_id, location = people.get(o.patient_id, ("", ""))
        return {
            "practice_id": self.practice_id,
            "patient_id": o.patient_id,
            "month": self.month,
            "care_manager_id": care_manager_id,
            "location": location,
            **_minutes(o),
            **_money(o),
            "status": o.status,
            "effective_status": effective_status(o.status, is_waiting),
            "fingerprint": marks.fingerprint,
            "signals_mark": marks.signals_mark,
            "last_contact_at": marks.last_contact_at,
            "policy": o.policy_name,
            "tables_version": o.tables_version,
            "audited_at": self.now,
            "created_at": self.now,
        }


_KEY = {"practice_id", "patient_id", "month"}


def _weight(judged: Judged) -> list[Any]:
    """Level, layer, sources and advice: what a policy or the rule says about a finding."""
    return [str(judged.level.value), judged.layer, judged.cites, judged.fix]


def effective_status(status: str, is_waiting: bool) -> str:
    """A review in which nothing waits for an acknowledgement any more counts as clean."""
    return "clean" if status == "review" and not is_waiting else status


def _minutes(o: Outcome) -> dict[str, Any]:
    return {
        "staff_seconds": o.staff_seconds,
        "practitioner_seconds": o.practitioner_seconds,
        "counted_seconds": o.total_seconds,
        "logged_seconds": o.logged_seconds,
        "leftover_seconds": o.leftover_seconds,
        "excluded": [
            {"seconds": part.seconds, "reason": part.reason, "entry_ids": list(part.entry_ids)}
            for part in o.excluded
        ],
        "is_below_threshold": o.has_no_claim,
        "next_threshold_minutes": o.next_threshold_minutes,
        "minutes_to_next": o.minutes_to_next,
    }


def _money(o: Outcome) -> dict[str, Any]:
    chosen = o.chosen
    return {
        "npi": o.npi,
        "path": chosen.name if chosen else "",
        "units": dict(o.planned_units),
        "paths": [
            {
                "name": path.name,
                "label": path.label,
                "units": dict(path.units),
                "allowed_usd": path.allowed_usd,
                "is_estimate": path.estimate,
            }
            for path in o.paths
        ],
        "service_on": o.service_on,
        "allowed_usd": o.planned_usd,
        "expected_medicare_usd": o.expected_medicare_usd,
        "expected_patient_usd": o.expected_patient_usd,
        "is_estimate": bool(chosen and chosen.estimate),
    }


def acknowledged_in(
    session: Session, practice_id: str, month: Month, ids: Sequence[str]
) -> set[Said]:
    """What was acknowledged about these patients in this month."""
    a = table_of(Acknowledgement).c
    rows = session.connection().execute(
        select(a.patient_id, a.rule, a.fingerprint).where(
            a.practice_id == practice_id, a.month == month, among(session, a.patient_id, ids)
        )
    )
    return {(patient_id, rule, mark) for patient_id, rule, mark in rows}
