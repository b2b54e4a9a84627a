"""Mutants as mutmut writes them: put in place of their functions, and what each changes."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

Span = tuple[int, int]
"""First and last line of a statement."""


class Functions:
    """Every function that has mutants, by the name that mutmut gives it."""

    def __init__(self) -> None:
        self._seen: list[tuple[FunctionType, dict[str, FunctionType]]] = []

    def instead_of_trampolines(self) -> None:
        """From here on a module that mutmut wrote is imported with its functions as they are."""
        from mutmut.mutation import trampoline

        def mark(mutants: Any, is_classmethod: bool = False) -> Callable[[Any], Any]:
            def keep(function: Any) -> Any:
                self._seen.append((function, mutants))
                return function

            return keep

        trampoline.wrap_in_trampoline = mark

    def by_name(self) -> dict[str, tuple[FunctionType, dict[str, FunctionType]]]:
        return {
            f"{function.__module__}.{mutants['_mutmut_orig'].__name__.removesuffix(ORIGINAL)}": (
                function,
                mutants,
            )
            for function, mutants in self._seen
        }


ORIGINAL = "__mutmut_orig"


def act(function: FunctionType, mutant: FunctionType) -> None:
    function.__code__ = mutant.__code__
    function.__defaults__ = mutant.__defaults__
    function.__kwdefaults__ = mutant.__kwdefaults__


def changed_lines(source: str) -> dict[str, list[Span]]:
    """Mutant -> the statements of the function that differ in it, as first and last line."""
    tree = ast.parse(source)
    named = {n.name: n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    # the function itself and its copy have one name each; the first is marked
    marked = {
        mark.args[0].id.removeprefix("mutants_"): node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for mark in node.decorator_list
        if isinstance(mark, ast.Call) and isinstance(mark.args[0], ast.Name)
    }
    found = {}
    for name, mutant in named.items():
        function, separator, _ = name.rpartition("_")
        if separator and function in marked and not name.endswith(ORIGINAL):
            found[name] = list(_differences(marked[function], mutant)) or [_whole(marked[function])]
    return found


def changed_lines_of(file: Path) -> dict[str, list[Span]]:
    """The same, kept beside the file: reading a large one takes seconds."""
    source = file.read_text(encoding="utf-8")
    kept, mark = file.with_suffix(".changed.json"), sha256(source.encode()).hexdigest()
    if kept.is_file() and (known := json.loads(kept.read_text()))["of"] == mark:
        return {name: [(a, b) for a, b in spans] for name, spans in known["lines"].items()}
    found = changed_lines(source)
    kept.write_text(json.dumps({"of": mark, "lines": found}))
    return found


def _differences(one: ast.AST, other: ast.AST) -> Iterator[Span]:
    """Where two versions of a function differ: a header counts alone, without its body."""
    if isinstance(one, ast.FunctionDef) and ast.dump(one.args) != ast.dump(other.args):  # type: ignore[attr-defined]
        yield _whole(one)
        return
    before, after = one.body, other.body  # type: ignore[attr-defined]
    before = before + getattr(one, "orelse", [])
    after = after + getattr(other, "orelse", [])
    if len(before) != len(after):
        yield _whole(one)
        return
    for was, now in zip(before, after, strict=True):
        if ast.dump(was) == ast.dump(now):
            continue
        if type(was) is type(now) and isinstance(was, HAVE_A_HEADER):
            if _header(was) == _header(now):
                yield from _differences(was, now)
                continue
            if not isinstance(was, ast.While):
                yield was.lineno, was.body[0].lineno - 1
                continue
        yield _whole(was)


HAVE_A_HEADER = (ast.If, ast.For, ast.While, ast.With, ast.FunctionDef)


def _header(node: ast.AST) -> list[str]:
    said = [(name, field) for name, field in ast.iter_fields(node) if name not in BODIES]
    return [f"{name}={_dumped(field)}" for name, field in said]


BODIES = ("body", "orelse")


def _dumped(field: Any) -> str:
    if isinstance(field, list):
        return str([_dumped(one) for one in field])
    return ast.dump(field) if isinstance(field, ast.AST) else repr(field)


def _whole(node: Any) -> Span:
    return node.lineno, node.end_lineno


class Traced:
    """Which lines of these files run."""

    def __init__(self, files: set[str]) -> None:
        self.files = files
        self.lines: set[tuple[str, int]] = set()
        self._asked: dict[CodeType, bool] = {}

    def __enter__(self) -> set[tuple[str, int]]:
        self.lines = set()
        sys.settrace(self._call)
        return self.lines

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _call(self, frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        if (asked := self._asked.get(code)) is None:
            asked = self._asked[code] = code.co_filename in self.files
        return self._line if asked else None

    def _line(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "line":
            self.lines.add((frame.f_code.co_filename, frame.f_lineno))
        return self._line
