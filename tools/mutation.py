"""Break the counting and the rules on purpose, and see that a test notices each break.

    python tools/mutation.py FOLDER                  # copy there; run what has no result yet
    python tools/mutation.py FOLDER --again          # the survivors once more
    python tools/mutation.py FOLDER --only "*.minutes*"

mutmut makes the mutants. It passes over functions that carry a decorator, and every
rule carries one, so the copy says ``f = rule(...)(f)`` after the function instead: the
same program, which mutmut reads. mutmut's own run starts pytest for each mutant; this
one collects the tests once and forks for each mutant, which is ten times as fast.
``mutmut results`` and ``mutmut show NAME`` work in FOLDER afterwards, and ``mutmut run
NAME`` confirms a result. Configuration: ``[tool.mutmut]``; results: docs/mutation.md.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import fnmatch
import gc
import json
import os
import resource
import shutil
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("ccm_core", "data", "tests", "pyproject.toml")
SURVIVED, KILLED, NO_TESTS, TIMEOUT = 0, 1, 33, 36
FIRST_ROWS = 2
"""Rows of each golden book that are tried early where a function belongs to no rule."""
CPU_SECONDS = 30
"""More than all tests of the selection take: a mutant that needs longer runs for ever."""


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


def forked(work: Callable[[], Any]) -> Any:
    """The answer of ``work`` from a child process; None when the child was stopped."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        try:
            with os.fdopen(write, "w") as answer:
                json.dump(work(), answer)
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return json.loads(said) if said else None


def set_mutant(name: str) -> None:
    """Let this mutant act, with no answer kept that its module gave before.

    A policy's answers come from the tables, which are not broken; only answers that
    allocation and the choice of rules left with it are dropped.
    """
    from mutmut.mutation.trampoline import set_mutant_under_test

    from ccm_core.policy import Policy

    module = name.partition(".x")[0]
    for value in list(vars(sys.modules[module]).values()):
        getattr(value, "cache_clear", lambda: None)()
    if module in KEPT_WITH_A_POLICY:
        for policy in [one for one in gc.get_objects() if isinstance(one, Policy)]:
            policy.kept.clear()
    set_mutant_under_test(name)


KEPT_WITH_A_POLICY = {
    "ccm_core.allocation", "ccm_core.thresholds", "ccm_core.rules.asking",
    "ccm_core.rules.book", "ccm_core.rules.subjects",
}  # fmt: skip


class Breaking:
    """A plugin of pytest that runs the collected tests once for each mutant."""

    def __init__(
        self, wanted: list[str], seconds: float, on_result: Callable[[str, int], None]
    ) -> None:
        self.wanted, self.seconds, self.on_result = wanted, seconds, on_result
        self.noticed_by: dict[str, list[int]] = {}
        self.row_of: list[int] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Interrupted("the tests cannot be read")
        self.items = session.items
        books: Counter[str] = Counter()
        for item in session.items:
            book = item.nodeid.partition(": ")[0]
            self.row_of.append(books[book])
            books[book] += 1
        covering = self._who_covers_what()
        gc.collect()
        gc.disable()
        for name in self.wanted:
            function = name.partition("__mutmut_")[0]
            chosen = self._in_order(function, covering.get(function, ()))
            self.on_result(name, self._result(name, function, chosen))
        return True

    def _in_order(self, function: str, chosen: list[int]) -> list[int]:
        """First what noticed another mutant of it; then its own book, its module's, the rest."""
        from ccm_core.rule import Rule

        module, _, name = function.rpartition(".x_")
        around = vars(sys.modules[module]) if module else {}
        books = [f"[{r.id}: " for n, r in around.items() if isinstance(r, Rule) and n != name]
        own = f"[{getattr(around.get(name), 'id', 'none')}: "

        def far(number: int) -> int:
            test = self.items[number].nodeid
            if "test_golden.py" not in test:
                return 3
            if own in test:
                return 0
            if any(book in test for book in books):
                return 1
            return 2 if self.row_of[number] < FIRST_ROWS and not books else 4

        seen = self.noticed_by.get(function, [])
        return seen + sorted((n for n in chosen if n not in seen), key=far)

    def _result(self, name: str, function: str, chosen: list[int]) -> int:
        if not chosen:
            return NO_TESTS
        noticed = forked(lambda: self._who_notices(name, chosen))
        if noticed is None:
            return TIMEOUT
        if noticed < 0:
            return SURVIVED
        seen = self.noticed_by.setdefault(function, [])
        if noticed in seen:
            seen.remove(noticed)
        seen.insert(0, noticed)
        return KILLED

    def _who_covers_what(self) -> dict[str, list[int]]:
        """Mutated function -> numbers of the tests that call it, the quickest test first."""
        from mutmut.mutation.trampoline import set_mutant_under_test
        from mutmut.state import state

        set_mutant_under_test("stats")
        found: dict[str, list[tuple[float, int]]] = {}
        for number, item in enumerate(self.items):
            state()._stats.clear()
            began = time.process_time()
            if self._fails(item, self.items[number + 1 :][:1]):
                pytest.exit(f"{item.nodeid} fails before anything is broken.", returncode=1)
            for function in state()._stats:
                found.setdefault(function, []).append((time.process_time() - began, number))
        return {name: [n for _, n in sorted(pairs)] for name, pairs in found.items()}

    def _who_notices(self, name: str, chosen: list[int]) -> int:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        set_mutant(name)
        began = time.process_time()
        for number, then in zip(chosen, [*chosen[1:], None], strict=True):
            following = [] if then is None else [self.items[then]]
            if self._fails(self.items[number], following):
                return number
            if time.process_time() - began > self.seconds:
                break
        return -1

    @staticmethod
    def _fails(item: pytest.Item, then: list[pytest.Item]) -> bool:
        from _pytest.runner import runtestprotocol

        reports = runtestprotocol(item, log=False, nextitem=then[0] if then else None)
        return any(report.failed for report in reports)


def main(arguments: list[str] | None = None) -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("folder", type=Path)
    asked.add_argument("--only", nargs="+", default=["*"], help="names with wildcards, in order")
    asked.add_argument("--again", action="store_true", help="those that survived before")
    asked.add_argument("--every", type=int, default=1, help="a sample: one mutant of so many")
    asked.add_argument("--seconds", type=float, default=60.0, help="of tests for each mutant")
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
    open_ones = {SURVIVED, NO_TESTS} if given.again else {None}
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
        ["-q", "-p", "no:cacheprovider", *selection],
        plugins=[Breaking(wanted, given.seconds, keep)],
    )
    codes = [code for data in files.values() for code in data.exit_code_by_key.values()]
    left = sum(code in (SURVIVED, NO_TESTS) for code in codes)
    print(f"{len(codes)} mutants, {left} survived ({left / len(codes):.1%}).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
