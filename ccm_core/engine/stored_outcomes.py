"""Outcomes into the tables of a database: all of a run, or nothing.

What workers found comes back here as the bytes of its file. When the last has come, one
short transaction takes them all, in bulk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from ccm_core.engine.folders import Mapped, Source, Tally, parts_of
from ccm_core.engine.outcome_columns import FINDING
from ccm_core.errors import UsageError
from ccm_core.months import Month, utc_now
from ccm_core.policy import one_name
from ccm_core.store import db
from ccm_core.store.arrow_rows import Rows, connected, plain, state_of
from ccm_core.tables import tables_version

_USD = ("planned_usd", "expected_medicare_usd", "expected_patient_usd")


def require_place(url: str) -> None:
    """See that the database has the tables; an empty one gets them. Raises: UsageError."""
    state = state_of(url)
    if state == "empty":
        db.migrate(url)
    elif state != "current":
        raise UsageError(
            f"{plain(url)} was to be written; it has an {state} form than this program. "
            + ("Run 'ccm migrate --db' with its address." if state == "older" else
               "Install the program that made it.")
        )  # fmt: skip


def write(
    sources: Mapping[str, Source], url: str, month: Month, policy: str | None, mapped: Mapped
) -> Tally:
    """Write the outcomes of every practice in one transaction; gives counts and sums.

    Raises: UsageError, StoreTrouble.
    """
    total, sha = Tally(), hashlib.sha256()
    runs = [
        _Run(sources[name], month, list(parts_of(sources[name], month, policy, mapped)))
        for name in sorted(sources)
    ]
    with connected(url) as rows:
        for run in runs:
            total.output_ids.append(run.keep(rows))
            total.join(run.tally)
            for part in run.parts:
                sha.update(part)
    total.output_sha256 = sha.hexdigest()
    return total


class _Run:
    """The outcomes of one practice on their way into the tables."""

    def __init__(self, source: Source, month: Month, found: list[tuple[Tally, bytes]]) -> None:
        self.practice_id, self.month = source.practice().practice_id, month
        self.parts = [part for _, part in found]
        self.tally = Tally()
        for tally, _ in found:
            self.tally.join(tally)

    def keep(self, rows: Rows) -> int:
        """Put them into the tables; gives the number of the run."""
        import pyarrow.parquet as pq

        rows.work_for(self.practice_id)
        output_id = self._row(rows)
        for part in self.parts:
            table = pq.read_table(BytesIO(part))
            for target, columns in (
                ("audit_output_case", cases(table)), ("audit_output_finding", findings(table)),
            ):  # fmt: skip
                rows.put(target, self._named(columns, output_id))
        return output_id

    def _named(self, columns: Any, output_id: int) -> Any:
        import pyarrow as pa

        many = columns.num_rows
        return columns.append_column(
            "output_id", pa.repeat(pa.scalar(output_id, pa.int64()), many)
        ).append_column("practice_id", pa.repeat(self.practice_id, many))

    def _row(self, rows: Rows) -> int:
        status, t = self.tally.status, self.tally
        sha = hashlib.sha256(b"".join(self.parts))
        said: dict[str, Any] = {
            "created_at": int(utc_now().timestamp()),
            "practice_id": self.practice_id,
            "month": str(self.month),
            "policy": one_name(t.policies),
            "tables_version": tables_version(),
            "cases": status.total(),
            **{name: status[name] for name in ("clean", "review", "blocked")},
            "below_threshold": t.below,
            "nothing_to_bill": t.nothing,
            "without_fee": t.unpriced,
            "output_sha256": sha.hexdigest(),
        }
        places = ", ".join(f"${number}" for number in range(1, len(said) + 1))
        found = rows.ask(
            f"INSERT INTO audit_output ({', '.join(said)}) VALUES ({places}) RETURNING id",
            *said.values(),
        )
        return int(found["id"][0].as_py())


def cases(table: Any) -> Any:
    """The columns of cases as the database keeps them: amounts in ten-thousandths."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = table.drop_columns(["findings"])
    for name in _USD:
        exact = found[name].cast(pa.decimal128(18, 4))
        whole = pc.multiply(exact, pa.scalar(10_000, pa.decimal128(5, 0))).cast(pa.int64())
        found = found.set_column(found.column_names.index(name), name, whole)
    return found


def findings(table: Any) -> Any:
    """A row for each finding, with its patient and its place among the patient's."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    lists = table["findings"].combine_chunks()
    owner = pc.list_parent_indices(lists)
    starts = np.asarray(lists.offsets)[:-1] - lists.offsets[0].as_py()
    place = np.arange(len(owner)) - starts[np.asarray(owner)] if len(owner) else []
    flat = pc.list_flatten(lists)
    return pa.table({
        "patient_id": table["patient_id"].combine_chunks().take(owner),
        "place": pa.array(place, pa.int32()),
        **{name: pc.struct_field(flat, name) for name in FINDING},
    })  # fmt: skip
