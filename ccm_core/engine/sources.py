"""Where an audit in columns reads: a folder, a database, or exports loaded into one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ccm_core import overlay
from ccm_core.engine.file_rows import Files
from ccm_core.engine.folders import Source
from ccm_core.engine.kinds import is_database
from ccm_core.engine.staging import stage
from ccm_core.overlay import Overlay
from ccm_core.store.scratching import scratch

Sources = Mapping[str, Source]
"""The records of each practice; those of a folder have no name."""
_NAME = "audit.sqlite3"


@contextmanager
def opened(files: list[str], url: str | None, source: str) -> Iterator[tuple[Sources, Overlay]]:
    """What is to be read, and the fees it is priced by. Raises: UsageError, ImportRefused."""
    with scratch() as room:
        if source and not is_database(source):
            yield {"": Files(stage(Path(source), room))}, overlay.current()
            return
        from ccm_core.engine import stored_sources

        if source and files:
            stored_sources.refuse_both(source)
        asked = source or url
        if files:
            asked = f"sqlite:///{room / _NAME}"
            stored_sources.load(files, asked)
        with stored_sources.of_database(asked) as found:
            yield found


@contextmanager
def loaded(files: list[str]) -> Iterator[str]:
    """The address of a new database with these exports, gone afterwards.

    Raises: UsageError, ImportRefused.
    """
    from ccm_core.engine import stored_sources

    with tempfile.TemporaryDirectory(prefix="ccm-audit-") as folder:
        address = f"sqlite:///{Path(folder) / _NAME}"
        stored_sources.load(files, address)
        yield address
