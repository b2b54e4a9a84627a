"""An audit of exports tells of every row that it could not read: it may decide a claim."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from ccm_core.cli import app

FILES = {
    "patients.csv": "patient_id,family_name,given_name,born_on,sex\nP1,Sample,Ann,1950-01-01,F\n",
    "conditions.csv": "patient_id,code,onset_on,confirmed_by,confirmed_on\n"
    "P1,I10,2020-01-01,1234567893,2020-01-01\nP1,E11.9,2020-01-01,1234567893,2020-01-01\n",
    "consents.csv": "patient_id,given_on,mode,elements\n"
    "P1,2024-06-01,written,availability; cost_sharing; one_practitioner; right_to_stop\n",
    "care_plans.csv": "patient_id,created_on,reviewed_on,copy_given_on\n"
    "P1,2025-01-20,2025-01-20,2025-01-20\n",
    "visits.csv": "patient_id,on,code,npi,practice\nP1,2024-06-01,99214,1234567893,same\n",
    "coverage.csv": "patient_id,kind,name,from_on,has_part_b,is_primary\n"
    "P1,medicare,Medicare,2015-01-01,yes,yes\n",
    "time_entries.csv": "entry_id,patient_id,started_at,minutes,staff_id,actor,activity,note\n"
    "E1,P1,2025-03-04 10:00,13,S1,clinical_staff,care coordination,called about refills\n"
    "E2,P1,2025-03-06 11:10,12,S1,clinical_staff,care coordination,talked about diet\n",
}
STAY = "patient_id,kind,from_on,to_on\nP1,snf_part_a,2025-03-01,{}\n"


@pytest.fixture
def audited(tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)

    def run(last_day: str, *more: str):
        (folder / "stays.csv").write_text(STAY.format(last_day))
        words = ["audit", str(folder), "--month", "2025-03", *more]
        return CliRunner().invoke(app, words)

    return run


def test_a_row_that_cannot_be_read_is_told_and_is_status_1(audited):
    whole = json.loads(audited("2025-03-31").stdout)
    assert (whole["blocked"], whole["rejected"], whole["rejects"]) == (1, 0, [])

    done = audited("2025-03-32")
    found = json.loads(done.stdout)
    assert (found["blocked"], done.exit_code) == (0, 1)  # without the stay nothing is in the way
    assert found["rejected"] == 1
    assert found["rejects"] == [
        {
            "file": "stays.csv", "line": 2, "column": "to_on", "rule": "I25",
            "reason": "The calendar has no such day.",
        }
    ]  # fmt: skip
    assert done.stderr.splitlines() == [
        "1 row was rejected and not judged; a case may look better or worse than it is:",
        "  stays.csv, line 2, to_on: The calendar has no such day.",
    ]


@pytest.mark.parametrize("more", [("--format", "csv"), ("--format", "text"), ("--output", "out")])
def test_so_does_every_other_form_of_the_report(audited, tmp_path, monkeypatch, more):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    done = audited("2025-03-32", *more)
    assert done.exit_code == 1
    assert "1 row was rejected and not judged" in done.stderr
