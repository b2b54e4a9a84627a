"""Break the counting and the rules on purpose, and see that a test notices each break.

    python tools/mutation.py FOLDER                  # copy there; run what has no result yet
    python tools/mutation.py FOLDER --again          # also the survivors, once more
    python tools/mutation.py FOLDER --only "*.minutes*"

mutmut makes the mutants. It passes over functions that carry a decorator, and every
rule carries one, so the copy says ``f = rule(...)(f)`` after the function instead: the
same program, which mutmut reads. mutmut's own run starts pytest for each mutant; this
one collects the tests once, forks for each mutant, and asks only tests that run what the
mutant changes (tools/breaking.py).
``mutmut results`` and ``mutmut show NAME`` work in FOLDER afterwards, and ``mutmut run
NAME`` confirms a result. Configuration: ``[tool.mutmut]``; results: docs/mutation.md.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import fnmatch
import os
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from breaking import NO_TESTS, SURVIVED, Breaking

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("ccm_core", "data", "tests", "pyproject.toml")


# -- the copy ---------------------------------------------------------------------------


def undecorated(source: str) -> str:
    """The same module with each decorator applied in a statement after its function."""
    lines = source.splitlines()
    for node in sorted(_decorated(ast.parse(source)), key=lambda n: -n.lineno):
        made = node.name
        for mark in reversed(node.decorator_list):
            made = f"{ast.get_source_segment(source, mark)}({made})"
        assert node.end_lineno is not None
        lines.insert(node.end_lineno, f"{' ' * node.col_offset}{node.name} = {made}")
        del lines[node.decorator_list[0].lineno - 1 : node.lineno - 1]
    return "\n".join(lines) + "\n"


def _decorated(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            yield node


def copy_to(folder: Path) -> None:
    """What the tests of the core need; stale tests of a run before are removed."""
    for name in ("tests", "mutants/tests"):
        shutil.rmtree(folder / name, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = asked["tool"]["mutmut"]["only_mutate"]
    for name in COPIED:
        files = [p for p in (ROOT / name).rglob("*") if p.is_file()] or [ROOT / name]
        for file in files:
            if "__pycache__" not in file.parts:
                _copy(file, folder / file.relative_to(ROOT), patterns)


def _copy(file: Path, target: Path, patterns: list[str]) -> None:
    """Copy what changed: mutmut keeps the mutants of a file that is older than they are."""
    content = file.read_bytes()
    if any(fnmatch.fnmatch(file.relative_to(ROOT).as_posix(), p) for p in patterns):
        content = undecorated(content.decode()).encode()
    if not target.is_file() or target.read_bytes() != content:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def make_mutants() -> dict[str, Any]:
    """Let mutmut write the mutants of this folder; its results so far by source file."""
    from mutmut import __main__ as mutmut
    from mutmut.mutation.data import SourceFileMutationData

    mutmut.set_mutant_under_test("mutant_generation")
    Path("mutants").mkdir(exist_ok=True)
    mutmut.copy_src_dir()
    mutmut.copy_also_copy_files()
    with contextlib.redirect_stdout(None):
        mutmut.create_mutants(1)
    found = {}
    for file in mutmut.walk_mutatable_files():
        found[str(file)] = SourceFileMutationData(path=file)
        found[str(file)].load()
    return found


# -- the run ----------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("folder", type=Path)
    asked.add_argument("--only", nargs="+", default=["*"], help="names with wildcards, in order")
    asked.add_argument("--again", action="store_true", help="also those that survived before")
    asked.add_argument("--every", type=int, default=1, help="a sample: one mutant of so many")
    asked.add_argument("--seconds", type=float, default=60.0, help="of tests for each mutant")
    asked.add_argument("--whole", action="store_true", help="golden cases ask every rule")
    asked.add_argument("--tests", nargs="+", help="instead of those in pyproject.toml")
    given = asked.parse_args(arguments)
    folder = given.folder.resolve()
    copy_to(folder)
    os.chdir(folder)
    files = make_mutants()
    from mutmut.configuration import config

    selection = given.tests or config().pytest_add_cli_args_test_selection
    os.chdir("mutants")
    sys.path.insert(0, str(Path.cwd()))
    file_of = {name: data for data in files.values() for name in data.exit_code_by_key}
    open_ones = {SURVIVED, NO_TESTS, None} if given.again else {None}
    is_open = [
        name
        for name, data in file_of.items()
        if data.exit_code_by_key[name] in open_ones and not crc32(name.encode()) % given.every
    ]
    wanted = list(dict.fromkeys(n for p in given.only for n in fnmatch.filter(is_open, p)))
    counted = {"done": 0}

    def keep(name: str, code: int) -> None:
        data = file_of[name]
        data.exit_code_by_key[name] = code
        counted["done"] += 1
        if counted["done"] % 10 == 0 or counted["done"] == len(wanted):
            os.chdir(folder)
            for changed in files.values():
                changed.save()
            os.chdir("mutants")
        if code in (SURVIVED, NO_TESTS):
            print("no tests" if code else "survived", name, flush=True)

    pytest.main(
        ["-q", "--tb=native", "-p", "no:cacheprovider", *selection],
        plugins=[Breaking(wanted, given.seconds, given.whole, keep)],
    )
    codes = [code for data in files.values() for code in data.exit_code_by_key.values()]
    left = sum(code in (SURVIVED, NO_TESTS) for code in codes)
    print(f"{len(codes)} mutants, {left} survived ({left / len(codes):.1%}).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
