"""The table of docs/security.md names every requirement and only tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

from tools import security_table as made

ROOT = Path(__file__).resolve().parents[2]


def test_every_requirement_stands_in_the_table_once():
    names = [line.split(",")[0] for line in made.REQUIREMENTS.read_text().splitlines()[1:]]
    assert names == [f"R{number:02d}" for number in range(1, 59)]
    rows = re.findall(r"^\| (R\d\d) \|", made.DOCUMENT.read_text(), re.MULTILINE)
    assert rows == names


def test_every_named_test_is_there():
    for name, files in made.tests().items():
        for file in files:
            assert (ROOT / file).is_file(), (name, file)


def test_the_table_names_the_tests_that_there_are():
    """A new test that nobody put into the table is not evidence; nor is one that is gone."""
    of, text = made.tests(), made.DOCUMENT.read_text(encoding="utf-8")
    for name, cell in re.findall(r"^\| (R\d\d) \|.*\| ([^|]*) \| [^|]* \|$", text, re.MULTILINE):
        named = [f"tests/{file}" for file in re.findall(r"`([^`]+)`", cell)]
        assert named == of.get(name, []), f"{name}: run python tools/security_table.py --keep"


def test_a_result_of_before_does_not_stand_for_a_new_file():
    old = "| R14 | x | P0 | `trust/test_gone.py` | 3 passed (2026-11-20) |"
    rows = made.table([], made.results_before(old), old)
    assert "| 3 passed (2026-11-20); 1 file not run since |" in rows


def test_a_first_line_names_requirements_and_ranges(tmp_path):
    file = tmp_path / "test_x.py"
    file.write_text('"""R05, R07-R09, R57 on a server: R58 is not meant."""\n')
    assert made.named_in(file) == {"R05", "R07", "R08", "R09", "R57"}


def test_what_was_not_run_is_not_called_passed():
    assert made.summary([], {}, "") == "no test yet"
    assert made.summary(["a"], {}, "") == "not run"
    known = {"a": {"passed": 2, "failed": 1, "skipped": 0}}
    assert made.summary(["a", "b"], known, "2026-11-21") == (
        "2 passed, 1 failed; 1 files not run (2026-11-21)"
    )


def test_results_that_are_kept_have_their_date():
    rows = "| R01 | x | P0 | `a` | 3 passed (2026-11-20) |\n| R02 | x | P1 | none | no test yet |"
    before = made.results_before(rows)
    assert before == {"R01": "3 passed (2026-11-20)", "R02": "no test yet"}
    kept = made.table([], {"R01": "3 passed (2026-11-20)"})
    assert "| 3 passed (2026-11-20) |" in kept.splitlines()[2]
    assert "not run" in made.table([], {})


def test_a_part_of_the_files_does_not_replace_the_result_of_all(tmp_path):
    report = tmp_path / "tests.xml"
    case = '<testcase file="tests/trust/test_r14_ids.py"/>'
    other = '<testcase file="tests/trust/test_r10_devices.py"/>'
    report.write_text(f"<testsuites><testsuite>{case * 2}{other}</testsuite></testsuites>")
    before = {"R10": "23 passed (2026-11-20)", "R14": "3 passed (2026-11-20)"}
    rows = {row[2:5]: row for row in made.table([report], before).splitlines()}
    assert "| 23 passed (2026-11-20) |" in rows["R10"]
    assert "| 2 passed (" in rows["R14"]
