"""Files of one kind of record that differ: other columns, another order, columns of no use."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ccm_core.engine import columns
from ccm_core.engine.outcome_columns import read_outcomes
from ccm_core.engine.run import Cluster, audit_to_output
from ccm_core.errors import UsageError
from tests.bench import made
from tests.store.practices import MARCH

PATIENTS = 30


@pytest.fixture
def folder(tmp_path):
    found = sorted(made.practice_records(PATIENTS), key=lambda one: getattr(one, "patient_id", ""))
    columns.write_records(found, tmp_path / "in")
    return tmp_path / "in"


def judged(folder: Path) -> dict[str, Any]:
    output = folder.parent / f"out-{len(list(folder.parent.iterdir()))}"
    audit_to_output([], MARCH, None, None, "local", Cluster(source=str(folder), output=str(output)))
    return dict(read_outcomes(output))


def in_parts(folder: Path, kind: str, change: Any) -> None:
    """Split a file into two; the second is changed."""
    file = folder / f"{kind}.parquet"
    table = pq.read_table(file)
    file.unlink()
    half = table.num_rows // 2
    (folder / kind).mkdir()
    pq.write_table(table.slice(0, half), folder / kind / "a.parquet")
    pq.write_table(change(table.slice(half)), folder / kind / "b.parquet")


def nested(table: Any) -> Any:
    return table.add_column(0, "more", pa.array([{"a": "a", "b": "z"}] * table.num_rows))


def listed(table: Any) -> Any:
    return table.add_column(0, "more", pa.array([["z", "a"]] * table.num_rows))


@pytest.mark.parametrize("kind", ["Patient", "TimeEntry", "Payer"])
@pytest.mark.parametrize("added", [nested, listed])
def test_columns_of_no_use_lose_nobody(folder, kind, added):
    want = judged(folder)
    assert len(want) == PATIENTS
    file = folder / f"{kind}.parquet"
    pq.write_table(added(pq.read_table(file)), file)
    assert judged(folder) == want


@pytest.mark.parametrize("kind", ["Patient", "TimeEntry", "Payer", "Visit"])
def test_parts_may_have_their_columns_in_another_order(folder, kind):
    want = judged(folder)
    in_parts(folder, kind, lambda table: table.select(table.column_names[::-1]))
    assert judged(folder) == want


@pytest.mark.parametrize("is_sorted", [True, False])
def test_what_a_part_lacks_has_its_default(folder, is_sorted):
    """A payer without the column holds Part B; one with an empty cell may not."""
    want = judged(folder)

    def without(table: Any) -> Any:
        some = table.drop_columns(["has_part_b", "name"])
        return some if is_sorted else some.take(list(range(some.num_rows))[::-1])

    in_parts(folder, "Payer", without)
    assert judged(folder) == want


def test_a_part_that_lacks_what_is_needed_is_refused(folder):
    in_parts(folder, "Visit", lambda table: table.drop_columns(["on"]))
    with pytest.raises(UsageError, match="rows of Visit have no on"):
        judged(folder)


def changed(folder: Path, kind: str, column: str, value: Any) -> None:
    """One row of a column says something else."""
    file = folder / f"{kind}.parquet"
    table = pq.read_table(file)
    place = table.column_names.index(column)
    values = [value, *table[column].to_pylist()[1:]]
    field = table.schema.field(column)
    pq.write_table(table.set_column(place, field, pa.array(values, field.type)), file)


@pytest.mark.parametrize(
    ("kind", "column", "value"),
    [
        ("Stay", "kind", "Hospital"), ("Stay", "kind", ""), ("Stay", "kind", "inpatient"),
        ("TimeEntry", "actor", "nurse"), ("TimeEntry", "seconds", -60),
        ("Payer", "kind", "MEDICARE"), ("Patient", "status", "Active"),
        ("Consent", "mode", "oral"), ("Stay", "to_on", date(1990, 1, 1)),
        ("Visit", "practice", "ours"), ("Visit", "code", "g0557"), ("Visit", "code", "G0557 "),
        ("Visit", "code", "G0181-GV"), ("ClaimLine", "code", "99490-25"),
        ("ClaimLine", "status", "open"), ("Practice", "policy", "cms"),
        ("Practice", "setting", "Office"),
    ],
)  # fmt: skip
def test_a_word_that_no_rule_knows_is_refused(folder, kind, column, value):
    """A stay of a kind that nobody knows would leave its month clean."""
    changed(folder, kind, column, value)
    with pytest.raises(UsageError, match=column) as refusal:
        judged(folder)
    assert f" {value}" not in str(refusal.value) or not value


def test_codes_of_other_systems_are_passed_over(folder):
    want = judged(folder)
    changed(folder, "Visit", "code", "HOSP")
    assert len(judged(folder)) == len(want)
