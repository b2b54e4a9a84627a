"""The core that an auditor reads stays free of libraries, pages and loose numbers.

Import Linter holds the order of the layers; these tests hold what it cannot.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "ccm_core"

# Whatever is not named here lies at or below the audit: standard library only.
ABOVE_THE_AUDIT = {
    "__main__",
    "cli",
    "demo",
    "signals",
    "copied_notes",
    "claims",
    "exchange",
    "store",
    "program",
    "money",
    "engine",
    "access",
}


def modules() -> list[Path]:
    return sorted(file for file in CORE.rglob("*.py") if "migrations" not in file.parts)


def part_of(file: Path) -> str:
    """The first name below ccm_core: 'store' for store/db.py, 'cli' for cli.py."""
    return file.relative_to(CORE).parts[0].removesuffix(".py")


def imported(file: Path) -> set[str]:
    """Full names of all modules that a file imports, wherever in the file that is."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name}:{node.lineno}: write imports in full"
            found.update(f"{node.module}.{name.name}" for name in node.names)
    return found


@pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(ROOT)))
def test_nothing_in_the_core_imports_a_page(file):
    assert not {name for name in imported(file) if name.split(".")[0] in {"pages", "app", "tests"}}


@pytest.mark.parametrize(
    "file",
    [file for file in modules() if part_of(file) not in ABOVE_THE_AUDIT],
    ids=lambda file: str(file.relative_to(ROOT)),
)
def test_from_the_audit_down_only_the_standard_library(file):
    names = imported(file)
    foreign = {n for n in names if n.split(".")[0] not in {*sys.stdlib_module_names, "ccm_core"}}
    assert not foreign, f"{file.name} imports {sorted(foreign)}; only the standard library may be"
    upward = {n for n in names if n.startswith("ccm_core.") and n.split(".")[1] in ABOVE_THE_AUDIT}
    assert not upward, f"{file.name} imports {sorted(upward)}, which lies above the audit"


def law_files() -> list[Path]:
    """The files that decide: what is counted, what it earns, what is found."""
    named = [CORE / "minutes.py", CORE / "allocation.py"]
    return [file for file in (*named, *sorted((CORE / "rules").rglob("*.py"))) if file.exists()]


def loose_numbers(file: Path) -> list[str]:
    """Numbers other than 0 and 1, outside of decorators (a rule's card is not logic)."""
    tree = ast.parse(file.read_text(encoding="utf-8"), str(file))
    cards = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        for inner in ast.walk(decorator)
    }
    return [
        f"line {node.lineno}: {node.value!r}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and node.value not in (0, 1)
        and id(node) not in cards
    ]


@pytest.mark.parametrize("file", law_files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_numbers_of_law_come_from_tables(file):
    assert not loose_numbers(file), (
        f"{file.name} holds numbers that belong in a dated table under data/ with a source"
    )


def test_a_loose_number_is_noticed(tmp_path):
    file = tmp_path / "law.py"
    file.write_text("@card(since=2025)\ndef earned(minutes):\n    return (minutes - 1) // 20\n")
    assert loose_numbers(file) == ["line 3: 20"]
