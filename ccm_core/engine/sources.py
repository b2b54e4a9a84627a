"""Where an audit in columns reads: a folder, a database, or exports loaded into one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ccm_core import overlay
from ccm_core.engine.file_rows import Files
from ccm_core.engine.folders import Source
from ccm_core.engine.kinds import is_database
from ccm_core.engine.staging import stage
from ccm_core.overlay import Overlay
from ccm_core.store.scratching import scratch

if TYPE_CHECKING:
    from ccm_core.exchange.rejects import Reject

Sources = Mapping[str, Source]
"""The records of each practice; those of a folder have no name."""
_NAME = "audit.sqlite3"


@contextmanager
def opened(
    files: list[str], url: str | None, source: str, rejects: list[Reject]
) -> Iterator[tuple[Sources, Overlay]]:
    """What is to be read, and the fees it is priced by; ``rejects`` gets what exports lost.

    Raises: UsageError, ImportRefused.
    """
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
            rejects += stored_sources.load(files, asked)
        with stored_sources.of_database(asked) as found:
            yield found


@contextmanager
def loaded(files: list[str], rejects: list[Reject]) -> Iterator[str]:
    """The address of a new database with these exports, gone afterwards.

    ``rejects`` gets the rows that were not taken.
    Raises: UsageError, ImportRefused.
    """
    from ccm_core.engine import stored_sources

    with tempfile.TemporaryDirectory(prefix="ccm-audit-") as folder:
        address = f"sqlite:///{Path(folder) / _NAME}"
        rejects += stored_sources.load(files, address)
        yield address
