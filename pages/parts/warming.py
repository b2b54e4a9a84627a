"""What pages need is loaded while nobody waits for it: first what Home needs, then the rest.

A page imports most of what it needs only when somebody opens it. One thread of the
server does so ahead: modules only, never a record of the practice. The heavy libraries
of tables and charts come last, so that they take no time from the first page.
"""

from __future__ import annotations

import ast
import gc
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from ccm_core.access import logs, passwords
from pages.parts import menu

Needed = tuple[str, tuple[str, ...]]
"""A module, and what is taken from it."""

FIRST: tuple[Needed, ...] = (("numpy", ()), ("PIL.Image", ()), ("PIL.PngImagePlugin", ()))
"""Streamlit imports these to show the icon of the browser's tab."""
HEAVY: tuple[Needed, ...] = tuple(
    (name, ()) for name in ("pandas", "pyarrow", "altair", "streamlit.elements.vega_charts")
)
PATIENCE_SECONDS = 15.0
"""So long the heavy libraries wait for the first page before they are loaded all the same."""

first_page = threading.Event()
"""Set by the router when a page has been drawn."""


def start() -> None:
    """Load in the background."""
    threading.Thread(target=warm, args=(PATIENCE_SECONDS,), name="warming", daemon=True).start()


def warm(patience_seconds: float) -> None:
    """Load, then keep what was loaded out of the collection after each rerun.

    Whatever cannot be loaded is in the log; the page that needs it will say so.
    """
    scripts = (menu.FOLDER / "router.py", *(entry.file for entry in menu.built()))
    try:
        load([*FIRST, *(need for script in scripts[:2] for need in needs(script))])
        first_page.wait(patience_seconds)
        load([*HEAVY, *(need for script in scripts[2:] for need in needs(script))])
        passwords.decoy()
    finally:
        gc.collect()
        gc.freeze()
        # Python collects in full when a quarter is new of what it found the last time. Without
        # this it would set the pages' garbage against all that was just put aside.
        gc.collect()
        gc.enable()  # app.py stops it for the time of the imports


def needs(script: Path) -> Iterator[Needed]:
    """What a page imports at its top."""
    for statement in ast.parse(script.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Import):
            yield from ((name.name, ()) for name in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            yield statement.module, tuple(name.name for name in statement.names)


def load(needed: Iterable[Needed]) -> None:
    """Import each, and go on after one that fails."""
    for module, names in needed:
        try:
            __import__(module, fromlist=names)
        except Exception as error:
            logs.report(error, "not_warmed")
