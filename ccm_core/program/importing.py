"""The import service: read files, store them once, audit what changed, show what came in."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.exchange import intake
from ccm_core.exchange.known import Stored
from ccm_core.exchange.mapping import Mappings
from ccm_core.exchange.rejects import RULES, Reject
from ccm_core.exchange.report import Report
from ccm_core.exchange.running import practice_of
from ccm_core.exchange.safe_cells import Rows, guarded
from ccm_core.months import Month
from ccm_core.store import access_log, reading, results, writing
from ccm_core.store.queries import import_history
from ccm_core.store.results.refreshing import AuditRun

if TYPE_CHECKING:
    from sqlmodel import Session

PAGE = "imports"
MONTHS_AUDITED = 2
"""Newest months that are audited after an import; others with their next run."""
_STEP = 100
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Line:
    """One rejected row as it is shown and exported, before or after it was stored."""

    file: str
    line: int
    column: str
    masked_value: str
    rule: str
    reason: str

    @property
    def title(self) -> str:
        """The rule in words."""
        return RULES.get(self.rule, "")


def stage(
    session: Session, who: Identity, what: Iterable[Any], mappings: Mappings, progress: Progress
) -> intake.Staged:
    """Read files and report; nothing is written. Raises: PermissionDenied, ImportRefused."""
    require(who, PAGE, "import")
    practice = practice_of(session)
    known = Stored(session, practice.practice_id)
    return intake.stage(what, practice, mappings, progress, known)


def commit(session: Session, who: Identity, staged: intake.Staged) -> Report:
    """Store a staged import in this transaction; the import is on record.

    Raises: PermissionDenied, ImportRefused, Conflict.
    """
    require(who, PAGE, "import")
    if reading.practice(session) is None:
        writing.save(session, staged.practice.practice_id, [staged.practice])
    return intake.commit(staged, session, who)


def months_to_audit(found: Report, this: Month) -> tuple[Month, ...]:
    """The newest months that the import touched, else this month and the one before."""
    touched = [Month.parse(month) for month in found.months[:MONTHS_AUDITED]]
    return tuple(touched or (this, this.previous))


def audit(session: Session, who: Identity, practice_id: str, month: Month) -> AuditRun:
    """Bring one month's results up to date after an import. Raises: PermissionDenied."""
    require(who, PAGE, "import")
    run = results.refresh(session, practice_id, month, user_id=who.user_id)
    access_log.record(session, who, "audit", "month", str(month), reason="after an import")
    return run


def staged_lines(rejects: Iterable[Reject]) -> list[Line]:
    """Rejected rows of an import that is not stored yet."""
    return [Line(r.file, r.line, r.column, r.value, r.rule, r.reason) for r in rejects]


def stored_rejects_csv(session: Session, who: Identity, practice_id: str, batch_id: int) -> bytes:
    """Every rejected row of a stored import. Raises: PermissionDenied."""
    require(who, PAGE, "export")
    return rejects_csv(_stored_lines(session, practice_id, batch_id))


def _stored_lines(session: Session, practice_id: str, batch_id: int) -> Iterator[Line]:
    offset = 0
    while True:
        page = import_history.rejects(session, practice_id, batch_id, _STEP, offset)
        for r in page.rows:
            yield Line(r.file, r.line, r.column, r.masked_value, r.rule, r.reason)
        offset += _STEP
        if offset >= page.total:
            return


def rejects_csv(lines: Iterable[Line]) -> bytes:
    """Rejected rows as CSV: where, what rule, why. Values are masked."""
    text = io.StringIO(newline="")
    writer = Rows(text)
    writer.writerow(("file", "line", "column", "masked_value", "rule", "rule_title", "reason"))
    for one in lines:
        cells = (one.file, one.column, one.masked_value, one.rule, one.title, one.reason)
        file, column, value, rule, title, reason = map(guarded, cells)
        writer.writerow((file, one.line, column, value, rule, title, reason))
    return text.getvalue().encode("utf-8-sig")
