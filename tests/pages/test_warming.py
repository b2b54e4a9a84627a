"""What pages need is loaded ahead, whatever of it fails, and the first page needs nothing heavy."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest
import streamlit as st

from ccm_core.access import logs
from pages.parts import menu, warming

HEAVY = ("pandas", "pyarrow", "altair", "alembic", "reportlab", "openpyxl")
LOADED = """
import sys
from pathlib import Path
from pages.parts import menu, warming
import ccm_core.access.signin, pages.parts.opening
scripts = (menu.FOLDER / "router.py", menu.FOLDER / "home.py")
warming.load(need for script in scripts for need in warming.needs(script))
print(*sorted(set(sys.modules) & set({heavy!r})))
"""


def test_home_and_the_way_to_it_import_no_heavy_library():
    found = subprocess.run(
        [sys.executable, "-c", LOADED.format(heavy=HEAVY)],
        capture_output=True, text=True, check=True, cwd=menu.FOLDER.parent,
    )  # fmt: skip
    assert found.stdout.split() == []


def test_the_needs_of_a_page_are_its_imports(tmp_path):
    script = tmp_path / "page.py"
    script.write_text(
        "import gc, json as j\nfrom pages.parts import menu, words\nif gc:\n    import ast"
    )
    assert list(warming.needs(script)) == [
        ("gc", ()), ("json", ()), ("pages.parts", ("menu", "words")),
    ]  # fmt: skip


def test_every_script_of_a_page_can_be_read():
    assert all(list(warming.needs(entry.file)) for entry in menu.built())


def test_what_cannot_be_loaded_is_logged_and_the_rest_is_loaded(monkeypatch):
    reported: list[str] = []
    monkeypatch.setattr(logs, "report", lambda error, event: reported.append(event))
    warming.load([("no_such_module_anywhere", ()), ("colorsys", ("rgb_to_hls",))])
    assert reported == ["not_warmed"]
    assert "colorsys" in sys.modules


@pytest.mark.parametrize("is_broken", [False, True])
def test_the_collector_works_again_afterwards(monkeypatch, is_broken):
    def load(needed):
        if is_broken:
            raise RuntimeError

    monkeypatch.setattr(warming, "load", load)
    monkeypatch.setattr(gc, "freeze", lambda: None)
    monkeypatch.setattr(warming.passwords, "decoy", lambda: "")
    gc.disable()
    try:
        if is_broken:
            with pytest.raises(RuntimeError):
                warming.warm(0)
        else:
            warming.warm(0)
        assert gc.isenabled()
    finally:
        gc.enable()


def test_no_rerun_ends_with_a_full_collection():
    """It walks what all open tabs keep: a third of a rerun with twenty of them."""
    assert st.get_option("runner.postScriptGC") is False
