"""What lies in a folder of columns and is not read is told: a name misspelled frees a month."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
from typer.testing import CliRunner

from ccm_core.cli import app
from ccm_core.engine import columns
from tests.store.practices import a_messy_practice


def audited(folder):
    done = CliRunner().invoke(app, ["audit", "--month", "2025-03", "--input", str(folder)])
    return json.loads(done.stdout)["left_out"], done.stderr


def test_a_folder_that_is_read_whole_leaves_nothing_out(tmp_path):
    columns.write_records(a_messy_practice(5, 3), tmp_path)
    (tmp_path / "_SUCCESS").write_text("")
    (tmp_path / ".Patient.parquet.crc").write_text("")
    (tmp_path / "README.md").write_text("about")
    assert audited(tmp_path) == ([], "")


def test_kinds_and_fields_that_nobody_knows_are_told(tmp_path):
    columns.write_records(a_messy_practice(5, 3), tmp_path)
    (tmp_path / "stays.csv").write_text("stay_id,patient_id,kind,from_on\n")
    (tmp_path / "care_plan").mkdir()
    (tmp_path / "care_plan" / "part.parquet").write_text("")
    (tmp_path / "Visit").mkdir()
    (tmp_path / "Visit" / "part.csv.gz").write_text("")
    (tmp_path / "Visit" / "month=2025-03").mkdir()
    (tmp_path / "Complexity.csv").write_text("patient_id,month,mdm,Decided On,more\n")
    (tmp_path / "Visit.csv").write_text("visit_id,patient_id,on\n")
    left, said = audited(tmp_path)
    assert [(one["file"], one["column"], one["reason"]) for one in left] == [
        ("Visit/month=2025-03", "", "no file of type .csv or .parquet"),
        ("Visit/part.csv.gz", "", "no file of type .csv or .parquet"),
        ("Visit.csv", "", "the folder of this name is read in its place"),
        ("care_plan", "", "no kind of record has this name; CarePlan was meant?"),
        ("stays.csv", "", "no kind of record has this name; Stay was meant?"),
        ("Complexity.csv", "Decided On", "Complexity has no such field; decided_on was meant?"),
        ("Complexity.csv", "more", "Complexity has no such field"),
    ]
    assert said.splitlines()[0] == "Not read, so that no result rests on it:"
    assert "  stays.csv: no kind of record has this name; Stay was meant?" in said.splitlines()


def test_rows_of_patients_who_are_not_in_the_panel_are_told(tmp_path):
    """Zeros lost from one file would leave every hospital month of its patients clean."""
    found = a_messy_practice(5, 3)
    columns.write_records(found, tmp_path)
    table = pq.read_table(tmp_path / "Consent.parquet")
    assert table.num_rows
    ids = pa.array([f"{one}x" for one in table["patient_id"].to_pylist()])
    pq.write_table(table.set_column(1, "patient_id", ids), tmp_path / "Consent.parquet")
    (tmp_path / "Complexity.csv").write_text("patient_id,month,mdm\nnobody,2025-03,high\n")
    left, said = audited(tmp_path)
    assert {"file": "Consent.parquet", "column": "patient_id",
            "reason": f"{table.num_rows:,} rows are of patients whom Patient does not hold",
            } in left  # fmt: skip
    assert "Complexity.csv patient_id: 1 row is of patients whom Patient does not hold" in said
    assert "nobody" not in said
