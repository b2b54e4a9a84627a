"""The health of the repository itself: what is tracked, and how long files are."""

from __future__ import annotations

import ast
import csv
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Written in pieces, so that this file does not hold what it looks for.
INDEX_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("deb", "debian", "org"),
        ("conda", "anaconda", "org"),
    )
)
MACHINE_PATH = re.compile(r"(?<![\w.:/*-])/(?:home|root|work|Users)/\w|\b[A-Z]:\\Users\\")
INDEX_OPTION = re.compile(r"--(?:extra-)?index-url|--find-links|^-[if] ", re.MULTILINE)

# A Medicare number as CMS gives them out. Made-up ones carry an S in second
# place, which CMS never uses there.
LETTER = "[AC-HJKMNP-RT-Y]"
REAL_SHAPED_MBI = re.compile(
    rf"\b[1-9]{LETTER}(?:{LETTER}|\d)\d-?{LETTER}(?:{LETTER}|\d)\d-?{LETTER}{{2}}\d\d\b"
)

MOST_FILE_LINES = 300
MOST_FUNCTION_LINES = 40


@cache
def files() -> tuple[str, ...]:
    """All files that are tracked or about to be, as paths from the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("This copy of the project is not a git repository.")
    return tuple(name for name in told.stdout.splitlines() if (ROOT / name).is_file())


@cache
def texts() -> dict[str, str]:
    """The files that hold text, with their text."""
    found = {}
    for name in files():
        raw = (ROOT / name).read_bytes()
        if b"\0" not in raw[:8192]:
            found[name] = raw.decode("utf-8", errors="replace")
    return found


def sources() -> list[str]:
    """Program files; migrations are left out, because each is one long list of columns."""
    return [
        name
        for name in files()
        if name.endswith(".py")
        and name.startswith(("ccm_core/", "pages/", "app.py", "start.py"))
        and "/migrations/" not in name
    ]


def matching(pattern: re.Pattern[str], names: dict[str, str]) -> list[str]:
    return [
        f"{name}:{text.count(chr(10), 0, hit.start()) + 1}"
        for name, text in names.items()
        for hit in pattern.finditer(text)
    ]


def test_no_package_index_is_named():
    named = re.compile("|".join(map(re.escape, INDEX_HOSTS)))
    assert not matching(named, texts())
    pins = {name: text for name, text in texts().items() if name.startswith("requirements")}
    assert pins
    assert not matching(INDEX_OPTION, pins)
    assert "uv.lock" not in files()


def test_no_path_of_one_machine():
    assert not matching(MACHINE_PATH, texts())


def test_no_medicare_number_that_could_be_real():
    assert not matching(REAL_SHAPED_MBI, texts())


def test_what_a_real_medicare_number_looks_like():
    tail = "G4TE5MK72"
    assert REAL_SHAPED_MBI.search("1E" + tail)
    assert not REAL_SHAPED_MBI.search("1S" + tail)


@pytest.mark.parametrize("file", sorted((ROOT / "data").glob("*.csv")), ids=lambda file: file.name)
def test_table_is_a_clean_csv_file(file):
    raw = file.read_bytes()
    assert raw.endswith(b"\n"), "the last line must end"
    assert b"\r" not in raw, "lines end with LF"
    assert not raw.startswith(b"\xef\xbb\xbf"), "no byte order mark"
    header, *rows = csv.reader(raw.decode("utf-8").splitlines(keepends=True), strict=True)
    assert len(set(header)) == len(header), "two columns of the same name"
    assert all(name and name == name.strip() for name in header)
    wrong = [line for line, row in enumerate(rows, start=2) if len(row) != len(header)]
    assert not wrong, f"rows that are not {len(header)} wide, first 5: {wrong[:5]}"


def test_files_are_short():
    long = {name: texts()[name].count("\n") for name in sources()}
    assert not {name: lines for name, lines in long.items() if lines > MOST_FILE_LINES}


def test_functions_are_short():
    long = []
    for name in sources():
        for node in ast.walk(ast.parse(texts()[name], name)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > MOST_FUNCTION_LINES:
                    long.append(f"{name}:{node.lineno} {node.name} has {lines} lines")
    assert not long


def test_nothing_is_tracked_that_must_stay_local():
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert {".venv/", "var/", "__pycache__/", "*.egg-info/", "build/", "dist/"} <= set(ignored)
    local = re.compile(r"\.(?:sqlite3?|db|pem|key|log|env)$|(?:^|/)\.env|secrets\.toml$|\.pyc$")
    assert not [name for name in files() if local.search(name)]
    command = ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout == "", "these files are tracked although .gitignore names them"
