"""Stored steps kept right: marks are worked off before the transaction commits.

A month is stored from the first entry, result or claim in it, with the months that its
trend looks back to. Other months are worked out when they are asked for. `keep_up` runs
once a day and stores a month before it begins: nobody waits for it on its first morning.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import chain
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlmodel import Session

from ccm_core import records
from ccm_core.collector import collector_paused
from ccm_core.months import Month, months_between
from ccm_core.store import sqlite, stamping
from ccm_core.store.bulk import FROM_ROWS, insert_many
from ccm_core.store.db import begin_write, dialect_of
from ccm_core.store.schema import MonthStep, StepCount, StepMark, StepMonth, record_table, table_of
from ccm_core.store.statements import among, chunks, inserting
from ccm_core.store.summaries import marks, result_counts, working
from ccm_core.store.summaries.reading import facts_of
from ccm_core.store.summaries.working import Calendar, Counted, Met, Pattern, counts, met, pattern

_CHUNK = 2_000
_LOOKS_BACK = 3
_SETTLING = 0x73746570


def settle(session: Session) -> None:
    """Work off the marks of this transaction; nothing to do when it changed no step."""
    if not session.in_transaction():
        return
    mark = table_of(StepMark)
    if session.connection().scalar(select(mark.c.id).limit(1)) is None:
        return
    begin_write(session)
    if dialect_of(session) == "postgresql":
        # One at a time: the next one then sees what this one has changed.
        session.connection().execute(select(func.pg_advisory_xact_lock(_SETTLING)))
    keepers: dict[str, _Keeper] = {}
    for touched in marks.taken(session):
        for practice_id, some in touched.items():
            if practice_id not in keepers:
                keepers[practice_id] = _Keeper(session, practice_id)
            with collector_paused():
                keepers[practice_id].work_off(some)
    for practice_id in keepers:
        stamping.shorten(session, practice_id)


def keep_up(session: Session, practice_id: str, today: date) -> list[Month]:
    """Store what pages ask for today and from tomorrow on, once anything is stored.

    Gives the months that were written: missing ones of this month, those its trend looks
    back to and the next; and every one that was stored by other definitions or tables.
    """
    begin_write(session)
    keeper = _Keeper(session, practice_id)
    month = Month.of(today)
    wanted = months_between(month.plus(-_LOOKS_BACK), month.following)
    missing = {one for one in wanted if one not in keeper.stored} if keeper.stored else set()
    written = sorted(missing | keeper.outdated(keeper.stored))
    if written:
        keeper.fill(written)
    result_counts.add_up(session, practice_id)
    if dialect_of(session) == "sqlite":  # PostgreSQL does so by itself
        sqlite.note_sizes(session.connection())
    return written


def rebuild(session: Session, practice_id: str) -> int:
    """Write every stored month anew, and the sums of results; gives the number of months."""
    begin_write(session)
    result_counts.rebuild(session, practice_id)
    keeper = _Keeper(session, practice_id)
    keeper.fill(sorted(keeper.stored))
    return len(keeper.stored)


def differences(session: Session, practice_id: str) -> list[str]:
    """Where stored steps or sums are not what the records give; empty when all is well."""
    keeper = _Keeper(session, practice_id)
    wrong = [said for month in sorted(keeper.stored) for said in keeper.wrong_in(month)]
    return wrong + result_counts.differences(session, practice_id)


class _Keeper:
    """Writes the stored steps of one practice."""

    def __init__(self, session: Session, practice_id: str) -> None:
        self.session, self.practice_id = session, practice_id
        self.connection = session.connection()
        practice, kept = record_table(records.Practice).c, table_of(StepMonth).c
        self.zone: str = self.connection.execute(
            select(practice.time_zone).where(practice.practice_id == practice_id)
        ).scalar_one()
        rows = self.connection.execute(
            select(kept.month, kept.recipe).where(kept.practice_id == practice_id)
        )
        self.stored: dict[Month, str] = {row.month: row.recipe for row in rows}
        self.filled: set[Month] = set()
        """Months written anew for everybody: no mark of this transaction is left in them."""

    def work_off(self, marked: Iterable[Any]) -> None:
        """Bring the marked patients up to date, and fill months that are touched first."""
        everywhere: set[str] = set()
        of_month: dict[Month, set[str]] = defaultdict(set)
        begun: set[Month] = set()
        for patient_id, month, day in marked:
            months = working.months_touched(month, day)
            begun |= {months[0]} if months else set()
            for one in months:
                of_month[one].add(patient_id)
            if not months:
                everywhere.add(patient_id)
        self.fill_missing(begun, {*of_month, *(self.stored if everywhere else ())})
        left = [month for month in self.stored if month not in self.filled]
        self.update(sorted(everywhere), left)
        for month in left:
            self.update(sorted(of_month[month] - everywhere), [month])

    def fill_missing(self, begun: set[Month], touched: set[Month]) -> None:
        """Fill what is not stored yet, or was stored by other definitions."""
        wanted = {one for month in begun for one in months_between(month.plus(-_LOOKS_BACK), month)}
        missing = (wanted - set(self.stored)) | self.outdated(touched & set(self.stored))
        if missing:
            self.fill(sorted(missing))
            self.filled |= missing

    def outdated(self, months: Iterable[Month]) -> set[Month]:
        """Stored months that today's definitions or tables would give otherwise."""
        return {
            month
            for month in months
            if self.stored[month] != Calendar(month, self.zone).recipe(self.zone)
        }

    def fill(self, months: Sequence[Month]) -> None:
        """Write these months anew for every patient."""
        self.empty(months)
        calendars = {month: Calendar(month, self.zone) for month in months}
        patterns: dict[Month, Counter[Pattern]] = defaultdict(Counter)
        for some in self.everybody():
            rows = self.worked_out(some, list(calendars.values()))
            self.insert(rows)
            for (month, _), one in rows.items():
                patterns[month][pattern(one, calendars[month])] += 1
        for month, calendar in calendars.items():
            self.count(month, counts(patterns[month]))
            self.stored[month] = calendar.recipe(self.zone)
        self.connection.execute(
            insert(table_of(StepMonth)),
            [
                {"practice_id": self.practice_id, "month": month, "recipe": self.stored[month]}
                for month in months
            ],
        )

    def empty(self, months: Sequence[Month]) -> None:
        """Take away all that is stored of these months."""
        for model in (MonthStep, StepCount, StepMonth):
            table = table_of(model)
            self.connection.execute(
                delete(table).where(
                    table.c.practice_id == self.practice_id, table.c.month.in_(months)
                )
            )

    def everybody(self) -> Iterator[Sequence[str]]:
        """The names of all patients, some thousand at a time."""
        patient, last = record_table(records.Patient).c, ""
        asked = select(patient.patient_id).where(patient.practice_id == self.practice_id)
        asked = asked.order_by(patient.patient_id).limit(_CHUNK)
        while some := self.connection.scalars(asked.where(patient.patient_id > last)).all():
            yield some
            last = some[-1]

    def update(self, patient_ids: Sequence[str], months: Sequence[Month]) -> None:
        """Bring these patients up to date in these months; write only what is different."""
        if not months:
            return
        calendars = {month: Calendar(month, self.zone) for month in months}
        change: dict[Month, Counter[Pattern]] = defaultdict(Counter)
        for some in chunks(patient_ids, _CHUNK):
            now = self.worked_out(some, list(calendars.values()))
            before = self.kept(some, months)
            changed = {key for key in {*now, *before} if now.get(key) != before.get(key)}
            for month, patient_id in changed:
                for rows, sign in ((before, -1), (now, 1)):
                    if one := rows.get((month, patient_id)):
                        change[month][pattern(one, calendars[month])] += sign
            self.drop(changed & set(before))
            self.insert({key: now[key] for key in changed if key in now})
        for month, difference in change.items():
            self.count(month, counts(difference))

    def worked_out(
        self, patient_ids: Sequence[str], calendars: Sequence[Calendar]
    ) -> dict[tuple[Month, str], Met]:
        """What the records say."""
        facts = facts_of(self.session, self.practice_id, patient_ids, calendars)
        return {
            (calendar.month, patient_id): met(known, calendar)
            for patient_id, known in facts.items()
            for calendar in calendars
        }

    def kept(
        self, patient_ids: Sequence[str], months: Sequence[Month]
    ) -> dict[tuple[Month, str], Met]:
        """What is stored."""
        c = table_of(MonthStep).c
        rows = self.connection.execute(
            select(c.month, c.patient_id, *(c[name] for name in Met._fields)).where(
                c.practice_id == self.practice_id,
                c.month.in_(months),
                among(self.session, c.patient_id, patient_ids),
            )
        )
        return {(month, patient_id): Met(*rest) for month, patient_id, *rest in rows}

    def drop(self, keys: Iterable[tuple[Month, str]]) -> None:
        table = table_of(MonthStep)
        by_month: dict[Month, list[str]] = defaultdict(list)
        for month, patient_id in keys:
            by_month[month].append(patient_id)
        for month, patient_ids in by_month.items():
            self.connection.execute(
                delete(table).where(
                    table.c.practice_id == self.practice_id,
                    table.c.month == month,
                    among(self.session, table.c.patient_id, patient_ids),
                )
            )

    def insert(self, rows: dict[tuple[Month, str], Met]) -> None:
        made = [
            {"practice_id": self.practice_id, "month": month, "patient_id": patient_id}
            | found._asdict()
            for (month, patient_id), found in rows.items()
        ]
        insert_many(self.session, insert(table_of(MonthStep)), made)

    def count(self, month: Month, difference: Counter[Counted]) -> None:
        """Add to the stored counts of a month, in one order for everybody."""
        rows = [
            {"practice_id": self.practice_id, "month": month, "patients": patients} | key._asdict()
            for key, patients in sorted(difference.items())
            if patients
        ]
        if not rows:
            return
        table = table_of(StepCount)
        statement = inserting(self.session, table)
        adding = statement.on_conflict_do_update(
            index_elements=list(table.primary_key.columns),
            set_={"patients": table.c.patients + statement.excluded.patients},
        )
        if len(rows) < FROM_ROWS:
            self.connection.execute(adding, rows)  # of one edit: compiled once for all edits
        else:
            insert_many(self.session, adding, rows)

    def wrong_in(self, month: Month) -> list[str]:
        """What is not as the records give it, in words without patients."""
        calendar, rows = Calendar(month, self.zone), 0
        patterns: Counter[Pattern] = Counter()
        step = table_of(MonthStep).c
        stored = self.connection.scalars(
            select(step.patient_id).where(step.practice_id == self.practice_id, step.month == month)
        )
        for some in chunks(sorted({*chain.from_iterable(self.everybody()), *stored}), _CHUNK):
            now, before = self.worked_out(some, [calendar]), self.kept(some, [month])
            rows += sum(now.get(key) != before.get(key) for key in {*now, *before})
            patterns.update(pattern(one, calendar) for one in now.values())
        found = counts(patterns)
        wrong = sum(found[key] != kept for key, kept in self.counted(month, found).items())
        said = [f"{month}: {rows} patients"] if rows else []
        return [*said, f"{month}: {wrong} counts"] if wrong else said

    def counted(self, month: Month, found: Iterable[Counted]) -> dict[Counted, int]:
        """The stored counts, and zero for each one that should be there."""
        c = table_of(StepCount).c
        rows = self.connection.execute(
            select(*(c[name] for name in Counted._fields), c.patients).where(
                c.practice_id == self.practice_id, c.month == month
            )
        )
        stored = {Counted(*key): int(patients) for *key, patients in rows}
        return dict.fromkeys(found, 0) | stored
