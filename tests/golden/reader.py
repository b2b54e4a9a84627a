"""Golden cases are data: this reads them. The text "null" in TOML stands for nothing."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def books() -> list[Path]:
    return sorted(FOLDER.glob("*.toml"))


def cases(path: Path) -> list[dict[str, Any]]:
    book = tomllib.loads(path.read_text(encoding="utf-8"))
    unknown = set(book) - {"rule", "case", "never_missing"}
    assert not unknown, f"{path.name}: unknown key {unknown}"
    for case in book["case"]:
        odd = set(case) - {"name", "why", "origin", "missing", "given", "expect"}
        assert not odd, f"{path.name}: {case.get('name')}: unknown key {odd}"
        case["given"] = without_null(case["given"])
        case["rule"] = book.get("rule", "")
    return list(book["case"])


def never_missing(path: Path) -> str:
    """Why no datum that the rule needs can be missing, or an empty text."""
    return str(tomllib.loads(path.read_text(encoding="utf-8")).get("never_missing", ""))


def without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: without_null(v) for k, v in value.items()}
    if isinstance(value, list):
        return [without_null(v) for v in value]
    return None if value == "null" else value
