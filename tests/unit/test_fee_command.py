"""``ccm fee`` keeps the shape that scripts rely on."""

from __future__ import annotations

import json
import runpy

import pytest
from typer.testing import CliRunner

from ccm_core.cli import app

runner = CliRunner()


def run(*arguments: str):
    return runner.invoke(app, ["fee", *arguments])


def test_answer_as_agreed():
    done = run("99490", "--on", "2025-03-31", "--locality", "10112-00")
    assert done.exit_code == 0
    assert done.stderr == ""
    assert json.loads(done.stdout) == {
        "code": "99490",
        "on": "2025-03-31",
        "locality": "10112-00",
        "setting": "nonfacility",
        "allowed_usd": "56.23",
        "conversion_factor": "32.3465",
        "rvu": {"work": "1.00", "pe": "0.81", "mp": "0.06"},
        "gpci": {"work": "1.000", "pe": "0.869", "mp": "0.575"},
        "estimate": False,
        "sources": [
            "cms-pfs-2025#RVU25D",
            "cms-pfs-2025#GPCI2025",
            "cms-pfs-2025#PPRRVU, conversion factor column",
        ],
        "notes": [],
    }


@pytest.mark.parametrize("place", [(), ("--national",)])
def test_national_is_the_default(place):
    answer = json.loads(run("99490", "--on", "2025-03-31", *place).stdout)
    assert (answer["locality"], answer["allowed_usd"]) == ("national", "60.49")


def test_a_zip_code_finds_its_locality_and_tells_its_notes():
    answer = json.loads(run("99490", "--on", "2022-03-31", "--zip", "35203").stdout)
    assert answer["locality"] == "10112-00"
    assert "used for 2022-03-31" in answer["notes"][0]


def test_setting_and_qualifying_participant():
    facility = json.loads(run("99490", "--on", "2026-03-31", "--setting", "facility").stdout)
    assert facility["setting"] == "facility"
    own = json.loads(run("99490", "--on", "2026-03-31", "--qp", "--locality", "03602-21").stdout)
    assert own["conversion_factor"] == "33.5675"
    assert own["estimate"] is True


def test_a_code_may_be_typed_in_small_letters():
    assert json.loads(run("g0506", "--on", "2025-03-31").stdout)["code"] == "G0506"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("99490", "--on", "2018-01-01"), "2019-01-01 to 2026-12-31"),
        (("99454", "--on", "2025-03-31", "--setting", "facility"), "NA: not paid there"),
        (("G0511", "--on", "2025-03-31"), "excluded from the physician fee schedule"),
        (("99490", "--on", "2025-03-31", "--locality", "10112-77"), "Use one of these"),
        (("99490", "--on", "2025-03-31", "--zip", "00000"), "no such code"),
        (("99490", "--on", "31.3.2025"), "Write it as YYYY-MM-DD"),
        (("99490", "--on", "2025-02-30"), "Write it as YYYY-MM-DD"),
        (("99490", "--on", "2025-03-31", "--setting", "office"), "nonfacility, facility"),
        (("99490", "--on", "2025-03-31", "--zip", "35203", "--national"), "not several"),
    ],
)
def test_refusals_leave_standard_output_empty_and_exit_with_2(arguments, says):
    refused = run(*arguments)
    assert refused.exit_code == 2
    assert refused.stdout == ""
    assert says in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_command_line_is_a_module_too(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["ccm", "fee", "99490", "--on", "2025-03-31"])
    with pytest.raises(SystemExit) as left:
        runpy.run_module("ccm_core", run_name="__main__")
    assert left.value.code == 0
    assert json.loads(capsys.readouterr().out)["allowed_usd"] == "60.49"


@pytest.mark.parametrize("arguments", [(), ("99490",), ("--on", "2025-03-31")])
def test_wrong_usage_exits_with_2(arguments):
    assert run(*arguments).exit_code == 2
