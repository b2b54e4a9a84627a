"""What an import would do, file by file, before anything is stored; then the button that does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.errors import CcmError
from ccm_core.exchange.intake import REFUSED
from ccm_core.exchange.report import FileReport, Report
from ccm_core.months import Month
from ccm_core.program import importing
from ccm_core.store import db
from pages.parts import (
    downloads,
    filters,
    import_files,
    import_questions,
    status,
    tables,
    words,
    working,
)
from pages.parts.guard import check

FILES = (
    tables.Column("name", "File"),
    tables.Column("kind", "Holds"),
    tables.Column("read", "Read", is_right=True),
    tables.Column("accepted", "Accepted", is_right=True),
    tables.Column("rejected", "Rejected", is_right=True),
    tables.Column("duplicate", "Duplicate", is_right=True),
    tables.Column("state", "State"),
)
REJECTS = (
    tables.Column("file", "File"),
    tables.Column("line", "Line", is_right=True),
    tables.Column("column", "Column"),
    tables.Column("masked_value", "Value, masked"),
    tables.Column("rule", "Rule"),
    tables.Column("reason", "Reason"),
)
GOOD, ASK, BAD = (
    {"mark": "●", "text": "ready", "color": status.GOOD},
    {"mark": "◆", "text": "has a question", "color": status.WARN},
    {"mark": "■", "text": "cannot be read", "color": status.BAD},
)
ASIDE = {
    "unused": {"mark": "○", "text": "left out", "color": status.QUIET},
    "look-up": {"mark": "○", "text": "read for names", "color": status.QUIET},
}


def show(who: Identity) -> None:
    """The report of what this person has read, with its questions and its button."""
    held = import_files.held(who)
    if held is None:
        return
    found = held.staged.report
    st.header("What is in these files")
    totals(found)
    asked = {question.file for question in found.questions}
    tables.listing(
        "staged", FILES, [_file(one, asked) for one in _ordered(found.files)], 0,
        tables.Asked("", 0, ""), alt="Files and what would become of their rows",
    )  # fmt: skip
    _problems(found, asked)
    notes(found.files)
    import_questions.ask(held)
    _buttons(found)
    lines = importing.staged_lines(found.rejects)
    rejected(lines, len(lines), "staged")
    if lines:
        downloads.offer(
            "Rejected rows as CSV", "rejects.csv", lambda: importing.rejects_csv(lines),
            "text/csv; charset=utf-8", "imports", "import",
        )  # fmt: skip


def totals(found: Any) -> None:
    """Rows read = accepted + rejected + duplicate, as four numbers."""
    total = found.total if callable(getattr(found, "total", None)) else found.get
    names = {"read": "Rows read", "accepted": "Accepted", "rejected": "Rejected",
             "duplicate": "Duplicate"}  # fmt: skip
    notes = {
        "read": "Accepted + rejected + duplicate", "accepted": "New or changed",
        "rejected": "Each with its reason below", "duplicate": "Stored before, nothing to do",
    }  # fmt: skip
    for place, (name, title) in zip(st.columns(4), names.items(), strict=True):
        with place.container(border=True, height="stretch"):
            st.metric(title, words.number(total(name)))
            st.caption(notes[name])


def _file(one: FileReport, asked: set[str]) -> dict[str, Any]:
    state = ASK if one.name in asked else BAD if one.error else ASIDE.get(one.kind, GOOD)
    return {
        "name": one.name,
        "kind": kind_in_words(one.kind),
        **{name: words.number(getattr(one, name))
           for name in ("read", "accepted", "rejected", "duplicate")},
        "state": state,
    }  # fmt: skip


def kind_in_words(kind: str) -> str | None:
    """What the rows of a file are, in words; nothing for files without rows."""
    return words.sentence(kind) if kind and kind not in (*ASIDE, REFUSED) else None


def _ordered(files: Sequence[FileReport]) -> list[FileReport]:
    """Files that bring rows first, those that are not needed last."""
    return sorted(files, key=lambda one: (one.kind in ASIDE and not one.error, not one.error))


def _problems(found: Report, asked: set[str]) -> None:
    for one in found.files:
        if one.error and one.name not in asked:
            st.error(words.plain(
                f"{one.name}: {one.error} Take it out of the list above, then read again."
            ))  # fmt: skip


def notes(files: Sequence[FileReport]) -> None:
    """What was noticed while reading, folded away."""
    told = [(one.name, list(one.notes)) for one in files if one.notes]
    unknown = [(one.name, one.unknown_columns) for one in files if one.unknown_columns]
    if not told and not unknown:
        return
    with st.expander("What was noticed while reading", expanded=not any(f.read for f in files)):
        for name, sentences in told:
            st.markdown(
                f"**{words.plain(name)}**\n" + "\n".join(f"- {words.plain(s)}" for s in sentences)
            )
        for name, columns in unknown:
            st.caption(words.plain(f"{name}: columns that are not used: {', '.join(columns)}."))


def rejected(
    lines: Sequence[importing.Line], total: int, name: str, start: int | None = None
) -> None:
    """One page of rejected rows. ``start`` is given when ``lines`` is that page already."""
    st.header("Rejected rows")
    if not total:
        st.caption("No row was rejected.")
        return
    at = tables.asked(REJECTS, "", "rejects_")
    shown = lines if start is not None else lines[at.offset : at.offset + tables.ROWS]
    rows = [
        {"file": one.file, "line": words.number(one.line), "column": one.column or None,
         "masked_value": one.masked_value or None,
         "rule": f"{one.rule} {one.title}".strip(), "reason": one.reason}
        for one in shown
    ]  # fmt: skip
    tables.listing(f"rejects_{name}", REJECTS, rows, total, at, alt="Rejected rows")


def _buttons(found: Report) -> None:
    rows = found.total("accepted")
    with st.container(horizontal=True):
        is_wanted = st.button(
            f"Store {words.many(rows, 'row')}", type="primary", icon=":material/save:",
            disabled=not rows or not found.is_readable,
        )  # fmt: skip
        if st.button("Discard", icon=":material/delete:"):
            import_files.release()
            st.rerun()
    if is_wanted:
        _store()
    if not found.is_readable:
        st.caption("Nothing can be stored while a question is open or a file cannot be read.")
    elif not rows:
        is_empty = not found.total("read")
        st.caption(
            "These files hold no rows. Choose others above; what was noticed says why."
            if is_empty
            else "Every row of these files is stored already, or was rejected."
        )


def _store() -> None:
    """One transaction; then the newest months are audited with a bar."""
    try:
        who = check("imports", "import")
        held = import_files.held(who)
        if held is None:
            return
        with (
            working.shown("Storing the rows: all of them or none"),
            db.session(write=True) as opened,
        ):
            done = importing.commit(opened, who, held.staged)
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    practice = held.staged.practice
    import_files.release()
    st.session_state["imports_said"] = (
        f"{words.many(done.total('accepted'), 'row')} stored, "
        f"{words.number(done.total('rejected'))} rejected, "
        f"{words.number(done.total('duplicate'))} known before. Import number {done.batch_id}."
    )
    try:
        _audit(done, practice)
    except CcmError as refused:
        st.session_state["imports_said"] += f" The audit was not finished: {refused}"
    st.rerun()


def _audit(done: Report, practice: Any) -> None:
    audited = []
    for month in importing.months_to_audit(done, Month.of(filters.today(practice))):
        who = check("imports", "import")
        title = f"Checking what changed in {words.month(month)}"
        with working.shown(title), db.session(write=True) as opened:
            importing.audit(opened, who, practice.practice_id, month)
        audited.append(words.month(month))
    st.session_state["imports_said"] += f" Audited: {words.listed(audited)}."
