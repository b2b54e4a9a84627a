"""The table of requirements and tests in docs/security.md: ``python tools/security_table.py``.

    python -m pytest -m "slow or not slow" tests -o junit_family=xunit1 --junitxml var/tests.xml
    python tools/security_table.py --results var/tests.xml [--keep]

A test belongs to a requirement by the first line of its file, which names it (R33), or
by the list ALSO below. Without a report the results of before are dropped and shown as
"not run"; with --keep a requirement none of whose files are in the reports keeps its result,
with its date. A requirement without a test says "no test yet".
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "security.md"
REQUIREMENTS = ROOT / "tests" / "trust" / "requirements.csv"
BEGIN, END = "<!-- table of tests: begin -->", "<!-- table of tests: end -->"

ALSO = {
    "R16": ("tests/pages/test_patient.py", "tests/pages/test_minutes.py"),
    "R18": ("tests/money/test_disclosure.py",),
    "R19": ("tests/pages/test_revenue.py",),
    "R21": ("tests/deploy/test_two_roles.py",),
    "R26": ("tests/store/test_access_log.py",),
    "R27": ("tests/store/test_access_log.py",),
    "R29": ("tests/store/test_access_log.py",),
    "R31": ("tests/store/test_access_log.py",),
    "R35": ("tests/store/test_sqlite.py",),
    "R40": ("tests/store/test_schema.py",),
    "R41": ("tests/store/test_cases.py", "tests/store/test_page_queries.py",
            "tests/store/test_funnel.py", "tests/store/test_results.py"),
    "R43": ("tests/exchange/test_commit.py", "tests/exchange/test_import_command.py",
            "tests/pages/test_imports.py"),
    "R44": ("tests/exchange/test_mutations.py",),
    "R45": ("tests/exchange/test_commit.py", "tests/exchange/test_claims_import.py"),
    "R46": ("tests/exchange/test_tables.py", "tests/exchange/test_archives.py"),
    "R47": ("tests/exchange/test_tables.py",),
    "R48": ("tests/exchange/test_tables.py",),
    "R49": ("tests/exchange/test_archives.py", "tests/exchange/test_tables.py"),
    "R50": ("tests/exchange/test_fhir.py", "tests/exchange/x12/test_envelope.py",
            "tests/exchange/x12/test_any_bytes.py", "tests/exchange/x12/test_claims_in.py"),
    "R51": ("tests/exchange/test_archives.py",),
    "R53": ("tests/exchange/test_tables.py",),
    "R55": ("tests/store/test_editing.py",),
    "R56": ("tests/property/test_minutes.py", "tests/exchange/test_dates.py",
            "tests/claims_loop/test_round_trip.py", "tests/pages/test_claims.py"),
}  # fmt: skip


def named_in(file: Path) -> set[str]:
    """The requirements that the first line of a test file names: ``R05, R07-R09: ...``."""
    said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    head = re.match(r"R\d\d(?:[-, ]+R\d\d)*", said)
    found: set[str] = set()
    for part in re.findall(r"R\d\d(?:-R\d\d)?", head[0] if head else ""):
        first, last = int(part[1:3]), int(part[-2:])
        found |= {f"R{number:02d}" for number in range(first, last + 1)}
    return found


def tests() -> dict[str, list[str]]:
    """Requirement to its test files."""
    found: dict[str, set[str]] = {name: set(files) for name, files in ALSO.items()}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for name in named_in(file):
            found.setdefault(name, set()).add(str(file.relative_to(ROOT)))
    return {name: sorted(files) for name, files in found.items()}


def results(reports: list[Path]) -> dict[str, dict[str, int]]:
    """Test file to how many of its tests passed, failed and were skipped; the last report wins."""
    found: dict[str, dict[str, int]] = {}
    for report in reports:
        found |= counted_in(report)
    return found


def counted_in(report: Path) -> dict[str, dict[str, int]]:
    """The same for one report."""
    found: dict[str, dict[str, int]] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        file = case.get("file") or case.get("classname", "").replace(".", "/") + ".py"
        kinds = {child.tag for child in case}
        kind = "failed" if kinds & {"failure", "error"} else (
            "skipped" if "skipped" in kinds else "passed")  # fmt: skip
        counted = found.setdefault(file, {"passed": 0, "failed": 0, "skipped": 0})
        counted[kind] += 1
    return found


def summary(files: list[str], known: dict[str, dict[str, int]], on: str) -> str:
    """The last result of a requirement's files, in a few words."""
    if not files:
        return "no test yet"
    seen = [known[file] for file in files if file in known]
    if not seen:
        return "not run"
    total = {kind: sum(one[kind] for one in seen) for kind in ("passed", "failed", "skipped")}
    said = ", ".join(f"{number} {kind}" for kind, number in total.items() if number)
    left_out = len(files) - len(seen)
    return f"{said}{f'; {left_out} files not run' if left_out else ''} ({on})"


def results_before(text: str) -> dict[str, str]:
    """The results in a table that was made before, by requirement."""
    return dict(re.findall(r"^\| (R\d\d) \|.*\| ([^|]*) \|$", text, re.MULTILINE))


def table(reports: list[Path], before: dict[str, str], text: str = "") -> str:
    """The whole table as Markdown; ``before`` stands in for what was not run again.

    ``text`` is the table that these results stood in: files that came since are told.
    """
    known, of = results(reports), tests()
    newest = max((report.stat().st_mtime for report in reports), default=0)
    on = datetime.fromtimestamp(newest, UTC).date().isoformat()
    rows = ["| | what | priority | tests | last result |", "|---|---|---|---|---|"]
    for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines()[1:]:
        name, priority, what = line.split(",", 2)
        files = of.get(name, [])
        shown = "<br>".join(f"`{file.removeprefix('tests/')}`" for file in files) or "none"
        # A part of the files does not stand for all: the older result of all of them stays.
        is_whole = all(file in known for file in files)
        told = summary(files, known, on)
        if not is_whole and name in before:
            told = re.sub(r"; \d+ files? not run since$", "", before[name])
            row = next((row for row in text.splitlines() if row.startswith(f"| {name} |")), "")
            new = [file for file in files if f"`{file.removeprefix('tests/')}`" not in row]
            if row and new:
                told += f"; {len(new)} file{'s'[: len(new) != 1]} not run since"
        rows.append(f"| {name} | {what.strip(chr(34))} | {priority} | {shown} | {told} |")
    return "\n".join(rows)


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--results", type=Path, nargs="*", default=[], help="pytest --junitxml")
    asked.add_argument("--keep", action="store_true", help="keep results of what was not run")
    given = asked.parse_args()
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    old, _, after = rest.partition(END)
    made = table(given.results, results_before(old) if given.keep else {}, old)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{made}\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
