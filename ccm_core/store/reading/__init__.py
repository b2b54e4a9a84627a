"""Records and cases out of the store."""

from __future__ import annotations

from ccm_core.store.reading.cases import (
    CaseMarks,
    Loaded,
    case_marks,
    cases,
    load_cases,
    load_members,
)
from ccm_core.store.reading.members import member_ids, stream_members
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
    "CaseMarks", "Loaded", "case_marks", "cases", "entries", "load_cases", "load_members",
    "member_ids", "patient", "practice", "practice_ids", "practitioners", "records_of", "staff",
    "stream_members",
]  # fmt: skip
