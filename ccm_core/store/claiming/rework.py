"""The rework queue and the refund tasks as rows that people edit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Table, case, func, insert, or_, select, update
from sqlmodel import Session

from ccm_core.claims.receivables import RefundTask
from ccm_core.claims.rework import RECEIPTS
from ccm_core.errors import Conflict
from ccm_core.months import utc_now
from ccm_core.store.claiming.of_patients import viewed
from ccm_core.store.db import begin_write
from ccm_core.store.queries.common import EVERYBODY, Only, Page, page_of
from ccm_core.store.schema import RefundRow, ReworkRow, table_of
from ccm_core.store.statements import among

OPEN = ("open", "in_work", "resent", "appealed")
REJECTED_LINE = 0
"""Line number of an item about a claim that was turned away whole, before any line."""
_FAR = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class ReworkView:
    """One denied line as the queue shows it."""

    id: int
    version: int
    patient_id: str
    family_name: str
    given_name: str
    mrn: str
    claim_id: str
    line: int
    code: str
    procedure: str
    amount_usd: Decimal
    payer: str
    payer_claim_id: str
    action: str
    deadline_on: date | None
    cause: str
    fix: str
    rules: tuple[str, ...]
    status: str
    assignee: str
    note: str


@dataclass(frozen=True, slots=True)
class RefundView:
    """One refund task as it is shown."""

    id: int
    version: int
    patient_id: str
    family_name: str
    given_name: str
    mrn: str
    claim_id: str
    owed_to: str
    amount_usd: Decimal
    reason: str
    identified_on: date
    due_on: date
    status: str
    done_on: date | None
    done_by: str


def page(
    session: Session, practice_id: str, *, status: str = "", only: Only = EVERYBODY,
    limit: int = 100, offset: int = 0, item_id: int | None = None,
) -> Page[ReworkView]:  # fmt: skip
    """The queue: the nearest deadline first, then the most dollars."""
    r = table_of(ReworkRow)
    statement = viewed(r, ReworkView, practice_id, only)
    if item_id is not None:
        statement = statement.where(r.c.id == item_id)
    elif status:
        statement = statement.where(r.c.status == status)
    else:
        statement = statement.where(r.c.status.in_(OPEN))
    by = statement.order_by(
        case((r.c.deadline_on.is_(None), _FAR), else_=r.c.deadline_on), -r.c.amount_usd, r.c.id
    )
    return page_of(session, by, ReworkView, limit, offset)


def counts(session: Session, practice_id: str) -> dict[str, int]:
    """Items of the queue by status."""
    c = table_of(ReworkRow).c
    rows = session.connection().execute(
        select(c.status, func.count()).where(c.practice_id == practice_id).group_by(c.status)
    )
    return {status: int(number) for status, number in rows}


def keep_new(session: Session, practice_id: str, rows: Iterable[Mapping[str, Any]]) -> int:
    """Add denied lines that are not in the queue yet; gives their number.

    A line that was won and is denied once more (the payer took its answer back) is open again.
    """
    begin_write(session)
    table = table_of(ReworkRow)
    rows = list(rows)
    c = table.c
    known = {
        (claim_id, line, code): (row_id, status)
        for row_id, status, claim_id, line, code in session.connection().execute(
            select(c.id, c.status, c.claim_id, c.line, c.code).where(
                c.practice_id == practice_id,
                among(session, c.claim_id, sorted({row["claim_id"] for row in rows})),
            )
        )
    }
    now = utc_now()
    common = {
        "practice_id": practice_id, "created_at": now, "updated_at": now, "version": 1,
        "status": "open", "assignee": "", "note": "",
    }  # fmt: skip
    fresh: dict[Any, dict[str, Any]] = {}
    for row in rows:
        key = (row["claim_id"], row["line"], row["code"])
        if key not in known:
            fresh[key] = {**common, **row}
    if fresh:
        session.connection().execute(insert(table), list(fresh.values()))
    return len(fresh) + _open_won(session, rows, known)


def _open_won(
    session: Session, rows: Iterable[Mapping[str, Any]],
    known: Mapping[Any, tuple[int, str]],
) -> int:  # fmt: skip
    """Open the items again that count as won and are denied anew; gives their number."""
    table = table_of(ReworkRow)
    opened = 0
    for row in rows:
        row_id, status = known.get((row["claim_id"], row["line"], row["code"]), (0, ""))
        if status == "won":
            opened += 1
            session.connection().execute(
                update(table)
                .where(table.c.id == row_id)
                .values(
                    status="open", updated_at=utc_now(), version=table.c.version + 1,
                    deadline_on=row["deadline_on"], amount_usd=row["amount_usd"],
                )
            )  # fmt: skip
    return opened


def settle(session: Session, practice_id: str, claim_ids: Collection[str], status: str) -> int:
    """Set the status of open items of claims that were answered anew; gives how many."""
    return _move(session, practice_id, claim_ids, OPEN, status)


def settle_rejections(session: Session, practice_id: str, claim_ids: Collection[str]) -> None:
    """Claims that the receiver let in after all need no work on their rejection."""
    code = table_of(ReworkRow).c.code
    rejected = or_(*(code.startswith(f"{kind} ") for kind in RECEIPTS))
    _move(session, practice_id, claim_ids, OPEN, "won", rejected)


def reopen(session: Session, practice_id: str, claim_ids: Collection[str]) -> None:
    """Items that count as sent again are open again: the new claim did not leave."""
    _move(session, practice_id, claim_ids, ("resent",), "open")


def _move(
    session: Session, practice_id: str, claim_ids: Collection[str], of: Collection[str],
    to: str, *more: ColumnElement[bool],
) -> int:  # fmt: skip
    """Items of these claims from some statuses to another; gives how many."""
    table = table_of(ReworkRow)
    done = session.connection().execute(
        update(table)
        .where(
            table.c.practice_id == practice_id,
            among(session, table.c.claim_id, sorted(claim_ids)),
            table.c.status.in_(of),
            *more,
        )
        .values(status=to, updated_at=utc_now(), version=table.c.version + 1)
    )
    return int(done.rowcount)


def edit(session: Session, table: Table, row_id: int, version: int, **values: Any) -> None:
    """Change a row if it is still the one that was shown. Raises: Conflict."""
    begin_write(session)
    done = session.connection().execute(
        update(table)
        .where(table.c.id == row_id, table.c.version == version)
        .values(version=version + 1, updated_at=utc_now(), **values)
    )
    if done.rowcount != 1:
        raise Conflict("This item was changed by somebody else since it was shown. Look again.")


def keep_refunds(session: Session, practice_id: str, tasks: Iterable[RefundTask]) -> int:
    """Write refund tasks; an open one that nothing is owed for any more is ``gone``."""
    begin_write(session)
    table = table_of(RefundRow)
    rows = session.connection().execute(
        select(table.c.id, table.c.claim_id, table.c.owed_to, table.c.status, table.c.amount_usd)
        .where(table.c.practice_id == practice_id)
    )  # fmt: skip
    known = {(claim_id, owed_to): (i, status, usd) for i, claim_id, owed_to, status, usd in rows}
    now, new = utc_now(), 0
    wanted = {(task.claim_id, task.owed_to): task for task in tasks}
    for key, task in wanted.items():
        if key not in known:
            session.connection().execute(insert(table).values(**_refund(practice_id, task, now)))
            new += 1
        elif known[key][1] != "done" and known[key][1:] != ("open", task.amount_usd):
            _set(session, table, known[key][0], status="open", amount_usd=task.amount_usd)
    for key, (row_id, status, _usd) in known.items():
        if key not in wanted and status == "open":
            _set(session, table, row_id, status="gone")
    return new


def _set(session: Session, table: Table, row_id: int, **values: Any) -> None:
    session.connection().execute(
        update(table)
        .where(table.c.id == row_id)
        .values(version=table.c.version + 1, updated_at=utc_now(), **values)
    )


def _refund(practice_id: str, task: RefundTask, now: Any) -> dict[str, Any]:
    return {
        "practice_id": practice_id, "patient_id": task.patient_id, "claim_id": task.claim_id,
        "owed_to": task.owed_to, "amount_usd": task.amount_usd, "reason": task.reason,
        "identified_on": task.identified_on, "due_on": task.due_on, "status": "open",
        "done_on": None, "done_by": "", "created_at": now, "updated_at": now, "version": 1,
    }  # fmt: skip


def refunds(session: Session, practice_id: str) -> list[RefundView]:
    """Every refund task, the next one due first; done ones last."""
    table = table_of(RefundRow)
    statement = viewed(table, RefundView, practice_id).order_by(
        case((table.c.status == "open", 0), else_=1), table.c.due_on, table.c.id
    )
    return [RefundView(*row) for row in session.connection().execute(statement)]
