"""A practice's records in files of columns: sorted by patient, read where they lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ccm_core import records
from ccm_core.engine.charts import practice_in, records_of
from ccm_core.engine.columns import OF_PATIENTS, kind_of
from ccm_core.engine.crossing import logs_by_person, piece_of
from ccm_core.engine.staging import Staged
from ccm_core.engine.vocabulary import refuse_unknown_practice
from ccm_core.months import Month
from ccm_core.record_ids import SAME_BY

_BATCH = 20_000
_WHOLE = frozenset({"int", "bool", "date", "datetime"})


@dataclass(frozen=True)
class Files:
    """The records of one practice in files that all workers see."""

    staged: Staged

    def practice(self) -> records.Practice:
        """The practice. Raises: UsageError."""
        import pyarrow.parquet as pq

        found = practice_in([
            one for file in self.staged["Practice"]
            for one in records_of(pq.ParquetFile(file).read(), records.Practice)
        ])  # fmt: skip
        refuse_unknown_practice(found)
        return found

    def patient_ids(self) -> Any:
        """Everybody of the panel, in order."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        return pa.chunked_array(
            [
                batch.column(0)
                for file in self.staged["Patient"]
                for batch in pq.ParquetFile(file).iter_batches(columns=["patient_id"])
            ],
            type=pa.string(),
        )

    def some(self, ids: Any, start: int, _stop: int) -> str:
        """What names the patients of a piece to whoever reads them: the first of them."""
        first: str = ids[start].as_py()
        return first

    def charts(self, first: str) -> Mapping[type[Any], Iterator[Any]]:
        """Rows of each kind, by patient, from a patient on or somewhat earlier."""
        return {
            kind: _batches(self.staged.get(kind.__name__, ()), kind, first) for kind in OF_PATIENTS
        }

    def people(self, practice: records.Practice, month: Month, room: Path) -> list[Any]:
        """Everybody who logged time in the month, in pieces."""
        return list(logs_by_person(self.staged.get("TimeEntry", ()), practice, month, room))

    def log(self, people: str, _practice: records.Practice, _month: Month) -> Any:
        """What these people logged, by person."""
        return piece_of(people)


def _batches(files: Sequence[str], kind: type[Any], first: str) -> Iterator[Any]:
    import pyarrow.parquet as pq

    wanted = {one.name: kind_of(one) for one in fields(kind)}
    keys = {"patient_id", *SAME_BY[kind]}
    for file in files:
        names = pq.read_schema(file).names
        few = [n for n in names if wanted.get(n, "int") not in _WHOLE and n not in keys]
        opened = pq.ParquetFile(file, read_dictionary=few, memory_map=True)
        groups = _groups(opened, first)
        columns = [name for name in names if name in wanted]
        yield from opened.iter_batches(_BATCH, row_groups=groups, columns=columns)


def _groups(opened: Any, first: str) -> list[int]:
    """Row groups that may hold the first or a later one."""
    found = []
    for number in range(opened.num_row_groups):
        group = opened.metadata.row_group(number)
        # Statistics go by the leaf: a column of structs before it has several of them.
        leaves = (group.column(place) for place in range(group.num_columns))
        seen = next(
            (leaf.statistics for leaf in leaves if leaf.path_in_schema == "patient_id"), None
        )
        if seen is None or not seen.has_min_max or seen.max >= first:
            found.append(number)
    return found
