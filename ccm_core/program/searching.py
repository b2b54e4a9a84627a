"""A search for patients is an event of the access log: who, on which page, never for whom."""

from __future__ import annotations

from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.store import db
from ccm_core.store.access_log import record


def note(who: Identity, page: str) -> None:
    """Put a search on record. Raises: PermissionDenied for who may not see patients there."""
    require(who, page, "identify")
    with db.session(write=True) as session:
        record(session, who, "search", "page", page)
