"""Imports: what came in, what did not, and why."""

from __future__ import annotations

import streamlit as st

from ccm_core.exchange import forms, templates
from ccm_core.store import db, reading
from ccm_core.store.queries.people import has_patients
from pages.parts import (
    downloads,
    filters,
    import_demo,
    import_files,
    import_history,
    import_report,
    words,
)
from pages.parts.guard import guard, may

who = guard("imports")
XLSX_MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def offer_templates() -> None:
    """Empty tables to fill, one for each kind of record."""
    st.header("Templates")
    st.write("An empty table for each kind of record, with every column explained.")
    kinds = {kind: words.sentence(kind) for kind in templates.kinds()}
    with filters.row():
        kind = filters.choice("template", "Kind of record", kinds, "patients", width=220)
        for name, make, mime in (
            ("csv", templates.csv_template, "text/csv; charset=utf-8"),
            ("xlsx", templates.xlsx_template, XLSX_MIME),
        ):
            with st.container(width="content"):
                downloads.offer(
                    f"Template as {name.upper()}", f"{kind}.{name}",
                    lambda make=make: make(kind), mime, "imports", "view",
                )  # fmt: skip
    needed = [name for name, column in forms.form(kind).columns.items() if column.needed]
    others = [" or ".join(group) for group in forms.NEEDED_ONE_OF.get(kind, ())]
    st.caption(words.plain(f"Needed columns: {', '.join([*needed, *others])}."))


st.title("Imports")
st.write(
    "Bring in exports of your record system: files are read first, you see what is in them and "
    "what is wrong, and only then they are stored."
)
with db.session() as opened:
    practice = reading.practice(opened)
    is_empty = practice is None or not has_patients(opened, practice.practice_id)

if "batch" in st.query_params and practice is not None:
    import_history.one(who, practice)
    st.stop()

if may(who, "imports", "import"):
    if is_empty:
        import_demo.door(practice)
    elif practice is not None and practice.is_demo:
        st.warning(
            "This is the demo practice, with invented people. Do not bring real patients in "
            "here: set up a database of your own first.", icon=":material/science:",
        )  # fmt: skip
    import_files.upload(who)
    import_report.show(who)
else:
    st.info("Your role sees what was imported; it does not import.", icon=":material/visibility:")
import_history.listed(practice)
offer_templates()
filters.refused()
