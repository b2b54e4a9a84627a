"""An audit from files to files loads nothing of databases: it would start half a second later."""

from __future__ import annotations

import subprocess
import sys

from ccm_core.engine import columns
from tests.store.practices import a_messy_practice

_ASK = """
import sys
from ccm_core.cli import main
sys.argv = ["ccm", "audit", "--month", "2025-03", "--input", sys.argv[1], "--output", sys.argv[2]]
try:
    main()
finally:
    print(sorted({"sqlalchemy", "sqlmodel", "psycopg"} & {*sys.modules}), file=sys.stderr)
"""


def test_files_are_audited_without_the_libraries_of_databases(tmp_path):
    folder = tmp_path / "rows"
    columns.write_records(a_messy_practice(5, 21), folder)
    done = subprocess.run(
        [sys.executable, "-c", _ASK, str(folder), str(tmp_path / "out")],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert '"cases"' in done.stdout, done.stderr
    assert done.stderr.strip().endswith("[]"), done.stderr
