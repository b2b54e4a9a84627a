"""``ccm audit`` of files that are not there, or that hold no case, says so."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from ccm_core.cli import app


def audit(*arguments: str):
    return CliRunner().invoke(app, ["audit", *arguments])


@pytest.mark.parametrize("name", ["gone.json", "gone.toml", "gone.jsonl"])
def test_a_file_that_is_not_there(name, tmp_path):
    kept = tmp_path / "kept.json"
    kept.write_text('{"month": "2025-03", "staff_minutes": 25}')
    for files in ([str(tmp_path / name)], [str(kept), str(tmp_path / name)]):
        done = audit(*files)
        assert (done.exit_code, done.stdout) == (2, "")
        assert f"{name} cannot be read: No such file or directory." in done.stderr


def test_another_month_than_that_of_the_cases(tmp_path):
    kept = tmp_path / "kept.json"
    kept.write_text('{"month": "2025-03", "staff_minutes": 25}')
    done = audit(str(kept), "--month", "2025-04")
    assert (done.exit_code, json.loads(done.stdout)["cases"]) == (0, 0)
    assert done.stderr == "Nothing was audited: no case of that month was found.\n"
    assert audit(str(kept), "--month", "2025-03").stderr == ""


def test_an_engine_that_does_not_exist(tmp_path):
    kept = tmp_path / "kept.json"
    kept.write_text('{"month": "2025-03", "staff_minutes": 25}')
    done = audit(str(kept), "--engine", "gpu")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "engine 'gpu' was asked; there are local, processes, spark." in done.stderr
