"""Records and cases out of the store."""

from __future__ import annotations

from ccm_core.store.reading.one import (
    entries,
    patient,
    practice,
    practice_ids,
    practitioners,
    records_of,
    staff,
)

__all__ = [
    "entries", "patient", "practice", "practice_ids", "practitioners", "records_of", "staff",
]  # fmt: skip
