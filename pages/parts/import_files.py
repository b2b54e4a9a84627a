"""Drop files and read them. What was read stays in this session alone until it is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from ccm_core import working
from ccm_core.access.identity import Identity
from ccm_core.errors import CcmError
from ccm_core.exchange import limits
from ccm_core.exchange.intake import Staged
from ccm_core.exchange.mapping import FileMapping, Mappings
from ccm_core.program import importing
from ccm_core.store import db
from pages.parts import words
from pages.parts.guard import check
from pages.parts.working import shown

_KEY, _ROUND = "imports_held", "imports_round"
KINDS = (
    "csv", "txt", "tsv", "tab", "psv", "xlsx", "ndjson", "jsonl", "json", "zip", "gz",
    "edi", "835", "837", "x12",
)  # fmt: skip


@dataclass
class Held:
    """What one person has read and not yet stored."""

    user_id: str
    staged: Staged
    said: dict[str, FileMapping] = field(default_factory=dict)


def held(who: Identity) -> Held | None:
    """What this person has read; what somebody else left at this tab is dropped."""
    found = st.session_state.get(_KEY)
    if isinstance(found, Held) and found.user_id == who.user_id:
        return found
    st.session_state.pop(_KEY, None)
    return None


def release() -> None:
    """Let go of everything that was read, and of the files."""
    st.session_state.pop(_KEY, None)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def upload(who: Identity) -> None:
    """The place to drop files, and the button that reads them."""
    if said := st.session_state.pop("imports_said", ""):
        st.success(said, icon=":material/check_circle:")
    most = min(limits.MAX_FILE_BYTES // limits.MIB, int(st.get_option("server.maxUploadSize")))
    files = st.file_uploader(
        "Files", type=list(KINDS), accept_multiple_files=True, max_upload_size=most,
        key=f"imports_files_{st.session_state.get(_ROUND, 0)}",
        help="CSV, Excel, FHIR bulk exports (NDJSON), X12 835 or 837, or a ZIP of them; "
        "also packed as .gz.",
    )  # fmt: skip
    if not files:
        if held(who) is not None:
            release()
            st.rerun()
        st.caption(f"Up to {most} MB for each file. Nothing is stored before you say so.")
        return
    before = held(who)
    label = "Read the files again" if before else "Read the files"
    is_primary = before is None
    if st.button(label, type="primary" if is_primary else "secondary", icon=":material/search:"):
        read(files, before.said if before else {})


def read_again(said: dict[str, FileMapping]) -> None:
    """Read the dropped files once more, with a person's answers."""
    files = st.session_state.get(f"imports_files_{st.session_state.get(_ROUND, 0)}") or []
    read(files, said)


def _told(part: float, name: str) -> None:
    working.tell(f"Reading {name}", part, 1)


def read(files: Any, said: dict[str, FileMapping]) -> None:
    """Read every file with a bar; then show the report."""
    try:
        who = check("imports", "import")
        with shown("Reading"), db.session() as opened:
            staged = importing.stage(opened, who, files, Mappings(said), _told)
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    st.session_state[_KEY] = Held(who.user_id, staged, said)
    st.rerun()
