"""R22, R54: nothing of patients is cached for all, and stored text is never drawn as HTML."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from pages.parts import status, words

PAGES = Path(__file__).resolve().parents[2] / "pages"
FILES = sorted(PAGES.rglob("*.py"))
SCALARS = {"str", "int", "bool", "date", "Month", "Decimal"}

CACHED = {
    "router.py": {"freeze"},
    "revenue_work.py": {
        "projected",
        "futures",
        "swings",
        "break_even_panel",
        "basu",
        "claim_years",
        "comparisons",
        "worth_of_one_more",
        "history",
    },
    "menu.py": {"built", "made"},
    "charts.py": {"histogram_spec", "trend_spec", "bars_spec"},
    "revenue_charts.py": {"money_spec", "tornado_spec"},
}
"""Every cached function. They keep a flag, the pages of the menu, a chart without its numbers, what
follows from a scenario's own inputs, or monthly counts of the practice in which small ones are
suppressed; nothing of a patient.
"""

DRAWS_HTML = {
    "account.py", "calendar.py", "claim_bar.py", "claims_answer.py", "downloads.py",
    "plan_history.py", "plan_work.py", "pre_flight.py", "program_health.py", "revenue_sure.py",
    "router.py", "status.py",
}  # fmt: skip
"""Files that draw HTML and were looked at: constants, numbers and escaped texts only."""


def functions(file: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_only_known_caches_and_only_of_scalars(file):
    """The trap: Streamlit's key of a frame with 50,000 rows ignores most of its cells."""
    for function in functions(file):
        marks = [ast.unparse(one) for one in function.decorator_list]
        if not any("cache" in mark for mark in marks):
            continue
        assert function.name.lstrip("_") in CACHED.get(file.name, set())
        assert not any("persist" in mark for mark in marks)
        for argument in function.args.args:
            if argument.arg.startswith("_"):  # not part of the key
                continue
            assert argument.annotation is not None
            assert ast.unparse(argument.annotation) in SCALARS


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_html_is_drawn_where_it_was_looked_at_and_never_unsafely(file):
    text = file.read_text(encoding="utf-8")
    assert "unsafe_allow" not in text
    assert "components.v1" not in text
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.html":
            is_mark = ast.unparse(node.args[0]).startswith("status.html(")
            assert is_mark or file.name in DRAWS_HTML


def test_texts_in_marks_and_markdown_are_escaped():
    bad = '<img src=x onerror="alert(1)">'
    assert bad not in status.html("clean", bad)
    shown = words.plain("![x](http://x.example/) <b>")
    assert "\\!\\[x\\]\\(http" in shown
    assert "\\&lt" in words.plain("&lt;")
    assert "\\<b\\>" in shown
