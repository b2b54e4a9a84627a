"""Outcomes as columns: findings as rule, summary and evidence; the rest is worded when read.

Title, fix and the text of the sources of a finding are those of the rule book: a file of a
million cases does not repeat them. ``read_outcomes`` puts them back, and gives what
``outcome_json`` gives, to the byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from ccm_core.cases import SECONDS_PER_MINUTE
from ccm_core.outcome_json import plain, sources_json
from ccm_core.rules.book import find_rule

SHARED = (
    "month", "excluded", "paths", "chosen", "planned_units", "planned_usd", "service_on",
    "expected_medicare_usd", "expected_patient_usd", "expected_by", "next_threshold_minutes",
    "minutes_to_next", "policy", "tables_version", "has_no_claim", "is_below_threshold",
)  # fmt: skip
"""Columns that are the same for all months of one kind."""
_CASE = (
    "patient_id", "month", "npi", "status", "staff_seconds", "practitioner_seconds",
    "total_seconds", "logged_seconds", "leftover_seconds", *SHARED[1:],
)  # fmt: skip
NOTHING = "{}"
"""Planned units of a month that earns nothing and of which nobody asked anything."""
FINDING = ("rule", "level", "layer", "summary", "evidence", "cites")


CODED = (*(name for name in ("npi", "status", *SHARED) if not name.startswith(("has_", "is_"))),)
"""Columns that are written as codes of few values."""


def schema(*, is_coded: bool = False) -> Any:
    """The columns of a file of outcomes; findings stand inside their case.

    ``is_coded``: as they are written, texts as codes of a dictionary. Files say the same either
    way, and are read as texts.
    """
    import pyarrow as pa

    text = pa.dictionary(pa.int32(), pa.string()) if is_coded else pa.string()
    named = {
        "patient_id": pa.string(), "service_on": pa.date32(),
        "has_no_claim": pa.bool_(), "is_below_threshold": pa.bool_(),
        **dict.fromkeys((
            "staff_seconds", "practitioner_seconds", "total_seconds", "logged_seconds",
            "leftover_seconds", "next_threshold_minutes", "minutes_to_next",
        ), pa.int64()),
    }  # fmt: skip
    finding = pa.struct([(name, text) for name in FINDING])
    columns = [(name, named.get(name, text)) for name in _CASE]
    return pa.schema([*columns, ("findings", pa.list_(finding))])


def writer(target: Any) -> Any:
    """A writer of Parquet files of outcomes, for tables of coded columns."""
    import pyarrow.parquet as pq

    return pq.ParquetWriter(
        target, schema(is_coded=True), compression="zstd", write_statistics=["patient_id"],
        use_dictionary=[*CODED, *(f"findings.list.element.{name}" for name in FINDING)],
        # The file's own types say all: with Arrow's beside them, codes would be read as codes.
        store_schema=False,
    )  # fmt: skip


def read_outcomes(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The outcomes of a folder by patient, worded: the shape of ``outcome_json``."""
    for row in _rows(folder):
        yield row["patient_id"], worded(row)


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    import pyarrow.parquet as pq

    for file in sorted(folder.glob("*.parquet")):
        for batch in pq.ParquetFile(file).iter_batches():
            yield from batch.to_pylist()


def worded(row: dict[str, Any]) -> dict[str, Any]:
    """One row of a file as ``outcome_json`` would give it."""
    paths = {
        name: {"name": name, "units": units, "allowed_usd": usd, "estimate": estimate}
        for name, units, usd, estimate in orjson.loads(row["paths"])
    }
    chosen = None
    if row["chosen"] is not None:
        chosen = {
            **paths[row["chosen"]],
            "expected_medicare_usd": row["expected_medicare_usd"],
            "expected_patient_usd": row["expected_patient_usd"],
            "expected_by": row["expected_by"] or "fee schedule",
        }
    return {
        "status": row["status"],
        "month": row["month"],
        "counted_minutes": {
            name: row[f"{name}_seconds"] // SECONDS_PER_MINUTE
            for name in ("staff", "practitioner", "total")
        },
        "excluded": [
            {"minutes": seconds // SECONDS_PER_MINUTE, "seconds": seconds, "reason": reason}
            for seconds, reason, _ in orjson.loads(row["excluded"])
        ],
        "leftover_minutes": row["leftover_seconds"] // SECONDS_PER_MINUTE,
        "paths": list(paths.values()),
        "chosen": chosen,
        "planned_units": orjson.loads(row["planned_units"]),
        "date_of_service": plain(row["service_on"]),
        "findings": [_finding(found) for found in row["findings"]],
        "policy": row["policy"],
        "tables_version": row["tables_version"],
    }


def _finding(row: dict[str, str]) -> dict[str, Any]:
    return {
        "rule": row["rule"],
        "level": row["level"],
        "summary": row["summary"],
        "evidence": [
            {"name": name, "value": value, "ids": ids}
            for name, value, ids in orjson.loads(row["evidence"])
        ],
        "sources": sources_json(orjson.loads(row["cites"])),
        "fix": find_rule(row["rule"]).fix,
        "layer": row["layer"],
    }
