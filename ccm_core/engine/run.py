"""One month's audit over a database or over exports, in this process or in several."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from ccm_core import records
from ccm_core.audit import Outcome, audit_case, policy_of
from ccm_core.cases import Signal
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.signals import find_signals
from ccm_core.store import db, reading
from ccm_core.store.reading.members import entry_touches
from ccm_core.store.reading.rows import load, select_records

if TYPE_CHECKING:
    from sqlmodel import Session

ENGINES = ("local", "processes", "spark")
PARTITION = 2_000
"""Patients of one piece of work: large enough to hide its start, small enough to share out."""

Signals = Mapping[str, tuple[Signal, ...]]


def audit_month(
    files: list[str], month: Month, url: str | None, policy: str | None, engine: str
) -> list[Outcome]:
    """Judge every case of a month; the same outcomes on every engine.

    With ``files`` the exports are read into a database of their own, which is
    dropped afterwards. Raises: UsageError, ImportRefused.
    """
    if engine not in ENGINES:
        raise UsageError(f"engine {engine!r} was asked; there are {', '.join(ENGINES)}.")
    if engine == "spark":
        raise UsageError("The Spark engine is not part of this version; use local or processes.")
    if not files:
        return _audit(db.database_url(url), month, policy, engine)
    with tempfile.TemporaryDirectory(prefix="ccm-audit-") as folder:
        scratch = f"sqlite:///{Path(folder) / 'audit.sqlite3'}"
        _load(files, scratch)
        return _audit(scratch, month, policy, engine)


def _load(files: list[str], url: str) -> None:
    from ccm_core.exchange import running

    db.migrate(url)
    running.require_readable(running.run([Path(name) for name in files], url))


def _audit(url: str, month: Month, policy: str | None, engine: str) -> list[Outcome]:
    found: list[Outcome] = []
    with db.session(url) as session:
        practices = reading.practice_ids(session)
        if not practices:
            raise UsageError("The database holds no practice. Import an export first: ccm import.")
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
    touching = select_records(records.TimeEntry, practice_id, entry_touches(month, practice))
    signals = find_signals(load(session, records.TimeEntry, touching), practice, month)
    pieces = [ids[i : i + PARTITION] for i in range(0, len(ids), PARTITION)]
    if engine == "local" or len(pieces) < 2:
        return [
            o for piece in pieces for o in _judge(session, practice, month, piece, signals, policy)
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
    with db.session(url) as session:
        return list(_judge(session, practice, month, ids, signals, policy))


def _judge(
    session: Session,
    practice: records.Practice,
    month: Month,
    ids: list[str],
    signals: Signals,
    policy: str | None,
) -> Iterator[Outcome]:
    for case in reading.cases(session, practice.practice_id, month, ids):
        case.signals = signals.get(case.patient.patient_id, ())
        yield audit_case(case, policy_of(case, policy))
