"""Signals: what is seen across patients, for a month or around some of its patients."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sqlalchemy import func, select
from sqlmodel import Session

from ccm_core import records
from ccm_core.cases import Signal
from ccm_core.months import Month
from ccm_core.signals import signals_of_logs
from ccm_core.store.reading.members import entry_touches, month_window
from ccm_core.store.reading.rows import load, select_records
from ccm_core.store.schema import record_table
from ccm_core.store.statements import among

Signals = Mapping[str, tuple[Signal, ...]]

_ENTRIES_HELD = 100_000
"""Time entries held at once while signals are looked for; one person's stay together."""


def signals_of_month(session: Session, practice: records.Practice, month: Month) -> Signals:
    """Signals of everybody, some people at a time: a signal rests on one person's entries."""
    groups = _staff_groups(session, practice, month)
    logs = (_log(session, practice, month, staff_ids) for staff_ids in groups)
    return signals_of_logs(logs, practice, month)


def signals_by_people(
    session: Session, practice: records.Practice, month: Month
) -> Iterator[Signals]:
    """The same, some people at a time: a patient's are those of each, one behind the other."""
    for staff_ids in _staff_groups(session, practice, month):
        log = _log(session, practice, month, staff_ids)
        yield signals_of_logs([log], practice, month)


def _staff_groups(
    session: Session, practice: records.Practice, month: Month
) -> Iterator[list[str]]:
    """Everybody who logged time in the month, in order, in groups with a bounded log."""
    entry = record_table(records.TimeEntry).c
    rows = session.connection().execute(
        select(entry.staff_id, func.count())
        .where(
            entry.practice_id == practice.practice_id,
            entry_touches(month, practice),
            entry.staff_id != "",
        )
        .group_by(entry.staff_id)
    )
    group: list[str] = []
    held = 0
    for staff_id, entries in sorted((staff_id, entries) for staff_id, entries in rows):
        if group and held + entries > _ENTRIES_HELD:
            yield group
            group, held = [], 0
        group.append(staff_id)
        held += entries
    if group:
        yield group


def signals_around(
    session: Session, practice: records.Practice, month: Month, patient_ids: Sequence[str]
) -> tuple[Signals, set[str]]:
    """Signals that a change in some patients can touch, and the patients they can touch.

    A signal rests on the entries of one person. So the patients of everybody who worked,
    now or in an earlier version of an entry, on the patients asked for are touched; and
    theirs are complete once everybody who worked on them is looked at.
    """
    staff_ids = _staff_of(session, practice, month, patient_ids, is_current=False)
    touched = _patients_of(session, practice, month, staff_ids) | set(patient_ids)
    everybody = _staff_of(session, practice, month, touched, is_current=True)
    log = _log(session, practice, month, sorted(everybody))
    return signals_of_logs([log], practice, month), touched


def _log(
    session: Session, practice: records.Practice, month: Month, staff_ids: Collection[str]
) -> Iterable[records.TimeEntry]:
    """What these people logged in the month."""
    entry = record_table(records.TimeEntry).c
    where = entry_touches(month, practice), among(session, entry.staff_id, staff_ids)
    return load(
        session, records.TimeEntry, select_records(records.TimeEntry, practice.practice_id, *where)
    )


def _staff_of(
    session: Session, practice: records.Practice, month: Month, patient_ids: Collection[str], *,
    is_current: bool,
) -> set[str]:  # fmt: skip
    entry = record_table(records.TimeEntry).c
    standing = [entry.is_current] if is_current else []
    rows = session.connection().scalars(
        select(entry.staff_id)
        .where(
            entry.practice_id == practice.practice_id,
            among(session, entry.patient_id, sorted(patient_ids)),
            month_window(month, practice),
            entry.staff_id != "",
            *standing,
        )
        .distinct()
    )
    return set(rows)


def _patients_of(
    session: Session, practice: records.Practice, month: Month, staff_ids: Collection[str]
) -> set[str]:
    entry = record_table(records.TimeEntry).c
    rows = session.connection().scalars(
        select(entry.patient_id)
        .where(
            entry.practice_id == practice.practice_id,
            among(session, entry.staff_id, sorted(staff_ids)),
            month_window(month, practice),
            entry.is_current,
        )
        .distinct()
    )
    return set(rows)


def signals_mark(signals: Sequence[Signal]) -> str:
    """Changes when something seen across patients begins or ceases to touch a patient."""
    if not signals:
        return ""
    return hashlib.blake2b(repr(tuple(signals)).encode(), digest_size=8).hexdigest()
