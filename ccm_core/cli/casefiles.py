"""Reading case files: one case, a list, JSON lines, or a TOML book with ``[[case]]``."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from ccm_core.errors import UsageError

MOST_BYTES = 64 * 1024 * 1024


def read_cases(name: str) -> list[dict[str, Any]]:
    """Every case of one file, or of standard input for ``-``. Raises: UsageError."""
    return parse_cases(_read(name), name)


def _read(name: str) -> str:
    if name == "-" and sys.stdin is None:
        raise UsageError("Standard input was asked for; it is closed. Name a file.")
    try:
        raw = sys.stdin.buffer.read(MOST_BYTES + 1) if name == "-" else _bounded(Path(name))
    except OSError as missing:
        raise UsageError(f"{name} cannot be read: {missing.strerror}.") from missing
    if len(raw) > MOST_BYTES:
        raise UsageError(f"{name} is larger than {MOST_BYTES // 1024 // 1024} MiB.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        raise UsageError(f"{name} is not UTF-8 text (byte {bad.start}).") from bad


def _bounded(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def parse_cases(text: str, name: str) -> list[dict[str, Any]]:
    """Cases of a text in JSON, JSON lines or TOML. Raises: UsageError."""
    if name.lower().endswith(".toml"):
        return _cases_of(_toml(text, name), name)
    try:
        return _cases_of(_json(text), name)
    except ValueError as bad:
        lines = [line for line in text.splitlines() if line.strip()]
        if name.lower().endswith((".jsonl", ".ndjson")) or len(lines) > 1:
            found = _json_lines(lines)
            if found is not None:
                return found
        if name == "-" and not text.lstrip().startswith("{"):
            return _cases_of(_toml(text, name), name)
        raise UsageError(f"{name} is not JSON: {bad}.") from bad


def _json_lines(lines: list[str]) -> list[dict[str, Any]] | None:
    try:
        found = [_json(line) for line in lines]
    except ValueError:
        return None
    return found if all(isinstance(f, dict) for f in found) else None


def _toml(text: str, name: str) -> Any:
    try:
        return _without_null(tomllib.loads(text))
    except tomllib.TOMLDecodeError as bad:
        raise UsageError(f"{name} is neither JSON nor TOML: {bad}.") from bad


def _without_null(value: Any) -> Any:
    """TOML cannot say "nothing": the text "null" stands for it."""
    if isinstance(value, dict):
        return {key: _without_null(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_null(inner) for inner in value]
    return None if value == "null" else value


def _json(text: str) -> Any:
    try:
        found = json.loads(text, object_pairs_hook=_no_twins, parse_constant=_no_constant)
    except RecursionError as deep:
        raise ValueError("it is nested too deeply") from deep
    if "\\ud" in text.lower():  # half of a letter: no output and no hash could hold it
        try:
            json.dumps(found, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ValueError(r"it holds half of a letter (a lone \ud800 to \udfff)") from None
    return found


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UsageError("A JSON object names one field twice; only one value can be meant.")
    return found


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not a number")


def _cases_of(document: Any, name: str) -> list[dict[str, Any]]:
    found = document
    if isinstance(document, dict):
        part = next((key for key in ("case", "cases") if key in document), None)
        found = document[part] if part else [document]
        found = [found] if isinstance(found, dict) else found
        if part:
            _refuse_others(document, (part, *_BESIDE_CASES), name)
    if not isinstance(found, list) or not all(isinstance(c, dict) for c in found):
        raise UsageError(f"{name} holds no case: an object, or a list of objects, is expected.")
    return [_given(case, name) for case in found]


_BESIDE_CASES = ("rule", "never_missing")
_BESIDE_GIVEN = ("given", "name", "why", "origin", "missing", "expect")


def _given(case: dict[str, Any], name: str) -> dict[str, Any]:
    """The facts of a case: the whole object, or what a golden case has under ``given``."""
    given = case.get("given")
    if not isinstance(given, dict):
        return case
    _refuse_others(case, _BESIDE_GIVEN, name)
    return given


def _refuse_others(found: dict[str, Any], fields: tuple[str, ...], name: str) -> None:
    unknown = sorted(set(found) - set(fields))
    if unknown:
        raise UsageError(
            f"{name} has the unknown field {unknown[0]!r} beside {fields[0]!r}; "
            f"it may have: {', '.join(fields)}."
        )
