"""The differences between guides and Medicare are complete, and the document is up to date."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ccm_core.readings import all_readings
from ccm_core.rules import find_rule

ROOT = Path(__file__).resolve().parents[2]


def test_every_difference_names_known_rules_and_a_guide() -> None:
    assert len(all_readings()) > 20
    for reading in all_readings():
        assert reading.guide.source_id.startswith("seed-")
        for rule_id in reading.rules:
            assert find_rule(rule_id)


def test_the_rules_document_is_made_from_the_rules_as_they_are() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "make_docs.py"), "--check"],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
