"""Whether a month's results rest on the rules, tables, fees and settings that are in force.

Each case knows by its mark whether it must be judged anew; to ask all of them takes a look
at every row of a month. This is one line for each month instead: what its last whole run
went by, or that records have changed since. Whoever shows the month
can say so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from ccm_core import records, tables
from ccm_core.months import Month
from ccm_core.store.results.marking import common_mark
from ccm_core.store.schema import AuditRunRow, table_of
from ccm_core.store.settings import put_setting, read_setting, read_settings

if TYPE_CHECKING:
    from sqlmodel import Session

_LEFT = "left"
"""In place of what a month rests on: some of it has changed."""


def basis(practice: records.Practice) -> str:
    """What all results of a practice rest on, by the fees that are in force here and now.

    The practice's name and tax number decide nothing.
    """
    said = common_mark(replace(practice, name="", tin=""))
    return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()


def note(session: Session, practice: records.Practice, month: Month) -> None:
    """A run over the whole month ends: its results rest on what is in force now."""
    now = basis(practice)
    key = _key(practice.practice_id, month)
    if read_setting(session, key) != now:
        put_setting(session, key, now)


def leave(session: Session, practice_id: str, months: Iterable[Month]) -> None:
    """Records behind these months have changed, and nobody has audited them since."""
    keys = [_key(practice_id, month) for month in months]
    known = read_settings(session, keys) if keys else {}
    for key in keys:
        if known.get(key) != _LEFT:
            put_setting(session, key, _LEFT)


def outdated(
    session: Session, practice: records.Practice, months: Sequence[Month]
) -> tuple[Month, ...]:
    """Those of these months whose results rest, or may rest, on something else, as asked."""
    now = basis(practice)
    keys = {month: _key(practice.practice_id, month) for month in months}
    known = read_settings(session, list(keys.values()))
    in_part = [month for month in months if keys[month] not in known]
    others = _judged_by_others(session, practice, in_part) if in_part else set()
    return tuple(m for m in months if (m in others if m in in_part else known[keys[m]] != now))


def _judged_by_others(
    session: Session, practice: records.Practice, months: Sequence[Month]
) -> set[Month]:
    """Months without a whole run on record of which some case was judged by other tables."""
    c = table_of(AuditRunRow).c
    same = (c.tables_version == tables.tables_version()) & (c.policy == practice.policy)
    asked = select(c.month).where(c.practice_id == practice.practice_id, c.month.in_(months), ~same)
    return set(session.connection().scalars(asked))


def _key(practice_id: str, month: Month) -> str:
    return f"audited.{practice_id}.{month}"
