"""Imported fee files on the page Fee tables: check, store as versions, take one back."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.errors import CcmError
from ccm_core.money.cms_text import MOST_BYTES
from ccm_core.money.fee_file import KINDS, FeeFile
from ccm_core.program import fee_versions as service
from ccm_core.program.following_up import Touched, follow_fees
from ccm_core.store import db
from pages.parts import acting, status, tables, words, working
from pages.parts.guard import check, may

PAGE = "fee_tables"
AUDITING = "Storing, and checking the newest months by it"
_HELD, _ROUND = "fees_held", "fees_round"
_SHOWN_PROBLEMS = 50
_MIB = 1024 * 1024
FILES = (
    tables.Column("name", "File"),
    tables.Column("kind", "Holds"),
    tables.Column("rows", "Rows", is_right=True),
    tables.Column("days", "In force"),
    tables.Column("state", "State"),
)
PROBLEMS = (
    tables.Column("level", "Kind"),
    tables.Column("name", "File"),
    tables.Column("line", "Line", is_right=True),
    tables.Column("column", "Column"),
    tables.Column("reason", "What"),
)
MOVED = (
    tables.Column("code", "Code"),
    tables.Column("on", "From"),
    tables.Column("setting", "Setting"),
    tables.Column("before", "National amount now", is_right=True),
    tables.Column("after", "With these files", is_right=True),
)
VERSIONS = (
    tables.Column("label", "Version"),
    tables.Column("file", "File"),
    tables.Column("holds", "Holds"),
    tables.Column("days", "In force"),
    tables.Column("by", "Imported"),
    tables.Column("state", "State"),
)


def show(who: Identity) -> None:
    """The versions that are stored, and for those who may, the import of more."""
    acting.told()
    st.header("Imported fee files")
    st.write(
        "Files of CMS as published: relative values (PPRRVU), geographic indices (GPCI), ZIP codes "
        "(ZIP5). They go before the shipped tables for the days, codes and places they list."
    )
    with db.session() as opened:
        versions = service.listed(opened, who)
    if versions:
        rows = [_version(v) for v in versions]
        tables.whole("fee_versions", VERSIONS, rows, alt="Imported fee files")
    else:
        st.info("No fee file was imported; amounts come from the tables of this version.")
    if not may(who, PAGE, "import"):
        return
    _take_back([v for v in versions if v.is_active])
    _upload()
    _report(who)


def _version(v: service.Version) -> dict[str, Any]:
    state: dict[str, Any] = {"mark": "●", "text": "in force", "color": status.GOOD}
    if not v.is_active and v.reverted_at is not None:
        state = {
            "mark": "○", "text": f"taken back by {v.reverted_by}, {words.day(v.reverted_at)}",
            "color": status.QUIET,
        }  # fmt: skip
    return {
        "label": v.label, "file": v.file_name, "holds": f"{v.title}, {v.row_count} rows",
        "days": f"{words.day(v.valid_from)} to {words.day(v.valid_to)}",
        "by": f"{v.imported_by}, {words.day(v.imported_at)}", "state": state,
    }  # fmt: skip


def _take_back(active: list[service.Version]) -> None:
    if not active:
        return
    with st.expander("Take a version back"):
        names = {v.id: f"{v.label}: {v.file_name}" for v in active}
        with st.form("fees_revert"):
            wanted = st.selectbox("Version", list(names), format_func=names.get)
            reason = st.text_input("Why", max_chars=200)
            is_asked = st.form_submit_button("Take it out of force")
        if is_asked and wanted is not None:
            _revert(wanted, reason)


def _revert(version_id: int, reason: str) -> None:
    acting.attempt(
        PAGE, "import",
        followed(lambda opened, who: service.revert(opened, who, version_id, reason.strip())),
        lambda done: f"{done[0].label} is out of force; what was before it counts again. "
        f"{judged_by_it(done[1])}",
        working=AUDITING,
    )  # fmt: skip


def _upload() -> None:
    files = st.file_uploader(
        "Fee files", type=["csv", "txt", "xlsx", "zip"], accept_multiple_files=True,
        max_upload_size=min(MOST_BYTES // _MIB, int(st.get_option("server.maxUploadSize"))),
        key=f"fees_files_{st.session_state.get(_ROUND, 0)}",
        help="CSV, TXT or XLSX files, or the ZIP package, unchanged as CMS publishes them.",
    )  # fmt: skip
    if not files:
        st.session_state.pop(_HELD, None)
        return
    first = st.date_input(
        "In force from", value=None, key="fees_first", width=220,
        help="Only for a release that came late, such as that of 9 March 2024. Empty: the first "
        "day of the release that the file names.", format=words.DAY_FIELD,
    )  # fmt: skip
    if st.button("Check the files", icon=":material/search:"):
        check_files([(file.name, file.getvalue()) for file in files], first)


def check_files(uploads: list[tuple[str, bytes]], first_day: date | None = None) -> None:
    """Read and check; what was read stays in this session alone."""
    st.session_state.pop(_HELD, None)
    try:
        who = check(PAGE, "import")
        with working.shown("Reading and comparing"), db.session() as opened:
            staged = service.stage(opened, who, uploads, first_day)
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    st.session_state[_HELD] = (who.user_id, staged)


def _report(who: Identity) -> None:
    """What was read, what is wrong with it, what it would change; then the button."""
    held = st.session_state.get(_HELD)
    if not held or held[0] != who.user_id:
        return
    staged: service.Staged = held[1]
    tables.whole("fee_files", FILES, [_file(f) for f in staged.files], alt="Files as read")
    for said in staged.skipped[:5]:
        st.caption(words.plain(f"Left out: {said}"))
    problems = [
        {"level": p.level, "name": f.name, "line": str(p.line or words.NOTHING),
         "column": p.column, "reason": p.reason}
        for f in staged.files for p in f.problems
    ]  # fmt: skip
    if problems:
        st.subheader("What the check found")
        tables.whole("fee_problems", PROBLEMS, problems[:_SHOWN_PROBLEMS], alt="Problems")
    _changes(staged)
    if not staged.is_storable:
        st.error("A file with errors is not stored. Correct it, or leave it out, and check again.")
    elif st.button("Store as new versions", type="primary", icon=":material/save:"):
        _store(staged)


def _changes(staged: service.Staged) -> None:
    st.subheader("National amounts that would change")
    if not staged.moved:
        st.caption("None of the codes of this program changes its national amount.")
        return
    rows = [
        {"code": m.code, "on": words.day(m.on), "setting": m.setting,
         "before": words.NOTHING if m.before_usd is None else words.usd(m.before_usd),
         "after": words.NOTHING if m.after_usd is None else words.usd(m.after_usd)}
        for m in staged.moved[: tables.ROWS]
    ]  # fmt: skip
    tables.whole("fee_changes", MOVED, rows, alt="National amounts before and after")


def _file(file: FeeFile) -> dict[str, Any]:
    good = file.is_storable
    return {
        "name": file.name, "kind": KINDS[file.kind], "rows": f"{len(file.rows):,}",
        "days": f"{words.day(file.valid_from)} to {words.day(file.valid_to)}",
        "state": {"mark": "●" if good else "■", "text": "ready" if good else "has errors",
                  "color": status.GOOD if good else status.BAD},
    }  # fmt: skip


def _store(staged: service.Staged) -> None:
    acting.attempt(
        PAGE, "import", followed(lambda opened, who: service.commit(opened, who, staged)), _stored,
        working=AUDITING,
    )  # fmt: skip


def followed(change: acting.Service) -> acting.Service:
    """The change, and in its transaction the audit of the newest months that it touches."""

    def both(opened: Any, who: Identity) -> tuple[Any, Touched]:
        done = change(opened, who)
        return done, follow_fees(opened, who)

    return both


def judged_by_it(touched: Touched) -> str:
    """Which months were audited by the new amounts, and which still stand by the old ones."""
    months = [words.month(month) for month in touched.audited]
    audited = f"Audited anew: {words.listed(months)}." if months else ""
    return f"{audited} {touched.sentence}".strip()


def _stored(done: tuple[list[service.Version], Touched]) -> str:
    """What was stored; the uploader begins anew."""
    made, touched = done
    st.session_state.pop(_HELD, None)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    stored = ", ".join(version.label for version in made)
    return f"Stored: {stored}. {judged_by_it(touched)}".strip()
