"""What an audit in columns reads out of a database, each practice for itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ccm_core.engine.stored_rows import Stored
from ccm_core.errors import UsageError
from ccm_core.overlay import Overlay
from ccm_core.store import db, fees_in_force, reading
from ccm_core.store.arrow_rows import kept_state, plain, require_current

if TYPE_CHECKING:
    from ccm_core.exchange.rejects import Reject


@contextmanager
def of_database(asked: str | None) -> Iterator[tuple[Mapping[str, Stored], Overlay]]:
    """Each practice of a database that the role may see, as of one moment on PostgreSQL.

    Raises: UsageError.
    """
    url = db.database_url(asked)
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


def load(files: list[str], url: str) -> tuple[Reject, ...]:
    """Read exports into a new database; gives the rows that were not taken.

    Raises: UsageError, ImportRefused.
    """
    from ccm_core.exchange import running

    db.migrate(url)
    found = running.run([Path(name) for name in files], url)
    running.require_readable(found)
    return found.rejects


def refuse_both(source: str) -> None:
    """Files and a database cannot be audited at once. Raises: UsageError."""
    raise UsageError(f"{plain(source)} and files were to be audited; name one of the two.")
