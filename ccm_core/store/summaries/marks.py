"""Marks of patients whose stored steps a change may have made wrong, some at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import delete, func, select
from sqlmodel import Session

from ccm_core.store.schema import StepMark, table_of

_AT_ONCE = 100_000
"""An audit of a large month leaves a mark for each of its patients."""


def taken(session: Session) -> Iterator[Mapping[str, list[Any]]]:
    """Patient, month and day of each mark, by practice; what was worked off is taken away."""
    mark = table_of(StepMark)
    ends = select(func.min(mark.c.id), func.max(mark.c.id))
    first, last = session.connection().execute(ends).one()
    if first is None:
        return
    asked = select(mark.c.practice_id, mark.c.patient_id, mark.c.month, mark.c.day).distinct()
    for begin in range(first, last + 1, _AT_ONCE):
        some = mark.c.id.between(begin, min(begin + _AT_ONCE - 1, last))
        found: dict[str, list[Any]] = defaultdict(list)
        for practice_id, *rest in session.connection().execute(asked.where(some)):
            found[practice_id].append(rest)
        yield found
        session.connection().execute(delete(mark).where(some))
