"""A bucket of patients judged on its own, wherever it is: the same reading, the same rules.

The bucket's records go into a database in memory and come out as cases through the very
statements that a practice's own database answers, so that who is a case of a month, and
what belongs to it, is said once.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ccm_core import records
from ccm_core.audit import Outcome, audit_case, policy_of
from ccm_core.cases import Signal
from ccm_core.months import Month
from ccm_core.store import db, reading, writing


def judge_bucket(
    shared: Sequence[Any], found: Iterable[Any], signals: dict[str, tuple[Signal, ...]],
    month: Month, policy: str | None,
) -> Iterator[Outcome]:  # fmt: skip
    """Outcomes of the patients whose records these are, by patient identifier."""
    practice = next(record for record in shared if isinstance(record, records.Practice))
    with tempfile.TemporaryDirectory(prefix="ccm-bucket-") as folder:
        url = f"sqlite:///{Path(folder) / 'bucket.sqlite3'}"
        (Path(folder) / "bucket.sqlite3").write_bytes(_empty())
        try:
            with db.session(url) as session:
                writing.save(session, practice.practice_id, [*shared, *found])
                for case in reading.cases(session, practice.practice_id, month):
                    case.signals = signals.get(case.patient.patient_id, ())
                    yield audit_case(case, policy_of(case, policy))
        finally:
            db.dispose(url)


@cache
def _empty() -> bytes:
    """A database with the schema and nothing in it, made once for each process.

    Kept as bytes: a process of Spark ends without a chance to remove a file.
    """
    with tempfile.TemporaryDirectory(prefix="ccm-schema-") as folder:
        file = Path(folder) / "empty.sqlite3"
        url = f"sqlite:///{file}"
        db.migrate(url)
        with db.session(url) as session:
            session.connection().exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.dispose(url)
        return file.read_bytes()
