"""Ask for known vulnerabilities of the pinned packages: ``python tools/audit.py``.

Three answers, never two: red for a finding (1), green when every package was looked
up (0), and AUDIT NOT RUN when the advisory service did not answer (0, or 3 with
--must-run). pip-audit alone calls a package that it skipped "no known vulnerabilities".
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOUND = re.compile(r"Found [1-9]\d* known vulnerabilit")
SKIPPED = re.compile(r"^Skipped|\bskip(?:ped|ping)\b|Skip Reason", re.MULTILINE | re.IGNORECASE)
CLEAN = "No known vulnerabilities found"
NOT_RUN = """\
AUDIT NOT RUN: no advisory service answered for every package. This says nothing
about known vulnerabilities. Run on a machine with a network:
  python tools/audit.py --must-run"""


def judged(code: int, said: str) -> str:
    """``found``, ``clean`` or ``not run``; in doubt, not clean."""
    if FOUND.search(said):
        return "found"
    is_clean = code == 0 and CLEAN in said and not SKIPPED.search(said)
    return "clean" if is_clean else "not run"


def main(arguments: list[str] | None = None) -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--program", default=str(Path(sys.executable).with_name("pip-audit")))
    asked.add_argument("--must-run", action="store_true")
    given = asked.parse_args(arguments)
    command = [given.program, "--strict", "--disable-pip", "--progress-spinner", "off"]
    try:
        done = subprocess.run(
            [*command, "-r", str(ROOT / "requirements.txt")],
            capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip
        code, said = done.returncode, done.stdout + done.stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        code, said = 2, type(error).__name__
    answer = judged(code, said)
    if answer == "not run":
        print(NOT_RUN)
        return 3 if given.must_run else 0
    print(said)
    return 1 if answer == "found" else 0


if __name__ == "__main__":
    sys.exit(main())
