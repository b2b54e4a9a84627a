"""What columns show of some patients' charts before records are made of them.

Whose rows they are, which entries lie in the month, on which day service began, and of which
kinds everything belongs to the cases: then nobody asks record by record. What the columns do
not settle is left to ``ccm_core.case_building``, whose definitions these are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ccm_core.case_building import LONGEST, Choosing, Keep
from ccm_core.engine.log_columns import distinct, flags, served
from ccm_core.signals import QUARTER, day_of

_MICROSECONDS = 1_000_000
_MOST_SECONDS = 2**40
_LOG = ("entry_id", "started_at", "seconds")


class Rows:
    """Where each patient's rows are in a table that is sorted by patient."""

    def __init__(self, table: Any, ids: Any) -> None:
        import numpy as np
        import pyarrow.compute as pc

        runs = pc.run_end_encode(table["patient_id"].cast("string").combine_chunks())
        ends = runs.run_ends.to_numpy()
        starts = np.concatenate(([0], ends))[:-1]
        self.is_one_each = False
        if runs.values.equals(ids):
            self.starts, self.ends = starts, ends
            self.is_one_each = len(ids) == table.num_rows
        elif not len(ends):
            self.starts = self.ends = np.zeros(len(ids), dtype=np.int64)
        else:
            place = pc.index_in(ids, value_set=runs.values)
            is_there = place.is_valid().to_numpy(zero_copy_only=False)
            place = place.fill_null(0).to_numpy()
            self.starts = np.where(is_there, starts[place], 0)
            self.ends = np.where(is_there, ends[place], 0)

    def of_each(self, made: Sequence[Any]) -> Iterable[tuple[Any, ...]]:
        """The records of each patient, out of those of all rows."""
        if self.is_one_each:
            return zip(made, strict=True)
        whole = tuple(made)
        pairs = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        return [whole[start:end] for start, end in pairs]


def keeps_of(tables: Mapping[type[Any], Any], choosing: Choosing) -> dict[type[Any], Keep]:
    """The kinds of which something may not belong to its case."""
    return {
        kind: keep for kind, keep in choosing.keeps.items()
        if tables.get(kind) is not None
        and not (kind in choosing.within and _lie(tables[kind], choosing.within[kind]))
    }  # fmt: skip


def _lie(table: Any, within: Iterable[tuple[str, date | None, date | None]]) -> bool:
    """Whether all days of these columns are there or need not be, and lie where they should."""
    import pyarrow.compute as pc

    for name, first, last in within:
        if name not in table.column_names:
            continue
        column = table[name]
        if column.null_count and name not in ("from_on", "to_on"):
            return False
        found = pc.min_max(column).as_py()
        if found["min"] is None:
            continue
        if (first and found["min"] < first) or (last and found["max"] > last):
            return False
    return True


@dataclass(frozen=True)
class Log:
    """The entries of a month, and for each patient the first day of service."""

    table: Any
    rows: Rows
    first_days: Iterable[date | None]
    is_in_order: bool
    """Whether each patient's entries follow by start and identifier."""


def log_of(table: Any, ids: Any, choosing: Choosing) -> Log | None:
    """What the columns of a log show; None where a value is missing or of no sense."""
    import numpy as np

    if any(name not in table.column_names or table[name].null_count for name in _LOG):
        return None
    start = table["started_at"].cast("int64").to_numpy() // _MICROSECONDS
    seconds = table["seconds"].to_numpy()
    if len(start) and max(np.abs(start).max(), np.abs(seconds).max()) > _MOST_SECONDS:
        return None
    first, past = (int(at.timestamp()) for at in (choosing.first_at, choosing.past_at))
    reaches = (start >= first - int(LONGEST.total_seconds())) & (start + seconds > first)
    known = flags(table, "is_start_known", missing=True)
    here = (start < past) & ((start >= first) | (known & reaches))
    all_rows = Rows(table, ids)
    days = _first_days(start, _service(table, seconds), all_rows, choosing)
    if here.all():
        return Log(table, all_rows, days, _in_order(table, start))
    table = table.filter(_truths(here))
    return Log(table, Rows(table, ids), days, _in_order(table, start[here]))


def _first_days(start: Any, is_service: Any, rows: Rows, choosing: Choosing) -> list[date | None]:
    """The first local day on which somebody's time served each patient."""
    import numpy as np

    served = np.append(np.where(is_service, start, _MOST_SECONDS), _MOST_SECONDS)
    found = np.full(len(rows.starts), _MOST_SECONDS)
    some = rows.ends > rows.starts
    # Between two patients may stand rows of somebody unknown: each second bound ends a span.
    bounds = np.stack((rows.starts[some], rows.ends[some]), axis=1).ravel()
    if len(bounds):
        found[some] = np.minimum.reduceat(served, bounds)[::2]
    quarters, at = distinct(found // QUARTER)
    none, zone = _MOST_SECONDS // QUARTER, choosing.zone
    days = [None if one == none else day_of(one, zone) for one in quarters.tolist()]
    return list(map(days.__getitem__, at.tolist()))


def _service(table: Any, seconds: Any) -> Any:
    """Entries that are time of the program's own people (``case_building.is_service``)."""
    return (seconds > 0) & ~flags(table, "face_to_face", missing=False) & served(table)


def _in_order(table: Any, start: Any) -> bool:
    import pyarrow.compute as pc

    if len(start) < 2:
        return True
    ids, names = (
        table[name].cast("string").combine_chunks() for name in ("patient_id", "entry_id")
    )
    same = pc.equal(ids[1:], ids[:-1]).to_numpy(zero_copy_only=False)
    rise = pc.greater(names[1:], names[:-1]).to_numpy(zero_copy_only=False)
    follows = (start[1:] > start[:-1]) | ((start[1:] == start[:-1]) & rise)
    return bool((follows | ~same).all())


def _truths(values: Any) -> Any:
    import pyarrow as pa

    return pa.array(values)
