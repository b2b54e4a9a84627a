"""A staged import into the store: one transaction, with its report kept beside the records."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ccm_core import records
from ccm_core.errors import Conflict, ImportRefused
from ccm_core.exchange import outcome, settle
from ccm_core.exchange.intake import Staged
from ccm_core.exchange.known import Stored
from ccm_core.exchange.report import Report
from ccm_core.months import Month, time_zone, utc_now
from ccm_core.program import remitting
from ccm_core.program.following_up import leave_months
from ccm_core.record_ids import SAME_BY
from ccm_core.store import access_log, turns, writing
from ccm_core.store.db import begin_write
from ccm_core.store.schema import ImportBatch, ImportFile, ImportReject, table_of

_BESIDE = frozenset({records.Practice, records.Practitioner, records.Staff})
"""Kinds that no case looks at; the practice is never changed by an import."""
_OF_A_MONTH = frozenset({records.TimeEntry, records.ClaimLine})
"""Kinds that their month, the one before it and later ones look at; a stay, a consent or a
plan may be what any month rests on."""


def commit(staged: Staged, session: Any, who: Any = None) -> Report:
    """Write what was accepted and the report of it; all or, on any error, nothing.

    The session's transaction is left open: whoever opened it commits. ``who`` is an
    identity of the access layer, or None for the program itself.
    Raises: ImportRefused while a file is unreadable or a question is open.
    """
    if not staged.report.is_readable:
        raise ImportRefused(
            "A file could not be read or a question about it is open. "
            "Leave the file out or answer the question, then import again."
        )
    if any(file.remittance is not None for file in staged.files):
        # Before anything is written: who sends claims at this moment may hold rows of ours.
        turns.of_claims(session)
    begin_write(session)
    practice_id = staged.practice.practice_id
    settled = settle.settle(staged.files, Stored(session, practice_id))
    found = outcome.report(staged.files, settled)
    everything = [one for kind in SAME_BY for one in settled.writes.get(kind, [])]
    saved = writing.save(session, practice_id, everything)
    if saved.same or saved.new + saved.changed != len(everything):
        raise Conflict("The store changed while the import was written. Import again.")
    posted = _post(staged, session, who)
    batch_id = _keep(staged, session, found, who)
    months = _months(settled, staged.practice, posted)
    kinds = {kind for kind, written in settled.writes.items() if written}
    if kinds - _BESIDE:
        is_dated = bool(months) and not kinds - _BESIDE - _OF_A_MONTH
        leave_months(session, practice_id, Month.parse(months[-1]).previous if is_dated else None)
    return replace(found, is_committed=True, batch_id=batch_id, months=months)


def _post(staged: Staged, session: Any, who: Any) -> set[Month]:
    """Post the remittances, now that their claims are stored; gives the months touched."""
    found: set[Month] = set()
    for file in staged.files:
        if file.remittance is not None:
            done = remitting.post_read(
                session, staged.practice, file.name, file.sha256, file.remittance, who
            )
            found |= done.months
    return found


def _keep(staged: Staged, session: Any, found: Report, who: Any) -> int:
    """Store the report; gives the number of the batch."""
    batch = ImportBatch(
        practice_id=staged.practice.practice_id,
        name=staged.files[0].name if len(staged.files) == 1 else f"{len(staged.files)} files",
        status="committed",
        committed_at=utc_now(),
        user_id=getattr(who, "user_id", ""),
        read=found.total("read"),
        accepted=found.total("accepted"),
        rejected=found.total("rejected"),
        duplicate=found.total("duplicate"),
        mapping=staged.mappings.as_json(),
    )
    session.add(batch)
    session.flush()
    file_ids = _keep_files(session, batch, found)
    _keep_rejects(session, staged.practice.practice_id, found, file_ids)
    access_log.record(
        session, who, "import", "import_batch", str(batch.id),
        reason=f"{batch.accepted} accepted, {batch.rejected} rejected, {batch.duplicate} duplicate",
    )  # fmt: skip
    return int(batch.id or 0)


def _keep_files(session: Any, batch: ImportBatch, found: Report) -> dict[str, int]:
    rows = [
        ImportFile(
            batch_id=int(batch.id or 0), practice_id=batch.practice_id, name=file.name,
            sha256=file.sha256, kind=file.kind, size_bytes=file.size, read=file.read,
            accepted=file.accepted, rejected=file.rejected, duplicate=file.duplicate,
        )
        for file in found.files
    ]  # fmt: skip
    session.add_all(rows)
    session.flush()
    return {row.name: int(row.id or 0) for row in rows}


def _keep_rejects(session: Any, practice_id: str, found: Report, file_ids: dict[str, int]) -> None:
    now = utc_now()
    rows = [
        {
            "file_id": file_ids[one.file], "practice_id": practice_id, "line": one.line,
            "column": one.column, "masked_value": one.value, "rule": one.rule,
            "reason": one.reason, "created_at": now,
        }
        for one in found.rejects
    ]  # fmt: skip
    if rows:
        session.connection().execute(table_of(ImportReject).insert(), rows)


def _months(
    settled: settle.Settled, practice: records.Practice, posted: set[Month]
) -> tuple[str, ...]:
    """The months of the time entries and claims that were written, newest first."""
    zone = time_zone(practice.time_zone)
    days = {
        entry.started_at.astimezone(zone).date()
        for entry in settled.writes.get(records.TimeEntry, [])
    }
    found = {Month.of(day) for day in days}
    found |= posted
    found |= {line.month for line in settled.writes.get(records.ClaimLine, [])}
    return tuple(str(month) for month in sorted(found, reverse=True))
