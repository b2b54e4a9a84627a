"""One month's audit over a database or over exports, in this process or in several."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ccm_core import overlay, records
from ccm_core.audit import Outcome, audit_case, policy_of
from ccm_core.cases import Signal
from ccm_core.engine import folders, sources, stored_outcomes
from ccm_core.engine.folders import Tally
from ccm_core.engine.kinds import refuse_unknown
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.store import db, fees_in_force, reading
from ccm_core.store.arrow_rows import is_database
from ccm_core.store.results import signals_of_month
from ccm_core.store.statements import collector_paused

if TYPE_CHECKING:
    from sqlmodel import Session

PARTITION = 2_000
"""Patients of one piece of work: large enough to hide its start, small enough to share out."""

Signals = Mapping[str, tuple[Signal, ...]]


@dataclass(frozen=True, slots=True)
class Cluster:
    """What an audit in columns reads, where it writes, and where Spark runs."""

    master: str = "local[*]"
    source: str = ""
    """A folder of columns, or the address of a database; empty: ``url`` or the files named."""
    output: str = ""
    """A new folder for outcomes, or the address of a database; empty: they are given back."""


def audit_month(
    files: list[str], month: Month, url: str | None, policy: str | None, engine: str,
    cluster: Cluster | None = None,
) -> list[Outcome]:  # fmt: skip
    """Judge every case of a month; the same outcomes on every engine.

    With ``files`` the exports are read into a database of their own, which is
    dropped afterwards. Raises: UsageError, ImportRefused.
    """
    where = cluster or Cluster()
    refuse_unknown(engine)
    if engine == "spark" or where.source:
        with (
            _mapped(engine, where) as mapped,
            sources.opened(files, url, where.source) as (found, fees),
            overlay.pinned(fees),
        ):
            return [
                outcome for source in found.values()
                for outcome in folders.outcomes_of(source, month, policy, mapped)
            ]  # fmt: skip
    if not files:
        return _audit(db.database_url(url), month, policy, engine)
    with tempfile.TemporaryDirectory(prefix="ccm-audit-") as folder:
        loaded = f"sqlite:///{Path(folder) / 'audit.sqlite3'}"
        sources.load(files, loaded)
        return _audit(loaded, month, policy, engine)


def audit_to_output(
    files: list[str], month: Month, url: str | None, policy: str | None, engine: str,
    cluster: Cluster,
) -> Tally:  # fmt: skip
    """The same, with the outcomes in files or tables of ``cluster.output``; gives counts and sums.

    Raises: UsageError, ImportRefused.
    """
    refuse_unknown(engine)
    is_stored = is_database(cluster.output)
    if is_stored:
        stored_outcomes.require_place(cluster.output)
    with (
        _mapped(engine, cluster) as mapped,
        sources.opened(files, url, cluster.source) as (found, fees),
        overlay.pinned(fees),
    ):
        if is_stored:
            return stored_outcomes.write(found, cluster.output, month, policy, mapped)
        total = Tally()
        with folders.new(cluster.output):
            for name, source in found.items():
                output = str(Path(cluster.output) / name)
                total.join(folders.write_outcomes(source, output, month, policy, mapped))
        return total


@contextmanager
def _mapped(engine: str, where: Cluster) -> Iterator[folders.Mapped]:
    """How the engine maps a function over pieces of work."""
    if engine == "spark":
        from ccm_core.engine import spark

        with spark.session(where.master) as mapped:
            yield mapped
    else:
        yield folders.in_process if engine == "local" else folders.in_processes


def _audit(url: str, month: Month, policy: str | None, engine: str) -> list[Outcome]:
    found: list[Outcome] = []
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
