"""Earlier imports: the list, and one of them with its files and rejected rows."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.program import importing
from ccm_core.records import Practice
from ccm_core.store import db
from ccm_core.store.queries import import_history
from pages.parts import downloads, empty, filters, import_report, links, tables, words
from pages.parts.guard import check, may, reader

BATCHES = (
    tables.Column("number", "Import", is_link=True),
    tables.Column("at", "When"),
    tables.Column("name", "Files"),
    tables.Column("by", "By"),
    tables.Column("read", "Read", is_right=True),
    tables.Column("accepted", "Accepted", is_right=True),
    tables.Column("rejected", "Rejected", is_right=True),
    tables.Column("duplicate", "Duplicate", is_right=True),
    tables.Column("share", "Rejected share", is_right=True),
)
FILES = (*import_report.FILES[:-1], tables.Column("size", "Size", is_right=True))
_KIB = 1024


def listed(practice: Practice | None) -> None:
    """Earlier imports, newest first; each opens its files and rejected rows."""
    st.header("Earlier imports")
    at = tables.asked(BATCHES, "")
    page = None
    if practice is not None:
        with db.session() as opened:
            page = import_history.batches(opened, practice.practice_id, offset=at.offset)
    if page is None or not page.total or practice is None:
        is_mine = may(reader(), "imports", "import")
        do = "Drop files above, or fill a template below." if is_mine else ""
        empty.nothing("Nothing was imported yet.", do)
        return
    rows = [_batch(one, practice.time_zone) for one in page.rows]
    tables.listing(
        "batches", BATCHES, rows, page.total, at, alt="Earlier imports", opens=("imports", "batch")
    )


def _batch(one: import_history.BatchRow, zone: str) -> dict[str, Any]:
    return {
        "key": str(one.batch_id),
        "number": f"Import {one.batch_id}",
        "at": words.moment(one.at, zone),
        "name": one.name,
        "by": one.by or "the command line",
        **{name: words.number(getattr(one, name))
           for name in ("read", "accepted", "rejected", "duplicate")},
        "share": words.share(one.rejected_share),
    }  # fmt: skip


def one(who: Identity, practice: Practice) -> None:
    """The import that the address names."""
    links.to("imports", "All imports", ":material/arrow_back:")
    named = st.query_params["batch"]
    number = int(named) if named.isdecimal() and len(named) < 12 else 0
    at = tables.asked(import_report.REJECTS, "", "rejects_")
    with db.session() as opened:
        key = (opened, practice.practice_id, number)
        page = import_history.batches(opened, practice.practice_id, batch_id=number or -1)
        files = import_history.files(*key)
        rejects = import_history.rejects(*key, offset=at.offset)
    if not page.rows:
        empty.nothing("There is no import with this number.", "Go back to the list.")
        return
    batch = page.rows[0]
    st.header(f"Import {batch.batch_id}: {words.plain(batch.name)}")
    by = f" by {batch.by}" if batch.by else ""
    st.caption(words.plain(f"Stored on {words.moment(batch.at, practice.time_zone)}{by}."))
    import_report.totals(
        {name: getattr(batch, name) for name in ("read", "accepted", "rejected", "duplicate")}
    )
    tables.listing(
        "files", FILES, [_file(one) for one in files], 0, tables.Asked("", 0, ""),
        alt="Files of this import",
    )  # fmt: skip
    lines = [
        importing.Line(r.file, r.line, r.column, r.masked_value, r.rule, r.reason)
        for r in rejects.rows
    ]
    import_report.rejected(lines, rejects.total, "stored", at.offset)
    filters.refused()
    if rejects.total and may(who, "imports", "export"):
        _offer(practice.practice_id, number)


def _offer(practice_id: str, number: int) -> None:
    asker = check("imports", "export")

    def make() -> bytes:
        with db.session() as opened:
            return importing.stored_rejects_csv(opened, asker, practice_id, number)

    downloads.offer(
        "Rejected rows as CSV", f"import-{number}-rejects.csv", make, "text/csv; charset=utf-8",
        "imports",
    )  # fmt: skip


def _file(one: import_history.FileRow) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": import_report.kind_in_words(one.kind),
        **{name: words.number(getattr(one, name))
           for name in ("read", "accepted", "rejected", "duplicate")},
        "size": f"{max(1, one.size_bytes // _KIB):,} KB",
    }  # fmt: skip
