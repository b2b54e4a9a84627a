"""The audit of a month where it is stored: cases as the store builds them, one by one.

The way of a practice's own database; folders, Spark and large databases go by columns.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

from ccm_core import overlay, records
from ccm_core.audit import Outcome, audit_case, policy_of
from ccm_core.cases import Signal
from ccm_core.collector import collector_paused
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.store import db, fees_in_force, reading
from ccm_core.store.results import signals_of_month

if TYPE_CHECKING:
    from sqlmodel import Session

PARTITION = 2_000
"""Patients of one piece of work: large enough to hide its start, small enough to share out."""

Signals = Mapping[str, tuple[Signal, ...]]


def judged_in(asked: str | None, month: Month, policy: str | None, engine: str) -> list[Outcome]:
    """The outcomes of every practice of a database that the role may see. Raises: UsageError."""
    url, found = db.database_url(asked), list[Outcome]()
    with db.session(url) as session:
        practices = reading.practice_ids(session)
        if not practices:
            raise UsageError("The database holds no practice. Import an export first: ccm import.")
        with overlay.pinned(fees_in_force.of_store(session)):
            for practice_id in practices:
                found += _audit_practice(session, practice_id, url, month, policy, engine)
    return found


def _audit_practice(
    session: Session, practice_id: str, url: str, month: Month, policy: str | None, engine: str
) -> list[Outcome]:
    practice = reading.practice(session, practice_id)
    if practice is None:
        return []
    ids = reading.member_ids(session, practice, month)
    signals = signals_of_month(session, practice, month)
    pieces = [ids[i : i + PARTITION] for i in range(0, len(ids), PARTITION)]
    if engine == "local" or len(pieces) < 2:
        return [
            outcome
            for piece in pieces
            for outcome in _judge(session, practice, month, piece, signals, policy)
        ]
    jobs = [
        (url, practice, month, piece, {p: signals[p] for p in piece if p in signals}, policy)
        for piece in pieces
    ]
    with ProcessPoolExecutor(os.cpu_count() or 1) as pool:
        return [outcome for part in pool.map(_judge_piece, jobs) for outcome in part]


Job = tuple[str, records.Practice, Month, list[str], Signals, str | None]


def _judge_piece(job: Job) -> list[Outcome]:
    """One piece in a process of its own, with a connection of its own."""
    url, practice, month, ids, signals, policy = job
    with db.session(url) as session, overlay.pinned(fees_in_force.of_store(session)):
        return _judge(session, practice, month, ids, signals, policy)


def _judge(
    session: Session,
    practice: records.Practice,
    month: Month,
    ids: list[str],
    signals: Signals,
    policy: str | None,
) -> list[Outcome]:
    found = []
    with collector_paused():
        for case in reading.cases(session, practice.practice_id, month, ids):
            case.signals = signals.get(case.patient.patient_id, ())
            found.append(audit_case(case, policy_of(case, policy)))
    return found
