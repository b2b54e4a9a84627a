"""A practice's records in a database as columns: each worker reads its own patients.

Workers ask the database themselves, so that nothing must lie on a disk that all machines
see. On PostgreSQL all of them read the state of the moment at which the audit began. The
one place where a database's days, truths, moments and amounts become those of files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ccm_core import records
from ccm_core.amounts import amount_of
from ccm_core.case_building import LONGEST, SERVICE_ACTORS
from ccm_core.engine.charts import practice_in, records_of
from ccm_core.engine.columns import OF_PATIENTS, arrow_type, kind_of, schema_of
from ccm_core.engine.crossing import LOG, pieces_of
from ccm_core.engine.staging import sorted_by
from ccm_core.errors import UsageError
from ccm_core.months import Month, time_zone
from ccm_core.record_ids import SAME_BY
from ccm_core.store.arrow_rows import connected, listed

_BY_TIME = ("patient_id", "started_at", "entry_id")


@dataclass(frozen=True)
class Stored:
    """The records of one practice in a database."""

    url: str = field(repr=False)
    practice_id: str
    snapshot: str = field(default="", repr=False)

    def _rows(self) -> Any:
        return connected(self.url, self.practice_id, self.snapshot)

    def practice(self) -> records.Practice:
        """The practice. Raises: UsageError."""
        with self._rows() as rows:
            found = as_columns(rows.of(records.Practice), records.Practice)
        return practice_in(records_of(found, records.Practice))

    def patient_ids(self) -> Any:
        """Everybody of the panel, in order."""
        with self._rows() as rows:
            found = rows.of(records.Patient, names=["patient_id"])
        return found["patient_id"].cast("string").sort()

    def some(self, ids: Any, start: int, stop: int) -> str:
        """What names the patients of a piece to whoever reads them."""
        return listed(ids[start:stop].to_pylist())

    def charts(self, some: str) -> Mapping[type[Any], Iterator[Any]]:
        """Rows of each kind for these patients, by patient."""
        found = {}
        with self._rows() as rows:
            for kind in OF_PATIENTS:
                table = rows.of(kind, f" AND {rows.among('patient_id', 2)}", some)
                keys = _BY_TIME if kind is records.TimeEntry else ("patient_id", "id")
                found[kind] = as_columns(sorted_by(table, keys), kind)
        return {kind: iter(table.to_batches()) for kind, table in found.items()}

    def people(self, practice: records.Practice, month: Month, _room: Any) -> list[Any]:
        """Everybody who logged time in the month, in pieces."""
        with self._rows() as rows:
            found = rows.of(
                records.TimeEntry, _IN_MONTH, *_window(practice, month), names=["staff_id"]
            )
        counted = found["staff_id"].cast("string").value_counts().to_pylist()
        groups = pieces_of(sorted((one["values"], one["counts"]) for one in counted))
        return [listed(group) for group in groups]

    def log(self, people: str, practice: records.Practice, month: Month) -> Any:
        """What these people logged, by person."""
        with self._rows() as rows:
            where = f"{_IN_MONTH} AND {rows.among('staff_id', 4)}"
            values = (*_window(practice, month), people)
            table = rows.of(records.TimeEntry, where, *values, names=LOG)
        return as_columns(sorted_by(table, ("staff_id", *_BY_TIME)), records.TimeEntry)


_IN_MONTH = " AND started_at >= $2 AND started_at < $3 AND staff_id <> '' AND actor IN ({})".format(
    ", ".join(f"'{actor}'" for actor in SERVICE_ACTORS)
)


def _window(practice: records.Practice, month: Month) -> tuple[int, int]:
    first, past = month.bounds(time_zone(practice.time_zone))
    return first - int(LONGEST.total_seconds()), past


def as_columns(table: Any, kind: type[Any]) -> Any:
    """Rows as the database keeps them as the columns of a file. Raises: UsageError."""
    import pyarrow as pa

    held = set(table.column_names)
    if not table.num_rows:  # of which SQLite says no types
        return (
            schema_of(kind).empty_table().select([n.name for n in fields(kind) if n.name in held])
        )
    columns = {}
    for one in fields(kind):
        if one.name in held:
            said = kind_of(one)
            try:
                columns[one.name] = _MADE.get(said, _words)(table[one.name], said)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError):
                raise UsageError(
                    f"{kind.__name__} was read from a database; {one.name} holds values of "
                    "another kind. Restore a backup, or import the records again."
                ) from None
            if columns[one.name].type == pa.string() and one.name not in _keys(kind):
                columns[one.name] = columns[one.name].dictionary_encode()
    return pa.table(columns)


def _keys(kind: type[Any]) -> set[str]:
    """Columns by which rows are found: each text is another one."""
    return {"patient_id", "staff_id", *SAME_BY[kind]}


def _words(column: Any, _said: str) -> Any:
    return column.cast("string")


def _moments(column: Any, said: str) -> Any:
    """Moments: whole seconds since 1970."""
    import pyarrow as pa

    return column.cast("int64").cast(pa.timestamp("s", tz="UTC")).cast(arrow_type(said))


def _amounts(column: Any, _said: str) -> Any:
    """Amounts: whole ten-thousandths."""
    import pyarrow as pa

    words = column.cast("int64").dictionary_encode()
    chunks = [
        pa.array([str(amount_of(whole)) for whole in one.dictionary.to_pylist()], pa.string())
        .take(one.indices)
        for one in words.chunks
    ]  # fmt: skip
    return pa.chunked_array(chunks, pa.string())


def _plainly(column: Any, said: str) -> Any:
    """Days, of which SQLite gives texts; truths, which are numbers there; numbers."""
    return column.cast(arrow_type(said))


_MADE: dict[str, Any] = {
    "date": _plainly, "datetime": _moments, "Decimal": _amounts, "bool": _plainly, "int": _plainly,
}  # fmt: skip
