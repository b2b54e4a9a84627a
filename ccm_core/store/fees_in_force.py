"""The store's imported fees as the overlay that the core reads; made once for each state."""

from __future__ import annotations

import functools
import threading
from typing import Any

from sqlalchemy import Row, Select, select
from sqlmodel import Session

from ccm_core import overlay
from ccm_core.money.fee_overlay import StoredContract, StoredFile, overlay_of
from ccm_core.overlay import Overlay
from ccm_core.store.schema import FeeVersion, PayerContract, table_of

_MOST = 8
_BULKY = {"content", "amounts", "problems"}
"""Columns that ``sha256`` stands for."""
_made: dict[object, Overlay] = {}
_making = threading.Lock()


def put_in_force(session: Session) -> Overlay:
    """Let this process use the fees of this store from now on."""
    found = of_store(session)
    overlay.use(found)
    return found


def of_store(session: Session) -> Overlay:
    """The overlay of a store; one query when nothing was imported since the last time."""
    mark = _mark(session)
    if not mark:
        return overlay.EMPTY
    with _making:
        if mark not in _made:
            while len(_made) >= _MOST:
                _made.pop(next(iter(_made)))
            _made[mark] = overlay_of(files(session), contracts(session))
        return _made[mark]


def _mark(session: Session) -> tuple[object, ...]:
    """Tells two states of the imports apart, without reading their rows.

    Every other column counts: two stores can hold the same file, imported in the
    same second, for different days.
    """
    found: list[object] = []
    for model in (FeeVersion, PayerContract):
        rows = session.connection().execute(_marks_of(model))
        found += [(model.__name__, *row) for row in rows]
    return tuple(found)


@functools.cache
def _marks_of(model: type[FeeVersion] | type[PayerContract]) -> Select[Any]:
    """Every rerun asks this: the statement is built once."""
    c = table_of(model).c
    return select(*(column for column in c if column.name not in _BULKY)).order_by(c.id)


def files(session: Session) -> list[StoredFile]:
    """Every stored version of a fee file, in the order of import."""
    c = table_of(FeeVersion).c
    rows = session.connection().execute(select(table_of(FeeVersion)).order_by(c.id))
    return [_file(row) for row in rows]


def _file(row: Row[Any]) -> StoredFile:
    return StoredFile(
        row.kind, row.number, row.file_name, row.title, row.sha256, row.year, row.valid_from,
        row.valid_to, row.is_qp, row.is_active, row.imported_by, row.created_at, row.content,
    )  # fmt: skip


def contracts(session: Session) -> list[StoredContract]:
    """Every stored version of a payer's contract, in the order of import."""
    c = table_of(PayerContract).c
    rows = session.connection().execute(select(table_of(PayerContract)).order_by(c.id))
    return [
        StoredContract(
            row.practice_id, row.payer, row.number, row.file_name, row.sha256,
            str(row.multiple) if row.multiple is not None else "", tuple(row.amounts),
            row.valid_from, row.valid_to, row.is_active, row.imported_by, row.created_at,
        )
        for row in rows
    ]  # fmt: skip
