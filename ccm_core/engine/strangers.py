"""Rows of a folder of columns whose patient is not in the panel: no case holds them.

They may be people of another program. They may also be the panel's own, written in another way
(``123`` and ``00123``): then every hospital month of theirs is clean, so they are told.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ccm_core.engine.columns import OF_PATIENTS
from ccm_core.engine.staging import files_of
from ccm_core.records import Patient

_ID = "patient_id"


def strangers(source: Path) -> Iterator[tuple[str, int]]:
    """Of each file that has some, the number of rows of patients whom ``Patient`` does not hold."""
    import pyarrow as pa

    panel = [_ids(file) for file in files_of(source, Patient.__name__)]
    known = pa.concat_arrays(panel) if panel else pa.array([], pa.string())
    for kind in OF_PATIENTS:
        for file in files_of(source, kind.__name__) if kind is not Patient else ():
            number = _unknown(_ids(file), known)
            if number:
                yield str(file.relative_to(source)), number


def _unknown(ids: Any, known: Any) -> int:
    """How many of these rows name nobody that is known; rows of one patient are asked once."""
    import numpy as np
    import pyarrow.compute as pc

    if not len(ids):
        return 0
    runs = pc.run_end_encode(ids)
    if runs.values.equals(known):
        return 0
    is_known = pc.is_in(runs.values, value_set=known).to_numpy(zero_copy_only=False)
    each = np.diff(runs.run_ends.to_numpy(), prepend=0)
    return int(each[~is_known].sum())


def _ids(file: Path) -> Any:
    """The patients of the rows of a file, as texts."""
    import pyarrow as pa

    if file.suffix.lower() == ".parquet":
        import pyarrow.parquet as pq

        column = pq.ParquetFile(file).read(columns=[_ID])[_ID]
    else:
        from pyarrow import csv

        options = csv.ConvertOptions(include_columns=[_ID], column_types={_ID: pa.string()})
        parsing = csv.ParseOptions(newlines_in_values=True)
        column = csv.read_csv(file, convert_options=options, parse_options=parsing)[_ID]
    found = column.cast(pa.string()).combine_chunks()
    return pa.concat_arrays(found.chunks) if isinstance(found, pa.ChunkedArray) else found
