"""Signed consent forms: PDF or picture, up to 5 MB, encrypted in the database."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ccm_core import records
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.access.sealing import seal, unseal
from ccm_core.errors import UsageError
from ccm_core.program.chart import seen
from ccm_core.store import caring, db, reading
from ccm_core.store.access_log import record

if TYPE_CHECKING:
    from sqlmodel import Session

PAGE = "patient"
MOST_BYTES = 5_000_000
TYPES = {
    "application/pdf": (b"%PDF-", ".pdf"),
    "image/png": (b"\x89PNG\r\n\x1a\n", ".png"),
    "image/jpeg": (b"\xff\xd8\xff", ".jpg"),
}
"""First bytes and ending of each type taken. What a file calls itself is not believed."""
ENDINGS = ("pdf", "png", "jpg", "jpeg")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came in."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Checked:
    """A file of a known type and an allowed size, under a harmless name."""

    name: str
    mime: str
    content: bytes


def checked(upload: Upload) -> Checked:
    """The file, if it may be kept. Raises: UsageError."""
    size = len(upload.content)
    if not size or size > MOST_BYTES:
        raise UsageError(
            f"The file has {size:,} bytes; from 1 to {MOST_BYTES:,} are taken. "
            "Scan it at a lower resolution, or split it."
        )
    for mime, (first, ending) in TYPES.items():
        if upload.content.startswith(first):
            return Checked(_harmless(upload.name, ending), mime, upload.content)
    raise UsageError("The file is neither a PDF nor a PNG or JPEG picture; scan it as one of them.")


def _harmless(name: str, ending: str) -> str:
    stem = PurePosixPath(name.replace("\\", "/").split("/")[-1]).stem
    kept = "".join(c if c.isalnum() or c in "-_ ." else "-" for c in stem)[:60].strip()
    return f"{kept or 'consent'}{ending}"


def keep(
    session: Session, who: Identity, practice_id: str, consent: records.Consent, file: Checked
) -> int:
    """Seal the file and keep it with its consent, in the caller's transaction."""
    digest = hashlib.sha256(file.content).hexdigest()
    number = caring.add_consent_file(
        session, practice_id, consent.patient_id, consent_id=consent.consent_id, name=file.name,
        mime=file.mime, size_bytes=len(file.content), sha256=digest,
        sealed=seal(b64encode(file.content).decode()), added_by=who.user_id,
    )  # fmt: skip
    record(session, who, "attach", "consent", consent.consent_id, reason=digest[:12])
    return number


def attach(
    session: Session, who: Identity, patient_id: str, consent_id: str, upload: Upload
) -> int:
    """Add a signed form to a consent that is on record. Raises: PermissionDenied, UsageError."""
    require(who, "enrollment", "edit")
    seen(session, who, patient_id)
    practice = reading.practice(session)
    known = reading.records_of(session, records.Consent, patient_id)
    consent = next((c for c in known if c.consent_id == consent_id), None)
    if practice is None or consent is None:
        raise UsageError("A file was to be attached to a consent that is not there; choose one.")
    return keep(session, who, practice.practice_id, consent, checked(upload))


def fetch(who: Identity, patient_id: str, file_id: int) -> bytes:
    """The file again, in a transaction of its own that says who fetched it.

    Raises: PermissionDenied, UsageError.
    """
    with db.session(write=True) as session:
        require(who, PAGE, "view")
        seen(session, who, patient_id)
        practice = reading.practice(session)
        row = practice and caring.consent_file(session, practice.practice_id, patient_id, file_id)
        if not row:
            raise UsageError("A file was asked for that is not there; open the patient again.")
        content = b64decode(unseal(row.sealed))
        if hashlib.sha256(content).hexdigest() != row.sha256:
            raise UsageError("The stored file is damaged; restore it from a backup.")
        record(session, who, "fetch", "consent_file", str(file_id), reason=row.consent_id)
        return content
