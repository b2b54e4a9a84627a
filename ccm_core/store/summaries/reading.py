"""The facts that steps rest on, for many patients in a few queries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Select, and_, func, select, type_coerce
from sqlmodel import Session

from ccm_core import records
from ccm_core.months import Month
from ccm_core.store.reading.requests import program_codes
from ccm_core.store.schema import CaseResult, record_table, table_of
from ccm_core.store.statements import among, by_name, unindexed
from ccm_core.store.summaries.names import INVITED
from ccm_core.store.summaries.working import Calendar, Facts
from ccm_core.store.types import moment_of


def facts_of(
    session: Session, practice_id: str, patient_ids: Sequence[str], calendars: Sequence[Calendar]
) -> dict[str, Facts]:
    """What the steps of these patients in these months follow from."""
    asked = _Asked(session, practice_id, patient_ids)
    found = {row.patient_id: Facts(*row[1:]) for row in asked.patients()}
    for row in asked.rows(records.Payer, "from_on", "to_on", "has_part_b"):
        found[row.patient_id].payers.append(row)
    for row in asked.rows(records.Consent, "given_on", "revoked_on"):
        found[row.patient_id].consents.append(row)
    for patient_id, day in asked.first_invited():
        found[patient_id].invited_on = day
    for row in asked.rows(records.CarePlan, "created_on", "ended_on"):
        found[row.patient_id].plans.append(row)
    for patient_id, started, seconds, is_known in asked.entries(calendars):
        found[patient_id].entries.append((started, seconds, is_known))
    months = [calendar.month for calendar in calendars]
    for patient_id, month in asked.reached(months):
        found[patient_id].reached.add(month)
    for row in asked.claims(months):
        found[row.patient_id].claims.append(row)
    return found


class _Asked:
    """Queries about some patients of a practice."""

    def __init__(self, session: Session, practice_id: str, patient_ids: Sequence[str]) -> None:
        self.session, self.practice_id, self.patient_ids = session, practice_id, patient_ids

    def run(self, statement: Select[Any], table: Any, *where: Any) -> Any:
        return (
            self.session.connection()
            .execute(
                statement.where(
                    table.c.practice_id == self.practice_id,
                    among(self.session, table.c.patient_id, self.patient_ids),
                    *where,
                )
            )
            .all()
        )

    def rows(self, kind: type[Any], *names: str) -> Any:
        table = record_table(kind)
        return self.run(select(table.c.patient_id, *(table.c[name] for name in names)), table)

    def patients(self) -> Any:
        return self.rows(
            records.Patient, "practitioner_npi", "care_manager_id", "location", "status", "died_on",
            "chronic_groups",
        )  # fmt: skip

    def first_invited(self) -> list[tuple[str, date]]:
        """The earliest day of a status of invited or later."""
        table = record_table(records.StatusChange)
        c = table.c
        statement = select(c.patient_id, func.min(c.changed_on)).group_by(c.patient_id)
        return list(self.run(statement, table, c.status.in_(INVITED)))

    def reached(self, months: Sequence[Month]) -> Any:
        """Patients for whom the audit found a path, and the month."""
        c = table_of(CaseResult).c
        asked = select(c.patient_id, c.month).where(
            c.practice_id == self.practice_id,
            c.path != "",
            unindexed(self.session, c.month).in_(list(map(str, months))),
        )
        asked = by_name(self.session, asked, c.patient_id, self.patient_ids)
        return self.session.connection().execute(asked)

    def entries(self, calendars: Sequence[Calendar]) -> list[tuple[str, int, int, bool]]:
        """Entries that may touch the months, in order of time."""
        entry = record_table(records.TimeEntry)
        started = type_coerce(entry.c.started_at, BigInteger)
        rows = self.run(
            select(entry.c.patient_id, started, entry.c.seconds, entry.c.is_start_known),
            entry,
            and_(
                entry.c.is_current,
                entry.c.seconds > 0,
                entry.c.started_at >= moment_of(min(c.low_at for c in calendars)),
                entry.c.started_at < moment_of(max(c.end_at for c in calendars)),
            ),
        )
        return sorted(((p, at, n, known) for p, at, n, known in rows), key=lambda row: row[1])

    def claims(self, months: Sequence[Month]) -> Any:
        claim = record_table(records.ClaimLine)
        c = claim.c
        return self.run(
            select(c.patient_id, c.month, c.status, c.created_on, c.paid_on),
            claim,
            c.month.in_(months),
            c.code.in_(sorted(program_codes())),
        )
