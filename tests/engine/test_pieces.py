"""Into which pieces a panel is cut, whatever engine works on them."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccm_core import records
from ccm_core.engine import charts, columns, file_rows, folders, kept_months, staging
from tests.bench import made


@given(st.integers(0, 100_000_000))
def test_pieces_are_neither_many_nor_large(patients):
    step = charts.step_of(patients)
    assert charts.STEP <= step <= charts.MOST
    assert -(-patients // step) <= max(charts.PIECES + 1, -(-patients // charts.MOST))


@pytest.mark.parametrize(
    "patients", [1, charts.STEP, charts.STEP + 1, charts.STEP * charts.PIECES + charts.PIECES]
)
def test_every_patient_is_in_one_piece(patients):
    ids = pa.array([f"p{number:09d}" for number in range(patients)], pa.string())
    cuts, step = charts.cuts_of(ids), charts.step_of(patients)
    assert cuts == [ids[first].as_py() for first in range(0, patients, step)]
    assert (len(cuts) - 1) * step < patients <= len(cuts) * step


def test_a_practice_without_patients_has_no_outcomes(tmp_path):
    for name in ("in", "room"):
        (tmp_path / name).mkdir()
    columns.write_records([made.PRACTICE], tmp_path / "in")
    nobody = columns.schema_of(records.Patient).empty_table()
    pq.write_table(nobody, tmp_path / "in" / "Patient.parquet")
    source = file_rows.Files(staging.stage(tmp_path / "in", tmp_path / "room"))
    assert folders.outcomes_of(source, made.MONTH, None, folders.in_process) == []


def test_a_piece_is_written_alike_wherever_it_is_judged(tmp_path):
    """Workers differ in what they have judged before; files go by their bytes."""
    for name in ("in", "room"):
        (tmp_path / name).mkdir()
    columns.write_records(made.practice_records(400), tmp_path / "in")
    source = file_rows.Files(staging.stage(tmp_path / "in", tmp_path / "room"))
    hashes = []
    for run in range(2):
        if run == 0:
            kept_months.kept_of.cache_clear()
        out = tmp_path / f"out{run}"
        folders.write_outcomes(source, str(out), made.MONTH, None, folders.in_process)
        hashes.append([one.read_bytes() for one in sorted(out.glob("*.parquet"))])
    assert hashes[0] == hashes[1]
