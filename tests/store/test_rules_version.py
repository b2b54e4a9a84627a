"""A change of any program text that an audit runs makes stored results be worked out again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ccm_core.store.results.marking import deciding_files

ASKED = """
import sys
import ccm_core.audit, ccm_core.case_building, ccm_core.signals
for name, module in sys.modules.items():
    if name.startswith("ccm_core.") and module.__file__:
        print(module.__file__)
"""


def test_every_module_that_an_audit_loads_is_part_of_the_mark():
    done = subprocess.run([sys.executable, "-c", ASKED], check=True, capture_output=True, text=True)
    loaded = {Path(line).resolve() for line in done.stdout.splitlines()}
    assert len(loaded) > 50
    missing = loaded - {path.resolve() for path in deciding_files()}
    assert not missing, sorted(path.name for path in missing)
