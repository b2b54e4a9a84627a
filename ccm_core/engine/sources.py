"""Where an audit in columns reads: a folder, a database, or exports loaded into one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ccm_core import overlay
from ccm_core.engine.file_rows import Files
from ccm_core.engine.folders import Source
from ccm_core.engine.staging import stage
from ccm_core.engine.stored_rows import Stored
from ccm_core.errors import UsageError
from ccm_core.overlay import Overlay
from ccm_core.store import db, fees_in_force, reading
from ccm_core.store.arrow_rows import is_database, kept_state, plain, require_current
from ccm_core.store.backup.scratching import scratch

Sources = Mapping[str, Source]
"""The records of each practice; those of a folder have no name."""


@contextmanager
def opened(files: list[str], url: str | None, source: str) -> Iterator[tuple[Sources, Overlay]]:
    """What is to be read, and the fees it is priced by. Raises: UsageError, ImportRefused."""
    with scratch() as room:
        if source and not is_database(source):
            yield {"": Files(stage(Path(source), room))}, overlay.current()
            return
        if source and files:
            raise UsageError(f"{plain(source)} and files were to be audited; name one of the two.")
        asked = db.database_url(source or url)
        if files:
            asked = f"sqlite:///{room / 'audit.sqlite3'}"
            load(files, asked)
        with _of_database(asked) as found:
            yield found


@contextmanager
def _of_database(url: str) -> Iterator[tuple[Sources, Overlay]]:
    """Each practice of a database that the role may see, as of one moment on PostgreSQL."""
    require_current(url)
    with db.session(url) as session:
        snapshot = kept_state(session)
        practices = reading.practice_ids(session)
        if not practices:
            raise UsageError(
                f"{plain(url)} was to be audited; it holds no practice. Import an export first: "
                "ccm import."
            )
        found = {one: Stored(url, one, snapshot) for one in practices}
        # The transaction stays open: its state is the one that the workers read.
        yield found, fees_in_force.of_store(session)


def load(files: list[str], url: str) -> None:
    """Read exports into a new database. Raises: UsageError, ImportRefused."""
    from ccm_core.exchange import running

    db.migrate(url)
    running.require_readable(running.run([Path(name) for name in files], url))
