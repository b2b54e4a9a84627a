"""Months that lie on the very edge of being plain are judged as their records would be.

Each edge changes or adds a record or two of a chart that has nothing odd about it; some
patients have one edge, others two of them.
"""

from __future__ import annotations

import random
from dataclasses import MISSING, fields, replace
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from ccm_core import records as r
from ccm_core.engine import columns
from ccm_core.engine.run import Cluster, audit_month
from ccm_core.months import Month
from ccm_core.record_ids import SAME_BY
from tests.bench import made
from tests.engine.as_columns import assert_same, both_ways
from tests.engine.edges import EDGES
from tests.engine.plain_charts import Chart, both

PRACTICE = r.Practice("p", "Some practice", state="FL", locality="09102-04", npi=made.NPI)
PLACES = (
    (PRACTICE, Month(2025, 3)),
    (replace(PRACTICE, time_zone="Pacific/Honolulu", policy="strict", state="CA",
             access_proof_on=date(2025, 1, 2)), Month(2024, 2)),
    (replace(PRACTICE, setting="rhc", preference="highest", policy="strict",
             time_zone="America/Los_Angeles"), Month(2025, 11)),
    (replace(PRACTICE, setting="facility", locality="nowhere"), Month(2016, 3)),
)  # fmt: skip


def _name(one: Any) -> tuple[Any, ...]:
    """What two records of a kind may not share."""
    return type(one), *(getattr(one, name) for name in SAME_BY.get(type(one), ("reason",)))


@pytest.mark.parametrize(
    "place", [0, 1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, len(PLACES)))]
)
def test_edges(place, tmp_path):
    (practice, month), chance = PLACES[place], random.Random(place)
    found: list[Any] = [practice]
    some = EDGES[place % 2 :: 2]
    pairs = [both(*chance.sample(EDGES, 2)) for _ in range(200)]
    for number, bend in zip(count(), [*some, *pairs], strict=False):
        chart = Chart(month, practice.time_zone, f"e{number:05d}")
        found += {_name(one): one for one in bend(chart, chart.plain())}.values()
    judged = both_ways(found, tmp_path / "in", month)
    assert_same(judged, least=len(some))
    assert judged.plain > len(some) // 2


def _files(folder: Any) -> Any:
    """A small practice's files, every patient with one of some edges."""
    found: list[Any] = [PRACTICE]
    for number, bend in enumerate(EDGES[::20]):
        chart = Chart(Month(2025, 3), PRACTICE.time_zone, f"e{number:05d}")
        found += bend(chart, chart.plain())
    columns.write_records(found, folder)


def test_empty_cells(tmp_path):
    """What a cell holds that is empty is what the record of it would hold."""
    _files(tmp_path / "in")
    chance = random.Random(1)
    for kind in columns.OF_PATIENTS:
        file = tmp_path / "in" / f"{kind.__name__}.parquet"
        table = pq.read_table(file) if file.exists() else None
        for one in fields(kind) if table is not None else ():
            if one.name in table.column_names and columns.default_of(one) is not MISSING:
                place = table.column_names.index(one.name)
                gone = pa.array([chance.random() < 0.08 for _ in range(table.num_rows)])
                cells = pc.if_else(gone, pa.scalar(None, table.schema.types[place]), table[place])
                table = table.set_column(place, one.name, cells)
        if table is not None:
            pq.write_table(table, file)
    assert_same(both_ways([], tmp_path / "in", Month(2025, 3)), least=80)


def test_an_empty_actor_is_one_of_the_staff_for_signals_too(tmp_path):
    at = datetime(2025, 3, 5, 15, tzinfo=UTC)
    found = [
        *made.practice_records(4),
        *(r.TimeEntry(f"o{n}", f"b000000{n}", at, 1_200, staff_id="s9") for n in range(2)),
    ]
    seen = []
    for name, actor in (("said", "clinical_staff"), ("empty", None)):
        folder = tmp_path / name
        columns.write_records(found, folder)
        table = pq.read_table(folder / "TimeEntry.parquet")
        place, number = table.column_names.index("actor"), table.num_rows
        actors = pa.array([actor] * number, pa.string())
        pq.write_table(table.set_column(place, "actor", actors), folder / "TimeEntry.parquet")
        where = Cluster(source=str(folder))
        seen.append(audit_month([], Month(2025, 3), None, None, "local", where))
    said, empty = seen
    assert said == empty
    assert {"T06"} <= {judged.rule for outcome in said for judged in outcome.findings}
