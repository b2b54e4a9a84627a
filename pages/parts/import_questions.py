"""What only a person can say about a file: its kind, its columns, the order of day and month."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from ccm_core.exchange import forms, layout
from ccm_core.exchange.mapping import FileMapping
from ccm_core.exchange.report import Question
from pages.parts import import_files, words

LEAVE = "(leave out)"
ORDERS = {"mdy": "month first: 03/04 is 4 March", "dmy": "day first: 03/04 is 3 April"}
UNUSED = "Leave this file out"
SAID = {
    "kind": "The header does not tell what each row holds. Choose it, and what each column means.",
    "date_format": "Days such as 03/04 stand in this file, and nothing tells which is the month.",
}


def ask(held: import_files.Held) -> None:
    """Every open question of the report, and one button that reads again with the answers."""
    questions = held.staged.report.questions
    if not questions:
        return
    answers = dict(held.said)
    for number, question in enumerate(questions):
        known = held.said.get(question.file, FileMapping())
        with st.container(border=True):
            said = SAID.get(question.about) or f"The file was read until this: {question.text}"
            st.markdown(f"**{words.plain(question.file)}**  \n{words.plain(said)}")
            answers[question.file] = _answer(held, question, known, number)
    if st.button("Read again with these answers", type="primary", icon=":material/refresh:"):
        import_files.read_again(answers)


def _answer(
    held: import_files.Held, question: Question, known: FileMapping, number: int
) -> FileMapping:
    if question.about == "date_format":
        order = st.radio(
            "How are dates written in this file?", list(ORDERS), format_func=ORDERS.get,
            key=f"imports_order_{number}",
        )  # fmt: skip
        return replace(known, date_format=str(order))
    kind = _kind(held, question, known, number)
    if kind == layout.UNUSED:
        return FileMapping(kind=kind)
    return replace(known, kind=kind, columns=_columns(question, known, kind, number))


def _kind(held: import_files.Held, question: Question, known: FileMapping, number: int) -> str:
    kinds = {kind: words.sentence(kind) for kind in forms.forms()}
    options = [*kinds, layout.UNUSED]
    read_as = next((f.kind for f in held.staged.files if f.name == question.file), "")
    likely = known.kind or (read_as if read_as in kinds else "")
    likely = likely or max(
        [kind for kind in question.choices if kind in kinds] or list(kinds),
        key=lambda kind: len(layout.for_kind(kind, question.header, is_strict=False).columns),
    )
    return str(st.selectbox(
        "What does each row hold?", options, index=options.index(likely),
        format_func=lambda kind: kinds.get(kind, UNUSED), key=f"imports_kind_{number}", width=320,
    ))  # fmt: skip


def _columns(
    question: Question, known: FileMapping, kind: str, number: int
) -> dict[str, str]:  # fmt: skip
    """One selection for each header: the column it means."""
    header = question.header
    usual = layout.for_kind(kind, header, is_strict=False).columns
    columns = forms.form(kind).columns
    options = ["", *columns]
    chosen: dict[str, str] = {}
    places = st.columns(3)
    for place, name in enumerate(header):
        likely = known.columns.get(name, usual.get(place, ""))
        chosen[name] = str(places[place % 3].selectbox(
            name or f"(column {place + 1})", options,
            index=options.index(likely) if likely in options else 0,
            format_func=lambda column: _named(columns, column),
            key=f"imports_column_{number}_{kind}_{place}",
        ))  # fmt: skip
    missing = forms.lacking(kind, frozenset(filter(None, chosen.values())))
    if missing:
        st.warning(
            words.plain(f"Still needed: {', '.join(missing)}. Choose them for a column above.")
        )
    return chosen


def _named(columns: Any, column: str) -> str:
    return f"{column}: {columns[column].meaning}" if column else LEAVE
