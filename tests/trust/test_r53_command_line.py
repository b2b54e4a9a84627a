"""R53, R31: what a command prints of a file is no formula and nothing that a terminal obeys."""

from __future__ import annotations

import csv
import io
import json

import pytest
from typer.testing import CliRunner

from ccm_core.cli import app

CASE = {"month": "2025-03", "staff_minutes": 25, "chronic_conditions": 1}


def audited(tmp_path, patient: str, kind: str) -> str:
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps({"patient": patient, **CASE}))
    done = CliRunner().invoke(app, ["audit", str(kept), "--format", kind])
    assert done.exit_code == 1, "a month of one condition is blocked"
    return done.stdout


@pytest.mark.parametrize("name", ['=HYPERLINK("http://evil.example")', "@SUM(A1)", " +1", "\t-1"])
def test_a_report_for_spreadsheets_holds_no_formula(tmp_path, name):
    rows = list(csv.DictReader(io.StringIO(audited(tmp_path, name, "csv"), newline="")))
    assert rows
    assert {row["patient"] for row in rows} == {f"'{name}"}


def test_a_report_for_people_is_one_line_for_each_finding(tmp_path):
    told = audited(tmp_path, "a\x1b[2J\x07\n  b: NOTE M01 forged\x9b1m\u202e", "text")
    plain = audited(tmp_path, "a", "text")
    assert len(told.splitlines()) == len(plain.splitlines())
    assert all(line.isprintable() for line in told.splitlines())
    assert "a\\x1b[2J" in told
