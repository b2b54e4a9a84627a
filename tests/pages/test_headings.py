"""Headings: one h1 on each page, its parts h2, theirs h3; readers of a screen skip none."""

from __future__ import annotations

import ast
import itertools
from pathlib import Path

import pytest

from pages.parts import menu
from tests.pages.signed_in import open_as

PARTS = Path(__file__).resolve().parents[2] / "pages" / "parts"
DRAWN = {"title": 1, "header": 2, "subheader": 3}


def drawn(file: Path) -> set[int]:
    """Levels of the headings that a file draws."""
    calls = (node.func for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
             if isinstance(node, ast.Call))  # fmt: skip
    return {DRAWN[f.attr] for f in calls if isinstance(f, ast.Attribute) and f.attr in DRAWN}


@pytest.mark.parametrize("file", sorted(PARTS.glob("*.py")), ids=lambda file: file.stem)
def test_a_part_of_a_part_stands_below_one(file):
    assert 3 not in drawn(file) or 2 in drawn(file), "h3 without an h2 above it"


@pytest.mark.parametrize("file", [page.file for page in menu.PAGES], ids=lambda file: file.stem)
def test_a_page_begins_with_its_name(file):
    assert 1 in drawn(file)
    assert 3 not in drawn(file), "h3 is for parts of a part"


@pytest.mark.parametrize("page", ["home", "minutes", "pre_flight", "people", "settings"])
@pytest.mark.usefixtures("small_store")
def test_no_level_is_left_out(page):
    at = open_as("practice_manager", page)
    assert not at.exception
    levels = [int(one.tag[1]) for one in at.main if getattr(one, "tag", "")[:1] == "h"]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert 2 in levels
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
