"""What the program imports is what pyproject.toml asks for; the pins agree with it."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PINNED = ("requirements.txt", "requirements-dev.txt", "requirements-spark.txt")
OWN = {"ccm_core", "pages", "parts"}


def project() -> dict[str, list[str]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def names_of(lines: list[str]) -> set[str]:
    """Package names at the start of requirement lines."""
    found = (re.match(r"[A-Za-z0-9][\w.-]*", line) for line in lines)
    return {hit[0].lower().replace("_", "-") for hit in found if hit}


def lines_of(name: str) -> list[str]:
    return (ROOT / name).read_text(encoding="utf-8").splitlines()


def pins(name: str) -> set[str]:
    """Lines of a pinned requirements file, without hashes: ``pandas==3.1.1``."""
    return {ln.removesuffix("\\").strip() for ln in lines_of(name) if re.match(r"[A-Za-z0-9]", ln)}


def imported() -> dict[str, str]:
    """First names of everything the program imports, with one file that does."""
    found: dict[str, str] = {}
    for file in (ROOT / "app.py", *(ROOT / "ccm_core").rglob("*.py"), *ROOT.glob("pages/**/*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
            if isinstance(node, ast.Import):
                found |= {name.name.split(".")[0]: file.name for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found[node.module.split(".")[0]] = file.name
    return found


def test_every_import_is_asked_for():
    optional = [line for lines in project()["optional-dependencies"].values() for line in lines]
    asked = names_of([*project()["dependencies"], *optional])
    packages = importlib.metadata.packages_distributions()
    missing = {}
    for name, file in imported().items():
        if name in sys.stdlib_module_names or name in OWN:
            continue
        given_by = {package.lower().replace("_", "-") for package in packages.get(name, [name])}
        if not given_by & asked:
            missing[name] = file
    assert not missing, "add these to pyproject.toml, requirements.in and docs/decisions.md"


USED_BY_OTHERS = {
    "bcrypt": "streamlit-authenticator checks hashes with it",
    "defusedxml": "openpyxl reads workbooks with it, where it is installed",
    "tzdata": "time zones of zoneinfo on Windows",
    "uvicorn": "Streamlit is served by it",
    "vl-convert-python": "Altair draws PNG and SVG with it",
}


def test_every_dependency_is_imported():
    packages = importlib.metadata.packages_distributions()
    given = {
        package.lower().replace("_", "-")
        for name in imported()
        for package in packages.get(name, [])
    }
    idle = names_of(project()["dependencies"]) - given - set(USED_BY_OTHERS)
    assert not idle, "take these out of pyproject.toml, requirements.in and docs/decisions.md"


def test_every_dependency_has_its_reason():
    told = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    reasons = set(re.findall(r"^\| ([\w.-]+) \|", told, re.MULTILINE))
    assert names_of(project()["dependencies"]) <= reasons


def test_asked_and_pinned_dependencies_agree():
    asked = names_of(lines_of("requirements.in"))
    assert asked - {"setuptools"} == names_of(project()["dependencies"])
    assert asked <= names_of(sorted(pins("requirements.txt")))


@pytest.mark.parametrize("name", PINNED[1:])
def test_larger_sets_hold_the_same_pins(name):
    assert pins("requirements.txt") <= pins(name)


@pytest.mark.parametrize("name", PINNED)
def test_every_pin_has_a_hash(name):
    blocks = re.split(r"\n(?=[A-Za-z0-9])", "\n".join(lines_of(name)))
    assert all("==" in block and "--hash=sha256:" in block for block in blocks)
