"""R58: pins have hashes, the bill equals the pins, and the audit cannot be falsely green."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import audit, licences, sbom

ROOT = Path(__file__).resolve().parents[2]
CLEAN = "No known vulnerabilities found"
FOUND = "Found 2 known vulnerabilities in 1 package\nstreamlit 1.20.0 PYSEC-2023-1 1.30.0"
SKIPPED = f"{CLEAN}\nName      Skip Reason\nstreamlit Dependency not found on the index"


def fake(folder: Path, code: int, said: str) -> str:
    """A pip-audit that gives this answer."""
    file = folder / "pip-audit"
    file.write_text(f"#!{sys.executable}\nimport sys\nprint({said!r})\nsys.exit({code})\n")
    file.chmod(0o700)
    return str(file)


def test_a_seeded_vulnerable_pin_turns_it_red(tmp_path, capsys):
    assert audit.main(["--program", fake(tmp_path, 1, FOUND)]) == 1
    assert "PYSEC" in capsys.readouterr().out


def test_a_package_that_was_skipped_is_not_green(tmp_path, capsys):
    """The trap: exit code 0 and the words of a clean audit."""
    program = fake(tmp_path, 0, SKIPPED)
    assert audit.main(["--program", program]) == 0
    assert "AUDIT NOT RUN" in capsys.readouterr().out
    assert audit.main(["--program", program, "--must-run"]) == 3


@pytest.mark.parametrize("said", ["ConnectionError", "", "ERROR: Could not find a version"])
def test_no_answer_is_told_as_not_run(tmp_path, capsys, said):
    assert audit.main(["--program", fake(tmp_path, 1, said)]) == 0
    told = capsys.readouterr().out
    assert "AUDIT NOT RUN" in told
    assert CLEAN not in told


def test_an_exit_without_words_is_not_green(tmp_path, capsys):
    program = fake(tmp_path, 0, "")
    assert audit.main(["--program", program, "--must-run"]) == 3
    assert "AUDIT NOT RUN" in capsys.readouterr().out


def test_a_missing_program_is_not_run_and_a_clean_audit_is_green(tmp_path, capsys):
    assert audit.main(["--program", str(tmp_path / "nothing"), "--must-run"]) == 3
    assert audit.main(["--program", fake(tmp_path, 0, CLEAN), "--must-run"]) == 0
    assert CLEAN in capsys.readouterr().out


def test_ci_uses_this_audit():
    assert "tools/audit.py" in (ROOT / ".ci" / "run").read_text()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_has_hashes(name):
    text = (ROOT / name).read_text().replace("\\\n", " ")
    pinned = [line for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)]
    assert len(pinned) > 50
    assert all("--hash=sha256:" in line and "==" in line for line in pinned)


@pytest.mark.slow
def test_the_bill_of_materials_equals_the_pins(tmp_path):
    if not shutil.which("cyclonedx-py", path=str(Path(sys.executable).parent)):
        pytest.skip("cyclonedx-py is not installed")
    command = [sys.executable, "tools/sbom.py", str(tmp_path / "bill.json")]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    bill = json.loads((tmp_path / "bill.json").read_text())
    assert bill["specVersion"] == "1.6"
    assert sbom.listed(bill) == sbom.pins()
    assert not sbom.listed({"components": []}) & sbom.pins()


def test_the_licence_list_has_every_pin():
    """Versions and names; what a package says of itself may differ between systems."""
    rows = re.findall(r"^\| ([a-z0-9.-]+) \| (\S+) \|", licences.TARGET.read_text(), re.MULTILINE)
    assert set(rows) - {("package", "version")} == sbom.pins()


def test_nothing_of_the_core_calls_out():
    """No telemetry: Streamlit's is off in the settings, and our own code opens no socket."""
    calls = re.compile(r"\b(?:urllib\.request|requests|httpx|aiohttp|http\.client|socket)\b")
    found = [
        str(file.relative_to(ROOT))
        for folder in ("ccm_core", "pages")
        for file in (ROOT / folder).rglob("*.py")
        if re.search(rf"^\s*(?:import|from) {calls.pattern}", file.read_text(), re.MULTILINE)
    ]
    assert found == []
    assert "gatherUsageStats = false" in (ROOT / ".streamlit" / "config.toml").read_text()
