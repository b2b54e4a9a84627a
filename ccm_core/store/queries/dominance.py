"""How much of a month's dollars the practitioner with the largest part of them has."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Table, func, select
from sqlmodel import Session

from ccm_core import records
from ccm_core.months import Month
from ccm_core.store.reading.requests import program_codes
from ccm_core.store.schema import CaseResult, record_table, table_of

Shares = dict[Month, Decimal]
"""0 to 1, by month; a month without dollars is not in it."""


def allowed_shares(session: Session, practice_id: str, first: Month, last: Month) -> Shares:
    """Of the amounts that the audit allows."""
    table = table_of(CaseResult)
    return _largest(session, table, table.c.allowed_usd, practice_id, first, last)


def payable_shares(session: Session, practice_id: str, month: Month) -> Shares:
    """Of the amounts of one month whose claims are clean or to be looked at."""
    table = table_of(CaseResult)
    c = table.c
    is_payable = (c.is_below_threshold.is_(False), c.effective_status.in_(("clean", "review")))
    return _largest(session, table, c.allowed_usd, practice_id, month, month, *is_payable)


def paid_shares(session: Session, practice_id: str, first: Month, last: Month) -> Shares:
    """Of what payers paid."""
    table = record_table(records.ClaimLine)
    of_program = table.c.code.in_(sorted(program_codes()))
    return _largest(session, table, table.c.paid_usd, practice_id, first, last, of_program)


def _largest(
    session: Session, table: Table, amount: ColumnElement[Any], practice_id: str,
    first: Month, last: Month, *where: ColumnElement[bool],
) -> Shares:  # fmt: skip
    c = table.c
    rows = session.connection().execute(
        select(c.month, c.npi, func.sum(amount))
        .where(c.practice_id == practice_id, c.month.between(first, last), *where)
        .group_by(c.month, c.npi)
    )
    most: Shares = {}
    total: Shares = {}
    for month, _npi, usd in rows:
        part = Decimal(usd or 0)
        most[month] = max(most.get(month, Decimal(0)), part)
        total[month] = total.get(month, Decimal(0)) + part
    return {month: most[month] / whole for month, whole in total.items() if whole > 0}
