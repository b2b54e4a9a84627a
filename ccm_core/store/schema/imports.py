"""What came in and what did not: import batches, their files and rejected rows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from ccm_core.store.schema.base import Numbered
from ccm_core.store.types import JsonValue, Moment, RowId


class ImportBatch(Numbered, table=True):
    """One run of an import: read = accepted + rejected + duplicate."""

    __tablename__ = "import_batch"
    __table_args__ = (Index(None, "practice_id", "created_at"),)
    practice_id: str = Field(foreign_key="practice.practice_id")
    name: str = ""
    status: str = "staged"
    """``staged``, ``committed`` or ``refused``."""
    committed_at: datetime | None = Field(default=None, sa_type=Moment)
    user_id: str = ""
    read: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0
    mapping: dict[str, str] = Field(default_factory=dict, sa_type=JsonValue)


class ImportFile(Numbered, table=True):
    """One file of a batch."""

    __tablename__ = "import_file"
    batch_id: int = Field(foreign_key="import_batch.id", index=True, sa_type=RowId)
    practice_id: str
    name: str
    sha256: str = Field(index=True)
    kind: str
    size_bytes: int = 0
    read: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0


class ImportReject(Numbered, table=True):
    """One rejected row. ``masked_value`` never shows the whole value."""

    __tablename__ = "import_reject"
    file_id: int = Field(foreign_key="import_file.id", index=True, sa_type=RowId)
    practice_id: str
    line: int
    column: str = ""
    masked_value: str = ""
    rule: str
    reason: str
