"""The practitioners who bill: written down by hand, or brought by an import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccm_core import letters, records
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.errors import UsageError
from ccm_core.npi import is_npi
from ccm_core.program.time_keeping import practice_of
from ccm_core.program.workload import PAGE
from ccm_core.store import reading, writing
from ccm_core.store.access_log import record
from ccm_core.store.db import begin_write

if TYPE_CHECKING:
    from sqlmodel import Session

MOST_LETTERS = 120


def listed(session: Session, who: Identity) -> tuple[records.Practitioner, ...]:
    """Everybody who may bill, by name. Raises: PermissionDenied."""
    require(who, PAGE, "view")
    return tuple(reading.practitioners(session, practice_of(session).practice_id))


def put(session: Session, who: Identity, said: records.Practitioner) -> bool:
    """Add a practitioner, or change name and credential of one; gives whether it is a new one.

    Raises: PermissionDenied, UsageError.
    """
    require(who, PAGE, "edit")
    begin_write(session)
    npi, name = said.npi.strip(), " ".join(said.name.split())
    if not is_npi(npi):
        raise UsageError(
            "An NPI has ten digits, and the last one must fit the others; compare it with the "
            "registry."
        )
    if letters.is_blank(name) or len(name) > MOST_LETTERS:
        raise UsageError(f"A practitioner needs a name of 1 to {MOST_LETTERS} characters.")
    if hidden := letters.unseen(name):
        raise UsageError(f"{hidden}, which cannot be seen, stands in the name; type it anew.")
    made = records.Practitioner(npi, name, " ".join(said.credential.split())[:MOST_LETTERS])
    written = writing.save(session, practice_of(session).practice_id, [made])
    record(session, who, "put_practitioner", "practitioner", npi)
    return bool(written.new)
